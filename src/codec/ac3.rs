//! AC-3: `dac3`, the AC3SpecificBox of ETSI TS 102 366 V1.4.1 clause F.4.

use super::configuration::{Configuration, Speakers};
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::dolby_frames;
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

/// How often the rate of `fscod` is halved: `bsid` 9 and 10 stand for a half and a quarter of it, as encoders have it
/// beside the standard.
pub(super) fn halvings(bsid: u32) -> u32 {
    if bsid <= 10 { bsid.saturating_sub(8) } else { 0 }
}

impl Config {
    /// Reads the box's content.
    pub fn read(dac3: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(dac3);
        let fscod = bits.u(2)? as usize;
        let halvings = halvings(bits.u(5)?);
        let sampling_rate = SAMPLING_RATES[fscod].map(|rate| rate >> halvings);
        bits.skip(3)?; // bsmod
        let audio_coding_mode = bits.u(3)?;
        Ok(Self { sampling_rate, channel_map: channel_map(audio_coding_mode, bits.bit()?) })
    }
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        "ac-3".to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        Some(dolby_frames::Frame::read(sample).is_some())
    }

    fn speakers(&self) -> Option<Speakers> {
        Some(Speakers::Digital { channel_map: self.channel_map, joint_object_coding: None })
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
    fn bsid_9_and_10_halve_the_rate() {
        // fscod 1, acmod 1: bsid 8, 9 and 10.
        for (dac3, rate) in [(hex!("50 08 40"), 44_100), (hex!("52 08 40"), 22_050), (hex!("54 08 40"), 11_025)] {
            assert_eq!(Config::read(&dac3).unwrap().sampling_rate, Some(rate));
        }
    }

    #[test]
    fn stereo_at_44_khz() {
        // fscod 1, bsid 8, bsmod 0, acmod 2, no LFE.
        let config = Config::read(&hex!("50 11 40")).unwrap();
        assert_eq!((config.sampling_rate, channel_count(config.channel_map)), (Some(44_100), 2));
    }
}
