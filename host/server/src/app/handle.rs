//! Unguessable texts handed out once and kept as a hash: links of invitations, receipts of applicants.
//!
//! With 192 random bits a slow hash would add nothing but load.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::App;

const BYTES: usize = 24;

/// An unguessable text. Its debug form hides it.
pub struct Handle(String);

impl Handle {
    pub(crate) fn new(app: &App) -> Handle {
        Handle(BASE64URL_NOPAD.encode(&app.random::<BYTES>()))
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Handle::hash_of(&self.0)
    }

    /// What would be kept of a text, whether it is a handle or not.
    pub(crate) fn hash_of(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }

    /// The text, for the mail that carries it.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The text, to be shown once.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle(…)")
    }
}
