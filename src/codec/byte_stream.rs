//! H.264 as a byte stream has it (ISO/IEC 14496-10 annex B): access unit delimiters, parameter sets in band.

use super::nal::units;
use crate::error::{Code, Error, Result};

/// An access unit delimiter that allows slices of every type (`primary_pic_type` 7, table 7-5).
const DELIMITER: &[u8] = &[0x09, 0xf0];

const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
const NAL_DELIMITER: u8 = 9;

/// What a sample entry says of how its samples become access units of a byte stream.
#[derive(Debug, Clone)]
pub struct ByteStream {
    /// The NAL units of the record's parameter sets, sequence parameter sets first.
    parameter_sets: Vec<Vec<u8>>,
    /// The size of the length before each NAL unit in bytes.
    length_size: usize,
}

impl ByteStream {
    /// Reads the content of `avcC`.
    pub fn of_record(record: &[u8]) -> Result<Self> {
        let mut reader = super::reader(record, 0);
        reader.skip(4)?; // configurationVersion, profile and level
        let length_size = usize::from(reader.u8()? & 3) + 1;
        let mut parameter_sets = Vec::new();
        for mask in [0x1f, 0xff] {
            for _ in 0..reader.u8()? & mask {
                let size = reader.u16()?;
                parameter_sets.push(reader.take(usize::from(size))?.to_vec());
            }
        }
        Ok(Self { parameter_sets, length_size })
    }

    /// The NAL units of a sample in the order of the byte stream (clause 7.4.1.2.3): its delimiter, or one that is
    /// made; with `starts` the record's parameter sets, unless it has its own; then what else it holds.
    pub fn access_unit<'a>(&'a self, sample: &'a [u8], starts: bool) -> Result<Vec<&'a [u8]>> {
        let (mut delimiter, mut own) = (DELIMITER, Vec::new());
        let (mut has_sps, mut has_pps) = (false, false);
        for unit in units(sample, self.length_size) {
            let nal = &sample[unit?];
            match nal.first().map(|header| header & 0x1f) {
                None => continue,
                Some(NAL_DELIMITER) => {
                    delimiter = nal;
                    continue;
                }
                Some(NAL_SPS) => has_sps = true,
                Some(NAL_PPS) => has_pps = true,
                Some(_) => (),
            }
            own.push(nal);
        }
        if own.is_empty() {
            return Err(Error::new(Code::CodecInvalid, message!("a sample holds no picture")));
        }
        let mut out = vec![delimiter];
        if starts && !(has_sps && has_pps) {
            out.extend(self.parameter_sets.iter().map(Vec::as_slice));
        }
        out.extend(own);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// Two bytes a length, one set each.
    fn stream() -> ByteStream {
        ByteStream::of_record(&hex!("01 64001f fd e1 0003 67aabb 01 0002 68cc")).unwrap()
    }

    #[test]
    fn a_sample_gets_a_delimiter_and_where_decoding_starts_the_parameter_sets() {
        let stream = stream();
        let sample = hex!("0002 0611 0000 0003 651122");
        let expected: [&[u8]; 5] = [&hex!("09f0"), &hex!("67aabb"), &hex!("68cc"), &hex!("0611"), &hex!("651122")];
        assert_eq!(stream.access_unit(&sample, true).unwrap(), expected);
        assert_eq!(stream.access_unit(&sample, false).unwrap(), [expected[0], expected[3], expected[4]]);
    }

    #[test]
    fn what_the_sample_has_of_its_own_stays() {
        let stream = stream();
        let sample = hex!("0002 0910 0003 67ddee 0002 68ff 0002 6501");
        let expected: [&[u8]; 4] = [&hex!("0910"), &hex!("67ddee"), &hex!("68ff"), &hex!("6501")];
        assert_eq!(stream.access_unit(&sample, true).unwrap(), expected);
        // One kind alone may refer to the record's other.
        let sample = hex!("0003 67ddee 0002 6501");
        let expected: [&[u8]; 5] = [&hex!("09f0"), &hex!("67aabb"), &hex!("68cc"), &hex!("67ddee"), &hex!("6501")];
        assert_eq!(stream.access_unit(&sample, true).unwrap(), expected);
    }

    #[test]
    fn a_sample_without_a_picture_and_one_that_is_cut_are_errors() {
        for sample in [&[][..], &hex!("0000"), &hex!("0002 09f0"), &hex!("0005 6501")] {
            assert_eq!(stream().access_unit(sample, true).unwrap_err().code, Code::CodecInvalid, "{sample:02x?}");
        }
    }
}
