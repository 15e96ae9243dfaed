//! Tells samples from what decryption with a wrong key makes of them.
//!
//! Headers stand at the front of samples: of NAL units their lengths and slice headers, of AV1 and VP9 what stands
//! before the tiles, of most sound a word that every frame begins with. Garbage passes for one of them now and then, so
//! that several samples are looked at. Where somebody left all headers clear, how often each byte occurs still tells
//! garbage from CAVLC; from arithmetic coding, whose bytes are as even, nothing does.

use std::ops::Range;

use super::{Codec, Kind, Protector};

/// Looks at the samples of a track, from a sync sample on.
#[derive(Debug)]
pub struct Plausibility<'a> {
    codec: &'a Codec,
    protector: Box<dyn Protector>,
    looked_at: usize,
    garbage: usize,
    /// How often each byte occurs in what was decrypted; `None` where that tells nothing.
    bytes: Option<Box<[u32; 256]>>,
}

impl<'a> Plausibility<'a> {
    /// Starts on samples of this codec.
    pub fn new(codec: &'a Codec) -> Self {
        let bytes = codec.has_uneven_bytes().then(|| Box::new([0; 256]));
        Self { codec, protector: codec.protector(), looked_at: 0, garbage: 0, bytes }
    }

    /// Takes the next sample, of which these bytes were decrypted; none of one that was clear in its file.
    pub fn take(&mut self, sample: &[u8], decrypted: &[Range<usize>]) {
        if let Some(bytes) = &mut self.bytes {
            for &byte in decrypted.iter().filter_map(|range| sample.get(range.clone())).flatten() {
                bytes[usize::from(byte)] = bytes[usize::from(byte)].saturating_add(1);
            }
        }
        if sample.is_empty() {
            return;
        }
        let begins_well = self.codec.begins_well(sample);
        let is_readable = self.protector.protectable(sample, &mut Vec::new()).is_ok();
        // Of sound and text any bytes may be protected: the protector reads nothing.
        let verdict = match self.codec.description().kind {
            Kind::Video => Some(is_readable && begins_well != Some(false)),
            Kind::Audio | Kind::Text => begins_well,
        };
        if let (false, Some(is_well)) = (decrypted.is_empty(), verdict) {
            self.looked_at += 1;
            self.garbage += usize::from(!is_well);
        }
    }

    /// Whether more samples are garbage than a damaged file has. Of headers that are clear but for their end garbage
    /// passes for most.
    pub fn is_garbage(&self) -> bool {
        let share = match self.codec.description().kind {
            Kind::Video => 16,
            Kind::Audio | Kind::Text => 4,
        };
        self.garbage * share > self.looked_at || self.bytes.as_deref().is_some_and(are_even)
    }
}

/// Whether all bytes are as frequent, by Pearson's test. Of even ones chi-squared is 255 on average with a standard
/// deviation of 22.6; for noise of CAVLC, the most even that we could make, it exceeds 600 at this number of bytes.
fn are_even(bytes: &[u32; 256]) -> bool {
    const FEWEST: u64 = 8 << 10;
    /// Five and a half deviations.
    const MOST: u64 = 380;
    let all: u64 = bytes.iter().map(|&count| u64::from(count)).sum();
    let squares: u64 = bytes.iter().map(|&count| u64::from(count).saturating_mul(u64::from(count))).sum();
    // The sum of (count - all / 256)² / (all / 256).
    all >= FEWEST && (squares.saturating_mul(256) / all).saturating_sub(all) < MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_even_where_none_is_more_frequent() {
        assert!(!are_even(&[31; 256]), "too few");
        assert!(are_even(&[32; 256]));
        let mut counts = [400; 256];
        counts.iter_mut().step_by(2).for_each(|count| *count += 160);
        assert!(!are_even(&counts));
    }
}
