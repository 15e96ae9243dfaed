//! The table of error codes: each with who can act, the number that users know, and advice.
//!
//! Codes that only JavaScript raises stand here, too: its table is generated from this one.

use std::fmt;

/// Who can act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The input file is at fault.
    Input,
    /// The input is sound, but holds something that tabpack doesn't package.
    Unsupported,
    /// A cap of [`crate::limits`] was reached.
    Limit,
    /// A content key, key id or IV is at fault.
    Keys,
    /// The caller's options are at fault.
    Usage,
    /// The key server, or the way to it, is at fault.
    Server,
    /// Writing the output failed.
    Output,
    /// A fault of tabpack's own.
    Internal,
}

impl Class {
    /// Every class, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::Input,
        Self::Unsupported,
        Self::Limit,
        Self::Keys,
        Self::Usage,
        Self::Server,
        Self::Output,
        Self::Internal,
    ];

    /// The class as a lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Keys => "keys",
            Self::Usage => "usage",
            Self::Server => "server",
            Self::Output => "output",
            Self::Internal => "internal",
        }
    }
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $text:literal, $class:ident, $number:literal, $advice:literal; )+) => {
        /// The stable codes. A retired code is never given another meaning; retired so far: `FULL_BUILD_NEEDED`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $( $(#[doc = $doc])+ $name, )+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )+ ];

            /// The code's string, as in `MP4_BOX_TRUNCATED`.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$name => $text, )+ } }

            /// Who can act.
            pub const fn class(self) -> Class { match self { $( Self::$name => Class::$class, )+ } }

            /// The number in the product's numeric table.
            pub const fn number(self) -> i32 { match self { $( Self::$name => $number, )+ } }

            /// What the user may do.
            pub const fn advice(self) -> &'static str { match self { $( Self::$name => $advice, )+ } }
        }
    };
}

codes! {
    /// The file holds no byte.
    InputEmpty = "INPUT_EMPTY", Input, 1202,
        "The file is empty: copy or export it again.";
    /// The platform could not read the file.
    InputReadFailed = "INPUT_READ_FAILED", Input, 1202,
        "Check that the file may be read, and choose it again: it may have been moved or changed since it was chosen.";
    /// No file has this path.
    InputNotFound = "INPUT_NOT_FOUND", Input, 1201,
        "Check the path.";
    /// The first bytes are those of no kind of file that is known.
    InputNotRecognised = "INPUT_NOT_RECOGNISED", Input, 1202,
        "Convert the file first, to one of the formats that are read, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4";
    /// The first bytes are those of a kind of file that isn't read.
    InputUnsupported = "INPUT_UNSUPPORTED", Unsupported, 1102,
        "Convert the file first, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4 (without -c copy where its codecs don't go into an MP4)";
    /// The file ends in the middle of something (other than an MP4 box).
    InputTruncated = "INPUT_TRUNCATED", Input, 1202,
        "The file was cut short by a broken download or recording. Get it again, or repair it first.";
    /// The file's structure contradicts itself or its standard (other than in an MP4).
    InputDamaged = "INPUT_DAMAGED", Input, 1202,
        "The file is damaged. Rewrite it first, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4";
    /// A box claims more bytes than its parent or the file has.
    Mp4BoxTruncated = "MP4_BOX_TRUNCATED", Input, 1202,
        "The file was cut short by a broken download or recording. Get it again, or repair it first.";
    /// A box's content contradicts itself or the standard.
    Mp4BoxInvalid = "MP4_BOX_INVALID", Input, 1202,
        "The file is damaged. Rewrite it first, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4";
    /// A box that the standard demands is not there.
    Mp4BoxMissing = "MP4_BOX_MISSING", Input, 1202,
        "The file is incomplete: a recording that was never finished has no moov box. Get it again, or repair it first.";
    /// A sample table points outside the file.
    Mp4SampleOutOfFile = "MP4_SAMPLE_OUT_OF_FILE", Input, 1202,
        "The file was cut short, or its tables are damaged. Get it again, or repair it first.";
    /// Media segments without the init segment that describes them.
    Mp4Fragmented = "MP4_FRAGMENTED", Unsupported, 1102,
        "Give the init segment before its media segments, for example: tabpack package init.mp4 1.m4s 2.m4s -o DIR";
    /// Media segments overlap or start at the same time.
    Mp4SegmentsOverlap = "MP4_SEGMENTS_OVERLAP", Input, 1102,
        "Give each media segment once, behind the init segment of its own rendition.";
    /// The input is encrypted already, and its key isn't given.
    Mp4Encrypted = "MP4_ENCRYPTED", Unsupported, 1102,
        "Give its key as KID:KEY (with --decryption-key to tabpack package, with --key to tabpack decrypt, as decryptionKeys in JavaScript), or package the clear source of this file.";
    /// The input is protected by something else than Common Encryption.
    ProtectionUnsupported = "PROTECTION_UNSUPPORTED", Unsupported, 1102,
        "Package the clear source of this file: only Common Encryption and PIFF are decrypted, with the content key.";
    /// A key isn't the one that the input was encrypted with, though it is given for its key id.
    DecryptionKeyWrong = "DECRYPTION_KEY_WRONG", Keys, 1102,
        "Check which key belongs to the key id: what it makes of the samples is no sound and no picture.";
    /// A transport stream is scrambled.
    TsScrambled = "TS_SCRAMBLED", Unsupported, 1102,
        "Record or export it unscrambled: the receiver removes the conditional access of a broadcast, not tabpack.";
    /// No track of the input can be packaged.
    TrackNone = "TRACK_NONE", Unsupported, 1102,
        "Convert the tracks first, to H.264, HEVC, AV1 or VP9 and to AAC, AC-3, Opus or FLAC, for example: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4";
    /// Video or sound of the input can't be packaged, though other tracks of it can.
    TrackUnsupported = "TRACK_UNSUPPORTED", Unsupported, 1102,
        "Convert the track first, for example: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4. Or leave it out with --skip-unsupported (skipUnsupported in JavaScript).";
    /// Video tracks of one presentation share no sync samples.
    VideoNotAligned = "VIDEO_NOT_ALIGNED", Input, 1102,
        "Encode all renditions with key frames at the same times (a fixed GOP, no scene-cut key frames). Or leave all but one out (option tracks: use).";
    /// Video tracks of one presentation end at different times.
    VideoLengthsDiffer = "VIDEO_LENGTHS_DIFFER", Input, 1102,
        "Give renditions of the same length. Or keep the lengths (option lengths: keep): then the longer are cut on by their own key frames.";
    /// A codec's configuration or bit stream contradicts its standard.
    CodecInvalid = "CODEC_INVALID", Input, 1202,
        "The track is damaged, or is not what its sample entry says. Encode it again.";
    /// A codec feature that can't be protected by the rules.
    CodecUnsupported = "CODEC_UNSUPPORTED", Unsupported, 1102,
        "Encode the track again without this feature.";
    /// Segments of this kind have no place for a codec, or for what its configuration says.
    ContainerUnsupported = "CONTAINER_UNSUPPORTED", Unsupported, 1102,
        "Package into fMP4 segments, which can hold every codec: --hls-format fmp4 (hlsFormat in JavaScript). Or encode the track again, as H.264, AAC-LC, AC-3 or E-AC-3.";
    /// A codec has no rule for the protection scheme.
    SchemeUnsupported = "SCHEME_UNSUPPORTED", Unsupported, 1102,
        "Choose another scheme for this track: every codec allows cenc.";
    /// A cap was reached.
    LimitExceeded = "LIMIT_EXCEEDED", Limit, 1102,
        "The input exceeds what tabpack can handle with bounded memory. If segments are too large, encode with more key frames.";
    /// A content key or key id can't be read.
    KeyInvalid = "KEY_INVALID", Keys, 1102,
        "Give KID:KEY, each 16 bytes as 32 hexadecimal digits, a UUID, base64 or base64url.";
    /// Keys are given, but none for this track or crypto period.
    KeyMissing = "KEY_MISSING", Keys, 1102,
        "Give the keys as KID:KEY: one without a label for all tracks, or one for each label (SD, HD, UHD1, UHD2, AUDIO, a track's name, or AUDIO with a language, as in AUDIO-en).";
    /// An initialization vector can't be read, or doesn't fit the scheme.
    IvInvalid = "IV_INVALID", Keys, 1102,
        "Give the IV as hexadecimal digits: 16 or 32 digits (8 or 16 bytes) for cenc and cens, 32 digits for cbcs, none for cbc1.";
    /// Other samples were encrypted with this key and these IVs before: the bytes of both could be read.
    IvReused = "IV_REUSED", Keys, 1102,
        "Leave the IV and the seed out, so that they are random, or give another key.";
    /// Data for a DRM system can't be read, or it can't be told whose it is.
    PsshInvalid = "PSSH_INVALID", Keys, 1102,
        "Give a whole pssh box, or its data as SYSTEM:DATA, in hexadecimal digits or base64.";
    /// A DRM system doesn't go with the protection scheme.
    DrmSchemeConflict = "DRM_SCHEME_CONFLICT", Usage, 1102,
        "Choose another scheme or leave the system out: FairPlay takes only cbcs; PlayReady takes cbcs with header 4.3, cenc with any header, and several keys with 4.2 and 4.3.";
    /// A DRM system was chosen whose data only its license service can give.
    DrmDataMissing = "DRM_DATA_MISSING", Usage, 1101,
        "The license service of this system provides the data: pass it on as pssh.";
    /// A parameter is not there.
    OptionMissing = "OPTION_MISSING", Usage, 1101,
        "See the usage for what is required.";
    /// A parameter's value is not allowed.
    OptionInvalid = "OPTION_INVALID", Usage, 1102,
        "See the usage for the allowed values.";
    /// Too many or too few parameters.
    OptionCount = "OPTION_COUNT", Usage, 1103,
        "See the usage for how many may be given.";
    /// A CPIX document can't be read.
    CpixInvalid = "CPIX_INVALID", Keys, 1102,
        "Check that it is a whole CPIX document (version 2.0 to 2.4, or SPEKE's dialect), as the key server wrote it.";
    /// The content keys of a CPIX document don't fit what was asked for.
    CpixKeyMissing = "CPIX_KEY_MISSING", Keys, 1102,
        "Ask only for keys of tracks that the document or the server has keys for.";
    /// A MAC of an encrypted content key is wrong.
    CpixMacMismatch = "CPIX_MAC_MISMATCH", Keys, 2002,
        "The keys were changed or damaged after the server encrypted them. Ask for them again; if the error stays, tell the server's operator.";
    /// Content keys are encrypted, and there is no private key to open them with.
    DeliveryKeyMissing = "DELIVERY_KEY_MISSING", Keys, 2004,
        "Create or import a delivery certificate with its private key, and ask for the keys with it.";
    /// The private key isn't the one that the content keys were encrypted for, or can't be read.
    DeliveryKeyInvalid = "DELIVERY_KEY_INVALID", Keys, 2005,
        "Use the private key of the certificate with which the keys were requested.";
    /// A content id that services don't take.
    ContentIdInvalid = "CONTENT_ID_INVALID", Usage, 1102,
        "Give a content id of 1 to 200 letters, digits, dots, hyphens and underscores.";
    /// A request to a key server that this service's rules forbid.
    KeyRequestInvalid = "KEY_REQUEST_INVALID", Usage, 1102,
        "Change the tracks, the scheme or the DRM systems that keys are requested for.";
    /// The request didn't reach the server, or no answer came.
    KeyServerUnreachable = "KEY_SERVER_UNREACHABLE", Server, 2001,
        "Check the server's address and the network connection, then start again.";
    /// No whole answer came in time.
    KeyServerTimeout = "KEY_SERVER_TIMEOUT", Server, 2001,
        "Start again; if the server is known to be slow, allow it more time.";
    /// The browser doesn't let the page read the server's answer.
    KeyServerBlocked = "KEY_SERVER_BLOCKED", Server, 2001,
        "Ask the server's operator to allow this page's origin (CORS), set a proxy that does, or fetch the CPIX document elsewhere and paste it.";
    /// The server said that it doesn't give the keys.
    KeyServerError = "KEY_SERVER_ERROR", Server, 2002,
        "Act on what the server says: check the credentials, the content id and what was requested.";
    /// The server's answer can't be used.
    KeyServerAnswerInvalid = "KEY_SERVER_ANSWER_INVALID", Server, 2002,
        "Check that the address is that of the service chosen; if it is, tell the server's operator.";
    /// A file or folder of the output could not be written.
    OutputWriteFailed = "OUTPUT_WRITE_FAILED", Output, 1202,
        "Check that the folder is writable and not in use.";
    /// The output's place is taken.
    OutputExists = "OUTPUT_EXISTS", Output, 1202,
        "Choose an empty folder, or allow it to be replaced.";
    /// A path of the output is too long for the file system.
    OutputPathTooLong = "OUTPUT_PATH_TOO_LONG", Output, 1203,
        "Choose a folder with a shorter path.";
    /// A name of the output is too long for the file system.
    OutputNameTooLong = "OUTPUT_NAME_TOO_LONG", Output, 1204,
        "Choose a shorter name.";
    /// The disk or the browser's quota is full.
    OutputNoSpace = "OUTPUT_NO_SPACE", Output, 1205,
        "Free some space (delete packaged results that you no longer need) and start again.";
    /// No file of the output has this path.
    OutputNotFound = "OUTPUT_NOT_FOUND", Usage, 1201,
        "Ask for the files that the manifests name, by their paths below the output's root.";
    /// A preview was closed before the file was asked for.
    PreviewClosed = "PREVIEW_CLOSED", Usage, 1202,
        "Open the preview again.";
    /// What an earlier run left isn't what this job would write.
    ResumeMismatch = "RESUME_MISMATCH", Usage, 1102,
        "Give the same inputs, options and keys as for the interrupted job, or delete its output and start over.";
    /// The output can't be sent to the server.
    OutputServerError = "OUTPUT_SERVER_ERROR", Output, 2002,
        "Act on what the server says: check the address, its permissions and whether it has expired.";
    /// The server that takes the output can't be reached.
    OutputServerUnreachable = "OUTPUT_SERVER_UNREACHABLE", Output, 2001,
        "Check the server's address, its CORS rules and the network connection, then start again.";
    /// Something that should not happen.
    Internal = "INTERNAL", Internal, -1,
        "This is a bug in tabpack: please report it with the log.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
    }
}
