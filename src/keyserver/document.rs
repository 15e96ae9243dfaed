//! Keys without a server: a CPIX document from a file or the clipboard.

use super::secret::Secret;
use super::service::{Address, Field, KeyService, Kind, Takes};
use super::{Ask, Outcome, Request, Response, Service};
use crate::cpix::Document;
use crate::error::Result;

/// What is known of the service.
pub(super) const ABOUT: KeyService = KeyService {
    name: "cpix",
    title: "CPIX document, pasted or from a file",
    address: Address::None,
    takes: &[Takes::Tracks, Takes::Rotation, Takes::Delivery],
    fields: &[DOCUMENT],
    make: |fields| Ok(Box::new(CpixText(fields.needed(&DOCUMENT)?))),
};

const DOCUMENT: Field = Field {
    kind: Kind::Document,
    flag: Some("cpix-file"),
    ..Field::text("document", "CPIX document", "The document with the keys.").secret().required()
};

/// A document that the user has.
struct CpixText(Secret);

impl Service for CpixText {
    fn request(&self, _: &Ask) -> Result<Option<Request>> {
        Ok(None)
    }

    fn response(&self, _: &Ask, _: &Response) -> Result<Outcome> {
        Document::read(self.0.expose().as_bytes()).map(|document| Outcome::Document(Box::new(document)))
    }
}
