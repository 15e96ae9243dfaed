//! tabpack packages media for DRM inside a browser tab.
//!
//! The one idea: **every output file is a pure function of the plan and of known byte ranges of the
//! input.** The crate is sans-io: it reads no clock, file, socket or random source; those are
//! arguments. The modules stand here in the order in which the data flows, and each uses only what
//! stands above it (`scripts/check-layers.mjs` sees to that):
//!
//! 1. [`demux`] reads box headers and sample tables: bytes → tracks and samples.
//! 2. [`segment`] finds the boundaries that all tracks of a presentation share.
//! 3. [`cenc`] lays out subsamples and encrypts; [`drm`] writes what DRM systems want beside it.
//!    Keys come from the user, or by [`cpix`] documents and the key servers of [`keyserver`].
//!    [`open`] decrypts inputs that are protected already.
//! 4. [`mux`] writes init and media segments and reports facts about them.
//! 5. [`mpd`] and [`hls`] turn those facts, as a [`presentation`], into manifests.
//! 6. [`packager`] puts it together: `Plan::new`, `Plan::render`, `Plan::manifests`.
//! 7. [`job`] carries a plan out: reads what the core asks for and writes what it gives, through a host's hands.
//! 8. The way back: [`manifest`] reads manifests of any packager, [`verify`] checks the files they name.
//!
//! What each of them may be told is declared by [`options`], once; [`commands`] lists what the command line makes of it.

#[macro_use]
pub mod error;
pub mod limits;
pub mod order;
pub mod time;

pub mod options;

mod xml;

pub mod bytes;
pub mod mp4;

pub mod codec;

pub mod demux;

pub mod segment;

pub mod keys;
pub mod random;

pub mod cenc;

pub mod drm;

pub mod cpix;
pub mod keyserver;

pub mod open;

pub mod mux;

pub mod presentation;

pub mod hls;
pub mod mpd;

pub mod packager;

pub mod manifest;

pub mod job;

pub mod verify;

pub mod commands;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
