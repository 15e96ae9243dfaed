//! Start codes of a byte stream (ISO/IEC 14496-10 and 23008-2, annex B) that comes in pieces.

/// Finds start codes, also over the ends of pieces.
#[derive(Debug, Default)]
pub(super) struct StartCodes {
    /// Zero bytes in a row right before what comes next.
    zeros: u64,
}

impl StartCodes {
    /// The next start code in `piece` from `from` on, which is where the one before ended, or 0: where the NAL unit
    /// behind it begins, and how many zero bytes stand before its 1: two, and those that trail the NAL unit before.
    pub(super) fn next(&mut self, piece: &[u8], from: usize) -> Option<(usize, u64)> {
        let mut at = from;
        while piece.get(at) == Some(&0) {
            self.zeros += 1;
            at += 1;
        }
        let &byte = piece.get(at)?;
        let zeros = std::mem::take(&mut self.zeros);
        if byte == 1 && zeros >= 2 {
            return Some((at + 1, zeros));
        }
        // The last byte of a start code: of three bytes in a row one at most has to be looked at.
        let first = at + 1;
        let mut at = first + 2;
        while let Some(&byte) = piece.get(at) {
            if byte == 0 {
                at += 1;
                continue;
            }
            if byte == 1 && piece[at - 1] == 0 && piece[at - 2] == 0 {
                return Some((at + 1, zeros_before(&piece[first..at])));
            }
            at += 3;
        }
        self.zeros = zeros_before(piece.get(first..).unwrap_or_default());
        None
    }

    /// Zero bytes that the stream ends with so far.
    pub(super) fn trailing_zeros(&self) -> u64 {
        self.zeros
    }
}

fn zeros_before(bytes: &[u8]) -> u64 {
    bytes.iter().rev().take_while(|&&byte| byte == 0).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where NAL units begin in the stream, and the zeros before, if it comes in these pieces.
    fn found(pieces: &[&[u8]]) -> Vec<(usize, u64)> {
        let (mut codes, mut all, mut base) = (StartCodes::default(), Vec::new(), 0);
        for piece in pieces {
            let mut from = 0;
            while let Some((next, zeros)) = codes.next(piece, from) {
                all.push((base + next, zeros));
                from = next;
            }
            base += piece.len();
        }
        all
    }

    #[test]
    fn start_codes_are_found_wherever_the_stream_is_cut() {
        let stream = [0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x65, 1, 0, 1, 0, 0, 3, 1, 7, 0, 0, 0, 0, 1, 0, 0, 1, 6, 0, 0];
        let expected = [(4, 3), (9, 2), (23, 4), (26, 2)];
        assert_eq!(found(&[&stream]), expected);
        for a in 0..stream.len() {
            for b in a..stream.len() {
                assert_eq!(found(&[&stream[..a], &stream[a..b], &stream[b..]]), expected, "cut at {a} and {b}");
            }
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(found(&bytes), expected);
    }
}
