//! Documents of TTML and its profile IMSC1 → samples of `stpp` (ISO/IEC 14496-30:2018 clause 6).
//!
//! A document for a whole film in one sample would stand again in every segment. It is cut in time: a sample has the
//! document with those paragraphs only that are shown while it lasts. The rest of its bytes stays as it is, and so do
//! the times, which count from the track's start.

mod time;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::about::About;
use super::super::access::Made;
use super::super::{Access, Kind, Sample, Track, check_times, entries, language};
use super::SideFile;
use crate::codec::captions::Captions;
use crate::demux::format::{Ending, Format, NOWHERE};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::order;
use time::Clock;

/// Ticks in a second.
const TIMESCALE: u32 = 1000;

/// The least that a sample lasts, in milliseconds: less would only repeat the document's head more often.
const SAMPLE_MS: u64 = 4000;

/// Documents of TTML.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["TTML"],
    endings: &[
        Ending::new("ttml", "application/ttml+xml"),
        Ending::new("ttml2", "application/ttml+xml"),
        Ending::new("dfxp", "application/ttml+xml"),
        Ending::new("itt", "application/ttml+xml"),
        Ending::new("xml", "application/ttml+xml"),
    ],
    sniff: |head| super::sniff(head, is),
    search: NOWHERE,
    open: |opening| SideFile::open(opening, track),
};

/// Whether a file that begins so is one: behind what may precede it stands an element named `tt`.
fn is(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        let behind = |end: &str| rest.split_once(end).map(|(_, behind)| behind.trim_start());
        rest = match rest {
            _ if rest.starts_with("<?") => behind("?>").unwrap_or_default(),
            _ if rest.starts_with("<!--") => behind("-->").unwrap_or_default(),
            _ => break,
        };
    }
    let Some(name) = rest.strip_prefix('<') else { return false };
    let name = name.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
    name.rsplit(':').next() == Some("tt")
}

/// The track of a document.
fn track(bytes: &[u8], tag: Option<String>, about: About, warnings: &mut Vec<Message>) -> Result<Track> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let not_utf8 = |error: std::str::Utf8Error| {
        Error::new(Code::InputDamaged, message!("the document isn't in UTF-8, which its profiles demand"))
            .at(error.valid_up_to() as u64)
    };
    let document = Document::read(std::str::from_utf8(bytes).map_err(not_utf8)?)?;
    let tag = document.language.clone().or(tag);
    if document.paragraphs.is_empty() {
        warnings.push(message!("it has no paragraphs"));
    }
    let (bytes, samples) = document.samples();
    let (entry, properties) = entries::stpp(document.profile)?;
    let track = Track {
        kind: Kind::Text,
        tkhd: entries::tkhd(1, Kind::Text, 0, 0),
        timescale: TIMESCALE,
        packed_language: language::packed(tag.as_deref()),
        language: tag.as_deref().map(language::shortest),
        label: about.label,
        is_forced: about.is_forced,
        roles: about.roles,
        presentation_offset: 0,
        entries: vec![entry],
        samples,
        access: Access::Made(Made { bytes, cues: Vec::new() }),
        captions: Captions::Unknown,
        protection: None,
        properties,
    };
    check_times(&track)?;
    Ok(track)
}

/// A document as far as it must be known to cut it.
#[derive(Debug)]
struct Document<'a> {
    text: &'a str,
    language: Option<String>,
    /// The name of its profile in the registry of the W3C.
    profile: Option<&'static str>,
    /// In the order of the text; none lies within another.
    paragraphs: Vec<Paragraph>,
    /// Whether times can't be told from one element alone, so that it stays whole.
    is_whole: bool,
    /// When the last element ends, in milliseconds.
    end: u64,
}

/// A `p` with its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Paragraph {
    /// The bytes of it and the blanks behind, as offsets in the text.
    from: usize,
    to: usize,
    /// When it is shown, in milliseconds; `u64::MAX` for the end of one that doesn't say.
    start: u64,
    end: u64,
}

/// An element that isn't closed yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    start: u64,
    end: u64,
    is_paragraph: bool,
    from: usize,
}

impl<'a> Document<'a> {
    fn read(text: &'a str) -> Result<Self> {
        let mut document =
            Self { text, language: None, profile: None, paragraphs: Vec::new(), is_whole: false, end: 0 };
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Open> = Vec::new();
        let mut clock = Clock::default();
        let mut is_seen = false;
        loop {
            let from = place(reader.buffer_position());
            let event = reader.read_event().map_err(|error| {
                Error::new(Code::InputDamaged, message!("the document isn't well-formed: {reason}", reason = error))
                    .at(from as u64)
            })?;
            let behind = place(reader.buffer_position());
            match &event {
                Event::Start(start) | Event::Empty(start) => {
                    if open.len() >= limits::XML_DEPTH {
                        let message =
                            message!("the document nests more than {most} elements", most = limits::XML_DEPTH);
                        return Err(Error::new(Code::LimitExceeded, message).at(from as u64));
                    }
                    if open.is_empty() && !is_seen {
                        clock = document.read_root(start, from)?;
                        is_seen = true;
                    }
                    let element = document.begin(start, open.last(), &clock, from);
                    match event {
                        Event::Empty(_) => document.finish(element, behind),
                        _ => open.push(element),
                    }
                }
                Event::End(_) => {
                    if let Some(element) = open.pop() {
                        document.finish(element, behind);
                    }
                }
                Event::DocType(_) => {
                    let message = message!("the document has a document type declaration, which could define entities");
                    return Err(Error::new(Code::InputUnsupported, message).at(from as u64));
                }
                Event::Eof => break,
                _ => (),
            }
        }
        if !open.is_empty() || !is_seen {
            return Err(Error::new(Code::InputTruncated, message!("the document breaks off before its end"))
                .at(text.len() as u64));
        }
        Ok(document)
    }

    fn read_root(&mut self, start: &BytesStart<'_>, at: usize) -> Result<Clock> {
        if start.local_name().as_ref() != "tt" {
            return Err(Error::new(Code::InputUnsupported, message!("the document's root isn't tt")).at(at as u64));
        }
        let mut clock = Clock::default();
        for attribute in start.attributes().with_checks(false).flatten() {
            let value = &attribute.value;
            match attribute.key.as_ref() {
                "xml:lang" => self.language = language_tag(value),
                name if name.ends_with(":profile") || name.ends_with(":contentProfiles") => {
                    self.profile = crate::codec::stpp::profile_of(value).or(self.profile);
                }
                name => clock.set(name, value),
            }
        }
        Ok(clock)
    }

    /// An element's times, which count from its parent's start.
    fn begin(&mut self, start: &BytesStart<'_>, parent: Option<&Open>, clock: &Clock, from: usize) -> Open {
        let (parent_start, parent_end) = parent.map_or((0, u64::MAX), |parent| (parent.start, parent.end));
        let (mut begin, mut end, mut duration) = (None, None, None);
        for attribute in start.attributes().with_checks(false).flatten() {
            let value = &attribute.value;
            match attribute.key.as_ref() {
                "begin" => begin = clock.read(value),
                "end" => end = clock.read(value),
                "dur" => duration = clock.read(value),
                "timeContainer" if value.trim() == "seq" => self.is_whole = true,
                _ => (),
            }
        }
        let first = parent_start.saturating_add(begin.unwrap_or(0));
        let by_end = end.map(|end| parent_start.saturating_add(end));
        let by_duration = duration.map(|duration| first.saturating_add(duration));
        let last = [by_end, by_duration].into_iter().flatten().min();
        if let Some(last) = last {
            self.end = self.end.max(last.min(parent_end));
        }
        let is_paragraph = start.local_name().as_ref() == "p";
        Open { start: first, end: last.unwrap_or(u64::MAX).min(parent_end), is_paragraph, from }
    }

    fn finish(&mut self, element: Open, behind: usize) {
        if element.is_paragraph {
            let blanks = self.text[behind..].len() - self.text[behind..].trim_start().len();
            let paragraph =
                Paragraph { from: element.from, to: behind + blanks, start: element.start, end: element.end };
            // A `p` stands in no other: what was found within it belongs to it.
            self.paragraphs.retain_last(paragraph.from);
            self.paragraphs.push(paragraph);
        }
    }

    /// The samples' bytes, and the samples.
    fn samples(&self) -> (Vec<u8>, Vec<Sample>) {
        let whole = |duration: u64| {
            let mut samples = Vec::new();
            let size = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            super::cues::push(&mut samples, 0, size, duration);
            (self.text.as_bytes().to_vec(), samples)
        };
        let duration = self.end.max(1);
        if self.is_whole {
            return whole(duration);
        }
        let mut least = SAMPLE_MS;
        while least < duration {
            let windows = self.windows(least, duration);
            if self.size_of(&windows) <= limits::TEXT_BYTES as u64 {
                return self.cut(&windows);
            }
            least = least.saturating_mul(4);
        }
        whole(duration)
    }

    /// Where samples start, and where the last one ends: at the start of a paragraph, when the one before has lasted
    /// long enough.
    fn windows(&self, least: u64, duration: u64) -> Vec<u64> {
        let mut starts: Vec<u64> = self.paragraphs.iter().map(|paragraph| paragraph.start).collect();
        order::sort(&mut starts);
        let mut windows = vec![0_u64];
        for start in starts {
            let last = windows.last().copied().unwrap_or(0);
            if start >= last.saturating_add(least) && start < duration {
                windows.push(start);
            }
        }
        windows.push(duration);
        windows
    }

    /// The windows that a paragraph is shown in, as a half-open range of indices.
    fn shown_in(paragraph: &Paragraph, windows: &[u64]) -> std::ops::Range<usize> {
        let inner = &windows[1..windows.len() - 1];
        let first = inner.partition_point(|&start| start <= paragraph.start);
        let last = inner.partition_point(|&start| start < paragraph.end.max(paragraph.start.saturating_add(1)));
        first..last + 1
    }

    fn size_of(&self, windows: &[u64]) -> u64 {
        let size = |paragraph: &Paragraph| (paragraph.to - paragraph.from) as u64;
        let rest = self.text.len() as u64 - self.paragraphs.iter().map(size).sum::<u64>();
        let shown = self.paragraphs.iter().map(|p| size(p).saturating_mul(Self::shown_in(p, windows).len() as u64));
        shown.fold(rest.saturating_mul(windows.len() as u64 - 1), u64::saturating_add)
    }

    fn cut(&self, windows: &[u64]) -> (Vec<u8>, Vec<Sample>) {
        let count = windows.len() - 1;
        let mut shown: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (index, paragraph) in self.paragraphs.iter().enumerate() {
            for window in Self::shown_in(paragraph, windows) {
                shown[window].push(index);
            }
        }
        // What stands in all samples, each piece with the number of paragraphs before it.
        let mut pieces: Vec<(usize, &str)> = Vec::new();
        let mut at = 0;
        for (index, paragraph) in self.paragraphs.iter().enumerate() {
            pieces.push((index, &self.text[at..paragraph.from]));
            at = paragraph.to;
        }
        pieces.push((self.paragraphs.len(), &self.text[at..]));
        pieces.retain(|(_, piece)| !piece.is_empty());
        let mut bytes = Vec::new();
        let mut samples = Vec::new();
        for (window, shown) in shown.iter().enumerate() {
            let offset = bytes.len();
            let mut next = shown.iter().copied().peekable();
            for &(before, piece) in &pieces {
                while let Some(index) = next.next_if(|&index| index < before) {
                    let Paragraph { from, to, .. } = self.paragraphs[index];
                    bytes.extend_from_slice(&self.text.as_bytes()[from..to]);
                }
                bytes.extend_from_slice(piece.as_bytes());
            }
            let size = u32::try_from(bytes.len() - offset).expect("under the cap");
            super::cues::push(&mut samples, offset as u64, size, windows[window + 1] - windows[window]);
        }
        (bytes, samples)
    }
}

/// Drops what stands within an element that is only now known to be one.
trait Enclosing {
    fn retain_last(&mut self, from: usize);
}

impl Enclosing for Vec<Paragraph> {
    fn retain_last(&mut self, from: usize) {
        while self.pop_if(|last| last.from >= from).is_some() {}
    }
}

fn place(position: u64) -> usize {
    usize::try_from(position).expect("a position in memory")
}

fn language_tag(value: &str) -> Option<String> {
    let is_tag = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_tag && value != "und").then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(body: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" xml:lang=\"de\" \
             xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" ttp:profile=\"http://www.w3.org/ns/ttml/profile/imsc1/text\">\
             <head><layout/></head><body>{body}</body></tt>"
        )
    }

    fn made(text: &str) -> Track {
        track(text.as_bytes(), Some("en".into()), About::default(), &mut Vec::new()).unwrap()
    }

    /// Duration and the paragraphs of each sample.
    fn samples(track: &Track) -> Vec<(u32, Vec<String>)> {
        let texts = |index: usize| -> Vec<String> {
            let bytes = track.sample(index, &[]).unwrap().into_owned();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.starts_with("<?xml") && text.ends_with("</body></tt>"), "{text}");
            let texts =
                text.split("<p ").skip(1).filter_map(|p| Some(p.split_once('>')?.1.split_once("</p>")?.0.into()));
            texts.collect()
        };
        track.samples.iter().enumerate().map(|(index, sample)| (sample.duration, texts(index))).collect()
    }

    #[test]
    fn a_document_is_told_by_its_root() {
        for yes in ["<tt>", "<?xml version='1.0'?>\n<!-- x -->\n<tt:tt xmlns:tt='x'>", "\n<tt xml:lang='en'>", "<tt/>"]
        {
            assert!(is(yes), "{yes:?}");
        }
        for no in ["<MPD>", "<?xml?><html>", "tt", "<ttx>", "", "<!--"] {
            assert!(!is(no), "{no:?}");
        }
    }

    #[test]
    fn a_sample_has_the_paragraphs_that_are_shown_while_it_lasts() {
        let track = made(&document(
            "<div begin=\"1s\">\n  <p begin=\"0s\" end=\"2s\">a</p>\n  <p begin=\"5s\" dur=\"4s\">b</p>\n\
             <p begin=\"00:00:07.500\" end=\"00:00:11.000\">c</p></div>",
        ));
        let expected = [(6000, vec!["a"]), (6000, vec!["b", "c"])];
        let expected: Vec<_> =
            expected.into_iter().map(|(d, texts)| (d, texts.into_iter().map(str::to_owned).collect())).collect();
        assert_eq!(samples(&track), expected);
        assert_eq!(track.language.as_deref(), Some("de"));
        assert_eq!(track.entries[0].codec.rfc6381(), "stpp.ttml.im1t");
    }

    #[test]
    fn a_paragraph_without_an_end_stays_until_the_end() {
        let track = made(&document("<div><p begin=\"0s\">a</p><p begin=\"8s\" end=\"9s\">b</p></div>"));
        assert_eq!(samples(&track), [(8000, vec!["a".to_owned()]), (1000, vec!["a".to_owned(), "b".to_owned()])]);
    }

    #[test]
    fn elements_in_sequence_keep_the_document_whole() {
        let track = made(&document("<div timeContainer=\"seq\"><p dur=\"9s\">a</p><p dur=\"9s\">b</p></div>"));
        assert_eq!(track.samples.len(), 1);
    }

    #[test]
    fn a_damaged_document_is_refused() {
        let code = |text: &str| track(text.as_bytes(), None, About::default(), &mut Vec::new()).unwrap_err().code;
        assert_eq!(code("<tt><body>"), Code::InputTruncated);
        assert_eq!(code("<tt><body></tt>"), Code::InputDamaged);
        assert_eq!(code("<!DOCTYPE tt [<!ENTITY a 'b'>]><tt/>"), Code::InputUnsupported);
        assert_eq!(code(&format!("{}{}", "<tt>".repeat(100), "</tt>".repeat(100))), Code::LimitExceeded);
        let latin = track(b"<tt>\xfc</tt>", None, About::default(), &mut Vec::new());
        assert_eq!(latin.unwrap_err().code, Code::InputDamaged);
    }

    #[test]
    fn an_empty_document_is_a_sample() {
        let mut warnings = Vec::new();
        let track = track(b"<tt xmlns='http://www.w3.org/ns/ttml'/>", None, About::default(), &mut warnings).unwrap();
        assert_eq!((track.samples.len(), track.entries[0].codec.rfc6381()), (1, "stpp".to_owned()));
        assert_eq!(warnings, ["it has no paragraphs"]);
    }
}
