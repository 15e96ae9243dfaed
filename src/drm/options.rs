//! What of the façade's `DrmOptions` isn't a system's own.

use super::given_pssh::pssh_of_any;
use super::{GivenPssh, ServerSignal};
use crate::error::Result;
use crate::keys::{self, KeyId};
use crate::options::read::{Reader, parsed, text};
use crate::options::{At, Shape, Value, options, words};

/// A shape of which nothing is given.
pub(super) fn defaults<S: Shape>() -> S {
    S::read(&Value::Object(Vec::new()), At::ROOT).expect("nothing of a DRM system's options must be given")
}

words! {
    /// Where `pssh` boxes go. HLS playlists hold them in any case: a key of a system is nothing without.
    pub enum Placement = "PsshPlacement" {
        /// Into init segments only.
        Moov = "moov",
        /// Into the MPD only, as DASH-IF IOP part 6 recommends.
        Mpd = "mpd",
        /// Into both, so that every player finds them.
        Both = "both",
    }
}

options! {
    /// A `pssh` of one key.
    pub struct PsshOfKey = "PsshOfKey" {
        /// The key's id.
        pub kid: KeyId = "kid", parsed("KID", "cbbc38b6b50dab53f8263e06b7382aa3", KeyId::parse).pattern(keys::PATTERN);
        /// Its boxes or data.
        pub pssh: Vec<GivenPssh> = "pssh", pssh_of_any();
    }
}

impl PsshOfKey {
    /// The boxes, for this key where they don't say whose they are.
    pub(super) fn boxes(self) -> Result<Vec<GivenPssh>> {
        Ok(self.pssh.into_iter().map(|given| given.for_key(self.kid)).collect())
    }
}

options! {
    /// What clients of a DRM system are to be told of one key, as CPIX says it.
    pub struct Signal = "DrmSignal" {
        /// The system's UUID.
        pub system_id: KeyId = "systemId", parsed("UUID", "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", KeyId::parse).pattern(keys::PATTERN);
        /// The key's id.
        pub kid: KeyId = "kid", parsed("KID", "cbbc38b6b50dab53f8263e06b7382aa3", KeyId::parse).pattern(keys::PATTERN);
        /// XML for the system's descriptor in the MPD: elements side by side.
        pub content_protection: Option<String> = "contentProtection", text().optional();
        /// Lines for media playlists (`#EXT-X-KEY:`).
        pub hls_media: Option<String> = "hlsMedia", text().optional();
        /// Lines for the multivariant playlist (`#EXT-X-SESSION-KEY:`).
        pub hls_multivariant: Option<String> = "hlsMultivariant", text().optional();
        /// The key's URI in playlists, for FairPlay and for HLS keys of no system.
        pub key_uri: Option<String> = "keyUri", text().optional();
        /// `KEYFORMAT` beside it.
        pub key_format: Option<String> = "keyFormat", text().optional();
    }
}

impl Signal {
    /// Checks it.
    pub(super) fn read(self) -> Result<ServerSignal> {
        let mut signal = ServerSignal::new(self.system_id.0, self.kid);
        if let Some(xml) = &self.content_protection {
            signal.set_content_protection(xml)?;
        }
        if let Some(lines) = &self.hls_media {
            signal.set_hls_media(lines)?;
        }
        if let Some(lines) = &self.hls_multivariant {
            signal.set_hls_multivariant(lines)?;
        }
        if let Some(uri) = &self.key_uri {
            signal.set_key_uri(uri, self.key_format.as_deref())?;
        }
        Ok(signal)
    }
}
