//! Reading manifests, of whatever packager: an MPD, or HLS playlists → tracks with their files in order.
//!
//! What can't be understood is a [`Fault`] with its place, and reading goes on: who reads a manifest to
//! check it wants all that is wrong with it.

pub mod attributes;
mod files;
pub mod mpd;
mod path;
pub mod playlist;

pub use files::{Files, TrackFiles, track_files};
pub use path::resolve;

use serde::Serialize;

use crate::error::Message;
use crate::keys::KeyId;

/// A file, or a range of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The path below the root that the manifest's own path is below.
    pub path: String,
    /// Offset and length; `None` for the whole file.
    pub range: Option<(u64, u64)>,
}

impl Place {
    /// A whole file.
    pub fn file(path: String) -> Self {
        Self { path, range: None }
    }
}

/// Something in a manifest that isn't as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1, where that is known.
    pub line: Option<usize>,
    /// One sentence without the full stop.
    pub message: Message,
}

/// What a manifest lists.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The tracks.
    pub tracks: Vec<Track>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// What is right, and can't be followed: files elsewhere.
    pub notes: Vec<Fault>,
    /// The presentation's duration in milliseconds, where it is stated or the last Period has one.
    pub duration_ms: Option<u64>,
    /// How much of each track a client holds before it plays, in milliseconds (`minBufferTime`).
    pub min_buffer_ms: u64,
}

/// One track of a manifest: a Representation of DASH, or a media playlist.
#[derive(Debug, Clone, Default)]
pub struct Track {
    /// The Representation's id, or the playlist's path.
    pub name: String,
    /// `video`, `audio`, `text` or `image`, where it is stated.
    pub kind: Option<String>,
    /// The codecs parameter.
    pub codecs: Option<String>,
    /// Whether it has nothing but the key frames of another track.
    pub is_trick: bool,
    /// The type of stream access point that its segments start with at worst, where it is stated.
    pub sap: Option<u8>,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// Sound samples in a second.
    pub sampling_rate: Option<u32>,
    /// Bits a second.
    pub bandwidth: Option<u64>,
    /// Ticks in a second of all times below.
    pub timescale: u32,
    /// The presentation time in the media that the start of the period stands for.
    pub time_offset: u64,
    /// Where its Period begins and ends, in milliseconds, as far as that is stated.
    pub period: (Option<u64>, Option<u64>),
    /// How far a segment may start and last from what is listed, in ticks: the standard allows half a
    /// segment where all durations are stated by one number.
    pub tolerance: u64,
    /// The init segment.
    pub init: Option<Place>,
    /// The media segments in order.
    pub segments: Vec<Segment>,
    /// A `sidx` that lists the segments instead.
    pub index: Option<Place>,
    /// How the track is protected, by an MPD.
    pub protection: Vec<ContentProtection>,
}

impl Track {
    /// Whether it is thumbnails rather than samples.
    pub fn is_images(&self) -> bool {
        self.kind.as_deref() == Some("image")
    }
}

/// A media segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Where it is.
    pub place: Place,
    /// Its earliest presentation time on the media's timeline, in ticks.
    pub start: Option<u64>,
    /// Its duration in ticks.
    pub duration: Option<u64>,
    /// The line that lists it, in a playlist.
    pub line: Option<usize>,
    /// The index of the keys in force, in a playlist; `None` for no encryption.
    pub keys: Option<usize>,
    /// Whether times may start anew here.
    pub discontinuity: bool,
}

/// A `ContentProtection` descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentProtection {
    /// `schemeIdUri` in lower case.
    pub scheme_id: String,
    /// `value`: for Common Encryption the scheme's four characters.
    pub value: Option<String>,
    /// `cenc:default_KID`.
    pub default_kids: Vec<KeyId>,
    /// The content of `cenc:pssh`.
    pub pssh: Option<Vec<u8>>,
}
