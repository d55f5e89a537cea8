//! Policies, policy sets and what they would say.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Uploads a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicy {
    /// What the policy says of itself.
    pub manifest: Manifest,
    /// The component or the script, base64 (RFC 4648, section 4, padded); at most 32 MiB before encoding.
    pub payload: String,
}

/// What a policy says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Lower-case letters, digits and hyphens, 1 to 64.
    pub name: String,
    /// Semantic Versioning 2.0.0.
    pub version: String,
    /// `wasm` | `rhai`
    pub kind: String,
    /// `approval` | `seat-assignment` | `sso-matching`
    pub point: String,
    /// The release of `usher:policy` it was written for.
    pub contract: String,
    /// Facts it may ask for: `member-counts` | `departments` | `inviter-history` | `verified-domains`.
    #[serde(default)]
    pub facts: Vec<String>,
    /// `sha256:` of the payload; checked if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

/// A policy that was uploaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// `sha256:…` of the canonical manifest: the policy's name among programs.
    pub digest: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// When.
    pub uploaded_at: String,
}

/// Puts policies in place of the live ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicySet {
    /// `strictest` (all are asked, one refusal refuses) | `first-decisive` (asked in order).
    #[serde(default = "strictest")]
    pub combine: String,
    /// In order, at most 16; none leaves the question to the host's own rules.
    pub entries: Vec<PolicySetEntry>,
}

fn strictest() -> String {
    "strictest".to_owned()
}

/// One policy of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySetEntry {
    /// Digest of an uploaded policy.
    pub policy: String,
    /// Whatever the policy documents.
    #[serde(default = "no_settings")]
    #[schema(value_type = Object)]
    pub settings: Value,
    /// Facts it may ask for, out of those its manifest declares.
    #[serde(default)]
    pub grants: Vec<String>,
    /// What one run may use; the host's ceiling stands above it.
    #[serde(default)]
    pub limits: Limits,
    /// What a fault comes to: `deny` | `review`.
    #[serde(default = "review")]
    pub on_fault: String,
}

fn no_settings() -> Value {
    Value::Object(serde_json::Map::new())
}

fn review() -> String {
    "review".to_owned()
}

/// Bounds of one run. What is left out is the host's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyLimits)]
pub struct Limits {
    /// Instructions, roughly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Wall time, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// Bytes of memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// One generation of a decision point's policies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicySet {
    /// The question they answer.
    pub point: String,
    /// One higher with every activation; 0 if nothing was ever activated.
    pub generation: u64,
    /// How their answers become one.
    pub combine: String,
    /// In order.
    pub entries: Vec<PolicySetEntry>,
    /// When; absent in generation 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<String>,
    /// The generation it repeats, after going back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back_to: Option<u64>,
}

/// Goes back to an earlier generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// Which.
    pub generation: u64,
}
