//! Key servers: what is asked of each, and what its answer means. Nothing here opens a connection: the
//! host carries [`Request`]s and brings back [`Response`]s.
//!
//! A service is a file: a [`KeyService`], which says what it is called, what it takes and which fields its settings
//! have, and a `Service`, which asks and reads the answer. To add one, write its file and add it to [`SERVICES`]; the
//! command line, the page and TypeScript's types are drawn from that list. [`Client`] goes through the steps of an
//! exchange: the content id from an issue page where one is set, then the keys.

mod answer;
mod axinom;
mod cid;
mod document;
mod doverunner;
mod ezdrm;
mod keyos;
mod raw;
mod secret;
mod service;
mod settings;
mod skm;
mod speke;
mod widevine;

use zeroize::Zeroizing;

use crate::cpix::{Document, KeySet, Sealed, Wanted};
use crate::error::{Code, Error, Result};
use crate::keys::KeyId;
use crate::random::Seed;

pub use answer::{Request, Response};
pub use secret::Secret;
pub use service::{Address, Field, KeyService, Kind, Takes, URL};
pub use settings::{HOST, SHARED, Settings};

/// The services, in the order in which they are offered.
pub const SERVICES: &[&KeyService] = &[
    &doverunner::ABOUT,
    &speke::SPEKE_2,
    &speke::SPEKE,
    &widevine::ABOUT,
    &axinom::ABOUT,
    &ezdrm::ABOUT,
    &keyos::ABOUT,
    &skm::ABOUT,
    &document::ABOUT,
    &raw::ABOUT,
];

/// A key server's way to be asked and to answer.
trait Service {
    /// The track types, where its fields say them in place of the shared settings.
    fn labels(&self) -> Option<&[String]> {
        None
    }

    /// The request for what is wanted; `None` where the keys are here already.
    fn request(&self, ask: &Ask) -> Result<Option<Request>>;

    /// What an answer holds; for a service without a request the answer is empty.
    fn response(&self, ask: &Ask, response: &Response) -> Result<Outcome>;
}

/// What is asked of a service.
struct Ask {
    content_id: String,
    /// Track types; none for one key of all tracks.
    labels: Vec<String>,
    scheme: Option<String>,
    systems: Vec<[u8; 16]>,
    /// The number of the first crypto period and how many there are; `None` without rotation.
    rotation: Option<(u64, u32)>,
    /// Placeholders, enough for every label and period.
    kids: Vec<KeyId>,
    /// The certificate that keys are to be encrypted for, DER.
    certificate: Option<Vec<u8>>,
    /// What services draw from.
    seed: Seed,
}

impl Ask {
    /// What is asked of a service in its tests.
    #[cfg(test)]
    fn of(content_id: &str, labels: &[&str]) -> Self {
        Self {
            content_id: content_id.to_owned(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            scheme: None,
            systems: Vec::new(),
            rotation: None,
            kids: (0..20).map(|byte| KeyId([byte; 16])).collect(),
            certificate: None,
            seed: Seed::new([5; 32]),
        }
    }

    fn wanted(&self) -> Wanted {
        let periods = self.rotation.map_or(1, |(_, count)| usize::try_from(count).unwrap_or(usize::MAX));
        Wanted { labels: self.labels.clone(), kids: self.kids.clone(), periods }
    }
}

/// What came of an answer.
enum Outcome {
    /// The content id, to ask the service with.
    ContentId(String),
    /// A document whose keys may be encrypted still.
    Document(Box<Document>),
    /// The keys.
    Keys(KeySet),
}

/// One exchange with a service, step by step: [`Client::request`], the host's work, [`Client::response`],
/// until there is no further request; then [`Client::sealed`], and [`Client::keys`].
pub struct Client {
    service: Box<dyn Service>,
    page: Option<Box<dyn Service>>,
    ask: Ask,
    secrets: Vec<Secret>,
    host: String,
    state: State,
}

enum State {
    ContentId,
    Keys,
    Document(Box<Document>),
    Done(KeySet),
}

impl Client {
    /// A client for these settings.
    pub fn new(settings: Settings) -> Result<Self> {
        settings::client(settings).map_err(placed)
    }

    /// The server that is asked next, without its path: that may hold a token.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The next request; `None` when the answers are complete.
    pub fn request(&mut self) -> Result<Option<Request>> {
        let request = match (&self.state, &self.page) {
            (State::ContentId, Some(page)) => page.request(&self.ask),
            (State::ContentId | State::Keys, _) => self.service.request(&self.ask),
            (State::Document(_) | State::Done(_), _) => return Ok(None),
        };
        let request = request.map_err(|error| self.redacted(error))?;
        match &request {
            Some(request) => self.host = request.host(),
            None => self.response(&Response::default())?,
        }
        Ok(request)
    }

    /// Takes the answer to the last request.
    pub fn response(&mut self, response: &Response) -> Result<()> {
        let outcome = match (&self.state, &self.page) {
            (State::ContentId, Some(page)) => page.response(&self.ask, response),
            _ => self.service.response(&self.ask, response),
        };
        self.state = match outcome.map_err(|error| self.redacted(error))? {
            Outcome::ContentId(id) => {
                self.ask.content_id = id;
                State::Keys
            }
            Outcome::Document(document) => State::Document(document),
            Outcome::Keys(keys) => State::Done(keys),
        };
        Ok(())
    }

    /// The values to be decrypted by the host, if there are any.
    pub fn sealed(&self) -> Result<Option<Sealed>> {
        match &self.state {
            State::Document(document) => document.sealed(),
            State::ContentId | State::Keys | State::Done(_) => Ok(None),
        }
    }

    /// Takes the decrypted content keys, in the order of [`Sealed::keys`].
    pub fn open(&mut self, opened: &[Zeroizing<Vec<u8>>]) -> Result<()> {
        match &mut self.state {
            State::Document(document) => document.open(opened),
            State::ContentId | State::Keys | State::Done(_) => Ok(()),
        }
    }

    /// The keys, when all answers are there and opened.
    pub fn keys(&self) -> Result<KeySet> {
        match &self.state {
            State::Done(keys) => Ok(keys.clone()),
            State::Document(document) => {
                let mut keys = document.keys(&self.ask.wanted()).map_err(|mut error| {
                    if !self.host.is_empty() {
                        error.message = message!(
                            "the answer of {host} can't be used: {reason}",
                            host = self.host,
                            reason = error.message
                        );
                    }
                    placed(error)
                })?;
                if keys.content_id.is_none() {
                    keys.content_id = Some(self.ask.content_id.clone()).filter(|id| !id.is_empty());
                }
                Ok(keys)
            }
            State::ContentId | State::Keys => {
                Err(Error::new(Code::Internal, message!("the key server wasn't asked yet")))
            }
        }
    }

    /// An error without the credentials that a server may have echoed.
    fn redacted(&self, mut error: Error) -> Error {
        for secret in &self.secrets {
            error.message = error.message.clone().with_texts(&|text| secret.removed_from(text));
        }
        placed(error)
    }
}

/// An error whose option, which a service names by its own name, is named as a job's option.
fn placed(error: Error) -> Error {
    match error.place.option.as_deref() {
        None | Some(settings::OPTION) => error,
        Some(name) => {
            let whole = format!("{}.{name}", settings::OPTION);
            error.option(whole)
        }
    }
}
