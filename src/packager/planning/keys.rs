//! Which track gets which key.

use crate::demux::{Kind, Track};
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId, KeyPair};
use crate::packager::keys::PlannedKey;
use crate::packager::options::{GivenKey, Options, PixelLimits};
use crate::packager::plan::KeyRef;

/// The keys of a job, drawn or looked up once for each label and period.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    all: Vec<PlannedKey>,
}

impl KeyTable {
    /// The keys of a track for `periods` crypto periods; `None` for a track that stays clear.
    pub(super) fn of_track(
        &mut self,
        id: &str,
        track: &Track,
        periods: usize,
        options: &Options,
    ) -> Result<Option<Vec<KeyRef>>> {
        let labels = labels(id, track, options.pixel_limits);
        // Text is never encrypted: players read it without their decryption module.
        let is_clear = !options.encryption || track.kind == Kind::Text;
        if is_clear || labels.iter().any(|label| options.clear.contains(label)) {
            return Ok(None);
        }
        (0..periods).map(|period| self.of_period(&labels, track, period, options)).collect::<Result<_>>().map(Some)
    }

    fn of_period(&mut self, labels: &[String], track: &Track, period: usize, options: &Options) -> Result<KeyRef> {
        let keys = || options.keys.iter().filter(|key| key.period == period);
        let given = |label: Option<&String>| keys().find(|key| key.filter.is_none() && key.label.as_ref() == label);
        // Of filters the narrowest counts: SPEKE's HD has no upper end, and leaves UHD to a key of its own.
        let filtered = || {
            let width = |key: &&GivenKey| key.filter.as_ref().and_then(|filter| filter.width(track.properties));
            keys().filter(|key| width(key).is_some()).min_by_key(width)
        };
        let found = labels.iter().find_map(|label| given(Some(label))).or_else(filtered).or_else(|| given(None));
        if let Some(key) = found {
            let known = self.all.iter().position(|known| known.period == period && known.pair.kid == key.pair.kid);
            return Ok(known
                .map(KeyRef)
                .unwrap_or_else(|| self.add(key.label.clone(), period, key.pair.clone(), false)));
        }
        if !options.keys.is_empty() {
            let message =
                message!("no key is given for {labels} in crypto period {period}", labels = labels.join(", "), period);
            return Err(Error::new(Code::KeyMissing, message).option("key"));
        }
        // The class is the last label but one.
        let label = options.multi_key.then(|| labels[labels.len().saturating_sub(2)].clone());
        let known = self.all.iter().position(|key| key.label == label && key.period == period);
        let index = self.all.len() as u64;
        Ok(known.map(KeyRef).unwrap_or_else(|| self.add(label, period, drawn(options, index), true)))
    }

    fn add(&mut self, label: Option<String>, period: usize, pair: KeyPair, generated: bool) -> KeyRef {
        self.all.push(PlannedKey { label, period, pair, generated });
        KeyRef(self.all.len() - 1)
    }

    /// All of them.
    pub(super) fn into_keys(self) -> Vec<PlannedKey> {
        self.all
    }
}

fn drawn(options: &Options, index: u64) -> KeyPair {
    let seed = options.key_seed.as_ref().unwrap_or(&options.seed);
    KeyPair { kid: KeyId(seed.draw(b"kid     ", index)), key: ContentKey::new(seed.draw(b"key     ", index)) }
}

/// The labels that a track answers to, the most specific first: its folder's name, its kind with its
/// language, its class, its kind.
fn labels(id: &str, track: &Track, limits: PixelLimits) -> Vec<String> {
    let kind = match track.kind {
        Kind::Video => "VIDEO",
        Kind::Audio => "AUDIO",
        Kind::Text => "TEXT",
    };
    let mut labels = vec![id.to_owned()];
    labels.extend(track.language.as_ref().map(|language| format!("{kind}-{language}")));
    labels.push(limits.class(track.properties).to_owned());
    labels.push(kind.to_owned());
    labels.dedup();
    labels
}
