//! The pictures of a byte stream → a track of them. What is left to its container is when they are shown.

use std::ops::Range;

use super::lengthened::Dropped;
use super::units::{Found, Units};
use crate::codec::captions::Captions;
use crate::codec::nal_family::NalFamily;
use crate::demux::{Access, Entry, Kind, Properties, Sample, Track, check_times, entries, language};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::time::Ticks;

/// The pictures as they are found.
#[derive(Debug)]
pub(in crate::demux) struct Pictures {
    pub(in crate::demux) units: Units,
    /// In decoding order, without times.
    pub(in crate::demux) samples: Vec<Sample>,
    /// Sizes of the parameter sets in the samples that have some.
    sets: Vec<(usize, u32)>,
    /// Whether pictures behind the first one may refer to what is before it.
    is_open: bool,
    /// The pictures from which on decoding comes right, as intra refresh has them.
    gradual: Vec<usize>,
}

impl Pictures {
    pub(in crate::demux) fn new(family: &'static NalFamily) -> Self {
        Self { units: Units::new(family), samples: Vec::new(), sets: Vec::new(), is_open: false, gradual: Vec::new() }
    }

    /// Takes a picture; gives its index.
    pub(in crate::demux) fn push(&mut self, found: &Found) -> Result<usize> {
        let index = self.samples.len();
        if index >= limits::SAMPLES_PER_TRACK {
            let message = message!("the track has more than {most} samples", most = limits::SAMPLES_PER_TRACK);
            return Err(Error::new(Code::LimitExceeded, message).at(found.sample.offset));
        }
        if index == 0 {
            self.is_open = found.is_open;
        }
        if found.is_gradual {
            self.gradual.push(index);
        }
        if found.sets_size > 0 {
            self.sets.push((index, found.sets_size));
        }
        self.samples.push(found.sample);
        Ok(index)
    }

    /// All pictures, with their sample entries; `None` where there is no key frame with its parameter sets.
    pub(in crate::demux) fn settle(mut self) -> Result<Option<Settled>> {
        let Some(first) = self.samples.first() else { return Ok(None) };
        let (offset, dropped) = (first.offset, self.units.dropped());
        if self.samples.iter().skip(1).all(|sample| !sample.sync) {
            // No other place to start at.
            self.gradual.into_iter().for_each(|index| self.samples[index].sync = true);
        }
        let mut sentences = Vec::new();
        if dropped.keeps_sets {
            for (index, size) in self.sets {
                self.samples[index].size = self.samples[index].size.saturating_add(size);
            }
            self.samples.iter_mut().for_each(|sample| sample.entry = 0);
            sentences.push(message!(
                "its parameter sets change between key frames; they stay in the samples, and Apple's players may refuse that"
            ));
        }
        let (entries, properties) = self.units.sets.entries().map_err(|error| error.at(offset))?;
        Ok(Some(Settled {
            entries,
            properties,
            samples: self.samples,
            dropped,
            unstarted: self.units.unstarted,
            lost: self.units.lost,
            lost_at: self.units.lost_at,
            is_open: self.is_open,
            sentences,
        }))
    }
}

/// The pictures of a track.
#[derive(Debug)]
pub(in crate::demux) struct Settled {
    entries: Vec<Entry>,
    properties: Properties,
    /// In decoding order.
    pub(in crate::demux) samples: Vec<Sample>,
    /// Which NAL units don't go into samples.
    pub(in crate::demux) dropped: Dropped,
    /// How many pictures at the front are left out, since decoding can't start with them.
    pub(in crate::demux) unstarted: usize,
    /// Pictures left out since something is missing or can't be read: how many, and where the first one was.
    pub(in crate::demux) lost: (usize, u64),
    /// Where in the stream that one was.
    pub(in crate::demux) lost_at: u64,
    is_open: bool,
    /// On what was mended.
    pub(in crate::demux) sentences: Vec<Message>,
}

impl Settled {
    /// Leaves out the pictures that are decoded behind the first one and shown before it, since they refer to what isn't
    /// there: gives their indices. `times` says when each picture is shown.
    pub(in crate::demux) fn drop_leading<T: PartialOrd>(&mut self, times: impl Iterator<Item = T>) -> Range<usize> {
        let mut times = times;
        let first = times.next().filter(|_| self.is_open);
        let count = first.map_or(0, |first| times.take_while(|time| *time < first).count());
        self.samples.drain(1..=count);
        self.unstarted += count;
        1..1 + count
    }

    /// The track, its samples having their times.
    pub(in crate::demux) fn track(
        self,
        number: u32,
        timescale: u32,
        presentation_offset: Ticks,
        access: Access,
    ) -> Result<Track> {
        let Properties::Video { width, height, sample_aspect_ratio: (across, down), .. } = self.properties else {
            return Err(Error::new(Code::Internal, message!("a track of pictures has no picture")));
        };
        let shown = u64::from(width) * u64::from(across) / u64::from(down.max(1));
        let track = Track {
            kind: Kind::Video,
            tkhd: entries::tkhd(number, Kind::Video, u32::try_from(shown).unwrap_or(u32::MAX), height),
            timescale,
            packed_language: language::packed(None),
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            presentation_offset,
            entries: self.entries,
            samples: self.samples,
            access,
            protection: None,
            captions: Captions::Unknown,
            properties: self.properties,
        };
        check_times(&track)?;
        Ok(track)
    }
}
