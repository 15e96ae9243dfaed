//! Dolby Vision: the configuration record that stands beside a codec's own in `dvcC`, `dvvC` or `dvwC`
//! ("Dolby Vision Streams Within the ISO Base Media File Format", version 2.4, section 3.2).
//!
//! Its metadata are NAL units of a type without a rule, or metadata OBUs: both stay clear.

use super::colour::{Colour, VideoRange};
use crate::bytes::Reader;
use crate::error::Result;

/// A `DOVIDecoderConfigurationRecord`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// `dv_profile`.
    pub profile: u8,
    /// `dv_level`.
    pub level: u8,
    /// `dv_bl_signal_compatibility_id`: what a decoder that knows nothing of Dolby Vision sees.
    pub compatibility: u8,
}

/// What a client may play instead of the track's own codec, for the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplemental {
    /// The codecs parameter of RFC 6381, as in `dvh1.08.07`.
    pub codecs: String,
    /// The brand that says how the base layer is compatible, as in `db1p`.
    pub brand: &'static str,
}

impl Config {
    /// The boxes that hold the record: for profiles up to 7, from 8 up, from 20 up.
    pub const BOXES: [&'static [u8; 4]; 3] = [b"dvcC", b"dvvC", b"dvwC"];

    /// Reads the content of one of [`Config::BOXES`].
    pub fn read(mut reader: Reader<'_>) -> Result<Self> {
        reader.skip(2)?; // dv_version_major, dv_version_minor
        let [first, second, third] = reader.array()?;
        let level = (first & 1) << 5 | second >> 3;
        Ok(Self { profile: first >> 1, level, compatibility: third >> 4 })
    }

    /// The codecs parameter in a sample entry of this name.
    pub fn rfc6381(&self, coding_name: [u8; 4]) -> String {
        format!("{}.{:02}.{:02}", String::from_utf8_lossy(&coding_name), self.profile, self.level)
    }

    /// What to offer beside the codec of a sample entry that a decoder without Dolby Vision plays; `coding_name`
    /// is what the entry would be called for decoders with it. `None` where no brand is defined.
    pub fn supplemental(&self, coding_name: [u8; 4], colour: Option<Colour>) -> Option<Supplemental> {
        let brand = match self.compatibility {
            1 => "db1p", // HDR10
            2 => "db2g", // SDR
            // HLG, of which the transfer characteristics of BT.2020 have a brand of their own.
            4 if colour.is_some_and(Colour::may_pass_for_sdr) => "db4g",
            4 => "db4h",
            _ => return None,
        };
        Some(Supplemental { codecs: self.rfc6381(coding_name), brand })
    }

    /// The dynamic range where the codec doesn't say it: that of the base layer, or what profiles without a
    /// compatible one (5; 10 with compatibility 0) decode to.
    pub const fn range(&self) -> VideoRange {
        match self.compatibility {
            0 | 1 => VideoRange::Pq,
            4 => VideoRange::Hlg,
            _ => VideoRange::Sdr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(bytes: &[u8]) -> Config {
        Config::read(crate::codec::reader(bytes, 0)).unwrap()
    }

    #[test]
    fn profile_5_level_6_names_itself() {
        // Version 1.0, profile 5, level 6, metadata and base layer present, compatibility 0.
        let config = config(&[1, 0, 0b0000_1010, 0b0011_0101, 0]);
        assert_eq!(config, Config { profile: 5, level: 6, compatibility: 0 });
        assert_eq!(config.rfc6381(*b"dvh1"), "dvh1.05.06");
        assert_eq!(config.supplemental(*b"dvh1", None), None);
        assert_eq!(config.range(), VideoRange::Pq);
    }

    #[test]
    fn profile_8_is_offered_beside_its_base_layer_by_brand() {
        let of = |compatibility| Config { profile: 8, level: 7, compatibility };
        let supplemental = of(1).supplemental(*b"dvh1", None).unwrap();
        assert_eq!((&supplemental.codecs[..], supplemental.brand), ("dvh1.08.07", "db1p"));
        assert_eq!(of(4).supplemental(*b"dvh1", None).unwrap().brand, "db4h");
        let bt2020 = Colour { primaries: 9, transfer: 14, matrix: 9, full_range: false };
        assert_eq!(of(4).supplemental(*b"dvh1", Some(bt2020)).unwrap().brand, "db4g");
        assert_eq!(of(6).supplemental(*b"dvh1", None), None);
    }
}
