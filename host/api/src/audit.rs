//! The audit trail: one chain of entries for each organisation (R42).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

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
    /// Values before, where there were any and they were not erased.
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
    /// Entries looked at, from the first one on.
    pub entries: u64,
    /// Whether each one follows from the one before and its values are those committed to.
    pub intact: bool,
    /// Hash of the last entry, to compare with one noted elsewhere: it shows a cut-off end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// What is wrong, and with which entry; absent if intact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// To be sent as `cursor` to look at further entries; absent when all were looked at, or one is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which entries are looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditCheckQuery {
    /// `next` of the check before; left out to begin with the first entry.
    pub cursor: Option<String>,
}

/// Which entries, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Done by: `mem_…`, `tok_…`, `operator`, `applicant`, `stranger` (before a login) or `host`.
    #[param(pattern = "^((mem|tok)_[0-7][0-9a-hjkmnp-tv-z]{25}|operator|applicant|stranger|host)$")]
    pub who: Option<String>,
    /// This action, or all of an area: `member` for `member.suspended` and the like.
    pub what: Option<String>,
    /// To this: an id.
    pub target: Option<String>,
    /// At this moment (RFC 3339) or later.
    pub from: Option<String>,
    /// Before this moment (RFC 3339).
    pub until: Option<String>,
    /// Most items wanted: 1 to 200, 50 if left out. A page may be shorter and yet not be the last.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next` of the page before; left out for the first page.
    pub cursor: Option<String>,
}

/// One line of an export: an entry with all that it takes to verify it. Hashes, commitments and salts are
/// lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// Place in the chain.
    pub seq: u64,
    /// What happened, as JSON, byte for byte as it was hashed.
    pub fact: String,
    /// Values, each with what the chain knows of them.
    pub parts: Vec<AuditPart>,
    /// SHA-256 of the hash before it (32 zeros for the first), `seq` as 8 bytes, and SHA-256 of all commitments and
    /// `fact`.
    pub hash: String,
}

/// Values of an entry that can be erased on their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditPart {
    /// SHA-256 of salt and values.
    pub commitment: String,
    /// Random; absent once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// JSON, byte for byte as it was hashed; absent once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
}

/// How an organisation's chain ended at a moment, signed by the host (Ed25519, RFC 8032): to be kept elsewhere.
///
/// Signed are the lines `usher audit checkpoint 1`, `organisation …`, `size …`, `head …`, `at …`, each ended by a
/// line feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditCheckpoint {
    /// `org_…`
    pub organisation: String,
    /// Entries in the chain.
    pub size: u64,
    /// Hash of the last one, lower-case hexadecimal; zeros if there is none.
    pub head: String,
    /// RFC 3339.
    pub at: String,
    /// The host's public key, lower-case hexadecimal.
    pub key: String,
    /// Lower-case hexadecimal.
    pub signature: String,
}

/// What a host's checkpoints are verified by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditKey {
    /// `ed25519`
    pub algorithm: String,
    /// The public key, lower-case hexadecimal.
    pub key: String,
}
