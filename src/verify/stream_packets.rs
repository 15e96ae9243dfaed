//! Packets of a transport stream, and packed audio → the elementary streams that they carry.
//!
//! A reader of its own, which goes by ISO/IEC 13818-1:2019 to the letter: the demuxer forgives what is found here.

use super::finding::FindingCode;
use crate::bytes::crc32_mpeg;
use crate::error::Message;
use crate::order::Map;

/// The size of a packet in bytes.
const PACKET: usize = 188;

const SYNC: u8 = 0x47;

/// What carries nothing.
const NULL_PID: u16 = 0x1fff;

/// What is wrong in a segment, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: FindingCode,
    pub(super) message: Message,
    pub(super) at: usize,
}

/// How an elementary stream is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Avc,
    Hevc,
    /// AAC with headers of ADTS.
    Aac,
    /// AC-3 and E-AC-3.
    Dolby,
    /// MPEG audio.
    Mpeg,
}

/// An elementary stream of a segment.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) pid: u16,
    /// `None` for one that isn't read.
    pub(super) coding: Option<Coding>,
    /// Whether its type says that samples are encrypted (SAMPLE-AES).
    pub(super) is_sealed: bool,
    pub(super) units: Vec<Unit>,
}

/// The payload of a PES packet, or of packed audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// In 1/90,000 s, modulo 2^33.
    pub(super) presented: Option<u64>,
    /// The same.
    pub(super) decoded: Option<u64>,
    pub(super) data: Vec<u8>,
    /// Where it begins in the segment.
    pub(super) at: usize,
}

/// What the tables say so far: a playlist's `EXT-X-MAP` may have them, for all segments.
#[derive(Debug, Default, Clone)]
pub(super) struct Tables {
    /// The PIDs of program maps.
    maps: Vec<u16>,
    /// The streams of the first programme: PID, coding, whether samples are encrypted.
    streams: Vec<(u16, Option<Coding>, bool)>,
}

/// Whether a file begins as a transport stream.
pub(super) fn is_transport(bytes: &[u8]) -> bool {
    bytes.first() == Some(&SYNC) && bytes.get(PACKET).is_none_or(|&byte| byte == SYNC)
}

/// Whether bytes are packets from the first to the last.
pub(super) fn is_whole_transport(bytes: &[u8]) -> bool {
    let is_packet = |packet: &[u8]| packet.len() == PACKET && packet[0] == SYNC;
    bytes.len() >= 2 * PACKET && bytes.chunks(PACKET).all(is_packet)
}

/// Reads a segment of a transport stream. Behind a fault that leaves nothing to go by there is no stream.
pub(super) fn transport(bytes: &[u8], tables: &mut Tables, faults: &mut Vec<Fault>) -> Vec<Carried> {
    let mut reader = Reader {
        tables,
        faults,
        counters: Map::default(),
        sections: Map::default(),
        open: Map::default(),
        carried: Vec::new(),
    };
    for (number, packet) in bytes.chunks(PACKET).enumerate() {
        let at = number * PACKET;
        let message = match (packet.len(), packet[0]) {
            (PACKET, SYNC) => {
                reader.packet(packet, at);
                continue;
            }
            (PACKET, byte) => {
                message!(
                    "a packet of the transport stream begins with {byte} in place of 47",
                    byte = format!("{byte:02x}")
                )
            }
            (size, _) => message!("the last packet of the transport stream has {size} of 188 bytes", size),
        };
        reader.faults.push(Fault { code: FindingCode::PacketInvalid, message, at });
        return Vec::new();
    }
    for pid in reader.open.iter().map(|(&pid, _)| pid).collect::<Vec<_>>() {
        reader.close(pid);
    }
    if reader.tables.streams.is_empty() {
        let message =
            message!("the transport stream has no program association and program map (RFC 8216 section 3.2)");
        reader.faults.push(Fault { code: FindingCode::PacketInvalid, message, at: 0 });
    }
    reader.carried
}

struct Reader<'a> {
    tables: &'a mut Tables,
    faults: &'a mut Vec<Fault>,
    /// The last counter of each PID.
    counters: Map<u16, u8>,
    /// Sections of tables that go on.
    sections: Map<u16, Vec<u8>>,
    /// PES packets that go on, with where they begin.
    open: Map<u16, (usize, Vec<u8>)>,
    carried: Vec<Carried>,
}

impl Reader<'_> {
    fn fault(&mut self, code: FindingCode, at: usize, message: Message) {
        self.faults.push(Fault { code, message, at });
    }

    /// Clause 2.4.3.2.
    fn packet(&mut self, packet: &[u8], at: usize) {
        let pid = u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]);
        let (starts, control, counter) = (packet[1] & 0x40 != 0, packet[3] >> 4 & 3, packet[3] & 15);
        if pid == NULL_PID {
            return;
        }
        let shown = format!("{pid:#x}");
        if packet[1] & 0x80 != 0 {
            let message = message!("a packet of PID {pid} is marked as damaged", pid = shown);
            return self.fault(FindingCode::PacketInvalid, at, message);
        }
        if packet[3] & 0xc0 != 0 {
            let message = message!("a packet of PID {pid} is scrambled", pid = shown);
            return self.fault(FindingCode::PacketInvalid, at, message);
        }
        let (has_field, has_payload) = (control & 2 != 0, control & 1 != 0);
        let field = if has_field { 1 + usize::from(packet[4]) } else { 0 };
        if 4 + field > PACKET || has_payload && 4 + field == PACKET || control == 0 {
            let message = message!("the adaptation field of a packet of PID {pid} doesn't fit into it", pid = shown);
            return self.fault(FindingCode::PacketInvalid, at, message);
        }
        let is_marked = has_field && packet[4] > 0 && packet[5] & 0x80 != 0;
        let before = self.counters.insert(pid, counter);
        if let Some(before) = before.filter(|_| !is_marked) {
            let expected = if has_payload { (before + 1) & 15 } else { before };
            // A packet may come twice.
            if has_payload && counter == before {
                return;
            }
            if counter != expected {
                let message = message!(
                    "behind a packet of PID {pid} with the continuity counter {before} stands one with {counter}: packets are missing",
                    pid = shown,
                    before,
                    counter
                );
                self.fault(FindingCode::ContinuityLost, at, message);
            }
        }
        if !has_payload {
            return;
        }
        let payload = &packet[4 + field..];
        if pid == 0 || self.tables.maps.contains(&pid) {
            self.section(pid, payload, starts, at);
        } else if self.tables.streams.iter().any(|&(of, ..)| of == pid) {
            if starts {
                self.close(pid);
                self.open.insert(pid, (at, payload.to_vec()));
            } else if let Some((_, unit)) = self.open.get_mut(&pid) {
                unit.extend_from_slice(payload);
            }
        }
    }

    /// Clause 2.4.4: what a table's packets hold, one section at a time.
    fn section(&mut self, pid: u16, payload: &[u8], starts: bool, at: usize) {
        if starts {
            let begin = 1 + usize::from(payload[0]);
            self.sections.insert(pid, payload.get(begin..).unwrap_or_default().to_vec());
        } else if let Some(section) = self.sections.get_mut(&pid) {
            section.extend_from_slice(payload);
        }
        let Some(bytes) = self.sections.get(&pid) else { return };
        let &[table, high, low, ..] = &bytes[..] else { return };
        let size = 3 + (usize::from(high & 15) << 8 | usize::from(low));
        let Some(section) = bytes.get(..size) else { return };
        let section = section.to_vec();
        self.sections.remove(&pid);
        if crc32_mpeg(&section) != 0 {
            let message =
                message!("the CRC of the table of PID {pid} is not that of its bytes", pid = format!("{pid:#x}"));
            return self.fault(FindingCode::PacketInvalid, at, message);
        }
        let Some(body) = section.get(8..size.saturating_sub(4)) else { return };
        match (pid, table) {
            (0, 0) => {
                let programmes = body.chunks_exact(4).filter(|entry| entry[..2] != [0, 0]);
                self.tables.maps = programmes.map(|entry| word(&entry[2..]) & 0x1fff).collect();
            }
            (_, 2) if Some(&pid) == self.tables.maps.first() => self.tables.streams = streams(body),
            _ => (),
        }
    }

    /// Ends a PES packet (clause 2.4.3.6).
    fn close(&mut self, pid: u16) {
        let Some((at, bytes)) = self.open.remove(&pid) else { return };
        let shown = format!("{pid:#x}");
        let &[0, 0, 1, _, high, low, first, flags, header, ..] = &bytes[..] else {
            let message = message!("no PES packet of PID {pid} begins where one is announced", pid = shown);
            return self.fault(FindingCode::PacketInvalid, at, message);
        };
        let begin = 9 + usize::from(header);
        if first & 0xc0 != 0x80 || begin > bytes.len() {
            let message = message!("the header of a PES packet of PID {pid} can't be read", pid = shown);
            return self.fault(FindingCode::PacketInvalid, at, message);
        }
        let stated = usize::from(high) << 8 | usize::from(low);
        if stated != 0 && stated + 6 != bytes.len() {
            let message = message!(
                "a PES packet of PID {pid} has {size} bytes, and its header says {stated}",
                pid = shown,
                size = bytes.len(),
                stated = stated + 6
            );
            self.fault(FindingCode::PacketInvalid, at, message);
        }
        let stamp = |from: usize| bytes.get(from..from + 5).filter(|_| from + 5 <= begin).map(stamp);
        let presented = if flags & 0x80 != 0 { stamp(9) } else { None };
        let decoded = if flags & 0xc0 == 0xc0 { stamp(14) } else { None };
        let end = if stated == 0 { bytes.len() } else { bytes.len().min(stated + 6) };
        let data = bytes.get(begin..end).unwrap_or_default().to_vec();
        let unit = Unit { presented, decoded: decoded.or(presented), data, at };
        match self.carried.iter_mut().find(|carried| carried.pid == pid) {
            Some(carried) => carried.units.push(unit),
            None => {
                let stream = self.tables.streams.iter().find(|&&(of, ..)| of == pid);
                let &(_, coding, is_sealed) = stream.expect("only packets of known streams are put together");
                self.carried.push(Carried { pid, coding, is_sealed, units: vec![unit] });
            }
        }
    }
}

fn word(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

/// 33 bits with marker bits between.
fn stamp(bytes: &[u8]) -> u64 {
    let part = |at: usize| u64::from(word(&bytes[at..])) >> 1;
    u64::from(bytes[0] >> 1 & 7) << 30 | part(1) << 15 | part(3)
}

/// The streams that a program map lists (clause 2.4.4.9).
fn streams(body: &[u8]) -> Vec<(u16, Option<Coding>, bool)> {
    let mut found = Vec::new();
    let Some(info) = body.get(2..4) else { return found };
    let mut rest = body.get(4 + usize::from(word(info) & 0xfff)..).unwrap_or_default();
    while let &[kind, ..] = rest {
        let Some(fixed) = rest.get(1..5) else { break };
        let (pid, size) = (word(fixed) & 0x1fff, usize::from(word(&fixed[2..]) & 0xfff));
        let Some(descriptors) = rest.get(5..5 + size) else { break };
        // Table 2-34, ATSC A/52, and Apple's document on SAMPLE-AES, section 3.0.
        let is_dolby = [&b"AC-3"[..], b"EAC3"].iter().any(|name| descriptors.windows(4).any(|bytes| bytes == *name));
        let coding = match kind {
            0x1b | 0xdb => Some(Coding::Avc),
            0x24 => Some(Coding::Hevc),
            0x0f | 0xcf => Some(Coding::Aac),
            0x81 | 0x87 | 0xc1 | 0xc2 => Some(Coding::Dolby),
            0x03 | 0x04 => Some(Coding::Mpeg),
            0x06 if is_dolby => Some(Coding::Dolby),
            _ => None,
        };
        found.push((pid, coding, matches!(kind, 0xdb | 0xcf | 0xc1 | 0xc2)));
        rest = &rest[5 + size..];
    }
    found
}

/// Reads a segment of packed audio (RFC 8216 section 3.4): a tag with the time, then frames.
pub(super) fn packed(bytes: &[u8], is_sealed: bool, faults: &mut Vec<Fault>) -> Vec<Carried> {
    const OWNER: &[u8] = b"com.apple.streaming.transportStreamTimestamp\0";
    let mut rest = bytes;
    let mut presented = None;
    while let Some(size) = tag_size(rest) {
        let Some((tag, behind)) = rest.split_at_checked(size) else {
            let message = message!("an ID3 tag goes on behind the segment's end");
            faults.push(Fault { code: FindingCode::PacketInvalid, message, at: 0 });
            return Vec::new();
        };
        let owner = tag.windows(OWNER.len()).position(|window| window == OWNER);
        let stamp = owner.and_then(|at| tag.get(at + OWNER.len()..at + OWNER.len() + 8));
        presented =
            presented.or(stamp.map(|stamp| u64::from_be_bytes(stamp.try_into().expect("8 bytes")) & ((1 << 33) - 1)));
        rest = behind;
    }
    if presented.is_none() {
        let message = message!("packed audio has no ID3 tag in front that says its time (RFC 8216 section 3.4)");
        faults.push(Fault { code: FindingCode::StampWrong, message, at: 0 });
    }
    let coding = match *rest {
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some(Coding::Aac),
        [0xff, second, ..] if second & 0xe0 == 0xe0 => Some(Coding::Mpeg),
        [0x0b, 0x77, ..] => Some(Coding::Dolby),
        _ => {
            let message = message!("no frame of AAC, AC-3, E-AC-3 or MP3 begins where packed audio must begin");
            faults.push(Fault { code: FindingCode::PacketInvalid, message, at: bytes.len() - rest.len() });
            return Vec::new();
        }
    };
    let unit = Unit { presented, decoded: presented, data: rest.to_vec(), at: bytes.len() - rest.len() };
    vec![Carried { pid: 0, coding, is_sealed, units: vec![unit] }]
}

/// The size of an ID3 tag (ID3 2.4.0 section 3.1); `None` where none begins.
fn tag_size(bytes: &[u8]) -> Option<usize> {
    let &[b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = bytes else { return None };
    let size = [a, b, c, d].into_iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
    Some(10 + size + if flags & 0x10 != 0 { 10 } else { 0 })
}
