//! An object of options: its names are known, its values are read, and each does something.

use super::read::Reader;
use super::rules::{Beside, Rule};
use super::{At, Table, Value, near};
use crate::error::Result;

/// A struct that `options!` declares.
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
pub struct Members<'a> {
    given: &'a [(String, Value)],
    /// What counts of options that were read, where they aren't given.
    defaults: Vec<(&'static str, Value)>,
}

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
        Ok(Self { given: members, defaults: Vec::new() })
    }

    /// The value of an option.
    pub fn read<R: Reader>(&mut self, name: &'static str, reader: R, at: At<'_>) -> Result<R::Out> {
        self.defaults.extend(reader.default().map(|default| (name, default.value())));
        match self.given(name) {
            Some(value) => reader.read(value, at.member(name)),
            None => reader.absent(at.member(name)),
        }
    }

    /// Refuses the option `name` where it would do nothing. All options are read before.
    pub fn check(&self, name: &str, rules: &[Rule], at: At<'_>) -> Result<()> {
        if self.asks(name) { rules.iter().try_for_each(|rule| rule.check(name, self, at)) } else { Ok(()) }
    }

    /// Whether an option is one of these words or, where there are none, asks for something.
    pub(super) fn is(&self, (name, words): &Beside) -> bool {
        let value = self.given(name).or(self.default(name));
        if words.is_empty() {
            self.asks(name)
        } else {
            value.is_some_and(|value| words.iter().any(|word| value.has(word)))
        }
    }

    /// Whether an option is given, and isn't what would count without it.
    fn asks(&self, name: &str) -> bool {
        self.given(name).is_some_and(|value| !value.is_idle() && Some(value) != self.default(name))
    }

    fn given(&self, name: &str) -> Option<&'a Value> {
        self.given.iter().find(|(known, value)| known == name && *value != Value::Nothing).map(|(_, value)| value)
    }

    fn default(&self, name: &str) -> Option<&Value> {
        self.defaults.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}
