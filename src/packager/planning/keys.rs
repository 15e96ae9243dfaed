//! Which track gets which key.

use std::collections::BTreeSet;

use crate::demux::{Kind, Track};
use crate::error::{Code, Error, Message, Result};
use crate::keys::{ContentKey, KeyId, KeyPair};
use crate::order;
use crate::packager::keys::PlannedKey;
use crate::packager::media::frame_rate;
use crate::packager::options::{Filter, GivenKey, Measured, Options, PixelLimits};
use crate::packager::plan::KeyRef;

/// The keys of a job, drawn or looked up once for each label and period.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    all: Vec<PlannedKey>,
    /// The labels of all tracks so far.
    labels: BTreeSet<String>,
}

/// The labels of every title, whether it has such tracks or not.
const CLASSES: [&str; 7] = ["SD", "HD", "UHD1", "UHD2", "AUDIO", "VIDEO", "TEXT"];

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
        self.labels.extend(labels.iter().cloned());
        // Text is never encrypted: players read it without their decryption module.
        let is_clear = !options.encryption || track.kind == Kind::Text;
        if is_clear || labels.iter().any(|label| options.clear.contains(label)) {
            return Ok(None);
        }
        let has_filters = options.keys.iter().any(|key| key.filter.is_some());
        let measured = has_filters.then(|| measured(&labels, track));
        let of_period = |period| self.of_period(&labels, measured.as_ref(), period, options);
        (0..periods).map(of_period).collect::<Result<_>>().map(Some)
    }

    /// Refuses labels that no track has: keys that nothing is encrypted with, and tracks that aren't left clear. Those
    /// that every title might have are no slip, and of keys a sentence says that they aren't used.
    pub(super) fn check_labels(&self, options: &Options) -> Result<Vec<Message>> {
        if !options.encryption {
            return Ok(Vec::new());
        }
        let is_unknown = |label: &&String| !self.labels.contains(*label) && !CLASSES.contains(&label.as_str());
        let refused = |label: &String, option: &'static str| {
            let mut known: Vec<&str> = self.labels.iter().map(String::as_str).chain(CLASSES).collect();
            order::sort(&mut known);
            known.dedup();
            let known = known.join(", ");
            let message = message!("no track has the label {label:?}; there are {known}", label, known);
            Err(Error::new(Code::OptionInvalid, message).option(option))
        };
        if let Some(label) = options.clear.iter().find(is_unknown) {
            return refused(label, "clear");
        }
        let typed = || options.keys.iter().filter(|key| key.is_typed).filter_map(|key| key.label.as_ref());
        if let Some(label) = typed().find(is_unknown) {
            return refused(label, "keys");
        }
        let mut unused: Vec<&String> = typed().filter(|label| !self.labels.contains(*label)).collect();
        order::sort(&mut unused);
        unused.dedup();
        let unused = unused.into_iter();
        Ok(unused.map(|label| message!("no track has the label {label}, so that its key is not used", label)).collect())
    }

    fn of_period(
        &mut self,
        labels: &[String],
        measured: Option<&Measured>,
        period: usize,
        options: &Options,
    ) -> Result<KeyRef> {
        let keys = || options.keys.iter().filter(|key| key.period == period);
        let given = |label: Option<&String>| keys().find(|key| key.filter.is_none() && key.label.as_ref() == label);
        // Of filters the narrowest counts: SPEKE's HD has no upper end, and leaves UHD to a key of its own.
        let filtered = || {
            let width =
                |key: &&GivenKey| key.filter.as_ref().zip(measured).and_then(|(filter, track)| filter.width(track));
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
            let label = labels.join(", ");
            let filters: Vec<String> = keys().filter_map(|key| key.filter.as_ref()).map(Filter::describe).collect();
            let message = match (options.crypto_period_ms, filters.is_empty()) {
                (None, true) => message!("no key is given for {label}", label),
                (None, false) => message!(
                    "no key is given for {label}: those there are have the filters {filters}",
                    label,
                    filters = filters.join("; ")
                ),
                (Some(_), _) => message!(
                    "no key is given for {label} in crypto period {period}: it is given as {form}, with a label in front or without",
                    label,
                    period,
                    form = format!("@{period}=KID:KEY")
                ),
            };
            return Err(Error::new(Code::KeyMissing, message).option("keys"));
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

/// What filters look at.
fn measured(labels: &[String], track: &Track) -> Measured {
    let size: u128 = track.samples.iter().map(|sample| u128::from(sample.size)).sum();
    let duration: u128 = track.samples.iter().map(|sample| u128::from(sample.duration)).sum();
    let bitrate = size * 8 * u128::from(track.timescale) / duration.max(1);
    Measured {
        properties: track.properties,
        frame_rate: frame_rate(track),
        bitrate: u64::try_from(bitrate).unwrap_or(u64::MAX),
        labels: labels.iter().chain(&track.label).cloned().collect(),
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
