//! Attribute lists of playlists, RFC 8216 section 4.2.

use crate::error::Message;

/// An attribute as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The name.
    pub name: &'a str,
    /// The value without its quotes.
    pub value: &'a str,
    /// Whether it is in quotes.
    pub is_quoted: bool,
}

/// The attributes behind a tag's colon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// In the order in which they stand.
    pub list: Vec<Attribute<'a>>,
    /// What is wrong with the list, a sentence without the full stop each.
    pub faults: Vec<Message>,
}

impl<'a> Attributes<'a> {
    /// Reads a list as far as it can be understood.
    pub fn read(list: &'a str) -> Self {
        let mut read = Self::default();
        let mut rest = list;
        while !rest.is_empty() {
            let Some((name, behind)) = rest.split_once('=') else {
                read.faults.push(message!("{text:?} is not an attribute: write NAME=VALUE", text = rest));
                break;
            };
            let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || !name.chars().all(is_name) {
                read.faults.push(message!("{name:?} is not an attribute name: use only A to Z, 0 to 9 and -", name));
            }
            let (value, is_quoted, next) = match behind.strip_prefix('"') {
                Some(quoted) => match quoted.split_once('"') {
                    Some((value, next)) => (value, true, next),
                    None => {
                        read.faults.push(message!("the value of {name} has no closing quote", name));
                        (quoted, true, "")
                    }
                },
                None => {
                    let end = behind.find(',').unwrap_or(behind.len());
                    (&behind[..end], false, &behind[end..])
                }
            };
            read.list.push(Attribute { name, value, is_quoted });
            rest = match next.strip_prefix(',') {
                Some("") => {
                    read.faults.push(message!("a comma follows the last attribute"));
                    ""
                }
                Some(next) => next,
                None if next.is_empty() => next,
                None => {
                    read.faults.push(message!("something other than a comma follows the value of {name}", name));
                    ""
                }
            };
        }
        read
    }

    /// The first attribute of a name, in quotes or not.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.list.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value)
    }

    /// The value of a quoted string.
    pub fn quoted(&self, name: &str) -> Option<&'a str> {
        self.find(name, true)
    }

    /// The value of what isn't in quotes.
    pub fn plain(&self, name: &str) -> Option<&'a str> {
        self.find(name, false)
    }

    /// An integer.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.plain(name)?.parse().ok()
    }

    fn find(&self, name: &str, is_quoted: bool) -> Option<&'a str> {
        let mut all = self.list.iter();
        all.find(|attribute| attribute.name == name && attribute.is_quoted == is_quoted).map(|found| found.value)
    }
}
