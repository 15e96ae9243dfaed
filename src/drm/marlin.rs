//! Marlin: the content ids of its Adaptive Streaming specification, which are key ids with a prefix.
//!
//! They stand in the MPD. A box is written only where its data is given.

use super::{Content, Descriptor, Element, GivenPssh, SystemSignal};

/// `5e629af5-38da-4063-8977-97ffbd9902d4`, the id in an MPD.
pub const ID: [u8; 16] = 0x5e62_9af5_38da_4063_8977_97ff_bd99_02d4_u128.to_be_bytes();

/// `69f908af-4816-46ea-910c-cd5dcccb0a3a`, the id in a `pssh` box.
pub const PSSH_ID: [u8; 16] = 0x69f9_08af_4816_46ea_910c_cd5d_cccb_0a3a_u128.to_be_bytes();

pub(super) fn signal(given: &[&GivenPssh], content: &Content<'_>) -> SystemSignal {
    let pssh: Vec<Vec<u8>> = given.iter().map(|given| given.bytes().to_vec()).collect();
    let mut elements: Vec<Element> = pssh.iter().cloned().map(Element::Pssh).collect();
    elements.push(Element::MarlinContentIds(content.kids()));
    SystemSignal {
        pssh,
        descriptor: Some(Descriptor { system_id: ID, value: None, elements }),
        ..SystemSignal::default()
    }
}
