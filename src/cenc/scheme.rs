//! The protection schemes of ISO/IEC 23001-7:2016 clause 10.

use std::fmt;

use crate::error::{Code, Error, Result};

/// A protection scheme: its four characters are the `scheme_type` of `schm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// AES-CTR over whole protected ranges (clause 10.1).
    Cenc,
    /// AES-CBC over a pattern of blocks, the IV restarted at each subsample (clause 10.4).
    Cbcs,
}

impl Scheme {
    /// The four characters.
    pub const fn fourcc(self) -> [u8; 4] {
        match self {
            Self::Cenc => *b"cenc",
            Self::Cbcs => *b"cbcs",
        }
    }

    /// The four characters as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cenc => "cenc",
            Self::Cbcs => "cbcs",
        }
    }

    /// Reads the four characters.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "cenc" => Ok(Self::Cenc),
            "cbcs" => Ok(Self::Cbcs),
            _ => Err(Error::new(Code::OptionInvalid, format!("{text:?} is no scheme; known are cenc and cbcs"))
                .option("scheme")),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many 16-byte blocks of a protected range are encrypted, then how many are skipped.
///
/// The values of `default_crypt_byte_block` and `default_skip_byte_block` in `tenc`; `0:0` means that
/// every whole block is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// Encrypted blocks, 0 to 15.
    pub crypt_byte_block: u8,
    /// Clear blocks that follow, 0 to 15.
    pub skip_byte_block: u8,
}

impl Pattern {
    /// Every block is encrypted: audio in every scheme, and all media in `cenc`.
    pub const ALL: Self = Self { crypt_byte_block: 0, skip_byte_block: 0 };
    /// One block in ten: video in `cbcs`.
    pub const ONE_IN_TEN: Self = Self { crypt_byte_block: 1, skip_byte_block: 9 };
}
