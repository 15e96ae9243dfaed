//! MPEG-2 AAC (ISO/IEC 13818-7) in `mp4a`: configured as MPEG-4's, and named by its profile.

use super::aac;
use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, Hls, Kind};

/// MPEG-2 AAC. Its sample entry, `mp4a`, stands with MPEG-4's.
pub const DESCRIPTION: Description =
    Description { name: "MPEG-2 AAC", kind: Kind::Audio, sample_entries: &[], schemes: ALL_SCHEMES, hls: Hls::NONE };

/// What `esds` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The `objectTypeIndication` of the profile: 0x66 main, 0x67 low complexity, 0x68 scalable sampling rate.
    pub object_type: u8,
    /// The AudioSpecificConfig.
    pub aac: aac::Config,
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        format!("mp4a.{:x}", self.object_type)
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        self.aac.begins_well(sample)
    }
}
