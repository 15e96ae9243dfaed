//! Formats without an index of their own: read from front to back, in pieces.

use std::fmt;

use super::Input;
use crate::error::Result;

/// How many bytes are read at once. Most files are read nearly whole, so that few large reads are faster than
/// many small ones.
pub(super) const PIECE: u64 = 512 << 10;

/// A format that is read from front to back.
pub(super) trait Format: fmt::Debug {
    /// Takes what it can of `bytes`, which stand at `offset` and are as many as were demanded, or more, and says
    /// what it wants next.
    fn take(&mut self, bytes: &[u8], offset: u64) -> Result<Demand>;

    /// The tracks and samples, when nothing more is demanded.
    fn finish(&mut self) -> Result<Input>;
}

/// The bytes that a format wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// At least `least` bytes at `offset`; all of them lie within the file.
    Bytes {
        /// Where they stand.
        offset: u64,
        /// How many.
        least: u64,
    },
    /// Nothing.
    Done,
}
