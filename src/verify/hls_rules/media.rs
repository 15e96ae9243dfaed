//! Media playlists: sections 4.3.2 and 4.3.3, bis sections 4.4.3 to 4.4.5.

use super::rule::Rule;
use super::sheet::{Line, Sheet};
use super::{Files, Out, date_range};
use crate::manifest::Place;
use crate::manifest::playlist::{Media, byte_range, microseconds};
use crate::time::DateTime;

/// FairPlay's format of keys.
const FAIRPLAY: &str = "com.apple.streamingkeydelivery";

/// Checks a media playlist by itself, and the files that it names where they can be looked at.
pub(super) fn check(out: &mut Out, sheet: &Sheet<'_>, media: &Media, files: &Files) {
    target_duration(out, sheet);
    segments(out, sheet);
    keys(out, sheet);
    maps(out, sheet);
    dates(out, sheet);
    date_range::check(out, sheet);
    sequence(out, sheet);
    whole(out, sheet, media);
    parts(out, sheet);
    places(out, sheet, media, files);
    containers(out, sheet, media, files);
}

fn target_duration(out: &mut Out, sheet: &Sheet<'_>) {
    let target: Option<u64> = sheet.value("#EXT-X-TARGETDURATION").and_then(|value| value.parse().ok());
    let Some(target) = target.filter(|target| *target > 0) else {
        let line = sheet.first("#EXT-X-TARGETDURATION").map(|line| line.number);
        let message =
            message!("the playlist has no EXT-X-TARGETDURATION of a second or more: every media playlist has one");
        return out.find(Rule::TargetDurationMissing, sheet.path, line, message);
    };
    let mut are_whole = true;
    for line in sheet.all("#EXTINF") {
        let seconds = line.value.and_then(|value| value.split(',').next()).unwrap_or("");
        are_whole &= !seconds.contains('.');
        let Some(duration) = microseconds(seconds) else { continue };
        if duration.saturating_add(500_000) / 1_000_000 > target {
            let message =
                message!("EXTINF is {seconds} s, over the target duration of {target} s: raise that", seconds, target);
            sheet.find(out, Rule::TargetDuration, line, message);
        }
    }
    if are_whole
        && super::syntax::stated_version(sheet).is_some_and(|version| version >= 3)
        && let Some(line) = sheet.first("#EXTINF")
    {
        let message = message!("durations are whole seconds, which drift from the media: write fractions");
        sheet.find(out, Rule::ExtinfInteger, line, message);
    }
}

/// Each URI has its `EXTINF`, each range its offset, and what applies to a segment is followed by one.
fn segments(out: &mut Out, sheet: &Sheet<'_>) {
    let (mut pending, mut has_duration, mut range) = (None, false, None);
    let mut before: Option<(&str, bool)> = None;
    for line in &sheet.lines {
        match line.tag {
            "#EXTINF" => {
                has_duration = true;
                pending = Some(line);
            }
            "#EXT-X-BYTERANGE" => {
                range = line.value.and_then(byte_range).map(|range| (line, range));
                pending = Some(line);
            }
            "#EXT-X-DISCONTINUITY" | "#EXT-X-GAP" | "#EXT-X-PROGRAM-DATE-TIME" => pending = Some(line),
            "" => {
                let uri = line.value.unwrap_or_default();
                if !has_duration {
                    let message = message!("the segment has no EXTINF: every segment has one");
                    sheet.find(out, Rule::ExtinfMissing, line, message);
                }
                if let Some((tag, (_, None))) = range
                    && before != Some((uri, true))
                {
                    let message =
                        message!("the range has no offset, and no range of the same file stands before it: write one");
                    sheet.find(out, Rule::ByteRangeOffset, tag, message);
                }
                before = Some((uri, range.is_some()));
                (pending, has_duration, range) = (None, false, None);
            }
            _ => (),
        }
    }
    let is_live_edge = sheet.has("#EXT-X-PART") || sheet.has("#EXT-X-PRELOAD-HINT");
    if let Some(line) = pending.filter(|_| !is_live_edge) {
        let message = message!("{line} applies to the next segment, and none follows", line = line.name());
        sheet.find(out, Rule::SegmentMissing, line, message);
    }
}

/// `EXT-X-KEY` and `EXT-X-SESSION-KEY` by themselves.
pub(super) fn key(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>) {
    let method = line.get("METHOD").unwrap_or("");
    if method == "NONE" {
        if line.tag == "#EXT-X-KEY" && line.attributes.list.len() > 1 {
            sheet.find(out, Rule::KeyNone, line, message!("METHOD=NONE stands with other attributes: leave those out"));
        }
        return;
    }
    let (uri, iv) = (line.get("URI"), line.get("IV"));
    let format = line.get("KEYFORMAT").unwrap_or("identity");
    if uri.is_none() && !method.is_empty() {
        sheet.find(out, Rule::KeyUri, line, message!("the key has no URI: say where it is"));
    }
    if iv.is_some() && matches!(method, "SAMPLE-AES-CTR" | "AES-256-GCM") {
        let message = message!("{method} has an IV, and its IVs are in the segments: leave it out", method);
        sheet.find(out, Rule::KeyIvForbidden, line, message);
    } else if let Some(iv) = iv.filter(|iv| iv.len() != 34 && !iv.contains("{$")) {
        let message = message!(
            "the IV has {saturating_sub} hexadecimal digits: write 32 behind 0x",
            saturating_sub = iv.len().saturating_sub(2)
        );
        sheet.find(out, Rule::KeyIv, line, message);
    }
    let is_versions = |text: &str| text.split('/').all(|number| number.parse::<u32>().is_ok_and(|number| number > 0));
    if line.get("KEYFORMATVERSIONS").is_some_and(|text| !is_versions(text)) {
        let message = message!("KEYFORMATVERSIONS is not numbers from 1 with slashes between");
        sheet.find(out, Rule::KeyFormatVersions, line, message);
    }
    if format == FAIRPLAY && method != "SAMPLE-AES" {
        let message = message!("FairPlay takes only METHOD=SAMPLE-AES, but the METHOD of this key is {method}", method);
        sheet.find(out, Rule::FairPlayMethod, line, message);
    }
    if format != FAIRPLAY && uri.is_some_and(|uri| uri.starts_with("skd:")) {
        let message = message!(
            "the KEYFORMAT of a FairPlay key (skd:) is {fairplay:?}, but this one has {format:?}",
            fairplay = FAIRPLAY,
            format
        );
        sheet.find(out, Rule::FairPlayFormat, line, message);
    }
    if format == FAIRPLAY && iv.is_some() {
        sheet.find(out, Rule::FairPlayIv, line, message!("FairPlay's key brings the IV: leave the attribute out"));
    }
}

fn keys(out: &mut Out, sheet: &Sheet<'_>) {
    sheet.all("#EXT-X-KEY").for_each(|line| key(out, sheet, line));
}

fn maps(out: &mut Out, sheet: &Sheet<'_>) {
    let mut whole: Option<bool> = None;
    for line in &sheet.lines {
        if line.tag == "#EXT-X-KEY" {
            whole = (line.get("METHOD") == Some("AES-128")).then(|| line.get("IV").is_some());
        }
        if line.tag != "#EXT-X-MAP" {
            continue;
        }
        if line.get("BYTERANGE").is_some_and(|range| !range.contains('@')) {
            sheet.find(
                out,
                Rule::MapOffset,
                line,
                message!("BYTERANGE of EXT-X-MAP has no offset: write @0 behind the length"),
            );
        }
        if whole == Some(false) {
            let message =
                message!("the init segment is in the scope of an AES-128 key without an IV: give the key one");
            sheet.find(out, Rule::MapIv, line, message);
        }
    }
}

/// `EXT-X-PROGRAM-DATE-TIME`.
fn dates(out: &mut Out, sheet: &Sheet<'_>) {
    let mut date: Option<DateTime> = None;
    let (mut dated, mut breaks) = (false, None);
    let has_dates = sheet.has("#EXT-X-PROGRAM-DATE-TIME");
    let mut duration = 0;
    for line in &sheet.lines {
        match line.tag {
            "#EXT-X-DISCONTINUITY" => breaks = Some(line),
            "#EXTINF" => {
                duration = line.value.and_then(|value| microseconds(value.split(',').next()?)).unwrap_or(0);
            }
            "#EXT-X-PROGRAM-DATE-TIME" => {
                let text = line.value.unwrap_or_default();
                let Some(read) = DateTime::parse(text) else { continue };
                let thousandths =
                    text.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
                if read.zone.is_none() || thousandths < 3 {
                    let message = message!("{text} has no time zone or no milliseconds: write both", text);
                    sheet.find(out, Rule::DatePrecision, line, message);
                }
                if date.is_some_and(|before| read.ms + 1000 < before.ms) {
                    let message = message!("the date is over a second before where the segments before it end");
                    sheet.find(out, Rule::DateOrder, line, message);
                }
                (date, dated) = (Some(read), true);
            }
            "" => {
                if let Some(line) = breaks.take().filter(|_| has_dates && !dated) {
                    let message = message!(
                        "the segment after EXT-X-DISCONTINUITY has no EXT-X-PROGRAM-DATE-TIME, as others have"
                    );
                    sheet.find(out, Rule::DateDiscontinuity, line, message);
                }
                dated = false;
                let ms = i64::try_from(duration / 1000).unwrap_or(i64::MAX);
                date = date.map(|date| date.later(ms));
            }
            _ => (),
        }
    }
}

fn sequence(out: &mut Out, sheet: &Sheet<'_>) {
    let first = sheet.lines.iter().find(|line| line.is_uri()).map_or(usize::MAX, |line| line.number);
    let discontinuity = sheet.first("#EXT-X-DISCONTINUITY").map_or(usize::MAX, |line| line.number);
    for (tag, bound) in [("#EXT-X-MEDIA-SEQUENCE", first), ("#EXT-X-DISCONTINUITY-SEQUENCE", first.min(discontinuity))]
    {
        if let Some(line) = sheet.first(tag).filter(|line| line.number > bound) {
            let message = message!("{line} stands behind what it counts: put it at the top", line = line.name());
            sheet.find(out, Rule::SequenceFirst, line, message);
        }
    }
}

/// What the playlist says of itself as a whole.
fn whole(out: &mut Out, sheet: &Sheet<'_>, media: &Media) {
    let kind = sheet.value("#EXT-X-PLAYLIST-TYPE");
    let is_ended = sheet.has("#EXT-X-ENDLIST");
    if kind == Some("VOD") && !is_ended {
        let message = message!("the playlist is VOD, which never changes, and has no EXT-X-ENDLIST: add that");
        out.find(Rule::EndList, sheet.path, None, message);
    }
    if kind.is_none() && is_ended {
        let message =
            message!("the playlist is complete and has no EXT-X-PLAYLIST-TYPE: unless it was live, write VOD");
        out.find(Rule::PlaylistType, sheet.path, None, message);
    }
    let end = media.segments.iter().map(|segment| segment.duration.unwrap_or(0)).fold(0, u64::saturating_add);
    if let Some(line) = sheet.first("#EXT-X-START") {
        start(out, sheet, line, &[(end, (!is_ended).then_some(media.target_duration.unwrap_or(0)))]);
    }
}

/// `EXT-X-START` against the durations of playlists in microseconds and, of live ones, their target durations.
pub(super) fn start(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>, playlists: &[(u64, Option<u64>)]) {
    let Some(offset) = line.get("TIME-OFFSET") else { return };
    let Some(size) = microseconds(offset.trim_start_matches('-')) else { return };
    let longest = playlists.iter().map(|(end, _)| *end).max().unwrap_or(0);
    if size > longest && longest > 0 {
        let message = message!(
            "TIME-OFFSET is {offset} s, and the playlist lasts {longest} ms",
            offset,
            longest = longest / 1000
        );
        return sheet.find(out, Rule::StartInRange, line, message);
    }
    let from_end = if offset.starts_with('-') { size } else { longest.saturating_sub(size) };
    if playlists.iter().any(|(_, live)| live.is_some_and(|target| from_end < target.saturating_mul(3_000_000))) {
        let message = message!("TIME-OFFSET is within three target durations of the end of a live playlist");
        sheet.find(out, Rule::StartInRange, line, message);
    }
}

/// Low latency: bis sections 4.4.3.7, 4.4.3.8, 4.4.4.9 and 4.4.5.3.
fn parts(out: &mut Out, sheet: &Sheet<'_>) {
    let seconds = |line: &Line<'_>, name| line.get(name).and_then(microseconds);
    let control = sheet.first("#EXT-X-SERVER-CONTROL");
    let part_target = sheet.first("#EXT-X-PART-INF").and_then(|line| seconds(line, "PART-TARGET"));
    let target = sheet.value("#EXT-X-TARGETDURATION").and_then(microseconds).unwrap_or(0);
    if let Some(part) = sheet.first("#EXT-X-PART")
        && part_target.is_none()
    {
        sheet.find(out, Rule::Parts, part, message!("the playlist has parts and no EXT-X-PART-INF with their target"));
    }
    for line in sheet.all("#EXT-X-PART") {
        if part_target.is_some_and(|target| seconds(line, "DURATION").is_some_and(|duration| duration > target)) {
            sheet.find(out, Rule::Parts, line, message!("the part is longer than PART-TARGET"));
        }
    }
    if let Some(target) = part_target
        && control.and_then(|line| seconds(line, "PART-HOLD-BACK")).is_none_or(|hold| hold < target.saturating_mul(2))
    {
        let line = control.or(sheet.first("#EXT-X-PART-INF")).map(|line| line.number);
        let message = message!("PART-HOLD-BACK is not there, or less than twice PART-TARGET");
        out.find(Rule::Parts, sheet.path, line, message);
    }
    if let Some(line) = control {
        if seconds(line, "HOLD-BACK").is_some_and(|hold| hold < target.saturating_mul(3)) {
            sheet.find(out, Rule::Parts, line, message!("HOLD-BACK is less than three target durations"));
        }
        if seconds(line, "CAN-SKIP-UNTIL").is_some_and(|skip| skip < target.saturating_mul(6)) {
            sheet.find(out, Rule::Parts, line, message!("CAN-SKIP-UNTIL is less than six target durations"));
        }
        if line.get("CAN-SKIP-DATERANGES").is_some() && line.get("CAN-SKIP-UNTIL").is_none() {
            sheet.find(out, Rule::Parts, line, message!("CAN-SKIP-DATERANGES stands without CAN-SKIP-UNTIL"));
        }
    }
    if let Some(line) = sheet.first("#EXT-X-PRELOAD-HINT").filter(|_| sheet.has("#EXT-X-ENDLIST")) {
        sheet.find(out, Rule::Parts, line, message!("EXT-X-PRELOAD-HINT stands in a playlist that is complete"));
    }
}

/// The files and ranges, where nobody else looks at them.
fn places(out: &mut Out, sheet: &Sheet<'_>, media: &Media, files: &Files) {
    if files.are_read && !media.is_i_frames {
        return; // what is missing is found when the segments are read
    }
    let listed = media.segments.iter().map(|segment| (&segment.place, segment.line));
    for (Place { path, range }, line) in media.maps.iter().map(|map| (map, None)).chain(listed) {
        match (files.sizes.get(path), range) {
            (Some(None), _) if !files.are_read => {
                out.find(Rule::FileMissing, sheet.path, line, message!("there is no file {path}", path))
            }
            (Some(Some(size)), Some((offset, length))) if offset.saturating_add(*length) > *size => {
                let message = message!(
                    "bytes up to {length} are listed, and {path} has {size}",
                    length = offset.saturating_add(*length),
                    path,
                    size
                );
                out.find(Rule::ByteRangeInFile, sheet.path, line, message);
            }
            _ => (),
        }
    }
}

/// How segments begin, as far as [`starts_of`](super::starts_of) tells to look.
fn containers(out: &mut Out, sheet: &Sheet<'_>, media: &Media, files: &Files) {
    let mut is_first = true;
    for (index, segment) in media.segments.iter().enumerate() {
        let Some(start) = files.starts.get(&segment.place) else { continue };
        let of = |at: usize| start.get(at..at + 4).unwrap_or_default();
        let box_type = of(4);
        let has_map = media.segment_maps.get(index).copied().flatten().is_some();
        if media.is_i_frames {
            if matches!(box_type, b"ftyp" | b"moov") {
                let message = message!("the range of the key frame holds the init segment: start it at the moof");
                out.find(Rule::IFrameInit, sheet.path, segment.line, message);
            } else if has_map && !matches!(box_type, b"moof" | b"styp" | b"sidx" | b"emsg" | b"prft" | b"pssh") {
                let message = message!("the range of the key frame starts with no moof: start it there");
                out.find(Rule::IFrameMoof, sheet.path, segment.line, message);
            } else if !has_map && matches!(box_type, b"moof" | b"styp") && is_first {
                let message = message!("the key frames are of fragmented MP4 and have no EXT-X-MAP: add one");
                out.find(Rule::IFrameMap, sheet.path, segment.line, message);
            }
        } else if is_first {
            if !has_map && matches!(box_type, b"ftyp" | b"styp" | b"moof" | b"sidx" | b"moov") {
                let message = message!("the segments are fragmented MP4 and have no EXT-X-MAP: add one");
                out.find(Rule::Map, sheet.path, segment.line, message);
            }
            let is_packed = matches!(start.get(..2), Some([0xff, second]) if second & 0xe0 == 0xe0)
                || start.starts_with(&[0x0b, 0x77]);
            if is_packed {
                let message = message!("the segment is packed sound without an ID3 tag of its time in front: add one");
                out.find(Rule::PackedAudioTime, sheet.path, segment.line, message);
            }
            let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
            if text.starts_with(b"WEBVTT") && !text.windows(15).any(|window| window == b"X-TIMESTAMP-MAP") {
                let message = message!("the segment of WebVTT has no X-TIMESTAMP-MAP in its header: add it");
                out.find(Rule::TimestampMap, sheet.path, segment.line, message);
            }
        }
        is_first = false;
    }
}
