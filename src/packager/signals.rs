//! What the clients of DRM systems are told of a track's keys.

use super::options::Target;
use super::plan::Plan;
use super::sets::Set;
use crate::drm::{Content, SystemSignal};
use crate::error::Result;
use crate::keys::KeyPair;

/// Keys of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Those of all its crypto periods, for init segments and MPDs.
    All,
    /// That of one, for movie fragments and playlists.
    OfPeriod(usize),
}

impl Plan {
    /// What they are told in the files of a target. `track_keys` are the keys of a track by crypto period.
    pub(super) fn signals(&self, set: &Set, track_keys: &[usize], which: Keys) -> Vec<SystemSignal> {
        self.try_signals(set, track_keys, which).expect("the plan was checked when it was made")
    }

    /// Makes each signal once, so that what can't be signalled is found before anything is written.
    pub(super) fn check_signals(&self) -> Result<()> {
        for set in &self.sets {
            for keys in self.tracks.iter().filter_map(|track| track.keys.as_deref()) {
                self.try_signals(set, keys, Keys::All)?;
                (0..keys.len()).try_for_each(|period| self.try_signals(set, keys, Keys::OfPeriod(period)).map(drop))?;
            }
        }
        Ok(())
    }

    fn try_signals(&self, set: &Set, track_keys: &[usize], which: Keys) -> Result<Vec<SystemSignal>> {
        let Some(protection) = &set.protection else { return Ok(Vec::new()) };
        let rotates = track_keys.len() > 1;
        let (keys, crypto_period_index) = match which {
            Keys::All => (track_keys, None),
            Keys::OfPeriod(period) => {
                (&track_keys[period..=period], rotates.then(|| u32::try_from(period).unwrap_or(u32::MAX)))
            }
        };
        self.options.drm.signals(&Content {
            scheme: protection.scheme,
            keys: &self.pairs(keys),
            all_keys: &self.pairs(&(0..self.keys.len()).collect::<Vec<_>>()),
            crypto_period_index,
            in_hls: set.target != Target::Dash,
        })
    }

    /// The keys at these indices, each id once.
    fn pairs(&self, keys: &[usize]) -> Vec<KeyPair> {
        let mut pairs: Vec<KeyPair> = Vec::new();
        for pair in keys.iter().map(|&key| &self.keys[key].pair) {
            if pairs.iter().all(|known| known.kid != pair.kid) {
                pairs.push(pair.clone());
            }
        }
        pairs
    }
}
