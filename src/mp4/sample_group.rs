//! Sample groups of type `seig` (ISO/IEC 23001-7:2016 clause 6) in `sgpd` and `sbgp` (14496-12 clauses
//! 8.9.2 and 8.9.3): samples whose encryption differs from their track's defaults.

use super::protection::Defaults;
use super::{Boxes, FullBox};
use crate::bytes::Reader;
use crate::error::{Code, Error, Result};

/// Descriptions in the same `traf` are numbered from here on.
const IN_FRAGMENT: u32 = 0x1_0000;

/// The groups that a `traf` or an `stbl` states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleGroups {
    /// The descriptions (`sgpd`).
    pub descriptions: Descriptions,
    /// For each run of samples its length and the number of its description (`sbgp`).
    pub runs: Vec<(u32, u32)>,
}

/// The descriptions of an `sgpd`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Descriptions {
    /// In the order of their numbers, from 1.
    pub list: Vec<Defaults>,
    /// The number of the one that holds for samples of which no `sbgp` says anything; 0 for the track's defaults.
    pub default: u32,
}

impl SampleGroups {
    /// Reads the `seig` groups among the children of `traf` or `stbl`.
    pub fn read(boxes: &Boxes<'_>, scheme: [u8; 4]) -> Result<Self> {
        let mut groups = Self::default();
        for child in boxes.clone() {
            let (kind, content) = child?;
            match &kind.0 {
                b"sgpd" => groups.read_sgpd(content, scheme).map_err(|error| error.in_box("sgpd"))?,
                b"sbgp" => groups.read_sbgp(content).map_err(|error| error.in_box("sbgp"))?,
                _ => (),
            }
        }
        Ok(groups)
    }

    /// The descriptions in force for each sample in turn, as `(samples, description)`; `None` stands for
    /// the track's defaults. `in_track` are the descriptions of the track's own `sgpd`.
    pub fn resolve<'a>(&'a self, in_track: &'a Descriptions) -> Result<Vec<(u32, Option<&'a Defaults>)>> {
        let own = &self.descriptions;
        let resolve = |(count, number): (u32, u32)| {
            let (list, index) = if number > IN_FRAGMENT {
                (&own.list, number - IN_FRAGMENT)
            } else if in_track.list.is_empty() {
                // Within `stbl` itself, and by writers that count from 1 in fragments too.
                (&own.list, number)
            } else {
                (&in_track.list, number)
            };
            match index {
                0 => Ok((count, None)),
                index => list.get(index as usize - 1).map(|found| (count, Some(found))).ok_or_else(|| {
                    let message = message!(
                        "a sample group has number {index}, but there are {count} descriptions",
                        index,
                        count = list.len()
                    );
                    Error::new(Code::Mp4BoxInvalid, message).in_box("sbgp")
                }),
            }
        };
        // Behind the last run: what a fragment's own `sgpd` says, else the track's.
        let behind = match (own.default, in_track.default) {
            (0, 0) => None,
            (0, number) => Some(number),
            (number @ 1..=IN_FRAGMENT, _) if !in_track.list.is_empty() => Some(IN_FRAGMENT + number),
            (number, _) => Some(number),
        };
        self.runs.iter().copied().chain(behind.map(|number| (u32::MAX, number))).map(resolve).collect()
    }

    fn read_sgpd(&mut self, mut reader: Reader<'_>, scheme: [u8; 4]) -> Result<()> {
        let version = FullBox::read(&mut reader)?.version;
        if reader.array()? != *b"seig" {
            return Ok(());
        }
        // Version 0 states no length: an entry of `seig` ends where its syntax does. Version 2 has what version 1 has.
        let default_length = if version > 0 { reader.u32()? } else { 0 };
        if version > 1 {
            self.descriptions.default = reader.u32()?; // default_group_description_index
        }
        for _ in 0..reader.u32()? {
            if version == 0 {
                self.descriptions.list.push(read_seig(&mut reader, scheme)?);
                continue;
            }
            let length = if default_length > 0 { default_length } else { reader.u32()? };
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            self.descriptions.list.push(read_seig(&mut reader.sub(length)?, scheme)?);
        }
        Ok(())
    }

    fn read_sbgp(&mut self, reader: Reader<'_>) -> Result<()> {
        self.runs.extend(read_runs(reader, *b"seig")?.unwrap_or_default());
        Ok(())
    }
}

/// The runs of an `sbgp` of this grouping type; `None` for one of another.
fn read_runs(mut reader: Reader<'_>, grouping_type: [u8; 4]) -> Result<Option<Vec<(u32, u32)>>> {
    let version = FullBox::read(&mut reader)?.version;
    if reader.array()? != grouping_type {
        return Ok(None);
    }
    if version == 1 {
        reader.skip(4)?; // grouping_type_parameter
    }
    let mut runs = Vec::new();
    for _ in 0..reader.u32()? {
        runs.push((reader.u32()?, reader.u32()?));
    }
    Ok(Some(runs))
}

/// The samples of a `traf` or an `stbl` at which open groups of pictures start: those in a group of type `rap ` (ISO/IEC
/// 14496-12 clause 10.4). They are no sync samples for writers that keep to its letter, and segments may start there.
/// Runs of samples, and whether they are such.
pub fn open_starts(boxes: &Boxes<'_>) -> Result<Vec<(u32, bool)>> {
    for child in boxes.clone() {
        let (kind, content) = child?;
        if kind.0 == *b"sbgp"
            && let Some(runs) = read_runs(content, *b"rap ").map_err(|error| error.in_box("sbgp"))?
        {
            return Ok(runs.into_iter().map(|(count, description)| (count, description > 0)).collect());
        }
    }
    Ok(Vec::new())
}

/// `CencSampleEncryptionInformationGroupEntry`.
fn read_seig(reader: &mut Reader<'_>, scheme: [u8; 4]) -> Result<Defaults> {
    reader.skip(1)?;
    let pattern = reader.u8()?;
    Defaults::read(reader, scheme, pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Writer;
    use crate::mp4::protection::Tenc;
    use crate::mp4::protection::put_sample_group;

    fn tenc() -> Tenc {
        Tenc {
            scheme: *b"cbcs",
            default_crypt_byte_block: 1,
            default_skip_byte_block: 9,
            default_kid: [5; 16],
            default_per_sample_iv_size: 0,
            default_constant_iv: vec![6; 16],
        }
    }

    #[test]
    fn what_put_sample_group_writes_is_read() {
        let mut out = Writer::new();
        put_sample_group(&mut out, 12, &tenc());
        let bytes = out.into_vec();
        let groups = SampleGroups::read(&Boxes::new(crate::mp4::reader(&bytes, 0)), *b"cbcs").unwrap();
        let defaults = Defaults { is_protected: true, tenc: tenc() };
        assert_eq!(groups.resolve(&Descriptions::default()).unwrap(), [(12, Some(&defaults))]);
    }

    #[test]
    fn version_2_has_a_length_and_the_description_of_samples_in_no_run() {
        let mut out = Writer::new();
        crate::mp4::put_full(&mut out, b"sgpd", 2, 0, |out| {
            out.bytes(b"seig").u32(37).u32(1).u32(1); // default_length, default_group_description_index, entry_count
            out.u8(0).u8(0x19).u8(1).u8(0).bytes(&[5; 16]).u8(16).bytes(&[6; 16]);
        });
        crate::mp4::put_full(&mut out, b"sbgp", 0, 0, |out| {
            out.bytes(b"seig").u32(1).u32(3).u32(0);
        });
        let bytes = out.into_vec();
        let groups = SampleGroups::read(&Boxes::new(crate::mp4::reader(&bytes, 0)), *b"cbcs").unwrap();
        let defaults = Defaults { is_protected: true, tenc: tenc() };
        assert_eq!(groups.resolve(&Descriptions::default()).unwrap(), [(3, None), (u32::MAX, Some(&defaults))]);
        // Those of the track hold in its fragments.
        let fragment = SampleGroups::default();
        assert_eq!(fragment.resolve(&groups.descriptions).unwrap(), [(u32::MAX, Some(&defaults))]);
    }

    #[test]
    fn open_starts_are_the_samples_in_a_group_of_their_type() {
        let group = |kind: &[u8; 4], runs: &[(u32, u32)]| {
            let mut out = Writer::new();
            crate::mp4::put_full(&mut out, b"sbgp", 0, 0, |out| {
                out.bytes(kind).u32(u32::try_from(runs.len()).unwrap());
                for &(count, description) in runs {
                    out.u32(count).u32(description);
                }
            });
            out.into_vec()
        };
        let bytes = [group(b"roll", &[(9, 1)]), group(b"rap ", &[(50, 0), (1, 1), (49, 0), (1, 0x1_0001)])].concat();
        let starts = open_starts(&Boxes::new(crate::mp4::reader(&bytes, 0))).unwrap();
        assert_eq!(starts, [(50, false), (1, true), (49, false), (1, true)]);
        assert_eq!(open_starts(&Boxes::new(crate::mp4::reader(&bytes[..28], 0))).unwrap(), []);
    }

    #[test]
    fn a_number_without_a_description_is_refused() {
        let in_track = Descriptions::default();
        let groups = SampleGroups { runs: vec![(1, IN_FRAGMENT + 1)], ..SampleGroups::default() };
        assert_eq!(groups.resolve(&in_track).unwrap_err().code, Code::Mp4BoxInvalid);
        let none = SampleGroups { runs: vec![(7, 0)], ..SampleGroups::default() };
        assert_eq!(none.resolve(&in_track).unwrap(), [(7, None)]);
    }
}
