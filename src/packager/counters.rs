//! Which counters of AES-CTR a plan uses: a host that runs many jobs sees to it that none is used twice.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::plan::{Plan, PlannedTrack};
use crate::cenc::Scheme;
use crate::demux::Track;
use crate::keys::KeyId;

/// The IVs that a track takes under one key: as many as it has samples, each one more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterRange {
    /// The key's id.
    pub kid: KeyId,
    /// The first sample's IV; after the last of 64 bits comes 0.
    pub first: u64,
    /// The number of samples.
    pub count: u64,
    /// Tells tracks apart by the sizes and durations of their samples: the same samples may be encrypted with
    /// the same IVs again.
    pub content: u64,
}

impl Plan {
    /// The IVs that the job takes under AES-CTR; none under AES-CBC, whose IVs may come again.
    pub fn counters(&self) -> Vec<CounterRange> {
        if !self.schemes().any(|(_, scheme)| matches!(scheme, Some(Scheme::Cenc | Scheme::Cens))) {
            return Vec::new();
        }
        let ranges = self.tracks.iter().flat_map(|planned| self.counters_of(planned));
        ranges.collect()
    }

    fn counters_of(&self, planned: &PlannedTrack) -> Vec<CounterRange> {
        let track = &planned.source;
        let (first, count, content) = (planned.first_iv, track.samples.len() as u64, content(track));
        let mut kids: Vec<KeyId> = planned.keys.iter().flatten().map(|&key| self.pair(key).kid).collect();
        kids.dedup();
        kids.into_iter().map(|kid| CounterRange { kid, first, count, content }).collect()
    }
}

fn content(track: &Track) -> u64 {
    let mut hasher = DefaultHasher::new();
    for sample in &track.samples {
        (sample.size, sample.duration).hash(&mut hasher);
    }
    hasher.finish()
}
