//! H.264 as a family of NAL units.

use super::picture::{SliceHeads, parameter_set_id};
use super::{
    NAL_IDR_SLICE, NAL_PARTITION_A, NAL_PARTITION_C, NAL_PPS, NAL_SLICE, NAL_SPS, start, with_parameter_sets_of,
};
use crate::codec::nal_family::{NalContent, NalFamily, NalUnit};
use crate::codec::start::Leading;

/// H.264.
pub static NAL_FAMILY: NalFamily = NalFamily {
    name: "H.264",
    stream_type: 0x1b,
    registration: None,
    sample_entries: &[(b"avc1", b"avc3"), (b"dva1", b"dvav")],
    record_box: b"avcC",
    length_size_at: 4,
    required_sets: &[NAL_SPS, NAL_PPS],
    header_size: 1,
    slice_head: 96,
    unit,
    parameter_set_id,
    slices: || Box::new(SliceHeads::default()),
    // Version 1, the profile of a set to come, lengths of four bytes.
    record_of_sets: |sets| with_parameter_sets_of(&[1, 0, 0, 0, 0xff], 4, sets),
    complete_record: with_parameter_sets_of,
    mark_complete: |_| Ok(()),
    start,
    leading: |_| Leading::Undecodable,
};

/// ISO/IEC 14496-10 table 7-1; clause 7.4.1.2.3 for what begins an access unit.
fn unit(header: &[u8]) -> NalUnit {
    let kind = header.first().map_or(0, |first| first & 0x1f);
    let content = match kind {
        NAL_SLICE | NAL_PARTITION_A | NAL_IDR_SLICE => NalContent::Slice,
        3..=NAL_PARTITION_C => NalContent::Partition,
        6 => NalContent::Information,
        NAL_SPS | NAL_PPS => NalContent::ParameterSet,
        9 => NalContent::Delimiter,
        12 => NalContent::Filler,
        13 => NalContent::Extension,
        _ => NalContent::Other,
    };
    NalUnit { kind, content, leads: matches!(kind, 6..=9 | 15..=18) }
}
