//! Opus: `dOps`, the OpusSpecificBox of "Encapsulation of Opus in ISO Base Media File Format" 0.8.1,
//! clause 4.3.2.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use crate::bytes::Reader;
use crate::error::{Code, Error, Result};

/// Opus.
pub const DESCRIPTION: Description = Description {
    name: "Opus",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"Opus", b"dOps")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

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

impl Config {
    /// Reads the box's content.
    pub fn read(mut dops: Reader<'_>) -> Result<Self> {
        let at = dops.offset();
        if dops.u8()? != 0 {
            return Err(
                Error::new(Code::CodecUnsupported, message!("the version of the OpusSpecificBox is unknown")).at(at)
            );
        }
        let channels = u32::from(dops.u8()?);
        if channels == 0 {
            return Err(Error::new(Code::CodecInvalid, message!("the OpusSpecificBox has no channels")).at(at));
        }
        Ok(Self { channels, pre_skip: dops.u16()? })
    }
}

impl Configuration for Config {
    /// The name that players take. The sample entry is `Opus`, and RFC 6381 would have that; browsers know
    /// `opus`, and some of them only that.
    fn rfc6381(&self) -> String {
        "opus".to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        Some(samples(sample).is_some())
    }
}

/// How many samples a packet holds, from its first two bytes (RFC 6716 section 3.1); `None` for a packet that
/// breaks its rules.
pub fn samples(packet: &[u8]) -> Option<u32> {
    /// Samples of a frame in `SILK`'s modes: 10, 20, 40 and 60 ms.
    const SILK: [u32; 4] = [480, 960, 1920, 2880];
    /// 120 ms: the longest packet.
    const MOST: u32 = 5760;
    let &toc = packet.first()?;
    let mode = usize::from(toc >> 3);
    let frame = match mode {
        0..=11 => SILK[mode & 3],
        12..=15 => SILK[mode & 1],
        _ => 120 << (mode & 3),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*packet.get(1)? & 0x3f),
    };
    Some(frame * frames).filter(|&samples| (1..=MOST).contains(&samples))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn channels_and_pre_skip() {
        // As ffmpeg writes it: stereo, pre-skip 312, 48 kHz, no gain, family 0.
        let bytes = hex!("00 02 0138 0000bb80 0000 00");
        assert_eq!(Config::read(crate::codec::reader(&bytes, 0)).unwrap(), Config { channels: 2, pre_skip: 312 });
        assert!(Config::read(crate::codec::reader(&hex!("00 00 0138"), 0)).is_err());
        assert!(Config::read(crate::codec::reader(&hex!("01 02 0138"), 0)).is_err());
    }

    #[test]
    fn packets_tell_their_duration() {
        // RFC 6716 table 2: CELT of 20 ms, one frame; of 2.5 ms, two; SILK of 60 ms, one; hybrid of 10 ms, three.
        let packets: [&[u8]; 4] = [&[0xfc], &[0xe1], &[0x18], &[0x63, 3]];
        assert_eq!(packets.map(samples), [Some(960), Some(240), Some(2880), Some(1440)]);
        // None, one without its count, 48 frames of 60 ms.
        let bad: [&[u8]; 3] = [&[], &[0x63], &[0x1b, 48]];
        assert_eq!(bad.map(samples), [None; 3]);
    }
}
