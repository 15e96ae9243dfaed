//! Transport stream packets (clauses 2.4.3.2 and 2.4.3.4): payloads in pieces of at most 184 bytes.

/// The size of a packet in bytes, and that of what its header leaves.
const PACKET: usize = 188;
const ROOM: usize = 184;

/// The size of an adaptation field with a clock reference in bytes.
const CLOCK_FIELD: usize = 8;

/// Flags of the adaptation field.
const DISCONTINUITY: u8 = 0x80;
const RANDOM_ACCESS: u8 = 0x40;
const CLOCK: u8 = 0x10;

/// A PES packet on its way into packets.
#[derive(Debug)]
pub(super) struct PesPacket<'a> {
    /// The header, whole.
    pub(super) header: Vec<u8>,
    pub(super) payload: &'a [u8],
    /// The clock reference in front of it, in units of 1/90000 s.
    pub(super) clock: u64,
    /// References behind it, in packets of their own.
    pub(super) further_clocks: Vec<u64>,
    /// Whether decoding can start with it.
    pub(super) random_access: bool,
}

impl PesPacket<'_> {
    fn size(&self) -> usize {
        self.header.len() + self.payload.len()
    }

    /// How many packets it takes at least.
    fn least(&self) -> usize {
        1 + self.size().saturating_sub(ROOM - CLOCK_FIELD).div_ceil(ROOM)
    }

    /// How many it may take: the header stays whole in the first, behind that there may be one for each byte.
    fn most(&self) -> usize {
        self.payload.len().max(self.least())
    }
}

/// Appends a packet with a whole section of a table; its counter is `number`.
pub(super) fn put_section(out: &mut Vec<u8>, pid: u16, section: &[u8], number: usize) {
    let start = out.len();
    put_header(out, pid, true, 1, number);
    out.push(0); // pointer_field: it begins here
    out.extend(section);
    out.resize(start + PACKET, 0xff);
}

/// Appends PES packets, the counter of whose packets goes from 0 to 15: they are spread over a multiple of 16.
pub(super) fn put_pes_packets(out: &mut Vec<u8>, pid: u16, packets: &[PesPacket<'_>]) {
    let mut counts: Vec<usize> = packets.iter().map(PesPacket::least).collect();
    let mut missing = (16 - counts.iter().sum::<usize>() % 16) % 16;
    for (count, packet) in counts.iter_mut().zip(packets).rev() {
        let more = missing.min(packet.most() - *count);
        *count += more;
        missing -= more;
    }
    let mut counter = 0;
    let mut left = counts.iter().sum::<usize>();
    for (packet, count) in packets.iter().zip(counts) {
        let (mut header, mut payload) = (&packet.header[..], packet.payload);
        for index in 0..count {
            let mut field = Field::default();
            if index == 0 {
                field.clock = Some(packet.clock);
                field.random_access = packet.random_access;
            }
            left -= 1;
            if left == 0 && missing > 0 {
                // Too few bytes to be spread: the jump is announced.
                field.discontinuity = true;
                counter = 15;
            }
            // One byte at least is kept for each packet that follows.
            let unsent = header.len() + payload.len();
            let size = (unsent - (count - 1 - index)).min(ROOM - field.size());
            let (piece, rest) = payload.split_at(size - header.len());
            put_payload(out, pid, counter, field, header, piece);
            (header, payload) = (&[], rest);
            counter += 1;
        }
        for &clock in &packet.further_clocks {
            // Without a payload the counter stands still.
            let field = Field { clock: Some(clock), ..Field::default() };
            put_header(out, pid, false, 2, counter + 15);
            field.put(out, ROOM);
        }
    }
}

/// What an adaptation field says.
#[derive(Debug, Clone, Copy, Default)]
struct Field {
    discontinuity: bool,
    random_access: bool,
    clock: Option<u64>,
}

impl Field {
    /// Its size in bytes without stuffing.
    fn size(&self) -> usize {
        match (self.clock, self.discontinuity || self.random_access) {
            (Some(_), _) => CLOCK_FIELD,
            (None, true) => 2,
            (None, false) => 0,
        }
    }

    /// Appends it in so many bytes; stuffed where it says less.
    fn put(self, out: &mut Vec<u8>, size: usize) {
        let Some(length) = size.checked_sub(1) else { return };
        let end = out.len() + size;
        out.push(u8::try_from(length).expect("at most 183"));
        if length > 0 {
            let flag = |set: bool, flag: u8| if set { flag } else { 0 };
            out.push(
                flag(self.discontinuity, DISCONTINUITY)
                    | flag(self.random_access, RANDOM_ACCESS)
                    | flag(self.clock.is_some(), CLOCK),
            );
            if let Some(clock) = self.clock {
                // program_clock_reference_base of 33 bits, six reserved, an extension of 0.
                out.extend(&(clock << 15 | 0x7e00).to_be_bytes()[2..]);
            }
        }
        out.resize(end, 0xff);
    }
}

/// A packet with the header of a PES packet, if it is the first of one, and a piece of its payload.
fn put_payload(out: &mut Vec<u8>, pid: u16, counter: usize, field: Field, header: &[u8], piece: &[u8]) {
    let stuffing = ROOM - header.len() - piece.len();
    put_header(out, pid, !header.is_empty(), if stuffing > 0 { 3 } else { 1 }, counter);
    field.put(out, stuffing);
    out.extend_from_slice(header);
    out.extend_from_slice(piece);
}

/// `adaptation_field_control` is 1 for a payload, 2 for an adaptation field, 3 for both.
fn put_header(out: &mut Vec<u8>, pid: u16, starts: bool, adaptation_field_control: u8, counter: usize) {
    let counter = u8::try_from(counter % 16).expect("four bits");
    out.push(0x47);
    out.extend((u16::from(starts) << 14 | pid).to_be_bytes());
    out.push(adaptation_field_control << 4 | counter);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pes(payload: &[u8]) -> PesPacket<'_> {
        PesPacket {
            header: vec![0xee; 14],
            payload,
            clock: 0x1_2345_6789,
            further_clocks: Vec::new(),
            random_access: true,
        }
    }

    /// Adaptation field and payload of each packet.
    fn parts(out: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        out.chunks(PACKET)
            .map(|packet| {
                let field = if packet[3] & 0x20 == 0 { 0 } else { usize::from(packet[4]) + 1 };
                (packet[4..4 + field].to_vec(), packet[4 + field..].to_vec())
            })
            .collect()
    }

    #[test]
    fn payloads_of_every_size_come_back_in_a_multiple_of_16_packets() {
        for size in (1..1200).chain([3000, 65_535, 200_000]) {
            let payload: Vec<u8> = (0..size).map(|n| u8::try_from(n % 253).unwrap()).collect();
            let mut out = Vec::new();
            put_pes_packets(&mut out, 0x100, &[pes(&payload)]);
            let parts = parts(&out);
            let joined: Vec<u8> = parts.iter().flat_map(|(_, payload)| payload.clone()).collect();
            assert_eq!(joined, [&[0xee; 14][..], &payload].concat(), "{size}");
            assert!(parts.iter().all(|(_, payload)| !payload.is_empty()));
            assert!(parts[0].1.len() > 14 || size == 1, "{size}: a header and a byte");
            assert_eq!(out[out.len() - PACKET + 3] & 15, 15);
            assert_eq!(parts.len().is_multiple_of(16), size >= 16, "{size}");
        }
    }

    #[test]
    fn the_clock_reference_has_33_bits_and_six_reserved_ones() {
        let mut out = Vec::new();
        put_pes_packets(&mut out, 0x100, &[pes(&[1; 3000])]);
        assert_eq!(out[..12], [0x47, 0x41, 0, 0x30, 7, 0x50, 0x91, 0xa2, 0xb3, 0xc4, 0xfe, 0]);
    }

    #[test]
    fn a_field_of_one_byte_is_a_length_of_0() {
        let mut out = Vec::new();
        Field::default().put(&mut out, 1);
        assert_eq!(out, [0]);
        Field::default().put(&mut out, 3);
        assert_eq!(out, [0, 2, 0, 0xff]);
    }
}
