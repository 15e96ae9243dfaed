//! A configuration record (ISO/IEC 14496-15:2022 clause 8.3.3.1) for containers that have none: made from the
//! parameter sets.

use super::parameter_sets::skip_profile_tier_level;
use super::{NAL_HEADER, NAL_SPS, NUM_OF_ARRAYS, nal_type};
use crate::bytes::Bits;
use crate::codec::nal::{byte, in_unit};
use crate::error::Result;

/// The record without arrays that a sequence parameter set begins, for NAL unit lengths of four bytes.
pub(super) fn record_of(sps: &[u8]) -> Result<Vec<u8>> {
    read(sps.get(NAL_HEADER..).unwrap_or_default()).map_err(|error| in_unit(error, "sequence parameter set"))
}

fn read(payload: &[u8]) -> Result<Vec<u8>> {
    let mut bits = Bits::without_emulation_prevention(payload);
    bits.skip(4)?; // sps_video_parameter_set_id
    let sub_layers = bits.u(3)?; // minus one
    let is_nested = bits.bit()?;
    let mut profile = bits.clone();
    skip_profile_tier_level(&mut bits, sub_layers)?;
    bits.ue()?; // sps_seq_parameter_set_id
    let chroma_format_idc = bits.ue()?;
    if chroma_format_idc == 3 {
        bits.skip(1)?; // separate_colour_plane_flag
    }
    bits.ue()?; // width
    bits.ue()?; // height
    if bits.bit()? {
        (0..4).try_for_each(|_| bits.ue().map(drop))?; // conformance window
    }
    let depths = [bits.ue()?, bits.ue()?];
    let mut out = vec![1];
    for _ in 0..12 {
        out.push(byte(&mut profile)?); // up to general_level_idc
    }
    // Nothing is known of segmentation, parallelism and frame rate; reserved bits are 1.
    let small = |value: u32, most: u32| value.min(most).to_be_bytes()[3];
    out.extend([
        0xf0,
        0,
        0xfc,
        0xfc | small(chroma_format_idc, 3),
        0xf8 | small(depths[0], 7),
        0xf8 | small(depths[1], 7),
    ]);
    out.extend([0, 0, small(sub_layers + 1, 7) << 3 | u8::from(is_nested) << 2 | 3]);
    debug_assert_eq!(out.len(), NUM_OF_ARRAYS);
    out.push(0);
    Ok(out)
}

/// The id of a parameter set of the base layer; `None` for other NAL units.
pub(super) fn parameter_set_id(nal: &[u8]) -> Option<u32> {
    let kind = nal_type(nal).filter(|_| super::layer_id(nal) == 0)?;
    let mut bits = Bits::without_emulation_prevention(&nal[NAL_HEADER..]);
    match kind {
        super::NAL_VPS => bits.u(4).ok(),
        NAL_SPS => {
            bits.skip(4).ok()?;
            let sub_layers = bits.u(3).ok()?;
            bits.skip(1).ok()?;
            skip_profile_tier_level(&mut bits, sub_layers).ok()?;
            bits.ue().ok()
        }
        super::NAL_PPS => bits.ue().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn the_record_of_a_sequence_is_what_ffmpeg_writes() {
        // The record and the sets of a 320x180 encode by x265, Main profile, level 2.
        let sps = hex!("42010101600000030090000003000003003ca00a080b9f796565924caf016808000003000800000300c040");
        let record = hex!("0101600000009000000000003cf000fcfdf8f800000f00");
        assert_eq!(record_of(&sps).unwrap(), record);
        assert_eq!(parameter_set_id(&sps), Some(0));
        assert_eq!(parameter_set_id(&hex!("40010c01ffff")), Some(0));
        assert_eq!(parameter_set_id(&hex!("4401c172b46240")), Some(0));
        assert_eq!(parameter_set_id(&hex!("2601af")), None);
        assert_eq!(parameter_set_id(&hex!("42")), None);
    }

    #[test]
    fn a_set_that_is_cut_short_is_refused() {
        assert!(record_of(&hex!("4201010160000003")).is_err());
        assert!(record_of(&[]).is_err());
    }
}
