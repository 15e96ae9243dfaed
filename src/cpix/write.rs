//! Requests: documents with key ids and without keys, to be filled in by a server. The elements stand in
//! the schema's order.

use base64ct::{Base64, Encoding};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};

use super::{AudioFilter, CPIX, PSKC, SPEKE, VideoFilter, XMLDSIG};
use crate::drm::{Asked, IDENTITY_KEYS, System};
use crate::keys::{KeyId, uuid};

/// How a request names things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `id` for the content id, bare `DRMSystem`s: the KMS of `DoveRunner` and `PallyCon`, `KeyOS`.
    Kms,
    /// The same `id`, and an empty element for each thing wanted of a system: SPEKE 1.
    Speke1,
    /// CPIX 2.3 with `contentId` and `version`, empty elements likewise: SPEKE 2.0.
    Speke2,
    /// The same with CPIX 2.4's words: SPEKE 2.1.
    Speke21,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The dialect.
    pub dialect: Dialect,
    /// The content id.
    pub content_id: &'a str,
    /// The keys.
    pub keys: &'a [KeyRequest],
    /// `commonEncryptionScheme` of every key.
    pub scheme: Option<&'a str>,
    /// The DRM systems.
    pub systems: &'a [[u8; 16]],
    /// The crypto periods' ids and numbers; none without rotation.
    pub periods: &'a [(String, u64)],
    /// The certificate that keys are to be encrypted for, DER.
    pub certificate: Option<&'a [u8]>,
}

/// One key that is asked for.
#[derive(Debug, Clone, Default)]
pub struct KeyRequest {
    /// A key id, which the server may replace.
    pub kid: KeyId,
    /// `intendedTrackType`; `None` writes no usage rule.
    pub track_type: Option<String>,
    /// Filters of the rule.
    pub video: Vec<VideoFilter>,
    /// Filters of the rule.
    pub audio: Vec<AudioFilter>,
    /// The index of the period that it is for.
    pub period: Option<usize>,
}

type Xml = Writer<Vec<u8>>;

/// Writes a request.
pub fn request(request: &Request<'_>) -> Vec<u8> {
    let mut xml = Writer::new(Vec::new());
    document(&mut xml, request).expect("a vector takes every byte");
    xml.into_inner()
}

fn document(xml: &mut Xml, request: &Request<'_>) -> std::io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut attributes = match request.dialect {
        Dialect::Kms | Dialect::Speke1 => vec![("id", request.content_id)],
        Dialect::Speke2 => vec![("contentId", request.content_id), ("version", "2.3")],
        Dialect::Speke21 => vec![("contentId", request.content_id), ("version", "2.4")],
    };
    attributes.extend([("xmlns:cpix", CPIX), ("xmlns:pskc", PSKC), ("xmlns:speke", SPEKE)]);
    if request.certificate.is_some() {
        attributes.push(("xmlns:ds", XMLDSIG));
    }
    element(xml, "cpix:CPIX", &attributes, |xml| {
        if let Some(certificate) = request.certificate {
            delivery(xml, certificate)?;
        }
        element(xml, "cpix:ContentKeyList", &[], |xml| content_keys(xml, request))?;
        if !request.systems.is_empty() {
            element(xml, "cpix:DRMSystemList", &[], |xml| systems(xml, request))?;
        }
        if !request.periods.is_empty() {
            element(xml, "cpix:ContentKeyPeriodList", &[], |xml| {
                request.periods.iter().try_for_each(|(id, index)| {
                    empty(xml, "cpix:ContentKeyPeriod", &[("id", id), ("index", &index.to_string())])
                })
            })?;
        }
        if request.keys.iter().any(|key| key.track_type.is_some()) {
            element(xml, "cpix:ContentKeyUsageRuleList", &[], |xml| rules(xml, request))?;
        }
        Ok(())
    })
}

/// The recipient's certificate. The server adds the document key, which the schema wants to see at once.
fn delivery(xml: &mut Xml, certificate: &[u8]) -> std::io::Result<()> {
    const NAMES: [&str; 5] =
        ["cpix:DeliveryDataList", "cpix:DeliveryData", "cpix:DeliveryKey", "ds:X509Data", "ds:X509Certificate"];
    for name in NAMES {
        xml.write_event(Event::Start(BytesStart::new(name)))?;
    }
    xml.write_event(Event::Text(BytesText::new(&Base64::encode_string(certificate))))?;
    NAMES.iter().rev().try_for_each(|name| xml.write_event(Event::End(BytesStart::new(*name).to_end())))
}

fn content_keys(xml: &mut Xml, request: &Request<'_>) -> std::io::Result<()> {
    request.keys.iter().try_for_each(|key| {
        let kid = key.kid.to_uuid();
        let mut attributes = vec![("kid", kid.as_str())];
        attributes.extend(request.scheme.map(|scheme| ("commonEncryptionScheme", scheme)));
        empty(xml, "cpix:ContentKey", &attributes)
    })
}

fn systems(xml: &mut Xml, request: &Request<'_>) -> std::io::Result<()> {
    for key in request.keys {
        for system in request.systems {
            let (kid, system_id) = (key.kid.to_uuid(), uuid(system));
            let attributes = [("kid", kid.as_str()), ("systemId", system_id.as_str())];
            let names: Vec<&str> =
                asked(system).iter().flat_map(|asked| elements(*asked, request.dialect)).copied().collect();
            if names.is_empty() {
                empty(xml, "cpix:DRMSystem", &attributes)?;
                continue;
            }
            element(xml, "cpix:DRMSystem", &attributes, |xml| {
                names.iter().try_for_each(|&name| signalling(xml, name, request.dialect))
            })?;
        }
    }
    Ok(())
}

/// What is asked for of a system, or of HLS keys of none.
fn asked(id: &[u8; 16]) -> &'static [Asked] {
    let of_keys = || IDENTITY_KEYS.iter().find(|keys| keys.id == *id).map(|keys| keys.asked);
    System::of_id(id).map(|system| system.about().asked).or_else(of_keys).unwrap_or_default()
}

/// Stands for the two elements of that name.
const HLS: &str = "cpix:HLSSignalingData";

/// The empty elements that ask for it in a dialect.
const fn elements(asked: Asked, dialect: Dialect) -> &'static [&'static str] {
    let (first, second): (&[&str], &[&str]) = match asked {
        Asked::Pssh => (&["cpix:PSSH"], &["cpix:PSSH"]),
        Asked::ContentProtection => (&[], &["cpix:ContentProtectionData"]),
        Asked::KeyUri => (&["cpix:URIExtXKey", "speke:KeyFormat", "speke:KeyFormatVersions"], &[]),
        Asked::Playlists => (&[], &[HLS]),
        Asked::SmoothHeader => (&["speke:ProtectionHeader"], &["cpix:SmoothStreamingProtectionHeaderData"]),
    };
    match dialect {
        Dialect::Kms => &[],
        Dialect::Speke1 => first,
        Dialect::Speke2 | Dialect::Speke21 => second,
    }
}

fn signalling(xml: &mut Xml, name: &str, dialect: Dialect) -> std::io::Result<()> {
    if name != HLS {
        return empty(xml, name, &[]);
    }
    let multivariant = if dialect == Dialect::Speke21 { "multiVariant" } else { "master" };
    ["media", multivariant].into_iter().try_for_each(|playlist| empty(xml, name, &[("playlist", playlist)]))
}

fn rules(xml: &mut Xml, request: &Request<'_>) -> std::io::Result<()> {
    for key in request.keys {
        let Some(track_type) = &key.track_type else { continue };
        let kid = key.kid.to_uuid();
        let attributes = [("kid", kid.as_str()), ("intendedTrackType", track_type)];
        let period = key.period.and_then(|period| request.periods.get(period));
        if period.is_none() && key.video.is_empty() && key.audio.is_empty() {
            empty(xml, "cpix:ContentKeyUsageRule", &attributes)?;
            continue;
        }
        element(xml, "cpix:ContentKeyUsageRule", &attributes, |xml| {
            if let Some((id, _)) = period {
                empty(xml, "cpix:KeyPeriodFilter", &[("periodId", id)])?;
            }
            for filter in &key.video {
                bounds(xml, "cpix:VideoFilter", ("minPixels", filter.min_pixels), ("maxPixels", filter.max_pixels))?;
            }
            key.audio.iter().try_for_each(|filter| {
                let (min, max) = (("minChannels", filter.min_channels), ("maxChannels", filter.max_channels));
                bounds(xml, "cpix:AudioFilter", min, max)
            })
        })?;
    }
    Ok(())
}

/// A filter with whichever bounds are there.
fn bounds(xml: &mut Xml, name: &str, min: (&str, Option<u64>), max: (&str, Option<u64>)) -> std::io::Result<()> {
    let mut start = BytesStart::new(name);
    for (name, bound) in [min, max] {
        if let Some(bound) = bound {
            start.push_attribute((name, bound.to_string().as_str()));
        }
    }
    xml.write_event(Event::Empty(start))
}

fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&str, &str)],
    content: impl FnOnce(&mut Xml) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
    let end = start.to_end().into_owned();
    xml.write_event(Event::Start(start))?;
    content(xml)?;
    xml.write_event(Event::End(end))
}

fn empty(xml: &mut Xml, name: &str, attributes: &[(&str, &str)]) -> std::io::Result<()> {
    xml.write_event(Event::Empty(BytesStart::new(name).with_attributes(attributes.iter().copied())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpix::{Document, Value};
    use crate::drm::{fairplay, playready, widevine, wiseplay};

    fn all(dialect: Dialect) -> Vec<u8> {
        let key = |byte, track_type: &str, period| KeyRequest {
            kid: KeyId([byte; 16]),
            track_type: Some(track_type.into()),
            video: vec![VideoFilter { max_pixels: Some(589_824), ..Default::default() }],
            audio: vec![AudioFilter::default()],
            period,
        };
        request(&Request {
            dialect,
            content_id: "a<b>&\"c",
            keys: &[key(1, "SD", Some(0)), key(2, "HD", Some(0))],
            scheme: Some("cbcs"),
            systems: &[widevine::ID, playready::ID, fairplay::ID, wiseplay::ID],
            periods: &[("p0".into(), 0)],
            certificate: Some(&[1, 2, 3]),
        })
    }

    #[test]
    fn what_is_written_is_read_again() {
        for dialect in [Dialect::Kms, Dialect::Speke1, Dialect::Speke2, Dialect::Speke21] {
            let document = Document::read(&all(dialect)).unwrap();
            assert_eq!(document.content_id.as_deref(), Some("a<b>&\"c"));
            assert_eq!(document.keys.len(), 2);
            assert!(document.keys.iter().all(|key| matches!(key.value, Value::Missing)));
            assert_eq!(document.systems.len(), 8);
            assert_eq!(document.rules[1].track_type.as_deref(), Some("HD"));
            assert_eq!(document.rules[0].periods, ["p0"]);
            assert_eq!(document.rules[0].video[0].max_pixels, Some(589_824));
            assert_eq!(document.deliveries[0].certificate.as_deref(), Some(&[1, 2, 3][..]));
        }
    }

    #[test]
    fn dialects_differ_in_their_words() {
        let text = |dialect| String::from_utf8(all(dialect)).unwrap();
        assert!(text(Dialect::Kms).contains(r#"<cpix:CPIX id="a&lt;b&gt;&amp;&quot;c""#));
        assert!(text(Dialect::Speke1).contains("<cpix:URIExtXKey/><speke:KeyFormat/>"));
        assert!(
            text(Dialect::Speke2).contains(r#"version="2.3""#)
                && text(Dialect::Speke2).contains(r#"playlist="master""#)
        );
        assert!(text(Dialect::Speke21).contains(r#"version="2.4""#) && text(Dialect::Speke21).contains("multiVariant"));
    }
}
