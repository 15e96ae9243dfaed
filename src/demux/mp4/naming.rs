//! Parameter sets in band or in the sample entry, and the names that say so: `hev1` → `hvc1`, `avc3` → `avc1`.
//!
//! The samples stay as they are in either case. But Apple's players refuse `hev1` and `dvhe`, and its authoring
//! rules want `avc1`, so the entry is renamed wherever its record lists the parameter sets (ISO/IEC 14496-15 clauses
//! 5.4.2 and 8.4.1). A record that lists none, since the sets are only in band, is completed from the first key
//! frame, which is read for it; where that one doesn't hold them, the entry keeps its name.
//!
//! With it goes whatever else samples are read for: [`starts`].

use super::entry;
use crate::codec::nal_family::NalFamily;
use crate::demux::starts::{self, Look};
use crate::demux::{Entry, Kind, Track};
use crate::error::{Message, Result};
use crate::limits;
use crate::mp4::sample_entry::{read_stsd, renamed};
use crate::mp4::{Boxes, FourCc};

/// A sample that is wanted, or several that stand together.
#[derive(Debug, Clone, Copy)]
pub(in crate::demux) struct Wanted {
    /// The index of the track.
    pub(in crate::demux) track: usize,
    purpose: Purpose,
    /// Where the sample is in the file.
    pub(in crate::demux) offset: u64,
    /// Its size in bytes.
    pub(in crate::demux) size: u32,
}

/// What it is wanted for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// The parameter sets of the entry of this index.
    Sets(usize),
    /// Where decoding can start.
    Starts(Look),
}

/// Renames the entries of a track that can be renamed by their records, and lists what is wanted for the others;
/// adds a sentence for each that keeps its name.
pub(in crate::demux) fn settle(number: usize, track: &mut Track, warnings: &mut Vec<Message>) -> Result<Vec<Wanted>> {
    let mut wanted = Vec::new();
    for index in 0..track.entries.len() {
        let entry = &track.entries[index];
        let Some((family, name)) = out_of_band_name(entry) else { continue };
        if entry.codec.has_parameter_sets() {
            let record = record(entry, family)?;
            rewrite(track, index, family, name, record)?;
            continue;
        }
        let sample = track.samples.iter().find(|sample| sample.sync && usize::from(sample.entry) == index);
        match sample.filter(|sample| sample.size <= limits::FIRST_SAMPLE_BYTES) {
            Some(sample) => {
                let purpose = Purpose::Sets(index);
                wanted.push(Wanted { track: number, purpose, offset: sample.offset, size: sample.size });
            }
            None => warnings.push(keeps_its_name(track, index)),
        }
    }
    wanted.extend(starts::looks(track).into_iter().map(|look| Wanted::of_look(number, look)));
    Ok(wanted)
}

impl Wanted {
    fn of_look(track: usize, (look, offset, size): starts::Range) -> Self {
        Self { track, purpose: Purpose::Starts(look), offset, size }
    }
}

/// Takes a sample that was wanted. Gives a sentence for what was mended or could not be, and what is wanted then.
pub(in crate::demux) fn complete(
    tracks: &mut [Track],
    wanted: Wanted,
    sample: &[u8],
) -> Result<(Option<Message>, Vec<Wanted>)> {
    let track = &mut tracks[wanted.track];
    match wanted.purpose {
        Purpose::Sets(entry) => Ok((complete_record(track, entry, sample)?, Vec::new())),
        Purpose::Starts(look) => {
            let (sentence, looks) = starts::take(track, look, sample, wanted.offset);
            let number = track.tkhd.track_id;
            let sentence = sentence.map(|sentence| message!("track {number}: {sentence}", number, sentence));
            Ok((sentence, looks.into_iter().map(|look| Wanted::of_look(wanted.track, look)).collect()))
        }
    }
}

/// Completes an entry's record from a sample and renames it, or says in a sentence why not.
fn complete_record(track: &mut Track, index: usize, sample: &[u8]) -> Result<Option<Message>> {
    let entry = &track.entries[index];
    if let Some((family, name)) = out_of_band_name(entry) {
        let old = record(entry, family)?;
        if let Some(length_size) = family.length_size(&old)
            && let Some(record) = (family.complete_record)(&old, length_size, sample)?
        {
            return rewrite(track, index, family, name, record).map(|()| None);
        }
    }
    Ok(Some(keeps_its_name(track, index)))
}

/// For an entry whose parameter sets may be in band: the name of one whose sets are in its record.
fn out_of_band_name(entry: &Entry) -> Option<(&'static NalFamily, [u8; 4])> {
    let family = entry.codec.nal_family()?;
    Some((family, family.out_of_band_name(entry.coding_name.0)?))
}

fn keeps_its_name(track: &Track, entry: usize) -> Message {
    message!(
        "track {number}: {entry} keeps its name, since neither its record nor its first key frame has the parameter sets; \
         Apple's players may refuse it",
        number = track.tkhd.track_id,
        entry = track.entries[entry].coding_name
    )
}

/// The content of the configuration record.
fn record(entry: &Entry, family: &NalFamily) -> Result<Vec<u8>> {
    let stsd = one_entry(&entry.bytes);
    let entries = read_stsd(crate::mp4::reader(&stsd, 0))?;
    let boxes: Boxes<'_> = entries[0].visual()?.boxes;
    Ok(boxes.need(family.record_box)?.rest().to_vec())
}

/// Writes the entry anew and reads what it says.
fn rewrite(track: &mut Track, index: usize, family: &NalFamily, name: [u8; 4], mut record: Vec<u8>) -> Result<()> {
    let entry = &mut track.entries[index];
    (family.mark_complete)(&mut record)?;
    let bytes = renamed(&entry.bytes, name, *family.record_box, &record)?;
    let stsd = one_entry(&bytes);
    if let Some((codec, properties)) = entry::read(&read_stsd(crate::mp4::reader(&stsd, 0))?[0], Kind::Video)? {
        *entry = Entry { coding_name: FourCc(name), bytes, codec };
        if index == 0 {
            track.properties = properties;
        }
    }
    Ok(())
}

/// The content of an `stsd` with this entry.
fn one_entry(entry: &[u8]) -> Vec<u8> {
    [&[0, 0, 0, 0, 0, 0, 0, 1], entry].concat()
}
