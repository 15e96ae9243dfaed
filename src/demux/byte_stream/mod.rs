//! Byte streams of NAL units (ISO/IEC 14496-10 and 23008-2, annex B), in transport streams and bare.

mod bare;
mod lengthened;
mod pictures;
mod pieces;
mod sets;
mod start_codes;
mod units;

pub(super) use bare::{AVC, HEVC};
pub(super) use lengthened::{Dropped, Lengthened};
pub(super) use pictures::Pictures;
pub use pieces::Pieces;
pub(super) use units::{Found, Place};
