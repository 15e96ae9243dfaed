//! Codecs: a file each. A codec reads its configuration record, names itself by RFC 6381, and says
//! which bytes of a sample may be protected. Knows neither container nor cipher.

pub mod aac;
pub mod avc;

use std::ops::Range;

use crate::error::Result;

/// A sample entry's codec with its configuration.
#[derive(Debug, Clone)]
pub enum Codec {
    /// H.264, `avc1` and `avc3`.
    Avc(avc::Config),
    /// MPEG-4 AAC in `mp4a`.
    Aac(aac::Config),
}

impl Codec {
    /// The codecs parameter of RFC 6381 and RFC 4281.
    pub fn rfc6381(&self) -> String {
        match self {
            Self::Avc(config) => config.rfc6381(),
            Self::Aac(config) => config.rfc6381(),
        }
    }

    /// Starts on a sequence of samples, the first of which is a sync sample.
    pub fn protector(&self) -> Protector {
        match self {
            Self::Avc(config) => Protector::Avc(Box::new(avc::Slices::new(config))),
            Self::Aac(_) => Protector::WholeSample,
        }
    }
}

/// Says which bytes of each sample may be protected. Reads the samples in order, since a bit stream
/// may carry its parameter sets in band.
#[derive(Debug)]
pub enum Protector {
    /// Slice data of H.264.
    Avc(Box<avc::Slices>),
    /// Every byte: the rule for audio.
    WholeSample,
}

impl Protector {
    /// Whether samples are protected whole, without subsamples.
    pub fn is_whole_sample(&self) -> bool {
        matches!(self, Self::WholeSample)
    }

    /// Appends the ranges of `sample` that may be protected to `ranges`, in order.
    pub fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        match self {
            Self::Avc(slices) => slices.protectable(sample, ranges),
            Self::WholeSample => {
                ranges.push(0..sample.len());
                Ok(())
            }
        }
    }
}
