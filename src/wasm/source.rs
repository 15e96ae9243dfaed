//! Inputs: a `Blob` read synchronously in a worker, or whatever the host reads for us.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileReaderSync};

use super::failure::{read_failure, to_failure};
use crate::error::{Code, Error};

#[wasm_bindgen]
extern "C" {
    /// Random access that the host gives: `read(offset, length)` promises a `Uint8Array`.
    pub type HostSource;

    #[wasm_bindgen(method, catch)]
    fn read(this: &HostSource, offset: f64, length: f64) -> Result<Promise, JsValue>;
}

/// An input with its bytes.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) size: u64,
    access: Access,
}

enum Access {
    /// The File API in a worker: a slice is read without a turn of the event loop.
    Blob(Blob, FileReaderSync),
    Host(HostSource),
}

impl Source {
    pub(super) fn blob(name: String, blob: Blob) -> Result<Self, JsValue> {
        let size = size(blob.size())?;
        Ok(Self { name, size, access: Access::Blob(blob, FileReaderSync::new()?) })
    }

    pub(super) fn host(name: String, size_in_bytes: f64, host: HostSource) -> Result<Self, JsValue> {
        Ok(Self { name, size: size(size_in_bytes)?, access: Access::Host(host) })
    }

    /// The bytes of a range that lies within the source.
    pub(super) async fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        // Grows with what is read: a length found in a file allocates nothing by itself.
        let mut bytes = Vec::new();
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let size = if matches!(self.access, Access::Blob(..)) { (end - at).min(PIECE) } else { end - at };
            let piece = self.read_piece(at, size).await?;
            if u64::from(piece.length()) != size {
                let message = format!("{} bytes were read where {size} were asked for", piece.length());
                return Err(to_failure(Error::new(Code::InputReadFailed, message).input(&self.name).at(at)));
            }
            if bytes.is_empty() {
                bytes.reserve_exact(usize::try_from(length).unwrap_or_default());
            }
            let start = bytes.len();
            bytes.resize(start + piece.length() as usize, 0);
            piece.copy_to(&mut bytes[start..]);
            at += size;
        }
        Ok(bytes)
    }

    async fn read_piece(&self, offset: u64, length: u64) -> Result<Uint8Array, JsValue> {
        let failed = |thrown| read_failure(thrown, &self.name, offset);
        match &self.access {
            Access::Blob(blob, reader) => {
                let slice = blob.slice_with_f64_and_f64(number(offset), number(offset + length)).map_err(failed)?;
                Ok(Uint8Array::new(&reader.read_as_array_buffer(&slice).map_err(failed)?.into()))
            }
            Access::Host(host) => {
                let promise = host.read(number(offset), number(length)).map_err(failed)?;
                let read = JsFuture::from(promise).await.map_err(failed)?;
                read.dyn_into::<Uint8Array>().map_err(failed)
            }
        }
    }
}

/// How much of a file is read at once, in bytes: each piece is garbage until the browser collects it, and
/// pieces of a whole segment pile up.
const PIECE: u64 = 512 << 10;

/// A size that JavaScript states.
fn size(bytes: f64) -> Result<u64, JsValue> {
    if !(0.0..=MAX_SAFE_INTEGER).contains(&bytes) {
        return Err(to_failure(Error::new(Code::InputReadFailed, "the input has no size")));
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
