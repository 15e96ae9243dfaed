//! Periods, clause 5.3.2: one, or one more from each cue point on.

use std::ops::Range;

use crate::presentation::{PeriodStart, Presentation, Track};

/// A period with the place of its segments among all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    /// Where it starts; `None` for the first one, which starts at 0.
    pub(super) start: Option<&'a PeriodStart>,
    next: Option<&'a PeriodStart>,
    tracks: &'a [Track],
}

impl<'a> Period<'a> {
    /// All periods in order.
    pub(super) fn all(presentation: &'a Presentation) -> impl Iterator<Item = Self> {
        let starts = &presentation.periods;
        (0..=starts.len()).map(|index| Self {
            number: index + 1,
            start: index.checked_sub(1).map(|before| &starts[before]),
            next: starts.get(index),
            tracks: &presentation.tracks,
        })
    }

    /// Whether there is no other.
    pub(super) fn is_all(&self) -> bool {
        self.start.is_none() && self.next.is_none()
    }

    /// Its start and its end in milliseconds, in a presentation that ends at `end_ms`.
    pub(super) fn span_ms(&self, end_ms: u64) -> (u64, u64) {
        (self.start.map_or(0, |start| start.ticks(1000)), self.next.map_or(end_ms, |next| next.ticks(1000)))
    }

    /// The segments of a track that belong to it.
    pub(super) fn segments(&self, track: &Track) -> Range<usize> {
        let first = |start: &PeriodStart| {
            let place = self.tracks.iter().position(|other| std::ptr::eq(other, track));
            place.and_then(|place| start.first_segments.get(place)).map_or(0, |&first| first.min(track.segments.len()))
        };
        let from = self.start.map_or(0, first);
        from..self.next.map_or(track.segments.len(), first).max(from)
    }

    /// Its start on a track's timeline, in ticks.
    pub(super) fn time_offset(&self, track: &Track) -> u64 {
        self.start.map_or(0, |start| start.ticks(track.timescale))
    }
}
