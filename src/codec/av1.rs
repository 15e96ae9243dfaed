//! AV1: the configuration record of the "AV1 Codec ISO Media File Format Binding", version 1.3, section 2.3, and
//! the bit stream of the "AV1 Bitstream & Decoding Process Specification", version 1.0.0 with errata 1.
//!
//! Only the bytes of `decode_tile()` may be protected (binding, section 4.1). What stands before them takes a
//! whole frame header to find, which in turn depends on the frames before: [`Tiles`] follows them.

mod frame_header;
mod sequence_header;

use std::ops::Range;

use super::colour::Colour;
use super::configuration::Configuration;
use super::description::{Description, EntryName, Hls, Kind};
use super::dolby_vision::{self, Supplemental};
use super::nal::in_unit;
use super::protector::Protector;
use super::start::Start;
use crate::bytes::{Bits, Reader};
use crate::error::{Code, Error, Message, Result};
use frame_header::{FrameHeader, Slots};
use sequence_header::SequenceHeader;

/// AV1.
pub const DESCRIPTION: Description = Description {
    name: "AV1",
    kind: Kind::Video,
    sample_entries: &[EntryName::new(b"av01", b"av1C"), EntryName::new(b"dav1", b"av1C")],
    schemes: &[b"cenc", b"cbcs"],
    hls: Hls { apple: &["av01", "dav1"], dolby_vision: &["dav1"], ..Hls::NONE },
};

/// An AV1CodecConfigurationRecord.
#[derive(Debug, Clone)]
pub struct Config {
    /// The sample entry's coding name: `av01` or `dav1`.
    pub coding_name: [u8; 4],
    /// Dolby Vision's own record beside this one.
    pub dolby_vision: Option<dolby_vision::Config>,
    profile: u8,
    level: u8,
    high_tier: bool,
    bit_depth: u8,
    monochrome: bool,
    /// `chroma_subsampling_x`, `chroma_subsampling_y`, `chroma_sample_position`.
    chroma: [u8; 3],
    /// The sequence header among the `configOBUs`.
    sequence_header: Option<Box<SequenceHeader>>,
}

impl Config {
    /// Reads the content of `av1C` in an entry of this coding name.
    pub fn read(coding_name: [u8; 4], mut reader: Reader<'_>) -> Result<Self> {
        let [marker, profile_and_level, flags, _] = reader.array()?;
        if marker != 0x81 {
            return Err(Error::new(Code::CodecInvalid, message!("av1C has no marker, or its version is not 1")));
        }
        let mut sequence_header = None;
        for obu in obus(reader.rest()) {
            let obu = obu?;
            if obu.kind == OBU_SEQUENCE_HEADER {
                let payload = &reader.rest()[obu.payload];
                let header = SequenceHeader::read(payload).map_err(|error| in_unit(error, "sequence header"))?;
                sequence_header = Some(Box::new(header));
            }
        }
        let bit_depth = match (flags & 0x40 != 0, flags & 0x20 != 0) {
            (false, _) => 8,
            (true, false) => 10,
            (true, true) => 12,
        };
        Ok(Self {
            coding_name,
            dolby_vision: None,
            profile: profile_and_level >> 5,
            level: profile_and_level & 0x1f,
            high_tier: flags & 0x80 != 0,
            bit_depth,
            monochrome: flags & 0x10 != 0,
            chroma: [flags >> 3 & 1, flags >> 2 & 1, flags & 3],
            sequence_header,
        })
    }

    /// Width and height in pixels, the largest of the sequence; `None` where the header is only in band.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.sequence_header.as_ref().map(|header| (header.max_frame_width, header.max_frame_height))
    }

    /// The colour that the sequence header states.
    pub fn colour(&self) -> Option<Colour> {
        self.sequence_header.as_ref()?.colour
    }
}

impl Configuration for Config {
    /// `av01.`, profile, level and tier, bit depth; then the fields of colour, which are all there or none,
    /// where they are known and not what their absence means (binding, section 5). For an entry of Dolby
    /// Vision that one's own.
    fn rfc6381(&self) -> String {
        if let (b"dav1", Some(dolby_vision)) = (&self.coding_name, &self.dolby_vision) {
            return dolby_vision.rfc6381(self.coding_name);
        }
        let tier = if self.high_tier { 'H' } else { 'M' };
        let mut text = format!("av01.{}.{:02}{tier}.{:02}", self.profile, self.level, self.bit_depth);
        let unspecified = Colour::UNSPECIFIED;
        let Colour { primaries, transfer, matrix, full_range } = self.colour().unwrap_or(Colour {
            primaries: unspecified,
            transfer: unspecified,
            matrix: unspecified,
            full_range: false,
        });
        let [x, y, position] = self.chroma;
        let points = [primaries, transfer, matrix];
        let is_default = !self.monochrome && [x, y] == [1, 1] && position == 0 && !full_range;
        if !(is_default && (points == [1; 3] || points == [unspecified; 3])) {
            let (monochrome, range) = (u8::from(self.monochrome), u8::from(full_range));
            text.push_str(&format!(".{monochrome}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{range}"));
        }
        text
    }

    fn is_all_sync(&self) -> bool {
        false
    }

    /// Where the entry is one for all.
    fn supplemental(&self) -> Option<Supplemental> {
        self.dolby_vision.filter(|_| self.coding_name == *b"av01")?.supplemental(*b"dav1", self.colour())
    }

    fn start(&self, sample: &[u8]) -> Start {
        let is_frame = |obu: &Obu| matches!(obu.kind, OBU_FRAME | OBU_FRAME_HEADER);
        let header =
            obus(sample).map_while(Result::ok).find(is_frame).and_then(|obu| sample.get(obu.payload)?.first().copied());
        match header {
            Some(_) if self.sequence_header.as_ref().is_some_and(|header| header.reduced_still_picture_header) => {
                Start::Closed
            }
            // show_existing_frame 0, frame_type KEY_FRAME, show_frame (clause 5.9.2). One that isn't shown yet is a
            // delayed random access point (binding, section 2.5): frames in front of the one that shows it are not
            // decoded from it.
            Some(header) if header & 0xf0 == 0x10 => Start::Closed,
            Some(header) if header & 0xf0 == 0 => Start::Open,
            _ => Start::Nowhere,
        }
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Tiles::new(self))
    }
}

const OBU_SEQUENCE_HEADER: u8 = 1;
const OBU_FRAME_HEADER: u8 = 3;
const OBU_TILE_GROUP: u8 = 4;
const OBU_FRAME: u8 = 6;
const OBU_TILE_LIST: u8 = 8;

/// An open bitstream unit.
#[derive(Debug)]
struct Obu {
    kind: u8,
    temporal_id: u32,
    spatial_id: u32,
    /// Where the payload stands.
    payload: Range<usize>,
}

/// The units of a sample (clause 5.3). Ends after the first error.
fn obus(sample: &[u8]) -> impl Iterator<Item = Result<Obu>> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        if position >= sample.len() {
            return None;
        }
        let obu = read_obu(sample, position);
        position = obu.as_ref().map_or(sample.len(), |obu| obu.payload.end);
        Some(obu)
    })
}

fn read_obu(sample: &[u8], start: usize) -> Result<Obu> {
    let mut bits = Bits::new(&sample[start..]);
    bits.skip(1)?; // obu_forbidden_bit
    let kind = u8::try_from(bits.u(4)?).expect("four bits");
    let (has_extension, has_size) = (bits.bit()?, bits.bit()?);
    bits.skip(1)?; // obu_reserved_1bit
    let (mut temporal_id, mut spatial_id) = (0, 0);
    if has_extension {
        (temporal_id, spatial_id) = (bits.u(3)?, bits.u(2)?);
        bits.skip(3)?;
    }
    // The last unit of a sample may go without a size (binding, section 2.4).
    let size = if has_size { Some(read_leb128(&mut bits)?) } else { None };
    let payload_start = start + bits.bytes_read();
    let left = sample.len() - payload_start;
    let size = match size {
        Some(size) => usize::try_from(size).ok().filter(|&size| size <= left).ok_or_else(|| {
            Error::new(
                Code::CodecInvalid,
                message!(
                    "the OBU at byte {start} of a sample of {size} bytes runs past the end of the sample",
                    start,
                    size = sample.len()
                ),
            )
        })?,
        None => left,
    };
    Ok(Obu { kind, temporal_id, spatial_id, payload: payload_start..payload_start + size })
}

/// `leb128()` of clause 4.10.5.
fn read_leb128(bits: &mut Bits<'_>) -> Result<u64> {
    let mut value = 0;
    for index in 0..8 {
        let byte = bits.u(8)?;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Error::new(Code::CodecInvalid, message!("a leb128 number is longer than 8 bytes")))
}

/// Finds the tiles in samples, each of which is a temporal unit.
#[derive(Debug)]
pub struct Tiles {
    sequence_header: Option<SequenceHeader>,
    slots: Slots,
    /// The frame whose tiles are expected, with the tile that comes next.
    current: Option<(FrameHeader, u32)>,
}

impl Tiles {
    /// Starts with the sequence header of the configuration record, if it holds one.
    pub fn new(config: &Config) -> Self {
        Self { sequence_header: config.sequence_header.as_deref().cloned(), slots: Slots::default(), current: None }
    }
}

impl Protector for Tiles {
    fn keeps_short_ranges(&self) -> bool {
        true
    }

    /// The range of each tile.
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        for obu in obus(sample) {
            let obu = obu?;
            let payload = &sample[obu.payload.clone()];
            match obu.kind {
                OBU_SEQUENCE_HEADER => {
                    let header = SequenceHeader::read(payload).map_err(|error| in_unit(error, "sequence header"))?;
                    self.sequence_header = Some(header);
                }
                // A further one while tiles are expected is a copy.
                OBU_FRAME_HEADER if self.current.is_none() => {
                    self.read_frame_header(&obu, payload)?;
                }
                OBU_FRAME => {
                    let size = self.read_frame_header(&obu, payload)?;
                    self.read_tiles(sample, obu.payload.start + size..obu.payload.end, ranges)?;
                }
                OBU_TILE_GROUP => self.read_tiles(sample, obu.payload, ranges)?,
                OBU_TILE_LIST => {
                    return Err(Error::new(
                        Code::CodecUnsupported,
                        message!("there is no protection rule for tile lists (large scale tile decoding)"),
                    ));
                }
                _ => (),
            }
        }
        Ok(())
    }
}

impl Tiles {
    /// `frame_header_obu()`; gives its size in bytes.
    fn read_frame_header(&mut self, obu: &Obu, payload: &[u8]) -> Result<usize> {
        let sequence = self
            .sequence_header
            .as_ref()
            .ok_or_else(|| Error::new(Code::CodecInvalid, message!("a frame comes before the sequence header")))?;
        let mut bits = Bits::new(payload);
        let header = frame_header::read(&mut bits, sequence, &mut self.slots, (obu.temporal_id, obu.spatial_id))
            .map_err(|error| in_unit(error, "frame header"))?;
        self.current = header.map(|header| (header, 0));
        Ok(bits.bytes_read())
    }

    /// `tile_group_obu()` of clause 5.11.1, in these bytes of the sample.
    fn read_tiles(&mut self, sample: &[u8], group: Range<usize>, ranges: &mut Vec<Range<usize>>) -> Result<()> {
        let invalid = |reason: Message| Error::new(Code::CodecInvalid, message!("in a tile group: {reason}", reason));
        let (header, expected) =
            self.current.take().ok_or_else(|| invalid(message!("no frame header comes before it")))?;
        let mut bits = Bits::new(&sample[group.clone()]);
        let tiles = header.tiles();
        let (mut first, mut last) = (0, tiles - 1);
        if tiles > 1 && bits.bit()? {
            (first, last) = (bits.u(header.tile_bits)?, bits.u(header.tile_bits)?);
        }
        if first != expected || last < first || last >= tiles {
            return Err(invalid(message!(
                "it holds tiles {first} to {last} of {tiles}, but tile {expected} comes next",
                first,
                last,
                tiles,
                expected
            )));
        }
        let mut position = group.start + bits.bytes_read();
        for tile in first..=last {
            let end = if tile == last {
                group.end
            } else {
                let field = position..position + header.tile_size_bytes;
                let size = sample
                    .get(field.clone())
                    .filter(|_| field.end <= group.end)
                    .map(|bytes| bytes.iter().rev().fold(0usize, |size, &byte| size << 8 | usize::from(byte)));
                position = field.end;
                // tile_size_minus_1
                size.and_then(|size| position.checked_add(size)?.checked_add(1)).unwrap_or(usize::MAX)
            };
            if end > group.end || end <= position {
                return Err(invalid(message!("a tile runs past its end")));
            }
            ranges.push(position..end);
            position = end;
        }
        if last + 1 == tiles {
            self.slots.update(&header);
        } else {
            self.current = Some((header, last + 1));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn config(bytes: &[u8]) -> Config {
        Config::read(*b"av01", crate::codec::reader(bytes, 0)).unwrap()
    }

    #[test]
    fn a_name_without_colour_is_short_and_with_colour_complete() {
        // Main profile, level 4.0 (8), 8 bits, 4:2:0 unknown; no sequence header.
        assert_eq!(config(&hex!("81 08 0c 00")).rfc6381(), "av01.0.08M.08");
        // The binding's example is av01.0.04M.10.0.112.09.16.09.0.
        let mut hdr = config(&hex!("81 04 4e 00"));
        let colour = Colour { primaries: 9, transfer: 16, matrix: 9, full_range: false };
        let header = SequenceHeader { colour: Some(colour), ..SequenceHeader::default() };
        hdr.sequence_header = Some(Box::new(header));
        assert_eq!(hdr.rfc6381(), "av01.0.04M.10.0.112.09.16.09.0");
        hdr.dolby_vision = Some(dolby_vision::Config { profile: 10, level: 6, compatibility: 1 });
        assert_eq!(hdr.supplemental().unwrap().codecs, "dav1.10.06");
    }

    #[test]
    fn units_end_with_the_sample() {
        let found: Vec<_> = obus(&hex!("12 00 0a 01 00 30 ff ff")).map(|obu| obu.unwrap()).collect();
        let kinds: Vec<_> = found.iter().map(|obu| (obu.kind, obu.payload.clone())).collect();
        assert_eq!(kinds, [(2, 2..2), (1, 4..5), (6, 6..8)]);
        assert!(obus(&hex!("0a 05 00")).next().unwrap().is_err());
        assert!(obus(&hex!("0a 80 80 80 80 80 80 80 80 00")).next().unwrap().is_err());
    }

    #[test]
    fn a_frame_before_the_sequence_header_is_refused() {
        let mut tiles = Tiles::new(&config(&hex!("81 08 0c 00")));
        let error = tiles.protectable(&hex!("32 02 10 00"), &mut Vec::new()).unwrap_err();
        assert_eq!(error.code, Code::CodecInvalid);
        assert!(tiles.protectable(&hex!("22 02 10 00"), &mut Vec::new()).is_err());
    }

    #[test]
    fn tile_groups_continue_where_the_one_before_ended() {
        let mut tiles = Tiles::new(&config(&hex!("81 08 0c 00")));
        let header = FrameHeader::of_tiles(4, 2, 2);
        tiles.current = Some((header, 0));
        // Present flag, tiles 0 to 1; the first has 3 bytes. Then tiles 2 to 3 with 1 and 2 bytes.
        let sample = hex!("22 08 88 0200 aaaaaa bbbb 22 06 d8 0000 cc dddd");
        let mut ranges = Vec::new();
        tiles.protectable(&sample, &mut ranges).unwrap();
        assert_eq!(ranges, [5..8, 8..10, 15..16, 16..18]);
        assert!(tiles.current.is_none());
    }

    #[test]
    fn a_tile_past_its_group_is_refused() {
        let mut tiles = Tiles::new(&config(&hex!("81 08 0c 00")));
        let header = FrameHeader::of_tiles(2, 1, 4);
        for group in [&hex!("22 06 00 ffffffff aa")[..], &hex!("22 03 00 0100"), &hex!("22 07 00 00000000 aa")] {
            tiles.current = Some((header.clone(), 0));
            assert!(tiles.protectable(group, &mut Vec::new()).is_err());
        }
    }
}
