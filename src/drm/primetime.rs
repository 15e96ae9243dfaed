//! Adobe Primetime, whose data (metadata signed by Adobe's server) can only be given.

use super::{GivenPssh, SystemSignal};
use crate::error::{Code, Error, Result};

/// `f239e769-efa3-4850-9c16-a903c6932efb`.
pub const ID: [u8; 16] = 0xf239_e769_efa3_4850_9c16_a903_c693_2efb_u128.to_be_bytes();

pub(super) fn signal(given: &[&GivenPssh]) -> Result<SystemSignal> {
    if given.is_empty() {
        return Err(Error::new(Code::DrmDataMissing, "Primetime's data is not given").option("drm.primetime"));
    }
    Ok(super::given::signal(ID, given))
}
