//! MPEG-1 and MPEG-2 audio, layers 1 to 3, in `mp4a` (ISO/IEC 14496-14) and in QuickTime's `.mp3`.

/// Which part of MPEG the sound follows: the `objectTypeIndication` of `esds` (MP4RA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Config {
    /// ISO/IEC 11172-3: 32, 44.1 and 48 kHz.
    Mpeg1,
    /// ISO/IEC 13818-3: the halved rates.
    Mpeg2,
}

impl Config {
    /// The lowest rate of MPEG-1; below it sound is MPEG-2's.
    const MPEG1_FROM: u32 = 32_000;

    /// From `objectTypeIndication`; `None` for another codec.
    pub fn from_object_type(object_type: u8) -> Option<Self> {
        [Self::Mpeg1, Self::Mpeg2].into_iter().find(|config| config.object_type() == object_type)
    }

    /// From the sampling rate, for entries without `esds`.
    pub fn from_sampling_rate(sampling_rate: u32) -> Self {
        if sampling_rate >= Self::MPEG1_FROM { Self::Mpeg1 } else { Self::Mpeg2 }
    }

    /// `objectTypeIndication`.
    pub fn object_type(self) -> u8 {
        match self {
            Self::Mpeg1 => 0x6b,
            Self::Mpeg2 => 0x69,
        }
    }

    /// `mp4a.` and `objectTypeIndication` in hexadecimal digits (RFC 6381 section 3.3). The capital is
    /// how browsers spell it.
    pub fn rfc6381(self) -> &'static str {
        match self {
            Self::Mpeg1 => "mp4a.6B",
            Self::Mpeg2 => "mp4a.69",
        }
    }
}
