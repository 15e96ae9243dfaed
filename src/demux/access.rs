//! How the bytes of samples are found in an input.

use std::borrow::Cow;
use std::ops::Range;

use super::Track;
use super::byte_stream::Pieces;
use super::text::tx3g;
use super::ts::Spread;
use crate::codec::Codec;
use crate::error::{Code, Error, Result};
use crate::mp4::wvtt;

/// How the bytes of a track's samples are found in the input: from the range that [`Track::source`] names, by
/// [`Track::sample`].
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// A sample is the `size` bytes at its `offset`.
    #[default]
    Whole,
    /// These bytes, which the file has once, then what is left of the `size` bytes, at the `offset`.
    Prefixed(Vec<u8>),
    /// 3GPP timed text at the `offset`, of which a sample of WebVTT is made; what each sample entry says.
    TimedText(Vec<tx3g::Config>),
    /// No bytes of the input: the samples were made when it was indexed.
    Made(Made),
    /// Pieces of a byte stream of NAL units.
    ByteStream(Pieces),
    /// Parts of the packets of a transport stream.
    Spread(Spread),
}

/// Samples of text that were made from a file of another syntax, and are held.
#[derive(Debug, Clone)]
pub struct Made {
    /// All samples; the `offset` of each is one in here.
    pub bytes: Vec<u8>,
    /// When the cue whose `vsid` is an index of this list is shown, in ticks; empty where samples hold no cues.
    pub cues: Vec<Range<u64>>,
}

impl Access {
    /// When a cue of this `vsid` is shown in all, in ticks; `None` where that isn't known beside its samples' times.
    pub fn cue_times(&self, source_id: Option<u32>) -> Option<Range<u64>> {
        let Self::Made(made) = self else { return None };
        made.cues.get(usize::try_from(source_id?).ok()?).cloned()
    }

    /// That of a track which has only the samples of these indices, in rising order.
    pub(super) fn subset(&self, indices: &[usize]) -> Self {
        match self {
            Self::Whole | Self::Prefixed(_) | Self::TimedText(_) | Self::Made(_) => self.clone(),
            Self::ByteStream(pieces) => Self::ByteStream(pieces.subset(indices)),
            Self::Spread(spread) => Self::Spread(spread.subset(indices)),
        }
    }
}

impl Track {
    /// The bytes of the input that the sample of this index is made of; an empty range where there are none.
    pub fn source(&self, index: usize) -> Range<u64> {
        let sample = &self.samples[index];
        let size = match &self.access {
            Access::Whole | Access::TimedText(_) => sample.size,
            Access::Prefixed(prefix) => sample.size.saturating_sub(u32::try_from(prefix.len()).unwrap_or(u32::MAX)),
            Access::ByteStream(pieces) => pieces.span(index),
            Access::Spread(spread) => spread.span(index),
            Access::Made(_) => return 0..0,
        };
        sample.offset..sample.offset + u64::from(size)
    }

    /// The bytes of the sample of this index, `source` being those of [`Track::source`].
    ///
    /// A sample of WebVTT that has no bytes says that no cue is shown.
    pub fn sample<'a>(&'a self, index: usize, source: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        if matches!(self.access, Access::Whole) && !self.is_webvtt() {
            return Ok(Cow::Borrowed(source));
        }
        let sample = &self.samples[index];
        if sample.size == 0 && self.is_webvtt() {
            return Ok(Cow::Borrowed(wvtt::EMPTY));
        }
        match &self.access {
            Access::Whole => Ok(Cow::Borrowed(source)),
            Access::Prefixed(prefix) => Ok(Cow::Owned([prefix, source].concat())),
            Access::TimedText(configs) => {
                let config = configs.get(usize::from(sample.entry)).copied().unwrap_or_default();
                tx3g::to_webvtt(source, config).map(Cow::Owned).map_err(|error| error.at(sample.offset))
            }
            Access::Made(made) => {
                let from = usize::try_from(sample.offset).ok();
                let range = from.and_then(|from| Some(from..from.checked_add(usize::try_from(sample.size).ok()?)?));
                let bytes = range.and_then(|range| made.bytes.get(range));
                bytes.map(Cow::Borrowed).ok_or_else(|| Error::new(Code::Internal, message!("a sample was not made")))
            }
            Access::ByteStream(pieces) => pieces.gather(sample, source).map(Cow::Owned),
            Access::Spread(spread) => spread.gather(index, &self.samples[index], source).map(Cow::Owned),
        }
    }

    /// Whether it is text as WebVTT's cues.
    pub fn is_webvtt(&self) -> bool {
        matches!(self.entries.first().map(|entry| &entry.codec), Some(Codec::Wvtt(_)))
    }
}
