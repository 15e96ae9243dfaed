//! From a document to keys with labels.
//!
//! A server may put key ids of its own in place of the request's, so the request's ids join nothing:
//! a usage rule says which returned id is for which track, and the returned id joins the rest.

use super::{AudioFilter, Document, Key, KeySet, TrackKey, UsageRule, Value, VideoFilter, track_type};
use crate::error::{Code, Error, Message, Result};
use crate::keys::{KeyId, KeyPair};
use crate::limits;
use crate::order;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The track types; none for one key of all tracks, or for whatever a document holds.
    pub labels: Vec<String>,
    /// The key ids of the request, in the order of periods and, in them, of labels.
    pub kids: Vec<KeyId>,
    /// The number of crypto periods; 0 for whatever the document holds.
    pub periods: usize,
}

impl Document {
    /// The keys with their labels. Encrypted keys have to be opened before.
    pub fn keys(&self, wanted: &Wanted) -> Result<KeySet> {
        let keys = if self.rules.is_empty() { self.without_rules(wanted)? } else { self.by_rules(wanted)? };
        for label in &wanted.labels {
            let found = keys.iter().filter(|key| key.label.as_ref() == Some(label)).count();
            if found < wanted.periods.max(1) {
                return Err(missing(message!(
                    "the document has {found} of {wanted} keys for {label}",
                    found,
                    wanted = wanted.periods.max(1),
                    label
                )));
            }
        }
        let known = |kid: KeyId| keys.iter().any(|key| key.pair.kid == kid);
        if let Some(stray) = self.systems.iter().find(|system| !known(system.kid)) {
            return Err(missing(message!(
                "a DRMSystem is for key {kid}, which is not in the document",
                kid = stray.kid.to_uuid()
            )));
        }
        Ok(KeySet { content_id: self.content_id.clone(), keys, systems: self.systems.clone() })
    }

    fn by_rules(&self, wanted: &Wanted) -> Result<Vec<TrackKey>> {
        let mut keys = Vec::new();
        for rule in &self.rules {
            if keys.len() > limits::CPIX_KEYS {
                return Err(Error::new(
                    Code::CpixInvalid,
                    message!("its rules and periods come to more than {most} keys", most = limits::CPIX_KEYS),
                ));
            }
            let key = self.keys.iter().find(|key| key.kid == rule.kid).ok_or_else(|| {
                let track = rule.track_type.as_deref().unwrap_or("a track");
                missing(message!(
                    "the usage rule for {track} names key {kid}, which is not in the document",
                    track,
                    kid = rule.kid.to_uuid()
                ))
            })?;
            let periods = self.periods_of(rule)?;
            if rule.track_type.is_none() && !rule.labels.is_empty() && !rule.has_other_filters() {
                for label in &rule.labels {
                    for &period in &periods {
                        keys.push(TrackKey { label: Some(label.clone()), period, ..track_key(key)? });
                    }
                }
                continue;
            }
            // The track type of the only key is a name, not a filter.
            let is_only = wanted.labels.is_empty() && self.labels() < 2;
            let label = if is_only && !rule.narrows() { None } else { label(rule) };
            let (video, audio) = filters(rule, label.as_deref());
            // Of several filters of pictures each goes with its own rate and colours.
            let has_more = |filter: &VideoFilter| {
                VideoFilter { min_pixels: None, max_pixels: None, ..*filter } != VideoFilter::default()
            };
            let parts: Vec<(Vec<VideoFilter>, Vec<AudioFilter>)> = match video.iter().any(has_more) {
                false => vec![(video, audio)],
                true => {
                    let of_sound = (!audio.is_empty()).then(|| (Vec::new(), audio));
                    video.into_iter().map(|filter| (vec![filter], Vec::new())).chain(of_sound).collect()
                }
            };
            for period in periods {
                for (video, audio) in &parts {
                    keys.push(TrackKey {
                        label: label.clone(),
                        period,
                        video: video.clone(),
                        audio: audio.clone(),
                        bitrate: rule.bitrate.clone(),
                        labels: rule.labels.clone(),
                        ..track_key(key)?
                    });
                }
            }
        }
        Ok(keys)
    }

    /// How many track types the rules tell apart.
    fn labels(&self) -> usize {
        let mut labels: Vec<_> = self.rules.iter().map(label).collect();
        labels.extend(self.rules.iter().flat_map(|rule| rule.labels.iter().cloned().map(Some)));
        order::sort(&mut labels);
        labels.dedup();
        labels.len()
    }

    /// The numbers of a rule's periods, counted from the first of the document: all of them, where the rule names none.
    fn periods_of(&self, rule: &UsageRule) -> Result<Vec<usize>> {
        if rule.periods.is_empty() {
            return Ok((0..self.periods.len().max(1)).collect());
        }
        let mut order: Vec<_> = self.periods.iter().collect();
        order::sort_by_key(&mut order, |period| period.index); // unnumbered ones stay in the document's order
        let number = |id: &String| {
            order.iter().position(|period| period.id.as_ref() == Some(id)).ok_or_else(|| {
                missing(message!("a usage rule names the period {id:?}, which is not in the document", id))
            })
        };
        rule.periods.iter().map(number).collect()
    }

    /// Old answers have no rules: one key, or keys with the ids that were asked for.
    fn without_rules(&self, wanted: &Wanted) -> Result<Vec<TrackKey>> {
        let labels = wanted.labels.len().max(1);
        match &self.keys[..] {
            [] => Err(missing(message!("the document has no content keys"))),
            [key] if wanted.labels.len() <= 1 => {
                Ok(vec![TrackKey { label: wanted.labels.first().cloned(), ..track_key(key)? }])
            }
            keys => keys
                .iter()
                .map(|key| {
                    let position = wanted.kids.iter().position(|kid| *kid == key.kid).ok_or_else(|| {
                        missing(message!("no usage rule says which track key {kid} is for", kid = key.kid.to_uuid()))
                    })?;
                    let label = wanted.labels.get(position % labels).cloned();
                    Ok(TrackKey { label, period: position / labels, ..track_key(key)? })
                })
                .collect(),
        }
    }
}

impl UsageRule {
    /// Whether it has filters beside those of labels.
    fn has_other_filters(&self) -> bool {
        !(self.video.is_empty() && self.audio.is_empty() && self.bitrate.is_empty())
    }

    /// Whether its filters leave any track out: those of SPEKE's `ALL` don't.
    fn narrows(&self) -> bool {
        let is_all = self.video.contains(&VideoFilter::default()) && self.audio.contains(&AudioFilter::default());
        let has_kinds = !self.video.is_empty() || !self.audio.is_empty();
        has_kinds && !is_all || !self.bitrate.is_empty() || !self.labels.is_empty()
    }
}

/// The rule's track type; where it names none, what its filters say. SPEKE's `ALL` is a key of all tracks.
fn label(rule: &UsageRule) -> Option<String> {
    let word = match (&rule.track_type, rule.video.is_empty(), rule.audio.is_empty()) {
        (Some(word), ..) => word,
        (None, false, true) => "VIDEO",
        (None, true, false) => "AUDIO",
        (None, ..) => "ALL",
    };
    (word != "ALL").then(|| word.to_owned())
}

/// Which tracks the key of a label is for: the rule's filters, or those that its track type stands for.
/// A key of all tracks has none.
fn filters(rule: &UsageRule, label: Option<&str>) -> (Vec<VideoFilter>, Vec<AudioFilter>) {
    match label {
        None => Default::default(),
        Some(_) if !(rule.video.is_empty() && rule.audio.is_empty()) => (rule.video.clone(), rule.audio.clone()),
        Some(label) => track_type::missing_filters(label).unwrap_or_default(),
    }
}

fn track_key(key: &Key) -> Result<TrackKey> {
    let secret = match &key.value {
        Value::Plain(secret) => secret.clone(),
        Value::Missing => return Err(missing(message!("key {kid} has no value", kid = key.kid.to_uuid()))),
        Value::Sealed(_) => {
            return Err(Error::new(
                Code::DeliveryKeyMissing,
                message!(
                    "key {kid} is encrypted, and there is no private key to open it with",
                    kid = key.kid.to_uuid()
                ),
            ));
        }
    };
    let pair = KeyPair { kid: key.kid, key: secret };
    Ok(TrackKey { iv: key.iv, scheme: key.scheme.clone(), ..TrackKey::of_all_tracks(pair) })
}

fn missing(message: Message) -> Error {
    Error::new(Code::CpixKeyMissing, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaa-0000-0000-0000-000000000000";
    const B: &str = "bbbbbbbb-0000-0000-0000-000000000000";

    fn document(body: &str) -> Document {
        let key = |kid: &str| {
            format!(
                "<ContentKey kid='{kid}'><Data><p:Secret><p:PlainValue>AAECAwQFBgcICQoLDA0ODw==</p:PlainValue></p:Secret></Data></ContentKey>"
            )
        };
        let body = body.replace("[A]", &key(A)).replace("[B]", &key(B)).replace("{A}", A).replace("{B}", B);
        let text =
            format!("<CPIX xmlns='urn:dashif:org:cpix' xmlns:p='urn:ietf:params:xml:ns:keyprov:pskc'>{body}</CPIX>");
        Document::read(text.as_bytes()).unwrap()
    }

    fn wanted(labels: &[&str]) -> Wanted {
        let labels: Vec<_> = labels.iter().map(|&label| label.to_owned()).collect();
        Wanted { kids: vec![KeyId([1; 16]); labels.len().max(1)], labels, periods: 1 }
    }

    #[test]
    fn the_rule_joins_since_the_server_replaced_the_key_ids() {
        let document = document(
            "<ContentKeyList>[A][B]</ContentKeyList><ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{B}' intendedTrackType='HD'/><ContentKeyUsageRule kid='{A}' intendedTrackType='AUDIO'/>
             </ContentKeyUsageRuleList>",
        );
        let set = document.keys(&wanted(&["HD", "AUDIO"])).unwrap();
        let found: Vec<_> =
            set.keys.iter().map(|key| (key.label.as_deref().unwrap(), key.pair.kid.to_uuid())).collect();
        assert_eq!(found, [("HD", B.to_owned()), ("AUDIO", A.to_owned())]);
        assert_eq!(document.keys(&wanted(&["SD"])).unwrap_err().code, Code::CpixKeyMissing);
    }

    #[test]
    fn a_single_key_needs_no_rule_and_its_label_doesnt_narrow_it() {
        let bare = document("<ContentKeyList>[A]</ContentKeyList>");
        assert_eq!(bare.keys(&wanted(&[])).unwrap().keys[0].label, None);
        let ruled = document(
            "<ContentKeyList>[A]</ContentKeyList><ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{A}' intendedTrackType='HD'/></ContentKeyUsageRuleList>",
        );
        assert_eq!(ruled.keys(&wanted(&[])).unwrap().keys[0].label, None);
        let two = document("<ContentKeyList>[A][B]</ContentKeyList>");
        assert!(two.keys(&wanted(&[])).is_err());
        let mut asked = wanted(&["SD", "HD"]);
        asked.kids = [B, A].map(|kid| KeyId::parse(kid).unwrap()).to_vec();
        assert_eq!(two.keys(&asked).unwrap().keys[0].label.as_deref(), Some("HD"));
    }

    #[test]
    fn periods_count_from_the_documents_first() {
        let document = document(
            "<ContentKeyList>[A][B]</ContentKeyList>
             <ContentKeyPeriodList><ContentKeyPeriod id='late' index='8'/><ContentKeyPeriod id='early' index='7'/></ContentKeyPeriodList>
             <ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{A}' intendedTrackType='HD'><KeyPeriodFilter periodId='late'/></ContentKeyUsageRule>
             <ContentKeyUsageRule kid='{B}' intendedTrackType='HD'><KeyPeriodFilter periodId='early'/></ContentKeyUsageRule>
             </ContentKeyUsageRuleList>",
        );
        let asked = Wanted { periods: 2, ..wanted(&["HD"]) };
        let periods: Vec<_> = document.keys(&asked).unwrap().keys.iter().map(|key| key.period).collect();
        assert_eq!(periods, [1, 0]);
        assert!(document.keys(&Wanted { periods: 3, ..asked }).is_err());
    }

    #[test]
    fn a_rule_without_a_period_is_for_all_of_them() {
        let periods = "<ContentKeyPeriodList><ContentKeyPeriod id='p' index='4'/><ContentKeyPeriod id='q' index='5'/>
            </ContentKeyPeriodList>";
        let document = document(&format!(
            "<ContentKeyList>[A][B]</ContentKeyList>{periods}<ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{{A}}'><AudioFilter/></ContentKeyUsageRule>
             <ContentKeyUsageRule kid='{{B}}'><KeyPeriodFilter periodId='q'/><VideoFilter/></ContentKeyUsageRule>
             </ContentKeyUsageRuleList>"
        ));
        let keys = document.keys(&Wanted::default()).unwrap().keys;
        let found: Vec<_> = keys.iter().map(|key| (key.label.as_deref().unwrap(), key.period)).collect();
        assert_eq!(found, [("AUDIO", 0), ("AUDIO", 1), ("VIDEO", 1)]);

        let many: String = (0..1000).map(|n| format!("<ContentKeyPeriod id='p{n}'/>")).collect();
        let rules = "<ContentKeyUsageRule kid='{A}'/>".repeat(200);
        let bomb = self::document(&format!(
            "<ContentKeyList>[A]</ContentKeyList><ContentKeyPeriodList>{many}</ContentKeyPeriodList>
             <ContentKeyUsageRuleList>{rules}</ContentKeyUsageRuleList>"
        ));
        assert_eq!(bomb.keys(&Wanted::default()).unwrap_err().code, Code::CpixInvalid);
    }

    #[test]
    fn a_track_type_of_speke_has_its_filters_even_where_the_rule_has_none() {
        let rules = |a: &str, b: &str| {
            let list = "<ContentKeyList>[A][B]</ContentKeyList><ContentKeyUsageRuleList>";
            let rule = |kid: &str, rest: &str| format!("<ContentKeyUsageRule kid='{kid}' intendedTrackType={rest}");
            let text = format!("{list}{}{}</ContentKeyUsageRuleList>", rule(A, a), rule(B, b));
            document(&text).keys(&Wanted::default()).unwrap().keys
        };
        let keys = rules("'SD+HD1'/>", "'MULTICHANNEL_AUDIO_7'/>");
        assert_eq!(
            keys[0].video.iter().map(|video| video.max_pixels).collect::<Vec<_>>(),
            [Some(589_824), Some(921_600)]
        );
        assert_eq!(keys[1].audio[0].min_channels, Some(7));
        // The rule's own filters win; HD has the job's bounds where no filter says others.
        let keys = rules("'HD'/>", "'HD1'><VideoFilter maxPixels='5'/></ContentKeyUsageRule>");
        assert!(keys[0].video.is_empty() && keys[1].video[0].max_pixels == Some(5));
    }

    #[test]
    fn a_rule_may_name_tracks_by_labels() {
        let document = document(
            "<ContentKeyList>[A][B]</ContentKeyList><ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{A}'><LabelFilter label='video-1'/><LabelFilter label='video-2'/></ContentKeyUsageRule>
             <ContentKeyUsageRule kid='{B}'><LabelFilter label='AUDIO-en'/></ContentKeyUsageRule></ContentKeyUsageRuleList>",
        );
        let keys = document.keys(&Wanted::default()).unwrap().keys;
        let found: Vec<_> = keys.iter().map(|key| (key.label.as_deref().unwrap(), key.pair.kid.to_uuid())).collect();
        assert_eq!(found, [("video-1", A.to_owned()), ("video-2", A.to_owned()), ("AUDIO-en", B.to_owned())]);
    }

    #[test]
    fn filters_of_the_only_rule_count() {
        let of = |rule: &str| {
            let rules = format!("<ContentKeyUsageRuleList>{rule}</ContentKeyUsageRuleList>");
            document(&format!("<ContentKeyList>[A]</ContentKeyList>{rules}")).keys(&Wanted::default()).unwrap().keys
        };
        let keys = of("<ContentKeyUsageRule kid='{A}'><VideoFilter minPixels='99999999'/></ContentKeyUsageRule>");
        assert_eq!((keys.len(), keys[0].video[0].min_pixels), (1, Some(99_999_999)));
        let keys = of("<ContentKeyUsageRule kid='{A}'><BitrateFilter maxBitrate='5'/></ContentKeyUsageRule>");
        assert_eq!((keys[0].bitrate[0].max, keys[0].video.len()), (Some(5), 0));
        let keys = of(
            "<ContentKeyUsageRule kid='{A}' intendedTrackType='ALL'><VideoFilter/><AudioFilter/></ContentKeyUsageRule>",
        );
        assert_eq!((keys[0].label.as_deref(), keys[0].video.len()), (None, 0));
    }

    #[test]
    fn filters_of_pictures_keep_their_rates_and_colours() {
        let document = document(
            "<ContentKeyList>[A][B]</ContentKeyList><ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{A}'><VideoFilter hdr='false' maxFps='30'/><VideoFilter hdr='0' minPixels='5'/></ContentKeyUsageRule>
             <ContentKeyUsageRule kid='{B}'><VideoFilter hdr='true' wcg='1'/><LabelFilter label='video-2'/></ContentKeyUsageRule>
             </ContentKeyUsageRuleList>",
        );
        let keys = document.keys(&Wanted::default()).unwrap().keys;
        let found: Vec<_> = keys.iter().map(|key| (key.video[0].hdr, key.video[0].max_fps, key.labels.len())).collect();
        assert_eq!(found, [(Some(false), Some(30), 0), (Some(false), None, 0), (Some(true), None, 1)]);
        assert_eq!(keys[2].video[0].wcg, Some(true));
    }

    #[test]
    fn a_wrong_key_id_is_found() {
        let stray = document(
            "<ContentKeyList>[A]</ContentKeyList><ContentKeyUsageRuleList>
             <ContentKeyUsageRule kid='{B}' intendedTrackType='HD'/></ContentKeyUsageRuleList>",
        );
        assert!(stray.keys(&wanted(&["HD"])).unwrap_err().message.text().contains(B));
        let stray = document(
            "<ContentKeyList>[A]</ContentKeyList><DRMSystemList>
             <DRMSystem kid='{B}' systemId='edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'/></DRMSystemList>",
        );
        assert!(stray.keys(&wanted(&[])).is_err());
    }
}
