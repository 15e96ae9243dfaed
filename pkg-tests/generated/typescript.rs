//! How TypeScript is written.

use tabpack::options::{Audience, Kind, Table, WordInfo};

/// The head of a generated file.
pub(super) fn head(what: &str, source: &str) -> String {
    format!("/** {what} Generated from `{source}` by `npm run generate`: don't edit. */\n\n")
}

/// A string literal.
pub(super) fn string(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A union of string literals.
pub(super) fn union<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(string).collect::<Vec<_>>().join(" | ")
}

/// A list of string literals.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", words.into_iter().map(string).collect::<Vec<_>>().join(", "))
}

/// A docblock on one line.
pub(super) fn doc(indent: &str, text: &str) -> String {
    format!("{indent}/** {text} */\n")
}

/// A docblock of a line or several.
pub(super) fn docs(indent: &str, text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    match lines[..] {
        [line] => doc(indent, line),
        _ => {
            let lines: String = lines.iter().map(|line| format!("{indent} * {line}\n")).collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

/// The interface of an object of options, and behind it the types that it names: each once.
pub(super) fn interface(table: &Table, written: &mut Vec<&'static str>) -> String {
    if written.contains(&table.name) {
        return String::new();
    }
    written.push(table.name);
    let rows: Vec<_> = table.rows.iter().filter(|row| row.meta.audience == Audience::Caller).collect();
    let mut out = docs("", table.about);
    out += &format!("export interface {} {{\n", table.name);
    for row in &rows {
        let mark = if row.is.required { "" } else { "?" };
        out += &format!("{}  {}{mark}: {};\n", docs("  ", row.about), row.name, type_of(&row.is.kind));
    }
    out += "}\n\n";
    rows.iter().for_each(|row| out += &named(&row.is.kind, written));
    out
}

/// The declarations of the types that a kind of value names.
fn named(kind: &Kind, written: &mut Vec<&'static str>) -> String {
    match kind {
        Kind::Object(table) => interface(table, written),
        Kind::Word(words) => words_type(words, written),
        Kind::List { of, .. } | Kind::Map(of) | Kind::OrNull(of) => named(of, written),
        Kind::Either(one, other) => named(one, written) + &named(other, written),
        Kind::Flag | Kind::Number { .. } | Kind::Numbers(_) | Kind::Text { .. } | Kind::Host(_) => String::new(),
    }
}

pub(super) fn words_type(words: &WordInfo, written: &mut Vec<&'static str>) -> String {
    if written.contains(&words.name) {
        return String::new();
    }
    written.push(words.name);
    let each = words.words.iter().map(|(word, about)| format!("\n- `{word}`: {}", about.trim()));
    let about = words.about.trim_end().to_owned() + &each.collect::<String>();
    let known = union(words.words.iter().map(|(word, _)| *word));
    format!("{}export type {} = {known};\n\n", docs("", &about), words.name)
}

pub(super) fn type_of(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "boolean".to_owned(),
        Kind::Number { .. } => "number".to_owned(),
        Kind::Numbers(numbers) => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" | "),
        Kind::Text { name, .. } => name.unwrap_or("string").to_owned(),
        Kind::Word(words) => words.name.to_owned(),
        Kind::List { of, .. } if matches!(**of, Kind::Either(..)) => format!("readonly ({})[]", type_of(of)),
        Kind::List { of, .. } => format!("readonly {}[]", type_of(of)),
        Kind::Map(of) => format!("Readonly<Record<string, {}>>", type_of(of)),
        Kind::Object(table) => table.name.to_owned(),
        Kind::Either(one, other) => format!("{} | {}", type_of(one), type_of(other)),
        Kind::OrNull(of) => format!("{} | null", type_of(of)),
        Kind::Host(name) => (*name).to_owned(),
    }
}
