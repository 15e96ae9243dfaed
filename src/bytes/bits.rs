//! A bit reader for raw byte sequence payloads.

use crate::error::{Code, Error, Result};

/// Reads bits, most significant first.
///
/// With [`Bits::without_emulation_prevention`] it passes over the `emulation_prevention_three_byte`s
/// of a NAL unit (ISO/IEC 14496-10 clause 7.4.1.1) and counts them among the consumed bytes.
#[derive(Debug, Clone)]
pub struct Bits<'a> {
    data: &'a [u8],
    /// The byte that the next bit is in.
    byte: usize,
    /// Bits of it that were read, 0 to 7.
    bit: u32,
    /// Zero bytes in a row before `byte`; only counted for NAL units.
    zeros: u32,
    nal: bool,
}

impl<'a> Bits<'a> {
    /// Reads every bit of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, byte: 0, bit: 0, zeros: 0, nal: false }
    }

    /// Reads a NAL unit, leaving out the bytes that prevent start code emulation.
    pub fn without_emulation_prevention(nal: &'a [u8]) -> Self {
        Self { data: nal, byte: 0, bit: 0, zeros: 0, nal: true }
    }

    /// How many bytes of the slice were read, a byte begun counted whole, emulation prevention bytes
    /// included.
    pub fn bytes_read(&self) -> usize {
        self.byte + usize::from(self.bit > 0)
    }

    /// One bit.
    pub fn bit(&mut self) -> Result<bool> {
        if self.bit == 0 && self.nal && self.zeros >= 2 && self.data.get(self.byte) == Some(&3) {
            self.byte += 1;
            self.zeros = 0;
        }
        let Some(&byte) = self.data.get(self.byte) else {
            return Err(Error::new(
                Code::CodecInvalid,
                message!("the bit stream ends after {size} bytes", size = self.data.len()),
            ));
        };
        let value = byte >> (7 - self.bit) & 1 == 1;
        self.bit += 1;
        if self.bit == 8 {
            self.bit = 0;
            self.byte += 1;
            self.zeros = if byte == 0 { self.zeros + 1 } else { 0 };
        }
        Ok(value)
    }

    /// An unsigned number of `count` bits, 0 to 32.
    pub fn u(&mut self, count: u32) -> Result<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.bit()?);
        }
        Ok(value)
    }

    /// Passes over `count` bits.
    pub fn skip(&mut self, count: u32) -> Result<()> {
        (0..count).try_for_each(|_| self.bit().map(drop))
    }

    /// Passes over the rest of a byte that was begun.
    pub fn align(&mut self) -> Result<()> {
        self.skip(8 * u32::from(self.bit > 0) - self.bit)
    }

    /// An unsigned Exp-Golomb number, `ue(v)` of ISO/IEC 14496-10 clause 9.1.
    pub fn ue(&mut self) -> Result<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return Err(Error::new(Code::CodecInvalid, message!("an Exp-Golomb number is longer than 32 bits")));
            }
        }
        Ok((1u32 << zeros) - 1 + self.u(zeros)?)
    }

    /// A signed Exp-Golomb number, `se(v)` of clause 9.1.1.
    pub fn se(&mut self) -> Result<i32> {
        let code = i64::from(self.ue()?);
        let magnitude = (code + 1) / 2;
        let value = if code % 2 == 1 { magnitude } else { -magnitude };
        i32::try_from(value)
            .map_err(|_| Error::new(Code::CodecInvalid, message!("an Exp-Golomb number is out of range")))
    }
}

/// Writes the bits of made-up headers.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct BitWriter(Vec<bool>);

#[cfg(test)]
impl BitWriter {
    /// An unsigned number of `count` bits.
    pub fn u(mut self, count: u32, value: u32) -> Self {
        self.0.extend((0..count).rev().map(|i| u64::from(value) >> i & 1 == 1));
        self
    }

    /// An unsigned Exp-Golomb number.
    pub fn ue(self, value: u32) -> Self {
        let size = 32 - (value + 1).leading_zeros();
        self.u(2 * size - 1, value + 1)
    }

    /// The bytes, the last one filled up with zeros.
    pub fn bytes(self) -> Vec<u8> {
        self.0
            .chunks(8)
            .map(|bits| bits.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_codes_of_table_9_2() {
        // 1 010 011 00100 00101, then se: 010 011 00100
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1010_0110, 0b0100_0000]);
        assert_eq!([(); 5].map(|()| bits.ue().unwrap()), [0, 1, 2, 3, 4]);
        assert_eq!([(); 3].map(|()| bits.se().unwrap()), [1, -1, 2]);
    }

    #[test]
    fn emulation_prevention_is_left_out_of_the_bits_and_counted_in_the_bytes() {
        let mut bits = Bits::without_emulation_prevention(&[0, 0, 3, 1, 0, 0, 3]);
        assert_eq!(bits.u(24).unwrap(), 1);
        assert_eq!(bits.bytes_read(), 4);
        assert_eq!(bits.u(16).unwrap(), 0);
        assert_eq!(bits.bytes_read(), 6);
        assert!(bits.bit().is_err());
    }
}
