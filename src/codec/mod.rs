//! Codecs: a file each. A codec reads its configuration record, names itself by RFC 6381, and says
//! which bytes of a sample may be protected. Knows neither container nor cipher.

pub mod aac;
pub mod ac3;
pub mod ac4;
pub mod adts;
pub mod alac;
pub mod av1;
pub mod avc;
pub mod byte_stream;
mod colour;
pub mod dolby_frames;
pub mod dolby_vision;
pub mod dts;
pub mod ec3;
pub mod flac;
pub mod hevc;
pub mod mp3;
mod nal;
pub mod nal_family;
pub mod opus;
pub mod stpp;
mod vp8;
pub mod vp9;
pub mod wvtt;

use std::ops::Range;

pub use colour::{Colour, VideoRange};
pub use dolby_vision::Supplemental;
use nal_family::NalFamily;

use crate::error::{Code, Error, Result};
use crate::full;

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
    /// MPEG-4 AAC and xHE-AAC in `mp4a`.
    Aac(aac::Config),
    /// MPEG-2 AAC in `mp4a`, with the `objectTypeIndication` of its profile (0x66 to 0x68).
    Mpeg2Aac(u8, aac::Config),
    /// AC-3, `ac-3`.
    Ac3(ac3::Config),
    /// E-AC-3, `ec-3`.
    Ec3(ec3::Config),
    /// AC-4, `ac-4`.
    Ac4(ac4::Config),
    /// Opus, `Opus`.
    Opus(opus::Config),
    /// FLAC, `fLaC`.
    Flac(flac::Config),
    /// Apple Lossless, `alac`.
    Alac(alac::Config),
    /// MP3 in `mp4a`.
    Mp3(mp3::Config),
    /// DTS, in its own entries and in `mp4a`.
    Dts(dts::Config),
    /// WebVTT, `wvtt`.
    Wvtt(wvtt::Config),
    /// TTML, `stpp`.
    Stpp(stpp::Config),
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
            Self::Mpeg2Aac(object_type, _) => format!("mp4a.{object_type:x}"),
            Self::Ac3(_) => "ac-3".to_owned(),
            Self::Ec3(_) => "ec-3".to_owned(),
            Self::Ac4(config) => config.rfc6381(),
            Self::Opus(_) => opus::RFC6381.to_owned(),
            Self::Flac(_) => flac::RFC6381.to_owned(),
            Self::Alac(_) => alac::RFC6381.to_owned(),
            Self::Mp3(config) => config.rfc6381().to_owned(),
            Self::Dts(config) => config.name.to_owned(),
            Self::Wvtt(_) => wvtt::RFC6381.to_owned(),
            Self::Stpp(config) => config.rfc6381(),
        }
    }

    /// Whether every sample can be decoded without those before it, whatever the container says: so it
    /// is with text and with all sound but xHE-AAC and AC-4. Some writers mark the first frame of a track only.
    pub fn is_all_sync(&self) -> bool {
        match self {
            Self::Avc(_) | Self::Hevc(_) | Self::Av1(_) | Self::Vp8(_) | Self::Vp9(_) | Self::Ac4(_) => false,
            Self::Aac(config) => config.is_all_sync(),
            Self::Mpeg2Aac(..)
            | Self::Ac3(_)
            | Self::Ec3(_)
            | Self::Opus(_)
            | Self::Flac(_)
            | Self::Alac(_)
            | Self::Mp3(_)
            | Self::Dts(_)
            | Self::Wvtt(_)
            | Self::Stpp(_) => true,
        }
    }

    /// What manifests say of the channels of a Dolby codec; `None` for the others.
    pub fn dolby(&self) -> Option<Dolby> {
        match self {
            Self::Ac3(config) => Some(Dolby::Digital { channel_map: config.channel_map, joint_object_coding: None }),
            Self::Ec3(config) => Some(Dolby::Digital {
                channel_map: config.channel_map,
                joint_object_coding: config.joint_object_coding,
            }),
            Self::Ac4(config) => Some(Dolby::Ac4 {
                channel_mask: config.channel_mask,
                is_immersive_stereo: config.is_immersive_stereo(),
            }),
            _ => None,
        }
    }

    /// What clients that know more than the codec may play instead, for the same bytes: Dolby Vision.
    pub fn supplemental(&self) -> Option<Supplemental> {
        match self {
            Self::Avc(config) => config.supplemental(),
            Self::Hevc(config) => config.supplemental(),
            Self::Av1(config) => config.supplemental(),
            _ => None,
        }
    }

    /// How its samples are written as NAL units; `None` for a codec that has none.
    pub fn nal_family(&self) -> Option<&'static NalFamily> {
        match self {
            Self::Avc(_) => Some(&avc::NAL_FAMILY),
            Self::Hevc(_) => Some(&hevc::NAL_FAMILY),
            _ => None,
        }
    }

    /// Whether a decoder can start with what the sample entry says.
    pub fn has_parameter_sets(&self) -> bool {
        match self {
            Self::Avc(config) => config.has_parameter_sets(),
            Self::Hevc(config) => config.has_parameter_sets(),
            _ => true,
        }
    }

    /// Refuses a protection scheme, given as the four characters of `schm`, that the codec's binding to the
    /// file format has no rule for.
    pub fn check_scheme(&self, scheme: [u8; 4]) -> Result<()> {
        let (name, allowed): (_, &[&[u8; 4]]) = match self {
            Self::Vp8(_) => ("VP8", &[b"cenc"]),
            Self::Vp9(_) => ("VP9", &[b"cenc"]),
            Self::Av1(_) => ("AV1", &[b"cenc", b"cbcs"]),
            _ => return Ok(()),
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
            Self::Ac4(_) => Protector::Ac4,
            Self::Aac(_)
            | Self::Mpeg2Aac(..)
            | Self::Ac3(_)
            | Self::Ec3(_)
            | Self::Opus(_)
            | Self::Flac(_)
            | Self::Alac(_)
            | Self::Mp3(_)
            | Self::Dts(_) => Protector::WholeSample,
            Self::Wvtt(_) | Self::Stpp(_) => Protector::Nothing,
        }
    }
}

/// The channels of a Dolby codec, which have layouts and objects that a plain number doesn't tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dolby {
    /// AC-3 and E-AC-3.
    Digital {
        /// `chanmap` of ETSI TS 102 366 table E.1.4.
        channel_map: u16,
        /// The complexity index of joint object coding (Dolby Atmos).
        joint_object_coding: Option<u8>,
    },
    /// AC-4.
    Ac4 {
        /// The speaker groups of ETSI TS 103 190-2 table A.27; `None` where objects are coded.
        channel_mask: Option<u32>,
        /// Made for headphones.
        is_immersive_stereo: bool,
    },
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
    /// What follows an AC-4 frame's table of contents.
    Ac4,
    /// No byte: text stays clear.
    Nothing,
    /// Every byte: the rule for all other audio.
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

    /// Appends the ranges of `sample` that may be protected to `ranges`, in order.
    pub fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        match self {
            Self::Avc(slices) => slices.protectable(sample, ranges),
            Self::Ac4 => {
                full::only("AC-4")?;
                ac4::protectable(sample, ranges)
            }
            Self::Nothing => Ok(()),
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
