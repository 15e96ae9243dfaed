//! Rendering: a file's bytes from the plan and the input's bytes, and the facts about it.

use serde::{Deserialize, Serialize};

use super::plan::{OutputId, Plan, PlannedSegment, PlannedTrack, Set};
use super::window::Window;
use crate::bytes::Writer;
use crate::cenc::Scheme;
use crate::demux::Track;
use crate::error::{Error, Result};
use crate::mp4::header::put_styp;
use crate::mp4::protection::Tenc;
use crate::mux::{Encryption, Fragment, FragmentSample, InitEntry, InitTrack, Iv, write_fragment, write_init};
use crate::time::clock;

/// A rendered file.
#[derive(Debug)]
pub struct Rendered {
    /// The path below the output's root.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// What manifests need to know of it; `None` for an init segment.
    pub fact: Option<Fact>,
}

/// What rendering reports of a media segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Which segment.
    pub output: OutputId,
    /// The size in bytes.
    pub size: u64,
}

impl Plan {
    /// The init segments of all targets.
    pub fn inits(&self) -> Vec<Rendered> {
        let each = |set| self.tracks.iter().map(move |track| (set, track));
        self.sets.iter().flat_map(each).map(|(set, track)| self.render_init(set, track)).collect()
    }

    /// A media segment, from the bytes of the ranges that its step asked for.
    pub fn render(&self, output: OutputId, window: &Window) -> Result<Rendered> {
        let set = &self.sets[output.set];
        let planned = &self.tracks[output.track];
        let segment = &planned.segments[output.segment];
        let bytes =
            self.render_segment(set, planned, segment, window).map_err(|error| self.locate(error, planned, segment))?;
        Ok(Rendered {
            path: format!("{}/{}/{}.m4s", set.target.as_str(), planned.id, output.segment + 1),
            fact: Some(Fact { output, size: bytes.len() as u64 }),
            bytes,
        })
    }

    fn render_init(&self, set: &Set, planned: &PlannedTrack) -> Rendered {
        let track = self.track(planned);
        let kid = self.key.as_ref().map(|key| key.kid);
        let tenc = set.protection.as_ref().zip(kid).map(|(protection, kid)| {
            let pattern = protection.pattern(track.kind);
            Tenc {
                scheme: protection.scheme.fourcc(),
                default_crypt_byte_block: pattern.crypt_byte_block,
                default_skip_byte_block: pattern.skip_byte_block,
                default_kid: kid.0,
                default_per_sample_iv_size: if protection.scheme == Scheme::Cenc { 8 } else { 0 },
                default_constant_iv: protection.constant_iv.to_vec(),
            }
        });
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
            pssh: set.protection.iter().flat_map(|it| &it.systems).flat_map(|system| &system.pssh).cloned().collect(),
            tenc,
        });
        Rendered { path: format!("{}/{}/init.mp4", set.target.as_str(), planned.id), bytes, fact: None }
    }

    fn render_segment(
        &self,
        set: &Set,
        planned: &PlannedTrack,
        segment: &PlannedSegment,
        window: &Window,
    ) -> Result<Vec<u8>> {
        let track = self.track(planned);
        let samples = &track.samples[segment.cut.samples.clone()];
        let payload: usize = samples.iter().map(|sample| sample.size as usize).sum();
        // Room for the samples, and for each one's place in trun and senc.
        let mut out = Writer::with_capacity(payload + 64 * samples.len() + 512);
        put_styp(&mut out);
        let mut decode_time = segment.cut.decode_time + planned.decode_offset;
        let mut first_sample = segment.cut.samples.start as u64;
        for (number, run) in (0u32..).zip(samples.chunk_by(|a, b| a.entry == b.entry)) {
            let entry = run[0].entry;
            let fragment = Fragment {
                sequence_number: segment.first_sequence_number + number,
                sample_description_index: u32::from(entry) + 1,
                base_media_decode_time: decode_time,
                samples: run.iter().map(|sample| read_sample(sample, window)).collect::<Result<_>>()?,
            };
            let encryption = self.encryption(set, planned, track, first_sample);
            let mut protector = track.entries[usize::from(entry)].codec.protector();
            write_fragment(&mut out, &fragment, encryption.as_ref(), &mut protector)?;
            decode_time += run.iter().map(|sample| u64::from(sample.duration)).sum::<u64>();
            first_sample += run.len() as u64;
        }
        Ok(out.into_vec())
    }

    /// How a fragment that begins with the sample of this number is encrypted.
    fn encryption(
        &self,
        set: &Set,
        planned: &PlannedTrack,
        track: &Track,
        first_sample: u64,
    ) -> Option<Encryption<'_>> {
        let protection = set.protection.as_ref()?;
        Some(Encryption {
            scheme: protection.scheme,
            pattern: protection.pattern(track.kind),
            key: &self.key.as_ref()?.key,
            iv: match protection.scheme {
                Scheme::Cenc => Iv::PerSample(planned.first_iv.wrapping_add(first_sample)),
                Scheme::Cbcs => Iv::Constant(protection.constant_iv),
            },
        })
    }

    fn locate(&self, mut error: Error, planned: &PlannedTrack, segment: &PlannedSegment) -> Error {
        let track = self.track(planned);
        error.message =
            format!("{}, segment at {}: {}", planned.id, clock(segment.cut.start, track.timescale), error.message);
        error.input(&self.inputs[planned.input].name)
    }
}

fn read_sample<'a>(sample: &crate::demux::Sample, window: &'a Window) -> Result<FragmentSample<'a>> {
    Ok(FragmentSample {
        data: window.slice(sample.offset, sample.size)?,
        duration: sample.duration,
        composition_offset: sample.composition_offset,
        sync: sample.sync,
    })
}
