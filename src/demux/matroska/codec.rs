//! Codec ids (RFC 9559 section 5.1.4.1.18 and the Matroska codec registry) → sample entries.

use super::text::Syntax;
use super::track::{AUDIO, SUBTITLE, TrackEntry, VIDEO};
use crate::bytes::Writer;
use crate::codec::dolby_frames::{Frame, Group};
use crate::codec::{mp3, opus, pcm, vp9};
use crate::demux::elementary::{dts, mp3 as mpeg_audio};
use crate::demux::sound::Frames;
use crate::demux::{Entry, Kind, Properties, entries};
use crate::error::{Code, Error, Message, Result};
use crate::time::rescale_nearest;

/// What a track's samples are.
#[derive(Debug)]
pub(super) struct Media {
    pub(super) entry: Entry,
    pub(super) properties: Properties,
    /// How long frames of sound last; `None` for pictures.
    pub(super) frames: Option<Frames>,
    /// In ticks of the sampling rate: what is decoded first and not to be heard.
    pub(super) delay: i64,
    /// What is to be said of it.
    pub(super) note: Option<Message>,
}

/// The kind of a track that may be packaged, or why it isn't.
pub(super) fn kind(track: &TrackEntry) -> std::result::Result<Kind, Message> {
    if let Some(reason) = &track.refused {
        return Err(reason.clone());
    }
    let kind = match track.kind {
        VIDEO => Kind::Video,
        AUDIO => Kind::Audio,
        SUBTITLE if Syntax::of(&track.codec).is_some() => return Ok(Kind::Text),
        SUBTITLE => return Err(message!("subtitles of this kind ({codec}) can't be packaged", codec = track.codec)),
        _ => return Err(message!("it is neither video nor sound")),
    };
    let packaged = match kind {
        Kind::Video => &["V_VP8", "V_VP9", "V_AV1", "V_MPEG4/ISO/AVC", "V_MPEGH/ISO/HEVC"][..],
        _ => &["A_AAC", "A_OPUS", "A_FLAC", "A_MPEG/L3", "A_MPEG/L2", "A_AC3", "A_EAC3", "A_DTS", "A_ALAC"][..],
    };
    if packaged.contains(&track.codec.as_str()) || pcm_config(track).is_some() {
        return Ok(kind);
    }
    Err(message!(
        "{name} ({codec}) can't be packaged",
        name = codec_name(&track.codec, &track.private),
        codec = track.codec
    ))
}

/// Whether the configuration can be read when this is the first frame: that of VP9 stands in key frames alone.
pub(super) fn can_begin(track: &TrackEntry, head: &[u8]) -> bool {
    track.codec != "V_VP9" || vp9::record_of(head, None, 0).is_some() || head.is_empty()
}

/// Reads a track's configuration; `head` are the first bytes of its first frame.
#[inline(never)] // once a track
pub(super) fn media(track: &TrackEntry, head: &[u8]) -> Result<Media> {
    let made = make(track, head);
    made.map_err(|mut error| {
        // Offsets within the private data are none within the file.
        error.place.offset = Some(track.offset);
        error
    })
}

fn make(track: &TrackEntry, head: &[u8]) -> Result<Media> {
    let video = |name, record_box, record: &[u8]| {
        let (entry, properties) = entries::video(name, record_box, record, &track.picture())?;
        Ok(Media { entry, properties, frames: None, delay: 0, note: None })
    };
    let private = &track.private[..];
    let pixels = track.width.saturating_mul(track.height);
    match track.codec.as_str() {
        // Their sets may be in band: `naming` gives them the name that says so.
        "V_MPEG4/ISO/AVC" => video(*b"avc3", *b"avcC", private),
        "V_MPEGH/ISO/HEVC" => video(*b"hev1", *b"hvcC", private),
        "V_AV1" => video(*b"av01", *b"av1C", private),
        "V_VP8" => video(*b"vp08", *b"vpcC", &vp9::vp8_record(track.colour(), vp9::level_of(pixels))),
        "V_VP9" => {
            let level = vp9_level(private).unwrap_or_else(|| vp9::level_of(pixels));
            let record = vp9::record_of(head, track.colour(), level);
            let record = record.ok_or_else(|| invalid(message!("the track doesn't begin with a VP9 key frame")))?;
            video(*b"vp09", *b"vpcC", &record)
        }
        _ => sound(track, head),
    }
}

fn sound(track: &TrackEntry, head: &[u8]) -> Result<Media> {
    let private = &track.private[..];
    let channels = u32::try_from(track.channels).unwrap_or(u32::MAX);
    // A rate that isn't whole, or that is none, is the codec's to tell.
    let stated = if track.output_sampling_rate > 0.0 { track.output_sampling_rate } else { track.sampling_rate };
    let rate = whole(stated);
    let mut note = None;
    let (made, frames) = match track.codec.as_str() {
        "A_AAC" => {
            let made = entries::mp4a(0x40, private, channels, rate)?;
            let frames = Frames::aac(private, rate_of(made.1));
            (
                made,
                frames.ok_or_else(|| {
                    Error::new(Code::CodecUnsupported, message!("the frames of AAC have no fixed length"))
                })?,
            )
        }
        "A_OPUS" => {
            let made = entries::audio(*b"Opus", *b"dOps", &dops(private)?, channels, opus::SAMPLING_RATE)?;
            (made, Frames::Opus)
        }
        "A_FLAC" => {
            let info = stream_info(private).ok_or_else(|| invalid(message!("the track has no FLAC STREAMINFO")))?;
            (entries::audio(*b"fLaC", *b"dfLa", &entries::dfla(info), channels, rate)?, Frames::Flac)
        }
        "A_MPEG/L3" | "A_MPEG/L2" => {
            let frame = mp3::Frame::read(head).filter(|frame| frame.layer > 1);
            let frame = frame.ok_or_else(|| invalid(message!("the track doesn't begin with a frame of MP3 or MP2")))?;
            note = mpeg_audio::note(head);
            (entries::mp3(frame.config, frame.channels, frame.sampling_rate)?, Frames::Mp3)
        }
        "A_AC3" => {
            let frame = Frame::read(head).filter(|frame| !frame.enhanced);
            let frame = frame.ok_or_else(|| invalid(message!("the track doesn't begin with an AC-3 frame")))?;
            let made = entries::audio(*b"ac-3", *b"dac3", &frame.dac3(), frame.channels(), frame.sampling_rate)?;
            (made, Frames::Dolby)
        }
        "A_EAC3" => {
            let frame = Frame::read(head).filter(|frame| frame.enhanced && !frame.dependent);
            let dec3 = Group::read(head).dec3();
            let (frame, dec3) =
                frame.zip(dec3).ok_or_else(|| invalid(message!("the track doesn't begin with an E-AC-3 frame")))?;
            let made = entries::audio(*b"ec-3", *b"dec3", &dec3, frame.channels(), frame.sampling_rate)?;
            (made, Frames::Dolby)
        }
        "A_DTS" => (dts::entry(head)?, Frames::Dts),
        "A_ALAC" => {
            // The cookie alone: `ALACSpecificConfig` begins with how many samples a packet holds.
            let cookie = private.get(..ALAC_CONFIG).filter(|cookie| cookie[4] == 0);
            let cookie = cookie.ok_or_else(|| invalid(message!("the track has no ALACSpecificConfig")))?;
            let samples = cookie.first_chunk().map_or(0, |samples| u32::from_be_bytes(*samples));
            let content = [&[0; 4], cookie].concat(); // version and flags
            let made = entries::audio(*b"alac", *b"alac", &content, channels, rate)?;
            (made, Frames::Alac(samples))
        }
        other => {
            let config = pcm_config(track).ok_or_else(|| {
                Error::new(Code::CodecUnsupported, message!("{codec} can't be packaged", codec = other))
            })?;
            (entries::pcm(&config)?, Frames::Pcm(config.frame_size()))
        }
    };
    let (entry, properties) = made;
    let rate = rate_of(properties);
    if rate == 0 {
        return Err(invalid(message!("the track has no sampling rate")));
    }
    let delay = i64::try_from(track.codec_delay).unwrap_or(i64::MAX);
    Ok(Media { entry, properties, frames: Some(frames), delay: rescale_nearest(delay, 1_000_000_000, rate), note })
}

/// How the samples of PCM are written; `None` for other codecs, and for what MP4 has no way to say.
fn pcm_config(track: &TrackEntry) -> Option<pcm::Config> {
    let (is_float, is_little_endian) = match track.codec.as_str() {
        "A_PCM/INT/LIT" => (false, true),
        "A_PCM/INT/BIG" => (false, false),
        "A_PCM/FLOAT/IEEE" => (true, true),
        _ => return None,
    };
    let config = pcm::Config {
        is_float,
        is_little_endian,
        bits: u8::try_from(track.bits).ok()?,
        sampling_rate: whole(track.sampling_rate),
        channels: u32::from(u16::try_from(track.channels).ok()?),
    };
    Some(config).filter(pcm::Config::is_packaged)
}

/// The size of `ALACSpecificConfig` in bytes.
const ALAC_CONFIG: usize = 24;

fn rate_of(properties: Properties) -> u32 {
    match properties {
        Properties::Audio { sampling_rate, .. } => sampling_rate,
        _ => 0,
    }
}

/// A sampling rate in whole hertz; 0 for what is none.
fn whole(rate: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 32 bits, checked before")]
    if (1.0..=f64::from(u32::MAX)).contains(&rate) { rate.round() as u32 } else { 0 }
}

/// The level among the codec features of VP9 ("VP Codec Private" of the WebM container guidelines): each has an id,
/// a size and a value.
fn vp9_level(private: &[u8]) -> Option<u8> {
    const LEVEL: u8 = 2;
    let mut reader = crate::codec::reader(private, 0);
    while let (Ok(id), Ok(size)) = (reader.u8(), reader.u8()) {
        let value = reader.take(usize::from(size)).ok()?;
        if id == LEVEL {
            return value.first().copied();
        }
    }
    None
}

/// `OpusHead` of RFC 7845 section 5.1, which is little-endian, as the content of `dOps`.
fn dops(head: &[u8]) -> Result<Vec<u8>> {
    let fields = head.strip_prefix(b"OpusHead").filter(|fields| fields.len() >= 11);
    let Some(&[_version, channels, skip_low, skip_high, r0, r1, r2, r3, gain_low, gain_high, family]) =
        fields.and_then(|fields| fields.first_chunk())
    else {
        return Err(invalid(message!("the track has no OpusHead")));
    };
    let mut out = Writer::new();
    out.u8(0).u8(channels).bytes(&[skip_high, skip_low, r3, r2, r1, r0, gain_high, gain_low, family]);
    if family != 0 {
        // Streams, coupled streams and a mapping for each channel.
        let mapping = fields.and_then(|fields| fields.get(11..11 + 2 + usize::from(channels)));
        out.bytes(mapping.ok_or_else(|| invalid(message!("OpusHead ends within its channel mapping")))?);
    }
    Ok(out.into_vec())
}

/// STREAMINFO behind the marker `fLaC` (RFC 9639 section 8.2).
fn stream_info(private: &[u8]) -> Option<&[u8]> {
    const SIZE: usize = 34;
    let blocks = private.strip_prefix(b"fLaC").unwrap_or(private);
    let is_stream_info = blocks.first().is_some_and(|kind| kind & 0x7f == 0);
    blocks.get(4..4 + SIZE).filter(|_| is_stream_info)
}

fn invalid(message: Message) -> Error {
    Error::new(Code::CodecInvalid, message)
}

/// What a codec that isn't packaged is called, for the message.
fn codec_name(codec: &str, private: &[u8]) -> &'static str {
    /// `biCompression` of Video for Windows' `BITMAPINFOHEADER`.
    const VIDEOS: [(&[u8; 4], &str); 9] = [
        (b"FFV1", "FFV1"),
        (b"MJPG", "Motion JPEG"),
        (b"XVID", "MPEG-4 Visual"),
        (b"DIVX", "MPEG-4 Visual"),
        (b"DX50", "MPEG-4 Visual"),
        (b"FMP4", "MPEG-4 Visual"),
        (b"HFYU", "HuffYUV"),
        (b"WMV3", "Windows Media Video"),
        (b"WVC1", "VC-1"),
    ];
    /// `wFormatTag` of the Audio Compression Manager's `WAVEFORMATEX`.
    const SOUNDS: [(u16, &str); 8] = [
        (0x01, "PCM sound"),
        (0x02, "ADPCM"),
        (0x06, "G.711"),
        (0x07, "G.711"),
        (0x11, "ADPCM"),
        (0x50, "MPEG audio other than MP3"),
        (0x161, "Windows Media Audio"),
        (0x162, "Windows Media Audio"),
    ];
    const NAMES: [(&str, &str); 18] = [
        ("V_MPEG4/MS", "Microsoft's MPEG-4"),
        ("V_MPEG4", "MPEG-4 Visual"),
        ("V_MPEG1", "MPEG-1 video"),
        ("V_MPEG2", "MPEG-2 video"),
        ("V_MPEGI/ISO/VVC", "VVC"),
        ("V_MS/VFW", "a codec of Video for Windows"),
        ("A_MS/ACM", "a codec of the Audio Compression Manager"),
        ("V_PRORES", "ProRes"),
        ("V_FFV1", "FFV1"),
        ("V_THEORA", "Theora"),
        ("V_MJPEG", "Motion JPEG"),
        ("A_VORBIS", "Vorbis"),
        ("A_PCM", "PCM sound"),
        ("A_DTS/", "DTS of this form"),
        ("A_TRUEHD", "Dolby TrueHD"),
        ("A_MPEG/L", "MPEG audio of layer I (MP1)"),
        ("A_AAC/", "AAC without its configuration"),
        ("A_WAVPACK", "WavPack"),
    ];
    let named = match codec {
        "V_MS/VFW/FOURCC" => private.get(16..20).and_then(|compression| {
            VIDEOS.iter().find(|(id, _)| compression.eq_ignore_ascii_case(*id)).map(|&(_, name)| name)
        }),
        "A_MS/ACM" => private
            .first_chunk()
            .and_then(|tag| SOUNDS.iter().find(|&&(id, _)| id == u16::from_le_bytes(*tag)).map(|&(_, name)| name)),
        _ => None,
    };
    let by_id = || NAMES.iter().find(|(id, _)| codec.starts_with(id)).map(|&(_, name)| name);
    named.or_else(by_id).unwrap_or("this codec")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn an_opus_head_is_turned_round() {
        // As libopus writes it: stereo, pre-skip 312, 48 kHz, no gain, family 0.
        let head = [&b"OpusHead"[..], &hex!("01 02 3801 80bb0000 0000 00")].concat();
        assert_eq!(dops(&head).unwrap(), hex!("00 02 0138 0000bb80 0000 00"));
        assert!(dops(&head[..18]).is_err());
        let surround = [&b"OpusHead"[..], &hex!("01 03 3801 80bb0000 0000 01 02 01 000102")].concat();
        assert_eq!(dops(&surround).unwrap()[10..], hex!("01 02 01 000102"));
        assert!(dops(&surround[..22]).is_err());
    }

    #[test]
    fn codecs_of_windows_are_named_by_what_their_headers_say() {
        let header = [&[40; 16][..], b"xvid", &[0; 20]].concat();
        assert_eq!(codec_name("V_MS/VFW/FOURCC", &header), "MPEG-4 Visual");
        assert_eq!(codec_name("V_MS/VFW/FOURCC", b""), "a codec of Video for Windows");
        assert_eq!(codec_name("A_MS/ACM", &hex!("6101 0200")), "Windows Media Audio");
        assert_eq!(codec_name("A_MS/ACM", &hex!("3412")), "a codec of the Audio Compression Manager");
    }

    #[test]
    fn pcm_is_packaged_where_mp4_can_say_how_it_is_written() {
        let config = |codec: &str, bits| {
            let mut track = TrackEntry::default();
            (track.codec, track.bits, track.channels, track.sampling_rate) = (codec.to_owned(), bits, 2, 96e3);
            pcm_config(&track).map(|config| (config.is_float, config.is_little_endian, config.frame_size()))
        };
        assert_eq!(config("A_PCM/INT/LIT", 24), Some((false, true, 6)));
        assert_eq!(config("A_PCM/INT/BIG", 16), Some((false, false, 4)));
        assert_eq!(config("A_PCM/FLOAT/IEEE", 32), Some((true, true, 8)));
        assert_eq!(config("A_PCM/INT/LIT", 8), None);
        assert_eq!(config("A_PCM/FLOAT/IEEE", 16), None);
    }

    #[test]
    fn the_level_of_vp9_is_one_of_its_features() {
        assert_eq!(vp9_level(&hex!("010100 02011f 030108")), Some(31));
        assert_eq!(vp9_level(&hex!("010100")), None);
        assert_eq!(vp9_level(&hex!("0101")), None);
    }
}
