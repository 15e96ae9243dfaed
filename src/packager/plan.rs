//! The plan: everything that is decided before a byte of media is read, as data. Who makes it stands in `planning`, who
//! reads it in `render`, `manifests` and `preview`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::keys::PlannedKey;
use super::options::{KeyPlace, Options, Target};
use crate::cenc::{Pattern, Scheme};
use crate::demux::{Kind, Properties, Sample, Track};
use crate::error::Message;
use crate::keys::KeyPair;
use crate::open::Opener;
use crate::presentation::{Container, File, Names};
use crate::segment::Cut;
use crate::time::{Ticks, seconds};

/// Everything that is decided before a byte of media is read. The same inputs, options and seed give the same plan.
#[derive(Debug)]
pub struct Plan {
    pub(super) options: Options,
    pub(super) tracks: Vec<PlannedTrack>,
    pub(super) sets: Vec<Set>,
    pub(super) periods: Vec<PlannedPeriod>,
    pub(super) keys: Vec<PlannedKey>,
    /// Opens the samples of protected inputs.
    pub(super) opener: Opener,
    pub(super) steps: Vec<Step>,
    pub(super) warnings: Vec<Message>,
}

/// Names a track of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrackRef(pub(super) usize);

/// Names a key of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyRef(pub(super) usize);

/// Where a track comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The index of the input.
    pub(super) input: usize,
    /// The input's name, for messages.
    pub(super) name: String,
    /// Which of the input's tracks of this kind it is, from 1, where there are several.
    pub(super) number: Option<usize>,
}

/// A track of the presentation.
#[derive(Debug)]
pub(super) struct PlannedTrack {
    /// The folder's name, as in `video-1`.
    pub(super) id: String,
    /// The track whose key frames it has, where it has nothing else.
    pub(super) trick_of: Option<TrackRef>,
    pub(super) origin: Origin,
    /// What it is made of: the input's track, as the job takes it.
    pub(super) source: Track,
    /// The segments in order.
    pub(super) segments: Vec<PlannedSegment>,
    /// The key of each crypto period; `None` for a clear track.
    pub(super) keys: Option<Vec<KeyRef>>,
    /// Under CTR the IV of the first sample; each sample's is one more than the one's before.
    pub(super) first_iv: u64,
    /// The samples in front of this one, in decoding order, are clear.
    pub(super) first_protected: usize,
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
    /// The crypto period from 0.
    pub(super) period: usize,
    /// The number of the first movie fragment in it, from 1.
    pub(super) first_sequence_number: u32,
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

/// The files of one target.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) target: Target,
    /// Its streams, video first; manifests list them in this order.
    pub(super) streams: Vec<Stream>,
    pub(super) protection: SetProtection,
}

/// A track as a target has it: in files of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) track: TrackRef,
    pub(super) container: Container,
    /// Which manifests of the target list it.
    pub(super) in_mpd: bool,
    pub(super) in_hls: bool,
}

/// How the tracks of a target that have keys are protected.
#[derive(Debug)]
pub(super) enum SetProtection {
    /// Not at all.
    Clear,
    /// Samples are encrypted.
    Samples(SampleEncryption),
    /// Whole segments are encrypted, by AES-128.
    Segments(SegmentEncryption),
}

/// Common Encryption of samples.
#[derive(Debug)]
pub(super) struct SampleEncryption {
    pub(super) scheme: Scheme,
    /// The pattern of video, where the scheme has one.
    pub(super) video_pattern: Pattern,
    /// The IV of all samples under `cbcs`; under CTR with IVs of 16 bytes its second half is each
    /// sample's first block counter.
    pub(super) constant_iv: [u8; 16],
    /// The size of each sample's own IV in bytes: 0, 8 or 16.
    pub(super) per_sample_iv_size: u8,
}

/// AES-128 over whole segments.
#[derive(Debug)]
pub(super) struct SegmentEncryption {
    /// The IV of all segments; without one it is each one's media sequence number.
    pub(super) iv: Option<[u8; 16]>,
    pub(super) place: KeyPlace,
}

/// Keys of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Those of all its crypto periods, for init segments and MPDs.
    All,
    /// That of one, for movie fragments and playlists.
    OfPeriod(usize),
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
    /// The units of work, in the order of time.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What was left out or mended, a sentence each.
    pub fn warnings(&self) -> &[Message] {
        &self.warnings
    }

    /// The content keys; none for a clear job.
    pub fn keys(&self) -> &[PlannedKey] {
        &self.keys
    }

    /// The targets with their schemes.
    pub fn schemes(&self) -> impl Iterator<Item = (Target, Option<Scheme>)> + '_ {
        self.sets.iter().map(|set| (set.target, set.protection.samples().map(|samples| samples.scheme)))
    }

    /// Whether whole segments of a target are encrypted rather than samples.
    pub fn encrypts_segments(&self, target: Target) -> bool {
        self.sets.iter().any(|set| set.target == target && set.protection.segments().is_some())
    }

    /// The tracks as users see them.
    pub fn summaries(&self) -> Vec<TrackSummary> {
        self.tracks.iter().map(PlannedTrack::summary).collect()
    }

    pub(super) fn track(&self, track: TrackRef) -> &PlannedTrack {
        &self.tracks[track.0]
    }

    pub(super) fn pair(&self, key: KeyRef) -> &KeyPair {
        &self.keys[key.0].pair
    }

    /// All streams of all targets.
    pub(super) fn views(&self) -> impl Iterator<Item = View<'_>> {
        (0..self.sets.len()).flat_map(|set| self.views_of(set))
    }

    /// The streams of the target of this index.
    pub(super) fn views_of(&self, set: usize) -> impl Iterator<Item = View<'_>> {
        (0..self.sets[set].streams.len()).map(move |stream| self.view(OutputId { set, stream, segment: 0 }))
    }

    /// The stream that a media segment belongs to.
    pub(super) fn view(&self, OutputId { set, stream, .. }: OutputId) -> View<'_> {
        let first = OutputId { set, stream, segment: 0 };
        let set = &self.sets[set];
        let stream = &set.streams[stream];
        View { first, set, stream, track: self.track(stream.track) }
    }

    /// What the files of media segments are named by; `None` where each track is one file.
    pub(super) fn names(&self) -> Option<Names> {
        let names = if self.options.segments_by_time() { Names::Starts } else { Names::Numbers };
        (!self.options.single_file).then_some(names)
    }
}

impl PlannedTrack {
    /// The runs of a segment's samples that a movie fragment each holds.
    pub(super) fn runs(&self, segment: &PlannedSegment) -> Vec<Run> {
        runs(&self.source, &segment.cut, self.first_protected)
    }

    /// Whether all of a segment belongs to the clear lead.
    pub(super) fn is_clear(&self, segment: &PlannedSegment) -> bool {
        segment.cut.samples.end <= self.first_protected
    }

    /// The end of the last segment in ticks.
    pub(super) fn end(&self) -> u64 {
        self.segments.last().map_or(0, |last| last.start + last.duration)
    }

    fn summary(&self) -> TrackSummary {
        let source = &self.source;
        TrackSummary {
            id: self.id.clone(),
            kind: source.kind,
            codecs: source.entries[0].codec.rfc6381(),
            language: source.language.clone(),
            label: source.label.clone(),
            duration: seconds(Ticks::try_from(self.end()).unwrap_or(Ticks::MAX), source.timescale),
            samples: source.samples.len(),
            segments: self.segments.len(),
            properties: source.properties,
        }
    }
}

/// A stream with what it belongs to.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// Its first segment.
    first: OutputId,
    pub(super) set: &'a Set,
    pub(super) stream: &'a Stream,
    pub(super) track: &'a PlannedTrack,
}

impl<'a> View<'a> {
    /// The media segment of this index.
    pub(super) fn output(&self, segment: usize) -> OutputId {
        OutputId { segment, ..self.first }
    }

    /// Whether a media segment is one of this stream.
    pub(super) fn has(&self, output: OutputId) -> bool {
        OutputId { segment: 0, ..output } == self.first
    }

    /// How its samples are encrypted, with the key of each crypto period; `None` where they are clear.
    pub(super) fn samples(&self) -> Option<(&'a SampleEncryption, &'a [KeyRef])> {
        self.set.protection.samples().zip(self.track.keys.as_deref())
    }

    /// Whether its clear lead has sample entries of its own, behind those of what is protected.
    pub(super) fn has_clear_entries(&self) -> bool {
        self.samples().is_some() && self.track.first_protected > 0
    }

    /// The sample entry of a run's samples in its init segment, counted from 1.
    pub(super) fn sample_description_index(&self, run: &Run) -> u32 {
        let entries = self.track.source.entries.len();
        let before = if run.clear && self.has_clear_entries() { entries } else { 0 };
        u32::from(run.entry) + 1 + u32::try_from(before).expect("few sample entries")
    }

    /// How whole segments are encrypted, likewise.
    pub(super) fn segments(&self) -> Option<(&'a SegmentEncryption, &'a [KeyRef])> {
        self.set.protection.segments().zip(self.track.keys.as_deref())
    }

    /// The path of the init segment in a folder.
    pub(super) fn init_path(&self) -> String {
        self.set.path(File::Init { track: &self.track.id })
    }

    /// The path of the track's single file.
    pub(super) fn single_path(&self) -> String {
        self.set.path(File::Whole { track: &self.track.id, container: self.stream.container })
    }

    /// The path of the media segment of this index.
    pub(super) fn segment_path(&self, names: Names, index: usize) -> String {
        let name = names.of(index, self.track.segments[index].start);
        self.set.path(File::Segment { track: &self.track.id, name, container: self.stream.container })
    }
}

impl Set {
    /// The path of a file of the target.
    pub(super) fn path(&self, file: File<'_>) -> String {
        file.within(self.target.as_str())
    }

    /// Whether it has playlists: none of DASH alone, nor where nothing in it can be in one.
    pub(super) fn has_playlists(&self) -> bool {
        self.target != Target::Dash && self.streams.iter().any(|stream| stream.in_hls)
    }

    /// Whether any stream of it is in MPEG-TS or packed audio.
    pub(super) fn has_transport(&self) -> bool {
        self.streams.iter().any(|stream| stream.container.is_transport())
    }
}

impl SetProtection {
    /// How samples are encrypted, where they are.
    pub(super) fn samples(&self) -> Option<&SampleEncryption> {
        match self {
            Self::Samples(samples) => Some(samples),
            Self::Clear | Self::Segments(_) => None,
        }
    }

    /// How whole segments are encrypted, where they are.
    pub(super) fn segments(&self) -> Option<&SegmentEncryption> {
        match self {
            Self::Segments(segments) => Some(segments),
            Self::Clear | Self::Samples(_) => None,
        }
    }
}

impl SampleEncryption {
    /// The pattern for a kind of media: sound has none.
    pub(super) fn pattern(&self, kind: Kind) -> Pattern {
        if self.scheme.has_pattern() && kind == Kind::Video { self.video_pattern } else { Pattern::ALL }
    }
}

impl Keys {
    /// These of the keys of a track.
    pub(super) fn of(self, all: &[KeyRef]) -> &[KeyRef] {
        match self {
            Self::All => all,
            Self::OfPeriod(period) => &all[period..=period],
        }
    }
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

/// The first sample in decoding order that is presented at `clear_until`, in ticks, or later: the clear lead ends in
/// front of it. Pictures that are decoded behind it and shown before it are protected as well: readers follow one change
/// in decoding order, while many fail where clear and protected pictures alternate.
pub(super) fn first_protected(track: &Track, clear_until: Ticks) -> usize {
    let mut decode_time: Ticks = 0;
    let is_behind = |sample: &Sample| {
        let presented = decode_time + Ticks::from(sample.composition_offset) + track.presentation_offset;
        decode_time = decode_time.saturating_add(Ticks::from(sample.duration));
        presented >= clear_until
    };
    track.samples.iter().position(is_behind).unwrap_or(track.samples.len())
}

/// The runs of a segment's samples, of which those in front of `first_protected` are clear.
pub(super) fn runs(track: &Track, cut: &Cut, first_protected: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut decode_time = cut.decode_time;
    for index in cut.samples.clone() {
        let sample = &track.samples[index];
        let clear = index < first_protected;
        match runs.last_mut().filter(|run| run.entry == sample.entry && run.clear == clear) {
            Some(run) => run.samples.end = index + 1,
            None => runs.push(Run { samples: index..index + 1, entry: sample.entry, clear, decode_time }),
        }
        decode_time += u64::from(sample.duration);
    }
    runs
}

/// The byte ranges of the input that the samples of a segment take, near ones joined; and the size of the samples.
pub(super) fn source_ranges(track: &Track, segment: &PlannedSegment) -> (Vec<Range<u64>>, u64) {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut size = 0;
    for index in segment.cut.samples.clone() {
        let source = track.source(index);
        size += u64::from(track.samples[index].size);
        if source.is_empty() {
            continue;
        }
        // Samples of a transport stream share packets.
        let is_next = |last: &&mut Range<u64>| (last.start..=last.end).contains(&source.start);
        match ranges.last_mut().filter(is_next) {
            Some(last) => last.end = last.end.max(source.end),
            None => ranges.push(source),
        }
    }
    (ranges, size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demux::Access;
    use crate::mp4::track::Tkhd;

    /// Pictures of 2 ticks in the order I P B B P B B, as they are presented 0 3 1 2 6 4 5; presentation starts at 0.
    fn track() -> Track {
        let sample = |(decoded, presented): (i32, i32)| Sample {
            offset: 0,
            size: 1,
            duration: 2,
            composition_offset: 2 * (presented - decoded) + 4,
            entry: 0,
            sync: decoded == 0,
        };
        Track {
            kind: Kind::Video,
            tkhd: Tkhd { flags: 3, track_id: 1, alternate_group: 0, volume: 0, matrix: [0; 9], width: 0, height: 0 },
            timescale: 50,
            packed_language: 0,
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            presentation_offset: -4,
            entries: Vec::new(),
            samples: (0..).zip([0, 3, 1, 2, 6, 4, 5]).map(sample).collect(),
            access: Access::Whole,
            protection: None,
            captions: crate::codec::captions::Captions::Unknown,
            properties: Properties::Text,
        }
    }

    #[test]
    fn the_clear_lead_ends_once_in_decoding_order_and_nothing_behind_its_end_is_clear() {
        let track = track();
        let cut = Cut { interval: 0, samples: 0..7, decode_time: 0, start: 0, end: 14 };
        // Up to the picture that is presented fifth, at tick 8: the P picture in front of it comes first.
        let first = first_protected(&track, 8);
        assert_eq!(first, 4);
        let found = runs(&track, &cut, first);
        assert_eq!(
            found.iter().map(|run| (run.samples.clone(), run.clear)).collect::<Vec<_>>(),
            [(0..4, true), (4..7, false)]
        );
        assert_eq!(found[1].decode_time, 8);
        // The P picture is presented fourth, at tick 6, and decoded in front of two that are shown within the lead.
        assert_eq!(first_protected(&track, 5), 1);
        assert_eq!((first_protected(&track, Ticks::MIN), first_protected(&track, 100)), (0, 7));
    }
}
