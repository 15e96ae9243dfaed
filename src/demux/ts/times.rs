//! Stamps → the times of samples, and tracks on one timeline that starts at 0.

use super::timeline::{Joined, RATE, Stamp};
use crate::demux::{Access, Kind, Sample, Track, pictures};
use crate::error::{Code, Error, Message, Messages, Result};
use crate::time::{Ticks, clock, rescale_nearest, seconds};

/// When a picture is decoded and shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    pub(super) decode: Ticks,
    pub(super) present: Ticks,
}

/// The times of all pictures; those without a stamp, which share a PES packet with one before, come a picture's
/// duration behind that one.
pub(super) fn fill(stamps: &[Stamp], samples: &[Sample], step: Ticks) -> Result<Vec<Time>> {
    let mut times: Vec<Time> = Vec::new();
    let mut stamps_left = stamps.iter().peekable();
    for (index, sample) in samples.iter().enumerate() {
        let stamp = stamps_left.next_if(|stamp| stamp.index == index);
        let time = stamp.map(|stamp| Time { decode: stamp.decode, present: stamp.present });
        if time.is_none() && stamps.iter().any(|stamp| stamp.present != stamp.decode) {
            let message = message!("a picture has no time stamp, among pictures that are shown in another order");
            return Err(Error::new(Code::InputDamaged, message).at(sample.offset));
        }
        let before = times.last().copied();
        let behind = |before: Time| Time { decode: before.decode + step, present: before.present + step };
        times.push(time.or(before.map(behind)).unwrap_or(Time { decode: 0, present: 0 }));
    }
    Ok(times)
}

/// Gives pictures their durations and composition offsets by the times that are stated, if decoding goes forward by
/// them; else by the presentation times alone. Gives the track's presentation offset.
pub(super) fn place(samples: &mut [Sample], times: &[Time], step: Ticks) -> Result<Ticks> {
    let last = u32::try_from(step).unwrap_or(1).max(1);
    let is_rising = times.is_sorted_by(|a, b| a.decode < b.decode);
    let is_early = times.iter().all(|time| time.decode <= time.present);
    let Some(&first) = times.first().filter(|_| is_rising && is_early) else {
        let present: Vec<Ticks> = times.iter().map(|time| time.present).collect();
        return pictures::place(samples, &present, last);
    };
    for (index, sample) in samples.iter_mut().enumerate() {
        let too_far =
            |_| Error::new(Code::LimitExceeded, message!("two pictures are too far apart in time")).at(sample.offset);
        let time = times[index];
        let duration = times.get(index + 1).map_or(Ticks::from(last), |next| next.decode - time.decode);
        sample.duration = u32::try_from(duration).map_err(too_far)?;
        sample.composition_offset = i32::try_from(time.present - time.decode).map_err(too_far)?;
    }
    Ok(first.decode)
}

/// How far off a time stamp of sound may be, in ticks of the sampling rate, before it counts.
pub(super) fn tolerance(frame: u32, rate: u32) -> Ticks {
    const JITTER_MS: Ticks = 10;
    rescale_nearest(JITTER_MS, 1000, rate).min(Ticks::from(frame) / 2).max(1)
}

/// A sentence on where recordings were joined.
pub(super) fn joints(joined: &Joined, start: Ticks) -> Option<Message> {
    const SHOWN: usize = 3;
    let all = &joined.joints;
    let places = all
        .iter()
        .take(SHOWN)
        .map(|&(at, time)| message!("{time} (byte {at})", time = clock(time.saturating_sub(start), RATE), at));
    let places = Messages(places.collect());
    match all.len() {
        0 => None,
        1..=SHOWN => Some(message!("the time stamps jump; the presentation goes on without a gap at {places}", places)),
        count => Some(message!(
            "the time stamps jump; the presentation goes on without a gap at {places}, and at {more} more places",
            places,
            more = count - SHOWN
        )),
    }
}

/// Leaves out the sound that is over before the first picture: without it a player would wait, or leap.
pub(super) fn start_with_pictures(tracks: &mut [Track]) {
    let pictures = tracks.iter().filter(|track| track.kind == Kind::Video);
    let first = pictures.map(|track| (start(track), track.timescale));
    let Some((first, timescale)) = first.min_by(|a, b| seconds(a.0, a.1).total_cmp(&seconds(b.0, b.1))) else { return };
    for track in tracks.iter_mut().filter(|track| track.kind == Kind::Audio) {
        let first = rescale_nearest(first, timescale, track.timescale);
        let ends = track.samples.iter().scan(track.presentation_offset, |end, sample| {
            *end += Ticks::from(sample.duration);
            Some(*end)
        });
        let early = ends.take_while(|&end| end <= first).count().min(track.samples.len() - 1);
        let left_out = track.samples.drain(..early).map(|sample| Ticks::from(sample.duration)).sum::<Ticks>();
        track.presentation_offset = track.presentation_offset.saturating_add(left_out);
        if let Access::Spread(spread) = &mut track.access {
            spread.pieces.drain(..early);
        }
    }
}

/// When the first of a track's samples is presented, in its ticks.
fn start(track: &Track) -> Ticks {
    /// Reordering reaches a few pictures back.
    const FIRST: usize = 64;
    let times = track.samples.iter().scan(0, |decode, sample| {
        let present = *decode + Ticks::from(sample.composition_offset);
        *decode += Ticks::from(sample.duration);
        Some(present)
    });
    times.take(FIRST).min().unwrap_or(0) + track.presentation_offset
}

/// Moves all tracks by the same time, so that the first of them starts at 0: the clock of a transport stream starts
/// anywhere. Gives by how much, in 1/90,000 s.
pub(super) fn start_at_zero(tracks: &mut [Track]) -> Ticks {
    let starts = tracks.iter().map(|track| (start(track), track.timescale));
    let earliest = starts.min_by(|a, b| seconds(a.0, a.1).total_cmp(&seconds(b.0, b.1)));
    let Some((earliest, timescale)) = earliest else { return 0 };
    for track in tracks {
        let ticks = rescale_nearest(earliest, timescale, track.timescale);
        track.presentation_offset = track.presentation_offset.saturating_sub(ticks);
    }
    rescale_nearest(earliest, timescale, RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Sample = Sample { offset: 0, size: 1, duration: 0, composition_offset: 0, entry: 0, sync: false };

    fn stamp(index: usize, decode: Ticks, present: Ticks) -> Stamp {
        Stamp { index, epoch: 0, present, decode }
    }

    #[test]
    fn pictures_have_the_times_that_are_stated() {
        let stamps = [stamp(0, 0, 7200), stamp(1, 3600, 18_000), stamp(2, 7200, 10_800)];
        let mut samples = [EMPTY; 3];
        let times = fill(&stamps, &samples, 3600).unwrap();
        assert_eq!(place(&mut samples, &times, 3600).unwrap(), 0);
        let found = samples.map(|sample| (sample.duration, sample.composition_offset));
        assert_eq!(found, [(3600, 7200), (3600, 14_400), (3600, 3600)]);
    }

    #[test]
    fn without_decoding_times_pictures_are_decoded_in_time() {
        // PTS alone: I P B B.
        let stamps = [0, 10_800, 3600, 7200].map(|time| (time, time));
        let stamps: Vec<_> = stamps.iter().enumerate().map(|(index, &(a, b))| stamp(index, a, b)).collect();
        let mut samples = [EMPTY; 4];
        let times = fill(&stamps, &samples, 3600).unwrap();
        let offset = place(&mut samples, &times, 3600).unwrap();
        let mut decode = offset;
        for (sample, time) in samples.iter().zip(&times) {
            assert_eq!(decode + Ticks::from(sample.composition_offset), time.present);
            assert!(sample.composition_offset >= 0);
            decode += Ticks::from(sample.duration);
        }
    }

    #[test]
    fn pictures_that_share_a_packet_follow_each_other_unless_they_are_reordered() {
        let times = fill(&[stamp(0, 900, 900), stamp(3, 11_700, 11_700)], &[EMPTY; 4], 3600).unwrap();
        assert_eq!(times.iter().map(|time| time.present).collect::<Vec<_>>(), [900, 4500, 8100, 11_700]);
        let error = fill(&[stamp(0, 0, 3600)], &[EMPTY; 2], 3600).unwrap_err();
        assert_eq!(error.code, Code::InputDamaged);
    }
}
