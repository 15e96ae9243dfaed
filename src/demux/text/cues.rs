//! Cues with their times → a track of WebVTT in ISO BMFF (ISO/IEC 14496-30:2018 clause 7).

use std::ops::Range;

use super::super::about::About;
use super::super::access::Made;
use super::super::{Access, Kind, Properties, Sample, Track, check_times, entries, language};
use crate::bytes::Writer;
use crate::codec::captions::Captions;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::mp4::wvtt::Cue;
use crate::order;

/// Ticks in a second: all these syntaxes count milliseconds.
const TIMESCALE: u32 = 1000;

/// A cue with its times in milliseconds; it ends after it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::demux) struct Timed {
    pub(in crate::demux) start: u64,
    pub(in crate::demux) end: u64,
    pub(in crate::demux) cue: Cue,
}

/// A track of these cues, in any order, from time 0 on. A sample lasts as long as the same cues are shown, so that
/// cues which overlap stand in several.
pub(in crate::demux) fn track(
    number: u32,
    header: &str,
    mut cues: Vec<Timed>,
    tag: Option<&str>,
    about: About,
) -> Result<Track> {
    order::sort_by_key(&mut cues, |cue| cue.start);
    let mut times: Vec<u64> = cues.iter().flat_map(|cue| [cue.start, cue.end]).chain([0]).collect();
    order::sort(&mut times);
    times.dedup();
    let mut out = Writer::new();
    let mut samples = Vec::new();
    let mut shown: Vec<usize> = Vec::new();
    let mut next = 0;
    for pair in times.windows(2) {
        let &[start, end] = pair else { continue };
        shown.retain(|&index| cues[index].end > start);
        while cues.get(next).is_some_and(|cue| cue.start <= start) {
            cues[next].cue.source_id = u32::try_from(next).ok();
            shown.push(next);
            next += 1;
        }
        let offset = out.len();
        shown.iter().for_each(|&index| cues[index].cue.put(&mut out));
        if out.len() > limits::TEXT_BYTES {
            let message = message!(
                "so many cues are shown at a time that the samples are larger than {most} bytes",
                most = limits::TEXT_BYTES
            );
            return Err(Error::new(Code::LimitExceeded, message));
        }
        let size = u32::try_from(out.len() - offset).expect("under the cap");
        push(&mut samples, offset as u64, size, end - start);
    }
    if samples.is_empty() {
        push(&mut samples, 0, 0, 1); // nothing is shown, ever
    }
    let (entry, properties) = entries::wvtt(header)?;
    let times: Vec<Range<u64>> = cues.iter().map(|cue| cue.start..cue.end).collect();
    let track = Track {
        kind: Kind::Text,
        tkhd: entries::tkhd(number, Kind::Text, 0, 0),
        timescale: TIMESCALE,
        packed_language: language::packed(tag),
        language: tag.map(language::shortest),
        label: about.label,
        is_forced: about.is_forced,
        roles: about.roles,
        presentation_offset: 0,
        entries: vec![entry],
        samples,
        access: Access::Made(Made { bytes: out.into_vec(), cues: times }),
        captions: Captions::Unknown,
        protection: None,
        properties,
    };
    debug_assert_eq!(track.properties, Properties::Text);
    check_times(&track)?;
    Ok(track)
}

/// Appends a sample; one that lasts longer than 32 bits can say, as several.
pub(super) fn push(samples: &mut Vec<Sample>, offset: u64, size: u32, mut duration: u64) {
    while duration > 0 {
        let part = u32::try_from(duration).unwrap_or(u32::MAX);
        samples.push(Sample { offset, size, duration: part, composition_offset: 0, entry: 0, sync: true });
        duration -= u64::from(part);
    }
}

/// Lets a track of WebVTT that starts late begin at 0, with the time in which nothing is shown.
pub(in crate::demux) fn begin_at_zero(track: &mut Track) {
    let Some(late) = u64::try_from(track.presentation_offset).ok().filter(|&late| late > 0) else { return };
    if !track.is_webvtt() || track.protection.is_some() {
        return;
    }
    let mut samples = Vec::new();
    push(&mut samples, 0, 0, late);
    samples.append(&mut track.samples);
    track.samples = samples;
    track.presentation_offset = 0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp4::wvtt;

    pub(crate) fn cue(start: u64, end: u64, text: &str) -> Timed {
        Timed { start, end, cue: Cue { text: text.into(), ..Cue::default() } }
    }

    fn shown(track: &Track) -> Vec<(u32, Vec<String>)> {
        let texts = |index: usize| -> Vec<String> {
            let cues = wvtt::read(&track.sample(index, &[]).unwrap()).unwrap();
            cues.into_iter().map(|cue| cue.text).collect()
        };
        track.samples.iter().enumerate().map(|(index, sample)| (sample.duration, texts(index))).collect()
    }

    #[test]
    fn samples_last_as_long_as_the_same_cues_are_shown() {
        let cues = vec![cue(5000, 7000, "b"), cue(1000, 6000, "a"), cue(9000, 9500, "c")];
        let track = track(1, "WEBVTT", cues, Some("de"), About::default()).unwrap();
        let expected: [(u32, &[&str]); 6] =
            [(1000, &[]), (4000, &["a"]), (1000, &["a", "b"]), (1000, &["b"]), (2000, &[]), (500, &["c"])];
        let expected: Vec<_> =
            expected.iter().map(|(d, texts)| (*d, texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>())).collect();
        assert_eq!(shown(&track), expected);
        let Access::Made(made) = &track.access else { panic!("made") };
        assert_eq!(made.cues, [1000..6000, 5000..7000, 9000..9500]);
        assert_eq!((track.source(1), track.language.as_deref()), (0..0, Some("de")));
    }

    #[test]
    fn a_file_without_cues_is_a_track_in_which_nothing_is_shown() {
        let track = track(1, "WEBVTT", Vec::new(), None, About::default()).unwrap();
        assert_eq!(shown(&track), [(1, vec![])]);
    }

    #[test]
    fn long_silence_is_several_samples() {
        let mut samples = Vec::new();
        push(&mut samples, 0, 0, u64::from(u32::MAX) + 5);
        assert_eq!(samples.iter().map(|sample| sample.duration).collect::<Vec<_>>(), [u32::MAX, 5]);
    }

    #[test]
    fn a_late_track_begins_with_silence() {
        let mut late = track(1, "WEBVTT", vec![cue(0, 1000, "a")], None, About::default()).unwrap();
        late.presentation_offset = 700;
        begin_at_zero(&mut late);
        assert_eq!(late.presentation_offset, 0);
        assert_eq!(shown(&late), [(700, vec![]), (1000, vec!["a".to_owned()])]);
    }

    #[test]
    fn too_many_cues_at_a_time_are_refused() {
        let long = "x".repeat(1 << 16);
        let cues = (0..100).map(|start| cue(start, 10_000, &long)).collect();
        assert_eq!(track(1, "WEBVTT", cues, None, About::default()).unwrap_err().code, Code::LimitExceeded);
    }
}
