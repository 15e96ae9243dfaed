//! Manifests, from the facts that rendering reported.

use super::options::Target;
use super::plan::{Plan, PlannedSegment, PlannedTrack, Set, runs};
use super::render::{Fact, Part, Rendered};
use super::signals::Keys;
use crate::error::Result;
use crate::hls;
use crate::mp4::fragment::sidx_size;
use crate::mpd;
use crate::presentation::{KeyChange, Layout, Presentation, Protection, Segment, Track};

impl Plan {
    /// The MPD and the playlists of all targets. Each segment of the plan must have its fact.
    pub fn manifests(&self, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let mut files = Vec::new();
        for (index, set) in self.sets.iter().enumerate() {
            let presentation = self.presentation(index, set, facts)?;
            let folder = set.target.as_str();
            let mut push = |name: &str, text: String| {
                files.push(Rendered {
                    path: format!("{folder}/{name}"),
                    part: Part::Whole,
                    bytes: text.into_bytes(),
                    fact: None,
                });
            };
            if set.target != Target::Dash {
                let target_duration = hls::target_duration(&presentation);
                for track in &presentation.tracks {
                    push(&hls::media_path(track), hls::media(track, target_duration));
                }
                push("master.m3u8", hls::multivariant(&presentation));
            }
            if set.target != Target::Hls {
                let profile = if set.target == Target::Cmaf { mpd::Profile::Cmaf } else { mpd::Profile::Live };
                push("stream.mpd", mpd::write(&presentation, profile));
            }
        }
        Ok(files)
    }

    fn presentation(&self, index: usize, set: &Set, facts: &[Fact]) -> Result<Presentation> {
        let mut tracks = Vec::new();
        for (number, planned) in self.tracks.iter().enumerate() {
            let sizes = self.segment_sizes(index, number, facts)?;
            let segment = |(segment, size): (&PlannedSegment, u64)| Segment {
                start: segment.start,
                duration: segment.duration,
                size,
            };
            let track = self.track(planned);
            tracks.push(Track {
                id: planned.id.clone(),
                media: self.media(track),
                codecs: track.entries[0].codec.rfc6381(),
                supplemental: track.entries[0].codec.supplemental(),
                language: track.language.clone(),
                timescale: track.timescale,
                segments: planned.segments.iter().zip(sizes).map(segment).collect(),
                layout: self.layout(set, planned),
                protection: planned.keys.as_deref().and_then(|keys| self.protection(set, keys, Keys::All)),
                key_changes: self.key_changes(set, planned),
            });
        }
        Ok(Presentation { tracks })
    }

    fn layout(&self, set: &Set, planned: &PlannedTrack) -> Layout {
        if self.options.single_file {
            let index_size = sidx_size(planned.segments.len());
            Layout::SingleFile { init_size: self.init_size(set, planned), index_size }
        } else {
            Layout::Segmented
        }
    }

    /// How a track is protected, under all its keys or that of a crypto period.
    fn protection(&self, set: &Set, keys: &[usize], which: Keys) -> Option<Protection> {
        let first = match which {
            Keys::All => keys[0],
            Keys::OfPeriod(period) => keys[period],
        };
        Some(Protection {
            scheme: set.protection.as_ref()?.scheme,
            default_kid: self.keys[first].pair.kid,
            systems: self.signals(set, keys, which),
        })
    }

    /// Where protection changes from one segment to the next: at the end of the clear lead, and at each
    /// crypto period.
    fn key_changes(&self, set: &Set, planned: &PlannedTrack) -> Vec<KeyChange> {
        let Some(keys) = planned.keys.as_deref() else { return Vec::new() };
        let track = self.track(planned);
        let mut changes: Vec<KeyChange> = Vec::new();
        let mut last = None;
        for (first_segment, segment) in planned.segments.iter().enumerate() {
            let clear = runs(track, &segment.cut, planned.clear_until).iter().all(|run| run.clear);
            let state = (!clear).then_some(keys[segment.period]);
            if last != Some(state) {
                let which = Keys::OfPeriod(segment.period);
                let protection = if clear { None } else { self.protection(set, keys, which) };
                changes.push(KeyChange { first_segment, protection });
                last = Some(state);
            }
        }
        if changes.len() == 1 && changes[0].protection.is_some() {
            changes.clear();
        }
        changes
    }
}
