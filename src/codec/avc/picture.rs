//! Which slices belong to one picture (ISO/IEC 14496-10 clause 7.4.1.2.4), and where decoding can start: for
//! containers that don't say so.

use super::order::PictureOrder;
use super::parameter_sets::ParameterSets;
use super::slice_header::{self, Head};
use super::{NAL_PPS, NAL_SPS};
use crate::bytes::Bits;
use crate::codec::nal::{Timing, recovery_point};
use crate::codec::nal_family::{PictureId, Shown, SliceHead, Slices};
use crate::error::Result;

/// Reads slice headers by the parameter sets that came before them.
#[derive(Debug, Default)]
pub(super) struct SliceHeads {
    sets: ParameterSets,
    orders: PictureOrder,
    /// That of the last picture.
    timing: Option<Timing>,
}

impl Slices for SliceHeads {
    fn take_set(&mut self, nal: &[u8]) -> Result<()> {
        self.sets.take(nal)
    }

    fn read(&self, nal: &[u8]) -> Option<SliceHead> {
        let (&header, payload) = nal.split_first()?;
        self.read_head(header, &mut Bits::without_emulation_prevention(payload)).ok()
    }

    /// `first_mb_in_slice` is 0 in the first slice of most pictures: a bit that is set.
    fn may_begin(&self, nal: &[u8]) -> bool {
        nal.get(1).is_none_or(|&first| first & 0x80 != 0)
    }

    fn has_data(&self, nal: &[u8]) -> bool {
        let Some((&header, payload)) = nal.split_first() else { return false };
        slice_header::skip(header, &mut Bits::without_emulation_prevention(payload), &self.sets).is_ok()
    }

    fn shown(&mut self, nal: &[u8]) -> Option<Shown> {
        let (&header, payload) = nal.split_first()?;
        let mut bits = Bits::without_emulation_prevention(payload);
        let head = Head::read(header, &mut bits, &self.sets).ok()?;
        // What stands before the marking may be longer than what is kept of a slice.
        let is_reset = head.skip_to_marking(&mut bits).unwrap_or(false);
        self.timing = head.sps.timing;
        Some(self.orders.next(&head, is_reset))
    }

    /// A frame takes two ticks (clause E.2.1, `DeltaTfiDivisor`).
    fn picture_duration(&self) -> Option<(u64, u32)> {
        self.timing.map(|timing| (2 * u64::from(timing.units_in_tick), timing.time_scale))
    }

    fn is_recovery_point(&self, nal: &[u8]) -> bool {
        is_recovery_point(nal)
    }

    fn is_gradual_start(&self, nal: &[u8]) -> bool {
        recovery_point(nal.get(1..).unwrap_or_default()) == Some(false)
    }
}

impl SliceHeads {
    /// Reads the head of a NAL unit of type 1, 2 or 5.
    fn read_head(&self, header: u8, bits: &mut Bits<'_>) -> Result<SliceHead> {
        let head = Head::read(header, bits, &self.sets)?;
        let Head { frame_num, field, idr, is_reference, order_lsb, order_deltas, .. } = head;
        let pps_id = head.pps.id;
        let picture = PictureId { pps_id, frame_num, field, is_reference, idr, order_lsb, order_deltas };
        // `first_mb_in_slice` is 0 in the first slice of most pictures.
        let (is_first, is_intra, is_idr) = (head.first_mb == 0, head.slice.is_intra(), idr.is_some());
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
