//! What Apple's specification asks of what is offered, as far as playlists tell it.

use super::rule::Rule;
use super::sheet::{Line, Sheet};
use super::{Out, Part, codecs};
use crate::error::Message;
use crate::manifest::playlist::microseconds;

pub(super) fn check(out: &mut Out, sheet: &Sheet<'_>, parts: &[Part<'_>]) {
    let variants: Vec<&Line<'_>> = sheet.all("#EXT-X-STREAM-INF").collect();
    let video: Vec<&Line<'_>> = variants.iter().copied().filter(|line| codecs::has_video(line)).collect();
    let is_any = |is: fn(&str) -> bool| variants.iter().any(|line| codecs_of(line).any(is));
    let mut say = |rule, line: Option<&Line<'_>>, message: Message| {
        out.find(rule, sheet.path, line.map(|line| line.number), message);
    };

    if let Some(line) =
        video.iter().find(|line| codecs_of(line).any(|c| codecs::is_video(c) && !codecs::is_of_apple(c)))
    {
        say(
            Rule::VideoCodec,
            Some(line),
            message!("the video is of a codec that Apple's devices are not specified to play"),
        );
    }
    if let Some(line) = variants.iter().find(|line| codecs_of(line).any(codecs::has_sets_in_band)) {
        say(
            Rule::SampleEntry,
            Some(line),
            message!("parameter sets are in the samples (avc3, hev1, dvhe): put them in the sample description"),
        );
    }
    if !video.is_empty() {
        if video.iter().all(|line| line.get("CODECS").is_some()) && !is_any(codecs::is_avc) {
            say(Rule::SomeAvc, None, message!("no variant is H.264, which older devices need"));
        }
        if !variants.iter().any(|line| line.get("VIDEO-RANGE").is_none_or(|range| range == "SDR")) {
            say(Rule::SomeSdr, None, message!("all video is HDR: offer SDR, too"));
        }
        if video.len() < 2 {
            say(Rule::SeveralRates, None, message!("the video has one bit rate: offer several variants"));
        }
        if !sheet.has("#EXT-X-I-FRAME-STREAM-INF") {
            say(Rule::IFrames, None, message!("no key frames are listed for scanning (EXT-X-I-FRAME-STREAM-INF)"));
        }
        let has_captions =
            sheet.all("#EXT-X-MEDIA").any(|line| matches!(line.get("TYPE"), Some("SUBTITLES" | "CLOSED-CAPTIONS")));
        if !has_captions {
            say(Rule::Captions, None, message!("there are neither captions nor subtitles"));
        }
    }
    let is_fast =
        |line: &&&Line<'_>| line.get("FRAME-RATE").and_then(microseconds).is_some_and(|rate| rate > 60_000_000);
    if let Some(line) = video.iter().find(is_fast) {
        say(Rule::FrameRateHigh, Some(line), message!("the frame rate is above 60"));
    }
    let shape = |line: &Line<'_>| {
        let (width, height) = line.get("RESOLUTION")?.split_once('x')?;
        Some((width.parse::<u64>().ok()?, height.parse::<u64>().ok().filter(|height| *height > 0)?))
    };
    if let Some((width, height)) = video.first().and_then(|line| shape(line)) {
        // Sizes are even numbers, so that shapes are near.
        let is_other = |line: &&&Line<'_>| {
            shape(line)
                .is_some_and(|(w, h)| (w.saturating_mul(height)).abs_diff(width.saturating_mul(h)) > 2 * (height + h))
        };
        if let Some(line) = video.iter().find(is_other) {
            say(
                Rule::AspectRatio,
                Some(line),
                message!("the pictures have another shape than those of the first variant"),
            );
        }
    }
    let is_stereo =
        |line: &Line<'_>| line.get("CHANNELS").is_none_or(|channels| channels.split('/').next() == Some("2"));
    let has_stereo = !sheet.all("#EXT-X-MEDIA").any(|line| line.get("TYPE") == Some("AUDIO"))
        || sheet.all("#EXT-X-MEDIA").any(|line| line.get("TYPE") == Some("AUDIO") && is_stereo(line));
    if is_any(codecs::is_audio) && !(is_any(codecs::is_aac) && has_stereo) {
        say(Rule::StereoAac, None, message!("no sound is stereo AAC, which all devices play"));
    }
    if is_any(|codec| codec == "ec-3") && !is_any(|codec| codec == "ac-3") {
        say(Rule::SomeAc3, None, message!("there is E-AC-3 and no AC-3 for devices that lack it"));
    }
    if let Some(line) =
        sheet.all("#EXT-X-MEDIA").find(|line| line.get("TYPE") != Some("VIDEO") && line.get("LANGUAGE").is_none())
    {
        say(Rule::LanguageMissing, Some(line), message!("the rendition names no LANGUAGE"));
    }
    playlists(out, sheet, parts, &video);
}

/// What the media playlists tell.
fn playlists(out: &mut Out, sheet: &Sheet<'_>, parts: &[Part<'_>], video: &[&Line<'_>]) {
    let key = |name: &str| {
        parts
            .iter()
            .flat_map(|part| part.sheet.all("#EXT-X-KEY").map(move |line| (part, line)))
            .find(|(_, line)| line.get("METHOD") == Some(name))
    };
    if let Some((part, line)) = key("SAMPLE-AES-CTR") {
        let message = message!("SAMPLE-AES-CTR is not to be used on Apple's devices: package in cbcs for them");
        part.sheet.find(out, Rule::CounterMode, line, message);
    }
    let is_protected = ["SAMPLE-AES", "SAMPLE-AES-CTR"].into_iter().any(|method| key(method).is_some());
    let height =
        |line: &&&Line<'_>| line.get("RESOLUTION").and_then(|size| size.split_once('x')?.1.parse::<u64>().ok());
    if is_protected
        && let Some(line) =
            video.iter().find(|line| height(line).is_some_and(|h| h >= 720) && line.get("HDCP-LEVEL").is_none())
    {
        sheet.find(
            out,
            Rule::HdcpLevel,
            line,
            message!("protected HD says no HDCP-LEVEL: TYPE-0, or TYPE-1 above 1080p"),
        );
    }
    for part in parts {
        let path = part.sheet.path;
        if part.media.is_i_frames {
            let long = part
                .media
                .segments
                .iter()
                .find(|segment| segment.duration.is_some_and(|duration| duration > 2_100_000));
            if let Some(segment) = long {
                let message = message!(
                    "a key frame lasts {duration} ms to the next that is listed: encode one every 2 s, or package shorter segments",
                    duration = segment.duration.unwrap_or(0) / 1000
                );
                out.find(Rule::KeyFrameInterval, path, segment.line, message);
            }
        }
    }
    // All have the same.
    let first = parts.iter().find(|part| !part.media.is_i_frames);
    if let Some((part, target)) =
        first.and_then(|part| Some((part, part.media.target_duration.filter(|target| *target != 6)?)))
    {
        let line = part.sheet.first("#EXT-X-TARGETDURATION").map(|line| line.number);
        let message = message!("the target duration is {target} s, and 6 s is recommended", target);
        out.find(Rule::SixSeconds, part.sheet.path, line, message);
    }
}

fn codecs_of<'a>(line: &Line<'a>) -> impl Iterator<Item = &'a str> {
    line.get("CODECS").unwrap_or_default().split(',').map(str::trim).filter(|codec| !codec.is_empty())
}
