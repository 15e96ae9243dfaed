//! What one system's clients are told, as manifests and init segments write it.

use base64ct::{Base64, Encoding};

use crate::keys::KeyId;

/// What one system's clients are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemSignal {
    /// Whole `pssh` boxes for `moov`.
    pub pssh: Vec<Vec<u8>>,
    /// The descriptor in the MPD.
    pub descriptor: Option<Descriptor>,
    /// The key in a media playlist.
    pub hls_key: Option<HlsKey>,
    /// The key in the multivariant playlist, which clients fetch before they choose a variant.
    pub hls_session_key: Option<HlsKey>,
    /// Whole lines in place of `hls_key`, as a key server gave them.
    pub hls_lines: Vec<String>,
    /// Whole lines in place of `hls_session_key`, likewise.
    pub hls_session_lines: Vec<String>,
}

/// A `ContentProtection` of a system's own, DASH clause 5.8.4.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The UUID in `schemeIdUri`.
    pub system_id: [u8; 16],
    /// The descriptor's `value`.
    pub value: Option<&'static str>,
    /// The elements in it.
    pub elements: Vec<Element>,
}

/// An element in a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `cenc:pssh`: a whole box.
    Pssh(Vec<u8>),
    /// `dashif:Laurl`: where licenses are fetched.
    LicenseUrl(String),
    /// An element of a system's own namespace.
    Own(OwnElement),
    /// Any other element, as it was given. Prefixes that it doesn't bind itself are the MPD's.
    Xml(String),
}

impl Element {
    /// Whether it is the system's data, which a `pssh` box in files says as well.
    pub fn is_data(&self) -> bool {
        matches!(self, Self::Pssh(_) | Self::Own(OwnElement { content: OwnContent::Data(_), .. }))
    }
}

/// An element of a system's own namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnElement {
    /// The namespace.
    pub namespace: &'static Namespace,
    /// The name without a prefix.
    pub name: &'static str,
    /// What is in it.
    pub content: OwnContent,
}

/// What is in such an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnContent {
    /// The system's data in base64.
    Data(Vec<u8>),
    /// Elements of one name, each with its text.
    Each(&'static str, Vec<String>),
}

/// A namespace of elements in an MPD, declared on its root. Players compare prefixes letter by letter, without a look at
/// the namespace: Android's media3 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    /// The attribute that declares it, as in `xmlns:cenc`.
    pub attribute: &'static str,
    /// The URI.
    pub uri: &'static str,
    /// The name of the element that holds data in base64, if there is one.
    pub data: Option<&'static str>,
}

impl Namespace {
    /// That of `cenc:pssh`.
    pub const CENC: Self = Self { attribute: "xmlns:cenc", uri: "urn:mpeg:cenc:2013", data: Some("pssh") };
    /// That of `dashif:Laurl`.
    pub const DASHIF: Self = Self { attribute: "xmlns:dashif", uri: "https://dashif.org/CPS", data: None };

    /// The name with the prefix.
    pub fn prefixed(&self, name: &str) -> String {
        format!("{}:{name}", self.attribute.trim_start_matches("xmlns:"))
    }
}

/// The attributes of an `EXT-X-KEY` or `EXT-X-SESSION-KEY`, but for `METHOD`, which the scheme gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HlsKey {
    /// `URI`.
    pub uri: String,
    /// `KEYFORMAT`.
    pub key_format: &'static str,
    /// `KEYID`, which isn't in RFC 8216: Google's document on Widevine in HLS brought it.
    pub key_id: Option<KeyId>,
}

impl HlsKey {
    /// A key whose URI holds a whole `pssh` box.
    pub(super) fn of_pssh(pssh: &[u8], key_format: &'static str, key_id: KeyId) -> Self {
        Self {
            uri: format!("data:text/plain;base64,{}", Base64::encode_string(pssh)),
            key_format,
            key_id: Some(key_id),
        }
    }
}
