//! The plan: tracks, segments, keys, IVs and names. Deterministic.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::keys::{Keys, PlannedKey};
use super::options::{Options, Target};
use super::sets::{Set, check_schemes, plan_sets};
use super::window::coalesce;
use super::{text, tracks, transport};
use crate::cenc::Scheme;
use crate::demux::{Input, Kind, Properties, Track};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::open::Opener;
use crate::presentation;
use crate::segment::{Boundaries, Cut, Timeline};
use crate::time::{Ticks, clock, seconds};

/// Everything that is decided before a byte of media is read.
#[derive(Debug)]
pub struct Plan {
    pub(super) inputs: Vec<Input>,
    pub(super) options: Options,
    pub(super) tracks: Vec<PlannedTrack>,
    pub(super) sets: Vec<Set>,
    pub(super) periods: Vec<PlannedPeriod>,
    pub(super) keys: Vec<PlannedKey>,
    /// Opens the samples of protected inputs.
    pub(super) opener: Opener,
    steps: Vec<Step>,
    pub(super) warnings: Vec<String>,
}

/// A track of the presentation.
#[derive(Debug)]
pub(super) struct PlannedTrack {
    /// The folder's name, as in `video-1`.
    pub(super) id: String,
    /// The index of the planned track whose key frames it has, where it has nothing else.
    pub(super) trick_of: Option<usize>,
    /// Index of the input, and of the track in it.
    pub(super) input: usize,
    pub(super) track: usize,
    /// The segments in order.
    pub(super) segments: Vec<PlannedSegment>,
    /// The key of each crypto period, as indices of the plan's keys; `None` for a clear track.
    pub(super) keys: Option<Vec<usize>>,
    /// Under CTR the IV of the first sample; each sample's is one more than the one's before.
    pub(super) first_iv: u64,
    /// Samples that are presented before this time, in ticks, are clear.
    pub(super) clear_until: Ticks,
    /// Added to decoding times in `tfdt`, in ticks.
    pub(super) decode_offset: u64,
    /// The media time of the offset edit in the init segment, in ticks; 0 for none.
    pub(super) media_time: u64,
}

/// A period of MPDs behind the first one.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedPeriod {
    /// Its start, in ticks of a timescale.
    pub(super) start: u64,
    pub(super) timescale: u32,
    /// The first interval between boundaries that belongs to it.
    pub(super) first_interval: usize,
}

/// A media segment of a track.
#[derive(Debug)]
pub(super) struct PlannedSegment {
    pub(super) cut: Cut,
    /// Start and duration on the presentation's timeline, in ticks.
    pub(super) start: u64,
    pub(super) duration: u64,
    /// The crypto period from 0.
    pub(super) period: usize,
    /// The number of the first movie fragment in it, from 1.
    pub(super) first_sequence_number: u32,
}

/// Samples that one movie fragment holds: they share a sample entry, and all are clear or none is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) samples: Range<usize>,
    pub(super) entry: u16,
    /// Whether the samples belong to the clear lead.
    pub(super) clear: bool,
    /// The decoding time of the first sample, in ticks before any edit.
    pub(super) decode_time: u64,
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
    /// The bytes of samples in it, counted once for each stream that they are in: the measure of progress.
    pub media_bytes: u64,
}

/// Names a media segment: indices of the target, of the stream in it and of the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputId {
    pub(super) set: usize,
    pub(super) stream: usize,
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
    /// The language tag, where the input or the job says one.
    pub language: Option<String>,
    /// The name for people, likewise.
    pub label: Option<String>,
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
    pub fn new(mut inputs: Vec<Input>, options: Options) -> Result<Self> {
        let mut warnings: Vec<String> = Vec::new();
        for input in &inputs {
            warnings.extend(input.warnings.iter().map(|text| format!("{}: {}", input.name, text.text())));
        }
        tracks::apply(&options.tracks, &mut inputs)?;
        let mut chosen = tracks::choose(&inputs, &mut warnings);
        let opener = Opener::new(&options.decryption_keys);
        for &(input, track) in &chosen {
            let Some(protection) = &inputs[input].tracks[track].protection else { continue };
            opener.check(protection).map_err(|error| error.input(&inputs[input].name))?;
        }
        let boundaries = Boundaries::find(&timelines(&inputs, &chosen), options.segment_ms, &options.cue_points_ms)?;
        warnings.extend(boundaries.notes().iter().map(Message::text));
        text::fit(&mut inputs, &chosen, &boundaries, &mut warnings)?;
        let videos = if options.trick_play { tracks::add_key_frames(&mut inputs, &mut chosen)? } else { 0 };
        let cuts = timelines(&inputs, &chosen).iter().map(|track| boundaries.cut(track)).collect();
        transport::check_options(&options)?;
        let sets = plan_sets(&inputs, &chosen, videos, &options, &mut warnings)?;
        check_schemes(&inputs, &chosen, &sets)?;
        let mut keys = Keys::default();
        let tracks = plan_tracks(&inputs, &chosen, videos, cuts, &options, &mut keys)?;
        check_start(&inputs, &tracks, &options)?;
        let steps = plan_steps(&inputs, &tracks, &sets)?;
        let periods = plan_periods(&boundaries);
        let mut plan = Self { inputs, options, tracks, sets, periods, keys: keys.all, opener, steps, warnings };
        plan.check_signals()?;
        plan.check_thumbnails()?;
        plan.check_transport()?;
        Ok(plan)
    }

    /// The units of work, in the order of time.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What was left out or mended, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The content keys; none for a clear job.
    pub fn keys(&self) -> &[PlannedKey] {
        &self.keys
    }

    /// The targets with their schemes.
    pub fn schemes(&self) -> impl Iterator<Item = (Target, Option<Scheme>)> + '_ {
        self.sets.iter().map(|set| (set.target, set.protection.as_ref().map(|protection| protection.scheme)))
    }

    /// Whether whole segments of a target are encrypted rather than samples.
    pub fn encrypts_segments(&self, target: Target) -> bool {
        self.sets.iter().any(|set| set.target == target && set.segments.is_some())
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
                    label: track.label.clone(),
                    duration: seconds(Ticks::try_from(end).unwrap_or(Ticks::MAX), track.timescale),
                    samples: track.samples.len(),
                    segments: planned.segments.len(),
                    properties: track.properties,
                }
            })
            .collect()
    }

    fn check_thumbnails(&self) -> Result<()> {
        let Some(thumbnails) = &self.options.thumbnails else { return Ok(()) };
        let end_ms = |planned: &PlannedTrack| {
            let end = planned.segments.last().map_or(0, |last| last.start + last.duration);
            (u128::from(end) * 1000).div_ceil(u128::from(self.track(planned).timescale.max(1)))
        };
        let duration_ms = self.tracks.iter().map(end_ms).max().unwrap_or(0);
        thumbnails.check(u64::try_from(duration_ms).unwrap_or(u64::MAX))
    }

    pub(super) fn track(&self, planned: &PlannedTrack) -> &Track {
        &self.inputs[planned.input].tracks[planned.track]
    }
}

fn timelines<'a>(inputs: &'a [Input], chosen: &[(usize, usize)]) -> Vec<Timeline<'a>> {
    chosen.iter().map(|&(input, track)| timeline(&inputs[input].name, &inputs[input].tracks[track])).collect()
}

pub(super) fn timeline<'a>(name: &'a str, track: &'a Track) -> Timeline<'a> {
    Timeline {
        name,
        kind: track.kind,
        timescale: track.timescale,
        presentation_offset: track.presentation_offset,
        samples: &track.samples,
    }
}

/// Refuses a start of playing that isn't within the presentation (rfc8216bis section 4.4.2.2).
fn check_start(inputs: &[Input], tracks: &[PlannedTrack], options: &Options) -> Result<()> {
    let Some(start_ms) = options.hls.start_ms else { return Ok(()) };
    let end_ms = |planned: &PlannedTrack| {
        let end = planned.segments.last().map_or(0, |last| last.start + last.duration);
        u128::from(end) * 1000 / u128::from(inputs[planned.input].tracks[planned.track].timescale.max(1))
    };
    let end_ms = tracks.iter().map(end_ms).max().unwrap_or(0);
    if u128::from(start_ms.unsigned_abs()) <= end_ms {
        return Ok(());
    }
    let message = format!("playing can't start at {start_ms} ms of a presentation of {end_ms} ms");
    Err(Error::new(Code::OptionInvalid, message).option("hlsStart"))
}

fn plan_tracks(
    inputs: &[Input],
    chosen: &[(usize, usize)],
    tricks: usize,
    cuts: Vec<Vec<Cut>>,
    options: &Options,
    keys: &mut Keys,
) -> Result<Vec<PlannedTrack>> {
    let given_iv = options.iv.as_ref().and_then(|iv| iv.first_chunk()).map(|first| u64::from_be_bytes(*first));
    let mut samples_before = 0;
    let mut numbers = [0; 3];
    let mut tracks: Vec<PlannedTrack> = Vec::new();
    for (index, (&(input, number), cuts)) in chosen.iter().zip(cuts).enumerate() {
        let track = &inputs[input].tracks[number];
        // Tracks of key frames stand last, in the order of the videos, which stand first.
        let trick_of = (index + tricks).checked_sub(chosen.len());
        let id = match trick_of {
            Some(main) => format!("{}-trick", tracks[main].id),
            None => {
                let count = &mut numbers[track.kind as usize];
                *count += 1;
                format!("{}-{count}", track.kind.as_str())
            }
        };
        // A pair of key and IV is used once: a given IV is counted on from track to track.
        let first_iv = given_iv.map_or_else(
            || u64::from_be_bytes(*options.seed.draw(b"iv-cenc ", index as u64).first_chunk().expect("8 of 16 bytes")),
            |iv: u64| iv.wrapping_add(samples_before),
        );
        samples_before += track.samples.len() as u64;
        // Without a lead not even what is presented before 0, as the priming of sound is, stays clear.
        let lead = (options.clear_lead_ms > 0).then(|| rescale_up(i64::from(options.clear_lead_ms), track.timescale));
        let clear_until = lead.unwrap_or(Ticks::MIN);
        let segments = plan_segments(track, cuts, clear_until, options)?;
        // Times that a damaged file states may go back, or stand still.
        if options.segments_by_time && !segments.is_sorted_by(|a, b| a.start < b.start) {
            let message = format!("two segments of {id} start at the same time, so that they can't be named by it");
            return Err(Error::new(Code::OptionInvalid, message).option("segmentNames").input(&inputs[input].name));
        }
        // Times that a damaged file states may go back.
        let periods = segments.iter().map(|segment| segment.period + 1).max().unwrap_or(1);
        tracks.push(PlannedTrack {
            keys: keys.of_track(trick_of.map_or(&id, |main| &tracks[main].id), track, periods, options)?,
            id,
            trick_of,
            input,
            track: number,
            segments,
            first_iv,
            clear_until,
            decode_offset: u64::try_from(track.presentation_offset).unwrap_or(0),
            media_time: u64::try_from(-track.presentation_offset).unwrap_or(0),
        });
    }
    Ok(tracks)
}

fn plan_periods(boundaries: &Boundaries) -> Vec<PlannedPeriod> {
    let starts = boundaries.periods().filter_map(|(first_interval, start, timescale)| {
        let start = u64::try_from(start).ok().filter(|&start| start > 0)?; // the first period starts at 0
        Some(PlannedPeriod { start, timescale, first_interval })
    });
    starts.collect()
}

/// Milliseconds as ticks, rounded up: a sample before the exact time has fewer ticks.
fn rescale_up(ms: Ticks, timescale: u32) -> Ticks {
    -crate::time::rescale(-ms, 1000, timescale)
}

/// Puts the segments on the presentation's timeline: each lasts until the next starts.
fn plan_segments(track: &Track, cuts: Vec<Cut>, clear_until: Ticks, options: &Options) -> Result<Vec<PlannedSegment>> {
    let on_timeline = |ticks: Ticks| u64::try_from(ticks).unwrap_or(0); // what lies before 0 isn't shown
    let starts: Vec<u64> = cuts.iter().map(|cut| on_timeline(cut.start)).collect();
    let end = on_timeline(cuts.iter().map(|cut| cut.end).max().unwrap_or(0));
    let mut next_sequence_number = 1;
    cuts.into_iter()
        .enumerate()
        .map(|(index, cut)| {
            let next = starts.get(index + 1).copied().unwrap_or(end);
            let first_sequence_number = next_sequence_number;
            next_sequence_number += u32::try_from(runs(track, &cut, clear_until).len()).unwrap_or(u32::MAX);
            Ok(PlannedSegment {
                start: starts[index],
                duration: next.saturating_sub(starts[index]),
                period: crypto_period(starts[index], track.timescale, options)?,
                cut,
                first_sequence_number,
            })
        })
        .collect()
}

/// The crypto period that a segment starts in. Sound starts up to a frame after the boundary that it
/// belongs to, never before, so that all tracks change keys at the same boundary.
fn crypto_period(start: u64, timescale: u32, options: &Options) -> Result<usize> {
    let Some(period_ms) = options.crypto_period_ms else { return Ok(0) };
    let period = u128::from(start) * 1000 / (u128::from(period_ms) * u128::from(timescale));
    usize::try_from(period).ok().filter(|&period| period < limits::CRYPTO_PERIODS).ok_or_else(|| {
        Error::new(Code::LimitExceeded, format!("more than {} crypto periods", limits::CRYPTO_PERIODS))
            .option("cryptoPeriod")
    })
}

/// Whether all of a segment belongs to the clear lead.
pub(super) fn is_clear(track: &Track, segment: &PlannedSegment, planned: &PlannedTrack) -> bool {
    runs(track, &segment.cut, planned.clear_until).iter().all(|run| run.clear)
}

/// The runs of a segment's samples that a movie fragment each holds. The clear lead is exact to the
/// sample: where pictures are reordered, clear and protected ones may alternate around its end.
pub(super) fn runs(track: &Track, cut: &Cut, clear_until: Ticks) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut decode_time = cut.decode_time;
    for index in cut.samples.clone() {
        let sample = &track.samples[index];
        let decoded = Ticks::try_from(decode_time).unwrap_or(Ticks::MAX);
        let presented = decoded + Ticks::from(sample.composition_offset) + track.presentation_offset;
        let clear = presented < clear_until;
        match runs.last_mut().filter(|run| run.entry == sample.entry && run.clear == clear) {
            Some(run) => run.samples.end = index + 1,
            None => runs.push(Run { samples: index..index + 1, entry: sample.entry, clear, decode_time }),
        }
        decode_time += u64::from(sample.duration);
    }
    runs
}

fn plan_steps(inputs: &[Input], tracks: &[PlannedTrack], sets: &[Set]) -> Result<Vec<Step>> {
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
                let before = step.outputs.len();
                for (set, planned) in sets.iter().enumerate() {
                    let streams = planned.streams.iter().enumerate().filter(|(_, stream)| stream.track == number);
                    step.outputs.extend(streams.map(|(stream, _)| OutputId { set, stream, segment: next[number] }));
                }
                step.media_bytes += size * (step.outputs.len() - before) as u64;
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
pub(super) fn collect_ranges(track: &Track, segment: &PlannedSegment, ranges: &mut Vec<Range<u64>>) -> u64 {
    let first = ranges.len();
    let mut size = 0;
    for index in segment.cut.samples.clone() {
        let source = track.source(index);
        size += u64::from(track.samples[index].size);
        if source.is_empty() {
            continue;
        }
        // Samples of a transport stream share packets.
        let is_next = |last: &&mut Range<u64>| (last.start..=last.end).contains(&source.start);
        match ranges[first..].last_mut().filter(is_next) {
            Some(last) => last.end = last.end.max(source.end),
            None => ranges.push(source),
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
            Properties::Video { width, height, sample_aspect_ratio, colour, video_range } => {
                let frame_rate = frame_rate(track);
                presentation::Media::Video { width, height, frame_rate, sample_aspect_ratio, colour, video_range }
            }
            Properties::Audio { sampling_rate, channels } => {
                let dolby = track.entries[0].codec.dolby();
                presentation::Media::Audio { sampling_rate, channels, dolby }
            }
            Properties::Text => presentation::Media::Text,
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
        let total: u128 = frames.iter().map(|sample| u128::from(sample.duration)).sum();
        // Frames in 1000 s, rounded: 29.97 stays apart from 30.
        let scaled = (frames.len() as u128 * u128::from(track.timescale) * 1000 + total / 2) / total.max(1);
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
