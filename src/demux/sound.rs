//! Frames of sound: how long each lasts by its own bytes, and their place in time.
//!
//! Containers round their time stamps: to milliseconds in Matroska, to 1/90,000 s in transport streams. Sound is
//! timed by its own samples, so that nothing drifts, and follows the stamps only where they are further off than
//! rounding can be.

use super::Sample;
use crate::codec::{aac, alac, dolby_frames, dts_frames, flac, mp3, opus};
use crate::error::Message;
use crate::time::{Ticks, seconds};

/// How long frames last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frames {
    /// All equally long, in samples.
    Fixed(u32),
    Opus,
    Mp3,
    /// AC-3 and E-AC-3.
    Dolby,
    Dts,
    Flac,
    /// ALAC: as many as this, but where a frame says that it has fewer, as the last one.
    Alac(u32),
    /// PCM: so many bytes are a sample of each channel.
    Pcm(u32),
}

/// How many bytes of a frame tell how long it lasts.
pub(super) const HEAD: usize = 16;

impl Frames {
    /// Access units of AAC with this configuration, in samples of `rate`, which SBR may have doubled.
    pub(super) fn aac(config: &[u8], rate: u32) -> Option<Self> {
        let (coded_rate, samples) = aac::frame_of(config)?;
        let doubled = u64::from(samples) * u64::from(rate) / u64::from(coded_rate.max(1));
        u32::try_from(doubled).ok().filter(|&samples| samples > 0).map(Self::Fixed)
    }

    /// The samples of a frame that begins with these bytes; `None` where its header can't be read.
    pub(super) fn samples(self, head: &[u8]) -> Option<u32> {
        match self {
            Self::Fixed(samples) => Some(samples),
            Self::Opus => opus::samples(head),
            Self::Mp3 => mp3::Frame::read(head).map(|frame| frame.samples),
            Self::Dolby => dolby_frames::Frame::read(head).map(|frame| frame.samples),
            Self::Dts => dts_frames::Frame::read(head)?.core.map(|core| core.samples),
            Self::Flac => flac::samples(head),
            Self::Alac(most) => Some(alac::samples(head).unwrap_or(most)),
            Self::Pcm(_) => None, // its size tells
        }
    }

    /// The same of a frame of `size` bytes.
    pub(super) fn samples_in(self, head: &[u8], size: u32) -> Option<u32> {
        match self {
            Self::Pcm(bytes) => size.checked_div(bytes).filter(|&samples| samples > 0),
            _ => self.samples(head),
        }
    }
}

/// Where the frames of a track are in time, in ticks of its sampling rate.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    /// Where the first frame starts, by its time stamp.
    pub(super) start: Option<Ticks>,
    next: Ticks,
    /// How many gaps there were, and the longest.
    gaps: (usize, Ticks),
    /// How often frames overlapped.
    overlaps: usize,
}

impl Clock {
    /// Places a frame of this many ticks behind `samples` and gives its duration; `stamp` is its time stamp, off by
    /// `tolerance` at most. Where it starts later the frame before lasts longer, where it starts earlier that one is
    /// cut short.
    pub(super) fn place(&mut self, samples: &mut [Sample], ticks: u32, stamp: Option<Ticks>, tolerance: Ticks) -> u32 {
        if self.start.is_none() {
            self.next = stamp.unwrap_or(0);
            self.start = Some(self.next);
        }
        let off = stamp.map_or(0, |stamp| stamp.saturating_sub(self.next));
        if off.abs() > tolerance
            && let Some(last) = samples.last_mut()
        {
            let duration = Ticks::from(last.duration).saturating_add(off).clamp(1, Ticks::from(u32::MAX));
            let moved = duration - Ticks::from(last.duration);
            last.duration = u32::try_from(duration).expect("clamped");
            self.next = self.next.saturating_add(moved);
            if off > 0 {
                self.gaps = (self.gaps.0 + 1, self.gaps.1.max(off));
            } else {
                self.overlaps += 1;
            }
        }
        self.next = self.next.saturating_add(Ticks::from(ticks));
        ticks
    }

    /// A sentence on each kind of fault that had to be mended.
    pub(super) fn mended(&self, rate: u32) -> Vec<Message> {
        let gaps = (self.gaps.0 > 0).then(|| {
            let longest = format!("{:.3}", seconds(self.gaps.1, rate));
            message!(
                "its time stamps have {count} gaps, the longest {longest} s long; the frame before each lasts until its end",
                count = self.gaps.0,
                longest
            )
        });
        let overlaps = (self.overlaps > 0)
            .then(|| message!("its time stamps have {count} overlaps, which are cut short", count = self.overlaps));
        gaps.into_iter().chain(overlaps).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Messages;

    fn placed(stamps: &[Option<Ticks>], tolerance: Ticks) -> (Vec<u32>, Clock) {
        let (mut samples, mut clock) = (Vec::new(), Clock::default());
        for &stamp in stamps {
            let duration = clock.place(&mut samples, 1000, stamp, tolerance);
            samples.push(Sample { offset: 0, size: 1, duration, composition_offset: 0, entry: 0, sync: true });
        }
        (samples.iter().map(|sample| sample.duration).collect(), clock)
    }

    #[test]
    fn rounded_stamps_change_nothing() {
        let (durations, clock) = placed(&[Some(10), Some(1015), Some(2006), None, Some(4012)], 10);
        assert_eq!(durations, [1000; 5]);
        assert_eq!((clock.start, clock.mended(1000)), (Some(10), Vec::new()));
    }

    #[test]
    fn a_gap_prolongs_the_frame_before_and_an_overlap_cuts_it() {
        let (durations, clock) = placed(&[Some(0), Some(1500), Some(2500), Some(3200)], 10);
        assert_eq!(durations, [1500, 1000, 700, 1000]);
        let mended = Messages(clock.mended(1000)).text();
        assert!(mended.contains("1 gaps") && mended.contains("0.500 s") && mended.contains("1 overlaps"), "{mended}");
    }

    #[test]
    fn a_stamp_far_in_the_past_leaves_each_frame_a_tick() {
        let (durations, clock) = placed(&[Some(0), Some(-5000), Some(-4000), None], 10);
        assert_eq!(durations, [1, 1, 1000, 1000]);
        assert_eq!(clock.next, 2002);
    }

    #[test]
    fn sbr_doubles_the_samples_of_a_frame() {
        // AAC-LC at 44.1 kHz; HE-AAC, 22.05 kHz coded, 44.1 kHz decoded.
        assert_eq!(Frames::aac(&[0x12, 0x10], 44_100), Some(Frames::Fixed(1024)));
        assert_eq!(Frames::aac(&[0x2b, 0x92, 0x08, 0], 44_100), Some(Frames::Fixed(2048)));
        assert_eq!(Frames::aac(&[], 44_100), None);
    }
}
