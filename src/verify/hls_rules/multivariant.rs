//! The multivariant playlist by itself: section 4.3.4, bis section 4.4.6.

use super::rule::Rule;
use super::sheet::{Line, Sheet};
use super::{Out, codecs, media};
use crate::order::{self, Map};

/// The types of renditions, and the attributes of variants that name their groups.
const TYPES: [&str; 4] = ["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"];

pub(super) fn check(out: &mut Out, sheet: &Sheet<'_>) {
    uris(out, sheet);
    sheet.all("#EXT-X-MEDIA").for_each(|line| rendition(out, sheet, line));
    groups(out, sheet);
    for line in sheet.all("#EXT-X-STREAM-INF") {
        names_groups(out, sheet, line);
        variant(out, sheet, line);
    }
    for line in sheet.all("#EXT-X-I-FRAME-STREAM-INF") {
        names_groups(out, sheet, line);
        i_frames(out, sheet, line);
    }
    variants(out, sheet);
    session(out, sheet);
    if let Some(line) = sheet.first("#EXT-X-CONTENT-STEERING").filter(|line| line.get("PATHWAY-ID").is_none()) {
        sheet.find(out, Rule::Pathway, line, message!("EXT-X-CONTENT-STEERING has no PATHWAY-ID to begin with"));
    }
}

fn uris(out: &mut Out, sheet: &Sheet<'_>) {
    let mut open: Option<&Line<'_>> = None;
    for line in &sheet.lines {
        match (line.tag, open) {
            ("", Some(_)) => open = None,
            ("", None) => {
                sheet.find(
                    out,
                    Rule::VariantUri,
                    line,
                    message!("a URI without an EXT-X-STREAM-INF on the line before it"),
                );
            }
            (tag, Some(before)) => {
                sheet.find(out, Rule::VariantUri, before, message!("no URI is on the line behind EXT-X-STREAM-INF"));
                open = (tag == "#EXT-X-STREAM-INF").then_some(line);
            }
            ("#EXT-X-STREAM-INF", None) => open = Some(line),
            _ => (),
        }
    }
    if let Some(line) = open {
        sheet.find(out, Rule::VariantUri, line, message!("no URI is on the line behind EXT-X-STREAM-INF"));
    }
}

fn rendition(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>) {
    let kind = line.get("TYPE").unwrap_or_default();
    if kind == "CLOSED-CAPTIONS" {
        let service = |id: &str| id.strip_prefix("SERVICE").and_then(|number| number.parse::<u8>().ok());
        let is_known = |id: &str| {
            matches!(id, "CC1" | "CC2" | "CC3" | "CC4") || service(id).is_some_and(|n| (1..=63).contains(&n))
        };
        if !line.get("INSTREAM-ID").is_some_and(is_known) {
            let message = message!("closed captions have no INSTREAM-ID of CC1 to CC4 or SERVICE1 to SERVICE63");
            sheet.find(out, Rule::ClosedCaptions, line, message);
        } else if line.get("URI").is_some() {
            let message = message!("closed captions are in the video, and have a URI: leave it out");
            sheet.find(out, Rule::ClosedCaptions, line, message);
        }
    }
    if kind == "SUBTITLES" && line.get("URI").is_none() {
        sheet.find(out, Rule::SubtitlesUri, line, message!("subtitles have no URI: they have a playlist of their own"));
    }
    for (name, of) in [("FORCED", "SUBTITLES"), ("CHANNELS", "AUDIO"), ("BIT-DEPTH", "AUDIO"), ("SAMPLE-RATE", "AUDIO")]
    {
        if kind != of && line.get(name).is_some() {
            let message = message!("{name} is only for TYPE={of}, not for TYPE={kind}: leave it out", name, of, kind);
            sheet.find(out, Rule::WrongType, line, message);
        }
    }
    if line.says("DEFAULT") && line.get("AUTOSELECT").is_some_and(|value| value != "YES") {
        let message = message!("DEFAULT is YES and AUTOSELECT is NO: make both YES, or leave AUTOSELECT out");
        sheet.find(out, Rule::DefaultAutoselect, line, message);
    }
    for name in ["LANGUAGE", "ASSOC-LANGUAGE"] {
        if let Some(tag) = line.get(name).filter(|tag| !is_language(tag)) {
            let message = message!("{name} is {tag:?}, which is no tag of BCP 47, as en or pt-BR are", name, tag);
            sheet.find(out, Rule::Language, line, message);
        }
    }
    match line.get("CHANNELS") {
        Some(text) if kind == "AUDIO" && !is_channels(text) => {
            let message =
                message!("CHANNELS is {text:?}, and must be a number, with identifiers behind slashes if any", text);
            sheet.find(out, Rule::Channels, line, message);
        }
        None if kind == "AUDIO" => {
            sheet.find(out, Rule::ChannelsMissing, line, message!("the sound has no CHANNELS: say how many it has"));
        }
        _ => (),
    }
    if line.get("STABLE-RENDITION-ID").is_some_and(|id| !is_stable(id)) {
        sheet.find(out, Rule::StableId, line, message!("STABLE-RENDITION-ID has other characters than it may have"));
    }
    if line.says("FORCED") && !line.says("AUTOSELECT") {
        sheet.find(
            out,
            Rule::ForcedAutoselect,
            line,
            message!("forced subtitles are not AUTOSELECT=YES: make them that"),
        );
    }
    let has = |wanted: &str| {
        line.get("CHARACTERISTICS").is_some_and(|list| list.split(',').any(|characteristic| characteristic == wanted))
    };
    if has("public.accessibility.describes-video") && (!line.says("AUTOSELECT") || line.get("LANGUAGE").is_none()) {
        let message = message!("a description of the video is not AUTOSELECT=YES, or has no LANGUAGE");
        sheet.find(out, Rule::DescribesVideo, line, message);
    }
    if has("public.accessibility.transcribes-spoken-dialog") && !line.says("AUTOSELECT") {
        let message = message!("a transcription of what is spoken is not AUTOSELECT=YES: make it that");
        sheet.find(out, Rule::TranscribesDialog, line, message);
    }
}

/// A language tag by its shape (RFC 5646 section 2.1).
fn is_language(tag: &str) -> bool {
    let is_subtag = |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = tag.split('-').next().unwrap_or_default();
    let is_first =
        first.bytes().all(|byte| byte.is_ascii_alphabetic()) && (first.len() > 1 || matches!(first, "x" | "i"));
    is_first && tag.split('-').all(is_subtag)
}

fn is_channels(text: &str) -> bool {
    let mut parameters = text.split('/');
    let is_count = parameters.next().is_some_and(|count| count.parse::<u32>().is_ok());
    let is_identifier = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
    };
    is_count && parameters.all(|list| list.split(',').all(is_identifier))
}

fn is_stable(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=.-_".contains(&byte))
}

/// Rendition groups: section 4.3.4.1.1.
fn groups(out: &mut Out, sheet: &Sheet<'_>) {
    let group = |line: &&Line<'_>| ["TYPE", "GROUP-ID"].map(|name| line.get(name).unwrap_or_default().to_owned());
    let mut lines: Vec<&Line<'_>> = sheet.all("#EXT-X-MEDIA").collect();
    order::sort_by_key(&mut lines, group);
    let groups: Vec<&[&Line<'_>]> = lines.chunk_by(|a, b| group(a) == group(b)).collect();
    for members in &groups {
        for (index, line) in members.iter().enumerate() {
            let mut before = members[..index].iter();
            if before.clone().any(|other| other.get("NAME") == line.get("NAME")) {
                let message = message!(
                    "the NAME {line:?} is another's of the group",
                    line = line.get("NAME").unwrap_or_default()
                );
                sheet.find(out, Rule::GroupName, line, message);
            }
            if line.says("DEFAULT") && before.clone().any(|other| other.says("DEFAULT")) {
                sheet.find(out, Rule::GroupDefault, line, message!("the group has a member of DEFAULT=YES already"));
            }
            let chosen_by = |line: &Line<'_>| {
                let names = ["LANGUAGE", "ASSOC-LANGUAGE", "CHARACTERISTICS"];
                (names.map(|name| line.get(name).map(str::to_owned)), line.says("FORCED"))
            };
            let is_same = |other: &&&Line<'_>| other.says("AUTOSELECT") && chosen_by(other) == chosen_by(line);
            if line.says("AUTOSELECT") && before.any(|other| is_same(&other)) {
                let message =
                    message!("another of the group is AUTOSELECT=YES with the same language and characteristics");
                sheet.find(out, Rule::GroupAutoselect, line, message);
            }
        }
    }
    for kind in TYPES {
        let is_of_kind = |members: &&&[&Line<'_>]| members[0].get("TYPE") == Some(kind);
        let mut of_kind = groups.iter().filter(is_of_kind);
        let Some(first) = of_kind.next() else { continue };
        for other in of_kind {
            if members(other) != members(first)
                && let Some(line) = other.first()
            {
                let message = message!(
                    "the group {line:?} has other members than the group {line_2:?} of the same type",
                    line = line.get("GROUP-ID").unwrap_or_default(),
                    line_2 = first.first().and_then(|line| line.get("GROUP-ID")).unwrap_or_default()
                );
                sheet.find(out, Rule::GroupMembers, line, message);
            }
        }
    }
}

/// The members of a group as all groups of its type must have them.
fn members(lines: &[&Line<'_>]) -> Vec<Vec<(String, String)>> {
    const DIFFER: [&str; 8] =
        ["GROUP-ID", "URI", "CHANNELS", "BIT-DEPTH", "STABLE-RENDITION-ID", "INSTREAM-ID", "SAMPLE-RATE", "PATHWAY-ID"];
    let member = |line: &&Line<'_>| {
        let list = line.attributes.list.iter().filter(|attribute| !DIFFER.contains(&attribute.name));
        let mut list: Vec<_> = list.map(|attribute| (attribute.name.to_owned(), attribute.value.to_owned())).collect();
        order::sort(&mut list);
        list
    };
    let mut members: Vec<_> = lines.iter().map(member).collect();
    order::sort(&mut members);
    members.dedup();
    members
}

fn names_groups(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>) {
    for kind in TYPES {
        let Some(group) = line.attributes.quoted(kind) else { continue };
        let is_it = |media: &Line<'_>| media.get("TYPE") == Some(kind) && media.get("GROUP-ID") == Some(group);
        if !sheet.all("#EXT-X-MEDIA").any(is_it) {
            let message =
                message!("{kind} is {group:?}, but no EXT-X-MEDIA of that TYPE has this GROUP-ID", kind, group);
            sheet.find(out, Rule::GroupMissing, line, message);
        }
    }
    if let Some(layout) = line.get("REQ-VIDEO-LAYOUT") {
        const KNOWN: [&str; 7] =
            ["CH-STEREO", "CH-MONO", "PROJ-RECT", "PROJ-EQUI", "PROJ-HEQU", "PROJ-PRIM", "PROJ-AIV"];
        if layout.split(',').flat_map(|entry| entry.split('/')).any(|specifier| !KNOWN.contains(&specifier)) {
            let message =
                message!("REQ-VIDEO-LAYOUT is {layout:?}, which has a specifier that no client knows", layout);
            sheet.find(out, Rule::VideoLayout, line, message);
        }
    }
    if line.get("STABLE-VARIANT-ID").is_some_and(|id| !is_stable(id)) {
        sheet.find(out, Rule::StableId, line, message!("STABLE-VARIANT-ID has other characters than it may have"));
    }
    if line.get("AVERAGE-BANDWIDTH").is_none() {
        sheet.find(
            out,
            Rule::AverageBandwidth,
            line,
            message!("{line} has no AVERAGE-BANDWIDTH: add it", line = line.name()),
        );
    }
}

fn variant(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>) {
    let Some(list) = line.get("CODECS") else {
        return sheet.find(
            out,
            Rule::Codecs,
            line,
            message!("EXT-X-STREAM-INF has no CODECS: name all formats of the variant"),
        );
    };
    let is_any = |is: fn(&str) -> bool| list.split(',').any(|codec| is(codec.trim()));
    let are_known = list.split(',').all(|codec| codecs::is_known(codec.trim()));
    let has_video = is_any(codecs::is_video);
    if has_video || line.get("VIDEO").is_some() {
        if line.get("RESOLUTION").is_none() {
            sheet.find(out, Rule::Resolution, line, message!("the variant has video and no RESOLUTION: add it"));
        }
        if line.get("FRAME-RATE").is_none() {
            sheet.find(out, Rule::FrameRate, line, message!("the variant has video and no FRAME-RATE: add it"));
        }
    }
    let lacks_audio = line.get("AUDIO").is_some() && !is_any(codecs::is_audio);
    let lacks_video = line.get("RESOLUTION").is_some() && !has_video;
    if are_known && (lacks_audio || lacks_video) {
        let what = if lacks_audio { "sound" } else { "video" };
        let message = message!("CODECS is {list:?}, and names none of the {what} that the variant has", list, what);
        sheet.find(out, Rule::CodecsIncomplete, line, message);
    }
    if line.get("SUBTITLES").is_some() && are_known && !is_any(codecs::is_text) {
        let message =
            message!("CODECS is {list:?}, and doesn't say the kind of subtitles: add wvtt or stpp.ttml.im1t", list);
        sheet.find(out, Rule::SubtitleCodecs, line, message);
    }
}

fn i_frames(out: &mut Out, sheet: &Sheet<'_>, line: &Line<'_>) {
    for (name, rule) in [("CODECS", Rule::IFrameCodecs), ("RESOLUTION", Rule::IFrameResolution)] {
        if line.get(name).is_none() {
            sheet.find(out, rule, line, message!("EXT-X-I-FRAME-STREAM-INF has no {name}: add it", name));
        }
    }
}

/// What must hold over all variants.
fn variants(out: &mut Out, sheet: &Sheet<'_>) {
    let variants = || sheet.all("#EXT-X-STREAM-INF");
    let i_frames = || sheet.all("#EXT-X-I-FRAME-STREAM-INF");
    let denies = |line: &&Line<'_>| line.attributes.plain("CLOSED-CAPTIONS") == Some("NONE");
    if variants().any(|line| denies(&line))
        && let Some(line) = variants().find(|line| !denies(line) && codecs::has_video(line))
    {
        let message = message!("CLOSED-CAPTIONS is not NONE, as it is of other variants: say it of all or of none");
        sheet.find(out, Rule::CaptionsNone, line, message);
    }
    let is_beyond = |line: &Line<'_>| {
        line.get("VIDEO-RANGE").is_some_and(|range| range != "SDR")
            || line.get("CODECS").is_some_and(|list| list.split(',').any(codecs::is_dolby_vision))
    };
    if variants().any(is_beyond) {
        let video = variants().chain(i_frames()).filter(|line| codecs::has_video(line));
        for line in video.filter(|line| line.get("VIDEO-RANGE").is_none()) {
            let message = message!("VIDEO-RANGE is not said, and not all video is SDR: say it of all");
            sheet.find(out, Rule::VideoRange, line, message);
        }
    }
    if variants().any(|line| line.get("SCORE").is_some())
        && let Some(line) = variants().find(|line| line.get("SCORE").is_none())
    {
        sheet.find(
            out,
            Rule::Score,
            line,
            message!("other variants have a SCORE, which counts only where all have one"),
        );
    }
}

/// `EXT-X-SESSION-DATA` and `EXT-X-SESSION-KEY`.
fn session(out: &mut Out, sheet: &Sheet<'_>) {
    let mut seen = Map::default();
    for line in sheet.all("#EXT-X-SESSION-DATA") {
        if line.get("VALUE").is_some() == line.get("URI").is_some() {
            sheet.find(
                out,
                Rule::SessionData,
                line,
                message!("EXT-X-SESSION-DATA doesn't have exactly one of VALUE and URI"),
            );
        } else if seen.insert((line.get("DATA-ID"), line.get("LANGUAGE")), ()).is_some() {
            sheet.find(out, Rule::SessionData, line, message!("the DATA-ID stands before with the same LANGUAGE"));
        }
    }
    let mut seen = Map::default();
    for line in sheet.all("#EXT-X-SESSION-KEY") {
        media::key(out, sheet, line);
        let same = ["METHOD", "URI", "IV", "KEYFORMAT", "KEYFORMATVERSIONS"].map(|name| line.get(name));
        if line.get("METHOD") == Some("NONE") {
            sheet.find(out, Rule::SessionKey, line, message!("EXT-X-SESSION-KEY has METHOD=NONE: leave it out"));
        } else if seen.insert(same, ()).is_some() {
            sheet.find(
                out,
                Rule::SessionKey,
                line,
                message!("the same EXT-X-SESSION-KEY stands before: leave one out"),
            );
        }
    }
}
