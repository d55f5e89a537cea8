//! Secrets of webhooks, and what they sign.
//!
//! ```
//! use usher_server::app::webhooks::signature::{Secret, sign};
//!
//! let secret = Secret::from_bytes([7; 32]);
//! assert!(secret.reveal().starts_with("whsec_"));
//! assert!(sign(&[secret], "evt_1", 1_700_000_000, b"{}").starts_with("v1,"));
//! ```

use data_encoding::BASE64;
use usher_domain::ids::WebhookId;

use crate::app::App;
use crate::app::standard_webhooks::{Message, SECRET_PREFIX};
use crate::app::vault::{Lost, Sealed, Vault};

/// What signs: shown once, kept sealed because it must sign. Its debug form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret of random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Secret {
        Secret(bytes.to_vec())
    }

    /// As it is kept for a webhook.
    pub(super) fn seal(&self, app: &App, id: WebhookId) -> Sealed {
        app.vault.seal(&self.0, id.as_bytes(), app.random())
    }

    /// As it was before it was sealed.
    pub(super) fn open(vault: &Vault, id: WebhookId, sealed: &Sealed) -> Result<Secret, Lost> {
        vault.open(sealed, id.as_bytes()).map(Secret)
    }

    /// `whsec_…`, to be shown to whoever asked for it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{SECRET_PREFIX}{}", BASE64.encode(&self.0))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `webhook-signature`: one signature for each secret.
pub fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let message = Message { id, timestamp: &timestamp.to_string(), signatures: "", body };
    secrets.iter().map(|secret| message.signature(&secret.0)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_signatures_are_those_of_the_standard() {
        // The example that Standard Webhooks' own libraries are tested with.
        let secret = Secret(BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let body = br#"{"test": 2432232314}"#;
        let sign = |secrets: &[Secret]| sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(sign(std::slice::from_ref(&secret)), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = sign(&[Secret::from_bytes([1; 32]), secret]);
        assert!(both.ends_with(" v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), "{both}");
        assert_eq!(both.matches("v1,").count(), 2);
    }

    #[test]
    fn a_secret_is_not_shown_by_chance() {
        let secret = Secret::from_bytes([9; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
