//! Sample entries (clause 8.5.2, 12.1.3 and 12.2.3; QuickTime's sound descriptions): read just far
//! enough to find the child boxes, carried verbatim.

use super::protection::Sinf;
use super::{Boxes, FourCc, FullBox, put, put_full};
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
        return Err(Error::new(
            Code::LimitExceeded,
            message!("there are {count} sample entries; the most is {most}", count, most = limits::SAMPLE_ENTRIES),
        )
        .at(reader.offset()));
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
            content: super::reader(&self.bytes[8..], self.offset + 8),
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
    pub channels: u32,
    /// The sampling rate as the entry or its `srat` has it, in Hz.
    pub sampling_rate: u32,
    /// Bits of a sample as the entry has it, where that means something.
    pub sample_size: u16,
    /// What QuickTime's version 2 says of PCM.
    pub linear_pcm: Option<LinearPcm>,
    /// Codec configuration and others; for QuickTime's entries what `wave` holds, too.
    pub boxes: Boxes<'a>,
}

/// How PCM is written, by QuickTime's sound description of version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinearPcm {
    /// `constBitsPerChannel`.
    pub bits: u32,
    /// `formatSpecificFlags`.
    pub flags: u32,
    /// `constBytesPerAudioPacket`.
    pub packet_size: u32,
}

/// The strings and the child boxes of an `XMLSubtitleSampleEntry` (clause 12.6.3).
#[derive(Debug, Clone)]
pub struct XmlSubtitle<'a> {
    /// The namespaces of the documents.
    pub namespace: String,
    /// Where their schemas are; often empty.
    pub schema_location: String,
    /// `mime`, `btrt`, …
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

    /// The whole box of a `VisualSampleEntry`, its child boxes verbatim. QuickTime may end an entry with four bytes of
    /// zero: behind them no reader finds another box, so they are left out. An `nclx` without its last byte gets it.
    pub fn to_iso_visual(&self) -> Result<Vec<u8>> {
        let boxes = self.visual()?.boxes;
        let fields = usize::try_from(boxes.offset() - self.content.offset()).expect("children lie within their entry");
        let mut out = Writer::new();
        let mut children = boxes.map(|child| child.map(|(kind, content)| (kind.0, content.rest())));
        let mut result = Ok(());
        put(&mut out, &self.kind.0, |out| {
            out.bytes(&self.content.rest()[..fields]);
            result = children.try_for_each(|child| child.map(|(kind, content)| put_visual_child(out, kind, content)));
        });
        result.map(|()| out.into_vec())
    }

    /// The whole box as ISO BMFF's version 0 has it: verbatim, but for
    ///
    /// - QuickTime's sound descriptions, whose further fields and `wave` box no reader of ISO files
    ///   expects: of these the codec's `configuration` box is kept, behind the header of an `AudioSampleEntry`,
    /// - an `AudioSampleEntryV1`, which may only stand in an `stsd` of version 1: its child boxes are kept.
    ///
    /// Without the name of such a box the entry is none of sound, or holds no more than its fields: it stays as it is.
    pub fn to_iso(&self, configuration: Option<[u8; 4]>) -> Result<Vec<u8>> {
        let Some(configuration) = &configuration else { return Ok(self.bytes.to_vec()) };
        let mut reader = self.content.clone();
        reader.skip(8)?;
        let version = reader.u16()?;
        let audio = self.audio()?;
        if version == 0 {
            // As far as there are boxes: see `to_iso_visual`.
            let mut rest = audio.boxes.clone();
            rest.by_ref().try_for_each(|child| child.map(drop))?;
            let mut bytes = self.bytes[..self.bytes.len() - rest.rest().len()].to_vec();
            let size = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() < self.bytes.len());
            if let Some(size) = size {
                bytes[..4].copy_from_slice(&size.to_be_bytes());
            }
            return Ok(bytes);
        }
        let is_quicktime = self.stsd_version == 0;
        let children = if is_quicktime { audio.boxes.find(configuration)? } else { None };
        Ok(put_audio(self.kind.0, &audio, |out| match children {
            Some(content) => put(out, configuration, |out| {
                out.bytes(content.rest());
            }),
            None if is_quicktime => (),
            None => {
                out.bytes(audio.boxes.rest());
            }
        }))
    }

    /// An `mp4a` with an `esds` of this `objectTypeIndication`, for an entry of QuickTime's that ISO files name so.
    pub fn to_mp4a(&self, object_type: u8) -> Result<Vec<u8>> {
        Ok(put_audio(*b"mp4a", &self.audio()?, |out| put_esds(out, object_type, &[])))
    }

    /// What stands behind the fields that all sample entries have.
    pub fn plain(&self) -> Result<Reader<'a>> {
        let mut reader = self.content.clone();
        reader.skip(8)?; // reserved, data_reference_index
        Ok(reader)
    }

    /// The child boxes of a `WVTTSampleEntry` (ISO/IEC 14496-30 clause 7.5).
    pub fn text(&self) -> Result<Boxes<'a>> {
        self.plain().map(Boxes::new)
    }

    /// Reads it as an `XMLSubtitleSampleEntry`.
    pub fn xml_subtitle(&self) -> Result<XmlSubtitle<'a>> {
        let mut reader = self.content.clone();
        reader.skip(8)?;
        let mut text = || {
            let length = reader.rest().iter().position(|&byte| byte == 0).unwrap_or(reader.rest().len());
            let text = String::from_utf8_lossy(reader.take(length)?).into_owned();
            reader.skip(usize::from(!reader.is_empty()))?;
            Ok(text)
        };
        let (namespace, schema_location) = (text()?, text()?);
        text()?; // auxiliary_mime_types
        Ok(XmlSubtitle { namespace, schema_location, boxes: Boxes::new(reader) })
    }

    /// The entry as it was before it was protected, with what its `sinf` says; `None` for an entry that
    /// isn't protected. Other protection than Common Encryption and PIFF is refused by its name.
    pub fn unprotected(&self) -> Result<Option<Unprotected>> {
        let boxes = match &self.kind.0 {
            b"encv" => self.visual()?.boxes,
            b"enca" => self.audio()?.boxes,
            b"drmi" | b"drms" => return Err(other_protection("Apple's FairPlay, as the iTunes Store sold it")),
            b"enct" | b"encs" | b"encm" | b"enc3" | b"encf" => {
                return Err(other_protection("Common Encryption of what is neither video nor sound"));
            }
            _ => return Ok(None),
        };
        let start = self.content.offset();
        let from_start = |offset: u64| usize::try_from(offset - start).expect("a child lies within its entry");
        // What stands before the first child, then the children but for `sinf`.
        let mut end = from_start(boxes.offset());
        let mut content = self.content.rest()[..end].to_vec();
        let (mut sinf, mut other) = (None, None);
        for child in boxes {
            let (kind, reader) = child?;
            let child_start = std::mem::replace(&mut end, from_start(reader.offset()) + reader.rest().len());
            if kind.0 == *b"sinf" {
                match Sinf::read(&Boxes::new(reader)).map_err(|error| error.in_box("sinf"))? {
                    Ok(read) => sinf = sinf.or(Some(read)),
                    Err(scheme) => other = other.or(scheme),
                }
            } else {
                content.extend_from_slice(&self.content.rest()[child_start..end]);
            }
        }
        let Some(sinf) = sinf else { return other.map_or(Ok(None), |scheme| Err(other_scheme(scheme))) };
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
        let mut channels = u32::from(reader.u16()?);
        let sample_size = reader.u16()?;
        reader.skip(4)?; // pre_defined, reserved
        let mut linear_pcm = None;
        let mut sampling_rate = reader.u32()? >> 16;
        // In an `stsd` of version 1 an entry of version 1 is ISO's own, without QuickTime's extra fields.
        match version {
            1 if self.stsd_version == 0 => reader.skip(16)?,
            2 => {
                reader.skip(4)?; // size of the structure
                sampling_rate = whole(f64::from_bits(reader.u64()?));
                channels = reader.u32()?;
                reader.skip(4)?; // always 0x7f000000
                let (bits, flags) = (reader.u32()?, reader.u32()?);
                linear_pcm = Some(LinearPcm { bits, flags, packet_size: reader.u32()? });
                reader.skip(4)?; // constLPCMFramesPerAudioPacket
            }
            _ => (),
        }
        let boxes = Boxes::new(reader);
        if version == 1
            && self.stsd_version == 1
            && let Some(mut srat) = boxes.find(b"srat")?
        {
            FullBox::read(&mut srat)?;
            sampling_rate = srat.u32()?;
        }
        let boxes = boxes.find(b"wave")?.map_or(boxes, Boxes::new);
        Ok(Audio { channels, sampling_rate, sample_size, linear_pcm, boxes })
    }
}

/// What protection by another scheme than those of Common Encryption is called (MP4RA's list).
fn other_scheme(scheme: [u8; 4]) -> Error {
    let name = match &scheme {
        b"odkm" => "OMA DRM 2",
        b"iAEC" => "ISMACryp (ISMA)",
        b"ACBC" | b"ACGK" => "Marlin IPMP",
        b"itun" => "Apple's FairPlay, as the iTunes Store sold it",
        b"adkm" | b"flxs" => "Adobe Flash Access",
        _ => return other_protection(&format!("the scheme '{}'", FourCc(scheme))),
    };
    other_protection(&format!("{name} ({})", FourCc(scheme)))
}

/// Protected by what isn't read.
pub fn other_protection(name: &str) -> Error {
    Error::new(Code::ProtectionUnsupported, message!("the track is protected by {name}, which isn't decrypted", name))
}

/// A box in a `VisualSampleEntry`.
fn put_visual_child(out: &mut Writer, kind: [u8; 4], content: &[u8]) {
    /// An `nclx`: its name and three code points, then a byte with the range.
    const NCLX: usize = 4 + 3 * 2 + 1;
    put(out, &kind, |out| {
        out.bytes(content);
        if kind == *b"colr" && content.starts_with(b"nclx") && content.len() == NCLX - 1 {
            out.u8(0);
        }
    });
}

/// A sampling rate of QuickTime's version 2; 0 for what is none.
fn whole(rate: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 32 bits, checked before")]
    if (1.0..=f64::from(u32::MAX)).contains(&rate) { rate.round() as u32 } else { 0 }
}

/// A `VisualSampleEntry` (clause 12.1.3) around these child boxes.
pub fn visual_entry(kind: [u8; 4], width: u16, height: u16, children: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    put(&mut out, &kind, |out| {
        out.zeros(6).u16(1).zeros(16).u16(width).u16(height); // reserved, data_reference_index, pre_defined
        out.u32(72 << 16).u32(72 << 16).u32(0).u16(1).zeros(32).u16(24).u16(0xffff); // resolution, …, depth
        children(out);
    });
    out.into_vec()
}

/// The `XMLSubtitleSampleEntry` of documents of TTML (ISO/IEC 14496-12 clause 12.6.3), of this profile if it is known.
pub fn stpp_entry(profile: Option<&str>) -> Vec<u8> {
    let mut out = Writer::new();
    put(&mut out, b"stpp", |out| {
        out.zeros(6).u16(1); // reserved, data_reference_index
        out.bytes(b"http://www.w3.org/ns/ttml\0\0\0"); // namespace, schema_location, auxiliary_mime_types
        if let Some(profile) = profile {
            put_full(out, b"mime", 0, 0, |out| {
                out.bytes(format!("application/ttml+xml;codecs={profile}\0").as_bytes());
            });
        }
    });
    out.into_vec()
}

/// An `AudioSampleEntry` around these child boxes.
pub fn audio_entry(kind: [u8; 4], channels: u32, sampling_rate: u32, children: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let boxes = Boxes::new(super::reader(&[], 0));
    put_audio(kind, &Audio { channels, sampling_rate, sample_size: 16, linear_pcm: None, boxes }, children)
}

/// An `AudioSampleEntry` of version 0 (ISO/IEC 14496-12 clause 12.2.3).
fn put_audio(kind: [u8; 4], audio: &Audio<'_>, children: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    put(&mut out, &kind, |out| {
        let channels = u16::try_from(audio.channels).unwrap_or(u16::MAX);
        // Above 16 bits the field holds what is left after halving, as FLAC's mapping has it; players
        // take the codec's own word.
        let mut rate = audio.sampling_rate;
        while rate > 0xffff {
            rate /= 2;
        }
        out.zeros(6).u16(1); // reserved, data_reference_index
        out.zeros(8).u16(channels).u16(16).u32(0).u32(rate << 16);
        children(out);
    });
    out.into_vec()
}

/// An `esds` for sound of this `objectTypeIndication` with the decoder's own configuration, which may be empty and
/// has at most 100 bytes: all descriptors then have sizes of one byte.
pub fn put_esds(out: &mut Writer, object_type: u8, specific: &[u8]) {
    const AUDIO_STREAM: u8 = 5 << 2 | 1;
    let size = u8::try_from(specific.len().min(100)).expect("at most 100");
    let specific_size = if size == 0 { 0 } else { 2 + size };
    put_full(out, b"esds", 0, 0, |out| {
        out.u8(3).u8(3 + 2 + 13 + specific_size + 2 + 1).u16(0).u8(0); // ES_Descriptor: id, flags
        out.u8(4).u8(13 + specific_size).u8(object_type).u8(AUDIO_STREAM).zeros(3 + 4 + 4); // DecoderConfigDescriptor
        if size > 0 {
            out.u8(5).u8(size).bytes(&specific[..usize::from(size)]); // DecoderSpecificInfo
        }
        out.u8(6).u8(1).u8(2); // SLConfigDescriptor: as MP4 has it
    });
}

/// A visual sample entry under another name, with another content of its child box `replaced`.
pub fn renamed(entry: &[u8], name: [u8; 4], replaced: [u8; 4], content: &[u8]) -> Result<Vec<u8>> {
    /// What a `VisualSampleEntry` has before its boxes, behind its header, in bytes.
    const FIELDS: usize = 78;
    let mut reader = super::reader(entry, 0);
    reader.skip(if entry.starts_with(&[0, 0, 0, 1]) { 16 } else { 8 })?;
    let fields = reader.take(FIELDS)?;
    let mut children = Vec::new();
    for child in Boxes::new(reader) {
        children.push(child?);
    }
    let mut out = Writer::new();
    put(&mut out, &name, |out| {
        out.bytes(fields);
        for (kind, old) in &children {
            put(out, &kind.0, |out| {
                out.bytes(if kind.0 == replaced { content } else { old.rest() });
            });
        }
    });
    Ok(out.into_vec())
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
        let entries = read_stsd(crate::mp4::reader(&bytes, 0)).unwrap();
        let unprotected = entries[0].unprotected().unwrap().unwrap();
        assert_eq!(unprotected.entry().bytes, clear);
        assert_eq!(unprotected.sinf.defaults.tenc, tenc);
    }

    #[test]
    fn entries_keep_their_bytes_and_order() {
        let bytes = b"\0\0\0\0\0\0\0\x02\0\0\0\x09abcd1\0\0\0\x0aefgh23";
        let entries = read_stsd(crate::mp4::reader(bytes, 0)).unwrap();
        assert_eq!(entries[0].bytes, b"\0\0\0\x09abcd1");
        assert_eq!(entries[1].bytes, b"\0\0\0\x0aefgh23");
    }

    /// An `stsd` of this version with one entry, whose first eight bytes are written here.
    fn audio_entry(stsd_version: u8, kind: &[u8; 4], version: u16, rest: &[u8]) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(stsd_version).zeros(3).u32(1);
        put(&mut out, kind, |out| {
            out.zeros(6).u16(1).u16(version).zeros(6).bytes(rest);
        });
        out.into_vec()
    }

    #[test]
    fn a_quicktime_entry_of_version_2_tells_its_own_rate() {
        // QuickTime File Format, "Sound Sample Description (Version 2)": 3 channels, 16 bits, 1 Hz stand
        // in the old fields; 96 kHz and 6 channels in the new ones.
        let mut rest = Writer::new();
        rest.u16(3).u16(16).u16(0xfffe).u16(0).u32(0x1_0000);
        rest.u32(72).u64(96_000f64.to_bits()).u32(6).u32(0x7f00_0000).zeros(16);
        rest.bytes(b"\0\0\0\x16wave\0\0\0\x0ealaccookie");
        let stsd = audio_entry(0, b"alac", 2, &rest.into_vec());
        let entry = &read_stsd(crate::mp4::reader(&stsd, 0)).unwrap()[0];
        let audio = entry.audio().unwrap();
        assert_eq!((audio.sampling_rate, audio.channels), (96_000, 6));
        let iso = entry.to_iso(Some(*b"alac")).unwrap();
        assert_eq!(iso.len(), 8 + 28 + 8 + 6);
        assert_eq!(
            iso[24..36],
            [0, 6, 0, 16, 0, 0, 0, 0, 48_000u16.to_be_bytes()[0], 48_000u16.to_be_bytes()[1], 0, 0]
        );
        assert_eq!(iso[36..], *b"\0\0\0\x0ealaccookie");
    }

    #[test]
    fn an_entry_of_version_1_has_its_rate_in_srat() {
        let mut rest = Writer::new();
        rest.u16(2).u16(16).u32(0).u32(0x1_0000);
        rest.bytes(b"\0\0\0\x10srat\0\0\0\0").u32(192_000);
        rest.bytes(b"\0\0\0\x09dfLax");
        let stsd = audio_entry(1, b"fLaC", 1, &rest.into_vec());
        let entry = &read_stsd(crate::mp4::reader(&stsd, 0)).unwrap()[0];
        assert_eq!(entry.audio().unwrap().sampling_rate, 192_000);
        let iso = entry.to_iso(Some(*b"dfLa")).unwrap();
        assert_eq!(iso[16..18], [0, 0]); // version 0
        assert_eq!(iso[32..34], 48_000u16.to_be_bytes());
        assert!(iso.ends_with(b"dfLax"));
    }

    #[test]
    fn quicktime_mp3_becomes_mp4a_with_an_esds() {
        use crate::mp4::esds::Esds;
        let stsd = audio_entry(0, b".mp3", 0, &[0, 2, 0, 16, 0, 0, 0, 0, 0xac, 0x44, 0, 0]);
        let iso = read_stsd(crate::mp4::reader(&stsd, 0)).unwrap()[0].to_mp4a(0x6b).unwrap();
        assert_eq!(iso[4..8], *b"mp4a");
        let esds = Boxes::new(crate::mp4::reader(&iso[36..], 36)).need(b"esds").unwrap();
        assert_eq!(Esds::read(esds).unwrap(), Esds { object_type: 0x6b, decoder_specific: None });
    }

    #[test]
    fn a_subtitle_entry_has_strings_before_its_boxes() {
        let bytes = b"\0\0\0\0\0\0\0\x01\0\0\0\x28stpp\0\0\0\0\0\0\0\x01urn:ttml\0\0\0\0\0\0\x0dmime.....";
        let entry = &read_stsd(crate::mp4::reader(bytes, 0)).unwrap()[0];
        let subtitle = entry.xml_subtitle().unwrap();
        assert_eq!((subtitle.namespace.as_str(), subtitle.schema_location.as_str()), ("urn:ttml", ""));
        assert!(subtitle.boxes.find(b"mime").unwrap().is_some());
        // Without the strings' ends there is nothing behind them.
        let bytes = b"\0\0\0\0\0\0\0\x01\0\0\0\x14stpp\0\0\0\0\0\0\0\x01text";
        let entry = &read_stsd(crate::mp4::reader(bytes, 0)).unwrap()[0];
        assert_eq!(entry.xml_subtitle().unwrap().namespace, "text");
    }

    #[test]
    fn a_renamed_entry_differs_in_name_and_record_only() {
        let fields = [7; 78];
        let entry = [b"\0\0\0\x6ahev1", &fields[..], b"\0\0\0\x0bhvcCold\0\0\0\x09pasp1"].concat();
        let renamed = renamed(&entry, *b"hvc1", *b"hvcC", b"newer").unwrap();
        assert_eq!(renamed, [b"\0\0\0\x6chvc1", &fields[..], b"\0\0\0\x0dhvcCnewer\0\0\0\x09pasp1"].concat());
    }

    #[test]
    fn what_ends_a_quicktime_entry_is_no_box_and_left_out() {
        let fields = [7; 78];
        let stsd =
            [b"\0\0\0\0\0\0\0\x01\0\0\0\x6eavc1", &fields[..], b"\0\0\0\x0bavcCabc\0\0\0\x09pasp1\0\0\0\0"].concat();
        let entry = &read_stsd(crate::mp4::reader(&stsd, 0)).unwrap()[0];
        let whole = entry.to_iso_visual().unwrap();
        assert_eq!(whole, [b"\0\0\0\x6aavc1", &fields[..], b"\0\0\0\x0bavcCabc\0\0\0\x09pasp1"].concat());
        let sound = [&[0, 2, 0, 16, 0, 0, 0, 0, 0xac, 0x44, 0, 0][..], b"\0\0\0\x09esds1\0\0\0\0"].concat();
        let stsd = audio_entry(0, b"mp4a", 0, &sound);
        let whole = read_stsd(crate::mp4::reader(&stsd, 0)).unwrap()[0].to_iso(Some(*b"esds")).unwrap();
        assert!(whole.ends_with(b"\0\0\0\x09esds1"));
        assert_eq!(whole[..4], u32::try_from(whole.len()).unwrap().to_be_bytes());
    }

    #[test]
    fn an_nclx_without_its_range_gets_it() {
        let entry =
            [b"\0\0\0\0\0\0\0\x01\0\0\0\x68avc1", &[7; 78][..], b"\0\0\0\x12colrnclx\0\x01\0\x01\0\x01"].concat();
        let whole = read_stsd(crate::mp4::reader(&entry, 0)).unwrap()[0].to_iso_visual().unwrap();
        assert!(whole.ends_with(b"\0\0\0\x13colrnclx\0\x01\0\x01\0\x01\0"));
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
