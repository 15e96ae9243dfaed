//! Reading what decryption needs for each sample: `senc` (ISO/IEC 23001-7:2016 clause 7.2), or `saiz` and
//! `saio` (ISO/IEC 14496-12 clauses 8.7.8 and 8.7.9) that point at the same information elsewhere.
//! `protection` writes them.

use super::protection::Defaults;
use super::{Boxes, FullBox};
use crate::bytes::Reader;
use crate::error::Result;

/// The auxiliary information boxes of a `traf` or an `stbl`.
#[derive(Debug, Clone, Default)]
pub struct AuxiliaryInformation<'a> {
    /// The information itself.
    pub senc: Option<Senc<'a>>,
    /// The size of each sample's information.
    pub saiz: Option<Saiz<'a>>,
    /// Where the information is.
    pub saio: Option<Saio>,
}

impl<'a> AuxiliaryInformation<'a> {
    /// Reads the children of `traf` or `stbl`; `saiz` and `saio` of another type than `scheme` are passed over.
    pub fn read(boxes: &Boxes<'a>, scheme: [u8; 4]) -> Result<Self> {
        let mut found = Self::default();
        for child in boxes.clone() {
            let (kind, content) = child?;
            match &kind.0 {
                b"senc" => found.senc = Some(Senc::read(content).map_err(|error| error.in_box("senc"))?),
                b"uuid" if found.senc.is_none() && content.rest().starts_with(&PIFF_SENC) => {
                    let mut content = content;
                    content.skip(PIFF_SENC.len())?;
                    found.senc = Some(Senc::read(content).map_err(|error| error.in_box("uuid"))?);
                }
                b"saiz" => {
                    let saiz = Saiz::read(content, scheme).map_err(|error| error.in_box("saiz"))?;
                    found.saiz = found.saiz.or(saiz);
                }
                b"saio" => {
                    let saio = Saio::read(content, scheme).map_err(|error| error.in_box("saio"))?;
                    found.saio = found.saio.or(saio);
                }
                _ => (),
            }
        }
        Ok(found)
    }
}

/// PIFF's `SampleEncryptionBox`, whose content is that of `senc`.
const PIFF_SENC: [u8; 16] = 0xa239_4f52_5a9b_4f14_a244_6c42_7c64_8df4_u128.to_be_bytes();

/// `senc`: a view of the bytes it was read from.
#[derive(Debug, Clone)]
pub struct Senc<'a> {
    /// Encryption parameters in place of the track's: only PIFF has them.
    pub parameters: Option<Defaults>,
    /// Whether each sample's subsamples are listed.
    pub use_subsamples: bool,
    /// The number of samples.
    pub count: u32,
    /// Reads the samples' entries.
    pub entries: Reader<'a>,
}

impl<'a> Senc<'a> {
    fn read(mut reader: Reader<'a>) -> Result<Self> {
        let flags = FullBox::read(&mut reader)?.flags;
        let parameters = if flags & 1 != 0 { Some(Defaults::read_piff(&mut reader)?) } else { None };
        Ok(Self { parameters, use_subsamples: flags & 2 != 0, count: reader.u32()?, entries: reader })
    }
}

/// A sample's auxiliary information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuxEntry<'a> {
    /// The IV; empty where it is constant.
    pub iv: &'a [u8],
    /// The subsamples, six bytes each; `None` where the sample is protected whole.
    pub subsamples: Option<&'a [u8]>,
}

impl<'a> AuxEntry<'a> {
    /// Reads a sample's entry.
    pub fn read(reader: &mut Reader<'a>, iv_size: u8, use_subsamples: bool) -> Result<Self> {
        let iv = reader.take(usize::from(iv_size))?;
        let subsamples = if use_subsamples {
            let count = reader.u16()?;
            Some(reader.take(6 * usize::from(count))?)
        } else {
            None
        };
        Ok(Self { iv, subsamples })
    }

    /// The size in bytes.
    pub fn size(&self) -> usize {
        self.iv.len() + self.subsamples.map_or(0, |subsamples| 2 + subsamples.len())
    }

    /// `BytesOfClearData` and `BytesOfProtectedData` of each subsample.
    pub fn pairs(&self) -> impl Iterator<Item = (u16, u32)> + use<'a> {
        let entries = self.subsamples.unwrap_or_default().as_chunks::<6>().0;
        entries.iter().map(|&[a, b, c, d, e, f]| (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f])))
    }
}

/// `saiz`: the sizes of samples' auxiliary information.
#[derive(Debug, Clone, Copy)]
pub struct Saiz<'a> {
    /// The number of samples that have any.
    pub count: u32,
    default_size: u8,
    sizes: &'a [u8],
}

impl<'a> Saiz<'a> {
    fn read(mut reader: Reader<'a>, scheme: [u8; 4]) -> Result<Option<Self>> {
        if !is_of_type(&mut reader, scheme)? {
            return Ok(None);
        }
        let default_size = reader.u8()?;
        let count = reader.u32()?;
        let stated = usize::try_from(count).unwrap_or(usize::MAX);
        let sizes = if default_size == 0 { reader.take(stated)? } else { &[] };
        Ok(Some(Self { count, default_size, sizes }))
    }

    /// The size of sample `index`; 0 behind the last.
    pub fn size(&self, index: usize) -> u8 {
        match self.default_size {
            0 => self.sizes.get(index).copied().unwrap_or(0),
            size if index < self.count as usize => size,
            _ => 0,
        }
    }
}

/// `saio`: where auxiliary information is, from the base of data offsets. One offset for all, or one for
/// each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saio {
    /// The offsets in order.
    pub offsets: Vec<u64>,
}

impl Saio {
    fn read(mut reader: Reader<'_>, scheme: [u8; 4]) -> Result<Option<Self>> {
        let version = reader.rest().first().copied().unwrap_or(0);
        if !is_of_type(&mut reader, scheme)? {
            return Ok(None);
        }
        let mut offsets = Vec::new();
        for _ in 0..reader.u32()? {
            offsets.push(if version == 0 { u64::from(reader.u32()?) } else { reader.u64()? });
        }
        Ok(Some(Self { offsets }))
    }
}

/// Reads the head that `saiz` and `saio` share; without a type they belong to the scheme.
fn is_of_type(reader: &mut Reader<'_>, scheme: [u8; 4]) -> Result<bool> {
    if FullBox::read(reader)?.flags & 1 == 0 {
        return Ok(true);
    }
    let kind: [u8; 4] = reader.array()?;
    reader.skip(4)?; // aux_info_type_parameter
    Ok(kind == scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Writer;
    use crate::mp4::protection::{SampleAux, put_sample_encryption};

    #[test]
    fn what_put_sample_encryption_writes_is_read() {
        let mut out = Writer::new();
        let samples = [
            SampleAux { iv: &[1; 8], subsamples: &[(5, 16)] },
            SampleAux { iv: &[2; 8], subsamples: &[(5, 32), (9, 0)] },
        ];
        put_sample_encryption(&mut out, 0, true, &samples).unwrap();
        let bytes = out.into_vec();
        let found = AuxiliaryInformation::read(&Boxes::new(crate::mp4::reader(&bytes, 0)), *b"cenc").unwrap();
        let (mut senc, saiz, saio) = (found.senc.unwrap(), found.saiz.unwrap(), found.saio.unwrap());
        assert_eq!((senc.count, saiz.count, saio.offsets), (2, 2, vec![senc.entries.offset()]));
        for (index, sample) in samples.iter().enumerate() {
            let entry = AuxEntry::read(&mut senc.entries, 8, senc.use_subsamples).unwrap();
            assert_eq!((entry.iv, entry.size()), (sample.iv, usize::from(saiz.size(index))));
            assert_eq!(entry.pairs().collect::<Vec<_>>(), sample.subsamples);
        }
    }

    #[test]
    fn piff_has_a_box_of_the_same_content_and_may_override_the_track() {
        let mut out = Writer::new();
        crate::mp4::put(&mut out, b"uuid", |out| {
            out.bytes(&PIFF_SENC).u32(3); // both flags
            out.bytes(&[0, 0, 1, 8]).bytes(&[7; 16]).u32(1);
            out.bytes(&[9; 8]).u16(1).u16(5).u32(16);
        });
        let bytes = out.into_vec();
        let found = AuxiliaryInformation::read(&Boxes::new(crate::mp4::reader(&bytes, 0)), *b"cenc").unwrap();
        let mut senc = found.senc.unwrap();
        let parameters = senc.parameters.unwrap();
        assert_eq!((parameters.tenc.default_kid, &parameters.tenc.scheme), ([7; 16], b"cenc"));
        let entry = AuxEntry::read(&mut senc.entries, 8, senc.use_subsamples).unwrap();
        assert_eq!((entry.iv, entry.pairs().collect::<Vec<_>>()), (&[9; 8][..], vec![(5, 16)]));
    }

    #[test]
    fn information_of_another_type_is_passed_over() {
        let mut out = Writer::new();
        crate::mp4::put_full(&mut out, b"saiz", 0, 1, |out| {
            out.bytes(b"abcd").u32(0).u8(4).u32(9);
        });
        let bytes = out.into_vec();
        let found = AuxiliaryInformation::read(&Boxes::new(crate::mp4::reader(&bytes, 0)), *b"cenc").unwrap();
        assert!(found.saiz.is_none());
    }
}
