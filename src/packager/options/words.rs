//! Options that are one of a few words.

use crate::cenc::Scheme;
use crate::demux::{Kind, Role};
use crate::options::{Word, words};
use crate::presentation::ImageType;

words! {
    /// What is written.
    pub enum Target = "Target" {
        /// One set of segments under `cmaf/` with an MPD and HLS playlists over it.
        Cmaf = "cmaf",
        /// `dash/stream.mpd` with segments of its own.
        Dash = "dash",
        /// `hls/master.m3u8` with segments of its own.
        Hls = "hls",
    }
}

impl Target {
    /// The scheme that this target's players know best: Widevine and PlayReady take `cenc` in DASH;
    /// FairPlay takes only `cbcs`, and all newer clients take it too.
    pub const fn default_scheme(self) -> Scheme {
        match self {
            Self::Dash => Scheme::Cenc,
            Self::Cmaf | Self::Hls => Scheme::Cbcs,
        }
    }
}

words! {
    /// What the files of segments are named by.
    pub enum SegmentNames = "SegmentNames" {
        /// Their number, from 1.
        Number = "number",
        /// The start of each in ticks (`$Time$`).
        Time = "time",
    }
}

words! {
    /// What becomes of tracks that end at different times.
    pub enum Lengths = "Lengths" {
        /// Each goes on to its own end.
        Keep = "keep",
        /// Sound ends with the pictures.
        Pictures = "pictures",
    }
}

words! {
    /// How the `hls` target is encrypted.
    pub enum HlsMethod = "HlsMethod" {
        /// The samples.
        SampleAes = "SAMPLE-AES",
        /// Each segment as a whole, in CBC mode. Then `iv`, of 16 bytes, is the IV of all segments, by default it is
        /// each one's media sequence number; DRM systems are not signalled; and `hlsKeyUri` or `hlsKeyFiles` says where
        /// players find the key.
        Aes128 = "AES-128",
    }
}

words! {
    /// What the segments of the `hls` target are.
    pub enum HlsFormat = "HlsFormat" {
        /// Fragmented MP4.
        Fmp4 = "fmp4",
        /// MPEG-2 transport streams for older devices. Those take H.264, AAC, MP3, AC-3 and E-AC-3.
        Ts = "ts",
    }
}

words! {
    /// How sound is packed beside pictures in MPEG-TS.
    pub enum HlsAudio = "HlsAudio" {
        /// In transport streams as well.
        Ts = "ts",
        /// As packed audio.
        Packed = "packed",
    }
}

impl Word for Scheme {
    const NAME: &'static str = "Scheme";
    const ABOUT: &'static str = " A protection scheme of Common Encryption (ISO/IEC 23001-7 clause 10). `cens` and `cbc1` are for the `dash` target only.\n";
    const ALL: &'static [Self] = &[Self::Cenc, Self::Cens, Self::Cbc1, Self::Cbcs];

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn about(self) -> &'static str {
        match self {
            Self::Cenc => " AES-CTR.",
            Self::Cens => " AES-CTR with a pattern, for `dash` only.",
            Self::Cbc1 => " AES-CBC, for `dash` only.",
            Self::Cbcs => " AES-CBC with a pattern.",
        }
    }
}

impl Word for Kind {
    const NAME: &'static str = "TrackKind";
    const ABOUT: &'static str = " The kind of a track's media.\n";
    const ALL: &'static [Self] = &[Self::Video, Self::Audio, Self::Text];

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for Role {
    const NAME: &'static str = "TrackRole";
    const ABOUT: &'static str = " What a track is for: a value of the scheme `urn:mpeg:dash:role:2011` (ISO/IEC 23009-1:2022 clause 5.8.5.5).\n";
    const ALL: &'static [Self] = &Role::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for ImageType {
    const NAME: &'static str = "ImageType";
    const ABOUT: &'static str = " The media type of a sheet of thumbnails.\n";
    const ALL: &'static [Self] = &[Self::Jpeg, Self::Png];

    fn word(self) -> &'static str {
        self.mime_type()
    }
}
