//! The formats of input and output as JavaScript has them.

use std::fmt::Write;

use tabpack::codec::CODECS;
use tabpack::demux::FORMATS;
use tabpack::presentation::{MEDIA_TYPES, MediaType};

const HEAD: &str = "// Generated from the core's tables by `npm run generate`: not to be edited.\n";

/// For the package and the pages.
pub(super) fn typescript() -> String {
    let mut out = HEAD.to_owned();
    out.push_str(
        "
/** A format of input that is read. */
export interface InputFormat {
  /** What people call it: several names, where what reads one reads the others. */
  readonly names: readonly string[];
  /** The endings that files of it have, without the dot, with the media types of such files. */
  readonly endings: Readonly<Record<string, string>>;
}

/** The formats of input that are read, by what files hold: their names may be others. */
export const INPUT_FORMATS: readonly InputFormat[] = [
",
    );
    for format in FORMATS {
        let names: Vec<String> = format.names.iter().map(|name| quoted(name)).collect();
        let endings = format.endings.iter().map(|known| format!("{}: {}", key(known.ending), quoted(known.media_type)));
        let endings: Vec<String> = endings.collect();
        writeln!(out, "  {{ names: [{}], endings: {{ {} }} }},", names.join(", "), endings.join(", ")).unwrap();
    }
    out.push_str(
        "];

/** The media types of the files that are written, by the endings of their names; of some it depends on what they hold. */
export const MEDIA_TYPES: Readonly<Record<string, string | Readonly<Record<'video' | 'audio' | 'text', string>>>> = {
",
    );
    media_types(&mut out);
    out.push_str("};\n");
    out
}

/// For the pages' service worker.
pub(super) fn service_worker() -> String {
    let mut out = format!("{HEAD}\nself.MEDIA_TYPES = {{\n");
    media_types(&mut out);
    out.push_str("};\n");
    out
}

fn media_types(out: &mut String) {
    for (ending, media_type) in MEDIA_TYPES {
        let value = match media_type {
            MediaType::Same(same) => quoted(same),
            MediaType::ByKind { video, audio, text } => {
                format!("{{ video: {}, audio: {}, text: {} }}", quoted(video), quoted(audio), quoted(text))
            }
        };
        writeln!(out, "  {}: {value},", key(ending)).unwrap();
    }
}

/// The name of a property: in quotes where it begins with a digit.
fn key(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { quoted(name) } else { name.to_owned() }
}

fn quoted(text: &str) -> String {
    assert!(!text.contains(['\'', '\\', '\n']), "{text:?}");
    format!("'{text}'")
}

#[test]
fn the_readme_names_every_format_and_codec() {
    let readme = include_str!("../../README.md");
    let table = readme.split("## What is supported").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let names = FORMATS.iter().flat_map(|format| format.names).copied();
    for name in names.chain(CODECS.iter().map(|codec| codec.name)) {
        assert!(table.contains(name), "the README's table of what is supported lacks {name}");
    }
}
