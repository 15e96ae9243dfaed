//! The properties of a track's media, as manifests have them.

use crate::demux::{Properties, Track};
use crate::presentation::Media;
use crate::time::gcd;

/// The properties of a track's media.
pub(super) fn media(track: &Track) -> Media {
    match track.properties {
        Properties::Video { width, height, sample_aspect_ratio, colour, video_range } => {
            let frame_rate = frame_rate(track);
            Media::Video { width, height, frame_rate, sample_aspect_ratio, colour, video_range }
        }
        Properties::Audio { sampling_rate, channels } => {
            let speakers = track.entries[0].codec.speakers();
            Media::Audio { sampling_rate, channels, speakers }
        }
        Properties::Text => Media::Text,
    }
}

/// The frame rate as a fraction: exact where all frames last equally long, the mean where they differ
/// by rounding only, the highest where the rate varies. The last frame's duration is often made up.
pub(super) fn frame_rate(track: &Track) -> Option<(u32, u32)> {
    let frames =
        track.samples.split_last().map(|(_, rest)| rest).filter(|rest| !rest.is_empty()).unwrap_or(&track.samples);
    let shortest = frames.iter().map(|sample| sample.duration).filter(|&duration| duration > 0).min()?;
    let longest = frames.iter().map(|sample| sample.duration).max()?;
    if longest - shortest <= 1 && longest != shortest {
        let total: u128 = frames.iter().map(|sample| u128::from(sample.duration)).sum();
        // Frames in 1000 s, rounded: 29.97 stays apart from 30.
        let scaled = (frames.len() as u128 * u128::from(track.timescale) * 1000 + total / 2) / total.max(1);
        return Some(reduced(u32::try_from(scaled).ok()?, 1000));
    }
    Some(reduced(track.timescale, shortest))
}

fn reduced(numerator: u32, denominator: u32) -> (u32, u32) {
    let divisor = u32::try_from(gcd(numerator.into(), denominator.into())).unwrap_or(1);
    (numerator / divisor, denominator / divisor)
}
