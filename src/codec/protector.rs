//! Which bytes of a codec's samples may be protected.

use std::fmt;
use std::ops::Range;

use crate::error::Result;

/// Says which bytes of each sample may be protected. Reads the samples in order, since a bit stream may carry its
/// parameter sets in band.
pub trait Protector {
    /// Appends the ranges of `sample` that may be protected to `ranges`, in order.
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()>;

    /// Whether samples are protected whole, without subsamples.
    fn is_whole_sample(&self) -> bool {
        false
    }

    /// Whether `cbcs` makes a subsample of a range that is too short to hold a block. AV1's binding demands it
    /// (section 4.1); elsewhere such a range may as well count as clear.
    fn keeps_short_ranges(&self) -> bool {
        false
    }
}

impl fmt::Debug for dyn Protector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A bound of the trait would keep what all its types show, and all that they hold: 40 kB of wasm.
        f.write_str("Protector")
    }
}

/// Every byte: the rule for most sound.
#[derive(Debug)]
pub(super) struct WholeSample;

impl Protector for WholeSample {
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        ranges.push(0..sample.len());
        Ok(())
    }

    fn is_whole_sample(&self) -> bool {
        true
    }
}

/// No byte: text stays clear.
#[derive(Debug)]
pub(super) struct Nothing;

impl Protector for Nothing {
    fn protectable(&mut self, _sample: &[u8], _ranges: &mut Vec<Range<usize>>) -> Result<()> {
        Ok(())
    }
}
