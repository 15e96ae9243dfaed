//! E-AC-3 (Dolby Digital Plus): `dec3`, the EC3SpecificBox of ETSI TS 102 366 V1.4.1 clause F.6, with the
//! extension of ETSI TS 103 420 V1.2.1 clause 8.3.2 that tells joint object coding (Dolby Atmos).

use super::ac3::SAMPLING_RATES;
use super::configuration::{Configuration, Speakers};
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::dolby_frames;
use crate::bytes::Bits;
use crate::error::Result;

/// E-AC-3, which some playlists name `ec+3` where it has objects.
pub const DESCRIPTION: Description = Description {
    name: "E-AC-3",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"ec-3", b"dec3")],
    schemes: ALL_SCHEMES,
    hls: Hls { words: &["ec+3"], ..Hls::NONE },
};

/// What `dec3` says of its first independent substream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The sampling rate in Hz; `None` for the halved rates, which stand in the bit stream.
    pub sampling_rate: Option<u32>,
    /// The channels with those of the dependent substreams, a bit each or a bit a pair: `chanmap` of
    /// table E.1.4, the most significant bit first.
    pub channel_map: u16,
    /// `complexity_index_type_a`: how many objects joint object coding carries; `None` without it.
    pub joint_object_coding: Option<u8>,
}

/// Left, centre, right, left and right surround: the high bits of `chanmap`.
const FULL_BANDWIDTH: [u16; 8] = [0xa000, 0x4000, 0xa000, 0xe000, 0xa100, 0xe100, 0xb800, 0xf800];
/// The low frequency channel, and a second one.
const LFE: u16 = 1;
const LFE2: u16 = 2;
/// The bits of `chanmap` that stand for a pair of speakers.
const PAIRS: u16 = 0x0400 | 0x0200 | 0x0040 | 0x0020 | 0x0010 | 0x0004;

/// The channels of `acmod` (table 4.3) and `lfeon` as a `chanmap`.
pub(super) fn channel_map(audio_coding_mode: u32, has_lfe: bool) -> u16 {
    FULL_BANDWIDTH[audio_coding_mode as usize & 7] | if has_lfe { LFE } else { 0 }
}

/// The number of channels in a `chanmap`.
pub fn channel_count(channel_map: u16) -> u32 {
    channel_map.count_ones() + (channel_map & PAIRS).count_ones()
}

/// The `ChannelConfiguration` of ISO/IEC 23091-3 for a `chanmap`, where table I.1.1 has one.
pub fn channel_configuration(channel_map: u16) -> Option<u32> {
    Some(match channel_map {
        0x4000 => 1,
        0xa000 => 2,
        0xe000 => 3,
        0xe100 => 4,
        0xf800 => 5,
        0xf801 => 6,
        0xf821 => 7,
        0xa100 => 9,
        0xb800 => 10,
        0xe301 => 11,
        0xfa01 => 12,
        0xf811 => 14,
        0xf815 => 16,
        0xf89d => 17,
        0xe255 => 19,
        _ => return None,
    })
}

impl Config {
    /// Reads the box's content.
    pub fn read(dec3: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(dec3);
        bits.skip(13)?; // data_rate
        let further_substreams = bits.u(3)?; // num_ind_sub counts from 0
        let first = Substream::read(&mut bits)?;
        for _ in 0..further_substreams {
            Substream::read(&mut bits)?;
        }
        Ok(Self {
            sampling_rate: first.sampling_rate,
            channel_map: first.channel_map,
            joint_object_coding: read_extension(&mut bits),
        })
    }
}

struct Substream {
    sampling_rate: Option<u32>,
    channel_map: u16,
}

impl Substream {
    fn read(bits: &mut Bits<'_>) -> Result<Self> {
        let sampling_rate = SAMPLING_RATES[bits.u(2)? as usize];
        bits.skip(5 + 1 + 1 + 3)?; // bsid, reserved, asvc, bsmod
        let audio_coding_mode = bits.u(3)?;
        let mut channel_map = channel_map(audio_coding_mode, bits.bit()?);
        bits.skip(3)?;
        if bits.u(4)? == 0 {
            bits.skip(1)?;
        } else {
            // chan_loc (table F.6.1): the second low frequency channel, then from the centre's height down
            // to the pair between left and centre: chanmap's bits the other way round.
            if bits.bit()? {
                channel_map |= LFE2;
            }
            let places = u8::try_from(bits.u(8)?).expect("8 bits");
            channel_map |= u16::from(places.reverse_bits()) << 3;
        }
        Ok(Self { sampling_rate, channel_map })
    }
}

/// Behind the substreams: seven reserved bits, `flag_ec3_extension_type_a`, its complexity index.
fn read_extension(bits: &mut Bits<'_>) -> Option<u8> {
    let is_joint_object_coding = bits.u(8).ok()? & 1 == 1;
    let complexity = u8::try_from(bits.u(8).ok()?).expect("8 bits");
    is_joint_object_coding.then_some(complexity)
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        "ec-3".to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        Some(dolby_frames::Frame::read(sample).is_some())
    }

    fn speakers(&self) -> Option<Speakers> {
        let Self { channel_map, joint_object_coding, .. } = *self;
        Some(Speakers::Digital { channel_map, joint_object_coding })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn five_point_one_without_dependent_substreams() {
        // A vector of Shaka Packager's tests (ec3_audio_util_unittest.cc), 5.1 at 48 kHz.
        let config = Config::read(&hex!("00 c0 20 0f 00")).unwrap();
        let expected = Config { sampling_rate: Some(48_000), channel_map: 0xf801, joint_object_coding: None };
        assert_eq!(config, expected);
        assert_eq!(channel_configuration(config.channel_map), Some(6));
    }

    #[test]
    fn dependent_substreams_add_their_channels() {
        // acmod 7 with LFE, one dependent substream with the pair of rear surrounds (chan_loc bit 1): 7.1.
        let config = Config::read(&hex!("07 00 20 0f 02 02")).unwrap();
        assert_eq!(config.channel_map, 0xfa01);
        assert_eq!(channel_count(config.channel_map), 8);
        assert_eq!(channel_configuration(config.channel_map), Some(12));
    }

    #[test]
    fn joint_object_coding_has_a_complexity() {
        let config = Config::read(&hex!("0c 00 20 0f 00 01 10")).unwrap();
        assert_eq!(config.joint_object_coding, Some(16));
        // The flag may be 0 though the bytes are there.
        assert_eq!(Config::read(&hex!("0c 00 20 0f 00 00 10")).unwrap().joint_object_coding, None);
    }

    #[test]
    fn a_second_independent_substream_is_passed_over() {
        let config = Config::read(&hex!("0c 01 20 0f 00 20 04 00 01 0a")).unwrap();
        assert_eq!((config.channel_map, config.joint_object_coding), (0xf801, Some(10)));
        assert!(Config::read(&hex!("0c 07 20 0f 00")).is_err());
    }
}
