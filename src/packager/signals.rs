//! What the clients of DRM systems are told of a track's keys.

use super::options::{KeyPlace, Options, Target};
use super::plan::{Keys, Plan, Set, View};
use crate::drm::{Content, HlsKey, SystemSignal};
use crate::error::Result;
use crate::keys::{KeyId, KeyPair, hex};
use crate::presentation::File;

/// The key formats whose clients read SAMPLE-AES in MPEG-TS and packed audio: a key in a file, and FairPlay.
const KEY_FORMATS: [&str; 2] = ["identity", "com.apple.streamingkeydelivery"];

impl View<'_> {
    /// What clients of the stream are told of the keys of its samples; nothing where they are clear.
    pub(super) fn signals(&self, plan: &Plan, which: Keys) -> Vec<SystemSignal> {
        let all = self.all_signals(plan, which).expect("the plan was checked when it was made");
        let transport = self.samples().filter(|_| self.stream.container.is_transport());
        let Some((samples, keys)) = transport else { return all };
        let kid = plan.pair(which.of(keys)[0]).kid;
        all.into_iter().filter_map(|signal| in_transport(signal, &plan.options, kid, samples.constant_iv)).collect()
    }

    /// What all DRM systems say of them, whether or not their clients read the stream's container.
    pub(super) fn all_signals(&self, plan: &Plan, which: Keys) -> Result<Vec<SystemSignal>> {
        let Some((samples, keys)) = self.samples() else { return Ok(Vec::new()) };
        let period = match which {
            Keys::OfPeriod(period) if keys.len() > 1 => Some(u32::try_from(period).unwrap_or(u32::MAX)),
            Keys::All | Keys::OfPeriod(_) => None,
        };
        plan.options.drm.signals(&Content {
            scheme: samples.scheme,
            keys: &distinct(which.of(keys).iter().map(|&key| plan.pair(key))),
            all_keys: &distinct(plan.keys.iter().map(|key| &key.pair)),
            crypto_period_index: period,
            in_hls: self.set.target != Target::Dash,
        })
    }
}

/// The keys, each id once.
fn distinct<'a>(keys: impl Iterator<Item = &'a KeyPair>) -> Vec<KeyPair> {
    let mut pairs: Vec<KeyPair> = Vec::new();
    for pair in keys {
        if pairs.iter().all(|known| known.kid != pair.kid) {
            pairs.push(pair.clone());
        }
    }
    pairs
}

/// What clients of SAMPLE-AES in MPEG-TS and packed audio are told; `None` where they don't know the system.
fn in_transport(mut signal: SystemSignal, options: &Options, kid: KeyId, iv: [u8; 16]) -> Option<SystemSignal> {
    if signal.hls_lines.is_empty() {
        let key = signal.hls_key.as_mut().filter(|key| KEY_FORMATS.contains(&key.key_format))?;
        if let Some(place) = key_place(options).filter(|_| is_identity(key)) {
            key.uri = key_uri(options, &place, kid);
        }
        return Some(signal);
    }
    for lines in [&mut signal.hls_lines, &mut signal.hls_session_lines] {
        *lines = lines.iter().filter_map(|line| given_line(line, iv)).collect();
    }
    Some(signal).filter(|signal| !signal.hls_lines.is_empty())
}

/// Whether the key is that of no DRM system.
pub(super) fn is_identity(key: &HlsKey) -> bool {
    key.key_format == "identity"
}

/// A key server's line, if a client of these containers knows its key's format; with the IV, which it needn't say of
/// fMP4.
fn given_line(line: &str, iv: [u8; 16]) -> Option<String> {
    let (_, attributes) = line.split_once(':')?;
    let format =
        attributes.split_once("KEYFORMAT=\"").map_or("identity", |(_, rest)| rest.split('"').next().unwrap_or(""));
    let has_iv = attributes.starts_with("IV=") || attributes.contains(",IV=");
    KEY_FORMATS.contains(&format).then(|| match has_iv {
        true => line.to_owned(),
        false => format!("{line},IV=0x{}", hex(&iv).to_ascii_uppercase()),
    })
}

/// Where the key of no DRM system is; `None` where nothing says it.
pub(super) fn key_place(options: &Options) -> Option<KeyPlace> {
    let clear_key = options.drm.options.clearkey.as_ref();
    let uri = clear_key.and_then(|settings| settings.hls_key_uri.clone()).map(KeyPlace::Uri);
    options.hls_key_place().or(uri)
}

/// Where clients find a key, as a media playlist says it.
pub(super) fn key_uri(options: &Options, place: &KeyPlace, kid: KeyId) -> String {
    match place {
        KeyPlace::Uri(template) => template.replace("{kid}", &kid.to_hex()).replace("{uuid}", &kid.to_uuid()),
        // Media playlists stand in their tracks' folders, those of single files beside the key files.
        KeyPlace::Files if options.single_file => File::Key(kid).to_string(),
        KeyPlace::Files => format!("../{}", File::Key(kid)),
    }
}

/// Whether keys stand in files beside the playlists of a target.
pub(super) fn has_key_files(options: &Options, set: &Set) -> bool {
    let of_segments = set.protection.segments().map(|segments| segments.place.clone());
    let of_samples = set.protection.samples().filter(|_| set.has_transport()).and_then(|_| options.hls_key_place());
    of_segments.or(of_samples) == Some(KeyPlace::Files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_key_server_says_the_iv_or_is_left_out() {
        let iv = [0xab; 16];
        let line = |text: &str| given_line(text, iv);
        let fairplay = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://a\",KEYFORMAT=\"com.apple.streamingkeydelivery\"";
        assert_eq!(line(fairplay), Some(format!("{fairplay},IV=0x{}", "AB".repeat(16))));
        let own = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",IV=0x01";
        assert_eq!(line(own).as_deref(), Some(own));
        assert_eq!(line("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",KEYFORMAT=\"com.microsoft.playready\""), None);
    }
}
