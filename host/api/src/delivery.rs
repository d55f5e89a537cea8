//! How mail and SMS went: reports under members and invitations, and what could not be delivered (R34).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How one message about a member or an invitation went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// `mail` | `sms`
    pub channel: String,
    /// What was written: `invitation`, `added`, `reminder` …
    pub letter: String,
    /// `queued`: on its way. `sent`: a server took it. `failed`: it did not reach its reader.
    pub state: String,
    /// Why it failed: `rejected`: the server refuses it for good. `gave_up`: the server did not take it for a day.
    /// `too_late`: its time passed before. `organisation_full`: no SMS was sent, because the organisation has as many
    /// members as its plans allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Status of SMTP or HTTP that it failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// When it came so far. RFC 3339.
    pub at: String,
}

/// A message that could not be delivered. What it says is not shown: it may let its reader in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    /// `ded_…`
    pub id: String,
    /// `mail` | `sms`
    pub channel: String,
    /// What was written: `invitation`, `added`, `reminder` …
    pub letter: String,
    /// Address or phone number.
    pub to: String,
    /// The member it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The invitation it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// Times it was tried.
    pub attempts: u32,
    /// `rejected` | `gave_up`
    pub reason: String,
    /// Status of SMTP or HTTP that it failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// When it was written. RFC 3339.
    pub written_at: String,
    /// When it was given up. RFC 3339.
    pub died_at: String,
    /// Until when it can be tried again. RFC 3339.
    pub kept_until: String,
}
