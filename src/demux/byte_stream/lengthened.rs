//! The bytes of a picture in a byte stream → a sample, whose NAL units have their lengths in front.

use super::start_codes::StartCodes;
use crate::codec::nal_family::{NalContent, NalFamily};

/// Which NAL units don't go into samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::demux) struct Dropped {
    pub(in crate::demux) family: &'static NalFamily,
    /// Whether parameter sets stay, since an entry can't list them all.
    pub(in crate::demux) keeps_sets: bool,
}

impl Dropped {
    /// Whether a NAL unit that begins so is left out: delimiters, filler and, where the sample entry lists them,
    /// parameter sets.
    pub(in crate::demux) fn drops(self, nal: &[u8]) -> bool {
        match (self.family.unit)(nal).content {
            NalContent::Delimiter | NalContent::Filler => true,
            NalContent::ParameterSet => !self.keeps_sets,
            _ => false,
        }
    }
}

/// The size in bytes of the length in front of a NAL unit.
pub(super) const LENGTH_SIZE: usize = 4;

/// A sample in the making.
pub(in crate::demux) struct Lengthened {
    dropped: Dropped,
    out: Vec<u8>,
    codes: StartCodes,
    /// Where the length of the NAL unit that is being copied stands.
    unit: usize,
}

impl Lengthened {
    /// Starts on a sample of `size` bytes, within its first NAL unit.
    pub(in crate::demux) fn new(dropped: Dropped, size: usize) -> Self {
        let mut out = Vec::with_capacity(size + LENGTH_SIZE);
        out.extend([0; LENGTH_SIZE]);
        Self { dropped, out, codes: StartCodes::default(), unit: 0 }
    }

    /// Takes the next bytes of the stream.
    pub(in crate::demux) fn take(&mut self, stream: &[u8]) {
        let mut from = 0;
        while let Some((next, zeros)) = self.codes.next(stream, from) {
            self.out.extend_from_slice(&stream[from..next - 1]);
            self.out.truncate(self.out.len().saturating_sub(usize::try_from(zeros).unwrap_or(usize::MAX)));
            self.end_unit();
            from = next;
        }
        self.out.extend_from_slice(&stream[from..]);
    }

    /// Writes the length of the NAL unit, and makes room for the next one's.
    fn end_unit(&mut self) {
        let start = self.unit + LENGTH_SIZE;
        match self.out.get(start..) {
            Some(nal) if !nal.is_empty() && !self.dropped.drops(nal) => {
                let length = u32::try_from(self.out.len() - start).unwrap_or(u32::MAX);
                self.out[self.unit..start].copy_from_slice(&length.to_be_bytes());
            }
            _ => self.out.truncate(self.unit),
        }
        self.unit = self.out.len();
        self.out.extend([0; LENGTH_SIZE]);
    }

    /// The sample.
    pub(in crate::demux) fn finish(mut self) -> Vec<u8> {
        self.end_unit();
        self.out.truncate(self.unit);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::avc;

    #[test]
    fn nal_units_get_their_length_in_front_and_padding_is_left_out() {
        let made = |keeps_sets, pieces: &[&[u8]]| {
            let mut made = Lengthened::new(Dropped { family: &avc::NAL_FAMILY, keeps_sets }, 0);
            pieces.iter().for_each(|piece| made.take(piece));
            made.finish()
        };
        // Behind the first start code: a delimiter, parameter sets, a slice with a zero byte behind it, filler.
        let stream =
            [9, 0x10, 0, 0, 0, 1, 0x67, 66, 0, 0, 1, 0x68, 5, 0, 0, 1, 0x65, 7, 0, 0, 3, 8, 0, 0, 0, 0, 1, 0x0c, 0xff];
        let slice = [0, 0, 0, 6, 0x65, 7, 0, 0, 3, 8];
        let sets = [0, 0, 0, 2, 0x67, 66, 0, 0, 0, 2, 0x68, 5];
        for cut in 0..stream.len() {
            let pieces = [&stream[..cut], &stream[cut..]];
            assert_eq!(made(false, &pieces), slice, "cut at {cut}");
            assert_eq!(made(true, &pieces), [&sets[..], &slice].concat(), "cut at {cut}");
        }
    }
}
