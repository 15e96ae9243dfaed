//! Manifests, read back by code that isn't ours: `dash-mpd-core`, the DASH schema, `m3u8-rs` and the
//! strict `hls_m3u8`.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use tabpack::cenc::Scheme;
use tabpack::codec::VideoRange;
use tabpack::drm::{Descriptor, Element, HlsKey, SystemSignal, clearkey, common};
use tabpack::hls;
use tabpack::keys::KeyId;
use tabpack::mpd::{self, Profile};
use tabpack::presentation::{Media, Method, Presentation, Protection, Segment, Track};

#[test]
fn captions_within_pictures_are_found_and_signalled() {
    // In place of what x264 says of itself in the first picture: SEI of the same size with CC1, and padding in CC3's field.
    let mut file = crate::support::fixture("bframes-1080p.mp4");
    let at = file.windows(11).position(|bytes| bytes == b"x264 - core").unwrap();
    let captions = b"\xb5\x00\x31GA94\x03\x42\xff\xfc\x94\x20\xfd\x80\x80";
    file[at..at + captions.len()].copy_from_slice(captions);
    let packaged = |file: Vec<u8>, told: &[&str]| {
        let mut options = crate::support::options(tabpack::packager::Target::Cmaf, None);
        options.keys.clear();
        options.captions = told.iter().map(|text| tabpack::presentation::Caption::parse(text).unwrap()).collect();
        let files = crate::support::packaged([("a.mp4", file)], options).unwrap();
        let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
        (text("cmaf/master.m3u8"), text("cmaf/stream.mpd"))
    };
    let (playlist, mpd) = packaged(file.clone(), &["CC1=en"]);
    assert!(playlist.contains(r#"NAME="en",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC1""#), "{playlist}");
    assert!(playlist.contains(r#"CLOSED-CAPTIONS="captions""#) && !playlist.contains("CC3"));
    assert!(mpd.contains(r#"<Accessibility schemeIdUri="urn:scte:dash:cc:cea-608:2015" value="CC1=eng"/>"#), "{mpd}");
    let (playlist, _) = packaged(file, &[]);
    assert!(playlist.contains(r#"NAME="CC1",DEFAULT=NO"#));
    // A place for captions that are padding: neither that there are some nor that there are none.
    let mut padded = crate::support::fixture("bframes-1080p.mp4");
    padded[at..at + 13].copy_from_slice(b"\xb5\x00\x31GA94\x03\x41\xff\xfc\x80\x80");
    let (playlist, mpd) = packaged(padded, &[]);
    assert!(!playlist.contains("CAPTIONS") && !mpd.contains("scte"));
    let (playlist, _) = packaged(crate::support::fixture("bframes-1080p.mp4"), &[]);
    assert!(playlist.contains("CLOSED-CAPTIONS=NONE"));
}

// What is packaged.

/// `count` segments of `duration` ticks and a short one; every size is another.
fn segments(count: u64, duration: u64, size: u64) -> Vec<Segment> {
    let full = (0..count).map(|n| Segment {
        start: n * duration,
        duration,
        size: size + 1000 * (n % 3),
        ..Segment::default()
    });
    let rest = Segment { start: count * duration, duration: duration / 3, size: size / 3, ..Segment::default() };
    full.chain([rest]).collect()
}

fn video(id: &str, (width, height): (u32, u32), size: u64) -> Track {
    let media = Media::Video {
        width,
        height,
        frame_rate: Some((30_000, 1001)),
        sample_aspect_ratio: (1, 1),
        colour: None,
        video_range: VideoRange::Sdr,
    };
    Track::new(id, media, "avc1.640028", 30_000, segments(10, 180_180, size))
}

fn audio(id: &str, language: Option<&str>, channels: u32) -> Track {
    let track = Track::new(id, Media::audio(44_100, channels), "mp4a.40.2", 44_100, segments(10, 265_216, 96_000));
    Track { language: language.map(str::to_owned), ..track }
}

const LICENSE_URL: &str = "https://license.example/clearkey?a=1&b=2";
const KEY_URI: &str = "data:text/plain;base64,a2lk";

/// Text is never protected, whatever stands beside it.
fn text(id: &str, language: Option<&str>, codecs: &str) -> Track {
    Track { media: Media::Text, codecs: codecs.into(), segments: segments(10, 265_216, 900), ..audio(id, language, 0) }
}

fn protected(scheme: Scheme, tracks: Vec<Track>) -> Presentation {
    let protection = Protection {
        method: Method::Samples(scheme),
        default_kid: KeyId(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"),
        systems: vec![
            SystemSignal {
                descriptor: Some(Descriptor {
                    system_id: clearkey::ID,
                    value: Some("ClearKey1.0"),
                    elements: vec![Element::LicenseUrl(LICENSE_URL.into())],
                }),
                hls_key: Some(HlsKey { uri: KEY_URI.into(), key_format: "identity", key_id: None }),
                ..SystemSignal::default()
            },
            SystemSignal {
                pssh: vec![b"not a box, but bytes".to_vec()],
                descriptor: Some(Descriptor {
                    system_id: common::ID,
                    value: None,
                    elements: vec![Element::Pssh(b"not a box, but bytes".to_vec())],
                }),
                ..SystemSignal::default()
            },
        ],
    };
    let protect = |track| Track { protection: Some(protection.clone()), ..track };
    Presentation { tracks: tracks.into_iter().map(protect).collect(), periods: Vec::new() }
}

fn presentations() -> Vec<(&'static str, Presentation)> {
    let ladder = || vec![video("video-1", (1920, 1080), 3_000_000), video("video-2", (854, 480), 700_000)];
    let english = || audio("audio-1", Some("en"), 2);
    vec![
        (
            "clear",
            Presentation { tracks: vec![video("video-1", (1280, 720), 1_500_000), english()], periods: Vec::new() },
        ),
        ("cbcs", protected(Scheme::Cbcs, vec![video("video-1", (1280, 720), 1_500_000), english()])),
        ("cenc", protected(Scheme::Cenc, vec![video("video-1", (1280, 720), 1_500_000), english()])),
        ("renditions", protected(Scheme::Cbcs, [ladder(), vec![english()]].concat())),
        (
            "languages",
            protected(Scheme::Cbcs, [ladder(), vec![english(), audio("audio-2", Some("pt-BR"), 6)]].concat()),
        ),
        (
            "subtitles",
            Presentation {
                periods: Vec::new(),
                tracks: [
                    protected(Scheme::Cbcs, vec![video("video-1", (1280, 720), 1_500_000), english()]).tracks,
                    vec![text("text-1", Some("en"), "wvtt"), text("text-2", Some("de"), "stpp.ttml.im1t")],
                ]
                .concat(),
            },
        ),
        ("audio only", protected(Scheme::Cbcs, vec![audio("audio-1", None, 1)])),
        ("video only", Presentation { tracks: ladder(), periods: Vec::new() }),
        (
            "languages only",
            Presentation { tracks: vec![english(), audio("audio-2", Some("de"), 2)], periods: Vec::new() },
        ),
        ("unruly names", Presentation { tracks: vec![audio("audio-1", Some("e\"n\n<&>"), 2)], periods: Vec::new() }),
    ]
}

fn mpds() -> Vec<(&'static str, Presentation, String)> {
    let both = |(name, presentation): (&'static str, Presentation)| {
        [Profile::Cmaf, Profile::Live].map(|profile| (name, presentation.clone(), mpd::write(&presentation, profile)))
    };
    presentations().into_iter().flat_map(both).collect()
}

// DASH.

#[test]
fn dash_mpd_core_reads_every_figure_of_a_representation() {
    for (name, presentation, text) in mpds() {
        let mpd = dash_mpd_core::parse(&text).unwrap();
        assert_eq!(dash_mpd_core::check_conformity(&mpd), Vec::<String>::new(), "{name}");
        assert_eq!(mpd.mpdtype.as_deref(), Some("static"));
        assert_eq!(mpd.mediaPresentationDuration, Some(Duration::from_millis(presentation.duration_ms())), "{name}");
        assert_eq!(mpd.maxSegmentDuration, Some(Duration::from_millis(presentation.longest_segment_ms())), "{name}");
        let sets = &mpd.periods[0].adaptations;
        let mut ids = Vec::new();
        for (set, representation) in sets.iter().flat_map(|set| set.representations.iter().map(move |r| (set, r))) {
            let id = representation.id.clone().unwrap();
            let track = presentation.tracks.iter().find(|track| track.id == id).unwrap();
            assert_eq!(set.lang.as_deref(), track.language_tag(), "{name}");
            assert_eq!(representation.codecs.as_deref(), Some(track.codecs.as_str()));
            match track.media {
                Media::Video { width, height, .. } => {
                    assert_eq!(
                        (representation.width, representation.height),
                        (Some(width.into()), Some(height.into()))
                    );
                    assert_eq!(representation.frameRate.as_deref(), Some("30000/1001"));
                    assert_eq!(set.mimeType.as_deref(), Some("video/mp4"));
                }
                Media::Audio { sampling_rate, channels, .. } => {
                    assert_eq!(representation.audioSamplingRate, Some(sampling_rate.to_string()));
                    let configuration = &representation.AudioChannelConfiguration[0];
                    assert_eq!(configuration.value, Some(channels.to_string()));
                    assert_eq!(set.mimeType.as_deref(), Some("audio/mp4"));
                }
                Media::Text => {
                    assert_eq!(set.contentType.as_deref(), Some("text"));
                    assert_eq!(set.mimeType.as_deref(), Some("application/mp4"));
                    assert_eq!(set.Role[0].value.as_deref(), Some("subtitle"));
                }
            }
            ids.push(id);
        }
        assert_eq!(ids, presentation.tracks.iter().map(|track| track.id.clone()).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn dash_mpd_core_reads_every_segment() {
    for (name, presentation, text) in mpds() {
        let mpd = dash_mpd_core::parse(&text).unwrap();
        for representation in mpd.periods[0].adaptations.iter().flat_map(|set| &set.representations) {
            let track = presentation.tracks.iter().find(|track| Some(&track.id) == representation.id.as_ref()).unwrap();
            let template = representation.SegmentTemplate.as_ref().unwrap();
            assert_eq!((template.timescale, template.startNumber), (Some(track.timescale.into()), Some(1)));
            let path = |template: &Option<String>, number: usize| {
                let path = template.as_ref().unwrap().replace("$RepresentationID$", &track.id);
                path.replace("$Number$", &number.to_string())
            };
            assert_eq!(Some(path(&template.initialization, 0)), track.init().map(|file| file.to_string()));

            let (mut number, mut time) = (0, 0);
            for s in &template.SegmentTimeline.as_ref().unwrap().segments {
                time = s.t.unwrap_or(time);
                for _ in 0..=s.r.unwrap_or(0) {
                    let segment = track.segments[number];
                    assert_eq!((time, s.d), (segment.start, segment.duration), "{name} {} {number}", track.id);
                    time += s.d;
                    number += 1;
                    assert_eq!(path(&template.media, number), track.segment(number - 1).to_string());
                }
            }
            assert_eq!(number, track.segments.len(), "{name} {}", track.id);
        }
    }
}

#[test]
fn a_client_at_the_bandwidth_of_the_mpd_never_stalls() {
    for (name, presentation, text) in mpds() {
        let mpd = dash_mpd_core::parse(&text).unwrap();
        let buffer = mpd.minBufferTime.unwrap().as_secs_f64();
        for representation in mpd.periods[0].adaptations.iter().flat_map(|set| &set.representations) {
            let track = presentation.tracks.iter().find(|track| Some(&track.id) == representation.id.as_ref()).unwrap();
            let rate = Duration::from_secs(representation.bandwidth.unwrap()).as_secs_f64();
            for first in 0..track.segments.len() {
                let mut bits = 0;
                for segment in &track.segments[first..] {
                    bits += segment.size * 8;
                    let ticks = segment.start - track.segments[first].start;
                    let played = Duration::from_secs(ticks).as_secs_f64() / f64::from(track.timescale);
                    let needed = Duration::from_secs(bits).as_secs_f64();
                    assert!(needed <= rate * (buffer + played) + 1.0, "{name} {} from {first}", track.id);
                }
            }
        }
    }
}

#[test]
fn dash_mpd_core_reads_the_protection() {
    for (name, presentation, text) in mpds() {
        let mpd = dash_mpd_core::parse(&text).unwrap();
        for set in &mpd.periods[0].adaptations {
            let id = set.representations[0].id.as_deref();
            let track = presentation.tracks.iter().find(|track| Some(track.id.as_str()) == id).unwrap();
            let Some(protection) = &track.protection else {
                assert!(set.ContentProtection.is_empty(), "{name}");
                continue;
            };
            let [mp4, clear_key, common] = &set.ContentProtection[..] else { panic!("{name}: {text}") };
            assert_eq!(mp4.schemeIdUri, "urn:mpeg:dash:mp4protection:2011");
            assert_eq!(mp4.value.as_deref(), Some(protection.scheme().unwrap().as_str()));
            assert_eq!(mp4.default_KID.as_deref(), Some("00010203-0405-0607-0809-0a0b0c0d0e0f"));
            assert_eq!(clear_key.schemeIdUri, "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e");
            assert_eq!(clear_key.value.as_deref(), Some("ClearKey1.0"));
            // That reader's name for a Laurl with a capital.
            let url = clear_key.clearkey_laurl.as_ref().and_then(|laurl| laurl.content.clone());
            assert_eq!(url.as_deref(), Some(LICENSE_URL), "{name}");
            assert_eq!(common.schemeIdUri, "urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b");
            assert_eq!(common.cenc_pssh[0].content.as_deref(), Some("bm90IGEgYm94LCBidXQgYnl0ZXM="));
        }
    }
}

/// Checks only where `TABPACK_XSD` holds the path of the standard's `DASH-MPD.xsd`, which isn't ours to
/// pass on.
#[test]
fn the_mpd_conforms_to_the_schema() {
    let Some(schema) = std::env::var_os("TABPACK_XSD") else {
        eprintln!("TABPACK_XSD is not set: the schema was not checked");
        return;
    };
    for (name, _, text) in mpds() {
        let mut xmllint = Command::new("xmllint")
            .args(["--nonet", "--noout", "--schema"])
            .arg(&schema)
            .arg("-")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("xmllint is installed where TABPACK_XSD is set");
        xmllint.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = xmllint.wait_with_output().unwrap();
        assert!(output.status.success(), "{name}: {}\n{text}", String::from_utf8_lossy(&output.stderr));
    }
}

// HLS.

#[test]
fn m3u8_rs_reads_every_variant_and_rendition() {
    for (name, presentation) in presentations() {
        let text = hls::multivariant(&presentation);
        let playlist = m3u8_rs::parse_master_playlist_res(text.as_bytes()).unwrap();
        assert_eq!(playlist.version, Some(6));
        assert!(playlist.independent_segments && playlist.unknown_tags.is_empty(), "{name}");
        let find = |uri: &str| presentation.tracks.iter().find(|track| track.playlist().to_string() == uri).unwrap();
        let target_ms = hls::target_duration(&presentation) * 1000;
        for variant in &playlist.variants {
            assert_eq!(variant.other_attributes, None);
            let renditions: Vec<&Track> = playlist
                .alternatives
                .iter()
                .filter(|media| Some(&media.group_id) == variant.audio.as_ref())
                .map(|media| find(media.uri.as_deref().unwrap()))
                .collect();
            assert_eq!(variant.audio.is_some(), !renditions.is_empty(), "{name}");
            let own = find(&variant.uri);
            let is_rendition = renditions.iter().any(|track| track.id == own.id);
            let mut played: Vec<Vec<&Track>> = renditions.iter().map(|track| vec![*track]).collect();
            if !is_rendition {
                played.iter_mut().for_each(|tracks| tracks.push(own));
            }
            if played.is_empty() {
                played.push(vec![own]);
            }
            // Any of the subtitles may be shown beside: the costliest counts.
            let group = variant.subtitles.as_ref();
            let subtitles = playlist.alternatives.iter().filter(|media| Some(&media.group_id) == group);
            let subtitles: Vec<&Track> = subtitles.map(|media| find(media.uri.as_deref().unwrap())).collect();
            assert_eq!(group.is_some(), !subtitles.is_empty(), "{name}");
            if !subtitles.is_empty() {
                let pairs = played.iter().flat_map(|tracks| subtitles.iter().map(move |text| (tracks, *text)));
                played = pairs.map(|(tracks, text)| [&tracks[..], &[text]].concat()).collect();
            }
            let worst = |rate: &dyn Fn(&Track) -> u64| {
                played.iter().map(|tracks| tracks.iter().map(|track| rate(track)).sum()).max()
            };
            assert_eq!(Some(variant.bandwidth), worst(&|track| track.peak_bandwidth(target_ms)), "{name}");
            assert_eq!(variant.average_bandwidth, worst(&Track::average_bandwidth), "{name}");
            assert!(variant.average_bandwidth <= Some(variant.bandwidth), "{name}");
            for track in played.iter().flatten() {
                let codecs = variant.codecs.as_deref().unwrap();
                assert!(codecs.split(',').any(|codec| codec == track.codecs), "{name} {codecs}");
            }
            if let Media::Video { width, height, .. } = own.media {
                let resolution = m3u8_rs::Resolution { width: width.into(), height: height.into() };
                assert_eq!(variant.resolution, Some(resolution));
                assert_eq!(variant.frame_rate, Some(29.97));
                assert_eq!(variant.closed_captions, Some(m3u8_rs::ClosedCaptionGroupId::None));
            }
        }
        for media in &playlist.alternatives {
            let track = find(media.uri.as_deref().unwrap());
            assert_eq!(media.language.as_deref(), track.language_tag(), "{name}");
            let channels = match track.media {
                Media::Audio { channels, .. } => Some(channels.to_string()),
                Media::Text => None,
                Media::Video { .. } => panic!("{name}"),
            };
            assert_eq!(media.channels, channels);
        }
        // Every track can be reached.
        let uris = playlist.variants.iter().map(|variant| &variant.uri);
        let uris: Vec<&String> =
            uris.chain(playlist.alternatives.iter().filter_map(|media| media.uri.as_ref())).collect();
        assert!(presentation.tracks.iter().all(|track| uris.contains(&&track.playlist().to_string())), "{name}");
    }
}

#[test]
fn m3u8_rs_reads_every_segment_and_the_key() {
    for (name, presentation) in presentations() {
        let target_duration = hls::target_duration(&presentation);
        for track in &presentation.tracks {
            let text = hls::media(track, target_duration);
            let playlist = m3u8_rs::parse_media_playlist_res(text.as_bytes()).unwrap();
            assert_eq!((playlist.version, playlist.target_duration), (Some(6), target_duration));
            assert_eq!(playlist.playlist_type, Some(m3u8_rs::MediaPlaylistType::Vod));
            assert!(playlist.end_list && !playlist.independent_segments && playlist.unknown_tags.is_empty());
            assert_eq!(playlist.segments.len(), track.segments.len(), "{name}");
            let at = |uri: &str| format!("{}/{uri}", track.id);
            for (number, segment) in playlist.segments.iter().enumerate() {
                assert_eq!(at(&segment.uri), track.segment(number).to_string());
            }
            let first = &playlist.segments[0];
            assert_eq!(Some(at(&first.map.as_ref().unwrap().uri)), track.init().map(|file| file.to_string()));
            let method = first.key.as_ref().map(|key| key.method.to_string());
            let expected = track.protection.as_ref().map(|protection| match protection.scheme().unwrap() {
                Scheme::Cbcs | Scheme::Cbc1 => "SAMPLE-AES",
                Scheme::Cenc | Scheme::Cens => "SAMPLE-AES-CTR",
            });
            assert_eq!(method.as_deref(), expected, "{name}");
            if let Some(key) = &first.key {
                assert_eq!(key.uri.as_deref(), Some(KEY_URI));
                assert_eq!(key.keyformat.as_deref(), Some("identity"));
                assert_eq!(key.keyformatversions.as_deref(), Some("1"));
                assert_eq!(key.iv, None);
            }
        }
    }
}

#[test]
fn hls_m3u8_accepts_every_multivariant_playlist() {
    for (name, presentation) in presentations() {
        let text = hls::multivariant(&presentation);
        let playlist = hls_m3u8::MasterPlaylist::try_from(text.as_str()).unwrap();
        assert!(playlist.has_independent_segments && playlist.unknown_tags.is_empty(), "{name}: {text}");
        assert_eq!(playlist.variant_streams.len(), text.matches("#EXT-X-STREAM-INF").count());
        assert_eq!(playlist.media.len(), text.matches("#EXT-X-MEDIA:").count());
    }
}

#[test]
fn hls_m3u8_accepts_every_media_playlist_and_finds_no_drift() {
    for (name, presentation) in presentations() {
        let target_duration = hls::target_duration(&presentation);
        for track in &presentation.tracks {
            // This reader knows RFC 8216 only: SAMPLE-AES-CTR came with the second edition.
            let text = hls::media(track, target_duration).replace("SAMPLE-AES-CTR", "SAMPLE-AES");
            let playlist = hls_m3u8::MediaPlaylist::try_from(text.as_str()).unwrap();
            assert_eq!(playlist.target_duration, Duration::from_secs(target_duration));
            assert!(playlist.has_end_list && playlist.unknown.is_empty(), "{name}: {text}");
            let last = track.segments.last().unwrap();
            let end = Duration::from_secs(last.start + last.duration) / track.timescale;
            assert!(playlist.duration().abs_diff(end) <= Duration::from_micros(1), "{name}: {:?}", playlist.duration());
            let first = playlist.segments.values().next().unwrap();
            assert_eq!(first.map.as_ref().map(|map| map.uri().as_ref()), Some("init.mp4"));
            for segment in playlist.segments.values() {
                assert_eq!(segment.keys.len(), usize::from(track.protection.is_some()), "{name}");
            }
        }
    }
}
