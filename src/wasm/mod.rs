//! The bindings: File and OPFS access, options in, errors out. No packaging logic.
//!
//! An [`Engine`](engine::Engine) lives in one worker, or in Node, and holds one job: it reads its
//! sources, makes the plan, and renders the steps that the façade hands to it. A
//! `KeyClient` is one exchange with a key server, and verification reads files back: each in a
//! wasm file of its own, since most pages need neither.

#[cfg(feature = "packager")]
mod blob;
#[cfg(feature = "packager")]
mod engine;
#[cfg_attr(not(feature = "packager"), expect(dead_code, reason = "a key server reads and writes no file"))]
mod failure;
#[cfg(feature = "packager")]
mod job;
#[cfg(feature = "keyserver")]
mod key_client;
#[cfg(any(feature = "packager", feature = "verify"))]
mod number;
#[cfg(feature = "packager")]
mod sink;
#[cfg(feature = "packager")]
mod source;
#[cfg(feature = "verify")]
mod verify;

#[cfg(feature = "packager")]
pub use engine::{Engine, describe_key, key_of};
#[cfg(feature = "keyserver")]
pub use key_client::{KeyClient, fetch_bounded};
#[cfg(feature = "verify")]
pub use verify::{manifest_tracks, verify_files};

use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A value as plain objects, arrays, strings and numbers.
fn to_js(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).expect("plain structures can be made objects")
}

/// Shows a panic's message on the console, where it would be a bare `unreachable` otherwise.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}
