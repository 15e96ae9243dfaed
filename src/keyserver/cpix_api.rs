//! Services that take or give plain CPIX: the KMS of `DoveRunner` and `PallyCon`, EZDRM, `KeyOS`.

use super::secret::{Secret, percent_encoded};
use super::{Ask, Outcome, Request, Response, Service};
use crate::cpix::write::{self, Dialect, KeyRequest};
use crate::error::{Code, Error, Result};
use crate::keys::uuid;

/// Where `DoveRunner`'s KMS answers; the token follows.
pub(super) const DOVERUNNER: &str = "https://drm-kms.doverunner.com/v2/cpix/doverunner/getKey/";
/// Where EZDRM's key generator answers.
pub(super) const EZDRM: &str = "https://cpix.ezdrm.com/keygenerator/cpix.aspx";
/// Where `KeyOS` answers.
pub(super) const KEYOS: &str = "https://cpix.keyos.com/api/v4/getKeysNoEncryption";

/// The track types that the KMS knows.
const LABELS: [&str; 5] = ["AUDIO", "SD", "HD", "UHD1", "UHD2"];

/// Systems for which the KMS gives one key only: NCG's and those with a key in the clear.
const SINGLE_KEY: [[u8; 16]; 4] =
    [write::HLS_AES_128, write::HLS_SAMPLE_AES, write::CLEAR_AES_128, write::CLEAR_SAMPLE_AES];

/// `DoveRunner`'s and `PallyCon`'s KMS: the token stands in the address.
pub(super) struct Kms {
    pub(super) url: Secret,
    pub(super) token: Secret,
}

impl Service for Kms {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        if let Some(label) = ask.labels.iter().find(|label| !LABELS.contains(&label.as_str())) {
            return Err(forbidden(format!("the KMS knows no track type {label:?}; it knows {}", LABELS.join(", "))));
        }
        if ask.labels.len() > 1 && ask.systems.iter().any(|system| SINGLE_KEY.contains(system)) {
            return Err(forbidden("the KMS gives one key only for NCG and for keys in the clear"));
        }
        if ask.certificate.is_some() {
            return Err(forbidden("nothing is published about encrypted delivery by this KMS"));
        }
        let mut url = with_token(self.url.expose(), &self.token);
        if ask.rotation.is_some() {
            url.push_str(if url.contains('?') { "&key-rotation=true" } else { "?key-rotation=true" });
        }
        Ok(Some(Request::post(url, "application/xml", kms_document(ask))))
    }

    fn response(&self, _: &Ask, response: &Response) -> Result<Outcome> {
        response.document().map(Outcome::Document)
    }
}

/// Both forms of the path, `…/getKey/TOKEN` and `…/getKey?enc-token=TOKEN`, and `{token}` anywhere.
fn with_token(url: &str, token: &Secret) -> String {
    let token = percent_encoded(token.expose().trim());
    if url.contains("{token}") {
        return url.replace("{token}", &token);
    }
    if url.ends_with("enc-token=") || url.ends_with('/') { format!("{url}{token}") } else { format!("{url}/{token}") }
}

/// One key has the track type HD, as the service's own client says it.
fn kms_document(ask: &Ask) -> Vec<u8> {
    let single = ["HD".to_owned()];
    let labels = if ask.labels.is_empty() { &single[..] } else { &ask.labels[..] };
    let periods: Vec<_> = ask.rotation.map_or_else(Vec::new, |(first, count)| {
        let id = |index: usize| format!("keyPeriod_{}", uuid(&ask.kids[index * labels.len()].0));
        (first..).take(usize::try_from(count).unwrap_or(0)).enumerate().map(|(at, index)| (id(at), index)).collect()
    });
    let key = |(at, kid): (usize, &crate::keys::KeyId)| KeyRequest {
        kid: *kid,
        track_type: Some(labels[at % labels.len()].clone()),
        period: (!periods.is_empty()).then_some(at / labels.len()),
        ..KeyRequest::default()
    };
    let keys: Vec<_> = ask.kids.iter().take(labels.len() * periods.len().max(1)).enumerate().map(key).collect();
    write::request(&write::Request {
        dialect: Dialect::Kms,
        content_id: &ask.content_id,
        keys: &keys,
        scheme: ask.scheme.as_deref(),
        systems: &ask.systems,
        periods: &periods,
        certificate: None,
    })
}

/// EZDRM's key generator: a `GET` that says everything in its query.
pub(super) struct Ezdrm {
    pub(super) url: Secret,
    pub(super) key_id: String,
    pub(super) user: Secret,
    pub(super) password: Secret,
}

impl Service for Ezdrm {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        one_key(ask, "EZDRM's key generator")?;
        let parts = [
            ("k", self.key_id.as_str()),
            ("u", self.user.expose()),
            ("p", self.password.expose()),
            ("c", &ask.content_id),
        ];
        let query: Vec<_> = parts.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        Ok(Some(Request::get(format!("{}?{}", self.url.expose(), query.join("&")))))
    }

    fn response(&self, _: &Ask, response: &Response) -> Result<Outcome> {
        response.document().map(Outcome::Document)
    }
}

/// `BuyDRM`'s `KeyOS`: CPIX with a token in the query and SOAP's header.
pub(super) struct KeyOs {
    pub(super) url: Secret,
    pub(super) token: Secret,
}

impl Service for KeyOs {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        if ask.rotation.is_some() || ask.certificate.is_some() {
            return Err(forbidden("nothing is published about rotation or encrypted delivery by KeyOS"));
        }
        let url = format!("{}?auth-token={}", self.url.expose(), percent_encoded(self.token.expose().trim()));
        let action = Secret::new("http://tempuri.org/ISmoothPackager/RequestEncryptionInfo".into());
        Ok(Some(Request::post(url, "text/xml", kms_document(ask)).header("SOAPAction", action)))
    }

    fn response(&self, _: &Ask, response: &Response) -> Result<Outcome> {
        response.document().map(Outcome::Document)
    }
}

/// Refuses what needs more than one key.
pub(super) fn one_key(ask: &Ask, who: &str) -> Result<()> {
    if ask.labels.len() > 1 || ask.rotation.is_some() {
        return Err(forbidden(format!("{who} gives one key a title: leave the tracks and rotation out")));
    }
    Ok(())
}

pub(super) fn forbidden(message: impl Into<crate::error::Message>) -> Error {
    Error::new(Code::KeyRequestInvalid, message)
}
