//! Sheets of thumbnails: callers give the images, the façade tells the core what they are.

use crate::error::Result;
use crate::limits;
use crate::options::Given;
use crate::options::options;
use crate::options::read::{Host, Reader, count, host, list, number, object, whole, word};
use crate::presentation::{Grid, ImageType, Thumbnails};

/// How long a picture may stand for, in seconds.
const SECONDS: (f64, f64) = (0.1, limits::THUMBNAIL_SECONDS);

options! {
    /// Small pictures for a player's timeline, ready-made: sheets that hold several, or single ones.
    pub struct Sheets = "Thumbnails" {
        /// The sheets in the order of time, JPEG or PNG, all of one type and size. Together they cover the presentation.
        pub images: Host = "images", host("readonly (Blob | Uint8Array)[]").required(), {
            flag: "thumbnails PATH",
            help: "pictures for the timeline of players: a JPEG or PNG file, or a folder\n\
                   of them, which are taken in the order of their names. Each is a sheet\n\
                   of pictures, row by row. May be repeated",
            group: "Timeline",
        };
        /// The seconds from one picture to the next: the first is of the time 0. From 0.1 to 3600.
        pub interval: f64 = "interval", number(SECONDS.0, SECONDS.1), {
            flag: "thumbnail-interval S",
            help: "seconds from one picture to the next (default: 10)",
            group: "Timeline",
            by_hand: true,
        };
        /// How many pictures stand side by side in a sheet, which is read row by row; 1 by default.
        pub columns: u32 = "columns", whole(1, limits::THUMBNAIL_GRID).or(Given::Number(1.0)), {
            flag: "thumbnail-grid CxR",
            help: "columns and rows of each sheet (default: 1x1, single pictures)",
            group: "Timeline",
            by_hand: true,
        };
        /// How many stand one above the other; 1 by default.
        pub rows: u32 = "rows", whole(1, limits::THUMBNAIL_GRID).or(Given::Number(1.0));
    }
}

options! {
    /// What the façade found in the sheets that it writes.
    struct SheetFacts = "ThumbnailFacts" {
        /// The media type of all.
        image: ImageType = "type", word();
        /// How many pictures stand side by side in a sheet.
        columns: u32 = "columns", whole(1, limits::THUMBNAIL_GRID);
        /// How many stand one above the other.
        rows: u32 = "rows", whole(1, limits::THUMBNAIL_GRID);
        /// The width of a sheet in pixels.
        width: u32 = "width", whole(1, u32::MAX);
        /// The height of a sheet in pixels.
        height: u32 = "height", whole(1, u32::MAX);
        /// The seconds from one picture to the next.
        interval: f64 = "interval", number(SECONDS.0, SECONDS.1);
        /// The size of each in bytes.
        sizes: Vec<u64> = "sizes", list(count()).filled();
    }
}

/// Reads what the façade found.
pub(super) fn sheets() -> impl Reader<Out = Thumbnails> {
    object::<SheetFacts>().then(thumbnails).in_place_of(object::<Sheets>())
}

fn thumbnails(facts: SheetFacts) -> Result<Thumbnails> {
    let SheetFacts { image, columns, rows, width, height, interval, sizes } = facts;
    Thumbnails::new(image, Grid { columns, rows }, (width, height), interval, sizes)
}
