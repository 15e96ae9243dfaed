//! Init and media segments of CMAF (ISO/IEC 23000-19) and DASH (ISO/IEC 23009-1).

mod init;
mod media;
mod webvtt;

pub use init::{InitEntry, InitTrack, write_init};
pub use media::{Encryption, Fragment, FragmentSample, Iv, SampleGroup, write_fragment};
pub use webvtt::{TimedCue, write_webvtt};
