//! What is the same for every configuration of a codec: names, sample entries, rules.

/// The kinds of media that are packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles and captions.
    Text,
}

impl Kind {
    /// The lower-case word, as folders have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
        }
    }
}

/// What is known of a codec before any configuration is read: a constant in the codec's file.
#[derive(Debug)]
pub struct Description {
    /// The name in words, as in `H.264`.
    pub name: &'static str,
    /// What it codes.
    pub kind: Kind,
    /// The sample entries that it is read from.
    pub sample_entries: &'static [EntryName],
    /// The schemes, as the four characters of `schm`, that its binding to the file format has rules for.
    pub schemes: &'static [&'static [u8; 4]],
    /// How HTTP Live Streaming's rules judge it.
    pub hls: Hls,
}

/// A sample entry that a codec is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryName {
    /// The coding name, as in `avc1`.
    pub name: [u8; 4],
    /// The child box with the configuration; `None` where the entry itself says all.
    pub configuration: Option<[u8; 4]>,
}

impl EntryName {
    /// An entry with a box of configuration.
    pub const fn new(name: &[u8; 4], configuration: &[u8; 4]) -> Self {
        Self { name: *name, configuration: Some(*configuration) }
    }

    /// An entry without one.
    pub const fn bare(name: &[u8; 4]) -> Self {
        Self { name: *name, configuration: None }
    }
}

/// The schemes of Common Encryption (ISO/IEC 23001-7 clause 4.2): the rule where a codec's binding names none.
pub const ALL_SCHEMES: &[&[u8; 4]] = &[b"cenc", b"cbc1", b"cens", b"cbcs"];

/// How HTTP Live Streaming's rules judge a codec, by what words of `CODECS` begin with. The names of the sample
/// entries in lower case are words of the codec, too.
#[derive(Debug)]
pub struct Hls {
    /// Further words for the codec.
    pub words: &'static [&'static str],
    /// Words for what Apple's devices are specified to play.
    pub apple: &'static [&'static str],
    /// Words for what every device plays, so that one of them is to be offered.
    pub every_device: &'static [&'static str],
    /// Words for Dolby Vision.
    pub dolby_vision: &'static [&'static str],
}

impl Hls {
    /// A codec that the rules say nothing of.
    pub const NONE: Self = Self { words: &[], apple: &[], every_device: &[], dolby_vision: &[] };
}

/// Whether a codec of the codecs parameter is one of these words, alone or with fields behind it.
pub fn is_of_words(codec: &str, words: &[&str]) -> bool {
    let codec = codec.trim();
    words.iter().any(|word| {
        let front = codec.get(..word.len()).filter(|front| front.eq_ignore_ascii_case(word));
        front.is_some() && matches!(codec.as_bytes().get(word.len()), None | Some(b'.'))
    })
}

/// Whether a codec of the codecs parameter has the name of one of these sample entries, whatever its case.
pub(super) fn is_of_entries<'a>(codec: &str, mut names: impl Iterator<Item = &'a [u8; 4]>) -> bool {
    let word = codec.trim().split('.').next().unwrap_or_default();
    names.any(|name| word.as_bytes().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_alone_or_before_fields() {
        assert!(is_of_words(" mp4a.40.2", &["mp4a.40.2"]));
        assert!(!is_of_words("mp4a.40.29", &["mp4a.40.2"]));
        assert!(is_of_words("AVC1.640028", &["avc3", "avc1"]));
        assert!(!is_of_words("é", &["ec-3"]));
        assert!(is_of_entries("opus", [b"Opus"].into_iter()));
    }
}
