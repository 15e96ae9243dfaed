//! The way into all demuxers: which one reads a file is told by its first bytes.

use super::Input;
use super::elementary::{Elementary, Flac};
use super::kind::{self, Told};
use super::matroska::Matroska;
use super::mp4;
use super::scan::{Demand, Format, PIECE};
use super::text::SideFile;
use super::ts::TransportStream;
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
    /// The bytes at this offset tell the kind of file; before them there may be a tag.
    Kind(u64),
    Mp4(Box<mp4::Indexer>),
    Scan(Box<dyn Format>, Demand),
}

/// How many bytes tell the kind of file.
const HEAD: u64 = 64 << 10;

impl Indexer {
    /// Starts on a file of `size` bytes.
    pub fn new(name: &str, size: u64) -> Result<Self> {
        if size == 0 {
            return Err(Error::new(Code::InputEmpty, "the file is empty").input(name));
        }
        Ok(Self { name: name.to_owned(), size, state: State::Kind(0) })
    }

    /// The byte range that is needed next, as offset and length; `None` when all is read.
    pub fn next(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Kind(offset) => Some((*offset, HEAD.min(self.size - offset))),
            State::Mp4(indexer) => indexer.next(),
            State::Scan(_, Demand::Bytes { offset, least }) => {
                Some((*offset, (*least).max(PIECE).min(self.size - offset)))
            }
            State::Scan(_, Demand::Done) => None,
        }
    }

    /// Takes the bytes of the range that [`Indexer::next`] gave.
    pub fn feed(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.take(bytes).map_err(|error| error.input(&self.name))
    }

    /// The tracks and samples, when all is read.
    pub fn finish(self) -> Result<Input> {
        let input = match self.state {
            State::Kind(_) => Err(Error::new(Code::Internal, "the file was not read to its end")),
            State::Mp4(indexer) => indexer.finish(),
            State::Scan(mut format, _) => format.finish(),
        };
        input.map_err(|error| error.input(&self.name))
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<()> {
        match &mut self.state {
            State::Kind(offset) => {
                let offset = *offset;
                self.tell(&bytes, offset)
            }
            State::Mp4(indexer) => indexer.feed(bytes),
            State::Scan(format, demand) => {
                let Demand::Bytes { offset, .. } = *demand else {
                    return Err(Error::new(Code::Internal, "bytes were fed that nobody asked for"));
                };
                let next = format.take(&bytes, offset)?;
                check(next, offset, bytes.len() as u64, self.size)?;
                *demand = next;
                Ok(())
            }
        }
    }

    fn tell(&mut self, bytes: &[u8], offset: u64) -> Result<()> {
        let start = |format: Box<dyn Format>, offset| State::Scan(format, Demand::Bytes { offset, least: 1 });
        self.state = match kind::of(bytes, offset)? {
            Told::Mp4 => {
                let mut indexer = mp4::Indexer::new(&self.name, self.size);
                if let Some((0, length)) = indexer.next()
                    && let Some(head) = usize::try_from(length).ok().and_then(|length| bytes.get(..length))
                {
                    indexer.feed(head.to_vec())?;
                }
                State::Mp4(Box::new(indexer))
            }
            Told::Tag(size) => {
                let behind = offset.saturating_add(size);
                if behind >= self.size {
                    return Err(Error::new(Code::InputTruncated, "the file has no more than a tag").at(offset));
                }
                State::Kind(behind)
            }
            Told::Sound(syntax, at) => {
                start(Box::new(Elementary::new(&self.name, self.size, syntax)), offset + at as u64)
            }
            Told::Flac => start(Box::new(Flac::new(&self.name, self.size)), offset),
            Told::Text(syntax) => start(Box::new(SideFile::new(&self.name, self.size, syntax)), 0),
            Told::TransportStream(at, stride) => {
                let first = offset + at as u64;
                start(Box::new(TransportStream::new(&self.name, self.size, first, stride)), first)
            }
            Told::Matroska => start(Box::new(Matroska::new(&self.name, self.size)), 0),
        };
        Ok(())
    }
}

/// Refuses a demand that goes past the end of the file, and one that wants again what was given.
fn check(demand: Demand, offset: u64, given: u64, size: u64) -> Result<()> {
    let Demand::Bytes { offset: next, least } = demand else { return Ok(()) };
    if least > size.saturating_sub(next) {
        let message = format!("{least} bytes are needed, and the file ends at byte {size}");
        return Err(Error::new(Code::InputTruncated, message).at(next));
    }
    if least > limits::ELEMENT_BYTES {
        let message = format!("a part of {least} bytes, over {}, would have to be held", limits::ELEMENT_BYTES);
        return Err(Error::new(Code::LimitExceeded, message).at(next));
    }
    if least == 0 || (next == offset && least <= given) {
        return Err(Error::new(Code::Internal, "bytes were given and are wanted again").at(next));
    }
    Ok(())
}
