//! Decryption of samples, the counterpart of [`Chains`](super::Chains). It goes by the subsamples that a
//! file states and takes over no layout of our own, so that it reads what others wrote too.

use std::ops::Range;

use aes::Aes128;
use cbc::cipher::{Array, BlockModeDecrypt};
use cipher::{BlockCipherDecrypt, InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};

use super::{Mode, Pattern, Scheme};
use crate::keys::ContentKey;

/// The block size of AES in bytes.
const BLOCK: usize = 16;

/// Decrypts samples of one key.
#[derive(Clone)]
pub struct Decryptor {
    aes: Aes128,
}

impl std::fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decryptor(…)")
    }
}

impl Decryptor {
    /// Expands the key.
    pub fn new(key: &ContentKey) -> Self {
        Self { aes: Aes128::new(key.expose().into()) }
    }

    /// Decrypts the protected `ranges` of a sample in place. An IV of 8 bytes stands in the first half of
    /// `iv`. All ranges lie within `sample`.
    pub fn decrypt(
        &self,
        scheme: Scheme,
        pattern: Pattern,
        iv: [u8; BLOCK],
        ranges: &[Range<usize>],
        sample: &mut [u8],
    ) {
        match scheme.mode() {
            Mode::Ctr => self.decrypt_ctr(pattern, iv, ranges, sample),
            Mode::Cbc => self.decrypt_cbc(scheme, pattern, iv, ranges, sample),
        }
    }

    /// The counter block or the IV that makes `clear` of `encrypted`: what a sample
    /// was encrypted with, whatever its file says.
    pub fn iv_of_first_block(&self, scheme: Scheme, clear: [u8; BLOCK], encrypted: [u8; BLOCK]) -> [u8; BLOCK] {
        let xor = |a: [u8; BLOCK], b: [u8; BLOCK]| std::array::from_fn(|index| a[index] ^ b[index]);
        let open = |block: [u8; BLOCK]| -> [u8; BLOCK] {
            let mut block = block.into();
            self.aes.decrypt_block(&mut block);
            block.into()
        };
        match scheme.mode() {
            // The keystream's first block is the encrypted counter.
            Mode::Ctr => open(xor(clear, encrypted)),
            Mode::Cbc => xor(open(encrypted), clear),
        }
    }

    /// The keystream runs on over the ranges of a sample (ISO/IEC 23001-7:2016 clause 9.5); blocks that
    /// a pattern skips don't advance it.
    fn decrypt_ctr(&self, pattern: Pattern, iv: [u8; BLOCK], ranges: &[Range<usize>], sample: &mut [u8]) {
        let core = ctr::CtrCore::<&Aes128, ctr::flavors::Ctr64BE>::inner_iv_init(&self.aes, &iv.into());
        let mut keystream = StreamCipherCoreWrapper::from_core(core);
        for range in ranges {
            if pattern.is_all() {
                keystream.apply_keystream(&mut sample[range.clone()]);
            } else {
                pattern.encrypted(range.clone()).for_each(|run| keystream.apply_keystream(&mut sample[run]));
            }
        }
    }

    /// Chained over the encrypted blocks: of a subsample under `cbcs`, of the whole sample under `cbc1`.
    /// A partial block at the end of a range is clear.
    fn decrypt_cbc(
        &self,
        scheme: Scheme,
        pattern: Pattern,
        iv: [u8; BLOCK],
        ranges: &[Range<usize>],
        sample: &mut [u8],
    ) {
        let begin = || cbc::Decryptor::<&Aes128>::inner_iv_init(&self.aes, &iv.into());
        let mut chain = begin();
        for range in ranges {
            if scheme == Scheme::Cbcs {
                chain = begin();
            }
            let mut decrypt = |run: Range<usize>| {
                chain.decrypt_blocks(Array::slice_as_chunks_mut(&mut sample[run]).0);
            };
            if pattern.is_all() {
                decrypt(range.start..range.end - range.len() % BLOCK);
            } else {
                pattern.encrypted(range.clone()).for_each(decrypt);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cenc::Chains;
    use hex_literal::hex;

    // NIST SP 800-38A appendix F: the key and plaintext of all AES-128 examples.
    const KEY: [u8; 16] = hex!("2b7e151628aed2a6abf7158809cf4f3c");
    const PLAIN: [u8; 32] = hex!("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51");

    fn decryptor() -> Decryptor {
        Decryptor::new(&ContentKey::new(KEY))
    }

    #[test]
    fn nist_sp_800_38a_f_5_2_ctr_and_f_2_2_cbc() {
        let mut ctr = hex!("874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff");
        let iv = hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        decryptor().decrypt(Scheme::Cenc, Pattern::ALL, iv, &[0..32], &mut ctr);
        assert_eq!(ctr, PLAIN);
        let mut cbc = hex!("7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2");
        let iv = hex!("000102030405060708090a0b0c0d0e0f");
        decryptor().decrypt(Scheme::Cbcs, Pattern::ALL, iv, &[0..32], &mut cbc);
        assert_eq!(cbc, PLAIN);
    }

    #[test]
    fn every_scheme_and_pattern_undoes_its_encryption() {
        let clear: Vec<u8> = (0..900u32).map(|i| u8::try_from(i * i % 251).unwrap()).collect();
        // Whole blocks; in cbcs and for whole samples parts of blocks too.
        let blocks = [3..35, 40..56, 60..700];
        let odd = [3..40, 41..50, 60..901 - 1];
        for scheme in Scheme::ALL {
            let patterns = if scheme.has_pattern() { &[(0, 0), (1, 9), (5, 5), (10, 0)][..] } else { &[(0, 0)] };
            for &(crypt_byte_block, skip_byte_block) in patterns {
                let pattern = Pattern { crypt_byte_block, skip_byte_block };
                for ranges in [&blocks[..], &odd[..], &[0..900]] {
                    let mut chains = Chains::new();
                    chains.add_sample(scheme, [7; 16], 0, ranges);
                    let mut data = clear.clone();
                    chains.encrypt(&ContentKey::new(KEY), scheme, pattern, &mut data);
                    assert_ne!(data, clear);
                    let first = ranges[0].start;
                    let block = |data: &[u8]| data[first..first + 16].try_into().unwrap();
                    assert_eq!(decryptor().iv_of_first_block(scheme, block(&clear), block(&data)), [7; 16]);
                    decryptor().decrypt(scheme, pattern, [7; 16], ranges, &mut data);
                    assert_eq!(data, clear, "{scheme} {crypt_byte_block}:{skip_byte_block} {ranges:?}");
                }
            }
        }
    }
}
