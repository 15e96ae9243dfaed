//! What reads the structure of a file: it says which bytes it wants next.

use std::fmt;

use super::Input;
use crate::error::Result;

/// How many bytes are read at once of a file without an index. Most such files are read nearly whole, so that few
/// large reads are faster than many small ones.
pub(super) const PIECE: u64 = 512 << 10;

/// Reads a file of one format.
pub(super) trait Demuxer {
    /// Takes what it can of `bytes`, which stand at `offset` and are those that were demanded, and says what it wants
    /// next.
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand>;

    /// The tracks and samples, when nothing more is demanded.
    fn finish(&mut self) -> Result<Input>;
}

impl fmt::Debug for dyn Demuxer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A bound of the trait would keep what all its types show, and all that they hold: 40 kB of wasm.
        f.write_str("Demuxer")
    }
}

/// The bytes that a demuxer wants next. All of them lie within the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// At least `least` bytes at `offset`: as many more as are cheap to read, since what stands behind them is wanted
    /// next.
    Bytes {
        /// Where they stand.
        offset: u64,
        /// How many.
        least: u64,
    },
    /// These bytes and no others: what stands behind them may never be wanted.
    Exactly {
        /// Where they stand.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// Nothing.
    Done,
}
