//! The way into all demuxers: which one reads a file is told by its first bytes.

use super::demuxer::{Demand, Demuxer, PIECE};
use super::format::Opening;
use super::sniff::{Sniffed, sniff};
use super::{Input, starts};
use crate::error::{Code, Error, Result};
use crate::limits;

/// Reads the structure of a file, asking for one byte range after another.
///
/// While [`Indexer::next`] gives a range, hand exactly those bytes to [`Indexer::feed`]; then
/// [`Indexer::finish`].
#[derive(Debug)]
pub struct Indexer {
    name: String,
    size: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The bytes at this offset tell the format; before them there may be a tag.
    Start(u64),
    Open(Box<dyn Demuxer>, Demand),
}

/// How many bytes tell the format.
const HEAD: u64 = 64 << 10;

impl Indexer {
    /// Starts on a file of `size` bytes.
    pub fn new(name: &str, size: u64) -> Result<Self> {
        if size == 0 {
            return Err(Error::new(Code::InputEmpty, message!("the file is empty")).input(name));
        }
        Ok(Self { name: name.to_owned(), size, state: State::Start(0) })
    }

    /// The byte range that is needed next, as offset and length; `None` when all is read.
    pub fn next(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Start(offset) => Some((*offset, HEAD.min(self.size - offset))),
            State::Open(_, Demand::Bytes { offset, least }) => {
                Some((*offset, (*least).max(PIECE).min(self.size - offset)))
            }
            State::Open(_, Demand::Exactly { offset, length }) => Some((*offset, *length)),
            State::Open(_, Demand::Done) => None,
        }
    }

    /// Takes the bytes of the range that [`Indexer::next`] gave.
    pub fn feed(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.take(bytes).map_err(|error| error.input(&self.name))
    }

    /// The tracks and samples, when all is read.
    pub fn finish(self) -> Result<Input> {
        let input = match self.state {
            State::Start(_) => Err(Error::new(Code::Internal, message!("the file was not read to its end"))),
            State::Open(mut demuxer, _) => demuxer.finish(),
        };
        input.and_then(starts::left).map_err(|error| error.input(&self.name))
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<()> {
        match &mut self.state {
            State::Start(offset) => {
                let offset = *offset;
                self.open(&bytes, offset)
            }
            State::Open(demuxer, demand) => {
                let (Demand::Bytes { offset, .. } | Demand::Exactly { offset, .. }) = *demand else {
                    return Err(Error::new(Code::Internal, message!("bytes were fed that nobody asked for")));
                };
                let given = bytes.len() as u64;
                let next = demuxer.take(bytes, offset)?;
                check(next, offset, given, self.size)?;
                *demand = next;
                Ok(())
            }
        }
    }

    fn open(&mut self, head: &[u8], offset: u64) -> Result<()> {
        self.state = match sniff(head, offset)? {
            Sniffed::Format(format, at) => {
                let opening =
                    Opening { name: &self.name, size: self.size, offset: offset + at as u64, head: &head[at..] };
                let (demuxer, demand) = (format.open)(&opening)?;
                State::Open(demuxer, demand)
            }
            Sniffed::Tag(size) => {
                let behind = offset.saturating_add(size);
                if behind >= self.size {
                    return Err(
                        Error::new(Code::InputTruncated, message!("the file has no more than a tag")).at(offset)
                    );
                }
                State::Start(behind)
            }
        };
        Ok(())
    }
}

/// Refuses a demand that goes past the end of the file, and one that wants again what was given.
fn check(demand: Demand, offset: u64, given: u64, size: u64) -> Result<()> {
    let Demand::Bytes { offset: next, least } = demand else { return Ok(()) };
    if least > size.saturating_sub(next) {
        let message = message!("{least} bytes are needed, and the file ends at byte {size}", least, size);
        return Err(Error::new(Code::InputTruncated, message).at(next));
    }
    if least > limits::ELEMENT_BYTES {
        let most = limits::ELEMENT_BYTES;
        let message = message!("a part of {least} bytes would have to be held; the most is {most}", least, most);
        return Err(Error::new(Code::LimitExceeded, message).at(next));
    }
    if least == 0 || (next == offset && least <= given) {
        return Err(Error::new(Code::Internal, message!("bytes were given and are wanted again")).at(next));
    }
    Ok(())
}
