//! Sample entries for codecs whose container has none: made as an MP4 would have them, then read as from one.

use super::mp4::entry;
use super::{Entry, Kind, Properties};
use crate::bytes::Writer;
use crate::codec::{mp3, pcm};
use crate::error::{Code, Error, Result};
use crate::mp4::FourCc;
use crate::mp4::put;
use crate::mp4::sample_entry::{audio_entry, put_esds, read_stsd, stpp_entry, visual_entry};
use crate::mp4::track::Tkhd;
use crate::mp4::wvtt;

/// What a container says of pictures beside the codec's configuration.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Further boxes, whole: `pasp`, `colr`, `dvcC`, …
    pub(super) boxes: Vec<u8>,
}

/// An entry of this name with its configuration in the box `record_box`.
pub(super) fn video(
    name: [u8; 4],
    record_box: [u8; 4],
    record: &[u8],
    picture: &Picture,
) -> Result<(Entry, Properties)> {
    let side = |size: u32| u16::try_from(size).unwrap_or(u16::MAX);
    let bytes = visual_entry(name, side(picture.width), side(picture.height), |out| {
        // `vpcC` and those of sound are full boxes; `record` begins with version and flags then.
        put(out, &record_box, |out| {
            out.bytes(record);
        });
        out.bytes(&picture.boxes);
    });
    read(bytes, Kind::Video)
}

/// An `mp4a` entry with an `esds`.
pub(super) fn mp4a(object_type: u8, specific: &[u8], channels: u32, sampling_rate: u32) -> Result<(Entry, Properties)> {
    /// The longest configuration, in bytes: `put_esds` writes sizes of one byte.
    const MOST: usize = 100;
    if specific.len() > MOST {
        let message = message!(
            "the AudioSpecificConfig is {size} bytes long; the most is {most}",
            size = specific.len(),
            most = MOST
        );
        return Err(Error::new(Code::CodecUnsupported, message));
    }
    let bytes = audio_entry(*b"mp4a", channels, sampling_rate, |out| put_esds(out, object_type, specific));
    read(bytes, Kind::Audio)
}

/// An entry of MP3.
pub(super) fn mp3(config: mp3::Config, channels: u32, sampling_rate: u32) -> Result<(Entry, Properties)> {
    mp4a(config.object_type(), &[], channels, sampling_rate)
}

/// An entry of PCM.
pub(super) fn pcm(config: &pcm::Config) -> Result<(Entry, Properties)> {
    let (entry, mut properties) = read(super::mp4::pcm::entry(config), Kind::Audio)?;
    if let Properties::Audio { sampling_rate: rate @ 0, .. } = &mut properties {
        *rate = config.sampling_rate; // an entry has 16 bits for it
    }
    Ok((entry, properties))
}

/// An entry of sound of this name with its configuration in the box `record_box`.
pub(super) fn audio(
    name: [u8; 4],
    record_box: [u8; 4],
    record: &[u8],
    channels: u32,
    sampling_rate: u32,
) -> Result<(Entry, Properties)> {
    let bytes = audio_entry(name, channels, sampling_rate, |out| {
        put(out, &record_box, |out| {
            out.bytes(record);
        });
    });
    read(bytes, Kind::Audio)
}

/// An entry of WebVTT with this header.
pub(super) fn wvtt(header: &str) -> Result<(Entry, Properties)> {
    read(wvtt::entry(header), Kind::Text)
}

/// An entry of TTML, of this profile if it is known.
pub(super) fn stpp(profile: Option<&str>) -> Result<(Entry, Properties)> {
    read(stpp_entry(profile), Kind::Text)
}

/// The content of `dfLa` from STREAMINFO: it alone, marked as the last metadata block (RFC 9639 section 8.1).
pub(super) fn dfla(stream_info: &[u8]) -> Vec<u8> {
    let mut out = Writer::new();
    let size = u32::try_from(stream_info.len()).unwrap_or(0) & 0xff_ffff;
    out.u32(0).u32(0x8000_0000 | size).bytes(stream_info);
    out.into_vec()
}

fn read(bytes: Vec<u8>, kind: Kind) -> Result<(Entry, Properties)> {
    let stsd = [&[0, 0, 0, 0, 0, 0, 0, 1], &bytes[..]].concat();
    let entries = read_stsd(crate::mp4::reader(&stsd, 0))?;
    let found = entries.first().map(|made| entry::read(made, kind)).transpose();
    // What is short is the container's copy of the configuration, whose bytes stand in no box.
    let found = found.map_err(|mut error| {
        let reason = error.message.clone();
        let message = match error.place.boxes.take() {
            Some(name) => message!("the codec's configuration ({name}) can't be read: {reason}", name, reason),
            None => message!("the codec's configuration can't be read: {reason}", reason),
        };
        Error::new(Code::CodecInvalid, message)
    })?;
    let coding_name = FourCc(bytes[4..8].try_into().expect("a box has a name"));
    match found.flatten() {
        Some((codec, properties)) => Ok((Entry { coding_name, bytes, codec }, properties)),
        None => Err(Error::new(Code::CodecUnsupported, message!("{coding_name} can't be packaged", coding_name))),
    }
}

/// A track header for a container without one: the number, what is shown so large, or heard.
pub(super) fn tkhd(track_id: u32, kind: Kind, width: u32, height: u32) -> Tkhd {
    let fixed = |size: u32| size.min(0xffff) << 16;
    Tkhd {
        flags: 3, // enabled, in movie
        track_id,
        alternate_group: 0,
        volume: if kind == Kind::Audio { 0x100 } else { 0 },
        matrix: [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000],
        width: fixed(width),
        height: fixed(height),
    }
}
