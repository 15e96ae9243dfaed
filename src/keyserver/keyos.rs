//! `BuyDRM`'s `KeyOS`: CPIX with a token in the query and SOAP's header.

use super::doverunner::kms_document;
use super::secret::{Secret, percent_encoded};
use super::service::{Address, KeyService, TOKEN, Takes};
use super::{Ask, Outcome, Request, Response, Service};
use crate::error::Result;

/// What is known of the service. Nothing is published about rotation or encrypted delivery.
pub(super) const ABOUT: KeyService = KeyService {
    name: "keyos",
    title: "BuyDRM KeyOS",
    address: Address::Published("https://cpix.keyos.com/api/v4/getKeysNoEncryption"),
    takes: &[Takes::Tracks],
    fields: &[TOKEN],
    make: |fields| Ok(Box::new(KeyOs { url: fields.url()?, token: fields.needed(&TOKEN)? })),
};

struct KeyOs {
    url: Secret,
    token: Secret,
}

impl Service for KeyOs {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        let url = format!("{}?auth-token={}", self.url.expose(), percent_encoded(self.token.expose().trim()));
        let action = Secret::new("http://tempuri.org/ISmoothPackager/RequestEncryptionInfo".into());
        Ok(Some(Request::post(url, "text/xml", kms_document(ask)).header("SOAPAction", action)))
    }

    fn response(&self, _: &Ask, response: &Response) -> Result<Outcome> {
        response.document().map(Outcome::Document)
    }
}
