//! FairPlay Streaming: an `skd://` URI in HLS.
//!
//! What the URI names is between the app and the license server; the system wants no more than that it
//! names the key. FairPlay decrypts `cbcs` only, and so it reads no other playlist. In an MPD its
//! descriptor says that licenses exist, nothing more: Apple has published no data for it.

use base64ct::{Base64, Encoding};

use super::{
    About, Asked, Content, Descriptor, DrmSystem, Element, GivenPssh, HlsKey, SystemSignal, check_absolute_url,
    check_template,
};
use crate::cenc::Scheme;
use crate::error::{Code, Error, Result};
use crate::keys::KeyId;
use crate::mp4::pssh::Pssh;
use crate::options::read::{Reader, flag, map, text};
use crate::options::{Given, options};
use crate::order::Map;

/// `94ce86fb-07ff-4f43-adb8-93d2fa968ca2`.
pub const ID: [u8; 16] = 0x94ce_86fb_07ff_4f43_adb8_93d2_fa96_8ca2_u128.to_be_bytes();

/// `29701fe4-3cc7-4a34-8c5b-ae90c7439a47`, the id that WebKit looks for in `pssh` boxes.
pub const SAFARI_ID: [u8; 16] = 0x2970_1fe4_3cc7_4a34_8c5b_ae90_c743_9a47_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About {
    schemes: &[Scheme::Cbcs],
    key_format: Some(KEY_FORMAT),
    takes_key_uri: true,
    asked: &[Asked::KeyUri, Asked::Playlists],
    ..About::new("FairPlay", &[ID, SAFARI_ID])
};

const KEY_FORMAT: &str = "com.apple.streamingkeydelivery";

options! {
    /// How FairPlay is signalled: in playlists of cbcs only.
    pub struct Settings = "FairPlayOptions" {
        /// The key's URI, `skd://{uuid}` by default. In it `{kid}` is the key id in 32 hexadecimal digits, `{uuid}` in the
        /// 8-4-4-4-12 form, `{base64}` in base64, and `{contentId}` the content id.
        pub uri: String = "uri", text().or(Given::Text("skd://{uuid}")),
            {
                flag: "fairplay-uri URI",
                help: "with {kid}, {uuid}, {base64} and {contentId} in it",
                group: "DRM",
                label: "Key URI",
                hint: "With {kid}, {uuid}, {base64} and {contentId} in it",
            };
        /// URIs by key id, where a key server gives them; they win.
        pub uris: Map<KeyId, String> = "uris", map(text()).then(by_key_id);
        /// `true` writes a `pssh` box that lists the key ids; by default there is none.
        pub pssh: bool = "pssh", flag();
    }
}

/// Key ids are text in any notation.
fn by_key_id(uris: Vec<(String, String)>) -> Result<Map<KeyId, String>> {
    uris.into_iter().map(|(kid, uri)| Ok((KeyId::parse(&kid)?, uri))).collect()
}

impl DrmSystem for Settings {
    fn signal(&self, content_id: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let pssh = match self.pssh || !given.is_empty() {
            true => GivenPssh::or_made(given, || {
                let kids = content.kids().iter().map(|kid| kid.0).collect();
                Pssh { system_id: ID, kids, data: Vec::new() }.to_bytes()
            }),
            false => Vec::new(),
        };
        let elements = pssh.iter().cloned().map(Element::Pssh).collect();
        let key = HlsKey {
            uri: match self.uris.get(&content.first_kid()) {
                Some(uri) => checked(uri.clone())?,
                None => uri(&self.uri, content_id, content.first_kid())?,
            },
            key_format: KEY_FORMAT,
            key_id: None,
        };
        Ok(SystemSignal {
            pssh,
            descriptor: Some(Descriptor { system_id: ID, value: None, elements }),
            hls_key: Some(key.clone()),
            hls_session_key: Some(key),
            ..SystemSignal::default()
        })
    }
}

fn uri(template: &str, content_id: Option<&str>, kid: KeyId) -> Result<String> {
    check_template(template, &["kid", "uuid", "base64", "contentId"], "drm.fairplay.uri")?;
    let mut uri = template
        .replace("{kid}", &kid.to_hex())
        .replace("{uuid}", &kid.to_uuid())
        .replace("{base64}", &Base64::encode_string(&kid.0));
    if uri.contains("{contentId}") {
        let content_id = content_id.ok_or_else(|| {
            Error::new(Code::OptionMissing, message!("the URI names a content id, and none is given"))
                .option("drm.contentId")
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
    use crate::drm::{self, published_key};

    /// By way of all systems: it is there that a scheme is refused.
    fn signal_of(scheme: Scheme, in_hls: bool, settings: Settings) -> Result<Option<SystemSignal>> {
        let keys = [published_key()];
        let content = Content { scheme, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls };
        let mut all = drm::Settings::default();
        all.options.content_id = Some("demotest".into());
        all.options.fairplay = Some(settings);
        let is_ours = |signal: &SystemSignal| signal.descriptor.as_ref().is_some_and(|found| found.system_id == ID);
        Ok(all.signals(&content)?.into_iter().find(is_ours))
    }

    fn with_uri(uri: &str) -> Settings {
        Settings { uri: uri.into(), ..Settings::default() }
    }

    fn uri_of(settings: Settings) -> String {
        signal_of(Scheme::Cbcs, true, settings).unwrap().unwrap().hls_key.unwrap().uri
    }

    #[test]
    fn the_published_uri_and_others() {
        // PallyCon's CPIX client, README.
        assert_eq!(uri_of(with_uri("skd://{base64}")), "skd://y7w4trUNq1P4Jj4Gtzgqow==");
        assert_eq!(uri_of(Settings::default()), "skd://cbbc38b6-b50d-ab53-f826-3e06b7382aa3");
        assert_eq!(
            uri_of(with_uri("skd://a.example/{contentId};{kid}")),
            "skd://a.example/demotest;cbbc38b6b50dab53f8263e06b7382aa3"
        );
    }

    #[test]
    fn cenc_is_refused_in_hls_and_left_out_of_an_mpd() {
        let error = signal_of(Scheme::Cenc, true, with_uri("skd://a")).unwrap_err();
        assert_eq!((error.code, error.place.option.as_deref()), (Code::DrmSchemeConflict, Some("drm.fairplay")));
        assert_eq!(signal_of(Scheme::Cenc, false, with_uri("skd://a")).unwrap(), None);
    }

    #[test]
    fn the_uri_of_a_key_server_wins() {
        let own = published_key().kid;
        let uris = Map::from_iter([(own, "skd://given".to_owned()), (KeyId([0; 16]), "skd://other".to_owned())]);
        assert_eq!(uri_of(Settings { uris, ..Settings::default() }), "skd://given");
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for uri in ["skd:{kid}", "skd://a b"] {
            assert_eq!(signal_of(Scheme::Cbcs, true, with_uri(uri)).unwrap_err().code, Code::OptionInvalid);
        }
    }
}
