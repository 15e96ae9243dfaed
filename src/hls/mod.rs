//! Playlists of HTTP Live Streaming: RFC 8216 and its second edition, draft-pantos-hls-rfc8216bis.
//!
//! The multivariant playlist stands beside the tracks' folders, each track's media playlist within its
//! folder: segments and the playlist that lists them move together, and the same folders serve an MPD.
//! Section numbers are those of RFC 8216 unless the draft (`bis`) is named.

mod attributes;
mod i_frames;
mod images;
mod media;
mod multivariant;

pub use i_frames::i_frames_with;
pub use images::{IMAGES, image_stream_inf, images};
pub use media::{media, media_with};
pub use multivariant::{multivariant, multivariant_with};

use crate::presentation::{Layout, Method, Presentation, Protection, Track};
use crate::time::DateTime;

/// What playlists say that the media doesn't.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Where to start playing, in milliseconds from the start or, below 0, from the end (`EXT-X-START`).
    pub start_ms: Option<i64>,
    /// The date and time that the start of the presentation stands for (`EXT-X-PROGRAM-DATE-TIME`).
    pub program_date_time: Option<DateTime>,
}

/// The lowest `EXT-X-VERSION` that serves a track's playlist (section 7): 3 for durations with fractions, 4 for byte
/// ranges, 5 for SAMPLE-AES and formats of keys, 6 for `EXT-X-MAP` in a playlist of more than I-frames.
fn version(track: &Track) -> u32 {
    if track.init().is_some() {
        return 6;
    }
    match key_version(track) {
        Some(of_keys) => of_keys,
        None if matches!(track.layout, Layout::SingleFile { .. }) => 4,
        None => 3,
    }
}

/// What the keys of a track need beyond 3.
fn key_version(track: &Track) -> Option<u32> {
    let of_changes = track.key_changes.iter().filter_map(|change| change.protection.as_ref());
    let has_format = |protection: &Protection| {
        let lines = protection.systems.iter().flat_map(|system| &system.hls_lines);
        !matches!(protection.method, Method::Segments { .. })
            || lines.into_iter().any(|line| line.contains("KEYFORMAT"))
    };
    track.protection.iter().chain(of_changes).any(has_format).then_some(5)
}

/// The target duration of a presentation in seconds, for [`media()`].
///
/// The longest segment of any track, rounded to the nearest second (section 4.3.3.1), because "each
/// Media Playlist in each Variant Stream and Rendition MUST have the same Target Duration" (bis 6.2.4).
pub fn target_duration(presentation: &Presentation) -> u64 {
    presentation.tracks.iter().flat_map(media::extinfs).map(media::nearest_second).max().unwrap_or(0).max(1)
}
