//! Samples that are spread over the packets of a stream, and others' between them.
//!
//! Of each sample stand in memory where its first byte is, how many bytes of packets and how many of the stream it
//! takes; the rest is told by the packets themselves when they are read again.

use super::packet::{Continuity, PACKET, Packet, Pes, continuity, next};
use crate::demux::Sample;
use crate::demux::byte_stream::{Dropped, Lengthened};
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
enum Made {
    Plain(Vec<u8>),
    Units(Lengthened),
}

impl Made {
    fn new(form: Form, size: usize) -> Self {
        match form {
            Form::Plain => Self::Plain(Vec::with_capacity(size)),
            Form::Units(dropped) => Self::Units(Lengthened::new(dropped, size)),
        }
    }

    fn take(&mut self, stream: &[u8]) {
        match self {
            Self::Plain(out) => out.extend_from_slice(stream),
            Self::Units(lengthened) => lengthened.take(stream),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Plain(out) => out,
            Self::Units(lengthened) => lengthened.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_takes_8_bytes() {
        assert_eq!(size_of::<Piece>(), 8);
        let piece = Piece::new(1000, 187, 0xff_ffff, 1000 + 188).unwrap();
        assert_eq!((piece.skip(), piece.length(), piece.span), (187, 0xff_ffff, 188));
        assert!(Piece::new(0, 4, 1 << 24, 188).is_err());
        assert!(Piece::new(0, 4, 1, limits::SPREAD_BYTES + 1).is_err());
    }
}
