//! Sample entries → codecs: the list of what is packaged. A codec is added here and in its own file of
//! [`crate::codec`].

use crate::codec::{Codec, aac, avc};
use crate::demux::{Kind, Properties};
use crate::error::{Code, Error, Result};
use crate::mp4::FourCc;
use crate::mp4::esds::Esds;
use crate::mp4::sample_entry::SampleEntry;

/// Reads a sample entry's codec; `None` for one that isn't packaged.
pub(super) fn read(entry: &SampleEntry<'_>, kind: Kind) -> Result<Option<(Codec, Properties)>> {
    match (kind, &entry.kind.0) {
        (_, b"encv" | b"enca") => Err(Error::new(Code::Mp4Encrypted, "the track is encrypted already")),
        (Kind::Video, b"avc1" | b"avc3") => read_avc(entry).map(Some),
        (Kind::Audio, b"mp4a") => read_mp4a(entry),
        _ => Ok(None),
    }
}

fn read_avc(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let visual = entry.visual()?;
    let config = avc::Config::read(entry.kind.0, visual.boxes.need(b"avcC")?).map_err(|error| error.in_box("avcC"))?;
    let (width, height) = config.size().unwrap_or((u32::from(visual.width), u32::from(visual.height)));
    let pasp = match visual.boxes.find(b"pasp")? {
        Some(mut pasp) => Some((pasp.u32()?, pasp.u32()?)).filter(|&(h, v)| h != 0 && v != 0),
        None => None,
    };
    let sample_aspect_ratio = pasp.or_else(|| config.sample_aspect_ratio()).unwrap_or((1, 1));
    Ok((Codec::Avc(config), Properties::Video { width, height, sample_aspect_ratio }))
}

fn read_mp4a(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    const MPEG4_AUDIO: u8 = 0x40;
    let audio = entry.audio()?;
    let Some(esds) = audio.boxes.find(b"esds")? else { return Ok(None) };
    let esds = Esds::read(esds).map_err(|error| error.in_box("esds"))?;
    let Some(config) = esds.decoder_specific.filter(|_| esds.object_type == MPEG4_AUDIO) else { return Ok(None) };
    let config = aac::Config::read(config).map_err(|error| error.in_box("esds"))?;
    let properties = Properties::Audio {
        sampling_rate: config.sampling_rate,
        channels: config.channels.unwrap_or(u32::from(audio.channels)),
    };
    Ok(Some((Codec::Aac(config), properties)))
}

/// What a codec that isn't packaged is called, for the message.
pub(super) fn codec_name(coding_name: FourCc) -> &'static str {
    match &coding_name.0 {
        b"hvc1" | b"hev1" => "HEVC",
        b"av01" => "AV1",
        b"vp08" => "VP8",
        b"vp09" => "VP9",
        b"mp4v" => "MPEG-4 Visual",
        b"jpeg" | b"mjpa" | b"mjpb" | b"png " => "a picture codec",
        b"apcn" | b"apch" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "ProRes",
        b"ac-3" => "AC-3",
        b"ec-3" => "E-AC-3",
        b"ac-4" => "AC-4",
        b"Opus" => "Opus",
        b"fLaC" => "FLAC",
        b"alac" => "ALAC",
        b".mp3" => "MP3",
        b"mp4a" => "this audio in an mp4a entry (not AAC)",
        b"sowt" | b"twos" | b"lpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw " | b"ipcm" | b"fpcm" => {
            "PCM sound"
        }
        b"dvh1" | b"dvhe" => "Dolby Vision",
        _ => "this codec",
    }
}
