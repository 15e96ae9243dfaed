//! An object of options: its names are known, its values are read, and each does something.

use super::read::Reader;
use super::rules::{Beside, Rule};
use super::{At, Table, Value, near};
use crate::error::Result;

/// A struct that [`options!`](super::options) declares.
pub trait Shape: Sized {
    /// The names of its options.
    const NAMES: &'static [&'static str];

    /// Checked values of what stands at `at`.
    fn read(value: &Value, at: At<'_>) -> Result<Self>;

    /// All that is declared of its options, for generators.
    fn table() -> Table;
}

/// The members of an object that is read.
#[derive(Debug)]
pub struct Members<'a>(&'a [(String, Value)]);

impl<'a> Members<'a> {
    /// Those of `value`; refuses what is no object, and names that aren't known.
    pub fn of(value: &'a Value, known: &'static [&'static str], at: At<'_>) -> Result<Self> {
        let Value::Object(members) = value else {
            return Err(at.invalid(message!("an object is expected, not {given}", given = value.what())));
        };
        if let Some((name, _)) = members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(at.member(name).invalid(match near(name, known.iter().copied()) {
                Some(meant) => message!("there is no such option; did you mean {meant}?", meant),
                None => message!("there is no such option"),
            }));
        }
        Ok(Self(members))
    }

    /// The value of an option.
    pub fn read<R: Reader>(&self, name: &'static str, reader: R, at: At<'_>) -> Result<R::Out> {
        match self.given(name) {
            Some(value) => reader.read(value, at.member(name)),
            None => reader.absent(at.member(name)),
        }
    }

    /// Refuses the option `name` where it would do nothing.
    pub fn check(&self, name: &str, rules: &[Rule], at: At<'_>) -> Result<()> {
        match self.given(name) {
            Some(value) if !value.is_idle() => rules.iter().try_for_each(|rule| rule.check(name, self, at)),
            _ => Ok(()),
        }
    }

    /// Whether an option is given, as one of the words if there are any.
    pub(super) fn is(&self, (name, words): &Beside) -> bool {
        let value = self.given(name).filter(|value| !words.is_empty() || !value.is_idle());
        value.is_some_and(|value| words.is_empty() || words.iter().any(|word| value.has(word)))
    }

    fn given(&self, name: &str) -> Option<&'a Value> {
        self.0.iter().find(|(known, value)| known == name && *value != Value::Nothing).map(|(_, value)| value)
    }
}
