//! 3GPP timed text (3GPP TS 26.245; Apple's `tx3g`) → WebVTT.

use super::markup::Writer as Markup;
use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};
use crate::mp4::Boxes;
use crate::mp4::wvtt::{self, Cue};
use crate::order;

/// What a sample entry says, as far as WebVTT can say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Config {
    /// The face of text that no style is given for.
    face: u8,
    /// Whether text stands at the top.
    is_at_top: bool,
    /// Whether all of it is shown where no text is chosen (Apple's display flags).
    pub is_forced: bool,
}

impl Config {
    /// Reads the entry's content behind `data_reference_index` (clause 5.16).
    pub fn read(mut reader: Reader<'_>) -> Result<Self> {
        const ALL_SAMPLES_ARE_FORCED: u32 = 0x8000_0000;
        const TOP: u8 = 0;
        let flags = reader.u32()?;
        reader.skip(1)?;
        let vertical = reader.u8()?;
        reader.skip(4)?; // background
        let bounds = [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?];
        let face = Style::read(&mut reader)?.face;
        // Writers that leave all at 0 mean nothing by it.
        let is_at_top = vertical == TOP && bounds != [0; 4];
        Ok(Self { face, is_at_top, is_forced: flags & ALL_SAMPLES_ARE_FORCED != 0 })
    }
}

/// `StyleRecord`: which characters have which face.
#[derive(Debug, Clone, Copy)]
struct Style {
    start: usize,
    end: usize,
    face: u8,
}

impl Style {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let (start, end) = (reader.u16()?, reader.u16()?);
        reader.skip(2)?; // font
        let face = reader.u8()?;
        reader.skip(1 + 4)?; // size, colour
        Ok(Self { start: usize::from(start), end: usize::from(end), face })
    }
}

/// The bits of a face and the tags for them.
const FACES: [(u8, &str); 3] = [(1, "b"), (2, "i"), (4, "u")];

/// The sample of WebVTT for one of timed text (clause 5.17).
pub(in crate::demux) fn to_webvtt(sample: &[u8], config: Config) -> Result<Vec<u8>> {
    let cut = |_| Error::new(Code::CodecInvalid, message!("a sample of timed text ends within its text"));
    let mut reader = crate::codec::reader(sample, 0);
    let size = reader.u16().map_err(cut)?;
    let bytes = reader.take(usize::from(size)).map_err(cut)?;
    let text = match bytes {
        [0xfe, 0xff, units @ ..] => {
            let units: Vec<u16> = units.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    // What stands behind the text is decoration: what of it can't be read is left out.
    let mut styles = Vec::new();
    for (kind, mut content) in Boxes::new(reader).map_while(Result::ok) {
        if kind.0 == *b"styl" {
            let count = content.u16().unwrap_or(0);
            styles.extend((0..count).map_while(|_| Style::read(&mut content).ok()));
        }
    }
    order::sort_by_key(&mut styles, |style| style.start);
    let text = marked(&text, &styles, config.face);
    if text.is_empty() {
        return Ok(wvtt::EMPTY.to_vec());
    }
    let settings = if config.is_at_top { "line:0" } else { "" };
    let mut out = Writer::new();
    Cue { settings: settings.to_owned(), text, ..Cue::default() }.put(&mut out);
    Ok(out.into_vec())
}

fn marked(text: &str, styles: &[Style], default_face: u8) -> String {
    let mut out = Markup::default();
    let mut styles = styles.iter().peekable();
    let mut face = 0;
    for (index, c) in text.trim_end_matches(['\r', '\n', '\0']).chars().enumerate() {
        while styles.next_if(|style| style.end <= index).is_some() {}
        let wanted = styles.peek().filter(|style| style.start <= index).map_or(default_face, |style| style.face);
        for (bit, tag) in FACES {
            match (face & bit != 0, wanted & bit != 0) {
                (true, false) => out.close(|open| open == tag),
                (false, true) => out.open(tag),
                _ => (),
            }
        }
        face = wanted;
        out.char(if c == '\r' { '\n' } else { c });
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text with style records of (start, end, face).
    fn sample(text: &[u8], styles: &[(u16, u16, u8)]) -> Vec<u8> {
        let mut out = Writer::new();
        out.u16(u16::try_from(text.len()).unwrap()).bytes(text);
        if !styles.is_empty() {
            out.u32(10 + 12 * u32::try_from(styles.len()).unwrap()).bytes(b"styl");
            out.u16(u16::try_from(styles.len()).unwrap());
            for &(start, end, face) in styles {
                out.u16(start).u16(end).u16(1).u8(face).u8(18).u32(0xffff_ffff);
            }
        }
        out.into_vec()
    }

    fn text(sample: &[u8], config: Config) -> Vec<String> {
        let cues = wvtt::read(&to_webvtt(sample, config).unwrap()).unwrap();
        cues.into_iter().map(|cue| cue.text).collect()
    }

    #[test]
    fn faces_become_tags_by_characters() {
        let bytes = sample("Grüße & Küsse".as_bytes(), &[(0, 5, 1), (8, 13, 2 | 4)]);
        assert_eq!(text(&bytes, Config::default()), ["<b>Grüße</b> &amp; <i><u>Küsse</u></i>"]);
        let italic = Config { face: 2, ..Config::default() };
        assert_eq!(text(&sample(b"ab", &[(1, 2, 0)]), italic), ["<i>a</i>b"]);
    }

    #[test]
    fn an_empty_text_shows_nothing() {
        assert_eq!(to_webvtt(&[0, 0], Config::default()).unwrap(), wvtt::EMPTY);
        assert_eq!(to_webvtt(&sample(b"\n", &[]), Config::default()).unwrap(), wvtt::EMPTY);
    }

    #[test]
    fn utf_16_is_told_by_its_mark() {
        assert_eq!(text(&sample(b"\xfe\xff\0H\0\xfc", &[]), Config::default()), ["Hü"]);
    }

    #[test]
    fn a_sample_shorter_than_its_text_is_refused() {
        for bytes in [&[][..], &[0], &[0, 5, b'a']] {
            assert_eq!(to_webvtt(bytes, Config::default()).unwrap_err().code, Code::CodecInvalid);
        }
        // Decoration that is cut off is left out.
        assert_eq!(text(b"\0\x01a\0\0\0\x40styl\0\x01", Config::default()), ["a"]);
    }

    #[test]
    fn an_entry_says_where_and_whether_text_is_forced() {
        let mut out = Writer::new();
        out.u32(0x8000_0000).u8(1).u8(0).u32(0).u16(0).u16(0).u16(40).u16(320);
        out.u16(0).u16(0).u16(1).u8(2).u8(18).u32(0);
        let bytes = out.into_vec();
        let config = Config::read(crate::codec::reader(&bytes, 0)).unwrap();
        assert_eq!(config, Config { face: 2, is_at_top: true, is_forced: true });
        assert!(Config::read(crate::codec::reader(&bytes[..20], 0)).is_err());
    }
}
