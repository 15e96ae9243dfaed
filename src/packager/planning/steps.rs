//! The units of work: what is read at once, and what comes of it.

use crate::error::{Code, Error, Result};
use crate::limits;
use crate::packager::plan::{OutputId, PlannedSegment, PlannedTrack, Set, Step, TrackRef, source_ranges};
use crate::packager::window::coalesce;
use crate::time::clock;

/// The steps in the order of time: for each interval between boundaries one of each input.
pub(super) fn plan(tracks: &[PlannedTrack], sets: &[Set]) -> Result<Vec<Step>> {
    let last = |track: &PlannedTrack| track.segments.iter().map(|segment| segment.cut.interval + 1).max();
    let intervals = tracks.iter().filter_map(last).max().unwrap_or(0);
    let inputs = tracks.iter().map(|track| track.origin.input + 1).max().unwrap_or(0);
    let mut steps = Vec::new();
    // The next segment of each track: both lists rise with time.
    let mut next = vec![0; tracks.len()];
    for interval in 0..intervals {
        for input in 0..inputs {
            let mut step = Step { input, ranges: Vec::new(), outputs: Vec::new(), media_bytes: 0 };
            let mut ranges = Vec::new();
            for (index, track) in tracks.iter().enumerate().filter(|(_, track)| track.origin.input == input) {
                let number = next[index];
                let Some(segment) = track.segments.get(number).filter(|segment| segment.cut.interval == interval)
                else {
                    continue;
                };
                let (of_segment, size) = source_ranges(&track.source, segment);
                check_size(track, segment, size)?;
                ranges.extend(of_segment);
                let outputs = outputs(sets, TrackRef(index), number);
                step.media_bytes += size * outputs.len() as u64;
                step.outputs.extend(outputs);
                next[index] += 1;
            }
            step.ranges = coalesce(ranges);
            // A plan holds its steps to the end, and most have one of each.
            step.ranges.shrink_to_fit();
            step.outputs.shrink_to_fit();
            if !step.outputs.is_empty() {
                steps.push(step);
            }
        }
    }
    steps.shrink_to_fit();
    Ok(steps)
}

/// A segment of a track in all streams that have the track.
fn outputs(sets: &[Set], track: TrackRef, segment: usize) -> Vec<OutputId> {
    let mut outputs = Vec::new();
    for (set, found) in sets.iter().enumerate() {
        let streams = found.streams.iter().enumerate().filter(|(_, stream)| stream.track == track);
        outputs.extend(streams.map(|(stream, _)| OutputId { set, stream, segment }));
    }
    outputs
}

fn check_size(track: &PlannedTrack, segment: &PlannedSegment, size: u64) -> Result<()> {
    if size <= limits::SEGMENT_BYTES {
        return Ok(());
    }
    let message = message!(
        "the segment at {time} has {size} bytes, over {most}, up to the next key frame",
        time = clock(segment.cut.start, track.source.timescale),
        size,
        most = limits::SEGMENT_BYTES
    );
    Err(Error::new(Code::LimitExceeded, message).input(&track.origin.name))
}
