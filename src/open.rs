//! Opening protected samples: which key a sample needs, and its bytes decrypted.

use std::ops::Range;

use crate::cenc::{Decryptor, Pattern, Scheme};
use crate::demux::{Protection, SampleProtection};
use crate::error::{Code, Error, Result};
use crate::keys::{KeyId, KeyPair};
use crate::mp4::protection::Tenc;
use crate::order::Map;

/// The keys that samples are decrypted with.
#[derive(Debug, Clone, Default)]
pub struct Opener {
    keys: Map<KeyId, Decryptor>,
}

impl Opener {
    /// An opener with these keys.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a KeyPair>) -> Self {
        Self { keys: keys.into_iter().map(|pair| (pair.kid, Decryptor::new(&pair.key))).collect() }
    }

    /// Whether no key is there.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the key of this id is there.
    pub fn has(&self, kid: KeyId) -> bool {
        self.keys.get(&kid).is_some()
    }

    /// All keys with their ids.
    pub fn all(&self) -> impl Iterator<Item = (KeyId, &Decryptor)> {
        self.keys.iter().map(|(&kid, key)| (kid, key))
    }

    /// The key of this id.
    pub fn key(&self, kid: KeyId) -> Option<&Decryptor> {
        self.keys.get(&kid)
    }

    /// Refuses a track of which a key is missing.
    pub fn check(&self, protection: &Protection) -> Result<()> {
        let missing = protection.parameters().iter().map(kid).find(|&kid| !self.has(kid));
        missing.map_or(Ok(()), |kid| Err(no_key(kid)))
    }

    /// Decrypts a sample in place, and gives the ranges that were encrypted.
    pub fn open(&self, protection: &SampleProtection<'_>, sample: &mut [u8]) -> Result<Vec<Range<usize>>> {
        let kid = kid(protection.tenc);
        let key = self.key(kid).ok_or_else(|| no_key(kid))?;
        let ranges = protection.ranges(sample.len())?;
        let (scheme, pattern) = (scheme(protection.tenc)?, pattern(protection.tenc));
        key.decrypt(scheme, pattern, protection.iv(), &ranges, sample);
        Ok(if pattern.is_all() {
            ranges
        } else {
            ranges.into_iter().flat_map(|range| pattern.encrypted(range)).collect()
        })
    }
}

/// The key id.
pub fn kid(tenc: &Tenc) -> KeyId {
    KeyId(tenc.default_kid)
}

/// The scheme.
pub fn scheme(tenc: &Tenc) -> Result<Scheme> {
    Scheme::ALL
        .into_iter()
        .find(|scheme| scheme.fourcc() == tenc.scheme)
        .ok_or_else(|| Error::new(Code::CodecUnsupported, message!("the protection scheme is unknown")))
}

/// The pattern. Only `cens` and `cbcs` have one; 0:0 and anything to 0 mean every block.
pub fn pattern(tenc: &Tenc) -> Pattern {
    let has_pattern = matches!(&tenc.scheme, b"cens" | b"cbcs") && tenc.default_crypt_byte_block > 0;
    match has_pattern {
        false => Pattern::ALL,
        true => {
            Pattern { crypt_byte_block: tenc.default_crypt_byte_block, skip_byte_block: tenc.default_skip_byte_block }
        }
    }
}

fn no_key(kid: KeyId) -> Error {
    Error::new(
        Code::Mp4Encrypted,
        message!("the track is encrypted, and no key is given for key id {kid}", kid = kid.to_hex()),
    )
    .option("decryptionKeys")
}
