//! Text: what is shown when, against the source; files of WebVTT.

use std::ops::Range;

use super::finding::{Finding, FindingCode};
use super::segment::Segment;
use super::source::Source;
use super::track::{Reading, Times};
use super::{Files, Verifier};
use crate::demux::mp4::Fragment;
use crate::demux::{Kind, WebVtt, read_webvtt};
use crate::error::Message;
use crate::manifest;
use crate::mp4::wvtt;
use crate::order;
use crate::time::{Ticks, rescale_nearest, seconds};

/// How far times may be off by rounding, in milliseconds.
const ROUNDING_MS: u64 = 2;

/// A cue of a source: when it is shown, in milliseconds, and its words.
type Shown = (Range<u64>, String);

impl<F: Files> Verifier<'_, F> {
    /// What the source shows at the time of each sample: a packager repeats or cuts texts at segment boundaries.
    pub(super) async fn source_texts(
        &self,
        reading: &Reading,
        source: &Source,
        fragments: &[Fragment],
    ) -> Result<Vec<Vec<u8>>, F::Error> {
        let mut texts = Vec::new();
        let theirs = source.track.timescale;
        let offset = i128::from(source.track.presentation_offset);
        for fragment in fragments {
            let mut time = i128::from(fragment.decode_time) + i128::from(reading.head().presentation_offset);
            for sample in &fragment.samples {
                let in_source = (time * i128::from(theirs)).div_euclid(i128::from(reading.facts.timescale)) - offset;
                // A tick more: rounding must not lead to the sample before.
                let in_source = u128::try_from(in_source + 1).unwrap_or(0);
                let after = source.decode_times.partition_point(|&start| u128::from(start) <= in_source);
                let index = after.saturating_sub(1);
                let end = source.decode_times.get(index).zip(source.track.samples.get(index));
                let is_over =
                    end.is_some_and(|(start, sample)| u128::from(*start) + u128::from(sample.duration) < in_source);
                match is_over && source.track.is_webvtt() {
                    true => texts.push(wvtt::EMPTY.to_vec()),
                    false => texts.extend(source.read(self.files, index, 1, &self.opener).await?),
                }
                time += i128::from(sample.duration);
            }
        }
        Ok(texts)
    }

    /// The source of a track of text: of those that show the same in this segment the one of the same language that
    /// fewest tracks were compared with yet. Most texts begin with silence.
    pub(super) async fn seek_text(
        &self,
        reading: &Reading,
        segment: &Segment<'_>,
        fragments: &[Fragment],
        candidates: &[usize],
    ) -> Result<Option<usize>, F::Error> {
        let language = reading.head().track.language.clone();
        let mut ranked: Vec<usize> = candidates.to_vec();
        let rank = |index: &usize| {
            let source = &self.sources[*index];
            (source.track.language != language, source.matches)
        };
        order::sort_by_key(&mut ranked, rank);
        let samples = fragments.iter().flat_map(|fragment| &fragment.samples);
        let ours: Vec<Option<&[u8]>> =
            samples.map(|sample| segment.slice(sample.offset, u64::from(sample.size))).collect();
        for &index in &ranked {
            let theirs = self.source_texts(reading, &self.sources[index], fragments).await?;
            if ours.iter().zip(&theirs).all(|(ours, theirs)| ours.is_some_and(|ours| ours == theirs.as_slice())) {
                return Ok(Some(index));
            }
        }
        Ok(ranked.first().copied())
    }

    /// A track of text that ends before its source, though picture or sound goes on.
    pub(super) fn text_end(&self, reading: &Reading, source: &Source) -> Option<Finding> {
        let offset = reading.head().presentation_offset;
        let end = reading.next_decode_time.map(|end| Ticks::try_from(end).unwrap_or(Ticks::MAX).saturating_add(offset));
        let last = source.track.samples.len().checked_sub(1);
        let theirs = last.map(|last| {
            source.presentation_time(last).saturating_add(Ticks::from(source.track.samples[last].duration))
        });
        let (ours, theirs) = (seconds(end?, reading.facts.timescale), seconds(theirs?, source.track.timescale));
        let others = self.tracks.iter().filter(|track| track.kind != Kind::Text).filter_map(|track| track.end_ms());
        let goes_on = others.max().is_none_or(|other| seconds(Ticks::try_from(other).unwrap_or(0), 1000) - ours > 0.1);
        let message = message!(
            "the text ends at {ours} s, and its source at {theirs} s",
            ours = format!("{ours:.3}"),
            theirs = format!("{theirs:.3}")
        );
        let finding = || Finding::new(FindingCode::SampleCountDiffers, &reading.facts.file, message);
        (theirs - ours > 0.002 && goes_on).then(finding)
    }

    /// Whether a track without an init segment is files of WebVTT.
    pub(super) async fn is_webvtt(&mut self, segments: &[manifest::Segment]) -> Result<bool, F::Error> {
        let Some(first) = segments.first() else { return Ok(false) };
        let Some(size) = self.files.size(&first.place.path).await? else {
            return Ok(first.place.path.ends_with(".vtt"));
        };
        let (offset, length) = first.place.range.unwrap_or((0, size));
        let head = self.files.read(&first.place.path, offset, length.min(16).min(size.saturating_sub(offset))).await?;
        Ok(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).starts_with(b"WEBVTT"))
    }

    /// Checks files of WebVTT: each begins with the header, has the cues that are shown during its time and no others,
    /// and the words of the source.
    ///
    /// Playlists count from their first segment, cues by the clock of the media. Where that begins is known from other
    /// tracks; else, and behind a discontinuity, it is wherever all cues are shown during their segments, if anywhere.
    pub(super) async fn webvtt(
        &mut self,
        name: &str,
        segments: &[manifest::Segment],
        times: &Times<'_>,
    ) -> Result<(), F::Error> {
        let mut read: Vec<(usize, Range<u64>, Vec<Shown>)> = Vec::new();
        let mut runs = vec![Run { starts: times.media_start.map(|start| vec![0, start]), placed: Vec::new() }];
        for (index, segment) in segments.iter().enumerate() {
            let message = message!("segment {index} of {name} is missing", index = index + 1, name);
            let missing = Finding::new(FindingCode::FileMissing, &segment.place.path, message).segment(index);
            let Some(bytes) = self.bytes(&segment.place, missing).await? else { continue };
            self.counts.segments += 1;
            let fault = |message: Message| {
                Finding::new(FindingCode::SegmentInvalid, &segment.place.path, message).segment(index)
            };
            let Some(WebVtt { cues, unread, clock_ms }) = read_webvtt(&bytes) else {
                self.findings.add(fault(message!("the segment doesn't begin with WEBVTT (RFC 8216 section 3.5)")));
                continue;
            };
            for message in unread {
                self.findings.add(fault(message));
            }
            self.counts.samples += cues.len();
            let ms = |ticks: Option<u64>| {
                u64::try_from(u128::from(ticks.unwrap_or(0)) * 1000 / u128::from(times.timescale.max(1)))
                    .unwrap_or(u64::MAX)
            };
            let (start, duration) = (ms(segment.start), ms(segment.duration));
            let span = start..start.saturating_add(duration);
            if segment.discontinuity && index > 0 {
                runs.push(Run::default());
            }
            // A file that is the whole track plays as long as it has cues.
            if let Some(run) = runs.last_mut().filter(|_| segment.duration.is_some()) {
                let placed = cues.iter().map(|(times, cue)| Placed {
                    segment: index,
                    span: span.clone(),
                    times: times.clone(),
                    clock_ms,
                    words: words(&cue.text),
                });
                run.placed.extend(placed);
            }
            read.push((index, span, cues.into_iter().map(|(times, cue)| (times, words(&cue.text))).collect()));
        }
        for Placed { segment, span, times, words, .. } in runs.iter().flat_map(Run::outside) {
            let message = message!(
                "the cue {cue:?} is shown from {start} to {end} ms, outside of its segment, which plays from {start_2} to {end_2} ms",
                cue = *words,
                start = times.start,
                end = times.end,
                start_2 = span.start,
                end_2 = span.end
            );
            let file = &segments[*segment].place.path;
            self.findings.add(Finding::new(FindingCode::SegmentInvalid, file, message).segment(*segment));
        }
        self.compare_webvtt(segments, &read).await
    }

    /// Compares what files of WebVTT show with the source that fits best.
    async fn compare_webvtt(
        &mut self,
        segments: &[manifest::Segment],
        read: &[(usize, Range<u64>, Vec<Shown>)],
    ) -> Result<(), F::Error> {
        let mut best: Option<(usize, Vec<(usize, Message)>)> = None;
        let mut candidates: Vec<usize> =
            (0..self.sources.len()).filter(|&index| self.sources[index].track.is_webvtt()).collect();
        order::sort_by_key(&mut candidates, |&index| self.sources[index].matches);
        for index in candidates {
            let theirs = self.sources[index].shown(self.files, &self.opener).await?;
            let faults = differences(read, &theirs);
            if best.as_ref().is_none_or(|(_, least)| faults.len() < least.len()) {
                best = Some((index, faults));
            }
        }
        let Some((index, faults)) = best else { return Ok(()) };
        self.sources[index].matches += 1;
        self.counts.compared += read.iter().map(|(_, _, cues)| cues.len()).sum::<usize>();
        for (segment, message) in faults {
            let path = &segments[segment].place.path;
            self.findings.add(Finding::new(FindingCode::SampleDiffers, path, message).segment(segment));
        }
        Ok(())
    }
}

/// A cue with the segment that it stands in.
#[derive(Debug)]
struct Placed {
    segment: usize,
    /// When the segment plays, in milliseconds of the playlist.
    span: Range<u64>,
    /// When the cue is shown, by the file's clock.
    times: Range<u64>,
    /// What the media's clock says more.
    clock_ms: i64,
    words: String,
}

impl Placed {
    /// What the media's clock may say where the playlist begins, if the cue is shown during its segment.
    fn starts(&self) -> (i64, i64) {
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX / 4);
        let (start, end) = (ms(self.times.start) + self.clock_ms, ms(self.times.end) + self.clock_ms);
        let rounding = ms(ROUNDING_MS);
        (start - ms(self.span.end) - rounding, end - ms(self.span.start) + rounding)
    }

    fn is_within(&self, start: i64) -> bool {
        let (from, to) = self.starts();
        from < start && start < to
    }
}

/// The cues between two discontinuities.
#[derive(Debug, Default)]
struct Run {
    /// What the media's clock may say where the playlist begins; `None` where that isn't known.
    starts: Option<Vec<i64>>,
    placed: Vec<Placed>,
}

impl Run {
    /// The cues that are shown outside of their segments.
    fn outside(&self) -> Vec<&Placed> {
        let starts = match &self.starts {
            Some(starts) => starts.clone(),
            None => {
                let all = self.placed.iter().map(Placed::starts);
                let (from, to) = all.fold((i64::MIN, i64::MAX), |all, one| (all.0.max(one.0), all.1.min(one.1)));
                if from < to {
                    return Vec::new();
                }
                vec![0]
            }
        };
        // Some count cues from the start of the playlist, some by the media's clock: all of them one way.
        let of = |start: i64| self.placed.iter().filter(|placed| !placed.is_within(start)).collect::<Vec<_>>();
        starts.into_iter().map(of).min_by_key(Vec::len).unwrap_or_default()
    }
}

impl Source {
    /// All cues of a track of WebVTT.
    async fn shown<F: Files>(&self, files: &F, opener: &crate::open::Opener) -> Result<Vec<Shown>, F::Error> {
        let ms = |ticks: Ticks| u64::try_from(rescale_nearest(ticks, self.track.timescale, 1000)).unwrap_or(0);
        let mut shown: Vec<Shown> = Vec::new();
        for (index, bytes) in self.read(files, 0, self.track.samples.len(), opener).await?.iter().enumerate() {
            let start = self.presentation_time(index);
            let end = start.saturating_add(Ticks::from(self.track.samples[index].duration));
            for cue in wvtt::read(bytes)? {
                shown.push((ms(start)..ms(end), words(&cue.text)));
            }
        }
        Ok(shown)
    }
}

/// What segments show that the source doesn't, and what they lack of it; with the segment's index.
fn differences(read: &[(usize, Range<u64>, Vec<Shown>)], theirs: &[Shown]) -> Vec<(usize, Message)> {
    let mut found = Vec::new();
    let has = |list: &[Shown], (times, text): &Shown| {
        list.iter().any(|(other, words)| words == text && overlaps(other, times, 0))
    };
    for (index, span, cues) in read {
        for cue in cues.iter().filter(|cue| !has(theirs, cue)) {
            found.push((
                *index,
                message!("the cue {cue:?} at {start} ms isn't in the source", cue = cue.1, start = cue.0.start),
            ));
        }
        let within = theirs.iter().filter(|(times, _)| {
            times.start.saturating_add(ROUNDING_MS) < span.end && times.end > span.start.saturating_add(ROUNDING_MS)
        });
        for cue in within.filter(|cue| !has(cues, cue)) {
            found.push((
                *index,
                message!("the source's cue {cue:?} at {start} ms is missing", cue = cue.1, start = cue.0.start),
            ));
        }
    }
    found
}

fn overlaps(a: &Range<u64>, b: &Range<u64>, tolerance: u64) -> bool {
    a.start < b.end.saturating_add(tolerance) && b.start < a.end.saturating_add(tolerance)
}

/// The words of a text: blanks and line breaks don't count.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
