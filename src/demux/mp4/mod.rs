//! Progressive MP4 and MOV (ISO/IEC 14496-12, 14496-14, QuickTime).
//!
//! Only box headers at the top of the file and the content of `moov` are read, and of a track whose parameter
//! sets are in band its first key frame. Media data stays where it is: the sample tables become
//! [`Sample`](super::Sample)s that point at it.

mod edits;
mod entry;
mod naming;
mod samples;
mod track;

use super::Input;
use crate::bytes::Reader;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::mp4::header::{may_begin_a_file, other_format};
use crate::mp4::track::read_mvhd_timescale;
use crate::mp4::{BoxHeader, Boxes, FourCc};
use naming::Wanted;

/// Reads the structure of a file, asking for one byte range after another.
///
/// While [`Indexer::next`] gives a range, hand exactly those bytes to [`Indexer::feed`]; then
/// [`Indexer::finish`].
#[derive(Debug)]
pub struct Indexer {
    name: String,
    size: u64,
    state: State,
    moov: Option<Moov>,
    /// Whether there is media data.
    seen_mdat: bool,
    /// What `moov` says, once all boxes were seen.
    movie: Option<Movie>,
    /// Samples that are to be read, the next one last.
    wanted: Vec<Wanted>,
}

#[derive(Debug)]
enum State {
    /// A box header is expected at this offset.
    Header(u64),
    /// The content of `moov` is wanted.
    Moov(BoxHeader),
    /// A sample is wanted.
    Sample(Wanted),
    Done,
}

#[derive(Debug)]
struct Moov {
    content_offset: u64,
    content: Vec<u8>,
}

/// The file's first bytes tell more formats apart than one header does.
const FIRST_READ: u64 = 64;

impl Indexer {
    /// Starts on a file of `size` bytes.
    pub fn new(name: &str, size: u64) -> Result<Self> {
        if size == 0 {
            return Err(Error::new(Code::InputEmpty, "the file is empty").input(name));
        }
        Ok(Self {
            name: name.to_owned(),
            size,
            state: State::Header(0),
            moov: None,
            seen_mdat: false,
            movie: None,
            wanted: Vec::new(),
        })
    }

    /// The byte range that is needed next, as offset and length; `None` when all is read.
    pub fn next(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Header(0) => Some((0, FIRST_READ.min(self.size))),
            State::Header(offset) => Some((*offset, (BoxHeader::MAX_SIZE as u64).min(self.size - offset))),
            State::Moov(header) => Some((header.offset + header.header_size, header.size - header.header_size)),
            State::Sample(wanted) => Some((wanted.offset, u64::from(wanted.size))),
            State::Done => None,
        }
    }

    /// Takes the bytes of the range that [`Indexer::next`] gave.
    pub fn feed(&mut self, bytes: Vec<u8>) -> Result<()> {
        let step = match self.state {
            State::Header(offset) => self.take_header(offset, &bytes),
            State::Moov(header) => {
                self.moov = Some(Moov { content_offset: header.offset + header.header_size, content: bytes });
                self.go_to(header.end());
                Ok(())
            }
            State::Sample(wanted) => self.take_sample(wanted, &bytes),
            State::Done => Err(Error::new(Code::Internal, "bytes were fed that nobody asked for")),
        };
        step.and_then(|()| self.go_on()).map_err(|error| error.input(&self.name))
    }

    /// The tracks and samples, when all is read.
    pub fn finish(self) -> Result<Input> {
        let not_read = || Error::new(Code::Internal, "the file was not read to its end").input(&self.name);
        let movie = self.movie.ok_or_else(not_read)?;
        let warnings = movie.skipped.into_iter().chain(movie.mended).collect();
        Ok(Input { name: self.name, size: self.size, tracks: movie.tracks, warnings })
    }

    /// When all boxes were seen, reads the movie; then asks for the samples that are wanted.
    fn go_on(&mut self) -> Result<()> {
        if matches!(self.state, State::Done) {
            if self.movie.is_none() {
                self.read_movie()?;
            }
            self.state = self.wanted.pop().map_or(State::Done, State::Sample);
        }
        Ok(())
    }

    fn take_sample(&mut self, wanted: Wanted, bytes: &[u8]) -> Result<()> {
        let movie = self.movie.as_mut().expect("samples are wanted of a movie that was read");
        movie.mended.extend(naming::complete(&mut movie.tracks, wanted, bytes)?);
        self.state = State::Done;
        Ok(())
    }

    fn take_header(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        if offset == 0 {
            recognise(bytes)?;
        }
        let left = self.size - offset;
        if left < 8 && bytes.iter().all(|&byte| byte == 0) {
            self.state = State::Done; // padding behind the last box
            return Ok(());
        }
        let header = BoxHeader::read(&mut Reader::new(bytes, offset), left, true)?;
        match &header.kind.0 {
            b"moov" if self.moov.is_some() => {
                return Err(Error::new(Code::Mp4BoxInvalid, "the file has two moov boxes").at(offset).in_box("moov"));
            }
            b"moov" if header.size > limits::MOOV_BYTES => {
                return Err(Error::new(
                    Code::LimitExceeded,
                    format!("the box has {} bytes, over {}", header.size, limits::MOOV_BYTES),
                )
                .at(offset)
                .in_box("moov"));
            }
            b"moov" => {
                self.state = State::Moov(header);
                return Ok(());
            }
            b"moof" => {
                return Err(Error::new(Code::Mp4Fragmented, "the file is a fragmented MP4").at(offset).in_box("moof"));
            }
            b"mdat" => self.seen_mdat = true,
            _ => (),
        }
        self.go_to(header.end());
        Ok(())
    }

    fn go_to(&mut self, offset: u64) {
        self.state = if offset < self.size { State::Header(offset) } else { State::Done };
    }

    fn read_movie(&mut self) -> Result<()> {
        let moov = self.moov.take().ok_or_else(|| {
            let message =
                if self.seen_mdat { "the file has media data but no moov box" } else { "the file has no moov box" };
            Error::new(Code::Mp4BoxMissing, message).at(self.size).in_box("moov")
        })?;
        let boxes = Boxes::new(Reader::new(&moov.content, moov.content_offset));
        let mut movie = read_moov(boxes, self.size).map_err(|error| error.in_box("moov"))?;
        if movie.tracks.is_empty() {
            let found =
                if movie.skipped.is_empty() { "the file has no track".to_owned() } else { movie.skipped.join("; ") };
            return Err(Error::new(Code::TrackNone, format!("no track can be packaged: {found}")).in_box("moov"));
        }
        for (number, track) in movie.tracks.iter_mut().enumerate() {
            self.wanted.extend(naming::settle(number, track, &mut movie.mended)?);
        }
        self.movie = Some(movie);
        Ok(())
    }
}

/// Refuses what isn't ISO BMFF, by name where it can be told.
fn recognise(head: &[u8]) -> Result<()> {
    let kind = head.get(4..8).map(|kind| FourCc(kind.try_into().expect("four bytes")));
    if kind.is_some_and(may_begin_a_file) {
        return Ok(());
    }
    let message = match other_format(head) {
        Some(format) => format!("the file is no MP4; it looks like {format}"),
        None => "the file is no MP4".to_owned(),
    };
    Err(Error::new(Code::Mp4NotRecognised, message).at(0))
}

#[derive(Debug, Default)]
struct Movie {
    tracks: Vec<super::Track>,
    skipped: Vec<String>,
    mended: Vec<String>,
}

fn read_moov(boxes: Boxes<'_>, file_size: u64) -> Result<Movie> {
    let movie_timescale = read_mvhd_timescale(boxes.need(b"mvhd")?).map_err(|error| error.in_box("mvhd"))?;
    if boxes.find(b"mvex")?.is_some() {
        return Err(Error::new(Code::Mp4Fragmented, "the file is a fragmented MP4").in_box("mvex"));
    }
    let mut movie = Movie::default();
    let mut number = 0;
    let mut samples = 0;
    for child in boxes {
        let (kind, content) = child?;
        if kind.0 != *b"trak" {
            continue;
        }
        number += 1;
        if number > limits::TRACKS {
            return Err(
                Error::new(Code::LimitExceeded, format!("more than {} tracks", limits::TRACKS)).at(content.offset())
            );
        }
        let name = format!("trak[{number}]");
        match track::read(Boxes::new(content), number, movie_timescale, file_size)
            .map_err(|error| error.in_box(&name))?
        {
            track::Outcome::Track(track, mended) => {
                // One size for all samples takes no table: many tracks of it would make a small file's
                // index large.
                samples += track.samples.len() as u64;
                if samples > file_size {
                    return Err(Error::new(
                        Code::Mp4BoxInvalid,
                        format!("the tracks have {samples} samples, more than the file has bytes"),
                    )
                    .in_box(name));
                }
                movie.tracks.push(*track);
                movie.mended.extend(mended.map(|text| format!("track {number}: {text}")));
            }
            track::Outcome::Skipped(reason) => movie.skipped.push(format!("track {number} is left out: {reason}")),
        }
    }
    Ok(movie)
}
