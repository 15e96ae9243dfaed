//! A stream of sound → frames, with where they are. Frames of sound are small: the stream is held as far as the frame
//! that is looked at.

use std::collections::VecDeque;

use super::spread::Piece;
use crate::codec;
use crate::demux::byte_stream::Place;
use crate::demux::elementary::{FIRST, HEAD, Syntax, mp3};
use crate::demux::{Entry, Properties, Sample};
use crate::error::{Code, Error, Message, Result};
use crate::limits;

/// Finds the frames of a stream.
#[derive(Debug)]
pub(super) struct Frames {
    syntax: &'static Syntax,
    /// The bytes of the stream from `stream_at` on.
    bytes: Vec<u8>,
    stream_at: u64,
    /// The packets that they came in, the first one first.
    origins: VecDeque<Origin>,
    pub(super) samples: Vec<Sample>,
    pub(super) pieces: Vec<Piece>,
    /// Where the last sample ends in the stream.
    last_end: u64,
    /// The identities of the entries' frames.
    identities: Vec<u32>,
    pub(super) entries: Vec<Entry>,
    pub(super) properties: Option<Properties>,
    is_lost: bool,
    /// How many bytes that are no frame, and the packet of the first of them.
    pub(super) junk: Option<(u64, u64)>,
    /// What is to be said of the stream.
    pub(super) note: Option<Message>,
    /// Whether it is MPEG audio of the first layer.
    pub(super) is_layer_1: bool,
}

/// Bytes of the stream that came in one packet.
#[derive(Debug, Clone, Copy)]
struct Origin {
    stream_at: u64,
    place: Place,
    packet_end: u64,
}

/// A frame that was found: the index of its sample, if it begins one, and where it begins in the stream.
pub(super) type Begun = (usize, u64);

impl Frames {
    pub(super) fn new(syntax: &'static Syntax) -> Self {
        Self {
            syntax,
            bytes: Vec::new(),
            stream_at: 0,
            origins: VecDeque::new(),
            samples: Vec::new(),
            pieces: Vec::new(),
            last_end: 0,
            identities: Vec::new(),
            entries: Vec::new(),
            properties: None,
            is_lost: false,
            junk: None,
            note: None,
            is_layer_1: false,
        }
    }

    /// Where in the stream the next byte is.
    pub(super) fn stream_end(&self) -> u64 {
        self.stream_at + self.bytes.len() as u64
    }

    /// Takes the next bytes of the stream, which begin at `place` in a packet that ends at `packet_end`.
    pub(super) fn take(&mut self, bytes: &[u8], place: Place, packet_end: u64, begun: &mut Vec<Begun>) -> Result<()> {
        self.origins.push_back(Origin { stream_at: self.stream_end(), place, packet_end });
        self.bytes.extend_from_slice(bytes);
        self.follow(false, begun)
    }

    /// The stream ends, or goes on elsewhere: what is left of a frame is left out.
    pub(super) fn flush(&mut self, begun: &mut Vec<Begun>) -> Result<()> {
        self.follow(true, begun)?;
        self.pass(self.bytes.len());
        self.is_lost = true;
        Ok(())
    }

    fn follow(&mut self, is_end: bool, begun: &mut Vec<Begun>) -> Result<()> {
        let mut at = 0;
        loop {
            let rest = &self.bytes[at..];
            let least = if self.entries.is_empty() { FIRST } else { HEAD };
            if rest.is_empty() || rest.len() < least && !is_end {
                break;
            }
            let frame = (self.syntax.frame)(rest);
            let Some(frame) = frame.filter(|frame| !self.is_lost || self.syntax.confirmed(rest) == Some(*frame)) else {
                at += self.lose(at);
                continue;
            };
            if self.entries.is_empty() && frame.samples == 0 {
                at += self.lose(at); // what it goes with isn't there
                continue;
            }
            // Found again: the frame behind it must be one, too.
            let whole = if self.is_lost || self.entries.is_empty() { frame.size + HEAD } else { frame.size };
            if rest.len() < whole && !is_end {
                break;
            }
            if rest.len() < frame.size {
                break; // cut short
            }
            let Some(entry) = self.entry_of(at, frame.identity)? else {
                at += self.lose(at);
                continue;
            };
            self.is_lost = false;
            self.push(at, frame.header, frame.size, frame.samples, entry, begun)?;
            at += frame.size;
        }
        self.pass(at);
        Ok(())
    }

    /// The index of the entry of a frame at `at`; `None` for one that doesn't belong to the stream.
    fn entry_of(&mut self, at: usize, identity: u32) -> Result<Option<u16>> {
        let rest = &self.bytes[at..];
        let known = self.identities.iter().position(|&known| known == identity);
        if let Some(index) = known {
            return Ok(u16::try_from(index).ok());
        }
        if self.syntax.confirmed(rest).is_none() || self.entries.len() >= limits::SAMPLE_ENTRIES {
            return Ok(None);
        }
        let place = self.place(self.stream_at + at as u64).place.packet;
        let (entry, properties) = (self.syntax.entry)(rest).map_err(|error| error.at(place))?;
        let rate = |properties: Properties| match properties {
            Properties::Audio { sampling_rate, .. } => sampling_rate,
            _ => 0,
        };
        let first = *self.properties.get_or_insert(properties);
        if rate(first) != rate(properties) {
            return Ok(None); // the track's ticks are those of the first
        }
        self.note = self.note.take().or_else(|| (self.syntax.note)(rest));
        self.identities.push(identity);
        self.entries.push(entry);
        Ok(u16::try_from(self.entries.len() - 1).ok())
    }

    fn push(
        &mut self,
        at: usize,
        header: usize,
        size: usize,
        samples: u32,
        entry: u16,
        begun: &mut Vec<Begun>,
    ) -> Result<()> {
        let start = self.stream_at + at as u64;
        let (data, end) = (start + header as u64, start + size as u64);
        if size == header {
            return Ok(());
        }
        let (first, last) = (self.place(data), self.place(end - 1));
        // Blocks of E-AC-3 that make up a whole frame, and substreams of the same time, are one sample.
        if let (Some(sample), Some(piece)) = (self.samples.last_mut(), self.pieces.last_mut())
            && (samples == 0 || self.syntax.is_unfinished(sample.duration))
            && self.last_end == data
        {
            let length = piece.length() as u64 + (end - data);
            *piece = Piece::new(sample.offset, piece.skip(), length, last.packet_end)?;
            sample.size = u32::try_from(length).unwrap_or(u32::MAX);
            sample.duration = sample.duration.saturating_add(samples);
            self.last_end = end;
            return Ok(());
        }
        if self.samples.len() >= limits::SAMPLES_PER_TRACK {
            let message = message!("the track has more than {most} samples", most = limits::SAMPLES_PER_TRACK);
            return Err(Error::new(Code::LimitExceeded, message).at(first.place.packet));
        }
        begun.push((self.samples.len(), start));
        let skip = u64::from(first.place.skip) + (data - first.stream_at);
        let skip =
            u8::try_from(skip).map_err(|_| Error::new(Code::Internal, message!("a byte is outside its packet")))?;
        self.pieces.push(Piece::new(first.place.packet, skip, end - data, last.packet_end)?);
        self.samples.push(Sample {
            offset: first.place.packet,
            size: u32::try_from(end - data).expect("a frame is small"),
            duration: samples,
            composition_offset: 0,
            entry,
            sync: true,
        });
        self.last_end = end;
        Ok(())
    }

    /// What stands at `at` is no frame: gives how many bytes are passed over to where one may begin.
    fn lose(&mut self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        if *self.syntax == mp3::SYNTAX && self.entries.is_empty() {
            self.is_layer_1 |= codec::mp3::Frame::read(rest).is_some_and(|frame| frame.layer == 1);
        }
        let next = rest.iter().skip(1).position(|&byte| byte == self.syntax.first_byte);
        let count = next.map_or(rest.len(), |next| next + 1);
        let packet = self.place(self.stream_at + at as u64).place.packet;
        self.junk.get_or_insert((0, packet)).0 += count as u64;
        self.is_lost = true;
        count
    }

    /// The packet that a byte of the stream came in.
    fn place(&self, stream_at: u64) -> Origin {
        let behind = self.origins.partition_point(|origin| origin.stream_at <= stream_at);
        let origin = behind.checked_sub(1).and_then(|index| self.origins.get(index));
        origin.copied().unwrap_or(Origin { stream_at, place: Place::default(), packet_end: 0 })
    }

    /// Forgets the first bytes that are held.
    fn pass(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.stream_at += count as u64;
        while self.origins.get(1).is_some_and(|next| next.stream_at <= self.stream_at) {
            self.origins.pop_front();
        }
    }
}
