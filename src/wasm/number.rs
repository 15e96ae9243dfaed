//! Numbers that cross to JavaScript.

use wasm_bindgen::JsValue;

use super::failure::to_failure;
use crate::error::{Code, Error};

/// A size that JavaScript states.
pub(super) fn size(bytes: f64) -> Result<u64, JsValue> {
    if !(0.0..=MAX_SAFE_INTEGER).contains(&bytes) {
        return Err(to_failure(Error::new(Code::InputReadFailed, message!("the input has no size"))));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^53")]
    let size = bytes as u64;
    Ok(size)
}

/// The largest whole number up to which all are exact.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// An offset within a source, which is at most 2^53.
pub(super) fn number(value: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53, so exact")]
    let value = value as f64;
    value
}
