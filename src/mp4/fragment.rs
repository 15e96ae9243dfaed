//! Movie fragments (clause 8.8): `mvex` and `trex` in the init segment; `moof` with `mfhd`, `tfhd`,
//! `tfdt` and `trun` in media segments.

use super::{put, put_full};
use crate::bytes::Writer;

/// Sample flags (clause 8.8.3.1) of a sync sample: depends on no other.
pub const SYNC: u32 = 0x0200_0000;
/// Sample flags of any other sample: depends on others, is no sync sample.
pub const NON_SYNC: u32 = 0x0101_0000;

/// Writes `mvex` with one `trex` of no defaults but the first sample entry.
pub fn put_mvex(out: &mut Writer, track_id: u32) {
    put(out, b"mvex", |out| {
        put_full(out, b"trex", 0, 0, |out| {
            out.u32(track_id).u32(1).u32(0).u32(0).u32(0);
        });
    });
}

/// A reference of a segment index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SidxReference {
    /// The size of the media segment in bytes.
    pub size: u64,
    /// Its duration in ticks.
    pub duration: u64,
    /// The type of the stream access point that it starts with, and how many ticks behind its earliest presentation
    /// time that is; `None` where it starts with none.
    pub sap: Option<(u8, u64)>,
}

/// The size of a [`put_sidx`] of so many references, in bytes.
pub const fn sidx_size(references: usize) -> u64 {
    40 + 12 * references as u64
}

/// Writes the segment index of a file (clause 8.16.3).
///
/// # Errors
/// Gives the index of the reference that a field of 31 or 32 bits can't state, or `usize::MAX` where
/// there are more than 65,535.
pub fn put_sidx(
    out: &mut Writer,
    timescale: u32,
    earliest_presentation_time: u64,
    references: &[SidxReference],
) -> Result<(), usize> {
    const REFERENCE_ID: u32 = 1;
    const STARTS_WITH_SAP: u32 = 1 << 31;
    const TYPE_SHIFT: u32 = 28;
    const LATEST: u64 = (1 << 28) - 1;
    let count = u16::try_from(references.len()).map_err(|_| usize::MAX)?;
    let mut result = Ok(());
    put_full(out, b"sidx", 1, 0, |out| {
        out.u32(REFERENCE_ID).u32(timescale).u64(earliest_presentation_time).u64(0); // first offset: right behind
        out.u16(0).u16(count);
        for (index, reference) in references.iter().enumerate() {
            let size = u32::try_from(reference.size).ok().filter(|&size| size < 1 << 31);
            let Some((size, duration)) = size.zip(u32::try_from(reference.duration).ok()) else {
                result = Err(index);
                return;
            };
            let sap = reference.sap.map_or(0, |(kind, delta)| {
                let delta = u32::try_from(delta.min(LATEST)).expect("28 bits");
                STARTS_WITH_SAP | u32::from(kind & 7) << TYPE_SHIFT | delta
            });
            out.u32(size).u32(duration).u32(sap);
        }
    });
    result
}

/// A sample as a `trun` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSample {
    /// Ticks to the next sample.
    pub duration: u32,
    /// Size in bytes.
    pub size: u32,
    /// [`SYNC`] or [`NON_SYNC`].
    pub flags: u32,
    /// Composition time minus decoding time, in ticks.
    pub composition_offset: i32,
}

/// Writes `mfhd`.
pub fn put_mfhd(out: &mut Writer, sequence_number: u32) {
    put_full(out, b"mfhd", 0, 0, |out| {
        out.u32(sequence_number);
    });
}

/// The values that all samples of a run share, and so stand once in `tfhd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shared {
    duration: Option<u32>,
    size: Option<u32>,
    /// The flags of all samples, or of all but the first.
    flags: Option<u32>,
    /// The first sample's flags where only they differ.
    first_flags: Option<u32>,
}

/// In a shorter run every sample's size stands in `trun`: Shaka Player's reader of WebVTT looks nowhere
/// else for it, and without it reads the first cue of a sample only.
const SHARED_SIZE_FROM: usize = 16;

impl Shared {
    fn of(samples: &[RunSample]) -> Self {
        let shared = |value: fn(&RunSample) -> u32, samples: &[RunSample]| {
            let first = value(samples.first()?);
            samples.iter().all(|sample| value(sample) == first).then_some(first)
        };
        let first = samples.first().map(|sample| sample.flags);
        let rest = shared(|sample| sample.flags, samples.get(1..).filter(|rest| !rest.is_empty()).unwrap_or(samples));
        Self {
            duration: shared(|sample| sample.duration, samples),
            size: shared(|sample| sample.size, samples).filter(|_| samples.len() >= SHARED_SIZE_FROM),
            flags: rest,
            first_flags: first.filter(|_| rest.is_some() && first != rest),
        }
    }
}

/// Writes the boxes of a `traf` that stand before the protection boxes: `tfhd`, `tfdt` of version 1
/// and one `trun`. Gives the position of the `trun`'s data offset, which counts from the first byte
/// of the `moof` and is set when its size is known.
pub fn put_run(
    out: &mut Writer,
    track_id: u32,
    sample_description_index: u32,
    base_media_decode_time: u64,
    samples: &[RunSample],
) -> usize {
    const DEFAULT_BASE_IS_MOOF: u32 = 0x2_0000;
    let shared = Shared::of(samples);
    let flag = |present: bool, bit: u32| if present { bit } else { 0 };

    let tfhd_flags = DEFAULT_BASE_IS_MOOF
        | flag(sample_description_index != 1, 2)
        | flag(shared.duration.is_some(), 8)
        | flag(shared.size.is_some(), 0x10)
        | flag(shared.flags.is_some(), 0x20);
    put_full(out, b"tfhd", 0, tfhd_flags, |out| {
        out.u32(track_id);
        let index = (sample_description_index != 1).then_some(sample_description_index);
        for value in [index, shared.duration, shared.size, shared.flags].into_iter().flatten() {
            out.u32(value);
        }
    });
    put_full(out, b"tfdt", 1, 0, |out| {
        out.u64(base_media_decode_time);
    });

    let offsets = samples.iter().any(|sample| sample.composition_offset != 0);
    let version = u8::from(samples.iter().any(|sample| sample.composition_offset < 0));
    let trun_flags = 1
        | flag(shared.first_flags.is_some(), 4)
        | flag(shared.duration.is_none(), 0x100)
        | flag(shared.size.is_none(), 0x200)
        | flag(shared.flags.is_none(), 0x400)
        | flag(offsets, 0x800);
    let mut data_offset = 0;
    put_full(out, b"trun", version, trun_flags, |out| {
        out.u32(u32::try_from(samples.len()).expect("a segment has fewer than 2^32 samples"));
        data_offset = out.len();
        out.u32(0);
        if let Some(flags) = shared.first_flags {
            out.u32(flags);
        }
        for sample in samples {
            if shared.duration.is_none() {
                out.u32(sample.duration);
            }
            if shared.size.is_none() {
                out.u32(sample.size);
            }
            if shared.flags.is_none() {
                out.u32(sample.flags);
            }
            if offsets {
                out.i32(sample.composition_offset);
            }
        }
    });
    data_offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(size: u32, flags: u32) -> RunSample {
        RunSample { duration: 512, size, flags, composition_offset: 0 }
    }

    #[test]
    fn the_size_of_a_segment_index_is_known_before_it_is_written() {
        let mut out = Writer::new();
        put_sidx(&mut out, 90_000, 0, &[SidxReference { size: 100, duration: 9000, sap: Some((1, 0)) }; 3]).unwrap();
        assert_eq!(out.len() as u64, sidx_size(3));
        assert_eq!(
            put_sidx(&mut Writer::new(), 1, 0, &[SidxReference { size: 1 << 31, duration: 1, sap: None }]),
            Err(0)
        );
    }

    #[test]
    fn what_all_samples_share_stands_once() {
        let samples = [sample(10, SYNC), sample(20, NON_SYNC), sample(30, NON_SYNC)];
        let shared = Shared::of(&samples);
        assert_eq!(shared, Shared { duration: Some(512), size: None, flags: Some(NON_SYNC), first_flags: Some(SYNC) });
        assert_eq!(Shared::of(&samples[..1]).first_flags, None);
        assert_eq!(Shared::of(&samples[..1]).size, None);
        assert_eq!(Shared::of(&[sample(10, SYNC); 16]).size, Some(10));
        assert_eq!(Shared::of(&[sample(1, SYNC), sample(1, NON_SYNC), sample(1, SYNC)]).flags, None);
    }
}
