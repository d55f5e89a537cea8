//! Deleting a policy, so that an organisation whose policies fill its bytes can go on.
//!
//! The live generation of a decision point and the [`KEPT_GENERATIONS`] newest keep their policies, so that going back
//! to one of them always works. To an older one, of the [`MAX_GENERATIONS`](super::MAX_GENERATIONS) there are, it works
//! as long as its policies are there; the same policy uploaded again is the same policy. What a policy decided stays on
//! record. Its compiled code is left to the engine's cache, which all organisations share and which drops what was not
//! used for longest.

use usher_domain::policy::DecisionPoint;
use usher_engine::Digest;
use usher_store::{OrgScope, Stored};

use super::upload::bytes_of;
use super::{Live, Payload, Policy, PolicySet, live, point_key};
use crate::app::actor::{By, Policies};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::{App, counters};

/// Newest generations of a decision point that can be gone back to for certain, the live one among them as a rule.
pub const KEPT_GENERATIONS: u64 = 10;

/// Why a policy is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A generation that keeps its policies names it.
    #[error(
        "generation {generation} of the policy set `{point}` names the policy, and the live generation and the newest \
         {KEPT_GENERATIONS} keep theirs: activate sets without it first"
    )]
    InUse {
        /// Of which decision point.
        point: DecisionPoint,
        /// The newest that names it.
        generation: u64,
    },
}

/// Deletes a policy that no generation keeps.
pub async fn delete(app: &App, by: &By<Policies>, digest: Digest) -> Result<(), DeleteError> {
    let (scope, id) = (&by.scope, digest.as_bytes());
    app.change(|| async {
        let no_such = || Refusal::not_found("policy", &digest);
        let Stored { version, record: policy } =
            scope.get::<Policy>(id).await.map_err(Refusal::from)?.ok_or_else(no_such)?;
        let payload = scope.get::<Payload>(id).await.map_err(Refusal::from)?.ok_or_else(no_such)?;
        let point = policy.manifest.point;
        let live = live(scope, point).await?;
        if let Some(generation) = kept_by(scope, point, &live.record, digest).await? {
            return Err(DeleteError::InUse { point, generation });
        }
        let mut change: Change<DeleteError> = app.draft(by, "policy.deleted", digest).before(&policy);
        // INVARIANT: who activates a set guards its policies' versions, so that no set goes live with one that was
        // deleted meanwhile; and that no set was announced meanwhile is guarded here.
        match live.version {
            0 => change.writes.guard_absent::<Live>(&point_key(point)),
            version => change.writes.guard_version::<Live>(&point_key(point), version),
        }
        change.writes.guard_version::<Policy>(id, version);
        change.writes.delete::<Policy>(id);
        change.writes.delete::<Payload>(id);
        change.writes.add(&counters::policy_bytes(), -bytes_of(&payload.record.bytes), 0, i64::MAX);
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// The newest generation that keeps the policy, if one does.
async fn kept_by(scope: &OrgScope, point: DecisionPoint, live: &Live, policy: Digest) -> Result<Option<u64>, Refusal> {
    let newest = (1..=live.newest).rev().take_while(|generation| generation + KEPT_GENERATIONS > live.newest);
    for generation in newest.chain([live.generation]) {
        let set = scope.get::<PolicySet>(&(point_key(point), generation)).await?;
        if set.is_some_and(|set| set.record.entries.iter().any(|entry| entry.policy == policy)) {
            return Ok(Some(generation));
        }
    }
    Ok(None)
}
