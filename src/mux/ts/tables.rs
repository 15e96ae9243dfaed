//! The program association table and the program map table (clauses 2.4.4.3 and 2.4.4.8), a packet each.

use super::PMT_PID;
use super::packets::put_section;
use crate::bytes::crc32_mpeg;
use crate::codec::mp3;
use crate::mux::Elementary;

/// The number of the only program.
const PROGRAM: u16 = 1;

/// Tags of descriptors (table 2-45): registration, private data indicator.
const REGISTRATION: u8 = 5;
const PRIVATE_DATA_INDICATOR: u8 = 15;

/// What the program map says of a stream under SAMPLE-AES.
#[derive(Debug)]
pub(super) struct Encrypted {
    /// The audio setup information.
    pub(super) setup: Option<Vec<u8>>,
}

/// Appends both tables of segment `number`.
pub(super) fn put_tables(
    out: &mut Vec<u8>,
    stream: &Elementary,
    encrypted: Option<&Encrypted>,
    pid: u16,
    version: u16,
    number: usize,
) {
    let mut programs = PROGRAM.to_be_bytes().to_vec();
    programs.extend((0xe000 | PMT_PID).to_be_bytes());
    put_section(out, 0, &section(0, 1, 0, &programs), number); // transport_stream_id 1
    let descriptors = encrypted.map_or_else(|| clear_descriptors(stream), |encrypted| descriptors(stream, encrypted));
    let size = u16::try_from(descriptors.len()).expect("a packet's worth at most");
    let mut map = (0xe000 | pid).to_be_bytes().to_vec(); // PCR_PID
    map.extend(0xf000u16.to_be_bytes()); // program_info_length 0
    map.push(stream_type(stream, encrypted.is_some()));
    map.extend((0xe000 | pid).to_be_bytes());
    map.extend((0xf000 | size).to_be_bytes());
    map.extend(descriptors);
    put_section(out, PMT_PID, &section(2, PROGRAM, version, &map), number);
}

/// `stream_type` (table 2-34; A/52 for AC-3 and E-AC-3), under SAMPLE-AES as section 3.0 of Apple's document has it.
fn stream_type(stream: &Elementary, encrypted: bool) -> u8 {
    match (stream, encrypted) {
        (Elementary::Avc(_), false) => 0x1b,
        (Elementary::Avc(_), true) => 0xdb,
        (Elementary::Aac { .. }, false) => 0x0f,
        (Elementary::Aac { .. }, true) => 0xcf,
        (Elementary::Ac3, false) => 0x81,
        (Elementary::Ac3, true) => 0xc1,
        (Elementary::Ec3 { .. }, false) => 0x87,
        (Elementary::Ec3 { .. }, true) => 0xc2,
        (Elementary::Mp3(mp3::Config::Mpeg1), _) => 3,
        (Elementary::Mp3(mp3::Config::Mpeg2), _) => 4,
    }
}

fn clear_descriptors(stream: &Elementary) -> Vec<u8> {
    match stream {
        Elementary::Ac3 => descriptor(REGISTRATION, b"AC-3", &[]),
        Elementary::Ec3 { .. } => descriptor(REGISTRATION, b"EAC3", &[]),
        Elementary::Avc(_) | Elementary::Aac { .. } | Elementary::Mp3(_) => Vec::new(),
    }
}

fn descriptors(stream: &Elementary, encrypted: &Encrypted) -> Vec<u8> {
    let indicator = match stream {
        Elementary::Avc(_) => b"zavc",
        Elementary::Aac { .. } => b"aacd",
        Elementary::Ac3 => b"ac3d",
        Elementary::Ec3 { .. } => b"ec3d",
        Elementary::Mp3(_) => return Vec::new(),
    };
    let mut out = descriptor(PRIVATE_DATA_INDICATOR, indicator, &[]);
    if let Some(setup) = &encrypted.setup {
        out.extend(descriptor(REGISTRATION, b"apad", setup));
    }
    out
}

fn descriptor(tag: u8, identifier: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let size = u8::try_from(identifier.len() + data.len()).expect("setup data is short");
    [&[tag, size][..], identifier, data].concat()
}

/// A section with the header that both tables share, and its checksum.
fn section(table_id: u8, id: u16, version: u16, content: &[u8]) -> Vec<u8> {
    /// What counts beside the content: from the id to the section numbers, and the checksum.
    const REST: usize = 5 + 4;
    let size = u16::try_from(content.len() + REST).expect("a packet's worth at most");
    let version = u8::try_from(version % 32).expect("five bits");
    let mut out = vec![table_id];
    out.extend((0xb000 | size).to_be_bytes()); // section_syntax_indicator
    out.extend(id.to_be_bytes());
    out.extend([0xc1 | version << 1, 0, 0]); // current; the first section of one
    out.extend(content);
    out.extend(crc32_mpeg(&out).to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::byte_stream::ByteStream;
    use hex_literal::hex;

    fn avc() -> Elementary {
        Elementary::Avc(ByteStream::of_record(&hex!("01 64001f ff e0 00")).unwrap())
    }

    fn tables(stream: &Elementary, encrypted: Option<&Encrypted>, version: u16) -> Vec<u8> {
        let mut out = Vec::new();
        put_tables(&mut out, stream, encrypted, 0x100, version, 1);
        assert_eq!(out.len(), 2 * 188);
        out
    }

    #[test]
    fn the_association_table_is_that_of_ffmpeg() {
        // ffmpeg's mpegts muxer, program 1 at 0x1000 in stream 1.
        let out = tables(&avc(), None, 0);
        assert_eq!(out[..21], hex!("47 4000 11 00 00b00d 0001 c1 00 00 0001 f000 2ab104b2"));
        assert!(out[21..188].iter().all(|&byte| byte == 0xff));
    }

    #[test]
    fn the_map_of_clear_video_is_that_of_ffmpeg() {
        let out = tables(&avc(), None, 0);
        assert_eq!(out[188..][..26], hex!("47 5000 11 00 02b012 0001 c1 00 00 e100 f000 1b e100 f000 15bd4d56"));
    }

    #[test]
    fn encrypted_streams_are_named_as_apple_has_it() {
        let out = tables(&avc(), Some(&Encrypted { setup: None }), 1);
        // Of Shaka Packager's test of its writer, on another PID: 0xdb and the indicator "zavc".
        assert_eq!(out[188..][5..28], hex!("02b018 0001 c3 00 00 e100 f000 db e100 f006 0f04 7a617663"));
        let setup = [&b"zaac"[..], &hex!("0000 01 02 1190")].concat();
        let config = hex!("1190").to_vec();
        let header = crate::codec::adts::Header::of_config(&config, false).unwrap();
        let aac = Elementary::Aac { header, config, object_type: 2 };
        let out = tables(&aac, Some(&Encrypted { setup: Some(setup.clone()) }), 1);
        let expected = [&hex!("cf e100 f016 0f04 61616364 050e 61706164")[..], &setup].concat();
        assert_eq!(out[188 + 17..][..expected.len()], expected);
    }

    #[test]
    fn dolby_is_registered_and_mp3_has_its_own_types() {
        assert_eq!(tables(&Elementary::Ac3, None, 0)[188 + 17..][..11], hex!("81 e100 f006 0504 41432d33"));
        let ec3 = Elementary::Ec3 { dec3: Vec::new() };
        assert_eq!(tables(&ec3, None, 0)[188 + 17..][..11], hex!("87 e100 f006 0504 45414333"));
        assert_eq!(tables(&Elementary::Mp3(mp3::Config::Mpeg1), None, 0)[188 + 17], 3);
        assert_eq!(tables(&Elementary::Mp3(mp3::Config::Mpeg2), None, 0)[188 + 17], 4);
    }

    #[test]
    fn a_checksum_over_a_section_with_its_own_is_0() {
        assert_eq!(crc32_mpeg(&section(2, 1, 7, &[1, 2, 3])), 0);
    }
}
