//! `ftyp` and `styp` (clauses 4.3 and 8.16.2), and what tells an ISO BMFF file from others.

use super::{FourCc, put};
use crate::bytes::Writer;

/// Writes the `ftyp` of an init segment. `iso6` stands for movie fragments with `tfdt`, `cmfc` for the
/// CMAF track file (ISO/IEC 23000-19 clause 7.2), `dash` for the initialization segment (23009-1).
pub fn put_ftyp(out: &mut Writer) {
    put(out, b"ftyp", |out| {
        out.bytes(b"iso6").u32(0).bytes(b"iso6cmfcdashmp41");
    });
}

/// Writes the `styp` of a media segment: a CMAF segment (`cmfs`) and a DASH media segment (`msdh`).
pub fn put_styp(out: &mut Writer) {
    put(out, b"styp", |out| {
        out.bytes(b"msdh").u32(0).bytes(b"msdhcmfsiso6");
    });
}

/// Whether a file may begin with a box of this type.
pub fn may_begin_a_file(kind: FourCc) -> bool {
    matches!(
        &kind.0,
        b"ftyp"
            | b"styp"
            | b"moov"
            | b"mdat"
            | b"free"
            | b"skip"
            | b"wide"
            | b"pnot"
            | b"uuid"
            | b"sidx"
            | b"moof"
            | b"pdin"
            | b"meta"
            | b"emsg"
            | b"prft"
    )
}

/// Whether a box of this type begins a media segment (ISO/IEC 23009-1 clause 6.3.4.2), which has no `moov`.
pub fn may_begin_a_media_segment(kind: FourCc) -> bool {
    matches!(&kind.0, b"styp" | b"sidx" | b"moof" | b"emsg" | b"prft")
}

/// What a file that isn't ISO BMFF looks like, for the message; `None` if that can't be told.
pub fn other_format(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 13] = [
        (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
        (b"RIFF", "RIFF (AVI or WAV)"),
        (b"ID3", "MP3"),
        (b"\xff\xfb", "MP3"),
        (b"\xff\xf1", "AAC (ADTS)"),
        (b"fLaC", "FLAC"),
        (b"OggS", "Ogg"),
        (b"FLV", "Flash video"),
        (b"\x30\x26\xb2\x75", "Windows Media (ASF)"),
        (b"\0\0\x01\xba", "MPEG program stream"),
        (b"#EXTM3U", "an HLS playlist"),
        (b"<", "XML or HTML"),
        (b"\x47", "MPEG transport stream"),
    ];
    known.iter().find(|(magic, _)| head.starts_with(magic)).map(|&(_, name)| name)
}
