//! Small pictures for a player's timeline.

use crate::error::{Code, Error, Message, Result};
use crate::limits;

/// Sheets of pictures in time order: each a grid that is read from left to right and from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnails {
    image: ImageType,
    columns: u32,
    rows: u32,
    /// Of a whole sheet in pixels.
    width: u32,
    height: u32,
    /// From one picture to the next, in milliseconds.
    interval_ms: u64,
    /// Of each sheet in bytes.
    sizes: Vec<u64>,
}

/// The format of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageType {
    /// ITU-T T.81.
    Jpeg,
    /// ISO/IEC 15948.
    Png,
}

impl ImageType {
    pub(super) const ALL: [Self; 2] = [Self::Jpeg, Self::Png];

    /// Reads the media type.
    pub fn parse(mime_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|image| image.mime_type() == mime_type)
    }

    /// The media type.
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// How a file's name ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// The word for `CODECS` in playlists.
    pub const fn codec(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }
}

/// A grid of pictures in a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// How many stand side by side.
    pub columns: u32,
    /// How many stand one above the other.
    pub rows: u32,
}

impl Thumbnails {
    /// The name of the folder, and the Representation's id.
    pub const ID: &'static str = "thumbnails-1";

    /// Sheets of `width` × `height` pixels whose sizes in bytes are `sizes`; each picture stands for `interval` seconds.
    pub fn new(image: ImageType, grid: Grid, size: (u32, u32), interval: f64, sizes: Vec<u64>) -> Result<Self> {
        let Grid { columns, rows } = grid;
        let (width, height) = size;
        if ![columns, rows].iter().all(|count| (1..=limits::THUMBNAIL_GRID).contains(count)) {
            return Err(invalid(message!(
                "a grid of {columns} × {rows} is not allowed; give 1 to {most} of each",
                columns,
                rows,
                most = limits::THUMBNAIL_GRID
            )));
        }
        if width == 0 || height == 0 || width % columns != 0 || height % rows != 0 {
            let message = message!(
                "a sheet of {width} × {height} pixels can't be cut into {columns} × {rows} equal pictures",
                width,
                height,
                columns,
                rows
            );
            return Err(invalid(message));
        }
        if !(0.1..=limits::THUMBNAIL_SECONDS).contains(&interval) {
            let message = message!(
                "an interval of {interval} s is not between 0.1 and {most} s",
                interval,
                most = limits::THUMBNAIL_SECONDS
            );
            return Err(invalid(message));
        }
        if sizes.is_empty() {
            return Err(invalid(message!("there are no images")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 100 to at most 10^7")]
        let interval_ms = (interval * 1000.0).round() as u64;
        Ok(Self { image, columns, rows, width, height, interval_ms, sizes })
    }

    /// Refuses sheets that end before the presentation does: a client would ask for what isn't there.
    pub fn check(&self, duration_ms: u64) -> Result<()> {
        let end_ms = self.sheet_ms().saturating_mul(u64::try_from(self.sizes.len()).unwrap_or(u64::MAX));
        if end_ms >= duration_ms {
            return Ok(());
        }
        let [end, duration] = [end_ms, duration_ms].map(|ms| format!("{}.{:03} s", ms / 1000, ms % 1000));
        let needed = duration_ms.div_ceil(self.sheet_ms());
        Err(invalid(message!(
            "{count} images of {pictures} pictures each last until {end}, the presentation until {duration}: it needs {needed} images",
            count = self.sizes.len(),
            pictures = self.columns * self.rows,
            end,
            duration,
            needed
        )))
    }

    /// The format.
    pub fn image(&self) -> ImageType {
        self.image
    }

    /// Columns and rows, as in `5x4`.
    pub fn layout(&self) -> String {
        format!("{}x{}", self.columns, self.rows)
    }

    /// Width and height of a whole sheet in pixels.
    pub fn sheet_size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Width and height of one picture in pixels.
    pub fn picture_size(&self) -> (u32, u32) {
        (self.width / self.columns, self.height / self.rows)
    }

    /// How long a picture stands for, in milliseconds.
    pub fn interval_ms(&self) -> u64 {
        self.interval_ms
    }

    /// How long a sheet stands for, in milliseconds.
    pub fn sheet_ms(&self) -> u64 {
        self.interval_ms * u64::from(self.columns * self.rows)
    }

    /// How many sheets a presentation has of this duration: what lies behind its end is not listed.
    pub fn count(&self, duration_ms: u64) -> usize {
        usize::try_from(duration_ms.div_ceil(self.sheet_ms())).map_or(self.sizes.len(), |n| n.min(self.sizes.len()))
    }

    /// The bit rate that fetches each sheet while the one before it is looked at, in bits a second, rounded up.
    pub fn bandwidth(&self) -> u64 {
        let largest = self.sizes.iter().max().copied().unwrap_or(0);
        largest.saturating_mul(8000).div_ceil(self.sheet_ms())
    }
}

fn invalid(message: Message) -> Error {
    Error::new(Code::OptionInvalid, message).option("thumbnails")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets(count: usize) -> Thumbnails {
        let grid = Grid { columns: 5, rows: 4 };
        Thumbnails::new(ImageType::Jpeg, grid, (800, 360), 10.0, vec![40_000; count]).unwrap()
    }

    #[test]
    fn a_sheet_stands_for_all_of_its_pictures() {
        let thumbnails = sheets(2);
        assert_eq!((thumbnails.sheet_ms(), thumbnails.bandwidth()), (200_000, 1600));
        assert_eq!((thumbnails.picture_size(), thumbnails.layout().as_str()), ((160, 90), "5x4"));
        assert_eq!((thumbnails.count(200_000), thumbnails.count(200_001), thumbnails.count(900_000)), (1, 2, 2));
    }

    #[test]
    fn sheets_that_end_too_early_are_refused() {
        assert!(sheets(2).check(400_000).is_ok());
        let error = sheets(2).check(400_001).unwrap_err();
        assert!(error.message.text().ends_with("it needs 3 images"), "{}", error.message.text());
    }

    #[test]
    fn what_is_no_grid_of_equal_pictures_is_refused() {
        let new = |columns, rows, size, interval, sizes: &[u64]| {
            Thumbnails::new(ImageType::Png, Grid { columns, rows }, size, interval, sizes.to_vec())
        };
        assert!(new(1, 1, (160, 90), 10.0, &[1]).is_ok());
        assert!(new(3, 1, (160, 90), 10.0, &[1]).is_err());
        assert!(new(0, 1, (160, 90), 10.0, &[1]).is_err());
        assert!(new(1, 1, (0, 90), 10.0, &[1]).is_err());
        assert!(new(1, 1, (160, 90), f64::NAN, &[1]).is_err());
        assert!(new(1, 1, (160, 90), 10.0, &[]).is_err());
    }
}
