//! Reading what a codec writes.

use crate::bytes::Reader;
use crate::error::Code;

/// Reads `data`, whose first byte stands at `offset` of the input, as what a codec writes.
pub fn reader(data: &[u8], offset: u64) -> Reader<'_> {
    Reader::new(data, offset, Code::CodecInvalid)
}
