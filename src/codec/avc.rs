//! H.264: the configuration record of ISO/IEC 14496-15:2022 clause 5.3.3, the parameter sets and the
//! slice header of ISO/IEC 14496-10 clauses 7.3.2 and 7.3.3.
//!
//! Only the slice data of NAL units 1 and 5 may be protected; what stands before it, the whole slice
//! header included, stays clear (ISO/IEC 23001-7:2016 clause 9.5, 23000-19 clause 8.2.2.3).

mod family;
mod picture;

use std::ops::Range;

use super::colour::Colour;
use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::dolby_vision::{self, Supplemental};
use super::nal::{ById, Usability, begins_picture, cropped, in_range, in_unit, nals, recovery_point, units};
use super::nal_family::NalFamily;
use super::protector::Protector;
use super::start::Start;
use crate::bytes::{Bits, Reader};
use crate::error::{Code, Error, Result};
pub use family::NAL_FAMILY;

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

/// The parameter sets in force, by their ids.
#[derive(Debug, Clone, Default)]
struct ParameterSets {
    sps: ById<Sps>,
    pps: ById<Pps>,
}

const NAL_SLICE: u8 = 1;
const NAL_PARTITION_A: u8 = 2;
const NAL_PARTITION_C: u8 = 4;
const NAL_IDR_SLICE: u8 = 5;
const NAL_SEI: u8 = 6;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

impl ParameterSets {
    /// Keeps the NAL unit if it is a parameter set.
    fn take(&mut self, nal: &[u8]) -> Result<()> {
        let Some((&header, payload)) = nal.split_first() else { return Ok(()) };
        match header & 0x1f {
            NAL_SPS => {
                let sps = Sps::read(payload).map_err(|error| in_unit(error, "sequence parameter set"))?;
                self.sps.insert(sps.id, sps);
            }
            NAL_PPS => {
                let pps = Pps::read(payload, &self.sps).map_err(|error| in_unit(error, "picture parameter set"))?;
                self.pps.insert(pps.id, pps);
            }
            _ => (),
        }
        Ok(())
    }

    /// The picture parameter set of this id with its sequence's.
    fn of_picture(&self, pps_id: u32) -> Result<(&Pps, &Sps)> {
        let pps = self.pps.get(pps_id);
        pps.and_then(|pps| Some((pps, self.sps.get(pps.sps_id)?))).ok_or_else(|| {
            Error::new(
                Code::CodecInvalid,
                message!("picture parameter set {pps_id}, or its sequence parameter set, is missing", pps_id),
            )
        })
    }
}

/// What the slice header's syntax depends on in a sequence parameter set, and the picture's size.
#[derive(Debug, Clone)]
struct Sps {
    id: u32,
    chroma_array_type: u32,
    separate_colour_plane: bool,
    frame_num_bits: u32,
    pic_order_cnt_type: u32,
    pic_order_cnt_lsb_bits: u32,
    delta_pic_order_always_zero: bool,
    frame_mbs_only: bool,
    pic_size_in_map_units: u32,
    width: u32,
    height: u32,
    usability: Usability,
}

/// Profiles whose sequence parameter sets state the chroma format (clause 7.3.2.1.1).
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

impl Sps {
    fn read(payload: &[u8]) -> Result<Self> {
        let mut bits = Bits::without_emulation_prevention(payload);
        let profile_idc = bits.u(8)?;
        bits.skip(16)?; // constraint flags, level_idc
        let id = in_range(bits.ue()?, 31, "seq_parameter_set_id")?;
        let (mut chroma_format_idc, mut separate_colour_plane) = (1, false);
        if HIGH_PROFILES.contains(&profile_idc) {
            chroma_format_idc = in_range(bits.ue()?, 3, "chroma_format_idc")?;
            separate_colour_plane = chroma_format_idc == 3 && bits.bit()?;
            bits.ue()?; // bit_depth_luma_minus8
            bits.ue()?; // bit_depth_chroma_minus8
            bits.skip(1)?; // qpprime_y_zero_transform_bypass_flag
            if bits.bit()? {
                skip_scaling_matrix(&mut bits, if chroma_format_idc == 3 { 12 } else { 8 })?;
            }
        }
        let frame_num_bits = in_range(bits.ue()?, 12, "log2_max_frame_num_minus4")? + 4;
        let pic_order_cnt_type = in_range(bits.ue()?, 2, "pic_order_cnt_type")?;
        let (mut pic_order_cnt_lsb_bits, mut delta_pic_order_always_zero) = (0, false);
        if pic_order_cnt_type == 0 {
            pic_order_cnt_lsb_bits = in_range(bits.ue()?, 12, "log2_max_pic_order_cnt_lsb_minus4")? + 4;
        } else if pic_order_cnt_type == 1 {
            delta_pic_order_always_zero = bits.bit()?;
            bits.se()?;
            bits.se()?;
            for _ in 0..in_range(bits.ue()?, 255, "num_ref_frames_in_pic_order_cnt_cycle")? {
                bits.se()?;
            }
        }
        bits.ue()?; // max_num_ref_frames
        bits.skip(1)?; // gaps_in_frame_num_value_allowed_flag
        let width_in_mbs = in_range(bits.ue()?, 0xffff, "pic_width_in_mbs_minus1")? + 1;
        let height_in_map_units = in_range(bits.ue()?, 0xffff, "pic_height_in_map_units_minus1")? + 1;
        let frame_mbs_only = bits.bit()?;
        if !frame_mbs_only {
            bits.skip(1)?; // mb_adaptive_frame_field_flag
        }
        bits.skip(1)?; // direct_8x8_inference_flag
        let chroma_array_type = if separate_colour_plane { 0 } else { chroma_format_idc };
        let height_in_mbs = height_in_map_units * if frame_mbs_only { 1 } else { 2 };
        let (mut width, mut height) = (width_in_mbs * 16, height_in_mbs * 16);
        if bits.bit()? {
            let crop = [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?].map(u64::from);
            let unit_x = if matches!(chroma_array_type, 1 | 2) { 2 } else { 1 };
            let unit_y = if chroma_array_type == 1 { 2 } else { 1 } * if frame_mbs_only { 1 } else { 2 };
            width = cropped(width, (crop[0] + crop[1]) * unit_x)?;
            height = cropped(height, (crop[2] + crop[3]) * unit_y)?;
        }
        let usability = if bits.bit()? { Usability::read(&mut bits)? } else { Usability::default() };
        Ok(Self {
            id,
            chroma_array_type,
            separate_colour_plane,
            frame_num_bits,
            pic_order_cnt_type,
            pic_order_cnt_lsb_bits,
            delta_pic_order_always_zero,
            frame_mbs_only,
            pic_size_in_map_units: width_in_mbs.saturating_mul(height_in_map_units),
            width,
            height,
            usability,
        })
    }
}

/// `scaling_list()` for each list that is present (clause 7.3.2.1.1.1).
fn skip_scaling_matrix(bits: &mut Bits<'_>, lists: usize) -> Result<()> {
    for list in 0..lists {
        if !bits.bit()? {
            continue;
        }
        let (mut last, mut next) = (8i64, 8i64);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + i64::from(bits.se()?)).rem_euclid(256);
            }
            if next != 0 {
                last = next;
            }
        }
    }
    Ok(())
}

/// What the slice header's syntax depends on in a picture parameter set.
#[derive(Debug, Clone)]
struct Pps {
    id: u32,
    sps_id: u32,
    entropy_coding_mode: bool,
    bottom_field_pic_order_in_frame_present: bool,
    /// For slice group map types 3 to 5: `SliceGroupChangeRate`.
    slice_group_change_rate: Option<u32>,
    num_ref_idx_default: [u32; 2],
    weighted_pred: bool,
    weighted_bipred_idc: u32,
    deblocking_filter_control_present: bool,
    redundant_pic_cnt_present: bool,
}

impl Pps {
    fn read(payload: &[u8], sets: &ById<Sps>) -> Result<Self> {
        let mut bits = Bits::without_emulation_prevention(payload);
        let id = in_range(bits.ue()?, 255, "pic_parameter_set_id")?;
        let sps_id = in_range(bits.ue()?, 31, "seq_parameter_set_id")?;
        let entropy_coding_mode = bits.bit()?;
        let bottom_field_pic_order_in_frame_present = bits.bit()?;
        let slice_groups = in_range(bits.ue()?, 7, "num_slice_groups_minus1")? + 1;
        let mut slice_group_change_rate = None;
        if slice_groups > 1 {
            slice_group_change_rate = skip_slice_groups(&mut bits, slice_groups, sets.get(sps_id))?;
        }
        Ok(Self {
            id,
            sps_id,
            entropy_coding_mode,
            bottom_field_pic_order_in_frame_present,
            slice_group_change_rate,
            num_ref_idx_default: [
                in_range(bits.ue()?, 31, "num_ref_idx_l0_default_active_minus1")? + 1,
                in_range(bits.ue()?, 31, "num_ref_idx_l1_default_active_minus1")? + 1,
            ],
            weighted_pred: bits.bit()?,
            weighted_bipred_idc: bits.u(2)?,
            deblocking_filter_control_present: {
                bits.se()?; // pic_init_qp_minus26
                bits.se()?; // pic_init_qs_minus26
                bits.se()?; // chroma_qp_index_offset
                bits.bit()?
            },
            redundant_pic_cnt_present: {
                bits.skip(1)?; // constrained_intra_pred_flag
                bits.bit()?
            },
        })
    }
}

/// The slice group syntax of clause 7.3.2.2; gives the change rate of map types 3 to 5.
fn skip_slice_groups(bits: &mut Bits<'_>, groups: u32, sps: Option<&Sps>) -> Result<Option<u32>> {
    match in_range(bits.ue()?, 6, "slice_group_map_type")? {
        0 => (0..groups).try_for_each(|_| bits.ue().map(drop))?,
        2 => (0..(groups - 1) * 2).try_for_each(|_| bits.ue().map(drop))?,
        3..=5 => {
            bits.skip(1)?;
            return Ok(Some(bits.ue()?.saturating_add(1)));
        }
        6 => {
            let units = bits.ue()?.saturating_add(1);
            let map_units = sps.map_or(u32::MAX, |sps| sps.pic_size_in_map_units);
            in_range(units, map_units, "pic_size_in_map_units_minus1")?;
            let width = u32::BITS - (groups - 1).leading_zeros();
            (0..units).try_for_each(|_| bits.skip(width))?;
        }
        _ => (),
    }
    Ok(None)
}

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
        self.skip_slice_header(nal_header, &mut bits).map_err(|error| in_unit(error, "slice header"))?;
        Ok(bits.bytes_read())
    }

    /// `slice_header()` of clause 7.3.3.
    fn skip_slice_header(&self, nal_header: u8, bits: &mut Bits<'_>) -> Result<()> {
        let idr = nal_header & 0x1f == NAL_IDR_SLICE;
        bits.ue()?; // first_mb_in_slice
        let slice = SliceType::read(bits.ue()?)?;
        let (pps, sps) = self.parameter_sets.of_picture(bits.ue()?)?;
        if sps.separate_colour_plane {
            bits.skip(2)?;
        }
        bits.skip(sps.frame_num_bits)?;
        let mut field = false;
        if !sps.frame_mbs_only {
            field = bits.bit()?;
            if field {
                bits.skip(1)?; // bottom_field_flag
            }
        }
        if idr {
            bits.ue()?; // idr_pic_id
        }
        let both_fields = pps.bottom_field_pic_order_in_frame_present && !field;
        if sps.pic_order_cnt_type == 0 {
            bits.skip(sps.pic_order_cnt_lsb_bits)?;
            if both_fields {
                bits.se()?;
            }
        } else if sps.pic_order_cnt_type == 1 && !sps.delta_pic_order_always_zero {
            bits.se()?;
            if both_fields {
                bits.se()?;
            }
        }
        if pps.redundant_pic_cnt_present {
            bits.ue()?;
        }
        if slice == SliceType::B {
            bits.skip(1)?; // direct_spatial_mv_pred_flag
        }
        let references = read_reference_counts(bits, slice, pps)?;
        skip_ref_pic_list_modification(bits, slice)?;
        let weighted = match slice {
            SliceType::P | SliceType::Sp => pps.weighted_pred,
            SliceType::B => pps.weighted_bipred_idc == 1,
            _ => false,
        };
        if weighted {
            skip_pred_weight_table(bits, slice, references, sps.chroma_array_type)?;
        }
        if nal_header & 0x60 != 0 {
            skip_dec_ref_pic_marking(bits, idr)?;
        }
        if pps.entropy_coding_mode && !slice.is_intra() {
            bits.ue()?; // cabac_init_idc
        }
        bits.se()?; // slice_qp_delta
        if slice == SliceType::Sp {
            bits.skip(1)?; // sp_for_switch_flag
        }
        if matches!(slice, SliceType::Sp | SliceType::Si) {
            bits.se()?; // slice_qs_delta
        }
        if pps.deblocking_filter_control_present && bits.ue()? != 1 {
            bits.se()?;
            bits.se()?;
        }
        if let Some(rate) = pps.slice_group_change_rate {
            // Ceil(Log2(PicSizeInMapUnits ÷ SliceGroupChangeRate + 1)) bits, clause 7.4.3.
            let cycles = sps.pic_size_in_map_units.div_ceil(rate);
            bits.skip(u32::BITS - cycles.leading_zeros())?;
        }
        Ok(())
    }
}

/// `slice_type` modulo 5, table 7-6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SliceType {
    P,
    B,
    I,
    Sp,
    Si,
}

impl SliceType {
    fn read(slice_type: u32) -> Result<Self> {
        let all = [Self::P, Self::B, Self::I, Self::Sp, Self::Si];
        Ok(all[in_range(slice_type, 9, "slice_type")? as usize % 5])
    }

    fn is_intra(self) -> bool {
        matches!(self, Self::I | Self::Si)
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

/// The number of active references of each list.
fn read_reference_counts(bits: &mut Bits<'_>, slice: SliceType, pps: &Pps) -> Result<[u32; 2]> {
    let mut counts = pps.num_ref_idx_default;
    if !slice.is_intra() && bits.bit()? {
        counts[0] = in_range(bits.ue()?, 31, "num_ref_idx_l0_active_minus1")? + 1;
        if slice == SliceType::B {
            counts[1] = in_range(bits.ue()?, 31, "num_ref_idx_l1_active_minus1")? + 1;
        }
    }
    Ok(counts)
}

/// The number of reference lists that a slice has.
fn reference_lists(slice: SliceType) -> usize {
    match slice {
        SliceType::I | SliceType::Si => 0,
        SliceType::P | SliceType::Sp => 1,
        SliceType::B => 2,
    }
}

/// Clause 7.3.3.1.
fn skip_ref_pic_list_modification(bits: &mut Bits<'_>, slice: SliceType) -> Result<()> {
    for _ in 0..reference_lists(slice) {
        if bits.bit()? {
            while in_range(bits.ue()?, 3, "modification_of_pic_nums_idc")? != 3 {
                bits.ue()?;
            }
        }
    }
    Ok(())
}

/// Clause 7.3.3.2.
fn skip_pred_weight_table(
    bits: &mut Bits<'_>,
    slice: SliceType,
    references: [u32; 2],
    chroma_array_type: u32,
) -> Result<()> {
    bits.ue()?; // luma_log2_weight_denom
    if chroma_array_type != 0 {
        bits.ue()?;
    }
    for count in references.into_iter().take(reference_lists(slice)) {
        for _ in 0..count {
            if bits.bit()? {
                bits.se()?;
                bits.se()?;
            }
            if chroma_array_type != 0 && bits.bit()? {
                for _ in 0..4 {
                    bits.se()?;
                }
            }
        }
    }
    Ok(())
}

/// Clause 7.3.3.3.
fn skip_dec_ref_pic_marking(bits: &mut Bits<'_>, idr: bool) -> Result<()> {
    if idr {
        return bits.skip(2);
    }
    if bits.bit()? {
        loop {
            match in_range(bits.ue()?, 6, "memory_management_control_operation")? {
                0 => break,
                3 => {
                    bits.ue()?;
                    bits.ue()?;
                }
                5 => (),
                _ => {
                    bits.ue()?;
                }
            }
        }
    }
    Ok(())
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
