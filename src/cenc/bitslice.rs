//! AES-128 on eight blocks at once, bitsliced on 128-bit words: for wasm, where no instruction does AES.
//!
//! Word `b` of a state holds bit `b` of all bytes: its byte `p` has that bit of byte `p` of each of the
//! eight blocks (E. Käsper, P. Schwabe, *Faster and Timing-Attack Resistant AES-GCM*, CHES 2009). No
//! branch and no address depends on a key or on data. Rows are never shifted: each round works on columns
//! that have moved on one more instead (A. Adomnicai, T. Peyrin, *Fixslicing AES-like Ciphers*, TCHES 2021).
//!
//! The block functions are those of FIPS 197. That the crate `aes` gives the same bytes is tested here;
//! on other targets it does the work.

use std::ops::{BitAnd, BitXor};

/// How many blocks a state holds.
pub(super) const BLOCKS: usize = 8;

/// The bytes of a state.
pub(super) const BYTES: usize = 16 * BLOCKS;

/// 16 bytes on which one operation acts.
pub(super) trait Word: Copy + BitAnd<Output = Self> + BitXor<Output = Self> {
    /// From its bytes in order, as two little-endian numbers.
    fn new(halves: [u64; 2]) -> Self;
    /// The reverse of `new`.
    fn halves(self) -> [u64; 2];
    /// Each half moved up by `count` bits.
    fn up(self, count: u32) -> Self;
    /// Each half moved down by `count` bits.
    fn down(self, count: u32) -> Self;
    /// Each byte that isn't 0 made all ones.
    fn fill(self) -> Self;
    /// Byte `p` from byte [`source(p, ROWS, COLUMNS)`](source).
    fn turn<const ROWS: usize, const COLUMNS: usize>(self) -> Self;
    /// Byte `p` from the row of `p`, two columns on in the odd rows: `ShiftRows` twice.
    fn shift_rows_twice(self) -> Self;
}

/// The byte that is so many rows and columns on; byte `p` of a block stands in row `p % 4`, column `p / 4`.
const fn source(p: usize, rows: usize, columns: usize) -> usize {
    (p + rows) % 4 + 4 * ((p / 4 + columns) % 4)
}

/// The byte in the same row, two columns on where the row is odd.
const fn two_on(p: usize) -> usize {
    source(p, 0, 2 * (p % 2))
}

/// Eight of something, written out: loops over arrays, and closures, are calls where the compiler minds the size.
macro_rules! each {
    ($index:ident => $one:expr) => {
        each!($index => $one, 0 1 2 3 4 5 6 7)
    };
    ($index:ident => $one:expr, $($number:literal)*) => {
        [$({
            let $index: usize = $number;
            $one
        }),*]
    };
}

/// An expanded key.
pub(super) struct Aes128<W: Word> {
    round_keys: [[W; 8]; 11],
}

impl<W: Word> Aes128<W> {
    /// Expands a key (FIPS 197 clause 5.2).
    pub(super) fn new(key: &[u8; 16]) -> Self {
        let mut round_key = *key;
        let mut round_keys = [spread::<W>(&round_key); 11];
        let mut round_constant = 1;
        for (round, spread_key) in (0..).zip(&mut round_keys) {
            if round > 0 {
                round_key = next_round_key::<W>(round_key, round_constant);
                round_constant = (round_constant << 1) ^ (0x1b * (round_constant >> 7));
                // The key moves against the rows that were not shifted. sub_bytes leaves out its constant,
                // which passes through mix_columns as it is: the key brings it.
                *spread_key = spread::<W>(&std::array::from_fn(|p| round_key[unshifted(p, round)] ^ 0x63));
            }
        }
        Self { round_keys }
    }

    /// Encrypts eight blocks.
    pub(super) fn encrypt(&self, blocks: &mut [u8; BYTES]) {
        let mut state: [W; 8] = load(blocks);
        transpose(&mut state);
        store(&self.encrypt_sliced(state), blocks);
    }

    /// Eight blocks of key stream: the counters from `counter`, a multiple of eight, on. Each counter
    /// block is the nonce and the counter.
    pub(super) fn add_key_stream(&self, nonce: [u8; 8], counter: u64, data: &mut [u8; BYTES]) {
        debug_assert_eq!(counter % 8, 0, "the three low bits are the block's number");
        let block = W::new([u64::from_le_bytes(nonce), counter.swap_bytes()]);
        // Bit b of every byte, in all eight blocks: as a byte of ones or zeros.
        let mut state: [W; 8] = each!(b => (block & splat(1 << b)).fill());
        // The last byte counts through the blocks.
        state[0] = state[0] ^ W::new([0, 0xaa << 56]);
        state[1] = state[1] ^ W::new([0, 0xcc << 56]);
        state[2] = state[2] ^ W::new([0, 0xf0 << 56]);
        let key_stream = self.encrypt_sliced(state);
        let mut words: [W; 8] = load(data);
        add(&mut words, &key_stream);
        store(&words, data);
    }

    /// From a sliced state to eight words, each a block. Ten rounds of some hundred operations are in the wasm once.
    #[inline(never)]
    fn encrypt_sliced(&self, mut state: [W; 8]) -> [W; 8] {
        let keys = &self.round_keys;
        add(&mut state, &keys[0]);
        for four in keys[1..9].chunks_exact(4) {
            round::<W, 1, 2>(&mut state, &four[0]);
            round::<W, 2, 0>(&mut state, &four[1]);
            round::<W, 3, 2>(&mut state, &four[2]);
            round::<W, 0, 0>(&mut state, &four[3]);
        }
        round::<W, 1, 2>(&mut state, &keys[9]);
        sub_bytes(&mut state);
        add(&mut state, &keys[10]);
        let mut state = each!(b => state[b].shift_rows_twice()); // ten times, which is twice
        transpose(&mut state);
        state
    }
}

impl<W: Word> Drop for Aes128<W> {
    fn drop(&mut self) {
        self.round_keys = [[splat(0); 8]; 11];
        std::hint::black_box(&self.round_keys); // or the store would be left out
    }
}

/// `SubBytes`, `MixColumns` and `AddRoundKey` of a round whose columns have moved `COLUMNS` on; `DOUBLE`
/// is twice that.
#[inline(always)]
fn round<W: Word, const COLUMNS: usize, const DOUBLE: usize>(state: &mut [W; 8], round_key: &[W; 8]) {
    sub_bytes(state);
    let below = each!(b => state[b].turn::<1, COLUMNS>());
    let sums = each!(b => state[b] ^ below[b]);
    let opposite = each!(b => sums[b].turn::<2, DOUBLE>());
    let doubled = double(&sums);
    *state = each!(b => doubled[b] ^ below[b] ^ opposite[b] ^ round_key[b]);
}

/// Times x in the field of FIPS 197 clause 4.2.
#[inline(always)]
fn double<W: Word>(s: &[W; 8]) -> [W; 8] {
    [s[7], s[0] ^ s[7], s[1], s[2] ^ s[7], s[3] ^ s[7], s[4], s[5], s[6]]
}

#[inline(always)]
fn add<W: Word>(state: &mut [W; 8], round_key: &[W; 8]) {
    *state = each!(b => state[b] ^ round_key[b]);
}

/// The S-box without its constant 0x63: the circuit of J. Boyar, R. Peralta and C. Calik with 113 gates
/// (`SLP_AES_113`), in the order in which the crate `aes` has it.
#[inline(always)]
#[rustfmt::skip] // a gate a line, as the source has them
fn sub_bytes<W: Word>(state: &mut [W; 8]) {
    let [u7, u6, u5, u4, u3, u2, u1, u0] = *state;
    let y14 = u3 ^ u5; let y13 = u0 ^ u6; let y12 = y13 ^ y14; let t1 = u4 ^ y12; let y15 = t1 ^ u5;
    let t2 = y12 & y15; let y6 = y15 ^ u7; let y20 = t1 ^ u1; let y9 = u0 ^ u3; let y11 = y20 ^ y9;
    let t12 = y9 & y11; let y7 = u7 ^ y11; let y8 = u0 ^ u5; let t0 = u1 ^ u2; let y10 = y15 ^ t0;
    let y17 = y10 ^ y11; let t13 = y14 & y17; let t14 = t13 ^ t12; let y19 = y10 ^ y8; let t15 = y8 & y10;
    let t16 = t15 ^ t12; let y16 = t0 ^ y11; let y21 = y13 ^ y16; let t7 = y13 & y16; let y18 = u0 ^ y16;
    let y1 = t0 ^ u7; let y4 = y1 ^ u3; let t5 = y4 & u7; let t6 = t5 ^ t2; let t18 = t6 ^ t16;
    let t22 = t18 ^ y19; let y2 = y1 ^ u0; let t10 = y2 & y7; let t11 = t10 ^ t7; let t20 = t11 ^ t16;
    let t24 = t20 ^ y18; let y5 = y1 ^ u6; let t8 = y5 & y1; let t9 = t8 ^ t7; let t19 = t9 ^ t14;
    let t23 = t19 ^ y21; let y3 = y5 ^ y8; let t3 = y3 & y6; let t4 = t3 ^ t2; let t17 = t4 ^ y20;
    let t21 = t17 ^ t14; let t26 = t21 & t23; let t27 = t24 ^ t26; let t31 = t22 ^ t26; let t25 = t21 ^ t22;
    let t28 = t25 & t27; let t29 = t28 ^ t22; let z14 = t29 & y2; let z5 = t29 & y7; let t30 = t23 ^ t24;
    let t32 = t31 & t30; let t33 = t32 ^ t24; let t35 = t27 ^ t33; let t36 = t24 & t35; let t38 = t27 ^ t36;
    let t39 = t29 & t38; let t40 = t25 ^ t39; let t43 = t29 ^ t40; let z3 = t43 & y16; let tc12 = z3 ^ z5;
    let z12 = t43 & y13; let z13 = t40 & y5; let z4 = t40 & y1; let tc6 = z3 ^ z4; let t34 = t23 ^ t33;
    let t37 = t36 ^ t34; let t41 = t40 ^ t37; let z8 = t41 & y10; let z17 = t41 & y8; let t44 = t33 ^ t37;
    let z0 = t44 & y15; let z9 = t44 & y12; let z10 = t37 & y3; let z1 = t37 & y6; let tc5 = z1 ^ z0;
    let tc11 = tc6 ^ tc5; let z11 = t33 & y4; let t42 = t29 ^ t33; let t45 = t42 ^ t41; let z7 = t45 & y17;
    let tc8 = z7 ^ tc6; let z16 = t45 & y14; let z6 = t42 & y11; let tc16 = z6 ^ tc8; let z15 = t42 & y9;
    let tc20 = z15 ^ tc16; let tc1 = z15 ^ z16; let tc2 = z10 ^ tc1; let tc21 = tc2 ^ z11; let tc3 = z9 ^ tc2;
    let s0 = tc3 ^ tc16; let s3 = tc3 ^ tc11; let s1 = s3 ^ tc16; let tc13 = z13 ^ tc1; let z2 = t33 & u7;
    let tc4 = z0 ^ z2; let tc7 = z12 ^ tc4; let tc9 = z8 ^ tc7; let tc10 = tc8 ^ tc9; let tc17 = z14 ^ tc10;
    let s5 = tc21 ^ tc17; let tc26 = tc17 ^ tc20; let s2 = tc26 ^ z17; let tc14 = tc4 ^ tc12;
    let tc18 = tc13 ^ tc14; let s6 = tc10 ^ tc18; let s7 = z12 ^ tc18; let s4 = tc14 ^ s3;
    *state = [s7, s6, s5, s4, s3, s2, s1, s0];
}

/// Blocks to bits and back: a transposition of eight by eight bits in each byte.
#[inline(always)]
fn transpose<W: Word>(state: &mut [W; 8]) {
    swap(state, 0, 1, 1, 0x55);
    swap(state, 2, 3, 1, 0x55);
    swap(state, 4, 5, 1, 0x55);
    swap(state, 6, 7, 1, 0x55);
    swap(state, 0, 2, 2, 0x33);
    swap(state, 1, 3, 2, 0x33);
    swap(state, 4, 6, 2, 0x33);
    swap(state, 5, 7, 2, 0x33);
    swap(state, 0, 4, 4, 0x0f);
    swap(state, 1, 5, 4, 0x0f);
    swap(state, 2, 6, 4, 0x0f);
    swap(state, 3, 7, 4, 0x0f);
}

/// Exchanges the bits of `mask` in the word `high` with those `count` above them in the word `low`.
#[inline(always)]
fn swap<W: Word>(state: &mut [W; 8], low: usize, high: usize, count: u32, mask: u8) {
    let bits = (state[low].down(count) ^ state[high]) & splat(mask);
    state[high] = state[high] ^ bits;
    state[low] = state[low] ^ bits.up(count);
}

#[inline(always)]
fn splat<W: Word>(byte: u8) -> W {
    let half = u64::from_ne_bytes([byte; 8]);
    W::new([half, half])
}

/// A block's bits for all eight blocks.
fn spread<W: Word>(block: &[u8; 16]) -> [W; 8] {
    let [word, ..] = load::<W>(&std::array::from_fn(|p| if p < 16 { block[p] } else { 0 }));
    [1, 2, 4, 8, 16, 32, 64, 128].map(|bit| (word & splat(bit)).fill())
}

/// The byte that stands at `p` when rows have been left unshifted for so many rounds.
fn unshifted(p: usize, rounds: usize) -> usize {
    p % 4 + 4 * ((p / 4 + 4 * rounds - rounds * (p % 4)) % 4)
}

/// The words W[4i] to W[4i+3] from the four before.
fn next_round_key<W: Word>(before: [u8; 16], round_constant: u8) -> [u8; 16] {
    let mut key = substitute::<W>(before);
    key = std::array::from_fn(|p| if p < 4 { key[12 + (p + 1) % 4] ^ before[p] } else { before[p] });
    key[0] ^= round_constant;
    for p in 4..16 {
        key[p] ^= key[p - 4];
    }
    key
}

/// The S-box of 16 bytes.
fn substitute<W: Word>(bytes: [u8; 16]) -> [u8; 16] {
    let mut state = spread::<W>(&bytes);
    sub_bytes(&mut state);
    transpose(&mut state);
    let mut blocks = [0; BYTES];
    store(&state, &mut blocks);
    std::array::from_fn(|p| blocks[p] ^ 0x63)
}

#[inline(always)]
fn load<W: Word>(blocks: &[u8; BYTES]) -> [W; 8] {
    let (halves, _) = blocks.as_chunks::<8>();
    each!(block => W::new([u64::from_le_bytes(halves[2 * block]), u64::from_le_bytes(halves[2 * block + 1])]))
}

#[inline(always)]
fn store<W: Word>(words: &[W; 8], blocks: &mut [u8; BYTES]) {
    let (halves, _) = blocks.as_chunks_mut::<8>();
    let stored = each!(block => words[block].halves());
    each!(block => {
        halves[2 * block] = stored[block][0].to_le_bytes();
        halves[2 * block + 1] = stored[block][1].to_le_bytes();
    });
}

/// Words of wasm's fixed-width SIMD.
#[cfg(target_feature = "simd128")]
pub(super) mod simd {
    use std::arch::wasm32::*;
    use std::ops::{BitAnd, BitXor};

    use super::source;

    /// A word in a register.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Word(v128);

    impl BitAnd for Word {
        type Output = Self;

        #[inline(always)]
        fn bitand(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }
    }

    impl BitXor for Word {
        type Output = Self;

        #[inline(always)]
        fn bitxor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }
    }

    /// A shuffle that takes each byte from the one that `$from` names.
    macro_rules! shuffle {
        ($word:expr, $from:expr) => {
            shuffle!($word, $from, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
        };
        ($word:expr, $from:expr, $($p:literal)*) => {
            Self(u8x16_shuffle::<$({ $from($p) }),*>($word, $word))
        };
    }

    impl super::Word for Word {
        #[inline(always)]
        fn new([low, high]: [u64; 2]) -> Self {
            Self(u64x2(low, high))
        }

        #[inline(always)]
        fn halves(self) -> [u64; 2] {
            [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
        }

        #[inline(always)]
        fn up(self, count: u32) -> Self {
            Self(u64x2_shl(self.0, count))
        }

        #[inline(always)]
        fn down(self, count: u32) -> Self {
            Self(u64x2_shr(self.0, count))
        }

        #[inline(always)]
        fn fill(self) -> Self {
            Self(u8x16_ne(self.0, u8x16_splat(0)))
        }

        #[inline(always)]
        fn turn<const ROWS: usize, const COLUMNS: usize>(self) -> Self {
            const fn next<const COLUMNS: usize>(p: usize) -> usize {
                source(p, 1, COLUMNS)
            }
            const fn opposite<const COLUMNS: usize>(p: usize) -> usize {
                source(p, 2, COLUMNS)
            }
            match (ROWS, COLUMNS) {
                (1, 0) => shuffle!(self.0, next::<0>),
                (1, 1) => shuffle!(self.0, next::<1>),
                (1, 2) => shuffle!(self.0, next::<2>),
                (1, 3) => shuffle!(self.0, next::<3>),
                (2, 0) => shuffle!(self.0, opposite::<0>),
                (2, 2) => shuffle!(self.0, opposite::<2>),
                _ => unreachable!("mix_columns turns by no other"),
            }
        }

        #[inline(always)]
        fn shift_rows_twice(self) -> Self {
            shuffle!(self.0, super::two_on)
        }
    }
}

/// Words of plain numbers, for the tests on any machine.
#[cfg(not(target_feature = "simd128"))]
pub(super) mod portable {
    use std::ops::{BitAnd, BitXor};

    /// A word as its two halves.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Word([u64; 2]);

    impl BitAnd for Word {
        type Output = Self;

        fn bitand(self, Self([low, high]): Self) -> Self {
            Self([self.0[0] & low, self.0[1] & high])
        }
    }

    impl BitXor for Word {
        type Output = Self;

        fn bitxor(self, Self([low, high]): Self) -> Self {
            Self([self.0[0] ^ low, self.0[1] ^ high])
        }
    }

    impl Word {
        fn shuffle(self, from: impl Fn(usize) -> usize) -> Self {
            let byte = |p: usize| self.0[p / 8].to_le_bytes()[p % 8];
            Self([0, 8].map(|at| u64::from_le_bytes(std::array::from_fn(|p| byte(from(at + p))))))
        }
    }

    impl super::Word for Word {
        fn new(halves: [u64; 2]) -> Self {
            Self(halves)
        }

        fn halves(self) -> [u64; 2] {
            self.0
        }

        fn up(self, count: u32) -> Self {
            Self(self.0.map(|half| half << count))
        }

        fn down(self, count: u32) -> Self {
            Self(self.0.map(|half| half >> count))
        }

        fn fill(self) -> Self {
            Self(self.0.map(|half| u64::from_le_bytes(half.to_le_bytes().map(|byte| if byte == 0 { 0 } else { 0xff }))))
        }

        fn turn<const ROWS: usize, const COLUMNS: usize>(self) -> Self {
            self.shuffle(|p| super::source(p, ROWS, COLUMNS))
        }

        fn shift_rows_twice(self) -> Self {
            self.shuffle(super::two_on)
        }
    }
}

#[cfg(test)]
mod tests {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    use hex_literal::hex;

    use super::portable::Word;
    use super::*;

    fn blocks(key: &[u8; 16], blocks: &[u8; BYTES]) -> [u8; BYTES] {
        let mut out = *blocks;
        Aes128::<Word>::new(key).encrypt(&mut out);
        out
    }

    #[test]
    fn fips_197_appendix_b() {
        let mut clear = [0; BYTES];
        clear[48..64].copy_from_slice(&hex!("3243f6a8885a308d313198a2e0370734"));
        let out = blocks(&hex!("2b7e151628aed2a6abf7158809cf4f3c"), &clear);
        assert_eq!(out[48..64], hex!("3925841d02dc09fbdc118597196a0b32"));
    }

    #[test]
    fn fips_197_appendix_c_1() {
        let clear = hex!("00112233445566778899aabbccddeeff").repeat(BLOCKS).try_into().unwrap();
        let out = blocks(&hex!("000102030405060708090a0b0c0d0e0f"), &clear);
        assert_eq!(out[..], hex!("69c4e0d86a7b0430d8cdb78070b4c55a").repeat(BLOCKS));
    }

    proptest::proptest! {
        #[test]
        fn blocks_equal_those_of_the_crate_aes(key: [u8; 16], clear: [[u8; 16]; BLOCKS]) {
            let mut expected = clear;
            for block in &mut expected {
                aes::Aes128::new(&key.into()).encrypt_block(block.into());
            }
            let clear: [u8; BYTES] = clear.concat().try_into().unwrap();
            assert_eq!(blocks(&key, &clear)[..], expected.concat());
        }

        #[test]
        fn key_stream_is_that_of_the_counter_blocks(key: [u8; 16], nonce: [u8; 8], counter: u64) {
            let counter = counter & !7;
            let clear = (0..8).map(|i| [nonce, (counter + i).to_be_bytes()].concat()).collect::<Vec<_>>().concat();
            let mut data = [0x5a; BYTES];
            Aes128::<Word>::new(&key).add_key_stream(nonce, counter, &mut data);
            let expected = blocks(&key, &clear.try_into().unwrap()).map(|byte| byte ^ 0x5a);
            assert_eq!(data, expected);
        }
    }
}
