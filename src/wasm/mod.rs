//! The bindings: File and OPFS access, options in, errors out. No packaging logic.
//!
//! An [`Engine`](engine::Engine) lives in one worker, or in Node, and holds one job: it reads its
//! sources, makes the plan, and renders the steps that the façade hands to it. A
//! [`KeyClient`](key_client::KeyClient) is one exchange with a key server, and [`verify`] reads files back.

mod blob;
mod engine;
mod failure;
mod job;
mod key_client;
mod number;
mod sink;
mod source;
mod verify;

pub use engine::{Engine, describe_key, key_of};
pub use key_client::{KeyClient, fetch_bounded};
pub use verify::{manifest_tracks, verify_files};

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::{Code, Error, Result};
use crate::options::{Value, near};

/// A value as plain objects, arrays, strings and numbers.
fn to_js(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).expect("plain structures can be made objects")
}

/// What JavaScript gives, before it is read.
fn value(given: JsValue) -> Result<Value> {
    serde_wasm_bindgen::from_value(given).map_err(|_| {
        // What serde says repeats what it found, which may be a secret.
        let fault = message!("an option is, or holds, what is no value: a function, a symbol or the like");
        Error::new(Code::OptionInvalid, fault)
    })
}

/// Shows a panic's message on the console, where it would be a bare `unreachable` otherwise.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The one of `known` that `word` was most likely meant to be; `undefined` where none is close.
#[wasm_bindgen]
pub fn nearest(word: &str, known: Vec<String>) -> Option<String> {
    near(word, known.iter().map(String::as_str)).map(str::to_owned)
}
