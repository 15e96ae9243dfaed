//! Rendering: a file's bytes from the plan and the input's bytes, and the facts about it.

mod fragments;
mod transport;
mod webvtt;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::plan::{Keys, OutputId, Plan, PlannedSegment, PlannedTrack, Step, View};
use super::window::Window;
use crate::bytes::Writer;
use crate::cenc::{encrypt_segment, iv_of_sequence_number};
use crate::codec::{Codec, Leading, Plausibility};
use crate::demux::{Kind, SampleProtection, Track};
use crate::error::{Code, Error, Result};
use crate::keys::ContentKey;
use crate::mp4::fragment::{SidxReference, put_sidx, sidx_size};
use crate::mux::{InitEntry, InitTrack, TRANSPORT_START, write_init};
use crate::open::kid;
use crate::presentation::{Container, KeyFrame, Sap};
use crate::time::{Ticks, clock};

pub(super) use fragments::encryption;

/// A rendered file, or a part of one.
#[derive(Debug)]
pub struct Rendered {
    /// The path below the output's root.
    pub path: String,
    /// Which part of the file it is.
    pub part: Part,
    /// The content.
    pub bytes: Vec<u8>,
    /// What manifests need to know of it; `None` for all but media segments.
    pub fact: Option<Fact>,
}

/// Which part of a file was rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// A media segment of a single file: what comes next, the first at offset `head_size`.
    Next {
        /// The size in bytes of what stands before the first media segment.
        head_size: u64,
    },
    /// What stands before the media segments; comes last, when their sizes are known.
    Head,
}

/// What rendering reports of a media segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Which segment.
    pub output: OutputId,
    /// The size in bytes.
    pub size: u64,
    /// Where the key frame that a video segment starts with can be read; `None` where it starts with none, and where
    /// a part of the segment can't be read by itself.
    pub key_frame: Option<KeyFrame>,
    /// How playing can start with it, as its samples say.
    #[serde(default)]
    pub sap: Sap,
}

impl Plan {
    /// The init segments of all targets that have files of their own.
    pub fn inits(&self) -> Vec<Rendered> {
        let has_file = |view: &View<'_>| self.names().is_some() && view.stream.container.has_init();
        self.views().filter(has_file).map(|view| self.init_file(view)).collect()
    }

    /// The init segment of a stream as a file.
    pub(super) fn init_file(&self, view: View<'_>) -> Rendered {
        Rendered::whole(view.init_path(), self.render_init(view))
    }

    /// Decrypts the samples of protected inputs in the bytes that a step asked for. Must be called once
    /// before the step's segments are rendered; where no input is protected it does nothing.
    pub fn decrypt(&self, step: &Step, window: &mut Window) -> Result<()> {
        let mut opened = Vec::new();
        for &output in &step.outputs {
            let View { stream, track, .. } = self.view(output);
            if opened.contains(&stream.track) {
                continue; // for another stream
            }
            opened.push(stream.track);
            let segment = &track.segments[output.segment];
            let Some(protection) = &track.source.protection else { continue };
            let samples = segment.cut.samples.clone();
            let codec = track.source.entries.first().map(|entry| &entry.codec);
            let mut plausibility = codec.map(Plausibility::new);
            for (sample, protection) in track.source.samples[samples.clone()].iter().zip(protection.of(samples)) {
                let bytes = window.slice_mut(sample.offset, sample.size)?;
                let decrypted = match &protection {
                    Some(protection) => self.opener.open(protection, bytes),
                    None => Ok(Vec::new()),
                };
                let decrypted = decrypted.map_err(|error| locate(error.at(sample.offset), track, segment))?;
                if let Some(plausibility) = &mut plausibility {
                    plausibility.take(bytes, &decrypted);
                }
            }
            if plausibility.is_some_and(|plausibility| plausibility.is_garbage()) {
                let first = protection.of(segment.cut.samples.clone()).flatten().next();
                return Err(locate(wrong_key(first, codec), track, segment));
            }
        }
        Ok(())
    }

    /// A media segment, from the bytes of the ranges that its step asked for.
    pub fn render(&self, output: OutputId, window: &Window) -> Result<Rendered> {
        let view = self.view(output);
        let segment = &view.track.segments[output.segment];
        let rendered = self.render_bytes(view, output.segment, window);
        let (mut bytes, mut key_frame) = rendered.map_err(|error| locate(error, view.track, segment))?;
        if view.segments().is_some() {
            // In CBC over the whole segment a range of bytes neither starts with the IV that playlists tell nor ends
            // with padding (rfc8216bis section 6.2.3); and those of a clear lead alone are no use.
            key_frame = None;
        }
        if let Some((key, iv)) = self.whole_key(view, output.segment) {
            encrypt_segment(key, iv, &mut bytes);
        }
        let sap = sap(&view.track.source, segment, window)?;
        let fact = Some(Fact { output, size: bytes.len() as u64, key_frame, sap });
        let (path, part) = match self.names() {
            Some(names) => (view.segment_path(names, output.segment), Part::Whole),
            None => (view.single_path(), Part::Next { head_size: self.head_size(view) }),
        };
        Ok(Rendered { path, part, bytes, fact })
    }

    /// The bytes of a segment before it is encrypted as a whole, and where its first key frame is in them.
    fn render_bytes(&self, view: View<'_>, index: usize, window: &Window) -> Result<(Vec<u8>, Option<KeyFrame>)> {
        match view.stream.container {
            Container::Fmp4 => fragments::render(self, view, index, window),
            // Where a key frame is in these isn't reported: they have no playlist of key frames.
            Container::MpegTs | Container::PackedAudio(_) => {
                transport::render(self, view, index, window).map(|bytes| (bytes, None))
            }
            Container::WebVtt => {
                // In fMP4 times count from 0.
                let start = if view.set.has_transport() { TRANSPORT_START } else { 0 };
                webvtt::render(view.track, index, start, window).map(|bytes| (bytes, None))
            }
        }
    }

    /// The key and the IV of a segment that is encrypted as a whole, where that is how the target is protected and the
    /// segment isn't of the clear lead.
    pub(super) fn whole_key(&self, view: View<'_>, index: usize) -> Option<(&ContentKey, [u8; 16])> {
        let (protection, keys) = view.segments()?;
        let segment = &view.track.segments[index];
        let iv = protection.iv.unwrap_or_else(|| iv_of_sequence_number(index as u64));
        (!view.track.is_clear(segment)).then(|| (&self.pair(keys[segment.period]).key, iv))
    }

    /// What stands before the media segments of single files: the init segment and the segment index.
    pub fn heads(&self, facts: &[Fact]) -> Result<Vec<Rendered>> {
        if self.names().is_some() {
            return Ok(Vec::new());
        }
        let head = |view: View<'_>| {
            // Where nothing stands there, the file still ends with it.
            let bytes = if view.stream.container.has_init() { self.head(view, facts)? } else { Vec::new() };
            Ok(Rendered { path: view.single_path(), part: Part::Head, bytes, fact: None })
        };
        self.views().map(head).collect()
    }

    fn head(&self, view: View<'_>, facts: &[Fact]) -> Result<Vec<u8>> {
        let View { track, .. } = view;
        let reference = |(segment, fact): (&PlannedSegment, Fact)| {
            // Leading pictures that can be decoded are in front of the access point, not of what can't be.
            let delta = match fact.sap {
                Sap::Three => key_frame_time(&track.source, segment).saturating_sub(segment.start),
                _ => 0,
            };
            let sap = fact.sap.number().map(|kind| (kind, delta));
            SidxReference { size: fact.size, duration: segment.duration, sap }
        };
        let references: Vec<SidxReference> =
            track.segments.iter().zip(segment_facts(view, facts)?).map(reference).collect();
        let start = track.segments.first().map_or(0, |first| first.start);
        let mut index = Writer::new();
        put_sidx(&mut index, track.source.timescale, start, &references).map_err(|_| {
            let message = message!("{track} has more or longer segments than an index can list", track = track.id);
            Error::new(Code::LimitExceeded, message)
        })?;
        let mut bytes = self.render_init(view);
        bytes.extend(index.into_vec());
        Ok(bytes)
    }

    /// How far single files are written once the segments of these facts are: a path with the offset of what comes
    /// next. Nothing for files of whole segments.
    pub fn ends(&self, facts: &[Fact]) -> Vec<(String, u64)> {
        if self.names().is_some() {
            return Vec::new();
        }
        let mut ends: Vec<(String, u64)> = Vec::new();
        for view in self.views() {
            let mut sizes = facts.iter().filter(|fact| view.has(fact.output)).map(|fact| fact.size).peekable();
            if sizes.peek().is_some() {
                ends.push((view.single_path(), self.head_size(view) + sizes.sum::<u64>()));
            }
        }
        ends
    }

    /// The size in bytes of what stands before the first media segment of a single file.
    fn head_size(&self, view: View<'_>) -> u64 {
        if !view.stream.container.has_init() {
            return 0;
        }
        self.init_size(view) + sidx_size(view.track.segments.len())
    }

    /// The size of a track's init segment in bytes.
    pub(super) fn init_size(&self, view: View<'_>) -> u64 {
        self.render_init(view).len() as u64
    }

    fn render_init(&self, view: View<'_>) -> Vec<u8> {
        let View { track, .. } = view;
        let source = &track.source;
        let tenc = view.samples().map(|(samples, keys)| samples.tenc(source.kind, self.pair(keys[0]).kid));
        write_init(&InitTrack {
            kind: source.kind,
            tkhd: &source.tkhd,
            timescale: source.timescale,
            packed_language: source.packed_language,
            media_time: track.media_time,
            entries: source
                .entries
                .iter()
                .map(|entry| InitEntry { coding_name: entry.coding_name, bytes: &entry.bytes })
                .collect(),
            pssh: view.signals(self, Keys::All).into_iter().flat_map(|system| system.pssh).collect(),
            tenc,
            has_clear_entries: view.has_clear_entries(),
        })
    }
}

/// How playing can start with a segment, as its first picture says, and those that are decoded behind that one and
/// shown before it.
fn sap(source: &Track, segment: &PlannedSegment, window: &Window) -> Result<Sap> {
    let samples = segment.cut.samples.clone();
    if source.kind != Kind::Video {
        return Ok(Sap::One);
    }
    let codec = |index: usize| &source.entries[usize::from(source.samples[index].entry)].codec;
    let start = codec(samples.start).start(&window.sample(source, samples.start)?);
    let leading = leading(source, samples).into_iter();
    let leading: Vec<Leading> =
        leading.map(|index| Ok(codec(index).leading(&window.sample(source, index)?))).collect::<Result<_>>()?;
    Ok(Sap::of(start, leading))
}

/// The samples of a segment that are decoded behind the first and shown before it.
pub(super) fn leading(source: &Track, samples: Range<usize>) -> Vec<usize> {
    let mut decode: Ticks = 0;
    let mut first = None;
    let mut leading = Vec::new();
    for index in samples {
        let sample = &source.samples[index];
        let present = decode + Ticks::from(sample.composition_offset);
        if present < *first.get_or_insert(present) {
            leading.push(index);
        }
        decode += Ticks::from(sample.duration);
    }
    leading
}

/// When the sample that a segment starts with is shown, in ticks: leading pictures are shown before it.
pub(super) fn key_frame_time(track: &Track, segment: &PlannedSegment) -> u64 {
    let first = &track.samples[segment.cut.samples.start];
    let decoded = Ticks::try_from(segment.cut.decode_time).unwrap_or(Ticks::MAX);
    let shown = decoded.saturating_add(Ticks::from(first.composition_offset)).saturating_add(track.presentation_offset);
    u64::try_from(shown).unwrap_or(0)
}

impl Rendered {
    /// A whole file that isn't media.
    pub(super) fn whole(path: String, bytes: Vec<u8>) -> Self {
        Self { path, part: Part::Whole, bytes, fact: None }
    }
}

/// The facts of each media segment of a stream; an error if one was not rendered.
pub(super) fn segment_facts(view: View<'_>, facts: &[Fact]) -> Result<Vec<Fact>> {
    let mut found = vec![None; view.track.segments.len()];
    for fact in facts.iter().filter(|fact| view.has(fact.output)) {
        if let Some(place) = found.get_mut(fact.output.segment) {
            *place = Some(*fact);
        }
    }
    let missing =
        || Error::new(Code::Internal, message!("a segment of {track} was not rendered", track = view.track.id));
    found.into_iter().map(|fact| fact.ok_or_else(missing)).collect()
}

/// What decryption makes of samples is no sound and no picture.
fn wrong_key(protection: Option<SampleProtection<'_>>, codec: Option<&Codec>) -> Error {
    let kid = protection.map_or_else(String::new, |protection| kid(protection.tenc).to_hex());
    let codec = codec.map_or("what the track says", |codec| codec.description().name);
    let message = message!(
        "what the key for key id {kid} makes of the samples isn't {codec}: another key encrypted them",
        kid,
        codec
    );
    Error::new(Code::DecryptionKeyWrong, message).option("decryptionKeys")
}

fn locate(mut error: Error, track: &PlannedTrack, segment: &PlannedSegment) -> Error {
    let time = clock(segment.cut.start, track.source.timescale);
    error.message = message!("{track}, segment at {time}: {reason}", track = track.id, time, reason = error.message);
    error.input(&track.origin.name)
}
