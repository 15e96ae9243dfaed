//! What each DRM system says of itself, and how the list of them is made.
//!
//! A system has a file. In it stand an [`About`], which says what the rest of the core and the faces have to know of
//! it, and its `Settings`: what it may be told, declared as all options are, which makes its signal ([`DrmSystem`]).

use super::{Content, GivenPssh, Namespace, SystemSignal};
use crate::cenc::Scheme;
use crate::error::Result;
use crate::keys::KeyId;

/// What a system's file says of it.
#[derive(Debug)]
pub struct About {
    /// What people call it.
    pub title: &'static str,
    /// The ids that its `pssh` boxes are found with, as the registry of DASH-IF has them
    /// (<https://dashif.org/identifiers/content_protection/>); the first is the one that is written.
    pub ids: &'static [[u8; 16]],
    /// The schemes that it decrypts.
    pub schemes: &'static [Scheme],
    /// The `KEYFORMAT` of its keys in playlists; `None` for a system that no playlist names.
    pub key_format: Option<&'static str>,
    /// Whether a playlist has to say no more than a URI, so that one from a key server is a whole key.
    pub takes_key_uri: bool,
    /// Whether what key servers send for manifests of Smooth Streaming is its data, so that it serves where they send
    /// nothing else (SPEKE 1).
    pub has_data_in_smooth_header: bool,
    /// Elements of its own in an MPD.
    pub namespace: Option<&'static Namespace>,
    /// The form of its data, where it can be told from other data and read.
    pub data: Option<DataForm>,
    /// Whether its data can't be made here, so that it must be given.
    pub needs_data: bool,
    /// What a key server is asked for.
    pub asked: &'static [Asked],
}

impl About {
    /// A system that decrypts every scheme, and of which nothing else is known.
    pub const fn new(title: &'static str, ids: &'static [[u8; 16]]) -> Self {
        Self {
            title,
            ids,
            schemes: &Scheme::ALL,
            key_format: None,
            takes_key_uri: false,
            has_data_in_smooth_header: false,
            namespace: None,
            data: None,
            needs_data: false,
            asked: &[],
        }
    }

    /// The id that is written.
    pub const fn id(&self) -> [u8; 16] {
        self.ids[0]
    }
}

/// How a system's data is known and read.
#[derive(Debug, Clone, Copy)]
pub struct DataForm {
    /// Whether these bytes are such data.
    pub is: fn(&[u8]) -> bool,
    /// The key ids in it; none where it holds none or can't be read.
    pub key_ids: fn(&[u8]) -> Vec<KeyId>,
}

/// Something that a key server is asked to say of a system (`DRMSystem` in CPIX).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The `pssh` box.
    Pssh,
    /// The elements of the descriptor in an MPD.
    ContentProtection,
    /// The URI of the key in playlists, and its format. Only SPEKE 1 has it.
    KeyUri,
    /// The lines of playlists. SPEKE 1 doesn't have them.
    Playlists,
    /// The header in a manifest of Smooth Streaming.
    SmoothHeader,
}

/// A system's settings, which make its signal.
pub trait DrmSystem {
    /// Data of the settings' own, to be used in place of what would be made.
    fn pssh(&self) -> &[GivenPssh] {
        &[]
    }

    /// What its clients are told of these keys. `given` is data of this system, which wins over what would be made;
    /// `content_id` is the content's name at the license service.
    fn signal(&self, content_id: Option<&str>, given: &[&GivenPssh], content: &Content<'_>) -> Result<SystemSignal>;
}

/// Makes [`System`] and [`Options`](super::Options) of lines `Variant = "name" in module`, with what is said of the
/// system's settings in front.
macro_rules! systems {
    ($($(#[doc = $doc:literal])* $system:ident = $name:literal in $module:ident,)*) => {
        /// A DRM system that is known by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum System {
            $($(#[doc = $doc])* $system,)*
        }

        impl System {
            /// Every system, in the order in which manifests list them.
            pub const ALL: &[Self] = &[$(Self::$system),*];

            /// The name in lower case.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$system => $name,)*
                }
            }

            /// The option that chooses it.
            pub const fn option(self) -> &'static str {
                match self {
                    $(Self::$system => concat!("drm.", $name),)*
                }
            }

            /// What its file says of it.
            pub const fn about(self) -> &'static About {
                match self {
                    $(Self::$system => &$module::ABOUT,)*
                }
            }
        }

        options! {
            /// Which DRM systems are signalled, and how. A system that is named is chosen, be it with `{}`; systems of a
            /// given `pssh` are too. By default it is ClearKey.
            pub struct Options = "DrmOptions" {
                /// The content's name at the license service, in Widevine's and WisePlay's data and FairPlay's URI.
                pub content_id: Option<String> = "contentId", text().optional(), {
                    label: "Content id",
                    hint: "The content's name at the license service",
                };
                $(
                    $(#[doc = $doc])*
                    pub $module: Option<$module::Settings> = $name, object().optional(), { label: $module::ABOUT.title };
                )*
                /// Boxes that stand in front of all others, in this order. For their systems none is made. Of data that
                /// doesn't say which key it is for, `kid` does.
                pub pssh: Vec<Vec<GivenPssh>> = "pssh",
                    list(text_or(pssh_of_any(), object().then(PsshOfKey::boxes))), {
                        flag: "pssh [SYSTEM:]DATA",
                        help: "a pssh box, or a system's data, in hex or base64; stands first, and in place of what would be made. May be repeated",
                        group: "DRM",
                        label: "Given pssh boxes",
                        hint: "Boxes or data in hex or base64, in place of what would be made",
                    };
                /// What a key server says that clients are to be told of a key. It wins over what would be made.
                pub signals: Vec<ServerSignal> = "signals", list(object().then(Signal::read));
                /// Where boxes go; `both` by default. HLS playlists hold them in any case.
                pub placement: Placement = "psshPlacement", word().or(Given::Text("both")),
                    {
                        flag: "pssh-in PLACE",
                        help: "where pssh boxes go: moov, mpd or both",
                        group: "DRM",
                        label: "Where pssh boxes go",
                    };
            }
        }

        impl Options {
            /// Chooses a system with its defaults, unless it is chosen already.
            pub fn choose(&mut self, system: System) {
                match system {
                    $(System::$system => drop(self.$module.get_or_insert_default()),)*
                }
            }

            /// The settings of a system, if it is chosen.
            pub fn chosen(&self, system: System) -> Option<&dyn DrmSystem> {
                match system {
                    $(System::$system => self.$module.as_ref().map(|settings| settings as &dyn DrmSystem),)*
                }
            }

            /// The settings of a system, or its defaults.
            fn or_default(&self, system: System) -> Box<dyn DrmSystem> {
                match system {
                    $(System::$system => Box::new(self.$module.clone().unwrap_or_default()),)*
                }
            }
        }

        impl Default for Options {
            fn default() -> Self {
                options::defaults()
            }
        }

        $(
            impl Default for $module::Settings {
                fn default() -> Self {
                    options::defaults()
                }
            }
        )*
    };
}
pub(super) use systems;
