//! MPEG-H 3D Audio: `mhaC`, the MHAConfigurationBox of ISO/IEC 23008-3:2022 clause 20, in `mha1`, whose samples are
//! bare frames, and in `mhm1`, whose samples are packets of MHAS (clause 14).

use super::configuration::{Configuration, Speakers};
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::start::Start;
use crate::bytes::Bits;
use crate::error::{Code, Error, Result};

/// MPEG-H 3D Audio.
pub const DESCRIPTION: Description = Description {
    name: "MPEG-H 3D Audio",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"mha1", b"mhaC"), EntryName::new(b"mhm1", b"mhaC")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What the configuration box says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Whether samples are packets of MHAS (`mhm1`), not bare frames (`mha1`).
    pub has_packets: bool,
    /// `mpegh3daProfileLevelIndication`, table 67.
    pub profile_level: u8,
    /// The `ChannelConfiguration` of ISO/IEC 23091-3 that the sound is made for; 0 where none is it.
    pub layout: u8,
    /// Samples a second; `None` where only the bit stream tells it.
    pub sampling_rate: Option<u32>,
}

/// The number of channels of each `ChannelConfiguration` (ISO/IEC 23091-3 table 3); 0 where it has no certain one.
const CHANNELS: [u32; 21] = [0, 1, 2, 3, 4, 5, 6, 8, 2, 3, 4, 7, 8, 24, 8, 12, 10, 12, 14, 12, 14];
/// `usacSamplingFrequencyIndex` (ISO/IEC 23003-3 table 72); 0 is reserved.
const SAMPLING_RATES: [u32; 28] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350, 0, 0, 57_600,
    51_200, 40_000, 38_400, 34_150, 28_800, 25_600, 20_000, 19_200, 17_075, 14_400, 12_800, 9_600,
];
/// The index behind which the sampling rate itself stands.
const WRITTEN_OUT: u32 = 0x1f;

impl Config {
    /// Reads the content of `mhaC`, in a sample entry of this name.
    pub fn read(name: [u8; 4], mhac: &[u8]) -> Result<Self> {
        const VERSION: u32 = 1;
        let mut bits = Bits::new(mhac);
        let version = bits.u(8)?;
        if version != VERSION {
            return Err(Error::new(Code::CodecUnsupported, message!("version {version} of mhaC is unknown", version)));
        }
        let [profile_level, layout] = [byte(&mut bits)?, byte(&mut bits)?];
        bits.skip(16)?; // mpegh3daConfigLength
        // mpegh3daConfig (clause 5.2.2.1); some writers leave it to the packets.
        let rest = mhac.get(bits.bytes_read()..).unwrap_or_default();
        let sampling_rate = sampling_rate(rest).unwrap_or_default();
        Ok(Self { has_packets: name == *b"mhm1", profile_level, layout, sampling_rate })
    }

    /// The number of channels; `None` where the layout doesn't tell it.
    pub fn channels(&self) -> Option<u32> {
        CHANNELS.get(usize::from(self.layout)).copied().filter(|&channels| channels != 0)
    }
}

impl Configuration for Config {
    /// The sample entry's name, and the profile and level as two hexadecimal digits (clause 21).
    fn rfc6381(&self) -> String {
        let name = if self.has_packets { "mhm1" } else { "mha1" };
        format!("{name}.0x{:02X}", self.profile_level)
    }

    /// Only frames that need no other, which carry what decoders start with (clauses 5.5.5 and 20.2).
    fn is_all_sync(&self) -> bool {
        false
    }

    fn speakers(&self) -> Option<Speakers> {
        self.channels().map(|_| Speakers::Layout(u32::from(self.layout)))
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        // Of a bare frame any byte may be the first.
        self.has_packets.then(|| packets_fill(sample).unwrap_or(false))
    }

    /// The first bit of a frame is its `usacIndependencyFlag`; before its frame, a sample of packets has the
    /// configuration where decoding can start.
    fn start(&self, sample: &[u8]) -> Start {
        let can_start = if self.has_packets { packets_start(sample) } else { Bits::new(sample).bit() };
        if can_start.unwrap_or(false) { Start::Closed } else { Start::Nowhere }
    }
}

fn byte(bits: &mut Bits<'_>) -> Result<u8> {
    bits.u(8).map(|value| u8::try_from(value).expect("8 bits"))
}

/// What an `mpegh3daConfig` says behind the profile and level; `None` for a reserved index.
fn sampling_rate(config: &[u8]) -> Result<Option<u32>> {
    let mut bits = Bits::new(config);
    bits.skip(8)?; // mpegh3daProfileLevelIndication
    let rate = match bits.u(5)? {
        WRITTEN_OUT => bits.u(24)?,
        index => SAMPLING_RATES.get(index as usize).copied().unwrap_or(0),
    };
    Ok(Some(rate).filter(|&rate| rate != 0))
}

/// `MHASPacketType` (table 222), as far as it matters here.
const CONFIGURATION: u32 = 1;
const FRAME: u32 = 2;
/// The last type that is defined.
const LAST_TYPE: u32 = 19;

/// A packet of MHAS (clause 14.2.1): its type, and its payload as far as it is there.
struct Packet<'a> {
    kind: u32,
    payload: &'a [u8],
    /// What stands behind it; `None` where the sample ends before the packet does.
    rest: Option<&'a [u8]>,
}

fn packet(data: &[u8]) -> Result<Packet<'_>> {
    let mut bits = Bits::new(data);
    let kind = escaped(&mut bits, [3, 8, 8])?;
    escaped(&mut bits, [2, 8, 32])?; // MHASPacketLabel
    let size = escaped(&mut bits, [11, 24, 24])?;
    let behind = data.get(bits.bytes_read()..).unwrap_or_default();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let (payload, rest) = behind.split_at_checked(size).map_or((behind, None), |(all, rest)| (all, Some(rest)));
    Ok(Packet { kind, payload, rest })
}

/// `escapedValue` of ISO/IEC 23003-3 clause 5.2: of each width all ones mean that another number is added.
fn escaped(bits: &mut Bits<'_>, widths: [u32; 3]) -> Result<u32> {
    let mut value: u32 = 0;
    for width in widths {
        let part = bits.u(width)?;
        value = value.saturating_add(part);
        if part != u32::MAX >> (u32::BITS - width) {
            break;
        }
    }
    Ok(value)
}

/// Whether the configuration stands before the first frame, and that one needs no other.
fn packets_start(mut sample: &[u8]) -> Result<bool> {
    let mut is_configured = false;
    loop {
        let packet = packet(sample)?;
        match packet.kind {
            CONFIGURATION => is_configured = true,
            FRAME => return Ok(is_configured && Bits::new(packet.payload).bit()?),
            _ => (),
        }
        let Some(rest) = packet.rest else { return Ok(false) };
        sample = rest;
    }
}

/// Whether the sample is packets of known types, up to its end.
fn packets_fill(mut sample: &[u8]) -> Result<bool> {
    while !sample.is_empty() {
        let packet = packet(sample)?;
        match packet.rest {
            Some(rest) if packet.kind <= LAST_TYPE => sample = rest,
            _ => return Ok(false),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// Low Complexity profile, level 3; 7.1.4; of the configuration 48 kHz (0x0d, then index 3).
    const MHAC: [u8; 10] = hex!("01 0d 13 0005 0d 19 04 8c 00");

    #[test]
    fn the_box_names_profile_layout_and_rate() {
        let config = Config::read(*b"mhm1", &MHAC).unwrap();
        assert_eq!((config.rfc6381().as_str(), config.sampling_rate), ("mhm1.0x0D", Some(48_000)));
        assert_eq!((config.channels(), config.speakers()), (Some(12), Some(Speakers::Layout(19))));
        assert_eq!(Config::read(*b"mha1", &MHAC).unwrap().rfc6381(), "mha1.0x0D");
        // The rate written out: 0x1f, then 24 bits.
        let written = Config::read(*b"mha1", &hex!("01 10 02 0005 10 f8 05 dc 00")).unwrap();
        assert_eq!((written.rfc6381().as_str(), written.sampling_rate), ("mha1.0x10", Some(48_000)));
        // Without the configuration, and with a layout of no index.
        let bare = Config::read(*b"mhm1", &hex!("01 0b 00 0000")).unwrap();
        assert_eq!((bare.sampling_rate, bare.channels(), bare.speakers()), (None, None, None));
    }

    #[test]
    fn a_box_that_ends_or_is_of_another_version_is_an_error() {
        for size in 0..5 {
            assert!(Config::read(*b"mhm1", &MHAC[..size]).is_err(), "{size}");
        }
        assert!(Config::read(*b"mhm1", &hex!("02 0d 13 0000")).is_err());
    }

    /// Sync (type 6), configuration (type 1) and frame (type 2), with label 1.
    const SYNC: &[u8] = &hex!("c0 01 a5");
    const CONFIG: &[u8] = &hex!("28 05 0d 19 04 8c 00");
    const WHOLE: &[u8] = &hex!("48 03 80 11 22");
    const DEPENDENT: &[u8] = &hex!("48 03 00 11 22");

    #[test]
    fn decoding_starts_with_a_configuration_before_a_frame_that_needs_no_other() {
        let config = Config::read(*b"mhm1", &MHAC).unwrap();
        let start = |packets: &[&[u8]]| config.start(&packets.concat());
        assert_eq!(start(&[SYNC, CONFIG, WHOLE]), Start::Closed);
        assert_eq!(start(&[SYNC, CONFIG, DEPENDENT]), Start::Nowhere);
        assert_eq!(start(&[SYNC, WHOLE]), Start::Nowhere);
        assert_eq!(start(&[WHOLE, CONFIG]), Start::Nowhere);
        for cut in 0..SYNC.len() + CONFIG.len() {
            assert_eq!(config.start(&[SYNC, CONFIG, WHOLE].concat()[..cut]), Start::Nowhere, "{cut}");
        }
        let bare = Config::read(*b"mha1", &MHAC).unwrap();
        assert_eq!(
            [&[0x80][..], &[0x7f], &[]].map(|frame| bare.start(frame)),
            [Start::Closed, Start::Nowhere, Start::Nowhere]
        );
    }

    #[test]
    fn packets_fill_a_sample() {
        let config = Config::read(*b"mhm1", &MHAC).unwrap();
        let all = [SYNC, CONFIG, WHOLE].concat();
        assert_eq!(config.begins_well(&all), Some(true));
        assert_eq!(config.begins_well(&all[..all.len() - 1]), Some(false));
        // Longer than 2,046 bytes: all ones, then 24 bits of the rest.
        let mut long = hex!("4f ff 00 00 08").to_vec();
        long.resize(5 + 2047 + 8, 0);
        assert_eq!(config.begins_well(&long), Some(true));
        // A type of two numbers: all ones, then 8 bits.
        assert_eq!(config.begins_well(&hex!("e7 e8 00 00 00 00")), Some(false));
        assert_eq!(Config::read(*b"mha1", &MHAC).unwrap().begins_well(&all), None);
    }
}
