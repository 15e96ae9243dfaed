//! WisePlay, which is ChinaDRM on Huawei's devices.
//!
//! No document of its data is public. What is written here follows boxes that are in the field (three of
//! them are in the tests of the crate `pssh-box`): a JSON object with the key ids, the content id and the
//! scheme. A license service that wants more gives its own data.

use super::given_pssh::pssh_of;
use super::{About, Content, Descriptor, DrmSystem, Element, GivenPssh, HlsKey, SystemSignal};
use crate::error::Result;
use crate::mp4::pssh::Pssh;
use crate::options::options;
use crate::options::read::Reader;
use base64ct::{Base64, Encoding};

/// `3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c`.
pub const ID: [u8; 16] = 0x3d5e_6d35_9b9a_41e8_b843_dd3c_6e72_c42c_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About { key_format: Some(KEY_FORMAT), ..About::new("WisePlay", &[ID]) };

const KEY_FORMAT: &str = "urn:uuid:3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c";

options! {
    /// How WisePlay is signalled.
    pub struct Settings = "WisePlayOptions" {
        /// Data to use in place of what would be made.
        pub pssh: Option<Vec<GivenPssh>> = "pssh", pssh_of(|text| GivenPssh::parse(text, Some(ID))).optional();
    }
}

impl DrmSystem for Settings {
    fn pssh(&self) -> &[GivenPssh] {
        self.pssh.as_deref().unwrap_or_default()
    }

    fn signal(&self, content_id: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let make = || Pssh { system_id: ID, kids: Vec::new(), data: data(content_id, content) }.to_bytes();
        let pssh = GivenPssh::or_made(given, make);
        let elements = pssh.iter().cloned().map(Element::Pssh).collect();
        let key = HlsKey::of_pssh(&pssh[0], KEY_FORMAT, content.first_kid());
        Ok(SystemSignal {
            pssh,
            descriptor: Some(Descriptor { system_id: ID, value: None, elements }),
            hls_key: Some(key.clone()),
            hls_session_key: Some(key),
            ..SystemSignal::default()
        })
    }
}

fn data(content_id: Option<&str>, content: &Content<'_>) -> Vec<u8> {
    let kids: Vec<String> = content.kids().iter().map(|kid| format!("\"{}\"", Base64::encode_string(&kid.0))).collect();
    let content_id =
        content_id.map(|id| format!("\"contentID\":\"{}\",", Base64::encode_string(id.as_bytes()))).unwrap_or_default();
    format!(r#"{{"version":"V1.0","kids":[{}],{content_id}"enschema":"{}"}}"#, kids.join(","), content.scheme)
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cenc::Scheme;
    use crate::keys::{ContentKey, KeyId, KeyPair};

    #[test]
    fn a_box_from_the_field() {
        // The first sample in the tests of `pssh-box` 0.2.5 (tests/parsing.rs).
        let kid = KeyId::parse("mZCiZoD5PgmlWr81pw2AZQ==").unwrap();
        let keys = [KeyPair { kid, key: ContentKey::new([0; 16]) }];
        let content =
            Content { scheme: Scheme::Cenc, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls: true };
        let pssh =
            &Settings::default().signal(Some(r#"{"assetId":"tvmedia-20318567"}"#), &[], &content).unwrap().pssh[0];
        assert_eq!(
            Base64::encode_string(pssh),
            "AAAAn3Bzc2gAAAAAPV5tNZuaQei4Q908bnLELAAAAH97InZlcnNpb24iOiJWMS4wIiwia2lkcyI6WyJtWkNpWm9ENVBnbWxXcjgxcHcyQVpRPT0iXSwiY29udGVudElEIjoiZXlKaGMzTmxkRWxrSWpvaWRIWnRaV1JwWVMweU1ETXhPRFUyTnlKOSIsImVuc2NoZW1hIjoiY2VuYyJ9"
        );
    }
}
