//! Sample entries → codecs: the list of what is packaged. A codec is added here and in its own file of
//! [`crate::codec`].

use crate::codec::{Codec, Colour, VideoRange, aac, av1, avc, dolby_vision, hevc, vp9};
use crate::demux::{Kind, Properties};
use crate::error::{Code, Error, Result};
use crate::mp4::FourCc;
use crate::mp4::esds::Esds;
use crate::mp4::sample_entry::{SampleEntry, Visual};

/// Reads a sample entry's codec; `None` for one that isn't packaged.
pub(super) fn read(entry: &SampleEntry<'_>, kind: Kind) -> Result<Option<(Codec, Properties)>> {
    match (kind, &entry.kind.0) {
        (_, b"encv" | b"enca") => Err(Error::new(Code::Mp4Encrypted, "the track is encrypted already")),
        (Kind::Video, b"avc1" | b"avc3" | b"dva1" | b"dvav") => read_avc(entry).map(Some),
        (Kind::Video, b"hvc1" | b"hev1" | b"dvh1" | b"dvhe") => read_hevc(entry).map(Some),
        (Kind::Video, b"av01" | b"dav1") => read_av1(entry).map(Some),
        (Kind::Video, b"vp08" | b"vp09") => read_vp(entry).map(Some),
        (Kind::Audio, b"mp4a") => read_mp4a(entry),
        _ => Ok(None),
    }
}

fn read_avc(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let visual = entry.visual()?;
    let mut config =
        avc::Config::read(entry.kind.0, visual.boxes.need(b"avcC")?).map_err(|error| error.in_box("avcC"))?;
    config.dolby_vision = read_dolby_vision(&visual)?;
    let found = Found {
        size: config.size(),
        sample_aspect_ratio: config.sample_aspect_ratio(),
        colour: config.colour(),
        dolby_vision: config.dolby_vision,
    };
    Ok((Codec::Avc(config), found.properties(&visual)?))
}

fn read_hevc(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let visual = entry.visual()?;
    let mut config =
        hevc::Config::read(entry.kind.0, visual.boxes.need(b"hvcC")?).map_err(|error| error.in_box("hvcC"))?;
    config.dolby_vision = read_dolby_vision(&visual)?;
    let found = Found {
        size: config.size(),
        sample_aspect_ratio: config.sample_aspect_ratio(),
        colour: config.colour(),
        dolby_vision: config.dolby_vision,
    };
    Ok((Codec::Hevc(config), found.properties(&visual)?))
}

fn read_av1(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let visual = entry.visual()?;
    let mut config =
        av1::Config::read(entry.kind.0, visual.boxes.need(b"av1C")?).map_err(|error| error.in_box("av1C"))?;
    config.dolby_vision = read_dolby_vision(&visual)?;
    let found = Found {
        size: config.size(),
        sample_aspect_ratio: None,
        colour: config.colour(),
        dolby_vision: config.dolby_vision,
    };
    Ok((Codec::Av1(Box::new(config)), found.properties(&visual)?))
}

fn read_vp(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let visual = entry.visual()?;
    let pixels = u64::from(visual.width) * u64::from(visual.height);
    let config =
        vp9::Config::read(entry.kind.0, visual.boxes.need(b"vpcC")?, pixels).map_err(|error| error.in_box("vpcC"))?;
    let colour = config.colour.map(|(_, colour)| colour);
    let properties = Found { colour, ..Found::default() }.properties(&visual)?;
    Ok((if entry.kind.0 == *b"vp08" { Codec::Vp8(config) } else { Codec::Vp9(config) }, properties))
}

fn read_dolby_vision(visual: &Visual<'_>) -> Result<Option<dolby_vision::Config>> {
    for name in dolby_vision::Config::BOXES {
        if let Some(content) = visual.boxes.find(name)? {
            return dolby_vision::Config::read(content).map(Some).map_err(|error| error.in_box(FourCc(*name)));
        }
    }
    Ok(None)
}

/// What a codec's configuration says of the pictures.
#[derive(Debug, Default)]
struct Found {
    size: Option<(u32, u32)>,
    sample_aspect_ratio: Option<(u32, u32)>,
    colour: Option<Colour>,
    dolby_vision: Option<dolby_vision::Config>,
}

impl Found {
    /// With what the sample entry says: its `pasp` and `colr` go before the codec's own, its size stands in
    /// for one that the codec doesn't know.
    fn properties(self, visual: &Visual<'_>) -> Result<Properties> {
        let (width, height) = self.size.unwrap_or((u32::from(visual.width), u32::from(visual.height)));
        let pasp = match visual.boxes.find(b"pasp")? {
            Some(mut pasp) => Some((pasp.u32()?, pasp.u32()?)).filter(|&(h, v)| h != 0 && v != 0),
            None => None,
        };
        let colr = match visual.boxes.find(b"colr")? {
            Some(colr) => Colour::read_colr(colr).map_err(|error| error.in_box("colr"))?,
            None => None,
        };
        let colour = colr.filter(|colr| colr.transfer != Colour::UNSPECIFIED).or(self.colour);
        let video_range = match (colour.map(Colour::range), self.dolby_vision) {
            (None | Some(VideoRange::Sdr), Some(dolby_vision)) => dolby_vision.range(),
            (range, _) => range.unwrap_or_default(),
        };
        Ok(Properties::Video {
            width,
            height,
            sample_aspect_ratio: pasp.or(self.sample_aspect_ratio).unwrap_or((1, 1)),
            colour,
            video_range,
        })
    }
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
        b"mp4v" => "MPEG-4 Visual",
        b"vvc1" | b"vvi1" => "VVC",
        b"lhv1" | b"lhe1" => "layered HEVC",
        b"evc1" => "EVC",
        b"lvc1" => "LCEVC",
        b"s263" | b"h263" => "H.263",
        b"vc-1" => "VC-1",
        b"svc1" | b"svc2" | b"mvc1" | b"mvc2" | b"mvc3" | b"mvc4" => "layered H.264",
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
        _ => "this codec",
    }
}
