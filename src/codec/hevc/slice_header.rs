//! The slice segment header of HEVC, clause 7.3.6.1.

use super::parameter_sets::{ParameterSets, Pps, ShortTermSet, Sps};
use crate::bytes::Bits;
use crate::codec::nal::{Timing, bits_below, in_range};
use crate::error::{Code, Error, Result};

/// `slice_type`, table 7-7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SliceType {
    B,
    P,
    I,
}

const BLA_W_LP: u8 = 16;
const IDR_W_RADL: u8 = 19;
const IDR_N_LP: u8 = 20;
const RSV_IRAP_VCL23: u8 = 23;

/// Passes over the header of a slice segment in a NAL unit of this type, its alignment included.
pub(super) fn skip(nal_type: u8, bits: &mut Bits<'_>, sets: &ParameterSets) -> Result<()> {
    let first_in_picture = bits.bit()?;
    if (BLA_W_LP..=RSV_IRAP_VCL23).contains(&nal_type) {
        bits.skip(1)?; // no_output_of_prior_pics_flag
    }
    let (pps, sps) = sets.of_picture(bits.ue()?)?;
    let mut dependent = false;
    if !first_in_picture {
        dependent = pps.dependent_slice_segments_enabled && bits.bit()?;
        bits.skip(bits_below(sps.pic_size_in_ctbs))?; // slice_segment_address
    }
    if !dependent {
        skip_independent(nal_type, bits, pps, sps)?;
    }
    if pps.tiles_enabled || pps.entropy_coding_sync_enabled {
        // Clause 7.4.7.1 bounds the count by the picture's blocks.
        let count = in_range(bits.ue()?, sps.pic_size_in_ctbs, "num_entry_point_offsets")?;
        if count > 0 {
            let size = in_range(bits.ue()?, 31, "offset_len_minus1")? + 1;
            (0..count).try_for_each(|_| bits.skip(size))?;
        }
    }
    if pps.slice_header_extension_present {
        let size = in_range(bits.ue()?, 256, "slice_segment_header_extension_length")?;
        bits.skip(8 * size)?;
    }
    bits.skip(1) // alignment_bit_equal_to_one; the zeros behind it fill its byte
}

/// What the first slice segment of a picture says of when it is shown.
#[derive(Debug)]
pub(super) struct Order {
    /// `slice_pic_order_cnt_lsb`, 0 in an IDR picture; and its size.
    pub(super) lsb: u32,
    pub(super) lsb_bits: u32,
    /// The clock that its sequence parameter set states.
    pub(super) timing: Option<Timing>,
}

/// Reads the beginning of the first slice segment of a picture.
pub(super) fn read_order(nal_type: u8, bits: &mut Bits<'_>, sets: &ParameterSets) -> Result<Order> {
    bits.skip(1)?; // first_slice_segment_in_pic_flag
    if (BLA_W_LP..=RSV_IRAP_VCL23).contains(&nal_type) {
        bits.skip(1)?; // no_output_of_prior_pics_flag
    }
    let (pps, sps) = sets.of_picture(bits.ue()?)?;
    bits.skip(pps.num_extra_slice_header_bits)?;
    bits.ue()?; // slice_type
    if pps.output_flag_present {
        bits.skip(1)?; // pic_output_flag
    }
    if sps.separate_colour_plane {
        bits.skip(2)?; // colour_plane_id
    }
    let is_idr = matches!(nal_type, IDR_W_RADL | IDR_N_LP);
    let lsb = if is_idr { 0 } else { bits.u(sps.pic_order_cnt_lsb_bits)? };
    Ok(Order { lsb, lsb_bits: sps.pic_order_cnt_lsb_bits, timing: sps.timing })
}

/// What only an independent slice segment has.
fn skip_independent(nal_type: u8, bits: &mut Bits<'_>, pps: &Pps, sps: &Sps) -> Result<()> {
    bits.skip(pps.num_extra_slice_header_bits)?;
    let slice = [SliceType::B, SliceType::P, SliceType::I][in_range(bits.ue()?, 2, "slice_type")? as usize];
    if pps.output_flag_present {
        bits.skip(1)?; // pic_output_flag
    }
    if sps.separate_colour_plane {
        bits.skip(2)?; // colour_plane_id
    }
    let (mut references, mut temporal_mvp) = (0, false);
    if !matches!(nal_type, IDR_W_RADL | IDR_N_LP) {
        references = read_reference_pictures(bits, sps)?;
        temporal_mvp = sps.temporal_mvp_enabled && bits.bit()?;
    }
    references += u32::from(pps.curr_pic_ref_enabled);
    let mut sao = false;
    if sps.sample_adaptive_offset_enabled {
        sao = bits.bit()?;
        if sps.chroma_array_type != 0 {
            sao |= bits.bit()?;
        }
    }
    if slice != SliceType::I {
        skip_inter(bits, slice, pps, sps, references, temporal_mvp)?;
    }
    bits.se()?; // slice_qp_delta
    if pps.slice_chroma_qp_offsets_present {
        bits.se()?;
        bits.se()?;
    }
    if pps.slice_act_qp_offsets_present {
        (0..3).try_for_each(|_| bits.se().map(drop))?;
    }
    if pps.chroma_qp_offset_list_enabled {
        bits.skip(1)?; // cu_chroma_qp_offset_enabled_flag
    }
    let mut deblocking_disabled = pps.deblocking_filter_disabled;
    if pps.deblocking_filter_override_enabled && bits.bit()? {
        deblocking_disabled = bits.bit()?;
        if !deblocking_disabled {
            bits.se()?; // slice_beta_offset_div2
            bits.se()?; // slice_tc_offset_div2
        }
    }
    if pps.loop_filter_across_slices_enabled && (sao || !deblocking_disabled) {
        bits.skip(1)?; // slice_loop_filter_across_slices_enabled_flag
    }
    Ok(())
}

/// The picture order count and the reference picture sets; gives how many pictures the current one uses.
fn read_reference_pictures(bits: &mut Bits<'_>, sps: &Sps) -> Result<u32> {
    bits.skip(sps.pic_order_cnt_lsb_bits)?;
    let sets = &sps.short_term_ref_pic_sets;
    let count = u32::try_from(sets.len()).expect("at most 64 sets");
    let mut used = if bits.bit()? {
        let index = bits.u(bits_below(count))?;
        sets.get(index as usize)
            .ok_or_else(|| {
                Error::new(
                    Code::CodecInvalid,
                    message!("short_term_ref_pic_set_idx is {index}, but there are {count} sets", index, count),
                )
            })?
            .used()
    } else {
        ShortTermSet::read(bits, count, count, sets)?.used()
    };
    if let Some(long_term) = &sps.long_term_ref_pics {
        let of_sequence = u32::try_from(long_term.len()).expect("at most 32");
        let listed = if of_sequence > 0 { in_range(bits.ue()?, 33, "num_long_term_sps")? } else { 0 };
        let own = in_range(bits.ue()?, 33, "num_long_term_pics")?;
        for number in 0..listed + own {
            let is_used = if number < listed {
                let index = bits.u(bits_below(of_sequence))?;
                long_term.get(index as usize).copied().unwrap_or(false)
            } else {
                bits.skip(sps.pic_order_cnt_lsb_bits)?;
                bits.bit()?
            };
            used += u32::from(is_used);
            if bits.bit()? {
                bits.ue()?; // delta_poc_msb_cycle_lt
            }
        }
    }
    Ok(used)
}

/// What slices with inter prediction have; `references` is NumPicTotalCurr.
fn skip_inter(
    bits: &mut Bits<'_>,
    slice: SliceType,
    pps: &Pps,
    sps: &Sps,
    references: u32,
    temporal_mvp: bool,
) -> Result<()> {
    let lists = if slice == SliceType::B { 2 } else { 1 };
    let mut counts = pps.num_ref_idx_default;
    if bits.bit()? {
        for count in &mut counts[..lists] {
            *count = in_range(bits.ue()?, 14, "num_ref_idx_active_minus1")? + 1;
        }
    }
    if pps.lists_modification_present && references > 1 {
        for &count in &counts[..lists] {
            if bits.bit()? {
                (0..count).try_for_each(|_| bits.skip(bits_below(references)))?;
            }
        }
    }
    if slice == SliceType::B {
        bits.skip(1)?; // mvd_l1_zero_flag
    }
    if pps.cabac_init_present {
        bits.skip(1)?; // cabac_init_flag
    }
    if temporal_mvp {
        let from_first = slice != SliceType::B || bits.bit()?;
        if counts[usize::from(!from_first)] > 1 {
            bits.ue()?; // collocated_ref_idx
        }
    }
    if match slice {
        SliceType::P => pps.weighted_pred,
        _ => pps.weighted_bipred,
    } {
        if pps.curr_pic_ref_enabled {
            // The picture itself has no weight, and where it stands in the lists takes decoding to know.
            return Err(Error::new(
                Code::CodecUnsupported,
                message!(
                    "weighted prediction is used together with references to the current picture (screen content coding)"
                ),
            ));
        }
        skip_weights(bits, &counts[..lists], sps.chroma_array_type != 0)?;
    }
    bits.ue()?; // five_minus_max_num_merge_cand
    if sps.motion_vector_resolution_control_idc == 2 {
        bits.skip(1)?; // use_integer_mv_flag
    }
    Ok(())
}

/// `pred_weight_table()` of clause 7.3.6.3.
fn skip_weights(bits: &mut Bits<'_>, counts: &[u32], chroma: bool) -> Result<()> {
    bits.ue()?; // luma_log2_weight_denom
    if chroma {
        bits.se()?; // delta_chroma_log2_weight_denom
    }
    for &count in counts {
        let mut flags = |present: bool| (0..count).map(|_| Ok(present && bits.bit()?)).collect::<Result<Vec<bool>>>();
        let (luma, chroma) = (flags(true)?, flags(chroma)?);
        for (luma, chroma) in luma.into_iter().zip(chroma) {
            (0..if luma { 2 } else { 0 } + if chroma { 4 } else { 0 }).try_for_each(|_| bits.se().map(drop))?;
        }
    }
    Ok(())
}
