//! The index of match keys: a login finds the members that share a key with it by look-up, however many
//! members there are.
//!
//! INVARIANT: a member is found under every key that the matching policy in force gives for one of their
//! claims. They may be found under more (of an address they had, of a policy that was): a candidate is no
//! match, the policy and R40 decide.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use usher_domain::ids::MemberId;
use usher_domain::member;
use usher_domain::policy::sso::Claim;
use usher_store::{OrgPlan, OrgScope, Page};

use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::stored::{MatchKey, Member};

/// Most candidates of one login (the policy contract's bound).
pub const MAX_CANDIDATES: usize = 16;
/// Members indexed in one commit while the index is built.
const BUILD_STEP: usize = 200;

/// Puts a member into the index; to be called in every commit that writes one of their claims.
pub async fn add(app: &App, scope: &OrgScope, plan: &mut OrgPlan, member: &member::Member) -> Result<(), Refusal> {
    for key in keys(app, scope, &member.claims()).await? {
        plan.put(&(key, member.id), &MatchKey {});
    }
    Ok(())
}

/// Takes a member's claims out of the index; to be called, before [`add`] with the new ones, in a commit
/// that changes them.
pub async fn remove(app: &App, scope: &OrgScope, plan: &mut OrgPlan, member: &member::Member) -> Result<(), Refusal> {
    for key in keys(app, scope, &member.claims()).await? {
        plan.delete::<MatchKey>(&(key, member.id));
    }
    Ok(())
}

/// Members that share a key with one of the claims, in order of id; one more than may be, if there are so
/// many.
pub async fn candidates(app: &App, scope: &OrgScope, claims: &[Claim]) -> Result<Vec<MemberId>, Refusal> {
    let mut found = BTreeSet::new();
    for key in keys(app, scope, claims).await? {
        let rows = scope.page_within::<MatchKey>(&key, Page::first(MAX_CANDIDATES + 1)).await?;
        found.extend(rows.into_iter().map(|((_, member), _)| member));
    }
    Ok(found.into_iter().take(MAX_CANDIDATES + 1).collect())
}

/// Puts every member into the index; to be called when another matching policy is in force. Returns how
/// many there are.
pub async fn rebuild(app: &App, scope: &OrgScope, call: &Call) -> Result<usize, Refusal> {
    let (mut last, mut indexed) = (None, 0);
    loop {
        let rows = scope.page::<Member>(Page::first(BUILD_STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { return Ok(indexed) };
        last = Some(*end);
        app.change(|| async {
            let mut change: Change<Refusal> = app.draft_as(scope, call, Doer::Host, "match_keys.built", scope.owner());
            for (_, found) in &rows {
                add(app, scope, &mut change.plan, &found.record.0).await?;
            }
            Ok(((), change))
        })
        .await?;
        indexed += rows.len();
    }
}

async fn keys(app: &App, scope: &OrgScope, claims: &[Claim]) -> Result<BTreeSet<[u8; 32]>, Refusal> {
    let mut keys = BTreeSet::new();
    for claim in claims {
        let given = app.pdp.match_keys(scope, claim).await?;
        keys.extend(given.iter().map(|key| <[u8; 32]>::from(Sha256::digest(key.as_bytes()))));
    }
    Ok(keys)
}
