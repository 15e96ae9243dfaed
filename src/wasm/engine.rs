//! One job in one worker: [`Job`] with the browser's or the host's files.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileSystemDirectoryHandle};

use super::job::{KeyInfo, PlanInfo};
use super::number::{number, size};
use super::sink::{HostSink, Sink};
use super::source::{HostSource, Source};
use super::{to_js, value};
use crate::error::{Code, Error};
use crate::job::{Host, Job, Place};
use crate::keys::KeyPair;
use crate::packager::{Fact, Options};

/// A job: its sources, its sink and, once made, its plan.
#[wasm_bindgen]
pub struct Engine {
    job: Job<Files>,
}

/// The files of a job.
struct Files {
    sink: Sink,
}

impl Host for Files {
    type File = Source;
    type Error = JsValue;

    async fn read(&self, file: &Source, offset: u64, place: &mut [u8]) -> Result<(), JsValue> {
        file.read(offset, place).await
    }

    async fn write(&self, path: &str, place: Place, bytes: &[u8]) -> Result<(), JsValue> {
        self.sink.write(path, place, bytes).await
    }
}

#[wasm_bindgen]
impl Engine {
    /// A job whose files go into a folder of the origin private file system. Workers only.
    #[wasm_bindgen(js_name = intoOpfs)]
    pub fn into_opfs(folder: FileSystemDirectoryHandle) -> Engine {
        Engine { job: Job::new(Files { sink: Sink::opfs(folder) }) }
    }

    /// A job whose files the host takes.
    #[wasm_bindgen(js_name = intoHost)]
    pub fn into_host(sink: HostSink) -> Engine {
        Engine { job: Job::new(Files { sink: Sink::host(sink) }) }
    }

    /// Adds a file that is read by slices with the File API. Workers only.
    #[wasm_bindgen(js_name = addBlob)]
    pub fn add_blob(&mut self, name: String, blob: Blob) -> Result<(), JsValue> {
        let size = size(blob.size())?;
        self.job.add(name.clone(), size, Source::blob(name, blob)?);
        Ok(())
    }

    /// Adds an input that the host reads.
    #[wasm_bindgen(js_name = addHost)]
    pub fn add_host(&mut self, name: String, size_in_bytes: f64, source: HostSource) -> Result<(), JsValue> {
        self.job.add(name.clone(), size(size_in_bytes)?, Source::host(name, source));
        Ok(())
    }

    /// Reads headers and tables of all sources and makes the plan.
    pub async fn plan(&mut self, options: JsValue) -> Result<JsValue, JsValue> {
        let options = Options::read(&value(options)?)?;
        Ok(to_js(&PlanInfo::of(self.job.plan(options).await?)))
    }

    /// Writes the init segments.
    pub async fn inits(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.job.inits().await?))
    }

    /// Reads what the step needs, renders its segments and writes each as soon as it is done.
    pub async fn step(&self, index: usize) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.job.step(index).await?))
    }

    /// Renders a step and gives its segments as `[{ path, offset, bytes }]` rather than write them: what is there
    /// already can be compared with them.
    pub async fn probe(&self, index: usize) -> Result<Array, JsValue> {
        let parts = Array::new();
        for probed in self.job.probe(index).await? {
            let part = Object::new();
            Reflect::set(&part, &"path".into(), &probed.path.into())?;
            Reflect::set(&part, &"offset".into(), &number(probed.offset).into())?;
            Reflect::set(&part, &"bytes".into(), &Uint8Array::from(&probed.bytes[..]))?;
            parts.push(&part);
        }
        Ok(parts)
    }

    /// Goes on after the steps of these facts, which an earlier run wrote. Gives how far each single file must be
    /// there for that, as `[[path, size]]`.
    pub fn resume(&self, facts: JsValue) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.job.resume(&read_facts(facts)?)?))
    }

    /// Writes what stands at the front of single files, from the facts of all steps, which this worker
    /// rendered in order.
    pub async fn heads(&self, facts: JsValue) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.job.heads(&read_facts(facts)?).await?))
    }

    /// Writes the manifests, from the facts of all steps of all workers.
    pub async fn manifests(&self, facts: JsValue) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.job.manifests(&read_facts(facts)?).await?))
    }

    /// Renders the one file of this path, and writes nothing. What manifests say of sizes is estimated.
    #[wasm_bindgen(js_name = readFile)]
    pub async fn read_file(&self, path: &str) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(&self.job.read_file(path).await?[..]))
    }
}

/// Reads `KID:KEY` in any notation and gives it in every one.
#[wasm_bindgen(js_name = describeKey)]
pub fn describe_key(text: &str) -> Result<JsValue, JsValue> {
    Ok(to_js(&KeyInfo::of(&KeyPair::parse(text)?, false)))
}

/// A key id and key of 32 random bytes.
#[wasm_bindgen(js_name = keyOf)]
pub fn key_of(random: Vec<u8>) -> Result<JsValue, JsValue> {
    let bytes = random.try_into().map_err(|_| Error::new(Code::Internal, message!("a key is made of 32 bytes")))?;
    Ok(to_js(&KeyInfo::random(bytes)))
}

/// Facts as a call gave them.
fn read_facts(facts: JsValue) -> Result<Vec<Fact>, JsValue> {
    let facts = serde_wasm_bindgen::from_value(facts);
    Ok(facts.map_err(|error| {
        Error::new(Code::Internal, message!("facts are not those of a step: {reason}", reason = error))
    })?)
}
