//! Elementary streams → the samples in them: pictures as their NAL units, sound as frames; and SAMPLE-AES taken away
//! (Apple, "MPEG-2 Stream Encryption Format for HTTP Live Streaming").

use std::ops::Range;

use super::content::unit_fault;
use super::stream_packets::{Coding, Unit};
use crate::cenc::sample_aes::{protected_frame, protected_slice};
use crate::cenc::{Decryptor, Pattern, Scheme};
use crate::codec::nal_family::{NalContent, NalFamily};
use crate::codec::{avc, dolby_frames, hevc, mp3};
use crate::error::Message;

/// A sample: of pictures the NAL units, of sound the frames that share a time, headers of ADTS aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) parts: Vec<Vec<u8>>,
    /// In 1/90,000 s modulo 2^33, where the stream says it.
    pub(super) presented: Option<u64>,
    pub(super) decoded: Option<u64>,
    /// How long sound lasts: samples and their rate.
    pub(super) lasts: Option<(u32, u32)>,
    /// Where the PES packet that it begins in stands.
    pub(super) at: usize,
}

/// How pictures are written as NAL units; `None` for sound.
pub(super) fn family(coding: Coding) -> Option<&'static NalFamily> {
    match coding {
        Coding::Avc => Some(&avc::NAL_FAMILY),
        Coding::Hevc => Some(&hevc::NAL_FAMILY),
        Coding::Aac | Coding::Dolby | Coding::Mpeg => None,
    }
}

/// The pictures of PES packets: a delimiter begins another one within a packet.
pub(super) fn pictures(family: &NalFamily, units: Vec<Unit>) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for unit in units {
        let mut begins = true;
        for nal in nal_units(&unit.data) {
            let is_delimiter = (family.unit)(nal).content == NalContent::Delimiter;
            let has_any = frames.last().is_some_and(|frame| !frame.parts.is_empty());
            if begins || is_delimiter && has_any {
                frames.push(Frame {
                    parts: Vec::new(),
                    presented: unit.presented.filter(|_| begins),
                    decoded: unit.decoded.filter(|_| begins),
                    lasts: None,
                    at: unit.at,
                });
                begins = false;
            }
            if let Some(frame) = frames.last_mut().filter(|_| !is_delimiter) {
                frame.parts.push(nal.to_vec());
            }
        }
    }
    frames.retain(|frame| !frame.parts.is_empty());
    frames
}

/// The NAL units of a byte stream (ISO/IEC 14496-10 annex B), without the zeros that trail them.
fn nal_units(stream: &[u8]) -> Vec<&[u8]> {
    let mut begins = Vec::new();
    let mut at = 0;
    while let Some(found) = stream.get(at..).and_then(|rest| rest.windows(3).position(|bytes| bytes == [0, 0, 1])) {
        begins.push(at + found + 3);
        at += found + 3;
    }
    let ends = begins.iter().skip(1).map(|next| next - 3).chain([stream.len()]);
    let unit = |(&begin, end): (&usize, usize)| {
        let bytes = stream.get(begin..end)?;
        Some(&bytes[..bytes.iter().rposition(|&byte| byte != 0)? + 1])
    };
    begins.iter().zip(ends).filter_map(unit).collect()
}

/// The frames of sound in `rest`, what was left of the segment before, and in PES packets. What is left over stays in
/// `rest`.
pub(super) fn sound(coding: Coding, rest: &mut Vec<u8>, units: Vec<Unit>) -> Result<Vec<Frame>, (Message, usize)> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut stream = std::mem::take(rest);
    // Where each packet's bytes begin in the stream.
    let mut stamps: Vec<(usize, Unit)> = Vec::new();
    for mut unit in units {
        let data = std::mem::take(&mut unit.data);
        stamps.push((stream.len(), unit));
        stream.extend_from_slice(&data);
    }
    let mut stamps = stamps.into_iter().peekable();
    let (mut at, mut place) = (0, 0);
    // How many samples of E-AC-3 the last sample has so far: six blocks are one.
    let mut gathered = 0;
    while at < stream.len() {
        let Some(head) = head(coding, &stream[at..]) else {
            if stream.len() - at < dolby_frames::HEAD && at > 0 && stamps.peek().is_none() {
                break; // it goes on in the next segment
            }
            return Err((message!("no frame of sound begins where the one before ends"), place));
        };
        let Some(bytes) = stream.get(at..at + head.size) else { break };
        let mut stamp: Option<Unit> = None;
        while let Some((_, unit)) = stamps.next_if(|&(begin, _)| begin <= at) {
            place = unit.at;
            stamp = Some(unit);
        }
        let part = bytes[head.header..].to_vec();
        let joins = head.goes_on || gathered > 0 && gathered < 6 * 256;
        match frames.last_mut().filter(|_| joins) {
            Some(frame) => frame.parts.push(part),
            None => {
                gathered = 0;
                frames.push(Frame {
                    parts: vec![part],
                    presented: stamp.as_ref().and_then(|unit| unit.presented),
                    decoded: stamp.as_ref().and_then(|unit| unit.presented),
                    lasts: Some((0, head.rate)),
                    at: place,
                });
            }
        }
        if let Some((samples, _)) = frames.last_mut().and_then(|frame| frame.lasts.as_mut()).filter(|_| !head.goes_on) {
            *samples += head.samples;
            gathered = if coding == Coding::Dolby { *samples } else { 0 };
        }
        at += head.size;
    }
    stream.drain(..at);
    *rest = stream;
    Ok(frames)
}

/// What the beginning of a frame says.
struct Head {
    size: usize,
    /// Of ADTS, which the sample doesn't have.
    header: usize,
    samples: u32,
    rate: u32,
    /// Whether it is sound of the same time as the frame before.
    goes_on: bool,
}

fn head(coding: Coding, bytes: &[u8]) -> Option<Head> {
    const RATES: [u32; 13] =
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
    match coding {
        Coding::Aac => {
            // ISO/IEC 14496-3:2019 clause 1.A.3.2.
            let &[0xff, second, third, fourth, fifth, sixth, seventh, ..] = bytes else { return None };
            let header = if second & 1 == 1 { 7 } else { 9 };
            let size = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
            let rate = *RATES.get(usize::from(third >> 2 & 15))?;
            let samples = 1024 * (u32::from(seventh & 3) + 1);
            (second & 0xf6 == 0xf0 && size > header).then_some(Head { size, header, samples, rate, goes_on: false })
        }
        Coding::Dolby => {
            let frame = dolby_frames::Frame::read(bytes)?;
            let goes_on = frame.dependent || frame.substream > 0;
            Some(Head { size: frame.size, header: 0, samples: frame.samples, rate: frame.sampling_rate, goes_on })
        }
        Coding::Mpeg => {
            let frame = mp3::Frame::read(bytes)?;
            Some(Head {
                size: frame.size,
                header: 0,
                samples: frame.samples,
                rate: frame.sampling_rate,
                goes_on: false,
            })
        }
        Coding::Avc | Coding::Hevc => None,
    }
}

/// Takes SAMPLE-AES away from a part of a sample.
pub(super) fn opened(key: &Decryptor, iv: [u8; 16], coding: Coding, part: &[u8]) -> Vec<u8> {
    /// A NAL unit of no more bytes is clear (section 2.2).
    const CLEAR_NAL: usize = 48;
    let (mut clear, range, pattern): (Vec<u8>, Option<Range<usize>>, _) = match coding {
        Coding::Avc => {
            if part.len() <= CLEAR_NAL || !matches!(part[0] & 0x1f, 1 | 5) {
                return part.to_vec();
            }
            let unescaped = unescaped(part);
            let range = protected_slice(&unescaped);
            (unescaped, range, Pattern::ONE_IN_TEN)
        }
        _ => (part.to_vec(), protected_frame(part.len()), Pattern::ALL),
    };
    if let Some(range) = range {
        key.decrypt(Scheme::Cbcs, pattern, iv, &[range], &mut clear);
    }
    clear
}

/// Without one layer of emulation prevention (ISO/IEC 14496-10 clause 7.4.1).
fn unescaped(nal: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// What is wrong with the parts of a clear sample; `None` if nothing that can be told without decoding.
pub(super) fn fault(coding: Coding, parts: &[Vec<u8>]) -> Option<Message> {
    match coding {
        Coding::Avc | Coding::Hevc => parts.iter().find_map(|nal| unit_fault(nal)),
        Coding::Dolby => {
            let is_wrong = parts.iter().any(|frame| crc16(frame.get(2..).unwrap_or_default()) != 0);
            is_wrong.then(|| message!("the CRC of the frame is not that of its bytes"))
        }
        Coding::Aac | Coding::Mpeg => None,
    }
}

/// `crc2`, over the whole frame but its syncword (ETSI TS 102 366 clause 6.1.7): 0 with its own at the end.
fn crc16(bytes: &[u8]) -> u16 {
    const POLYNOMIAL: u16 = 0x8005;
    let step = |crc: u16| crc << 1 ^ if crc >> 15 == 1 { POLYNOMIAL } else { 0 };
    bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nal_units_end_before_zeros_and_start_codes() {
        let stream = [0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x65, 1, 2, 0, 0, 0, 1, 0x41, 7];
        assert_eq!(nal_units(&stream), [&[9, 0x10][..], &[0x65, 1, 2], &[0x41, 7]]);
        assert!(nal_units(&[1, 2, 3]).is_empty());
        let unit = |presented| Unit { presented, decoded: presented, data: stream.to_vec(), at: 0 };
        let frames = pictures(&avc::NAL_FAMILY, vec![unit(Some(5)), unit(None)]);
        assert_eq!(
            frames.iter().map(|frame| (frame.parts.len(), frame.presented)).collect::<Vec<_>>(),
            [(2, Some(5)), (2, None)]
        );
    }

    #[test]
    fn frames_of_sound_may_go_on_in_the_next_segment() {
        // ADTS of 10 bytes, 44.1 kHz.
        let frame = [0xff, 0xf1, 0x50, 0x80, 0x01, 0x5f, 0xfc, 1, 2, 3];
        let stream = frame.repeat(3);
        let unit = |data: &[u8]| Unit { presented: Some(9), decoded: Some(9), data: data.to_vec(), at: 0 };
        let mut rest = Vec::new();
        let first = sound(Coding::Aac, &mut rest, vec![unit(&stream[..25])]).unwrap();
        assert_eq!((first.len(), rest.len()), (2, 5));
        assert_eq!((first[0].presented, first[1].presented, first[0].lasts), (Some(9), None, Some((1024, 44_100))));
        let second = sound(Coding::Aac, &mut rest, vec![unit(&stream[25..])]).unwrap();
        assert_eq!((second.len(), rest.len(), &second[0].parts[0][..]), (1, 0, &[1, 2, 3][..]));
        assert!(sound(Coding::Aac, &mut Vec::new(), vec![unit(&[&frame[..], &[0; 300]].concat())]).is_err());
    }
}
