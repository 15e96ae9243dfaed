//! `SegmentTimeline`, clause 5.3.9.6.

use std::io;

use quick_xml::events::{BytesStart, Event};

use super::Xml;
use crate::presentation::Segment;

/// Writes the segments' times, runs of equal durations merged.
pub(super) fn write(xml: &mut Xml, segments: &[Segment]) -> io::Result<()> {
    super::element(xml, "SegmentTimeline", &[], |xml| {
        runs(segments).iter().try_for_each(|run| {
            let mut s = BytesStart::new("S");
            if let Some(t) = run.t {
                s.push_attribute(("t", t.to_string().as_str()));
            }
            s.push_attribute(("d", run.d.to_string().as_str()));
            if run.r > 0 {
                s.push_attribute(("r", run.r.to_string().as_str()));
            }
            xml.write_event(Event::Empty(s))
        })
    })
}

/// An `S` element.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    /// The start in ticks, on the first run and where a run doesn't start at its predecessor's end.
    t: Option<u64>,
    /// The duration of each segment in ticks.
    d: u64,
    /// How many segments follow the first of the run.
    r: u64,
}

fn runs(segments: &[Segment]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut end = None;
    for segment in segments {
        let continues = end == Some(segment.start);
        match runs.last_mut() {
            Some(run) if continues && run.d == segment.duration => run.r += 1,
            _ => runs.push(Run { t: (!continues).then_some(segment.start), d: segment.duration, r: 0 }),
        }
        end = Some(segment.start + segment.duration);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(times: &[(u64, u64)]) -> Vec<Segment> {
        times.iter().map(|&(start, duration)| Segment { start, duration, size: 1, ..Segment::default() }).collect()
    }

    #[test]
    fn equal_durations_are_one_run() {
        let times = [(0, 10), (10, 10), (20, 10), (30, 7)];
        assert_eq!(runs(&segments(&times)), [Run { t: Some(0), d: 10, r: 2 }, Run { t: None, d: 7, r: 0 }]);
    }

    #[test]
    fn a_late_start_and_a_gap_are_said() {
        let times = [(5, 10), (15, 10), (26, 10)];
        assert_eq!(runs(&segments(&times)), [Run { t: Some(5), d: 10, r: 1 }, Run { t: Some(26), d: 10, r: 0 }]);
    }
}
