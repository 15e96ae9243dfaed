//! Blocks (RFC 9559 section 10): which track, when, and the frames.

use std::ops::Range;

use super::ebml::{damaged, number};
use crate::error::Result;

/// What a block's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The track's number.
    pub(super) track: u64,
    /// Ticks after the cluster's own time stamp.
    pub(super) time: i16,
    /// The flag of a `SimpleBlock` that says that decoding can start here.
    pub(super) key: bool,
    pub(super) lacing: Lacing,
    /// The size of the header in bytes.
    pub(super) size: usize,
}

/// How several frames share a block (section 10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacing {
    None,
    Xiph,
    Fixed,
    Ebml,
}

/// The most bytes that a header takes: the track's number, the time, the flags.
pub(super) const HEADER: usize = 8 + 2 + 1;

impl Header {
    /// Reads the beginning of a block's content, which stands at `offset`.
    pub(super) fn read(content: &[u8], offset: u64) -> Result<Self> {
        let cut = || damaged(message!("a block ends within its header"), offset);
        let (track, size) = number(content).ok_or_else(cut)?;
        let Some(&[high, low, flags]) = content.get(size..size + 3) else { return Err(cut()) };
        let lacing = match flags >> 1 & 3 {
            0 => Lacing::None,
            1 => Lacing::Xiph,
            2 => Lacing::Fixed,
            _ => Lacing::Ebml,
        };
        let time = i16::from_be_bytes([high, low]);
        Ok(Self { track, time, key: flags & 0x80 != 0, lacing, size: size + 3 })
    }
}

/// The frames of a laced block, as ranges of its content; `content` is all of it.
pub(super) fn laced(content: &[u8], header: &Header, offset: u64) -> Result<Vec<Range<usize>>> {
    let bad = || damaged(message!("the frames of a laced block don't fit into it"), offset);
    let &last = content.get(header.size).ok_or_else(bad)?;
    let count = usize::from(last) + 1;
    let mut at = header.size + 1;
    let mut sizes: Vec<usize> = Vec::new();
    match header.lacing {
        Lacing::None => return Ok(vec![header.size..content.len()]),
        Lacing::Fixed => {
            let all = content.len() - at;
            if !all.is_multiple_of(count) {
                return Err(bad());
            }
            sizes.resize(count, all / count);
        }
        Lacing::Xiph => {
            for _ in 1..count {
                let mut size = 0;
                loop {
                    let &byte = content.get(at).ok_or_else(bad)?;
                    at += 1;
                    size += usize::from(byte);
                    if byte != 255 {
                        break;
                    }
                }
                sizes.push(size);
            }
        }
        Lacing::Ebml => {
            let mut size = 0i64;
            for index in 1..count {
                let (value, length) = content.get(at..).and_then(number).ok_or_else(bad)?;
                let value = i64::try_from(value).map_err(|_| bad())?;
                // The first size as it is, the others as a difference with half of the range taken off.
                let bias = (1i64 << (7 * length - 1)) - 1;
                size = if index == 1 { value } else { size.checked_add(value - bias).ok_or_else(bad)? };
                sizes.push(usize::try_from(size).map_err(|_| bad())?);
                at += length;
            }
        }
    }
    let mut frames = Vec::new();
    for size in sizes {
        let end = at.checked_add(size).filter(|&end| end <= content.len()).ok_or_else(bad)?;
        frames.push(at..end);
        at = end;
    }
    // But for fixed sizes the last frame is what is left.
    if frames.len() < count {
        frames.push(at..content.len());
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(content: &[u8]) -> Result<Vec<Range<usize>>> {
        laced(content, &Header::read(content, 0)?, 0)
    }

    #[test]
    fn a_header_has_a_track_a_time_and_flags() {
        let header = Header::read(&[0x82, 0xff, 0xfe, 0x80, 7], 0).unwrap();
        assert_eq!(header, Header { track: 2, time: -2, key: true, lacing: Lacing::None, size: 4 });
        assert_eq!(Header::read(&[0x40, 0x82, 0, 1, 0], 0).unwrap().track, 0x82);
        assert!(Header::read(&[0x82, 0, 0], 0).is_err());
        assert!(Header::read(&[], 0).is_err());
    }

    #[test]
    fn lacing_of_the_three_kinds() {
        // Section 10.3.2: sizes of 300 and 2 by Xiph's rule, the third is what is left.
        let xiph = [&[0x81, 0, 0, 0x02, 2, 255, 45, 2][..], &[0; 305]].concat();
        assert_eq!(frames(&xiph).unwrap(), [8..308, 308..310, 310..313]);
        // Section 10.3.4: fixed.
        assert_eq!(frames(&[0x81, 0, 0, 0x04, 1, 1, 2, 3, 4]).unwrap(), [5..7, 7..9]);
        // Section 10.3.3: 800, then 500 less 300 by a difference of two bytes, then the rest.
        let ebml = [&[0x81, 0, 0, 0x06, 2, 0x43, 0x20, 0x5e, 0xd3][..], &[0; 1310]].concat();
        assert_eq!(frames(&ebml).unwrap(), [9..809, 809..1309, 1309..1319]);
    }

    #[test]
    fn frames_that_do_not_fit_are_refused() {
        for content in [
            &[0x81, 0, 0, 0x02, 1, 9, 1][..],
            &[0x81, 0, 0, 0x02, 1, 255],
            &[0x81, 0, 0, 0x04, 1, 1, 2, 3],
            &[0x81, 0, 0, 0x06, 2, 0x81, 0x80, 1],
            &[0x81, 0, 0, 0x06],
        ] {
            assert!(frames(content).is_err(), "{content:02x?}");
        }
    }
}
