//! `Tracks` (RFC 9559 section 5.1.4) and what its entries mean.

use super::ebml::{Elements, damaged, float, string, uint};
use crate::bytes::Writer;
use crate::codec::Colour;
use crate::demux::about::{self, About};
use crate::demux::entries::Picture;
use crate::demux::{Kind, Role};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::mp4::put;

/// A `TrackEntry`.
#[derive(Debug, Clone, Default)]
pub(super) struct TrackEntry {
    /// Where it stands.
    pub(super) offset: u64,
    pub(super) number: u64,
    pub(super) kind: u64,
    pub(super) codec: String,
    pub(super) private: Vec<u8>,
    /// BCP 47, or ISO 639-2; `None` where the entry says that it isn't known.
    pub(super) language: Option<String>,
    name: String,
    flags: Flags,
    /// The duration of a frame in nanoseconds; 0 where it isn't stated.
    pub(super) default_duration: u64,
    /// In nanoseconds: what is decoded first and not to be heard.
    pub(super) codec_delay: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    display: (u64, u64),
    display_unit: u64,
    colour: ColourElement,
    dolby_vision: Option<([u8; 4], Vec<u8>)>,
    pub(super) sampling_rate: f64,
    pub(super) output_sampling_rate: f64,
    pub(super) channels: u64,
    /// Bits of a sample of sound; 0 where the entry doesn't say.
    pub(super) bits: u64,
    /// The bytes that each frame begins with and the file has once.
    pub(super) prefix: Vec<u8>,
    /// Why the track can't be read.
    pub(super) refused: Option<Message>,
}

/// `FlagForced` and those of RFC 9559 sections 5.1.4.1.6 to 5.1.4.1.11.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    forced: bool,
    hearing_impaired: bool,
    visual_impaired: bool,
    text_descriptions: bool,
    commentary: bool,
    /// Whether it is in the original language; `None` where the entry doesn't say.
    original: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default)]
struct ColourElement {
    is_there: bool,
    matrix: u64,
    range: u64,
    transfer: u64,
    primaries: u64,
}

pub(super) const VIDEO: u64 = 1;
pub(super) const AUDIO: u64 = 2;
pub(super) const SUBTITLE: u64 = 17;

/// Reads the content of `Tracks`, which stands at `offset`.
pub(super) fn read(content: &[u8], offset: u64) -> Result<Vec<TrackEntry>> {
    const TRACK_ENTRY: u32 = 0xae;
    let mut tracks = Vec::new();
    for element in Elements::new(content, offset) {
        let (id, at, content) = element?;
        if id != TRACK_ENTRY {
            continue;
        }
        if tracks.len() == limits::TRACKS {
            return Err(Error::new(
                Code::LimitExceeded,
                message!("the file has more than {most} tracks", most = limits::TRACKS),
            )
            .at(at));
        }
        tracks.push(TrackEntry::read(content, at)?);
    }
    Ok(tracks)
}

impl TrackEntry {
    /// Whether it is video or sound.
    pub(super) fn is_media(&self) -> bool {
        matches!(self.kind, VIDEO | AUDIO)
    }

    fn read(content: &[u8], offset: u64) -> Result<Self> {
        // The defaults of the standard: English, 8 kHz, one channel.
        let mut track = Self { offset, sampling_rate: 8000.0, channels: 1, ..Self::default() };
        let (mut language, mut tag) = ("eng".to_owned(), None);
        for element in Elements::new(content, offset) {
            let (id, at, content) = element?;
            match id {
                0xd7 => track.number = uint(content, at)?,
                0x83 => track.kind = uint(content, at)?,
                0x86 => track.codec = string(content),
                0x63a2 => track.private = content.to_vec(),
                0x22_b59c => language = string(content),
                0x22_b59d => tag = Some(string(content)),
                0x536e => track.name = string(content),
                0x55aa => track.flags.forced = uint(content, at)? != 0,
                0x55ab => track.flags.hearing_impaired = uint(content, at)? != 0,
                0x55ac => track.flags.visual_impaired = uint(content, at)? != 0,
                0x55ad => track.flags.text_descriptions = uint(content, at)? != 0,
                0x55ae => track.flags.original = Some(uint(content, at)? != 0),
                0x55af => track.flags.commentary = uint(content, at)? != 0,
                0x23_e383 => track.default_duration = uint(content, at)?,
                0x56aa => track.codec_delay = uint(content, at)?,
                0xe0 => track.read_video(content, at)?,
                0xe1 => track.read_audio(content, at)?,
                0x6d80 => track.read_encodings(content, at)?,
                0x41e4 => track.read_addition(content, at)?,
                _ => (),
            }
        }
        if track.number == 0 {
            return Err(damaged(message!("a track has no number"), offset));
        }
        let language = tag.unwrap_or(language);
        let is_tag = !language.is_empty() && language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        track.language = Some(language).filter(|language| is_tag && language != "und");
        Ok(track)
    }

    fn read_video(&mut self, content: &[u8], offset: u64) -> Result<()> {
        for element in Elements::new(content, offset) {
            let (id, at, content) = element?;
            match id {
                0xb0 => self.width = uint(content, at)?,
                0xba => self.height = uint(content, at)?,
                0x54b0 => self.display.0 = uint(content, at)?,
                0x54ba => self.display.1 = uint(content, at)?,
                0x54b2 => self.display_unit = uint(content, at)?,
                0x55b0 => self.read_colour(content, at)?,
                _ => (),
            }
        }
        Ok(())
    }

    fn read_colour(&mut self, content: &[u8], offset: u64) -> Result<()> {
        let unspecified = u64::from(Colour::UNSPECIFIED);
        let mut colour = ColourElement {
            is_there: false,
            matrix: unspecified,
            range: 0,
            transfer: unspecified,
            primaries: unspecified,
        };
        for element in Elements::new(content, offset) {
            let (id, at, content) = element?;
            let field = match id {
                0x55b1 => &mut colour.matrix,
                0x55b9 => &mut colour.range,
                0x55ba => &mut colour.transfer,
                0x55bb => &mut colour.primaries,
                _ => continue,
            };
            *field = uint(content, at)?;
            colour.is_there = true;
        }
        self.colour = colour;
        Ok(())
    }

    fn read_audio(&mut self, content: &[u8], offset: u64) -> Result<()> {
        for element in Elements::new(content, offset) {
            let (id, at, content) = element?;
            match id {
                0xb5 => self.sampling_rate = float(content, at)?,
                0x78b5 => self.output_sampling_rate = float(content, at)?,
                0x9f => self.channels = uint(content, at)?,
                0x6264 => self.bits = uint(content, at)?,
                _ => (),
            }
        }
        Ok(())
    }

    /// `ContentEncodings`: header stripping is undone, anything else can't be read.
    fn read_encodings(&mut self, content: &[u8], offset: u64) -> Result<()> {
        const CONTENT_ENCODING: u32 = 0x6240;
        for encoding in Elements::new(content, offset) {
            let (id, at, content) = encoding?;
            if id != CONTENT_ENCODING {
                continue;
            }
            let (mut kind, mut scope, mut algorithm, mut settings) = (0, 1, 0, Vec::new());
            for element in Elements::new(content, at) {
                let (id, at, content) = element?;
                match id {
                    0x5032 => scope = uint(content, at)?,
                    0x5033 => kind = uint(content, at)?,
                    0x5034 => {
                        for element in Elements::new(content, at) {
                            let (id, at, content) = element?;
                            match id {
                                0x4254 => algorithm = uint(content, at)?,
                                0x4255 => settings = content.to_vec(),
                                _ => (),
                            }
                        }
                    }
                    _ => (),
                }
            }
            /// Headers that all frames share are a few bytes; longer ones could fill memory from a small file.
            const LONGEST: usize = 64;
            const FRAMES: u64 = 1;
            const ENCRYPTION: u64 = 1;
            const HEADER_STRIPPING: u64 = 3;
            match (kind, algorithm) {
                (ENCRYPTION, _) => self.refused = Some(message!("it is encrypted")),
                (0, HEADER_STRIPPING) if scope == FRAMES && self.prefix.is_empty() && settings.len() <= LONGEST => {
                    self.prefix = settings;
                }
                _ => self.refused = Some(message!("it is compressed a second time (zlib or similar)")),
            }
        }
        Ok(())
    }

    /// `BlockAdditionMapping`: Dolby Vision's record (section 5.1.4.1.17 and its registry).
    fn read_addition(&mut self, content: &[u8], offset: u64) -> Result<()> {
        let (mut kind, mut data) = (0, Vec::new());
        for element in Elements::new(content, offset) {
            let (id, at, content) = element?;
            match id {
                0x41e7 => kind = uint(content, at)?,
                0x41ed => data = content.to_vec(),
                _ => (),
            }
        }
        let name = u32::try_from(kind).unwrap_or(0).to_be_bytes();
        if matches!(&name, b"dvcC" | b"dvvC") {
            self.dolby_vision = Some((name, data));
        }
        Ok(())
    }

    /// The name and what the flags say.
    pub(super) fn about(&self, kind: Kind) -> About {
        let flags = self.flags;
        let mut about = About { label: about::label(&self.name), ..About::default() };
        let for_the_deaf = if kind == Kind::Text { Role::Caption } else { Role::EnhancedAudioIntelligibility };
        let roles = [
            (flags.forced && kind == Kind::Text, Role::ForcedSubtitle),
            (flags.hearing_impaired && kind != Kind::Video, for_the_deaf),
            (flags.visual_impaired || flags.text_descriptions, Role::Description),
            (flags.commentary, Role::Commentary),
            (flags.original == Some(false) && kind == Kind::Audio, Role::Dub),
        ];
        roles.into_iter().filter(|(is_set, _)| *is_set).for_each(|(_, role)| about.add(role));
        about
    }

    /// The colour, where the entry says of it.
    pub(super) fn colour(&self) -> Option<Colour> {
        const FULL: u64 = 2;
        let point = |value: u64| u8::try_from(value).unwrap_or(Colour::UNSPECIFIED);
        let ColourElement { is_there, matrix, range, transfer, primaries } = self.colour;
        is_there.then(|| Colour {
            primaries: point(primaries),
            transfer: point(transfer),
            matrix: point(matrix),
            full_range: range == FULL,
        })
    }

    /// How large the pictures are shown, in pixels: `DisplayWidth` and `DisplayHeight` where they have an aspect
    /// ratio, the coded height kept.
    pub(super) fn shown(&self) -> (u32, u32) {
        let side = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        match self.sample_aspect_ratio() {
            Some((across, down)) => (side(self.width * u64::from(across) / u64::from(down)), side(self.height)),
            None => (side(self.width), side(self.height)),
        }
    }

    /// Width over height of a sample, where they differ.
    fn sample_aspect_ratio(&self) -> Option<(u32, u32)> {
        // Pixels or an aspect ratio; centimetres and inches have the same ratio (table 11).
        const UNKNOWN: u64 = 4;
        let side = |value: u64| Some(value).filter(|value| (1..=0xffff).contains(value));
        let ((across, down), (width, height)) = (self.display, (side(self.width)?, side(self.height)?));
        if self.display_unit >= UNKNOWN || side(across).is_none() || side(down).is_none() {
            return None;
        }
        let (mut a, mut b) = (across * height, down * width);
        let (across, down) = (a, b);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let ratio = (u32::try_from(across / a).ok()?, u32::try_from(down / a).ok()?);
        (ratio.0 != ratio.1).then_some(ratio)
    }

    /// What goes into the sample entry beside the codec's configuration.
    pub(super) fn picture(&self) -> Picture {
        let mut out = Writer::new();
        if let Some((across, down)) = self.sample_aspect_ratio() {
            put(&mut out, b"pasp", |out| {
                out.u32(across).u32(down);
            });
        }
        if let Some(colour) = self.colour() {
            put(&mut out, b"colr", |out| {
                let [primaries, transfer, matrix] = [colour.primaries, colour.transfer, colour.matrix].map(u16::from);
                out.bytes(b"nclx").u16(primaries).u16(transfer).u16(matrix).u8(u8::from(colour.full_range) << 7);
            });
        }
        if let Some((name, data)) = &self.dolby_vision {
            put(&mut out, name, |out| {
                out.bytes(data);
            });
        }
        let side = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        Picture { width: side(self.width), height: side(self.height), boxes: out.into_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// An element with a size of one byte.
    fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
        [id, &[0x80 | u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn entry(children: &[Vec<u8>]) -> Result<TrackEntry> {
        let number = element(&[0xd7], &[1]);
        TrackEntry::read(&[&number, &children.concat()[..]].concat(), 0)
    }

    #[test]
    fn the_language_is_english_unless_it_says_otherwise() {
        let language = |children: &[Vec<u8>]| entry(children).unwrap().language;
        let three = element(&hex!("22b59c"), b"ger");
        assert_eq!(language(&[]).as_deref(), Some("eng"));
        assert_eq!(language(std::slice::from_ref(&three)).as_deref(), Some("ger"));
        assert_eq!(language(&[element(&hex!("22b59d"), b"de-AT"), three]).as_deref(), Some("de-AT"));
        assert_eq!(language(&[element(&hex!("22b59c"), b"und")]), None);
    }

    #[test]
    fn flags_are_roles_and_the_name_a_label() {
        let about = |children: &[Vec<u8>], kind| entry(children).unwrap().about(kind);
        let forced = [element(&hex!("55aa"), &[1]), element(&hex!("536e"), "Für Schilder".as_bytes())];
        let text = about(&forced, Kind::Text);
        assert_eq!((text.label.as_deref(), text.is_forced), (Some("Für Schilder"), true));
        assert_eq!(text.roles, [Role::ForcedSubtitle]);
        let deaf = [element(&hex!("55ab"), &[1]), element(&hex!("55af"), &[1])];
        assert_eq!(about(&deaf, Kind::Text).roles, [Role::Commentary, Role::Caption]);
        assert_eq!(about(&deaf, Kind::Audio).roles, [Role::Commentary, Role::EnhancedAudioIntelligibility]);
        assert_eq!(about(&[element(&hex!("55ae"), &[0])], Kind::Audio).roles, [Role::Dub]);
        assert_eq!(about(&[element(&hex!("55ae"), &[1])], Kind::Audio), About::default());
        assert_eq!(about(&[], Kind::Audio), About::default());
    }

    #[test]
    fn colour_and_dolby_vision_become_boxes() {
        // BT.2020 and PQ in full range.
        let points = [
            element(&hex!("55b1"), &[9]),
            element(&hex!("55ba"), &[16]),
            element(&hex!("55bb"), &[9]),
            element(&hex!("55b9"), &[2]),
        ];
        let size = [element(&[0xb0], &[160]), element(&[0xba], &[90])];
        let video = element(&[0xe0], &[size.concat(), element(&hex!("55b0"), &points.concat())].concat());
        let mapping = [element(&hex!("41e7"), b"dvcC"), element(&hex!("41ed"), b"record")].concat();
        let track = entry(&[video, element(&hex!("41e4"), &mapping)]).unwrap();
        assert_eq!(track.colour(), Some(Colour { primaries: 9, transfer: 16, matrix: 9, full_range: true }));
        let picture = track.picture();
        assert_eq!((picture.width, picture.height), (160, 90));
        assert_eq!(picture.boxes, b"\0\0\0\x13colrnclx\0\x09\0\x10\0\x09\x80\0\0\0\x0edvcCrecord");
    }

    #[test]
    fn sizes_of_display_make_an_aspect_ratio() {
        let track = |display: (u64, u64), display_unit| TrackEntry {
            width: 720,
            height: 576,
            display,
            display_unit,
            ..TrackEntry::default()
        };
        assert_eq!(track((1024, 576), 0).sample_aspect_ratio(), Some((64, 45)));
        assert_eq!(track((16, 9), 3).sample_aspect_ratio(), Some((64, 45)));
        assert_eq!(track((16, 9), 3).shown(), (1024, 576));
        assert_eq!(track((720, 576), 0).sample_aspect_ratio(), None);
        assert_eq!(track((16, 9), 4).sample_aspect_ratio(), None);
        assert_eq!(track((u64::MAX, 9), 0).sample_aspect_ratio(), None);
    }

    #[test]
    fn stripped_headers_are_kept_and_other_encodings_refused() {
        let encodings = |fields: &[Vec<u8>]| element(&hex!("6d80"), &element(&hex!("6240"), &fields.concat()));
        let compression = |algorithm, settings: &[u8]| {
            let fields = [element(&hex!("4254"), &[algorithm]), element(&hex!("4255"), settings)];
            encodings(&[element(&hex!("5034"), &fields.concat())])
        };
        let stripped = entry(&[compression(3, &[0xff, 0xfb])]).unwrap();
        assert_eq!((stripped.prefix, stripped.refused), (vec![0xff, 0xfb], None));
        assert!(entry(&[compression(3, &[0; 65])]).unwrap().refused.is_some());
        assert!(entry(&[compression(0, &[])]).unwrap().refused.is_some_and(|reason| reason.text().contains("zlib")));
        let encrypted = entry(&[encodings(&[element(&hex!("5033"), &[1])])]).unwrap();
        assert!(encrypted.refused.is_some_and(|reason| reason.text().contains("encrypted")));
    }
}
