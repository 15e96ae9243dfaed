//! Content keys and key ids, in every notation that people paste.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Code, Error, Message, Result};

/// A key id (KID): 16 bytes, big-endian as in `tenc` and `cenc:default_KID`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 16]);

impl KeyId {
    /// Reads 32 hexadecimal digits, a UUID (with or without braces or `urn:uuid:`), base64 or base64url.
    pub fn parse(text: &str) -> Result<Self> {
        parse_16(text, message!("key id")).map(Self)
    }

    /// 32 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// Lower case in the 8-4-4-4-12 form of RFC 9562, as `cenc:default_KID` wants it.
    pub fn to_uuid(self) -> String {
        uuid(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_uuid())
    }
}

/// A content key: 16 secret bytes, wiped from memory when dropped, absent from `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ContentKey([u8; 16]);

impl ContentKey {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the same notations as [`KeyId::parse`].
    pub fn parse(text: &str) -> Result<Self> {
        parse_16(text, message!("content key")).map(Self)
    }

    /// The secret itself.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// A content key with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The key id.
    pub kid: KeyId,
    /// The secret.
    pub key: ContentKey,
}

impl KeyPair {
    /// Reads `KID:KEY`; each side may be in another notation. A `urn:uuid:` prefix is understood.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let body = text.strip_prefix("urn:uuid:").unwrap_or(text);
        let (kid, key) = body.split_once(':').ok_or_else(|| {
            Error::new(Code::KeyInvalid, message!("give a key as KID:KEY, with a colon in between")).option("key")
        })?;
        Ok(Self { kid: KeyId::parse(kid)?, key: ContentKey::parse(key)? })
    }
}

/// A regular expression (ECMA-262) of all notations of 16 bytes.
pub const PATTERN: &str = r"^\s*(urn:uuid:)?\{?(0[xX])?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Za-z0-9+/_-]{22}=*)\}?\s*$";

/// 16 bytes from hex, UUID, base64 (padded or not) or base64url. The message never repeats the text.
fn parse_16(text: &str, what: Message) -> Result<[u8; 16]> {
    let text = text.trim();
    let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let bare = bare.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(bare);
    let bare = bare.strip_prefix("0x").or_else(|| bare.strip_prefix("0X")).unwrap_or(bare);
    if is_uuid(bare) {
        return sixteen(&parse_hex(&bare.replace('-', "")).unwrap_or_default(), what);
    }
    if let Some(bytes) = parse_hex(bare) {
        return sixteen(&bytes, what);
    }
    // 16 bytes are 22 characters of base64, with or without the two of padding.
    let unpadded = bare.trim_end_matches('=');
    let bytes = if unpadded.contains(['-', '_']) {
        Base64UrlUnpadded::decode_vec(unpadded).ok()
    } else {
        let padding = (4 - unpadded.len() % 4) % 4;
        Base64::decode_vec(&format!("{unpadded}{}", &"==="[..padding])).ok()
    };
    let bytes = bytes.ok_or_else(|| {
        Error::new(Code::KeyInvalid, message!("the {what} is neither hexadecimal, nor a UUID, nor base64", what))
            .option("key")
    })?;
    sixteen(&bytes, what)
}

fn sixteen(bytes: &[u8], what: Message) -> Result<[u8; 16]> {
    bytes.try_into().map_err(|_| {
        Error::new(Code::KeyInvalid, message!("the {what} is {size} bytes long, not 16", what, size = bytes.len()))
            .option("key")
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A UUID in the 8-4-4-4-12 form, in either case.
pub fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    is_uuid(text).then(|| parse_hex(&text.replace('-', ""))?.try_into().ok())?
}

/// Bytes from an even number of hexadecimal digits; `None` if it isn't that.
pub fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    (!pairs.is_empty() && rest.is_empty()).then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 16 bytes in the 8-4-4-4-12 form.
pub fn uuid(bytes: &[u8; 16]) -> String {
    let digits = hex(bytes);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    const KID: [u8; 16] = hex!("cbbc38b6b50dab53f8263e06b7382aa3");

    #[test]
    fn every_notation_gives_the_same_key_id() {
        for text in [
            "cbbc38b6b50dab53f8263e06b7382aa3",
            "CBBC38B6B50DAB53F8263E06B7382AA3",
            "0xcbbc38b6b50dab53f8263e06b7382aa3",
            "cbbc38b6-b50d-ab53-f826-3e06b7382aa3",
            "{CBBC38B6-B50D-AB53-F826-3E06B7382AA3}",
            "urn:uuid:cbbc38b6-b50d-ab53-f826-3e06b7382aa3",
            "y7w4trUNq1P4Jj4Gtzgqow==",
            "y7w4trUNq1P4Jj4Gtzgqow",
        ] {
            assert_eq!(KeyId::parse(text).unwrap().0, KID, "{text}");
        }
        assert_eq!(KeyId::parse("-_-_-_-_-_-_-_-_-_-_-w").unwrap().0, hex!("fbffbffbffbffbffbffbffbffbffbffb"));
    }

    #[test]
    fn pairs_mix_notations() {
        let pair = KeyPair::parse("urn:uuid:cbbc38b6-b50d-ab53-f826-3e06b7382aa3:lZ29ZzmA4dG98tNiCUlfTg==").unwrap();
        assert_eq!(pair.kid.0, KID);
        assert_eq!(pair.key.expose(), &hex!("959dbd673980e1d1bdf2d36209495f4e"));
    }

    #[test]
    fn a_wrong_key_is_refused_without_being_repeated() {
        let secret = "959dbd673980e1d1bdf2d36209495f";
        let error = KeyPair::parse(&format!("cbbc38b6b50dab53f8263e06b7382aa3:{secret}")).unwrap_err();
        assert_eq!(error.code, Code::KeyInvalid);
        assert!(!error.to_string().contains(&secret[..6]));
        assert!(KeyPair::parse("cbbc38b6b50dab53f8263e06b7382aa3").is_err());
        assert!(KeyPair::parse("+b+c+8+6+5+d+b+3+8+6+e+6+7+8+a+3:959dbd673980e1d1bdf2d36209495f4e").is_err());
    }

    #[test]
    fn debug_shows_no_key() {
        let pair = KeyPair::parse("cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e").unwrap();
        let shown = format!("{pair:?}");
        assert!(!shown.contains("959d") && !shown.contains("149, 157"));
    }
}
