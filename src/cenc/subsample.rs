//! Subsample layout (ISO/IEC 23001-7:2016 clause 9.5): which bytes of a sample are clear and which
//! protected. Apart from the cipher, so that it can be tested without one.

use std::ops::Range;

use super::Scheme;

/// The largest `BytesOfClearData`: the field has 16 bits.
const CLEAR_MAX: usize = 0xffff;

/// The block size of AES in bytes.
const BLOCK: usize = 16;

/// One entry of `senc`: clear bytes, then protected bytes.
pub type Subsample = (u16, u32);

/// A sample's layout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protect {
    /// The subsamples; they sum up to the sample's size.
    pub subsamples: Vec<Subsample>,
    /// The protected ranges of the sample, in order.
    pub ranges: Vec<Range<usize>>,
}

/// Lays out a sample of `size` bytes of which `protectable` ranges may be protected.
///
/// But for `cbcs` a protected range is a multiple of 16 bytes, as CMAF (ISO/IEC 23000-19 clause 8.2.2.3)
/// demands, and ends where the protectable range does: what is over stays clear at its front. In `cbcs`
/// it is the whole protectable range. A range without a whole block stays clear: nothing in it would be
/// encrypted. But where `keep_short` says so, `cbcs` makes a subsample of it nevertheless.
pub fn layout(scheme: Scheme, size: usize, protectable: &[Range<usize>], keep_short: bool) -> Protect {
    let mut layout = Protect::default();
    let mut position = 0;
    for range in protectable {
        let over = if scheme.protects_whole_blocks() { range.len() % BLOCK } else { 0 };
        let range = range.start + over..range.end;
        let is_kept = range.len() >= BLOCK || keep_short && scheme == Scheme::Cbcs;
        if !is_kept {
            continue;
        }
        push(&mut layout.subsamples, range.start - position, range.len());
        position = range.end;
        layout.ranges.push(range);
    }
    if position < size || layout.subsamples.is_empty() {
        push(&mut layout.subsamples, size - position, 0);
    }
    layout
}

/// Appends a subsample, split where there are more clear bytes than its field can state.
fn push(subsamples: &mut Vec<Subsample>, mut clear: usize, protected: usize) {
    while clear > CLEAR_MAX {
        subsamples.push((u16::MAX, 0));
        clear -= CLEAR_MAX;
    }
    let clear = u16::try_from(clear).expect("split above");
    subsamples.push((clear, u32::try_from(protected).expect("a sample has fewer than 2^32 bytes")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cenc_leaves_what_exceeds_whole_blocks_clear_at_the_front() {
        let layout = layout(Scheme::Cenc, 100, &[10..60], false);
        assert_eq!(layout.subsamples, [(12, 48), (40, 0)]);
        assert_eq!(layout.ranges, [12..60]);
    }

    #[test]
    fn cbcs_protects_from_the_first_byte_to_the_last() {
        let layout = layout(Scheme::Cbcs, 60, &[10..60], false);
        assert_eq!(layout.subsamples, [(10, 50)]);
    }

    #[test]
    fn a_range_without_a_whole_block_is_clear() {
        assert_eq!(layout(Scheme::Cbcs, 40, &[5..20, 24..40], false).subsamples, [(24, 16)]);
        assert_eq!(layout(Scheme::Cenc, 20, &[5..20], false).subsamples, [(20, 0)]);
    }

    #[test]
    fn a_short_range_is_kept_where_the_codec_wants_it_in_cbcs_only() {
        assert_eq!(layout(Scheme::Cbcs, 40, &[5..20, 24..40], true).subsamples, [(5, 15), (4, 16)]);
        assert_eq!(layout(Scheme::Cenc, 20, &[5..20], true).subsamples, [(20, 0)]);
    }

    #[test]
    fn more_than_65535_clear_bytes_are_split() {
        assert_eq!(
            layout(Scheme::Cenc, 200_032, &[200_000..200_032], false).subsamples,
            [(65_535, 0), (65_535, 0), (65_535, 0), (3395, 32)]
        );
    }

    #[test]
    fn an_empty_sample_has_one_empty_subsample() {
        assert_eq!(layout(Scheme::Cenc, 0, &[], false).subsamples, [(0, 0)]);
    }
}
