//! What the server needs of the world outside, as traits: time, randomness, DNS, mail, SMS.
//!
//! The command line gives the real ones, tests give ones they control. This module must not know who
//! implements them.

use async_trait::async_trait;
use usher_domain::phone::Phone;
use usher_domain::time::Instant;

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Now, UTC. May go back when the machine's clock is set.
    fn now(&self) -> Instant;
}

/// Randomness fit for secrets.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// TXT records of the DNS, for proofs of a domain (R21).
#[async_trait]
pub trait TxtResolver: Send + Sync + 'static {
    /// The texts at `name`, in no order; empty if the name has none.
    async fn txt(&self, name: &str) -> Result<Vec<String>, ResolveError>;
}

/// The DNS gave no answer.
#[derive(Debug, thiserror::Error)]
#[error("cannot ask the DNS for the TXT records of {name}: {why}; try again later")]
pub struct ResolveError {
    /// What was asked for.
    pub name: String,
    /// What went wrong.
    pub why: String,
}

/// Takes mail towards its readers.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands over one mail; it may be handed over again after a crash, under the same `id`.
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError>;
}

/// A mail to be delivered.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mail {
    /// The same whenever the same mail is handed over again.
    pub id: String,
    /// Address of the reader.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// When it was written.
    pub at: Instant,
}

/// Takes SMS towards their readers.
#[async_trait]
pub trait SmsSender: Send + Sync + 'static {
    /// Hands over one SMS; it may be handed over again after a crash, under the same `id`.
    async fn deliver(&self, sms: &Sms) -> Result<(), DeliveryError>;
}

/// An SMS to be delivered.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sms {
    /// The same whenever the same SMS is handed over again.
    pub id: String,
    /// Number of the reader.
    pub to: Phone,
    /// One line.
    pub text: String,
    /// When it was written.
    pub at: Instant,
}

/// A message was not taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot deliver {id}: {why}")]
pub struct DeliveryError {
    /// Which message.
    pub id: String,
    /// What went wrong.
    pub why: String,
    /// Whether it would be refused again, however often it is tried.
    pub permanent: bool,
    /// Status of SMTP (RFC 5321, 4.2) or HTTP that was answered.
    pub status: Option<u16>,
}

impl DeliveryError {
    /// It could not be handed over at this moment.
    pub fn passing(id: &str, why: impl std::fmt::Display) -> DeliveryError {
        DeliveryError { id: id.to_owned(), why: why.to_string(), permanent: false, status: None }
    }
}
