//! Progressive and fragmented MP4 and MOV (ISO/IEC 14496-12, 14496-14, QuickTime).
//!
//! Only box headers at the top of the file and the content of `moov` and of each `moof` are read, and of a
//! track whose parameter sets are in band its first key frame. Media data stays where it is: the sample
//! tables become [`Sample`](super::Sample)s that point at it.

mod edits;
pub(super) mod entry;
mod fragmented;
pub(super) mod naming;
pub(super) mod pcm;
mod samples;
mod segments;
mod track;

pub use segments::{Fragment, Head, InitSegment};

use super::demuxer::{Demand, Demuxer};
use super::format::{Ending, Format, NOWHERE, Opened, Opening};
use super::{Input, LeftOut, no_track, start_together, text};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::mp4::header::{may_begin_a_file, may_stand_at_the_top};
use crate::mp4::pssh::Pssh;
use crate::mp4::sample_entry::other_protection;
use crate::mp4::track::read_mvhd_timescale;
use crate::mp4::traf::Trex;
use crate::mp4::{BoxHeader, Boxes, FourCc};
use crate::time::{Ticks, seconds};
use fragmented::Elsewhere;
use naming::Wanted;
use track::Draft;

/// MP4 and MOV.
pub(super) const FORMAT: Format = Format {
    names: &["MP4", "MOV"],
    endings: &[
        Ending::new("mp4", "video/mp4"),
        Ending::new("m4v", "video/mp4"),
        Ending::new("m4s", "video/mp4"),
        Ending::new("m4a", "audio/mp4"),
        Ending::new("mov", "video/quicktime"),
        Ending::new("3gp", "video/3gpp"),
    ],
    sniff: |head| {
        let kind = head.get(4..8)?.try_into().ok()?;
        may_begin_a_file(FourCc(kind)).then_some(0)
    },
    search: NOWHERE,
    open: Mp4::open,
};

/// Reads the structure of a file, box by box.
#[derive(Debug)]
struct Mp4 {
    name: String,
    size: u64,
    state: State,
    moov: Option<Moov>,
    /// The movie of a fragmented file, to which each fragment appends.
    fragmented: Option<Movie>,
    /// Whether there is media data.
    seen_mdat: bool,
    /// The brands in `ftyp`, the major one first.
    brands: Vec<[u8; 4]>,
    /// Whether there is a fragment.
    seen_moof: bool,
    /// What stands where the next box should, if that is no whole box.
    broken: Option<Broken>,
    /// A fragment whose samples aren't all in the file, and the end of its `moof`.
    unfinished: Option<(Error, u64)>,
    /// The movie with what is to be said of the file's end, once all boxes were seen.
    whole: Option<(Movie, Option<Message>)>,
    /// What was found, once all is read.
    input: Option<Input>,
    /// Samples that are to be read, the next one last.
    wanted: Vec<Wanted>,
}

#[derive(Debug)]
enum State {
    /// A box header is expected at this offset.
    Header(u64),
    /// The content of `moov` is wanted.
    Moov(BoxHeader),
    /// The content of a `moof` is wanted.
    Moof(BoxHeader),
    /// Auxiliary information of samples is wanted, which stands outside of its `moof`.
    Auxiliary(Auxiliary),
    /// A sample is wanted.
    Sample(Wanted),
    Done,
}

#[derive(Debug)]
struct Auxiliary {
    /// What is still wanted, the next one last.
    waiting: Vec<Elsewhere>,
    /// What was read of the next one's ranges.
    read: Vec<u8>,
    /// How many of its ranges that were.
    ranges_read: usize,
    /// Where the next box header is expected then.
    behind: u64,
}

/// The end of what can be read as boxes.
#[derive(Debug)]
struct Broken {
    /// Where it is.
    offset: u64,
    /// Why no box was read there.
    error: Error,
    /// The box that was begun; `None` where none was.
    begun: Option<FourCc>,
}

#[derive(Debug)]
struct Moov {
    content_offset: u64,
    content: Vec<u8>,
}

/// Between fragments so many bytes are read at once: they hold most `moof`s whole, or several fragments of
/// one frame each.
const FRAGMENT_READ: u64 = 16 << 10;

impl Demuxer for Mp4 {
    fn take(&mut self, bytes: Vec<u8>, _offset: u64) -> Result<Demand> {
        self.feed(bytes)?;
        Ok(self.demand())
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

impl Mp4 {
    fn open(opening: &Opening<'_>) -> Result<Opened> {
        let mut mp4 = Self {
            name: opening.name.to_owned(),
            size: opening.size,
            state: State::Header(opening.offset),
            moov: None,
            fragmented: None,
            seen_mdat: false,
            brands: read_brands(opening.head),
            seen_moof: false,
            broken: None,
            unfinished: None,
            whole: None,
            input: None,
            wanted: Vec::new(),
        };
        // The first header is here yet.
        let first = opening.head.get(..BoxHeader::MAX_SIZE).unwrap_or(opening.head);
        mp4.feed(first.to_vec())?;
        let demand = mp4.demand();
        Ok((Box::new(mp4), demand))
    }

    fn demand(&self) -> Demand {
        self.wanted_range().map_or(Demand::Done, |(offset, length)| Demand::Exactly { offset, length })
    }

    /// The byte range that is needed next, as offset and length; `None` when all is read.
    fn wanted_range(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Header(offset) => {
                let wanted = if self.fragmented.is_some() { FRAGMENT_READ } else { BoxHeader::MAX_SIZE as u64 };
                Some((*offset, wanted.min(self.size - offset)))
            }
            State::Moov(header) | State::Moof(header) => {
                Some((header.offset + header.header_size, header.size - header.header_size))
            }
            State::Auxiliary(auxiliary) => {
                auxiliary.waiting.last().and_then(|next| next.ranges.get(auxiliary.ranges_read)).copied()
            }
            State::Sample(wanted) => Some((wanted.offset, u64::from(wanted.size))),
            State::Done => None,
        }
    }

    /// Takes the bytes of that range.
    fn feed(&mut self, bytes: Vec<u8>) -> Result<()> {
        let step = match &mut self.state {
            State::Header(offset) => {
                let offset = *offset;
                self.take_headers(offset, &bytes)
            }
            State::Moov(header) => {
                let header = *header;
                self.take_moov(header, bytes)
            }
            State::Moof(header) => {
                let header = *header;
                self.take_moof(header, &bytes)
            }
            State::Auxiliary(auxiliary) => {
                auxiliary.read.extend(bytes);
                auxiliary.ranges_read += 1;
                self.take_auxiliary()
            }
            State::Sample(wanted) => {
                let wanted = *wanted;
                self.take_sample(wanted, &bytes)
            }
            State::Done => Err(Error::new(Code::Internal, message!("bytes were fed that nobody asked for"))),
        };
        step.and_then(|()| self.go_on())
    }

    /// When all boxes were seen, reads the movie; then asks for the samples that are wanted.
    fn go_on(&mut self) -> Result<()> {
        if matches!(self.state, State::Done) {
            if self.input.is_none() {
                let (mut movie, end) = match self.whole.take() {
                    Some(whole) => whole,
                    None => self.read_whole()?,
                };
                let mut waiting = movie.take_elsewhere();
                if !waiting.is_empty() {
                    self.whole = Some((movie, end));
                    waiting.reverse();
                    let behind = self.size;
                    self.state = State::Auxiliary(Auxiliary { waiting, read: Vec::new(), ranges_read: 0, behind });
                    return Ok(());
                }
                self.input = Some(self.read_movie(movie, end)?);
            }
            self.state = self.wanted.pop().map_or(State::Done, State::Sample);
        }
        Ok(())
    }

    fn take_sample(&mut self, wanted: Wanted, bytes: &[u8]) -> Result<()> {
        let input = self.input.as_mut().expect("samples are wanted of a movie that was read");
        let completed = naming::complete(&mut input.tracks, wanted, bytes).map_err(|error| error.at(wanted.offset))?;
        let (sentence, next) = completed;
        input.warnings.extend(sentence);
        self.wanted.extend(next);
        self.state = State::Done;
        Ok(())
    }

    /// Takes as many headers as `bytes` hold.
    fn take_headers(&mut self, start: u64, bytes: &[u8]) -> Result<()> {
        let mut offset = start;
        loop {
            let at = usize::try_from(offset - start).expect("within what was read");
            self.take_header(offset, &bytes[at..])?;
            if let State::Moof(header) = self.state {
                let from = at + usize::try_from(header.header_size).expect("a header is small");
                let content = usize::try_from(header.size - header.header_size).ok();
                let whole = content.and_then(|size| bytes.get(from..from.checked_add(size)?));
                if let Some(content) = whole {
                    self.take_moof(header, content)?;
                }
            }
            let State::Header(next) = self.state else { return Ok(()) };
            let end = start + bytes.len() as u64;
            // A header that is cut off is read again.
            if next.saturating_add(BoxHeader::MAX_SIZE as u64) > end && (next >= end || end < self.size) {
                return Ok(());
            }
            offset = next;
        }
    }

    fn take_header(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let left = self.size - offset;
        if left < 8 && bytes.iter().all(|&byte| byte == 0) {
            self.state = State::Done; // padding behind the last box
            return Ok(());
        }
        let header = match BoxHeader::read(&mut crate::mp4::reader(bytes, offset), left, true) {
            Ok(header) => header,
            Err(error) => return self.end_at(offset, bytes, error),
        };
        if header.kind.0 == [0; 4] && header.end() == self.size {
            // Zeros: a recorder's room for more, or somebody's padding.
            let error = Error::new(Code::Mp4BoxInvalid, message!("no box begins here")).at(offset);
            return self.end_at(offset, bytes, error);
        }
        let too_large = |name: &str| {
            let message = message!(
                "the box is {size} bytes long; the most is {most}",
                size = header.size,
                most = limits::MOOV_BYTES
            );
            Err(Error::new(Code::LimitExceeded, message).at(offset).in_box(name))
        };
        match &header.kind.0 {
            b"moov" if self.moov.is_some() || self.fragmented.is_some() => {
                return Err(Error::new(Code::Mp4BoxInvalid, message!("the file has two moov boxes"))
                    .at(offset)
                    .in_box("moov"));
            }
            b"moov" if header.size > limits::MOOV_BYTES => return too_large("moov"),
            b"moof" if header.size > limits::MOOV_BYTES => return too_large("moof"),
            b"moov" => {
                self.state = State::Moov(header);
                return Ok(());
            }
            b"moof" if self.fragmented.is_some() => {
                self.state = State::Moof(header);
                return Ok(());
            }
            b"moof" => {
                let message = match self.moov {
                    Some(_) => message!("the file has fragments, but its moov has no mvex box"),
                    None => message!("the file is a media segment without an init segment"),
                };
                return Err(Error::new(Code::Mp4Fragmented, message).at(offset).in_box("moof"));
            }
            b"mdat" => self.seen_mdat = true,
            _ => (),
        }
        self.go_to(header.end());
        Ok(())
    }

    /// Ends where no whole box stands. All samples may be there nonetheless: behind the last box of a file may be
    /// bytes that somebody else put there, and a recording that broke off has whole fragments.
    fn end_at(&mut self, offset: u64, bytes: &[u8], error: Error) -> Result<()> {
        if self.moov.is_none() && self.fragmented.is_none() {
            return Err(error);
        }
        let kind = bytes.get(4..8).and_then(|kind| kind.try_into().ok()).map(FourCc);
        let begun = kind.filter(|&kind| error.code == Code::Mp4BoxTruncated && may_stand_at_the_top(kind));
        self.broken = Some(Broken { offset, error, begun });
        self.state = State::Done;
        Ok(())
    }

    fn take_moov(&mut self, header: BoxHeader, content: Vec<u8>) -> Result<()> {
        let moov = Moov { content_offset: header.offset + header.header_size, content };
        let boxes = moov.boxes();
        if boxes.find(b"mvex").map_err(|error| error.in_box("moov"))?.is_some() {
            self.fragmented = Some(read_moov(boxes, self.size).map_err(|error| error.in_box("moov"))?);
        } else {
            self.moov = Some(moov);
        }
        self.go_to(header.end());
        Ok(())
    }

    fn take_moof(&mut self, header: BoxHeader, content: &[u8]) -> Result<()> {
        self.seen_moof = true;
        if let Some((error, _)) = self.unfinished.take() {
            return Err(error); // another fragment follows: the file didn't break off
        }
        let movie = self.fragmented.as_mut().expect("a moof is read only in a fragmented file");
        let placed = fragmented::check_place(&movie.drafts, &header, content, self.size);
        if let Err(error) = placed.map_err(|error| error.in_box("moof")) {
            if error.code != Code::Mp4SampleOutOfFile {
                return Err(error);
            }
            self.unfinished = Some((error, header.end()));
            self.go_to(header.end());
            return Ok(());
        }
        let appended = fragmented::append(&mut movie.drafts, &header, content, self.size);
        let mut waiting = appended.map_err(|error| error.in_box("moof"))?;
        movie.check_count(self.size).map_err(|error| error.in_box("moof").at(header.offset))?;
        waiting.reverse();
        self.go_to(header.end());
        if !waiting.is_empty() {
            let behind = header.end();
            self.state = State::Auxiliary(Auxiliary { waiting, read: Vec::new(), ranges_read: 0, behind });
        }
        Ok(())
    }

    fn take_auxiliary(&mut self) -> Result<()> {
        let State::Auxiliary(auxiliary) = &mut self.state else { return Ok(()) };
        if auxiliary.waiting.last().is_some_and(|next| auxiliary.ranges_read < next.ranges.len()) {
            return Ok(());
        }
        let read = std::mem::take(&mut auxiliary.read);
        auxiliary.ranges_read = 0;
        let behind = auxiliary.behind;
        let done = auxiliary.waiting.pop();
        let is_last = auxiliary.waiting.is_empty();
        let movie = self.whole.as_mut().map(|(movie, _)| (movie, "moov"));
        let movie = movie.or_else(|| self.fragmented.as_mut().map(|movie| (movie, "moof")));
        if let (Some(done), Some((movie, name))) = (done, movie) {
            done.take(&mut movie.drafts, &read).map_err(|error| error.in_box(name))?;
        }
        if is_last {
            self.go_to(behind);
        }
        Ok(())
    }

    fn go_to(&mut self, offset: u64) {
        self.state = if offset < self.size { State::Header(offset) } else { State::Done };
    }

    /// The movie, and what is to be said of the file's end.
    fn read_whole(&mut self) -> Result<(Movie, Option<Message>)> {
        Ok(match (self.fragmented.take(), self.moov.take()) {
            (Some(movie), _) => {
                let end = self.end_of_fragments(&movie)?;
                (movie, end)
            }
            (None, Some(moov)) => {
                let read = read_moov(moov.boxes(), self.size).map_err(|error| error.in_box("moov"));
                // Samples are missing: that is why the last box is too short.
                let movie = read.map_err(|error| match self.broken.take() {
                    Some(broken) if error.code == Code::Mp4SampleOutOfFile => broken.error,
                    _ => error,
                })?;
                (movie, self.broken.take().map(|broken| broken.behind_samples(self.size)))
            }
            (None, None) => {
                if let Some(name) = self.brands.iter().find_map(|brand| picture_name(*brand)) {
                    let message = message!("the file is a still picture ({name}), which isn't packaged", name);
                    return Err(Error::new(Code::InputUnsupported, message));
                }
                let message = if self.seen_mdat {
                    message!("the file has media data but no moov box")
                } else {
                    message!("the file has no moov box")
                };
                return Err(Error::new(Code::Mp4BoxMissing, message).at(self.size).in_box("moov"));
            }
        })
    }

    fn read_movie(&mut self, movie: Movie, end: Option<Message>) -> Result<Input> {
        // Its object descriptors name the tools of protection; sample entries say nothing.
        if movie.has_descriptors && self.brands.contains(b"MGSV") {
            return Err(other_protection("Marlin IPMP").in_box("iods").in_box("moov"));
        }
        let pssh = movie.pssh.clone();
        let fragmented = movie.is_fragmented;
        let Finished { mut tracks, mut warnings, unpackaged } = movie.finish(fragmented)?;
        if tracks.is_empty() {
            return Err(no_track(warnings).in_box("moov"));
        }
        warnings.extend(end);
        for (number, track) in tracks.iter_mut().enumerate() {
            self.wanted.extend(naming::settle(number, track, &mut warnings)?);
        }
        Ok(Input { name: self.name.clone(), size: self.size, tracks, warnings, unpackaged, pssh })
    }
}

impl Mp4 {
    /// What to say of the end of a fragmented file, if that isn't the end of a box; refuses a file in which no
    /// fragment is whole, and one whose samples are missing anywhere but at its end.
    fn end_of_fragments(&mut self, movie: &Movie) -> Result<Option<Message>> {
        let broken = self.broken.take();
        let is_empty = movie.drafts.iter().all(|draft| draft.track.samples.is_empty());
        if is_empty && !self.seen_moof && broken.is_none() && !movie.drafts.is_empty() {
            let message = message!("the file is an init segment without media segments");
            return Err(Error::new(Code::Mp4Fragmented, message).at(self.size));
        }
        let seconds = format!("{:.3}", movie.seconds());
        if let Some((error, behind)) = self.unfinished.take() {
            let breaks_off = behind == self.size || broken.as_ref().is_some_and(|broken| broken.offset == behind);
            if !breaks_off || is_empty {
                return Err(broken.filter(|_| breaks_off).map_or(error, |broken| broken.error));
            }
            return Ok(Some(message!(
                "the file breaks off at byte {size}, within a fragment: the whole fragments before it are packaged, {seconds} s",
                size = self.size,
                seconds
            )));
        }
        Ok(match broken {
            Some(broken) if is_empty => return Err(broken.error),
            Some(Broken { begun: Some(name), offset, .. }) => Some(message!(
                "the file breaks off within the {name} box at byte {offset}: the whole fragments before it are packaged, {seconds} s",
                name,
                offset,
                seconds
            )),
            Some(Broken { offset, .. }) => Some(message!(
                "from byte {offset} on there is no box: the fragments before it are packaged, {seconds} s",
                offset,
                seconds
            )),
            None => None,
        })
    }
}

impl Broken {
    /// What to say where every sample is in the file.
    fn behind_samples(self, size: u64) -> Message {
        let Self { offset, begun, .. } = self;
        match begun {
            Some(name) => message!(
                "the {name} box at byte {offset} states more bytes than the file has; all samples are there",
                name,
                offset
            ),
            None => message!(
                "the {count} bytes from byte {offset} on are no box and are passed over; all samples are there",
                count = size - offset,
                offset
            ),
        }
    }
}

/// The brands of a file that begins with an `ftyp` or a `styp`.
fn read_brands(head: &[u8]) -> Vec<[u8; 4]> {
    let size = head.first_chunk().map_or(0, |size| u32::from_be_bytes(*size));
    let content = usize::try_from(size).ok().and_then(|size| head.get(8..size));
    let Some(content) = content.filter(|_| matches!(&head[4..8], b"ftyp" | b"styp")) else { return Vec::new() };
    let words = content.as_chunks::<4>().0.iter().enumerate();
    words.filter(|&(index, _)| index != 1).map(|(_, brand)| *brand).collect() // the second is the minor version
}

/// What a brand says of a file without a movie (ISO/IEC 23008-12 annex B; AV1 Image File Format).
fn picture_name(brand: [u8; 4]) -> Option<&'static str> {
    Some(match &brand {
        b"avif" | b"avis" => "AVIF",
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => "HEIC",
        b"jpeg" | b"jpgs" | b"j2ki" | b"vvic" | b"mif1" | b"mif2" | b"msf1" => "HEIF",
        b"crx " => "CR3",
        _ => return None,
    })
}

impl Moov {
    fn boxes(&self) -> Boxes<'_> {
        Boxes::new(crate::mp4::reader(&self.content, self.content_offset))
    }
}

/// The tracks of a `moov`, numbered from 1 with those that are left out.
#[derive(Debug, Clone, Default)]
struct Movie {
    drafts: Vec<Draft>,
    numbers: Vec<usize>,
    skipped: Vec<Message>,
    /// Of `skipped` those on video and sound.
    unpackaged: Vec<Message>,
    /// Whether samples come in fragments.
    is_fragmented: bool,
    /// Whether it has object descriptors.
    has_descriptors: bool,
    /// What protection systems say.
    pssh: Vec<Pssh>,
}

impl Movie {
    /// Refuses more samples than the file has bytes. One size for all samples takes no table, and one for
    /// all of a fragment no entries: many of them would make a small file's index large.
    fn check_count(&self, file_size: u64) -> Result<()> {
        let samples: u64 = self.drafts.iter().map(|draft| draft.track.samples.len() as u64).sum();
        if samples <= file_size {
            return Ok(());
        }
        let message = message!("the tracks have {samples} samples, more than the file has bytes", samples);
        Err(Error::new(Code::Mp4BoxInvalid, message))
    }

    /// What is still to be read on how samples are encrypted.
    fn take_elsewhere(&mut self) -> Vec<Elsewhere> {
        let drafts = self.drafts.iter_mut().enumerate();
        drafts.filter_map(|(index, draft)| draft.elsewhere.take().map(|wanted| wanted.of_draft(index))).collect()
    }

    /// How long the longest track lasts so far.
    fn seconds(&self) -> f64 {
        let length = |draft: &Draft| {
            let ticks = draft.next_decode_time.saturating_sub(draft.first_decode_time);
            seconds(Ticks::try_from(ticks).unwrap_or(Ticks::MAX), draft.track.timescale)
        };
        self.drafts.iter().map(length).fold(0.0, f64::max)
    }

    fn finish(self, fragmented: bool) -> Result<Finished> {
        let (mut tracks, mut skipped, mut mended) = (Vec::new(), self.skipped, Vec::new());
        let mut unpackaged = self.unpackaged;
        let mut kept = Vec::new();
        for (draft, number) in self.drafts.into_iter().zip(self.numbers) {
            let has_samples = !draft.track.samples.is_empty();
            match draft.finish(fragmented) {
                Ok((track, sentences)) => {
                    tracks.push(track);
                    kept.push(number);
                    mended.extend(
                        sentences.into_iter().map(|sentence| message!("track {number}: {sentence}", number, sentence)),
                    );
                }
                Err(reason) => {
                    let sentence = message!("track {number} is left out: {reason}", number, reason);
                    unpackaged.extend(has_samples.then(|| sentence.clone()));
                    skipped.push(sentence);
                }
            }
        }
        if fragmented {
            mended.extend(start_together(&mut tracks));
        }
        tracks.iter_mut().for_each(text::begin_at_zero);
        for (track, number) in tracks.iter().zip(kept) {
            track::check_times(track).map_err(|error| error.in_box(format!("trak[{number}]")).in_box("moov"))?;
        }
        skipped.extend(mended);
        Ok(Finished { tracks, warnings: skipped, unpackaged })
    }
}

/// The tracks of a movie.
struct Finished {
    tracks: Vec<super::Track>,
    /// What was left out or mended, a sentence each.
    warnings: Vec<Message>,
    /// What of that is video or sound.
    unpackaged: Vec<Message>,
}

/// PIFF's `ProtectionSystemSpecificHeaderBox`, whose content is that of `pssh`.
const PIFF_PSSH: [u8; 16] = 0xd08a_4f18_10f3_4a82_b6c8_32d8_aba1_83d3_u128.to_be_bytes();

fn read_moov(boxes: Boxes<'_>, file_size: u64) -> Result<Movie> {
    let movie_timescale = read_mvhd_timescale(boxes.need(b"mvhd")?).map_err(|error| error.in_box("mvhd"))?;
    let mvex = boxes.find(b"mvex")?.map(Boxes::new);
    let has_descriptors = boxes.find(b"iods")?.is_some();
    let mut movie = Movie { is_fragmented: mvex.is_some(), has_descriptors, ..Movie::default() };
    let mut number = 0;
    for child in boxes.clone() {
        let (kind, mut content) = child?;
        if kind.0 == *b"uuid" && content.rest().starts_with(&PIFF_PSSH) {
            content.skip(PIFF_PSSH.len())?;
            movie.pssh.extend(Pssh::read(content).ok());
            continue;
        }
        if kind.0 == *b"pssh" {
            // What can't be read of it is no matter of the samples.
            movie.pssh.extend(Pssh::read(content).ok());
            continue;
        }
        if kind.0 != *b"trak" {
            continue;
        }
        number += 1;
        if number > limits::TRACKS {
            return Err(Error::new(
                Code::LimitExceeded,
                message!("the file has more than {most} tracks", most = limits::TRACKS),
            )
            .at(content.offset()));
        }
        let name = format!("trak[{number}]");
        let place = track::Place { moov: &boxes, number, movie_timescale, file_size, has_fragments: mvex.is_some() };
        let track = track::read(Boxes::new(content), &place);
        match track.map_err(|error| error.in_box(&name))? {
            track::Outcome::Track(draft) => {
                movie.drafts.push(*draft);
                movie.numbers.push(number);
                movie.check_count(file_size).map_err(|error| error.in_box(name))?;
            }
            track::Outcome::Skipped(LeftOut { reason, is_media }) => {
                let sentence = message!("track {number} is left out: {reason}", number, reason);
                movie.unpackaged.extend(is_media.then(|| sentence.clone()));
                movie.skipped.push(sentence);
            }
        }
    }
    for child in mvex.into_iter().flatten() {
        let (kind, content) = child.map_err(|error| error.in_box("mvex"))?;
        if kind.0 == *b"trex" {
            let trex = Trex::read(content).map_err(|error| error.in_box("mvex/trex"))?;
            if let Some(draft) = movie.drafts.iter_mut().find(|draft| draft.id == trex.track_id) {
                draft.trex = trex;
            }
        }
    }
    Ok(movie)
}
