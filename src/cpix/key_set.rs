//! What a key server's answer comes down to, whatever its format was.

use super::{AudioFilter, BitrateFilter, System, VideoFilter};
use crate::keys::KeyPair;

/// Content keys with the tracks that they are for, and what DRM systems want signalled.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// The content id that the keys belong to.
    pub content_id: Option<String>,
    /// The keys.
    pub keys: Vec<TrackKey>,
    /// What DRM systems want; joined to keys by their ids.
    pub systems: Vec<System>,
}

/// A content key with the tracks that it is for.
#[derive(Debug, Clone)]
pub struct TrackKey {
    /// The label, as in `HD` or `AUDIO`; `None` for a key of all tracks.
    pub label: Option<String>,
    /// The crypto period, from 0; 0 where there is but one.
    pub period: usize,
    /// The key with its id.
    pub pair: KeyPair,
    /// The IV that the server wants. For the constant IV of `cbcs` and HLS only: in counter mode one IV
    /// for all tracks would encrypt twice with the same stream.
    pub iv: Option<[u8; 16]>,
    /// The scheme that the server made the key for, in lower case.
    pub scheme: Option<String>,
    /// Pictures that it is for.
    pub video: Vec<VideoFilter>,
    /// Sound that it is for.
    pub audio: Vec<AudioFilter>,
    /// Bit rates that it is for.
    pub bitrate: Vec<BitrateFilter>,
    /// Labels of which a track has to have one, besides.
    pub labels: Vec<String>,
}

impl KeySet {
    /// The systems' data for one key.
    pub fn systems_of<'a>(&'a self, key: &'a TrackKey) -> impl Iterator<Item = &'a System> {
        self.systems.iter().filter(|system| system.kid == key.pair.kid)
    }
}

impl TrackKey {
    /// A key of all tracks.
    pub fn of_all_tracks(pair: KeyPair) -> Self {
        Self {
            label: None,
            period: 0,
            pair,
            iv: None,
            scheme: None,
            video: Vec::new(),
            audio: Vec::new(),
            bitrate: Vec::new(),
            labels: Vec::new(),
        }
    }
}
