//! Content keys with what they are for: as users give them, and as a plan has them.

use crate::demux::Properties;
use crate::error::{Code, Error, Result};
use crate::keys::KeyPair;
use crate::options::read::{Reader, count};
use crate::options::{Given, options};

/// A key that the user gave, for the tracks that a label names.
#[derive(Debug, Clone)]
pub struct GivenKey {
    /// The label; `None` for every track that no other key's label names.
    pub label: Option<String>,
    /// The crypto period from 0, under key rotation.
    pub period: usize,
    /// The key with its id.
    pub pair: KeyPair,
    /// Which tracks it is for, where filters say it rather than the label.
    pub filter: Option<Filter>,
}

/// Tracks by their properties: pictures by pixels, or sound by channels; bounds inclusive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Pixels of pictures.
    pub pixels: Vec<Bounds>,
    /// Channels of sound.
    pub channels: Vec<Bounds>,
}

/// The least and the most, both among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least; 0 where there is no bound.
    pub min: u64,
    /// The most; `None` where there is no bound.
    pub max: Option<u64>,
}

impl Filter {
    /// How wide the narrowest range is that a track lies in; `None` where it lies in none.
    pub(super) fn width(&self, properties: Properties) -> Option<u64> {
        let (bounds, value) = match properties {
            Properties::Video { width, height, .. } => (&self.pixels, u64::from(width) * u64::from(height)),
            Properties::Audio { channels, .. } => (&self.channels, u64::from(channels)),
            Properties::Text => return None,
        };
        let around = bounds.iter().filter(|bounds| bounds.min <= value && bounds.max.is_none_or(|max| value <= max));
        around.map(|bounds| bounds.max.unwrap_or(u64::MAX).saturating_sub(bounds.min)).min()
    }
}

impl GivenKey {
    /// Reads `[LABEL[@PERIOD]=]KID:KEY`.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, pair) = match text.split_once('=') {
            // Base64 of 16 bytes ends with `==`, and what stands before a label's `=` has no colon.
            Some((name, pair)) if !name.contains(':') && !pair.starts_with('=') => (name.trim(), pair),
            _ => ("", text),
        };
        let (label, period) = name.split_once('@').unwrap_or((name, "0"));
        let period = period.parse().map_err(|_| {
            Error::new(Code::KeyInvalid, "a key's label names its crypto period with a number, as in HD@1")
                .option("key")
        })?;
        let label = (!label.is_empty()).then(|| label.to_owned());
        Ok(Self { label, period, pair: KeyPair::parse(pair)?, filter: None })
    }
}

options! {
    /// Up to how many pixels a picture has which label; by default the ranges of the CPIX presets (SPEKE v2).
    #[derive(Copy, PartialEq, Eq)]
    pub struct PixelLimits = "PixelLimits" {
        /// Up to which it is `SD`; 589824 by default.
        pub sd: u64 = "sd", count().or(Given::Number(589_824.0));
        /// Up to which it is `HD`; 2073600 by default.
        pub hd: u64 = "hd", count().or(Given::Number(2_073_600.0));
        /// Up to which it is `UHD1`, and `UHD2` above; 8847360 by default.
        pub uhd1: u64 = "uhd1", count().or(Given::Number(8_847_360.0));
    }
}

impl Default for PixelLimits {
    fn default() -> Self {
        Self { sd: 589_824, hd: 2_073_600, uhd1: 8_847_360 }
    }
}

impl PixelLimits {
    /// The label of a track's class.
    pub(super) fn class(self, properties: Properties) -> &'static str {
        match properties {
            Properties::Audio { .. } => "AUDIO",
            Properties::Text => "TEXT",
            Properties::Video { width, height, .. } => match u64::from(width) * u64::from(height) {
                pixels if pixels <= self.sd => "SD",
                pixels if pixels <= self.hd => "HD",
                pixels if pixels <= self.uhd1 => "UHD1",
                _ => "UHD2",
            },
        }
    }
}

/// A key of the plan, with what it was made for.
#[derive(Debug, Clone)]
pub struct PlannedKey {
    /// The label; `None` for a key of all tracks.
    pub label: Option<String>,
    /// The crypto period from 0.
    pub period: usize,
    /// The key with its id.
    pub pair: KeyPair,
    /// Whether it was made for this job.
    pub generated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::VideoRange;

    const PAIR: &str = "cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e";

    #[test]
    fn labels_and_periods_stand_before_the_key() {
        let key = GivenKey::parse(&format!("HD@2={PAIR}")).unwrap();
        assert_eq!((key.label.as_deref(), key.period), (Some("HD"), 2));
        assert_eq!(GivenKey::parse(PAIR).unwrap().label, None);
        let base64 = GivenKey::parse("y7w4trUNq1P4Jj4Gtzgqow==:lZ29ZzmA4dG98tNiCUlfTg==").unwrap();
        assert_eq!(base64.pair.kid, key.pair.kid);
        assert!(GivenKey::parse(&format!("HD@x={PAIR}")).is_err());
    }

    #[test]
    fn the_narrowest_filter_around_a_track_counts() {
        let video = |pixels: u32| Properties::Video {
            width: pixels,
            height: 1,
            sample_aspect_ratio: (1, 1),
            colour: None,
            video_range: VideoRange::Sdr,
        };
        let filter = |pixels: &[(u64, Option<u64>)]| Filter {
            pixels: pixels.iter().map(|&(min, max)| Bounds { min, max }).collect(),
            channels: vec![Bounds { min: 3, max: Some(6) }],
        };
        let (hd, uhd) = (filter(&[(589_825, None)]), filter(&[(2_073_601, None)]));
        assert!(uhd.width(video(2_073_601)) < hd.width(video(2_073_601)));
        assert_eq!((hd.width(video(589_824)), uhd.width(video(2_073_600))), (None, None));
        let sum = filter(&[(0, Some(589_824)), (589_825, Some(921_600))]);
        assert!(sum.width(video(1)).is_some() && sum.width(video(921_600)).is_some());
        assert_eq!(sum.width(video(921_601)), None);
        let audio = |channels| Properties::Audio { sampling_rate: 48_000, channels };
        assert_eq!([2, 3, 6, 7].map(|count| sum.width(audio(count)).is_some()), [false, true, true, false]);
    }

    #[test]
    fn classes_follow_the_cpix_presets() {
        let class = |width, height| {
            PixelLimits::default().class(Properties::Video {
                width,
                height,
                sample_aspect_ratio: (1, 1),
                colour: None,
                video_range: VideoRange::Sdr,
            })
        };
        assert_eq!([class(1024, 576), class(1280, 720), class(1920, 1080)], ["SD", "HD", "HD"]);
        assert_eq!([class(3840, 2160), class(4096, 2160), class(7680, 4320)], ["UHD1", "UHD1", "UHD2"]);
    }
}
