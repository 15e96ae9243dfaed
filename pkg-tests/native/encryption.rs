//! Properties of the encryption over random layouts: subsamples cover the sample, and the ciphers in
//! lockstep do what the `ctr` and `cbc` crates do one range after the other.

use std::ops::Range;

use proptest::prelude::*;
use tabpack::cenc::{Chains, Pattern, Scheme, layout};
use tabpack::keys::ContentKey;

use crate::naive;

/// Clear and protectable bytes in turn, of sizes about blocks and about the 16 bits of a clear size.
fn pieces() -> impl Strategy<Value = Vec<(usize, usize)>> {
    let clear = prop_oneof![8 => 0..200usize, 1 => 65_500..65_600usize, 1 => 131_000..131_100usize];
    let protectable = prop_oneof![1 => Just(0), 4 => 1..40usize, 4 => 40..700usize];
    prop::collection::vec((clear, protectable), 0..12)
}

/// The size of a sample of these pieces and a clear tail, and its protectable ranges.
fn sample(pieces: &[(usize, usize)], tail: usize) -> (usize, Vec<Range<usize>>) {
    let mut size = 0;
    let range = |(clear, protectable): &(usize, usize)| {
        size += clear + protectable;
        size - protectable..size
    };
    let ranges = pieces.iter().map(range).collect();
    (size + tail, ranges)
}

fn scheme() -> impl Strategy<Value = Scheme> {
    prop::sample::select(Scheme::ALL.to_vec())
}

/// Cases of each property: some seconds' worth, and fixed by what fails, not by the clock.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn subsamples_sum_up_to_the_sample_and_protect_only_what_may_be(
        scheme in scheme(),
        pieces in pieces(),
        tail in 0..70_000usize,
    ) {
        let (size, protectable) = sample(&pieces, tail);
        let layout = layout(scheme, size, &protectable, false);
        let bytes = |&(clear, protected): &(u16, u32)| usize::from(clear) + protected as usize;
        prop_assert_eq!(layout.subsamples.iter().map(bytes).sum::<usize>(), size);

        // The subsamples say where the ranges are.
        let mut position = 0;
        let mut stated = Vec::new();
        for &(clear, protected) in &layout.subsamples {
            let start = position + usize::from(clear);
            position = start + protected as usize;
            if protected > 0 {
                stated.push(start..position);
            }
        }
        prop_assert_eq!(&stated, &layout.ranges);

        for range in &layout.ranges {
            let whole = protectable.iter().find(|whole| whole.end == range.end).expect("each ends where one may");
            prop_assert!(range.start >= whole.start && range.len() >= 16);
            if scheme == Scheme::Cbcs {
                prop_assert_eq!(range, whole);
            } else {
                prop_assert!(range.len() % 16 == 0 && range.start - whole.start < 16);
            }
        }
        let encryptable = protectable.iter().filter(|range| range.len() >= 16).count();
        prop_assert_eq!(layout.ranges.len(), encryptable);
    }

    #[test]
    fn chains_encrypt_as_the_ctr_and_cbc_crates_do(
        scheme in scheme(),
        samples in prop::collection::vec((pieces(), 0..40usize, any::<[u8; 16]>()), 1..14),
        key in any::<[u8; 16]>(),
        (crypt, skip) in prop_oneof![Just((1u8, 9u8)), Just((0, 0)), (1..=15u8, 0..=15u8)],
    ) {
        // Only two of the schemes have a pattern.
        let (crypt, skip) = if scheme.has_pattern() { (crypt, skip) } else { (0, 0) };
        let pattern = Pattern { crypt_byte_block: crypt, skip_byte_block: skip };
        let mut chains = Chains::new();
        let (mut data, mut expected) = (Vec::new(), Vec::new());
        for (pieces, tail, iv) in &samples {
            let (size, protectable) = sample(pieces, *tail);
            let ranges = layout(scheme, size, &protectable, false).ranges;
            chains.add_sample(scheme, *iv, data.len(), &ranges);
            let mut clear: Vec<u8> = (0..size).map(|position| u8::try_from(position * 31 % 251).unwrap()).collect();
            data.extend_from_slice(&clear);
            let pattern = (crypt.into(), skip.into());
            match scheme {
                Scheme::Cenc | Scheme::Cens => naive::ctr(&key, iv, pattern, &ranges, &mut clear),
                Scheme::Cbc1 => naive::encrypt_cbc(&key, iv, pattern, &ranges, &mut clear),
                Scheme::Cbcs => {
                    for range in &ranges {
                        naive::encrypt_cbc(&key, iv, pattern, std::slice::from_ref(range), &mut clear);
                    }
                }
            }
            expected.extend_from_slice(&clear);
        }
        chains.encrypt(&ContentKey::new(key), scheme, pattern, &mut data);
        prop_assert!(data == expected);
    }
}
