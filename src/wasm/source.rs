//! Inputs: a `Blob` read in a worker, or whatever the host reads for us.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::blob::BlobAccess;
use super::failure::{read_failure, to_failure};
use super::number::{number, size};
use crate::error::{Code, Error};
use crate::mp4::FourCc;
use crate::mp4::header::may_begin_a_media_segment;

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
    /// What it is made of: one file, or an init segment with its media segments.
    parts: Vec<Part>,
}

struct Part {
    size: u64,
    access: Access,
}

enum Access {
    Blob(BlobAccess),
    Host(HostSource),
}

impl Source {
    pub(super) fn blob(name: String, blob: Blob) -> Result<Self, JsValue> {
        let size = size(blob.size())?;
        Ok(Self { name, size, parts: vec![Part { size, access: Access::Blob(BlobAccess::new(blob)?) }] })
    }

    pub(super) fn host(name: String, size_in_bytes: f64, host: HostSource) -> Result<Self, JsValue> {
        let size = size(size_in_bytes)?;
        Ok(Self { name, size, parts: vec![Part { size, access: Access::Host(host) }] })
    }

    /// Appends the file of a media segment: both are read as one.
    pub(super) fn append(&mut self, segment: Self) {
        self.size += segment.size;
        self.parts.extend(segment.parts);
    }

    /// Whether the file is a media segment, which wants the init segment before it.
    pub(super) async fn is_media_segment(&self) -> Result<bool, JsValue> {
        if self.size < 8 {
            return Ok(false);
        }
        let head = self.read(0, 8).await?;
        Ok(may_begin_a_media_segment(FourCc(head[4..].try_into().expect("four of eight bytes"))))
    }

    /// The bytes of a range that lies within the source.
    pub(super) async fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        self.read_into(Vec::new(), offset, length).await
    }

    /// The same, in memory that held something else before.
    pub(super) async fn read_into(&self, mut bytes: Vec<u8>, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        let failed = |thrown| read_failure(thrown, &self.name, offset);
        bytes.resize(
            usize::try_from(length).map_err(|_| failed(js_sys::RangeError::new("the range is too long").into()))?,
            0,
        );
        let (mut rest, mut at, mut start) = (&mut bytes[..], offset, 0);
        for part in &self.parts {
            let stop = start + part.size;
            if at < stop && !rest.is_empty() {
                let size = rest.len().min(usize::try_from(stop - at).unwrap_or(usize::MAX));
                let (place, after) = rest.split_at_mut(size);
                part.access.read(place, at - start).await.map_err(failed)?;
                (rest, at) = (after, at + size as u64);
            }
            start = stop;
        }
        if !rest.is_empty() {
            let message = format!("{} bytes lie beyond the end", rest.len());
            return Err(to_failure(Error::new(Code::InputReadFailed, message).input(&self.name).at(offset)));
        }
        Ok(bytes)
    }
}

impl Access {
    /// Fills `place` with the bytes from `offset` on.
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

/// Copies what was read, if it is as much as was asked for.
pub(super) fn copy(read: &Uint8Array, place: &mut [u8]) -> Result<(), JsValue> {
    if read.length() as usize != place.len() {
        let message = format!("{} bytes were read where {} were asked for", read.length(), place.len());
        return Err(js_sys::Error::new(&message).into());
    }
    read.copy_to(place);
    Ok(())
}
