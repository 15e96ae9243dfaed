//! The rules of playlists: each is found where it is broken, and only it; and what we write breaks none.

use std::collections::{BTreeMap, BTreeSet};

use tabpack::verify::{self, FindingCode, Rule, Severity, verify};

use crate::support::ready;
use crate::verify::InMemory;

const MASTER: &str = r#"#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="t",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,URI="t.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=110100,AVERAGE-BANDWIDTH=110100,CODECS="avc1.64001f,mp4a.40.2,wvtt",RESOLUTION=1280x720,FRAME-RATE=25.000,HDCP-LEVEL=TYPE-0,AUDIO="a",SUBTITLES="t",CLOSED-CAPTIONS=NONE
v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=50100,AVERAGE-BANDWIDTH=50100,CODECS="avc1.64001e,mp4a.40.2,wvtt",RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="a",SUBTITLES="t",CLOSED-CAPTIONS=NONE
w.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=10000,AVERAGE-BANDWIDTH=10000,CODECS="avc1.64001f",RESOLUTION=1280x720,URI="i.m3u8"
"#;

/// The playlist of two segments.
fn media(name: &str) -> String {
    format!(
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"{name}0.mp4\"\n\
         #EXTINF:6.000000,\n{name}1.m4s\n#EXTINF:6.000000,\n{name}2.m4s\n#EXT-X-ENDLIST\n"
    )
}

/// A sound presentation: by the playlists alone nothing is wrong with it, and nothing could be better.
fn sound() -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    files.insert("master.m3u8".to_owned(), MASTER.into());
    for (name, size) in [("v", 75_000), ("w", 30_000), ("a", 7500), ("t", 75)] {
        files.insert(format!("{name}.m3u8"), media(name).into_bytes());
        files.insert(format!("{name}0.mp4"), b"\0\0\0\x08ftyp\0\0\0\x08moov".to_vec());
        for number in 1..=2 {
            let mut segment = vec![0; size];
            for at in [0, 25_000, 50_000].into_iter().filter(|at| at + 8 < size) {
                segment[at..at + 8].copy_from_slice(b"\0\0\0\x08moof");
            }
            files.insert(format!("{name}{number}.m4s"), segment);
        }
    }
    let mut text =
        "#EXTM3U\n#EXT-X-VERSION:5\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n\
                    #EXT-X-MAP:URI=\"v0.mp4\"\n"
            .to_owned();
    for (number, at) in [(1, 0), (1, 25_000), (1, 50_000), (2, 0), (2, 25_000), (2, 50_000)] {
        text += &format!("#EXTINF:2.000000,\n#EXT-X-BYTERANGE:2500@{at}\nv{number}.m4s\n");
    }
    files.insert("i.m3u8".to_owned(), (text + "#EXT-X-ENDLIST\n").into_bytes());
    files
}

/// The rules that a presentation breaks, and all that was found.
fn broken(files: BTreeMap<String, Vec<u8>>, manifests: &[&str]) -> (BTreeSet<Rule>, String) {
    let options = verify::Options {
        manifests: manifests.iter().map(|&path| path.to_owned()).collect(),
        playlists_only: true,
        advice: true,
        ..verify::Options::default()
    };
    let report = ready(verify(&InMemory(files), &options)).unwrap();
    let rule = |finding: &verify::Finding| match finding.code {
        FindingCode::Rule(rule) => Some(rule),
        _ => None,
    };
    let shown = report.findings.iter().map(|finding| format!("{finding:?}\n")).collect();
    (report.findings.iter().filter_map(rule).collect(), shown)
}

/// A file, what is replaced in it at its first place, and by what; an empty text stands for all of it.
type Edit = (&'static str, &'static str, &'static str);

fn edited(edits: &[Edit]) -> BTreeMap<String, Vec<u8>> {
    let mut files = sound();
    for (path, from, to) in edits {
        if from.is_empty() {
            files.insert((*path).to_owned(), to.as_bytes().to_vec());
            continue;
        }
        let text = String::from_utf8(files[*path].clone()).unwrap();
        assert!(text.contains(from), "{from:?} in {path}");
        files.insert((*path).to_owned(), text.replacen(from, to, 1).into_bytes());
    }
    files
}

const M: &str = "master.m3u8";
const V: &str = "v.m3u8";
const STREAM: &str = "#EXT-X-STREAM-INF:";
const FAIRPLAY: &str = "KEYFORMAT=\"com.apple.streamingkeydelivery\"";

/// Each rule, what breaks it, and what is broken by that besides.
fn cases() -> Vec<(Rule, Vec<Edit>, Vec<Rule>)> {
    let one = |rule, edit: Edit| (rule, vec![edit], Vec::new());
    // In front of the first segment of the first video; in front of the first variant.
    let before = |rule, text: &'static str| (rule, vec![(V, "#EXTINF", text)], Vec::new());
    let above = |rule, text: &'static str| (rule, vec![(M, STREAM, text)], Vec::new());
    let with = |mut case: (Rule, Vec<Edit>, Vec<Rule>), also: &[Rule]| {
        case.2.extend(also);
        case
    };
    let and = |mut case: (Rule, Vec<Edit>, Vec<Rule>), edits: &[Edit]| {
        case.1.extend(edits);
        case
    };
    use Rule as R;
    vec![
        one(R::ByteOrderMark, (V, "#EXTM3U", "\u{feff}#EXTM3U")),
        before(R::ControlCharacters, "#\u{7}\n#EXTINF"),
        one(R::Whitespace, (V, "#EXT-X-PLAYLIST-TYPE:VOD", " #EXT-X-PLAYLIST-TYPE:VOD")),
        with(above(R::OneKind, "#EXT-X-TARGETDURATION:6\n#EXT-X-STREAM-INF:"), &[]),
        before(R::UnknownTag, "#EXT-X-FOO\n#EXTINF"),
        one(R::UnknownAttribute, (M, "FRAME-RATE", "X-FOO=1,FRAME-RATE")),
        one(R::AttributeSyntax, (M, "CLOSED-CAPTIONS=NONE", "CLOSED-CAPTIONS=NONE,")),
        one(R::AttributeTwice, (M, "FRAME-RATE", "RESOLUTION=1280x720,FRAME-RATE")),
        one(R::AttributeType, (M, "FRAME-RATE=25.000", "FRAME-RATE=\"25\"")),
        before(
            R::HexadecimalCase,
            "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x0000000000000000000000000000000a\n#EXTINF",
        ),
        one(R::AttributeMissing, (M, ",URI=\"i.m3u8\"", "")),
        one(R::TagFormat, (V, "#EXTINF:6.000000,", "#EXTINF:6.000000")),
        before(R::TagTwice, "#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF"),
        one(R::Extm3u, (V, "#EXTM3U\n", "")),
        one(R::Version, (V, "#EXT-X-VERSION:6", "#EXT-X-VERSION:5")),
        one(R::VersionHigh, (M, "#EXT-X-VERSION:6", "#EXT-X-VERSION:7")),
        before(R::RemovedTag, "#EXT-X-ALLOW-CACHE:YES\n#EXTINF"),
        and(
            above(R::Define, "#EXT-X-DEFINE:NAME=\"a b\",VALUE=\"\"\n#EXT-X-STREAM-INF:"),
            &[(M, "VERSION:6", "VERSION:8")],
        ),
        with(before(R::ExtinfMissing, "v3.m4s\n#EXTINF"), &[]),
        one(R::SegmentMissing, (V, "#EXT-X-ENDLIST", "#EXT-X-GAP\n#EXT-X-ENDLIST")),
        one(
            R::ExtinfInteger,
            (
                V,
                "",
                "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n\
             #EXT-X-MAP:URI=\"v0.mp4\"\n#EXTINF:6,\nv1.m4s\n#EXTINF:6,\nv2.m4s\n#EXT-X-ENDLIST\n",
            ),
        ),
        and(before(R::ByteRangeOffset, "#EXT-X-BYTERANGE:75000\n#EXTINF"), &[]),
        with(one(R::ByteRangeInFile, ("i.m3u8", "2500@50000", "2500@73000")), &[R::IFrameMoof]),
        one(R::FileMissing, (V, "v0.mp4", "v9.mp4")),
        before(R::KeyNone, "#EXT-X-KEY:METHOD=NONE,URI=\"k\"\n#EXTINF"),
        before(R::KeyUri, "#EXT-X-KEY:METHOD=AES-128\n#EXTINF"),
        before(R::KeyIv, "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x00\n#EXTINF"),
        with(
            before(
                R::KeyIvForbidden,
                "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI=\"k\",IV=0x00000000000000000000000000000000\n#EXTINF",
            ),
            &[R::CounterMode],
        ),
        before(R::KeyFormatVersions, "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",KEYFORMATVERSIONS=\"1,2\"\n#EXTINF"),
        before(
            R::FairPlayMethod,
            "#EXT-X-KEY:METHOD=AES-128,URI=\"skd://k\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\n#EXTINF",
        ),
        before(R::FairPlayFormat, "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k\"\n#EXTINF"),
        before(
            R::FairPlayIv,
            "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k\",IV=0x00000000000000000000000000000000,KEYFORMAT=\"com.apple.streamingkeydelivery\"\n#EXTINF",
        ),
        one(R::MapOffset, (V, "v0.mp4\"", "v0.mp4\",BYTERANGE=\"16\"")),
        one(R::Map, (V, "#EXT-X-MAP:URI=\"v0.mp4\"\n", "")),
        one(R::MapIv, (V, "#EXT-X-MAP", "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXT-X-MAP")),
        with(before(R::DatePrecision, "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05\n#EXTINF"), &[R::SameDates]),
        with(
            and(
                before(R::DateOrder, "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z\n#EXTINF"),
                &[(V, "v1.m4s", "v1.m4s\n#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z")],
            ),
            &[R::SameDates],
        ),
        with(
            and(
                before(R::DateDiscontinuity, "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z\n#EXTINF"),
                &[(V, "v1.m4s", "v1.m4s\n#EXT-X-DISCONTINUITY")],
            ),
            &[R::SameDates, R::SameDiscontinuities],
        ),
        with(
            before(
                R::DateRange,
                "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z\n#EXT-X-DATERANGE:ID=\"x\",\
                 START-DATE=\"2026-01-02T03:04:06.000Z\",END-DATE=\"2026-01-02T03:04:05.000Z\"\n#EXTINF",
            ),
            &[R::SameDates],
        ),
        before(R::DateRangeAlone, "#EXT-X-DATERANGE:ID=\"x\",START-DATE=\"2026-01-02T03:04:06.000Z\"\n#EXTINF"),
        with(one(R::TargetDurationMissing, (V, "#EXT-X-TARGETDURATION:6\n", "")), &[R::SameTargetDuration]),
        one(R::TargetDuration, (V, "#EXTINF:6.000000", "#EXTINF:6.500000")),
        one(R::SequenceFirst, (V, "v1.m4s", "v1.m4s\n#EXT-X-MEDIA-SEQUENCE:0")),
        one(R::EndList, (V, "#EXT-X-ENDLIST\n", "")),
        with(one(R::PlaylistType, (V, "#EXT-X-PLAYLIST-TYPE:VOD\n", "")), &[R::SamePlaylistType]),
        and(one(R::IFrameMap, ("i.m3u8", "#EXT-X-MAP:URI=\"v0.mp4\"\n", "")), &[("i.m3u8", "VERSION:5", "VERSION:4")]),
        one(R::IFrameInit, ("i.m3u8", "#EXT-X-BYTERANGE:2500@0\nv1.m4s", "#EXT-X-BYTERANGE:16@0\nv0.mp4")),
        one(R::IFrameMoof, ("i.m3u8", "2500@25000", "2500@25001")),
        one(R::PackedAudioTime, ("a1.m4s", "", "\u{b}w")),
        one(R::TimestampMap, ("t1.m4s", "", "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")),
        one(R::StartInRange, (M, "#EXT-X-MEDIA", "#EXT-X-START:TIME-OFFSET=12.5\n#EXT-X-MEDIA")),
        before(R::Parts, "#EXT-X-SERVER-CONTROL:HOLD-BACK=17.9\n#EXTINF"),
        one(R::VariantUri, (M, "w.m3u8\n", "w.m3u8\nx.m3u8\n")),
        above(
            R::ClosedCaptions,
            "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"x\",LANGUAGE=\"en\",INSTREAM-ID=\"CC5\"\n#EXT-X-STREAM-INF:",
        ),
        one(R::SubtitlesUri, (M, ",URI=\"t.m3u8\"", "")),
        one(R::WrongType, (M, "DEFAULT=YES", "FORCED=NO,DEFAULT=YES")),
        one(R::DefaultAutoselect, (M, "AUTOSELECT=YES", "AUTOSELECT=NO")),
        one(R::Language, (M, "LANGUAGE=\"en\"", "LANGUAGE=\"en_GB\"")),
        one(R::Channels, (M, "CHANNELS=\"2\"", "CHANNELS=\"2/\"")),
        one(R::ChannelsMissing, (M, "CHANNELS=\"2\",", "")),
        one(R::StableId, (M, "FRAME-RATE", "STABLE-VARIANT-ID=\"a b\",FRAME-RATE")),
        above(
            R::GroupName,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"en\",CHANNELS=\"2\",URI=\"a.m3u8\"\n#EXT-X-STREAM-INF:",
        ),
        above(
            R::GroupDefault,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",LANGUAGE=\"de\",DEFAULT=YES,CHANNELS=\"2\",URI=\"a.m3u8\"\n#EXT-X-STREAM-INF:",
        ),
        above(
            R::GroupAutoselect,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",LANGUAGE=\"en\",AUTOSELECT=YES,CHANNELS=\"2\",URI=\"a.m3u8\"\n#EXT-X-STREAM-INF:",
        ),
        above(
            R::GroupMembers,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"b\",NAME=\"x\",LANGUAGE=\"en\",CHANNELS=\"2\",URI=\"a.m3u8\"\n#EXT-X-STREAM-INF:",
        ),
        one(R::GroupMissing, (M, "AUDIO=\"a\"", "AUDIO=\"b\"")),
        one(R::CaptionsNone, (M, ",CLOSED-CAPTIONS=NONE", "")),
        one(R::CodecsIncomplete, (M, "avc1.64001f,mp4a.40.2,wvtt", "avc1.64001f,wvtt")),
        one(R::Codecs, (M, "CODECS=\"avc1.64001f,mp4a.40.2,wvtt\",", "")),
        one(R::Resolution, (M, "RESOLUTION=1280x720,FRAME", "FRAME")),
        one(R::IFrameCodecs, (M, "CODECS=\"avc1.64001f\",", "")),
        one(R::IFrameResolution, (M, "RESOLUTION=1280x720,URI", "URI")),
        and(
            one(R::Independent, (M, "#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
            &[
                (V, "#EXT-X-MAP", "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP"),
                ("w.m3u8", "#EXT-X-MAP", "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP"),
            ],
        ),
        one(R::IndependentNowhere, (M, "#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
        one(R::SaidTwice, (V, "#EXT-X-MAP", "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP")),
        and(
            one(R::SaidOtherwise, (M, "#EXT-X-MEDIA", "#EXT-X-START:TIME-OFFSET=1\n#EXT-X-MEDIA")),
            &[(V, "#EXT-X-MAP", "#EXT-X-START:TIME-OFFSET=2\n#EXT-X-MAP")],
        ),
        one(R::AverageBandwidth, (M, "AVERAGE-BANDWIDTH=110100,", "")),
        one(R::FrameRate, (M, "FRAME-RATE=25.000,HDCP", "HDCP")),
        one(R::VideoRange, (M, "FRAME-RATE", "VIDEO-RANGE=PQ,FRAME-RATE")),
        one(R::Score, (M, "FRAME-RATE", "SCORE=1.0,FRAME-RATE")),
        above(R::Pathway, "#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\"\n#EXT-X-STREAM-INF:"),
        and(
            one(R::VideoLayout, (M, "FRAME-RATE", "REQ-VIDEO-LAYOUT=\"CH-TRIO\",FRAME-RATE")),
            &[(M, "VERSION:6", "VERSION:12")],
        ),
        one(R::SubtitleCodecs, (M, "mp4a.40.2,wvtt", "mp4a.40.2")),
        one(R::ForcedAutoselect, (M, "DEFAULT=NO,AUTOSELECT=YES", "DEFAULT=NO,FORCED=YES")),
        above(
            R::DescribesVideo,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",LANGUAGE=\"en\",CHANNELS=\"2\",CHARACTERISTICS=\"public.accessibility.describes-video\",URI=\"a.m3u8\"\n#EXT-X-STREAM-INF:",
        ),
        one(
            R::TranscribesDialog,
            (M, "DEFAULT=NO,AUTOSELECT=YES", "CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog\""),
        ),
        above(R::SessionData, "#EXT-X-SESSION-DATA:DATA-ID=\"x\"\n#EXT-X-STREAM-INF:"),
        above(R::SessionKey, "#EXT-X-SESSION-KEY:METHOD=NONE\n#EXT-X-STREAM-INF:"),
        and(
            above(R::SessionKeyDiffers, "#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXT-X-STREAM-INF:"),
            &[(V, "#EXTINF", "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF")],
        ),
        with(
            one(R::IFramesOnly, ("i.m3u8", "#EXT-X-I-FRAMES-ONLY\n", "")),
            &[R::Version, R::SameTargetDuration, R::Aligned],
        ),
        one(R::SameTargetDuration, ("w.m3u8", "#EXT-X-TARGETDURATION:6", "#EXT-X-TARGETDURATION:7")),
        one(R::SamePlaylistType, (V, "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-PLAYLIST-TYPE:EVENT")),
        with(
            one(
                R::SameDuration,
                ("w.m3u8", "#EXT-X-ENDLIST", "#EXTINF:6.000000,\nw1.m4s\n#EXTINF:6.000000,\nw1.m4s\n#EXT-X-ENDLIST"),
            ),
            &[],
        ),
        with(one(R::SameDiscontinuities, (V, "v1.m4s", "v1.m4s\n#EXT-X-DISCONTINUITY")), &[]),
        before(R::SameDates, "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z\n#EXTINF"),
        with(
            one(
                R::Aligned,
                ("a.m3u8", "#EXTINF:6.000000,\na2.m4s\n", "#EXTINF:4.000000,\na2.m4s\n#EXTINF:2.000000,\na2.m4s\n"),
            ),
            &[R::BandwidthLow],
        ),
        one(R::BandwidthLow, (M, "BANDWIDTH=110100", "BANDWIDTH=95000")),
        one(R::BandwidthHigh, (M, "BANDWIDTH=110100", "BANDWIDTH=150000")),
        one(R::AverageBandwidthWrong, (M, "AVERAGE-BANDWIDTH=110100", "AVERAGE-BANDWIDTH=150000")),
        one(R::VideoCodec, (M, "avc1.64001f,", "vp09.00.10.08,")),
        one(R::SampleEntry, (M, "avc1.64001f,", "avc3.64001f,")),
        and(one(R::SomeAvc, (M, "avc1.64001f,", "hvc1.1.6.L93.B0,")), &[(M, "avc1.64001e,", "hvc1.1.6.L90.B0,")]),
        one(
            R::KeyFrameInterval,
            ("i.m3u8", "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:2500@25000\nv1.m4s\n#EXTINF:2.000000", "#EXTINF:2.400000"),
        ),
        one(R::FrameRateHigh, (M, "FRAME-RATE=25.000", "FRAME-RATE=120.000")),
        and(
            one(R::SomeSdr, (M, "FRAME-RATE", "VIDEO-RANGE=HLG,FRAME-RATE")),
            &[(M, "640x360,", "640x360,VIDEO-RANGE=HLG,"), (M, ",URI=\"i.m3u8\"", ",VIDEO-RANGE=HLG,URI=\"i.m3u8\"")],
        ),
        one(R::AspectRatio, (M, "640x360", "640x480")),
        one(R::StereoAac, (M, "CHANNELS=\"2\"", "CHANNELS=\"6\"")),
        one(R::SomeAc3, (M, "mp4a.40.2,wvtt", "mp4a.40.2,ec-3,wvtt")),
        one(R::LanguageMissing, (M, "LANGUAGE=\"en\",DEFAULT=YES", "DEFAULT=YES")),
        and(before(R::HdcpLevel, "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXTINF"), &[(M, "HDCP-LEVEL=TYPE-0,", "")]),
        before(R::CounterMode, "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI=\"k\"\n#EXTINF"),
    ]
}

#[test]
fn a_sound_presentation_breaks_no_rule() {
    assert_eq!(broken(sound(), &[M]).1, "");
    assert_eq!(broken(sound(), &[M, V, "i.m3u8"]).1, "", "media playlists that it lists are not checked twice");
    assert_eq!(broken(sound(), &[V]).1, "", "a media playlist by itself");
    let fairplay = format!("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k\",{FAIRPLAY},KEYFORMATVERSIONS=\"1\"\n#EXTINF");
    let mut files = sound();
    for path in [V, "w.m3u8", "a.m3u8"] {
        let text = String::from_utf8(files[path].clone()).unwrap().replacen("#EXTINF", &fairplay, 1);
        files.insert(path.to_owned(), text.into_bytes());
    }
    assert_eq!(broken(files, &[M]).1, "", "with FairPlay's key");
}

#[test]
fn what_breaks_a_rule_is_found_and_nothing_else() {
    let mut tested = BTreeSet::from([
        Rule::Utf8,
        Rule::PeakToMean,
        Rule::SixSeconds,
        Rule::SeveralRates,
        Rule::IFrames,
        Rule::Captions,
    ]);
    let mut faults = String::new();
    for (rule, edits, also) in cases() {
        tested.insert(rule);
        let (found, shown) = broken(edited(&edits), &[M]);
        let expected: BTreeSet<Rule> = also.into_iter().chain([rule]).collect();
        if found != expected {
            faults += &format!("{rule:?} of {edits:?}: {found:?} rather than {expected:?}\n{shown}\n");
        }
    }
    assert_eq!(faults, "");
    let missing: Vec<&Rule> = Rule::ALL.iter().filter(|rule| !tested.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?} have no case");
}

#[test]
fn rules_that_need_more_than_an_edit() {
    let mut files = sound();
    files.get_mut(V).unwrap().splice(8..8, *b"#\xff\n");
    assert_eq!(broken(files, &[M]).0, BTreeSet::from([Rule::Utf8]));

    let mut files = sound();
    files.get_mut("v2.m4s").unwrap().truncate(0);
    files.get_mut("v1.m4s").unwrap().resize(200_000, 0);
    let text = MASTER.replace("=110100,AV", "=276767,AV").replace("BANDWIDTH=110100", "BANDWIDTH=143433");
    files.insert(M.to_owned(), text.into_bytes());
    files.insert(
        "i.m3u8".to_owned(),
        String::from_utf8(files["i.m3u8"].clone()).unwrap().replace("v2.m4s", "v1.m4s").into_bytes(),
    );
    assert_eq!(broken(files, &[M]).0, BTreeSet::new(), "a peak of twice the mean");

    let mut files = sound();
    for name in [V, "w.m3u8", "a.m3u8", "t.m3u8"] {
        let text = String::from_utf8(files[name].clone()).unwrap().replace("TARGETDURATION:6", "TARGETDURATION:10");
        files.insert(name.to_owned(), text.into_bytes());
    }
    assert_eq!(broken(files, &[M]).0, BTreeSet::from([Rule::SixSeconds]));

    let lines: Vec<&str> =
        MASTER.lines().filter(|line| !line.contains("SUBTITLES,") && !line.contains("I-FRAME")).collect();
    let text = lines[..6].join("\n").replace(",SUBTITLES=\"t\"", "").replace(",wvtt", "") + "\n";
    let mut files = sound();
    files.insert(M.to_owned(), text.into_bytes());
    let expected = [Rule::SeveralRates, Rule::IFrames, Rule::Captions];
    assert_eq!(broken(files, &[M]).0, BTreeSet::from(expected));
}

#[test]
fn ids_are_stable_words() {
    let ids: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), Rule::ALL.len(), "each is another");
    for id in ids {
        let (document, rest) = id.split_once('-').unwrap();
        assert!(["RFC8216", "BIS", "APPLE"].contains(&document), "{id}");
        assert!(rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('-'), "{id}");
    }
    assert!(Rule::ALL.iter().all(|rule| rule.severity() != Severity::Error || rule.id() != "APPLE-6.1-i-frames"));
}

#[test]
fn damaged_playlists_are_findings_and_nothing_panics() {
    for path in [M, V, "i.m3u8"] {
        for at in 0..sound()[path].len() {
            for byte in [0, b'"', b',', b'\n', 0xff] {
                let mut files = sound();
                files.get_mut(path).unwrap()[at] = byte;
                broken(files, &[M]);
            }
        }
    }
    for text in [
        "",
        "#EXTM3U",
        "#EXTM3U\n#EXTINF:99999999999999999999,\n",
        "#EXTM3U\n#EXT-X-STREAM-INF:\n#EXT-X-STREAM-INF:BANDWIDTH=18446744073709551615\nv.m3u8",
    ] {
        broken(edited(&[(M, "", text)]), &[M]);
    }
    let huge = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:18446744073709551615\n#EXT-X-START:TIME-OFFSET=-18446744073709.5\n#EXTINF:18446744073709.551615,\n#EXT-X-BYTERANGE:18446744073709551615@18446744073709551615\nv1.m4s\n#EXTINF:18446744073709.551615,\n#EXT-X-BYTERANGE:18446744073709551615\nv1.m4s\n#EXT-X-PART-INF:PART-TARGET=18446744073709\n";
    broken(edited(&[(V, "", huge)]), &[M]);
    broken(edited(&[("i.m3u8", "", huge)]), &[M]);
    broken(edited(&[(V, "", huge)]), &[V]);
}
