//! HLS keys of no DRM system: `KEYFORMAT="identity"`, with a key file. Key servers name them by ids as they do systems.

use super::Asked;

/// A kind of such keys.
#[derive(Debug)]
pub struct IdentityKeys {
    /// The name in lower case.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The id by which key servers know it.
    pub id: [u8; 16],
    /// What a key server is asked for.
    pub asked: &'static [Asked],
}

/// The kinds. NCG is `DoveRunner`'s own system, whose servers wrap the key file.
pub const IDENTITY_KEYS: [IdentityKeys; 4] = [
    IdentityKeys {
        name: "hls-ncg-aes",
        title: "HLS AES-128, the key file wrapped for NCG", // and SPEKE 1's id of any HLS AES-128
        id: 0x8137_6844_f976_481e_a84e_cc25_d39b_0b33_u128.to_be_bytes(),
        asked: &[Asked::KeyUri, Asked::Playlists],
    },
    IdentityKeys {
        name: "hls-ncg-sample-aes",
        title: "HLS SAMPLE-AES, the key file wrapped for NCG",
        id: 0x4858_2a1d_1ff4_426e_8cd5_0642_4fcc_578c_u128.to_be_bytes(),
        asked: &[],
    },
    IdentityKeys {
        name: "clear-aes",
        title: "HLS AES-128 with a key in the clear",
        id: 0x3ea8_778f_7742_4bf9_b18b_e834_b2ac_bd47_u128.to_be_bytes(),
        asked: &[Asked::KeyUri, Asked::Playlists],
    },
    IdentityKeys {
        name: "clear-sample-aes",
        title: "HLS SAMPLE-AES with a key in the clear",
        id: 0xbe58_615b_19c4_4684_88b3_c8c5_7e99_e957_u128.to_be_bytes(),
        asked: &[Asked::KeyUri, Asked::Playlists],
    },
];

/// The systems by whose ids key servers send a key itself in place of its URI: NCG, whose files can't be made.
pub const KEYS_AS_URIS: [[u8; 16]; 1] = [0xd9e4_411a_e886_4909_a380_a77f_28d5_2335_u128.to_be_bytes()];

/// Whether an id is that of such keys rather than of a system.
pub fn is_identity(id: &[u8; 16]) -> bool {
    IDENTITY_KEYS.iter().any(|keys| keys.id == *id)
}
