//! DTS streams (ETSI TS 102 114 V1.6.1): a core frame and the extension substreams of its time are one sample.

use super::{Elementary, Frame, NO_NOTE, Syntax};
use crate::codec::dts_frames;
use crate::demux::format::{Ending, Format};
use crate::demux::{Entry, Properties, entries};
use crate::error::{Code, Error, Result};

/// DTS without a container.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["DTS"],
    endings: &[Ending::new("dts", "audio/vnd.dts")],
    sniff: |head| SYNTAX.sniff(head),
    search: |head| SYNTAX.search(head),
    open: |opening| Elementary::open(opening, &SYNTAX),
};

/// How its frames are written.
pub(in crate::demux) static SYNTAX: Syntax =
    Syntax { name: "DTS", first_byte: 0x7f, frame, entry, padding: |_| None, note: NO_NOTE, least_samples: 0 };

/// All frames have one identity: extensions don't say their rate.
fn frame(bytes: &[u8]) -> Option<Frame> {
    let frame = dts_frames::Frame::read(bytes)?;
    let samples = frame.core.map_or(0, |core| core.samples);
    Some(Frame { size: frame.size, header: 0, samples, identity: 0 })
}

/// The entry of a stream whose first core frame these bytes begin with.
pub(in crate::demux) fn entry(bytes: &[u8]) -> Result<(Entry, Properties)> {
    let found = dts_frames::Frame::read(bytes).and_then(|frame| Some((frame.size, frame.core?)));
    let (size, core) = found
        .ok_or_else(|| Error::new(Code::CodecInvalid, message!("the stream doesn't begin with a core frame of DTS")))?;
    let (name, ddts) = core.ddts(size, bytes);
    entries::audio(name, *b"ddts", &ddts, core.channels, core.sampling_rate)
}
