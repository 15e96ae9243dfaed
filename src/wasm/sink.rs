//! Outputs: files in the origin private file system, written straight from wasm memory, or whatever
//! the host writes for us.

use std::cell::RefCell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use super::failure::{to_failure, write_failure};
use super::number::number;
use crate::error::{Code, Error};
use crate::job::Place;

#[wasm_bindgen]
extern "C" {
    /// A sink of the host's: `write(path, bytes)` promises that the file is written. The bytes are the
    /// host's to keep.
    pub type HostSink;

    #[wasm_bindgen(method, catch)]
    fn write(this: &HostSink, path: &str, bytes: Uint8Array) -> Result<Promise, JsValue>;

    /// Writes a part of a file, for sinks that can: `writeAt(path, offset, bytes)`.
    #[wasm_bindgen(method, catch, js_name = writeAt)]
    fn write_at(this: &HostSink, path: &str, offset: f64, bytes: Uint8Array) -> Result<Promise, JsValue>;
}

/// Where files go.
pub(super) enum Sink {
    Opfs(OpfsFolder),
    Host(HostSink),
}

impl Sink {
    pub(super) fn opfs(root: FileSystemDirectoryHandle) -> Self {
        Self::Opfs(OpfsFolder { root, folders: RefCell::default(), open: RefCell::default() })
    }

    pub(super) fn host(host: HostSink) -> Self {
        Self::Host(host)
    }

    /// Writes a file or a part of one.
    pub(super) async fn write(&self, path: &str, place: Place, bytes: &[u8]) -> Result<(), JsValue> {
        let written = match self {
            Self::Opfs(folder) => folder.write(path, place, bytes).await,
            Self::Host(host) => {
                settle(match place {
                    Place::Whole => host.write(path, Uint8Array::from(bytes)),
                    Place::At { offset, .. } => host.write_at(path, number(offset), Uint8Array::from(bytes)),
                })
                .await
            }
        };
        written.map_err(|thrown| write_failure(thrown, path))
    }
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<(), JsValue> {
    JsFuture::from(promise?).await.map(drop)
}

/// A folder of the origin private file system; the handles of its sub-folders are kept, and those of
/// files that are written part by part.
pub(super) struct OpfsFolder {
    root: FileSystemDirectoryHandle,
    folders: RefCell<ByPath<FileSystemDirectoryHandle>>,
    open: RefCell<ByPath<FileSystemSyncAccessHandle>>,
}

impl OpfsFolder {
    async fn write(&self, path: &str, place: Place, bytes: &[u8]) -> Result<(), JsValue> {
        match place {
            Place::Whole => {
                let handle = self.open(path).await?;
                // The handle locks the file: it is closed whatever happens.
                let written = handle.truncate_with_u32(0).and_then(|()| write_all(&handle, 0, bytes));
                handle.close();
                written
            }
            Place::At { offset, is_last } => {
                let handle = self.kept_open(path).await?;
                let written = write_all(&handle, offset, bytes);
                if is_last {
                    self.close(path);
                }
                written
            }
        }
    }

    async fn open(&self, path: &str) -> Result<FileSystemSyncAccessHandle, JsValue> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let folder = self.folder(folder).await?;
        let file = JsFuture::from(folder.get_file_handle_with_options(name, &options)).await?;
        let file: FileSystemFileHandle = file.unchecked_into();
        Ok(JsFuture::from(file.create_sync_access_handle()).await?.unchecked_into())
    }

    async fn kept_open(&self, path: &str) -> Result<FileSystemSyncAccessHandle, JsValue> {
        if let Some(handle) = self.open.borrow().get(path) {
            return Ok(handle.clone());
        }
        let handle = self.open(path).await?;
        self.open.borrow_mut().insert(path, handle.clone());
        Ok(handle)
    }

    fn close(&self, path: &str) {
        if let Some(handle) = self.open.borrow_mut().remove(path) {
            handle.close();
        }
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
        self.folders.borrow_mut().insert(path, folder.clone());
        Ok(folder)
    }
}

impl Drop for OpfsFolder {
    /// An open handle locks its file: none outlives the job.
    fn drop(&mut self) {
        for (_, handle) in &self.open.get_mut().0 {
            handle.close();
        }
    }
}

/// What belongs to the paths of a few files or folders.
struct ByPath<T>(Vec<(String, T)>);

impl<T> Default for ByPath<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByPath<T> {
    fn get(&self, path: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, value)| value)
    }

    fn insert(&mut self, path: &str, value: T) {
        self.0.push((path.to_owned(), value));
    }

    fn remove(&mut self, path: &str) -> Option<T> {
        let index = self.0.iter().position(|(known, _)| known == path)?;
        Some(self.0.swap_remove(index).1)
    }
}

fn write_all(handle: &FileSystemSyncAccessHandle, offset: u64, bytes: &[u8]) -> Result<(), JsValue> {
    let at = FileSystemReadWriteOptions::new();
    at.set_at(number(offset));
    let written = handle.write_with_u8_array_and_options(bytes, &at)?;
    if written < number(bytes.len() as u64) {
        // A full disk may end a write early instead of throwing.
        let message = message!("only {written} of {bytes} bytes could be written", written, bytes = bytes.len());
        return Err(to_failure(Error::new(Code::OutputNoSpace, message)));
    }
    Ok(())
}
