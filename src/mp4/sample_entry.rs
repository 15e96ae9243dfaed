//! Sample entries (clause 8.5.2, 12.1.3 and 12.2.3; QuickTime's sound descriptions): read just far
//! enough to find the child boxes, carried verbatim.

use super::protection::Sinf;
use super::{Boxes, FourCc, FullBox, put};
use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};
use crate::limits;

/// A sample entry as it stands in `stsd`.
#[derive(Debug, Clone)]
pub struct SampleEntry<'a> {
    /// The coding name: `avc1`, `mp4a`, `encv`, …
    pub kind: FourCc,
    /// The whole box, header included.
    pub bytes: &'a [u8],
    /// Reads the content behind the header.
    content: Reader<'a>,
    /// The version of the `stsd` that holds it.
    stsd_version: u8,
}

/// Reads the entries of `stsd`.
pub fn read_stsd(mut reader: Reader<'_>) -> Result<Vec<SampleEntry<'_>>> {
    let full = FullBox::read(&mut reader)?;
    let count = reader.u32()?;
    if count as usize > limits::SAMPLE_ENTRIES {
        return Err(Error::new(Code::LimitExceeded, format!("{count} sample entries")).at(reader.offset()));
    }
    let whole = reader.clone();
    let mut entries = Vec::new();
    for child in Boxes::new(reader).take(count as usize) {
        let (kind, content) = child?;
        let from_start = |offset: u64| usize::try_from(offset - whole.offset()).expect("an entry lies within its stsd");
        let end = from_start(content.offset()) + content.rest().len();
        let start = entries.last().map_or(0, |last: &(usize, SampleEntry<'_>)| last.0);
        entries
            .push((end, SampleEntry { kind, bytes: &whole.rest()[start..end], content, stsd_version: full.version }));
    }
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// A sample entry as it was before it was protected.
#[derive(Debug, Clone)]
pub struct Unprotected {
    /// The whole box.
    bytes: Vec<u8>,
    /// The absolute offset of the protected entry.
    offset: u64,
    stsd_version: u8,
    /// What `sinf` said.
    pub sinf: Sinf,
}

impl Unprotected {
    /// The entry, to be read as any other.
    pub fn entry(&self) -> SampleEntry<'_> {
        SampleEntry {
            kind: FourCc(self.sinf.original_format),
            bytes: &self.bytes,
            content: Reader::new(&self.bytes[8..], self.offset + 8),
            stsd_version: self.stsd_version,
        }
    }
}

/// Width, height and the child boxes of a `VisualSampleEntry`.
#[derive(Debug, Clone)]
pub struct Visual<'a> {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// Codec configuration, `pasp`, `colr`, …
    pub boxes: Boxes<'a>,
}

/// Channels, sampling rate and the child boxes of an `AudioSampleEntry`.
#[derive(Debug, Clone)]
pub struct Audio<'a> {
    /// The channel count as the entry has it.
    pub channels: u16,
    /// The sampling rate as the entry has it, in Hz.
    pub sampling_rate: u32,
    /// Codec configuration and others; for QuickTime's entries what `wave` holds, too.
    pub boxes: Boxes<'a>,
}

impl<'a> SampleEntry<'a> {
    /// Reads it as a `VisualSampleEntry`.
    pub fn visual(&self) -> Result<Visual<'a>> {
        let mut reader = self.content.clone();
        reader.skip(8 + 16)?; // reserved and data_reference_index; pre_defined and reserved
        let (width, height) = (reader.u16()?, reader.u16()?);
        reader.skip(50)?; // resolution, frame_count, compressorname, depth
        Ok(Visual { width, height, boxes: Boxes::new(reader) })
    }

    /// The whole box as ISO BMFF has it: verbatim, but for one of QuickTime's sound descriptions, whose
    /// further fields and `wave` box no reader of ISO files expects. Of these `esds` is kept,
    /// behind the header of an `AudioSampleEntry`.
    pub fn to_iso(&self) -> Result<Vec<u8>> {
        let mut reader = self.content.clone();
        reader.skip(8)?;
        let is_quicktime = self.stsd_version == 0 && matches!(&self.kind.0, b"mp4a") && reader.u16()? != 0;
        if !is_quicktime {
            return Ok(self.bytes.to_vec());
        }
        let audio = self.audio()?;
        let mut out = Writer::new();
        put(&mut out, &self.kind.0, |out| {
            out.zeros(6).u16(1); // reserved, data_reference_index
            out.zeros(8).u16(audio.channels).u16(16).u32(0).u32(audio.sampling_rate << 16);
            if let Ok(Some(esds)) = audio.boxes.find(b"esds") {
                put(out, b"esds", |out| {
                    out.bytes(esds.rest());
                });
            }
        });
        Ok(out.into_vec())
    }

    /// The entry as it was before it was protected, with what its `sinf` says; `None` for an entry that
    /// isn't protected by Common Encryption.
    pub fn unprotected(&self) -> Result<Option<Unprotected>> {
        let boxes = match &self.kind.0 {
            b"encv" => self.visual()?.boxes,
            b"enca" => self.audio()?.boxes,
            _ => return Ok(None),
        };
        let mut sinf = None;
        let start = self.content.offset();
        let from_start = |offset: u64| usize::try_from(offset - start).expect("a child lies within its entry");
        // What stands before the first child, then the children but for `sinf`.
        let mut content = None;
        let mut end = 0;
        for child in boxes {
            let (kind, reader) = child?;
            let child_end = from_start(reader.offset()) + reader.rest().len();
            let header = 8; // children of sample entries are small
            let child_start = from_start(reader.offset()) - header;
            let kept = content.get_or_insert_with(|| self.content.rest()[..child_start].to_vec());
            if kind.0 == *b"sinf" {
                let read = Sinf::read(&Boxes::new(reader)).map_err(|error| error.in_box("sinf"))?;
                sinf = sinf.or(read);
            } else {
                kept.extend_from_slice(&self.content.rest()[child_start..child_end]);
            }
            end = child_end;
        }
        let (Some(sinf), Some(mut content)) = (sinf, content) else { return Ok(None) };
        content.extend_from_slice(&self.content.rest()[end..]);
        let mut out = Writer::new();
        put(&mut out, &sinf.original_format, |out| {
            out.bytes(&content);
        });
        Ok(Some(Unprotected { bytes: out.into_vec(), offset: start - 8, stsd_version: self.stsd_version, sinf }))
    }

    /// Reads it as an `AudioSampleEntry`, or one of QuickTime's sound descriptions of version 1 or 2.
    pub fn audio(&self) -> Result<Audio<'a>> {
        let mut reader = self.content.clone();
        reader.skip(8)?;
        let version = reader.u16()?;
        reader.skip(6)?;
        let channels = reader.u16()?;
        reader.skip(6)?; // samplesize, pre_defined, reserved
        let sampling_rate = reader.u32()? >> 16;
        // In an `stsd` of version 1 an entry of version 1 is ISO's own, without QuickTime's extra fields.
        match version {
            1 if self.stsd_version == 0 => reader.skip(16)?,
            2 => reader.skip(36)?,
            _ => (),
        }
        let boxes = Boxes::new(reader);
        let boxes = boxes.find(b"wave")?.map_or(boxes, Boxes::new);
        Ok(Audio { channels, sampling_rate, boxes })
    }
}

/// Writes the entry as it is.
pub fn put_clear(out: &mut Writer, entry: &[u8]) {
    out.bytes(entry);
}

/// Writes the entry under the name of a protected one (`encv`, `enca`), its content verbatim, with
/// `sinf` appended (ISO/IEC 14496-12 clause 8.12).
pub fn put_protected(out: &mut Writer, entry: &[u8], kind: &[u8; 4], sinf: impl FnOnce(&mut Writer)) {
    let start = out.len();
    let header = if entry.starts_with(&[0, 0, 0, 1]) { 16 } else { 8 };
    out.u32(0).bytes(kind).bytes(&entry[header..]);
    sinf(out);
    let size = u32::try_from(out.len() - start).expect("a sample entry is small");
    out.set_u32(start, size);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp4::protection::Tenc;

    #[test]
    fn a_protected_entry_becomes_what_it_was() {
        let mut clear = Writer::new();
        put(&mut clear, b"mp4a", |out| {
            out.zeros(28).bytes(b"\0\0\0\x0aesds12\0\0\0\x09btrt3");
        });
        let clear = clear.into_vec();
        let tenc = Tenc {
            scheme: *b"cenc",
            default_crypt_byte_block: 0,
            default_skip_byte_block: 0,
            default_kid: [7; 16],
            default_per_sample_iv_size: 8,
            default_constant_iv: Vec::new(),
        };
        let mut stsd = Writer::new();
        stsd.u32(0).u32(1);
        put_protected(&mut stsd, &clear, b"enca", |out| tenc.put_sinf(out, *b"mp4a"));
        let bytes = stsd.into_vec();
        let entries = read_stsd(Reader::new(&bytes, 0)).unwrap();
        let unprotected = entries[0].unprotected().unwrap().unwrap();
        assert_eq!(unprotected.entry().bytes, clear);
        assert_eq!(unprotected.sinf.defaults.tenc, tenc);
    }

    #[test]
    fn entries_keep_their_bytes_and_order() {
        let bytes = b"\0\0\0\0\0\0\0\x02\0\0\0\x09abcd1\0\0\0\x0aefgh23";
        let entries = read_stsd(Reader::new(bytes, 0)).unwrap();
        assert_eq!(entries[0].bytes, b"\0\0\0\x09abcd1");
        assert_eq!(entries[1].bytes, b"\0\0\0\x0aefgh23");
    }

    #[test]
    fn a_protected_entry_keeps_its_content() {
        let mut out = Writer::new();
        put_protected(&mut out, b"\0\0\0\x0amp4axy", b"enca", |out| {
            out.bytes(b"\0\0\0\x08sinf");
        });
        assert_eq!(out.into_vec(), b"\0\0\0\x12encaxy\0\0\0\x08sinf");
    }
}
