//! One `trak` → a track, or the reason why it is left out.

use super::fragmented::{Elsewhere, Lookup};
use super::{edits, entry, pcm, samples};
use crate::codec::Codec;
use crate::codec::captions::Captions;
use crate::demux::about::{self, About};
use crate::demux::{Access, Entry, Kind, LeftOut, Properties, Role, Track, language};
use crate::error::{Error, Message, Result};
use crate::mp4::protection::Defaults;
use crate::mp4::sample_entry::{Unprotected, read_stsd};
use crate::mp4::sample_group::{Descriptions, SampleGroups, open_starts};
use crate::mp4::sample_table::SampleTable;
use crate::mp4::senc::AuxiliaryInformation;
use crate::mp4::track::{Edit, Mdhd, Tkhd, read_elng, read_elst, read_hdlr, read_hdlr_name, read_kind};
use crate::mp4::traf::Trex;
use crate::mp4::{Boxes, FourCc, wvtt};
use crate::time::{Ticks, seconds};

/// What became of a `trak`.
pub(super) enum Outcome {
    /// A track.
    Track(Box<Draft>),
    /// Why it is left out.
    Skipped(LeftOut),
}

/// A track to which fragments may still append samples.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// The track's id in the file.
    pub(super) id: u32,
    /// What is still to be read on how its samples are encrypted.
    pub(super) elsewhere: Option<Elsewhere>,
    /// The track, its edits not yet applied.
    pub(super) track: Track,
    edits: Option<Vec<Edit>>,
    movie_timescale: u32,
    /// For each sample entry its encryption defaults; `None` for a clear entry.
    pub(super) entry_defaults: Vec<Option<Defaults>>,
    /// The sample group descriptions in the track's own `sgpd`.
    pub(super) descriptions: Descriptions,
    /// What holds where a fragment says nothing.
    pub(super) trex: Trex,
    /// Decoding time of the first sample, and of the next one, in ticks.
    pub(super) first_decode_time: u64,
    pub(super) next_decode_time: u64,
    /// How many gaps there were between fragments, and the longest of them in ticks.
    pub(super) gaps: (usize, u64),
}

/// Where a `trak` stands.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The children of `moov`.
    pub(super) moov: &'a Boxes<'a>,
    /// Which of them it is, from 1.
    pub(super) number: usize,
    pub(super) movie_timescale: u32,
    pub(super) file_size: u64,
    /// Whether fragments come: the track may have no sample of its own then.
    pub(super) has_fragments: bool,
}

/// Reads the children of `trak`.
pub(super) fn read(trak: Boxes<'_>, place: &Place<'_>) -> Result<Outcome> {
    let &Place { moov, number, movie_timescale, file_size, has_fragments: fragments } = place;
    let skipped = |reason, is_media| Ok(Outcome::Skipped(LeftOut { reason, is_media }));
    let mdia = Boxes::new(trak.need(b"mdia")?);
    let within = |error: Error| error.in_box("mdia");
    let handler = read_hdlr(mdia.need(b"hdlr").map_err(within)?).map_err(|error| within(error.in_box("hdlr")))?;
    let kind = match &handler.0 {
        b"vide" => Kind::Video,
        b"soun" => Kind::Audio,
        b"text" | b"subt" | b"sbtl" => Kind::Text,
        other => {
            return skipped(message!("{handler} tracks can't be packaged", handler = handler_name(*other)), false);
        }
    };
    let tkhd = Tkhd::read(trak.need(b"tkhd")?).map_err(|error| error.in_box("tkhd"))?;
    let edits = match trak.find(b"edts")? {
        Some(edts) => {
            Boxes::new(edts).find(b"elst")?.map(read_elst).transpose().map_err(|error| error.in_box("edts/elst"))?
        }
        None => None,
    };
    let media = match read_media(&mdia, kind, file_size).map_err(within)? {
        Ok(media) if media.samples.is_empty() && !fragments => {
            return skipped(message!("it has no samples"), false);
        }
        Ok(media) => media,
        // Pictures of chapters are none of the title's.
        Err(reason) => return skipped(reason, kind != Kind::Text && !is_of_chapters(moov, tkhd.track_id)?),
    };
    let mut about = read_about(&trak, &mdia, handler)?;
    if let Access::TimedText(configs) = &media.access
        && configs.iter().any(|config| config.is_forced)
    {
        about.add(Role::ForcedSubtitle);
    }
    let duration = media.samples.iter().map(|sample| u64::from(sample.duration)).sum();
    let mut draft = Draft {
        elsewhere: None,
        id: tkhd.track_id,
        track: Track {
            kind,
            tkhd: Tkhd { track_id: u32::try_from(number).expect("few tracks"), ..tkhd },
            timescale: media.mdhd.timescale,
            packed_language: media.mdhd.language,
            language: media.language,
            label: about.label,
            is_forced: about.is_forced,
            roles: about.roles,
            presentation_offset: 0,
            entries: media.entries,
            samples: media.samples,
            access: media.access,
            protection: None,
            captions: Captions::Unknown,
            properties: media.properties,
        },
        edits,
        movie_timescale,
        entry_defaults: media.entry_defaults,
        descriptions: Descriptions::default(),
        trex: Trex { default_sample_description_index: 1, ..Trex::default() },
        first_decode_time: 0,
        next_decode_time: duration,
        gaps: (0, 0),
    };
    let boxes = [b"minf", b"stbl"];
    let protected = draft.read_protection(&trak, &mdia, moov, file_size);
    protected.map_err(|error| within(boxes.iter().rev().fold(error, |error, name| error.in_box(FourCc(**name)))))?;
    Ok(Outcome::Track(Box::new(draft)))
}

/// Whether another track names this one as that of its chapters (QuickTime File Format, "Chapter lists").
fn is_of_chapters(moov: &Boxes<'_>, track_id: u32) -> Result<bool> {
    for child in moov.clone() {
        let (kind, content) = child?;
        let tref = if kind.0 == *b"trak" { Boxes::new(content).find(b"tref")? } else { None };
        let Some(chap) = tref.map(|tref| Boxes::new(tref).find(b"chap")).transpose()?.flatten() else { continue };
        if chap.rest().as_chunks::<4>().0.iter().any(|id| u32::from_be_bytes(*id) == track_id) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Draft {
    /// Reads the sample groups and, where the track has samples of its own, how they are encrypted. That stands in the
    /// sample table, or wherever `saio` points (ISO/IEC 14496-12 clause 8.7.9), or beside `mdia`, as MP4Box has it.
    fn read_protection(&mut self, trak: &Boxes<'_>, mdia: &Boxes<'_>, moov: &Boxes<'_>, file_size: u64) -> Result<()> {
        if self.entry_defaults.iter().all(Option::is_none) {
            return Ok(());
        }
        let stbl = Boxes::new(Boxes::new(mdia.need(b"minf")?).need(b"stbl")?);
        let mut groups = SampleGroups::read(&stbl, self.scheme())?;
        self.descriptions = std::mem::take(&mut groups.descriptions);
        let in_force = self.defaults_of(&self.track.samples, &groups, &self.descriptions)?;
        let mut auxiliary = AuxiliaryInformation::read(&stbl, self.scheme())?;
        if auxiliary.senc.is_none() && auxiliary.saio.is_none() {
            auxiliary.senc = AuxiliaryInformation::read(trak, self.scheme())?.senc;
        }
        let chunks = match &auxiliary.saio {
            Some(saio) if saio.offsets.len() > 1 => SampleTable::read(&stbl)?.samples_of_chunks(),
            _ => Vec::new(),
        };
        let lookup = Lookup { content: moov.rest(), content_offset: moov.offset(), base: 0 };
        if let Some(ranges) = self.append_protection(&in_force, &auxiliary, &chunks, &lookup)? {
            // Its place among the tracks is known later.
            self.elsewhere = Some(Elsewhere::new(0, ranges, &auxiliary, in_force, file_size)?);
        }
        Ok(())
    }

    /// What must be added to composition times for presentation times, in ticks.
    pub(super) fn edit_offset(&self) -> Ticks {
        edits::apply(self.edits.as_deref(), self.movie_timescale, self.track.timescale, 0).presentation_offset
    }

    /// As it was before any sample.
    pub(super) fn without_samples(&self) -> Self {
        let track = Track { samples: Vec::new(), protection: None, ..self.track.clone() };
        Self { track, first_decode_time: 0, next_decode_time: 0, ..self.clone() }
    }

    /// The track with its edits applied, and a sentence for each thing that was mended; the reason to
    /// leave it out, if it has no sample.
    pub(super) fn finish(mut self, fragmented: bool) -> std::result::Result<(Track, Vec<Message>), Message> {
        let track = &mut self.track;
        if track.samples.is_empty() {
            return Err(message!("it has no samples"));
        }
        if track.entries.iter().all(|entry| entry.codec.is_all_sync()) {
            track.samples.iter_mut().for_each(|sample| sample.sync = true);
        }
        if self.entry_defaults.iter().any(Option::is_some) {
            merge_entries(track);
        }
        let shift = make_offsets_positive(&mut track.samples);
        // Fragments have their place on the timeline by `tfdt`: without an edit list it is kept.
        let first = if fragmented { 0 } else { first_composition(&track.samples) - shift };
        let applied = edits::apply(self.edits.as_deref(), self.movie_timescale, track.timescale, first);
        let start = Ticks::try_from(self.first_decode_time).unwrap_or(Ticks::MAX);
        track.presentation_offset = applied.presentation_offset.saturating_sub(shift).saturating_add(start);
        if track.protection.as_ref().is_some_and(|protection| !protection.is_any()) {
            track.protection = None;
        }
        let mut mended: Vec<Message> = applied.warning.into_iter().collect();
        // In a fragmented file the edit's duration is often that of the samples in `moov`.
        let end = applied.end.filter(|_| !fragmented);
        mended.extend(end.and_then(|end| track.end_at(end)));
        mended.extend(track.start_at_key_frame()?);
        if track.is_hidden() {
            return Err(message!("its edit list starts where its samples have ended, and presents none of them"));
        }
        track.leave_out_hidden();
        if self.gaps.0 > 0 {
            mended.push(message!("there are {count} gaps between fragments, the longest {longest} s long; the sample before each lasts until its end", count = self.gaps.0, longest = format!("{:.3}", seconds(Ticks::try_from(self.gaps.1).unwrap_or(Ticks::MAX), track.timescale))));
        }
        Ok((self.track, mended))
    }
}

/// Leaves one of the sample entries that are the same without their protection: a protected track has a second entry
/// for samples that are clear, or one for each key.
fn merge_entries(track: &mut Track) {
    let entries = std::mem::take(&mut track.entries);
    let mut places = Vec::new();
    for entry in entries {
        let place = track.entries.iter().position(|known| known.bytes == entry.bytes);
        places.push(place.unwrap_or(track.entries.len()));
        if place.is_none() {
            track.entries.push(entry);
        }
    }
    for sample in &mut track.samples {
        sample.entry = u16::try_from(places[usize::from(sample.entry)]).expect("few sample entries");
    }
}

/// What `udta` and the handler's name say about a track. None of it is worth more than the track: what can't be read
/// says nothing.
fn read_about(trak: &Boxes<'_>, mdia: &Boxes<'_>, handler: FourCc) -> Result<About> {
    let mut about = About::default();
    for (kind, content) in trak.find(b"udta")?.into_iter().flat_map(Boxes::new).map_while(Result::ok) {
        let text = String::from_utf8_lossy(content.rest());
        match &kind.0 {
            b"name" => about.label = about::label(&text).or(about.label),
            b"kind" => read_kind(content).into_iter().for_each(|(scheme, value)| about.add_kind(&scheme, &value)),
            b"tagc" => about.add_characteristic(text.trim_end_matches('\0')),
            _ => (),
        }
    }
    if about.label.is_none() {
        let name = mdia.find(b"hdlr")?.map(read_hdlr_name).and_then(Result::ok);
        about.label = name.and_then(|name| about::handler_label(handler, name));
    }
    Ok(about)
}

/// Refuses times so far from 0 that what is computed from them could leave 64 bits.
pub(super) fn check_times(track: &Track) -> Result<()> {
    crate::demux::check_duration(track).map_err(|error| error.in_box("mdia/minf/stbl/stts"))?;
    crate::demux::check_offset(track).map_err(|error| error.in_box("edts/elst"))
}

struct Media {
    access: Access,
    mdhd: Mdhd,
    language: Option<String>,
    entries: Vec<Entry>,
    entry_defaults: Vec<Option<Defaults>>,
    samples: Vec<crate::demux::Sample>,
    properties: Properties,
}

/// Reads the children of `mdia`; the inner error is the reason to leave the track out.
fn read_media(mdia: &Boxes<'_>, kind: Kind, file_size: u64) -> Result<std::result::Result<Media, Message>> {
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
    let mut entry_defaults = Vec::new();
    let mut properties = None;
    let mut timed_text = Vec::new();
    for entry in &stsd {
        let unprotected = entry.unprotected().map_err(|error| in_stbl(error.in_box(entry.kind).in_box("stsd")))?;
        entry_defaults.push(unprotected.as_ref().map(|unprotected| unprotected.sinf.defaults.clone()));
        let original = unprotected.as_ref().map(Unprotected::entry);
        let entry = original.as_ref().unwrap_or(entry);
        let read = entry::read(entry, kind).map_err(|error| in_stbl(error.in_box(entry.kind).in_box("stsd")))?;
        let Some((codec, found)) = read else {
            return Ok(Err(message!(
                "{name} ({entry}) can't be packaged",
                name = entry::codec_name(entry, kind),
                entry = entry.kind
            )));
        };
        properties.get_or_insert(found);
        timed_text.extend(entry::timed_text(entry).map_err(|error| in_stbl(error.in_box(entry.kind).in_box("stsd")))?);
        if timed_text.len() > entries.len() {
            // Of timed text WebVTT is made, sample by sample.
            let coding_name = FourCc(*b"wvtt");
            entries.push(Entry { coding_name, bytes: wvtt::entry("WEBVTT"), codec });
            continue;
        }
        let bytes = match &codec {
            Codec::Mp3(config) if entry.kind.0 != *b"mp4a" => entry.to_mp4a(config.object_type())?,
            Codec::Pcm(config) => pcm::entry(config),
            _ if kind == Kind::Video => entry.to_iso_visual()?,
            _ => entry.to_iso(entry::configuration_box(entry.kind))?,
        };
        let coding_name = FourCc(bytes[4..8].try_into().expect("a box has a name"));
        entries.push(Entry { coding_name, bytes, codec });
    }
    if !timed_text.is_empty() && timed_text.len() < entries.len() {
        return Ok(Err(message!("its text entries are of several kinds")));
    }
    if let Some(Properties::Audio { sampling_rate: rate @ 0, .. }) = &mut properties {
        *rate = mdhd.timescale; // an entry has 16 bits for it
    }
    let Some(properties) = properties else { return Ok(Err(message!("it has no sample entry"))) };
    let table = SampleTable::read(&stbl).map_err(in_stbl)?;
    let language = language.or_else(|| mdhd.language_code()).map(|tag| language::shortest(&tag));
    // Samples of QuickTime's PCM are too small to be samples of MP4.
    let frame_size = match entries.first().map(|entry| &entry.codec) {
        Some(Codec::Pcm(config)) if table.has_equal_sizes() => Some(config.frame_size()),
        _ => None,
    };
    let samples = match frame_size {
        Some(size) => samples::read_frames(&table, entries.len(), size, file_size),
        None => samples::read(&table, entries.len(), file_size),
    };
    let mut samples = samples.map_err(in_stbl)?;
    if kind == Kind::Video {
        samples::mark_open_starts(&mut samples, &open_starts(&stbl).map_err(in_stbl)?);
    }
    let access = if timed_text.is_empty() { Access::Whole } else { Access::TimedText(timed_text) };
    Ok(Ok(Media { access, mdhd, language, entries, entry_defaults, samples, properties }))
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
