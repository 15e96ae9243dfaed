//! Parameter sets of a byte stream → sample entries.
//!
//! An entry lists the sets that its pictures refer to. Sets with new ids are added to the entry in force; where one
//! changes at a key frame, another entry begins. Where one changes between key frames, or there are more entries than
//! a file may have, the sets stay in the samples, and the entry's name says so.

use crate::bytes::Writer;
use crate::codec::nal_family::NalFamily;
use crate::demux::entries::{self, Picture};
use crate::demux::{Entry, Properties};
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::mp4::put;

/// Sets by type and id, of which a stream has few.
#[derive(Debug, Clone, Default)]
struct Sets(Vec<((u8, u32), Vec<u8>)>);

impl Sets {
    fn find(&self, key: (u8, u32)) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, nal)| &nal[..])
    }

    fn put(&mut self, key: (u8, u32), nal: &[u8]) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = nal.to_vec(),
            None => self.0.push((key, nal.to_vec())),
        }
    }

    /// Whether all sets of `others` are `fit`, by what stands here under their keys.
    fn all(&self, others: &Self, fit: impl Fn(Option<&[u8]>, &[u8]) -> bool) -> bool {
        others.0.iter().all(|(key, nal)| fit(self.find(*key), nal))
    }
}

/// The sets of a stream as they pass.
#[derive(Debug)]
pub(in crate::demux) struct ParameterSets {
    family: &'static NalFamily,
    /// Those in force.
    current: Sets,
    /// Those that the picture brought.
    brought: Sets,
    /// Whether one of those differs from what was in force.
    is_changed: bool,
    entries: Vec<Sets>,
    /// The index of the entry in force.
    entry: usize,
    /// Whether the sets stay in the samples.
    pub(in crate::demux) stay: bool,
}

impl ParameterSets {
    pub(in crate::demux) fn new(family: &'static NalFamily) -> Self {
        let (current, brought, entries) = (Sets::default(), Sets::default(), Vec::new());
        Self { family, current, brought, is_changed: false, entries, entry: 0, stay: false }
    }

    /// Takes a set that stands before a picture's slices.
    pub(in crate::demux) fn take(&mut self, nal: &[u8]) {
        let Some(id) = (self.family.parameter_set_id)(nal) else { return };
        let key = ((self.family.unit)(nal).kind, id);
        if self.current.find(key).is_none_or(|known| known != nal) {
            self.current.put(key, nal);
            self.is_changed = true;
        }
        self.brought.put(key, nal);
    }

    /// The index of the entry of a picture; `None` as long as there is none that it can be decoded by.
    pub(in crate::demux) fn of_picture(&mut self, is_sync: bool) -> Option<u16> {
        let brought = std::mem::take(&mut self.brought);
        let is_changed = std::mem::take(&mut self.is_changed);
        if self.entries.is_empty() {
            if !self.is_whole(&self.current) {
                return None;
            }
            self.entries.push(self.current.clone());
        } else if is_changed && !self.stay {
            self.change(&brought, is_sync);
        }
        u16::try_from(self.entry).ok()
    }

    fn change(&mut self, brought: &Sets, is_sync: bool) {
        let entry = &mut self.entries[self.entry];
        if entry.all(brought, |known, nal| known.is_none_or(|known| known == nal)) {
            brought.0.iter().for_each(|(key, nal)| entry.put(*key, nal));
            return;
        }
        let has_all = |entry: &Sets| entry.all(brought, |known, nal| known == Some(nal));
        let again = self.entries.iter().position(has_all).filter(|_| self.is_whole(brought));
        match again {
            _ if !is_sync => self.stay = true,
            Some(again) => self.entry = again,
            None if self.entries.len() >= limits::SAMPLE_ENTRIES => self.stay = true,
            None => {
                // Sets that weren't sent again may be of pictures long gone.
                let sets = if self.is_whole(brought) { brought } else { &self.current };
                self.entry = self.entries.len();
                self.entries.push(sets.clone());
            }
        }
        if !self.stay {
            self.current = self.entries[self.entry].clone();
        }
    }

    /// Whether a decoder can start with these.
    fn is_whole(&self, sets: &Sets) -> bool {
        self.family.required_sets.iter().all(|kind| sets.0.iter().any(|((of, _), _)| of == kind))
    }

    /// The sample entries and what the first one says of the pictures.
    pub(in crate::demux) fn entries(&self) -> Result<(Vec<Entry>, Properties)> {
        let count = if self.stay { 1 } else { self.entries.len() };
        let made = self.entries.iter().take(count).map(|sets| self.entry_of(sets));
        let (entries, properties): (Vec<_>, Vec<_>) = made.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        let first = properties.first().copied();
        Ok((
            entries,
            first.ok_or_else(|| Error::new(Code::CodecInvalid, message!("the stream has no parameter sets")))?,
        ))
    }

    fn entry_of(&self, sets: &Sets) -> Result<(Entry, Properties)> {
        let mut sample = Writer::new();
        for (_, nal) in &sets.0 {
            sample.u32(u32::try_from(nal.len()).unwrap_or(0)).bytes(nal);
        }
        let sample = sample.into_vec();
        let record = (self.family.record_of_sets)(&sample)?;
        let record =
            record.ok_or_else(|| Error::new(Code::CodecInvalid, message!("the parameter sets can't be read")))?;
        let (out_of_band, in_band) = self.family.sample_entries[0];
        let (name, record_box) = (if self.stay { *in_band } else { *out_of_band }, *self.family.record_box);
        // The size stands in the sets: the entry is made once to learn it.
        let (_, found) = entries::video(name, record_box, &record, &Picture::default())?;
        let Properties::Video { width, height, sample_aspect_ratio: (across, down), .. } = found else {
            return Err(Error::new(Code::Internal, message!("an entry of video has no pictures")));
        };
        let mut boxes = Writer::new();
        if across != down {
            put(&mut boxes, b"pasp", |out| {
                out.u32(across).u32(down);
            });
        }
        entries::video(name, record_box, &record, &Picture { width, height, boxes: boxes.into_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::avc;
    use hex_literal::hex;

    /// Of a stream by x264, another level, and a picture parameter set with two ids.
    const SPS: [u8; 25] = hex!("6742c00cd941419f9f011000000300100000030300f142a580");
    const SPS_OF_LEVEL_1_1: [u8; 25] = hex!("6742c00bd941419f9f011000000300100000030300f142a580");
    const PPS: [u8; 5] = hex!("68c92064b2");
    const PPS_1: [u8; 6] = hex!("6852481920b0");

    fn of(sets: &mut ParameterSets, nals: &[&[u8]], is_sync: bool) -> Option<u16> {
        nals.iter().for_each(|nal| sets.take(nal));
        sets.of_picture(is_sync)
    }

    #[test]
    fn a_changed_set_at_a_key_frame_is_another_entry_and_the_first_one_comes_back() {
        let mut sets = ParameterSets::new(&avc::NAL_FAMILY);
        assert_eq!(of(&mut sets, &[&SPS], true), None);
        assert_eq!(of(&mut sets, &[&PPS], true), Some(0));
        assert_eq!(of(&mut sets, &[], false), Some(0));
        assert_eq!(of(&mut sets, &[&SPS_OF_LEVEL_1_1, &PPS], true), Some(1));
        assert_eq!(of(&mut sets, &[&SPS, &PPS], true), Some(0));
        assert!(!sets.stay);
        assert_eq!(sets.entries().unwrap().0.len(), 2);
    }

    #[test]
    fn a_set_with_a_new_id_is_added() {
        let mut sets = ParameterSets::new(&avc::NAL_FAMILY);
        of(&mut sets, &[&SPS, &PPS], true);
        assert_eq!(of(&mut sets, &[&PPS_1], false), Some(0));
        assert_eq!(of(&mut sets, &[&SPS, &PPS], true), Some(0));
        assert_eq!(sets.entries[0].0.len(), 3);
    }

    #[test]
    fn a_set_that_changes_between_key_frames_makes_all_stay_in_the_samples() {
        let mut sets = ParameterSets::new(&avc::NAL_FAMILY);
        of(&mut sets, &[&SPS, &PPS], true);
        let mut changed = PPS;
        changed[3] ^= 0x10;
        assert_eq!(of(&mut sets, &[&changed], false), Some(0));
        assert!(sets.stay);
        let (entries, _) = sets.entries().unwrap();
        assert_eq!(entries[0].coding_name.0, *b"avc3");
    }
}
