//! Policies of an organisation: uploaded, put into policy sets, asked.
//!
//! Owns the records of policies and policy sets. A set is an immutable generation of one decision point;
//! which one is live is a pointer, so that going back is one write. Generations that are too old to go back to are
//! dropped as new ones come; decisions keep what they were decided by. No policy stands between an admin and
//! these use cases: no policy can block the API that replaces it.

pub mod activate;
pub mod delete;
pub mod reindex;
pub mod upload;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::facts::FactFamily;
use usher_domain::time::Instant;
use usher_engine::{Combine, Digest, Limits, Manifest, OnFault};
use usher_store::{OrgScope, Stored};

use super::refusal::Refusal;
use super::stored::{kind, records};

/// Newest generations of a decision point that are kept; the live one is, however old it is.
pub const MAX_GENERATIONS: u64 = 100;
/// Most policies in one set.
pub const MAX_ENTRIES: usize = 16;

/// A policy that was uploaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Of the canonical manifest.
    pub digest: Digest,
    /// When.
    pub uploaded_at: Instant,
}

records!(Policy = kind::POLICY, version 1, by [u8; 32]);

/// A policy's component or script; apart from [`Policy`], so that a list need not read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The bytes.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

records!(Payload = kind::POLICY_PAYLOAD, version 1, by [u8; 32]);

/// One generation of the policies of a decision point. Never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicySet {
    /// The question they answer.
    pub point: DecisionPoint,
    /// From 1, one higher with every activation.
    pub generation: u64,
    /// How their answers become one.
    pub combine: Combine,
    /// In order; none leaves the question to the host's own rules.
    pub entries: Vec<SetEntry>,
    /// When.
    pub activated_at: Instant,
    /// The generation it repeats, after going back.
    pub rolled_back_to: Option<u64>,
}

records!(PolicySet = kind::POLICY_SET, version 1, by (u8, u64));

/// One policy of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetEntry {
    /// Which policy.
    pub policy: Digest,
    /// Canonical JSON.
    pub settings: String,
    /// Facts it may ask for.
    pub grants: BTreeSet<FactFamily>,
    /// What one run may use.
    pub limits: Limits,
    /// What a fault comes to.
    pub on_fault: OnFault,
}

/// Which generation of a decision point is live.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// The live one; 0 before the first.
    pub generation: u64,
    /// The newest one there is: a higher one than `generation` is being prepared.
    pub newest: u64,
}

records!(Live = kind::LIVE_POLICY_SET, version 1, by u8);

/// A decision point in a key. INVARIANT: a number is never given to another point.
pub(crate) fn point_key(point: DecisionPoint) -> u8 {
    match point {
        DecisionPoint::Approval => 1,
        DecisionPoint::SeatAssignment => 2,
        DecisionPoint::SsoMatching => 3,
    }
}

/// Which generation of a decision point is live, with the version of that pointer (0 before the first).
pub(crate) async fn live(scope: &OrgScope, point: DecisionPoint) -> Result<Stored<Live>, Refusal> {
    let found = scope.get::<Live>(&point_key(point)).await?;
    Ok(found.unwrap_or(Stored { version: 0, record: Live::default() }))
}

/// One generation of a decision point's policies.
pub(crate) async fn set(scope: &OrgScope, point: DecisionPoint, generation: u64) -> Result<PolicySet, Refusal> {
    let found = scope.get::<PolicySet>(&(point_key(point), generation)).await?;
    let missing = || Refusal::not_found("policy set", &format!("{point} generation {generation}"));
    Ok(found.ok_or_else(missing)?.record)
}
