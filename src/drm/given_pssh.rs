//! `pssh` data that was given: by the user, or by a key server.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{Descriptor, Element, System, SystemSignal};
use crate::error::{Code, Error, Message, Result};
use crate::keys::{KeyId, parse_hex};
use crate::mp4::Boxes;
use crate::mp4::pssh::Pssh;
use crate::options::read::{Text, parsed};

/// A `pssh` box that was given. It is passed on byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenPssh {
    system_id: [u8; 16],
    kids: Vec<KeyId>,
    data: Vec<u8>,
    bytes: Vec<u8>,
}

impl GivenPssh {
    /// Reads what people have at hand: whole boxes, one or several behind each other, or the data of one,
    /// in hexadecimal digits, base64 or base64url.
    ///
    /// Data alone belongs to `system`, or to a system that its form tells: a PlayReady Object or a Widevine
    /// message. In front of it the system may be named, by its name or UUID: `wiseplay:eyJ2…`.
    pub fn parse(text: &str, system: Option<[u8; 16]>) -> Result<Vec<Self>> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (system, body) = match text.trim_start_matches("urn:uuid:").split_once(':') {
            Some((name, body)) => (Some(read_system_id(name)?), body),
            None => (system, text.as_str()),
        };
        // Digits of base64 may happen to be hexadecimal: what makes sense counts.
        let mut readings = [parse_hex(body), parse_base64(body)].into_iter().flatten();
        let first = readings.next().ok_or_else(|| invalid(message!("it is neither hexadecimal digits nor base64")))?;
        Self::of_bytes(&first, system)
            .or_else(|error| readings.next().and_then(|bytes| Self::of_bytes(&bytes, system).ok()).ok_or(error))
    }

    /// Reads whole boxes, or the data of one, as [`GivenPssh::parse`] does.
    pub fn of_bytes(bytes: &[u8], system: Option<[u8; 16]>) -> Result<Vec<Self>> {
        if bytes.get(4..8) == Some(b"pssh") {
            return Self::of_boxes(bytes, system);
        }
        let system_id = match system {
            Some(id) => id,
            None => system_of_data(bytes)?,
        };
        let pssh = Pssh { system_id, kids: Vec::new(), data: bytes.to_vec() };
        let bytes = pssh.to_bytes();
        Ok(vec![Self::of_box(pssh, bytes)])
    }

    fn of_boxes(bytes: &[u8], system: Option<[u8; 16]>) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        let mut start = 0;
        for child in Boxes::new(crate::mp4::reader(bytes, 0)) {
            let (kind, content) = child.map_err(|error| invalid(error.message.clone()))?;
            if kind.0 != *b"pssh" {
                return Err(invalid(message!("behind the pssh box stands a box '{kind}'", kind)));
            }
            let end = start + 8 + content.rest().len();
            let pssh = Pssh::read(content).map_err(|error| invalid(error.message.clone()))?;
            if system.is_some_and(|wanted| !is_same_system(&wanted, &pssh.system_id)) {
                return Err(invalid(message!("it is a box of another system")));
            }
            found.push(Self::of_box(pssh, bytes[start..end].to_vec()));
            start = end;
        }
        if start != bytes.len() {
            return Err(invalid(message!("bytes are left behind the box")));
        }
        Ok(found)
    }

    fn of_box(pssh: Pssh, bytes: Vec<u8>) -> Self {
        let mut kids: Vec<KeyId> = pssh.kids.iter().map(|kid| KeyId(*kid)).collect();
        if let Some(form) = System::of_id(&pssh.system_id).and_then(|system| system.about().data) {
            kids.extend((form.key_ids)(&pssh.data));
        }
        Self { system_id: pssh.system_id, kids, data: pssh.data, bytes }
    }

    /// The system's UUID.
    pub fn system_id(&self) -> &[u8; 16] {
        &self.system_id
    }

    /// The key ids that are found in it; none where it holds none, or hides them.
    pub fn kids(&self) -> &[KeyId] {
        &self.kids
    }

    /// The system's own data.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The whole box.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same for this key only, where it doesn't say itself whose keys it is for.
    #[must_use]
    pub fn for_key(mut self, kid: KeyId) -> Self {
        if self.kids.is_empty() {
            self.kids.push(kid);
        }
        self
    }

    /// Whether it may serve for one of these keys: it names one of them, or none at all.
    pub(super) fn serves(&self, kids: &[KeyId]) -> bool {
        self.kids.is_empty() || self.kids.iter().any(|kid| kids.contains(kid))
    }

    /// The given boxes, or the one that is made where none is given.
    pub(super) fn or_made(given: &[&Self], make: impl FnOnce() -> Vec<u8>) -> Vec<Vec<u8>> {
        match given {
            [] => vec![make()],
            _ => given.iter().map(|given| given.bytes.clone()).collect(),
        }
    }
}

/// Reads an option that gives boxes, or data of whichever system it names or tells.
pub(super) fn pssh_of_any() -> Text<Vec<GivenPssh>> {
    pssh_of(|text| GivenPssh::parse(text, None))
}

/// Likewise of one system, which `parse` knows.
pub(super) fn pssh_of(parse: fn(&str) -> Result<Vec<GivenPssh>>) -> Text<Vec<GivenPssh>> {
    parsed("[SYSTEM:]DATA", "widevine:EhDLvDi2tQ2rU/gmPga3OCqj", parse).named("GivenPssh")
}

/// A system whose data can only be given: what its file says of it, with the doc of its options, which are its data.
macro_rules! given_system {
    ($(#[doc = $doc:literal])+ $title:literal, $options:literal, $id:literal) => {
        /// The system's UUID.
        pub const ID: [u8; 16] = u128::to_be_bytes($id);

        /// What is known of the system.
        pub const ABOUT: $crate::drm::About =
            $crate::drm::About { needs_data: true, ..$crate::drm::About::new($title, &[ID]) };

        $crate::options::options! {
            $(#[doc = $doc])+
            pub struct Settings = $options {
                /// Its data, which must be given here or in `drm.pssh`.
                pub pssh: Option<Vec<$crate::drm::GivenPssh>> = "pssh",
                    $crate::options::read::Reader::optional($crate::drm::given_pssh::pssh_of(|text| {
                        $crate::drm::GivenPssh::parse(text, Some(ID))
                    })),
                    { label: "Data of the pssh box" };
            }
        }

        impl $crate::drm::DrmSystem for Settings {
            fn pssh(&self) -> &[$crate::drm::GivenPssh] {
                self.pssh.as_deref().unwrap_or_default()
            }

            fn signal(
                &self,
                _: Option<&str>,
                given: &[&$crate::drm::GivenPssh],
                _: &$crate::drm::Content<'_>,
            ) -> $crate::error::Result<$crate::drm::SystemSignal> {
                Ok($crate::drm::given_pssh::signal(ID, given))
            }
        }
    };
}
pub(super) use given_system;

/// The signal of a system of which nothing is known but its boxes.
pub(super) fn signal(system_id: [u8; 16], given: &[&GivenPssh]) -> SystemSignal {
    let pssh: Vec<Vec<u8>> = given.iter().map(|given| given.bytes.clone()).collect();
    let elements = pssh.iter().cloned().map(Element::Pssh).collect();
    SystemSignal { pssh, descriptor: Some(Descriptor { system_id, value: None, elements }), ..SystemSignal::default() }
}

/// The system whose data has this form.
fn system_of_data(data: &[u8]) -> Result<[u8; 16]> {
    let known = || System::ALL.iter().map(|system| system.about()).filter_map(|about| Some((about, about.data?)));
    known().find(|(_, form)| (form.is)(data)).map(|(about, _)| about.id()).ok_or_else(|| {
        let titles: Vec<&str> = known().map(|(about, _)| about.title).collect();
        let known = titles.join(" or ");
        invalid(message!("it is neither a pssh box nor data of {known}; whose data is it?", known))
    })
}

fn is_same_system(a: &[u8; 16], b: &[u8; 16]) -> bool {
    a == b || System::of_id(a).is_some_and(|system| system.about().ids.contains(b))
}

fn read_system_id(text: &str) -> Result<[u8; 16]> {
    if let Some(system) = System::ALL.iter().find(|system| system.as_str().eq_ignore_ascii_case(text)) {
        return Ok(system.about().id());
    }
    let unknown = |_| invalid(message!("{text:?} is neither a DRM system nor a UUID", text));
    KeyId::parse(text).map(|id| id.0).map_err(unknown)
}

fn parse_base64(text: &str) -> Option<Vec<u8>> {
    // Both alphabets, padded or not, by way of one.
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    Base64UrlUnpadded::decode_vec(&text).ok().filter(|bytes| !bytes.is_empty())
}

fn invalid(reason: Message) -> Error {
    Error::new(Code::PsshInvalid, message!("the given pssh can't be used: {reason}", reason)).option("drm.pssh")
}

#[cfg(test)]
mod tests {
    use base64ct::Base64;

    use super::*;
    use crate::drm::{common, playready, published_key, widevine};
    use crate::keys::hex;

    const WIDEVINE: &str =
        "AAAATHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAACwIARIQy7w4trUNq1P4Jj4GtzgqoxoMaW5rYWVudHdvcmtzIghkZW1vdGVzdA==";

    fn one(text: &str) -> GivenPssh {
        let [one] = <[GivenPssh; 1]>::try_from(GivenPssh::parse(text, None).unwrap()).unwrap();
        one
    }

    #[test]
    fn box_and_data_in_each_notation_are_one() {
        let whole = Base64::decode_vec(WIDEVINE).unwrap();
        let data = &whole[32..];
        let expected = one(WIDEVINE);
        assert_eq!((expected.bytes(), expected.kids()), (&whole[..], &[published_key().kid][..]));
        for text in [
            hex(&whole),
            hex(&whole).to_uppercase(),
            format!("{}\n{}", &WIDEVINE[..40], &WIDEVINE[40..]),
            WIDEVINE.trim_end_matches('=').replace('+', "-"),
            hex(data),
            Base64::encode_string(data),
            format!("widevine:{}", Base64::encode_string(data)),
            format!("EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED:{}", hex(data)),
            format!("urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed:{WIDEVINE}"),
        ] {
            assert_eq!(one(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_playready_object_is_known_by_its_length() {
        let object = playready::object("<WRMHEADER></WRMHEADER>");
        assert_eq!(one(&Base64::encode_string(&object)).system_id(), &playready::ID);
    }

    #[test]
    fn several_boxes_come_behind_each_other() {
        let mut bytes = Base64::decode_vec(WIDEVINE).unwrap();
        bytes.extend(common::pssh(&[published_key().kid]));
        let found = GivenPssh::parse(&hex(&bytes), None).unwrap();
        assert_eq!(found.iter().map(|given| *given.system_id()).collect::<Vec<_>>(), [widevine::ID, common::ID]);
        assert_eq!([found[0].bytes(), found[1].bytes()].concat(), bytes);
    }

    #[test]
    fn what_can_not_be_told_is_refused_with_a_reason() {
        let whole = Base64::decode_vec(WIDEVINE).unwrap();
        for (text, reason) in [
            ("?", "neither hexadecimal"),
            ("", "neither hexadecimal"),
            ("00112233", "whose data"),
            (&hex(&whole[..60]), "60 are left"),
            (&format!("{}00", hex(&whole)), "left behind"),
            (&format!("playready:{WIDEVINE}"), "another system"),
            (&format!("other:{WIDEVINE}"), "neither a DRM system"),
        ] {
            let error = GivenPssh::parse(text, None).unwrap_err();
            assert_eq!(error.code, Code::PsshInvalid);
            assert!(error.message.text().contains(reason), "{text}: {}", error.message.text());
        }
    }
}
