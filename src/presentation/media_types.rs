//! The media types of the files that are written.

use super::Media;

/// The media type of files whose names end alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// It is the same whatever they hold.
    Same(&'static str),
    /// It depends on what they hold.
    ByKind {
        /// Of moving pictures.
        video: &'static str,
        /// Of sound.
        audio: &'static str,
        /// Of text.
        text: &'static str,
    },
}

impl MediaType {
    /// That of a file which holds this.
    pub const fn of(self, media: &Media) -> &'static str {
        match (self, media) {
            (Self::Same(same), _) => same,
            (Self::ByKind { video, .. }, Media::Video { .. }) => video,
            (Self::ByKind { audio, .. }, Media::Audio { .. }) => audio,
            (Self::ByKind { text, .. }, Media::Text) => text,
        }
    }
}

/// Of MP4, whole or in segments (RFC 4337, ISO/IEC 23009-1:2022 clause 7.3). `video/iso.segment` says less, and fewer
/// players know it.
pub const FMP4: MediaType = MediaType::ByKind { video: "video/mp4", audio: "audio/mp4", text: "application/mp4" };

/// By the endings of the files' names, without the dot.
pub const MEDIA_TYPES: &[(&str, MediaType)] = &[
    ("mpd", MediaType::Same("application/dash+xml")),
    ("m3u8", MediaType::Same("application/vnd.apple.mpegurl")),
    ("mp4", FMP4),
    ("m4s", FMP4),
    ("ts", MediaType::Same("video/mp2t")),
    ("aac", MediaType::Same("audio/aac")),
    ("mp3", MediaType::Same("audio/mpeg")),
    ("ac3", MediaType::Same("audio/ac3")),
    ("ec3", MediaType::Same("audio/eac3")),
    ("vtt", MediaType::Same("text/vtt")),
    ("jpg", MediaType::Same("image/jpeg")),
    ("png", MediaType::Same("image/png")),
    ("key", MediaType::Same("application/octet-stream")),
];

#[cfg(test)]
mod tests {
    use super::super::thumbnails::ImageType;
    use super::super::{Container, PackedAudio};
    use super::*;

    #[test]
    fn all_that_is_written_has_a_media_type() {
        let packed = [PackedAudio::Aac, PackedAudio::Mp3, PackedAudio::Ac3, PackedAudio::Ec3];
        let containers = packed.map(Container::PackedAudio).into_iter();
        for container in containers.chain([Container::Fmp4, Container::MpegTs, Container::WebVtt]) {
            for ending in [container.extension(), container.single_extension()] {
                assert!(MEDIA_TYPES.iter().any(|(known, _)| *known == ending), "{ending}");
            }
        }
        for image in ImageType::ALL {
            assert!(MEDIA_TYPES.contains(&(image.extension(), MediaType::Same(image.mime_type()))));
        }
    }
}
