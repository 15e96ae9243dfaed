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

/// AES-CTR over the ranges as if they were one, both ways; an IV of 8 bytes is filled up with zeros.
pub(crate) fn ctr(key: &[u8; 16], iv: &[u8], ranges: &[Range<usize>], data: &mut [u8]) {
    let mut counter = [0; BLOCK];
    counter[..iv.len()].copy_from_slice(iv);
    let mut joined: Vec<u8> = ranges.iter().flat_map(|range| data[range.clone()].to_vec()).collect();
    ctr::Ctr64BE::<Aes128>::new(&(*key).into(), &counter.into()).apply_keystream(&mut joined);
    let mut rest = &joined[..];
    for range in ranges {
        let (own, after) = rest.split_at(range.len());
        data[range.clone()].copy_from_slice(own);
        rest = after;
    }
}

/// AES-CBC over the blocks of one range that the pattern encrypts, as if they were one.
pub(crate) fn encrypt_cbc(key: &[u8; 16], iv: &[u8; 16], pattern: Pattern, range: &Range<usize>, data: &mut [u8]) {
    over_blocks(pattern, range, data, |joined| {
        let size = joined.len();
        let cipher = cbc::Encryptor::<Aes128>::new(&(*key).into(), &(*iv).into());
        cipher.encrypt_padded::<NoPadding>(joined, size).expect("whole blocks");
    });
}

/// The reverse of [`encrypt_cbc`].
pub(crate) fn decrypt_cbc(key: &[u8; 16], iv: &[u8; 16], pattern: Pattern, range: &Range<usize>, data: &mut [u8]) {
    over_blocks(pattern, range, data, |joined| {
        let cipher = cbc::Decryptor::<Aes128>::new(&(*key).into(), &(*iv).into());
        cipher.decrypt_padded::<NoPadding>(joined).expect("whole blocks");
    });
}

fn over_blocks((crypt, skip): Pattern, range: &Range<usize>, data: &mut [u8], cipher: impl FnOnce(&mut Vec<u8>)) {
    let is_encrypted = |number: usize| crypt == 0 || number % (crypt + skip) < crypt;
    let blocks = (0..range.len() / BLOCK).filter(|&number| is_encrypted(number));
    let blocks: Vec<Range<usize>> =
        blocks.map(|number| range.start + number * BLOCK).map(|start| start..start + BLOCK).collect();
    let mut joined: Vec<u8> = blocks.iter().flat_map(|block| data[block.clone()].to_vec()).collect();
    cipher(&mut joined);
    for (block, bytes) in blocks.iter().zip(joined.chunks(BLOCK)) {
        data[block.clone()].copy_from_slice(bytes);
    }
}
