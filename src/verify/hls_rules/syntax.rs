//! What every playlist must be: sections 4.1, 4.2 and 7, and bis section 8.

use std::collections::BTreeSet;

use super::Out;
use super::rule::Rule;
use super::sheet::{Line, Sheet};
use super::tags::{self, Kind, Place, Value};
use crate::manifest::playlist::{byte_range, microseconds};
use crate::time::DateTime;

/// Checks the text as such.
pub(super) fn text(out: &mut Out, path: &str, document: &[u8], text: &str) {
    if std::str::from_utf8(document).is_err() {
        out.find(Rule::Utf8, path, None, "the playlist is not UTF-8: save it as that");
    }
    if text.starts_with('\u{feff}') {
        out.find(Rule::ByteOrderMark, path, Some(1), "the playlist starts with a byte order mark: leave it out");
    }
    if text.lines().next().map(|first| first.trim_start_matches('\u{feff}')) != Some("#EXTM3U") {
        out.find(Rule::Extm3u, path, Some(1), "the first line is not #EXTM3U and nothing else");
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.chars().any(char::is_control) {
            let message = "the line has a control character: write it percent-encoded, or leave it out";
            out.find(Rule::ControlCharacters, path, Some(number), message);
        }
        let is_comment = line.starts_with('#') && !line.starts_with("#EXT");
        let is_blank = line.trim().is_empty();
        let is_uri = !line.starts_with('#');
        if !is_comment && !is_blank && (line.trim() != line || (is_uri && line.contains(char::is_whitespace))) {
            let message = if is_uri && line.trim() == line {
                "the URI has whitespace in it: write %20"
            } else {
                "whitespace stands before or behind what the line says"
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
            sheet.find(out, Rule::UnknownTag, line, format!("{} is no tag of HLS, and is not checked", line.name()));
            continue;
        };
        if tag.is_once && !seen.insert(line.tag) {
            sheet.find(out, Rule::TagTwice, line, format!("{} stands a second time: leave it out", line.name()));
        }
        if tag.place == Place::Multivariant && !is_multivariant && !is_mixed {
            is_mixed = true;
            let message =
                format!("{} is of multivariant playlists, and the playlist has tags of media ones", line.name());
            sheet.find(out, Rule::OneKind, line, message);
        }
        if line.tag == "#EXT-X-ALLOW-CACHE" {
            let message = "EXT-X-ALLOW-CACHE was removed in version 7: leave it out";
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
        Value::None => line.value.is_some().then(|| "has no value".to_owned()),
        Value::Integer => (!is_integer(text)).then(|| "is a whole number".to_owned()),
        Value::Duration => {
            let (duration, comma) = text.split_once(',').map_or((text, false), |(duration, _)| (duration, true));
            (!comma || !is_decimal(duration)).then(|| "is a duration in seconds with a comma behind it".to_owned())
        }
        Value::Range => byte_range(text).is_none().then(|| "is a length with an offset behind @".to_owned()),
        Value::Date => DateTime::parse(text).is_none().then(|| "is a date with its time in ISO 8601".to_owned()),
        Value::Word(words) => (!words.contains(&text)).then(|| format!("is {}", words.join(" or "))),
        Value::List(_) => line.value.is_none().then(|| "has attributes behind a colon".to_owned()),
    };
    if let Some(wanted) = wanted {
        let message = format!("{:?} stands where the value of {} {wanted}", line.value.unwrap_or(""), line.name());
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
            let message = format!("whitespace stands beside the attribute {}: leave it out", name.trim());
            sheet.find(out, Rule::Whitespace, line, message);
            continue;
        }
        if !seen.insert(name) {
            sheet.find(out, Rule::AttributeTwice, line, format!("{name} stands twice in {}", line.name()));
        }
        let kind = match tags::of(line.tag).and_then(|tag| tag.attribute(name)) {
            Some(found) => found.kind,
            None if line.tag == "#EXT-X-DATERANGE" && name.starts_with("X-") => {
                let is_one = attribute.is_quoted || is_hexadecimal(attribute.value) || is_signed(attribute.value);
                if !is_one {
                    let message = format!("{name} is no quoted string, number or hexadecimal sequence");
                    sheet.find(out, Rule::AttributeType, line, message);
                }
                continue;
            }
            None => {
                let message = format!("{} has no attribute {name} in the standard, and it is not checked", line.name());
                sheet.find(out, Rule::UnknownAttribute, line, message);
                continue;
            }
        };
        // A variable stands for what isn't known here.
        if attribute.value.contains("{$") {
            continue;
        }
        if let Some(wanted) = mismatch(kind, attribute.value, attribute.is_quoted) {
            let message = format!("{name} is {:?}, and must be {wanted}", attribute.value);
            sheet.find(out, Rule::AttributeType, line, message);
        } else if matches!(kind, Kind::Hexadecimal) && attribute.value[2..].contains(|c: char| c.is_ascii_lowercase()) {
            let message = format!("the hexadecimal digits of {name} are a to f: write A to F");
            sheet.find(out, Rule::HexadecimalCase, line, message);
        }
        if name == "PROGRAM-ID" {
            sheet.find(out, Rule::RemovedTag, line, "PROGRAM-ID was removed in version 6: leave it out");
        }
    }
    for attribute in known.iter().filter(|attribute| attribute.is_required) {
        if line.get(attribute.name).is_none() {
            let message = format!("{} has no {}: it must have one", line.name(), attribute.name);
            sheet.find(out, Rule::AttributeMissing, line, message);
        }
    }
}

/// What a value must be, where it isn't.
fn mismatch(kind: Kind, value: &str, is_quoted: bool) -> Option<String> {
    let (is_right, wanted) = match kind {
        Kind::Integer => (!is_quoted && is_integer(value), "a whole number without quotes"),
        Kind::Hexadecimal => (!is_quoted && is_hexadecimal(value), "hexadecimal digits behind 0x without quotes"),
        Kind::Decimal => (!is_quoted && is_decimal(value), "a number without quotes and sign"),
        Kind::SignedDecimal => (!is_quoted && is_signed(value), "a number without quotes"),
        Kind::Quoted => (is_quoted && !value.is_empty(), "a string in quotes that isn't empty"),
        Kind::QuotedOrEmpty => (is_quoted, "a string in quotes"),
        Kind::QuotedOrNone => (
            if is_quoted { !value.is_empty() && value != "NONE" } else { value == "NONE" },
            "NONE without quotes, or a group's id in quotes",
        ),
        Kind::Word(words) => {
            return (is_quoted || !words.contains(&value)).then(|| format!("{} without quotes", words.join(" or ")));
        }
        Kind::Resolution => {
            let sides = value.split_once('x');
            let is_size = sides.is_some_and(|(width, height)| is_integer(width) && is_integer(height));
            (!is_quoted && is_size, "width and height with an x between, without quotes")
        }
        Kind::Date => (is_quoted && DateTime::parse(value).is_some(), "a date with its time in ISO 8601, in quotes"),
        Kind::Range => (is_quoted && byte_range(value).is_some(), "a length with an offset behind @, in quotes"),
    };
    (!is_right).then(|| wanted.to_owned())
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
        let message = format!("EXT-X-VERSION is {stated}, and {why} needs {needed}: write that");
        out.find(Rule::Version, sheet.path, line, message);
    }
}

fn defines(out: &mut Out, sheet: &Sheet<'_>) {
    let mut seen = BTreeSet::new();
    for line in sheet.all("#EXT-X-DEFINE") {
        let names: Vec<&str> = ["NAME", "IMPORT", "QUERYPARAM"].into_iter().filter_map(|name| line.get(name)).collect();
        let fault = match names[..] {
            [name] if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) => {
                "a variable's name has other characters than letters, digits, - and _"
            }
            [name] if !seen.insert(name) => "the variable is defined before",
            [_] if line.get("NAME").is_some() && line.get("VALUE").is_none() => "the variable has no VALUE",
            [_] if line.get("IMPORT").is_some() && sheet.is_multivariant() => {
                "IMPORT is for media playlists: a multivariant one defines the variable"
            }
            [_] => continue,
            _ => "EXT-X-DEFINE has not one of NAME, IMPORT and QUERYPARAM",
        };
        sheet.find(out, Rule::Define, line, fault);
    }
}
