//! EZDRM's key generator: a `GET` that says everything in its query.

use super::secret::{Secret, percent_encoded};
use super::service::{Address, Field, KeyService, PASSWORD, USER};
use super::{Ask, Outcome, Request, Response, Service};
use crate::error::Result;

/// What is known of the service. It gives one key a title.
pub(super) const ABOUT: KeyService = KeyService {
    name: "ezdrm",
    title: "EZDRM",
    address: Address::Published("https://cpix.ezdrm.com/keygenerator/cpix.aspx"),
    takes: &[],
    fields: &[KEY_ID, USER, PASSWORD],
    make: |fields| {
        Ok(Box::new(Ezdrm {
            url: fields.url()?,
            key_id: fields.needed(&KEY_ID)?,
            user: fields.needed(&USER)?,
            password: fields.needed(&PASSWORD)?,
        }))
    },
};

const KEY_ID: Field = Field::text("keyId", "Key id", "The id of the key, as EZDRM's console shows it.").required();

struct Ezdrm {
    url: Secret,
    key_id: Secret,
    user: Secret,
    password: Secret,
}

impl Service for Ezdrm {
    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        let parts = [
            ("k", self.key_id.expose()),
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
