//! ClearKey: the key system that every browser with EME has (Encrypted Media Extensions, clause 9.1).
//!
//! In DASH it is DASH-IF's descriptor, in HLS the `identity` key. A `pssh` of its own there is none: the
//! [common](super::common) one serves.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{
    About, Content, Descriptor, DrmSystem, Element, GivenPssh, HlsKey, SystemSignal, check_absolute_url, check_template,
};
use crate::error::Result;
use crate::keys::{KeyId, KeyPair};
use crate::options::options;
use crate::options::read::{Reader, text};

/// `e2719d58-a985-b3c9-781a-b030af78d30e`, DASH-IF's id for ClearKey in an MPD.
pub const ID: [u8; 16] = 0xe271_9d58_a985_b3c9_781a_b030_af78_d30e_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About { key_format: Some(KEY_FORMAT), ..About::new("ClearKey", &[ID]) };

const KEY_FORMAT: &str = "identity";

options! {
    /// How ClearKey is signalled.
    pub struct Settings = "ClearKeyOptions" {
        /// Where licenses are fetched (`dashif:Laurl` in the MPD); without it the player is given the key.
        pub license_url: Option<String> = "licenseUrl", text().optional(), { label: "License address" };
        /// The URI of the `identity` key in HLS playlists; by default a name of the key id that no client can fetch a
        /// key from.
        pub hls_key_uri: Option<String> = "hlsKeyUri", text().optional();
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
                uri: uri.unwrap_or_else(|| format!("data:text/plain;charset=UTF-16;kid,{}", kid.to_hex())),
                key_format: KEY_FORMAT,
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
