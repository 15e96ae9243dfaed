//! One media segment: its boxes, its times, its samples.

use super::content::{ends_right, nal_fault, nal_units, nal_units_of};
use super::finding::{Finding, FindingCode};
use super::protection::{check_pssh, read_pssh};
use super::source::{explain, is_same};
use super::track::{Protectors, Reading, SegmentFacts};
use super::{Files, Verifier};
use crate::demux::mp4::Fragment;
use crate::demux::{Kind, Sample, SampleProtection};
use crate::error::{Error, Message};
use crate::keys::KeyId;
use crate::manifest::Place;
use crate::mp4::protection::{Defaults, Tenc};
use crate::mp4::sample_group::SampleGroups;
use crate::mp4::senc::AuxEntry;
use crate::mp4::traf::Traf;
use crate::mp4::{BoxHeader, Boxes};
use crate::open::{kid, scheme};
use crate::presentation::Sap;

/// A segment in hand.
pub(super) struct Segment<'a> {
    place: &'a Place,
    index: usize,
    bytes: &'a [u8],
    /// Where the bytes stand in the file.
    offset: u64,
}

impl Segment<'_> {
    fn finding(&self, code: FindingCode, message: Message) -> Finding {
        Finding::new(code, &self.place.path, message).segment(self.index)
    }

    fn of(&self, code: FindingCode, error: Error) -> Finding {
        Finding::of(code, &self.place.path, error).segment(self.index)
    }

    pub(super) fn slice(&self, offset: u64, size: u64) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        self.bytes.get(from..from.checked_add(usize::try_from(size).ok()?)?)
    }
}

impl<F: Files> Verifier<'_, F> {
    /// Checks a segment; `None` where it can't be read.
    pub(super) async fn segment(
        &mut self,
        reading: &mut Reading,
        place: &Place,
        index: usize,
        bytes: &[u8],
    ) -> Result<Option<SegmentFacts>, F::Error> {
        let segment = Segment { place, index, bytes, offset: place.range.map_or(0, |range| range.0) };
        let Some(fragments) = self.fragments(reading, &segment) else { return Ok(None) };
        let count = fragments.iter().map(|fragment| fragment.samples.len()).sum();
        if count == 0 {
            if reading.index > 0 {
                return Ok(None); // beside the first track another may pause
            }
            self.findings
                .add(segment.finding(FindingCode::SegmentInvalid, message!("the segment has no sample of the track")));
            return Ok(None);
        }
        let sources = self.source_samples(reading, &segment, &fragments, count).await?;
        let mut protectors = reading.protectors();
        let mut facts = SegmentFacts {
            size: bytes.len() as u64,
            start: u64::MAX,
            end: 0,
            longest_sample: 0,
            sap: None,
            is_anew: false,
            encrypted: 0,
            clear: 0,
        };
        let mut number = 0;
        for fragment in &fragments {
            self.decode_time(reading, &segment, fragment);
            let mut decode_time = fragment.decode_time;
            let protections: Vec<Option<SampleProtection<'_>>> = match &fragment.protection {
                Some(protection) => protection.of(0..fragment.samples.len()).collect(),
                None => vec![None; fragment.samples.len()],
            };
            for (sample, protection) in fragment.samples.iter().zip(protections) {
                let present = i64::try_from(decode_time)
                    .unwrap_or(i64::MAX)
                    .saturating_add(i64::from(sample.composition_offset))
                    .saturating_add(reading.head().presentation_offset);
                let end = present.saturating_add(i64::from(sample.duration));
                facts.start = facts.start.min(u64::try_from(present).unwrap_or(0));
                facts.end = facts.end.max(u64::try_from(end).unwrap_or(0));
                facts.longest_sample = facts.longest_sample.max(u64::from(sample.duration));
                decode_time = decode_time.saturating_add(u64::from(sample.duration));
                match protection {
                    Some(_) => facts.encrypted += 1,
                    None => facts.clear += 1,
                }
                let taken = Taken { sample, protection, present, source: sources.get(number).map(Vec::as_slice) };
                self.sample(reading, &segment, &taken, &mut protectors);
                number += 1;
            }
        }
        facts.sap = sap(reading, &segment, &fragments);
        let first = fragments.first().and_then(|fragment| fragment.samples.first());
        if reading.facts.kind == Kind::Video && first.is_some_and(|sample| !sample.sync) {
            let message = message!("the segment doesn't start with a sync sample, so that no client can start there");
            self.findings.add(segment.finding(FindingCode::SegmentStart, message).in_box("moof/traf/trun"));
        }
        Ok(Some(facts))
    }

    /// The fragments of the track; what is wrong with boxes is found here.
    fn fragments(&mut self, reading: &mut Reading, segment: &Segment<'_>) -> Option<Vec<Fragment>> {
        let mut found = Vec::new();
        let mut reader = crate::mp4::reader(segment.bytes, segment.offset);
        let mut data: Vec<(u64, u64)> = Vec::new();
        while !reader.is_empty() {
            let header = match BoxHeader::read(&mut reader.clone(), reader.rest().len() as u64, true) {
                Ok(header) => header,
                Err(error) => {
                    self.findings.add(segment.of(FindingCode::SegmentInvalid, error));
                    return None;
                }
            };
            reader.skip(usize::try_from(header.size).expect("a box lies within a slice")).ok()?;
            match &header.kind.0 {
                b"moof" => {
                    self.moof(reading, segment, &header);
                    match reading.init.read_moof(&header, segment.bytes, segment.offset) {
                        Ok(fragments) => {
                            found.extend(fragments.into_iter().filter(|fragment| fragment.head == reading.index))
                        }
                        Err(error) => {
                            self.findings.add(segment.of(FindingCode::SegmentInvalid, error));
                            return None;
                        }
                    }
                }
                b"mdat" => data.push((header.offset + header.header_size, header.end())),
                _ => (),
            }
        }
        let is_in_data = |sample: &Sample| {
            let end = sample.offset + u64::from(sample.size);
            sample.size == 0 || data.iter().any(|&(from, to)| from <= sample.offset && end <= to)
        };
        let stray = found.iter().flat_map(|fragment| &fragment.samples).find(|sample| !is_in_data(sample));
        if let Some(sample) = stray {
            let message = message!("a sample of {size} bytes lies outside of mdat", size = sample.size);
            self.findings
                .add(segment.finding(FindingCode::SegmentInvalid, message).at(sample.offset).in_box("moof/traf/trun"));
        }
        Some(found)
    }

    /// The auxiliary information boxes of a `moof`, against each other; and its `pssh` boxes.
    fn moof(&mut self, reading: &mut Reading, segment: &Segment<'_>, header: &BoxHeader) {
        let start = header.offset + header.header_size;
        let Some(content) = segment.slice(start, header.size - header.header_size) else { return };
        let (mut announced, mut is_clear) = (Vec::new(), false);
        for child in Boxes::new(crate::mp4::reader(content, start)) {
            let Ok((kind, reader)) = child else { return };
            match &kind.0 {
                b"traf" => {
                    // What can't be read is found when the samples are.
                    let scheme = reading.facts.defaults.first().map_or(*b"cenc", |defaults| defaults.tenc.scheme);
                    let Ok(traf) = Traf::read(reader, scheme) else { return };
                    if !reading.facts.defaults.is_empty() && traf.tfhd.track_id == reading.head().track_id {
                        is_clear = defaults_of(reading, &traf).is_none() && traf.groups == SampleGroups::default();
                        self.auxiliary(reading, segment, header, &traf);
                    }
                }
                b"pssh" if reading.index == 0 => {
                    let offset = reader.offset();
                    match read_pssh(reader, &segment.place.path) {
                        // Which keys there are is known when all is read.
                        Ok(pssh) => {
                            let kids = pssh.kids.iter().flatten().copied().collect();
                            check_pssh(&mut self.findings, &pssh, "moof/pssh", &Default::default(), &kids);
                            announced.push(pssh);
                        }
                        Err(error) => {
                            let error = error.in_box("moof/pssh").at(offset);
                            self.findings.add(segment.of(FindingCode::PsshInvalid, error));
                        }
                    }
                }
                _ => (),
            }
        }
        // In a clear lead the boxes tell of a key that may be used for the first time behind it, or not at all.
        if !is_clear {
            reading.facts.pssh.append(&mut announced);
        }
    }

    /// `saiz` and `saio` must say what `senc` has.
    fn auxiliary(&mut self, reading: &Reading, segment: &Segment<'_>, header: &BoxHeader, traf: &Traf<'_>) {
        let wrong = |name: &str, message: Message| {
            segment.finding(FindingCode::AuxiliaryWrong, message).in_box(&format!("moof/traf/{name}")).at(header.offset)
        };
        let base = traf.base(header.offset, None);
        let boxes = &traf.auxiliary;
        let samples = traf.sample_count();
        let Some(senc) = &boxes.senc else {
            if boxes.saiz.is_some() != boxes.saio.is_some() {
                self.findings.add(wrong("saiz", message!("only one of saiz and saio is there")));
            }
            return;
        };
        let of_entry = defaults_of(reading, traf);
        let in_track = Default::default();
        let Ok(groups) = traf.groups.resolve(&in_track) else { return };
        let groups = groups.into_iter().flat_map(|(count, group)| std::iter::repeat_n(group, count as usize));
        // Samples that nothing must be said of, since their IV is constant and they have no subsamples, may be left out.
        let needs_none = !senc.use_subsamples
            && groups.clone().chain(std::iter::once(None)).all(|group| {
                let defaults = group.or(of_entry).filter(|defaults| defaults.is_protected);
                defaults.is_none_or(|defaults| defaults.tenc.default_per_sample_iv_size == 0)
            });
        if u64::from(senc.count) != samples && !(needs_none && u64::from(senc.count) < samples) {
            self.findings.add(wrong(
                "senc",
                message!("senc has {senc} samples, and the fragment {samples}", senc = senc.count, samples),
            ));
            return;
        }
        if let Some(saio) = &boxes.saio {
            let first = senc.entries.offset();
            let stated = saio.offsets.first().map(|&offset| base.saturating_add(offset));
            if stated != Some(first) {
                let message = match stated {
                    Some(stated) => {
                        message!(
                            "saio points at byte {stated}, but the entries of senc are at byte {first}",
                            stated,
                            first
                        )
                    }
                    None => message!("saio has no offset, but the entries of senc are at byte {first}", first),
                };
                self.findings.add(wrong("saio", message));
            }
        }
        let Some(saiz) = &boxes.saiz else { return };
        if u64::from(saiz.count) != samples {
            if !(needs_none && u64::from(saiz.count) < samples) {
                self.findings.add(wrong(
                    "saiz",
                    message!("saiz has {saiz} samples, and the fragment {samples}", saiz = saiz.count, samples),
                ));
            }
            return;
        }
        let mut groups = groups;
        let mut entries = senc.entries.clone();
        for index in 0..senc.count as usize {
            let defaults = groups.next().flatten().or(of_entry).filter(|defaults| defaults.is_protected);
            let iv_size = defaults.map_or(0, |defaults| defaults.tenc.default_per_sample_iv_size);
            let Ok(entry) = AuxEntry::read(&mut entries, iv_size, senc.use_subsamples) else { return };
            if entry.size() != usize::from(saiz.size(index)) {
                let message = message!(
                    "saiz says {index} bytes for a sample, and senc has {size}",
                    index = saiz.size(index),
                    size = entry.size()
                );
                self.findings.add(wrong("saiz", message).sample(reading.samples + index));
                return;
            }
        }
    }

    /// A fragment must start where the one before it ended.
    fn decode_time(&mut self, reading: &mut Reading, segment: &Segment<'_>, fragment: &Fragment) {
        let start = fragment.decode_time;
        reading.first_decode_time.get_or_insert(start);
        let tolerance = u64::from(reading.facts.timescale) / 1000;
        if let Some(expected) = reading.next_decode_time {
            let timescale = reading.facts.timescale;
            if start > expected.saturating_add(tolerance) {
                let message = message!(
                    "the fragment starts at tick {start} of {timescale} a second, {by} after the end of the one before it",
                    start,
                    timescale,
                    by = start - expected
                );
                self.findings.add(segment.finding(FindingCode::TfdtGap, message).in_box("moof/traf/tfdt"));
            } else if start.saturating_add(tolerance) < expected {
                let message = message!(
                    "the fragment starts at tick {start} of {timescale} a second, {by} before the end of the one before it",
                    start,
                    timescale,
                    by = expected - start
                );
                self.findings.add(segment.finding(FindingCode::TfdtOverlap, message).in_box("moof/traf/tfdt"));
            }
        }
        let duration: u64 = fragment.samples.iter().map(|sample| u64::from(sample.duration)).sum();
        reading.next_decode_time = Some(start.saturating_add(duration));
    }

    /// The source's samples that belong to a segment.
    async fn source_samples(
        &mut self,
        reading: &mut Reading,
        segment: &Segment<'_>,
        fragments: &[Fragment],
        count: usize,
    ) -> Result<Vec<Vec<u8>>, F::Error> {
        if self.sources.is_empty() {
            return Ok(Vec::new());
        }
        if !reading.is_source_sought {
            reading.is_source_sought = true;
            self.seek_source(reading, segment, fragments).await?;
        }
        let Some(source) = reading.source.and_then(|index| self.sources.get(index)) else { return Ok(Vec::new()) };
        // Behind a segment that is missing the place in the source is found by time.
        if reading.next_decode_time.is_none()
            && let Some(first) = reading.first_decode_time
        {
            let since = fragments.first().map_or(0, |fragment| fragment.decode_time.saturating_sub(first));
            let since = u128::from(since) * u128::from(source.track.timescale) / u128::from(reading.facts.timescale);
            // A tick more: rounding must not lead to the sample before.
            let found = source.decode_times.partition_point(|&time| u128::from(time) + 1 < since);
            reading.next_source = found;
        }
        if reading.facts.kind == Kind::Text {
            return self.source_texts(reading, source, fragments).await;
        }
        source.read(self.files, reading.next_source, count, &self.opener).await
    }

    /// Finds the source's track that a track was made of: of the same kind, with the same first sample; else
    /// the only one of the same properties.
    async fn seek_source(
        &mut self,
        reading: &mut Reading,
        segment: &Segment<'_>,
        fragments: &[Fragment],
    ) -> Result<(), F::Error> {
        let facts = &reading.facts;
        let candidates: Vec<usize> =
            (0..self.sources.len()).filter(|&index| self.sources[index].track.kind == facts.kind).collect();
        let first = fragments.first().and_then(|fragment| {
            let sample = fragment.samples.first()?;
            let mut bytes = segment.slice(sample.offset, u64::from(sample.size))?.to_vec();
            let protection = fragment.protection.as_ref().and_then(|protection| protection.of(0..1).next()?);
            if let Some(protection) = protection {
                self.opener.open(&protection, &mut bytes).ok()?;
            }
            Some((bytes, usize::from(sample.entry)))
        });
        if facts.kind == Kind::Text {
            reading.source = self.seek_text(reading, segment, fragments, &candidates).await?;
        } else if let Some((first, entry)) = first {
            let nal = reading.head().track.entries.get(entry).and_then(nal_units_of);
            for &index in &candidates {
                let theirs = self.sources[index].read(self.files, 0, 1, &self.opener).await?;
                if theirs.first().is_some_and(|theirs| is_same(&first, theirs, nal)) {
                    reading.source = Some(index);
                    break;
                }
            }
        }
        if reading.source.is_none() {
            let mut alike =
                candidates.iter().filter(|&&index| self.sources[index].track.properties == facts.properties);
            reading.source = alike.next().copied().or_else(|| candidates.first().copied());
        }
        match reading.source {
            Some(index) => self.sources[index].matches += 1,
            None => {
                let message = message!("no source has a {kind} track to compare this with", kind = facts.kind.as_str());
                self.findings.add(Finding::new(FindingCode::SourceTrackMissing, &facts.file, message));
            }
        }
        Ok(())
    }

    /// Decrypts a sample, parses it and compares it with its source.
    fn sample(&mut self, reading: &mut Reading, segment: &Segment<'_>, taken: &Taken<'_>, protectors: &mut Protectors) {
        let number = reading.samples;
        reading.samples += 1;
        self.counts.samples += 1;
        let sample = taken.sample;
        let finding = |code, message: Message| segment.finding(code, message).sample(number).at(sample.offset);
        let source_index = reading.next_source;
        reading.next_source += 1;
        let Some(encrypted) = segment.slice(sample.offset, u64::from(sample.size)) else {
            self.findings.add(finding(FindingCode::SegmentInvalid, message!("a sample lies outside of its segment")));
            return;
        };
        let mut clear = encrypted.to_vec();
        if let Some(protection) = &taken.protection {
            self.counts.encrypted += 1;
            let kid = kid(protection.tenc);
            reading.facts.kids.insert(kid);
            self.check_pattern(reading, protection.tenc, &finding);
            if !self.opener.has(kid) {
                if reading.missing_keys.insert(kid) {
                    let message = message!(
                        "no key is given for key id {kid}, so that its samples are not decrypted",
                        kid = kid.to_hex()
                    );
                    self.findings.add(finding(FindingCode::KeyMissing, message));
                }
                return;
            }
            if let Err(error) = self.opener.open(protection, &mut clear) {
                let boxes =
                    error.place.boxes.as_ref().map_or("moof/traf".to_owned(), |name| format!("moof/traf/{name}"));
                self.findings.add(finding(FindingCode::SubsamplesWrong, error.into_details().message).in_box(&boxes));
                return;
            }
            self.counts.decrypted += 1;
            self.remember_iv(protection, kid, &clear, &finding);
        }
        let entry = usize::from(sample.entry);
        let head = reading.head();
        let Some(of_entry) = head.track.entries.get(entry) else { return };
        let (codec, nal) = (of_entry.codec.clone(), nal_units_of(of_entry));
        if let Some(source) = taken.source {
            self.counts.compared += 1;
            // The source's text was sought by its time.
            if reading.facts.kind != Kind::Text {
                self.compare_times(reading, taken, source_index, &finding);
            }
            if is_same(&clear, source, nal) {
                return; // as the source has it: there is nothing to say about its content
            }
            let explained = taken
                .protection
                .as_ref()
                .and_then(|protection| explain(&self.opener, protection, encrypted, source, &codec));
            let (code, message) = explained.unwrap_or_else(|| (FindingCode::SampleDiffers, difference(&clear, source)));
            let boxes = if code == FindingCode::SampleDiffers { "mdat" } else { "moof/traf/senc" };
            self.findings.add(finding(code, message).in_box(boxes));
            return;
        }
        let mut protectable = Vec::new();
        let Some(protector) = protectors.of(entry) else { return };
        if let Err(error) = protector.protectable(&clear, &mut protectable) {
            self.findings.add(finding(FindingCode::SampleInvalid, error.into_details().message));
            return;
        }
        if let Some(fault) = nal.and_then(|(_, length_size)| nal_fault(&clear, length_size)) {
            self.findings.add(finding(FindingCode::SampleInvalid, fault));
            return;
        }
        if let Some(protection) = &taken.protection {
            if let Some(ends_right) = ends_right(&codec, &clear) {
                reading.looks.add(&clear, ends_right, number, segment.index, &segment.place.path);
            }
            let ranges = protection.ranges(clear.len()).unwrap_or_default();
            let within = |range: &std::ops::Range<usize>| {
                protectable.iter().any(|allowed| allowed.start <= range.start && range.end <= allowed.end)
            };
            if let Some(range) = ranges.iter().find(|range| !range.is_empty() && !within(range)) {
                let message = message!(
                    "bytes {start} to {end} of the sample are protected, and reach beyond slice or tile data",
                    start = range.start,
                    end = range.end
                );
                self.findings.add(finding(FindingCode::HeaderProtected, message).in_box("moof/traf/senc"));
            }
        }
    }

    /// Chromium refuses a sample group whose pattern differs from that of `tenc`.
    fn check_pattern(&mut self, reading: &Reading, tenc: &Tenc, finding: &impl Fn(FindingCode, Message) -> Finding) {
        let pattern = |tenc: &Tenc| (tenc.default_crypt_byte_block, tenc.default_skip_byte_block);
        let defaults = reading.facts.defaults.iter().filter(|defaults| defaults.is_protected);
        let mut patterns = defaults.map(|defaults| pattern(&defaults.tenc)).peekable();
        if patterns.peek().is_some() && patterns.all(|of_track| of_track != pattern(tenc)) {
            let (crypt, skip) = pattern(tenc);
            let message = message!("the sample group's pattern {crypt}:{skip} is not that of tenc", crypt, skip);
            self.findings.add(finding(FindingCode::PatternWrong, message).in_box("moof/traf/sgpd"));
        }
    }

    /// Under CTR two samples of one key and IV tell each other's content.
    fn remember_iv(
        &mut self,
        protection: &SampleProtection<'_>,
        kid: KeyId,
        clear: &[u8],
        finding: &impl Fn(FindingCode, Message) -> Finding,
    ) {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let is_ctr = scheme(protection.tenc).is_ok_and(|scheme| scheme.mode() == crate::cenc::Mode::Ctr);
        let is_any = protection.ranges(clear.len()).is_ok_and(|ranges| ranges.iter().any(|range| !range.is_empty()));
        if !is_ctr || !is_any || self.ivs.len() >= crate::limits::REMEMBERED_IVS {
            return;
        }
        let mut hasher = DefaultHasher::new();
        clear.hash(&mut hasher);
        let hash = hasher.finish();
        // The same sample packaged twice, for two targets, has the same ciphertext: that tells nothing.
        if self.ivs.insert((kid, protection.iv()), hash).is_some_and(|before| before != hash) {
            let iv = crate::keys::hex(protection.aux.iv);
            let message =
                message!("the IV {iv} was used for another sample of key id {kid} before", iv, kid = kid.to_hex());
            self.findings.add(finding(FindingCode::IvReused, message).in_box("moof/traf/senc"));
        }
    }

    /// Times may be shifted as a whole, by edit lists or by none; not against each other.
    fn compare_times(
        &mut self,
        reading: &mut Reading,
        taken: &Taken<'_>,
        source_index: usize,
        finding: &impl Fn(FindingCode, Message) -> Finding,
    ) {
        let Some(source) = reading.source.and_then(|index| self.sources.get(index)) else { return };
        let theirs = source.presentation_time(source_index);
        let (first_ours, first_theirs) = *reading.first_times.get_or_insert((taken.present, theirs));
        let (our_scale, their_scale) = (i128::from(reading.facts.timescale), i128::from(source.track.timescale));
        let ours = i128::from(taken.present - first_ours) * their_scale;
        let expected = i128::from(theirs - first_theirs) * our_scale;
        // Within a tick of the coarser timescale, and what rounding of two times adds up to.
        if (ours - expected).abs() > 2 * our_scale.max(their_scale) {
            let ms = (ours - expected) * 1000 / (our_scale * their_scale);
            let message =
                message!("the sample is presented {ms} ms later than the source's, counted from the first", ms);
            self.findings.add(finding(FindingCode::SampleTimeDiffers, message).in_box("moof/traf/trun"));
        }
    }
}

/// The encryption defaults of the samples of a `traf`, of which its groups may say otherwise; `None` where they are clear.
fn defaults_of<'a>(reading: &'a Reading, traf: &Traf<'_>) -> Option<&'a Defaults> {
    let entry = usize::try_from(traf.tfhd.sample_description_index.unwrap_or(1).saturating_sub(1)).ok()?;
    reading.head().entry_defaults.get(entry)?.as_ref()
}

/// How playing can start with a segment, by the headers of its pictures, which are clear; `None` where the first picture
/// is encrypted as a whole, or damaged.
fn sap(reading: &Reading, segment: &Segment<'_>, fragments: &[Fragment]) -> Option<Sap> {
    if reading.facts.kind != Kind::Video {
        return Some(Sap::One);
    }
    let entries = &reading.head().track.entries;
    let mut first = None;
    let mut leading = Vec::new();
    for fragment in fragments {
        let mut decode_time = i64::try_from(fragment.decode_time).unwrap_or(i64::MAX);
        for (index, sample) in fragment.samples.iter().enumerate() {
            let present = decode_time.saturating_add(i64::from(sample.composition_offset));
            decode_time = decode_time.saturating_add(i64::from(sample.duration));
            if first.is_some_and(|(_, shown)| shown <= present) {
                continue;
            }
            let protection = fragment.protection.as_ref().and_then(|all| all.of(index..index + 1).next()?);
            if protection.is_some_and(|protection| protection.aux.subsamples.is_none()) {
                return None;
            }
            let entry = entries.get(usize::from(sample.entry))?;
            let codec = &entry.codec;
            let bytes = segment.slice(sample.offset, u64::from(sample.size))?;
            if nal_units_of(entry).is_some_and(|(_, length_size)| nal_units(bytes, length_size).is_none()) {
                return None; // found as a damaged sample
            }
            match first {
                None => first = Some((codec.start(bytes), present)),
                Some(_) => leading.push(codec.leading(bytes)),
            }
        }
    }
    first.map(|(start, _)| Sap::of(start, leading))
}

/// A sample as it was found.
struct Taken<'a> {
    sample: &'a Sample,
    protection: Option<SampleProtection<'a>>,
    /// Its presentation time in ticks.
    present: i64,
    /// The source's bytes.
    source: Option<&'a [u8]>,
}

/// How a decrypted sample differs from its source.
fn difference(clear: &[u8], source: &[u8]) -> Message {
    if clear.len() != source.len() {
        return message!(
            "the sample has {clear} bytes, and the source's {source}",
            clear = clear.len(),
            source = source.len()
        );
    }
    let count = clear.iter().zip(source).filter(|(a, b)| a != b).count();
    let first = clear.iter().zip(source).position(|(a, b)| a != b).unwrap_or(0);
    message!(
        "{count} of {clear} bytes differ from the source's, the first is byte {first}",
        count,
        clear = clear.len(),
        first
    )
}
