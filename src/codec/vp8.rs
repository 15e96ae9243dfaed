//! VP8 in `vp08` ("VP Codec ISO Media File Format Binding", version 1.0).
//!
//! The binding wants subsamples without saying more of VP8; here the uncompressed data chunk of RFC 6386
//! section 9.1 stays clear, as the uncompressed header does in VP9, and the rest is protected. Only `cenc`
//! is defined.

use std::ops::Range;

use super::configuration::Configuration;
use super::description::{Description, EntryName, Hls, Kind};
use super::protector::Protector;
use super::start::Start;
use super::vp9;
use crate::error::{Code, Error, Result};

/// VP8.
pub const DESCRIPTION: Description = Description {
    name: "VP8",
    kind: Kind::Video,
    sample_entries: &[EntryName::new(b"vp08", b"vpcC")],
    schemes: &[b"cenc"],
    hls: Hls { words: &["vp8"], ..Hls::NONE },
};

/// The record, which is written as VP9's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config(pub vp9::Config);

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        self.0.rfc6381()
    }

    fn is_all_sync(&self) -> bool {
        false
    }

    /// The first bit of the frame tag is 0 in a key frame (RFC 6386 section 9.1).
    fn start(&self, sample: &[u8]) -> Start {
        if sample.first().is_some_and(|byte| byte & 1 == 0) { Start::Closed } else { Start::Nowhere }
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Frames)
    }
}

/// Finds what may be protected of frames.
#[derive(Debug)]
struct Frames;

impl Protector for Frames {
    /// The compressed data.
    fn protectable(&mut self, sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        protectable(sample, ranges)
    }
}

/// The size of the frame tag, which every frame begins with, in bytes.
const FRAME_TAG: usize = 3;

/// The size of the frame tag, the start code and the picture's size, which a key frame begins with, in bytes.
const KEY_FRAME_HEADER: usize = 10;

fn protectable(sample: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
    let Some(first) = sample.first() else { return Ok(()) }; // a dropped frame
    let is_key = first & 1 == 0;
    let clear = if is_key { KEY_FRAME_HEADER } else { FRAME_TAG };
    if sample.len() < clear || is_key && sample[FRAME_TAG..6] != [0x9d, 0x01, 0x2a] {
        return Err(Error::new(Code::CodecInvalid, message!("a sample doesn't begin with a VP8 frame header")));
    }
    ranges.push(clear..sample.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn ranges(sample: &[u8]) -> Result<Vec<Range<usize>>> {
        let mut ranges = Vec::new();
        protectable(sample, &mut ranges).map(|()| ranges)
    }

    #[test]
    fn a_key_frame_has_ten_clear_bytes_and_an_inter_frame_three() {
        // The first bytes of a 320x180 encode by libvpx.
        let key = [&hex!("30 1e 00 9d 01 2a 40 01 b4 00")[..], &[7; 30]].concat();
        assert_eq!(ranges(&key).unwrap(), [10..40]);
        assert_eq!(ranges(&[0x31, 0x1e, 0, 7, 7]).unwrap(), [3..5]);
        assert!(ranges(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_key_frame_without_its_start_code_is_refused() {
        assert_eq!(ranges(&[0; 40]).unwrap_err().code, Code::CodecInvalid);
        assert_eq!(ranges(&[0x30, 0]).unwrap_err().code, Code::CodecInvalid);
    }
}
