//! MPEG-2 transport streams (ISO/IEC 13818-1:2019) as segments of HTTP Live Streaming (RFC 8216 section 3.2).
//!
//! A segment holds one track and depends on no other segment, yet all of them in a row are one faultless
//! stream: there is one packet of each table, whose continuity counter is the segment's number, and the
//! packets of the track are spread over so many that their counter ends where it starts. Setting
//! `discontinuity_indicator` at each start would be shorter by 1.4 kB a segment, but it also announces
//! a new time base, which there isn't.

mod packets;
mod tables;

use std::ops::Range;

use packets::{PesPacket, put_pes_packets};
use tables::{Encrypted, put_tables};

use super::elementary::{audio_setup, frames, stream_of};
use super::{Elementary, SampleAes, StreamSample};
use crate::error::{Code, Error, Result};

/// Units of a time stamp in a second.
pub const TRANSPORT_SCALE: u32 = 90_000;

/// The time stamp of what is presented at 0 in every track: 10 s, so that no decoding time, and no clock
/// reference before it, is negative where pictures are reordered or sound is primed.
pub const TRANSPORT_START: u64 = 10 * TRANSPORT_SCALE as u64;

/// The packets of the tables, the program's elementary stream and its clock.
const PMT_PID: u16 = 0x1000;
const VIDEO_PID: u16 = 0x100;
const AUDIO_PID: u16 = 0x101;

/// The longest time between two clock references: 100 ms (clause 2.7.2).
const CLOCK_INTERVAL: i64 = 9000;

/// How long sound in one PES packet may last, so that each can have a clock reference.
const SOUND_IN_A_PACKET: i64 = 7200;

/// How much sooner than it is decoded data arrives.
const CLOCK_LEAD: i64 = 45_000;

/// The most clock references of a segment that stand between pictures: a minute, the longest segment that may be asked
/// for, has them all; a longer one of next to no picture doesn't grow by them.
const MOST_CLOCKS: i64 = 600;

/// A time in units of 1/90000 s as a time stamp: from [`TRANSPORT_START`] on, in 33 bits, beyond which it starts
/// again (clause 2.4.3.7).
pub(super) fn timestamp(time: i64) -> u64 {
    const MASK: u64 = (1 << 33) - 1;
    // Of two's complement the low bits are right for negative times as well.
    u64::from_ne_bytes(time.to_ne_bytes()).wrapping_add(TRANSPORT_START) & MASK
}

/// A segment to be written.
#[derive(Debug, Clone, Copy)]
pub struct TransportSegment<'a> {
    /// The sample entries of the track.
    pub streams: &'a [Elementary],
    /// The samples in decoding order; at least one.
    pub samples: &'a [StreamSample<'a>],
    /// When the sample behind the last is decoded, in units of 1/90000 s.
    pub end: i64,
    /// The segment's number.
    pub number: usize,
    /// Key and IV, where samples are encrypted.
    pub encryption: Option<SampleAes<'a>>,
}

/// Writes a segment.
pub fn write_transport(segment: &TransportSegment<'_>) -> Result<Vec<u8>> {
    let &TransportSegment { streams, samples, end, number, encryption } = segment;
    let first = samples.first().ok_or_else(|| Error::new(Code::Internal, message!("a segment has no samples")))?;
    let stream = stream_of(streams, first)?;
    let encrypted = match encryption {
        Some(_) => Some(Encrypted { setup: audio_setup(stream, first.data)? }),
        None => None,
    };
    let frames = frames(streams, samples, encryption.as_ref())?;
    let mut out = Vec::with_capacity(frames.data.len() + frames.data.len() / 16 + 188 * 20);
    let pid = if is_video(stream) { VIDEO_PID } else { AUDIO_PID };
    // A client takes the table anew where its version changes: with the entry, and where encryption begins.
    let version = first.entry << 1 | u16::from(encryption.is_some());
    put_tables(&mut out, stream, encrypted.as_ref(), pid, version, number);
    let groups = groups(stream, samples, end);
    let mut clocks_left = MOST_CLOCKS;
    let packets: Vec<PesPacket<'_>> = groups
        .iter()
        .map(|group| {
            let (sample, start) = (&samples[group.start], frames.ranges[group.start].start);
            let next = samples.get(group.end).map_or(end, |next| next.decoded);
            let clocks = clocks_between(sample.decoded, next, clocks_left);
            clocks_left -= clocks;
            pes_packet(stream, sample, &frames.data[start..frames.ranges[group.end - 1].end], clocks)
        })
        .collect();
    put_pes_packets(&mut out, pid, &packets);
    Ok(out)
}

fn is_video(stream: &Elementary) -> bool {
    matches!(stream, Elementary::Avc(_))
}

/// Which samples share a PES packet: each picture has its own; of sound several, as long as all last equally long, since
/// a reader counts the times of those behind the first. The first of a segment stands alone: only behind it does ffmpeg
/// know how long one lasts.
fn groups(stream: &Elementary, samples: &[StreamSample<'_>], end: i64) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        let joins = |group: &&mut Range<usize>| {
            let first = &samples[group.start];
            !is_video(stream)
                && group.start > 0
                && sample.duration == first.duration
                && sample.entry == first.entry
                && samples.get(index + 1).map_or(end, |next| next.decoded) - first.decoded <= SOUND_IN_A_PACKET
        };
        match groups.last_mut().filter(joins) {
            Some(group) => group.end = index + 1,
            None => groups.push(index..index + 1),
        }
    }
    groups
}

/// How many clock references stand between two that PES packets have, at most `most`.
fn clocks_between(decoded: i64, next: i64, most: i64) -> i64 {
    ((next - decoded - 1) / CLOCK_INTERVAL).clamp(0, most)
}

/// The PES packet of a sample and those that follow it (clause 2.4.3.6).
fn pes_packet<'a>(stream: &Elementary, sample: &StreamSample<'_>, payload: &'a [u8], clocks: i64) -> PesPacket<'a> {
    /// `stream_id` of video, of MPEG audio and of other data, which AC-3 is (table 2-22).
    const VIDEO: u8 = 0xe0;
    const AUDIO: u8 = 0xc0;
    const PRIVATE_1: u8 = 0xbd;
    let stream_id = match stream {
        Elementary::Avc(_) => VIDEO,
        Elementary::Aac { .. } | Elementary::Mp3(_) => AUDIO,
        Elementary::Ac3 | Elementary::Ec3 { .. } => PRIVATE_1,
    };
    // A picture can't be shown before it is decoded.
    let presented = sample.presented.max(sample.decoded);
    let has_dts = presented != sample.decoded;
    let header_data: u8 = if has_dts { 10 } else { 5 };
    // Of video it may stay unsaid, which is 0, where 16 bits don't hold it.
    let length = u16::try_from(payload.len() + usize::from(header_data) + 3).unwrap_or(0);
    let mut header = vec![0, 0, 1, stream_id];
    header.extend(length.to_be_bytes());
    // '10', data_alignment_indicator; PTS_DTS_flags.
    header.extend([0x84, if has_dts { 0xc0 } else { 0x80 }, header_data]);
    put_timestamp(&mut header, if has_dts { 3 } else { 2 }, timestamp(presented));
    if has_dts {
        put_timestamp(&mut header, 1, timestamp(sample.decoded));
    }
    let clock = sample.decoded - CLOCK_LEAD;
    PesPacket {
        header,
        payload,
        clock: timestamp(clock),
        further_clocks: (1..=clocks).map(|n| timestamp(clock + n * CLOCK_INTERVAL)).collect(),
        random_access: sample.sync,
    }
}

/// A time stamp in three parts with marker bits between, behind the four bits that tell which it is.
fn put_timestamp(out: &mut Vec<u8>, which: u64, value: u64) {
    let bits = which << 36
        | (value >> 30 & 7) << 33
        | 1 << 32
        | (value >> 15 & 0x7fff) << 17
        | 1 << 16
        | (value & 0x7fff) << 1
        | 1;
    out.extend(&bits.to_be_bytes()[3..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::adts;
    use crate::codec::byte_stream::ByteStream;
    use hex_literal::hex;

    fn avc() -> Elementary {
        Elementary::Avc(ByteStream::of_record(&hex!("01 64001f ff e1 0004 6764001f 01 0002 68cc")).unwrap())
    }

    fn aac() -> Elementary {
        let config = hex!("1190").to_vec();
        Elementary::Aac { header: adts::Header::of_config(&config, false).unwrap(), config, object_type: 2 }
    }

    fn picture(size: usize) -> Vec<u8> {
        [&u32::try_from(size).unwrap().to_be_bytes()[..], &[0x65], &vec![9; size - 1]].concat()
    }

    fn sample(data: &[u8], time: i64, duration: i64) -> StreamSample<'_> {
        StreamSample {
            data,
            presented: time + duration,
            decoded: time,
            duration: u32::try_from(duration).unwrap(),
            sync: time == 0,
            entry: 0,
            offset: 0,
        }
    }

    fn segment(streams: &[Elementary], samples: &[StreamSample<'_>], end: i64, number: usize) -> Vec<u8> {
        write_transport(&TransportSegment { streams, samples, end, number, encryption: None }).unwrap()
    }

    /// PID, continuity counter, whether there is a payload.
    fn counters(stream: &[u8]) -> Vec<(u16, u8, bool)> {
        assert!(stream.len().is_multiple_of(188));
        let of = |packet: &[u8]| {
            assert_eq!(packet[0], 0x47);
            let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
            (pid, packet[3] & 15, packet[3] & 0x10 != 0)
        };
        stream.chunks(188).map(of).collect()
    }

    #[test]
    fn segments_in_a_row_have_no_gap_in_any_counter() {
        let streams = [avc()];
        let mut stream = Vec::new();
        for number in 1..40 {
            let pictures: Vec<Vec<u8>> = (0..number % 7 + 1).map(|n| picture(40 + n * 311 + number * 17)).collect();
            let samples: Vec<_> = (0i64..).zip(&pictures).map(|(n, data)| sample(data, n * 3000, 3000)).collect();
            stream.extend(segment(&streams, &samples, 60_000, number));
        }
        let mut last: std::collections::BTreeMap<u16, u8> = std::collections::BTreeMap::new();
        for (pid, counter, has_payload) in counters(&stream) {
            if let Some(&before) = last.get(&pid) {
                assert_eq!(counter, if has_payload { (before + 1) % 16 } else { before }, "pid {pid:x}");
            }
            last.insert(pid, counter);
        }
        assert_eq!(last.len(), 3);
    }

    #[test]
    fn a_segment_too_small_to_be_spread_announces_its_jump() {
        let data = [7; 4];
        let stream = segment(&[aac()], &[sample(&data, 0, 1920)], 1920, 1);
        let last = &stream[stream.len() - 188..];
        assert_eq!((last[3] & 15, last[5] & 0x80), (15, 0x80));
        let stream = segment(&[aac()], &[sample(&[7; 40], 0, 1920)], 1920, 1);
        let last = &stream[stream.len() - 188..];
        assert_eq!((last[3] & 15, last[5] & 0x80), (15, 0));
    }

    #[test]
    fn time_stamps_wrap_at_33_bits() {
        assert_eq!(timestamp(0), 900_000);
        assert_eq!(timestamp(-900_000), 0);
        assert_eq!(timestamp(-900_001), (1 << 33) - 1);
        assert_eq!(timestamp((1 << 33) - 900_001), (1 << 33) - 1);
        assert_eq!(timestamp((1 << 33) - 900_000), 0);
        // A picture decoded before the wrap and shown behind it; clause 2.4.3.7.
        let data = picture(30);
        let time = (1 << 33) - 900_000 - 1;
        let at_wrap = pes_packet(&avc(), &StreamSample { presented: time + 2, ..sample(&data, time, 1) }, &data, 0);
        assert_eq!(at_wrap.header[9..], hex!("31 0001 0003 1f ffff ffff"));
        assert_eq!(at_wrap.clock, (1 << 33) - 1 - 45_000);
    }

    #[test]
    fn a_picture_has_its_header_and_a_large_one_no_length() {
        let data = vec![1; 65_524];
        let length = |data: &[u8]| {
            let header = pes_packet(&avc(), &sample(data, 0, 3000), data, 0).header;
            assert_eq!((header.len(), header[7]), (19, 0xc0));
            u16::from_be_bytes([header[4], header[5]])
        };
        assert_eq!(length(&data[..65_522]), u16::MAX);
        assert_eq!(length(&data), 0);
        let sound = StreamSample { presented: 0, ..sample(&data, 0, 3000) };
        let header = pes_packet(&aac(), &sound, &data[..100], 0).header;
        assert_eq!(header, hex!("000001 c0 006c 84 80 05 21 0037 7741").as_slice());
    }

    #[test]
    fn the_clock_is_stated_every_100_ms() {
        let data = picture(30);
        let gaps = [9000, 9001, 90_000, i64::MAX, 0, -5];
        assert_eq!(gaps.map(|next| clocks_between(0, next, 600)), [0, 1, 9, 600, 0, 0]);
        let clocks = pes_packet(&avc(), &sample(&data, 0, 3000), &data, 1).further_clocks;
        assert_eq!(clocks, [900_000 - 45_000 + 9000]);
        let stream = segment(&[avc()], &[sample(&data, 0, 27_000)], 27_000, 1);
        assert_eq!(counters(&stream).iter().filter(|(.., has_payload)| !has_payload).count(), 2);
    }

    #[test]
    fn frames_of_sound_share_a_packet_while_their_times_can_be_counted() {
        let times = |durations: &[i64]| {
            let mut time = 0;
            let samples: Vec<_> = durations
                .iter()
                .map(|&duration| {
                    time += duration;
                    sample(&[], time - duration, duration)
                })
                .collect();
            groups(&aac(), &samples, time)
        };
        assert_eq!(times(&[1920; 8]), [0..1, 1..4, 4..7, 7..8]);
        assert_eq!(times(&[1920, 1920, 3840, 1920, 1920]), [0..1, 1..2, 2..3, 3..5]);
        assert_eq!(times(&[90_000; 3]), [0..1, 1..2, 2..3]);
    }
}
