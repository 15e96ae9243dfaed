//! FairPlay Streaming: an `skd://` URI in HLS.
//!
//! What the URI names is between the app and the license server; the system wants no more than that it
//! names the key. FairPlay decrypts `cbcs` only, and so it reads no other playlist. In an MPD its
//! descriptor says that licenses exist, nothing more: Apple has published no data for it.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};

use super::{Content, Descriptor, Element, GivenPssh, HlsKey, SystemSignal, check_absolute_url};
use crate::error::{Code, Error, Result};
use crate::keys::KeyId;
use crate::mp4::pssh::Pssh;

/// `94ce86fb-07ff-4f43-adb8-93d2fa968ca2`.
pub const ID: [u8; 16] = 0x94ce_86fb_07ff_4f43_adb8_93d2_fa96_8ca2_u128.to_be_bytes();

/// `29701fe4-3cc7-4a34-8c5b-ae90c7439a47`, the id that WebKit looks for in `pssh` boxes.
pub const SAFARI_ID: [u8; 16] = 0x2970_1fe4_3cc7_4a34_8c5b_ae90_c743_9a47_u128.to_be_bytes();

/// How FairPlay is signalled.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URI, in which `{kid}` is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12 form,
    /// `{base64}` in base64, and `{contentId}` the content id.
    pub uri: String,
    /// The URIs that a key server gave for keys; they win.
    pub uris: BTreeMap<KeyId, String>,
    /// Whether a `pssh` box of [`ID`] is written: key ids without data.
    pub pssh: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { uri: "skd://{uuid}".to_owned(), uris: BTreeMap::new(), pssh: false }
    }
}

pub(super) fn signal(
    settings: &Settings,
    content_id: Option<&str>,
    given: &[&GivenPssh],
    content: &Content<'_>,
) -> Result<Option<SystemSignal>> {
    if content.scheme.as_str() != "cbcs" {
        if !content.in_hls {
            return Ok(None);
        }
        return Err(Error::new(
            Code::DrmSchemeConflict,
            format!("FairPlay decrypts cbcs only, and the HLS playlists would be of {}", content.scheme),
        )
        .option("drm.fairplay"));
    }
    let pssh = match settings.pssh || !given.is_empty() {
        true => GivenPssh::or_made(given, || {
            let kids = content.kids().iter().map(|kid| kid.0).collect();
            Pssh { system_id: ID, kids, data: Vec::new() }.to_bytes()
        }),
        false => Vec::new(),
    };
    let elements = pssh.iter().cloned().map(Element::Pssh).collect();
    let key = HlsKey {
        uri: match settings.uris.get(&content.first_kid()) {
            Some(uri) => checked(uri.clone())?,
            None => uri(&settings.uri, content_id, content.first_kid())?,
        },
        key_format: "com.apple.streamingkeydelivery",
        key_id: None,
    };
    Ok(Some(SystemSignal {
        pssh,
        descriptor: Some(Descriptor { system_id: ID, value: None, elements }),
        hls_key: Some(key.clone()),
        hls_session_key: Some(key),
        ..SystemSignal::default()
    }))
}

fn uri(template: &str, content_id: Option<&str>, kid: KeyId) -> Result<String> {
    let mut uri = template
        .replace("{kid}", &kid.to_hex())
        .replace("{uuid}", &kid.to_uuid())
        .replace("{base64}", &Base64::encode_string(&kid.0));
    if uri.contains("{contentId}") {
        let content_id = content_id.ok_or_else(|| {
            Error::new(Code::OptionMissing, "the URI names a content id, and none is given").option("drm.contentId")
        })?;
        uri = uri.replace("{contentId}", content_id);
    }
    checked(uri)
}

fn checked(uri: String) -> Result<String> {
    check_absolute_url(&uri, "drm.fairplay.uri")?;
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cenc::Scheme;
    use crate::drm::published_key;

    fn signal_of(scheme: Scheme, in_hls: bool, uri: &str) -> Result<Option<SystemSignal>> {
        let keys = [published_key()];
        let content = Content { scheme, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls };
        signal(&Settings { uri: uri.into(), ..Settings::default() }, Some("demotest"), &[], &content)
    }

    fn uri_of(template: &str) -> String {
        signal_of(Scheme::Cbcs, true, template).unwrap().unwrap().hls_key.unwrap().uri
    }

    #[test]
    fn the_published_uri_and_others() {
        // PallyCon's CPIX client, README.
        assert_eq!(uri_of("skd://{base64}"), "skd://y7w4trUNq1P4Jj4Gtzgqow==");
        assert_eq!(uri_of(&Settings::default().uri), "skd://cbbc38b6-b50d-ab53-f826-3e06b7382aa3");
        assert_eq!(
            uri_of("skd://a.example/{contentId};{kid}"),
            "skd://a.example/demotest;cbbc38b6b50dab53f8263e06b7382aa3"
        );
    }

    #[test]
    fn cenc_is_refused_in_hls_and_left_out_of_an_mpd() {
        assert_eq!(signal_of(Scheme::Cenc, true, "skd://a").unwrap_err().code, Code::DrmSchemeConflict);
        assert_eq!(signal_of(Scheme::Cenc, false, "skd://a").unwrap(), None);
    }

    #[test]
    fn the_uri_of_a_key_server_wins() {
        let keys = [published_key()];
        let content =
            Content { scheme: Scheme::Cbcs, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls: true };
        let uris =
            BTreeMap::from([(keys[0].kid, "skd://given".to_owned()), (KeyId([0; 16]), "skd://other".to_owned())]);
        let signal = signal(&Settings { uris, ..Settings::default() }, None, &[], &content).unwrap().unwrap();
        assert_eq!(signal.hls_key.unwrap().uri, "skd://given");
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        assert_eq!(signal_of(Scheme::Cbcs, true, "skd:{kid}").unwrap_err().code, Code::OptionInvalid);
        assert_eq!(signal_of(Scheme::Cbcs, true, "skd://a b").unwrap_err().code, Code::OptionInvalid);
    }
}
