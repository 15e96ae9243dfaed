//! Inputs that are no MP4: what is read of them, and what damage does.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tabpack::cenc::Scheme;
use tabpack::demux::{Input, Kind, Sample, Track};
use tabpack::error::{Code, Messages};
use tabpack::packager::{Plan, Target};

use crate::hostile::{PER_BYTE, changed, damage, run};
use crate::support;

fn index(name: &str) -> Input {
    support::index(name, &support::fixture(&format!("inputs/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn track(input: &Input, kind: Kind) -> &Track {
    input.tracks.iter().find(|track| track.kind == kind).unwrap_or_else(|| panic!("{} has {kind:?}", input.name))
}

/// What the tracks of an input are: name, timescale, language, samples, presentation offset.
fn summary(input: &Input) -> Vec<String> {
    let one = |track: &Track| {
        let codec = track.entries[0].codec.rfc6381();
        let language = track.language.as_deref().unwrap_or("-");
        format!("{codec} {} {language} {} {}", track.timescale, track.samples.len(), track.presentation_offset)
    };
    input.tracks.iter().map(one).collect()
}

#[test]
fn tracks_of_webm_and_matroska() {
    // Counts and starts as ffprobe gives them. VP9 starts 7 ms late, since Opus has a delay of 312 samples.
    let expected = [
        ("vp9-opus.webm", &["vp09.00.10.08.01.02.02.02.00 1000 - 75 7", "opus 48000 de 151 -312"][..]),
        ("vp8-vorbis.webm", &["vp08.00.10.08.01.02.02.02.00 1000 - 50 3"]),
        ("h264-aac.mkv", &["avc1.64000b 1000 - 75 -57", "mp4a.40.2 44100 - 131 0", "wvtt 1000 - 4 0"]),
        ("hevc-flac.mkv", &["hvc1.1.6.L30.90 1000 - 50 -80", "flac 44100 - 20 0"]),
        ("av1-eac3.mkv", &["av01.0.00M.08 1000 - 50 5", "ec-3 48000 - 63 0"]),
        ("mp3-ac3.mkv", &["mp4a.6B 44100 en 78 0", "ac-3 48000 fr 63 960"]),
        // The delay of LAME and of the decoder: 576 + 529 samples.
        ("tagged.mp3", &["mp4a.6B 44100 - 78 -1105"]),
        ("vbr.mp3", &["mp4a.6B 44100 - 78 -1105"]),
        ("garbage-22k.mp3", &["mp4a.69 22050 - 79 0"]),
        ("tone.aac", &["mp4a.40.2 44100 - 88 0"]),
        ("tone.ac3", &["ac-3 44100 - 58 0"]),
        ("tone.eac3", &["ec-3 48000 - 63 0"]),
        ("tone.flac", &["flac 44100 - 29 0"]),
        ("laced.mkv", &["avc1.64000b 1000 - 50 -55", "mp4a.6B 44100 - 78 0"]),
        // The first of all packets is presented at 0; pictures are decoded two frames earlier.
        ("h264-aac.ts", &["avc1.64000b 90000 - 75 -5110", "mp4a.40.2 44100 en 131 0"]),
        ("eac3-mp3.ts", &["ec-3 48000 de 63 947", "mp4a.6B 44100 fr 78 0"]),
        ("h264-aac.flv", &["avc1.64000b 1000 - 50 0", "mp4a.40.2 44100 - 88 2514"]),
        ("dts-alac.mkv", &["dtsc 44100 - 35 0", "alac 16000 - 2 0"]),
        ("tone.dts", &["dtsc 44100 - 35 0"]),
        ("dts-opus.ts", &["dtsc 44100 - 35 287", "opus 48000 - 21 0"]),
        // 8,000 samples of sound, 1,024 of them in each of the file's chunks.
        ("pcm.mov", &["ipcm 8000 - 8 0"]),
        ("pcm.mkv", &["ipcm 8000 - 45 0"]),
    ];
    for (name, tracks) in expected {
        assert_eq!(summary(&index(name)), tracks, "{name}");
    }
}

#[test]
fn sound_is_timed_by_its_samples() {
    for (name, frame) in [("h264-aac.mkv", 1024), ("mp3-ac3.mkv", 1152), ("laced.mkv", 1152), ("av1-eac3.mkv", 1536)] {
        let input = index(name);
        let samples = &track(&input, Kind::Audio).samples;
        let (_, rest) = samples.split_last().unwrap();
        let odd: Vec<&Sample> = rest.iter().filter(|sample| sample.duration != frame).collect();
        assert!(odd.is_empty(), "{name}: {odd:?}");
        assert!(samples.iter().all(|sample| sample.sync), "{name}");
    }
}

/// The elements in `range` of a Matroska file: their ids and where they stand, header and all.
fn elements(file: &[u8], range: std::ops::Range<usize>) -> Vec<(u32, std::ops::Range<usize>, usize)> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let id_size = file[at].leading_zeros() as usize + 1;
        let id = file[at..at + id_size].iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
        let size_at = at + id_size;
        let size_size = file[size_at].leading_zeros() as usize + 1;
        let size = file[size_at..size_at + size_size].iter().fold(0usize, |size, &byte| size << 8 | usize::from(byte));
        let content = size_at + size_size;
        let end = content + (size & ((1 << (7 * size_size)) - 1));
        found.push((id, at..end, content));
        at = end;
    }
    found
}

#[test]
fn headers_behind_the_clusters_of_matroska_are_read() {
    const SEGMENT: u32 = 0x1853_8067;
    const INFO: u32 = 0x1549_a966;
    const TRACKS: u32 = 0x1654_ae6b;
    const CLUSTER: u32 = 0x1f43_b675;
    let sized = |id: u32, content: &[u8]| {
        let size = u64::try_from(content.len()).unwrap() | 1 << 56; // eight bytes
        [&id.to_be_bytes()[..], &size.to_be_bytes(), content].concat()
    };
    let file = support::fixture("inputs/h264-aac.mkv");
    let top = elements(&file, 0..file.len());
    let (_, segment, content) = top.iter().find(|(id, ..)| *id == SEGMENT).unwrap();
    let children = elements(&file, *content..segment.end);
    let of = |wanted: u32| {
        let those = children.iter().filter(move |(id, ..)| *id == wanted);
        those.map(|(_, range, _)| &file[range.clone()]).collect::<Vec<_>>().concat()
    };
    let (info, tracks, clusters) = (of(INFO), of(TRACKS), of(CLUSTER));
    let seek = |id: u32, position: usize| {
        let id = [&[0x53, 0xab, 0x84][..], &id.to_be_bytes()].concat();
        let position = [&[0x53, 0xac, 0x88][..], &(position as u64).to_be_bytes()].concat();
        let size = u8::try_from(id.len() + position.len()).unwrap() | 0x80;
        [&[0x4d, 0xbb, size][..], &id, &position].concat()
    };
    // Both behind the clusters, or the tracks alone.
    let head = sized(0x114d_9b74, &[seek(INFO, 0), seek(TRACKS, 0)].concat()).len();
    let last = head + clusters.len();
    let both = sized(0x114d_9b74, &[seek(INFO, last), seek(TRACKS, last + info.len())].concat());
    let alone = sized(0x114d_9b74, &[seek(TRACKS, head + info.len() + clusters.len()), seek(INFO, head)].concat());
    let front = &file[..segment.start];
    let whole = index("h264-aac.mkv");
    for (what, content) in [
        ("both", [&both[..], &clusters, &info, &tracks].concat()),
        ("tracks", [&alone[..], &info, &clusters, &tracks].concat()),
        ("without a SeekHead", [&info[..], &clusters, &tracks].concat()),
    ] {
        let input = support::index(what, &[front, &sized(SEGMENT, &content)].concat()).unwrap();
        assert_eq!(summary(&input), summary(&whole), "{what}");
        for (a, b) in input.tracks.iter().zip(&whole.tracks) {
            let sizes =
                |track: &Track| track.samples.iter().map(|sample| (sample.size, sample.duration)).collect::<Vec<_>>();
            assert_eq!(sizes(a), sizes(b), "{what}");
        }
    }
}

#[test]
fn what_is_left_out_is_named() {
    let warnings = |name: &str| Messages(index(name).warnings).text();
    assert!(warnings("vp8-vorbis.webm").contains("Vorbis (A_VORBIS)"), "{}", warnings("vp8-vorbis.webm"));
    assert!(warnings("mpeg2-aac.ts").contains("MPEG-2 video (stream type 0x02)"), "{}", warnings("mpeg2-aac.ts"));
    assert!(warnings("live.webm").contains("breaks off at byte"), "{}", warnings("live.webm"));
    assert_eq!(warnings("hevc-flac.mkv"), "");
}

#[test]
fn what_is_no_frame_is_passed_over_and_said_and_a_tag_is_not() {
    let warnings = index("garbage-22k.mp3").warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].text().contains("100 bytes that belong to no frame"), "{warnings:?}");
    assert_eq!(index("tagged.mp3").warnings, [""; 0]);
    let mut cut = support::fixture("inputs/tone.aac");
    cut.truncate(cut.len() - 5);
    let input = support::index("cut.aac", &cut).unwrap();
    assert!(input.warnings[0].text().contains("cut short"), "{:?}", input.warnings);
    assert_eq!(input.tracks[0].samples.len(), 87);
}

#[test]
fn opus_is_heard_without_its_padding() {
    // 3 s at 48 kHz, but for the milliseconds of `DiscardPadding`.
    let input = index("vp9-opus.webm");
    let sound = track(&input, Kind::Audio);
    let heard: i64 = sound.samples.iter().map(|sample| i64::from(sample.duration)).sum();
    assert!((heard + sound.presentation_offset - 144_000).abs() <= 48, "{heard}");
    assert!(sound.samples.last().unwrap().duration < 960);
}

#[test]
fn the_end_of_a_gapless_mp3_is_the_end_of_its_sound() {
    // 2 s at 44.1 kHz went in: what is heard of the frames is as long.
    for name in ["tagged.mp3", "vbr.mp3"] {
        let input = index(name);
        let heard: i64 = input.tracks[0].samples.iter().map(|sample| i64::from(sample.duration)).sum();
        assert_eq!(heard + input.tracks[0].presentation_offset, 88_200, "{name}");
    }
}

#[test]
fn pictures_wider_than_their_samples_say_so() {
    let input = index("h264-aac.mkv");
    let video = track(&input, Kind::Video);
    // 160x90 shown as 4:3: 120x90, samples of 3:4.
    assert_eq!((video.tkhd.width >> 16, video.tkhd.height >> 16), (120, 90));
    let tabpack::demux::Properties::Video { sample_aspect_ratio, .. } = video.properties else { panic!("no video") };
    assert_eq!(sample_aspect_ratio, (3, 4));
}

#[test]
fn a_recording_that_broke_off_is_packaged_and_a_cut_file_is_refused() {
    let live = support::fixture("inputs/live.webm");
    let whole = summary(&support::index("live.webm", &live).unwrap());
    let shorter = summary(&support::index("live.webm", &live[..live.len() / 2]).unwrap());
    assert_ne!(whole, shorter);
    let cut = support::fixture("inputs/h264-aac.mkv");
    let error = support::index("cut.mkv", &cut[..cut.len() - 100]).unwrap_err();
    assert_eq!(error.code, Code::InputTruncated);
}

#[test]
fn inputs_of_different_kinds_make_one_presentation() {
    let names = ["h264-aac.mkv", "mp3-ac3.mkv"];
    let inputs = names.map(index).to_vec();
    let mut options = support::options(Target::Cmaf, Some(Scheme::Cenc));
    options.segment_ms = 1000;
    let plan = Plan::new(inputs, options).unwrap();
    let tracks: Vec<_> = plan.summaries().iter().map(|summary| summary.codecs.clone()).collect();
    assert_eq!(tracks, ["avc1.64000b", "mp4a.40.2", "mp4a.6B", "ac-3", "wvtt"]);
}

#[test]
fn recordings_one_behind_the_other_have_an_entry_each_and_no_gap() {
    let input = index("joined.ts");
    let video = track(&input, Kind::Video);
    assert_eq!(video.entries.len(), 2);
    let sizes = video.entries.iter().map(|entry| match &entry.codec {
        tabpack::codec::Codec::Avc(config) => config.size(),
        other => panic!("{other:?}"),
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [Some((160, 90)), Some((192, 108))]);
    assert_eq!(video.samples.iter().filter(|sample| sample.entry == 1).count(), 50);
    assert!(video.samples.iter().all(|sample| sample.duration < 12_000), "no gap of more than a frame of sound or two");
    assert!(input.warnings[0].text().contains("the time stamps jump"), "{:?}", input.warnings);
}

#[test]
fn time_stamps_of_33_bits_wrap() {
    let input = index("wrap.ts");
    let video = track(&input, Kind::Video);
    assert!(video.samples.iter().all(|sample| sample.duration == 3600));
    assert_eq!(input.warnings, [""; 0]);
}

#[test]
fn samples_of_a_transport_stream_need_no_more_of_the_file_than_their_packets() {
    for name in ["h264-aac.ts", "hevc-ac3.ts", "avchd.m2ts", "garbage.ts", "joined.ts"] {
        let file = support::fixture(&format!("inputs/{name}"));
        for track in &index(name).tracks {
            for number in 0..track.samples.len() {
                let source = track.source(number);
                let bytes = &file[usize::try_from(source.start).unwrap()..usize::try_from(source.end).unwrap()];
                let sample = track.sample(number, bytes).unwrap();
                assert_eq!(sample.len(), track.samples[number].size as usize, "{name}: {number}");
                assert_eq!(bytes[0], 0x47, "{name}: {number}");
                assert!(track.sample(number, &bytes[..bytes.len() - 1]).is_err(), "{name}: {number} of too few bytes");
            }
        }
    }
}

#[test]
fn a_picture_of_which_a_packet_is_missing_is_left_out_and_so_is_a_frame_of_sound() {
    const PACKET: usize = 188;
    let file = support::fixture("inputs/h264-aac.ts");
    let whole = index("h264-aac.ts");
    for (pid, kind) in [(0x100, Kind::Video), (0x101, Kind::Audio)] {
        // In the middle of a PES packet.
        let is_inner = |packet: &[u8]| packet[1] & 0x40 == 0 && packet[3] & 0x20 == 0;
        let is_of = |packet: &[u8]| (usize::from(packet[1] & 0x1f) << 8 | usize::from(packet[2])) == pid;
        let mut packets = file.chunks(PACKET).enumerate().skip(60);
        let (number, _) = packets.find(|(_, packet)| is_of(packet) && is_inner(packet)).unwrap();
        let cut = [&file[..number * PACKET], &file[(number + 1) * PACKET..]].concat();
        let input = support::index("cut.ts", &cut).unwrap();
        let (before, after) = (track(&whole, kind), track(&input, kind));
        let missing = before.samples.len() - after.samples.len();
        assert!((1..=2).contains(&missing), "{kind:?}: {missing}");
        // What follows is where it was.
        let end = |track: &Track| track.samples.iter().map(|sample| i64::from(sample.duration)).sum::<i64>();
        assert!((end(before) - end(after)).abs() <= 4, "{kind:?}: {} and {}", end(before), end(after));
        assert!(!input.warnings.is_empty());
    }
}

// Hostile input.

/// The files that are damaged.
const FIXTURES: [&str; 26] = [
    "vp9-opus.webm",
    "vp8-vorbis.webm",
    "h264-aac.mkv",
    "hevc-flac.mkv",
    "av1-eac3.mkv",
    "mp3-ac3.mkv",
    "live.webm",
    "laced.mkv",
    "tagged.mp3",
    "garbage-22k.mp3",
    "tone.aac",
    "tone.ac3",
    "tone.eac3",
    "tone.flac",
    "h264-aac.ts",
    "hevc-ac3.ts",
    "avchd.m2ts",
    "eac3-mp3.ts",
    "joined.ts",
    "open.ts",
    "h264-aac.flv",
    "dts-alac.mkv",
    "tone.dts",
    "dts-opus.ts",
    "pcm.mov",
    "pcm.mkv",
];

fn fixtures() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    FIXTURES.into_iter().map(|name| (name, support::fixture(&format!("inputs/{name}"))))
}

#[test]
fn cut_anywhere() {
    run(
        PER_BYTE,
        fixtures().flat_map(|(name, file)| {
            let ends = (0..1200).chain((1200..file.len()).step_by(1009));
            let ends: Vec<usize> = ends.filter(|&end| end < file.len()).collect();
            ends.into_iter().map(move |end| (format!("{name} cut at {end}"), file[..end].to_vec()))
        }),
    );
}

#[test]
fn bytes_of_the_head_are_overwritten() {
    run(
        PER_BYTE,
        fixtures().flat_map(|(name, file)| {
            (0..900usize).map(move |at| {
                let byte = [0x00, 0x01, 0x7f, 0xff][at % 4] ^ file[at % file.len()] & 1;
                (format!("{name}: {byte:#x} at {at}"), changed(&file, at, &[byte]))
            })
        }),
    );
}

#[test]
fn random_damage() {
    const CASES: usize = 4000;
    let files: Vec<(&str, Vec<u8>)> = fixtures().collect();
    let mut runner = TestRunner::deterministic();
    let damages = prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..6);
    let strategy = (0..files.len(), damages);
    run(
        PER_BYTE,
        (0..CASES).map(move |_| {
            let (number, damages) = strategy.new_tree(&mut runner).expect("nothing is filtered").current();
            let (name, mut file) = files[number].clone();
            let mut name = name.to_owned();
            for (index, damage) in damages {
                let at = index.index(file.len().max(1));
                damage.apply(&mut file, at);
                name += &format!(", {damage:?} at {at}");
            }
            (name, file)
        }),
    );
}
