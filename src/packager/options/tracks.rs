//! What the user says of tracks.

use crate::demux::{Kind, Role};
use crate::options::options;
use crate::options::read::{Reader, flag, list, text, whole, word};

options! {
    /// What is said of tracks, in place of what their input says.
    #[derive(PartialEq, Eq)]
    pub struct TrackSettings = "TrackSettings" {
        /// The index of the input, from 0.
        pub input: usize = "input", whole(0, u32::MAX);
        /// Which of its tracks are meant; by default sound and text, or pictures where there is nothing else.
        pub kind: Option<Kind> = "kind", word().optional();
        /// The language tag of BCP 47, as `pt-BR`; `und` for none.
        pub language: Option<String> = "language", text().optional();
        /// A name for people: `Label` in the MPD, `NAME` in playlists.
        pub label: Option<String> = "label", text().optional();
        /// What they are for. A description for who doesn't see, or captions for who doesn't hear, are signalled as
        /// such.
        pub roles: Option<Vec<Role>> = "roles", list(word()).optional();
        /// Whether they are text that is shown where no other text is chosen.
        pub is_forced: Option<bool> = "forced", flag().optional();
    }
}
