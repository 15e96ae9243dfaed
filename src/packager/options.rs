//! What a job is told.

use super::keys::{GivenKey, PixelLimits};
use super::tracks::TrackSettings;
use crate::cenc::{Pattern, Scheme};
use crate::drm;
use crate::error::{Code, Error, Result};
use crate::hls;
use crate::keys::{KeyPair, parse_hex};
use crate::limits;
use crate::options::words;
use crate::presentation::Thumbnails;
use crate::random::Seed;
use crate::time::DateTime;

words! {
    /// What is written.
    pub enum Target = "Target" {
        /// One set of segments under `cmaf/` with an MPD and HLS playlists over it.
        Cmaf = "cmaf",
        /// `dash/stream.mpd` with segments of its own.
        Dash = "dash",
        /// `hls/master.m3u8` with segments of its own.
        Hls = "hls",
    }
}

impl Target {
    /// The scheme that this target's players know best: Widevine and PlayReady take `cenc` in DASH;
    /// FairPlay takes only `cbcs`, and all newer clients take it too.
    pub const fn default_scheme(self) -> Scheme {
        match self {
            Self::Dash => Scheme::Cenc,
            Self::Cmaf | Self::Hls => Scheme::Cbcs,
        }
    }
}

/// What a job is told. Values are checked when they are set.
#[derive(Debug, Clone)]
pub struct Options {
    pub(super) targets: Vec<Target>,
    pub(super) scheme: Option<Scheme>,
    pub(super) pattern: Option<Pattern>,
    pub(super) keys: Vec<GivenKey>,
    pub(super) decryption_keys: Vec<KeyPair>,
    pub(super) multi_key: bool,
    pub(super) clear: Vec<String>,
    pub(super) pixel_limits: PixelLimits,
    pub(super) clear_lead_ms: u32,
    pub(super) crypto_period_ms: Option<u32>,
    pub(super) iv_size: Option<u8>,
    pub(super) iv: Option<Vec<u8>>,
    pub(super) segment_ms: u32,
    pub(super) encryption: bool,
    pub(super) single_file: bool,
    pub(super) drm: drm::Settings,
    pub(super) hls_segments: Option<KeyPlace>,
    pub(super) hls: hls::Settings,
    pub(super) tracks: Vec<TrackSettings>,
    pub(super) thumbnails: Option<Thumbnails>,
    pub(super) trick_play: bool,
    pub(super) segments_by_time: bool,
    pub(super) cue_points_ms: Vec<u32>,
    pub(super) hls_format: HlsFormat,
    pub(super) hls_audio: Option<HlsAudio>,
    pub(super) hls_key_place: Option<KeyPlace>,
    pub(super) seed: Seed,
    pub(super) key_seed: Option<Seed>,
}

impl Options {
    /// The default: `cmaf`, 6 s segments, a random key drawn from `seed`.
    pub fn new(seed: Seed) -> Self {
        Self {
            targets: vec![Target::Cmaf],
            scheme: None,
            pattern: None,
            keys: Vec::new(),
            decryption_keys: Vec::new(),
            multi_key: false,
            clear: Vec::new(),
            pixel_limits: PixelLimits::default(),
            clear_lead_ms: 0,
            crypto_period_ms: None,
            iv_size: None,
            iv: None,
            segment_ms: 6000,
            encryption: true,
            single_file: false,
            drm: drm::Settings::default(),
            hls_segments: None,
            hls: hls::Settings::default(),
            tracks: Vec::new(),
            thumbnails: None,
            trick_play: false,
            segments_by_time: false,
            cue_points_ms: Vec::new(),
            hls_format: HlsFormat::Fmp4,
            hls_audio: None,
            hls_key_place: None,
            seed,
            key_seed: None,
        }
    }

    /// Which targets are written; at least one.
    pub fn set_targets(&mut self, targets: Vec<Target>) -> Result<()> {
        if targets.is_empty() {
            return Err(Error::new(Code::OptionMissing, "no target is chosen").option("targets"));
        }
        self.targets.clear();
        for target in targets {
            if !self.targets.contains(&target) {
                self.targets.push(target);
            }
        }
        Ok(())
    }

    /// The scheme of all targets; each target's own by default.
    pub fn set_scheme(&mut self, scheme: Scheme) {
        self.scheme = Some(scheme);
    }

    /// The pattern of video under `cbcs` and `cens`; 1:9 by default.
    pub fn set_pattern(&mut self, pattern: Pattern) {
        self.pattern = Some(pattern);
    }

    /// Adds a content key; without any the keys are random.
    pub fn add_key(&mut self, key: GivenKey) -> Result<()> {
        let same =
            |known: &GivenKey| (&known.label, known.period, &known.filter) == (&key.label, key.period, &key.filter);
        if self.keys.iter().any(same) {
            return Err(Error::new(Code::KeyInvalid, "two keys are given for one label").option("key"));
        }
        self.keys.push(key);
        Ok(())
    }

    /// Adds a key that protected inputs are decrypted with.
    pub fn add_decryption_key(&mut self, key: KeyPair) {
        self.decryption_keys.push(key);
    }

    /// What random keys are drawn from instead of the seed. With one of its own for keys the seed is no secret: only
    /// IVs come from it, which are in the output.
    pub fn set_key_seed(&mut self, seed: Seed) {
        self.key_seed = Some(seed);
    }

    /// Whether random keys are made for each label rather than one for all tracks.
    pub fn set_multi_key(&mut self, multi_key: bool) {
        self.multi_key = multi_key;
    }

    /// The labels whose tracks stay clear, as in `AUDIO` or `video-2`.
    pub fn set_clear(&mut self, labels: Vec<String>) {
        self.clear = labels;
    }

    /// Up to how many pixels a picture is `SD`, `HD` and `UHD1`.
    pub fn set_pixel_limits(&mut self, limits: PixelLimits) {
        self.pixel_limits = limits;
    }

    /// How long the presentation stays clear at its start, in seconds; exact to the sample.
    pub fn set_clear_lead(&mut self, seconds: f64) -> Result<()> {
        self.clear_lead_ms = milliseconds(seconds, 0.0, limits::CLEAR_LEAD_SECONDS, "clearLead")?;
        Ok(())
    }

    /// How long a key is in use, in seconds: the next one comes with the first segment that starts at or
    /// after the end of each period.
    pub fn set_crypto_period(&mut self, seconds: f64) -> Result<()> {
        self.crypto_period_ms = Some(milliseconds(seconds, 1.0, limits::CRYPTO_PERIOD_SECONDS, "cryptoPeriod")?);
        Ok(())
    }

    /// The size of each sample's IV under `cenc` and `cens` in bytes: 8 (the default) or 16.
    pub fn set_iv_size(&mut self, size: u8) -> Result<()> {
        if !matches!(size, 8 | 16) {
            return Err(
                Error::new(Code::OptionInvalid, format!("an IV of {size} bytes: 8 or 16 are allowed")).option("ivSize")
            );
        }
        self.iv_size = Some(size);
        Ok(())
    }

    /// The IV in hexadecimal digits, 8 or 16 bytes.
    pub fn set_iv(&mut self, text: &str) -> Result<()> {
        let text = text.trim();
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let iv = parse_hex(digits).filter(|iv| matches!(iv.len(), 8 | 16));
        self.iv =
            Some(iv.ok_or_else(|| {
                Error::new(Code::IvInvalid, "the IV is not 16 or 32 hexadecimal digits").option("iv")
            })?);
        Ok(())
    }

    /// The target duration of a segment in seconds, from 0.1 to 60.
    pub fn set_segment_duration(&mut self, seconds: f64) -> Result<()> {
        self.segment_ms = milliseconds(seconds, 0.1, limits::SEGMENT_SECONDS, "segmentDuration")?;
        Ok(())
    }

    /// Whether samples are encrypted.
    pub fn set_encryption(&mut self, encryption: bool) {
        self.encryption = encryption;
    }

    /// Whether each track is one file with a segment index rather than a folder of segments.
    pub fn set_single_file(&mut self, single_file: bool) {
        self.single_file = single_file;
    }

    /// Encrypts whole segments of the `hls` target by AES-128 rather than samples, and says where clients find the
    /// keys.
    pub fn set_hls_segments(&mut self, place: KeyPlace) {
        self.hls_segments = Some(place);
    }

    /// Where players of HLS start, in seconds from the start of the presentation or, below 0, from its end.
    pub fn set_hls_start(&mut self, seconds: f64) -> Result<()> {
        let ms = milliseconds(seconds.abs(), 0.0, limits::HLS_START_SECONDS, "hlsStart")?;
        self.hls.start_ms = Some(if seconds < 0.0 { -i64::from(ms) } else { i64::from(ms) });
        Ok(())
    }

    /// The date and time that the start of the presentation stands for in HLS, in ISO 8601 with a time zone.
    pub fn set_program_date_time(&mut self, text: &str) -> Result<()> {
        let date = DateTime::parse(text.trim()).filter(|date| date.zone.is_some()).ok_or_else(|| {
            let message = format!("{text:?} is no date and time with a time zone, as in 2026-02-19T14:54:23.031Z");
            Error::new(Code::OptionInvalid, message).option("programDateTime")
        })?;
        self.hls.program_date_time = Some(date);
        Ok(())
    }

    /// What is said of tracks in place of what their inputs say; later ones win.
    pub fn set_tracks(&mut self, tracks: Vec<TrackSettings>) {
        self.tracks = tracks;
    }

    /// Whether segments are named by their start in ticks rather than by their number.
    pub fn set_segments_by_time(&mut self, by_time: bool) {
        self.segments_by_time = by_time;
    }

    /// Whether MPDs offer each video's key frames as a track of their own, for winding.
    pub fn set_trick_play(&mut self, trick_play: bool) {
        self.trick_play = trick_play;
    }

    /// The sheets of thumbnails that manifests list. Who renders the job writes the files themselves.
    pub fn set_thumbnails(&mut self, thumbnails: Thumbnails) {
        self.thumbnails = Some(thumbnails);
    }

    /// Where MPDs start a new period, in seconds from the start: at the first key frame at or after each, where segments
    /// of all targets start, too.
    pub fn set_cue_points(&mut self, seconds: &[f64]) -> Result<()> {
        let longest = f64::from(u32::MAX / 1000);
        let ms: Result<Vec<u32>> = seconds.iter().map(|&cue| milliseconds(cue, 0.001, longest, "cuePoints")).collect();
        self.cue_points_ms = ms?;
        self.cue_points_ms.sort_unstable();
        self.cue_points_ms.dedup();
        if self.cue_points_ms.len() > limits::PERIODS {
            let message = format!("{} cue points, over {}", self.cue_points_ms.len(), limits::PERIODS);
            return Err(Error::new(Code::LimitExceeded, message).option("cuePoints"));
        }
        Ok(())
    }

    /// What the segments of the `hls` target are.
    pub fn set_hls_format(&mut self, format: HlsFormat) {
        self.hls_format = format;
    }

    /// How sound is packed beside pictures in MPEG-TS; by default as packed audio, or where samples are encrypted in
    /// MPEG-TS, as more players can decrypt that.
    pub fn set_hls_audio(&mut self, audio: HlsAudio) {
        self.hls_audio = Some(audio);
    }

    /// Where clients of SAMPLE-AES in MPEG-TS and packed audio find the key of no DRM system.
    pub fn set_hls_key_place(&mut self, place: KeyPlace) {
        self.hls_key_place = Some(place);
    }

    /// Which DRM systems are signalled, and how.
    pub fn drm_mut(&mut self) -> &mut drm::Settings {
        &mut self.drm
    }

    /// Whether whole segments are encrypted rather than samples.
    pub(super) fn encrypts_segments_of(&self, target: Target) -> bool {
        self.encryption && target == Target::Hls && self.hls_segments.is_some()
    }

    /// The scheme of `target`; `None` where nothing is encrypted.
    pub(super) fn scheme_of(&self, target: Target) -> Option<Scheme> {
        if self.encrypts_segments_of(target) {
            return None;
        }
        self.encryption.then(|| self.scheme.unwrap_or(target.default_scheme()))
    }
}

words! {
    /// What the segments of the `hls` target are.
    pub enum HlsFormat = "HlsFormat" {
        /// Fragmented MP4.
        Fmp4 = "fmp4",
        /// MPEG-2 transport streams, for older devices.
        Ts = "ts",
    }
}

words! {
    /// How sound is packed beside pictures in MPEG-TS.
    pub enum HlsAudio = "HlsAudio" {
        /// In MPEG-TS as well.
        Ts = "ts",
        /// As packed audio.
        Packed = "packed",
    }
}

/// Where clients find keys that no DRM system gives them (`URI` of `EXT-X-KEY`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// At this address, in which `{kid}` is the key id in 32 hexadecimal digits and `{uuid}` in the 8-4-4-4-12 form.
    Uri(String),
    /// In files beside the playlists, which anybody who can fetch those can fetch.
    Files,
}

/// Seconds within `min..=max` as whole milliseconds.
fn milliseconds(seconds: f64, min: f64, max: f64, option: &'static str) -> Result<u32> {
    if !(min..=max).contains(&seconds) {
        let message = format!("{seconds} s is not between {min} and {max} s");
        return Err(Error::new(Code::OptionInvalid, message).option(option));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to at most 10^9")]
    let whole = (seconds * 1000.0).round() as u32;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_options_are_named() {
        let mut options = Options::new(Seed::new([0; 32]));
        assert_eq!(options.set_segment_duration(0.0).unwrap_err().place.option.as_deref(), Some("segmentDuration"));
        assert!(options.set_segment_duration(f64::NAN).is_err());
        assert_eq!(options.set_iv("0011").unwrap_err().code, Code::IvInvalid);
        assert_eq!(options.set_targets(Vec::new()).unwrap_err().code, Code::OptionMissing);
        assert_eq!(options.set_hls_start(f64::NAN).unwrap_err().place.option.as_deref(), Some("hlsStart"));
        assert_eq!(
            options.set_program_date_time("2026-02-19").unwrap_err().place.option.as_deref(),
            Some("programDateTime")
        );
        assert!(options.set_program_date_time("2026-02-19T14:54:23").is_err(), "of no time zone");
        assert!(options.set_iv("0x00112233445566778899aabbccddeeff").is_ok());
    }
}
