//! The frame header of AV1, `uncompressed_header()` of clause 5.9.2: where it ends, and how many tiles follow.
//!
//! Nearly all of it is passed over. What is kept is what later syntax depends on, in this frame or, by way of the
//! [`Slots`], in frames that refer to it.

mod film_grain;
mod tile_info;

use super::sequence_header::{SELECT, SequenceHeader};
use crate::bytes::Bits;
use crate::error::{Code, Error, Message, Result};

/// What is known of a frame behind its header.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameHeader {
    pub(super) tile_columns: u32,
    pub(super) tile_rows: u32,
    /// TileColsLog2 + TileRowsLog2: the bits of a tile's number.
    pub(super) tile_bits: u32,
    /// The bytes of `tile_size_minus_1`.
    pub(super) tile_size_bytes: usize,
    refresh_frame_flags: u32,
    saved: Saved,
}

impl FrameHeader {
    /// A frame of one row of tiles.
    #[cfg(test)]
    pub(super) fn of_tiles(tile_columns: u32, tile_bits: u32, tile_size_bytes: usize) -> Self {
        Self { tile_columns, tile_rows: 1, tile_bits, tile_size_bytes, ..Self::default() }
    }

    /// The number of tiles.
    pub(super) fn tiles(&self) -> u32 {
        self.tile_columns * self.tile_rows
    }
}

/// What a slot keeps of a frame (clause 7.20).
#[derive(Debug, Clone, Default)]
struct Saved {
    frame_type: FrameType,
    size: Size,
    order_hint: u32,
    /// The value of the quantizer feature of each segment, where it is active.
    segment_quantizers: [Option<i32>; SEGMENTS],
}

const SEGMENTS: usize = 8;
const REFERENCES: usize = 7;

/// The eight slots that frames are kept in for reference.
#[derive(Debug, Default)]
pub(super) struct Slots([Option<Saved>; 8]);

impl Slots {
    /// The reference frame update process of clause 7.20.
    pub(super) fn update(&mut self, header: &FrameHeader) {
        self.save(header.refresh_frame_flags, &header.saved);
    }

    fn save(&mut self, refresh_frame_flags: u32, saved: &Saved) {
        for (index, slot) in self.0.iter_mut().enumerate() {
            if refresh_frame_flags >> index & 1 == 1 {
                *slot = Some(saved.clone());
            }
        }
    }

    fn need(&self, index: u32) -> Result<&Saved> {
        self.0[index as usize].as_ref().ok_or_else(|| {
            invalid(message!("a frame refers to slot {index}, which no frame has filled since the sync sample", index))
        })
    }

    /// `RefOrderHint`; 0 for an empty slot.
    fn order_hint(&self, index: u32) -> u32 {
        self.0[index as usize].as_ref().map_or(0, |saved| saved.order_hint)
    }
}

fn invalid(message: Message) -> Error {
    Error::new(Code::CodecInvalid, message)
}

/// `frame_type`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum FrameType {
    #[default]
    Key,
    Inter,
    IntraOnly,
    Switch,
}

impl FrameType {
    fn is_intra(self) -> bool {
        matches!(self, Self::Key | Self::IntraOnly)
    }
}

/// A frame's size in pixels.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    upscaled_width: u32,
    /// As coded: less than the upscaled width under super-resolution.
    width: u32,
    height: u32,
}

/// A header being read.
struct Parser<'a, 'b> {
    bits: &'a mut Bits<'b>,
    sequence: &'a SequenceHeader,
    slots: &'a mut Slots,
    /// `temporal_id` and `spatial_id` of the OBU.
    layer: (u32, u32),
    frame_type: FrameType,
    show_frame: bool,
    showable_frame: bool,
    error_resilient: bool,
    allow_screen_content_tools: bool,
    force_integer_mv: bool,
    frame_size_override: bool,
    order_hint: u32,
    allow_intrabc: bool,
    allow_high_precision_mv: bool,
    reference_slots: [u32; REFERENCES],
    size: Size,
}

/// Reads a header; `None` for one that shows a frame that exists.
pub(super) fn read(
    bits: &mut Bits<'_>,
    sequence: &SequenceHeader,
    slots: &mut Slots,
    layer: (u32, u32),
) -> Result<Option<FrameHeader>> {
    let parser = Parser {
        bits,
        sequence,
        slots,
        layer,
        frame_type: FrameType::Key,
        show_frame: true,
        showable_frame: false,
        error_resilient: true,
        allow_screen_content_tools: false,
        force_integer_mv: false,
        frame_size_override: false,
        order_hint: 0,
        allow_intrabc: false,
        allow_high_precision_mv: false,
        reference_slots: [0; REFERENCES],
        size: Size::default(),
    };
    parser.read()
}

impl Parser<'_, '_> {
    fn read(mut self) -> Result<Option<FrameHeader>> {
        const PRIMARY_REF_NONE: u32 = 7;
        let sequence = self.sequence;
        if !sequence.reduced_still_picture_header && self.read_kind()? {
            return Ok(None);
        }
        if self.frame_type == FrameType::Key && self.show_frame {
            self.slots.0.fill(None);
        }
        let disable_cdf_update = self.bits.bit()?;
        self.allow_screen_content_tools = match sequence.force_screen_content_tools {
            SELECT => self.bits.bit()?,
            forced => forced == 1,
        };
        if self.allow_screen_content_tools {
            self.force_integer_mv = match sequence.force_integer_mv {
                SELECT => self.bits.bit()?,
                forced => forced == 1,
            };
        }
        if let Some((_, size)) = sequence.frame_id_bits {
            self.bits.skip(size)?; // current_frame_id
        }
        self.frame_size_override = match self.frame_type {
            FrameType::Switch => true,
            _ => !sequence.reduced_still_picture_header && self.bits.bit()?,
        };
        self.order_hint = self.bits.u(sequence.order_hint_bits)?;
        let is_intra = self.frame_type.is_intra();
        let primary = if is_intra || self.error_resilient { PRIMARY_REF_NONE } else { self.bits.u(3)? };
        self.skip_buffer_removal_times()?;
        let refresh_frame_flags = self.read_refresh_flags()?;
        if is_intra {
            self.read_frame_size()?;
            self.skip_render_size()?;
            if self.allow_screen_content_tools && self.size.upscaled_width == self.size.width {
                self.allow_intrabc = self.bits.bit()?;
            }
        } else {
            self.read_inter()?;
            if !self.error_resilient && sequence.enable_ref_frame_mvs {
                self.bits.skip(1)?; // use_ref_frame_mvs
            }
        }
        if !sequence.reduced_still_picture_header && !disable_cdf_update {
            self.bits.skip(1)?; // disable_frame_end_update_cdf
        }
        let previous = match primary {
            PRIMARY_REF_NONE => None,
            index => Some(self.slots.need(self.reference_slots[index as usize])?.segment_quantizers),
        };
        let tiles = tile_info::read(self.bits, self.size.width, self.size.height, sequence.use_128x128_superblock)?;
        let (base_q_idx, deltas_are_zero) = self.read_quantization()?;
        let segment_quantizers = self.read_segmentation(previous)?;
        self.skip_delta_q_and_lf(base_q_idx)?;
        // CodedLossless: get_qindex() is 0 for every segment (clause 7.12.2).
        let lossless = deltas_are_zero
            && segment_quantizers
                .iter()
                .all(|value| (i64::from(base_q_idx) + i64::from(value.unwrap_or(0))).clamp(0, 255) == 0);
        self.skip_loop_filter(lossless)?;
        self.skip_cdef(lossless)?;
        self.skip_loop_restoration(lossless && self.size.width == self.size.upscaled_width)?;
        if !lossless {
            self.bits.skip(1)?; // tx_mode_select
        }
        let reference_select = !is_intra && self.bits.bit()?;
        if reference_select && self.is_skip_mode_allowed() {
            self.bits.skip(1)?; // skip_mode_present
        }
        if !is_intra && !self.error_resilient && sequence.enable_warped_motion {
            self.bits.skip(1)?; // allow_warped_motion
        }
        self.bits.skip(1)?; // reduced_tx_set
        if !is_intra {
            self.skip_global_motion()?;
        }
        if sequence.film_grain_params_present && (self.show_frame || self.showable_frame) {
            film_grain::skip(self.bits, sequence, self.frame_type == FrameType::Inter)?;
        }
        let saved =
            Saved { frame_type: self.frame_type, size: self.size, order_hint: self.order_hint, segment_quantizers };
        Ok(Some(FrameHeader {
            tile_columns: tiles.columns,
            tile_rows: tiles.rows,
            tile_bits: tiles.bits,
            tile_size_bytes: tiles.size_bytes,
            refresh_frame_flags,
            saved,
        }))
    }

    /// What kind of frame it is; true for one that exists already and is shown.
    fn read_kind(&mut self) -> Result<bool> {
        if self.bits.bit()? {
            let index = self.bits.u(3)?; // frame_to_show_map_idx
            self.skip_temporal_point()?;
            if let Some((_, size)) = self.sequence.frame_id_bits {
                self.bits.skip(size)?; // display_frame_id
            }
            let shown = self.slots.need(index)?.clone();
            if shown.frame_type == FrameType::Key {
                self.slots.save(0xff, &shown);
            }
            return Ok(true);
        }
        self.frame_type = match self.bits.u(2)? {
            0 => FrameType::Key,
            1 => FrameType::Inter,
            2 => FrameType::IntraOnly,
            _ => FrameType::Switch,
        };
        self.show_frame = self.bits.bit()?;
        if self.show_frame {
            self.skip_temporal_point()?;
            self.showable_frame = self.frame_type != FrameType::Key;
        } else {
            self.showable_frame = self.bits.bit()?;
        }
        self.error_resilient = self.frame_type == FrameType::Switch
            || self.frame_type == FrameType::Key && self.show_frame
            || self.bits.bit()?;
        Ok(false)
    }

    /// `temporal_point_info()`, where it is there.
    fn skip_temporal_point(&mut self) -> Result<()> {
        match &self.sequence.decoder_model {
            Some(model) if !self.sequence.equal_picture_interval => self.bits.skip(model.frame_presentation_time_bits),
            _ => Ok(()),
        }
    }

    fn skip_buffer_removal_times(&mut self) -> Result<()> {
        let Some(model) = &self.sequence.decoder_model else { return Ok(()) };
        if !self.bits.bit()? {
            return Ok(());
        }
        let (temporal_id, spatial_id) = self.layer;
        for &(idc, has_model) in &self.sequence.operating_points {
            let is_in_point = idc == 0 || idc >> temporal_id & 1 == 1 && idc >> (spatial_id + 8) & 1 == 1;
            if has_model && is_in_point {
                self.bits.skip(model.buffer_removal_time_bits)?;
            }
        }
        Ok(())
    }

    fn read_refresh_flags(&mut self) -> Result<u32> {
        const ALL: u32 = 0xff;
        let flags = match self.frame_type {
            FrameType::Switch => ALL,
            FrameType::Key if self.show_frame => ALL,
            _ => self.bits.u(8)?,
        };
        if (!self.frame_type.is_intra() || flags != ALL) && self.error_resilient && self.sequence.order_hint_bits > 0 {
            let (upscaled_width, height) = (self.sequence.max_frame_width, self.sequence.max_frame_height);
            for slot in &mut self.slots.0 {
                let order_hint = self.bits.u(self.sequence.order_hint_bits)?;
                // A frame with another hint was lost. Decoders go on with a grey one in its place.
                if slot.as_ref().is_none_or(|saved| saved.order_hint != order_hint) {
                    let size = Size { upscaled_width, width: upscaled_width, height };
                    *slot = Some(Saved { frame_type: FrameType::Inter, size, order_hint, ..Saved::default() });
                }
            }
        }
        Ok(flags)
    }

    /// References, size and motion vectors of an inter frame.
    fn read_inter(&mut self) -> Result<()> {
        let short_signaling = self.sequence.order_hint_bits > 0 && self.bits.bit()?;
        if short_signaling {
            let (last, gold) = (self.bits.u(3)?, self.bits.u(3)?);
            self.set_frame_refs(last, gold);
        }
        for index in 0..REFERENCES {
            if !short_signaling {
                self.reference_slots[index] = self.bits.u(3)?;
            }
            if let Some((delta_size, _)) = self.sequence.frame_id_bits {
                self.bits.skip(delta_size)?; // delta_frame_id_minus_1
            }
        }
        if !(self.frame_size_override && !self.error_resilient && self.read_size_of_reference()?) {
            self.read_frame_size()?;
            self.skip_render_size()?;
        }
        self.allow_high_precision_mv = !self.force_integer_mv && self.bits.bit()?;
        if !self.bits.bit()? {
            self.bits.skip(2)?; // interpolation_filter
        }
        self.bits.skip(1) // is_motion_mode_switchable
    }

    /// `frame_size()`.
    fn read_frame_size(&mut self) -> Result<()> {
        let sequence = self.sequence;
        (self.size.upscaled_width, self.size.height) = if self.frame_size_override {
            (self.bits.u(sequence.frame_width_bits)? + 1, self.bits.u(sequence.frame_height_bits)? + 1)
        } else {
            (sequence.max_frame_width, sequence.max_frame_height)
        };
        self.read_superres()
    }

    /// The first half of `frame_size_with_refs()`: whether the size is that of a reference.
    fn read_size_of_reference(&mut self) -> Result<bool> {
        for index in self.reference_slots {
            if self.bits.bit()? {
                self.size = self.slots.need(index)?.size;
                self.read_superres()?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `superres_params()`.
    fn read_superres(&mut self) -> Result<()> {
        const NUMERATOR: u32 = 8;
        self.size.width = self.size.upscaled_width;
        if self.sequence.enable_superres && self.bits.bit()? {
            let denominator = self.bits.u(3)? + 9;
            self.size.width = (self.size.upscaled_width * NUMERATOR + denominator / 2) / denominator;
        }
        Ok(())
    }

    /// `render_size()`.
    fn skip_render_size(&mut self) -> Result<()> {
        if self.bits.bit()? { self.bits.skip(32) } else { Ok(()) }
    }

    /// `get_relative_dist()` of clause 5.9.3.
    fn relative_distance(&self, a: u32, b: u32) -> i64 {
        let Some(shift) = self.sequence.order_hint_bits.checked_sub(1) else { return 0 };
        let (difference, middle) = (i64::from(a) - i64::from(b), 1 << shift);
        (difference & (middle - 1)) - (difference & middle)
    }

    /// The set frame refs process of clause 7.8.
    fn set_frame_refs(&mut self, last: u32, gold: u32) {
        const GOLDEN: usize = 3;
        let distances: Vec<i64> =
            (0..8).map(|slot| self.relative_distance(self.slots.order_hint(slot), self.order_hint)).collect();
        let distance = |slot: &u32| distances[*slot as usize];
        let mut unused: Vec<u32> = (0..8).filter(|slot| *slot != last && *slot != gold).collect();
        let mut references = [None; REFERENCES];
        references[0] = Some(last);
        references[GOLDEN] = Some(gold);
        // ALTREF is the latest behind this frame, BWDREF and ALTREF2 are the earliest; the others, and those of
        // the three that found none, the latest before it. Of equals the last counts as latest, the first as
        // earliest.
        for name in [6, 4, 5, 1, 2, 4, 5, 6].into_iter().enumerate() {
            let candidates = unused.iter().copied();
            let found = match name {
                (_, name) if references[name].is_some() => continue,
                (0, _) => candidates.filter(|slot| distance(slot) >= 0).max_by_key(distance),
                (1 | 2, _) => candidates.filter(|slot| distance(slot) >= 0).min_by_key(distance),
                _ => candidates.filter(|slot| distance(slot) < 0).max_by_key(distance),
            };
            unused.retain(|slot| Some(*slot) != found);
            references[name.1] = found;
        }
        let earliest = (0..8).min_by_key(distance).expect("eight slots");
        self.reference_slots = references.map(|slot| slot.unwrap_or(earliest));
    }

    /// `skip_mode_params()` up to the flag, for a frame with `reference_select`.
    fn is_skip_mode_allowed(&self) -> bool {
        if self.sequence.order_hint_bits == 0 {
            return false;
        }
        let hints = self.reference_slots.map(|slot| self.slots.order_hint(slot));
        let before = |than: u32| hints.iter().copied().filter(move |&hint| self.relative_distance(hint, than) < 0);
        let latest = |a: u32, b: u32| if self.relative_distance(b, a) > 0 { b } else { a };
        let Some(forward) = before(self.order_hint).reduce(latest) else { return false };
        let has_backward = hints.iter().any(|&hint| self.relative_distance(hint, self.order_hint) > 0);
        has_backward || before(forward).next().is_some()
    }

    /// `quantization_params()`: base_q_idx, and whether all deltas are 0.
    fn read_quantization(&mut self) -> Result<(u32, bool)> {
        let base_q_idx = self.bits.u(8)?;
        let mut all_zero = true;
        let mut read_delta = |bits: &mut Bits<'_>| -> Result<()> {
            if bits.bit()? {
                all_zero &= bits.u(7)? == 0;
            }
            Ok(())
        };
        read_delta(self.bits)?; // DeltaQYDc
        if self.sequence.planes() > 1 {
            let differ = self.sequence.separate_uv_delta_q && self.bits.bit()?;
            for _ in 0..if differ { 4 } else { 2 } {
                read_delta(self.bits)?;
            }
        }
        if self.bits.bit()? {
            self.bits.skip(if self.sequence.separate_uv_delta_q { 12 } else { 8 })?; // qm_y, qm_u, qm_v
        }
        Ok((base_q_idx, all_zero))
    }

    /// `segmentation_params()`; `previous` are the values of the primary reference, where there is one.
    fn read_segmentation(&mut self, previous: Option<[Option<i32>; SEGMENTS]>) -> Result<[Option<i32>; SEGMENTS]> {
        /// The bits of each feature's value, and whether it has a sign.
        const FEATURES: [(u32, bool); 8] =
            [(8, true), (6, true), (6, true), (6, true), (6, true), (3, false), (0, false), (0, false)];
        let mut quantizers = [None; SEGMENTS];
        if !self.bits.bit()? {
            return Ok(quantizers);
        }
        if let Some(previous) = previous {
            if self.bits.bit()? {
                self.bits.skip(1)?; // segmentation_temporal_update
            }
            if !self.bits.bit()? {
                return Ok(previous);
            }
        }
        for quantizer in &mut quantizers {
            for (feature, (size, signed)) in FEATURES.into_iter().enumerate() {
                if !self.bits.bit()? {
                    continue;
                }
                let value = self.bits.u(size + u32::from(signed))?;
                if feature == 0 {
                    // su(9): the top bit counts negatively.
                    let value = i32::try_from(value).expect("nine bits");
                    *quantizer = Some((value & 0xff) - (value & 0x100));
                }
            }
        }
        Ok(quantizers)
    }

    /// `delta_q_params()` and `delta_lf_params()`.
    fn skip_delta_q_and_lf(&mut self, base_q_idx: u32) -> Result<()> {
        if base_q_idx == 0 || !self.bits.bit()? {
            return Ok(());
        }
        self.bits.skip(2)?; // delta_q_res
        if !self.allow_intrabc && self.bits.bit()? {
            self.bits.skip(3)?; // delta_lf_res, delta_lf_multi
        }
        Ok(())
    }

    /// `loop_filter_params()`.
    fn skip_loop_filter(&mut self, lossless: bool) -> Result<()> {
        if lossless || self.allow_intrabc {
            return Ok(());
        }
        let levels = [self.bits.u(6)?, self.bits.u(6)?];
        if self.sequence.planes() > 1 && levels != [0, 0] {
            self.bits.skip(12)?; // those of chroma
        }
        self.bits.skip(3)?; // loop_filter_sharpness
        if self.bits.bit()? && self.bits.bit()? {
            // Eight deltas of references, two of modes.
            for _ in 0..8 + 2 {
                if self.bits.bit()? {
                    self.bits.skip(7)?;
                }
            }
        }
        Ok(())
    }

    /// `cdef_params()`.
    fn skip_cdef(&mut self, lossless: bool) -> Result<()> {
        if lossless || self.allow_intrabc || !self.sequence.enable_cdef {
            return Ok(());
        }
        self.bits.skip(2)?; // cdef_damping_minus_3
        let strengths = 1 << self.bits.u(2)?;
        self.bits.skip(strengths * if self.sequence.planes() > 1 { 12 } else { 6 })
    }

    /// `lr_params()`.
    fn skip_loop_restoration(&mut self, all_lossless: bool) -> Result<()> {
        if all_lossless || self.allow_intrabc || !self.sequence.enable_restoration {
            return Ok(());
        }
        let (mut uses, mut uses_chroma) = (false, false);
        for plane in 0..self.sequence.planes() {
            let used = self.bits.u(2)? != 0;
            uses |= used;
            uses_chroma |= used && plane > 0;
        }
        if uses {
            let shift = self.bits.bit()?;
            if !self.sequence.use_128x128_superblock && shift {
                self.bits.skip(1)?; // lr_unit_extra_shift
            }
            if uses_chroma && self.sequence.subsampling == (true, true) {
                self.bits.skip(1)?; // lr_uv_shift
            }
        }
        Ok(())
    }

    /// `global_motion_params()`. How many bits a parameter takes doesn't depend on the one it is predicted from.
    fn skip_global_motion(&mut self) -> Result<()> {
        const ALPHA_BITS: u32 = 12;
        const TRANSLATION_BITS: u32 = 12;
        const TRANSLATION_ONLY_BITS: u32 = 9;
        for _ in 0..REFERENCES {
            if !self.bits.bit()? {
                continue; // identity
            }
            let is_rotzoom = self.bits.bit()?;
            let is_translation = !is_rotzoom && self.bits.bit()?;
            if is_translation {
                let size = TRANSLATION_ONLY_BITS - u32::from(!self.allow_high_precision_mv);
                (0..2).try_for_each(|_| skip_subexp(self.bits, size))?;
            } else {
                let alphas = if is_rotzoom { 2 } else { 4 };
                (0..alphas).try_for_each(|_| skip_subexp(self.bits, ALPHA_BITS))?;
                (0..2).try_for_each(|_| skip_subexp(self.bits, TRANSLATION_BITS))?;
            }
        }
        Ok(())
    }
}

/// `decode_subexp()` of clause 5.9.27 for numbers from −2^size to 2^size.
fn skip_subexp(bits: &mut Bits<'_>, size: u32) -> Result<()> {
    const K: u32 = 3;
    let count = (2 << size) + 1;
    let (mut step, mut low) = (0, 0);
    loop {
        let width = if step > 0 { K + step - 1 } else { K };
        if count <= low + (3 << width) {
            return read_ns(bits, count - low).map(drop); // subexp_final_bits
        }
        if !bits.bit()? {
            return bits.skip(width); // subexp_bits
        }
        step += 1;
        low += 1 << width;
    }
}

/// `ns(n)` of clause 4.10.7.
fn read_ns(bits: &mut Bits<'_>, count: u32) -> Result<u32> {
    let width = u32::BITS - count.leading_zeros();
    let short = (1 << width) - count;
    let value = bits.u(width - 1)?;
    if value < short { Ok(value) } else { Ok((value << 1) - short + bits.u(1)?) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;

    fn with_parser<T>(hints: [u32; 8], order_hint: u32, test: impl FnOnce(Parser<'_, '_>) -> T) -> T {
        let sequence = SequenceHeader { order_hint_bits: 7, ..SequenceHeader::default() };
        let saved = |order_hint| Some(Saved { order_hint, ..Saved::default() });
        let mut slots = Slots(hints.map(saved));
        test(Parser {
            bits: &mut Bits::new(&[]),
            sequence: &sequence,
            slots: &mut slots,
            layer: (0, 0),
            frame_type: FrameType::Inter,
            show_frame: true,
            showable_frame: true,
            error_resilient: false,
            allow_screen_content_tools: false,
            force_integer_mv: false,
            frame_size_override: false,
            order_hint,
            allow_intrabc: false,
            allow_high_precision_mv: false,
            reference_slots: [0; REFERENCES],
            size: Size::default(),
        })
    }

    #[test]
    fn short_signalling_finds_references_by_their_distance() {
        // A pyramid around frame 6: 0 2 4 5 before, 8 and 16 behind, 8 twice.
        let slots = with_parser([0, 2, 4, 5, 8, 16, 8, 1], 6, |mut parser| {
            parser.set_frame_refs(3, 0);
            parser.reference_slots
        });
        // LAST 5, LAST2 4, LAST3 2, GOLDEN 0, BWDREF the first 8, ALTREF2 the other, ALTREF 16.
        assert_eq!(slots, [3, 2, 1, 0, 4, 6, 5]);
    }

    #[test]
    fn short_signalling_fills_up_with_the_earliest() {
        let slots = with_parser([9; 8], 10, |mut parser| {
            parser.set_frame_refs(0, 1);
            parser.reference_slots
        });
        // All lie before and alike: the latest of equals is the last one left.
        assert_eq!(slots, [0, 7, 6, 1, 5, 4, 3]);
    }

    #[test]
    fn skip_mode_takes_two_references_on_either_side_or_before() {
        let allowed = |hints: [u32; 8], order_hint| {
            with_parser(hints, order_hint, |mut parser| {
                parser.reference_slots = [0, 1, 2, 3, 4, 5, 6];
                parser.is_skip_mode_allowed()
            })
        };
        assert!(allowed([4, 4, 4, 4, 8, 8, 8, 0], 6));
        assert!(allowed([4, 3, 4, 4, 4, 4, 4, 0], 6));
        assert!(!allowed([4; 8], 6));
        assert!(!allowed([8; 8], 6));
        // Order hints wrap: 126 lies before 2.
        assert!(allowed([126, 126, 126, 126, 126, 126, 5, 0], 2));
    }

    #[test]
    fn numbers_below_a_count_take_the_shorter_code_first() {
        // ns(5): 0, 1, 2 in two bits, 3 and 4 in three (clause 4.10.7's example).
        let read = |value, size| read_ns(&mut Bits::new(&BitWriter::default().u(size, value).bytes()), 5).unwrap();
        assert_eq!([read(0, 2), read(1, 2), read(2, 2), read(6, 3), read(7, 3)], [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_subexponential_number_has_8_values_in_its_first_step() {
        let size = |bytes: &[u8], range| {
            let mut bits = Bits::new(bytes);
            skip_subexp(&mut bits, range).unwrap();
            bits.bytes_read()
        };
        assert_eq!(size(&[0, 0, 0], 12), 1); // one bit for "no more", three for the value
        assert_eq!(size(&[0b1000_0000, 0, 0], 12), 1); // the next step has eight values, too
        assert_eq!(size(&[0xff; 8], 12), 3); // to the last step
    }
}
