//! Segments of MPEG-TS and packed audio: packets and tables, time stamps, every sample decrypted and compared with its
//! source; and segments that are encrypted as a whole.

use super::content::{Looks, ends_right, nal_units, nal_units_of};
use super::finding::{Finding, FindingCode};
use super::sealed::Sealed;
use super::source::{Source, counted};
use super::stream_frames::{self as frames, Frame, family, fault, opened};
use super::stream_packets::{self as packets, Carried, Coding, Fault, Tables};
use super::track::{SegmentFacts, TrackFacts};
use super::{Files, Verifier};
use crate::bytes::Writer;
use crate::cenc::Decryptor;
use crate::codec::nal_family::{NalContent, NalFamily};
use crate::codec::{Codec, VideoRange, aac, avc, dolby_frames, hevc, mp3};
use crate::demux::{Kind, Properties};
use crate::error::Message;
use crate::manifest::playlist::Media;
use crate::manifest::{Place, Segment};
use crate::order::Map;
use crate::presentation::Sap;
use crate::time::seconds;

/// Ticks of time stamps in a second.
const RATE: u32 = 90_000;

/// When time stamps start again.
const WRAP: i64 = 1 << 33;

/// How far times may be off the source's: what is rounded to milliseconds, in seconds.
const ROUNDING: f64 = 0.0021;

/// How many samples of the source may stand before the first that is in the presentation.
const LEFT_OUT: usize = 64;

/// How many samples tell which of several keys is the right one.
const TELLING: usize = 32;

/// Whether a segment is MPEG-TS or packed audio by the end of its name (RFC 8216 sections 3.2 and 3.4).
pub(super) fn is_stream(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ["ts", "m2ts", "aac", "mp3", "ac3", "ec3"].contains(&ending.as_str()))
}

/// Where reading a playlist's segments stands.
struct Reading {
    file: String,
    tables: Tables,
    lanes: Vec<Lane>,
    segments: Vec<Option<SegmentFacts>>,
    /// A time that others are near, in 1/90,000 s; `None` where the clock may say anything.
    near: Option<i64>,
    /// The key that opens the samples of each set of keys.
    keys: Map<usize, Option<Decryptor>>,
}

/// An elementary stream over all segments.
struct Lane {
    pid: u16,
    coding: Coding,
    /// Bytes of a frame that goes on in the next segment.
    rest: Vec<u8>,
    /// The first parameter sets, each behind four bytes of its length.
    sets: Vec<u8>,
    /// The first frame of sound, with its header.
    first_frame: Vec<u8>,
    /// When the last sample is presented, ends, and is decoded.
    last: Option<Timed>,
    /// How many samples were read.
    samples: usize,
    /// The source that it is compared with, and which of its samples comes next.
    source: Option<usize>,
    next_source: usize,
    is_source_sought: bool,
    /// Of the first sample that was compared: its times, and its place in the source.
    first: Option<(Timed, usize)>,
    /// Whether a segment before is missing, so that the place in the source is to be found by time.
    is_behind_gap: bool,
    looks: Looks,
    are_opened: bool,
}

/// The times of a sample in 1/90,000 s from some 0.
#[derive(Debug, Clone, Copy)]
struct Timed {
    presented: i64,
    decoded: i64,
    /// How long it lasts, where that is known.
    lasts: Option<i64>,
    /// Whether the stream says so itself; else it is counted.
    is_stated: bool,
}

impl Lane {
    fn new(carried: &Carried, coding: Coding) -> Self {
        Self {
            pid: carried.pid,
            coding,
            rest: Vec::new(),
            sets: Vec::new(),
            first_frame: Vec::new(),
            last: None,
            samples: 0,
            source: None,
            next_source: 0,
            is_source_sought: false,
            first: None,
            is_behind_gap: false,
            looks: Looks::default(),
            are_opened: false,
        }
    }

    fn kind(&self) -> Kind {
        if family(self.coding).is_some() { Kind::Video } else { Kind::Audio }
    }

    /// Keeps the first parameter sets, or the first frame.
    fn learn(&mut self, frame: &Frame) {
        match family(self.coding) {
            Some(family) => {
                let is_set = |nal: &&Vec<u8>| (family.unit)(nal).content == NalContent::ParameterSet;
                if self.sets.is_empty() {
                    let mut sets = Writer::new();
                    for nal in frame.parts.iter().filter(is_set) {
                        sets.u32(u32::try_from(nal.len()).unwrap_or(0)).bytes(nal);
                    }
                    self.sets = sets.into_vec();
                }
            }
            None if self.first_frame.is_empty() => self.first_frame = frame.parts.first().cloned().unwrap_or_default(),
            None => (),
        }
    }

    /// What the stream says of itself: properties, its codecs parameter, and others that it may have.
    fn describe(&self) -> (Properties, Vec<String>, Vec<String>) {
        let video = |size: Option<(u32, u32)>, aspect: Option<(u32, u32)>, codec: String| {
            let (width, height) = size.unwrap_or_default();
            let sample_aspect_ratio = aspect.unwrap_or((1, 1));
            let video_range = VideoRange::Sdr;
            (
                Properties::Video { width, height, sample_aspect_ratio, colour: None, video_range },
                vec![codec],
                Vec::new(),
            )
        };
        let audio = |sampling_rate, channels, codecs: &[&str], others: &[&str]| {
            let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            (Properties::Audio { sampling_rate, channels }, texts(codecs), texts(others))
        };
        let record = family(self.coding).and_then(|family| (family.record_of_sets)(&self.sets).ok().flatten());
        match self.coding {
            Coding::Avc => {
                let config = record.and_then(|record| avc::Config::read(*b"avc1", crate::mp4::reader(&record, 0)).ok());
                let of = |config: avc::Config| {
                    video(config.size(), config.sample_aspect_ratio(), Codec::Avc(config).rfc6381())
                };
                config.map_or_else(|| video(None, None, "avc1".to_owned()), of)
            }
            Coding::Hevc => {
                let config =
                    record.and_then(|record| hevc::Config::read(*b"hvc1", crate::mp4::reader(&record, 0)).ok());
                let of = |config: hevc::Config| {
                    video(config.size(), config.sample_aspect_ratio(), Codec::Hevc(config).rfc6381())
                };
                config.map_or_else(|| video(None, None, "hvc1".to_owned()), of)
            }
            // Whether a decoder finds SBR in it no header tells.
            Coding::Aac => audio(0, 0, &[], &["mp4a.40.2", "mp4a.40.5", "mp4a.40.29", "mp4a.67", "mp4a.40.1"]),
            Coding::Dolby => match dolby_frames::Frame::read(&self.first_frame) {
                Some(frame) if frame.enhanced => audio(frame.sampling_rate, frame.channels(), &["ec-3"], &[]),
                Some(frame) => audio(frame.sampling_rate, frame.channels(), &["ac-3"], &[]),
                None => audio(0, 0, &[], &["ac-3", "ec-3"]),
            },
            Coding::Mpeg => match mp3::Frame::read(&self.first_frame) {
                Some(frame) => audio(frame.sampling_rate, frame.channels, &[], &["mp4a.6B", "mp4a.69", "mp4a.40.34"]),
                None => audio(0, 0, &[], &[]),
            },
        }
    }
}

/// The value of a stamp that is nearest to a time.
fn unwrapped(stamp: u64, near: Option<i64>) -> i64 {
    let stamp = i64::try_from(stamp).unwrap_or(0);
    let Some(near) = near else { return stamp };
    let ahead = (stamp - near).rem_euclid(WRAP);
    near + if ahead < WRAP / 2 { ahead } else { ahead - WRAP }
}

impl<F: Files> Verifier<'_, F> {
    /// Reads the segments of a playlist; gives the index of what was found.
    pub(super) async fn stream(&mut self, path: &str, media: &Media) -> Result<Option<usize>, F::Error> {
        let places: Vec<Place> = media.segments.iter().map(|segment| segment.place.clone()).collect();
        let id = (media.maps.first().cloned(), places);
        if let Some(&known) = self.known.get(&id) {
            return Ok(Some(known));
        }
        let mut reading = Reading {
            file: path.to_owned(),
            tables: Tables::default(),
            lanes: Vec::new(),
            segments: Vec::new(),
            near: None,
            keys: Map::default(),
        };
        if let Some(map) = media.maps.first() {
            let missing = message!("the init segment of {name} is missing", name = path);
            let missing = Finding::new(FindingCode::FileMissing, &map.path, missing);
            if let Some(bytes) = self.bytes(map, missing).await? {
                packets::transport(&bytes, &mut reading.tables, &mut Vec::new());
            }
        }
        for (index, segment) in media.segments.iter().enumerate() {
            let message = message!("segment {index} of {name} is missing", index = index + 1, name = path);
            let missing = Finding::new(FindingCode::FileMissing, &segment.place.path, message).segment(index);
            let read = match self.bytes(&segment.place, missing).await? {
                Some(bytes) => {
                    self.counts.segments += 1;
                    let sealed = Sealed::of(media, segment.keys, index);
                    self.unsealed(path, index, segment, Some(&sealed), bytes).await?
                }
                None => None,
            };
            if segment.discontinuity {
                reading.near = None;
                reading.lanes.iter_mut().for_each(|lane| lane.last = None);
            }
            let facts = match read {
                Some(bytes) => self.stream_segment(&mut reading, path, media, index, &bytes).await?,
                None => None,
            };
            if facts.is_none() {
                for lane in &mut reading.lanes {
                    lane.rest.clear();
                    lane.is_behind_gap = true;
                }
            }
            reading.segments.push(facts);
        }
        let Some(facts) = self.stream_end(reading) else { return Ok(None) };
        self.tracks.push(facts);
        self.known.insert(id, self.tracks.len() - 1);
        Ok(Some(self.tracks.len() - 1))
    }

    /// Checks a segment; `None` where it can't be read.
    async fn stream_segment(
        &mut self,
        reading: &mut Reading,
        playlist: &str,
        media: &Media,
        index: usize,
        bytes: &[u8],
    ) -> Result<Option<SegmentFacts>, F::Error> {
        let segment = &media.segments[index];
        let keys = segment.keys.and_then(|set| media.key_sets.get(set));
        let key = keys.and_then(|keys| {
            let of_samples = || keys.iter().filter(|key| key.method == "SAMPLE-AES");
            of_samples().find(|key| key.key_format == "identity").or(of_samples().next())
        });
        let mut faults = Vec::new();
        let carried = match packets::is_transport(bytes) || segment.place.path.to_ascii_lowercase().ends_with("ts") {
            true => packets::transport(bytes, &mut reading.tables, &mut faults),
            false => packets::packed(bytes, key.is_some(), &mut faults),
        };
        let offset = segment.place.range.map_or(0, |range| range.0);
        let finding = |Fault { code, message, at }: Fault| {
            Finding::new(code, &segment.place.path, message).segment(index).at(offset + at as u64)
        };
        self.findings_of(faults.into_iter().map(finding).collect());
        let mut whole: Option<SegmentFacts> = None;
        let is_last = index + 1 == media.segments.len();
        for mut carried in carried {
            let Some(coding) = carried.coding else { continue };
            let (units, is_sealed) = (std::mem::take(&mut carried.units), carried.is_sealed);
            let known = reading.lanes.iter().position(|lane| lane.pid == carried.pid && lane.coding == coding);
            let number = known.unwrap_or(reading.lanes.len());
            if known.is_none() {
                reading.lanes.push(Lane::new(&carried, coding));
            }
            let frames = match family(coding) {
                Some(family) => Ok(frames::pictures(family, units)),
                None => frames::sound(coding, &mut reading.lanes[number].rest, units),
            };
            let mut frames = match frames {
                Ok(frames) if !frames.is_empty() => frames,
                Ok(_) => continue,
                Err((message, at)) => {
                    self.findings.add(finding(Fault { code: FindingCode::PacketInvalid, message, at }));
                    continue;
                }
            };
            let count = frames.len();
            self.counts.samples += count;
            let mut is_clear = true;
            if is_sealed {
                self.counts.encrypted += count;
                is_clear = match key {
                    Some(key) => {
                        let iv = key.iv.unwrap_or_else(|| {
                            crate::cenc::iv_of_sequence_number(media.first_number.saturating_add(index as u64))
                        });
                        let set = segment.keys.unwrap_or_default();
                        if reading.keys.get(&set).is_none() {
                            let candidates = self.candidates(playlist, key).await?;
                            reading.keys.insert(set, likeliest(candidates, iv, coding, &frames));
                        }
                        match reading.keys.get(&set) {
                            Some(Some(key)) => {
                                open_all(key, iv, coding, &mut frames);
                                true
                            }
                            _ => false,
                        }
                    }
                    None => false, // no key is in force, which is found below
                };
                if is_clear {
                    self.counts.decrypted += count;
                }
            }
            let facts = self.lane_times(reading, number, (segment, index, is_last), &frames);
            let lane = &mut reading.lanes[number];
            lane.are_opened |= is_sealed && is_clear;
            if is_clear {
                self.lane_content(lane, segment, index, &frames, &facts.1).await?;
            }
            lane.samples += count;
            let (encrypted, clear) = if is_sealed { (count, 0) } else { (0, count) };
            let facts =
                SegmentFacts { size: bytes.len() as u64, is_anew: segment.discontinuity, encrypted, clear, ..facts.0 };
            // Pictures tell where a segment begins and ends, where there are any.
            let is_better = reading.lanes[number].kind() == Kind::Video;
            let sums = whole.map_or((0, 0), |whole| (whole.encrypted, whole.clear));
            whole = Some(SegmentFacts {
                encrypted: facts.encrypted + sums.0,
                clear: facts.clear + sums.1,
                ..whole.filter(|_| !is_better).unwrap_or(facts)
            });
        }
        if whole.is_none() {
            let message = message!("the segment has no sample that can be read");
            self.findings.add(Finding::new(FindingCode::SegmentInvalid, &segment.place.path, message).segment(index));
        }
        Ok(whole)
    }

    /// The times of a segment's samples, and what is wrong with them.
    fn lane_times(
        &mut self,
        reading: &mut Reading,
        number: usize,
        (segment, index, is_last): (&Segment, usize, bool),
        frames: &[Frame],
    ) -> (SegmentFacts, Vec<Timed>) {
        let lane = &mut reading.lanes[number];
        let mut times: Vec<Timed> = Vec::new();
        let mut found = Vec::new();
        for (at, frame) in frames.iter().enumerate() {
            let finding = |message: Message| {
                let finding = Finding::new(FindingCode::StampWrong, &segment.place.path, message);
                finding.segment(index).sample(lane.samples + at).at(frame.at as u64)
            };
            let lasts =
                frame.lasts.map(|(samples, rate)| i64::from(samples) * i64::from(RATE) / i64::from(rate.max(1)));
            let before = times.last().copied().or(lane.last);
            let stated = frame.presented.zip(frame.decoded).map(|(presented, decoded)| {
                let near = before.map(|before| before.decoded).or(reading.near);
                let decoded = unwrapped(decoded, near);
                Timed { presented: unwrapped(presented, Some(decoded)), decoded, lasts, is_stated: true }
            });
            let counted = before.map(|before| {
                let by = before.lasts.unwrap_or(0);
                Timed { presented: before.presented + by, decoded: before.decoded + by, lasts, is_stated: false }
            });
            if let (Some(stated), Some(before)) = (stated, before)
                && stated.decoded <= before.decoded
            {
                let by = seconds(before.decoded - stated.decoded, RATE);
                found.push(finding(message!(
                    "the sample's time stamp is {by} s before that of the one before it",
                    by = format!("{by:.3}")
                )));
            }
            if stated.is_none() && times.is_empty() {
                found.push(finding(message!("the first sample of the segment has no time stamp")));
            }
            if let Some(stated) = stated
                && stated.presented < stated.decoded
            {
                found.push(finding(message!("the picture is shown before it is decoded")));
            }
            times.push(stated.or(counted).unwrap_or(Timed { presented: 0, decoded: 0, lasts, is_stated: false }));
        }
        let is_video = lane.kind() == Kind::Video;
        let starts_right = family(lane.coding).is_none_or(|family| can_start(family, &frames[0].parts));
        if is_video && !starts_right {
            let message = message!("the segment doesn't start with a picture that can be decoded by itself");
            let finding = Finding::new(FindingCode::SegmentStart, &segment.place.path, message);
            found.push(finding.segment(index).sample(lane.samples));
        }
        let sap = if is_video { family(lane.coding).map(|family| sap(family, frames, &times)) } else { Some(Sap::One) };
        lane.last = times.last().copied();
        reading.near = lane.last.map(|last| last.decoded);
        self.findings_of(found);
        (SegmentFacts { sap, ..span(&times, segment, is_last) }, times)
    }

    /// The content of a segment's samples, by itself and against the source.
    async fn lane_content(
        &mut self,
        lane: &mut Lane,
        segment: &Segment,
        index: usize,
        frames: &[Frame],
        times: &[Timed],
    ) -> Result<(), F::Error> {
        let file = &segment.place.path;
        lane.learn(&frames[0]);
        let theirs = self.theirs(lane, segment, frames, times).await?;
        let codec = adts_codec(lane.coding);
        for (at, frame) in frames.iter().enumerate() {
            let number = lane.samples + at;
            let finding =
                |code, message| Finding::new(code, file, message).segment(index).sample(number).at(frame.at as u64);
            let source = lane.source.and_then(|source| self.sources.get(source));
            if let (Some(theirs), Some(source)) = (theirs.get(at), source) {
                self.counts.compared += 1;
                if let Some(message) = difference(lane.coding, frame, theirs, source, lane.next_source) {
                    self.findings.add(finding(FindingCode::SampleDiffers, message));
                } else if let Some(message) = moved(lane, source, times[at]) {
                    self.findings.add(finding(FindingCode::SampleTimeDiffers, message));
                }
            } else {
                if let Some(message) = fault(lane.coding, &frame.parts) {
                    self.findings.add(finding(FindingCode::SampleInvalid, message));
                }
                let frame = frame.parts.first().map_or(&[][..], Vec::as_slice);
                if let Some(is_right) = codec.as_ref().and_then(|codec| ends_right(codec, frame)) {
                    lane.looks.add(frame, is_right, number, index, file);
                }
            }
            lane.next_source += 1;
        }
        Ok(())
    }

    /// The source's samples of a segment.
    async fn theirs(
        &mut self,
        lane: &mut Lane,
        segment: &Segment,
        frames: &[Frame],
        times: &[Timed],
    ) -> Result<Vec<Vec<u8>>, F::Error> {
        if self.sources.is_empty() {
            return Ok(Vec::new());
        }
        if !lane.is_source_sought {
            lane.is_source_sought = true;
            self.seek_stream(lane, &segment.place.path, frames, times).await?;
        }
        let Some(source) = lane.source.and_then(|index| self.sources.get(index)) else { return Ok(Vec::new()) };
        if std::mem::take(&mut lane.is_behind_gap)
            && let Some((first, first_index)) = lane.first
        {
            // Half a millisecond: rounding must not lead to the sample before.
            let since = seconds(times[0].decoded - first.decoded, RATE) - 0.0005;
            let begin = source.decode_times.get(first_index).copied().unwrap_or(0);
            let after = |&time: &u64| time.saturating_sub(begin) as f64 / f64::from(source.track.timescale) < since;
            lane.next_source = source.decode_times.partition_point(after);
        }
        source.read(self.files, lane.next_source, frames.len(), &self.opener).await
    }

    /// Finds the source's track that a stream was made of: of the same kind, with the first sample among its first.
    async fn seek_stream(
        &mut self,
        lane: &mut Lane,
        file: &str,
        frames: &[Frame],
        times: &[Timed],
    ) -> Result<(), F::Error> {
        let candidates: Vec<usize> =
            (0..self.sources.len()).filter(|&index| self.sources[index].track.kind == lane.kind()).collect();
        let mut found = None;
        for &index in &candidates {
            let source = &self.sources[index];
            let theirs = source.read(self.files, 0, LEFT_OUT, &self.opener).await?;
            let is_same =
                |(at, theirs): (usize, &Vec<u8>)| difference(lane.coding, &frames[0], theirs, source, at).is_none();
            if let Some(at) = theirs.iter().enumerate().position(is_same) {
                found = Some((index, at));
                break;
            }
        }
        let (width, height) = match lane.describe().0 {
            Properties::Video { width, height, .. } => (width, height),
            _ => (0, 0),
        };
        let is_alike = |&&index: &&usize| match self.sources[index].track.properties {
            Properties::Video { width: w, height: h, .. } => (w, h) == (width, height),
            _ => false,
        };
        let alike = candidates.iter().find(is_alike).or(candidates.first());
        let Some((index, at)) = found.or(alike.map(|&index| (index, 0))) else {
            let message = message!("no source has a {kind} track to compare this with", kind = lane.kind().as_str());
            self.findings.add(Finding::new(FindingCode::SourceTrackMissing, file, message));
            return Ok(());
        };
        lane.source = Some(index);
        lane.next_source = at;
        lane.first = Some((times[0], at));
        self.sources[index].matches += 1;
        Ok(())
    }

    /// What can be said when all segments are read; `None` where no stream could be.
    fn stream_end(&mut self, reading: Reading) -> Option<TrackFacts> {
        let Reading { file, lanes, segments, .. } = reading;
        let is_complete = segments.iter().all(Option::is_some);
        let mut found = Vec::new();
        for lane in &lanes {
            if lane.looks.is_random() && lane.are_opened {
                let message = message!("the decrypted frames begin at random: the key is another");
                found.push(Finding::new(FindingCode::KeyWrong, &file, message));
            } else if lane.looks.is_telling() {
                for (sample, segment, file) in &lane.looks.wrong {
                    let message = message!("the decrypted frame doesn't end as frames of AAC do");
                    let finding = Finding::new(FindingCode::SampleInvalid, file, message);
                    found.push(finding.segment(*segment).sample(*sample));
                }
            }
            if !lane.rest.is_empty() {
                let message = message!("the last frame of sound is cut short");
                found.push(Finding::new(FindingCode::PacketInvalid, &file, message));
            }
            if let (Some(source), Some((_, first))) =
                (lane.source.and_then(|index| self.sources.get(index)), lane.first)
                && is_complete
            {
                let (ours, theirs) = (lane.samples + first, source.track.samples.len());
                if ours != theirs {
                    let message = message!("the track has {ours} samples, and its source {theirs}", ours, theirs);
                    found.push(Finding::new(FindingCode::SampleCountDiffers, &file, message));
                }
            }
        }
        self.findings_of(found);
        let main = lanes.iter().find(|lane| lane.kind() == Kind::Video).or(lanes.first())?;
        let (properties, codecs, mut others) = main.describe();
        for lane in lanes.iter().filter(|lane| !std::ptr::eq(*lane, main)) {
            let (_, codecs, more) = lane.describe();
            others.extend(codecs.into_iter().chain(more));
        }
        let shift =
            main.first.zip(main.source.and_then(|index| self.sources.get(index))).map(|((first, index), source)| {
                seconds(first.presented, RATE) - seconds(source.presentation_time(index), source.track.timescale)
            });
        Some(TrackFacts {
            file,
            kind: main.kind(),
            properties,
            codecs,
            other_codecs: others,
            timescale: RATE,
            defaults: Vec::new(),
            pssh: Vec::new(),
            kids: Default::default(),
            segments,
            shift,
        })
    }
}

/// How playing can start with a segment of pictures.
fn sap(family: &NalFamily, frames: &[Frame], times: &[Timed]) -> Sap {
    let Some((first, shown)) = frames.first().zip(times.first()) else { return Sap::None };
    let leading = frames.iter().zip(times).filter(|(_, time)| time.presented < shown.presented);
    Sap::of((family.start)(&nals_of(first)), leading.map(|(frame, _)| (family.leading)(&nals_of(frame))))
}

fn nals_of(frame: &Frame) -> Vec<&[u8]> {
    frame.parts.iter().map(Vec::as_slice).collect()
}

/// Whether decoding can start with a picture.
fn can_start(family: &NalFamily, parts: &[Vec<u8>]) -> bool {
    let mut slices = (family.slices)();
    for nal in parts {
        match (family.unit)(nal).content {
            // A stream that repeats its sets does so where a decoder can start.
            NalContent::ParameterSet => return true,
            NalContent::Information if slices.is_recovery_point(nal) => return true,
            NalContent::Slice => return slices.read(nal).is_none_or(|head| head.is_sync || head.is_intra),
            _ => (),
        }
        let _ = slices.take_set(nal);
    }
    false
}

/// The codec of frames with headers of ADTS, as far as their ends tell of it.
fn adts_codec(coding: Coding) -> Option<Codec> {
    /// AAC-LC of two channels at 44.1 kHz: how frames end depends on neither.
    const CONFIG: [u8; 2] = [0x12, 0x10];
    match coding {
        Coding::Aac => aac::Config::read(&CONFIG).ok().map(Codec::Aac),
        _ => None,
    }
}

/// Of several keys the one under which fewest samples look wrong.
fn likeliest(candidates: Vec<Decryptor>, iv: [u8; 16], coding: Coding, frames: &[Frame]) -> Option<Decryptor> {
    if candidates.len() < 2 {
        return candidates.into_iter().next();
    }
    let codec = adts_codec(coding);
    let wrong = |key: &Decryptor| {
        let mut frames: Vec<Frame> = frames.iter().take(TELLING).cloned().collect();
        open_all(key, iv, coding, &mut frames);
        let is_wrong = |frame: &&Frame| {
            let ends_wrong = codec.as_ref().zip(frame.parts.first()).and_then(|(codec, part)| ends_right(codec, part));
            fault(coding, &frame.parts).is_some() || ends_wrong == Some(false)
        };
        frames.iter().filter(is_wrong).count()
    };
    candidates.into_iter().min_by_key(wrong)
}

fn open_all(key: &Decryptor, iv: [u8; 16], coding: Coding, frames: &mut [Frame]) {
    for part in frames.iter_mut().flat_map(|frame| &mut frame.parts) {
        *part = opened(key, iv, coding, part);
    }
}

/// When a segment starts and ends. How long its last picture lasts a transport stream doesn't say: as long as the others,
/// if they are all of one length, else as long as the playlist has it.
fn span(times: &[Timed], segment: &Segment, is_last: bool) -> SegmentFacts {
    let mut presented: Vec<i64> = times.iter().map(|time| time.presented).collect();
    presented.sort_unstable();
    let start = presented.first().copied().unwrap_or(0);
    let last = presented.last().copied().unwrap_or(0);
    let steps: Vec<i64> = presented.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (shortest, longest) = (steps.iter().min().copied().unwrap_or(0), steps.iter().max().copied().unwrap_or(0));
    /// What time stamps that were rounded to milliseconds differ by.
    const EVEN: i64 = 100;
    let stated = segment.duration.map(|microseconds| {
        i64::try_from(u128::from(microseconds) * u128::from(RATE) / 1_000_000).unwrap_or(i64::MAX / 2)
    });
    /// How many frames of sound a presentation may end within: what encoders put behind it isn't counted.
    const PADDING: i64 = 3;
    let end = match times.last().and_then(|time| time.lasts) {
        Some(lasts) => {
            let (end, listed) = (last + lasts, start + stated.unwrap_or(0));
            let is_padded = is_last && listed < end && end - listed <= PADDING * lasts;
            if is_padded { listed } else { end }
        }
        None if !steps.is_empty() && longest - shortest <= EVEN => last + longest,
        None => (start + stated.unwrap_or(0)).max(last + shortest),
    };
    let lasts = times.iter().filter_map(|time| time.lasts).max().unwrap_or(longest);
    let ticks = |time: i64| u64::try_from(time).unwrap_or(0);
    SegmentFacts {
        size: 0,
        start: ticks(start),
        end: ticks(end),
        longest_sample: ticks(lasts),
        sap: None,
        is_anew: false,
        encrypted: 0,
        clear: 0,
    }
}

/// How a sample differs from its source; `None` if it doesn't. Parameter sets and delimiters don't count.
fn difference(coding: Coding, frame: &Frame, theirs: &[u8], source: &Source, index: usize) -> Option<Message> {
    let differs =
        |ours: usize, theirs: usize| message!("the sample has {ours} bytes, and the source's {theirs}", ours, theirs);
    let Some(family) = family(coding) else {
        let ours = frame.parts.concat();
        if ours == theirs {
            return None;
        }
        if ours.len() != theirs.len() {
            return Some(differs(ours.len(), theirs.len()));
        }
        let count = ours.iter().zip(theirs).filter(|(a, b)| a != b).count();
        return Some(message!("{count} of {size} bytes differ from the source's", count, size = ours.len()));
    };
    let entry = source.track.samples.get(index).map_or(0, |sample| usize::from(sample.entry));
    let length_size = source.track.entries.get(entry).and_then(nal_units_of).map_or(4, |(_, size)| size);
    let theirs = counted(family, nal_units(theirs, length_size).unwrap_or_default());
    let ours = counted(family, frame.parts.iter().map(Vec::as_slice));
    // Zeros that trail a NAL unit belong to the byte stream.
    let trimmed = |unit: &[u8]| unit.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    if ours.len() != theirs.len() {
        return Some(message!(
            "the picture has {ours} NAL units, and the source's {theirs}",
            ours = ours.len(),
            theirs = theirs.len()
        ));
    }
    let wrong = ours.iter().zip(&theirs).find(|(ours, theirs)| **ours != &theirs[..trimmed(theirs)])?;
    let (ours, theirs) = wrong;
    if ours.len() != theirs.len() {
        return Some(message!(
            "a NAL unit of the picture has {ours} bytes, and the source's {theirs}",
            ours = ours.len(),
            theirs = theirs.len()
        ));
    }
    let count = ours.iter().zip(theirs.iter()).filter(|(a, b)| a != b).count();
    Some(message!("{count} of {size} bytes of a NAL unit differ from the source's", count, size = ours.len()))
}

/// How much a sample is presented at another time than the source's, counted from the first.
fn moved(lane: &Lane, source: &Source, time: Timed) -> Option<Message> {
    let (first, first_index) = lane.first?;
    if !time.is_stated || lane.next_source >= source.decode_times.len() || first_index >= source.decode_times.len() {
        return None;
    }
    let theirs = source.presentation_time(lane.next_source) - source.presentation_time(first_index);
    let by = seconds(time.presented - first.presented, RATE) - seconds(theirs, source.track.timescale);
    (by.abs() > ROUNDING).then(|| {
        let ms = format!("{:.1}", by * 1000.0);
        message!("the sample is presented {ms} ms later than the source's, counted from the first", ms)
    })
}
