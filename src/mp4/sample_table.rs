//! The sample table (clauses 8.6 and 8.7): `stts`, `ctts`, `stss`, `stsz`, `stz2`, `stsc`, `stco`, `co64`.
//!
//! Each is a view of the bytes that it was read from: nothing is allocated for a count found in a file.

use super::{Boxes, FullBox};
use crate::bytes::Reader;
use crate::error::{Code, Error, Result};

/// A table of fixed-size entries of `N` bytes.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a, const N: usize> {
    entries: &'a [u8],
    /// The absolute offset of the first entry.
    offset: u64,
}

impl<'a, const N: usize> Table<'a, N> {
    /// Reads the count and takes that many entries.
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let count = reader.u32()?;
        let offset = reader.offset();
        let bytes = u64::from(count) * N as u64;
        let size = usize::try_from(bytes).ok().filter(|&size| size <= reader.rest().len()).ok_or_else(|| {
            Error::new(
                Code::Mp4BoxTruncated,
                message!(
                    "{count} entries take {bytes} bytes, but only {left} are left",
                    count,
                    bytes,
                    left = reader.rest().len()
                ),
            )
            .at(offset)
        })?;
        Ok(Self { entries: reader.take(size)?, offset })
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len() / N
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The absolute offset of entry `index`.
    pub fn offset_of(&self, index: usize) -> u64 {
        self.offset + (index * N) as u64
    }

    /// The entries' bytes in order.
    fn iter(&self) -> impl Iterator<Item = &'a [u8; N]> + use<'a, N> {
        self.entries.as_chunks::<N>().0.iter()
    }
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}

/// How sizes are stored.
#[derive(Debug, Clone, Copy)]
enum Sizes<'a> {
    /// All `count` samples have this size, not 0.
    Same { size: u32, count: u32 },
    /// `stsz`: 32 bits each.
    Wide(Table<'a, 4>),
    /// `stz2`: `bits` (4, 8 or 16) each.
    Compact { bits: u8, count: u32, entries: &'a [u8] },
}

/// A track's sample table.
#[derive(Debug, Clone)]
pub struct SampleTable<'a> {
    stts: Table<'a, 8>,
    ctts: Option<Table<'a, 8>>,
    stss: Option<Table<'a, 4>>,
    sizes: Sizes<'a>,
    stsc: Table<'a, 12>,
    chunks: Chunks<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Chunks<'a> {
    Stco(Table<'a, 4>),
    Co64(Table<'a, 8>),
}

/// A run of chunks with the same number of samples (`stsc`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRun {
    /// The first chunk of the run, counted from 1.
    pub first_chunk: u32,
    /// Samples in each.
    pub samples_per_chunk: u32,
    /// The sample entry that describes them, counted from 1.
    pub sample_description_index: u32,
}

impl<'a> SampleTable<'a> {
    /// Reads the children of `stbl`.
    pub fn read(stbl: &Boxes<'a>) -> Result<Self> {
        Ok(Self {
            stts: table(stbl, b"stts")?.ok_or_else(|| missing("stts"))?,
            ctts: table(stbl, b"ctts")?,
            stss: table(stbl, b"stss")?,
            sizes: read_sizes(stbl)?,
            stsc: table(stbl, b"stsc")?.ok_or_else(|| missing("stsc"))?,
            chunks: match table(stbl, b"co64")? {
                Some(co64) => Chunks::Co64(co64),
                None => Chunks::Stco(table(stbl, b"stco")?.ok_or_else(|| missing("stco"))?),
            },
        })
    }

    /// The number of samples.
    pub fn sample_count(&self) -> u64 {
        match self.sizes {
            Sizes::Same { count, .. } | Sizes::Compact { count, .. } => u64::from(count),
            Sizes::Wide(table) => table.len() as u64,
        }
    }

    /// Whether one size is stated for all samples.
    pub fn has_equal_sizes(&self) -> bool {
        matches!(self.sizes, Sizes::Same { .. })
    }

    /// The size of each sample in bytes, in decoding order.
    pub fn sizes(&self) -> Box<dyn Iterator<Item = u32> + 'a> {
        match self.sizes {
            Sizes::Same { size, count } => Box::new(std::iter::repeat_n(size, count as usize)),
            Sizes::Wide(table) => Box::new(table.iter().map(|entry| u32::from_be_bytes(*entry))),
            Sizes::Compact { bits, count, entries } => Box::new((0..count as usize).map(move |i| match bits {
                4 if i % 2 == 0 => u32::from(entries[i / 2] >> 4),
                4 => u32::from(entries[i / 2] & 15),
                8 => u32::from(entries[i]),
                _ => u32::from(u16::from_be_bytes([entries[2 * i], entries[2 * i + 1]])),
            })),
        }
    }

    /// The duration of each sample in ticks (`stts`), as far as the table goes.
    pub fn durations(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.stts.iter().flat_map(|entry| std::iter::repeat_n(be32(&entry[4..]), be32(&entry[..4]) as usize))
    }

    /// The composition offset of each sample in ticks (`ctts`), as far as the table goes; `None` where
    /// there is no table. Version 0 is read as signed too: writers of version 0 that meant a negative
    /// offset are common, and none meant an offset of 2^31 and more.
    pub fn composition_offsets(&self) -> Option<impl Iterator<Item = i32> + use<'a>> {
        let entries = self.ctts?.iter();
        Some(entries.flat_map(|entry| {
            let offset = i32::from_be_bytes(entry[4..].try_into().expect("four bytes"));
            std::iter::repeat_n(offset, be32(&entry[..4]) as usize)
        }))
    }

    /// The numbers, from 1, of the sync samples in order; `None` where all samples are.
    pub fn sync_samples(&self) -> Option<impl Iterator<Item = u32> + use<'a>> {
        Some(self.stss?.iter().map(|entry| u32::from_be_bytes(*entry)))
    }

    /// The runs of chunks.
    pub fn chunk_runs(&self) -> impl Iterator<Item = ChunkRun> + use<'a> {
        self.stsc.iter().map(|entry| ChunkRun {
            first_chunk: be32(&entry[..4]),
            samples_per_chunk: be32(&entry[4..8]),
            sample_description_index: be32(&entry[8..]),
        })
    }

    /// How many samples each chunk has; the last ones may have fewer, or none.
    pub fn samples_of_chunks(&self) -> Vec<usize> {
        let mut runs = self.chunk_runs().peekable();
        let mut samples = 0;
        let of_chunk = |index: usize| {
            while let Some(run) = runs.next_if(|run| u64::from(run.first_chunk) <= index as u64 + 1) {
                samples = run.samples_per_chunk as usize;
            }
            samples
        };
        (0..self.chunk_count()).map(of_chunk).collect()
    }

    /// The offset of each chunk in the file.
    pub fn chunk_offsets(&self) -> Box<dyn Iterator<Item = u64> + 'a> {
        match self.chunks {
            Chunks::Stco(table) => Box::new(table.iter().map(|entry| u64::from(u32::from_be_bytes(*entry)))),
            Chunks::Co64(table) => Box::new(table.iter().map(|entry| u64::from_be_bytes(*entry))),
        }
    }

    /// The number of chunks.
    pub fn chunk_count(&self) -> usize {
        match self.chunks {
            Chunks::Stco(table) => table.len(),
            Chunks::Co64(table) => table.len(),
        }
    }

    /// The box that chunk offsets come from, and the absolute offset of entry `index` in it.
    pub fn chunk_entry(&self, index: usize) -> (&'static str, u64) {
        match self.chunks {
            Chunks::Stco(table) => ("stco", table.offset_of(index)),
            Chunks::Co64(table) => ("co64", table.offset_of(index)),
        }
    }
}

fn table<'a, const N: usize>(stbl: &Boxes<'a>, kind: &[u8; 4]) -> Result<Option<Table<'a, N>>> {
    let Some(mut reader) = stbl.find(kind)? else { return Ok(None) };
    let name = super::FourCc(*kind);
    FullBox::read(&mut reader).map_err(|error| error.in_box(name))?;
    Table::read(&mut reader).map(Some).map_err(|error| error.in_box(name))
}

fn missing(kind: &str) -> Error {
    Error::new(Code::Mp4BoxMissing, message!("the box is missing")).in_box(kind)
}

fn read_sizes<'a>(stbl: &Boxes<'a>) -> Result<Sizes<'a>> {
    if let Some(mut reader) = stbl.find(b"stsz")? {
        let mut read = || {
            FullBox::read(&mut reader)?;
            match reader.u32()? {
                0 => Table::read(&mut reader).map(Sizes::Wide),
                size => Ok(Sizes::Same { size, count: reader.u32()? }),
            }
        };
        return read().map_err(|error| error.in_box("stsz"));
    }
    let mut reader = stbl.find(b"stz2")?.ok_or_else(|| missing("stsz"))?;
    let mut read = || {
        FullBox::read(&mut reader)?;
        reader.skip(3)?;
        let bits = reader.u8()?;
        let count = reader.u32()?;
        if !matches!(bits, 4 | 8 | 16) {
            return Err(Error::new(Code::Mp4BoxInvalid, message!("sample sizes of {bits} bits are not allowed", bits))
                .at(reader.offset()));
        }
        let bytes = (u64::from(count) * u64::from(bits)).div_ceil(8);
        let entries = reader.take(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        Ok(Sizes::Compact { bits, count, entries })
    };
    read().map_err(|error| error.in_box("stz2"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Writer;
    use crate::mp4::put_full;

    fn stbl(build: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut out = Writer::new();
        build(&mut out);
        out.into_vec()
    }

    fn basics(out: &mut Writer) {
        put_full(out, b"stts", 0, 0, |out| {
            out.u32(1).u32(3).u32(512);
        });
        put_full(out, b"stsc", 0, 0, |out| {
            out.u32(1).u32(1).u32(3).u32(1);
        });
        put_full(out, b"co64", 0, 0, |out| {
            out.u32(1).u64(5 << 32);
        });
    }

    #[test]
    fn compact_sizes_of_four_bits_start_with_the_high_half() {
        let bytes = stbl(|out| {
            basics(out);
            put_full(out, b"stz2", 0, 0, |out| {
                out.zeros(3).u8(4).u32(3).bytes(&[0x12, 0x30]);
            });
        });
        let table = SampleTable::read(&Boxes::new(crate::mp4::reader(&bytes, 0))).unwrap();
        assert_eq!(table.sizes().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(table.chunk_offsets().collect::<Vec<_>>(), [5 << 32]);
        assert_eq!(table.durations().collect::<Vec<_>>(), [512; 3]);
    }

    #[test]
    fn a_count_beyond_the_box_is_refused_before_anything_is_allocated() {
        let bytes = stbl(|out| {
            basics(out);
            put_full(out, b"stsz", 0, 0, |out| {
                out.u32(0).u32(0xffff_fff0).u32(1);
            });
        });
        let error = SampleTable::read(&Boxes::new(crate::mp4::reader(&bytes, 0))).unwrap_err();
        assert_eq!((error.code, error.place.boxes.as_deref()), (Code::Mp4BoxTruncated, Some("stsz")));
    }

    #[test]
    fn composition_offsets_are_signed_in_both_versions() {
        let bytes = stbl(|out| {
            basics(out);
            put_full(out, b"stsz", 0, 0, |out| {
                out.u32(9).u32(3);
            });
            put_full(out, b"ctts", 0, 0, |out| {
                out.u32(2).u32(1).i32(-512).u32(2).i32(1024);
            });
        });
        let table = SampleTable::read(&Boxes::new(crate::mp4::reader(&bytes, 0))).unwrap();
        assert_eq!(table.composition_offsets().unwrap().collect::<Vec<_>>(), [-512, 1024, 1024]);
        assert_eq!(table.sizes().collect::<Vec<_>>(), [9; 3]);
    }
}
