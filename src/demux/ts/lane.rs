//! A stream of the programme with what was found in it: packets → samples, and samples → a track.

use std::collections::VecDeque;

use super::frames::{Begun, Frames};
use super::packet::{Continuity, Packet, Pes, continuity};
use super::spread::{Form, Piece, Spread};
use super::stream::{Coding, Stream};
use super::timeline::{Epochs, Follower, Joined, RATE, Stamp};
use super::times::{fill, place, tolerance};
use crate::codec::captions::Captions;
use crate::demux::byte_stream::{Found, Pictures, Place};
use crate::demux::sound::Clock;
use crate::demux::{Access, Kind, LeftOut, Properties, Role, Sample, Track, check_times, entries, language};
use crate::error::{Code, Error, Message, Result};
use crate::time::{Ticks, rescale_nearest};

/// A picture isn't shown later than this after it was decoded: a second, where it isn't a still one (ISO/IEC 13818-1
/// clause 2.7.5).
const LATEST: Ticks = 10 * RATE as Ticks;

/// A stream that is read.
#[derive(Debug)]
pub(super) struct Lane {
    pid: u16,
    language: Option<String>,
    roles: Vec<Role>,
    content: Content,
    counter: Option<u8>,
    /// How many bytes of the PES packet are missing, where it says how long it is.
    pes_left: Option<usize>,
    /// Stamps of what will begin at these places of the stream, or behind them.
    pending: VecDeque<(u64, Pending)>,
    stamps: Vec<Stamp>,
    follower: Follower,
    /// How often packets were missing.
    gaps: usize,
}

#[derive(Debug)]
enum Content {
    Pictures { pictures: Box<Pictures>, pieces: Vec<Piece> },
    Sound(Box<Frames>),
}

/// A stamp whose sample has yet to begin.
#[derive(Debug, Clone, Copy)]
struct Pending {
    epoch: usize,
    present: Ticks,
    decode: Ticks,
}

/// A track, and sentences on what was left out or mended.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) track: Track,
    pub(super) sentences: Vec<Message>,
    /// Whether pictures at the front are left out.
    pub(super) starts_late: bool,
}

impl Lane {
    /// A lane of the stream, if it is read.
    pub(super) fn new(stream: &Stream) -> Option<Self> {
        let content = match stream.coding {
            Ok(Coding::Pictures(family)) => {
                Content::Pictures { pictures: Box::new(Pictures::new(family)), pieces: Vec::new() }
            }
            Ok(Coding::Sound(syntax)) => Content::Sound(Box::new(Frames::new(syntax))),
            Err(_) => return None,
        };
        Some(Self {
            pid: stream.pid,
            language: stream.language.clone(),
            roles: stream.roles.clone(),
            content,
            counter: None,
            pes_left: None,
            pending: VecDeque::new(),
            stamps: Vec::new(),
            follower: Follower::default(),
            gaps: 0,
        })
    }

    pub(super) fn pid(&self) -> u16 {
        self.pid
    }

    /// Takes a packet that stands at `at` and ends at `end`.
    pub(super) fn take(&mut self, packet: &Packet<'_>, at: u64, end: u64, epochs: &mut Epochs) -> Result<()> {
        if packet.is_scrambled {
            let message = message!(
                "PID {pid} of the transport stream is scrambled (conditional access)",
                pid = format!("{:#x}", self.pid)
            );
            return Err(Error::new(Code::TsScrambled, message).at(at));
        }
        self.follower.is_marked |= packet.is_discontinuous;
        match continuity(self.counter, packet.counter) {
            Continuity::Again if !packet.is_discontinuous => return Ok(()),
            Continuity::Next => (),
            _ => self.lose(packet)?,
        }
        self.counter = Some(packet.counter);
        let mut skip = packet.payload_at;
        let mut payload = packet.payload;
        if packet.starts_unit {
            let Some(pes) = Pes::read(payload) else {
                self.pes_left = None;
                return self.lose(packet);
            };
            self.stamp(&pes, at, epochs)?;
            self.pes_left = pes.size;
            payload = &payload[pes.payload_at..];
            skip += pes.payload_at;
        }
        if payload.is_empty() {
            return Ok(());
        }
        self.pes_left = self.pes_left.map(|left| left.saturating_sub(payload.len()));
        let skip =
            u8::try_from(skip).map_err(|_| Error::new(Code::Internal, message!("a byte is outside its packet")))?;
        let place = Place { packet: at, skip };
        match &mut self.content {
            Content::Pictures { pictures, .. } => {
                let mut found = Vec::new();
                pictures.units.take(payload, place, end, &mut found)?;
                found.into_iter().try_for_each(|found| self.push(found))
            }
            Content::Sound(frames) => {
                let mut begun = Vec::new();
                frames.take(payload, place, end, &mut begun)?;
                begun.into_iter().for_each(|begun| self.begin(begun));
                Ok(())
            }
        }
    }

    /// The stream is at its end.
    pub(super) fn end(&mut self) -> Result<()> {
        match &mut self.content {
            Content::Pictures { pictures, .. } => {
                let mut found = Vec::new();
                pictures.units.flush(&mut found)?;
                found.into_iter().try_for_each(|found| self.push(found))
            }
            Content::Sound(frames) => {
                let mut begun = Vec::new();
                frames.flush(&mut begun)?;
                begun.into_iter().for_each(|begun| self.begin(begun));
                Ok(())
            }
        }
    }

    /// Packets are missing before this one. Where a PES packet begins with it, the one before may have been whole, as
    /// where recordings are joined.
    fn lose(&mut self, packet: &Packet<'_>) -> Result<()> {
        self.gaps += usize::from(!packet.is_discontinuous);
        let was_whole = packet.starts_unit && self.pes_left.unwrap_or(0) == 0;
        match &mut self.content {
            Content::Pictures { pictures, .. } if !was_whole => {
                pictures.units.lose();
                Ok(())
            }
            _ => self.end(),
        }
    }

    /// Keeps the stamp of a PES header for what begins behind it.
    fn stamp(&mut self, pes: &Pes, at: u64, epochs: &mut Epochs) -> Result<()> {
        let Some(pts) = pes.pts else { return Ok(()) };
        let dts = pes.dts.unwrap_or(pts);
        let (epoch, decode) = epochs.place(&mut self.follower, dts, at)?;
        let ahead = pts.wrapping_sub(dts) & ((1 << 33) - 1);
        let ahead = Ticks::try_from(ahead).unwrap_or(0);
        let ahead = if ahead > LATEST { 0 } else { ahead }; // damaged
        let stream_at = match &self.content {
            Content::Pictures { pictures, .. } => pictures.units.stream_at(),
            Content::Sound(frames) => frames.stream_end(),
        };
        self.pending.push_back((stream_at, Pending { epoch, present: decode + ahead, decode }));
        Ok(())
    }

    /// The last stamp before this place of the stream, if nothing began behind it yet.
    fn stamp_before(&mut self, stream_at: u64) -> Option<Pending> {
        let mut last = None;
        while let Some((_, pending)) = self.pending.pop_front_if(|(from, _)| *from <= stream_at) {
            last = Some(pending);
        }
        last
    }

    fn push_stamp(&mut self, index: usize, stamp: Option<Pending>) {
        let stamp = stamp.map(|Pending { epoch, present, decode }| Stamp { index, epoch, present, decode });
        self.stamps.extend(stamp);
    }

    fn begin(&mut self, (index, stream_at): Begun) {
        let stamp = self.stamp_before(stream_at);
        self.push_stamp(index, stamp);
    }

    fn push(&mut self, found: Found) -> Result<()> {
        const START_CODE: u64 = 3;
        let stamp = self.stamp_before(found.stream_at.saturating_sub(START_CODE));
        let Content::Pictures { pictures, pieces } = &mut self.content else { return Ok(()) };
        let index = pictures.push(&found)?;
        let (at, skip) = (found.place.packet, found.place.skip);
        pieces.push(Piece::new(at, skip, found.length, found.file_end)?);
        self.push_stamp(index, stamp);
        Ok(())
    }

    /// The epochs that the stream has samples in: where the first begins, where the last ends, in 1/90,000 s.
    pub(super) fn spans(&self) -> Vec<(usize, Ticks, Ticks)> {
        let mut spans: Vec<(usize, Ticks, Ticks)> = Vec::new();
        let mut add = |epoch: usize, start: Ticks, end: Ticks| match spans.iter_mut().find(|span| span.0 == epoch) {
            Some(span) => (span.1, span.2) = (span.1.min(start), span.2.max(end)),
            None => spans.push((epoch, start, end)),
        };
        match &self.content {
            Content::Pictures { pictures, .. } => {
                let samples = &pictures.samples;
                let step = self.step(samples.len());
                for (number, stamp) in self.stamps.iter().enumerate() {
                    let next = self.stamps.get(number + 1).map_or(samples.len(), |next| next.index);
                    let lasts = step * Ticks::try_from(next - stamp.index).unwrap_or(1);
                    add(stamp.epoch, stamp.present, stamp.present.saturating_add(lasts));
                }
            }
            Content::Sound(frames) => {
                let rate = self.sampling_rate();
                for (number, stamp) in self.stamps.iter().enumerate() {
                    let next = self.stamps.get(number + 1).map_or(frames.samples.len(), |next| next.index);
                    let lasts =
                        frames.samples[stamp.index..next].iter().map(|sample| Ticks::from(sample.duration)).sum();
                    add(stamp.epoch, stamp.present, stamp.present.saturating_add(rescale_nearest(lasts, rate, RATE)));
                }
            }
        }
        spans
    }

    fn sampling_rate(&self) -> u32 {
        match &self.content {
            Content::Sound(frames) => match frames.properties {
                Some(Properties::Audio { sampling_rate, .. }) => sampling_rate,
                _ => 1,
            },
            Content::Pictures { .. } => RATE,
        }
    }

    /// How long most pictures last: the median of what lies between stamps.
    fn step(&self, samples: usize) -> Ticks {
        let pairs = self.stamps.windows(2).filter(|pair| pair[0].epoch == pair[1].epoch);
        let mut steps: Vec<Ticks> = pairs
            .map(|pair| {
                let count = Ticks::try_from(pair[1].index - pair[0].index).unwrap_or(1);
                (pair[1].decode - pair[0].decode) / count.max(1)
            })
            .filter(|&step| step > 0)
            .collect();
        steps.sort_unstable();
        let median = steps.get(steps.len() / 2).copied();
        median.unwrap_or(if samples > 1 { 1 } else { Ticks::from(RATE) / 25 })
    }

    /// The track under this number, its epochs put together; or why there is none.
    pub(super) fn finish(
        mut self,
        number: u32,
        stride: usize,
        joined: &Joined,
    ) -> Result<std::result::Result<Finished, LeftOut>> {
        for stamp in &mut self.stamps {
            let shift = joined.shifts.get(stamp.epoch).copied().unwrap_or(0);
            (stamp.present, stamp.decode) = (stamp.present.saturating_add(shift), stamp.decode.saturating_add(shift));
        }
        match self.content {
            Content::Pictures { .. } => self.finish_pictures(number, stride),
            Content::Sound(_) => self.finish_sound(number, stride),
        }
    }

    fn finish_sound(mut self, number: u32, stride: usize) -> Result<std::result::Result<Finished, LeftOut>> {
        let rate = self.sampling_rate();
        let without = |reason, is_media| Ok(Err(LeftOut { reason, is_media }));
        let Content::Sound(frames) = self.content else { return without(message!("it has other content"), false) };
        let Frames { mut samples, pieces, entries, properties, junk, note, is_layer_1, .. } = *frames;
        let Some(properties) = properties.filter(|_| !samples.is_empty()) else {
            return match is_layer_1 {
                true => without(message!("MPEG audio of layer I (MP1) can't be packaged"), true),
                // Bytes of something else: what the tables promise isn't there.
                false => without(message!("it has no frame of sound"), junk.is_some()),
            };
        };
        let mut place = Clock::default();
        count_back(&mut self.stamps, &samples, rate);
        let mut stamps = self.stamps.drain(..).peekable();
        for index in 0..samples.len() {
            let stamp = stamps.next_if(|stamp| stamp.index == index);
            let stamp = stamp.map(|stamp| rescale_nearest(stamp.present, RATE, rate));
            let (before, rest) = samples.split_at_mut(index);
            let ticks = rest[0].duration;
            rest[0].duration = place.place(before, ticks, stamp, tolerance(ticks, rate));
        }
        drop(stamps);
        let mut sentences: Vec<Message> = place.mended(rate).into_iter().chain(note).collect();
        if let Some((count, at)) = junk {
            sentences.push(message!(
                "{count} bytes that belong to no frame are skipped, the first in the packet at byte {at}",
                count,
                at
            ));
        }
        let access = Access::Spread(Spread { stride, pid: self.pid, form: Form::Plain, pieces });
        let track = Track {
            kind: Kind::Audio,
            tkhd: entries::tkhd(number, Kind::Audio, 0, 0),
            timescale: rate,
            packed_language: language::packed(self.language.as_deref()),
            language: self.language.as_deref().map(language::shortest),
            label: None,
            is_forced: false,
            roles: self.roles,
            presentation_offset: place.start.unwrap_or(0),
            entries,
            samples,
            access,
            protection: None,
            captions: Captions::Unknown,
            properties,
        };
        check_times(&track)?;
        Ok(Ok(Finished { track, sentences, starts_late: false }))
    }

    fn finish_pictures(self, number: u32, stride: usize) -> Result<std::result::Result<Finished, LeftOut>> {
        let without = |reason, is_media| Ok(Err(LeftOut { reason, is_media }));
        let step = self.step(usize::MAX);
        let Content::Pictures { pictures, mut pieces } = self.content else {
            return without(message!("it has other content"), false);
        };
        let has_pictures = pictures.units.unstarted > 0 || pictures.units.lost.0 > 0;
        let Some(mut settled) = pictures.settle()? else {
            return without(message!("it has no key frame with its parameter sets"), has_pictures);
        };
        let mut times = fill(&self.stamps, &settled.samples, step)?;
        let leading = settled.drop_leading(times.iter().map(|time| time.present));
        pieces.drain(leading.clone());
        times.drain(leading);
        let unstarted = settled.unstarted;
        let mut sentences = std::mem::take(&mut settled.sentences);
        if unstarted > 0 {
            sentences.push(message!(
                "the stream starts within a group of pictures: {count} pictures that can't be decoded are left out, \
                 and so is the sound before them",
                count = unstarted
            ));
        }
        if let (count @ 1.., at) = settled.lost {
            sentences.push(message!("{count} pictures are left out, the first at byte {at}, since packets are missing or headers can't be read", count, at));
        }
        let presentation_offset = place(&mut settled.samples, &times, step)?;
        let form = Form::Units(settled.dropped);
        let access = Access::Spread(Spread { stride, pid: self.pid, form, pieces });
        let mut track = settled.track(number, RATE, presentation_offset, access)?;
        track.packed_language = language::packed(self.language.as_deref());
        track.language = self.language.as_deref().map(language::shortest);
        track.roles = self.roles;
        Ok(Ok(Finished { track, sentences, starts_late: unstarted > 0 }))
    }
}

/// Sound may begin before its first stamp, where a recording begins within a PES packet: its start is counted back
/// from there.
fn count_back(stamps: &mut Vec<Stamp>, samples: &[Sample], rate: u32) {
    let Some(&first) = stamps.first().filter(|first| first.index > 0) else { return };
    let before: Ticks =
        samples[..first.index.min(samples.len())].iter().map(|sample| Ticks::from(sample.duration)).sum();
    let before = rescale_nearest(before, rate, RATE);
    stamps.insert(0, Stamp { index: 0, present: first.present - before, decode: first.decode - before, ..first });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_before_its_first_stamp_is_counted_back_from_it() {
        let sample = Sample { offset: 0, size: 1, duration: 1536, composition_offset: 0, entry: 0, sync: true };
        let day = 86_400 * Ticks::from(RATE);
        let mut stamps = vec![Stamp { index: 3, epoch: 0, present: day, decode: day }];
        count_back(&mut stamps, &[sample; 8], 48_000);
        let back = 3 * 2880; // frames of 32 ms
        let start = Stamp { index: 0, epoch: 0, present: day - back, decode: day - back };
        assert_eq!(stamps, [start, Stamp { index: 3, epoch: 0, present: day, decode: day }]);
        count_back(&mut stamps, &[sample; 8], 48_000);
        assert_eq!(stamps.len(), 2);
    }
}
