//! Time expressions (TTML 2 section 12.3.1).

use crate::limits;

/// How a document counts frames and ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    frame_rate: f64,
    multiplier: f64,
    tick_rate: Option<f64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { frame_rate: 30.0, multiplier: 1.0, tick_rate: None }
    }
}

impl Clock {
    /// Takes a parameter of the root, by its name with any prefix.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let positive = |text: &str| text.trim().parse::<f64>().ok().filter(|rate| rate.is_normal() && *rate > 0.0);
        let parameter = name.rsplit(':').next().unwrap_or_default();
        match parameter {
            "frameRate" => self.frame_rate = positive(value).unwrap_or(self.frame_rate),
            "tickRate" => self.tick_rate = positive(value),
            "frameRateMultiplier" => {
                let parts = value.split_once([' ', ':']);
                let ratio = parts.and_then(|(a, b)| Some(positive(a)? / positive(b)?));
                self.multiplier = ratio.filter(|ratio| ratio.is_normal()).unwrap_or(self.multiplier);
            }
            _ => (),
        }
    }

    /// An expression in milliseconds.
    pub(super) fn read(&self, text: &str) -> Option<u64> {
        let text = text.trim();
        let seconds = match text.split(':').collect::<Vec<_>>()[..] {
            [offset] => {
                let digits = offset.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                number(digits)? * self.seconds_of(&offset[digits.len()..])?
            }
            [hours, minutes, seconds] => number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(seconds)?,
            [hours, minutes, seconds, frames] => {
                let frames = frames.split('.').next().unwrap_or_default(); // without subframes
                let whole = number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(seconds)?;
                whole + number(frames)? * self.seconds_of("f")?
            }
            _ => return None,
        };
        if !(0.0..f64::from(limits::TIMELINE_SECONDS)).contains(&seconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a year of milliseconds")]
        Some((seconds * 1000.0).round() as u64)
    }

    fn seconds_of(&self, metric: &str) -> Option<f64> {
        let frame = 1.0 / (self.frame_rate * self.multiplier);
        Some(match metric {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "f" => frame,
            // Without a rate of its own a tick is a frame where a rate of frames is given, else a second.
            "t" => self.tick_rate.map_or(frame, |rate| 1.0 / rate),
            _ => return None,
        })
    }
}

fn number(text: &str) -> Option<f64> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_times_and_offsets() {
        let mut clock = Clock::default();
        assert_eq!(clock.read("01:02:03.456"), Some(3_723_456));
        assert_eq!(clock.read("00:00:01:15"), Some(1500));
        assert_eq!(clock.read("1.5s"), Some(1500));
        assert_eq!(clock.read("2m"), Some(120_000));
        assert_eq!(clock.read("250ms"), Some(250));
        clock.set("ttp:frameRate", "24");
        clock.set("ttp:frameRateMultiplier", "1000 1001");
        assert_eq!(clock.read("24f"), Some(1001));
        clock.set("ttp:tickRate", "10000000");
        assert_eq!(clock.read("15000000t"), Some(1500));
        for bad in ["", "1", "x", "1:2", "00:00:-1", "1e9s", "99999999999h", "NaNs", "infs"] {
            assert_eq!(clock.read(bad), None, "{bad:?}");
        }
    }
}
