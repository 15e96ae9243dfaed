//! A track that is packaged, before it is planned.

use crate::demux::Track;
use crate::packager::plan::{Origin, TrackRef};
use crate::segment::Timeline;

/// A track that is packaged.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) track: Track,
    /// The track whose key frames it has, where it has nothing else.
    pub(super) trick_of: Option<TrackRef>,
}

impl Source {
    /// What it is called: its input's name, and which of its kind it is there, where there are several.
    pub(super) fn name(&self) -> String {
        let Origin { name, number, .. } = &self.origin;
        number.map_or_else(|| name.clone(), |number| format!("{name}, {}.{number}", self.track.kind.as_str()))
    }
}

/// A track as segmentation sees it; `name` is for messages.
pub(super) fn timeline<'a>(name: &'a str, track: &'a Track) -> Timeline<'a> {
    Timeline {
        name,
        kind: track.kind,
        timescale: track.timescale,
        presentation_offset: track.presentation_offset,
        samples: &track.samples,
    }
}
