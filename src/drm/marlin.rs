//! Marlin: the content ids of its Adaptive Streaming specification, which are key ids with a prefix.
//!
//! They stand in the MPD. A box is written only where its data is given.

use super::given_pssh::pssh_of;
use super::{
    About, Content, Descriptor, DrmSystem, Element, GivenPssh, Namespace, OwnContent, OwnElement, SystemSignal,
};
use crate::error::Result;
use crate::keys::KeyId;
use crate::options::options;
use crate::options::read::Reader;

/// `5e629af5-38da-4063-8977-97ffbd9902d4`, the id in an MPD.
pub const ID: [u8; 16] = 0x5e62_9af5_38da_4063_8977_97ff_bd99_02d4_u128.to_be_bytes();

/// `69f908af-4816-46ea-910c-cd5dcccb0a3a`, the id in a `pssh` box.
pub const PSSH_ID: [u8; 16] = 0x69f9_08af_4816_46ea_910c_cd5d_cccb_0a3a_u128.to_be_bytes();

/// What is known of the system.
pub const ABOUT: About = About { namespace: Some(&NAMESPACE), ..About::new("Marlin", &[PSSH_ID, ID]) };

const NAMESPACE: Namespace =
    Namespace { attribute: "xmlns:mas", uri: "urn:marlin:mas:1-0:services:schemas:mpd", data: None };

options! {
    /// How Marlin is signalled.
    pub struct Settings = "MarlinOptions" {
        /// The data of its box; without there is none.
        pub pssh: Option<Vec<GivenPssh>> = "pssh", pssh_of(|text| GivenPssh::parse(text, Some(PSSH_ID))).optional(),
            { label: "Data of the pssh box" };
    }
}

impl DrmSystem for Settings {
    fn pssh(&self) -> &[GivenPssh] {
        self.pssh.as_deref().unwrap_or_default()
    }

    fn signal(&self, _: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal> {
        let pssh: Vec<Vec<u8>> = given.iter().map(|given| given.bytes().to_vec()).collect();
        let mut elements: Vec<Element> = pssh.iter().cloned().map(Element::Pssh).collect();
        elements.push(content_ids(&content.kids()));
        Ok(SystemSignal {
            pssh,
            descriptor: Some(Descriptor { system_id: ID, value: None, elements }),
            ..SystemSignal::default()
        })
    }
}

/// `mas:MarlinContentIds`: Marlin's names of key ids.
pub fn content_ids(kids: &[KeyId]) -> Element {
    let names = kids.iter().map(|kid| format!("urn:marlin:kid:{}", kid.to_hex())).collect();
    let content = OwnContent::Each("MarlinContentId", names);
    Element::Own(OwnElement { namespace: &NAMESPACE, name: "MarlinContentIds", content })
}
