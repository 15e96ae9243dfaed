//! Credentials: wiped from memory, without `Debug`.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A credential.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Secret {
    /// Keeps `text`.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `Basic` authentication of RFC 7617.
    pub(super) fn basic(user: &str, password: &Self) -> Self {
        let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
        Self::new(format!("Basic {}", Base64::encode_string(pair.as_bytes())))
    }

    /// `text` with the secret, plain or as a URL has it, replaced by an ellipsis.
    pub(super) fn removed_from(&self, text: &str) -> String {
        let plain = self.expose().trim();
        if plain.len() < 4 {
            return text.to_owned();
        }
        let bare = plain.strip_prefix("Basic ").unwrap_or(plain);
        text.replace(bare, "…").replace(&percent_encoded(bare), "…")
    }
}

/// What stands unreserved in a URL stays, everything else is escaped (RFC 3986, section 2).
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_are_removed_in_both_forms() {
        let secret = Secret::new("eyJ/a+b==".into());
        assert_eq!(secret.removed_from("no token eyJ/a+b== or eyJ%2Fa%2Bb%3D%3D here"), "no token … or … here");
        assert_eq!(Secret::new("ab".into()).removed_from("about"), "about");
    }

    #[test]
    fn basic_authentication_of_the_rfc() {
        // RFC 7617, section 2.
        let value = Secret::basic("Aladdin", &Secret::new("open sesame".into()));
        assert_eq!(value.expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
