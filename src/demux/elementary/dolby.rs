//! AC-3 and E-AC-3 streams (ETSI TS 102 366 V1.4.1): the frames of one time are one sample, six blocks long.

use super::{Frame, Syntax};
use crate::codec::dolby_frames::{self, Group};
use crate::demux::{Entry, Properties, entries};
use crate::error::{Code, Error, Result};

/// Samples of six blocks, which a sample of E-AC-3 holds (clause F.5).
const WHOLE: u32 = 1536;

pub(super) fn frame(bytes: &[u8]) -> Option<Frame> {
    let frame = dolby_frames::Frame::read(bytes)?;
    let goes_with_the_one_before = frame.dependent || frame.substream != 0;
    let samples = if goes_with_the_one_before { 0 } else { frame.samples };
    Some(Frame { size: frame.size, header: 0, samples, identity: frame.sampling_rate << 1 | u32::from(frame.enhanced) })
}

/// Whether more blocks belong to a sample that has so many samples yet.
pub(super) fn is_unfinished(syntax: Syntax, samples: u32) -> bool {
    syntax == Syntax::Dolby && samples < WHOLE
}

pub(super) fn entry(bytes: &[u8]) -> Result<(Entry, Properties)> {
    let invalid =
        || Error::new(Code::CodecInvalid, message!("the stream doesn't begin with a whole frame of AC-3 or E-AC-3"));
    let frame = dolby_frames::Frame::read(bytes).filter(|frame| !frame.dependent).ok_or_else(invalid)?;
    if !frame.enhanced {
        return entries::audio(*b"ac-3", *b"dac3", &frame.dac3(), frame.channels(), frame.sampling_rate);
    }
    let dec3 = Group::of_one_time(bytes).dec3().ok_or_else(invalid)?;
    entries::audio(*b"ec-3", *b"dec3", &dec3, frame.channels(), frame.sampling_rate)
}
