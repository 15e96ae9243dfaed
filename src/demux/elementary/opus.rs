//! Opus as transport streams have it: each packet behind a control header ("Opus in MPEG-TS" of Xiph.Org's wiki, which
//! ffmpeg and GStreamer follow).

use super::{Frame, NO_NOTE, Syntax};
use crate::bytes::Writer;
use crate::codec::opus;
use crate::demux::{Entry, Properties, entries};
use crate::error::{Code, Error, Result};

/// One channel, two channels: `channel_config_code` 1 and 2 of the descriptor.
pub(in crate::demux) static MONO: Syntax = syntax("Opus, mono", |bytes| entry(bytes, 1));
pub(in crate::demux) static STEREO: Syntax = syntax("Opus, stereo", |bytes| entry(bytes, 2));

const fn syntax(name: &'static str, entry: fn(&[u8]) -> Result<(Entry, Properties)>) -> Syntax {
    Syntax { name, first_byte: 0x7f, frame, entry, padding: |_| None, note: NO_NOTE, least_samples: 0 }
}

/// What a control header says.
struct Control {
    /// Its size in bytes.
    size: usize,
    /// The size of the packet behind it.
    packet: usize,
    /// How many samples at the front aren't to be heard.
    start_trim: u16,
}

/// `opus_control_header`: eleven bits of prefix, flags, the size as a sum of bytes up to one below 255, then what the
/// flags announce.
fn control(bytes: &[u8]) -> Option<Control> {
    let &[0x7f, flags, ..] = bytes else { return None };
    if flags & 0xe0 != 0xe0 {
        return None;
    }
    let (mut at, mut packet) = (2, 0);
    loop {
        let byte = usize::from(*bytes.get(at)?);
        at += 1;
        packet += byte;
        if byte < 255 {
            break;
        }
    }
    let mut trim = |is_there: bool| {
        if !is_there {
            return Some(0);
        }
        let trim = bytes.get(at..at + 2)?;
        at += 2;
        Some(u16::from_be_bytes([trim[0] & 0x1f, trim[1]]))
    };
    let start_trim = trim(flags & 0x10 != 0)?;
    trim(flags & 0x08 != 0)?; // end_trim
    if flags & 0x04 != 0 {
        at += 1 + usize::from(*bytes.get(at)?); // control extension
    }
    Some(Control { size: at, packet, start_trim })
}

fn frame(bytes: &[u8]) -> Option<Frame> {
    let control = control(bytes)?;
    let samples = opus::samples(bytes.get(control.size..)?)?;
    Some(Frame { size: control.size + control.packet, header: control.size, samples, identity: 0 })
        .filter(|frame| frame.size > frame.header)
}

/// `dOps` with what the first control header says of the samples in front.
fn entry(bytes: &[u8], channels: u8) -> Result<(Entry, Properties)> {
    let control = control(bytes)
        .ok_or_else(|| Error::new(Code::CodecInvalid, message!("the stream doesn't begin with a packet of Opus")))?;
    let mut dops = Writer::new();
    dops.u8(0).u8(channels).u16(control.start_trim).u32(opus::SAMPLING_RATE).u16(0).u8(0);
    entries::audio(*b"Opus", *b"dOps", &dops.into_vec(), u32::from(channels), opus::SAMPLING_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_stands_behind_its_size_and_trims() {
        // CELT, 20 ms, stereo, one frame: 300 bytes, of which the first 312 samples aren't heard.
        let header = [0x7f, 0xf0, 255, 45, 0x01, 0x38];
        let packet = [&header[..], &[0xfc; 300]].concat();
        assert_eq!(frame(&packet), Some(Frame { size: 306, header: 6, samples: 960, identity: 0 }));
        let (entry, properties) = entry(&packet, 2).unwrap();
        assert_eq!(properties, Properties::Audio { sampling_rate: 48_000, channels: 2 });
        assert!(entry.bytes.windows(4).any(|bytes| bytes == [0, 2, 0x01, 0x38]), "the samples in front");
        assert_eq!(frame(&[0x7f, 0xe0, 3, 0xfc, 0, 0]).unwrap().header, 3);
        assert_eq!(frame(&[0x7f, 0x00, 3, 0xfc, 0, 0]), None);
        assert_eq!(frame(&[0x7f, 0xe0]), None);
    }
}
