//! What an input says about a track for people: its name, whether it is forced, and what it is for.

use crate::mp4::FourCc;

/// What a track is for: a value of the scheme `urn:mpeg:dash:role:2011` (ISO/IEC 23009-1:2022 clause 5.8.5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What is played where nobody chooses.
    Main,
    /// Another view or version of the main one.
    Alternate,
    /// An addition to the main one.
    Supplementary,
    /// Somebody talks about what is shown.
    Commentary,
    /// In another language than the original.
    Dub,
    /// Tells what is seen.
    Description,
    /// Text of speech and sounds, for who doesn't hear them.
    Caption,
    /// Text of speech, for who doesn't understand it.
    Subtitle,
    /// Text that is shown where no other text is chosen.
    ForcedSubtitle,
    /// Sign language.
    Sign,
    /// Sound whose speech is easier to understand.
    EnhancedAudioIntelligibility,
    /// Text that is easier to read.
    EasyReader,
    /// Text to sing to.
    Karaoke,
    /// A warning of danger.
    Emergency,
    /// Data for programs.
    Metadata,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Main,
        Self::Alternate,
        Self::Supplementary,
        Self::Commentary,
        Self::Dub,
        Self::Description,
        Self::Caption,
        Self::Subtitle,
        Self::ForcedSubtitle,
        Self::Sign,
        Self::EnhancedAudioIntelligibility,
        Self::EasyReader,
        Self::Karaoke,
        Self::Emergency,
        Self::Metadata,
    ];

    /// The scheme's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Alternate => "alternate",
            Self::Supplementary => "supplementary",
            Self::Commentary => "commentary",
            Self::Dub => "dub",
            Self::Description => "description",
            Self::Caption => "caption",
            Self::Subtitle => "subtitle",
            Self::ForcedSubtitle => "forced-subtitle",
            Self::Sign => "sign",
            Self::EnhancedAudioIntelligibility => "enhanced-audio-intelligibility",
            Self::EasyReader => "easyreader",
            Self::Karaoke => "karaoke",
            Self::Emergency => "emergency",
            Self::Metadata => "metadata",
        }
    }

    /// By the scheme's word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// By the kinds of HTML, which `kind` boxes name by the scheme `about:html-kind`.
    fn from_html_kind(kind: &str) -> &'static [Self] {
        match kind {
            "alternative" => &[Self::Alternate],
            "captions" => &[Self::Caption],
            "commentary" => &[Self::Commentary],
            "descriptions" => &[Self::Description],
            "main" => &[Self::Main],
            "main-desc" => &[Self::Main, Self::Description],
            "metadata" => &[Self::Metadata],
            "sign" => &[Self::Sign],
            "subtitles" => &[Self::Subtitle],
            "translation" => &[Self::Dub],
            _ => &[],
        }
    }
}

/// What is known about a track for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) label: Option<String>,
    pub(super) is_forced: bool,
    /// In the order of [`Role::ALL`], each once.
    pub(super) roles: Vec<Role>,
}

impl About {
    /// Adds a role, unless it is there.
    pub(super) fn add(&mut self, role: Role) {
        self.is_forced |= role == Role::ForcedSubtitle;
        if let Err(place) = self.roles.binary_search(&role) {
            self.roles.insert(place, role);
        }
    }

    /// Adds what a `kind` box says by its scheme and value.
    pub(super) fn add_kind(&mut self, scheme: &str, value: &str) {
        match scheme {
            "urn:mpeg:dash:role:2011" => Role::from_word(value).into_iter().for_each(|role| self.add(role)),
            "about:html-kind" => Role::from_html_kind(value).iter().for_each(|&role| self.add(role)),
            _ => (),
        }
    }

    /// Adds a media characteristic, as QuickTime's `tagc` and HLS name it.
    pub(super) fn add_characteristic(&mut self, name: &str) {
        match name {
            "public.main-program-content" => self.add(Role::Main),
            "public.accessibility.describes-video" => self.add(Role::Description),
            "public.accessibility.transcribes-spoken-dialog" | "public.accessibility.describes-music-and-sound" => {
                self.add(Role::Caption);
            }
            "public.easy-to-read" => self.add(Role::EasyReader),
            "public.subtitles.forced-only" => self.add(Role::ForcedSubtitle),
            "public.translation.dubbed" => self.add(Role::Dub),
            _ => (),
        }
    }
}

/// A name that an input gives a track: without what can't be shown, none if nothing is left.
pub(super) fn label(text: &str) -> Option<String> {
    /// The most characters: a menu has no room for more.
    const LONGEST: usize = 200;
    let shown: String = text.chars().filter(|c| !c.is_control() && *c != '\u{fffd}').take(LONGEST).collect();
    Some(shown.trim().to_owned()).filter(|label| !label.is_empty())
}

/// The name in `hdlr`, where a person gave it: most writers put their own or the handler's name there.
pub(super) fn handler_label(handler: FourCc, name: &[u8]) -> Option<String> {
    // QuickTime's string begins with its length.
    let name = match name {
        [length, text @ ..] if usize::from(*length) == text.len() && text.len() > 1 => text,
        text => text,
    };
    let text = name.split(|&byte| byte == 0).next().unwrap_or_default();
    let label = label(std::str::from_utf8(text).ok()?)?;
    const MADE_BY_WRITERS: [&str; 14] = [
        "handle",
        "hander",
        "iso media",
        "core media",
        "apple",
        "gpac",
        "bento4",
        "l-smash",
        "mainconcept",
        "telestream",
        "mp4 ",
        "mpeg",
        "shaka",
        "(c)",
    ];
    const GENERIC: [&str; 10] =
        ["video", "audio", "sound", "text", "subtitle", "subtitles", "vide", "soun", "subt", "sbtl"];
    let lower = label.to_ascii_lowercase();
    let is_made = MADE_BY_WRITERS.iter().any(|part| lower.contains(part))
        || GENERIC.contains(&lower.as_str())
        || lower.as_bytes() == handler.0;
    (!is_made).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_as_the_scheme_names_them() {
        for role in Role::ALL {
            assert_eq!(Role::from_word(role.as_str()), Some(role));
        }
        assert_eq!(Role::from_word("forced-subtitle"), Some(Role::ForcedSubtitle));
        assert_eq!(Role::from_word("other"), None);
        assert!(Role::ALL.is_sorted());
    }

    #[test]
    fn kinds_of_both_schemes_and_characteristics_are_roles() {
        let mut about = About::default();
        about.add_kind("about:html-kind", "main-desc");
        about.add_kind("urn:mpeg:dash:role:2011", "dub");
        about.add_kind("urn:mpeg:dash:role:2011", "dub");
        about.add_kind("urn:scte:dash:role", "caption");
        about.add_characteristic("public.easy-to-read");
        assert_eq!(about.roles, [Role::Main, Role::Dub, Role::Description, Role::EasyReader]);
        assert!(!about.is_forced);
        about.add_characteristic("public.subtitles.forced-only");
        assert!(about.is_forced);
    }

    #[test]
    fn a_label_is_what_can_be_shown() {
        assert_eq!(label(" Director\u{7}'s cut \n").as_deref(), Some("Director's cut"));
        assert_eq!(label("\0 \t"), None);
        assert_eq!(label(&"ä".repeat(500)).unwrap().chars().count(), 200);
    }

    #[test]
    fn only_a_persons_name_of_a_handler_is_a_label() {
        let of = |name: &[u8]| handler_label(FourCc(*b"soun"), name);
        for made in [
            &b"SoundHandler\0"[..],
            b"\x0cSoundHandler",
            b"Core Media Audio\0",
            b"ISO Media file produced by Google Inc.\0",
            b"GPAC ISO Audio Handler\0",
            b"\x10Apple Sound Media",
            b"Sound\0",
            b"soun\0",
            b"\0",
            b"",
            b"\xff\xfe\0",
        ] {
            assert_eq!(of(made), None, "{made:?}");
        }
        assert_eq!(of("Kommentar der Regie\0".as_bytes()).as_deref(), Some("Kommentar der Regie"));
        assert_eq!(of(b"\x07English").as_deref(), Some("English"));
    }
}
