//! MP3 and MP2: frames of MPEG audio of layers 3 and 2, and the information that encoders of MP3 put into a first frame
//! without sound.

use super::{Elementary, Frame, Syntax};
use crate::codec::mp3;
use crate::demux::format::{Ending, Format};
use crate::demux::{Entry, Properties, entries};
use crate::error::{Code, Error, Message, Result};

/// MP3 without a container.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["MP3", "MP2"],
    endings: &[Ending::new("mp3", "audio/mpeg"), Ending::new("mp2", "audio/mpeg")],
    sniff: |head| SYNTAX.sniff(head),
    search: |head| SYNTAX.search(head),
    open: |opening| Elementary::open(opening, &SYNTAX),
};

/// How its frames are written.
pub(in crate::demux) static SYNTAX: Syntax =
    Syntax { name: "MPEG audio", first_byte: 0xff, frame, entry, padding: information, note, least_samples: 0 };

fn frame(bytes: &[u8]) -> Option<Frame> {
    let frame = mp3::Frame::read(bytes).filter(|frame| frame.layer != 1)?;
    let kind = u32::from(frame.layer) << 1 | u32::from(frame.config == mp3::Config::Mpeg1);
    Some(Frame { size: frame.size, header: 0, samples: frame.samples, identity: frame.sampling_rate << 3 | kind })
}

/// What is said of a stream that begins with this frame: who plays layer 2.
pub(in crate::demux) fn note(bytes: &[u8]) -> Option<Message> {
    let frame = mp3::Frame::read(bytes).filter(|frame| frame.layer == 2)?;
    Some(message!(
        "MPEG audio of layer {layer} (MP2) is played by televisions and set-top boxes, hardly by browsers or Apple's players",
        layer = frame.layer
    ))
}

fn entry(bytes: &[u8]) -> Result<(Entry, Properties)> {
    let frame = mp3::Frame::read(bytes).ok_or_else(|| {
        Error::new(Code::CodecInvalid, message!("the stream doesn't begin with a frame of MP3 or MP2"))
    })?;
    entries::mp3(frame.config, frame.channels, frame.sampling_rate)
}

/// Samples that a decoder of MP3 gives before the first one that went in, as all players reckon.
const DECODER_DELAY: u32 = 528 + 1;

/// How many samples at the start and at the end are padding, if this first frame holds no sound: a "Xing" or "Info"
/// frame, whose extension by LAME tells them (LAME's "Mp3 Info Tag rev 1"), or a "VBRI" frame, which doesn't.
fn information(bytes: &[u8]) -> Option<(u32, u32)> {
    /// Where Fraunhofer's header stands, in any mode.
    const VBRI: usize = 4 + 32;
    let frame = mp3::Frame::read(bytes).filter(|frame| frame.layer == 3)?;
    if bytes.get(VBRI..)?.starts_with(b"VBRI") {
        return Some((0, 0));
    }
    let xing = bytes.get(frame.side_information_end..)?;
    if !(xing.starts_with(b"Xing") || xing.starts_with(b"Info")) {
        return None;
    }
    let &flags = xing.get(7)?;
    // The number of frames, of bytes, a table of contents, a quality; then the encoder's name in nine bytes.
    let fields = [4, 4, 100, 4].iter().enumerate().filter(|(bit, _)| flags >> bit & 1 == 1).map(|(_, size)| size);
    let encoder = xing.get(8 + fields.sum::<usize>()..).unwrap_or_default();
    let is_known = [&b"LAME"[..], b"Lavf", b"Lavc"].iter().any(|name| encoder.starts_with(name));
    let Some(&[a, b, c]) = encoder.get(21..24).filter(|_| is_known) else { return Some((0, 0)) };
    let (delay, padding) = (u32::from(a) << 4 | u32::from(b) >> 4, u32::from(b & 15) << 8 | u32::from(c));
    Some((delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_information_frame_tells_the_padding() {
        // MPEG-1, 44.1 kHz, 128 kbit/s, stereo: the header's side information takes 32 bytes.
        let mut bytes = vec![0; 417];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        assert_eq!(information(&bytes), None);
        bytes[36..44].copy_from_slice(b"Info\0\0\0\x0f");
        assert_eq!(information(&bytes), Some((0, 0)));
        let encoder = 36 + 8 + 112;
        bytes[encoder..encoder + 9].copy_from_slice(b"LAME3.100");
        // 576 samples of delay, 1404 of padding.
        bytes[encoder + 21..encoder + 24].copy_from_slice(&[0x24, 0x05, 0x7c]);
        assert_eq!(information(&bytes), Some((576 + 529, 1404 - 529)));
        bytes[36..40].copy_from_slice(b"VBRI");
        assert_eq!(information(&bytes), Some((0, 0)));
    }
}
