//! An MPD against the files that it names.

use std::collections::BTreeSet;

use super::finding::{Finding, FindingCode};
use super::protection::{PsshFacts, check_pssh, read_pssh_boxes};
use super::track::{Times, TrackFacts};
use super::{Files, Verifier};
use crate::demux::Properties;
use crate::error::Message;
use crate::keys::{KeyId, uuid};
use crate::manifest::{Listing, Track};
use crate::mp4::protection::Tenc;
use crate::order::Map;
use crate::presentation::Sap;

const MP4_PROTECTION: &str = "urn:mpeg:dash:mp4protection:2011";

/// How far a presentation may end from what its manifest says, in milliseconds.
const DURATION_TOLERANCE_MS: u64 = 500;

/// How playing can start with a segment, in words.
pub(super) fn access_point(sap: Sap) -> Message {
    match sap.number() {
        Some(number) => message!("type {number}", number),
        None => message!("none"),
    }
}

impl<F: Files> Verifier<'_, F> {
    /// Reads the tracks that an MPD lists and checks them against it.
    pub(super) async fn mpd(&mut self, path: &str, listing: Listing) -> Result<(), F::Error> {
        for fault in &listing.faults {
            let finding = Finding::new(FindingCode::ManifestInvalid, path, fault.message.clone());
            self.findings.add(finding.line(fault.line));
        }
        for note in &listing.notes {
            self.findings.add(Finding::new(FindingCode::NotChecked, path, note.message.clone()));
        }
        let mut read = Vec::new();
        for mut track in listing.tracks {
            if self.is_webm(&track).await? {
                let message = message!("{name:?} is WebM: only files of ISO BMFF are checked", name = track.name);
                self.findings.add(Finding::new(FindingCode::NotChecked, path, message));
                continue;
            }
            if let Some(index) = track.index.take()
                && !self.index(&mut track, &index).await?
            {
                continue;
            }
            if track.segments.is_empty() && !listing.notes.is_empty() {
                continue; // they are elsewhere
            }
            if track.is_images() {
                self.images(path, &track.name, &track.segments).await?;
                continue;
            }
            let times = Times { timescale: track.timescale, is_trick: track.is_trick, ..Times::default() };
            let facts = self.track(path, &track.name, track.init.as_ref(), &track.segments, &times).await?;
            read.extend(facts.map(|facts| (track, facts)));
        }
        let known = self.kids_of(read.iter().map(|&(_, facts)| facts));
        for (track, facts) in &read {
            self.check_representation(path, track, *facts, listing.min_buffer_ms);
            self.check_content_protection(path, track, *facts, &known);
        }
        self.check_init_pssh(read.iter().map(|&(_, facts)| facts), &known);
        self.check_shifts(path, read.iter().map(|&(_, facts)| facts));
        self.check_ends(path, listing.duration_ms, &read);
        Ok(())
    }

    /// Where the media ends against where its Periods and the presentation do.
    fn check_ends(&mut self, path: &str, stated: Option<u64>, read: &[(Track, usize)]) {
        /// Where the last Period ends with media of its own, and the MPD says another time.
        const BETWEEN_STATEMENTS_MS: u64 = 1000;
        // On the presentation's timeline, by the Period that a track ends in.
        let mut ends: Map<(Option<u64>, Option<u64>), u64> = Map::default();
        for (track, facts) in read {
            let Some(end) = self.tracks[*facts].end_ms() else { continue };
            let offset = u128::from(track.time_offset) * 1000 / u128::from(track.timescale.max(1));
            let since = end.saturating_sub(u64::try_from(offset).unwrap_or(u64::MAX));
            let end = since.saturating_add(track.period.0.unwrap_or(0));
            let longest = ends.or_default((track.period.1, track.period.0));
            *longest = end.max(*longest);
        }
        let last_period = ends.iter().next_back().and_then(|(&(period_end, _), _)| period_end);
        for (&(period_end, _), &end) in ends.iter() {
            let Some(period_end) = period_end else { continue };
            if end > period_end.saturating_add(DURATION_TOLERANCE_MS) {
                let message = message!(
                    "a Period ends at {period_end} ms, and its media at {end} ms: the rest isn't played",
                    period_end,
                    end
                );
                self.findings.add(Finding::new(FindingCode::MediaOutlasts, path, message));
            } else if end.saturating_add(DURATION_TOLERANCE_MS) < period_end {
                let message = match stated == Some(period_end) {
                    true => message!(
                        "mediaPresentationDuration is {stated} ms, and the longest track ends at {end} ms",
                        stated = period_end,
                        end
                    ),
                    false => {
                        message!("a Period ends at {period_end} ms, and its longest track at {end} ms", period_end, end)
                    }
                };
                self.findings.add(Finding::new(FindingCode::ManifestDuration, path, message));
            }
        }
        if let (Some(stated), Some(last)) = (stated, last_period)
            && stated.abs_diff(last) > BETWEEN_STATEMENTS_MS
        {
            let message = message!(
                "mediaPresentationDuration is {stated} ms, and the last Period ends at {last} ms",
                stated,
                last
            );
            self.findings.add(Finding::new(FindingCode::ManifestDuration, path, message));
        }
    }

    /// The key ids of a track: of its samples, and the defaults of its entries.
    pub(super) fn all_kids(&self, facts: usize) -> BTreeSet<KeyId> {
        let facts = &self.tracks[facts];
        let defaults = facts.defaults.iter().filter(|defaults| defaults.is_protected);
        let of_entries = defaults.map(|defaults| KeyId(defaults.tenc.default_kid));
        // Not collected, which would sort them by a sort of their own.
        let mut kids = facts.kids.clone();
        kids.extend(of_entries);
        kids
    }

    /// The key ids of several tracks.
    pub(super) fn kids_of(&self, tracks: impl Iterator<Item = usize>) -> BTreeSet<KeyId> {
        let mut kids = BTreeSet::new();
        for facts in tracks {
            kids.extend(self.all_kids(facts));
        }
        kids
    }

    fn check_representation(&mut self, path: &str, track: &Track, index: usize, min_buffer_ms: u64) {
        let facts = &self.tracks[index];
        let name = &track.name;
        let mut found = Vec::new();
        let mut add = |code, message: Message| found.push(Finding::new(code, path, message));
        match &track.codecs {
            None => add(FindingCode::CodecsWrong, message!("Representation {name:?} has no codecs", name)),
            Some(codecs) => {
                if let Some(wrong) = wrong_codec(codecs, facts) {
                    add(FindingCode::CodecsWrong, message!("Representation {name:?}: {wrong}", name, wrong));
                }
            }
        }
        if let Some((allowed, (index, sap))) =
            track.sap.and_then(|allowed| Some((allowed, facts.worse_start(allowed)?)))
        {
            let message = message!(
                "Representation {name:?} says that its segments start with access points of type {allowed} at worst, but one \
                 starts with {found}",
                name,
                allowed,
                found = access_point(sap)
            );
            found.push(Finding::new(FindingCode::SapWrong, path, message).segment(index));
        }
        let mut add = |code, message: Message| found.push(Finding::new(code, path, message));
        match facts.properties {
            Properties::Video { width, height, .. } => {
                if let Some(stated) = track.size.filter(|&stated| stated != (width, height)) {
                    let message = message!(
                        "Representation {name:?} is {stated}x{stated_2} by the MPD and {width}x{height} by its configuration",
                        name,
                        stated = stated.0,
                        stated_2 = stated.1,
                        width,
                        height
                    );
                    add(FindingCode::SizeWrong, message);
                }
            }
            Properties::Audio { sampling_rate, .. } => {
                if let Some(stated) = track.sampling_rate.filter(|&stated| stated != sampling_rate) {
                    let message = message!(
                        "Representation {name:?} has {stated} Hz by the MPD and {sampling_rate} Hz by its configuration",
                        name,
                        stated,
                        sampling_rate
                    );
                    add(FindingCode::SizeWrong, message);
                }
            }
            Properties::Text => (),
        }
        if let (Some(stated), Some(rates)) = (track.bandwidth, facts.rates()) {
            let (average, peak) = (rates.average(), rates.peak(rates.longest_ms()));
            // Segments of which the last is short round up, hence a hundredth.
            // A client that has buffered for minBufferTime goes through without a pause (clause 5.3.5.2): what a short
            // clip has more within that time is no fault.
            if stated.saturating_add(stated / 100) < rates.least_bandwidth(min_buffer_ms) {
                let message = message!(
                    "the bandwidth of {name:?} is {stated}, and its segments have {average} bit/s",
                    name,
                    stated,
                    average
                );
                add(FindingCode::BandwidthLow, message);
            } else if stated > peak.saturating_mul(2).saturating_add(64_000) {
                let message = message!(
                    "the bandwidth of {name:?} is {stated}, and no segment exceeds {peak} bit/s",
                    name,
                    stated,
                    peak
                );
                add(FindingCode::BandwidthHigh, message);
            }
        }
        self.findings_of(found);
        self.check_segment_times(path, track, index);
    }

    /// The listed times against those of the segments, and against each other.
    pub(super) fn check_segment_times(&mut self, path: &str, track: &Track, index: usize) {
        let facts = &self.tracks[index];
        let spans = facts.spans();
        let mut found = Vec::new();
        let ms = |ticks: u64, timescale: u32| u128::from(ticks) * 1_000_000 / u128::from(timescale.max(1)) / 1000;
        // All in ticks of both timescales' product, so that nothing is rounded.
        let listed = |ticks: u64| i128::from(ticks) * i128::from(facts.timescale);
        let real = |ticks: u64| i128::from(ticks) * i128::from(track.timescale);
        let mut end = None;
        for (number, segment) in track.segments.iter().enumerate() {
            let finding = |code, message| Finding::new(code, path, message).segment(number).line(segment.line);
            let name = &track.name;
            if let (Some(start), Some(expected)) = (segment.start, end)
                && !segment.discontinuity
                && track.tolerance == 0
                && start != expected
            {
                let message = message!(
                    "segment {number} of {name:?} is listed from {timescale} ms on, and the one before it ends at {timescale_2} ms",
                    number = number + 1,
                    name,
                    timescale = ms(start, track.timescale),
                    timescale_2 = ms(expected, track.timescale)
                );
                found.push(finding(FindingCode::TimelineGap, message));
            }
            end = segment.start.zip(segment.duration).map(|(start, duration)| start.saturating_add(duration));
            let (Some(Some((start, duration))), Some(Some(of))) = (spans.get(number), facts.segments.get(number))
            else {
                continue;
            };
            // A sample's length and a millisecond: priming of sound is counted or not.
            let tolerance = listed(track.tolerance)
                + real(of.longest_sample)
                + i128::from(facts.timescale) * i128::from(track.timescale) / 1000;
            if let Some(stated) = segment.start.filter(|&stated| (listed(stated) - real(*start)).abs() > tolerance) {
                let message = message!(
                    "segment {number} of {name:?} is listed at {timescale} ms and starts at {timescale_2} ms",
                    number = number + 1,
                    name,
                    timescale = ms(stated, track.timescale),
                    timescale_2 = ms(*start, facts.timescale)
                );
                found.push(finding(FindingCode::SegmentTime, message));
            }
            // Where all have one duration, the last may be shorter (ISO/IEC 23009-1, clause 5.3.9.2.1).
            let may_be_short = track.tolerance > 0 && number + 1 == track.segments.len();
            if let Some(stated) = segment.duration.filter(|&stated| {
                let longer = real(*duration) - listed(stated);
                longer > tolerance || -longer > tolerance && !may_be_short
            }) {
                let message = message!(
                    "segment {number} of {name:?} is listed with {timescale} ms and has {timescale_2} ms",
                    number = number + 1,
                    name,
                    timescale = ms(stated, track.timescale),
                    timescale_2 = ms(*duration, facts.timescale)
                );
                found.push(finding(FindingCode::SegmentDuration, message));
            }
        }
        self.findings_of(found);
    }

    fn check_content_protection(&mut self, path: &str, track: &Track, index: usize, known: &BTreeSet<KeyId>) {
        let facts = &self.tracks[index];
        let name = &track.name;
        let mut found = Vec::new();
        let mut add = |code, message: Message| found.push(Finding::new(code, path, message));
        let mp4 = track.protection.iter().find(|descriptor| descriptor.scheme_id == MP4_PROTECTION);
        let tenc = facts.defaults.iter().find(|defaults| defaults.is_protected).map(|defaults| &defaults.tenc);
        match (mp4, tenc) {
            (None, Some(_)) => {
                add(
                    FindingCode::SchemeWrong,
                    message!("{name:?} is encrypted, and the MPD has no {MP4_PROTECTION}", name, MP4_PROTECTION),
                );
            }
            (Some(_), None) if !facts.is_encrypted() => {
                add(FindingCode::SchemeWrong, message!("{name:?} is clear, and the MPD says it is encrypted", name));
            }
            (Some(descriptor), Some(tenc)) => {
                let scheme = String::from_utf8_lossy(&tenc.scheme).into_owned();
                if descriptor.value.as_deref() != Some(scheme.as_str()) {
                    let stated = descriptor.value.clone().unwrap_or_default();
                    add(
                        FindingCode::SchemeWrong,
                        message!(
                            "the scheme of {name:?} is {stated:?} in the MPD and {scheme:?} in schm",
                            name,
                            stated,
                            scheme
                        ),
                    );
                }
                let kid = KeyId(tenc.default_kid);
                // Of zeros where every sample's key stands in a sample group: then there is none to state.
                let is_none = default_kid(tenc).is_none() && descriptor.default_kids.is_empty();
                if !is_none && !descriptor.default_kids.contains(&kid) {
                    let stated: Vec<String> = descriptor.default_kids.iter().map(|kid| kid.to_uuid()).collect();
                    let stated = if stated.is_empty() { "not stated".to_owned() } else { stated.join(" ") };
                    let message = message!(
                        "cenc:default_KID of {name:?} is {stated}, and tenc has {to_uuid}",
                        name,
                        stated,
                        to_uuid = kid.to_uuid()
                    );
                    add(FindingCode::DefaultKidWrong, message);
                }
            }
            _ => (),
        }
        let mut own: BTreeSet<KeyId> = BTreeSet::new();
        own.extend(tenc.and_then(default_kid));
        self.findings_of(found);
        let descriptors =
            track.protection.iter().filter_map(|descriptor| Some((descriptor, descriptor.pssh.as_ref()?)));
        let read: Vec<_> = descriptors.map(|(descriptor, bytes)| (descriptor, read_pssh_boxes(bytes, path))).collect();
        let all: Vec<PsshFacts> = read.iter().filter_map(|(_, boxes)| boxes.as_ref().ok()).flatten().cloned().collect();
        for (descriptor, boxes) in read {
            match boxes {
                Err(error) => {
                    let message = message!(
                        "the cenc:pssh of {scheme_id}: {message}",
                        scheme_id = descriptor.scheme_id,
                        message = error.message.text()
                    );
                    self.findings.add(Finding::new(FindingCode::PsshInvalid, path, message));
                }
                Ok(boxes) => {
                    for pssh in boxes {
                        if descriptor.scheme_id != format!("urn:uuid:{}", uuid(&pssh.system_id)) {
                            let message = message!(
                                "under {scheme_id} stands a pssh of the system {system_id}",
                                scheme_id = descriptor.scheme_id,
                                system_id = uuid(&pssh.system_id)
                            );
                            self.findings.add(Finding::new(FindingCode::PsshInvalid, path, message));
                        }
                        check_pssh(&mut self.findings, &pssh, "cenc:pssh", &pssh.unlisted(&own, &all), known);
                    }
                }
            }
        }
    }

    /// The `pssh` boxes in files: each key id that they list must be that of some track.
    pub(super) fn check_init_pssh(&mut self, tracks: impl Iterator<Item = usize>, known: &BTreeSet<KeyId>) {
        for index in tracks {
            let facts = &mut self.tracks[index];
            let defaults = facts.defaults.iter().find(|defaults| defaults.is_protected);
            let mut own: BTreeSet<KeyId> = BTreeSet::new();
            own.extend(defaults.and_then(|defaults| default_kid(&defaults.tenc)));
            // Taken, so that the next manifest doesn't say it again.
            let (in_moov, in_fragments): (Vec<_>, Vec<_>) =
                std::mem::take(&mut facts.pssh).into_iter().partition(|pssh| pssh.is_in_moov);
            for pssh in in_moov.iter().chain(&in_fragments) {
                // That of a fragment lists the keys of its crypto period.
                let own = if pssh.is_in_moov { pssh.unlisted(&own, &in_moov) } else { BTreeSet::new() };
                let boxes = if pssh.is_in_moov { "moov/pssh" } else { "moof/pssh" };
                check_pssh(&mut self.findings, pssh, boxes, &own, known);
            }
        }
    }

    /// Tracks must not be shifted against each other, compared with the source.
    pub(super) fn check_shifts(&mut self, path: &str, tracks: impl Iterator<Item = usize>) {
        let shifts: Vec<(f64, String)> =
            tracks.filter_map(|index| Some((self.tracks[index].shift?, self.tracks[index].file.clone()))).collect();
        let Some((first, of)) = shifts.first() else { return };
        // 22 ms of sound before video are noticed by some; a millisecond is a rounded timescale.
        if let Some((shift, file)) = shifts.iter().find(|(shift, _)| (shift - first).abs() > 0.002) {
            let message = message!(
                "compared with the source {file} is {first} ms later against {of}",
                file,
                first = format!("{:.1}", (shift - first) * 1000.0),
                of
            );
            self.findings.add(Finding::new(FindingCode::TracksShifted, path, message));
        }
    }

    pub(super) fn findings_of(&mut self, found: Vec<Finding>) {
        for finding in found {
            self.findings.add(finding);
        }
    }
}

/// The key id of all samples that no group says another of; `None` where it is zeros, since each has one in a group.
fn default_kid(tenc: &Tenc) -> Option<KeyId> {
    (tenc.default_kid != [0; 16]).then_some(KeyId(tenc.default_kid))
}

/// What is wrong with a codecs parameter; `None` if nothing.
pub(super) fn wrong_codec(stated: &str, facts: &TrackFacts) -> Option<Message> {
    let is = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b);
    let first = facts.codecs.first()?;
    if !stated.split(',').any(|codec| is(codec, first)) {
        return Some(message!("codecs is {stated:?}, and the sample entry says {first:?}", stated, first));
    }
    let stray = stated.split(',').find(|codec| !facts.all_codecs().any(|known| is(codec, known)))?;
    Some(message!("codecs names {stray:?}, which no sample entry is", stray))
}
