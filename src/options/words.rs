//! Values that are one of a few words.

/// A type whose values are words, in options and wherever else they are written.
pub trait Word: Copy + 'static {
    /// The name of the type in TypeScript, as in `Target`.
    const NAME: &'static str;
    /// What the type is, for its documentation there.
    const ABOUT: &'static str;
    /// All values.
    const ALL: &'static [Self];

    /// The word.
    fn word(self) -> &'static str;

    /// What it stands for; may be empty.
    fn about(self) -> &'static str {
        ""
    }
}

/// What generators are told of a [`Word`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordInfo {
    /// The name of the type in TypeScript.
    pub name: &'static str,
    /// What the type is.
    pub about: &'static str,
    /// The words, each with what it stands for.
    pub words: Vec<(&'static str, &'static str)>,
}

impl WordInfo {
    /// Of a type.
    pub fn of<W: Word>() -> Self {
        let words = W::ALL.iter().map(|value| (value.word(), value.about())).collect();
        Self { name: W::NAME, about: W::ABOUT, words }
    }
}
