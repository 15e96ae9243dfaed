//! Keys: their notations, and the fetch of a key server's answer.

use js_sys::{Array, Uint8Array};
use tabpack::wasm::{KeyClient, describe_key, fetch_bounded};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use crate::support::{KEY, json, member, text_of, word};

#[wasm_bindgen_test]
fn a_key_is_told_in_each_notation() {
    let key = describe_key(KEY).expect("a key");
    assert_eq!(word(&key, "kid.uuid"), "cbbc38b6-b50d-ab53-f826-3e06b7382aa3");
    assert_eq!(word(&key, "key.base64"), "lZ29ZzmA4dG98tNiCUlfTg==");
    assert_eq!(word(&key, "key.base64url"), "lZ29ZzmA4dG98tNiCUlfTg");
    assert_eq!(member(&key, "generated").as_bool(), Some(false));
    assert_eq!(word(&describe_key("no key").expect_err("it is none"), "code"), "KEY_INVALID");
}

#[wasm_bindgen_test]
fn a_setting_that_is_not_known_is_refused_without_repeating_its_value() {
    let settings = r#"{ "service": "speke2", "url": "https://keys.example", "pasword": "hunter2" }"#;
    let failure = KeyClient::new(json(settings)).map(|_| ()).expect_err("a name is wrong");
    assert_eq!(word(&failure, "code"), "OPTION_INVALID");
    assert!(!text_of(&failure).contains("hunter2"), "{}", text_of(&failure));
}

async fn fetch(url: &str, limit: u32, controller: &AbortController) -> Result<JsValue, JsValue> {
    fetch_bounded(
        "GET".to_owned(),
        url.to_owned(),
        Array::new(),
        Uint8Array::new_with_length(0),
        limit,
        controller.signal(),
    )
    .await
}

#[wasm_bindgen_test]
async fn an_answer_comes_whole_with_its_status_and_headers() {
    let controller = AbortController::new().expect("a controller");
    let answer = fetch("data:application/xml,%3Ccpix%2F%3E", 7, &controller).await.expect("an answer");
    assert_eq!(member(&answer, "status").as_f64(), Some(200.0));
    assert_eq!(member(&answer, "body").unchecked_into::<Uint8Array>().to_vec(), b"<cpix/>");
    assert!(text_of(&member(&answer, "headers")).contains("application/xml"));
}

#[wasm_bindgen_test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let controller = AbortController::new().expect("a controller");
    let thrown = fetch("data:text/plain,12345678", 7, &controller).await.expect_err("8 bytes are more than 7");
    assert_eq!(thrown.as_string().as_deref(), Some("tooLarge"));
}

#[wasm_bindgen_test]
async fn a_fetch_is_aborted_by_its_signal() {
    let controller = AbortController::new().expect("a controller");
    controller.abort();
    let thrown = fetch("data:text/plain,1", 7, &controller).await.expect_err("it was aborted");
    assert_eq!(word(&thrown, "name"), "AbortError");
}
