//! The Media Presentation Description of DASH, ISO/IEC 23009-1.
//!
//! Elements and attributes stand in the order of the standard's schema, since there the order of
//! elements is part of the syntax.

mod adaptation_set;
mod bandwidth;
mod channels;
mod period;
mod protection;
mod thumbnails;
mod timeline;

use std::io;
use std::ops::Range;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};

use crate::codec::{Colour, VideoRange};
use crate::presentation::{
    FMP4, Layout, Media, Names, Presentation, Thumbnails, Track, init_template, segment_template,
};
use adaptation_set::AdaptationSet;
use period::Period;

/// What a presentation promises of itself in `MPD@profiles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Segments of CMAF as well as of the ISO BMFF profile.
    Cmaf,
    /// The ISO BMFF profile alone: live, which static presentations with segment templates follow too, or
    /// on demand where each track is one file.
    Live,
}

impl Profile {
    fn urns(self, presentation: &Presentation) -> String {
        let single_files = presentation.tracks.iter().all(|track| matches!(track.layout, Layout::SingleFile { .. }));
        let iso = if single_files { "isoff-on-demand" } else { "isoff-live" };
        let iso = format!("urn:mpeg:dash:profile:{iso}:2011");
        match self {
            Self::Cmaf => format!("{iso},urn:mpeg:dash:profile:cmaf:2019"),
            Self::Live => iso,
        }
    }
}

/// The text of a static MPD, to be stored beside the tracks' folders.
pub fn write(presentation: &Presentation, profile: Profile) -> String {
    write_with(presentation, profile, None)
}

/// The same with thumbnails, whose sheets stand in a folder beside those of the tracks.
pub fn write_with(presentation: &Presentation, profile: Profile, thumbnails: Option<&Thumbnails>) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write_mpd(&mut xml, presentation, profile, thumbnails).expect("a Vec takes every write");
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("only text was written")
}

/// An XML writer into memory.
type Xml = Writer<Vec<u8>>;

fn write_mpd(
    xml: &mut Xml,
    presentation: &Presentation,
    profile: Profile,
    thumbnails: Option<&Thumbnails>,
) -> io::Result<()> {
    // A client that fetches whole segments has nothing to play before one of them is there.
    let min_buffer_ms = presentation.longest_segment_ms();
    let mut mpd = vec![("xmlns", "urn:mpeg:dash:schema:mpd:2011".to_owned())];
    mpd.extend(protection::namespaces(&presentation.tracks).into_iter().map(|(name, uri)| (name, uri.to_owned())));
    if presentation.tracks.iter().any(|track| track.supplemental.is_some()) {
        mpd.push(("xmlns:scte214", "urn:scte:dash:scte214-extensions".to_owned()));
    }
    mpd.extend([
        ("profiles", profile.urns(presentation)),
        ("type", "static".to_owned()),
        ("mediaPresentationDuration", xs_duration(presentation.duration_ms())),
        ("minBufferTime", xs_duration(min_buffer_ms)),
        ("maxSegmentDuration", xs_duration(presentation.longest_segment_ms())),
    ]);

    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    element(xml, "MPD", &mpd, |xml| {
        let sets = adaptation_set::group(&presentation.tracks);
        Period::all(presentation).try_for_each(|period| {
            let start = period.start.map_or("PT0S".to_owned(), |start| xs_time(start.start, start.timescale));
            let attributes = [("id", period.number.to_string()), ("start", start)];
            element(xml, "Period", &attributes, |xml| {
                sets.iter().try_for_each(|set| write_adaptation_set(xml, set, &period, min_buffer_ms))?;
                thumbnails.map_or(Ok(()), |thumbnails| {
                    thumbnails::write(xml, thumbnails, sets.len() + 1, &period, presentation.duration_ms())
                })
            })
        })
    })
}

/// Ticks as an `xs:duration`, to the microsecond.
fn xs_time(ticks: u64, timescale: u32) -> String {
    let timescale = u128::from(timescale.max(1));
    let microseconds = (u128::from(ticks) * 1_000_000 + timescale / 2) / timescale;
    format!("PT{}.{:06}S", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// Milliseconds as an `xs:duration`.
fn xs_duration(ms: u64) -> String {
    match (ms / 1000, ms % 1000) {
        (seconds, 0) => format!("PT{seconds}S"),
        (seconds, ms) => format!("PT{seconds}.{ms:03}S"),
    }
}

/// Clause 5.3.3.
fn write_adaptation_set(
    xml: &mut Xml,
    set: &AdaptationSet<'_>,
    period: &Period<'_>,
    min_buffer_ms: u64,
) -> io::Result<()> {
    let ranges = set.tracks.iter().map(|track| (*track, period.segments(track)));
    let tracks: Vec<(&Track, Range<usize>)> =
        ranges.filter(|(track, range)| !range.is_empty() || track.segments.is_empty()).collect();
    if tracks.is_empty() {
        return Ok(()); // it starts later, or has ended
    }
    let kind = match set.first().media {
        Media::Video { .. } => "video",
        Media::Audio { .. } => "audio",
        Media::Text => "text",
    };
    let mime_type = FMP4.of(&set.first().media);
    let mut attributes = vec![("id", set.id.to_string())];
    attributes.extend(set.first().language_tag().map(|tag| ("lang", tag.to_owned())));
    attributes.push(("contentType", kind.to_owned()));
    attributes.extend(set.picture_attributes());
    // Of a file with an index the media segments are subsegments.
    let (alignment, start) = match set.first().layout {
        Layout::Segmented { .. } => ("segmentAlignment", "startWithSAP"),
        Layout::SingleFile { .. } => ("subsegmentAlignment", "subsegmentStartsWithSAP"),
    };
    attributes.extend([(alignment, "true".to_owned()), ("mimeType", mime_type.to_owned())]);
    // "starts with a SAP of type less than or equal to the value" (clause 5.3.7.2).
    let worst = set.tracks.iter().map(|track| track.sap()).max().unwrap_or_default();
    attributes.extend(worst.number().map(|number| (start, number.to_string())));
    element(xml, "AdaptationSet", &attributes, |xml| {
        if let Some(protection) = &set.first().protection {
            protection::write(xml, protection)?;
        }
        write_colour(xml, &set.first().media)?;
        if !set.trick_of.is_empty() {
            // DASH-IF IOP version 4.3, section 3.2.9: only clients that know what it is for play it.
            let ids: Vec<String> = set.trick_of.iter().map(u32::to_string).collect();
            descriptor(xml, "EssentialProperty", "http://dashif.org/guidelines/trickmode", &ids.join(" "))?;
        }
        if period.number > 1 {
            // Clause 5.3.2.4: decoding goes on from the period before without a reset.
            descriptor(xml, "SupplementalProperty", "urn:mpeg:dash:period-continuity:2015", "1")?;
        }
        if !set.switches_to.is_empty() {
            // Clause 5.3.3.5; DASH-IF IOP part 6 demands it where only the keys differ.
            let ids: Vec<String> = set.switches_to.iter().map(u32::to_string).collect();
            descriptor(xml, "SupplementalProperty", "urn:mpeg:dash:adaptation-set-switching:2016", &ids.join(","))?;
        }
        if let Some(label) = &set.first().label {
            element(xml, "Label", &[], |xml| xml.write_event(Event::Text(BytesText::new(label))))?;
        }
        if let Some(purpose) = set.audio_purpose() {
            descriptor(xml, "Accessibility", "urn:tva:metadata:cs:AudioPurposeCS:2007", purpose)?;
        }
        for (scheme, value) in set.captions() {
            descriptor(xml, "Accessibility", scheme, &value)?;
        }
        for role in set.roles() {
            descriptor(xml, "Role", "urn:mpeg:dash:role:2011", role.as_str())?;
        }
        tracks.into_iter().try_for_each(|(track, segments)| {
            write_representation(xml, track, segments, period.time_offset(track), min_buffer_ms)
        })
    })
}

/// The code points of pictures beyond SDR, as properties that a client must understand to show them right
/// (DASH-IF IOP version 4.3, sections 10.3 and 10.4; ISO/IEC 23091-2 names the schemes).
fn write_colour(xml: &mut Xml, media: &Media) -> io::Result<()> {
    let &Media::Video { colour: Some(colour), video_range, .. } = media else { return Ok(()) };
    if video_range == VideoRange::Sdr || colour.range() == VideoRange::Sdr {
        return Ok(());
    }
    for (name, point) in [
        ("ColourPrimaries", colour.primaries),
        ("TransferCharacteristics", colour.transfer),
        ("MatrixCoefficients", colour.matrix),
    ] {
        if point != Colour::UNSPECIFIED {
            descriptor(xml, "EssentialProperty", &format!("urn:mpeg:mpegB:cicp:{name}"), &point.to_string())?;
        }
    }
    Ok(())
}

/// Clause 5.3.5.
fn write_representation(
    xml: &mut Xml,
    track: &Track,
    segments: Range<usize>,
    time_offset: u64,
    min_buffer_ms: u64,
) -> io::Result<()> {
    let mut attributes = vec![
        ("id", track.id.clone()),
        ("bandwidth", bandwidth::bandwidth(track, min_buffer_ms).to_string()),
        ("codecs", track.codecs.clone()),
    ];
    if let Some(supplemental) = &track.supplemental {
        // SCTE 214-1:2022: the codec that may be played instead, and the brand that its base layer follows.
        attributes.push(("scte214:supplementalCodecs", supplemental.codecs.clone()));
        attributes.push(("scte214:supplementalProfiles", supplemental.brand.to_owned()));
    }
    match track.media {
        Media::Video { width, height, frame_rate, sample_aspect_ratio: (across, down), .. } => {
            attributes.extend([("width", width.to_string()), ("height", height.to_string())]);
            attributes.extend(frame_rate.map(|rate| ("frameRate", adaptation_set::frame_rate(rate))));
            attributes.push(("sar", format!("{across}:{down}")));
        }
        Media::Audio { sampling_rate, .. } => attributes.push(("audioSamplingRate", sampling_rate.to_string())),
        Media::Text => (),
    }
    if let Some(trick) = &track.trick_of {
        attributes.push(("maxPlayoutRate", trick.max_playout_rate.to_string()));
        attributes.push(("codingDependency", "false".to_owned()));
    }
    element(xml, "Representation", &attributes, |xml| {
        if let Media::Audio { channels, speakers, .. } = track.media {
            channels::write(xml, channels, speakers)?;
        }
        match track.layout {
            Layout::Segmented { names } => write_segment_template(xml, track, names, segments, time_offset),
            Layout::SingleFile { .. } => write_segment_base(xml, track, time_offset),
        }
    })
}

/// Clauses 5.6 and 5.3.9.2: one file with its own index.
fn write_segment_base(xml: &mut Xml, track: &Track, time_offset: u64) -> io::Result<()> {
    let Layout::SingleFile { init_size, index_size } = track.layout else { return Ok(()) };
    element(xml, "BaseURL", &[], |xml| xml.write_event(Event::Text(BytesText::new(&track.whole().to_string()))))?;
    let range = |start: u64, size: u64| format!("{start}-{}", start + size - 1);
    let mut attributes = vec![("timescale", track.timescale.to_string())];
    attributes.extend(time_offset_attribute(time_offset));
    attributes.push(("indexRange", range(init_size, index_size)));
    element(xml, "SegmentBase", &attributes, |xml| {
        let range = range(0, init_size);
        xml.write_event(Event::Empty(BytesStart::new("Initialization").with_attributes([("range", range.as_str())])))
    })
}

/// Clause 5.3.9.4.
fn write_segment_template(
    xml: &mut Xml,
    track: &Track,
    names: Names,
    segments: Range<usize>,
    time_offset: u64,
) -> io::Result<()> {
    let mut attributes = vec![("timescale", track.timescale.to_string())];
    attributes.extend(time_offset_attribute(time_offset));
    if names == Names::Numbers {
        attributes.push(("startNumber", (segments.start + 1).to_string()));
    }
    attributes.extend([("media", segment_template(names, track.container)), ("initialization", init_template())]);
    element(xml, "SegmentTemplate", &attributes, |xml| timeline::write(xml, &track.segments[segments]))
}

/// What the start of the period is on the media's timeline (clause 5.3.9.2.2), unless it is 0.
fn time_offset_attribute(time_offset: u64) -> Option<(&'static str, String)> {
    (time_offset > 0).then(|| ("presentationTimeOffset", time_offset.to_string()))
}

/// An element with its children.
fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&str, String)],
    children: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let start = BytesStart::new(name);
    let end = start.to_end().into_owned();
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
    xml.write_event(Event::Start(start.borrow().with_attributes(attributes)))?;
    children(xml)?;
    xml.write_event(Event::End(end))
}

/// A descriptor of clause 5.8.2 without children.
fn descriptor(xml: &mut Xml, name: &str, scheme: &str, value: &str) -> io::Result<()> {
    let attributes = [("schemeIdUri", scheme), ("value", value)];
    xml.write_event(Event::Empty(BytesStart::new(name).with_attributes(attributes)))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::cenc::Scheme;
    use crate::demux::Role;
    use crate::drm::{Descriptor, Element, SystemSignal, clearkey, common, marlin, playready};
    use crate::keys::KeyId;
    use crate::presentation::{Caption, Captions, Layout, Method, PeriodStart, Protection, Segment, Trick};

    fn segments(durations: &[u64], size: u64) -> Vec<Segment> {
        let mut start = 0;
        let segment = |&duration: &u64| {
            start += duration;
            Segment { start: start - duration, duration, size, ..Segment::default() }
        };
        durations.iter().map(segment).collect()
    }

    fn video(id: &str, height: u32) -> Track {
        let media = Media::Video {
            width: (height * 16 / 9).next_multiple_of(2),
            height,
            frame_rate: Some((30_000, 1001)),
            sample_aspect_ratio: (1, 1),
            colour: None,
            video_range: VideoRange::Sdr,
        };
        Track::new(id, media, "avc1.64001f", 30_000, segments(&[120_120, 120_120, 45_045], 500_000))
    }

    fn audio(id: &str, language: &str) -> Track {
        let segments = segments(&[192_512, 192_512, 71_680], 64_000);
        let track = Track::new(id, Media::audio(48_000, 2), "mp4a.40.2", 48_000, segments);
        Track { language: Some(language.into()), ..track }
    }

    fn signal(system_id: [u8; 16], value: Option<&'static str>, elements: Vec<Element>) -> SystemSignal {
        SystemSignal { descriptor: Some(Descriptor { system_id, value, elements }), ..SystemSignal::default() }
    }

    fn protection(kid: u8) -> Option<Protection> {
        Some(Protection {
            method: Method::Samples(Scheme::Cbcs),
            default_kid: KeyId([kid; 16]),
            systems: vec![
                signal(clearkey::ID, Some("ClearKey1.0"), Vec::new()),
                signal(common::ID, None, vec![Element::Pssh(b"a whole pssh box".to_vec())]),
            ],
        })
    }

    fn mpd(tracks: Vec<Track>) -> String {
        write(&Presentation { tracks, periods: Vec::new() }, Profile::Live)
    }

    /// The lines that hold a text, without their indentation.
    fn lines<'a>(text: &'a str, part: &str) -> Vec<&'a str> {
        text.lines().filter(|line| line.contains(part)).map(str::trim).collect()
    }

    #[test]
    fn a_protected_film_is_one_set_of_each_kind() {
        let tracks = vec![
            Track { protection: protection(0xa1), ..video("video-1", 720) },
            Track { protection: protection(0xa1), ..audio("audio-1", "en") },
        ];
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" xmlns:dashif="https://dashif.org/CPS" profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" type="static" mediaPresentationDuration="PT9.515S" minBufferTime="PT4.011S" maxSegmentDuration="PT4.011S">
              <Period id="1" start="PT0S">
                <AdaptationSet id="1" contentType="video" par="16:9" segmentAlignment="true" mimeType="video/mp4" startWithSAP="1">
                  <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" cenc:default_KID="a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"/>
                  <ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" value="ClearKey1.0"/>
                  <ContentProtection schemeIdUri="urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b">
                    <cenc:pssh>YSB3aG9sZSBwc3NoIGJveA==</cenc:pssh>
                  </ContentProtection>
                  <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
                  <Representation id="video-1" bandwidth="1261896" codecs="avc1.64001f" width="1280" height="720" frameRate="30000/1001" sar="1:1">
                    <SegmentTemplate timescale="30000" startNumber="1" media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init.mp4">
                      <SegmentTimeline>
                        <S t="0" d="120120" r="1"/>
                        <S d="45045"/>
                      </SegmentTimeline>
                    </SegmentTemplate>
                  </Representation>
                </AdaptationSet>
                <AdaptationSet id="2" lang="en" contentType="audio" segmentAlignment="true" mimeType="audio/mp4" startWithSAP="1">
                  <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" cenc:default_KID="a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"/>
                  <ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" value="ClearKey1.0"/>
                  <ContentProtection schemeIdUri="urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b">
                    <cenc:pssh>YSB3aG9sZSBwc3NoIGJveA==</cenc:pssh>
                  </ContentProtection>
                  <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
                  <Representation id="audio-1" bandwidth="161435" codecs="mp4a.40.2" audioSamplingRate="48000">
                    <AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="2"/>
                    <SegmentTemplate timescale="48000" startNumber="1" media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init.mp4">
                      <SegmentTimeline>
                        <S t="0" d="192512" r="1"/>
                        <S d="71680"/>
                      </SegmentTimeline>
                    </SegmentTemplate>
                  </Representation>
                </AdaptationSet>
              </Period>
            </MPD>
        "#]].assert_eq(&write(&Presentation { tracks, periods: Vec::new() }, Profile::Cmaf));
    }

    #[test]
    fn segments_may_be_named_by_their_times() {
        let track = Track { layout: Layout::Segmented { names: Names::Starts }, ..video("video-1", 720) };
        let text = mpd(vec![track.clone()]);
        assert!(text.contains(r#"media="$RepresentationID$/$Time$.m4s" initialization="#), "{text}");
        assert!(!text.contains("startNumber"));
        assert_eq!(track.segment(1).to_string(), format!("video-1/{}.m4s", track.segments[1].start));
    }

    #[test]
    fn key_frames_are_a_set_that_names_its_main_one() {
        let trick = |of: &str, lines| Track {
            trick_of: Some(Trick { of: of.into(), max_playout_rate: 48 }),
            ..video(&format!("{of}-trick"), lines)
        };
        let tracks = vec![
            audio("audio-1", "en"),
            video("video-1", 720),
            video("video-2", 1080),
            trick("video-1", 720),
            trick("video-2", 1080),
        ];
        let text = mpd(tracks);
        assert_eq!(text.matches("<AdaptationSet").count(), 3);
        let (_, set) = text.split_once(r#"<AdaptationSet id="3""#).unwrap();
        assert!(set.contains(r#"<EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="2"/>"#));
        assert_eq!(set.matches(r#"maxPlayoutRate="48" codingDependency="false""#).count(), 2, "{set}");
    }

    #[test]
    fn a_period_goes_on_with_the_segments_behind_its_start() {
        let tracks = vec![video("video-1", 720), audio("audio-1", "en")];
        // 8.008 s: in front of the third picture segment, and of the third of sound, which starts 0.013 s later.
        let start = PeriodStart { start: 240_240, timescale: 30_000, first_segments: vec![2, 2] };
        let text = write(&Presentation { tracks, periods: vec![start] }, Profile::Live);
        assert_eq!(lines(&text, "Period").len(), 4, "{text}");
        let (first, second) = text.split_once("</Period>").unwrap();
        assert!(second.contains(r#"<Period id="2" start="PT8.008000S">"#), "{second}");
        assert_eq!(first.matches(r#"<S t="0""#).count(), 2);
        let offsets: Vec<&str> = lines(second, "SegmentTemplate")
            .into_iter()
            .filter_map(|line| line.split_once(" media=").map(|(start, _)| start))
            .collect();
        assert_eq!(
            offsets,
            [
                r#"<SegmentTemplate timescale="30000" presentationTimeOffset="240240" startNumber="3""#,
                r#"<SegmentTemplate timescale="48000" presentationTimeOffset="384384" startNumber="3""#,
            ]
        );
        assert_eq!(second.matches(r#"period-continuity:2015" value="1""#).count(), 2);
        assert!(
            second.contains(r#"<S t="240240" d="45045"/>"#) && second.contains(r#"<S t="385024" d="71680"/>"#),
            "{second}"
        );
    }

    #[test]
    fn a_label_and_a_purpose_are_said_in_a_set_of_its_own() {
        let described = Track {
            label: Some("English & described".into()),
            roles: vec![Role::Main, Role::Description],
            ..audio("audio-2", "en")
        };
        let text = mpd(vec![audio("audio-1", "en"), described]);
        let (_, set) = text.split_once(r#"<AdaptationSet id="2""#).unwrap();
        let lines: Vec<&str> = set.lines().skip(1).take(4).map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "<Label>English &amp; described</Label>",
                r#"<Accessibility schemeIdUri="urn:tva:metadata:cs:AudioPurposeCS:2007" value="1"/>"#,
                r#"<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>"#,
                r#"<Role schemeIdUri="urn:mpeg:dash:role:2011" value="description"/>"#,
            ]
        );
    }

    #[test]
    fn captions_within_pictures_are_described() {
        let told = ["CC1=de", "CC3", "SERVICE1=en"].map(|text| Caption::parse(text).unwrap());
        let text = mpd(vec![Track { captions: Captions::Some(told.to_vec()), ..video("video-1", 1080) }]);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with("<Accessibility")).collect();
        assert_eq!(
            lines,
            [
                r#"<Accessibility schemeIdUri="urn:scte:dash:cc:cea-608:2015" value="CC1=ger;CC3=und"/>"#,
                r#"<Accessibility schemeIdUri="urn:scte:dash:cc:cea-708:2015" value="1=lang:eng"/>"#,
            ]
        );
    }

    #[test]
    fn renditions_share_a_set_and_languages_do_not() {
        let tracks =
            vec![video("video-1", 1080), video("video-2", 480), audio("audio-1", "en"), audio("audio-2", "de")];
        let text = mpd(tracks);
        expect![[r#"
            <AdaptationSet id="1" contentType="video" par="16:9" maxWidth="1920" maxHeight="1080" maxFrameRate="30000/1001" segmentAlignment="true" mimeType="video/mp4" startWithSAP="1">
            <AdaptationSet id="2" lang="en" contentType="audio" segmentAlignment="true" mimeType="audio/mp4" startWithSAP="1">
            <AdaptationSet id="3" lang="de" contentType="audio" segmentAlignment="true" mimeType="audio/mp4" startWithSAP="1">
            <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
            <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
            <Role schemeIdUri="urn:mpeg:dash:role:2011" value="alternate"/>
            <Representation id="video-1" bandwidth="1261896" codecs="avc1.64001f" width="1920" height="1080" frameRate="30000/1001" sar="1:1">
            <Representation id="video-2" bandwidth="1261896" codecs="avc1.64001f" width="854" height="480" frameRate="30000/1001" sar="1:1">
            <Representation id="audio-1" bandwidth="161435" codecs="mp4a.40.2" audioSamplingRate="48000">
            <Representation id="audio-2" bandwidth="161435" codecs="mp4a.40.2" audioSamplingRate="48000">"#]].assert_eq(
            &[
                lines(&text, "<AdaptationSet"),
                lines(&text, "Role"),
                lines(&text, "<Representation"),
            ]
            .concat()
            .join("\n"),
        );
    }

    #[test]
    fn pictures_of_another_shape_or_with_other_cuts_are_another_set() {
        let mut wide = video("video-2", 720);
        wide.media = Media::Video {
            width: 640,
            height: 480,
            frame_rate: None,
            sample_aspect_ratio: (1, 1),
            colour: None,
            video_range: VideoRange::Sdr,
        };
        let mut shifted = video("video-3", 720);
        shifted.segments = segments(&[90_090, 150_150, 45_045], 500_000);
        assert_eq!(lines(&mpd(vec![video("video-1", 720), wide, shifted]), "<AdaptationSet").len(), 3);
    }

    #[test]
    fn one_picture_on_two_timescales_is_one_set() {
        let mut fine = video("video-2", 360);
        fine.timescale = 90_000;
        fine.segments = segments(&[360_360, 360_360, 135_135], 200_000);
        assert_eq!(lines(&mpd(vec![video("video-1", 720), fine]), "<AdaptationSet").len(), 1);
    }

    #[test]
    fn sets_that_differ_in_the_key_only_name_each_other() {
        let tracks = vec![
            Track { protection: protection(1), ..video("video-1", 1080) },
            Track { protection: protection(2), ..video("video-2", 480) },
            Track { protection: protection(2), ..audio("audio-1", "en") },
        ];
        let text = mpd(tracks);
        expect![[r#"
            <SupplementalProperty schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016" value="2"/>
            <SupplementalProperty schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016" value="1"/>"#]]
        .assert_eq(&lines(&text, "SupplementalProperty").join("\n"));
    }

    #[test]
    fn each_system_has_a_descriptor_with_its_elements() {
        let elements = vec![
            Element::Pssh(vec![0; 3]),
            playready::object_element(vec![0xff; 3]),
            Element::LicenseUrl("https://a.example/?a=1&b=<2>\n".into()),
            marlin::content_ids(&[KeyId([1; 16]), KeyId([2; 16])]),
            Element::Xml("<own:data xmlns:own='urn:x' a='&lt;'>b &amp; c</own:data>".into()),
        ];
        let silent = SystemSignal { descriptor: None, ..signal([0; 16], None, Vec::new()) };
        let systems = vec![signal([0xab; 16], Some("2.0"), elements), silent, signal([0xcd; 16], None, Vec::new())];
        let protection = Protection { systems, ..protection(1).unwrap() };
        let text = mpd(vec![Track { protection: Some(protection), ..audio("audio-1", "en") }]);
        let (_, rest) = text.split_once("default_KID=").unwrap();
        let (descriptors, _) = rest.split_once("<Role").unwrap();
        expect![[r#"
            "01010101-0101-0101-0101-010101010101"/>
                  <ContentProtection schemeIdUri="urn:uuid:abababab-abab-abab-abab-abababababab" value="2.0">
                    <cenc:pssh>AAAA</cenc:pssh>
                    <mspr:pro>////</mspr:pro>
                    <dashif:Laurl>https://a.example/?a=1&amp;b=&lt;2&gt;</dashif:Laurl>
                    <mas:MarlinContentIds>
                      <mas:MarlinContentId>urn:marlin:kid:01010101010101010101010101010101</mas:MarlinContentId>
                      <mas:MarlinContentId>urn:marlin:kid:02020202020202020202020202020202</mas:MarlinContentId>
                    </mas:MarlinContentIds><own:data xmlns:own='urn:x' a='&lt;'>b &amp; c</own:data></ContentProtection>
                  <ContentProtection schemeIdUri="urn:uuid:cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd"/>
        "#]]
        .assert_eq(descriptors.trim_end_matches(' '));
        for namespace in
            [r#"xmlns:mspr="urn:microsoft:playready""#, r#"xmlns:mas="urn:marlin:mas:1-0:services:schemas:mpd""#]
        {
            assert!(text.contains(namespace));
        }
    }

    #[test]
    fn a_language_that_is_no_tag_is_not_said() {
        let text = mpd(vec![audio("audio-1", "e\"n><")]);
        assert_eq!(lines(&text, "lang="), [""; 0]);
    }

    #[test]
    fn the_template_gives_the_paths_of_the_track() {
        let track = audio("audio-1", "en");
        let text = mpd(vec![track.clone()]);
        let template = |name: &str| {
            let value = text.split_once(&format!(" {name}=\"")).unwrap().1;
            value.split_once('"').unwrap().0.replace("$RepresentationID$", &track.id)
        };
        assert_eq!(template("initialization"), track.init().unwrap().to_string());
        assert_eq!(template("media").replace("$Number$", "3"), track.segment(2).to_string());
    }

    #[test]
    fn durations_have_milliseconds_where_they_need_them() {
        assert_eq!(xs_duration(61_000), "PT61S");
        assert_eq!(xs_duration(61_007), "PT61.007S");
    }

    #[test]
    fn frame_rates_are_reduced() {
        assert_eq!(adaptation_set::frame_rate((50, 2)), "25");
        assert_eq!(adaptation_set::frame_rate((60_000, 2002)), "30000/1001");
    }
}
