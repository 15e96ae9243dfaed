//! The tracks of a plan: their names, segments and keys.

use super::keys::KeyTable;
use super::source::{Source, timeline};
use crate::demux::Track;
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::packager::keys::PlannedKey;
use crate::packager::options::Options;
use crate::packager::plan::{PlannedSegment, PlannedTrack, first_protected, runs};
use crate::segment::{Boundaries, Cut};
use crate::time::{Ticks, rescale};

/// The tracks, and the keys of all of them.
pub(super) fn plan(
    sources: Vec<Source>,
    boundaries: &Boundaries,
    options: &Options,
    warnings: &mut Vec<Message>,
) -> Result<(Vec<PlannedTrack>, Vec<PlannedKey>)> {
    let mut keys = KeyTable::default();
    let mut ids = Ids::default();
    let mut samples_before = 0;
    let mut tracks: Vec<PlannedTrack> = Vec::new();
    let mut missing = None;
    for (index, source) in sources.into_iter().enumerate() {
        let Source { origin, track, trick_of } = source;
        let main = trick_of.map(|main| tracks[main.0].id.as_str());
        let id = main.map_or_else(|| ids.next(&track), |main| format!("{main}-trick"));
        let first_iv = first_iv(options, index as u64, samples_before);
        samples_before += track.samples.len() as u64;
        // Without a lead not even what is presented before 0, as the priming of sound is, stays clear.
        let lead = (options.clear_lead_ms > 0).then(|| rescale_up(i64::from(options.clear_lead_ms), track.timescale));
        let first_protected = lead.map_or(0, |clear_until| first_protected(&track, clear_until));
        let cuts = boundaries.cut(&timeline(&origin.name, &track));
        let segments = segments(&track, cuts, first_protected, options)?;
        // Times that a damaged file states may go back, or stand still.
        if options.segments_by_time() && !segments.is_sorted_by(|a, b| a.start < b.start) {
            let message = message!(
                "two segments of {track} start at the same time, so that they can't be named by it",
                track = id
            );
            return Err(Error::new(Code::OptionInvalid, message).option("segmentNames").input(&origin.name));
        }
        // Times that a damaged file states may go back.
        let periods = segments.iter().map(|segment| segment.period + 1).max().unwrap_or(1);
        tracks.push(PlannedTrack {
            keys: keys.of_track(main.unwrap_or(&id), &track, periods, options).unwrap_or_else(|error| {
                missing.get_or_insert(error);
                None
            }),
            id,
            trick_of,
            origin,
            segments,
            first_iv,
            first_protected,
            decode_offset: u64::try_from(track.presentation_offset).unwrap_or(0),
            media_time: u64::try_from(-track.presentation_offset).unwrap_or(0),
            source: track,
        });
    }
    // A label that is misspelt is why a key is missing.
    warnings.extend(keys.check_labels(options)?);
    missing.map_or(Ok(()), Err)?;
    Ok((tracks, keys.into_keys()))
}

/// The names of folders: by kind, numbered from 1.
#[derive(Default)]
struct Ids([u32; 3]);

impl Ids {
    fn next(&mut self, track: &Track) -> String {
        let count = &mut self.0[track.kind as usize];
        *count += 1;
        format!("{}-{count}", track.kind.as_str())
    }
}

/// The first IV under CTR. A pair of key and IV is used once: a given IV is counted on from track to track.
fn first_iv(options: &Options, index: u64, samples_before: u64) -> u64 {
    let first = |bytes: &[u8]| bytes.first_chunk().map(|first| u64::from_be_bytes(*first));
    let given = options.iv.as_deref().and_then(first);
    let drawn = || first(&options.seed.draw(b"iv-cenc ", index)).expect("8 of 16 bytes");
    given.map_or_else(drawn, |iv| iv.wrapping_add(samples_before))
}

/// Milliseconds as ticks, rounded up: a sample before the exact time has fewer ticks.
fn rescale_up(ms: Ticks, timescale: u32) -> Ticks {
    -rescale(-ms, 1000, timescale)
}

/// Puts the segments on the presentation's timeline: each lasts until the next starts.
fn segments(track: &Track, cuts: Vec<Cut>, first_protected: usize, options: &Options) -> Result<Vec<PlannedSegment>> {
    let on_timeline = |ticks: Ticks| u64::try_from(ticks).unwrap_or(0); // what lies before 0 isn't shown
    let starts: Vec<u64> = cuts.iter().map(|cut| on_timeline(cut.start)).collect();
    let end = on_timeline(cuts.iter().map(|cut| cut.end).max().unwrap_or(0));
    let mut next_sequence_number = 1;
    // Collected into a `Result` the list would grow by doubling.
    let mut segments = Vec::with_capacity(cuts.len());
    for (index, cut) in cuts.into_iter().enumerate() {
        let next = starts.get(index + 1).copied().unwrap_or(end);
        let first_sequence_number = next_sequence_number;
        next_sequence_number += u32::try_from(runs(track, &cut, first_protected).len()).unwrap_or(u32::MAX);
        segments.push(PlannedSegment {
            start: starts[index],
            duration: next.saturating_sub(starts[index]),
            period: crypto_period(starts[index], track.timescale, options)?,
            cut,
            first_sequence_number,
        });
    }
    Ok(segments)
}

/// The crypto period that a segment starts in. Sound starts up to a frame after the boundary that it
/// belongs to, never before, so that all tracks change keys at the same boundary.
fn crypto_period(start: u64, timescale: u32, options: &Options) -> Result<usize> {
    let Some(period_ms) = options.crypto_period_ms else { return Ok(0) };
    let period = u128::from(start) * 1000 / (u128::from(period_ms) * u128::from(timescale));
    usize::try_from(period).ok().filter(|&period| period < limits::CRYPTO_PERIODS).ok_or_else(|| {
        Error::new(Code::LimitExceeded, message!("more than {most} crypto periods", most = limits::CRYPTO_PERIODS))
            .option("cryptoPeriod")
    })
}
