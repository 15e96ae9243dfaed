//! Synchronization frames of AC-3 and E-AC-3 (ETSI TS 102 366 V1.4.1 clauses 4.3, 4.4 and E.1): where the next
//! one begins, how long its sound lasts, and the `dac3` or `dec3` that describes them (clauses F.4 and F.6).

use super::ac3::{SAMPLING_RATES, halvings};
use crate::bytes::{Bits, Writer};
use crate::error::Result;

/// Samples of one audio block.
const BLOCK: u32 = 256;

/// `audblk`s of an AC-3 frame.
const BLOCKS: u32 = 6;

/// The bit rate of `frmsizecod` halved, in kbit/s (table 4.13).
const BIT_RATES: [u32; 19] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

/// How many bytes of a frame hold all that is read of it.
pub const HEAD: usize = 128;

/// What the beginning of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Whether it is E-AC-3.
    pub enhanced: bool,
    /// The whole frame's size in bytes.
    pub size: usize,
    /// Samples a second.
    pub sampling_rate: u32,
    /// Samples a channel.
    pub samples: u32,
    /// Whether it belongs to a dependent substream of E-AC-3, whose sound goes with the frame before.
    pub dependent: bool,
    /// `substreamid`; 0 in AC-3.
    pub substream: u32,
    fscod: u32,
    bsid: u32,
    bsmod: u32,
    acmod: u32,
    lfeon: bool,
    /// `bit_rate_code` of AC-3.
    bit_rate_code: u32,
    /// `chanmap` of a dependent substream.
    chanmap: u16,
    /// The complexity index of joint object coding.
    joint_object_coding: Option<u8>,
}

impl Frame {
    /// The fewest bytes that tell a frame's size and duration.
    pub const SHORT: usize = 8;

    /// Reads the beginning of a frame; `None` where none begins.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [0x0b, 0x77, ..] = bytes else { return None };
        match *bytes.get(5)? >> 3 {
            0..=10 => read_ac3(bytes).ok().flatten(),
            11..=16 => read_ec3(bytes).ok().flatten(),
            _ => None,
        }
    }

    /// The number of channels of this frame alone.
    pub fn channels(&self) -> u32 {
        [2, 1, 2, 3, 3, 4, 4, 5][self.acmod as usize & 7] + u32::from(self.lfeon)
    }

    /// The content of `dac3`.
    pub fn dac3(&self) -> Vec<u8> {
        let lfeon = u32::from(self.lfeon);
        let bits = self.fscod << 22 | self.bsid << 17 | self.bsmod << 14 | self.acmod << 11;
        let bits = bits | lfeon << 10 | self.bit_rate_code << 5;
        bits.to_be_bytes()[1..].to_vec()
    }
}

fn read_ac3(bytes: &[u8]) -> Result<Option<Frame>> {
    let mut bits = Bits::new(bytes);
    bits.skip(16 + 16)?; // syncword, crc1
    let fscod = bits.u(2)?;
    let frmsizecod = bits.u(6)?;
    let bsid = bits.u(5)?;
    let bsmod = bits.u(3)?;
    let acmod = bits.u(3)?;
    let is_stereo = acmod == 2;
    let has_centre = acmod & 1 == 1 && acmod != 1;
    bits.skip(2 * (u32::from(has_centre) + u32::from(acmod & 4 != 0) + u32::from(is_stereo)))?;
    let lfeon = bits.bit()?;
    let (Some(sampling_rate), Some(&bit_rate)) =
        (SAMPLING_RATES[fscod as usize], BIT_RATES.get(frmsizecod as usize >> 1))
    else {
        return Ok(None);
    };
    // Words of 16 bits that six blocks take at this rate; at 44.1 kHz every other frame has one more.
    let words = bit_rate * 1000 / 16 * BLOCKS * BLOCK / sampling_rate;
    let words = words + u32::from(fscod == 1 && frmsizecod & 1 == 1);
    Ok(Some(Frame {
        enhanced: false,
        size: 2 * words as usize,
        sampling_rate: sampling_rate >> halvings(bsid),
        samples: BLOCKS * BLOCK,
        dependent: false,
        substream: 0,
        fscod,
        bsid,
        bsmod,
        acmod,
        lfeon,
        bit_rate_code: frmsizecod >> 1,
        chanmap: 0,
        joint_object_coding: None,
    }))
}

fn read_ec3(bytes: &[u8]) -> Result<Option<Frame>> {
    let mut bits = Bits::new(bytes);
    bits.skip(16)?; // syncword
    let strmtyp = bits.u(2)?;
    let substream = bits.u(3)?;
    let size = 2 * (bits.u(11)? as usize + 1);
    let fscod = bits.u(2)?;
    let (sampling_rate, numblkscod) = match fscod {
        // `fscod2`: half of the rates of `fscod`.
        3 => (SAMPLING_RATES[bits.u(2)? as usize].map(|rate| rate / 2), 3),
        _ => (SAMPLING_RATES[fscod as usize], bits.u(2)?),
    };
    let Some(sampling_rate) = sampling_rate.filter(|_| strmtyp != 3) else { return Ok(None) };
    let blocks = [1, 2, 3, BLOCKS][numblkscod as usize];
    let acmod = bits.u(3)?;
    let lfeon = bits.bit()?;
    let bsid = bits.u(5)?;
    let mut frame = Frame {
        enhanced: true,
        size,
        sampling_rate,
        samples: blocks * BLOCK,
        dependent: strmtyp == 1,
        substream,
        fscod,
        bsid,
        bsmod: 0,
        acmod,
        lfeon,
        bit_rate_code: 0,
        chanmap: 0,
        joint_object_coding: None,
    };
    // What follows isn't needed to find the next frame; where the bytes end early, it stays unknown.
    let _: Result<()> = read_ec3_rest(&mut bits, &mut frame, strmtyp, numblkscod);
    Ok(Some(frame))
}

/// The rest of `bsi()` of clause E.1.2.2, behind `bsid`.
fn read_ec3_rest(bits: &mut Bits<'_>, frame: &mut Frame, strmtyp: u32, numblkscod: u32) -> Result<()> {
    let (acmod, lfeon) = (frame.acmod, frame.lfeon);
    let is_dual_mono = acmod == 0;
    let skip_if = |bits: &mut Bits<'_>, count: u32| if bits.bit()? { bits.skip(count) } else { Ok(()) };
    for _ in 0..1 + u32::from(is_dual_mono) {
        bits.skip(5)?; // dialnorm
        skip_if(bits, 8)?; // compr
    }
    if strmtyp == 1 && bits.bit()? {
        frame.chanmap = u16::try_from(bits.u(16)?).expect("16 bits");
    }
    if bits.bit()? {
        // mixmdate
        let has_centre = acmod > 2 && acmod & 1 == 1;
        bits.skip(2 * u32::from(acmod > 2) + 6 * u32::from(has_centre) + 6 * u32::from(acmod & 4 != 0))?;
        if lfeon {
            skip_if(bits, 5)?;
        }
        if strmtyp == 0 {
            for _ in 0..2 + u32::from(is_dual_mono) {
                skip_if(bits, 6)?; // pgmscl, pgmscl2, extpgmscl
            }
            match bits.u(2)? {
                1 => bits.skip(5)?,
                2 => bits.skip(12)?,
                3 => {
                    let bytes = bits.u(5)? + 2;
                    bits.skip(8 * bytes)?;
                }
                _ => (),
            }
            if acmod < 2 {
                for _ in 0..1 + u32::from(is_dual_mono) {
                    skip_if(bits, 14)?; // panmean, paninfo
                }
            }
            if bits.bit()? {
                match numblkscod {
                    0 => bits.skip(5)?,
                    _ => (0..frame.samples / BLOCK).try_for_each(|_| skip_if(bits, 5))?,
                }
            }
        }
    }
    if bits.bit()? {
        // infomdate
        frame.bsmod = bits.u(3)?;
        bits.skip(2 + 4 * u32::from(acmod == 2) + 2 * u32::from(acmod >= 6))?;
        for _ in 0..1 + u32::from(is_dual_mono) {
            skip_if(bits, 8)?; // mixlevel, roomtyp, adconvtyp
        }
        bits.skip(u32::from(frame.fscod < 3))?; // sourcefscod
    }
    if strmtyp == 0 && numblkscod != 3 {
        bits.skip(1)?; // convsync
    }
    if strmtyp == 2 && (numblkscod == 3 || bits.bit()?) {
        bits.skip(6)?; // frmsizecod
    }
    // addbsi: ETSI TS 103 420 V1.2.1 clause 8.3.1.
    if bits.bit()? && bits.u(6)? >= 1 {
        let is_joint_object_coding = bits.u(8)? & 1 == 1;
        let complexity = u8::try_from(bits.u(8)?).expect("8 bits");
        frame.joint_object_coding = is_joint_object_coding.then_some(complexity);
    }
    Ok(())
}

/// The frames that together are one sample of E-AC-3: independent substream 0, then whatever else belongs to the
/// same time.
#[derive(Debug, Clone, Default)]
pub struct Group {
    frames: Vec<Frame>,
}

/// The most frames of one time: eight independent substreams with eight dependent ones each.
const MOST: usize = 72;

impl Group {
    /// Reads the frames that `sample` begins with, as far as their heads are in it.
    pub fn read(sample: &[u8]) -> Self {
        let mut frames: Vec<Frame> = Vec::new();
        let mut at = 0;
        while let Some(frame) = sample.get(at..).and_then(Frame::read).filter(|_| frames.len() < MOST) {
            at += frame.size;
            frames.push(frame);
        }
        Self { frames }
    }

    /// The same, up to the next independent frame of substream 0.
    pub fn of_one_time(stream: &[u8]) -> Self {
        let Self { mut frames } = Self::read(stream);
        let next = frames.iter().skip(1).position(|frame| !frame.dependent && frame.substream == 0);
        frames.truncate(next.map_or(frames.len(), |next| next + 1));
        Self { frames }
    }

    /// The content of `dec3`; `None` without a frame.
    pub fn dec3(&self) -> Option<Vec<u8>> {
        let first = self.frames.first()?;
        // Several frames of less than six blocks each may make up one sample: their substreams are the same.
        let mut independent: Vec<(&Frame, u32, u16)> = Vec::new();
        let mut before: Option<(bool, u32)> = None;
        for frame in &self.frames {
            let is_again = !frame.dependent && independent.iter().any(|(seen, ..)| seen.substream == frame.substream);
            if is_again {
                break;
            }
            match (frame.dependent, independent.last_mut()) {
                (false, _) => independent.push((frame, 0, 0)),
                (true, Some((_, count, map))) if before != Some((true, frame.substream)) => {
                    *count += 1;
                    *map |= frame.chanmap;
                }
                (true, _) => (),
            }
            before = Some((frame.dependent, frame.substream));
        }
        let bytes: usize = self.frames.iter().map(|frame| frame.size).sum();
        let samples: u32 = self.frames.iter().filter(|f| !f.dependent && f.substream == 0).map(|f| f.samples).sum();
        let rate = bytes as u64 * 8 * u64::from(first.sampling_rate) / u64::from(samples.max(1)) / 1000;
        let mut out = BitsOut::default();
        out.put(13, u32::try_from(rate.min(0x1fff)).expect("13 bits"));
        out.put(3, u32::try_from(independent.len().clamp(1, 8) - 1).expect("3 bits"));
        for (frame, dependent, map) in independent.iter().take(8) {
            out.put(2, frame.fscod);
            out.put(5, frame.bsid);
            out.put(2, 0); // reserved, asvc
            out.put(3, frame.bsmod);
            out.put(3, frame.acmod);
            out.put(1, u32::from(frame.lfeon));
            out.put(3, 0);
            out.put(4, (*dependent).min(15));
            if *dependent == 0 {
                out.put(1, 0);
            } else {
                // chan_loc (table F.6.1): chanmap's bits the other way round, as codec::ec3 reads them.
                let places = u8::try_from(map >> 3 & 0xff).expect("8 bits").reverse_bits();
                out.put(9, u32::from(map >> 1 & 1) << 8 | u32::from(places));
            }
        }
        if let Some(complexity) = self.frames.iter().find_map(|frame| frame.joint_object_coding) {
            out.put(8, 1);
            out.put(8, u32::from(complexity));
        }
        Some(out.finish())
    }
}

#[derive(Default)]
struct BitsOut {
    out: Writer,
    held: u32,
    count: u32,
}

impl BitsOut {
    #[inline(never)] // called from many places, and not in a hurry
    fn put(&mut self, count: u32, value: u32) {
        for bit in (0..count).rev() {
            self.held = self.held << 1 | value >> bit & 1;
            self.count += 1;
            if self.count == 8 {
                self.out.u8(u8::try_from(self.held).expect("8 bits"));
                (self.held, self.count) = (0, 0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        while self.count != 0 {
            self.put(1, 0);
        }
        self.out.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ac3, ec3};
    use hex_literal::hex;

    #[test]
    fn an_ac3_frame_of_five_point_one() {
        // The first bytes of an encode by ffmpeg: 48 kHz, 384 kbit/s.
        let frame = Frame::read(&hex!("0b77 8b4e 1c 40 e1 ff 00")).unwrap();
        assert_eq!((frame.size, frame.sampling_rate, frame.samples), (1536, 48_000, 1536));
        assert_eq!(frame.dac3(), hex!("10 3d c0"));
        assert_eq!(ac3::Config::read(&frame.dac3()).unwrap().channel_map, 0xf801);
        assert_eq!(frame.channels(), 6);
        assert_eq!(Frame::read(&hex!("0b77 8b4e 3f 40 e1 ff 00")), None); // no such size
        assert_eq!(Frame::read(b"\x0b\x78"), None);
    }

    #[test]
    fn sizes_at_44_khz_alternate_by_a_word() {
        let size = |code: u8| Frame::read(&[0x0b, 0x77, 0, 0, 0x40 | code, 0x40, 0x40, 0]).unwrap().size;
        // Table 4.13, 128 kbit/s: 278 and 279 words.
        assert_eq!((size(16), size(17)), (2 * 278, 2 * 279));
    }

    #[test]
    fn a_dependent_substream_adds_its_channels() {
        // Independent: 48 kHz, 6 blocks, acmod 7 with LFE, bsid 16; dependent: acmod 2, chanmap of the rear pair.
        let independent = crate::bytes::BitWriter::default().u(16, 0x0b77).u(2, 0).u(3, 0).u(11, 15).u(2, 0).u(2, 3);
        let mut first = independent.u(3, 7).u(1, 1).u(5, 16).u(5, 31).u(1, 0).u(1, 0).u(1, 0).u(1, 0).bytes();
        first.resize(32, 0);
        let dependent = crate::bytes::BitWriter::default().u(16, 0x0b77).u(2, 1).u(3, 0).u(11, 15).u(2, 0).u(2, 3);
        let dependent = dependent.u(3, 2).u(1, 0).u(5, 16).u(5, 31).u(1, 0).u(1, 1).u(16, 0x0200).u(2, 0);
        let mut second = dependent.u(1, 0).bytes();
        second.resize(32, 0);
        let dec3 = Group::read(&[first, second].concat()).dec3().unwrap();
        let config = ec3::Config::read(&dec3).unwrap();
        assert_eq!((config.channel_map, ec3::channel_count(config.channel_map)), (0xfa01, 8));
    }
}
