//! The one error type that leaves the crate.
//!
//! Every failure has a stable string [`Code`], a [`Class`] that says who can act, a sentence about
//! what happened, the [`Place`] where it did, and advice. Each code also has a number from the
//! product's numeric table, which users and support know from the native packagers:
//!
//! `0` success · `1101` no parameter · `1102` invalid parameter · `1103` wrong number of parameters ·
//! `1201` file not found · `1202` file not accessible · `1203` path too long · `1204` name too long ·
//! `1205` no space · `1206` cannot move the file · `1207` cannot get the file's size ·
//! `2001` request to the server failed · `2002` the server returned an error ·
//! `2003` invalid block size · `2004` no private key · `2005` invalid private key · `-1` unexpected.
//!
//! What happened is said by a [`Message`]: a template in English and its parameters, so that a page can say it in
//! another language. No error carries a content key: messages name options and boxes, never the secret's value.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

#[macro_use]
mod message;
mod codes;
mod place;

pub use codes::{Class, Code};
pub use message::{Argument, Message, Messages, Parameters, Template, Value};
pub use place::{PLACES, Place};

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, where, and what can be done about it.
///
/// A pointer to the [`Details`]: results are handed up at some thousand places, and with the details in them a quarter
/// of the wasm would be code that copies them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Details>);

/// What an [`Error`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The stable code.
    pub code: Code,
    /// What happened, in one sentence without the full stop.
    pub message: Message,
    /// Where it happened.
    pub place: Place,
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.message.text(), self.place)
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Error {
    /// An error of this code; add the place with [`Error::at`], [`Error::in_box`] and the like.
    pub fn new(code: Code, message: Message) -> Self {
        Self::of(code, message)
    }

    #[cold]
    #[inline(never)]
    fn of(code: Code, message: Message) -> Self {
        Self(Box::new(Details { code, message, place: Place::default() }))
    }

    /// Adds the absolute byte offset in the input, unless a more precise one is known already.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn at(mut self, offset: u64) -> Self {
        self.place.offset.get_or_insert(offset);
        self
    }

    /// Puts an enclosing box in front of the path of boxes: called from the inside out.
    #[must_use]
    pub fn in_box(self, name: impl fmt::Display) -> Self {
        self.in_box_of(&name)
    }

    #[cold]
    #[inline(never)]
    fn in_box_of(mut self, name: &dyn fmt::Display) -> Self {
        self.place.boxes = Some(match &self.place.boxes {
            Some(inner) => format!("{name}/{inner}"),
            None => name.to_string(),
        });
        self
    }

    /// Adds the option that is at fault, as in `scheme` or `drm.pssh[2].kid`; the last name counts.
    #[must_use]
    pub fn option(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.of_option(name.into())
    }

    #[cold]
    #[inline(never)]
    fn of_option(mut self, name: Cow<'static, str>) -> Self {
        self.place.option = Some(name);
        self
    }

    /// Adds the input's name, unless one is known already.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn input(mut self, name: &str) -> Self {
        self.place.input.get_or_insert_with(|| name.to_owned());
        self
    }

    /// The details by value.
    pub fn into_details(self) -> Details {
        *self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_put_in_front_from_the_inside_out() {
        let error = Error::new(Code::Mp4BoxTruncated, message!("too short")).at(40).in_box("mdhd").in_box("mdia").at(8);
        assert_eq!(error.to_string(), "too short (box mdia/mdhd, at byte 40)");
    }
}
