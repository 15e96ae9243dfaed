//! What is generated from the core's tables for the other languages of the project.
//!
//! The files lie in `src/js/generated/`, are checked in, and are never edited: `npm run generate` writes them anew, and
//! this test fails where one isn't what its table says.

#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod codes;
mod drm;
mod flags;
mod formats;
mod key_services;
mod options;
mod schema;
mod typescript;

use std::path::{Path, PathBuf};

/// A generated file by its name, and what makes its text.
type Generated = (&'static str, fn() -> String);

/// The generated files.
const FILES: &[Generated] = &[
    ("codes.ts", codes::text),
    ("drm.ts", drm::text),
    ("formats.ts", formats::typescript),
    ("flags.ts", flags::text),
    ("key-services.ts", key_services::text),
    ("option-table.ts", options::table),
    ("options.schema.json", schema::text),
    ("options.ts", options::interfaces),
    ("words.ts", options::words),
    // A service worker has one address, and loads plain scripts beside it.
    ("../../../www/public/media-types.js", formats::service_worker),
];

#[test]
fn generated_files_are_what_their_tables_say() {
    let update = std::env::var("TABPACK_GENERATED").is_ok_and(|value| value == "update");
    let mut stale = Vec::new();
    for &(name, text) in FILES {
        let (path, text) = (folder().join(name), text());
        if update {
            std::fs::create_dir_all(folder()).expect("the folder can be made");
            std::fs::write(&path, &text).expect("the file can be written");
        }
        // Git may have been told to end lines otherwise.
        let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if there != text {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "stale: {}. Run: npm run generate", stale.join(", "));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js/generated")
}
