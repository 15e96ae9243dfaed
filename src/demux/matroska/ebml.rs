//! EBML (RFC 8794): element headers, and the values of elements.

use crate::error::{Code, Error, Message, Result};

/// The header of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The Element ID with its marker bits, as tables list it (section 5).
    pub(super) id: u32,
    /// The size of the header in bytes.
    pub(super) size: u64,
    /// The size of the content in bytes; `None` for an unknown one (section 6.2).
    pub(super) content: Option<u64>,
}

/// The most bytes that a header takes: four of the ID (`EBMLMaxIDLength`), eight of the size (`EBMLMaxSizeLength`).
pub(super) const HEADER: usize = 12;

/// Reads a header at `offset`; `None` if `bytes` end before it does.
pub(super) fn header(bytes: &[u8], offset: u64) -> Result<Option<Header>> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    let id_size = first.leading_zeros() as usize + 1;
    if id_size > 4 {
        return Err(damaged(message!("no element begins here"), offset));
    }
    let Some(id) = bytes.get(..id_size) else { return Ok(None) };
    let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    let rest = &bytes[id_size..];
    let Some(&first) = rest.first() else { return Ok(None) };
    if first == 0 {
        return Err(damaged(message!("the size of an element is longer than eight bytes"), offset));
    }
    let Some((content, size)) = number(rest) else { return Ok(None) };
    let is_unknown = content == (1 << (7 * size)) - 1;
    Ok(Some(Header { id, size: (id_size + size) as u64, content: (!is_unknown).then_some(content) }))
}

/// A variable-size integer (section 4) without its marker, and its size in bytes; `None` if `bytes` end before it
/// does, or it has more than eight bytes.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let &first = bytes.first()?;
    let size = first.leading_zeros() as usize + 1;
    let whole = bytes.get(..size).filter(|_| size <= 8)?;
    let value = whole.iter().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    Some((value & ((1 << (7 * size)) - 1), size))
}

/// The child elements in a parent's content, each as its ID, its absolute offset and its content. Ends after the
/// first error.
#[derive(Debug, Clone)]
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Elements<'a> {
    /// The children in `bytes`, which stand at `offset`.
    pub(super) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, offset }
    }

    #[inline(never)] // called from many places, and not in a hurry
    fn read(&mut self) -> Result<(u32, u64, &'a [u8])> {
        let Some(header) = header(self.bytes, self.offset)? else {
            return Err(damaged(message!("an element's header runs past the end of its parent"), self.offset));
        };
        let from = usize::try_from(header.size).expect("a header is small");
        let content = header.content.and_then(|size| usize::try_from(size).ok());
        let content = content.and_then(|size| self.bytes.get(from..from.checked_add(size)?));
        let Some(content) = content else {
            return Err(damaged(message!("an element runs past the end of its parent"), self.offset));
        };
        let at = self.offset + header.size;
        self.bytes = &self.bytes[from + content.len()..];
        self.offset = at + content.len() as u64;
        Ok((header.id, at, content))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<(u32, u64, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let child = self.read();
        if child.is_err() {
            self.bytes = &[];
        }
        Some(child)
    }
}

/// An unsigned integer (section 7.2): 0 to 8 bytes.
#[inline(never)] // called from many places, and not in a hurry
pub(super) fn uint(content: &[u8], offset: u64) -> Result<u64> {
    if content.len() > 8 {
        return Err(damaged(message!("a number is longer than eight bytes"), offset));
    }
    Ok(content.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// A signed integer (section 7.1).
pub(super) fn int(content: &[u8], offset: u64) -> Result<i64> {
    let value = uint(content, offset)?;
    let unused = 64 - 8 * u32::try_from(content.len()).expect("at most eight");
    // Shifting through 64 bits drops all of an empty value.
    Ok(if unused == 64 { 0 } else { (value << unused).cast_signed() >> unused })
}

/// A float (section 7.3): 0, 4 or 8 bytes.
#[inline(never)] // called from many places, and not in a hurry
pub(super) fn float(content: &[u8], offset: u64) -> Result<f64> {
    match *content {
        [] => Ok(0.0),
        [a, b, c, d] => Ok(f64::from(f32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Ok(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => Err(damaged(message!("a floating-point number is neither four nor eight bytes long"), offset)),
    }
}

/// A string (sections 7.4 and 7.5), without what follows a zero byte.
pub(super) fn string(content: &[u8]) -> String {
    let end = content.iter().position(|&byte| byte == 0).unwrap_or(content.len());
    String::from_utf8_lossy(&content[..end]).into_owned()
}

#[inline(never)] // called from many places, and not in a hurry
pub(super) fn damaged(message: Message, offset: u64) -> Error {
    Error::new(Code::InputDamaged, message).at(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_variable_and_may_be_unknown() {
        // Section 4.3 and 6.2: the same number in one and in two bytes; all ones.
        let read = |bytes: &[u8]| header(bytes, 0).unwrap();
        assert_eq!(read(b"\xec\x82"), Some(Header { id: 0xec, size: 2, content: Some(2) }));
        assert_eq!(read(b"\xec\x40\x02"), Some(Header { id: 0xec, size: 3, content: Some(2) }));
        let cluster = Header { id: 0x1f43_b675, size: 5, content: None };
        assert_eq!(read(b"\x1f\x43\xb6\x75\xff"), Some(cluster));
        let segment = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(read(segment).unwrap().content, None);
        assert_eq!([read(b""), read(b"\x18\x53"), read(b"\xec"), read(b"\xec\x40")], [None; 4]);
        assert!(header(b"\x00\x80", 0).is_err());
        assert!(header(b"\xec\x00", 0).is_err());
    }

    #[test]
    fn values_are_as_long_as_their_elements() {
        assert_eq!(uint(&[1, 0], 0).unwrap(), 256);
        assert_eq!(uint(&[], 0).unwrap(), 0);
        assert!(uint(&[0; 9], 0).is_err());
        assert_eq!(
            [int(&[0xff], 0), int(&[0x80, 0], 0), int(&[5], 0), int(&[], 0)].map(Result::unwrap),
            [-1, -32768, 5, 0]
        );
        assert!((float(&[0x47, 0x2c, 0x44, 0], 0).unwrap() - 44_100.0).abs() < f64::EPSILON);
        assert!(float(&[0; 5], 0).is_err());
        assert_eq!(string(b"eng\0\0"), "eng");
    }

    #[test]
    fn children_end_with_their_parent_or_an_error() {
        let good: Vec<_> = Elements::new(b"\xec\x81x\xbf\x80", 10).map(Result::unwrap).collect();
        assert_eq!(good, [(0xec, 12, &b"x"[..]), (0xbf, 15, &b""[..])]);
        for bad in [&b"\xec\x82x"[..], b"\xec", b"\xec\xff", b"\x00"] {
            let read: Vec<_> = Elements::new(bad, 0).collect();
            assert!(read.len() == 1 && read[0].is_err(), "{bad:02x?}");
        }
    }
}
