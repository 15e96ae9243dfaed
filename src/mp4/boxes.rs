//! Boxes: clause 4.2 (`Box`, `FullBox`).

use std::fmt;

use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};

/// A box type, a handler type, a brand or a sample entry's name: four characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            if byte.is_ascii_graphic() || byte == b' ' {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}

/// A box's header, as it stands in a file whose length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxHeader {
    /// The box type.
    pub kind: FourCc,
    /// The absolute offset of the header's first byte.
    pub offset: u64,
    /// The header's size in bytes: 8, or 16 with a 64-bit size.
    pub header_size: u64,
    /// The whole box's size in bytes, header included, as far as its parent goes for a size of 0.
    pub size: u64,
}

impl BoxHeader {
    /// The most bytes that a header takes.
    pub const MAX_SIZE: usize = 16;

    /// Reads a header from the bytes at `offset`, of which `available` are left in the parent (in the
    /// file, at the top). A size of 0 means up to the end of the file and is allowed at the top only.
    pub fn read(reader: &mut Reader<'_>, available: u64, at_top: bool) -> Result<Self> {
        let offset = reader.offset();
        let short = u64::from(reader.u32()?);
        let kind = FourCc(reader.array()?);
        let (size, header_size) = match short {
            0 if at_top => (available, 8),
            1 => (reader.u64()?, 16),
            size => (size, 8),
        };
        if size < header_size {
            return Err(Error::new(
                Code::Mp4BoxInvalid,
                message!("the size of the box is {size} bytes, less than its header", size),
            )
            .at(offset)
            .in_box(kind));
        }
        if size > available {
            return Err(Error::new(
                Code::Mp4BoxTruncated,
                message!("the box is {size} bytes long, but only {available} are left", size, available),
            )
            .at(offset)
            .in_box(kind));
        }
        Ok(Self { kind, offset, header_size, size })
    }

    /// The offset of the first byte behind the box.
    pub fn end(&self) -> u64 {
        self.offset + self.size
    }
}

/// The child boxes in a parent's bytes. Ends after the first error.
#[derive(Debug, Clone)]
pub struct Boxes<'a> {
    reader: Reader<'a>,
    failed: bool,
}

impl<'a> Boxes<'a> {
    /// The children of the box whose content `reader` reads.
    pub fn new(reader: Reader<'a>) -> Self {
        Self { reader, failed: false }
    }

    /// The content of the first child of this type.
    pub fn find(&self, kind: &[u8; 4]) -> Result<Option<Reader<'a>>> {
        for child in self.clone() {
            let (found, content) = child?;
            if found.0 == *kind {
                return Ok(Some(content));
            }
        }
        Ok(None)
    }

    /// The content of the first `uuid` child of this user type, behind the type.
    pub fn find_uuid(&self, user_type: &[u8; 16]) -> Result<Option<Reader<'a>>> {
        for child in self.clone() {
            let (found, mut content) = child?;
            if found.0 == *b"uuid" && content.rest().starts_with(user_type) {
                content.skip(user_type.len())?;
                return Ok(Some(content));
            }
        }
        Ok(None)
    }

    /// The content of the first child of this type, or the error that it is missing.
    pub fn need(&self, kind: &[u8; 4]) -> Result<Reader<'a>> {
        self.find(kind)?.ok_or_else(|| {
            Error::new(Code::Mp4BoxMissing, message!("the box is missing"))
                .in_box(FourCc(*kind))
                .at(self.reader.offset())
        })
    }

    /// The absolute offset of the next child.
    pub fn offset(&self) -> u64 {
        self.reader.offset()
    }

    /// The bytes of the children that were not passed yet.
    pub fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    fn read_child(&mut self) -> Result<(FourCc, Reader<'a>)> {
        let start = self.reader.clone();
        let header = BoxHeader::read(&mut self.reader, start.rest().len() as u64, false)?;
        let content = usize::try_from(header.size - header.header_size).expect("a child lies within a slice");
        Ok((header.kind, self.reader.sub(content)?))
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<(FourCc, Reader<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        // QuickTime ends some containers with a 32-bit zero, and writers pad with more; fewer than 8 bytes hold no box.
        let rest = self.reader.rest();
        if self.failed || rest.len() < 8 || rest.iter().all(|&byte| byte == 0) {
            return None;
        }
        let child = self.read_child();
        self.failed = child.is_err();
        Some(child)
    }
}

/// The version and flags that a `FullBox` begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FullBox {
    /// The version of the box's syntax.
    pub version: u8,
    /// 24 bits of flags.
    pub flags: u32,
}

impl FullBox {
    /// Reads the four bytes.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { version: reader.u8()?, flags: reader.u24()? })
    }
}

/// Writes a box whose content `body` writes.
pub fn put(out: &mut Writer, kind: &[u8; 4], body: impl FnOnce(&mut Writer)) {
    let start = out.len();
    out.u32(0).bytes(kind);
    body(out);
    let size = u32::try_from(out.len() - start).expect("a written box stays below 4 GiB");
    out.set_u32(start, size);
}

/// Writes a full box whose content `body` writes.
pub fn put_full(out: &mut Writer, kind: &[u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Writer)) {
    put(out, kind, |out| {
        out.u32(u32::from(version) << 24 | flags);
        body(out);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8], available: u64, at_top: bool) -> Result<BoxHeader> {
        BoxHeader::read(&mut crate::mp4::reader(bytes, 7), available, at_top)
    }

    #[test]
    fn sizes_of_32_and_64_bits_and_to_the_end() {
        let short = header(b"\0\0\0\x10mdat", 100, true).unwrap();
        assert_eq!((short.size, short.header_size, short.end()), (16, 8, 23));
        let long = header(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\x20", 1 << 40, true).unwrap();
        assert_eq!((long.size, long.header_size), ((1 << 32) + 32, 16));
        assert_eq!(header(b"\0\0\0\0mdat", 100, true).unwrap().size, 100);
    }

    #[test]
    fn impossible_sizes_are_refused_with_box_and_offset() {
        let zero_child = header(b"\0\0\0\0free", 100, false).unwrap_err();
        assert_eq!((zero_child.code, zero_child.place.offset), (Code::Mp4BoxInvalid, Some(7)));
        let cut = header(b"\0\0\0\x10mdat", 15, true).unwrap_err();
        assert_eq!((cut.code, cut.place.boxes.as_deref()), (Code::Mp4BoxTruncated, Some("mdat")));
        assert!(header(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x0f", 100, true).is_err());
    }

    #[test]
    fn children_end_at_the_first_error() {
        let bytes = b"\0\0\0\x08free\0\0\0\x00skip\0\0\0\x08free";
        let found: Vec<_> = Boxes::new(crate::mp4::reader(bytes, 0)).map(|child| child.is_ok()).collect();
        assert_eq!(found, [true, false]);
        let padded = b"\0\0\0\x08free\0\0\0\0\0\0\0\0\0";
        assert_eq!(Boxes::new(crate::mp4::reader(padded, 0)).filter(|child| child.is_ok()).count(), 1);
        assert_eq!(Boxes::new(crate::mp4::reader(padded, 0)).count(), 1);
    }
}
