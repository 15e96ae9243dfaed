//! SPEKE: version 1, and versions 2.0 and 2.1 with their encryption contract.

use super::secret::Secret;
use super::service::{Address, Field, Fields, Help, KeyService, Kind, PASSWORD, TOKEN, Takes, USER, forbidden};
use super::{Ask, Outcome, Request, Response, Service};
use crate::cpix::write::{self, Dialect, KeyRequest};
use crate::cpix::{AudioFilter, UsageRule, VideoFilter, track_type};
use crate::drm::fairplay;
use crate::error::Result;

/// What is known of version 1. It gives one key a title.
pub(super) const SPEKE: KeyService = KeyService {
    name: "speke",
    title: "SPEKE 1",
    address: Address::Needed,
    takes: &[Takes::Delivery],
    fields: &[USER.optional(), PASSWORD.optional(), BEARER],
    make: |fields| {
        let (url, authorization) = (fields.url()?, authorization(fields));
        Ok(Box::new(Speke { url, version: Version::V1, authorization, presets: None }))
    },
};

/// What is known of version 2.
pub(super) const SPEKE_2: KeyService = KeyService {
    name: "speke2",
    title: "SPEKE 2.0 and 2.1",
    address: Address::Needed,
    takes: &[Takes::Tracks, Takes::Rotation, Takes::Delivery],
    fields: &[USER.optional(), PASSWORD.optional(), BEARER, VERSION, VIDEO_PRESET, AUDIO_PRESET],
    make: |fields| {
        let (version, authorization, presets) = (version(fields)?, authorization(fields), presets_of(fields)?);
        Ok(Box::new(Speke { url: fields.url()?, version, authorization, presets }))
    },
};

const BEARER: Field = Field {
    label: "Bearer token",
    help: Help::of("A bearer token in place of user and password."),
    ..TOKEN.optional()
};

pub(super) const VERSION: Field = Field {
    kind: Kind::Choice(&["2.0", "2.1"]),
    default: Some("2.0"),
    flag: Some("key-server-version"),
    ..Field::text("version", "SPEKE version", "The version of SPEKE that the server speaks.")
};

pub(super) const VIDEO_PRESET: Field = Field {
    kind: Kind::Choice(&[
        "PRESET_VIDEO_1",
        "PRESET_VIDEO_2",
        "PRESET_VIDEO_3",
        "PRESET_VIDEO_4",
        "PRESET_VIDEO_5",
        "PRESET_VIDEO_6",
        "PRESET_VIDEO_7",
        "PRESET_VIDEO_8",
        "SHARED",
        "UNENCRYPTED",
    ]),
    flag: Some("video-preset"),
    ..Field::text(
        "videoPreset",
        "Preset of keys for video",
        "The preset of SPEKE 2 that says which keys the pictures have, in place of tracks. Where only the sound has one, they stay clear.",
    )
};

pub(super) const AUDIO_PRESET: Field = Field {
    kind: Kind::Choice(&["PRESET_AUDIO_1", "PRESET_AUDIO_2", "PRESET_AUDIO_3", "SHARED", "UNENCRYPTED"]),
    flag: Some("audio-preset"),
    ..Field::text(
        "audioPreset",
        "Preset of keys for sound",
        "The preset of SPEKE 2 that says which keys the sound has. Where only the pictures have one, it stays clear.",
    )
};

/// User and password, or a token.
fn authorization(fields: &Fields) -> Option<Secret> {
    let bearer = || fields.get(&BEARER).map(|token| Secret::new(format!("Bearer {}", token.expose())));
    fields.basic().or_else(bearer)
}

pub(super) fn version(fields: &Fields) -> Result<Version> {
    Ok(if fields.choice(&VERSION)? == "2.1" { Version::V2_1 } else { Version::V2_0 })
}

/// The track types that the presets stand for, where one is given.
pub(super) fn presets_of(fields: &Fields) -> Result<Option<Vec<String>>> {
    let given = |field| fields.get(field).map(Secret::expose);
    match (given(&VIDEO_PRESET), given(&AUDIO_PRESET)) {
        (None, None) => Ok(None),
        (video, audio) => presets(video.unwrap_or("UNENCRYPTED"), audio.unwrap_or("UNENCRYPTED")).map(Some),
    }
}

/// A SPEKE key provider.
pub(super) struct Speke {
    pub(super) url: Secret,
    pub(super) version: Version,
    /// The value of `Authorization`.
    pub(super) authorization: Option<Secret>,
    /// Track types by presets.
    pub(super) presets: Option<Vec<String>>,
}

/// The protocol's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2_0,
    V2_1,
}

impl Service for Speke {
    fn labels(&self) -> Option<&[String]> {
        self.presets.as_deref()
    }

    fn request(&self, ask: &Ask) -> Result<Option<Request>> {
        let (dialect, header) = match self.version {
            Version::V1 => (Dialect::Speke1, None),
            Version::V2_0 => (Dialect::Speke2, Some("2.0")),
            Version::V2_1 => (Dialect::Speke21, Some("2.1")),
        };
        let keys = if header.is_none() { first_keys(ask) } else { second_keys(ask)? };
        let periods: Vec<_> = ask.rotation.map_or_else(Vec::new, |(first, count)| {
            let numbers = (first..).take(usize::try_from(count).unwrap_or(0));
            numbers.map(|index| (format!("keyPeriod_{index}"), index)).collect()
        });
        let body = write::request(&write::Request {
            dialect,
            content_id: &ask.content_id,
            keys: &keys,
            scheme: ask.scheme.as_deref().filter(|_| header.is_some()),
            systems: &ask.systems,
            periods: &periods,
            certificate: ask.certificate.as_deref(),
        });
        let mut request = Request::post(self.url.expose().to_owned(), "application/xml", body);
        if let Some(version) = header {
            request = request.header("X-Speke-Version", Secret::new(version.to_owned()));
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.clone());
        }
        Ok(Some(request))
    }

    fn response(&self, _: &Ask, response: &Response) -> Result<Outcome> {
        let mut document = response.document()?;
        if self.version != Version::V1 {
            // The contract wants the request's rules back; of a server that shortens them the types are known.
            let bare = |rule: &&mut UsageRule| rule.video.is_empty() && rule.audio.is_empty();
            for rule in document.rules.iter_mut().filter(bare) {
                let known = rule.track_type.as_deref().and_then(|label| track_type::filters(label).ok());
                (rule.video, rule.audio) = known.unwrap_or_default();
            }
        }
        Ok(Outcome::Document(document))
    }
}

/// Version 1: one key, without a usage rule.
fn first_keys(ask: &Ask) -> Vec<KeyRequest> {
    vec![KeyRequest { kid: ask.kids[0], ..KeyRequest::default() }]
}

/// The encryption contract of version 2: a scheme for all keys, none that `FairPlay` can't play, and a
/// usage rule for each track type, whose filters are those of the published presets.
fn second_keys(ask: &Ask) -> Result<Vec<KeyRequest>> {
    let scheme = ask.scheme.as_deref().ok_or_else(|| forbidden(message!("SPEKE 2 wants a scheme: cenc or cbcs")))?;
    if scheme == "cenc" && ask.systems.contains(&fairplay::ID) {
        return Err(forbidden(message!("FairPlay doesn't play cenc: ask for cbcs, or leave FairPlay out")));
    }
    let all = ["ALL".to_owned()];
    let labels = if ask.labels.is_empty() { &all[..] } else { &ask.labels[..] };
    if labels.len() > 1 && labels.contains(&all[0]) {
        return Err(forbidden(message!("ALL is the one track type of its request")));
    }
    let count = labels.len() * ask.rotation.map_or(1, |(_, count)| usize::try_from(count).unwrap_or(0));
    let key = |(at, kid): (usize, &crate::keys::KeyId)| {
        let label = &labels[at % labels.len()];
        let (video, audio) = filters(label)?;
        let period = ask.rotation.map(|_| at / labels.len());
        Ok(KeyRequest { kid: *kid, track_type: Some(label.clone()), video, audio, period })
    };
    ask.kids.iter().take(count).enumerate().map(key).collect()
}

/// The filters of a track type.
fn filters(label: &str) -> Result<(Vec<VideoFilter>, Vec<AudioFilter>)> {
    track_type::filters(label).map_err(|part| forbidden(message!("SPEKE 2 knows no track type {part:?}", part)))
}

/// The track types of a preset, by the name that AWS gives it (AWS Elemental MediaConvert and MediaPackage user guides,
/// "SPEKE v2.0 presets").
fn preset(name: &str) -> Result<&'static [&'static str]> {
    Ok(match name {
        "PRESET_VIDEO_1" => &["VIDEO"],
        "PRESET_VIDEO_2" => &["SD", "HD"],
        "PRESET_VIDEO_3" => &["SD", "HD", "UHD"],
        "PRESET_VIDEO_4" => &["SD", "HD", "UHD1", "UHD2"],
        "PRESET_VIDEO_5" => &["SD", "HD1", "HD2", "UHD1", "UHD2"],
        "PRESET_VIDEO_6" => &["SD", "HD1", "HD2", "UHD"],
        "PRESET_VIDEO_7" => &["SD+HD1", "HD2", "UHD"],
        "PRESET_VIDEO_8" => &["SD+HD1", "HD2", "UHD1", "UHD2"],
        "PRESET_AUDIO_1" => &["AUDIO"],
        "PRESET_AUDIO_2" => &["STEREO_AUDIO", "MULTICHANNEL_AUDIO"],
        "PRESET_AUDIO_3" => &["STEREO_AUDIO", "MULTICHANNEL_AUDIO_3_6", "MULTICHANNEL_AUDIO_7"],
        "UNENCRYPTED" => &[],
        _ => return Err(forbidden(message!("there is no preset {name:?}", name))),
    })
}

/// The track types of a pair of presets. `SHARED` has to be set for both and is one key for all.
fn presets(video: &str, audio: &str) -> Result<Vec<String>> {
    if (video == "SHARED") != (audio == "SHARED") {
        return Err(forbidden(message!("SHARED has to be the preset of both video and sound")));
    }
    if video == "SHARED" {
        return Ok(Vec::new());
    }
    let labels: Vec<_> = preset(video)?.iter().chain(preset(audio)?).map(|&label| label.to_owned()).collect();
    if labels.is_empty() {
        return Err(forbidden(message!("UNENCRYPTED can't be the preset of both video and sound")));
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpix::Document;

    fn ask(labels: &[&str], scheme: Option<&str>, systems: &[[u8; 16]]) -> Ask {
        Ask { scheme: scheme.map(str::to_owned), systems: systems.to_vec(), ..Ask::of("title", labels) }
    }

    fn sent(version: Version, ask: &Ask) -> Result<Document> {
        let speke =
            Speke { url: Secret::new("https://k.example/".into()), version, authorization: None, presets: None };
        Document::read(&speke.request(ask)?.unwrap().body)
    }

    #[test]
    fn one_key_for_all_tracks_has_both_filters() {
        let document = sent(Version::V2_0, &ask(&[], Some("cbcs"), &[fairplay::ID])).unwrap();
        let [rule] = &document.rules[..] else { panic!("one rule") };
        assert_eq!((rule.track_type.as_deref(), rule.video.len(), rule.audio.len()), (Some("ALL"), 1, 1));
    }

    #[test]
    fn a_sum_of_track_types_has_a_filter_for_each() {
        let document = sent(Version::V2_1, &ask(&["SD+HD1", "AUDIO"], Some("cenc"), &[])).unwrap();
        assert_eq!(document.rules[0].video.len(), 2);
        assert_eq!(document.rules[0].video[1].max_pixels, Some(921_600));
    }

    #[test]
    fn the_contract_is_checked_before_asking() {
        for wrong in [
            ask(&[], None, &[]),
            ask(&[], Some("cenc"), &[fairplay::ID]),
            ask(&["ALL", "HD"], Some("cbcs"), &[]),
            ask(&["8K"], Some("cbcs"), &[]),
        ] {
            assert_eq!(sent(Version::V2_0, &wrong).unwrap_err().code, crate::error::Code::KeyRequestInvalid);
        }
    }

    #[test]
    fn presets_come_in_pairs() {
        assert_eq!(presets("PRESET_VIDEO_5", "PRESET_AUDIO_1").unwrap().len(), 6);
        assert!(presets("SHARED", "SHARED").unwrap().is_empty());
        assert_eq!(presets("PRESET_VIDEO_1", "UNENCRYPTED").unwrap(), ["VIDEO"]);
        assert_eq!(presets("PRESET_VIDEO_4", "UNENCRYPTED").unwrap(), ["SD", "HD", "UHD1", "UHD2"]);
        assert_eq!(presets("PRESET_VIDEO_6", "UNENCRYPTED").unwrap(), ["SD", "HD1", "HD2", "UHD"]);
        assert_eq!(presets("PRESET_VIDEO_7", "UNENCRYPTED").unwrap(), ["SD+HD1", "HD2", "UHD"]);
        for (video, audio) in
            [("SHARED", "PRESET_AUDIO_1"), ("UNENCRYPTED", "UNENCRYPTED"), ("PRESET_VIDEO_9", "PRESET_AUDIO_1")]
        {
            assert!(presets(video, audio).is_err());
        }
    }
}
