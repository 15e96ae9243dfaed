//! MPEG-4 AAC: the AudioSpecificConfig of ISO/IEC 14496-3:2019 clause 1.6.2.1.

use crate::bytes::Bits;
use crate::error::{Code, Error, Result};

/// What an AudioSpecificConfig says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The audio object type that RFC 6381 names: 2 for AAC-LC, 5 for HE-AAC, 29 for HE-AAC v2.
    pub object_type: u32,
    /// The sampling rate of the decoded sound in Hz: with explicit SBR the doubled one.
    pub sampling_rate: u32,
    /// The number of channels; `None` where a program config element holds it.
    pub channels: Option<u32>,
}

const SBR: u32 = 5;
const PS: u32 = 29;

/// `samplingFrequencyIndex` 0 to 12, table 1.18.
const SAMPLING_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
/// `channelConfiguration` 0 to 15, table 1.19; 0 stands for a program config element or a reserved value.
const CHANNELS: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0];

impl Config {
    /// Reads the decoder specific info of `esds`.
    pub fn read(config: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(config);
        let object_type = read_object_type(&mut bits)?;
        let core_rate = read_sampling_rate(&mut bits)?;
        let channel_configuration = bits.u(4)?;
        // Explicit hierarchical signalling: the extension comes first, then the core's object type.
        let sampling_rate =
            if object_type == SBR || object_type == PS { read_sampling_rate(&mut bits)? } else { core_rate };
        let channels = CHANNELS[channel_configuration as usize];
        // Parametric stereo turns one coded channel into two.
        let channels = if object_type == PS && channels == 1 { 2 } else { channels };
        Ok(Self { object_type, sampling_rate, channels: (channels != 0).then_some(channels) })
    }

    /// `mp4a.40.` and the object type (RFC 6381 section 3.3).
    pub fn rfc6381(&self) -> String {
        format!("mp4a.40.{}", self.object_type)
    }
}

fn read_object_type(bits: &mut Bits<'_>) -> Result<u32> {
    match bits.u(5)? {
        31 => Ok(32 + bits.u(6)?),
        object_type => Ok(object_type),
    }
}

fn read_sampling_rate(bits: &mut Bits<'_>) -> Result<u32> {
    let rate = match bits.u(4)? {
        15 => bits.u(24)?,
        index => SAMPLING_RATES.get(index as usize).copied().unwrap_or(0),
    };
    if rate == 0 {
        return Err(Error::new(Code::CodecInvalid, "the AudioSpecificConfig has no sampling rate"));
    }
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aac_lc_stereo_at_44100() {
        let config = Config::read(&[0x12, 0x10]).unwrap();
        assert_eq!(config, Config { object_type: 2, sampling_rate: 44_100, channels: Some(2) });
        assert_eq!(config.rfc6381(), "mp4a.40.2");
    }

    #[test]
    fn he_aac_names_the_doubled_rate() {
        // Object type 5, core 24 kHz (6), stereo, extension 48 kHz (3), core object type 2.
        let config = Config::read(&[0b0010_1011, 0b0001_0001, 0b1000_1000]).unwrap();
        assert_eq!(config, Config { object_type: 5, sampling_rate: 48_000, channels: Some(2) });
    }

    #[test]
    fn he_aac_v2_makes_two_channels_of_one() {
        // Object type 29, core 22.05 kHz (7), mono, extension 44.1 kHz (4), core object type 2.
        let config = Config::read(&[0b1110_1011, 0b1000_1010, 0b0000_1000]).unwrap();
        assert_eq!(config, Config { object_type: 29, sampling_rate: 44_100, channels: Some(2) });
    }
}
