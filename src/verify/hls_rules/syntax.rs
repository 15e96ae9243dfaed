//! What every playlist must be: sections 4.1, 4.2 and 7, and bis section 8.

use std::collections::BTreeSet;

use super::Out;
use super::rule::Rule;
use super::sheet::{Line, Sheet};
use super::tags::{self, Kind, Place, Value};
use crate::error::Message;
use crate::manifest::playlist::{byte_range, microseconds};
use crate::time::DateTime;

/// Checks the text as such.
pub(super) fn text(out: &mut Out, path: &str, document: &[u8], text: &str) {
    if std::str::from_utf8(document).is_err() {
        out.find(Rule::Utf8, path, None, message!("the playlist is not UTF-8: save it as that"));
    }
    if text.starts_with('\u{feff}') {
        out.find(
            Rule::ByteOrderMark,
            path,
            Some(1),
            message!("the playlist starts with a byte order mark: leave it out"),
        );
    }
    if text.lines().next().map(|first| first.trim_start_matches('\u{feff}')) != Some("#EXTM3U") {
        out.find(Rule::Extm3u, path, Some(1), message!("the first line is not #EXTM3U and nothing else"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.chars().any(char::is_control) {
            let message = message!("the line has a control character: write it percent-encoded, or leave it out");
            out.find(Rule::ControlCharacters, path, Some(number), message);
        }
        let is_comment = line.starts_with('#') && !line.starts_with("#EXT");
        let is_blank = line.trim().is_empty();
        let is_uri = !line.starts_with('#');
        if !is_comment && !is_blank && (line.trim() != line || (is_uri && line.contains(char::is_whitespace))) {
            let message = if is_uri && line.trim() == line {
                message!("the URI has whitespace in it: write %20")
            } else {
                message!("there is whitespace before or after what the line says")
            };
            out.find(Rule::Whitespace, path, Some(number), message);
        }
    }
}

/// Checks each line by itself, and how often and in which company tags stand.
pub(super) fn lines(out: &mut Out, sheet: &Sheet<'_>) {
    let mut seen = BTreeSet::new();
    let is_multivariant = sheet.is_multivariant();
    let mut is_mixed = false;
    for line in &sheet.lines {
        if line.is_uri() {
            continue;
        }
        if tags::OF_IMAGES.contains(&line.tag) {
            continue;
        }
        let Some(tag) = tags::of(line.tag) else {
            sheet.find(
                out,
                Rule::UnknownTag,
                line,
                message!("{line} is no tag of HLS, and is not checked", line = line.name()),
            );
            continue;
        };
        if tag.is_once && !seen.insert(line.tag) {
            sheet.find(
                out,
                Rule::TagTwice,
                line,
                message!("{line} stands a second time: leave it out", line = line.name()),
            );
        }
        if tag.place == Place::Multivariant && !is_multivariant && !is_mixed {
            is_mixed = true;
            let message = message!(
                "{line} is of multivariant playlists, and the playlist has tags of media ones",
                line = line.name()
            );
            sheet.find(out, Rule::OneKind, line, message);
        }
        if line.tag == "#EXT-X-ALLOW-CACHE" {
            let message = message!("EXT-X-ALLOW-CACHE was removed in version 7: leave it out");
            sheet.find(out, Rule::RemovedTag, line, message);
        }
        value(out, sheet, line, tag.value);
    }
    version(out, sheet);
    defines(out, sheet);
}

fn value(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>, kind: Value) {
    let text = line.value.unwrap_or("");
    let wanted = match kind {
        Value::Any => None,
        Value::None => line.value.is_some().then(|| message!("has no value")),
        Value::Integer => (!is_integer(text)).then(|| message!("is a whole number")),
        Value::Duration => {
            let (duration, comma) = text.split_once(',').map_or((text, false), |(duration, _)| (duration, true));
            (!comma || !is_decimal(duration)).then(|| message!("is a duration in seconds with a comma after it"))
        }
        Value::Range => byte_range(text).is_none().then(|| message!("is a length with an offset after @")),
        Value::Date => DateTime::parse(text).is_none().then(|| message!("is a date and time in ISO 8601")),
        Value::Word(words) => (!words.contains(&text)).then(|| message!("is {words}", words = words.join(" or "))),
        Value::List(_) => line.value.is_none().then(|| message!("has attributes after a colon")),
    };
    if let Some(wanted) = wanted {
        let message = message!(
            "{value:?} stands where the value of {line} {wanted}",
            value = line.value.unwrap_or(""),
            line = line.name(),
            wanted
        );
        sheet.find(out, Rule::TagFormat, line, message);
    }
    if let Value::List(known) = kind {
        attributes(out, sheet, line, known);
    }
}

fn attributes(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>, known: &[tags::Attribute]) {
    for fault in &line.attributes.faults {
        sheet.find(out, Rule::AttributeSyntax, line, fault.clone());
    }
    let mut seen = BTreeSet::new();
    for attribute in &line.attributes.list {
        let name = attribute.name;
        if name.trim() != name || (!attribute.is_quoted && attribute.value.contains(char::is_whitespace)) {
            let message = message!("whitespace stands beside the attribute {trim}: leave it out", trim = name.trim());
            sheet.find(out, Rule::Whitespace, line, message);
            continue;
        }
        if !seen.insert(name) {
            sheet.find(
                out,
                Rule::AttributeTwice,
                line,
                message!("{name} stands twice in {line}", name, line = line.name()),
            );
        }
        let kind = match tags::of(line.tag).and_then(|tag| tag.attribute(name)) {
            Some(found) => found.kind,
            None if line.tag == "#EXT-X-DATERANGE" && name.starts_with("X-") => {
                let is_one = attribute.is_quoted || is_hexadecimal(attribute.value) || is_signed(attribute.value);
                if !is_one {
                    let message = message!("{name} is no quoted string, number or hexadecimal sequence", name);
                    sheet.find(out, Rule::AttributeType, line, message);
                }
                continue;
            }
            None => {
                let message = message!(
                    "{line} has no attribute {name} in the standard, and it is not checked",
                    line = line.name(),
                    name
                );
                sheet.find(out, Rule::UnknownAttribute, line, message);
                continue;
            }
        };
        // A variable stands for what isn't known here.
        if attribute.value.contains("{$") {
            continue;
        }
        if let Some(wanted) = mismatch(kind, attribute.value, attribute.is_quoted) {
            let message = message!("{name} is {value:?}, and must be {wanted}", name, value = attribute.value, wanted);
            sheet.find(out, Rule::AttributeType, line, message);
        } else if matches!(kind, Kind::Hexadecimal) && attribute.value[2..].contains(|c: char| c.is_ascii_lowercase()) {
            let message = message!("the hexadecimal digits of {name} are a to f: write A to F", name);
            sheet.find(out, Rule::HexadecimalCase, line, message);
        }
        if name == "PROGRAM-ID" {
            sheet.find(out, Rule::RemovedTag, line, message!("PROGRAM-ID was removed in version 6: leave it out"));
        }
    }
    for attribute in known.iter().filter(|attribute| attribute.is_required) {
        if line.get(attribute.name).is_none() {
            let message =
                message!("{line} has no {attribute}: it must have one", line = line.name(), attribute = attribute.name);
            sheet.find(out, Rule::AttributeMissing, line, message);
        }
    }
}

/// What a value must be, where it isn't.
fn mismatch(kind: Kind, value: &str, is_quoted: bool) -> Option<Message> {
    let (is_right, wanted) = match kind {
        Kind::Integer => (!is_quoted && is_integer(value), message!("a whole number without quotes")),
        Kind::Hexadecimal => {
            (!is_quoted && is_hexadecimal(value), message!("hexadecimal digits after 0x, without quotes"))
        }
        Kind::Decimal => (!is_quoted && is_decimal(value), message!("a number without quotes or sign")),
        Kind::SignedDecimal => (!is_quoted && is_signed(value), message!("a number without quotes")),
        Kind::Quoted => (is_quoted && !value.is_empty(), message!("a string in quotes that isn't empty")),
        Kind::QuotedOrEmpty => (is_quoted, message!("a string in quotes")),
        Kind::QuotedOrNone => (
            if is_quoted { !value.is_empty() && value != "NONE" } else { value == "NONE" },
            message!("NONE without quotes, or the id of a group in quotes"),
        ),
        Kind::Word(words) => {
            return (is_quoted || !words.contains(&value))
                .then(|| message!("{words} without quotes", words = words.join(" or ")));
        }
        Kind::Resolution => {
            let sides = value.split_once('x');
            let is_size = sides.is_some_and(|(width, height)| is_integer(width) && is_integer(height));
            (!is_quoted && is_size, message!("width and height with an x in between, without quotes"))
        }
        Kind::Date => {
            (is_quoted && DateTime::parse(value).is_some(), message!("a date and time in ISO 8601, in quotes"))
        }
        Kind::Range => {
            (is_quoted && byte_range(value).is_some(), message!("a length with an offset after @, in quotes"))
        }
    };
    (!is_right).then_some(wanted)
}

fn is_integer(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && microseconds(text).is_some()
}

fn is_signed(text: &str) -> bool {
    is_decimal(text.strip_prefix('-').unwrap_or(text))
}

fn is_hexadecimal(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What a playlist needs of `EXT-X-VERSION`, and why: bis section 8.
pub(super) fn needed_version(sheet: &Sheet<'_>) -> (u64, &'static str) {
    let is_i_frames = sheet.has("#EXT-X-I-FRAMES-ONLY");
    let need = |line: &Line<'_>| -> (u64, &'static str) {
        let attributes = line.attributes.list.iter();
        if attributes.clone().any(|attribute| attribute.name.starts_with("REQ-")) {
            return (12, "attributes that start with REQ-");
        }
        match line.tag {
            "#EXTINF" if line.value.is_some_and(|value| value.split(',').next().unwrap_or("").contains('.')) => {
                (3, "durations with fractions")
            }
            "#EXT-X-BYTERANGE" => (4, "EXT-X-BYTERANGE"),
            "#EXT-X-I-FRAMES-ONLY" => (4, "EXT-X-I-FRAMES-ONLY"),
            "#EXT-X-KEY" if line.get("KEYFORMAT").or(line.get("KEYFORMATVERSIONS")).is_some() => (5, "KEYFORMAT"),
            "#EXT-X-KEY" if line.get("METHOD").is_some_and(|method| method.starts_with("SAMPLE-AES")) => {
                (5, "SAMPLE-AES")
            }
            "#EXT-X-KEY" if line.get("IV").is_some() => (2, "the IV of EXT-X-KEY"),
            "#EXT-X-MAP" if is_i_frames => (5, "EXT-X-MAP"),
            "#EXT-X-MAP" => (6, "EXT-X-MAP in a playlist of more than I-frames"),
            "#EXT-X-MEDIA" => match line.get("INSTREAM-ID") {
                Some(_) if line.get("TYPE") != Some("CLOSED-CAPTIONS") => (13, "INSTREAM-ID of other than captions"),
                Some(id) if id.starts_with("SERVICE") => (7, "INSTREAM-ID of SERVICE"),
                _ => (1, ""),
            },
            "#EXT-X-DEFINE" if line.get("QUERYPARAM").is_some() => (11, "QUERYPARAM of EXT-X-DEFINE"),
            "#EXT-X-DEFINE" => (8, "EXT-X-DEFINE"),
            "#EXT-X-SKIP" if line.get("RECENTLY-REMOVED-DATERANGES").is_some() => (10, "EXT-X-SKIP of date ranges"),
            "#EXT-X-SKIP" => (9, "EXT-X-SKIP"),
            _ => (1, ""),
        }
    };
    sheet.lines.iter().map(need).max_by_key(|(version, _)| *version).unwrap_or((1, ""))
}

/// The version that a playlist says; 1 where it says none.
pub(super) fn stated_version(sheet: &Sheet<'_>) -> Option<u64> {
    sheet.value("#EXT-X-VERSION").map_or(Some(1), |value| value.parse().ok())
}

fn version(out: &mut Out, sheet: &Sheet<'_>) {
    let (needed, why) = needed_version(sheet);
    if let Some(stated) = stated_version(sheet).filter(|stated| *stated < needed) {
        let line = sheet.first("#EXT-X-VERSION").map(|line| line.number);
        let message = message!("EXT-X-VERSION is {stated}, and {why} needs {needed}: write that", stated, why, needed);
        out.find(Rule::Version, sheet.path, line, message);
    }
}

fn defines(out: &mut Out, sheet: &Sheet<'_>) {
    let mut seen = BTreeSet::new();
    for line in sheet.all("#EXT-X-DEFINE") {
        let names: Vec<&str> = ["NAME", "IMPORT", "QUERYPARAM"].into_iter().filter_map(|name| line.get(name)).collect();
        let fault = match names[..] {
            [name] if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) => {
                message!("the name of a variable has characters other than letters, digits, - and _")
            }
            [name] if !seen.insert(name) => message!("the variable is already defined"),
            [_] if line.get("NAME").is_some() && line.get("VALUE").is_none() => message!("the variable has no VALUE"),
            [_] if line.get("IMPORT").is_some() && sheet.is_multivariant() => {
                message!("IMPORT is for media playlists: in a multivariant playlist, define the variable")
            }
            [_] => continue,
            _ => message!("EXT-X-DEFINE needs exactly one of NAME, IMPORT and QUERYPARAM"),
        };
        sheet.find(out, Rule::Define, line, fault);
    }
}
