//! Media segments of WebVTT, for HLS.

use std::collections::BTreeSet;

use crate::codec::Codec;
use crate::demux::Sample;
use crate::error::{Code, Error, Result};
use crate::mp4::wvtt;
use crate::mux::{TimedCue, write_webvtt};
use crate::order;
use crate::packager::plan::PlannedTrack;
use crate::packager::window::Window;
use crate::time::{Ticks, rescale_nearest};

/// The bytes of a segment; `mpegts` is the presentation's start on the clock of pictures and sound, in units of
/// 1/90000 s.
pub(super) fn render(track: &PlannedTrack, index: usize, mpegts: u64, window: &Window) -> Result<Vec<u8>> {
    let segment = &track.segments[index];
    let track = &track.source;
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
        let shown = wvtt::read(&window.sample(track, index)?).map_err(|error| {
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
    order::sort_by_key(&mut cues, |cue| cue.start_ms);
    let entry = samples.get(segment.cut.samples.start).map_or(0, |sample| usize::from(sample.entry));
    let Some(Codec::Wvtt(config)) = track.entries.get(entry).map(|entry| &entry.codec) else {
        return Err(Error::new(Code::Internal, message!("the track isn't WebVTT")));
    };
    Ok(write_webvtt(config, &cues, mpegts).into_bytes())
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
