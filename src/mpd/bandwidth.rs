//! `Representation@bandwidth`.

use crate::presentation::Track;

/// The bandwidth of a track in bits a second.
///
/// Clause 5.3.5.2 defines it by a channel of constant bit rate: starting at any segment, a client that
/// waits until `minBufferTime × bandwidth` bits are there can play on without a stall. This is the
/// least such rate, with each segment due as a whole when its first sample is presented. It is exact
/// where the usual stand-ins are not: the mean rate lets a client stall, and the peak rate of a single
/// segment overstates a short one that consists of little more than its key frame.
///
/// Never below the mean rate, which the definition would allow for a presentation no longer than
/// `minBufferTime`: clients read the value as the cost of playing.
pub(super) fn bandwidth(track: &Track, min_buffer_ms: u64) -> u64 {
    let highest = u64::from(u32::MAX); // xs:unsignedInt
    let (mut low, mut high) = (track.average_bandwidth().clamp(1, highest), highest);
    while low < high {
        let middle = low + (high - low) / 2;
        if suffices(middle, track, min_buffer_ms) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Whether a channel of this rate never lets a client stall, whichever segment it starts at.
///
/// A leaky bucket: `due` is what the worst start so far still has to receive, drained at the channel's
/// rate while media time passes; the buffer at the start covers `min_buffer_ms` of it. All terms are
/// bits × 1000 × timescale, so that nothing is rounded.
fn suffices(rate: u64, track: &Track, min_buffer_ms: u64) -> bool {
    let (rate, timescale) = (u128::from(rate), u128::from(track.timescale));
    let covered = rate * u128::from(min_buffer_ms) * timescale;
    let (mut due, mut then) = (0u128, 0);
    track.segments.iter().all(|segment| {
        let drained = rate * 1000 * u128::from(segment.start.saturating_sub(then));
        then = segment.start;
        due = due.saturating_sub(drained) + u128::from(segment.size) * 8 * 1000 * timescale;
        due <= covered
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presentation::{Media, Segment};

    /// Segments of (milliseconds, bytes).
    fn track(segments: &[(u64, u64)]) -> Track {
        let mut start = 0;
        let segments = segments.iter().map(|&(duration, size)| {
            start += duration;
            Segment { start: start - duration, duration, size, ..Segment::default() }
        });
        Track::new("audio-1", Media::audio(48_000, 2), "mp4a.40.2", 1000, segments.collect())
    }

    #[test]
    fn equal_segments_need_their_own_rate() {
        assert_eq!(bandwidth(&track(&[(4000, 5000), (4000, 5000), (4000, 5000)]), 4000), 10_000);
    }

    #[test]
    fn a_lone_large_segment_needs_its_rate_over_the_buffer_time() {
        assert_eq!(bandwidth(&track(&[(4000, 5000), (4000, 8000), (4000, 5000)]), 4000), 16_000);
    }

    #[test]
    fn a_short_dense_last_segment_is_not_overstated() {
        // Alone it has 80 kbit/s; a client has had 4 s of buffer before it is due.
        assert_eq!(bandwidth(&track(&[(4000, 5000), (4000, 5000), (500, 5000)]), 4000), 14_118);
    }

    #[test]
    fn a_presentation_shorter_than_the_buffer_time_has_its_mean_rate() {
        assert_eq!(bandwidth(&track(&[(1000, 5000)]), 4000), 40_000);
    }

    #[test]
    fn the_rate_is_the_least_that_suffices_from_every_start() {
        let track = track(&[(4000, 3000), (3000, 9000), (5000, 8000), (4000, 12_000), (2000, 100), (4000, 9000)]);
        let rate = bandwidth(&track, 5000);
        let plays = |rate: u64| {
            (0..track.segments.len()).all(|first| {
                let mut bits = 0;
                track.segments[first..].iter().all(|segment| {
                    bits += segment.size * 8;
                    bits * 1000 <= rate * (5000 + segment.start - track.segments[first].start)
                })
            })
        };
        assert!(plays(rate) && !plays(rate - 1));
    }
}
