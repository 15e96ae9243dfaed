//! The signals of DRM systems in manifests, read back by code that isn't ours.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use base64ct::{Base64, Encoding};
use hls_m3u8::types::KeyFormat;
use tabpack::cenc::Scheme;
use tabpack::drm::{Content, GivenPssh, Placement, Settings, System, playready, widevine};
use tabpack::hls;
use tabpack::keys::{KeyPair, hex, uuid};
use tabpack::mpd::{self, Profile};
use tabpack::presentation::{Media, Method, Presentation, Protection, Segment, Track};

/// The key of the published vectors, and another.
fn keys() -> [KeyPair; 2] {
    [
        "cbbc38b6b50dab53f8263e06b7382aa3:959dbd673980e1d1bdf2d36209495f4e",
        "00112233445566778899aabbccddeeff:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    ]
    .map(|text| KeyPair::parse(text).unwrap())
}

fn track(id: &str, media: Media, codecs: &str) -> Track {
    let segment = |n: u64| Segment { start: n * 6000, duration: 6000, size: 100_000, ..Segment::default() };
    Track::new(id, media, codecs, 1000, (0..3).map(segment).collect())
}

/// A film whose picture and sound have a key each.
fn presentation(settings: &Settings, scheme: Scheme) -> Presentation {
    let all_keys = keys();
    let protection = |key: &KeyPair| {
        let content = Content {
            scheme,
            keys: std::slice::from_ref(key),
            all_keys: &all_keys,
            crypto_period_index: None,
            in_hls: scheme == Scheme::Cbcs,
        };
        Some(Protection {
            method: Method::Samples(scheme),
            default_kid: key.kid,
            systems: settings.signals(&content).unwrap(),
        })
    };
    let video = track("video-1", Media::video(640, 360), "avc1.64001f");
    let audio = track("audio-1", Media::audio(48_000, 2), "mp4a.40.2");
    Presentation {
        periods: Vec::new(),
        tracks: vec![
            Track { protection: protection(&all_keys[0]), ..video },
            Track { protection: protection(&all_keys[1]), ..audio },
        ],
    }
}

/// Every system with all that can be said of it, and a box of a system that nobody knows.
fn everything() -> Settings {
    let mut settings = Settings::default();
    settings.options.content_id = Some("film <1> & \"2\"".into());
    System::ALL.iter().for_each(|system| settings.options.choose(*system));
    settings.give(GivenPssh::parse("primetime:00ff", None).unwrap());
    settings.give(GivenPssh::parse("irdeto:00ff", None).unwrap());
    settings.give(GivenPssh::parse("12345678-1234-1234-1234-123456789abc:c0ffee", None).unwrap());
    let url = || Some("https://license.example/?a=1&b=<2>".to_owned());
    settings.options.widevine = Some(widevine::Settings {
        provider: Some("provider".into()),
        license_url: url(),
        ..widevine::Settings::default()
    });
    settings.options.playready = Some(playready::Settings {
        license_url: url(),
        custom_attributes: Some("<A b='1'/>".into()),
        ..playready::Settings::default()
    });
    settings
}

fn presentations() -> Vec<(String, Presentation)> {
    let mut chosen = Settings::default();
    [System::Widevine, System::PlayReady].into_iter().for_each(|system| chosen.options.choose(system));
    let mut all = Vec::new();
    for (name, settings) in [("default", Settings::default()), ("multi-DRM", chosen), ("everything", everything())] {
        for placement in [Placement::Moov, Placement::Mpd, Placement::Both] {
            for scheme in [Scheme::Cenc, Scheme::Cbcs] {
                let mut settings = settings.clone();
                settings.options.placement = placement;
                all.push((format!("{name}, {placement:?}, {scheme}"), presentation(&settings, scheme)));
            }
        }
    }
    all
}

#[test]
fn dash_mpd_core_reads_a_descriptor_for_each_system() {
    let presentation = presentation(&everything(), Scheme::Cbcs);
    let mpd = dash_mpd_core::parse(&mpd::write(&presentation, Profile::Cmaf)).unwrap();
    assert_eq!(dash_mpd_core::check_conformity(&mpd), Vec::<String>::new());
    for (set, track) in mpd.periods[0].adaptations.iter().zip(&presentation.tracks) {
        let protection = track.protection.as_ref().unwrap();
        let [scheme, systems @ ..] = &set.ContentProtection[..] else { panic!() };
        assert_eq!(scheme.schemeIdUri, "urn:mpeg:dash:mp4protection:2011");
        assert_eq!(scheme.default_KID, Some(protection.default_kid.to_uuid()));
        let ids: Vec<&str> = systems.iter().map(|system| system.schemeIdUri.trim_start_matches("urn:uuid:")).collect();
        assert_eq!(
            ids,
            [
                "f239e769-efa3-4850-9c16-a903c6932efb", // what was given comes first
                "80a6be7e-1448-4c37-9e70-d5aebe04c8d2",
                "12345678-1234-1234-1234-123456789abc",
                "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
                "9a04f079-9840-4286-ab92-e65be0885f95",
                "94ce86fb-07ff-4f43-adb8-93d2fa968ca2",
                "3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c",
                "5e629af5-38da-4063-8977-97ffbd9902d4",
                "e2719d58-a985-b3c9-781a-b030af78d30e",
                "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b",
            ]
        );
        for system in systems {
            for pssh in &system.cenc_pssh {
                let pssh = Base64::decode_vec(pssh.content.as_deref().unwrap()).unwrap();
                assert_eq!(format!("urn:uuid:{}", uuid(pssh[12..28].try_into().unwrap())), system.schemeIdUri);
            }
        }
        let is_playready = |uri: &str| uri.ends_with("9a04f079-9840-4286-ab92-e65be0885f95");
        let playready = systems.iter().find(|system| is_playready(&system.schemeIdUri)).unwrap();
        let object = Base64::decode_vec(playready.msprpro.as_ref().unwrap().content.as_deref().unwrap()).unwrap();
        let pssh = Base64::decode_vec(playready.cenc_pssh[0].content.as_deref().unwrap()).unwrap();
        assert_eq!(pssh[32..], object);
    }
}

/// Checks only where `TABPACK_XSD` holds the path of the standard's `DASH-MPD.xsd`.
#[test]
fn the_mpd_conforms_to_the_schema() {
    let Some(schema) = std::env::var_os("TABPACK_XSD") else {
        eprintln!("TABPACK_XSD is not set: the schema was not checked");
        return;
    };
    for (name, presentation) in presentations() {
        let text = mpd::write(&presentation, Profile::Cmaf);
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

#[test]
fn hls_m3u8_reads_a_key_for_each_system() {
    let presentation = presentation(&everything(), Scheme::Cbcs);
    for track in &presentation.tracks {
        let text = hls::media(track, 6);
        let playlist = hls_m3u8::MediaPlaylist::try_from(text.as_str()).unwrap();
        assert!(playlist.unknown.is_empty(), "{text}");
        for segment in playlist.segments.values() {
            // That reader keeps them in no order.
            let formats: BTreeSet<_> =
                segment.keys.iter().map(|key| key.as_ref().unwrap().format.clone().unwrap()).collect();
            let expected = [
                KeyFormat::Identity,
                KeyFormat::FairPlay,
                KeyFormat::Widevine,
                KeyFormat::PlayReady,
                KeyFormat::Other("urn:uuid:3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c".into()),
            ];
            assert_eq!(formats, BTreeSet::from(expected));
        }
        let kid = track.protection.as_ref().unwrap().default_kid;
        assert_eq!(text.matches(&format!("KEYID=0x{},", kid.to_hex().to_uppercase())).count(), 2, "{text}");
    }
}

#[test]
fn each_distinct_session_key_stands_once() {
    for (name, presentation) in presentations() {
        let text = hls::multivariant(&presentation);
        let playlist = m3u8_rs::parse_master_playlist_res(text.as_bytes()).unwrap();
        assert!(playlist.unknown_tags.is_empty(), "{name}");
        let mut seen = BTreeMap::new();
        for m3u8_rs::SessionKey(key) in &playlist.session_key {
            assert_eq!(key.keyformatversions.as_deref(), Some("1"));
            *seen.entry((key.keyformat.clone().unwrap(), key.uri.clone().unwrap())).or_insert(0) += 1;
        }
        assert!(seen.values().all(|&times| times == 1), "{name}: {text}");
        let count = |format: &str| seen.keys().filter(|(found, _)| found == format).count();
        // Two keys: two of each system, but one PlayReady Object with both.
        let (widevine, playready) = match name.starts_with("default") {
            true => (0, 0),
            false => (2, 1),
        };
        assert_eq!(count("urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"), widevine, "{name}");
        assert_eq!(count("com.microsoft.playready"), playready, "{name}");
        assert_eq!(count("identity"), 0, "{name}");
        let rfc_8216 = text.replace("SAMPLE-AES-CTR", "SAMPLE-AES");
        let strict = hls_m3u8::MasterPlaylist::try_from(rfc_8216.as_str()).unwrap();
        assert_eq!(strict.session_keys.len(), playlist.session_key.len(), "{name}");
    }
}

#[test]
fn no_manifest_holds_a_content_key() {
    for (name, presentation) in presentations() {
        let mut texts = vec![mpd::write(&presentation, Profile::Cmaf), hls::multivariant(&presentation)];
        texts.extend(presentation.tracks.iter().map(|track| hls::media(track, 6)));
        for KeyPair { key, .. } in &keys() {
            let bytes = key.expose();
            // Base64 of the key within longer data begins at any of three places.
            let inside: Vec<String> = (0..3)
                .map(|skipped| {
                    let encoded = Base64::encode_string(&[&vec![0; skipped], &bytes[..]].concat());
                    encoded[[0, 2, 3][skipped]..20].to_owned()
                })
                .collect();
            for text in &texts {
                assert!(!text.to_lowercase().contains(&hex(bytes)), "{name}");
                assert!(inside.iter().all(|piece| !text.contains(piece)), "{name}");
            }
        }
    }
}
