//! Bytes → text, for syntaxes whose files are often in other encodings than UTF-8.

use crate::error::Message;

use std::borrow::Cow;

/// The text of a file, without a byte order mark and with `\n` at the end of each line, and a sentence where its
/// encoding had to be guessed.
pub(super) fn lenient(bytes: &[u8]) -> (String, Option<Message>) {
    let (text, sentence) = decode(bytes);
    // WebVTT puts a replacement character for a zero; the others say nothing of it.
    let text = text.replace('\0', "\u{fffd}").replace("\r\n", "\n").replace('\r', "\n");
    (text, sentence)
}

fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Message>) {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|&pair| unit(pair)).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return (String::from_utf8_lossy(rest), None);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return (utf16(rest, u16::from_le_bytes), None);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return (utf16(rest, u16::from_be_bytes), None);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        // The beginning of a file may end within a character.
        Err(error) if error.error_len().is_none() => (String::from_utf8_lossy(bytes), None),
        Err(_) => {
            let text = bytes.iter().map(|&byte| windows_1252(byte)).collect();
            (Cow::Owned(text), Some(message!("it isn't in UTF-8, and is read as Latin-1 (Windows-1252)")))
        }
    }
}

/// What browsers read as Latin-1: the WHATWG's index of windows-1252.
fn windows_1252(byte: u8) -> char {
    const FROM_0X80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => FROM_0X80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_by_byte_order_marks_else_guessed() {
        assert_eq!(lenient("\u{feff}Grüße".as_bytes()), ("Grüße".to_owned(), None));
        assert_eq!(lenient("Grüße".as_bytes()), ("Grüße".to_owned(), None));
        assert_eq!(lenient(b"\xff\xfeG\0\xfc\0"), ("Gü".to_owned(), None));
        assert_eq!(lenient(b"\xfe\xff\0G\0\xfc"), ("Gü".to_owned(), None));
        let (text, sentence) = lenient(b"Gr\xfc\xdfe \x96 5 \x80");
        assert_eq!(text, "Grüße – 5 €");
        assert!(sentence.is_some_and(|sentence| sentence.text().contains("Latin-1")));
    }

    #[test]
    fn a_character_that_is_cut_off_makes_no_latin_1() {
        assert_eq!(lenient("Gr\u{fc}".as_bytes().split_last().unwrap().1), ("Gr\u{fffd}".to_owned(), None));
    }

    #[test]
    fn lines_end_alike() {
        assert_eq!(lenient(b"a\r\nb\rc\nd").0, "a\nb\nc\nd");
    }
}
