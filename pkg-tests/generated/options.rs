//! `words.ts` and `options.ts`: the types of what callers give. `option-table.ts`: what else is known of a job's options.

use tabpack::commands::DecryptOptions;
use tabpack::options::{Audience, Beside, Given, Kind, Meta, Row, Rule, Shape, Table, Word};
use tabpack::packager::Target;
use tabpack::{drm, packager, verify};

use super::typescript::{head, interface, list, string, type_of, union, words_type};

const SOURCE: &str = "src/packager/options";

/// The options of all that can be called.
fn tables() -> [Table; 3] {
    [packager::Options::table(), verify::Options::table(), DecryptOptions::table()]
}

/// The names of types that `drm.ts` has.
fn of_drm() -> Vec<&'static str> {
    let mut written = vec!["GivenPssh"];
    interface(&drm::Options::table(), &mut written);
    written
}

/// The types whose values are words.
pub(super) fn words() -> String {
    let mut out = head("What is one of a few words.", SOURCE);
    let mut written = of_drm();
    tables().iter().for_each(|table| {
        each_kind(table, &mut |kind| {
            if let Kind::Word(words) = kind {
                out += &words_type(words, &mut written);
            }
        })
    });
    format!("{}\n", out.trim_end())
}

/// Where the types are that the table names and doesn't declare.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("../api/key-server", &["KeyServer"]),
    ("../api/io", &["FileAccess", "Input", "Sink"]),
    ("../api/keys", &["Notations"]),
    ("../api/results", &["PlanSummary", "Progress"]),
    ("./drm", &["DrmOptions"]),
];

/// The interfaces of options.
pub(super) fn interfaces() -> String {
    let mut out = head("What callers may give.", SOURCE);
    for (file, types) in ELSEWHERE {
        out += &format!("import type {{ {} }} from '{file}';\n", types.join(", "));
    }
    let mut written = of_drm();
    let mut words = Vec::new();
    tables().iter().for_each(|table| {
        each_kind(table, &mut |kind| {
            if let Kind::Word(info) = kind
                && !written.contains(&info.name)
            {
                written.push(info.name);
                words.push(info.name);
            }
        })
    });
    words.sort_unstable();
    out += &format!("import type {{ {} }} from './words';\n\n", words.join(", "));
    out += "export type * from './words';\n\n";
    tables().iter().for_each(|table| out += &interface(table, &mut written));
    let (core, host): (Vec<Row>, Vec<Row>) = packager::Options::table()
        .rows
        .into_iter()
        .filter(|row| row.meta.audience == Audience::Caller)
        .partition(|row| !matches!(row.is.kind, Kind::Host(_)));
    let names = |rows: &[Row]| list(rows.iter().map(|row| row.name));
    let secret = core.iter().filter(|row| is_secret(&row.is.kind)).map(|row| row.name);
    out += &format!(
        "/** The options of a job that the core reads, and those that the façade keeps to itself. */\n\
         export const CORE_OPTIONS: readonly string[] = {};\nexport const HOST_OPTIONS = {} as const;\n\n\
         /** Those of the core's that are secrets, or have some in them. */\n\
         export const SECRET_OPTIONS = {} as const;\n",
        names(&core),
        names(&host),
        list(secret)
    );
    let targets = packager::Options::table().rows.into_iter().find(|row| row.name == "targets");
    let default = targets.and_then(|row| row.is.default).expect("targets have a default");
    let schemes = Target::ALL.iter().map(|target| format!("{}: '{}'", target.word(), target.default_scheme().as_str()));
    out += &format!(
        "\n/** What is written by default, and the scheme of each target where none is given. */\n\
         export const DEFAULT_TARGETS: readonly Target[] = {};\n\
         export const DEFAULT_SCHEMES: Readonly<Record<Target, Scheme>> = {{ {} }};\n",
        literal(default),
        schemes.collect::<Vec<_>>().join(", ")
    );
    out
}

/// Calls `visit` with each kind of value that a table's callers may give, those within it included.
fn each_kind(table: &Table, visit: &mut dyn FnMut(&Kind)) {
    for row in table.rows.iter().filter(|row| row.meta.audience == Audience::Caller) {
        within(&row.is.kind, visit);
    }
}

fn within(kind: &Kind, visit: &mut dyn FnMut(&Kind)) {
    visit(kind);
    match kind {
        Kind::List { of, .. } | Kind::Map(of) | Kind::OrNull(of) => within(of, visit),
        Kind::Either(one, other) => [one, other].into_iter().for_each(|kind| within(kind, visit)),
        Kind::Object(table) => each_kind(table, visit),
        _ => (),
    }
}

const SHAPES: &str = "/** What is known of an option, of a job or of an object of options. */
export interface OptionInfo<Name extends string = string> {
  /** Its name. */
  readonly name: Name;
  /** Its documentation. */
  readonly about: string;
  /** The heading that it stands under; empty for none. */
  readonly group: string;
  /**
   * What a page calls it, and says beside that; empty for an option that pages don't offer. A flag that is on by default
   * is called by what turning it off does.
   */
  readonly label: string;
  readonly hint: string;
  /** What counts where it isn't given, in words, where the default alone doesn't say it. */
  readonly unset?: string;
  /** Whether it is chosen often: a page shows it at once. */
  readonly often?: true;
  /** What it is: `host` for what only a program can give. */
  readonly kind: 'flag' | 'number' | 'text' | 'word' | 'words' | 'list' | 'object' | 'host';
  /** What each item of a list is. */
  readonly of?: 'number' | 'text' | 'list' | 'object' | 'host';
  /** Its type in TypeScript. */
  readonly type: string;
  /** Whether it must be given. */
  readonly required?: true;
  /** Whether it, or a part of it, is a secret. */
  readonly secret?: true;
  /** What counts where it isn't given. */
  readonly default?: boolean | number | string | readonly string[];
  /** The words, each with what it stands for. */
  readonly words?: readonly (readonly [word: string, about: string])[];
  /** The least and the most of a number, both included, what it counts, and whether it must be whole. */
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  readonly whole?: true;
  /** The numbers, where there are only a few. */
  readonly numbers?: readonly number[];
  /** What a text looks like. */
  readonly form?: string;
  /** The options of an object. */
  readonly options?: readonly OptionInfo[];
  /** It does something with one of these options only, as one of the words where there are some. */
  readonly goesWith?: readonly (readonly [option: Name, words: readonly string[]])[];
  /** It does nothing beside any of these. */
  readonly notBeside?: readonly (readonly [option: Name, words: readonly string[]])[];
}

";

/// What is known of the options.
pub(super) fn table() -> String {
    let mut out = head("What is known of a job's options.", SOURCE) + SHAPES;
    let rows = of_callers(packager::Options::table());
    out += "/** The name of an option of a job. */\n";
    out += &format!("export type OptionName = {};\n\n", union(rows.iter().map(|row| row.name)));
    out += "/** The options of a job, in the order in which they are documented. */\n";
    out += "export const OPTIONS: readonly OptionInfo<OptionName>[] = [\n";
    rows.iter().for_each(|row| out += &info(row, "  "));
    out + "];\n"
}

fn of_callers(table: Table) -> Vec<Row> {
    table.rows.into_iter().filter(|row| row.meta.audience == Audience::Caller).collect()
}

fn info(row: &Row, indent: &str) -> String {
    let joined = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let Meta { group, label, hint, unset, often, .. } = row.meta;
    let mut members = vec![
        format!("name: {}", string(row.name)),
        format!("about: {}", string(joined(row.about).trim())),
        format!("group: {}, label: {}, hint: {}", string(group), string(label), string(hint)),
    ];
    if !unset.is_empty() {
        members.push(format!("unset: {}", string(unset)));
    }
    if often {
        members.push("often: true".to_owned());
    }
    members.push(format!("kind: '{}', type: {}", kind_word(&row.is.kind), string(&type_of(&row.is.kind))));
    if row.is.required {
        members.push("required: true".to_owned());
    }
    if is_secret(&row.is.kind) {
        members.push("secret: true".to_owned());
    }
    members.extend(row.is.default.map(|default| format!("default: {}", literal(default))));
    match &row.is.kind {
        Kind::List { of, .. } => {
            if !matches!(**of, Kind::Word(_)) {
                members.push(format!("of: '{}'", kind_word(of)));
            }
            members.extend(takes(of));
        }
        Kind::Object(table) => {
            let inner = format!("{indent}    ");
            let rows: String = of_callers(table.clone()).iter().map(|row| info(row, &inner)).collect();
            members.push(format!("options: [\n{rows}{indent}  ]"));
        }
        other => members.extend(takes(other)),
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for rule in row.rules {
        match rule {
            Rule::With(others) => with.extend(others.iter().map(beside)),
            Rule::Without(other) => without.push(beside(other)),
        }
    }
    for (name, others) in [("goesWith", with), ("notBeside", without)] {
        if !others.is_empty() {
            members.push(format!("{name}: [{}]", others.join(", ")));
        }
    }
    format!("{indent}{{\n{indent}  {},\n{indent}}},\n", members.join(&format!(",\n{indent}  ")))
}

/// What values of a kind are allowed.
fn takes(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::Word(words) => vec![words_of(words)],
        Kind::Numbers(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
            vec![format!("numbers: [{}]", numbers.join(", "))]
        }
        Kind::Number { min, max, whole, unit } => {
            let mut members = vec![format!("min: {min}, max: {max}")];
            if !unit.is_empty() {
                members.push(format!("unit: {}", string(unit)));
            }
            if *whole {
                members.push("whole: true".to_owned());
            }
            members
        }
        Kind::Text { form, .. } if !form.is_empty() => vec![format!("form: {}", string(form))],
        Kind::Either(one, _) | Kind::OrNull(one) => takes(one),
        _ => Vec::new(),
    }
}

/// Whether a value is a secret, or has one in it.
fn is_secret(kind: &Kind) -> bool {
    match kind {
        Kind::Text { secret, .. } => *secret,
        Kind::List { of, .. } | Kind::Map(of) | Kind::OrNull(of) => is_secret(of),
        Kind::Either(one, other) => is_secret(one) || is_secret(other),
        Kind::Object(table) => table.rows.iter().any(|row| is_secret(&row.is.kind)),
        Kind::Flag | Kind::Number { .. } | Kind::Numbers(_) | Kind::Word(_) | Kind::Host(_) => false,
    }
}

fn beside((name, words): &Beside) -> String {
    format!("[{}, {}]", string(name), list(words.iter().copied()))
}

fn words_of(words: &tabpack::options::WordInfo) -> String {
    let each = words.words.iter().map(|(word, about)| {
        let about = about.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        format!("[{}, {}]", string(word), string(&about))
    });
    format!("words: [{}]", each.collect::<Vec<_>>().join(", "))
}

fn literal(given: Given) -> String {
    match given {
        Given::Flag(flag) => flag.to_string(),
        Given::Number(number) => number.to_string(),
        Given::Text(text) => string(text),
        Given::Words(words) => list(words.iter().copied()),
    }
}

fn kind_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Flag => "flag",
        Kind::Number { .. } | Kind::Numbers(_) => "number",
        Kind::Text { .. } => "text",
        Kind::Word(_) => "word",
        Kind::List { of, .. } if matches!(**of, Kind::Word(_)) => "words",
        Kind::List { .. } => "list",
        Kind::Map(_) | Kind::Object(_) => "object",
        Kind::Either(one, _) | Kind::OrNull(one) => kind_word(one),
        Kind::Host(_) => "host",
    }
}

#[test]
fn documentation_says_the_default_that_is_declared() {
    fn check(table: &Table, above: &str) {
        for row in &table.rows {
            let name = format!("{above}{}", row.name);
            let said = match row.is.default {
                // What is off or 0 unless it is asked for needs no word.
                None | Some(Given::Flag(false)) => None,
                Some(Given::Number(number)) => Some(number.to_string()).filter(|number| number != "0"),
                Some(Given::Flag(true)) => Some("`true`".to_owned()),
                Some(Given::Text(word)) => Some(format!("`{word}`")),
                Some(Given::Words(words)) => {
                    Some(format!("`[{}]`", words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")))
                }
            };
            if let Some(said) = said.filter(|_| row.meta.audience == Audience::Caller) {
                let by_default = [format!("{said} by default"), format!("{said} (the default)")];
                assert!(by_default.iter().any(|words| row.about.contains(words)), "{name}: {said}: {}", row.about);
            }
            if let Kind::Object(inner) = &row.is.kind {
                check(inner, &format!("{name}."));
            }
            for text in [row.meta.help, row.meta.hint] {
                let by_hand = text.contains("(default: ") && row.is.default.is_some() && !row.meta.by_hand;
                assert!(!by_hand, "{name}: the declaration says the default");
            }
        }
    }
    tables().iter().for_each(|table| check(table, ""));
}
