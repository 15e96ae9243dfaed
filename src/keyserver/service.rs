//! What each key service says of itself: its name, what it takes, and the fields of its settings.

use super::Service;
use super::secret::Secret;
use crate::error::{Code, Error, Message, Result};
use crate::options::near;

/// A key service. The command line, the page and TypeScript's types are drawn from it.
pub struct KeyService {
    /// The name in lower case.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where it answers.
    pub address: Address,
    /// What else it can be asked for than one key of all tracks.
    pub takes: &'static [Takes],
    /// The fields of its settings, without the address and those that [all services](super::SHARED) have.
    pub fields: &'static [Field],
    /// Makes it of its fields, which are there as far as they are required.
    pub(super) make: fn(&Fields) -> Result<Box<dyn Service>>,
}

/// Where a service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// Nowhere: the keys are here already.
    None,
    /// At its owner's address, which must be given.
    Needed,
    /// At this published one, unless another is given.
    Published(&'static str),
}

/// Something that a service may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A key for each track type.
    Tracks,
    /// Keys for several crypto periods.
    Rotation,
    /// Keys that are encrypted for a certificate.
    Delivery,
}

/// A sentence for forms and manuals. They are made when the project is built, and the wasm holds none.
#[derive(Debug, Clone, Copy)]
pub struct Help(#[cfg(not(target_arch = "wasm32"))] &'static str);

impl Help {
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) const fn of(sentence: &'static str) -> Self {
        Self(sentence)
    }

    #[cfg(target_arch = "wasm32")]
    pub(super) const fn of(_sentence: &'static str) -> Self {
        Self()
    }

    /// The sentence.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn sentence(self) -> &'static str {
        self.0
    }
}

/// A field of settings.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in JavaScript.
    pub name: &'static str,
    /// What stands beside it on a form.
    pub label: &'static str,
    /// What it is, in a sentence.
    pub help: Help,
    /// What it holds.
    pub kind: Kind,
    /// Whether there is no service without it.
    pub is_required: bool,
    /// Whether it must never be shown.
    pub is_secret: bool,
    /// What holds where it isn't given.
    pub default: Option<&'static str>,
    /// The flag of the command line, without the dashes; a field without one comes from the file of credentials.
    pub flag: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A line of text.
    Text,
    /// Many lines, which are mostly in a file.
    Document,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number, both bounds among them.
    Number(u32, u32),
    /// Words.
    List,
    /// Fields of its own.
    Group(&'static [Field]),
}

/// The address of a service that has one.
pub const URL: Field = Field {
    flag: Some("key-server-url"),
    ..Field::text("url", "Address", "The server's address; by default the published one, if there is one.")
};
/// The token of services that have one.
pub(super) const TOKEN: Field =
    Field::text("token", "Token", "The token that the service gave you.").secret().required();
/// Half of what others want.
pub(super) const USER: Field = Field::text("user", "User", "The name that you log in with.").required();
/// The other half.
pub(super) const PASSWORD: Field =
    Field::text("password", "Password", "The password that belongs to it.").secret().required();

impl Field {
    /// An optional line of text.
    pub(super) const fn text(name: &'static str, label: &'static str, help: &'static str) -> Self {
        let (is_required, is_secret) = (false, false);
        Self { name, label, help: Help::of(help), kind: Kind::Text, is_required, is_secret, default: None, flag: None }
    }

    pub(super) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    pub(super) const fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }
}

impl KeyService {
    /// The service of this name.
    pub(super) fn parse(name: &str) -> Result<&'static Self> {
        super::SERVICES.iter().copied().find(|service| service.name == name).ok_or_else(|| {
            let names = || super::SERVICES.iter().map(|service| service.name);
            let known = names().collect::<Vec<_>>().join(", ");
            let message = match near(name, names()) {
                Some(meant) => {
                    message!(
                        "there is no key server {name:?}; did you mean {meant}? Known are {known}",
                        name,
                        meant,
                        known
                    )
                }
                None => message!("there is no key server {name:?}; known are {known}", name, known),
            };
            invalid(message, "service")
        })
    }

    /// All its fields, the address among them.
    pub fn all_fields(&self) -> impl Iterator<Item = Field> + '_ {
        let address = match self.address {
            Address::None => None,
            Address::Needed => Some(URL.required()),
            Address::Published(url) => Some(Field { default: Some(url), ..URL }),
        };
        address.into_iter().chain(self.fields.iter().copied())
    }
}

/// What is given of a service's fields. Without `Debug`: some are secrets.
pub(super) struct Fields {
    service: &'static KeyService,
    values: Vec<(&'static str, Secret)>,
}

impl Fields {
    /// Takes values by the fields' names; empty ones are none.
    pub(super) fn new(service: &'static KeyService, mut values: Vec<(&'static str, Secret)>) -> Result<Self> {
        values.retain(|(_, value)| !value.expose().is_empty());
        let fields = Self { service, values };
        for field in service.all_fields().filter(|field| field.is_required) {
            fields.needed(&field)?;
        }
        Ok(fields)
    }

    /// A value that need not be there.
    pub(super) fn get(&self, field: &Field) -> Option<&Secret> {
        self.values.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value)
    }

    /// A value that must be there.
    pub(super) fn needed(&self, field: &Field) -> Result<Secret> {
        self.get(field).cloned().ok_or_else(|| {
            let message =
                message!("{service}: {label} is not given", service = self.service.title, label = field.label);
            Error::new(Code::OptionMissing, message).option(field.name)
        })
    }

    /// A value that need not be there, or its default; one of the words of a choice.
    pub(super) fn choice(&self, field: &Field) -> Result<&str> {
        let value = self.get(field).map(Secret::expose).or(field.default).unwrap_or_default();
        match field.kind {
            Kind::Choice(known) if !known.contains(&value) => {
                let known = known.join(" or ");
                Err(invalid(message!("{value:?} is not {known}", value, known), field.name))
            }
            _ => Ok(value),
        }
    }

    /// The address.
    pub(super) fn url(&self) -> Result<Secret> {
        match (self.get(&URL), self.service.address) {
            (None, Address::Published(url)) => Ok(Secret::new(url.to_owned())),
            _ => self.needed(&URL),
        }
    }

    /// Everything that mustn't be repeated.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let is_secret = |name: &str| self.service.fields.iter().any(|field| field.name == name && field.is_secret);
        let mut secrets: Vec<Secret> =
            self.values.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()).collect();
        secrets.extend(self.basic());
        secrets
    }

    /// `Basic` authentication, where user and password are given.
    pub(super) fn basic(&self) -> Option<Secret> {
        Some(Secret::basic(self.get(&USER)?.expose(), self.get(&PASSWORD)?))
    }
}

pub(super) fn invalid(message: Message, option: &'static str) -> Error {
    Error::new(Code::OptionInvalid, message).option(option)
}

/// What a service can't be asked for.
pub(super) fn forbidden(message: Message) -> Error {
    Error::new(Code::KeyRequestInvalid, message)
}
