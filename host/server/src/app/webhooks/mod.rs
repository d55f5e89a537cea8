//! Webhooks: an organisation's events, taken in order and at least once to where it wants them (R43).
//!
//! A webhook has a cursor over the event stream, not a message for each event: the commit that appends events has
//! the webhooks of its organisation fall due (`wake`), the worker has the [`pool`] serve them, and [`delivery`]
//! moves the cursor behind what was taken. [`endpoints`] is what admins do. Must not know HTTP: that is
//! [`crate::ports::WebhookSender`].

pub mod delivery;
pub mod endpoints;
pub mod pool;
pub mod signature;

use serde::{Deserialize, Serialize};
use usher_domain::ids::{EventId, WebhookId};
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, StoreError, Stored};

use self::signature::Secret;
use super::stored::{kind, records};
use super::vault::{Lost, Sealed, Vault};

/// Most webhooks of an organisation: they are in one record, and each is served at the same time as the others.
pub const MAX_WEBHOOKS: usize = 8;
/// Attempts that are kept of each webhook.
pub const ATTEMPTS_KEPT: u64 = 100;

/// All webhooks of the organisation in one record, which the commit of an event reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Webhooks {
    /// Oldest first.
    pub webhooks: Vec<Webhook>,
}

records!(Webhooks = kind::WEBHOOKS, version 1, by ());

/// Whether a webhook is sent to, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is.
    Enabled,
    /// An admin switched it off.
    Disabled,
    /// It failed for too long.
    Failing,
    /// It answered that it is gone.
    Gone,
}

/// Where events are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// Types of events that are sent; empty for all.
    pub types: Vec<String>,
    /// Whether it is sent to.
    pub state: State,
    /// What signs, a [`Secret`].
    pub secret: Sealed,
    /// What signs too, until a moment: whoever checks has that long to learn the new one.
    pub former: Option<(Sealed, Instant)>,
    /// When it was made.
    pub created_at: Instant,
}

impl Webhook {
    fn wants(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind)
    }

    /// What signs at a moment, newest first: the newest, and a former one if it can be read still.
    fn secrets(&self, vault: &Vault, at: Instant) -> Result<Vec<Secret>, Lost> {
        let newest = Secret::open(vault, self.id, &self.secret)?;
        let former = self.former.as_ref().filter(|(_, end)| at < *end);
        let former = former.and_then(|(sealed, _)| Secret::open(vault, self.id, sealed).ok());
        Ok(std::iter::once(newest).chain(former).collect())
    }
}

/// How far a webhook has come. Also the work that falls due: serving the webhook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// All events up to this number were delivered, or are of no type that is wanted.
    pub after: u64,
    /// Times that the event after it was not taken.
    pub attempts: u32,
    /// Since when nothing was taken.
    pub failing_since: Option<Instant>,
    /// Before this moment it is not tried again.
    pub retry_at: Option<Instant>,
    /// Attempts ever made.
    pub attempted: u64,
}

records!(Cursor = kind::WEBHOOK_CURSOR, version 1, by WebhookId);

/// How one attempt to deliver went, by its number. Holds nothing of what was sent or answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Instant,
    /// Which event.
    pub event: EventId,
    /// Its place; nothing for a ping.
    pub seq: Option<u64>,
    /// HTTP status that was answered.
    pub status: Option<u16>,
    /// Milliseconds.
    pub took: u64,
    /// Why there was no answer.
    pub error: Option<String>,
}

records!(Attempt = kind::WEBHOOK_ATTEMPT, version 1, by (WebhookId, u64));

impl Attempt {
    /// Whether the event was taken.
    fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the target says that it is there no more, as Standard Webhooks has it.
    fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// All webhooks of the organisation, as they are now; version 0 if there never was one.
async fn all(scope: &OrgScope) -> Result<Stored<Webhooks>, StoreError> {
    let found = scope.get::<Webhooks>(&()).await?;
    Ok(found.unwrap_or_else(|| Stored { version: 0, record: Webhooks::default() }))
}

/// Writes them over those that were read.
fn keep(writes: &mut OrgWrites, version: u64, webhooks: &Webhooks) {
    match version {
        0 => writes.insert(&(), webhooks),
        version => writes.replace(&(), version, webhooks),
    }
}

/// Has the organisation's webhooks served once the plan, which appends events, is committed.
pub(super) async fn wake(scope: &OrgScope, writes: &mut OrgWrites, at: Instant) -> Result<(), StoreError> {
    let found = all(scope).await?.record.webhooks;
    for webhook in found.iter().filter(|webhook| webhook.state == State::Enabled) {
        writes.schedule::<Cursor>(at.as_micros(), &webhook.id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: WebhookId = WebhookId::from_bytes([1; 16]);

    fn sealed(key: u8, secret: u8) -> Sealed {
        Vault::new(&[key; 32]).seal(&[secret; 32], ID.as_bytes(), [secret; 24])
    }

    #[test]
    fn r43_what_signs_is_the_newest_secret_and_a_former_one_until_its_end() {
        let check = |secret: Sealed, former: Option<Sealed>, at: i64, signs: Result<&[u8], Lost>| {
            let webhook = Webhook {
                id: ID,
                url: String::new(),
                types: Vec::new(),
                state: State::Enabled,
                secret,
                former: former.map(|former| (former, Instant::from_micros(10))),
                created_at: Instant::from_micros(0),
            };
            let signs = signs.map(|bytes| bytes.iter().map(|byte| Secret::from_bytes([*byte; 32])).collect());
            assert_eq!(webhook.secrets(&Vault::new(&[1; 32]), Instant::from_micros(at)), signs);
        };
        check(sealed(1, 7), None, 0, Ok(&[7]));
        check(sealed(1, 7), Some(sealed(1, 8)), 9, Ok(&[7, 8]));
        check(sealed(1, 7), Some(sealed(1, 8)), 10, Ok(&[7]));
        // Sealed under a key that was lost: a new secret is all it takes.
        check(sealed(1, 7), Some(sealed(2, 8)), 9, Ok(&[7]));
        check(sealed(2, 7), Some(sealed(1, 8)), 9, Err(Lost));
    }
}
