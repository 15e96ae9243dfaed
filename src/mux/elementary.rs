//! Elementary streams, as MPEG-TS and packed audio hold them: H.264 as a byte stream, AAC with ADTS headers,
//! AC-3, E-AC-3 and MP3 as they are; clear, or with samples under SAMPLE-AES.

use std::ops::Range;

use crate::bytes::Writer;
use crate::cenc::sample_aes::{encrypt_frames, encrypt_slices, escape, protected_frame, protected_slice};
use crate::codec::byte_stream::ByteStream;
use crate::codec::{Codec, adts, dolby_frames, mp3};
use crate::error::{Code, Error, Result};
use crate::keys::ContentKey;
use crate::mp4::esds::Esds;
use crate::mp4::sample_entry::{SampleEntry, read_stsd};

/// How the samples of a sample entry become a part of an elementary stream.
#[derive(Debug, Clone)]
pub enum Elementary {
    /// H.264.
    Avc(ByteStream),
    /// AAC.
    Aac {
        /// What stands before each frame.
        header: adts::Header,
        /// The AudioSpecificConfig.
        config: Vec<u8>,
        /// The audio object type that players are told: 5 and 29 for HE-AAC.
        object_type: u32,
    },
    /// AC-3.
    Ac3,
    /// E-AC-3.
    Ec3 {
        /// The content of `dec3`.
        dec3: Vec<u8>,
    },
    /// MP3.
    Mp3(mp3::Config),
}

impl Elementary {
    /// From a sample entry and its codec. An error where these streams have no place for it.
    pub fn of_entry(codec: &Codec, entry: &[u8]) -> Result<Self> {
        let stsd = [&[0, 0, 0, 0, 0, 0, 0, 1], entry].concat();
        let entries = read_stsd(crate::mp4::reader(&stsd, 0))?;
        let entry = entries.first().ok_or_else(|| Error::new(Code::Internal, message!("the sample entry is empty")))?;
        match codec {
            Codec::Avc(_) => {
                let record = entry.visual()?.boxes.need(b"avcC")?;
                Ok(Self::Avc(ByteStream::of_record(record.rest())?))
            }
            Codec::Aac(config) => aac(entry, config.object_type, false),
            Codec::Mpeg2Aac(config) => aac(entry, config.aac.object_type, true),
            Codec::Ac3(_) => Ok(Self::Ac3),
            Codec::Ec3(_) => Ok(Self::Ec3 { dec3: entry.audio()?.boxes.need(b"dec3")?.rest().to_vec() }),
            Codec::Mp3(config) => Ok(Self::Mp3(*config)),
            Codec::Hevc(_) => {
                let message = message!("HEVC is not written into MPEG-TS: Apple's rules allow it in fMP4 only");
                Err(Error::new(Code::ContainerUnsupported, message))
            }
            other => {
                let message = message!(
                    "the MPEG-TS and packed audio of HTTP Live Streaming can't carry {codec}",
                    codec = other.rfc6381()
                );
                Err(Error::new(Code::ContainerUnsupported, message))
            }
        }
    }

    /// Refuses what SAMPLE-AES has no rule for.
    pub fn check_sample_aes(&self) -> Result<()> {
        match self {
            Self::Mp3(_) => Err(Error::new(
                Code::SchemeUnsupported,
                message!(
                    "SAMPLE-AES has no rule for MP3 in MPEG-TS and packed audio: choose AES-128, or leave the sound clear"
                ),
            )),
            _ => Ok(()),
        }
    }
}

fn aac(entry: &SampleEntry<'_>, object_type: u32, mpeg2: bool) -> Result<Elementary> {
    let esds = Esds::read(entry.audio()?.boxes.need(b"esds")?)?;
    let config = esds.decoder_specific.unwrap_or_default().to_vec();
    Ok(Elementary::Aac { header: adts::Header::of_config(&config, mpeg2)?, config, object_type })
}

/// A sample with its place on the transport stream's timeline.
#[derive(Debug, Clone, Copy)]
pub struct StreamSample<'a> {
    /// The sample's clear bytes.
    pub data: &'a [u8],
    /// When it is presented, in units of 1/90000 s.
    pub presented: i64,
    /// When it is decoded, in units of 1/90000 s.
    pub decoded: i64,
    /// Ticks of the track's own timescale to the next sample.
    pub duration: u32,
    /// Whether decoding can start here.
    pub sync: bool,
    /// The index of the sample entry.
    pub entry: u16,
    /// Where the bytes stand in the input, for messages.
    pub offset: u64,
}

/// Key and IV of SAMPLE-AES.
#[derive(Debug, Clone, Copy)]
pub struct SampleAes<'a> {
    /// The content key.
    pub key: &'a ContentKey,
    /// The IV of all samples.
    pub iv: [u8; 16],
}

/// The elementary stream of a segment.
#[derive(Debug, Default)]
pub(super) struct Frames {
    pub(super) data: Vec<u8>,
    /// The bytes of each sample, in order.
    pub(super) ranges: Vec<Range<usize>>,
}

/// Makes the elementary stream of samples whose entries are `streams`.
pub(super) fn frames(
    streams: &[Elementary],
    samples: &[StreamSample<'_>],
    encryption: Option<&SampleAes<'_>>,
) -> Result<Frames> {
    match streams.first() {
        Some(Elementary::Avc(_)) => pictures(streams, samples, encryption),
        _ => sound(streams, samples, encryption),
    }
}

/// The stream of a sample.
pub(super) fn stream_of<'a>(streams: &'a [Elementary], sample: &StreamSample<'_>) -> Result<&'a Elementary> {
    streams.get(usize::from(sample.entry)).ok_or_else(|| Error::new(Code::Internal, message!("a sample has no entry")))
}

fn pictures(
    streams: &[Elementary],
    samples: &[StreamSample<'_>],
    encryption: Option<&SampleAes<'_>>,
) -> Result<Frames> {
    const START_CODE: &[u8] = &[0, 0, 0, 1];
    let size: usize = samples.iter().map(|sample| sample.data.len() + 64).sum();
    let mut units: Vec<Range<usize>> = Vec::new();
    let mut protected: Vec<Range<usize>> = Vec::new();
    let mut ends = Vec::with_capacity(samples.len());
    let mut data = Vec::with_capacity(size);
    let mut entry = None;
    for sample in samples {
        let Elementary::Avc(stream) = stream_of(streams, sample)? else {
            return Err(Error::new(
                Code::ContainerUnsupported,
                message!("the sample entries of the track have different codecs"),
            ));
        };
        let starts = sample.sync || entry != Some(sample.entry);
        entry = Some(sample.entry);
        for nal in stream.access_unit(sample.data, starts).map_err(|error| error.at(sample.offset))? {
            let start = data.len();
            data.extend_from_slice(nal);
            units.push(start..data.len());
            if encryption.is_some()
                && let Some(range) = protected_slice(nal)
            {
                protected.push(start + range.start..start + range.end);
            }
        }
        ends.push(units.len());
    }
    if let Some(SampleAes { key, iv }) = encryption {
        encrypt_slices(key, *iv, &protected, &mut data);
    }
    let mut out = Frames { data: Vec::with_capacity(data.len() + START_CODE.len() * units.len()), ranges: Vec::new() };
    let mut protected = protected.iter().peekable();
    let mut first = 0;
    for end in ends {
        let start = out.data.len();
        for unit in &units[first..end] {
            out.data.extend_from_slice(START_CODE);
            // Of the others a client takes nothing away.
            match protected.next_if(|range| range.start < unit.end) {
                Some(_) => escape(&data[unit.clone()], &mut out.data),
                None => out.data.extend_from_slice(&data[unit.clone()]),
            }
        }
        out.ranges.push(start..out.data.len());
        first = end;
    }
    Ok(out)
}

fn sound(streams: &[Elementary], samples: &[StreamSample<'_>], encryption: Option<&SampleAes<'_>>) -> Result<Frames> {
    let mut out = Frames::default();
    let mut protected = Vec::new();
    for sample in samples {
        let start = out.data.len();
        let stream = stream_of(streams, sample)?;
        if let Elementary::Aac { header, .. } = stream {
            let header = header.of_frame(sample.data.len()).map_err(|error| error.at(sample.offset))?;
            out.data.extend_from_slice(&header);
        }
        let payload = out.data.len();
        out.data.extend_from_slice(sample.data);
        out.ranges.push(start..out.data.len());
        if encryption.is_some() {
            let parts = syncframes(stream, sample.data).map_err(|error| error.at(sample.offset))?;
            protected.extend(parts.into_iter().filter_map(|part| {
                let range = protected_frame(part.len())?;
                let start = payload + part.start;
                Some(start + range.start..start + range.end)
            }));
        }
    }
    if let Some(SampleAes { key, iv }) = encryption {
        encrypt_frames(key, *iv, &protected, &mut out.data);
    }
    Ok(out)
}

/// What is encrypted by itself: each syncframe of AC-3 and E-AC-3, each frame of AAC.
fn syncframes(stream: &Elementary, sample: &[u8]) -> Result<Vec<Range<usize>>> {
    if matches!(stream, Elementary::Aac { .. } | Elementary::Mp3(_) | Elementary::Avc(_)) {
        return Ok(vec![0..sample.len()]);
    }
    let mut parts = Vec::new();
    let mut start = 0;
    while start < sample.len() {
        let frame = dolby_frames::Frame::read(&sample[start..]).filter(|frame| frame.size <= sample.len() - start);
        let Some(frame) = frame else {
            let message = message!("no syncframe begins at byte {start} of a sample, or it is cut short", start);
            return Err(Error::new(Code::CodecInvalid, message));
        };
        parts.push(start..start + frame.size);
        start += frame.size;
    }
    Ok(parts)
}

/// The audio setup information of Apple's document, section 2.3.4: what a decoder needs and can't read from
/// encrypted frames. `None` for video, which needs none.
pub(super) fn audio_setup(stream: &Elementary, first_sample: &[u8]) -> Result<Option<Vec<u8>>> {
    let (audio_type, setup_data): (&[u8; 4], &[u8]) = match stream {
        Elementary::Avc(_) | Elementary::Mp3(_) => return Ok(None),
        Elementary::Aac { config, object_type, .. } => match object_type {
            5 => (b"zach", config),
            29 => (b"zacp", config),
            _ => (b"zaac", config),
        },
        // The first 10 bytes of a syncframe.
        Elementary::Ac3 => (b"zac3", &first_sample[..first_sample.len().min(10)]),
        Elementary::Ec3 { dec3 } => (b"zec3", dec3),
    };
    let length = u8::try_from(setup_data.len()).ok().filter(|length| *length <= MOST_SETUP_DATA).ok_or_else(|| {
        let message = message!(
            "the decoder configuration is {size} bytes long; it has to fit into a packet",
            size = setup_data.len()
        );
        Error::new(Code::ContainerUnsupported, message)
    })?;
    let mut out = Writer::new();
    out.bytes(audio_type).u16(0).u8(1).u8(length).bytes(setup_data); // priming, version
    Ok(Some(out.into_vec()))
}

/// The longest configuration of a decoder, in bytes: the program map has to fit a packet.
const MOST_SETUP_DATA: u8 = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn sample(data: &[u8]) -> StreamSample<'_> {
        StreamSample { data, presented: 0, decoded: 0, duration: 1, sync: true, entry: 0, offset: 7 }
    }

    fn aac() -> Elementary {
        let config = hex!("1190").to_vec();
        Elementary::Aac { header: adts::Header::of_config(&config, false).unwrap(), config, object_type: 2 }
    }

    #[test]
    fn each_syncframe_of_a_sample_of_e_ac_3_is_encrypted_by_itself() {
        // Two syncframes of 64 bytes: independent substream 0, then a dependent one; frmsiz 31, 48 kHz.
        let independent = [&hex!("0b77 001f 34 87")[..], &[3; 58]].concat();
        let dependent = [&hex!("0b77 401f 34 87")[..], &[3; 58]].concat();
        let data = [&independent[..], &dependent].concat();
        let key = ContentKey::new([1; 16]);
        let encryption = SampleAes { key: &key, iv: [2; 16] };
        let streams = [Elementary::Ec3 { dec3: Vec::new() }];
        let out = frames(&streams, &[sample(&data)], Some(&encryption)).unwrap();
        assert_eq!(out.ranges, [0..128]);
        assert_eq!((&out.data[..16], &out.data[64..80]), (&data[..16], &data[64..80]));
        assert_eq!(out.data[16..64], out.data[80..128], "the IV restarts");
        assert_ne!(out.data[16..64], data[16..64]);
        // A sample that isn't whole syncframes has no boundaries to go by.
        let error = frames(&streams, &[sample(&data[..100])], Some(&encryption)).unwrap_err();
        assert_eq!((error.code, error.place.offset), (Code::CodecInvalid, Some(7)));
        assert!(frames(&streams, &[sample(&data[..100])], None).is_ok());
    }

    #[test]
    fn the_header_of_aac_stays_clear_and_does_not_count_among_the_16_bytes() {
        let data = [5; 40];
        let key = ContentKey::new([1; 16]);
        let out = frames(&[aac()], &[sample(&data)], Some(&SampleAes { key: &key, iv: [2; 16] })).unwrap();
        assert_eq!(out.data.len(), 47);
        assert_eq!(out.data[7..23], data[..16]);
        assert_ne!(out.data[23..39], data[..16]);
        assert_eq!(out.data[39..], data[..8]);
        // A frame of fewer than 32 bytes has no whole block behind its leader.
        let out = frames(&[aac()], &[sample(&data[..31])], Some(&SampleAes { key: &key, iv: [2; 16] })).unwrap();
        assert_eq!(out.data[7..], data[..31]);
    }

    #[test]
    fn setup_information_names_the_kind_of_aac() {
        let of = |object_type| {
            let Elementary::Aac { header, config, .. } = aac() else { panic!("AAC") };
            audio_setup(&Elementary::Aac { header, config, object_type }, &[]).unwrap().unwrap()
        };
        assert_eq!(of(2), [&b"zaac"[..], &hex!("0000 01 02 1190")].concat());
        assert_eq!((&of(5)[..4], &of(29)[..4]), (&b"zach"[..], &b"zacp"[..]));
        let ac3 = audio_setup(&Elementary::Ac3, &[9; 40]).unwrap().unwrap();
        assert_eq!(ac3, [&b"zac3"[..], &hex!("0000 01 0a"), &[9; 10]].concat());
    }

    #[test]
    fn slices_of_one_sample_are_escaped_only_where_they_are_encrypted() {
        let stream = ByteStream::of_record(&hex!("01 64001f ff e1 0001 67 01 0001 68")).unwrap();
        let long = [&[0x65, 0, 0, 3, 1][..], &[9; 95]].concat();
        let short = [&[0x65, 0, 0, 3, 1][..], &[9; 43]].concat();
        let data: Vec<u8> = [&long, &short]
            .iter()
            .flat_map(|nal| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat())
            .collect();
        let key = ContentKey::new([1; 16]);
        let encryption = SampleAes { key: &key, iv: [2; 16] };
        let streams = [Elementary::Avc(stream)];
        let clear = frames(&streams, &[sample(&data)], None).unwrap().data;
        let sealed = frames(&streams, &[sample(&data)], Some(&encryption)).unwrap().data;
        assert_eq!(clear[..16], hex!("00000001 09f0 00000001 67 00000001 68"));
        assert_eq!(sealed[..16], clear[..16]);
        assert_eq!(sealed[20..26], hex!("65 0000 03 03 01"));
        assert_eq!(sealed[sealed.len() - 48..], short);
    }
}
