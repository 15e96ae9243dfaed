//! One track: its init segment and, one after another, its media segments.

use std::collections::BTreeSet;

use super::content::Looks;
use super::finding::{Finding, FindingCode};
use super::protection::{PsshFacts, read_pssh};
use super::rates::Rates;
use super::sealed::Sealed;
use super::{Files, Verifier};
use crate::codec::Protector;
use crate::demux::mp4::{Head, InitSegment};
use crate::demux::{Entry, Kind, Properties};
use crate::error::Message;
use crate::keys::KeyId;
use crate::manifest::{self, Place, Segment};
use crate::mp4::protection::Defaults;
use crate::mp4::sidx::Sidx;
use crate::mp4::{BoxHeader, FourCc};
use crate::presentation::Sap;

/// What was found in a track's files.
#[derive(Debug)]
pub(super) struct TrackFacts {
    /// The init segment's file.
    pub(super) file: String,
    pub(super) kind: Kind,
    pub(super) properties: Properties,
    /// The codecs parameter of each sample entry.
    pub(super) codecs: Vec<String>,
    /// Those of what else is in the same segments, or may be: a header of ADTS doesn't tell which AAC it is.
    pub(super) other_codecs: Vec<String>,
    pub(super) timescale: u32,
    /// The encryption defaults of the protected entries.
    pub(super) defaults: Vec<Defaults>,
    pub(super) pssh: Vec<PsshFacts>,
    /// The key ids of all samples.
    pub(super) kids: BTreeSet<KeyId>,
    /// Of each listed segment; `None` where it could not be read.
    pub(super) segments: Vec<Option<SegmentFacts>>,
    /// How much later than the source's the first sample is presented, in seconds.
    pub(super) shift: Option<f64>,
}

/// What was found in a media segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct SegmentFacts {
    /// Size in bytes.
    pub(super) size: u64,
    /// Earliest presentation time, in ticks, 0 if before 0.
    pub(super) start: u64,
    /// The latest end of a sample in presentation, in ticks.
    pub(super) end: u64,
    /// The longest sample, in ticks.
    pub(super) longest_sample: u64,
    /// How playing can start with it; `None` where that can't be told.
    pub(super) sap: Option<Sap>,
    /// Whether the media's clock may start anew with it.
    pub(super) is_anew: bool,
    /// How many samples are encrypted, and how many clear.
    pub(super) encrypted: usize,
    pub(super) clear: usize,
}

impl TrackFacts {
    /// The first segment that playing starts with worse than with an access point of this type, counted from 0, and how.
    pub(super) fn worse_start(&self, allowed: u8) -> Option<(usize, Sap)> {
        let mut known = self.segments.iter().enumerate().filter_map(|(index, facts)| Some((index, (*facts)?.sap?)));
        known.find(|(_, sap)| sap.number().is_none_or(|number| number > allowed))
    }

    /// The segments as manifests see them: each lasts until the next starts.
    pub(super) fn spans(&self) -> Vec<Option<(u64, u64)>> {
        let next = |index: usize| {
            let next = self.segments.get(index + 1).copied().flatten();
            next.filter(|next| !next.is_anew).map(|next| next.start)
        };
        let span = |(index, facts): (usize, &Option<SegmentFacts>)| {
            let facts = facts.as_ref()?;
            Some((facts.start, next(index).unwrap_or(facts.end).saturating_sub(facts.start)))
        };
        self.segments.iter().enumerate().map(span).collect()
    }

    /// The sizes and durations of the segments; `None` where one is missing.
    pub(super) fn rates(&self) -> Option<Rates> {
        let spans = self.spans();
        let segment =
            |(facts, span): (&Option<SegmentFacts>, &Option<(u64, u64)>)| Some((facts.as_ref()?.size, (*span)?.1));
        let segments = self.segments.iter().zip(&spans).map(segment).collect::<Option<_>>()?;
        Some(Rates { segments, timescale: self.timescale })
    }

    /// The codecs parameters that its segments may have.
    pub(super) fn all_codecs(&self) -> impl Iterator<Item = &String> {
        self.codecs.iter().chain(&self.other_codecs)
    }

    /// The start of the first segment in milliseconds.
    pub(super) fn start_ms(&self) -> Option<i64> {
        let start = self.segments.first().copied().flatten()?.start;
        i64::try_from(u128::from(start) * 1000 / u128::from(self.timescale)).ok()
    }

    /// The end of the last segment in milliseconds.
    pub(super) fn end_ms(&self) -> Option<u64> {
        let end = self.segments.last().copied().flatten()?.end;
        Some(u64::try_from(u128::from(end) * 1000 / u128::from(self.timescale)).unwrap_or(u64::MAX))
    }

    /// Whether any sample is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.segments.iter().flatten().any(|segment| segment.encrypted > 0)
    }
}

/// What a manifest says of a track's segments beside where they are.
#[derive(Debug, Default)]
pub(super) struct Times<'m> {
    /// Ticks in a second of the listed times.
    pub(super) timescale: u32,
    /// What the media's clock says where the listed times begin, in milliseconds, as far as other tracks tell.
    pub(super) media_start: Option<i64>,
    /// Whether the track has nothing but the key frames of another one.
    pub(super) is_trick: bool,
    /// For each segment the keys that it is encrypted with as a whole.
    pub(super) sealed: Vec<Option<Sealed<'m>>>,
}

/// Where reading a track stands.
pub(super) struct Reading {
    pub(super) init: InitSegment,
    /// Which of the init segment's tracks it is.
    pub(super) index: usize,
    pub(super) facts: TrackFacts,
    /// Where the next fragment must start, in ticks; `None` where a segment before it is missing.
    pub(super) next_decode_time: Option<u64>,
    /// Decoding time of the very first sample.
    pub(super) first_decode_time: Option<u64>,
    /// How many samples were read.
    pub(super) samples: usize,
    /// The index of the source that this track is compared with, and of its next sample.
    pub(super) source: Option<usize>,
    pub(super) next_source: usize,
    pub(super) is_source_sought: bool,
    /// The presentation times of the first sample that was compared: of the track and of the source.
    pub(super) first_times: Option<(i64, i64)>,
    pub(super) looks: Looks,
    pub(super) missing_keys: BTreeSet<KeyId>,
}

impl Reading {
    /// What the init segment says of the track.
    pub(super) fn head(&self) -> Head<'_> {
        self.init.heads().nth(self.index).expect("a reading is made of an init segment with the track")
    }

    /// Protectors for the samples of a segment.
    pub(super) fn protectors(&self) -> Protectors {
        let entries = &self.head().track.entries;
        let first_alike = |entry: &Entry| entries.iter().position(|other| other.bytes == entry.bytes).unwrap_or(0);
        Protectors {
            each: entries.iter().map(|entry| entry.codec.protector()).collect(),
            of_entry: entries.iter().map(first_alike).collect(),
        }
    }
}

/// A protector for each sample entry. Entries that differ in their protection alone share one: what the headers of a
/// protected sample mean may depend on the clear samples before.
pub(super) struct Protectors {
    each: Vec<Box<dyn Protector>>,
    of_entry: Vec<usize>,
}

impl Protectors {
    /// That of the sample entry of this index.
    pub(super) fn of(&mut self, entry: usize) -> Option<&mut dyn Protector> {
        let index = *self.of_entry.get(entry)?;
        self.each.get_mut(index).map(|protector| &mut **protector as &mut dyn Protector)
    }
}

impl<F: Files> Verifier<'_, F> {
    /// Reads a track's files, unless another manifest listed the same; gives the index of what was found: of the pictures,
    /// where sound is in the same files.
    pub(super) async fn track(
        &mut self,
        manifest: &str,
        name: &str,
        init: Option<&Place>,
        segments: &[Segment],
        times: &Times<'_>,
    ) -> Result<Option<usize>, F::Error> {
        let places: Vec<Place> = segments.iter().map(|segment| segment.place.clone()).collect();
        let id = (init.cloned(), places);
        if let Some(&known) = self.known.get(&id) {
            return Ok(Some(known));
        }
        if init.is_none() && self.is_webvtt(segments).await? {
            self.webvtt(name, segments, times).await?;
            return Ok(None);
        }
        // A file that initialises itself holds its init segment.
        let Some(init) = init.or(segments.first().map(|first| &first.place)) else {
            self.findings.add(Finding::new(
                FindingCode::ManifestInvalid,
                manifest,
                message!("{name} lists no segment", name),
            ));
            return Ok(None);
        };
        let missing =
            Finding::new(FindingCode::FileMissing, &init.path, message!("the init segment of {name} is missing", name));
        let Some(bytes) = self.bytes(init, missing).await? else { return Ok(None) };
        let Some(mut readings) = self.begin(init, &bytes) else { return Ok(None) };
        // Between key frames the source has others, so that there is nothing to compare one by one.
        readings.iter_mut().for_each(|reading| reading.is_source_sought = times.is_trick);
        for (index, segment) in segments.iter().enumerate() {
            let message = message!("segment {index} of {name} is missing", index = index + 1, name);
            let missing = Finding::new(FindingCode::FileMissing, &segment.place.path, message).segment(index);
            let read = match self.bytes(&segment.place, missing).await? {
                Some(bytes) => self.unsealed(manifest, index, segment, times.sealed.get(index), bytes).await?,
                None => None,
            };
            self.counts.segments += usize::from(read.is_some());
            let mut is_read = read.is_some();
            for reading in &mut readings {
                if segment.discontinuity {
                    reading.next_decode_time = None;
                }
                let facts = match read.as_ref().filter(|_| is_read) {
                    Some(bytes) => self.segment(reading, &segment.place, index, bytes).await?,
                    None => None,
                };
                // What can't be read needn't be named once more for the next track in it.
                is_read &= facts.is_some() || reading.index > 0;
                if facts.is_none() {
                    reading.next_decode_time = None;
                }
                let is_anew = segment.discontinuity;
                reading.facts.segments.push(facts.map(|facts| SegmentFacts { is_anew, ..facts }));
            }
        }
        let first = self.tracks.len();
        let pictures = readings.iter().position(|reading| reading.facts.kind == Kind::Video).unwrap_or(0);
        for mut reading in readings {
            self.end(&mut reading);
            self.tracks.push(reading.facts);
        }
        self.known.insert(id, first + pictures);
        Ok(Some(first + pictures))
    }

    /// Reads an init segment: a reading for each of its tracks.
    fn begin(&mut self, place: &Place, bytes: &[u8]) -> Option<Vec<Reading>> {
        let file = &place.path;
        let offset = place.range.map_or(0, |range| range.0);
        if bytes.starts_with(&EBML) {
            self.findings.add(not_iso(file, message!("WebM")));
            return None;
        }
        if bytes.first() == Some(&0x47) && bytes.get(188).is_none_or(|&byte| byte == 0x47) {
            self.findings.add(not_iso(file, message!("an MPEG transport stream")));
            return None;
        }
        let init = match InitSegment::read(bytes, offset) {
            Ok(init) => init,
            Err(error) => {
                self.findings.add(Finding::of(FindingCode::InitInvalid, file, error));
                return None;
            }
        };
        if init.heads().next().is_none() {
            let what = if init.skipped().is_empty() {
                "it has no track".to_owned()
            } else {
                crate::error::Messages(init.skipped().to_vec()).text()
            };
            self.findings.add(Finding::new(
                FindingCode::NotChecked,
                file,
                message!("its samples are not checked: {what}", what),
            ));
            return None;
        }
        if init.heads().any(|head| head.has_samples) {
            let message = message!("the file has samples outside of movie fragments, which are not checked");
            self.findings.add(Finding::new(FindingCode::NotChecked, file, message));
        }
        let mut readings: Vec<Reading> = (0..init.heads().count()).map(|index| reading(&init, index, file)).collect();
        for (offset, content) in &init.pssh {
            match read_pssh(crate::mp4::reader(content, *offset), file) {
                Ok(pssh) => readings[0].facts.pssh.push(PsshFacts { is_in_moov: true, ..pssh }),
                Err(error) => {
                    self.findings.add(Finding::of(
                        FindingCode::PsshInvalid,
                        file,
                        error.in_box("moov/pssh").at(*offset),
                    ));
                }
            }
        }
        Some(readings)
    }

    /// What can be said when all segments are read.
    fn end(&mut self, reading: &mut Reading) {
        let file = reading.facts.file.clone();
        if reading.looks.is_random() {
            let kids: Vec<String> = reading.facts.kids.iter().map(|kid| kid.to_hex()).collect();
            let message = message!(
                "the decrypted frames begin at random: the key of {kids} is another",
                kids = kids.join(" or ")
            );
            self.findings.add(Finding::new(FindingCode::KeyWrong, &file, message));
        } else if reading.looks.is_telling() {
            for (sample, segment, file) in std::mem::take(&mut reading.looks.wrong) {
                let message = message!("the decrypted frame doesn't end as frames of AAC do");
                self.findings
                    .add(Finding::new(FindingCode::SampleInvalid, &file, message).segment(segment).sample(sample));
            }
        }
        if let Some((ours, theirs)) = reading.first_times
            && let Some(source) = reading.source.and_then(|index| self.sources.get(index))
        {
            let seconds = |ticks, timescale| crate::time::seconds(ticks, timescale);
            reading.facts.shift =
                Some(seconds(ours, reading.facts.timescale) - seconds(theirs, source.track.timescale));
        }
        let Some(source) = reading.source.and_then(|index| self.sources.get(index)) else { return };
        let (ours, theirs) = (reading.samples, source.track.samples.len());
        let is_complete = reading.facts.segments.iter().all(Option::is_some);
        if reading.facts.kind == Kind::Text {
            if is_complete {
                let finding = self.text_end(reading, source);
                self.findings_of(finding.into_iter().collect());
            }
        } else if is_complete && ours != theirs {
            let message = message!("the track has {ours} samples, and its source {theirs}", ours, theirs);
            self.findings.add(Finding::new(FindingCode::SampleCountDiffers, &file, message));
        }
    }

    /// Whether a track's files are WebM, which isn't read.
    pub(super) async fn is_webm(&mut self, track: &manifest::Track) -> Result<bool, F::Error> {
        let first = track.init.iter().chain(&track.index).chain(track.segments.first().map(|first| &first.place));
        for place in first {
            if self.files.size(&place.path).await?.is_some_and(|size| size >= EBML.len() as u64) {
                return Ok(self.files.read(&place.path, 0, EBML.len() as u64).await? == EBML);
            }
        }
        Ok(false)
    }

    /// The segments that a `sidx` lists; whether its file is there.
    pub(super) async fn index(&mut self, track: &mut manifest::Track, index: &Place) -> Result<bool, F::Error> {
        let missing = Finding::new(
            FindingCode::FileMissing,
            &index.path,
            message!("the file of {track} is missing", track = track.name),
        );
        let Some(bytes) = self.bytes(index, missing).await? else { return Ok(false) };
        let offset = index.range.map_or(0, |range| range.0);
        let read = || {
            let mut reader = crate::mp4::reader(&bytes, offset);
            let header = BoxHeader::read(&mut reader, bytes.len() as u64, false)?;
            let is_sidx = header.kind == FourCc(*b"sidx");
            let sidx = if is_sidx { Some(Sidx::read(reader).map_err(|error| error.in_box("sidx"))?) } else { None };
            Ok((header.end(), sidx))
        };
        let (end, sidx) = match read() {
            Ok((end, Some(sidx))) if sidx.timescale > 0 => (end, sidx),
            Ok(_) => {
                let message = message!("no sidx with a timescale stands where the indexRange says");
                self.findings.add(Finding::new(FindingCode::SidxWrong, &index.path, message).at(offset));
                return Ok(true);
            }
            Err(error) => {
                self.findings.add(Finding::of(FindingCode::SidxWrong, &index.path, error));
                return Ok(true);
            }
        };
        if end != offset + bytes.len() as u64 {
            let message = message!("the indexRange ends at byte {as}, and the sidx at {end}", as = offset + bytes.len() as u64, end);
            self.findings.add(Finding::new(FindingCode::SidxWrong, &index.path, message).at(offset));
        }
        track.timescale = sidx.timescale;
        let mut at = end.saturating_add(sidx.first_offset);
        let mut time = sidx.earliest_presentation_time;
        for reference in &sidx.references {
            if reference.is_index {
                let message = message!("a sidx of sidx boxes: the segments it lists are not checked");
                self.findings.add(Finding::new(FindingCode::NotChecked, &index.path, message).at(offset));
                return Ok(true);
            }
            track.segments.push(Segment {
                place: Place { path: index.path.clone(), range: Some((at, u64::from(reference.size))) },
                start: Some(time),
                duration: Some(u64::from(reference.duration)),
                line: None,
                keys: None,
                discontinuity: false,
            });
            at = at.saturating_add(u64::from(reference.size));
            time = time.saturating_add(u64::from(reference.duration));
        }
        if self.media_from(&index.path, at).await? {
            let message = message!("the sidx lists the file up to byte {at}, and it goes on", at);
            self.findings.add(Finding::new(FindingCode::SidxWrong, &index.path, message).at(offset));
        }
        Ok(true)
    }

    /// Whether a file has more from `at` on than boxes that are no media: `mfra` may end it, and padding.
    async fn media_from(&self, path: &str, mut at: u64) -> Result<bool, F::Error> {
        /// What a box's header takes at most.
        const HEADER: u64 = 16;
        let size = self.files.size(path).await?.unwrap_or(0);
        while at < size {
            let head = self.files.read(path, at, HEADER.min(size - at)).await?;
            let Ok(header) = BoxHeader::read(&mut crate::mp4::reader(&head, at), size - at, true) else {
                return Ok(true);
            };
            if !matches!(&header.kind.0, b"mfra" | b"free" | b"skip" | b"meta" | b"udta" | b"uuid" | b"emsg") {
                return Ok(true);
            }
            at = header.end();
        }
        Ok(false)
    }
}

/// The beginning of a reading: of the track of this index.
fn reading(init: &InitSegment, index: usize, file: &str) -> Reading {
    let heads: Vec<Head<'_>> = init.heads().collect();
    let head = heads[index];
    let names = |head: &Head<'_>| head.track.entries.iter().map(|entry| entry.codec.rfc6381()).collect::<Vec<_>>();
    let others = heads.iter().enumerate().filter(|(other, _)| *other != index);
    let facts = TrackFacts {
        file: file.to_owned(),
        kind: head.track.kind,
        properties: head.track.properties,
        codecs: names(&head),
        other_codecs: others.flat_map(|(_, head)| names(head)).collect(),
        timescale: head.track.timescale,
        defaults: head.entry_defaults.iter().flatten().cloned().collect(),
        pssh: Vec::new(),
        kids: BTreeSet::new(),
        segments: Vec::new(),
        shift: None,
    };
    Reading {
        init: init.clone(),
        index,
        facts,
        next_decode_time: None,
        first_decode_time: None,
        samples: 0,
        source: None,
        next_source: 0,
        is_source_sought: false,
        first_times: None,
        looks: Looks::default(),
        missing_keys: BTreeSet::new(),
    }
}

/// How Matroska and WebM begin (RFC 8794 section 11.2.1).
const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];

fn not_iso(file: &str, what: Message) -> Finding {
    Finding::new(FindingCode::NotChecked, file, message!("{what}: only files of ISO BMFF are checked", what))
}
