//! Outputs: files in the origin private file system, written straight from wasm memory, or whatever
//! the host writes for us.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemSyncAccessHandle,
};

use super::failure::{to_failure, write_failure};
use crate::error::{Code, Error};

#[wasm_bindgen]
extern "C" {
    /// A sink of the host's: `write(path, bytes)` promises that the file is written. The bytes are the
    /// host's to keep.
    pub type HostSink;

    #[wasm_bindgen(method, catch)]
    fn write(this: &HostSink, path: &str, bytes: Uint8Array) -> Result<Promise, JsValue>;
}

/// Where files go.
pub(super) enum Sink {
    Opfs(OpfsFolder),
    Host(HostSink),
}

impl Sink {
    pub(super) fn opfs(root: FileSystemDirectoryHandle) -> Self {
        Self::Opfs(OpfsFolder { root, folders: RefCell::default() })
    }

    /// Writes one whole file.
    pub(super) async fn write(&self, path: &str, bytes: &[u8]) -> Result<(), JsValue> {
        let written = match self {
            Self::Opfs(folder) => folder.write(path, bytes).await,
            Self::Host(host) => match host.write(path, Uint8Array::from(bytes)) {
                Ok(promise) => JsFuture::from(promise).await.map(drop),
                Err(thrown) => Err(thrown),
            },
        };
        written.map_err(|thrown| write_failure(thrown, path))
    }
}

/// A folder of the origin private file system; the handles of its sub-folders are kept.
pub(super) struct OpfsFolder {
    root: FileSystemDirectoryHandle,
    folders: RefCell<HashMap<String, FileSystemDirectoryHandle>>,
}

impl OpfsFolder {
    async fn write(&self, path: &str, bytes: &[u8]) -> Result<(), JsValue> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let folder = self.folder(folder).await?;
        let file = JsFuture::from(folder.get_file_handle_with_options(name, &options)).await?;
        let file: FileSystemFileHandle = file.unchecked_into();
        let handle: FileSystemSyncAccessHandle =
            JsFuture::from(file.create_sync_access_handle()).await?.unchecked_into();
        // The handle locks the file: it is closed whatever happens.
        let written = write_all(&handle, bytes);
        handle.close();
        written
    }

    /// The folder of this path below the root, made where it isn't there.
    async fn folder(&self, path: &str) -> Result<FileSystemDirectoryHandle, JsValue> {
        if let Some(known) = self.folders.borrow().get(path) {
            return Ok(known.clone());
        }
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let mut folder = self.root.clone();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            folder = JsFuture::from(folder.get_directory_handle_with_options(name, &options)).await?.unchecked_into();
        }
        self.folders.borrow_mut().insert(path.to_owned(), folder.clone());
        Ok(folder)
    }
}

fn write_all(handle: &FileSystemSyncAccessHandle, bytes: &[u8]) -> Result<(), JsValue> {
    handle.truncate_with_u32(0)?;
    let written = handle.write_with_u8_array(bytes)?;
    if written < super::source::number(bytes.len() as u64) {
        // A full disk may end a write early instead of throwing.
        let message = format!("only {written} of {} bytes could be written", bytes.len());
        return Err(to_failure(Error::new(Code::OutputNoSpace, message)));
    }
    Ok(())
}
