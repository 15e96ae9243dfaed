//! A track of the key frames of another: what is played where a client seeks or winds.

use super::Track;
use crate::error::{Code, Error, Result};
use crate::time::Ticks;

impl Track {
    /// The track that has nothing but this one's key frames, each shown until the next. The bytes of its samples are
    /// those of this track, and decrypted as such where it is protected.
    pub fn key_frames(&self) -> Result<Self> {
        let mut decode: Ticks = 0;
        let mut end: Ticks = 0;
        let mut frames: Vec<(usize, Ticks)> = Vec::new();
        for (index, sample) in self.samples.iter().enumerate() {
            let present = decode + Ticks::from(sample.composition_offset);
            // What a damaged file shows before the last one can't be decoded in this order.
            if sample.sync && frames.last().is_none_or(|&(_, last)| last < present) {
                frames.push((index, present));
            }
            decode += Ticks::from(sample.duration);
            end = end.max(present + Ticks::from(sample.duration));
        }
        let first = frames.first().map_or(0, |&(_, present)| present);
        let nexts = frames.iter().skip(1).map(|&(_, present)| present).chain([end]);
        let samples = frames.iter().zip(nexts).map(|(&(index, present), next)| {
            let mut sample = self.samples[index];
            let far = || {
                Error::new(Code::LimitExceeded, message!("two key frames are too far apart in time")).at(sample.offset)
            };
            let duration = u32::try_from(next - present).map_err(|_| far())?;
            (sample.duration, sample.composition_offset) = (duration, 0);
            Ok(sample)
        });
        let samples = samples.collect::<Result<_>>()?;
        let indices: Vec<usize> = frames.iter().map(|&(index, _)| index).collect();
        Ok(Self {
            samples,
            access: self.access.subset(&indices),
            presentation_offset: self.presentation_offset + first,
            protection: None,
            tkhd: self.tkhd.clone(),
            language: self.language.clone(),
            label: self.label.clone(),
            roles: self.roles.clone(),
            entries: self.entries.clone(),
            captions: self.captions.clone(),
            ..*self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::captions::Captions;
    use crate::demux::{Access, Kind, Properties, Sample, entries};

    #[test]
    fn key_frames_keep_their_times_and_last_until_the_next() {
        // 10 frames of 4 ticks, a key frame each 5, shown 8 ticks after decoding; presentation starts at 3.
        let sample = |index: u32| Sample {
            offset: u64::from(index) * 100,
            size: 10 + index,
            duration: 4,
            composition_offset: 8,
            entry: 0,
            sync: index.is_multiple_of(5),
        };
        let track = Track {
            kind: Kind::Video,
            tkhd: entries::tkhd(1, Kind::Video, 16, 16),
            timescale: 100,
            packed_language: 0,
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            presentation_offset: -5,
            entries: Vec::new(),
            samples: (0..10).map(sample).collect(),
            access: Access::Whole,
            captions: Captions::Unknown,
            protection: None,
            properties: Properties::Text,
        };
        let frames = track.key_frames().unwrap();
        assert_eq!(frames.presentation_offset, 3);
        let all: Vec<_> = frames.samples.iter().map(|s| (s.offset, s.size, s.duration, s.composition_offset)).collect();
        assert_eq!(all, [(0, 10, 20, 0), (500, 15, 20, 0)]);
    }
}
