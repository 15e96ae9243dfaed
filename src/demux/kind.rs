//! Which kind of file it is, told by its first bytes, whatever its name says.

use super::elementary::Syntax;
use super::text;
use super::ts;
use crate::error::{Code, Error, Result};
use crate::full;
use crate::mp4::FourCc;
use crate::mp4::header::may_begin_a_file;

/// A kind of file that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Mp4,
    Matroska,
    /// A tag of so many bytes, which says nothing of what is behind it.
    Tag(u64),
    /// An elementary stream of sound, which begins so many bytes further on.
    Sound(Syntax, usize),
    Flac,
    /// A side file of text.
    Text(text::Syntax),
    /// An MPEG transport stream: how many bytes further on its first packet begins, and how far apart packets do.
    TransportStream(usize, usize),
}

/// The kind of a file whose bytes at `offset` are these; refuses the others, by name where it can be told.
pub(super) fn of(head: &[u8], offset: u64) -> Result<Told> {
    if head.get(4..8).is_some_and(|kind| may_begin_a_file(FourCc(kind.try_into().expect("four bytes")))) {
        return Ok(Told::Mp4);
    }
    full::only("inputs other than MP4")?;
    if head.starts_with(b"\x1a\x45\xdf\xa3") {
        return Ok(Told::Matroska);
    }
    if head.starts_with(b"fLaC") {
        return Ok(Told::Flac);
    }
    if let Some(size) = tag_size(head) {
        return Ok(Told::Tag(size));
    }
    if let Some(syntax) = text::Syntax::told(head) {
        return Ok(Told::Text(syntax));
    }
    if let Some((at, stride)) = ts::told(head) {
        return Ok(Told::TransportStream(at, stride));
    }
    let other = other(head);
    if let Some((syntax, at)) = Syntax::told(head, other.is_none()) {
        return Ok(Told::Sound(syntax, at));
    }
    Err(match other {
        Some(name) => Error::new(Code::InputUnsupported, format!("the file looks like {name}, which isn't read")),
        None => Error::new(Code::InputNotRecognised, "the file is of no kind that is known"),
    }
    .at(offset))
}

/// The size in bytes of an ID3 tag of version 2 (id3v2.4.0-structure, sections 3.1 and 3.4).
fn tag_size(head: &[u8]) -> Option<u64> {
    const HEADER: u64 = 10;
    let &[_, _, flags, a, b, c, d] = head.strip_prefix(b"ID3")?.first_chunk()?;
    let has_footer = flags & 0x10 != 0;
    let size = [a, b, c, d].iter().fold(0, |size, &byte| size << 7 | u64::from(byte & 0x7f));
    Some(HEADER + size + if has_footer { HEADER } else { 0 })
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
    const KNOWN: [(&[u8], &str); 33] = [
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
        let packet = [&[0x47, 0x40, 0, 0x10][..], &[0xff; 184]].concat();
        assert_eq!(of(&packet.repeat(3), 0).unwrap(), Told::TransportStream(0, 188));
        let timed = [&[0, 0, 1, 2][..], &packet].concat();
        assert_eq!(of(&timed.repeat(3), 0).unwrap(), Told::TransportStream(4, 192));
    }

    #[test]
    fn sound_is_told_by_its_frames_behind_tags_and_garbage() {
        let mut frame = vec![0; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x44]);
        let stream = frame.repeat(4);
        assert_eq!(of(&stream, 0).unwrap(), Told::Sound(Syntax::Mp3, 0));
        assert_eq!(of(&[&[7; 30], &stream[..]].concat(), 0).unwrap(), Told::Sound(Syntax::Mp3, 30));
        // One header alone is none.
        assert_eq!(of(&[&frame[..], &[7; 30]].concat(), 0).unwrap_err().code, Code::InputNotRecognised);
        assert_eq!(of(b"ID3\x04\0\0\0\0\x02\x01....", 0).unwrap(), Told::Tag(10 + 257));
        assert_eq!(of(b"ID3\x04\0\x10\0\0\0\x01....", 0).unwrap(), Told::Tag(10 + 1 + 10));
        assert_eq!(of(b"fLaC\0\0\0\x22", 0).unwrap(), Told::Flac);
    }

    #[test]
    fn text_is_told_by_its_first_line_or_element() {
        assert_eq!(of("\u{feff}WEBVTT\n\n".as_bytes(), 0).unwrap(), Told::Text(text::Syntax::WebVtt));
        assert_eq!(of(b"\xef\xbb\xbf1\r\n00:00:01,000 --> ", 0).unwrap_err().code, Code::InputNotRecognised);
        assert_eq!(of(b"1\r\n00:00:01,000 --> 00:00:02,000\r\n", 0).unwrap(), Told::Text(text::Syntax::Srt));
        assert_eq!(of(b"<?xml version='1.0'?><tt>", 0).unwrap(), Told::Text(text::Syntax::Ttml));
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
            assert!(error.message.text().contains(name), "{error}");
        }
        assert_eq!(refused(b"just some text").code, Code::InputNotRecognised);
        assert_eq!(refused(b"x").code, Code::InputNotRecognised);
    }
}
