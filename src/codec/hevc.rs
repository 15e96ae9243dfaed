//! HEVC: the configuration record of ISO/IEC 14496-15:2022 clause 8.3.3, the parameter sets and the
//! slice segment header of ISO/IEC 23008-2:2020 (ITU-T H.265) clauses 7.3.2 and 7.3.6.
//!
//! Only the slice segment data of the NAL units of types 0 to 31 may be protected; what stands before it,
//! the whole slice segment header with its entry points and alignment included, stays clear (ISO/IEC
//! 23001-7:2016 clause 9.5, 23000-19 clause 8.2.2.3).

mod family;
mod parameter_sets;
mod record;
mod slice_header;

use std::ops::Range;

use super::colour::Colour;
use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::dolby_vision::{self, Supplemental};
use super::nal::{begins_picture, in_unit, nals, recovery_point, units};
use super::nal_family::NalFamily;
use super::protector::Protector;
use super::start::{Leading, Start};
use crate::bytes::{Bits, Reader};
use crate::error::{Code, Error, Result};
pub use family::NAL_FAMILY;
use parameter_sets::ParameterSets;

/// HEVC. `hvc2` and `hev2` have extractors and are not read.
pub const DESCRIPTION: Description = Description {
    name: "HEVC",
    kind: Kind::Video,
    sample_entries: &[
        EntryName::new(b"hvc1", b"hvcC"),
        EntryName::new(b"hev1", b"hvcC"),
        EntryName::new(b"dvh1", b"hvcC"),
        EntryName::new(b"dvhe", b"hvcC"),
    ],
    schemes: ALL_SCHEMES,
    hls: Hls {
        words: &["hvc2", "hev2"],
        apple: &["hvc1", "hev1", "dvh1", "dvhe"],
        dolby_vision: &["dvh1", "dvhe"],
        ..Hls::NONE
    },
};

/// An HEVCDecoderConfigurationRecord.
#[derive(Debug, Clone)]
pub struct Config {
    /// The sample entry's coding name: `hvc1`, `hev1`, `dvh1` or `dvhe`.
    pub coding_name: [u8; 4],
    /// The size of the length before each NAL unit in bytes: 1, 2 or 4.
    pub length_size: usize,
    /// Dolby Vision's own record beside this one.
    pub dolby_vision: Option<dolby_vision::Config>,
    /// The record up to `general_level_idc`.
    profile: [u8; 13],
    parameter_sets: ParameterSets,
    /// Which types of parameter sets the record lists: VPS, SPS, PPS.
    listed: [bool; 3],
}

const NAL_VCL_END: u8 = 32;
const NAL_VPS: u8 = 32;
const NAL_SPS: u8 = 33;
const NAL_PPS: u8 = 34;

/// Where `numOfArrays` stands in the record.
const NUM_OF_ARRAYS: usize = 22;

impl Config {
    /// Reads the content of `hvcC` in an entry of this coding name.
    pub fn read(coding_name: [u8; 4], mut reader: Reader<'_>) -> Result<Self> {
        let profile = reader.array()?;
        reader.skip(2 + 4 + 2)?; // segmentation, parallelism, chroma and depths, frame rate
        let length_size = usize::from(reader.u8()? & 3) + 1;
        if length_size == 3 {
            return Err(Error::new(Code::CodecInvalid, message!("the NAL unit lengths of hvcC are 3 bytes long"))
                .at(reader.offset()));
        }
        let (mut parameter_sets, mut listed) = (ParameterSets::default(), [false; 3]);
        for _ in 0..reader.u8()? {
            reader.skip(1)?; // array_completeness and the type, which each NAL unit says itself
            for _ in 0..reader.u16()? {
                let size = reader.u16()?;
                let nal = reader.take(usize::from(size))?;
                parameter_sets.take(nal)?;
                if let Some(kind @ NAL_VPS..=NAL_PPS) = nal_type(nal) {
                    listed[usize::from(kind - NAL_VPS)] = true;
                }
            }
        }
        Ok(Self { coding_name, length_size, dolby_vision: None, profile, parameter_sets, listed })
    }

    /// Width and height in pixels of a frame after cropping, of the first sequence parameter set; `None`
    /// where the sets are only in band.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.parameter_sets.first().map(|sps| (sps.width, sps.height))
    }

    /// The sample aspect ratio that the first sequence parameter set states.
    pub fn sample_aspect_ratio(&self) -> Option<(u32, u32)> {
        self.parameter_sets.first()?.usability.sample_aspect_ratio
    }

    /// The colour that the first sequence parameter set states.
    pub fn colour(&self) -> Option<Colour> {
        self.parameter_sets.first()?.usability.colour
    }
}

impl Configuration for Config {
    /// `hvc1.` or `hev1.`, then profile, compatibility flags in reverse order, tier and level, constraints
    /// (ISO/IEC 14496-15:2022 annex E); for an entry of Dolby Vision that one's own.
    fn rfc6381(&self) -> String {
        if let (b"dvh1" | b"dvhe", Some(dolby_vision)) = (&self.coding_name, &self.dolby_vision) {
            return dolby_vision.rfc6381(self.coding_name);
        }
        let [_, space, flags @ .., level] = self.profile;
        let (compatibility, constraints) = flags.split_at(4);
        let compatibility = u32::from_be_bytes(compatibility.try_into().expect("four bytes")).reverse_bits();
        let name = match &self.coding_name {
            b"dvh1" => "hvc1".into(),
            b"dvhe" => "hev1".into(),
            name => String::from_utf8_lossy(name),
        };
        let letter = ["", "A", "B", "C"][usize::from(space >> 6)];
        let tier = if space & 0x20 == 0 { 'L' } else { 'H' };
        let mut text = format!("{name}.{letter}{}.{compatibility:X}.{tier}{level}", space & 0x1f);
        let used = constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        for byte in &constraints[..used] {
            text.push_str(&format!(".{byte:X}"));
        }
        text
    }

    fn is_all_sync(&self) -> bool {
        false
    }

    /// Where the entry is one for all.
    fn supplemental(&self) -> Option<Supplemental> {
        let name = match &self.coding_name {
            b"hvc1" => *b"dvh1",
            b"hev1" => *b"dvhe",
            _ => return None,
        };
        self.dolby_vision?.supplemental(name, self.colour())
    }

    fn start(&self, sample: &[u8]) -> Start {
        start(&nals(sample, self.length_size))
    }

    fn leading(&self, sample: &[u8]) -> Leading {
        leading(&nals(sample, self.length_size))
    }

    fn nal_family(&self) -> Option<&'static NalFamily> {
        Some(&NAL_FAMILY)
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        begins_picture(sample, self.length_size, &NAL_FAMILY)
    }

    /// Whether the record lists one of each type.
    fn has_parameter_sets(&self) -> bool {
        self.listed == [true; 3]
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Slices::new(self))
    }
}

/// A record (the content of `hvcC`) with the parameter sets that stand in `sample` appended, for a record that
/// has none; `None` where the sample doesn't hold one of each type.
/// How decoding can start with the picture of these NAL units: by its type (ISO/IEC 23008-2 table 7-1), or a recovery
/// point.
fn start(nals: &[&[u8]]) -> Start {
    const PREFIX_SEI: u8 = 39;
    let mut information = nals.iter().filter(|nal| nal_type(nal) == Some(PREFIX_SEI));
    match picture_type(nals) {
        Some(19 | 20) => Start::Closed,
        Some(16..=23) => Start::Open,
        Some(_) => match information.find_map(|nal| recovery_point(nal.get(NAL_HEADER..).unwrap_or_default())) {
            Some(true) => Start::Open,
            Some(false) => Start::Gradual,
            None => Start::Nowhere,
        },
        None => Start::Nowhere,
    }
}

/// What the picture of these NAL units is to the one that it leads.
fn leading(nals: &[&[u8]]) -> Leading {
    match picture_type(nals) {
        Some(6 | 7) => Leading::Decodable, // RADL
        _ => Leading::Undecodable,
    }
}

/// The type of a picture, of the base layer.
fn picture_type(nals: &[&[u8]]) -> Option<u8> {
    let mut pictures = nals.iter().filter(|nal| nal.len() >= NAL_HEADER && layer_id(nal) == 0);
    pictures.find_map(|nal| nal_type(nal).filter(|&kind| kind < NAL_VCL_END))
}

fn with_parameter_sets_of(record: &[u8], length_size: usize, sample: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut found = [const { Vec::new() }; 3];
    for nal in units(sample, length_size) {
        let nal = &sample[nal?];
        if let (Some(kind @ NAL_VPS..=NAL_PPS), Ok(_)) = (nal_type(nal), u16::try_from(nal.len())) {
            found[usize::from(kind - NAL_VPS)].push(nal);
        }
    }
    if found.iter().any(Vec::is_empty) || record.len() <= NUM_OF_ARRAYS {
        return Ok(None);
    }
    // What else the arrays held, SEI messages for all samples, is left out: it is in band, too.
    let mut out = record[..NUM_OF_ARRAYS].to_vec();
    out.push(3);
    for (kind, nals) in (NAL_VPS..).zip(found) {
        out.push(COMPLETE | kind);
        let count = u16::try_from(nals.len()).unwrap_or(u16::MAX);
        out.extend(count.to_be_bytes());
        for nal in nals.iter().take(usize::from(count)) {
            out.extend(u16::try_from(nal.len()).expect("checked above").to_be_bytes());
            out.extend(*nal);
        }
    }
    Ok(Some(out))
}

/// `array_completeness`.
const COMPLETE: u8 = 0x80;

/// Sets `array_completeness` for the parameter sets of a record, as `hvc1` demands (ISO/IEC 14496-15:2022
/// clause 8.4.1).
fn mark_complete(record: &mut [u8]) -> Result<()> {
    let mut reader = super::reader(record, 0);
    reader.skip(NUM_OF_ARRAYS)?;
    let mut marks = Vec::new();
    for _ in 0..reader.u8()? {
        let at = record.len() - reader.rest().len();
        if matches!(reader.u8()? & 0x3f, NAL_VPS..=NAL_PPS) {
            marks.push(at);
        }
        for _ in 0..reader.u16()? {
            let size = reader.u16()?;
            reader.skip(usize::from(size))?;
        }
    }
    marks.into_iter().for_each(|at| record[at] |= COMPLETE);
    Ok(())
}

/// The size of `nal_unit_header()` in bytes.
const NAL_HEADER: usize = 2;

/// `nal_unit_type`; `None` for a NAL unit without a whole header.
fn nal_type(nal: &[u8]) -> Option<u8> {
    nal.get(..NAL_HEADER).map(|header| header[0] >> 1 & 0x3f)
}

/// `nuh_layer_id` of a NAL unit with a whole header.
fn layer_id(nal: &[u8]) -> u8 {
    (nal[0] & 1) << 5 | nal[1] >> 3
}

/// Finds the slice segment data in samples of length-prefixed NAL units.
#[derive(Debug)]
pub struct Slices {
    length_size: usize,
    parameter_sets: ParameterSets,
}

impl Slices {
    /// Starts with the parameter sets of the configuration record.
    pub fn new(config: &Config) -> Self {
        Self { length_size: config.length_size, parameter_sets: config.parameter_sets.clone() }
    }
}

impl Protector for Slices {
    /// The range of each slice segment's data.
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        for nal in units(sample, self.length_size) {
            let nal = nal?;
            let bytes = &sample[nal.clone()];
            match nal_type(bytes) {
                Some(kind) if kind < NAL_VCL_END => {
                    if layer_id(bytes) > 0 {
                        return Err(Error::new(
                            Code::CodecUnsupported,
                            message!(
                                "a picture has a second layer (MV-HEVC, used for spatial video, or SHVC), which tabpack can't read"
                            ),
                        ));
                    }
                    let mut bits = Bits::without_emulation_prevention(&bytes[NAL_HEADER..]);
                    slice_header::skip(kind, &mut bits, &self.parameter_sets)
                        .map_err(|error| in_unit(error, "slice segment header"))?;
                    ranges.push(nal.start + NAL_HEADER + bits.bytes_read()..nal.end);
                }
                Some(NAL_VPS..=NAL_PPS) => self.parameter_sets.take(bytes)?,
                _ => (),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;
    use hex_literal::hex;

    /// The hvcC of a 320x180 encode by x265, Main profile, level 2.
    const HVCC: [u8; 112] = hex!(
        "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003c959409"
        "a10001002b42010101600000030090000003000003003ca00a080b9f796565924caf016808000003000800000300c040a20001"
        "00074401c172b46240"
    );

    fn config() -> Config {
        Config::read(*b"hvc1", crate::codec::reader(&HVCC, 0)).unwrap()
    }

    fn sample(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat()).collect()
    }

    #[test]
    fn a_record_gives_name_and_size() {
        let config = config();
        assert_eq!(config.rfc6381(), "hvc1.1.6.L60.90");
        assert_eq!(config.size(), Some((320, 180)));
        assert_eq!(config.sample_aspect_ratio(), Some((1, 1)));
        assert_eq!(config.length_size, 4);
        assert!(config.has_parameter_sets());
    }

    #[test]
    fn the_name_has_space_tier_and_constraints_without_trailing_zeros() {
        // ISO/IEC 14496-15:2022 annex E has this example: profile space 1 (A), profile 2, compatibility
        // flags 4 in reverse, High tier, level 4, one constraint byte.
        let mut config = config();
        config.profile = [1, 0x40 | 0x20 | 2, 0x20, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 120];
        assert_eq!(config.rfc6381(), "hvc1.A2.4.H120.B0");
        config.profile[6..12].fill(0);
        assert_eq!(config.rfc6381(), "hvc1.A2.4.H120");
    }

    #[test]
    fn dolby_vision_names_itself_or_stands_beside() {
        let mut config = config();
        config.dolby_vision = Some(dolby_vision::Config { profile: 8, level: 3, compatibility: 1 });
        assert_eq!(config.rfc6381(), "hvc1.1.6.L60.90");
        assert_eq!(config.supplemental().unwrap().codecs, "dvh1.08.03");
        config.coding_name = *b"dvh1";
        assert_eq!(config.rfc6381(), "dvh1.08.03");
        assert_eq!(config.supplemental(), None);
    }

    #[test]
    fn slice_segment_headers_end_where_ffmpegs_tracer_says() {
        // The first two NAL units that go with the record, with entry points and weights: headers of 72 and 96
        // bits (ffmpeg's trace_headers).
        let idr = hex!("2801af0f58b8f08820 d79eb701d6e702941b1e08bf4f44ff");
        let p = hex!("0201d011578431878c4e11a9 66bfffe6aebfc6a4cbc109d4");
        let mut ranges = Vec::new();
        Slices::new(&config()).protectable(&sample(&[&hex!("46 01 50"), &idr, &p]), &mut ranges).unwrap();
        assert_eq!(ranges, [7 + 4 + 9..35, 35 + 4 + 12..63]);
    }

    #[test]
    fn a_dependent_slice_segment_has_an_address_and_entry_points_only() {
        let sps = parameter_sets::Sps { pic_size_in_ctbs: 15, ..Default::default() };
        let pps = parameter_sets::Pps {
            dependent_slice_segments_enabled: true,
            entropy_coding_sync_enabled: true,
            slice_header_extension_present: true,
            ..Default::default()
        };
        let sets = ParameterSets::of(sps, pps);
        // Not first; pps 0; dependent; address 9 in 4 bits; 2 entry points of 6 bits; extension of 1 byte;
        // 1 + 1 + 1 + 4 + 3 + 5 + 12 + 3 + 8 bits, and the alignment bit: 39.
        let header = BitWriter::default().u(1, 0).ue(0).u(1, 1).u(4, 9).ue(2).ue(5).u(12, 0xfff).ue(1).u(8, 0).u(1, 1);
        let bytes = header.bytes();
        let mut bits = Bits::without_emulation_prevention(&bytes);
        slice_header::skip(1, &mut bits, &sets).unwrap();
        assert_eq!(bits.bytes_read(), 5);
    }

    #[test]
    fn an_alignment_bit_that_begins_a_byte_makes_that_byte_clear() {
        let sets = ParameterSets::of(Default::default(), Default::default());
        // First; pps 0; type I; POC and sets as an IDR has none; qp of 9 bits: 1 + 1 + 1 + 3 + … = 16 bits.
        let bytes = BitWriter::default().u(1, 1).u(1, 0).ue(0).ue(2).ue(254).u(3, 0).u(8, 0x80).bytes();
        let mut bits = Bits::without_emulation_prevention(&bytes);
        slice_header::skip(19, &mut bits, &sets).unwrap();
        assert_eq!(bits.bytes_read(), 3);
    }

    #[test]
    fn a_second_layer_is_refused_by_name() {
        let error =
            Slices::new(&config()).protectable(&sample(&[&[1 << 1, 1 << 3 | 1, 0x80]]), &mut Vec::new()).unwrap_err();
        assert_eq!(error.code, Code::CodecUnsupported);
        assert!(error.message.text().contains("MV-HEVC"));
    }

    #[test]
    fn a_record_without_sets_takes_those_of_a_sample() {
        let bare = [&HVCC[..NUM_OF_ARRAYS], &[0]].concat();
        let config = Config::read(*b"hev1", crate::codec::reader(&bare, 0)).unwrap();
        assert!(!config.has_parameter_sets());
        let (vps, sps, pps) = (&HVCC[28..52], &HVCC[57..100], &HVCC[105..112]);
        let first = sample(&[vps, sps, pps, &[19 << 1, 1, 0x80]]);
        let record = with_parameter_sets_of(&bare, 4, &first).unwrap().unwrap();
        let config = Config::read(*b"hev1", crate::codec::reader(&record, 0)).unwrap();
        assert!(config.has_parameter_sets());
        assert_eq!(config.size(), Some((320, 180)));
        assert_eq!(with_parameter_sets_of(&bare, 4, &sample(&[sps, pps])).unwrap(), None);
    }

    #[test]
    fn completeness_is_marked_in_place() {
        let mut record = HVCC;
        record[23] &= !COMPLETE;
        mark_complete(&mut record).unwrap();
        assert_eq!(record, HVCC);
    }
}
