//! Golden outputs: what the packager wrote for some inputs under a fixed seed and key, byte for byte.
//!
//! `pkg-tests/golden/<name>/` holds the manifests as they are, a dump of the boxes of each init segment and
//! first media segment, and the SHA-256 of every file. `npm run golden` writes them anew: read the
//! difference before it is committed.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};
use tabpack::cenc::Scheme;
use tabpack::packager::Target;

use crate::boxes::{dump, hex};
use crate::support::{Package, folder};

/// Name, fixture, target, scheme and milliseconds of a segment.
const CASES: [(&str, &str, Target, Option<Scheme>, u32); 6] = [
    ("bframes-cmaf-cbcs", "bframes-1080p.mp4", Target::Cmaf, Some(Scheme::Cbcs), 6000),
    ("bframes-dash-cenc", "bframes-1080p.mp4", Target::Dash, Some(Scheme::Cenc), 6000),
    ("two-stsd-hls-cbcs", "two-stsd.mp4", Target::Hls, Some(Scheme::Cbcs), 2000),
    ("offset-start-cmaf-cenc", "offset-start.mp4", Target::Cmaf, Some(Scheme::Cenc), 2000),
    ("audio-only-hls-cenc", "audio-only.m4a", Target::Hls, Some(Scheme::Cenc), 2000),
    ("vfr-cmaf-clear", "vfr.mp4", Target::Cmaf, None, 2000),
];

#[test]
fn outputs_are_what_they_were() {
    let update = std::env::var("TABPACK_GOLDEN").is_ok_and(|value| value == "update");
    let mut faults = String::new();
    for (name, fixture, target, scheme, segment_ms) in CASES {
        let place = folder().join("golden").join(name);
        let actual = texts(&Package::new(fixture, target, scheme, segment_ms));
        if update {
            write(&place, &actual);
        }
        let golden = read(&place);
        for path in actual.keys().chain(golden.keys().filter(|path| !actual.contains_key(*path))) {
            let [old, new] = [&golden, &actual].map(|texts| texts.get(path).map_or("", String::as_str));
            if old != new {
                faults += &format!("\n{name}/{path}\n{}", difference(old, new));
            }
        }
    }
    assert!(faults.is_empty(), "{faults}\nIf that is meant: npm run golden, and read what it changes.");
}

/// The golden files of a package by their names.
fn texts(package: &Package) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut sums = String::new();
    for (path, bytes) in &package.files {
        sums += &format!("{} {path}\n", hex(&Sha256::digest(bytes)));
        // Flat names: a golden folder is read in one listing.
        let flat = path.replace('/', ".");
        if path.ends_with(".mpd") || path.ends_with(".m3u8") {
            texts.insert(flat, String::from_utf8(bytes.clone()).expect("manifests are text"));
        } else if path.ends_with("/init.mp4") || path.ends_with("/1.m4s") {
            texts.insert(flat + ".txt", dump(bytes));
        }
    }
    texts.insert("sha256.txt".to_owned(), sums);
    texts
}

fn read(place: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(place) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.expect("a folder that can be read"))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("a golden file is text");
            // Git may have been told to end lines otherwise.
            (entry.file_name().to_string_lossy().into_owned(), text.replace("\r\n", "\n"))
        })
        .collect()
}

fn write(place: &Path, texts: &BTreeMap<String, String>) {
    if place.exists() {
        std::fs::remove_dir_all(place).expect("the old files can go");
    }
    std::fs::create_dir_all(place).expect("the folder can be made");
    for (name, text) in texts {
        std::fs::write(place.join(name), text).expect("the file can be written");
    }
}

/// The lines that differ, those of the old text behind `-` and of the new behind `+`, with line numbers.
fn difference(old: &str, new: &str) -> String {
    const SHOWN: usize = 40;
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - same;
    let same_at_end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    let lines = |mark: &str, lines: &[&str]| -> String {
        let numbered = lines.iter().enumerate().skip(same).take((lines.len() - same_at_end - same).min(SHOWN));
        numbered.map(|(number, line)| format!("{mark} {:4} {line}\n", number + 1)).collect()
    };
    lines("-", &old) + &lines("+", &new)
}

#[test]
fn a_difference_names_the_lines_in_between() {
    assert_eq!(difference("a\nb\nc", "a\nx\ny\nc"), "-    2 b\n+    2 x\n+    3 y\n");
}
