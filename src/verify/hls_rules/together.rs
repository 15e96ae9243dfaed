//! The playlists of a presentation against each other and against the sizes of their segments: section 6.2.4.

use super::super::rates::Rates;
use super::rule::Rule;
use super::sheet::{Line, Sheet};
use super::{Files, Out, Part, codecs, media, syntax};
use crate::manifest::playlist::{Media, Multivariant, Variant};
use crate::order::Map;

/// How far segments that belong together may start from each other, in microseconds: frames of sound are up to
/// 4608 samples long.
const ALIGNED_US: u64 = 150_000;

/// How much a stated rate may be off, in percent, besides what rounding makes.
const RATE_PERCENT: u128 = 10;
const RATE_SLACK: u64 = 1000;

pub(super) fn check(out: &mut Out, sheet: &Sheet<'_>, playlist: &Multivariant, parts: &[Part<'_>], files: &Files) {
    let all = Together { sheet, playlist, parts };
    all.are_i_frames(out);
    all.target_durations(out);
    all.same(out);
    all.durations(out);
    all.alignment(out);
    all.independence(out);
    all.start(out);
    all.session_keys(out);
    all.version(out);
    all.rates(out, files);
}

struct Together<'a> {
    sheet: &'a Sheet<'a>,
    playlist: &'a Multivariant,
    parts: &'a [Part<'a>],
}

impl<'a> Together<'a> {
    fn part(&self, path: Option<&String>) -> Option<&'a Part<'a>> {
        self.parts.iter().find(|part| path.is_some_and(|path| part.sheet.path == path))
    }

    /// Playlists of more than key frames.
    fn whole(&self) -> impl Iterator<Item = &'a Part<'a>> {
        self.parts.iter().filter(|part| !part.media.is_i_frames)
    }

    fn is_subtitles(&self, part: &Part<'_>) -> bool {
        let mut renditions = self.playlist.renditions.iter();
        renditions.any(|rendition| rendition.kind == "SUBTITLES" && rendition.path.as_deref() == Some(part.sheet.path))
    }

    /// The type of the rendition that a playlist is of; nothing for one of pictures, and of all that is together.
    fn kind(&self, part: &Part<'_>) -> &'a str {
        let is_it = |path: Option<&str>| path == Some(part.sheet.path);
        let is_video =
            |variant: &Variant| is_it(variant.path.as_deref()) && self.line(variant).is_some_and(codecs::has_video);
        let rendition = self.playlist.renditions.iter().find(|rendition| is_it(rendition.path.as_deref()));
        let kind =
            rendition.map(|rendition| rendition.kind.as_str()).filter(|kind| matches!(*kind, "AUDIO" | "SUBTITLES"));
        kind.filter(|_| !self.playlist.variants.iter().any(is_video)).unwrap_or_default()
    }

    fn line(&self, variant: &Variant) -> Option<&'a Line<'a>> {
        self.sheet.lines.iter().find(|line| line.number == variant.line)
    }

    fn are_i_frames(&self, out: &mut Out) {
        for variant in &self.playlist.i_frames {
            let Some(part) = self.part(variant.path.as_ref()) else { continue };
            if !part.media.is_i_frames {
                let message =
                    message!("{path} is listed as I-frames and has no EXT-X-I-FRAMES-ONLY", path = part.sheet.path);
                out.find(Rule::IFramesOnly, self.sheet.path, Some(variant.line), message);
            }
        }
    }

    fn target_durations(&self, out: &mut Out) {
        let is_vod = |part: &Part<'_>| part.sheet.value("#EXT-X-PLAYLIST-TYPE") == Some("VOD");
        let is_free = |part: &Part<'_>| is_vod(part) && (part.media.is_i_frames || self.is_subtitles(part));
        let mut bound = self.parts.iter().filter(|part| !is_free(part));
        let Some(first) = bound.next() else { return };
        for part in bound {
            if part.media.target_duration != first.media.target_duration {
                let line = part.sheet.first("#EXT-X-TARGETDURATION").map(|line| line.number);
                let show = |media: &Media| media.target_duration.map_or("none".to_owned(), |target| target.to_string());
                let message = message!(
                    "the target duration is {media}, and that of {path} is {media_2}: write the longest in all",
                    media = show(&part.media),
                    path = first.sheet.path,
                    media_2 = show(&first.media)
                );
                out.find(Rule::SameTargetDuration, part.sheet.path, line, message);
            }
        }
    }

    /// What all playlists have alike.
    fn same(&self, out: &mut Out) {
        let Some(first) = self.parts.first() else { return };
        let kind = |part: &Part<'_>| part.sheet.value("#EXT-X-PLAYLIST-TYPE").unwrap_or("none").to_owned();
        let breaks = |part: &Part<'_>| {
            let before: u64 =
                part.sheet.value("#EXT-X-DISCONTINUITY-SEQUENCE").and_then(|n| n.parse().ok()).unwrap_or(0);
            before.saturating_add(part.sheet.all("#EXT-X-DISCONTINUITY").count() as u64)
        };
        let is_dated = |part: &Part<'_>| part.sheet.has("#EXT-X-PROGRAM-DATE-TIME");
        for part in self.parts {
            let path = part.sheet.path;
            if kind(part) != kind(first) {
                let message = message!(
                    "EXT-X-PLAYLIST-TYPE is {part}, and {first} in {path}",
                    part = kind(part),
                    first = kind(first),
                    path = first.sheet.path
                );
                out.find(Rule::SamePlaylistType, path, None, message);
            }
            if !part.media.is_i_frames && !first.media.is_i_frames && breaks(part) != breaks(first) {
                let message = message!(
                    "it has {part} discontinuities, and {path} has {first}",
                    part = breaks(part),
                    path = first.sheet.path,
                    first = breaks(first)
                );
                out.find(Rule::SameDiscontinuities, path, None, message);
            }
            if is_dated(part) != is_dated(first) {
                let (without, with) = if is_dated(part) { (first, part) } else { (part, first) };
                let message = message!(
                    "it has no EXT-X-PROGRAM-DATE-TIME, and {path} has: date all or none",
                    path = with.sheet.path
                );
                out.find(Rule::SameDates, without.sheet.path, None, message);
            }
        }
    }

    fn durations(&self, out: &mut Out) {
        let is_ended = self.parts.iter().all(|part| part.media.is_ended);
        let target = self.parts.iter().filter_map(|part| part.media.target_duration).min().unwrap_or(0);
        if !is_ended {
            return;
        }
        // The rule is about Variant Streams: within one, sound may go on behind the pictures, and text with it.
        for kind in ["", "AUDIO", "SUBTITLES"] {
            let alike = || self.whole().filter(|part| self.kind(part) == kind);
            let Some(longest) = alike().max_by_key(|part| end(&part.media)) else { continue };
            for part in alike() {
                let less = end(&longest.media).saturating_sub(end(&part.media));
                if less > target.saturating_mul(1_000_000) {
                    let message = message!(
                        "it lasts {media} ms, and {path} over a target duration longer: fill it up",
                        media = end(&part.media) / 1000,
                        path = longest.sheet.path
                    );
                    out.find(Rule::SameDuration, part.sheet.path, None, message);
                }
            }
        }
    }

    /// Where segments start, against the first variant. Playlists count from their own first segments, which may start
    /// at different times: only how the others follow is compared.
    fn alignment(&self, out: &mut Out) {
        let first = self.playlist.variants.first().and_then(|variant| self.part(variant.path.as_ref()));
        let Some(first) = first.filter(|first| !first.media.is_i_frames) else { return };
        let theirs = starts(&first.media);
        let Some((origin, _)) = theirs.get(1) else { return };
        for part in self.whole().filter(|part| part.sheet.path != first.sheet.path && !self.is_subtitles(part)) {
            let ours = starts(&part.media);
            let Some((own_origin, _)) = ours.get(1) else { continue };
            let stray = ours[1..].iter().find(|(start, _)| {
                let start = (start - own_origin).saturating_add(*origin);
                let at = theirs.partition_point(|(other, _)| *other < start);
                let near = [at.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|index| theirs.get(index));
                let distance = near.map(|(other, _)| other.abs_diff(start)).min();
                // What goes on behind the others' end has nothing to be aligned with.
                start < end(&first.media) && distance.is_none_or(|distance| distance > ALIGNED_US)
            });
            if let Some((start, line)) = stray {
                let message = message!(
                    "a segment starts at {start} ms, where none of {path} does",
                    start = start / 1000,
                    path = first.sheet.path
                );
                out.find(Rule::Aligned, part.sheet.path, *line, message);
            }
        }
    }

    fn independence(&self, out: &mut Out) {
        let tag = "#EXT-X-INDEPENDENT-SEGMENTS";
        if self.sheet.has(tag) {
            for part in self.parts {
                if let Some(line) = part.sheet.first(tag) {
                    let message =
                        message!("the multivariant playlist says EXT-X-INDEPENDENT-SEGMENTS of all: leave it out here");
                    part.sheet.find(out, Rule::SaidTwice, line, message);
                }
            }
            return;
        }
        let video = self.playlist.variants.iter().filter(|variant| self.line(variant).is_some_and(codecs::has_video));
        let parts: Vec<&Part<'_>> = video.filter_map(|variant| self.part(variant.path.as_ref())).collect();
        if parts.is_empty() {
            return;
        }
        if parts.iter().all(|part| part.sheet.has(tag)) {
            let message = message!("EXT-X-INDEPENDENT-SEGMENTS is in the media playlists only: say it here of all");
            out.find(Rule::Independent, self.sheet.path, None, message);
        } else {
            let message = message!(
                "EXT-X-INDEPENDENT-SEGMENTS is neither here nor in all video playlists: if segments start with key \
                 frames, add it here"
            );
            out.find(Rule::IndependentNowhere, self.sheet.path, None, message);
        }
    }

    fn start(&self, out: &mut Out) {
        let Some(ours) = self.sheet.first("#EXT-X-START") else { return };
        let playlists: Vec<_> = self
            .whole()
            .map(|part| {
                let live = (!part.media.is_ended).then_some(part.media.target_duration.unwrap_or(0));
                (end(&part.media), live)
            })
            .collect();
        media::start(out, self.sheet, ours, &playlists);
        for part in self.parts {
            let Some(line) = part.sheet.first("#EXT-X-START") else { continue };
            if line.value == ours.value {
                part.sheet.find(
                    out,
                    Rule::SaidTwice,
                    line,
                    message!("the multivariant playlist has this EXT-X-START: leave it out here"),
                );
            } else {
                part.sheet.find(
                    out,
                    Rule::SaidOtherwise,
                    line,
                    message!("EXT-X-START is another than the multivariant playlist's"),
                );
            }
        }
    }

    fn session_keys(&self, out: &mut Out) {
        for line in self.sheet.all("#EXT-X-SESSION-KEY") {
            let keys = self.parts.iter().flat_map(|part| part.sheet.all("#EXT-X-KEY"));
            let format = |line: &Line<'_>| {
                let default = |name, value| line.get(name).unwrap_or(value).to_owned();
                [default("METHOD", ""), default("KEYFORMAT", "identity"), default("KEYFORMATVERSIONS", "1")]
            };
            let mut same = keys.filter(|key| key.get("URI") == line.get("URI"));
            if same.any(|key| format(key) != format(line)) {
                let message = message!("an EXT-X-KEY of the same URI has another METHOD or KEYFORMAT");
                self.sheet.find(out, Rule::SessionKeyDiffers, line, message);
            }
        }
    }

    /// The version may be what any of the playlists needs: a client that can't play them learns it here.
    fn version(&self, out: &mut Out) {
        let needed = |sheet: &Sheet<'_>| syntax::needed_version(sheet).0;
        let most = self.parts.iter().map(|part| needed(&part.sheet)).max().unwrap_or(1);
        check_version(out, self.sheet, needed(self.sheet).max(most));
        for part in self.parts {
            check_version(out, &part.sheet, needed(&part.sheet).max(if part.media.is_i_frames { 1 } else { most }));
        }
    }

    fn rates(&self, out: &mut Out, files: &Files) {
        let rates = self.parts.iter().filter_map(|part| Some((part.sheet.path, measured(&part.media, files)?)));
        let known: Map<&str, (u64, u64)> = rates.collect();
        let of = |path: Option<&String>| path.and_then(|path| known.get(&path.as_str())).copied();
        for variant in self.playlist.variants.iter().chain(&self.playlist.i_frames) {
            let (Some(own), Some(line)) = (of(variant.path.as_ref()), self.line(variant)) else { continue };
            let most = |kind: &str| {
                let group = line.get(kind);
                let renditions = self.playlist.renditions.iter().filter(|rendition| {
                    rendition.kind == kind && group == Some(rendition.group.as_str()) && rendition.path != variant.path
                });
                let rates: Option<Vec<(u64, u64)>> = renditions
                    .filter(|rendition| rendition.path.is_some())
                    .map(|rendition| of(rendition.path.as_ref()))
                    .collect();
                let rates = rates?;
                Some((
                    rates.iter().map(|rates| rates.0).max().unwrap_or(0),
                    rates.iter().map(|rates| rates.1).max().unwrap_or(0),
                ))
            };
            let (Some(audio), Some(text)) = (most("AUDIO"), most("SUBTITLES")) else { continue };
            // Without pictures the variant's playlist is one of the group's: a client plays it or another of them.
            let is_one_of_group = self.playlist.renditions.iter().any(|rendition| {
                rendition.kind == "AUDIO"
                    && line.get("AUDIO") == Some(rendition.group.as_str())
                    && rendition.path == variant.path
            });
            let (own, audio) = match is_one_of_group {
                true => ((own.0.max(audio.0), own.1.max(audio.1)), (0, 0)),
                false => (own, audio),
            };
            // Many packagers leave subtitles out of the sum.
            let sum = |all: &[u64]| all.iter().copied().fold(0, u64::saturating_add);
            let peak = (sum(&[own.0, audio.0]), sum(&[own.0, audio.0, text.0]));
            let mean = (sum(&[own.1, audio.1]), sum(&[own.1, audio.1, text.1]));
            if let Some(stated) = variant.bandwidth {
                if is_low(stated, peak.0) {
                    let message = message!(
                        "BANDWIDTH is {stated}, and the segments have {peak} bit/s: write that",
                        stated,
                        peak = peak.1
                    );
                    self.sheet.find(out, Rule::BandwidthLow, line, message);
                } else if is_high(stated, peak.1) {
                    let message = message!(
                        "BANDWIDTH is {stated}, and the segments have {peak} bit/s: write that",
                        stated,
                        peak = peak.1
                    );
                    self.sheet.find(out, Rule::BandwidthHigh, line, message);
                }
            }
            if let Some(stated) =
                variant.average_bandwidth.filter(|stated| is_low(*stated, mean.0) || is_high(*stated, mean.1))
            {
                let message = message!(
                    "AVERAGE-BANDWIDTH is {stated}, and the segments have {mean} bit/s: write that",
                    stated,
                    mean = mean.1
                );
                self.sheet.find(out, Rule::AverageBandwidthWrong, line, message);
            }
            if own.0 > own.1.saturating_mul(2)
                && !self.part(variant.path.as_ref()).is_some_and(|part| part.media.is_i_frames)
            {
                let message = message!(
                    "the peak is {own} bit/s, over twice the mean of {own_2}: encode with less variance",
                    own = own.0,
                    own_2 = own.1
                );
                self.sheet.find(out, Rule::PeakToMean, line, message);
            }
        }
    }
}

fn is_low(stated: u64, measured: u64) -> bool {
    u128::from(stated.saturating_add(RATE_SLACK)) * 100 < u128::from(measured) * (100 - RATE_PERCENT)
}

fn is_high(stated: u64, measured: u64) -> bool {
    u128::from(stated) * 100 > u128::from(measured.saturating_add(RATE_SLACK)) * (100 + RATE_PERCENT)
}

/// The peak and the mean of a playlist's segments in bits a second, where the sizes of all are known.
fn measured(media: &Media, files: &Files) -> Option<(u64, u64)> {
    let segment = |segment: &crate::manifest::Segment| {
        let size = match segment.place.range {
            Some((_, length)) => length,
            None => (*files.sizes.get(&segment.place.path)?)?,
        };
        Some((size, segment.duration.filter(|duration| *duration > 0)?))
    };
    let segments: Vec<(u64, u64)> = media.segments.iter().map(segment).collect::<Option<_>>()?;
    let all = |value: fn(&(u64, u64)) -> u64| segments.iter().map(value).try_fold(0, u64::checked_add);
    let (size, duration) = (all(|segment| segment.0)?, all(|segment| segment.1)?);
    if segments.is_empty() || size.checked_mul(8).is_none() || duration == 0 {
        return None;
    }
    let rates = Rates { segments, timescale: 1_000_000 };
    Some((rates.peak(media.target_duration?.saturating_mul(1000)), rates.average()))
}

/// Where segments start, in microseconds, and their lines.
fn starts(media: &Media) -> Vec<(u64, Option<usize>)> {
    media.segments.iter().map(|segment| (segment.start.unwrap_or(0), segment.line)).collect()
}

/// The end of a playlist in microseconds.
fn end(media: &Media) -> u64 {
    media.segments.last().map_or(0, |last| last.start.unwrap_or(0).saturating_add(last.duration.unwrap_or(0)))
}

pub(super) fn check_version(out: &mut Out, sheet: &Sheet<'_>, needed: u64) {
    let line = sheet.first("#EXT-X-VERSION");
    if let (Some(line), Some(stated)) = (line, syntax::stated_version(sheet).filter(|stated| *stated > needed)) {
        let message = message!(
            "EXT-X-VERSION is {stated}, and nothing needs more than {needed}: older clients give up",
            stated,
            needed
        );
        sheet.find(out, Rule::VersionHigh, line, message);
    }
}
