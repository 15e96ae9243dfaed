//! Verification and reading of manifests, over files that the host reads.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::failure::{read_failure, to_failure};
use super::number::{number, size};
use super::{to_js, value};
use crate::error::{Code, Error};
use crate::manifest::{Files, track_files};
use crate::options::{At, Shape};
use crate::verify::{Options, verify};

#[wasm_bindgen]
extern "C" {
    /// Files by their paths: `size(path)` promises a number, or `undefined` for a file that isn't there;
    /// `read(path, offset, length)` promises a `Uint8Array`.
    pub type HostFiles;

    #[wasm_bindgen(method, catch)]
    fn size(this: &HostFiles, path: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &HostFiles, path: &str, offset: f64, length: f64) -> Result<Promise, JsValue>;
}

impl Files for HostFiles {
    type Error = JsValue;

    async fn size(&self, path: &str) -> Result<Option<u64>, JsValue> {
        let failed = |thrown| read_failure(thrown, path, 0);
        let answer = JsFuture::from(HostFiles::size(self, path).map_err(failed)?).await.map_err(failed)?;
        answer.as_f64().map(size).transpose()
    }

    async fn read(&self, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        let failed = |thrown| read_failure(thrown, path, offset);
        let promise = HostFiles::read(self, path, number(offset), number(length)).map_err(failed)?;
        let bytes = JsFuture::from(promise).await.map_err(failed)?.dyn_into::<Uint8Array>().map_err(failed)?;
        if u64::from(bytes.length()) != length {
            let message =
                message!("{length_2} bytes were read where {length} were asked for", length_2 = bytes.length(), length);
            return Err(to_failure(Error::new(Code::InputReadFailed, message).input(path).at(offset)));
        }
        Ok(bytes.to_vec())
    }
}

/// Verifies the manifests and every file that they name.
#[wasm_bindgen(js_name = verifyFiles)]
pub async fn verify_files(files: HostFiles, options: JsValue) -> Result<JsValue, JsValue> {
    let options = Options::read(&value(options)?, At::ROOT)?;
    Ok(to_js(&verify(&files, &options).await?))
}

/// The tracks that a manifest lists, by their files.
#[wasm_bindgen(js_name = manifestTracks)]
pub async fn manifest_tracks(files: HostFiles, path: &str) -> Result<JsValue, JsValue> {
    Ok(to_js(&track_files(&files, path).await?))
}
