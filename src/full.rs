//! What only the full build of the core has.
//!
//! The npm package has two builds: pages load the small one, for ordinary MP4s. Where it meets what it doesn't have,
//! it refuses with [`Code::FullBuildNeeded`], and the façade starts the job anew in the full one. As few places as
//! possible ask: where a kind of input, codec or system is told apart. What they guard isn't reachable then, and the
//! linker leaves it out. The bytes of the output are the same in both.

use crate::error::{Code, Error, Result};

/// Goes on in the full build; refuses `what` in the small one.
#[inline(always)]
pub(crate) fn only(what: &str) -> Result<()> {
    if cfg!(feature = "full") { Ok(()) } else { Err(needed(what)) }
}

#[cold]
fn needed(what: &str) -> Error {
    Error::new(Code::FullBuildNeeded, format!("the small build of the core doesn't have {what}"))
}
