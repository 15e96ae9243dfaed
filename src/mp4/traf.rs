//! Reading movie fragments (clause 8.8): `trex`; `moof` with its `traf`s, each of `tfhd`, `tfdt` and any
//! number of `trun`s. `fragment` writes them.

use super::sample_group::{SampleGroups, open_starts};
use super::senc::AuxiliaryInformation;
use super::{Boxes, FullBox};
use crate::bytes::Reader;
use crate::error::{Code, Error, Result};

/// `sample_is_non_sync_sample` of the sample flags (clause 8.8.3.1).
const NON_SYNC_BIT: u32 = 0x1_0000;

/// What holds for a track's fragments where they say nothing (clause 8.8.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trex {
    /// The track's id.
    pub track_id: u32,
    /// The sample entry, counted from 1.
    pub default_sample_description_index: u32,
    /// Ticks to the next sample.
    pub default_sample_duration: u32,
    /// Size in bytes.
    pub default_sample_size: u32,
    /// Sample flags.
    pub default_sample_flags: u32,
}

impl Trex {
    /// Reads the box's content.
    pub fn read(mut reader: Reader<'_>) -> Result<Self> {
        FullBox::read(&mut reader)?;
        Ok(Self {
            track_id: reader.u32()?,
            default_sample_description_index: reader.u32()?,
            default_sample_duration: reader.u32()?,
            default_sample_size: reader.u32()?,
            default_sample_flags: reader.u32()?,
        })
    }
}

/// The header of a track fragment (clause 8.8.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tfhd {
    /// The track's id.
    pub track_id: u32,
    /// Where data offsets count from, absolute.
    pub base_data_offset: Option<u64>,
    /// Where there is no such offset, they count from the `moof`'s first byte.
    pub default_base_is_moof: bool,
    /// The values that replace those of `trex`.
    pub sample_description_index: Option<u32>,
    /// Ticks to the next sample.
    pub default_sample_duration: Option<u32>,
    /// Size in bytes.
    pub default_sample_size: Option<u32>,
    /// Sample flags.
    pub default_sample_flags: Option<u32>,
}

impl Tfhd {
    fn read(mut reader: Reader<'_>) -> Result<Self> {
        let flags = FullBox::read(&mut reader)?.flags;
        let track_id = reader.u32()?;
        let base_data_offset = if flags & 1 != 0 { Some(reader.u64()?) } else { None };
        let mut optional = |bit: u32| if flags & bit != 0 { reader.u32().map(Some) } else { Ok(None) };
        Ok(Self {
            track_id,
            base_data_offset,
            sample_description_index: optional(2)?,
            default_sample_duration: optional(8)?,
            default_sample_size: optional(0x10)?,
            default_sample_flags: optional(0x20)?,
            default_base_is_moof: flags & 0x2_0000 != 0,
        })
    }
}

/// A run of samples whose bytes lie behind each other (clause 8.8.8): a view of the bytes it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Trun<'a> {
    /// The absolute offset of the box's content.
    pub offset: u64,
    /// The number of samples.
    pub count: u32,
    version: u8,
    flags: u32,
    data_offset: Option<i32>,
    first_sample_flags: Option<u32>,
    entries: &'a [u8],
}

/// What a sample of a run may state: duration, size, flags, composition offset.
const SAMPLE_FIELDS: [u32; 4] = [0x100, 0x200, 0x400, 0x800];

impl<'a> Trun<'a> {
    fn read(mut reader: Reader<'a>) -> Result<Self> {
        let offset = reader.offset();
        let FullBox { version, flags } = FullBox::read(&mut reader)?;
        let count = reader.u32()?;
        let data_offset = if flags & 1 != 0 { Some(reader.i32()?) } else { None };
        let first_sample_flags = if flags & 4 != 0 { Some(reader.u32()?) } else { None };
        let size = u64::from(count) * Self::entry_size(flags) as u64;
        let entries = match usize::try_from(size).ok().filter(|&size| size <= reader.rest().len()) {
            Some(size) => reader.take(size)?,
            None => {
                let message = message!(
                    "{count} samples take {size} bytes, but only {left} are left",
                    count,
                    size,
                    left = reader.rest().len()
                );
                return Err(Error::new(Code::Mp4BoxTruncated, message).at(offset));
            }
        };
        Ok(Self { offset, count, version, flags, data_offset, first_sample_flags, entries })
    }

    fn entry_size(flags: u32) -> usize {
        4 * SAMPLE_FIELDS.iter().filter(|&&field| flags & field != 0).count()
    }

    /// Whether composition offsets are signed by the standard (version 1).
    pub fn has_signed_offsets(&self) -> bool {
        self.version > 0
    }

    /// The fields of sample `index` in the order of [`SAMPLE_FIELDS`].
    fn fields(&self, index: usize) -> [Option<u32>; 4] {
        let size = Self::entry_size(self.flags);
        let mut words = self.entries[index * size..(index + 1) * size].as_chunks::<4>().0.iter();
        SAMPLE_FIELDS.map(|field| {
            (self.flags & field != 0).then(|| u32::from_be_bytes(*words.next().expect("a word for each field")))
        })
    }
}

/// A track fragment.
#[derive(Debug, Clone)]
pub struct Traf<'a> {
    /// The absolute offset of the box's content.
    pub offset: u64,
    /// Its header.
    pub tfhd: Tfhd,
    /// `baseMediaDecodeTime` in ticks, where a `tfdt` states it.
    pub base_media_decode_time: Option<u64>,
    /// The runs in order.
    pub runs: Vec<Trun<'a>>,
    /// How samples differ from the track's encryption defaults.
    pub groups: SampleGroups,
    /// Which samples begin open groups of pictures, as far as a sample group says so.
    pub open_starts: Vec<(u32, bool)>,
    /// What decryption needs for each sample.
    pub auxiliary: AuxiliaryInformation<'a>,
}

/// The track and the decoding time that a `moof` begins with; `None` where it doesn't say so.
pub fn start_of_moof(content: Reader<'_>) -> Result<Option<(u32, u64)>> {
    let Some(traf) = Boxes::new(content).find(b"traf")?.map(Boxes::new) else { return Ok(None) };
    let track_id = Tfhd::read(traf.need(b"tfhd")?)?.track_id;
    Ok(traf.find(b"tfdt")?.map(read_tfdt).transpose()?.map(|time| (track_id, time)))
}

/// A sample as a fragment places it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The absolute offset of its first byte.
    pub offset: u64,
    /// Size in bytes.
    pub size: u32,
    /// Ticks to the next sample.
    pub duration: u32,
    /// Composition time minus decoding time, in ticks.
    pub composition_offset: i32,
    /// Whether decoding can start here.
    pub sync: bool,
    /// The index of its run.
    pub run: usize,
}

impl<'a> Traf<'a> {
    /// Reads the children of `traf`; sample groups of type `seig` belong to samples of this `scheme`.
    pub fn read(traf: Reader<'a>, scheme: [u8; 4]) -> Result<Self> {
        let offset = traf.offset();
        let boxes = Boxes::new(traf);
        let tfhd = Tfhd::read(boxes.need(b"tfhd")?).map_err(|error| error.in_box("tfhd"))?;
        let base_media_decode_time = boxes.find(b"tfdt")?.map(read_tfdt).transpose()?;
        let mut runs = Vec::new();
        for child in boxes.clone() {
            let (kind, content) = child?;
            if kind.0 == *b"trun" {
                runs.push(Trun::read(content).map_err(|error| error.in_box(format!("trun[{}]", runs.len() + 1)))?);
            }
        }
        let groups = SampleGroups::read(&boxes, scheme)?;
        let open_starts = open_starts(&boxes)?;
        let auxiliary = AuxiliaryInformation::read(&boxes, scheme)?;
        Ok(Self { offset, tfhd, base_media_decode_time, runs, groups, open_starts, auxiliary })
    }

    /// The number of samples in all runs.
    pub fn sample_count(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.count)).sum()
    }

    /// Where data offsets count from; `behind` is the end of the data of the `traf` before this one.
    pub fn base(&self, moof_offset: u64, behind: Option<u64>) -> u64 {
        match self.tfhd.base_data_offset {
            Some(offset) => offset,
            None if self.tfhd.default_base_is_moof => moof_offset,
            None => behind.unwrap_or(moof_offset),
        }
    }

    /// Hands each sample to `each` and gives the end of the last one. All lie within `file_size` bytes.
    ///
    /// Composition offsets of version 0 are read as signed too, as those of `ctts` are.
    pub fn place(
        &self,
        trex: &Trex,
        moof_offset: u64,
        behind: Option<u64>,
        file_size: u64,
        mut each: impl FnMut(Placed) -> Result<()>,
    ) -> Result<u64> {
        let base = self.base(moof_offset, behind);
        let mut next = base;
        for (number, run) in self.runs.iter().enumerate() {
            let in_run = |error: Error| error.in_box(format!("trun[{}]", number + 1)).at(run.offset);
            if let Some(offset) = run.data_offset {
                next = base.checked_add_signed(i64::from(offset)).ok_or_else(|| {
                    in_run(Error::new(
                        Code::Mp4SampleOutOfFile,
                        message!("the data offset {offset} is outside the file", offset),
                    ))
                })?;
            }
            let default_size = self.tfhd.default_sample_size.unwrap_or(trex.default_sample_size);
            if run.entries.is_empty() && run.count > 1 && default_size == 0 {
                // Nothing in the file stands behind so many samples.
                return Err(in_run(Error::new(
                    Code::Mp4BoxInvalid,
                    message!("there are {count} samples without a byte", count = run.count),
                )));
            }
            for index in 0..run.count {
                let [duration, size, flags, composition_offset] = run.fields(index as usize);
                let size = size.unwrap_or(default_size);
                let flags = flags.unwrap_or_else(|| match run.first_sample_flags {
                    Some(flags) if index == 0 => flags,
                    _ => self.tfhd.default_sample_flags.unwrap_or(trex.default_sample_flags),
                });
                let duration = duration.or(self.tfhd.default_sample_duration).unwrap_or(trex.default_sample_duration);
                let end = next.checked_add(u64::from(size)).filter(|&end| end <= file_size).ok_or_else(|| {
                    let message = message!(
                        "sample {number} of {size} bytes at byte {next} runs past the end of the file at {file_size}",
                        number = index + 1,
                        size,
                        next,
                        file_size
                    );
                    in_run(Error::new(Code::Mp4SampleOutOfFile, message))
                })?;
                each(Placed {
                    offset: next,
                    size,
                    duration,
                    composition_offset: composition_offset.unwrap_or(0).cast_signed(),
                    sync: flags & NON_SYNC_BIT == 0,
                    run: number,
                })?;
                next = end;
            }
        }
        Ok(next)
    }
}

fn read_tfdt(mut reader: Reader<'_>) -> Result<u64> {
    let mut read = || match FullBox::read(&mut reader)?.version {
        0 => reader.u32().map(u64::from),
        _ => reader.u64(),
    };
    read().map_err(|error| error.in_box("tfdt"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Writer;
    use crate::mp4::fragment::{NON_SYNC, RunSample, SYNC, put_run};
    use crate::mp4::put_full;

    fn placed(traf: &[u8], trex: &Trex, moof_offset: u64, behind: Option<u64>) -> Result<Vec<Placed>> {
        let traf = Traf::read(crate::mp4::reader(traf, 1000), *b"cenc")?;
        let mut all = Vec::new();
        traf.place(trex, moof_offset, behind, 1 << 40, |sample| {
            all.push(sample);
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn what_put_run_writes_is_read() {
        let samples = [(SYNC, 0), (NON_SYNC, -5), (NON_SYNC, 7)].map(|(flags, composition_offset)| RunSample {
            duration: 512,
            size: 9,
            flags,
            composition_offset,
        });
        let mut out = Writer::new();
        let data_offset = put_run(&mut out, 3, 2, 1 << 33, &samples);
        out.set_u32(data_offset, 40);
        let bytes = out.into_vec();
        let traf = Traf::read(crate::mp4::reader(&bytes, 0), *b"cenc").unwrap();
        assert_eq!((traf.tfhd.track_id, traf.tfhd.sample_description_index), (3, Some(2)));
        assert_eq!(traf.base_media_decode_time, Some(1 << 33));
        let read = placed(&bytes, &Trex::default(), 100, Some(7)).unwrap();
        assert_eq!(read.iter().map(|sample| sample.offset).collect::<Vec<_>>(), [140, 149, 158]);
        assert_eq!(read.iter().map(|sample| sample.composition_offset).collect::<Vec<_>>(), [0, -5, 7]);
        assert_eq!(read.iter().map(|sample| sample.sync).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn runs_without_an_offset_follow_the_one_before_and_defaults_come_from_trex() {
        let mut out = Writer::new();
        put_full(&mut out, b"tfhd", 0, 0, |out| {
            out.u32(1);
        });
        for count in [2, 1] {
            put_full(&mut out, b"trun", 0, 0, |out| {
                out.u32(count);
            });
        }
        let trex = Trex { default_sample_size: 10, default_sample_duration: 3, ..Trex::default() };
        let read = placed(&out.into_vec(), &trex, 500, Some(700)).unwrap();
        assert_eq!(read.iter().map(|sample| sample.offset).collect::<Vec<_>>(), [700, 710, 720]);
        assert!(read.iter().all(|sample| sample.duration == 3 && sample.sync));
        assert_eq!(read[2].run, 1);
    }

    #[test]
    fn a_run_that_claims_more_than_it_holds_is_refused() {
        let run = |flags: u32| {
            let mut out = Writer::new();
            put_full(&mut out, b"tfhd", 0, 0, |out| {
                out.u32(1);
            });
            put_full(&mut out, b"trun", 0, flags, |out| {
                out.u32(u32::MAX);
            });
            placed(&out.into_vec(), &Trex::default(), 0, None).unwrap_err().code
        };
        assert_eq!(run(0x200), Code::Mp4BoxTruncated);
        assert_eq!(run(0), Code::Mp4BoxInvalid);
    }
}
