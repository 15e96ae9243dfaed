//! Inputs: a `Blob` read synchronously in a worker, or whatever the host reads for us.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileReaderSync};

use super::failure::{read_failure, to_failure};
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
    /// The File API in a worker: a slice is read without a turn of the event loop.
    Blob(Blob, FileReaderSync),
    Host(HostSource),
}

impl Source {
    pub(super) fn blob(name: String, blob: Blob) -> Result<Self, JsValue> {
        let size = size(blob.size())?;
        Ok(Self { name, size, parts: vec![Part { size, access: Access::Blob(blob, FileReaderSync::new()?) }] })
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
        let mut bytes = Vec::new();
        let (mut from, end) = (offset, offset + length);
        let mut start = 0;
        for part in &self.parts {
            let stop = start + part.size;
            if from < stop && from < end {
                let until = end.min(stop);
                let read = self.read_part(part, from - start, until - from).await?;
                // One part is the rule: its bytes are not copied again.
                if bytes.is_empty() {
                    bytes = read
                } else {
                    bytes.extend(read)
                }
                from = until;
            }
            start = stop;
        }
        if bytes.len() as u64 != length {
            let message = format!("{} bytes were read where {length} were asked for", bytes.len());
            return Err(to_failure(Error::new(Code::InputReadFailed, message).input(&self.name).at(offset)));
        }
        Ok(bytes)
    }

    async fn read_part(&self, part: &Part, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        let failed = |thrown| read_failure(thrown, &self.name, offset);
        let bytes = match &part.access {
            Access::Blob(blob, reader) => {
                let slice = blob.slice_with_f64_and_f64(number(offset), number(offset + length)).map_err(failed)?;
                Uint8Array::new(&reader.read_as_array_buffer(&slice).map_err(failed)?.into())
            }
            Access::Host(host) => {
                let promise = host.read(number(offset), number(length)).map_err(failed)?;
                let read = JsFuture::from(promise).await.map_err(failed)?;
                read.dyn_into::<Uint8Array>().map_err(failed)?
            }
        };
        Ok(bytes.to_vec())
    }
}

/// A size that JavaScript states.
pub(super) fn size(bytes: f64) -> Result<u64, JsValue> {
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
