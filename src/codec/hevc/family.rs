//! HEVC as a family of NAL units.

use super::parameter_sets::{ParameterSets, read_vps_timing};
use super::record::{parameter_set_id, record_of};
use super::{
    NAL_HEADER, NAL_PPS, NAL_SPS, NAL_VCL_END, NAL_VPS, layer_id, leading, mark_complete, nal_type, slice_header,
    start, units, with_parameter_sets_of,
};
use crate::bytes::Bits;
use crate::codec::nal::{Timing, order_msb};
use crate::codec::nal_family::{NalContent, NalFamily, NalUnit, Shown, SliceHead, Slices};
use crate::error::Result;

/// HEVC.
pub static NAL_FAMILY: NalFamily = NalFamily {
    name: "HEVC",
    stream_type: 0x24,
    registration: Some(b"HEVC"),
    sample_entries: &[(b"hvc1", b"hev1"), (b"dvh1", b"dvhe")],
    record_box: b"hvcC",
    length_size_at: 21,
    required_sets: &[NAL_VPS, NAL_SPS, NAL_PPS],
    header_size: 2,
    slice_head: 16,
    unit,
    parameter_set_id,
    slices: || Box::new(SliceHeads::default()),
    record_of_sets,
    complete_record: with_parameter_sets_of,
    mark_complete,
    start,
    leading,
};

/// ISO/IEC 23008-2 table 7-1; clause 7.4.2.4.4 for what begins an access unit. Other layers go with their base.
fn unit(header: &[u8]) -> NalUnit {
    let Some(&first) = header.first() else { return NalUnit { kind: 0, content: NalContent::Other, leads: false } };
    let kind = first >> 1 & 0x3f;
    let content = match kind {
        0..NAL_VCL_END => NalContent::Slice,
        NAL_VPS..=NAL_PPS => NalContent::ParameterSet,
        35 => NalContent::Delimiter,
        36 => NalContent::SequenceEnd,
        38 => NalContent::Filler,
        _ => NalContent::Other,
    };
    let leads = matches!(kind, 32..=35 | 39 | 41..=44 | 48..=55) && is_base(header);
    NalUnit { kind, content, leads }
}

/// Whether the NAL unit is of the base layer.
fn is_base(nal: &[u8]) -> bool {
    nal.len() < 2 || layer_id(nal) == 0
}

fn record_of_sets(sets: &[u8]) -> Result<Option<Vec<u8>>> {
    let all = units(sets, 4).collect::<Result<Vec<_>>>()?;
    let sps = all.into_iter().map(|range| &sets[range]).find(|nal| nal_type(nal) == Some(NAL_SPS));
    with_parameter_sets_of(&record_of(sps.unwrap_or_default())?, 4, sets)
}

/// Reads slices, which say themselves whether they are the first of their picture.
#[derive(Debug, Default)]
struct SliceHeads {
    sets: ParameterSets,
    vps_timing: Option<Timing>,
    /// That of the last picture's sequence.
    timing: Option<Timing>,
    /// What `shown` counts by.
    sequence: u32,
    /// `prevPicOrderCntMsb` and `prevPicOrderCntLsb`; `None` where a sequence begins.
    before: Option<(i64, i64)>,
}

impl Slices for SliceHeads {
    fn take_set(&mut self, nal: &[u8]) -> Result<()> {
        if unit(nal).kind == NAL_VPS && is_base(nal) {
            self.vps_timing = read_vps_timing(nal.get(NAL_HEADER..).unwrap_or_default()).unwrap_or_default();
        }
        self.sets.take(nal)
    }

    fn read(&self, nal: &[u8]) -> Option<SliceHead> {
        const FIRST_SLICE_SEGMENT_IN_PIC: u8 = 0x80;
        if nal.len() <= NAL_HEADER {
            return None;
        }
        let is_first = is_base(nal) && nal.get(2).is_some_and(|byte| byte & FIRST_SLICE_SEGMENT_IN_PIC != 0);
        let kind = unit(nal).kind;
        let (is_sync, is_idr) = (matches!(kind, 16..=23), matches!(kind, 19 | 20));
        Some(SliceHead { is_first, is_intra: false, is_sync, is_idr, picture: None })
    }

    fn may_begin(&self, nal: &[u8]) -> bool {
        is_base(nal)
    }

    fn has_data(&self, nal: &[u8]) -> bool {
        let mut bits = Bits::without_emulation_prevention(nal.get(NAL_HEADER..).unwrap_or_default());
        slice_header::skip(unit(nal).kind, &mut bits, &self.sets).is_ok()
    }

    /// Clause 8.3.1.
    fn shown(&mut self, nal: &[u8]) -> Option<Shown> {
        let temporal_id = (nal.get(1)? & 7).checked_sub(1)?;
        let kind = unit(nal).kind;
        let mut bits = Bits::without_emulation_prevention(nal.get(NAL_HEADER..)?);
        let order = slice_header::read_order(kind, &mut bits, &self.sets).ok()?;
        self.timing = order.timing;
        // CRA pictures begin a sequence where nothing is before them.
        if matches!(kind, 16..=20) || self.before.is_none() {
            self.sequence += 1;
            self.before = None;
        }
        let lsb = i64::from(order.lsb);
        let msb = self.before.map_or(0, |before| order_msb(before, lsb, order.lsb_bits));
        // Leading pictures and those that nothing of their sub-layer refers to don't count.
        let is_counted = temporal_id == 0 && !matches!(kind, 0 | 2 | 4 | 6..=9 | 10 | 12 | 14);
        if is_counted || self.before.is_none() {
            self.before = Some((msb, lsb));
        }
        Some(Shown { sequence: self.sequence, count: msb + lsb })
    }

    fn end_sequence(&mut self) {
        self.before = None;
    }

    fn picture_duration(&self) -> Option<(u64, u32)> {
        let timing = self.timing.or(self.vps_timing)?;
        Some((timing.units_in_tick.into(), timing.time_scale))
    }
}
