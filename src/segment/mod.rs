//! Segment boundaries that all tracks of a presentation share.
//!
//! Video is cut at sync samples that all video tracks have at the same time, the first one at or after
//! the target duration; audio at its first frame at or after each video boundary, so that its error
//! stays under one frame and never adds up; text likewise, after a cue that lasts over a boundary was
//! split there. Text alone is cut where what is shown changes, so that silence, of however many hours, makes no
//! segments. A runt at the end is merged into the segment before it.

mod alignment;

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::Range;

use self::alignment::Common;
use crate::demux::{Kind, Sample};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::order;
use crate::time::{Ticks, clock, is_before, rescale};

/// A track as segmentation sees it.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'a> {
    /// The input's name, for messages.
    pub name: &'a str,
    /// The kind of media.
    pub kind: Kind,
    /// Ticks in a second.
    pub timescale: u32,
    /// Added to composition times for presentation times.
    pub presentation_offset: Ticks,
    /// The samples in decoding order.
    pub samples: &'a [Sample],
}

/// A segment of one track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The interval between two shared boundaries that the segment fills, from 0. A track that starts
    /// late or ends early lacks some.
    pub interval: usize,
    /// The samples, as a half-open range of indices; not empty.
    pub samples: Range<usize>,
    /// The decoding time of the first sample in ticks, before any edit.
    pub decode_time: u64,
    /// The earliest presentation time in ticks.
    pub start: Ticks,
    /// The latest end of a sample in presentation, in ticks.
    pub end: Ticks,
}

/// Two sync samples closer than this many milliseconds are at the same time: timescales of 1000, which
/// many writers use, can't do better.
const SAME_TIME_MS: i64 = 1;

/// Where the second and later segments start.
#[derive(Debug, Clone)]
pub struct Boundaries {
    /// In order.
    points: Vec<Point>,
    /// The indices of those that a period starts at.
    periods: Vec<usize>,
    notes: Vec<Message>,
    /// Where the last track ends; `None` without tracks.
    end: Option<Point>,
}

impl Boundaries {
    /// The boundaries of segments of about `target_ms` milliseconds, with one at or after each of `cues_ms`, which are
    /// in rising order.
    pub fn find(tracks: &[Timeline<'_>], target_ms: u32, cues_ms: &[u32]) -> Result<Self> {
        let grid = Grid { target: i64::from(target_ms), cues: cues_ms.iter().map(|&ms| i64::from(ms)).collect() };
        boundaries(tracks, &grid)
    }

    /// Where renditions first differ, if that moved a boundary, and which cue points could not be kept: a sentence each.
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }

    /// The boundaries at cue points: the interval behind each, and its time in ticks of a timescale.
    pub fn periods(&self) -> impl Iterator<Item = (usize, Ticks, u32)> + '_ {
        self.periods.iter().map(|&index| (index + 1, self.points[index].ticks, self.points[index].timescale))
    }

    /// Where the last track ends, in ticks of a timescale: the last segment of each track ends there. Text counts where
    /// there is nothing else. `None` without tracks.
    pub fn end_in(&self, timescale: u32) -> Option<Ticks> {
        self.end.map(|end| end.ticks_in(timescale))
    }

    /// The segments of a track in order.
    pub fn cut(&self, track: &Timeline<'_>) -> Vec<Cut> {
        cut_track(track, &self.points)
    }

    /// The samples of text, each that lasts over a boundary split there: the same bytes again, the
    /// duration divided. Text can't be joined in from elsewhere as sound can by its frames, so that each
    /// segment has all that is shown while it plays (ISO/IEC 14496-30:2018 clauses 6.5 and 7.4).
    pub fn split(&self, track: &Timeline<'_>) -> Vec<Sample> {
        let mut boundaries = self.points.iter().map(|point| point.ticks_in(track.timescale)).peekable();
        let mut pieces = Vec::new();
        for (sample, timed) in track.samples.iter().zip(track.timed()) {
            let (mut start, end) = (timed.present, timed.present + timed.duration);
            while boundaries.next_if(|&boundary| boundary <= start).is_some() {}
            while let Some(boundary) = boundaries.next_if(|&boundary| boundary < end) {
                if let Ok(duration) = u32::try_from(boundary - start)
                    && duration > 0
                {
                    pieces.push(Sample { duration, ..*sample });
                    start = boundary;
                }
            }
            pieces.push(Sample { duration: u32::try_from(end - start).unwrap_or(sample.duration), ..*sample });
        }
        pieces
    }
}

/// A point in presentation time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    ticks: Ticks,
    timescale: u32,
}

impl Point {
    fn is_before(self, other: Self) -> bool {
        is_before(self.ticks, self.timescale, other.ticks, other.timescale)
    }

    /// The first tick of another timescale that isn't before this point.
    fn ticks_in(self, timescale: u32) -> Ticks {
        let (own, other) = (i128::from(self.timescale), i128::from(timescale));
        let product = i128::from(self.ticks) * other;
        let ticks = product.div_euclid(own) + i128::from(product.rem_euclid(own) != 0);
        Ticks::try_from(ticks).unwrap_or(Ticks::MAX)
    }

    fn plus_ms(self, ms: i64) -> Self {
        Self { ticks: self.ticks.saturating_add(rescale(ms, 1000, self.timescale)), ..self }
    }
}

/// A sample with its times in ticks.
#[derive(Debug, Clone, Copy)]
struct Timed {
    decode: Ticks,
    present: Ticks,
    duration: Ticks,
    sync: bool,
}

impl Timeline<'_> {
    fn timed(&self) -> impl Iterator<Item = Timed> + '_ {
        let mut decode = 0;
        self.samples.iter().map(move |sample| {
            let timed = Timed {
                decode,
                present: decode + Ticks::from(sample.composition_offset) + self.presentation_offset,
                duration: Ticks::from(sample.duration),
                sync: sample.sync,
            };
            decode += Ticks::from(sample.duration);
            timed
        })
    }

    fn point(&self, ticks: Ticks) -> Point {
        Point { ticks, timescale: self.timescale }
    }

    fn sync_points(&self) -> Vec<(Point, Ticks)> {
        self.timed().filter(|timed| timed.sync).map(|timed| (self.point(timed.present), timed.duration)).collect()
    }

    /// When the last sample ends in presentation, in milliseconds.
    pub fn end_ms(&self) -> Ticks {
        self.end().ticks_in(1000)
    }

    /// The latest end of any sample: reordering reaches back from the end, so all count.
    fn end(&self) -> Point {
        self.point(self.timed().map(|timed| timed.present + timed.duration).max().unwrap_or(0))
    }
}

/// Where boundaries are wanted, in milliseconds.
#[derive(Debug)]
struct Grid {
    target: i64,
    cues: Vec<i64>,
}

impl Grid {
    /// The first cue point behind a boundary.
    fn next_cue(&self, from: Point) -> Option<Point> {
        self.cues.iter().map(|&ms| Point { ticks: ms, timescale: 1000 }).find(|&cue| from.is_before(cue))
    }
}

/// The inner boundaries in order: where the second and later segments start.
fn boundaries(tracks: &[Timeline<'_>], grid: &Grid) -> Result<Boundaries> {
    let videos: Vec<_> = tracks.iter().filter(|track| track.kind == Kind::Video).collect();
    // Text may last longer than what it belongs to: it doesn't lengthen the grid.
    let is_only_text = tracks.iter().all(|track| track.kind == Kind::Text);
    let timed = tracks.iter().filter(|track| is_only_text || track.kind != Kind::Text);
    let none = |notes, end| Boundaries { points: Vec::new(), periods: Vec::new(), notes, end };
    let Some(end) = latest(timed.map(Timeline::end)) else { return Ok(none(Vec::new(), None)) };
    let Common { points: candidates, longest, note } = alignment::common(&videos, grid)?;
    let mut notes: Vec<Message> = note.into_iter().collect();
    if is_only_text {
        let points = text_points(tracks, end, grid)?;
        let periods = periods(&points, grid, &mut notes);
        return Ok(Boundaries { points, periods, notes, end: Some(end) });
    }
    let (mut points, start) = match videos.get(longest) {
        Some(longest) => {
            let Some(&(start, _)) = candidates.first() else { return Ok(none(notes, Some(end))) };
            (merge_runt(choose(&candidates, start, grid), longest.end(), grid), start)
        }
        None => (Vec::new(), Point { ticks: 0, timescale: 1000 }),
    };
    let pictures_end = latest(videos.iter().map(|video| video.end()));
    go_on(&mut points, tracks, start, pictures_end, end, grid)?;
    let periods = periods(&points, grid, &mut notes);
    Ok(Boundaries { points, periods, notes, end: Some(end) })
}

/// The indices of the points that a period starts at.
fn periods(points: &[Point], grid: &Grid, notes: &mut Vec<Message>) -> Vec<usize> {
    let mut periods: Vec<usize> = Vec::new();
    for &cue in &grid.cues {
        let point = Point { ticks: cue, timescale: 1000 };
        match points.iter().position(|&boundary| reaches(Kind::Video, boundary, point)) {
            Some(index) if periods.last() == Some(&index) => {
                notes.push(message!(
                    "no period starts at {cue}: there is no key frame since the cue point before it",
                    cue = clock(cue, 1000)
                ));
            }
            Some(index) => periods.push(index),
            None => notes.push(message!("no period starts at {cue}: no key frame follows", cue = clock(cue, 1000))),
        }
    }
    periods
}

/// The boundaries of text alone: where something else is shown, in any of the tracks.
fn text_points(tracks: &[Timeline<'_>], end: Point, grid: &Grid) -> Result<Vec<Point>> {
    let start = Point { ticks: 0, timescale: 1000 };
    let mut changes: Vec<Point> =
        tracks.iter().flat_map(|track| track.timed().map(|timed| track.point(timed.present))).collect();
    changes.retain(|point| start.is_before(*point) && point.is_before(end));
    order::sort_by(&mut changes, |a, b| match (a.is_before(*b), b.is_before(*a)) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    });
    let candidates: Vec<(Point, Ticks)> = [start].into_iter().chain(changes).map(|point| (point, 0)).collect();
    let points = merge_runt(choose(&candidates, start, grid), end, grid);
    if points.len() >= limits::SEGMENTS {
        return Err(too_many(end));
    }
    Ok(points)
}

fn too_many(end: Point) -> Error {
    let message = message!(
        "the track ends at {end}, after more than {most} segments",
        end = clock(end.ticks, end.timescale),
        most = limits::SEGMENTS
    );
    Error::new(Code::LimitExceeded, message)
}

/// Where sound goes on after the last picture, and where there is no picture, the grid is regular, from each cue point
/// anew. Of the boundaries in a gap, which may last for days after one damaged time stamp, only the last is kept: with
/// the others, intervals would be numbered in which nothing starts.
fn go_on(
    points: &mut Vec<Point>,
    tracks: &[Timeline<'_>],
    start: Point,
    pictures_end: Option<Point>,
    end: Point,
    grid: &Grid,
) -> Result<()> {
    let mut before = points.last().copied().unwrap_or(start);
    let (mut base, mut number, mut count) = (before, 1, points.len());
    let mut starts = Starts::new(tracks);
    // The last boundary, as long as nothing is known to start behind it.
    let mut open: Option<Point> = None;
    loop {
        let regular = base.plus_ms(grid.target * number);
        let cue = grid.next_cue(before).filter(|&cue| !regular.is_before(cue) && cue.is_before(end));
        let next = cue.unwrap_or(regular);
        let is_runt = cue.is_none() && !next.plus_ms(grid.target / 2).is_before(end);
        // A long last group of pictures is not cut.
        if is_runt || pictures_end.is_some_and(|pictures_end| next.is_before(pictures_end)) {
            points.extend(open);
            return Ok(());
        }
        if count >= limits::SEGMENTS {
            return Err(too_many(end));
        }
        points.extend(open.filter(|&open| cue.is_some() || starts.any_between(open, next)));
        (base, number) = if cue.is_some() { (next, 1) } else { (base, number + 1) };
        (before, open, count) = (next, Some(next), count + 1);
        if cue.is_some() {
            points.extend(open.take());
        }
    }
}

/// Where the samples of a track start that a segment can start with.
type Points<'a> = Box<dyn Iterator<Item = Point> + 'a>;

/// Where samples of tracks start, read in the order of time.
struct Starts<'a> {
    tracks: Vec<(Kind, Peekable<Points<'a>>)>,
    /// Text is split at each boundary that it lasts over.
    has_text: bool,
}

impl<'a> Starts<'a> {
    fn new(tracks: &'a [Timeline<'a>]) -> Self {
        let starts = |track: &'a Timeline<'a>| -> Points<'a> {
            // A sample that is shown before an earlier one is in that one's interval, or in a later one.
            let latest = track.timed().filter(|timed| timed.sync).scan(Ticks::MIN, |latest, timed| {
                *latest = timed.present.max(*latest);
                Some(*latest)
            });
            Box::new(latest.map(|ticks| track.point(ticks)))
        };
        Self {
            tracks: tracks.iter().map(|track| (track.kind, starts(track).peekable())).collect(),
            has_text: tracks.iter().any(|track| track.kind == Kind::Text),
        }
    }

    /// Whether a segment of any track may start at or after `from` and before `to`; asked in the order of time.
    fn any_between(&mut self, from: Point, to: Point) -> bool {
        let any = self.tracks.iter_mut().any(|(kind, starts)| {
            while starts.next_if(|&start| !reaches(*kind, start, from)).is_some() {}
            starts.peek().is_some_and(|&start| !reaches(*kind, start, to))
        });
        any || self.has_text
    }
}

fn latest(points: impl Iterator<Item = Point>) -> Option<Point> {
    points.reduce(|a, b| if a.is_before(b) { b } else { a })
}

/// The first candidate at or after each target duration, and at or after each cue point; half a frame early counts as
/// in time, since timestamps are rounded.
fn choose(candidates: &[(Point, Ticks)], start: Point, grid: &Grid) -> Vec<Point> {
    let mut chosen: Vec<Point> = Vec::new();
    for &(point, duration) in &candidates[1..] {
        let from = chosen.last().copied().unwrap_or(start);
        let late = Point { ticks: point.ticks + duration / 2, ..point };
        let is_at_cue = grid.next_cue(from.plus_ms(SAME_TIME_MS)).is_some_and(|cue| reaches(Kind::Video, point, cue));
        if is_at_cue || !late.is_before(from.plus_ms(grid.target)) {
            chosen.push(point);
        }
    }
    chosen
}

/// Drops the last boundary where less than half the target follows it, unless it is at a cue point.
fn merge_runt(mut boundaries: Vec<Point>, end: Point, grid: &Grid) -> Vec<Point> {
    let before = boundaries.len().checked_sub(2).map(|index| boundaries[index]);
    boundaries.pop_if(|last| {
        let from = before.unwrap_or(Point { ticks: 0, timescale: 1000 });
        let is_at_cue = grid.next_cue(from.plus_ms(SAME_TIME_MS)).is_some_and(|cue| reaches(Kind::Video, *last, cue));
        end.is_before(last.plus_ms(grid.target / 2)) && !is_at_cue
    });
    boundaries
}

fn cut_track(track: &Timeline<'_>, boundaries: &[Point]) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut interval = 0;
    for (index, timed) in track.timed().enumerate() {
        if timed.sync {
            let point = track.point(timed.present);
            while boundaries.get(interval).is_some_and(|&boundary| reaches(track.kind, point, boundary)) {
                interval += 1;
            }
        }
        let end = timed.present + timed.duration;
        match cuts.last_mut().filter(|cut| cut.interval == interval) {
            Some(cut) => {
                cut.samples.end = index + 1;
                cut.start = cut.start.min(timed.present);
                cut.end = cut.end.max(end);
            }
            None => cuts.push(Cut {
                interval,
                samples: index..index + 1,
                decode_time: u64::try_from(timed.decode).expect("decoding times count from 0"),
                start: timed.present,
                end,
            }),
        }
    }
    cuts
}

/// Whether a frame at `point` belongs behind `boundary`. A picture of another rendition may come up to
/// a millisecond early by rounding.
fn reaches(kind: Kind, point: Point, boundary: Point) -> bool {
    match kind {
        Kind::Video => !point.plus_ms(SAME_TIME_MS).is_before(boundary),
        Kind::Audio | Kind::Text => !point.is_before(boundary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Messages;

    #[test]
    fn text_alone_is_cut_at_its_cues() {
        // A cue of 2 s at 1 s, at 5 s and at 9 s, and one a hundred hours later.
        let (hour, sample) = (3_600_000, |duration: u32| Sample {
            offset: 0,
            size: 1,
            duration,
            composition_offset: 0,
            entry: 0,
            sync: true,
        });
        let durations = [1000, 2000, 2000, 2000, 2000, 2000, 100 * hour, 2000];
        let samples: Vec<Sample> = durations.into_iter().map(sample).collect();
        let text =
            Timeline { name: "a.srt", kind: Kind::Text, timescale: 1000, presentation_offset: 0, samples: &samples };
        let found = Boundaries::find(&[text], 6000, &[]).unwrap();
        let cuts: Vec<_> = found.cut(&text).iter().map(|cut| (cut.start, cut.end)).collect();
        let far = i64::from(100 * hour) + 11_000;
        assert_eq!(cuts, [(0, 7000), (7000, far + 2000)], "the last is short, and joins the silence");
        // Beside pictures the grid is theirs.
        assert_eq!(Boundaries::find(&[text], 1000, &[]).unwrap().points.len(), 7);
    }

    #[test]
    fn a_gap_of_days_takes_one_boundary() {
        // Four frames of sound, of which the third lasts 100 hours, beside two that end before it.
        let mut long = samples(4, 1000, 1);
        long[2].duration = 360_000_000;
        let (sound, other) = (samples(4, 1000, 1), samples(2, 1000, 1));
        let tracks = [&long, &other, &sound].map(|samples| timeline(Kind::Audio, 1000, samples));
        let found = Boundaries::find(&tracks, 1000, &[]).unwrap();
        let points: Vec<_> = found.points.iter().map(|point| point.ticks).collect();
        assert_eq!(points, [1000, 2000, 3000, 360_002_000]);
        let intervals = |track: &Timeline<'_>| found.cut(track).iter().map(|cut| cut.interval).collect::<Vec<_>>();
        assert_eq!(intervals(&tracks[0]), [0, 1, 2, 4]);
        assert_eq!(intervals(&tracks[1]), [0, 1]);
        assert_eq!(intervals(&tracks[2]), [0, 1, 2, 3]);
        // A cue point in the gap starts a period.
        let found = Boundaries::find(&tracks, 1000, &[100_500]).unwrap();
        assert_eq!(found.periods().map(|(_, ticks, _)| ticks).collect::<Vec<_>>(), [100_500]);
        assert_eq!(found.points.len(), 6, "the last before it, and itself");
    }

    fn samples(count: usize, duration: u32, sync_every: usize) -> Vec<Sample> {
        (0..count)
            .map(|i| Sample {
                offset: 0,
                size: 1,
                duration,
                composition_offset: 0,
                entry: 0,
                sync: i % sync_every == 0,
            })
            .collect()
    }

    fn timeline(kind: Kind, timescale: u32, samples: &[Sample]) -> Timeline<'_> {
        Timeline { name: "a.mp4", kind, timescale, presentation_offset: 0, samples }
    }

    fn cut(tracks: &[Timeline<'_>], target_ms: u32) -> Result<Vec<Vec<Cut>>> {
        let boundaries = Boundaries::find(tracks, target_ms, &[])?;
        Ok(tracks.iter().map(|track| boundaries.cut(track)).collect())
    }

    fn ranges(cuts: &[Cut]) -> Vec<Range<usize>> {
        cuts.iter().map(|cut| cut.samples.clone()).collect()
    }

    #[test]
    fn video_is_cut_at_the_first_sync_sample_at_or_after_the_target() {
        // 25 fps, a key frame each 2 s, 20 s: boundaries at 6, 12 and 18 s; the last 2 s are a runt.
        let video = samples(500, 1, 50);
        let cuts = cut(&[timeline(Kind::Video, 25, &video)], 6000).unwrap();
        assert_eq!(ranges(&cuts[0]), [0..150, 150..300, 300..500]);
    }

    #[test]
    fn audio_is_cut_at_the_first_frame_at_or_after_the_video_boundary() {
        let video = samples(300, 1, 50);
        let audio = samples(563, 1024, 1);
        let cuts = cut(&[timeline(Kind::Video, 25, &video), timeline(Kind::Audio, 48_000, &audio)], 4000).unwrap();
        // 4 s are 187.5 frames of 1024 at 48 kHz: the first frame at or after is number 188.
        assert_eq!(ranges(&cuts[1]), [0..188, 188..375, 375..563]);
        assert_eq!(cuts[1][2].decode_time, 375 * 1024);
    }

    #[test]
    fn audio_alone_follows_a_regular_grid_without_drift() {
        let audio = samples(4307, 1024, 1); // 100 s at 44.1 kHz
        let cuts = cut(&[timeline(Kind::Audio, 44_100, &audio)], 6000).unwrap();
        for (number, cut) in cuts[0].iter().enumerate() {
            let late = cut.start - i64::try_from(number).unwrap() * 6 * 44_100;
            assert!((0..1024).contains(&late), "segment {number} starts {late} ticks after its boundary");
        }
        assert_eq!(cuts[0].len(), 17);
    }

    #[test]
    fn audio_that_outlasts_the_video_is_cut_on() {
        let video = samples(250, 1, 50);
        let audio = samples(1400, 1024, 1); // 29.87 s
        let cuts = cut(&[timeline(Kind::Video, 25, &video), timeline(Kind::Audio, 48_000, &audio)], 4000).unwrap();
        assert_eq!(cuts[0].len(), 3); // 0, 4 and 8 s: the last 2 s are half a target, no runt
        assert_eq!(cuts[1].len(), 7); // on at 12, 16, 20 and 24; what follows 28 is a runt
    }

    #[test]
    fn renditions_are_cut_where_all_have_a_sync_sample() {
        let (a, b) = (samples(240, 1000, 24), samples(480, 512, 96));
        let tracks = [timeline(Kind::Video, 24_000, &a), timeline(Kind::Video, 24_576, &b)];
        let cuts = cut(&tracks, 1000).unwrap();
        assert_eq!(ranges(&cuts[0]), [0..48, 48..96, 96..144, 144..192, 192..240]);
        assert_eq!(ranges(&cuts[1]), [0..96, 96..192, 192..288, 288..384, 384..480]);
    }

    #[test]
    fn renditions_without_a_common_sync_sample_are_refused_with_time_codes() {
        let (a, b) = (samples(100, 1, 50), samples(100, 1, 30));
        let error = cut(&[timeline(Kind::Video, 25, &a), timeline(Kind::Video, 25, &b)], 1000).unwrap_err();
        assert_eq!(error.code, Code::VideoNotAligned);
        assert!(error.message.text().contains("0:00:01.200") && error.message.text().contains("0:00:02.000"));
    }

    #[test]
    fn a_cue_over_a_boundary_is_repeated_behind_it() {
        // Boundaries at 4 and 8 s. Cues of 3, 7 and 2 s in milliseconds: the second one spans both.
        let video = samples(300, 1, 100);
        let mut text = samples(3, 3000, 1);
        (text[1].duration, text[2].duration, text[1].offset) = (7000, 2000, 99);
        let (video, text) = (timeline(Kind::Video, 25, &video), timeline(Kind::Text, 1000, &text));
        let boundaries = Boundaries::find(&[video, text], 4000, &[]).unwrap();
        let pieces = boundaries.split(&text);
        assert_eq!(
            pieces.iter().map(|s| (s.offset, s.duration)).collect::<Vec<_>>(),
            [(0, 3000), (99, 1000), (99, 4000), (99, 2000), (0, 2000)]
        );
        let cuts = boundaries.cut(&timeline(Kind::Text, 1000, &pieces));
        assert_eq!(ranges(&cuts), [0..2, 2..3, 3..5]);
        assert_eq!(cuts.iter().map(|cut| cut.start).collect::<Vec<_>>(), [0, 4000, 8000]);
    }

    #[test]
    fn a_boundary_between_two_ticks_of_text_is_rounded_up() {
        // 4.004 s of 29.97 frames a second in a timescale of 10: 4.1 s.
        let video = samples(240, 1001, 120);
        let text = samples(1, 80, 1);
        let (video, text) = (timeline(Kind::Video, 30_000, &video), timeline(Kind::Text, 10, &text));
        let boundaries = Boundaries::find(&[video, text], 4000, &[]).unwrap();
        let pieces = boundaries.split(&text);
        assert_eq!(pieces.iter().map(|sample| sample.duration).collect::<Vec<_>>(), [41, 39]);
        assert_eq!(boundaries.cut(&timeline(Kind::Text, 10, &pieces)).len(), 2);
    }

    #[test]
    fn a_period_starts_at_the_first_key_frame_at_or_after_its_cue_point() {
        // Key frames each 2 s for 20 s. 5 s: at 6 s. 6 s: the same key frame. 9.99 s: at 10 s.
        let video = samples(500, 1, 50);
        let tracks = [timeline(Kind::Video, 25, &video)];
        let boundaries = Boundaries::find(&tracks, 8000, &[5000, 6000, 9990, 30_000]).unwrap();
        let seconds: Vec<Ticks> = boundaries.points.iter().map(|point| point.ticks / 25).collect();
        assert_eq!(seconds, [6, 10]); // then 18 s would leave a runt
        assert_eq!(boundaries.periods().collect::<Vec<_>>(), [(1, 150, 25), (2, 250, 25)]);
        let notes = Messages(boundaries.notes().to_vec()).text();
        assert!(notes.contains("0:00:06.000: there is no key frame since") && notes.contains("0:00:30.000: no key"));
    }

    #[test]
    fn sound_alone_is_cut_at_cue_points_and_on_from_there() {
        let audio = samples(4307, 1024, 1); // 100 s at 44.1 kHz
        let boundaries = Boundaries::find(&[timeline(Kind::Audio, 44_100, &audio)], 20_000, &[30_000]).unwrap();
        let seconds: Vec<Ticks> = boundaries.points.iter().map(|point| point.ticks / 1000).collect();
        assert_eq!(seconds, [20, 30, 50, 70, 90]);
        assert_eq!(boundaries.periods().collect::<Vec<_>>(), [(2, 30_000, 1000)]);
    }

    #[test]
    fn a_cue_point_near_the_end_is_kept() {
        let video = samples(500, 1, 50);
        let boundaries = Boundaries::find(&[timeline(Kind::Video, 25, &video)], 8000, &[18_000]).unwrap();
        assert_eq!(boundaries.periods().collect::<Vec<_>>(), [(3, 450, 25)]);
    }

    #[test]
    fn sound_without_end_is_refused() {
        let audio = samples(1000, u32::MAX, 1);
        assert_eq!(cut(&[timeline(Kind::Audio, 1, &audio)], 6000).unwrap_err().code, Code::LimitExceeded);
    }

    #[test]
    fn a_track_that_starts_late_lacks_the_first_segments() {
        let video = samples(300, 1, 50);
        let audio = samples(100, 1024, 1);
        let late = Timeline { presentation_offset: 9 * 48_000, ..timeline(Kind::Audio, 48_000, &audio) };
        let cuts = cut(&[timeline(Kind::Video, 25, &video), late], 4000).unwrap();
        assert_eq!(cuts[1].iter().map(|cut| cut.interval).collect::<Vec<_>>(), [2]);
    }
}
