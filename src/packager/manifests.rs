//! Manifests, from the facts that rendering reported.

use super::options::{KeyPlace, Target};
use super::plan::{Plan, PlannedPeriod, PlannedSegment, PlannedTrack, is_clear};
use super::render::{Fact, Part, Rendered};
use super::sets::{Set, Stream};
use super::signals::Keys;
use super::transport::{codecs, is_transport};
use crate::demux;
use crate::drm::{HlsKey, SystemSignal};
use crate::error::Result;
use crate::hls;
use crate::keys::{KeyId, KeyPair};
use crate::mp4::fragment::sidx_size;
use crate::mpd;
use crate::presentation::{
    File, KeyChange, Layout, Method, PeriodStart, Presentation, Protection, Segment, Track, Trick,
};
use crate::time::Ticks;

impl Plan {
    /// The MPD and the playlists of all targets. Each segment of the plan must have its fact.
    pub fn manifests(&self, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let each = (0..self.sets.len()).map(|index| self.texts(index, facts));
        Ok(each.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// What players open, the MPDs first.
    pub fn manifest_paths(&self) -> Vec<String> {
        let of = |file: File<'static>, without: Target| {
            let targets = self.sets.iter().map(|set| set.target).filter(move |target| *target != without);
            targets.map(move |target| file.within(target.as_str()))
        };
        of(File::Mpd, Target::Hls).chain(of(File::Multivariant, Target::Dash)).collect()
    }

    /// The key files, the playlists and the MPD of a target.
    pub(super) fn texts(&self, index: usize, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let set = &self.sets[index];
        let mut files = self.key_files(set);
        let folder = set.target.as_str();
        let thumbnails = self.options.thumbnails.as_ref();
        let mut push = |file: File<'_>, text: String| {
            files.push(Rendered { path: file.within(folder), part: Part::Whole, bytes: text.into_bytes(), fact: None });
        };
        if set.target != Target::Dash {
            let presentation = self.presentation(index, facts, |stream| stream.in_hls)?;
            let target_duration = hls::target_duration(&presentation);
            let settings = &self.options.hls;
            for track in &presentation.tracks {
                push(track.playlist(), hls::media_with(track, target_duration, settings));
                if let Some(text) = hls::i_frames_with(track, settings) {
                    push(track.key_frame_playlist(), text);
                }
            }
            let mut text = hls::multivariant_with(&presentation, settings);
            if let Some(thumbnails) = thumbnails {
                push(hls::IMAGES, hls::images(thumbnails, presentation.duration_ms()));
                text += &hls::image_stream_inf(thumbnails);
            }
            push(File::Multivariant, text);
        }
        if set.target != Target::Hls {
            let presentation = self.presentation(index, facts, |stream| stream.in_mpd)?;
            let profile = if set.target == Target::Cmaf { mpd::Profile::Cmaf } else { mpd::Profile::Live };
            push(File::Mpd, mpd::write_with(&presentation, profile, thumbnails));
        }
        Ok(files)
    }

    /// The streams of a target that a manifest of it lists.
    fn presentation(&self, index: usize, facts: &[Fact], listed: fn(&Stream) -> bool) -> Result<Presentation> {
        let set = &self.sets[index];
        let mut tracks = Vec::new();
        for (number, stream) in set.streams.iter().enumerate().filter(|(_, stream)| listed(stream)) {
            let planned = &self.tracks[stream.track];
            let facts = self.segment_facts(index, number, facts)?;
            let track = self.track(planned);
            let segment = |(segment, fact): (&PlannedSegment, Fact)| Segment {
                start: segment.start,
                duration: segment.duration,
                size: fact.size,
                key_frame: fact.key_frame.map(|place| (key_frame_time(track, segment), place)),
            };
            tracks.push(Track {
                id: planned.id.clone(),
                trick_of: self.trick_of(planned),
                media: self.media(track),
                codecs: codecs(stream.container, &track.entries[0].codec),
                supplemental: track.entries[0].codec.supplemental(),
                language: track.language.clone(),
                label: track.label.clone(),
                is_forced: track.is_forced,
                roles: track.roles.clone(),
                timescale: track.timescale,
                segments: planned.segments.iter().zip(facts).map(segment).collect(),
                container: stream.container,
                layout: self.layout(set, stream),
                protection: planned.keys.as_deref().and_then(|keys| self.protection(set, stream, keys, Keys::All)),
                key_changes: self.key_changes(set, stream),
            });
        }
        let periods = self.periods.iter().map(|period| self.period_start(set, period, listed)).collect();
        Ok(Presentation { tracks, periods })
    }

    fn period_start(&self, set: &Set, period: &PlannedPeriod, listed: fn(&Stream) -> bool) -> PeriodStart {
        let first = |stream: &Stream| {
            let segments = &self.tracks[stream.track].segments;
            segments.partition_point(|segment| segment.cut.interval < period.first_interval)
        };
        let first_segments = set.streams.iter().filter(|stream| listed(stream)).map(first).collect();
        PeriodStart { start: period.start, timescale: period.timescale, first_segments }
    }

    fn trick_of(&self, planned: &PlannedTrack) -> Option<Trick> {
        let main = &self.tracks[planned.trick_of?];
        let (all, own) = (self.track(main).samples.len(), self.track(planned).samples.len());
        let max_playout_rate = u32::try_from(all.div_ceil(own.max(1))).unwrap_or(u32::MAX);
        Some(Trick { of: main.id.clone(), max_playout_rate })
    }

    fn layout(&self, set: &Set, stream: &Stream) -> Layout {
        let planned = &self.tracks[stream.track];
        match (self.options.single_file, stream.container.has_init()) {
            (false, _) => Layout::Segmented { names: self.names() },
            (true, false) => Layout::SingleFile { init_size: 0, index_size: 0 },
            (true, true) => {
                let index_size = sidx_size(planned.segments.len());
                Layout::SingleFile { init_size: self.init_size(set, planned), index_size }
            }
        }
    }

    /// How a track is protected, under all its keys or that of a crypto period.
    fn protection(&self, set: &Set, stream: &Stream, keys: &[usize], which: Keys) -> Option<Protection> {
        let first = match which {
            Keys::All => keys[0],
            Keys::OfPeriod(period) => keys[period],
        };
        let default_kid = self.keys[first].pair.kid;
        let (method, systems) = match (&set.protection, &set.segments) {
            (Some(protection), _) if is_transport(stream.container) => {
                (Method::SampleAes { iv: protection.constant_iv }, self.transport_signals(set, keys, which))
            }
            (Some(protection), _) => (Method::Samples(protection.scheme), self.signals(set, keys, which)),
            (None, Some(protection)) => {
                let uri = self.key_uri(&protection.place, default_kid);
                let hls_key = Some(HlsKey { uri, key_format: "identity", key_id: None });
                (Method::Segments { iv: protection.iv }, vec![SystemSignal { hls_key, ..SystemSignal::default() }])
            }
            (None, None) => return None,
        };
        Some(Protection { method, default_kid, systems })
    }

    /// Where clients find a key, as a media playlist says it.
    pub(super) fn key_uri(&self, place: &KeyPlace, kid: KeyId) -> String {
        match place {
            KeyPlace::Uri(template) => template.replace("{kid}", &kid.to_hex()).replace("{uuid}", &kid.to_uuid()),
            // Media playlists stand in their tracks' folders, those of single files beside the key files.
            KeyPlace::Files if self.options.single_file => File::Key(kid).to_string(),
            KeyPlace::Files => format!("../{}", File::Key(kid)),
        }
    }

    /// The files of keys, where they are wanted: 16 bytes each.
    fn key_files(&self, set: &Set) -> Vec<Rendered> {
        if !self.has_key_files(set) {
            return Vec::new();
        }
        let is_used = |key: &usize| {
            self.tracks.iter().filter_map(|track| track.keys.as_deref()).flatten().any(|used| used == key)
        };
        let file = |key: usize| {
            let KeyPair { kid, key } = &self.keys[key].pair;
            let path = File::Key(*kid).within(set.target.as_str());
            Rendered { path, part: Part::Whole, bytes: key.expose().to_vec(), fact: None }
        };
        (0..self.keys.len()).filter(is_used).map(file).collect()
    }

    /// Where protection changes from one segment to the next: at the end of the clear lead, and at each
    /// crypto period.
    fn key_changes(&self, set: &Set, stream: &Stream) -> Vec<KeyChange> {
        let planned = &self.tracks[stream.track];
        let Some(keys) = planned.keys.as_deref() else { return Vec::new() };
        let track = self.track(planned);
        let mut changes: Vec<KeyChange> = Vec::new();
        let mut last = None;
        for (first_segment, segment) in planned.segments.iter().enumerate() {
            let clear = is_clear(track, segment, planned);
            let state = (!clear).then_some(keys[segment.period]);
            if last != Some(state) {
                let which = Keys::OfPeriod(segment.period);
                let protection = if clear { None } else { self.protection(set, stream, keys, which) };
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

/// When the sample that a segment starts with is shown, in ticks: leading pictures are shown before it.
fn key_frame_time(track: &demux::Track, segment: &PlannedSegment) -> u64 {
    let first = &track.samples[segment.cut.samples.start];
    let decoded = Ticks::try_from(segment.cut.decode_time).unwrap_or(Ticks::MAX);
    let shown = decoded.saturating_add(Ticks::from(first.composition_offset)).saturating_add(track.presentation_offset);
    u64::try_from(shown).unwrap_or(0)
}
