//! Codecs: a file each. A codec says what it is ([`Description`]), reads its configuration record, names itself by RFC
//! 6381, and says which bytes of a sample may be protected ([`Configuration`]). Knows neither container nor cipher.
//!
//! A codec is added as a file and a line in `codecs!` below; what containers need to find it is theirs.

pub mod aac;
pub mod ac3;
pub mod ac4;
pub mod adts;
pub mod alac;
pub mod av1;
pub mod avc;
pub mod byte_stream;
pub mod captions;
mod colour;
mod configuration;
mod description;
pub mod dolby_frames;
pub mod dolby_vision;
pub mod dts;
pub mod dts_frames;
pub mod ec3;
pub mod flac;
pub mod hevc;
pub mod mp3;
pub mod mpeg2_aac;
pub mod mpegh;
mod nal;
pub mod nal_family;
pub mod opus;
pub mod pcm;
mod plausible;
mod protector;
mod reader;
mod start;
pub mod stpp;
mod unpackaged;
pub mod vp8;
pub mod vp9;
pub mod wvtt;

use std::ops::Deref;

pub use colour::{Colour, VideoRange};
pub use configuration::{Configuration, Speakers};
pub use description::{ALL_SCHEMES, Description, EntryName, Hls, Kind, is_of_words};
pub use dolby_vision::Supplemental;
pub use plausible::Plausibility;
pub use protector::Protector;
pub use reader::reader;
pub use start::{Leading, Start};
pub use unpackaged::UNPACKAGED;

use crate::error::{Code, Error, Result};
use description::is_of_entries;
use nal_family::NalFamily;

macro_rules! codecs {
    ($( $(#[doc = $doc:literal])+ $name:ident($module:ident), )+) => {
        /// A sample entry's codec with its configuration.
        #[derive(Debug, Clone)]
        pub enum Codec { $( $(#[doc = $doc])+ $name($module::Config), )+ }

        /// The codecs that are packaged.
        pub const CODECS: &[&Description] = &[ $( &$module::DESCRIPTION, )+ ];

        impl Codec {
            /// What holds whatever the configuration.
            pub const fn description(&self) -> &'static Description {
                match self { $( Self::$name(_) => &$module::DESCRIPTION, )+ }
            }
        }

        impl Deref for Codec {
            type Target = dyn Configuration;

            fn deref(&self) -> &Self::Target {
                match self { $( Self::$name(config) => config, )+ }
            }
        }
    };
}

codecs! {
    /// H.264.
    Avc(avc),
    /// HEVC.
    Hevc(hevc),
    /// AV1.
    Av1(av1),
    /// VP8.
    Vp8(vp8),
    /// VP9.
    Vp9(vp9),
    /// MPEG-4 AAC and xHE-AAC.
    Aac(aac),
    /// MPEG-2 AAC.
    Mpeg2Aac(mpeg2_aac),
    /// AC-3.
    Ac3(ac3),
    /// E-AC-3.
    Ec3(ec3),
    /// AC-4.
    Ac4(ac4),
    /// Opus.
    Opus(opus),
    /// FLAC.
    Flac(flac),
    /// Apple Lossless.
    Alac(alac),
    /// PCM.
    Pcm(pcm),
    /// MP3.
    Mp3(mp3),
    /// DTS.
    Dts(dts),
    /// MPEG-H 3D Audio.
    MpegH(mpegh),
    /// WebVTT.
    Wvtt(wvtt),
    /// TTML.
    Stpp(stpp),
}

impl Codec {
    /// Refuses a protection scheme, given as the four characters of `schm`, that the codec's binding to the
    /// file format has no rule for.
    pub fn check_scheme(&self, scheme: [u8; 4]) -> Result<()> {
        let Description { name, schemes, .. } = self.description();
        if schemes.contains(&&scheme) {
            return Ok(());
        }
        let allowed: Vec<_> = schemes.iter().map(|scheme| String::from_utf8_lossy(&scheme[..])).collect();
        let message = message!(
            "{name} can't be protected by {scheme}, only by {allowed}",
            name,
            scheme = String::from_utf8_lossy(&scheme),
            allowed = allowed.join(" or ")
        );
        Err(Error::new(Code::SchemeUnsupported, message))
    }
}

/// The families of NAL units.
pub const NAL_FAMILIES: [&NalFamily; 2] = [&avc::NAL_FAMILY, &hevc::NAL_FAMILY];

/// What a codec of the codecs parameter is of, whether it is packaged or not; `None` where that isn't known.
pub fn kind_of(codec: &str) -> Option<Kind> {
    let packaged = CODECS.iter().find(|known| {
        is_of_words(codec, known.hls.words)
            || is_of_entries(codec, known.sample_entries.iter().map(|entry| &entry.name))
    });
    let unpackaged = || {
        UNPACKAGED
            .iter()
            .find(|known| is_of_words(codec, known.words) || is_of_entries(codec, known.sample_entries.iter().copied()))
    };
    packaged.map(|known| known.kind).or_else(|| unpackaged().map(|known| known.kind))
}

/// What a codec that isn't packaged is called, by its sample entry in a track of this kind.
pub fn unpackaged_name(kind: Kind, sample_entry: [u8; 4]) -> Option<&'static str> {
    let is_it = |known: &&unpackaged::Unpackaged| known.kind == kind && known.sample_entries.contains(&&sample_entry);
    UNPACKAGED.iter().find(is_it).map(|known| known.name)
}
