//! A job from its inputs to its output: reads what the core asks for, and writes what it gives. A browser, Node or a test
//! brings a [`Host`] along.

use std::cell::RefCell;

use serde::Serialize;

use crate::demux::{Indexer, Input};
use crate::error::{Code, Error};
use crate::mp4::FourCc;
use crate::mp4::header::may_begin_a_media_segment;
use crate::packager::{Fact, Options, Part, Plan, Rendered, Step, Window};

/// Where a job's bytes come from and go to.
pub trait Host {
    /// A file that can be read.
    type File;
    /// What reading and writing fail with.
    type Error: From<Error>;

    /// Fills `place` with the bytes of a file from `offset` on, all of which lie within the file.
    fn read(&self, file: &Self::File, offset: u64, place: &mut [u8]) -> impl Future<Output = Result<(), Self::Error>>;

    /// Writes a file of the output, or a part of one.
    fn write(&self, path: &str, place: Place, bytes: &[u8]) -> impl Future<Output = Result<(), Self::Error>>;
}

/// Where in a file bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// They are the whole file.
    Whole,
    /// They are a part of it.
    At {
        /// The offset of the first byte.
        offset: u64,
        /// Whether nothing of the file is written after them.
        is_last: bool,
    },
}

/// A job: its inputs and, once made, its plan. Every worker of a job makes the same plan and renders other steps of it.
#[derive(Debug)]
pub struct Job<H: Host> {
    host: H,
    sources: Vec<Source<H::File>>,
    plan: Option<Plan>,
    /// The memory of the last step's reads, for the next one's.
    spare: RefCell<Vec<Vec<u8>>>,
    /// Single files that are written part by part, with the offset of what comes next.
    ends: RefCell<Vec<(String, u64)>>,
}

/// What is read as one input: a file, or an init segment with its media segments.
#[derive(Debug)]
struct Source<F> {
    name: String,
    /// In order, each with its size in bytes.
    files: Vec<(F, u64)>,
}

/// What a call wrote.
#[derive(Debug, Default, Serialize)]
pub struct Written {
    /// The files that are whole now.
    pub files: Vec<WrittenFile>,
    /// What the manifests need to know of them.
    pub facts: Vec<Fact>,
}

/// A file of the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenFile {
    /// The path below the output's root.
    pub path: String,
    /// The size in bytes.
    pub size: u64,
}

/// A segment that was rendered and not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// The path of the file that it is, or is a part of.
    pub path: String,
    /// Where in that file it stands.
    pub offset: u64,
    /// The content.
    pub bytes: Vec<u8>,
}

impl<H: Host> Job<H> {
    /// A job without inputs.
    pub fn new(host: H) -> Self {
        Self { host, sources: Vec::new(), plan: None, spare: RefCell::default(), ends: RefCell::default() }
    }

    /// Adds a file of `size` bytes; `name` is for messages. A media segment belongs to the init segment that was added
    /// before it.
    pub fn add(&mut self, name: String, size: u64, file: H::File) {
        self.sources.push(Source { name, files: vec![(file, size)] });
    }

    /// Reads headers and tables of all inputs and makes the plan.
    pub async fn plan(&mut self, options: Options) -> Result<&Plan, H::Error> {
        self.join_segments().await?;
        let mut inputs = Vec::new();
        for source in &self.sources {
            let read = async |offset, length| self.read(source, Vec::new(), offset, length).await;
            inputs.push(index(&source.name, source.size(), read).await?);
        }
        Ok(self.plan.insert(Plan::new(inputs, options)?))
    }

    /// Writes the init segments.
    pub async fn inits(&self) -> Result<Written, H::Error> {
        self.write_all(self.planned()?.inits()).await
    }

    /// Reads what the step of this index needs, renders its segments and writes each as soon as it is done.
    pub async fn step(&self, index: usize) -> Result<Written, H::Error> {
        let plan = self.planned()?;
        let step = step(plan, index)?;
        let window = self.window(plan, step).await?;
        let mut written = Written::default();
        for &output in &step.outputs {
            self.write(plan.render(output, &window)?, &mut written).await?;
        }
        self.spare.replace(window.into_pieces());
        Ok(written)
    }

    /// Renders the step of this index and writes nothing: what is there already can be compared with it.
    pub async fn probe(&self, index: usize) -> Result<Vec<Probed>, H::Error> {
        let plan = self.planned()?;
        let step = step(plan, index)?;
        let window = self.window(plan, step).await?;
        let mut probed = Vec::new();
        for &output in &step.outputs {
            let Rendered { path, part, bytes, .. } = plan.render(output, &window)?;
            let offset = self.offset(&path, part);
            probed.push(Probed { path, offset, bytes });
        }
        Ok(probed)
    }

    /// Goes on after the steps of these facts, which an earlier run wrote. Gives how far each single file must be there
    /// for that: its path and the offset of what comes next.
    pub fn resume(&self, facts: &[Fact]) -> Result<Vec<(String, u64)>, Error> {
        let ends = self.planned()?.ends(facts);
        self.ends.replace(ends.clone());
        Ok(ends)
    }

    /// Writes what stands at the front of single files, from the facts of all steps, all of which this job wrote in order.
    pub async fn heads(&self, facts: &[Fact]) -> Result<Written, H::Error> {
        self.write_all(self.planned()?.heads(facts)?).await
    }

    /// Writes the manifests, from the facts of all steps of all workers.
    pub async fn manifests(&self, facts: &[Fact]) -> Result<Written, H::Error> {
        self.write_all(self.planned()?.manifests(facts)?).await
    }

    /// Writes the whole output, where no other worker helps.
    pub async fn run(&self) -> Result<Written, H::Error> {
        let mut all = self.inits().await?;
        for index in 0..self.planned()?.steps().len() {
            all.extend(self.step(index).await?);
        }
        all.extend(self.heads(&all.facts).await?);
        all.extend(self.manifests(&all.facts).await?);
        Ok(all)
    }

    /// Renders the one file of this path, and writes nothing. What manifests say of sizes is estimated.
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>, H::Error> {
        let plan = self.planned()?;
        let Some(output) = plan.segment_at(path) else {
            let found = plan.file_at(path, || plan.estimated_facts())?;
            let missing = || Error::new(Code::OutputNotFound, message!("the output has no file {path:?}", path));
            return Ok(found.ok_or_else(missing)?.bytes);
        };
        let window = self.window(plan, &plan.step_of(output)).await?;
        let rendered = plan.render(output, &window);
        self.spare.replace(window.into_pieces());
        Ok(rendered?.bytes)
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    fn planned(&self) -> Result<&Plan, Error> {
        self.plan.as_ref().ok_or_else(|| Error::new(Code::Internal, message!("call plan() and await it first")))
    }

    async fn join_segments(&mut self) -> Result<(), H::Error> {
        let mut are_segments = Vec::new();
        for source in &self.sources {
            are_segments.push(self.is_media_segment(source).await?);
        }
        let mut joined: Vec<Source<H::File>> = Vec::new();
        for (source, is_segment) in std::mem::take(&mut self.sources).into_iter().zip(are_segments) {
            match joined.last_mut() {
                Some(before) if is_segment => before.files.extend(source.files),
                _ => joined.push(source),
            }
        }
        self.sources = joined;
        Ok(())
    }

    async fn is_media_segment(&self, source: &Source<H::File>) -> Result<bool, H::Error> {
        if source.size() < 8 {
            return Ok(false);
        }
        let head = self.read(source, Vec::new(), 0, 8).await?;
        Ok(may_begin_a_media_segment(FourCc(head[4..].try_into().expect("four of eight bytes"))))
    }

    /// What a step needs, read and decrypted.
    async fn window(&self, plan: &Plan, step: &Step) -> Result<Window, H::Error> {
        let source = &self.sources[step.input];
        let read = async |offset, length| {
            let spare = self.spare.borrow_mut().pop().unwrap_or_default();
            self.read(source, spare, offset, length).await
        };
        window(plan, step, read).await
    }

    /// The bytes of a range of an input, in memory that held something else before.
    async fn read(
        &self,
        source: &Source<H::File>,
        mut bytes: Vec<u8>,
        offset: u64,
        length: u64,
    ) -> Result<Vec<u8>, H::Error> {
        let failed = |message| Error::new(Code::InputReadFailed, message).input(&source.name).at(offset);
        let size = usize::try_from(length)
            .map_err(|_| failed(message!("a range of {length} bytes is too long to be read", length)))?;
        if bytes.capacity() < size {
            drop(bytes);
            bytes = vec![0; size]; // all at once, where `resize` goes byte by byte
        }
        bytes.resize(size, 0);
        let (mut rest, mut at, mut start) = (&mut bytes[..], offset, 0);
        for (file, size) in &source.files {
            let stop = start + size;
            if at < stop && !rest.is_empty() {
                let here = rest.len().min(usize::try_from(stop - at).unwrap_or(usize::MAX));
                let (place, after) = rest.split_at_mut(here);
                self.host.read(file, at - start, place).await?;
                (rest, at) = (after, at + here as u64);
            }
            start = stop;
        }
        if !rest.is_empty() {
            return Err(failed(message!("{count} bytes lie beyond the end", count = rest.len())).into());
        }
        Ok(bytes)
    }

    async fn write_all(&self, files: Vec<Rendered>) -> Result<Written, H::Error> {
        let mut written = Written::default();
        for file in files {
            self.write(file, &mut written).await?;
        }
        Ok(written)
    }

    async fn write(&self, file: Rendered, written: &mut Written) -> Result<(), H::Error> {
        let Rendered { path, part, bytes, fact } = file;
        let size = bytes.len() as u64;
        let offset = self.offset(&path, part);
        let place = match part {
            Part::Whole => Place::Whole,
            Part::Next { .. } | Part::Head => Place::At { offset, is_last: part == Part::Head },
        };
        let end = self.end_after(&path, part, offset + size);
        self.host.write(&path, place, &bytes).await?;
        written.files.extend(end.map(|size| WrittenFile { path, size }));
        written.facts.extend(fact);
        Ok(())
    }

    /// Where in its file a part goes.
    fn offset(&self, path: &str, part: Part) -> u64 {
        match part {
            Part::Next { head_size } => {
                self.ends.borrow().iter().find(|(known, _)| known == path).map_or(head_size, |(_, end)| *end)
            }
            Part::Whole | Part::Head => 0,
        }
    }

    /// Takes note of a part that ends at `end`. Gives the file's size if it is whole with it.
    fn end_after(&self, path: &str, part: Part, end: u64) -> Option<u64> {
        let mut ends = self.ends.borrow_mut();
        let known = ends.iter().position(|(known, _)| known == path);
        match (part, known) {
            (Part::Whole, _) | (Part::Head, None) => Some(end),
            (Part::Head, Some(index)) => Some(ends.swap_remove(index).1),
            (Part::Next { .. }, Some(index)) => {
                ends[index].1 = end;
                None
            }
            (Part::Next { .. }, None) => {
                ends.push((path.to_owned(), end));
                None
            }
        }
    }
}

impl<F> Source<F> {
    fn size(&self) -> u64 {
        self.files.iter().map(|(_, size)| size).sum()
    }
}

impl Written {
    fn extend(&mut self, more: Self) {
        self.files.extend(more.files);
        self.facts.extend(more.facts);
    }
}

fn step(plan: &Plan, index: usize) -> Result<&Step, Error> {
    plan.steps().get(index).ok_or_else(|| Error::new(Code::Internal, message!("there is no such step")))
}

/// The tracks of a file of `size` bytes, of which `read` reads the ranges (offset and length) that are asked for.
pub async fn index<E: From<Error>>(
    name: &str,
    size: u64,
    mut read: impl AsyncFnMut(u64, u64) -> Result<Vec<u8>, E>,
) -> Result<Input, E> {
    let mut indexer = Indexer::new(name, size)?;
    while let Some((offset, length)) = indexer.next() {
        indexer.feed(read(offset, length).await?)?;
    }
    Ok(indexer.finish()?)
}

/// What a step needs, decrypted where its input is protected; `read` reads ranges of the input.
pub async fn window<E: From<Error>>(
    plan: &Plan,
    step: &Step,
    mut read: impl AsyncFnMut(u64, u64) -> Result<Vec<u8>, E>,
) -> Result<Window, E> {
    let mut window = Window::default();
    for &(offset, length) in &step.ranges {
        window.push(offset, read(offset, length).await?);
    }
    plan.decrypt(step, &mut window)?;
    Ok(window)
}
