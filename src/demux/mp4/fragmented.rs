//! Movie fragments → samples.
//!
//! Fragments come one after another, each with its own `moof`; a track's samples are appended as they
//! come. How large a fragment is, how many runs it has, and whether `sidx` boxes stand between them
//! makes no difference.

use super::samples;
use super::track::Draft;
use crate::bytes::Reader;
use crate::demux::{Kind, Protection, Sample};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::mp4::protection::Defaults;
use crate::mp4::senc::{AuxEntry, AuxiliaryInformation};
use crate::mp4::traf::Traf;
use crate::mp4::{BoxHeader, Boxes};

/// Appends the samples of a `moof`'s tracks. Gives the auxiliary information that must be read from
/// elsewhere in the file first, if there is any.
pub(super) fn append(
    drafts: &mut [Draft],
    header: &BoxHeader,
    content: &[u8],
    file_size: u64,
) -> Result<Vec<Elsewhere>> {
    let moof = Moof { offset: header.offset, content, content_offset: header.offset + header.header_size };
    let mut elsewhere = Vec::new();
    let mut behind = None;
    let mut number = 0;
    for child in Boxes::new(crate::mp4::reader(content, moof.content_offset)) {
        let (kind, reader) = child?;
        if kind.0 != *b"traf" {
            continue;
        }
        number += 1;
        let read = append_traf(drafts, &moof, reader, &mut behind, file_size, &mut elsewhere);
        read.map_err(|error| error.in_box(format!("traf[{number}]")))?;
    }
    Ok(elsewhere)
}

/// Whether all samples of a `moof`'s tracks are in the file: `append` takes a fragment whole or fails.
pub(super) fn check_place(drafts: &[Draft], header: &BoxHeader, content: &[u8], file_size: u64) -> Result<()> {
    let mut behind = None;
    let mut number = 0;
    for child in Boxes::new(crate::mp4::reader(content, header.offset + header.header_size)) {
        let (kind, reader) = child?;
        if kind.0 != *b"traf" {
            continue;
        }
        number += 1;
        let end = end_of_traf(drafts, header.offset, reader, behind, file_size);
        behind = end.map_err(|error| error.in_box(format!("traf[{number}]")))?.or(behind);
    }
    Ok(())
}

/// Where the data of a track that is packaged ends.
fn end_of_traf(
    drafts: &[Draft],
    moof_offset: u64,
    reader: Reader<'_>,
    behind: Option<u64>,
    file_size: u64,
) -> Result<Option<u64>> {
    let id = Traf::read(reader.clone(), *b"cenc")?.tfhd.track_id;
    let Some(draft) = drafts.iter().find(|draft| draft.id == id) else {
        let traf = Traf::read(reader, *b"cenc")?;
        return Ok(traf.place(&Default::default(), moof_offset, behind, file_size, |_| Ok(())).ok());
    };
    let traf = Traf::read(reader, draft.scheme())?;
    traf.place(&draft.trex, moof_offset, behind, file_size, |_| Ok(())).map(Some)
}

struct Moof<'a> {
    offset: u64,
    content: &'a [u8],
    content_offset: u64,
}

fn append_traf(
    drafts: &mut [Draft],
    moof: &Moof<'_>,
    reader: Reader<'_>,
    behind: &mut Option<u64>,
    file_size: u64,
    elsewhere: &mut Vec<Elsewhere>,
) -> Result<()> {
    let offset = reader.offset();
    // The id comes first: the scheme, by which the rest is read, is the track's.
    let id = Traf::read(reader.clone(), *b"cenc")?.tfhd.track_id;
    let Some((index, draft)) = drafts.iter_mut().enumerate().find(|(_, draft)| draft.id == id) else {
        // A track that isn't packaged: only where its data ends matters.
        let traf = Traf::read(reader, *b"cenc")?;
        *behind = traf.place(&Default::default(), moof.offset, *behind, file_size, |_| Ok(())).ok().or(*behind);
        return Ok(());
    };
    let traf = Traf::read(reader, draft.scheme())?;
    let first = draft.track.samples.len();
    let base = traf.base(moof.offset, *behind);
    *behind = Some(draft.append_samples(&traf, moof.offset, *behind, file_size)?);
    let counts = traf.runs.iter().map(|run| run.count as usize).collect::<Vec<_>>();
    let in_force = draft.in_force(&traf, first)?;
    let lookup = Lookup { content: moof.content, content_offset: moof.content_offset, base };
    if let Some(ranges) = draft.append_protection(&in_force, &traf.auxiliary, &counts, &lookup)? {
        let wanted = Elsewhere::new(index, ranges, &traf.auxiliary, in_force, file_size);
        elsewhere.push(wanted.map_err(|error| error.at(offset))?);
    }
    Ok(())
}

/// Auxiliary information that stands outside the `moof` or the `moov`.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    draft: usize,
    /// Offset and size of each piece, in order.
    pub(super) ranges: Vec<(u64, u64)>,
    sizes: Vec<u8>,
    in_force: Vec<Option<Defaults>>,
}

impl Elsewhere {
    /// What `saio` of the draft of this index points at; refuses ranges past the end of the file.
    pub(super) fn new(
        draft: usize,
        ranges: Vec<(u64, u64)>,
        auxiliary: &AuxiliaryInformation<'_>,
        in_force: Vec<Option<Defaults>>,
        file_size: u64,
    ) -> Result<Self> {
        if !ranges.iter().all(|&(at, size)| at.checked_add(size).is_some_and(|end| end <= file_size)) {
            let message = message!("the box points past the end of the file");
            return Err(Error::new(Code::Mp4SampleOutOfFile, message).in_box("saio"));
        }
        let sizes = auxiliary.saiz.as_ref().map(|saiz| (0..in_force.len()).map(|index| saiz.size(index)).collect());
        Ok(Self { draft, ranges, sizes: sizes.unwrap_or_default(), in_force })
    }

    /// The same of the draft of this index.
    pub(super) fn of_draft(self, draft: usize) -> Self {
        Self { draft, ..self }
    }

    /// Appends the information, now that all its pieces are read.
    pub(super) fn take(self, drafts: &mut [Draft], bytes: &[u8]) -> Result<()> {
        let offset = self.ranges.first().map_or(0, |range| range.0);
        drafts[self.draft].push_sized(&self.in_force, &self.sizes, crate::mp4::reader(bytes, offset))
    }
}

/// Where auxiliary information may be looked up without reading on.
pub(super) struct Lookup<'a> {
    pub(super) content: &'a [u8],
    pub(super) content_offset: u64,
    /// Where `saio` counts from.
    pub(super) base: u64,
}

impl<'a> Lookup<'a> {
    fn find(&self, offset: u64, size: u64) -> Option<&'a [u8]> {
        let from = usize::try_from(offset.checked_sub(self.content_offset)?).ok()?;
        self.content.get(from..from.checked_add(usize::try_from(size).ok()?)?)
    }
}

impl Draft {
    /// The scheme of the track's protected entries.
    pub(super) fn scheme(&self) -> [u8; 4] {
        self.entry_defaults.iter().flatten().next().map_or(*b"cenc", |defaults| defaults.tenc.scheme)
    }

    /// Appends the samples of a fragment and gives the end of their data.
    fn append_samples(
        &mut self,
        traf: &Traf<'_>,
        moof_offset: u64,
        behind: Option<u64>,
        file_size: u64,
    ) -> Result<u64> {
        let index = traf.tfhd.sample_description_index.unwrap_or(self.trex.default_sample_description_index);
        let entries = self.track.entries.len();
        let entry = (index as usize).checked_sub(1).filter(|&entry| entry < entries).ok_or_else(|| {
            let message = message!("sample entry {index} is named, but there are {entries}", index, entries);
            Error::new(Code::Mp4BoxInvalid, message).in_box("tfhd").at(traf.offset)
        })?;
        let entry = u16::try_from(entry).expect("few sample entries");
        let count = traf.sample_count().saturating_add(self.track.samples.len() as u64);
        if count > limits::SAMPLES_PER_TRACK as u64 {
            let message =
                message!("there are {count} samples; the most is {most}", count, most = limits::SAMPLES_PER_TRACK);
            return Err(Error::new(Code::LimitExceeded, message).in_box("trun").at(traf.offset));
        }
        if traf.sample_count() > 0 {
            self.go_on_at(traf)?;
        }
        let mut duration = 0u64;
        let first = self.track.samples.len();
        let samples = &mut self.track.samples;
        let end = traf.place(&self.trex, moof_offset, behind, file_size, |placed| {
            duration += u64::from(placed.duration);
            samples.push(Sample {
                offset: placed.offset,
                size: placed.size,
                duration: placed.duration,
                composition_offset: placed.composition_offset,
                entry,
                sync: placed.sync,
            });
            Ok(())
        })?;
        if self.track.kind == Kind::Video {
            samples::mark_open_starts(&mut self.track.samples[first..], &traf.open_starts);
        }
        self.next_decode_time = self.next_decode_time.saturating_add(duration);
        Ok(end)
    }

    /// Brings the track to the fragment's decoding time: the last sample lasts until then.
    fn go_on_at(&mut self, traf: &Traf<'_>) -> Result<()> {
        let next = self.next_decode_time;
        let start = traf.base_media_decode_time.unwrap_or(next);
        let Some(last) = self.track.samples.last_mut() else {
            self.first_decode_time = start;
            self.next_decode_time = start;
            return Ok(());
        };
        let wrong = |message: Message| Error::new(Code::Mp4BoxInvalid, message).in_box("tfdt").at(traf.offset);
        last.duration = if start >= next {
            let gap = start - next;
            if gap > u64::from(self.track.timescale) / 1000 + 1 {
                self.gaps.0 += 1;
                self.gaps.1 = self.gaps.1.max(gap);
            }
            u32::try_from(gap).ok().and_then(|gap| last.duration.checked_add(gap)).ok_or_else(|| {
                wrong(message!(
                    "the fragment starts at tick {start}, {gap} ticks after the end of the one before it",
                    start,
                    gap
                ))
            })?
        } else {
            let back = next - start;
            u32::try_from(back).ok().and_then(|back| last.duration.checked_sub(back)).ok_or_else(|| {
                wrong(message!("the fragment starts at tick {start}, before the last sample of the one before it, which ends at {next}", start, next))
            })?
        };
        self.next_decode_time = start;
        Ok(())
    }

    /// The encryption parameters in force for each sample from `first` on; none for a clear track.
    fn in_force(&self, traf: &Traf<'_>, first: usize) -> Result<Vec<Option<Defaults>>> {
        let samples = &self.track.samples[first..];
        self.defaults_of(samples, &traf.groups, &self.descriptions)
    }

    /// As the sample groups of a `traf` or an `stbl` say, else as the sample's entry does.
    pub(super) fn defaults_of(
        &self,
        samples: &[Sample],
        groups: &crate::mp4::sample_group::SampleGroups,
        in_track: &crate::mp4::sample_group::Descriptions,
    ) -> Result<Vec<Option<Defaults>>> {
        if self.entry_defaults.iter().all(Option::is_none) {
            return Ok(Vec::new());
        }
        let mut grouped = groups.resolve(in_track)?.into_iter();
        let mut run = (0, None);
        let each = samples.iter().map(|sample| {
            while run.0 == 0 {
                match grouped.next() {
                    Some(next) => run = next,
                    None => run = (u32::MAX, None),
                }
            }
            run.0 -= 1;
            self.entry_defaults[usize::from(sample.entry)].as_ref().map(|of_entry| run.1.unwrap_or(of_entry).clone())
        });
        Ok(each.collect())
    }

    /// Appends how the samples are encrypted. Where `saio` points outside of what is read, gives the
    /// ranges instead; then nothing is appended.
    pub(super) fn append_protection(
        &mut self,
        in_force: &[Option<Defaults>],
        auxiliary: &AuxiliaryInformation<'_>,
        run_counts: &[usize],
        lookup: &Lookup<'_>,
    ) -> Result<Option<Vec<(u64, u64)>>> {
        if in_force.is_empty() {
            return Ok(None);
        }
        if let Some(senc) = &auxiliary.senc {
            let in_senc = |error: Error| error.in_box("senc");
            if senc.count as usize != in_force.len() {
                let message = message!(
                    "the box lists {listed} samples, but the fragment has {count}",
                    listed = senc.count,
                    count = in_force.len()
                );
                return Err(in_senc(Error::new(Code::Mp4BoxInvalid, message).at(senc.entries.offset())));
            }
            let mut entries = senc.entries.clone();
            // PIFF may have other parameters here than the track has.
            let own = senc.parameters.as_ref().map(|parameters| vec![Some(parameters.clone()); in_force.len()]);
            for defaults in own.as_deref().unwrap_or(in_force) {
                let entry = AuxEntry::read(&mut entries, iv_size(defaults), senc.use_subsamples).map_err(in_senc)?;
                self.protection().push(defaults.as_ref(), entry);
            }
            return Ok(None);
        }
        let needs_iv = in_force.iter().any(|defaults| iv_size(defaults) > 0);
        let (Some(saiz), Some(saio)) = (&auxiliary.saiz, &auxiliary.saio) else {
            if needs_iv {
                let message = message!("each sample has its own IV, but no senc or saiz box gives it");
                return Err(Error::new(Code::Mp4BoxMissing, message).in_box("senc").at(lookup.content_offset));
            }
            for defaults in in_force {
                self.protection().push(defaults.as_ref(), AuxEntry { iv: &[], subsamples: None });
            }
            return Ok(None);
        };
        let sizes: Vec<u8> = (0..in_force.len()).map(|index| saiz.size(index)).collect();
        let ranges = saio_ranges(&saio.offsets, &sizes, run_counts, lookup.base)?;
        let pieces: Option<Vec<&[u8]>> = ranges.iter().map(|&(offset, size)| lookup.find(offset, size)).collect();
        let Some(pieces) = pieces else { return Ok(Some(ranges)) };
        let bytes = pieces.concat();
        let offset = ranges.first().map_or(0, |range| range.0);
        self.push_sized(in_force, &sizes, crate::mp4::reader(&bytes, offset))?;
        Ok(None)
    }

    /// Appends entries of known sizes: where one is larger than its IV, subsamples follow.
    pub(super) fn push_sized(
        &mut self,
        in_force: &[Option<Defaults>],
        sizes: &[u8],
        mut entries: Reader<'_>,
    ) -> Result<()> {
        let in_saiz = |error: Error| error.in_box("saiz");
        for (defaults, &size) in in_force.iter().zip(sizes) {
            let mut entry = entries.sub(usize::from(size)).map_err(in_saiz)?;
            let iv_size = iv_size(defaults);
            let aux = AuxEntry::read(&mut entry, iv_size, size > iv_size).map_err(in_saiz)?;
            self.protection().push(defaults.as_ref(), aux);
        }
        Ok(())
    }

    fn protection(&mut self) -> &mut Protection {
        self.track.protection.get_or_insert_default()
    }
}

/// How many bytes of IV a sample's auxiliary information has.
fn iv_size(defaults: &Option<Defaults>) -> u8 {
    defaults
        .as_ref()
        .filter(|defaults| defaults.is_protected)
        .map_or(0, |defaults| defaults.tenc.default_per_sample_iv_size)
}

/// The ranges that `saio` points at: one, or one for each run.
fn saio_ranges(offsets: &[u64], sizes: &[u8], run_counts: &[usize], base: u64) -> Result<Vec<(u64, u64)>> {
    let size_of = |sizes: &[u8]| sizes.iter().map(|&size| u64::from(size)).sum::<u64>();
    let wrong = |message: Message| Error::new(Code::Mp4BoxInvalid, message).in_box("saio").at(base);
    let absolute = |offset: u64| {
        base.checked_add(offset).ok_or_else(|| wrong(message!("the offset {offset} is out of range", offset)))
    };
    if let [offset] = offsets {
        return Ok(vec![(absolute(*offset)?, size_of(sizes))]);
    }
    if offsets.len() != run_counts.len() {
        return Err(wrong(message!(
            "there are {count} offsets for {runs} runs of samples",
            count = offsets.len(),
            runs = run_counts.len()
        )));
    }
    let mut rest = sizes;
    let mut ranges = Vec::new();
    for (&offset, &count) in offsets.iter().zip(run_counts) {
        let (run, behind) = rest.split_at(count.min(rest.len()));
        ranges.push((absolute(offset)?, size_of(run)));
        rest = behind;
    }
    Ok(ranges)
}
