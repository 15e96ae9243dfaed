//! Program specific information (ISO/IEC 13818-1:2019 clause 2.4.4): which programmes there are, and the streams of
//! one.

use super::stream::Stream;
use crate::bytes::crc32_mpeg;
use crate::limits;

/// The PID of the program association table.
pub(super) const PAT: u16 = 0;

/// Puts the sections of one PID together.
#[derive(Debug, Default)]
pub(super) struct Sections {
    bytes: Vec<u8>,
    /// Whether `bytes` begin with a section.
    is_open: bool,
}

impl Sections {
    /// Takes the payload of a packet and hands each whole section to `each`.
    pub(super) fn take(&mut self, payload: &[u8], starts_unit: bool, mut each: impl FnMut(&[u8])) {
        if !starts_unit {
            self.bytes.extend_from_slice(payload);
            return self.whole(&mut each);
        }
        let Some((&pointer, rest)) = payload.split_first() else { return };
        let Some((before, begins)) = rest.split_at_checked(usize::from(pointer)) else { return };
        self.bytes.extend_from_slice(before);
        self.whole(&mut each);
        self.bytes.clear();
        self.bytes.extend_from_slice(begins);
        self.is_open = true;
        self.whole(&mut each);
    }

    /// Forgets a section of which a part was lost.
    pub(super) fn lose(&mut self) {
        self.bytes.clear();
        self.is_open = false;
    }

    fn whole(&mut self, each: &mut impl FnMut(&[u8])) {
        const STUFFING: u8 = 0xff;
        while let &[table, high, low, ..] = &self.bytes[..] {
            let size = 3 + (usize::from(high & 15) << 8 | usize::from(low));
            if !self.is_open || table == STUFFING {
                return self.lose();
            }
            let Some(section) = self.bytes.get(..size) else { return };
            if crc32_mpeg(section) == 0 {
                each(section);
            }
            self.bytes.drain(..size);
        }
    }
}

/// A table's section without its header of eight bytes and its CRC, if it is of this table and in force.
fn body(section: &[u8], table: u8) -> Option<&[u8]> {
    let is_current = section.get(5)? & 1 == 1;
    let is_of_table = section[0] == table && section[1] & 0x80 != 0;
    section.get(8..section.len().checked_sub(4)?).filter(|_| is_current && is_of_table)
}

/// The programmes of a section of the program association table: number and PID of the map, in their order.
pub(super) fn programmes(section: &[u8]) -> Vec<(u16, u16)> {
    let pairs = body(section, 0).unwrap_or_default().chunks_exact(4);
    let pairs = pairs.map(|pair| (word(pair), word(&pair[2..]) & 0x1fff));
    pairs.filter(|&(number, _)| number != 0).collect() // 0 is the network's
}

fn word(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

/// The number of the programme that a section of a program map is of, and its streams.
pub(super) fn map(section: &[u8]) -> Option<(u16, Vec<Stream>)> {
    const TABLE: u8 = 2;
    let body = body(section, TABLE)?;
    let sized = |bytes: &[u8]| usize::from(word(bytes) & 0xfff);
    let info = body.get(2..4).map(sized)?;
    let programme = body.get(4..4 + info)?;
    let mut rest = body.get(4 + info..)?;
    let mut streams = Vec::new();
    while let &[kind, _, _, _, _, ..] = rest {
        let end = 5 + sized(&rest[3..]);
        let descriptors = rest.get(5..end)?;
        if streams.len() < limits::TRACKS {
            streams.push(Stream::read(kind, word(&rest[1..]) & 0x1fff, descriptors, programme));
        }
        rest = &rest[end..];
    }
    Some((word(&section[3..]), streams))
}

/// The descriptors of a loop (clause 2.6.1): tag and content.
pub(super) fn descriptors(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let &[tag, size, ..] = rest else { return None };
        let content = rest.get(2..2 + usize::from(size))?;
        rest = &rest[2 + content.len()..];
        Some((tag, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// As ffmpeg writes them: programme 1, whose map is PID 4096; H.264 and, in English, AAC.
    const PAT_SECTION: [u8; 16] = hex!("00b00d0001c100000001f0002ab104b2");
    const PMT_SECTION: [u8; 32] = hex!("02b01d0001c10000e100f0001be100f0000fe101f0060a04656e67008d829a07");

    #[test]
    fn tables_name_programmes_and_streams() {
        assert_eq!(crc32_mpeg(&PAT_SECTION), 0);
        assert_eq!(programmes(&PAT_SECTION), [(1, 4096)]);
        assert_eq!(crc32_mpeg(&PMT_SECTION), 0);
        let (number, streams) = map(&PMT_SECTION).unwrap();
        assert_eq!((number, streams.len()), (1, 2));
        assert_eq!(streams.iter().map(|stream| stream.pid).collect::<Vec<_>>(), [256, 257]);
        assert_eq!(streams[1].language.as_deref(), Some("eng"));
        assert!(map(&PAT_SECTION).is_none() && programmes(&PMT_SECTION).is_empty());
    }

    #[test]
    fn sections_are_put_together_from_packets_and_damaged_ones_left_out() {
        let mut sections = Sections::default();
        let mut seen = Vec::new();
        let mut take = |sections: &mut Sections, bytes: &[u8], starts| {
            sections.take(bytes, starts, |section| seen.push(section.to_vec()));
        };
        take(&mut sections, &PMT_SECTION[10..], false);
        take(&mut sections, &[&[0], &PMT_SECTION[..20]].concat(), true);
        take(&mut sections, &[&[12][..], &PMT_SECTION[20..], &PAT_SECTION, &[0xff; 9]].concat(), true);
        let mut damaged = PAT_SECTION;
        damaged[9] ^= 1;
        take(&mut sections, &[&[0][..], &damaged, &[0xff; 9]].concat(), true);
        assert_eq!(seen, [&PMT_SECTION[..], &PAT_SECTION]);
    }

    #[test]
    fn sections_cut_anywhere_are_read_or_not() {
        for end in 0..PMT_SECTION.len() {
            let _ = map(&PMT_SECTION[..end]);
            let _ = programmes(&PAT_SECTION[..end.min(PAT_SECTION.len())]);
        }
    }
}
