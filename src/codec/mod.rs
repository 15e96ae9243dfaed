//! Codecs: a file each. A codec reads its configuration record, names itself by RFC 6381, and says
//! which bytes of a sample may be protected. Knows neither container nor cipher.

pub mod aac;
pub mod av1;
pub mod avc;
mod colour;
pub mod dolby_vision;
pub mod hevc;
mod nal;
mod vp8;
pub mod vp9;

use std::ops::Range;

pub use colour::{Colour, VideoRange};
pub use dolby_vision::Supplemental;

use crate::error::{Code, Error, Result};

/// A sample entry's codec with its configuration.
#[derive(Debug, Clone)]
pub enum Codec {
    /// H.264, `avc1` and `avc3`.
    Avc(avc::Config),
    /// HEVC, `hvc1` and `hev1`.
    Hevc(hevc::Config),
    /// AV1, `av01`.
    Av1(Box<av1::Config>),
    /// VP8, `vp08`.
    Vp8(vp9::Config),
    /// VP9, `vp09`.
    Vp9(vp9::Config),
    /// MPEG-4 AAC in `mp4a`.
    Aac(aac::Config),
}

impl Codec {
    /// The codecs parameter of RFC 6381 and RFC 4281.
    pub fn rfc6381(&self) -> String {
        match self {
            Self::Avc(config) => config.rfc6381(),
            Self::Hevc(config) => config.rfc6381(),
            Self::Av1(config) => config.rfc6381(),
            Self::Vp8(config) | Self::Vp9(config) => config.rfc6381(),
            Self::Aac(config) => config.rfc6381(),
        }
    }

    /// What clients that know more than the codec may play instead, for the same bytes: Dolby Vision.
    pub fn supplemental(&self) -> Option<Supplemental> {
        match self {
            Self::Avc(config) => config.supplemental(),
            Self::Hevc(config) => config.supplemental(),
            Self::Av1(config) => config.supplemental(),
            Self::Vp8(_) | Self::Vp9(_) | Self::Aac(_) => None,
        }
    }

    /// Refuses a protection scheme, given as the four characters of `schm`, that the codec's binding to the
    /// file format has no rule for.
    pub fn check_scheme(&self, scheme: [u8; 4]) -> Result<()> {
        let (name, allowed): (_, &[&[u8; 4]]) = match self {
            Self::Vp8(_) => ("VP8", &[b"cenc"]),
            Self::Vp9(_) => ("VP9", &[b"cenc"]),
            Self::Av1(_) => ("AV1", &[b"cenc", b"cbcs"]),
            Self::Avc(_) | Self::Hevc(_) | Self::Aac(_) => return Ok(()),
        };
        if allowed.contains(&&scheme) {
            return Ok(());
        }
        let allowed: Vec<_> = allowed.iter().map(|scheme| String::from_utf8_lossy(&scheme[..])).collect();
        Err(Error::new(
            Code::SchemeUnsupported,
            format!(
                "{name} can't be protected by {}, only by {}",
                String::from_utf8_lossy(&scheme),
                allowed.join(" or ")
            ),
        ))
    }

    /// Starts on a sequence of samples, the first of which is a sync sample.
    pub fn protector(&self) -> Protector {
        match self {
            Self::Avc(config) => Protector::Avc(Box::new(avc::Slices::new(config))),
            Self::Hevc(config) => Protector::Hevc(Box::new(hevc::Slices::new(config))),
            Self::Av1(config) => Protector::Av1(Box::new(av1::Tiles::new(config))),
            Self::Vp8(_) => Protector::Vp8,
            Self::Vp9(_) => Protector::Vp9(Box::default()),
            Self::Aac(_) => Protector::WholeSample,
        }
    }
}

/// Says which bytes of each sample may be protected. Reads the samples in order, since a bit stream
/// may carry its parameter sets in band.
#[derive(Debug)]
pub enum Protector {
    /// Slice data of H.264.
    Avc(Box<avc::Slices>),
    /// Slice segment data of HEVC.
    Hevc(Box<hevc::Slices>),
    /// Tiles of AV1.
    Av1(Box<av1::Tiles>),
    /// Compressed data of a VP8 frame.
    Vp8,
    /// Compressed data of VP9 frames.
    Vp9(Box<vp9::Frames>),
    /// Every byte: the rule for audio.
    WholeSample,
}

impl Protector {
    /// Whether samples are protected whole, without subsamples.
    pub fn is_whole_sample(&self) -> bool {
        matches!(self, Self::WholeSample)
    }

    /// Whether `cbcs` makes a subsample of a range that is too short to hold a block. AV1's binding demands it
    /// (section 4.1); elsewhere such a range may as well count as clear.
    pub fn keeps_short_ranges(&self) -> bool {
        matches!(self, Self::Av1(_))
    }

    /// Reads samples that stay clear in front of ones that don't.
    pub fn pass_over<'a>(&mut self, samples: impl Iterator<Item = &'a [u8]>) -> Result<()> {
        let mut ranges = Vec::new();
        for sample in samples {
            self.protectable(sample, &mut ranges)?;
            ranges.clear();
        }
        Ok(())
    }

    /// Appends the ranges of `sample` that may be protected to `ranges`, in order.
    pub fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        match self {
            Self::Avc(slices) => slices.protectable(sample, ranges),
            Self::Hevc(slices) => slices.protectable(sample, ranges),
            Self::Av1(tiles) => tiles.protectable(sample, ranges),
            Self::Vp8 => vp8::protectable(sample, ranges),
            Self::Vp9(frames) => frames.protectable(sample, ranges),
            Self::WholeSample => {
                ranges.push(0..sample.len());
                Ok(())
            }
        }
    }
}
