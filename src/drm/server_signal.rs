//! What a key server says that a system's clients are to be told of a key. It wins over what would be made.

use base64ct::{Base64, Encoding};

use super::{Content, Element, GivenPssh, Namespace, OwnContent, OwnElement, System, SystemSignal, is_identity};
use crate::cenc::{Mode, Scheme};
use crate::error::{Code, Error, Message, Result};
use crate::keys::KeyId;
use crate::xml::{self, Element as Tree};

/// What clients of a system are to be told of one key.
#[derive(Debug, Clone)]
pub struct ServerSignal {
    system_id: [u8; 16],
    kid: KeyId,
    elements: Vec<Element>,
    media: Vec<String>,
    multivariant: Vec<String>,
    /// URI and `KEYFORMAT`.
    key: Option<(String, String)>,
}

const KEY: &str = "#EXT-X-KEY:";
const SESSION_KEY: &str = "#EXT-X-SESSION-KEY:";

impl ServerSignal {
    /// Nothing yet, about this key.
    pub fn new(system_id: [u8; 16], kid: KeyId) -> Self {
        Self { system_id, kid, elements: Vec::new(), media: Vec::new(), multivariant: Vec::new(), key: None }
    }

    /// The elements of the descriptor in the MPD. `pssh` and `pro` are written with the prefixes that
    /// players compare letter by letter, all others as they are.
    pub fn set_content_protection(&mut self, text: &str) -> Result<()> {
        let prefixes: Vec<_> = namespaces().map(|namespace| (namespace.attribute, namespace.uri)).collect();
        let parts = xml::fragment(text, &prefixes)?;
        self.elements = parts.iter().map(|(tree, source)| element(tree, source)).collect::<Result<_>>()?;
        Ok(())
    }

    /// The lines of media playlists: `EXT-X-KEY`.
    pub fn set_hls_media(&mut self, text: &str) -> Result<()> {
        self.media = lines(text, KEY)?;
        Ok(())
    }

    /// The lines of the multivariant playlist: `EXT-X-SESSION-KEY`.
    pub fn set_hls_multivariant(&mut self, text: &str) -> Result<()> {
        self.multivariant = lines(text, SESSION_KEY)?;
        Ok(())
    }

    /// The URI of the key in playlists, for systems that have nothing but a URI; others ignore it.
    pub fn set_key_uri(&mut self, uri: &str, key_format: Option<&str>) -> Result<()> {
        let of_system = || self.system().filter(|system| system.about().takes_key_uri)?.about().key_format;
        let Some(known) = self.is_identity().then_some("identity").or_else(of_system) else { return Ok(()) };
        let key_format = key_format.unwrap_or(known);
        if [uri, key_format].iter().any(|text| text.is_empty() || text.contains(['"', '\n', '\r'])) {
            return Err(invalid(message!("the URI of a key has a quotation mark or a line break, or is empty")));
        }
        self.key = Some((uri.to_owned(), key_format.to_owned()));
        Ok(())
    }

    /// The system's UUID.
    pub(super) fn system_id(&self) -> &[u8; 16] {
        &self.system_id
    }

    /// Whether it says something about content like this.
    pub(super) fn serves(&self, content: &Content<'_>) -> bool {
        // What is said of a system that doesn't decrypt the scheme is no reason to refuse the job.
        let fits = self.system().is_none_or(|system| system.about().schemes.contains(&content.scheme));
        fits && content.keys.iter().any(|key| key.kid == self.kid)
    }

    /// Whether it is about an HLS key of no system.
    pub(super) fn is_identity(&self) -> bool {
        is_identity(&self.system_id)
    }

    fn system(&self) -> Option<System> {
        System::of_id(&self.system_id)
    }

    /// The system that is chosen by it: not one that decrypts only some schemes, which the job's may not be.
    pub(super) fn chosen(&self) -> Option<System> {
        self.system().filter(|system| system.about().schemes.len() == Scheme::ALL.len())
    }

    /// Whether a given box is one for its key.
    pub(super) fn has(&self, given: &GivenPssh) -> bool {
        given.serves(&[self.kid])
    }

    /// The boxes in its elements, for a server that gives them there only.
    pub(super) fn boxes(&self) -> Result<Vec<GivenPssh>> {
        let mut found = Vec::new();
        for element in &self.elements {
            if let Element::Pssh(bytes) = element {
                found.extend(GivenPssh::of_bytes(bytes, None)?.into_iter().map(|given| given.for_key(self.kid)));
            }
        }
        Ok(found)
    }

    /// Puts what is told in place of what was made. `told` is about one system, in the order of its keys.
    pub(super) fn replace(told: &[&Self], signal: &mut SystemSignal, content: &Content<'_>) {
        let mut elements: Vec<Element> = Vec::new();
        for element in told.iter().flat_map(|told| &told.elements) {
            if !elements.contains(element) {
                elements.push(element.clone());
            }
        }
        if !elements.is_empty() {
            let descriptor = signal.descriptor.get_or_insert_with(|| super::Descriptor {
                system_id: told[0].system_id,
                value: None,
                elements: Vec::new(),
            });
            descriptor.elements.retain(|made| !made.is_data());
            descriptor.elements.splice(0..0, elements);
        }
        // In playlists each key stands for itself.
        if let Some(own) = told.iter().find(|told| told.kid == content.first_kid()) {
            (signal.hls_lines, signal.hls_session_lines) = own.lines(content);
        }
    }

    /// The lines for media playlists and for the multivariant one. A line whose `METHOD` isn't that of the
    /// samples is none: nothing could be decrypted with it.
    fn lines(&self, content: &Content<'_>) -> (Vec<String>, Vec<String>) {
        let method = match content.scheme.mode() {
            Mode::Cbc => "SAMPLE-AES",
            Mode::Ctr => "SAMPLE-AES-CTR",
        };
        let fitting = |lines: &[String]| -> Vec<String> {
            lines.iter().filter(|line| method_of(line) == Some(method)).cloned().collect()
        };
        let (mut media, mut multivariant) = (fitting(&self.media), fitting(&self.multivariant));
        if let (true, Some((uri, key_format))) = (media.is_empty(), &self.key) {
            let versions = "KEYFORMATVERSIONS=\"1\"";
            media.push(format!("{KEY}METHOD={method},URI=\"{uri}\",KEYFORMAT=\"{key_format}\",{versions}"));
        }
        // Without its own line the multivariant playlist names the same key; but an identity key none (see
        // ClearKey).
        if multivariant.is_empty() && !self.is_identity() {
            multivariant = media.iter().map(|line| line.replacen(KEY, SESSION_KEY, 1)).collect();
        }
        (media, multivariant)
    }
}

/// The namespaces that an MPD of ours declares, as far as it has such elements.
fn namespaces() -> impl Iterator<Item = &'static Namespace> {
    let of_systems = System::ALL.iter().filter_map(|system| system.about().namespace);
    [&Namespace::CENC, &Namespace::DASHIF].into_iter().chain(of_systems)
}

fn element(tree: &Tree, source: &str) -> Result<Element> {
    let found = namespaces().filter_map(|namespace| Some((namespace, namespace.data?)));
    let Some((namespace, name)) = found.into_iter().find(|(namespace, name)| tree.is(namespace.uri, name)) else {
        return Ok(Element::Xml(source.to_owned()));
    };
    let text: String = tree.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let data = Base64::decode_vec(&text).map_err(|_| {
        let name = namespace.prefixed(name);
        invalid(message!("the text of {name} in ContentProtectionData is not base64", name))
    })?;
    Ok(match *namespace == Namespace::CENC {
        true => Element::Pssh(data),
        false => Element::Own(OwnElement { namespace, name, content: OwnContent::Data(data) }),
    })
}

/// The tags of this name. Comments are left out; anything else could make another playlist of it.
fn lines(text: &str, tag: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with(tag) && !line.chars().any(char::is_control) {
            found.push(line.to_owned());
        } else if !line.starts_with('#') || line.starts_with("#EXT") {
            let tag = tag.trim_matches(['#', ':']);
            return Err(invalid(message!("its lines for a playlist have one that is not an {tag}", tag)));
        }
    }
    Ok(found)
}

fn method_of(line: &str) -> Option<&str> {
    let (_, attributes) = line.split_once(':')?;
    let rest = attributes.strip_prefix("METHOD=").or_else(|| Some(attributes.split_once(",METHOD=")?.1))?;
    rest.split(',').next()
}

fn invalid(reason: Message) -> Error {
    let message = message!("what the key server says of a DRM system can't be used: {reason}", reason);
    Error::new(Code::CpixInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drm::{IDENTITY_KEYS, Settings, clearkey, common, fairplay, playready, published_key, widevine};
    use crate::keys::KeyPair;

    fn told(system_id: [u8; 16]) -> ServerSignal {
        ServerSignal::new(system_id, published_key().kid)
    }

    fn signals(told: Vec<ServerSignal>, scheme: Scheme, keys: &[KeyPair]) -> Vec<SystemSignal> {
        let mut settings = Settings::default();
        told.into_iter().for_each(|told| settings.tell(told).unwrap());
        let content = Content { scheme, keys, all_keys: keys, crypto_period_index: None, in_hls: true };
        settings.signals(&content).unwrap()
    }

    fn of(signals: &[SystemSignal], id: [u8; 16]) -> Option<&SystemSignal> {
        signals.iter().find(|signal| signal.descriptor.as_ref().is_some_and(|found| found.system_id == id))
    }

    #[test]
    fn elements_are_those_of_the_server_and_known_ones_get_the_usual_prefix() {
        let mut playready = told(playready::ID);
        let own = "<x:own xmlns:x='urn:x'><mspr:IsEncrypted>1</mspr:IsEncrypted></x:own>";
        let text = format!(
            "\n<pssh xmlns='urn:mpeg:cenc:2013'>\nAAEC</pssh> <!-- --><q:pro xmlns:q='urn:microsoft:playready'>/w==</q:pro>{own}"
        );
        playready.set_content_protection(&text).unwrap();
        playready.elements.remove(0); // no box: it would have to be a whole one
        let signals = signals(vec![playready], Scheme::Cenc, &[published_key()]);
        let descriptor = of(&signals, playready::ID).unwrap().descriptor.clone().unwrap();
        assert_eq!(descriptor.elements, [playready::object_element(vec![0xff]), Element::Xml(own.into())]);
    }

    #[test]
    fn a_box_in_the_elements_goes_into_files_too() {
        let given = GivenPssh::parse("widevine:00ff", None).unwrap()[0].bytes().to_vec();
        let mut told = told(widevine::ID);
        let text = format!("<pssh xmlns=\"urn:mpeg:cenc:2013\">{}</pssh>", Base64::encode_string(&given));
        told.set_content_protection(&text).unwrap();
        let signals = signals(vec![told], Scheme::Cenc, &[published_key()]);
        assert_eq!(of(&signals, widevine::ID).unwrap().pssh, [given]);
    }

    #[test]
    fn lines_are_those_of_the_server_where_their_method_fits() {
        let media = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://a\",KEYFORMAT=\"com.apple.streamingkeydelivery\"";
        let mut fairplay = told(fairplay::ID);
        fairplay.set_hls_media(&format!("# by us\r\n{media}\r\n")).unwrap();
        let found = signals(vec![fairplay.clone()], Scheme::Cbcs, &[published_key()]);
        let signal = of(&found, fairplay::ID).unwrap();
        assert_eq!(signal.hls_lines, [media]);
        assert_eq!(signal.hls_session_lines, [media.replace("-KEY:", "-SESSION-KEY:")]);
        // FairPlay with cenc: nothing is said of it, and ClearKey stays.
        let found = signals(vec![fairplay], Scheme::Cenc, &[published_key()]);
        assert!(of(&found, fairplay::ID).is_none() && of(&found, clearkey::ID).is_some());
        let mut widevine = told(widevine::ID);
        widevine.set_hls_media(media).unwrap();
        let found = signals(vec![widevine], Scheme::Cenc, &[published_key()]);
        let signal = of(&found, widevine::ID).unwrap();
        assert!(signal.hls_lines.is_empty() && signal.hls_key.is_some());
    }

    #[test]
    fn an_uri_alone_is_enough_for_fairplay_and_for_ordinary_hls_keys() {
        let mut fairplay = told(fairplay::ID);
        fairplay.set_key_uri("skd://b", None).unwrap();
        let mut ncg = told(IDENTITY_KEYS[1].id);
        ncg.set_key_uri("https://kms.example/key?cid=a", Some("identity")).unwrap();
        let signals = signals(vec![fairplay, ncg], Scheme::Cbcs, &[published_key()]);
        let lines: Vec<_> = signals.iter().flat_map(|signal| &signal.hls_lines).collect();
        assert_eq!(
            lines,
            [
                "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"https://kms.example/key?cid=a\",KEYFORMAT=\"identity\",KEYFORMATVERSIONS=\"1\"",
                "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://b\",KEYFORMAT=\"com.apple.streamingkeydelivery\",KEYFORMATVERSIONS=\"1\"",
            ]
        );
        assert_eq!(signals.iter().flat_map(|signal| &signal.hls_session_lines).count(), 1);
        // No other identity key beside it, and no descriptor in the MPD.
        assert!(signals.iter().all(|signal| signal.hls_key.as_ref().is_none_or(|key| key.key_format != "identity")));
        assert!(of(&signals, IDENTITY_KEYS[1].id).is_none());
    }

    #[test]
    fn another_keys_data_is_left_out() {
        let mut told = ServerSignal::new(fairplay::ID, KeyId([9; 16]));
        told.set_key_uri("skd://other", None).unwrap();
        let signals = signals(vec![told], Scheme::Cbcs, &[published_key()]);
        assert!(signals.iter().all(|signal| signal.hls_lines.is_empty()));
        assert!(of(&signals, common::ID).is_some());
    }

    #[test]
    fn what_would_change_the_playlist_or_the_mpd_is_refused() {
        let mut told = told(fairplay::ID);
        for text in ["segment.ts", "#EXT-X-ENDLIST", "#EXT-X-SESSION-KEY:METHOD=NONE"] {
            assert_eq!(told.set_hls_media(text).unwrap_err().code, Code::CpixInvalid, "{text}");
        }
        for text in [
            "</ContentProtection><a/>",
            "<a>",
            "<!DOCTYPE a><a/>",
            "<n:a/>",
            "<pssh xmlns='urn:mpeg:cenc:2013'>?</pssh>",
        ] {
            assert_eq!(told.set_content_protection(text).unwrap_err().code, Code::CpixInvalid, "{text}");
        }
        assert!(told.set_key_uri("skd://\"", None).is_err());
    }
}
