//! Playlists of key frames for seeking and scanning, section 4.3.3.6.
//!
//! Nothing is stored for them: each entry is a range of bytes of a media segment.

use std::fmt::{self, Write};

use super::media::{Entry, durations, nearest_second, write_entries, write_map};
use super::{Settings, key_version};
use crate::presentation::{Segment, Track};

/// `EXT-X-VERSION`: section 7 has playlists of key frames need 4, and with `EXT-X-MAP` or formats of keys 5.
fn version(track: &Track) -> u32 {
    if track.init().is_some() { 5 } else { key_version(track).unwrap_or(4) }
}

/// The text of the playlist of a video track's key frames, to be stored as [`Track::key_frame_playlist`]
/// says; `None` where there are none that can be read by themselves.
pub fn i_frames_with(track: &Track, settings: &Settings) -> Option<String> {
    let frames = track.key_frames();
    if frames.is_empty() {
        return None;
    }
    let mut text = String::new();
    write_i_frames(&mut text, track, &frames, settings).expect("a String takes every write");
    Some(text)
}

fn write_i_frames(text: &mut String, track: &Track, frames: &[(usize, Segment)], settings: &Settings) -> fmt::Result {
    writeln!(text, "#EXTM3U")?;
    writeln!(text, "#EXT-X-VERSION:{}", version(track))?;
    writeln!(text, "#EXT-X-TARGETDURATION:{}", target_duration(track, frames))?;
    writeln!(text, "#EXT-X-PLAYLIST-TYPE:VOD")?;
    writeln!(text, "#EXT-X-I-FRAMES-ONLY")?;
    write_map(text, track)?;
    let starts: Option<Vec<u64>> = track.byte_offsets().map(Iterator::collect);
    let segments: Vec<Segment> = frames.iter().map(|(_, frame)| *frame).collect();
    let entry = |(&(segment, frame), microseconds): (&(usize, Segment), u64)| Entry {
        segment,
        microseconds,
        range: frame
            .key_frame
            .map(|(_, place)| (starts.as_ref().map_or(0, |starts| starts[segment]) + place.offset, place.size)),
    };
    let entries = frames.iter().zip(durations(&segments, track.timescale)).map(entry).collect();
    write_entries(text, track, entries, settings)
}

/// That of the playlist of key frames, which may differ from the others' (bis 6.2.4).
pub(super) fn target_duration(track: &Track, frames: &[(usize, Segment)]) -> u64 {
    let segments: Vec<Segment> = frames.iter().map(|(_, frame)| *frame).collect();
    durations(&segments, track.timescale).map(nearest_second).max().unwrap_or(0).max(1)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::cenc::Scheme;
    use crate::codec::VideoRange;
    use crate::drm::{HlsKey, SystemSignal};
    use crate::hls::multivariant_with;
    use crate::keys::KeyId;
    use crate::presentation::{KeyChange, KeyFrame, Layout, Media, Method, Presentation, Protection, Track};
    use crate::time::DateTime;

    /// Four segments of 2 s, the third of which starts with no key frame; pictures lead the key frame of the second.
    fn track() -> Track {
        let place = |size| KeyFrame { offset: 24, size };
        let key_frames = [Some((0, place(5000))), Some((2040, place(6000))), None, Some((6000, place(7000)))];
        let segment = |(number, key_frame): (u64, _)| Segment {
            start: number * 2000,
            duration: 2000,
            size: 50_000,
            key_frame,
            ..Segment::default()
        };
        let segments = (0..).zip(key_frames).map(segment).collect();
        let media = Media::Video {
            width: 640,
            height: 360,
            frame_rate: Some((25, 1)),
            sample_aspect_ratio: (1, 1),
            colour: None,
            video_range: VideoRange::Sdr,
        };
        Track::new("video-1", media, "avc1.64001f", 1000, segments)
    }

    #[test]
    fn key_frames_are_ranges_of_the_segments_that_last_until_the_next() {
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:5
            #EXT-X-TARGETDURATION:4
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-I-FRAMES-ONLY
            #EXT-X-MAP:URI="init.mp4"
            #EXTINF:2.040000,
            #EXT-X-BYTERANGE:5000@24
            1.m4s
            #EXTINF:3.960000,
            #EXT-X-BYTERANGE:6000@24
            2.m4s
            #EXTINF:2.000000,
            #EXT-X-BYTERANGE:7000@24
            4.m4s
            #EXT-X-ENDLIST
        "##]]
        .assert_eq(&i_frames_with(&track(), &Settings::default()).unwrap());
        assert_eq!(track().key_frame_playlist().to_string(), "video-1/i-frames.m3u8");
    }

    #[test]
    fn in_a_single_file_ranges_count_from_its_start() {
        let track = Track { layout: Layout::SingleFile { init_size: 1000, index_size: 100 }, ..track() };
        let text = i_frames_with(&track, &Settings::default()).unwrap();
        let ranges: Vec<&str> = text.lines().filter(|line| line.contains('@') || line.ends_with("mp4")).collect();
        expect![[r##"
            #EXT-X-MAP:URI="video-1.mp4",BYTERANGE="1000@0"
            #EXT-X-BYTERANGE:5000@1124
            video-1.mp4
            #EXT-X-BYTERANGE:6000@51124
            video-1.mp4
            #EXT-X-BYTERANGE:7000@151124
            video-1.mp4"##]]
        .assert_eq(&ranges.join("\n"));
        assert_eq!(track.key_frame_playlist().to_string(), "video-1-i-frames.m3u8");
    }

    #[test]
    fn a_key_that_changes_in_a_segment_without_a_key_frame_is_there_at_the_next() {
        let protection = |uri: &str| {
            let hls_key = Some(HlsKey { uri: uri.into(), key_format: "identity", key_id: None });
            let systems = vec![SystemSignal { hls_key, ..SystemSignal::default() }];
            Some(Protection { method: Method::Samples(Scheme::Cbcs), default_kid: KeyId([1; 16]), systems })
        };
        let change = |(first_segment, uri)| KeyChange { first_segment, protection: protection(uri) };
        let mut track = Track { protection: protection("all"), ..track() };
        track.key_changes = vec![KeyChange { first_segment: 0, protection: None }];
        track.key_changes.extend([(1, "k1"), (2, "k2"), (3, "k3")].map(change));
        let text = i_frames_with(&track, &Settings::default()).unwrap();
        let keys: Vec<&str> = text.lines().filter(|line| line.contains("KEY") || line.ends_with("m4s")).collect();
        expect![[r#"
            1.m4s
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="k1",KEYFORMAT="identity",KEYFORMATVERSIONS="1"
            2.m4s
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="k3",KEYFORMAT="identity",KEYFORMATVERSIONS="1"
            4.m4s"#]]
        .assert_eq(&keys.join("\n"));
    }

    #[test]
    fn a_track_without_key_frames_has_no_such_playlist() {
        let mut track = track();
        track.segments.iter_mut().for_each(|segment| segment.key_frame = None);
        assert_eq!(i_frames_with(&track, &Settings::default()), None);
    }

    #[test]
    fn the_multivariant_playlist_names_it_and_says_where_to_start() {
        let settings = Settings { start_ms: Some(-1500), program_date_time: DateTime::parse("2026-02-19T14:54:23Z") };
        let text = multivariant_with(&Presentation { tracks: vec![track()], periods: Vec::new() }, &settings);
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-START:TIME-OFFSET=-1.500,PRECISE=YES
            #EXT-X-STREAM-INF:BANDWIDTH=200000,AVERAGE-BANDWIDTH=200000,CODECS="avc1.64001f",RESOLUTION=640x360,FRAME-RATE=25.000,CLOSED-CAPTIONS=NONE
            video-1/media.m3u8
            #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=28000,AVERAGE-BANDWIDTH=18000,CODECS="avc1.64001f",RESOLUTION=640x360,URI="video-1/i-frames.m3u8"
        "##]].assert_eq(&text);
        let text = i_frames_with(&track(), &settings).unwrap();
        assert_eq!(text.matches("#EXT-X-PROGRAM-DATE-TIME:2026-02-19T14:54:23.000Z\n#EXTINF").count(), 1, "{text}");
        assert!(
            crate::hls::media_with(&track(), 2, &settings)
                .contains("#EXT-X-PROGRAM-DATE-TIME:2026-02-19T14:54:23.000Z\n")
        );
    }
}
