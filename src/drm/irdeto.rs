//! Irdeto Control, whose data a key server gives.

use super::given_pssh::{self, pssh_of};
use super::{About, Content, DrmSystem, GivenPssh, SystemSignal};
use crate::error::Result;
use crate::options::options;
use crate::options::read::Reader;

/// `80a6be7e-1448-4c37-9e70-d5aebe04c8d2`.
pub const ID: [u8; 16] = 0x80a6_be7e_1448_4c37_9e70_d5ae_be04_c8d2_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About { needs_data: true, ..About::new("Irdeto", &[ID]) };

options! {
    /// How Irdeto Control is signalled.
    pub struct Settings = "IrdetoOptions" {
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
