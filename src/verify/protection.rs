//! `pssh` boxes and key ids.

use std::collections::BTreeSet;

use super::finding::{Finding, FindingCode, Findings};
use crate::bytes::Reader;
use crate::error::{Code, Error, Message, Result};
use crate::keys::{KeyId, uuid};
use crate::mp4::{BoxHeader, FullBox};

/// What a `pssh` box says.
#[derive(Debug, Clone)]
pub(super) struct PsshFacts {
    pub(super) file: String,
    pub(super) offset: u64,
    /// Whether it stands in `moov` and is for the whole track; else in a fragment's `moof`.
    pub(super) is_in_moov: bool,
    pub(super) system_id: [u8; 16],
    /// The key ids that it lists; `None` where it lists none (version 0 of a system whose data we don't read).
    pub(super) kids: Option<Vec<KeyId>>,
}

impl PsshFacts {
    /// Those of a track's own key ids that no box of the same system lists: a system may have a box for each key.
    pub(super) fn unlisted(&self, own: &BTreeSet<KeyId>, boxes: &[Self]) -> BTreeSet<KeyId> {
        let of_system = || boxes.iter().filter(|pssh| pssh.system_id == self.system_id);
        let is_listed = |kid: &KeyId| of_system().any(|pssh| pssh.kids.iter().flatten().any(|listed| listed == kid));
        let mut unlisted = BTreeSet::new();
        unlisted.extend(own.iter().copied().filter(|kid| !is_listed(kid)));
        unlisted
    }
}

/// Widevine (dashif.org/identifiers/content_protection).
const WIDEVINE: [u8; 16] =
    [0xed, 0xef, 0x8b, 0xa9, 0x79, 0xd6, 0x4a, 0xce, 0xa3, 0xc8, 0x27, 0xdc, 0xd5, 0x1d, 0x21, 0xed];

/// Reads the content of a `pssh` box (ISO/IEC 23001-7:2016 clause 8.1).
pub(super) fn read_pssh(mut content: Reader<'_>, file: &str) -> Result<PsshFacts> {
    let offset = content.offset();
    let version = FullBox::read(&mut content)?.version;
    let system_id = content.array()?;
    let mut kids = None;
    if version > 0 {
        let mut listed = Vec::new();
        for _ in 0..content.u32()? {
            listed.push(KeyId(content.array()?));
        }
        kids = Some(listed);
    }
    let size = content.u32()?;
    let data = content.take(usize::try_from(size).unwrap_or(usize::MAX))?;
    if !content.is_empty() {
        let message = message!("{content} bytes follow the box's data", content = content.rest().len());
        return Err(Error::new(Code::Mp4BoxInvalid, message).at(content.offset()));
    }
    if kids.is_none() && system_id == WIDEVINE {
        kids = Some(widevine_kids(data)).filter(|kids| !kids.is_empty());
    }
    Ok(PsshFacts { file: file.to_owned(), offset, is_in_moov: false, system_id, kids })
}

/// Reads whole boxes that stand behind each other, as `cenc:pssh` has them.
pub(super) fn read_pssh_boxes(bytes: &[u8], file: &str) -> Result<Vec<PsshFacts>> {
    let mut reader = crate::mp4::reader(bytes, 0);
    let mut found = Vec::new();
    while !reader.is_empty() {
        let mut inner = reader.clone();
        let header = BoxHeader::read(&mut inner, reader.rest().len() as u64, false)?;
        if header.kind.0 != *b"pssh" {
            return Err(Error::new(Code::Mp4BoxInvalid, message!("the box is {kind} and no pssh", kind = header.kind)));
        }
        let size = usize::try_from(header.size).expect("a box lies within a slice");
        let content = usize::try_from(header.size - header.header_size).expect("a box lies within a slice");
        found.push(read_pssh(inner.sub(content)?, file)?);
        reader.skip(size)?;
    }
    Ok(found)
}

/// The `key_ids` (field 2) of Widevine's protobuf message; none where it can't be read.
fn widevine_kids(data: &[u8]) -> Vec<KeyId> {
    fn varint(data: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let (&byte, rest) = data.split_first()?;
            *data = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
    let mut kids = Vec::new();
    let mut rest = data;
    while let Some(tag) = varint(&mut rest) {
        match tag & 7 {
            0 => {
                if varint(&mut rest).is_none() {
                    break;
                }
            }
            2 => {
                let size = varint(&mut rest).and_then(|size| usize::try_from(size).ok());
                let Some((field, behind)) = size.and_then(|size| rest.split_at_checked(size)) else { break };
                rest = behind;
                if let (2, Ok(kid)) = (tag >> 3, field.try_into()) {
                    kids.push(KeyId(kid));
                }
            }
            _ => break,
        }
    }
    kids
}

/// Checks the key ids that a `pssh` lists: the track's own among them, and none that nothing has.
pub(super) fn check_pssh(
    findings: &mut Findings,
    pssh: &PsshFacts,
    boxes: &str,
    own: &BTreeSet<KeyId>,
    known: &BTreeSet<KeyId>,
) {
    let Some(kids) = &pssh.kids else { return };
    let system = uuid(&pssh.system_id);
    let mut wrong = |message: Message| {
        findings.add(Finding::new(FindingCode::PsshKidWrong, &pssh.file, message).in_box(boxes).at(pssh.offset));
    };
    if let Some(kid) = kids.iter().find(|kid| !known.contains(kid)) {
        wrong(message!(
            "the pssh of {system} lists key id {kid}, and nothing is encrypted with it",
            system,
            kid = kid.to_hex()
        ));
    }
    if let Some(kid) = own.iter().find(|kid| !kids.contains(kid)) {
        wrong(message!("the pssh of {system} doesn't list the track's key id {kid}", system, kid = kid.to_hex()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn the_widevine_box_of_the_published_vector() {
        // PallyCon's guide: key id cbbc38b6… in a Widevine message.
        let data = hex!("1210cbbc38b6b50dab53f8263e06b7382aa3 1a0564727a6f6e 48e3dc959b06");
        assert_eq!(widevine_kids(&data), [KeyId(hex!("cbbc38b6b50dab53f8263e06b7382aa3"))]);
        assert_eq!(widevine_kids(&hex!("12ff")), []);
    }

    #[test]
    fn boxes_behind_each_other_are_all_read() {
        let common = hex!(
            "00000034 70737368 01000000 1077efecc0b24d02ace33c1e52e2fb4b 00000001"
            "30313233343536373839303132333435 00000000"
        );
        let twice = [common, common].concat();
        let read = read_pssh_boxes(&twice, "x").unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].kids, Some(vec![KeyId(*b"0123456789012345")]));
        assert!(read_pssh_boxes(&twice[..60], "x").is_err());
    }
}
