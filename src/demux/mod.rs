//! Demuxers: bytes → tracks and samples. Sans-io: a demuxer says which bytes it needs next.

mod language;
pub mod mp4;
mod protection;

pub use protection::{Protection, SampleProtection};

use crate::codec::{Codec, Colour, VideoRange};
use crate::mp4::FourCc;
use crate::mp4::track::Tkhd;
use crate::time::Ticks;

/// An input whose headers and tables were read.
#[derive(Debug, Clone)]
pub struct Input {
    /// The input's name, for messages.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The tracks that can be packaged.
    pub tracks: Vec<Track>,
    /// What was left out or mended, a sentence each.
    pub warnings: Vec<String>,
}

/// The kinds of media that are packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles and captions.
    Text,
}

impl Kind {
    /// The lower-case word, as folders have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
        }
    }
}

/// A track of an input with its samples.
#[derive(Debug, Clone)]
pub struct Track {
    /// The kind of media.
    pub kind: Kind,
    /// The input's own header of the track: rotation, size, group.
    pub tkhd: Tkhd,
    /// Ticks in a second.
    pub timescale: u32,
    /// The language as `mdhd` packs it.
    pub packed_language: u16,
    /// The language tag of BCP 47 with the shortest code; `None` where the input doesn't say.
    pub language: Option<String>,
    /// What must be added to a composition time for a presentation time: edit lists, applied once.
    pub presentation_offset: Ticks,
    /// The sample entries; a sample's `entry` is an index.
    pub entries: Vec<Entry>,
    /// The samples in decoding order.
    pub samples: Vec<Sample>,
    /// How the samples are encrypted; `None` in a clear track. The entries are those of the clear track.
    pub protection: Option<Protection>,
    /// The properties that manifests show.
    pub properties: Properties,
}

/// A sample entry, verbatim, with its codec.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The coding name: `avc1`, `mp4a`, …
    pub coding_name: FourCc,
    /// The whole box.
    pub bytes: Vec<u8>,
    /// The codec's configuration.
    pub codec: Codec,
}

/// What is known of pictures, sound or text beside the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Properties {
    /// Of moving pictures.
    Video {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Width over height of a sample.
        sample_aspect_ratio: (u32, u32),
        /// The code points of colour; `None` where the input doesn't say.
        colour: Option<Colour>,
        /// The dynamic range.
        video_range: VideoRange,
    },
    /// Of sound.
    Audio {
        /// Samples a second.
        sampling_rate: u32,
        /// Number of channels.
        channels: u32,
    },
    /// Of text: nothing.
    Text,
}

/// A sample: where its bytes are and when it is decoded and shown. 24 bytes, since a film has millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The absolute offset of the first byte in the input.
    pub offset: u64,
    /// The size in bytes.
    pub size: u32,
    /// Ticks to the next sample in decoding order.
    pub duration: u32,
    /// Composition time minus decoding time, in ticks.
    pub composition_offset: i32,
    /// The index of the sample entry.
    pub entry: u16,
    /// Whether decoding can start here.
    pub sync: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_24_bytes() {
        assert_eq!(size_of::<Sample>(), 24);
    }
}
