//! What a caller gave, before it is read.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::error::Message;

/// A value as it comes from JavaScript or JSON. Its texts may be secrets: they are wiped when it is dropped, and `Debug`
/// doesn't show them.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `null` and `undefined`: as if it were not there.
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A number; whole ones are exact up to 2^53.
    Number(f64),
    /// A text.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<Value>),
    /// An object, its members in their order.
    Object(Vec<(String, Value)>),
    /// Something that no option is, as bytes.
    Other,
}

impl Value {
    /// What it is.
    pub fn what(&self) -> Message {
        match self {
            Self::Nothing => message!("nothing"),
            Self::Flag(true) => message!("true"),
            Self::Flag(false) => message!("false"),
            Self::Number(_) => message!("a number"),
            Self::Text(_) => message!("text"),
            Self::List(_) => message!("a list"),
            Self::Object(_) => message!("an object"),
            Self::Other => message!("something else"),
        }
    }

    /// Whether there is nothing in it that could have an effect.
    pub(super) fn is_idle(&self) -> bool {
        match self {
            Self::Nothing | Self::Flag(false) => true,
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.iter().all(|(_, value)| *value == Self::Nothing),
            Self::Flag(true) | Self::Number(_) | Self::Text(_) | Self::Other => false,
        }
    }

    /// Whether it is this word, or a list with it.
    pub(super) fn has(&self, word: &str) -> bool {
        match self {
            Self::Text(text) => text.as_str() == word,
            Self::Flag(flag) => word == if *flag { "true" } else { "false" },
            Self::List(items) => items.iter().any(|item| item.has(word)),
            Self::Nothing | Self::Number(_) | Self::Object(_) | Self::Other => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Object(members) => f.debug_map().entries(members.iter().map(|(name, value)| (name, value))).finish(),
            other => f.write_str(&other.what().text()),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript's and JSON's numbers are of this type")]
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript's and JSON's numbers are of this type")]
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(text)))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(members))
    }
}
