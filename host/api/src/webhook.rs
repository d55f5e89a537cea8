//! Webhooks of an organisation (R43), signed as Standard Webhooks says (standardwebhooks.com).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a webhook. It gets the events that happen from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// `https://…`, on the public internet; at most 2,048 bytes.
    pub url: String,
    /// Types of events that are sent, as `member.joined`; all of them if left out. At most 50, each of an event that
    /// there is.
    #[serde(default)]
    pub types: Vec<String>,
}

/// What changes of a webhook. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Types of events that are sent; empty for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// Whether it is sent to. Switched on again, it gets what happened meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Whether a webhook is sent to, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is.
    Enabled,
    /// An admin switched it off.
    Disabled,
    /// It failed for five days.
    Failing,
    /// It answered 410 Gone.
    Gone,
}

/// A webhook, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// `whk_…`
    pub id: String,
    /// Where to.
    pub url: String,
    /// Types of events that are sent; empty for all of them.
    pub types: Vec<String>,
    /// Whether it is sent to.
    pub state: WebhookState,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339: until when the secret before this one signs too; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_secret_until: Option<String>,
    /// All events up to this sequence number were delivered.
    pub delivered: u64,
    /// RFC 3339: since when it fails; absent while it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<String>,
    /// RFC 3339: when it is tried again; absent while it does not fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
}

/// All webhooks: there are few.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Webhooks {
    /// Oldest first.
    pub items: Vec<Webhook>,
}

/// A webhook with a new secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookSecret {
    /// The webhook.
    pub webhook: Webhook,
    /// `whsec_…`; absent when an idempotent request is answered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// From where events are delivered once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redelivery {
    /// The first sequence number.
    pub from: u64,
}

/// How one attempt to deliver went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookAttempt {
    /// RFC 3339.
    pub at: String,
    /// `evt_…`
    pub event: String,
    /// Place of the event in the organisation's order; absent for a `ping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// HTTP status that was answered; absent if there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds.
    pub took: u64,
    /// Why there was no answer; absent if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The last attempts, newest first: at most 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookAttempts {
    /// Without what was sent or answered.
    pub items: Vec<WebhookAttempt>,
}
