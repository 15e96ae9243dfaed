//! What H.264 and HEVC share: samples of length-prefixed NAL units, and parts of the parameter sets.

use std::ops::Range;

use super::colour::Colour;
use super::nal_family::{NalContent, NalFamily};
use crate::bytes::Bits;
use crate::error::{Code, Error, Result};

/// Parameter sets by their ids. A track has a few: a tree of each kind would be larger than what reads them.
#[derive(Debug, Clone)]
pub(super) struct ById<T>(Vec<(u32, T)>);

impl<T> Default for ById<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ById<T> {
    /// The set of this id.
    pub(super) fn get(&self, id: u32) -> Option<&T> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, set)| set)
    }

    /// Puts a set in place of the one of the same id.
    pub(super) fn insert(&mut self, id: u32, set: T) {
        match self.0.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = set,
            None => self.0.push((id, set)),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, set)| set)
    }

    /// The set of the lowest id.
    pub(super) fn first(&self) -> Option<&T> {
        self.0.iter().min_by_key(|(id, _)| *id).map(|(_, set)| set)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The NAL units of a sample, each behind its length of `length_size` bytes (ISO/IEC 14496-15 clause
/// 5.3.3.1). Ends after the first error.
pub(super) fn units(sample: &[u8], length_size: usize) -> impl Iterator<Item = Result<Range<usize>>> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        if position >= sample.len() {
            return None;
        }
        let unit = unit(sample, position, length_size);
        position = unit.as_ref().map_or(sample.len(), |unit| unit.end);
        Some(unit)
    })
}

/// Whether a sample's first slice is the first of its picture: its header then begins with a bit that is set, in H.264
/// (`first_mb_in_slice`) and in HEVC (`first_slice_segment_in_pic_flag`). `None` where it has no slice.
pub(super) fn begins_picture(sample: &[u8], length_size: usize, family: &NalFamily) -> Option<bool> {
    for range in units(sample, length_size) {
        let Ok(range) = range else { return Some(false) };
        let nal = &sample[range];
        if (family.unit)(nal).content == NalContent::Slice {
            return Some(nal.get(family.header_size).is_some_and(|byte| byte & 0x80 != 0));
        }
    }
    None
}

/// The NAL units of a sample up to the first error.
pub(super) fn nals(sample: &[u8], length_size: usize) -> Vec<&[u8]> {
    units(sample, length_size).map_while(Result::ok).filter_map(|range| sample.get(range)).collect()
}

/// The NAL unit whose length stands at `position`.
fn unit(sample: &[u8], position: usize, length_size: usize) -> Result<Range<usize>> {
    let start = position + length_size;
    let length = sample
        .get(position..start)
        .map(|bytes| bytes.iter().fold(0usize, |length, &byte| length << 8 | usize::from(byte)));
    length
        .and_then(|length| start.checked_add(length))
        .filter(|&end| end <= sample.len())
        .map(|end| start..end)
        .ok_or_else(|| {
            Error::new(
                Code::CodecInvalid,
                message!(
                    "the NAL unit at byte {position} of a sample of {size} bytes runs past the end of the sample",
                    position,
                    size = sample.len()
                ),
            )
        })
}

/// Whether the recovery point that supplemental information has is at its own picture, with nothing to wait for: a
/// count of 0 is the bit 1 in either syntax (ISO/IEC 14496-10 clause D.1.8, 23008-2 clause D.2.8). `None` where there is
/// no recovery point. `messages` is what follows the header of the NAL unit.
pub(super) fn recovery_point(messages: &[u8]) -> Option<bool> {
    const RECOVERY_POINT: u32 = 6;
    let mut bits = Bits::without_emulation_prevention(messages);
    let number = |bits: &mut Bits<'_>| -> Result<u32> {
        let mut value = 0;
        loop {
            let byte = bits.u(8)?;
            value += byte;
            if byte != 0xff {
                return Ok(value);
            }
        }
    };
    while let (Ok(kind), Ok(size)) = (number(&mut bits), number(&mut bits)) {
        if kind == RECOVERY_POINT {
            return bits.bit().ok();
        }
        if bits.skip(8 * size).is_err() {
            break;
        }
    }
    None
}

/// Says in which structure an error is.
pub(super) fn in_unit(mut error: Error, unit: &str) -> Error {
    error.message = message!("in a {unit}: {reason}", unit, reason = error.message);
    error
}

/// The value, if the standard allows it.
pub(super) fn in_range(value: u32, max: u32, name: &str) -> Result<u32> {
    if value > max {
        return Err(Error::new(Code::CodecInvalid, message!("{name} is {value}; the most is {max}", name, value, max)));
    }
    Ok(value)
}

/// A picture's width or height without what is cropped.
pub(super) fn cropped(size: u32, crop: u64) -> Result<u32> {
    u32::try_from(crop).ok().and_then(|crop| size.checked_sub(crop)).filter(|&left| left > 0).ok_or_else(|| {
        Error::new(Code::CodecInvalid, message!("cropping {crop} of {size} pixels leaves nothing", crop, size))
    })
}

/// The bits of `u(v)` for values below `count`: Ceil(Log2(count)).
pub(super) fn bits_below(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}

/// What the video usability information says of how to show the pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usability {
    /// Width over height of a sample.
    pub(super) sample_aspect_ratio: Option<(u32, u32)>,
    pub(super) colour: Option<Colour>,
}

/// `aspect_ratio_idc` 0 to 16, table E-1 of both standards; `(0, 0)` is unspecified.
const ASPECT_RATIOS: [(u32, u32); 17] = [
    (0, 0),
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

impl Usability {
    /// Reads the beginning of `vui_parameters()`, which both standards share, up to and with the colour
    /// description (clause E.1.1 of ISO/IEC 14496-10, E.2.1 of 23008-2).
    pub(super) fn read(bits: &mut Bits<'_>) -> Result<Self> {
        let sample_aspect_ratio = read_aspect_ratio(bits)?;
        if bits.bit()? {
            bits.skip(1)?; // overscan_appropriate_flag
        }
        let mut colour = None;
        if bits.bit()? {
            bits.skip(3)?; // video_format
            let full_range = bits.bit()?;
            if bits.bit()? {
                colour =
                    Some(Colour { primaries: byte(bits)?, transfer: byte(bits)?, matrix: byte(bits)?, full_range });
            }
        }
        Ok(Self { sample_aspect_ratio, colour })
    }
}

/// The clock of a stream: how many ticks a second has, and how many of its units one takes (clauses E.2.1 of ISO/IEC
/// 14496-10, E.3.1 of 23008-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    pub(super) units_in_tick: u32,
    pub(super) time_scale: u32,
}

impl Timing {
    /// Reads `num_units_in_tick` and `time_scale`; `None` where one of them is 0, which says nothing.
    pub(super) fn read(bits: &mut Bits<'_>) -> Result<Option<Self>> {
        let (units_in_tick, time_scale) = (bits.u(32)?, bits.u(32)?);
        Ok((units_in_tick != 0 && time_scale != 0).then_some(Self { units_in_tick, time_scale }))
    }
}

/// `PicOrderCntMsb` of a picture whose count has these lower bits, so many of them, by that and the lower bits of an
/// earlier one (equations 8-3 of ISO/IEC 14496-10, 8-1 of 23008-2).
pub(super) fn order_msb((msb, before): (i64, i64), lsb: i64, bits: u32) -> i64 {
    let modulus = 1 << bits;
    match lsb - before {
        behind if behind <= -modulus / 2 => msb + modulus,
        ahead if ahead > modulus / 2 => msb - modulus,
        _ => msb,
    }
}

fn read_aspect_ratio(bits: &mut Bits<'_>) -> Result<Option<(u32, u32)>> {
    if !bits.bit()? {
        return Ok(None);
    }
    let ratio = match bits.u(8)? {
        255 => (bits.u(16)?, bits.u(16)?),
        index => ASPECT_RATIOS.get(index as usize).copied().unwrap_or((0, 0)),
    };
    Ok((ratio.0 != 0 && ratio.1 != 0).then_some(ratio))
}

/// The next eight bits.
pub(super) fn byte(bits: &mut Bits<'_>) -> Result<u8> {
    Ok(u8::try_from(bits.u(8)?).expect("eight bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_end_with_the_sample_or_an_error() {
        let whole = [0, 2, 9, 9, 0, 0, 0, 1, 7];
        assert_eq!(units(&whole, 2).collect::<Result<Vec<_>>>().unwrap(), [2..4, 6..6, 8..9]);
        let cut: Vec<_> = units(&[0, 1, 9, 0, 3, 1], 2).map(|unit| unit.is_ok()).collect();
        assert_eq!(cut, [true, false]);
    }

    #[test]
    fn an_index_below_a_count_takes_the_bits_of_its_largest_value() {
        assert_eq!([0, 1, 2, 3, 4, 5, 64, 65].map(bits_below), [0, 0, 1, 2, 2, 3, 6, 7]);
    }
}
