//! Playlists of HTTP Live Streaming: RFC 8216 and draft-pantos-hls-rfc8216bis (`bis`).
//!
//! What the standards say of playlists is checked elsewhere: here they are read as far as they can be understood.

use super::attributes::Attributes;
use super::{Fault, Place, Segment, resolve};
use crate::error::Message;
use crate::keys::KeyId;
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
    /// `EXT-X-I-FRAME-STREAM-INF`: its URI is the variant's.
    pub i_frames: Vec<Variant>,
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
    /// The keys in force where each of them is named, as an index of `key_sets`.
    pub map_keys: Vec<Option<usize>>,
    /// The number of the first segment (`EXT-X-MEDIA-SEQUENCE`).
    pub first_number: u64,
    /// The keys in force, an entry for each change.
    pub key_sets: Vec<Vec<Key>>,
    /// Whether the segments are images (`EXT-X-IMAGES-ONLY`).
    pub is_images: bool,
    /// Whether nothing will be added.
    pub is_ended: bool,
    /// Whether each entry is a key frame (`EXT-X-I-FRAMES-ONLY`).
    pub is_i_frames: bool,
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
    /// `IV`.
    pub iv: Option<[u8; 16]>,
    /// `KEYID`.
    pub key_id: Option<KeyId>,
    /// The line of the tag.
    pub line: usize,
}

/// Reads the playlist that stands at `path`.
pub fn read(path: &str, document: &[u8]) -> Playlist {
    let text = String::from_utf8_lossy(document);
    let has = |tags: &[&str]| text.lines().any(|line| tags.iter().any(|tag| line.starts_with(tag)));
    let reader = Reader { path, faults: Vec::new() };
    if has(&["#EXT-X-STREAM-INF:"]) || (has(&MULTIVARIANT_TAGS) && !has(&["#EXTINF:", "#EXT-X-TARGETDURATION:"])) {
        reader.multivariant(&text)
    } else {
        reader.media(&text)
    }
}

struct Reader<'a> {
    path: &'a str,
    faults: Vec<Fault>,
}

/// Tags by which a playlist without variants is a multivariant one.
const MULTIVARIANT_TAGS: [&str; 3] = ["#EXT-X-I-FRAME-STREAM-INF:", "#EXT-X-MEDIA:", "#EXT-X-SESSION-"];

impl Reader<'_> {
    fn fault(&mut self, line: usize, message: Message) {
        self.faults.push(Fault { line: Some(line), message });
    }

    fn resolved(&mut self, line: usize, uri: &str) -> Option<String> {
        let path = resolve(self.path, uri);
        if path.is_none() {
            self.fault(line, message!("{uri:?} leads out of the folder, so what is there is not checked", uri));
        }
        path
    }

    fn multivariant(mut self, text: &str) -> Playlist {
        let mut playlist = Multivariant::default();
        let mut variant: Option<Variant> = None;
        for (line, text) in lines(text) {
            if let Some(list) = text.strip_prefix("#EXT-X-STREAM-INF:") {
                variant = Some(read_variant(line, &Attributes::read(list)));
            } else if let Some(list) = text.strip_prefix("#EXT-X-I-FRAME-STREAM-INF:") {
                let attributes = Attributes::read(list);
                let path = attributes.quoted("URI").and_then(|uri| self.resolved(line, uri));
                playlist.i_frames.push(Variant { path, ..read_variant(line, &attributes) });
            } else if let Some(list) = text.strip_prefix("#EXT-X-MEDIA:") {
                let attributes = Attributes::read(list);
                let rendition = self.rendition(line, &attributes);
                playlist.renditions.push(rendition);
            } else if let Some(list) = text.strip_prefix("#EXT-X-SESSION-KEY:") {
                playlist.session_keys.extend(read_key(line, &Attributes::read(list)));
            } else if !text.starts_with('#')
                && let Some(variant) = variant.take()
            {
                playlist.variants.push(Variant { path: self.resolved(line, text), ..variant });
            }
        }
        playlist.faults = self.faults;
        Playlist::Multivariant(playlist)
    }

    fn rendition(&mut self, line: usize, attributes: &Attributes<'_>) -> Rendition {
        let uri = attributes.quoted("URI");
        Rendition {
            kind: attributes.plain("TYPE").unwrap_or_default().to_owned(),
            group: attributes.quoted("GROUP-ID").unwrap_or_default().to_owned(),
            path: uri.and_then(|uri| self.resolved(line, uri)),
            line,
        }
    }

    fn media(mut self, text: &str) -> Playlist {
        let mut playlist = Media::default();
        let mut state = MediaState::default();
        for (line, text) in lines(text) {
            if playlist.segments.len() >= limits::LISTED_SEGMENTS {
                self.fault(line, message!("more than {most} segments are listed", most = limits::LISTED_SEGMENTS));
                break;
            }
            let (tag, value) = text.split_once(':').unwrap_or((text, ""));
            match tag {
                "#EXTINF" => state.duration = Some((microseconds(value.split(',').next().unwrap_or("")), line)),
                "#EXT-X-TARGETDURATION" => playlist.target_duration = playlist.target_duration.or(value.parse().ok()),
                "#EXT-X-MEDIA-SEQUENCE" => playlist.first_number = value.trim().parse().unwrap_or(0),
                "#EXT-X-I-FRAMES-ONLY" => playlist.is_i_frames = true,
                "#EXT-X-BYTERANGE" => state.range = byte_range(value),
                "#EXT-X-MAP" => {
                    let attributes = Attributes::read(value);
                    let map = self.map(line, &attributes);
                    playlist.map_keys.extend(map.as_ref().map(|_| state.keys));
                    playlist.maps.extend(map);
                    state.map = playlist.maps.len().checked_sub(1);
                }
                "#EXT-X-KEY" => {
                    state.take_key(read_key(line, &Attributes::read(value)), &mut playlist.key_sets);
                }
                "#EXT-X-DISCONTINUITY" => state.discontinuity = true,
                "#EXT-X-IMAGES-ONLY" => playlist.is_images = true,
                "#EXT-X-ENDLIST" => playlist.is_ended = true,
                _ if !text.starts_with('#') => self.segment(line, text, &mut state, &mut playlist),
                _ => (),
            }
        }
        playlist.faults = self.faults;
        Playlist::Media(playlist)
    }

    fn segment(&mut self, line: usize, uri: &str, state: &mut MediaState, playlist: &mut Media) {
        let Some((duration, tag_line)) = state.duration.take() else { return };
        let duration = duration.unwrap_or(0);
        let Some(path) = self.resolved(line, uri) else { return };
        let range = state.range.take().map(|(length, offset)| {
            // Without an offset the range follows the one before, of the same file.
            let before = playlist.segments.last().filter(|last| last.place.path == path);
            let follows =
                before.and_then(|last| last.place.range).map(|(offset, length)| offset.saturating_add(length));
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

    fn map(&mut self, line: usize, attributes: &Attributes<'_>) -> Option<Place> {
        let path = self.resolved(line, attributes.quoted("URI")?)?;
        let range = attributes.quoted("BYTERANGE").and_then(byte_range);
        Some(Place { path, range: range.map(|(length, offset)| (offset.unwrap_or(0), length)) })
    }
}

/// A variant, but for its path.
fn read_variant(line: usize, attributes: &Attributes<'_>) -> Variant {
    let size = attributes.plain("RESOLUTION").and_then(|text| text.split_once('x'));
    Variant {
        path: None,
        bandwidth: attributes.number("BANDWIDTH"),
        average_bandwidth: attributes.number("AVERAGE-BANDWIDTH"),
        codecs: attributes.quoted("CODECS").map(str::to_owned),
        resolution: size.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?))),
        audio: attributes.quoted("AUDIO").map(str::to_owned),
        subtitles: attributes.quoted("SUBTITLES").map(str::to_owned),
        line,
    }
}

/// `None` for `METHOD=NONE`.
fn read_key(line: usize, attributes: &Attributes<'_>) -> Option<Key> {
    let method = attributes.plain("METHOD").unwrap_or_default().to_owned();
    let uri = attributes.quoted("URI").map(str::to_owned);
    let key_format = attributes.quoted("KEYFORMAT").unwrap_or("identity").to_owned();
    // A hexadecimal sequence may leave out zeros in front (RFC 8216 section 4.2).
    let sequence = |name| {
        let digits = attributes.plain(name)?.strip_prefix("0x").or(attributes.plain(name)?.strip_prefix("0X"))?;
        Some(u128::from_str_radix(digits, 16).ok()?.to_be_bytes())
    };
    let (iv, key_id) = (sequence("IV"), sequence("KEYID").map(KeyId));
    (method != "NONE").then_some(Key { method, uri, key_format, iv, key_id, line })
}

/// What tags say of the segments that follow.
#[derive(Default)]
struct MediaState {
    /// The value of `EXTINF` in microseconds, and its line.
    duration: Option<(Option<u64>, usize)>,
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

/// The lines that say something, with their numbers from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

/// A decimal number of seconds in microseconds, rounded down.
pub(crate) fn microseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().any(|byte| !byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(digits.parse().ok()?)
}

/// `length[@offset]`.
pub(crate) fn byte_range(text: &str) -> Option<(u64, Option<u64>)> {
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
    fn a_multivariant_playlist_has_variants_and_renditions() {
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",URI=\"audio/media.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=548457,AVERAGE-BANDWIDTH=5,CODECS=\"avc1.640028,mp4a.40.2\",RESOLUTION=1920x1080,AUDIO=\"a\"\nvideo/media.m3u8\n\
             #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=7,URI=\"video/i.m3u8\"\n";
        let Playlist::Multivariant(playlist) = read("hls/master.m3u8", text.as_bytes()) else { panic!() };
        assert_eq!(playlist.faults, []);
        assert_eq!(playlist.renditions[0].path.as_deref(), Some("hls/audio/media.m3u8"));
        assert_eq!(playlist.i_frames[0].path.as_deref(), Some("hls/video/i.m3u8"));
        let variant = &playlist.variants[0];
        assert_eq!((variant.bandwidth, variant.resolution), (Some(548_457), Some((1920, 1080))));
        assert_eq!(variant.path.as_deref(), Some("hls/video/media.m3u8"));
    }
}
