//! The headers of a movie and its tracks: `mvhd` (clause 8.2.2), `tkhd` (8.3.2), `elst` (8.6.6),
//! `mdhd` (8.4.2), `elng` (8.4.6), `hdlr` (8.4.3) and `kind` (8.10.4).

use super::{FourCc, FullBox, put, put_full};
use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};

/// The identity matrix of `mvhd` and `tkhd`: 16.16 numbers, the last column 2.30.
const IDENTITY: [i32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// The movie's timescale, from `mvhd`: ticks in a second, for edit durations.
pub fn read_mvhd_timescale(mut reader: Reader<'_>) -> Result<u32> {
    let full = FullBox::read(&mut reader)?;
    reader.skip(if full.version == 1 { 16 } else { 8 })?;
    nonzero_timescale(&mut reader)
}

/// Writes the `mvhd` of a fragmented file: no duration, the identity matrix.
pub fn put_mvhd(out: &mut Writer, timescale: u32, next_track_id: u32) {
    put_full(out, b"mvhd", 0, 0, |out| {
        out.u32(0).u32(0).u32(timescale).u32(0); // creation, modification, timescale, duration
        out.u32(0x1_0000).u16(0x100).zeros(10); // rate 1.0, volume 1.0, reserved
        put_matrix(out, &IDENTITY);
        out.zeros(24).u32(next_track_id);
    });
}

/// What a track's `tkhd` says that outlives packaging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tkhd {
    /// The 24 bits of flags: enabled, in movie, in preview.
    pub flags: u32,
    /// The track's id, not 0.
    pub track_id: u32,
    /// The group of tracks of which one is played.
    pub alternate_group: u16,
    /// 8.8 number: 0x100 for sound, 0 for the rest.
    pub volume: u16,
    /// Rotation and scale.
    pub matrix: [i32; 9],
    /// 16.16 number: the presentation's width in pixels.
    pub width: u32,
    /// 16.16 number: the presentation's height in pixels.
    pub height: u32,
}

impl Tkhd {
    /// Reads the box's content.
    pub fn read(mut reader: Reader<'_>) -> Result<Self> {
        let full = FullBox::read(&mut reader)?;
        reader.skip(if full.version == 1 { 16 } else { 8 })?; // creation and modification time
        let track_id = reader.u32()?;
        reader.skip(4 + if full.version == 1 { 8 } else { 4 } + 8 + 2)?; // reserved, duration, reserved, layer
        let alternate_group = reader.u16()?;
        let volume = reader.u16()?;
        reader.skip(2)?;
        let mut matrix = [0; 9];
        for value in &mut matrix {
            *value = reader.i32()?;
        }
        Ok(Self {
            flags: full.flags,
            track_id,
            alternate_group,
            volume,
            matrix,
            width: reader.u32()?,
            height: reader.u32()?,
        })
    }

    /// Writes the box with this track id and no duration.
    pub fn put(&self, out: &mut Writer, track_id: u32) {
        const ENABLED_AND_IN_MOVIE: u32 = 3;
        put_full(out, b"tkhd", 0, self.flags | ENABLED_AND_IN_MOVIE, |out| {
            out.u32(0).u32(0).u32(track_id).u32(0).u32(0); // creation, modification, id, reserved, duration
            out.zeros(8).u16(0).u16(self.alternate_group).u16(self.volume).u16(0);
            put_matrix(out, &self.matrix);
            out.u32(self.width).u32(self.height);
        });
    }
}

fn put_matrix(out: &mut Writer, matrix: &[i32; 9]) {
    for &value in matrix {
        out.i32(value);
    }
}

/// One entry of an edit list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Duration in ticks of the movie's timescale; 0 in a fragmented file means up to the end.
    pub segment_duration: u64,
    /// Where the edit starts in the media's timescale; -1 for an empty edit, a pause.
    pub media_time: i64,
}

/// Reads the content of `elst`.
pub fn read_elst(mut reader: Reader<'_>) -> Result<Vec<Edit>> {
    let full = FullBox::read(&mut reader)?;
    let count = reader.u32()?;
    let mut edits = Vec::new();
    for _ in 0..count {
        let (segment_duration, media_time) = if full.version == 1 {
            (reader.u64()?, reader.i64()?)
        } else {
            (u64::from(reader.u32()?), i64::from(reader.i32()?))
        };
        reader.skip(4)?; // media_rate
        edits.push(Edit { segment_duration, media_time });
    }
    Ok(edits)
}

/// Writes an `edts` whose only edit starts at `media_time` and lasts to the end.
pub fn put_offset_edit(out: &mut Writer, media_time: u64) {
    put(out, b"edts", |out| {
        put_full(out, b"elst", 1, 0, |out| {
            out.u32(1).u64(0).u64(media_time).u16(1).u16(0);
        });
    });
}

/// What `mdhd` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mdhd {
    /// Ticks in a second, not 0.
    pub timescale: u32,
    /// ISO 639-2/T code in three packed five-bit letters.
    pub language: u16,
}

impl Mdhd {
    /// Reads the box's content.
    pub fn read(mut reader: Reader<'_>) -> Result<Self> {
        let full = FullBox::read(&mut reader)?;
        reader.skip(if full.version == 1 { 16 } else { 8 })?;
        let timescale = nonzero_timescale(&mut reader)?;
        reader.skip(if full.version == 1 { 8 } else { 4 })?;
        Ok(Self { timescale, language: reader.u16()? })
    }

    /// Writes the box without a duration.
    pub fn put(&self, out: &mut Writer) {
        put_full(out, b"mdhd", 0, 0, |out| {
            out.u32(0).u32(0).u32(self.timescale).u32(0).u16(self.language).u16(0);
        });
    }

    /// The three letters; `None` for `und`, for zeros and for what isn't letters (QuickTime's old codes).
    pub fn language_code(&self) -> Option<String> {
        let letter = |shift: u32| char::from_u32(u32::from(self.language >> shift & 0x1f) + 0x60);
        let code: String = [letter(10), letter(5), letter(0)].into_iter().flatten().collect();
        (code.bytes().all(|byte| byte.is_ascii_lowercase()) && code != "und").then_some(code)
    }
}

fn nonzero_timescale(reader: &mut Reader<'_>) -> Result<u32> {
    let offset = reader.offset();
    match reader.u32()? {
        0 => Err(Error::new(Code::Mp4BoxInvalid, message!("the timescale is 0")).at(offset)),
        timescale => Ok(timescale),
    }
}

/// The language tag of `elng`: a zero-terminated tag of BCP 47.
pub fn read_elng(mut reader: Reader<'_>) -> Result<Option<String>> {
    FullBox::read(&mut reader)?;
    let text = reader.rest().split(|&byte| byte == 0).next().unwrap_or_default();
    let tag = std::str::from_utf8(text).ok();
    Ok(tag
        .filter(|tag| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .map(str::to_owned))
}

/// The handler type of `hdlr`: `vide`, `soun`, `text`, …
pub fn read_hdlr(mut reader: Reader<'_>) -> Result<FourCc> {
    FullBox::read(&mut reader)?;
    reader.skip(4)?;
    reader.array().map(FourCc)
}

/// The name in `hdlr`, as it stands behind the handler type.
pub fn read_hdlr_name(mut reader: Reader<'_>) -> Result<&[u8]> {
    FullBox::read(&mut reader)?;
    reader.skip(4 + 4 + 12)?; // pre_defined, handler_type, reserved
    Ok(reader.rest())
}

/// The scheme and the value of `kind` (clause 8.10.4): two zero-terminated strings.
pub fn read_kind(mut reader: Reader<'_>) -> Result<(String, String)> {
    FullBox::read(&mut reader)?;
    let mut strings = reader.rest().split(|&byte| byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
    Ok((strings.next().unwrap_or_default(), strings.next().unwrap_or_default()))
}

/// Writes `hdlr` with an empty name.
pub fn put_hdlr(out: &mut Writer, handler: &[u8; 4]) {
    put_full(out, b"hdlr", 0, 0, |out| {
        out.u32(0).bytes(handler).zeros(12).u8(0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_three_packed_letters() {
        let code = |language| Mdhd { timescale: 1, language }.language_code();
        assert_eq!(code(0x15c7).as_deref(), Some("eng"));
        assert_eq!(code(0x55c4), None); // und
        assert_eq!(code(0), None);
    }

    #[test]
    fn track_headers_keep_rotation_and_size() {
        let tkhd = Tkhd {
            flags: 7,
            track_id: 9,
            alternate_group: 1,
            volume: 0,
            matrix: [0, 0x1_0000, 0, -0x1_0000, 0, 0, 0, 0, 0x4000_0000],
            width: 320 << 16,
            height: 180 << 16,
        };
        let mut out = Writer::new();
        tkhd.put(&mut out, 9);
        let bytes = out.into_vec();
        assert_eq!(bytes.len(), 92); // clause 8.3.2, version 0
        assert_eq!(Tkhd::read(crate::mp4::reader(&bytes[8..], 8)).unwrap(), tkhd);
    }

    #[test]
    fn an_edit_list_of_version_0_is_signed() {
        let bytes = [
            0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0xf4, 255, 255, 255, 255, 0, 1, 0, 0, 0, 0, 0x27, 0x10, 0, 0, 4, 0, 0, 1,
            0, 0,
        ];
        let edits = read_elst(crate::mp4::reader(&bytes, 0)).unwrap();
        assert_eq!(edits[0], Edit { segment_duration: 500, media_time: -1 });
        assert_eq!(edits[1], Edit { segment_duration: 10_000, media_time: 1024 });
    }
}
