//! AAC in ADTS (ISO/IEC 14496-3:2019 clause 1.A.3.2): the header goes, the AudioSpecificConfig is made from it.

use super::{Elementary, Frame, NO_NOTE, Syntax};
use crate::demux::format::{Ending, Format};
use crate::demux::{Entry, Properties, entries};
use crate::error::{Code, Error, Message, Result};

/// AAC without a container.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["AAC"],
    endings: &[Ending::new("aac", "audio/aac")],
    sniff: |head| SYNTAX.sniff(head),
    search: |head| SYNTAX.search(head),
    open: |opening| Elementary::open(opening, &SYNTAX),
};

/// How its frames are written.
pub(in crate::demux) static SYNTAX: Syntax =
    Syntax { name: "ADTS", first_byte: 0xff, frame, entry, padding: |_| None, note: NO_NOTE, least_samples: 0 };

/// Samples of an access unit. ADTS can't say 960.
const SAMPLES: u32 = 1024;

fn frame(bytes: &[u8]) -> Option<Frame> {
    let &[0xff, second, third, fourth, fifth, sixth, ..] = bytes else { return None };
    // syncword, layer 0; sampling_frequency_index 13 to 15 are reserved.
    if second & 0xf6 != 0xf0 || third >> 2 & 15 > 12 {
        return None;
    }
    let header = if second & 1 == 1 { 7 } else { 9 };
    let size = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    // adts_fixed_header but for the private and the copyright bits.
    let identity = u32::from_be_bytes([0, second & 8, third & 0xfd, fourth & 0xc0]);
    (size > header).then_some(Frame { size, header, samples: SAMPLES, identity })
}

fn entry(bytes: &[u8]) -> Result<(Entry, Properties)> {
    let (config, channels) = config(bytes)?;
    // The rate that the entry shows is corrected by what the configuration says.
    let (_, properties) = entries::mp4a(0x40, &config, channels, 0)?;
    let rate = match properties {
        Properties::Audio { sampling_rate, .. } => sampling_rate,
        _ => 0,
    };
    entries::mp4a(0x40, &config, channels, rate)
}

/// The AudioSpecificConfig of a stream that begins with this frame, and the number of its channels.
fn config(bytes: &[u8]) -> Result<([u8; 2], u32)> {
    let &[_, _, third, fourth, _, _, seventh, ..] = bytes else {
        return Err(Error::new(Code::CodecInvalid, message!("the stream doesn't begin with an ADTS frame")));
    };
    let unsupported = |message: Message| Err(Error::new(Code::CodecUnsupported, message));
    if seventh & 3 != 0 {
        return unsupported(message!("an ADTS frame holds more than one block of AAC"));
    }
    let (object_type, rate, channels) = ((third >> 6) + 1, third >> 2 & 15, (third & 1) << 2 | fourth >> 6);
    if channels == 0 {
        return unsupported(message!("the ADTS header leaves the channels to a list within the stream"));
    }
    let config = [object_type << 3 | rate >> 1, (rate & 1) << 7 | channels << 3];
    Ok((config, if channels == 7 { 8 } else { u32::from(channels) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_low_complexity_at_44_khz() {
        // As ffmpeg writes it: MPEG-4, no CRC, LC, 44.1 kHz, stereo, 371 bytes.
        let bytes = [0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc, 0x21, 0, 0];
        let read = frame(&bytes).unwrap();
        assert_eq!((read.size, read.header, read.samples), (371, 7, 1024));
        assert_eq!(config(&bytes).unwrap().0, [0x12, 0x10]);
        let Properties::Audio { sampling_rate, channels } = entry(&bytes).unwrap().1 else { panic!("sound") };
        assert_eq!((sampling_rate, channels), (44_100, 2));
    }

    #[test]
    fn what_can_not_be_carried_is_refused() {
        assert!(frame(&[0xff, 0xfb, 0x50, 0x80, 0x2e, 0x7f, 0xfc]).is_none()); // layer 3
        assert!(frame(&[0xff, 0xf1, 0x7c, 0x80, 0x2e, 0x7f, 0xfc]).is_none()); // reserved rate
        assert!(frame(&[0xff, 0xf1, 0x50, 0x80, 0x00, 0xdf, 0xfc]).is_none()); // 6 bytes with a header of 7
        for bytes in [[0xff, 0xf1, 0x50, 0, 0x2e, 0x7f, 0xfc], [0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfd]] {
            assert_eq!(config(&bytes).unwrap_err().code, Code::CodecUnsupported);
        }
    }
}
