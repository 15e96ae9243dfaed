//! Protection boxes: `sinf`, `frma`, `schm` (ISO/IEC 14496-12 clause 8.12); `tenc`, `senc`
//! (ISO/IEC 23001-7:2016 clauses 8.2 and 7.2); `saiz`, `saio` (14496-12 clauses 8.7.8 and 8.7.9). What came before
//! them, the boxes of PIFF 1.1 (Microsoft's "Portable encoding of audio-video objects", section 5.3), is read.

use super::{Boxes, FullBox, put, put_full};
use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};

/// The track's encryption defaults: the fields of `tenc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenc {
    /// The scheme's four characters, for `schm`.
    pub scheme: [u8; 4],
    /// Encrypted blocks of the pattern, 0 to 15.
    pub default_crypt_byte_block: u8,
    /// Clear blocks of the pattern, 0 to 15.
    pub default_skip_byte_block: u8,
    /// The key id.
    pub default_kid: [u8; 16],
    /// The size of the IV that each sample has in `senc`: 0, 8 or 16.
    pub default_per_sample_iv_size: u8,
    /// The IV of all samples where none has its own, 8 or 16 bytes.
    pub default_constant_iv: Vec<u8>,
}

/// Encryption defaults, of a track (`tenc`) or of a sample group (`seig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Whether the samples are encrypted.
    pub is_protected: bool,
    /// How.
    pub tenc: Tenc,
}

impl Defaults {
    /// Reads what `tenc` and the entries of `seig` have in common, from `isProtected` on.
    pub(super) fn read(reader: &mut Reader<'_>, scheme: [u8; 4], pattern: u8) -> Result<Self> {
        let is_protected = reader.u8()? != 0;
        let default_per_sample_iv_size = reader.u8()?;
        let default_kid = reader.array()?;
        let default_constant_iv = if is_protected && default_per_sample_iv_size == 0 {
            let size = reader.u8()?;
            reader.take(usize::from(size))?.to_vec()
        } else {
            Vec::new()
        };
        Self {
            is_protected,
            tenc: Tenc {
                scheme,
                default_crypt_byte_block: pattern >> 4,
                default_skip_byte_block: pattern & 15,
                default_kid,
                default_per_sample_iv_size,
                default_constant_iv,
            },
        }
        .checked(reader.offset())
    }

    /// Reads what PIFF's `TrackEncryptionBox` and an override in its `SampleEncryptionBox` have in common. Its AES-CTR
    /// is `cenc`, and its AES-CBC, which is chained over the subsamples, `cbc1`.
    pub(super) fn read_piff(reader: &mut Reader<'_>) -> Result<Self> {
        let algorithm = reader.u24()?;
        let default_per_sample_iv_size = reader.u8()?;
        let default_kid = reader.array()?;
        let scheme = match algorithm {
            0 | 1 => *b"cenc",
            2 => *b"cbc1",
            other => {
                let message = message!("the algorithm {other} is none that PIFF has", other);
                return Err(Error::new(Code::Mp4BoxInvalid, message).at(reader.offset()));
            }
        };
        Self {
            is_protected: algorithm != 0,
            tenc: Tenc {
                scheme,
                default_crypt_byte_block: 0,
                default_skip_byte_block: 0,
                default_kid,
                default_per_sample_iv_size,
                default_constant_iv: Vec::new(),
            },
        }
        .checked(reader.offset())
    }

    /// Refuses IVs of other sizes than the standard has.
    pub(super) fn checked(self, offset: u64) -> Result<Self> {
        let (own, constant) = (self.tenc.default_per_sample_iv_size, self.tenc.default_constant_iv.len());
        let fits = !self.is_protected || matches!((own, constant), (8 | 16, 0) | (0, 8 | 16));
        if fits {
            return Ok(self);
        }
        let message = message!(
            "the samples' IVs are {own} bytes long and the constant IV {constant}; 8 or 16 are allowed",
            own,
            constant
        );
        Err(Error::new(Code::Mp4BoxInvalid, message).at(offset))
    }
}

/// What the `sinf` of a protected sample entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sinf {
    /// The coding name before it was protected (`frma`).
    pub original_format: [u8; 4],
    /// The track's encryption defaults (`schm`, `tenc`).
    pub defaults: Defaults,
}

/// PIFF's `TrackEncryptionBox`, whose content is that of `tenc` with an algorithm in place of `isProtected`.
const PIFF_TENC: [u8; 16] = 0x8974_dbce_7be7_4c51_84f9_7148_f988_2554_u128.to_be_bytes();

impl Sinf {
    /// Reads the children of `sinf`; the scheme, where it is none of Common Encryption and not PIFF's.
    pub fn read(boxes: &Boxes<'_>) -> Result<std::result::Result<Self, Option<[u8; 4]>>> {
        let original_format = boxes.need(b"frma")?.array()?;
        let Some(mut schm) = boxes.find(b"schm")? else { return Ok(Err(None)) };
        FullBox::read(&mut schm)?;
        let scheme = schm.array()?;
        if !matches!(&scheme, b"cenc" | b"cens" | b"cbc1" | b"cbcs" | b"piff") {
            return Ok(Err(Some(scheme)));
        }
        let schi = Boxes::new(boxes.need(b"schi")?);
        let defaults = Self::read_schi(&schi, scheme).map_err(|error| error.in_box("schi"))?;
        Ok(Ok(Self { original_format, defaults }))
    }

    fn read_schi(schi: &Boxes<'_>, scheme: [u8; 4]) -> Result<Defaults> {
        if scheme == *b"piff"
            && let Some(mut tenc) = schi.find_uuid(&PIFF_TENC)?
        {
            FullBox::read(&mut tenc)?;
            return Defaults::read_piff(&mut tenc).map_err(|error| error.in_box("uuid"));
        }
        let scheme = if scheme == *b"piff" { *b"cenc" } else { scheme };
        schi.need(b"tenc").and_then(|tenc| Tenc::read(tenc, scheme).map_err(|error| error.in_box("tenc")))
    }
}

impl Tenc {
    /// Reads the content of `tenc` (clause 8.2.2).
    fn read(mut reader: Reader<'_>, scheme: [u8; 4]) -> Result<Defaults> {
        let version = FullBox::read(&mut reader)?.version;
        reader.skip(1)?;
        let pattern = reader.u8()?;
        Defaults::read(&mut reader, scheme, if version == 0 { 0 } else { pattern })
    }

    /// Writes the `sinf` of a protected sample entry whose coding name was `original_format`.
    pub fn put_sinf(&self, out: &mut Writer, original_format: [u8; 4]) {
        put(out, b"sinf", |out| {
            put(out, b"frma", |out| {
                out.bytes(&original_format);
            });
            put_full(out, b"schm", 0, 0, |out| {
                out.bytes(&self.scheme).u32(0x1_0000);
            });
            put(out, b"schi", |out| self.put(out));
        });
    }

    fn pattern_byte(&self) -> u8 {
        self.default_crypt_byte_block << 4 | self.default_skip_byte_block
    }

    /// Version 1 carries a pattern; `cbcs` demands it even where the pattern is 0:0.
    fn put(&self, out: &mut Writer) {
        let version = u8::from(self.scheme == *b"cbcs" || self.scheme == *b"cens");
        put_full(out, b"tenc", version, 0, |out| {
            out.u8(0).u8(self.pattern_byte());
            out.u8(1).u8(self.default_per_sample_iv_size).bytes(&self.default_kid);
            if self.default_per_sample_iv_size == 0 {
                let size = u8::try_from(self.default_constant_iv.len()).expect("an IV has 8 or 16 bytes");
                out.u8(size).bytes(&self.default_constant_iv);
            }
        });
    }
}

/// Writes `sgpd` and `sbgp` that put all `count` samples of a fragment into one group of type `seig`
/// (ISO/IEC 23001-7:2016 clause 6; 14496-12 clauses 8.9.2 and 8.9.3), whose samples are protected as `tenc` says.
pub fn put_sample_group(out: &mut Writer, count: usize, tenc: &Tenc) {
    /// A description in the same `traf` is numbered from here on.
    const IN_FRAGMENT: u32 = 0x1_0000;
    let constant_iv = &tenc.default_constant_iv[..];
    put_full(out, b"sgpd", 1, 0, |out| {
        let size = 20 + if constant_iv.is_empty() { 0 } else { 1 + constant_iv.len() };
        out.bytes(b"seig").u32(u32::try_from(size).expect("an IV is small")).u32(1);
        out.u8(0).u8(tenc.pattern_byte()).u8(1).u8(tenc.default_per_sample_iv_size).bytes(&tenc.default_kid);
        if !constant_iv.is_empty() {
            out.u8(u8::try_from(constant_iv.len()).expect("an IV has 8 or 16 bytes")).bytes(constant_iv);
        }
    });
    put_full(out, b"sbgp", 0, 0, |out| {
        let count = u32::try_from(count).expect("a segment has fewer than 2^32 samples");
        out.bytes(b"seig").u32(1).u32(count).u32(IN_FRAGMENT + 1);
    });
}

/// What `senc` holds for one sample.
#[derive(Debug, Clone, Copy)]
pub struct SampleAux<'a> {
    /// The sample's IV; empty where the IV is constant.
    pub iv: &'a [u8],
    /// `BytesOfClearData` and `BytesOfProtectedData` of each subsample; written only where the
    /// fragment uses subsamples.
    pub subsamples: &'a [(u16, u32)],
}

impl SampleAux<'_> {
    /// The size of the sample's auxiliary information in bytes.
    fn size(&self, use_subsamples: bool) -> usize {
        self.iv.len() + if use_subsamples { 2 + 6 * self.subsamples.len() } else { 0 }
    }
}

/// Writes `senc`, `saiz` and `saio` for the samples of a fragment whose `moof` begins at `moof_start`.
///
/// `senc` is written even where it holds nothing per sample, since some readers fail without it;
/// `saiz` and `saio` are left out then, as there is nothing that they could point at.
///
/// Fails with the index of the first sample whose auxiliary information exceeds the 255 bytes that
/// `saiz` can state.
pub fn put_sample_encryption(
    out: &mut Writer,
    moof_start: usize,
    use_subsamples: bool,
    samples: &[SampleAux<'_>],
) -> std::result::Result<(), usize> {
    const USE_SUBSAMPLES: u32 = 2;
    let mut sizes = Vec::with_capacity(samples.len());
    for (index, sample) in samples.iter().enumerate() {
        sizes.push(u8::try_from(sample.size(use_subsamples)).map_err(|_| index)?);
    }
    let count = u32::try_from(samples.len()).expect("a segment has fewer than 2^32 samples");
    let mut first_aux = 0;
    put_full(out, b"senc", 0, if use_subsamples { USE_SUBSAMPLES } else { 0 }, |out| {
        out.u32(count);
        first_aux = out.len();
        for sample in samples {
            out.bytes(sample.iv);
            if use_subsamples {
                out.u16(u16::try_from(sample.subsamples.len()).expect("at most 255 bytes of subsamples"));
                for &(clear, protected) in sample.subsamples {
                    out.u16(clear).u32(protected);
                }
            }
        }
    });
    if sizes.iter().all(|&size| size == 0) {
        return Ok(());
    }
    let same = sizes.iter().all(|&size| size == sizes[0]);
    put_full(out, b"saiz", 0, 0, |out| {
        out.u8(if same { sizes[0] } else { 0 }).u32(count);
        if !same {
            out.bytes(&sizes);
        }
    });
    // Version 0, one entry: relative to the moof, since tfhd says default-base-is-moof.
    put_full(out, b"saio", 0, 0, |out| {
        out.u32(1).u32(u32::try_from(first_aux - moof_start).expect("a moof is small"));
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn tenc_of_cbcs_is_of_version_1_with_a_constant_iv() {
        let tenc = Tenc {
            scheme: *b"cbcs",
            default_crypt_byte_block: 1,
            default_skip_byte_block: 9,
            default_kid: [0x11; 16],
            default_per_sample_iv_size: 0,
            default_constant_iv: vec![0x22; 16],
        };
        let mut out = Writer::new();
        tenc.put(&mut out);
        let expected = hex!(
            "00000031 74656e63 01000000 00 19 01 00 11111111111111111111111111111111 10 22222222222222222222222222222222"
        );
        let bytes = out.into_vec();
        assert_eq!(bytes, expected);
        let read = Tenc::read(crate::mp4::reader(&bytes[8..], 8), *b"cbcs").unwrap();
        assert_eq!(read, Defaults { is_protected: true, tenc });
    }

    #[test]
    fn the_boxes_of_piff_say_what_tenc_says() {
        let tenc = "8974dbce7be74c5184f97148f9882554 00000000 000002 10 11111111111111111111111111111111";
        let uuid = [&[0, 0, 0, 48][..], b"uuid", &hex_of(tenc)].concat();
        let schi = [&[0, 0, 0, 56][..], b"schi", &uuid].concat();
        let schm = [&[0, 0, 0, 20][..], b"schm", &[0; 4], b"piff", &[0, 1, 0, 1]].concat();
        let frma = [&[0, 0, 0, 12][..], b"frma", b"avc1"].concat();
        let sinf = [frma, schm, schi].concat();
        let read = Sinf::read(&Boxes::new(crate::mp4::reader(&sinf, 0))).unwrap().unwrap();
        assert_eq!(read.original_format, *b"avc1");
        let Tenc { scheme, default_kid, default_per_sample_iv_size, .. } = read.defaults.tenc;
        assert!(read.defaults.is_protected);
        assert_eq!((&scheme, default_kid, default_per_sample_iv_size), (b"cbc1", [0x11; 16], 16));
    }

    fn hex_of(text: &str) -> Vec<u8> {
        let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
    }

    #[test]
    fn another_scheme_is_told() {
        let schm = [&[0, 0, 0, 20][..], b"schm", &[0; 4], b"odkm", &[0, 0, 2, 0]].concat();
        let sinf = [&[0, 0, 0, 12][..], b"frma", b"avc1", &schm].concat();
        assert_eq!(Sinf::read(&Boxes::new(crate::mp4::reader(&sinf, 0))).unwrap(), Err(Some(*b"odkm")));
    }

    #[test]
    fn an_iv_of_another_size_is_refused() {
        // Version 0, protected, IVs of 7 bytes.
        let bytes = hex!("00000000 00 00 01 07 11111111111111111111111111111111");
        assert_eq!(Tenc::read(crate::mp4::reader(&bytes, 0), *b"cenc").unwrap_err().code, Code::Mp4BoxInvalid);
    }

    #[test]
    fn saio_points_at_the_first_entry_of_senc() {
        let mut out = Writer::new();
        let samples =
            [SampleAux { iv: &[1; 8], subsamples: &[(5, 16)] }, SampleAux { iv: &[2; 8], subsamples: &[(5, 32)] }];
        put_sample_encryption(&mut out, 0, true, &samples).unwrap();
        let bytes = out.into_vec();
        let offset = u32::from_be_bytes(bytes[bytes.len() - 4..].try_into().unwrap()) as usize;
        assert_eq!(bytes[offset..offset + 8], [1; 8]);
        // saiz: all alike, 8 + 2 + 6 bytes.
        assert_eq!(bytes[bytes.len() - 20 - 5], 16);
    }

    #[test]
    fn nothing_per_sample_still_gives_a_senc_with_the_count() {
        let mut out = Writer::new();
        put_sample_encryption(&mut out, 0, false, &[SampleAux { iv: &[], subsamples: &[] }; 3]).unwrap();
        assert_eq!(out.into_vec(), hex!("00000010 73656e63 00000000 00000003"));
    }

    #[test]
    fn auxiliary_information_over_255_bytes_is_named() {
        let many = vec![(1, 16); 42];
        let samples = [SampleAux { iv: &[], subsamples: &many[..1] }, SampleAux { iv: &[0; 8], subsamples: &many }];
        assert_eq!(put_sample_encryption(&mut Writer::new(), 0, true, &samples), Err(1));
    }
}
