//! WebVTT files (W3C, WebVTT: The Web Video Text Tracks Format, section 6.1).

use super::{Cues, SideFile, Timed, track_of_cues};
use crate::demux::format::{Ending, Format, NOWHERE};
use crate::error::Message;
use crate::limits;
use crate::mp4::wvtt::Cue;

/// Files of WebVTT.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["WebVTT"],
    endings: &[Ending::new("vtt", "text/vtt")],
    sniff: |head| super::sniff(head, is),
    search: NOWHERE,
    open: |opening| {
        SideFile::open(opening, |bytes, language, about, warnings| {
            track_of_cues(read, bytes, language.as_deref(), about, warnings)
        })
    },
};

/// Whether a file that begins so is one: the six letters, then a blank or the line's end.
pub(in crate::demux) fn is(text: &str) -> bool {
    text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']))
}

/// Reads a file, whose lines end in `\n`.
pub(super) fn read(text: &str) -> Cues {
    let mut found = Cues { header: "WEBVTT".to_owned(), ..Cues::default() };
    let mut unread = 0;
    let mut lines = text.lines().peekable();
    lines.next();
    // The header goes up to the first blank line, or to a cue that stands right behind it.
    while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && !line.contains("-->")) {
        found.warnings.extend(line.strip_prefix("X-TIMESTAMP-MAP=").and_then(moved));
    }
    loop {
        while lines.next_if(|line| line.trim().is_empty()).is_some() {}
        if lines.peek().is_none() {
            break;
        }
        let mut block = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty()) {
            // A second line of times begins the next cue, though no blank line stands between.
            let is_timed = block.iter().take(2).any(|line: &&str| line.contains("-->"));
            if line.contains("-->") && is_timed {
                unread += usize::from(!push(&mut found.cues, &block));
                block.clear();
            }
            block.push(line);
        }
        let first = block[0];
        let is_named = |name: &str| first.strip_prefix(name).is_some_and(|rest| rest.trim().is_empty());
        if !block.iter().take(2).any(|line| line.contains("-->")) {
            if (is_named("STYLE") || is_named("REGION")) && found.cues.is_empty() {
                found.header.push_str("\n\n");
                found.header.push_str(&block.join("\n"));
            }
            continue; // a comment, or what a later version may bring
        }
        unread += usize::from(!push(&mut found.cues, &block));
    }
    found.unread = unread;
    found
}

/// The sentence on a map to another timeline (RFC 8216 section 3.5) that isn't 0 to 0: what is packaged here has none
/// of a transport stream's.
fn moved(map: &str) -> Option<Message> {
    let is_nothing = |part: &str| match part.split_once(':') {
        Some(("LOCAL", time)) => timestamp(time) == Some(0),
        Some(("MPEGTS", ticks)) => ticks.trim().parse() == Ok(0_u64),
        _ => true,
    };
    if map.split(',').all(is_nothing) {
        return None;
    }
    Some(message!("X-TIMESTAMP-MAP={map} is ignored: its times are taken to count from the start", map = map.trim()))
}

/// What the clock of pictures and sound says when a file's own is at 0, in milliseconds.
pub(super) fn clock(text: &str) -> i64 {
    let header = text.lines().take_while(|line| !line.trim().is_empty() && !line.contains("-->"));
    let Some(map) = header.filter_map(|line| line.strip_prefix("X-TIMESTAMP-MAP=")).next() else { return 0 };
    let (mut local, mut mpegts) = (0, 0);
    for part in map.split(',') {
        match part.trim().split_once(':') {
            Some(("LOCAL", time)) => local = timestamp(time.trim()).unwrap_or(0),
            Some(("MPEGTS", ticks)) => mpegts = ticks.trim().parse::<u64>().unwrap_or(0) / 90,
            _ => (),
        }
    }
    i64::try_from(mpegts).unwrap_or(0) - i64::try_from(local).unwrap_or(0)
}

/// Appends the cue of a block; not one whose times say that it is never shown.
fn push(cues: &mut Vec<Timed>, block: &[&str]) -> bool {
    let Some(at) = block.iter().take(2).position(|line| line.contains("-->")) else { return false };
    let Some((start, end, settings)) = times(block[at]) else { return false };
    if end <= start {
        return false;
    }
    let id = if at > 0 { block[0].trim() } else { "" };
    let cue =
        Cue { source_id: None, id: id.to_owned(), settings: settings.to_owned(), text: block[at + 1..].join("\n") };
    cues.push(Timed { start, end, cue });
    true
}

/// Start and end in milliseconds, and the settings.
fn times(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = line.split_once("-->")?;
    let rest = rest.trim();
    let (end, settings) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    Some((timestamp(start.trim())?, timestamp(end)?, settings.trim()))
}

/// A time stamp in milliseconds: hours as many as there are or none, minutes, seconds, and a fraction behind a point;
/// or a comma, as in `SubRip`.
pub(in crate::demux) fn timestamp(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let mut parts = whole.rsplit(':').map(number);
    let (seconds, minutes, hours) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if parts.next().is_some() || fraction.is_empty() || fraction.len() > 9 || seconds > 59 || minutes > 59 {
        return None;
    }
    number(fraction)?;
    let ms = number(&format!("{fraction:0<3}")[..3])?;
    let seconds = hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)?;
    (seconds < u64::from(limits::TIMELINE_SECONDS)).then_some(seconds * 1000 + ms)
}

/// A number of digits only.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_first_line() {
        for yes in ["WEBVTT", "WEBVTT\n", "WEBVTT - title\n\n", "WEBVTT\t\n"] {
            assert!(is(yes), "{yes:?}");
        }
        for no in ["WEBVTTX", "webvtt", " WEBVTT", ""] {
            assert!(!is(no), "{no:?}");
        }
    }

    #[test]
    fn cues_have_names_settings_and_lines() {
        let text = "WEBVTT title\nKind: captions\n\nSTYLE\n::cue(b) { color: red }\n\nREGION\nid:r\nwidth:40%\n\n\
            NOTE a comment\nof two lines\n\n1\n00:01.000 --> 00:02.500 line:0 align:start\n<b>One</b>\ntwo\n\n\
            01:00:00.000 --> 100:00:01.000\nlate\n\nSTYLE\ntoo late\n";
        let found = read(text);
        assert_eq!(found.header, "WEBVTT\n\nSTYLE\n::cue(b) { color: red }\n\nREGION\nid:r\nwidth:40%");
        let cue = |index: usize| &found.cues[index];
        assert_eq!((cue(0).start, cue(0).end), (1000, 2500));
        assert_eq!((&cue(0).cue.id[..], &cue(0).cue.settings[..]), ("1", "line:0 align:start"));
        assert_eq!(cue(0).cue.text, "<b>One</b>\ntwo");
        assert_eq!((cue(1).start, cue(1).end, &cue(1).cue.id[..]), (3_600_000, 360_001_000, ""));
        assert_eq!((found.cues.len(), found.warnings.len()), (2, 0));
    }

    #[test]
    fn a_cue_may_follow_without_a_blank_line() {
        let found = read("WEBVTT\n00:00.000 --> 00:01.000\na\n00:01.000 --> 00:02.000\nb\n");
        let texts: Vec<_> = found.cues.iter().map(|cue| &cue.cue.text[..]).collect();
        assert_eq!(texts, ["a", "b"]);
    }

    #[test]
    fn what_is_never_shown_is_counted() {
        let found = read("WEBVTT\n\n00:02.000 --> 00:01.000\nback\n\nx --> y\nno\n\n00:01.000 --> 00:02.000\nyes\n");
        assert_eq!(found.cues.len(), 1);
        assert!(found.unread()[0].text().starts_with("2 cues"), "{:?}", found.unread());
        assert_eq!(read("WEBVTT").unread(), [""; 0]);
    }

    #[test]
    fn a_map_that_moves_cues_is_told_and_left_aside() {
        let of = |map: &str| read(&format!("WEBVTT\nX-TIMESTAMP-MAP={map}\n\n00:00.000 --> 00:01.000\na\n")).warnings;
        assert_eq!(of("LOCAL:00:00:00.000,MPEGTS:0"), [""; 0]);
        assert_eq!(of("MPEGTS:0,LOCAL:00:00:00.000"), [""; 0]);
        assert!(of("MPEGTS:900000,LOCAL:00:00:00.000")[0].text().contains("MPEGTS:900000"));
        assert!(of("MPEGTS:0,LOCAL:00:00:10.000")[0].text().contains("ignored"));
    }

    #[test]
    fn a_map_says_how_two_clocks_differ() {
        assert_eq!(clock("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"), 10_000);
        assert_eq!(clock("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:01:00:00.000\n"), 10_000 - 3_600_000);
        assert_eq!(clock("WEBVTT\n\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"), 0);
    }

    #[test]
    fn time_stamps_are_read_to_the_millisecond() {
        assert_eq!(timestamp("00:01.5"), Some(1500));
        assert_eq!(timestamp("1:02:03,004"), Some(3_723_004));
        assert_eq!(timestamp("00:00:01"), Some(1000));
        for bad in ["", "5", "00:61.000", "60:00.000", "a:00.000", "1:2:3:4.000", "00:00.", "99999999999:00:00.000"] {
            assert_eq!(timestamp(bad), None, "{bad:?}");
        }
    }
}
