//! The bindings: File and OPFS access, options in, errors out. No packaging logic.
//!
//! An [`Engine`](engine::Engine) lives in one worker, or in Node, and holds one job: it reads its
//! sources, makes the plan, and renders the steps that the façade hands to it.

mod drm;
mod engine;
mod failure;
mod job;
mod key_client;
mod sink;
mod source;
mod verify;

use wasm_bindgen::prelude::*;

/// Shows a panic's message on the console, where it would be a bare `unreachable` otherwise.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}
