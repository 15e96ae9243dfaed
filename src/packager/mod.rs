//! From inputs and options to files: plan, render, manifests.
//!
//! ```text
//! Plan::new(inputs, options)      deterministic: the same in any worker, on any machine
//!   ├─ plan.inits()               the init segments
//!   ├─ plan.steps()               for each: the byte ranges it needs, and the segments it gives
//!   │    └─ plan.render(output)   a segment's bytes, and the fact of its size
//!   └─ plan.manifests(facts)      MPD and playlists, from what rendering reported
//!
//! plan.segment_at(path), plan.file_at(path)   one file alone, when it is asked for
//! ```
//!
//! The files from the ground up, none in a circle:
//!
//! 1. What the user says: `options`, with `keys` and `tracks`. What is read: `window`.
//! 2. `containers` and `media`: what holds a track, and what manifests say of it.
//! 3. `plan`: the plan as data.
//! 4. Who makes it: `planning`. Who reads it: `signals`, `counters`, `render`, then `manifests`, then `preview`.

mod containers;
mod counters;
mod keys;
mod manifests;
mod media;
mod options;
mod plan;
mod planning;
mod preview;
mod render;
mod signals;
mod tracks;
mod window;

pub use counters::CounterRange;
pub use keys::PlannedKey;
pub use options::{
    Bounds, Filter, GivenKey, HlsAudio, HlsFormat, HlsMethod, KeyPlace, Lengths, Options, PixelLimits, SegmentNames,
    Sheets, Target, TrackSettings, pair,
};
pub use plan::{OutputId, Plan, Step, TrackSummary};
pub use render::{Fact, Part, Rendered};
pub use window::Window;
