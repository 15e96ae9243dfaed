//! Demuxers: bytes → tracks and samples. Sans-io: a demuxer says which bytes it needs next.
//!
//! A format is added as a file or folder with a [`Format`], and a line in [`FORMATS`].

mod about;
mod access;
mod byte_stream;
mod captions;
mod demuxer;
mod elementary;
mod entries;
mod flv;
mod format;
mod frame_rate;
mod indexer;
mod key_frames;
mod language;
mod matroska;
pub mod mp4;
mod pictures;
mod protection;
mod sample;
mod sniff;
mod sound;
mod starts;
mod text;
mod track;
mod trim;
mod ts;
mod unread;

pub use crate::codec::Kind;
pub use about::Role;
pub use access::{Access, Made};
pub use byte_stream::Pieces;
pub use captions::Look;
pub use format::{Ending, Format};
pub use frame_rate::FrameRate;
pub use indexer::Indexer;
pub use language::{is_language_tag, long_language};
pub use protection::{Protection, SampleProtection};
pub use sample::Sample;
pub use text::tx3g::Config as TimedTextConfig;
pub use text::{WebVtt, read_webvtt};
pub use track::{Entry, Input, Properties, Track};
pub use ts::Spread;

use track::{LeftOut, check_duration, check_offset, check_times, no_track, start_together};

/// The formats that are read, in the order in which files are tried.
pub const FORMATS: &[&Format] = &[
    &mp4::FORMAT,
    &matroska::FORMAT,
    &flv::FORMAT,
    &elementary::flac::FORMAT,
    &byte_stream::AVC,
    &byte_stream::HEVC,
    &text::vtt::FORMAT,
    &text::ttml::FORMAT,
    &text::srt::FORMAT,
    // Those below have no mark of their own, and are known by what comes again and again.
    &ts::FORMAT,
    &elementary::mp3::FORMAT,
    &elementary::adts::FORMAT,
    &elementary::dolby::FORMAT,
    &elementary::dts::FORMAT,
];
