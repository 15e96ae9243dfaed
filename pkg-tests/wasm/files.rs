//! Inputs: a `Blob` read by slices and streams, and what a host reads.

use js_sys::Uint8Array;
use tabpack::wasm::Engine;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{FILM, VIDEO, blob, engine, folder, function, json, member, object, options, word};

#[wasm_bindgen_test]
async fn a_blob_and_a_host_that_reads_the_same_bytes_give_the_same_file() {
    let mut by_blob = Engine::into_opfs(folder("blob").await);
    by_blob.add_blob("a.mp4".to_owned(), blob(VIDEO)).expect("a Blob can be read");
    by_blob.plan(options("")).await.expect("a plan");
    let expected = by_blob.read_file("cmaf/video-1/1.m4s").await.expect("a segment").to_vec();

    let bytes = Uint8Array::from(VIDEO);
    let read = function("offset, length", "return Promise.resolve(this.bytes.slice(offset, offset + length))");
    let host = object(&[("read", &read)]);
    js_sys::Reflect::set(&host, &"bytes".into(), &bytes).expect("a member can be set");
    let mut by_host = Engine::into_opfs(folder("host").await);
    by_host.add_host("a.mp4".to_owned(), VIDEO.len() as f64, host.unchecked_into()).expect("a host can be read");
    by_host.plan(options("")).await.expect("a plan");
    assert_eq!(by_host.read_file("cmaf/video-1/1.m4s").await.expect("a segment").to_vec(), expected);
}

#[wasm_bindgen_test]
async fn a_range_that_is_long_enough_to_be_streamed_has_the_bytes_of_the_file() {
    let mut engine = Engine::into_opfs(folder("streamed").await);
    engine.add_blob("film.mp4".to_owned(), blob(FILM)).expect("a Blob can be read");
    let clear = r#"{ "seed": "01", "encryption": false, "segmentDuration": 60 }"#;
    engine.plan(json(clear)).await.expect("a plan");
    let segment = engine.read_file("cmaf/video-1/1.m4s").await.expect("a segment").to_vec();
    assert!(segment.len() > 300_000, "{} bytes are more than one read of a slice", segment.len());
    let media = segment.windows(4).position(|word| word == b"mdat").expect("a segment has media") + 4;
    // The film's pictures and sound lie interleaved; each picture is there whole.
    let first = &segment[media..media + 1000];
    let last = &segment[segment.len() - 200..];
    for bytes in [first, last] {
        assert!(FILM.windows(bytes.len()).any(|window| window == bytes), "the samples are those of the file");
    }
}

#[wasm_bindgen_test]
async fn what_a_read_throws_says_which_file_and_where() {
    let fails = function("", "return Promise.reject(new DOMException('gone', 'NotReadableError'))");
    let mut engine = Engine::into_opfs(folder("fails").await);
    engine.add_host("film.mp4".to_owned(), 1e6, object(&[("read", &fails)]).unchecked_into()).expect("a host");
    let failure = engine.plan(options("")).await.expect_err("it can't be read");
    assert_eq!(word(&failure, "code"), "INPUT_READ_FAILED");
    assert_eq!(word(&failure, "place.input"), "film.mp4");
    assert_eq!(member(&failure, "place.offset").as_f64(), Some(0.0));
    assert_eq!(word(&failure, "template"), "reading the file failed: {what}");
    assert_eq!(word(&failure, "parameters.what"), "NotReadableError: gone");
}

#[wasm_bindgen_test]
async fn an_abort_passes_through_as_it_is() {
    let aborts = function("", "return Promise.reject(new DOMException('stop', 'AbortError'))");
    let mut engine = Engine::into_opfs(folder("aborts").await);
    engine.add_host("film.mp4".to_owned(), 1e6, object(&[("read", &aborts)]).unchecked_into()).expect("a host");
    let thrown = engine.plan(options("")).await.expect_err("it was aborted");
    assert_eq!(word(&thrown, "name"), "AbortError");
}

#[wasm_bindgen_test]
async fn a_read_of_too_few_bytes_is_refused() {
    let short = function("offset, length", "return Promise.resolve(new Uint8Array(length - 1))");
    let mut engine = Engine::into_opfs(folder("short").await);
    engine.add_host("film.mp4".to_owned(), 1e6, object(&[("read", &short)]).unchecked_into()).expect("a host");
    let failure = engine.plan(options("")).await.expect_err("bytes are missing");
    assert_eq!(word(&failure, "code"), "INPUT_READ_FAILED");
}

#[wasm_bindgen_test]
async fn an_empty_file_is_named() {
    let mut engine = Engine::into_opfs(folder("empty").await);
    engine.add_blob("nothing.mp4".to_owned(), blob(&[])).expect("a Blob can be read");
    let failure = engine.plan(options("")).await.expect_err("it is empty");
    assert_eq!(word(&failure, "code"), "INPUT_EMPTY");
}

#[wasm_bindgen_test]
async fn a_call_before_the_plan_is_an_error_and_no_panic() {
    let engine = engine(folder("early").await);
    assert_eq!(word(&engine.step(0).await.expect_err("there is no plan"), "code"), "INTERNAL");
}
