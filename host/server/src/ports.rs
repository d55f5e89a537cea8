//! What the server needs of the world outside, as traits: time, randomness, DNS, mail, SMS, webhooks.
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

    /// Gives up mails to these addresses, for their readers are erased. What was handed on to others is out of its
    /// hands.
    async fn forget(&self, _readers: &[String]) -> std::io::Result<()> {
        Ok(())
    }
}

/// A mail to be delivered.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mail {
    /// The same whenever the same mail is handed over again.
    pub id: String,
    /// Which letter it is ([`crate::letters::Letter::name`]), for logs.
    pub letter: String,
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

    /// Gives up SMS to these numbers, for their readers are erased. What was handed on to others is out of its hands.
    async fn forget(&self, _readers: &[String]) -> std::io::Result<()> {
        Ok(())
    }
}

/// Where messages go, as whoever erases people sees it.
#[async_trait]
pub trait Letterbox: Send + Sync {
    /// Gives up whatever it still holds for these addresses and numbers.
    async fn forget(&self, readers: &[String]) -> std::io::Result<()>;
}

/// An SMS to be delivered.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sms {
    /// The same whenever the same SMS is handed over again.
    pub id: String,
    /// Which letter it is ([`crate::letters::Letter::name`]), for logs.
    pub letter: String,
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

/// Takes webhooks to their targets (R43).
#[async_trait]
pub trait WebhookSender: Send + Sync + 'static {
    /// Whether webhooks may go to a URL, as far as can be told without asking the DNS.
    fn check(&self, url: &str) -> Result<(), TargetError>;

    /// Sends one and gives the status that was answered, whatever it is.
    async fn send(&self, webhook: Outbound) -> Result<u16, SendError>;
}

/// A webhook on its way, signed (Standard Webhooks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Where to.
    pub url: String,
    /// `webhook-id`: the same whenever the same event is sent again.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// JSON.
    pub body: Vec<u8>,
}

/// A URL that webhooks may not go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No URL.
    #[error("that is no URL with a host: give one as `https://example.com/hooks`")]
    NoUrl,
    /// Another scheme than https.
    #[error("webhooks go over https alone: give a URL that begins with `https://`")]
    NotHttps,
    /// A user name or a password in it.
    #[error("the URL holds a user name or a password: leave it out, the signature proves who sends")]
    Credentials,
    /// An address that is not of the public internet.
    #[error("webhooks go to the public internet alone: {0} is not of it")]
    Private(std::net::IpAddr),
    /// A name or a number that is only known within a network.
    #[error("webhooks go to the public internet alone: give a full name, as `hooks.example.com`")]
    Local,
}

/// A webhook got no answer. What is said is shown to admins: nothing of the host's network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may not go there.
    #[error("{0}")]
    Target(TargetError),
    /// The name leads nowhere, or where webhooks may not go: which of them would tell the names of the host's network.
    #[error("the name of the host leads to no address of the public internet")]
    LedAstray,
    /// Nobody answered in time.
    #[error("there was no answer in time")]
    TooSlow,
    /// No secure connection.
    #[error("no TLS connection could be made: {0}")]
    Tls(String),
    /// No connection, or it broke off.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// What was answered is no HTTP, or too much of it.
    #[error("what was answered is no HTTP answer of bounded size")]
    NoAnswer,
}
