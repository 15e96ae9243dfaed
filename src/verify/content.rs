//! Whether decrypted samples are what their codec writes, as far as that can be told without decoding.

use crate::codec::Codec;
use crate::codec::nal_family::NalFamily;
use crate::demux::Entry;
use crate::error::Message;

/// The NAL units of a sample; `None` where a length leads out of it.
pub(super) fn nal_units(sample: &[u8], length_size: usize) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    let mut rest = sample;
    while !rest.is_empty() {
        let (length, behind) = rest.split_at_checked(length_size)?;
        let length = length.iter().fold(0usize, |length, &byte| length << 8 | usize::from(byte));
        let (unit, behind) = behind.split_at_checked(length)?;
        units.push(unit);
        rest = behind;
    }
    Some(units)
}

/// How an entry's samples are written as NAL units, and the size of their lengths; `None` for a codec without any.
pub(super) fn nal_units_of(entry: &Entry) -> Option<(&'static NalFamily, usize)> {
    let family = entry.codec.nal_family()?;
    let position = entry.bytes.windows(4).position(|window| window == family.record_box)?;
    Some((family, family.length_size(&entry.bytes[position + 4..])?))
}

/// What is wrong with a sample of NAL units; `None` if nothing.
///
/// No NAL unit holds three bytes that look like a start code or its prevention, and none ends with a zero
/// (ISO/IEC 14496-10 and 23008-2, clause 7.4.1 and 7.4.2): bytes that are decrypted wrongly do sooner or
/// later. Zeros behind the last one are no part of it: common writers leave there what stood in front of a start code.
pub(super) fn nal_fault(sample: &[u8], length_size: usize) -> Option<Message> {
    let Some(units) = nal_units(sample, length_size) else {
        return Some(message!("the lengths of its NAL units don't add up to its size"));
    };
    let last = units.len().saturating_sub(1);
    units.into_iter().enumerate().find_map(|(index, unit)| {
        let zeros = unit.iter().rev().take_while(|&&byte| byte == 0).count();
        unit_fault(if index == last && zeros < unit.len() { &unit[..unit.len() - zeros] } else { unit })
    })
}

/// What is wrong with a NAL unit; `None` if nothing.
pub(super) fn unit_fault(unit: &[u8]) -> Option<Message> {
    match unit.first() {
        None => return Some(message!("it has an empty NAL unit")),
        Some(header) if header & 0x80 != 0 => return Some(message!("the forbidden_zero_bit of a NAL unit is set")),
        Some(_) => (),
    }
    if unit.last() == Some(&0) {
        return Some(message!("a NAL unit ends with a zero byte"));
    }
    let mut zeros = 0;
    for (index, &byte) in unit.iter().enumerate() {
        if zeros >= 2 && (byte < 3 || byte == 3 && unit.get(index + 1).is_some_and(|&next| next > 3)) {
            return Some(message!(
                "a NAL unit has the bytes 00 00 {byte}, which its syntax excludes",
                byte = format!("{byte:02x}")
            ));
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    None
}

/// Whether a frame ends like one; `None` where that can't be told. One in four random ones does.
pub(super) fn ends_right(codec: &Codec, frame: &[u8]) -> Option<bool> {
    let Codec::Aac(config) = codec else { return None };
    // AAC-LC and what is built on it: raw_data_block() ends with ID_END, 7 of three bits, and zeros up
    // to a whole byte (ISO/IEC 14496-3 clause 4.4.2.1). Writers that pad put zero bytes behind.
    if !matches!(config.object_type, 2 | 5 | 29) || frame.len() < 3 {
        return None;
    }
    const ID_END: u8 = 7;
    if frame[0] >> 5 == ID_END {
        return Some(false);
    }
    let last = frame.iter().rposition(|&byte| byte != 0)?;
    let bits = u16::from_be_bytes([if last > 0 { frame[last - 1] } else { 0 }, frame[last]]);
    Some(bits >> bits.trailing_zeros() & 7 == u16::from(ID_END))
}

/// What a track's frames have in common, to tell a wrong key from a damaged frame.
#[derive(Debug)]
pub(super) struct Looks {
    /// How many frames begin with each id and tag of a syntactic element: with the right key most begin alike.
    starts: [usize; 128],
    right: usize,
    /// Index, segment and file of the frames that don't end right.
    pub(super) wrong: Vec<(usize, usize, String)>,
    wrong_count: usize,
}

impl Default for Looks {
    fn default() -> Self {
        Self { starts: [0; 128], right: 0, wrong: Vec::new(), wrong_count: 0 }
    }
}

impl Looks {
    pub(super) fn add(&mut self, frame: &[u8], ends_right: bool, sample: usize, segment: usize, file: &str) {
        if let Some(first) = frame.first() {
            self.starts[usize::from(first >> 1)] += 1;
        }
        if ends_right {
            self.right += 1;
            return;
        }
        self.wrong_count += 1;
        if self.wrong.len() < crate::limits::FINDINGS_OF_A_KIND {
            self.wrong.push((sample, segment, file.to_owned()));
        }
    }

    /// Whether the frames begin at random. Their ends don't tell: under cbcs most are clear.
    pub(super) fn is_random(&self) -> bool {
        let count = self.right + self.wrong_count;
        let most = self.starts.iter().max().copied().unwrap_or_default();
        count >= 16 && most * 4 < count
    }

    /// Whether ends of frames tell anything in this track: nearly all are right.
    pub(super) fn is_telling(&self) -> bool {
        self.wrong_count * 20 < self.right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nal_units_hold_no_start_codes_and_end_without_a_zero() {
        assert_eq!(nal_fault(&[0, 0, 0, 3, 0x65, 0, 1, 0, 0, 0, 1, 0x41], 4), None);
        assert_eq!(nal_fault(&[0, 0, 0, 6, 0x65, 0, 0, 3, 1, 9], 4), None);
        assert_eq!(nal_fault(&[0, 0, 0, 1, 0x41, 0, 0, 0, 4, 0x65, 1, 0, 0], 4), None, "zeros behind the last");
        for wrong in [
            &[0, 0, 0, 9, 0x65][..],
            &[0, 0, 0, 3, 0x65, 1, 0, 0, 0, 0, 1, 0x41],
            &[0, 0, 0, 4, 0x65, 0, 0, 1],
            &[0, 0, 0, 6, 0x65, 0, 0, 3, 4, 9],
            &[0, 0, 0, 1, 0xe5],
            &[0, 0, 0, 0],
        ] {
            assert!(nal_fault(wrong, 4).is_some(), "{wrong:?}");
        }
    }
}
