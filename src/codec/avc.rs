//! H.264: the configuration record of ISO/IEC 14496-15:2022 clause 5.3.3, the parameter sets and the
//! slice header of ISO/IEC 14496-10 clauses 7.3.2 and 7.3.3.
//!
//! Only the slice data of NAL units 1 and 5 may be protected; what stands before it, the whole slice
//! header included, stays clear (ISO/IEC 23001-7:2016 clause 9.5, 23000-19 clause 8.2.2.3).

mod family;
mod order;
mod parameter_sets;
mod picture;
mod slice_header;

use std::ops::Range;

use super::colour::Colour;
use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::dolby_vision::{self, Supplemental};
use super::nal::{begins_picture, in_unit, nals, recovery_point, units};
use super::nal_family::NalFamily;
use super::protector::Protector;
use super::start::Start;
use crate::bytes::{Bits, Reader};
use crate::error::{Code, Error, Result};
pub use family::NAL_FAMILY;
use parameter_sets::ParameterSets;
use slice_header::SliceType;

/// H.264. `avc2` and `avc4` have extractors and are not read.
pub const DESCRIPTION: Description = Description {
    name: "H.264",
    kind: Kind::Video,
    sample_entries: &[
        EntryName::new(b"avc1", b"avcC"),
        EntryName::new(b"avc3", b"avcC"),
        EntryName::new(b"dva1", b"avcC"),
        EntryName::new(b"dvav", b"avcC"),
    ],
    schemes: ALL_SCHEMES,
    hls: Hls {
        words: &["avc2", "avc4"],
        apple: &["avc1", "avc3"],
        every_device: &["avc1", "avc2", "avc3", "avc4"],
        ..Hls::NONE
    },
};

/// An AVCDecoderConfigurationRecord.
#[derive(Debug, Clone)]
pub struct Config {
    /// The sample entry's coding name: `avc1`, `avc3`, `dva1` or `dvav`.
    pub coding_name: [u8; 4],
    /// `AVCProfileIndication`, `profile_compatibility` and `AVCLevelIndication`.
    pub profile: [u8; 3],
    /// The size of the length before each NAL unit in bytes: 1, 2 or 4.
    pub length_size: usize,
    /// Dolby Vision's own record beside this one.
    pub dolby_vision: Option<dolby_vision::Config>,
    parameter_sets: ParameterSets,
}

impl Config {
    /// Reads the content of `avcC` in an entry of this coding name.
    pub fn read(coding_name: [u8; 4], mut reader: Reader<'_>) -> Result<Self> {
        reader.skip(1)?; // configurationVersion
        let profile = reader.array()?;
        let length_size = usize::from(reader.u8()? & 3) + 1;
        if length_size == 3 {
            return Err(Error::new(Code::CodecInvalid, message!("the NAL unit lengths of avcC are 3 bytes long"))
                .at(reader.offset()));
        }
        let mut parameter_sets = ParameterSets::default();
        for mask in [0x1f, 0xff] {
            for _ in 0..reader.u8()? & mask {
                let size = reader.u16()?;
                parameter_sets.take(reader.take(usize::from(size))?)?;
            }
        }
        Ok(Self { coding_name, profile, length_size, dolby_vision: None, parameter_sets })
    }

    /// Width and height in pixels after cropping, of the first sequence parameter set; `None` where the
    /// sets are only in band.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.parameter_sets.sps.first().map(|sps| (sps.width, sps.height))
    }

    /// The sample aspect ratio that the first sequence parameter set states.
    pub fn sample_aspect_ratio(&self) -> Option<(u32, u32)> {
        self.parameter_sets.sps.first()?.usability.sample_aspect_ratio
    }

    /// The colour that the first sequence parameter set states.
    pub fn colour(&self) -> Option<Colour> {
        self.parameter_sets.sps.first()?.usability.colour
    }
}

impl Configuration for Config {
    /// `avc1.` or `avc3.` and three bytes in hexadecimal (RFC 6381 section 3.3); for an entry of Dolby Vision
    /// that one's own.
    fn rfc6381(&self) -> String {
        let name = match (&self.coding_name, &self.dolby_vision) {
            (b"dva1" | b"dvav", Some(dolby_vision)) => return dolby_vision.rfc6381(self.coding_name),
            (b"dva1", None) => "avc1".into(),
            (b"dvav", None) => "avc3".into(),
            (name, _) => String::from_utf8_lossy(name),
        };
        let [profile, compatibility, level] = self.profile;
        format!("{name}.{profile:02x}{compatibility:02x}{level:02x}")
    }

    fn is_all_sync(&self) -> bool {
        false
    }

    /// Where the entry is one for all.
    fn supplemental(&self) -> Option<Supplemental> {
        let name = match &self.coding_name {
            b"avc1" => *b"dva1",
            b"avc3" => *b"dvav",
            _ => return None,
        };
        self.dolby_vision?.supplemental(name, self.colour())
    }

    fn start(&self, sample: &[u8]) -> Start {
        start(&nals(sample, self.length_size))
    }

    fn nal_family(&self) -> Option<&'static NalFamily> {
        Some(&NAL_FAMILY)
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        begins_picture(sample, self.length_size, &NAL_FAMILY)
    }

    /// Those of CAVLC are: a variable-length code is never as dense as arithmetic coding.
    fn has_uneven_bytes(&self) -> bool {
        let sets = &self.parameter_sets.pps;
        !sets.is_empty() && sets.all().all(|pps| !pps.entropy_coding_mode)
    }

    /// Whether the record lists some.
    fn has_parameter_sets(&self) -> bool {
        !self.parameter_sets.sps.is_empty() && !self.parameter_sets.pps.is_empty()
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Slices::new(self))
    }
}

/// A record (the content of `avcC`) with the parameter sets that stand in `sample`, for a record that has
/// none; `None` where the sample holds none either.
fn with_parameter_sets_of(record: &[u8], length_size: usize, sample: &[u8]) -> Result<Option<Vec<u8>>> {
    let (mut sps, mut pps) = (Vec::new(), Vec::new());
    for nal in units(sample, length_size) {
        let nal = &sample[nal?];
        match nal.first().map(|header| header & 0x1f) {
            Some(NAL_SPS) if nal.len() >= 4 => sps.push(nal),
            Some(NAL_PPS) => pps.push(nal),
            _ => (),
        }
    }
    let (Some(first), false, Some(&lengths)) = (sps.first(), pps.is_empty(), record.get(4)) else { return Ok(None) };
    // The profile is that of the sequence parameter set; what follows the sets in profiles from High up
    // repeats what they say and may be left out.
    let mut out = vec![1, first[1], first[2], first[3], lengths];
    for (nals, most, reserved) in [(&sps, 31, 0xe0), (&pps, 255, 0)] {
        let nals = || nals.iter().take(most).filter_map(|nal| Some((u16::try_from(nal.len()).ok()?, nal)));
        out.push(reserved | u8::try_from(nals().count()).expect("at most 255"));
        for (size, nal) in nals() {
            out.extend(size.to_be_bytes());
            out.extend(*nal);
        }
    }
    Ok(Some(out))
}

const NAL_SLICE: u8 = 1;
const NAL_PARTITION_A: u8 = 2;
const NAL_PARTITION_C: u8 = 4;
const NAL_IDR_SLICE: u8 = 5;
const NAL_SEI: u8 = 6;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

/// Finds the slice data in samples of length-prefixed NAL units.
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
    /// The range of each slice's data.
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        for nal in units(sample, self.length_size) {
            let nal = nal?;
            let Some(&header) = sample[nal.clone()].first() else { continue };
            match header & 0x1f {
                NAL_SLICE | NAL_IDR_SLICE => {
                    let clear = 1 + self.slice_header_size(header, &sample[nal.start + 1..nal.end])?;
                    ranges.push(nal.start + clear..nal.end);
                }
                NAL_SPS | NAL_PPS => self.parameter_sets.take(&sample[nal])?,
                kind @ NAL_PARTITION_A..=NAL_PARTITION_C => {
                    return Err(Error::new(
                        Code::CodecUnsupported,
                        message!(
                            "there is no protection rule for data partitioning (NAL unit type {kind}, Extended profile)",
                            kind
                        ),
                    ));
                }
                _ => (),
            }
        }
        Ok(())
    }
}

impl Slices {
    /// The size of the slice header in bytes, a byte begun counted whole, emulation prevention bytes
    /// included. `payload` follows the NAL unit's header byte.
    fn slice_header_size(&self, nal_header: u8, payload: &[u8]) -> Result<usize> {
        let mut bits = Bits::without_emulation_prevention(payload);
        slice_header::skip(nal_header, &mut bits, &self.parameter_sets)
            .map_err(|error| in_unit(error, "slice header"))?;
        Ok(bits.bytes_read())
    }
}

/// How decoding can start with the picture of these NAL units: an IDR picture, or one with a recovery point; also one of
/// I slices alone, which older writers mark as a key frame.
fn start(nals: &[&[u8]]) -> Start {
    let kind = |nal: &&&[u8]| nal.first().map_or(0, |header| header & 0x1f);
    let slice = nals.iter().find(|nal| matches!(kind(nal), NAL_SLICE..=NAL_IDR_SLICE));
    if slice.is_some_and(|nal| kind(&nal) == NAL_IDR_SLICE) {
        return Start::Closed;
    }
    let mut information = nals.iter().filter(|nal| kind(nal) == NAL_SEI);
    match information.find_map(|nal| recovery_point(nal.get(1..).unwrap_or_default())) {
        Some(true) => return Start::Open,
        Some(false) => return Start::Gradual,
        None => (),
    }
    let mut slices = nals.iter().filter(|nal| matches!(kind(nal), NAL_SLICE | NAL_PARTITION_A)).peekable();
    if slices.peek().is_some() && slices.all(|nal| is_intra(nal)) { Start::Open } else { Start::Nowhere }
}

/// Whether a slice refers to no other picture, by its header.
fn is_intra(nal: &[u8]) -> bool {
    let mut bits = Bits::without_emulation_prevention(nal.get(1..).unwrap_or_default());
    let slice_type = bits.ue().and_then(|_| bits.ue()).and_then(SliceType::read);
    slice_type.is_ok_and(SliceType::is_intra)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;
    use hex_literal::hex;

    /// Baseline, 4 bits of frame_num, POC type 2, 20x12 macroblocks.
    fn sps() -> Vec<u8> {
        let bits = BitWriter::default().u(8, 0x67).u(8, 66).u(16, 30).ue(0).ue(0).ue(2).ue(1).u(1, 0).ue(19).ue(11);
        bits.u(1, 1).u(1, 1).u(1, 0).u(1, 0).u(1, 1).bytes()
    }

    /// CAVLC, deblocking control present.
    fn pps() -> Vec<u8> {
        let bits = BitWriter::default().u(8, 0x68).ue(0).ue(0).u(1, 0).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0);
        bits.ue(0).ue(0).ue(0).u(1, 1).u(1, 0).u(1, 0).u(1, 1).bytes()
    }

    fn slices() -> Slices {
        let mut parameter_sets = ParameterSets::default();
        parameter_sets.take(&sps()).unwrap();
        parameter_sets.take(&pps()).unwrap();
        Slices { length_size: 4, parameter_sets }
    }

    fn sample(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat()).collect()
    }

    #[test]
    fn an_idr_slice_header_is_clear_and_the_rest_protectable() {
        // first_mb 0, I slice (7), pps 0, frame_num 0, idr_pic_id 0, marking 00, qp 0, deblocking 1: 18 bits.
        let header =
            BitWriter::default().u(8, 0x65).ue(0).ue(7).ue(0).u(4, 0).ue(0).u(2, 0).ue(0).ue(1).u(4, 0xf).bytes();
        let nal = [&header[..], &[0xaa; 40]].concat();
        let mut ranges = Vec::new();
        slices().protectable(&sample(&[&[0x09, 0x10], &nal]), &mut ranges).unwrap();
        // 6 bytes of access unit delimiter, 4 of length, 1 of NAL header, 3 of slice header.
        assert_eq!(ranges, [14..6 + 4 + 44]);
    }

    #[test]
    fn an_emulation_prevention_byte_in_the_header_counts_as_clear() {
        let slices = slices();
        // A header that runs through zero bytes: first_mb_in_slice of 2^17 - 1 has 17 leading zeros.
        let plain =
            BitWriter::default().ue((1 << 17) - 1).ue(7).ue(0).u(4, 0).ue(0).u(2, 0).ue(0).ue(1).u(2, 3).bytes();
        assert_eq!(plain[..3], [0, 0, 0x40]);
        let with_zero = BitWriter::default().ue((1 << 23) - 1).ue(7).ue(0).u(4, 0).ue(0).u(2, 0).ue(0).ue(1).bytes();
        assert_eq!(with_zero[..3], [0, 0, 1]);
        let escaped = [&[0, 0, 3], &with_zero[2..]].concat();
        let bare = slices.slice_header_size(0x65, &plain).unwrap();
        assert_eq!(bare, plain.len());
        assert_eq!(slices.slice_header_size(0x65, &escaped).unwrap(), escaped.len());
    }

    #[test]
    fn a_nal_unit_past_the_end_of_its_sample_is_refused() {
        let error = slices().protectable(&hex!("00000009 65 88"), &mut Vec::new()).unwrap_err();
        assert_eq!(error.code, Code::CodecInvalid);
    }

    #[test]
    fn the_size_of_1080p_is_cropped_from_1088_lines() {
        // The avcC of a 1920x1080 encode by x264, High profile, level 4.0.
        let avcc =
            hex!("01640028ffe1001b67640028acd940780227e5c044000003000400000300c03c60c65801000668ebe152c8b0fdf8f800");
        let config = Config::read(*b"avc1", crate::codec::reader(&avcc, 0)).unwrap();
        assert_eq!(config.rfc6381(), "avc1.640028");
        assert_eq!(config.size(), Some((1920, 1080)));
        assert_eq!(config.sample_aspect_ratio(), Some((1, 1)));
        assert_eq!(config.length_size, 4);
    }

    #[test]
    fn a_record_without_sets_takes_those_of_a_sample() {
        let bare = hex!("01 42001e ff e0 00");
        assert!(!Config::read(*b"avc3", crate::codec::reader(&bare, 0)).unwrap().has_parameter_sets());
        let record = with_parameter_sets_of(&bare, 4, &sample(&[&sps(), &pps(), &[0x65, 0]])).unwrap().unwrap();
        let config = Config::read(*b"avc3", crate::codec::reader(&record, 0)).unwrap();
        assert!(config.has_parameter_sets());
        assert_eq!(config.size(), Some((320, 192)));
        assert_eq!(with_parameter_sets_of(&bare, 4, &sample(&[&[0x65, 0]])).unwrap(), None);
    }

    #[test]
    fn data_partitioning_is_refused_by_name() {
        let error = slices().protectable(&sample(&[&[0x42, 0]]), &mut Vec::new()).unwrap_err();
        assert_eq!(error.code, Code::CodecUnsupported);
    }
}
