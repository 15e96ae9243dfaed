//! PlayReady: the PlayReady Object with its header (Microsoft's PlayReady Header Specification, of 2021;
//! sections are its own), and its key in HLS.
//!
//! A header names keys by GUIDs in Microsoft's byte order, little-endian in the first three fields. This
//! is the only place where that order is used: `tenc`, manifests and all other systems are big-endian.

use super::given_pssh::pssh_of;
use super::{
    About, Asked, Content, DataForm, Descriptor, DrmSystem, Element, GivenPssh, HlsKey, Namespace, OwnContent,
    OwnElement, SystemSignal, check_absolute_url,
};
use crate::error::{Code, Error, Result};
use crate::keys::{KeyId, KeyPair};
use crate::limits;
use crate::mp4::pssh::Pssh;
use crate::options::read::{Reader, text, word};
use crate::options::{At, Described, Value, options, words};
use crate::order;
use aes::Aes128;
use base64ct::{Base64, Encoding};
use cipher::{BlockCipherEncrypt, KeyInit};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::{Reader as XmlReader, Writer};

/// `9a04f079-9840-4286-ab92-e65be0885f95`.
pub const ID: [u8; 16] = 0x9a04_f079_9840_4286_ab92_e65b_e088_5f95_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About {
    key_format: Some(KEY_FORMAT),
    has_data_in_smooth_header: true,
    namespace: Some(&NAMESPACE),
    data: Some(DataForm { is: is_object, key_ids }),
    asked: &[Asked::Pssh, Asked::ContentProtection, Asked::Playlists, Asked::SmoothHeader],
    ..About::new("PlayReady", &[ID])
};

const KEY_FORMAT: &str = "com.microsoft.playready";

const NAMESPACE: Namespace =
    Namespace { attribute: "xmlns:mspr", uri: "urn:microsoft:playready", data: Some(OBJECT_ELEMENT) };
const OBJECT_ELEMENT: &str = "pro";

options! {
    /// How PlayReady is signalled.
    pub struct Settings = "PlayReadyOptions" {
        /// Where licenses are fetched: `LA_URL` in the header, `dashif:Laurl` in the MPD.
        pub license_url: Option<String> = "licenseUrl", text().optional(),
            {
                flag: "playready-la-url URL",
                help: "PlayReady license server",
                group: "DRM",
                label: "License address",
            };
        /// Where a user is sent who gets no license without being asked (`LUI_URL`).
        pub license_ui_url: Option<String> = "licenseUiUrl", text().optional();
        /// The domain service's id (`DS_ID`), a GUID in base64 as the service states it.
        pub domain_service_id: Option<String> = "domainServiceId", text().optional();
        /// XML for `CUSTOMATTRIBUTES`, which the license server gets to see.
        pub custom_attributes: Option<String> = "customAttributes", text().optional(),
            { label: "Custom attributes", hint: "XML that the license server gets to see" };
        /// The header's version; by default the lowest that the scheme and the number of keys allow, which most clients
        /// read.
        pub header_version: Option<HeaderVersion> = "headerVersion", VersionReader.optional(),
            {
                flag: "playready-header VERSION",
                help: "version of the header: 4.0, 4.1, 4.2 or 4.3",
                group: "DRM",
                label: "Version of the header",
                unset: "Auto: the lowest that will do",
            };
        /// Data to use in place of what would be made.
        pub pssh: Option<Vec<GivenPssh>> = "pssh", pssh_of(|text| GivenPssh::parse(text, Some(ID))).optional();
    }
}

words! {
    /// A version of the PlayReady header. Clients refuse a header of a later version than their own (section 3.1).
    pub enum HeaderVersion = "PlayReadyHeaderVersion" {
        /// One AES-CTR key; PlayReady 1 and later.
        V4_0 = "4.0",
        /// One AES-CTR key, named by an attribute; PlayReady 2 and later.
        V4_1 = "4.1",
        /// Several AES-CTR keys; PlayReady 3 and later.
        V4_2 = "4.2",
        /// Several keys of AES-CTR or AES-CBC; PlayReady 4 and later.
        V4_3 = "4.3",
    }
}

/// Reads `4.3`, and `4.3.0.0` as the header itself says it.
struct VersionReader;

impl Reader for VersionReader {
    type Out = HeaderVersion;

    fn read(&self, value: &Value, at: At<'_>) -> Result<HeaderVersion> {
        match value {
            Value::Text(text) => word().read(&text.trim_end_matches(".0.0").into(), at),
            other => word().read(other, at),
        }
    }

    fn described(&self) -> Described {
        word::<HeaderVersion>().described()
    }
}

impl HeaderVersion {
    /// The lowest version for this content, which most clients read.
    fn lowest(is_cbc: bool, keys: usize) -> Self {
        match (is_cbc, keys) {
            (true, _) => Self::V4_3,
            (false, 1) => Self::V4_0,
            (false, _) => Self::V4_2,
        }
    }
}

impl DrmSystem for Settings {
    fn pssh(&self) -> &[GivenPssh] {
        self.pssh.as_deref().unwrap_or_default()
    }

    fn signal(&self, _: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let object_of = |keys: &[KeyPair]| Ok(object(&header(self, content, keys)?));
        let box_of = |data: Vec<u8>| Pssh { system_id: ID, kids: Vec::new(), data }.to_bytes();
        let (pssh, own, shared) = match given.first() {
            Some(first) => {
                let given: Vec<Vec<u8>> = given.iter().map(|given| given.bytes().to_vec()).collect();
                (given, first.data().to_vec(), first.data().to_vec())
            }
            None => {
                let own = checked(object_of(content.keys)?)?;
                // Windows and Xbox want one object with all keys in the multivariant playlist ("MP4-based
                // formats supported by PlayReady clients", HLS). A header that was asked for may have no room.
                let shared = object_of(content.all_keys).and_then(checked).unwrap_or_else(|_| own.clone());
                (vec![box_of(own.clone())], own, shared)
            }
        };
        let mut elements: Vec<Element> = pssh.iter().cloned().map(Element::Pssh).collect();
        elements.push(object_element(own.clone()));
        elements.extend(self.license_url.iter().cloned().map(Element::LicenseUrl));
        Ok(SystemSignal {
            pssh,
            descriptor: Some(Descriptor { system_id: ID, value: Some("MSPR 2.0"), elements }),
            hls_key: Some(hls_key(&own)),
            hls_session_key: Some(hls_key(&shared)),
            ..SystemSignal::default()
        })
    }
}

/// `mspr:pro`: a PlayReady Object in an MPD.
pub fn object_element(object: Vec<u8>) -> Element {
    Element::Own(OwnElement { namespace: &NAMESPACE, name: OBJECT_ELEMENT, content: OwnContent::Data(object) })
}

fn hls_key(object: &[u8]) -> HlsKey {
    HlsKey {
        uri: format!("data:text/plain;charset=UTF-16;base64,{}", Base64::encode_string(object)),
        key_format: KEY_FORMAT,
        key_id: None,
    }
}

fn checked(object: Vec<u8>) -> Result<Vec<u8>> {
    if object.len() > limits::PLAYREADY_OBJECT_BYTES {
        let (size, most) = (object.len(), limits::PLAYREADY_OBJECT_BYTES);
        let message = message!("the PlayReady Object has {size} bytes, over {most}", size, most);
        return Err(Error::new(Code::OptionInvalid, message).option("drm.playready"));
    }
    Ok(object)
}

/// The header's XML. It is in canonical form: no declaration, no blanks between elements, attributes in
/// alphabetical order, each element closed by a tag of its own (section 3.2).
fn header(settings: &Settings, content: &Content<'_>, keys: &[KeyPair]) -> Result<String> {
    let is_cbc = content.is_cbc();
    let version = settings.header_version.unwrap_or(HeaderVersion::lowest(is_cbc, keys.len()));
    check_version(version, content, keys.len())?;

    let protect_info = match version {
        HeaderVersion::V4_0 => format!(
            "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{}</KID><CHECKSUM>{}</CHECKSUM>",
            Base64::encode_string(&guid(keys[0].kid)),
            Base64::encode_string(&checksum(&keys[0])),
        ),
        HeaderVersion::V4_1 => format!("<PROTECTINFO>{}</PROTECTINFO>", kid_element(&keys[0], is_cbc)),
        HeaderVersion::V4_2 | HeaderVersion::V4_3 => {
            let kids: String = keys.iter().map(|key| kid_element(key, is_cbc)).collect();
            format!("<PROTECTINFO><KIDS>{kids}</KIDS></PROTECTINFO>")
        }
    };
    Ok(format!(
        "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"{}.0.0\"><DATA>\
         {protect_info}{}</DATA></WRMHEADER>",
        version.as_str(),
        optional_elements(settings)?,
    ))
}

fn check_version(version: HeaderVersion, content: &Content<'_>, keys: usize) -> Result<()> {
    let (name, scheme) = (version.as_str(), content.scheme);
    let message = match version {
        HeaderVersion::V4_0 | HeaderVersion::V4_1 | HeaderVersion::V4_2 if content.is_cbc() => {
            message!("a PlayReady header {name} has no AES-CBC, which is what {scheme} is", name, scheme)
        }
        HeaderVersion::V4_0 | HeaderVersion::V4_1 if keys > 1 => {
            message!("a PlayReady header {name} has room for one key, and there are {keys}", name, keys)
        }
        _ => return Ok(()),
    };
    Err(Error::new(Code::DrmSchemeConflict, message).option("drm.playready.headerVersion"))
}

/// `KID` of versions 4.1 and later. No checksum is defined for AES-CBC (section 5).
fn kid_element(key: &KeyPair, is_cbc: bool) -> String {
    let value = Base64::encode_string(&guid(key.kid));
    match is_cbc {
        true => format!("<KID ALGID=\"AESCBC\" VALUE=\"{value}\"></KID>"),
        false => {
            let checksum = Base64::encode_string(&checksum(key));
            format!("<KID ALGID=\"AESCTR\" CHECKSUM=\"{checksum}\" VALUE=\"{value}\"></KID>")
        }
    }
}

fn optional_elements(settings: &Settings) -> Result<String> {
    let mut elements = String::new();
    let mut push = |name: &str, text: &str| elements.push_str(&format!("<{name}>{text}</{name}>"));
    if let Some(url) = &settings.license_url {
        check_absolute_url(url, "drm.playready.licenseUrl")?;
        push("LA_URL", &quick_xml::escape::partial_escape(url.as_str()));
    }
    if let Some(url) = &settings.license_ui_url {
        check_absolute_url(url, "drm.playready.licenseUiUrl")?;
        push("LUI_URL", &quick_xml::escape::partial_escape(url.as_str()));
    }
    if let Some(id) = &settings.domain_service_id {
        if Base64::decode_vec(id).map_or(0, |guid| guid.len()) != 16 {
            return Err(Error::new(Code::OptionInvalid, message!("{id:?} is not a GUID in base64", id))
                .option("drm.playready.domainServiceId"));
        }
        push("DS_ID", id);
    }
    if let Some(xml) = settings.custom_attributes.as_deref().filter(|xml| !xml.trim().is_empty()) {
        let xml = canonical(xml).ok_or_else(|| {
            Error::new(Code::OptionInvalid, message!("the custom attributes are not well-formed XML"))
                .option("drm.playready.customAttributes")
        })?;
        elements.push_str(&format!("<CUSTOMATTRIBUTES xmlns=\"\">{xml}</CUSTOMATTRIBUTES>"));
    }
    Ok(elements)
}

/// XML as section 3.2 wants it: attributes sorted with namespaces in front, elements closed explicitly.
/// Comments and processing instructions are left out. `None` if it isn't well-formed.
fn canonical(xml: &str) -> Option<String> {
    let mut reader = XmlReader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut out = Writer::new(Vec::new());
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                let mut attributes: Vec<Attribute> = start.attributes().collect::<std::result::Result<_, _>>().ok()?;
                order::sort_by_key(&mut attributes, |attribute| {
                    let name: &str = attribute.key.as_ref();
                    (!(name == "xmlns" || name.starts_with("xmlns:")), name.to_owned())
                });
                for attribute in &mut attributes {
                    // It may have been in single quotes.
                    attribute.value = attribute.value.replace('"', "&quot;").into();
                }
                let name = start.name();
                out.write_event(Event::Start(BytesStart::new(name.as_ref()).with_attributes(attributes))).ok()?;
            }
            Event::End(end) => {
                depth = depth.checked_sub(1)?;
                out.write_event(Event::End(end)).ok()?;
            }
            Event::CData(data) => {
                let text = quick_xml::escape::partial_escape(&*data);
                out.write_event(Event::Text(BytesText::from_escaped(text))).ok()?;
            }
            event @ (Event::Text(_) | Event::GeneralRef(_)) => out.write_event(event).ok()?,
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
            Event::Empty(_) | Event::Decl(_) | Event::DocType(_) => return None,
        }
    }
    (depth == 0).then(|| String::from_utf8(out.into_inner()).ok()).flatten()
}

/// A PlayReady Object of one record, the header in UTF-16 (section 2). All its numbers are little-endian.
pub fn object(header: &str) -> Vec<u8> {
    let record: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // A header beyond 64 KiB is refused by its size after this; its length field doesn't matter then.
    let record_length = u16::try_from(record.len()).unwrap_or(u16::MAX);
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX).saturating_add(10);
    let mut out = Vec::new();
    out.extend(length.to_le_bytes());
    out.extend(1_u16.to_le_bytes()); // records
    out.extend(1_u16.to_le_bytes()); // of a PlayReady header
    out.extend(record_length.to_le_bytes());
    out.extend(record);
    out
}

/// Whether these bytes are a PlayReady Object: they begin with their own length.
fn is_object(data: &[u8]) -> bool {
    data.len() >= 10 && data.first_chunk().is_some_and(|length| u32::from_le_bytes(*length) as usize == data.len())
}

/// The key ids in the header of a PlayReady Object; none where it can't be read.
fn key_ids(data: &[u8]) -> Vec<KeyId> {
    read_header(data).map_or_else(Vec::new, |header| kid_elements(&header).map(|(kid, _)| kid).collect())
}

/// The key ids in the header of a PlayReady Object with the checksums of their keys, where it has them.
pub fn checksums(data: &[u8]) -> Vec<(KeyId, [u8; 8])> {
    let Some(header) = read_header(data) else { return Vec::new() };
    // Version 4.0 has one key, and its checksum as an element beside.
    let beside = header.split_once("<CHECKSUM>").and_then(|(_, behind)| decoded(behind.split('<').next()?));
    let with_checksum = |(kid, element): (KeyId, &str)| {
        let checksum = attribute(element, "CHECKSUM").and_then(decoded).or(beside)?;
        Some((kid, checksum))
    };
    kid_elements(&header).filter_map(with_checksum).collect()
}

/// Each `<KID>base64</KID>` of version 4.0, or `<KID … VALUE="base64"…>`: its id, and the text behind its name.
fn kid_elements(header: &str) -> impl Iterator<Item = (KeyId, &str)> {
    header.split("<KID").skip(1).filter_map(|element| {
        let text = match element.strip_prefix('>') {
            Some(content) => content.split('<').next()?,
            None => attribute(element, "VALUE")?,
        };
        Some((KeyId(guid(KeyId(decoded(text)?))), element))
    })
}

/// The value of an attribute of the tag that `element` begins within.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let tag = element.split('>').next()?;
    let (_, quoted) = tag.split_once(&format!("{name}="))?;
    quoted.split(quoted.chars().next()?).nth(1)
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    Base64::decode_vec(text.trim()).ok()?.try_into().ok()
}

/// The text of the first record that is a header.
fn read_header(data: &[u8]) -> Option<String> {
    let mut records = data.get(6..)?;
    loop {
        let (kind, rest) = records.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        if u16::from_le_bytes(*kind) == 1 {
            let units = value.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit));
            return char::decode_utf16(units).collect::<std::result::Result<_, _>>().ok();
        }
        records = rest;
    }
}

/// The 16 bytes as a GUID structure in memory: a DWORD and two WORDs little-endian, then eight bytes. The
/// way back is the same.
pub fn guid(kid: KeyId) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = kid.0;
    let mut out = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
    out[8..].copy_from_slice(&rest);
    out
}

/// The first 8 bytes of the key id's GUID under the content key (section 5): by it a client finds that a
/// license has the wrong key.
pub fn checksum(key: &KeyPair) -> [u8; 8] {
    let mut block = guid(key.kid).into();
    Aes128::new(key.key.expose().into()).encrypt_block(&mut block);
    *block.first_chunk().expect("8 of 16 bytes")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::cenc::Scheme;
    use crate::drm::published_key;

    fn other_key() -> KeyPair {
        KeyPair::parse("00112233445566778899aabbccddeeff:0123456789abcdef0123456789abcdef").unwrap()
    }

    fn header_of(settings: &Settings, scheme: Scheme, keys: &[KeyPair]) -> Result<String> {
        let content = Content { scheme, keys, all_keys: keys, crypto_period_index: None, in_hls: true };
        header(settings, &content, keys)
    }

    fn version(version: HeaderVersion) -> Settings {
        Settings { header_version: Some(version), ..Settings::default() }
    }

    #[test]
    fn the_published_key_id_and_checksum() {
        // PallyCon's CPIX client, README; recomputed there and here.
        assert_eq!(Base64::encode_string(&guid(published_key().kid)), "tji8yw21U6v4Jj4Gtzgqow==");
        assert_eq!(Base64::encode_string(&checksum(&published_key())), "HEsvlXUxnWw=");
    }

    #[test]
    fn the_published_header_4_3_of_an_aes_ctr_key() {
        // What the same service answers today.
        let settings = Settings {
            license_url: Some("https://license.pallycon.com/ri/licenseManager.do".into()),
            ..version(HeaderVersion::V4_3)
        };
        expect![[r#"<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCTR" CHECKSUM="HEsvlXUxnWw=" VALUE="tji8yw21U6v4Jj4Gtzgqow=="></KID></KIDS></PROTECTINFO><LA_URL>https://license.pallycon.com/ri/licenseManager.do</LA_URL></DATA></WRMHEADER>"#]]
            .assert_eq(&header_of(&settings, Scheme::Cenc, &[published_key()]).unwrap());
    }

    #[test]
    fn checksums_are_read_back_from_every_version() {
        let keys = [published_key(), other_key()];
        for (of, keys) in
            [(HeaderVersion::V4_0, &keys[..1]), (HeaderVersion::V4_1, &keys[..1]), (HeaderVersion::V4_3, &keys)]
        {
            let object = object(&header_of(&version(of), Scheme::Cenc, keys).unwrap());
            let expected: Vec<_> = keys.iter().map(|pair| (pair.kid, checksum(pair))).collect();
            assert_eq!(checksums(&object), expected);
        }
        let cbc = object(&header_of(&version(HeaderVersion::V4_3), Scheme::Cbcs, &keys).unwrap());
        assert_eq!((checksums(&cbc).len(), key_ids(&cbc).len()), (0, 2));
    }

    #[test]
    fn scheme_and_number_of_keys_choose_the_version() {
        let (one, two) = (vec![published_key()], vec![published_key(), other_key()]);
        let header = |scheme, keys: &[KeyPair]| {
            let header = header_of(&Settings::default(), scheme, keys).unwrap();
            header.split_once("version=").unwrap().1.to_owned()
        };
        expect![[r#""4.0.0.0"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>tji8yw21U6v4Jj4Gtzgqow==</KID><CHECKSUM>HEsvlXUxnWw=</CHECKSUM></DATA></WRMHEADER>"#]]
            .assert_eq(&header(Scheme::Cenc, &one));
        expect![[r#""4.2.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCTR" CHECKSUM="HEsvlXUxnWw=" VALUE="tji8yw21U6v4Jj4Gtzgqow=="></KID><KID ALGID="AESCTR" CHECKSUM="QuKmVjK8B3k=" VALUE="MyIRAFVEd2aImaq7zN3u/w=="></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"#]]
            .assert_eq(&header(Scheme::Cenc, &two));
        expect![[r#""4.3.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCBC" VALUE="tji8yw21U6v4Jj4Gtzgqow=="></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"#]]
            .assert_eq(&header(Scheme::Cbcs, &one));
        expect![[r#""4.3.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCBC" VALUE="tji8yw21U6v4Jj4Gtzgqow=="></KID><KID ALGID="AESCBC" VALUE="MyIRAFVEd2aImaq7zN3u/w=="></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"#]]
            .assert_eq(&header(Scheme::Cbcs, &two));
    }

    #[test]
    fn a_version_that_has_no_room_is_refused() {
        let (one, two) = (vec![published_key()], vec![published_key(), other_key()]);
        for wanted in [HeaderVersion::V4_0, HeaderVersion::V4_1, HeaderVersion::V4_2] {
            let error = header_of(&version(wanted), Scheme::Cbcs, &one).unwrap_err();
            assert_eq!(error.code, Code::DrmSchemeConflict);
            assert!(header_of(&version(wanted), Scheme::Cenc, &one).unwrap().contains(wanted.as_str()));
        }
        for wanted in [HeaderVersion::V4_0, HeaderVersion::V4_1] {
            assert_eq!(header_of(&version(wanted), Scheme::Cenc, &two).unwrap_err().code, Code::DrmSchemeConflict);
        }
        let read = |text: &str| VersionReader.read(&text.into(), At::ROOT);
        assert_eq!(read("4.2.0.0").unwrap(), HeaderVersion::V4_2);
        assert_eq!(read("4.4").unwrap_err().code, Code::OptionInvalid);
    }

    #[test]
    fn optional_elements_are_escaped_and_canonical() {
        let settings = Settings {
            license_url: Some("https://a.example/?a=1&b=<2>".into()),
            license_ui_url: Some("https://b.example/".into()),
            domain_service_id: Some("AH+03juKbUGbHl1V/QIwRA==".into()),
            custom_attributes: Some(
                "<m:Node Foo=\"1 &amp; 2\" Bar='x' xmlns:m=\"urn:m\"/><!-- no --><Empty/><T>a<![CDATA[<b>]]></T>"
                    .into(),
            ),
            header_version: None,
            pssh: None,
        };
        expect![[r#"<LA_URL>https://a.example/?a=1&amp;b=&lt;2&gt;</LA_URL><LUI_URL>https://b.example/</LUI_URL><DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID><CUSTOMATTRIBUTES xmlns=""><m:Node xmlns:m="urn:m" Bar="x" Foo="1 &amp; 2"></m:Node><Empty></Empty><T>a&lt;b&gt;</T></CUSTOMATTRIBUTES>"#]]
            .assert_eq(&optional_elements(&settings).unwrap());
    }

    #[test]
    fn what_is_no_url_guid_or_xml_is_refused() {
        let empty = Settings::default;
        let custom = |xml: &str| Settings { custom_attributes: Some(xml.into()), ..empty() };
        for settings in [
            Settings { license_url: Some("license.example/playready".into()), ..empty() },
            Settings { license_ui_url: Some("https://a b".into()), ..empty() },
            Settings { domain_service_id: Some("AH+0".into()), ..empty() },
            custom("<A>"),
            custom("</CUSTOMATTRIBUTES><LA_URL>"),
            custom("<A></B>"),
            custom("<A B=1/>"),
        ] {
            let error = optional_elements(&settings).unwrap_err();
            assert_eq!(error.code, Code::OptionInvalid, "{settings:?}");
        }
    }

    #[test]
    fn an_object_over_15_kib_is_refused() {
        let keys = [published_key()];
        let content =
            Content { scheme: Scheme::Cenc, keys: &keys, all_keys: &keys, crypto_period_index: None, in_hls: true };
        let long =
            Settings { custom_attributes: Some(format!("<A>{}</A>", "x".repeat(40_000))), ..Settings::default() };
        assert_eq!(long.signal(None, &[], &content).unwrap_err().code, Code::OptionInvalid);
    }

    #[test]
    fn key_ids_are_read_from_every_version() {
        let (one, two) = (vec![published_key()], vec![published_key(), other_key()]);
        for (scheme, wanted, keys) in [
            (Scheme::Cenc, HeaderVersion::V4_0, &one),
            (Scheme::Cenc, HeaderVersion::V4_1, &one),
            (Scheme::Cenc, HeaderVersion::V4_2, &two),
            (Scheme::Cbcs, HeaderVersion::V4_3, &two),
        ] {
            let object = object(&header_of(&version(wanted), scheme, keys).unwrap());
            assert!(is_object(&object));
            assert_eq!(key_ids(&object), keys.iter().map(|key| key.kid).collect::<Vec<_>>());
            assert!(!is_object(&object[..object.len() - 1]));
        }
        assert_eq!(key_ids(b"\x0c\0\0\0\x01\0\x01\0\xff\xff<K"), []);
    }

    #[test]
    fn the_key_id_of_microsofts_own_object_is_read() {
        // PlayReady Header Specification, section 3.6.1: the object's start, up to the key id.
        let header = "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>q5HgCTj40kGeNVhTH9Gexw==</KID>";
        let start =
            "AQBSAzwAVwBSAE0ASABFAEEARABFAFIAIAB4AG0AbABuAHMAPQAiAGgAdAB0AHAAOgAvAC8AcwBjAGgAZQBtAGEAcwAuAG0AaQBj";
        let utf16 = &object(header)[10..];
        assert_eq!(Base64::decode_vec(start).unwrap()[4..], utf16[..start.len() / 4 * 3 - 4]);
        assert_eq!(key_ids(&object(header))[0].to_uuid(), "09e091ab-f838-41d2-9e35-58531fd19ec7");
    }
}
