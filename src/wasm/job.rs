//! What crosses between JavaScript and the core: options in, the plan's summary out.

use serde::{Deserialize, Serialize, Serializer};

use crate::cenc::{Pattern, Scheme};
use crate::demux::{Kind, Properties, Role};
use crate::drm::{self, System};
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId, KeyPair, hex, parse_hex, uuid};
use crate::options::read::{Reader, word};
use crate::options::{At, Shape, Value, Word};
use crate::packager::{
    Bounds, CounterRange, Filter, GivenKey, HlsAudio, HlsFormat, KeyPlace, Options, PixelLimits, Plan, PlannedKey,
    Target, TrackSettings, TrackSummary,
};
use crate::presentation::{Grid, ImageType, Thumbnails};
use crate::random::Seed;
use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// The options as the façade hands them over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobOptions {
    /// 1 to 32 bytes in hexadecimal digits: the user's, or drawn from the platform's secure source.
    seed: String,
    /// What keys are drawn from, where the seed is for IVs only.
    key_seed: Option<String>,
    targets: Option<Vec<String>>,
    scheme: Option<String>,
    pattern: Option<String>,
    #[serde(default)]
    keys: Vec<KeyShape>,
    #[serde(default)]
    decryption_keys: Vec<String>,
    multi_key: Option<bool>,
    clear: Option<Vec<String>>,
    pixel_limits: Option<PixelLimitsShape>,
    clear_lead: Option<f64>,
    crypto_period: Option<f64>,
    iv: Option<String>,
    iv_size: Option<u8>,
    segment_duration: Option<f64>,
    encryption: Option<bool>,
    single_file: Option<bool>,
    trick_play: Option<bool>,
    segment_names: Option<String>,
    cue_points: Option<Vec<f64>>,
    clear_key_license_url: Option<String>,
    hls_key_uri: Option<String>,
    hls_method: Option<String>,
    hls_key_files: Option<bool>,
    hls_start: Option<f64>,
    program_date_time: Option<String>,
    #[serde(default)]
    tracks: Vec<TrackShape>,
    thumbnails: Option<ThumbnailsShape>,
    hls_format: Option<String>,
    hls_audio: Option<String>,
    drm: Option<Value>,
}

/// What the façade found in the sheets that it writes.
#[derive(Deserialize)]
struct ThumbnailsShape {
    r#type: String,
    columns: u32,
    rows: u32,
    width: u32,
    height: u32,
    interval: f64,
    sizes: Vec<u64>,
}

impl ThumbnailsShape {
    fn read(self) -> Result<Thumbnails> {
        let Self { r#type, columns, rows, width, height, interval, sizes } = self;
        let unknown = || Error::new(Code::OptionInvalid, format!("{type:?} is no type of thumbnails", type = r#type));
        let image = ImageType::parse(&r#type).ok_or_else(|| unknown().option("thumbnails"))?;
        Thumbnails::new(image, Grid { columns, rows }, (width, height), interval, sizes)
    }
}

/// What is said of tracks.
#[derive(Deserialize)]
struct TrackShape {
    input: usize,
    kind: Option<String>,
    language: Option<String>,
    label: Option<String>,
    roles: Option<Vec<String>>,
    forced: Option<bool>,
}

impl TrackShape {
    fn read(self) -> Result<TrackSettings> {
        let unknown = |word: &str, what: &str, known: &[&str]| {
            let message = format!("{word:?} is no {what}; known are {}", known.join(", "));
            Error::new(Code::OptionInvalid, message).option("tracks")
        };
        let kind = |word: String| {
            const KINDS: [Kind; 3] = [Kind::Video, Kind::Audio, Kind::Text];
            let found = KINDS.into_iter().find(|kind| kind.as_str() == word);
            found.ok_or_else(|| unknown(&word, "kind of track", &KINDS.map(Kind::as_str)))
        };
        let role =
            |word: &String| Role::from_word(word).ok_or_else(|| unknown(word, "role", &Role::ALL.map(Role::as_str)));
        Ok(TrackSettings {
            input: self.input,
            kind: self.kind.map(kind).transpose()?,
            language: self.language,
            label: self.label,
            roles: self.roles.map(|roles| roles.iter().map(role).collect::<Result<_>>()).transpose()?,
            is_forced: self.forced,
        })
    }
}

/// A key by its label, or with filters that say which tracks it is for.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeyShape {
    Labelled(String),
    Filtered {
        key: String,
        #[serde(default)]
        pixels: Vec<BoundsShape>,
        #[serde(default)]
        channels: Vec<BoundsShape>,
    },
}

#[derive(Deserialize)]
struct BoundsShape {
    min: Option<u64>,
    max: Option<u64>,
}

impl KeyShape {
    fn read(&self) -> Result<GivenKey> {
        match self {
            Self::Labelled(text) => GivenKey::parse(text),
            Self::Filtered { key, pixels, channels } => {
                let bounds = |shapes: &[BoundsShape]| {
                    shapes.iter().map(|shape| Bounds { min: shape.min.unwrap_or(0), max: shape.max }).collect()
                };
                let filter = Filter { pixels: bounds(pixels), channels: bounds(channels) };
                Ok(GivenKey { filter: Some(filter), ..GivenKey::parse(key)? })
            }
        }
    }
}

#[derive(Deserialize)]
struct PixelLimitsShape {
    sd: Option<u64>,
    hd: Option<u64>,
    uhd1: Option<u64>,
}

impl PixelLimitsShape {
    fn into_limits(self) -> PixelLimits {
        let known = PixelLimits::default();
        PixelLimits {
            sd: self.sd.unwrap_or(known.sd),
            hd: self.hd.unwrap_or(known.hd),
            uhd1: self.uhd1.unwrap_or(known.uhd1),
        }
    }
}

impl JobOptions {
    pub(super) fn into_options(self) -> Result<Options> {
        let mut options = Options::new(read_seed(&self.seed)?);
        if let Some(seed) = self.key_seed {
            options.set_key_seed(read_seed(&seed)?);
        }
        if let Some(targets) = self.targets {
            options.set_targets(targets.iter().map(|name| known::<Target>(name, "targets")).collect::<Result<_>>()?)?;
        }
        if let Some(scheme) = self.scheme {
            options.set_scheme(Scheme::parse(&scheme)?);
        }
        if let Some(pattern) = self.pattern {
            options.set_pattern(Pattern::parse(&pattern)?);
        }
        for key in &self.keys {
            options.add_key(key.read()?)?;
        }
        for key in &self.decryption_keys {
            options.add_decryption_key(GivenKey::parse(key)?.pair);
        }
        if let Some(multi_key) = self.multi_key {
            options.set_multi_key(multi_key);
        }
        if let Some(labels) = self.clear {
            options.set_clear(labels);
        }
        if let Some(limits) = self.pixel_limits {
            options.set_pixel_limits(limits.into_limits());
        }
        if let Some(seconds) = self.clear_lead {
            options.set_clear_lead(seconds)?;
        }
        if let Some(seconds) = self.crypto_period {
            options.set_crypto_period(seconds)?;
        }
        if let Some(size) = self.iv_size {
            options.set_iv_size(size)?;
        }
        if let Some(iv) = self.iv {
            options.set_iv(&iv)?;
        }
        if let Some(seconds) = self.segment_duration {
            options.set_segment_duration(seconds)?;
        }
        if let Some(encryption) = self.encryption {
            options.set_encryption(encryption);
        }
        if let Some(cues) = self.cue_points {
            options.set_cue_points(&cues)?;
        }
        match self.segment_names.as_deref() {
            None | Some("number") => (),
            Some("time") => options.set_segments_by_time(true),
            Some(other) => {
                let message = format!("{other:?} names no segments; known are number and time");
                return Err(Error::new(Code::OptionInvalid, message).option("segmentNames"));
            }
        }
        if let Some(trick_play) = self.trick_play {
            options.set_trick_play(trick_play);
        }
        if let Some(single_file) = self.single_file {
            options.set_single_file(single_file);
        }
        if let Some(seconds) = self.hls_start {
            options.set_hls_start(seconds)?;
        }
        if let Some(text) = self.program_date_time {
            options.set_program_date_time(&text)?;
        }
        options.set_tracks(self.tracks.into_iter().map(TrackShape::read).collect::<Result<_>>()?);
        if let Some(thumbnails) = self.thumbnails {
            options.set_thumbnails(thumbnails.read()?);
        }
        if let Some(drm) = self.drm {
            *options.drm_mut() = drm::Settings::new(drm::Options::read(&drm, At::ROOT.member("drm"))?)?;
        }
        if let Some(url) = self.clear_key_license_url {
            options.drm_mut().options.clearkey.get_or_insert_default().license_url = Some(url);
        }
        let format = self
            .hls_format
            .as_deref()
            .map(|word| known::<HlsFormat>(word, "hlsFormat"))
            .transpose()?
            .unwrap_or(HlsFormat::Fmp4);
        options.set_hls_format(format);
        if let Some(audio) = &self.hls_audio {
            options.set_hls_audio(known::<HlsAudio>(audio, "hlsAudio")?);
        }
        let key_place = || read_key_place(self.hls_key_uri.as_deref(), self.hls_key_files);
        match self.hls_method.as_deref() {
            None | Some("SAMPLE-AES") => match format {
                HlsFormat::Fmp4 => (),
                HlsFormat::Ts => {
                    if let Some(place) = key_place()? {
                        // Asked for or not, keys that clients fetch are then named.
                        options.drm_mut().options.choose(System::ClearKey);
                        options.set_hls_key_place(place);
                    }
                }
            },
            Some("AES-128") => options.set_hls_segments(key_place()?.ok_or_else(|| {
                let message = "clients of AES-128 fetch the key, and nothing says from where";
                Error::new(Code::OptionMissing, message).option("hlsKeyUri")
            })?),
            Some(other) => {
                let message = format!("{other:?} is no method of HLS; known are SAMPLE-AES and AES-128");
                return Err(Error::new(Code::OptionInvalid, message).option("hlsMethod"));
            }
        }
        if let Some(uri) = self.hls_key_uri {
            options.drm_mut().options.clearkey.get_or_insert_default().hls_key_uri = Some(uri);
        }
        Ok(options)
    }
}

fn known<W: Word>(text: &str, option: &'static str) -> Result<W> {
    word::<W>().read(&text.into(), At::ROOT.member(option))
}

/// Where clients find keys that no DRM system gives them.
fn read_key_place(uri: Option<&str>, files: Option<bool>) -> Result<Option<KeyPlace>> {
    match (uri, files) {
        (Some(uri), None | Some(false)) => Ok(Some(KeyPlace::Uri(uri.to_owned()))),
        (None, Some(true)) => Ok(Some(KeyPlace::Files)),
        (None, None | Some(false)) => Ok(None),
        (Some(_), Some(true)) => {
            Err(Error::new(Code::OptionInvalid, "keys are either at a URI or in files").option("hlsKeyFiles"))
        }
    }
}

/// Shorter seeds are filled up with zeros.
fn read_seed(text: &str) -> Result<Seed> {
    let bytes = parse_hex(text.trim()).filter(|bytes| bytes.len() <= 32).ok_or_else(|| {
        Error::new(Code::OptionInvalid, "the seed is not 1 to 32 bytes in hexadecimal digits").option("seed")
    })?;
    let mut seed = [0; 32];
    seed[..bytes.len()].copy_from_slice(&bytes);
    Ok(Seed::new(seed))
}

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
    warnings: Vec<String>,
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
