//! How bad what a verification finds is.

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something that could not be checked.
    Note,
    /// Clients differ on it, or it is against good practice.
    Warning,
    /// A fault: the presentation is not what it says, or doesn't play.
    Error,
}
