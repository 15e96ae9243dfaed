//! What is made of an input: tracks with their samples.

use super::{Access, Protection, Role, Sample, is_language_tag, language};
use crate::codec::captions::Captions;
use crate::codec::{Codec, Colour, Kind, VideoRange};
use crate::error::{Code, Error, Message, Messages, Result};
use crate::limits;
use crate::mp4::FourCc;
use crate::mp4::pssh::Pssh;
use crate::mp4::track::Tkhd;
use crate::time::{Ticks, rescale, seconds};

/// An input whose headers and tables were read.
#[derive(Debug, Clone)]
pub struct Input {
    /// The input's name, for messages.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The tracks that can be packaged.
    pub tracks: Vec<Track>,
    /// What was left out or mended, a sentence each.
    pub warnings: Vec<Message>,
    /// Of `warnings` those on video and sound that can't be packaged.
    pub unpackaged: Vec<Message>,
    /// What protection systems say of the keys; none in a clear file.
    pub pssh: Vec<Pssh>,
}

impl Input {
    /// One that has a single track, in the clear.
    pub(super) fn of_track(name: &str, size: u64, track: Track, warnings: Vec<Message>) -> Self {
        Self { name: name.to_owned(), size, tracks: vec![track], warnings, unpackaged: Vec::new(), pssh: Vec::new() }
    }
}

/// A track of an input with its samples.
#[derive(Debug, Clone)]
pub struct Track {
    /// The kind of media.
    pub kind: Kind,
    /// The input's own header of the track: rotation, size, group.
    pub tkhd: Tkhd,
    /// Ticks in a second.
    pub timescale: u32,
    /// The language as `mdhd` packs it.
    pub packed_language: u16,
    /// The language tag of BCP 47 with the shortest code; `None` where the input doesn't say.
    pub language: Option<String>,
    /// The name that the input gives it, as people read it.
    pub label: Option<String>,
    /// Whether it is text that is shown where no other text is chosen.
    pub is_forced: bool,
    /// What it is for, as far as the input says so; in rising order, each once.
    pub roles: Vec<Role>,
    /// What must be added to a composition time for a presentation time: edit lists, applied once.
    pub presentation_offset: Ticks,
    /// The sample entries; a sample's `entry` is an index.
    pub entries: Vec<Entry>,
    /// The samples in decoding order.
    pub samples: Vec<Sample>,
    /// How the samples' bytes are found in the input.
    pub access: Access,
    /// How the samples are encrypted; `None` in a clear track. The entries are those of the clear track.
    pub protection: Option<Protection>,
    /// The captions within its pictures.
    pub captions: Captions,
    /// The properties that manifests show.
    pub properties: Properties,
}

impl Track {
    /// Whether another file's track says the same of itself: sound and text of renditions of one title are taken once.
    pub fn is_alike(&self, other: &Self) -> bool {
        let codec = |track: &Self| track.entries.first().map(|entry| entry.codec.rfc6381());
        self.kind == other.kind
            && self.language == other.language
            && self.label == other.label
            && self.roles == other.roles
            && self.is_forced == other.is_forced
            && self.properties == other.properties
            && codec(self) == codec(other)
    }
}

impl Track {
    /// Takes another language than the input says, as a tag of BCP 47; `und` for none.
    pub fn set_language(&mut self, tag: &str) -> Result<()> {
        if tag != "und" && !is_language_tag(tag) {
            let message = message!("{tag:?} is not a language tag, such as en, pt-BR or zh-Hant", tag);
            return Err(Error::new(Code::OptionInvalid, message));
        }
        self.packed_language = language::packed(Some(tag));
        self.language = (tag != "und").then(|| language::shortest(tag));
        Ok(())
    }
}

/// A sample entry, verbatim, with its codec.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The coding name: `avc1`, `mp4a`, …
    pub coding_name: FourCc,
    /// The whole box.
    pub bytes: Vec<u8>,
    /// The codec's configuration.
    pub codec: Codec,
}

/// What is known of pictures, sound or text beside the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Properties {
    /// Of moving pictures.
    Video {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Width over height of a sample.
        sample_aspect_ratio: (u32, u32),
        /// The code points of colour; `None` where the input doesn't say.
        colour: Option<Colour>,
        /// The dynamic range.
        video_range: VideoRange,
    },
    /// Of sound.
    Audio {
        /// Samples a second.
        sampling_rate: u32,
        /// Number of channels.
        channels: u32,
    },
    /// Of text: nothing.
    Text,
}

/// Refuses times so far from 0 that what is computed from them could leave 64 bits.
pub(super) fn check_times(track: &Track) -> Result<()> {
    let at = track.samples.first().map_or(0, |sample| sample.offset);
    check_duration(track).and_then(|()| check_offset(track)).map_err(|error| error.at(at))
}

pub(super) fn check_duration(track: &Track) -> Result<()> {
    let duration = track.samples.iter().map(|sample| u64::from(sample.duration)).sum();
    check_ticks(duration, track.timescale, message!("a duration"))
}

pub(super) fn check_offset(track: &Track) -> Result<()> {
    check_ticks(track.presentation_offset.unsigned_abs(), track.timescale, message!("an edit"))
}

pub(super) fn check_ticks(ticks: u64, timescale: u32, what: Message) -> Result<()> {
    if ticks <= u64::from(limits::TIMELINE_SECONDS) * u64::from(timescale) {
        return Ok(());
    }
    let message = message!(
        "{what} is {ticks} ticks at {timescale} a second; the most is {most} s",
        what,
        ticks,
        timescale,
        most = limits::TIMELINE_SECONDS
    );
    Err(Error::new(Code::LimitExceeded, message))
}

/// Why a track is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// The reason.
    pub(super) reason: Message,
    /// Whether it is video or sound: without it half a title is left.
    pub(super) is_media: bool,
}

/// No track is left: the reasons for which each was left out.
pub(super) fn no_track(reasons: Vec<Message>) -> Error {
    let message = if reasons.is_empty() {
        message!("no track can be packaged: the file has no tracks")
    } else {
        message!("no track can be packaged: {reasons}", reasons = Messages(reasons))
    };
    Error::new(Code::TrackNone, message)
}

/// An excerpt of a long stream starts at its time in it: it is moved to 0, all tracks by the same time. A
/// start within the longest segment that there may be is a delay, and kept.
pub(super) fn start_together(tracks: &mut [Track]) -> Option<Message> {
    // Text starts when somebody speaks.
    let timed = tracks.iter().filter(|track| track.kind != Kind::Text);
    let starts = timed.map(|track| seconds(track.presentation_offset, track.timescale));
    let earliest = starts.reduce(f64::min).filter(|&start| start > limits::SEGMENT_SECONDS)?;
    #[expect(clippy::cast_possible_truncation, reason = "seconds that a 64-bit number of ticks made")]
    let whole_seconds = earliest.floor() as i64;
    for track in tracks {
        let ticks = rescale(whole_seconds, 1, track.timescale);
        track.presentation_offset = track.presentation_offset.saturating_sub(ticks);
    }
    Some(message!("it starts at {time} s; everything is moved to 0", time = whole_seconds))
}
