//! Sample entries of PCM: QuickTime's are read, and those of ISO/IEC 23003-5:2020 are read and written.

use crate::codec::pcm::Config;
use crate::error::Result;
use crate::mp4::put_full;
use crate::mp4::sample_entry::{Audio, audio_entry};

/// Reads an entry; `None` for what MP4 has no way to say.
pub(super) fn read(name: [u8; 4], audio: &Audio<'_>) -> Result<Option<Config>> {
    let of = |is_float, is_little_endian, bits| Config {
        is_float,
        is_little_endian,
        bits,
        sampling_rate: audio.sampling_rate,
        channels: audio.channels,
    };
    let stated = u8::try_from(audio.sample_size).unwrap_or(0);
    let config = match &name {
        b"sowt" => of(false, true, stated),
        b"twos" => of(false, false, stated),
        b"in24" => of(false, is_turned_round(audio)?, 24),
        b"in32" => of(false, is_turned_round(audio)?, 32),
        b"fl32" => of(true, is_turned_round(audio)?, 32),
        b"fl64" => of(true, is_turned_round(audio)?, 64),
        b"lpcm" => {
            // `kAudioFormatFlag`: float, big-endian, signed integer.
            let Some(lpcm) = audio.linear_pcm else { return Ok(None) };
            let (is_float, is_big_endian, is_signed) = (lpcm.flags & 1, lpcm.flags & 2, lpcm.flags & 4);
            let config = of(is_float != 0, is_big_endian == 0, u8::try_from(lpcm.bits).unwrap_or(0));
            if is_float == 0 && is_signed == 0 || lpcm.packet_size != config.frame_size() {
                return Ok(None); // unsigned, or with bits that mean nothing
            }
            config
        }
        _ => {
            let content = audio.boxes.need(b"pcmC")?;
            Config::read(content, name == *b"fpcm", audio.sampling_rate, audio.channels)
                .map_err(|error| error.in_box("pcmC"))?
        }
    };
    Ok(Some(config).filter(Config::is_packaged))
}

/// Whether QuickTime's `enda` says that the lowest byte comes first (QuickTime File Format, "siDecompressionParam").
fn is_turned_round(audio: &Audio<'_>) -> Result<bool> {
    Ok(match audio.boxes.find(b"enda")? {
        Some(mut enda) => enda.u16()? == 1,
        None => false,
    })
}

/// The sample entry of MP4.
pub(in crate::demux) fn entry(config: &Config) -> Vec<u8> {
    /// Where `samplesize` and `samplerate` stand in the box.
    const SAMPLE_SIZE: usize = 8 + 8 + 8 + 2;
    const SAMPLE_RATE: usize = SAMPLE_SIZE + 2 + 4;
    let mut entry = audio_entry(config.name(), config.channels, config.sampling_rate, |out| {
        if let Some(layout) = layout(config.channels) {
            put_full(out, b"chnl", 0, 0, |out| {
                out.u8(1).u8(layout).u64(0); // by channels, none of them left out
            });
        }
        put_full(out, b"pcmC", 0, 0, |out| {
            out.u8(u8::from(config.is_little_endian)).u8(config.bits);
        });
    });
    entry[SAMPLE_SIZE..SAMPLE_SIZE + 2].copy_from_slice(&u16::from(config.bits).to_be_bytes());
    if config.sampling_rate > u32::from(u16::MAX) {
        // Nothing else says the rate: readers take that of the track's times.
        entry[SAMPLE_RATE..SAMPLE_RATE + 4].fill(0);
    }
    entry
}

/// `ChannelConfiguration` (ISO/IEC 23091-3 table 9), where the number of channels tells it. What more channels are isn't
/// known.
fn layout(channels: u32) -> Option<u8> {
    match channels {
        1 => Some(1),
        2 => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp4::Boxes;
    use crate::mp4::sample_entry::{LinearPcm, read_stsd};

    fn audio(sample_size: u16, boxes: &'static [u8]) -> Audio<'static> {
        let boxes = Boxes::new(crate::mp4::reader(boxes, 0));
        Audio { channels: 2, sampling_rate: 48_000, sample_size, linear_pcm: None, boxes }
    }

    fn read(name: &[u8; 4], audio: &Audio<'_>) -> Option<(bool, bool, u8)> {
        let config = super::read(*name, audio).unwrap()?;
        Some((config.is_float, config.is_little_endian, config.bits))
    }

    #[test]
    fn quicktime_entries_say_how_samples_are_written() {
        assert_eq!(read(b"sowt", &audio(16, b"")), Some((false, true, 16)));
        assert_eq!(read(b"twos", &audio(16, b"")), Some((false, false, 16)));
        assert_eq!(read(b"twos", &audio(8, b"")), None);
        assert_eq!(read(b"in24", &audio(16, b"")), Some((false, false, 24)));
        assert_eq!(read(b"fl32", &audio(16, b"\0\0\0\x0aenda\0\x01")), Some((true, true, 32)));
        let lpcm = |flags, bits, packet_size| Audio {
            linear_pcm: Some(LinearPcm { bits, flags, packet_size }),
            ..audio(16, b"")
        };
        assert_eq!(read(b"lpcm", &lpcm(12, 24, 6)), Some((false, true, 24)));
        assert_eq!(read(b"lpcm", &lpcm(11, 32, 8)), Some((true, false, 32)));
        assert_eq!(read(b"lpcm", &lpcm(12, 24, 8)), None, "in 32 bits each");
        assert_eq!(read(b"lpcm", &audio(16, b"")), None);
    }

    #[test]
    fn what_is_written_is_read() {
        for sampling_rate in [48_000, 96_000] {
            let config = Config { is_float: false, is_little_endian: true, bits: 24, sampling_rate, channels: 2 };
            let entry = entry(&config);
            let stsd = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &entry].concat();
            let entries = read_stsd(crate::mp4::reader(&stsd, 0)).unwrap();
            let audio = entries[0].audio().unwrap();
            assert_eq!((entries[0].kind.0, audio.channels, audio.sample_size), (*b"ipcm", 2, 24));
            assert_eq!(audio.sampling_rate, if sampling_rate == 48_000 { 48_000 } else { 0 });
            let read = super::read(*b"ipcm", &Audio { sampling_rate, ..audio }).unwrap();
            assert_eq!(read, Some(config));
        }
    }
}
