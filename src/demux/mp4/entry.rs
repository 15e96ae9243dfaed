//! Sample entries → codecs. A codec's own file in [`crate::codec`] has the names of its entries; here is what reads
//! them.

use crate::codec::{
    Codec, Colour, Description, EntryName, VideoRange, aac, ac3, ac4, alac, av1, avc, dolby_vision, dts, ec3, flac,
    hevc, mp3, mpeg2_aac, mpegh, opus, pcm, stpp, unpackaged_name, vp8, vp9, wvtt,
};
use crate::demux::text::tx3g;
use crate::demux::{Kind, Properties};
use crate::error::{Code, Error, Result};
use crate::mp4::FourCc;
use crate::mp4::esds::Esds;
use crate::mp4::sample_entry::{Audio, SampleEntry, Visual};

/// What reads the sample entries of each codec.
const READERS: [(&Description, Read); 18] = [
    (&avc::DESCRIPTION, |entry| read_avc(entry).map(Some)),
    (&hevc::DESCRIPTION, |entry| read_hevc(entry).map(Some)),
    (&av1::DESCRIPTION, |entry| read_av1(entry).map(Some)),
    (&vp8::DESCRIPTION, |entry| read_vp(entry, |config| Codec::Vp8(vp8::Config(config))).map(Some)),
    (&vp9::DESCRIPTION, |entry| read_vp(entry, Codec::Vp9).map(Some)),
    (&aac::DESCRIPTION, read_mp4a),
    (&mp3::DESCRIPTION, |entry| read_mp3(entry).map(Some)),
    (&ac3::DESCRIPTION, read_ac3),
    (&ec3::DESCRIPTION, read_ec3),
    (&ac4::DESCRIPTION, |entry| read_ac4(entry).map(Some)),
    (&opus::DESCRIPTION, |entry| read_opus(entry).map(Some)),
    (&flac::DESCRIPTION, |entry| read_flac(entry).map(Some)),
    (&alac::DESCRIPTION, |entry| read_alac(entry).map(Some)),
    (&pcm::DESCRIPTION, read_pcm),
    (&dts::DESCRIPTION, read_dts),
    (&mpegh::DESCRIPTION, read_mpegh),
    (&wvtt::DESCRIPTION, |entry| read_wvtt(entry).map(Some)),
    (&stpp::DESCRIPTION, |entry| read_stpp(entry).map(Some)),
];

/// Reads a sample entry; `None` where it lacks what would tell the configuration.
type Read = fn(&SampleEntry<'_>) -> Result<Option<(Codec, Properties)>>;

/// What a sample entry of a track of this kind is by its name.
fn find(name: [u8; 4], kind: Kind) -> Option<(&'static Description, EntryName, Read)> {
    READERS.iter().filter(|(codec, _)| codec.kind == kind).find_map(|&(codec, read)| {
        let entry = codec.sample_entries.iter().find(|entry| entry.name == name)?;
        Some((codec, *entry, read))
    })
}

/// Reads a sample entry's codec; `None` for one that isn't packaged.
pub(in crate::demux) fn read(entry: &SampleEntry<'_>, kind: Kind) -> Result<Option<(Codec, Properties)>> {
    if matches!(&entry.kind.0, b"encv" | b"enca") {
        return Err(Error::new(Code::Mp4Encrypted, message!("the track is encrypted already")));
    }
    match find(entry.kind.0, kind) {
        Some((_, _, read)) => read(entry),
        None => Ok(None),
    }
}

/// The box that configures the codec of a sample entry of sound.
pub(super) fn configuration_box(name: FourCc) -> Option<[u8; 4]> {
    find(name.0, Kind::Audio).and_then(|(_, entry, _)| entry.configuration)
}

/// What a codec that isn't packaged is called, for the message.
pub(super) fn codec_name(entry: &SampleEntry<'_>, kind: Kind) -> String {
    let name = entry.kind;
    let boxes = match &name.0 {
        b"mp4a" => entry.audio().map(|audio| audio.boxes),
        b"mp4v" => entry.visual().map(|visual| visual.boxes),
        _ => return name_of(name, kind),
    };
    let esds = boxes.and_then(|boxes| boxes.find(b"esds")).ok().flatten().map(Esds::read).and_then(Result::ok);
    match esds {
        Some(esds) => object_name(esds.object_type)
            .map_or_else(|| format!("what has the object type {:#04x}", esds.object_type), str::to_owned),
        None => name_of(name, kind),
    }
}

/// What an `esds` says that an entry of MPEG-4 holds (MP4RA's list of object types).
fn object_name(object_type: u8) -> Option<&'static str> {
    Some(match object_type {
        0x20 => "MPEG-4 Visual",
        0x21 => "H.264 in an entry of MPEG-4",
        0x23 => "HEVC in an entry of MPEG-4",
        0x40 => "AAC without its configuration",
        0x60..=0x65 => "MPEG-2 video",
        0x6a => "MPEG-1 video",
        0x6c => "JPEG",
        0x6d => "PNG",
        0x6e => "JPEG 2000",
        0xa0 => "EVRC",
        0xa1 => "SMV",
        0xa3 => "VC-1",
        0xa4 => "Dirac",
        0xa5 => "AC-3 in an entry of MPEG-4",
        0xa6 => "E-AC-3 in an entry of MPEG-4",
        0xad => "Opus in an entry of MPEG-4",
        0xb1 => "VP9 in an entry of MPEG-4",
        0xdd => "Vorbis",
        0xe1 => "QCELP",
        _ => return None,
    })
}

fn name_of(name: FourCc, kind: Kind) -> String {
    match (find(name.0, kind), unpackaged_name(kind, name.0)) {
        (Some((codec, EntryName { configuration: Some(configuration), .. }, _)), _) => {
            format!("{} without its {} box", codec.name, FourCc(configuration))
        }
        (_, Some(name)) => name.to_owned(),
        (Some((codec, ..)), _) => format!("{} of this form", codec.name),
        _ => "this codec".to_owned(),
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
    Ok((Codec::Av1(config), found.properties(&visual)?))
}

fn read_vp(entry: &SampleEntry<'_>, codec: impl Fn(vp9::Config) -> Codec) -> Result<(Codec, Properties)> {
    let visual = entry.visual()?;
    let pixels = u64::from(visual.width) * u64::from(visual.height);
    let config =
        vp9::Config::read(entry.kind.0, visual.boxes.need(b"vpcC")?, pixels).map_err(|error| error.in_box("vpcC"))?;
    let colour = config.colour.map(|(_, colour)| colour);
    let properties = Found { colour, ..Found::default() }.properties(&visual)?;
    Ok((codec(config), properties))
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
        object_type @ 0x66..=0x68 => read_aac()?.map(|aac| {
            let config = mpeg2_aac::Config { object_type, aac };
            (Codec::Mpeg2Aac(config), sound(&audio, Some(aac.sampling_rate), aac.channels))
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

fn read_pcm(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    let audio = entry.audio()?;
    let config = super::pcm::read(entry.kind.0, &audio)?;
    Ok(config.map(|config| (Codec::Pcm(config), sound(&audio, None, None))))
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

fn read_mpegh(entry: &SampleEntry<'_>) -> Result<Option<(Codec, Properties)>> {
    let audio = entry.audio()?;
    let Some(mhac) = audio.boxes.find(b"mhaC")? else { return Ok(None) };
    let config = mpegh::Config::read(entry.kind.0, mhac.rest()).map_err(|error| error.in_box("mhaC"))?;
    Ok(Some((Codec::MpegH(config), sound(&audio, config.sampling_rate, config.channels()))))
}

fn read_wvtt(entry: &SampleEntry<'_>) -> Result<(Codec, Properties)> {
    if entry.kind.0 == *b"tx3g" {
        // It becomes WebVTT; what the entry says is `timed_text`.
        return Ok((Codec::Wvtt(wvtt::Config { header: "WEBVTT".to_owned() }), Properties::Text));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Writer;
    use crate::mp4::put;
    use crate::mp4::sample_entry::{put_esds, read_stsd};

    #[test]
    fn codecs_that_are_not_packaged_have_their_names() {
        let name = |kind, entry: [u8; 4], object_type: Option<u8>| {
            let mut stsd = Writer::new();
            stsd.u32(0).u32(1);
            put(&mut stsd, &entry, |out| {
                out.zeros(if kind == Kind::Video { 78 } else { 28 });
                if let Some(object_type) = object_type {
                    put_esds(out, object_type, &[]);
                }
            });
            let stsd = stsd.into_vec();
            let entries = read_stsd(crate::mp4::reader(&stsd, 0)).unwrap();
            codec_name(&entries[0], kind)
        };
        assert_eq!(name(Kind::Video, *b"mp4v", Some(0x20)), "MPEG-4 Visual");
        assert_eq!(name(Kind::Video, *b"mp4v", Some(0x6c)), "JPEG");
        assert_eq!(name(Kind::Video, *b"mp4v", None), "MPEG-4 Visual");
        assert_eq!(name(Kind::Audio, *b"mp4a", Some(0xdd)), "Vorbis");
        assert_eq!(name(Kind::Audio, *b"mp4a", Some(0xd0)), "what has the object type 0xd0");
        assert_eq!(name(Kind::Audio, *b"mp4a", None), "AAC without its esds box");
        assert_eq!(name(Kind::Video, *b"AVdn", None), "DNxHD");
        assert_eq!(name(Kind::Video, *b"abcd", None), "this codec");
    }
}
