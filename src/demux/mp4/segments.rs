//! Init and media segments that are read one at a time, as they stand in files of their own.

use super::fragmented;
use super::track::Draft;
use super::{Movie, read_moov};
use crate::demux::{Protection, Sample, Track};
use crate::error::{Code, Error, Message, Result};
use crate::mp4::protection::Defaults;
use crate::mp4::{BoxHeader, Boxes};
use crate::time::Ticks;

/// An init segment, by which media segments are read.
#[derive(Debug, Clone)]
pub struct InitSegment {
    movie: Movie,
    /// The content of each `pssh` in `moov`, with its absolute offset.
    pub pssh: Vec<(u64, Vec<u8>)>,
}

/// What an init segment says of a track.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The track's id in the file.
    pub track_id: u32,
    /// The track without samples.
    pub track: &'a Track,
    /// For each sample entry its encryption defaults; `None` for a clear one.
    pub entry_defaults: &'a [Option<Defaults>],
    /// What must be added to composition times for presentation times, in ticks.
    pub presentation_offset: Ticks,
    /// Whether the file has samples outside of fragments.
    pub has_samples: bool,
}

/// A track's part of a movie fragment.
#[derive(Debug, Clone)]
pub struct Fragment {
    /// The index of the track's [`Head`].
    pub head: usize,
    /// `baseMediaDecodeTime`, in ticks; 0 where there is none.
    pub decode_time: u64,
    /// The samples in decoding order, their offsets absolute.
    pub samples: Vec<Sample>,
    /// How they are encrypted; `None` in a clear track.
    pub protection: Option<Protection>,
}

impl InitSegment {
    /// Reads the boxes at the top of `bytes`, which stand at `offset` of their file.
    pub fn read(bytes: &[u8], offset: u64) -> Result<Self> {
        let mut reader = crate::mp4::reader(bytes, offset);
        while !reader.is_empty() {
            let header = BoxHeader::read(&mut reader.clone(), reader.rest().len() as u64, true)?;
            let size = usize::try_from(header.size).expect("a box lies within a slice");
            let mut content = reader.sub(size)?;
            content.skip(usize::try_from(header.header_size).expect("a header is small"))?;
            if header.kind.0 == *b"moov" {
                let boxes = Boxes::new(content);
                let movie = read_moov(boxes.clone(), offset.saturating_add(bytes.len() as u64));
                let mut pssh = Vec::new();
                for child in boxes {
                    let (kind, content) = child.map_err(|error| error.in_box("moov"))?;
                    if kind.0 == *b"pssh" {
                        pssh.push((content.offset(), content.rest().to_vec()));
                    }
                }
                return Ok(Self { movie: movie.map_err(|error| error.in_box("moov"))?, pssh });
            }
        }
        Err(Error::new(Code::Mp4BoxMissing, message!("the box is missing")).in_box("moov").at(offset))
    }

    /// The tracks that can be read.
    pub fn heads(&self) -> impl Iterator<Item = Head<'_>> {
        self.movie.drafts.iter().map(|draft| Head {
            track_id: draft.id,
            track: &draft.track,
            entry_defaults: &draft.entry_defaults,
            presentation_offset: draft.edit_offset(),
            has_samples: !draft.track.samples.is_empty(),
        })
    }

    /// Why other tracks are left out, a sentence each.
    pub fn skipped(&self) -> &[Message] {
        &self.movie.skipped
    }

    /// Reads a `moof` in `file`, whose first byte stands at `file_offset`; auxiliary information may be
    /// anywhere in it.
    pub fn read_moof(&self, header: &BoxHeader, file: &[u8], file_offset: u64) -> Result<Vec<Fragment>> {
        let slice = |offset: u64, size: u64| {
            let from = usize::try_from(offset.checked_sub(file_offset)?).ok()?;
            file.get(from..from.checked_add(usize::try_from(size).ok()?)?)
        };
        let content = slice(header.offset + header.header_size, header.size - header.header_size);
        let content =
            content.ok_or_else(|| Error::new(Code::Mp4BoxTruncated, message!("the box is cut off")).in_box("moof"))?;
        let mut drafts: Vec<Draft> = self.movie.drafts.iter().map(Draft::without_samples).collect();
        let file_size = file_offset.saturating_add(file.len() as u64);
        let in_moof = |error: Error| error.in_box("moof").at(header.offset);
        for elsewhere in fragmented::append(&mut drafts, header, content, file_size).map_err(in_moof)? {
            let pieces: Option<Vec<&[u8]>> =
                elsewhere.ranges.iter().map(|&(offset, size)| slice(offset, size)).collect();
            let pieces = pieces.ok_or_else(|| {
                in_moof(
                    Error::new(Code::Mp4SampleOutOfFile, message!("the box points outside the segment")).in_box("saio"),
                )
            })?;
            elsewhere.take(&mut drafts, &pieces.concat()).map_err(in_moof)?;
        }
        let fragment = |(head, draft): (usize, Draft)| Fragment {
            head,
            decode_time: draft.first_decode_time,
            samples: draft.track.samples,
            protection: draft.track.protection.filter(Protection::is_any),
        };
        Ok(drafts.into_iter().enumerate().map(fragment).filter(|fragment| !fragment.samples.is_empty()).collect())
    }
}
