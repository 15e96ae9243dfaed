//! The init segment: `ftyp` and a `moov` without samples.

use crate::bytes::Writer;
use crate::demux::Kind;
use crate::mp4::fragment::put_mvex;
use crate::mp4::header::put_ftyp;
use crate::mp4::protection::Tenc;
use crate::mp4::sample_entry::{put_clear, put_protected};
use crate::mp4::track::{Mdhd, Tkhd, put_hdlr, put_mvhd, put_offset_edit};
use crate::mp4::{FourCc, put, put_full};

/// A track as its init segment states it. The track id is always 1: each track has files of its own.
#[derive(Debug)]
pub struct InitTrack<'a> {
    /// The kind of media.
    pub kind: Kind,
    /// The input's own track header.
    pub tkhd: &'a Tkhd,
    /// Ticks in a second, for the movie and the media.
    pub timescale: u32,
    /// The language as `mdhd` packs it.
    pub packed_language: u16,
    /// Where presentation starts in the media, in ticks: an offset edit is written unless it is 0.
    pub media_time: u64,
    /// The sample entries in order.
    pub entries: Vec<InitEntry<'a>>,
    /// The encryption defaults; `None` for a clear track.
    pub tenc: Option<Tenc>,
    /// Whether samples of a protected track are clear: its entries stand a second time behind the protected ones, as
    /// they are, for fragments of such samples.
    pub has_clear_entries: bool,
    /// Whole `pssh` boxes.
    pub pssh: Vec<Vec<u8>>,
}

/// A sample entry of the input.
#[derive(Debug, Clone, Copy)]
pub struct InitEntry<'a> {
    /// The coding name.
    pub coding_name: FourCc,
    /// The whole box.
    pub bytes: &'a [u8],
}

/// The track id in every file.
pub(super) const TRACK_ID: u32 = 1;

/// Writes the init segment.
pub fn write_init(track: &InitTrack<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    put_ftyp(&mut out);
    put(&mut out, b"moov", |out| {
        put_mvhd(out, track.timescale, TRACK_ID + 1);
        put(out, b"trak", |out| put_trak(out, track));
        put_mvex(out, TRACK_ID);
        for pssh in &track.pssh {
            out.bytes(pssh);
        }
    });
    out.into_vec()
}

fn put_trak(out: &mut Writer, track: &InitTrack<'_>) {
    track.tkhd.put(out, TRACK_ID);
    if track.media_time > 0 {
        put_offset_edit(out, track.media_time);
    }
    put(out, b"mdia", |out| {
        Mdhd { timescale: track.timescale, language: track.packed_language }.put(out);
        put_hdlr(
            out,
            match track.kind {
                Kind::Video => b"vide",
                Kind::Audio => b"soun",
                Kind::Text if is_xml(track) => b"subt",
                Kind::Text => b"text",
            },
        );
        put(out, b"minf", |out| {
            match track.kind {
                Kind::Video => put_full(out, b"vmhd", 0, 1, |out| {
                    out.zeros(8);
                }),
                Kind::Audio => put_full(out, b"smhd", 0, 0, |out| {
                    out.zeros(4);
                }),
                Kind::Text if is_xml(track) => put_full(out, b"sthd", 0, 0, |_| ()),
                Kind::Text => put_full(out, b"nmhd", 0, 0, |_| ()),
            }
            put(out, b"dinf", |out| {
                put_full(out, b"dref", 0, 0, |out| {
                    out.u32(1);
                    put_full(out, b"url ", 0, 1, |_| ()); // the media is in this file
                });
            });
            put(out, b"stbl", |out| put_stbl(out, track));
        });
    });
}

/// Whether text is XML, which has a handler and a media header of its own (clause 12.6).
fn is_xml(track: &InitTrack<'_>) -> bool {
    track.entries.iter().any(|entry| entry.coding_name.0 == *b"stpp")
}

fn put_stbl(out: &mut Writer, track: &InitTrack<'_>) {
    put_full(out, b"stsd", 0, 0, |out| {
        let is_clear = track.tenc.is_none() || track.has_clear_entries;
        let times = usize::from(track.tenc.is_some()) + usize::from(is_clear);
        out.u32(u32::try_from(times * track.entries.len()).expect("few sample entries"));
        for (entry, tenc) in track.entries.iter().zip(track.tenc.iter().cycle()) {
            let kind = match track.kind {
                Kind::Video => b"encv",
                Kind::Audio => b"enca",
                Kind::Text => b"enct",
            };
            put_protected(out, entry.bytes, kind, |out| tenc.put_sinf(out, entry.coding_name.0));
        }
        if is_clear {
            track.entries.iter().for_each(|entry| put_clear(out, entry.bytes));
        }
    });
    for kind in [b"stts", b"stsc"] {
        put_full(out, kind, 0, 0, |out| {
            out.u32(0);
        });
    }
    put_full(out, b"stsz", 0, 0, |out| {
        out.u32(0).u32(0);
    });
    put_full(out, b"stco", 0, 0, |out| {
        out.u32(0);
    });
}
