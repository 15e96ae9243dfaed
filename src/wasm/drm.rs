//! The façade's `DrmOptions`: a system that is named is chosen, be it with nothing in it.

use serde::Deserialize;

use crate::drm::playready::HeaderVersion;
use crate::drm::{GivenPssh, Placement, Settings, System};
use crate::error::Result;

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
    pssh: Vec<String>,
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

impl DrmOptions {
    pub(super) fn apply(self, settings: &mut Settings) -> Result<()> {
        settings.content_id = self.content_id;
        if let Some(placement) = &self.pssh_placement {
            settings.placement = Placement::parse(placement)?;
        }
        for text in &self.pssh {
            settings.give(GivenPssh::parse(text, None)?);
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
