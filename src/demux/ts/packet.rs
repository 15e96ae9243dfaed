//! Packets of a transport stream (ISO/IEC 13818-1:2019 clauses 2.4.3.2 and 2.4.3.4): where they stand, and what of
//! them is payload.

use std::ops::Range;

/// The size of a packet in bytes.
pub(super) const PACKET: usize = 188;

const SYNC: u8 = 0x47;

/// How far apart packets begin: one behind the other, each behind four bytes of its arrival time (Blu-ray, AVCHD),
/// each before sixteen bytes of parity.
const STRIDES: [usize; 3] = [PACKET, 192, 204];

/// Where the first packet of a stream begins within `head`, and how far apart packets begin. Behind garbage more of
/// them must be in a row.
pub(super) fn first(head: &[u8]) -> Option<(usize, usize)> {
    const ROW: usize = 8;
    let is_sync = |at: usize| head.get(at).is_none_or(|&byte| byte == SYNC);
    let row = |at: usize, stride: usize| {
        let fewest = if at <= 4 { 3 } else { 5 };
        let there = (head.len() - at).div_ceil(stride);
        there >= fewest && (0..ROW).all(|number| is_sync(at + number * stride))
    };
    let starts = (0..head.len()).filter(|&at| head[at] == SYNC);
    starts.flat_map(|at| STRIDES.map(|stride| (at, stride))).find(|&(at, stride)| row(at, stride))
}

/// Where the next packet begins in `bytes`, if one should begin at `at`: there, unless one that another follows begins
/// within it, or behind damage; `None` if none does. `is_last` tells of a packet that none need follow.
pub(super) fn next(bytes: &[u8], at: usize, stride: usize, is_last: impl Fn(usize) -> bool) -> Option<usize> {
    if bytes.get(at) != Some(&SYNC) {
        return search(bytes, at..bytes.len(), stride, is_last);
    }
    if bytes.get(at + stride) == Some(&SYNC) || is_last(at) {
        return Some(at);
    }
    search(bytes, at..bytes.len().min(at + PACKET), stride, is_last).or(Some(at))
}

/// Where the first packet begins that another follows, or that is the last one.
pub(super) fn search(
    bytes: &[u8],
    mut range: Range<usize>,
    stride: usize,
    is_last: impl Fn(usize) -> bool,
) -> Option<usize> {
    let is_sync = |at: usize| bytes.get(at) == Some(&SYNC);
    range.find(|&at| is_sync(at) && (is_sync(at + stride) || is_last(at)))
}

/// A packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'a> {
    pub(super) pid: u16,
    /// `payload_unit_start_indicator`.
    pub(super) starts_unit: bool,
    /// `transport_scrambling_control` says so.
    pub(super) is_scrambled: bool,
    /// `discontinuity_indicator`.
    pub(super) is_discontinuous: bool,
    pub(super) counter: u8,
    pub(super) payload: &'a [u8],
    /// Where the payload begins in the packet.
    pub(super) payload_at: usize,
}

impl<'a> Packet<'a> {
    /// Reads a packet; `None` for one without payload and one that was damaged on its way.
    pub(super) fn read(packet: &'a [u8]) -> Option<Self> {
        let &[_, flags, low, control, length, ..] = packet else { return None };
        let has_adaptation = control & 0x20 != 0;
        let payload_at = if has_adaptation { 5 + usize::from(length) } else { 4 };
        let payload = packet.get(payload_at..PACKET).filter(|payload| !payload.is_empty())?;
        // transport_error_indicator
        if flags & 0x80 != 0 || control & 0x10 == 0 {
            return None;
        }
        Some(Self {
            pid: u16::from(flags & 0x1f) << 8 | u16::from(low),
            starts_unit: flags & 0x40 != 0,
            is_scrambled: control & 0xc0 != 0,
            is_discontinuous: has_adaptation && length > 0 && packet[5] & 0x80 != 0,
            counter: control & 15,
            payload,
            payload_at,
        })
    }
}

/// How a packet goes on from the one of the same PID before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continuity {
    Next,
    /// The same packet once more, which may be.
    Again,
    /// One or more are missing.
    Lost,
}

/// The continuity of a packet behind one with the counter `before`.
pub(super) fn continuity(before: Option<u8>, counter: u8) -> Continuity {
    match before {
        Some(before) if before == counter => Continuity::Again,
        Some(before) if (before + 1) & 15 != counter => Continuity::Lost,
        _ => Continuity::Next,
    }
}

/// The header of a PES packet (clause 2.4.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pes {
    /// Where the payload begins.
    pub(super) payload_at: usize,
    /// How many bytes of payload there are; `None` where the length isn't stated.
    pub(super) size: Option<usize>,
    /// In 1/90,000 s, modulo 2^33.
    pub(super) pts: Option<u64>,
    pub(super) dts: Option<u64>,
}

impl Pes {
    /// Reads a header; `None` where there is none, or not all of it.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        const FIXED: usize = 9;
        let &[0, 0, 1, stream_id, high, low, first, flags, header, ..] = bytes else { return None };
        // Those with the optional header begin it with the bits 10.
        let is_plain = matches!(stream_id, 0xbc | 0xbe | 0xbf | 0xf0..=0xf2 | 0xf8 | 0xff);
        let payload_at = FIXED + usize::from(header);
        if is_plain || first & 0xc0 != 0x80 || payload_at > bytes.len() {
            return None;
        }
        let stated = usize::from(high) << 8 | usize::from(low);
        let time = |at: usize| bytes.get(at..at + 5).filter(|_| at + 5 <= payload_at).map(stamp);
        let pts = if flags & 0x80 != 0 { time(FIXED) } else { None };
        let dts = if flags & 0xc0 == 0xc0 { time(FIXED + 5) } else { None };
        Some(Self { payload_at, size: (stated != 0).then(|| (stated + 6).saturating_sub(payload_at)), pts, dts })
    }
}

/// 33 bits with marker bits between.
fn stamp(bytes: &[u8]) -> u64 {
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|at| u64::from(bytes[at]));
    (a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn packet(header: [u8; 4], rest: &[u8]) -> Vec<u8> {
        let mut packet = [&header[..], rest].concat();
        packet.resize(PACKET, 0xff);
        packet
    }

    #[test]
    fn packets_are_told_by_their_distance_behind_garbage_too() {
        let one = packet([0x47, 0x40, 0, 0x10], &[]);
        assert_eq!(first(&one.repeat(3)), Some((0, 188)));
        assert_eq!(first(&one.repeat(2)), None);
        assert_eq!(first(&[&[0, 0, 1, 2], &one[..]].concat().repeat(3)), Some((4, 192)));
        assert_eq!(first(&[&one[..], &[0; 16]].concat().repeat(4)), Some((0, 204)));
        assert_eq!(first(&[&[0x47; 30][..], &one.repeat(9)].concat()), Some((30, 188)));
        assert_eq!(first(&[&[7; 30][..], &one.repeat(4)].concat()), None);
    }

    #[test]
    fn the_payload_stands_behind_the_adaptation_field() {
        let bytes = packet([0x47, 0x41, 0x02, 0x35], &[7, 0x80, 0, 0, 0, 0, 0, 0, 9]);
        let read = Packet::read(&bytes).unwrap();
        assert_eq!((read.pid, read.starts_unit, read.counter, read.payload_at), (0x102, true, 5, 12));
        assert!(read.is_discontinuous && !read.is_scrambled && read.payload[0] == 9);
        // Damaged, without payload, with an adaptation field that fills it, or goes past its end.
        assert!(Packet::read(&packet([0x47, 0xc1, 0x02, 0x15], &[])).is_none());
        assert!(Packet::read(&packet([0x47, 0x41, 0x02, 0x25], &[183])).is_none());
        assert!(Packet::read(&packet([0x47, 0x41, 0x02, 0x35], &[183])).is_none());
        assert!(Packet::read(&packet([0x47, 0x41, 0x02, 0x35], &[255])).is_none());
        assert!(Packet::read(&packet([0x47, 0x41, 0x02, 0x95], &[])).unwrap().is_scrambled);
    }

    #[test]
    fn counters_go_up_to_15_and_repeat() {
        assert_eq!(continuity(None, 9), Continuity::Next);
        assert_eq!(continuity(Some(15), 0), Continuity::Next);
        assert_eq!(continuity(Some(3), 3), Continuity::Again);
        assert_eq!(continuity(Some(3), 5), Continuity::Lost);
    }

    #[test]
    fn a_pes_header_has_stamps_of_33_bits() {
        // As ffmpeg writes it: PTS 133,200 and DTS 126,000.
        let bytes = hex!("000001e00000 80c00a 31000910a1 110007d861 00");
        let read = Pes::read(&bytes).unwrap();
        assert_eq!(read, Pes { payload_at: 19, size: None, pts: Some(133_200), dts: Some(126_000) });
        let largest = hex!("000001c0000a 808005 2fffffffff 0000");
        let read = Pes::read(&largest).unwrap();
        assert_eq!((read.pts, read.dts, read.size), (Some((1 << 33) - 1), None, Some(2)));
        assert!(Pes::read(&bytes[..18]).is_none());
        assert!(Pes::read(&hex!("000001be0000 80c00a 00")).is_none());
    }

    #[test]
    fn behind_damage_two_packets_are_found_one_behind_the_other() {
        let one = packet([0x47, 0x40, 0, 0x10], &[]);
        let stream = [&one[..100], &[0x47, 1, 2], &one, &one].concat();
        assert_eq!(next(&stream, 0, 188, |_| false), Some(103), "a packet cut short by another");
        assert_eq!(next(&stream, 50, 188, |_| false), Some(103));
        assert_eq!(next(&stream, 104, 188, |_| false), None);
        // What looks like one is none where another begins within it.
        let stream = [&[0x47; 60][..], &one, &one].concat();
        assert_eq!(next(&stream, 0, 188, |_| false), Some(60));
        assert_eq!(next(&[&one[..], &[0; 60], &one, &one].concat(), 0, 188, |_| false), Some(0));
        let stream = [&one[..100], &[0x47, 1, 2], &one, &one].concat();
        assert_eq!(next(&stream, 104, 188, |at| at + PACKET == stream.len()), Some(291));
    }
}
