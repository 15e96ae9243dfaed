//! Inputs: a `Blob` read in a worker, or whatever the host reads for us.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::blob::{BlobAccess, copy};
use super::failure::read_failure;
use super::number::number;

#[wasm_bindgen]
extern "C" {
    /// Random access that the host gives: `read(offset, length)` promises a `Uint8Array`.
    pub type HostSource;

    #[wasm_bindgen(method, catch)]
    fn read(this: &HostSource, offset: f64, length: f64) -> Result<Promise, JsValue>;
}

/// A file with its bytes.
pub(super) struct Source {
    name: String,
    access: Access,
}

enum Access {
    Blob(BlobAccess),
    Host(HostSource),
}

impl Source {
    pub(super) fn blob(name: String, blob: Blob) -> Result<Self, JsValue> {
        Ok(Self { name, access: Access::Blob(BlobAccess::new(blob)?) })
    }

    pub(super) fn host(name: String, host: HostSource) -> Self {
        Self { name, access: Access::Host(host) }
    }

    /// Fills `place` with the bytes from `offset` on.
    pub(super) async fn read(&self, offset: u64, place: &mut [u8]) -> Result<(), JsValue> {
        self.access.read(place, offset).await.map_err(|thrown| read_failure(thrown, &self.name, offset))
    }
}

impl Access {
    async fn read(&self, place: &mut [u8], offset: u64) -> Result<(), JsValue> {
        match self {
            Self::Blob(blob) => blob.read(place, offset).await,
            Self::Host(host) => {
                let read = JsFuture::from(host.read(number(offset), number(place.len() as u64))?).await?;
                copy(&read.dyn_into::<Uint8Array>()?, place)
            }
        }
    }
}
