//! Media playlists, section 4.3.3.

use std::fmt::{self, Write};

use super::attributes::Attributes;
use super::{Settings, version};
use crate::cenc::Mode;
use crate::drm::HlsKey;
use crate::keys::hex;
use crate::presentation::{Layout, Method, Protection, Segment, Track};
use crate::time::Ticks;

/// The text of a track's media playlist without settings: [`media_with`].
pub fn media(track: &Track, target_duration: u64) -> String {
    media_with(track, target_duration, &Settings::default())
}

/// The text of a track's media playlist, to be stored in the track's folder as
/// [`Track::playlist`] says; `target_duration` is [`target_duration`](super::target_duration).
pub fn media_with(track: &Track, target_duration: u64, settings: &Settings) -> String {
    let mut text = String::new();
    write_media(&mut text, track, target_duration, settings).expect("a String takes every write");
    text
}

fn write_media(text: &mut String, track: &Track, target_duration: u64, settings: &Settings) -> fmt::Result {
    writeln!(text, "#EXTM3U")?;
    writeln!(text, "#EXT-X-VERSION:{}", version(track))?;
    writeln!(text, "#EXT-X-TARGETDURATION:{target_duration}")?;
    writeln!(text, "#EXT-X-PLAYLIST-TYPE:VOD")?;
    // EXT-X-INDEPENDENT-SEGMENTS stands in the multivariant playlist for all (bis 4.4.2.1).
    write_map(text, track)?;
    let mut offsets = track.byte_offsets();
    let entries = (0..).zip(extinfs(track)).map(|(index, microseconds)| Entry {
        segment: index,
        microseconds,
        range: offsets.as_mut().and_then(Iterator::next).map(|offset| (offset, track.segments[index].size)),
    });
    write_entries(text, track, entries.collect(), settings)
}

/// `EXT-X-MAP`, where segments need an init segment.
pub(super) fn write_map(text: &mut String, track: &Track) -> fmt::Result {
    let Some(init) = track.init() else { return Ok(()) };
    let map = Attributes::default().uri("URI", &init.beside_playlist());
    let map = match track.layout {
        Layout::Segmented { .. } => map,
        Layout::SingleFile { init_size, .. } => map.quoted("BYTERANGE", &format!("{init_size}@0")),
    };
    writeln!(text, "#EXT-X-MAP:{map}")
}

/// What a playlist lists: a segment, or a range of the bytes of the file that it is in.
pub(super) struct Entry {
    /// The index of the segment.
    pub(super) segment: usize,
    pub(super) microseconds: u64,
    /// Offset and length in the file.
    pub(super) range: Option<(u64, u64)>,
}

/// The entries with their keys, and the end of the playlist.
pub(super) fn write_entries(text: &mut String, track: &Track, entries: Vec<Entry>, settings: &Settings) -> fmt::Result {
    // Keys stand behind EXT-X-MAP, since a key applies to the init segments that follow it as well
    // (section 4.3.2.4), and the init segment is clear.
    let mut protected = track.key_changes.is_empty() && track.protection.is_some();
    if let Some(protection) = track.protection.as_ref().filter(|_| protected) {
        write_keys(text, protection)?;
    }
    let mut changes = track.key_changes.iter().peekable();
    let mut date = settings.program_date_time;
    for Entry { segment, microseconds, range } in entries {
        while let Some(change) = changes.next_if(|change| change.first_segment <= segment) {
            if changes.peek().is_some_and(|next| next.first_segment <= segment) {
                continue; // of segments that aren't listed
            }
            match &change.protection {
                Some(protection) => write_keys(text, protection)?,
                None if protected => writeln!(text, "#EXT-X-KEY:METHOD=NONE")?,
                None => (),
            }
            protected = change.protection.is_some();
        }
        if let Some(date) = date.take() {
            // Once is enough: nothing interrupts the timeline.
            writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", date.later(start_ms(track, segment)))?;
        }
        writeln!(text, "#EXTINF:{}.{:06},", microseconds / 1_000_000, microseconds % 1_000_000)?;
        if let Some((offset, length)) = range {
            writeln!(text, "#EXT-X-BYTERANGE:{length}@{offset}")?;
        }
        writeln!(text, "{}", track.segment(segment).beside_playlist())?;
    }
    writeln!(text, "#EXT-X-ENDLIST")
}

/// When the first sample of a segment is shown, in milliseconds; what lies before 0 is not.
fn start_ms(track: &Track, segment: usize) -> i64 {
    let start = track.segments[segment].key_frame.map_or(track.segments[segment].start, |(shown, _)| shown);
    crate::time::rescale_nearest(Ticks::try_from(start).unwrap_or(Ticks::MAX), track.timescale, 1000)
}

/// A key for each system; section 4.3.2.4 has a client take the one whose format it knows.
fn write_keys(text: &mut String, protection: &Protection) -> fmt::Result {
    protection.systems.iter().try_for_each(|system| match &system.hls_key {
        _ if !system.hls_lines.is_empty() => system.hls_lines.iter().try_for_each(|line| writeln!(text, "{line}")),
        Some(key) => writeln!(text, "#EXT-X-KEY:{}", key_attributes(protection, key)),
        None => Ok(()),
    })
}

/// The attributes of `EXT-X-KEY`, section 4.3.2.4, and of `EXT-X-SESSION-KEY`, section 4.3.4.5.
///
/// Of whole segments the key is fetched as 16 bytes, which needs no format. Hexadecimal digits are capitals (section 4.2).
///
/// No `IV` with sample encryption of fMP4: the IVs are the file's own, the constant one of `cbcs` in
/// `tenc` and those of `cenc` in `senc`. For SAMPLE-AES-CTR the draft forbids the attribute ("The IV
/// attribute MUST NOT be present", bis 4.4.4.4); the rule that its absence means the media sequence
/// number is about AES-128 (section 5.2). MPEG-TS and packed audio have no place for an IV: there it is an attribute.
pub(super) fn key_attributes(protection: &Protection, key: &HlsKey) -> Attributes {
    let method = match protection.method {
        Method::Samples(scheme) if scheme.mode() == Mode::Ctr => "SAMPLE-AES-CTR",
        Method::Samples(_) | Method::SampleAes { .. } => "SAMPLE-AES",
        Method::Segments { iv } => {
            let attributes = Attributes::default().plain("METHOD", "AES-128").uri("URI", &key.uri);
            return match iv {
                Some(iv) => attributes.plain("IV", format_args!("0x{}", hex(&iv).to_ascii_uppercase())),
                None => attributes,
            };
        }
    };
    let mut attributes = Attributes::default().plain("METHOD", method).uri("URI", &key.uri);
    if let Method::SampleAes { iv } = protection.method {
        attributes = attributes.plain("IV", format_args!("0x{}", hex(&iv).to_ascii_uppercase()));
    }
    if let Some(kid) = key.key_id {
        attributes = attributes.plain("KEYID", format_args!("0x{}", kid.to_hex().to_ascii_uppercase()));
    }
    attributes.quoted("KEYFORMAT", key.key_format).quoted("KEYFORMATVERSIONS", "1")
}

/// The durations of the segments in microseconds, as differences of rounded times: however many there
/// are, their sum is never more than a microsecond off.
pub(super) fn extinfs(track: &Track) -> impl Iterator<Item = u64> {
    durations(&track.segments, track.timescale)
}

/// As [`extinfs`], of segments on a timescale.
pub(super) fn durations(segments: &[Segment], timescale: u32) -> impl Iterator<Item = u64> {
    let timescale = u128::from(timescale.max(1));
    let microseconds = move |ticks: u64| {
        let rounded = (u128::from(ticks) * 1_000_000 + timescale / 2) / timescale;
        u64::try_from(rounded).unwrap_or(u64::MAX)
    };
    segments.iter().map(move |segment| microseconds(segment.start + segment.duration) - microseconds(segment.start))
}

/// The whole seconds that `EXT-X-TARGETDURATION` is compared with (section 4.3.3.1).
pub(super) fn nearest_second(microseconds: u64) -> u64 {
    (microseconds + 500_000) / 1_000_000
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::cenc::Scheme;
    use crate::drm::SystemSignal;
    use crate::hls::target_duration;
    use crate::keys::KeyId;
    use crate::presentation::{Container, Media, Presentation, Segment};

    /// Segments of so many ticks of 1/30000 s.
    fn track(durations: &[u64]) -> Track {
        let mut start = 0;
        let segment = |&duration: &u64| {
            start += duration;
            Segment { start: start - duration, duration, size: 1000, ..Segment::default() }
        };
        let segments = durations.iter().map(segment).collect();
        Track::new("video-1", Media::video(640, 360), "avc1.64001f", 30_000, segments)
    }

    fn protected(scheme: Scheme) -> Track {
        let hls_key = |uri: &str, key_format, key_id| SystemSignal {
            hls_key: Some(HlsKey { uri: uri.into(), key_format, key_id }),
            ..SystemSignal::default()
        };
        let protection = Protection {
            method: Method::Samples(scheme),
            default_kid: KeyId([1; 16]),
            systems: vec![
                hls_key("https://keys.example/a\"b", "identity", None),
                hls_key("data:,", "urn:uuid:0", Some(KeyId([0xab; 16]))),
            ],
        };
        Track { protection: Some(protection), ..track(&[120_120]) }
    }

    #[test]
    fn a_clear_track_lists_its_segments() {
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-TARGETDURATION:4
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-MAP:URI="init.mp4"
            #EXTINF:4.004000,
            1.m4s
            #EXTINF:4.004000,
            2.m4s
            #EXTINF:1.501500,
            3.m4s
            #EXT-X-ENDLIST
        "##]]
        .assert_eq(&media(&track(&[120_120, 120_120, 45_045]), 4));
    }

    #[test]
    fn a_key_for_each_system_stands_behind_the_init_segment() {
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:6
            #EXT-X-TARGETDURATION:4
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-MAP:URI="init.mp4"
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="https://keys.example/a%22b",KEYFORMAT="identity",KEYFORMATVERSIONS="1"
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:,",KEYID=0xABABABABABABABABABABABABABABABAB,KEYFORMAT="urn:uuid:0",KEYFORMATVERSIONS="1"
            #EXTINF:4.004000,
            1.m4s
            #EXT-X-ENDLIST
        "##]]
        .assert_eq(&media(&protected(Scheme::Cbcs), 4));
    }

    #[test]
    fn lines_that_were_given_stand_in_place_of_the_key() {
        let mut track = protected(Scheme::Cbcs);
        let given = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://given\",KEYFORMAT=\"identity\"";
        track.protection.as_mut().unwrap().systems[0].hls_lines = vec![given.to_owned()];
        let text = media(&track, 4);
        let keys: Vec<_> = text.lines().filter(|line| line.starts_with("#EXT-X-KEY")).collect();
        assert_eq!((keys.len(), keys[0]), (2, given));
        assert!(keys[1].contains("urn:uuid:0"));
    }

    #[test]
    fn cenc_is_sample_aes_ctr_without_an_iv() {
        let text = media(&protected(Scheme::Cenc), 4);
        let key = text.lines().find(|line| line.starts_with("#EXT-X-KEY")).unwrap();
        expect![[r##"#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="https://keys.example/a%22b",KEYFORMAT="identity",KEYFORMATVERSIONS="1""##]].assert_eq(key);
    }

    #[test]
    fn mpeg_ts_has_no_map_and_its_keys_say_the_iv() {
        let mut track = protected(Scheme::Cbcs);
        track.container = Container::MpegTs;
        let protection = track.protection.as_mut().unwrap();
        protection.method = Method::SampleAes { iv: [0xcd; 16] };
        protection.systems.truncate(1);
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:5
            #EXT-X-TARGETDURATION:4
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="https://keys.example/a%22b",IV=0xCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCD,KEYFORMAT="identity",KEYFORMATVERSIONS="1"
            #EXTINF:4.004000,
            1.ts
            #EXT-X-ENDLIST
        "##]]
        .assert_eq(&media(&track, 4));
    }

    #[test]
    fn the_sum_of_many_durations_does_not_drift() {
        let track = track(&[100_001; 3000]);
        assert_eq!(extinfs(&track).sum::<u64>(), 10_000_100_000);
    }

    #[test]
    fn the_target_duration_is_the_longest_rounded_to_the_nearest_second() {
        let target = |durations: &[u64]| {
            target_duration(&Presentation { tracks: vec![track(&[30_000]), track(durations)], periods: Vec::new() })
        };
        assert_eq!(target(&[180_180, 90_000]), 6);
        assert_eq!(target(&[195_000]), 7);
        assert_eq!(target(&[194_999]), 6);
        assert_eq!(target_duration(&Presentation { tracks: vec![track(&[3000])], periods: Vec::new() }), 1);
    }
}
