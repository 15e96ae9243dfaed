//! Single files by their paths are those of the whole job, byte for byte; and what is said of sizes before anything
//! is rendered is near the truth.

use std::collections::BTreeMap;

use tabpack::cenc::Scheme;
use tabpack::demux::Input;
use tabpack::keys::KeyPair;
use tabpack::packager::{Fact, GivenKey, HlsMethod, Options, Plan, Step, Target, Window};

use crate::support::{KEY, fixture, index, options, packaged_with_facts, window};

/// Inputs with their plan.
struct Job {
    files: Vec<Vec<u8>>,
    options: Options,
    plan: Plan,
}

/// What a whole job gives: each file by its path, and the facts.
struct Whole {
    files: BTreeMap<String, Vec<u8>>,
    facts: Vec<Fact>,
}

impl Job {
    fn new(names: &[&str], options: Options) -> Self {
        Self::of(names.iter().map(|name| fixture(name)).collect(), options)
    }

    fn of(files: Vec<Vec<u8>>, options: Options) -> Self {
        let input = |(number, file): (usize, &Vec<u8>)| index(&format!("input {number}"), file).unwrap();
        let inputs: Vec<Input> = files.iter().enumerate().map(input).collect();
        Self { plan: Plan::new(inputs, options.clone()).unwrap(), options, files }
    }

    /// What a step asks for, decrypted where the input is protected.
    fn read(&self, step: &Step) -> Window {
        window(&self.plan, &self.files[step.input], step).unwrap()
    }

    fn whole(&self) -> Whole {
        let inputs = self.files.iter().enumerate().map(|(number, file)| (format!("input {number}"), file.clone()));
        let (files, facts) = packaged_with_facts(inputs, self.options.clone()).unwrap();
        Whole { files, facts }
    }

    /// The file of a path, made of nothing but what it needs.
    fn file(&self, path: &str, facts: impl FnOnce() -> Vec<Fact>) -> Option<Vec<u8>> {
        let Some(output) = self.plan.segment_at(path) else {
            return self.plan.file_at(path, facts).unwrap().map(|file| file.bytes);
        };
        let step = self.plan.step_of(output);
        let rendered = self.plan.render(output, &self.read(&step)).unwrap();
        assert_eq!(rendered.path, path);
        Some(rendered.bytes)
    }
}

/// All targets, each in a scheme of its own, in segments of two seconds.
fn all_targets() -> Options {
    let mut options = options(Target::Cmaf, Some(Scheme::Cenc));
    options.targets = vec![Target::Cmaf, Target::Dash, Target::Hls];
    options.segment_ms = 2000;
    options
}

fn check(job: &Job) {
    let whole = job.whole();
    for (path, bytes) in &whole.files {
        let file = job.file(path, || whole.facts.clone());
        assert!(file.as_ref() == Some(bytes), "{path}, alone");
    }
    for path in job.plan.manifest_paths() {
        assert!(whole.files.contains_key(&path), "{path}");
    }
}

#[test]
fn each_file_alone_is_that_of_the_whole_job() {
    for name in ["bframes-1080p.mp4", "two-stsd.mp4", "offset-start.mp4", "text/wvtt.mp4", "inputs/laced.mkv"] {
        check(&Job::new(&[name], all_targets()));
    }
}

#[test]
fn renditions_from_several_inputs_are_read_where_they_stand() {
    check(&Job::new(&["ladder-360p.mp4", "ladder-720p.mp4"], all_targets()));
}

#[test]
fn clear_leads_and_key_periods_begin_in_a_preview_where_they_do_in_a_job() {
    let mut options = all_targets();
    options.clear_lead_ms = 2500;
    options.crypto_period_ms = Some(4000);
    for period in 1..4 {
        options.keys.push(GivenKey { period, ..GivenKey::parse(KEY).unwrap() });
    }
    check(&Job::new(&["bframes-1080p.mp4"], options));
}

#[test]
fn key_files_and_segments_encrypted_as_a_whole_have_paths_too() {
    let mut options = all_targets();
    (options.hls_method, options.hls_key_files) = (HlsMethod::Aes128, true);
    let job = Job::new(&["bframes-1080p.mp4"], options);
    check(&job);
    assert!(job.whole().files.keys().any(|path| path.ends_with(".key")));
}

#[test]
fn protected_inputs_are_decrypted_for_one_segment_as_for_all() {
    let mut protect = options(Target::Dash, Some(Scheme::Cbcs));
    protect.single_file = true;
    let plan = Plan::new(vec![index("clear", &fixture("bframes-1080p.mp4")).unwrap()], protect).unwrap();
    assert_eq!(plan.segment_at("dash/video-1/1.m4s"), None, "single files have no segments of their own");

    let protected = Job::new(&["bframes-1080p.mp4"], options(Target::Dash, Some(Scheme::Cbcs))).whole().files;
    let (mut fragmented, segments): (Vec<u8>, _) =
        (protected["dash/video-1/init.mp4"].clone(), (1..).map(|number| format!("dash/video-1/{number}.m4s")));
    segments.map_while(|path| protected.get(&path)).for_each(|segment| fragmented.extend(segment));
    let mut again = all_targets();
    again.decryption_keys.push(KeyPair::parse(KEY).unwrap());
    check(&Job::of(vec![fragmented], again));
}

#[test]
fn a_segment_alone_reads_no_more_than_it_takes() {
    let job = Job::new(&["bframes-1080p.mp4"], all_targets());
    for step in job.plan.steps() {
        let within = |range: (u64, u64)| {
            step.ranges.iter().any(|&whole| whole.0 <= range.0 && range.0 + range.1 <= whole.0 + whole.1)
        };
        for &output in &step.outputs {
            let alone = job.plan.step_of(output);
            assert_eq!((alone.input, &alone.outputs[..]), (step.input, &[output][..]));
            assert!(alone.ranges.iter().all(|&range| within(range)));
        }
        let media: u64 = step.outputs.iter().map(|&output| job.plan.step_of(output).media_bytes).sum();
        assert_eq!(media, step.media_bytes);
    }
}

#[test]
fn a_path_that_no_file_has_gives_nothing() {
    let job = Job::new(&["bframes-1080p.mp4"], options(Target::Dash, Some(Scheme::Cenc)));
    let facts = job.plan.estimated_facts();
    for path in [
        "",
        "/",
        "dash",
        "dash/",
        "dash/video-1",
        "dash/video-1/",
        "dash/video-1/0.m4s",
        "dash/video-1/01.m4s",
        "dash/video-1/+1.m4s",
        "dash/video-1/3.m4s",
        "dash/video-1/18446744073709551616.m4s",
        "dash/video-1/1.mp4",
        "dash/video-1/1.m4s/",
        "dash/video-1//1.m4s",
        "dash/video-2/1.m4s",
        "dash/video-1/media.m3u8",
        "dash/master.m3u8",
        "cmaf/stream.mpd",
        "stream.mpd",
        "/dash/stream.mpd",
        "dash/../dash/stream.mpd",
        "dash/000102030405060708090a0b0c0d0e0f.key",
    ] {
        assert_eq!(job.file(path, || facts.clone()), None, "{path:?}");
    }
    assert!(job.file("dash/video-1/2.m4s", Vec::new).is_some());
}

#[test]
fn manifests_before_rendering_differ_in_bandwidths_only() {
    let job = Job::new(&["bframes-1080p.mp4"], all_targets());
    let whole = job.whole();
    let mut compared = 0;
    let is_manifest = |path: &str| path.ends_with(".mpd") || path.ends_with(".m3u8");
    // Where key frames end is known when they are rendered: a preview lists none.
    let without_key_frames = |text: &str| -> String {
        text.lines().filter(|line| !line.starts_with("#EXT-X-I-FRAME-STREAM-INF")).collect::<Vec<_>>().join("\n")
    };
    for (path, bytes) in whole.files.iter().filter(|(path, _)| is_manifest(path) && !path.ends_with("i-frames.m3u8")) {
        let before = job.file(path, || job.plan.estimated_facts()).unwrap();
        let [before, after] = [&before, bytes].map(|text| without_bandwidths(std::str::from_utf8(text).unwrap()));
        assert_eq!(without_key_frames(&before), without_key_frames(&after), "{path}");
        compared += 1;
    }
    assert_eq!(compared, 8, "an MPD or a multivariant playlist and two media playlists, or both, of each target");
}

/// Drops what stands for a rate in `bandwidth="…"` and `BANDWIDTH=…`.
fn without_bandwidths(text: &str) -> String {
    let mut parts = text.split_inclusive("andwidth=\"").flat_map(|part| part.split_inclusive("BANDWIDTH="));
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|character: char| character.is_ascii_digit()))
}

#[test]
fn estimated_sizes_are_at_most_two_in_a_hundred_over_the_truth_and_never_under_it() {
    for name in [
        "bframes-1080p.mp4",
        "ladder-360p.mp4",
        "ladder-720p.mp4",
        "two-stsd.mp4",
        "vfr.mp4",
        "hevc.mp4",
        "av1.mp4",
        "interlaced.mp4",
        "audio-only.m4a",
        "audio/flac.mp4",
        "audio/opus.mp4",
        "text/stpp.mp4",
    ] {
        for (estimate, truth) in sizes(name) {
            assert!(estimate >= truth, "{name}: {estimate} for {truth}");
            assert!(estimate * 100 <= truth * 102, "{name}: {estimate} for {truth}");
        }
    }
}

#[test]
fn tiny_slices_and_tiles_make_a_segment_four_in_a_hundred_larger_than_estimated_at_most() {
    // They have about 100 bytes, and a subsample each.
    for name in ["slices.mp4", "av1-tiles.mp4"] {
        for (estimate, truth) in sizes(name) {
            assert!((truth * 96..=truth * 102).contains(&(estimate * 100)), "{name}: {estimate} for {truth}");
        }
    }
}

/// Each segment's size before and after it is rendered, under several options.
fn sizes(name: &str) -> Vec<(u64, u64)> {
    let mut lead = all_targets();
    lead.clear_lead_ms = 1500;
    let mut whole_segments = all_targets();
    (whole_segments.hls_method, whole_segments.hls_key_files) = (HlsMethod::Aes128, true);
    let mut long_ivs = options(Target::Dash, Some(Scheme::Cenc));
    long_ivs.iv_size = Some(16);
    let mut clear = all_targets();
    clear.encryption = false;
    let cbcs = options(Target::Cmaf, Some(Scheme::Cbcs));
    let mut sizes = Vec::new();
    for options in [all_targets(), lead, whole_segments, long_ivs, clear, cbcs] {
        let job = Job::new(&[name], options);
        let estimates = job.plan.estimated_facts();
        let facts = job.whole().facts;
        assert_eq!(estimates.len(), facts.len());
        for fact in facts {
            let estimate = estimates.iter().find(|estimate| estimate.output == fact.output).unwrap();
            sizes.push((estimate.size, fact.size));
        }
    }
    sizes
}
