//! What a caller gave, before it is read.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::error::Message;
use crate::limits;

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
        AnyValue { levels: limits::OPTION_LEVELS }.deserialize(deserializer)
    }
}

/// Reads any value of at most so many levels of lists and objects; what is deeper counts as no value.
#[derive(Clone, Copy)]
struct AnyValue {
    levels: usize,
}

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.levels == 0 {
            // The host's objects are left where they are; a text of JSON has to be read to its end.
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Other);
        }
        deserializer.deserialize_any(self)
    }
}

impl AnyValue {
    fn below(self) -> Self {
        Self { levels: self.levels - 1 }
    }
}

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
        self.deserialize(deserializer)
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
        while let Some(item) = items.next_element_seed(self.below())? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = entries.next_key()? {
            members.push((name, entries.next_value_seed(self.below())?));
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_is_no_value() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let read = |levels: usize| serde_json::from_str::<Value>(&nested(levels)).unwrap();
        let mut value = &read(100);
        let mut levels = 0;
        while let Value::List(items) = value {
            (value, levels) = (&items[0], levels + 1);
        }
        assert_eq!((value, levels), (&Value::Other, limits::OPTION_LEVELS));
        assert_eq!(read(1), Value::List(vec![Value::Number(1.0)]));
    }
}
