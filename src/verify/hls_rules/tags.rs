//! Which tags there are, where they may stand, and what they say: rfc8216bis section 4.4, with what RFC 8216 has
//! besides.

/// Where a tag may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In every playlist.
    Both,
    /// In a media playlist, about all of it.
    Media,
    /// In a media playlist, about segments.
    Segment,
    /// In a multivariant playlist.
    Multivariant,
}

/// What stands behind a tag's colon.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    /// Nothing.
    None,
    /// A whole number.
    Integer,
    /// `duration,[title]`.
    Duration,
    /// `length[@offset]`.
    Range,
    /// A date with its time.
    Date,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Attributes.
    List(&'static [Attribute]),
    /// What isn't looked at.
    Any,
}

/// An attribute of a tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
}

/// The type of an attribute's value, section 4.2.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Integer,
    Hexadecimal,
    Decimal,
    SignedDecimal,
    Quoted,
    /// A quoted string that may be empty.
    QuotedOrEmpty,
    /// A quoted string, or the word `NONE`.
    QuotedOrNone,
    Word(&'static [&'static str]),
    Resolution,
    Date,
    Range,
}

/// A tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) place: Place,
    /// Whether it stands at most once in a playlist.
    pub(super) is_once: bool,
    pub(super) value: Value,
}

impl Tag {
    pub(super) fn has_attributes(self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The attribute of a name.
    pub(super) fn attribute(self, name: &str) -> Option<&'static Attribute> {
        let Value::List(list) = self.value else { return None };
        list.iter().find(|attribute| attribute.name == name)
    }
}

/// Tags of image media playlists, by which players show thumbnails: an extension that the checked documents don't know.
pub(super) const OF_IMAGES: [&str; 3] = ["#EXT-X-IMAGE-STREAM-INF", "#EXT-X-IMAGES-ONLY", "#EXT-X-TILES"];

/// The tag of a name with its `#`.
pub(super) fn of(name: &str) -> Option<Tag> {
    TAGS.iter().find(|tag| tag.name == name).copied()
}

const fn must(name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, kind, is_required: true }
}

const fn may(name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, kind, is_required: false }
}

const fn tag(name: &'static str, place: Place, is_once: bool, value: Value) -> Tag {
    Tag { name, place, is_once, value }
}

const YES_NO: Kind = Kind::Word(&["YES", "NO"]);
const YES: Kind = Kind::Word(&["YES"]);

const KEY: &[Attribute] = &[
    must("METHOD", Kind::Word(&["NONE", "AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR", "AES-256-GCM"])),
    may("URI", Kind::Quoted),
    may("IV", Kind::Hexadecimal),
    may("KEYFORMAT", Kind::Quoted),
    may("KEYFORMATVERSIONS", Kind::Quoted),
    // Of Widevine.
    may("KEYID", Kind::Hexadecimal),
];

const STREAM_INF: &[Attribute] = &[
    must("BANDWIDTH", Kind::Integer),
    may("AVERAGE-BANDWIDTH", Kind::Integer),
    may("SCORE", Kind::Decimal),
    may("CODECS", Kind::Quoted),
    may("SUPPLEMENTAL-CODECS", Kind::Quoted),
    may("RESOLUTION", Kind::Resolution),
    may("FRAME-RATE", Kind::Decimal),
    may("HDCP-LEVEL", Kind::Word(&["TYPE-0", "TYPE-1", "NONE"])),
    may("ALLOWED-CPC", Kind::Quoted),
    may("VIDEO-RANGE", Kind::Word(&["SDR", "HLG", "PQ"])),
    may("REQ-VIDEO-LAYOUT", Kind::Quoted),
    may("STABLE-VARIANT-ID", Kind::Quoted),
    may("AUDIO", Kind::Quoted),
    may("VIDEO", Kind::Quoted),
    may("SUBTITLES", Kind::Quoted),
    may("CLOSED-CAPTIONS", Kind::QuotedOrNone),
    may("PATHWAY-ID", Kind::Quoted),
    may("PROGRAM-ID", Kind::Integer),
    may("NAME", Kind::Quoted),
];

const I_FRAME_STREAM_INF: &[Attribute] = &[
    must("URI", Kind::Quoted),
    must("BANDWIDTH", Kind::Integer),
    may("AVERAGE-BANDWIDTH", Kind::Integer),
    may("SCORE", Kind::Decimal),
    may("CODECS", Kind::Quoted),
    may("SUPPLEMENTAL-CODECS", Kind::Quoted),
    may("RESOLUTION", Kind::Resolution),
    may("HDCP-LEVEL", Kind::Word(&["TYPE-0", "TYPE-1", "NONE"])),
    may("ALLOWED-CPC", Kind::Quoted),
    may("VIDEO-RANGE", Kind::Word(&["SDR", "HLG", "PQ"])),
    may("REQ-VIDEO-LAYOUT", Kind::Quoted),
    may("STABLE-VARIANT-ID", Kind::Quoted),
    may("VIDEO", Kind::Quoted),
    may("PATHWAY-ID", Kind::Quoted),
    may("PROGRAM-ID", Kind::Integer),
];

const MEDIA: &[Attribute] = &[
    must("TYPE", Kind::Word(&["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"])),
    must("GROUP-ID", Kind::Quoted),
    must("NAME", Kind::Quoted),
    may("URI", Kind::Quoted),
    may("LANGUAGE", Kind::Quoted),
    may("ASSOC-LANGUAGE", Kind::Quoted),
    may("STABLE-RENDITION-ID", Kind::Quoted),
    may("DEFAULT", YES_NO),
    may("AUTOSELECT", YES_NO),
    may("FORCED", YES_NO),
    may("INSTREAM-ID", Kind::Quoted),
    may("BIT-DEPTH", Kind::Integer),
    may("SAMPLE-RATE", Kind::Integer),
    may("CHARACTERISTICS", Kind::Quoted),
    may("CHANNELS", Kind::Quoted),
    may("PATHWAY-ID", Kind::Quoted),
];

const DATE_RANGE: &[Attribute] = &[
    must("ID", Kind::Quoted),
    may("CLASS", Kind::Quoted),
    may("START-DATE", Kind::Date),
    may("CUE", Kind::Quoted),
    may("END-DATE", Kind::Date),
    may("DURATION", Kind::Decimal),
    may("PLANNED-DURATION", Kind::Decimal),
    may("SCTE35-CMD", Kind::Hexadecimal),
    may("SCTE35-OUT", Kind::Hexadecimal),
    may("SCTE35-IN", Kind::Hexadecimal),
    may("END-ON-NEXT", YES),
];

const PART: &[Attribute] = &[
    must("URI", Kind::Quoted),
    must("DURATION", Kind::Decimal),
    may("INDEPENDENT", YES),
    may("BYTERANGE", Kind::Range),
    may("GAP", YES),
];

const SERVER_CONTROL: &[Attribute] = &[
    may("CAN-SKIP-UNTIL", Kind::Decimal),
    may("CAN-SKIP-DATERANGES", YES),
    may("HOLD-BACK", Kind::Decimal),
    may("PART-HOLD-BACK", Kind::Decimal),
    may("CAN-BLOCK-RELOAD", YES),
];

const TAGS: &[Tag] = &[
    tag("#EXTM3U", Place::Both, true, Value::None),
    tag("#EXT-X-VERSION", Place::Both, true, Value::Integer),
    tag("#EXT-X-INDEPENDENT-SEGMENTS", Place::Both, true, Value::None),
    tag(
        "#EXT-X-START",
        Place::Both,
        true,
        Value::List(&[must("TIME-OFFSET", Kind::SignedDecimal), may("PRECISE", YES_NO)]),
    ),
    tag(
        "#EXT-X-DEFINE",
        Place::Both,
        false,
        Value::List(&[
            may("NAME", Kind::Quoted),
            may("VALUE", Kind::QuotedOrEmpty),
            may("IMPORT", Kind::Quoted),
            may("QUERYPARAM", Kind::Quoted),
        ]),
    ),
    tag("#EXT-X-TARGETDURATION", Place::Media, true, Value::Integer),
    tag("#EXT-X-MEDIA-SEQUENCE", Place::Media, true, Value::Integer),
    tag("#EXT-X-DISCONTINUITY-SEQUENCE", Place::Media, true, Value::Integer),
    tag("#EXT-X-ENDLIST", Place::Media, true, Value::None),
    tag("#EXT-X-PLAYLIST-TYPE", Place::Media, true, Value::Word(&["VOD", "EVENT"])),
    tag("#EXT-X-I-FRAMES-ONLY", Place::Media, true, Value::None),
    tag("#EXT-X-PART-INF", Place::Media, true, Value::List(&[must("PART-TARGET", Kind::Decimal)])),
    tag("#EXT-X-SERVER-CONTROL", Place::Media, true, Value::List(SERVER_CONTROL)),
    tag("#EXT-X-ALLOW-CACHE", Place::Media, true, Value::Word(&["YES", "NO"])),
    tag("#EXTINF", Place::Segment, false, Value::Duration),
    tag("#EXT-X-BYTERANGE", Place::Segment, false, Value::Range),
    tag("#EXT-X-DISCONTINUITY", Place::Segment, false, Value::None),
    tag("#EXT-X-KEY", Place::Segment, false, Value::List(KEY)),
    tag("#EXT-X-MAP", Place::Segment, false, Value::List(&[must("URI", Kind::Quoted), may("BYTERANGE", Kind::Range)])),
    tag("#EXT-X-PROGRAM-DATE-TIME", Place::Segment, false, Value::Date),
    tag("#EXT-X-GAP", Place::Segment, false, Value::None),
    tag("#EXT-X-BITRATE", Place::Segment, false, Value::Integer),
    tag("#EXT-X-PART", Place::Segment, false, Value::List(PART)),
    tag("#EXT-X-DATERANGE", Place::Segment, false, Value::List(DATE_RANGE)),
    tag(
        "#EXT-X-SKIP",
        Place::Segment,
        true,
        Value::List(&[
            must("SKIPPED-SEGMENTS", Kind::Integer),
            may("RECENTLY-REMOVED-DATERANGES", Kind::QuotedOrEmpty),
        ]),
    ),
    tag(
        "#EXT-X-PRELOAD-HINT",
        Place::Segment,
        false,
        Value::List(&[
            must("TYPE", Kind::Word(&["PART", "MAP"])),
            must("URI", Kind::Quoted),
            may("BYTERANGE-START", Kind::Integer),
            may("BYTERANGE-LENGTH", Kind::Integer),
        ]),
    ),
    tag(
        "#EXT-X-RENDITION-REPORT",
        Place::Segment,
        false,
        Value::List(&[may("URI", Kind::Quoted), may("LAST-MSN", Kind::Integer), may("LAST-PART", Kind::Integer)]),
    ),
    tag("#EXT-X-MEDIA", Place::Multivariant, false, Value::List(MEDIA)),
    tag("#EXT-X-STREAM-INF", Place::Multivariant, false, Value::List(STREAM_INF)),
    tag("#EXT-X-I-FRAME-STREAM-INF", Place::Multivariant, false, Value::List(I_FRAME_STREAM_INF)),
    tag(
        "#EXT-X-SESSION-DATA",
        Place::Multivariant,
        false,
        Value::List(&[
            must("DATA-ID", Kind::Quoted),
            may("VALUE", Kind::Quoted),
            may("URI", Kind::Quoted),
            may("FORMAT", Kind::Word(&["JSON", "RAW"])),
            may("LANGUAGE", Kind::Quoted),
        ]),
    ),
    tag("#EXT-X-SESSION-KEY", Place::Multivariant, false, Value::List(KEY)),
    tag(
        "#EXT-X-CONTENT-STEERING",
        Place::Multivariant,
        true,
        Value::List(&[must("SERVER-URI", Kind::Quoted), may("PATHWAY-ID", Kind::Quoted)]),
    ),
    // Extensions in wide use, which say what they like.
    tag("#EXT-X-CUE-OUT", Place::Segment, false, Value::Any),
    tag("#EXT-X-CUE-OUT-CONT", Place::Segment, false, Value::Any),
    tag("#EXT-X-CUE-IN", Place::Segment, false, Value::Any),
];
