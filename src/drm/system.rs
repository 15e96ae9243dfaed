//! The systems and their ids, as the registry of DASH-IF has them
//! (<https://dashif.org/identifiers/content_protection/>).

use super::{clearkey, common, fairplay, marlin, playready, primetime, widevine, wiseplay};
use crate::error::{Code, Error, Result};

/// A DRM system that this module knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Google's.
    Widevine,
    /// Microsoft's.
    PlayReady,
    /// Apple's.
    FairPlay,
    /// Huawei's.
    WisePlay,
    /// Intertrust's.
    Marlin,
    /// Adobe's.
    Primetime,
    /// Keys in the clear, as every browser takes them.
    ClearKey,
    /// The W3C common system: key ids for whichever system.
    Common,
}

impl System {
    /// Every system, in the order in which manifests list them.
    pub const ALL: [Self; 8] = [
        Self::Widevine,
        Self::PlayReady,
        Self::FairPlay,
        Self::WisePlay,
        Self::Marlin,
        Self::Primetime,
        Self::ClearKey,
        Self::Common,
    ];

    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Widevine => "widevine",
            Self::PlayReady => "playready",
            Self::FairPlay => "fairplay",
            Self::WisePlay => "wiseplay",
            Self::Marlin => "marlin",
            Self::Primetime => "primetime",
            Self::ClearKey => "clearkey",
            Self::Common => "common",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|system| system.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Error::new(Code::OptionInvalid, format!("{text:?} is no DRM system; known are {known}")).option("drm")
        })
    }

    /// The ids that its `pssh` boxes are found with; the first is the one that is written.
    pub const fn ids(self) -> &'static [[u8; 16]] {
        match self {
            Self::Widevine => &[widevine::ID],
            Self::PlayReady => &[playready::ID],
            Self::FairPlay => &[fairplay::ID, fairplay::SAFARI_ID],
            Self::WisePlay => &[wiseplay::ID],
            Self::Marlin => &[marlin::PSSH_ID, marlin::ID],
            Self::Primetime => &[primetime::ID],
            Self::ClearKey => &[clearkey::ID],
            Self::Common => &[common::ID],
        }
    }

    /// The system that has this id.
    pub fn of_id(id: &[u8; 16]) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.ids().contains(id))
    }
}
