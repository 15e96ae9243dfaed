//! What `CODECS` says: RFC 6381 words by their first four characters.

use super::sheet::Line;

const VIDEO: [&str; 18] = [
    "avc1", "avc2", "avc3", "avc4", "hvc1", "hev1", "hvc2", "hev2", "dvh1", "dvhe", "dva1", "dvav", "dav1", "av01",
    "vp08", "vp09", "vvc1", "vvi1",
];
const AUDIO: [&str; 21] = [
    "mp4a", "ac-3", "ec-3", "ec+3", "ac-4", "opus", "flac", "alac", "dtsc", "dtse", "dtsh", "dtsl", "dtsx", "dtsy",
    "mha1", "mhm1", "mhm2", "apac", "iamf", "lpcm", "vorb",
];
const TEXT: [&str; 2] = ["wvtt", "stpp"];

fn word(codec: &str) -> String {
    codec.trim().get(..4).unwrap_or_default().to_ascii_lowercase()
}

pub(super) fn is_video(codec: &str) -> bool {
    VIDEO.contains(&word(codec).as_str()) || matches!(codec.split('.').next(), Some("vp8" | "vp9" | "mjpg"))
}

pub(super) fn is_audio(codec: &str) -> bool {
    AUDIO.contains(&word(codec).as_str())
}

pub(super) fn is_text(codec: &str) -> bool {
    TEXT.contains(&word(codec).as_str())
}

/// Whether it is known what the codec is of.
pub(super) fn is_known(codec: &str) -> bool {
    is_video(codec) || is_audio(codec) || is_text(codec)
}

pub(super) fn is_dolby_vision(codec: &str) -> bool {
    matches!(word(codec).as_str(), "dvh1" | "dvhe" | "dav1")
}

pub(super) fn is_avc(codec: &str) -> bool {
    word(codec).starts_with("avc")
}

/// Video that Apple's devices are specified to play.
pub(super) fn is_of_apple(codec: &str) -> bool {
    matches!(word(codec).as_str(), "avc1" | "avc3" | "hvc1" | "hev1" | "dvh1" | "dvhe" | "dav1" | "av01")
        || codec.starts_with("mjpg")
}

/// AAC in any of the forms that stereo sound is to be offered in.
pub(super) fn is_aac(codec: &str) -> bool {
    matches!(codec.trim(), "mp4a.40.2" | "mp4a.40.5" | "mp4a.40.29")
}

/// Whether a variant has video, as far as its tag tells.
pub(super) fn has_video(line: &Line<'_>) -> bool {
    line.get("RESOLUTION").is_some()
        || line.get("CODECS").is_some_and(|list| list.split(',').any(|codec| is_video(codec.trim())))
}
