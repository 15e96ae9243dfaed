//! Single files of the output, by their paths: what a preview renders when a player asks for it.

use super::plan::{OutputId, Plan, PlannedSegment, PlannedTrack, Run, Step, collect_ranges, runs};
use super::render::{Fact, Rendered};
use super::sets::Set;
use super::window::coalesce;
use crate::cenc::padded_size;
use crate::demux::Sample;
use crate::error::Result;
use crate::mp4::header::STYP_SIZE;
use crate::mux::estimate_fragment;
use crate::presentation::{Container, File, Names};

impl Plan {
    /// The media segment of this path; `None` where the path is none's. Nothing is looked up: the path says it all.
    /// Segments of single files have no path.
    pub fn segment_at(&self, path: &str) -> Option<OutputId> {
        if self.options.single_file {
            return None;
        }
        let (set, file) = self.find(path)?;
        let File::Segment { track, name, container } = file else { return None };
        let stream = self.sets[set]
            .streams
            .iter()
            .position(|stream| stream.container == container && self.tracks[stream.track].id == track)?;
        let segments = &self.tracks[self.sets[set].streams[stream].track].segments;
        let segment = match self.names() {
            Names::Starts => segments.binary_search_by_key(&name, |segment| segment.start).ok()?,
            Names::Numbers => usize::try_from(name).ok()?.checked_sub(1).filter(|&index| index < segments.len())?,
        };
        Some(OutputId { set, stream, segment })
    }

    /// A step for this segment alone.
    pub fn step_of(&self, output: OutputId) -> Step {
        let planned = &self.tracks[self.sets[output.set].streams[output.stream].track];
        let mut ranges = Vec::new();
        let media_bytes = collect_ranges(self.track(planned), &planned.segments[output.segment], &mut ranges);
        let ranges = coalesce(ranges).into_iter().map(|range| (range.start, range.end - range.start)).collect();
        Step { input: planned.input, ranges, outputs: vec![output], media_bytes }
    }

    /// The file of this path if it needs no media: an init segment, a manifest or the file of a key. Of the facts
    /// nothing but bandwidths comes. `None` where there is no such file.
    pub fn file_at(&self, path: &str, facts: impl FnOnce() -> Vec<Fact>) -> Result<Option<Rendered>> {
        let Some((set, _)) = self.find(path) else { return Ok(None) };
        let mut inits = self.inits_of(&self.sets[set]).filter(|_| !self.options.single_file);
        if let Some(init) = inits.find(|init| init.path == path) {
            return Ok(Some(init));
        }
        Ok(self.texts(set, &facts())?.into_iter().find(|file| file.path == path))
    }

    /// Facts of all segments before any is rendered: exact but for what only the samples tell, which is guessed so
    /// that it is seldom too low.
    pub fn estimated_facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (number, set) in self.sets.iter().enumerate() {
            for (stream, of) in set.streams.iter().enumerate() {
                let outputs =
                    (0..self.tracks[of.track].segments.len()).map(|segment| OutputId { set: number, stream, segment });
                // Where key frames end is known when they are rendered: until then no playlist lists them.
                let fact = |output| Fact { output, size: self.estimated_size(output), key_frame: None };
                facts.extend(outputs.map(fact));
            }
        }
        facts
    }

    fn estimated_size(&self, output: OutputId) -> u64 {
        let set = &self.sets[output.set];
        let stream = &set.streams[output.stream];
        let planned = &self.tracks[stream.track];
        let size = match stream.container {
            Container::Fmp4 => self.estimated_fragments(set, planned, &planned.segments[output.segment]),
            container => self.estimated_samples(container, planned, &planned.segments[output.segment]),
        };
        match self.whole_key(set, planned, output.segment) {
            Some(_) => padded_size(size),
            None => size,
        }
    }

    fn estimated_fragments(&self, set: &Set, planned: &PlannedTrack, segment: &PlannedSegment) -> u64 {
        let track = self.track(planned);
        let fragment = |run: Run| {
            let encryption = self.encryption(set, planned, track, segment, &run);
            let protector = track.entries[usize::from(run.entry)].codec.protector();
            let number = u32::from(run.entry) + 1;
            estimate_fragment(&track.samples[run.samples], number, encryption.as_ref(), &*protector)
        };
        let styp = if self.options.single_file { 0 } else { STYP_SIZE };
        styp + runs(track, &segment.cut, planned.clear_until).into_iter().map(fragment).sum::<u64>()
    }

    /// About how much a segment of HLS's own containers takes: its samples, and what stands in front of each.
    fn estimated_samples(&self, container: Container, planned: &PlannedTrack, segment: &PlannedSegment) -> u64 {
        /// A packet of a transport stream, and what of it is left behind its header.
        const PACKET: (u64, u64) = (188, 184);
        /// The header of a PES packet and the adaptation field in front of it; parameter sets and a delimiter.
        const BEFORE_A_SAMPLE: u64 = 64;
        /// PAT and PMT; or an ID3 tag; or the head of a WebVTT file.
        const BEFORE_ALL: u64 = 2 * PACKET.0;
        let samples = &self.track(planned).samples[segment.cut.samples.clone()];
        let size = |sample: &Sample| match container {
            Container::MpegTs => (u64::from(sample.size) + BEFORE_A_SAMPLE).div_ceil(PACKET.1) * PACKET.0,
            // A header of ADTS, at most.
            Container::PackedAudio(_) => u64::from(sample.size) + 9,
            Container::Fmp4 | Container::WebVtt => u64::from(sample.size) + BEFORE_A_SAMPLE,
        };
        BEFORE_ALL + samples.iter().map(size).sum::<u64>()
    }

    /// The target of a path, and what file of it has the path.
    fn find<'a>(&self, path: &'a str) -> Option<(usize, File<'a>)> {
        let (folder, rest) = path.split_once('/')?;
        Some((self.sets.iter().position(|set| set.target.as_str() == folder)?, File::parse(rest)?))
    }
}
