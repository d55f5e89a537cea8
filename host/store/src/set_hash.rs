//! A hash of everything that is stored, kept up to date entry by entry.
//!
//! Owns nothing but the sum. It tells whether two sets of entries are the same, whatever the order they came
//! in; it guards against damage, not against an attacker.

use sha2::{Digest, Sha256};

use crate::{Key, entry::Entry};

/// The sum of the hashes of all entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SetHash(u128);

impl SetHash {
    pub(crate) fn insert(&mut self, key: &Key, entry: &Entry) {
        self.0 = self.0.wrapping_add(hash(key, entry));
    }

    pub(crate) fn remove(&mut self, key: &Key, entry: &Entry) {
        self.0 = self.0.wrapping_sub(hash(key, entry));
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

fn hash(key: &Key, entry: &Entry) -> u128 {
    let key = key.as_bytes();
    let hash: [u8; 32] = Sha256::new()
        .chain_update((key.len() as u64).to_be_bytes())
        .chain_update(key)
        .chain_update(entry.version.to_be_bytes())
        .chain_update([entry.form as u8])
        .chain_update(&entry.value)
        .finalize()
        .into();
    let (half, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
    u128::from_be_bytes(*half)
}
