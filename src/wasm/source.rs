//! Inputs: a `Blob` read in a worker, or whatever the host reads for us.

use std::cell::Cell;

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileReaderSync, ReadableStreamByobReader, ReadableStreamReadResult};

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
    Blob(BlobAccess),
    Host(HostSource),
}

impl Source {
    pub(super) fn blob(name: String, blob: Blob) -> Result<Self, JsValue> {
        let size = size(blob.size())?;
        let access = BlobAccess { blob, reader: FileReaderSync::new()?, buffer: Cell::default() };
        Ok(Self { name, size, access: Access::Blob(access) })
    }

    pub(super) fn host(name: String, size_in_bytes: f64, host: HostSource) -> Result<Self, JsValue> {
        Ok(Self { name, size: size(size_in_bytes)?, access: Access::Host(host) })
    }

    /// The bytes of a range that lies within the source.
    pub(super) async fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        self.read_into(Vec::new(), offset, length).await
    }

    /// The same, in memory that held something else before.
    pub(super) async fn read_into(&self, bytes: Vec<u8>, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        let failed = |thrown| read_failure(thrown, &self.name, offset);
        let bytes = match &self.access {
            Access::Blob(blob) => blob.read(bytes, offset, length).await.map_err(failed)?,
            Access::Host(host) => {
                let promise = host.read(number(offset), number(length)).map_err(failed)?;
                let read = JsFuture::from(promise).await.map_err(failed)?;
                filled(bytes, &read.dyn_into::<Uint8Array>().map_err(failed)?)
            }
        };
        if bytes.len() as u64 != length {
            let message = format!("{} bytes were read where {length} were asked for", bytes.len());
            return Err(to_failure(Error::new(Code::InputReadFailed, message).input(&self.name).at(offset)));
        }
        Ok(bytes)
    }
}

/// The File API in a worker.
struct BlobAccess {
    blob: Blob,
    reader: FileReaderSync,
    /// What the stream writes into, between reads.
    buffer: Cell<Option<ArrayBuffer>>,
}

/// Ranges of at least this many bytes are streamed: a stream takes longer to begin.
const STREAM_FROM: u64 = 256 << 10;

/// How much is read at once, in bytes: more than a browser's stream gives at a time, and small enough to stay
/// in a processor's cache until it is copied.
const BUFFER: u32 = 512 << 10;

impl BlobAccess {
    async fn read(&self, mut bytes: Vec<u8>, offset: u64, length: u64) -> Result<Vec<u8>, JsValue> {
        bytes.resize(usize::try_from(length).map_err(|_| JsValue::from("the range is too long"))?, 0);
        if length >= STREAM_FROM && self.stream(&self.slice(offset, length)?, &mut bytes).await.is_ok_and(|count| count == bytes.len()) {
            return Ok(bytes);
        }
        // Not every browser streams into a buffer; and this way says best what is wrong with a file.
        let mut at = offset;
        for place in bytes.chunks_mut(BUFFER as usize) {
            let piece = Uint8Array::new(&self.reader.read_as_array_buffer(&self.slice(at, place.len() as u64)?)?.into());
            if piece.length() as usize != place.len() {
                let message = format!("{} bytes were read where {} were asked for", piece.length(), place.len());
                return Err(js_sys::Error::new(&message).into());
            }
            piece.copy_to(place);
            at += u64::from(piece.length());
        }
        Ok(bytes)
    }

    fn slice(&self, offset: u64, length: u64) -> Result<Blob, JsValue> {
        self.blob.slice_with_f64_and_f64(number(offset), number(offset + length))
    }

    /// Reads through one small buffer, so that nothing is left to the garbage collector: with a buffer for
    /// each read a tab holds hundreds of megabytes that nobody needs. Gives the number of bytes.
    async fn stream(&self, slice: &Blob, bytes: &mut [u8]) -> Result<usize, JsValue> {
        let reader = ReadableStreamByobReader::new(&slice.stream())?;
        let mut buffer = self.buffer.take().unwrap_or_else(|| ArrayBuffer::new(BUFFER));
        let mut count = 0;
        while count < bytes.len() {
            let view = Uint8Array::new(&buffer);
            let read = JsFuture::from(reader.read_with_array_buffer_view(&view)).await?;
            let piece: Uint8Array = ReadableStreamReadResult::from(read).get_value().dyn_into()?;
            let end = count + piece.length() as usize;
            match bytes.get_mut(count..end) {
                Some(place) if end > count => piece.copy_to(place),
                _ => break, // the file has become shorter, or longer
            }
            count = end;
            buffer = piece.buffer();
        }
        self.buffer.set(Some(buffer));
        Ok(count)
    }
}

/// The content of `array`, in memory that held something else before.
fn filled(mut bytes: Vec<u8>, array: &Uint8Array) -> Vec<u8> {
    bytes.resize(array.length() as usize, 0);
    array.copy_to(&mut bytes);
    bytes
}

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
