//! Secrets that the host must read again, as what signs webhooks: sealed where they are kept, under a key that is not
//! in the store, so that neither a backup nor a copied store tells them.
//!
//! XChaCha20-Poly1305 under a nonce of random bytes, bound to the id of whatever the secret belongs to: what is moved
//! elsewhere or changed does not open. Must not know what a secret is for.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

/// Bytes of a nonce.
pub const NONCE: usize = 24;

/// A secret as it is kept: nonce, then ciphertext and tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(#[serde(with = "serde_bytes")] Vec<u8>);

impl From<Vec<u8>> for Sealed {
    fn from(bytes: Vec<u8>) -> Sealed {
        Sealed(bytes)
    }
}

impl From<Sealed> for Vec<u8> {
    fn from(sealed: Sealed) -> Vec<u8> {
        sealed.0
    }
}

/// A secret cannot be read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret was sealed under a key that this host does not have: make a new one")]
pub struct Lost;

/// Seals and opens.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// Under a key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Vault {
        Vault(XChaCha20Poly1305::new(key.into()))
    }

    /// Seals a secret of `owner`. The nonce is of random bytes, never used before.
    #[must_use]
    pub fn seal(&self, secret: &[u8], owner: &[u8], nonce: [u8; NONCE]) -> Sealed {
        let payload = Payload { msg: secret, aad: owner };
        let sealed =
            self.0.encrypt(&XNonce::from(nonce), payload).expect("a secret is shorter than the cipher's bound");
        Sealed([&nonce[..], &sealed].concat())
    }

    /// Opens a secret of `owner`.
    pub fn open(&self, sealed: &Sealed, owner: &[u8]) -> Result<Vec<u8>, Lost> {
        let (nonce, sealed) = sealed.0.split_first_chunk::<NONCE>().ok_or(Lost)?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: owner }).map_err(|_| Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_as_it_was_alone() {
        let vault = Vault::new(&[1; 32]);
        let sealed = vault.seal(b"geheim", b"whk_1", [9; NONCE]);
        assert_eq!(vault.open(&sealed, b"whk_1").unwrap(), b"geheim");
        assert!(!sealed.0.windows(6).any(|part| part == b"geheim"));
        assert_eq!(vault.open(&sealed, b"whk_2"), Err(Lost), "another's");
        assert_eq!(Vault::new(&[2; 32]).open(&sealed, b"whk_1"), Err(Lost), "another key");
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert_eq!(vault.open(&changed, b"whk_1"), Err(Lost), "byte {at}");
            changed.0.truncate(at);
            assert_eq!(vault.open(&changed, b"whk_1"), Err(Lost), "cut off at {at}");
        }
    }
}
