//! A big-endian reader that can't leave its slice.

use crate::error::{Code, Error, Result};

/// Reads big-endian fields from a slice, knows its absolute offset in the input, and never reads past
/// its end: a child structure reads from its own sub-reader, so it can't reach its parent's bytes.
/// What ends too early is a fault of the layer that reads: each has a function that makes its reader.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    data: &'a [u8],
    offset: u64,
    /// The code of the error where the bytes end too early.
    truncated: Code,
}

impl<'a> Reader<'a> {
    /// Reads `data`, whose first byte stands at `offset` of the input; where they end too early, the error has the
    /// code `truncated`.
    pub fn new(data: &'a [u8], offset: u64, truncated: Code) -> Self {
        Self { data, offset, truncated }
    }

    /// The absolute offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes that are left.
    pub fn rest(&self) -> &'a [u8] {
        self.data
    }

    /// Whether no byte is left.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        if count > self.data.len() {
            return Err(self.too_short(count));
        }
        let (head, tail) = self.data.split_at(count);
        self.data = tail;
        self.offset += count as u64;
        Ok(head)
    }

    #[cold]
    #[inline(never)]
    fn too_short(&self, count: usize) -> Error {
        let message = message!("{count} bytes are needed, but only {left} are left", count, left = self.data.len());
        Error::new(self.truncated, message).at(self.offset)
    }

    /// A reader of the next `count` bytes, which this one skips.
    pub fn sub(&mut self, count: usize) -> Result<Reader<'a>> {
        let offset = self.offset;
        Ok(Reader { data: self.take(count)?, offset, truncated: self.truncated })
    }

    /// Passes over `count` bytes.
    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.take(count).map(drop)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gave N bytes"))
    }

    /// An 8-bit number.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A 16-bit number.
    pub fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// A 24-bit number.
    pub fn u24(&mut self) -> Result<u32> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// A 32-bit number.
    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A signed 32-bit number.
    pub fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// A 64-bit number.
    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A signed 64-bit number.
    pub fn i64(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_reader_ends_with_its_own_bytes() {
        let mut reader = Reader::new(&[1, 2, 3, 4], 100, Code::InputTruncated);
        let mut sub = reader.sub(2).unwrap();
        assert_eq!(sub.u16().unwrap(), 0x0102);
        let error = sub.u8().unwrap_err();
        assert_eq!((error.code, error.place.offset), (Code::InputTruncated, Some(102)));
        assert_eq!(reader.u16().unwrap(), 0x0304);
    }
}
