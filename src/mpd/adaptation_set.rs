//! Which tracks stand together in an Adaptation Set: those that a client may switch between.

use crate::codec::VideoRange;
use crate::codec::captions::Channel;
use crate::demux::{Role, long_language};
use crate::order;
use crate::presentation::{Caption, Media, Track};
use crate::time::gcd;

/// Tracks of the same content, language, codec family and protection, with the same segments.
#[derive(Debug)]
pub(super) struct AdaptationSet<'a> {
    /// Counted from 1.
    pub(super) id: u32,
    /// At least one track.
    pub(super) tracks: Vec<&'a Track>,
    /// Whether this is what plays if nobody chooses (role `main`), or an alternative to it.
    pub(super) is_main: bool,
    /// The ids of the sets that differ from this one in their keys only.
    pub(super) switches_to: Vec<u32>,
    /// The ids of the sets whose key frames this one has.
    pub(super) trick_of: Vec<u32>,
}

/// Arranges the tracks by the properties of clause 5.3.3.1, in the order of their first track.
///
/// A codec family to itself, since clients can't be expected to switch between codecs; one key to a
/// set, as DASH-IF IOP part 6 demands ("every representation in an adaptation set shall be protected
/// using the same content key").
pub(super) fn group(tracks: &[Track]) -> Vec<AdaptationSet<'_>> {
    let is_audio = |track: &&Track| matches!(track.media, Media::Audio { .. });
    let main_language = tracks.iter().find(is_audio).and_then(Track::language_tag);

    let mut sets: Vec<AdaptationSet> = Vec::new();
    for track in tracks {
        let home = sets.iter_mut().find(|set| {
            set.first().protection == track.protection
                && set.first().trick_of.is_some() == track.trick_of.is_some()
                && is_same_content(set.first(), track)
        });
        match home {
            Some(set) => set.tracks.push(track),
            None => sets.push(AdaptationSet {
                id: sets.last().map_or(1, |set| set.id + 1),
                tracks: vec![track],
                is_main: !is_audio(&track) || track.language_tag() == main_language,
                switches_to: Vec::new(),
                trick_of: Vec::new(),
            }),
        }
    }
    link_by_key(&mut sets);
    link_tricks(&mut sets);
    sets
}

fn link_tricks(sets: &mut [AdaptationSet]) {
    let homes: Vec<(u32, Vec<&str>)> =
        sets.iter().map(|set| (set.id, set.tracks.iter().map(|track| track.id.as_str()).collect())).collect();
    for set in sets {
        let mains: Vec<&str> =
            set.tracks.iter().filter_map(|track| track.trick_of.as_ref()).map(|trick| trick.of.as_str()).collect();
        let has_main = |(_, ids): &&(u32, Vec<&str>)| ids.iter().any(|id| mains.contains(id));
        set.trick_of = homes.iter().filter(has_main).map(|(id, _)| *id).collect();
    }
}

fn link_by_key(sets: &mut [AdaptationSet]) {
    let firsts: Vec<(u32, &Track)> = sets.iter().map(|set| (set.id, set.first())).collect();
    let default_kid =
        |track: &Track| track.protection.as_ref().map(|protection| (protection.method, protection.default_kid));
    for set in sets {
        let (own_id, own) = (set.id, set.first());
        let is_twin = |(id, other): &&(u32, &Track)| {
            *id != own_id
                && own.trick_of.is_some() == other.trick_of.is_some()
                && default_kid(own).zip(default_kid(other)).is_some_and(|(a, b)| a.0 == b.0 && a.1 != b.1)
                && is_same_content(own, other)
        };
        set.switches_to = firsts.iter().filter(is_twin).map(|(id, _)| *id).collect();
    }
}

fn is_same_content(a: &Track, b: &Track) -> bool {
    let is_alike = match (&a.media, &b.media) {
        (
            Media::Video { colour: colour_a, video_range: range_a, .. },
            Media::Video { colour: colour_b, video_range: range_b, .. },
        ) => {
            range_a == range_b
                && (colour_a == colour_b || *range_a == VideoRange::Sdr)
                && has_same_picture(&a.media, &b.media)
        }
        // Two texts of a language are two texts: forced ones and all, or for the hard of hearing.
        (Media::Text, Media::Text) => false,
        // A switch of the sampling rate or of the channels is heard: CMAF switching sets exclude it.
        (a, b) => a == b,
    };
    let is_said_alike = (&a.label, a.is_forced, &a.roles) == (&b.label, b.is_forced, &b.roles);
    is_alike
        && is_said_alike
        && codec_family(a) == codec_family(b)
        && a.language_tag() == b.language_tag()
        && is_aligned(a, b)
}

/// The sample entry's four characters, with which a codecs parameter starts (RFC 6381 section 3.3).
fn codec_family(track: &Track) -> Option<&str> {
    track.codecs.split('.').next()
}

/// Whether two pictures have the same shape, up to the rounding that a scaler does: 854 × 480 and
/// 1920 × 1080 belong together, while 4:3 and 16:9, or 16:9 and 1.85:1, are 4 % apart and more.
fn has_same_picture(a: &Media, b: &Media) -> bool {
    let (Some((width_a, height_a)), Some((width_b, height_b))) = (picture(a), picture(b)) else {
        return false;
    };
    let (left, right) = (u128::from(width_a) * u128::from(height_b), u128::from(width_b) * u128::from(height_a));
    left.abs_diff(right) * 50 <= left.max(right)
}

/// Whether segment n of one never overlaps segment n + 1 of the other, which is what
/// `segmentAlignment` promises: the same starts, up to a tick of the coarser timescale.
fn is_aligned(a: &Track, b: &Track) -> bool {
    let tick = u128::from(a.timescale.max(b.timescale));
    let is_close = |x: u64, y: u64| {
        (u128::from(x) * u128::from(b.timescale)).abs_diff(u128::from(y) * u128::from(a.timescale)) < tick
    };
    a.segments.len() == b.segments.len() && a.segments.iter().zip(&b.segments).all(|(a, b)| is_close(a.start, b.start))
}

/// Width and height of the picture in square pixels, on any scale.
fn picture(media: &Media) -> Option<(u64, u64)> {
    match *media {
        Media::Video { width, height, sample_aspect_ratio: (across, down), .. } => {
            Some((u64::from(width) * u64::from(across), u64::from(height) * u64::from(down)))
        }
        Media::Audio { .. } | Media::Text => None,
    }
}

impl<'a> AdaptationSet<'a> {
    /// The track that stands for what all have in common.
    pub(super) fn first(&self) -> &'a Track {
        self.tracks.first().expect("a set is made with its first track")
    }

    /// The values of the role scheme (clause 5.8.5.5): those that somebody gave, or what follows from the place in the
    /// presentation.
    pub(super) fn roles(&self) -> Vec<Role> {
        let track = self.first();
        let mut roles = track.roles.clone();
        if track.is_forced && !roles.contains(&Role::ForcedSubtitle) {
            roles.push(Role::ForcedSubtitle);
        }
        if roles.is_empty() {
            roles.push(match track.media {
                Media::Text => Role::Subtitle,
                _ if self.is_main => Role::Main,
                _ => Role::Alternate,
            });
        }
        roles
    }

    /// For whom it is, as the classification of TV-Anytime numbers it, which players look for (ETSI TS 103 285
    /// clauses 6.1.2 and 7.1.2): 1 for who doesn't see, 2 for who doesn't hear.
    pub(super) fn audio_purpose(&self) -> Option<&'static str> {
        let track = self.first();
        match track.media {
            Media::Audio { .. } if track.roles.contains(&Role::Description) => Some("1"),
            Media::Audio { .. } if track.roles.contains(&Role::EnhancedAudioIntelligibility) => Some("2"),
            Media::Text if track.roles.contains(&Role::Caption) => Some("2"),
            _ => None,
        }
    }

    /// The captions within its pictures: scheme and value of their descriptors (ANSI/SCTE 214-1, clause 7.2). A language
    /// that nobody says is `und`.
    pub(super) fn captions(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<&Caption> = match self.trick_of.is_empty() {
            true => self.tracks.iter().flat_map(|track| track.captions.all()).collect(),
            false => Vec::new(),
        };
        order::sort_by_key(&mut all, |caption| caption.channel);
        all.dedup_by_key(|caption| caption.channel);
        let of_cc: Vec<String> = all
            .iter()
            .filter_map(|caption| match caption.channel {
                Channel::Cc(_) => Some(format!("{}={}", caption.channel, three_letters(caption))),
                Channel::Service(_) => None,
            })
            .collect();
        let of_services: Vec<String> = all
            .iter()
            .filter_map(|caption| match caption.channel {
                Channel::Service(number) => Some(format!("{number}=lang:{}", three_letters(caption))),
                Channel::Cc(_) => None,
            })
            .collect();
        let schemes = [("urn:scte:dash:cc:cea-608:2015", of_cc), ("urn:scte:dash:cc:cea-708:2015", of_services)];
        let some = schemes.into_iter().filter(|(_, services)| !services.is_empty());
        some.map(|(scheme, services)| (scheme, services.join(";"))).collect()
    }

    /// `par` of the largest picture, the one least touched by rounding; and where a client has a
    /// choice the largest values that it will meet.
    pub(super) fn picture_attributes(&self) -> Vec<(&'static str, String)> {
        let (mut widest, mut highest, mut fastest) = (0, 0, None);
        let mut largest = (0, None);
        for track in &self.tracks {
            let Media::Video { width, height, frame_rate, .. } = track.media else {
                continue;
            };
            (widest, highest) = (width.max(widest), height.max(highest));
            fastest = faster(fastest, frame_rate);
            let area = u64::from(width) * u64::from(height);
            if area > largest.0 {
                largest = (area, picture(&track.media));
            }
        }
        let mut attributes = Vec::new();
        if let (_, Some((width, height))) = largest {
            let divisor = gcd(width, height);
            attributes.push(("par", format!("{}:{}", width / divisor, height / divisor)));
            if self.tracks.len() > 1 {
                attributes.extend([("maxWidth", widest.to_string()), ("maxHeight", highest.to_string())]);
                attributes.extend(fastest.map(|rate| ("maxFrameRate", frame_rate(rate))));
            }
        }
        attributes
    }
}

/// The language in the three letters of ISO 639-2/B that the descriptors have.
fn three_letters(caption: &Caption) -> String {
    /// Those that are others in ISO 639-2/T.
    const BIBLIOGRAPHIC: [(&str, &str); 20] = [
        ("bod", "tib"),
        ("ces", "cze"),
        ("cym", "wel"),
        ("deu", "ger"),
        ("ell", "gre"),
        ("eus", "baq"),
        ("fas", "per"),
        ("fra", "fre"),
        ("hye", "arm"),
        ("isl", "ice"),
        ("kat", "geo"),
        ("mkd", "mac"),
        ("mri", "mao"),
        ("msa", "may"),
        ("mya", "bur"),
        ("nld", "dut"),
        ("ron", "rum"),
        ("slk", "slo"),
        ("sqi", "alb"),
        ("zho", "chi"),
    ];
    let code = long_language(caption.language.as_deref());
    let other = BIBLIOGRAPHIC.iter().find(|(terminological, _)| *terminological == code);
    other.map_or(code, |(_, bibliographic)| (*bibliographic).to_owned())
}

/// The higher of two frame rates, as far as they are known.
fn faster(a: Option<(u32, u32)>, b: Option<(u32, u32)>) -> Option<(u32, u32)> {
    let (Some(x), Some(y)) = (a, b) else {
        return a.or(b);
    };
    let is_faster = u64::from(x.0) * u64::from(y.1) >= u64::from(y.0) * u64::from(x.1);
    Some(if is_faster { x } else { y })
}

/// Frames over seconds as a `FrameRateType`: `25` or `30000/1001`.
pub(super) fn frame_rate((frames, seconds): (u32, u32)) -> String {
    let divisor = gcd(u64::from(frames), u64::from(seconds));
    match (u64::from(frames) / divisor, u64::from(seconds) / divisor) {
        (frames, 1) => frames.to_string(),
        (frames, seconds) => format!("{frames}/{seconds}"),
    }
}
