//! A byte stream of NAL units → pictures: which NAL units belong together, where they are, and how large they are
//! as a sample. Nothing is copied but what tells pictures apart.

use super::lengthened::{Dropped, LENGTH_SIZE};
use super::sets::ParameterSets;
use super::start_codes::StartCodes;
use crate::codec::nal_family::{NalContent, NalFamily, NalUnit, Shown, SliceHead, Slices};
use crate::demux::Sample;
use crate::error::{Code, Error, Result};

/// Where a byte of the stream stands in the file.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::demux) struct Place {
    /// The offset of the packet, or of whatever piece of the stream was handed over.
    pub(in crate::demux) packet: u64,
    /// The byte's offset in a packet; 0 where it is past those of one.
    pub(in crate::demux) skip: u8,
}

/// A picture that is whole, with the place in the stream that it begins at.
#[derive(Debug)]
pub(in crate::demux) struct Found {
    /// Its offset is that of the packet that it begins in.
    pub(in crate::demux) sample: Sample,
    pub(in crate::demux) place: Place,
    pub(in crate::demux) stream_at: u64,
    /// How many bytes of the stream it takes.
    pub(in crate::demux) length: u64,
    /// The end in the file of the packet that it ends in.
    pub(in crate::demux) file_end: u64,
    /// What the sample is larger by if parameter sets stay in it.
    pub(in crate::demux) sets_size: u32,
    /// Whether pictures that come behind it may refer to what is before it.
    pub(in crate::demux) is_open: bool,
    /// Where it stands among the pictures as they are shown, by its first slice.
    pub(in crate::demux) shown: Option<Shown>,
    /// Whether decoding can start there in lack of a key frame: pictures are right some frames later.
    pub(in crate::demux) is_gradual: bool,
}

/// Finds the pictures of a stream.
#[derive(Debug)]
pub(in crate::demux) struct Units {
    family: &'static NalFamily,
    pub(in crate::demux) sets: ParameterSets,
    slices: Box<dyn Slices>,
    codes: StartCodes,
    /// How many bytes of the stream were seen.
    stream_at: u64,
    /// Where the packet before ends in the file.
    packet_end: u64,
    unit: Option<Unit>,
    /// What the unit begins with, as much as is read of its kind.
    head: Vec<u8>,
    picture: Option<Picture>,
    /// The picture before, as long as this one may turn out to be its second field.
    before: Option<Picture>,
    /// Pictures left out since packets are missing: how many, and the packet of the first one.
    pub(in crate::demux) lost: (usize, u64),
    /// Where in the stream the first one was.
    pub(in crate::demux) lost_at: u64,
    /// Pictures left out since decoding can't start with them.
    pub(in crate::demux) unstarted: usize,
    has_started: bool,
}

/// A NAL unit of which the end wasn't seen yet.
#[derive(Debug, Clone, Copy)]
struct Unit {
    place: Place,
    stream_at: u64,
}

/// An access unit in the making.
#[derive(Debug, Default)]
struct Picture {
    place: Place,
    stream_at: u64,
    stream_end: u64,
    file_end: u64,
    /// As a sample.
    size: u64,
    sets_size: u64,
    has_slices: bool,
    /// The head of its first slice and of the last one.
    slices: Option<(SliceHead, SliceHead)>,
    is_recovery_point: bool,
    is_gradual: bool,
    is_sync: bool,
    is_idr: bool,
    has_both_fields: bool,
    is_damaged: bool,
    shown: Option<Shown>,
    /// The index of its sample entry.
    entry: Option<u16>,
}

impl Picture {
    fn add_slice(&mut self, slice: SliceHead) {
        let first = self.slices.map_or(slice, |(first, _)| first);
        self.slices = Some((first, slice));
        if !self.has_slices {
            self.is_idr = slice.is_idr;
            self.is_sync = slice.is_sync || self.is_recovery_point && slice.is_intra;
        }
        self.has_slices = true;
    }
}

/// How many bytes of a NAL unit say what it is.
const HEADER: usize = 2;

/// The most bytes that are read of a NAL unit of parameters: a record can't hold more.
const LARGEST_SET: usize = 0xffff;

/// The most bytes that are read of supplemental information.
const INFORMATION: usize = 512;

impl Units {
    pub(in crate::demux) fn new(family: &'static NalFamily) -> Self {
        Self {
            family,
            sets: ParameterSets::new(family),
            slices: (family.slices)(),
            codes: StartCodes::default(),
            stream_at: 0,
            packet_end: 0,
            unit: None,
            head: Vec::new(),
            picture: None,
            before: None,
            lost: (0, 0),
            lost_at: 0,
            unstarted: 0,
            has_started: false,
        }
    }

    /// Which NAL units don't go into samples.
    pub(in crate::demux) fn dropped(&self) -> Dropped {
        Dropped { family: self.family, keeps_sets: self.sets.stay }
    }

    /// How long a picture lasts by the parameter sets: a number of units of which a second has so many.
    pub(in crate::demux) fn picture_duration(&self) -> Option<(u64, u32)> {
        self.slices.picture_duration()
    }

    /// Where in the stream the next byte is.
    pub(in crate::demux) fn stream_at(&self) -> u64 {
        self.stream_at
    }

    /// Takes the next bytes of the stream, which begin at `place` in a packet that ends at `packet_end`.
    pub(in crate::demux) fn take(
        &mut self,
        bytes: &[u8],
        place: Place,
        packet_end: u64,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        let base = self.stream_at;
        if let Some(unit) = self.unit.as_mut().filter(|unit| unit.stream_at == base) {
            unit.place = place;
        }
        let mut from = 0;
        while let Some((next, zeros)) = self.codes.next(bytes, from) {
            self.keep_head(&bytes[from..next - 1]);
            let end = (base + next as u64 - 1).saturating_sub(zeros);
            self.end_unit(end, if end > base { packet_end } else { self.packet_end }, found)?;
            let skip = usize::from(place.skip) + next;
            let skip = u8::try_from(skip).unwrap_or(0); // the next packet says where it is
            self.unit = Some(Unit { place: Place { skip, ..place }, stream_at: base + next as u64 });
            self.head.clear();
            from = next;
        }
        self.keep_head(&bytes[from..]);
        self.stream_at = base + bytes.len() as u64;
        self.packet_end = packet_end;
        Ok(())
    }

    /// The stream goes on elsewhere, or ends: what is there is a picture.
    pub(in crate::demux) fn flush(&mut self, found: &mut Vec<Found>) -> Result<()> {
        let end = self.stream_at.saturating_sub(self.codes.trailing_zeros());
        self.end_unit(end, self.packet_end, found)?;
        self.codes = StartCodes::default();
        self.close(found)?;
        self.release(found)
    }

    /// Bytes of the stream are missing.
    pub(in crate::demux) fn lose(&mut self) {
        self.codes = StartCodes::default();
        self.unit = None;
        // Slices may be among them.
        let picture = self.picture.get_or_insert_default();
        (picture.is_damaged, picture.has_slices) = (true, true);
    }

    fn keep_head(&mut self, bytes: &[u8]) {
        if self.unit.is_none() {
            return;
        }
        let (header, rest) = bytes.split_at(HEADER.saturating_sub(self.head.len()).min(bytes.len()));
        self.head.extend_from_slice(header);
        let most = match (self.family.unit)(&self.head).content {
            NalContent::Slice => self.family.slice_head,
            NalContent::Information => INFORMATION,
            NalContent::ParameterSet => LARGEST_SET,
            _ => HEADER,
        };
        let left = most.saturating_sub(self.head.len()).min(rest.len());
        self.head.extend_from_slice(&rest[..left]);
    }

    /// The NAL unit ends at `end` in the stream, in a packet that ends at `file_end`.
    fn end_unit(&mut self, end: u64, file_end: u64, found: &mut Vec<Found>) -> Result<()> {
        let Some(unit) = self.unit.take() else { return Ok(()) };
        let size = end.saturating_sub(unit.stream_at);
        self.head.truncate(usize::try_from(size).unwrap_or(usize::MAX)); // without zero bytes behind it
        if self.head.is_empty() {
            return Ok(());
        }
        let head = std::mem::take(&mut self.head);
        let kind = (self.family.unit)(&head);
        let is_slice = kind.content == NalContent::Slice;
        let slice = if is_slice { self.slices.read(&head) } else { None };
        let is_unread = is_slice && slice.is_none() && self.slices.may_begin(&head);
        if self.begins_picture(kind, slice.as_ref(), is_unread) {
            let is_damaged = self.picture.as_ref().is_some_and(|picture| picture.is_damaged);
            self.close(found)?;
            // Behind damage a picture may lack its first slices.
            if is_damaged && slice.is_some_and(|slice| !slice.is_first) {
                self.picture = Some(Picture { is_damaged, ..Picture::default() });
            }
        }
        if is_slice {
            self.join_fields(slice.as_ref(), found)?;
        }
        self.add(unit, end, file_end, kind, &head, slice);
        self.head = head;
        Ok(())
    }

    /// Whether the picture so far is whole: what comes is the next one's.
    fn begins_picture(&self, kind: NalUnit, slice: Option<&SliceHead>, is_unread: bool) -> bool {
        let Some(picture) = self.picture.as_ref().filter(|picture| picture.has_slices) else { return false };
        match (kind.content, slice) {
            // Behind damage there may be no slice to compare with.
            (NalContent::Slice, Some(slice)) => slice.begins_picture(picture.slices.as_ref().map(|(_, last)| last)),
            (NalContent::Slice, None) => is_unread,
            _ => kind.leads,
        }
    }

    /// Where the slice shows that its picture is the second field of the frame before, they are one sample.
    fn join_fields(&mut self, slice: Option<&SliceHead>, found: &mut Vec<Found>) -> Result<()> {
        let is_first = self.picture.as_ref().is_none_or(|picture| !picture.has_slices);
        let Some(before) = self.before.as_ref().filter(|_| is_first) else { return Ok(()) };
        let first = before.slices.map(|(first, _)| first).filter(|_| !before.has_both_fields);
        let is_second = slice.zip(first).is_some_and(|(slice, first)| slice.is_second_field_of(&first));
        let is_damaged = self.picture.as_ref().is_some_and(|picture| picture.is_damaged);
        if !is_second || is_damaged {
            return self.release(found);
        }
        if let (Some(mut frame), field) = (self.before.take(), self.picture.take()) {
            // What stands before the field's slices is the frame's.
            frame.size += field.as_ref().map_or(0, |field| field.size);
            frame.sets_size += field.as_ref().map_or(0, |field| field.sets_size);
            frame.has_both_fields = true;
            self.picture = Some(frame);
        }
        Ok(())
    }

    /// Adds the NAL unit to the picture.
    fn add(&mut self, unit: Unit, end: u64, file_end: u64, kind: NalUnit, head: &[u8], slice: Option<SliceHead>) {
        let picture = self.picture.get_or_insert_default();
        if picture.stream_end == 0 {
            (picture.place, picture.stream_at, picture.file_end) = (unit.place, unit.stream_at, file_end);
            picture.stream_end = unit.stream_at;
        }
        let size = LENGTH_SIZE as u64 + (end - unit.stream_at);
        match kind.content {
            // Padding behind a picture isn't read again.
            NalContent::Delimiter | NalContent::Filler => return,
            NalContent::ParameterSet => {
                picture.sets_size += size;
                match self.slices.take_set(head) {
                    Ok(()) => self.sets.take(head),
                    Err(_) => picture.is_damaged = true,
                }
            }
            _ => picture.size += size,
        }
        (picture.stream_end, picture.file_end) = (end, file_end);
        match (kind.content, slice) {
            (NalContent::Information, _) => {
                picture.is_recovery_point |= self.slices.is_recovery_point(head);
                picture.is_gradual |= self.slices.is_gradual_start(head);
            }
            (NalContent::Slice, Some(slice)) => {
                if !picture.has_slices {
                    picture.shown = self.slices.shown(head);
                }
                // A short one is there as a whole.
                let is_whole = head.len() as u64 == end - unit.stream_at;
                picture.is_damaged |= is_whole && !self.slices.has_data(head);
                picture.add_slice(slice);
            }
            (NalContent::Slice, None) => (picture.has_slices, picture.is_damaged) = (true, true), // of sets that aren't there
            (NalContent::Partition, _) => picture.has_slices = true,
            (NalContent::SequenceEnd, _) => self.slices.end_sequence(),
            _ => (),
        }
    }

    /// The picture is whole; it waits for its second field.
    fn close(&mut self, found: &mut Vec<Found>) -> Result<()> {
        if let Some(mut picture) = self.picture.take() {
            self.release(found)?;
            // A capture of intra refresh never has another start.
            picture.is_sync |= picture.is_gradual && !self.has_started;
            picture.entry = self.sets.of_picture(picture.is_sync && !picture.is_damaged);
            self.before = Some(picture);
        }
        Ok(())
    }

    /// Hands over the picture that waited.
    fn release(&mut self, found: &mut Vec<Found>) -> Result<()> {
        let Some(picture) = self.before.take() else { return Ok(()) };
        if !picture.has_slices {
            return Ok(());
        }
        let entry = picture.entry.filter(|_| self.has_started || picture.is_sync && !picture.is_damaged);
        let Some(entry) = entry else {
            self.unstarted += 1;
            return Ok(());
        };
        if picture.is_damaged {
            if self.lost.0 == 0 {
                self.lost_at = picture.stream_at;
            }
            let first = if self.lost.0 == 0 { picture.place.packet } else { self.lost.1 };
            self.lost = (self.lost.0 + 1, first);
            return Ok(());
        }
        self.has_started = true;
        let at = picture.place.packet;
        let too_large = |_| Error::new(Code::LimitExceeded, message!("a picture is larger than 4 GiB")).at(at);
        let sample = Sample {
            offset: at,
            size: u32::try_from(picture.size).map_err(too_large)?,
            duration: 0,
            composition_offset: 0,
            entry,
            sync: picture.is_sync,
        };
        let length = picture.stream_end - picture.stream_at;
        let sets_size = u32::try_from(picture.sets_size).map_err(too_large)?;
        let Picture { place, stream_at, file_end, shown, is_gradual, .. } = picture;
        let is_open = !picture.is_idr;
        found.push(Found { sample, place, stream_at, length, file_end, sets_size, is_open, shown, is_gradual });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;
    use crate::codec::avc;

    /// A sequence of fields or frames with 4 bits of frame_num and of POC, and a picture parameter set.
    fn sets() -> [Vec<u8>; 2] {
        let sps = BitWriter::default().u(8, 0x67).u(8, 77).u(16, 30).ue(0).ue(0).ue(0).ue(0).ue(1).u(1, 0);
        let sps = sps.ue(19).ue(5).u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(1, 0).u(1, 1).bytes();
        let pps = BitWriter::default().u(8, 0x68).ue(0).ue(0).u(1, 1).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0);
        [sps, pps.ue(0).ue(0).ue(0).u(1, 0).u(1, 0).u(1, 0).u(1, 1).bytes()]
    }

    /// A slice of 20 bytes.
    fn slice(header: u32, first_mb: u32, frame_num: u32, field: Option<u32>) -> Vec<u8> {
        let bits = BitWriter::default().u(8, header).ue(first_mb).ue(7).ue(0).u(4, frame_num);
        let bits = match field {
            Some(bottom) => bits.u(1, 1).u(1, bottom),
            None => bits.u(1, 0),
        };
        let bits = if header & 0x1f == 5 { bits.ue(1) } else { bits };
        let mut bytes = bits.u(4, 2 * frame_num).u(8, 0xff).bytes();
        bytes.resize(20, 0xaa);
        bytes
    }

    const DELIMITER: &[u8] = &[9, 0xf0];

    fn stream(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
    }

    /// What is found in pieces of the stream, a packet of 188 bytes each.
    fn found(pieces: &[&[u8]]) -> (Units, Vec<Found>) {
        let (mut units, mut all) = (Units::new(&avc::NAL_FAMILY), Vec::new());
        for (number, piece) in pieces.iter().enumerate() {
            let packet = number as u64 * 188;
            if piece.is_empty() {
                units.lose();
                continue;
            }
            units.take(piece, Place { packet, skip: 4 }, packet + 188, &mut all).unwrap();
        }
        units.flush(&mut all).unwrap();
        (units, all)
    }

    #[test]
    fn pictures_are_told_by_delimiters_and_by_their_slices() {
        let [sps, pps] = sets();
        let (a, b, c) = (slice(0x65, 0, 0, None), slice(0x65, 60, 0, None), slice(0x41, 0, 1, None));
        let d = slice(0x41, 0, 2, None);
        let bytes = stream(&[DELIMITER, &sps, &pps, &a, &b, DELIMITER, &c, &d]);
        for cut in (1..bytes.len()).step_by(3) {
            let (_, pictures) = found(&[&bytes[..cut], &bytes[cut..]]);
            let sizes: Vec<_> = pictures.iter().map(|picture| (picture.sample.size, picture.sample.sync)).collect();
            assert_eq!(sizes, [(48, true), (24, false), (24, false)], "cut at {cut}");
            assert_eq!(pictures[0].sets_size as usize, sps.len() + pps.len() + 8);
            assert!(!pictures[0].is_open);
        }
    }

    #[test]
    fn two_fields_are_one_sample_whatever_stands_between_them() {
        let [sps, pps] = sets();
        let fields = [slice(0x65, 0, 0, Some(0)), slice(0x61, 0, 0, Some(1))];
        let next = [slice(0x61, 0, 1, Some(0)), slice(0x61, 0, 1, Some(1))];
        let bytes = stream(&[&sps, &pps, &fields[0], DELIMITER, &fields[1], DELIMITER, &next[0], &next[1]]);
        let (_, pictures) = found(&[&bytes]);
        assert_eq!(pictures.iter().map(|picture| picture.sample.size).collect::<Vec<_>>(), [48, 48]);
        // A third field of the same number is none of this frame.
        let bytes = stream(&[&sps, &pps, &fields[0], &fields[1], DELIMITER, &slice(0x61, 0, 0, Some(0))]);
        assert_eq!(found(&[&bytes]).1.len(), 2);
    }

    #[test]
    fn a_picture_of_which_bytes_are_missing_is_left_out() {
        let [sps, pps] = sets();
        let (a, b, c) = (slice(0x65, 0, 0, None), slice(0x41, 0, 1, None), slice(0x41, 0, 2, None));
        let bytes = stream(&[&sps, &pps, &a, DELIMITER, &b, DELIMITER, &c]);
        let b_at = bytes.len() - 2 * 24 - 6;
        let (units, pictures) = found(&[&bytes[..b_at + 14], &[], &bytes[b_at + 17..]]);
        assert_eq!(pictures.iter().map(|picture| picture.sample.size).collect::<Vec<_>>(), [24, 24]);
        assert_eq!(units.lost.0, 1);
        // The front of a picture is missing, with the delimiter: its second slice is no picture.
        let bytes = stream(&[&sps, &pps, &a, DELIMITER, &slice(0x41, 60, 1, None), DELIMITER, &c]);
        let second = stream(&[&sps, &pps, &a]).len();
        let (units, pictures) = found(&[&bytes[..second - 5], &[], &bytes[second + 6..]]);
        assert_eq!(pictures.len(), 0, "the key frame is damaged: {:?}", units.lost);
    }

    #[test]
    fn pictures_before_the_first_key_frame_are_counted() {
        let [sps, pps] = sets();
        let (p, i) = (slice(0x41, 0, 1, None), slice(0x65, 0, 0, None));
        let (units, pictures) = found(&[&stream(&[&sps, &pps, &p, DELIMITER, &p, DELIMITER, &i])]);
        assert_eq!((units.unstarted, pictures.len()), (2, 1));
    }

    #[test]
    fn intra_refresh_starts_where_decoding_comes_right() {
        let [sps, pps] = sets();
        let p = slice(0x41, 0, 1, None);
        let sei = BitWriter::default().u(8, 6).u(8, 6).u(8, 2).ue(6).u(1, 1).u(10, 0x200).bytes();
        let units = [DELIMITER, &p, DELIMITER, &sps, &pps, &sei, &p, DELIMITER, &p, DELIMITER, &sei, &p];
        let (units, pictures) = found(&[&stream(&units)]);
        let said: Vec<_> = pictures.iter().map(|picture| (picture.sample.sync, picture.is_gradual)).collect();
        assert_eq!(said, [(true, true), (false, false), (false, true)]);
        assert_eq!(units.unstarted, 1);
        assert!(pictures[0].is_open);
    }
}
