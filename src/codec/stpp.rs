//! TTML in ISO BMFF: the sample entry `stpp` of ISO/IEC 14496-12 clause 12.6.3, as ISO/IEC 14496-30:2018
//! clause 6 uses it.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::protector::{Nothing, Protector};
use crate::bytes::Reader;

/// TTML.
pub const DESCRIPTION: Description = Description {
    name: "TTML",
    kind: Kind::Text,
    sample_entries: &[EntryName::bare(b"stpp")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What the sample entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The codecs parameter of the documents, as in `im1t`; `None` where the entry doesn't say.
    profile: Option<String>,
}

/// The text profiles of IMSC by their designators, with the names of the W3C's registry of TTML media
/// type profiles.
const PROFILES: [(&str, &str); 6] = [
    ("/ttml/profile/imsc1.2/text", "im3t"),
    ("/ttml/profile/imsc1.2/image", "im3i"),
    ("/ttml/profile/imsc1.1/text", "im2t"),
    ("/ttml/profile/imsc1.1/image", "im2i"),
    ("/ttml/profile/imsc1/text", "im1t"),
    ("/ttml/profile/imsc1/image", "im1i"),
];

/// The name of the profile that a designator in `text` names.
pub fn profile_of(text: &str) -> Option<&'static str> {
    PROFILES.iter().find(|(designator, _)| text.contains(designator)).map(|&(_, profile)| profile)
}

impl Config {
    /// From the entry's `namespace` and `schema_location`, and from the content of its box `mime`, which
    /// counts for more.
    pub fn read(namespace: &str, schema_location: &str, mime: Option<Reader<'_>>) -> Self {
        let by_designator = || profile_of(namespace).or_else(|| profile_of(schema_location)).map(str::to_owned);
        Self { profile: mime.and_then(|mime| read_mime(mime.rest())).or_else(by_designator) }
    }
}

impl Configuration for Config {
    /// `stpp.ttml.` and the profile, as in `stpp.ttml.im1t`, or `stpp` alone.
    fn rfc6381(&self) -> String {
        match &self.profile {
            Some(profile) => format!("stpp.ttml.{profile}"),
            None => "stpp".to_owned(),
        }
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        // A document in UTF-8, as ISO/IEC 14496-30 has it.
        let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
        Some(text.first() == Some(&b'<'))
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Nothing)
    }
}

/// The `codecs` parameter of a `MIMEBox` (ISO/IEC 14496-12 clause 12.3.3.2), as in
/// `application/ttml+xml;codecs=im1t|etd1`.
fn read_mime(content: &[u8]) -> Option<String> {
    let text = content.get(4..)?.split(|&byte| byte == 0).next()?;
    let parameters = std::str::from_utf8(text).ok()?.strip_prefix("application/ttml+xml")?;
    let codecs = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("codecs="))?;
    let codecs = codecs.trim_matches('"').to_ascii_lowercase();
    // Some write what manifests say, with the names that stand before the profile.
    let codecs = codecs.strip_prefix("stpp").map_or(&*codecs, |behind| behind.strip_prefix(".ttml.").unwrap_or(""));
    // The registry combines names of four characters by these signs; manifests need nothing else.
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '|' | '+' | '&' | '.' | '-');
    (!codecs.is_empty() && codecs.chars().all(is_known)).then(|| codecs.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTML: &str = "http://www.w3.org/ns/ttml";

    fn named(schema_location: &str, mime: Option<&[u8]>) -> String {
        Config::read(TTML, schema_location, mime.map(|mime| crate::codec::reader(mime, 0))).rfc6381()
    }

    #[test]
    fn the_mime_box_names_the_profile() {
        assert_eq!(named("", Some(b"\0\0\0\0application/ttml+xml;codecs=im1t\0")), "stpp.ttml.im1t");
        assert_eq!(named("", Some(b"\0\0\0\0application/ttml+xml; codecs=\"im2t|etd1\"\0")), "stpp.ttml.im2t|etd1");
    }

    #[test]
    fn a_mime_box_may_hold_the_whole_codecs_parameter() {
        assert_eq!(named("", Some(b"\0\0\0\0application/ttml+xml;codecs=stpp.ttml.im1i\0")), "stpp.ttml.im1i");
        assert_eq!(named("", Some(b"\0\0\0\0application/ttml+xml;codecs=STPP.TTML.IM1I\0")), "stpp.ttml.im1i");
        assert_eq!(named("", Some(b"\0\0\0\0application/ttml+xml;codecs=stpp\0")), "stpp");
    }

    #[test]
    fn a_designator_names_the_profile() {
        assert_eq!(named("http://www.w3.org/ns/ttml/profile/imsc1/text", None), "stpp.ttml.im1t");
        assert_eq!(named("http://www.w3.org/ns/ttml/profile/imsc1.1/image", None), "stpp.ttml.im2i");
    }

    #[test]
    fn an_unknown_profile_is_not_made_up() {
        for mime in [
            None,
            Some(&b""[..]),
            Some(b"\0\0\0\0text/plain;codecs=im1t"),
            Some(b"\0\0\0\0application/ttml+xml;codecs=\"a b\""),
        ] {
            assert_eq!(named("", mime), "stpp");
        }
    }
}
