//! How files are read, and the tracks that a manifest lists by their files.

use serde::Serialize;

use super::playlist::{self, Playlist};
use super::{Place, mpd};
use crate::error::{Code, Error};
use crate::limits;

/// The files of a presentation, and its sources.
pub trait Files {
    /// What reading fails with.
    type Error: From<Error>;

    /// A file's size in bytes; `None` if there is none of this path.
    fn size(&self, path: &str) -> impl Future<Output = Result<Option<u64>, Self::Error>>;

    /// The bytes of a range that lies within the file.
    fn read(&self, path: &str, offset: u64, length: u64) -> impl Future<Output = Result<Vec<u8>, Self::Error>>;
}

/// A track by its files, the init segment first; joined they are one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrackFiles {
    /// The Representation's id, or the media playlist's path.
    pub name: String,
    /// The files, or ranges of them, in order.
    pub places: Vec<Place>,
}

/// The tracks that an MPD or a playlist lists. What can't be understood in it is left out.
pub async fn track_files<F: Files>(files: &F, path: &str) -> Result<Vec<TrackFiles>, F::Error> {
    let document = document(files, path).await?;
    if !document.starts_with(b"#EXTM3U") {
        let listing = mpd::read(path, &document).map_err(|error| error.input(path))?;
        let tracks = listing.tracks.into_iter().filter(|track| !track.is_images()).map(|track| {
            let places = track.init.into_iter().chain(track.segments.into_iter().map(|segment| segment.place));
            joined(track.name, places.chain(track.index).collect())
        });
        return Ok(tracks.collect());
    }
    let Playlist::Multivariant(multivariant) = playlist::read(path, &document) else {
        return Ok(vec![media(path, &document)]);
    };
    let variants = multivariant.variants.into_iter().filter_map(|variant| variant.path);
    let renditions = multivariant.renditions.into_iter().filter_map(|rendition| rendition.path);
    let mut tracks: Vec<TrackFiles> = Vec::new();
    for path in variants.chain(renditions) {
        if tracks.iter().all(|track| track.name != path) {
            tracks.push(media(&path, &self::document(files, &path).await?));
        }
    }
    Ok(tracks)
}

/// A manifest's text.
async fn document<F: Files>(files: &F, path: &str) -> Result<Vec<u8>, F::Error> {
    let missing = || Error::new(Code::InputNotFound, message!("there is no file {path}", path));
    let size = files.size(path).await?.ok_or_else(missing)?;
    if size > limits::MANIFEST_BYTES {
        let message =
            message!("the manifest is {size} bytes long; the most is {most}", size, most = limits::MANIFEST_BYTES);
        return Err(Error::new(Code::LimitExceeded, message).input(path).into());
    }
    files.read(path, 0, size).await
}

fn media(path: &str, document: &[u8]) -> TrackFiles {
    match playlist::read(path, document) {
        Playlist::Media(media) => {
            let segments = media.segments.into_iter().map(|segment| segment.place);
            joined(path.to_owned(), media.maps.into_iter().chain(segments).collect())
        }
        Playlist::Multivariant(_) => joined(path.to_owned(), Vec::new()),
    }
}

/// Ranges of one file are that file.
fn joined(name: String, places: Vec<Place>) -> TrackFiles {
    match places.first() {
        Some(first) if places.iter().all(|place| place.path == first.path) => {
            TrackFiles { name, places: vec![Place::file(first.path.clone())] }
        }
        _ => TrackFiles { name, places },
    }
}
