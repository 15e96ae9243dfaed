//! MPEG-4 AAC and USAC: the AudioSpecificConfig of ISO/IEC 14496-3:2019 clause 1.6.2.1, with the
//! UsacConfig of ISO/IEC 23003-3:2020 clause 5.2 in it for xHE-AAC.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use crate::bytes::Bits;
use crate::error::{Code, Error, Result};

/// MPEG-4 AAC and xHE-AAC. Its sample entry may hold other sound, as its `esds` says.
pub const DESCRIPTION: Description = Description {
    name: "AAC",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"mp4a", b"esds")],
    schemes: ALL_SCHEMES,
    hls: Hls { every_device: &["mp4a.40.2", "mp4a.40.5", "mp4a.40.29"], ..Hls::NONE },
};

/// What an AudioSpecificConfig says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The audio object type that RFC 6381 names: 2 for AAC-LC, 5 for HE-AAC, 29 for HE-AAC v2, 42 for
    /// xHE-AAC (USAC). SBR and PS that are signalled behind the core's configuration count as well.
    pub object_type: u32,
    /// The sampling rate of the decoded sound in Hz: with explicit SBR the doubled one.
    pub sampling_rate: u32,
    /// The number of channels; `None` where only the bit stream tells it.
    pub channels: Option<u32>,
}

pub(super) const SBR: u32 = 5;
pub(super) const PS: u32 = 29;
const USAC: u32 = 42;

/// `samplingFrequencyIndex` 0 to 12, table 1.18.
pub(super) const SAMPLING_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
/// `usacSamplingFrequencyIndex` 0x0f to 0x1b (ISO/IEC 23003-3 table 72); below it is table 1.18 again.
const USAC_SAMPLING_RATES: [u32; 13] =
    [57_600, 51_200, 40_000, 38_400, 34_150, 28_800, 25_600, 20_000, 19_200, 17_075, 14_400, 12_800, 9_600];
/// `channelConfiguration` 0 to 15, table 1.19; 0 stands for a program config element or a reserved value.
const CHANNELS: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0];
/// `channelConfigurationIndex` 0 to 13 (ISO/IEC 23003-3 table 73); 0 stands for a list of speakers.
const USAC_CHANNELS: [u32; 14] = [0, 1, 2, 3, 4, 5, 6, 8, 2, 3, 4, 7, 8, 24];

impl Config {
    /// Reads the decoder specific info of `esds`.
    pub fn read(config: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(config);
        let mut object_type = read_object_type(&mut bits)?;
        let mut sampling_rate = read_sampling_rate(&mut bits)?;
        let channel_configuration = bits.u(4)?;
        let mut channels = CHANNELS[channel_configuration as usize];
        if object_type == SBR || object_type == PS {
            // Explicit hierarchical signalling: the extension comes first, then the core's object type.
            sampling_rate = read_sampling_rate(&mut bits)?;
            if channels == 0 && channel_configuration == 0 {
                let core = read_object_type(&mut bits).unwrap_or(0);
                channels = read_specific(&mut bits, core, channel_configuration).ok().flatten().unwrap_or(0);
            }
        } else if object_type == USAC {
            let usac = read_usac(&mut bits)?;
            sampling_rate = usac.sampling_rate;
            channels = usac.channels;
        } else if let Ok(listed) = read_specific(&mut bits, object_type, channel_configuration) {
            channels = listed.unwrap_or(channels);
            // Writers cut what follows; where it is whole it is explicit and backward compatible.
            if let Ok(Some(extension)) = read_sync_extension(&mut bits) {
                object_type = if extension.parametric_stereo { PS } else { SBR };
                sampling_rate = extension.sampling_rate;
            }
        }
        // Parametric stereo turns one coded channel into two.
        let channels = if object_type == PS && channels == 1 { 2 } else { channels };
        Ok(Self { object_type, sampling_rate, channels: (channels != 0).then_some(channels) })
    }
}

impl Config {
    /// Whether a `raw_data_block` (clause 4.4.2.1) begins with an element that these channels may begin with, whose
    /// `ics_info` (clause 4.4.2.4) keeps to its limits.
    fn begins_as_block(&self, sample: &[u8]) -> Result<bool> {
        const SINGLE: u32 = 0;
        const PAIR: u32 = 1;
        /// The most bands that long and short windows have (tables 4.129 and on).
        const BANDS: [u32; 2] = [51, 15];
        let mut bits = Bits::new(sample);
        let kind = bits.u(3)?;
        bits.skip(4)?; // element_instance_tag
        let is_expected = match (kind, self.channels) {
            (SINGLE, Some(2)) => self.object_type == PS,
            (SINGLE, _) => true,
            (PAIR, channels) => channels.is_none_or(|channels| channels == 2),
            // Data, a configuration and filling may stand in front.
            (4..=6, _) => return Ok(true),
            _ => false,
        };
        let shares_window = kind == PAIR && bits.bit()?;
        if !shares_window {
            bits.skip(8)?; // global_gain
        }
        let is_reserved = bits.bit()?;
        let is_short = bits.u(2)? == 2;
        bits.skip(1)?; // window_shape
        let max_sfb = bits.u(if is_short { 4 } else { 6 })?;
        Ok(is_expected && !is_reserved && max_sfb <= BANDS[usize::from(is_short)])
    }
}

impl Configuration for Config {
    /// `mp4a.40.` and the object type (RFC 6381 section 3.3).
    fn rfc6381(&self) -> String {
        format!("mp4a.40.{}", self.object_type)
    }

    /// All but USAC's.
    fn is_all_sync(&self) -> bool {
        self.object_type != USAC
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        const LC: u32 = 2;
        // The others have other blocks.
        matches!(self.object_type, LC | SBR | PS).then(|| self.begins_as_block(sample).unwrap_or(false))
    }
}

/// The rate of the coded sound in Hz and how many of its samples an access unit holds (clause 4.5.1.1,
/// `frameLengthFlag`); with SBR the decoded sound has twice as many of both. `None` for a codec in which that stands
/// elsewhere.
pub fn frame_of(config: &[u8]) -> Option<(u32, u32)> {
    let mut bits = Bits::new(config);
    let mut object_type = read_object_type(&mut bits).ok()?;
    let rate = read_sampling_rate(&mut bits).ok()?;
    bits.skip(4).ok()?; // channelConfiguration
    if object_type == SBR || object_type == PS {
        read_sampling_rate(&mut bits).ok()?;
        object_type = read_object_type(&mut bits).ok()?;
    }
    let is_short = bits.bit().ok()?;
    match (object_type, is_short) {
        (1..=4 | 6 | 7 | 17 | 19..=22, false) => Some((rate, 1024)),
        (1..=4 | 6 | 7 | 17 | 19..=22, true) => Some((rate, 960)),
        (23, false) => Some((rate, 512)),
        (23, true) => Some((rate, 480)),
        _ => None,
    }
}

pub(super) fn read_object_type(bits: &mut Bits<'_>) -> Result<u32> {
    match bits.u(5)? {
        31 => Ok(32 + bits.u(6)?),
        object_type => Ok(object_type),
    }
}

pub(super) fn read_sampling_rate(bits: &mut Bits<'_>) -> Result<u32> {
    let rate = match bits.u(4)? {
        15 => bits.u(24)?,
        index => SAMPLING_RATES.get(index as usize).copied().unwrap_or(0),
    };
    nonzero(rate)
}

fn nonzero(rate: u32) -> Result<u32> {
    if rate == 0 {
        return Err(Error::new(Code::CodecInvalid, message!("the AudioSpecificConfig has no sampling rate")));
    }
    Ok(rate)
}

/// Passes over GASpecificConfig (clause 4.4.1) and what error resilient object types have behind it;
/// gives the channels that a program config element lists. An error where the object type has another
/// configuration: what follows it can't be found then.
fn read_specific(bits: &mut Bits<'_>, object_type: u32, channel_configuration: u32) -> Result<Option<u32>> {
    if !matches!(object_type, 1..=4 | 6 | 7 | 17 | 19..=23) {
        return Err(Error::new(Code::CodecUnsupported, message!("the AudioSpecificConfig has no GASpecificConfig")));
    }
    bits.skip(1)?; // frameLengthFlag
    if bits.bit()? {
        bits.skip(14)?; // coreCoderDelay
    }
    let has_extension = bits.bit()?;
    let channels = if channel_configuration == 0 { Some(read_program_config(bits)?) } else { None };
    if matches!(object_type, 6 | 20) {
        bits.skip(3)?; // layerNr
    }
    if has_extension {
        match object_type {
            22 => bits.skip(5 + 11)?,           // numOfSubFrame, layer_length
            17 | 19 | 20 | 23 => bits.skip(3)?, // resilience flags
            _ => (),
        }
        bits.skip(1)?; // extensionFlag3
    }
    if object_type >= 17 && bits.u(2)? >= 2 {
        return Err(Error::new(
            Code::CodecUnsupported,
            message!("the AudioSpecificConfig has an ErrorProtectionSpecificConfig"),
        ));
    }
    Ok(channels)
}

/// The number of channels of a `program_config_element` (clause 4.4.1.1).
fn read_program_config(bits: &mut Bits<'_>) -> Result<u32> {
    bits.skip(4 + 2 + 4)?; // element_instance_tag, object_type, sampling_frequency_index
    let pairs = [bits.u(4)?, bits.u(4)?, bits.u(4)?]; // front, side, back
    let lfe = bits.u(2)?;
    let (data, coupling) = (bits.u(3)?, bits.u(4)?);
    for width in [4, 4, 3] {
        if bits.bit()? {
            bits.skip(width)?; // mono, stereo and matrix mixdown
        }
    }
    let mut channels = lfe;
    for _ in 0..pairs.iter().sum() {
        channels += 1 + u32::from(bits.bit()?); // a channel pair element
        bits.skip(4)?;
    }
    bits.skip(4 * (lfe + data) + 5 * coupling)?;
    // byte_alignment() counts from the start of the AudioSpecificConfig.
    bits.align()?;
    let comment = bits.u(8)?;
    bits.skip(8 * comment)?;
    Ok(channels)
}

/// What is signalled behind a core's configuration.
struct SyncExtension {
    sampling_rate: u32,
    parametric_stereo: bool,
}

/// The extension of clause 1.6.2.1, backward compatible: behind the sync word 0x2b7.
fn read_sync_extension(bits: &mut Bits<'_>) -> Result<Option<SyncExtension>> {
    if bits.u(11)? != 0x2b7 || read_object_type(bits)? != SBR || !bits.bit()? {
        return Ok(None);
    }
    let sampling_rate = read_sampling_rate(bits)?;
    let parametric_stereo = bits.u(11).is_ok_and(|word| word == 0x548) && bits.bit().unwrap_or(false);
    Ok(Some(SyncExtension { sampling_rate, parametric_stereo }))
}

struct Usac {
    sampling_rate: u32,
    channels: u32,
}

/// The start of UsacConfig.
fn read_usac(bits: &mut Bits<'_>) -> Result<Usac> {
    let sampling_rate = match bits.u(5)? as usize {
        0x1f => bits.u(24)?,
        index @ 0..=12 => SAMPLING_RATES[index],
        index => index.checked_sub(15).and_then(|index| USAC_SAMPLING_RATES.get(index)).copied().unwrap_or(0),
    };
    bits.skip(3)?; // coreSbrFrameLengthIndex
    let channels = match bits.u(5)? as usize {
        0 => read_escaped(bits, [5, 8, 16])?, // numOutChannels
        index => USAC_CHANNELS.get(index).copied().unwrap_or(0),
    };
    Ok(Usac { sampling_rate: nonzero(sampling_rate)?, channels })
}

/// `escapedValue()` (ISO/IEC 23003-3 clause 5.2): the next width counts where all bits are set.
fn read_escaped(bits: &mut Bits<'_>, widths: [u32; 3]) -> Result<u32> {
    let mut value = 0;
    for width in widths {
        let part = bits.u(width)?;
        value += part;
        if part != (1 << width) - 1 {
            break;
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn aac_lc_stereo_at_44100() {
        let config = Config::read(&[0x12, 0x10]).unwrap();
        assert_eq!(config, Config { object_type: 2, sampling_rate: 44_100, channels: Some(2) });
        assert_eq!(config.rfc6381(), "mp4a.40.2");
    }

    #[test]
    fn he_aac_names_the_doubled_rate() {
        // Object type 5, core 24 kHz (6), stereo, extension 48 kHz (3), core object type 2.
        let config = Config::read(&[0b0010_1011, 0b0001_0001, 0b1000_1000]).unwrap();
        assert_eq!(config, Config { object_type: 5, sampling_rate: 48_000, channels: Some(2) });
    }

    #[test]
    fn he_aac_v2_makes_two_channels_of_one() {
        // Object type 29, core 22.05 kHz (7), mono, extension 44.1 kHz (4), core object type 2.
        let config = Config::read(&[0b1110_1011, 0b1000_1010, 0b0000_1000]).unwrap();
        assert_eq!(config, Config { object_type: 29, sampling_rate: 44_100, channels: Some(2) });
    }

    #[test]
    fn sbr_behind_the_core_is_read() {
        // The vector of ffmpeg's and mp4box's files: AAC-LC 24 kHz stereo, then 0x2b7, SBR, 48 kHz.
        let config = Config::read(&hex!("13 10 56 e5 98")).unwrap();
        assert_eq!(config, Config { object_type: 5, sampling_rate: 48_000, channels: Some(2) });
        // The same with sbrPresentFlag 0, as encoders without SBR write it.
        let config = Config::read(&hex!("13 10 56 e5 00")).unwrap();
        assert_eq!(config, Config { object_type: 2, sampling_rate: 24_000, channels: Some(2) });
    }

    #[test]
    fn parametric_stereo_behind_the_core_is_read() {
        // AAC-LC 22.05 kHz mono, 0x2b7, SBR 44.1 kHz, then 0x548 and psPresentFlag: made by hand.
        let config = Config::read(&hex!("13 88 56 e5 a5 48 80")).unwrap();
        assert_eq!(config, Config { object_type: 29, sampling_rate: 44_100, channels: Some(2) });
    }

    #[test]
    fn a_program_config_element_tells_the_channels() {
        // AAC-LC 48 kHz, channel configuration 0; front: a single and a pair, back: a pair, one LFE; no
        // comment. As ffmpeg writes it for "5.1(side)" but for the place of the second pair.
        let mut bits = String::from("00010 0011 0000 0 0 0"); // object type, 48 kHz, PCE, three flags
        bits += "0000 01 0011 0010 0000 0001 01 000 0000 000"; // front 2, back 1, lfe 1, no mixdown
        bits += "0 0000 1 0000 1 0001 0000";
        let mut bits: String = bits.replace(' ', "");
        while !bits.len().is_multiple_of(8) {
            bits.push('0');
        }
        bits += "00000000";
        let bytes: Vec<u8> =
            (0..bits.len() / 8).map(|i| u8::from_str_radix(&bits[i * 8..i * 8 + 8], 2).unwrap()).collect();
        let config = Config::read(&bytes).unwrap();
        assert_eq!(config, Config { object_type: 2, sampling_rate: 48_000, channels: Some(6) });
    }

    #[test]
    fn usac_tells_rate_and_channels_in_its_own_config() {
        // Object type 42 (31, then 10), 44.1 kHz (4), configuration 0; UsacConfig: 44.1 kHz (4), frame
        // length 1, stereo (2). The bits that follow are the decoder's.
        // 11111 001010 0100 0000 | 00100 001 00010 0…
        let config = Config::read(&hex!("f9 48 04 22 00")).unwrap();
        assert_eq!(config, Config { object_type: 42, sampling_rate: 44_100, channels: Some(2) });
        assert_eq!(config.rfc6381(), "mp4a.40.42");
        assert!(!config.is_all_sync());
    }

    #[test]
    fn a_config_cut_anywhere_is_an_error_or_read() {
        let whole = hex!("13 88 56 e5 a5 48 80");
        for end in 0..whole.len() {
            let _ = Config::read(&whole[..end]);
        }
    }
}
