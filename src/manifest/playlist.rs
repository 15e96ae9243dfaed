//! Playlists of HTTP Live Streaming, read strictly: RFC 8216 and draft-pantos-hls-rfc8216bis (`bis`).

use super::{Fault, Place, Segment, resolve};
use crate::limits;

/// A playlist of either kind.
#[derive(Debug, Clone)]
pub enum Playlist {
    /// Lists variants and renditions (the Master Playlist of RFC 8216).
    Multivariant(Multivariant),
    /// Lists segments.
    Media(Media),
}

/// The multivariant playlist.
#[derive(Debug, Clone, Default)]
pub struct Multivariant {
    /// `EXT-X-STREAM-INF`.
    pub variants: Vec<Variant>,
    /// `EXT-X-MEDIA`.
    pub renditions: Vec<Rendition>,
    /// `EXT-X-SESSION-KEY`.
    pub session_keys: Vec<Key>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// A variant stream.
#[derive(Debug, Clone, Default)]
pub struct Variant {
    /// The media playlist's path.
    pub path: Option<String>,
    /// Peak bits a second.
    pub bandwidth: Option<u64>,
    /// Mean bits a second.
    pub average_bandwidth: Option<u64>,
    /// The codecs of all its renditions.
    pub codecs: Option<String>,
    /// Width and height.
    pub resolution: Option<(u32, u32)>,
    /// The group of its sound.
    pub audio: Option<String>,
    /// The group of its subtitles.
    pub subtitles: Option<String>,
    /// The line of its tag.
    pub line: usize,
}

/// A rendition.
#[derive(Debug, Clone, Default)]
pub struct Rendition {
    /// `AUDIO`, `VIDEO`, `SUBTITLES` or `CLOSED-CAPTIONS`.
    pub kind: String,
    /// Its group.
    pub group: String,
    /// The media playlist's path; without one it is part of the variants' own.
    pub path: Option<String>,
    /// The line of its tag.
    pub line: usize,
}

/// A media playlist.
#[derive(Debug, Clone, Default)]
pub struct Media {
    /// Whole seconds that no segment's rounded duration may exceed.
    pub target_duration: Option<u64>,
    /// The segments; times are microseconds.
    pub segments: Vec<Segment>,
    /// The init segment of each segment, as an index of `maps`.
    pub segment_maps: Vec<Option<usize>>,
    /// Init segments (`EXT-X-MAP`).
    pub maps: Vec<Place>,
    /// The keys in force, an entry for each change.
    pub key_sets: Vec<Vec<Key>>,
    /// Whether the segments are images (`EXT-X-IMAGES-ONLY`).
    pub is_images: bool,
    /// Whether nothing will be added.
    pub is_ended: bool,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// `EXT-X-KEY` or `EXT-X-SESSION-KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `AES-128`, `SAMPLE-AES`, `SAMPLE-AES-CTR`, …
    pub method: String,
    /// Where a client finds the key.
    pub uri: Option<String>,
    /// The DRM system.
    pub key_format: String,
    /// The line of the tag.
    pub line: usize,
}

/// Reads the playlist that stands at `path`.
pub fn read(path: &str, document: &[u8]) -> Playlist {
    let text = String::from_utf8_lossy(document);
    let is_multivariant = text.lines().any(|line| line.starts_with("#EXT-X-STREAM-INF:"));
    let mut reader = Reader { path, faults: Vec::new() };
    if std::str::from_utf8(document).is_err() {
        reader.fault(1, "the playlist is not UTF-8 (section 4.1)");
    }
    if !text.starts_with("#EXTM3U\n") && !text.starts_with("#EXTM3U\r\n") {
        reader.fault(1, "the playlist does not begin with #EXTM3U (section 4.3.1.1)");
    }
    if is_multivariant { reader.multivariant(&text) } else { reader.media(&text) }
}

struct Reader<'a> {
    path: &'a str,
    faults: Vec<Fault>,
}

/// Tags of a media playlist only, by which a multivariant one is at fault.
const MEDIA_TAGS: [&str; 6] =
    ["#EXTINF", "#EXT-X-TARGETDURATION", "#EXT-X-BYTERANGE", "#EXT-X-KEY", "#EXT-X-MAP", "#EXT-X-ENDLIST"];

impl Reader<'_> {
    fn fault(&mut self, line: usize, message: impl Into<String>) {
        self.faults.push(Fault { line: Some(line), message: message.into() });
    }

    fn resolved(&mut self, line: usize, uri: &str) -> Option<String> {
        let path = resolve(self.path, uri);
        if path.is_none() {
            self.fault(line, format!("{uri:?} leads out of the folder"));
        }
        path
    }

    fn multivariant(mut self, text: &str) -> Playlist {
        let mut playlist = Multivariant::default();
        let mut variant: Option<Variant> = None;
        for (line, text) in lines(text) {
            if let Some(list) = text.strip_prefix("#EXT-X-STREAM-INF:") {
                if variant.is_some() {
                    self.fault(line, "no URI follows the EXT-X-STREAM-INF before this one");
                }
                let attributes = self.attributes(line, list);
                variant = Some(self.variant(line, &attributes));
            } else if let Some(list) = text.strip_prefix("#EXT-X-MEDIA:") {
                let attributes = self.attributes(line, list);
                let rendition = self.rendition(line, &attributes);
                playlist.renditions.push(rendition);
            } else if let Some(list) = text.strip_prefix("#EXT-X-SESSION-KEY:") {
                let attributes = self.attributes(line, list);
                playlist.session_keys.extend(self.key(line, &attributes));
            } else if MEDIA_TAGS.iter().any(|tag| text.starts_with(tag)) {
                self.fault(line, "a tag of media playlists stands in a multivariant playlist (section 4.3.2)");
            } else if !text.starts_with('#') {
                match variant.take() {
                    Some(mut variant) => {
                        variant.path = self.resolved(line, text);
                        playlist.variants.push(variant);
                    }
                    None => self.fault(line, "a URI without an EXT-X-STREAM-INF before it"),
                }
            }
        }
        if let Some(variant) = variant {
            self.fault(variant.line, "no URI follows the EXT-X-STREAM-INF");
        }
        playlist.faults = self.faults;
        Playlist::Multivariant(playlist)
    }

    fn variant(&mut self, line: usize, attributes: &Attributes<'_>) -> Variant {
        let bandwidth = attributes.number("BANDWIDTH");
        if bandwidth.is_none() {
            self.fault(line, "EXT-X-STREAM-INF has no BANDWIDTH (section 4.3.4.2)");
        }
        let size = attributes.plain("RESOLUTION").and_then(|text| text.split_once('x'));
        Variant {
            path: None,
            bandwidth,
            average_bandwidth: attributes.number("AVERAGE-BANDWIDTH"),
            codecs: attributes.quoted("CODECS").map(str::to_owned),
            resolution: size.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?))),
            audio: attributes.quoted("AUDIO").map(str::to_owned),
            subtitles: attributes.quoted("SUBTITLES").map(str::to_owned),
            line,
        }
    }

    fn rendition(&mut self, line: usize, attributes: &Attributes<'_>) -> Rendition {
        let kind = attributes.plain("TYPE").unwrap_or_default().to_owned();
        for name in ["GROUP-ID", "NAME"] {
            if attributes.quoted(name).is_none() {
                self.fault(line, format!("EXT-X-MEDIA has no {name} (section 4.3.4.1)"));
            }
        }
        if kind.is_empty() {
            self.fault(line, "EXT-X-MEDIA has no TYPE (section 4.3.4.1)");
        }
        let uri = attributes.quoted("URI");
        Rendition {
            kind,
            group: attributes.quoted("GROUP-ID").unwrap_or_default().to_owned(),
            path: uri.and_then(|uri| self.resolved(line, uri)),
            line,
        }
    }

    /// `None` for `METHOD=NONE`.
    fn key(&mut self, line: usize, attributes: &Attributes<'_>) -> Option<Key> {
        let method = attributes.plain("METHOD").unwrap_or_default().to_owned();
        let uri = attributes.quoted("URI").map(str::to_owned);
        match method.as_str() {
            "" => self.fault(line, "the key has no METHOD (section 4.3.2.4)"),
            "NONE" => {
                if attributes.list.len() > 1 {
                    self.fault(line, "METHOD=NONE stands with other attributes (section 4.3.2.4)");
                }
                return None;
            }
            "AES-128" | "SAMPLE-AES" | "SAMPLE-AES-CTR" => (),
            other => self.fault(line, format!("METHOD={other} is unknown (section 4.3.2.4)")),
        }
        if uri.is_none() {
            self.fault(line, "the key has no URI (section 4.3.2.4)");
        }
        let key_format = attributes.quoted("KEYFORMAT").unwrap_or("identity").to_owned();
        if method == "SAMPLE-AES-CTR" && attributes.plain("IV").is_some() {
            self.fault(line, "SAMPLE-AES-CTR has an IV (bis section 4.4.4.4)");
        }
        Some(Key { method, uri, key_format, line })
    }

    fn media(mut self, text: &str) -> Playlist {
        let mut playlist = Media::default();
        let mut state = MediaState::default();
        for (line, text) in lines(text) {
            if playlist.segments.len() >= limits::LISTED_SEGMENTS {
                self.fault(line, format!("more than {} segments are listed", limits::LISTED_SEGMENTS));
                break;
            }
            if playlist.is_ended && !text.starts_with('#') {
                self.fault(line, "a segment stands behind EXT-X-ENDLIST");
            }
            let (tag, value) = text.split_once(':').unwrap_or((text, ""));
            match tag {
                "#EXTINF" => state.duration = Some((self.extinf(line, value), line)),
                "#EXT-X-TARGETDURATION" => {
                    let seconds = value.parse().ok();
                    if seconds.is_none() || playlist.target_duration.is_some() {
                        self.fault(line, "EXT-X-TARGETDURATION is no whole number, or stands twice");
                    }
                    playlist.target_duration = playlist.target_duration.or(seconds);
                }
                "#EXT-X-BYTERANGE" => state.range = self.byte_range(line, value),
                "#EXT-X-MAP" => {
                    let attributes = self.attributes(line, value);
                    let map = self.map(line, &attributes);
                    playlist.maps.extend(map);
                    state.map = playlist.maps.len().checked_sub(1);
                }
                "#EXT-X-KEY" => {
                    let attributes = self.attributes(line, value);
                    let key = self.key(line, &attributes);
                    state.take_key(key, &mut playlist.key_sets);
                }
                "#EXT-X-DISCONTINUITY" => state.discontinuity = true,
                "#EXT-X-IMAGES-ONLY" => playlist.is_images = true,
                "#EXT-X-ENDLIST" => playlist.is_ended = true,
                "#EXT-X-MEDIA" | "#EXT-X-I-FRAME-STREAM-INF" | "#EXT-X-SESSION-KEY" => {
                    self.fault(line, "a tag of multivariant playlists stands in a media playlist (section 4.3.4)");
                }
                _ if !text.starts_with('#') => self.segment(line, text, &mut state, &mut playlist),
                _ => (),
            }
        }
        if playlist.target_duration.is_none() {
            self.fault(1, "the playlist has no EXT-X-TARGETDURATION (section 4.3.3.1)");
        }
        playlist.faults = self.faults;
        Playlist::Media(playlist)
    }

    fn segment(&mut self, line: usize, uri: &str, state: &mut MediaState, playlist: &mut Media) {
        let Some((duration, tag_line)) = state.duration.take() else {
            return self.fault(line, "a segment has no EXTINF (section 4.3.2.1)");
        };
        let Some(path) = self.resolved(line, uri) else { return };
        let range = state.range.take().map(|(length, offset)| {
            // Without an offset the range follows the one before, of the same file.
            let before = playlist.segments.last().filter(|last| last.place.path == path);
            let follows =
                before.and_then(|last| last.place.range).map(|(offset, length)| offset.saturating_add(length));
            if offset.is_none() && follows.is_none() {
                self.fault(line, "EXT-X-BYTERANGE has no offset, and no range of the same file stands before it");
            }
            (offset.or(follows).unwrap_or(0), length)
        });
        playlist.segments.push(Segment {
            place: Place { path, range },
            start: Some(state.time),
            duration: Some(duration),
            line: Some(tag_line),
            keys: state.keys,
            discontinuity: std::mem::take(&mut state.discontinuity),
        });
        playlist.segment_maps.push(state.map);
        state.time = state.time.saturating_add(duration);
        state.keys_in_use = true;
    }

    /// Microseconds.
    fn extinf(&mut self, line: usize, value: &str) -> u64 {
        let Some((seconds, _title)) = value.split_once(',') else {
            self.fault(line, "EXTINF has no comma behind its duration (section 4.3.2.1)");
            return microseconds(value).unwrap_or(0);
        };
        microseconds(seconds).unwrap_or_else(|| {
            self.fault(line, format!("{seconds:?} is no duration (section 4.3.2.1)"));
            0
        })
    }

    fn byte_range(&mut self, line: usize, value: &str) -> Option<(u64, Option<u64>)> {
        let read = byte_range(value);
        if read.is_none() {
            self.fault(line, format!("{value:?} is no range of bytes (section 4.3.2.2)"));
        }
        read
    }

    fn map(&mut self, line: usize, attributes: &Attributes<'_>) -> Option<Place> {
        let Some(uri) = attributes.quoted("URI") else {
            self.fault(line, "EXT-X-MAP has no URI (section 4.3.2.5)");
            return None;
        };
        let path = self.resolved(line, uri)?;
        let range = attributes.quoted("BYTERANGE").and_then(|value| self.byte_range(line, value));
        Some(Place { path, range: range.map(|(length, offset)| (offset.unwrap_or(0), length)) })
    }

    /// An attribute list (section 4.2).
    fn attributes<'a>(&mut self, line: usize, list: &'a str) -> Attributes<'a> {
        let mut found: Vec<(&str, &str, bool)> = Vec::new();
        let mut rest = list;
        while !rest.is_empty() {
            let Some((name, behind)) = rest.split_once('=') else {
                self.fault(line, format!("{rest:?} is no attribute (section 4.2)"));
                break;
            };
            let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || !name.chars().all(is_name) {
                self.fault(line, format!("{name:?} is no attribute's name (section 4.2)"));
            }
            if found.iter().any(|(known, _, _)| *known == name) {
                self.fault(line, format!("the attribute {name} stands twice (section 4.2)"));
            }
            let (value, is_quoted, next) = match behind.strip_prefix('"') {
                Some(quoted) => match quoted.split_once('"') {
                    Some((value, next)) => (value, true, next),
                    None => {
                        self.fault(line, format!("the value of {name} has no closing quote (section 4.2)"));
                        (quoted, true, "")
                    }
                },
                None => {
                    let end = behind.find(',').unwrap_or(behind.len());
                    (&behind[..end], false, &behind[end..])
                }
            };
            found.push((name, value, is_quoted));
            rest = match next.strip_prefix(',') {
                Some(next) => next,
                None if next.is_empty() => next,
                None => {
                    self.fault(line, format!("something follows the value of {name} (section 4.2)"));
                    ""
                }
            };
        }
        Attributes { list: found }
    }
}

/// What tags say of the segments that follow.
#[derive(Default)]
struct MediaState {
    duration: Option<(u64, usize)>,
    range: Option<(u64, Option<u64>)>,
    map: Option<usize>,
    keys: Option<usize>,
    /// Whether a segment followed the keys in force: a key of the same format then replaces one.
    keys_in_use: bool,
    discontinuity: bool,
    time: u64,
}

impl MediaState {
    fn take_key(&mut self, key: Option<Key>, key_sets: &mut Vec<Vec<Key>>) {
        let Some(key) = key else {
            self.keys = None;
            self.keys_in_use = false;
            return;
        };
        match self.keys.and_then(|index| key_sets.get_mut(index)).filter(|_| !self.keys_in_use) {
            Some(set) => set.push(key),
            None => {
                // A key of another format stays in force (section 4.3.2.4).
                let mut set = self.keys.and_then(|index| key_sets.get(index)).cloned().unwrap_or_default();
                set.retain(|known| known.key_format != key.key_format);
                set.push(key);
                key_sets.push(set);
                self.keys = Some(key_sets.len() - 1);
                self.keys_in_use = false;
            }
        }
    }
}

struct Attributes<'a> {
    /// Name, value, and whether it is quoted.
    list: Vec<(&'a str, &'a str, bool)>,
}

impl<'a> Attributes<'a> {
    fn find(&self, name: &str, wanted: bool) -> Option<&'a str> {
        self.list.iter().find(|(known, _, quoted)| *known == name && *quoted == wanted).map(|(_, value, _)| *value)
    }

    fn quoted(&self, name: &str) -> Option<&'a str> {
        self.find(name, true)
    }

    fn plain(&self, name: &str) -> Option<&'a str> {
        self.find(name, false)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.plain(name)?.parse().ok()
    }
}

/// The lines that say something, with their numbers from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

/// A decimal number of seconds in microseconds, rounded down.
fn microseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().any(|byte| !byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(digits.parse().ok()?)
}

/// `length[@offset]`.
fn byte_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (length, offset) = text.split_once('@').map_or((text, None), |(length, offset)| (length, Some(offset)));
    Some((length.parse().ok()?, offset.map(str::parse).transpose().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(text: &str) -> Media {
        match read("hls/video/media.m3u8", text.as_bytes()) {
            Playlist::Media(media) => media,
            Playlist::Multivariant(_) => panic!("a media playlist"),
        }
    }

    #[test]
    fn segments_have_ranges_keys_and_an_init_segment() {
        let media = media(
            "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"965@0\"\n#EXTINF:2.020,\n\
             #EXT-X-BYTERANGE:100@965\na.mp4\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k,1\",KEYFORMAT=\"identity\"\n\
             #EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://1\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\n\
             #EXTINF:1.5,title\n#EXT-X-BYTERANGE:50\na.mp4\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k2\"\n#EXTINF:1,\n\
             #EXT-X-BYTERANGE:5\na.mp4\n#EXT-X-ENDLIST\n",
        );
        assert_eq!(media.faults, []);
        assert_eq!(media.maps, [Place { path: "hls/video/a.mp4".into(), range: Some((0, 965)) }]);
        let ranges: Vec<_> = media.segments.iter().map(|segment| segment.place.range.unwrap()).collect();
        assert_eq!(ranges, [(965, 100), (1065, 50), (1115, 5)]);
        assert_eq!(media.segments[2].start, Some(3_520_000));
        assert_eq!(media.segments.iter().map(|segment| segment.keys).collect::<Vec<_>>(), [None, Some(0), Some(1)]);
        assert_eq!(media.key_sets[0].len(), 2);
        assert_eq!(
            media.key_sets[1].iter().map(|key| key.uri.as_deref()).collect::<Vec<_>>(),
            [Some("skd://1"), Some("k2")]
        );
        assert!(media.is_ended);
    }

    #[test]
    fn breaches_are_named_with_their_lines() {
        let media = media("#EXTM3U \n#EXTINF:2\n1.m4s\n2.m4s\n#EXT-X-KEY:METHOD=FOO,URI=k,X\n#EXT-X-BYTERANGE:a\n");
        let lines: Vec<_> = media.faults.iter().map(|fault| fault.line.unwrap()).collect();
        // No EXTM3U, no comma, no EXTINF, X, METHOD, URI, range, target duration.
        assert_eq!(lines, [1, 2, 4, 5, 5, 5, 6, 1], "{:?}", media.faults);
    }

    #[test]
    fn a_multivariant_playlist_has_variants_and_renditions() {
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",URI=\"audio/media.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=548457,AVERAGE-BANDWIDTH=5,CODECS=\"avc1.640028,mp4a.40.2\",RESOLUTION=1920x1080,AUDIO=\"a\"\nvideo/media.m3u8\n";
        let Playlist::Multivariant(playlist) = read("hls/master.m3u8", text.as_bytes()) else { panic!() };
        assert_eq!(playlist.faults, []);
        assert_eq!(playlist.renditions[0].path.as_deref(), Some("hls/audio/media.m3u8"));
        let variant = &playlist.variants[0];
        assert_eq!((variant.bandwidth, variant.resolution), (Some(548_457), Some((1920, 1080))));
        assert_eq!(variant.path.as_deref(), Some("hls/video/media.m3u8"));
    }
}
