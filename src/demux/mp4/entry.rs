//! Sample entries → codecs: the list of what is packaged. A codec is added here and in its own file of
//! [`crate::codec`].

use crate::codec::{
    Codec, Colour, VideoRange, aac, ac3, ac4, alac, av1, avc, dolby_vision, dts, ec3, flac, hevc, mp3, opus, stpp, vp9,
    wvtt,
};
use crate::demux::text::tx3g;
use crate::demux::{Kind, Properties};
use crate::error::{Code, Error, Result};
use crate::full;
use crate::mp4::FourCc;
use crate::mp4::esds::Esds;
use crate::mp4::sample_entry::{Audio, SampleEntry, Visual};

/// Reads a sample entry's codec; `None` for one that isn't packaged.
pub(in crate::demux) fn read(entry: &SampleEntry<'_>, kind: Kind) -> Result<Option<(Codec, Properties)>> {
    match (kind, &entry.kind.0) {
        (_, b"encv" | b"enca") => Err(Error::new(Code::Mp4Encrypted, "the track is encrypted already")),
        (Kind::Video, b"avc1" | b"avc3" | b"dva1" | b"dvav") => read_avc(entry).map(Some),
        (Kind::Video, b"hvc1" | b"hev1" | b"dvh1" | b"dvhe") => read_hevc(entry).map(Some),
        (Kind::Video, b"av01" | b"dav1") => read_av1(entry).map(Some),
        (Kind::Video, b"vp08" | b"vp09") => read_vp(entry).map(Some),
        (Kind::Audio, b"mp4a") => read_mp4a(entry),
        (Kind::Audio, b".mp3" | b"ms\0\x55") => read_mp3(entry).map(Some),
        (Kind::Audio, b"ac-3") => read_ac3(entry),
        (Kind::Audio, b"ec-3") => read_ec3(entry),
        (Kind::Audio, b"ac-4") => read_ac4(entry).map(Some),
        (Kind::Audio, b"Opus") => read_opus(entry).map(Some),
        (Kind::Audio, b"fLaC") => read_flac(entry).map(Some),
        (Kind::Audio, b"alac") => read_alac(entry).map(Some),
        (Kind::Audio, b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" | b"dts+" | b"dts-" | b"dtsx") => read_dts(entry),
        (Kind::Text, b"wvtt" | b"tx3g" | b"stpp") => read_text(entry).map(Some),
        _ => Ok(None),
    }
}

fn read_text(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    full::only("text")?;
    match &entry.kind.0 {
        b"wvtt" => read_wvtt(entry),
        // It becomes WebVTT; what the entry says is `timed_text`.
        b"tx3g" => Ok((Codec::Wvtt(wvtt::Config { header: "WEBVTT".to_owned() }), Properties::Text)),
        _ => read_stpp(entry),
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

/// MPEG-4's entry holds whatever `objectTypeIndication` of `esds` says (MP4RA's list).
fn read_mp4a(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    let audio = entry.audio()?;
    let Some(esds) = audio.boxes.find(b"esds")? else { return Ok(None) };
    let esds = Esds::read(esds).map_err(|error| error.in_box("esds"))?;
    let read_aac = || esds.decoder_specific.map(aac::Config::read).transpose().map_err(|error| error.in_box("esds"));
    let as_entry = |codec| Some((codec, sound(&audio, None, None)));
    Ok(match esds.object_type {
        0x40 => {
            read_aac()?.map(|config| (Codec::Aac(config), sound(&audio, Some(config.sampling_rate), config.channels)))
        }
        // MPEG-2 AAC in its main, low complexity and scalable sampling rate profiles.
        profile @ 0x66..=0x68 => read_aac()?.map(|config| {
            (Codec::Mpeg2Aac(profile, config), sound(&audio, Some(config.sampling_rate), config.channels))
        }),
        other => mp3::Config::from_object_type(other)
            .map(Codec::Mp3)
            .or_else(|| dts::Config::from_object_type(other).map(Codec::Dts))
            .and_then(as_entry),
    })
}

fn read_mp3(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let audio = entry.audio()?;
    let config = mp3::Config::from_sampling_rate(audio.sampling_rate);
    Ok((Codec::Mp3(config), sound(&audio, None, None)))
}

fn read_ac3(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    let audio = entry.audio()?;
    let Some(dac3) = audio.boxes.find(b"dac3")? else { return Ok(None) };
    let config = ac3::Config::read(dac3.rest()).map_err(|error| error.in_box("dac3"))?;
    let channels = ec3::channel_count(config.channel_map);
    Ok(Some((Codec::Ac3(config), sound(&audio, config.sampling_rate, Some(channels)))))
}

fn read_ec3(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    let audio = entry.audio()?;
    let Some(dec3) = audio.boxes.find(b"dec3")? else { return Ok(None) };
    let config = ec3::Config::read(dec3.rest()).map_err(|error| error.in_box("dec3"))?;
    let channels = ec3::channel_count(config.channel_map);
    Ok(Some((Codec::Ec3(config), sound(&audio, config.sampling_rate, Some(channels)))))
}

fn read_ac4(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    full::only("AC-4")?;
    let audio = entry.audio()?;
    let dac4 = audio.boxes.need(b"dac4")?;
    let config = ac4::Config::read(dac4.rest()).map_err(|error| error.in_box("dac4"))?;
    let channels = config.channel_mask.map(ac4::channel_count);
    Ok((Codec::Ac4(config), sound(&audio, Some(config.sampling_rate), channels)))
}

fn read_opus(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let audio = entry.audio()?;
    let config = opus::Config::read(audio.boxes.need(b"dOps")?).map_err(|error| error.in_box("dOps"))?;
    Ok((Codec::Opus(config), sound(&audio, Some(opus::SAMPLING_RATE), Some(config.channels))))
}

fn read_flac(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let audio = entry.audio()?;
    let config = flac::Config::read(audio.boxes.need(b"dfLa")?).map_err(|error| error.in_box("dfLa"))?;
    Ok((Codec::Flac(config), sound(&audio, Some(config.sampling_rate), Some(config.channels))))
}

fn read_alac(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let audio = entry.audio()?;
    let config = alac::Config::read(audio.boxes.need(b"alac")?).map_err(|error| error.in_box("alac"))?;
    Ok((Codec::Alac(config), sound(&audio, Some(config.sampling_rate), Some(config.channels))))
}

fn read_dts(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    let audio = entry.audio()?;
    let config = match (audio.boxes.find(b"ddts")?, audio.boxes.find(b"udts")?) {
        (_, Some(udts)) if entry.kind.0 == *b"dtsx" => {
            Some(dts::Config::read_udts(udts.rest()).map_err(|error| error.in_box("udts"))?)
        }
        (Some(ddts), _) => dts::Config::read_ddts(entry.kind.0, ddts.rest()).map_err(|error| error.in_box("ddts"))?,
        _ => None,
    };
    Ok(config.map(|config| (Codec::Dts(config), sound(&audio, config.sampling_rate, config.channels))))
}

fn read_wvtt(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let config = wvtt::Config::read(entry.text()?.need(b"vttC")?.rest());
    Ok((Codec::Wvtt(config), Properties::Text))
}

fn read_stpp(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    let subtitle = entry.xml_subtitle()?;
    let config = stpp::Config::read(&subtitle.namespace, &subtitle.schema_location, subtitle.boxes.find(b"mime")?);
    Ok((Codec::Stpp(config), Properties::Text))
}

/// What the entry of 3GPP timed text says; `None` for entries of other names.
pub(super) fn timed_text(entry: &SampleEntry<'_>) -> Result<Option<tx3g::Config>> {
    (entry.kind.0 == *b"tx3g").then(|| tx3g::Config::read(entry.plain()?)).transpose()
}

/// The properties of sound: what the configuration says, else what the entry says.
fn sound(audio: &Audio<'_>, sampling_rate: Option<u32>, channels: Option<u32>) -> Properties {
    Properties::Audio {
        sampling_rate: sampling_rate.unwrap_or(audio.sampling_rate),
        channels: channels.filter(|&channels| channels != 0).unwrap_or(audio.channels),
    }
}

/// What a codec that isn't packaged is called, for the message.
pub(in crate::demux) fn codec_name(coding_name: FourCc) -> &'static str {
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
        b"ac-3" => "AC-3 without its dac3 box",
        b"ec-3" => "E-AC-3 without its dec3 box",
        b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" | b"dts+" | b"dts-" | b"dtsx" | b"dtsy" => {
            "DTS without its ddts or udts box"
        }
        b"mp4a" => "this audio in an mp4a entry",
        b"mha1" | b"mha2" | b"mhm1" | b"mhm2" => "MPEG-H audio",
        b"iamf" => "IAMF",
        b"text" => "QuickTime text",
        b"c608" | b"c708" => "closed captions",
        b"samr" | b"sawb" | b"sawp" => "AMR",
        b"sowt" | b"twos" | b"lpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw " | b"ipcm" | b"fpcm" => {
            "PCM sound"
        }
        _ => "this codec",
    }
}
