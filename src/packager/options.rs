//! What a job is told.

use crate::cenc::Scheme;
use crate::drm;
use crate::error::{Code, Error, Result};
use crate::keys::{KeyPair, parse_hex};
use crate::limits;
use crate::random::Seed;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One set of segments with an MPD and HLS playlists over it.
    Cmaf,
    /// An MPD with segments of its own.
    Dash,
    /// HLS playlists with segments of their own.
    Hls,
}

impl Target {
    /// The folder's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cmaf => "cmaf",
            Self::Dash => "dash",
            Self::Hls => "hls",
        }
    }

    /// Reads the folder's name.
    pub fn parse(text: &str) -> Result<Self> {
        [Self::Cmaf, Self::Dash, Self::Hls].into_iter().find(|target| target.as_str() == text).ok_or_else(|| {
            Error::new(Code::OptionInvalid, format!("{text:?} is no target; known are cmaf, dash and hls"))
                .option("targets")
        })
    }

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
    pub(super) key: Option<KeyPair>,
    pub(super) iv: Option<Vec<u8>>,
    pub(super) segment_ms: u32,
    pub(super) encryption: bool,
    pub(super) drm: drm::Settings,
    pub(super) seed: Seed,
}

impl Options {
    /// The default: `cmaf`, 6 s segments, a random key drawn from `seed`.
    pub fn new(seed: Seed) -> Self {
        Self {
            targets: vec![Target::Cmaf],
            scheme: None,
            key: None,
            iv: None,
            segment_ms: 6000,
            encryption: true,
            drm: drm::Settings::default(),
            seed,
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

    /// The content key.
    pub fn set_key(&mut self, key: KeyPair) {
        self.key = Some(key);
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
        if !(0.1..=limits::SEGMENT_SECONDS).contains(&seconds) {
            return Err(Error::new(
                Code::OptionInvalid,
                format!("a segment duration of {seconds} s is not between 0.1 and {} s", limits::SEGMENT_SECONDS),
            )
            .option("segmentDuration"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 100 and 60,000")]
        let milliseconds = (seconds * 1000.0).round() as u32;
        self.segment_ms = milliseconds;
        Ok(())
    }

    /// Whether samples are encrypted.
    pub fn set_encryption(&mut self, encryption: bool) {
        self.encryption = encryption;
    }

    /// Which DRM systems are signalled, and how.
    pub fn drm_mut(&mut self) -> &mut drm::Settings {
        &mut self.drm
    }

    /// The scheme of `target`; `None` where nothing is encrypted.
    pub(super) fn scheme_of(&self, target: Target) -> Option<Scheme> {
        self.encryption.then(|| self.scheme.unwrap_or(target.default_scheme()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_options_are_named() {
        let mut options = Options::new(Seed::new([0; 32]));
        assert_eq!(options.set_segment_duration(0.0).unwrap_err().place.option, Some("segmentDuration"));
        assert!(options.set_segment_duration(f64::NAN).is_err());
        assert_eq!(options.set_iv("0011").unwrap_err().code, Code::IvInvalid);
        assert_eq!(options.set_targets(Vec::new()).unwrap_err().code, Code::OptionMissing);
        assert!(options.set_iv("0x00112233445566778899aabbccddeeff").is_ok());
    }
}
