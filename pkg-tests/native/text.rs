//! Text: what side files and tracks show when, the segments of WebVTT made of them, and what damage does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tabpack::demux::{Input, Kind, Role, Track, WebVtt, read_webvtt};
use tabpack::mp4::wvtt;
use tabpack::packager::{Plan, Target};

use crate::hostile::{PER_BYTE, changed, damage, run};
use crate::support;

fn input(name: &str) -> Input {
    let file = support::fixture(&format!("text/{name}"));
    support::index(name, &file).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Start and end in milliseconds, settings and text of each sample's cues, in the order of time; the bytes of samples are
/// those of `file`.
fn shown(track: &Track, file: &[u8]) -> Vec<String> {
    let mut start = track.presentation_offset;
    let mut found = Vec::new();
    for (index, sample) in track.samples.iter().enumerate() {
        let end = start + i64::from(sample.duration);
        let source = track.source(index);
        let bytes = &file[usize::try_from(source.start).unwrap()..usize::try_from(source.end).unwrap()];
        for cue in wvtt::read(&track.sample(index, bytes).unwrap()).unwrap() {
            let ms = |ticks: i64| ticks * 1000 / i64::from(track.timescale);
            found.push(format!("{}-{} [{}] {}", ms(start), ms(end), cue.settings, cue.text));
        }
        start = end;
    }
    found
}

const SRT: [&str; 3] = [
    "500-1500 [] <i>Eins</i> für alle",
    "1800-2400 [line:0] Oben &amp; über die Grenze",
    "3000-3600 [] <c.yellow>Gelb</c>\nund weiß",
];

#[test]
fn side_files_of_cues() {
    let vtt = input("side.en.vtt");
    assert_eq!(
        shown(&vtt.tracks[0], &[]),
        [
            "500-1500 [line:0 align:start] <b>One</b> &amp; only",
            "1800-2200 [] Grüße über die Grenze",
            "2200-2400 [] Grüße über die Grenze",
            "2200-2400 [] Zwei zugleich",
            "2400-3300 [] Zwei zugleich",
            "3600-3900 [] The last,\nin two lines",
        ]
    );
    assert_eq!((vtt.tracks[0].language.as_deref(), vtt.warnings.len()), (Some("en"), 0));
    let srt = input("side.de.sdh.srt");
    assert_eq!(shown(&srt.tracks[0], &[]), SRT);
    assert_eq!((srt.tracks[0].language.as_deref(), &srt.tracks[0].roles[..]), (Some("de"), &[Role::Caption][..]));
    assert!(srt.warnings[0].text().contains("Latin-1"), "{:?}", srt.warnings);
}

#[test]
fn a_document_of_ttml_says_its_language_and_its_name_that_it_is_forced() {
    let ttml = input("side.fr.forced.ttml");
    let track = &ttml.tracks[0];
    assert_eq!((track.language.as_deref(), track.is_forced), (Some("fr"), true));
    assert_eq!(track.entries[0].codec.rfc6381(), "stpp.ttml.im1t");
    let lasts: u32 = track.samples.iter().map(|sample| sample.duration).sum();
    assert_eq!(lasts, 3600);
}

#[test]
fn timed_text_in_mp4_is_read_as_cues() {
    let file = support::fixture("text/mov_text.mp4");
    let input = input("mov_text.mp4");
    let text = input.tracks.iter().find(|track| track.kind == Kind::Text).unwrap();
    // ffmpeg has neither the place nor the colour in it.
    assert_eq!(
        shown(text, &file),
        ["500-1500 [] <i>Eins</i> für alle", "1800-2400 [] Oben &amp; über die Grenze", "3000-3600 [] Gelb\nund weiß",]
    );
    assert_eq!((text.language.as_deref(), input.warnings.len()), (Some("de"), 0));
}

#[test]
fn the_kinds_of_text_in_matroska() {
    let input = input("kinds.mkv");
    let texts: Vec<&Track> = input.tracks.iter().filter(|track| track.kind == Kind::Text).collect();
    // ffmpeg stamps all that is beside its AAC 23 ms later.
    assert_eq!(
        shown(texts[0], &[]),
        [
            "523-1523 [] <i>Eins</i> für alle",
            "1823-2423 [line:0] Oben &amp; über die Grenze",
            "3023-3623 [] <c.yellow>Gelb</c>\nund weiß",
        ]
    );
    assert_eq!((texts[0].label.as_deref(), &texts[0].roles[..]), (Some("Deutsch"), &[Role::Caption][..]));
    assert_eq!(shown(texts[1], &[])[0], "523-1523 [line:0 align:start] <b>One</b> &amp; only");
    assert_eq!(
        shown(texts[2], &[]),
        [
            "523-1023 [line:0] Hello, <i>there</i>\nnext",
            "1023-1523 [line:0] Hello, <i>there</i>\nnext",
            "1023-1523 [] At once",
            "1523-2223 [] At once",
        ]
    );
    assert_eq!((texts[2].language.as_deref(), texts[2].is_forced), (Some("fr"), true));
}

/// Every file of a job of a film and side files.
fn packaged(names: &[&str], target: Target) -> (Plan, BTreeMap<String, Vec<u8>>) {
    let inputs = names.iter().map(|name| input(name)).collect();
    let mut options = support::options(target, None);
    options.segment_ms = 1000;
    let plan = Plan::new(inputs, options.clone()).unwrap();
    let sources = names.iter().map(|name| (*name, support::fixture(&format!("text/{name}"))));
    let files = support::packaged(sources, options).unwrap();
    (plan, files)
}

#[test]
fn a_segment_has_each_cue_that_is_shown_in_it_once_with_its_full_times() {
    let (plan, files) = packaged(&["mov_text.mp4", "side.en.vtt"], Target::Cmaf);
    assert_eq!(plan.warnings(), [""; 0]);
    let texts = |track: &str| -> Vec<Vec<String>> {
        let segment = |number: usize| {
            let WebVtt { cues, unread: faults, .. } =
                read_webvtt(&files[&format!("cmaf/{track}/{number}.vtt")]).unwrap();
            assert_eq!(faults, [""; 0]);
            cues.iter().map(|(times, cue)| format!("{}-{} {}{}", times.start, times.end, cue.id, cue.text)).collect()
        };
        (1..=4).map(segment).collect()
    };
    let [one, two, three] =
        ["500-1500 <i>Eins</i> für alle", "1800-2400 Oben &amp; über die Grenze", "3000-3600 Gelb\nund weiß"];
    assert_eq!(texts("text-1"), [vec![one], vec![one, two], vec![two], vec![three]]);
    let [one, two, three, four] = [
        "500-1500 intro<b>One</b> &amp; only",
        "1800-2400 Grüße über die Grenze",
        "2200-3300 Zwei zugleich",
        "3600-3900 The last,\nin two lines",
    ];
    assert_eq!(texts("text-2"), [vec![one], vec![one, two], vec![two, three], vec![three, four]]);
    assert!(files.contains_key("cmaf/text-2/4.m4s") && !files.contains_key("cmaf/text-2/5.m4s"));
}

#[test]
fn every_segment_has_the_style_sheets() {
    // Text alone is cut at its cues.
    let styled = b"WEBVTT\n\nSTYLE\n::cue(b) { color: red }\n\n00:00.000 --> 00:01.000\n<b>a</b>\n\n\
                   00:01.000 --> 00:02.000\nb\n\n00:02.000 --> 00:03.000\nc\n";
    let mut options = support::options(Target::Hls, None);
    options.segment_ms = 1000;
    let segments = support::packaged([("styled.vtt", styled.to_vec())], options).unwrap();
    for number in 1..=3 {
        let segment = String::from_utf8(segments[&format!("hls/text-1/{number}.vtt")].clone()).unwrap();
        let style = format!("\n\nSTYLE\n::cue(b) {{ color: red }}\n\n00:00:0{}.000 -->", number - 1);
        assert!(segment.contains(&style), "{segment}");
    }
}

#[test]
fn every_segment_is_there_and_what_comes_after_the_end_is_not() {
    let film = support::fixture("text/mov_text.mp4");
    let late = b"WEBVTT\n\n00:03.500 --> 00:09.000\na\n\n00:20.000 --> 00:30.000\nb\n";
    let inputs = vec![support::index("film.mp4", &film).unwrap(), support::index("late.vtt", late).unwrap()];
    let mut options = support::options(Target::Hls, None);
    options.segment_ms = 1000;
    let plan = Plan::new(inputs, options).unwrap();
    assert_eq!(plan.warnings().len(), 1, "{:?}", plan.warnings());
    assert!(plan.warnings()[0].text().contains("from 0:00:20.000 on is left out"), "{:?}", plan.warnings());
    let summaries = plan.summaries();
    assert_eq!(summaries.iter().map(|track| track.segments).collect::<Vec<_>>(), [4; 4]);
    assert!((summaries[3].duration - summaries[1].duration).abs() < 0.05, "{summaries:?}");
}

#[test]
fn files_of_nothing_but_text_are_all_taken() {
    let (plan, files) = packaged(&["mov_text.mp4", "side.de.sdh.srt", "side.en.vtt", "side.en.vtt"], Target::Hls);
    let texts = plan.summaries().iter().filter(|track| track.kind == Kind::Text).count();
    assert_eq!(texts, 4);
    let playlist = String::from_utf8(files["hls/master.m3u8"].clone()).unwrap();
    assert_eq!(playlist.matches("TYPE=SUBTITLES").count(), 4);
    assert!(playlist.contains(",wvtt\"") && !files.contains_key("hls/text-1/init.mp4"), "{playlist}");
    assert!(!files["hls/text-1/media.m3u8"].windows(9).any(|bytes| bytes == b"EXT-X-MAP"));
}

// Hostile input.

/// Side files by themselves: their times alone say how many segments there are, however short they are.
const PER_BYTE_OF_TEXT: usize = 1 << 20;

const SIDE_FILES: [&str; 3] = ["side.en.vtt", "side.de.sdh.srt", "side.fr.forced.ttml"];

/// The bytes of a container that are text, and what stands around the sample entry of text in an MP4.
fn places(name: &str, file: &[u8]) -> Vec<usize> {
    let input = support::index(name, file).unwrap();
    let text = input.tracks.iter().find(|track| track.kind == Kind::Text).unwrap();
    let sources = (0..text.samples.len()).map(|index| text.source(index));
    let samples = sources.flat_map(|range| usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap());
    let entry = file.windows(4).position(|bytes| bytes == b"tx3g" || bytes == b"wvtt");
    let around = entry.map_or(0..0, |at| at - 20..at + 120);
    samples.chain(around).collect()
}

#[test]
fn cut_anywhere() {
    let cut = |name: &'static str| {
        let file = support::fixture(&format!("text/{name}"));
        let ends = (0..1200).chain((1200..file.len()).step_by(509));
        let ends: Vec<usize> = ends.filter(|&end| end < file.len()).collect();
        ends.into_iter().map(move |end| (format!("{name} cut at {end}"), file[..end].to_vec()))
    };
    run(PER_BYTE_OF_TEXT, SIDE_FILES.into_iter().flat_map(cut));
    run(PER_BYTE, ["mov_text.mp4", "kinds.mkv"].into_iter().flat_map(cut));
}

#[test]
fn bytes_are_overwritten() {
    let changes = |name: &'static str, places: Vec<usize>| {
        let file = support::fixture(&format!("text/{name}"));
        places.into_iter().flat_map(move |at| {
            let file = file.clone();
            [0x00, b'<', b'1', b'\n', b'>', 0xff]
                .map(|byte| (format!("{name}: {byte:#x} at {at}"), changed(&file, at, &[byte])))
        })
    };
    let all = |name: &str| (0..support::fixture(&format!("text/{name}")).len()).collect();
    run(PER_BYTE_OF_TEXT, SIDE_FILES.into_iter().flat_map(move |name| changes(name, all(name))));
    run(
        PER_BYTE,
        ["mov_text.mp4", "wvtt.mp4", "kinds.mkv"].into_iter().flat_map(move |name| {
            let file = support::fixture(&format!("text/{name}"));
            changes(name, if name == "kinds.mkv" { (0..2000).collect() } else { places(name, &file) })
        }),
    );
}

#[test]
fn random_damage() {
    const CASES: usize = 1000;
    for (per_byte, names) in [(PER_BYTE_OF_TEXT, &SIDE_FILES[..]), (PER_BYTE, &["kinds.mkv"])] {
        let files: Vec<(&str, Vec<u8>)> =
            names.iter().map(|&name| (name, support::fixture(&format!("text/{name}")))).collect();
        let mut runner = TestRunner::deterministic();
        let damages = prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..6);
        let strategy = (0..files.len(), damages);
        run(
            per_byte,
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
}

#[test]
fn texts_made_to_exhaust() {
    let cue = |number: usize| format!("00:00:{:02}.000 --> 23:00:00.000\nx\n\n", number % 60);
    let overlapping = format!("WEBVTT\n\n{}", (0..20_000).map(cue).collect::<String>());
    let staggered = |number: usize| {
        let (minutes, seconds, ms) = (number / 60_000, number / 1000 % 60, number % 1000);
        format!("00:{minutes:02}:{seconds:02}.{ms:03} --> 23:00:00.000\nx\n\n")
    };
    let each_in_all = format!("WEBVTT\n\n{}", (0..20_000).map(staggered).collect::<String>());
    let far = "WEBVTT\n\n8700:00:00.000 --> 8701:00:00.000\nx\n".to_owned();
    let paragraph = |number: usize| format!("<p begin=\"{}s\" end=\"90000s\">x</p>", number * 5);
    let head = "x".repeat(20_000);
    let document = format!("<tt><head>{head}</head><body>{}</body></tt>", (0..5000).map(paragraph).collect::<String>());
    let nested = format!("<tt>{}{}</tt>", "<p>".repeat(20), "</p>".repeat(20));
    let tags = format!("1\n00:00:01,000 --> 00:00:02,000\n{}\n", "<b><i>".repeat(5000));
    let cases = [
        ("20,000 cues at a time", overlapping),
        ("20,000 cues that begin one after the other and end together", each_in_all),
        ("a document whose paragraphs are all shown at the end", document),
        ("paragraphs in paragraphs", nested),
        ("tags in tags", tags),
    ];
    // What is made of a text is capped by itself.
    run(PER_BYTE_OF_TEXT, std::iter::once(("a cue at the end of a year".to_owned(), far.into_bytes())));
    run(1 << 14, cases.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())));
}
