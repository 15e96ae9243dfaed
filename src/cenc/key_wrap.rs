//! Keys under keys: the AES Key Wrap of RFC 3394, with its default initial value, by which an unwrapped key is known to
//! be whole.

use aes::Aes128;
use cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit, consts::U16};
use zeroize::Zeroizing;

/// The initial value of section 2.2.3.1.
const INITIAL: [u8; 8] = [0xa6; 8];

/// How often each half block is encrypted.
const ROUNDS: u64 = 6;

/// A key of 16 bytes, wrapped.
pub const WRAPPED_BYTES: usize = 24;

/// The key, wrapped under the key-encryption key.
pub fn wrap(kek: &[u8; 16], key: &[u8; 16]) -> [u8; WRAPPED_BYTES] {
    let mut out = [0; WRAPPED_BYTES];
    out[8..].copy_from_slice(key);
    wrap_by(&Aes128::new(kek.into()), &mut out);
    out
}

/// The key that was wrapped; `None` where it was wrapped under another key-encryption key, or isn't whole.
pub fn unwrap(kek: &[u8; 16], wrapped: &[u8; WRAPPED_BYTES]) -> Option<Zeroizing<[u8; 16]>> {
    let mut all = Zeroizing::new(*wrapped);
    if !unwrap_by(&Aes128::new(kek.into()), all.as_mut_slice()) {
        return None;
    }
    let mut key = Zeroizing::new([0; 16]);
    key.copy_from_slice(&all[8..]);
    Some(key)
}

/// Section 2.2.1: wraps what stands behind the first 8 bytes, which the integrity check takes. The steps are counted
/// from 1 over all rounds.
fn wrap_by<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>>(cipher: &C, all: &mut [u8]) {
    let (check, halves) = all.split_at_mut(8);
    check.copy_from_slice(&INITIAL);
    let mut step: u64 = 0;
    for _ in 0..ROUNDS {
        for half in halves.as_chunks_mut::<8>().0 {
            step += 1;
            let mut block = joined::<C>(check, half);
            cipher.encrypt_block(&mut block);
            check.copy_from_slice(&block[..8]);
            half.copy_from_slice(&block[8..]);
            count(check, step);
        }
    }
}

/// Section 2.2.2, and whether the integrity check holds.
fn unwrap_by<C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>>(cipher: &C, all: &mut [u8]) -> bool {
    let (check, halves) = all.split_at_mut(8);
    let halves = halves.as_chunks_mut::<8>().0;
    let mut step = ROUNDS * halves.len() as u64;
    for _ in 0..ROUNDS {
        for half in halves.iter_mut().rev() {
            count(check, step);
            step -= 1;
            let mut block = joined::<C>(check, half);
            cipher.decrypt_block(&mut block);
            check.copy_from_slice(&block[..8]);
            half.copy_from_slice(&block[8..]);
        }
    }
    // How many bytes agree is nobody's business.
    check.iter().zip(INITIAL).fold(0, |differences, (byte, other)| differences | (byte ^ other)) == 0
}

fn joined<C: BlockSizeUser<BlockSize = U16>>(check: &[u8], half: &[u8]) -> Block<C> {
    let mut block = Block::<C>::default();
    block[..8].copy_from_slice(check);
    block[8..].copy_from_slice(half);
    block
}

/// Adds the number of the step, without carry.
fn count(check: &mut [u8], step: u64) {
    for (byte, part) in check.iter_mut().zip(step.to_be_bytes()) {
        *byte ^= part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes::{Aes192, Aes256};
    use hex_literal::hex;

    /// Wraps and unwraps under keys of any size.
    fn round<C>(kek: &[u8], key: &[u8], wrapped: &[u8])
    where
        C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
    {
        let cipher = C::new_from_slice(kek).unwrap();
        let mut all = vec![0; 8];
        all.extend_from_slice(key);
        wrap_by(&cipher, &mut all);
        assert_eq!(all, wrapped);
        assert!(unwrap_by(&cipher, &mut all));
        assert_eq!(&all[8..], key);
    }

    #[test]
    fn the_vectors_of_the_rfc() {
        // RFC 3394, sections 4.1 to 4.6.
        let kek = hex!("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let key = hex!("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        let of_128 = hex!("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
        assert_eq!(wrap(&kek[..16].try_into().unwrap(), &key[..16].try_into().unwrap()), of_128);
        round::<Aes128>(&kek[..16], &key[..16], &of_128);
        round::<Aes192>(&kek[..24], &key[..16], &hex!("96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"));
        round::<Aes256>(&kek, &key[..16], &hex!("64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"));
        let of_192 = hex!("031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2");
        round::<Aes192>(&kek[..24], &[&key[..16], &key[16..24]].concat(), &of_192);
        round::<Aes256>(&kek, &key[..24], &hex!("a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"));
        let of_256 = hex!("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
        round::<Aes256>(&kek, &key, &of_256);
    }

    #[test]
    fn a_wrong_key_and_a_changed_byte_are_told() {
        let (kek, key) = ([7; 16], [9; 16]);
        let wrapped = wrap(&kek, &key);
        assert_eq!(unwrap(&kek, &wrapped).as_deref(), Some(&key));
        assert!(unwrap(&[8; 16], &wrapped).is_none());
        for at in 0..WRAPPED_BYTES {
            let mut changed = wrapped;
            changed[at] ^= 1;
            assert!(unwrap(&kek, &changed).is_none(), "byte {at}");
        }
    }
}
