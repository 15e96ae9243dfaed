//! `codes.ts`: the table of error codes and the words of places.

use std::fmt::Write;

use tabpack::error::{Class, Code, PLACES};

use super::typescript::{head, string as quoted, union};

/// The text of the file.
pub(super) fn text() -> String {
    let mut out = head("The table of error codes, and the words of places.", "src/error");
    write(&mut out).expect("a String takes every write");
    out
}

fn write(out: &mut String) -> std::fmt::Result {
    let classes = union(Class::ALL.iter().map(|class| class.as_str()));
    writeln!(out, "/** Who can act on an error. */\nexport type ErrorClass = {classes};")?;
    writeln!(out, "\n/** The stable codes. */\nexport type ErrorCode =")?;
    for (index, code) in Code::ALL.iter().enumerate() {
        let end = if index + 1 == Code::ALL.len() { ";" } else { "" };
        writeln!(out, "  | {}{end}", quoted(code.as_str()))?;
    }
    writeln!(
        out,
        "\n/** What holds of every error with a code: who can act, the number in the numeric table, what the user may do. */\n\
         export interface CodeFacts {{\n  readonly errorClass: ErrorClass;\n  readonly number: number;\n  \
         readonly advice: string;\n}}\n\n/** The table of codes. */\n\
         export const CODES: Readonly<Record<ErrorCode, CodeFacts>> = {{"
    )?;
    for code in Code::ALL {
        let (name, class, advice) = (code.as_str(), quoted(code.class().as_str()), quoted(code.advice()));
        writeln!(
            out,
            "  {name}: {{\n    errorClass: {class},\n    number: {},\n    advice: {advice},\n  }},",
            code.number()
        )?;
    }
    writeln!(
        out,
        "}};\n\n/** The words for each part of a place, in the order in which they are said. */\nexport const PLACES = ["
    )?;
    for (name, words) in PLACES {
        writeln!(out, "  [{}, {}],", quoted(name), quoted(words))?;
    }
    writeln!(out, "] as const;")
}
