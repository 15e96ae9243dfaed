//! Frames of DTS Coherent Acoustics (ETSI TS 102 114 V1.6.1 clauses 5.3 and 7.4): where the next one begins, how long its
//! sound lasts, and the `ddts` that describes them (clause E.2.2).

use crate::bytes::{Bits, Writer};
use crate::error::Result;

/// The words that a core frame, and a frame of the extension substream, begin with, and the one of its lossless part.
const CORE: u32 = 0x7ffe_8001;
const EXTENSION: u32 = 0x6458_2025;
const LOSSLESS: [u8; 4] = 0x41a2_9547_u32.to_be_bytes();

/// Samples of a block.
const BLOCK: u32 = 32;

/// `SFREQ`, table 5-5; 0 is reserved.
const SAMPLING_RATES: [u32; 16] =
    [0, 8_000, 16_000, 32_000, 0, 0, 11_025, 22_050, 44_100, 0, 0, 12_000, 24_000, 48_000, 0, 0];

/// `RATE`, table 5-7, in bits a second; what follows isn't fixed.
const BIT_RATES: [u32; 29] = [
    32_000, 56_000, 64_000, 96_000, 112_000, 128_000, 192_000, 224_000, 256_000, 320_000, 384_000, 448_000, 512_000,
    576_000, 640_000, 768_000, 960_000, 1_024_000, 1_152_000, 1_280_000, 1_344_000, 1_408_000, 1_411_200, 1_472_000,
    1_536_000, 1_920_000, 2_048_000, 3_072_000, 3_840_000,
];

/// `AMODE` 0 to 9, table 5-4: the number of channels, and their bits of `ChannelLayout` (table E.5): centre 1, left and
/// right 2, surround 4, centre surround 16.
const MODES: [(u32, u16); 10] = [(1, 1), (2, 2), (2, 2), (2, 2), (2, 2), (3, 3), (3, 18), (4, 19), (4, 6), (5, 7)];

/// The low frequency channel in `ChannelLayout`.
const LFE: u16 = 8;

/// What the beginning of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The size in bytes.
    pub size: usize,
    /// What a frame of the core says; `None` for one of the extension substream, which goes with the core before it.
    pub core: Option<Core>,
}

/// What the header of a core frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Core {
    /// Samples a second.
    pub sampling_rate: u32,
    /// Samples a channel.
    pub samples: u32,
    /// The number of channels.
    pub channels: u32,
    amode: u32,
    layout: u16,
    bit_rate: u32,
    /// Bits of a sample of the source.
    depth: u8,
}

impl Frame {
    /// How many bytes tell a frame.
    pub const HEAD: usize = 16;

    /// Reads the beginning of a frame; `None` where none begins.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let word = u32::from_be_bytes(*bytes.first_chunk()?);
        match word {
            CORE => read_core(bytes).ok().flatten(),
            EXTENSION => read_extension(bytes).ok(),
            _ => None,
        }
    }
}

/// Clause 5.3.1.
fn read_core(bytes: &[u8]) -> Result<Option<Frame>> {
    let mut bits = Bits::new(bytes);
    bits.skip(32 + 1 + 5)?; // SYNC, FTYPE, SHORT
    let has_crc = bits.bit()?;
    let samples = BLOCK * (bits.u(7)? + 1);
    let size = bits.u(14)? as usize + 1;
    let amode = bits.u(6)?;
    let sampling_rate = SAMPLING_RATES[bits.u(4)? as usize];
    let bit_rate = BIT_RATES.get(bits.u(5)? as usize).copied().unwrap_or(0);
    bits.skip(1 + 4 + 3 + 1 + 1)?; // FixedBit, DYNF to HDCD, EXT_AUDIO_ID, EXT_AUDIO, ASPF
    let lfe = bits.u(2)?;
    bits.skip(1 + if has_crc { 16 } else { 0 } + 1 + 4 + 2)?; // HFLAG, HCRC, FILTS, VERNUM, CHIST
    let depth = match bits.u(3)? {
        0 | 1 => 16,
        2 | 3 => 20,
        _ => 24,
    };
    let Some(&(channels, layout)) = MODES.get(amode as usize) else { return Ok(None) };
    // The smallest frame and the fewest blocks that the standard has.
    if size < 96 || samples < 6 * BLOCK || sampling_rate == 0 || lfe == 3 {
        return Ok(None);
    }
    let has_lfe = lfe > 0;
    let core = Core {
        sampling_rate,
        samples,
        channels: channels + u32::from(has_lfe),
        amode,
        layout: layout | if has_lfe { LFE } else { 0 },
        bit_rate,
        depth,
    };
    Ok(Some(Frame { size, core: Some(core) }))
}

/// Clause 7.4.1: sizes count from 0.
fn read_extension(bytes: &[u8]) -> Result<Frame> {
    let mut bits = Bits::new(bytes);
    bits.skip(32 + 8 + 2)?; // SYNCEXTSSH, UserDefinedBits, nExtSSIndex
    let (header, size) = if bits.bit()? { (12, 20) } else { (8, 16) };
    bits.skip(header)?;
    Ok(Frame { size: bits.u(size)? as usize + 1, core: None })
}

impl Core {
    /// The sample entry's name and the content of `ddts`, for frames as the first, of which `bytes` begin with a whole one.
    pub fn ddts(&self, core_size: usize, bytes: &[u8]) -> ([u8; 4], Vec<u8>) {
        let extension = bytes.get(core_size..).unwrap_or_default();
        let frame = Frame::read(extension).filter(|frame| frame.core.is_none());
        let extension = frame.map(|frame| &extension[..frame.size.min(extension.len())]);
        let name = match extension {
            None => *b"dtsc",
            Some(extension) if extension.windows(4).any(|word| *word == LOSSLESS) => *b"dtsl",
            Some(_) => *b"dtsh",
        };
        // Of a stream with extensions the bit rate isn't stated.
        let bit_rate = if extension.is_none() { self.bit_rate } else { 0 };
        let duration = self.samples.checked_div(512).filter(|&frames| frames.is_power_of_two()).map_or(0, u32::ilog2);
        let construction = u32::from(extension.is_none()); // the core alone; 0 where it isn't said
        let has_lfe = u32::from(self.layout & LFE != 0);
        let core_size = u32::try_from(core_size).unwrap_or(0) & 0x3fff;
        let mut out = Writer::new();
        out.u32(self.sampling_rate).u32(bit_rate).u32(bit_rate).u8(self.depth);
        // FrameDuration, StreamConstruction, CoreLFEPresent, CoreLayout, CoreSize, StereoDownmix, RepresentationType.
        out.u32(duration << 30 | construction << 25 | has_lfe << 24 | self.amode << 18 | core_size << 4);
        // ChannelLayout; MultiAssetFlag, LBRDurationMod, ReservedBoxPresent, Reserved.
        out.u16(self.layout).u8(0);
        (name, out.into_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;
    use crate::codec::dts;

    /// A core frame of 512 samples at 48 kHz: 5.1 at 768 kbit/s.
    fn core() -> Vec<u8> {
        let bits = BitWriter::default().u(32, CORE).u(1, 1).u(5, 31).u(1, 0).u(7, 15).u(14, 1023).u(6, 9);
        let bits = bits.u(4, 13).u(5, 15).u(1, 0).u(4, 0).u(3, 0).u(1, 0).u(1, 0).u(2, 2).u(1, 0).u(1, 0).u(4, 7);
        let mut frame = bits.u(2, 0).u(3, 5).bytes();
        frame.resize(1024, 0);
        frame
    }

    /// A frame of the extension substream with a lossless part.
    fn extension() -> Vec<u8> {
        let bits = BitWriter::default().u(32, EXTENSION).u(8, 0).u(2, 0).u(1, 0).u(8, 15).u(16, 63);
        let mut frame = bits.bytes();
        frame.resize(64, 0);
        frame[20..24].copy_from_slice(&LOSSLESS);
        frame
    }

    #[test]
    fn a_core_frame_tells_its_size_sound_and_box() {
        let bytes = core();
        let frame = Frame::read(&bytes).unwrap();
        let of_core = frame.core.unwrap();
        assert_eq!((frame.size, of_core.samples, of_core.sampling_rate, of_core.channels), (1024, 512, 48_000, 6));
        let (name, ddts) = of_core.ddts(frame.size, &bytes);
        assert_eq!((&name, ddts.len()), (b"dtsc", 20));
        let config = dts::Config::read_ddts(name, &ddts).unwrap().unwrap();
        assert_eq!((config.name, config.sampling_rate, config.channels), ("dtsc", Some(48_000), Some(6)));
        // As ETSI TS 102 114 lays it out: 512 samples, core only, LFE, layout 9, 1024 bytes.
        assert_eq!(ddts[13..17], (1u32 << 25 | 1 << 24 | 9 << 18 | 1024 << 4).to_be_bytes());
    }

    #[test]
    fn an_extension_goes_with_its_core_and_names_the_entry() {
        let bytes = [core(), extension()].concat();
        assert_eq!(Frame::read(&bytes[1024..]), Some(Frame { size: 64, core: None }));
        let frame = Frame::read(&bytes).unwrap();
        assert_eq!(frame.core.unwrap().ddts(frame.size, &bytes).0, *b"dtsl");
        assert_eq!(Frame::read(&bytes[..10]), None);
        assert_eq!(Frame::read(&[0; 32]), None);
    }
}
