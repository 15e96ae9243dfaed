//! The header that ADTS puts before each frame of AAC (ISO/IEC 14496-3:2019 clause 1.A.3.2).

use super::aac::{PS, SAMPLING_RATES, SBR, read_object_type, read_sampling_rate};
use crate::bytes::Bits;
use crate::error::{Code, Error, Message, Result};

/// The size of the header in bytes; without a checksum.
pub const SIZE: usize = 7;

/// What the headers of a track's frames have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whether the profile is one of MPEG-2 (ISO/IEC 13818-7).
    mpeg2: bool,
    /// The audio object type less one.
    profile: u8,
    /// `samplingFrequencyIndex` of the coded sound, before SBR.
    sampling_frequency_index: u8,
    /// 1 to 7.
    channel_configuration: u8,
}

impl Header {
    /// From an AudioSpecificConfig. An error where a header can't say the same: its fields are shorter, and SBR is
    /// left to the decoder to find.
    pub fn of_config(config: &[u8], mpeg2: bool) -> Result<Self> {
        let mut bits = Bits::new(config);
        let mut object_type = read_object_type(&mut bits)?;
        let rate = read_sampling_rate(&mut bits)?;
        let channel_configuration = bits.u(4)?;
        if object_type == SBR || object_type == PS {
            read_sampling_rate(&mut bits)?;
            object_type = read_object_type(&mut bits)?;
        }
        let unsupported = |what: Message| {
            let message = message!("ADTS, the header of AAC in MPEG-TS and packed audio, can't carry {what}", what);
            Err(Error::new(Code::ContainerUnsupported, message))
        };
        let Some(profile) = object_type.checked_sub(1).filter(|profile| *profile < 4) else {
            return unsupported(message!("the audio object type {object_type}", object_type));
        };
        let Some(index) = SAMPLING_RATES.iter().position(|known| *known == rate) else {
            return unsupported(message!("a sampling rate of {rate} Hz", rate));
        };
        if channel_configuration == 0 {
            return unsupported(message!("channels that a program config element lists"));
        }
        if channel_configuration > 7 {
            return unsupported(message!("the channel configuration {channel_configuration}", channel_configuration));
        }
        if bits.bit()? {
            return unsupported(message!("frames of 960 samples"));
        }
        let byte = |value: u32| u8::try_from(value).expect("below 16");
        Ok(Self {
            mpeg2,
            profile: byte(profile),
            sampling_frequency_index: u8::try_from(index).expect("below 13"),
            channel_configuration: byte(channel_configuration),
        })
    }

    /// The header of a frame of so many bytes, itself not counted.
    pub fn of_frame(&self, size: usize) -> Result<[u8; SIZE]> {
        /// `aac_frame_length` has 13 bits.
        const LARGEST: usize = (1 << 13) - 1;
        let whole = size.checked_add(SIZE).filter(|whole| *whole <= LARGEST).ok_or_else(|| {
            Error::new(
                Code::ContainerUnsupported,
                message!("a frame of AAC has {size} bytes, too many for an ADTS header", size),
            )
        })?;
        let length = u32::try_from(whole).expect("13 bits");
        // syncword, ID, layer, protection_absent; then as the fields follow, 56 bits in all.
        let mut bits: u64 = 0xfff;
        let mut put = |width: u32, value: u64| bits = bits << width | value;
        put(4, u64::from(self.mpeg2) << 3 | 1);
        put(2, u64::from(self.profile));
        put(4, u64::from(self.sampling_frequency_index));
        put(1, 0); // private_bit
        put(3, u64::from(self.channel_configuration));
        put(4, 0); // original_copy, home, copyright bits
        put(13, u64::from(length));
        put(11, 0x7ff); // adts_buffer_fullness: a variable rate
        put(2, 0); // number_of_raw_data_blocks_in_frame, less one
        let [_, header @ ..] = bits.to_be_bytes();
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn header(config: &[u8]) -> Result<Header> {
        Header::of_config(config, false)
    }

    #[test]
    fn low_complexity_at_44_khz() {
        // The header that ffmpeg writes for a frame of 371 bytes, but for its buffer fullness.
        let header = header(&hex!("1210")).unwrap();
        assert_eq!(header.of_frame(364).unwrap(), hex!("fff15080 2e7ffc"));
        let mpeg2 = Header::of_config(&hex!("1210"), true).unwrap();
        assert_eq!(mpeg2.of_frame(364).unwrap(), hex!("fff95080 2e7ffc"));
    }

    #[test]
    fn of_sbr_the_core_is_said() {
        // Object type 5 over 2, core 24 kHz (6), stereo.
        let explicit = header(&[0b0010_1011, 0b0001_0001, 0b1000_1000]).unwrap();
        assert_eq!(explicit, header(&hex!("13 10 56 e5 98")).unwrap());
        assert_eq!((explicit.profile, explicit.sampling_frequency_index), (1, 6));
    }

    #[test]
    fn what_a_header_can_not_say_is_refused_by_name() {
        for (config, word) in [
            (&hex!("f948042200")[..], "object type 42"),
            (&hex!("b990"), "object type 23"),
            (&hex!("1200"), "program config element"),
            (&hex!("1258"), "channel configuration 11"),
            (&hex!("1214"), "960"),
            // An explicit rate of 50 kHz, stereo.
            (&hex!("17 80 61 a8 10"), "50000 Hz"),
        ] {
            let error = header(config).unwrap_err();
            assert_eq!(error.code, Code::ContainerUnsupported, "{error}");
            assert!(error.message.text().contains(word), "{error}");
        }
        // An explicit rate that the table has is no other rate.
        assert_eq!(header(&hex!("17 80 56 22 10")).unwrap(), header(&hex!("1210")).unwrap());
    }

    #[test]
    fn a_frame_has_at_most_8191_bytes() {
        let header = header(&hex!("1210")).unwrap();
        assert_eq!(header.of_frame(8184).unwrap()[3..6], hex!("83 ff ff"));
        assert_eq!(header.of_frame(8185).unwrap_err().code, Code::ContainerUnsupported);
        assert!(header.of_frame(usize::MAX).is_err());
    }
}
