//! Whole segments under AES-128, as HTTP Live Streaming has them: RFC 8216 section 4.3.2.4, "AES-128 using
//! Cipher Block Chaining (CBC) with PKCS7 padding".

use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use cipher::block_padding::Pkcs7;

use crate::keys::ContentKey;

/// The size of a block in bytes: a segment grows by 1 to as many.
const BLOCK: usize = 16;

/// Encrypts a segment in place.
pub fn encrypt_segment(key: &ContentKey, iv: [u8; 16], segment: &mut Vec<u8>) {
    let size = segment.len();
    segment.resize(size / BLOCK * BLOCK + BLOCK, 0);
    cbc::Encryptor::<aes::Aes128>::new(key.expose().into(), &iv.into())
        .encrypt_padded::<Pkcs7>(segment, size)
        .expect("there is room for the padding");
}

/// The size of a segment with its padding, in bytes: there is always some.
pub const fn padded_size(size: u64) -> u64 {
    let block = BLOCK as u64;
    size - size % block + block
}

/// The IV of a segment whose key has none: its media sequence number (section 5.2).
pub fn iv_of_sequence_number(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{ContentKey, KeyPair};
    use hex_literal::hex;

    fn key() -> ContentKey {
        KeyPair::parse("000102030405060708090a0b0c0d0e0f:2b7e151628aed2a6abf7158809cf4f3c").unwrap().key
    }

    #[test]
    fn the_vector_of_nist_sp_800_38a_with_a_block_of_padding() {
        // F.2.1 CBC-AES128.Encrypt, the first two blocks.
        let mut segment = hex!("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").to_vec();
        encrypt_segment(&key(), hex!("000102030405060708090a0b0c0d0e0f"), &mut segment);
        assert_eq!(segment.len(), 48);
        assert_eq!(segment[..32], hex!("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"));
    }

    #[test]
    fn a_segment_grows_to_the_next_whole_block() {
        for (size, encrypted) in [(0, 16), (1, 16), (15, 16), (16, 32), (17, 32)] {
            let mut segment = vec![7; size];
            encrypt_segment(&key(), iv_of_sequence_number(1), &mut segment);
            assert_eq!(segment.len(), encrypted, "{size}");
        }
    }
}
