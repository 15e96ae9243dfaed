//! Common Encryption as the standard puts it, without a thought for speed: what the ciphers of the crate are
//! compared with.

use std::ops::Range;

use aes::Aes128;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use ctr::cipher::StreamCipher;

const BLOCK: usize = 16;

/// Encrypted and clear blocks of a pattern, in turn; `(0, 0)` encrypts all.
pub(crate) type Pattern = (usize, usize);

/// AES-CTR over what the pattern encrypts of the ranges, as if it were one, both ways; an IV of 8 bytes is
/// filled up with zeros.
pub(crate) fn ctr(key: &[u8; 16], iv: &[u8], pattern: Pattern, ranges: &[Range<usize>], data: &mut [u8]) {
    let mut counter = [0; BLOCK];
    counter[..iv.len()].copy_from_slice(iv);
    let whole = pattern == (0, 0);
    let parts = if whole { ranges.to_vec() } else { blocks(pattern, ranges) };
    joined(&parts, data, |joined| ctr::Ctr64BE::<Aes128>::new(&(*key).into(), &counter.into()).apply_keystream(joined));
}

/// AES-CBC over the blocks of the ranges that the pattern encrypts, as if they were one.
pub(crate) fn encrypt_cbc(key: &[u8; 16], iv: &[u8; 16], pattern: Pattern, ranges: &[Range<usize>], data: &mut [u8]) {
    joined(&blocks(pattern, ranges), data, |joined| {
        let size = joined.len();
        let cipher = cbc::Encryptor::<Aes128>::new(&(*key).into(), &(*iv).into());
        cipher.encrypt_padded::<NoPadding>(joined, size).expect("whole blocks");
    });
}

/// The reverse of [`encrypt_cbc`].
pub(crate) fn decrypt_cbc(key: &[u8; 16], iv: &[u8; 16], pattern: Pattern, ranges: &[Range<usize>], data: &mut [u8]) {
    joined(&blocks(pattern, ranges), data, |joined| {
        let cipher = cbc::Decryptor::<Aes128>::new(&(*key).into(), &(*iv).into());
        cipher.decrypt_padded::<NoPadding>(joined).expect("whole blocks");
    });
}

/// The whole blocks that the pattern encrypts; it starts anew at each range.
fn blocks((crypt, skip): Pattern, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let is_encrypted = |number: &usize| crypt == 0 || number % (crypt + skip) < crypt;
    let of_range = |range: &Range<usize>| {
        let start = range.start;
        (0..range.len() / BLOCK).filter(is_encrypted).map(move |number| start + number * BLOCK)
    };
    ranges.iter().flat_map(of_range).map(|start| start..start + BLOCK).collect()
}

fn joined(parts: &[Range<usize>], data: &mut [u8], cipher: impl FnOnce(&mut Vec<u8>)) {
    let mut joined: Vec<u8> = parts.iter().flat_map(|part| data[part.clone()].to_vec()).collect();
    cipher(&mut joined);
    let mut rest = &joined[..];
    for part in parts {
        let (own, after) = rest.split_at(part.len());
        data[part.clone()].copy_from_slice(own);
        rest = after;
    }
}
