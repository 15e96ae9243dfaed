//! From what the user sets to a client.

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::cid::{Form, IssuePage};
use super::cpix_api::{DOVERUNNER, EZDRM, Ezdrm, KEYOS, KeyOs, Kms};
use super::local::{CpixText, RawKeys};
use super::secret::Secret;
use super::speke::{self, AXINOM, Speke, Version};
use super::widevine::{UAT, Widevine};
use super::{Ask, Client, Service, State};
use crate::cpix::write;
use crate::error::{Code, Error, Result};
use crate::keys::{KeyId, parse_hex, parse_uuid};
use crate::limits;
use crate::random::Seed;

/// What a user sets for a key server. Which members a service needs, its module says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// `doverunner`, `speke`, `speke2`, `widevine`, `axinom`, `ezdrm`, `keyos`, `cpix` or `raw`.
    service: String,
    url: Option<Secret>,
    token: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
    /// SPEKE 2's minor version: `2.0` or `2.1`.
    version: Option<String>,
    /// EZDRM's key id.
    key_id: Option<String>,
    /// Widevine's provider, signing key and IV (hexadecimal), and policy.
    signer: Option<String>,
    signing_key: Option<Secret>,
    signing_iv: Option<Secret>,
    policy: Option<String>,
    content_id: Option<String>,
    content_id_page: Option<PageSettings>,
    /// Track types; none for one key of all tracks.
    #[serde(default)]
    tracks: Vec<String>,
    /// SPEKE 2's presets in place of track types.
    video_preset: Option<String>,
    audio_preset: Option<String>,
    scheme: Option<String>,
    /// Names or UUIDs.
    systems: Option<Vec<String>>,
    /// How many crypto periods there are, and the first one's number.
    periods: Option<u32>,
    first_period: Option<u64>,
    /// A delivery certificate, DER in base64.
    certificate: Option<String>,
    /// A CPIX document.
    document: Option<Secret>,
    /// Raw keys.
    keys: Option<Secret>,
    /// 32 random bytes in hexadecimal digits, for placeholder key ids and the nonce.
    seed: Secret,
}

/// What a user sets for a CID issue page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PageSettings {
    url: Secret,
    site_key: Secret,
    /// `json` or `xml`.
    form: Option<String>,
    file_name: String,
    file_path: Option<String>,
}

/// Names of DRM systems.
const SYSTEMS: [(&str, [u8; 16]); 8] = [
    ("widevine", write::WIDEVINE),
    ("playready", write::PLAYREADY),
    ("fairplay", write::FAIRPLAY),
    ("wiseplay", write::WISEPLAY),
    ("hls-ncg-aes", write::HLS_AES_128),
    ("hls-ncg-sample-aes", write::HLS_SAMPLE_AES),
    ("clear-aes", write::CLEAR_AES_128),
    ("clear-sample-aes", write::CLEAR_SAMPLE_AES),
];

/// The parts of a client.
pub(super) fn client(mut settings: Settings) -> Result<Client> {
    let page = settings.content_id_page.take();
    let local = matches!(settings.service.as_str(), "cpix" | "raw");
    let seed = seed(&settings.seed)?;
    let secrets = settings.secrets(page.as_ref());
    let content_id = match settings.content_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => content_id(id)?,
        None if local || page.is_some() => String::new(),
        None => return Err(missing("a content id", "contentId")),
    };
    let mut labels = std::mem::take(&mut settings.tracks);
    if settings.video_preset.is_some() || settings.audio_preset.is_some() {
        if settings.service != "speke2" && settings.service != "axinom" {
            return Err(invalid("presets are SPEKE 2's: name the tracks instead", "tracks"));
        }
        let preset = |preset: &Option<String>| preset.clone().unwrap_or_else(|| "UNENCRYPTED".to_owned());
        labels = speke::presets(&preset(&settings.video_preset), &preset(&settings.audio_preset))?;
    }
    let distinct = labels.iter().enumerate().all(|(at, label)| !labels[..at].contains(label));
    if !distinct {
        return Err(invalid("a track type is named twice", "tracks"));
    }
    let rotation = settings.periods.map(|count| (settings.first_period.unwrap_or(0), count));
    if let Some((_, count)) = rotation.filter(|(_, count)| *count == 0 || *count > limits::KEY_PERIODS) {
        let message = format!("{count} crypto periods are not between 1 and {}", limits::KEY_PERIODS);
        return Err(invalid(message, "periods"));
    }
    let periods = u64::from(rotation.map_or(1, |(_, count)| count));
    let kids = labels.len().max(1) as u64 * periods;
    let ask = Ask {
        content_id,
        labels,
        scheme: settings.scheme.take().filter(|scheme| !scheme.is_empty()),
        systems: settings.systems()?,
        rotation,
        kids: (0..kids).map(|index| random_uuid(seed.draw(b"cpix kid", index))).collect(),
        certificate: settings.certificate()?,
    };
    let page = page.map(|page| issue_page(page, &seed)).transpose()?;
    let service = settings.service()?;
    let state = if page.is_some() { State::ContentId } else { State::Keys };
    Ok(Client { service, page, ask, secrets, host: String::new(), state })
}

impl Settings {
    fn service(self) -> Result<Box<dyn Service>> {
        let url = |default: &str| self.url.clone().unwrap_or_else(|| Secret::new(default.to_owned()));
        let token = || self.token.clone().ok_or_else(|| missing("a token", "token"));
        let user = || self.user.clone().ok_or_else(|| missing("a user name", "user"));
        let password = || self.password.clone().ok_or_else(|| missing("a password", "password"));
        let own_url = || self.url.clone().ok_or_else(|| missing("the server's address", "url"));
        let basic = || match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some(Secret::basic(user, password)),
            _ => self.token.as_ref().map(|token| Secret::new(format!("Bearer {}", token.expose()))),
        };
        let version = || match self.version.as_deref() {
            None | Some("2.0") => Ok(Version::V2_0),
            Some("2.1") => Ok(Version::V2_1),
            Some(other) => Err(invalid(format!("there is no SPEKE version {other:?}: 2.0 or 2.1"), "version")),
        };
        Ok(match self.service.as_str() {
            "doverunner" => Box::new(Kms { url: url(DOVERUNNER), token: token()? }),
            "speke" => Box::new(Speke { url: own_url()?, version: Version::V1, authorization: basic() }),
            "speke2" => Box::new(Speke { url: own_url()?, version: version()?, authorization: basic() }),
            "axinom" => {
                let authorization = Some(Secret::basic(&user()?, &password()?));
                Box::new(Speke { url: url(AXINOM), version: version()?, authorization })
            }
            "widevine" => Box::new(Widevine {
                url: url(UAT),
                signer: self.signer.clone().ok_or_else(|| missing("the provider's name", "signer"))?,
                signing: (
                    Zeroizing::new(hex_array(self.signing_key.as_ref(), "signingKey")?),
                    hex_array(self.signing_iv.as_ref(), "signingIv")?,
                ),
                policy: self.policy.clone().unwrap_or_default(),
            }),
            "ezdrm" => Box::new(Ezdrm {
                url: url(EZDRM),
                key_id: self.key_id.clone().ok_or_else(|| missing("the key id", "keyId"))?,
                user: Secret::new(user()?),
                password: password()?,
            }),
            "keyos" => Box::new(KeyOs { url: url(KEYOS), token: token()? }),
            "cpix" => Box::new(CpixText(self.document.clone().ok_or_else(|| missing("a CPIX document", "document"))?)),
            "raw" => Box::new(RawKeys(self.keys.clone().ok_or_else(|| missing("a key", "keys"))?)),
            other => return Err(invalid(format!("there is no key server of the kind {other:?}"), "service")),
        })
    }

    fn systems(&self) -> Result<Vec<[u8; 16]>> {
        let Some(names) = &self.systems else {
            return Ok(vec![write::WIDEVINE, write::PLAYREADY, write::FAIRPLAY]
                .into_iter()
                .filter(|system| *system != write::FAIRPLAY || self.scheme.as_deref() != Some("cenc"))
                .collect());
        };
        let read = |name: &String| {
            let known = SYSTEMS.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
            known.or_else(|| parse_uuid(name)).ok_or_else(|| {
                let hint = if name == "ncg" { "; .ncg files have a format that isn't published" } else { "" };
                invalid(format!("there is no DRM system {name:?}{hint}"), "systems")
            })
        };
        names.iter().map(read).collect()
    }

    fn certificate(&self) -> Result<Option<Vec<u8>>> {
        let decode = |text: &String| {
            Base64::decode_vec(text.trim())
                .map_err(|_| Error::new(Code::DeliveryKeyInvalid, "the delivery certificate isn't DER in base64"))
        };
        self.certificate.as_ref().map(decode).transpose()
    }

    /// Everything that mustn't be repeated.
    fn secrets(&self, page: Option<&PageSettings>) -> Vec<Secret> {
        let own = [&self.token, &self.password, &self.signing_key, &self.signing_iv, &self.document, &self.keys];
        let mut secrets: Vec<Secret> = own.into_iter().flatten().cloned().collect();
        if let (Some(user), Some(password)) = (&self.user, &self.password) {
            secrets.push(Secret::basic(user, password));
        }
        secrets.extend(page.map(|page| page.site_key.clone()));
        secrets
    }
}

fn issue_page(page: PageSettings, seed: &Seed) -> Result<Box<dyn Service>> {
    let form = match page.form.as_deref() {
        None | Some("json") => Form::Json,
        Some("xml") => Form::Xml,
        Some(other) => return Err(invalid(format!("there is no form {other:?}: json or xml"), "contentIdPage")),
    };
    let key = page.site_key.expose().trim().as_bytes().try_into();
    let key = key.map_err(|_| invalid("a site key has 32 characters", "contentIdPage"))?;
    let nonce = u64::from_be_bytes(seed.draw(b"nonce   ", 0)[..8].try_into().expect("8 of 16 bytes"));
    Ok(Box::new(IssuePage {
        url: page.url,
        key: Zeroizing::new(key),
        form,
        file_name: page.file_name,
        file_path: page.file_path.unwrap_or_default(),
        nonce: nonce.to_string(),
    }))
}

/// A content id that services take: it stands in licenses, tokens and file names.
pub(super) fn content_id(text: &str) -> Result<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.is_empty() || text.len() > limits::CONTENT_ID_BYTES || !text.bytes().all(allowed) {
        return Err(Error::new(
            Code::ContentIdInvalid,
            format!("the content id {text:.40?} isn't 1 to {} letters, digits, -, _ and .", limits::CONTENT_ID_BYTES),
        )
        .option("contentId"));
    }
    Ok(text.to_owned())
}

/// Version 4 of RFC 9562.
fn random_uuid(mut bytes: [u8; 16]) -> KeyId {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    KeyId(bytes)
}

fn seed(text: &Secret) -> Result<Seed> {
    hex_array(Some(text), "seed").map(Seed::new)
}

fn hex_array<const N: usize>(text: Option<&Secret>, option: &'static str) -> Result<[u8; N]> {
    let text = text.ok_or_else(|| missing("a key in hexadecimal digits", option))?;
    let bytes = Zeroizing::new(parse_hex(text.expose().trim()).unwrap_or_default());
    bytes.as_slice().try_into().map_err(|_| invalid(format!("it has not {} hexadecimal digits", 2 * N), option))
}

fn missing(what: &str, option: &'static str) -> Error {
    Error::new(Code::OptionMissing, format!("{what} is needed for this key server")).option(option)
}

fn invalid(message: impl Into<crate::error::Message>, option: &'static str) -> Error {
    Error::new(Code::OptionInvalid, message).option(option)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyserver::{Request, Response};

    /// Settings as they cross from JavaScript.
    fn new(json: &str) -> Result<Client> {
        let seed = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let json = json.replacen('{', &format!("{{\"seed\":\"{seed}\","), 1);
        Client::new(serde_json::from_str(&json).unwrap())
    }

    fn first(json: &str) -> Request {
        new(json).unwrap().request().unwrap().unwrap()
    }

    #[test]
    fn both_forms_of_the_kms_path_take_the_token_escaped() {
        let kms = |url: &str| {
            let url = if url.is_empty() { String::new() } else { format!(",\"url\":\"{url}\"") };
            first(&format!("{{\"service\":\"doverunner\",\"contentId\":\"a-1\",\"token\":\"to/k+en=\"{url}}}"))
                .url
                .to_string()
        };
        assert_eq!(kms(""), "https://drm-kms.doverunner.com/v2/cpix/doverunner/getKey/to%2Fk%2Ben%3D");
        assert_eq!(
            kms("https://kms.pallycon.com/v1/cpix/pallycon/getKey"),
            "https://kms.pallycon.com/v1/cpix/pallycon/getKey/to%2Fk%2Ben%3D"
        );
        assert_eq!(
            kms("https://kms.pallycon.com/cpix/getKey?enc-token="),
            "https://kms.pallycon.com/cpix/getKey?enc-token=to%2Fk%2Ben%3D"
        );
    }

    #[test]
    fn rotation_is_asked_for_with_a_key_a_track_and_period() {
        let request = first(
            r#"{"service":"doverunner","contentId":"a","token":"token","tracks":["SD","AUDIO"],"periods":3,"firstPeriod":1}"#,
        );
        assert!(request.url.ends_with("?key-rotation=true"));
        let document = crate::cpix::Document::read(&request.body).unwrap();
        assert_eq!((document.keys.len(), document.periods.len(), document.rules.len()), (6, 3, 6));
        assert_eq!(document.periods[0].index, Some(1));
    }

    #[test]
    fn a_servers_echo_of_the_token_is_removed() {
        let mut client = new(r#"{"service":"doverunner","contentId":"a","token":"s3cret-token"}"#).unwrap();
        client.request().unwrap();
        let body = Zeroizing::new(br#"{"code":1,"message":"bad token s3cret-token"}"#.to_vec());
        let response = Response { host: "kms".into(), status: 200, body, ..Response::default() };
        let error = client.response(&response).unwrap_err();
        assert_eq!(error.message.text(), "kms answered with an error: 1 bad token …");
    }

    #[test]
    fn wrong_settings_are_named() {
        let option = |json: &str| match new(json) {
            Err(error) => error.place.option.as_deref().unwrap_or("none").to_owned(),
            Ok(_) => "accepted".to_owned(),
        };
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a"}"#), "token");
        assert_eq!(option(r#"{"service":"doverunner","token":"abcd"}"#), "contentId");
        assert_eq!(option(r#"{"service":"doverunner","token":"abcd","contentId":"a b"}"#), "contentId");
        assert_eq!(option(r#"{"service":"pigeon","contentId":"a"}"#), "service");
        assert_eq!(option(r#"{"service":"speke","contentId":"a"}"#), "url");
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a","token":"t","tracks":["HD","HD"]}"#), "tracks");
        assert_eq!(option(r#"{"service":"doverunner","contentId":"a","token":"t","systems":["ncg"]}"#), "systems");
        assert_eq!(option(r#"{"service":"widevine","contentId":"a","signer":"x","signingKey":"00"}"#), "signingKey");
    }

    #[test]
    fn a_document_needs_no_request() {
        let document = "<CPIX xmlns='urn:dashif:org:cpix' contentId='x'/>";
        let mut client = new(&format!("{{\"service\":\"cpix\",\"document\":\"{document}\"}}")).unwrap();
        assert!(client.request().unwrap().is_none());
        assert_eq!(client.keys().unwrap_err().code, Code::CpixKeyMissing);
    }
}
