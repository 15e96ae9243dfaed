//! Adobe Primetime, whose data (metadata signed by Adobe's server) can only be given.

use super::given_pssh::{self, pssh_of};
use super::{About, Content, DrmSystem, GivenPssh, SystemSignal};
use crate::error::Result;
use crate::options::options;
use crate::options::read::Reader;

/// `f239e769-efa3-4850-9c16-a903c6932efb`.
pub const ID: [u8; 16] = 0xf239_e769_efa3_4850_9c16_a903_c693_2efb_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About { needs_data: true, ..About::new("Primetime", &[ID]) };

options! {
    /// How Primetime is signalled.
    pub struct Settings = "PrimetimeOptions" {
        /// Its data, which must be given here or in `drm.pssh`.
        pub pssh: Option<Vec<GivenPssh>> = "pssh", pssh_of(|text| GivenPssh::parse(text, Some(ID))).optional(),
            { label: "Data of the pssh box" };
    }
}

impl DrmSystem for Settings {
    fn pssh(&self) -> &[GivenPssh] {
        self.pssh.as_deref().unwrap_or_default()
    }

    fn signal(&self, _: Option<&str>, given: &[&GivenPssh], _: &Content<'_>) -> Result<SystemSignal> {
        Ok(given_pssh::signal(ID, given))
    }
}
