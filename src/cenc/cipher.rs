//! AES over the protected ranges of many samples at once.
//!
//! A *chain* is what one run of the cipher covers. In `cenc` that is a sample: the counter runs on over
//! its protected ranges. In `cbcs` it is a subsample: the IV restarts at each. CBC is serial within a
//! chain, but the chains of a segment are independent: several are encrypted in lockstep, so that the
//! bitsliced AES of wasm works on full batches.

use std::ops::Range;

use super::aes128::{Aes128, BLOCK, LANES};
use super::{Pattern, Scheme};
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
            Scheme::Cenc if end > first => self.chains.push(Chain { iv, ranges: first..end }),
            Scheme::Cenc => (),
            Scheme::Cbcs => self.chains.extend((first..end).map(|range| Chain { iv, ranges: range..range + 1 })),
        }
    }

    /// Encrypts the ranges of `data` in place.
    pub fn encrypt(&self, key: &ContentKey, scheme: Scheme, pattern: Pattern, data: &mut [u8]) {
        let aes = Aes128::new(key.expose());
        match scheme {
            Scheme::Cenc => self.encrypt_ctr(&aes, data),
            Scheme::Cbcs => self.encrypt_cbc(&aes, pattern, data),
        }
    }

    /// Counter mode; the counter is the block's second half and never carries into the IV
    /// (ISO/IEC 23001-7:2016 clause 9.3).
    fn encrypt_ctr(&self, aes: &Aes128, data: &mut [u8]) {
        for chain in &self.chains {
            let mut key_stream = aes.key_stream(chain.iv);
            for range in &self.ranges[chain.ranges.clone()] {
                key_stream.add_to(&mut data[range.clone()]);
            }
        }
    }

    /// CBC with a pattern; a partial block at the end of a range stays clear (clause 9.6).
    fn encrypt_cbc(&self, aes: &Aes128, pattern: Pattern, data: &mut [u8]) {
        let mut waiting =
            self.chains.iter().map(|chain| Lane::new(chain, self, pattern)).filter(|lane| !lane.is_done());
        let mut lanes: Vec<Lane> = waiting.by_ref().take(LANES).collect();
        let mut blocks = [[0; BLOCK]; LANES];
        while !lanes.is_empty() {
            for (lane, block) in lanes.iter().zip(&mut blocks) {
                let clear = &data[lane.position..lane.position + BLOCK];
                for ((out, clear), before) in block.iter_mut().zip(clear).zip(&lane.before) {
                    *out = clear ^ before;
                }
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
struct Lane {
    /// The last ciphertext block, at first the IV.
    before: [u8; BLOCK],
    /// The next block to encrypt.
    position: usize,
    end: usize,
    /// Blocks left before the pattern skips; 0 is never seen between steps.
    left_in_run: usize,
    crypt: usize,
    skip: usize,
}

impl Lane {
    fn new(chain: &Chain, chains: &Chains, pattern: Pattern) -> Self {
        let range = &chains.ranges[chain.ranges.start];
        // 0:0 encrypts all: a run that never ends.
        let all = pattern.crypt_byte_block == 0;
        let crypt = if all { usize::MAX } else { usize::from(pattern.crypt_byte_block) };
        let skip = usize::from(pattern.skip_byte_block) * BLOCK;
        Self { before: chain.iv, position: range.start, end: range.end, left_in_run: crypt, crypt, skip }
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
