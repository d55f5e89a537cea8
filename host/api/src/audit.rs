//! The audit trail: one chain of entries for each organisation (R42).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Who did what, when, from where, by which policy version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Place in the organisation's chain: 1, 2, 3 … without a gap.
    pub seq: u64,
    /// RFC 3339.
    pub at: String,
    /// Who.
    pub actor: Value,
    /// What, as `member.suspended`.
    pub action: String,
    /// To what: an id.
    pub target: String,
    /// Values before, as far as they changed and were not erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Values after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Network address of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Digests of the policies that decided.
    pub policies: Vec<String>,
    /// The entry's own hash, lower-case hexadecimal.
    pub hash: String,
}

/// Whether the chain holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditCheck {
    /// Entries looked at.
    pub entries: u64,
    /// Whether each one follows from the one before and its values are those committed to.
    pub intact: bool,
    /// Hash of the last entry, to compare with one noted elsewhere: it shows a cut-off end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// What is wrong, and with which entry; absent if intact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}
