//! Which option is meant.

use std::fmt;

use crate::error::{Code, Error, Message};

/// The place of a value among what a caller gave, as in `drm.pssh[2].kid`. It is written out only for an error.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    outer: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

impl At<'static> {
    /// All of the options.
    pub const ROOT: Self = Self { outer: None, step: Step::Root };
}

impl<'a> At<'a> {
    /// The option of this name in it.
    pub fn member(&'a self, name: &'a str) -> Self {
        Self { outer: Some(self), step: Step::Member(name) }
    }

    /// The item at this index, from 0, of the list that it is.
    pub fn item(&'a self, index: usize) -> Self {
        Self { outer: Some(self), step: Step::Item(index) }
    }

    /// `OPTION_INVALID`, with the option as its place.
    pub fn invalid(&self, fault: Message) -> Error {
        self.error(Code::OptionInvalid, fault)
    }

    /// `OPTION_MISSING`, likewise.
    pub fn missing(&self, fault: Message) -> Error {
        self.error(Code::OptionMissing, fault)
    }

    /// `LIMIT_EXCEEDED`, likewise.
    pub fn beyond(&self, fault: Message) -> Error {
        self.error(Code::LimitExceeded, fault)
    }

    #[cold]
    #[inline(never)]
    fn error(&self, code: Code, fault: Message) -> Error {
        let option = self.to_string();
        match option.as_str() {
            "" => Error::new(code, fault),
            _ => Error::new(code, fault).option(option),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_inner = self.outer.is_some_and(|outer| !matches!(outer.step, Step::Root));
        if let Some(outer) = self.outer {
            write!(f, "{outer}")?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) if is_inner => write!(f, ".{name}"),
            Step::Member(name) => f.write_str(name),
            Step::Item(index) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_in_javascript() {
        let drm = At::ROOT.member("drm");
        let pssh = drm.member("pssh");
        let third = pssh.item(2);
        assert_eq!(third.member("kid").to_string(), "drm.pssh[2].kid");
        let error = third.invalid(message!("it is empty"));
        assert_eq!(
            (error.message.text().as_str(), error.place.option.as_deref()),
            ("it is empty", Some("drm.pssh[2]"))
        );
        assert_eq!(At::ROOT.invalid(message!("no object")).place.option, None);
    }
}
