//! What reads the value of an option, and says what it takes.

use std::marker::PhantomData;

use zeroize::Zeroizing;

use super::{At, Described, Given, Kind, Shape, Value, Word, WordInfo, near};
use crate::error::{Error, Message, Result};

/// Reads a value.
pub trait Reader: Sized {
    /// What it makes of it.
    type Out;

    /// Makes it of `value`, which isn't [`Value::Nothing`].
    fn read(&self, value: &Value, at: At<'_>) -> Result<Self::Out>;

    /// What it is where nothing is given.
    fn absent(&self, at: At<'_>) -> Result<Self::Out> {
        Err(at.missing(message!("it must be given")))
    }

    /// What counts where nothing is given, if a caller could give it.
    fn default(&self) -> Option<Given> {
        None
    }

    /// What it takes, for generators.
    fn described(&self) -> Described;

    /// The same, or `None` where nothing is given.
    fn optional(self) -> Optional<Self> {
        Optional(self)
    }

    /// The same, or `None` where nothing or `null` is given. `null` is taken for any option; here it is said, too.
    fn or_null(self) -> OrNull<Self> {
        OrNull(self)
    }

    /// The same, for what the façade gives where the caller doesn't.
    fn supplied(self) -> Supplied<Self> {
        Supplied(self)
    }

    /// The same, for what the façade gives in place of something else that callers give.
    fn in_place_of<R: Reader>(self, callers: R) -> InPlaceOf<Self, R> {
        InPlaceOf(self, callers)
    }

    /// The same, with a default.
    fn or(self, default: Given) -> Or<Self> {
        Or(self, default)
    }

    /// Makes something else of it, if it is right.
    fn then<T, F: Fn(Self::Out) -> std::result::Result<T, Error>>(self, check: F) -> Then<Self, F> {
        Then(self, check)
    }
}

/// What a reader of `T` takes.
pub fn described<T, R: Reader<Out = T>>(reader: &R) -> Described {
    reader.described()
}

/// A reader whose value needn't be given.
#[derive(Debug)]
pub struct Optional<R>(R);

impl<R: Reader> Reader for Optional<R> {
    type Out = Option<R::Out>;

    fn read(&self, value: &Value, at: At<'_>) -> Result<Self::Out> {
        self.0.read(value, at).map(Some)
    }

    fn absent(&self, _: At<'_>) -> Result<Self::Out> {
        Ok(None)
    }

    fn described(&self) -> Described {
        // What is left unsaid is neither yes nor no.
        Described { required: false, default: None, ..self.0.described() }
    }
}

/// See [`Reader::or_null`].
#[derive(Debug)]
pub struct OrNull<R>(R);

impl<R: Reader> Reader for OrNull<R> {
    type Out = Option<R::Out>;

    fn read(&self, value: &Value, at: At<'_>) -> Result<Self::Out> {
        self.0.read(value, at).map(Some)
    }

    fn absent(&self, _: At<'_>) -> Result<Self::Out> {
        Ok(None)
    }

    fn described(&self) -> Described {
        Described { kind: Kind::OrNull(Box::new(self.0.described().kind)), required: false, default: None }
    }
}

/// See [`Reader::supplied`].
#[derive(Debug)]
pub struct Supplied<R>(R);

impl<R: Reader> Reader for Supplied<R> {
    type Out = R::Out;

    fn read(&self, value: &Value, at: At<'_>) -> Result<R::Out> {
        self.0.read(value, at)
    }

    fn absent(&self, at: At<'_>) -> Result<R::Out> {
        self.0.absent(at)
    }

    fn described(&self) -> Described {
        Described { required: false, ..self.0.described() }
    }
}

/// See [`Reader::in_place_of`].
#[derive(Debug)]
pub struct InPlaceOf<R, C>(R, C);

impl<R: Reader, C: Reader> Reader for InPlaceOf<R, C> {
    type Out = R::Out;

    fn read(&self, value: &Value, at: At<'_>) -> Result<R::Out> {
        self.0.read(value, at)
    }

    fn absent(&self, at: At<'_>) -> Result<R::Out> {
        self.0.absent(at)
    }

    fn described(&self) -> Described {
        Described { required: self.0.described().required, ..self.1.described() }
    }
}

/// A reader with a default.
#[derive(Debug)]
pub struct Or<R>(R, Given);

impl<R: Reader> Reader for Or<R> {
    type Out = R::Out;

    fn read(&self, value: &Value, at: At<'_>) -> Result<Self::Out> {
        self.0.read(value, at)
    }

    fn absent(&self, at: At<'_>) -> Result<Self::Out> {
        self.0.read(&self.1.value(), at)
    }

    fn default(&self) -> Option<Given> {
        Some(self.1)
    }

    fn described(&self) -> Described {
        Described { required: false, default: Some(self.1), ..self.0.described() }
    }
}

/// A reader with a further check.
#[derive(Debug)]
pub struct Then<R, F>(R, F);

impl<R: Reader, T, F: Fn(R::Out) -> Result<T>> Reader for Then<R, F> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        (self.1)(self.0.read(value, at)?).map_err(|error| named(error, at))
    }

    fn absent(&self, at: At<'_>) -> Result<T> {
        (self.1)(self.0.absent(at)?).map_err(|error| named(error, at))
    }

    fn default(&self) -> Option<Given> {
        self.0.default()
    }

    fn described(&self) -> Described {
        self.0.described()
    }
}

/// An error with the option's name.
fn named(error: Error, at: At<'_>) -> Error {
    error.option(at.to_string())
}

fn expected(what: Message, value: &Value, at: At<'_>) -> Error {
    at.invalid(message!("{what} is expected, not {given}", what, given = value.what()))
}

/// `true` or `false`; `false` where nothing is given.
pub fn flag() -> Flag {
    Flag
}

/// See [`flag`].
#[derive(Debug)]
pub struct Flag;

impl Reader for Flag {
    type Out = bool;

    fn read(&self, value: &Value, at: At<'_>) -> Result<bool> {
        match value {
            Value::Flag(flag) => Ok(*flag),
            other => Err(expected(message!("true or false"), other, at)),
        }
    }

    fn absent(&self, _: At<'_>) -> Result<bool> {
        Ok(false)
    }

    fn described(&self) -> Described {
        Described { kind: Kind::Flag, required: false, default: Some(Given::Flag(false)) }
    }
}

/// A number from `min` to `max`, both included.
pub fn number(min: f64, max: f64) -> Number {
    Number { min, max, whole: false, unit: "" }
}

/// Seconds from `min` to `max`, both included, as whole milliseconds.
pub fn seconds<T: TryFrom<i64>>(min: f64, max: f64) -> Seconds<T> {
    Seconds(Number { min, max, whole: false, unit: "s" }, PhantomData)
}

/// A whole number from `min` to `max`, both included.
pub fn whole<T: TryFrom<u64>>(min: u32, max: u32) -> Whole<T> {
    Whole(Number { min: min.into(), max: max.into(), whole: true, unit: "" }, PhantomData)
}

/// A whole number from 0 to 2^53 − 1, up to which all are exact.
pub fn count<T: TryFrom<u64>>() -> Whole<T> {
    Whole(Number { min: 0.0, max: 9_007_199_254_740_991.0, whole: true, unit: "" }, PhantomData)
}

/// See [`number`].
#[derive(Debug)]
pub struct Number {
    min: f64,
    max: f64,
    whole: bool,
    unit: &'static str,
}

impl Number {
    fn range(&self) -> Message {
        let Self { min, max, whole, unit } = *self;
        match (whole, unit) {
            (true, _) => message!("a whole number from {min} to {max}", min, max),
            (false, "") => message!("a number from {min} to {max}", min, max),
            (false, _) => message!("a number from {min} to {max} {unit}", min, max, unit),
        }
    }
}

impl Reader for Number {
    type Out = f64;

    fn read(&self, value: &Value, at: At<'_>) -> Result<f64> {
        match value {
            Value::Number(number)
                if (self.min..=self.max).contains(number) && !(self.whole && number.fract() != 0.0) =>
            {
                Ok(*number)
            }
            Value::Number(number) => Err(at.invalid(message!("{number} is not {range}", number, range = self.range()))),
            other => Err(expected(self.range(), other, at)),
        }
    }

    fn described(&self) -> Described {
        let Self { min, max, whole, unit } = *self;
        Described::required(Kind::Number { min, max, whole, unit })
    }
}

/// See [`seconds`].
#[derive(Debug)]
pub struct Seconds<T>(Number, PhantomData<T>);

impl<T: TryFrom<i64>> Reader for Seconds<T> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        let seconds = self.0.read(value, at)?;
        #[expect(clippy::cast_possible_truncation, reason = "limits of seconds are far below 2^53")]
        let milliseconds = (seconds * 1000.0).round() as i64;
        T::try_from(milliseconds).map_err(|_| at.invalid(message!("{seconds} s is out of range", seconds)))
    }

    fn described(&self) -> Described {
        self.0.described()
    }
}

/// See [`whole`].
#[derive(Debug)]
pub struct Whole<T>(Number, PhantomData<T>);

impl<T: TryFrom<u64>> Reader for Whole<T> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        let number = self.0.read(value, at)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and from 0 to 2^53")]
        let number = number as u64;
        T::try_from(number).map_err(|_| at.invalid(message!("{number} is too large", number)))
    }

    fn described(&self) -> Described {
        self.0.described()
    }
}

/// One of these numbers.
pub fn one_of<T: TryFrom<u32>>(numbers: &'static [u32]) -> OneOf<T> {
    OneOf(numbers, PhantomData)
}

/// See [`one_of`].
#[derive(Debug)]
pub struct OneOf<T>(&'static [u32], PhantomData<T>);

impl<T: TryFrom<u32>> Reader for OneOf<T> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        let known = || self.0.iter().map(u32::to_string).collect::<Vec<_>>().join(" | ");
        let Value::Number(number) = value else {
            return Err(expected(message!("{known}", known = known()), value, at));
        };
        let found = self.0.iter().find(|known| f64::from(**known) == *number);
        let found = found.and_then(|found| T::try_from(*found).ok());
        found.ok_or_else(|| at.invalid(message!("{number} is not {known}", number, known = known())))
    }

    fn described(&self) -> Described {
        Described::required(Kind::Numbers(self.0))
    }
}

/// A text.
pub fn text() -> Text<String> {
    parsed("", "text", |text| Ok(text.to_owned()))
}

/// A text of this form that `parse` reads; `example` is one.
pub fn parsed<T>(form: &'static str, example: &'static str, parse: fn(&str) -> Result<T>) -> Text<T> {
    Text { name: None, form, pattern: "", secret: false, example, parse }
}

/// A secret text, likewise. No error repeats it.
pub fn secret<T>(form: &'static str, example: &'static str, parse: fn(&str) -> Result<T>) -> Text<T> {
    Text { name: None, form, pattern: "", secret: true, example, parse }
}

/// See [`parsed`].
#[derive(Debug)]
pub struct Text<T> {
    name: Option<&'static str>,
    form: &'static str,
    pattern: &'static str,
    secret: bool,
    example: &'static str,
    parse: fn(&str) -> Result<T>,
}

impl<T> Text<T> {
    /// The same, with the name of a type of its own in TypeScript.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same, with a regular expression (ECMA-262) that every text matches that is read without an error.
    #[must_use]
    pub fn pattern(self, pattern: &'static str) -> Self {
        Self { pattern, ..self }
    }
}

impl<T> Reader for Text<T> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        match value {
            Value::Text(text) => (self.parse)(text).map_err(|error| named(error, at)),
            other if self.form.is_empty() => Err(expected(message!("text"), other, at)),
            other => Err(expected(message!("text as {form}", form = self.form), other, at)),
        }
    }

    fn described(&self) -> Described {
        let Self { name, form, pattern, secret, example, .. } = *self;
        Described::required(Kind::Text { name, form, pattern, secret, example })
    }
}

/// One of the words of a type.
pub fn word<W: Word>() -> Words<W> {
    Words(PhantomData)
}

/// See [`word`].
#[derive(Debug)]
pub struct Words<W>(PhantomData<W>);

impl<W: Word> Reader for Words<W> {
    type Out = W;

    fn read(&self, value: &Value, at: At<'_>) -> Result<W> {
        let words = || W::ALL.iter().map(|known| known.word());
        let known = || words().collect::<Vec<_>>().join(", ");
        let Value::Text(text) = value else {
            return Err(expected(message!("one of {known}", known = known()), value, at));
        };
        let found = W::ALL.iter().find(|known| known.word() == text.as_str());
        found.copied().ok_or_else(|| {
            let word: String = text.chars().take(MOST_SHOWN).collect();
            at.invalid(match near(&word, words()) {
                Some(meant) => {
                    message!(
                        "{word:?} is not known; did you mean {meant}? Known are {known}",
                        word,
                        meant,
                        known = known()
                    )
                }
                None => message!("{word:?} is not known; known are {known}", word, known = known()),
            })
        })
    }

    fn described(&self) -> Described {
        Described::required(Kind::Word(WordInfo::of::<W>()))
    }
}

/// How many letters of a word that isn't known are repeated.
const MOST_SHOWN: usize = 40;

/// A list; empty where nothing is given.
pub fn list<R: Reader>(of: R) -> List<R> {
    List { of, least: 0 }
}

/// See [`list`].
#[derive(Debug)]
pub struct List<R> {
    of: R,
    least: usize,
}

impl<R> List<R> {
    /// The same, with at least one item where it is given.
    #[must_use]
    pub fn filled(self) -> Self {
        Self { least: 1, ..self }
    }
}

impl<R: Reader> Reader for List<R> {
    type Out = Vec<R::Out>;

    fn read(&self, value: &Value, at: At<'_>) -> Result<Self::Out> {
        let Value::List(items) = value else { return Err(expected(message!("a list"), value, at)) };
        if items.len() < self.least {
            return Err(at.missing(message!("the list is empty")));
        }
        items.iter().enumerate().map(|(index, item)| self.of.read(item, at.item(index))).collect()
    }

    fn absent(&self, _: At<'_>) -> Result<Self::Out> {
        Ok(Vec::new())
    }

    fn described(&self) -> Described {
        let of = Box::new(self.of.described().kind);
        Described { kind: Kind::List { of, least: self.least }, required: false, default: None }
    }
}

/// An object whose names are the caller's; empty where nothing is given.
pub fn map<R: Reader>(of: R) -> Map<R> {
    Map(of)
}

/// See [`map`].
#[derive(Debug)]
pub struct Map<R>(R);

impl<R: Reader> Reader for Map<R> {
    type Out = Vec<(String, R::Out)>;

    fn read(&self, value: &Value, at: At<'_>) -> Result<Self::Out> {
        let Value::Object(members) = value else { return Err(expected(message!("an object"), value, at)) };
        members.iter().map(|(name, value)| Ok((name.clone(), self.0.read(value, at.member(name))?))).collect()
    }

    fn absent(&self, _: At<'_>) -> Result<Self::Out> {
        Ok(Vec::new())
    }

    fn described(&self) -> Described {
        Described { kind: Kind::Map(Box::new(self.0.described().kind)), required: false, default: None }
    }
}

/// An object of options of its own.
pub fn object<S: Shape>() -> Object<S> {
    Object(PhantomData)
}

/// See [`object`].
#[derive(Debug)]
pub struct Object<S>(PhantomData<S>);

impl<S: Shape> Object<S> {
    /// The same, with the defaults of all its options where it isn't given.
    pub fn or_defaults(self) -> OrDefaults<S> {
        OrDefaults(self)
    }
}

/// See [`Object::or_defaults`].
#[derive(Debug)]
pub struct OrDefaults<S>(Object<S>);

impl<S: Shape> Reader for OrDefaults<S> {
    type Out = S;

    fn read(&self, value: &Value, at: At<'_>) -> Result<S> {
        self.0.read(value, at)
    }

    fn absent(&self, at: At<'_>) -> Result<S> {
        S::read(&Value::Object(Vec::new()), at)
    }

    fn described(&self) -> Described {
        Described { required: false, ..self.0.described() }
    }
}

impl<S: Shape> Reader for Object<S> {
    type Out = S;

    fn read(&self, value: &Value, at: At<'_>) -> Result<S> {
        S::read(value, at)
    }

    fn described(&self) -> Described {
        Described::required(Kind::Object(S::table()))
    }
}

/// A text, or an object that gives the same.
pub fn text_or<A, B>(text: A, object: B) -> TextOr<A, B> {
    TextOr(text, object)
}

/// See [`text_or`].
#[derive(Debug)]
pub struct TextOr<A, B>(A, B);

impl<T, A: Reader<Out = T>, B: Reader<Out = T>> Reader for TextOr<A, B> {
    type Out = T;

    fn read(&self, value: &Value, at: At<'_>) -> Result<T> {
        match value {
            Value::Object(_) => self.1.read(value, at),
            Value::Text(_) => self.0.read(value, at),
            other => Err(expected(message!("text or an object"), other, at)),
        }
    }

    fn described(&self) -> Described {
        let [text, object] = [self.0.described().kind, self.1.described().kind].map(Box::new);
        Described::required(Kind::Either(text, object))
    }
}

/// Something that the host keeps to itself, by its type in TypeScript: a sink, a signal, a callback.
pub fn host(type_name: &'static str) -> HostOnly {
    HostOnly { type_name, required: false }
}

/// See [`host`].
#[derive(Debug)]
pub struct HostOnly {
    type_name: &'static str,
    required: bool,
}

/// What the core has of an option of the host's: nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Host;

impl HostOnly {
    /// The same, for an option that callers must give.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

impl Reader for HostOnly {
    type Out = Host;

    /// `true` says that the host has it; the thing itself is no value.
    fn read(&self, given: &Value, at: At<'_>) -> Result<Host> {
        match given {
            Value::Flag(true) => Ok(Host),
            _ => Err(at.invalid(message!("it is not for the core"))),
        }
    }

    fn absent(&self, _: At<'_>) -> Result<Host> {
        Ok(Host)
    }

    fn described(&self) -> Described {
        Described { required: self.required, ..Described::required(Kind::Host(self.type_name)) }
    }
}

/// A text that is wiped from memory when it is dropped.
pub fn wiped(text: &str) -> Result<Zeroizing<String>> {
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::Rule::{With, Without};
    use super::super::{options, words};
    use super::*;
    use crate::error::Code;

    words! {
        /// What is on top.
        enum Topping = "Topping" {
            /// Sugar.
            Icing = "icing",
            /// Sugar, too.
            Crumble = "crumble",
        }
    }

    options! {
        /// How a cake is baked.
        struct Cake = "CakeOptions" {
            /// How long, in minutes.
            minutes: u32 = "minutes", whole(1, 600).or(Given::Number(45.0)), { flag: "minutes N", help: "how long" };
            /// What is on top.
            topping: Option<Topping> = "topping", word().optional(), when [Without(("bread", &["true"]))];
            /// Grams of sugar in it.
            sugar: Option<f64> = "sugar", number(0.0, 500.0).optional(), when [With(&[("topping", &["icing"])])];
            /// Whether it is bread.
            bread: bool = "bread", flag();
            /// Who is told that it is done.
            on_done: Host = "onDone", host("() => void");
            /// Who eats it.
            guests: Vec<Guest> = "guests", list(object());
        }
    }

    options! {
        /// Somebody.
        struct Guest = "Guest" {
            /// The name.
            name: String = "name", text();
        }
    }

    fn read(json: &str) -> Result<Cake> {
        Cake::read(&serde_json::from_str(json).unwrap(), At::ROOT)
    }

    fn fault(json: &str) -> (Code, String) {
        let error = read(json).unwrap_err();
        (error.code, error.to_string())
    }

    #[test]
    fn values_are_checked_and_have_defaults() {
        let cake = read(r#"{"topping":"icing","sugar":20,"guests":[{"name":"Ann"}],"bread":null}"#).unwrap();
        assert_eq!((cake.minutes, cake.topping, cake.sugar, cake.bread), (45, Some(Topping::Icing), Some(20.0), false));
        assert_eq!((cake.guests[0].name.as_str(), cake.on_done), ("Ann", Host));
    }

    #[test]
    fn faults_name_their_option() {
        let invalid = |json: &str, message: &str| assert_eq!(fault(json), (Code::OptionInvalid, message.to_owned()));
        invalid(r#"{"minute":4}"#, "there is no such option; did you mean minutes? (option minute)");
        invalid(r#"{"guests":[{"nmae":4}]}"#, "there is no such option; did you mean name? (option guests[0].nmae)");
        invalid(r#"{"colour":4}"#, "there is no such option (option colour)");
        invalid(r#"{"minutes":"4"}"#, "a whole number from 1 to 600 is expected, not text (option minutes)");
        invalid(r#"{"minutes":0}"#, "0 is not a whole number from 1 to 600 (option minutes)");
        invalid(r#"{"minutes":1.5}"#, "1.5 is not a whole number from 1 to 600 (option minutes)");
        invalid(
            r#"{"topping":"iceing"}"#,
            "\"iceing\" is not known; did you mean icing? Known are icing, crumble (option topping)",
        );
        invalid(r#"{"topping":{}}"#, "one of icing, crumble is expected, not an object (option topping)");
        invalid(r#"{"guests":{}}"#, "a list is expected, not an object (option guests)");
        invalid(r#"{"onDone":1}"#, "it is not for the core (option onDone)");
        invalid("4", "an object is expected, not a number");
        assert_eq!(
            fault(r#"{"guests":[{}]}"#),
            (Code::OptionMissing, "it must be given (option guests[0].name)".to_owned())
        );
    }

    #[test]
    fn an_option_that_would_do_nothing_is_refused() {
        let message = |json: &str| fault(json).1;
        assert_eq!(message(r#"{"sugar":1}"#), "it does nothing without topping: icing (option sugar)");
        assert_eq!(
            message(r#"{"bread":true,"topping":"crumble"}"#),
            "it does nothing beside bread: true (option topping)"
        );
        assert!(read(r#"{"bread":false,"topping":"crumble"}"#).is_ok());
    }

    #[test]
    fn generators_are_told_all_of_it() {
        let table = Cake::table();
        assert_eq!((table.name, table.about, table.rows.len()), ("CakeOptions", " How a cake is baked.\n", 6));
        let minutes = &table.rows[0];
        assert_eq!(
            (minutes.name, minutes.about, minutes.meta.flag),
            ("minutes", " How long, in minutes.\n", "minutes N")
        );
        assert!(matches!(minutes.is.default, Some(Given::Number(45.0))) && !minutes.is.required);
        assert!(
            matches!(&table.rows[5].is.kind, Kind::List { of, .. } if matches!(&**of, Kind::Object(guest) if guest.name == "Guest"))
        );
    }
}
