//! Sequence and picture parameter sets of HEVC: what the slice segment header depends on, and how to show
//! the pictures.

use super::{NAL_HEADER, NAL_PPS, NAL_SPS, layer_id, nal_type};
use crate::bytes::Bits;
use crate::codec::nal::{ById, Timing, Usability, cropped, in_range, in_unit};
use crate::error::{Code, Error, Result};
use crate::order;

/// The parameter sets in force, by their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct ParameterSets {
    sps: ById<Sps>,
    pps: ById<Pps>,
}

impl ParameterSets {
    /// Keeps the NAL unit if it is a parameter set of the base layer.
    pub(super) fn take(&mut self, nal: &[u8]) -> Result<()> {
        let kind = nal_type(nal);
        if kind.is_none() || layer_id(nal) > 0 {
            return Ok(());
        }
        let payload = &nal[NAL_HEADER..];
        match kind {
            Some(NAL_SPS) => {
                let sps = Sps::read(payload).map_err(|error| in_unit(error, "sequence parameter set"))?;
                self.sps.insert(sps.id, sps);
            }
            Some(NAL_PPS) => {
                let pps = Pps::read(payload).map_err(|error| in_unit(error, "picture parameter set"))?;
                self.pps.insert(pps.id, pps);
            }
            _ => (),
        }
        Ok(())
    }

    /// One set of each.
    #[cfg(test)]
    pub(super) fn of(sps: Sps, pps: Pps) -> Self {
        let mut sets = Self::default();
        sets.sps.insert(0, sps);
        sets.pps.insert(0, pps);
        sets
    }

    /// The sequence parameter set of the lowest id.
    pub(super) fn first(&self) -> Option<&Sps> {
        self.sps.first()
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

/// `seq_parameter_set_rbsp()` of clause 7.3.2.2.
#[derive(Debug, Clone, Default)]
pub(super) struct Sps {
    pub(super) id: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) usability: Usability,
    pub(super) timing: Option<Timing>,
    /// 0 for monochrome and for colour planes coded apart.
    pub(super) chroma_array_type: u32,
    pub(super) separate_colour_plane: bool,
    pub(super) pic_size_in_ctbs: u32,
    pub(super) pic_order_cnt_lsb_bits: u32,
    pub(super) short_term_ref_pic_sets: Vec<ShortTermSet>,
    /// `used_by_curr_pic_lt_sps_flag` of each; `None` where long-term pictures are not used.
    pub(super) long_term_ref_pics: Option<Vec<bool>>,
    pub(super) temporal_mvp_enabled: bool,
    pub(super) sample_adaptive_offset_enabled: bool,
    pub(super) motion_vector_resolution_control_idc: u32,
}

/// A short-term reference picture set: `DeltaPocS0` and `DeltaPocS1`, each with whether the current picture
/// uses it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ShortTermSet {
    negative: Vec<(i64, bool)>,
    positive: Vec<(i64, bool)>,
}

impl Sps {
    fn read(payload: &[u8]) -> Result<Self> {
        let mut bits = Bits::without_emulation_prevention(payload);
        bits.skip(4)?; // sps_video_parameter_set_id
        let sub_layers = bits.u(3)?; // minus one
        bits.skip(1)?; // sps_temporal_id_nesting_flag
        skip_profile_tier_level(&mut bits, sub_layers)?;
        let mut sps = Self { id: in_range(bits.ue()?, 15, "sps_seq_parameter_set_id")?, ..Self::default() };
        let chroma_format_idc = in_range(bits.ue()?, 3, "chroma_format_idc")?;
        sps.separate_colour_plane = chroma_format_idc == 3 && bits.bit()?;
        sps.chroma_array_type = if sps.separate_colour_plane { 0 } else { chroma_format_idc };
        let width = in_range(bits.ue()?, 0xffff, "pic_width_in_luma_samples")?;
        let height = in_range(bits.ue()?, 0xffff, "pic_height_in_luma_samples")?;
        (sps.width, sps.height) = (width, height);
        if bits.bit()? {
            let window = [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?].map(u64::from);
            let unit_x = if matches!(chroma_format_idc, 1 | 2) { 2 } else { 1 };
            let unit_y = if chroma_format_idc == 1 { 2 } else { 1 };
            sps.width = cropped(width, (window[0] + window[1]) * unit_x)?;
            sps.height = cropped(height, (window[2] + window[3]) * unit_y)?;
        }
        let bit_depths = [in_range(bits.ue()?, 8, "bit_depth")? + 8, in_range(bits.ue()?, 8, "bit_depth")? + 8];
        sps.pic_order_cnt_lsb_bits = in_range(bits.ue()?, 12, "log2_max_pic_order_cnt_lsb_minus4")? + 4;
        for _ in if bits.bit()? { 0 } else { sub_layers }..=sub_layers {
            bits.ue()?; // sps_max_dec_pic_buffering_minus1
            bits.ue()?; // sps_max_num_reorder_pics
            bits.ue()?; // sps_max_latency_increase_plus1
        }
        let min_coding_block = in_range(bits.ue()?, 3, "log2_min_luma_coding_block_size_minus3")? + 3;
        let ctb = min_coding_block + in_range(bits.ue()?, 3, "log2_diff_max_min_luma_coding_block_size")?;
        sps.pic_size_in_ctbs = width.div_ceil(1 << ctb).saturating_mul(height.div_ceil(1 << ctb));
        (0..4).try_for_each(|_| bits.ue().map(drop))?; // transform block sizes and hierarchy depths
        if bits.bit()? && bits.bit()? {
            skip_scaling_list_data(&mut bits)?;
        }
        bits.skip(1)?; // amp_enabled_flag
        sps.sample_adaptive_offset_enabled = bits.bit()?;
        if bits.bit()? {
            bits.skip(8)?; // pcm sample bit depths
            bits.ue()?;
            bits.ue()?;
            bits.skip(1)?; // pcm_loop_filter_disabled_flag
        }
        let count = in_range(bits.ue()?, 64, "num_short_term_ref_pic_sets")?;
        for index in 0..count {
            let set = ShortTermSet::read(&mut bits, index, count, &sps.short_term_ref_pic_sets)?;
            sps.short_term_ref_pic_sets.push(set);
        }
        if bits.bit()? {
            let mut used = Vec::new();
            for _ in 0..in_range(bits.ue()?, 32, "num_long_term_ref_pics_sps")? {
                bits.skip(sps.pic_order_cnt_lsb_bits)?;
                used.push(bits.bit()?);
            }
            sps.long_term_ref_pics = Some(used);
        }
        sps.temporal_mvp_enabled = bits.bit()?;
        bits.skip(1)?; // strong_intra_smoothing_enabled_flag
        if bits.bit()? {
            sps.read_vui(&mut bits, sub_layers)?;
        }
        if bits.bit()? {
            sps.read_extensions(&mut bits, chroma_format_idc, bit_depths)?;
        }
        Ok(sps)
    }

    /// `vui_parameters()` of clause E.2.1.
    fn read_vui(&mut self, bits: &mut Bits<'_>, sub_layers: u32) -> Result<()> {
        self.usability = Usability::read(bits)?;
        if bits.bit()? {
            bits.ue()?; // chroma_sample_loc_type_top_field
            bits.ue()?;
        }
        bits.skip(1)?; // neutral_chroma_indication_flag
        if bits.bit()? {
            // field_seq_flag: each picture is a field, a frame has two.
            self.height = self.height.saturating_mul(2);
        }
        bits.skip(1)?; // frame_field_info_present_flag
        if bits.bit()? {
            (0..4).try_for_each(|_| bits.ue().map(drop))?; // default display window
        }
        if bits.bit()? {
            self.timing = Timing::read(bits)?;
            if bits.bit()? {
                bits.ue()?; // vui_num_ticks_poc_diff_one_minus1
            }
            if bits.bit()? {
                skip_hrd_parameters(bits, sub_layers)?;
            }
        }
        if bits.bit()? {
            bits.skip(3)?; // tiles_fixed_structure_flag, motion_vectors_over_pic_boundaries_flag, restricted_ref_pic_lists_flag
            (0..5).try_for_each(|_| bits.ue().map(drop))?;
        }
        Ok(())
    }

    /// The range extension (clause 7.3.2.2.2), the multilayer extension (F.7.3.2.2.4) and the screen content
    /// coding extension (7.3.2.2.3).
    fn read_extensions(&mut self, bits: &mut Bits<'_>, chroma_format_idc: u32, bit_depths: [u32; 2]) -> Result<()> {
        let [range, multilayer, three_d, screen_content] = [bits.bit()?, bits.bit()?, bits.bit()?, bits.bit()?];
        bits.skip(4)?; // sps_extension_4bits
        if range {
            bits.skip(9)?;
        }
        if multilayer {
            bits.skip(1)?; // inter_view_mv_vert_constraint_flag
        }
        if !screen_content {
            return Ok(());
        }
        if three_d {
            return Err(both_3d_and_screen_content());
        }
        bits.skip(1)?; // sps_curr_pic_ref_enabled_flag: the picture parameter set says it again
        if bits.bit()? {
            bits.ue()?; // palette_max_size
            bits.ue()?; // delta_palette_max_predictor_size
            if bits.bit()? {
                let count = in_range(bits.ue()?, 0xffff, "sps_num_palette_predictor_initializers_minus1")? + 1;
                for component in 0..if chroma_format_idc == 0 { 1 } else { 3 } {
                    let depth = bit_depths[usize::from(component > 0)];
                    (0..count).try_for_each(|_| bits.skip(depth))?;
                }
            }
        }
        self.motion_vector_resolution_control_idc = bits.u(2)?;
        Ok(())
    }
}

fn both_3d_and_screen_content() -> Error {
    Error::new(Code::CodecUnsupported, message!("the extensions for 3D video and for screen content are used together"))
}

/// What `video_parameter_set_rbsp()` of clause 7.3.2.1 says of time.
pub(super) fn read_vps_timing(payload: &[u8]) -> Result<Option<Timing>> {
    let mut bits = Bits::without_emulation_prevention(payload);
    bits.skip(4 + 2 + 6)?; // vps_video_parameter_set_id, flags of the base layer, vps_max_layers_minus1
    let sub_layers = bits.u(3)?; // minus one
    bits.skip(1 + 16)?; // vps_temporal_id_nesting_flag, 16 reserved bits
    skip_profile_tier_level(&mut bits, sub_layers)?;
    for _ in if bits.bit()? { 0 } else { sub_layers }..=sub_layers {
        (0..3).try_for_each(|_| bits.ue().map(drop))?; // buffering, reordering and latency
    }
    let layers = bits.u(6)? + 1; // vps_max_layer_id
    let sets = in_range(bits.ue()?, 1023, "vps_num_layer_sets_minus1")?;
    (0..sets).try_for_each(|_| bits.skip(layers))?; // layer_id_included_flag
    if bits.bit()? { Timing::read(&mut bits) } else { Ok(None) }
}

/// `profile_tier_level( 1, … )` of clause 7.3.3.
pub(super) fn skip_profile_tier_level(bits: &mut Bits<'_>, sub_layers: u32) -> Result<()> {
    const PROFILE: u32 = 88;
    const LEVEL: u32 = 8;
    bits.skip(PROFILE + LEVEL)?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.bit()?, bits.bit()?));
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers))?;
    }
    for (profile, level) in present {
        bits.skip(if profile { PROFILE } else { 0 } + if level { LEVEL } else { 0 })?;
    }
    Ok(())
}

/// Clause 7.3.4.
fn skip_scaling_list_data(bits: &mut Bits<'_>) -> Result<()> {
    for size in 0u32..4 {
        for _ in 0..if size == 3 { 2 } else { 6 } {
            if !bits.bit()? {
                bits.ue()?; // scaling_list_pred_matrix_id_delta
                continue;
            }
            if size > 1 {
                bits.se()?; // scaling_list_dc_coef_minus8
            }
            for _ in 0..64.min(1 << (4 + 2 * size)) {
                bits.se()?;
            }
        }
    }
    Ok(())
}

/// `hrd_parameters( 1, … )` of clause E.2.2.
fn skip_hrd_parameters(bits: &mut Bits<'_>, sub_layers: u32) -> Result<()> {
    let (nal, vcl) = (bits.bit()?, bits.bit()?);
    let mut sub_pic = false;
    if nal || vcl {
        sub_pic = bits.bit()?;
        if sub_pic {
            bits.skip(8 + 5 + 1 + 5)?;
        }
        bits.skip(4 + 4)?; // bit_rate_scale, cpb_size_scale
        if sub_pic {
            bits.skip(4)?; // cpb_size_du_scale
        }
        bits.skip(5 + 5 + 5)?;
    }
    for _ in 0..=sub_layers {
        let fixed_general = bits.bit()?;
        let fixed_within_cvs = fixed_general || bits.bit()?;
        let mut low_delay = false;
        if fixed_within_cvs {
            bits.ue()?; // elemental_duration_in_tc_minus1
        } else {
            low_delay = bits.bit()?;
        }
        let cpbs = if low_delay { 1 } else { in_range(bits.ue()?, 31, "cpb_cnt_minus1")? + 1 };
        for _ in 0..cpbs * (u32::from(nal) + u32::from(vcl)) {
            (0..if sub_pic { 4 } else { 2 }).try_for_each(|_| bits.ue().map(drop))?;
            bits.skip(1)?; // cbr_flag
        }
    }
    Ok(())
}

/// The most pictures of a short-term set: `sps_max_dec_pic_buffering_minus1` is at most 15.
const MAX_PICTURES: u32 = 16;

impl ShortTermSet {
    /// `st_ref_pic_set( index )` of clause 7.3.7, where `count` sets belong to the sequence and `before` are
    /// those of lower index.
    pub(super) fn read(bits: &mut Bits<'_>, index: u32, count: u32, before: &[Self]) -> Result<Self> {
        if index > 0 && bits.bit()? {
            let back = if index == count { bits.ue()?.saturating_add(1) } else { 1 };
            let reference = index.checked_sub(back).and_then(|index| before.get(index as usize)).ok_or_else(|| {
                Error::new(Code::CodecInvalid, message!("a reference picture set refers to one that is missing"))
            })?;
            return Self::read_predicted(bits, reference);
        }
        let negative = in_range(bits.ue()?, MAX_PICTURES, "num_negative_pics")?;
        let positive = in_range(bits.ue()?, MAX_PICTURES, "num_positive_pics")?;
        let mut read = |count: u32, sign: i64| {
            let mut delta = 0;
            let picture = |_| {
                delta += sign * (i64::from(bits.ue()?) + 1);
                Ok((delta, bits.bit()?))
            };
            (0..count).map(picture).collect::<Result<Vec<_>>>()
        };
        Ok(Self { negative: read(negative, -1)?, positive: read(positive, 1)? })
    }

    /// Inter prediction of sets: equations 7-61 and 7-62.
    fn read_predicted(bits: &mut Bits<'_>, reference: &Self) -> Result<Self> {
        let sign = if bits.bit()? { -1 } else { 1 };
        let shift = sign * (i64::from(in_range(bits.ue()?, 0x7fff, "abs_delta_rps_minus1")?) + 1);
        // The reference's pictures in the order of their indices, and behind them the reference itself.
        let pictures = reference.negative.iter().chain(&reference.positive).map(|&(delta, _)| delta).chain([0]);
        let mut kept = Vec::new();
        for delta in pictures {
            let used = bits.bit()?;
            let kept_unused = !used && bits.bit()?; // use_delta_flag
            if used || kept_unused {
                kept.push((delta + shift, used));
            }
        }
        // The equations list each side by its distance; a set has no distance twice.
        order::sort(&mut kept);
        let set = Self {
            negative: kept.iter().rev().copied().filter(|&(delta, _)| delta < 0).collect(),
            positive: kept.iter().copied().filter(|&(delta, _)| delta > 0).collect(),
        };
        in_range(u32::try_from(kept.len()).unwrap_or(u32::MAX), 2 * MAX_PICTURES, "NumDeltaPocs")?;
        Ok(set)
    }

    /// How many pictures the current one uses.
    pub(super) fn used(&self) -> u32 {
        let used = self.negative.iter().chain(&self.positive).filter(|(_, used)| *used).count();
        u32::try_from(used).expect("few pictures")
    }
}

/// `pic_parameter_set_rbsp()` of clause 7.3.2.3.
#[derive(Debug, Clone, Default)]
pub(super) struct Pps {
    pub(super) id: u32,
    pub(super) sps_id: u32,
    pub(super) dependent_slice_segments_enabled: bool,
    pub(super) output_flag_present: bool,
    pub(super) num_extra_slice_header_bits: u32,
    pub(super) cabac_init_present: bool,
    pub(super) num_ref_idx_default: [u32; 2],
    pub(super) slice_chroma_qp_offsets_present: bool,
    pub(super) weighted_pred: bool,
    pub(super) weighted_bipred: bool,
    pub(super) tiles_enabled: bool,
    pub(super) entropy_coding_sync_enabled: bool,
    pub(super) loop_filter_across_slices_enabled: bool,
    pub(super) deblocking_filter_override_enabled: bool,
    pub(super) deblocking_filter_disabled: bool,
    pub(super) lists_modification_present: bool,
    pub(super) slice_header_extension_present: bool,
    pub(super) chroma_qp_offset_list_enabled: bool,
    pub(super) curr_pic_ref_enabled: bool,
    pub(super) slice_act_qp_offsets_present: bool,
}

impl Pps {
    fn read(payload: &[u8]) -> Result<Self> {
        let mut bits = Bits::without_emulation_prevention(payload);
        let mut pps = Self {
            id: in_range(bits.ue()?, 63, "pps_pic_parameter_set_id")?,
            sps_id: in_range(bits.ue()?, 15, "pps_seq_parameter_set_id")?,
            dependent_slice_segments_enabled: bits.bit()?,
            output_flag_present: bits.bit()?,
            num_extra_slice_header_bits: bits.u(3)?,
            ..Self::default()
        };
        bits.skip(1)?; // sign_data_hiding_enabled_flag
        pps.cabac_init_present = bits.bit()?;
        for count in &mut pps.num_ref_idx_default {
            *count = in_range(bits.ue()?, 14, "num_ref_idx_default_active_minus1")? + 1;
        }
        bits.se()?; // init_qp_minus26
        bits.skip(1)?; // constrained_intra_pred_flag
        let transform_skip_enabled = bits.bit()?;
        if bits.bit()? {
            bits.ue()?; // diff_cu_qp_delta_depth
        }
        bits.se()?; // pps_cb_qp_offset
        bits.se()?; // pps_cr_qp_offset
        pps.slice_chroma_qp_offsets_present = bits.bit()?;
        pps.weighted_pred = bits.bit()?;
        pps.weighted_bipred = bits.bit()?;
        bits.skip(1)?; // transquant_bypass_enabled_flag
        pps.tiles_enabled = bits.bit()?;
        pps.entropy_coding_sync_enabled = bits.bit()?;
        if pps.tiles_enabled {
            let columns = in_range(bits.ue()?, 0xffff, "num_tile_columns_minus1")?;
            let rows = in_range(bits.ue()?, 0xffff, "num_tile_rows_minus1")?;
            if !bits.bit()? {
                (0..columns + rows).try_for_each(|_| bits.ue().map(drop))?;
            }
            bits.skip(1)?; // loop_filter_across_tiles_enabled_flag
        }
        pps.loop_filter_across_slices_enabled = bits.bit()?;
        if bits.bit()? {
            pps.deblocking_filter_override_enabled = bits.bit()?;
            pps.deblocking_filter_disabled = bits.bit()?;
            if !pps.deblocking_filter_disabled {
                bits.se()?; // pps_beta_offset_div2
                bits.se()?; // pps_tc_offset_div2
            }
        }
        if bits.bit()? {
            skip_scaling_list_data(&mut bits)?;
        }
        pps.lists_modification_present = bits.bit()?;
        bits.ue()?; // log2_parallel_merge_level_minus2
        pps.slice_header_extension_present = bits.bit()?;
        if bits.bit()? {
            pps.read_extensions(&mut bits, transform_skip_enabled)?;
        }
        Ok(pps)
    }

    /// The range extension (clause 7.3.2.3.2) and the screen content coding extension (7.3.2.3.3). Those for
    /// layers and for 3D video stand between them and hold nothing that the base layer's slices depend on.
    fn read_extensions(&mut self, bits: &mut Bits<'_>, transform_skip_enabled: bool) -> Result<()> {
        let [range, multilayer, three_d, screen_content] = [bits.bit()?, bits.bit()?, bits.bit()?, bits.bit()?];
        bits.skip(4)?; // pps_extension_4bits
        if range {
            if transform_skip_enabled {
                bits.ue()?; // log2_max_transform_skip_block_size_minus2
            }
            bits.skip(1)?; // cross_component_prediction_enabled_flag
            self.chroma_qp_offset_list_enabled = bits.bit()?;
            if self.chroma_qp_offset_list_enabled {
                bits.ue()?; // diff_cu_chroma_qp_offset_depth
                for _ in 0..=in_range(bits.ue()?, 5, "chroma_qp_offset_list_len_minus1")? {
                    bits.se()?;
                    bits.se()?;
                }
            }
            bits.ue()?; // log2_sao_offset_scale_luma
            bits.ue()?; // log2_sao_offset_scale_chroma
        }
        if !screen_content {
            return Ok(());
        }
        if multilayer || three_d {
            return Err(both_3d_and_screen_content());
        }
        self.curr_pic_ref_enabled = bits.bit()?;
        // residual_adaptive_colour_transform_enabled_flag
        self.slice_act_qp_offsets_present = bits.bit()? && bits.bit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;

    #[test]
    fn a_predicted_set_shifts_its_reference_and_adds_it() {
        // The reference: −1 and −3 used, +2 not.
        let reference = ShortTermSet { negative: vec![(-1, true), (-3, true)], positive: vec![(2, false)] };
        // Shift by −1; keep −1 unused, drop −3, keep +2 used, and take the reference picture itself.
        let bits = BitWriter::default().u(1, 1).u(1, 1).ue(0).u(2, 0b01).u(2, 0b00).u(1, 1).u(1, 1).bytes();
        let set = ShortTermSet::read(&mut Bits::new(&bits), 1, 2, &[reference]).unwrap();
        assert_eq!(set.negative, [(-1, true), (-2, false)]);
        assert_eq!(set.positive, [(1, true)]);
        assert_eq!(set.used(), 2);
    }

    #[test]
    fn a_set_that_refers_outside_is_refused() {
        let bits = BitWriter::default().u(1, 1).ue(7).u(8, 0xff).bytes();
        assert!(
            ShortTermSet::read(&mut Bits::new(&bits), 2, 2, &[ShortTermSet::default(), ShortTermSet::default()])
                .is_err()
        );
    }
}
