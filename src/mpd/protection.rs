//! `ContentProtection`, clause 5.8.4.1, as DASH-IF IOP part 6 (content protection and security) has it.

use std::io;

use base64ct::{Base64, Encoding};
use quick_xml::events::{BytesStart, BytesText, Event};

use super::{Xml, element};
use crate::drm::W3C_COMMON;
use crate::keys::uuid;
use crate::presentation::Protection;

/// The namespaces that the elements below need, to be declared on `MPD`.
///
/// The prefixes matter as well: Android's media3 compares `cenc:pssh`, `cenc:default_KID` and
/// `dashif:Laurl` letter by letter, without a look at the namespace.
pub(super) const NAMESPACES: [(&str, &str); 2] =
    [("xmlns:cenc", "urn:mpeg:cenc:2013"), ("xmlns:dashif", "https://dashif.org/CPS")];

/// Writes the descriptors of one Adaptation Set.
pub(super) fn write(xml: &mut Xml, protection: &Protection) -> io::Result<()> {
    let mp4_protection = BytesStart::new("ContentProtection").with_attributes([
        ("schemeIdUri", "urn:mpeg:dash:mp4protection:2011"),
        ("value", protection.scheme.as_str()),
        ("cenc:default_KID", protection.default_kid.to_uuid().as_str()),
    ]);
    xml.write_event(Event::Empty(mp4_protection))?;
    if plays_with_clear_key(protection) {
        write_clear_key(xml, protection.clear_key_license_url.as_deref())?;
    }
    protection.systems.iter().try_for_each(|system| {
        let attributes = [("schemeIdUri", format!("urn:uuid:{}", uuid(&system.system_id)))];
        element(xml, "ContentProtection", &attributes, |xml| {
            text_element(xml, "cenc:pssh", &Base64::encode_string(&system.pssh))
        })
    })
}

/// Whether the descriptor of ClearKey stands: where a license server is known, and where no DRM system
/// is named. The W3C common `pssh` names none; DASH-IF IOP part 6 says that it doesn't mean ClearKey.
fn plays_with_clear_key(protection: &Protection) -> bool {
    protection.clear_key_license_url.is_some() || protection.systems.iter().all(|system| system.system_id == W3C_COMMON)
}

/// The element is `Laurl` with a capital, as in DASH-IF's schema: Shaka Player and media3 read no other
/// spelling, and dash.js calls the `laurl` of older drafts wrong (its issue 4459).
fn write_clear_key(xml: &mut Xml, license_url: Option<&str>) -> io::Result<()> {
    let attributes = [
        ("schemeIdUri", "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e".to_owned()),
        ("value", "ClearKey1.0".to_owned()),
    ];
    match license_url {
        Some(url) => element(xml, "ContentProtection", &attributes, |xml| text_element(xml, "dashif:Laurl", url)),
        None => {
            let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
            xml.write_event(Event::Empty(BytesStart::new("ContentProtection").with_attributes(attributes)))
        }
    }
}

/// An element of text; control characters, which XML 1.0 can't express, are left out.
fn text_element(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    let text: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    element(xml, name, &[], |xml| xml.write_event(Event::Text(BytesText::new(&text))))
}
