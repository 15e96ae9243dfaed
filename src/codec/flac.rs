//! FLAC: `dfLa`, the FLACSpecificBox of "Encapsulation of FLAC in ISO Base Media File Format" 0.0.4,
//! clause 3.3.2: the metadata blocks of RFC 9639 section 8.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use crate::bytes::{Bits, Reader};
use crate::error::{Code, Error, Result};

/// FLAC.
pub const DESCRIPTION: Description = Description {
    name: "FLAC",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"fLaC", b"dfLa")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What STREAMINFO says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Samples a second: up to 1,048,575, which the sample entry's field of 16 bits can't say.
    pub sampling_rate: u32,
    /// The number of channels.
    pub channels: u32,
}

impl Config {
    /// Reads the box's content. The first metadata block must be STREAMINFO.
    pub fn read(mut dfla: Reader<'_>) -> Result<Self> {
        const STREAM_INFO: u8 = 0;
        dfla.skip(4)?; // version and flags
        let at = dfla.offset();
        if dfla.u8()? & 0x7f != STREAM_INFO {
            return Err(
                Error::new(Code::CodecInvalid, message!("the FLACSpecificBox doesn't begin with STREAMINFO")).at(at)
            );
        }
        let length = dfla.u24()?;
        let mut block = dfla.sub(usize::try_from(length).expect("24 bits"))?;
        block.skip(2 + 2 + 3 + 3)?; // block and frame sizes
        let mut bits = Bits::new(block.rest());
        let sampling_rate = bits.u(20)?;
        if sampling_rate == 0 {
            return Err(Error::new(Code::CodecInvalid, message!("STREAMINFO has no sampling rate")).at(at));
        }
        Ok(Self { sampling_rate, channels: bits.u(3)? + 1 })
    }
}

impl Configuration for Config {
    /// The name that players take. The sample entry is `fLaC`, and RFC 6381 would have that; browsers know
    /// `flac`, and Chromium has claimed `fLaC` and then failed (its issue 1422728).
    fn rfc6381(&self) -> String {
        "flac".to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        Some(samples(sample).is_some())
    }
}

/// Samples a channel of a frame, from its header (RFC 9639 section 9.1); `None` where no frame begins.
pub fn samples(frame: &[u8]) -> Option<u32> {
    let [0xff, 0xf8 | 0xf9, codes, ..] = *frame else { return None };
    let code = codes >> 4;
    Some(match code {
        0 => return None,
        1 => 192,
        2..=5 => 576 << (code - 2),
        6 | 7 => {
            // Behind the coded number, which is as long as UTF-8's first byte says.
            let number = frame.get(4)?.leading_ones();
            let at = 4 + if number == 0 { 1 } else { usize::try_from(number).ok()? };
            match code {
                6 => u32::from(*frame.get(at)?) + 1,
                _ => u32::from(u16::from_be_bytes([*frame.get(at)?, *frame.get(at + 1)?])) + 1,
            }
        }
        _ => 256 << (code - 8),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn a_rate_above_16_bits() {
        // 96 kHz (0x17700), stereo, 24 bits: STREAMINFO's bit fields of RFC 9639 section 8.2.
        let bytes =
            hex!("00000000 80000022 1000 1000 000000 000000 17700 2f0 00000000" "00000000000000000000000000000000");
        assert_eq!(
            Config::read(crate::codec::reader(&bytes, 0)).unwrap(),
            Config { sampling_rate: 96_000, channels: 2 }
        );
        assert!(Config::read(crate::codec::reader(&bytes[..20], 0)).is_err());
    }

    #[test]
    fn frames_tell_their_duration() {
        // RFC 9639 table 14: 4096; 8 bits behind a number of one byte; 16 bits behind one of two bytes.
        let frames: [&[u8]; 3] = [&hex!("fff8 c918 00"), &hex!("fff8 6918 00 ff"), &hex!("fff8 7918 c280 11ff")];
        assert_eq!(frames.map(samples), [Some(4096), Some(256), Some(4608)]);
        assert_eq!([&hex!("fff8 0918 00")[..], &hex!("fffa c918 00"), &[]].map(samples), [None; 3]);
    }

    #[test]
    fn another_block_first_is_refused() {
        assert!(Config::read(crate::codec::reader(&hex!("00000000 84000000"), 0)).is_err());
    }
}
