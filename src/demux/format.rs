//! What a format of input says of itself.

use std::fmt;

use super::demuxer::{Demand, Demuxer};
use crate::error::Result;

/// A format that is read: a constant in its own file, and a line in [`FORMATS`](super::FORMATS).
pub struct Format {
    /// What people call it: several names, where what reads one reads the others.
    pub names: &'static [&'static str],
    /// The endings that files of it have.
    pub endings: &'static [Ending],
    /// Where in these first bytes of a file it begins; `None` where the file is of another format.
    pub(super) sniff: fn(&[u8]) -> Option<usize>,
    /// The same for a file that is of no known format by its first bytes: behind bytes that mean nothing.
    pub(super) search: fn(&[u8]) -> Option<usize>,
    /// Starts to read a file.
    pub(super) open: fn(&Opening<'_>) -> Result<Opened>,
}

/// A format that isn't searched for.
pub(super) const NOWHERE: fn(&[u8]) -> Option<usize> = |_| None;

/// A demuxer, and what it wants first.
pub(super) type Opened = (Box<dyn Demuxer>, Demand);

/// A file whose format is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'a> {
    /// The file's name.
    pub(super) name: &'a str,
    /// Its size in bytes.
    pub(super) size: u64,
    /// Where in it the format begins.
    pub(super) offset: u64,
    /// The first bytes from there on.
    pub(super) head: &'a [u8],
}

impl Opening<'_> {
    /// A demuxer that reads the file from where the format begins.
    pub(super) fn started_with(&self, demuxer: impl Demuxer + 'static) -> Opened {
        (Box::new(demuxer), Demand::Bytes { offset: self.offset, least: 1 })
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names).finish()
    }
}

/// The ending of a file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// What stands behind the last dot, in lower case.
    pub ending: &'static str,
    /// The media type that such files have.
    pub media_type: &'static str,
}

impl Ending {
    pub(super) const fn new(ending: &'static str, media_type: &'static str) -> Self {
        Self { ending, media_type }
    }
}
