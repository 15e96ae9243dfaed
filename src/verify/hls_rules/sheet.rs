//! A playlist by its lines.

use super::Out;
use super::rule::Rule;
use super::tags::{self, Place};
use crate::error::Message;
use crate::manifest::attributes::Attributes;

/// A playlist that is checked.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) path: &'a str,
    pub(super) lines: Vec<Line<'a>>,
}

/// A line that says something.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    /// The tag with its `#`; the empty string for a URI.
    pub(super) tag: &'a str,
    /// What stands behind the tag's colon, or the URI.
    pub(super) value: Option<&'a str>,
    /// Of a tag that has some.
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Sheet<'a> {
    pub(super) fn read(path: &'a str, text: &'a str) -> Self {
        let lines = (1..).zip(text.lines()).filter_map(|(number, line)| Line::read(number, line));
        Self { path, lines: lines.collect() }
    }

    /// The lines of a tag, as in `#EXT-X-KEY`.
    pub(super) fn all<'s>(&'s self, tag: &'s str) -> impl Iterator<Item = &'s Line<'a>> + 's {
        self.lines.iter().filter(move |line| line.tag == tag)
    }

    /// The first line of a tag.
    pub(super) fn first(&self, tag: &str) -> Option<&Line<'a>> {
        self.lines.iter().find(|line| line.tag == tag)
    }

    pub(super) fn has(&self, tag: &str) -> bool {
        self.first(tag).is_some()
    }

    /// The value of a tag that has no attributes.
    pub(super) fn value(&self, tag: &str) -> Option<&'a str> {
        self.first(tag)?.value
    }

    /// Whether it has tags of multivariant playlists and none of media playlists.
    pub(super) fn is_multivariant(&self) -> bool {
        let places = || self.lines.iter().filter_map(|line| Some(tags::of(line.tag)?.place));
        places().any(|place| place == Place::Multivariant)
            && !places().any(|place| matches!(place, Place::Media | Place::Segment))
    }

    pub(super) fn find(&self, out: &mut Out, rule: Rule, line: &Line<'_>, message: Message) {
        out.find(rule, self.path, Some(line.number), message);
    }
}

impl<'a> Line<'a> {
    /// `None` for a blank line and a comment.
    fn read(number: usize, line: &'a str) -> Option<Self> {
        let line = if number == 1 { line.trim_start_matches('\u{feff}') } else { line }.trim();
        if line.is_empty() || (line.starts_with('#') && !line.starts_with("#EXT")) {
            return None;
        }
        if !line.starts_with('#') {
            return Some(Self { number, tag: "", value: Some(line), attributes: Attributes::default() });
        }
        let (tag, value) = line.split_once(':').map_or((line, None), |(tag, value)| (tag, Some(value)));
        let has_attributes = tags::of(tag).is_some_and(|tag| tag.has_attributes());
        let attributes = value.filter(|_| has_attributes).map(Attributes::read).unwrap_or_default();
        Some(Self { number, tag, value, attributes })
    }

    pub(super) fn is_uri(&self) -> bool {
        self.tag.is_empty()
    }

    /// The value of an attribute, however it is written.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes.get(name)
    }

    /// Whether an attribute says `YES`.
    pub(super) fn says(&self, name: &str) -> bool {
        self.get(name) == Some("YES")
    }

    /// The tag's name without its `#`.
    pub(super) fn name(&self) -> &'a str {
        self.tag.trim_start_matches('#')
    }
}
