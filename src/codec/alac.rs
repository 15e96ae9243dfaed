//! Apple Lossless: the ALACSpecificConfig in the box `alac` within the sample entry `alac` (Apple's
//! "ALACMagicCookieDescription").

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use crate::bytes::{Bits, Reader};
use crate::error::Result;

/// Apple Lossless.
pub const DESCRIPTION: Description = Description {
    name: "ALAC",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"alac", b"alac")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What ALACSpecificConfig says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Samples a second.
    pub sampling_rate: u32,
    /// The number of channels.
    pub channels: u32,
}

impl Config {
    /// Reads the box's content.
    pub fn read(mut alac: Reader<'_>) -> Result<Self> {
        alac.skip(4)?; // version and flags
        alac.skip(4 + 1 + 1 + 3)?; // frameLength, compatibleVersion, bitDepth, rice parameters
        let channels = u32::from(alac.u8()?);
        alac.skip(2 + 4 + 4)?; // maxRun, maxFrameBytes, avgBitRate
        Ok(Self { sampling_rate: alac.u32()?, channels })
    }
}

/// How many samples a packet holds that says so itself: its first element has the flag for it, as the last packet of a
/// track does (`ALACEncoder.cpp`: the element's kind and number, twelve unused bits, `partialFrame`, two bits of shift and
/// one of escape, then the number).
pub fn samples(packet: &[u8]) -> Option<u32> {
    let mut bits = Bits::new(packet);
    let kind = bits.u(3).ok().filter(|kind| matches!(kind, 0 | 1 | 3))?;
    bits.skip(4 + 12).ok()?;
    let is_partial = bits.bit().ok()?;
    bits.skip(2 + 1).ok()?;
    let samples = bits.u(32).ok()?;
    (is_partial && kind != 3 && samples > 0).then_some(samples)
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        "alac".to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        /// Behind the element's kind and its number twelve bits are unused and zero.
        const UNUSED: u32 = 0x1_ffe0;
        let first: [u8; 3] = *sample.first_chunk()?;
        let bits = u32::from_be_bytes([0, first[0], first[1], first[2]]);
        let kind = bits >> 21;
        Some(matches!(kind, 4 | 6) || bits & UNUSED == 0) // data and filling have other fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn a_packet_may_say_that_it_is_shorter() {
        use crate::bytes::BitWriter;
        let packet = |partial| BitWriter::default().u(3, 1).u(16, 0).u(1, partial).u(3, 0).u(32, 700).bytes();
        assert_eq!((samples(&packet(1)), samples(&packet(0))), (Some(700), None));
        assert_eq!(samples(&[0x20]), None);
    }

    #[test]
    fn rate_and_channels() {
        // As ffmpeg writes it for 44.1 kHz stereo, 16 bits.
        let bytes = hex!("00000000 00001000 00 10 28 0a 0e 02 00ff 00006018 00000000 0000ac44");
        assert_eq!(
            Config::read(crate::codec::reader(&bytes, 0)).unwrap(),
            Config { sampling_rate: 44_100, channels: 2 }
        );
        assert!(Config::read(crate::codec::reader(&bytes[..25], 0)).is_err());
    }
}
