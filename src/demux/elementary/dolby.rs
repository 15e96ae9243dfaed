//! AC-3 and E-AC-3 streams (ETSI TS 102 366 V1.4.1): the frames of one time are one sample, six blocks long.

use super::{Elementary, Frame, NO_NOTE, Syntax};
use crate::codec::dolby_frames::{self, Group};
use crate::demux::format::{Ending, Format};
use crate::demux::{Entry, Properties, entries};
use crate::error::{Code, Error, Result};

/// AC-3 and E-AC-3 without a container.
pub(in crate::demux) const FORMAT: Format = Format {
    names: &["AC-3", "E-AC-3"],
    endings: &[Ending::new("ac3", "audio/ac3"), Ending::new("ec3", "audio/eac3"), Ending::new("eac3", "audio/eac3")],
    sniff: |head| SYNTAX.sniff(head),
    search: |head| SYNTAX.search(head),
    open: |opening| Elementary::open(opening, &SYNTAX),
};

/// How its frames are written.
pub(in crate::demux) static SYNTAX: Syntax = Syntax {
    name: "AC-3 and E-AC-3",
    first_byte: 0x0b,
    frame,
    entry,
    padding: |_| None,
    note: NO_NOTE,
    least_samples: WHOLE,
};

/// Samples of six blocks, which a sample of E-AC-3 holds (clause F.5).
const WHOLE: u32 = 1536;

fn frame(bytes: &[u8]) -> Option<Frame> {
    let frame = dolby_frames::Frame::read(bytes)?;
    let goes_with_the_one_before = frame.dependent || frame.substream != 0;
    let samples = if goes_with_the_one_before { 0 } else { frame.samples };
    Some(Frame { size: frame.size, header: 0, samples, identity: frame.sampling_rate << 1 | u32::from(frame.enhanced) })
}

fn entry(bytes: &[u8]) -> Result<(Entry, Properties)> {
    let invalid =
        || Error::new(Code::CodecInvalid, message!("the stream doesn't begin with a whole frame of AC-3 or E-AC-3"));
    let frame = dolby_frames::Frame::read(bytes).filter(|frame| !frame.dependent).ok_or_else(invalid)?;
    if !frame.enhanced {
        return entries::audio(*b"ac-3", *b"dac3", &frame.dac3(), frame.channels(), frame.sampling_rate);
    }
    let dec3 = Group::of_one_time(bytes).dec3().ok_or_else(invalid)?;
    entries::audio(*b"ec-3", *b"dec3", &dec3, frame.channels(), frame.sampling_rate)
}
