//! Edit lists (ISO/IEC 14496-12 clause 8.6.6), applied once.

use crate::error::Message;
use crate::mp4::track::Edit;
use crate::time::{Ticks, rescale_nearest};

/// What must be added to a track's composition times for presentation times, and what could not be
/// kept of its edits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Applied {
    /// In ticks of the media's timescale.
    pub(super) presentation_offset: Ticks,
    /// Where presentation ends, in the same ticks; `None` where the media's end is not cut off.
    pub(super) end: Option<Ticks>,
    /// A sentence for the user.
    pub(super) warning: Option<Message>,
}

/// Applies an edit list: an empty edit at the front delays the track, the first edit's media time
/// moves the presentation's 0 to it, and its duration, unless it is 0 or the edit isn't the last, ends presentation.
///
/// Without any edit composition times are presentation times (clause 8.6.5), also where the first is above 0: the file's
/// other tracks are as late. One below 0 would be hidden: `first_composition` is subtracted then.
pub(super) fn apply(edits: Option<&[Edit]>, movie_timescale: u32, timescale: u32, first_composition: Ticks) -> Applied {
    let Some(edits) = edits.filter(|edits| !edits.is_empty()) else {
        let warning = (first_composition < 0).then(|| {
            message!(
                "the first sample is shown at tick {tick}, and no edit list says so; it is moved to 0",
                tick = first_composition
            )
        });
        return Applied { presentation_offset: -first_composition.min(0), end: None, warning };
    };
    let empty = edits.iter().take_while(|edit| edit.media_time < 0);
    let delay: u64 = empty.map(|edit| edit.segment_duration).fold(0, u64::saturating_add);
    let delay = Ticks::try_from(delay).unwrap_or(Ticks::MAX);
    let mut media = edits.iter().skip_while(|edit| edit.media_time < 0);
    let first = media.next();
    let start = first.map_or(0, |edit| edit.media_time);
    let duration = first.map_or(0, |edit| edit.segment_duration);
    let warning = media.next().map(|_| {
        message!("its edit list has {count} entries; only the start of the first is kept", count = edits.len())
    });
    let end = Ticks::try_from(duration).ok().filter(|&duration| duration > 0 && warning.is_none());
    let end = end.map(|duration| delay.saturating_add(duration));
    Applied {
        presentation_offset: rescale_nearest(delay, movie_timescale, timescale).saturating_sub(start),
        end: end.map(|end| rescale_nearest(end, movie_timescale, timescale)),
        warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_edit_delays_and_a_media_time_advances() {
        let edits = [Edit { segment_duration: 500, media_time: -1 }, Edit { segment_duration: 9000, media_time: 1024 }];
        let applied = apply(Some(&edits), 1000, 48_000, 0);
        assert_eq!(applied.presentation_offset, 24_000 - 1024);
        assert_eq!(applied.end, Some(9500 * 48));
    }

    #[test]
    fn without_edits_times_are_kept_unless_the_first_would_be_hidden() {
        for first in [0, 1024] {
            let kept = Applied { presentation_offset: 0, end: None, warning: None };
            assert_eq!(apply(None, 1000, 12_800, first), kept);
        }
        let applied = apply(None, 1000, 12_800, -512);
        assert_eq!(applied.presentation_offset, 512);
        assert!(applied.warning.is_some());
    }

    #[test]
    fn further_edits_are_named() {
        let edits = [Edit { segment_duration: 10, media_time: 0 }, Edit { segment_duration: 10, media_time: 900 }];
        let applied = apply(Some(&edits), 1000, 1000, 0);
        assert!(applied.warning.unwrap().text().contains("2 entries"));
        assert_eq!(applied.end, None);
    }
}
