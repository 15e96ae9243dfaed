//! `ContentProtection`, clause 5.8.4.1, as DASH-IF IOP part 6 (content protection and security) has it.

use std::io;

use base64ct::{Base64, Encoding};
use quick_xml::events::{BytesStart, BytesText, Event};

use super::{Xml, element};
use crate::cenc::Scheme;
use crate::drm::{Descriptor, Element, Namespace, OwnContent, OwnElement, System};
use crate::keys::uuid;
use crate::presentation::{Protection, Track};

/// The namespaces that the elements below need in the MPD of these tracks, to be declared on `MPD`.
///
/// The prefixes matter as well: Android's media3 compares `cenc:pssh`, `cenc:default_KID`, `mspr:pro` and
/// `dashif:Laurl` letter by letter, without a look at the namespace.
pub(super) fn namespaces(tracks: &[Track]) -> Vec<(&'static str, &'static str)> {
    let protections: Vec<&Protection> = tracks.iter().filter_map(|track| track.protection.as_ref()).collect();
    if protections.is_empty() {
        return Vec::new();
    }
    let systems = protections.iter().flat_map(|protection| &protection.systems);
    let elements: Vec<&Element> =
        systems.filter_map(|system| system.descriptor.as_ref()).flat_map(|descriptor| &descriptor.elements).collect();
    // XML that was given may use any prefix of these without binding it.
    let is_needed = |namespace: &&Namespace| {
        elements.iter().any(|element| match element {
            Element::Own(own) => own.namespace == *namespace,
            Element::Xml(_) => true,
            Element::Pssh(_) | Element::LicenseUrl(_) => false,
        })
    };
    let of_systems = System::ALL.iter().filter_map(|system| system.about().namespace).filter(is_needed);
    let needed = [&Namespace::CENC, &Namespace::DASHIF].into_iter().chain(of_systems);
    needed.map(|namespace| (namespace.attribute, namespace.uri)).collect()
}

/// Writes the descriptors of one Adaptation Set: the scheme's, then one for each system.
pub(super) fn write(xml: &mut Xml, protection: &Protection) -> io::Result<()> {
    let mp4_protection = BytesStart::new("ContentProtection").with_attributes([
        ("schemeIdUri", "urn:mpeg:dash:mp4protection:2011"),
        ("value", protection.scheme().map_or("", Scheme::as_str)),
        ("cenc:default_KID", protection.default_kid.to_uuid().as_str()),
    ]);
    xml.write_event(Event::Empty(mp4_protection))?;
    let mut descriptors = protection.systems.iter().filter_map(|system| system.descriptor.as_ref());
    descriptors.try_for_each(|descriptor| write_descriptor(xml, descriptor))
}

fn write_descriptor(xml: &mut Xml, descriptor: &Descriptor) -> io::Result<()> {
    let mut attributes = vec![("schemeIdUri", format!("urn:uuid:{}", uuid(&descriptor.system_id)))];
    attributes.extend(descriptor.value.map(|value| ("value", value.to_owned())));
    if descriptor.elements.is_empty() {
        let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
        return xml.write_event(Event::Empty(BytesStart::new("ContentProtection").with_attributes(attributes)));
    }
    element(xml, "ContentProtection", &attributes, |xml| {
        descriptor.elements.iter().try_for_each(|child| write_element(xml, child))
    })
}

fn write_element(xml: &mut Xml, child: &Element) -> io::Result<()> {
    match child {
        Element::Pssh(pssh) => text_element(xml, "cenc:pssh", &Base64::encode_string(pssh)),
        // `Laurl` with a capital, as in DASH-IF's schema: Shaka Player and media3 read no other spelling,
        // and dash.js calls the `laurl` of older drafts wrong (its issue 4459).
        Element::LicenseUrl(url) => text_element(xml, "dashif:Laurl", url),
        Element::Own(own) => write_own(xml, own),
        Element::Xml(text) => xml.write_event(Event::Text(BytesText::from_escaped(text))),
    }
}

fn write_own(xml: &mut Xml, OwnElement { namespace, name, content }: &OwnElement) -> io::Result<()> {
    let name = namespace.prefixed(name);
    match content {
        OwnContent::Data(data) => text_element(xml, &name, &Base64::encode_string(data)),
        OwnContent::Each(child, texts) => element(xml, &name, &[], |xml| {
            let child = namespace.prefixed(child);
            texts.iter().try_for_each(|text| text_element(xml, &child, text))
        }),
    }
}

/// An element of text; control characters, which XML 1.0 can't express, are left out.
fn text_element(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    let text: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    element(xml, name, &[], |xml| xml.write_event(Event::Text(BytesText::new(&text))))
}
