//! Time stamps of 33 bits on one timeline (ISO/IEC 13818-1:2019 clauses 2.4.3.6 and 2.7.6).
//!
//! Stamps wrap every 26.5 hours, which is told by the one before. Where they jump, as where two recordings are
//! joined, another epoch begins, for all streams of the programme; each stream goes over to it at its own next
//! stamp. When all was read, the epochs are put one behind the other.

use crate::error::{Code, Error, Result};
use crate::limits;
use crate::time::Ticks;

/// Ticks in a second.
pub(super) const RATE: u32 = 90_000;

/// Further ahead is a jump, not a gap.
const GAP: Ticks = 10 * RATE as Ticks;

/// Further ahead is a jump where the stream says that it is discontinuous, or where another one jumped.
const MARKED_GAP: Ticks = RATE as Ticks;

/// Further back is a jump: reordered pictures without decoding times go back by less.
const BACK: Ticks = RATE as Ticks;

/// The same where a jump is likely.
const MARKED_BACK: Ticks = RATE as Ticks / 10;

/// The time of what begins behind a PES header, in ticks of its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The index of the sample.
    pub(super) index: usize,
    pub(super) epoch: usize,
    pub(super) present: Ticks,
    pub(super) decode: Ticks,
}

/// A part of the file in which stamps follow each other.
#[derive(Debug, Clone, Copy)]
struct Epoch {
    /// The byte of the file that it begins at.
    at: u64,
    earliest: Ticks,
    latest: Ticks,
}

/// The epochs of a programme.
#[derive(Debug, Default)]
pub(super) struct Epochs(Vec<Epoch>);

/// Where a stream is in time.
#[derive(Debug, Default)]
pub(super) struct Follower {
    epoch: usize,
    last: Option<Ticks>,
    /// Whether it said that it is discontinuous since the last stamp.
    pub(super) is_marked: bool,
}

impl Epochs {
    /// The epoch of a stamp of a stream, which stands at byte `at`, and its time in it.
    pub(super) fn place(&mut self, follower: &mut Follower, stamp: u64, at: u64) -> Result<(usize, Ticks)> {
        let current = self.0.len().saturating_sub(1);
        let is_marked = std::mem::take(&mut follower.is_marked);
        let Some(&epoch) = self.0.last() else {
            let time = Ticks::try_from(stamp).unwrap_or(0);
            self.0.push(Epoch { at, earliest: time, latest: time });
            follower.last = Some(time);
            return Ok((0, time));
        };
        let (mut number, mut time) = match follower.last {
            None => (current, unwrapped(stamp, epoch.latest)),
            Some(last) => (follower.epoch, unwrapped(stamp, last)),
        };
        let is_near = |time: Ticks| (epoch.earliest - GAP..=epoch.latest + GAP).contains(&time);
        let is_behind = follower.epoch < current;
        let is_next = follower.last.map_or(is_near(time), |last| {
            let (gap, back) = if is_marked || is_behind { (MARKED_GAP, MARKED_BACK) } else { (GAP, BACK) };
            (last - back..=last + gap).contains(&time)
        });
        if !is_next {
            let there = unwrapped(stamp, epoch.latest);
            if is_behind && follower.last.is_some() && is_near(there) {
                (number, time) = (current, there);
            } else {
                self.0.push(Epoch { at, earliest: time, latest: time });
                number = self.0.len() - 1;
            }
        }
        let furthest = Ticks::from(limits::TIMELINE_SECONDS) * Ticks::from(RATE);
        if time.abs() > furthest {
            let message = message!("the time stamps span more than {most} s", most = limits::TIMELINE_SECONDS);
            return Err(Error::new(Code::LimitExceeded, message).at(at));
        }
        let epoch = &mut self.0[number];
        (epoch.earliest, epoch.latest) = (epoch.earliest.min(time), epoch.latest.max(time));
        (follower.epoch, follower.last) = (number, Some(time));
        Ok((number, time))
    }

    /// What must be added to the times of each epoch, so that it begins where the one before ends; `spans` are the
    /// epochs of all streams with the beginning and the end of what is in them. With it where each begins: the byte
    /// and the time.
    pub(super) fn joined(&self, spans: &[(usize, Ticks, Ticks)]) -> Joined {
        let mut shifts = vec![0; self.0.len()];
        let mut joints = Vec::new();
        let mut end: Option<Ticks> = None;
        for (number, epoch) in self.0.iter().enumerate() {
            let own = || spans.iter().filter(|&&(of, ..)| of == number);
            let (Some(first), Some(last)) = (own().map(|span| span.1).min(), own().map(|span| span.2).max()) else {
                continue;
            };
            if let Some(end) = end {
                shifts[number] = end - first;
                joints.push((epoch.at, end));
            }
            end = Some(last + shifts[number]);
        }
        Joined { shifts, joints }
    }
}

/// The epochs one behind the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// What is added to the times of each.
    pub(super) shifts: Vec<Ticks>,
    /// Where all but the first begin: the byte of the file, and the time.
    pub(super) joints: Vec<(u64, Ticks)>,
}

/// The time nearest to `near` that is `stamp` modulo 2^33.
fn unwrapped(stamp: u64, near: Ticks) -> Ticks {
    const MODULUS: Ticks = 1 << 33;
    let off = (Ticks::try_from(stamp).unwrap_or(0) - near).rem_euclid(MODULUS);
    near + if off > MODULUS / 2 { off - MODULUS } else { off }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = RATE as u64;

    fn all(epochs: &mut Epochs, follower: &mut Follower, stamps: &[u64]) -> Vec<(usize, Ticks)> {
        stamps.iter().map(|&stamp| epochs.place(follower, stamp, 100).unwrap()).collect()
    }

    #[test]
    fn stamps_wrap_after_33_bits_in_either_direction() {
        let (mut epochs, mut follower) = (Epochs::default(), Follower::default());
        let top = (1 << 33) - 3000;
        let placed = all(&mut epochs, &mut follower, &[top, 600, top + 2000, 4200]);
        let from = Ticks::try_from(top).unwrap();
        assert_eq!(placed, [(0, from), (0, from + 3600), (0, from + 2000), (0, from + 7200)]);
    }

    #[test]
    fn a_jump_begins_an_epoch_that_the_other_stream_joins_when_it_gets_there() {
        let (mut epochs, mut pictures, mut sound) = (Epochs::default(), Follower::default(), Follower::default());
        all(&mut epochs, &mut pictures, &[126_000, 129_600]);
        all(&mut epochs, &mut sound, &[126_000]);
        assert_eq!(all(&mut epochs, &mut pictures, &[7_000_000]), [(1, 7_000_000)]);
        let placed = all(&mut epochs, &mut sound, &[128_000, 130_000, 6_999_000]);
        assert_eq!(placed, [(0, 128_000), (0, 130_000), (1, 6_999_000)]);
        // The second begins where the first ends.
        let spans =
            [(0, 126_000, 133_200), (0, 126_000, 132_000), (1, 7_000_000, 7_003_600), (1, 6_999_000, 7_001_000)];
        let joined = epochs.joined(&spans);
        assert_eq!(joined, Joined { shifts: vec![0, 133_200 - 6_999_000], joints: vec![(100, 133_200)] });
    }

    #[test]
    fn a_stream_far_from_the_others_begins_an_epoch() {
        let (mut epochs, mut pictures, mut sound) = (Epochs::default(), Follower::default(), Follower::default());
        all(&mut epochs, &mut sound, &[9000 * SECOND]);
        assert_eq!(all(&mut epochs, &mut pictures, &[SECOND, 2 * SECOND])[1].0, 1);
        assert_eq!(all(&mut epochs, &mut sound, &[SECOND])[0].0, 1);
    }

    #[test]
    fn a_gap_is_none_unless_it_is_marked() {
        let placed = |is_marked, stamps: [u64; 2]| {
            let (mut epochs, mut follower) = (Epochs::default(), Follower::default());
            all(&mut epochs, &mut follower, &stamps[..1]);
            follower.is_marked = is_marked;
            all(&mut epochs, &mut follower, &stamps[1..])[0].0
        };
        assert_eq!(placed(false, [0, 9 * SECOND]), 0);
        assert_eq!(placed(false, [0, 11 * SECOND]), 1);
        assert_eq!(placed(true, [0, 9 * SECOND]), 1);
        assert_eq!(placed(false, [9 * SECOND, 9 * SECOND - 45_000]), 0);
        assert_eq!(placed(true, [9 * SECOND, 9 * SECOND - 45_000]), 1);
        assert_eq!(placed(false, [9 * SECOND, 0]), 1);
    }
}
