//! One job in one worker.

use std::cell::RefCell;

use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileSystemDirectoryHandle};

use super::failure::to_failure;
use super::job::{JobOptions, KeyInfo, PlanInfo};
use super::number::number;
use super::sink::{HostSink, Sink};
use super::source::{HostSource, Source};
use super::to_js;
use crate::demux::Indexer;
use crate::demux::Input;
use crate::error::{Code, Error};
use crate::keys::KeyPair;
use crate::packager::{Fact, Plan, Rendered, Step, Window};

/// A job: its sources, its sink and, once made, its plan. Every worker of a job makes the same plan
/// and renders other steps of it.
#[wasm_bindgen]
pub struct Engine {
    sources: Vec<Source>,
    sink: Sink,
    plan: Option<Plan>,
    /// The memory of the last step's reads, for the next one's.
    spare: RefCell<Vec<Vec<u8>>>,
}

/// What a call wrote.
#[derive(Serialize)]
struct Written {
    files: Vec<FileInfo>,
    facts: Vec<Fact>,
}

#[derive(Serialize)]
struct FileInfo {
    path: String,
    size: u64,
}

#[wasm_bindgen]
impl Engine {
    /// A job whose files go into a folder of the origin private file system. Workers only.
    #[wasm_bindgen(js_name = intoOpfs)]
    pub fn into_opfs(folder: FileSystemDirectoryHandle) -> Engine {
        Self::into_sink(Sink::opfs(folder))
    }

    /// A job whose files the host takes.
    #[wasm_bindgen(js_name = intoHost)]
    pub fn into_host(sink: HostSink) -> Engine {
        Self::into_sink(Sink::host(sink))
    }

    /// Adds a file that is read by slices with the File API. Workers only.
    #[wasm_bindgen(js_name = addBlob)]
    pub fn add_blob(&mut self, name: String, blob: Blob) -> Result<(), JsValue> {
        self.sources.push(Source::blob(name, blob)?);
        Ok(())
    }

    /// Adds an input that the host reads.
    #[wasm_bindgen(js_name = addHost)]
    pub fn add_host(&mut self, name: String, size: f64, source: HostSource) -> Result<(), JsValue> {
        self.sources.push(Source::host(name, size, source)?);
        Ok(())
    }

    /// Reads headers and tables of all sources and makes the plan.
    pub async fn plan(&mut self, options: JsValue) -> Result<JsValue, JsValue> {
        let options: JobOptions = serde_wasm_bindgen::from_value(options).map_err(|error| {
            to_failure(Error::new(Code::OptionInvalid, format!("an option has the wrong type: {error}")))
        })?;
        let options = options.into_options().map_err(to_failure)?;
        self.join_segments().await?;
        let mut inputs = Vec::new();
        for source in &self.sources {
            inputs.push(index(source).await?);
        }
        let plan = Plan::new(inputs, options).map_err(to_failure)?;
        let info = to_js(&PlanInfo::of(&plan));
        self.plan = Some(plan);
        Ok(info)
    }

    /// Writes the init segments.
    pub async fn inits(&self) -> Result<JsValue, JsValue> {
        self.write_all(self.planned()?.inits()).await
    }

    /// Reads what the step needs, renders its segments and writes each as soon as it is done.
    pub async fn step(&self, index: usize) -> Result<JsValue, JsValue> {
        let plan = self.planned()?;
        let (step, window) = self.read_step(plan, index).await?;
        let mut written = Written { files: Vec::new(), facts: Vec::new() };
        for &output in &step.outputs {
            self.write(plan.render(output, &window).map_err(to_failure)?, &mut written).await?;
        }
        self.spare.replace(window.into_pieces());
        Ok(to_js(&written))
    }

    /// Renders a step and gives its segments as `[{ path, offset, bytes }]` rather than write them: what is there
    /// already can be compared with them.
    pub async fn probe(&self, index: usize) -> Result<Array, JsValue> {
        let plan = self.planned()?;
        let (step, window) = self.read_step(plan, index).await?;
        let parts = Array::new();
        for &output in &step.outputs {
            let Rendered { path, part, bytes, .. } = plan.render(output, &window).map_err(to_failure)?;
            let place = Object::new();
            let offset = number(self.sink.offset(&path, part));
            Reflect::set(&place, &"path".into(), &path.into())?;
            Reflect::set(&place, &"offset".into(), &offset.into())?;
            Reflect::set(&place, &"bytes".into(), &Uint8Array::from(&bytes[..]))?;
            parts.push(&place);
        }
        Ok(parts)
    }

    /// Goes on after the steps of these facts, which an earlier run wrote. Gives how far each single file must be
    /// there for that, as `[[path, size]]`.
    pub fn resume(&self, facts: JsValue) -> Result<JsValue, JsValue> {
        let facts: Vec<Fact> = serde_wasm_bindgen::from_value(facts).map_err(|error| internal(&error.to_string()))?;
        let ends = self.planned()?.ends(&facts);
        self.sink.resume(&ends);
        Ok(to_js(&ends))
    }

    /// Writes what stands at the front of single files, from the facts of all steps, which this worker
    /// rendered in order.
    pub async fn heads(&self, facts: JsValue) -> Result<JsValue, JsValue> {
        let facts: Vec<Fact> = serde_wasm_bindgen::from_value(facts).map_err(|error| internal(&error.to_string()))?;
        self.write_all(self.planned()?.heads(&facts).map_err(to_failure)?).await
    }

    /// Writes the manifests, from the facts of all steps of all workers.
    pub async fn manifests(&self, facts: JsValue) -> Result<JsValue, JsValue> {
        let facts: Vec<Fact> = serde_wasm_bindgen::from_value(facts).map_err(|error| internal(&error.to_string()))?;
        self.write_all(self.planned()?.manifests(&facts).map_err(to_failure)?).await
    }

    /// Renders the one file of this path, and writes nothing. What manifests say of sizes is estimated.
    #[wasm_bindgen(js_name = readFile)]
    pub async fn read_file(&self, path: &str) -> Result<Uint8Array, JsValue> {
        let plan = self.planned()?;
        let rendered = if let Some(output) = plan.segment_at(path) {
            let window = self.read_ranges(plan, &plan.step_of(output)).await?;
            let rendered = plan.render(output, &window);
            self.spare.replace(window.into_pieces());
            rendered.map_err(to_failure)?
        } else {
            let found = plan.file_at(path, || plan.estimated_facts()).map_err(to_failure)?;
            found.ok_or_else(|| {
                to_failure(Error::new(Code::OutputNotFound, format!("the output has no file {path:?}")))
            })?
        };
        Ok(Uint8Array::from(&rendered.bytes[..]))
    }

    /// What a step needs, read and decrypted.
    async fn read_step<'a>(&self, plan: &'a Plan, index: usize) -> Result<(&'a Step, Window), JsValue> {
        let step = plan.steps().get(index).ok_or_else(|| internal("there is no such step"))?;
        Ok((step, self.read_ranges(plan, step).await?))
    }

    async fn read_ranges(&self, plan: &Plan, step: &Step) -> Result<Window, JsValue> {
        let mut window = Window::default();
        for &(offset, length) in &step.ranges {
            let spare = self.spare.borrow_mut().pop().unwrap_or_default();
            window.push(offset, self.sources[step.input].read_into(spare, offset, length).await?);
        }
        plan.decrypt(step, &mut window).map_err(to_failure)?;
        Ok(window)
    }

    fn into_sink(sink: Sink) -> Self {
        Self { sources: Vec::new(), sink, plan: None, spare: RefCell::default() }
    }

    /// Media segments go with the init segment that was added before them.
    async fn join_segments(&mut self) -> Result<(), JsValue> {
        let mut joined: Vec<Source> = Vec::new();
        for source in std::mem::take(&mut self.sources) {
            match joined.last_mut() {
                Some(before) if source.is_media_segment().await? => before.append(source),
                _ => joined.push(source),
            }
        }
        self.sources = joined;
        Ok(())
    }

    fn planned(&self) -> Result<&Plan, JsValue> {
        self.plan.as_ref().ok_or_else(|| internal("call plan() and await it first"))
    }

    async fn write_all(&self, files: Vec<Rendered>) -> Result<JsValue, JsValue> {
        let mut written = Written { files: Vec::new(), facts: Vec::new() };
        for file in files {
            self.write(file, &mut written).await?;
        }
        Ok(to_js(&written))
    }

    async fn write(&self, file: Rendered, written: &mut Written) -> Result<(), JsValue> {
        let whole = self.sink.write(&file.path, file.part, &file.bytes).await?;
        written.files.extend(whole.map(|size| FileInfo { path: file.path, size }));
        written.facts.extend(file.fact);
        Ok(())
    }
}

/// Reads `KID:KEY` in any notation and gives it in every one.
#[wasm_bindgen(js_name = describeKey)]
pub fn describe_key(text: &str) -> Result<JsValue, JsValue> {
    KeyPair::parse(text).map(|pair| to_js(&KeyInfo::of(&pair, false))).map_err(to_failure)
}

/// A key id and key of 32 random bytes.
#[wasm_bindgen(js_name = keyOf)]
pub fn key_of(random: Vec<u8>) -> Result<JsValue, JsValue> {
    let bytes = random.try_into().map_err(|_| internal("a key is made of 32 bytes"))?;
    Ok(to_js(&KeyInfo::random(bytes)))
}

async fn index(source: &Source) -> Result<Input, JsValue> {
    let mut indexer = Indexer::new(&source.name, source.size).map_err(to_failure)?;
    while let Some((offset, length)) = indexer.next() {
        indexer.feed(source.read(offset, length).await?).map_err(to_failure)?;
    }
    indexer.finish().map_err(to_failure)
}

fn internal(message: &str) -> JsValue {
    to_failure(Error::new(Code::Internal, message))
}
