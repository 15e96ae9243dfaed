//! Formats that are known and not read: their names for messages.

use crate::codec::mp3;

/// A format that isn't read.
#[derive(Debug)]
struct Unread {
    name: &'static str,
    /// What its files begin with; `?` stands for any byte.
    begins: &'static [&'static [u8]],
}

const fn unread(name: &'static str, begins: &'static [&'static [u8]]) -> Unread {
    Unread { name, begins }
}

/// All of them; the first that fits counts.
const UNREAD: &[Unread] = &[
    unread("AVI", &[b"RIFF????AVI "]),
    unread(
        "WAV or AIFF (PCM sound, which players don't stream: encode it as AAC or FLAC)",
        &[b"RIFF????WAVE", b"RF64????WAVE", b"FORM????AIFF", b"FORM????AIFC"],
    ),
    unread("RIFF", &[b"RIFF"]),
    unread("Ogg", &[b"OggS"]),
    unread("Windows Media (ASF, WMV or WMA)", &[b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"]),
    unread("an MPEG program stream", &[b"\0\0\x01\xba"]),
    unread("MPEG-1 or MPEG-2 video", &[b"\0\0\x01\xb3"]),
    unread("MPEG-4 video", &[b"\0\0\x01\xb0"]),
    // Access unit delimiter, supplemental information and sequence parameter set, behind either start code.
    unread(
        "a raw H.264 stream that doesn't begin with its parameter sets",
        &[
            b"\0\0\0\x01\x09",
            b"\0\0\0\x01\x06",
            b"\0\0\0\x01\x67",
            b"\0\0\0\x01\x47",
            b"\0\0\0\x01\x27",
            b"\0\0\x01\x09",
            b"\0\0\x01\x06",
            b"\0\0\x01\x67",
            b"\0\0\x01\x47",
            b"\0\0\x01\x27",
        ],
    ),
    // The same, with the video parameter set in place of the sequence's.
    unread(
        "a raw HEVC stream that doesn't begin with its parameter sets",
        &[
            b"\0\0\0\x01\x46\x01",
            b"\0\0\0\x01\x4e\x01",
            b"\0\0\0\x01\x40\x01",
            b"\0\0\x01\x46\x01",
            b"\0\0\x01\x4e\x01",
            b"\0\0\x01\x40\x01",
        ],
    ),
    unread("a raw AV1 stream", &[b"\x12\0\x0a"]),
    unread("IVF", &[b"DKIF"]),
    unread("raw pictures (Y4M)", &[b"YUV4MPEG2"]),
    unread("Apple's Core Audio Format", &[b"caff"]),
    unread("RealMedia", &[b".RMF"]),
    unread("MXF", &[b"\x06\x0e\x2b\x34"]),
    unread("AMR", &[b"#!AMR"]),
    unread("Monkey's Audio", &[b"MAC "]),
    unread("WavPack", &[b"wvpk"]),
    // With words of 14 bits or turned round, as on CDs.
    unread(
        "a DTS stream in words of 14 bits or of the other byte order",
        &[b"\x1f\xff\xe8\x00", b"\xff\x1f\x00\xe8", b"\xfe\x7f\x01\x80"],
    ),
    unread("a raw AC-4 stream", &[b"\xac\x40", b"\xac\x41"]),
    unread("an HLS playlist", &[b"#EXTM3U"]),
    unread("a ZIP archive", &[b"PK\x03\x04"]),
    unread("a picture", &[b"\x89PNG", b"\xff\xd8\xff", b"GIF8"]),
    unread("XML or HTML", &[b"<"]),
];

/// What a file that isn't read looks like; `None` if that can't be told.
pub(super) fn name_of(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head); // a byte order mark
    let fits = |begin: &[u8]| {
        head.len() >= begin.len()
            && begin.iter().zip(head).all(|(wanted, byte)| matches!(wanted, b'?') || wanted == byte)
    };
    let known = UNREAD.iter().find(|format| format.begins.iter().any(|begin| fits(begin))).map(|format| format.name);
    known.or_else(|| is_layer_1(head).then_some("MPEG audio of layer I (MP1)"))
}

/// Whether two frames of MPEG audio of layer 1 follow each other.
fn is_layer_1(head: &[u8]) -> bool {
    let frame = |bytes| mp3::Frame::read(bytes).filter(|frame| frame.layer == 1);
    let Some(first) = frame(head) else { return false };
    let next = head.get(first.size..).and_then(frame);
    next.is_some_and(|next| next.sampling_rate == first.sampling_rate)
}
