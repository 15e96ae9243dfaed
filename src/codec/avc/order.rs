//! The order in which pictures are shown (ISO/IEC 14496-10 clause 8.2.1): for streams that state no times.

use super::parameter_sets::{Cycle, Order};
use super::slice_header::Head;
use crate::codec::nal::order_msb;
use crate::codec::nal_family::Shown;

/// Counts pictures in decoding order.
#[derive(Debug, Default)]
pub(super) struct PictureOrder {
    sequence: u32,
    /// `prevPicOrderCntMsb` and `prevPicOrderCntLsb`.
    reference: (i64, i64),
    /// `prevFrameNumOffset` and `prevFrameNum`.
    frames: (i64, i64),
}

impl PictureOrder {
    /// Where the picture is shown, `is_reset` being whether the order begins anew behind it.
    pub(super) fn next(&mut self, head: &Head<'_>, is_reset: bool) -> Shown {
        if head.idr.is_some() {
            *self = Self { sequence: self.sequence + 1, ..Self::default() };
        }
        let [top, bottom] = self.field_orders(head);
        let count = match head.field {
            None => top.min(bottom),
            Some(false) => top,
            Some(true) => bottom,
        };
        if !is_reset {
            return Shown { sequence: self.sequence, count };
        }
        // All pictures before it are shown before it, and what follows counts from it.
        let lsb = if head.field == Some(true) { 0 } else { top - count };
        *self = Self { sequence: self.sequence + 1, reference: (0, lsb), frames: (0, 0) };
        Shown { sequence: self.sequence, count: 0 }
    }

    /// `TopFieldOrderCnt` and `BottomFieldOrderCnt`, as if the picture had both fields.
    fn field_orders(&mut self, head: &Head<'_>) -> [i64; 2] {
        let deltas = head.order_deltas.map(i64::from);
        match &head.sps.order {
            Order::Lsb(bits) => {
                let lsb = i64::from(head.order_lsb);
                let msb = order_msb(self.reference, lsb, *bits);
                if head.is_reference {
                    self.reference = (msb, lsb);
                }
                [msb + lsb, msb + lsb + deltas[0]]
            }
            Order::Cycle(cycle) => {
                let expected = cycle.expected(self.frame_number(head), head.is_reference);
                let top = expected + deltas[0];
                let between = i64::from(cycle.offset_for_top_to_bottom_field);
                let bottom = if head.field.is_none() { top + between + deltas[1] } else { top + between };
                [top, bottom]
            }
            Order::Decoding => {
                let count = 2 * self.frame_number(head) - i64::from(!head.is_reference);
                [count; 2]
            }
        }
    }

    /// `FrameNumOffset + frame_num`.
    fn frame_number(&mut self, head: &Head<'_>) -> i64 {
        let (mut offset, before) = self.frames;
        let number = i64::from(head.frame_num);
        if before > number {
            offset += 1 << head.sps.frame_num_bits;
        }
        self.frames = (offset, number);
        offset + number
    }
}

impl Cycle {
    /// `expectedPicOrderCnt` of the frame of this number (clause 8.2.1.2).
    fn expected(&self, number: i64, is_reference: bool) -> i64 {
        let sum = |offsets: &[i32]| offsets.iter().copied().map(i64::from).sum::<i64>();
        let length = i64::try_from(self.offsets.len()).expect("at most 255");
        let number = if length == 0 { 0 } else { number - i64::from(!is_reference) };
        let mut expected = 0;
        if number > 0 {
            let (cycles, within) = ((number - 1) / length, (number - 1) % length);
            let begun = usize::try_from(within).expect("below 255") + 1;
            expected = cycles * sum(&self.offsets) + sum(&self.offsets[..begun]);
        }
        expected + if is_reference { 0 } else { i64::from(self.offset_for_non_ref_pic) }
    }
}
