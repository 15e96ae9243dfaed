//! CPIX documents (DASH-IF Content Protection Information Exchange Format): content keys, the tracks
//! that each is for, and what DRM systems want to be signalled.
//!
//! [`Document::read`] takes versions 2.0 to 2.4 and the dialect of SPEKE 1, which says `id` where CPIX
//! says `contentId`; [`write`](write::request) writes requests. Reading is not decrypting: encrypted
//! values stay data ([`Sealed`]) until the host has opened them, since RSA is the platform's work.
//! [`Document::keys`] joins it all to a [`KeySet`].

mod join;
mod key_set;
mod read;
pub mod track_type;
pub mod write;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId};

pub(crate) use crate::xml::Element;
pub use join::Wanted;
pub use key_set::{KeySet, TrackKey};

/// Namespace of CPIX.
pub const CPIX: &str = "urn:dashif:org:cpix";
/// Namespace of PSKC (RFC 6030), which key values are written in.
pub const PSKC: &str = "urn:ietf:params:xml:ns:keyprov:pskc";
/// Namespace of XML Signature.
pub const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace of XML Encryption.
pub const XMLENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// Namespace of SPEKE 1's own elements.
pub const SPEKE: &str = "urn:aws:amazon:com:speke";

/// A CPIX document.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// `contentId`, or `id` in SPEKE 1's dialect.
    pub content_id: Option<String>,
    /// The delivery of encrypted keys; one entry for each recipient.
    pub deliveries: Vec<Delivery>,
    /// The content keys.
    pub keys: Vec<Key>,
    /// What DRM systems want, for each key and system.
    pub systems: Vec<System>,
    /// Which tracks each key is for.
    pub rules: Vec<UsageRule>,
    /// The crypto periods.
    pub periods: Vec<Period>,
}

/// A content key as the document has it.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key id.
    pub kid: KeyId,
    /// The key: there, encrypted, or missing, as in a request.
    pub value: Value,
    /// `explicitIV`.
    pub iv: Option<[u8; 16]>,
    /// `commonEncryptionScheme`, in lower case.
    pub scheme: Option<String>,
}

/// A content key's value.
#[derive(Debug, Clone)]
pub enum Value {
    /// None is given.
    Missing,
    /// In the clear.
    Plain(ContentKey),
    /// Encrypted with the document key.
    Sealed(Cipher),
}

/// An encrypted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cipher {
    /// The algorithm's URI, where the document names it.
    pub algorithm: Option<String>,
    /// For AES-CBC the IV and after it the encrypted bytes.
    pub value: Vec<u8>,
    /// The MAC over `value`.
    pub mac: Option<Vec<u8>>,
}

/// How encrypted keys are delivered to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The recipient's certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// The document key, encrypted for the certificate.
    pub document_key: Option<Cipher>,
    /// The MAC's algorithm URI, and its key, encrypted likewise.
    pub mac: Option<(String, Cipher)>,
}

/// What a DRM system wants for one key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// The system's UUID.
    pub system_id: [u8; 16],
    /// The key that it is for.
    pub kid: KeyId,
    /// A whole `pssh` box.
    pub pssh: Option<Vec<u8>>,
    /// What an MPD's `ContentProtection` holds.
    pub content_protection: Option<ContentProtection>,
    /// Lines for HLS media playlists.
    pub hls_media: Option<String>,
    /// Lines for the HLS multivariant playlist.
    pub hls_multivariant: Option<String>,
    /// The URI of `EXT-X-KEY`; removed in CPIX 2.4.
    pub key_uri: Option<String>,
    /// `KEYFORMAT`, from SPEKE 1.
    pub key_format: Option<String>,
    /// `KEYFORMATVERSIONS`, from SPEKE 1.
    pub key_format_versions: Option<String>,
    /// The header of a Smooth Streaming manifest, or SPEKE 1's `ProtectionHeader`, base64.
    pub smooth_header: Option<String>,
}

/// `ContentProtectionData`: CPIX wants an XML fragment, some servers send the payload of the `pssh` box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentProtection {
    /// Elements for inside `ContentProtection`.
    Xml(String),
    /// The payload of a `pssh` box.
    Payload(Vec<u8>),
}

/// Says which tracks a key is for. Filters of one kind are alternatives; kinds narrow each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageRule {
    /// The key.
    pub kid: KeyId,
    /// `intendedTrackType`, as in `HD` or `SD+HD1`.
    pub track_type: Option<String>,
    /// Ids of the periods that it is for; none means all.
    pub periods: Vec<String>,
    /// Pictures that it is for.
    pub video: Vec<VideoFilter>,
    /// Sound that it is for.
    pub audio: Vec<AudioFilter>,
    /// Bit rates that it is for.
    pub bitrate: Vec<BitrateFilter>,
    /// Tracks that it is for by names that both sides know (`LabelFilter`), as in `video-1`.
    pub labels: Vec<String>,
}

/// Pictures by their size, rate and colours: pixels inclusive, frames a second above `min` up to `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VideoFilter {
    /// Least pixels.
    pub min_pixels: Option<u64>,
    /// Most pixels.
    pub max_pixels: Option<u64>,
    /// The rate is above this.
    pub min_fps: Option<u64>,
    /// The rate is at most this.
    pub max_fps: Option<u64>,
    /// Whether they have a high dynamic range.
    pub hdr: Option<bool>,
    /// Whether they have a wide colour gamut.
    pub wcg: Option<bool>,
}

/// Sound by its channels, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AudioFilter {
    /// Least channels.
    pub min_channels: Option<u64>,
    /// Most channels.
    pub max_channels: Option<u64>,
}

/// Bit rates, in bits a second, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BitrateFilter {
    /// Least.
    pub min: Option<u64>,
    /// Most.
    pub max: Option<u64>,
}

/// A crypto period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Period {
    /// The id that rules name.
    pub id: Option<String>,
    /// The number, where periods are numbered.
    pub index: Option<u64>,
}

/// The encrypted values of a document, for the host to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// For each recipient the document key and the MAC's key, encrypted with RSA-OAEP.
    pub recipients: Vec<(Cipher, Cipher)>,
    /// The content keys, in the document's order.
    pub keys: Vec<Cipher>,
}

/// RSA-OAEP with MGF1 and SHA-1: how document and MAC keys are encrypted.
const RSA_OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// AES-256 in CBC: how content keys are encrypted.
const AES_256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
/// HMAC over SHA-512.
const HMAC_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512";

impl Document {
    /// The encrypted content keys with what opens them; `None` where nothing is encrypted.
    pub fn sealed(&self) -> Result<Option<Sealed>> {
        let keys: Vec<Cipher> = self.keys.iter().filter_map(Key::sealed).cloned().collect();
        if keys.is_empty() {
            return Ok(None);
        }
        for key in &keys {
            known(key.algorithm.as_deref(), AES_256_CBC)?;
        }
        let mut recipients = Vec::new();
        for delivery in &self.deliveries {
            let (Some(document_key), Some((algorithm, mac_key))) = (&delivery.document_key, &delivery.mac) else {
                continue;
            };
            known(document_key.algorithm.as_deref(), RSA_OAEP)?;
            known(mac_key.algorithm.as_deref(), RSA_OAEP)?;
            known(Some(algorithm), HMAC_SHA512)?;
            recipients.push((document_key.clone(), mac_key.clone()));
        }
        if recipients.is_empty() {
            return Err(Error::new(
                Code::CpixInvalid,
                message!("content keys are encrypted, but the document has no document key with a MAC key"),
            ));
        }
        Ok(Some(Sealed { recipients, keys }))
    }

    /// Puts the opened keys, in the order of [`Sealed::keys`], in place of the encrypted ones.
    pub fn open(&mut self, opened: &[Zeroizing<Vec<u8>>]) -> Result<()> {
        let mut opened = opened.iter();
        for key in self.keys.iter_mut().filter(|key| key.sealed().is_some()) {
            let bytes = opened.next().and_then(|bytes| <[u8; 16]>::try_from(bytes.as_slice()).ok());
            let bytes = bytes.ok_or_else(|| {
                Error::new(Code::CpixInvalid, message!("a decrypted content key is not 16 bytes long"))
            })?;
            key.value = Value::Plain(ContentKey::new(bytes));
        }
        Ok(())
    }
}

impl Key {
    fn sealed(&self) -> Option<&Cipher> {
        match &self.value {
            Value::Sealed(cipher) => Some(cipher),
            Value::Missing | Value::Plain(_) => None,
        }
    }
}

/// An algorithm that isn't named is the one that CPIX prescribes.
fn known(algorithm: Option<&str>, expected: &str) -> Result<()> {
    match algorithm {
        Some(other) if other != expected => Err(Error::new(
            Code::CpixInvalid,
            message!("keys are encrypted with {algorithm:?}; CPIX wants {expected}", algorithm = other, expected),
        )),
        _ => Ok(()),
    }
}
