//! `pssh` (ISO/IEC 23001-7:2016 clause 8.1).

use super::{FullBox, put_full};
use crate::bytes::{Reader, Writer};
use crate::error::{Code, Error, Result};

/// A protection system specific header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pssh {
    /// The system's UUID.
    pub system_id: [u8; 16],
    /// The key ids; none makes a box of version 0, which can't list them.
    pub kids: Vec<[u8; 16]>,
    /// The system's own data.
    pub data: Vec<u8>,
}

impl Pssh {
    /// Reads the content of a box.
    pub fn read(mut content: Reader<'_>) -> Result<Self> {
        let FullBox { version, .. } = FullBox::read(&mut content)?;
        let system_id = content.array()?;
        let mut kids = Vec::new();
        if version > 0 {
            for _ in 0..content.u32()? {
                kids.push(content.array()?);
            }
        }
        let size = usize::try_from(content.u32()?).map_err(|_| {
            Error::new(Code::Mp4BoxTruncated, message!("the data doesn't fit into the box")).in_box("pssh")
        })?;
        Ok(Self { system_id, kids, data: content.take(size)?.to_vec() })
    }

    /// The whole box.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        let version = u8::from(!self.kids.is_empty());
        put_full(&mut out, b"pssh", version, 0, |out| {
            out.bytes(&self.system_id);
            if version == 1 {
                out.u32(u32::try_from(self.kids.len()).expect("few key ids"));
                for kid in &self.kids {
                    out.bytes(kid);
                }
            }
            out.u32(u32::try_from(self.data.len()).expect("a small payload")).bytes(&self.data);
        });
        out.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Pssh> {
        Pssh::read(crate::mp4::reader(&bytes[8..], 8))
    }

    #[test]
    fn what_was_written_is_read() {
        for kids in [Vec::new(), vec![[1; 16], [2; 16]]] {
            let pssh = Pssh { system_id: [9; 16], kids, data: b"data".to_vec() };
            assert_eq!(read(&pssh.to_bytes()).unwrap(), pssh);
        }
    }

    #[test]
    fn a_count_that_the_box_has_no_room_for_is_refused() {
        let mut bytes = Pssh { system_id: [9; 16], kids: vec![[1; 16]], data: Vec::new() }.to_bytes();
        bytes[28..32].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(read(&bytes).unwrap_err().code, Code::Mp4BoxTruncated);
    }
}
