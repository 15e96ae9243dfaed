//! `ftyp` and `styp` (clauses 4.3 and 8.16.2), and which boxes a file may begin with.

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

/// The size of a [`put_styp`] in bytes.
pub const STYP_SIZE: u64 = 28;

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

/// Whether a file may hold a box of this type at its top, as far as it is known.
pub fn may_stand_at_the_top(kind: FourCc) -> bool {
    may_begin_a_file(kind) || matches!(&kind.0, b"mfra" | b"ssix" | b"udta" | b"imda" | b"meco")
}
