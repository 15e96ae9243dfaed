//! The plan: tracks, segments, keys, IVs and names. Deterministic.

use serde::{Deserialize, Serialize};

use super::options::{Options, Target};
use super::window::coalesce;
use crate::cenc::{Pattern, Scheme};
use crate::demux::{Input, Kind, Properties, Track};
use crate::drm::{Content, SystemSignal};
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId, KeyPair};
use crate::limits;
use crate::presentation;
use crate::segment::{Cut, Timeline, cut};
use crate::time::{Ticks, clock, seconds};

/// Everything that is decided before a byte of media is read.
#[derive(Debug)]
pub struct Plan {
    pub(super) inputs: Vec<Input>,
    pub(super) options: Options,
    pub(super) tracks: Vec<PlannedTrack>,
    pub(super) sets: Vec<Set>,
    pub(super) key: Option<KeyPair>,
    steps: Vec<Step>,
    warnings: Vec<String>,
}

/// A track of the presentation.
#[derive(Debug)]
pub(super) struct PlannedTrack {
    /// The folder's name, as in `video-1`.
    pub(super) id: String,
    /// Index of the input, and of the track in it.
    pub(super) input: usize,
    pub(super) track: usize,
    /// The segments in order.
    pub(super) segments: Vec<PlannedSegment>,
    /// Under `cenc` the IV of the first sample; each sample's is one more than the one's before.
    pub(super) first_iv: u64,
    /// Added to decoding times in `tfdt`, in ticks.
    pub(super) decode_offset: u64,
    /// The media time of the offset edit in the init segment, in ticks; 0 for none.
    pub(super) media_time: u64,
}

/// A media segment of a track.
#[derive(Debug)]
pub(super) struct PlannedSegment {
    pub(super) cut: Cut,
    /// Start and duration on the presentation's timeline, in ticks.
    pub(super) start: u64,
    pub(super) duration: u64,
    /// The number of the first movie fragment in it, from 1.
    pub(super) first_sequence_number: u32,
}

/// The files of one target.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) target: Target,
    pub(super) protection: Option<SetProtection>,
}

/// How a target's tracks are protected.
#[derive(Debug)]
pub(super) struct SetProtection {
    pub(super) scheme: Scheme,
    /// The IV of all samples under `cbcs`.
    pub(super) constant_iv: [u8; 16],
    /// What the clients of DRM systems are told of the key.
    pub(super) systems: Vec<SystemSignal>,
}

impl SetProtection {
    /// The pattern for a kind of media: only video under `cbcs` has one.
    pub(super) fn pattern(&self, kind: Kind) -> Pattern {
        match (self.scheme, kind) {
            (Scheme::Cbcs, Kind::Video) => Pattern::ONE_IN_TEN,
            _ => Pattern::ALL,
        }
    }
}

/// A unit of work: one interval between shared boundaries, of one input.
#[derive(Debug, Clone)]
pub struct Step {
    /// The index of the input that is read.
    pub input: usize,
    /// The byte ranges needed, as offset and length, in rising order.
    pub ranges: Vec<(u64, u64)>,
    /// The media segments it gives, over all targets.
    pub outputs: Vec<OutputId>,
    /// The bytes of samples in it, counted once for each target: the measure of progress.
    pub media_bytes: u64,
}

/// Names a media segment: indices of the target, the track and the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputId {
    pub(super) set: usize,
    pub(super) track: usize,
    pub(super) segment: usize,
}

/// A track as users see it.
#[derive(Debug, Clone)]
pub struct TrackSummary {
    /// The folder's name.
    pub id: String,
    /// The kind of media.
    pub kind: Kind,
    /// The codecs parameter of RFC 6381.
    pub codecs: String,
    /// The language tag, where the input says one.
    pub language: Option<String>,
    /// Duration in seconds.
    pub duration: f64,
    /// Number of samples.
    pub samples: usize,
    /// Number of media segments.
    pub segments: usize,
    /// Properties of pictures or sound.
    pub properties: Properties,
}

impl Plan {
    /// Plans the packaging of `inputs` as one presentation.
    pub fn new(inputs: Vec<Input>, options: Options) -> Result<Self> {
        let mut warnings: Vec<String> = Vec::new();
        for input in &inputs {
            warnings.extend(input.warnings.iter().map(|text| format!("{}: {text}", input.name)));
        }
        let chosen = choose_tracks(&inputs, &mut warnings);
        let timelines: Vec<_> = chosen.iter().map(|&(input, track)| timeline(&inputs[input].tracks[track])).collect();
        let cuts = cut(&timelines, options.segment_ms)?;
        let key = options.encryption.then(|| options.key.clone().unwrap_or_else(|| random_key(&options)));
        let sets = plan_sets(&options, key.as_ref())?;
        let tracks = plan_tracks(&inputs, &chosen, cuts, &options);
        let steps = plan_steps(&inputs, &tracks, sets.len())?;
        Ok(Self { inputs, options, tracks, sets, key, steps, warnings })
    }

    /// The units of work, in the order of time.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What was left out or mended, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The content key, and whether it was made for this job; `None` for a clear job.
    pub fn key(&self) -> Option<(&KeyPair, bool)> {
        self.key.as_ref().map(|key| (key, self.options.key.is_none()))
    }

    /// The targets with their schemes.
    pub fn schemes(&self) -> impl Iterator<Item = (Target, Option<Scheme>)> + '_ {
        self.sets.iter().map(|set| (set.target, set.protection.as_ref().map(|protection| protection.scheme)))
    }

    /// The tracks as users see them.
    pub fn summaries(&self) -> Vec<TrackSummary> {
        self.tracks
            .iter()
            .map(|planned| {
                let track = self.track(planned);
                let end = planned.segments.last().map_or(0, |last| last.start + last.duration);
                TrackSummary {
                    id: planned.id.clone(),
                    kind: track.kind,
                    codecs: track.entries[0].codec.rfc6381(),
                    language: track.language.clone(),
                    duration: seconds(Ticks::try_from(end).unwrap_or(Ticks::MAX), track.timescale),
                    samples: track.samples.len(),
                    segments: planned.segments.len(),
                    properties: track.properties,
                }
            })
            .collect()
    }

    pub(super) fn track(&self, planned: &PlannedTrack) -> &Track {
        &self.inputs[planned.input].tracks[planned.track]
    }
}

/// The tracks to package, video first, as pairs of input and track. Where several inputs are
/// renditions of one title, sound that an earlier input has already is taken once.
fn choose_tracks(inputs: &[Input], warnings: &mut Vec<String>) -> Vec<(usize, usize)> {
    let all = |kind: Kind| {
        inputs.iter().enumerate().flat_map(move |(input, found)| {
            let tracks = found.tracks.iter().enumerate().filter(move |(_, track)| track.kind == kind);
            tracks.map(move |(track, _)| (input, track))
        })
    };
    let track = |(input, track): (usize, usize)| &inputs[input].tracks[track];
    let same = |a: &Track, b: &Track| {
        a.language == b.language
            && a.properties == b.properties
            && a.entries[0].codec.rfc6381() == b.entries[0].codec.rfc6381()
    };
    let mut chosen: Vec<(usize, usize)> = all(Kind::Video).collect();
    let videos = chosen.len();
    for candidate in all(Kind::Audio) {
        let double =
            chosen[videos..].iter().find(|&&taken| taken.0 != candidate.0 && same(track(taken), track(candidate)));
        match double {
            Some(&(earlier, _)) => warnings.push(format!(
                "{}: its sound is left out, since {} has sound of the same codec and language",
                inputs[candidate.0].name, inputs[earlier].name
            )),
            None => chosen.push(candidate),
        }
    }
    chosen
}

fn timeline(track: &Track) -> Timeline<'_> {
    Timeline {
        kind: track.kind,
        timescale: track.timescale,
        presentation_offset: track.presentation_offset,
        samples: &track.samples,
    }
}

fn random_key(options: &Options) -> KeyPair {
    KeyPair { kid: KeyId(options.seed.draw(b"kid     ", 0)), key: ContentKey::new(options.seed.draw(b"key     ", 0)) }
}

fn plan_sets(options: &Options, key: Option<&KeyPair>) -> Result<Vec<Set>> {
    let set = |&target: &Target| {
        let protection = match options.scheme_of(target).zip(key) {
            Some((scheme, key)) => {
                let keys = std::slice::from_ref(key);
                let systems = signals(options, target, scheme, keys, keys)?;
                Some(SetProtection { scheme, constant_iv: constant_iv(options, scheme)?, systems })
            }
            None => None,
        };
        Ok(Set { target, protection })
    };
    options.targets.iter().map(set).collect()
}

/// What the clients of DRM systems are told of a track's keys.
fn signals(
    options: &Options,
    target: Target,
    scheme: Scheme,
    keys: &[KeyPair],
    all_keys: &[KeyPair],
) -> Result<Vec<SystemSignal>> {
    let in_hls = target != Target::Dash;
    options.drm.signals(&Content { scheme, keys, all_keys, crypto_period_index: None, in_hls })
}

/// The constant IV, and a check that a given IV fits the scheme.
fn constant_iv(options: &Options, scheme: Scheme) -> Result<[u8; 16]> {
    let wanted = match scheme {
        Scheme::Cenc => 8,
        Scheme::Cbcs => 16,
    };
    match &options.iv {
        Some(iv) if iv.len() != wanted => Err(Error::new(
            Code::IvInvalid,
            format!("{scheme} takes an IV of {wanted} bytes, and {} are given", iv.len()),
        )
        .option("iv")),
        Some(iv) => Ok(iv.as_slice().try_into().unwrap_or_default()),
        None => Ok(options.seed.draw(b"iv-cbcs ", 0)),
    }
}

fn plan_tracks(
    inputs: &[Input],
    chosen: &[(usize, usize)],
    cuts: Vec<Vec<Cut>>,
    options: &Options,
) -> Vec<PlannedTrack> {
    let given_iv = options.iv.as_ref().and_then(|iv| iv.as_slice().try_into().ok()).map(u64::from_be_bytes);
    let mut samples_before = 0;
    let mut numbers = [0, 0];
    let plan = |(index, (&(input, number), cuts)): (usize, (&(usize, usize), Vec<Cut>))| {
        let track = &inputs[input].tracks[number];
        let count = &mut numbers[usize::from(track.kind == Kind::Audio)];
        *count += 1;
        // A pair of key and IV is used once: a given IV is counted on from track to track.
        let first_iv = given_iv.map_or_else(
            || u64::from_be_bytes(options.seed.draw(b"iv-cenc ", index as u64)[..8].try_into().expect("8 of 16 bytes")),
            |iv: u64| iv.wrapping_add(samples_before),
        );
        samples_before += track.samples.len() as u64;
        PlannedTrack {
            id: format!("{}-{count}", track.kind.as_str()),
            input,
            track: number,
            segments: plan_segments(track, cuts),
            first_iv,
            decode_offset: u64::try_from(track.presentation_offset).unwrap_or(0),
            media_time: u64::try_from(-track.presentation_offset).unwrap_or(0),
        }
    };
    chosen.iter().zip(cuts).enumerate().map(plan).collect()
}

/// Puts the segments on the presentation's timeline: each lasts until the next starts.
fn plan_segments(track: &Track, cuts: Vec<Cut>) -> Vec<PlannedSegment> {
    let on_timeline = |ticks: Ticks| u64::try_from(ticks).unwrap_or(0); // what lies before 0 isn't shown
    let starts: Vec<u64> = cuts.iter().map(|cut| on_timeline(cut.start)).collect();
    let end = on_timeline(cuts.iter().map(|cut| cut.end).max().unwrap_or(0));
    let mut next_sequence_number = 1;
    cuts.into_iter()
        .enumerate()
        .map(|(index, cut)| {
            let next = starts.get(index + 1).copied().unwrap_or(end);
            let first_sequence_number = next_sequence_number;
            next_sequence_number += fragments(track, &cut);
            PlannedSegment {
                start: starts[index],
                duration: next.saturating_sub(starts[index]),
                cut,
                first_sequence_number,
            }
        })
        .collect()
}

/// How many movie fragments a segment has: one more than its changes of sample entry.
fn fragments(track: &Track, cut: &Cut) -> u32 {
    let samples = &track.samples[cut.samples.clone()];
    let changes = samples.windows(2).filter(|pair| pair[0].entry != pair[1].entry).count();
    u32::try_from(changes + 1).unwrap_or(u32::MAX)
}

fn plan_steps(inputs: &[Input], tracks: &[PlannedTrack], sets: usize) -> Result<Vec<Step>> {
    let intervals = tracks
        .iter()
        .flat_map(|track| track.segments.iter().map(|segment| segment.cut.interval + 1))
        .max()
        .unwrap_or(0);
    let mut steps = Vec::new();
    // The next segment of each track: both lists rise with time.
    let mut next = vec![0; tracks.len()];
    for interval in 0..intervals {
        for (input, source) in inputs.iter().enumerate() {
            let mut step = Step { input, ranges: Vec::new(), outputs: Vec::new(), media_bytes: 0 };
            let mut ranges = Vec::new();
            for (number, planned) in tracks.iter().enumerate().filter(|(_, planned)| planned.input == input) {
                let Some(segment) =
                    planned.segments.get(next[number]).filter(|segment| segment.cut.interval == interval)
                else {
                    continue;
                };
                let track = &source.tracks[planned.track];
                let size = collect_ranges(track, segment, &mut ranges);
                check_size(source, track, segment, size)?;
                step.media_bytes += size * sets as u64;
                step.outputs.extend((0..sets).map(|set| OutputId { set, track: number, segment: next[number] }));
                next[number] += 1;
            }
            step.ranges = coalesce(ranges).into_iter().map(|range| (range.start, range.end - range.start)).collect();
            if !step.outputs.is_empty() {
                steps.push(step);
            }
        }
    }
    Ok(steps)
}

/// Appends the byte ranges of a segment's samples and gives their size.
fn collect_ranges(track: &Track, segment: &PlannedSegment, ranges: &mut Vec<std::ops::Range<u64>>) -> u64 {
    let first = ranges.len();
    let mut size = 0;
    for sample in &track.samples[segment.cut.samples.clone()] {
        let end = sample.offset + u64::from(sample.size);
        size += u64::from(sample.size);
        match ranges[first..].last_mut().filter(|last| last.end == sample.offset) {
            Some(last) => last.end = end,
            None => ranges.push(sample.offset..end),
        }
    }
    size
}

fn check_size(input: &Input, track: &Track, segment: &PlannedSegment, size: u64) -> Result<()> {
    if size > limits::SEGMENT_BYTES {
        let start = clock(segment.cut.start, track.timescale);
        return Err(Error::new(
            Code::LimitExceeded,
            format!(
                "the segment at {start} has {size} bytes, over {}, up to the next key frame",
                limits::SEGMENT_BYTES
            ),
        )
        .input(&input.name));
    }
    Ok(())
}

impl Plan {
    /// The properties of a track's media, for manifests.
    pub(super) fn media(&self, track: &Track) -> presentation::Media {
        match track.properties {
            Properties::Video { width, height, sample_aspect_ratio } => {
                presentation::Media::Video { width, height, frame_rate: frame_rate(track), sample_aspect_ratio }
            }
            Properties::Audio { sampling_rate, channels } => presentation::Media::Audio { sampling_rate, channels },
        }
    }
}

/// The frame rate as a fraction: exact where all frames last equally long, the mean where they differ
/// by rounding only, the highest where the rate varies. The last frame's duration is often made up.
fn frame_rate(track: &Track) -> Option<(u32, u32)> {
    let frames =
        track.samples.split_last().map(|(_, rest)| rest).filter(|rest| !rest.is_empty()).unwrap_or(&track.samples);
    let shortest = frames.iter().map(|sample| sample.duration).filter(|&duration| duration > 0).min()?;
    let longest = frames.iter().map(|sample| sample.duration).max()?;
    if longest - shortest <= 1 && longest != shortest {
        let total: u64 = frames.iter().map(|sample| u64::from(sample.duration)).sum();
        // Frames in 1000 s, rounded: 29.97 stays apart from 30.
        let scaled = (frames.len() as u64 * u64::from(track.timescale) * 1000 + total / 2) / total.max(1);
        return Some(reduced(u32::try_from(scaled).ok()?, 1000));
    }
    Some(reduced(track.timescale, shortest))
}

fn reduced(numerator: u32, denominator: u32) -> (u32, u32) {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (numerator / a.max(1), denominator / a.max(1))
}
