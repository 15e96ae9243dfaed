//! Samples that stand in a file as pieces of a byte stream.

use super::lengthened::{Dropped, Lengthened};
use crate::demux::Sample;
use crate::error::{Code, Error, Result};

/// How the samples of a track are found: each is a piece of the stream, from its first NAL unit on.
#[derive(Debug, Clone)]
pub struct Pieces {
    pub(super) dropped: Dropped,
    /// The sizes of the pieces in bytes, as many as there are samples.
    pub(super) sizes: Vec<u32>,
}

impl Pieces {
    /// How many bytes of the file, from the sample's offset on, hold the sample of this index.
    pub(in crate::demux) fn span(&self, index: usize) -> u32 {
        self.sizes[index]
    }

    /// That of the samples of these indices.
    pub(in crate::demux) fn subset(&self, indices: &[usize]) -> Self {
        Self { sizes: indices.iter().map(|&index| self.sizes[index]).collect(), ..*self }
    }

    /// The sample's bytes from those of the file.
    pub(in crate::demux) fn gather(&self, sample: &Sample, source: &[u8]) -> Result<Vec<u8>> {
        let mut made = Lengthened::new(self.dropped, sample.size as usize);
        made.take(source);
        let bytes = made.finish();
        if bytes.len() == sample.size as usize {
            return Ok(bytes);
        }
        let message = message!(
            "the stream holds {held} bytes of a sample of {size}: the file has changed",
            held = bytes.len(),
            size = sample.size
        );
        Err(Error::new(Code::InputDamaged, message).at(sample.offset))
    }
}
