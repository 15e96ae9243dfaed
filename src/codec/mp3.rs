//! MPEG-1 and MPEG-2 audio, layers 1 to 3, in `mp4a` (ISO/IEC 14496-14) and in QuickTime's `.mp3`.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};

/// MP3 in QuickTime's entries; in ISO files it is in `mp4a`.
pub const DESCRIPTION: Description = Description {
    name: "MP3",
    kind: Kind::Audio,
    sample_entries: &[EntryName::bare(b".mp3"), EntryName::bare(b"ms\0\x55")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

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
}

impl Configuration for Config {
    /// `mp4a.` and `objectTypeIndication` in hexadecimal digits (RFC 6381 section 3.3). The capital is
    /// how browsers spell it.
    fn rfc6381(&self) -> String {
        let name = match self {
            Self::Mpeg1 => "mp4a.6B",
            Self::Mpeg2 => "mp4a.69",
        };
        name.to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        Some(Frame::read(sample).is_some())
    }
}

/// What the header of a frame says (ISO/IEC 11172-3 clause 2.4.2.3, 13818-3 clause 2.4.2.3; the rates below 16 kHz
/// are known as MPEG-2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Which part of MPEG; 2.5 counts as 2.
    pub config: Config,
    /// 1 to 3.
    pub layer: u8,
    /// Samples a second.
    pub sampling_rate: u32,
    /// The number of channels.
    pub channels: u32,
    /// The whole frame's size in bytes.
    pub size: usize,
    /// Samples a channel.
    pub samples: u32,
    /// Where the side information of layer 3 ends, in bytes from the start.
    pub side_information_end: usize,
}

impl Frame {
    /// The size of the header in bytes.
    pub const HEADER: usize = 4;

    /// Reads a frame's header; `None` where no frame begins, or one of the free format.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        /// `bitrate_index` 1 to 14 in kbit/s: layers 1 to 3, then layer 1 and layers 2 and 3 of MPEG-2.
        #[rustfmt::skip] // a row a line
        const BIT_RATES: [[u32; 14]; 5] = [
            [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
            [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
            [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
            [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        ];
        const SAMPLING_RATES: [u32; 3] = [44_100, 48_000, 32_000];
        let [0xff, second, third, fourth, ..] = *bytes else { return None };
        if second & 0xe0 != 0xe0 {
            return None;
        }
        let layer = 4 - (second >> 1 & 3);
        // 0 for MPEG-2.5, 2 for MPEG-2, 3 for MPEG-1.
        let (version, halvings) = match second >> 3 & 3 {
            0 => (Config::Mpeg2, 2),
            2 => (Config::Mpeg2, 1),
            3 => (Config::Mpeg1, 0),
            _ => return None,
        };
        if layer == 4 {
            return None;
        }
        let is_mpeg1 = version == Config::Mpeg1;
        let row = match (is_mpeg1, layer) {
            (true, layer) => usize::from(layer) - 1,
            (false, 1) => 3,
            (false, _) => 4,
        };
        let bit_rate = BIT_RATES[row].get(usize::from(third >> 4).checked_sub(1)?)? * 1000;
        let sampling_rate = SAMPLING_RATES.get(usize::from(third >> 2 & 3))? >> halvings;
        let samples = match (layer, is_mpeg1) {
            (1, _) => 384,
            (3, false) => 576,
            _ => 1152,
        };
        let padding = u32::from(third >> 1 & 1);
        let size = match layer {
            1 => (12 * bit_rate / sampling_rate + padding) * 4,
            _ => samples / 8 * bit_rate / sampling_rate + padding,
        };
        let is_mono = fourth >> 6 == 3;
        let side = match (is_mpeg1, is_mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let crc = if second & 1 == 0 { 2 } else { 0 };
        Some(Self {
            config: version,
            layer,
            sampling_rate,
            channels: if is_mono { 1 } else { 2 },
            size: usize::try_from(size).ok()?,
            samples,
            side_information_end: Self::HEADER + crc + side,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_mpeg_1_and_2_in_layer_3() {
        // 44.1 kHz, 128 kbit/s, joint stereo: 417 bytes, 418 with padding.
        let frame = Frame::read(&[0xff, 0xfb, 0x90, 0x44]).unwrap();
        assert_eq!((frame.size, frame.samples, frame.sampling_rate, frame.channels), (417, 1152, 44_100, 2));
        assert_eq!(Frame::read(&[0xff, 0xfb, 0x92, 0x44]).unwrap().size, 418);
        // 22.05 kHz, 32 kbit/s, mono: 104 bytes.
        let half = Frame::read(&[0xff, 0xf3, 0x40, 0xc4]).unwrap();
        assert_eq!((half.config, half.size, half.samples, half.channels), (Config::Mpeg2, 104, 576, 1));
        assert_eq!(half.side_information_end, 13);
    }

    #[test]
    fn what_is_no_header_is_told() {
        // Layer reserved, version reserved, free format, rate 15, sampling rate reserved.
        for bytes in [
            [0xff, 0xf9, 0x90, 0],
            [0xff, 0xeb, 0x90, 0],
            [0xff, 0xfb, 0, 0],
            [0xff, 0xfb, 0xf0, 0],
            [0xff, 0xfb, 0x9c, 0],
        ] {
            assert_eq!(Frame::read(&bytes), None, "{bytes:02x?}");
        }
    }
}
