//! What the crate writes, read back by code that it did not write.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod manifests;
mod protected;
