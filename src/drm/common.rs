//! The W3C common system, "cenc" Initialization Data Format, clause 4.
//!
//! Its box lists key ids and holds nothing else, so that any key system can read it; the format wants it
//! in all new content.

use super::given_pssh::pssh_of;
use super::{About, Content, Descriptor, DrmSystem, Element, GivenPssh, SystemSignal};
use crate::error::Result;
use crate::keys::KeyId;
use crate::mp4::pssh::Pssh;
use crate::options::options;
use crate::options::read::Reader;

/// `1077efec-c0b2-4d02-ace3-3c1e52e2fb4b`.
pub const ID: [u8; 16] = 0x1077_efec_c0b2_4d02_ace3_3c1e_52e2_fb4b_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About::new("W3C common", &[ID]);

/// The `pssh` box: version 1, all key ids, no data.
pub fn pssh(kids: &[KeyId]) -> Vec<u8> {
    Pssh { system_id: ID, kids: kids.iter().map(|kid| kid.0).collect(), data: Vec::new() }.to_bytes()
}

options! {
    /// What the W3C common system is told.
    pub struct Settings = "CommonOptions" {
        /// Its box, to use in place of the one that would be made.
        pub pssh: Option<Vec<GivenPssh>> = "pssh", pssh_of(|text| GivenPssh::parse(text, Some(ID))).optional();
    }
}

impl DrmSystem for Settings {
    fn pssh(&self) -> &[GivenPssh] {
        self.pssh.as_deref().unwrap_or_default()
    }

    fn signal(&self, _: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let pssh = GivenPssh::or_made(given, || pssh(&content.kids()));
        let elements = pssh.iter().cloned().map(Element::Pssh).collect();
        let descriptor = Some(Descriptor { system_id: ID, value: None, elements });
        Ok(SystemSignal { pssh, descriptor, ..SystemSignal::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn the_box_of_the_w3c_example() {
        // "cenc" Initialization Data Format, section 4.1: the example box, one key id.
        let kid = KeyId(*b"0123456789012345");
        let expected = hex!(
            "00000034 70737368 01000000 1077efecc0b24d02ace33c1e52e2fb4b 00000001"
            "30313233343536373839303132333435 00000000"
        );
        assert_eq!(pssh(&[kid]), expected);
    }
}
