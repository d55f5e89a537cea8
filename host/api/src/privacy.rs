//! What is held about one person, and how that goes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::audit::AuditEntry;

/// Everything that an organisation holds about a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonalData {
    /// `mem_…`, `req_…` or `inv_…`
    pub subject: String,
    /// Every record about them: themselves, requests, decisions, mail on its way, and so on.
    pub records: Vec<HeldRecord>,
    /// Every entry of the audit trail that is about them or that they caused, oldest first.
    pub audit: Vec<AuditEntry>,
}

/// One record about a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HeldRecord {
    /// What it is, as `member` or `mail`.
    pub kind: String,
    /// What it says, as it is stored.
    #[schema(value_type = Object)]
    pub value: Value,
}

/// How far an erasure has come. It names nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Erasure {
    /// `mem_…`, `req_…` or `inv_…`
    pub subject: String,
    /// When it was asked for, RFC 3339; from then on the person's own record is gone.
    pub asked_at: String,
    /// When everything else about them was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<String>,
    /// When the files of the host's store held nothing of it any more. Mails that were delivered and backups are
    /// none of these files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<String>,
    /// Where an address of theirs is still named, as in the settings of a policy: for an admin to see to.
    pub left: Vec<String>,
}

/// How far the store's files are without what was erased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Compacted {
    /// Up to this commit.
    pub seq: u64,
}
