//! Media segments: `styp`, then `moof` and `mdat` once, or once for each run of samples that share a
//! sample entry.

use std::ops::Range;

use super::init::TRACK_ID;
use crate::bytes::Writer;
use crate::cenc::{Chains, Pattern, Scheme, Subsample, layout};
use crate::codec::Protector;
use crate::demux::Sample;
use crate::error::{Code, Error, Result};
use crate::keys::ContentKey;
use crate::mp4::fragment::{NON_SYNC, RunSample, SYNC, put_mfhd, put_run};
use crate::mp4::protection::{SampleAux, Tenc, put_sample_encryption, put_sample_group};
use crate::mp4::put;
use crate::random::Seed;

/// A sample with its bytes.
#[derive(Debug, Clone, Copy)]
pub struct FragmentSample<'a> {
    /// The sample's clear bytes.
    pub data: &'a [u8],
    /// Ticks to the next sample.
    pub duration: u32,
    /// Composition time minus decoding time, in ticks.
    pub composition_offset: i32,
    /// Whether decoding can start here.
    pub sync: bool,
    /// Where the bytes stand in the input, for messages.
    pub offset: u64,
}

/// A movie fragment: samples of one sample entry.
#[derive(Debug)]
pub struct Fragment<'a> {
    /// The number in `mfhd`, from 1 and rising.
    pub sequence_number: u32,
    /// The sample entry, counted from 1.
    pub sample_description_index: u32,
    /// The decoding time of the first sample in ticks.
    pub base_media_decode_time: u64,
    /// The samples in decoding order.
    pub samples: Vec<FragmentSample<'a>>,
}

/// How a fragment's samples are encrypted.
#[derive(Debug, Clone)]
pub struct Encryption<'a> {
    /// The scheme.
    pub scheme: Scheme,
    /// The pattern, as in `tenc`.
    pub pattern: Pattern,
    /// The key; `None` for samples of a protected track that stay clear.
    pub key: Option<&'a ContentKey>,
    /// The IV.
    pub iv: Iv<'a>,
    /// Where the samples differ from the defaults of the track's `tenc`.
    pub group: Option<SampleGroup>,
}

/// The sample group that all samples of a fragment belong to, and what a client needs for its key.
#[derive(Debug, Clone)]
pub struct SampleGroup {
    /// The values in force instead of the track's defaults.
    pub tenc: Tenc,
    /// Whole `pssh` boxes for the `moof`.
    pub pssh: Vec<Vec<u8>>,
}

/// The IV of a sample.
#[derive(Debug, Clone, Copy)]
pub enum Iv<'a> {
    /// Each sample's own: a number that is counted up by one a sample, and the first block counter.
    Counted {
        /// The first sample's number.
        first: u64,
        /// The counter of a sample's first block.
        block_counter: [u8; 8],
        /// The size in bytes: 8, or 16 with the block counter.
        size: usize,
    },
    /// Each sample's own of 16 bytes, which nobody can foretell: what CBC wants.
    Random {
        /// Where the IVs are drawn from.
        seed: &'a Seed,
        /// A number of the track's own.
        track: u64,
        /// The number of the first sample.
        first: u64,
    },
    /// The same of 16 bytes for all.
    Constant([u8; 16]),
}

impl Iv<'_> {
    /// The IV of sample `number` of the fragment, as the cipher takes it.
    fn of(&self, number: u64) -> [u8; 16] {
        match *self {
            Self::Constant(iv) => iv,
            Self::Random { seed, track, first } => seed.draw(&(track ^ RANDOM_IVS).to_be_bytes(), first + number),
            Self::Counted { first, block_counter, .. } => {
                let mut iv = [0; 16];
                iv[..8].copy_from_slice(&first.wrapping_add(number).to_be_bytes());
                iv[8..].copy_from_slice(&block_counter);
                iv
            }
        }
    }

    /// How many bytes of it stand in `senc`.
    fn size(&self) -> usize {
        match self {
            Self::Constant(_) => 0,
            Self::Random { .. } => 16,
            Self::Counted { size, .. } => *size,
        }
    }
}

/// Keeps the labels of random IVs apart from those of keys.
const RANDOM_IVS: u64 = u64::from_be_bytes(*b"iv-cbc1 ");

/// Appends a fragment to `out`, encrypted where `encryption` is given, and gives where its first sample ends in `out`.
pub fn write_fragment(
    out: &mut Writer,
    fragment: &Fragment<'_>,
    encryption: Option<&Encryption<'_>>,
    protector: &mut dyn Protector,
) -> Result<usize> {
    let moof_start = out.len();
    let run: Vec<RunSample> = fragment.samples.iter().map(run_sample).collect();
    let protected = encryption.filter(|encryption| encryption.key.is_some());
    let protection = protected.map(|encryption| protect(fragment, encryption, protector)).transpose()?;
    if encryption.is_some_and(|encryption| encryption.key.is_none()) {
        pass_over(fragment, protector)?;
    }
    let aux = protection.as_ref().map(Protection::aux);
    let use_subsamples = protection.as_ref().is_some_and(|protection| protection.use_subsamples);
    let aux = aux.as_deref().map(|samples| Aux { use_subsamples, samples });
    let (data_offset, too_large) = put_moof(out, fragment, &run, encryption, aux);
    too_large.map_err(|index| {
        Error::new(
            Code::CodecUnsupported,
            message!("sample {number} of a segment has more slices or tiles than its 255 bytes of encryption information can list, \
                 which is about 40 (42 where the IV is constant, as in cbcs); encode it with fewer", number = index + 1),
        )
        .at(fragment.samples[index].offset)
    })?;
    let moof_size = u32::try_from(out.len() - moof_start).expect("a moof is small");
    out.set_u32(data_offset, moof_size + 8);
    let mut payload = 0;
    put(out, b"mdat", |out| {
        payload = out.len();
        for sample in &fragment.samples {
            out.bytes(sample.data);
        }
    });
    if let (Some(protection), Some(encryption)) = (&protection, encryption)
        && let Some(key) = encryption.key
    {
        protection.chains.encrypt(key, encryption.scheme, encryption.pattern, out.tail_mut(payload));
    }
    Ok(payload + fragment.samples.first().map_or(0, |first| first.data.len()))
}

/// The encryption information of a fragment's samples.
#[derive(Clone, Copy)]
struct Aux<'a> {
    use_subsamples: bool,
    samples: &'a [SampleAux<'a>],
}

/// Writes the `moof`. Gives the position of the data offset, which is to be set, and whether `saiz` can state the
/// encryption information of all samples: else the index of the first that it can't.
fn put_moof(
    out: &mut Writer,
    fragment: &Fragment<'_>,
    run: &[RunSample],
    encryption: Option<&Encryption<'_>>,
    aux: Option<Aux<'_>>,
) -> (usize, std::result::Result<(), usize>) {
    let moof_start = out.len();
    let mut data_offset = 0;
    let mut too_large = Ok(());
    put(out, b"moof", |out| {
        put_mfhd(out, fragment.sequence_number);
        put(out, b"traf", |out| {
            data_offset =
                put_run(out, TRACK_ID, fragment.sample_description_index, fragment.base_media_decode_time, run);
            if let Some(group) = encryption.and_then(|encryption| encryption.group.as_ref()) {
                put_sample_group(out, run.len(), &group.tenc);
            }
            if let Some(Aux { use_subsamples, samples }) = aux {
                too_large = put_sample_encryption(out, moof_start, use_subsamples, samples);
            }
        });
        for pssh in encryption.iter().filter_map(|encryption| encryption.group.as_ref()).flat_map(|group| &group.pssh) {
            out.bytes(pssh);
        }
    });
    (data_offset, too_large)
}

/// About how many bytes a fragment of these samples takes, before they are read: exact but for the number of
/// subsamples of each, which is guessed from its size.
pub fn estimate_fragment(
    samples: &[Sample],
    sample_description_index: u32,
    encryption: Option<&Encryption<'_>>,
    protector: &dyn Protector,
) -> u64 {
    // Numbers and times take the same room whatever they are.
    let fragment =
        Fragment { sequence_number: 1, sample_description_index, base_media_decode_time: 0, samples: Vec::new() };
    let run: Vec<RunSample> = samples.iter().map(planned_sample).collect();
    let use_subsamples = !protector.is_whole_sample();
    let protected = encryption.filter(|encryption| encryption.key.is_some());
    let aux: Option<Vec<SampleAux<'_>>> = protected.map(|encryption| {
        let iv = &[0; 16][..encryption.iv.size()];
        let most = (SAMPLE_AUX_BYTES - 2 - iv.len()) / 6;
        let guess = |sample: &Sample| most.min(1 + sample.size as usize / BYTES_OF_A_SUBSAMPLE);
        samples.iter().map(|sample| SampleAux { iv, subsamples: &GUESSED[..guess(sample)] }).collect()
    });
    let aux = aux.as_deref().map(|samples| Aux { use_subsamples, samples });
    let mut out = Writer::new();
    // Never more subsamples than can be stated.
    let _ = put_moof(&mut out, &fragment, &run, encryption, aux);
    let payload: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    out.len() as u64 + 8 + payload
}

/// Slices and tiles are rarely smaller, and a subsample takes six bytes: so a guess is seldom too low, and too high by
/// 1.5 % at most.
const BYTES_OF_A_SUBSAMPLE: usize = 400;

/// The most bytes of encryption information that `saiz` can state for a sample.
const SAMPLE_AUX_BYTES: usize = 255;

/// As many subsamples as go into them.
const GUESSED: [Subsample; SAMPLE_AUX_BYTES / 6] = [(0, 0); SAMPLE_AUX_BYTES / 6];

fn planned_sample(sample: &Sample) -> RunSample {
    let Sample { duration, size, composition_offset, .. } = *sample;
    RunSample { duration, size, flags: flags(sample.sync), composition_offset }
}

fn run_sample(sample: &FragmentSample<'_>) -> RunSample {
    RunSample {
        duration: sample.duration,
        size: u32::try_from(sample.data.len()).expect("a sample's size has 32 bits"),
        flags: flags(sample.sync),
        composition_offset: sample.composition_offset,
    }
}

const fn flags(sync: bool) -> u32 {
    if sync { SYNC } else { NON_SYNC }
}

/// The layout of a fragment's samples.
struct Protection {
    use_subsamples: bool,
    /// The IV of each sample; none where it is constant.
    ivs: Vec<[u8; 16]>,
    /// How many bytes of an IV are stored.
    iv_size: usize,
    subsamples: Vec<Subsample>,
    /// For each sample a range of `subsamples`.
    samples: Vec<Range<usize>>,
    chains: Chains,
}

impl Protection {
    fn aux(&self) -> Vec<SampleAux<'_>> {
        let iv = |index: usize| self.ivs.get(index).map_or(&[][..], |iv| &iv[..self.iv_size]);
        let samples = self.samples.iter().enumerate();
        samples.map(|(index, range)| SampleAux { iv: iv(index), subsamples: &self.subsamples[range.clone()] }).collect()
    }
}

/// Reads samples that stay clear in front of ones that don't: what those mean may depend on them.
fn pass_over(fragment: &Fragment<'_>, protector: &mut dyn Protector) -> Result<()> {
    let mut ranges = Vec::new();
    for sample in &fragment.samples {
        protector.protectable(sample.data, &mut ranges).map_err(|error| error.at(sample.offset))?;
        ranges.clear();
    }
    Ok(())
}

fn protect(fragment: &Fragment<'_>, encryption: &Encryption<'_>, protector: &mut dyn Protector) -> Result<Protection> {
    let count = fragment.samples.len();
    let mut protection = Protection {
        use_subsamples: !protector.is_whole_sample(),
        ivs: Vec::new(),
        iv_size: encryption.iv.size(),
        subsamples: Vec::new(),
        samples: Vec::with_capacity(count),
        chains: Chains::new(),
    };
    let (mut offset, mut protectable) = (0, Vec::new());
    for (number, sample) in (0u64..).zip(&fragment.samples) {
        let iv = encryption.iv.of(number);
        if protection.iv_size > 0 {
            protection.ivs.push(iv);
        }
        protectable.clear();
        protector.protectable(sample.data, &mut protectable).map_err(|error| error.at(sample.offset))?;
        let first = protection.subsamples.len();
        if protection.use_subsamples {
            let keep_short = protector.keeps_short_ranges();
            let layout = layout(encryption.scheme, sample.data.len(), &protectable, keep_short);
            protection.subsamples.extend(layout.subsamples);
            protection.chains.add_sample(encryption.scheme, iv, offset, &layout.ranges);
        } else {
            protection.chains.add_sample(encryption.scheme, iv, offset, &protectable);
        }
        protection.samples.push(first..protection.subsamples.len());
        offset += sample.data.len();
    }
    Ok(protection)
}
