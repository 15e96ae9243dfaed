//! SAMPLE-AES of elementary streams: Apple's "MPEG-2 Stream Encryption Format for HTTP Live Streaming".
//!
//! The IV restarts at each *protected block*: the body of an H.264 slice, an audio frame. A NAL unit is
//! encrypted as it stands, with its emulation prevention bytes, and the result is escaped once more, so that
//! a client takes away one layer before it decrypts and another when it decodes.

use std::ops::Range;

use super::{Chains, Pattern, Scheme};
use crate::keys::ContentKey;

/// The block size of AES in bytes.
const BLOCK: usize = 16;

/// The clear bytes at the start of a NAL unit: its header and 31 more (section 2.2).
const NAL_LEADER: usize = 32;

/// The clear bytes at the start of an audio frame (section 2.3).
const FRAME_LEADER: usize = 16;

/// Which bytes of a NAL unit are a protected block; `None` where all stays clear.
///
/// Only slices are encrypted, and a block only where more than 16 bytes are left: the last byte is always clear,
/// so that leaving it out of the range says just that.
pub fn protected_slice(nal: &[u8]) -> Option<Range<usize>> {
    let is_slice = matches!(nal.first()? & 0x1f, 1 | 5);
    let range = NAL_LEADER..nal.len() - 1;
    (is_slice && range.end >= range.start + BLOCK).then_some(range)
}

/// Which bytes of an audio frame, or of a syncframe of E-AC-3, are a protected block; `None` where all stays
/// clear. A header of ADTS is not counted.
pub fn protected_frame(size: usize) -> Option<Range<usize>> {
    (size >= FRAME_LEADER + BLOCK).then_some(FRAME_LEADER..size)
}

/// Encrypts protected blocks of slices in place: one block of 16 bytes in ten.
pub fn encrypt_slices(key: &ContentKey, iv: [u8; 16], blocks: &[Range<usize>], data: &mut [u8]) {
    encrypt(key, iv, blocks, Pattern::ONE_IN_TEN, data);
}

/// Encrypts protected blocks of audio in place, up to the last whole 16 bytes.
pub fn encrypt_frames(key: &ContentKey, iv: [u8; 16], blocks: &[Range<usize>], data: &mut [u8]) {
    encrypt(key, iv, blocks, Pattern::ALL, data);
}

fn encrypt(key: &ContentKey, iv: [u8; 16], blocks: &[Range<usize>], pattern: Pattern, data: &mut [u8]) {
    let mut chains = Chains::new();
    chains.add_sample(Scheme::Cbcs, iv, 0, blocks); // as there, a chain for each range
    chains.encrypt(key, Scheme::Cbcs, pattern, data);
}

/// Appends a NAL unit with emulation prevention (ISO/IEC 14496-10 clause 7.4.1): 3 behind each two zeros that are
/// followed by 0 to 3.
pub fn escape(nal: &[u8], out: &mut Vec<u8>) {
    let mut copied = 0;
    let mut at = 2;
    while let Some(&byte) = nal.get(at) {
        if byte <= 3 && nal[at - 1] == 0 && nal[at - 2] == 0 {
            out.extend_from_slice(&nal[copied..at]);
            out.push(3);
            copied = at;
            at += 2;
        } else {
            // None of the next two has two zeros before it where this one is none.
            at += if byte == 0 { 1 } else { 3 };
        }
    }
    out.extend_from_slice(&nal[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes::Aes128;
    use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};

    const KEY: [u8; 16] = [7; 16];
    const IV: [u8; 16] = [9; 16];

    /// A NAL unit of type 5 without zeros.
    fn slice(size: usize) -> Vec<u8> {
        let mut nal: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap() | 4).collect();
        nal[0] = 0x65;
        nal
    }

    fn encrypted(nal: &[u8]) -> Vec<u8> {
        let mut data = nal.to_vec();
        let blocks: Vec<_> = protected_slice(nal).into_iter().collect();
        encrypt_slices(&ContentKey::new(KEY), IV, &blocks, &mut data);
        data
    }

    /// Without one layer of emulation prevention.
    fn unescaped(nal: &[u8]) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::new();
        let mut zeros = 0;
        for &byte in nal {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            out.push(byte);
        }
        out
    }

    #[test]
    fn a_nal_unit_of_48_bytes_is_clear_and_one_of_49_has_a_block() {
        assert_eq!(protected_slice(&slice(48)), None);
        assert_eq!(encrypted(&slice(48)), slice(48));
        let (clear, sealed) = (slice(49), encrypted(&slice(49)));
        assert_eq!((&sealed[..32], &sealed[48..]), (&clear[..32], &clear[48..]));
        let mut block = clear[32..48].to_vec();
        cbc::Encryptor::<Aes128>::new(&KEY.into(), &IV.into()).encrypt_padded::<NoPadding>(&mut block, 16).unwrap();
        assert_eq!(sealed[32..48], block);
    }

    #[test]
    fn only_slices_are_protected() {
        for nal_type in 0..32u8 {
            let nal = [&[0x60 | nal_type], &[4; 99][..]].concat();
            assert_eq!(protected_slice(&nal).is_some(), matches!(nal_type, 1 | 5), "{nal_type}");
        }
        assert_eq!(protected_slice(&[]), None);
    }

    #[test]
    fn the_loop_of_the_specification_finds_the_same_blocks() {
        for size in 33..600 {
            let (clear, sealed) = (slice(size), encrypted(&slice(size)));
            // unencrypted_leader, then {16 if more than 16 remain; up to 144}.
            let (mut position, mut iv) = (32, IV);
            let mut opened = sealed.clone();
            while position < size {
                if size - position > 16 {
                    let block: [u8; 16] = sealed[position..position + 16].try_into().unwrap();
                    let mut plain = block;
                    cbc::Decryptor::<Aes128>::new(&KEY.into(), &iv.into())
                        .decrypt_padded::<NoPadding>(&mut plain)
                        .unwrap();
                    opened[position..position + 16].copy_from_slice(&plain);
                    iv = block;
                    position += 16;
                }
                position += 144.min(size - position);
            }
            assert_eq!(opened, clear, "{size}");
        }
    }

    #[test]
    fn emulation_prevention_of_the_clear_slice_is_encrypted_with_it_and_comes_back() {
        let mut nal = slice(200);
        nal[20..24].copy_from_slice(&[0, 0, 3, 1]); // in the leader
        nal[36..40].copy_from_slice(&[0, 0, 3, 0]); // in an encrypted block
        nal[60..64].copy_from_slice(&[0, 0, 3, 3]); // in a clear one
        let mut out = Vec::new();
        escape(&encrypted(&nal), &mut out);
        assert!(!out.windows(3).any(|bytes| bytes[..2] == [0, 0] && bytes[2] < 3), "no start code");
        let mut opened = unescaped(&out);
        assert_eq!(opened.len(), nal.len());
        let mut block = opened[32..48].to_vec();
        cbc::Decryptor::<Aes128>::new(&KEY.into(), &IV.into()).decrypt_padded::<NoPadding>(&mut block).unwrap();
        opened[32..48].copy_from_slice(&block);
        assert_eq!(opened[..192], nal[..192]);
    }

    #[test]
    fn emulation_that_encryption_makes_is_prevented() {
        // The block whose ciphertext begins and ends with zeros.
        let mut wanted = [5; 16];
        wanted[..3].copy_from_slice(&[0, 0, 1]);
        wanted[14..].copy_from_slice(&[0, 0]);
        let mut plain = wanted;
        cbc::Decryptor::<Aes128>::new(&KEY.into(), &IV.into()).decrypt_padded::<NoPadding>(&mut plain).unwrap();
        let mut nal = slice(60);
        nal[32..48].copy_from_slice(&plain);
        nal[48] = 2;
        let sealed = encrypted(&nal);
        assert_eq!(sealed[32..48], wanted);
        let mut out = Vec::new();
        escape(&sealed, &mut out);
        assert_eq!(out.len(), 62);
        assert_eq!(out[32..36], [0, 0, 3, 1]);
        assert_eq!(out[47..51], [0, 0, 3, 2]);
        assert_eq!(unescaped(&out), sealed);
    }

    #[test]
    fn zeros_in_a_row_are_escaped_by_twos() {
        let mut out = Vec::new();
        escape(&[0, 0, 0, 0, 0, 3, 4, 0, 0, 4], &mut out);
        assert_eq!(out, [0, 0, 3, 0, 0, 3, 0, 3, 4, 0, 0, 4]);
        assert_eq!(unescaped(&out), [0, 0, 0, 0, 0, 3, 4, 0, 0, 4]);
    }

    /// The rule as the standard has it, byte by byte, over every unit of up to eight bytes of those that matter.
    #[test]
    fn escaping_by_runs_is_escaping_byte_by_byte() {
        for size in 0..=8_u32 {
            for number in 0..4_usize.pow(size) {
                let nal: Vec<u8> = (0..size).map(|place| [0, 1, 3, 4][number >> (2 * place) & 3]).collect();
                let mut expected = Vec::new();
                let mut zeros = 0;
                for &byte in &nal {
                    if zeros == 2 && byte <= 3 {
                        expected.push(3);
                        zeros = 0;
                    }
                    expected.push(byte);
                    zeros = if byte == 0 { zeros + 1 } else { 0 };
                }
                let mut out = Vec::new();
                escape(&nal, &mut out);
                assert_eq!(out, expected, "{nal:?}");
            }
        }
    }

    #[test]
    fn an_audio_frame_of_fewer_than_32_bytes_is_clear() {
        assert_eq!([0, 15, 16, 31].map(protected_frame), [const { None }; 4]);
        for size in [32, 47, 48, 371] {
            let clear: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let mut data = clear.clone();
            encrypt_frames(&ContentKey::new(KEY), IV, &[protected_frame(size).unwrap()], &mut data);
            let end = size - size % 16;
            assert_eq!((&data[..16], &data[end..]), (&clear[..16], &clear[end..]));
            let mut block = data[16..end].to_vec();
            cbc::Decryptor::<Aes128>::new(&KEY.into(), &IV.into()).decrypt_padded::<NoPadding>(&mut block).unwrap();
            assert_eq!(block, clear[16..end], "{size}");
        }
    }

    #[test]
    fn the_iv_restarts_at_each_frame() {
        let mut data = [[3u8; 48], [3; 48]].concat();
        encrypt_frames(&ContentKey::new(KEY), IV, &[16..48, 64..96], &mut data);
        assert_eq!(data[..48], data[48..]);
        assert_ne!(data[16..32], [3; 16]);
    }
}
