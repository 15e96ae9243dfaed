//! Thumbnails in manifests, read by code that isn't ours, and verified.

use tabpack::cenc::Scheme;
use tabpack::error::Code;
use tabpack::packager::Target;
use tabpack::presentation::{Grid, ImageType, Thumbnails};

use crate::support;

const CLIP: &str = "ladder-360p.mp4";

/// The clip's files with two sheets of 2 × 2 pictures, each of so many seconds.
fn packaged(target: Target, interval: f64) -> tabpack::error::Result<std::collections::BTreeMap<String, Vec<u8>>> {
    let mut options = support::options(target, Some(Scheme::Cbcs));
    let grid = Grid { columns: 2, rows: 2 };
    options.thumbnails = Some(Thumbnails::new(ImageType::Jpeg, grid, (320, 180), interval, vec![4000, 3000])?);
    support::packaged([(CLIP, support::fixture(CLIP))], options)
}

fn text(files: &std::collections::BTreeMap<String, Vec<u8>>, path: &str) -> String {
    String::from_utf8(files[path].clone()).unwrap()
}

#[test]
fn dash_mpd_core_reads_the_images() {
    let mpd = text(&packaged(Target::Cmaf, 1.5).unwrap(), "cmaf/stream.mpd");
    let mpd = dash_mpd_core::parse(&mpd).unwrap();
    assert_eq!(dash_mpd_core::check_conformity(&mpd), Vec::<String>::new());
    let set = mpd.periods[0].adaptations.last().unwrap();
    assert_eq!((set.contentType.as_deref(), set.mimeType.as_deref()), (Some("image"), Some("image/jpeg")));
    assert!(set.ContentProtection.is_empty() && set.Role.is_empty());
    let [sheets] = &set.representations[..] else { panic!("one Representation") };
    assert_eq!((sheets.width, sheets.height), (Some(320), Some(180)));
    assert_eq!(sheets.bandwidth, Some(4000_u64 * 8).map(|bits| bits.div_ceil(6)));
    let tile = &sheets.essential_property[0];
    assert_eq!(
        (tile.schemeIdUri.as_str(), tile.value.as_deref()),
        ("http://dashif.org/guidelines/thumbnail_tile", Some("2x2"))
    );
    let template = sheets.SegmentTemplate.as_ref().unwrap();
    assert_eq!((template.timescale, template.startNumber), (Some(1000), Some(1)));
    assert_eq!(template.media.as_deref(), Some("$RepresentationID$/$Number$.jpg"));
}

#[test]
fn strict_parsers_of_playlists_go_past_the_images() {
    let files = packaged(Target::Hls, 1.5).unwrap();
    let master = text(&files, "hls/master.m3u8");
    assert!(!hls_m3u8::MasterPlaylist::try_from(master.as_str()).unwrap().variant_streams.is_empty());
    let read = m3u8_rs::parse_master_playlist_res(master.as_bytes()).unwrap();
    let tags: Vec<_> = read.unknown_tags.iter().map(|tag| tag.tag.as_str()).collect();
    assert_eq!(tags, ["X-IMAGE-STREAM-INF"]);
    let images = m3u8_rs::parse_media_playlist_res(&files["hls/thumbnails-1/media.m3u8"]).unwrap();
    let uris: Vec<_> = images.segments.iter().map(|segment| segment.uri.as_str()).collect();
    assert_eq!((uris, images.end_list), (vec!["1.jpg", "2.jpg"], true));
}

#[test]
fn sheets_that_end_too_early_are_refused_before_anything_is_rendered() {
    let error = packaged(Target::Cmaf, 0.9).unwrap_err();
    assert_eq!((error.code, error.place.option.as_deref()), (Code::OptionInvalid, Some("thumbnails")));
}

#[test]
fn each_period_lists_the_sheets_of_its_time() {
    let mut options = support::options(Target::Dash, Some(Scheme::Cenc));
    options.segment_ms = 2000;
    options.cue_points_ms = vec![4000];
    let grid = Grid { columns: 2, rows: 2 };
    options.thumbnails = Some(Thumbnails::new(ImageType::Jpeg, grid, (320, 180), 0.75, vec![4000; 3]).unwrap());
    let files = support::packaged([(CLIP, support::fixture(CLIP))], options).unwrap();
    let mpd = text(&files, "dash/stream.mpd");
    let mpd = dash_mpd_core::parse(&mpd).unwrap();
    let listed = mpd.periods.iter().map(|period| {
        let template = period.adaptations.last().unwrap().representations[0].SegmentTemplate.as_ref().unwrap();
        let [run] = &template.SegmentTimeline.as_ref().unwrap().segments[..] else { panic!("one run") };
        (
            template.presentationTimeOffset.unwrap_or(0),
            template.startNumber,
            run.t.unwrap_or(0),
            run.d,
            run.r.unwrap_or(0),
        )
    });
    let expected = [(0, Some(1), 0, 3000, 1), (4000, Some(2), 3000, 3000, 1)];
    assert_eq!(listed.collect::<Vec<_>>(), expected);
}
