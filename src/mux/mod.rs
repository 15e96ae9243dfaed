//! Init and media segments of CMAF (ISO/IEC 23000-19) and DASH (ISO/IEC 23009-1), and the MPEG-TS and packed audio
//! of HTTP Live Streaming.

mod elementary;
mod init;
mod media;
mod packed;
mod ts;
mod webvtt;

pub use elementary::{Elementary, SampleAes, StreamSample};
pub use init::{InitEntry, InitTrack, write_init};
pub use media::{Encryption, Fragment, FragmentSample, Iv, SampleGroup, estimate_fragment, write_fragment};
pub use packed::write_packed;
pub use ts::{TRANSPORT_SCALE, TRANSPORT_START, TransportSegment, write_transport};
pub use webvtt::{TimedCue, write_webvtt};
