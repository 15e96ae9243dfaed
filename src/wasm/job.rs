//! What crosses between JavaScript and the core: options in, the plan's summary out.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde::{Serialize, Serializer};

use crate::cenc::Scheme;
use crate::demux::Properties;
use crate::error::Message;
use crate::keys::{ContentKey, KeyId, KeyPair, hex, uuid};
use crate::packager::{CounterRange, Plan, PlannedKey, TrackSummary};

/// 16 bytes in each notation.
#[derive(Serialize)]
pub(super) struct Notations {
    hex: String,
    uuid: String,
    base64: String,
    base64url: String,
}

impl Notations {
    fn of(bytes: &[u8; 16]) -> Self {
        Self {
            hex: hex(bytes),
            uuid: uuid(bytes),
            base64: Base64::encode_string(bytes),
            base64url: Base64UrlUnpadded::encode_string(bytes),
        }
    }
}

/// A content key, as the façade's `KeyInfo`.
#[derive(Serialize)]
pub(super) struct KeyInfo {
    label: Option<String>,
    period: usize,
    kid: Notations,
    key: Notations,
    generated: bool,
}

impl KeyInfo {
    fn planned(key: &PlannedKey) -> Self {
        Self { label: key.label.clone(), period: key.period, ..Self::of(&key.pair, key.generated) }
    }

    pub(super) fn of(pair: &KeyPair, generated: bool) -> Self {
        Self {
            label: None,
            period: 0,
            kid: Notations::of(&pair.kid.0),
            key: Notations::of(pair.key.expose()),
            generated,
        }
    }

    /// Of 32 random bytes.
    pub(super) fn random(bytes: [u8; 32]) -> Self {
        let (kid, key) = bytes.split_at(16);
        let half = |bytes: &[u8]| bytes.try_into().expect("half of 32 bytes");
        Self::of(&KeyPair { kid: KeyId(half(kid)), key: ContentKey::new(half(key)) }, true)
    }
}

/// The plan's summary.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanInfo {
    tracks: Vec<TrackInfo>,
    warnings: Vec<Message>,
    #[serde(serialize_with = "as_object")]
    schemes: Vec<(&'static str, Option<&'static str>)>,
    keys: Vec<KeyInfo>,
    manifests: Vec<String>,
    counters: Vec<CounterInfo>,
    steps: Vec<StepInfo>,
}

fn as_object<S: Serializer>(
    pairs: &[(&'static str, Option<&'static str>)],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().copied())
}

/// 64-bit numbers are hexadecimal: JavaScript's own aren't exact.
#[derive(Serialize)]
struct CounterInfo {
    kid: String,
    first: String,
    count: u64,
    content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepInfo {
    media_bytes: u64,
    segments: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TrackInfo {
    id: String,
    kind: &'static str,
    codecs: String,
    language: Option<String>,
    label: Option<String>,
    duration: f64,
    samples: usize,
    segments: usize,
    #[serde(flatten)]
    properties: PropertiesInfo,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum PropertiesInfo {
    Video { width: u32, height: u32 },
    Audio { sampling_rate: u32, channels: u32 },
    Text {},
}

impl PlanInfo {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            tracks: plan.summaries().into_iter().map(TrackInfo::of).collect(),
            warnings: plan.warnings().to_vec(),
            schemes: plan
                .schemes()
                .map(|(target, scheme)| {
                    let of_segments = plan.encrypts_segments(target).then_some("aes-128");
                    (target.as_str(), of_segments.or(scheme.map(Scheme::as_str)))
                })
                .collect(),
            keys: plan.keys().iter().map(KeyInfo::planned).collect(),
            manifests: plan.manifest_paths(),
            counters: plan
                .counters()
                .into_iter()
                .map(|CounterRange { kid, first, count, content }| CounterInfo {
                    kid: kid.to_hex(),
                    first: format!("{first:016x}"),
                    count,
                    content: format!("{content:016x}"),
                })
                .collect(),
            steps: plan
                .steps()
                .iter()
                .map(|step| StepInfo { media_bytes: step.media_bytes, segments: step.outputs.len() })
                .collect(),
        }
    }
}

impl TrackInfo {
    fn of(summary: TrackSummary) -> Self {
        Self {
            id: summary.id,
            kind: summary.kind.as_str(),
            codecs: summary.codecs,
            language: summary.language,
            label: summary.label,
            duration: summary.duration,
            samples: summary.samples,
            segments: summary.segments,
            properties: match summary.properties {
                Properties::Video { width, height, .. } => PropertiesInfo::Video { width, height },
                Properties::Audio { sampling_rate, channels } => PropertiesInfo::Audio { sampling_rate, channels },
                Properties::Text => PropertiesInfo::Text {},
            },
        }
    }
}
