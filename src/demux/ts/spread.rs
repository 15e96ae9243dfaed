//! Samples that are spread over the packets of a stream, and others' between them.
//!
//! Of each sample stand in memory where its first byte is, how many bytes of packets and how many of the stream it
//! takes; the rest is told by the packets themselves when they are read again.

use super::packet::{Continuity, PACKET, Packet, Pes, continuity, next};
use super::start_codes::StartCodes;
use crate::codec::nal_family::{NalContent, NalFamily};
use crate::demux::Sample;
use crate::error::{Code, Error, Result};
use crate::limits;

/// How the samples of a track are found.
#[derive(Debug, Clone)]
pub struct Spread {
    /// How far apart packets begin.
    pub(super) stride: usize,
    pub(super) pid: u16,
    pub(super) form: Form,
    /// As many as there are samples.
    pub(super) pieces: Vec<Piece>,
}

/// What the samples are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The bytes as they are.
    Plain,
    /// A byte stream of NAL units, without those that `drops` names; each gets its length in front.
    Units(Dropped),
}

/// Which NAL units don't go into samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) family: &'static NalFamily,
    /// Whether parameter sets stay, since an entry can't list them all.
    pub(super) keeps_sets: bool,
}

impl Dropped {
    /// Whether a NAL unit that begins so is left out: delimiters, filler and, where the sample entry lists them,
    /// parameter sets.
    pub(super) fn drops(self, nal: &[u8]) -> bool {
        match (self.family.unit)(nal).content {
            NalContent::Delimiter | NalContent::Filler => true,
            NalContent::ParameterSet => !self.keeps_sets,
            _ => false,
        }
    }
}

/// Where a sample is, beside the packet that it begins in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// From the beginning of the first packet to the end of the last one, in bytes.
    span: u32,
    /// Where the sample begins in its first packet, in the upper 8 bits; how many bytes of the stream it takes.
    skip_and_length: u32,
}

const LENGTH_BITS: u32 = 24;

impl Piece {
    /// A piece that begins `skip` bytes into the packet at `at`, is `length` bytes long, and ends in a packet that
    /// ends at `end`.
    pub(super) fn new(at: u64, skip: u8, length: u64, end: u64) -> Result<Self> {
        let span = end.saturating_sub(at);
        if length >> LENGTH_BITS != 0 || span > limits::SPREAD_BYTES {
            let message = message!(
                "a frame of {length} bytes is spread over {span} bytes of the file; the most are {longest} and {widest}",
                length,
                span,
                longest = (1 << LENGTH_BITS) - 1,
                widest = limits::SPREAD_BYTES
            );
            return Err(Error::new(Code::LimitExceeded, message).at(at));
        }
        let short = |value: u64| u32::try_from(value).expect("checked above");
        Ok(Self { span: short(span), skip_and_length: u32::from(skip) << LENGTH_BITS | short(length) })
    }

    /// How many bytes of the stream it takes.
    pub(super) fn length(self) -> usize {
        (self.skip_and_length & ((1 << LENGTH_BITS) - 1)) as usize
    }

    pub(super) fn skip(self) -> u8 {
        self.skip_and_length.to_be_bytes()[0]
    }
}

impl Spread {
    /// How many bytes of the file, from the sample's offset on, hold the sample of this index.
    pub(in crate::demux) fn span(&self, index: usize) -> u32 {
        self.pieces[index].span
    }

    /// That of the samples of these indices.
    pub(in crate::demux) fn subset(&self, indices: &[usize]) -> Self {
        Self { pieces: indices.iter().map(|&index| self.pieces[index]).collect(), ..*self }
    }

    /// The sample's bytes from those of the file.
    pub(in crate::demux) fn gather(&self, index: usize, sample: &Sample, source: &[u8]) -> Result<Vec<u8>> {
        let piece = self.pieces[index];
        let mut made = Made::new(self.form, sample.size as usize);
        let mut left = piece.length();
        let (mut at, mut counter) = (0, None);
        while left > 0 {
            let is_last = |at: usize| at + PACKET == source.len();
            let Some(start) = next(source, at, self.stride, is_last) else { break };
            let Some(bytes) = source.get(start..start + PACKET) else { break };
            at = start + self.stride;
            let Some(packet) = Packet::read(bytes).filter(|packet| packet.pid == self.pid) else { continue };
            let before = counter.replace(packet.counter);
            let stream = match before {
                None => bytes.get(usize::from(piece.skip())..).unwrap_or_default(),
                Some(_) if continuity(before, packet.counter) == Continuity::Again => continue,
                Some(_) if packet.starts_unit => {
                    Pes::read(packet.payload).map_or(&[][..], |pes| &packet.payload[pes.payload_at..])
                }
                Some(_) => packet.payload,
            };
            let taken = &stream[..left.min(stream.len())];
            left -= taken.len();
            made.take(taken);
        }
        let bytes = made.finish();
        if bytes.len() == sample.size as usize {
            return Ok(bytes);
        }
        let message = message!(
            "the packets hold {held} bytes of a sample of {size}: the file has changed",
            held = bytes.len(),
            size = sample.size
        );
        Err(Error::new(Code::InputDamaged, message).at(sample.offset))
    }
}

/// A sample in the making.
struct Made {
    form: Form,
    out: Vec<u8>,
    codes: StartCodes,
    /// Where the length of the NAL unit that is being copied stands.
    unit: usize,
}

/// The size in bytes of the length in front of a NAL unit.
pub(super) const LENGTH_SIZE: usize = 4;

impl Made {
    fn new(form: Form, size: usize) -> Self {
        let mut out = Vec::with_capacity(size + LENGTH_SIZE);
        if form != Form::Plain {
            out.extend([0; LENGTH_SIZE]);
        }
        Self { form, out, codes: StartCodes::default(), unit: 0 }
    }

    fn take(&mut self, stream: &[u8]) {
        let Form::Units(dropped) = self.form else { return self.out.extend_from_slice(stream) };
        let mut from = 0;
        while let Some((next, zeros)) = self.codes.next(stream, from) {
            self.out.extend_from_slice(&stream[from..next - 1]);
            self.out.truncate(self.out.len().saturating_sub(usize::try_from(zeros).unwrap_or(usize::MAX)));
            self.end_unit(dropped);
            from = next;
        }
        self.out.extend_from_slice(&stream[from..]);
    }

    /// Writes the length of the NAL unit, and makes room for the next one's.
    fn end_unit(&mut self, dropped: Dropped) {
        let start = self.unit + LENGTH_SIZE;
        match self.out.get(start..) {
            Some(nal) if !nal.is_empty() && !dropped.drops(nal) => {
                let length = u32::try_from(self.out.len() - start).unwrap_or(u32::MAX);
                self.out[self.unit..start].copy_from_slice(&length.to_be_bytes());
            }
            _ => self.out.truncate(self.unit),
        }
        self.unit = self.out.len();
        self.out.extend([0; LENGTH_SIZE]);
    }

    fn finish(mut self) -> Vec<u8> {
        if let Form::Units(dropped) = self.form {
            self.end_unit(dropped);
            self.out.truncate(self.unit);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::avc;

    #[test]
    fn a_piece_takes_8_bytes() {
        assert_eq!(size_of::<Piece>(), 8);
        let piece = Piece::new(1000, 187, 0xff_ffff, 1000 + 188).unwrap();
        assert_eq!((piece.skip(), piece.length(), piece.span), (187, 0xff_ffff, 188));
        assert!(Piece::new(0, 4, 1 << 24, 188).is_err());
        assert!(Piece::new(0, 4, 1, limits::SPREAD_BYTES + 1).is_err());
    }

    #[test]
    fn nal_units_get_their_length_in_front_and_padding_is_left_out() {
        let made = |form, pieces: &[&[u8]]| {
            let mut made = Made::new(form, 0);
            pieces.iter().for_each(|piece| made.take(piece));
            made.finish()
        };
        // Behind the first start code: a delimiter, parameter sets, a slice with a zero byte behind it, filler.
        let stream =
            [9, 0x10, 0, 0, 0, 1, 0x67, 66, 0, 0, 1, 0x68, 5, 0, 0, 1, 0x65, 7, 0, 0, 3, 8, 0, 0, 0, 0, 1, 0x0c, 0xff];
        let slice = [0, 0, 0, 6, 0x65, 7, 0, 0, 3, 8];
        let sets = [0, 0, 0, 2, 0x67, 66, 0, 0, 0, 2, 0x68, 5];
        let avc = |keeps_sets| Form::Units(Dropped { family: &avc::NAL_FAMILY, keeps_sets });
        for cut in 0..stream.len() {
            let pieces = [&stream[..cut], &stream[cut..]];
            assert_eq!(made(avc(false), &pieces), slice, "cut at {cut}");
            assert_eq!(made(avc(true), &pieces), [&sets[..], &slice].concat(), "cut at {cut}");
            assert_eq!(made(Form::Plain, &pieces), stream);
        }
    }
}
