//! Text: side files of subtitles, and text in containers that becomes WebVTT.
//!
//! A side file is small and read whole. Its samples are made here, since none of these syntaxes has any: WebVTT and
//! `SubRip` become samples of WebVTT, a document of TTML is cut into shorter ones.

use std::fmt;
use std::ops::Range;

mod ass;
mod cues;
mod decode;
mod markup;
mod name;
pub(super) mod srt;
pub(super) mod ttml;
pub(super) mod tx3g;
pub(super) mod vtt;

pub(super) use ass::text as ass_text;
pub(super) use cues::{Timed, begin_at_zero, track};
pub(super) use srt::markup as srt_markup;

use super::about::About;
use super::demuxer::{Demand, Demuxer};
use super::format::{Opened, Opening};
use super::{Input, Track};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::mp4::wvtt::Cue;

/// Reads a side file.
struct SideFile {
    name: String,
    size: u64,
    read: Read,
    input: Option<Input>,
}

/// What a side file's bytes say: the track, in the language and for the purpose that its name tells where they don't;
/// adds a sentence for what can't be read.
type Read = fn(&[u8], Option<String>, About, &mut Vec<Message>) -> Result<Track>;

impl SideFile {
    fn open(opening: &Opening<'_>, read: Read) -> Result<Opened> {
        let (name, size) = (opening.name.to_owned(), opening.size);
        Ok(opening.started_with(Self { name, size, read, input: None }))
    }
}

impl fmt::Debug for SideFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SideFile").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Demuxer for SideFile {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
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
        let (language, about) = name::facts(&self.name);
        let mut warnings = Vec::new();
        let track = (self.read)(&bytes, language, about, &mut warnings)?;
        self.input = Some(Input::of_track(&self.name, self.size, track, warnings));
        Ok(Demand::Done)
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

/// Whether a file that begins with `head` begins as `is` says of its text: 0, where it does.
fn sniff(head: &[u8], is: fn(&str) -> bool) -> Option<usize> {
    is(&decode::lenient(head).0).then_some(0)
}

/// The track of a file of cues, which `read` finds in its text.
fn track_of_cues(
    read: fn(&str) -> Cues,
    bytes: &[u8],
    language: Option<&str>,
    about: About,
    warnings: &mut Vec<Message>,
) -> Result<Track> {
    let (text, sentence) = decode::lenient(bytes);
    warnings.extend(sentence);
    let found = read(&text);
    warnings.extend(found.unread());
    if found.cues.is_empty() {
        warnings.push(message!("it has no cues"));
    }
    warnings.extend(found.warnings);
    cues::track(1, &found.header, found.cues, language, about)
}

/// A cue with its times in milliseconds.
pub(super) type Shown = (Range<u64>, Cue);

/// A file of WebVTT.
#[derive(Debug)]
pub struct WebVtt {
    /// The cues, by its own clock.
    pub cues: Vec<Shown>,
    /// What can't be read of it, a sentence each.
    pub unread: Vec<Message>,
    /// How much more the clock of pictures and sound says than its own, in milliseconds (`X-TIMESTAMP-MAP`, RFC 8216
    /// section 3.5).
    pub clock_ms: i64,
}

/// Reads a file of WebVTT; `None` for a file of another kind.
pub fn read_webvtt(bytes: &[u8]) -> Option<WebVtt> {
    let (text, _) = decode::lenient(bytes);
    let read = vtt::is(&text).then(|| vtt::read(&text))?;
    let unread = read.unread();
    let clock_ms = vtt::clock(&text);
    let cues = read.cues.into_iter().map(|timed| (timed.start..timed.end, timed.cue)).collect();
    Some(WebVtt { cues, unread, clock_ms })
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
