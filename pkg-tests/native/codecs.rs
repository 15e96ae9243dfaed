//! The codecs' protection rules over real and over damaged samples.

use std::ops::Range;
use std::path::Path;

use tabpack::codec::Codec;
use tabpack::demux::{Input, Kind};

use crate::support;

const FIXTURES: [&str; 14] = [
    "slices.mp4",
    "weighted.mp4",
    "interlaced.mp4",
    "avc3-bare.mp4",
    "hevc.mp4",
    "hevc-slices.mp4",
    "hev1.mp4",
    "dolby-vision-5.mp4",
    "av1.mp4",
    "av1-tiles.mp4",
    "av1-10bit.mp4",
    "vp9.mp4",
    "vp9-profile2.mp4",
    "vp8.mp4",
];

fn read(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg-tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn index(name: &str, bytes: &[u8]) -> tabpack::error::Result<Input> {
    support::index(name, bytes)
}

/// The samples of the video track with its codec.
fn video<'a>(name: &str, bytes: &'a [u8]) -> (Codec, Vec<&'a [u8]>) {
    let input = index(name, bytes).expect(name);
    let track = input.tracks.into_iter().find(|track| track.kind == Kind::Video).expect(name);
    let sample = |sample: &tabpack::demux::Sample| {
        let start = usize::try_from(sample.offset).expect("small");
        &bytes[start..start + sample.size as usize]
    };
    (track.entries[0].codec.clone(), track.samples.iter().map(sample).collect())
}

fn is_in_order(ranges: &[Range<usize>], size: usize) -> bool {
    ranges.iter().all(|range| range.start <= range.end && range.end <= size)
        && ranges.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

#[test]
fn most_of_every_sample_may_be_protected_and_never_all() {
    for name in FIXTURES {
        let bytes = read(name);
        let (codec, samples) = video(name, &bytes);
        let mut protector = codec.protector();
        let (mut total, mut protected) = (0, 0);
        for sample in samples {
            let mut ranges = Vec::new();
            protector.protectable(sample, &mut ranges).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(is_in_order(&ranges, sample.len()), "{name}: {ranges:?}");
            let own: usize = ranges.iter().map(Range::len).sum();
            assert!(own < sample.len(), "{name}: a header is clear");
            (total, protected) = (total + sample.len(), protected + own);
        }
        assert!(protected * 10 > total * 6, "{name}: {protected} of {total} bytes");
    }
}

/// A generator of numbers (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).expect("31 bits") % end
    }
}

/// Changes some bytes, most of them near the start, where headers are; or cuts the end off.
fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let reach = if random.below(3) == 0 { bytes.len() } else { bytes.len().min(64) };
        if reach > 0 {
            let at = random.below(reach);
            bytes[at] = match random.below(3) {
                0 => 0xff,
                1 => 0,
                _ => bytes[at] ^ 1 << random.below(8),
            };
        }
    }
    if random.below(4) == 0 {
        let size = random.below(bytes.len() + 1);
        bytes.truncate(size);
    }
    bytes
}

#[test]
fn damaged_samples_give_ranges_within_them_or_an_error() {
    let mut random = Random(0x7ab9_ac4b);
    for name in FIXTURES {
        let bytes = read(name);
        let (codec, samples) = video(name, &bytes);
        for _ in 0..20 {
            let mut protector = codec.protector();
            for sample in samples.iter().take(48) {
                let sample = if random.below(3) == 0 { damaged(sample, &mut random) } else { sample.to_vec() };
                let mut ranges = Vec::new();
                if protector.protectable(&sample, &mut ranges).is_ok() {
                    assert!(is_in_order(&ranges, sample.len()), "{name}: {ranges:?} of {} bytes", sample.len());
                }
            }
        }
    }
}

#[test]
fn damaged_sample_entries_are_read_or_refused() {
    let mut random = Random(0x51ee_9e57);
    for name in FIXTURES {
        let whole = read(name);
        let stsd = whole.windows(4).position(|name| name == b"stsd").unwrap();
        for _ in 0..200 {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(3) {
                let at = stsd + random.below(300);
                bytes[at] ^= 1 << random.below(8);
            }
            // Bytes that are asked for must lie in the file: the slice in `index` would panic otherwise.
            if let Ok(input) = index(name, &bytes) {
                for track in &input.tracks {
                    track.entries.iter().for_each(|entry| drop(entry.codec.rfc6381()));
                }
            }
        }
    }
}
