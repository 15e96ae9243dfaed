//! DTS: `ddts`, the DTSSpecificBox of ETSI TS 102 114 V1.6.1 clause E.2.2, and `udts`, the
//! DTSUHDSpecificBox of ETSI TS 103 491 V1.2.1 clause B.2.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use crate::bytes::Bits;
use crate::error::Result;

/// DTS.
pub const DESCRIPTION: Description = Description {
    name: "DTS",
    kind: Kind::Audio,
    sample_entries: &[
        EntryName::new(b"dtsc", b"ddts"),
        EntryName::new(b"dtse", b"ddts"),
        EntryName::new(b"dtsh", b"ddts"),
        EntryName::new(b"dtsl", b"ddts"),
        EntryName::new(b"dts+", b"ddts"),
        EntryName::new(b"dts-", b"ddts"),
        EntryName::new(b"dtsx", b"udts"),
    ],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What the specific box says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The name in the codecs parameter: the sample entry's, or that of an `mp4a` with DTS in it.
    pub name: &'static str,
    /// Samples a second; `None` where only the bit stream tells it.
    pub sampling_rate: Option<u32>,
    /// The number of channels; `None` where only the bit stream tells it.
    pub channels: Option<u32>,
}

/// The sample entries with `ddts`: core, express, core with extensions, lossless, and the two of DTS-HD
/// that later editions add.
const NAMES: [&str; 6] = ["dtsc", "dtse", "dtsh", "dtsl", "dts+", "dts-"];
/// The bits of `ChannelLayout` (table E.5) that stand for a pair of speakers.
const PAIRS: u32 = 0b1010_1110_0110_0110;

impl Config {
    /// Reads the content of `ddts`, in a sample entry of this name; `None` for an unknown name.
    pub fn read_ddts(name: [u8; 4], ddts: &[u8]) -> Result<Option<Self>> {
        let Some(name) = NAMES.into_iter().find(|known| known.as_bytes() == name) else { return Ok(None) };
        let mut bits = Bits::new(ddts);
        let sampling_rate = bits.u(32)?;
        bits.skip(32 + 32 + 8)?; // bit rates, depth of a sample
        bits.skip(2 + 5 + 1 + 6 + 14 + 1 + 3)?; // duration to RepresentationType
        let layout = bits.u(16)?;
        let channels = layout.count_ones() + (layout & PAIRS).count_ones();
        Ok(Some(Self { name, sampling_rate: nonzero(sampling_rate), channels: nonzero(channels) }))
    }

    /// Reads the content of `udts`, in the sample entry `dtsx`.
    pub fn read_udts(udts: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(udts);
        bits.skip(6 + 2 + 3 + 5)?; // profile, duration, payload, presentations
        let mask = bits.u(32)?; // a bit a speaker
        let base = if bits.bit()? { 48_000 } else { 44_100 };
        let sampling_rate = base << bits.u(2)?;
        Ok(Self { name: "dtsx", sampling_rate: Some(sampling_rate), channels: nonzero(mask.count_ones()) })
    }

    /// DTS in an `mp4a` entry, by `objectTypeIndication` (MP4RA): core, high resolution, master audio,
    /// express. `None` for another codec.
    pub fn from_object_type(object_type: u8) -> Option<Self> {
        let name = match object_type {
            0xa9 => "mp4a.A9",
            0xaa => "mp4a.AA",
            0xab => "mp4a.AB",
            0xac => "mp4a.AC",
            _ => return None,
        };
        Some(Self { name, sampling_rate: None, channels: None })
    }
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        self.name.to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        /// Of the core, of an extension substream and, in profile 2, of DTS-UHD's frames.
        const SYNC: [u32; 4] = [0x7ffe_8001, 0x6458_2025, 0x4041_1bf2, 0x71c4_42e8];
        let word = u32::from_be_bytes(*sample.first_chunk()?);
        Some(SYNC.contains(&word))
    }
}

fn nonzero(value: u32) -> Option<u32> {
    (value != 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn ddts_of_a_core_in_5_1() {
        // 48 kHz, 768 kbit/s, 24 bits; 1024 samples, core only; layout: C, L/R, Ls/Rs, LFE (0x000f).
        let bytes = hex!("0000bb80 000bb800 000bb800 18 41 24 00 00 000f 00");
        let config = Config::read_ddts(*b"dtsc", &bytes).unwrap().unwrap();
        assert_eq!(config, Config { name: "dtsc", sampling_rate: Some(48_000), channels: Some(6) });
        assert_eq!(Config::read_ddts(*b"dtsq", &bytes), Ok(None));
        assert!(Config::read_ddts(*b"dtsh", &bytes[..16]).is_err());
    }

    #[test]
    fn udts_counts_speakers() {
        // The mask 0x3f of Shaka Packager's tests (5.1), base 48 kHz, no multiple.
        let config = Config::read_udts(&hex!("01 20 0000003f 80 00")).unwrap();
        assert_eq!(config, Config { name: "dtsx", sampling_rate: Some(48_000), channels: Some(6) });
    }
}
