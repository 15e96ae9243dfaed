//! The rules of HLS playlists: RFC 8216, its second edition (draft-pantos-hls-rfc8216bis-22, `BIS`) and Apple's HLS
//! Authoring Specification for Apple Devices (of 2025-06-26, `APPLE`).
//!
//! A rule has an id that stays, made of the document, the section or item, and a word. MUST is an error and SHOULD a
//! warning, with these exceptions, each a warning: what Apple asks of the content rather than of how it is described
//! ([`Scope::Content`], listed only where advice is wanted); a complete playlist without `EXT-X-PLAYLIST-TYPE`, which
//! may have been live; a `BANDWIDTH` too high, which costs quality and stalls nothing. Unknown tags and attributes are
//! notes: clients pass over them, and they are not checked.
//!
//! Where documents or players disagree:
//! - Bis section 4.4.2.1 wants `EXT-X-INDEPENDENT-SEGMENTS` in the multivariant playlist *instead of* the media playlists;
//!   Apple's validator accepts either place (items 9.11 and 9.12), and no player needs it in both.
//! - Bis section 6.2.1 wants no `EXT-X-VERSION` above what a playlist needs. A multivariant playlist may say here what its
//!   media playlists need, and media playlists what the most demanding of them needs, as most packagers write it.
//! - Section 4.3.4.5 recommends `EXT-X-SESSION-KEY`; hls.js with EME looks there for key systems and gives up where it
//!   finds none that it knows, so that the lack of one is no finding.
//!
//! Not checkable from playlists and files:
//! - what a server does: content types, gzip, redirects, TLS, blocking reloads and delta updates (bis section 6.2.5; Apple's
//!   sections 10 to 12), and how a live playlist changes from one reload to the next (section 6.2.2);
//! - what pictures and sound are like: profiles and levels beyond `CODECS`, interlacing, colour, loudness, parallax, burnt-in
//!   text (Apple's items 1.3 to 1.9, 1.14 to 1.18, 1.20 to 1.22, 2.18 to 2.24, 16.2 to 16.5);
//! - that renditions are the same content, in the language they say, and that names are apt (sections 4.3.4.1.1 and 6.2.4);
//! - Unicode normalization (section 4.1), `SUPPLEMENTAL-CODECS` against its base layer, JSON files of session data, steering
//!   manifests, key files, SCTE-35 messages, and `ALLOWED-CPC`;
//! - `EXT-X-BITRATE` and how dense key frames of dedicated renditions are (Apple's items 6.2 to 6.7).
//!
//! What boxes say (the codecs, times, keys and init segments of segments) is compared where segments are read, in
//! [`hls`](super::hls).

mod advice;
mod codecs;
mod date_range;
mod media;
mod multivariant;
pub(super) mod rule;
mod sheet;
mod syntax;
mod tags;
mod together;

use std::borrow::Cow;

use super::finding::{Finding, FindingCode};
use crate::error::Message;
use crate::manifest::playlist::{self, Media, Playlist};
use crate::manifest::{Place, Segment};
use crate::order::Map;
use rule::{Rule, Scope};
use sheet::Sheet;

/// A playlist's path and content.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) path: String,
    pub(super) content: Vec<u8>,
}

/// What is known of the files that playlists name.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Whether the segments are read and checked besides.
    pub(super) are_read: bool,
    /// Sizes in bytes; `None` for a file that isn't there.
    pub(super) sizes: Map<String, Option<u64>>,
    /// The first bytes of segments.
    pub(super) starts: Map<Place, Vec<u8>>,
}

/// How many bytes of a segment tell what it is: the header of a WebVTT file is the longest.
pub(super) const START_BYTES: u64 = 256;

/// The segments of a playlist whose first bytes the rules look at: all key frames, else the first that isn't encrypted
/// as a whole.
pub(super) fn starts_of(media: &Media) -> Vec<Place> {
    let is_clear = |segment: &&Segment| {
        let keys = segment.keys.and_then(|set| media.key_sets.get(set));
        keys.is_none_or(|keys| keys.iter().all(|key| key.method.starts_with("SAMPLE-AES")))
    };
    let clear = media.segments.iter().filter(is_clear).map(|segment| segment.place.clone());
    clear.take(if media.is_i_frames { usize::MAX } else { 1 }).collect()
}

/// A media playlist of a presentation.
struct Part<'a> {
    sheet: Sheet<'a>,
    media: Media,
}

/// What was found.
struct Out {
    list: Vec<Finding>,
    has_advice: bool,
}

impl Out {
    fn find(&mut self, rule: Rule, path: &str, line: Option<usize>, message: Message) {
        if self.has_advice || rule.scope() == Scope::Playlist || rule.severity() == super::Severity::Error {
            self.list.push(Finding::new(FindingCode::Rule(rule), path, message).line(line));
        }
    }
}

/// Checks a multivariant playlist with the media playlists that it lists, or media playlists by themselves.
pub(super) fn check(
    multivariant: Option<&Document>,
    media: &[Document],
    files: &Files,
    has_advice: bool,
) -> Vec<Finding> {
    let mut out = Out { list: Vec::new(), has_advice };
    let texts: Vec<Cow<'_, str>> =
        multivariant.iter().copied().chain(media).map(|document| String::from_utf8_lossy(&document.content)).collect();
    let (of_first, of_media) = texts.split_at(usize::from(multivariant.is_some()));
    let of_multivariant = multivariant.zip(of_first.first());
    let mut parts = Vec::new();
    if let Some((document, text)) = of_multivariant {
        syntax::text(&mut out, &document.path, &document.content, text);
    }
    for (document, text) in media.iter().zip(of_media) {
        syntax::text(&mut out, &document.path, &document.content, text);
        let sheet = Sheet::read(&document.path, text);
        syntax::lines(&mut out, &sheet);
        if let Playlist::Media(media) = playlist::read(&document.path, &document.content) {
            media::check(&mut out, &sheet, &media, files);
            parts.push(Part { sheet, media });
        }
    }
    match of_multivariant {
        Some((document, text)) => {
            let sheet = Sheet::read(&document.path, text);
            syntax::lines(&mut out, &sheet);
            multivariant::check(&mut out, &sheet);
            if let Playlist::Multivariant(playlist) = playlist::read(&document.path, &document.content) {
                together::check(&mut out, &sheet, &playlist, &parts, files);
            }
            advice::check(&mut out, &sheet, &parts);
        }
        None => {
            for part in &parts {
                together::check_version(&mut out, &part.sheet, syntax::needed_version(&part.sheet).0);
            }
        }
    }
    out.list
}
