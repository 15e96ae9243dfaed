//! Reading the segment index, `sidx` (clause 8.16.3). `fragment` writes it.

use super::FullBox;
use crate::bytes::Reader;
use crate::error::Result;

/// A segment index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidx {
    /// Ticks in a second.
    pub timescale: u32,
    /// When the first subsegment starts, in ticks.
    pub earliest_presentation_time: u64,
    /// How far the first subsegment stands behind the box, in bytes.
    pub first_offset: u64,
    /// The subsegments in order.
    pub references: Vec<Reference>,
}

/// A subsegment, or another index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Whether it is another `sidx`.
    pub is_index: bool,
    /// Size in bytes.
    pub size: u32,
    /// Duration in ticks.
    pub duration: u32,
}

impl Sidx {
    /// Reads the box's content.
    pub fn read(mut reader: Reader<'_>) -> Result<Self> {
        let version = FullBox::read(&mut reader)?.version;
        reader.skip(4)?; // reference_ID
        let timescale = reader.u32()?;
        let (earliest_presentation_time, first_offset) = if version == 0 {
            (u64::from(reader.u32()?), u64::from(reader.u32()?))
        } else {
            (reader.u64()?, reader.u64()?)
        };
        reader.skip(2)?;
        let mut references = Vec::new();
        for _ in 0..reader.u16()? {
            let word = reader.u32()?;
            let duration = reader.u32()?;
            reader.skip(4)?; // SAP
            references.push(Reference { is_index: word >> 31 == 1, size: word & 0x7fff_ffff, duration });
        }
        Ok(Self { timescale, earliest_presentation_time, first_offset, references })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn an_index_of_shaka_packager() {
        // Version 0, 12,288 ticks a second, two references.
        let bytes = hex!(
            "00000000 00000001 00003000 00000000 00000000 0000 0002"
            "0001c46f 00006000 90000000 0001b0e8 00006000 90000000"
        );
        let sidx = Sidx::read(crate::mp4::reader(&bytes, 0)).unwrap();
        assert_eq!((sidx.timescale, sidx.first_offset, sidx.references.len()), (12_288, 0, 2));
        assert_eq!(sidx.references[0], Reference { is_index: false, size: 0x1_c46f, duration: 0x6000 });
    }
}
