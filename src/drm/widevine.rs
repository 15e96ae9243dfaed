//! Widevine: the `WidevinePsshData` message of `widevine_pssh_data.proto`, written by hand (it is six
//! fields), and its key in HLS.

use super::given_pssh::pssh_of;
use super::{About, Asked, Content, DataForm, Descriptor, DrmSystem, Element, GivenPssh, HlsKey, SystemSignal};
use crate::error::Result;
use crate::keys::KeyId;
use crate::mp4::pssh::Pssh;
use crate::options::read::{Reader, flag, text};
use crate::options::{Given, options};

/// `edef8ba9-79d6-4ace-a3c8-27dcd51d21ed`.
pub const ID: [u8; 16] = 0xedef_8ba9_79d6_4ace_a3c8_27dc_d51d_21ed_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About {
    key_format: Some(KEY_FORMAT),
    data: Some(DataForm { is: |data| key_ids(data).is_some(), key_ids: |data| key_ids(data).unwrap_or_default() }),
    asked: &[Asked::Pssh, Asked::ContentProtection, Asked::Playlists],
    ..About::new("Widevine", &[ID])
};

const KEY_FORMAT: &str = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";

options! {
    /// How Widevine is signalled.
    pub struct Settings = "WidevineOptions" {
        /// The content provider's name at the license service.
        pub provider: Option<String> = "provider", text().optional(),
            {
                flag: "widevine-provider NAME",
                help: "the content provider's name at the license service",
                group: "DRM",
                label: "Provider",
            };
        /// Where licenses are fetched (`dashif:Laurl` in the MPD); clients are mostly told by the page.
        pub license_url: Option<String> = "licenseUrl", text().optional(), { label: "License address" };
        /// `false` leaves the scheme out of the data (`protection_scheme`) for `cenc`, which clients take it for then;
        /// `true` by default.
        pub protection_scheme: bool = "protectionScheme", flag().or(Given::Flag(true));
        /// `true` writes the deprecated `algorithm`, with the value for AES-CTR, for clients of before 2016. It means
        /// nothing to clients that know `protection_scheme`.
        pub algorithm: bool = "algorithm", flag();
        /// Data to use in place of what would be made.
        pub pssh: Option<Vec<GivenPssh>> = "pssh", pssh_of(|text| GivenPssh::parse(text, Some(ID))).optional();
    }
}

impl DrmSystem for Settings {
    fn pssh(&self) -> &[GivenPssh] {
        self.pssh.as_deref().unwrap_or_default()
    }

    fn signal(&self, content_id: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let make = || Pssh { system_id: ID, kids: Vec::new(), data: data(self, content_id, content) }.to_bytes();
        let pssh = GivenPssh::or_made(given, make);
        let mut elements: Vec<Element> = pssh.iter().cloned().map(Element::Pssh).collect();
        elements.extend(self.license_url.iter().cloned().map(Element::LicenseUrl));
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

/// The message. The box around it is of version 0, which all clients read.
pub fn data(settings: &Settings, content_id: Option<&str>, content: &Content<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    if settings.algorithm && !content.is_cbc() {
        put_number(&mut out, 1, 1); // Algorithm.AESCTR
    }
    for kid in content.kids() {
        put_bytes(&mut out, 2, &kid.0);
    }
    if let Some(provider) = &settings.provider {
        put_bytes(&mut out, 3, provider.as_bytes());
    }
    if let Some(content_id) = content_id {
        put_bytes(&mut out, 4, content_id.as_bytes());
    }
    if let Some(index) = content.crypto_period_index {
        put_number(&mut out, 7, index);
    }
    if settings.protection_scheme || content.scheme.as_str() != "cenc" {
        put_number(&mut out, 9, u32::from_be_bytes(content.scheme.fourcc()));
    }
    out
}

/// The key ids in a message; `None` if these bytes are no such message.
fn key_ids(mut data: &[u8]) -> Option<Vec<KeyId>> {
    let mut kids = Vec::new();
    let mut has_content = false;
    while !data.is_empty() {
        let tag = take_varint(&mut data)?;
        match (tag >> 3, tag & 7) {
            (1..=32, 0) => drop(take_varint(&mut data)?),
            (number @ 1..=32, 2) => {
                let size = usize::try_from(take_varint(&mut data)?).ok()?;
                let (field, rest) = data.split_at_checked(size)?;
                data = rest;
                has_content |= number == 4 && !field.is_empty();
                if let (2, Ok(kid)) = (number, field.try_into()) {
                    kids.push(KeyId(kid));
                }
            }
            _ => return None,
        }
    }
    (has_content || !kids.is_empty()).then_some(kids)
}

/// Protocol buffers' wire type 0.
fn put_number(out: &mut Vec<u8>, field: u8, value: u32) {
    out.push(field << 3);
    put_varint(out, u64::from(value));
}

/// Protocol buffers' wire type 2.
fn put_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn take_varint(data: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = data.split_first()?;
        *data = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding};

    use super::*;
    use crate::cenc::Scheme;
    use crate::drm::published_key;
    use crate::keys::KeyPair;

    fn content(scheme: Scheme, keys: &[KeyPair]) -> Content<'_> {
        Content { scheme, keys, all_keys: keys, crypto_period_index: None, in_hls: true }
    }

    fn pssh(settings: &Settings, content_id: Option<&str>, content: &Content<'_>) -> String {
        Base64::encode_string(&settings.signal(content_id, &[], content).unwrap().pssh[0])
    }

    #[test]
    fn the_published_box_of_a_provider() {
        // PallyCon's CPIX client, README: the algorithm of old, provider, content id and no scheme.
        let settings = Settings {
            provider: Some("inkaentworks".into()),
            protection_scheme: false,
            algorithm: true,
            ..Settings::default()
        };
        assert_eq!(
            pssh(&settings, Some("demotest"), &content(Scheme::Cenc, &[published_key()])),
            "AAAATHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAACwIARIQy7w4trUNq1P4Jj4GtzgqoxoMaW5rYWVudHdvcmtzIghkZW1vdGVzdA=="
        );
    }

    #[test]
    fn the_boxes_of_shaka_packager() {
        // `--protection_systems Widevine` with a raw key, version 3.4.2.
        let keys = [published_key()];
        assert_eq!(
            pssh(&Settings::default(), None, &content(Scheme::Cenc, &keys)),
            "AAAAOHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAABgSEMu8OLa1DatT+CY+Brc4KqNI49yVmwY="
        );
        assert_eq!(
            pssh(&Settings::default(), None, &content(Scheme::Cbcs, &keys)),
            "AAAAOHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAABgSEMu8OLa1DatT+CY+Brc4KqNI88aJmwY="
        );
    }

    #[test]
    fn only_cenc_can_do_without_the_scheme() {
        let settings = Settings { protection_scheme: false, algorithm: true, ..Settings::default() };
        let keys = [published_key()];
        assert_eq!(data(&settings, None, &content(Scheme::Cenc, &keys)).len(), 2 + 18);
        assert_eq!(data(&settings, None, &content(Scheme::Cbcs, &keys)).len(), 18 + 6);
    }

    #[test]
    fn a_crypto_period_has_its_index() {
        // The live sample of the same service ends with 38 80 01 for period 128.
        let keys = [published_key()];
        let settings = Settings { protection_scheme: false, ..Settings::default() };
        let message =
            data(&settings, None, &Content { crypto_period_index: Some(128), ..content(Scheme::Cenc, &keys) });
        assert_eq!(message[18..], [0x38, 0x80, 0x01]);
    }

    #[test]
    fn key_ids_are_read_back_and_other_bytes_are_not_taken_for_a_message() {
        let keys = [published_key(), KeyPair::parse(&format!("{}:{}", "11".repeat(16), "22".repeat(16))).unwrap()];
        let message = data(&Settings::default(), Some("id"), &content(Scheme::Cbcs, &keys));
        assert_eq!(key_ids(&message), Some(keys.iter().map(|key| key.kid).collect()));
        for other in [&message[..message.len() - 1], b"", b"{\"kids\":[]}", b"<WRMHEADER/>", &[0xff; 40]] {
            assert_eq!(key_ids(other), None, "{other:?}");
        }
    }
}
