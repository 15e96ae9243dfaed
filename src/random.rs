//! Key ids, keys and IVs drawn from a seed.
//!
//! The host gives 32 bytes from the platform's secure source (or, for reproducible output, bytes of
//! the user's); AES-256 in counter mode over the seed makes as many independent values as a plan
//! needs, each by its own label, so that every worker draws the same.

use aes::Aes256;
use cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

/// A seed, wiped from memory when dropped and absent from `Debug`.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

impl Seed {
    /// A seed of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The 16 bytes that belong to `label` and `index`.
    pub fn draw(&self, label: &[u8; 8], index: u64) -> [u8; 16] {
        let mut block = [0; 16];
        block[..8].copy_from_slice(label);
        block[8..].copy_from_slice(&index.to_be_bytes());
        let mut block = block.into();
        Aes256::new(&(*self.0).into()).encrypt_block(&mut block);
        block.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_and_index_draws_another_value_again_and_again() {
        let seed = Seed::new([7; 32]);
        let drawn = [seed.draw(b"key     ", 0), seed.draw(b"key     ", 1), seed.draw(b"iv      ", 0)];
        assert!(drawn[0] != drawn[1] && drawn[0] != drawn[2]);
        assert_eq!(seed.draw(b"key     ", 0), drawn[0]);
        assert_eq!(format!("{seed:?}"), "Seed(…)");
    }
}
