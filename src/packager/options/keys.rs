//! Content keys: a user's texts in the grammar of the command line, or objects as the package itself gives them.

use crate::codec::VideoRange;
use crate::demux::Properties;
use crate::error::{Code, Error, Result};
use crate::keys::{self, ContentKey, KeyId, KeyPair};
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
        /// Frames a second of pictures: above the least, up to the most.
        frame_rates: Vec<Range> = "frameRates", list(object());
        /// Whether pictures have a high dynamic range (PQ or HLG).
        hdr: Option<bool> = "hdr", flag().optional();
        /// Whether pictures have a wide colour gamut (BT.2020 or P3).
        wide_gamut: Option<bool> = "wideGamut", flag().optional();
        /// Bits a second, on average.
        bitrates: Vec<Range> = "bitrates", list(object());
        /// Labels of which the track has to have one besides; also the track's name.
        labels: Vec<String> = "labels", list(text());
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
        let Self { kid, key, label, period, pixels, channels, frame_rates, hdr, wide_gamut, bitrates, labels, .. } =
            self;
        let bounds = |ranges: Vec<Range>| ranges.into_iter().map(Bounds::from).collect();
        let filter = Filter {
            pixels: bounds(pixels),
            channels: bounds(channels),
            frame_rates: bounds(frame_rates),
            hdr,
            wide_gamut,
            bitrates: bounds(bitrates),
            labels,
        };
        let filter = (filter != Filter::default()).then_some(filter);
        let label = label.filter(|label| !label.is_empty());
        Ok(GivenKey { label, period: period.unwrap_or(0), pair: KeyPair { kid, key }, filter, is_typed: false })
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
        let text = if self.is_secret { secret(form, example, self.parse) } else { parsed(form, example, self.parse) };
        text.pattern(keys::PATTERN)
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
    /// Whether somebody wrote it, so that a label that no track has is a slip; key servers give keys of tracks that a
    /// title doesn't have.
    pub is_typed: bool,
}

/// Tracks by their properties: pictures by pixels, or sound by channels; bounds inclusive. Kinds of filters narrow each
/// other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Pixels of pictures.
    pub pixels: Vec<Bounds>,
    /// Channels of sound.
    pub channels: Vec<Bounds>,
    /// Frames a second of pictures: above the least, up to the most.
    pub frame_rates: Vec<Bounds>,
    /// Whether pictures have a high dynamic range.
    pub hdr: Option<bool>,
    /// Whether pictures have a wide colour gamut.
    pub wide_gamut: Option<bool>,
    /// Bits a second.
    pub bitrates: Vec<Bounds>,
    /// Labels of which a track has one.
    pub labels: Vec<String>,
}

/// What filters look at.
#[derive(Debug, Clone)]
pub(in crate::packager) struct Measured {
    pub(in crate::packager) properties: Properties,
    /// Frames a second, as a fraction; of pictures.
    pub(in crate::packager) frame_rate: Option<(u32, u32)>,
    /// Bits a second, on average.
    pub(in crate::packager) bitrate: u64,
    /// The labels that the track answers to.
    pub(in crate::packager) labels: Vec<String>,
}

/// The least and the most, both among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least; 0 where there is no bound.
    pub min: u64,
    /// The most; `None` where there is no bound.
    pub max: Option<u64>,
}

/// How wide the ranges are that a track lies in, the one that counts most first.
type Widths = (u64, u64, u64, bool);

impl Filter {
    /// How wide the narrowest ranges are that a track lies in; `None` where it lies in none.
    pub(in crate::packager) fn width(&self, track: &Measured) -> Option<Widths> {
        let narrowest = |bounds: &[Bounds], holds: &dyn Fn(&Bounds) -> bool| match bounds {
            [] => Some(u64::MAX),
            some => some.iter().filter(|bounds| holds(bounds)).map(Bounds::width).min(),
        };
        let is_of_all_kinds = self.pixels.is_empty() && self.channels.is_empty();
        let has = |value: u64| move |bounds: &Bounds| bounds.min <= value && bounds.max.is_none_or(|max| value <= max);
        let (of_kind, value) = match track.properties {
            Properties::Video { width, height, .. } => (&self.pixels, u64::from(width) * u64::from(height)),
            Properties::Audio { channels, .. } => (&self.channels, u64::from(channels)),
            Properties::Text => return None,
        };
        if of_kind.is_empty() && !is_of_all_kinds {
            return None;
        }
        let size = narrowest(of_kind, &has(value))?;
        let bitrate = narrowest(&self.bitrates, &has(track.bitrate))?;
        let is_labelled = self.labels.is_empty() || self.labels.iter().any(|label| track.labels.contains(label));
        let (rate, has_colours) = match track.properties {
            Properties::Video { colour, video_range, .. } => {
                let (frames, seconds) = track.frame_rate.unwrap_or((0, 1));
                let (frames, seconds) = (u128::from(frames), u128::from(seconds));
                let holds = |bounds: &Bounds| {
                    let above = bounds.min == 0 || frames > u128::from(bounds.min) * seconds;
                    above && bounds.max.is_none_or(|max| frames <= u128::from(max) * seconds)
                };
                let is_wide = colour.is_some_and(|colour| colour.is_wide_gamut());
                let is = |wanted: Option<bool>, found: bool| wanted.is_none_or(|wanted| wanted == found);
                let fits = is(self.hdr, video_range != VideoRange::Sdr) && is(self.wide_gamut, is_wide);
                (narrowest(&self.frame_rates, &holds)?, fits)
            }
            // What is said of pictures doesn't narrow sound.
            _ => (u64::MAX, true),
        };
        let asks_nothing = self.hdr.is_none() && self.wide_gamut.is_none();
        (is_labelled && has_colours).then_some((size, bitrate, rate, asks_nothing))
    }

    /// The filters in the words of CPIX.
    pub(in crate::packager) fn describe(&self) -> String {
        let ranges = |name: &str, unit: &str, all: &[Bounds]| -> Vec<String> {
            let one = |bounds: &Bounds| {
                let max = bounds.max.map(|max| format!(" max{unit}={max}")).unwrap_or_default();
                let min = if bounds.min > 0 { format!(" min{unit}={}", bounds.min) } else { String::new() };
                format!("{name}{min}{max}")
            };
            all.iter().map(one).collect()
        };
        let mut words = ranges("VideoFilter", "Pixels", &self.pixels);
        words.extend(ranges("VideoFilter", "Fps", &self.frame_rates));
        words.extend(self.hdr.map(|hdr| format!("VideoFilter hdr={hdr}")));
        words.extend(self.wide_gamut.map(|wcg| format!("VideoFilter wcg={wcg}")));
        words.extend(ranges("AudioFilter", "Channels", &self.channels));
        words.extend(ranges("BitrateFilter", "Bitrate", &self.bitrates));
        words.extend(self.labels.iter().map(|label| format!("LabelFilter label={label}")));
        words.join(", ")
    }
}

impl Bounds {
    fn width(&self) -> u64 {
        self.max.unwrap_or(u64::MAX).saturating_sub(self.min)
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
        Ok(Self { label, period, pair: KeyPair::parse(pair)?, filter: None, is_typed: true })
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

    #[test]
    fn labels_and_periods_stand_before_the_key() {
        let key = GivenKey::parse(&format!("HD@2={EXAMPLE}")).unwrap();
        assert_eq!((key.label.as_deref(), key.period), (Some("HD"), 2));
        assert_eq!(GivenKey::parse(EXAMPLE).unwrap().label, None);
        let base64 = GivenKey::parse("y7w4trUNq1P4Jj4Gtzgqow==:lZ29ZzmA4dG98tNiCUlfTg==").unwrap();
        assert_eq!(base64.pair.kid, key.pair.kid);
        assert!(GivenKey::parse(&format!("HD@x={EXAMPLE}")).is_err());
    }

    fn measured(properties: Properties) -> Measured {
        Measured { properties, frame_rate: Some((30_000, 1001)), bitrate: 1_000_000, labels: vec!["video-1".into()] }
    }

    fn pictures(pixels: u32, video_range: VideoRange) -> Measured {
        measured(Properties::Video { width: pixels, height: 1, sample_aspect_ratio: (1, 1), colour: None, video_range })
    }

    #[test]
    fn every_kind_of_filter_narrows() {
        let bounds = |min, max| vec![Bounds { min, max }];
        let all = || Filter { pixels: bounds(0, None), ..Filter::default() };
        let (sdr, hdr) = (pictures(100, VideoRange::Sdr), pictures(100, VideoRange::Pq));
        let fits = |filter: &Filter, track: &Measured| filter.width(track).is_some();
        let sound = measured(Properties::Audio { sampling_rate: 48_000, channels: 2 });
        assert!(fits(&all(), &sdr) && !fits(&all(), &sound));
        let of_hdr = Filter { hdr: Some(true), ..all() };
        assert_eq!((fits(&of_hdr, &sdr), fits(&of_hdr, &hdr)), (false, true));
        assert!(of_hdr.width(&hdr) < all().width(&hdr), "the one that asks for more counts");
        assert!(!fits(&Filter { wide_gamut: Some(true), ..all() }, &sdr));
        // 29.97 frames a second: above 29, up to 30.
        for (range, expected) in
            [((0, Some(30)), true), ((29, None), true), ((30, None), false), ((0, Some(29)), false)]
        {
            let filter = Filter { frame_rates: bounds(range.0, range.1), ..all() };
            assert_eq!(fits(&filter, &sdr), expected, "{range:?}");
        }
        let low = Filter { bitrates: bounds(0, Some(1_000_000)), ..Filter::default() };
        let high = Filter { bitrates: bounds(1_000_001, None), ..Filter::default() };
        assert_eq!([fits(&low, &sdr), fits(&low, &sound), fits(&high, &sdr)], [true, true, false]);
        let labelled = |label: &str| Filter { labels: vec![label.into()], ..all() };
        assert_eq!((fits(&labelled("video-1"), &sdr), fits(&labelled("video-2"), &sdr)), (true, false));
        let words = Filter { hdr: Some(false), bitrates: bounds(5, None), ..all() }.describe();
        assert_eq!(words, "VideoFilter, VideoFilter hdr=false, BitrateFilter minBitrate=5");
    }

    #[test]
    fn the_narrowest_filter_around_a_track_counts() {
        let video = |pixels: u32| pictures(pixels, VideoRange::Sdr);
        let filter = |pixels: &[(u64, Option<u64>)]| Filter {
            pixels: pixels.iter().map(|&(min, max)| Bounds { min, max }).collect(),
            channels: vec![Bounds { min: 3, max: Some(6) }],
            ..Filter::default()
        };
        let (hd, uhd) = (filter(&[(589_825, None)]), filter(&[(2_073_601, None)]));
        assert!(uhd.width(&video(2_073_601)) < hd.width(&video(2_073_601)));
        assert_eq!((hd.width(&video(589_824)), uhd.width(&video(2_073_600))), (None, None));
        let sum = filter(&[(0, Some(589_824)), (589_825, Some(921_600))]);
        assert!(sum.width(&video(1)).is_some() && sum.width(&video(921_600)).is_some());
        assert_eq!(sum.width(&video(921_601)), None);
        let audio = |channels| measured(Properties::Audio { sampling_rate: 48_000, channels });
        assert_eq!([2, 3, 6, 7].map(|count| sum.width(&audio(count)).is_some()), [false, true, true, false]);
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
