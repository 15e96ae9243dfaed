//! What a verification finds.

use serde::{Serialize, Serializer};

use super::hls_rules::rule::Rule;
use super::severity::Severity;
use crate::error::{Details, Error, Message};
use crate::limits;
use crate::order::Map;

macro_rules! findings {
    ($( $(#[doc = $doc:literal])+ $name:ident = $text:literal, $severity:ident; )+) => {
        /// The stable codes. A retired code is never given another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingCode {
            $( $(#[doc = $doc])+ $name, )+
            /// A rule of HLS playlists is broken.
            Rule(Rule),
        }

        impl FindingCode {
            /// The code's string, as in `FILE_MISSING`.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$name => $text, )+ Self::Rule(rule) => rule.id() } }

            /// How bad it is.
            pub const fn severity(self) -> Severity { match self { $( Self::$name => Severity::$severity, )+ Self::Rule(rule) => rule.severity() } }
        }
    };
}

findings! {
    /// A manifest breaks the rules of its format.
    ManifestInvalid = "MANIFEST_INVALID", Error;
    /// The presentation lasts longer or shorter than the manifest says.
    ManifestDuration = "MANIFEST_DURATION", Error;
    /// Media goes on behind the end of its Period: clients cut it there.
    MediaOutlasts = "MEDIA_OUTLASTS", Warning;
    /// A file that a manifest names isn't there.
    FileMissing = "FILE_MISSING", Error;
    /// A manifest names bytes behind a file's end.
    FileTruncated = "FILE_TRUNCATED", Error;
    /// An init segment can't be read.
    InitInvalid = "INIT_INVALID", Error;
    /// A media segment's boxes can't be read.
    SegmentInvalid = "SEGMENT_INVALID", Error;
    /// A transport stream's packets, tables or frames can't be read, or packed audio's.
    PacketInvalid = "PACKET_INVALID", Error;
    /// Packets of a transport stream are missing: a continuity counter jumps.
    ContinuityLost = "CONTINUITY_LOST", Error;
    /// Time stamps of a transport stream or of packed audio are missing, or don't go forward.
    StampWrong = "STAMP_WRONG", Error;
    /// A segment index can't be read, or isn't true.
    SidxWrong = "SIDX_WRONG", Error;
    /// Something was not checked.
    NotChecked = "NOT_CHECKED", Note;
    /// The codecs parameter is not what the sample entry says.
    CodecsWrong = "CODECS_WRONG", Error;
    /// Width, height or sampling rate are not what the codec's configuration says.
    SizeWrong = "SIZE_WRONG", Error;
    /// The manifest's segments leave a gap or overlap.
    TimelineGap = "TIMELINE_GAP", Error;
    /// A segment starts at another time than the manifest says.
    SegmentTime = "SEGMENT_TIME", Error;
    /// A segment lasts longer or shorter than the manifest says.
    SegmentDuration = "SEGMENT_DURATION", Error;
    /// A fragment starts later than the one before it ends.
    TfdtGap = "TFDT_GAP", Error;
    /// A fragment starts before the one before it ends.
    TfdtOverlap = "TFDT_OVERLAP", Error;
    /// A segment doesn't start with a sample that can be decoded by itself.
    SegmentStart = "SEGMENT_START", Error;
    /// Playing can't start with a segment as the manifest says.
    SapWrong = "SAP_WRONG", Error;
    /// The stated bandwidth is less than the segments have.
    BandwidthLow = "BANDWIDTH_LOW", Error;
    /// The stated bandwidth is far more than the segments have.
    BandwidthHigh = "BANDWIDTH_HIGH", Warning;
    /// The manifest's protection scheme is not the file's.
    SchemeWrong = "SCHEME_WRONG", Error;
    /// The manifest's key id is not that of `tenc`.
    DefaultKidWrong = "DEFAULT_KID_WRONG", Error;
    /// A `pssh` can't be read, or stands under another system's id.
    PsshInvalid = "PSSH_INVALID", Error;
    /// A `pssh` lists another key id, or not the track's.
    PsshKidWrong = "PSSH_KID_WRONG", Error;
    /// A playlist's keys don't fit the segments: missing, or of another method.
    HlsKeyWrong = "HLS_KEY_WRONG", Error;
    /// Samples could not be decrypted, since their key isn't given.
    KeyMissing = "KEY_MISSING", Error;
    /// `saiz` or `saio` don't agree with `senc`.
    AuxiliaryWrong = "AUXILIARY_WRONG", Error;
    /// Subsamples don't sum up to their sample, or protect other bytes than were encrypted.
    SubsamplesWrong = "SUBSAMPLES_WRONG", Error;
    /// Bytes are protected that must stay clear.
    HeaderProtected = "HEADER_PROTECTED", Warning;
    /// A sample was encrypted with another IV than the file says.
    IvWrong = "IV_WRONG", Error;
    /// Two samples were encrypted with the same key and counter.
    IvReused = "IV_REUSED", Error;
    /// A sample group's pattern is another than that of `tenc`, which Chromium refuses.
    PatternWrong = "PATTERN_WRONG", Error;
    /// A decrypted sample is not what its codec writes.
    SampleInvalid = "SAMPLE_INVALID", Error;
    /// Most decrypted samples look random: the key is wrong.
    KeyWrong = "KEY_WRONG", Error;
    /// A decrypted sample has other bytes than the source's.
    SampleDiffers = "SAMPLE_DIFFERS", Error;
    /// A sample has another time than the source's.
    SampleTimeDiffers = "SAMPLE_TIME_DIFFERS", Error;
    /// The source has more or fewer samples.
    SampleCountDiffers = "SAMPLE_COUNT_DIFFERS", Error;
    /// A track of the source is not in the presentation, or the other way round.
    SourceTrackMissing = "SOURCE_TRACK_MISSING", Warning;
    /// Tracks are shifted against each other, compared with the source.
    TracksShifted = "TRACKS_SHIFTED", Warning;
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it is.
    #[serde(serialize_with = "code_and_severity", flatten)]
    pub code: FindingCode,
    /// The file.
    pub file: String,
    /// The line, in a playlist.
    pub line: Option<usize>,
    /// The segment of its track, from 1.
    pub segment: Option<usize>,
    /// The sample of its track, from 1.
    pub sample: Option<usize>,
    /// The path of boxes.
    pub boxes: Option<String>,
    /// The byte offset in the file.
    pub offset: Option<u64>,
    /// One sentence without the full stop.
    #[serde(flatten)]
    pub message: Message,
    /// How many more of the kind there are, which are not listed.
    pub more: usize,
}

fn code_and_severity<S: Serializer>(code: &FindingCode, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shape {
        code: &'static str,
        severity: Severity,
    }
    Shape { code: code.as_str(), severity: code.severity() }.serialize(serializer)
}

impl Finding {
    pub(super) fn new(code: FindingCode, file: &str, message: Message) -> Self {
        Self {
            code,
            file: file.to_owned(),
            line: None,
            segment: None,
            sample: None,
            boxes: None,
            offset: None,
            message,
            more: 0,
        }
    }

    /// What reading a file failed with.
    pub(super) fn of(code: FindingCode, file: &str, error: Error) -> Self {
        let Details { message, place, .. } = error.into_details();
        Self { boxes: place.boxes, offset: place.offset, ..Self::new(code, file, message) }
    }

    pub(super) fn segment(self, index: usize) -> Self {
        Self { segment: Some(index + 1), ..self }
    }

    pub(super) fn sample(self, index: usize) -> Self {
        Self { sample: Some(index + 1), ..self }
    }

    pub(super) fn in_box(self, boxes: &str) -> Self {
        Self { boxes: Some(boxes.to_owned()), ..self }
    }

    pub(super) fn at(self, offset: u64) -> Self {
        Self { offset: Some(offset), ..self }
    }

    pub(super) fn line(self, line: Option<usize>) -> Self {
        Self { line, ..self }
    }
}

/// The findings so far. Of each kind only the first few of a folder are listed.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    /// For each code and folder how many there were, and the index of the last that is listed.
    counts: Map<(FindingCode, String), (usize, usize)>,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        let folder = finding.file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let (count, last) = self.counts.or_default((finding.code, folder));
        *count += 1;
        if *count > limits::FINDINGS_OF_A_KIND {
            self.list[*last].more += 1;
            return;
        }
        *last = self.list.len();
        self.list.push(finding);
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        let of = self.list.iter().filter(|finding| finding.code.severity() == severity);
        of.map(|finding| 1 + finding.more).sum()
    }
}
