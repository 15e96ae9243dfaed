//! WebVTT (ISO/IEC 14496-30:2018 clause 7): the sample entry `wvtt` with its `vttC`, and the boxes of samples.
//!
//! A sample holds the cues that are shown during all of it, a `vttc` each, or says by `vtte` that none is.

use super::{Boxes, put};
use crate::bytes::Writer;
use crate::error::Result;

/// The sample of a time in which no cue is shown.
pub const EMPTY: &[u8] = b"\0\0\0\x08vtte";

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
    for child in Boxes::new(super::reader(sample, 0)) {
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
    }

    #[test]
    fn an_entry_holds_the_header() {
        assert_eq!(entry("WEBVTT")[16..], *b"\0\0\0\x0evttCWEBVTT");
    }
}
