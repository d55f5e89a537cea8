//! Doing the same request once, however often it arrives (`Idempotency-Key`).
//!
//! What was made is remembered in the commit that makes it, so that there is no moment at which one is
//! there without the other. Secrets are not remembered: an answer given again is without them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use usher_domain::ids::TokenId;
use usher_domain::time::{HOUR, Instant};
use usher_store::{OrgWrites, Owner, Scope, Writes};

use super::refusal::Refusal;
use super::stored::{kind, records};

/// How long the same request is answered again, in microseconds.
pub const REMEMBERED_FOR: i64 = 24 * HOUR;

/// An idempotency key of a token, with what it was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    key: [u8; 32],
    request: [u8; 32],
}

impl Once {
    /// The client's key and a hash of its request.
    pub fn new(key: &str, request: [u8; 32]) -> Once {
        Once { key: Sha256::digest(key.as_bytes()).into(), request }
    }

    /// Keys of different tokens have nothing to do with each other.
    #[must_use]
    pub fn of(self, token: TokenId) -> Once {
        let key = Sha256::new().chain_update(token.as_bytes()).chain_update(self.key).finalize();
        Once { key: key.into(), ..self }
    }

    /// What the same request made before and the version it was given; nothing if it did not come before.
    pub(crate) async fn recall<T, O>(&self, scope: &Scope<O>) -> Result<Option<(u64, T)>, Refusal>
    where
        T: DeserializeOwned,
        O: Owner,
    {
        let Some(found) = scope.get::<Remembered>(&self.key).await? else { return Ok(None) };
        if found.record.request != self.request {
            return Err(Refusal::OnceReused);
        }
        // What cannot be read was made by another version of the host: it must not be made twice.
        let made = serde_json::from_value(found.record.made).map_err(|_| Refusal::OnceReused)?;
        Ok(Some((found.version, made)))
    }

    /// Remembers what is made, in the commit that makes it.
    pub(crate) fn remember<T, O>(&self, writes: &mut Writes<O>, made: &T)
    where
        T: Serialize,
        O: Owner,
    {
        let made = serde_json::to_value(made).unwrap_or_default();
        writes.insert(&self.key, &Remembered { request: self.request, made });
    }

    /// Has it forgotten when its time is over, wherever it is remembered.
    pub(crate) fn forget_in_time(&self, writes: &mut OrgWrites, now: Instant) {
        writes.schedule::<Remembered>(now.plus(REMEMBERED_FOR).as_micros(), &self.key);
    }
}

/// What was made by a request, as it was at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    request: [u8; 32],
    made: serde_json::Value,
}

records!(Remembered = kind::REMEMBERED, version 1, by [u8; 32]);
