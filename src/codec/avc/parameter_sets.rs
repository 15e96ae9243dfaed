//! Sequence and picture parameter sets of H.264: what the slice header depends on, and how to show the pictures
//! (ISO/IEC 14496-10 clause 7.3.2).

use super::{NAL_PPS, NAL_SPS};
use crate::bytes::Bits;
use crate::codec::nal::{ById, Timing, Usability, cropped, in_range, in_unit};
use crate::error::{Code, Error, Result};

/// The parameter sets in force, by their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct ParameterSets {
    pub(super) sps: ById<Sps>,
    pub(super) pps: ById<Pps>,
}

impl ParameterSets {
    /// Keeps the NAL unit if it is a parameter set.
    pub(super) fn take(&mut self, nal: &[u8]) -> Result<()> {
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
    pub(super) fn of_picture(&self, pps_id: u32) -> Result<(&Pps, &Sps)> {
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
pub(super) struct Sps {
    pub(super) id: u32,
    pub(super) chroma_array_type: u32,
    pub(super) separate_colour_plane: bool,
    pub(super) frame_num_bits: u32,
    pub(super) order: Order,
    pub(super) frame_mbs_only: bool,
    pub(super) pic_size_in_map_units: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) usability: Usability,
    pub(super) timing: Option<Timing>,
}

/// How the order is told in which pictures are shown (`pic_order_cnt_type`, clause 8.2.1).
#[derive(Debug, Clone)]
pub(super) enum Order {
    /// By the lower bits of a count, so many of them.
    Lsb(u32),
    /// By an order that comes again and again.
    Cycle(Cycle),
    /// As they are decoded.
    Decoding,
}

/// The order of type 1.
#[derive(Debug, Clone)]
pub(super) struct Cycle {
    /// `delta_pic_order_always_zero_flag`.
    pub(super) has_no_deltas: bool,
    pub(super) offset_for_non_ref_pic: i32,
    pub(super) offset_for_top_to_bottom_field: i32,
    /// `offset_for_ref_frame` of each frame of the cycle.
    pub(super) offsets: Vec<i32>,
}

impl Order {
    fn read(bits: &mut Bits<'_>) -> Result<Self> {
        match in_range(bits.ue()?, 2, "pic_order_cnt_type")? {
            0 => Ok(Self::Lsb(in_range(bits.ue()?, 12, "log2_max_pic_order_cnt_lsb_minus4")? + 4)),
            1 => Ok(Self::Cycle(Cycle {
                has_no_deltas: bits.bit()?,
                offset_for_non_ref_pic: bits.se()?,
                offset_for_top_to_bottom_field: bits.se()?,
                offsets: {
                    let count = in_range(bits.ue()?, 255, "num_ref_frames_in_pic_order_cnt_cycle")?;
                    (0..count).map(|_| bits.se()).collect::<Result<_>>()?
                },
            })),
            _ => Ok(Self::Decoding),
        }
    }
}

/// What `vui_parameters()` says of time, behind what both standards share (clause E.1.1).
fn read_timing(bits: &mut Bits<'_>) -> Result<Option<Timing>> {
    if bits.bit()? {
        bits.ue()?; // chroma_sample_loc_type_top_field
        bits.ue()?;
    }
    if bits.bit()? { Timing::read(bits) } else { Ok(None) }
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
        let order = Order::read(&mut bits)?;
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
        let (mut usability, mut timing) = (Usability::default(), None);
        if bits.bit()? {
            usability = Usability::read(&mut bits)?;
            // Sets that end here show their pictures all the same.
            timing = read_timing(&mut bits).unwrap_or_default();
        }
        Ok(Self {
            id,
            chroma_array_type,
            separate_colour_plane,
            frame_num_bits,
            order,
            frame_mbs_only,
            pic_size_in_map_units: width_in_mbs.saturating_mul(height_in_map_units),
            width,
            height,
            usability,
            timing,
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
pub(super) struct Pps {
    pub(super) id: u32,
    pub(super) sps_id: u32,
    pub(super) entropy_coding_mode: bool,
    pub(super) bottom_field_pic_order_in_frame_present: bool,
    /// For slice group map types 3 to 5: `SliceGroupChangeRate`.
    pub(super) slice_group_change_rate: Option<u32>,
    pub(super) num_ref_idx_default: [u32; 2],
    pub(super) weighted_pred: bool,
    pub(super) weighted_bipred_idc: u32,
    pub(super) deblocking_filter_control_present: bool,
    pub(super) redundant_pic_cnt_present: bool,
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
