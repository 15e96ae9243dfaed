//! Common Encryption, ISO/IEC 23001-7: schemes, subsamples and ciphers; and the whole segments and the SAMPLE-AES
//! of HLS; keys wrapped under keys. Knows no container.

mod aes128;
#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod bitslice;
mod cipher;
mod decrypt;
pub mod key_wrap;
pub mod sample_aes;
mod scheme;
mod subsample;
mod whole;

pub use cipher::Chains;
pub use decrypt::Decryptor;
pub use scheme::{Mode, Pattern, Scheme};
pub use subsample::{Protect, Subsample, layout};
pub use whole::{encrypt_segment, iv_of_sequence_number, padded_size};
