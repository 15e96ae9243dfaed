//! Content keys as a plan has them.

use crate::keys::KeyPair;

/// A key of the plan, with what it was made for.
#[derive(Debug, Clone)]
pub struct PlannedKey {
    /// The label; `None` for a key of all tracks.
    pub label: Option<String>,
    /// The crypto period from 0.
    pub period: usize,
    /// The key with its id.
    pub pair: KeyPair,
    /// Whether it was made for this job.
    pub generated: bool,
}
