//! AES-128 behind one interface: the crates `aes` and `ctr`, which use a processor's own instructions, and
//! in wasm with SIMD, where there are none, our own [`bitslice`](super::bitslice) at twice their speed.
//! Both give the same bytes.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use bitsliced::Aes128;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) use crates::Aes128;

/// The block size of AES in bytes.
pub(super) const BLOCK: usize = 16;

/// How many blocks are encrypted together.
pub(super) const LANES: usize = 8;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod crates {
    use cipher::{BlockCipherEncrypt, InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};

    use super::{BLOCK, LANES};

    type CtrCore<'a> = ctr::CtrCore<&'a aes::Aes128, ctr::flavors::Ctr64BE>;

    /// An expanded key.
    pub(in super::super) struct Aes128(aes::Aes128);

    impl Aes128 {
        pub(in super::super) fn new(key: &[u8; BLOCK]) -> Self {
            Self(aes::Aes128::new(key.into()))
        }

        /// Encrypts each block by itself.
        pub(in super::super) fn encrypt(&self, blocks: &mut [[u8; BLOCK]; LANES]) {
            self.0.encrypt_blocks(aes::Block::cast_slice_from_core_mut(blocks));
        }

        /// The key stream of this IV: its second half counts, and never carries into the first.
        pub(in super::super) fn key_stream(&self, iv: [u8; BLOCK]) -> KeyStream<'_> {
            KeyStream(StreamCipherCoreWrapper::from_core(CtrCore::inner_iv_init(&self.0, &iv.into())))
        }
    }

    pub(in super::super) struct KeyStream<'a>(StreamCipherCoreWrapper<CtrCore<'a>>);

    impl KeyStream<'_> {
        /// Adds the next bytes of the key stream to `data`.
        pub(in super::super) fn add_to(&mut self, data: &mut [u8]) {
            self.0.apply_keystream(data);
        }
    }
}

#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
#[cfg_attr(test, expect(dead_code, reason = "its Aes128 is not the one that a native build uses"))]
mod bitsliced {
    use super::super::bitslice::{self, BYTES};
    use super::{BLOCK, LANES};

    #[cfg(not(target_feature = "simd128"))]
    use super::super::bitslice::portable::Word;
    #[cfg(target_feature = "simd128")]
    use super::super::bitslice::simd::Word;

    /// An expanded key.
    pub(in super::super) struct Aes128(bitslice::Aes128<Word>);

    impl Aes128 {
        pub(in super::super) fn new(key: &[u8; BLOCK]) -> Self {
            Self(bitslice::Aes128::new(key))
        }

        /// Encrypts each block by itself.
        pub(in super::super) fn encrypt(&self, blocks: &mut [[u8; BLOCK]; LANES]) {
            self.0.encrypt(blocks.as_flattened_mut().try_into().expect("eight blocks"));
        }

        /// The key stream of this IV: its second half counts, and never carries into the first.
        pub(in super::super) fn key_stream(&self, iv: [u8; BLOCK]) -> KeyStream<'_> {
            let (nonce, counter) = iv.split_at(8);
            let counter = u64::from_be_bytes(counter.try_into().expect("8 of 16 bytes"));
            let aligned = counter & !7;
            let mut stream = KeyStream {
                aes: &self.0,
                nonce: nonce.try_into().expect("8 of 16 bytes"),
                counter: aligned,
                rest: [0; BYTES],
                used: BYTES,
            };
            if counter > aligned {
                stream.refill();
                stream.used = BLOCK * usize::try_from(counter - aligned).expect("below eight");
            }
            stream
        }
    }

    pub(in super::super) struct KeyStream<'a> {
        aes: &'a bitslice::Aes128<Word>,
        nonce: [u8; 8],
        /// The counter of the next eight blocks.
        counter: u64,
        /// Key stream that was made and, from `used` on, not used.
        rest: [u8; BYTES],
        used: usize,
    }

    impl KeyStream<'_> {
        /// Adds the next bytes of the key stream to `data`.
        pub(in super::super) fn add_to(&mut self, data: &mut [u8]) {
            let (front, data) = data.split_at_mut(data.len().min(BYTES - self.used));
            self.add_rest_to(front);
            let (chunks, tail) = data.as_chunks_mut();
            for chunk in chunks {
                self.aes.add_key_stream(self.nonce, self.counter, chunk);
                self.counter = self.counter.wrapping_add(8);
            }
            if !tail.is_empty() {
                self.refill();
                self.add_rest_to(tail);
            }
        }

        fn refill(&mut self) {
            self.rest = [0; BYTES];
            self.aes.add_key_stream(self.nonce, self.counter, &mut self.rest);
            self.counter = self.counter.wrapping_add(8);
            self.used = 0;
        }

        fn add_rest_to(&mut self, data: &mut [u8]) {
            for (byte, key) in data.iter_mut().zip(&self.rest[self.used..]) {
                *byte ^= key;
            }
            self.used += data.len();
        }
    }

    #[cfg(test)]
    #[test]
    fn key_streams_equal_those_of_the_crate_ctr() {
        for (counter, cuts) in
            [(0, [48, 128, 1000, 5, 300]), (13, [1, 15, 0, 500, 128]), (u64::MAX - 20, [700, 1, 1, 1, 64])]
        {
            let mut iv = [7; BLOCK];
            iv[8..].copy_from_slice(&counter.to_be_bytes());
            let (ours, theirs) = (Aes128::new(&[3; 16]), super::crates::Aes128::new(&[3; 16]));
            let (mut ours, mut theirs) = (ours.key_stream(iv), theirs.key_stream(iv));
            for length in cuts {
                let (mut a, mut b) = (vec![0; length], vec![0; length]);
                ours.add_to(&mut a);
                theirs.add_to(&mut b);
                assert_eq!(a, b, "from {counter}, {length} bytes of {cuts:?}");
            }
        }
    }
}
