//! Elementary streams of sound: frames one behind the other, without a container.
//!
//! A file a syntax says how a frame is told and how long it is; here the frames are followed through the file. What
//! stands between them (tags at the end, damage) is passed over to the next place where two frames follow each other.

pub(super) mod adts;
pub(super) mod dolby;
pub(super) mod dts;
pub(super) mod flac;
pub(super) mod mp3;
pub(super) mod opus;

use std::fmt;

use super::demuxer::{Demand, Demuxer};
use super::format::{Opened, Opening};
use super::{Access, Entry, Input, Kind, Properties, Sample, Track, check_times, entries, language};
use crate::codec::captions::Captions;
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::time::Ticks;

/// How the frames of a stream are written that state their sizes.
pub(super) struct Syntax {
    name: &'static str,
    /// The byte that frames begin with.
    pub(super) first_byte: u8,
    /// The frame that these bytes begin with.
    pub(super) frame: fn(&[u8]) -> Option<Frame>,
    /// The sample entry of a stream that begins with these bytes.
    pub(super) entry: fn(&[u8]) -> Result<(Entry, Properties)>,
    /// How many samples at the start and at the end are padding, if this first frame holds no sound.
    padding: fn(&[u8]) -> Option<(u32, u32)>,
    /// What is to be said of a stream that begins with this frame.
    pub(super) note: fn(&[u8]) -> Option<Message>,
    /// How long a sample lasts at least: shorter frames that follow each other are put together.
    least_samples: u32,
}

/// A frame as its header tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// The size in bytes with all of its header.
    pub(super) size: usize,
    /// How many bytes at the front don't belong into a sample.
    pub(super) header: usize,
    /// How long it lasts; 0 for one that goes with the frame before.
    pub(super) samples: u32,
    /// The same in all frames of a stream.
    pub(super) identity: u32,
}

/// Nothing is to be said.
const NO_NOTE: fn(&[u8]) -> Option<Message> = |_| None;

/// How many bytes tell a frame.
pub(super) const HEAD: usize = 16;

/// How many bytes of the first frame are read for the sample entry.
pub(super) const FIRST: usize = 8 << 10;

impl Syntax {
    /// The frame at the front of `bytes`, if another one follows it, or the bytes end before that can be told.
    pub(super) fn confirmed(&self, bytes: &[u8]) -> Option<Frame> {
        let frame = (self.frame)(bytes)?;
        let follows = |next: &[u8]| (self.frame)(next).is_some_and(|next| next.identity == frame.identity);
        let next = bytes.get(frame.size..).filter(|next| next.len() >= HEAD);
        next.is_none_or(follows).then_some(frame)
    }

    /// Whether more frames belong to a sample that lasts so long yet.
    pub(super) fn is_unfinished(&self, samples: u32) -> bool {
        samples < self.least_samples
    }

    /// Whether a stream begins with `head`: 0, where it does.
    fn sniff(&self, head: &[u8]) -> Option<usize> {
        self.confirmed(head).map(|_| 0)
    }

    /// Where a stream begins within `head`: behind garbage three frames in a row must be there.
    fn search(&self, head: &[u8]) -> Option<usize> {
        let row = |start: usize| {
            let mut at = start;
            (0..2).all(|_| {
                let frame = head.get(at..).and_then(|bytes| self.confirmed(bytes));
                at += frame.map_or(0, |frame| frame.size);
                frame.is_some() && at < head.len()
            })
        };
        (0..head.len()).find(|&at| head[at] == self.first_byte && row(at))
    }
}

impl PartialEq for Syntax {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Syntax {}

impl fmt::Debug for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Follows the frames of a stream.
#[derive(Debug)]
pub(super) struct Elementary {
    name: String,
    size: u64,
    syntax: &'static Syntax,
    first: Option<First>,
    samples: Vec<Sample>,
    /// Whether the bytes before were no frame.
    is_lost: bool,
    /// Whether they are a tag's.
    is_tag: bool,
    /// How many bytes that are no frame, and where the first of them are.
    junk: Option<(u64, u64)>,
    is_cut: bool,
    input: Option<Input>,
}

/// What the first frame says.
#[derive(Debug)]
struct First {
    identity: u32,
    entry: Entry,
    properties: Properties,
    /// Samples at the start and at the end that are padding.
    padding: (u32, u32),
    note: Option<Message>,
}

impl Elementary {
    /// Starts on a file.
    fn open(opening: &Opening<'_>, syntax: &'static Syntax) -> Result<Opened> {
        Ok(opening.started_with(Self {
            name: opening.name.to_owned(),
            size: opening.size,
            syntax,
            first: None,
            samples: Vec::new(),
            is_lost: false,
            is_tag: false,
            junk: None,
            is_cut: false,
            input: None,
        }))
    }

    /// Takes the frame at the front of `bytes`, which stand at `offset`; gives how many bytes were taken, or how many
    /// are needed.
    fn take_frame(&mut self, bytes: &[u8], offset: u64) -> Result<std::result::Result<usize, u64>> {
        let left = self.size - offset;
        let need =
            |count: usize| (bytes.len() < count && (bytes.len() as u64) < left).then_some(left.min(count as u64));
        if let Some(least) = need(if self.first.is_none() { FIRST } else { HEAD }) {
            return Ok(Err(least));
        }
        let known = self.first.as_ref().map(|first| first.identity);
        let found = (self.syntax.frame)(bytes).filter(|frame| known.is_none_or(|known| known == frame.identity));
        let Some(frame) = found else { return Ok(Ok(self.lose(bytes, offset))) };
        if self.first.is_none() && frame.samples == 0 {
            return Ok(Ok(self.lose(bytes, offset))); // what it goes with isn't there
        }
        // Found again: the frame behind it must be one, too.
        if self.is_lost || self.first.is_none() {
            if let Some(least) = need(frame.size + HEAD) {
                return Ok(Err(least));
            }
            if self.syntax.confirmed(bytes).is_none() {
                return Ok(Ok(self.lose(bytes, offset)));
            }
        }
        if frame.size as u64 > left {
            self.is_cut = true;
            return Ok(Ok(usize::try_from(left).unwrap_or(usize::MAX)));
        }
        self.is_lost = false;
        if self.first.is_none() {
            let (first, is_sound) = self.read_first(bytes, frame).map_err(|error| error.at(offset))?;
            self.first = Some(first);
            if !is_sound {
                return Ok(Ok(frame.size));
            }
        }
        self.push(frame, offset)?;
        Ok(Ok(frame.size))
    }

    /// The configuration, and whether the frame holds sound.
    fn read_first(&self, bytes: &[u8], frame: Frame) -> Result<(First, bool)> {
        let own = &bytes[..frame.size.min(bytes.len())];
        let mut padding = (0, 0);
        let mut is_sound = true;
        if let Some(found) = (self.syntax.padding)(own) {
            (padding, is_sound) = (found, false);
        }
        let (entry, properties) = (self.syntax.entry)(bytes)?;
        let note = (self.syntax.note)(own);
        Ok((First { identity: frame.identity, entry, properties, padding, note }, is_sound))
    }

    fn push(&mut self, frame: Frame, offset: u64) -> Result<()> {
        let size = u32::try_from(frame.size - frame.header).expect("a frame is small");
        let start = offset + frame.header as u64;
        if size == 0 {
            return Ok(());
        }
        // Blocks of E-AC-3 that make up a whole frame, and substreams of the same time, are one sample.
        if let Some(last) = self.samples.last_mut()
            && (frame.samples == 0 || self.syntax.is_unfinished(last.duration))
            && last.offset + u64::from(last.size) == start
        {
            last.size = last.size.saturating_add(size);
            last.duration += frame.samples;
            return Ok(());
        }
        if self.samples.len() >= limits::SAMPLES_PER_TRACK {
            let message = message!("the track has more than {most} samples", most = limits::SAMPLES_PER_TRACK);
            return Err(Error::new(Code::LimitExceeded, message).at(offset));
        }
        self.samples.push(Sample {
            offset: start,
            size,
            duration: frame.samples,
            composition_offset: 0,
            entry: 0,
            sync: true,
        });
        Ok(())
    }

    /// What stands at `offset` is no frame: gives how many bytes are passed over to where one may begin.
    fn lose(&mut self, bytes: &[u8], offset: u64) -> usize {
        const TAGS: [&[u8]; 5] = [b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI"];
        let first = self.syntax.first_byte;
        let next = bytes.iter().skip(1).position(|&byte| byte == first).map_or(bytes.len(), |at| at + 1);
        if !self.is_lost {
            // A tag is no damage, whatever stands in it.
            self.is_tag = TAGS.iter().any(|tag| bytes.starts_with(tag));
        }
        if !self.is_tag {
            self.junk.get_or_insert((0, offset)).0 += next as u64;
        }
        self.is_lost = true;
        next.max(1)
    }

    fn end(&mut self) -> Result<()> {
        let none = || Error::new(Code::TrackNone, message!("no track can be packaged: the file has no frame of sound"));
        let first = self.first.take().ok_or_else(none)?;
        if self.samples.is_empty() {
            return Err(none());
        }
        let mut warnings: Vec<Message> = first.note.into_iter().collect();
        if let Some((count, at)) = self.junk {
            warnings.push(message!(
                "{count} bytes that belong to no frame of sound are skipped, the first at byte {at}",
                count,
                at
            ));
        }
        if self.is_cut {
            warnings.push(message!("the last frame is cut short; it is left out"));
        }
        let samples = std::mem::take(&mut self.samples);
        let track = track(first.entry, first.properties, samples, first.padding)?;
        self.input = Some(Input::of_track(&self.name, self.size, track, warnings));
        Ok(())
    }
}

impl Demuxer for Elementary {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
        let mut at = 0;
        loop {
            let here = offset + at as u64;
            if here >= self.size {
                self.end()?;
                return Ok(Demand::Done);
            }
            let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
                return Ok(Demand::Bytes { offset: here, least: 1 });
            };
            match self.take_frame(rest, here)? {
                Ok(taken) => at += taken,
                Err(least) => return Ok(Demand::Bytes { offset: here, least }),
            }
        }
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

/// A track of sound that starts at 0, with samples at the start and at the end that are padding.
fn track(entry: Entry, properties: Properties, mut samples: Vec<Sample>, padding: (u32, u32)) -> Result<Track> {
    let Properties::Audio { sampling_rate, .. } = properties else {
        return Err(Error::new(Code::Internal, message!("the elementary stream is not sound")));
    };
    let mut behind = padding.1;
    for sample in samples.iter_mut().rev() {
        let cut = behind.min(sample.duration.saturating_sub(1));
        sample.duration -= cut;
        behind -= cut;
        if behind == 0 {
            break;
        }
    }
    let track = Track {
        kind: Kind::Audio,
        tkhd: entries::tkhd(1, Kind::Audio, 0, 0),
        timescale: sampling_rate,
        packed_language: language::packed(None),
        language: None,
        label: None,
        is_forced: false,
        roles: Vec::new(),
        presentation_offset: -Ticks::from(padding.0),
        entries: vec![entry],
        samples,
        access: Access::Whole,
        captions: Captions::Unknown,
        protection: None,
        properties,
    };
    check_times(&track)?;
    Ok(track)
}
