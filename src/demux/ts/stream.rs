//! What an elementary stream is, by its `stream_type` and its descriptors.

use super::psi::descriptors;
use crate::codec::NAL_FAMILIES;
use crate::codec::nal_family::NalFamily;
use crate::demux::elementary::{Syntax, adts, dolby, dts, mp3, opus};
use crate::demux::{LeftOut, Role};

/// A stream of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) pid: u16,
    /// How it is read, or what it is.
    pub(super) coding: Result<Coding, LeftOut>,
    /// Three letters of ISO 639-2; `None` where it isn't stated.
    pub(super) language: Option<String>,
    /// What it is for, as `audio_type` says.
    pub(super) roles: Vec<Role>,
}

/// The streams that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Pictures(&'static NalFamily),
    Sound(&'static Syntax),
}

/// Descriptors: ISO/IEC 13818-1 table 2-45, and ETSI EN 300 468 V1.16.1 table 12.
const REGISTRATION: u8 = 0x05;
const LANGUAGE: u8 = 0x0a;
const VBI: u8 = 0x45;
const TELETEXT: u8 = 0x56;
const DVB_SUBTITLES: u8 = 0x59;
const AC3: u8 = 0x6a;
const ENHANCED_AC3: u8 = 0x7a;
const DTS: u8 = 0x7b;
const AAC: u8 = 0x7c;
const EXTENSION: u8 = 0x7f;
/// `opus_audio_descriptor` among those.
const OPUS: u8 = 0x80;

impl Stream {
    /// Reads an entry of the program map with its descriptors, and those of the programme.
    pub(super) fn read(kind: u8, pid: u16, own: &[u8], programme: &[u8]) -> Self {
        let registered = |own| descriptors(own).find(|&(tag, _)| tag == REGISTRATION).and_then(|(_, id)| id.get(..4));
        let is_blu_ray = registered(programme) == Some(b"HDMV");
        let described = descriptors(own).find(|&(tag, _)| tag == LANGUAGE).and_then(|(_, content)| content.get(..4));
        // Table 2-60: clean effects, for the hearing impaired, for the visually impaired.
        let roles = match described.map(|described| described[3]) {
            Some(2) => vec![Role::EnhancedAudioIntelligibility],
            Some(3) => vec![Role::Description],
            _ => Vec::new(),
        };
        let language = described
            .map(|described| &described[..3])
            .filter(|code| code.iter().all(u8::is_ascii_alphabetic) && *code != b"und");
        let coding = match kind {
            0x06 => private(own, registered(own)),
            kind => coding(kind, is_blu_ray, registered(own)),
        };
        let named = |name: &str| LeftOut {
            reason: message!("{name} (stream type {kind})", name, kind = format!("{kind:#04x}")),
            is_media: !NO_MEDIA.contains(&name),
        };
        Self {
            pid,
            coding: coding.map_err(named),
            roles,
            language: language.map(|code| String::from_utf8_lossy(code).to_ascii_lowercase()),
        }
    }
}

/// What is neither video nor sound, or nothing without what it is added to.
const NO_MEDIA: [&str; 15] = [
    "private sections",
    "DSM-CC",
    "a data carousel (DSM-CC)",
    "timed metadata",
    "H.264 of a further layer or view",
    "HEVC of a further layer",
    "subtitles (PGS)",
    "menus",
    "subtitles as text",
    "SCTE-35",
    "an unknown kind",
    "metadata (KLV)",
    "teletext",
    "subtitles (DVB)",
    "private data",
];

/// Stream types of ISO/IEC 13818-1 table 2-34, ATSC A/53, SCTE 35, Apple's for HLS, and Blu-ray's.
fn coding(kind: u8, is_blu_ray: bool, registered: Option<&[u8]>) -> Result<Coding, &'static str> {
    if let Some(family) = NAL_FAMILIES.into_iter().find(|family| family.stream_type == kind) {
        return Ok(Coding::Pictures(family));
    }
    Err(match (kind, is_blu_ray) {
        (0x03 | 0x04, _) => return Ok(Coding::Sound(&mp3::SYNTAX)),
        (0x0f, _) => return Ok(Coding::Sound(&adts::SYNTAX)),
        (0x81 | 0x87, false) | (0x81 | 0x84 | 0xa1, true) => return Ok(Coding::Sound(&dolby::SYNTAX)),
        (0x01, _) => "MPEG-1 video",
        (0x02, _) => "MPEG-2 video",
        (0x05, _) => "private sections",
        (0x08, _) => "DSM-CC",
        (0x0a..=0x0d, _) => "a data carousel (DSM-CC)",
        (0x10, _) => "MPEG-4 Visual",
        (0x11, _) => "AAC in LATM",
        (0x15, _) => "timed metadata",
        (0x1c, _) => "MPEG-4 sound without transport syntax",
        (0x1f | 0x20 | 0x23, _) => "H.264 of a further layer or view",
        (0x21, _) => "JPEG 2000",
        (0x25 | 0x28..=0x2b, _) => "HEVC of a further layer",
        (0x2d | 0x2e, _) => "MPEG-H 3D Audio",
        (0x33 | 0x34, _) => "VVC",
        (0x42 | 0xd2 | 0xd4, _) => "AVS video",
        (0xd1, _) => "Dirac",
        (0xea, _) => "VC-1",
        (0xdb, _) => "H.264 under SAMPLE-AES",
        (0xcf, _) => "AAC under SAMPLE-AES",
        (0xc1 | 0xc2, _) => "AC-3 under SAMPLE-AES",
        (0x80, true) => "PCM sound",
        (0x83, true) => "Dolby TrueHD",
        (0xa2, true) => "DTS-HD Express",
        (0x82 | 0x85 | 0x86, true) => return Ok(Coding::Sound(&dts::SYNTAX)),
        (0x90, true) => "subtitles (PGS)",
        (0x91, true) => "menus",
        (0x92, true) => "subtitles as text",
        (0x86, false) => "SCTE-35",
        (0x82 | 0x8a, false) if registered != Some(b"CUEI") => return Ok(Coding::Sound(&dts::SYNTAX)),
        _ => "an unknown kind",
    })
}

/// What private data is, which only descriptors tell.
fn private(own: &[u8], registered: Option<&[u8]>) -> Result<Coding, &'static str> {
    let is_registered = |family: &&NalFamily| family.registration.is_some_and(|id| Some(&id[..]) == registered);
    if let Some(family) = NAL_FAMILIES.into_iter().find(is_registered) {
        return Ok(Coding::Pictures(family));
    }
    match registered {
        Some(b"AC-3" | b"EAC3") => return Ok(Coding::Sound(&dolby::SYNTAX)),
        Some(b"Opus") => {
            // `opus_audio_descriptor`: a channel_config_code behind the extension's tag.
            let code = descriptors(own).find_map(|(tag, content)| match content {
                &[OPUS, code, ..] if tag == EXTENSION => Some(code),
                _ => None,
            });
            return match code {
                Some(1) => Ok(Coding::Sound(&opus::MONO)),
                Some(2) => Ok(Coding::Sound(&opus::STEREO)),
                _ => Err("Opus of other channels than one or two in a transport stream"),
            };
        }
        Some(b"AV01") => return Err("AV1 in a transport stream"),
        Some(b"VVC ") => return Err("VVC"),
        Some(b"VC-1") => return Err("VC-1"),
        Some(b"DTS1" | b"DTS2" | b"DTS3") => return Ok(Coding::Sound(&dts::SYNTAX)),
        Some(b"BSSD") => return Err("PCM sound"),
        Some(b"KLVA") => return Err("metadata (KLV)"),
        _ => (),
    }
    let known = descriptors(own).find_map(|(tag, content)| match tag {
        AC3 | ENHANCED_AC3 => Some(Ok(Coding::Sound(&dolby::SYNTAX))),
        DTS => Some(Ok(Coding::Sound(&dts::SYNTAX))),
        AAC => Some(Err("AAC in LATM")),
        TELETEXT | VBI => Some(Err("teletext")),
        DVB_SUBTITLES => Some(Err("subtitles (DVB)")),
        EXTENSION if content.first() == Some(&0x15) => Some(Err("AC-4 in a transport stream")),
        EXTENSION if content.first() == Some(&0x0e) => Some(Err("DTS-HD")),
        _ => None,
    });
    known.unwrap_or(Err("private data"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{avc, hevc};
    use hex_literal::hex;

    fn coding_of(kind: u8, own: &[u8], programme: &[u8]) -> Result<Coding, LeftOut> {
        Stream::read(kind, 256, own, programme).coding
    }

    #[test]
    fn types_and_descriptors_tell_what_is_read() {
        const DOLBY: Result<Coding, LeftOut> = Ok(Coding::Sound(&dolby::SYNTAX));
        let blu_ray = [&hex!("0504")[..], b"HDMV"].concat();
        assert_eq!(coding_of(0x1b, &[], &[]), Ok(Coding::Pictures(&avc::NAL_FAMILY)));
        assert_eq!(coding_of(0x24, &[], &[]), Ok(Coding::Pictures(&hevc::NAL_FAMILY)));
        assert_eq!(coding_of(0x0f, &[], &[]), Ok(Coding::Sound(&adts::SYNTAX)));
        assert_eq!(coding_of(0x87, &[], &[]), DOLBY);
        assert_eq!(coding_of(0x84, &[], &blu_ray), DOLBY);
        assert_eq!(coding_of(0x06, &hex!("6a0100"), &[]), DOLBY);
        assert_eq!(coding_of(0x06, &[&hex!("0504")[..], b"EAC3"].concat(), &[]), DOLBY);
    }

    #[test]
    fn what_is_not_read_has_a_name() {
        let blu_ray = [&hex!("0504")[..], b"HDMV"].concat();
        let name = |kind, own: &[u8], programme: &[u8]| coding_of(kind, own, programme).unwrap_err().reason;
        assert_eq!(name(0x02, &[], &[]), "MPEG-2 video (stream type 0x02)");
        assert!(name(0x86, &[], &[]).text().starts_with("SCTE-35"));
        assert_eq!(coding_of(0x86, &[], &blu_ray), Ok(Coding::Sound(&dts::SYNTAX)));
        assert!(name(0x06, &hex!("560500000000"), &[]).text().starts_with("private data"), "a descriptor cut short");
        assert!(name(0x06, &hex!("59080000000000000000"), &[]).text().starts_with("subtitles (DVB)"));
        assert!(name(0x11, &[], &[]).text().starts_with("AAC in LATM"));
        assert!(name(0xdb, &[], &[]).text().contains("SAMPLE-AES"));
        let is_media = |kind| coding_of(kind, &[], &[]).unwrap_err().is_media;
        assert_eq!([0x02, 0x11, 0x05, 0x15, 0x77].map(is_media), [true, true, false, false, false]);
    }

    #[test]
    fn a_language_is_three_letters_and_a_type() {
        let roles = |own: &[u8]| Stream::read(0x0f, 256, own, &[]).roles;
        assert_eq!(roles(&hex!("0a04 46726103")), [Role::Description]);
        assert_eq!(roles(&hex!("0a04 46726100")), []);
        let language = |own: &[u8]| Stream::read(0x0f, 256, own, &[]).language;
        assert_eq!(language(&hex!("0a04 46726100")).as_deref(), Some("fra"));
        assert_eq!(language(&hex!("0a04 756e6400")), None);
        assert_eq!(language(&hex!("0a04 00000000")), None);
        assert_eq!(language(&[]), None);
    }
}
