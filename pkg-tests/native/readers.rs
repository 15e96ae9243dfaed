//! Init and media segments, read back by code that isn't ours: `mp4parse`, `mp4-atom` and `mp4` read the
//! boxes, `ctr` and `cbc` decrypt the samples.

use std::io::Cursor;
use std::ops::Range;

use mp4_atom::{DecodeMaybe, Moof, Traf};
use tabpack::cenc::Scheme;
use tabpack::demux::{Kind, Sample, Track};
use tabpack::packager::Target;

use crate::boxes::{self, number};
use crate::naive;
use crate::support::{self, Package};

const KID: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const KEY: [u8; 16] = [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31];

const FIXTURES: [&str; 12] = [
    "audio-only.m4a",
    "avc3.mp4",
    "bframes-1080p.mp4",
    "cavlc-baseline.mp4",
    "ctts-v1.mp4",
    "extra-tracks.mov",
    "interlaced.mp4",
    "offset-start.mp4",
    "slices.mp4",
    "two-stsd.mp4",
    "vfr.mp4",
    "video-only.mp4",
];

/// Calls `check` with every fixture, packaged in both schemes and clear, and each of its tracks.
fn each_track(check: impl Fn(&Case<'_>)) {
    for fixture in FIXTURES {
        for scheme in [Some(Scheme::Cenc), Some(Scheme::Cbcs), None] {
            let package = Package::new(fixture, Target::Cmaf, scheme, 2000);
            let tracks = package.input.tracks.iter().zip(&package.folders);
            // Text that is made into WebVTT has tests of its own.
            for (track, (folder, segments)) in tracks.filter(|(track, _)| track.kind != Kind::Text) {
                let name = format!("{fixture} {} {folder}", scheme.map_or("clear", Scheme::as_str));
                let segments = package.segments(folder, *segments);
                check(&Case { name, fixture, scheme, track, init: package.init(folder), segments });
            }
        }
    }
}

/// A track of a packaged fixture.
struct Case<'a> {
    name: String,
    fixture: &'a str,
    scheme: Option<Scheme>,
    track: &'a Track,
    init: &'a [u8],
    segments: Vec<&'a [u8]>,
}

// mp4parse: init segments.

#[test]
fn mp4parse_reads_every_init_segment_and_its_protection() {
    each_track(|case| {
        let name = &case.name;
        let context = mp4parse::read_mp4(&mut Cursor::new(case.init)).unwrap();
        assert!(context.mvex.is_some(), "{name}");
        let [track] = &context.tracks[..] else { panic!("{name}: not one track") };
        assert_eq!(track.track_id, Some(1), "{name}");
        assert_eq!(track.timescale.map(|scale| scale.0), Some(u64::from(case.track.timescale)), "{name}");
        let entries = &track.stsd.as_ref().unwrap().descriptions;
        assert_eq!(entries.len(), case.track.entries.len(), "{name}");
        for (entry, source) in entries.iter().zip(&case.track.entries) {
            let (codec, protection) = match entry {
                mp4parse::SampleEntry::Video(video) => (video.codec_type, &video.protection_info),
                mp4parse::SampleEntry::Audio(audio) => (audio.codec_type, &audio.protection_info),
                mp4parse::SampleEntry::Unknown => panic!("{name}: an entry that nobody knows"),
            };
            let Some(scheme) = case.scheme else {
                assert!(protection.is_empty(), "{name}");
                continue;
            };
            let encrypted = match case.track.kind {
                Kind::Video => mp4parse::CodecType::EncryptedVideo,
                Kind::Audio => mp4parse::CodecType::EncryptedAudio,
                Kind::Text => unreachable!("no case has text"),
            };
            assert_eq!(codec, encrypted, "{name}");
            let [sinf] = &protection[..] else { panic!("{name}: not one sinf") };
            assert_eq!(sinf.original_format.value, source.coding_name.0, "{name}");
            let schm = sinf.scheme_type.as_ref().unwrap();
            assert_eq!((schm.scheme_type.value, schm.scheme_version), (scheme.fourcc(), 0x1_0000), "{name}");
            let tenc = sinf.tenc.as_ref().unwrap();
            assert_eq!((tenc.is_encrypted, &tenc.kid[..]), (1, &KID[..]), "{name}");
            let pattern = (tenc.crypt_byte_block_count, tenc.skip_byte_block_count);
            let constant_iv = tenc.constant_iv.as_ref().map(|iv| iv.len());
            let expected = match (scheme, case.track.kind) {
                (Scheme::Cenc, _) => (8, (None, None), None),
                (Scheme::Cbcs, Kind::Video) => (0, (Some(1), Some(9)), Some(16)),
                (Scheme::Cbcs, _) => (0, (Some(0), Some(0)), Some(16)),
                (Scheme::Cens | Scheme::Cbc1, _) => unreachable!("no case has this scheme"),
            };
            assert_eq!((tenc.iv_size, pattern, constant_iv), expected, "{name}");
        }
        let kids: Vec<&[u8]> = context.psshs.iter().flat_map(|pssh| pssh.kid.iter().map(|kid| &kid[..])).collect();
        let expected: &[&[u8]] = if case.scheme.is_some() { &[&KID] } else { &[] };
        assert_eq!(kids, expected, "{name}");
    });
}

// mp4-atom: media segments.

/// A fragment as `mp4-atom` reads it, with where it stands in its segment.
struct Fragment<'a> {
    moof: Moof,
    /// From the first byte of the moof to the end of the segment.
    bytes: &'a [u8],
}

impl Fragment<'_> {
    fn traf(&self) -> &Traf {
        let [traf] = &self.moof.traf[..] else { panic!("not one traf") };
        traf
    }

    /// Each sample with its bytes as they are, as `trun` and `tfhd` say.
    fn samples(&self) -> Vec<(Sample, &[u8])> {
        let (tfhd, [trun]) = (&self.traf().tfhd, &self.traf().trun[..]) else { panic!("not one trun") };
        let mut offset = usize::try_from(trun.data_offset.unwrap()).unwrap();
        let sample = |entry: mp4_atom::TrunEntry| {
            let size = entry.size.or(tfhd.default_sample_size).unwrap();
            let bytes = &self.bytes[offset..offset + size as usize];
            offset += bytes.len();
            let flags = entry.flags.or(tfhd.default_sample_flags).unwrap();
            let sample = Sample {
                offset: 0,
                size,
                duration: entry.duration.or(tfhd.default_sample_duration).unwrap(),
                composition_offset: i32::try_from(entry.cts.unwrap_or(0)).unwrap(),
                entry: u16::try_from(tfhd.sample_description_index.unwrap_or(1) - 1).unwrap(),
                sync: flags & 0x1_0000 == 0,
            };
            (sample, bytes)
        };
        trun.samples.iter().map(sample).collect()
    }
}

fn fragments(segment: &[u8]) -> Vec<Fragment<'_>> {
    let tree = boxes::tree(segment, 0..segment.len());
    let moofs = tree.iter().filter(|node| &node.kind == b"moof");
    let fragment = |node: &boxes::Node| {
        let bytes = &segment[node.range.start..];
        let moof = Moof::decode_maybe(&mut &bytes[..]).unwrap().expect("a whole moof");
        Fragment { moof, bytes }
    };
    moofs.map(fragment).collect()
}

#[test]
fn mp4_atom_reads_every_sample_where_the_input_has_it() {
    each_track(|case| {
        let name = &case.name;
        let mut decode_time = u64::try_from(case.track.presentation_offset).unwrap_or(0);
        let mut samples = Vec::new();
        let mut sequence_number = 0;
        for segment in &case.segments {
            for fragment in fragments(segment) {
                sequence_number += 1;
                assert_eq!(fragment.moof.mfhd.sequence_number, sequence_number, "{name}");
                let traf = fragment.traf();
                assert!(traf.tfhd.default_base_is_moof && traf.tfhd.base_data_offset.is_none(), "{name}");
                assert_eq!(traf.tfdt.as_ref().unwrap().base_media_decode_time, decode_time, "{name}");
                for (sample, _) in fragment.samples() {
                    decode_time += u64::from(sample.duration);
                    samples.push(sample);
                }
            }
        }
        let expected: Vec<Sample> = case.track.samples.iter().map(|sample| Sample { offset: 0, ..*sample }).collect();
        assert_eq!(samples, expected, "{name}");
    });
}

#[test]
fn mp4_atom_finds_the_auxiliary_information_that_saio_and_saiz_name() {
    each_track(|case| {
        for fragment in case.segments.iter().flat_map(|segment| fragments(segment)) {
            let name = &case.name;
            let traf = fragment.traf();
            let aux = aux_in_senc(&fragment, case.iv_size());
            assert_eq!(aux.is_some(), case.scheme.is_some(), "{name}: senc");
            let Some(aux) = aux else { continue };
            let sizes: Vec<usize> = aux.entries.iter().map(Range::len).collect();
            if sizes.iter().all(|&size| size == 0) {
                assert!(traf.saiz.is_empty() && traf.saio.is_empty(), "{name}");
                continue;
            }
            let ([saiz], [saio]) = (&traf.saiz[..], &traf.saio[..]) else { panic!("{name}: not one saiz and saio") };
            let count = saiz.sample_count as usize;
            let stated = match saiz.default_sample_info_size {
                0 => saiz.sample_info_size.iter().map(|&size| usize::from(size)).collect(),
                size => vec![usize::from(size); count],
            };
            assert_eq!((count, stated), (sizes.len(), sizes), "{name}");
            assert_eq!(saio.offsets, [aux.entries[0].start as u64], "{name}");
        }
    });
}

/// What `senc` holds, read by hand: `mp4-atom` gives its bytes only.
struct Aux {
    /// Where each sample's entry stands, from the first byte of the moof.
    entries: Vec<Range<usize>>,
    samples: Vec<SampleAux>,
}

struct SampleAux {
    iv: Vec<u8>,
    /// Clear and protected bytes of each; `None` for a sample that is protected whole.
    subsamples: Option<Vec<(usize, usize)>>,
}

fn aux_in_senc(fragment: &Fragment<'_>, iv_size: usize) -> Option<Aux> {
    let senc = fragment.traf().senc.as_ref()?;
    let tree = boxes::tree(fragment.bytes, 0..fragment.bytes.len());
    let mut content = boxes::find(&tree, &[b"moof", b"traf", b"senc"]).unwrap().content.clone();
    let mut take = |size: usize| {
        let bytes = &fragment.bytes[content.start..content.start + size];
        content.start += size;
        (bytes, content.start)
    };
    let mut next = |size: usize| usize::try_from(number(take(size).0)).unwrap();
    next(4); // version and flags
    let count = next(4);
    let mut aux = Aux { entries: Vec::new(), samples: Vec::new() };
    for _ in 0..count {
        let (iv, after_iv) = take(iv_size);
        let mut end = after_iv;
        let subsamples = senc.use_subsamples.then(|| {
            let mut field = |size: usize| {
                let (bytes, after) = take(size);
                end = after;
                usize::try_from(number(bytes)).unwrap()
            };
            (0..field(2)).map(|_| (field(2), field(4))).collect()
        });
        aux.entries.push(after_iv - iv_size..end);
        aux.samples.push(SampleAux { iv: iv.to_vec(), subsamples });
    }
    assert!(content.is_empty(), "senc is read to its end");
    Some(aux)
}

// ctr and cbc: the samples' bytes.

#[test]
fn ctr_and_cbc_decrypt_every_sample_to_the_input_s_bytes() {
    each_track(|case| {
        let name = &case.name;
        let file = support::fixture(case.fixture);
        let mut sources = case.track.samples.iter();
        let mut encrypted = 0;
        for fragment in case.segments.iter().flat_map(|segment| fragments(segment)) {
            let aux = aux_in_senc(&fragment, case.iv_size());
            for (index, (_, bytes)) in fragment.samples().into_iter().enumerate() {
                let mut sample = bytes.to_vec();
                if let Some(aux) = &aux {
                    let SampleAux { iv, subsamples } = &aux.samples[index];
                    case.decrypt(&mut sample, iv, subsamples.as_deref());
                }
                let source = sources.next().unwrap();
                let start = usize::try_from(source.offset).unwrap();
                assert!(sample == file[start..start + source.size as usize], "{name}: sample {index} of a fragment");
                encrypted += usize::from(sample != bytes);
            }
        }
        assert!(sources.next().is_none(), "{name}: every sample is there");
        // Tiny samples may hold no whole block.
        let most = case.track.samples.len() * 9 / 10;
        assert!(if case.scheme.is_some() { encrypted >= most } else { encrypted == 0 }, "{name}: {encrypted}");
    });
}

impl Case<'_> {
    fn iv_size(&self) -> usize {
        if self.scheme == Some(Scheme::Cenc) { 8 } else { 0 }
    }

    fn decrypt(&self, sample: &mut [u8], iv: &[u8], subsamples: Option<&[(usize, usize)]>) {
        let mut position = 0;
        let ranges: Vec<Range<usize>> = match subsamples {
            None => vec![0..sample.len()],
            Some(subsamples) => subsamples
                .iter()
                .map(|(clear, protected)| {
                    position += clear + protected;
                    position - protected..position
                })
                .collect(),
        };
        assert!(subsamples.is_none() || position == sample.len(), "{}: subsamples sum up to the sample", self.name);
        if self.scheme == Some(Scheme::Cenc) {
            naive::ctr(&KEY, iv, (0, 0), &ranges, sample);
        } else {
            let pattern = if self.track.kind == Kind::Video { (1, 9) } else { (0, 0) };
            for range in &ranges {
                naive::decrypt_cbc(&KEY, &self.constant_iv(), pattern, std::slice::from_ref(range), sample);
            }
        }
    }

    fn constant_iv(&self) -> [u8; 16] {
        let tenc = self.init.windows(4).position(|window| window == b"tenc").unwrap();
        self.init[tenc + 29..tenc + 45].try_into().unwrap()
    }
}

// mp4: both together.

#[test]
fn mp4_reads_init_and_segments_joined() {
    each_track(|case| {
        let joined = [&[case.init], &case.segments[..]].concat().concat();
        let size = joined.len() as u64;
        let reader = mp4::Mp4Reader::read_header(Cursor::new(joined), size).unwrap();
        assert!(reader.is_fragmented(), "{}", case.name);
        let track = &reader.tracks()[&1];
        let expected = match case.track.kind {
            Kind::Text => unreachable!("no case has text"),
            Kind::Video => mp4::TrackType::Video,
            Kind::Audio => mp4::TrackType::Audio,
        };
        assert_eq!(track.track_type().unwrap(), expected, "{}", case.name);
        assert_eq!(track.timescale(), case.track.timescale, "{}", case.name);
        assert_eq!(track.sample_count() as usize, case.track.samples.len(), "{}", case.name);
    });
}
