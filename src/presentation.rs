//! What was packaged, in terms that DASH and HLS share.
//!
//! Built from the facts that rendering reported, never from what was intended: a manifest writer
//! reads this and nothing else.

mod media_types;
mod paths;
mod thumbnails;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::cenc::Scheme;
use crate::codec::captions::Channel;
use crate::codec::{Colour, Leading, Speakers, Start, Supplemental, VideoRange};
use crate::demux::{Role, is_language_tag};
use crate::drm::SystemSignal;
use crate::error::{Code, Error, Result};
use crate::keys::KeyId;

pub use media_types::{FMP4, MEDIA_TYPES, MediaType};
pub use paths::{File, Names, init_template, segment_template, sheet_template};
pub use thumbnails::{Grid, ImageType, Thumbnails};

/// One presentation: the tracks that one manifest offers.
#[derive(Debug, Clone)]
pub struct Presentation {
    /// The tracks, video first, in the order in which manifests list them.
    pub tracks: Vec<Track>,
    /// Where the second and later periods of an MPD start, in order.
    pub periods: Vec<PeriodStart>,
}

/// Where a period starts: at a boundary that all tracks share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodStart {
    /// The time in ticks, and the ticks in a second.
    pub start: u64,
    /// Ticks in a second.
    pub timescale: u32,
    /// For each track the index of its first segment that belongs to this period or a later one.
    pub first_segments: Vec<usize>,
}

impl PeriodStart {
    /// The time on another timescale, to the nearest tick.
    pub fn ticks(&self, timescale: u32) -> u64 {
        let (own, other) = (u128::from(self.timescale.max(1)), u128::from(timescale));
        u64::try_from((u128::from(self.start) * other + own / 2) / own).unwrap_or(u64::MAX)
    }
}

impl Presentation {
    /// Whether each segment of all tracks can be decoded by itself.
    pub fn is_independent(&self) -> bool {
        self.tracks.iter().all(|track| track.sap().is_independent())
    }

    /// The presentation's duration in milliseconds, rounded up: the end of its longest track.
    pub fn duration_ms(&self) -> u64 {
        self.tracks.iter().map(Track::end_ms).max().unwrap_or(0)
    }

    /// The longest segment of any track in milliseconds, rounded up.
    pub fn longest_segment_ms(&self) -> u64 {
        self.tracks.iter().map(Track::longest_segment_ms).max().unwrap_or(0)
    }
}

/// One track of a presentation: an init segment and media segments.
#[derive(Debug, Clone)]
pub struct Track {
    /// The name of the track's folder, as in `video-1`; also the Representation's id.
    pub id: String,
    /// Whose key frames it has, where it has nothing else.
    pub trick_of: Option<Trick>,
    /// What kind of media, with its properties.
    pub media: Media,
    /// The codecs parameter of RFC 6381, as in `avc1.64001f`.
    pub codecs: String,
    /// What clients that know more may play instead, for the same files.
    pub supplemental: Option<Supplemental>,
    /// The language tag of BCP 47; `None` where the input doesn't say.
    pub language: Option<String>,
    /// A name for people; `None` where there is none.
    pub label: Option<String>,
    /// Whether it is text that is shown where no other text is chosen.
    pub is_forced: bool,
    /// What it is for, as far as somebody says so.
    pub roles: Vec<Role>,
    /// The captions within its pictures.
    pub captions: Captions,
    /// Ticks in a second.
    pub timescale: u32,
    /// The media segments in order, numbered from 1.
    pub segments: Vec<Segment>,
    /// What the files are.
    pub container: Container,
    /// How the files are laid out.
    pub layout: Layout,
    /// How the samples are protected; `None` for a clear track.
    pub protection: Option<Protection>,
    /// Where protection begins or changes, in the order of segments; empty where it is the same from the
    /// first segment to the last.
    pub key_changes: Vec<KeyChange>,
}

/// What manifests say of the captions within pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Captions {
    /// That there are none.
    #[default]
    None,
    /// Nothing, since nobody knows.
    Unknown,
    /// Which there are.
    Some(Vec<Caption>),
}

impl Captions {
    /// The services.
    pub fn all(&self) -> &[Caption] {
        if let Self::Some(all) = self { all } else { &[] }
    }
}

/// A service of captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// Which of those that the pictures carry.
    pub channel: Channel,
    /// The language tag of BCP 47; `None` where nobody says.
    pub language: Option<String>,
}

impl Caption {
    /// Reads `CHANNEL` or `CHANNEL=LANGUAGE`, as in `CC1=en`.
    pub fn parse(text: &str) -> Result<Self> {
        let (channel, language) =
            text.split_once('=').map_or((text, None), |(channel, tag)| (channel, Some(tag.trim())));
        if let Some(tag) = language.filter(|tag| !is_language_tag(tag)) {
            let message = message!("{tag:?} is not a language tag, such as en, pt-BR or zh-Hant", tag);
            return Err(Error::new(Code::OptionInvalid, message));
        }
        Ok(Self { channel: Channel::parse(channel)?, language: language.map(str::to_owned) })
    }
}

/// A track for winding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trick {
    /// The id of the track whose key frames it has.
    pub of: String,
    /// How many times as fast as the other track it is played if as many pictures are shown in a second.
    pub max_playout_rate: u32,
}

/// From which segment on a track is protected otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// The index of the first such segment.
    pub first_segment: usize,
    /// The protection; `None` where the segments are clear.
    pub protection: Option<Protection>,
}

/// What holds a track's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Fragmented MP4: an init segment and media segments of movie fragments (ISO/IEC 14496-12).
    Fmp4,
    /// Segments of an MPEG-2 transport stream (RFC 8216 section 3.2).
    MpegTs,
    /// Frames of sound behind an ID3 tag (RFC 8216 section 3.4).
    PackedAudio(PackedAudio),
    /// Files of WebVTT, in HLS (RFC 8216 section 3.5).
    WebVtt,
}

/// The formats of packed audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedAudio {
    /// AAC with ADTS headers.
    Aac,
    /// MP3.
    Mp3,
    /// AC-3.
    Ac3,
    /// E-AC-3.
    Ec3,
}

impl Container {
    /// How the names of media segments end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Fmp4 => "m4s",
            Self::MpegTs => "ts",
            Self::PackedAudio(PackedAudio::Aac) => "aac",
            Self::PackedAudio(PackedAudio::Mp3) => "mp3",
            Self::PackedAudio(PackedAudio::Ac3) => "ac3",
            Self::PackedAudio(PackedAudio::Ec3) => "ec3",
            Self::WebVtt => "vtt",
        }
    }

    /// How the name of a track's single file ends.
    pub const fn single_extension(self) -> &'static str {
        match self {
            Self::Fmp4 => "mp4",
            Self::MpegTs | Self::PackedAudio(_) => self.extension(),
            Self::WebVtt => "vtt",
        }
    }

    /// Whether it is one that HLS has for pictures and sound beside fragmented MP4, as it comes from MPEG-2 systems.
    pub const fn is_transport(self) -> bool {
        matches!(self, Self::MpegTs | Self::PackedAudio(_))
    }

    /// Whether media segments can't be read without an init segment.
    pub const fn has_init(self) -> bool {
        match self {
            Self::Fmp4 => true,
            Self::MpegTs | Self::PackedAudio(_) => false,
            Self::WebVtt => false,
        }
    }
}

/// How a track's files are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A folder with an init segment and a file for each media segment.
    Segmented {
        /// What the files of media segments are named by.
        names: Names,
    },
    /// One file: the init segment, a segment index (`sidx`), then the media segments.
    SingleFile {
        /// The init segment's size in bytes.
        init_size: u64,
        /// The segment index's size in bytes.
        index_size: u64,
    },
}

impl Track {
    /// How playing can start with any of its segments.
    pub fn sap(&self) -> Sap {
        self.segments.iter().map(|segment| segment.sap).max().unwrap_or_default()
    }

    /// A clear track in fragmented MP4, a file for each segment, of which nothing else is known.
    pub fn new(id: &str, media: Media, codecs: &str, timescale: u32, segments: Vec<Segment>) -> Self {
        Self {
            id: id.to_owned(),
            trick_of: None,
            media,
            codecs: codecs.to_owned(),
            supplemental: None,
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            captions: Captions::None,
            timescale,
            segments,
            container: Container::Fmp4,
            layout: Layout::Segmented { names: Names::Numbers },
            protection: None,
            key_changes: Vec::new(),
        }
    }

    /// The file that the init segment is, or is in; `None` where there is none.
    pub fn init(&self) -> Option<File<'_>> {
        self.container.has_init().then(|| match self.layout {
            Layout::Segmented { .. } => File::Init { track: &self.id },
            Layout::SingleFile { .. } => self.whole(),
        })
    }

    /// The file of the media segment at `index` (from 0), or that it is in.
    pub fn segment(&self, index: usize) -> File<'_> {
        let Layout::Segmented { names } = self.layout else { return self.whole() };
        let name = names.of(index, self.segments[index].start);
        File::Segment { track: &self.id, name, container: self.container }
    }

    /// The media playlist.
    pub fn playlist(&self) -> File<'_> {
        File::Playlist { track: &self.id, in_folder: self.is_segmented() }
    }

    /// The playlist of key frames.
    pub fn key_frame_playlist(&self) -> File<'_> {
        File::KeyFrames { track: &self.id, in_folder: self.is_segmented() }
    }

    /// The single file.
    pub fn whole(&self) -> File<'_> {
        File::Whole { track: &self.id, container: self.container }
    }

    fn is_segmented(&self) -> bool {
        matches!(self.layout, Layout::Segmented { .. })
    }

    /// The byte offset of each media segment in the single file; `None` where each has a file of its own.
    pub fn byte_offsets(&self) -> Option<impl Iterator<Item = u64> + '_> {
        let Layout::SingleFile { init_size, index_size } = self.layout else { return None };
        Some(self.segments.iter().scan(init_size + index_size, |next, segment| {
            *next += segment.size;
            Some(*next - segment.size)
        }))
    }

    /// The language where it is a well-formed tag that names one: what a file says here is free text.
    pub fn language_tag(&self) -> Option<&str> {
        self.language.as_deref().filter(|tag| is_language_tag(tag))
    }

    /// The key frames that segments start with, as segments that last until the next; each with the index of the
    /// segment it is in. None in a track that isn't video.
    pub fn key_frames(&self) -> Vec<(usize, Segment)> {
        let end = self.segments.last().map_or(0, |last| last.start + last.duration);
        let mut next = end;
        let mut found: Vec<(usize, Segment)> = Vec::new();
        for (index, segment) in self.segments.iter().enumerate().rev() {
            let Some((start, place)) = segment.key_frame else { continue };
            let duration = next.saturating_sub(start);
            found.push((index, Segment { start, duration, size: place.size, ..*segment }));
            next = start;
        }
        found.reverse();
        found
    }

    /// The end of the last segment in milliseconds, rounded up.
    pub fn end_ms(&self) -> u64 {
        self.segments.last().map_or(0, |last| self.to_ms(last.start + last.duration))
    }

    /// The longest segment in milliseconds, rounded up.
    pub fn longest_segment_ms(&self) -> u64 {
        self.segments.iter().map(|segment| self.to_ms(segment.duration)).max().unwrap_or(0)
    }

    /// The mean bit rate in bits a second over the media segments, rounded up.
    pub fn average_bandwidth(&self) -> u64 {
        let size = self.segments.iter().map(|segment| segment.size).sum();
        let duration = self.segments.iter().map(|segment| segment.duration).sum();
        bit_rate(size, duration, self.timescale)
    }

    /// The peak segment bit rate of RFC 8216 section 4.1: the largest bit rate of any contiguous set
    /// of segments whose duration lies between 0.5 and 1.5 times `target_ms`, in bits a second.
    pub fn peak_bandwidth(&self, target_ms: u64) -> u64 {
        let within = |duration: u64| {
            let doubled_ms = u128::from(duration) * 2000;
            let target = u128::from(target_ms) * u128::from(self.timescale);
            (target <= doubled_ms, doubled_ms <= 3 * target)
        };
        let peak = self.peak_of_runs(target_ms);
        // A presentation shorter than half the target has no such set; a segment longer than 1.5
        // times the target is in none: its own rate is still a rate that a client meets.
        let lone = |segment: &&Segment| within(segment.duration) == (true, false) || peak == 0;
        let longest = self.segments.iter().filter(lone).map(|s| bit_rate(s.size, s.duration, self.timescale)).max();
        peak.max(longest.unwrap_or(0)).max(self.average_bandwidth())
    }

    /// The largest bit rate of a run of segments that lasts between 0.5 and 1.5 times `target_ms`; 0 if
    /// none does.
    ///
    /// Found from the answer's side: the runs are as many as the square of the segments, but whether a
    /// rate suffices for all of them shows in one pass.
    fn peak_of_runs(&self, target_ms: u64) -> u64 {
        let sums = self.segments.iter().scan((0, 0), |(size, duration), segment| {
            *size += segment.size;
            *duration += segment.duration;
            Some((*size, *duration))
        });
        let sums: Vec<(u64, u64)> = [(0, 0)].into_iter().chain(sums).collect();
        let (mut low, mut high) = (0, sums.last().map_or(0, |&(size, _)| bit_rate(size, 1, self.timescale)));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.suffices(middle, &sums, target_ms) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Whether no run of between 0.5 and 1.5 times `target_ms` has a larger bit rate than `rate`; `sums`
    /// are the sizes and durations in front of each segment and of all.
    ///
    /// `debt` is what a channel of that rate still owes at a boundary. A run is too much for it where the
    /// debt at its end exceeds that at its start, so the start of least debt decides: `starts` are those
    /// that the end may still have, in rising order of debt.
    fn suffices(&self, rate: u64, sums: &[(u64, u64)], target_ms: u64) -> bool {
        let timescale = i128::from(self.timescale);
        let debt =
            |&(size, duration): &(u64, u64)| i128::from(size) * 8 * timescale - i128::from(rate) * i128::from(duration);
        let target = i128::from(target_ms) * timescale;
        let doubled_ms = |from: u64, to: u64| (i128::from(to) - i128::from(from)) * 2000;
        let mut starts: VecDeque<(i128, u64)> = VecDeque::new();
        let mut next = sums.iter().peekable();
        sums.iter().all(|end| {
            while let Some(start) = next.next_if(|start| target <= doubled_ms(start.1, end.1)) {
                while starts.pop_back_if(|last| last.0 >= debt(start)).is_some() {}
                starts.push_back((debt(start), start.1));
            }
            while starts.pop_front_if(|first| doubled_ms(first.1, end.1) > 3 * target).is_some() {}
            starts.front().is_none_or(|&(least, _)| debt(end) <= least)
        })
    }

    fn to_ms(&self, ticks: u64) -> u64 {
        let ms = (u128::from(ticks) * 1000).div_ceil(u128::from(self.timescale.max(1)));
        u64::try_from(ms).unwrap_or(u64::MAX)
    }
}

/// Bits a second, rounded up.
fn bit_rate(size: u64, duration: u64, timescale: u32) -> u64 {
    let rate = (u128::from(size) * 8 * u128::from(timescale)).div_ceil(u128::from(duration.max(1)));
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// The kind of media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// Moving pictures.
    Video {
        /// Coded width in pixels after cropping.
        width: u32,
        /// Coded height in pixels after cropping.
        height: u32,
        /// The highest frame rate of any frame, as frames over seconds; `None` where it isn't known.
        frame_rate: Option<(u32, u32)>,
        /// The sample aspect ratio, width over height; `(1, 1)` where the input doesn't say.
        sample_aspect_ratio: (u32, u32),
        /// The code points of colour; `None` where the input doesn't say.
        colour: Option<Colour>,
        /// The dynamic range.
        video_range: VideoRange,
    },
    /// Sound.
    Audio {
        /// Samples a second.
        sampling_rate: u32,
        /// Number of channels.
        channels: u32,
        /// The layout and the objects of a Dolby codec; `None` for the others.
        speakers: Option<Speakers>,
    },
    /// Subtitles and captions.
    Text,
}

impl Media {
    /// Pictures of `width` × `height` square samples, of which nothing else is known.
    pub const fn video(width: u32, height: u32) -> Self {
        let video_range = VideoRange::Sdr;
        Self::Video { width, height, frame_rate: None, sample_aspect_ratio: (1, 1), colour: None, video_range }
    }

    /// Sound of a codec that isn't Dolby's.
    pub const fn audio(sampling_rate: u32, channels: u32) -> Self {
        Self::Audio { sampling_rate, channels, speakers: None }
    }
}

/// A media segment as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Segment {
    /// The earliest presentation time in ticks, edit lists applied; what lies before 0 is not counted.
    pub start: u64,
    /// The duration in ticks: the next segment starts at `start + duration`.
    pub duration: u64,
    /// The size in bytes.
    pub size: u64,
    /// The key frame that it starts with: when it is shown, in ticks, and its bytes. `None` in sound and text, and
    /// where no part of the segment can be read by itself.
    pub key_frame: Option<(u64, KeyFrame)>,
    /// How playing can start with it.
    pub sap: Sap,
}

/// The type of the stream access point that a segment starts with (ISO/IEC 14496-12 annex I), the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Sap {
    /// Type 1: all samples from here on are right, in the order of decoding and of presentation.
    #[default]
    One,
    /// Type 2: so are they, and pictures that are decoded later are shown first.
    Two,
    /// Type 3: of those, some can't be decoded (an open group of pictures).
    Three,
    /// Type 4: all are right only some time later (intra refresh).
    Four,
    /// Playing can't start here.
    None,
}

impl Sap {
    /// The number of the type; `None` where there is no access point.
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::One => Some(1),
            Self::Two => Some(2),
            Self::Three => Some(3),
            Self::Four => Some(4),
            Self::None => None,
        }
    }

    /// Whether all samples can be decoded without another segment, as `EXT-X-INDEPENDENT-SEGMENTS` says.
    pub const fn is_independent(self) -> bool {
        matches!(self, Self::One | Self::Two)
    }

    /// That of a segment whose first sample decoding starts with like this, by the pictures that are decoded behind it
    /// and shown before it.
    pub fn of(start: Start, leading: impl IntoIterator<Item = Leading>) -> Self {
        let worst = leading.into_iter().fold(Self::One, |worst, leading| match (start, leading) {
            (Start::Open, Leading::Undecodable) => Self::Three,
            _ => worst.max(Self::Two),
        });
        match start {
            Start::Closed | Start::Open => worst,
            Start::Gradual => Self::Four,
            Start::Nowhere => Self::None,
        }
    }
}

/// The bytes from which a key frame can be decoded, given the init segment: of fragmented MP4 from the start of the
/// `moof` to the end of the first sample, of a transport stream from the tables to the last packet of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFrame {
    /// The offset in the segment.
    pub offset: u64,
    /// The size in bytes.
    pub size: u64,
}

/// How a track is protected, as far as manifests say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// What is encrypted, and how.
    pub method: Method,
    /// The key id, as in `tenc`.
    pub default_kid: KeyId,
    /// What the clients of each DRM system are told, in the order in which manifests list them.
    pub systems: Vec<SystemSignal>,
}

/// What is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Samples, by a scheme of Common Encryption.
    Samples(Scheme),
    /// Samples, by SAMPLE-AES of MPEG-TS and packed audio (HLS only).
    SampleAes {
        /// The IV of all samples.
        iv: [u8; 16],
    },
    /// Whole segments by AES-128 (HLS only). Without an IV it is each segment's media sequence number.
    Segments {
        /// The IV of all segments.
        iv: Option<[u8; 16]>,
    },
}

impl Protection {
    /// The scheme of Common Encryption, where samples are encrypted.
    pub fn scheme(&self) -> Option<Scheme> {
        match self.method {
            Method::Samples(scheme) => Some(scheme),
            Method::SampleAes { .. } | Method::Segments { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(segments: &[(u64, u64)]) -> Track {
        let mut start = 0;
        let segments = segments
            .iter()
            .map(|&(duration, size)| {
                start += duration;
                Segment { start: start - duration, duration, size, ..Segment::default() }
            })
            .collect();
        Track::new("audio-1", Media::audio(48_000, 2), "mp4a.40.2", 1000, segments)
    }

    #[test]
    fn the_type_of_an_access_point_is_that_of_what_leads_it() {
        use crate::codec::Leading::{Decodable, Undecodable};
        let of = |start, leading: &[Leading]| Sap::of(start, leading.iter().copied());
        assert_eq!(of(Start::Closed, &[]), Sap::One);
        assert_eq!(of(Start::Closed, &[Undecodable]), Sap::Two);
        assert_eq!(of(Start::Open, &[]), Sap::One);
        assert_eq!(of(Start::Open, &[Decodable]), Sap::Two);
        assert_eq!(of(Start::Open, &[Undecodable, Decodable]), Sap::Three);
        assert_eq!(of(Start::Gradual, &[]), Sap::Four);
        assert_eq!(of(Start::Nowhere, &[]), Sap::None);
        assert_eq!([Sap::One, Sap::None, Sap::Three].iter().max(), Some(&Sap::None));
    }

    #[test]
    fn peak_bandwidth_is_taken_over_sets_near_the_target() {
        // 6 s segments at 8, 16 and 8 kbit/s, and a short dense one that stands in no set alone.
        let track = track(&[(6000, 6000), (6000, 12_000), (6000, 6000), (1000, 5000)]);
        assert_eq!(track.peak_bandwidth(6000), 16_000);
        assert_eq!(track.average_bandwidth(), 12_211);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_peak_of_runs_is_that_of_the_definition(
            segments in proptest::collection::vec((0..9000u64, 0..100_000u64), 0..30),
            target_ms in 1..12_000u64,
        ) {
            let mut peak = 0;
            for first in 0..segments.len() {
                for end in first + 1..=segments.len() {
                    let run = &segments[first..end];
                    let duration: u64 = run.iter().map(|segment| segment.0).sum();
                    let size: u64 = run.iter().map(|segment| segment.1).sum();
                    if target_ms <= duration * 2 && duration * 2 <= 3 * target_ms {
                        peak = peak.max((size * 8000).div_ceil(duration));
                    }
                }
            }
            proptest::prop_assert_eq!(track(&segments).peak_of_runs(target_ms), peak);
        }
    }

    #[test]
    fn only_a_well_formed_tag_is_a_language() {
        let tag =
            |language: &str| Track { language: Some(language.into()), ..track(&[]) }.language_tag().map(str::to_owned);
        assert_eq!(tag("en").as_deref(), Some("en"));
        assert_eq!(tag("zh-Hant-TW").as_deref(), Some("zh-Hant-TW"));
        for text in ["und", "", "en-", "e\"n", "```", "1st", "Englischsprachig", "de\nat"] {
            assert_eq!(tag(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_presentation_shorter_than_half_the_target_has_a_peak() {
        assert_eq!(track(&[(1000, 5000)]).peak_bandwidth(6000), 40_000);
    }
}
