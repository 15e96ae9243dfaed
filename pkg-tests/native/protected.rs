//! Protected and fragmented files as input: what was packaged is read again and gives the same samples.

use std::collections::BTreeMap;

use tabpack::cenc::{Pattern, Scheme};
use tabpack::demux::{Input, Kind, Track};
use tabpack::error::{Code, Result};
use tabpack::keys::KeyPair;
use tabpack::packager::{GivenKey, Options, Target};
use tabpack::random::Seed;
use tabpack::segment::Timeline;

use crate::support;

pub(crate) const KEYS: [&str; 3] = [
    "000102030405060708090a0b0c0d0e0f:101112131415161718191a1b1c1d1e1f",
    "100102030405060708090a0b0c0d0e0f:202122232425262728292a2b2c2d2e2f",
    "200102030405060708090a0b0c0d0e0f:303132333435363738393a3b3c3d3e3f",
];

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/pkg-tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a fixture is checked in")
}

pub(crate) fn options() -> Options {
    let mut options = Options::new(Seed::new([7; 32]));
    options.targets = vec![Target::Dash];
    options.segment_ms = 1000;
    options
}

fn index(file: &[u8]) -> Result<Input> {
    support::index("input.mp4", file)
}

/// Every file that the packager makes of one.
pub(crate) fn package(file: &[u8], options: Options) -> Result<BTreeMap<String, Vec<u8>>> {
    support::packaged([("input.mp4", file.to_vec())], options)
}

/// The files of a track, joined.
pub(crate) fn joined(files: &BTreeMap<String, Vec<u8>>, track: &str) -> Vec<u8> {
    let mut all = files[&format!("dash/{track}/init.mp4")].clone();
    for number in 1.. {
        let Some(segment) = files.get(&format!("dash/{track}/{number}.m4s")) else { break };
        all.extend(segment);
    }
    all
}

/// A sample's bytes, decoding and presentation time, and whether it is a sync sample.
fn samples<'a>(file: &'a [u8], track: &Track) -> Vec<(&'a [u8], i64, i64, bool)> {
    let timeline = Timeline {
        name: "protected.mp4",
        kind: track.kind,
        timescale: track.timescale,
        presentation_offset: track.presentation_offset,
        samples: &track.samples,
    };
    let mut decode = timeline.presentation_offset;
    let each = track.samples.iter().map(|sample| {
        let start = usize::try_from(sample.offset).unwrap();
        let present = decode + i64::from(sample.composition_offset);
        decode += i64::from(sample.duration);
        (&file[start..start + sample.size as usize], present, i64::from(sample.duration), sample.sync)
    });
    each.collect()
}

pub(crate) fn same_samples(actual: &[u8], source: &[u8], kind: Kind, what: &str) {
    let (actual_input, source_input) = (index(actual).unwrap(), index(source).unwrap());
    let track = |input: &Input| input.tracks.iter().find(|track| track.kind == kind).unwrap().clone();
    let (a, b) = (track(&actual_input), track(&source_input));
    let (a, b) = (samples(actual, &a), samples(source, &b));
    assert_eq!(a.len(), b.len(), "{what}: number of samples");
    for (index, (a, b)) in a.iter().zip(&b).enumerate() {
        assert!(a.0 == b.0, "{what}: bytes of sample {index}");
        // A presentation offset may move between the edit list and tfdt; times on screen don't.
        assert_eq!((a.1, a.2, a.3), (b.1, b.2, b.3), "{what}: time of sample {index}");
    }
}

/// Packages `name` with `protect`, opens each track again and compares it with the source.
fn round_trip(name: &str, protect: impl Fn(&mut Options), what: &str) {
    let source = fixture(name);
    let mut encrypted = options();
    protect(&mut encrypted);
    let files = package(&source, encrypted).unwrap();
    for (id, kind) in [("video-1", Kind::Video), ("audio-1", Kind::Audio)] {
        if !files.contains_key(&format!("dash/{id}/init.mp4")) {
            assert_eq!((name, kind), ("two-stsd.mp4", Kind::Audio), "only that has no sound");
            continue;
        }
        let protected = joined(&files, id);
        let refused = package(&protected, options()).unwrap_err();
        assert_eq!(refused.code, Code::Mp4Encrypted, "{what}");
        let mut open = options();
        open.encryption = false;
        for key in KEYS {
            open.decryption_keys.push(KeyPair::parse(key).unwrap());
        }
        let clear = package(&protected, open).unwrap();
        same_samples(&joined(&clear, id), &source, kind, &format!("{name}, {id}, {what}"));
    }
}

pub(crate) fn give(options: &mut Options, key: &str) {
    options.keys.push(GivenKey::parse(key).unwrap());
}

#[test]
fn every_scheme_is_opened_again() {
    for name in ["bframes-1080p.mp4", "slices.mp4", "two-stsd.mp4", "offset-start.mp4", "ctts-v1.mp4"] {
        for scheme in Scheme::ALL {
            let protect = |options: &mut Options| {
                options.scheme = Some(scheme);
                give(options, KEYS[0]);
            };
            round_trip(name, protect, scheme.as_str());
        }
    }
}

#[test]
fn ivs_of_16_bytes_patterns_clear_leads_rotation_and_keys_by_label_are_opened_again() {
    type Choice<'a> = (&'a str, &'a dyn Fn(&mut Options));
    let cases: [Choice<'_>; 6] = [
        ("IVs of 16 bytes", &|options| {
            options.scheme = Some(Scheme::Cens);
            options.iv_size = Some(16);
            give(options, KEYS[0]);
        }),
        ("pattern 5:5", &|options| {
            options.scheme = Some(Scheme::Cbcs);
            options.pattern = Some(Pattern::parse("5:5").unwrap());
            give(options, KEYS[0]);
        }),
        ("clear lead", &|options| {
            options.scheme = Some(Scheme::Cenc);
            options.clear_lead_ms = 2500;
            give(options, KEYS[0]);
        }),
        ("clear lead under cbcs", &|options| {
            options.scheme = Some(Scheme::Cbcs);
            options.clear_lead_ms = 2500;
            give(options, KEYS[0]);
        }),
        ("rotation", &|options| {
            options.scheme = Some(Scheme::Cbcs);
            options.crypto_period_ms = Some(5000);
            for (period, key) in KEYS.iter().enumerate() {
                give(options, &if period == 0 { (*key).to_owned() } else { format!("@{period}={key}") });
            }
        }),
        ("keys by label", &|options| {
            options.scheme = Some(Scheme::Cbc1);
            give(options, &format!("AUDIO={}", KEYS[1]));
            give(options, &format!("HD={}", KEYS[2]));
        }),
    ];
    for (what, protect) in cases {
        round_trip("bframes-1080p.mp4", protect, what);
    }
    // Of each of two sample entries there is a clear one as well.
    round_trip("two-stsd.mp4", cases[2].1, "clear lead");
}

#[test]
fn a_protected_file_is_packaged_under_another_key() {
    let source = fixture("bframes-1080p.mp4");
    let mut first = options();
    first.scheme = Some(Scheme::Cenc);
    give(&mut first, KEYS[0]);
    let video = joined(&package(&source, first).unwrap(), "video-1");
    let mut second = options();
    second.scheme = Some(Scheme::Cbcs);
    give(&mut second, KEYS[1]);
    second.decryption_keys.push(KeyPair::parse(KEYS[0]).unwrap());
    let again = joined(&package(&video, second).unwrap(), "video-1");
    let mut open = options();
    open.encryption = false;
    open.decryption_keys.push(KeyPair::parse(KEYS[1]).unwrap());
    same_samples(&joined(&package(&again, open).unwrap(), "video-1"), &source, Kind::Video, "re-packaged");
}

#[test]
fn a_media_segment_alone_wants_its_init_segment() {
    let mut clear = options();
    clear.encryption = false;
    let files = package(&fixture("bframes-1080p.mp4"), clear).unwrap();
    let error = index(&files["dash/video-1/1.m4s"]).unwrap_err();
    assert_eq!(error.code, Code::Mp4Fragmented);
    assert!(error.code.advice().contains("init"));
}

#[test]
fn damaged_fragments_are_refused_with_a_place_and_nothing_panics() {
    let mut protected = options();
    protected.scheme = Some(Scheme::Cenc);
    protected.clear_lead_ms = 2500;
    give(&mut protected, KEYS[0]);
    let files = package(&fixture("slices.mp4"), protected).unwrap();
    let file = joined(&files, "video-1");
    // Every byte of the boxes' structure, by some values: up to the first mdat's content.
    let structure = file.windows(4).position(|bytes| bytes == b"mdat").unwrap();
    for position in 0..structure {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = file.clone();
            damaged[position] = value;
            let mut open = options();
            open.encryption = false;
            open.decryption_keys.push(KeyPair::parse(KEYS[0]).unwrap());
            if let Err(error) = package(&damaged, open) {
                assert_ne!(error.code, Code::Internal, "byte {position} as {value}: {error}");
            }
        }
    }
    for size in (0..file.len()).step_by(997) {
        assert!(size == 0 || index(&file[..size]).err().is_none_or(|error| error.code != Code::Internal));
    }
}
