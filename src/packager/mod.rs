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

mod counters;
mod keys;
mod manifests;
mod named;
mod options;
mod plan;
mod render;
mod sets;
mod signals;
mod text;
mod tracks;
mod transport;
mod window;

pub use counters::CounterRange;
pub use keys::{Bounds, Filter, GivenKey, PixelLimits, PlannedKey};
pub use options::{HlsAudio, HlsFormat, KeyPlace, Options, Target};
pub use plan::{OutputId, Plan, Step, TrackSummary};
pub use render::{Fact, Part, Rendered};
pub use tracks::TrackSettings;
pub use window::Window;
