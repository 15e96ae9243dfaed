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
    /// A sentence for the user.
    pub(super) warning: Option<Message>,
}

/// Applies an edit list: an empty edit at the front delays the track, the first edit's media time
/// moves the presentation's 0 to it.
///
/// Without any edit a track whose first picture is composed late (as writers leave it that shift
/// composition times to stay positive) starts at 0 nevertheless: `first_composition` is subtracted.
pub(super) fn apply(edits: Option<&[Edit]>, movie_timescale: u32, timescale: u32, first_composition: Ticks) -> Applied {
    let Some(edits) = edits.filter(|edits| !edits.is_empty()) else {
        let warning = (first_composition != 0).then(|| {
            message!(
                "the first sample is shown at tick {tick}, and no edit list says so; it is moved to 0",
                tick = first_composition
            )
        });
        return Applied { presentation_offset: -first_composition, warning };
    };
    let empty = edits.iter().take_while(|edit| edit.media_time < 0);
    let delay: u64 = empty.map(|edit| edit.segment_duration).fold(0, u64::saturating_add);
    let delay = Ticks::try_from(delay).unwrap_or(Ticks::MAX);
    let mut media = edits.iter().skip_while(|edit| edit.media_time < 0);
    let start = media.next().map_or(0, |edit| edit.media_time);
    let warning = media.next().map(|_| {
        message!("its edit list has {count} entries; only the start of the first is kept", count = edits.len())
    });
    Applied { presentation_offset: rescale_nearest(delay, movie_timescale, timescale).saturating_sub(start), warning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_edit_delays_and_a_media_time_advances() {
        let edits = [Edit { segment_duration: 500, media_time: -1 }, Edit { segment_duration: 9000, media_time: 1024 }];
        assert_eq!(apply(Some(&edits), 1000, 48_000, 0).presentation_offset, 24_000 - 1024);
    }

    #[test]
    fn a_late_first_composition_without_edits_is_moved_to_0_and_said() {
        let applied = apply(None, 1000, 12_800, 1024);
        assert_eq!(applied.presentation_offset, -1024);
        assert!(applied.warning.is_some());
        assert_eq!(apply(None, 1000, 12_800, 0), Applied { presentation_offset: 0, warning: None });
    }

    #[test]
    fn further_edits_are_named() {
        let edits = [Edit { segment_duration: 10, media_time: 0 }, Edit { segment_duration: 10, media_time: 900 }];
        assert!(apply(Some(&edits), 1000, 1000, 0).warning.unwrap().text().contains("2 entries"));
    }
}
