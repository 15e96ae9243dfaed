//! Sample tables → samples.

use crate::demux::Sample;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::mp4::sample_table::SampleTable;

/// Every sample of a track, its bytes known to lie within the file of `file_size` bytes.
pub(super) fn read(table: &SampleTable<'_>, entries: usize, file_size: u64) -> Result<Vec<Sample>> {
    let count = table.sample_count();
    let count = usize::try_from(count).ok().filter(|&count| count <= limits::SAMPLES_PER_TRACK).ok_or_else(|| {
        Error::new(
            Code::LimitExceeded,
            message!("there are {count} samples; the most is {most}", count, most = limits::SAMPLES_PER_TRACK),
        )
        .in_box("stsz")
    })?;
    let mut samples = Vec::new();
    let mut sizes = table.sizes();
    let mut durations = table.durations();
    let mut composition_offsets = table.composition_offsets();
    let mut last_duration = 0;
    let mut total = 0;
    place(
        table,
        count,
        |offset, entry| {
            let size = sizes.next().ok_or_else(|| {
                Error::new(Code::Mp4BoxInvalid, message!("there are fewer sizes than samples")).in_box("stsz")
            })?;
            total += u64::from(size); // below 2^24 × 2^32
            if total > file_size {
                return Err(too_many_bytes(file_size));
            }
            if entry >= entries {
                return Err(Error::new(
                    Code::Mp4BoxInvalid,
                    message!("sample entry {index} is named, but there are {entries}", index = entry + 1, entries),
                )
                .in_box("stsc"));
            }
            // A table that ends early leaves the last duration in force; writers do that.
            last_duration = durations.next().unwrap_or(last_duration);
            let composition_offset = composition_offsets.as_mut().map_or(0, |offsets| offsets.next().unwrap_or(0));
            samples.push(Sample {
                offset,
                size,
                duration: last_duration,
                composition_offset,
                entry: u16::try_from(entry).expect("few sample entries"),
                sync: true,
            });
            Ok(u64::from(size))
        },
        file_size,
    )?;
    mark_sync(table, &mut samples)?;
    Ok(samples)
}

/// Sound of which every sample is a frame of `frame_size` bytes, whatever size the table says: frames that stand one
/// behind the other become samples of 1,024.
pub(super) fn read_frames(
    table: &SampleTable<'_>,
    entries: usize,
    frame_size: u32,
    file_size: u64,
) -> Result<Vec<Sample>> {
    /// As many as a frame of AAC holds.
    const FRAMES: u32 = 1024;
    let mut samples: Vec<Sample> = Vec::new();
    let mut durations = table.durations();
    let mut last_duration = 0;
    let count = usize::try_from(table.sample_count()).unwrap_or(usize::MAX);
    let frames_at_most = limits::SAMPLES_PER_TRACK.saturating_mul(FRAMES as usize);
    if count as u64 > file_size.saturating_add(1) || count > frames_at_most {
        return Err(too_many_bytes(file_size));
    }
    let each = |offset: u64, entry: usize| {
        if entry >= entries {
            let message =
                message!("sample entry {index} is named, but there are {entries}", index = entry + 1, entries);
            return Err(Error::new(Code::Mp4BoxInvalid, message).in_box("stsc"));
        }
        last_duration = durations.next().unwrap_or(last_duration);
        let goes_on = samples.last_mut().filter(|last| {
            last.offset + u64::from(last.size) == offset
                && usize::from(last.entry) == entry
                && last.size < frame_size.saturating_mul(FRAMES)
        });
        if let Some(last) = goes_on {
            last.size += frame_size;
            last.duration = last.duration.saturating_add(last_duration);
        } else {
            if samples.len() >= limits::SAMPLES_PER_TRACK {
                return Err(too_many_bytes(file_size));
            }
            samples.push(Sample {
                offset,
                size: frame_size,
                duration: last_duration,
                composition_offset: 0,
                entry: u16::try_from(entry).expect("few sample entries"),
                sync: true,
            });
        }
        Ok(u64::from(frame_size))
    };
    place(table, count, each, file_size)?;
    let total: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    if total > file_size {
        return Err(too_many_bytes(file_size));
    }
    Ok(samples)
}

/// A track never has more bytes than its file, unless its chunks lie over each other: a small file could
/// then fill any memory, by its index or by the segments made of it.
fn too_many_bytes(file_size: u64) -> Error {
    Error::new(
        Code::Mp4BoxInvalid,
        message!("the samples have more bytes in total than the file, which has {file_size}", file_size),
    )
    .in_box("stsz")
}

/// Walks the chunks (`stsc`, `stco`/`co64`) and calls `each` with a sample's offset and the index of
/// its entry; `each` gives the sample's size.
fn place(
    table: &SampleTable<'_>,
    count: usize,
    mut each: impl FnMut(u64, usize) -> Result<u64>,
    file_size: u64,
) -> Result<()> {
    let mut runs = table.chunk_runs().peekable();
    let mut run = None;
    let mut placed = 0;
    for (index, chunk_offset) in table.chunk_offsets().enumerate() {
        while runs.peek().is_some_and(|next| u64::from(next.first_chunk) <= index as u64 + 1) {
            run = runs.next();
        }
        let run = run.ok_or_else(|| {
            Error::new(Code::Mp4BoxInvalid, message!("the first chunk belongs to no run")).in_box("stsc")
        })?;
        let entry = (run.sample_description_index as usize).checked_sub(1).ok_or_else(|| {
            Error::new(Code::Mp4BoxInvalid, message!("a sample description index is 0")).in_box("stsc")
        })?;
        let mut offset = chunk_offset;
        for _ in 0..run.samples_per_chunk {
            if placed == count {
                return Ok(());
            }
            let size = each(offset, entry)?;
            let end = offset.checked_add(size).filter(|&end| end <= file_size).ok_or_else(|| {
                let (name, at) = table.chunk_entry(index);
                Error::new(
                    Code::Mp4SampleOutOfFile,
                    message!(
                        "sample {number} of {size} bytes at byte {offset} runs past the end of the file at {file_size}",
                        number = placed + 1,
                        size,
                        offset,
                        file_size
                    ),
                )
                .at(at)
                .in_box(name)
            })?;
            offset = end;
            placed += 1;
        }
    }
    if placed < count {
        return Err(Error::new(
            Code::Mp4BoxInvalid,
            message!("{count} samples have a size, but the chunks hold {placed}", count, placed),
        )
        .in_box("stsc"));
    }
    Ok(())
}

/// Marks the samples at which open groups of pictures start: segments may start there, too.
pub(super) fn mark_open_starts(samples: &mut [Sample], runs: &[(u32, bool)]) {
    let mut rest = samples.iter_mut();
    for &(count, is_start) in runs {
        for sample in rest.by_ref().take(count as usize) {
            sample.sync |= is_start;
        }
    }
}

/// Where there is an `stss`, only the samples it lists are sync samples.
fn mark_sync(table: &SampleTable<'_>, samples: &mut [Sample]) -> Result<()> {
    let Some(numbers) = table.sync_samples() else { return Ok(()) };
    for sample in samples.iter_mut() {
        sample.sync = false;
    }
    for number in numbers {
        let sample = (number as usize).checked_sub(1).and_then(|index| samples.get_mut(index));
        sample
            .ok_or_else(|| {
                Error::new(Code::Mp4BoxInvalid, message!("sample {number} doesn't exist", number)).in_box("stss")
            })?
            .sync = true;
    }
    Ok(())
}
