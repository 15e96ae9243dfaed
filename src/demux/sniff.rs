//! Which format a file is of, by its first bytes, whatever its name says.

use super::format::Format;
use super::{FORMATS, unread};
use crate::error::{Code, Error, Result};

/// What the first bytes of a file are.
#[derive(Debug)]
pub(super) enum Sniffed {
    /// A format, which begins so many bytes further on.
    Format(&'static Format, usize),
    /// A tag of so many bytes, which says nothing of what is behind it.
    Tag(u64),
}

/// The format of a file whose bytes at `offset` are these; refuses the others, by name where it can be told.
pub(super) fn sniff(head: &[u8], offset: u64) -> Result<Sniffed> {
    if let Some(size) = tag_size(head) {
        return Ok(Sniffed::Tag(size));
    }
    if let Some((format, at)) = FORMATS.iter().find_map(|format| Some((*format, (format.sniff)(head)?))) {
        return Ok(Sniffed::Format(format, at));
    }
    if let Some(name) = unread::name_of(head) {
        let message = message!("the file looks like {name}, which isn't read", name);
        return Err(Error::new(Code::InputUnsupported, message).at(offset));
    }
    let found = FORMATS.iter().filter_map(|format| Some((*format, (format.search)(head)?)));
    if let Some((format, at)) = found.min_by_key(|&(_, at)| at) {
        return Ok(Sniffed::Format(format, at));
    }
    let formats: Vec<&str> = FORMATS.iter().flat_map(|format| format.names).copied().collect();
    let message =
        message!("the file is of no kind that is known; what is read: {formats}", formats = formats.join(", "));
    Err(Error::new(Code::InputNotRecognised, message).at(offset))
}

/// The size in bytes of an ID3 tag of version 2 (id3v2.4.0-structure, sections 3.1 and 3.4).
fn tag_size(head: &[u8]) -> Option<u64> {
    const HEADER: u64 = 10;
    let &[_, _, flags, a, b, c, d] = head.strip_prefix(b"ID3")?.first_chunk()?;
    let has_footer = flags & 0x10 != 0;
    let size = [a, b, c, d].iter().fold(0, |size, &byte| size << 7 | u64::from(byte & 0x7f));
    Some(HEADER + size + if has_footer { HEADER } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format's first name, and where it begins.
    fn of(head: &[u8]) -> Result<(&'static str, usize)> {
        match sniff(head, 0)? {
            Sniffed::Format(format, at) => Ok((format.names[0], at)),
            Sniffed::Tag(size) => Ok(("ID3", usize::try_from(size).unwrap())),
        }
    }

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        assert_eq!(of(b"\0\0\0\x20ftypisom").unwrap(), ("MP4", 0));
        assert_eq!(of(b"\0\0\0\x08wide\0\0\0\0").unwrap(), ("MP4", 0));
        assert_eq!(of(b"\x1a\x45\xdf\xa3\x9f").unwrap(), ("WebM", 0));
        assert_eq!(of(b"FLV\x01\x05\0\0\0\x09\0\0\0\0").unwrap(), ("FLV", 0));
        let packet = [&[0x47, 0x40, 0, 0x10][..], &[0xff; 184]].concat();
        assert_eq!(of(&packet.repeat(3)).unwrap(), ("MPEG transport stream", 0));
        let timed = [&[0, 0, 1, 2][..], &packet].concat();
        assert_eq!(of(&timed.repeat(3)).unwrap(), ("MPEG transport stream", 4));
    }

    #[test]
    fn sound_is_known_by_its_frames_behind_tags_and_garbage() {
        let mut frame = vec![0; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x44]);
        let stream = frame.repeat(4);
        assert_eq!(of(&stream).unwrap(), ("MP3", 0));
        assert_eq!(of(&[&[7; 30], &stream[..]].concat()).unwrap(), ("MP3", 30));
        // Three frames in a row, and what is behind them.
        assert_eq!(of(&[&[7; 4], &frame.repeat(3)[..], b"TAG", &[0; 125]].concat()).unwrap(), ("MP3", 4));
        // One header alone is none.
        assert_eq!(of(&[&frame[..], &[7; 30]].concat()).unwrap_err().code, Code::InputNotRecognised);
        assert_eq!(of(b"ID3\x04\0\0\0\0\x02\x01....").unwrap(), ("ID3", 10 + 257));
        assert_eq!(of(b"ID3\x04\0\x10\0\0\0\x01....").unwrap(), ("ID3", 10 + 1 + 10));
        assert_eq!(of(b"fLaC\0\0\0\x22").unwrap(), ("FLAC", 0));
        assert_eq!(of(b"\0\0\0\0\0fLaC\x80\0\0\x22").unwrap(), ("FLAC", 5));
    }

    #[test]
    fn text_is_known_by_its_first_line_or_element() {
        assert_eq!(of("\u{feff}WEBVTT\n\n".as_bytes()).unwrap(), ("WebVTT", 0));
        assert_eq!(of(b"\xef\xbb\xbf1\r\n00:00:01,000 --> ").unwrap_err().code, Code::InputNotRecognised);
        assert_eq!(of(b"1\r\n00:00:01,000 --> 00:00:02,000\r\n").unwrap(), ("SubRip", 0));
        assert_eq!(of(b"<?xml version='1.0'?><tt>").unwrap(), ("TTML", 0));
    }

    #[test]
    fn what_is_not_read_is_named() {
        let refused = |head: &[u8]| of(head).unwrap_err();
        let mut layer_1 = [0; 136]; // 44.1 kHz, 128 kbit/s
        layer_1[..4].copy_from_slice(&[0xff, 0xff, 0x40, 0]);
        for (head, name) in [
            (&b"RIFF\x10\0\0\0AVI LIST"[..], "AVI"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "WAV"),
            (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", "ASF"),
            (b"OggS\0", "Ogg"),
            (b"\0\0\0\x01\x67\x64\0\x1f", "H.264"),
            (b"\0\0\0\x01\x40\x01\x0c", "HEVC"),
            (b"\xef\xbb\xbf<MPD", "XML"),
            (b"\0\0\0\x01\x06\x05\xff", "H.264"),
            (b"\0\0\x01\x4e\x01\x05", "HEVC"),
            (&layer_1.repeat(2), "layer I"),
        ] {
            let error = refused(head);
            assert_eq!(error.code, Code::InputUnsupported);
            assert!(error.message.text().contains(name), "{error}");
        }
        assert_eq!(refused(b"just some text").code, Code::InputNotRecognised);
        assert_eq!(refused(b"x").code, Code::InputNotRecognised);
    }
}
