//! Init and media segments of CMAF (ISO/IEC 23000-19) and DASH (ISO/IEC 23009-1).

mod init;
mod media;

pub use init::{InitEntry, InitTrack, write_init};
pub use media::{Encryption, Fragment, FragmentSample, Iv, SampleGroup, estimate_fragment, write_fragment};
