//! The façade's `DrmOptions`: a system that is named is chosen, be it with nothing in it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::drm::playready::HeaderVersion;
use crate::drm::{GivenPssh, Placement, Settings, System, Told};
use crate::error::Result;
use crate::keys::KeyId;

/// Which DRM systems are signalled, and how.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DrmOptions {
    content_id: Option<String>,
    widevine: Option<Widevine>,
    playready: Option<PlayReady>,
    fairplay: Option<FairPlay>,
    wiseplay: Option<Given>,
    marlin: Option<Given>,
    primetime: Option<Given>,
    clearkey: Option<ClearKey>,
    common: Option<Given>,
    #[serde(default)]
    pssh: Vec<GivenShape>,
    #[serde(default)]
    signals: Vec<SignalShape>,
    pssh_placement: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Widevine {
    provider: Option<String>,
    license_url: Option<String>,
    protection_scheme: Option<bool>,
    algorithm: Option<bool>,
    pssh: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlayReady {
    license_url: Option<String>,
    license_ui_url: Option<String>,
    domain_service_id: Option<String>,
    custom_attributes: Option<String>,
    header_version: Option<String>,
    pssh: Option<String>,
}

#[derive(Deserialize)]
struct FairPlay {
    uri: Option<String>,
    /// URIs by key id.
    #[serde(default)]
    uris: BTreeMap<String, String>,
    /// Whether a box is written; to give one there is `drm.pssh`.
    pssh: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClearKey {
    license_url: Option<String>,
    hls_key_uri: Option<String>,
}

/// A system that has no settings but its data.
#[derive(Deserialize)]
struct Given {
    pssh: Option<String>,
}

/// Data, with the key that it is for where it doesn't say so itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum GivenShape {
    Any(String),
    ForKey { kid: String, pssh: String },
}

/// What a key server says that a system's clients are to be told of a key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignalShape {
    system_id: String,
    kid: String,
    content_protection: Option<String>,
    hls_media: Option<String>,
    hls_multivariant: Option<String>,
    key_uri: Option<String>,
    key_format: Option<String>,
}

impl SignalShape {
    fn read(&self) -> Result<Told> {
        let mut told = Told::new(KeyId::parse(&self.system_id)?.0, KeyId::parse(&self.kid)?);
        if let Some(xml) = &self.content_protection {
            told.set_content_protection(xml)?;
        }
        if let Some(lines) = &self.hls_media {
            told.set_hls_media(lines)?;
        }
        if let Some(lines) = &self.hls_multivariant {
            told.set_hls_multivariant(lines)?;
        }
        if let Some(uri) = &self.key_uri {
            told.set_key_uri(uri, self.key_format.as_deref())?;
        }
        Ok(told)
    }
}

impl GivenShape {
    fn read(&self) -> Result<Vec<GivenPssh>> {
        match self {
            Self::Any(text) => GivenPssh::parse(text, None),
            Self::ForKey { kid, pssh } => {
                let kid = KeyId::parse(kid)?;
                Ok(GivenPssh::parse(pssh, None)?.into_iter().map(|given| given.for_key(kid)).collect())
            }
        }
    }
}

impl DrmOptions {
    pub(super) fn apply(self, settings: &mut Settings) -> Result<()> {
        settings.content_id = self.content_id;
        if let Some(placement) = &self.pssh_placement {
            settings.placement = Placement::parse(placement)?;
        }
        for given in &self.pssh {
            settings.give(given.read()?);
        }
        for signal in &self.signals {
            settings.tell(signal.read()?)?;
        }
        if let Some(widevine) = self.widevine {
            give(settings, System::Widevine, widevine.pssh)?;
            let chosen = settings.widevine.get_or_insert_default();
            chosen.provider = widevine.provider;
            chosen.license_url = widevine.license_url;
            chosen.protection_scheme = widevine.protection_scheme.unwrap_or(chosen.protection_scheme);
            chosen.algorithm = widevine.algorithm.unwrap_or(chosen.algorithm);
        }
        if let Some(playready) = self.playready {
            give(settings, System::PlayReady, playready.pssh)?;
            let chosen = settings.playready.get_or_insert_default();
            chosen.license_url = playready.license_url;
            chosen.license_ui_url = playready.license_ui_url;
            chosen.domain_service_id = playready.domain_service_id;
            chosen.custom_attributes = playready.custom_attributes;
            chosen.header_version = playready.header_version.map(|text| HeaderVersion::parse(&text)).transpose()?;
        }
        if let Some(fairplay) = self.fairplay {
            let chosen = settings.fairplay.get_or_insert_default();
            chosen.uri = fairplay.uri.unwrap_or_else(|| chosen.uri.clone());
            chosen.pssh = fairplay.pssh.unwrap_or(chosen.pssh);
            for (kid, uri) in fairplay.uris {
                chosen.uris.insert(KeyId::parse(&kid)?, uri);
            }
        }
        if let Some(clearkey) = self.clearkey {
            let chosen = settings.clear_key.get_or_insert_default();
            chosen.license_url = clearkey.license_url;
            chosen.hls_key_uri = clearkey.hls_key_uri;
        }
        let others = [
            (System::WisePlay, self.wiseplay),
            (System::Marlin, self.marlin),
            (System::Primetime, self.primetime),
            (System::Common, self.common),
        ];
        for (system, given) in others.into_iter().filter_map(|(system, given)| Some((system, given?))) {
            give(settings, system, given.pssh)?;
        }
        Ok(())
    }
}

/// Chooses a system, with data of its own if there is.
fn give(settings: &mut Settings, system: System, pssh: Option<String>) -> Result<()> {
    settings.choose(system);
    if let Some(text) = pssh {
        settings.give(GivenPssh::parse(&text, Some(system.ids()[0]))?);
    }
    Ok(())
}
