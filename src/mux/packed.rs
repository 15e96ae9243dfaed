//! Packed audio (RFC 8216 section 3.4): frames behind each other, and an ID3 tag in front that tells the time.

use super::elementary::{audio_setup, frames, stream_of};
use super::ts::timestamp;
use super::{Elementary, SampleAes, StreamSample};
use crate::bytes::Writer;
use crate::error::{Code, Error, Result};

/// Whose frame of the tag says when the first sample is presented.
const TIMESTAMP: &[u8] = b"com.apple.streaming.transportStreamTimestamp\0";

/// Whose frame of the tag says what a decoder of encrypted sound needs.
const DESCRIPTION: &[u8] = b"com.apple.streaming.audioDescription\0";

/// A segment of sound; its samples' entries are `streams`.
pub fn write_packed(
    streams: &[Elementary],
    samples: &[StreamSample<'_>],
    encryption: Option<&SampleAes<'_>>,
) -> Result<Vec<u8>> {
    let first = samples.first().ok_or_else(|| Error::new(Code::Internal, message!("a segment has no samples")))?;
    let mut privates = Writer::new();
    put_private(&mut privates, TIMESTAMP, &timestamp(first.presented).to_be_bytes());
    if encryption.is_some()
        && let Some(setup) = audio_setup(stream_of(streams, first)?, first.data)?
    {
        put_private(&mut privates, DESCRIPTION, &setup);
    }
    let mut out = Writer::new();
    out.bytes(b"ID3").u16(0x0400).u8(0).bytes(&syncsafe(privates.len())).bytes(&privates.into_vec());
    out.bytes(&frames(streams, samples, encryption)?.data);
    Ok(out.into_vec())
}

/// A PRIV frame (ID3 2.4.0 section 4.27).
fn put_private(out: &mut Writer, owner: &[u8], data: &[u8]) {
    out.bytes(b"PRIV").bytes(&syncsafe(owner.len() + data.len())).u16(0).bytes(owner).bytes(data);
}

/// A size with seven bits in each byte (ID3 2.4.0 section 6.2).
fn syncsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(size >> shift & 0x7f).expect("seven bits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ContentKey;

    fn sample(data: &[u8], presented: i64) -> StreamSample<'_> {
        StreamSample { data, presented, decoded: presented, duration: 1, sync: true, entry: 0, offset: 0 }
    }

    #[test]
    fn the_tag_has_the_time_of_the_first_sample_in_33_bits() {
        let packed = write_packed(&[Elementary::Ac3], &[sample(&[1, 2], 90_000), sample(&[3], 95_000)], None).unwrap();
        assert_eq!(packed.len(), 10 + 10 + 45 + 8 + 3);
        assert_eq!(packed[..10], [b'I', b'D', b'3', 4, 0, 0, 0, 0, 0, 63]);
        assert_eq!(packed[10..20], [b'P', b'R', b'I', b'V', 0, 0, 0, 53, 0, 0]);
        assert_eq!(packed[65..73], 990_000u64.to_be_bytes());
        assert_eq!(packed[73..], [1, 2, 3]);
        // Beyond 26.5 hours the time starts again.
        let late = write_packed(&[Elementary::Ac3], &[sample(&[1], 1 << 33)], None).unwrap();
        assert_eq!(late[65..73], 900_000u64.to_be_bytes());
    }

    #[test]
    fn encrypted_sound_is_described() {
        let key = ContentKey::new([1; 16]);
        let frame = [&[0x0b, 0x77, 0, 0, 0, 0x40, 0x40][..], &[0; 121]].concat();
        let encryption = SampleAes { key: &key, iv: [0; 16] };
        let packed = write_packed(&[Elementary::Ac3], &[sample(&frame, 0)], Some(&encryption)).unwrap();
        assert_eq!(packed[6..10], [0, 0, 1, 0], "128 bytes");
        let description = &packed[73..73 + 10 + 37 + 18];
        assert_eq!(description[4..8], [0, 0, 0, 55]);
        assert_eq!(&description[10..47], DESCRIPTION);
        assert_eq!(description[47..], [b"zac3", &[0, 0, 1, 10][..], &frame[..10]].concat());
    }

    #[test]
    fn sizes_have_seven_bits_a_byte() {
        assert_eq!(syncsafe(127), [0, 0, 0, 127]);
        assert_eq!(syncsafe(128), [0, 0, 1, 0]);
        assert_eq!(syncsafe(0x0fff_ffff), [127; 4]);
    }
}
