//! Verification: what we write is accepted, and hand-made faults are found and named.

use std::collections::BTreeMap;

use tabpack::cenc::Scheme;
use tabpack::drm::System;
use tabpack::error::Error;
use tabpack::keys::KeyPair;
use tabpack::packager::{GivenKey, HlsAudio, HlsFormat, HlsMethod, Options, Target};
use tabpack::verify::{self, Files, Finding, FindingCode, Report, Rule, Severity, verify};

use crate::protected::{KEYS, fixture, options, package};
use crate::support::ready;

/// Files in memory.
pub(crate) struct InMemory(pub(crate) BTreeMap<String, Vec<u8>>);

impl Files for InMemory {
    type Error = Error;

    async fn size(&self, path: &str) -> Result<Option<u64>, Error> {
        Ok(self.0.get(path).map(|bytes| bytes.len() as u64))
    }

    async fn read(&self, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let range = usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap();
        Ok(self.0[path][range].to_vec())
    }
}

fn report(files: BTreeMap<String, Vec<u8>>, sources: &[&str]) -> Report {
    let manifests = files.keys().filter(|path| path.ends_with(".mpd") || path.ends_with(".m3u8")).cloned().collect();
    let mut files = files;
    for name in sources {
        files.insert((*name).to_owned(), fixture(name));
    }
    let options = verify::Options {
        manifests,
        keys: KEYS.iter().map(|key| KeyPair::parse(key).unwrap()).collect(),
        sources: sources.iter().map(|&name| name.to_owned()).collect(),
        ..verify::Options::default()
    };
    ready(verify(&InMemory(files), &options)).unwrap()
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding:?}\n")).collect()
}

fn key(options: &mut Options, key: &str) {
    options.keys.push(GivenKey::parse(key).unwrap());
}

#[test]
fn what_we_write_is_accepted() {
    type Change<'a> = &'a dyn Fn(&mut Options);
    let changes: [(&str, Change<'_>); 7] = [
        ("one key", &|options| key(options, KEYS[0])),
        ("IVs of 16 bytes", &|options| {
            options.iv_size = Some(16);
            key(options, KEYS[0]);
        }),
        ("clear lead", &|options| {
            options.clear_lead_ms = 3500;
            key(options, KEYS[0]);
        }),
        ("rotation", &|options| {
            options.crypto_period_ms = Some(5000);
            for (period, text) in KEYS.iter().enumerate() {
                key(options, &if period == 0 { (*text).to_owned() } else { format!("@{period}={text}") });
            }
        }),
        ("keys by label", &|options| {
            key(options, &format!("AUDIO={}", KEYS[1]));
            key(options, &format!("VIDEO={}", KEYS[2]));
        }),
        ("single files", &|options| {
            options.single_file = true;
            key(options, KEYS[0]);
        }),
        ("clear", &|options| options.encryption = false),
    ];
    let sets: [(&[Target], &[Scheme]); 2] =
        [(&[Target::Cmaf, Target::Hls], &[Scheme::Cenc, Scheme::Cbcs]), (&[Target::Dash], &Scheme::ALL)];
    for name in ["bframes-1080p.mp4", "two-stsd.mp4", "offset-start.mp4", "slices.mp4", "vfr.mp4"] {
        for (targets, schemes) in sets {
            for &scheme in schemes {
                for (what, change) in &changes {
                    let mut wanted = options();
                    wanted.targets = targets.to_vec();
                    wanted.segment_ms = 2000;
                    wanted.scheme = Some(scheme);
                    if *what == "IVs of 16 bytes" && !matches!(scheme, Scheme::Cenc | Scheme::Cens) {
                        continue;
                    }
                    change(&mut wanted);
                    let files = package(&fixture(name), wanted).unwrap();
                    let encrypted = *what != "clear";
                    for sources in [&[][..], &[name]] {
                        let report = report(files.clone(), sources);
                        let about = format!("{name}, {scheme}, {what}, {targets:?}");
                        assert_eq!(shown(&report.findings), "", "{about}");
                        assert_eq!(report.encrypted, report.decrypted, "{about}");
                        assert_eq!(report.encrypted > 0, encrypted, "{about}");
                        assert_eq!(report.compared, if sources.is_empty() { 0 } else { report.samples }, "{about}");
                    }
                }
            }
        }
    }
}

/// A presentation to be damaged.
fn sound(scheme: Scheme, target: Target) -> BTreeMap<String, Vec<u8>> {
    let mut wanted = options();
    wanted.targets = vec![target];
    wanted.segment_ms = 2000;
    wanted.scheme = Some(scheme);
    key(&mut wanted, KEYS[0]);
    package(&fixture(SOURCE), wanted).unwrap()
}

const SOURCE: &str = "bframes-1080p.mp4";

/// The offset of a box's content in a file.
fn content_of(file: &[u8], kind: &[u8; 4]) -> usize {
    file.windows(4).position(|bytes| bytes == kind).expect("the box is there") + 4
}

fn replace(file: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(std::mem::take(file)).unwrap();
    assert!(text.contains(from), "{from:?} in {text}");
    *file = text.replacen(from, to, 1).into_bytes();
}

fn hex(text: &str) -> Vec<u8> {
    tabpack::keys::parse_hex(text).unwrap()
}

fn kid() -> Vec<u8> {
    hex(KEYS[0].split(':').next().unwrap())
}

fn overwrite(file: &mut [u8], old: &[u8], new: &[u8]) {
    let at = file.windows(old.len()).position(|bytes| bytes == old).expect("the bytes are there");
    file[at..at + old.len()].copy_from_slice(new);
}

/// Damages a presentation and expects the codes, with these words in one of the messages.
fn finds(
    scheme: Scheme,
    target: Target,
    sources: &[&str],
    damage: impl FnOnce(&mut BTreeMap<String, Vec<u8>>),
    codes: &[FindingCode],
    file: &str,
    words: &str,
) {
    let mut files = sound(scheme, target);
    damage(&mut files);
    let report = report(files, sources);
    let found = shown(&report.findings);
    let mut named: Vec<FindingCode> = report.findings.iter().map(|finding| finding.code).collect();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named, codes, "{scheme} {target:?}\n{found}");
    assert!(
        report.findings.iter().any(|finding| finding.file == file && finding.message.text().contains(words)),
        "{found}"
    );
    let of_errors: usize =
        report.findings.iter().filter(|f| f.code.severity() == Severity::Error).map(|finding| 1 + finding.more).sum();
    assert_eq!(report.errors, of_errors);
}

const VIDEO_2: &str = "dash/video-1/2.m4s";

#[test]
fn fault_1_a_flipped_byte_of_ciphertext() {
    for scheme in Scheme::ALL {
        let flip = |files: &mut BTreeMap<String, Vec<u8>>| {
            let file = files.get_mut(VIDEO_2).unwrap();
            // In the slice data of the first sample, 16-byte block 0 of the pattern aside.
            let at = content_of(file, b"mdat") + 200;
            file[at] ^= 0x10;
        };
        finds(
            scheme,
            Target::Dash,
            &[SOURCE],
            flip,
            &[FindingCode::SampleDiffers],
            VIDEO_2,
            "differ from the source's",
        );
    }
    // Without the source where structure breaks: the length of a NAL unit, which is clear.
    let flip = |files: &mut BTreeMap<String, Vec<u8>>| {
        let file = files.get_mut(VIDEO_2).unwrap();
        let at = content_of(file, b"mdat");
        file[at + 1] ^= 0x10;
    };
    finds(Scheme::Cenc, Target::Dash, &[], flip, &[FindingCode::SampleInvalid], VIDEO_2, "");
    // And in the last byte of a frame of AAC, where most flips tell, unless the byte looks as well as before.
    let told = (0..8).filter(|bit| {
        let mut files = sound(Scheme::Cenc, Target::Dash);
        *files.get_mut("dash/audio-1/2.m4s").unwrap().last_mut().unwrap() ^= 1 << bit;
        let report = report(files, &[]);
        report.findings.iter().any(|finding| {
            finding.code == FindingCode::SampleInvalid
                && finding.file == "dash/audio-1/2.m4s"
                && finding.message.text().contains("AAC")
        })
    });
    assert!(told.count() >= 3);
}

#[test]
fn fault_2_a_wrong_default_kid() {
    let other = hex(KEYS[1].split(':').next().unwrap());
    let in_mpd = |files: &mut BTreeMap<String, Vec<u8>>| {
        let mpd = files.get_mut("dash/stream.mpd").unwrap();
        replace(mpd, "00010203-0405-0607-0809-0a0b0c0d0e0f", "10010203-0405-0607-0809-0a0b0c0d0e0f");
    };
    let codes = [FindingCode::DefaultKidWrong];
    finds(Scheme::Cenc, Target::Dash, &[SOURCE], in_mpd, &codes, "dash/stream.mpd", "tenc has 00010203");
    // In tenc: then the key is another's, too, and pssh doesn't list it.
    let in_tenc = |files: &mut BTreeMap<String, Vec<u8>>| {
        let init = files.get_mut("dash/video-1/init.mp4").unwrap();
        overwrite(init, &kid(), &other);
    };
    let codes = [FindingCode::DefaultKidWrong, FindingCode::PsshKidWrong, FindingCode::SampleDiffers];
    finds(Scheme::Cenc, Target::Dash, &[SOURCE], in_tenc, &codes, "dash/stream.mpd", "tenc has 10010203");
}

#[test]
fn open_groups_of_pictures_are_said_to_be_such_and_a_false_claim_is_found() {
    let mut wanted = options();
    (wanted.targets, wanted.segment_ms, wanted.encryption) = (vec![Target::Cmaf], 2000, false);
    let files = package(&fixture("hevc-open-gop.mp4"), wanted.clone()).unwrap();
    let text = |files: &BTreeMap<String, Vec<u8>>, path: &str| String::from_utf8(files[path].clone()).unwrap();
    let (mpd, master) = ("cmaf/stream.mpd", "cmaf/master.m3u8");
    assert!(text(&files, mpd).contains(" startWithSAP=\"3\""), "{}", text(&files, mpd));
    assert!(!text(&files, master).contains("INDEPENDENT"));
    assert!(files.contains_key("cmaf/video-1/3.m4s"), "cut at each CRA picture");
    assert_eq!(shown(&report(files.clone(), &["hevc-open-gop.mp4"]).findings), "");

    let claim = |path: &str, from: &str, to: &str| {
        let mut files = files.clone();
        let claimed = text(&files, path).replace(from, to);
        files.insert(path.to_owned(), claimed.into_bytes());
        let findings = report(files, &[]).findings;
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [FindingCode::SapWrong]);
        assert_eq!((findings[0].file.as_str(), findings[0].segment), (path, Some(2)));
    };
    claim(mpd, "startWithSAP=\"3\"", "startWithSAP=\"1\"");
    claim(master, "#EXT-X-VERSION:6\n", "#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n");

    // In a segment index each segment says it for itself: the first is closed.
    (wanted.targets, wanted.single_file) = (vec![Target::Dash], true);
    let files = package(&fixture("hevc-open-gop.mp4"), wanted).unwrap();
    assert!(text(&files, "dash/stream.mpd").contains(" subsegmentStartsWithSAP=\"3\""));
    let file = &files["dash/video-1.mp4"];
    let sidx = file.windows(4).position(|bytes| bytes == b"sidx").unwrap();
    let sap = |number: usize| u32::from_be_bytes(file[sidx + 36 + 12 * number + 8..][..4].try_into().unwrap());
    assert_eq!([0, 1, 2].map(|number| sap(number) >> 28), [9, 11, 11]);
    assert!((1..3).all(|number| sap(number) << 4 > 0), "the leading pictures stand in front of the access point");
    assert_eq!(shown(&report(files, &["hevc-open-gop.mp4"]).findings), "");
}

/// A fixture whose boxes of these names hold another number: each by its place among those of its name, the offset in its
/// content, and the number.
fn altered(name: &str, changes: &[(&[u8; 4], usize, usize, u32)]) -> Vec<u8> {
    let mut file = fixture(name);
    for &(kind, place, offset, number) in changes {
        let mut found = (0..file.len() - 4).filter(|&at| file[at..at + 4] == *kind);
        let at = found.nth(place).unwrap() + 4 + offset;
        drop(found);
        file[at..at + 4].copy_from_slice(&number.to_be_bytes());
    }
    file
}

/// What is said of a file that is packaged clear in segments of 2 s; and the MPD. Nothing must be wrong with the output.
fn said_of(file: &[u8]) -> (String, String, BTreeMap<String, Vec<u8>>) {
    let mut wanted = options();
    (wanted.targets, wanted.segment_ms, wanted.encryption) = (vec![Target::Cmaf], 2000, false);
    let files = package(file, wanted).unwrap();
    assert_eq!(shown(&report(files.clone(), &[]).findings), "");
    let warnings = crate::support::index("a.mp4", file).unwrap().warnings;
    let said = warnings.iter().map(|warning| warning.text() + "\n").collect();
    (said, String::from_utf8(files["cmaf/stream.mpd"].clone()).unwrap(), files)
}

/// 12 s of 24 pictures a second, of which each 48th is a key frame; a tick is 1/12,288 s.
const PICTURES: &str = "bframes-1080p.mp4";

#[test]
fn what_edit_lists_hide_at_either_end_is_left_out() {
    // Both tracks play 6 s from the start; then from 3 s on, within the second group of pictures.
    let (said, mpd, _) = said_of(&altered(PICTURES, &[(b"elst", 0, 8, 6000), (b"elst", 1, 8, 6000)]));
    assert!(said.contains("track 1: its edit list ends at 0:00:06.000: the 0:00:06.000 behind that"), "{said}");
    assert!(mpd.contains("<S t=\"0\" d=\"24576\" r=\"2\"/>"), "{mpd}");
    let changes = [
        (b"elst", 0, 8, 9000),
        (b"elst", 0, 12, 1024 + 3 * 12_288),
        (b"elst", 1, 8, 9000),
        (b"elst", 1, 12, 1024 + 3 * 44_100),
    ];
    let (_, mpd, _) = said_of(&altered(PICTURES, &changes));
    assert!(mpd.contains("<S t=\"0\" d=\"12288\"/>") && !mpd.contains("d=\"0\""), "{mpd}");
}

#[test]
fn without_an_edit_list_sound_and_pictures_keep_the_times_of_their_composition() {
    let mut file = fixture(PICTURES);
    for at in 0..file.len() - 4 {
        if file[at..at + 4] == *b"edts" {
            file[at..at + 4].copy_from_slice(b"free");
        }
    }
    let (said, mpd, _) = said_of(&file);
    assert_eq!(said, "");
    assert!(mpd.contains("<S t=\"1024\" d=\"24576\"") && mpd.contains("<S t=\"0\""), "{mpd}");
}

#[test]
fn key_frames_are_those_of_the_samples_where_the_table_lacks_the_first_or_says_nothing() {
    // The first number of `stss` is that of the second key frame.
    let (said, mpd, files) = said_of(&altered(PICTURES, &[(b"stss", 0, 8, 49)]));
    assert!(said.contains("48 pictures in front of the first key frame"), "{said}");
    assert!(mpd.contains("<S t=\"24576\" d=\"24576\"") && mpd.contains("startWithSAP=\"1\""), "{mpd}");
    assert!(files.contains_key("cmaf/video-1/5.m4s") && !files.contains_key("cmaf/video-1/6.m4s"));
    // Without `stss` all samples are sync samples: the same segments come of it, by the headers of the pictures.
    let mut file = fixture(PICTURES);
    let at = file.windows(4).position(|bytes| bytes == b"stss").unwrap();
    file[at..at + 4].copy_from_slice(b"free");
    let (said, _, files) = said_of(&file);
    assert!(said.contains("not all are"), "{said}");
    let (_, _, right) = said_of(&fixture(PICTURES));
    assert!(files["cmaf/video-1/3.m4s"] == right["cmaf/video-1/3.m4s"], "the same bytes");
}

#[test]
fn fault_3_a_missing_segment() {
    for (target, folder) in [(Target::Dash, "dash"), (Target::Hls, "hls"), (Target::Cmaf, "cmaf")] {
        let path = format!("{folder}/video-1/3.m4s");
        let codes = [FindingCode::FileMissing];
        let remove = |files: &mut BTreeMap<String, Vec<u8>>| drop(files.remove(&path).unwrap());
        finds(Scheme::Cenc, target, &[SOURCE], remove, &codes, &path, "segment 3");
    }
    let remove = |files: &mut BTreeMap<String, Vec<u8>>| drop(files.remove("dash/audio-1/init.mp4").unwrap());
    let codes = [FindingCode::FileMissing, FindingCode::SourceTrackMissing];
    finds(Scheme::Cenc, Target::Dash, &[SOURCE], remove, &codes, "dash/audio-1/init.mp4", "init segment");
}

#[test]
fn fault_4_a_wrong_duration_in_the_timeline() {
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let mpd = files.get_mut("dash/stream.mpd").unwrap();
        // Video: six segments of two seconds at 12,288 ticks.
        replace(
            mpd,
            "<S t=\"0\" d=\"24576\" r=\"5\"/>",
            "<S t=\"0\" d=\"24576\" r=\"3\"/><S d=\"20000\"/><S d=\"24576\"/>",
        );
    };
    let codes = [FindingCode::SegmentTime, FindingCode::SegmentDuration];
    finds(
        Scheme::Cenc,
        Target::Dash,
        &[],
        wrong,
        &codes,
        "dash/stream.mpd",
        "segment 5 of \"video-1\" is listed with 1627 ms and has 2000 ms",
    );
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let playlist = files.get_mut("hls/video-1/media.m3u8").unwrap();
        replace(playlist, "#EXTINF:2.000000,", "#EXTINF:1.500000,");
    };
    let of_playlist = [codes[0], codes[1], FindingCode::Rule(Rule::BandwidthLow)];
    finds(Scheme::Cbcs, Target::Hls, &[], wrong, &of_playlist, "hls/video-1/media.m3u8", "1500 ms and has 2000 ms");
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let mpd = files.get_mut("dash/stream.mpd").unwrap();
        replace(mpd, "mediaPresentationDuration=\"PT12", "mediaPresentationDuration=\"PT13");
    };
    finds(Scheme::Cenc, Target::Dash, &[], wrong, &[FindingCode::ManifestDuration], "dash/stream.mpd", "longest track");
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let mpd = files.get_mut("dash/stream.mpd").unwrap();
        replace(mpd, "mediaPresentationDuration=\"PT12", "mediaPresentationDuration=\"PT10");
    };
    let codes = [FindingCode::MediaOutlasts];
    finds(Scheme::Cenc, Target::Dash, &[], wrong, &codes, "dash/stream.mpd", "the rest isn't played");
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let mpd = files.get_mut("dash/stream.mpd").unwrap();
        replace(mpd, "<Period", "<Period duration=\"PT20S\"");
    };
    let codes = [FindingCode::ManifestDuration];
    finds(Scheme::Cenc, Target::Dash, &[], wrong, &codes, "dash/stream.mpd", "a Period ends at 20000 ms");
}

/// The subsamples of the first sample in `senc`: where they stand.
fn first_subsamples(file: &[u8], iv_size: usize) -> (usize, usize) {
    let at = content_of(file, b"senc") + 8 + iv_size;
    let count = usize::from(u16::from_be_bytes([file[at], file[at + 1]]));
    (at + 2, count)
}

#[test]
fn fault_5_swapped_subsamples() {
    for (scheme, iv_size) in [(Scheme::Cenc, 8), (Scheme::Cbcs, 0)] {
        // Eight slices a picture.
        let mut wanted = options();
        wanted.segment_ms = 2000;
        wanted.scheme = Some(scheme);
        key(&mut wanted, KEYS[0]);
        let mut files = package(&fixture("slices.mp4"), wanted).unwrap();
        let file = files.get_mut("dash/video-1/1.m4s").unwrap();
        let (at, count) = first_subsamples(file, iv_size);
        assert!(count > 4);
        let (first, second) = (file[at + 6..at + 12].to_vec(), file[at + 12..at + 18].to_vec());
        file[at + 6..at + 12].copy_from_slice(&second);
        file[at + 12..at + 18].copy_from_slice(&first);
        let with_source = report(files.clone(), &["slices.mp4"]);
        assert_eq!(with_source.findings.len(), 1, "{}", shown(&with_source.findings));
        assert_eq!(with_source.findings[0].code, FindingCode::SubsamplesWrong);
        assert_eq!((with_source.findings[0].segment, with_source.findings[0].sample), (Some(1), Some(1)));
        let without = report(files, &[]);
        assert!(without.errors + without.warnings > 0, "{scheme}: {}", shown(&without.findings));
    }
    // A sum that isn't the sample's size.
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let file = files.get_mut(VIDEO_2).unwrap();
        let (at, _) = first_subsamples(file, 8);
        file[at + 1] ^= 1;
    };
    finds(Scheme::Cenc, Target::Dash, &[], wrong, &[FindingCode::SubsamplesWrong], VIDEO_2, "add up");
}

#[test]
fn fault_6_a_wrong_iv() {
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let file = files.get_mut(VIDEO_2).unwrap();
        let at = content_of(file, b"senc") + 8;
        file[at] ^= 1;
    };
    finds(Scheme::Cenc, Target::Dash, &[SOURCE], wrong, &[FindingCode::IvWrong], VIDEO_2, "was encrypted with IV");
    // A constant one, in tenc.
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let init = files.get_mut("dash/video-1/init.mp4").unwrap();
        let at = content_of(init, b"tenc") + 4 + 4 + 16 + 1;
        init[at] ^= 1;
    };
    finds(
        Scheme::Cbcs,
        Target::Dash,
        &[SOURCE],
        wrong,
        &[FindingCode::IvWrong],
        "dash/video-1/1.m4s",
        "was encrypted with IV",
    );
    // One that was used before.
    let again = |files: &mut BTreeMap<String, Vec<u8>>| {
        let file = files.get_mut(VIDEO_2).unwrap();
        let at = content_of(file, b"senc") + 8;
        let (_, count) = first_subsamples(file, 8);
        let second = at + 8 + 2 + 6 * count;
        let iv = file[at..at + 8].to_vec();
        file[second..second + 8].copy_from_slice(&iv);
    };
    let codes = [FindingCode::IvWrong, FindingCode::IvReused];
    finds(Scheme::Cenc, Target::Dash, &[SOURCE], again, &codes, VIDEO_2, "was used for another sample");
}

#[test]
fn fault_7_wrong_saiz_and_saio() {
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let file = files.get_mut(VIDEO_2).unwrap();
        let at = content_of(file, b"saio") + 8;
        file[at + 3] ^= 4;
    };
    finds(Scheme::Cenc, Target::Dash, &[], wrong, &[FindingCode::AuxiliaryWrong], VIDEO_2, "saio points");
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        let file = files.get_mut(VIDEO_2).unwrap();
        let at = content_of(file, b"saiz") + 4;
        file[at] ^= 6; // default_sample_info_size, or the sizes behind it
        if file[at] == 6 {
            file[at] = 0;
            file[at + 5] ^= 6;
        }
    };
    finds(Scheme::Cenc, Target::Dash, &[], wrong, &[FindingCode::AuxiliaryWrong], VIDEO_2, "saiz says");
}

#[test]
fn fault_8_a_stale_bandwidth() {
    let stale = |path: &'static str, name: &'static str| {
        move |files: &mut BTreeMap<String, Vec<u8>>| {
            let text = String::from_utf8(files[path].clone()).unwrap();
            let at = text.find(name).unwrap() + name.len();
            let end = at + text[at..].find(|c: char| !c.is_ascii_digit()).unwrap();
            let half = text[at..end].parse::<u64>().unwrap() / 2;
            files.insert(path.to_owned(), format!("{}{half}{}", &text[..at], &text[end..]).into_bytes());
        }
    };
    let codes = [FindingCode::BandwidthLow];
    finds(
        Scheme::Cenc,
        Target::Dash,
        &[],
        stale("dash/stream.mpd", " bandwidth=\""),
        &codes,
        "dash/stream.mpd",
        "bit/s",
    );
    // What a client buffers before it plays may be as much as a short clip has beyond its bandwidth.
    let mut files = sound(Scheme::Cenc, Target::Dash);
    stale("dash/stream.mpd", " bandwidth=\"")(&mut files);
    let mpd = String::from_utf8(files["dash/stream.mpd"].clone()).unwrap();
    let (before, after) = mpd.split_once("minBufferTime=\"").unwrap();
    let after = after.split_once('"').unwrap().1;
    files.insert("dash/stream.mpd".to_owned(), format!("{before}minBufferTime=\"PT30S\"{after}").into_bytes());
    assert_eq!(shown(&report(files, &[]).findings), "");
    finds(
        Scheme::Cbcs,
        Target::Hls,
        &[],
        stale("hls/master.m3u8", ":BANDWIDTH="),
        &[FindingCode::Rule(Rule::BandwidthLow)],
        "hls/master.m3u8",
        "BANDWIDTH is",
    );
}

#[test]
fn fault_9_a_gap_between_fragments() {
    for (change, code, words) in [
        (1u32 << 9, FindingCode::TfdtGap, "after the end of the one before it"),
        (1 << 14, FindingCode::TfdtOverlap, "before the end of the one before it"),
    ] {
        let shift = |files: &mut BTreeMap<String, Vec<u8>>| {
            let file = files.get_mut(VIDEO_2).unwrap();
            let at = content_of(file, b"tfdt") + 8; // version 1: the low half
            let time = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
            let shifted = if code == FindingCode::TfdtGap { time + change } else { time - change };
            file[at..at + 4].copy_from_slice(&shifted.to_be_bytes());
        };
        let mut files = sound(Scheme::Cenc, Target::Dash);
        shift(&mut files);
        let report = report(files, &[]);
        let found: Vec<FindingCode> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(found.contains(&code), "{}", shown(&report.findings));
        assert!(
            report.findings.iter().any(|finding| finding.file == VIDEO_2 && finding.message.text().contains(words))
        );
    }
}

#[test]
fn fault_10_a_wrong_key_id_in_pssh() {
    let in_init = |files: &mut BTreeMap<String, Vec<u8>>| {
        let init = files.get_mut("dash/video-1/init.mp4").unwrap();
        let at = content_of(init, b"pssh") + 4 + 16 + 4;
        init[at] ^= 0xff;
    };
    let codes = [FindingCode::PsshKidWrong];
    finds(Scheme::Cenc, Target::Dash, &[], in_init, &codes, "dash/video-1/init.mp4", "nothing is encrypted with it");
    // Base64 of the last byte of the system id, the count of key ids, and their first bytes, in the MPD.
    let in_mpd = |files: &mut BTreeMap<String, Vec<u8>>| {
        let mpd = files.get_mut("dash/stream.mpd").unwrap();
        replace(mpd, "SwAAAAEAAQID", "SwAAAAEQAQID");
    };
    finds(Scheme::Cenc, Target::Dash, &[], in_mpd, &codes, "dash/stream.mpd", "doesn't list the track's key id");
}

#[test]
fn what_others_write_otherwise_is_no_fault() {
    // Where each sample's key stands in a group, as in Shaka Packager's key rotation, `tenc` has no key id (zeros), and the
    // MPD states none. Here: behind a lead as long as the first period.
    let mut wanted = options();
    (wanted.targets, wanted.segment_ms, wanted.clear_lead_ms) = (vec![Target::Dash], 2000, 4000);
    (wanted.scheme, wanted.crypto_period_ms) = (Some(Scheme::Cenc), Some(4000));
    for (period, pair) in KEYS.iter().cycle().take(3).enumerate() {
        key(&mut wanted, &format!("@{period}={pair}"));
    }
    let mut files = package(&fixture(SOURCE), wanted).unwrap();
    for track in ["video-1", "audio-1"] {
        let init = files.get_mut(&format!("dash/{track}/init.mp4")).unwrap();
        let at = content_of(init, b"tenc") + 8;
        init[at..at + 16].fill(0);
        let stated = " cenc:default_KID=\"00010203-0405-0607-0809-0a0b0c0d0e0f\"";
        replace(files.get_mut("dash/stream.mpd").unwrap(), stated, "");
    }
    // The first period's key is used for nothing here, which is told of the boxes that list it.
    let is_of_lead = |finding: &Finding| finding.message.text().contains("nothing is encrypted with it");
    let others: Vec<Finding> =
        report(files, &[SOURCE]).findings.into_iter().filter(|finding| !is_of_lead(finding)).collect();
    assert_eq!(shown(&others), "");

    // The segments of a list have one duration, of which the last may have less.
    let mut wanted = options();
    (wanted.targets, wanted.segment_ms, wanted.encryption) = (vec![Target::Dash], 8000, false);
    let listed = |seconds: u32| {
        let mut files = package(&fixture(SOURCE), wanted.clone()).unwrap();
        let mpd = String::from_utf8(files["dash/stream.mpd"].clone()).unwrap();
        let (before, rest) = mpd.split_once("<SegmentTemplate").unwrap();
        let (_, after) = rest.split_once("</SegmentTemplate>").unwrap();
        let list = format!(
            "<SegmentList timescale=\"1\" duration=\"{seconds}\"><Initialization sourceURL=\"video-1/init.mp4\"/>\
             <SegmentURL media=\"video-1/1.m4s\"/><SegmentURL media=\"video-1/2.m4s\"/></SegmentList>"
        );
        files.insert("dash/stream.mpd".to_owned(), format!("{before}{list}{after}").into_bytes());
        report(files, &[]).findings
    };
    assert_eq!(shown(&listed(8)), "");
    assert!(listed(3).iter().any(|finding| finding.code == FindingCode::SegmentDuration), "the first is longer");
}

#[test]
fn fault_11_wrong_codecs() {
    let in_mpd = |files: &mut BTreeMap<String, Vec<u8>>| {
        replace(files.get_mut("dash/stream.mpd").unwrap(), "codecs=\"avc1.640028\"", "codecs=\"avc1.42001e\"");
    };
    let codes = [FindingCode::CodecsWrong];
    finds(Scheme::Cenc, Target::Dash, &[], in_mpd, &codes, "dash/stream.mpd", "the sample entry says \"avc1.640028\"");
    let in_hls = |files: &mut BTreeMap<String, Vec<u8>>| {
        replace(files.get_mut("hls/master.m3u8").unwrap(), "mp4a.40.2", "mp4a.40.5");
    };
    finds(Scheme::Cbcs, Target::Hls, &[], in_hls, &codes, "hls/master.m3u8", "mp4a.40.5");
    let size = |files: &mut BTreeMap<String, Vec<u8>>| {
        replace(files.get_mut("dash/stream.mpd").unwrap(), "height=\"1080\"", "height=\"1088\"");
    };
    finds(Scheme::Cenc, Target::Dash, &[], size, &[FindingCode::SizeWrong], "dash/stream.mpd", "1920x1088");
}

#[test]
fn fault_12_a_segment_beyond_the_target_duration() {
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        replace(files.get_mut("hls/video-1/media.m3u8").unwrap(), "TARGETDURATION:2", "TARGETDURATION:1");
    };
    finds(
        Scheme::Cbcs,
        Target::Hls,
        &[],
        wrong,
        &[FindingCode::Rule(Rule::TargetDuration), FindingCode::Rule(Rule::SameTargetDuration)],
        "hls/video-1/media.m3u8",
        "over the target duration of 1 s",
    );
}

#[test]
fn fault_13_a_wrong_key() {
    let mut files = sound(Scheme::Cbcs, Target::Dash);
    let other = hex(KEYS[1].split(':').next().unwrap());
    // Everything says the second key: only the samples know better.
    for file in files.values_mut() {
        while let Some(at) = file.windows(16).position(|bytes| bytes == kid()) {
            file[at..at + 16].copy_from_slice(&other);
        }
    }
    replace(files.get_mut("dash/stream.mpd").unwrap(), "00010203-0405", "10010203-0405");
    replace(files.get_mut("dash/stream.mpd").unwrap(), "00010203-0405", "10010203-0405");
    let report = report(files, &[]);
    assert!(report.findings.iter().any(|finding| finding.code == FindingCode::KeyWrong), "{}", shown(&report.findings));
}

#[test]
fn fault_14_keys_missing_from_a_playlist_and_a_wrong_scheme() {
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        replace(files.get_mut("hls/video-1/media.m3u8").unwrap(), "#EXT-X-KEY", "#EXT-X-QUAY");
    };
    finds(
        Scheme::Cbcs,
        Target::Hls,
        &[],
        wrong,
        &[FindingCode::HlsKeyWrong, FindingCode::Rule(Rule::UnknownTag)],
        "hls/video-1/media.m3u8",
        "no EXT-X-KEY",
    );
    let wrong = |files: &mut BTreeMap<String, Vec<u8>>| {
        replace(files.get_mut("dash/stream.mpd").unwrap(), "value=\"cbcs\"", "value=\"cenc\"");
    };
    finds(Scheme::Cbcs, Target::Dash, &[], wrong, &[FindingCode::SchemeWrong], "dash/stream.mpd", "\"cbcs\" in schm");
}

/// A title in MPEG-TS, with AAC in packed audio unless it is `ts`; under SAMPLE-AES, AES-128 or clear.
fn in_ts(method: &str, audio: HlsAudio) -> BTreeMap<String, Vec<u8>> {
    let mut wanted = options();
    wanted.targets = vec![Target::Hls];
    wanted.segment_ms = 2000;
    wanted.hls_format = HlsFormat::Ts;
    wanted.hls_audio = Some(audio);
    match method {
        "clear" => wanted.encryption = false,
        "AES-128" => wanted.hls_method = HlsMethod::Aes128,
        _ => (),
    }
    if method != "clear" {
        wanted.hls_key_uri = Some("https://keys.example/{uuid}".into());
        wanted.drm.options.choose(System::ClearKey);
        wanted.drm.options.clearkey.get_or_insert_default().hls_key_uri = wanted.hls_key_uri.clone();
        key(&mut wanted, KEYS[0]);
    }
    package(&fixture(SOURCE), wanted).unwrap()
}

const METHODS: [&str; 3] = ["clear", "SAMPLE-AES", "AES-128"];

#[test]
fn transport_streams_and_packed_audio_that_we_write_are_accepted() {
    for method in METHODS {
        for audio in [HlsAudio::Ts, HlsAudio::Packed] {
            let files = in_ts(method, audio);
            for sources in [&[][..], &[SOURCE]] {
                let report = report(files.clone(), sources);
                assert_eq!(shown(&report.findings), "", "{method} {audio:?}");
                assert_eq!((report.segments, report.samples), (12, 806), "{method} {audio:?}");
                assert_eq!(report.encrypted, report.decrypted);
                assert_eq!(report.encrypted > 0, method != "clear");
                assert_eq!(report.compared, if sources.is_empty() { 0 } else { report.samples });
            }
        }
    }
}

/// Damages a presentation in MPEG-TS and expects a code in this file.
fn finds_in_ts(method: &str, path: &str, code: FindingCode, sources: &[&str], damage: impl FnOnce(&mut Vec<u8>)) {
    let audio = if path.ends_with(".aac") { HlsAudio::Packed } else { HlsAudio::Ts };
    let mut files = in_ts(method, audio);
    damage(files.get_mut(path).unwrap_or_else(|| panic!("{path} is there")));
    let report = report(files, sources);
    let found = shown(&report.findings);
    assert!(
        report.findings.iter().any(|finding| finding.code == code && finding.file == path),
        "{method} {path}\n{found}"
    );
}

/// The names of all fixtures below a folder that are media.
fn media_fixtures(folder: &str) -> Vec<String> {
    let path = format!("{}/pkg-tests/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| format!("{folder}{}", entry.file_name().to_str().unwrap()))
        .filter(|name| !name.ends_with(".mjs") && !name.ends_with(".png"))
        .collect();
    names.sort();
    names
}

#[test]
fn whatever_we_make_of_any_fixture_is_accepted() {
    type Change = (&'static str, fn(&mut Options));
    let changes: [Change; 5] = [
        ("cmaf and dash", |options| options.targets = vec![Target::Cmaf, Target::Dash]),
        ("single files", |options| {
            options.targets = vec![Target::Cmaf];
            (options.single_file, options.trick_play, options.clear_lead_ms) = (true, true, 1500);
        }),
        ("MPEG-TS", |options| {
            (options.hls_format, options.encryption) = (HlsFormat::Ts, false);
            options.keys.clear();
        }),
        ("SAMPLE-AES", |options| {
            (options.hls_format, options.hls_key_files) = (HlsFormat::Ts, true);
            options.drm.options.choose(System::ClearKey);
        }),
        ("AES-128", |options| (options.hls_method, options.hls_key_files) = (HlsMethod::Aes128, true)),
    ];
    let mut counts = BTreeMap::new();
    for name in ["", "audio/", "text/", "inputs/"].iter().flat_map(|folder| media_fixtures(folder)) {
        for (what, change) in &changes {
            let mut wanted = options();
            wanted.targets = vec![Target::Hls];
            wanted.segment_ms = 2000;
            key(&mut wanted, KEYS[0]);
            change(&mut wanted);
            // What a target can't carry, and what is refused as damaged, are tested elsewhere.
            let file = fixture(&name);
            let Ok(files) = crate::support::packaged([(name.clone(), file)], wanted) else { continue };
            let report = report(files, &[&name]);
            assert_eq!(shown(&report.findings), "", "{name}, {what}");
            assert_eq!(report.encrypted, report.decrypted, "{name}, {what}");
            *counts.entry(*what).or_insert(0) += 1;
        }
    }
    assert!(counts["cmaf and dash"] > 70 && counts["MPEG-TS"] > 40 && counts["SAMPLE-AES"] > 30, "{counts:?}");
}

#[test]
fn faults_of_transport_streams_are_named() {
    const VIDEO: &str = "hls/video-1/2.ts";
    const AUDIO: &str = "hls/audio-1/2.ts";
    const PACKED: &str = "hls/audio-1/2.aac";
    for method in METHODS {
        for path in [VIDEO, AUDIO, PACKED] {
            // A segment that isn't there.
            let audio = if path == PACKED { HlsAudio::Packed } else { HlsAudio::Ts };
            let mut files = in_ts(method, audio);
            files.remove(path).unwrap();
            let report = report(files, &[SOURCE]);
            let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [FindingCode::FileMissing], "{method} {}", shown(&report.findings));
            // One that is other bytes altogether.
            let code = if method == "AES-128" { FindingCode::KeyWrong } else { FindingCode::PacketInvalid };
            finds_in_ts(method, path, code, &[], |file| {
                let mut state = 1u32;
                for byte in file.iter_mut() {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *byte = state.to_be_bytes()[0];
                }
            });
        }
        // Whole segments that are encrypted may end nowhere else.
        let code = if method == "AES-128" { FindingCode::KeyWrong } else { FindingCode::PacketInvalid };
        finds_in_ts(method, VIDEO, code, &[], |file| file.truncate(file.len() - 100));
    }
    for method in ["clear", "SAMPLE-AES"] {
        // A packet that is missing, in the middle.
        finds_in_ts(method, VIDEO, FindingCode::ContinuityLost, &[], |file| {
            file.drain(188 * 20..188 * 21);
        });
        // A flipped bit of a sample tells only against the source.
        finds_in_ts(method, VIDEO, FindingCode::SampleDiffers, &[SOURCE], |file| file[188 * 20 + 100] ^= 0x10);
        finds_in_ts(method, PACKED, FindingCode::SampleDiffers, &[SOURCE], |file| {
            let at = file.len() - 100;
            file[at] ^= 0x10;
        });
        // The program map's checksum.
        finds_in_ts(method, VIDEO, FindingCode::PacketInvalid, &[], |file| {
            let at = file.windows(3).position(|bytes| bytes == [0, 2, 0xb0]).unwrap() + 10;
            file[at] ^= 1;
        });
        // A time stamp that goes back by 8 s or so: of the second picture.
        finds_in_ts(method, VIDEO, FindingCode::StampWrong, &[], |file| {
            let begins = |bytes: &[u8]| bytes == [0, 0, 1, 0xe0];
            let second = (0..file.len() - 4).filter(|&at| begins(&file[at..at + 4])).nth(1).unwrap();
            for at in [second + 9, second + 14] {
                file[at + 1] = file[at + 1].wrapping_sub(3);
            }
        });
        // The tag that tells the time of packed audio.
        finds_in_ts(method, PACKED, FindingCode::StampWrong, &[], |file| overwrite(file, b"com.apple", b"com.pears"));
    }
    // Another key, or none: as well as nothing would be found.
    for method in ["SAMPLE-AES", "AES-128"] {
        let files = in_ts(method, HlsAudio::Packed);
        let manifests = vec!["hls/master.m3u8".to_owned()];
        let other = format!("{}:ffffffffffffffffffffffffffffffff", KEYS[0].split(':').next().unwrap());
        // Pictures tell by their syntax, whole segments by their padding.
        let wrong = if method == "AES-128" { FindingCode::KeyWrong } else { FindingCode::SampleInvalid };
        for (keys, code) in [(vec![], FindingCode::KeyMissing), (vec![other], wrong)] {
            let keys = keys.iter().map(|key| KeyPair::parse(key).unwrap()).collect();
            let options = verify::Options { manifests: manifests.clone(), keys, ..verify::Options::default() };
            let report = ready(verify(&InMemory(files.clone()), &options)).unwrap();
            assert!(report.findings.iter().any(|finding| finding.code == code), "{method} {}", shown(&report.findings));
        }
    }
    // A wrong duration in the playlist, and a wrong codec.
    let mut files = in_ts("SAMPLE-AES", HlsAudio::Ts);
    replace(files.get_mut("hls/video-1/media.m3u8").unwrap(), "#EXTINF:2.000000,", "#EXTINF:1.500000,");
    replace(files.get_mut("hls/master.m3u8").unwrap(), "avc1.64", "avc1.4d");
    let codes: Vec<_> = report(files, &[]).findings.iter().map(|finding| finding.code).collect();
    for code in [FindingCode::SegmentTime, FindingCode::SegmentDuration, FindingCode::CodecsWrong] {
        assert!(codes.contains(&code), "{codes:?}");
    }
}

#[test]
fn whole_segments_of_mp4_are_opened_and_checked() {
    let aes = |damage: &dyn Fn(&mut Vec<u8>)| {
        let mut wanted = options();
        wanted.targets = vec![Target::Hls];
        wanted.segment_ms = 2000;
        wanted.hls_method = HlsMethod::Aes128;
        wanted.hls_key_files = true;
        key(&mut wanted, KEYS[0]);
        let mut files = package(&fixture(SOURCE), wanted).unwrap();
        damage(files.get_mut("hls/video-1/3.m4s").unwrap());
        report(files, &[SOURCE])
    };
    let sound = aes(&|_| ());
    assert_eq!(shown(&sound.findings), "");
    assert_eq!((sound.compared, sound.encrypted), (sound.samples, 12));
    let damaged = aes(&|file| file[5000] ^= 1);
    let codes: Vec<_> = damaged.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&FindingCode::SampleDiffers), "{codes:?}");
}

#[test]
fn a_pssh_of_a_crypto_period_is_of_its_fragment_in_single_files_too() {
    let mut wanted = options();
    wanted.single_file = true;
    wanted.segment_ms = 2000;
    wanted.crypto_period_ms = Some(5000);
    wanted.drm.options.choose(System::Widevine);
    for (period, text) in KEYS.iter().enumerate() {
        key(&mut wanted, &if period == 0 { (*text).to_owned() } else { format!("@{period}={text}") });
    }
    let report = report(package(&fixture(SOURCE), wanted).unwrap(), &[SOURCE]);
    assert_eq!(shown(&report.findings), "");
}

#[test]
fn cues_count_by_the_clock_of_the_media() {
    let vtt = |cues: &str| format!("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n{cues}").into_bytes();
    let playlist = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:2.0,\n1.vtt\n\
        #EXTINF:2.0,\n2.vtt\n#EXT-X-DISCONTINUITY\n#EXTINF:2.0,\n3.vtt\n#EXT-X-ENDLIST\n";
    let found = |second: &str| {
        let files = BTreeMap::from([
            ("text.m3u8".to_owned(), playlist.as_bytes().to_vec()),
            ("1.vtt".to_owned(), vtt("02:20.000 --> 02:22.000\na\n")),
            ("2.vtt".to_owned(), vtt(second)),
            ("3.vtt".to_owned(), vtt("00:00.500 --> 00:01.000\nc\n")),
        ]);
        report(files, &[]).findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    // The pictures begin at 140 s; behind the discontinuity at any time.
    assert_eq!(found("02:22.000 --> 02:24.000\nb\n"), []);
    // But of one stretch all cues are shown during their segments.
    assert!(found("02:40.000 --> 02:44.000\nb\n").contains(&FindingCode::SegmentInvalid));
}

#[test]
fn what_follows_the_segments_that_a_sidx_lists_may_be_no_media() {
    let mut wanted = options();
    wanted.single_file = true;
    wanted.segment_ms = 2000;
    key(&mut wanted, KEYS[0]);
    let files = package(&fixture(SOURCE), wanted).unwrap();
    let with = |kind: &[u8; 4]| {
        let mut files = files.clone();
        files.get_mut("dash/video-1.mp4").unwrap().extend([&[0, 0, 0, 12], &kind[..], &[0; 4]].concat());
        report(files, &[]).findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(with(b"mfra"), []);
    assert_eq!(with(b"mdat"), [FindingCode::SidxWrong]);
}

#[test]
fn other_containers_and_addresses_elsewhere_are_notes() {
    let webm = [&[0x1a, 0x45, 0xdf, 0xa3][..], &[0x42; 600]].concat();
    let mpd = |body: &str| {
        format!(
            r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" minBufferTime="PT2S" type="static"><Period duration="PT2S">{body}</Period></MPD>"#
        )
    };
    let webm_set = r#"<AdaptationSet mimeType="video/webm"><Representation id="1" bandwidth="9" codecs="vp9"><BaseURL>a.webm</BaseURL>
        <SegmentBase indexRange="294-312"><Initialization range="0-293"/></SegmentBase></Representation></AdaptationSet>"#;
    let away = r#"<BaseURL>https://example.com/</BaseURL><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="9" codecs="avc1.640028">
        <BaseURL>a.mp4</BaseURL></Representation></AdaptationSet>"#;
    for body in [webm_set, away] {
        let files =
            BTreeMap::from([("dash.mpd".to_owned(), mpd(body).into_bytes()), ("a.webm".to_owned(), webm.clone())]);
        let report = report(files, &[]);
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [FindingCode::NotChecked], "{}", shown(&report.findings));
    }
}

#[test]
fn damaged_files_are_findings_and_nothing_panics() {
    let files = sound(Scheme::Cenc, Target::Dash);
    for path in ["dash/video-1/init.mp4", "dash/audio-1/2.m4s", "dash/stream.mpd"] {
        let end = files[path].len().min(700);
        for at in 0..end {
            let mut damaged = files.clone();
            damaged.get_mut(path).unwrap()[at] ^= 0xff;
            damaged
                .retain(|name, _| !name.starts_with("dash/video-1/") || path.contains("video") && !name.contains("/3"));
            report(damaged, &[]);
        }
    }
}
