//! What the user says of tracks.

use crate::demux::{FrameRate, Kind, Role};
use crate::options::options;
use crate::options::read::{Reader, flag, list, parsed, text, whole, word};

options! {
    /// What is said of tracks, in place of what their input says.
    #[derive(PartialEq, Eq)]
    pub struct TrackSettings = "TrackSettings" {
        /// The index of the input, from 0.
        pub input: usize = "input", whole(0, u32::MAX);
        /// Which of its tracks are meant; by default sound and text, or pictures where there is nothing else.
        pub kind: Option<Kind> = "kind", word().optional();
        /// Which one of these, from 0; by default all.
        pub number: Option<usize> = "number", whole(0, u32::MAX).optional();
        /// Whether they are packaged: of two pictures in a file the one that is wanted.
        pub is_used: Option<bool> = "use", flag().optional();
        /// Pictures a second of raw H.264 or HEVC, which doesn't state times: as `25`, `23.976` or `30000/1001`.
        pub frame_rate: Option<FrameRate> = "frameRate",
            parsed("a frame rate", "30000/1001", FrameRate::parse).optional();
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
