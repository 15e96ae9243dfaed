//! What the crate writes, read back by code that it did not write; what it wrote before; and what it does
//! with hostile input.

#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod allocations;
mod boxes;
mod naive;
mod support;

mod codecs;
mod drm;
mod encryption;
mod field;
mod golden;
mod hls_rules;
mod hostile;
mod inputs;
mod manifests;
mod preview;
mod protected;
mod readers;
mod text;
mod thumbnails;
mod verify;
