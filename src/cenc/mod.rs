//! Common Encryption, ISO/IEC 23001-7: schemes, subsamples and ciphers. Knows no container.

mod cipher;
mod decrypt;
mod scheme;
mod subsample;

pub use cipher::Chains;
pub use decrypt::Decryptor;
pub use scheme::{Mode, Pattern, Scheme};
pub use subsample::{Protect, Subsample, layout};
