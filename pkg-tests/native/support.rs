//! Packages a file wholly in memory, through the public API only.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tabpack::cenc::Scheme;
use tabpack::demux::Indexer;
use tabpack::demux::Input;
use tabpack::error::Result;
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
    options.set_targets(vec![target]).expect("one target");
    options.set_encryption(scheme.is_some());
    if let Some(scheme) = scheme {
        options.set_scheme(scheme);
    }
    options.add_key(GivenKey::parse(KEY).expect("a key in hexadecimal digits")).expect("the only key");
    options
}

/// Reads headers and tables.
pub(crate) fn index(name: &str, file: &[u8]) -> Result<Input> {
    let mut indexer = Indexer::new(name, file.len() as u64)?;
    while let Some((offset, length)) = indexer.next() {
        indexer.feed(read(file, offset, length))?;
    }
    indexer.finish()
}

/// The bytes that a step asks for.
pub(crate) fn window(file: &[u8], step: &Step) -> Window {
    let mut window = Window::default();
    for &(offset, length) in &step.ranges {
        window.push(offset, read(file, offset, length));
    }
    window
}

fn read(file: &[u8], offset: u64, length: u64) -> Vec<u8> {
    let range = usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap();
    file[range].to_vec()
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
    pub(crate) fn new(name: &str, target: Target, scheme: Option<Scheme>, segment_seconds: f64) -> Self {
        let file = fixture(name);
        let input = index(name, &file).expect("a sound fixture");
        let mut options = options(target, scheme);
        options.set_segment_duration(segment_seconds).expect("a duration that is allowed");
        let plan = Plan::new(vec![input.clone()], options).expect("a fixture that can be packaged");
        let files = render(&plan, &file).expect("a fixture that can be packaged");
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

/// Every file of a plan over one input.
pub(crate) fn render(plan: &Plan, file: &[u8]) -> Result<Files> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut rendered = plan.inits();
    for step in plan.steps() {
        let window = window(file, step);
        for &output in &step.outputs {
            rendered.push(plan.render(output, &window)?);
        }
    }
    facts.extend(rendered.iter().filter_map(|file| file.fact));
    rendered.extend(plan.manifests(&facts)?);
    Ok(rendered.into_iter().map(|file| (file.path, file.bytes)).collect())
}
