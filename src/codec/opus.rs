//! Opus: `dOps`, the OpusSpecificBox of "Encapsulation of Opus in ISO Base Media File Format" 0.8.1,
//! clause 4.3.2.

use crate::bytes::Reader;
use crate::error::{Code, Error, Result};

/// What `dOps` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// `OutputChannelCount`.
    pub channels: u32,
    /// Samples at 48 kHz to throw away at the start; the edit list says the same in an MP4.
    pub pre_skip: u16,
}

/// Opus always decodes to 48 kHz; `InputSampleRate` is only what the encoder was given.
pub const SAMPLING_RATE: u32 = 48_000;

/// The name that players take. The sample entry is `Opus`, and RFC 6381 would have that; browsers know
/// `opus`, and some of them only that.
pub const RFC6381: &str = "opus";

impl Config {
    /// Reads the box's content.
    pub fn read(mut dops: Reader<'_>) -> Result<Self> {
        let at = dops.offset();
        if dops.u8()? != 0 {
            return Err(Error::new(Code::CodecUnsupported, "an OpusSpecificBox of an unknown version").at(at));
        }
        let channels = u32::from(dops.u8()?);
        if channels == 0 {
            return Err(Error::new(Code::CodecInvalid, "the OpusSpecificBox has no channel").at(at));
        }
        Ok(Self { channels, pre_skip: dops.u16()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn channels_and_pre_skip() {
        // As ffmpeg writes it: stereo, pre-skip 312, 48 kHz, no gain, family 0.
        let bytes = hex!("00 02 0138 0000bb80 0000 00");
        assert_eq!(Config::read(Reader::new(&bytes, 0)).unwrap(), Config { channels: 2, pre_skip: 312 });
        assert!(Config::read(Reader::new(&hex!("00 00 0138"), 0)).is_err());
        assert!(Config::read(Reader::new(&hex!("01 02 0138"), 0)).is_err());
    }
}
