//! The multivariant playlist (the Master Playlist of RFC 8216), section 4.3.4.

use std::fmt::{self, Write};

use super::attributes::Attributes;
use super::media::key_attributes;
use super::{Settings, i_frames, target_duration, version};
use crate::codec::captions::Channel;
use crate::codec::{Speakers, VideoRange};
use crate::demux::Role;
use crate::order;
use crate::presentation::{Caption, Captions, Media, Presentation, Protection, Track};

/// The text of the multivariant playlist without settings: [`multivariant_with`].
pub fn multivariant(presentation: &Presentation) -> String {
    multivariant_with(presentation, &Settings::default())
}

/// The text of the multivariant playlist.
pub fn multivariant_with(presentation: &Presentation, settings: &Settings) -> String {
    let mut text = String::new();
    write_multivariant(&mut text, presentation, settings).expect("a String takes every write");
    text
}

fn write_multivariant(text: &mut String, presentation: &Presentation, settings: &Settings) -> fmt::Result {
    let (mut video, mut audio, mut subtitles) = (Vec::new(), Vec::new(), Vec::new());
    for track in &presentation.tracks {
        match track.media {
            Media::Video { .. } => video.push(track),
            Media::Audio { .. } => audio.push(track),
            Media::Text => subtitles.push(track),
        }
    }
    if video.is_empty() && audio.is_empty() {
        video = std::mem::take(&mut subtitles); // text alone: what there is to choose
    }
    let is_beyond_sdr =
        |track: &Track| matches!(track.media, Media::Video { video_range, .. } if video_range != VideoRange::Sdr);
    let common = Common {
        target_ms: target_duration(presentation) * 1000,
        says_range: presentation.tracks.iter().any(is_beyond_sdr),
        subtitles: &subtitles,
        has_no_captions: video.iter().all(|track| track.captions == Captions::None),
    };

    writeln!(text, "#EXTM3U")?;
    writeln!(text, "#EXT-X-VERSION:{}", highest_version(presentation))?;
    if presentation.is_independent() {
        // In this playlist it holds for all segments of all media playlists (section 4.3.5.1).
        writeln!(text, "#EXT-X-INDEPENDENT-SEGMENTS")?;
    }
    if let Some(ms) = settings.start_ms {
        let (sign, size) = (if ms < 0 { "-" } else { "" }, ms.unsigned_abs());
        let offset = format_args!("{sign}{}.{:03}", size / 1000, size % 1000);
        let start = Attributes::default().plain("TIME-OFFSET", offset).plain("PRECISE", "YES");
        writeln!(text, "#EXT-X-START:{start}")?;
    }
    write_session_keys(text, presentation)?;
    write_variants(text, &video, &audio, common)?;
    video.iter().try_for_each(|track| write_i_frame_stream_inf(text, track, common))
}

/// What the most demanding of the playlists needs, so that a client that could play none of the variants learns that at
/// the door; and services of CEA-708 need 7 in this one.
fn highest_version(presentation: &Presentation) -> u32 {
    let is_service = |caption: &Caption| matches!(caption.channel, Channel::Service(_));
    let has_services = presentation.tracks.iter().flat_map(|track| track.captions.all()).any(is_service);
    let of_tracks = presentation.tracks.iter().map(version).max().unwrap_or(1);
    if has_services { of_tracks.max(7) } else { of_tracks }
}

/// The renditions, and the variants that play them.
fn write_variants(text: &mut String, video: &[&Track], audio: &[&Track], common: Common<'_>) -> fmt::Result {
    let subtitles = common.subtitles;
    write_subtitle_tags(text, subtitles)?;
    write_caption_tags(text, video)?;
    let is_choice_of_rates = audio.iter().all(|track| track.language_tag() == audio[0].language_tag());
    if audio.is_empty() {
        return video.iter().try_for_each(|track| write_stream_inf(text, track, None, common));
    }
    if video.is_empty() && is_choice_of_rates {
        return audio.iter().try_for_each(|track| write_stream_inf(text, track, None, common));
    }
    let groups = audio_groups(audio);
    groups.iter().try_for_each(|group| write_media_tags(text, group))?;
    for group in &groups {
        // Without video, languages are renditions still: variants "MUST present the same content"
        // (section 6.2.4). The variant's own playlist is then that of the default rendition.
        let variants = if video.is_empty() { &group.tracks[..1] } else { video };
        variants.iter().try_for_each(|track| write_stream_inf(text, track, Some(group), common))?;
    }
    Ok(())
}

/// What all variants have in common.
#[derive(Debug, Clone, Copy)]
struct Common<'a> {
    target_ms: u64,
    /// The text tracks that go with each variant.
    subtitles: &'a [&'a Track],
    /// Whether no pictures have any: only of all variants may that be said (section 4.3.4.2).
    has_no_captions: bool,
    /// Whether `VIDEO-RANGE` is said, of all as soon as one isn't SDR: its absence leaves a client to guess
    /// (rfc8216bis section 4.4.6.2).
    says_range: bool,
}

/// `EXT-X-SESSION-KEY`, section 4.3.4.5: each distinct key once.
fn write_session_keys(text: &mut String, presentation: &Presentation) -> fmt::Result {
    let mut written = Vec::new();
    for protection in presentation.tracks.iter().flat_map(protections) {
        for system in &protection.systems {
            let made = system.hls_session_key.iter().map(|key| key_attributes(protection, key));
            let lines = match system.hls_session_lines.is_empty() {
                true => made.map(|attributes| format!("#EXT-X-SESSION-KEY:{attributes}")).collect(),
                false => system.hls_session_lines.clone(),
            };
            for line in lines {
                if !written.contains(&line) {
                    writeln!(text, "{line}")?;
                    written.push(line);
                }
            }
        }
    }
    Ok(())
}

/// What a track's playlist names keys of: where keys change, each crypto period has its own.
fn protections(track: &Track) -> Vec<&Protection> {
    match track.key_changes.is_empty() {
        true => track.protection.iter().collect(),
        false => track.key_changes.iter().filter_map(|change| change.protection.as_ref()).collect(),
    }
}

/// Renditions of which a client plays one.
#[derive(Debug)]
struct AudioGroup<'a> {
    id: String,
    tracks: Vec<&'a Track>,
}

/// A group for each codec family, so that a client finds a variant without the codecs it lacks.
///
/// Section 4.3.4.2.1 has all groups of a type offer the same members. Where the codecs come in different
/// languages, separate groups would hide a language behind a codec, so that all is one group.
fn audio_groups<'a>(audio: &[&'a Track]) -> Vec<AudioGroup<'a>> {
    let mut groups: Vec<AudioGroup> = Vec::new();
    for track in audio {
        let family = track.codecs.split('.').next().unwrap_or_default();
        let id = format!("audio-{family}");
        match groups.iter_mut().find(|group| group.id == id) {
            Some(group) => group.tracks.push(track),
            None => groups.push(AudioGroup { id, tracks: vec![track] }),
        }
    }
    let languages = |group: &AudioGroup<'a>| group.tracks.iter().map(|track| track.language_tag()).collect::<Vec<_>>();
    if groups.iter().any(|group| languages(group) != languages(&groups[0])) || groups.len() == 1 {
        return vec![AudioGroup { id: "audio".to_owned(), tracks: audio.to_vec() }];
    }
    groups
}

/// Section 4.3.4.1. The first rendition of a language and purpose is the one to choose by them (`AUTOSELECT`);
/// the first of the group is what plays if nobody chooses (`DEFAULT`).
fn write_media_tags(text: &mut String, group: &AudioGroup) -> fmt::Result {
    for (index, track) in group.tracks.iter().enumerate() {
        let language = track.language_tag();
        // Names differ within a group, and are the same in the next group of the same languages.
        let name = name(track, &group.tracks[..index], "Audio");
        let mut tag = Attributes::default().plain("TYPE", "AUDIO").quoted("GROUP-ID", &group.id).quoted("NAME", &name);
        if let Some(language) = language {
            tag = tag.quoted("LANGUAGE", language);
        }
        let autoselect = is_first_of_its_kind(track, &group.tracks[..index]);
        tag = tag.plain("DEFAULT", yes_or_no(index == 0)).plain("AUTOSELECT", yes_or_no(autoselect));
        if let Media::Audio { channels, speakers, .. } = track.media
            && channels > 0
        {
            tag = tag.quoted("CHANNELS", &channels_attribute(channels, speakers));
        }
        if let Some(value) = characteristics(track) {
            tag = tag.quoted("CHARACTERISTICS", &value);
        }
        writeln!(text, "#EXT-X-MEDIA:{}", tag.uri("URI", &track.playlist().to_string()))?;
    }
    Ok(())
}

/// The only group of subtitles.
const SUBTITLES: &str = "subtitles";

/// Section 4.3.4.1 for text. Nothing is shown unless somebody chooses it, or the player does by language.
fn write_subtitle_tags(text: &mut String, subtitles: &[&Track]) -> fmt::Result {
    for (index, track) in subtitles.iter().enumerate() {
        let language = track.language_tag();
        let mut tag = Attributes::default()
            .plain("TYPE", "SUBTITLES")
            .quoted("GROUP-ID", SUBTITLES)
            .quoted("NAME", &name(track, &subtitles[..index], "Text"));
        if let Some(language) = language {
            tag = tag.quoted("LANGUAGE", language);
        }
        let autoselect = is_first_of_its_kind(track, &subtitles[..index]);
        tag = tag.plain("DEFAULT", "NO").plain("AUTOSELECT", yes_or_no(autoselect));
        if track.is_forced {
            tag = tag.plain("FORCED", "YES");
        }
        if let Some(value) = characteristics(track) {
            tag = tag.quoted("CHARACTERISTICS", &value);
        }
        writeln!(text, "#EXT-X-MEDIA:{}", tag.uri("URI", &track.playlist().to_string()))?;
    }
    Ok(())
}

/// The only group of captions within pictures.
const CAPTIONS: &str = "captions";

/// Section 4.3.4.1 for captions within pictures: each service once, whichever variants have it.
fn write_caption_tags(text: &mut String, video: &[&Track]) -> fmt::Result {
    let mut captions: Vec<&Caption> = video.iter().flat_map(|track| track.captions.all()).collect();
    order::sort_by_key(&mut captions, |caption| caption.channel);
    captions.dedup_by_key(|caption| caption.channel);
    for (index, caption) in captions.iter().enumerate() {
        let is_known = captions[..index].iter().any(|other| other.language == caption.language);
        let name = match &caption.language {
            Some(language) if !is_known => language.clone(),
            Some(language) => format!("{language} ({})", caption.channel),
            None => caption.channel.to_string(),
        };
        let mut tag =
            Attributes::default().plain("TYPE", "CLOSED-CAPTIONS").quoted("GROUP-ID", CAPTIONS).quoted("NAME", &name);
        if let Some(language) = &caption.language {
            tag = tag.quoted("LANGUAGE", language);
        }
        tag = tag.plain("DEFAULT", "NO").plain("AUTOSELECT", yes_or_no(!is_known));
        tag = tag.quoted("INSTREAM-ID", &caption.channel.to_string());
        writeln!(text, "#EXT-X-MEDIA:{tag}")?;
    }
    Ok(())
}

/// Whether none of the `others` is chosen for the same reasons, as `AUTOSELECT` demands (bis 4.4.6.1.1).
fn is_first_of_its_kind(track: &Track, others: &[&Track]) -> bool {
    let reasons = |track: &Track| (track.language_tag().map(str::to_owned), track.is_forced, characteristics(track));
    others.iter().all(|other| reasons(other) != reasons(track))
}

/// `NAME`: the label, or the language and what the track is for, with a number behind it where one of the `others` before
/// has it already.
fn name(track: &Track, others: &[&Track], unknown: &str) -> String {
    let plain = |track: &Track| match &track.label {
        Some(label) => label.clone(),
        None => {
            let language = track.language_tag().unwrap_or(unknown);
            let purposes = purposes(track);
            if purposes.is_empty() { language.to_owned() } else { format!("{language} ({})", purposes.join(", ")) }
        }
    };
    let own = plain(track);
    match others.iter().filter(|other| plain(other) == own).count() {
        0 => own,
        before => format!("{own} {}", before + 1),
    }
}

/// What a rendition is for, in words that people choose by.
fn purposes(track: &Track) -> Vec<&'static str> {
    let is_text = matches!(track.media, Media::Text);
    let is_forced = track.is_forced || is_text && track.roles.contains(&Role::ForcedSubtitle);
    let of_roles = track.roles.iter().filter_map(|role| match role {
        Role::Caption if is_text => Some("SDH"),
        Role::EasyReader if is_text => Some("easy to read"),
        Role::Description => Some("audio description"),
        Role::EnhancedAudioIntelligibility => Some("clear speech"),
        Role::Commentary => Some("commentary"),
        _ => None,
    });
    is_forced.then_some("forced").into_iter().chain(of_roles).collect()
}

/// `CHARACTERISTICS`: the Media Characteristic Tags of what a rendition is for (bis 4.4.6.1).
fn characteristics(track: &Track) -> Option<String> {
    let is_text = matches!(track.media, Media::Text);
    let tags = track.roles.iter().filter_map(|role| match role {
        Role::Caption if is_text => {
            Some("public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound")
        }
        Role::Description => Some("public.accessibility.describes-video"),
        Role::EnhancedAudioIntelligibility => Some("public.accessibility.enhances-speech-intelligibility"),
        Role::EasyReader if is_text => Some("public.easy-to-read"),
        _ => None,
    });
    Some(tags.collect::<Vec<_>>().join(",")).filter(|tags| !tags.is_empty())
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "YES" } else { "NO" }
}

/// `CHANNELS`: a number, and behind a slash what the sound is coded with beside channels: objects in
/// E-AC-3, whose complexity stands for the number then (bis 4.4.6.1), or immersive stereo in AC-4.
fn channels_attribute(channels: u32, speakers: Option<Speakers>) -> String {
    match speakers {
        Some(Speakers::Digital { joint_object_coding: Some(complexity), .. }) => format!("{complexity}/JOC"),
        Some(Speakers::Ac4 { is_immersive_stereo: true, .. }) => format!("{channels}/IMS"),
        _ => channels.to_string(),
    }
}

/// Section 4.3.4.2, with the rates of the worst combination that can be played: the variant's own
/// track and the most demanding rendition of its group.
fn write_stream_inf(
    text: &mut String,
    track: &Track,
    group: Option<&AudioGroup>,
    Common { target_ms, says_range, subtitles, has_no_captions }: Common<'_>,
) -> fmt::Result {
    let renditions = group.map_or(&[][..], |group| &group.tracks);
    // An audio track is one of its group's renditions already.
    let is_video = matches!(track.media, Media::Video { .. });
    let own = (is_video || group.is_none()).then_some(track);
    let worst = |rate: &dyn Fn(&Track) -> u64| {
        let highest = |tracks: &[&Track]| tracks.iter().map(|track| rate(track)).max().unwrap_or(0);
        own.map_or(0, rate) + highest(renditions) + highest(subtitles)
    };
    let mut codecs: Vec<&str> = Vec::new();
    // Of subtitles, too: files of WebVTT are named wvtt as those in MP4 are (Apple's authoring specification, 5.10).
    for codec in own.iter().chain(renditions).chain(subtitles).map(|track| track.codecs.as_str()) {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    let mut tag = Attributes::default()
        .plain("BANDWIDTH", worst(&|track| track.peak_bandwidth(target_ms)))
        .plain("AVERAGE-BANDWIDTH", worst(&Track::average_bandwidth))
        .quoted("CODECS", &codecs.join(","));
    if let Some(supplemental) = &track.supplemental {
        // Its brand tells a client what it may take the base layer for (rfc8216bis section 4.4.6.2).
        let value = format!("{}/{}", supplemental.codecs, supplemental.brand);
        tag = tag.quoted("SUPPLEMENTAL-CODECS", &value);
    }
    if let Media::Video { width, height, frame_rate, sample_aspect_ratio, .. } = track.media {
        // The size at which to display the pictures: in square pixels.
        tag = tag.plain("RESOLUTION", format_args!("{}x{height}", display_width(width, sample_aspect_ratio)));
        if let Some((frames, seconds)) = frame_rate.filter(|(_, seconds)| *seconds > 0) {
            let (frames, seconds) = (u64::from(frames), u64::from(seconds));
            let thousandths = (frames * 1000 + seconds / 2) / seconds;
            tag = tag.plain("FRAME-RATE", format_args!("{}.{:03}", thousandths / 1000, thousandths % 1000));
        }
    }
    if let (Media::Video { video_range, .. }, true) = (&track.media, says_range) {
        tag = tag.plain("VIDEO-RANGE", video_range.as_str());
    }
    if let Some(group) = group {
        tag = tag.quoted("AUDIO", &group.id);
    }
    if !subtitles.is_empty() {
        tag = tag.quoted("SUBTITLES", SUBTITLES);
    }
    if is_video && has_no_captions {
        tag = tag.plain("CLOSED-CAPTIONS", "NONE");
    } else if !track.captions.all().is_empty() {
        tag = tag.quoted("CLOSED-CAPTIONS", CAPTIONS);
    }
    writeln!(text, "#EXT-X-STREAM-INF:{tag}")?;
    writeln!(text, "{}", track.playlist())
}

/// Section 4.3.4.3: where the key frames of a video track are listed.
fn write_i_frame_stream_inf(text: &mut String, track: &Track, Common { says_range, .. }: Common<'_>) -> fmt::Result {
    let frames = track.key_frames();
    let (Media::Video { width, height, sample_aspect_ratio, video_range, .. }, false) =
        (&track.media, frames.is_empty())
    else {
        return Ok(());
    };
    let target_ms = i_frames::target_duration(track, &frames) * 1000;
    let of_frames = Track { segments: frames.into_iter().map(|(_, frame)| frame).collect(), ..track.clone() };
    let mut tag = Attributes::default()
        .plain("BANDWIDTH", of_frames.peak_bandwidth(target_ms))
        .plain("AVERAGE-BANDWIDTH", of_frames.average_bandwidth())
        .quoted("CODECS", &track.codecs);
    if let Some(supplemental) = &track.supplemental {
        tag = tag.quoted("SUPPLEMENTAL-CODECS", &format!("{}/{}", supplemental.codecs, supplemental.brand));
    }
    tag = tag.plain("RESOLUTION", format_args!("{}x{height}", display_width(*width, *sample_aspect_ratio)));
    if says_range {
        tag = tag.plain("VIDEO-RANGE", video_range.as_str());
    }
    writeln!(text, "#EXT-X-I-FRAME-STREAM-INF:{}", tag.uri("URI", &track.key_frame_playlist().to_string()))
}

fn display_width(width: u32, (across, down): (u32, u32)) -> u64 {
    let (width, across, down) = (u64::from(width), u64::from(across), u64::from(down));
    if across == 0 || down == 0 { width } else { (width * across + down / 2) / down }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::codec::Supplemental;
    use crate::presentation::{Sap, Segment};

    fn segments(size: u64) -> Vec<Segment> {
        (0..3)
            .map(|n| Segment { start: n * 6000, duration: 6000, size: size + n * 3000, ..Segment::default() })
            .collect()
    }

    fn video(id: &str, (width, height): (u32, u32), size: u64) -> Track {
        let media = Media::Video {
            width,
            height,
            frame_rate: Some((24_000, 1001)),
            sample_aspect_ratio: (1, 1),
            colour: None,
            video_range: VideoRange::Sdr,
        };
        Track::new(id, media, "avc1.64001f", 1000, segments(size))
    }

    fn audio(id: &str, language: Option<&str>, codecs: &str, size: u64) -> Track {
        let track = Track::new(id, Media::audio(48_000, 2), codecs, 1000, segments(size));
        Track { language: language.map(str::to_owned), ..track }
    }

    const AAC: &str = "mp4a.40.2";

    #[test]
    fn rates_are_those_of_the_worst_combination() {
        let tracks = vec![
            video("video-1", (1280, 720), 750_000),
            video("video-2", (640, 360), 300_000),
            audio("audio-1", Some("en"), AAC, 48_000),
            audio("audio-2", Some("de"), AAC, 96_000),
        ];
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="en",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="de",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="audio-2/media.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=1144000,AVERAGE-BANDWIDTH=1136000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=23.976,AUDIO="audio",CLOSED-CAPTIONS=NONE
            video-1/media.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=544000,AVERAGE-BANDWIDTH=536000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=23.976,AUDIO="audio",CLOSED-CAPTIONS=NONE
            video-2/media.m3u8
        "##]].assert_eq(&multivariant(&Presentation { tracks, periods: Vec::new() }));
    }

    #[test]
    fn a_codec_family_is_a_group_where_all_have_the_same_languages() {
        let tracks = vec![
            video("video-1", (640, 360), 300_000),
            audio("audio-1", None, AAC, 48_000),
            audio("audio-2", None, "ec-3", 96_000),
        ];
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-mp4a",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-ec-3",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-2/media.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=480000,AVERAGE-BANDWIDTH=472000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=23.976,AUDIO="audio-mp4a",CLOSED-CAPTIONS=NONE
            video-1/media.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=544000,AVERAGE-BANDWIDTH=536000,CODECS="avc1.64001f,ec-3",RESOLUTION=640x360,FRAME-RATE=23.976,AUDIO="audio-ec-3",CLOSED-CAPTIONS=NONE
            video-1/media.m3u8
        "##]].assert_eq(&multivariant(&Presentation { tracks, periods: Vec::new() }));
    }

    #[test]
    fn no_language_hides_behind_a_codec() {
        let tracks = vec![
            video("video-1", (640, 360), 300_000),
            audio("audio-1", Some("en"), AAC, 48_000),
            audio("audio-2", Some("fr"), "ec-3", 48_000),
        ];
        let text = multivariant(&Presentation { tracks, periods: Vec::new() });
        assert_eq!(text.matches("GROUP-ID=\"audio\"").count(), 2);
        assert!(text.contains(r#"CODECS="avc1.64001f,mp4a.40.2,ec-3""#), "{text}");
    }

    #[test]
    fn audio_alone_is_plain_variants() {
        let tracks = vec![audio("audio-1", Some("en"), AAC, 96_000), audio("audio-2", Some("en"), "mp4a.40.5", 48_000)];
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-STREAM-INF:BANDWIDTH=136000,AVERAGE-BANDWIDTH=132000,CODECS="mp4a.40.2"
            audio-1/media.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=72000,AVERAGE-BANDWIDTH=68000,CODECS="mp4a.40.5"
            audio-2/media.m3u8
        "##]]
        .assert_eq(&multivariant(&Presentation { tracks, periods: Vec::new() }));
    }

    #[test]
    fn languages_of_audio_alone_are_renditions_and_not_variants() {
        let tracks = vec![audio("audio-1", Some("en"), AAC, 48_000), audio("audio-2", Some("de"), AAC, 96_000)];
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="en",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="de",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="audio-2/media.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=136000,AVERAGE-BANDWIDTH=132000,CODECS="mp4a.40.2",AUDIO="audio"
            audio-1/media.m3u8
        "##]].assert_eq(&multivariant(&Presentation { tracks, periods: Vec::new() }));
    }

    #[test]
    fn subtitles_are_renditions_of_every_variant() {
        let subtitle = |id: &str, language: Option<&str>| Track {
            media: Media::Text,
            codecs: "wvtt".into(),
            ..audio(id, language, "", 200)
        };
        let tracks = vec![
            video("video-1", (640, 360), 300_000),
            audio("audio-1", Some("en"), AAC, 48_000),
            subtitle("text-1", Some("en")),
            subtitle("text-2", Some("en")),
            subtitle("text-3", None),
        ];
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="en",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,URI="text-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="en 2",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,URI="text-2/media.m3u8"
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="Text",DEFAULT=NO,AUTOSELECT=YES,URI="text-3/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="en",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/media.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=488267,AVERAGE-BANDWIDTH=476267,CODECS="avc1.64001f,mp4a.40.2,wvtt",RESOLUTION=640x360,FRAME-RATE=23.976,AUDIO="audio",SUBTITLES="subtitles",CLOSED-CAPTIONS=NONE
            video-1/media.m3u8
        "##]].assert_eq(&multivariant(&Presentation { tracks, periods: Vec::new() }));
    }

    #[test]
    fn objects_stand_behind_the_number_of_channels() {
        let digital = |joint_object_coding| Some(Speakers::Digital { channel_map: 0xf801, joint_object_coding });
        assert_eq!(channels_attribute(6, digital(None)), "6");
        assert_eq!(channels_attribute(6, digital(Some(16))), "16/JOC");
        let ac4 = Speakers::Ac4 { channel_mask: Some(1), is_immersive_stereo: true };
        assert_eq!(channels_attribute(2, Some(ac4)), "2/IMS");
    }

    #[test]
    fn video_alone_has_no_group() {
        let tracks = vec![video("video-1", (640, 360), 300_000)];
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-STREAM-INF:BANDWIDTH=408000,AVERAGE-BANDWIDTH=404000,CODECS="avc1.64001f",RESOLUTION=640x360,FRAME-RATE=23.976,CLOSED-CAPTIONS=NONE
            video-1/media.m3u8
        "##]].assert_eq(&multivariant(&Presentation { tracks, periods: Vec::new() }));
    }

    #[test]
    fn segments_are_independent_only_if_all_start_so() {
        let says_so = |sap| {
            let mut track = video("video-1", (640, 360), 300_000);
            track.segments[2].sap = sap;
            multivariant(&Presentation { tracks: vec![track], periods: Vec::new() })
                .contains("#EXT-X-INDEPENDENT-SEGMENTS")
        };
        let all = [Sap::One, Sap::Two, Sap::Three, Sap::Four, Sap::None];
        assert_eq!(all.map(says_so), [true, true, false, false, false]);
    }

    #[test]
    fn a_range_beyond_sdr_has_every_variant_say_its_own() {
        let mut hdr = video("video-1", (1280, 720), 750_000);
        hdr.codecs = "hvc1.2.4.L120.90".into();
        hdr.supplemental = Some(Supplemental { codecs: "dvh1.08.07".into(), brand: "db1p" });
        if let Media::Video { video_range, .. } = &mut hdr.media {
            *video_range = VideoRange::Pq;
        }
        let text = multivariant(&Presentation {
            tracks: vec![hdr, video("video-2", (640, 360), 300_000)],
            periods: Vec::new(),
        });
        let tags: Vec<&str> = text.lines().filter(|line| line.starts_with("#EXT-X-STREAM-INF")).collect();
        expect![[r##"
            #EXT-X-STREAM-INF:BANDWIDTH=1008000,AVERAGE-BANDWIDTH=1004000,CODECS="hvc1.2.4.L120.90",SUPPLEMENTAL-CODECS="dvh1.08.07/db1p",RESOLUTION=1280x720,FRAME-RATE=23.976,VIDEO-RANGE=PQ,CLOSED-CAPTIONS=NONE
            #EXT-X-STREAM-INF:BANDWIDTH=408000,AVERAGE-BANDWIDTH=404000,CODECS="avc1.64001f",RESOLUTION=640x360,FRAME-RATE=23.976,VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE"##]]
        .assert_eq(&tags.join("\n"));
    }

    #[test]
    fn labels_are_names_and_purposes_are_characteristics() {
        let described = Track {
            label: Some("English, described".into()),
            roles: vec![Role::Description],
            ..audio("audio-2", Some("en"), AAC, 48_000)
        };
        let forced = Track { media: Media::Text, is_forced: true, ..audio("text-1", Some("en"), "wvtt", 200) };
        let captions = Track { roles: vec![Role::Caption], is_forced: false, id: "text-2".into(), ..forced.clone() };
        let english = audio("audio-1", Some("en"), AAC, 48_000);
        let tracks = vec![video("video-1", (640, 360), 300_000), english, described, forced, captions];
        let text = multivariant(&Presentation { tracks, periods: Vec::new() });
        let media: Vec<&str> = text.lines().filter(|line| line.starts_with("#EXT-X-MEDIA")).collect();
        expect![[r##"
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="en (forced)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,URI="text-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="en (SDH)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound",URI="text-2/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="en",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English, described",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",CHARACTERISTICS="public.accessibility.describes-video",URI="audio-2/media.m3u8""##]]
        .assert_eq(&media.join("\n"));
    }

    #[test]
    fn two_tracks_of_a_language_have_two_names() {
        let tracks = vec![
            video("video-1", (640, 360), 300_000),
            audio("audio-1", Some("en"), AAC, 48_000),
            audio("audio-2", Some("en"), AAC, 48_000),
        ];
        let text = multivariant(&Presentation { tracks, periods: Vec::new() });
        let media: Vec<&str> = text.lines().filter(|line| line.starts_with("#EXT-X-MEDIA")).collect();
        expect![[r##"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="en",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-1/media.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="en 2",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,CHANNELS="2",URI="audio-2/media.m3u8""##]].assert_eq(&media.join("\n"));
    }

    #[test]
    fn the_resolution_is_that_of_the_display() {
        assert_eq!(display_width(720, (64, 45)), 1024);
        assert_eq!(display_width(720, (0, 0)), 720);
    }

    #[test]
    fn captions_are_listed_and_denied_only_where_no_pictures_have_any() {
        let with = |id: &str, captions: Captions| Track { captions, ..video(id, (640, 360), 300_000) };
        let caption = |text: &str| Caption::parse(text).unwrap();
        let of = |tracks: Vec<Track>| multivariant(&Presentation { tracks, periods: Vec::new() });
        let lines = |text: &str, tag: &str| {
            let lines = text.lines().filter(|line| line.starts_with(tag));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let some = Captions::Some(vec![caption("CC1=en"), caption("CC3"), caption("SERVICE1=en")]);
        let text = of(vec![with("video-1", some), with("video-2", Captions::None)]);
        assert_eq!(
            lines(&text, "#EXT-X-MEDIA"),
            [
                r#"#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="en",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC1""#,
                r#"#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="CC3",DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC3""#,
                r#"#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="en (SERVICE1)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,INSTREAM-ID="SERVICE1""#,
            ]
        );
        let variants = lines(&text, "#EXT-X-STREAM-INF");
        assert!(variants[0].ends_with(r#",CLOSED-CAPTIONS="captions""#) && !variants[1].contains("CLOSED-CAPTIONS"));
        assert!(text.contains("#EXT-X-VERSION:7\n"), "services of CEA-708");
        for (captions, is_denied) in [(Captions::Unknown, false), (Captions::None, true)] {
            let text = of(vec![with("video-1", captions)]);
            assert_eq!(text.contains("CLOSED-CAPTIONS=NONE"), is_denied);
            assert!(text.contains("#EXT-X-VERSION:6\n"));
        }
    }
}
