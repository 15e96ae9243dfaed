//! The protection schemes of ISO/IEC 23001-7:2016 clause 10.

use std::fmt;

use crate::error::{Code, Error, Result};

/// A protection scheme: its four characters are the `scheme_type` of `schm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// AES-CTR over whole protected ranges (clause 10.1).
    Cenc,
    /// AES-CBC over whole protected ranges, chained through a sample (clause 10.2).
    Cbc1,
    /// AES-CTR over a pattern of blocks (clause 10.3).
    Cens,
    /// AES-CBC over a pattern of blocks, the IV restarted at each subsample (clause 10.4).
    Cbcs,
}

/// The block cipher mode of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Counter mode: a pair of key and counter block must never be used twice.
    Ctr,
    /// Cipher block chaining.
    Cbc,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 4] = [Self::Cenc, Self::Cbc1, Self::Cens, Self::Cbcs];

    /// The four characters.
    pub const fn fourcc(self) -> [u8; 4] {
        match self {
            Self::Cenc => *b"cenc",
            Self::Cbc1 => *b"cbc1",
            Self::Cens => *b"cens",
            Self::Cbcs => *b"cbcs",
        }
    }

    /// The four characters as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cenc => "cenc",
            Self::Cbc1 => "cbc1",
            Self::Cens => "cens",
            Self::Cbcs => "cbcs",
        }
    }

    /// Reads the four characters.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == text).ok_or_else(|| {
            Error::new(
                Code::OptionInvalid,
                message!("unknown scheme {text:?}; known schemes are cenc, cens, cbc1 and cbcs", text),
            )
            .option("scheme")
        })
    }

    /// The block cipher mode.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Cenc | Self::Cens => Mode::Ctr,
            Self::Cbc1 | Self::Cbcs => Mode::Cbc,
        }
    }

    /// Whether the scheme has a pattern, and with it a `tenc` of version 1.
    pub const fn has_pattern(self) -> bool {
        matches!(self, Self::Cens | Self::Cbcs)
    }

    /// Whether all samples have the same IV, in `tenc`. The standard leaves it open for `cbcs`; CMAF and
    /// HLS demand it.
    pub const fn has_constant_iv(self) -> bool {
        matches!(self, Self::Cbcs)
    }

    /// Whether a protected range is a multiple of 16 bytes; in `cbcs` it is as the codec has it.
    pub const fn protects_whole_blocks(self) -> bool {
        !matches!(self, Self::Cbcs)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many 16-byte blocks of a protected range are encrypted, then how many are skipped.
///
/// The values of `default_crypt_byte_block` and `default_skip_byte_block` in `tenc`; where nothing is
/// skipped every whole block is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// Encrypted blocks, 0 to 15.
    pub crypt_byte_block: u8,
    /// Clear blocks that follow, 0 to 15.
    pub skip_byte_block: u8,
}

impl Pattern {
    /// Every block is encrypted: audio in every scheme, and all media in `cenc` and `cbc1`.
    pub const ALL: Self = Self { crypt_byte_block: 0, skip_byte_block: 0 };
    /// One block in ten: video in `cbcs` and `cens`.
    pub const ONE_IN_TEN: Self = Self { crypt_byte_block: 1, skip_byte_block: 9 };

    /// Reads `CRYPT:SKIP`, as in `1:9`, `5:5` or `10:0`.
    pub fn parse(text: &str) -> Result<Self> {
        let number = |part: &str| part.trim().parse::<u8>().ok().filter(|&blocks| blocks <= 15);
        text.split_once(':')
            .and_then(|(crypt, skip)| Some(Self { crypt_byte_block: number(crypt)?, skip_byte_block: number(skip)? }))
            .filter(|pattern| pattern.crypt_byte_block > 0 || pattern.skip_byte_block == 0)
            .ok_or_else(|| {
                let message = message!(
                    "{text:?} is not a pattern: give two numbers from 0 to 15, the first above 0, as in 1:9",
                    text
                );
                Error::new(Code::OptionInvalid, message).option("pattern")
            })
    }

    /// Whether every whole block is encrypted.
    pub const fn is_all(self) -> bool {
        self.skip_byte_block == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_two_numbers_of_four_bits() {
        assert_eq!(Pattern::parse("1:9").unwrap(), Pattern::ONE_IN_TEN);
        assert!(Pattern::parse("10:0").unwrap().is_all());
        for wrong in ["0:9", "16:1", "1", "1:9:2", "a:b", ""] {
            assert_eq!(Pattern::parse(wrong).unwrap_err().code, Code::OptionInvalid, "{wrong}");
        }
    }
}
