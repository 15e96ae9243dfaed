//! HEVC as a family of NAL units.

use super::parameter_sets::ParameterSets;
use super::record::{parameter_set_id, record_of};
use super::{
    NAL_PPS, NAL_SPS, NAL_VCL_END, NAL_VPS, layer_id, leading, mark_complete, nal_type, start, units,
    with_parameter_sets_of,
};
use crate::codec::nal_family::{NalContent, NalFamily, NalUnit, SliceHead, Slices};
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
    slice_head: 3,
    unit,
    parameter_set_id,
    slices: || Box::new(FirstSlices),
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

/// Slices that say themselves whether they are the first of their picture.
#[derive(Debug)]
struct FirstSlices;

impl Slices for FirstSlices {
    fn take_set(&mut self, nal: &[u8]) -> Result<()> {
        ParameterSets::default().take(nal)
    }

    fn read(&self, nal: &[u8]) -> Option<SliceHead> {
        const FIRST_SLICE_SEGMENT_IN_PIC: u8 = 0x80;
        let is_first = is_base(nal) && nal.get(2).is_some_and(|byte| byte & FIRST_SLICE_SEGMENT_IN_PIC != 0);
        let kind = unit(nal).kind;
        let (is_sync, is_idr) = (matches!(kind, 16..=23), matches!(kind, 19 | 20));
        Some(SliceHead { is_first, is_intra: false, is_sync, is_idr, picture: None })
    }
}
