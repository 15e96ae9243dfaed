//! The rules by their ids.

use super::super::severity::Severity;

/// Who can mend what breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Who writes the playlist.
    Playlist,
    /// Who chooses and encodes what is offered.
    Content,
}

macro_rules! rules {
    ($( $(#[doc = $doc:literal])+ $name:ident = $id:literal, $severity:ident, $scope:ident; )+) => {
        /// A rule. A retired id is never given another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $( $(#[doc = $doc])+ $name, )+ }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[ $( Self::$name, )+ ];

            /// The id: the document, the section or item, and what it is about.
            pub const fn id(self) -> &'static str { match self { $( Self::$name => $id, )+ } }

            /// How bad breaking it is.
            pub const fn severity(self) -> Severity { match self { $( Self::$name => Severity::$severity, )+ } }

            /// Who can mend it.
            pub const fn scope(self) -> Scope { match self { $( Self::$name => Scope::$scope, )+ } }
        }
    };
}

rules! {
    // The file.

    /// A playlist is UTF-8.
    Utf8 = "RFC8216-4.1-utf-8", Error, Playlist;
    /// A playlist has no byte order mark.
    ByteOrderMark = "RFC8216-4.1-byte-order-mark", Error, Playlist;
    /// A playlist has no control characters but line ends.
    ControlCharacters = "RFC8216-4.1-control-characters", Error, Playlist;
    /// Whitespace stands only where it is allowed.
    Whitespace = "RFC8216-4.1-whitespace", Error, Playlist;
    /// A playlist has tags of one kind of playlist.
    OneKind = "RFC8216-4.1-one-kind", Error, Playlist;
    /// A tag is one that is known; clients pass over others.
    UnknownTag = "RFC8216-6.3.1-unknown-tag", Note, Playlist;
    /// An attribute is one that is known; clients pass over others.
    UnknownAttribute = "RFC8216-6.3.1-unknown-attribute", Note, Playlist;
    /// Attributes are `NAME=VALUE` with commas between.
    AttributeSyntax = "RFC8216-4.2-attribute-syntax", Error, Playlist;
    /// An attribute stands once in a list.
    AttributeTwice = "RFC8216-4.2-attribute-twice", Error, Playlist;
    /// A value is of its attribute's type.
    AttributeType = "RFC8216-4.2-attribute-type", Error, Playlist;
    /// Hexadecimal digits are capital letters.
    HexadecimalCase = "RFC8216-4.2-hexadecimal-case", Warning, Playlist;
    /// A required attribute is there.
    AttributeMissing = "RFC8216-4.3-attribute-missing", Error, Playlist;
    /// A tag's value has the tag's format.
    TagFormat = "RFC8216-4.3-tag-format", Error, Playlist;
    /// A tag stands once where the standard says so.
    TagTwice = "RFC8216-4.3-tag-twice", Error, Playlist;
    /// `EXTM3U` is the first line.
    Extm3u = "RFC8216-4.3.1.1-extm3u", Error, Playlist;
    /// `EXT-X-VERSION` is high enough for what the playlist has.
    Version = "RFC8216-7-version", Error, Playlist;
    /// `EXT-X-VERSION` is no higher than what the playlist and its media need.
    VersionHigh = "BIS-6.2.1-version-high", Warning, Playlist;
    /// Tags that were removed are not written.
    RemovedTag = "RFC8216-7-removed", Warning, Playlist;
    /// `EXT-X-DEFINE` names a variable in one way, and once.
    Define = "BIS-4.4.2.3-define", Error, Playlist;

    // Media playlists.

    /// Each segment has `EXTINF`.
    ExtinfMissing = "RFC8216-4.3.2.1-extinf-missing", Error, Playlist;
    /// Tags that apply to the next segment are followed by one.
    SegmentMissing = "RFC8216-4.3.2-segment-missing", Warning, Playlist;
    /// Durations have fractions, so that they add up.
    ExtinfInteger = "RFC8216-4.3.2.1-extinf-integer", Warning, Playlist;
    /// A range without an offset follows one of the same file.
    ByteRangeOffset = "RFC8216-4.3.2.2-byte-range-offset", Error, Playlist;
    /// A range lies within its file.
    ByteRangeInFile = "RFC8216-4.3.2.2-byte-range-in-file", Error, Playlist;
    /// A listed file is there.
    FileMissing = "RFC8216-6.2.1-file-missing", Error, Playlist;
    /// `METHOD=NONE` stands alone.
    KeyNone = "RFC8216-4.3.2.4-none-alone", Error, Playlist;
    /// A key other than of `METHOD=NONE` has a URI.
    KeyUri = "RFC8216-4.3.2.4-key-uri", Error, Playlist;
    /// An IV has 128 bits.
    KeyIv = "RFC8216-4.3.2.4-iv-size", Error, Playlist;
    /// Methods whose IVs are in the segments have no IV attribute.
    KeyIvForbidden = "BIS-4.4.4.4-iv-forbidden", Error, Playlist;
    /// `KEYFORMATVERSIONS` is numbers with slashes between.
    KeyFormatVersions = "RFC8216-4.3.2.4-keyformatversions", Error, Playlist;
    /// FairPlay's keys are of `SAMPLE-AES`.
    FairPlayMethod = "APPLE-13.2-fairplay-method", Error, Playlist;
    /// FairPlay's keys have FairPlay's format.
    FairPlayFormat = "APPLE-13.3-fairplay-format", Error, Playlist;
    /// FairPlay's keys have no IV unless something needs it.
    FairPlayIv = "APPLE-13.4-fairplay-iv", Warning, Playlist;
    /// The range of an init segment has an offset.
    MapOffset = "BIS-4.4.4.5-map-offset", Error, Playlist;
    /// Segments of fragmented MP4 have an init segment.
    Map = "RFC8216-3.3-map", Error, Playlist;
    /// The key of an init segment that is encrypted as a whole has an IV.
    MapIv = "RFC8216-4.3.2.5-map-iv", Error, Playlist;
    /// A date has a time zone and milliseconds.
    DatePrecision = "RFC8216-4.3.2.6-date-precision", Warning, Playlist;
    /// Dates don't go back.
    DateOrder = "BIS-6.2.1-date-order", Error, Playlist;
    /// Where dates are given, they are given behind a discontinuity.
    DateDiscontinuity = "RFC8216-6.2.1-date-discontinuity", Warning, Playlist;
    /// A date range is one: with a start, no end before it, and no contradiction.
    DateRange = "RFC8216-4.3.2.7-date-range", Error, Playlist;
    /// Date ranges stand beside a date of a segment.
    DateRangeAlone = "RFC8216-4.3.2.7-date-range-alone", Error, Playlist;
    /// There is a target duration, of a second at least.
    TargetDurationMissing = "RFC8216-4.3.3.1-target-duration-missing", Error, Playlist;
    /// No segment is longer than the target duration, rounded.
    TargetDuration = "RFC8216-4.3.3.1-target-duration", Error, Playlist;
    /// Sequence numbers stand before the first segment, and that of discontinuities before the first of them.
    SequenceFirst = "RFC8216-4.3.3.2-sequence-first", Error, Playlist;
    /// A playlist that can't change says that it is complete.
    EndList = "RFC8216-6.2.1-endlist", Error, Playlist;
    /// A complete playlist says that it can't change.
    PlaylistType = "APPLE-8.6-playlist-type", Warning, Playlist;
    /// Key frames have an init segment to be decoded with.
    IFrameMap = "RFC8216-4.3.2.5-i-frame-map", Warning, Playlist;
    /// The range of a key frame doesn't hold the init segment.
    IFrameInit = "BIS-4.4.3.6-i-frame-init", Error, Playlist;
    /// The range of a key frame in fragmented MP4 starts with its `moof`.
    IFrameMoof = "APPLE-6.10-i-frame-moof", Error, Playlist;
    /// Packed sound starts with the time of its first sample.
    PackedAudioTime = "RFC8216-3.4-packed-audio-time", Error, Playlist;
    /// A segment of WebVTT says what its times stand for.
    TimestampMap = "RFC8216-3.5-timestamp-map", Warning, Playlist;
    /// The start lies within the playlist, and of a live one not at its end.
    StartInRange = "RFC8216-4.3.5.2-start-in-range", Warning, Playlist;
    /// Low latency: parts have a target, and hold back as long as they must.
    Parts = "BIS-4.4.3-low-latency", Error, Playlist;

    // Multivariant playlists.

    /// A variant has a URI, and a URI a variant.
    VariantUri = "RFC8216-4.3.4.2-variant-uri", Error, Playlist;
    /// Closed captions have an `INSTREAM-ID`, and no URI.
    ClosedCaptions = "RFC8216-4.3.4.1-closed-captions", Error, Playlist;
    /// Subtitles have a playlist.
    SubtitlesUri = "RFC8216-4.3.4.2.1-subtitles-uri", Error, Playlist;
    /// Attributes of one type of rendition stand at no other.
    WrongType = "RFC8216-4.3.4.1-wrong-type", Error, Playlist;
    /// What is the default can be chosen by the client.
    DefaultAutoselect = "RFC8216-4.3.4.1-default-autoselect", Error, Playlist;
    /// A language is a tag of BCP 47.
    Language = "RFC8216-4.3.4.1-language", Error, Playlist;
    /// `CHANNELS` is a number and what stands behind slashes.
    Channels = "RFC8216-4.3.4.1-channels", Error, Playlist;
    /// Sound says how many channels it has.
    ChannelsMissing = "RFC8216-4.3.4.1-channels-missing", Warning, Playlist;
    /// Ids that are to be stable have the characters that they may have.
    StableId = "BIS-4.4.6.1-stable-id", Error, Playlist;
    /// Names differ within a group.
    GroupName = "RFC8216-4.3.4.1.1-name", Error, Playlist;
    /// A group has one default.
    GroupDefault = "RFC8216-4.3.4.1.1-default", Error, Playlist;
    /// What the client may choose by itself differs in what it chooses by.
    GroupAutoselect = "RFC8216-4.3.4.1.1-autoselect", Warning, Playlist;
    /// Groups of one type have the same members.
    GroupMembers = "RFC8216-4.3.4.1.1-members", Error, Playlist;
    /// A group that a variant names is there.
    GroupMissing = "RFC8216-4.3.4.2-group-missing", Error, Playlist;
    /// Captions are denied of all variants or of none.
    CaptionsNone = "RFC8216-4.3.4.2-captions-none", Error, Playlist;
    /// `CODECS` names a codec for each type of media that the variant has.
    CodecsIncomplete = "RFC8216-4.3.4.1.1-codecs", Error, Playlist;
    /// A variant has `CODECS`.
    Codecs = "APPLE-9.1-codecs", Error, Playlist;
    /// A variant with video has `RESOLUTION`.
    Resolution = "APPLE-9.2-resolution", Error, Playlist;
    /// Key frames have `CODECS`.
    IFrameCodecs = "APPLE-9.3-i-frame-codecs", Error, Playlist;
    /// Key frames have `RESOLUTION`.
    IFrameResolution = "APPLE-9.4-i-frame-resolution", Error, Playlist;
    /// Segments that can be decoded by themselves are said to be in the multivariant playlist.
    Independent = "APPLE-9.11-independent", Warning, Playlist;
    /// … or at least in all media playlists of video.
    IndependentNowhere = "APPLE-9.12-independent", Error, Playlist;
    /// What the multivariant playlist says of all stands in no media playlist.
    SaidTwice = "BIS-4.4.2-said-twice", Warning, Playlist;
    /// … and never says something else there.
    SaidOtherwise = "RFC8216-4.3.5-said-otherwise", Error, Playlist;
    /// `AVERAGE-BANDWIDTH` is there.
    AverageBandwidth = "APPLE-9.14-average-bandwidth", Error, Playlist;
    /// A variant with video has `FRAME-RATE`.
    FrameRate = "APPLE-9.15-frame-rate", Error, Playlist;
    /// `VIDEO-RANGE` is said of all where one is more than SDR.
    VideoRange = "APPLE-9.16-video-range", Error, Playlist;
    /// `SCORE` stands at all variants or at none.
    Score = "APPLE-9.19-score", Warning, Playlist;
    /// `EXT-X-CONTENT-STEERING` has a pathway.
    Pathway = "APPLE-9.18-pathway", Warning, Playlist;
    /// `REQ-VIDEO-LAYOUT` is specifiers that are known.
    VideoLayout = "BIS-4.4.6.2-video-layout", Error, Playlist;
    /// The kind of subtitles is in `CODECS`.
    SubtitleCodecs = "APPLE-5.10-subtitle-codecs", Warning, Playlist;
    /// Forced subtitles can be chosen by the client.
    ForcedAutoselect = "APPLE-5.11-forced-autoselect", Warning, Playlist;
    /// A description for the blind can be chosen by the client, and has a language.
    DescribesVideo = "APPLE-2.13-describes-video", Error, Playlist;
    /// Subtitles for the deaf can be chosen by the client.
    TranscribesDialog = "APPLE-4.6-transcribes-dialog", Error, Playlist;
    /// Session data has a value or a URI, and stands once for each language.
    SessionData = "RFC8216-4.3.4.4-session-data", Error, Playlist;
    /// A session key has a method, and stands once.
    SessionKey = "RFC8216-4.3.4.5-session-key", Error, Playlist;
    /// A session key is as the media playlists have it.
    SessionKeyDiffers = "RFC8216-4.3.4.5-session-key-differs", Error, Playlist;

    // All playlists of a presentation.

    /// A playlist of key frames says that it is one.
    IFramesOnly = "RFC8216-4.3.4.3-i-frames-only", Error, Playlist;
    /// All playlists have the same target duration, but for subtitles and key frames.
    SameTargetDuration = "RFC8216-6.2.4-target-duration", Error, Playlist;
    /// All playlists are of the same type.
    SamePlaylistType = "BIS-6.2.4-playlist-type", Error, Playlist;
    /// All playlists of pictures last as long, but for a target duration, and so do all of sound.
    SameDuration = "RFC8216-6.2.4-duration", Error, Content;
    /// Discontinuities are in all playlists.
    SameDiscontinuities = "RFC8216-6.2.4-discontinuities", Error, Playlist;
    /// Dates are in all playlists or in none.
    SameDates = "RFC8216-6.2.4-dates", Error, Playlist;
    /// Segments start at the same times in all playlists.
    Aligned = "APPLE-8.22-aligned", Warning, Playlist;
    /// `BANDWIDTH` is no less than the measured peak.
    BandwidthLow = "RFC8216-4.3.4.2-bandwidth-low", Error, Playlist;
    /// `BANDWIDTH` is at most a tenth more than the measured peak.
    BandwidthHigh = "APPLE-1.27-bandwidth-high", Warning, Playlist;
    /// `AVERAGE-BANDWIDTH` is within a tenth of the measured mean.
    AverageBandwidthWrong = "APPLE-1.26-average-bandwidth", Error, Playlist;

    // What is offered.

    /// Video is of a codec that Apple's devices have.
    VideoCodec = "APPLE-1.1-video-codec", Warning, Content;
    /// Parameter sets are in the sample descriptions.
    SampleEntry = "APPLE-1.10-sample-entry", Warning, Content;
    /// Some video is H.264.
    SomeAvc = "APPLE-1.12-some-h264", Warning, Content;
    /// Key frames are two seconds apart.
    KeyFrameInterval = "APPLE-1.13-key-frame-interval", Warning, Content;
    /// No frame rate is above 60.
    FrameRateHigh = "APPLE-1.19-frame-rate-high", Warning, Content;
    /// Where there is HDR there is SDR, too.
    SomeSdr = "APPLE-1.24-some-sdr", Warning, Content;
    /// The peak is at most twice the mean.
    PeakToMean = "APPLE-1.30-peak-to-mean", Warning, Content;
    /// All pictures have the same shape.
    AspectRatio = "APPLE-1.33-aspect-ratio", Warning, Content;
    /// There is sound in stereo AAC.
    StereoAac = "APPLE-2.3-stereo-aac", Warning, Content;
    /// Where there is E-AC-3 there is AC-3, too.
    SomeAc3 = "APPLE-2.6-some-ac3", Warning, Content;
    /// There are captions or subtitles.
    Captions = "APPLE-4.1-captions", Warning, Content;
    /// Key frames are listed for scanning.
    IFrames = "APPLE-6.1-i-frames", Warning, Content;
    /// The target duration is 6 s.
    SixSeconds = "APPLE-7.5-six-seconds", Warning, Content;
    /// Renditions name their language.
    LanguageMissing = "APPLE-8.10-language-missing", Warning, Content;
    /// There are several variants of the video.
    SeveralRates = "APPLE-9.9-several-rates", Warning, Content;
    /// Protected HD says which HDCP it wants.
    HdcpLevel = "APPLE-13.5-hdcp-level", Warning, Content;
    /// `SAMPLE-AES-CTR` is not for Apple's devices.
    CounterMode = "APPLE-13.11-counter-mode", Warning, Content;
}
