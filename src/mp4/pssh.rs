//! `pssh` (ISO/IEC 23001-7:2016 clause 8.1).

use super::put_full;
use crate::bytes::Writer;

/// A protection system specific header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pssh<'a> {
    /// The system's UUID.
    pub system_id: [u8; 16],
    /// The key ids; none makes a box of version 0, which can't list them.
    pub kids: &'a [[u8; 16]],
    /// The system's own data.
    pub data: &'a [u8],
}

impl Pssh<'_> {
    /// The whole box.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        let version = u8::from(!self.kids.is_empty());
        put_full(&mut out, b"pssh", version, 0, |out| {
            out.bytes(&self.system_id);
            if version == 1 {
                out.u32(u32::try_from(self.kids.len()).expect("few key ids"));
                for kid in self.kids {
                    out.bytes(kid);
                }
            }
            out.u32(u32::try_from(self.data.len()).expect("a small payload")).bytes(self.data);
        });
        out.into_vec()
    }
}
