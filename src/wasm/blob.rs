//! A `Blob` read by ranges in a worker.

use std::cell::Cell;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileReaderSync, ReadableStreamByobReader, ReadableStreamReadResult};

use super::number::number;

/// The File API in a worker.
pub(super) struct BlobAccess {
    blob: Blob,
    reader: FileReaderSync,
    /// What the stream writes into, between reads.
    buffer: Cell<Option<ArrayBuffer>>,
}

/// Ranges of at least this many bytes are streamed: a stream takes longer to begin.
const STREAM_FROM: usize = 256 << 10;

/// How much is read at once, in bytes: more than a browser's stream gives at a time, and small enough to stay
/// in a processor's cache until it is copied.
const BUFFER: u32 = 512 << 10;

impl BlobAccess {
    pub(super) fn new(blob: Blob) -> Result<Self, JsValue> {
        Ok(Self { blob, reader: FileReaderSync::new()?, buffer: Cell::default() })
    }

    /// Fills `place` with the bytes from `offset` on.
    pub(super) async fn read(&self, place: &mut [u8], offset: u64) -> Result<(), JsValue> {
        if place.len() >= STREAM_FROM {
            let slice = self.slice(offset, place.len())?;
            if self.stream(&slice, place).await.is_ok_and(|count| count == place.len()) {
                return Ok(());
            }
            // Not every browser streams into a buffer; and the other way says best what is wrong with a file.
        }
        let mut at = offset;
        for place in place.chunks_mut(BUFFER as usize) {
            let read = self.reader.read_as_array_buffer(&self.slice(at, place.len())?)?;
            copy(&Uint8Array::new(&read.into()), place)?;
            at += place.len() as u64;
        }
        Ok(())
    }

    fn slice(&self, offset: u64, length: usize) -> Result<Blob, JsValue> {
        self.blob.slice_with_f64_and_f64(number(offset), number(offset + length as u64))
    }

    /// Reads through one small buffer, so that nothing is left to the garbage collector: with a buffer for
    /// each read a tab holds hundreds of megabytes that nobody needs. Gives the number of bytes.
    async fn stream(&self, slice: &Blob, place: &mut [u8]) -> Result<usize, JsValue> {
        let reader = ReadableStreamByobReader::new(&slice.stream())?;
        let mut buffer = self.buffer.take().unwrap_or_else(|| ArrayBuffer::new(BUFFER));
        let mut count = 0;
        while count < place.len() {
            let view = Uint8Array::new(&buffer);
            let read = JsFuture::from(reader.read_with_array_buffer_view(&view)).await?;
            let piece: Uint8Array = ReadableStreamReadResult::from(read).get_value().dyn_into()?;
            let end = count + piece.length() as usize;
            match place.get_mut(count..end) {
                Some(here) if end > count => piece.copy_to(here),
                _ => break, // the file has become shorter, or longer
            }
            count = end;
            buffer = piece.buffer();
        }
        self.buffer.set(Some(buffer));
        Ok(count)
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
