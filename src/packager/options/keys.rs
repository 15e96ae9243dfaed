//! Content keys: a user's texts in the grammar of the command line, or objects as the package itself gives them.

use crate::demux::Properties;
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId, KeyPair};
use crate::options::read::{Reader, Text, count, flag, list, object, parsed, secret, text, whole};
use crate::options::{At, Described, Given, Kind, Value, options};

/// A key that is read without an error.
pub(super) const EXAMPLE: &str = "cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e";

/// Reads `[LABEL[@PERIOD]=]KID:KEY`.
pub(super) fn labelled() -> Text<GivenKey> {
    secret("[LABEL=]KID:KEY", EXAMPLE, GivenKey::parse)
}

/// Reads `[LABEL=]KID:KEY`, and passes over a label, as the command line prints one.
pub fn pair() -> Text<KeyPair> {
    secret("KID:KEY", EXAMPLE, |text| Ok(GivenKey::parse(text)?.pair))
}

/// Reads [`TrackKey`].
pub(super) fn of_tracks() -> impl Reader<Out = GivenKey> {
    object().then(TrackKey::checked)
}

options! {
    /// A key for some tracks: those of a label, those in one of the ranges, or all. Of several ranges the narrowest
    /// counts. A `KeyInfo`, as a job or `randomKey()` gives it, is one.
    pub(super) struct TrackKey = "TrackKey" {
        /// The key id, in any notation.
        kid: KeyId = "kid", Bytes { parse: KeyId::parse, is_secret: false };
        /// The content key, likewise. A secret.
        key: ContentKey = "key", Bytes { parse: ContentKey::parse, is_secret: true };
        /// The label, as in `HD`; of all tracks by default. With ranges it is a name only.
        label: Option<String> = "label", text().or_null();
        /// The crypto period from 0, which is the default.
        period: Option<usize> = "period", whole(0, u32::MAX).optional();
        /// Pixels of pictures.
        pixels: Vec<Range> = "pixels", list(object());
        /// Channels of sound.
        channels: Vec<Range> = "channels", list(object());
        /// Whether it was made up, as a `KeyInfo` says; it makes no difference here.
        _generated: bool = "generated", flag();
    }
}

options! {
    /// A range of numbers, both ends among them; `null` where there is no end.
    #[derive(Copy)]
    pub(super) struct Range = "KeyRange" {
        /// The least.
        min: Option<u64> = "min", count().or_null();
        /// The most.
        max: Option<u64> = "max", count().or_null();
    }
}

impl From<Range> for Bounds {
    fn from(Range { min, max }: Range) -> Self {
        Self { min: min.unwrap_or(0), max }
    }
}

impl TrackKey {
    fn checked(self) -> Result<GivenKey> {
        let Self { kid, key, label, period, pixels, channels, _generated: _ } = self;
        let bounds = |ranges: Vec<Range>| ranges.into_iter().map(Bounds::from).collect();
        let filter = Filter { pixels: bounds(pixels), channels: bounds(channels) };
        let filter = (filter != Filter::default()).then_some(filter);
        let label = label.filter(|label| !label.is_empty());
        Ok(GivenKey { label, period: period.unwrap_or(0), pair: KeyPair { kid, key }, filter })
    }
}

/// 16 bytes as text, or as the `Notations` that the package gives: of those the hexadecimal one is read.
struct Bytes<T> {
    parse: fn(&str) -> Result<T>,
    is_secret: bool,
}

impl<T> Reader for Bytes<T> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        let hex = match value {
            Value::Object(members) => members.iter().find(|(name, _)| name == "hex").map(|(_, value)| value),
            _ => None,
        };
        self.text().read(hex.unwrap_or(value), at)
    }

    fn described(&self) -> Described {
        let text = self.text().described();
        Described::required(Kind::Either(Box::new(text.kind), Box::new(Kind::Host("Notations"))))
    }
}

impl<T> Bytes<T> {
    fn text(&self) -> Text<T> {
        let (form, example) = ("HEX", &EXAMPLE[..32]);
        if self.is_secret { secret(form, example, self.parse) } else { parsed(form, example, self.parse) }
    }
}

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
    pub(in crate::packager) fn width(&self, properties: Properties) -> Option<u64> {
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
            let message = message!("a key's label names its crypto period with a number, as in HD@1");
            Error::new(Code::KeyInvalid, message)
        })?;
        let label = (!label.is_empty()).then(|| label.to_owned());
        Ok(Self { label, period, pair: KeyPair::parse(pair)?, filter: None })
    }

    /// Whether both are for the same tracks and crypto period.
    pub fn is_for_same(&self, other: &Self) -> bool {
        (&self.label, self.period, &self.filter) == (&other.label, other.period, &other.filter)
    }
}

options! {
    /// Up to how many pixels a picture has which label; by default the ranges of the CPIX presets (SPEKE v2).
    #[derive(Copy, PartialEq, Eq)]
    pub struct PixelLimits = "PixelLimits" {
        /// Up to which it is `SD`; 589824 by default.
        pub sd: u64 = "sd", count().or(Given::Number(589_824.0)), { label: "SD" };
        /// Up to which it is `HD`; 2073600 by default.
        pub hd: u64 = "hd", count().or(Given::Number(2_073_600.0)), { label: "HD" };
        /// Up to which it is `UHD1`, and `UHD2` above; 8847360 by default.
        pub uhd1: u64 = "uhd1", count().or(Given::Number(8_847_360.0)), { label: "UHD1" };
    }
}

impl Default for PixelLimits {
    fn default() -> Self {
        Self { sd: 589_824, hd: 2_073_600, uhd1: 8_847_360 }
    }
}

impl PixelLimits {
    /// The label of a track's class.
    pub(in crate::packager) fn class(self, properties: Properties) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::VideoRange;

    #[test]
    fn labels_and_periods_stand_before_the_key() {
        let key = GivenKey::parse(&format!("HD@2={EXAMPLE}")).unwrap();
        assert_eq!((key.label.as_deref(), key.period), (Some("HD"), 2));
        assert_eq!(GivenKey::parse(EXAMPLE).unwrap().label, None);
        let base64 = GivenKey::parse("y7w4trUNq1P4Jj4Gtzgqow==:lZ29ZzmA4dG98tNiCUlfTg==").unwrap();
        assert_eq!(base64.pair.kid, key.pair.kid);
        assert!(GivenKey::parse(&format!("HD@x={EXAMPLE}")).is_err());
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
