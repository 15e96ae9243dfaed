//! The bytes of an input that a step asked for.

use std::borrow::Cow;
use std::ops::Range;

use crate::demux::Track;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::order;

/// Pieces of an input, by their offset.
#[derive(Debug, Default)]
pub struct Window {
    /// In rising order of offset.
    pieces: Vec<(u64, Vec<u8>)>,
}

impl Window {
    /// Adds the bytes at `offset`, behind those that were added before.
    pub fn push(&mut self, offset: u64, bytes: Vec<u8>) {
        self.pieces.push((offset, bytes));
    }

    /// The memory of the pieces.
    pub fn into_pieces(self) -> Vec<Vec<u8>> {
        self.pieces.into_iter().map(|(_, bytes)| bytes).collect()
    }

    /// The bytes of a track's sample, from those of its source.
    pub(super) fn sample<'a>(&'a self, track: &'a Track, index: usize) -> Result<Cow<'a, [u8]>> {
        let source = track.source(index);
        if source.is_empty() {
            return track.sample(index, &[]);
        }
        let size = u32::try_from(source.end - source.start)
            .map_err(|_| Error::new(Code::LimitExceeded, message!("a sample is spread over 4 GiB")).at(source.start))?;
        track.sample(index, self.slice(source.start, size)?)
    }

    /// The `size` bytes at `offset`.
    fn slice(&self, offset: u64, size: u32) -> Result<&[u8]> {
        let (piece, range) = self.find(offset, size)?;
        Ok(&self.pieces[piece].1[range])
    }

    /// The `size` bytes at `offset`, to be changed in place.
    pub(super) fn slice_mut(&mut self, offset: u64, size: u32) -> Result<&mut [u8]> {
        let (piece, range) = self.find(offset, size)?;
        Ok(&mut self.pieces[piece].1[range])
    }

    fn find(&self, offset: u64, size: u32) -> Result<(usize, Range<usize>)> {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        let found = after.checked_sub(1).and_then(|piece| {
            let (start, bytes) = &self.pieces[piece];
            let from = usize::try_from(offset - start).ok()?;
            let range = from..from.checked_add(size as usize)?;
            (range.end <= bytes.len()).then_some((piece, range))
        });
        found.ok_or_else(|| Error::new(Code::Internal, message!("{size} bytes were not read", size)).at(offset))
    }
}

/// Joins ranges that touch or lie closer than [`limits::READ_GAP`]: offsets and lengths, in rising order.
pub(super) fn coalesce(mut ranges: Vec<Range<u64>>) -> Vec<(u64, u64)> {
    order::sort_by_key(&mut ranges, |range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut().filter(|last| range.start <= last.end.saturating_add(limits::READ_GAP)) {
            Some(last) => last.end = last.end.max(range.end),
            None => joined.push(range),
        }
    }
    joined.into_iter().map(|range| (range.start, range.end - range.start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_read_as_one() {
        let far = 10 * limits::READ_GAP;
        assert_eq!(coalesce(vec![100..200, 0..50, far..far + 1]), [(0, 200), (far, 1)]);
    }

    #[test]
    fn a_slice_comes_from_the_piece_that_holds_it() {
        let mut window = Window::default();
        window.push(10, vec![1, 2, 3]);
        window.push(1 << 33, vec![4, 5]);
        assert_eq!(window.slice((1 << 33) + 1, 1).unwrap(), [5]);
        assert_eq!(window.slice(11, 2).unwrap(), [2, 3]);
        assert!(window.slice(11, 3).is_err());
        assert!(window.slice(0, 1).is_err());
    }
}
