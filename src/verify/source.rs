//! The source that was packaged: its tracks, and comparison of samples.

use std::ops::Range;

use super::Files;
use super::content::nal_units;
use super::finding::{Finding, FindingCode, Findings};
use crate::cenc::{Scheme, layout};
use crate::codec::Codec;
use crate::codec::nal_family::{NalContent, NalFamily};
use crate::demux::{Properties, SampleProtection, Track};
use crate::error::Message;
use crate::job;
use crate::open::{Opener, kid, pattern, scheme};

/// A track of a source.
#[derive(Debug)]
pub(super) struct Source {
    /// The source's name.
    pub(super) file: String,
    pub(super) track: Track,
    /// The decoding time of each sample, in ticks from the first.
    pub(super) decode_times: Vec<u64>,
    /// How many tracks of the presentation were compared with it.
    pub(super) matches: usize,
}

impl Source {
    /// The tracks of a file.
    pub(super) async fn index<F: Files>(
        files: &F,
        name: &str,
        opener: &Opener,
        findings: &mut Findings,
    ) -> Result<Vec<Self>, F::Error> {
        let Some(size) = files.size(name).await? else {
            findings.add(Finding::new(FindingCode::FileMissing, name, message!("the source is missing")));
            return Ok(Vec::new());
        };
        let input = job::index(name, size, async |offset, length| files.read(name, offset, length).await).await?;
        let mut found = Vec::new();
        for track in input.tracks {
            if let Some(protection) = &track.protection {
                opener.check(protection).map_err(|error| error.input(name))?;
            }
            let mut next = 0;
            let decode_times = track.samples.iter().map(|sample| {
                let time = next;
                next += u64::from(sample.duration);
                time
            });
            let decode_times = decode_times.collect();
            found.push(Self { file: name.to_owned(), decode_times, track, matches: 0 });
        }
        Ok(found)
    }

    /// The track in words.
    pub(super) fn describe(&self) -> Message {
        let codec = self.track.entries.first().map(|entry| entry.codec.rfc6381()).unwrap_or_default();
        match self.track.properties {
            Properties::Video { width, height, .. } => {
                message!("video {width}x{height} ({codec})", width, height, codec)
            }
            Properties::Audio { sampling_rate, channels } => {
                message!(
                    "audio at {sampling_rate} Hz with {channels} channels ({codec})",
                    sampling_rate,
                    channels,
                    codec
                )
            }
            Properties::Text => message!("text ({codec})", codec),
        }
    }

    /// The presentation time of a sample in ticks.
    pub(super) fn presentation_time(&self, index: usize) -> i64 {
        let decode = i64::try_from(self.decode_times[index]).unwrap_or(i64::MAX);
        decode
            .saturating_add(i64::from(self.track.samples[index].composition_offset))
            .saturating_add(self.track.presentation_offset)
    }

    /// The clear bytes of the samples from `first` on, as many as `count` and the track has.
    pub(super) async fn read<F: Files>(
        &self,
        files: &F,
        first: usize,
        count: usize,
        opener: &Opener,
    ) -> Result<Vec<Vec<u8>>, F::Error> {
        let end = first.saturating_add(count).min(self.track.samples.len());
        let range = first.min(end)..end;
        let sources: Vec<Range<u64>> = range.clone().map(|index| self.track.source(index)).collect();
        let mut read: Vec<Vec<u8>> = Vec::new();
        let mut index = 0;
        while index < sources.len() {
            // Samples that stand behind each other, but for what interleaving puts between, are read at once.
            let start = sources[index].start;
            let mut stop = start;
            let mut until = index;
            while let Some(source) = sources.get(until) {
                let near = source.start >= start && source.start.saturating_sub(stop) <= crate::limits::READ_GAP;
                if !near || source.end - start > crate::limits::SEGMENT_BYTES {
                    break;
                }
                stop = stop.max(source.end); // samples of a transport stream share packets
                until += 1;
            }
            let until = until.max(index + 1);
            stop = stop.max(sources[index].end);
            // Samples that were made are not in the file.
            let bytes = if stop == start { Vec::new() } else { files.read(&self.file, start, stop - start).await? };
            for (number, source) in sources[index..until].iter().enumerate() {
                let place = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
                let slice = bytes.get(place(source.start)..place(source.end)).unwrap_or_default();
                read.push(self.track.sample(first + index + number, slice)?.into_owned());
            }
            index = until;
        }
        if let Some(protection) = &self.track.protection {
            for (bytes, protection) in read.iter_mut().zip(protection.of(range)) {
                if let Some(protection) = protection {
                    opener.open(&protection, bytes)?;
                }
            }
        }
        Ok(read)
    }
}

/// Whether a decrypted sample is the source's. A packager may take parameter sets and delimiters out of
/// band, or put them in, so they don't count.
pub(super) fn is_same(clear: &[u8], source: &[u8], nal: Option<(&NalFamily, usize)>) -> bool {
    if clear == source {
        return true;
    }
    let Some((family, length_size)) = nal else { return false };
    let kept = |sample| Some(counted(family, nal_units(sample, length_size)?));
    kept(clear).zip(kept(source)).is_some_and(|(a, b)| a == b)
}

/// The NAL units that are the pictures' own.
pub(super) fn counted<'a>(family: &NalFamily, units: impl IntoIterator<Item = &'a [u8]>) -> Vec<&'a [u8]> {
    let counts = |unit: &&[u8]| {
        let content = (family.unit)(unit).content;
        !unit.is_empty() && !matches!(content, NalContent::ParameterSet | NalContent::Extension | NalContent::Delimiter)
    };
    units.into_iter().filter(counts).collect()
}

/// Why a decrypted sample differs from its source: with what it was encrypted in truth.
pub(super) fn explain(
    opener: &Opener,
    protection: &SampleProtection<'_>,
    encrypted: &[u8],
    source: &[u8],
    codec: &Codec,
) -> Option<(FindingCode, Message)> {
    if encrypted.len() != source.len() {
        return None;
    }
    let tenc = protection.tenc;
    let (key, scheme, pattern) = (opener.key(kid(tenc))?, scheme(tenc).ok()?, pattern(tenc));
    let stated = protection.ranges(encrypted.len()).ok()?;
    let mut protectable = Vec::new();
    let mut protector = codec.protector();
    let by_codec = protector.protectable(source, &mut protectable).ok().map(|()| match protector.is_whole_sample() {
        true => protectable,
        false => layout(scheme, source.len(), &protectable, protector.keeps_short_ranges()).ranges,
    });
    for (ranges, as_stated) in [(Some(stated), true), (by_codec, false)] {
        let Some(ranges) = ranges else { continue };
        let Some(first) = ranges.iter().find(|range| range.len() >= 16) else { continue };
        let block = |bytes: &[u8]| -> [u8; 16] { bytes[first.start..first.start + 16].try_into().expect("16 bytes") };
        let iv = key.iv_of_first_block(scheme, block(source), block(encrypted));
        let same_iv = iv == protection.iv();
        let mut tried = encrypted.to_vec();
        key.decrypt(scheme, pattern, iv, &ranges, &mut tried);
        if tried != source {
            continue;
        }
        return match (as_stated, same_iv) {
            (true, false) => {
                let message = message!(
                    "the sample was encrypted with IV {iv}, and the file says {iv_2}",
                    iv = shown(scheme, iv),
                    iv_2 = shown(scheme, protection.iv())
                );
                Some((FindingCode::IvWrong, message))
            }
            (false, true) => Some((
                FindingCode::SubsamplesWrong,
                message!(
                    "the subsamples say bytes {ok} are protected, and bytes {ranges} are",
                    ok = list(&protection.ranges(encrypted.len()).ok()?),
                    ranges = list(&ranges)
                ),
            )),
            _ => None,
        };
    }
    None
}

/// An IV; under CTR its first half, as it stands in the file mostly. IVs are no secret.
fn shown(scheme: Scheme, iv: [u8; 16]) -> String {
    let is_counter_zero = scheme.mode() == crate::cenc::Mode::Ctr && iv[8..] == [0; 8];
    crate::keys::hex(if is_counter_zero { &iv[..8] } else { &iv })
}

fn list(ranges: &[std::ops::Range<usize>]) -> String {
    let shown: Vec<String> = ranges.iter().take(4).map(|range| format!("{}-{}", range.start, range.end)).collect();
    let more = if ranges.len() > 4 { ", …" } else { "" };
    format!("{}{more}", if shown.is_empty() { "none".to_owned() } else { shown.join(", ") })
}
