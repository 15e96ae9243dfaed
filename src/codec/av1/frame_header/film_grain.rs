//! `film_grain_params()` of clause 5.9.30.

use super::SequenceHeader;
use crate::bytes::Bits;
use crate::error::Result;

/// Passes over the parameters of a frame that is shown, now or later.
pub(super) fn skip(bits: &mut Bits<'_>, sequence: &SequenceHeader, is_inter: bool) -> Result<()> {
    if !bits.bit()? {
        return Ok(()); // apply_grain
    }
    bits.skip(16)?; // grain_seed
    if is_inter && !bits.bit()? {
        return bits.skip(3); // film_grain_params_ref_idx
    }
    let skip_points = |bits: &mut Bits<'_>| -> Result<bool> {
        let count = bits.u(4)?;
        bits.skip(16 * count)?; // value and scaling of each
        Ok(count > 0)
    };
    let luma = skip_points(bits)?;
    let chroma_from_luma = !sequence.monochrome && bits.bit()?;
    let (mut cb, mut cr) = (false, false);
    if !(sequence.monochrome || chroma_from_luma || sequence.subsampling == (true, true) && !luma) {
        (cb, cr) = (skip_points(bits)?, skip_points(bits)?);
    }
    bits.skip(2)?; // grain_scaling_minus_8
    let lag = bits.u(2)?;
    let coefficients = 2 * lag * (lag + 1);
    if luma {
        bits.skip(8 * coefficients)?;
    }
    for used in [cb, cr] {
        if used || chroma_from_luma {
            bits.skip(8 * (coefficients + u32::from(luma)))?;
        }
    }
    bits.skip(2 + 2)?; // ar_coeff_shift_minus_6, grain_scale_shift
    for used in [cb, cr] {
        if used {
            bits.skip(8 + 8 + 9)?; // multiplier, luma multiplier, offset
        }
    }
    bits.skip(2) // overlap_flag, clip_to_restricted_range
}
