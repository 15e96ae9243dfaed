//! What generators are told: nothing of it reaches the wasm.

use super::{Rule, Value, WordInfo};

/// The options of a [`Shape`](super::Shape).
#[derive(Debug, Clone)]
pub struct Table {
    /// The name of the type in TypeScript.
    pub name: &'static str,
    /// Its documentation; a line each, with a space in front.
    pub about: &'static str,
    /// The options in the order of their declaration.
    pub rows: Vec<Row>,
}

/// An option.
#[derive(Debug, Clone)]
pub struct Row {
    /// The name that callers use.
    pub name: &'static str,
    /// Its documentation; a line each, with a space in front.
    pub about: &'static str,
    /// What it is.
    pub is: Described,
    /// When it does something.
    pub rules: &'static [Rule],
    /// How it is shown.
    pub meta: Meta,
}

/// What a reader takes.
#[derive(Debug, Clone)]
pub struct Described {
    /// The kind of value.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// What counts where it isn't.
    pub default: Option<Given>,
}

impl Described {
    /// Of a value that must be given.
    pub fn required(kind: Kind) -> Self {
        Self { kind, required: true, default: None }
    }
}

/// A kind of value.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A number, both ends included.
    Number {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// Whether only whole ones are allowed.
        whole: bool,
        /// What it counts, as in `s`; may be empty.
        unit: &'static str,
    },
    /// One of these numbers.
    Numbers(&'static [u32]),
    /// A text.
    Text {
        /// The name of its type in TypeScript, where it has one of its own.
        name: Option<&'static str>,
        /// What it looks like, as in `CRYPT:SKIP`; may be empty.
        form: &'static str,
        /// A regular expression (ECMA-262) that it matches; may be empty.
        pattern: &'static str,
        /// Whether it is a secret, which no page shows and no log has.
        secret: bool,
        /// One that is read without an error.
        example: &'static str,
    },
    /// One of a few words.
    Word(WordInfo),
    /// A list.
    List {
        /// Its items.
        of: Box<Kind>,
        /// The least number of them.
        least: usize,
    },
    /// An object whose names are the caller's.
    Map(Box<Kind>),
    /// An object of options.
    Object(Table),
    /// A value of one kind or another.
    Either(Box<Kind>, Box<Kind>),
    /// The same, or `null`.
    OrNull(Box<Kind>),
    /// Something that the host keeps to itself, by its type in TypeScript.
    Host(&'static str),
}

/// A value in a declaration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Given {
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A word or text.
    Text(&'static str),
    /// A list of words.
    Words(&'static [&'static str]),
}

impl Given {
    /// As a caller would give it.
    pub fn value(self) -> Value {
        match self {
            Self::Flag(flag) => Value::Flag(flag),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => text.into(),
            Self::Words(words) => Value::List(words.iter().map(|word| (*word).into()).collect()),
        }
    }
}

/// How an option is shown.
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    /// The flags of the command line, as in `segment-duration S`, `o, output DIR` or, for a flag without a value, `hls`;
    /// with `|` between several that each stand for one word of a list. Empty for an option without.
    pub flag: &'static str,
    /// What the help of the command line says of it, in one sentence; a line each.
    pub help: &'static str,
    /// The heading that it stands under, in the help and on a page.
    pub group: &'static str,
    /// What a page calls it; empty for an option that pages don't offer. A flag that is on by default is called by what
    /// turning it off does, as on the command line.
    pub label: &'static str,
    /// What a page says of it beside its name.
    pub hint: &'static str,
    /// What counts where it isn't given, in words, where the default alone doesn't say it.
    pub unset: &'static str,
    /// Whether it is chosen often: a page shows it at once.
    pub often: bool,
    /// Whether the command line reads the flag's value itself: it is a file, or has a grammar of its own.
    pub by_hand: bool,
    /// Who gives it.
    pub audience: Audience,
}

impl Meta {
    /// Of an option that has its documentation and nothing else.
    pub const NONE: Self = Self {
        flag: "",
        help: "",
        group: "",
        label: "",
        hint: "",
        unset: "",
        often: false,
        by_hand: false,
        audience: Audience::Caller,
    };
}

/// Who gives an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever calls the package.
    Caller,
    /// The façade gives it to the core: callers don't see it.
    Facade,
}
