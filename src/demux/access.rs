//! How the bytes of samples are found in an input.

use std::borrow::Cow;
use std::ops::Range;

use super::Track;
use crate::error::Result;

/// How the bytes of a track's samples are found in the input: from the range that [`Track::source`] names, by
/// [`Track::sample`].
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// A sample is the `size` bytes at its `offset`.
    #[default]
    Whole,
    /// These bytes, which the file has once, then what is left of the `size` bytes, at the `offset`.
    Prefixed(Vec<u8>),
}

impl Access {
    /// That of a track which has only the samples of these indices, in rising order.
    pub(super) fn subset(&self, _indices: &[usize]) -> Self {
        match self {
            Self::Whole | Self::Prefixed(_) => self.clone(),
        }
    }
}

impl Track {
    /// The bytes of the input that the sample of this index is made of.
    pub fn source(&self, index: usize) -> Range<u64> {
        let sample = &self.samples[index];
        let size = match &self.access {
            Access::Whole => sample.size,
            Access::Prefixed(prefix) => sample.size.saturating_sub(u32::try_from(prefix.len()).unwrap_or(u32::MAX)),
        };
        sample.offset..sample.offset + u64::from(size)
    }

    /// The bytes of the sample of this index, `source` being those of [`Track::source`].
    pub fn sample<'a>(&self, _index: usize, source: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        match &self.access {
            Access::Whole => Ok(Cow::Borrowed(source)),
            Access::Prefixed(prefix) => Ok(Cow::Owned([prefix, source].concat())),
        }
    }
}
