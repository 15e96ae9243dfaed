//! ISO BMFF syntax (ISO/IEC 14496-12:2022), no policy.
//!
//! A file a box, or a few that only make sense together. Reading keeps what it doesn't know as bytes;
//! sample entries are carried verbatim. A child reads from its parent's sub-reader only.

pub mod boxes;
pub mod esds;
pub mod fragment;
pub mod header;
pub mod protection;
pub mod pssh;
pub mod sample_entry;
pub mod sample_group;
pub mod sample_table;
pub mod senc;
pub mod sidx;
pub mod track;
pub mod traf;
pub mod wvtt;

use crate::bytes::Reader;
use crate::error::Code;

pub use boxes::{BoxHeader, Boxes, FourCc, FullBox, put, put_full};

/// Reads `data`, whose first byte stands at `offset` of the input, as what stands in boxes.
pub fn reader(data: &[u8], offset: u64) -> Reader<'_> {
    Reader::new(data, offset, Code::Mp4BoxTruncated)
}
