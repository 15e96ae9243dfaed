//! Single files of the output, by their paths: what a preview renders when a player asks for it.

use super::plan::{OutputId, Plan, PlannedTrack, Run, Step, View, source_ranges};
use super::render::{Fact, Rendered, encryption, leading};
use super::window::coalesce;
use crate::cenc::padded_size;
use crate::demux::{Kind, Sample};
use crate::error::Result;
use crate::mp4::header::STYP_SIZE;
use crate::mux::estimate_fragment;
use crate::presentation::{Container, File, Names, Sap};

impl Plan {
    /// The media segment of this path; `None` where the path is none's. Nothing is looked up: the path says it all.
    /// Segments of single files have no path.
    pub fn segment_at(&self, path: &str) -> Option<OutputId> {
        let names = self.names()?;
        let (set, file) = self.find(path)?;
        let File::Segment { track, name, container } = file else { return None };
        let is_it = |view: &View<'_>| view.track.id == track && view.stream.container == container;
        let view = self.views_of(set).find(is_it)?;
        let segments = &view.track.segments;
        let index = match names {
            Names::Starts => segments.binary_search_by_key(&name, |segment| segment.start).ok()?,
            Names::Numbers => usize::try_from(name).ok()?.checked_sub(1).filter(|&index| index < segments.len())?,
        };
        Some(view.output(index))
    }

    /// A step for this segment alone.
    pub fn step_of(&self, output: OutputId) -> Step {
        let View { track, .. } = self.view(output);
        let (ranges, media_bytes) = source_ranges(&track.source, &track.segments[output.segment]);
        Step { input: track.origin.input, ranges: coalesce(ranges), outputs: vec![output], media_bytes }
    }

    /// The file of this path if it needs no media: an init segment, a manifest or the file of a key. Of the facts
    /// nothing but bandwidths comes. `None` where there is no such file.
    pub fn file_at(&self, path: &str, facts: impl FnOnce() -> Vec<Fact>) -> Result<Option<Rendered>> {
        let Some((set, file)) = self.find(path) else { return Ok(None) };
        match file {
            File::Init { track } => {
                let is_it = |view: &View<'_>| {
                    self.names().is_some() && view.track.id == track && view.stream.container.has_init()
                };
                Ok(self.views_of(set).find(is_it).map(|view| self.init_file(view)))
            }
            File::Segment { .. } | File::Whole { .. } | File::Sheet { .. } => Ok(None),
            File::Mpd | File::Multivariant | File::Key(_) | File::Playlist { .. } | File::KeyFrames { .. } => {
                Ok(self.texts(set, &facts())?.into_iter().find(|file| file.path == path))
            }
        }
    }

    /// Facts of all segments before any is rendered: exact but for what only the samples tell, which is guessed so
    /// that it is seldom too low.
    pub fn estimated_facts(&self) -> Vec<Fact> {
        let of_stream = |view: View<'_>| {
            // Where key frames end is known when they are rendered: until then no playlist lists them.
            let fact = |index| Fact {
                output: view.output(index),
                size: self.estimated_size(view, index),
                key_frame: None,
                sap: estimated_sap(view.track, index),
            };
            (0..view.track.segments.len()).map(fact).collect::<Vec<_>>()
        };
        self.views().flat_map(of_stream).collect()
    }

    fn estimated_size(&self, view: View<'_>, index: usize) -> u64 {
        let size = match view.stream.container {
            Container::Fmp4 => self.estimated_fragments(view, index),
            container => estimated_samples(container, view.track, index),
        };
        match self.whole_key(view, index) {
            Some(_) => padded_size(size),
            None => size,
        }
    }

    fn estimated_fragments(&self, view: View<'_>, index: usize) -> u64 {
        let source = &view.track.source;
        let segment = &view.track.segments[index];
        let fragment = |run: Run| {
            let encryption = encryption(self, view, segment, &run);
            let protector = source.entries[usize::from(run.entry)].codec.protector();
            let number = view.sample_description_index(&run);
            estimate_fragment(&source.samples[run.samples], number, encryption.as_ref(), &*protector)
        };
        let styp = if self.names().is_some() { STYP_SIZE } else { 0 };
        styp + view.track.runs(segment).into_iter().map(fragment).sum::<u64>()
    }

    /// The index of the target of a path, and what file of it has the path.
    fn find<'a>(&self, path: &'a str) -> Option<(usize, File<'a>)> {
        let (folder, rest) = path.split_once('/')?;
        Some((self.sets.iter().position(|set| set.target.as_str() == folder)?, File::parse(rest)?))
    }
}

/// How playing can start with a segment, as its times tell: where pictures are shown before the first, they can't be
/// decoded in most streams.
fn estimated_sap(track: &PlannedTrack, index: usize) -> Sap {
    let samples = track.segments[index].cut.samples.clone();
    match track.source.kind {
        Kind::Video if !track.source.samples[samples.start].sync => Sap::None,
        Kind::Video if !leading(&track.source, samples).is_empty() => Sap::Three,
        _ => Sap::One,
    }
}

/// About how much a segment of HLS's own containers takes: its samples, and what stands in front of each.
fn estimated_samples(container: Container, track: &PlannedTrack, index: usize) -> u64 {
    /// A packet of a transport stream, and what of it is left behind its header.
    const PACKET: (u64, u64) = (188, 184);
    /// The header of a PES packet and the adaptation field in front of it; parameter sets and a delimiter.
    const BEFORE_A_SAMPLE: u64 = 64;
    /// PAT and PMT; or an ID3 tag; or the head of a WebVTT file.
    const BEFORE_ALL: u64 = 2 * PACKET.0;
    let samples = &track.source.samples[track.segments[index].cut.samples.clone()];
    let size = |sample: &Sample| match container {
        Container::MpegTs => (u64::from(sample.size) + BEFORE_A_SAMPLE).div_ceil(PACKET.1) * PACKET.0,
        // A header of ADTS, at most.
        Container::PackedAudio(_) => u64::from(sample.size) + 9,
        Container::Fmp4 | Container::WebVtt => u64::from(sample.size) + BEFORE_A_SAMPLE,
    };
    BEFORE_ALL + samples.iter().map(size).sum::<u64>()
}
