//! What DRM systems want beside the encryption: the data in their `pssh` boxes, and what manifests say.
//!
//! A file a system: it says what the system is called, which ids and schemes it has, what it may be told, and makes a
//! [`SystemSignal`] of the keys of a track. To add one, write its file and add its lines to the two lists below;
//! everything else, the faces among it, reads the list. [`Settings::signals`] puts the signals together. What is made,
//! and what has to be given:
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
mod given_pssh;
mod identity;
pub mod irdeto;
pub mod marlin;
mod options;
pub mod playready;
pub mod primetime;
mod server_signal;
mod settings;
mod signal;
mod system;
pub mod widevine;
pub mod wiseplay;

pub use given_pssh::GivenPssh;
pub use identity::{IDENTITY_KEYS, IdentityKeys, KEYS_AS_URIS, is_identity};
pub use options::{Placement, PsshOfKey, Signal};
pub use server_signal::ServerSignal;
pub use settings::Settings;
pub use signal::{Descriptor, Element, HlsKey, Namespace, OwnContent, OwnElement, SystemSignal};
pub use system::{About, Asked, DataForm, DrmSystem};

use given_pssh::pssh_of_any;

use crate::cenc::{Mode, Scheme};
use crate::error::{Code, Error, Result};
use crate::keys::{KeyId, KeyPair};
use crate::options::read::{Reader, list, object, text, text_or, word};
use crate::options::{Given, options};

// In the order in which manifests list them.
system::systems! {
    /// Widevine, Google's.
    Widevine = "widevine" in widevine,
    /// PlayReady, Microsoft's.
    PlayReady = "playready" in playready,
    /// FairPlay, Apple's.
    FairPlay = "fairplay" in fairplay,
    /// WisePlay, Huawei's.
    WisePlay = "wiseplay" in wiseplay,
    /// Marlin, Intertrust's.
    Marlin = "marlin" in marlin,
    /// Primetime, Adobe's, whose data must be given.
    Primetime = "primetime" in primetime,
    /// Irdeto Control, whose data must be given.
    Irdeto = "irdeto" in irdeto,
    /// ClearKey: keys in the clear, as every browser takes them.
    ClearKey = "clearkey" in clearkey,
    /// The W3C common system in the MPD: key ids for whichever system. Its box is in every file, unless `psshPlacement`
    /// keeps boxes out.
    Common = "common" in common,
}

impl System {
    /// The system of this name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|system| system.as_str() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|system| system.as_str()).collect();
            let message = message!("{text:?} is not a DRM system; known are {known}", text, known = known.join(", "));
            Error::new(Code::OptionInvalid, message).option("drm")
        })
    }

    /// The system that has this id.
    pub fn of_id(id: &[u8; 16]) -> Option<Self> {
        Self::ALL.iter().copied().find(|system| system.about().ids.contains(id))
    }
}

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
pub fn check_absolute_url(url: &str, option: &'static str) -> Result<()> {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let is_absolute = url.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    if is_absolute && !url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Ok(());
    }
    Err(Error::new(Code::OptionInvalid, message!("{url:?} is not an absolute URL", url)).option(option))
}

/// Refuses what stands in braces in a template of a URI and isn't replaced: it would be written as it is.
pub fn check_template(template: &str, known: &[&str], option: &'static str) -> Result<()> {
    let mut rest = template;
    while let Some((_, behind)) = rest.split_once('{') {
        let Some((word, after)) = behind.split_once('}') else { break };
        if !known.contains(&word) {
            let braced = |word: &&str| format!("{{{word}}}");
            let known: Vec<String> = known.iter().map(braced).collect();
            let message = message!(
                "{word} stands for nothing; known are {known}",
                word = braced(&word),
                known = known.join(", ")
            );
            return Err(Error::new(Code::OptionInvalid, message).option(option));
        }
        rest = after;
    }
    Ok(())
}

/// The key of the published vectors: the README of PallyCon's (now DoveRunner's) CPIX client has its key
/// id, key, PlayReady checksum and Widevine box.
#[cfg(test)]
fn published_key() -> KeyPair {
    KeyPair::parse("cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e").expect("a key")
}
