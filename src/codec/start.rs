//! How decoding can start with a sample.

/// How decoding can start with a sample, as its own headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing behind the sample refers to what is before it: an IDR picture, a key frame, a frame of sound.
    Closed,
    /// Pictures that are decoded behind it and shown before it may refer to what is before it: a CRA picture, a picture
    /// at a recovery point.
    Open,
    /// The pictures are right only some time later: intra refresh.
    Gradual,
    /// Decoding can't start here.
    Nowhere,
}

/// What a picture is to the one that decoding started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leading {
    /// It refers to nothing before that one.
    Decodable,
    /// It may refer to what is before that one.
    Undecodable,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Codec, avc, hevc, reader};

    /// NAL units behind lengths of four bytes.
    fn sample(nals: &[&[u8]]) -> Vec<u8> {
        let unit = |nal: &&[u8]| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat();
        nals.iter().flat_map(unit).collect()
    }

    #[test]
    fn pictures_of_h264_start_decoding_by_their_type_or_their_recovery_point() {
        let record = [1, 100, 0, 30, 0xff, 0xe0, 0];
        let codec = Codec::Avc(avc::Config::read(*b"avc1", reader(&record, 0)).unwrap());
        // first_mb_in_slice 0; slice_type 7 (I), 5 (P): 1 0001000, 1 00110.
        let (i, p): (&[u8], &[u8]) = (&[0x41, 0b1000_1000, 0x80], &[0x41, 0b1001_1010, 0x80]);
        let recovery = |counts: u8| [6, 6, 1, counts, 0x80];
        let aud: &[u8] = &[9, 0x10];
        let cases: [(&[&[u8]], Start); 7] = [
            (&[aud, &[0x65, 0x88, 0x80]], Start::Closed),
            (&[aud, &recovery(0b1100_0000), p], Start::Open),
            (&[&recovery(0b0101_0000), p], Start::Gradual),
            (&[i, i], Start::Open),
            (&[i, p], Start::Nowhere),
            (&[&[6, 5, 1, 0, 0x80], p], Start::Nowhere),
            (&[], Start::Nowhere),
        ];
        for (nals, start) in cases {
            assert_eq!(codec.start(&sample(nals)), start, "{nals:x?}");
        }
        assert_eq!(codec.start(&[0, 0, 0, 9, 0x65]), Start::Nowhere);
    }

    #[test]
    fn pictures_of_hevc_start_decoding_by_their_type_and_lead_by_it() {
        let mut record = [0; 23];
        record[21] = 3;
        let codec = Codec::Hevc(hevc::Config::read(*b"hvc1", reader(&record, 0)).unwrap());
        let picture = |kind: u8| sample(&[&[35 << 1, 1, 0x50], &[kind << 1, 1, 0x80]]);
        let starts = [19, 20, 21, 16, 0, 1, 8].map(|kind| codec.start(&picture(kind)));
        use Start::{Closed, Nowhere, Open};
        assert_eq!(starts, [Closed, Closed, Open, Open, Nowhere, Nowhere, Nowhere]);
        let refresh = sample(&[&[39 << 1, 1, 6, 1, 0b0101_0000, 0x80], &[1 << 1, 1, 0x80]]);
        assert_eq!(codec.start(&refresh), Start::Gradual);
        let leading = [6, 7, 8, 9].map(|kind| codec.leading(&picture(kind)));
        use Leading::{Decodable, Undecodable};
        assert_eq!(leading, [Decodable, Decodable, Undecodable, Undecodable]);
    }
}
