//! The sequence header of AV1, clauses 5.5.1 to 5.5.5.

use crate::bytes::Bits;
use crate::codec::colour::Colour;
use crate::codec::nal::byte;
use crate::error::{Code, Error, Result};

/// What the frame header's syntax depends on, and how to show the pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SequenceHeader {
    pub(super) reduced_still_picture_header: bool,
    pub(super) equal_picture_interval: bool,
    pub(super) decoder_model: Option<DecoderModel>,
    /// `operating_point_idc`, and whether the point has a decoder model.
    pub(super) operating_points: Vec<(u32, bool)>,
    pub(super) frame_width_bits: u32,
    pub(super) frame_height_bits: u32,
    /// In pixels.
    pub(super) max_frame_width: u32,
    pub(super) max_frame_height: u32,
    /// The lengths of `delta_frame_id` and of frame ids in bits, where frames have ids.
    pub(super) frame_id_bits: Option<(u32, u32)>,
    pub(super) use_128x128_superblock: bool,
    pub(super) enable_warped_motion: bool,
    /// 0 where frames have no order hint.
    pub(super) order_hint_bits: u32,
    pub(super) enable_ref_frame_mvs: bool,
    /// [`SELECT`] where each frame says it.
    pub(super) force_screen_content_tools: u32,
    pub(super) force_integer_mv: u32,
    pub(super) enable_superres: bool,
    pub(super) enable_cdef: bool,
    pub(super) enable_restoration: bool,
    pub(super) monochrome: bool,
    pub(super) subsampling: (bool, bool),
    pub(super) separate_uv_delta_q: bool,
    pub(super) film_grain_params_present: bool,
    pub(super) colour: Option<Colour>,
}

/// `SELECT_SCREEN_CONTENT_TOOLS` and `SELECT_INTEGER_MV`.
pub(super) const SELECT: u32 = 2;

/// `decoder_model_info()`: the lengths of fields in bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DecoderModel {
    buffer_delay_bits: u32,
    pub(super) buffer_removal_time_bits: u32,
    pub(super) frame_presentation_time_bits: u32,
}

impl SequenceHeader {
    /// `sequence_header_obu()`.
    pub(super) fn read(payload: &[u8]) -> Result<Self> {
        let bits = &mut Bits::new(payload);
        let mut header = Self::default();
        let profile = bits.u(3)?;
        if profile > 2 {
            return Err(Error::new(Code::CodecInvalid, message!("seq_profile is {profile}; the most is 2", profile)));
        }
        bits.skip(1)?; // still_picture
        header.reduced_still_picture_header = bits.bit()?;
        if header.reduced_still_picture_header {
            bits.skip(5)?; // seq_level_idx
            header.operating_points.push((0, false));
        } else {
            header.read_operating_points(bits)?;
        }
        header.frame_width_bits = bits.u(4)? + 1;
        header.frame_height_bits = bits.u(4)? + 1;
        header.max_frame_width = bits.u(header.frame_width_bits)? + 1;
        header.max_frame_height = bits.u(header.frame_height_bits)? + 1;
        if !header.reduced_still_picture_header && bits.bit()? {
            let delta = bits.u(4)? + 2;
            header.frame_id_bits = Some((delta, bits.u(3)? + delta + 1));
        }
        header.use_128x128_superblock = bits.bit()?;
        bits.skip(2)?; // enable_filter_intra, enable_intra_edge_filter
        header.read_tools(bits)?;
        header.enable_superres = bits.bit()?;
        header.enable_cdef = bits.bit()?;
        header.enable_restoration = bits.bit()?;
        header.read_colour(bits, profile)?;
        header.film_grain_params_present = bits.bit()?;
        Ok(header)
    }

    fn read_operating_points(&mut self, bits: &mut Bits<'_>) -> Result<()> {
        if bits.bit()? {
            bits.skip(64)?; // num_units_in_display_tick, time_scale
            self.equal_picture_interval = bits.bit()?;
            if self.equal_picture_interval {
                skip_uvlc(bits)?; // num_ticks_per_picture_minus_1
            }
            if bits.bit()? {
                let buffer_delay_bits = bits.u(5)? + 1;
                bits.skip(32)?; // num_units_in_decoding_tick
                self.decoder_model = Some(DecoderModel {
                    buffer_delay_bits,
                    buffer_removal_time_bits: bits.u(5)? + 1,
                    frame_presentation_time_bits: bits.u(5)? + 1,
                });
            }
        }
        let has_initial_display_delay = bits.bit()?;
        for _ in 0..=bits.u(5)? {
            let idc = bits.u(12)?;
            if bits.u(5)? > 7 {
                bits.skip(1)?; // seq_tier
            }
            let mut has_model = false;
            if let Some(model) = &self.decoder_model {
                has_model = bits.bit()?;
                if has_model {
                    bits.skip(2 * model.buffer_delay_bits + 1)?;
                }
            }
            if has_initial_display_delay && bits.bit()? {
                bits.skip(4)?; // initial_display_delay_minus_1
            }
            self.operating_points.push((idc, has_model));
        }
        Ok(())
    }

    fn read_tools(&mut self, bits: &mut Bits<'_>) -> Result<()> {
        (self.force_screen_content_tools, self.force_integer_mv) = (SELECT, SELECT);
        if self.reduced_still_picture_header {
            return Ok(());
        }
        bits.skip(2)?; // enable_interintra_compound, enable_masked_compound
        self.enable_warped_motion = bits.bit()?;
        bits.skip(1)?; // enable_dual_filter
        let enable_order_hint = bits.bit()?;
        if enable_order_hint {
            bits.skip(1)?; // enable_jnt_comp
            self.enable_ref_frame_mvs = bits.bit()?;
        }
        if !bits.bit()? {
            self.force_screen_content_tools = bits.u(1)?;
        }
        if self.force_screen_content_tools > 0 && !bits.bit()? {
            self.force_integer_mv = bits.u(1)?;
        }
        if enable_order_hint {
            self.order_hint_bits = bits.u(3)? + 1;
        }
        Ok(())
    }

    /// `color_config()`.
    fn read_colour(&mut self, bits: &mut Bits<'_>, profile: u32) -> Result<()> {
        const BT709: u8 = 1;
        const SRGB: u8 = 13;
        const IDENTITY: u8 = 0;
        let high_bit_depth = bits.bit()?;
        let twelve_bits = profile == 2 && high_bit_depth && bits.bit()?;
        self.monochrome = profile != 1 && bits.bit()?;
        let unspecified = Colour::UNSPECIFIED;
        let is_described = bits.bit()?;
        let mut points = [unspecified; 3];
        if is_described {
            points = [byte(bits)?, byte(bits)?, byte(bits)?];
        }
        let [primaries, transfer, matrix] = points;
        let full_range;
        self.subsampling = (true, true);
        if self.monochrome {
            full_range = bits.bit()?;
        } else if points == [BT709, SRGB, IDENTITY] {
            full_range = true;
            self.subsampling = (false, false);
        } else {
            full_range = bits.bit()?;
            self.subsampling = match profile {
                0 => (true, true),
                1 => (false, false),
                _ if twelve_bits => {
                    let x = bits.bit()?;
                    (x, x && bits.bit()?)
                }
                _ => (true, false),
            };
            if self.subsampling == (true, true) {
                bits.skip(2)?; // chroma_sample_position
            }
        }
        self.colour = Some(Colour { primaries, transfer, matrix, full_range });
        self.separate_uv_delta_q = !self.monochrome && bits.bit()?;
        Ok(())
    }

    /// The number of colour planes.
    pub(super) fn planes(&self) -> usize {
        if self.monochrome { 1 } else { 3 }
    }
}

/// `uvlc()` of clause 4.10.3.
fn skip_uvlc(bits: &mut Bits<'_>) -> Result<()> {
    let mut zeros = 0;
    while !bits.bit()? {
        zeros += 1;
    }
    if zeros < 32 { bits.skip(zeros) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn a_sequence_header_of_libaom() {
        // 1280x720, 8 bits, one operating point, no colour description.
        let header = SequenceHeader::read(&hex!("0000002d4cffb3dcaf9004")).unwrap();
        assert_eq!((header.max_frame_width, header.max_frame_height), (1280, 720));
        assert_eq!(header.operating_points, [(0, false)]);
        assert_eq!(header.order_hint_bits, 7);
        assert!(header.use_128x128_superblock && header.enable_cdef && header.enable_warped_motion);
        assert!(!header.enable_superres && !header.enable_restoration && !header.film_grain_params_present);
        assert_eq!((header.planes(), header.subsampling, header.separate_uv_delta_q), (3, (true, true), false));
        assert_eq!(header.colour.unwrap().transfer, Colour::UNSPECIFIED);
    }

    #[test]
    fn a_header_cut_short_is_refused() {
        let whole = hex!("0000002d4cffb3dcaf9004");
        for size in 0..10 {
            assert!(SequenceHeader::read(&whole[..size]).is_err(), "{size} bytes");
        }
    }
}
