//! Renditions of one title: where all of them have a key frame at the same time.
//!
//! Times are compared, never numbers of frames: 25 and 50 frames a second are aligned if their key frames are. Key
//! frames that only some have are no fault as long as segments can start where they would anyway.

use super::{Grid, Point, SAME_TIME_MS, Timeline, choose};
use crate::error::{Code, Error, Message, Messages, Result};
use crate::time::{Ticks, clock};

/// What videos have in common.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// Sync samples at the same time in all of them, with their durations in ticks.
    pub(super) points: Vec<(Point, Ticks)>,
    /// The index of the one that goes on longest.
    pub(super) longest: usize,
    /// Where the videos first differ, if that moves a boundary: a sentence.
    pub(super) note: Option<Message>,
}

/// Videos that end so many milliseconds apart end together.
const SAME_END_MS: i64 = 1000;

/// Finds the sync samples that all videos have at the same time, as long as they go on.
///
/// Refused where so few are in common that segments would be over twice as long as asked for, and longer than the
/// key frames of any one video make them.
pub(super) fn common(videos: &[&Timeline<'_>], grid: &Grid) -> Result<Common> {
    let each: Vec<_> = videos.iter().map(|video| video.sync_points()).collect();
    let ends: Vec<Point> = videos.iter().map(|video| video.end()).collect();
    let longest = longest(&ends);
    let Some(mut common) = each.get(longest).cloned() else { return Ok(Common::default()) };
    for (_, (other, end)) in each.iter().zip(&ends).enumerate().filter(|&(index, _)| index != longest) {
        let mut next = other.iter().map(|&(point, _)| point).peekable();
        common.retain(|&(point, _)| {
            while next.next_if(|theirs| theirs.plus_ms(SAME_TIME_MS).is_before(point)).is_some() {}
            next.peek().is_some_and(|theirs| is_same_time(*theirs, point)) || end.plus_ms(SAME_END_MS).is_before(point)
        });
    }
    let alone: Vec<Vec<Point>> = each.iter().map(|points| starts(points, grid)).collect();
    let together = starts(&common, grid);
    let Some(difference) = first_difference(videos, &alone, &ends) else {
        return Ok(Common { points: common, longest, note: None });
    };
    let longest_alone = alone.iter().zip(&ends).map(|(starts, &end)| longest_ms(starts, end)).max().unwrap_or(0);
    let longest_together = longest_ms(&together, ends[longest]);
    if together.is_empty() || longest_together > longest_alone.max(2 * grid.target) {
        let message = message!(
            "the renditions have too few key frames in common, so the longest segment would last {longest}: {difference}",
            longest = clock(longest_together, 1000),
            difference
        );
        return Err(Error::new(Code::VideoNotAligned, message));
    }
    let note = message!(
        "the key frames of the renditions differ, so segments start where all have one: {difference}",
        difference
    );
    Ok(Common { points: common, longest, note: Some(note) })
}

/// The index of the video that goes on longest: the first, unless another goes on clearly longer.
fn longest(ends: &[Point]) -> usize {
    let mut longest = 0;
    for index in 1..ends.len() {
        if ends[longest].plus_ms(SAME_END_MS).is_before(ends[index]) {
            longest = index;
        }
    }
    longest
}

/// Where segments start that are cut at these sync samples, the first among them.
fn starts(points: &[(Point, Ticks)], grid: &Grid) -> Vec<Point> {
    let Some(&(first, _)) = points.first() else { return Vec::new() };
    [vec![first], choose(points, first, grid)].concat()
}

/// Says where the segments of videos, each cut by itself, first start at different times. What one video has behind
/// the end of another is no difference.
fn first_difference(videos: &[&Timeline<'_>], starts: &[Vec<Point>], ends: &[Point]) -> Option<Message> {
    let earliest_end = ends.iter().copied().reduce(|a, b| if b.is_before(a) { b } else { a })?;
    for number in 0.. {
        let points: Vec<Option<Point>> = starts.iter().map(|starts| starts.get(number).copied()).collect();
        let earliest = points.iter().flatten().copied().reduce(|a, b| if b.is_before(a) { b } else { a })?;
        if !earliest.plus_ms(SAME_TIME_MS).is_before(earliest_end) {
            return None;
        }
        let is_shared = points.iter().all(|point| point.is_some_and(|point| is_same_time(point, earliest)));
        if !is_shared {
            let place = |((index, video), point): ((usize, &&Timeline<'_>), &Option<Point>)| {
                let (number, name) = (index + 1, video.name);
                match point {
                    Some(point) => {
                        let time = clock(point.ticks, point.timescale);
                        message!("at {time} in video {number} ({name})", time, number, name)
                    }
                    None => message!("nowhere in video {number} ({name})", number, name),
                }
            };
            let places = Messages(videos.iter().enumerate().zip(&points).map(place).collect());
            return Some(message!("segment {number} could start {places}", number = number + 1, places));
        }
    }
    None
}

fn is_same_time(a: Point, b: Point) -> bool {
    !a.plus_ms(SAME_TIME_MS).is_before(b) && !b.plus_ms(SAME_TIME_MS).is_before(a)
}

/// The longest of segments that start here, in milliseconds; the last one ends at `end`.
fn longest_ms(starts: &[Point], end: Point) -> i64 {
    let ms = |point: Point| crate::time::rescale(point.ticks, point.timescale, 1000);
    let next = starts.iter().skip(1).copied().chain([end]);
    starts.iter().zip(next).map(|(&start, next)| ms(next) - ms(start)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demux::{Kind, Sample};
    use crate::segment::Boundaries;

    /// Frames of so many ticks, key frames every so many.
    fn frames(count: usize, duration: u32, sync_every: usize) -> Vec<Sample> {
        let frame = |index| Sample {
            offset: 0,
            size: 1,
            duration,
            composition_offset: 0,
            entry: 0,
            sync: index % sync_every == 0,
        };
        (0..count).map(frame).collect()
    }

    fn video<'a>(name: &'a str, timescale: u32, samples: &'a [Sample]) -> Timeline<'a> {
        Timeline { name, kind: Kind::Video, timescale, presentation_offset: 0, samples }
    }

    fn seconds(boundaries: &Boundaries) -> Vec<f64> {
        boundaries.points.iter().map(|point| crate::time::seconds(point.ticks, point.timescale)).collect()
    }

    #[test]
    fn twice_the_frame_rate_is_aligned_where_the_times_are() {
        let (pal, doubled) = (frames(500, 1, 50), frames(1000, 1, 100));
        let tracks = [video("25.mp4", 25, &pal), video("50.mp4", 50, &doubled)];
        let boundaries = Boundaries::find(&tracks, 4000, &[]).unwrap();
        assert_eq!(seconds(&boundaries), [4.0, 8.0, 12.0, 16.0]);
        assert!(boundaries.notes().is_empty());
    }

    #[test]
    fn more_key_frames_than_the_others_are_no_difference() {
        let (short, long) = (frames(500, 1, 25), frames(500, 1, 50));
        let boundaries = Boundaries::find(&[video("a", 25, &short), video("b", 25, &long)], 4000, &[]).unwrap();
        assert_eq!(seconds(&boundaries), [4.0, 8.0, 12.0, 16.0]);
        assert!(boundaries.notes().is_empty());
    }

    #[test]
    fn common_boundaries_are_taken_and_the_first_difference_is_named() {
        // Key frames each 2 s and each 3 s: at a target of 4 s one alone would be cut at 4 s, the other at 6 s.
        let (two, three) = (frames(600, 1, 50), frames(600, 1, 75));
        let boundaries =
            Boundaries::find(&[video("two.mp4", 25, &two), video("three.mp4", 25, &three)], 4000, &[]).unwrap();
        assert_eq!(seconds(&boundaries), [6.0, 12.0, 18.0]);
        let note = boundaries.notes()[0].text();
        let named = "segment 2 could start at 0:00:04.000 in video 1 (two.mp4); at 0:00:06.000 in video 2 (three.mp4)";
        assert!(note.ends_with(named), "{note}");
    }

    #[test]
    fn too_few_common_key_frames_are_refused() {
        // 2 s and 2.04 s meet again after 102 s.
        let (even, odd) = (frames(1500, 1, 50), frames(1500, 1, 51));
        let error = Boundaries::find(&[video("a", 25, &even), video("b", 25, &odd)], 4000, &[]).unwrap_err();
        assert_eq!(error.code, Code::VideoNotAligned);
        assert!(
            error.message.text().contains("at 0:00:04.000 in video 1 (a); at 0:00:04.080 in video 2 (b)"),
            "{error}"
        );
    }

    #[test]
    fn a_rendition_that_goes_on_is_aligned_as_far_as_the_others_go_and_cut_on_by_itself() {
        let (long, short) = (frames(700, 1, 50), frames(500, 1, 50));
        for videos in [[video("a", 25, &long), video("b", 25, &short)], [video("b", 25, &short), video("a", 25, &long)]]
        {
            let boundaries = Boundaries::find(&videos, 4000, &[]).unwrap();
            assert_eq!(boundaries.notes(), &[] as &[Message]);
            // The shorter one ends at 20 s, where no segment of the longer starts; then that has its own key frames.
            assert_eq!(seconds(&boundaries), [4.0, 8.0, 12.0, 16.0, 22.0, 26.0]);
        }
    }
}
