//! Manifests, from the facts that rendering reported.

use super::options::Target;
use super::plan::{Plan, Set};
use super::render::{Fact, Rendered};
use crate::error::{Code, Error, Result};
use crate::hls;
use crate::mpd;
use crate::presentation::{Presentation, Protection, Segment, Track};

impl Plan {
    /// The MPD and the playlists of all targets. Each segment of the plan must have its fact.
    pub fn manifests(&self, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let mut files = Vec::new();
        for (index, set) in self.sets.iter().enumerate() {
            let presentation = self.presentation(index, set, facts)?;
            let folder = set.target.as_str();
            let mut push = |name: &str, text: String| {
                files.push(Rendered { path: format!("{folder}/{name}"), bytes: text.into_bytes(), fact: None });
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
            let mut sizes = vec![None; planned.segments.len()];
            for fact in facts.iter().filter(|fact| fact.output.set == index && fact.output.track == number) {
                if let Some(size) = sizes.get_mut(fact.output.segment) {
                    *size = Some(fact.size);
                }
            }
            let segment = |(segment, size): (&super::plan::PlannedSegment, Option<u64>)| {
                let size = size.ok_or_else(|| {
                    Error::new(Code::Internal, format!("a segment of {} was not rendered", planned.id))
                })?;
                Ok(Segment { start: segment.start, duration: segment.duration, size })
            };
            let track = self.track(planned);
            tracks.push(Track {
                id: planned.id.clone(),
                media: self.media(track),
                codecs: track.entries[0].codec.rfc6381(),
                language: track.language.clone(),
                timescale: track.timescale,
                segments: planned.segments.iter().zip(sizes).map(segment).collect::<Result<_>>()?,
                protection: self.protection(set),
            });
        }
        Ok(Presentation { tracks })
    }

    fn protection(&self, set: &Set) -> Option<Protection> {
        let protection = set.protection.as_ref()?;
        Some(Protection {
            scheme: protection.scheme,
            default_kid: self.key.as_ref()?.kid,
            systems: protection.systems.clone(),
        })
    }
}
