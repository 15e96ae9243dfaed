//! Text: which samples the segments need, and segments of WebVTT for HLS.

use std::collections::BTreeSet;

use super::plan::{Plan, PlannedSegment, PlannedTrack};
use super::render::read_sample;
use super::window::Window;
use crate::codec::Codec;
use crate::demux::{Input, Kind, Sample, Track};
use crate::error::{Code, Error, Result};
use crate::full;
use crate::mp4::wvtt;
use crate::mux::{TimedCue, write_webvtt};
use crate::segment::Boundaries;
use crate::time::{Ticks, clock, rescale_nearest};

/// Makes each text last as long as the presentation, so that no segment is missing, and repeats a cue or document that
/// lasts over a boundary in each segment that it is shown in. What would be shown after the end is left out, which the
/// warnings say.
pub(super) fn fit(
    inputs: &mut [Input],
    chosen: &[(usize, usize)],
    boundaries: &Boundaries,
    warnings: &mut Vec<String>,
) -> Result<()> {
    for &(input, number) in chosen {
        let track = &mut inputs[input].tracks[number];
        if track.kind != Kind::Text {
            continue;
        }
        full::only("text")?;
        if let Some(from) = boundaries.end_in(track.timescale).and_then(|end| end_at(track, end)) {
            let at = clock(from, track.timescale);
            let name = &inputs[input].name;
            warnings.push(format!("{name}: what it shows from {at} on is left out: picture and sound have ended"));
        }
        let track = &mut inputs[input].tracks[number];
        track.samples = boundaries.split(&super::plan::timeline("", track));
    }
    Ok(())
}

/// Lets a track's samples end at this time. Gives the time from which text is left out, if any is.
fn end_at(track: &mut Track, end: Ticks) -> Option<Ticks> {
    let mut next = track.presentation_offset;
    let mut kept = Vec::new();
    let mut left_out = None;
    for sample in &track.samples {
        let start = next;
        next = next.saturating_add(Ticks::from(sample.duration));
        if start >= end {
            left_out = left_out.or((sample.size > 0).then_some(start));
            continue;
        }
        let duration = u32::try_from(next.min(end) - start).unwrap_or(sample.duration);
        kept.push(Sample { duration, ..*sample });
    }
    if track.is_webvtt() && track.protection.is_none() {
        let last = track.samples.last().map_or(0, |sample| sample.entry);
        add_silence(&mut kept, end.saturating_sub(next.min(end)), last);
    } else if let Some(last) = kept.last_mut() {
        // A document shows nothing outside of its own times.
        let longer = Ticks::from(last.duration).saturating_add(end.saturating_sub(next.min(end)));
        last.duration = u32::try_from(longer).unwrap_or(last.duration);
    }
    if kept.is_empty() {
        return None; // nothing else lasts any time: all stays as it is
    }
    track.samples = kept;
    left_out
}

fn add_silence(samples: &mut Vec<Sample>, mut duration: Ticks, entry: u16) {
    while duration > 0 {
        let part = u32::try_from(duration).unwrap_or(u32::MAX);
        samples.push(Sample { offset: 0, size: 0, duration: part, composition_offset: 0, entry, sync: true });
        duration -= Ticks::from(part);
    }
}

impl Plan {
    /// A segment of WebVTT; `mpegts` is the presentation's start on the clock of pictures and sound.
    pub(super) fn render_webvtt(
        &self,
        planned: &PlannedTrack,
        segment: &PlannedSegment,
        mpegts: u64,
        window: &Window,
    ) -> Result<Vec<u8>> {
        full::only("text")?;
        let track = self.track(planned);
        let samples = &track.samples;
        let ms = |ticks: Ticks| u64::try_from(rescale_nearest(ticks, track.timescale, 1000)).unwrap_or(0);
        let mut cues: Vec<TimedCue> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = Ticks::try_from(segment.cut.decode_time).unwrap_or(Ticks::MAX);
        for index in segment.cut.samples.clone() {
            let start = next.saturating_add(track.presentation_offset);
            next = next.saturating_add(Ticks::from(samples[index].duration));
            if index > segment.cut.samples.start && is_same_source(&samples[index - 1], &samples[index]) {
                continue; // the next piece of what was read already
            }
            let (from, to) = whole_sample(samples, index, start);
            let shown = wvtt::read(&read_sample(track, index, window)?).map_err(|error| {
                let message = message!("a sample of WebVTT can't be read: {reason}", reason = error.message);
                Error::new(Code::CodecInvalid, message).at(samples[index].offset)
            })?;
            for cue in shown {
                let (start_ms, end_ms) = match track.access.cue_times(cue.source_id) {
                    Some(times) if !seen.insert(cue.source_id) || times.is_empty() => continue,
                    Some(times) => {
                        let time = |ticks: u64| Ticks::try_from(ticks).unwrap_or(Ticks::MAX);
                        let shown = |ticks: u64| ms(time(ticks).saturating_add(track.presentation_offset));
                        (shown(times.start), shown(times.end))
                    }
                    None => (ms(from), ms(to)),
                };
                cues.push(TimedCue { start_ms, end_ms, cue });
            }
        }
        cues.sort_by_key(|cue| cue.start_ms);
        let entry = samples.get(segment.cut.samples.start).map_or(0, |sample| usize::from(sample.entry));
        let Some(Codec::Wvtt(config)) = track.entries.get(entry).map(|entry| &entry.codec) else {
            return Err(Error::new(Code::Internal, "the track isn't WebVTT"));
        };
        Ok(write_webvtt(config, &cues, mpegts).into_bytes())
    }
}

/// From when to when a sample is shown of which the one at `index`, from `start` on, is a piece.
fn whole_sample(samples: &[Sample], index: usize, start: Ticks) -> (Ticks, Ticks) {
    /// The most pieces that are looked for on either side: at a second each more than a day.
    const PIECES: usize = 100_000;
    let duration = |count: usize, pieces: &mut dyn Iterator<Item = &Sample>| {
        pieces.take(count).map(|piece| Ticks::from(piece.duration)).sum::<Ticks>()
    };
    let is_piece = |other: &&Sample| is_same_source(other, &samples[index]);
    let before = duration(PIECES, &mut samples[..index].iter().rev().take_while(is_piece));
    let from_here = duration(PIECES, &mut samples[index..].iter().take_while(is_piece));
    (start.saturating_sub(before), start.saturating_add(from_here))
}

fn is_same_source(a: &Sample, b: &Sample) -> bool {
    (a.offset, a.size, a.entry) == (b.offset, b.size, b.entry)
}
