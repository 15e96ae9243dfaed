//! AC-4: `dac4`, the AC4SpecificBox of ETSI TS 103 190-2 V1.2.1 annex E, and the table of contents that
//! each frame begins with (clause 6.2.1), which stays clear.

use std::ops::Range;

use super::configuration::{Configuration, Speakers};
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::protector::Protector;
use crate::bytes::Bits;
use crate::error::{Code, Error, Result};
use crate::limits;

/// AC-4.
pub const DESCRIPTION: Description = Description {
    name: "AC-4",
    kind: Kind::Audio,
    sample_entries: &[EntryName::new(b"ac-4", b"dac4")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What `dac4` says, as far as its first presentation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    bitstream_version: u32,
    presentation_version: u32,
    /// The decoder level that is needed: `mdcompat`.
    level: u32,
    /// Samples a second: 44,100 or 48,000; multiples are the business of decoders.
    pub sampling_rate: u32,
    /// The speaker groups of table A.27, a bit each; `None` where objects are coded, or no mask stands.
    pub channel_mask: Option<u32>,
}

/// The speaker groups of table A.27 that are pairs.
const PAIRS: u32 = 0b111_0010_0001_1011_1101;
/// The bit of the mask that says that objects are coded.
const OBJECTS: u32 = 0x80_0000;
/// Presentation version 2: immersive stereo, made for headphones.
const IMMERSIVE_STEREO: u32 = 2;

/// The number of channels of a mask of speaker groups.
pub fn channel_count(channel_mask: u32) -> u32 {
    channel_mask.count_ones() + (channel_mask & PAIRS).count_ones()
}

/// The `ChannelConfiguration` of ISO/IEC 23091-3 for a mask of speaker groups, where table G.1 has one.
pub fn channel_configuration(channel_mask: u32) -> Option<u32> {
    Some(match channel_mask {
        0x00_0002 => 1,
        0x00_0001 => 2,
        0x00_0003 => 3,
        0x00_8003 => 4,
        0x00_0007 => 5,
        0x00_0047 => 6,
        0x02_0047 => 7,
        0x00_8001 => 9,
        0x00_0005 => 10,
        0x00_8047 => 11,
        0x00_004f => 12,
        0x02_ff7f | 0x06_ff6f => 13,
        0x00_0057 | 0x04_0047 => 14,
        0x00_145f | 0x04_144f => 15,
        0x00_0077 | 0x04_0067 => 16,
        0x00_0a77 | 0x04_0a67 => 17,
        0x00_0a7f | 0x04_0a6f => 18,
        0x00_007f | 0x04_006f => 19,
        0x01_007f | 0x05_006f => 20,
        _ => return None,
    })
}

impl Config {
    /// Reads the box's content: `ac4_dsi_v1` (clause E.6).
    pub fn read(dac4: &[u8]) -> Result<Self> {
        let mut bits = Bits::new(dac4);
        let version = bits.u(3)?;
        if version != 1 {
            return Err(Error::new(
                Code::CodecUnsupported,
                message!("version {version} of ac4_dsi is not supported", version),
            ));
        }
        let bitstream_version = bits.u(7)?;
        let sampling_rate = if bits.bit()? { 48_000 } else { 44_100 };
        bits.skip(4)?; // frame_rate_index
        let presentations = bits.u(9)?;
        if bitstream_version > 1 && bits.bit()? {
            bits.skip(16)?; // short_program_id
            if bits.bit()? {
                bits.skip(128)?; // program_uuid
            }
        }
        bits.skip(2 + 32 + 32)?; // ac4_bitrate_dsi
        bits.align()?;
        let (presentation_version, (level, channel_mask)) = match presentations {
            0 => (0, (0, None)),
            _ => {
                let version = bits.u(8)?;
                if bits.u(8)? == 255 {
                    bits.skip(16)?; // add_pres_bytes
                }
                (version, read_presentation(&mut bits, version)?)
            }
        };
        Ok(Self { bitstream_version, presentation_version, level, sampling_rate, channel_mask })
    }

    /// Whether the sound is immersive stereo, made for headphones.
    pub fn is_immersive_stereo(&self) -> bool {
        self.presentation_version == IMMERSIVE_STEREO
    }
}

impl Configuration for Config {
    /// `ac-4.` with bitstream version, presentation version and level in two hexadecimal digits each
    /// (clause E.13).
    fn rfc6381(&self) -> String {
        format!("ac-4.{:02x}.{:02x}.{:02x}", self.bitstream_version, self.presentation_version, self.level)
    }

    fn is_all_sync(&self) -> bool {
        false
    }

    fn speakers(&self) -> Option<Speakers> {
        Some(Speakers::Ac4 { channel_mask: self.channel_mask, is_immersive_stereo: self.is_immersive_stereo() })
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Frames)
    }
}

/// The level and the speaker groups of `ac4_presentation_v0_dsi` or `ac4_presentation_v1_dsi`.
fn read_presentation(bits: &mut Bits<'_>, version: u32) -> Result<(u32, Option<u32>)> {
    const EMDF_ONLY: u32 = 6;
    if version > IMMERSIVE_STEREO || bits.u(5)? == EMDF_ONLY {
        return Ok((0, None));
    }
    let level = bits.u(3)?;
    if bits.bit()? {
        bits.skip(5)?; // presentation_id
    }
    bits.skip(2)?; // dsi_frame_rate_multiply_info
    if version == 0 {
        return Ok((level, None)); // another kind of mask
    }
    bits.skip(2 + 5 + 10)?; // dsi_frame_rate_fraction_info, presentation_emdf_version, presentation_key_id
    if !bits.bit()? {
        return Ok((level, None)); // not coded in channels
    }
    if (11..=14).contains(&bits.u(5)?) {
        bits.skip(1 + 2)?; // pres_b_4_back_channels_present, pres_top_channel_pairs
    }
    let mask = bits.u(24)?;
    Ok((level, (mask != 0 && mask & OBJECTS == 0).then_some(mask)))
}

/// Finds what may be protected of frames.
#[derive(Debug)]
struct Frames;

impl Protector for Frames {
    /// What stands behind a frame's table of contents: a player reads what a frame offers without its key (brand
    /// `ca4e`), as Bento4 and Shaka Packager encrypt it, too.
    fn protectable(&mut self, frame: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
        protectable(frame, ranges)
    }
}

fn protectable(frame: &[u8], ranges: &mut Vec<Range<usize>>) -> Result<()> {
    let toc = toc_size(frame)
        .map_err(|error| Error::new(error.code, message!("in an ac4_toc: {reason}", reason = error.message)))?;
    if toc < frame.len() {
        ranges.push(toc..frame.len());
    }
    Ok(())
}

/// The size in bytes of `ac4_toc()` (clause 6.2.1.1).
fn toc_size(frame: &[u8]) -> Result<usize> {
    let start = &frame[..frame.len().min(limits::AC4_TOC_BYTES)];
    let mut toc = Toc { bits: Bits::new(start), frame_rate_index: 0, is_48_khz: false, groups: 0, factors: Vec::new() };
    toc.read()?;
    Ok(toc.bits.bytes_read())
}

/// A table of contents that is being read. Every loop reads bits on each round, so the frame's end
/// bounds it, whatever count the frame claims.
struct Toc<'a> {
    bits: Bits<'a>,
    frame_rate_index: u32,
    is_48_khz: bool,
    /// One more than the highest substream group that a presentation named.
    groups: u32,
    /// The first presentation that named a group decides its frame rate factor.
    factors: Vec<(u32, u32)>,
}

impl Toc<'_> {
    fn read(&mut self) -> Result<()> {
        let mut version = self.bits.u(2)?;
        if version == 3 {
            version += self.variable_bits(2)?;
        }
        if version < 2 {
            // Its presentations have another syntax, and no encoder on the market writes it.
            return Err(Error::new(
                Code::CodecUnsupported,
                message!("version {version} of the AC-4 bit stream is not supported", version),
            ));
        }
        self.bits.skip(10)?; // sequence_counter
        if self.bits.bit()? && self.bits.u(3)? > 0 {
            self.bits.skip(2)?; // br_code, behind wait_frames
        }
        self.is_48_khz = self.bits.bit()?;
        self.frame_rate_index = self.bits.u(4)?;
        self.bits.skip(1)?; // b_iframe_global
        let presentations = if self.bits.bit()? {
            1
        } else if self.bits.bit()? {
            self.variable_bits(2)?.saturating_add(2)
        } else {
            0
        };
        if self.bits.bit()? && self.bits.u(5)? == 31 {
            self.variable_bits(3)?; // payload_base
        }
        if self.bits.bit()? {
            self.bits.skip(16)?; // short_program_id
            if self.bits.bit()? {
                self.bits.skip(128)?; // program_uuid
            }
        }
        for _ in 0..presentations {
            self.presentation()?;
        }
        for group in 0..self.groups {
            self.substream_group(group)?;
        }
        self.substream_index_table()?;
        self.bits.align()
    }

    /// `variable_bits` (TS 103 190-1 clause 4.2.2).
    fn variable_bits(&mut self, width: u32) -> Result<u32> {
        let mut value = 0u32;
        loop {
            let part = self.bits.u(width)?;
            let sum = value.checked_add(part);
            value = sum.ok_or_else(|| Error::new(Code::CodecInvalid, message!("a number is longer than 32 bits")))?;
            if !self.bits.bit()? {
                return Ok(value);
            }
            let next = value.checked_add(1).and_then(|value| value.checked_mul(1 << width));
            value = next.ok_or_else(|| Error::new(Code::CodecInvalid, message!("a number is longer than 32 bits")))?;
        }
    }

    /// A number of `width` bits, of which all ones mean that `variable_bits(further)` is added.
    fn extended(&mut self, width: u32, further: u32) -> Result<u32> {
        let value = self.bits.u(width)?;
        if value < (1 << width) - 1 {
            return Ok(value);
        }
        Ok(value.saturating_add(self.variable_bits(further)?))
    }

    /// `ac4_presentation_v1_info` (clause 6.2.1.3).
    fn presentation(&mut self) -> Result<()> {
        const EMDF_ONLY: Option<u32> = Some(6);
        let config = if self.bits.bit()? { None } else { Some(self.extended(3, 2)?) };
        while self.bits.bit()? {} // presentation_version
        let has_more_emdf = if config == EMDF_ONLY {
            true
        } else {
            self.bits.skip(3)?; // mdcompat
            if self.bits.bit()? {
                self.variable_bits(2)?; // presentation_id
            }
            let factor = self.frame_rate_factor()?;
            self.frame_rate_fractions(factor)?;
            self.emdf_info()?;
            if self.bits.bit()? {
                self.bits.skip(1)?; // b_enable_presentation
            }
            self.presentation_groups(config, factor)?;
            self.bits.skip(1)?; // b_pre_virtualized
            let has_more_emdf = self.bits.bit()?;
            self.bits.skip(2)?; // b_alternative, b_pres_ndot
            self.substream_index()?;
            has_more_emdf
        };
        if has_more_emdf {
            let count = match self.bits.u(2)? {
                0 => self.variable_bits(2)?.saturating_add(4),
                count => count,
            };
            for _ in 0..count {
                self.emdf_info()?;
            }
        }
        Ok(())
    }

    fn presentation_groups(&mut self, config: Option<u32>, factor: u32) -> Result<()> {
        let count = match config {
            None => 1,
            Some(config) => {
                self.bits.skip(1)?; // b_multi_pid
                match config {
                    0..=2 => 2,
                    3 | 4 => 3,
                    5 => 2 + self.extended(2, 2)?,
                    _ => return self.config_extension(),
                }
            }
        };
        for _ in 0..count {
            let group = self.extended(3, 2)?; // ac4_sgi_specifier
            self.groups = self.groups.max(group.saturating_add(1));
            if self.factors.iter().all(|&(known, _)| known != group) {
                self.factors.push((group, factor));
            }
        }
        Ok(())
    }

    /// `presentation_config_ext_info`.
    fn config_extension(&mut self) -> Result<()> {
        let mut bytes = self.bits.u(5)?;
        if self.bits.bit()? {
            bytes = self.variable_bits(2)?.saturating_mul(32).saturating_add(bytes);
        }
        self.bits.skip(bytes.saturating_mul(8))
    }

    /// `frame_rate_multiply_info` (TS 103 190-1 table 87).
    fn frame_rate_factor(&mut self) -> Result<u32> {
        Ok(match self.frame_rate_index {
            2..=4 if self.bits.bit()? => 2 << u32::from(self.bits.bit()?),
            0 | 1 | 7..=9 if self.bits.bit()? => 2,
            _ => 1,
        })
    }

    fn frame_rate_fractions(&mut self, factor: u32) -> Result<()> {
        match self.frame_rate_index {
            5..=9 if factor == 1 => self.bits.skip(1),
            10..=12 if self.bits.bit()? => self.bits.skip(1),
            _ => Ok(()),
        }
    }

    /// `emdf_info` with `emdf_protection`.
    fn emdf_info(&mut self) -> Result<()> {
        self.extended(2, 2)?; // emdf_version
        self.extended(3, 3)?; // key_id
        if self.bits.bit()? {
            self.substream_index()?;
        }
        let (primary, secondary) = (self.bits.u(2)?, self.bits.u(2)?);
        let bits = |length: u32| [0, 8, 32, 128][length as usize];
        self.bits.skip(bits(primary) + bits(secondary))
    }

    fn substream_index(&mut self) -> Result<()> {
        self.extended(2, 2).map(drop)
    }

    /// `ac4_substream_group_info` (clause 6.2.1.6).
    fn substream_group(&mut self, group: u32) -> Result<()> {
        let factor = self.factors.iter().find(|&&(known, _)| known == group).map_or(1, |&(_, factor)| factor);
        let has_substreams = self.bits.bit()?;
        let has_high_rate = self.bits.bit()?;
        let substreams = if self.bits.bit()? { 1 } else { 2 + self.extended(2, 2)? };
        let is_channel_coded = self.bits.bit()?;
        if !is_channel_coded && self.bits.bit()? {
            self.bits.skip(1)?; // b_oamd_ndot of oamd_substream_info
            if has_substreams {
                self.substream_index()?;
            }
        }
        for _ in 0..substreams {
            let has_base = if is_channel_coded {
                self.channels()?
            } else {
                if self.bits.bit()? {
                    self.joint_objects()?
                } else {
                    self.objects()?
                }
                false
            };
            self.substream_end(factor, has_substreams, has_base)?;
            if has_high_rate && has_substreams {
                self.substream_index()?; // ac4_hsf_ext_substream_info
            }
        }
        if self.bits.bit()? {
            self.content_type()?;
        }
        Ok(())
    }

    /// The start of `ac4_substream_info_chan`; whether `add_ch_base` stands further on.
    fn channels(&mut self) -> Result<bool> {
        let mode = self.channel_mode()?;
        if (11..=14).contains(&mode) {
            self.bits.skip(1 + 1 + 2)?; // b_4_back_channels_present, b_centre_present, top_channels_present
        }
        Ok((7..=10).contains(&mode))
    }

    /// `channel_mode`, a prefix code (table 78).
    fn channel_mode(&mut self) -> Result<u32> {
        if !self.bits.bit()? {
            return Ok(0);
        }
        if !self.bits.bit()? {
            return Ok(1);
        }
        let two = self.bits.u(2)?;
        if two < 3 {
            return Ok(2 + two);
        }
        let three = self.bits.u(3)?;
        if three < 6 {
            return Ok(5 + three);
        }
        // 1111 110x: 7.x.4; 1111 1110 x: 9.x.4; 1111 1111 0: 22.2; 1111 1111 1: reserved.
        let last = u32::from(self.bits.bit()?);
        if three == 6 {
            return Ok(11 + last);
        }
        let next = u32::from(self.bits.bit()?);
        match (last, next) {
            (0, next) => Ok(13 + next),
            (_, 0) => Ok(15),
            _ => {
                self.variable_bits(2)?;
                Ok(16)
            }
        }
    }

    /// The start of `ac4_substream_info_ajoc`.
    fn joint_objects(&mut self) -> Result<()> {
        self.bits.skip(1)?; // b_lfe
        if !self.bits.bit()? {
            let signals = self.bits.u(4)? + 1;
            self.object_assignment(signals)?;
        }
        if self.bits.bit()? {
            self.common_metadata()?;
        }
        let mut signals = self.bits.u(4)? + 1;
        if signals == 16 {
            signals = signals.saturating_add(self.variable_bits(3)?);
        }
        self.object_assignment(signals)
    }

    /// `bed_dyn_obj_assignment`.
    fn object_assignment(&mut self, signals: u32) -> Result<()> {
        if self.bits.bit()? {
            return Ok(()); // b_dyn_objects_only
        }
        if self.bits.bit()? || self.bits.bit()? {
            return self.bits.skip(3); // isf_config, or bed_chan_assign_code
        }
        if self.bits.bit()? {
            return self.channel_assignment_mask();
        }
        let width = u32::BITS - (signals - 1).leading_zeros(); // the logarithm to base 2, rounded up
        let beds = u64::from(self.bits.u(width)?) + 1;
        for _ in 0..beds {
            self.bits.skip(4)?;
        }
        Ok(())
    }

    fn channel_assignment_mask(&mut self) -> Result<()> {
        let width = if self.bits.bit()? { 17 } else { 10 };
        self.bits.skip(width)
    }

    /// `oamd_common_data`.
    fn common_metadata(&mut self) -> Result<()> {
        if !self.bits.bit()? {
            self.bits.skip(5)?; // master_screen_size_ratio_code
        }
        self.bits.skip(1)?; // b_bed_object_chan_distribute
        if self.bits.bit()? {
            let bytes = match self.bits.u(1)? + 1 {
                2 => self.variable_bits(2)?.saturating_add(2),
                bytes => bytes,
            };
            self.bits.skip(bytes.saturating_mul(8))?;
        }
        Ok(())
    }

    /// The start of `ac4_substream_info_obj`.
    fn objects(&mut self) -> Result<()> {
        self.bits.skip(3)?; // n_objects_code
        if self.bits.bit()? {
            return self.bits.skip(1); // b_lfe, behind b_dynamic_objects
        }
        if self.bits.bit()? {
            // b_bed_objects
            if !self.bits.bit()? {
                return Ok(());
            }
            return if self.bits.bit()? { self.bits.skip(3) } else { self.channel_assignment_mask() };
        }
        if self.bits.bit()? {
            // b_isf
            return if self.bits.bit()? { self.bits.skip(3) } else { Ok(()) };
        }
        let reserved = self.bits.u(4)?;
        self.bits.skip(reserved * 8)
    }

    /// What all kinds of substream infos end with.
    fn substream_end(&mut self, factor: u32, has_substreams: bool, has_base: bool) -> Result<()> {
        if self.is_48_khz && self.bits.bit()? {
            self.bits.skip(1)?; // sf_multiplier
        }
        if self.bits.bit()? && self.bits.u(3)? & 1 == 1 {
            self.bits.skip(2)?; // bitrate_indicator
        }
        if has_base {
            self.bits.skip(1)?; // add_ch_base
        }
        self.bits.skip(factor)?; // b_audio_ndot
        if has_substreams {
            self.substream_index()?;
        }
        Ok(())
    }

    /// `content_type`.
    fn content_type(&mut self) -> Result<()> {
        self.bits.skip(3)?; // content_classifier
        if !self.bits.bit()? {
            return Ok(());
        }
        if self.bits.bit()? {
            return self.bits.skip(1 + 16); // b_start_tag, language_tag_chunk
        }
        let bytes = self.bits.u(6)?;
        self.bits.skip(bytes * 8)
    }

    /// `substream_index_table` (TS 103 190-1 clause 4.2.3.12).
    fn substream_index_table(&mut self) -> Result<()> {
        let count = match self.bits.u(2)? {
            0 => self.variable_bits(2)?.saturating_add(4),
            count => count,
        };
        if count == 1 && !self.bits.bit()? {
            return Ok(()); // no size present
        }
        for _ in 0..count {
            let has_more = self.bits.bit()?;
            self.bits.skip(10)?;
            if has_more {
                self.variable_bits(2)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a string of binary digits, the last one filled up with zeros.
    fn packed(digits: &str) -> Vec<u8> {
        let digits: Vec<u8> = digits.bytes().filter(|b| b.is_ascii_digit()).map(|b| b - b'0').collect();
        digits.chunks(8).map(|bits| (0..8).fold(0, |byte, i| byte << 1 | bits.get(i).copied().unwrap_or(0))).collect()
    }

    /// `dac4` of one presentation, made by hand after clause E.6: bitstream version 2, 48 kHz.
    fn dac4(presentation_version: u8, mode: &str, mask: &str) -> Vec<u8> {
        let mut bytes = packed(&format!("001 0000010 1 0100 000000001 0 00 {:064b}", 0));
        bytes.extend([presentation_version, 12]);
        bytes.extend(packed(&format!("11111 001 0 00 00 00000 0000000000 1 {mode} {mask} 0 0")));
        bytes.extend([0; 8]);
        bytes
    }

    #[test]
    fn the_codecs_string_and_the_channels_of_5_1() {
        let config = Config::read(&dac4(1, "00100", "0000 0000 0000 0000 0100 0111")).unwrap();
        assert_eq!(config.rfc6381(), "ac-4.02.01.01");
        assert_eq!((config.sampling_rate, config.channel_mask), (48_000, Some(0x47)));
        assert_eq!((channel_count(0x47), channel_configuration(0x47)), (6, Some(6)));
        assert!(!config.is_immersive_stereo());
    }

    #[test]
    fn immersive_stereo_is_presentation_version_2() {
        let config = Config::read(&dac4(2, "00001", "0000 0000 0000 0000 0000 0001")).unwrap();
        assert_eq!(config.rfc6381(), "ac-4.02.02.01");
        assert!(config.is_immersive_stereo());
        assert_eq!(channel_count(config.channel_mask.unwrap()), 2);
    }

    #[test]
    fn seven_one_four_has_twelve_channels() {
        let config = Config::read(&dac4(1, "01100 1 10", "0000 0000 0000 0000 0111 1111")).unwrap();
        assert_eq!(config.channel_mask.map(channel_count), Some(12));
        assert_eq!(config.channel_mask.and_then(channel_configuration), Some(19));
    }

    #[test]
    fn a_config_cut_anywhere_is_an_error() {
        let whole = dac4(1, "00100", "0000 0000 0000 0000 0100 0111");
        for end in 0..14 {
            assert!(Config::read(&whole[..end]).is_err());
        }
        assert!(Config::read(&packed("010")).is_err());
    }

    /// A frame of one stereo presentation at 48 kHz and 25 frames a second, after clause 6.2.1.
    fn stereo_toc() -> String {
        // version 2, counter, no waiting, 48 kHz, rate 2, I-frame, one presentation, no base, no program
        let head = "10 0000000001 0 1 0010 1 1 0 0";
        // one group; version 1; level 1; no id; no multiplier; emdf: version 0, key 0, no payloads, 1, 0
        let presentation = "1 10 001 0 0 00 000 0 01 00 00000000 0 000 0 0 0 0 00";
        // substreams, no high rate, one, channels; stereo; no multiplier, no bit rate, one ndot, index 1
        let group = "1 0 1 1 10 0 0 0 01 0";
        // two substreams with sizes 3 and 20
        let table = "10 0 0000000011 0 0000010100";
        [head, presentation, group, table].join(" ")
    }

    #[test]
    fn the_toc_of_a_stereo_frame_stays_clear() {
        let toc = packed(&stereo_toc());
        let mut frame = toc.clone();
        frame.extend([0xff; 23]);
        let mut ranges = Vec::new();
        protectable(&frame, &mut ranges).unwrap();
        assert_eq!(ranges, [toc.len()..frame.len()]);
    }

    #[test]
    fn a_frame_cut_within_its_toc_is_an_error() {
        let toc = packed(&stereo_toc());
        for end in 0..toc.len() {
            assert!(protectable(&toc[..end], &mut Vec::new()).is_err(), "{end}");
        }
    }

    #[test]
    fn counts_of_no_end_stop_with_the_frame() {
        for byte in 0..=255 {
            for length in [1, 7, 64, 1000] {
                let mut frame = vec![byte; length];
                let _ = protectable(&frame, &mut Vec::new());
                frame[0] = 0x80;
                let _ = protectable(&frame, &mut Vec::new());
            }
        }
    }
}
