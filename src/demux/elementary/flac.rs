//! Native FLAC (RFC 9639). Frames don't state their size: one ends where the next begins, as its header, the numbers
//! in both and the checksum before it agree.

use super::track;
use crate::codec::flac;
use crate::demux::demuxer::{Demand, Demuxer};
use crate::demux::format::{Ending, Format, Opening};
use crate::demux::{Input, Sample, entries};
use crate::error::{Code, Error, Message, Result};
use crate::limits;

/// FLAC without another container.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["FLAC"],
    endings: &[Ending::new("flac", "audio/flac")],
    sniff: |head| head.starts_with(b"fLaC").then_some(0),
    // The marker and the header of STREAMINFO, whose size is fixed.
    search: |head| head.windows(8).position(|bytes| matches!(bytes, b"fLaC\0\0\0\x22" | b"fLaC\x80\0\0\x22")),
    open: |opening| Ok(opening.started_with(Flac::new(opening))),
};

/// Follows the frames.
#[derive(Debug)]
struct Flac {
    name: String,
    size: u64,
    state: State,
    stream_info: Vec<u8>,
    samples: Vec<Sample>,
    warnings: Vec<Message>,
    input: Option<Input>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The marker `fLaC`.
    Marker,
    /// The header of a metadata block.
    Metadata,
    /// A frame; how many bytes at its front were searched without finding its end.
    Frames { searched: usize },
}

/// The most bytes of a frame's header (section 9.1).
const HEADER: usize = 16;

const STREAM_INFO_SIZE: usize = 34;

impl Flac {
    fn new(opening: &Opening<'_>) -> Self {
        Self {
            name: opening.name.to_owned(),
            size: opening.size,
            state: State::Marker,
            stream_info: Vec::new(),
            samples: Vec::new(),
            warnings: Vec::new(),
            input: None,
        }
    }

    /// Takes what begins at `offset`; gives how many bytes were taken, or how many are needed.
    fn take_part(&mut self, bytes: &[u8], offset: u64) -> Result<std::result::Result<u64, u64>> {
        let left = self.size - offset;
        match self.state {
            State::Marker => {
                self.state = State::Metadata;
                Ok(Ok(left.min(4)))
            }
            State::Metadata => {
                let Some(&[kind, a, b, c]) = bytes.first_chunk() else { return Ok(Err(4)) };
                let size = u64::from(u32::from_be_bytes([0, a, b, c]));
                if kind & 0x7f == 0 {
                    let Some(block) = bytes.get(4..4 + STREAM_INFO_SIZE) else { return Ok(Err(4 + 34)) };
                    self.stream_info = block.to_vec();
                }
                if 4 + size > left {
                    return Err(
                        Error::new(Code::InputTruncated, message!("the file ends within its metadata")).at(offset)
                    );
                }
                if kind & 0x80 != 0 {
                    self.state = State::Frames { searched: 0 };
                }
                Ok(Ok(4 + size))
            }
            State::Frames { searched } => self.take_frame(bytes, offset, searched),
        }
    }

    fn take_frame(&mut self, bytes: &[u8], offset: u64, searched: usize) -> Result<std::result::Result<u64, u64>> {
        let left = self.size - offset;
        let is_all = bytes.len() as u64 >= left;
        let Some(header) = FrameHeader::read(bytes) else {
            if bytes.len() < HEADER && !is_all {
                return Ok(Err(left.min(HEADER as u64)));
            }
            // Tags behind the last frame are no damage.
            if !self.samples.is_empty() && (bytes.starts_with(b"TAG") || bytes.starts_with(b"ID3")) {
                return Ok(Ok(left));
            }
            return Err(Error::new(Code::InputDamaged, message!("no FLAC frame begins here")).at(offset));
        };
        let mut from = searched.max(header.size);
        let (mut crc, mut checked) = (0, 0);
        while let Some(at) = bytes.get(from..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) {
            from += at;
            if bytes.len() - from < HEADER && !is_all {
                break; // the next header is cut off
            }
            let next = FrameHeader::read(&bytes[from..]);
            if next.is_some_and(|next| next.follows(&header)) {
                crc = crc16(crc, &bytes[checked..from]);
                checked = from;
                if crc == 0 {
                    self.push(offset, from, header)?;
                    return Ok(Ok(from as u64));
                }
            }
            from += 1;
        }
        if !is_all {
            let searched = bytes.len().saturating_sub(HEADER).max(header.size);
            self.state = State::Frames { searched };
            // Twice as much, so that a long frame is not read again and again.
            return Ok(Err(left.min(2 * bytes.len() as u64).max(1)));
        }
        // The last frame ends with the file, or before an ID3 tag of version 1.
        const TAG: usize = 128;
        let ends = [Some(bytes.len()), bytes.len().checked_sub(TAG).filter(|&at| bytes[at..].starts_with(b"TAG"))];
        match ends.into_iter().flatten().find(|&end| end > header.size && crc16(0, &bytes[..end]) == 0) {
            Some(end) => self.push(offset, end, header)?,
            None => self
                .warnings
                .push(message!("the frame at byte {offset} is cut short or damaged; it is left out", offset)),
        }
        Ok(Ok(left))
    }

    fn push(&mut self, offset: u64, size: usize, header: FrameHeader) -> Result<()> {
        if self.samples.len() >= limits::SAMPLES_PER_TRACK {
            let message = message!("the track has more than {most} samples", most = limits::SAMPLES_PER_TRACK);
            return Err(Error::new(Code::LimitExceeded, message).at(offset));
        }
        self.samples.push(Sample {
            offset,
            size: u32::try_from(size).expect("no more is held than fits"),
            duration: header.samples,
            composition_offset: 0,
            entry: 0,
            sync: true,
        });
        self.state = State::Frames { searched: 0 };
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if self.stream_info.is_empty() {
            return Err(Error::new(Code::InputDamaged, message!("the file has no STREAMINFO")).at(0));
        }
        let samples = std::mem::take(&mut self.samples);
        if samples.is_empty() {
            return Err(Error::new(
                Code::TrackNone,
                message!("no track can be packaged: the file has no frame of sound"),
            ));
        }
        let record = entries::dfla(&self.stream_info);
        let (entry, properties) = entries::audio(*b"fLaC", *b"dfLa", &record, 0, 0).map_err(|error| error.at(0))?;
        let track = track(entry, properties, samples, (0, 0))?;
        let warnings = std::mem::take(&mut self.warnings);
        self.input = Some(Input::of_track(&self.name, self.size, track, warnings));
        Ok(())
    }
}

impl Demuxer for Flac {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
        let mut here = offset;
        loop {
            if here >= self.size {
                self.end()?;
                return Ok(Demand::Done);
            }
            let rest = usize::try_from(here - offset).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            if rest.is_empty() {
                return Ok(Demand::Bytes { offset: here, least: 1 });
            }
            match self.take_part(rest, here)? {
                Ok(taken) => here += taken,
                Err(least) => return Ok(Demand::Bytes { offset: here, least }),
            }
        }
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

/// A frame's header, its checksum known to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FrameHeader {
    /// Whether blocks differ in size: the number is one of samples then.
    is_variable: bool,
    /// The number of the frame, or of its first sample.
    number: u64,
    samples: u32,
    /// The size of the header in bytes.
    size: usize,
}

impl FrameHeader {
    fn read(bytes: &[u8]) -> Option<Self> {
        let samples = flac::samples(bytes)?;
        let (second, codes) = (bytes[1], *bytes.get(2)?);
        let (number, length) = coded_number(bytes.get(4..)?)?;
        let of_size = [0, 0, 0, 0, 0, 0, 1, 2][usize::from(codes >> 4).min(7)] * usize::from(codes >> 4 < 8);
        let of_rate = match codes & 15 {
            12 => 1,
            13 | 14 => 2,
            15 => return None,
            _ => 0,
        };
        let size = 4 + length + of_size + of_rate + 1;
        let header = bytes.get(..size)?;
        (crc8(header) == 0).then_some(Self { is_variable: second & 1 == 1, number, samples, size })
    }

    /// Whether this is the header of the frame behind `before`.
    fn follows(&self, before: &Self) -> bool {
        let step = if self.is_variable { u64::from(before.samples) } else { 1 };
        self.is_variable == before.is_variable && self.number == before.number + step
    }
}

/// The coded number of section 9.1.5, as UTF-8 has them, but of up to 36 bits, and its size in bytes.
fn coded_number(bytes: &[u8]) -> Option<(u64, usize)> {
    let &first = bytes.first()?;
    let length = match first.leading_ones() {
        0 => return Some((u64::from(first), 1)),
        ones @ 2..=7 => usize::try_from(ones).ok()?,
        _ => return None,
    };
    let rest = bytes.get(1..length)?;
    let start = u64::from(first) & (0x7f >> length);
    let number = rest
        .iter()
        .try_fold(start, |number, &byte| (byte & 0xc0 == 0x80).then_some(number << 6 | u64::from(byte & 0x3f)));
    Some((number?, length))
}

/// The checksum of headers (section 9.1.8): x^8 + x^2 + x + 1. 0 over bytes with theirs behind them.
fn crc8(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |crc, &byte| (0..8).fold(crc ^ byte, |crc: u8, _| crc << 1 ^ if crc & 0x80 == 0 { 0 } else { 0x07 }))
}

/// The checksum of frames (section 9.3): x^16 + x^15 + x^2 + 1, likewise; `crc` is that of the bytes before.
fn crc16(crc: u16, bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = table();
    bytes.iter().fold(crc, |crc, &byte| crc << 8 ^ TABLE[usize::from(crc >> 8) ^ usize::from(byte)])
}

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x8005 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn a_header_of_the_standards_own_example() {
        // RFC 9639 appendix D.1.3: one block of one sample, 44.1 kHz, two channels, 16 bits; frame and checksum.
        let frame = hex!("fff8 6918 0000 bf 03 58 fd 03 12 8b aa 9a");
        let header = FrameHeader::read(&frame).unwrap();
        assert_eq!(header, FrameHeader { is_variable: false, number: 0, samples: 1, size: 7 });
        assert_eq!(crc16(0, &frame), 0);
        assert_eq!(FrameHeader::read(&hex!("fff8 6918 0000 be")), None);
    }

    #[test]
    fn coded_numbers_have_one_to_seven_bytes() {
        assert_eq!(coded_number(&[0x7f]), Some((127, 1)));
        assert_eq!(coded_number(&hex!("c2 80")), Some((128, 2)));
        assert_eq!(coded_number(&hex!("fe bf bf bf bf bf bf")), Some(((1 << 36) - 1, 7)));
        assert_eq!(coded_number(&[0x80]), None);
        assert_eq!(coded_number(&hex!("c2 00")), None);
    }
}
