//! ClearKey: the key system that every browser with EME has (Encrypted Media Extensions, clause 9.1).
//!
//! In DASH it is DASH-IF's descriptor, in HLS the `identity` key or, for players that ask for a license, one of the
//! key system's name. A `pssh` of its own there is none: the
//! [common](super::common) one serves.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use super::{
    About, Content, Descriptor, DrmSystem, Element, GivenPssh, HlsKey, SystemSignal, check_absolute_url, check_template,
};
use crate::error::Result;
use crate::keys::{KeyId, KeyPair};
use crate::options::read::{Reader, text, word};
use crate::options::{Given, options, words};

/// `e2719d58-a985-b3c9-781a-b030af78d30e`, DASH-IF's id for ClearKey in an MPD.
pub const ID: [u8; 16] = 0xe271_9d58_a985_b3c9_781a_b030_af78_d30e_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About { key_format: Some(KEY_FORMAT), ..About::new("ClearKey", &[ID]) };

const KEY_FORMAT: &str = "identity";

words! {
    /// The `KEYFORMAT` of a ClearKey line in playlists of fragmented MP4. No player reads both.
    pub enum KeyFormat = "ClearKeyHlsFormat" {
        /// A key of no DRM system (RFC 8216, section 4.3.2.4): for Shaka Player, which is given the key.
        Identity = "identity",
        /// The key system of Encrypted Media Extensions: for hls.js, which asks for a license then. It takes
        /// `identity` for keys of MPEG-TS.
        KeySystem = "org.w3.clearkey",
    }
}

options! {
    /// How ClearKey is signalled.
    pub struct Settings = "ClearKeyOptions" {
        /// Where licenses are fetched (`dashif:Laurl` in the MPD); without it the player is given the key.
        pub license_url: Option<String> = "licenseUrl", text().optional(), { label: "License address" };
        /// The URI of the ClearKey line in HLS playlists; by default the key id in a form that no client can fetch a key
        /// from.
        pub hls_key_uri: Option<String> = "hlsKeyUri", text().optional();
        /// Which players the ClearKey line in HLS playlists is for, as its `KEYFORMAT`; `identity` by default.
        pub hls_key_format: KeyFormat = "hlsKeyFormat", word().or(Given::Text("identity")), {
            flag: "hls-key-format NAME",
            help: "whom ClearKey's line in playlists is for: identity, for Shaka Player, or org.w3.clearkey, for hls.js",
            group: "HLS",
            label: "ClearKey in playlists",
        };
    }
}

impl Settings {
    /// What players take the key id from: hls.js wants its 16 bytes.
    fn kid_uri(&self, kid: KeyId) -> String {
        match self.hls_key_format {
            KeyFormat::Identity => format!("data:text/plain;charset=UTF-16;kid,{}", kid.to_hex()),
            KeyFormat::KeySystem => {
                format!("data:application/octet-stream;base64,{}", Base64::encode_string(&kid.0))
            }
        }
    }
}

impl DrmSystem for Settings {
    fn signal(&self, _: Option<&str>, _: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let kid = content.first_kid();
        if let Some(url) = &self.license_url {
            check_absolute_url(url, "drm.clearkey.licenseUrl")?;
        }
        if let Some(uri) = &self.hls_key_uri {
            check_template(uri, &["kid", "uuid"], "drm.clearkey.hlsKeyUri")?;
        }
        let uri = self.hls_key_uri.clone();
        Ok(SystemSignal {
            pssh: Vec::new(),
            descriptor: Some(Descriptor {
                system_id: ID,
                value: Some("ClearKey1.0"),
                elements: self.license_url.iter().cloned().map(Element::LicenseUrl).collect(),
            }),
            hls_key: Some(HlsKey {
                uri: uri.unwrap_or_else(|| self.kid_uri(kid)),
                key_format: self.hls_key_format.as_str(),
                key_id: None,
            }),
            // None in the multivariant playlist: hls.js with EME switched on looks there for key systems, and
            // gives up where it finds formats of none.
            hls_session_key: None,
            ..SystemSignal::default()
        })
    }
}

/// The license that a ClearKey server answers with: a JWK Set (clause 9.1.4). Holds the keys.
pub fn license(keys: &[KeyPair]) -> String {
    let jwk = |pair: &KeyPair| {
        let (key, kid) = (Base64UrlUnpadded::encode_string(pair.key.expose()), base64url(pair.kid));
        format!(r#"{{"kty":"oct","k":"{key}","kid":"{kid}"}}"#)
    };
    format!(r#"{{"keys":[{}],"type":"temporary"}}"#, keys.iter().map(jwk).collect::<Vec<_>>().join(","))
}

/// The request that a client sends for these keys (clause 9.1.3).
pub fn license_request(kids: &[KeyId]) -> String {
    let kids: Vec<String> = kids.iter().map(|kid| format!("\"{}\"", base64url(*kid))).collect();
    format!(r#"{{"kids":[{}],"type":"temporary"}}"#, kids.join(","))
}

fn base64url(kid: KeyId) -> String {
    Base64UrlUnpadded::encode_string(&kid.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cenc::Scheme;
    use crate::options::{At, Shape};

    #[test]
    fn the_line_in_playlists_is_for_the_players_of_its_format() {
        let keys = [KeyPair::parse("00112233445566778899aabbccddeeff:ffeeddccbbaa99887766554433221100").unwrap()];
        let content =
            Content { scheme: Scheme::Cbcs, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls: true };
        let line = |json: &str| {
            let given = serde_json::from_str(json).unwrap();
            let settings = <Settings as Shape>::read(&given, At::ROOT).unwrap();
            let key = settings.signal(None, &[], &content).unwrap().hls_key.unwrap();
            (key.key_format, key.uri)
        };
        let kid = "data:text/plain;charset=UTF-16;kid,00112233445566778899aabbccddeeff".to_owned();
        assert_eq!(line("{}"), ("identity", kid.clone()));
        assert_eq!(line(r#"{"hlsKeyFormat":"identity"}"#), ("identity", kid));
        // Base64. cspell:ignore Imaq
        let bytes = "data:application/octet-stream;base64,ABEiM0RVZneImaq7zN3u/w==".to_owned();
        assert_eq!(line(r#"{"hlsKeyFormat":"org.w3.clearkey"}"#), ("org.w3.clearkey", bytes));
    }

    #[test]
    fn the_license_and_request_of_the_w3c_examples() {
        // Encrypted Media Extensions, clauses 9.1.3 and 9.1.4: an id and the key that the examples give it.
        let pair = KeyPair::parse("LwVHf8JLtPrv2GUXFW2v_A:tQ0bJVWb6b0KPL6KtZIy_A").unwrap();
        assert_eq!(license_request(&[pair.kid]), r#"{"kids":["LwVHf8JLtPrv2GUXFW2v_A"],"type":"temporary"}"#);
        assert_eq!(
            license(&[pair]),
            r#"{"keys":[{"kty":"oct","k":"tQ0bJVWb6b0KPL6KtZIy_A","kid":"LwVHf8JLtPrv2GUXFW2v_A"}],"type":"temporary"}"#
        );
    }
}
