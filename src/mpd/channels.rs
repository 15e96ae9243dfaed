//! `AudioChannelConfiguration`, clause 5.8.5.4, and what Dolby adds to it.

use std::io;

use super::{Xml, descriptor};
use crate::codec::{Speakers, ac4, ec3};

/// The `ChannelConfiguration` of ISO/IEC 23091-3.
///
/// Of the two schemes of MPEG this is the unambiguous one: the value of
/// `urn:mpeg:dash:23003:3:audio_channel_configuration:2011` is an index too, but players read it as
/// the number of channels, so that eight channels have no value there that everybody understands.
const MPEG: &str = "urn:mpeg:mpegB:cicp:ChannelConfiguration";
/// The channels of AC-3 and E-AC-3 as four hexadecimal digits of `chanmap`.
const DOLBY_DIGITAL: &str = "tag:dolby.com,2014:dash:audio_channel_configuration:2011";
/// The speaker groups of AC-4 as six hexadecimal digits.
const AC_4: &str = "tag:dolby.com,2015:dash:audio_channel_configuration:2015";

/// Writes the descriptors of a track's channels.
///
/// For Dolby's codecs the annexes on DASH (ETSI TS 102 366 annex I, TS 103 190-2 annex G), to which
/// DASH-IF IOP part 8 refers, take MPEG's scheme for the layouts that it knows and Dolby's for the rest.
pub(super) fn write(xml: &mut Xml, channels: u32, speakers: Option<Speakers>) -> io::Result<()> {
    const OBJECTS: u32 = 0x80_0000;
    let configuration = |scheme, value: String| (scheme, value);
    let described = match speakers {
        Some(Speakers::Digital { channel_map, .. }) => Some(match ec3::channel_configuration(channel_map) {
            Some(index) => configuration(MPEG, index.to_string()),
            None => configuration(DOLBY_DIGITAL, format!("{channel_map:04X}")),
        }),
        Some(Speakers::Ac4 { channel_mask, .. }) => Some(match channel_mask.and_then(ac4::channel_configuration) {
            Some(index) => configuration(MPEG, index.to_string()),
            None => configuration(AC_4, format!("{:06X}", channel_mask.unwrap_or(OBJECTS))),
        }),
        Some(Speakers::Layout(index)) => Some(configuration(MPEG, index.to_string())),
        None => usual_layout(channels).map(|index| configuration(MPEG, index.to_string())),
    };
    if let Some((scheme, value)) = described {
        descriptor(xml, "AudioChannelConfiguration", scheme, &value)?;
    }
    match speakers {
        // ETSI TS 103 420 annex D.
        Some(Speakers::Digital { joint_object_coding: Some(complexity), .. }) => {
            let property = |xml: &mut Xml, name: &str, value: &str| {
                descriptor(xml, "SupplementalProperty", &format!("tag:dolby.com,2018:dash:{name}:2018"), value)
            };
            property(xml, "EC3_ExtensionType", "JOC")?;
            property(xml, "EC3_ExtensionComplexityIndex", &complexity.to_string())
        }
        Some(Speakers::Ac4 { is_immersive_stereo: true, .. }) => {
            descriptor(xml, "SupplementalProperty", "tag:dolby.com,2016:dash:virtualized_content:2016", "1")
        }
        _ => Ok(()),
    }
}

/// The index for the usual layout of so many channels.
const fn usual_layout(channels: u32) -> Option<u32> {
    match channels {
        1..=6 => Some(channels),
        7 => Some(11),
        8 => Some(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::Writer;

    fn text(channels: u32, speakers: Option<Speakers>) -> String {
        let mut xml = Writer::new(Vec::new());
        write(&mut xml, channels, speakers).unwrap();
        String::from_utf8(xml.into_inner()).unwrap()
    }

    const fn digital(channel_map: u16, joint_object_coding: Option<u8>) -> Option<Speakers> {
        Some(Speakers::Digital { channel_map, joint_object_coding })
    }

    #[test]
    fn mpeg_names_a_layout_where_it_can() {
        let index = |value| format!(r#"<AudioChannelConfiguration schemeIdUri="{MPEG}" value="{value}"/>"#);
        assert_eq!(text(2, None), index(2));
        assert_eq!(text(8, None), index(12));
        assert_eq!(text(6, digital(0xf801, None)), index(6));
        let ac4 = Speakers::Ac4 { channel_mask: Some(0x7f), is_immersive_stereo: false };
        assert_eq!(text(12, Some(ac4)), index(19));
        assert_eq!(text(24, None), "");
        assert_eq!(text(12, Some(Speakers::Layout(19))), index(19));
    }

    #[test]
    fn dolby_names_the_rest() {
        let lone = |scheme, value| format!(r#"<AudioChannelConfiguration schemeIdUri="{scheme}" value="{value}"/>"#);
        assert_eq!(text(6, digital(0xf101, None)), lone(DOLBY_DIGITAL, "F101"));
        let objects = Speakers::Ac4 { channel_mask: None, is_immersive_stereo: false };
        assert_eq!(text(2, Some(objects)), lone(AC_4, "800000"));
    }

    #[test]
    fn objects_and_headphones_are_told() {
        let atmos = text(6, digital(0xf801, Some(16)));
        assert!(atmos.contains(r#"schemeIdUri="tag:dolby.com,2018:dash:EC3_ExtensionType:2018" value="JOC""#));
        assert!(
            atmos.contains(r#"schemeIdUri="tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018" value="16""#)
        );
        let immersive = Speakers::Ac4 { channel_mask: Some(1), is_immersive_stereo: true };
        assert!(text(2, Some(immersive)).contains("virtualized_content"));
    }
}
