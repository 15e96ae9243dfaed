//! Bare streams of H.264 and HEVC, without a container. They state no times: pictures follow each other at the rate of
//! the parameter sets, in the order that their slices say.

use super::pictures::Pictures;
use super::pieces::Pieces;
use super::sets::ParameterSets;
use super::start_codes::StartCodes;
use super::units::{Found, Place};
use crate::codec::nal_family::{NalContent, NalFamily, Shown};
use crate::codec::{avc, hevc};
use crate::demux::demuxer::{Demand, Demuxer};
use crate::demux::format::{Ending, Format, NOWHERE, Opened, Opening};
use crate::demux::frame_rate::FrameRate;
use crate::demux::{Access, Input, no_track, pictures};
use crate::error::{Code, Error, Result};
use crate::order;
use crate::time::Ticks;

/// H.264.
pub(in crate::demux) const AVC: Format = Format {
    names: &["raw H.264"],
    endings: &[Ending::new("h264", "video/H264"), Ending::new("264", "video/H264"), Ending::new("avc", "video/H264")],
    sniff: |head| sniff(head, &avc::NAL_FAMILY),
    search: NOWHERE,
    open: |opening| open(opening, &avc::NAL_FAMILY),
};

/// HEVC.
pub(in crate::demux) const HEVC: Format = Format {
    names: &["raw HEVC"],
    endings: &[Ending::new("hevc", "video/H265"), Ending::new("h265", "video/H265"), Ending::new("265", "video/H265")],
    sniff: |head| sniff(head, &hevc::NAL_FAMILY),
    search: NOWHERE,
    open: |opening| open(opening, &hevc::NAL_FAMILY),
};

/// Whether a stream begins with `head`: 0, where it begins with a start code, and a decoder can start with the parameter
/// sets that are there.
fn sniff(head: &[u8], family: &'static NalFamily) -> Option<usize> {
    const FORBIDDEN_ZERO: u8 = 0x80;
    let mut codes = StartCodes::default();
    let (mut start, zeros) = codes.next(head, 0)?;
    if start as u64 != zeros + 1 || head.get(start)? & FORBIDDEN_ZERO != 0 {
        return None;
    }
    let mut sets = ParameterSets::new(family);
    loop {
        let next = codes.next(head, start);
        let end = next.map_or(head.len(), |(next, zeros)| next - 1 - usize::try_from(zeros).unwrap_or(0));
        let nal = head.get(start..end).unwrap_or_default();
        if (family.unit)(nal).content == NalContent::ParameterSet {
            sets.take(nal);
            if sets.of_picture(true).is_some() {
                return sets.entries().is_ok().then_some(0);
            }
        }
        start = next?.0;
    }
}

fn open(opening: &Opening<'_>, family: &'static NalFamily) -> Result<Opened> {
    Ok(opening.started_with(Bare {
        name: opening.name.to_owned(),
        size: opening.size,
        start: opening.offset,
        pictures: Some(Pictures::new(family)),
        sizes: Vec::new(),
        shown: Vec::new(),
        unread: None,
        input: None,
    }))
}

/// Reads a stream from its start to its end.
#[derive(Debug)]
struct Bare {
    name: String,
    size: u64,
    /// Where the stream begins.
    start: u64,
    pictures: Option<Pictures>,
    /// The sizes of the pictures in the file.
    sizes: Vec<u32>,
    /// When they are shown.
    shown: Vec<Shown>,
    /// Pictures whose order can't be told: how many, and where the first one is.
    unread: Option<(usize, u64)>,
    input: Option<Input>,
}

impl Bare {
    fn push(&mut self, found: Found) -> Result<()> {
        let Some(pictures) = &mut self.pictures else { return Ok(()) };
        let at = self.start + found.stream_at;
        let Some(shown) = found.shown else {
            self.unread.get_or_insert((0, at)).0 += 1;
            return Ok(());
        };
        let too_large = |_| Error::new(Code::LimitExceeded, message!("a picture is larger than 4 GiB")).at(at);
        self.sizes.push(u32::try_from(found.length).map_err(too_large)?);
        self.shown.push(shown);
        let mut found = found;
        found.sample.offset = at;
        pictures.push(&found).map(drop)
    }

    fn end(&mut self) -> Result<()> {
        let Some(mut pictures) = self.pictures.take() else { return Ok(()) };
        let mut found = Vec::new();
        pictures.units.flush(&mut found)?;
        let duration = pictures.units.picture_duration();
        self.pictures = Some(pictures);
        found.into_iter().try_for_each(|found| self.push(found))?;
        let settled = self.pictures.take().map_or(Ok(None), Pictures::settle)?;
        let Some(mut settled) = settled else {
            return Err(no_track(vec![message!("it has no key frame with its parameter sets")]));
        };
        let leading = settled.drop_leading(self.shown.iter());
        self.sizes.drain(leading.clone());
        self.shown.drain(leading);
        let mut warnings = std::mem::take(&mut settled.sentences);
        if settled.unstarted > 0 {
            warnings.push(message!(
                "the stream starts within a group of pictures: {count} pictures that can't be decoded are left out",
                count = settled.unstarted
            ));
        }
        let lost = (settled.lost.0, self.start + settled.lost_at);
        let unread = self.unread.into_iter().chain(Some(lost).filter(|&(count, _)| count > 0));
        if let Some((count, at)) = unread.reduce(|a, b| (a.0 + b.0, a.1.min(b.1))) {
            warnings.push(message!(
                "{count} pictures are left out, the first at byte {at}, since their headers can't be read",
                count,
                at
            ));
        }
        let stated = duration.and_then(|(duration, units)| FrameRate::of(units.into(), duration));
        if stated.is_none() {
            warnings.push(message!(
                "the stream doesn't say how many pictures a second has: 25 are taken where nothing else is said of the track"
            ));
        }
        let (step, timescale) = stated.unwrap_or(FrameRate::DEFAULT).clock();
        let mut by_order: Vec<usize> = (0..self.shown.len()).collect();
        order::sort_by_key(&mut by_order, |&index| self.shown[index]);
        let mut times = vec![0; by_order.len()];
        for (place, index) in (0..).zip(by_order) {
            times[index] = Ticks::from(step) * place;
        }
        // The first picture is shown at 0, however far it is decoded ahead.
        let offset = pictures::place(&mut settled.samples, &times, step)?;
        let access = Access::ByteStream(Pieces { dropped: settled.dropped, sizes: std::mem::take(&mut self.sizes) });
        let track = settled.track(1, timescale, offset, access)?;
        self.input = Some(Input::of_track(&self.name, self.size, track, warnings));
        Ok(())
    }
}

impl Demuxer for Bare {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
        let end = offset + bytes.len() as u64;
        let mut found = Vec::new();
        if let Some(pictures) = &mut self.pictures {
            pictures.units.take(&bytes, Place { packet: offset, skip: 0 }, end, &mut found)?;
        }
        found.into_iter().try_for_each(|found| self.push(found))?;
        if end < self.size {
            return Ok(Demand::Bytes { offset: end, least: 1 });
        }
        self.end()?;
        Ok(Demand::Done)
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

#[cfg(test)]
mod tests {
    use crate::bytes::BitWriter;
    use crate::demux::{FrameRate, Indexer, Input};

    /// A sequence of frames with 4 bits of frame_num and 8 of POC, without a word on time; and a picture parameter set.
    fn sets() -> [Vec<u8>; 2] {
        let sps = BitWriter::default().u(8, 0x67).u(8, 77).u(16, 30).ue(0).ue(0).ue(0).ue(4).ue(1).u(1, 0);
        let sps = sps.ue(19).ue(5).u(1, 1).u(1, 1).u(1, 0).u(1, 0).u(1, 1).bytes();
        let pps = BitWriter::default().u(8, 0x68).ue(0).ue(0).u(1, 0).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0);
        [sps, pps.ue(0).ue(0).ue(0).u(1, 0).u(1, 0).u(1, 0).u(1, 1).bytes()]
    }

    /// A picture's slice of 20 bytes; `5` is an IDR picture, `0x20` in its header a reference.
    fn picture(header: u32, frame_num: u32, order: u32) -> Vec<u8> {
        let bits = BitWriter::default().u(8, header).ue(0).ue(7).ue(0).u(4, frame_num);
        let bits = if header & 0x1f == 5 { bits.ue(0) } else { bits };
        let bits = bits.u(8, order);
        // References are marked by the sliding window.
        let bits = if header & 0x1f == 5 { bits.u(2, 0) } else { bits.u(1, 0) };
        let mut bytes = bits.u(8, 0xff).bytes();
        bytes.resize(20, 0xaa);
        bytes
    }

    fn read(nals: &[Vec<u8>]) -> Input {
        let bytes: Vec<u8> = nals.iter().flat_map(|nal| [&[0, 0, 0, 1], &nal[..]].concat()).collect();
        let mut indexer = Indexer::new("a.h264", bytes.len() as u64).unwrap();
        while let Some((offset, length)) = indexer.next() {
            let (from, to) = (usize::try_from(offset).unwrap(), usize::try_from(offset + length).unwrap());
            indexer.feed(bytes[from..to].to_vec()).unwrap();
        }
        indexer.finish().unwrap()
    }

    /// When pictures are shown, in ticks, in decoding order.
    fn shown(input: &Input) -> Vec<i64> {
        let track = &input.tracks[0];
        let mut decode = track.presentation_offset;
        let time = |sample: &crate::demux::Sample| {
            let shown = decode + i64::from(sample.composition_offset);
            decode += i64::from(sample.duration);
            shown
        };
        track.samples.iter().map(time).collect()
    }

    #[test]
    fn pictures_are_shown_in_the_order_of_their_slices_at_25_a_second_where_nothing_is_said() {
        let [sps, pps] = sets();
        // I P B, and again from a second IDR picture on; then the count goes past its 8 bits.
        let first = [picture(0x65, 0, 0), picture(0x61, 1, 4), picture(0x01, 2, 2)];
        let second = [picture(0x65, 0, 0), picture(0x61, 1, 120), picture(0x61, 2, 240), picture(0x61, 3, 8)];
        let mut input = read(&[&[sps, pps], &first[..], &second].concat());
        assert_eq!(shown(&input), [0, 800, 400, 1200, 1600, 2000, 2400]);
        assert_eq!(input.tracks[0].timescale, 10_000);
        assert!(input.warnings[0].text().contains("25 are taken"), "{:?}", input.warnings);
        input.tracks[0].set_frame_rate(FrameRate::parse("30000/1001").unwrap()).unwrap();
        assert_eq!(shown(&input)[..4], [0, 2002, 1001, 3003]);
        assert_eq!(input.tracks[0].timescale, 30_000);
    }

    #[test]
    fn a_picture_that_is_cut_off_within_its_header_is_left_out_and_no_other() {
        let [sps, pps] = sets();
        let pictures = [picture(0x65, 0, 0), picture(0x61, 1, 2)];
        let front: usize = [&sps, &pps, &pictures[0], &pictures[1]].iter().map(|nal| 4 + nal.len()).sum();
        for size in 1..4 {
            let cut = picture(0x61, 2, 4)[..size].to_vec();
            let input = read(&[sps.clone(), pps.clone(), pictures[0].clone(), pictures[1].clone(), cut]);
            assert_eq!(input.tracks[0].samples.len(), 2, "{size} bytes");
            let place = format!("1 pictures are left out, the first at byte {}", front + 4);
            let warnings: Vec<String> = input.warnings.iter().map(|warning| warning.text()).collect();
            assert!(warnings.iter().any(|warning| warning.starts_with(&place)), "{size} bytes: {warnings:?}");
        }
    }

    #[test]
    fn pictures_before_the_first_key_frame_are_left_out() {
        let [sps, pps] = sets();
        let input = read(&[sps, pps, picture(0x61, 3, 6), picture(0x65, 0, 0), picture(0x61, 1, 2)]);
        assert_eq!(input.tracks[0].samples.len(), 2);
        assert!(input.warnings[0].text().contains("1 pictures that can't be decoded"), "{:?}", input.warnings);
    }
}
