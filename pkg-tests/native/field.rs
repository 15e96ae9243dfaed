//! Files as other software leaves them: padded, broken off, out of order, protected by other rules, or with another key
//! than the one that is given.

use std::collections::BTreeMap;

use tabpack::cenc::Scheme;
use tabpack::demux::{Input, Kind};
use tabpack::error::{Code, Messages};
use tabpack::keys::KeyPair;
use tabpack::packager::{Options, Target};

use crate::boxes::{Node, find, number, tree};
use crate::protected::{KEYS, fixture, give, joined, options, package, same_samples};
use crate::support;

/// The right key id with another key.
const WRONG: &str = "000102030405060708090a0b0c0d0e0f:00112233445566778899aabbccddeeff";

fn clear() -> Options {
    Options { encryption: false, ..options() }
}

fn opened_by(key: &str) -> Options {
    Options { decryption_keys: vec![KeyPair::parse(key).unwrap()], ..clear() }
}

fn protected_by(scheme: Scheme) -> Options {
    let mut options = options();
    options.scheme = Some(scheme);
    give(&mut options, KEYS[0]);
    options
}

fn index(file: &[u8]) -> Input {
    support::index("input.mp4", file).unwrap_or_else(|error| panic!("{error}"))
}

/// The one warning of a file.
fn warning(file: &[u8]) -> String {
    let input = index(file);
    assert_eq!(input.warnings.len(), 1, "{:?}", input.warnings);
    Messages(input.warnings).text()
}

/// A box of this type around `content`.
fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(8 + content.len()).unwrap();
    [&size.to_be_bytes(), &kind[..], content].concat()
}

/// What a box of this type and content is replaced by; `None` for one that stays.
type Replace<'a> = &'a dyn Fn([u8; 4], &[u8]) -> Option<Vec<u8>>;

/// The boxes of `nodes` with those replaced for which `replace` gives bytes.
fn rebuilt(file: &[u8], nodes: &[Node], replace: Replace<'_>) -> Vec<u8> {
    let each = nodes.iter().map(|node| {
        if let Some(bytes) = replace(node.kind, &file[node.content.clone()]) {
            return bytes;
        }
        let Some(first) = node.children.first() else { return file[node.range.clone()].to_vec() };
        let fields = &file[node.content.start..first.range.start];
        boxed(&node.kind, &[fields, &rebuilt(file, &node.children, replace)].concat())
    });
    each.collect::<Vec<_>>().concat()
}

// Padded and broken off.

#[test]
fn what_stands_behind_the_last_box_is_passed_over_and_said() {
    let file = fixture("bframes-1080p.mp4");
    let whole = index(&file);
    for (junk, said) in [
        (&[0x9b; 700][..], "the 700 bytes from byte"),
        (&[0, 0, 0, 3, b'f', b'r', b'e', b'e', 0], "the 9 bytes from byte"),
        (b"\0\0\x10\0freecut off", "the free box at byte"),
        (&[7; 5], "the 5 bytes from byte"),
        (&[0; 3000], "the 3000 bytes from byte"),
    ] {
        let padded = [&file[..], junk].concat();
        let said_of_it = warning(&padded);
        assert!(said_of_it.contains(said), "{said_of_it}");
        let input = index(&padded);
        for (a, b) in input.tracks.iter().zip(&whole.tracks) {
            assert_eq!(a.samples, b.samples);
        }
    }
}

#[test]
fn media_data_that_states_too_much_is_taken_where_all_samples_are_there() {
    let mut file = fixture("faststart-co64.mp4");
    let nodes = tree(&file, 0..file.len());
    let media = nodes.last().unwrap().range.clone();
    assert_eq!(&file[media.start + 4..media.start + 8], b"mdat");
    let size = u32::try_from(media.len() + 8).unwrap();
    file[media.start..media.start + 4].copy_from_slice(&size.to_be_bytes());
    assert!(warning(&file).contains("the mdat box at byte"), "{}", warning(&file));
    // Where the last samples are cut off, that is what is said.
    file.truncate(file.len() - 2000);
    assert_eq!(support::index("cut.mp4", &file).unwrap_err().code, Code::Mp4BoxTruncated);
}

#[test]
fn a_recording_that_broke_off_is_packaged_up_to_its_last_whole_fragment() {
    let files = package(&fixture("bframes-1080p.mp4"), clear()).unwrap();
    let file = joined(&files, "video-1");
    let whole = index(&file);
    let nodes = tree(&file, 0..file.len());
    let last = nodes.iter().rfind(|node| node.kind == *b"moof").unwrap();
    let media = nodes.last().unwrap();
    let kept = {
        let cut = index(&file[..last.range.start]);
        cut.tracks[0].samples.len()
    };
    assert!(kept > 0 && kept < whole.tracks[0].samples.len());
    let seconds = whole.tracks[0].samples[..kept].iter().map(|sample| f64::from(sample.duration)).sum::<f64>();
    let seconds = format!("{:.3} s", seconds / f64::from(whole.tracks[0].timescale));
    // Within the header of the last fragment, its content, behind it, and within its media data.
    for end in [last.range.start + 5, last.range.start + 60, last.range.end, media.range.start + 4, file.len() - 1] {
        let cut = &file[..end];
        assert_eq!(index(cut).tracks[0].samples, whole.tracks[0].samples[..kept], "cut at byte {end}");
        assert!(warning(cut).contains(&seconds), "{}", warning(cut));
        package(cut, protected_by(Scheme::Cbcs)).unwrap();
    }
    // Nothing is whole, and samples that are missing elsewhere are damage.
    let first = nodes.iter().find(|node| node.kind == *b"moof").unwrap();
    assert_eq!(support::index("cut.mp4", &file[..first.range.end + 40]).unwrap_err().code, Code::Mp4BoxTruncated);
    let mut damaged = file.clone();
    let run = find(&first.children, &[b"traf", b"trun"]).unwrap().content.start + 8;
    damaged[run..run + 4].copy_from_slice(&[0x7f, 0, 0, 0]);
    assert_eq!(support::index("damaged.mp4", &damaged).unwrap_err().code, Code::Mp4SampleOutOfFile);
}

#[test]
fn an_init_segment_alone_and_a_still_picture_are_named() {
    let files = package(&fixture("bframes-1080p.mp4"), clear()).unwrap();
    assert_eq!(support::index("init.mp4", &files["dash/video-1/init.mp4"]).unwrap_err().code, Code::Mp4Fragmented);
    let picture = [boxed(b"ftyp", b"avif\0\0\0\0mif1miaf"), boxed(b"meta", &[0; 4]), boxed(b"mdat", &[1; 40])].concat();
    let error = support::index("picture.avif", &picture).unwrap_err();
    assert_eq!(error.code, Code::InputUnsupported);
    assert!(error.message.text().contains("AVIF"), "{error}");
}

// Pictures that can't be decoded.

/// The file with H.264's IDR pictures made ordinary ones; `starts` is where NAL units begin.
fn without_idr(file: &[u8], starts: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut file = file.to_vec();
    for at in starts {
        if file[at] & 0x1f == 5 {
            file[at] = file[at] & 0xe0 | 1;
            // Nor one of I slices: `slice_type` 7 becomes 8.
            if file[at + 1] == 0x88 {
                file[at + 1] = 0x89;
            }
        }
    }
    file
}

#[test]
fn pictures_that_are_said_to_be_key_frames_and_are_none_end_the_job() {
    let file = fixture("faststart-co64.mp4");
    let input = index(&file);
    let video = input.tracks.iter().find(|track| track.kind == Kind::Video).unwrap();
    let mut starts = Vec::new();
    for sample in &video.samples {
        let (mut at, end) = (usize::try_from(sample.offset).unwrap(), sample.offset + u64::from(sample.size));
        while (at as u64) < end {
            starts.push(at + 4);
            at += 4 + usize::try_from(number(&file[at..at + 4])).unwrap();
        }
    }
    let mut none = without_idr(&file, starts.into_iter());
    // Without the table all samples are sync samples.
    let table = none.windows(4).position(|name| name == b"stss").unwrap();
    none[table..table + 4].copy_from_slice(b"free");
    let error = package(&none, clear()).unwrap_err();
    assert_eq!(error.code, Code::TrackUnsupported, "{error}");
    assert!(error.message.text().contains("none of its pictures is a key frame"), "{error}");
}

#[test]
fn a_transport_stream_whose_pictures_have_no_key_frame_ends_the_job() {
    let file = fixture("inputs/h264-aac.ts");
    let starts: Vec<usize> = (3..file.len()).filter(|&at| file[at - 3..at] == [0, 0, 1]).collect();
    let none = without_idr(&file, starts.into_iter());
    let error = support::packaged([("none.ts", none.clone())], clear()).unwrap_err();
    assert_eq!(error.code, Code::TrackUnsupported, "{error}");
    let options = Options { skip_unsupported: true, ..clear() };
    assert!(support::packaged([("none.ts", none)], options).unwrap().contains_key("dash/audio-1/init.mp4"));
}

#[test]
fn vp9_that_begins_within_a_group_of_pictures_starts_at_its_first_key_frame() {
    let mut file = fixture("inputs/vp9-opus.webm");
    // Its configuration stands in key frames: the first is hidden in a `Void`.
    let sync_code = file.windows(3).position(|bytes| bytes == [0x49, 0x83, 0x42]).unwrap();
    let id = file[..sync_code].iter().rposition(|&byte| byte == 0xa3).unwrap();
    file[id] = 0xec;
    let whole = support::index("whole.webm", &fixture("inputs/vp9-opus.webm")).unwrap();
    let cut = support::index("cut.webm", &file).unwrap();
    let (whole, video) = (&whole.tracks[0], &cut.tracks[0]);
    let second = whole.samples.iter().skip(1).position(|sample| sample.sync).unwrap() + 1;
    assert_eq!(video.samples[..], whole.samples[second..]);
    let said = Messages(cut.warnings.clone()).text();
    assert!(said.contains(&format!("{} pictures in front of the first key frame", second - 1)), "{said}");
}

#[test]
fn an_edit_list_that_presents_nothing_leaves_the_track_out() {
    let mut file = fixture("bframes-1080p.mp4");
    let nodes = tree(&file, 0..file.len());
    let list = find(&nodes, &[b"moov", b"trak", b"edts", b"elst"]).unwrap().content.clone();
    assert_eq!(file[list.start], 0, "version 0");
    file[list.start + 12..list.start + 16].copy_from_slice(&0x00ff_ffff_u32.to_be_bytes());
    let error = package(&file, clear()).unwrap_err();
    assert_eq!(error.code, Code::TrackUnsupported);
    assert!(error.message.text().contains("presents none of them"), "{error}");
}

// Out of order.

/// The files of a track as inputs, in this order of names.
fn parts(files: &BTreeMap<String, Vec<u8>>, names: &[&str]) -> Vec<(String, Vec<u8>)> {
    names.iter().map(|name| ((*name).to_owned(), files[&format!("dash/video-1/{name}")].clone())).collect()
}

#[test]
fn media_segments_are_put_in_the_order_of_their_times() {
    let files = package(&fixture("bframes-1080p.mp4"), clear()).unwrap();
    let right = support::packaged(parts(&files, &["init.mp4", "1.m4s", "2.m4s", "3.m4s"]), clear()).unwrap();
    for names in [["init.mp4", "1.m4s", "3.m4s", "2.m4s"], ["3.m4s", "1.m4s", "2.m4s", "init.mp4"]] {
        assert!(support::packaged(parts(&files, &names), clear()).unwrap() == right, "{names:?}");
    }
    let twice = support::packaged(parts(&files, &["init.mp4", "1.m4s", "2.m4s", "1.m4s"]), clear()).unwrap_err();
    assert_eq!(twice.code, Code::Mp4SegmentsOverlap);
    assert!(twice.message.text().contains("1.m4s and 1.m4s"), "{twice}");
}

#[test]
fn segments_that_overlap_are_named() {
    let files = package(&fixture("bframes-1080p.mp4"), clear()).unwrap();
    let mut inputs = parts(&files, &["init.mp4", "1.m4s", "2.m4s"]);
    // The second begins in the middle of the first.
    let second = &mut inputs[2].1;
    let nodes = tree(second, 0..second.len());
    let time = find(&nodes, &[b"moof", b"traf", b"tfdt"]).unwrap().content.clone();
    let half = number(&second[time.start + 4..time.end]) / 2;
    second[time.start + 4..time.end].copy_from_slice(&half.to_be_bytes());
    let error = support::packaged(inputs, clear()).unwrap_err();
    assert_eq!((error.code, error.place.input.as_deref()), (Code::Mp4SegmentsOverlap, Some("2.m4s")));
    assert!(error.message.text().contains("2.m4s doesn't go on from 1.m4s"), "{error}");
}

// Protected by others.

/// A progressive file of a protected track of fragments, whose samples stay where they are. How samples are encrypted
/// stands in a `senc` beside `mdia`, as MP4Box has it, or where it was in the fragments, where one `saio` of the sample
/// table has an offset for each chunk.
fn progressive(fragmented: &[u8], senc_in_trak: bool) -> Vec<u8> {
    let input = support::index("protected.mp4", fragmented).unwrap();
    let track = &input.tracks[0];
    let head = boxed(b"ftyp", b"isom\0\0\0\0isom");
    let shift = u32::try_from(head.len() + 8).unwrap();
    let be = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
    let full = |rest: Vec<u8>| [vec![0; 4], rest].concat();
    let nodes = tree(fragmented, 0..fragmented.len());
    let trafs: Vec<&Node> = nodes.iter().filter_map(|node| find(&node.children, &[b"traf"])).collect();
    let (mut entries, mut sizes, mut offsets, mut chunks, mut runs, mut first) =
        <(Vec<u8>, Vec<u8>, _, _, _, _)>::default();
    for (number, traf) in trafs.iter().enumerate() {
        let senc = find(&traf.children, &[b"senc"]).unwrap().content.clone();
        let saiz = fragmented[find(&traf.children, &[b"saiz"]).unwrap().content.clone()].to_vec();
        let count = usize::try_from(crate::boxes::number(&saiz[5..9])).unwrap();
        entries.extend(&fragmented[senc.start + 8..senc.end]);
        sizes.extend(if saiz[4] == 0 { saiz[9..].to_vec() } else { vec![saiz[4]; count] });
        let offsets: &mut Vec<u8> = &mut offsets;
        offsets.extend(be(senc.start + 8 + shift as usize));
        let chunks: &mut Vec<u8> = &mut chunks;
        let start: usize = first;
        chunks.extend((u32::try_from(track.samples[start].offset).unwrap() + shift).to_be_bytes());
        let runs: &mut Vec<u8> = &mut runs;
        runs.extend([be(number + 1), be(count), be(1)].concat());
        first = start + count;
    }
    let all = track.samples.len();
    let each = |of: &dyn Fn(&tabpack::demux::Sample) -> Vec<u8>| track.samples.iter().flat_map(of).collect::<Vec<u8>>();
    let senc_flags = fragmented[find(&trafs[0].children, &[b"senc"]).unwrap().content.clone()][..4].to_vec();
    let saio = |offsets: &[u8]| boxed(b"saio", &full([&be(offsets.len() / 4)[..], offsets].concat()));
    let tables = [
        boxed(
            b"stts",
            &full([be(all).to_vec(), each(&|s| [1u32.to_be_bytes(), s.duration.to_be_bytes()].concat())].concat()),
        ),
        boxed(
            b"ctts",
            &full(
                [be(all).to_vec(), each(&|s| [1u32.to_be_bytes(), s.composition_offset.to_be_bytes()].concat())]
                    .concat(),
            ),
        ),
        boxed(b"stsc", &full([&be(trafs.len())[..], &runs].concat())),
        boxed(b"stsz", &full([vec![0; 4], be(all).to_vec(), each(&|s| s.size.to_be_bytes().to_vec())].concat())),
        boxed(b"stco", &full([&be(trafs.len())[..], &chunks].concat())),
        boxed(
            b"stss",
            &full({
                let sync = track.samples.iter().enumerate().filter(|(_, sample)| sample.sync);
                let numbers: Vec<u8> = sync.flat_map(|(index, _)| be(index + 1)).collect();
                [be(numbers.len() / 4).to_vec(), numbers].concat()
            }),
        ),
        boxed(b"saiz", &full([vec![0], be(all).to_vec(), sizes].concat())),
        saio(if senc_in_trak { &[0xee; 4] } else { &offsets }),
    ]
    .concat();
    let senc = boxed(b"senc", &[senc_flags, be(all).to_vec(), entries].concat());
    let moov = nodes.iter().find(|node| node.kind == *b"moov").unwrap();
    let moov = rebuilt(fragmented, std::slice::from_ref(moov), &|kind, content| match &kind {
        b"mvex" | b"stts" | b"stsc" | b"stsz" => Some(Vec::new()),
        b"stco" => Some(tables.clone()),
        b"mdia" if senc_in_trak => {
            // Once more without the box that it is replaced by.
            let inner = rebuilt(content, &tree(content, 0..content.len()), &|kind, _| match &kind {
                b"stts" | b"stsc" | b"stsz" => Some(Vec::new()),
                b"stco" => Some(tables.clone()),
                _ => None,
            });
            Some([boxed(b"mdia", &inner), senc.clone()].concat())
        }
        _ => None,
    });
    let mut file = [head, boxed(b"mdat", fragmented), moov].concat();
    if senc_in_trak {
        let at = |kind: &[u8; 4]| file.windows(4).rposition(|bytes| bytes == kind).unwrap();
        let (senc, saio) = (at(b"senc"), at(b"saio"));
        file[saio + 12..saio + 16].copy_from_slice(&be(senc + 12));
    }
    file
}

#[test]
fn saio_of_a_progressive_file_is_followed_wherever_it_points() {
    let source = fixture("bframes-1080p.mp4");
    for scheme in [Scheme::Cenc, Scheme::Cbc1, Scheme::Cens] {
        let fragmented = joined(&package(&source, protected_by(scheme)).unwrap(), "video-1");
        for senc_in_trak in [true, false] {
            let file = progressive(&fragmented, senc_in_trak);
            let opened = package(&file, opened_by(KEYS[0])).unwrap();
            let what = format!("{}, senc in trak: {senc_in_trak}", scheme.as_str());
            same_samples(&joined(&opened, "video-1"), &source, Kind::Video, &what);
        }
    }
}

/// A track under `cenc` or `cbc1` as PIFF 1.1 has it.
fn as_piff(file: &[u8], algorithm: u8, parameters_in_fragments: bool) -> Vec<u8> {
    const TENC: u128 = 0x8974_dbce_7be7_4c51_84f9_7148_f988_2554;
    const SENC: u128 = 0xa239_4f52_5a9b_4f14_a244_6c42_7c64_8df4;
    let nodes = tree(file, 0..file.len());
    let tenc = file.windows(4).position(|bytes| bytes == b"tenc").unwrap() + 4;
    let (iv_size, kid) = (file[tenc + 7], &file[tenc + 8..tenc + 24]);
    let parameters = [&[0, 0, algorithm, iv_size], kid].concat();
    let replace = |kind: [u8; 4], content: &[u8]| match &kind {
        b"schm" => Some(boxed(b"schm", b"\0\0\0\0piff\0\x01\0\x01")),
        b"tenc" => {
            let own =
                if parameters_in_fragments { [&[0, 0, 1, 8], &[0xee; 16][..]].concat() } else { parameters.clone() };
            Some(boxed(b"uuid", &[&TENC.to_be_bytes()[..], &[0; 4], &own].concat()))
        }
        b"senc" => {
            let flags = content[3] | u8::from(parameters_in_fragments);
            let own = if parameters_in_fragments { &parameters[..] } else { &[] };
            Some(boxed(b"uuid", &[&SENC.to_be_bytes()[..], &[0, 0, 0, flags], own, &content[4..]].concat()))
        }
        b"saiz" | b"saio" => Some(Vec::new()),
        _ => None,
    };
    let mut out = Vec::new();
    for node in &nodes {
        let mut bytes = rebuilt(file, std::slice::from_ref(node), &replace);
        if node.kind == *b"moof" {
            // Samples are found from the beginning of the fragment.
            let run = bytes.windows(4).position(|bytes| bytes == b"trun").unwrap() + 12;
            let offset = usize::try_from(number(&bytes[run..run + 4])).unwrap() + bytes.len() - node.range.len();
            bytes[run..run + 4].copy_from_slice(&u32::try_from(offset).unwrap().to_be_bytes());
        }
        out.extend(bytes);
    }
    out
}

#[test]
fn piff_is_opened() {
    let source = fixture("bframes-1080p.mp4");
    for (scheme, algorithm) in [(Scheme::Cenc, 1), (Scheme::Cbc1, 2)] {
        let files = package(&source, protected_by(scheme)).unwrap();
        for (id, kind) in [("video-1", Kind::Video), ("audio-1", Kind::Audio)] {
            for parameters_in_fragments in [false, true] {
                let piff = as_piff(&joined(&files, id), algorithm, parameters_in_fragments);
                assert_eq!(package(&piff, options()).unwrap_err().code, Code::Mp4Encrypted);
                let opened = package(&piff, opened_by(KEYS[0])).unwrap();
                same_samples(&joined(&opened, id), &source, kind, &format!("PIFF of {}, {id}", scheme.as_str()));
            }
        }
    }
}

#[test]
fn other_protection_is_refused_by_its_name() {
    let file = joined(&package(&fixture("bframes-1080p.mp4"), protected_by(Scheme::Cenc)).unwrap(), "audio-1");
    for (scheme, name) in [
        (b"odkm", "OMA DRM 2"),
        (b"iAEC", "ISMACryp"),
        (b"ACBC", "Marlin IPMP"),
        (b"itun", "FairPlay"),
        (b"abcd", "the scheme 'abcd'"),
    ] {
        let nodes = tree(&file, 0..file.len());
        let other = rebuilt(&file, &nodes, &|kind, content| {
            (kind == *b"schm").then(|| boxed(b"schm", &[&content[..4], scheme, &content[8..]].concat()))
        });
        let error = package(&other, opened_by(KEYS[0])).unwrap_err();
        assert_eq!(error.code, Code::ProtectionUnsupported);
        assert!(error.message.text().contains(name), "{error}");
    }
    // Marlin's sample entries say nothing.
    let clear = joined(&package(&fixture("bframes-1080p.mp4"), clear()).unwrap(), "audio-1");
    let nodes = tree(&clear, 0..clear.len());
    let marlin = rebuilt(&clear, &nodes, &|kind, content| match &kind {
        b"ftyp" => Some(boxed(b"ftyp", b"MGSV\0\0\0\0MGSVisom")),
        b"mvhd" => Some([boxed(b"mvhd", content), boxed(b"iods", &[0; 12])].concat()),
        _ => None,
    });
    let error = package(&marlin, options()).unwrap_err();
    assert_eq!(error.code, Code::ProtectionUnsupported);
    assert!(error.message.text().contains("Marlin"), "{error}");
}

// Half a title.

#[test]
fn video_and_sound_that_can_not_be_packaged_end_the_job_unless_they_may_be_left_out() {
    for (name, reason) in
        [("inputs/vp8-vorbis.webm", "Vorbis"), ("inputs/mpeg2-aac.ts", "MPEG-2 video"), ("extra-tracks.mov", "8 bits")]
    {
        let file = fixture(name);
        let error = support::packaged([(name, file.clone())], clear()).unwrap_err();
        assert_eq!((error.code, error.place.option.as_deref()), (Code::TrackUnsupported, Some("skipUnsupported")));
        assert!(error.message.text().contains(reason), "{error}");
        support::packaged([(name, file)], Options { skip_unsupported: true, ..clear() }).unwrap();
    }
    // What is neither video nor sound is left out as before.
    let without = support::index("extra-tracks.mov", &fixture("extra-tracks.mov")).unwrap();
    let unpackaged = Messages(without.unpackaged.clone()).text();
    assert!(without.warnings.len() > without.unpackaged.len(), "{:?}", without.warnings);
    assert!(!unpackaged.contains("time code"), "{unpackaged}");
}

#[test]
fn pcm_is_for_mpds_alone_and_keeps_its_bytes() {
    let file = fixture("inputs/pcm.mov");
    let source = index(&file);
    let mut options = Options { targets: vec![Target::Cmaf, Target::Dash], ..clear() };
    options.segment_ms = 500;
    let files = support::packaged([("pcm.mov", file.clone())], options.clone()).unwrap();
    let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
    assert!(text("cmaf/stream.mpd").contains("codecs=\"ipcm\""), "{}", text("cmaf/stream.mpd"));
    same_samples(&joined(&files, "audio-1"), &file, Kind::Audio, "PCM");
    let init = &files["dash/audio-1/init.mp4"];
    let pcmc = init.windows(4).position(|bytes| bytes == b"pcmC").unwrap();
    assert_eq!(init[pcmc + 4..pcmc + 10], [0, 0, 0, 0, 0, 24], "big-endian, 24 bits");
    let bytes: u64 = source.tracks[0].samples.iter().map(|sample| u64::from(sample.size)).sum();
    assert_eq!(bytes, 8000 * 3 * 2);
    // HLS has no place for it: alone it makes no playlist.
    assert!(files.keys().all(|path| !path.ends_with(".m3u8")), "{:?}", files.keys());
    options.targets = vec![Target::Hls];
    let error = support::packaged([("pcm.mov", file)], options).unwrap_err();
    assert_eq!(error.code, Code::TrackUnsupported);
}

// Another key.

#[test]
fn a_wrong_key_is_told_by_what_it_makes_of_the_samples() {
    let cases = [
        ("video-only.mp4", "video-1"),
        ("hevc.mp4", "video-1"),
        ("audio-only.m4a", "audio-1"),
        ("inputs/tone.ac3", "audio-1"),
        ("inputs/tone.eac3", "audio-1"),
        ("inputs/tone.flac", "audio-1"),
        ("inputs/tagged.mp3", "audio-1"),
    ];
    for (name, track) in cases {
        let file = fixture(name);
        for scheme in [Scheme::Cenc, Scheme::Cbcs] {
            let files = support::packaged([(name, file.clone())], protected_by(scheme)).unwrap();
            let protected = joined(&files, track);
            package(&protected, opened_by(KEYS[0])).unwrap_or_else(|error| panic!("{name}: {error}"));
            if track == "video-1" {
                // We leave slice headers clear, by which alone a key could be told.
                continue;
            }
            let error = package(&protected, opened_by(WRONG)).expect_err(name);
            assert_eq!(error.code, Code::DecryptionKeyWrong, "{name}: {error}");
            assert!(error.message.text().contains("000102030405060708090a0b0c0d0e0f"), "{error}");
        }
    }
}
