//! VP9 in `vp09`: the configuration record of the "VP Codec ISO Media File Format Binding", version 1.0, which
//! VP8 shares, and the uncompressed header of the "VP9 Bitstream & Decoding Process Specification", version
//! 0.6, clause 6.2.
//!
//! In each frame the uncompressed header stays clear and the rest may be protected; the index behind the frames
//! of a superframe stays clear. Only `cenc` is defined.

use std::ops::Range;

use super::colour::Colour;
use super::configuration::Configuration;
use super::description::{Description, EntryName, Hls, Kind};
use super::protector::Protector;
use super::start::Start;
use crate::bytes::{Bits, Reader};
use crate::error::{Code, Error, Message, Result};

/// VP9.
pub const DESCRIPTION: Description = Description {
    name: "VP9",
    kind: Kind::Video,
    sample_entries: &[EntryName::new(b"vp09", b"vpcC")],
    schemes: &[b"cenc"],
    hls: Hls { words: &["vp9"], ..Hls::NONE },
};

/// A VPCodecConfigurationRecord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The sample entry's coding name: `vp08` or `vp09`.
    pub coding_name: [u8; 4],
    /// The profile, 0 to 3.
    pub profile: u8,
    /// The level times ten; 0 where the writer didn't know.
    pub level: u8,
    /// Bits of a sample: 8, 10 or 12.
    pub bit_depth: u8,
    /// Chroma subsampling and colour; `None` in the deprecated version 0, which has other code points.
    pub colour: Option<(u8, Colour)>,
}

impl Config {
    /// Reads the content of `vpcC` in an entry of this coding name, whose pictures have so many pixels: the
    /// level where the record states none.
    pub fn read(coding_name: [u8; 4], mut reader: Reader<'_>, pixels: u64) -> Result<Self> {
        let version = reader.u8()?;
        reader.skip(3)?;
        let [profile, level, depth, primaries, transfer, matrix] = match version {
            // Version 0: the depth shares its byte with a colour space, and what follows differs.
            0 => [reader.u8()?, reader.u8()?, reader.u8()?, 0, 0, 0],
            _ => reader.array()?,
        };
        let colour = Colour { primaries, transfer, matrix, full_range: depth & 1 == 1 };
        Ok(Self {
            coding_name,
            profile,
            level: if level == 0 { level_of(pixels) } else { level },
            bit_depth: depth >> 4,
            colour: (version > 0).then_some((depth >> 1 & 7, colour)),
        })
    }
}

impl Configuration for Config {
    /// `vp09.` and two-digit fields; those of colour are all there or none ("Codecs Parameter String").
    fn rfc6381(&self) -> String {
        let name = String::from_utf8_lossy(&self.coding_name);
        let mut text = format!("{name}.{:02}.{:02}.{:02}", self.profile, self.level, self.bit_depth);
        if let Some((subsampling, Colour { primaries, transfer, matrix, full_range })) = self.colour {
            let range = u8::from(full_range);
            text.push_str(&format!(".{subsampling:02}.{primaries:02}.{transfer:02}.{matrix:02}.{range:02}"));
        }
        text
    }

    fn is_all_sync(&self) -> bool {
        false
    }

    fn start(&self, sample: &[u8]) -> Start {
        let is_key = || {
            let first = frames(sample).ok()?.into_iter().next()?;
            is_key_frame(&sample[first]).ok()
        };
        if is_key() == Some(true) { Start::Closed } else { Start::Nowhere }
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Frames::default())
    }
}

/// Whether a frame is a key frame, by the beginning of its uncompressed header (clause 6.2).
fn is_key_frame(frame: &[u8]) -> Result<bool> {
    let mut bits = Bits::new(frame);
    bits.skip(2)?; // frame_marker
    let profile = bits.u(1)? | bits.u(1)? << 1;
    if profile == 3 {
        bits.skip(1)?;
    }
    let (shows_existing, is_inter) = (bits.bit()?, bits.bit()?);
    Ok(!shows_existing && !is_inter)
}

/// The lowest level whose pictures may be so large (VP9 specification, annex A).
pub fn level_of(pixels: u64) -> u8 {
    const LEVELS: [(u64, u8); 8] = [
        (36_864, 10),
        (73_728, 11),
        (122_880, 20),
        (245_760, 21),
        (552_960, 30),
        (983_040, 31),
        (2_228_224, 40),
        (8_912_896, 50),
    ];
    LEVELS.iter().find(|(most, _)| pixels <= *most).map_or(60, |(_, level)| *level)
}

/// A record (the content of `vpcC`) for a stream that begins with this frame of VP9, with this colour where the
/// container knows it and this level where it is known; `None` for a frame that isn't a key frame.
pub fn record_of(frame: &[u8], colour: Option<Colour>, level: u8) -> Option<Vec<u8>> {
    let mut bits = Bits::new(frame);
    if bits.u(2).ok()? != FRAME_MARKER {
        return None;
    }
    let profile = bits.u(1).ok()? | bits.u(1).ok()? << 1;
    if profile == 3 {
        bits.skip(1).ok()?; // reserved_zero
    }
    if bits.u(2).ok()? != 0 {
        return None; // show_existing_frame, frame_type
    }
    bits.skip(2).ok()?; // show_frame, error_resilient_mode
    read_sync_code(&mut bits).ok()?;
    let depth = match profile {
        0 | 1 => 8,
        _ if bits.bit().ok()? => 12,
        _ => 10,
    };
    let space = bits.u(3).ok()?;
    let is_rgb = space == 7;
    let full_range = is_rgb || bits.bit().ok()?;
    // 4:2:0 with the chroma on the luma's place, 4:2:2, 4:4:4 (and 4:4:0, which the record has no number for).
    let subsampling = match (profile & 1 == 1, is_rgb) {
        (true, false) => match bits.u(2).ok()? {
            0 => 3,
            2 => 2,
            _ => 1,
        },
        (true, true) => 3,
        _ => 1,
    };
    // `color_space` says no more than the matrix (ISO/IEC 23091-2), but for RGB.
    let matrix = [2, 5, 1, 6, 7, 9, 2, 0][space as usize];
    let unspecified = Colour::UNSPECIFIED;
    let own = Colour { primaries: unspecified, transfer: unspecified, matrix, full_range };
    let colour = colour.unwrap_or(own);
    let profile = u8::try_from(profile).expect("two bits");
    Some(record(profile, level, depth, subsampling, colour))
}

/// A record of VP8, which has one profile in this sense, 8 bits and 4:2:0.
pub fn vp8_record(colour: Option<Colour>, level: u8) -> Vec<u8> {
    let unspecified = Colour::UNSPECIFIED;
    let own = Colour { primaries: unspecified, transfer: unspecified, matrix: unspecified, full_range: false };
    record(0, level, 8, 1, colour.unwrap_or(own))
}

fn record(profile: u8, level: u8, depth: u8, subsampling: u8, colour: Colour) -> Vec<u8> {
    let depth = depth << 4 | subsampling << 1 | u8::from(colour.full_range);
    vec![1, 0, 0, 0, profile, level, depth, colour.primaries, colour.transfer, colour.matrix, 0, 0]
}

/// Finds what may be protected in the frames of samples.
#[derive(Debug, Default)]
pub struct Frames {
    /// Width and height of the pictures in the eight slots for references; `None` for an empty one.
    slots: [Option<(u32, u32)>; 8],
}

impl Protector for Frames {
    /// The range of each frame's compressed data.
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        for frame in frames(sample)? {
            let clear = self.read_header(&sample[frame.clone()]).map_err(|mut error| {
                error.message = message!("in the uncompressed header of a VP9 frame: {reason}", reason = error.message);
                error
            })?;
            if frame.start + clear < frame.end {
                ranges.push(frame.start + clear..frame.end);
            }
        }
        Ok(())
    }
}

impl Frames {
    /// `uncompressed_header()`, and what decoding the frame does to the slots; gives the header's size in bytes.
    fn read_header(&mut self, frame: &[u8]) -> Result<usize> {
        let mut bits = Bits::new(frame);
        if bits.u(2)? != FRAME_MARKER {
            return Err(invalid(message!("the frame marker is missing")));
        }
        let profile = bits.u(1)? | bits.u(1)? << 1;
        if profile == 3 {
            bits.skip(1)?; // reserved_zero
        }
        if bits.bit()? {
            // show_existing_frame: nothing is coded.
            return Ok(frame.len());
        }
        let is_key = !bits.bit()?;
        let is_shown = bits.bit()?;
        let error_resilient = bits.bit()?;
        let (refresh, size);
        if is_key {
            read_sync_code(&mut bits)?;
            skip_colour(&mut bits, profile)?;
            refresh = 0xff;
            size = read_size(&mut bits)?;
            skip_render_size(&mut bits)?;
        } else {
            let intra_only = !is_shown && bits.bit()?;
            if !error_resilient {
                bits.skip(2)?; // reset_frame_context
            }
            if intra_only {
                read_sync_code(&mut bits)?;
                if profile > 0 {
                    skip_colour(&mut bits, profile)?;
                }
                refresh = bits.u(8)?;
                size = read_size(&mut bits)?;
                skip_render_size(&mut bits)?;
            } else {
                refresh = bits.u(8)?;
                size = self.read_inter(&mut bits)?;
            }
        }
        if !error_resilient {
            bits.skip(2)?; // refresh_frame_context, frame_parallel_decoding_mode
        }
        bits.skip(2)?; // frame_context_idx
        skip_loop_filter(&mut bits)?;
        skip_quantization(&mut bits)?;
        skip_segmentation(&mut bits)?;
        skip_tiles(&mut bits, size.0)?;
        bits.skip(16)?; // header_size_in_bytes
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if refresh >> index & 1 == 1 {
                *slot = Some(size);
            }
        }
        Ok(bits.bytes_read())
    }

    /// References, size and motion vectors of an inter frame.
    fn read_inter(&self, bits: &mut Bits<'_>) -> Result<(u32, u32)> {
        let mut references = [0; 3];
        for reference in &mut references {
            *reference = bits.u(3)?;
            bits.skip(1)?; // ref_frame_sign_bias
        }
        let mut found = None;
        for reference in references {
            if bits.bit()? {
                let slot = self.slots[reference as usize];
                found = Some(slot.ok_or_else(|| invalid(message!("a frame refers to one that is missing")))?);
                break;
            }
        }
        let size = match found {
            Some(size) => size,
            None => read_size(bits)?,
        };
        skip_render_size(bits)?;
        bits.skip(1)?; // allow_high_precision_mv
        if !bits.bit()? {
            bits.skip(2)?; // raw_interpolation_filter
        }
        Ok(size)
    }
}

/// The frames of a sample, which are several in a superframe (annex B).
fn frames(sample: &[u8]) -> Result<Vec<Range<usize>>> {
    let Some((frame_sizes, end)) = superframe_index(sample) else {
        return Ok(if sample.is_empty() { Vec::new() } else { vec![0..sample.len()] });
    };
    let mut frames = Vec::new();
    let mut position = 0;
    for size in frame_sizes {
        if size > end - position {
            return Err(invalid(message!("a frame of a superframe runs past its end")));
        }
        // A frame without a byte is one that was dropped.
        if size > 0 {
            frames.push(position..position + size);
        }
        position += size;
    }
    Ok(frames)
}

/// The sizes of a superframe's frames in bytes, and where its index starts.
fn superframe_index(sample: &[u8]) -> Option<(Vec<usize>, usize)> {
    let &marker = sample.last()?;
    if marker & 0xe0 != 0xc0 {
        return None;
    }
    let (count, width) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let start = sample.len().checked_sub(2 + count * width)?;
    if sample[start] != marker {
        return None;
    }
    let sizes = sample[start + 1..sample.len() - 1].chunks(width);
    let little_endian = |bytes: &[u8]| bytes.iter().rev().fold(0usize, |size, &byte| size << 8 | usize::from(byte));
    Some((sizes.map(little_endian).collect(), start))
}

const FRAME_MARKER: u32 = 2;

fn invalid(message: Message) -> Error {
    Error::new(Code::CodecInvalid, message)
}

/// `frame_sync_code()`.
fn read_sync_code(bits: &mut Bits<'_>) -> Result<()> {
    match bits.u(24)? {
        0x49_8342 => Ok(()),
        _ => Err(invalid(message!("the sync code is missing"))),
    }
}

/// `color_config()`.
fn skip_colour(bits: &mut Bits<'_>, profile: u32) -> Result<()> {
    const RGB: u32 = 7;
    if profile >= 2 {
        bits.skip(1)?; // ten_or_twelve_bit
    }
    let has_subsampling = profile & 1 == 1;
    if bits.u(3)? == RGB {
        bits.skip(u32::from(has_subsampling)) // reserved_zero
    } else {
        bits.skip(if has_subsampling { 4 } else { 1 }) // color_range; subsampling_x, subsampling_y, reserved_zero
    }
}

/// `frame_size()`.
fn read_size(bits: &mut Bits<'_>) -> Result<(u32, u32)> {
    Ok((bits.u(16)? + 1, bits.u(16)? + 1))
}

/// `render_size()`.
fn skip_render_size(bits: &mut Bits<'_>) -> Result<()> {
    if bits.bit()? { bits.skip(32) } else { Ok(()) }
}

/// `loop_filter_params()`.
fn skip_loop_filter(bits: &mut Bits<'_>) -> Result<()> {
    bits.skip(6 + 3)?; // level, sharpness
    if bits.bit()? && bits.bit()? {
        // Four deltas of references, two of modes.
        for _ in 0..4 + 2 {
            if bits.bit()? {
                bits.skip(6 + 1)?;
            }
        }
    }
    Ok(())
}

/// `quantization_params()`.
fn skip_quantization(bits: &mut Bits<'_>) -> Result<()> {
    bits.skip(8)?; // base_q_idx
    for _ in 0..3 {
        if bits.bit()? {
            bits.skip(4 + 1)?;
        }
    }
    Ok(())
}

/// `segmentation_params()`.
fn skip_segmentation(bits: &mut Bits<'_>) -> Result<()> {
    /// The bits of each feature's value, and whether a sign follows.
    const FEATURES: [(u32, bool); 4] = [(8, true), (6, true), (2, false), (0, false)];
    if !bits.bit()? {
        return Ok(());
    }
    if bits.bit()? {
        let skip_probability = |bits: &mut Bits<'_>| if bits.bit()? { bits.skip(8) } else { Ok(()) };
        (0..7).try_for_each(|_| skip_probability(bits))?;
        if bits.bit()? {
            (0..3).try_for_each(|_| skip_probability(bits))?;
        }
    }
    if bits.bit()? {
        bits.skip(1)?; // segmentation_abs_or_delta_update
        for _segment in 0..8 {
            for (size, signed) in FEATURES {
                if bits.bit()? {
                    bits.skip(size + u32::from(signed))?;
                }
            }
        }
    }
    Ok(())
}

/// `tile_info()` of a frame so many pixels wide.
fn skip_tiles(bits: &mut Bits<'_>, width: u32) -> Result<()> {
    const MIN_WIDTH: u32 = 4;
    const MAX_WIDTH: u32 = 64;
    let columns = width.div_ceil(64);
    let mut log2 = 0;
    while MAX_WIDTH << log2 < columns {
        log2 += 1;
    }
    let mut max = 1;
    while columns >> max >= MIN_WIDTH {
        max += 1;
    }
    while log2 < max - 1 && bits.bit()? {
        log2 += 1;
    }
    if bits.bit()? {
        bits.skip(1)?; // increment_tile_rows_log2
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;
    use hex_literal::hex;

    fn key_frame() -> Vec<u8> {
        let size = BitWriter::default().u(2, 2).u(2, 0).u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(24, 0x49_8342).u(4, 2);
        let header =
            size.u(16, 319).u(16, 179).u(1, 0).u(2, 1).u(2, 0).u(9, 0).u(1, 0).u(8, 60).u(3, 0).u(1, 0).u(1, 0);
        // 320 pixels have 5 columns of 64: no choice of tile columns. Then the compressed header's size: 121 bits.
        [&header.u(16, 50).bytes()[..], &[0x55; 30]].concat()
    }

    #[test]
    fn the_uncompressed_header_of_a_key_frame_is_clear() {
        let mut ranges = Vec::new();
        Frames::default().protectable(&key_frame(), &mut ranges).unwrap();
        let bits: usize = 8 + 24 + 4 + 32 + 1 + 2 + 2 + 9 + 1 + 8 + 3 + 1 + 1 + 16;
        assert_eq!(ranges, [bits.div_ceil(8)..key_frame().len()]);
    }

    #[test]
    fn a_key_frame_makes_a_record() {
        // Profile 0, no colour space, limited range.
        let mut frame = key_frame();
        assert_eq!(record_of(&frame, None, 20).unwrap(), hex!("01000000 00 14 82 02 02 05 0000")); // BT.601
        let colour = Colour { primaries: 9, transfer: 16, matrix: 9, full_range: false };
        assert_eq!(record_of(&frame, Some(colour), 0).unwrap(), hex!("01000000 00 00 82 09 10 09 0000"));
        frame[0] |= 4; // not a key frame
        assert_eq!(record_of(&frame, None, 20), None);
        // Profile 1, BT.709 and 4:4:4; profile 2 with 12 bits.
        let one = BitWriter::default().u(2, 2).u(2, 2).u(2, 0).u(2, 2).u(24, 0x49_8342).u(3, 2).u(1, 1).u(3, 0);
        assert_eq!(record_of(&one.bytes(), None, 20).unwrap()[4..10], hex!("01 14 87 02 02 01"));
        let two = BitWriter::default().u(2, 2).u(2, 1).u(2, 0).u(2, 2).u(24, 0x49_8342).u(1, 1).u(3, 5).u(1, 0);
        assert_eq!(record_of(&two.bytes(), None, 20).unwrap()[4..10], hex!("02 14 c2 02 02 09"));
    }

    #[test]
    fn a_superframes_frames_are_protected_and_its_index_is_clear() {
        let frame = key_frame();
        let size = u8::try_from(frame.len()).unwrap();
        let shown = [0b1000_1000]; // profile 0, show_existing_frame
        let sample = [&frame[..], &frame, &shown, &[0xc2, size, size, 1, 0xc2]].concat();
        let mut ranges = Vec::new();
        Frames::default().protectable(&sample, &mut ranges).unwrap();
        let (first, end) = (ranges[0].start, frame.len());
        assert_eq!(ranges, [first..end, end + first..2 * end]);
    }

    #[test]
    fn a_superframe_that_goes_past_its_end_is_refused() {
        let sample = hex!("82 49 83 42 c1 04 09 c1");
        assert_eq!(Frames::default().protectable(&sample, &mut Vec::new()).unwrap_err().code, Code::CodecInvalid);
    }

    #[test]
    fn an_inter_frame_takes_its_size_from_a_reference_that_must_be_there() {
        let inter =
            BitWriter::default().u(2, 2).u(2, 0).u(1, 0).u(1, 1).u(1, 1).u(1, 0).u(2, 0).u(8, 1).u(12, 0).u(1, 1);
        let inter = inter.u(1, 0).u(1, 0).u(1, 1).u(2, 1).u(2, 0).u(9, 0).u(1, 0).u(8, 60).u(3, 0).u(1, 0).u(1, 0);
        let inter = [&inter.u(16, 50).bytes()[..], &[0x55; 30]].concat();
        assert!(Frames::default().protectable(&inter, &mut Vec::new()).is_err());
        let mut frames = Frames::default();
        frames.protectable(&key_frame(), &mut Vec::new()).unwrap();
        frames.protectable(&inter, &mut Vec::new()).unwrap();
        assert_eq!(frames.slots, [Some((320, 180)); 8]);
    }

    #[test]
    fn names_have_two_digits_and_colour_where_it_is_known() {
        // The binding's own example: profile 2, level 1, 10 bits, BT.2020 and ST 2084, full range.
        let record = hex!("01000000 02 0a a3 09 10 09 0000");
        let config = Config::read(*b"vp09", crate::codec::reader(&record, 0), 0).unwrap();
        assert_eq!(config.rfc6381(), "vp09.02.10.10.01.09.16.09.01");
        let old =
            Config::read(*b"vp09", crate::codec::reader(&hex!("00000000 00 00 80 00 0000"), 0), 320 * 180).unwrap();
        assert_eq!(old.rfc6381(), "vp09.00.11.08");
    }
}
