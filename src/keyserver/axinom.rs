//! Axinom's key service: SPEKE 2 at a published address, with a tenant's id and its management key.

use super::service::{Address, Field, Help, KeyService, PASSWORD, Takes, USER};
use super::speke::{AUDIO_PRESET, Speke, VERSION, VIDEO_PRESET, presets_of, version};

/// What is known of the service.
pub(super) const ABOUT: KeyService = KeyService {
    name: "axinom",
    title: "Axinom Key Service",
    address: Address::Published("https://key-server-management.axprod.net/api/SpekeV2"),
    takes: &[Takes::Tracks, Takes::Rotation, Takes::Delivery],
    fields: &[
        Field { label: "Tenant id", help: Help::of("The id of your tenant."), ..USER },
        Field { label: "Management key", help: Help::of("The management key of your tenant."), ..PASSWORD },
        VERSION,
        VIDEO_PRESET,
        AUDIO_PRESET,
    ],
    make: |fields| {
        Ok(Box::new(Speke {
            url: fields.url()?,
            version: version(fields)?,
            authorization: fields.basic(),
            presets: presets_of(fields)?,
        }))
    },
};
