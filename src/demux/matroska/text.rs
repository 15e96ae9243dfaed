//! Text in Matroska: blocks with a time and a duration → a track of WebVTT.

use super::NANOSECONDS;
use super::ebml::Elements;
use super::track::TrackEntry;
use crate::demux::text::{self, Timed, ass_text, srt_markup, vtt};
use crate::demux::{Kind, Track};
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::mp4::wvtt::Cue;
use crate::order;
use crate::time::{Ticks, rescale_nearest};

/// What the blocks of a track hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Text with the tags of `SubRip`.
    Plain,
    /// The text of a cue; its name and settings stand in `BlockAdditions`.
    WebVtt,
    /// WebM's older form: name, settings and text, a line for each of the first two.
    WebVttLines,
    /// A line of `SubStation Alpha`.
    Ass,
}

impl Syntax {
    pub(super) fn of(codec: &str) -> Option<Self> {
        Some(match codec {
            "S_TEXT/UTF8" | "S_TEXT/ASCII" => Self::Plain,
            "S_TEXT/WEBVTT" => Self::WebVtt,
            "D_WEBVTT/SUBTITLES" | "D_WEBVTT/CAPTIONS" => Self::WebVttLines,
            "S_TEXT/ASS" | "S_TEXT/SSA" | "S_ASS" | "S_SSA" => Self::Ass,
            _ => return None,
        })
    }
}

/// The blocks of a track in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    list: Vec<Block>,
    /// Their bytes in all.
    bytes: usize,
}

#[derive(Debug)]
struct Block {
    /// In nanoseconds.
    time: Ticks,
    /// In ticks of the file; `None` where it isn't stated.
    duration: Option<u64>,
    text: Vec<u8>,
    /// `BlockAdditions`.
    additions: Vec<u8>,
}

impl Blocks {
    /// Appends a block's frame.
    pub(super) fn push(&mut self, prefix: &[u8], frame: &[u8], time: Option<Ticks>) -> Result<()> {
        let Some(time) = time else { return Ok(()) }; // laced, as text never is
        self.hold(prefix.len() + frame.len())?;
        let text = [prefix, frame].concat();
        self.list.push(Block { time, duration: None, text, additions: Vec::new() });
        Ok(())
    }

    /// Takes what stood behind the block in its group.
    pub(super) fn end_group(&mut self, duration: Option<u64>, additions: &[u8]) {
        if let Some(last) = self.list.last_mut() {
            last.duration = duration.or(last.duration);
            last.additions = additions.to_vec();
        }
    }

    fn hold(&mut self, bytes: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(size_of::<Block>());
        if self.bytes <= limits::TEXT_BYTES {
            return Ok(());
        }
        Err(Error::new(
            Code::LimitExceeded,
            message!("a text track is larger than {most} bytes", most = limits::TEXT_BYTES),
        ))
    }

    /// The track.
    pub(super) fn track(mut self, entry: &TrackEntry, number: u32, scale: u64) -> Result<Track> {
        let syntax = Syntax::of(&entry.codec).unwrap_or(Syntax::Plain);
        order::sort_by_key(&mut self.list, |block| block.time);
        let ms = |nanoseconds: Ticks| u64::try_from(rescale_nearest(nanoseconds, NANOSECONDS, 1000)).unwrap_or(0);
        let mut cues = Vec::new();
        for (index, block) in self.list.iter().enumerate() {
            let Some(cue) = block.cue(syntax) else { continue };
            let stated = block.duration.map(|ticks| ticks.saturating_mul(scale)).or(Some(entry.default_duration));
            let stated = stated.and_then(|duration| Ticks::try_from(duration).ok()).filter(|&duration| duration > 0);
            // Without a duration a text is shown until the next one.
            let end = match stated {
                Some(duration) => block.time.saturating_add(duration),
                None => self.list.get(index + 1).map_or(block.time, |next| next.time),
            };
            let (start, end) = (ms(block.time), ms(end));
            if start < end {
                cues.push(Timed { start, end, cue });
            }
        }
        let is_webvtt = matches!(syntax, Syntax::WebVtt | Syntax::WebVttLines);
        let private = String::from_utf8_lossy(&entry.private).replace("\r\n", "\n");
        let header = match is_webvtt {
            true if vtt::is(&private) => private.trim_end().to_owned(),
            true if !private.trim().is_empty() => format!("WEBVTT\n\n{}", private.trim()),
            _ => "WEBVTT".to_owned(),
        };
        text::track(number, &header, cues, entry.language.as_deref(), entry.about(Kind::Text))
    }
}

impl Block {
    /// The cue; `None` for what can't be shown as text.
    fn cue(&self, syntax: Syntax) -> Option<Cue> {
        let text = String::from_utf8_lossy(&self.text).replace("\r\n", "\n").replace('\0', "");
        match syntax {
            Syntax::Plain => {
                let marked = srt_markup(&text);
                Some(Cue { settings: marked.settings, text: marked.text, ..Cue::default() })
            }
            Syntax::Ass => {
                let marked = ass_text(&text)?;
                Some(Cue { settings: marked.settings, text: marked.text, ..Cue::default() })
            }
            Syntax::WebVtt => {
                // Settings, name and comments, a line each (Matroska's specification of subtitles).
                let additional = additional(&self.additions);
                let mut lines = additional.lines();
                let mut line = || lines.next().unwrap_or_default().trim().to_owned();
                let (settings, id) = (line(), line());
                Some(Cue { id, settings, text: text.trim_end().to_owned(), ..Cue::default() })
            }
            Syntax::WebVttLines => {
                let mut parts = text.splitn(3, '\n');
                let mut part = || parts.next().unwrap_or_default().trim().to_owned();
                Some(Cue { id: part(), settings: part(), text: part(), ..Cue::default() })
            }
        }
    }
}

/// The content of the first `BlockAdditional`.
fn additional(additions: &[u8]) -> String {
    const BLOCK_MORE: u32 = 0xa6;
    const BLOCK_ADDITIONAL: u32 = 0xa5;
    let child = |content: &[u8], wanted: u32| {
        let mut children = Elements::new(content, 0).map_while(Result::ok);
        children.find(|(id, _, _)| *id == wanted).map(|(_, _, content)| content.to_vec())
    };
    let found = child(additions, BLOCK_MORE).and_then(|more| child(&more, BLOCK_ADDITIONAL));
    String::from_utf8_lossy(&found.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp4::wvtt;

    fn track(codec: &str, blocks: &[(Ticks, Option<u64>, &str, &[u8])]) -> Vec<(u32, Vec<Cue>)> {
        let mut entry = TrackEntry::default();
        entry.codec = codec.into();
        let mut all = Blocks::default();
        for &(ms, duration, text, additions) in blocks {
            all.push(&[], text.as_bytes(), Some(ms * 1_000_000)).unwrap();
            all.end_group(duration, additions);
        }
        let track = all.track(&entry, 1, 1_000_000).unwrap();
        let cues = |index: usize| {
            let cues = wvtt::read(&track.sample(index, &[]).unwrap()).unwrap();
            cues.into_iter().map(|cue| Cue { source_id: None, ..cue }).collect()
        };
        track.samples.iter().enumerate().map(|(index, sample)| (sample.duration, cues(index))).collect()
    }

    fn plain(text: &str) -> Cue {
        Cue { text: text.into(), ..Cue::default() }
    }

    #[test]
    fn blocks_are_shown_as_long_as_they_say_or_until_the_next() {
        let blocks: [(Ticks, Option<u64>, &str, &[u8]); 3] =
            [(500, Some(1000), "<i>a</i>", &[]), (2000, None, "b & c", &[]), (3000, Some(500), "d", &[])];
        let expected = [
            (500, vec![]),
            (1000, vec![plain("<i>a</i>")]),
            (500, vec![]),
            (1000, vec![plain("b &amp; c")]),
            (500, vec![plain("d")]),
        ];
        assert_eq!(track("S_TEXT/UTF8", &blocks), expected);
    }

    #[test]
    fn cues_of_webvtt_have_their_settings_and_names() {
        // BlockMore with BlockAdditional.
        let additions = b"\xa6\x8c\xa5\x8aline:0\nid\n";
        let expected = Cue { id: "id".into(), settings: "line:0".into(), text: "<b>x</b>".into(), source_id: None };
        assert_eq!(track("S_TEXT/WEBVTT", &[(0, Some(9), "<b>x</b>", additions)]), [(9, vec![expected.clone()])]);
        assert_eq!(track("D_WEBVTT/SUBTITLES", &[(0, Some(9), "id\nline:0\n<b>x</b>", &[])]), [(9, vec![expected])]);
    }

    #[test]
    fn lines_of_substation_lose_their_fields_and_drawings() {
        let blocks: [(Ticks, Option<u64>, &str, &[u8]); 2] = [
            (0, Some(100), "0,0,Default,,0,0,0,,{\\pos(1,2)}a, b", &[]),
            (100, Some(100), "1,0,Default,,0,0,0,,{\\p1}m 0 0", &[]),
        ];
        assert_eq!(track("S_TEXT/ASS", &blocks), [(100, vec![plain("a, b")])]);
    }
}
