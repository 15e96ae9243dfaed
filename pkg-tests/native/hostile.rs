//! Hostile input: whatever a file says, the packager answers with output or with an error that says
//! where; it doesn't panic, doesn't hang, and takes memory in proportion to the file.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tabpack::bytes::Writer;
use tabpack::cenc::Scheme;
use tabpack::error::{Class, Code, Error};
use tabpack::keys::KeyPair;
use tabpack::mp4::{put, put_full};
use tabpack::packager::{Fact, HlsAudio, HlsFormat, Options, Plan, Target};
use tabpack::random::Seed;

use crate::allocations::peak_of;
use crate::boxes::{self, Node};
use crate::support;

// One case.

/// Indexes, plans and renders.
fn package(file: &[u8]) -> Result<(), Error> {
    match package_by(file, Scheme::Cbcs) {
        Err(error) if error.code == Code::SchemeUnsupported => package_by(file, Scheme::Cenc),
        done => done,
    }
}

fn package_by(file: &[u8], scheme: Scheme) -> Result<(), Error> {
    let mut options = support::options(Target::Cmaf, Some(scheme));
    options.segment_ms = 1000;
    package_with(file, options)
}

/// As one file a track under CTR, with a clear lead and keys that change; of protected files the samples are opened.
fn package_otherwise(file: &[u8]) -> Result<(), Error> {
    let mut options = Options::new(Seed::new(*b"the seed of all tests: 32 bytes."));
    options.targets = vec![Target::Cmaf];
    options.scheme = Some(Scheme::Cenc);
    options.segment_ms = 1000;
    options.skip_unsupported = true;
    options.single_file = true;
    options.clear_lead_ms = 400;
    options.crypto_period_ms = Some(1000);
    options.decryption_keys.push(KeyPair::parse(support::KEY)?);
    package_with(file, options)
}

/// As MPEG-TS and packed audio under SAMPLE-AES.
fn package_as_transport(file: &[u8]) -> Result<(), Error> {
    let mut options = Options::new(Seed::new(*b"the seed of all tests: 32 bytes."));
    options.targets = vec![Target::Hls];
    options.segment_ms = 1000;
    options.skip_unsupported = true;
    options.hls_format = HlsFormat::Ts;
    if file.len().is_multiple_of(2) {
        options.hls_audio = Some(HlsAudio::Packed);
    }
    options.hls_key_files = true;
    package_with(file, options)
}

fn package_with(file: &[u8], options: Options) -> Result<(), Error> {
    let input = support::index("hostile.mp4", file)?;
    let plan = Plan::new(vec![input], options)?;
    plan.inits();
    plan.summaries();
    // The first and the last step: what lies between is of their kind, and speed is more cases.
    let steps = plan.steps();
    let mut facts: Vec<Fact> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let ends = number == 0 || number + 1 == steps.len();
        let window = ends.then(|| support::window(&plan, file, step)).transpose()?;
        for &output in &step.outputs {
            match &window {
                Some(window) => facts.extend(plan.render(output, window)?.fact),
                // Manifests want a fact of each.
                None => facts.extend(facts.last().copied().map(|fact| Fact { output, ..fact })),
            }
        }
    }
    plan.heads(&facts)?;
    plan.manifests(&facts).map(drop)
}

/// What is wrong with how the packager took a file, which may take `per_byte` bytes of memory for each
/// of its own; `None` if nothing.
fn fault(file: &[u8], per_byte: usize, package: fn(&[u8]) -> Result<(), Error>) -> Option<String> {
    let (peak, outcome) = peak_of(|| catch_unwind(AssertUnwindSafe(|| package(file))));
    if peak > per_byte * file.len() + (1 << 20) {
        return Some(format!("{peak} bytes of memory for a file of {}", file.len()));
    }
    match outcome {
        Err(_) => Some("a panic".to_owned()),
        Ok(Err(error)) if !is_located(&error) => Some(format!("an error without a place: {error:?}")),
        Ok(_) => None,
    }
}

/// An error about damage names a box or an offset; none is a fault of our own.
fn is_located(error: &Error) -> bool {
    // An empty file has no place, and the tracks that don't match are named by their times.
    let elsewhere = matches!(error.code, Code::InputEmpty | Code::VideoNotAligned);
    let placed = error.place.boxes.is_some() || error.place.offset.is_some() || elsewhere;
    error.code.class() != Class::Internal && (error.code.class() != Class::Input || placed)
}

// Many cases.

/// How long a case may take before it counts as a hang. They take milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most memory for each byte of a mutated file. A sample of the index has 24, vectors double, and the
/// windows and segments of a step are copies.
pub(crate) const PER_BYTE: usize = 16;

/// Runs cases in a thread of their own and fails with the faults, or with the case that doesn't end.
pub(crate) fn run(per_byte: usize, cases: impl Iterator<Item = (String, Vec<u8>)> + Send + 'static) {
    enum Report {
        Start(String),
        Fault(String),
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for ((name, file), package) in cases.zip([package, package_otherwise, package_as_transport].into_iter().cycle())
        {
            let started = sender.send(Report::Start(name));
            let found = fault(&file, per_byte, package).map(|fault| sender.send(Report::Fault(fault)));
            if started.is_err() || found.is_some_and(|sent| sent.is_err()) {
                return;
            }
        }
    });
    let (mut case, mut count, mut faults) = (String::new(), 0, Vec::new());
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(Report::Start(name)) => {
                count += 1;
                case = name;
            }
            Ok(Report::Fault(fault)) => faults.push(format!("{case}: {fault}")),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("{case}: no answer after {PATIENCE:?}, or over 1 GiB; before it {faults:#?}")
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    println!("{count} cases");
    assert!(faults.is_empty(), "{} of {count} cases: {:#?}", faults.len(), &faults[..faults.len().min(20)]);
}

/// The files that are mutated: each kind of table and entry is in one of them.
const FIXTURES: [&str; 5] =
    ["largesize-mdat.mp4", "faststart-co64.mp4", "ctts-v1.mp4", "two-stsd.mp4", "extra-tracks.mov"];

/// The boxes of a file whose bytes are structure, not media.
fn structure(file: &[u8]) -> Vec<Node> {
    let tree = boxes::tree(file, 0..file.len());
    boxes::flat(&tree).into_iter().cloned().collect()
}

/// The bytes of a file that say how it is built: the headers at its top and the content of `moov`.
fn structural_bytes(nodes: &[Node]) -> Vec<Range<usize>> {
    let whole = |node: &Node| matches!(&node.kind, b"moov" | b"ftyp");
    let top = |node: &&Node| whole(node) || &node.kind == b"mdat" || &node.kind == b"free";
    let bytes = |node: &Node| {
        if whole(node) { node.range.clone() } else { node.range.start..node.content.start }
    };
    nodes.iter().filter(top).map(bytes).collect()
}

pub(crate) fn changed(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let end = file.len().min(at + bytes.len());
    file[at..end].copy_from_slice(&bytes[..end - at]);
    file
}

#[test]
fn files_cut_at_and_near_every_box_boundary() {
    run(
        PER_BYTE,
        FIXTURES.into_iter().flat_map(|name| {
            let file = support::fixture(name);
            let nodes = structure(&file);
            let mut ends: Vec<usize> = nodes
                .iter()
                .flat_map(|node| [node.range.start, node.content.start, node.range.end])
                .flat_map(|at| [at.saturating_sub(1), at, at + 1, at + 4, at + 7])
                .filter(|&end| end < file.len())
                .collect();
            ends.sort_unstable();
            ends.dedup();
            ends.into_iter().map(move |end| (format!("{name} cut at {end}"), file[..end].to_vec()))
        }),
    );
}

#[test]
fn box_sizes_and_types_that_lie() {
    const SIZES: [u32; 9] = [0, 1, 2, 7, 8, 9, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff];
    const KINDS: [&[u8; 4]; 8] = [b"moov", b"trak", b"stsd", b"free", b"mvex", b"moof", b"wave", b"\0\0\0\0"];
    run(
        PER_BYTE,
        FIXTURES.into_iter().flat_map(|name| {
            let file = support::fixture(name);
            let nodes = structure(&file);
            nodes.into_iter().flat_map(move |node| {
                let at = node.range.start;
                let file = file.clone();
                let label = format!("{name}: {} at {at}", boxes::name(node.kind));
                let near = u32::try_from(node.range.len()).unwrap();
                let sizes =
                    SIZES.into_iter().chain([near - 1, near + 1, near + 8]).map(|size| (size.to_be_bytes(), at));
                let kinds = KINDS.into_iter().map(|kind| (*kind, at + 4));
                // A 64-bit size: what stood behind the header becomes its value.
                let changes: Vec<_> = sizes.chain(kinds).collect();
                changes
                    .into_iter()
                    .map(move |(bytes, at)| (format!("{label}: {bytes:02x?}"), changed(&file, at, &bytes)))
            })
        }),
    );
}

#[test]
fn every_32_bit_number_of_the_structure_is_overwritten() {
    const VALUES: [u32; 6] = [0, 1, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    run(
        PER_BYTE,
        FIXTURES.into_iter().take(3).flat_map(|name| {
            let file = support::fixture(name);
            let nodes = structure(&file);
            let positions = structural_bytes(&nodes).into_iter().flat_map(|range| range.step_by(4));
            let positions: Vec<usize> =
                positions.enumerate().filter(|(n, _)| is_chosen(*n)).map(|(_, at)| at).collect();
            positions.into_iter().flat_map(move |at| {
                let file = file.clone();
                VALUES
                    .into_iter()
                    .map(move |value| (format!("{name}: {value:#x} at {at}"), changed(&file, at, &value.to_be_bytes())))
            })
        }),
    );
}

/// All of the first kilobyte of numbers, then one in seven: long tables repeat themselves.
fn is_chosen(number: usize) -> bool {
    number < 256 || number.is_multiple_of(7)
}

/// The fields of each box that counts, times or points, each with absurd values, in pairs too.
#[test]
fn counts_times_and_offsets_that_are_absurd() {
    const FIELDS: [(&[u8; 4], &[usize]); 13] = [
        (b"mvhd", &[0, 12, 16]),
        (b"elst", &[0, 4, 8, 12, 16]),
        (b"mdhd", &[0, 12, 16]),
        (b"stsd", &[0, 4, 8]),
        (b"stts", &[4, 8, 12]),
        (b"ctts", &[4, 8, 12, 16]),
        (b"stss", &[4, 8]),
        (b"stsz", &[4, 8, 12]),
        (b"stsc", &[4, 8, 12, 16]),
        (b"stco", &[4, 8]),
        (b"co64", &[4, 8, 12]),
        (b"tkhd", &[0, 12]),
        (b"hdlr", &[8]),
    ];
    const VALUES: [u32; 5] = [0, 1, 0x0100_0000, 0x7fff_ffff, 0xffff_ffff];
    run(
        PER_BYTE,
        FIXTURES.into_iter().flat_map(|name| {
            let file = support::fixture(name);
            let nodes = structure(&file);
            let fields = |node: &Node| {
                let start = node.content.clone();
                let found = FIELDS.iter().find(|(kind, _)| **kind == node.kind).map_or(&[][..], |(_, fields)| fields);
                found.iter().map(move |field| start.start + field).filter(move |at| at + 4 <= start.end)
            };
            let positions: Vec<usize> = nodes.iter().flat_map(fields).collect();
            let pairs: Vec<(usize, usize)> = (0..positions.len())
                .flat_map(|i| [1, 2, 3, 5, 9].map(|step| (positions[i], positions[(i + step) % positions.len()])))
                .collect();
            pairs.into_iter().enumerate().flat_map(move |(number, (a, b))| {
                let file = file.clone();
                VALUES.into_iter().enumerate().map(move |(index, value)| {
                    let other = VALUES[(index + number) % VALUES.len()];
                    let once = changed(&file, a, &value.to_be_bytes());
                    let twice = changed(&once, b, &other.to_be_bytes());
                    (format!("{name}: {value:#x} at {a}, {other:#x} at {b}"), twice)
                })
            })
        }),
    );
}

/// Files that are sound, box by box, and absurd: what each would take of time or memory if it were
/// believed.
#[test]
fn files_made_to_exhaust() {
    let sound = Sound { timescale: 1, duration: 1, samples: 10, size: 1, per_chunk: 10, chunks: 1, edit: None };
    let large = 90_000;
    let cases = [
        (
            "16 million samples of a byte each, the same ones in every chunk",
            vec![Sound { samples: 16_000_000, per_chunk: large, chunks: 200, ..sound }],
        ),
        ("the same samples in 250 tracks", vec![Sound { duration: 0, samples: large, per_chunk: large, ..sound }; 250]),
        (
            "one sample as large as the file, 2,000 times",
            vec![Sound { duration: 0, samples: 2000, size: large, per_chunk: 1, chunks: 2000, ..sound }],
        ),
        ("sound of 68 years a frame", vec![Sound { duration: 0x7fff_ffff, ..sound }]),
        (
            "times that are no number of microseconds",
            vec![Sound { duration: u32::MAX, samples: 10_000, per_chunk: 10_000, ..sound }],
        ),
        ("a delay of an age", vec![Sound { edit: Some((u64::MAX, -1)), ..sound }]),
        ("a delay of a century", vec![Sound { edit: Some((3_155_760_000_000, -1)), ..sound }]),
        ("a start at the end of time", vec![Sound { edit: Some((0, i64::MAX)), ..sound }]),
        (
            "90,000 segments, and one as long as all of them",
            vec![Sound { samples: large, per_chunk: large, ..sound }, Sound { duration: large, samples: 2, ..sound }],
        ),
    ];
    // Samples of one byte: an index of 24 bytes for each, and where each is a segment, a plan, too.
    run(640, cases.into_iter().map(move |(name, tracks)| (name.to_owned(), sounds(&tracks, large as usize))));
}

/// A track of AAC.
#[derive(Debug, Clone, Copy)]
struct Sound {
    timescale: u32,
    /// Of each sample.
    duration: u32,
    samples: u32,
    /// Of each sample.
    size: u32,
    per_chunk: u32,
    /// All at the same offset.
    chunks: u32,
    /// Segment duration in milliseconds, media time.
    edit: Option<(u64, i64)>,
}

/// A file of these tracks over `media` bytes of media data, which stand in front.
fn sounds(tracks: &[Sound], media: usize) -> Vec<u8> {
    let mut out = Writer::new();
    put(&mut out, b"ftyp", |out| {
        out.bytes(b"isom").u32(0);
    });
    let media_offset = u32::try_from(out.len() + 8).unwrap();
    put(&mut out, b"mdat", |out| {
        out.zeros(media);
    });
    put(&mut out, b"moov", |out| {
        put_full(out, b"mvhd", 0, 0, |out| {
            out.zeros(8).u32(1000).zeros(84);
        });
        for track in tracks {
            put(out, b"trak", |out| put_sound(out, track, media_offset));
        }
    });
    out.into_vec()
}

fn put_sound(out: &mut Writer, track: &Sound, media_offset: u32) {
    put_full(out, b"tkhd", 0, 3, |out| {
        out.zeros(80);
    });
    if let Some((segment_duration, media_time)) = track.edit {
        put(out, b"edts", |out| {
            put_full(out, b"elst", 1, 0, |out| {
                out.u32(1).u64(segment_duration).bytes(&media_time.to_be_bytes()).u32(1 << 16);
            });
        });
    }
    put(out, b"mdia", |out| {
        put_full(out, b"mdhd", 0, 0, |out| {
            out.zeros(8).u32(track.timescale).zeros(8);
        });
        put_full(out, b"hdlr", 0, 0, |out| {
            out.zeros(4).bytes(b"soun").zeros(13);
        });
        put(out, b"minf", |out| {
            put(out, b"stbl", |out| put_tables(out, track, media_offset));
        });
    });
}

fn put_tables(out: &mut Writer, track: &Sound, media_offset: u32) {
    put_full(out, b"stsd", 0, 0, |out| {
        out.u32(1);
        put(out, b"mp4a", |out| {
            out.zeros(28);
            put_full(out, b"esds", 0, 0, |out| {
                // Descriptors of an elementary stream, its decoder (MPEG-4 audio) and AAC-LC at 44.1 kHz in stereo.
                out.bytes(&[3, 22, 0, 0, 0, 4, 17, 0x40]).zeros(12).bytes(&[5, 2, 0x12, 0x10, 6, 0]);
            });
        });
    });
    put_full(out, b"stts", 0, 0, |out| {
        out.u32(1).u32(track.samples).u32(track.duration);
    });
    put_full(out, b"stsc", 0, 0, |out| {
        out.u32(1).u32(1).u32(track.per_chunk).u32(1);
    });
    put_full(out, b"stsz", 0, 0, |out| {
        out.u32(track.size).u32(track.samples);
    });
    put_full(out, b"stco", 0, 0, |out| {
        out.u32(track.chunks);
        for _ in 0..track.chunks {
            out.u32(media_offset);
        }
    });
}

#[test]
fn random_damage() {
    // A few places of a file's structure at random; the generator's seed is fixed, so that a failure is
    // found again.
    const CASES: usize = 4000;
    let files: Vec<(Vec<u8>, Vec<usize>)> = FIXTURES
        .iter()
        .map(|name| {
            let file = support::fixture(name);
            let bytes = structural_bytes(&structure(&file)).into_iter().flatten().collect();
            (file, bytes)
        })
        .collect();
    let mut runner = TestRunner::deterministic();
    let damages = prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..6);
    let strategy = (0..files.len(), damages);
    run(
        PER_BYTE,
        (0..CASES).map(move |_| {
            let (number, damages) = strategy.new_tree(&mut runner).expect("nothing is filtered").current();
            let (mut file, positions) = files[number].clone();
            let mut name = FIXTURES[number].to_owned();
            for (index, damage) in damages {
                let at = positions[index.index(positions.len())];
                damage.apply(&mut file, at);
                name += &format!(", {damage:?} at {at}");
            }
            (name, file)
        }),
    );
}

#[test]
fn damaged_configurations() {
    // Configuration records of codecs, text, and the tables of fragments: one byte after the other.
    const DESCRIBED: [&str; 14] = [
        "hevc.mp4",
        "av1.mp4",
        "vp9.mp4",
        "vp8.mp4",
        "audio/aac-pce.mp4",
        "audio/ac3-51.mp4",
        "audio/eac3-51.mp4",
        "audio/opus.mp4",
        "audio/flac.mp4",
        "audio/alac.m4a",
        "audio/mp3.mp4",
        "audio/dtsc.mp4",
        "text/wvtt.mp4",
        "text/stpp.mp4",
    ];
    run(
        PER_BYTE,
        DESCRIBED.into_iter().flat_map(|name| {
            let file = support::fixture(name);
            let entries: Vec<usize> = structure(&file)
                .iter()
                .filter(|node| &node.kind == b"stsd")
                .flat_map(|node| node.content.clone())
                .collect();
            assert!(!entries.is_empty(), "{name}");
            entries.into_iter().map(move |at| {
                let byte = [0x00, 0xff, 0x7f, 0x01, 0x80][at % 5];
                (format!("{name}: {byte:#x} at {at}"), changed(&file, at, &[byte]))
            })
        }),
    );
}

#[test]
fn damaged_fragments() {
    let package = support::Package::new("slices.mp4", Target::Cmaf, Some(Scheme::Cenc), 1000);
    let (folder, count) = &package.folders[0];
    let mut file = package.init(folder).to_vec();
    for segment in package.segments(folder, *count) {
        file.extend(segment);
    }
    let moofs: Vec<usize> = structure(&file)
        .iter()
        .filter(|node| &node.kind == b"moof")
        .take(2)
        .flat_map(|node| node.range.clone())
        .collect();
    assert!(!moofs.is_empty());
    run(
        PER_BYTE,
        moofs.into_iter().map(move |at| {
            let byte = [0x00, 0xff, 0x7f, 0x01, 0x80][at % 5];
            (format!("{byte:#x} at {at}"), changed(&file, at, &[byte]))
        }),
    );
}

#[derive(Debug, Clone)]
pub(crate) enum Damage {
    Bit(u8),
    Byte(u8),
    Number(u32),
    Remove(usize),
    Repeat(usize),
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    let number = prop_oneof![Just(0), Just(1), Just(0x7fff_ffff), Just(u32::MAX), any::<u32>(), 0..1000u32];
    prop_oneof![
        4 => (0..8u8).prop_map(Damage::Bit),
        3 => any::<u8>().prop_map(Damage::Byte),
        4 => number.prop_map(Damage::Number),
        1 => (1..64usize).prop_map(Damage::Remove),
        1 => (1..64usize).prop_map(Damage::Repeat),
    ]
}

impl Damage {
    pub(crate) fn apply(&self, file: &mut Vec<u8>, at: usize) {
        let at = at.min(file.len() - 1);
        match *self {
            Self::Bit(bit) => file[at] ^= 1 << bit,
            Self::Byte(byte) => file[at] = byte,
            Self::Number(number) => *file = changed(file, at, &number.to_be_bytes()),
            Self::Remove(count) => drop(file.drain(at..file.len().min(at + count))),
            Self::Repeat(count) => {
                let again = file[at..file.len().min(at + count)].to_vec();
                file.splice(at..at, again);
            }
        }
    }
}

#[test]
fn damaged_samples() {
    // The bytes of pictures: NAL unit lengths, slice and frame headers, parameter sets in band; and of sound.
    const CODED: [&str; 12] = [
        "avc3.mp4",
        "slices.mp4",
        "weighted.mp4",
        "interlaced.mp4",
        "hevc-slices.mp4",
        "hev1.mp4",
        "av1-tiles.mp4",
        "av1-10bit.mp4",
        "vp9.mp4",
        "vp8.mp4",
        "audio/eac3-51.mp4",
        "text/wvtt.mp4",
    ];
    run(
        PER_BYTE,
        CODED.into_iter().flat_map(|name| {
            let file = support::fixture(name);
            let input = support::index(name, &file).unwrap();
            let offsets: Vec<u64> = input.tracks[0].samples.iter().map(|sample| sample.offset).step_by(5).collect();
            offsets.into_iter().flat_map(move |offset| {
                let file = file.clone();
                let at = usize::try_from(offset).unwrap();
                (0..24usize).map(move |number| {
                    let byte = [0x00, 0xff, 0x80, 0x01][number % 4];
                    (format!("{name}: {byte:#x} at {}", at + number), changed(&file, at + number, &[byte]))
                })
            })
        }),
    );
}

#[test]
fn the_bad_fixtures_fail_with_their_codes() {
    let code = |name: &str| package(&support::fixture(&format!("bad/{name}"))).unwrap_err().code;
    assert_eq!(code("empty.mp4"), Code::InputEmpty);
    assert_eq!(code("huge-stsz.mp4"), Code::Mp4BoxTruncated);
    assert_eq!(code("no-track.mp4"), Code::TrackNone);
    assert_eq!(code("not-an-mp4.mp4"), Code::InputNotRecognised);
    assert_eq!(code("sample-past-end.mp4"), Code::Mp4SampleOutOfFile);
    assert_eq!(code("truncated-mdat.mp4"), Code::Mp4BoxTruncated);
    assert_eq!(code("truncated-moov.mp4"), Code::Mp4BoxTruncated);
    assert_eq!(code("zero-size-child.mp4"), Code::Mp4BoxInvalid);
}
