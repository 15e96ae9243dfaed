//! `esds` (ISO/IEC 14496-14 clause 6.7) and its descriptors (ISO/IEC 14496-1 clause 7.2.6).

use super::FullBox;
use crate::bytes::Reader;
use crate::error::{Code, Error, Result};

/// What the elementary stream descriptor says of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Esds<'a> {
    /// `objectTypeIndication`: 0x40 for MPEG-4 audio, 0x6b for MP3, …
    pub object_type: u8,
    /// The decoder's own configuration; for MPEG-4 audio an AudioSpecificConfig.
    pub decoder_specific: Option<&'a [u8]>,
}

const ES_DESCRIPTOR: u8 = 3;
const DECODER_CONFIG: u8 = 4;
const DECODER_SPECIFIC: u8 = 5;

impl<'a> Esds<'a> {
    /// Reads the box's content.
    pub fn read(mut reader: Reader<'a>) -> Result<Self> {
        FullBox::read(&mut reader)?;
        let mut es = need(reader, ES_DESCRIPTOR)?;
        es.skip(2)?;
        let flags = es.u8()?;
        if flags & 0x80 != 0 {
            es.skip(2)?; // dependsOn_ES_ID
        }
        if flags & 0x40 != 0 {
            let length = es.u8()?;
            es.skip(usize::from(length))?; // URL
        }
        if flags & 0x20 != 0 {
            es.skip(2)?; // OCR_ES_ID
        }
        let mut config = need(es, DECODER_CONFIG)?;
        let object_type = config.u8()?;
        config.skip(12)?; // stream type, buffer size, bit rates
        Ok(Self { object_type, decoder_specific: find(config, DECODER_SPECIFIC)?.map(|reader| reader.rest()) })
    }
}

fn need(reader: Reader<'_>, tag: u8) -> Result<Reader<'_>> {
    let offset = reader.offset();
    find(reader, tag)?
        .ok_or_else(|| Error::new(Code::Mp4BoxInvalid, message!("descriptor {tag} is missing", tag)).at(offset))
}

fn find(mut reader: Reader<'_>, tag: u8) -> Result<Option<Reader<'_>>> {
    while !reader.is_empty() {
        let found = reader.u8()?;
        // A size of up to four bytes, seven bits in each (ISO/IEC 14496-1 clause 8.3.3).
        let mut size = 0usize;
        for _ in 0..4 {
            let byte = reader.u8()?;
            size = size << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let content = reader.sub(size)?;
        if found == tag {
            return Ok(Some(content));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn descriptors_with_long_sizes_are_followed() {
        // As ffmpeg writes it: sizes in four bytes.
        let bytes =
            hex!("00000000 0380808022 000200 0480808014 4015000000 0001f400 0001f400 0580808002 1210 068080800102");
        let esds = Esds::read(crate::mp4::reader(&bytes, 0)).unwrap();
        assert_eq!(esds, Esds { object_type: 0x40, decoder_specific: Some(&hex!("1210")) });
    }
}
