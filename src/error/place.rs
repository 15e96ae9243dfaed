//! Where an error happened, and the words for it.

use std::borrow::Cow;
use std::fmt;

/// Where an error happened: whatever of it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The input's name.
    pub input: Option<String>,
    /// The path of boxes from the top of the file, as in `moov/trak/mdia/mdhd`.
    pub boxes: Option<String>,
    /// The absolute byte offset in the input.
    pub offset: Option<u64>,
    /// The name of the option.
    pub option: Option<Cow<'static, str>>,
}

/// The words for each part of a place, in the order in which they are said: templates, as those of messages. The parts
/// from `line` to `sample` are those of what a verification finds.
pub const PLACES: [(&str, &str); 7] = [
    ("input", "in {input}"),
    ("line", "line {line}"),
    ("segment", "segment {segment}"),
    ("sample", "sample {sample}"),
    ("boxes", "box {boxes}"),
    ("offset", "at byte {offset}"),
    ("option", "option {option}"),
];

impl Place {
    fn part(&self, name: &str) -> Option<String> {
        match name {
            "input" => self.input.clone(),
            "boxes" => self.boxes.clone(),
            "offset" => self.offset.map(|offset| offset.to_string()),
            "option" => self.option.as_deref().map(str::to_owned),
            _ => None,
        }
    }
}

/// In parentheses, after a space; nothing where nothing is known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = PLACES.iter().filter_map(|(name, words)| {
            let part = self.part(name)?;
            Some(words.replace(&format!("{{{name}}}"), &part))
        });
        let known: Vec<String> = known.collect();
        if known.is_empty() { Ok(()) } else { write!(f, " ({})", known.join(", ")) }
    }
}
