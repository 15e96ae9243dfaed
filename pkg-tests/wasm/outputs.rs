//! Outputs: files in the origin private file system, and a host's sink.

use tabpack::wasm::Engine;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{VIDEO, blob, engine, folder, function, json, member, object, options, stored, text_of, word};

/// Every step, the inits before and what comes last after; gives how many files were written.
async fn run(engine: &mut Engine, options: JsValue) -> u32 {
    let plan = engine.plan(options).await.unwrap_or_else(|thrown| panic!("{}", text_of(&thrown)));
    let steps = js_sys::Array::from(&member(&plan, "steps")).length();
    let facts = js_sys::Array::new();
    let mut files = 0;
    let mut count = |written: &JsValue| files += js_sys::Array::from(&member(written, "files")).length();
    count(&engine.inits().await.expect("init segments"));
    for step in 0..steps {
        let written = engine.step(step as usize).await.expect("a step");
        count(&written);
        for fact in js_sys::Array::from(&member(&written, "facts")).iter() {
            facts.push(&fact);
        }
    }
    count(&engine.heads(facts.clone().into()).await.expect("heads"));
    count(&engine.manifests(facts.into()).await.expect("manifests"));
    files
}

#[wasm_bindgen_test]
async fn a_job_writes_segments_and_manifests_that_the_browser_reads_back() {
    let place = folder("segments").await;
    let mut engine = engine(place.clone());
    let files = run(&mut engine, options(r#", "segmentDuration": 1"#)).await;
    assert!(files > 4, "{files} files");
    assert_eq!(&stored(&place, "cmaf/video-1/init.mp4").await[4..8], b"ftyp");
    let written = stored(&place, "cmaf/video-1/1.m4s").await;
    assert_eq!(engine.read_file("cmaf/video-1/1.m4s").await.expect("a segment").to_vec(), written);
    let manifest = String::from_utf8(stored(&place, "cmaf/stream.mpd").await).expect("text");
    assert!(manifest.contains("<MPD"), "{manifest}");
}

#[wasm_bindgen_test]
async fn a_single_file_is_written_part_by_part_and_let_go_of() {
    let place = folder("single").await;
    let mut engine = engine(place.clone());
    run(&mut engine, options(r#", "singleFile": true, "segmentDuration": 1"#)).await;
    let file = stored(&place, "cmaf/video-1.mp4").await;
    assert_eq!(&file[4..8], b"ftyp");
    assert!(file.windows(4).any(|word| word == b"sidx"), "the index stands in front");
    // An open handle would lock the file.
    let remove = function("folder", "return folder.removeEntry('cmaf', { recursive: true })");
    let removed = remove.call1(&JsValue::NULL, &place).expect("a promise");
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(removed)).await.expect("no handle is open");
}

#[wasm_bindgen_test]
async fn a_full_disk_has_a_code_of_its_own() {
    let full = function("", "return Promise.reject(new DOMException('full', 'QuotaExceededError'))");
    let failure = failure_of_sink(&full).await;
    assert_eq!(word(&failure, "code"), "OUTPUT_NO_SPACE");
}

#[wasm_bindgen_test]
async fn a_sink_that_throws_at_once_is_an_error_like_one_that_rejects() {
    for body in ["throw new TypeError('no')", "return Promise.reject(new TypeError('no'))"] {
        let failure = failure_of_sink(&function("", body)).await;
        assert_eq!(word(&failure, "code"), "OUTPUT_WRITE_FAILED");
        assert!(text_of(&member(&failure, "parameters")).contains("TypeError: no"));
    }
}

#[wasm_bindgen_test]
async fn a_failure_of_the_hosts_own_passes_through() {
    let body = "return Promise.reject({ tabpack: true, code: 'OUTPUT_EXISTS', message: 'there' })";
    assert_eq!(word(&failure_of_sink(&function("", body)).await, "code"), "OUTPUT_EXISTS");
}

/// What a job whose sink does this ends with.
async fn failure_of_sink(write: &js_sys::Function) -> JsValue {
    let mut engine = Engine::into_host(object(&[("write", write)]).unchecked_into());
    engine.add_blob("video.mp4".to_owned(), blob(VIDEO)).expect("a Blob can be read");
    engine.plan(options("")).await.expect("a plan");
    engine.inits().await.expect_err("the sink fails")
}

#[wasm_bindgen_test]
async fn a_path_that_the_output_does_not_have_is_named() {
    let mut engine = engine(folder("paths").await);
    engine.plan(options("")).await.expect("a plan");
    let failure = engine.read_file("cmaf/video-9/1.m4s").await.expect_err("there is none");
    assert_eq!(word(&failure, "code"), "OUTPUT_NOT_FOUND");
}

#[wasm_bindgen_test]
async fn files_are_verified_through_the_hosts_reads() {
    let missing = function("", "return Promise.resolve(undefined)");
    let read = function("", "return Promise.reject(new Error('nothing is read'))");
    let files = object(&[("size", &missing), ("read", &read)]);
    let request = json(r#"{ "manifests": ["cmaf/stream.mpd"], "keys": [], "sources": [] }"#);
    let answer = tabpack::wasm::verify_files(files.unchecked_into(), request).await;
    let text = text_of(&answer.unwrap_or_else(|thrown| thrown));
    assert!(text.contains("stream.mpd"), "the file that is missing is named: {text}");
}
