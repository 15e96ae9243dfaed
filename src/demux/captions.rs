//! Looking for captions within pictures: at a few places of a track, and at a bounded number of bytes.

use std::ops::Range;

use super::{Access, Input, Kind, Track};
use crate::codec::Codec;
use crate::codec::captions::{Captions, Finder};
use crate::limits;

/// A stretch of a track's samples that is looked at: of which track, which samples, and the bytes of the input that hold
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The index of the track.
    pub track: usize,
    samples: Range<usize>,
    /// Offset and length of what is read.
    pub bytes: (u64, u64),
}

impl Input {
    /// What is to be read to find out which captions its pictures have. Tracks whose codec has no place for any are done.
    pub fn captions_sought(&mut self) -> Vec<Look> {
        let mut looks = Vec::new();
        for (index, track) in self.tracks.iter_mut().enumerate() {
            match track.entries.first().map(|entry| &entry.codec) {
                Some(Codec::Avc(_) | Codec::Hevc(_) | Codec::Av1(_)) => {
                    // Of a damaged input what isn't there is found where it is packaged.
                    let is_there = |look: &Look| look.bytes.0.saturating_add(look.bytes.1) <= self.size;
                    looks.extend(track.looks(index).into_iter().filter(is_there));
                }
                // Neither VP8 nor VP9 nor sound and text have a place for them.
                _ => track.captions = Captions::None,
            }
        }
        looks
    }

    /// Takes what was read, in the order of `looks`.
    pub fn find_captions(&mut self, looks: &[Look], read: &[Vec<u8>]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let mut finder = Finder::default();
            let mut is_any = false;
            for (look, bytes) in looks.iter().zip(read).filter(|(look, _)| look.track == index) {
                is_any = true;
                for sample in look.samples.clone() {
                    let source = track.source(sample);
                    let place = |at: u64| usize::try_from(at.saturating_sub(look.bytes.0)).unwrap_or(usize::MAX);
                    let Some(slice) = bytes.get(place(source.start)..place(source.end)) else { continue };
                    // A sample that can't be put together is found where it is packaged.
                    if let Ok(sample) = track.sample(sample, slice) {
                        let escapes = !matches!(track.entries.first().map(|entry| &entry.codec), Some(Codec::Av1(_)));
                        finder.take(&sample, escapes);
                    }
                }
            }
            if is_any {
                track.captions = match finder.finish() {
                    // Where the information of pictures is encrypted, too, it doesn't show.
                    Captions::None if track.protection.is_some() => Captions::Unknown,
                    found => found,
                };
            }
        }
    }
}

impl Track {
    /// The stretches of this track, spread over its whole length.
    fn looks(&self, track: usize) -> Vec<Look> {
        let count = self.samples.len();
        if self.kind != Kind::Video || matches!(self.access, Access::Made(_)) {
            return Vec::new();
        }
        let mut looks: Vec<Look> = Vec::new();
        for place in 0..limits::CAPTION_PLACES {
            let first = (count * place / limits::CAPTION_PLACES).max(looks.last().map_or(0, |look| look.samples.end));
            let end = count.min(first + limits::CAPTION_PICTURES);
            let mut samples = first..first;
            let mut bytes: Option<(u64, u64)> = None;
            for index in first..end {
                let source = self.source(index);
                let (start, stop) = bytes.map_or((source.start, source.end), |(start, stop)| {
                    (start.min(source.start), stop.max(source.end))
                });
                // The first picture of a place is looked at, however large it is.
                if bytes.is_some() && stop - start > limits::CAPTION_BYTES {
                    break;
                }
                bytes = Some((start, stop));
                samples.end = index + 1;
            }
            if let Some((start, stop)) = bytes.filter(|(start, stop)| start < stop) {
                looks.push(Look { track, samples, bytes: (start, stop - start) });
            }
        }
        looks
    }
}
