//! Flash video: tags one behind the other (Adobe's "Video File Format Specification Version 10.1", annex E), with the
//! names of codecs that "Enhanced RTMP" adds to them. A tag's payload is a sample as MP4 has it.

use super::demuxer::{Demand, Demuxer};
use super::format::{Ending, Format, NOWHERE, Opening};
use super::mp4::naming::{self, Wanted};
use super::sound::{Clock, Frames};
use super::{
    Access, Entry, Input, Kind, Properties, Sample, Track, check_times, entries, language, no_track, pictures,
    start_together,
};
use crate::codec::captions::Captions;
use crate::codec::mp3;
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::time::{Ticks, rescale_nearest};

/// Flash video.
pub(super) const FORMAT: Format = Format {
    names: &["FLV"],
    endings: &[Ending::new("flv", "video/x-flv")],
    sniff: |head| (head.starts_with(b"FLV\x01") && head.len() >= HEADER).then_some(0),
    search: NOWHERE,
    open: |opening| Ok(opening.started_with(Flv::new(opening))),
};

/// The size of the file's header and of a tag's, in bytes; behind each stands the size of the tag before.
const HEADER: usize = 9;
const TAG: usize = 11;
const PREVIOUS: u64 = 4;

/// What is read of a tag's data, where not all is wanted: what stands before the payload, and a frame's header.
const HEAD: usize = 24;

const AUDIO: u8 = 8;
const VIDEO: u8 = 9;

/// Time stamps are milliseconds.
const TIMESCALE: u32 = 1000;

/// Reads a file, tag by tag.
#[derive(Debug)]
struct Flv {
    name: String,
    size: u64,
    start: u64,
    has_header: bool,
    video: Lane,
    audio: Lane,
    /// The presentation times of pictures in milliseconds.
    times: Vec<Ticks>,
    frames: Option<Frames>,
    clock: Clock,
    warnings: Vec<Message>,
    input: Option<Input>,
    /// Samples that are to be read, the next one last.
    wanted: Vec<Wanted>,
}

/// The pictures or the sound.
#[derive(Debug, Default)]
struct Lane {
    entries: Vec<Entry>,
    properties: Option<Properties>,
    /// The last configuration.
    configuration: Vec<u8>,
    samples: Vec<Sample>,
    /// What it is coded in, where that isn't packaged.
    unpackaged: Option<String>,
}

/// What a tag's data begins with.
enum Data {
    /// A configuration of a video codec, by the names of its entry and its box, or of sound.
    Configuration(Option<([u8; 4], [u8; 4])>, usize),
    /// A sample behind so many bytes, shown so many milliseconds after it is decoded.
    Sample { at: usize, shift: Ticks },
    /// Something of a codec that isn't packaged.
    Unpackaged(String),
    /// Nothing.
    Nothing,
}

impl Flv {
    fn new(opening: &Opening<'_>) -> Self {
        Self {
            name: opening.name.to_owned(),
            size: opening.size,
            start: opening.offset,
            has_header: false,
            video: Lane::default(),
            audio: Lane::default(),
            times: Vec::new(),
            frames: None,
            clock: Clock::default(),
            warnings: Vec::new(),
            input: None,
            wanted: Vec::new(),
        }
    }

    /// Takes what stands at `offset`: gives where the next tag is, or how many bytes are needed.
    fn take_tag(&mut self, bytes: &[u8], offset: u64) -> Result<std::result::Result<u64, u64>> {
        let left = self.size - offset;
        if !self.has_header {
            let Some(&[_, _, _, _, _, a, b, c, d]) = bytes.first_chunk::<HEADER>() else {
                return Ok(Err(HEADER as u64));
            };
            self.has_header = true;
            return Ok(Ok(offset + u64::from(u32::from_be_bytes([a, b, c, d])).max(HEADER as u64) + PREVIOUS));
        }
        let Some(&[kind, s0, s1, s2, t0, t1, t2, t3, ..]) = bytes.first_chunk::<TAG>() else {
            if left < TAG as u64 {
                self.break_off(offset, left > 0);
                return Ok(Ok(self.size));
            }
            return Ok(Err(TAG as u64));
        };
        let size = u64::from(u32::from_be_bytes([0, s0, s1, s2]));
        let time = Ticks::from(u32::from_be_bytes([t3, t0, t1, t2]));
        let (data_at, behind) = (offset + TAG as u64, offset + TAG as u64 + size);
        if behind > self.size {
            self.break_off(offset, true);
            return Ok(Ok(self.size));
        }
        let is_media = matches!(kind, AUDIO | VIDEO) && size > 0;
        if is_media {
            let head = bytes.get(TAG..).unwrap_or_default();
            let whole = usize::try_from(size).unwrap_or(usize::MAX);
            if head.len() < HEAD.min(whole) {
                return Ok(Err((TAG + HEAD.min(whole)) as u64));
            }
            let data = if kind == VIDEO { video_data(head) } else { audio_data(head) };
            if matches!(data, Data::Configuration(..)) && head.len() < whole {
                return Ok(Err((TAG + whole) as u64));
            }
            let head = &head[..head.len().min(whole)];
            self.take_data(kind == VIDEO, data, head, data_at, size, time).map_err(|error| error.at(data_at))?;
        }
        Ok(Ok(behind + PREVIOUS))
    }

    fn take_data(
        &mut self,
        is_video: bool,
        data: Data,
        head: &[u8],
        data_at: u64,
        size: u64,
        time: Ticks,
    ) -> Result<()> {
        let lane = if is_video { &mut self.video } else { &mut self.audio };
        match data {
            Data::Nothing => return Ok(()),
            Data::Unpackaged(name) => {
                lane.unpackaged.get_or_insert(name);
                return Ok(());
            }
            Data::Configuration(names, at) => {
                let configuration = &head[at..];
                if configuration.is_empty() || lane.configuration == configuration {
                    return Ok(());
                }
                if lane.entries.len() >= limits::SAMPLE_ENTRIES {
                    let most = limits::SAMPLE_ENTRIES;
                    let message = message!("the configuration changes more than {most} times", most);
                    return Err(Error::new(Code::LimitExceeded, message));
                }
                let (entry, properties) = match names {
                    Some((entry, record)) => entries::video(entry, record, configuration, &Default::default())?,
                    None => entries::mp4a(0x40, configuration, 2, 0)?,
                };
                if let (None, Properties::Audio { sampling_rate, .. }) = (names, properties) {
                    self.frames = Frames::aac(configuration, sampling_rate).or(self.frames);
                }
                lane.properties.get_or_insert(properties);
                lane.configuration = configuration.to_vec();
                lane.entries.push(entry);
                return Ok(());
            }
            Data::Sample { at, shift } => {
                if !is_video && lane.entries.is_empty() && self.frames.is_none() {
                    // MP3 has no configuration but its frames.
                    let Some(frame) = mp3::Frame::read(&head[at..]).filter(|frame| frame.layer == 3) else {
                        return Ok(());
                    };
                    let (entry, properties) = entries::mp3(frame.config, frame.channels, frame.sampling_rate)?;
                    (lane.properties, self.frames) = (Some(properties), Some(Frames::Mp3));
                    lane.entries.push(entry);
                }
                let own = size.saturating_sub(at as u64);
                if lane.entries.is_empty() || own == 0 {
                    return Ok(());
                }
                if lane.samples.len() >= limits::SAMPLES_PER_TRACK {
                    let message = message!("the track has more than {most} samples", most = limits::SAMPLES_PER_TRACK);
                    return Err(Error::new(Code::LimitExceeded, message));
                }
                let mut sample = Sample {
                    offset: data_at + at as u64,
                    size: u32::try_from(own).expect("a tag has 24 bits for its size"),
                    duration: 0,
                    composition_offset: 0,
                    entry: u16::try_from(lane.entries.len() - 1).expect("few sample entries"),
                    sync: !is_video || head[0] >> 4 & 7 == 1,
                };
                if is_video {
                    self.times.push(time.saturating_add(shift));
                } else if let (Some(frames), Some(Properties::Audio { sampling_rate, .. })) =
                    (self.frames, lane.properties)
                {
                    let before = lane.samples.last().map_or(1, |last| last.duration);
                    let ticks = frames.samples(&head[at..]).unwrap_or(before);
                    let stamp = rescale_nearest(time, TIMESCALE, sampling_rate);
                    // Writers round to milliseconds, some of them frame by frame.
                    let tolerance = rescale_nearest(12, TIMESCALE, sampling_rate);
                    sample.duration = self.clock.place(&mut lane.samples, ticks, Some(stamp), tolerance);
                }
                lane.samples.push(sample);
            }
        }
        Ok(())
    }

    fn break_off(&mut self, offset: u64, is_cut: bool) {
        if is_cut {
            let message = message!("the recording breaks off at byte {offset}; what comes before is packaged", offset);
            self.warnings.push(message);
        }
    }

    /// All tags were seen.
    fn end(&mut self) -> Result<()> {
        let (video, audio) = (std::mem::take(&mut self.video), std::mem::take(&mut self.audio));
        let (mut tracks, mut left_out, mut mended) = (Vec::new(), Vec::new(), Vec::new());
        for (what, lane) in [(message!("video"), &video), (message!("sound"), &audio)] {
            if let (Some(name), true) = (&lane.unpackaged, lane.samples.is_empty()) {
                left_out.push(message!("its {what} is left out: {name} can't be packaged", what, name = *name));
            }
        }
        if !video.samples.is_empty() {
            // The last picture lasts as long as the one before.
            let mut shown = self.times.clone();
            shown.sort_unstable();
            let last = shown.windows(2).last().map_or(40, |pair| pair[1] - pair[0]).clamp(1, 1000);
            let last = u32::try_from(last).unwrap_or(40);
            let mut samples = video.samples;
            let offset = pictures::place(&mut samples, &self.times, last)?;
            let mut pictures = track(1, Kind::Video, video.entries, video.properties, samples, offset)?;
            match pictures.start_at_key_frame() {
                Ok(sentence) => {
                    mended.extend(sentence.map(|sentence| message!("track 1: {sentence}", sentence)));
                    tracks.push(pictures);
                }
                Err(reason) => left_out.push(message!("its video is left out: {reason}", reason)),
            }
        }
        if !audio.samples.is_empty() {
            let number = u32::try_from(tracks.len() + 1).unwrap_or(2);
            let offset = self.clock.start.unwrap_or(0);
            let track = track(number, Kind::Audio, audio.entries, audio.properties, audio.samples, offset)?;
            mended.extend(
                self.clock
                    .mended(track.timescale)
                    .into_iter()
                    .map(|sentence| message!("track {number}: {sentence}", number, sentence)),
            );
            tracks.push(track);
        }
        if tracks.is_empty() {
            return Err(no_track(left_out));
        }
        let unpackaged = left_out.clone();
        let mut warnings = left_out;
        warnings.extend(mended);
        warnings.append(&mut self.warnings);
        warnings.extend(start_together(&mut tracks));
        for (index, track) in tracks.iter_mut().enumerate() {
            self.wanted.extend(naming::settle(index, track, &mut warnings)?);
        }
        let (name, size) = (self.name.clone(), self.size);
        self.input = Some(Input { name, size, tracks, warnings, unpackaged, pssh: Vec::new() });
        Ok(())
    }

    /// What is demanded next of the samples that are wanted.
    fn demand_sample(&self) -> Demand {
        self.wanted
            .last()
            .map_or(Demand::Done, |wanted| Demand::Exactly { offset: wanted.offset, length: u64::from(wanted.size) })
    }
}

fn track(
    number: u32,
    kind: Kind,
    entries: Vec<Entry>,
    properties: Option<Properties>,
    samples: Vec<Sample>,
    presentation_offset: Ticks,
) -> Result<Track> {
    let properties =
        properties.ok_or_else(|| Error::new(Code::Internal, message!("a track has samples and no configuration")))?;
    let (timescale, width, height) = match properties {
        Properties::Audio { sampling_rate, .. } => (sampling_rate, 0, 0),
        Properties::Video { width, height, .. } => (TIMESCALE, width, height),
        Properties::Text => (TIMESCALE, 0, 0),
    };
    let track = Track {
        kind,
        tkhd: entries::tkhd(number, kind, width, height),
        timescale,
        packed_language: language::packed(None),
        language: None,
        label: None,
        is_forced: false,
        roles: Vec::new(),
        presentation_offset,
        entries,
        samples,
        access: Access::Whole,
        protection: None,
        properties,
        captions: Captions::Unknown,
    };
    check_times(&track)?;
    Ok(track)
}

/// `VIDEODATA` (clause E.4.3.1), also with the names of "Enhanced RTMP".
fn video_data(head: &[u8]) -> Data {
    const NAMED: u8 = 0x80;
    let shift_at = |at: usize| {
        let bytes = head.get(at..at + 3)?;
        Some(Ticks::from(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], 0]) >> 8))
    };
    let with_shift = |at: usize| match shift_at(at) {
        Some(shift) => Data::Sample { at: at + 3, shift },
        None => Data::Nothing,
    };
    let Some(&first) = head.first() else { return Data::Nothing };
    if first & NAMED != 0 {
        let Some(name) = head.get(1..5) else { return Data::Nothing };
        let names = match name {
            b"avc1" => (*b"avc3", *b"avcC"),
            b"hvc1" => (*b"hev1", *b"hvcC"),
            b"av01" => (*b"av01", *b"av1C"),
            other => return Data::Unpackaged(format!("'{}'", String::from_utf8_lossy(other).escape_default())),
        };
        return match first & 15 {
            0 => Data::Configuration(Some(names), 5),
            1 if name != b"av01" => with_shift(5),
            1 | 3 => Data::Sample { at: 5, shift: 0 },
            _ => Data::Nothing,
        };
    }
    let names = match first & 15 {
        7 => (*b"avc3", *b"avcC"),
        12 => (*b"hev1", *b"hvcC"), // not Adobe's; what encoders in China write
        2 => return Data::Unpackaged("Sorenson H.263".to_owned()),
        3 | 6 => return Data::Unpackaged("Screen video".to_owned()),
        4 | 5 => return Data::Unpackaged("VP6".to_owned()),
        other => return Data::Unpackaged(format!("video of codec {other}")),
    };
    match head.get(1) {
        Some(0) => Data::Configuration(Some(names), 5),
        Some(1) => with_shift(2),
        _ => Data::Nothing,
    }
}

/// `AUDIODATA` (clause E.4.2.1).
fn audio_data(head: &[u8]) -> Data {
    let Some(&first) = head.first() else { return Data::Nothing };
    match (first >> 4, head.get(1)) {
        (10, Some(0)) => Data::Configuration(None, 2),
        (10, Some(1)) => Data::Sample { at: 2, shift: 0 },
        (10, _) => Data::Nothing,
        (2 | 14, _) => Data::Sample { at: 1, shift: 0 },
        (0 | 3, _) => Data::Unpackaged("PCM sound".to_owned()),
        (1, _) => Data::Unpackaged("ADPCM".to_owned()),
        (4..=6, _) => Data::Unpackaged("Nellymoser".to_owned()),
        (7 | 8, _) => Data::Unpackaged("G.711".to_owned()),
        (11, _) => Data::Unpackaged("Speex".to_owned()),
        (other, _) => Data::Unpackaged(format!("sound of format {other}")),
    }
}

impl Demuxer for Flv {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
        if let Some(input) = &mut self.input {
            if let Some(wanted) = self.wanted.pop() {
                let (sentence, next) = naming::complete(&mut input.tracks, wanted, &bytes)?;
                input.warnings.extend(sentence);
                self.wanted.extend(next);
            }
            return Ok(self.demand_sample());
        }
        let mut at = offset.max(self.start);
        loop {
            if at >= self.size {
                self.end()?;
                return Ok(self.demand_sample());
            }
            let rest = usize::try_from(at - offset).ok().and_then(|from| bytes.get(from..));
            let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
                return Ok(Demand::Bytes { offset: at, least: 1 });
            };
            match self.take_tag(rest, at)? {
                Ok(next) => at = next,
                Err(least) => return Ok(Demand::Bytes { offset: at, least }),
            }
        }
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_tell_configurations_samples_and_names() {
        assert!(
            matches!(video_data(&[0x17, 0, 0, 0, 0, 1]), Data::Configuration(Some((_, record)), 5) if record == *b"avcC")
        );
        assert!(matches!(video_data(&[0x27, 1, 0, 0, 80, 9]), Data::Sample { at: 5, shift: 80 }));
        assert!(matches!(video_data(&[0x27, 1, 0xff, 0xff, 0xfe, 9]), Data::Sample { at: 5, shift: -2 }));
        assert!(matches!(video_data(b"\x91hvc1\0\0\x28"), Data::Sample { at: 8, shift: 40 }));
        assert!(matches!(video_data(b"\x93av01x"), Data::Sample { at: 5, shift: 0 }));
        assert!(matches!(video_data(&[0x14]), Data::Unpackaged(name) if name == "VP6"));
        assert!(matches!(audio_data(&[0xaf, 0, 0x12, 0x10]), Data::Configuration(None, 2)));
        assert!(matches!(audio_data(&[0xaf, 1, 9]), Data::Sample { at: 2, shift: 0 }));
        assert!(matches!(audio_data(&[0x2f, 0xff]), Data::Sample { at: 1, shift: 0 }));
        assert!(matches!(audio_data(&[0xb6]), Data::Unpackaged(name) if name == "Speex"));
    }
}
