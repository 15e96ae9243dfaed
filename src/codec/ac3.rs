//! AC-3: `dac3`, the AC3SpecificBox of ETSI TS 102 366 V1.4.1 clause F.4.

use super::configuration::{Configuration, Dolby};
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::ec3::channel_map;
use crate::bytes::Bits;
use crate::error::Result;

/// AC-3.
pub const DESCRIPTION: Description = Description {
    name: "AC-3",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"ac-3", b"dac3")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What `dac3` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The sampling rate in Hz; `None` where the field is reserved.
    pub sampling_rate: Option<u32>,
    /// The channels, a bit each or a bit a pair, as in E-AC-3's `chanmap` (table E.1.4).
    pub channel_map: u16,
}

/// `fscod`, table 4.1.
pub(super) const SAMPLING_RATES: [Option<u32>; 4] = [Some(48_000), Some(44_100), Some(32_000), None];

impl Config {
    /// Reads the box's content.
    pub fn read(dac3: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(dac3);
        let sampling_rate = SAMPLING_RATES[bits.u(2)? as usize];
        bits.skip(5 + 3)?; // bsid, bsmod
        let audio_coding_mode = bits.u(3)?;
        Ok(Self { sampling_rate, channel_map: channel_map(audio_coding_mode, bits.bit()?) })
    }
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        "ac-3".to_owned()
    }

    fn dolby(&self) -> Option<Dolby> {
        Some(Dolby::Digital { channel_map: self.channel_map, joint_object_coding: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::ec3::channel_count;
    use hex_literal::hex;

    #[test]
    fn five_point_one_at_48_khz() {
        // As ffmpeg writes it for 5.1 at 384 kbit/s.
        let config = Config::read(&hex!("10 3d c0")).unwrap();
        assert_eq!(config, Config { sampling_rate: Some(48_000), channel_map: 0xf801 });
        assert_eq!(channel_count(config.channel_map), 6);
        assert!(Config::read(&[0x10]).is_err());
    }

    #[test]
    fn stereo_at_44_khz() {
        // fscod 1, bsid 8, bsmod 0, acmod 2, no LFE.
        let config = Config::read(&hex!("50 11 40")).unwrap();
        assert_eq!((config.sampling_rate, channel_count(config.channel_map)), (Some(44_100), 2));
    }
}
