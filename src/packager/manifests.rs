//! Manifests, from the facts that rendering reported.

use super::containers::codecs;
use super::media::media;
use super::options::Target;
use super::plan::{Keys, Plan, PlannedPeriod, PlannedSegment, PlannedTrack, Set, SetProtection, Stream, View};
use super::render::{Fact, Rendered, key_frame_time, segment_facts};
use super::signals::{has_key_files, key_uri};
use crate::codec;
use crate::demux::Kind;
use crate::drm::{HlsKey, SystemSignal};
use crate::error::Result;
use crate::hls;
use crate::keys::KeyPair;
use crate::mp4::fragment::sidx_size;
use crate::mpd;
use crate::order;
use crate::presentation::{
    Caption, Captions, File, KeyChange, Layout, Method, PeriodStart, Presentation, Protection, Segment, Track, Trick,
};

impl Plan {
    /// The MPD and the playlists of all targets. Each segment of the plan must have its fact.
    pub fn manifests(&self, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let each = (0..self.sets.len()).map(|index| self.texts(index, facts));
        Ok(each.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// What players open, the MPDs first.
    pub fn manifest_paths(&self) -> Vec<String> {
        let mpds = self.sets.iter().filter(|set| set.target != Target::Hls).map(|set| set.path(File::Mpd));
        let playlists = self.sets.iter().filter(|set| set.has_playlists()).map(|set| set.path(File::Multivariant));
        mpds.chain(playlists).collect()
    }

    /// The key files, the playlists and the MPD of the target of this index.
    pub(super) fn texts(&self, index: usize, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let set = &self.sets[index];
        let mut files = self.key_files(set);
        let thumbnails = self.options.thumbnails.as_ref();
        let mut push = |file: File<'_>, text: String| files.push(Rendered::whole(set.path(file), text.into_bytes()));
        if set.has_playlists() {
            let presentation = self.presentation(index, facts, |stream| stream.in_hls)?;
            let target_duration = hls::target_duration(&presentation);
            let settings = &self.options.hls();
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

    /// The files of keys, where they are wanted: 16 bytes each.
    fn key_files(&self, set: &Set) -> Vec<Rendered> {
        if !has_key_files(&self.options, set) {
            return Vec::new();
        }
        let is_used = |index: usize| {
            self.tracks.iter().filter_map(|track| track.keys.as_ref()).flatten().any(|key| key.0 == index)
        };
        let used = self.keys.iter().enumerate().filter(|(index, _)| is_used(*index));
        let file = |KeyPair { kid, key }: &KeyPair| Rendered::whole(set.path(File::Key(*kid)), key.expose().to_vec());
        used.map(|(_, key)| file(&key.pair)).collect()
    }

    /// The streams of a target that a manifest of it lists.
    fn presentation(&self, set: usize, facts: &[Fact], listed: fn(&Stream) -> bool) -> Result<Presentation> {
        let views = || self.views_of(set).filter(|view| listed(view.stream));
        let tracks = views().map(|view| self.listed_track(view, facts)).collect::<Result<_>>()?;
        let period = |period: &PlannedPeriod| PeriodStart {
            start: period.start,
            timescale: period.timescale,
            first_segments: views().map(|view| first_segment(view.track, period)).collect(),
        };
        Ok(Presentation { tracks, periods: self.periods.iter().map(period).collect() })
    }

    /// A stream as manifests list it.
    fn listed_track(&self, view: View<'_>, facts: &[Fact]) -> Result<Track> {
        let View { stream, track, .. } = view;
        let source = &track.source;
        let segment = |(segment, fact): (&PlannedSegment, Fact)| Segment {
            start: segment.start,
            duration: segment.duration,
            size: fact.size,
            key_frame: fact.key_frame.map(|place| (key_frame_time(source, segment), place)),
            sap: fact.sap,
        };
        Ok(Track {
            id: track.id.clone(),
            trick_of: self.trick(track),
            media: media(source),
            codecs: codecs(stream.container, &source.entries[0].codec),
            supplemental: source.entries[0].codec.supplemental(),
            language: source.language.clone(),
            label: source.label.clone(),
            is_forced: source.is_forced,
            roles: source.roles.clone(),
            captions: self.captions(track),
            timescale: source.timescale,
            segments: track.segments.iter().zip(segment_facts(view, facts)?).map(segment).collect(),
            container: stream.container,
            layout: self.layout(view),
            protection: self.protection(view, Keys::All),
            key_changes: self.key_changes(view),
        })
    }

    /// The captions that were found in a track's pictures, and those that somebody says there are.
    fn captions(&self, track: &PlannedTrack) -> Captions {
        if track.source.kind != Kind::Video {
            return Captions::None;
        }
        let told = &self.options.captions;
        let found = match &track.source.captions {
            codec::captions::Captions::Some(found) => &found[..],
            codec::captions::Captions::None if told.is_empty() => return Captions::None,
            codec::captions::Captions::Unknown if told.is_empty() => return Captions::Unknown,
            _ => &[],
        };
        let mut all = told.clone();
        for &channel in found {
            if all.iter().all(|caption| caption.channel != channel) {
                all.push(Caption { channel, language: None });
            }
        }
        order::sort_by_key(&mut all, |caption| caption.channel);
        Captions::Some(all)
    }

    fn trick(&self, track: &PlannedTrack) -> Option<Trick> {
        let main = self.track(track.trick_of?);
        let (all, own) = (main.source.samples.len(), track.source.samples.len());
        let max_playout_rate = u32::try_from(all.div_ceil(own.max(1))).unwrap_or(u32::MAX);
        Some(Trick { of: main.id.clone(), max_playout_rate })
    }

    fn layout(&self, view: View<'_>) -> Layout {
        match self.names() {
            Some(names) => Layout::Segmented { names },
            None if view.stream.container.has_init() => {
                let index_size = sidx_size(view.track.segments.len());
                Layout::SingleFile { init_size: self.init_size(view), index_size }
            }
            None => Layout::SingleFile { init_size: 0, index_size: 0 },
        }
    }

    /// How a stream is protected, under all its keys or that of a crypto period; `None` where it is clear.
    fn protection(&self, view: View<'_>, which: Keys) -> Option<Protection> {
        let keys = view.track.keys.as_deref()?;
        let default_kid = self.pair(which.of(keys)[0]).kid;
        let (method, systems) = match &view.set.protection {
            SetProtection::Clear => return None,
            SetProtection::Samples(samples) => {
                let method = match view.stream.container.is_transport() {
                    true => Method::SampleAes { iv: samples.constant_iv },
                    false => Method::Samples(samples.scheme),
                };
                (method, view.signals(self, which))
            }
            SetProtection::Segments(segments) => {
                let uri = key_uri(&self.options, &segments.place, default_kid);
                let hls_key = Some(HlsKey { uri, key_format: "identity", key_id: None });
                (Method::Segments { iv: segments.iv }, vec![SystemSignal { hls_key, ..SystemSignal::default() }])
            }
        };
        Some(Protection { method, default_kid, systems })
    }

    /// Where protection changes from one segment to the next: at the end of the clear lead, and at each
    /// crypto period.
    fn key_changes(&self, view: View<'_>) -> Vec<KeyChange> {
        let Some(keys) = view.track.keys.as_deref() else { return Vec::new() };
        let mut changes: Vec<KeyChange> = Vec::new();
        let mut last = None;
        for (first_segment, segment) in view.track.segments.iter().enumerate() {
            let clear = view.track.is_clear(segment);
            let state = (!clear).then_some(keys[segment.period]);
            if last != Some(state) {
                let which = Keys::OfPeriod(segment.period);
                let protection = if clear { None } else { self.protection(view, which) };
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

/// The index of a track's first segment that belongs to a period or a later one.
fn first_segment(track: &PlannedTrack, period: &PlannedPeriod) -> usize {
    track.segments.partition_point(|segment| segment.cut.interval < period.first_interval)
}
