//! What DRM systems want beside the encryption: the data in their `pssh` boxes, and what manifests say.
//!
//! A file a system. Each makes one [`SystemSignal`] of the keys of a track; [`Settings::signals`] puts
//! them together. What is made, and what has to be given:
//!
//! | system | `pssh` data | MPD | HLS |
//! |---|---|---|---|
//! | [`common`] | none: the box lists key ids | `cenc:pssh`, where asked for or with ClearKey | – |
//! | [`clearkey`] | – | `dashif:Laurl` | `identity` |
//! | [`widevine`] | made | `cenc:pssh`, `dashif:Laurl` | made |
//! | [`playready`] | made | `cenc:pssh`, `mspr:pro`, `dashif:Laurl` | made |
//! | [`fairplay`] | none; a box of key ids where asked for | the descriptor alone | made |
//! | [`wiseplay`] | made after samples, since no document is public | `cenc:pssh` | made |
//! | [`marlin`] | given | `mas:MarlinContentIds` | – |
//! | [`primetime`] | given | `cenc:pssh` | – |
//! | any other | given | `cenc:pssh` | – |
//!
//! Data that was given (by the user, or by a key server) wins over data that would be made.
//! No content key is in any of it; PlayReady's checksum is all that one is needed for.

pub mod clearkey;
pub mod common;
pub mod fairplay;
mod given;
pub mod marlin;
pub mod playready;
pub mod primetime;
mod settings;
mod signal;
mod system;
mod told;
pub mod widevine;
pub mod wiseplay;

pub use given::GivenPssh;
pub use settings::{Placement, Settings};
pub use signal::{Descriptor, Element, HlsKey, SystemSignal};
pub use system::System;
pub use told::Told;

use crate::cenc::{Mode, Scheme};
use crate::error::{Code, Error, Result};
use crate::keys::{KeyId, KeyPair};

/// What the systems are told of.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The protection scheme.
    pub scheme: Scheme,
    /// The keys that one license has to hold: a track's key, or those of a crypto period. At least one.
    pub keys: &'a [KeyPair],
    /// All keys of the presentation, these among them.
    pub all_keys: &'a [KeyPair],
    /// Which crypto period it is, where keys rotate.
    pub crypto_period_index: Option<u32>,
    /// Whether HLS playlists are written: FairPlay reads nothing else.
    pub in_hls: bool,
}

impl Content<'_> {
    /// The key ids.
    fn kids(&self) -> Vec<KeyId> {
        self.keys.iter().map(|key| key.kid).collect()
    }

    /// The key id that stands in `tenc`.
    fn first_kid(&self) -> KeyId {
        self.keys.first().expect("content has a key").kid
    }

    /// Whether the scheme is one of AES-CBC rather than AES-CTR.
    fn is_cbc(&self) -> bool {
        self.scheme.mode() == Mode::Cbc
    }
}

/// Text that is an absolute URL as far as a packager has to know: a scheme, `://` and no blank.
fn check_absolute_url(url: &str, option: &'static str) -> Result<()> {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let is_absolute = url.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    if is_absolute && !url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Ok(());
    }
    Err(Error::new(Code::OptionInvalid, format!("{url:?} is no absolute URL")).option(option))
}

/// The key of the published vectors: the README of PallyCon's (now DoveRunner's) CPIX client has its key
/// id, key, PlayReady checksum and Widevine box.
#[cfg(test)]
fn published_key() -> KeyPair {
    KeyPair::parse("cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e").expect("a key")
}
