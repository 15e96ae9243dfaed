//! WebM and Matroska (RFC 9559, on EBML, RFC 8794).
//!
//! Segment and clusters may have an unknown size, so that the file is walked element by element, as if what is in
//! clusters and block groups stood at the top. Of each block only the header is read, and of a frame of sound its
//! first bytes, which tell how long it lasts; neither `Cues` nor `SeekHead` is needed.

mod block;
mod codec;
mod ebml;
mod text;
mod track;

use super::demuxer::{Demand, Demuxer};
use super::format::{Ending, Format, NOWHERE, Opening};
use super::mp4::naming::{self, Wanted};
use super::sound::{self, Clock};
use super::text::begin_at_zero;
use super::{
    Access, Input, Kind, Properties, Sample, Track, check_times, entries, language, no_track, pictures, start_together,
    trim,
};
use crate::codec::captions::Captions;
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::time::{Ticks, rescale_nearest};
use codec::Media;
use ebml::{Header, damaged, int, uint};
use track::TrackEntry;

const SEEK_HEAD: u32 = 0x114d_9b74;
const SEEK: u32 = 0x4dbb;
const SEEK_ID: u32 = 0x53ab;
const SEEK_POSITION: u32 = 0x53ac;
const EBML: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const BLOCK_DURATION: u32 = 0x9b;
const REFERENCE_BLOCK: u32 = 0xfb;
const DISCARD_PADDING: u32 = 0x75a2;
const BLOCK_ADDITIONS: u32 = 0x75a1;

const NANOSECONDS: u32 = 1_000_000_000;

/// How many bytes of a track's first frame are read: a picture's header, or all substreams of E-AC-3.
const FIRST_FRAME: u64 = 64 << 10;

/// WebM and Matroska.
pub(super) const FORMAT: Format = Format {
    names: &["WebM", "Matroska"],
    endings: &[
        Ending::new("webm", "video/webm"),
        Ending::new("weba", "audio/webm"),
        Ending::new("mkv", "video/matroska"),
        Ending::new("mka", "audio/matroska"),
    ],
    sniff: |head| head.starts_with(&EBML.to_be_bytes()).then_some(0),
    search: NOWHERE,
    open: |opening| Ok(opening.started_with(Matroska::new(opening))),
};

/// Reads a file, the next element first.
#[derive(Debug)]
struct Matroska {
    name: String,
    size: u64,
    /// Where the segment ends; `None` before it begins.
    end: Option<u64>,
    /// Where the segment's content begins: positions count from there.
    content_at: u64,
    /// Where `SeekHead` says that headers stand which no cluster can be read without.
    places: Vec<(u32, u64)>,
    /// The first cluster, where headers that stand behind it are read first.
    first_cluster: Option<u64>,
    /// Whether the segment's size is unknown, as in a recording that was not finished.
    is_live: bool,
    /// Nanoseconds of a tick.
    scale: u64,
    lanes: Option<Vec<Lane>>,
    /// The time stamp of the cluster.
    cluster: u64,
    group: Option<Group>,
    warnings: Vec<Message>,
    /// What was found, once the last block was seen.
    input: Option<Input>,
    /// Samples that are to be read, the next one last.
    wanted: Vec<Wanted>,
}

/// A track with its samples so far.
#[derive(Debug)]
struct Lane {
    entry: TrackEntry,
    /// The kind, or why the track is left out.
    kind: std::result::Result<Kind, Message>,
    media: Option<Media>,
    samples: Vec<Sample>,
    /// Pictures in front of the first key frame that the configuration could be read from.
    untaken: usize,
    /// The presentation times of pictures in nanoseconds.
    times: Vec<Ticks>,
    clock: Clock,
    /// What the blocks of text say.
    text: text::Blocks,
    /// The last `BlockDuration` in ticks of the file; 0 for none.
    block_duration: u64,
}

/// A `BlockGroup` of which some children were seen.
#[derive(Debug, Default)]
struct Group {
    end: u64,
    /// The index of the lane and how many samples it got from the block.
    block: Option<(usize, usize)>,
    /// What stands beside the block: of text its name and settings.
    additions: Vec<u8>,
    duration: Option<u64>,
    is_reference: bool,
    /// In nanoseconds.
    discard: i64,
}

impl Matroska {
    fn new(opening: &Opening<'_>) -> Self {
        Self {
            name: opening.name.to_owned(),
            size: opening.size,
            end: None,
            content_at: 0,
            places: Vec::new(),
            first_cluster: None,
            is_live: false,
            scale: 1_000_000, // the default
            lanes: None,
            cluster: 0,
            group: None,
            warnings: Vec::new(),
            input: None,
            wanted: Vec::new(),
        }
    }

    /// Takes the element at `offset`, of which `bytes` are the first, and says where the next one begins; or how
    /// many bytes are needed.
    fn take_element(&mut self, bytes: &[u8], offset: u64) -> Result<Next> {
        let end = self.end.unwrap_or(self.size);
        let left = end - offset;
        let least = |size: u64| Ok(Next::Least(size));
        let header = match ebml::header(bytes, offset)? {
            Some(header) if header.size <= left => header,
            _ if left <= bytes.len() as u64 => return self.cut(offset),
            _ => return least(left.min(ebml::HEADER as u64)),
        };
        let content_at = offset + header.size;
        let Some(size) = header.content else { return self.enter_unknown(header, offset) };
        if header.id == SEGMENT {
            if size > self.size - content_at {
                let message = message!(
                    "the segment is {size} bytes long, but the file has only {left} after its header",
                    size,
                    left = self.size - content_at
                );
                return Err(Error::new(Code::InputTruncated, message).at(offset));
            }
            self.end = Some(content_at + size);
            self.content_at = content_at;
            return Ok(Next::At(content_at));
        }
        if size > left - header.size {
            return match header.id {
                CLUSTER => self.enter_cluster(content_at), // its last block says what is missing
                _ => self.cut(offset),
            };
        }
        let behind = content_at + size;
        if header.id == CLUSTER && self.lanes.is_none() {
            self.first_cluster.get_or_insert(offset);
            return Ok(Next::At(self.next_header().unwrap_or(behind)));
        }
        let have = &bytes[usize::try_from(header.size).expect("a header is small")..];
        let wanted = match header.id {
            CLUSTER => return self.enter_cluster(content_at),
            BLOCK_GROUP => {
                self.group = Some(Group { end: behind, ..Group::default() });
                return Ok(Next::At(content_at));
            }
            SIMPLE_BLOCK | BLOCK => self.block_bytes(have, content_at, size)?,
            BLOCK_ADDITIONS if self.is_in_text() => size,
            EBML | SEEK_HEAD | INFO | TRACKS | TIMESTAMP | BLOCK_DURATION | DISCARD_PADDING => size,
            REFERENCE_BLOCK => 0,
            _ => return Ok(Next::At(behind)),
        };
        let Some(content) = usize::try_from(wanted).ok().and_then(|wanted| have.get(..wanted)) else {
            return least(header.size + wanted);
        };
        match header.id {
            EBML => read_head(content, content_at)?,
            SEEK_HEAD => self.read_seek_head(content, content_at)?,
            INFO => {
                self.read_info(content, content_at)?;
                return Ok(Next::At(self.behind_header(INFO, behind)));
            }
            TRACKS => {
                if self.lanes.is_none() {
                    let tracks = track::read(content, content_at)?;
                    self.lanes = Some(tracks.into_iter().map(Lane::new).collect());
                }
                return Ok(Next::At(self.behind_header(TRACKS, behind)));
            }
            TIMESTAMP => self.cluster = uint(content, content_at)?,
            SIMPLE_BLOCK => {
                let (lane, added, is_key) = self.take_block(content, content_at, size)?;
                self.mark(lane, added, is_key);
            }
            BLOCK => {
                let (lane, added, _) = self.take_block(content, content_at, size)?;
                if let Some(group) = &mut self.group {
                    group.block = Some((lane, added));
                }
            }
            _ => self.take_group_child(header.id, content, content_at)?,
        }
        Ok(Next::At(behind))
    }

    fn enter_unknown(&mut self, header: Header, offset: u64) -> Result<Next> {
        let content_at = offset + header.size;
        match header.id {
            SEGMENT => {
                self.is_live = true;
                self.end = Some(self.size);
                self.content_at = content_at;
                Ok(Next::At(content_at))
            }
            CLUSTER if self.lanes.is_none() && !self.places.is_empty() => {
                self.first_cluster.get_or_insert(offset);
                let next = self.next_header();
                next.map_or_else(|| self.enter_cluster(content_at), |next| Ok(Next::At(next)))
            }
            CLUSTER => self.enter_cluster(content_at),
            _ => Err(damaged(
                message!("the size of an element that is neither a segment nor a cluster is unknown"),
                offset,
            )),
        }
    }

    fn enter_cluster(&mut self, content_at: u64) -> Result<Next> {
        if self.lanes.is_none() {
            return Err(damaged(message!("a cluster comes before the list of tracks"), content_at));
        }
        self.cluster = 0;
        Ok(Next::At(content_at))
    }

    /// The last element of the file is not whole: of a recording that broke off it is left out.
    fn cut(&mut self, offset: u64) -> Result<Next> {
        if self.end.is_some_and(|end| end < self.size) || !self.is_live {
            let error = match self.end {
                Some(end) if end < self.size => {
                    damaged(message!("an element runs past the end of its segment"), offset)
                }
                _ => Error::new(Code::InputTruncated, message!("the file ends within an element")).at(offset),
            };
            return Err(error);
        }
        self.warnings
            .push(message!("the recording breaks off at byte {offset}; what comes before is packaged", offset));
        Ok(Next::At(self.size))
    }

    /// Keeps where the headers stand (RFC 9559 section 5.1.1). What leads nowhere says nothing.
    fn read_seek_head(&mut self, content: &[u8], offset: u64) -> Result<()> {
        for element in ebml::Elements::new(content, offset) {
            let (id, at, content) = element?;
            if id != SEEK {
                continue;
            }
            let (mut sought, mut place) = (0, None);
            for element in ebml::Elements::new(content, at) {
                let (id, at, content) = element?;
                match id {
                    SEEK_ID => sought = uint(content, at)?,
                    SEEK_POSITION => place = self.content_at.checked_add(uint(content, at)?),
                    _ => (),
                }
            }
            let known = [INFO, TRACKS].into_iter().find(|&id| u64::from(id) == sought);
            let place = place.filter(|&place| place < self.end.unwrap_or(self.size));
            self.places.extend(known.zip(place));
        }
        Ok(())
    }

    /// Where the next header stands that was promised and not read.
    fn next_header(&mut self) -> Option<u64> {
        self.places.pop().map(|(_, place)| place)
    }

    /// Where it goes on behind a header: where it was read out of turn, to the next of them, then back.
    fn behind_header(&mut self, id: u32, behind: u64) -> u64 {
        self.places.retain(|&(known, _)| known != id);
        if self.first_cluster.is_none() {
            return behind;
        }
        if let Some(next) = self.next_header() {
            return next;
        }
        match self.lanes {
            Some(_) => self.first_cluster.take().unwrap_or(behind),
            None => behind,
        }
    }

    fn read_info(&mut self, content: &[u8], offset: u64) -> Result<()> {
        for element in ebml::Elements::new(content, offset) {
            let (id, at, content) = element?;
            if id == TIMESTAMP_SCALE {
                self.scale = uint(content, at)?;
                if self.scale == 0 || self.scale > u64::from(NANOSECONDS) {
                    return Err(damaged(message!("the unit of time stamps is 0 or longer than a second"), at));
                }
            }
        }
        Ok(())
    }

    /// How many bytes are needed of a block of `size` bytes that begins with `have`.
    fn block_bytes(&self, have: &[u8], offset: u64, size: u64) -> Result<u64> {
        let header = size.min(block::HEADER as u64);
        if (have.len() as u64) < header {
            return Ok(header);
        }
        let header = block::Header::read(&have[..usize::try_from(header).expect("a header is small")], offset)?;
        if header.lacing != block::Lacing::None {
            return Ok(size);
        }
        let lane = self.lanes.iter().flatten().find(|lane| lane.entry.number == header.track);
        let head = match lane {
            Some(Lane { kind: Ok(Kind::Text), .. }) => size,
            Some(Lane { kind: Ok(_), media: None, .. }) => FIRST_FRAME,
            Some(Lane { kind: Ok(Kind::Audio), .. }) => sound::HEAD as u64,
            _ => 0,
        };
        Ok(size.min(header.size as u64 + head))
    }

    /// Takes the samples of a block: the index of the lane, how many samples it got, and the flag of a key frame.
    fn take_block(&mut self, have: &[u8], offset: u64, size: u64) -> Result<(usize, usize, bool)> {
        let header = block::Header::read(have, offset)?;
        let Some(lanes) = &mut self.lanes else {
            return Err(damaged(message!("a block comes before the list of tracks"), offset));
        };
        let Some(index) = lanes.iter().position(|lane| lane.entry.number == header.track) else {
            return Ok((usize::MAX, 0, false)); // of a track that isn't listed
        };
        let lane = &mut lanes[index];
        if lane.kind.is_err() {
            return Ok((index, 0, false));
        }
        let time = i128::from(self.cluster) + i128::from(header.time);
        let time = Ticks::try_from(time * i128::from(self.scale)).ok();
        let furthest = Ticks::from(limits::TIMELINE_SECONDS) * Ticks::from(NANOSECONDS);
        let Some(time) = time.filter(|time| time.abs() <= furthest) else {
            let message = message!("a time stamp is over {most} s", most = limits::TIMELINE_SECONDS);
            return Err(Error::new(Code::LimitExceeded, message).at(offset));
        };
        let before = lane.samples.len();
        if header.lacing == block::Lacing::None {
            let frame = header.size as u64..size;
            lane.push(&have[header.size..], frame, offset, Some(time), self.scale)?;
        } else {
            let mut stamp = Some(time);
            for range in block::laced(have, &header, offset)? {
                let frame = range.start as u64..range.end as u64;
                lane.push(&have[range], frame, offset, stamp.take(), self.scale)?;
            }
        }
        Ok((index, lane.samples.len() - before, header.key))
    }

    /// Marks the samples that a block gave.
    fn mark(&mut self, lane: usize, added: usize, is_key: bool) {
        if let Some(lane) = self.lanes.as_mut().and_then(|lanes| lanes.get_mut(lane)) {
            let from = lane.samples.len() - added;
            lane.samples[from..].iter_mut().for_each(|sample| sample.sync = is_key);
        }
    }

    /// Whether the block of the group was one of text.
    fn is_in_text(&self) -> bool {
        let index = self.group.as_ref().and_then(|group| group.block).map(|(lane, _)| lane);
        let lane = index.and_then(|index| self.lanes.as_ref()?.get(index));
        lane.is_some_and(|lane| lane.kind == Ok(Kind::Text))
    }

    fn take_group_child(&mut self, id: u32, content: &[u8], offset: u64) -> Result<()> {
        let Some(group) = &mut self.group else { return Ok(()) };
        match id {
            BLOCK_DURATION => group.duration = Some(uint(content, offset)?),
            REFERENCE_BLOCK => group.is_reference = true,
            DISCARD_PADDING => group.discard = int(content, offset)?,
            BLOCK_ADDITIONS => group.additions = content.to_vec(),
            _ => (),
        }
        Ok(())
    }

    /// When all of a group was seen: what stood behind its block.
    fn end_group(&mut self, offset: u64) {
        let Some(group) = self.group.take_if(|group| offset >= group.end) else { return };
        let Some((index, added)) = group.block else { return };
        self.mark(index, added, !group.is_reference);
        let Some(lane) = self.lanes.as_mut().and_then(|lanes| lanes.get_mut(index)) else { return };
        lane.block_duration = group.duration.unwrap_or(lane.block_duration);
        lane.text.end_group(group.duration, &group.additions);
        if let (Some(sample), Some(media), true) = (lane.samples.last_mut(), &lane.media, group.discard > 0)
            && let Properties::Audio { sampling_rate, .. } = media.properties
        {
            // Sound behind its end: the last frame is heard in part.
            let discard = rescale_nearest(group.discard, NANOSECONDS, sampling_rate);
            let left = Ticks::from(sample.duration).saturating_sub(discard).max(1);
            sample.duration = u32::try_from(left).unwrap_or(sample.duration);
        }
    }

    /// All blocks were seen.
    fn end(&mut self) -> Result<()> {
        let Some(lanes) = self.lanes.take() else {
            return Err(Error::new(Code::InputDamaged, message!("the file has no list of tracks")).at(self.size));
        };
        let (mut tracks, mut left_out, mut mended) = (Vec::new(), Vec::new(), Vec::new());
        let mut unpackaged = Vec::new();
        for (number, lane) in (1u32..).zip(lanes) {
            let untaken = lane.untaken;
            let is_media = lane.kind.is_err() && lane.entry.is_media() || !lane.samples.is_empty() || untaken > 0;
            let note = lane.media.as_ref().and_then(|media| media.note.clone());
            let sentences = lane.clock.mended(lane.sampling_rate()).into_iter().chain(note);
            let started = lane.finish(number, self.scale)?.and_then(|mut track| {
                let sentence = track.start_behind(untaken)?;
                Ok((track, sentence))
            });
            match started {
                Ok((track, sentence)) => {
                    let sentences = sentences.chain(sentence);
                    mended.extend(sentences.map(|sentence| message!("track {number}: {sentence}", number, sentence)));
                    tracks.push(track);
                }
                Err(reason) => {
                    let sentence = message!("track {number} is left out: {reason}", number, reason);
                    unpackaged.extend(is_media.then(|| sentence.clone()));
                    left_out.push(sentence);
                }
            }
        }
        if tracks.is_empty() {
            return Err(no_track(left_out));
        }
        let mut warnings = left_out;
        warnings.extend(mended);
        warnings.append(&mut self.warnings);
        warnings.extend(start_together(&mut tracks));
        tracks.iter_mut().for_each(begin_at_zero);
        for (index, track) in tracks.iter_mut().enumerate() {
            self.wanted.extend(naming::settle(index, track, &mut warnings)?);
        }
        self.input =
            Some(Input { name: self.name.clone(), size: self.size, tracks, warnings, unpackaged, pssh: Vec::new() });
        Ok(())
    }

    /// What is demanded next of the samples that are wanted.
    fn demand_sample(&self) -> Demand {
        let (Some(wanted), Some(input)) = (self.wanted.last(), &self.input) else { return Demand::Done };
        let prefix = prefix_of(input, wanted).len() as u64;
        Demand::Bytes { offset: wanted.offset, least: u64::from(wanted.size).saturating_sub(prefix).max(1) }
    }

    fn take_sample(&mut self, bytes: &[u8]) -> Result<()> {
        let (Some(wanted), Some(input)) = (self.wanted.pop(), &mut self.input) else { return Ok(()) };
        let mut sample = prefix_of(input, &wanted).to_vec();
        sample.extend_from_slice(bytes);
        sample.truncate(usize::try_from(wanted.size).unwrap_or(usize::MAX));
        let (sentence, next) = naming::complete(&mut input.tracks, wanted, &sample)?;
        input.warnings.extend(sentence);
        self.wanted.extend(next);
        Ok(())
    }
}

fn prefix_of<'a>(input: &'a Input, wanted: &Wanted) -> &'a [u8] {
    match &input.tracks[wanted.track].access {
        Access::Prefixed(prefix) => prefix,
        _ => &[],
    }
}

enum Next {
    /// The next element begins there.
    At(u64),
    /// So many bytes are needed from the beginning of this element.
    Least(u64),
}

impl Demuxer for Matroska {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
        if self.input.is_some() {
            self.take_sample(&bytes)?;
            return Ok(self.demand_sample());
        }
        let mut at = offset;
        loop {
            if at >= self.end.unwrap_or(self.size) {
                self.end()?;
                return Ok(self.demand_sample());
            }
            let from = at.checked_sub(offset).and_then(|from| usize::try_from(from).ok());
            let Some(rest) = from.and_then(|from| bytes.get(from..)) else {
                return Ok(Demand::Bytes { offset: at, least: 1 });
            };
            if rest.is_empty() {
                return Ok(Demand::Bytes { offset: at, least: 1 });
            }
            match self.take_element(rest, at)? {
                Next::At(next) => at = next,
                Next::Least(least) => return Ok(Demand::Bytes { offset: at, least }),
            }
            self.end_group(at);
        }
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

/// Refuses EBML documents of another kind.
fn read_head(content: &[u8], offset: u64) -> Result<()> {
    for element in ebml::Elements::new(content, offset) {
        let (id, at, content) = element?;
        let kind = ebml::string(content);
        if id == DOC_TYPE && !matches!(kind.as_str(), "matroska" | "webm") {
            let kind: String = kind.chars().filter(char::is_ascii_graphic).take(32).collect();
            let message = message!("the file is an EBML document of type {kind:?}, neither Matroska nor WebM", kind);
            return Err(Error::new(Code::InputUnsupported, message).at(at));
        }
    }
    Ok(())
}

impl Lane {
    fn new(entry: TrackEntry) -> Self {
        Self {
            kind: codec::kind(&entry),
            entry,
            media: None,
            samples: Vec::new(),
            untaken: 0,
            times: Vec::new(),
            clock: Clock::default(),
            text: text::Blocks::default(),
            block_duration: 0,
        }
    }

    fn sampling_rate(&self) -> u32 {
        match &self.media {
            Some(Media { properties: Properties::Audio { sampling_rate, .. }, .. }) => *sampling_rate,
            _ => 1,
        }
    }

    /// Appends a frame: its range in the block that stands at `offset`, with its first bytes.
    fn push(
        &mut self,
        head: &[u8],
        frame: std::ops::Range<u64>,
        offset: u64,
        time: Option<Ticks>,
        scale: u64,
    ) -> Result<()> {
        if self.kind == Ok(Kind::Text) {
            return self.text.push(&self.entry.prefix, head, time).map_err(|error| error.at(offset));
        }
        let own = frame.end.saturating_sub(frame.start);
        let size = u32::try_from(own + self.entry.prefix.len() as u64);
        let size =
            size.map_err(|_| Error::new(Code::LimitExceeded, message!("a frame is larger than 4 GiB")).at(offset))?;
        if own == 0 {
            return Ok(());
        }
        if self.samples.len() >= limits::SAMPLES_PER_TRACK {
            let message = message!("the track has more than {most} samples", most = limits::SAMPLES_PER_TRACK);
            return Err(Error::new(Code::LimitExceeded, message).at(offset));
        }
        let restored;
        let head = if self.entry.prefix.is_empty() {
            head
        } else {
            restored = [&self.entry.prefix[..], head].concat();
            &restored
        };
        if self.media.is_none() && !codec::can_begin(&self.entry, head) {
            self.untaken += 1;
            return Ok(());
        }
        let media = match &mut self.media {
            Some(media) => media,
            none => none.insert(codec::media(&self.entry, head)?),
        };
        let mut sample =
            Sample { offset: offset + frame.start, size, duration: 0, composition_offset: 0, entry: 0, sync: true };
        if let (Some(frames), Properties::Audio { sampling_rate, .. }) = (media.frames, media.properties) {
            let before = self.samples.last().map_or(1, |last| last.duration);
            let ticks = frames.samples_in(head, size).unwrap_or(before);
            let stamp = time.map(|time| rescale_nearest(time, NANOSECONDS, sampling_rate));
            let tolerance = tolerance(scale, ticks, sampling_rate);
            sample.duration = self.clock.place(&mut self.samples, ticks, stamp, tolerance);
        } else {
            // Pictures are never laced: one without a time stamp comes right behind the one before.
            let behind = self.times.last().copied().unwrap_or(0).saturating_add(1);
            self.times.push(time.unwrap_or(behind));
        }
        self.samples.push(sample);
        Ok(())
    }

    /// The track; the reason to leave it out, if it has no frame.
    fn finish(mut self, number: u32, scale: u64) -> Result<std::result::Result<Track, Message>> {
        let kind = match self.kind {
            Ok(kind) => kind,
            Err(reason) => return Ok(Err(reason)),
        };
        if kind == Kind::Text {
            return self.text.track(&self.entry, number, scale).map(Ok);
        }
        let Some(media) = self.media.take() else {
            return Ok(Err(if self.untaken > 0 { trim::no_key_frame() } else { message!("it has no samples") }));
        };
        let timescale = match media.properties {
            Properties::Audio { sampling_rate, .. } => sampling_rate,
            _ => timescale(scale),
        };
        let presentation_offset = if kind == Kind::Audio {
            self.clock.start.unwrap_or(0).saturating_sub(media.delay)
        } else {
            self.times.iter_mut().for_each(|time| *time = rescale_nearest(*time, NANOSECONDS, timescale));
            let last = self.last_duration(scale, timescale);
            pictures::place(&mut self.samples, &self.times, last)?
        };
        // Not every writer marks sound, every frame of which can be decoded alone.
        if media.entry.codec.is_all_sync() {
            self.samples.iter_mut().for_each(|sample| sample.sync = true);
        }
        let (width, height) = if kind == Kind::Video { self.entry.shown() } else { (0, 0) };
        let about = self.entry.about(kind);
        let track = Track {
            kind,
            tkhd: entries::tkhd(number, kind, width, height),
            timescale,
            packed_language: language::packed(self.entry.language.as_deref()),
            language: self.entry.language.as_deref().map(language::shortest),
            label: about.label,
            is_forced: about.is_forced,
            roles: about.roles,
            presentation_offset,
            entries: vec![media.entry],
            samples: self.samples,
            access: match self.entry.prefix.is_empty() {
                true => Access::Whole,
                false => Access::Prefixed(self.entry.prefix),
            },
            captions: Captions::Unknown,
            protection: None,
            properties: media.properties,
        };
        check_times(&track)?;
        Ok(Ok(track))
    }

    /// How long the last picture is shown, in ticks of `timescale`: what the file says, else as long as the one
    /// before.
    fn last_duration(&self, scale: u64, timescale: u32) -> u32 {
        let stated = match self.block_duration {
            0 => self.entry.default_duration,
            ticks => ticks.saturating_mul(scale),
        };
        let stated = Ticks::try_from(stated).unwrap_or(0);
        let shown = rescale_nearest(stated, NANOSECONDS, timescale);
        let latest = self.times.iter().copied().max().unwrap_or(0);
        let before = self.times.iter().copied().filter(|&time| time < latest).max();
        let shown = if shown > 0 { shown } else { before.map_or(0, |before| latest - before) };
        u32::try_from(shown).ok().filter(|&shown| shown > 0).unwrap_or(1)
    }
}

/// Ticks in a second for pictures, whose time stamps have a unit of `scale` nanoseconds: the file's own, if they
/// come out whole and a duration of an hour fits 32 bits.
fn timescale(scale: u64) -> u32 {
    let ticks = u64::from(NANOSECONDS) / scale.max(1);
    let is_whole = ticks * scale == u64::from(NANOSECONDS);
    match u32::try_from(ticks) {
        Ok(ticks @ 1000..=1_000_000) if is_whole => ticks,
        Ok(1..1000) => 1000,
        _ => 1_000_000,
    }
}

/// How far off a time stamp of sound may be, in ticks of the sampling rate, before it counts: what rounding makes of
/// it, and what writers that stamp frames as they arrive do.
fn tolerance(scale: u64, frame: u32, rate: u32) -> Ticks {
    const JITTER_MS: Ticks = 10;
    let rounding = rescale_nearest(Ticks::try_from(scale).unwrap_or(Ticks::MAX) * 2, NANOSECONDS, rate);
    let jitter = rescale_nearest(JITTER_MS, 1000, rate).min(Ticks::from(frame) / 2);
    rounding.max(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timescales_are_the_files_own_where_they_come_out_whole() {
        assert_eq!(
            [1_000_000, 1000, 1, 22_675, 1_000_000_000].map(timescale),
            [1000, 1_000_000, 1_000_000, 1_000_000, 1000]
        );
    }

    #[test]
    fn rounding_to_milliseconds_is_tolerated() {
        assert_eq!(tolerance(1_000_000, 1024, 44_100), 441);
        assert_eq!(tolerance(1_000_000, 120, 48_000), 96);
    }
}
