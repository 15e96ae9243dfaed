//! AES over the protected ranges of many samples at once.
//!
//! A *chain* is what one run of the cipher covers. In `cbcs` that is a subsample: the IV restarts at
//! each. Else it is a sample: the counter, or the chaining, runs on over its protected ranges. CBC is serial within a
//! chain, but the chains of a segment are independent: several are encrypted in lockstep, so that the
//! bitsliced AES of wasm works on full batches.

use std::ops::Range;

use super::aes128::{Aes128, BLOCK, LANES};
use super::{Mode, Pattern, Scheme};
use crate::keys::ContentKey;

/// The protected ranges of a segment's samples, grouped into chains.
#[derive(Debug, Clone, Default)]
pub struct Chains {
    ranges: Vec<Range<usize>>,
    chains: Vec<Chain>,
}

#[derive(Debug, Clone)]
struct Chain {
    iv: [u8; BLOCK],
    /// Indices of `ranges`.
    ranges: Range<usize>,
}

impl Chains {
    /// No chain yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a sample whose first byte stands at `offset` of the data to be encrypted, with its protected
    /// ranges and IV. An IV of 8 bytes stands in the first half of `iv`, the counter in the second.
    pub fn add_sample(&mut self, scheme: Scheme, iv: [u8; BLOCK], offset: usize, ranges: &[Range<usize>]) {
        let first = self.ranges.len();
        self.ranges.extend(ranges.iter().map(|range| offset + range.start..offset + range.end));
        let end = self.ranges.len();
        match scheme {
            Scheme::Cbcs => self.chains.extend((first..end).map(|range| Chain { iv, ranges: range..range + 1 })),
            _ if end > first => self.chains.push(Chain { iv, ranges: first..end }),
            _ => (),
        }
    }

    /// Encrypts the ranges of `data` in place.
    pub fn encrypt(&self, key: &ContentKey, scheme: Scheme, pattern: Pattern, data: &mut [u8]) {
        let aes = Aes128::new(key.expose());
        match scheme.mode() {
            Mode::Ctr => self.encrypt_ctr(&aes, pattern, data),
            Mode::Cbc => self.encrypt_cbc(&aes, pattern, data),
        }
    }

    /// Counter mode; the counter is the block's second half and never carries into the IV
    /// (ISO/IEC 23001-7:2016 clause 9.3). Blocks that a pattern skips don't advance it (clause 10.3).
    fn encrypt_ctr(&self, aes: &Aes128, pattern: Pattern, data: &mut [u8]) {
        for chain in &self.chains {
            let mut key_stream = aes.key_stream(chain.iv);
            for range in &self.ranges[chain.ranges.clone()] {
                if pattern.is_all() {
                    key_stream.add_to(&mut data[range.clone()]);
                } else {
                    pattern.encrypted(range.clone()).for_each(|run| key_stream.add_to(&mut data[run]));
                }
            }
        }
    }

    /// CBC with a pattern; a partial block at the end of a range stays clear (clause 9.6).
    fn encrypt_cbc(&self, aes: &Aes128, pattern: Pattern, data: &mut [u8]) {
        let mut waiting =
            self.chains.iter().map(|chain| Lane::new(chain, self, pattern)).filter(|lane| !lane.is_done());
        let mut lanes: Vec<Lane<'_>> = waiting.by_ref().take(LANES).collect();
        let mut blocks = [[0; BLOCK]; LANES];
        while !lanes.is_empty() {
            for (lane, block) in lanes.iter().zip(&mut blocks) {
                let clear = data[lane.position..].first_chunk().expect("a lane that isn't done has a block");
                *block = (u128::from_ne_bytes(*clear) ^ u128::from_ne_bytes(lane.before)).to_ne_bytes();
            }
            aes.encrypt(&mut blocks);
            for (lane, block) in lanes.iter_mut().zip(&blocks) {
                data[lane.position..lane.position + BLOCK].copy_from_slice(block);
                lane.before = *block;
                lane.advance();
            }
            let mut index = 0;
            while index < lanes.len() {
                if !lanes[index].is_done() {
                    index += 1;
                } else if let Some(next) = waiting.next() {
                    lanes[index] = next;
                    index += 1;
                } else {
                    lanes.swap_remove(index);
                }
            }
        }
    }
}

/// A chain of CBC on its way through its range.
#[derive(Debug)]
struct Lane<'a> {
    /// The last ciphertext block, at first the IV.
    before: [u8; BLOCK],
    /// The next block to encrypt.
    position: usize,
    end: usize,
    /// The ranges of the chain that follow: only under `cbc1` are there any.
    following: &'a [Range<usize>],
    /// Blocks left before the pattern skips; 0 is never seen between steps.
    left_in_run: usize,
    crypt: usize,
    skip: usize,
}

impl<'a> Lane<'a> {
    fn new(chain: &Chain, chains: &'a Chains, pattern: Pattern) -> Self {
        let (first, following) = chains.ranges[chain.ranges.clone()].split_first().expect("a chain has a range");
        // Where nothing is skipped the run never ends.
        let crypt = if pattern.is_all() { usize::MAX } else { usize::from(pattern.crypt_byte_block) };
        let skip = usize::from(pattern.skip_byte_block) * BLOCK;
        let mut lane = Self {
            before: chain.iv,
            position: first.start,
            end: first.end,
            following,
            left_in_run: crypt,
            crypt,
            skip,
        };
        lane.enter_next_range();
        lane
    }

    fn is_done(&self) -> bool {
        self.end.saturating_sub(self.position) < BLOCK
    }

    fn advance(&mut self) {
        self.position += BLOCK;
        self.left_in_run -= 1;
        if self.left_in_run == 0 {
            self.left_in_run = self.crypt;
            self.position += self.skip;
        }
        self.enter_next_range();
    }

    fn enter_next_range(&mut self) {
        while self.is_done() {
            let Some((next, following)) = self.following.split_first() else { return };
            (self.position, self.end, self.following) = (next.start, next.end, following);
            self.left_in_run = self.crypt;
        }
    }
}

impl Pattern {
    /// The runs of whole blocks of `range` that are encrypted.
    pub fn encrypted(self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let (crypt, skip) = (usize::from(self.crypt_byte_block) * BLOCK, usize::from(self.skip_byte_block) * BLOCK);
        let whole = range.start..range.end - range.len() % BLOCK;
        whole.clone().step_by(crypt + skip).map(move |start| start..whole.end.min(start + crypt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes::Aes128;
    use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
    use hex_literal::hex;

    // NIST SP 800-38A appendix F: the key and plaintext of all AES-128 examples.
    const KEY: [u8; 16] = hex!("2b7e151628aed2a6abf7158809cf4f3c");
    const PLAIN: [u8; 64] = hex!(
        "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"
    );

    fn encrypt(scheme: Scheme, pattern: Pattern, iv: [u8; 16], ranges: &[Range<usize>], data: &[u8]) -> Vec<u8> {
        let mut chains = Chains::new();
        chains.add_sample(scheme, iv, 0, ranges);
        let mut data = data.to_vec();
        chains.encrypt(&ContentKey::new(KEY), scheme, pattern, &mut data);
        data
    }

    #[test]
    fn nist_sp_800_38a_f_5_1_ctr() {
        let out = encrypt(Scheme::Cenc, Pattern::ALL, hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), &[0..64], &PLAIN);
        assert_eq!(out[..32], hex!("874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff"));
    }

    #[test]
    fn nist_sp_800_38a_f_2_1_cbc() {
        let out = encrypt(Scheme::Cbcs, Pattern::ALL, hex!("000102030405060708090a0b0c0d0e0f"), &[0..64], &PLAIN);
        assert_eq!(out[48..], hex!("3ff1caa1681fac09120eca307586e1a7"));
    }

    #[test]
    fn the_counter_of_64_bits_does_not_carry_into_the_iv() {
        let end = hex!("0000000000000005 ffffffffffffffff");
        let out = encrypt(Scheme::Cenc, Pattern::ALL, end, &[0..32], &[0; 32]);
        let wrapped =
            encrypt(Scheme::Cenc, Pattern::ALL, hex!("0000000000000005 0000000000000000"), &[0..16], &[0; 16]);
        assert_eq!(out[16..], wrapped[..]);
    }

    #[test]
    fn the_counter_runs_on_over_the_subsamples_of_a_sample() {
        let iv = [9; 16];
        let whole = encrypt(Scheme::Cenc, Pattern::ALL, iv, &[0..48], &[0; 48]);
        let parts = encrypt(Scheme::Cenc, Pattern::ALL, iv, &[5..21, 30..62], &[0; 70]);
        assert_eq!([&parts[5..21], &parts[30..62]].concat(), whole);
        assert!(parts[21..30].iter().chain(&parts[..5]).chain(&parts[62..]).all(|&byte| byte == 0));
    }

    #[test]
    fn a_pattern_of_1_to_9_encrypts_one_block_in_ten_and_leaves_the_tail() {
        let iv = [3; 16];
        let data: Vec<u8> = (0..250u8).collect();
        let out = encrypt(Scheme::Cbcs, Pattern::ONE_IN_TEN, iv, &[7..250], &data);
        // Blocks 0 and 10 of the range, chained: 7..23 and 167..183.
        let mut chained = [&data[7..23], &data[167..183]].concat();
        cbc::Encryptor::<Aes128>::new(&KEY.into(), &iv.into()).encrypt_padded::<NoPadding>(&mut chained, 32).unwrap();
        assert_eq!(out[7..23], chained[..16]);
        assert_eq!(out[167..183], chained[16..]);
        assert_eq!(out[..7], data[..7]);
        assert_eq!(out[23..167], data[23..167]);
        assert_eq!(out[183..], data[183..]);
    }

    #[test]
    fn cbc1_chains_through_the_subsamples_of_a_sample() {
        let data: Vec<u8> = (0..150u8).collect();
        let out = encrypt(Scheme::Cbc1, Pattern::ALL, [4; 16], &[3..35, 40..56, 60..124], &data);
        let mut chained = [&data[3..35], &data[40..56], &data[60..124]].concat();
        let size = chained.len();
        cbc::Encryptor::<Aes128>::new(&KEY.into(), &[4; 16].into())
            .encrypt_padded::<NoPadding>(&mut chained, size)
            .unwrap();
        assert_eq!([&out[3..35], &out[40..56], &out[60..124]].concat(), chained);
        assert_eq!((&out[..3], &out[35..40], &out[124..]), (&data[..3], &data[35..40], &data[124..]));
    }

    #[test]
    fn cens_counts_only_the_blocks_it_encrypts_and_restarts_the_pattern_at_each_subsample() {
        let iv = [9; 16];
        let keystream = encrypt(Scheme::Cenc, Pattern::ALL, iv, &[0..64], &[0; 64]);
        let out = encrypt(
            Scheme::Cens,
            Pattern { crypt_byte_block: 1, skip_byte_block: 2 },
            iv,
            &[5..85, 90..122],
            &[0; 130],
        );
        // Blocks 0 and 3 of the first range, block 0 of the second.
        assert_eq!([&out[5..21], &out[53..69], &out[90..106]].concat(), keystream[..48]);
        assert!(out[21..53].iter().chain(&out[69..90]).chain(&out[106..]).all(|&byte| byte == 0));
    }

    #[test]
    fn chains_in_lockstep_equal_chains_alone() {
        // Many lanes of different lengths, some shorter than a block.
        let ranges: Vec<Range<usize>> = (0..40).map(|i| i * 500..i * 500 + (i * 37) % 480).collect();
        let data: Vec<u8> = (0..20_000u32).map(|i| u8::try_from(i * i % 251).unwrap()).collect();
        for pattern in [Pattern::ALL, Pattern::ONE_IN_TEN] {
            let together = encrypt(Scheme::Cbcs, pattern, [1; 16], &ranges, &data);
            let mut alone = data.clone();
            for range in &ranges {
                alone = encrypt(Scheme::Cbcs, pattern, [1; 16], std::slice::from_ref(range), &alone);
            }
            assert_eq!(together, alone);
        }
    }
}
