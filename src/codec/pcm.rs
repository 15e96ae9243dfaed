//! PCM in MP4: the sample entries `ipcm` and `fpcm` with the box `pcmC` (ISO/IEC 23003-5:2020 clause 5), and QuickTime's
//! sound descriptions, which say the same in other words.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use crate::bytes::Reader;
use crate::error::Result;

/// PCM.
pub const DESCRIPTION: Description = Description {
    name: "PCM",
    kind: Kind::Audio,
    sample_entries: &[
        EntryName::new(b"ipcm", b"pcmC"),
        EntryName::new(b"fpcm", b"pcmC"),
        EntryName::bare(b"sowt"),
        EntryName::bare(b"twos"),
        EntryName::bare(b"in24"),
        EntryName::bare(b"in32"),
        EntryName::bare(b"fl32"),
        EntryName::bare(b"fl64"),
        EntryName::bare(b"lpcm"),
    ],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// How samples of sound are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Whether they are floating-point numbers (`fpcm`), not integers (`ipcm`).
    pub is_float: bool,
    /// Whether their lowest byte comes first.
    pub is_little_endian: bool,
    /// Bits of each: 16, 24 or 32; of floating-point numbers 32 or 64.
    pub bits: u8,
    /// Samples a second; 0 where the track's times say it, as above 65,535.
    pub sampling_rate: u32,
    /// The number of channels.
    pub channels: u32,
}

impl Config {
    /// Reads the content of `pcmC`; sampling rate and channels are the entry's.
    pub fn read(mut reader: Reader<'_>, is_float: bool, sampling_rate: u32, channels: u32) -> Result<Self> {
        const LITTLE_ENDIAN: u8 = 1;
        reader.skip(4)?; // version and flags
        let flags = reader.u8()?;
        Ok(Self { is_float, is_little_endian: flags & LITTLE_ENDIAN != 0, bits: reader.u8()?, sampling_rate, channels })
    }

    /// Whether MP4 has a way to say it: it has none for samples of 8 bits.
    pub fn is_packaged(&self) -> bool {
        let fits = match self.is_float {
            false => matches!(self.bits, 16 | 24 | 32),
            true => matches!(self.bits, 32 | 64),
        };
        fits && self.channels > 0
    }

    /// How many bytes the samples of all channels take at one time.
    pub fn frame_size(&self) -> u32 {
        u32::from(self.bits / 8).saturating_mul(self.channels)
    }

    /// The sample entry's name in MP4.
    pub fn name(&self) -> [u8; 4] {
        if self.is_float { *b"fpcm" } else { *b"ipcm" }
    }
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        String::from_utf8_lossy(&self.name()).into_owned()
    }
}
