//! Hostile input: whatever a file says, the packager answers with output or with an error that says
//! where; it doesn't panic, doesn't hang, and takes memory in proportion to the file.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tabpack::cenc::Scheme;
use tabpack::error::{Class, Code, Error};
use tabpack::packager::{Fact, Plan, Target};

use crate::allocations::peak_of;
use crate::boxes::{self, Node};
use crate::support;

// One case.

/// Indexes, plans and renders.
fn package(file: &[u8]) -> Result<(), Error> {
    let input = support::index("hostile.mp4", file)?;
    let mut options = support::options(Target::Cmaf, Some(Scheme::Cbcs));
    options.set_segment_duration(1.0)?;
    let plan = Plan::new(vec![input], options)?;
    plan.inits();
    plan.summaries();
    // The first and the last step: what lies between is of their kind, and speed is more cases.
    let steps = plan.steps();
    let mut facts: Vec<Fact> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let ends = number == 0 || number + 1 == steps.len();
        let window = ends.then(|| support::window(file, step));
        for &output in &step.outputs {
            match &window {
                Some(window) => facts.extend(plan.render(output, window)?.fact),
                // Manifests want a fact of each.
                None => facts.extend(facts.last().copied().map(|fact| Fact { output, ..fact })),
            }
        }
    }
    plan.manifests(&facts).map(drop)
}

/// What is wrong with how the packager took a file; `None` if nothing.
fn fault(file: &[u8]) -> Option<String> {
    let (peak, outcome) = peak_of(|| catch_unwind(AssertUnwindSafe(|| package(file))));
    // A sample of the index has 24 bytes, and vectors double; a file of one-byte samples is the worst.
    let allowed = 64 * file.len() + (4 << 20);
    if peak > allowed {
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
    let relative = error.code == Code::VideoNotAligned; // names times of two tracks
    let placed = error.place.boxes.is_some() || error.place.offset.is_some() || relative;
    error.code.class() != Class::Internal && (error.code.class() != Class::Input || placed)
}

// Many cases.

/// How long a case may take before it counts as a hang. They take milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs cases in a thread of their own and fails with the faults, or with the case that doesn't end.
fn run(cases: impl Iterator<Item = (String, Vec<u8>)> + Send + 'static) {
    enum Report {
        Start(String),
        Fault(String),
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for (name, file) in cases {
            let started = sender.send(Report::Start(name));
            let found = fault(&file).map(|fault| sender.send(Report::Fault(fault)));
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

fn changed(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let end = file.len().min(at + bytes.len());
    file[at..end].copy_from_slice(&bytes[..end - at]);
    file
}

#[test]
fn files_cut_at_and_near_every_box_boundary() {
    run(FIXTURES.into_iter().flat_map(|name| {
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
    }));
}

#[test]
fn box_sizes_and_types_that_lie() {
    const SIZES: [u32; 9] = [0, 1, 2, 7, 8, 9, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff];
    const KINDS: [&[u8; 4]; 8] = [b"moov", b"trak", b"stsd", b"free", b"mvex", b"moof", b"wave", b"\0\0\0\0"];
    run(FIXTURES.into_iter().flat_map(|name| {
        let file = support::fixture(name);
        let nodes = structure(&file);
        nodes.into_iter().flat_map(move |node| {
            let at = node.range.start;
            let file = file.clone();
            let label = format!("{name}: {} at {at}", boxes::name(node.kind));
            let near = u32::try_from(node.range.len()).unwrap();
            let sizes = SIZES.into_iter().chain([near - 1, near + 1, near + 8]).map(|size| (size.to_be_bytes(), at));
            let kinds = KINDS.into_iter().map(|kind| (*kind, at + 4));
            // A 64-bit size: what stood behind the header becomes its value.
            let changes: Vec<_> = sizes.chain(kinds).collect();
            changes.into_iter().map(move |(bytes, at)| (format!("{label}: {bytes:02x?}"), changed(&file, at, &bytes)))
        })
    }));
}

#[test]
fn every_32_bit_number_of_the_structure_is_overwritten() {
    const VALUES: [u32; 6] = [0, 1, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    run(FIXTURES.into_iter().take(3).flat_map(|name| {
        let file = support::fixture(name);
        let nodes = structure(&file);
        let positions = structural_bytes(&nodes).into_iter().flat_map(|range| range.step_by(4));
        let positions: Vec<usize> = positions.enumerate().filter(|(n, _)| is_chosen(*n)).map(|(_, at)| at).collect();
        positions.into_iter().flat_map(move |at| {
            let file = file.clone();
            VALUES.into_iter().map(move |value| {
                (format!("{name}: {value:#x} at {at}"), changed(&file, at, &value.to_be_bytes()))
            })
        })
    }));
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
    run(FIXTURES.into_iter().flat_map(|name| {
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
    }));
}

/// Damage that one field alone doesn't do: built by hand, each with the reason.
#[test]
fn files_made_to_exhaust() {
    let file = support::fixture("largesize-mdat.mp4");
    let nodes = boxes::tree(&file, 0..file.len());
    let moov = boxes::find(&nodes, &[b"moov"]).unwrap();
    let tables = |trak: &Node, kind: &[u8; 4]| {
        boxes::find(&trak.children, &[b"mdia", b"minf", b"stbl", kind]).unwrap().content.start
    };
    let traks: Vec<&Node> = moov.children.iter().filter(|node| &node.kind == b"trak").collect();
    let mut cases = Vec::new();
    for (number, trak) in traks.iter().enumerate() {
        let [stsz, stsc] = [b"stsz", b"stsc"].map(|kind| tables(trak, kind));
        let mdhd = boxes::find(&trak.children, &[b"mdia", b"mdhd"]).unwrap().content.start;
        let with = |changes: &[(usize, u32)]| {
            changes.iter().fold(file.clone(), |file, &(at, value)| changed(&file, at, &value.to_be_bytes()))
        };
        // 16 million samples of a byte each, without a table: every chunk gives as many as the file has bytes.
        let same = [(stsz + 4, 1), (stsz + 8, 16_000_000), (stsc + 12, 90_000)];
        cases.push((format!("track {number}: samples of one size over and over"), with(&same)));
        // The same bytes again and again: each sample as large as it can be.
        let most = u32::try_from(file.len() - 2000).unwrap();
        cases.push((format!("track {number}: one large sample over and over"), with(&[(stsz + 4, most)])));
        // A second lasts a tick, so that the timeline has a grid of millions of segments.
        cases.push((format!("track {number}: a slow clock"), with(&[(mdhd + 12, 1)])));
    }
    let last = traks.last().unwrap();
    let audio_only = changed(&file, traks[0].range.start + 4, b"free");
    let mdhd = boxes::find(&last.children, &[b"mdia", b"mdhd"]).unwrap().content.start;
    let stts = tables(last, b"stts");
    let slow = changed(&audio_only, mdhd + 12, &1u32.to_be_bytes());
    let slow = changed(&slow, stts + 12, &0x7fff_ffffu32.to_be_bytes());
    cases.push(("sound of 68 years a frame".to_owned(), slow));
    run(cases.into_iter());
}

#[test]
fn random_damage() {
    // Of a file's structure a few bytes at random, bits or numbers; the seed is fixed, so that a failure
    // is found again.
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 1500, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let files: Vec<(Vec<u8>, Vec<usize>)> = FIXTURES
        .iter()
        .map(|name| {
            let file = support::fixture(name);
            let bytes = structural_bytes(&structure(&file)).into_iter().flatten().collect();
            (file, bytes)
        })
        .collect();
    let damage = prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..6);
    let result = runner.run(&(0..files.len(), damage), |(number, damage)| {
        let (file, positions) = &files[number];
        let mut file = file.clone();
        for (index, damage) in damage {
            let at = positions[index.index(positions.len())];
            damage.apply(&mut file, at);
        }
        match fault(&file) {
            Some(fault) => Err(TestCaseError::fail(fault)),
            None => Ok(()),
        }
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[derive(Debug, Clone)]
enum Damage {
    Bit(u8),
    Byte(u8),
    Number(u32),
    Remove(usize),
    Repeat(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
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
    fn apply(&self, file: &mut Vec<u8>, at: usize) {
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
    // The bytes of pictures: NAL unit lengths, slice headers and parameter sets in band.
    run(["avc3.mp4", "slices.mp4", "weighted.mp4", "interlaced.mp4"].into_iter().flat_map(|name| {
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
    }));
}

#[test]
fn the_bad_fixtures_fail_with_their_codes() {
    let code = |name: &str| package(&support::fixture(&format!("bad/{name}"))).unwrap_err().code;
    assert_eq!(code("empty.mp4"), Code::InputEmpty);
    assert_eq!(code("huge-stsz.mp4"), Code::Mp4BoxTruncated);
    assert_eq!(code("no-track.mp4"), Code::TrackNone);
    assert_eq!(code("not-an-mp4.mp4"), Code::Mp4NotRecognised);
    assert_eq!(code("sample-past-end.mp4"), Code::Mp4SampleOutOfFile);
    assert_eq!(code("truncated-mdat.mp4"), Code::Mp4BoxTruncated);
    assert_eq!(code("truncated-moov.mp4"), Code::Mp4BoxTruncated);
    assert_eq!(code("zero-size-child.mp4"), Code::Mp4BoxInvalid);
}
