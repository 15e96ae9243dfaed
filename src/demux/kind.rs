//! Which kind of file it is, told by its first bytes, whatever its name says.

use crate::error::{Code, Error, Result};
use crate::mp4::FourCc;
use crate::mp4::header::may_begin_a_file;

/// A kind of file that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Mp4,
    Matroska,
}

/// The kind of a file whose bytes at `offset` are these; refuses the others, by name where it can be told.
pub(super) fn of(head: &[u8], offset: u64) -> Result<Told> {
    if head.get(4..8).is_some_and(|kind| may_begin_a_file(FourCc(kind.try_into().expect("four bytes")))) {
        return Ok(Told::Mp4);
    }
    if head.starts_with(b"\x1a\x45\xdf\xa3") {
        return Ok(Told::Matroska);
    }
    Err(match other(head) {
        Some(name) => Error::new(Code::InputUnsupported, format!("the file looks like {name}, which isn't read")),
        None => Error::new(Code::InputNotRecognised, "the file is of no kind that is known"),
    }
    .at(offset))
}

/// What a file that isn't read looks like; `None` if that can't be told.
fn other(head: &[u8]) -> Option<&'static str> {
    let form = |magic: &[u8], kind: &[u8]| head.starts_with(magic) && head.get(8..12) == Some(kind);
    if form(b"RIFF", b"AVI ") {
        return Some("AVI");
    }
    if form(b"RIFF", b"WAVE") || form(b"RF64", b"WAVE") || form(b"FORM", b"AIFF") || form(b"FORM", b"AIFC") {
        return Some("WAV or AIFF (PCM sound, which players don't stream: encode it as AAC or FLAC)");
    }
    const KNOWN: [(&[u8], &str); 34] = [
        (b"RIFF", "RIFF"),
        (b"OggS", "Ogg"),
        (b"FLV", "Flash video (FLV)"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (ASF, WMV or WMA)"),
        (b"\0\0\x01\xba", "an MPEG program stream"),
        (b"\0\0\x01\xb3", "MPEG-1 or MPEG-2 video"),
        (b"\0\0\x01\xb0", "MPEG-4 video"),
        // Access unit delimiter and sequence parameter set, behind either start code.
        (b"\0\0\0\x01\x09", "a raw H.264 stream"),
        (b"\0\0\0\x01\x67", "a raw H.264 stream"),
        (b"\0\0\0\x01\x27", "a raw H.264 stream"),
        (b"\0\0\x01\x09", "a raw H.264 stream"),
        (b"\0\0\x01\x67", "a raw H.264 stream"),
        (b"\0\0\0\x01\x46\x01", "a raw HEVC stream"),
        (b"\0\0\0\x01\x40\x01", "a raw HEVC stream"),
        (b"\0\0\x01\x40\x01", "a raw HEVC stream"),
        (b"\x12\0\x0a", "a raw AV1 stream"),
        (b"DKIF", "IVF"),
        (b"YUV4MPEG2", "raw pictures (Y4M)"),
        (b"caff", "Apple's Core Audio Format"),
        (b".RMF", "RealMedia"),
        (b"\x06\x0e\x2b\x34", "MXF"),
        (b"#!AMR", "AMR"),
        (b"MAC ", "Monkey's Audio"),
        (b"wvpk", "WavPack"),
        (b"\x7f\xfe\x80\x01", "a raw DTS stream"),
        (b"\xac\x40", "a raw AC-4 stream"),
        (b"\xac\x41", "a raw AC-4 stream"),
        (b"WEBVTT", "WebVTT"),
        (b"#EXTM3U", "an HLS playlist"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"<", "XML or HTML"),
    ];
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head); // a byte order mark
    KNOWN.iter().find(|(magic, _)| text.starts_with(magic)).map(|&(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        assert_eq!(of(b"\0\0\0\x20ftypisom", 0).unwrap(), Told::Mp4);
        assert_eq!(of(b"\0\0\0\x08wide\0\0\0\0", 0).unwrap(), Told::Mp4);
        assert_eq!(of(b"\x1a\x45\xdf\xa3\x9f", 0).unwrap(), Told::Matroska);
    }

    #[test]
    fn what_is_not_read_is_named() {
        let refused = |head: &[u8]| of(head, 0).unwrap_err();
        for (head, name) in [
            (&b"RIFF\x10\0\0\0AVI LIST"[..], "AVI"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "WAV"),
            (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", "ASF"),
            (b"FLV\x01\x05", "Flash"),
            (b"OggS\0", "Ogg"),
            (b"\0\0\0\x01\x67\x64\0\x1f", "H.264"),
            (b"\0\0\0\x01\x40\x01\x0c", "HEVC"),
            (b"\xef\xbb\xbf<MPD", "XML"),
        ] {
            let error = refused(head);
            assert_eq!(error.code, Code::InputUnsupported);
            assert!(error.message.contains(name), "{error}");
        }
        assert_eq!(refused(b"just some text").code, Code::InputNotRecognised);
        assert_eq!(refused(b"x").code, Code::InputNotRecognised);
    }
}
