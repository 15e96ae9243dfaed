//! Codecs that are known and not packaged: their names for messages, and what they are of.

use super::description::Kind;

/// A codec that isn't packaged.
#[derive(Debug)]
pub struct Unpackaged {
    /// The name in words.
    pub name: &'static str,
    /// What it codes.
    pub kind: Kind,
    /// The sample entries that hold it (MP4RA's lists, and Apple's of QuickTime).
    pub sample_entries: &'static [&'static [u8; 4]],
    /// Words that it has in the codecs parameter besides those names in lower case.
    pub words: &'static [&'static str],
}

const fn video(name: &'static str, sample_entries: &'static [&'static [u8; 4]]) -> Unpackaged {
    Unpackaged { name, kind: Kind::Video, sample_entries, words: &[] }
}

const fn audio(name: &'static str, sample_entries: &'static [&'static [u8; 4]]) -> Unpackaged {
    Unpackaged { name, kind: Kind::Audio, sample_entries, words: &[] }
}

const fn text(name: &'static str, sample_entries: &'static [&'static [u8; 4]]) -> Unpackaged {
    Unpackaged { name, kind: Kind::Text, sample_entries, words: &[] }
}

/// All of them, by kind.
pub const UNPACKAGED: &[Unpackaged] = &[
    video("VVC", &[b"vvc1", b"vvi1"]),
    video("EVC", &[b"evc1"]),
    video("LCEVC", &[b"lvc1"]),
    video("layered H.264", &[b"svc1", b"svc2", b"mvc1", b"mvc2", b"mvc3", b"mvc4"]),
    video("layered HEVC", &[b"lhv1", b"lhe1"]),
    video("MPEG-4 Visual", &[b"mp4v"]),
    video("MPEG-2 video", &[b"m2v1", b"mp2v", b"hdv1", b"hdv2", b"hdv3", b"xdv1", b"xdv2", b"xdv3", b"xdvc", b"xd5b"]),
    video("MPEG-1 video", &[b"m1v1", b"mp1v"]),
    video("H.263", &[b"s263", b"h263"]),
    video("VC-1", &[b"vc-1"]),
    video("AVS video", &[b"avs3"]),
    video("APV", &[b"apv1"]),
    video("ProRes", &[b"apcn", b"apch", b"apcs", b"apco", b"ap4h", b"ap4x", b"aprn", b"aprh"]),
    video("DNxHD", &[b"AVdn"]),
    video("DNxHR", &[b"AVdh"]),
    video("CineForm", &[b"CFHD"]),
    video("Hap", &[b"Hap1", b"Hap5", b"HapY", b"HapM", b"HapA"]),
    video("FFV1", &[b"FFV1"]),
    video("DV", &[b"dvc ", b"dvcp", b"dvpp", b"dv5n", b"dv5p", b"dvh5", b"dvh6", b"dvhp", b"dvhq"]),
    video("JPEG 2000", &[b"mjp2", b"j2ki"]),
    video("JPEG XS", &[b"jxsm"]),
    Unpackaged { words: &["mjpg"], ..video("Motion JPEG", &[b"mjpa", b"mjpb"]) },
    video("JPEG", &[b"jpeg"]),
    video("PNG", &[b"png "]),
    video("Sorenson Video", &[b"SVQ1", b"SVQ3"]),
    video("Cinepak", &[b"cvid"]),
    video("QuickTime Animation", &[b"rle "]),
    video("QuickTime Graphics", &[b"smc "]),
    video("Apple Intermediate Codec", &[b"icod"]),
    video("uncompressed video", &[b"raw ", b"v210", b"v216", b"v308", b"v408", b"v410", b"2vuy", b"yuv2", b"uncv"]),
    audio("MPEG-H 3D Audio of several streams", &[b"mha2", b"mhm2"]),
    audio("IAMF", &[b"iamf"]),
    audio("Apple Positional Audio", &[b"apac"]),
    audio("DTS-UHD of profile 3", &[b"dtsy"]),
    audio("Dolby TrueHD", &[b"mlpa"]),
    Unpackaged { words: &["vorb"], ..audio("Vorbis", &[]) },
    audio("AMR", &[b"samr", b"sawb", b"sawp"]),
    audio("EVS", &[b"sevs"]),
    audio("QCELP", &[b"sqcp", b"Qclp"]),
    audio("G.711", &[b"ulaw", b"alaw"]),
    audio("ADPCM", &[b"ima4", b"ms\0\x02", b"ms\0\x11"]),
    audio("QDesign Music", &[b"QDMC", b"QDM2"]),
    audio("MACE", &[b"MAC3", b"MAC6"]),
    audio("PCM sound of 8 bits", &[b"raw ", b"NONE"]),
    text("QuickTime text", &[b"text"]),
    text("closed captions", &[b"c608", b"c708"]),
];
