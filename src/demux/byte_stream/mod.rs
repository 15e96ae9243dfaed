//! Byte streams of NAL units (ISO/IEC 14496-10 and 23008-2, annex B), in transport streams and bare.

mod lengthened;
mod sets;
mod start_codes;
mod units;

pub(super) use lengthened::{Dropped, Lengthened};
pub(super) use units::{Found, Place, Units};
