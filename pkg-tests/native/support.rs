//! Packages a file wholly in memory, through the public API only.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tabpack::cenc::Scheme;
use tabpack::demux::Input;
use tabpack::error::{Error, Result};
use tabpack::job::{self, Host, Job, Place};
use tabpack::packager::{Fact, GivenKey, Options, Plan, Step, Target, Window};
use tabpack::random::Seed;

/// The key of all tests: printed here, so no secret.
pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f:101112131415161718191a1b1c1d1e1f";

/// `pkg-tests/`.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pkg-tests")
}

/// The bytes of a file in `pkg-tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join("fixtures").join(name)).expect("a fixture is checked in")
}

/// The options of all tests: the fixed seed and key.
pub(crate) fn options(target: Target, scheme: Option<Scheme>) -> Options {
    let mut options = Options::new(Seed::new(*b"the seed of all tests: 32 bytes."));
    options.targets = vec![target];
    options.skip_unsupported = true;
    options.encryption = scheme.is_some();
    if let Some(scheme) = scheme {
        options.scheme = Some(scheme);
    }
    options.keys.push(GivenKey::parse(KEY).expect("a key in hexadecimal digits"));
    options
}

/// The answer of a future that never waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("files in memory are there at once"),
    }
}

/// Reads headers and tables.
pub(crate) fn index(name: &str, file: &[u8]) -> Result<Input> {
    ready(job::index(name, file.len() as u64, async |offset, length| Ok(read(file, offset, length))))
}

/// What a step needs of its input.
pub(crate) fn window(plan: &Plan, file: &[u8], step: &Step) -> Result<Window> {
    ready(job::window(plan, step, async |offset, length| Ok(read(file, offset, length))))
}

fn read(file: &[u8], offset: u64, length: u64) -> Vec<u8> {
    let range = usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap();
    file[range].to_vec()
}

/// Files by their paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Files in memory.
#[derive(Default)]
pub(crate) struct Memory {
    written: RefCell<Files>,
}

impl Host for Memory {
    type File = Vec<u8>;
    type Error = Error;

    async fn read(&self, file: &Vec<u8>, offset: u64, place: &mut [u8]) -> Result<()> {
        place.copy_from_slice(&read(file, offset, place.len() as u64));
        Ok(())
    }

    async fn write(&self, path: &str, place: Place, bytes: &[u8]) -> Result<()> {
        let mut written = self.written.borrow_mut();
        let file = written.entry(path.to_owned()).or_default();
        match place {
            Place::Whole => *file = bytes.to_vec(),
            Place::At { offset, .. } => {
                let offset = usize::try_from(offset).unwrap();
                file.resize(file.len().max(offset + bytes.len()), 0);
                file[offset..offset + bytes.len()].copy_from_slice(bytes);
            }
        }
        Ok(())
    }
}

/// Every file that a job over these inputs writes, by its path.
pub(crate) fn packaged(
    inputs: impl IntoIterator<Item = (impl Into<String>, Vec<u8>)>,
    options: Options,
) -> Result<Files> {
    packaged_with_facts(inputs, options).map(|(files, _)| files)
}

/// The same, with the facts of all segments.
pub(crate) fn packaged_with_facts(
    inputs: impl IntoIterator<Item = (impl Into<String>, Vec<u8>)>,
    options: Options,
) -> Result<(Files, Vec<Fact>)> {
    let mut job = Job::new(Memory::default());
    for (name, file) in inputs {
        job.add(name.into(), file.len() as u64, file);
    }
    ready(job.plan(options))?;
    let written = ready(job.run())?;
    Ok((job.host().written.take(), written.facts))
}

/// A packaged input.
pub(crate) struct Package {
    /// What was read.
    pub(crate) input: Input,
    /// Every file by its path.
    pub(crate) files: Files,
    /// The folder of each track of `input` that was packaged, as in `cmaf/video-1`, with the number of
    /// its segments.
    pub(crate) folders: Vec<(String, usize)>,
}

impl Package {
    /// Packages a fixture of one input. Its tracks must be ordered video first, as plans are.
    pub(crate) fn new(name: &str, target: Target, scheme: Option<Scheme>, segment_ms: u32) -> Self {
        let file = fixture(name);
        let input = index(name, &file).expect("a sound fixture");
        let mut options = options(target, scheme);
        options.segment_ms = segment_ms;
        let plan = Plan::new(vec![input.clone()], options.clone()).expect("a fixture that can be packaged");
        let files = packaged([(name, file)], options).expect("a fixture that can be packaged");
        let folder = |summary: &tabpack::packager::TrackSummary| {
            (format!("{}/{}", target.as_str(), summary.id), summary.segments)
        };
        let folders: Vec<_> = plan.summaries().iter().map(folder).collect();
        assert_eq!(folders.len(), input.tracks.len(), "every track of {name} is packaged");
        Self { input, files, folders }
    }

    /// The init segment of a folder.
    pub(crate) fn init(&self, folder: &str) -> &[u8] {
        &self.files[&format!("{folder}/init.mp4")]
    }

    /// The media segments of a folder in order.
    pub(crate) fn segments(&self, folder: &str, count: usize) -> Vec<&[u8]> {
        (1..=count).map(|number| &self.files[&format!("{folder}/{number}.m4s")][..]).collect()
    }
}
