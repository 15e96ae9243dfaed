//! Families of codecs whose streams are NAL units, and what tells their pictures apart: for containers that hold a
//! bare byte stream, and for whoever compares samples unit by unit.
//!
//! A family is a table in its codec's folder and a line in [`NAL_FAMILIES`](super::NAL_FAMILIES). Nothing else asks which codec it is.

use std::fmt;

use super::start::{Leading, Start};
use crate::error::Result;

/// How a family of codecs is written as NAL units.
pub struct NalFamily {
    /// The name in words.
    pub name: &'static str,
    /// `stream_type` in MPEG transport streams (ISO/IEC 13818-1 table 2-34).
    pub stream_type: u8,
    /// The identifier that a registration descriptor may have in place of that.
    pub registration: Option<&'static [u8; 4]>,
    /// Pairs of sample entries: with all parameter sets in the record, and with sets that may be in the samples.
    pub sample_entries: &'static [(&'static [u8; 4], &'static [u8; 4])],
    /// The box with the configuration record.
    pub record_box: &'static [u8; 4],
    /// Where in the record the byte stands whose last two bits are the size of NAL unit lengths, minus one.
    pub length_size_at: usize,
    /// The types of parameter sets without which a decoder can't start.
    pub required_sets: &'static [u8],
    /// The size of a NAL unit's header in bytes.
    pub header_size: usize,
    /// How many bytes of a slice tell its picture.
    pub slice_head: usize,
    /// What a NAL unit is that begins so. Two bytes are enough, if there are as many.
    pub unit: fn(&[u8]) -> NalUnit,
    /// The id of a parameter set; `None` for other NAL units.
    pub parameter_set_id: fn(&[u8]) -> Option<u32>,
    /// What reads the slices of a stream.
    pub slices: fn() -> Box<dyn Slices>,
    /// The configuration record of these parameter sets, each behind a length of four bytes.
    pub record_of_sets: fn(&[u8]) -> Result<MadeRecord>,
    /// A record that has no parameter sets, with those of a sample whose lengths are so many bytes long.
    pub complete_record: fn(record: &[u8], length_size: usize, sample: &[u8]) -> Result<MadeRecord>,
    /// Says in a record that all sets are in it.
    pub mark_complete: fn(&mut [u8]) -> Result<()>,
    /// How decoding can start with the picture of these NAL units.
    pub start: fn(&[&[u8]]) -> Start,
    /// What the picture of these NAL units is to the one with which decoding started, if it is shown before that.
    pub leading: fn(&[&[u8]]) -> Leading,
}

/// A configuration record; `None` where not all parameter sets are there that it needs.
pub type MadeRecord = Option<Vec<u8>>;

impl NalFamily {
    /// The size of NAL unit lengths in bytes, by a configuration record.
    pub fn length_size(&self, record: &[u8]) -> Option<usize> {
        record.get(self.length_size_at).map(|byte| usize::from(byte & 3) + 1)
    }

    /// The sample entry whose record lists all parameter sets, in place of one whose samples may hold some.
    pub fn out_of_band_name(&self, name: [u8; 4]) -> Option<[u8; 4]> {
        self.sample_entries.iter().find(|(_, in_band)| **in_band == name).map(|(out_of_band, _)| **out_of_band)
    }
}

impl PartialEq for NalFamily {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for NalFamily {}

impl fmt::Debug for NalFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A NAL unit by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NalUnit {
    /// `nal_unit_type`.
    pub kind: u8,
    /// What it holds.
    pub content: NalContent,
    /// Whether it begins an access unit where slices stand before it.
    pub leads: bool,
}

/// What a NAL unit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NalContent {
    /// A slice with its header.
    Slice,
    /// A further partition of a slice.
    Partition,
    /// A parameter set.
    ParameterSet,
    /// What belongs to a parameter set.
    Extension,
    /// Supplemental information, where it may say that decoding can start.
    Information,
    /// A mark between access units.
    Delimiter,
    /// Padding.
    Filler,
    /// What ends a sequence of pictures: the next one's order begins anew.
    SequenceEnd,
    /// Anything else.
    Other,
}

/// Reads the slices of a stream by the parameter sets that came before them.
pub trait Slices {
    /// Takes a parameter set; refuses one that can't be read.
    fn take_set(&mut self, nal: &[u8]) -> Result<()>;

    /// Reads the beginning of a slice; `None` where its header can't be read.
    fn read(&self, nal: &[u8]) -> Option<SliceHead>;

    /// Whether a slice whose header can't be read may be the first of a picture.
    fn may_begin(&self, nal: &[u8]) -> bool;

    /// Whether this slice, the whole of it, goes on behind its header: one that was cut off doesn't.
    fn has_data(&self, nal: &[u8]) -> bool;

    /// Where the picture is shown that this slice is the first one of; to be asked once for each picture, in decoding
    /// order. `None` where its header can't be read.
    fn shown(&mut self, nal: &[u8]) -> Option<Shown>;

    /// A sequence of pictures ends.
    fn end_sequence(&mut self) {}

    /// How long a picture lasts by the parameter sets in force, as a number of units of which a second has so many:
    /// the number, and how many; `None` where they don't say.
    fn picture_duration(&self) -> Option<(u64, u32)>;

    /// Whether supplemental information says that decoding can start at its picture.
    fn is_recovery_point(&self, _nal: &[u8]) -> bool {
        false
    }

    /// Whether it says that pictures are right some frames later when decoding starts there, as intra refresh has it.
    fn is_gradual_start(&self, _nal: &[u8]) -> bool {
        false
    }
}

impl fmt::Debug for dyn Slices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A bound of the trait would keep what all its types show, and all that they hold: 40 kB of wasm.
        f.write_str("Slices")
    }
}

/// Where a picture stands among those of its stream in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// How often the order began anew.
    pub sequence: u32,
    /// `PicOrderCnt`.
    pub count: i64,
}

/// What a slice header says of the picture that the slice is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceHead {
    /// Whether it is the first slice of its picture, as far as it says so itself.
    pub is_first: bool,
    /// Whether the slice refers to no other picture.
    pub is_intra: bool,
    /// Whether decoding can start with the picture.
    pub is_sync: bool,
    /// Whether nothing behind the picture refers to what is before it, either.
    pub is_idr: bool,
    /// What the slices of one picture agree in; `None` in families whose first slices say that they are.
    pub picture: Option<PictureId>,
}

/// What differs between the slices of two pictures (ISO/IEC 14496-10 clause 7.4.1.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureId {
    /// `pic_parameter_set_id`.
    pub pps_id: u32,
    /// `frame_num`.
    pub frame_num: u32,
    /// Of a field: whether it is the bottom one.
    pub field: Option<bool>,
    /// Whether other pictures may refer to it.
    pub is_reference: bool,
    /// `idr_pic_id`, in an IDR picture.
    pub idr: Option<u32>,
    /// `pic_order_cnt_lsb`.
    pub order_lsb: u32,
    /// The differences that are stated: `delta_pic_order_cnt_bottom`, or those of `delta_pic_order_cnt`.
    pub order_deltas: [i32; 2],
}

impl SliceHead {
    /// Whether the slice begins a picture, `last` being the one before it, if it is known.
    pub fn begins_picture(&self, last: Option<&Self>) -> bool {
        match self.picture.zip(last.and_then(|last| last.picture)) {
            Some((picture, last)) => picture != last,
            None => self.is_first,
        }
    }

    /// Whether the slice is of the second field of a frame whose first field `first` is a slice of (ISO/IEC 14496-10
    /// clauses 3.30, 3.31 and 7.4.1.2.4): of the other parity, and a reference if that one is; behind an IDR field
    /// none is.
    pub fn is_second_field_of(&self, first: &Self) -> bool {
        let Some((second, first)) = self.picture.zip(first.picture) else { return false };
        let is_opposite = second.field.zip(first.field).is_some_and(|(second, first)| second != first);
        is_opposite
            && second.frame_num == first.frame_num
            && second.is_reference == first.is_reference
            && second.idr.is_none()
    }
}
