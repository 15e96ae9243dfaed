//! What `CODECS` says: RFC 6381 words, as the codecs know them.

use super::sheet::Line;
use crate::codec::{CODECS, Kind, NAL_FAMILIES, aac, avc, is_of_words, kind_of};

pub(super) fn is_video(codec: &str) -> bool {
    kind_of(codec) == Some(Kind::Video)
}

pub(super) fn is_audio(codec: &str) -> bool {
    kind_of(codec) == Some(Kind::Audio)
}

pub(super) fn is_text(codec: &str) -> bool {
    kind_of(codec) == Some(Kind::Text)
}

/// Whether it is known what the codec is of.
pub(super) fn is_known(codec: &str) -> bool {
    kind_of(codec).is_some()
}

pub(super) fn is_dolby_vision(codec: &str) -> bool {
    CODECS.iter().any(|known| is_of_words(codec, known.hls.dolby_vision))
}

/// H.264 in any of the forms that older devices play.
pub(super) fn is_avc(codec: &str) -> bool {
    is_of_words(codec, avc::DESCRIPTION.hls.every_device)
}

/// AAC in any of the forms that stereo sound is to be offered in.
pub(super) fn is_aac(codec: &str) -> bool {
    is_of_words(codec, aac::DESCRIPTION.hls.every_device)
}

/// Video that Apple's devices are specified to play; Motion JPEG in playlists of images.
pub(super) fn is_of_apple(codec: &str) -> bool {
    CODECS.iter().any(|known| is_of_words(codec, known.hls.apple)) || is_of_words(codec, &["mjpg"])
}

/// Video whose parameter sets are in the samples, by the name of its sample entry.
pub(super) fn has_sets_in_band(codec: &str) -> bool {
    let names = NAL_FAMILIES.iter().flat_map(|family| family.sample_entries);
    names.filter_map(|(_, in_band)| std::str::from_utf8(&in_band[..]).ok()).any(|name| is_of_words(codec, &[name]))
}

/// Whether a variant has video, as far as its tag tells.
pub(super) fn has_video(line: &Line<'_>) -> bool {
    line.get("RESOLUTION").is_some()
        || line.get("CODECS").is_some_and(|list| list.split(',').any(|codec| is_video(codec.trim())))
}
