//! What is said to a person: a template in English and its parameters.
//!
//! A template is the message's name in a catalogue of translations, so that a page can fill the same parameters into a
//! sentence of another language. `message!` makes a message, and checks the template while the crate is compiled.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// One sentence without the full stop.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    template: &'static str,
    /// One for each placeholder of the template, in order.
    values: Vec<Value>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number, a name, or words that somebody else chose: the same in every language.
    Text(String),
    /// What is a message itself, or several.
    Messages(Vec<Message>),
}

/// What `message!` takes as a parameter: whatever can be displayed, a [`Message`], or [`Messages`].
#[derive(Clone, Copy)]
pub enum Argument<'a> {
    /// Becomes text.
    Text(&'a dyn fmt::Display),
    /// Stay messages.
    Messages(&'a [Message]),
}

/// Messages that are listed in another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages(pub Vec<Message>);

impl<'a, T: fmt::Display> From<&'a T> for Argument<'a> {
    fn from(value: &'a T) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a Message> for Argument<'a> {
    fn from(message: &'a Message) -> Self {
        Self::Messages(std::slice::from_ref(message))
    }
}

impl<'a> From<&'a Messages> for Argument<'a> {
    fn from(messages: &'a Messages) -> Self {
        Self::Messages(&messages.0)
    }
}

/// A [`Message`] of a template and the parameters that it names, each once and in the same order:
/// `message!("{count} keys are given, over {most}", count = keys.len(), most = limits::KEYS)`. A parameter that has the
/// name of a variable is given by its name alone. `{name:?}` puts a text into quotes, with its control characters
/// escaped. Whatever somebody else has worded, as a browser's error, is a parameter, and no key or credential ever is.
macro_rules! message {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const TEMPLATE: $crate::error::Template = $crate::error::Template::new($template, &[$(stringify!($name)),*]);
        $crate::error::Message::new(TEMPLATE, &[$($crate::error::Argument::from(&message!(@ $name $($value)?))),*])
    }};
    (@ $name:ident) => { $name };
    (@ $name:ident $value:expr) => { $value };
}

/// A template that is known to name the parameters that it is given.
#[derive(Debug, Clone, Copy)]
pub struct Template(&'static str);

impl Template {
    /// Checks that `names` are the template's placeholders, in order.
    ///
    /// # Panics
    ///
    /// If they aren't: `message!` calls this while the crate is compiled.
    pub const fn new(template: &'static str, names: &[&str]) -> Self {
        let text = template.as_bytes();
        let (mut at, mut index) = (0, 0);
        while at < text.len() {
            assert!(text[at] != b'}', "a template has a brace that opens no placeholder");
            if text[at] == b'{' {
                assert!(index < names.len(), "a placeholder of the template has no parameter");
                at = behind_name(text, at + 1, names[index].as_bytes());
                index += 1;
            }
            at += 1;
        }
        assert!(index == names.len(), "a parameter has no placeholder in the template");
        Self(template)
    }
}

/// Where the placeholder's closing brace stands.
const fn behind_name(text: &[u8], from: usize, name: &[u8]) -> usize {
    let mut at = 0;
    while at < name.len() {
        let is_same = from + at < text.len() && text[from + at] == name[at];
        assert!(is_same, "the parameters are named, and stand in the order, as in the template");
        at += 1;
    }
    let mut end = from + at;
    if end + 1 < text.len() && text[end] == b':' && text[end + 1] == b'?' {
        end += 2;
    }
    assert!(end < text.len() && text[end] == b'}', "a placeholder is a name in braces, with :? or without");
    end
}

/// A piece of a template.
enum Piece {
    Words(&'static str),
    Placeholder { name: &'static str, is_quoted: bool },
}

/// The pieces of a template, in order.
struct Pieces(&'static str);

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (words, rest) = self.0.split_at(self.0.find('{').unwrap_or(self.0.len()));
        if !words.is_empty() {
            self.0 = rest;
            return Some(Piece::Words(words));
        }
        let (name, rest) = rest.strip_prefix('{')?.split_once('}')?;
        self.0 = rest;
        let quoted = name.strip_suffix(":?");
        Some(Piece::Placeholder { name: quoted.unwrap_or(name), is_quoted: quoted.is_some() })
    }
}

impl Message {
    /// What `message!` makes; the arguments are as many as the template's placeholders.
    #[cold]
    #[inline(never)]
    pub fn new(template: Template, arguments: &[Argument<'_>]) -> Self {
        let value = |argument: &Argument<'_>| match argument {
            Argument::Text(value) => Value::Text(value.to_string()),
            Argument::Messages(messages) => Value::Messages(messages.to_vec()),
        };
        Self { template: template.0, values: arguments.iter().map(value).collect() }
    }

    /// The sentence in English, with placeholders `{name}` and `{name:?}`.
    pub fn template(&self) -> &'static str {
        self.template
    }

    /// The parameters by their names, in the template's order.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let names = Pieces(self.template).filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Placeholder { name, .. } => Some(name),
        });
        names.zip(&self.values)
    }

    /// The sentence in English.
    #[cold]
    #[inline(never)]
    pub fn text(&self) -> String {
        let (mut text, mut values) = (String::new(), self.values.iter());
        for piece in Pieces(self.template) {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Placeholder { is_quoted, .. } => {
                    let value = values.next().map(Value::text).unwrap_or_default();
                    text.push_str(&if is_quoted { format!("{value:?}") } else { value });
                }
            }
        }
        text
    }

    /// The same message with each text of its parameters changed.
    #[must_use]
    pub fn with_texts(self, change: &dyn Fn(&str) -> String) -> Self {
        let value = |value| match value {
            Value::Text(text) => Value::Text(change(&text)),
            Value::Messages(messages) => {
                Value::Messages(messages.into_iter().map(|message| message.with_texts(change)).collect())
            }
        };
        Self { template: self.template, values: self.values.into_iter().map(value).collect() }
    }
}

impl Messages {
    /// The sentences in English, with semicolons between them.
    pub fn text(&self) -> String {
        joined(&self.0)
    }
}

fn joined(messages: &[Message]) -> String {
    messages.iter().map(Message::text).collect::<Vec<_>>().join("; ")
}

impl Value {
    /// The parameter as it is filled into the English sentence; several messages are joined by semicolons.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Messages(messages) => joined(messages),
        }
    }
}

/// As `{ message, template, parameters }`: a parameter is a string, or a list of messages.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shape = serializer.serialize_struct("Message", 3)?;
        shape.serialize_field("message", &self.text())?;
        shape.serialize_field("template", self.template)?;
        shape.serialize_field("parameters", &Parameters(self))?;
        shape.end()
    }
}

/// The parameters of a message by their names, as they are serialised.
#[derive(Debug)]
pub struct Parameters<'a>(pub &'a Message);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.parameters())
    }
}

/// Compares with the sentence in English.
impl PartialEq<&str> for Message {
    fn eq(&self, other: &&str) -> bool {
        self.text() == *other
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_filled_into_the_template() {
        let (track, most) = ("a\"b\n", 3);
        let message = message!("{track:?} has {count} keys, over {most}", track, count = 2 + 2, most);
        assert_eq!(message.text(), r#""a\"b\n" has 4 keys, over 3"#);
        assert_eq!(message.template(), "{track:?} has {count} keys, over {most}");
        let parameters: Vec<_> = message.parameters().map(|(name, value)| (name, value.text())).collect();
        assert_eq!(parameters, [("track", track.to_owned()), ("count", "4".to_owned()), ("most", "3".to_owned())]);
    }

    #[test]
    fn messages_hold_messages() {
        let inner = message!("{count} left", count = 1);
        let outer = message!("no track: {reasons}", reasons = Messages(vec![inner.clone(), message!("none")]));
        assert_eq!(outer.text(), "no track: 1 left; none");
        assert_eq!(message!("frame: {inner}", inner).text(), "frame: 1 left");
        let changed = outer.with_texts(&|text| text.replace('1', "2"));
        assert_eq!(changed.text(), "no track: 2 left; none");
    }

    #[test]
    #[should_panic(expected = "a placeholder of the template has no parameter")]
    fn a_placeholder_without_a_parameter_is_refused() {
        let _ = Template::new("{count} keys, over {most}", &["count"]);
    }

    #[test]
    #[should_panic(expected = "a parameter has no placeholder")]
    fn a_parameter_without_a_placeholder_is_refused() {
        let _ = Template::new("{count} keys", &["count", "most"]);
    }
}
