//! WebVTT in ISO BMFF (ISO/IEC 14496-30:2018 clause 7): the sample entry `wvtt`, and the boxes of its samples.
//!
//! A sample holds the cues that are shown during all of it, a `vttc` each, or says by `vtte` that none is.

use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};
use crate::mp4::{Boxes, put};

/// The name in the codecs parameter.
pub const RFC6381: &str = "wvtt";

/// The sample of a time in which no cue is shown.
pub const EMPTY: &[u8] = b"\0\0\0\x08vtte";

/// What the sample entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// All that stands in front of the first cue of a WebVTT file: the line `WEBVTT`, style sheets and regions.
    pub header: String,
}

impl Config {
    /// Reads the content of `vttC`.
    pub fn read(content: &[u8]) -> Self {
        Self { header: String::from_utf8_lossy(content).into_owned() }
    }

    /// The style sheets and regions, a block each.
    pub fn blocks(&self) -> impl Iterator<Item = &str> {
        let blocks = self.header.split("\n\n").map(|block| block.trim_matches('\n'));
        blocks.filter(|block| block.starts_with("STYLE") || block.starts_with("REGION"))
    }
}

/// The `WVTTSampleEntry` with this header.
pub fn entry(header: &str) -> Vec<u8> {
    let mut out = Writer::new();
    put(&mut out, b"wvtt", |out| {
        out.zeros(6).u16(1); // reserved, data_reference_index
        put(out, b"vttC", |out| {
            out.bytes(header.as_bytes());
        });
    });
    out.into_vec()
}

/// A cue without its times, which are the sample's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cue {
    /// Says which cues of several samples are one (`vsid`).
    pub source_id: Option<u32>,
    /// The name, empty for none.
    pub id: String,
    /// Where it is shown, as WebVTT writes it; empty for none.
    pub settings: String,
    /// The text with WebVTT's tags and escapes.
    pub text: String,
}

impl Cue {
    /// Writes the cue's `vttc`.
    pub fn put(&self, out: &mut Writer) {
        put(out, b"vttc", |out| {
            if let Some(id) = self.source_id {
                put(out, b"vsid", |out| {
                    out.u32(id);
                });
            }
            for (name, text) in [(b"iden", &self.id), (b"sttg", &self.settings)] {
                if !text.is_empty() {
                    put(out, name, |out| {
                        out.bytes(text.as_bytes());
                    });
                }
            }
            put(out, b"payl", |out| {
                out.bytes(self.text.as_bytes());
            });
        });
    }
}

/// The cues of a sample; none in `vtte`.
pub fn read(sample: &[u8]) -> Result<Vec<Cue>> {
    let mut cues = Vec::new();
    for child in Boxes::new(Reader::new(sample, 0)) {
        let (kind, content) = child?;
        if kind.0 != *b"vttc" {
            continue; // `vtte` and `vtta`, a comment
        }
        let mut cue = Cue::default();
        for child in Boxes::new(content) {
            let (kind, mut content) = child.map_err(|error| error.in_box("vttc"))?;
            let text = || String::from_utf8_lossy(content.rest()).into_owned();
            match &kind.0 {
                b"iden" => cue.id = text(),
                b"sttg" => cue.settings = text(),
                b"payl" => cue.text = text(),
                b"vsid" => cue.source_id = Some(content.u32().map_err(|error| error.in_box("vttc/vsid"))?),
                _ => (),
            }
        }
        cues.push(cue);
    }
    Ok(cues)
}

/// Refuses what is no sample of WebVTT.
pub fn check(sample: &[u8]) -> Result<()> {
    read(sample).map(drop).map_err(|error| Error::new(Code::CodecInvalid, format!("no sample of WebVTT: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_written_as_boxes_and_read_back() {
        let cues = [
            Cue { source_id: Some(7), id: "a".into(), settings: "line:0".into(), text: "Grüße".into() },
            Cue { text: "two\nlines".into(), ..Cue::default() },
        ];
        let mut out = Writer::new();
        cues.iter().for_each(|cue| cue.put(&mut out));
        let sample = out.into_vec();
        // Clause 7.4: vsid, iden, sttg, payl in this order; all of it text without a zero at the end.
        assert_eq!(
            sample[..58],
            *b"\0\0\0\x3avttc\0\0\0\x0cvsid\0\0\0\x07\0\0\0\x09idena\0\0\0\x0esttgline:0\0\0\0\x0fpaylGr\xc3\xbc\xc3\x9fe"
        );
        assert_eq!(read(&sample).unwrap(), cues);
        assert_eq!(read(EMPTY).unwrap(), []);
    }

    #[test]
    fn a_sample_that_ends_within_a_box_is_refused() {
        assert!(read(b"\0\0\0\x20vttc\0\0\0\x10payl").is_err());
        assert!(check(b"\0\0\0\x20vttc\0\0\0\x10payl").is_err());
    }

    #[test]
    fn the_header_has_style_sheets_and_regions() {
        let config = Config::read(b"WEBVTT - a title\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:r1\n\nNOTE no\n");
        assert_eq!(config.blocks().collect::<Vec<_>>(), ["STYLE\n::cue { color: red }", "REGION\nid:r1"]);
        assert_eq!(entry("WEBVTT")[16..], *b"\0\0\0\x0evttCWEBVTT");
    }
}
