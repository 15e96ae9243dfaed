//! When an option does something.

use super::At;
use super::members::Members;
use crate::error::Result;

/// What an option needs, or what makes it useless. An option that is given and would do nothing is an error that names
/// it: whoever gives it expects something of it. `false`, what is empty and what is the default ask for nothing, and
/// count as not given.
///
/// The other option stands with words of which it has to be one, or to have one if it is a list, be it by default;
/// without words it has to be given.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// It goes with one of these options.
    With(&'static [Beside]),
    /// It does nothing beside this option.
    Without(Beside),
}

/// Another option of the same shape, and its words.
pub type Beside = (&'static str, &'static [&'static str]);

impl Rule {
    /// Refuses the option `name`, which is given, where it would do nothing.
    pub(super) fn check(&self, name: &str, members: &Members<'_>, at: At<'_>) -> Result<()> {
        match self {
            Self::With(others) if !others.iter().any(|other| members.is(other)) => {
                let options = others.iter().map(worded).collect::<Vec<_>>().join(" | ");
                Err(at.member(name).invalid(message!("it does nothing without {options}", options)))
            }
            Self::Without(other) if members.is(other) => {
                Err(at.member(name).invalid(message!("it does nothing beside {options}", options = worded(other))))
            }
            Self::With(_) | Self::Without(_) => Ok(()),
        }
    }
}

/// An option with its words, as in `hlsFormat: ts`. A parameter `options` of a message is of these, with ` | ` between:
/// the command line names their flags in it.
fn worded((name, words): &Beside) -> String {
    if words.is_empty() { (*name).to_owned() } else { format!("{name}: {}", words.join(" | ")) }
}
