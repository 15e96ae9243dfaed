//! The KMS of `DoveRunner` and `PallyCon`: CPIX with a token in the address.

use super::secret::{Secret, percent_encoded};
use super::service::{Address, Field, Help, KeyService, TOKEN, Takes, forbidden};
use super::{Ask, Outcome, Request, Response, Service};
use crate::cpix::write::{self, Dialect, KeyRequest};
use crate::drm;
use crate::error::Result;
use crate::keys::uuid;

/// What is known of the service. Nothing is published about encrypted delivery. The token follows the address.
pub(super) const ABOUT: KeyService = KeyService {
    name: "doverunner",
    title: "DoveRunner / PallyCon KMS",
    address: Address::Published("https://drm-kms.doverunner.com/v2/cpix/doverunner/getKey/"),
    takes: &[Takes::Tracks, Takes::Rotation],
    fields: &[Field { label: "KMS token", help: Help::of("The KMS token of your site."), ..TOKEN }],
    make: |fields| Ok(Box::new(Kms { url: fields.url()?, token: fields.needed(&TOKEN)? })),
};

/// The track types that the KMS knows.
const LABELS: [&str; 5] = ["AUDIO", "SD", "HD", "UHD1", "UHD2"];

struct Kms {
    url: Secret,
    token: Secret,
}

impl Service for Kms {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        if let Some(label) = ask.labels.iter().find(|label| !LABELS.contains(&label.as_str())) {
            return Err(forbidden(message!(
                "the KMS knows no track type {label:?}; it knows {known}",
                label,
                known = LABELS.join(", ")
            )));
        }
        if ask.labels.len() > 1 && ask.systems.iter().any(drm::is_identity) {
            return Err(forbidden(message!("the KMS gives one key only for NCG and for keys in the clear")));
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
pub(super) fn kms_document(ask: &Ask) -> Vec<u8> {
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
