//! Pictures by their presentation times: decoding times for containers that don't state them.

use super::Sample;
use crate::error::{Code, Error, Result};
use crate::time::Ticks;

/// Gives the samples of a video track, in decoding order, their durations and composition offsets from their
/// presentation times, and the track's presentation offset. Decoding goes by the same times in rising order, early
/// enough that each picture is decoded before it is shown; `last_duration` is that of the last one in presentation.
pub(super) fn place(samples: &mut [Sample], times: &[Ticks], last_duration: u32) -> Result<Ticks> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let Some(&first) = sorted.first() else { return Ok(0) };
    let shift = sorted.iter().zip(times).map(|(decode, present)| decode - present).max().unwrap_or(0).max(0);
    let mut next = sorted.iter().skip(1);
    for ((sample, &time), &decode) in samples.iter_mut().zip(times).zip(&sorted) {
        let duration = next.next().map_or(Ticks::from(last_duration), |next| next - decode);
        let too_far =
            |_| Error::new(Code::LimitExceeded, message!("two pictures are too far apart in time")).at(sample.offset);
        sample.duration = u32::try_from(duration).map_err(too_far)?;
        sample.composition_offset = i32::try_from(time - decode + shift).map_err(too_far)?;
    }
    Ok(first - shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(count: usize) -> Vec<Sample> {
        vec![Sample { offset: 0, size: 1, duration: 0, composition_offset: 0, entry: 0, sync: false }; count]
    }

    #[test]
    fn reordered_pictures_are_decoded_before_they_are_shown() {
        // I P B B at 40 ms, from 1 s on.
        let times = [1000, 1120, 1040, 1080];
        let mut pictures = samples(4);
        let offset = place(&mut pictures, &times, 40).unwrap();
        let mut decode = 0;
        for (picture, time) in pictures.iter().zip(times) {
            assert!(picture.composition_offset >= 0);
            assert_eq!(decode + i64::from(picture.composition_offset) + offset, time);
            decode += i64::from(picture.duration);
        }
        assert_eq!(pictures[3].duration, 40);
    }

    #[test]
    fn pictures_in_order_have_no_offset_and_keep_their_gaps() {
        let mut pictures = samples(3);
        assert_eq!(place(&mut pictures, &[0, 42, 142], 41).unwrap(), 0);
        let durations: Vec<_> = pictures.iter().map(|p| (p.duration, p.composition_offset)).collect();
        assert_eq!(durations, [(42, 0), (100, 0), (41, 0)]);
        assert_eq!(place(&mut [], &[], 41).unwrap(), 0);
    }

    #[test]
    fn pictures_an_age_apart_are_refused() {
        assert_eq!(place(&mut samples(2), &[0, 1 << 32], 41).unwrap_err().code, Code::LimitExceeded);
    }
}
