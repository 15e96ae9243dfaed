//! One `trak` → a track, or the reason why it is left out.

use super::{edits, entry, samples};
use crate::codec::Codec;
use crate::demux::{Entry, Kind, Properties, Track, language};
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::mp4::sample_entry::read_stsd;
use crate::mp4::sample_table::SampleTable;
use crate::mp4::track::{Mdhd, Tkhd, read_elng, read_elst, read_hdlr};
use crate::mp4::{Boxes, FourCc};
use crate::time::Ticks;

/// What became of a `trak`.
pub(super) enum Outcome {
    /// A track, with a sentence where something was mended.
    Track(Box<Track>, Option<String>),
    /// Why it is left out.
    Skipped(String),
}

/// Reads the children of `trak`.
pub(super) fn read(trak: Boxes<'_>, number: usize, movie_timescale: u32, file_size: u64) -> Result<Outcome> {
    let mdia = Boxes::new(trak.need(b"mdia")?);
    let within = |error: Error| error.in_box("mdia");
    let handler = read_hdlr(mdia.need(b"hdlr").map_err(within)?).map_err(|error| within(error.in_box("hdlr")))?;
    let kind = match &handler.0 {
        b"vide" => Kind::Video,
        b"soun" => Kind::Audio,
        b"text" | b"subt" | b"sbtl" => Kind::Text,
        other => return Ok(Outcome::Skipped(format!("{} tracks are not packaged", handler_name(*other)))),
    };
    let tkhd = Tkhd::read(trak.need(b"tkhd")?).map_err(|error| error.in_box("tkhd"))?;
    let edit_list = match trak.find(b"edts")? {
        Some(edts) => {
            Boxes::new(edts).find(b"elst")?.map(read_elst).transpose().map_err(|error| error.in_box("edts/elst"))?
        }
        None => None,
    };
    let media = read_media(&mdia, kind, file_size).map_err(within)?;
    let mut media = match media {
        Ok(media) => media,
        Err(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let shift = make_offsets_positive(&mut media.samples);
    let first = first_composition(&media.samples) - shift;
    let applied = edits::apply(edit_list.as_deref(), movie_timescale, media.mdhd.timescale, first);
    let track = Track {
        kind,
        tkhd: Tkhd { track_id: u32::try_from(number).expect("few tracks"), ..tkhd },
        timescale: media.mdhd.timescale,
        packed_language: media.mdhd.language,
        language: media.language,
        presentation_offset: applied.presentation_offset.saturating_sub(shift),
        entries: media.entries,
        samples: media.samples,
        properties: media.properties,
    };
    check_times(&track)?;
    Ok(Outcome::Track(Box::new(track), applied.warning))
}

/// Refuses times so far from 0 that what is computed from them could leave 64 bits.
fn check_times(track: &Track) -> Result<()> {
    let furthest = u64::from(limits::TIMELINE_SECONDS) * u64::from(track.timescale);
    let check = |ticks: u64, what: &str| {
        if ticks <= furthest {
            return Ok(());
        }
        let message =
            format!("{what} of {ticks} ticks at {} a second, over {} s", track.timescale, limits::TIMELINE_SECONDS);
        Err(Error::new(Code::LimitExceeded, message))
    };
    let duration = track.samples.iter().map(|sample| u64::from(sample.duration)).sum();
    check(duration, "a duration").map_err(|error| error.in_box("mdia/minf/stbl/stts"))?;
    check(track.presentation_offset.unsigned_abs(), "an edit").map_err(|error| error.in_box("edts/elst"))
}

struct Media {
    mdhd: Mdhd,
    language: Option<String>,
    entries: Vec<Entry>,
    samples: Vec<crate::demux::Sample>,
    properties: Properties,
}

/// Reads the children of `mdia`; the inner error is the reason to leave the track out.
fn read_media(mdia: &Boxes<'_>, kind: Kind, file_size: u64) -> Result<std::result::Result<Media, String>> {
    let mdhd = Mdhd::read(mdia.need(b"mdhd")?).map_err(|error| error.in_box("mdhd"))?;
    let language = match mdia.find(b"elng")? {
        Some(elng) => read_elng(elng).map_err(|error| error.in_box("elng"))?,
        None => None,
    };
    let stbl = Boxes::new(mdia.need(b"minf")?).need(b"stbl").map_err(|error| error.in_box("minf"))?;
    let stbl = Boxes::new(stbl);
    let in_stbl = |error: Error| error.in_box("minf/stbl");
    let stsd = stbl
        .need(b"stsd")
        .and_then(|reader| read_stsd(reader).map_err(|error| error.in_box("stsd")))
        .map_err(in_stbl)?;
    let mut entries = Vec::new();
    let mut properties = None;
    for entry in &stsd {
        let read = entry::read(entry, kind).map_err(|error| in_stbl(error.in_box(entry.kind).in_box("stsd")))?;
        let Some((codec, found)) = read else {
            return Ok(Err(format!("{} ({}) is not packaged", entry::codec_name(entry.kind), entry.kind)));
        };
        properties.get_or_insert(found);
        let bytes = entry.to_iso(match &codec {
            Codec::Mp3(config) => Some(config.object_type()),
            _ => None,
        })?;
        let coding_name = FourCc(bytes[4..8].try_into().expect("a box has a name"));
        entries.push(Entry { coding_name, bytes, codec });
    }
    let Some(properties) = properties else { return Ok(Err("it has no sample entry".to_owned())) };
    let table = SampleTable::read(&stbl).map_err(in_stbl)?;
    let mut samples = samples::read(&table, entries.len(), file_size).map_err(in_stbl)?;
    if entries.iter().all(|entry| entry.codec.is_all_sync()) {
        samples.iter_mut().for_each(|sample| sample.sync = true);
    }
    if samples.is_empty() {
        return Ok(Err("it has no sample".to_owned()));
    }
    let language = language.or_else(|| mdhd.language_code()).map(|tag| language::shortest(&tag));
    Ok(Ok(Media { mdhd, language, entries, samples, properties }))
}

/// Composition offsets that reach below 0 (`ctts` of version 1) are all raised by the same number of
/// ticks, which the presentation offset takes back: readers of fragments differ on negative ones, and a
/// CMAF track of brand `cmfc` has none (ISO/IEC 23000-19).
fn make_offsets_positive(samples: &mut [crate::demux::Sample]) -> Ticks {
    let lowest = samples.iter().map(|sample| sample.composition_offset).min().unwrap_or(0).min(0);
    let shift = lowest.saturating_neg();
    for sample in samples {
        sample.composition_offset = sample.composition_offset.saturating_add(shift);
    }
    Ticks::from(shift)
}

/// The earliest composition time, in ticks. Reordering never reaches further than a few pictures, and
/// the first group of pictures ends at the second sync sample.
fn first_composition(samples: &[crate::demux::Sample]) -> Ticks {
    let mut decode_time = 0;
    let mut earliest = Ticks::MAX;
    for (index, sample) in samples.iter().enumerate() {
        if index > 0 && sample.sync && earliest < decode_time {
            break;
        }
        earliest = earliest.min(decode_time + Ticks::from(sample.composition_offset));
        decode_time += Ticks::from(sample.duration);
    }
    if earliest == Ticks::MAX { 0 } else { earliest }
}

fn handler_name(handler: [u8; 4]) -> String {
    match &handler {
        b"tmcd" => "time code".to_owned(),
        b"meta" | b"mdta" => "metadata".to_owned(),
        b"hint" => "hint".to_owned(),
        _ => format!("'{}'", FourCc(handler)),
    }
}
