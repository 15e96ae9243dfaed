//! Samples at either end of a track that are not packaged: what can't be decoded, and what an edit list hides.

use super::{Kind, Sample, Track};
use crate::error::Message;
use crate::time::{Ticks, clock, rescale_nearest};

/// How much sound in front of the presentation is kept, in milliseconds, since decoders need some before they give
/// sound as it was: more than any codec wants (Opus 80 ms, RFC 7845 section 4.6).
const PREROLL_MS: Ticks = 200;

impl Track {
    /// Leaves out the pictures in front of the first key frame, which can't be decoded, and says so. Where there is no
    /// key frame, gives the reason to leave the track out.
    pub(super) fn start_at_key_frame(&mut self) -> Result<Option<Message>, Message> {
        self.start_behind(0)
    }

    /// The same where so many pictures in front were never taken.
    pub(super) fn start_behind(&mut self, untaken: usize) -> Result<Option<Message>, Message> {
        if self.kind != Kind::Video {
            return Ok(None);
        }
        let Some(first) = self.samples.iter().position(|sample| sample.sync) else {
            return Err(no_key_frame());
        };
        let count = first + untaken;
        if count == 0 {
            return Ok(None);
        }
        if first > 0 {
            self.leave_out_first(first);
        }
        let start = self.timed().map(|(_, present)| present).next().unwrap_or(0);
        Ok(Some(message!(
            "it begins within a group of pictures: {count} pictures in front of the first key frame can't be decoded and \
             are left out, so that it starts at {time}",
            count,
            time = clock(start, self.timescale)
        )))
    }

    /// Leaves out what is decoded and hidden in front of the presentation's 0, as far as nothing behind needs it: whole
    /// groups of pictures, and sound but for what a decoder begins with.
    pub(super) fn leave_out_hidden(&mut self) {
        let count = match self.kind {
            Kind::Video => hidden_pictures(self.timed()),
            Kind::Audio => {
                let from = -rescale_nearest(PREROLL_MS, 1000, self.timescale);
                let is_hidden = |(sample, present): &(&Sample, Ticks)| present + Ticks::from(sample.duration) <= from;
                let hidden = self.timed().take_while(is_hidden).count();
                // Not every frame of xHE-AAC and AC-4 can be decoded alone.
                self.samples.iter().take(hidden + 1).rposition(|sample| sample.sync).unwrap_or(0)
            }
            Kind::Text => 0,
        };
        if count > 0 && count < self.samples.len() {
            self.leave_out_first(count);
        }
    }

    /// Whether all of it has ended when the presentation starts.
    pub(super) fn is_hidden(&self) -> bool {
        self.timed().all(|(sample, present)| present.saturating_add(Ticks::from(sample.duration)) <= 0)
    }

    /// Leaves out what is presented at `end`, in ticks, or later, but for pictures that others refer to; says so where
    /// it is more than padding. What begins less than a millisecond before counts as later, since ends are rounded.
    pub fn end_at(&mut self, end: Ticks) -> Option<Message> {
        let millisecond = rescale_nearest(1, 1000, self.timescale);
        let is_before = |present: Ticks| present.saturating_add(millisecond) < end;
        let before = self.timed().enumerate().filter(|(_, (_, present))| is_before(*present));
        let kept = before.map(|(index, _)| index + 1).last().filter(|&kept| kept < self.samples.len())?;
        let left_out: Ticks = self.samples[kept..].iter().map(|sample| Ticks::from(sample.duration)).sum();
        if left_out <= millisecond {
            return None; // a last picture of no duration to speak of
        }
        self.samples.truncate(kept);
        (left_out > rescale_nearest(PREROLL_MS, 1000, self.timescale)).then(|| {
            message!(
                "its edit list ends at {end}: the {time} behind that are left out",
                end = clock(end, self.timescale),
                time = clock(left_out, self.timescale)
            )
        })
    }

    /// Leaves out the samples of these indices, in rising order, of which the first isn't one; the sample before each lasts
    /// until the next. Of a track that isn't protected.
    pub(super) fn leave_out(&mut self, indices: &[usize]) {
        let is_kept = |index: &usize| indices.binary_search(index).is_err();
        let kept: Vec<usize> = (0..self.samples.len()).filter(is_kept).collect();
        self.access = self.access.subset(&kept);
        for &index in indices.iter().rev() {
            let duration = self.samples.remove(index).duration;
            if let Some(before) = index.checked_sub(1).and_then(|before| self.samples.get_mut(before)) {
                before.duration = before.duration.saturating_add(duration);
            }
        }
    }

    fn leave_out_first(&mut self, count: usize) {
        let duration: Ticks = self.samples[..count].iter().map(|sample| Ticks::from(sample.duration)).sum();
        let kept: Vec<usize> = (count..self.samples.len()).collect();
        self.access = self.access.subset(&kept);
        self.protection = self.protection.take().map(|protection| protection.without_first(count));
        self.samples.drain(..count);
        self.presentation_offset = self.presentation_offset.saturating_add(duration);
    }

    /// The samples with their presentation times in ticks.
    fn timed(&self) -> impl Iterator<Item = (&Sample, Ticks)> {
        let mut decode: Ticks = 0;
        self.samples.iter().map(move |sample| {
            let present = decode + Ticks::from(sample.composition_offset) + self.presentation_offset;
            decode = decode.saturating_add(Ticks::from(sample.duration));
            (sample, present)
        })
    }
}

/// Why a video is left out.
pub(super) fn no_key_frame() -> Message {
    message!("none of its pictures is marked as a key frame, so that no segment could be decoded")
}

/// How many pictures stand in front of the last key frame that is presented at 0 or before, if all of them are
/// presented before it.
fn hidden_pictures<'a>(timed: impl Iterator<Item = (&'a Sample, Ticks)>) -> usize {
    let mut latest = Ticks::MIN;
    let mut hidden = 0;
    for (index, (sample, present)) in timed.enumerate() {
        if sample.sync && present <= 0 && latest < present {
            hidden = index;
        }
        latest = latest.max(present);
        if sample.sync && present > 0 {
            break;
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demux::{Access, Properties, entries};

    /// Samples of 10 ticks at 100 a second, in the order of their presentation; key frames each `every`.
    fn track(kind: Kind, count: usize, every: usize, presentation_offset: Ticks) -> Track {
        let sample = |index: usize| Sample {
            offset: index as u64,
            size: 1,
            duration: 10,
            composition_offset: 0,
            entry: 0,
            sync: index.is_multiple_of(every),
        };
        Track {
            kind,
            tkhd: entries::tkhd(1, kind, 16, 16),
            timescale: 100,
            packed_language: 0,
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            presentation_offset,
            entries: Vec::new(),
            samples: (0..count).map(sample).collect(),
            access: Access::Whole,
            captions: Default::default(),
            protection: None,
            properties: Properties::Text,
        }
    }

    #[test]
    fn pictures_in_front_of_the_first_key_frame_are_left_out_and_the_others_keep_their_times() {
        let mut video = track(Kind::Video, 40, 20, 0);
        video.samples[0].sync = false;
        let said = video.start_at_key_frame().unwrap().unwrap().text();
        assert!(said.contains("20 pictures") && said.ends_with("it starts at 0:00:02.000"), "{said}");
        assert_eq!((video.samples.len(), video.samples[0].offset, video.presentation_offset), (20, 20, 200));
        assert_eq!(video.start_at_key_frame(), Ok(None));
    }

    #[test]
    fn a_video_without_any_key_frame_is_refused() {
        let mut video = track(Kind::Video, 4, 1, 0);
        video.samples.iter_mut().for_each(|sample| sample.sync = false);
        assert!(video.start_at_key_frame().is_err());
    }

    #[test]
    fn hidden_groups_of_pictures_are_left_out_but_for_the_one_that_reaches_into_the_presentation() {
        // Key frames each 2 s; presentation starts at 3 s, then at 4 s.
        let mut video = track(Kind::Video, 100, 20, -300);
        video.leave_out_hidden();
        assert_eq!((video.samples[0].offset, video.presentation_offset), (20, -100));
        let mut video = track(Kind::Video, 100, 20, -400);
        video.leave_out_hidden();
        assert_eq!((video.samples[0].offset, video.presentation_offset), (40, 0));
        // A picture in front of the key frame is shown behind it: no key frame to start at.
        let mut video = track(Kind::Video, 100, 20, -300);
        video.samples[19].composition_offset = 50;
        video.leave_out_hidden();
        assert_eq!(video.samples.len(), 100);
        let mut sound = track(Kind::Audio, 100, 1, -300);
        sound.leave_out_hidden();
        assert_eq!((sound.samples[0].offset, sound.presentation_offset), (28, -20));
        let mut sound = track(Kind::Audio, 100, 10, -300);
        sound.leave_out_hidden();
        assert_eq!((sound.samples[0].offset, sound.presentation_offset), (20, -100));
    }

    #[test]
    fn what_is_behind_the_end_is_left_out_but_for_what_is_decoded_before() {
        let mut video = track(Kind::Video, 100, 20, 0);
        // Decoded 59th and 60th, presented the other way round: the one that is shown at the end is referred to.
        (video.samples[59].composition_offset, video.samples[60].composition_offset) = (10, -10);
        let said = video.end_at(600).unwrap().text();
        assert!(said.contains("ends at 0:00:06.000: the 0:00:03.900 behind"), "{said}");
        assert_eq!(video.samples.len(), 61);
        let mut sound = track(Kind::Audio, 100, 1, 0);
        assert_eq!((sound.end_at(985), sound.samples.len()), (None, 99));
        assert_eq!((sound.end_at(2000), sound.samples.len()), (None, 99));
        sound.samples[98].duration = 0;
        assert_eq!((sound.end_at(980), sound.samples.len()), (None, 99));
    }
}
