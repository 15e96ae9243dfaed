//! Rendering: a file's bytes from the plan and the input's bytes, and the facts about it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::plan::{OutputId, Plan, PlannedSegment, PlannedTrack, Run, Step, is_clear, runs};
use super::sets::{Set, SetProtection, Stream};
use super::signals::Keys;
use super::transport;
use super::window::Window;
use crate::bytes::Writer;
use crate::cenc::{Scheme, encrypt_segment, iv_of_sequence_number};
use crate::codec::Protector;
use crate::demux::{Kind, Track};
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId};
use crate::mp4::fragment::{SidxReference, put_sidx, sidx_size};
use crate::mp4::header::put_styp;
use crate::mp4::protection::Tenc;
use crate::mux::{
    Encryption, Fragment, FragmentSample, InitEntry, InitTrack, Iv, SampleGroup, write_fragment, write_init,
};
use crate::presentation::{Container, File, KeyFrame, Names};
use crate::time::clock;

/// A rendered file, or a part of one.
#[derive(Debug)]
pub struct Rendered {
    /// The path below the output's root.
    pub path: String,
    /// Which part of the file it is.
    pub part: Part,
    /// The content.
    pub bytes: Vec<u8>,
    /// What manifests need to know of it; `None` for an init segment.
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
}

impl Plan {
    /// The init segments of all targets that have files of their own.
    pub fn inits(&self) -> Vec<Rendered> {
        if self.options.single_file {
            return Vec::new();
        }
        self.sets.iter().flat_map(|set| self.inits_of(set)).collect()
    }

    /// The init segments of a target.
    pub(super) fn inits_of<'a>(&'a self, set: &'a Set) -> impl Iterator<Item = Rendered> + 'a {
        let streams = set.streams.iter().filter(|stream| stream.container.has_init());
        streams.map(|stream| self.render_init(set, &self.tracks[stream.track]))
    }

    /// Decrypts the samples of protected inputs in the bytes that a step asked for. Must be called once
    /// before the step's segments are rendered; where no input is protected it does nothing.
    pub fn decrypt(&self, step: &Step, window: &mut Window) -> Result<()> {
        let mut opened = Vec::new();
        for output in &step.outputs {
            let track = self.sets[output.set].streams[output.stream].track;
            if opened.contains(&track) {
                continue; // for another stream
            }
            opened.push(track);
            let planned = &self.tracks[track];
            let segment = &planned.segments[output.segment];
            let track = self.track(planned);
            let Some(protection) = &track.protection else { continue };
            let samples = segment.cut.samples.clone();
            for (sample, protection) in track.samples[samples.clone()].iter().zip(protection.of(samples)) {
                let Some(protection) = protection else { continue };
                let opened = self.opener.open(&protection, window.slice_mut(sample.offset, sample.size)?);
                opened.map_err(|error| self.locate(error.at(sample.offset), planned, segment))?;
            }
        }
        Ok(())
    }

    /// A media segment, from the bytes of the ranges that its step asked for.
    pub fn render(&self, output: OutputId, window: &Window) -> Result<Rendered> {
        let set = &self.sets[output.set];
        let stream = &set.streams[output.stream];
        let planned = &self.tracks[stream.track];
        let segment = &planned.segments[output.segment];
        let rendered = match stream.container {
            Container::Fmp4 => self.render_segment(set, planned, segment, window),
            // Where a key frame is in these isn't reported: they have no playlist of key frames.
            Container::MpegTs | Container::PackedAudio(_) => {
                self.render_transport(set, stream, output.segment, window).map(|bytes| (bytes, None))
            }
            Container::WebVtt => {
                self.render_webvtt(planned, segment, transport::start(set), window).map(|bytes| (bytes, None))
            }
        };
        let (mut bytes, mut key_frame) = rendered.map_err(|error| self.locate(error, planned, segment))?;
        if set.segments.is_some() && planned.keys.is_some() {
            // In CBC over the whole segment a range of bytes neither starts with the IV that playlists tell nor ends
            // with padding (rfc8216bis section 6.2.3); and those of a clear lead alone are no use.
            key_frame = None;
        }
        if let Some((key, iv)) = self.whole_key(set, planned, output.segment) {
            encrypt_segment(key, iv, &mut bytes);
        }
        let (path, part) = if self.options.single_file {
            (single_path(set, planned, stream), Part::Next { head_size: self.head_size(set, stream) })
        } else {
            (self.segment_path(set, planned, stream, output.segment), Part::Whole)
        };
        Ok(Rendered { path, part, fact: Some(Fact { output, size: bytes.len() as u64, key_frame }), bytes })
    }

    /// The key and the IV of a segment that is encrypted as a whole, where that is how the target is protected and the
    /// segment isn't of the clear lead.
    pub(super) fn whole_key(
        &self,
        set: &Set,
        planned: &PlannedTrack,
        number: usize,
    ) -> Option<(&ContentKey, [u8; 16])> {
        let (protection, keys) = set.segments.as_ref().zip(planned.keys.as_deref())?;
        let segment = &planned.segments[number];
        let iv = protection.iv.unwrap_or_else(|| iv_of_sequence_number(number as u64));
        let is_clear = is_clear(self.track(planned), segment, planned);
        (!is_clear).then(|| (&self.keys[keys[segment.period]].pair.key, iv))
    }

    /// What stands before the media segments of single files: the init segment and the segment index.
    pub fn heads(&self, facts: &[Fact]) -> Result<Vec<Rendered>> {
        let mut heads = Vec::new();
        for (number, set) in self.sets.iter().enumerate().filter(|_| self.options.single_file) {
            for (index, stream) in set.streams.iter().enumerate() {
                let planned = &self.tracks[stream.track];
                if !stream.container.has_init() {
                    // Nothing stands there, but the file ends with it.
                    let path = single_path(set, planned, stream);
                    heads.push(Rendered { path, part: Part::Head, bytes: Vec::new(), fact: None });
                    continue;
                }
                let mut head = self.render_init(set, planned);
                let mut out = Writer::new();
                let facts = self.segment_facts(number, index, facts)?;
                let references: Vec<SidxReference> = planned
                    .segments
                    .iter()
                    .zip(facts)
                    .map(|(segment, Fact { size, .. })| SidxReference { size, duration: segment.duration })
                    .collect();
                let start = planned.segments.first().map_or(0, |first| first.start);
                put_sidx(&mut out, self.track(planned).timescale, start, &references).map_err(|_| {
                    Error::new(
                        Code::LimitExceeded,
                        format!("{} has more or longer segments than an index can list", planned.id),
                    )
                })?;
                head.bytes.extend(out.into_vec());
                head.path = single_path(set, planned, stream);
                head.part = Part::Head;
                heads.push(head);
            }
        }
        Ok(heads)
    }

    /// How far single files are written once the segments of these facts are: a path with the offset of what comes
    /// next. Nothing for files of whole segments.
    pub fn ends(&self, facts: &[Fact]) -> Vec<(String, u64)> {
        if !self.options.single_file {
            return Vec::new();
        }
        let mut ends: Vec<(String, u64)> = Vec::new();
        for fact in facts {
            let Some(set) = self.sets.get(fact.output.set) else { continue };
            let Some(stream) = set.streams.get(fact.output.stream) else { continue };
            let planned = &self.tracks[stream.track];
            let path = single_path(set, planned, stream);
            match ends.iter_mut().find(|(known, _)| *known == path) {
                Some((_, end)) => *end += fact.size,
                None => ends.push((path, self.head_size(set, stream) + fact.size)),
            }
        }
        ends
    }

    /// The size in bytes of what stands before the first media segment of a single file.
    fn head_size(&self, set: &Set, stream: &Stream) -> u64 {
        let planned = &self.tracks[stream.track];
        if stream.container.has_init() { self.init_size(set, planned) + sidx_size(planned.segments.len()) } else { 0 }
    }

    /// The size of a track's init segment in bytes.
    pub(super) fn init_size(&self, set: &Set, planned: &PlannedTrack) -> u64 {
        self.render_init(set, planned).bytes.len() as u64
    }

    /// The facts of each media segment of a stream; an error if one was not rendered.
    pub(super) fn segment_facts(&self, set: usize, stream: usize, facts: &[Fact]) -> Result<Vec<Fact>> {
        let planned = &self.tracks[self.sets[set].streams[stream].track];
        let mut found = vec![None; planned.segments.len()];
        for fact in facts.iter().filter(|fact| fact.output.set == set && fact.output.stream == stream) {
            if let Some(place) = found.get_mut(fact.output.segment) {
                *place = Some(*fact);
            }
        }
        let missing = || Error::new(Code::Internal, format!("a segment of {} was not rendered", planned.id));
        found.into_iter().map(|fact| fact.ok_or_else(missing)).collect()
    }

    fn render_init(&self, set: &Set, planned: &PlannedTrack) -> Rendered {
        let track = self.track(planned);
        let protected = set.protection.as_ref().zip(planned.keys.as_deref());
        let tenc = protected.map(|(protection, keys)| protection.tenc(track.kind, self.keys[keys[0]].pair.kid));
        let systems = protected.map(|(_, keys)| self.signals(set, keys, Keys::All)).unwrap_or_default();
        let bytes = write_init(&InitTrack {
            kind: track.kind,
            tkhd: &track.tkhd,
            timescale: track.timescale,
            packed_language: track.packed_language,
            media_time: planned.media_time,
            entries: track
                .entries
                .iter()
                .map(|entry| InitEntry { coding_name: entry.coding_name, bytes: &entry.bytes })
                .collect(),
            pssh: systems.into_iter().flat_map(|system| system.pssh).collect(),
            tenc,
        });
        Rendered {
            path: File::Init { track: &planned.id }.within(set.target.as_str()),
            part: Part::Whole,
            bytes,
            fact: None,
        }
    }

    /// The bytes of a segment, and where its first key frame is in them.
    fn render_segment(
        &self,
        set: &Set,
        planned: &PlannedTrack,
        segment: &PlannedSegment,
        window: &Window,
    ) -> Result<(Vec<u8>, Option<KeyFrame>)> {
        let track = self.track(planned);
        let samples = &track.samples[segment.cut.samples.clone()];
        let payload: usize = samples.iter().map(|sample| sample.size as usize).sum();
        // Room for the samples, and for each one's place in trun and senc.
        let mut out = Writer::with_capacity(payload + 64 * samples.len() + 512);
        if !self.options.single_file {
            put_styp(&mut out);
        }
        // Kept from run to run: what a sample's headers mean may depend on the samples before.
        let mut current: Option<(u16, Box<dyn Protector>)> = None;
        let mut key_frame = None;
        for (number, run) in (0u32..).zip(runs(track, &segment.cut, planned.clear_until)) {
            let bytes: Vec<Cow<'_, [u8]>> =
                run.samples.clone().map(|index| read_sample(track, index, window)).collect::<Result<_>>()?;
            let fragment = Fragment {
                sequence_number: segment.first_sequence_number + number,
                sample_description_index: u32::from(run.entry) + 1,
                base_media_decode_time: run.decode_time + planned.decode_offset,
                samples: track.samples[run.samples.clone()]
                    .iter()
                    .zip(&bytes)
                    .map(|(sample, data)| FragmentSample {
                        data,
                        duration: sample.duration,
                        composition_offset: sample.composition_offset,
                        sync: sample.sync,
                        offset: sample.offset,
                    })
                    .collect(),
            };
            let encryption = self.encryption(set, planned, track, segment, &run);
            let (_, mut protector) = current
                .take_if(|(entry, _)| *entry == run.entry)
                .unwrap_or_else(|| (run.entry, track.entries[usize::from(run.entry)].codec.protector()));
            let start = out.len() as u64;
            let end = write_fragment(&mut out, &fragment, encryption.as_ref(), &mut *protector)? as u64;
            if number == 0 && track.kind == Kind::Video && fragment.samples.first().is_some_and(|first| first.sync) {
                key_frame = Some(KeyFrame { offset: start, size: end - start });
            }
            current = Some((run.entry, protector));
        }
        Ok((out.into_vec(), key_frame))
    }

    /// How a run of samples is encrypted; `None` in a clear track.
    pub(super) fn encryption(
        &self,
        set: &Set,
        planned: &PlannedTrack,
        track: &Track,
        segment: &PlannedSegment,
        run: &Run,
    ) -> Option<Encryption<'_>> {
        let (protection, keys) = set.protection.as_ref().zip(planned.keys.as_deref())?;
        let pair = &self.keys[keys[segment.period]].pair;
        let first = run.samples.start as u64;
        // Samples that differ from the defaults of `tenc`, and all where the key changes, say so.
        let grouped = run.clear || keys.len() > 1;
        Some(Encryption {
            scheme: protection.scheme,
            pattern: protection.pattern(track.kind),
            key: (!run.clear).then_some(&pair.key),
            group: grouped.then(|| SampleGroup {
                is_protected: !run.clear,
                tenc: protection.tenc(track.kind, pair.kid),
                pssh: if run.clear || keys.len() == 1 {
                    Vec::new()
                } else {
                    let systems = self.signals(set, keys, Keys::OfPeriod(segment.period));
                    systems.into_iter().flat_map(|system| system.pssh).collect()
                },
            }),
            iv: match protection.scheme {
                Scheme::Cbcs => Iv::Constant(protection.constant_iv),
                Scheme::Cbc1 => Iv::Random { seed: &self.options.seed, track: planned.first_iv, first },
                Scheme::Cenc | Scheme::Cens => Iv::Counted {
                    first: planned.first_iv.wrapping_add(first),
                    block_counter: *protection.constant_iv.last_chunk().expect("8 of 16 bytes"),
                    size: usize::from(protection.per_sample_iv_size),
                },
            },
        })
    }

    /// The path of a media segment.
    fn segment_path(&self, set: &Set, planned: &PlannedTrack, stream: &Stream, segment: usize) -> String {
        let name = self.names().of(segment, planned.segments[segment].start);
        File::Segment { track: &planned.id, name, container: stream.container }.within(set.target.as_str())
    }

    /// What the files of media segments are named by.
    pub(super) fn names(&self) -> Names {
        if self.options.segments_by_time { Names::Starts } else { Names::Numbers }
    }

    fn locate(&self, mut error: Error, planned: &PlannedTrack, segment: &PlannedSegment) -> Error {
        let track = self.track(planned);
        let time = clock(segment.cut.start, track.timescale);
        error.message =
            message!("{track}, segment at {time}: {reason}", track = planned.id, time, reason = error.message);
        error.input(&self.inputs[planned.input].name)
    }
}

impl SetProtection {
    /// The encryption defaults of a track under a key.
    fn tenc(&self, kind: Kind, kid: KeyId) -> Tenc {
        let pattern = self.pattern(kind);
        Tenc {
            scheme: self.scheme.fourcc(),
            default_crypt_byte_block: pattern.crypt_byte_block,
            default_skip_byte_block: pattern.skip_byte_block,
            default_kid: kid.0,
            default_per_sample_iv_size: self.per_sample_iv_size,
            default_constant_iv: if self.per_sample_iv_size == 0 { self.constant_iv.to_vec() } else { Vec::new() },
        }
    }
}

/// The path of a track's single file.
fn single_path(set: &Set, planned: &PlannedTrack, stream: &Stream) -> String {
    File::Whole { track: &planned.id, container: stream.container }.within(set.target.as_str())
}

/// The bytes of a sample, from those of its source.
pub(super) fn read_sample<'a>(track: &'a Track, index: usize, window: &'a Window) -> Result<Cow<'a, [u8]>> {
    let source = track.source(index);
    if source.is_empty() {
        return track.sample(index, &[]);
    }
    let size = u32::try_from(source.end - source.start)
        .map_err(|_| Error::new(Code::LimitExceeded, "a sample is spread over 4 GiB").at(source.start))?;
    track.sample(index, window.slice(source.start, size)?)
}
