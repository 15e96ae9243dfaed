//! Reads a packaged presentation back and says what is wrong with it: manifests against segments, boxes
//! against each other, every sample decrypted, parsed and, where the source is given, compared with it.
//!
//! Sans-io: files are read through [`Files`]. What is found is a list of [`Finding`]s with stable codes; an
//! error ends a verification only where reading itself fails. It knows nothing of how tabpack packages,
//! so that it finds faults in other packagers' output as well.

mod content;
mod dash;
mod finding;
mod hls;
mod hls_rules;
mod images;
mod protection;
mod rates;
mod sealed;
mod segment;
mod severity;
mod source;
mod stream;
mod stream_frames;
mod stream_packets;
mod text;
mod track;

pub use crate::manifest::Files;
pub use finding::{Finding, FindingCode};
pub use hls_rules::rule::{Rule, Scope};
pub use severity::Severity;

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::demux::Kind;
use crate::error::{Code, Error};
use crate::keys::{KeyId, KeyPair};
use crate::limits;
use crate::manifest::Place;
use crate::manifest::playlist::{self, Playlist};
use crate::open::Opener;
use crate::options::Rule::Without;
use crate::options::read::{Host, flag, host, list, text};
use crate::options::{At, Audience, Shape, Value, options};
use crate::order::Map;
use crate::packager::pair;
use finding::Findings;
use hls_rules::Document;
use source::Source;
use track::TrackFacts;

options! {
    /// What is verified, and with what.
    pub struct Options = "VerifyOptions" {
        /// The packaged files: `filesOf()` makes them of a folder of the browser's or a map, `filesIn()` in Node of a
        /// path.
        pub files: Host = "files", host("FileAccess").required();
        /// The paths of the manifests: MPDs, multivariant and media playlists. By default all there are.
        pub manifests: Vec<String> = "manifests", list(text());
        /// The content keys as `KID:KEY`. Samples of other keys are found as faults.
        pub keys: Vec<KeyPair> = "keys", list(pair()), when [Without(("playlistsOnly", &["true"]))], {
            flag: "key KID:KEY",
            help: "content key that samples are decrypted with; may be repeated",
        };
        /// What was packaged: every sample is compared with it.
        pub source: Host = "source", host("Input | readonly Input[]"), when [Without(("playlistsOnly", &["true"]))], {
            flag: "source FILE",
            help: "what was packaged: every sample is compared with it; may be repeated",
        };
        /// The names that the sources have as files.
        pub sources: Vec<String> = "sources", list(text()), { audience: Audience::Facade };
        /// Checks HLS playlists by themselves, against RFC 8216, its second edition and Apple's authoring specification:
        /// of the segments only sizes and first bytes are read. `false` by default.
        pub playlists_only: bool = "playlistsOnly", flag();
        /// Lists, as warnings, what Apple's authoring specification asks of the content besides: codecs, bit rates,
        /// languages, captions … `false` by default.
        pub advice: bool = "advice", flag();
        /// Ends the verification.
        pub signal: Host = "signal", host("AbortSignal");
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::read(&Value::Object(Vec::new()), At::ROOT).expect("nothing must be given")
    }
}

/// What a verification found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What is wrong, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// How many of the findings are errors, those that are counted only included.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// The manifests that were read.
    pub manifests: Vec<String>,
    /// How many media segments were read.
    pub segments: usize,
    /// How many samples.
    pub samples: usize,
    /// How many of them were encrypted.
    pub encrypted: usize,
    /// How many of those were decrypted.
    pub decrypted: usize,
    /// How many samples were compared with the source.
    pub compared: usize,
}

/// Verifies the manifests and every file that they name.
pub async fn verify<F: Files>(files: &F, options: &Options) -> Result<Report, F::Error> {
    let mut verifier = Verifier {
        files,
        opener: Opener::new(&options.keys),
        playlists_only: options.playlists_only,
        advice: options.advice,
        findings: Findings::default(),
        sources: Vec::new(),
        tracks: Vec::new(),
        known: Map::default(),
        missing_uris: BTreeSet::new(),
        ivs: HashMap::new(),
        counts: Counts::default(),
    };
    for name in &options.sources {
        let found = Source::index(files, name, &verifier.opener, &mut verifier.findings).await?;
        verifier.sources.extend(found);
    }
    let manifests = verifier.manifests(&options.manifests).await?;
    verifier.sources_missed();
    let Verifier { findings, counts, .. } = verifier;
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    Ok(Report {
        findings: findings.list,
        errors,
        warnings,
        manifests,
        segments: counts.segments,
        samples: counts.samples,
        encrypted: counts.encrypted,
        decrypted: counts.decrypted,
        compared: counts.compared,
    })
}

#[derive(Debug, Default)]
struct Counts {
    segments: usize,
    samples: usize,
    encrypted: usize,
    decrypted: usize,
    compared: usize,
}

struct Verifier<'a, F> {
    files: &'a F,
    opener: Opener,
    playlists_only: bool,
    advice: bool,
    findings: Findings,
    sources: Vec<Source>,
    /// What was read of tracks; several manifests may list the same.
    tracks: Vec<TrackFacts>,
    known: Map<(Option<Place>, Vec<Place>), usize>,
    /// What playlists name as keys, and nobody gave.
    missing_uris: BTreeSet<String>,
    /// Under CTR for each key id and IV a hash of what it was used for.
    ivs: HashMap<(KeyId, [u8; 16]), u64>,
    counts: Counts,
}

impl<F: Files> Verifier<'_, F> {
    /// Verifies the manifests; media playlists by themselves only where no multivariant one lists them.
    async fn manifests(&mut self, paths: &[String]) -> Result<Vec<String>, F::Error> {
        let mut media = Vec::new();
        let mut visited = BTreeSet::new();
        let mut done = Vec::new();
        if paths.is_empty() {
            self.findings.add(Finding::new(FindingCode::FileMissing, "", message!("there is no manifest")));
        }
        for path in paths {
            let Some(document) = self.document(path).await? else { continue };
            done.push(path.clone());
            if document.starts_with(b"#EXTM3U") || path.ends_with(".m3u8") {
                let document = Document { path: path.clone(), content: document };
                match playlist::read(path, &document.content) {
                    Playlist::Multivariant(playlist) => self.multivariant(&document, &playlist, &mut visited).await?,
                    Playlist::Media(playlist) => media.push((document, playlist)),
                }
                continue;
            }
            if self.playlists_only {
                let message = message!("this is no playlist, and only playlists are checked");
                self.findings.add(Finding::new(FindingCode::NotChecked, path, message));
                continue;
            }
            match crate::manifest::mpd::read(path, &document) {
                Ok(listing) => self.mpd(path, listing).await?,
                Err(error) => {
                    self.findings.add(Finding::new(FindingCode::ManifestInvalid, path, error.into_details().message))
                }
            }
        }
        for (document, playlist) in media {
            if visited.insert(document.path.clone()) {
                let files = self.files_of([&playlist]).await?;
                self.findings_of(hls_rules::check(None, std::slice::from_ref(&document), &files, self.advice));
                self.media_playlist(&document.path, &playlist, None).await?;
            }
        }
        Ok(done)
    }

    /// A manifest's text; `None` where it isn't there.
    async fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>, F::Error> {
        let Some(size) = self.files.size(path).await? else {
            self.findings.add(Finding::new(FindingCode::FileMissing, path, message!("the manifest is missing")));
            return Ok(None);
        };
        if size > limits::MANIFEST_BYTES {
            let message = message!("a manifest of {size} bytes, over {most}", size, most = limits::MANIFEST_BYTES);
            return Err(Error::new(Code::LimitExceeded, message).input(path).into());
        }
        self.files.read(path, 0, size).await.map(Some)
    }

    /// The bytes of a file or a range of it; what is missing is a finding.
    async fn bytes(&mut self, place: &Place, what: Finding) -> Result<Option<Vec<u8>>, F::Error> {
        let Some(size) = self.files.size(&place.path).await? else {
            self.findings.add(what);
            return Ok(None);
        };
        let (offset, length) = place.range.unwrap_or((0, size));
        if offset.checked_add(length).is_none_or(|end| end > size) {
            let message = message!(
                "bytes {offset} to {length} are listed, and the file has {size}",
                offset,
                length = offset.saturating_add(length),
                size
            );
            self.findings.add(Finding { code: FindingCode::FileTruncated, message, ..what });
            return Ok(None);
        }
        if length > limits::SEGMENT_BYTES + limits::MOOV_BYTES {
            let message = message!("a segment of {length} bytes, over {most}", length, most = limits::SEGMENT_BYTES);
            self.findings.add(Finding { code: FindingCode::NotChecked, message, ..what });
            return Ok(None);
        }
        self.files.read(&place.path, offset, length).await.map(Some)
    }

    /// Names the tracks of the source that no track of the presentation was compared with. Renditions of one title may each
    /// have its sound, which is packaged once.
    fn sources_missed(&mut self) {
        let is_there = |source: &Source| {
            let kind = source.track.kind;
            kind != Kind::Video
                && self
                    .sources
                    .iter()
                    .any(|other| other.file != source.file && other.matches > 0 && other.track.is_alike(&source.track))
        };
        for source in self.sources.iter().filter(|source| source.matches == 0 && !is_there(source)) {
            let message =
                message!("no track of the presentation is the source's {describe}", describe = source.describe());
            self.findings.add(Finding::new(FindingCode::SourceTrackMissing, &source.file, message));
        }
    }
}
