//! What DRM systems want beside the encryption: system ids and the data in their `pssh` boxes.

use crate::keys::KeyId;
use crate::mp4::pssh::Pssh;

/// The W3C common system (`urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b`): its box lists key ids and
/// holds nothing else, so that any key system can read them ("cenc" Initialization Data Format, clause 4).
pub const W3C_COMMON: [u8; 16] =
    [0x10, 0x77, 0xef, 0xec, 0xc0, 0xb2, 0x4d, 0x02, 0xac, 0xe3, 0x3c, 0x1e, 0x52, 0xe2, 0xfb, 0x4b];

/// The common system's `pssh` box: version 1, all key ids, no data.
pub fn common_pssh(kids: &[KeyId]) -> Vec<u8> {
    let kids: Vec<[u8; 16]> = kids.iter().map(|kid| kid.0).collect();
    Pssh { system_id: W3C_COMMON, kids: &kids, data: &[] }.to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn the_common_box_of_the_w3c_example() {
        // "cenc" Initialization Data Format, section 4.1: the example box, one key id.
        let kid = KeyId(*b"0123456789012345");
        let expected = hex!(
            "00000034 70737368 01000000 1077efecc0b24d02ace33c1e52e2fb4b 00000001"
            "30313233343536373839303132333435 00000000"
        );
        assert_eq!(common_pssh(&[kid]), expected);
    }
}
