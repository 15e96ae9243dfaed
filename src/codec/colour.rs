//! Code points of colour (ISO/IEC 23091-2, ITU-T H.273), which all video codecs share.

use crate::bytes::Reader;
use crate::error::Result;

/// A description of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// `ColourPrimaries`.
    pub primaries: u8,
    /// `TransferCharacteristics`.
    pub transfer: u8,
    /// `MatrixCoefficients`.
    pub matrix: u8,
    /// Whether the values use the full range.
    pub full_range: bool,
}

/// The dynamic range of pictures, in the words of HLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VideoRange {
    /// Standard dynamic range, and all that is not known to be another.
    #[default]
    Sdr,
    /// Hybrid log-gamma of ITU-R BT.2100.
    Hlg,
    /// The perceptual quantizer of ITU-R BT.2100, SMPTE ST 2084.
    Pq,
}

impl Colour {
    /// The code point 2: unknown, or stated elsewhere.
    pub const UNSPECIFIED: u8 = 2;

    const BT2020_10: u8 = 14;
    const PQ: u8 = 16;
    const HLG: u8 = 18;

    /// Reads the content of a `colr` box (ISO/IEC 14496-12 clause 12.1.5): code points, or `None` for an
    /// ICC profile. QuickTime's `nclc` has no range; writers of `nclx` that leave its last byte out mean the narrow one.
    pub fn read_colr(mut reader: Reader<'_>) -> Result<Option<Self>> {
        const POINTS: usize = 6;
        let kind = reader.array().unwrap_or_default();
        // Of a box that is cut off there is nothing to show.
        if !matches!(&kind, b"nclx" | b"nclc") || reader.rest().len() < POINTS {
            return Ok(None);
        }
        let mut point = || reader.u16().map(|point| u8::try_from(point).unwrap_or(Self::UNSPECIFIED));
        let (primaries, transfer, matrix) = (point()?, point()?, point()?);
        let full_range = kind == *b"nclx" && !reader.is_empty() && reader.u8()? & 0x80 != 0;
        Ok(Some(Self { primaries, transfer, matrix, full_range }))
    }

    /// Whether the primaries reach beyond those of BT.709: BT.2020, and those of P3.
    pub const fn is_wide_gamut(self) -> bool {
        matches!(self.primaries, 9 | 11 | 12)
    }

    /// The dynamic range that the transfer characteristics stand for.
    pub const fn range(self) -> VideoRange {
        match self.transfer {
            Self::PQ => VideoRange::Pq,
            Self::HLG => VideoRange::Hlg,
            _ => VideoRange::Sdr,
        }
    }

    /// Whether the curve is that of BT.2020, which HLG uses too where it wants to pass for SDR.
    pub const fn may_pass_for_sdr(self) -> bool {
        self.transfer == Self::BT2020_10
    }
}

impl VideoRange {
    /// The value of `VIDEO-RANGE` in HLS.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sdr => "SDR",
            Self::Hlg => "HLG",
            Self::Pq => "PQ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colr_box_of_code_points_is_read_and_an_icc_profile_is_not() {
        let read = |bytes: &[u8]| Colour::read_colr(crate::codec::reader(bytes, 0)).unwrap();
        let colour = read(b"nclx\0\x09\0\x10\0\x09\x80").unwrap();
        assert_eq!(colour, Colour { primaries: 9, transfer: 16, matrix: 9, full_range: true });
        assert_eq!(colour.range(), VideoRange::Pq);
        assert_eq!(read(b"nclc\0\x09\0\x12\0\x09").unwrap().range(), VideoRange::Hlg);
        for other in [&b"prof????"[..], b"nclx\0\x09\0\x10", b"nclx", b"nc", b""] {
            assert_eq!(read(other), None, "{other:?}");
        }
        let cut = read(b"nclx\0\x09\0\x10\0\x09").unwrap();
        assert_eq!(cut, Colour { primaries: 9, transfer: 16, matrix: 9, full_range: false });
    }
}
