//! Thumbnails in playlists: Image Media Playlists, a specification beside RFC 8216 that Roku, Shaka Player and others
//! follow. Clients ignore tags that they don't know (RFC 8216 section 6.3.1).

use std::fmt::{self, Write};

use super::attributes::Attributes;
use crate::presentation::{File, Thumbnails};

/// The playlist's file.
pub const IMAGES: File<'static> = File::Playlist { track: Thumbnails::ID, in_folder: true };

/// The line of the multivariant playlist that names the playlist. `RESOLUTION` is that of one picture.
pub fn image_stream_inf(thumbnails: &Thumbnails) -> String {
    let (width, height) = thumbnails.picture_size();
    let tag = Attributes::default()
        .plain("BANDWIDTH", thumbnails.bandwidth())
        .plain("RESOLUTION", format_args!("{width}x{height}"))
        .quoted("CODECS", thumbnails.image().codec())
        .quoted("URI", &IMAGES.to_string());
    format!("#EXT-X-IMAGE-STREAM-INF:{tag}\n")
}

/// `EXT-X-VERSION`: durations with fractions need 3 (section 7).
const VERSION: u32 = 3;

/// The text of the playlist of a presentation that lasts `duration_ms`.
pub fn images(thumbnails: &Thumbnails, duration_ms: u64) -> String {
    let mut text = String::new();
    write_images(&mut text, thumbnails, duration_ms).expect("a String takes every write");
    text
}

fn write_images(text: &mut String, thumbnails: &Thumbnails, duration_ms: u64) -> fmt::Result {
    let sheet_ms = thumbnails.sheet_ms();
    let longest = sheet_ms.min(duration_ms);
    writeln!(text, "#EXTM3U")?;
    writeln!(text, "#EXT-X-VERSION:{VERSION}")?;
    writeln!(text, "#EXT-X-TARGETDURATION:{}", longest.div_ceil(1000).max(1))?;
    writeln!(text, "#EXT-X-PLAYLIST-TYPE:VOD")?;
    writeln!(text, "#EXT-X-IMAGES-ONLY")?;
    let (width, height) = thumbnails.picture_size();
    let mut left = duration_ms;
    for number in 1..=thumbnails.count(duration_ms) as u64 {
        let duration = sheet_ms.min(left);
        left -= duration;
        writeln!(text, "#EXTINF:{},", seconds(duration))?;
        let tiles = Attributes::default()
            .plain("RESOLUTION", format_args!("{width}x{height}"))
            .plain("LAYOUT", thumbnails.layout())
            .plain("DURATION", seconds(thumbnails.interval_ms()));
        writeln!(text, "#EXT-X-TILES:{tiles}")?;
        let sheet = File::Sheet { number, image: thumbnails.image() };
        writeln!(text, "{}", sheet.beside_playlist())?;
    }
    writeln!(text, "#EXT-X-ENDLIST")
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::presentation::{Grid, ImageType};

    #[test]
    fn the_last_sheet_ends_with_the_presentation() {
        let grid = Grid { columns: 2, rows: 2 };
        let thumbnails = Thumbnails::new(ImageType::Jpeg, grid, (320, 180), 2.5, vec![3000, 4000, 5000]).unwrap();
        expect![[r##"
            #EXTM3U
            #EXT-X-VERSION:3
            #EXT-X-TARGETDURATION:10
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-IMAGES-ONLY
            #EXTINF:10.000,
            #EXT-X-TILES:RESOLUTION=160x90,LAYOUT=2x2,DURATION=2.500
            1.jpg
            #EXTINF:3.250,
            #EXT-X-TILES:RESOLUTION=160x90,LAYOUT=2x2,DURATION=2.500
            2.jpg
            #EXT-X-ENDLIST
        "##]]
        .assert_eq(&images(&thumbnails, 13_250));
        let line = image_stream_inf(&thumbnails);
        assert_eq!(
            line,
            "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=4000,RESOLUTION=160x90,CODECS=\"jpeg\",URI=\"thumbnails-1/media.m3u8\"\n"
        );
    }
}
