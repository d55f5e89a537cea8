//! The index of match keys: a login finds the members that share a key with it by look-up, however many
//! members there are.
//!
//! INVARIANT: a member is found under every key that the matching policy in force gives for one of their
//! claims. They may be found under more (of an address they had, of a policy that was): a candidate is no
//! match, the policy and R40 decide. Keys of policies that were are swept in the end: rolling back makes a new
//! generation with keys of its own, so nothing comes back to them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use usher_domain::ids::MemberId;
use usher_domain::member;
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::sso::Claim;
use usher_domain::time::MINUTE;
use usher_store::{OrgPlan, OrgScope, Page};

use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::policies;
use crate::app::refusal::Refusal;
use crate::app::stored::{MatchKey, Member};

/// Most candidates of one login (the policy contract's bound).
pub const MAX_CANDIDATES: usize = 16;
/// Members indexed in one commit while the index is built.
const BUILD_STEP: usize = 200;
/// Keys deleted in one commit.
const SWEEP_STEP: usize = 1_000;
/// How long after an activation the keys before it are swept, in microseconds: logins that began under them
/// are over by then.
pub const SWEEP_AFTER: i64 = 10 * MINUTE;

/// A key's place in the index: its generation, and its hash.
type Place = (u64, [u8; 32]);

/// Puts a member into the index; to be called in every commit that writes one of their claims.
pub async fn add(app: &App, scope: &OrgScope, plan: &mut OrgPlan, member: &member::Member) -> Result<(), Refusal> {
    add_all(app, scope, plan, &[member]).await
}

/// [`add`] for many members: the matching policies are asked about all of them at once.
pub async fn add_all(
    app: &App,
    scope: &OrgScope,
    plan: &mut OrgPlan,
    members: &[&member::Member],
) -> Result<(), Refusal> {
    let claims: Vec<(MemberId, Claim)> =
        members.iter().flat_map(|member| member.claims().into_iter().map(move |claim| (member.id, claim))).collect();
    let (owners, claims): (Vec<MemberId>, Vec<Claim>) = claims.into_iter().unzip();
    let keys = app.pdp.match_keys_of(scope, claims).await?;
    let places: BTreeSet<(Place, MemberId)> = owners
        .into_iter()
        .zip(keys)
        .flat_map(|(member, keys)| keys.into_iter().map(move |key| (place(&key), member)))
        .collect();
    for ((generation, key), member) in places {
        plan.put(&(generation, (key, member)), &MatchKey {});
    }
    Ok(())
}

/// Takes a member's claims out of the index; to be called, before [`add`] with the new ones, in a commit
/// that changes them.
pub async fn remove(app: &App, scope: &OrgScope, plan: &mut OrgPlan, member: &member::Member) -> Result<(), Refusal> {
    for (generation, key) in keys(app, scope, &member.claims()).await? {
        plan.delete::<MatchKey>(&(generation, (key, member.id)));
    }
    Ok(())
}

/// Members that share a key with one of the claims, in order of id; one more than may be, if there are so
/// many.
pub async fn candidates(app: &App, scope: &OrgScope, claims: &[Claim]) -> Result<Vec<MemberId>, Refusal> {
    let mut found = BTreeSet::new();
    for place in keys(app, scope, claims).await? {
        let rows = scope.page_within::<MatchKey>(&place, Page::first(MAX_CANDIDATES + 1)).await?;
        found.extend(rows.into_iter().map(|((_, (_, member)), _)| member));
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

/// Deletes keys of generations that are neither live nor being prepared, at most a step of them. Returns whether
/// there may be more.
pub async fn sweep(scope: &OrgScope, plan: &mut OrgPlan) -> Result<bool, Refusal> {
    let live = policies::live(scope, DecisionPoint::SsoMatching).await?.record;
    let mut room = SWEEP_STEP;
    // Below the live one, and abandoned ones between it and the newest: those can't be live any more.
    for (behind, end) in [(None, live.generation), (Some(live.generation), live.newest)] {
        if room == 0 {
            break;
        }
        let last_of = |generation| (generation, ([u8::MAX; 32], MemberId::from_bytes([u8::MAX; 16])));
        let rows = scope.page::<MatchKey>(Page::first(room).after(behind.map(last_of))).await?;
        for (id, _) in rows.iter().take_while(|((generation, _), _)| *generation < end) {
            plan.delete::<MatchKey>(id);
            room -= 1;
        }
    }
    Ok(room == 0)
}

async fn keys(app: &App, scope: &OrgScope, claims: &[Claim]) -> Result<BTreeSet<Place>, Refusal> {
    let mut keys = BTreeSet::new();
    for claim in claims {
        keys.extend(app.pdp.match_keys(scope, claim).await?.iter().map(|key| place(key)));
    }
    Ok(keys)
}

/// A key begins with the number of its generation and a NUL; one that does not is of none.
fn place(key: &str) -> Place {
    let generation = key.split_once('\0').and_then(|(generation, _)| generation.parse().ok());
    (generation.unwrap_or(0), Sha256::digest(key.as_bytes()).into())
}
