//! `SubRip` files. There is no standard; what is read is what players agree on: a number, a line of times, lines of
//! text with a few of HTML's tags and now and then an override of `SubStation`.

use super::markup::{Marked, Writer, apply_overrides, colour_class, entity};
use super::vtt::timestamp;
use super::{Cues, SideFile, Timed, track_of_cues};
use crate::demux::format::{Ending, Format, NOWHERE};
use crate::mp4::wvtt::Cue;

/// Files of `SubRip`.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["SubRip"],
    endings: &[Ending::new("srt", "application/x-subrip")],
    sniff: |head| super::sniff(head, is),
    search: NOWHERE,
    open: |opening| {
        SideFile::open(opening, |bytes, language, about, warnings| {
            track_of_cues(read, bytes, language.as_deref(), about, warnings)
        })
    },
};

/// Whether a file that begins so is one: blank lines aside a line of times, or a number in front of it.
fn is(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    times(first).is_some() || (is_number(first) && lines.next().and_then(times).is_some())
}

/// Reads a file, whose lines end in `\n`.
fn read(text: &str) -> Cues {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|&index| lines[index].contains("-->")).collect();
    let (mut cues, mut unread) = (Vec::new(), 0);
    for (number, &at) in starts.iter().enumerate() {
        let end = starts.get(number + 1).map_or(lines.len(), |&next| {
            // The next cue's number is no text of this one.
            let before = next.saturating_sub(1);
            if before > at && is_number(lines[before].trim()) { before } else { next }
        });
        match times(lines[at].trim()) {
            Some((start, stop)) if start < stop => {
                let Marked { text, settings } = markup(&lines[at + 1..end].join("\n"));
                cues.push(Timed { start, end: stop, cue: Cue { settings, text, ..Cue::default() } });
            }
            _ => unread += 1,
        }
    }
    Cues { header: "WEBVTT".to_owned(), cues, warnings: Vec::new(), unread }
}

/// The text of a cue: `<i>`, `<b>`, `<u>` stay, a colour that WebVTT has a class for becomes that, other tags of
/// HTML go; whatever else looks like a tag is text.
pub(in crate::demux) fn markup(text: &str) -> Marked {
    let mut out = Writer::default();
    let mut settings = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some((tag, behind)) = rest[1..].split_once('>')
            && apply_tag(tag, &mut out)
        {
            rest = behind;
            continue;
        }
        if c == '{'
            && let Some((overrides, behind)) = rest[1..].split_once('}')
            && overrides.starts_with('\\')
        {
            apply_overrides(overrides, &mut out, &mut settings);
            rest = behind;
            continue;
        }
        let (c, size) = entity(rest).unwrap_or((c, c.len_utf8()));
        out.char(c);
        rest = &rest[size..];
    }
    Marked { text: out.finish(), settings }
}

/// Whether this is a tag of those that files use.
fn apply_tag(tag: &str, out: &mut Writer) -> bool {
    let tag = tag.trim();
    let (is_end, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let known = match name.trim_end_matches('/').to_ascii_lowercase().as_str() {
        "i" | "em" => "i",
        "b" | "strong" => "b",
        "u" => "u",
        "br" => {
            out.char('\n');
            return true;
        }
        "font" if is_end => {
            out.close(|open| open.starts_with('c'));
            return true;
        }
        "font" => {
            let colour = attributes.split_once("color=").map(|(_, value)| value);
            let value = colour.and_then(|value| value.split([' ', '/']).next());
            out.open(value.and_then(colour_class).unwrap_or("c"));
            return true;
        }
        "s" | "span" | "p" | "div" => return true,
        _ => return false,
    };
    match is_end {
        true => out.close(|open| open == known),
        false => out.open(known),
    }
    true
}

/// Start and end in milliseconds; what follows them, coordinates, is left out.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.trim().split([' ', '\t']).next()?;
    Some((timestamp(start.trim())?, timestamp(end)?))
}

fn is_number(line: &str) -> bool {
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_first_times() {
        assert!(is("1\n00:00:01,000 --> 00:00:02,000\nHi"));
        assert!(is("\n\n 1 \n00:00:01,000 --> 00:00:02,000 X1:40 X2:600"));
        assert!(is("0:00:01.5 --> 0:00:02.5\nHi"));
        for no in ["1\n2\n", "hello", "", "1\nfoo --> bar", "WEBVTT\n\n00:01.000 --> 00:02.000"] {
            assert!(!is(no), "{no:?}");
        }
    }

    #[test]
    fn cues_of_a_file() {
        let text = "1\n00:00:01,000 --> 00:00:02,000\nOne\nline two\n\n2\n00:00:03,000 --> 00:00:04,500  X1:1\n\nTwo\n\nthree\n\n\
            3\n00:00:05,000 --> 00:00:05,000\nnever\n00:00:06,000 --> 00:00:07,000\n1984\n";
        let found = read(text);
        let cues: Vec<_> = found.cues.iter().map(|cue| (cue.start, cue.end, &cue.cue.text[..])).collect();
        assert_eq!(cues, [(1000, 2000, "One\nline two"), (3000, 4500, "Two\nthree"), (6000, 7000, "1984")]);
        assert!(found.unread()[0].text().starts_with("1 cues"), "{:?}", found.unread());
    }

    #[test]
    fn tags_become_those_of_webvtt_and_the_rest_is_text() {
        let text = |text: &str| markup(text).text;
        assert_eq!(text("<I>a</i> <b>b</B> <u>c"), "<i>a</i> <b>b</b> <u>c</u>");
        assert_eq!(text("<font color=\"#FFFF00\">y</font> <font face=x>z</font>"), "<c.yellow>y</c> <c>z</c>");
        assert_eq!(text("1 < 2 & 3 > 2, I <3 U"), "1 &lt; 2 &amp; 3 &gt; 2, I &lt;3 U");
        assert_eq!(text("a &amp; b&nbsp;c"), "a &amp; b&nbsp;c");
        assert_eq!(text("</i>x<blink>"), "x&lt;blink&gt;");
        assert_eq!(text("{braces} {\\b1}c{\\b0}"), "{braces} <b>c</b>");
    }

    #[test]
    fn an_override_says_where_the_text_stands() {
        let marked = markup("{\\an8}Up");
        assert_eq!((marked.text.as_str(), marked.settings.as_str()), ("Up", "line:0"));
        assert_eq!(markup("{\\an2}Down").settings, "");
        assert_eq!(markup("{\\an1}Left").settings, "position:0% align:start");
    }
}
