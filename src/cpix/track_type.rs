//! The track types of SPEKE 2, by their filters: what the verification suite of AWS's reference key server
//! asks for in each preset.

use super::{AudioFilter, VideoFilter};

type Bounds = (&'static str, Option<u64>, Option<u64>);

/// Pixels.
const VIDEO: [Bounds; 8] = [
    ("VIDEO", None, None),
    ("SD", None, Some(589_824)),
    ("HD", Some(589_825), None),
    ("HD1", Some(589_825), Some(921_600)),
    ("HD2", Some(921_601), Some(2_073_600)),
    ("UHD", Some(2_073_601), None),
    ("UHD1", Some(2_073_601), Some(8_847_360)),
    ("UHD2", Some(8_847_361), None),
];

/// Channels.
const AUDIO: [Bounds; 5] = [
    ("AUDIO", None, None),
    ("STEREO_AUDIO", None, Some(2)),
    ("MULTICHANNEL_AUDIO", Some(3), None),
    ("MULTICHANNEL_AUDIO_3_6", Some(3), Some(6)),
    ("MULTICHANNEL_AUDIO_7", Some(7), None),
];

/// The track types that a job knows by itself, with bounds that its user may move. `HD` is narrower there.
const OF_JOBS: [&str; 6] = ["VIDEO", "AUDIO", "SD", "HD", "UHD1", "UHD2"];

/// The filters of a track type; a sum of types, as in `SD+HD1`, has a filter for each. The error is the
/// word that isn't known.
pub fn filters(track_type: &str) -> Result<(Vec<VideoFilter>, Vec<AudioFilter>), &str> {
    if track_type == "ALL" {
        return Ok((vec![VideoFilter::default()], vec![AudioFilter::default()]));
    }
    let (mut video, mut audio) = (Vec::new(), Vec::new());
    for part in track_type.split('+') {
        if let Some((_, min, max)) = VIDEO.iter().find(|(name, ..)| *name == part) {
            video.push(VideoFilter { min_pixels: *min, max_pixels: *max, ..VideoFilter::default() });
        } else if let Some((_, min, max)) = AUDIO.iter().find(|(name, ..)| *name == part) {
            audio.push(AudioFilter { min_channels: *min, max_channels: *max });
        } else {
            return Err(part);
        }
    }
    Ok((video, audio))
}

/// The filters of a rule that has none of its own, where its track type is SPEKE's alone.
pub(super) fn missing_filters(track_type: &str) -> Option<(Vec<VideoFilter>, Vec<AudioFilter>)> {
    if OF_JOBS.contains(&track_type) || track_type == "ALL" {
        return None;
    }
    filters(track_type).ok()
}
