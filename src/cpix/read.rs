//! From XML to the model. Elements may stand in any order; unknown ones are passed over.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::{
    AudioFilter, BitrateFilter, CPIX, Cipher, ContentProtection, Delivery, Document, Key, PSKC, Period, SPEKE, System,
    UsageRule, Value, VideoFilter, XMLDSIG, XMLENC,
};
use crate::error::{Code, Error, Message, Result};
use crate::keys::{ContentKey, KeyId, parse_uuid};
use crate::xml::Element;

/// The system whose `URIExtXKey` `DoveRunner`'s servers send without base64: NCG.
const NCG: [u8; 16] = [0xd9, 0xe4, 0x41, 0x1a, 0xe8, 0x86, 0x49, 0x09, 0xa3, 0x80, 0xa7, 0x7f, 0x28, 0xd5, 0x23, 0x35];

impl Document {
    /// Reads a document of at most [`crate::limits::KEY_ANSWER_BYTES`].
    pub fn read(document: &[u8]) -> Result<Self> {
        let root = Element::read(document)?;
        if !root.is(CPIX, "CPIX") {
            return Err(invalid(message!("the root element isn't CPIX of the namespace urn:dashif:org:cpix")));
        }
        let list = |list: &'static str, item: &'static str| {
            root.all(CPIX, list).flat_map(move |list| list.all(CPIX, item)).collect::<Vec<_>>()
        };
        Ok(Self {
            content_id: root.attribute("contentId").or(root.attribute("id")).map(str::to_owned),
            deliveries: each(&list("DeliveryDataList", "DeliveryData"), delivery)?,
            keys: each(&list("ContentKeyList", "ContentKey"), key)?,
            systems: each(&list("DRMSystemList", "DRMSystem"), system)?,
            rules: each(&list("ContentKeyUsageRuleList", "ContentKeyUsageRule"), rule)?,
            periods: each(&list("ContentKeyPeriodList", "ContentKeyPeriod"), period)?,
        })
    }
}

fn each<T>(elements: &[&Element], read: fn(&Element) -> Result<T>) -> Result<Vec<T>> {
    elements.iter().map(|element| read(element)).collect()
}

fn key(element: &Element) -> Result<Key> {
    let iv = element.attribute("explicitIV").filter(|text| !text.trim().is_empty());
    Ok(Key {
        kid: kid(element)?,
        value: key_value(element)?,
        iv: iv.map(|text| sixteen(text, "explicitIV")).transpose()?,
        scheme: element.attribute("commonEncryptionScheme").map(str::to_ascii_lowercase),
    })
}

fn key_value(element: &Element) -> Result<Value> {
    let Some(secret) = element.child(CPIX, "Data").and_then(|data| data.child(PSKC, "Secret")) else {
        return Ok(Value::Missing);
    };
    // 16 bytes in base64, whatever they look like: some servers' keys are hexadecimal digits in ASCII.
    if let Some(plain) = secret.child(PSKC, "PlainValue") {
        let bytes = Zeroizing::new(sixteen(plain.text(), "a content key's PlainValue")?);
        return Ok(Value::Plain(ContentKey::new(*bytes)));
    }
    Ok(cipher(secret)?.map_or(Value::Missing, Value::Sealed))
}

/// The encrypted value of a `Secret`, with its MAC beside it.
fn cipher(secret: &Element) -> Result<Option<Cipher>> {
    let Some(encrypted) = secret.child(PSKC, "EncryptedValue") else { return Ok(None) };
    let value = encrypted
        .child(XMLENC, "CipherData")
        .and_then(|data| data.child(XMLENC, "CipherValue"))
        .ok_or_else(|| invalid(message!("an EncryptedValue has no CipherValue")))?;
    let method = encrypted.child(XMLENC, "EncryptionMethod").and_then(|method| method.attribute("Algorithm"));
    let mac = secret.child(PSKC, "ValueMAC").map(|mac| base64(mac.text(), "a ValueMAC")).transpose()?;
    Ok(Some(Cipher { algorithm: method.map(str::to_owned), value: base64(value.text(), "a CipherValue")?, mac }))
}

fn delivery(element: &Element) -> Result<Delivery> {
    let certificate = element.child(CPIX, "DeliveryKey").and_then(|key| key.find(XMLDSIG, "X509Certificate"));
    let document_key = element
        .child(CPIX, "DocumentKey")
        .and_then(|key| key.child(CPIX, "Data"))
        .and_then(|data| data.child(PSKC, "Secret"));
    let mac = match element.child(CPIX, "MACMethod") {
        Some(method) => {
            // The schema puts MACKey into PSKC's namespace; CPIX's own text and examples say Key in CPIX's.
            let key = [(PSKC, "MACKey"), (CPIX, "MACKey"), (CPIX, "Key")];
            let key = key.iter().find_map(|(namespace, name)| method.child(namespace, name));
            let key = key.map(mac_key).transpose()?.flatten();
            key.map(|key| (method.attribute("Algorithm").unwrap_or_default().to_owned(), key))
        }
        None => None,
    };
    Ok(Delivery {
        certificate: certificate.map(|text| base64(text.text(), "an X509Certificate")).transpose()?,
        document_key: document_key.map(cipher).transpose()?.flatten(),
        mac,
    })
}

/// A MAC's key: an encrypted value around it, or its parts at once, since `MACKey` is of that type.
fn mac_key(key: &Element) -> Result<Option<Cipher>> {
    if let Some(found) = cipher(key)? {
        return Ok(Some(found));
    }
    let Some(value) = key.find(XMLENC, "CipherValue") else { return Ok(None) };
    let method = key.child(XMLENC, "EncryptionMethod").and_then(|method| method.attribute("Algorithm"));
    let value = base64(value.text(), "a CipherValue")?;
    Ok(Some(Cipher { algorithm: method.map(str::to_owned), value, mac: None }))
}

fn system(element: &Element) -> Result<System> {
    let id = element.attribute("systemId").and_then(|text| parse_uuid(text.trim()));
    let system_id = id.ok_or_else(|| invalid(message!("a DRMSystem has no systemId, or it is not a UUID")))?;
    let text = |namespace: &'static str, name: &'static str| {
        element.child(namespace, name).map(Element::text).filter(|text| !text.is_empty())
    };
    let playlist = |names: &[&str]| -> Result<Option<String>> {
        let data = element.all(CPIX, "HLSSignalingData");
        let mut data = data.filter(|data| names.contains(&data.attribute("playlist").unwrap_or("media")));
        data.next().map(|data| base64_text(data.text(), "HLSSignalingData")).transpose()
    };
    let key_uri = text(CPIX, "URIExtXKey");
    let smooth = text(CPIX, "SmoothStreamingProtectionHeaderData").or(text(SPEKE, "ProtectionHeader"));
    let from_base64 = |name: &'static str| text(SPEKE, name).map(|text| base64_text(text, name)).transpose();
    Ok(System {
        system_id,
        kid: kid(element)?,
        pssh: text(CPIX, "PSSH").map(|text| base64(text, "PSSH")).transpose()?,
        content_protection: text(CPIX, "ContentProtectionData").map(content_protection).transpose()?,
        hls_media: playlist(&["media"])?.filter(|text| !text.is_empty()),
        hls_multivariant: playlist(&["master", "multiVariant"])?.filter(|text| !text.is_empty()),
        key_uri: match key_uri {
            Some(text) if system_id == NCG => Some(text.to_owned()),
            other => other.map(|text| base64_text(text, "URIExtXKey")).transpose()?,
        },
        key_format: from_base64("KeyFormat")?,
        key_format_versions: from_base64("KeyFormatVersions")?,
        smooth_header: smooth.map(str::to_owned),
    })
}

/// An XML fragment starts with `<`; a `pssh` payload never does: that byte would be an unknown field of
/// Widevine's, and a `PlayReady` object of a length that no object has.
fn content_protection(text: &str) -> Result<ContentProtection> {
    let bytes = base64(text, "ContentProtectionData")?;
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'<') {
        return String::from_utf8(bytes)
            .map(ContentProtection::Xml)
            .map_err(|_| invalid(message!("the XML in a ContentProtectionData isn't UTF-8")));
    }
    Ok(ContentProtection::Payload(bytes))
}

fn rule(element: &Element) -> Result<UsageRule> {
    let video = element.all(CPIX, "VideoFilter").map(|filter| {
        Ok(VideoFilter {
            min_pixels: number(filter, "minPixels")?,
            max_pixels: number(filter, "maxPixels")?,
            min_fps: number(filter, "minFps")?,
            max_fps: number(filter, "maxFps")?,
            hdr: boolean(filter, "hdr")?,
            wcg: boolean(filter, "wcg")?,
        })
    });
    let audio = element.all(CPIX, "AudioFilter").map(|filter| {
        Ok(AudioFilter { min_channels: number(filter, "minChannels")?, max_channels: number(filter, "maxChannels")? })
    });
    let bitrate = element
        .all(CPIX, "BitrateFilter")
        .map(|filter| Ok(BitrateFilter { min: number(filter, "minBitrate")?, max: number(filter, "maxBitrate")? }));
    let periods = element.all(CPIX, "KeyPeriodFilter").filter_map(|filter| filter.attribute("periodId"));
    let labels = element.all(CPIX, "LabelFilter").filter_map(|filter| filter.attribute("label"));
    Ok(UsageRule {
        kid: kid(element)?,
        track_type: element.attribute("intendedTrackType").map(str::to_owned),
        periods: periods.map(str::to_owned).collect(),
        video: video.collect::<Result<_>>()?,
        audio: audio.collect::<Result<_>>()?,
        bitrate: bitrate.collect::<Result<_>>()?,
        labels: labels.map(str::to_owned).collect(),
    })
}

fn period(element: &Element) -> Result<Period> {
    Ok(Period { id: element.attribute("id").map(str::to_owned), index: number(element, "index")? })
}

fn kid(element: &Element) -> Result<KeyId> {
    let text = element.attribute("kid").ok_or_else(|| invalid(message!("an element that needs a kid has none")))?;
    parse_uuid(text.trim()).map(KeyId).ok_or_else(|| invalid(message!("the kid {kid:?} is not a UUID", kid = text)))
}

fn number(element: &Element, name: &str) -> Result<Option<u64>> {
    let text = element.attribute(name).map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| {
        text.parse().map_err(|_| invalid(message!("{name} is {text:?}, which is not a number", name, text)))
    })
    .transpose()
}

/// An `xs:boolean`.
fn boolean(element: &Element, name: &str) -> Result<Option<bool>> {
    match element.attribute(name).map(str::trim) {
        None | Some("") => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(text) => Err(invalid(message!("{name} is {text:?}, which is neither true nor false", name, text))),
    }
}

fn sixteen(text: &str, what: &str) -> Result<[u8; 16]> {
    let bytes = Zeroizing::new(base64(text, what)?);
    bytes
        .as_slice()
        .try_into()
        .map_err(|_| invalid(message!("{what} is {size} bytes long, not 16", what, size = bytes.len())))
}

/// Base64 whose lines may be broken. The message never repeats the text.
fn base64(text: &str, what: &str) -> Result<Vec<u8>> {
    let compact: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    Base64::decode_vec(&compact).map_err(|_| invalid(message!("{what} isn't base64", what)))
}

fn base64_text(text: &str, what: &str) -> Result<String> {
    String::from_utf8(base64(text, what)?).map_err(|_| invalid(message!("{what} isn't text in base64", what)))
}

fn invalid(message: Message) -> Error {
    Error::new(Code::CpixInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// The answer of PallyCon's documentation, with a key of our own; joins are tested where they are made.
    const KMS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<cpix:CPIX id="cpix-test-cid" xmlns:cpix="urn:dashif:org:cpix" xmlns:speke="urn:aws:amazon:com:speke"
  xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc">
  <cpix:ContentKeyUsageRuleList>
    <cpix:ContentKeyUsageRule intendedTrackType="HD" kid="12ea753c-23e7-bc02-4474-b2b976c43beb"/>
  </cpix:ContentKeyUsageRuleList>
  <cpix:DRMSystemList>
    <cpix:DRMSystem kid="12ea753c-23e7-bc02-4474-b2b976c43beb" systemId="EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED">
      <cpix:PSSH>AAAAVXBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAADUIARIQEup1PCPnvAJEdLK5dsQ76xoMaW5rYWVudHdvcmtzIg1jcGl4LXRlc3QtY2lkKgJIRA==</cpix:PSSH>
    </cpix:DRMSystem>
    <cpix:DRMSystem kid="12ea753c-23e7-bc02-4474-b2b976c43beb" systemId="94ce86fb-07ff-4f43-adb8-93d2fa968ca2">
      <cpix:HLSSignalingData>I0VYVC1YLUtFWQ==</cpix:HLSSignalingData>
      <cpix:HLSSignalingData playlist="master">I0VYVC1YLVNFU1NJT04tS0VZ</cpix:HLSSignalingData>
      <cpix:URIExtXKey>c2tkOi8vRXVwMVBDUG52QUpFZExLNWRzUTc2dz09</cpix:URIExtXKey>
    </cpix:DRMSystem>
  </cpix:DRMSystemList>
  <cpix:ContentKeyList>
    <cpix:ContentKey explicitIV="MDEyMzQ1Njc4OWFiY2RlZg==" kid="12ea753c-23e7-bc02-4474-b2b976c43beb">
      <cpix:Data><pskc:Secret><pskc:PlainValue>ODQ4REQwMTM5OURGNDczQQ==</pskc:PlainValue></pskc:Secret></cpix:Data>
    </cpix:ContentKey>
  </cpix:ContentKeyList>
</cpix:CPIX>"#;

    #[test]
    fn an_answer_of_the_kms_in_another_order_with_a_key_that_looks_like_hex() {
        let document = Document::read(KMS.as_bytes()).unwrap();
        assert_eq!(document.content_id.as_deref(), Some("cpix-test-cid"));
        let key = &document.keys[0];
        assert_eq!(key.kid.to_hex(), "12ea753c23e7bc024474b2b976c43beb");
        assert_eq!(key.iv, Some(*b"0123456789abcdef"));
        let Value::Plain(plain) = &key.value else { panic!("a plain key") };
        assert_eq!(plain.expose(), b"848DD01399DF473A");
        assert_eq!(document.rules[0].track_type.as_deref(), Some("HD"));
        let [widevine, fairplay] = &document.systems[..] else { panic!("two systems") };
        assert_eq!(widevine.pssh.as_ref().unwrap().len(), 0x55);
        assert_eq!(fairplay.hls_media.as_deref(), Some("#EXT-X-KEY"));
        assert_eq!(fairplay.hls_multivariant.as_deref(), Some("#EXT-X-SESSION-KEY"));
        // The documentation's own: skd:// and the key id in base64.
        assert_eq!(fairplay.key_uri.as_deref(), Some("skd://Eup1PCPnvAJEdLK5dsQ76w=="));
    }

    /// A document in the manner of DASH-IF's examples: other prefixes, filters, unknown elements, 2.4's words.
    const FILTERS: &str = r#"<CPIX xmlns="urn:dashif:org:cpix" xmlns:k="urn:ietf:params:xml:ns:keyprov:pskc" contentId="a&amp;b" version="2.4">
  <New xmlns="urn:example"><Nested a="1">text</Nested></New>
  <ContentKeyList>
    <ContentKey kid="40d02dd1-61a3-4787-a155-572325d47b80" commonEncryptionScheme="CBCS"><HDCPData HLSHDCPLevel="TYPE-0"/>
      <Data><k:Secret><k:PlainValue>gEJX&#x34;I8a&#52;UFM<![CDATA[gEJX4I8a]]>4Q==
      </k:PlainValue></k:Secret></Data></ContentKey>
    <ContentKey kid="0a6f0c2e-7d1b-4a5e-9c3d-8b2f1e0d4c5a"/>
  </ContentKeyList>
  <DRMSystemList><DRMSystem systemId="EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED" kid="40d02dd1-61a3-4787-a155-572325d47b80">
    <ContentProtectionData>PHBzc2ggeG1sbnM9InVybjptcGVnOmNlbmM6MjAxMyIvPg==</ContentProtectionData>
    <HLSSignalingData playlist="multiVariant">Zmlyc3Q=</HLSSignalingData>
  </DRMSystem><DRMSystem systemId="9a04f079-9840-4286-ab92-e65be0885f95" kid="40d02dd1-61a3-4787-a155-572325d47b80">
    <ContentProtectionData>GgAAAAEA</ContentProtectionData>
  </DRMSystem></DRMSystemList>
  <ContentKeyPeriodList><ContentKeyPeriod id="p1" index="3"/></ContentKeyPeriodList>
  <ContentKeyUsageRuleList>
    <ContentKeyUsageRule kid="40d02dd1-61a3-4787-a155-572325d47b80" intendedTrackType="SD+HD1">
      <BitrateFilter maxBitrate="4000000"/><VideoFilter maxPixels="589824"/><VideoFilter minPixels="589825" maxPixels="921600" minFps="30"/>
      <AudioFilter minChannels="3"/><KeyPeriodFilter periodId="p1"/>
    </ContentKeyUsageRule>
  </ContentKeyUsageRuleList>
</CPIX>"#;

    #[test]
    fn prefixes_order_and_unknown_elements_dont_matter() {
        let document = Document::read(FILTERS.as_bytes()).unwrap();
        assert_eq!(document.content_id.as_deref(), Some("a&b"));
        assert_eq!(document.keys[0].scheme.as_deref(), Some("cbcs"));
        let Value::Plain(key) = &document.keys[0].value else { panic!("a plain key") };
        assert_eq!(key.expose(), &hex!("804257e08f1ae1414c804257e08f1ae1"));
        assert!(matches!(document.keys[1].value, Value::Missing));
        let [widevine, playready] = &document.systems[..] else { panic!("two systems") };
        let xml = r#"<pssh xmlns="urn:mpeg:cenc:2013"/>"#;
        assert_eq!(widevine.content_protection, Some(ContentProtection::Xml(xml.into())));
        assert_eq!(playready.content_protection, Some(ContentProtection::Payload(hex!("1a0000000100").to_vec())));
        assert_eq!(widevine.hls_multivariant.as_deref(), Some("first"));
        let rule = &document.rules[0];
        assert_eq!(rule.periods, ["p1"]);
        assert_eq!(rule.video[0], VideoFilter { max_pixels: Some(589_824), ..Default::default() });
        assert_eq!(rule.video[1].min_fps, Some(30));
        assert_eq!(rule.audio, [AudioFilter { min_channels: Some(3), max_channels: None }]);
        assert_eq!(rule.bitrate, [BitrateFilter { min: None, max: Some(4_000_000) }]);
        assert_eq!(document.periods, [Period { id: Some("p1".into()), index: Some(3) }]);
    }

    #[test]
    fn what_could_harm_is_refused() {
        let deep = format!("<CPIX xmlns=\"urn:dashif:org:cpix\">{}", "<a>".repeat(100));
        let many = format!("<CPIX xmlns=\"urn:dashif:org:cpix\" {}/>", "a='1' ".repeat(100));
        for document in [
            r#"<!DOCTYPE CPIX [<!ENTITY a "aa">]><CPIX xmlns="urn:dashif:org:cpix">&a;</CPIX>"#,
            r#"<!DOCTYPE CPIX SYSTEM "file:///etc/passwd"><CPIX xmlns="urn:dashif:org:cpix"/>"#,
            r#"<CPIX xmlns="urn:dashif:org:cpix">&b;</CPIX>"#,
            r#"<CPIX xmlns="urn:dashif:org:cpix"><ContentKeyList>"#,
            r#"<CPIX xmlns="urn:example"/>"#,
            r#"<CPIX xmlns="urn:dashif:org:cpix"/><CPIX xmlns="urn:dashif:org:cpix"/>"#,
            r#"<x:CPIX/>"#,
            "",
            "{\"errorCode\":\"1\"}",
            &deep,
            &many,
        ] {
            assert_eq!(Document::read(document.as_bytes()).unwrap_err().code, Code::CpixInvalid, "{document:.80}");
        }
        let large = vec![b' '; crate::limits::KEY_ANSWER_BYTES + 1];
        assert_eq!(Document::read(&large).unwrap_err().code, Code::CpixInvalid);
    }

    #[test]
    fn a_truncated_document_is_refused_wherever_it_ends() {
        for end in (0..FILTERS.len() - 1).step_by(7) {
            assert!(Document::read(&FILTERS.as_bytes()[..end]).is_err(), "at {end}");
        }
    }

    #[test]
    fn a_wrong_key_is_refused_without_being_repeated() {
        let document = KMS.replace("ODQ4REQwMTM5OURGNDczQQ==", "ODQ4REQwMTM5OURGNDczQQ");
        let error = Document::read(document.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("ODQ4"), "{error}");
    }
}
