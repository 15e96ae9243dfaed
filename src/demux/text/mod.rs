//! Text: side files of subtitles, and text in containers that becomes WebVTT.
//!
//! A side file is small and read whole. Its samples are made here, since none of these syntaxes has any: WebVTT and
//! `SubRip` become samples of WebVTT, a document of TTML is cut into shorter ones.

use std::ops::Range;

mod ass;
mod cues;
mod decode;
mod markup;
mod name;
mod srt;
mod ttml;
pub(super) mod tx3g;
pub(super) mod vtt;

pub(super) use ass::text as ass_text;
pub(super) use cues::{Timed, begin_at_zero, track};
pub(super) use srt::markup as srt_markup;

use super::Input;
use super::scan::{Demand, Format};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::mp4::wvtt::Cue;

/// The syntaxes of side files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// The W3C's Web Video Text Tracks.
    WebVtt,
    /// `SubRip`.
    Srt,
    /// Timed Text Markup Language, of which IMSC is a profile.
    Ttml,
}

impl Syntax {
    /// The syntax of a file that begins with `head`.
    pub(super) fn told(head: &[u8]) -> Option<Self> {
        let (text, _) = decode::lenient(head);
        if vtt::is(&text) {
            return Some(Self::WebVtt);
        }
        if ttml::is(&text) {
            return Some(Self::Ttml);
        }
        srt::is(&text).then_some(Self::Srt)
    }
}

/// Reads a side file.
#[derive(Debug)]
pub(super) struct SideFile {
    name: String,
    size: u64,
    syntax: Syntax,
    input: Option<Input>,
}

impl SideFile {
    pub(super) fn new(name: &str, size: u64, syntax: Syntax) -> Self {
        Self { name: name.to_owned(), size, syntax, input: None }
    }

    fn read(&self, bytes: &[u8]) -> Result<Input> {
        let (language, about) = name::told(&self.name);
        let mut warnings = Vec::new();
        let track = match self.syntax {
            Syntax::Ttml => ttml::track(bytes, language, about, &mut warnings)?,
            Syntax::WebVtt | Syntax::Srt => {
                let (text, sentence) = decode::lenient(bytes);
                warnings.extend(sentence);
                let read = match self.syntax {
                    Syntax::WebVtt => vtt::read(&text),
                    _ => srt::read(&text),
                };
                warnings.extend(read.unread());
                if read.cues.is_empty() {
                    warnings.push(message!("it has no cues"));
                }
                warnings.extend(read.warnings);
                cues::track(1, &read.header, read.cues, language.as_deref(), about)?
            }
        };
        Ok(Input { name: self.name.clone(), size: self.size, tracks: vec![track], warnings })
    }
}

impl Format for SideFile {
    fn take(&mut self, bytes: &[u8], offset: u64) -> Result<Demand> {
        if self.size > limits::TEXT_FILE_BYTES {
            let message = message!(
                "the text is {size} bytes long; the most is {most}",
                size = self.size,
                most = limits::TEXT_FILE_BYTES
            );
            return Err(Error::new(Code::LimitExceeded, message).at(offset));
        }
        if offset > 0 || (bytes.len() as u64) < self.size {
            return Ok(Demand::Bytes { offset: 0, least: self.size });
        }
        self.input = Some(self.read(bytes)?);
        Ok(Demand::Done)
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

/// A cue with its times in milliseconds.
pub(super) type Shown = (Range<u64>, Cue);

/// The cues of a file of WebVTT, and what can't be read of it, a sentence each; `None` for a file of another kind.
pub fn read_webvtt(bytes: &[u8]) -> Option<(Vec<Shown>, Vec<Message>)> {
    let (text, _) = decode::lenient(bytes);
    let read = vtt::is(&text).then(|| vtt::read(&text))?;
    let unread = read.unread();
    Some((read.cues.into_iter().map(|timed| (timed.start..timed.end, timed.cue)).collect(), unread))
}

/// A file of cues as it was read.
#[derive(Debug, Default)]
struct Cues {
    /// What stands in front of the first cue.
    header: String,
    cues: Vec<Timed>,
    /// What was left aside, a sentence each.
    warnings: Vec<Message>,
    /// How many cues have no time that can be read, or no duration.
    unread: usize,
}

impl Cues {
    /// The sentence on cues that are left out.
    fn unread(&self) -> Vec<Message> {
        let count = self.unread;
        let sentence =
            message!("{count} cues are left out, since their times can't be read or they have no duration", count);
        (count > 0).then_some(sentence).into_iter().collect()
    }
}
