//! Text: which samples the segments need.

use super::source::timeline;
use crate::demux::{Sample, Track};
use crate::error::Message;
use crate::segment::Boundaries;
use crate::time::{Ticks, clock};

/// Makes a text last as long as the presentation, so that no segment is missing, and repeats a cue or document that
/// lasts over a boundary in each segment that it is shown in. What would be shown after the end is left out, which the
/// second of what it gives says.
pub(super) fn fit(track: Track, boundaries: &Boundaries) -> (Track, Option<Message>) {
    let (track, left_out) = match boundaries.end_in(track.timescale) {
        Some(end) => ended(track, end),
        None => (track, None),
    };
    let samples = boundaries.split(&timeline("", &track));
    let note = left_out.map(|from| {
        message!(
            "what it shows from {time} on is left out: picture and sound have ended",
            time = clock(from, track.timescale)
        )
    });
    (Track { samples, ..track }, note)
}

/// A sentence on the first stretch of a very long time in which nothing changes: most likely a slip in the time of a cue.
pub(super) fn far(track: &Track) -> Option<Message> {
    const LONG_SECONDS: Ticks = 3600;
    let long = LONG_SECONDS.saturating_mul(Ticks::from(track.timescale));
    let (mut since, mut at, mut was_shown) = (track.presentation_offset, track.presentation_offset, false);
    // Silence may be several samples; each text is one.
    let changes = track.samples.iter().map(|sample| (sample.size > 0, sample.duration)).chain([(true, 0)]);
    for (is_shown, duration) in changes {
        if is_shown || was_shown {
            if at.saturating_sub(since) > long {
                return Some(message!(
                    "nothing changes from {from} to {to}: if a time of the text there is a slip, the file is to be corrected",
                    from = clock(since, track.timescale),
                    to = clock(at, track.timescale)
                ));
            }
            since = at;
        }
        was_shown = is_shown;
        at = at.saturating_add(Ticks::from(duration));
    }
    None
}

/// The track with samples that end at this time, and the time from which text is left out, if any is.
fn ended(track: Track, end: Ticks) -> (Track, Option<Ticks>) {
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
        return (track, None); // nothing else lasts any time: all stays as it is
    }
    (Track { samples: kept, ..track }, left_out)
}

fn add_silence(samples: &mut Vec<Sample>, mut duration: Ticks, entry: u16) {
    while duration > 0 {
        let part = u32::try_from(duration).unwrap_or(u32::MAX);
        samples.push(Sample { offset: 0, size: 0, duration: part, composition_offset: 0, entry, sync: true });
        duration -= Ticks::from(part);
    }
}
