//! Which slices belong to one picture (ISO/IEC 14496-10 clause 7.4.1.2.4), and where decoding can start: for
//! containers that don't say so.

use super::parameter_sets::ParameterSets;
use super::slice_header::SliceType;
use super::{NAL_IDR_SLICE, NAL_PPS, NAL_SPS};
use crate::bytes::Bits;
use crate::codec::nal::recovery_point;
use crate::codec::nal_family::{PictureId, SliceHead, Slices};
use crate::error::Result;

/// Reads slice headers by the parameter sets that came before them.
#[derive(Debug, Default)]
pub(super) struct SliceHeads {
    sets: ParameterSets,
}

impl Slices for SliceHeads {
    fn take_set(&mut self, nal: &[u8]) -> Result<()> {
        self.sets.take(nal)
    }

    fn read(&self, nal: &[u8]) -> Option<SliceHead> {
        let (&header, payload) = nal.split_first()?;
        self.read_head(header, &mut Bits::without_emulation_prevention(payload)).ok()
    }

    fn is_recovery_point(&self, nal: &[u8]) -> bool {
        is_recovery_point(nal)
    }
}

impl SliceHeads {
    /// Reads the head of a NAL unit of type 1, 2 or 5.
    fn read_head(&self, header: u8, bits: &mut Bits<'_>) -> Result<SliceHead> {
        let first_mb = bits.ue()?;
        let is_intra = SliceType::read(bits.ue()?)?.is_intra();
        let pps_id = bits.ue()?;
        let (pps, sps) = self.sets.of_picture(pps_id)?;
        if sps.separate_colour_plane {
            bits.skip(2)?;
        }
        let frame_num = bits.u(sps.frame_num_bits)?;
        let is_field = !sps.frame_mbs_only && bits.bit()?;
        let field = if is_field { Some(bits.bit()?) } else { None };
        let idr = if header & 0x1f == NAL_IDR_SLICE { Some(bits.ue()?) } else { None };
        let both_fields = pps.bottom_field_pic_order_in_frame_present && !is_field;
        let mut order = [0; 3];
        if sps.pic_order_cnt_type == 0 {
            order[0] = i32::try_from(bits.u(sps.pic_order_cnt_lsb_bits)?).expect("16 bits at most");
            order[1] = if both_fields { bits.se()? } else { 0 };
        } else if sps.pic_order_cnt_type == 1 && !sps.delta_pic_order_always_zero {
            order[1] = bits.se()?;
            order[2] = if both_fields { bits.se()? } else { 0 };
        }
        let is_reference = header & 0x60 != 0;
        let picture = PictureId { pps_id, frame_num, field, is_reference, idr, order };
        // `first_mb_in_slice` is 0 in the first slice of most pictures.
        let (is_first, is_idr) = (first_mb == 0, idr.is_some());
        Ok(SliceHead { is_first, is_intra, is_sync: is_idr, is_idr, picture: Some(picture) })
    }
}

/// The id of a parameter set, which stands behind the profile in one of a sequence; `None` for other NAL units.
pub(super) fn parameter_set_id(nal: &[u8]) -> Option<u32> {
    const PROFILE: usize = 3;
    let id_at = match nal.first()? & 0x1f {
        NAL_SPS => 1 + PROFILE,
        NAL_PPS => 1,
        _ => return None,
    };
    Bits::without_emulation_prevention(nal.get(id_at..)?).ue().ok()
}

/// Whether a NAL unit of supplemental information says that decoding can start at its picture: a recovery point with
/// no frame to wait for (clauses 7.3.2.3.1 and D.1.8).
fn is_recovery_point(nal: &[u8]) -> bool {
    recovery_point(nal.get(1..).unwrap_or_default()) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;

    /// Fields allowed, 4 bits of frame_num and of POC; then a picture parameter set.
    fn heads() -> SliceHeads {
        let sps = BitWriter::default().u(8, 0x67).u(8, 77).u(16, 30).ue(0).ue(0).ue(0).ue(0).ue(1).u(1, 0);
        let sps = sps.ue(19).ue(5).u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(1, 0).u(1, 1).bytes();
        let pps = BitWriter::default().u(8, 0x68).ue(0).ue(0).u(1, 1).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0);
        let pps = pps.ue(0).ue(0).ue(0).u(1, 0).u(1, 0).u(1, 0).u(1, 1).bytes();
        let mut heads = SliceHeads::default();
        heads.take_set(&sps).unwrap();
        heads.take_set(&pps).unwrap();
        assert_eq!((parameter_set_id(&sps), parameter_set_id(&pps)), (Some(0), Some(0)));
        heads
    }

    fn slice(header: u32, first_mb: u32, frame_num: u32, field: Option<u32>, order: u32) -> SliceHead {
        let bits = BitWriter::default().u(8, header).ue(first_mb).ue(7).ue(0).u(4, frame_num);
        let bits = match field {
            Some(bottom) => bits.u(1, 1).u(1, bottom),
            None => bits.u(1, 0),
        };
        let bits = if header & 0x1f == 5 { bits.ue(1) } else { bits };
        heads().read(&bits.u(4, order).u(8, 0xff).bytes()).unwrap()
    }

    #[test]
    fn slices_of_one_picture_agree_in_what_the_standard_lists() {
        let first = slice(0x41, 0, 3, None, 6);
        assert!(!slice(0x41, 40, 3, None, 6).begins_picture(Some(&first)));
        for other in [slice(0x41, 0, 4, None, 6), slice(0x41, 0, 3, None, 8), slice(0x01, 0, 3, None, 6)] {
            assert!(other.begins_picture(Some(&first)));
        }
        assert!(slice(0x65, 0, 3, None, 6).begins_picture(Some(&first)));
        assert!(slice(0x65, 0, 3, None, 6).is_idr && first.is_intra);
    }

    #[test]
    fn a_second_field_has_the_other_parity_and_the_same_frame_number() {
        let top = slice(0x65, 0, 0, Some(0), 0);
        assert!(slice(0x61, 0, 0, Some(1), 1).is_second_field_of(&top));
        assert!(!slice(0x61, 0, 0, Some(0), 1).is_second_field_of(&top));
        assert!(!slice(0x61, 0, 1, Some(1), 1).is_second_field_of(&top));
        assert!(!slice(0x01, 0, 0, Some(1), 1).is_second_field_of(&top));
        assert!(!slice(0x65, 0, 0, Some(1), 1).is_second_field_of(&top));
        assert!(!slice(0x61, 0, 0, None, 1).is_second_field_of(&slice(0x61, 0, 0, None, 0)));
    }

    #[test]
    fn a_recovery_point_without_delay_is_a_start() {
        // A buffering period of two bytes before it.
        let sei = |count: u32| {
            let bits = BitWriter::default().u(8, 6).u(8, 0).u(8, 2).u(16, 0x1111).u(8, 6).u(8, 1);
            bits.ue(count).u(1, 1).u(6, 0x20).bytes()
        };
        assert!(is_recovery_point(&sei(0)));
        assert!(!is_recovery_point(&sei(6)));
        assert!(!is_recovery_point(&[6, 5, 255, 255]));
        assert!(!is_recovery_point(&[]));
    }

    #[test]
    fn a_slice_without_its_sets_is_refused() {
        assert_eq!(SliceHeads::default().read(&[0x65, 0x88, 0x84]), None);
        assert_eq!(heads().read(&[]), None);
    }
}
