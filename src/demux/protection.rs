//! How a protected track's samples are encrypted, kept beside them: a film has millions of samples, and
//! most jobs read clear ones.

use std::ops::Range;

use crate::error::{Code, Error, Result};
use crate::mp4::protection::{Defaults, Tenc};
use crate::mp4::senc::AuxEntry;

/// How many samples stand between two entries of the index.
const PAGE: usize = 64;

/// Stands for "protected whole" where the number of subsamples is.
const WHOLE: u16 = u16::MAX;

/// How the samples of a protected track are encrypted.
///
/// The samples' own information is packed: the IV's size, the IV, the number of subsamples, the
/// subsamples as `senc` has them. Where each page of 64 samples begins is known; the rest is walked.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// Encryption parameters, each different from the one before.
    parameters: Vec<Tenc>,
    /// From which sample on which parameters are in force; `None` where samples are clear.
    runs: Vec<(usize, Option<usize>)>,
    packed: Vec<u8>,
    pages: Vec<usize>,
    count: usize,
}

/// How one sample is encrypted.
#[derive(Debug, Clone, Copy)]
pub struct SampleProtection<'a> {
    /// Scheme, key id, pattern, constant IV.
    pub tenc: &'a Tenc,
    /// The sample's own information.
    pub aux: AuxEntry<'a>,
}

impl SampleProtection<'_> {
    /// The IV, filled up with zeros to 16 bytes.
    pub fn iv(&self) -> [u8; 16] {
        let iv = if self.aux.iv.is_empty() { &self.tenc.default_constant_iv[..] } else { self.aux.iv };
        let mut filled = [0; 16];
        let size = iv.len().min(16);
        filled[..size].copy_from_slice(&iv[..size]);
        filled
    }

    /// The protected ranges of a sample of `size` bytes. The subsamples must sum up to it.
    pub fn ranges(&self, size: usize) -> Result<Vec<Range<usize>>> {
        if self.aux.subsamples.is_none() {
            return Ok(vec![0..size]);
        }
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut position = 0usize;
        for (clear, protected) in self.aux.pairs() {
            let start = position.saturating_add(usize::from(clear));
            position = start.saturating_add(usize::try_from(protected).unwrap_or(usize::MAX));
            if protected > 0 {
                ranges.push(start..position);
            }
        }
        if position != size {
            let message =
                message!("the subsamples add up to {sum} bytes, but the sample has {size}", sum = position, size);
            return Err(Error::new(Code::Mp4BoxInvalid, message).in_box("senc"));
        }
        Ok(ranges)
    }
}

impl Protection {
    /// Appends a sample; a clear one has no parameters in force.
    pub(super) fn push(&mut self, defaults: Option<&Defaults>, aux: AuxEntry<'_>) {
        let tenc = defaults.filter(|defaults| defaults.is_protected).map(|defaults| &defaults.tenc);
        let last = self.runs.last().map(|&(_, index)| index);
        let same = last.is_some_and(|index| index.map(|index| &self.parameters[index]) == tenc);
        if !same {
            // Parameters alternate between a few: those of a clear lead, those of a key.
            let known = tenc.map(|tenc| {
                let recent = self.parameters.len().saturating_sub(4);
                self.parameters[recent..].iter().position(|known| known == tenc).map(|index| recent + index)
            });
            let index = known.map(|known| {
                known.unwrap_or_else(|| {
                    self.parameters.extend(tenc.cloned());
                    self.parameters.len() - 1
                })
            });
            self.runs.push((self.count, index));
        }
        if self.count.is_multiple_of(PAGE) {
            self.pages.push(self.packed.len());
        }
        self.count += 1;
        self.packed.push(u8::try_from(aux.iv.len()).unwrap_or(0));
        self.packed.extend_from_slice(aux.iv);
        let subsamples = aux.subsamples.map_or(WHOLE, |bytes| u16::try_from(bytes.len() / 6).unwrap_or(0));
        self.packed.extend_from_slice(&subsamples.to_be_bytes());
        self.packed.extend_from_slice(aux.subsamples.unwrap_or_default());
    }

    /// That of a track that lacks the first samples of this one.
    pub(super) fn without_first(&self, count: usize) -> Self {
        let mut rest = Self::default();
        for sample in self.of(count..self.count) {
            let defaults = sample.map(|sample| Defaults { is_protected: true, tenc: sample.tenc.clone() });
            let aux = sample.map_or(AuxEntry { iv: &[], subsamples: None }, |sample| sample.aux);
            rest.push(defaults.as_ref(), aux);
        }
        rest
    }

    /// Whether any sample is encrypted.
    pub fn is_any(&self) -> bool {
        !self.parameters.is_empty()
    }

    /// The parameters of all samples.
    pub fn parameters(&self) -> &[Tenc] {
        &self.parameters
    }

    /// How each sample of a half-open range is encrypted; `None` for a clear one.
    pub fn of(&self, samples: Range<usize>) -> impl Iterator<Item = Option<SampleProtection<'_>>> {
        let samples = samples.start..samples.end.min(self.count);
        let mut run = self.runs.partition_point(|&(first, _)| first <= samples.start).saturating_sub(1);
        let mut at = self.pages.get(samples.start / PAGE).copied().unwrap_or(self.packed.len());
        for _ in 0..samples.start % PAGE {
            self.unpack(&mut at);
        }
        samples.map(move |index| {
            while self.runs.get(run + 1).is_some_and(|&(first, _)| first <= index) {
                run += 1;
            }
            let aux = self.unpack(&mut at);
            let parameters = self.runs.get(run).and_then(|&(_, parameters)| parameters)?;
            Some(SampleProtection { tenc: &self.parameters[parameters], aux })
        })
    }

    /// The sample's information at `at`, which moves behind it.
    fn unpack(&self, at: &mut usize) -> AuxEntry<'_> {
        let mut take = |size: usize| {
            let bytes = &self.packed[*at..*at + size];
            *at += size;
            bytes
        };
        let size = usize::from(take(1)[0]);
        let iv = take(size);
        let count = take(2);
        let subsamples = match u16::from_be_bytes([count[0], count[1]]) {
            WHOLE => None,
            count => Some(take(6 * usize::from(count))),
        };
        AuxEntry { iv, subsamples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults(is_protected: bool, kid: u8) -> Defaults {
        let tenc = Tenc {
            scheme: *b"cenc",
            default_crypt_byte_block: 0,
            default_skip_byte_block: 0,
            default_kid: [kid; 16],
            default_per_sample_iv_size: 8,
            default_constant_iv: Vec::new(),
        };
        Defaults { is_protected, tenc }
    }

    #[test]
    fn any_range_of_samples_is_found() {
        let mut protection = Protection::default();
        let (clear, first, second) = (defaults(false, 0), defaults(true, 1), defaults(true, 2));
        for number in 0..300u32 {
            let in_force = [&clear, &first, &second][number as usize / 100];
            let iv = [u8::try_from(number % 256).unwrap(); 8];
            let subsamples = [[0, 5, 0, 0, 0, 16]; 3].concat();
            let subsamples = Some(&subsamples[..6 * (number as usize % 4)]).filter(|_| number % 5 > 0);
            let iv = if in_force.is_protected { &iv[..] } else { &[] };
            protection.push(Some(in_force), AuxEntry { iv, subsamples });
        }
        let all: Vec<_> = protection.of(0..300).collect();
        assert_eq!(all.len(), 300);
        assert!(all[99].is_none() && all[100].unwrap().tenc.default_kid == [1; 16]);
        for start in [0, 1, 63, 64, 99, 100, 128, 250, 299] {
            let part: Vec<_> = protection.of(start..300).collect();
            for (a, b) in part.iter().zip(&all[start..]) {
                assert_eq!(a.map(|a| (a.tenc, a.aux)), b.map(|b| (b.tenc, b.aux)));
            }
        }
        assert_eq!(protection.parameters().len(), 2);
        let rest = protection.without_first(150);
        for (a, b) in rest.of(0..150).zip(&all[150..]) {
            assert_eq!(a.map(|a| (a.tenc, a.aux)), b.map(|b| (b.tenc, b.aux)));
        }
        assert_eq!(rest.of(0..300).count(), 150);
    }

    #[test]
    fn subsamples_must_sum_up_to_the_sample() {
        let tenc = defaults(true, 1).tenc;
        let subsamples = [0, 5, 0, 0, 0, 16, 0, 2, 0, 0, 0, 0];
        let sample = SampleProtection { tenc: &tenc, aux: AuxEntry { iv: &[], subsamples: Some(&subsamples) } };
        assert_eq!(sample.ranges(23).unwrap(), [5..21]);
        assert!(sample.ranges(24).is_err());
    }
}
