//! Pictures a second, for streams that state no times.

use super::{Access, Track};
use crate::error::{Code, Error, Result};
use crate::time::gcd;

/// How many pictures in how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate {
    pictures: u32,
    seconds: u32,
}

impl FrameRate {
    /// What is taken where nobody says.
    pub const DEFAULT: Self = Self { pictures: 25, seconds: 1 };

    const FASTEST: u64 = 1000;

    /// Reads `25`, `29.97` or `30000/1001`: from one picture to a thousand in a second.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || {
            let message = message!("{text:?} isn't a number of pictures a second, as 25, 23.976 or 30000/1001", text);
            Error::new(Code::OptionInvalid, message)
        };
        let (pictures, seconds) = match (text.split_once('/'), text.split_once('.')) {
            (Some((pictures, seconds)), _) => (pictures.parse().ok(), seconds.parse().ok()),
            (None, Some((whole, digits))) => {
                let scale = u32::try_from(digits.len()).ok().and_then(|count| 10u64.checked_pow(count));
                (format!("{whole}{digits}").parse().ok(), scale)
            }
            (None, None) => (text.parse().ok(), Some(1)),
        };
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'.'));
        let rate = pictures.zip(seconds).filter(|_| is_digits);
        rate.and_then(|(pictures, seconds)| Self::of(pictures, seconds)).ok_or_else(invalid)
    }

    /// So many pictures in so many seconds, if that is one to a thousand in a second; in lowest terms.
    pub(super) fn of(pictures: u64, seconds: u64) -> Option<Self> {
        let is_likely = seconds > 0 && seconds <= pictures && pictures <= seconds.saturating_mul(Self::FASTEST);
        let divisor = gcd(pictures, seconds);
        let part = |count: u64| u32::try_from(count / divisor).ok();
        let (pictures, seconds) = part(pictures).zip(part(seconds)).filter(|_| is_likely)?;
        Some(Self { pictures, seconds })
    }

    /// How many ticks a picture lasts, and how many a second has: ten thousand at the least.
    pub(super) fn clock(self) -> (u32, u32) {
        const LEAST: u32 = 10_000;
        let finer = LEAST.div_ceil(self.pictures);
        // Below LEAST each, or not made finer.
        (self.seconds * finer, self.pictures * finer)
    }
}

impl Track {
    /// Takes another rate for pictures whose times are counted, as those of a bare stream are; refuses it for others.
    pub fn set_frame_rate(&mut self, rate: FrameRate) -> Result<()> {
        let Some(step) = self.samples.first().map(|sample| sample.duration.max(1)) else { return Ok(()) };
        if !matches!(self.access, Access::ByteStream(_)) {
            let message = message!("its pictures have times of their own: a frame rate is said of raw H.264 and HEVC");
            return Err(Error::new(Code::OptionInvalid, message));
        }
        let (duration, timescale) = rate.clock();
        let too_far = |_| Error::new(Code::LimitExceeded, message!("two pictures are too far apart in time"));
        let scaled = |ticks: i64| ticks / i64::from(step) * i64::from(duration);
        for sample in &mut self.samples {
            sample.duration = u32::try_from(scaled(sample.duration.into())).map_err(too_far)?;
            sample.composition_offset = i32::try_from(scaled(sample.composition_offset.into())).map_err(too_far)?;
        }
        self.presentation_offset = scaled(self.presentation_offset);
        self.timescale = timescale;
        super::check_times(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_in_the_ways_that_people_write_it() {
        let rate = |text: &str| FrameRate::parse(text).map(|rate| (rate.pictures, rate.seconds)).ok();
        assert_eq!(rate("25"), Some((25, 1)));
        assert_eq!(rate("50/2"), Some((25, 1)));
        assert_eq!(rate("30000/1001"), Some((30_000, 1001)));
        assert_eq!(rate("23.976"), Some((2997, 125)));
        for text in ["", "0", "-25", "25/0", "1/2", "1001", "25fps", "2.5.0", "1/2/3", "99999999999/1", "+25"] {
            assert_eq!(rate(text), None, "{text}");
        }
    }

    #[test]
    fn its_clock_is_fine_enough() {
        let clock = |pictures, seconds| FrameRate::of(pictures, seconds).map(FrameRate::clock);
        assert_eq!(clock(50, 2), Some((400, 10_000)));
        assert_eq!(clock(48_000, 2002), Some((1001, 24_000)));
        assert_eq!(clock(60_000, 1001), Some((1001, 60_000)));
        // A picture every two seconds; ten thousand pictures a second.
        assert_eq!(clock(1, 2), None);
        assert_eq!(clock(10_000, 1), None);
    }
}
