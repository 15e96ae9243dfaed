//! The slice header of H.264, clause 7.3.3.

use super::NAL_IDR_SLICE;
use super::parameter_sets::{Order, ParameterSets, Pps, Sps};
use crate::bytes::Bits;
use crate::codec::nal::in_range;
use crate::error::Result;

/// `slice_type` modulo 5, table 7-6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SliceType {
    P,
    B,
    I,
    Sp,
    Si,
}

impl SliceType {
    pub(super) fn read(slice_type: u32) -> Result<Self> {
        let all = [Self::P, Self::B, Self::I, Self::Sp, Self::Si];
        Ok(all[in_range(slice_type, 9, "slice_type")? as usize % 5])
    }

    pub(super) fn is_intra(self) -> bool {
        matches!(self, Self::I | Self::Si)
    }
}

/// What a slice header begins with, which tells its picture.
#[derive(Debug)]
pub(super) struct Head<'s> {
    pub(super) first_mb: u32,
    pub(super) slice: SliceType,
    pub(super) pps: &'s Pps,
    pub(super) sps: &'s Sps,
    pub(super) frame_num: u32,
    /// Of a field: whether it is the bottom one.
    pub(super) field: Option<bool>,
    /// `idr_pic_id`, in an IDR picture.
    pub(super) idr: Option<u32>,
    /// Whether other pictures may refer to it.
    pub(super) is_reference: bool,
    /// `pic_order_cnt_lsb`.
    pub(super) order_lsb: u32,
    /// `delta_pic_order_cnt_bottom`, or those of `delta_pic_order_cnt`.
    pub(super) order_deltas: [i32; 2],
}

impl<'s> Head<'s> {
    /// Reads it in a NAL unit that begins with this byte.
    pub(super) fn read(nal_header: u8, bits: &mut Bits<'_>, sets: &'s ParameterSets) -> Result<Self> {
        let first_mb = bits.ue()?;
        let slice = SliceType::read(bits.ue()?)?;
        let (pps, sps) = sets.of_picture(bits.ue()?)?;
        if sps.separate_colour_plane {
            bits.skip(2)?;
        }
        let frame_num = bits.u(sps.frame_num_bits)?;
        let is_field = !sps.frame_mbs_only && bits.bit()?;
        let field = if is_field { Some(bits.bit()?) } else { None };
        let idr = if nal_header & 0x1f == NAL_IDR_SLICE { Some(bits.ue()?) } else { None };
        let both_fields = pps.bottom_field_pic_order_in_frame_present && !is_field;
        let (mut order_lsb, mut order_deltas) = (0, [0; 2]);
        match &sps.order {
            Order::Lsb(size) => {
                order_lsb = bits.u(*size)?;
                order_deltas[0] = if both_fields { bits.se()? } else { 0 };
            }
            Order::Cycle(cycle) if !cycle.has_no_deltas => {
                order_deltas[0] = bits.se()?;
                order_deltas[1] = if both_fields { bits.se()? } else { 0 };
            }
            Order::Cycle(_) | Order::Decoding => (),
        }
        let is_reference = nal_header & 0x60 != 0;
        Ok(Self { first_mb, slice, pps, sps, frame_num, field, idr, is_reference, order_lsb, order_deltas })
    }

    /// Passes over what follows, up to the marking of reference pictures and with it. Gives whether that lets the
    /// picture's order begin anew (`memory_management_control_operation` 5).
    pub(super) fn skip_to_marking(&self, bits: &mut Bits<'_>) -> Result<bool> {
        let Self { slice, pps, .. } = *self;
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
            skip_pred_weight_table(bits, slice, references, self.sps.chroma_array_type)?;
        }
        if self.is_reference { skip_dec_ref_pic_marking(bits, self.idr.is_some()) } else { Ok(false) }
    }
}

/// Passes over the header of a slice in a NAL unit that begins with this byte.
pub(super) fn skip(nal_header: u8, bits: &mut Bits<'_>, sets: &ParameterSets) -> Result<()> {
    let head = Head::read(nal_header, bits, sets)?;
    head.skip_to_marking(bits)?;
    let Head { slice, pps, sps, .. } = head;
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

/// Clause 7.3.3.3; gives whether all references are dropped, and the order of pictures begins anew.
fn skip_dec_ref_pic_marking(bits: &mut Bits<'_>, idr: bool) -> Result<bool> {
    let mut is_reset = false;
    if idr {
        bits.skip(2)?;
    } else if bits.bit()? {
        loop {
            match in_range(bits.ue()?, 6, "memory_management_control_operation")? {
                0 => break,
                3 => {
                    bits.ue()?;
                    bits.ue()?;
                }
                5 => is_reset = true,
                _ => {
                    bits.ue()?;
                }
            }
        }
    }
    Ok(is_reset)
}
