//! `flags.ts`: the commands of the command line with their flags.

use tabpack::commands::{Command, commands};
use tabpack::options::{Given, Kind, Row, Table};

use super::typescript::{head, list, string};

const SHAPES: &str = "/** A flag of a command. */
export interface Flag {
  /** Its name, without the dashes. */
  readonly name: string;
  /** Its letter, if it has one. */
  readonly short?: string;
  /** What stands for its value; none for a flag without. */
  readonly value?: string;
  /** The option that it sets: the names on the way to it. */
  readonly path: readonly string[];
  /** Further options that it sets, likewise. */
  readonly also?: readonly (readonly string[])[];
  /**
   * What its value becomes: `true`, `false` and `item` are of flags without one; `texts` collects a text each time,
   * `list` and `numbers` are separated by commas, `members` names members that are chosen. What is `own` the program
   * reads itself.
   */
  readonly as: 'true' | 'false' | 'item' | 'number' | 'numbers' | 'text' | 'texts' | 'list' | 'members' | 'own' | 'owns';
  /** The heading that it stands under in the help. */
  readonly group: string;
  /** What the help says of it, a line each. */
  readonly help: readonly string[];
}

/** A command. */
export interface Command {
  readonly name: string;
  /** What stands behind its name. */
  readonly arguments: string;
  /** What it does, a line each. */
  readonly about: readonly string[];
  readonly flags: readonly Flag[];
}

";

pub(super) fn text() -> String {
    let mut out = head("The commands of the command line.", "src/commands.rs") + SHAPES;
    out += "/** The commands. */\nexport const COMMANDS: readonly Command[] = [\n";
    for command in commands() {
        out += &format!(
            "  {{\n    name: {}, arguments: {},\n    about: {},\n    flags: [\n",
            string(command.name),
            string(command.arguments),
            list(command.about.lines()),
        );
        flags_of(&command).iter().for_each(|flag| out += &flag.literal());
        out += "    ],\n  },\n";
    }
    out += "];\n\n/** The flags whose values the program reads itself. */\nexport type OwnFlag =";
    let mut own: Vec<&str> = commands()
        .iter()
        .flat_map(flags_of)
        .filter(|flag| flag.becomes.starts_with("own"))
        .map(|flag| flag.name)
        .collect();
    own.sort_unstable();
    own.dedup();
    own.iter().for_each(|name| out += &format!("\n  | '{name}'"));
    out + ";\n"
}

/// A flag.
pub(super) struct Flag {
    pub(super) name: &'static str,
    short: Option<&'static str>,
    value: Option<&'static str>,
    pub(super) path: Vec<&'static str>,
    pub(super) becomes: &'static str,
    group: &'static str,
    help: Vec<String>,
}

/// All flags of a command.
pub(super) fn flags_of(command: &Command) -> Vec<Flag> {
    let mut flags = Vec::new();
    command.options.iter().for_each(|table| collect(table, &[], false, &mut flags));
    command.own.iter().for_each(|table| collect(table, &[], true, &mut flags));
    flags
}

fn collect(table: &Table, above: &[&'static str], own: bool, flags: &mut Vec<Flag>) {
    for row in &table.rows {
        let path: Vec<&'static str> = above.iter().copied().chain([row.name]).collect();
        if !row.meta.flag.is_empty() {
            flags.extend(flags_of_row(row, &path, own));
        }
        if let Kind::Object(inner) = &row.is.kind {
            collect(inner, &path, own, flags);
        }
    }
}

fn flags_of_row(row: &Row, path: &[&'static str], own: bool) -> Vec<Flag> {
    let (names, value) = match row.meta.flag.rsplit_once(' ') {
        Some((names, value)) if !names.ends_with(',') => (names, Some(value)),
        _ => (row.meta.flag, None),
    };
    let flag = |short, name, becomes, help| Flag {
        name,
        short,
        value,
        path: path.to_vec(),
        becomes,
        group: row.meta.group,
        help,
    };
    // A flag for each word of a list.
    if value.is_none() && matches!(row.is.kind, Kind::List { .. }) {
        let is_default = |name| matches!(row.is.default, Some(Given::Words(words)) if words.contains(&name));
        let said = |name, help: &str| if is_default(name) { format!("{help} (the default)") } else { help.to_owned() };
        return names
            .split('|')
            .zip(row.meta.help.lines())
            .map(|(name, help)| flag(None, name, "item", vec![said(name, help.trim())]))
            .collect();
    }
    let (short, name) = names.split_once(", ").map_or((None, names), |(short, name)| (Some(short), name));
    let help: Vec<String> =
        row.meta.help.lines().map(|line| line.trim().replace("{names}", &members(&row.is.kind))).collect();
    let help = with_default(help, row);
    let is_own = own || row.meta.by_hand || matches!(row.is.kind, Kind::Host(_));
    let repeats = row.meta.help.contains("be repeated");
    let becomes = if is_own && repeats {
        "owns"
    } else if is_own {
        "own"
    } else {
        becomes(&row.is.kind, name, value)
    };
    vec![flag(short, name, becomes, help)]
}

/// The help with the default. A flag of the command line that is read by hand may have another form than the option.
fn with_default(mut help: Vec<String>, row: &Row) -> Vec<String> {
    let default = match row.is.default {
        _ if row.meta.by_hand => None,
        Some(Given::Text(word)) => Some(word.to_owned()),
        Some(Given::Number(number)) if number != 0.0 => Some(number.to_string()),
        Some(Given::Number(_) | Given::Flag(_) | Given::Words(_)) | None => None,
    };
    if let (Some(default), Some(last)) = (default, help.last_mut()) {
        last.push_str(&format!(" (default: {default})"));
    }
    help
}

/// The members that are objects themselves, as DRM systems are: what a help calls `{names}`.
fn members(kind: &Kind) -> String {
    let Kind::Object(table) = kind else { return String::new() };
    let objects = table.rows.iter().filter(|row| matches!(row.is.kind, Kind::Object(_)));
    objects.map(|row| row.name).collect::<Vec<_>>().join(", ")
}

fn becomes(kind: &Kind, name: &str, value: Option<&str>) -> &'static str {
    match kind {
        Kind::Flag if name.starts_with("no-") => "false",
        Kind::Flag => "true",
        Kind::Number { .. } | Kind::Numbers(_) => "number",
        Kind::Object(_) => "members",
        Kind::List { of, .. } if matches!(**of, Kind::Number { .. }) => "numbers",
        Kind::List { .. } if value.is_some_and(|value| value.ends_with(",...")) => "list",
        Kind::List { .. } => "texts",
        Kind::OrNull(of) => becomes(of, name, value),
        _ => "text",
    }
}

impl Flag {
    fn literal(&self) -> String {
        let optional =
            |name: &str, text: Option<&str>| text.map_or(String::new(), |text| format!(", {name}: {}", string(text)));
        format!(
            "      {{ name: {}{}{}, path: {}, as: '{}', group: {}, help: {} }},\n",
            string(self.name),
            optional("short", self.short),
            optional("value", self.value),
            list(self.path.iter().copied()),
            self.becomes,
            string(self.group),
            list(self.help.iter().map(String::as_str)),
        )
    }
}
