//! Where decoding can start by the samples themselves, where a container's tables leave a doubt: pictures that lead the
//! first one, and tracks whose samples are all said to be key frames.

use super::{Access, Input, Kind, Sample, Track, no_track};
use crate::codec::{Leading, Start};
use crate::error::{Message, Result};
use crate::limits;
use crate::time::{Ticks, clock};

/// What is looked at, of a track's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The first picture, and the others of so many that are decoded behind it and shown before it.
    Opening(usize),
    /// The picture of this index: whether it is a key frame.
    Picture(usize),
}

/// A look, with the range of the file that it takes: the offset and the size in bytes.
pub(super) type Range = (Look, u64, u32);

/// What is to be looked at before the track can be packaged; in most tracks nothing.
pub(super) fn looks(track: &Track) -> Vec<Range> {
    let is_plain = matches!(track.access, Access::Whole) && track.protection.is_none();
    if track.kind != Kind::Video || !is_plain {
        return Vec::new();
    }
    let mut looks = Vec::new();
    looks.extend(opening(&track.samples));
    if track.samples.iter().all(|sample| sample.sync) {
        looks.extend(picture(&track.samples, 1));
    }
    looks
}

/// A look at the pictures that lead the first one, if there are any.
fn opening(samples: &[Sample]) -> Option<Range> {
    let first = Ticks::from(samples.first()?.composition_offset);
    let mut decode = 0;
    let leads = |sample: &&Sample| {
        let present = decode + Ticks::from(sample.composition_offset);
        decode += Ticks::from(sample.duration);
        present <= first
    };
    let count = samples.iter().take_while(leads).count();
    let looked_at = &samples[..count];
    let start = looked_at.iter().map(|sample| sample.offset).min()?;
    let end = looked_at.iter().map(|sample| sample.offset + u64::from(sample.size)).max()?;
    let size = u32::try_from(end - start).ok().filter(|&size| size <= limits::FIRST_SAMPLE_BYTES)?;
    (count > 1).then_some((Look::Opening(count), start, size))
}

fn picture(samples: &[Sample], index: usize) -> Option<Range> {
    // Whole: the unit of a slice that is cut off would not be one.
    let sample = samples.get(index).filter(|sample| sample.size <= limits::FIRST_SAMPLE_BYTES)?;
    Some((Look::Picture(index), sample.offset, sample.size))
}

/// Takes the bytes of a look, which stand at `offset` of the file. Gives a sentence for what was mended, and what is to
/// be looked at next, the last one first.
pub(super) fn take(track: &mut Track, look: Look, bytes: &[u8], offset: u64) -> (Option<Message>, Vec<Range>) {
    match look {
        Look::Opening(count) => (lead(track, count, bytes, offset), Vec::new()),
        Look::Picture(index) => {
            let entry = usize::from(track.samples[index].entry);
            let is_start = track.entries[entry].codec.start(bytes) != Start::Nowhere;
            track.samples[index].sync = is_start;
            match index {
                // The last that is looked at.
                0 => {
                    let sentence = track.start_at_key_frame().unwrap_or_else(|_| {
                        track.samples.clear(); // for `left`
                        None
                    });
                    (sentence, Vec::new())
                }
                1 if !is_start => {
                    let sentence = message!(
                        "all its pictures are said to be key frames, and not all are: their headers tell which"
                    );
                    let others = std::iter::once(0).chain(2..track.samples.len());
                    (Some(sentence), others.filter_map(|index| picture(&track.samples, index)).collect())
                }
                _ => (None, Vec::new()),
            }
        }
    }
}

/// The input without the videos of which a look left no picture, since none can be decoded alone.
pub(super) fn left(mut input: Input) -> Result<Input> {
    let is_left = |track: &Track| track.kind != Kind::Video || !track.samples.is_empty();
    let gone: Vec<u32> = input.tracks.iter().filter(|track| !is_left(track)).map(|track| track.tkhd.track_id).collect();
    let sentences: Vec<Message> = gone
        .into_iter()
        .map(|number| {
            message!(
                "track {number} is left out: none of its pictures is a key frame, so that no segment could be decoded",
                number
            )
        })
        .collect();
    input.tracks.retain(is_left);
    if input.tracks.is_empty() && !sentences.is_empty() {
        return Err(no_track(sentences));
    }
    input.unpackaged.extend(sentences.iter().cloned());
    input.warnings.extend(sentences);
    Ok(input)
}

/// Leaves out the pictures that lead the first one and refer to what is before it.
fn lead(track: &mut Track, count: usize, bytes: &[u8], offset: u64) -> Option<Message> {
    let of = |index: usize| {
        let sample = &track.samples[index];
        let from = usize::try_from(sample.offset.checked_sub(offset)?).ok()?;
        bytes.get(from..from.checked_add(usize::try_from(sample.size).ok()?)?)
    };
    let codec = &track.entries.get(usize::from(track.samples.first()?.entry))?.codec;
    if codec.start(of(0)?) != Start::Open {
        return None;
    }
    let is_undecodable = |&index: &usize| of(index).is_some_and(|bytes| codec.leading(bytes) == Leading::Undecodable);
    let undecodable: Vec<usize> = (1..count).filter(is_undecodable).collect();
    if undecodable.is_empty() {
        return None;
    }
    track.leave_out(&undecodable);
    let start = Ticks::from(track.samples.first()?.composition_offset) + track.presentation_offset;
    Some(message!(
        "it begins with an open group of pictures: {count} pictures that refer to what is before it can't be decoded and are \
         left out, so that it starts at {time}",
        count = undecodable.len(),
        time = clock(start, track.timescale)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::captions::Captions;
    use crate::codec::{Codec, hevc, reader};
    use crate::demux::{Entry, Properties, entries};
    use crate::mp4::FourCc;

    /// A track of HEVC whose pictures have these types and times of presentation; with its file.
    fn track(pictures: &[(u8, i32)]) -> (Track, Vec<u8>) {
        let mut record = [0; 23];
        record[21] = 3;
        let codec = Codec::Hevc(hevc::Config::read(*b"hvc1", reader(&record, 0)).unwrap());
        let sample = |(index, &(_, present)): (usize, &(u8, i32))| Sample {
            offset: 100 + 7 * index as u64,
            size: 7,
            duration: 10,
            composition_offset: 10 * (present - i32::try_from(index).unwrap()) + 30,
            entry: 0,
            sync: index == 0,
        };
        let track = Track {
            kind: Kind::Video,
            tkhd: entries::tkhd(1, Kind::Video, 16, 16),
            timescale: 100,
            packed_language: 0,
            language: None,
            label: None,
            is_forced: false,
            roles: Vec::new(),
            presentation_offset: -30,
            entries: vec![Entry { coding_name: FourCc(*b"hvc1"), bytes: Vec::new(), codec }],
            samples: pictures.iter().enumerate().map(sample).collect(),
            access: Access::Whole,
            protection: None,
            captions: Captions::Unknown,
            properties: Properties::Text,
        };
        let unit = |&(kind, _): &(u8, i32)| [0, 0, 0, 3, kind << 1, 1, 0x80];
        (track, pictures.iter().flat_map(unit).collect())
    }

    #[test]
    fn pictures_that_lead_the_first_and_refer_to_what_is_before_it_are_left_out() {
        // CRA, RASL, RADL, RASL, then a picture behind it in presentation.
        let (mut open, bytes) = track(&[(21, 3), (9, 0), (7, 1), (8, 2), (1, 6), (0, 4)]);
        assert_eq!(looks(&open), [(Look::Opening(4), 100, 28)]);
        let (said, next) = take(&mut open, Look::Opening(4), &bytes[..28], 100);
        assert!(said.unwrap().text().contains("2 pictures that refer"));
        assert!(next.is_empty());
        let left: Vec<_> = open.samples.iter().map(|sample| (sample.offset, sample.duration)).collect();
        assert_eq!(left, [(100, 20), (114, 20), (128, 10), (135, 10)]);
        // The same behind an IDR picture can be decoded, and pictures that follow it in presentation don't lead it.
        let (mut closed, bytes) = track(&[(19, 1), (7, 0), (1, 2)]);
        assert_eq!(take(&mut closed, Look::Opening(2), &bytes[..14], 100), (None, Vec::new()));
        assert_eq!(closed.samples.len(), 3);
        assert!(looks(&track(&[(21, 0), (1, 3), (0, 1), (0, 2)]).0).is_empty());
    }

    #[test]
    fn where_all_pictures_are_said_to_be_key_frames_their_headers_are_asked() {
        let (mut video, bytes) = track(&[(19, 0), (1, 1), (1, 2), (21, 3), (1, 4)]);
        video.samples.iter_mut().for_each(|sample| sample.sync = true);
        let mut waiting = looks(&video);
        assert_eq!(waiting, [(Look::Picture(1), 107, 7)]);
        let mut said = Vec::new();
        while let Some((look, offset, size)) = waiting.pop() {
            let from = usize::try_from(offset).unwrap() - 100;
            let (sentence, next) = take(&mut video, look, &bytes[from..from + size as usize], offset);
            said.extend(sentence);
            waiting.extend(next);
        }
        assert_eq!(said.len(), 1);
        assert_eq!(video.samples.iter().map(|s| s.sync).collect::<Vec<_>>(), [true, false, false, true, false]);
        // Where each is one, the second tells.
        let (mut intra, bytes) = track(&[(19, 0), (19, 1), (19, 2)]);
        intra.samples.iter_mut().for_each(|sample| sample.sync = true);
        assert_eq!(take(&mut intra, Look::Picture(1), &bytes[7..14], 107), (None, Vec::new()));
        assert!(intra.samples.iter().all(|sample| sample.sync));
    }
}
