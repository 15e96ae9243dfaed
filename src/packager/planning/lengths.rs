//! Tracks that end at different times: what is said of them, what is refused, and what is cut off.

use super::source::{Source, timeline};
use crate::demux::Kind;
use crate::error::{Code, Error, Message, Messages, Result};
use crate::packager::options::{Lengths, Options};
use crate::time::{Ticks, clock, rescale};

/// How far apart the sizes of one title may end, in milliseconds: pictures are padded to whole groups or frames.
const RENDITIONS_MS: Ticks = 1000;

/// Refuses sizes of one title that end at different times, unless that is wanted; ends sound with the pictures, where
/// that is wanted; and says what ends more than a segment apart.
pub(super) fn settle(sources: &mut [Source], options: &Options, warnings: &mut Vec<Message>) -> Result<()> {
    renditions(sources, options, warnings)?;
    let pictures = sources.iter().filter(|source| source.track.kind == Kind::Video).map(end_ms).max();
    let Some(pictures) = pictures else { return Ok(()) };
    for source in sources.iter_mut().filter(|source| source.track.kind == Kind::Audio) {
        let sound = end_ms(source);
        let (name, far) = (source.origin.name.clone(), Ticks::from(options.segment_ms).max(RENDITIONS_MS));
        if options.lengths == Some(Lengths::Pictures) && sound > pictures {
            source.track.end_at(rescale(pictures, 1000, source.track.timescale));
        }
        let (sound_end, pictures_end) = (clock(sound, 1000), clock(pictures, 1000));
        if sound > pictures + far {
            warnings.push(match options.lengths {
                None => message!(
                    "{name}: its sound goes on until {sound_end}, and the pictures end at {pictures_end}, where players may \
                     stop: lengths says whether it ends with them (pictures) or goes on (keep)",
                    name,
                    sound_end,
                    pictures_end
                ),
                Some(Lengths::Pictures) => message!(
                    "{name}: its sound ends with the pictures at {pictures_end}; what follows until {sound_end} is left out",
                    name,
                    pictures_end,
                    sound_end
                ),
                Some(Lengths::Keep) => {
                    message!(
                        "{name}: its sound goes on until {sound_end}, and the pictures end at {pictures_end}",
                        name,
                        sound_end,
                        pictures_end
                    )
                }
            });
        } else if pictures > sound + far {
            warnings.push(message!(
                "{name}: its sound ends at {sound_end}, and the pictures go on until {pictures_end}: players may stop where \
                 it ends",
                name,
                sound_end,
                pictures_end
            ));
        }
    }
    Ok(())
}

/// Whether a picture ends so long before others that a playlist may not have it beside them: "Content that appears in a
/// Media Playlist of one Variant Stream but not in another […] MUST NOT be longer than the Target Duration" (RFC 8216
/// section 6.2.4).
pub(super) fn is_too_short_for_playlists(source: &Source, sources: &[Source], options: &Options) -> bool {
    let longest = sources.iter().filter(|other| other.track.kind == Kind::Video).map(end_ms).max();
    source.track.kind == Kind::Video
        && longest.is_some_and(|longest| longest - end_ms(source) > Ticks::from(options.segment_ms))
}

fn renditions(sources: &[Source], options: &Options, warnings: &mut Vec<Message>) -> Result<()> {
    let videos: Vec<&Source> = sources.iter().filter(|source| source.track.kind == Kind::Video).collect();
    let ends: Vec<Ticks> = videos.iter().map(|video| end_ms(video)).collect();
    let (Some(&shortest), Some(&longest)) = (ends.iter().min(), ends.iter().max()) else { return Ok(()) };
    if longest - shortest <= RENDITIONS_MS {
        return Ok(());
    }
    let place = |(video, &end): (&&Source, &Ticks)| {
        message!("{name} at {time}", name = video.origin.name, time = clock(end, 1000))
    };
    let places = Messages(videos.iter().zip(&ends).map(place).collect());
    if options.lengths == Some(Lengths::Keep) {
        warnings.push(message!(
            "the sizes of the picture end at different times, and the longer are cut on by their own key frames: {places}",
            places
        ));
        return Ok(());
    }
    let message = message!("the sizes of the picture end at different times: {places}", places);
    Err(Error::new(Code::VideoLengthsDiffer, message).option("lengths"))
}

/// When the last sample ends, in milliseconds.
fn end_ms(source: &Source) -> Ticks {
    timeline("", &source.track).end_ms()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demux::{Access, Properties, Sample, Track};
    use crate::mp4::track::Tkhd;
    use crate::packager::plan::Origin;

    /// Samples of a second, each a key frame.
    fn source(name: &str, kind: Kind, seconds: usize) -> Source {
        let sample = Sample { offset: 0, size: 1, duration: 1000, composition_offset: 0, entry: 0, sync: true };
        let track = Track {
            kind,
            tkhd: Tkhd { flags: 3, track_id: 1, alternate_group: 0, volume: 0, matrix: [0; 9], width: 0, height: 0 },
            timescale: 1000,
            packed_language: 0,
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            presentation_offset: 0,
            entries: Vec::new(),
            samples: vec![sample; seconds],
            access: Access::Whole,
            captions: Default::default(),
            protection: None,
            properties: Properties::Text,
        };
        Source { origin: Origin { input: 0, name: name.to_owned(), number: None }, track, trick_of: None }
    }

    fn options() -> Options {
        let value: crate::options::Value = serde_json::from_str(r#"{"seed":"00ff"}"#).unwrap();
        Options::read(&value).unwrap()
    }

    /// What becomes of the sources, and what is said of them.
    fn settled(mut sources: Vec<Source>, lengths: Option<Lengths>) -> Result<(Vec<usize>, Vec<String>)> {
        let options = Options { lengths, ..options() };
        let mut warnings = Vec::new();
        settle(&mut sources, &options, &mut warnings)?;
        let counts = sources.iter().map(|source| source.track.samples.len()).collect();
        Ok((counts, warnings.iter().map(Message::text).collect()))
    }

    #[test]
    fn sizes_of_a_picture_that_end_apart_are_refused_with_their_lengths_unless_they_are_to_be_kept() {
        let pair = |seconds| vec![source("long", Kind::Video, 30), source("short", Kind::Video, seconds)];
        let error = settled(pair(10), None).unwrap_err();
        assert_eq!(error.code, Code::VideoLengthsDiffer);
        assert!(error.message.text().ends_with("long at 0:00:30.000; short at 0:00:10.000"), "{error}");
        assert!(settled(pair(10), Some(Lengths::Pictures)).is_err());
        assert_eq!(settled(pair(29), None).unwrap(), (vec![30, 29], Vec::new()));
        assert_eq!(settled(pair(10), Some(Lengths::Keep)).unwrap().1.len(), 1);
        let sources = pair(10);
        let options = options();
        let short = sources.iter().map(|source| is_too_short_for_playlists(source, &sources, &options));
        assert_eq!(short.collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn sound_that_outlasts_the_pictures_is_named_and_ended_where_that_is_wanted() {
        let pair = |sound| vec![source("film", Kind::Video, 5), source("film", Kind::Audio, sound)];
        let (counts, said) = settled(pair(300), None).unwrap();
        assert_eq!(counts, [5, 300]);
        assert!(said[0].contains("until 0:05:00.000, and the pictures end at 0:00:05.000"), "{said:?}");
        let (counts, said) = settled(pair(300), Some(Lengths::Pictures)).unwrap();
        assert_eq!((counts, said.len()), (vec![5, 5], 1));
        assert_eq!(settled(pair(300), Some(Lengths::Keep)).unwrap().0, [5, 300]);
        // Less than a segment is no matter, but cut off where that is wanted.
        assert_eq!(settled(pair(8), None).unwrap(), (vec![5, 8], Vec::new()));
        assert_eq!(settled(pair(8), Some(Lengths::Pictures)).unwrap(), (vec![5, 5], Vec::new()));
        let longer = vec![source("film", Kind::Video, 60), source("film", Kind::Audio, 5)];
        assert!(settled(longer, None).unwrap().1[0].contains("its sound ends at 0:00:05.000"));
    }
}
