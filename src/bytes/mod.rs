//! Bounds-checked reading and plain writing of bytes and bits. Knows no format.

mod bits;
mod crc;
mod reader;
mod writer;

#[cfg(test)]
pub use bits::BitWriter;
pub use bits::Bits;
pub use crc::crc32_mpeg;
pub use reader::Reader;
pub use writer::Writer;
