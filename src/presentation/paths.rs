//! The names of a target's files: whoever writes one or reads one does it here.

use std::fmt;

use super::{Container, ImageType, PackedAudio, Thumbnails};
use crate::keys::{KeyId, parse_hex};

/// A file of a target. As text it is the path below the target's folder, which is also the path relative to the MPD and
/// to the multivariant playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File<'a> {
    /// The MPD.
    Mpd,
    /// The multivariant playlist.
    Multivariant,
    /// The 16 bytes of a key, for clients of HLS.
    Key(KeyId),
    /// A sheet of thumbnails, from 1.
    Sheet {
        /// The number.
        number: u64,
        /// The format.
        image: ImageType,
    },
    /// The init segment of a track that has a folder.
    Init {
        /// The track's id.
        track: &'a str,
    },
    /// A media segment of such a track.
    Segment {
        /// The track's id.
        track: &'a str,
        /// What it is named by, as [`Names`] says.
        name: u64,
        /// What it is.
        container: Container,
    },
    /// All of a track in one file.
    Whole {
        /// The track's id.
        track: &'a str,
        /// What it is.
        container: Container,
    },
    /// A track's media playlist.
    Playlist {
        /// The track's id.
        track: &'a str,
        /// Whether the track has a folder.
        in_folder: bool,
    },
    /// The playlist of a video track's key frames.
    KeyFrames {
        /// The track's id.
        track: &'a str,
        /// Whether the track has a folder.
        in_folder: bool,
    },
}

/// What the files of media segments are named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Their numbers, from 1.
    Numbers,
    /// Their starts in ticks.
    Starts,
}

impl Names {
    /// The name of the segment at `index` (from 0), which starts at `start` ticks.
    pub const fn of(self, index: usize, start: u64) -> u64 {
        match self {
            Self::Numbers => index as u64 + 1,
            Self::Starts => start,
        }
    }

    /// What stands for the name in a template: ISO/IEC 23009-1:2022 table 21.
    const fn identifier(self) -> &'static str {
        match self {
            Self::Numbers => "$Number$",
            Self::Starts => "$Time$",
        }
    }
}

const MPD: &str = "stream.mpd";
const MULTIVARIANT: &str = "master.m3u8";
const INIT: &str = "init.mp4";
const PLAYLIST: &str = "media.m3u8";
const KEY_FRAMES: &str = "i-frames.m3u8";

/// What stands for the track's id in a template.
const ID: &str = "$RepresentationID$";

impl fmt::Display for File<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Mpd => f.write_str(MPD),
            Self::Multivariant => f.write_str(MULTIVARIANT),
            Self::Key(kid) => write!(f, "{}.key", kid.to_hex()),
            Self::Sheet { number, image } => f.write_str(&numbered(Thumbnails::ID, number, image.extension())),
            Self::Init { track } => write!(f, "{track}/{INIT}"),
            Self::Segment { track, name, container } => f.write_str(&numbered(track, name, container.extension())),
            Self::Whole { track, container } => write!(f, "{track}.{}", container.single_extension()),
            Self::Playlist { track, in_folder: true } => write!(f, "{track}/{PLAYLIST}"),
            Self::Playlist { track, in_folder: false } => write!(f, "{track}.m3u8"),
            Self::KeyFrames { track, in_folder: true } => write!(f, "{track}/{KEY_FRAMES}"),
            Self::KeyFrames { track, in_folder: false } => write!(f, "{track}-{KEY_FRAMES}"),
        }
    }
}

fn numbered(track: &str, name: impl fmt::Display, extension: &str) -> String {
    format!("{track}/{name}.{extension}")
}

impl<'a> File<'a> {
    /// The path below the output's root, where the target's folder has this name.
    pub fn within(&self, target: &str) -> String {
        format!("{target}/{self}")
    }

    /// The path relative to the track's own media playlist.
    pub fn beside_playlist(&self) -> String {
        let path = self.to_string();
        path.rsplit_once('/').map_or(path.clone(), |(_, name)| name.to_owned())
    }

    /// Reads a path; `None` where no file has it. A number has many spellings, a path one.
    pub fn parse(path: &'a str) -> Option<Self> {
        let file = match path.split_once('/') {
            Some((track, name)) => Self::in_folder(track, name)?,
            None => Self::at_top(path)?,
        };
        (file.to_string() == path).then_some(file)
    }

    fn in_folder(track: &'a str, name: &str) -> Option<Self> {
        match name {
            INIT => return Some(Self::Init { track }),
            PLAYLIST => return Some(Self::Playlist { track, in_folder: true }),
            KEY_FRAMES => return Some(Self::KeyFrames { track, in_folder: true }),
            _ => (),
        }
        let (name, extension) = name.split_once('.')?;
        let name = name.parse().ok()?;
        if let Some(image) = ImageType::ALL.into_iter().find(|image| image.extension() == extension) {
            return Some(Self::Sheet { number: name, image });
        }
        let container = Container::ALL.into_iter().find(|container| container.extension() == extension)?;
        Some(Self::Segment { track, name, container })
    }

    fn at_top(path: &'a str) -> Option<Self> {
        match path {
            MPD => return Some(Self::Mpd),
            MULTIVARIANT => return Some(Self::Multivariant),
            _ => (),
        }
        if let Some(track) = path.strip_suffix(KEY_FRAMES).and_then(|rest| rest.strip_suffix('-')) {
            return Some(Self::KeyFrames { track, in_folder: false });
        }
        let (track, extension) = path.split_once('.')?;
        match extension {
            "key" => parse_hex(track).and_then(|kid| Some(Self::Key(KeyId(kid.try_into().ok()?)))),
            "m3u8" => Some(Self::Playlist { track, in_folder: false }),
            _ => {
                let container = Container::ALL.into_iter().find(|known| known.single_extension() == extension)?;
                Some(Self::Whole { track, container })
            }
        }
    }
}

/// The names of the media segments of any track with a folder, as `SegmentTemplate` has them.
pub fn segment_template(names: Names, container: Container) -> String {
    numbered(ID, names.identifier(), container.extension())
}

/// The name of the init segment likewise.
pub fn init_template() -> String {
    File::Init { track: ID }.to_string()
}

/// The names of sheets of thumbnails likewise.
pub fn sheet_template(image: ImageType) -> String {
    numbered(ID, Names::Numbers.identifier(), image.extension())
}

impl Container {
    const ALL: [Self; 7] = [
        Self::Fmp4,
        Self::MpegTs,
        Self::PackedAudio(PackedAudio::Aac),
        Self::PackedAudio(PackedAudio::Mp3),
        Self::PackedAudio(PackedAudio::Ac3),
        Self::PackedAudio(PackedAudio::Ec3),
        Self::WebVtt,
    ];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_track(track: &str, name: u64, container: Container) -> impl Iterator<Item = File<'_>> {
        let playlists = [true, false]
            .into_iter()
            .flat_map(move |in_folder| [File::Playlist { track, in_folder }, File::KeyFrames { track, in_folder }]);
        let media = [File::Init { track }, File::Segment { track, name, container }, File::Whole { track, container }];
        media.into_iter().chain(playlists)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_name_is_read_as_what_it_was_written_for(
            track in "(video|audio|text)-[1-9][0-9]{0,2}(-trick)?",
            name: u64,
            container in prop::sample::select(&Container::ALL[..]),
            image in prop::sample::select(&ImageType::ALL[..]),
            kid: [u8; 16],
        ) {
            let others = [File::Mpd, File::Multivariant, File::Key(KeyId(kid)), File::Sheet { number: name, image }];
            for file in others.into_iter().chain(of_track(&track, name, container)) {
                let path = file.to_string();
                prop_assert_eq!(File::parse(&path), Some(file));
            }
        }

        #[test]
        fn what_is_read_is_written_as_the_same_name(path in "[a-z0-9./-]{0,20}") {
            if let Some(file) = File::parse(&path) {
                prop_assert_eq!(file.to_string(), path);
            }
        }
    }

    #[test]
    fn names_of_no_file_are_none() {
        for path in
            ["", "/", "video-1/", "video-1/01.m4s", "video-1/+1.m4s", "video-1//1.m4s", "video-1/1.m4s/", "A.key"]
        {
            assert_eq!(File::parse(path), None, "{path:?}");
        }
    }
}
