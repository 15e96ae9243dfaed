//! A job from its inputs to its output: reads what the core asks for, and writes what it gives. A browser, Node or a test
//! brings a [`Host`] along.

use std::cell::RefCell;

use serde::Serialize;

use crate::demux::{Indexer, Input};
use crate::error::{Code, Error};
use crate::limits;
use crate::mp4::header::may_begin_a_media_segment;
use crate::mp4::traf::start_of_moof;
use crate::mp4::{self, BoxHeader, FourCc};
use crate::order;
use crate::packager::{self, Fact, Options, Plan, Rendered, Step, Window};

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
    /// In order.
    files: Vec<Part<F>>,
}

/// A file of a source.
#[derive(Debug)]
struct Part<F> {
    name: String,
    /// In bytes.
    size: u64,
    file: F,
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
        self.sources.push(Source { name: name.clone(), files: vec![Part { name, size, file }] });
    }

    /// Reads headers and tables of all inputs and makes the plan.
    pub async fn plan(&mut self, options: Options) -> Result<&Plan, H::Error> {
        self.join_segments().await?;
        let mut inputs = Vec::new();
        for source in &self.sources {
            let read = async |offset, length| self.read(source, Vec::new(), offset, length).await;
            inputs.push(index_by(&source.name, source.size(), read, |error| source.locate(error)).await?);
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
        let mut sources: Vec<_> = std::mem::take(&mut self.sources).into_iter().zip(are_segments).collect();
        // The names of a folder in their order have the one init segment anywhere.
        let is_other = |(_, is_segment): &(Source<H::File>, bool)| !is_segment;
        if sources.iter().filter(|source| is_other(source)).count() == 1
            && let Some(place) = sources.iter().position(is_other)
        {
            sources[..=place].rotate_right(1);
        }
        let mut joined: Vec<Source<H::File>> = Vec::new();
        for (source, is_segment) in sources {
            match joined.last_mut() {
                Some(before) if is_segment => before.files.extend(source.files),
                _ => joined.push(source),
            }
        }
        for source in &mut joined {
            self.put_in_order(source).await?;
        }
        self.sources = joined;
        Ok(())
    }

    /// Puts media segments in the order of their times: a shell lists 1, 10, 2. Those of several tracks that one init
    /// segment describes keep the places that their track has.
    async fn put_in_order(&self, source: &mut Source<H::File>) -> Result<(), H::Error> {
        let mut starts = Vec::new();
        for part in source.files.iter().skip(1) {
            let Some(start) = self.start_of(part).await? else { return Ok(()) }; // whoever reads it says why
            starts.push(start);
        }
        let order = in_order(&starts).map_err(|(one, other)| {
            let (one, other) = (&source.files[one + 1].name, &source.files[other + 1].name);
            let message = message!("the media segments {one} and {other} start at the same time", one, other);
            Error::new(Code::Mp4SegmentsOverlap, message).input(&source.name)
        })?;
        let mut parts: Vec<Option<Part<H::File>>> = std::mem::take(&mut source.files).into_iter().map(Some).collect();
        let order = std::iter::once(0).chain(order.into_iter().map(|index| index + 1));
        source.files = order.filter_map(|index| parts[index].take()).collect();
        Ok(())
    }

    /// The track and the decoding time that a media segment begins with; `None` where it doesn't say so.
    async fn start_of(&self, part: &Part<H::File>) -> Result<Option<(u32, u64)>, H::Error> {
        /// Most segments say it within so many bytes.
        const HEAD: u64 = 4 << 10;
        let (mut head, mut head_at, mut at) = (Vec::new(), 0, 0);
        while at < part.size {
            let mut from = usize::try_from(at - head_at).unwrap_or(usize::MAX);
            if head.len().saturating_sub(from) < BoxHeader::MAX_SIZE {
                head = self.read_part(part, at, HEAD.min(part.size - at)).await?;
                (head_at, from) = (at, 0);
            }
            let read = BoxHeader::read(&mut mp4::reader(&head[from..], at), part.size - at, true);
            let Ok(header) = read else { return Ok(None) };
            if header.kind.0 == *b"moof" && header.size <= limits::MOOV_BYTES {
                let content_at = at + header.header_size;
                let content = self.read_part(part, content_at, header.end() - content_at).await?;
                return Ok(start_of_moof(mp4::reader(&content, content_at)).ok().flatten());
            }
            at = header.end();
        }
        Ok(None)
    }

    async fn read_part(&self, part: &Part<H::File>, offset: u64, length: u64) -> Result<Vec<u8>, H::Error> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        self.host.read(&part.file, offset, &mut bytes).await?;
        Ok(bytes)
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
        for Part { file, size, .. } in &source.files {
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
            packager::Part::Whole => Place::Whole,
            packager::Part::Next { .. } | packager::Part::Head => {
                Place::At { offset, is_last: part == packager::Part::Head }
            }
        };
        let end = self.end_after(&path, part, offset + size);
        self.host.write(&path, place, &bytes).await?;
        written.files.extend(end.map(|size| WrittenFile { path, size }));
        written.facts.extend(fact);
        Ok(())
    }

    /// Where in its file a part goes.
    fn offset(&self, path: &str, part: packager::Part) -> u64 {
        match part {
            packager::Part::Next { head_size } => {
                self.ends.borrow().iter().find(|(known, _)| known == path).map_or(head_size, |(_, end)| *end)
            }
            packager::Part::Whole | packager::Part::Head => 0,
        }
    }

    /// Takes note of a part that ends at `end`. Gives the file's size if it is whole with it.
    fn end_after(&self, path: &str, part: packager::Part, end: u64) -> Option<u64> {
        let mut ends = self.ends.borrow_mut();
        let known = ends.iter().position(|(known, _)| known == path);
        use packager::Part;
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
        self.files.iter().map(|part| part.size).sum()
    }

    /// Names the file that an error is in, and the place in it, where several are read as one.
    fn locate(&self, mut error: Error) -> Error {
        let Some(mut offset) = error.place.offset.filter(|_| self.files.len() > 1) else { return error };
        let mut before: Option<&Part<F>> = None;
        for part in &self.files {
            if offset < part.size {
                let is_time = error.place.boxes.as_deref().is_some_and(|boxes| boxes.ends_with("/tfdt"));
                let before = before.filter(|before| before.name != self.name && is_time);
                if let (Some(before), Code::Mp4BoxInvalid) = (before, error.code) {
                    let message = message!(
                        "the media segment {segment} doesn't go on from {before}: {reason}",
                        segment = part.name,
                        before = before.name,
                        reason = error.message
                    );
                    error = Error::new(Code::Mp4SegmentsOverlap, message);
                }
                error.place.offset = Some(offset);
                error.place.input = Some(part.name.clone());
                break;
            }
            offset -= part.size;
            before = Some(part);
        }
        error
    }
}

/// The order of segments by their tracks and times; or two segments of a track that start at the same time.
fn in_order(starts: &[(u32, u64)]) -> Result<Vec<usize>, (usize, usize)> {
    let mut order: Vec<usize> = (0..starts.len()).collect();
    let mut by_track = order.clone();
    order::sort_by_key(&mut by_track, |&index| starts[index].0);
    for places in by_track.chunk_by(|&a, &b| starts[a].0 == starts[b].0) {
        let mut sorted = places.to_vec();
        order::sort_by_key(&mut sorted, |&index| starts[index].1);
        if let Some(pair) = sorted.windows(2).find(|pair| starts[pair[0]].1 == starts[pair[1]].1) {
            return Err((pair[0], pair[1]));
        }
        for (&place, index) in places.iter().zip(sorted) {
            order[place] = index;
        }
    }
    Ok(order)
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
    read: impl AsyncFnMut(u64, u64) -> Result<Vec<u8>, E>,
) -> Result<Input, E> {
    index_by(name, size, read, |error| error).await
}

/// As [`index`]; `locate` says more precisely where an error is.
async fn index_by<E: From<Error>>(
    name: &str,
    size: u64,
    mut read: impl AsyncFnMut(u64, u64) -> Result<Vec<u8>, E>,
    locate: impl Fn(Error) -> Error,
) -> Result<Input, E> {
    let mut indexer = Indexer::new(name, size)?;
    while let Some((offset, length)) = indexer.next() {
        indexer.feed(read(offset, length).await?).map_err(&locate)?;
    }
    let mut input = indexer.finish().map_err(&locate)?;
    let looks = input.captions_sought();
    let mut found = Vec::new();
    for look in &looks {
        found.push(read(look.bytes.0, look.bytes.1).await?);
    }
    input.find_captions(&looks, &found);
    Ok(input)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_put_in_the_order_of_their_times() {
        let of = |times: &[u64]| in_order(&times.iter().map(|&time| (1, time)).collect::<Vec<_>>());
        assert_eq!(of(&[0, 9, 10, 1, 2]), Ok(vec![0, 3, 4, 1, 2]));
        assert_eq!(of(&[]), Ok(vec![]));
        assert_eq!(of(&[5, 0, 5]), Err((0, 2)));
    }

    #[test]
    fn segments_of_several_tracks_keep_the_places_of_their_track() {
        // Times have other units in another track.
        let starts = [(1, 0), (2, 0), (1, 900), (2, 480), (1, 450), (2, 240)];
        assert_eq!(in_order(&starts), Ok(vec![0, 1, 4, 5, 2, 3]));
    }
}
