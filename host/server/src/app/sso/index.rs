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
use usher_store::{OrgScope, OrgWrites, Page};

use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::policies::{self, Live};
use crate::app::refusal::Refusal;
use crate::app::stored::{MatchKey, Member};

/// Most candidates of one login (the policy contract's bound).
pub const MAX_CANDIDATES: usize = 16;
/// Members read at a time while the index is built.
const BUILD_STEP: usize = 200;
/// Most keys written in one commit while the index is built.
const BUILD_KEYS: usize = 4_000;
/// Keys deleted in one commit.
const SWEEP_STEP: usize = 1_000;
/// How long after an activation the keys before it are swept, in microseconds: logins that began under them
/// are over by then.
pub const SWEEP_AFTER: i64 = 10 * MINUTE;

/// A key's place in the index: its generation, and its hash.
type Place = (u64, [u8; 32]);

/// Puts a member into the index; to be called in every commit that writes one of their claims. The commit is refused
/// if another generation is announced meanwhile: it would not find them.
pub async fn add(app: &App, scope: &OrgScope, writes: &mut OrgWrites, member: &member::Member) -> Result<(), Refusal> {
    add_all(app, scope, writes, &[member]).await
}

/// [`add`] for many members.
pub async fn add_all(
    app: &App,
    scope: &OrgScope,
    writes: &mut OrgWrites,
    members: &[&member::Member],
) -> Result<(), Refusal> {
    let live = policies::live(scope, DecisionPoint::SsoMatching).await?;
    let point = policies::point_key(DecisionPoint::SsoMatching);
    match live.version {
        0 => writes.guard_absent::<Live>(&point),
        version => writes.guard_version::<Live>(&point, version),
    }
    for member in members {
        for (generation, key) in keys(app, scope, &live.record, &member.claims()).await? {
            writes.put(&(generation, (key, member.id)), &MatchKey {});
        }
    }
    Ok(())
}

/// Takes a member's claims out of the index; to be called, before [`add`] with the new ones, in a commit
/// that changes them.
pub async fn remove(
    app: &App,
    scope: &OrgScope,
    writes: &mut OrgWrites,
    member: &member::Member,
) -> Result<(), Refusal> {
    let live = policies::live(scope, DecisionPoint::SsoMatching).await?.record;
    for (generation, key) in keys(app, scope, &live, &member.claims()).await? {
        writes.delete::<MatchKey>(&(generation, (key, member.id)));
    }
    Ok(())
}

/// Members that share a key with one of the claims, in order of id; one more than may be, if there are so
/// many.
pub async fn candidates(app: &App, scope: &OrgScope, claims: &[Claim]) -> Result<Vec<MemberId>, Refusal> {
    let live = policies::live(scope, DecisionPoint::SsoMatching).await?.record;
    let mut found = BTreeSet::new();
    for place in keys(app, scope, &live, claims).await? {
        let rows = scope.page_within::<MatchKey>(&place, Page::first(MAX_CANDIDATES + 1)).await?;
        found.extend(rows.into_iter().map(|((_, (_, member)), _)| member));
    }
    Ok(found.into_iter().take(MAX_CANDIDATES + 1).collect())
}

/// Puts every member into the index under the keys of a generation that was announced; whoever is written from then
/// on is there already.
pub async fn build(app: &App, scope: &OrgScope, call: &Call, generation: u64) -> Result<(), Refusal> {
    let (mut last, mut keys) = (None, Vec::new());
    loop {
        let rows = scope.page::<Member>(Page::first(BUILD_STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { break };
        last = Some(*end);
        for (id, found) in &rows {
            let of_member = app.pdp.match_keys(scope, generation, &found.record.0.claims()).await?;
            keys.extend(of_member.iter().map(|key| (place(generation, key), *id)));
            if keys.len() >= BUILD_KEYS {
                put(app, scope, call, &std::mem::take(&mut keys)).await?;
            }
        }
    }
    put(app, scope, call, &keys).await
}

/// Puts keys of members into the index.
async fn put(app: &App, scope: &OrgScope, call: &Call, keys: &[(Place, MemberId)]) -> Result<(), Refusal> {
    for some in keys.chunks(BUILD_KEYS) {
        app.change(|| async {
            let mut change: Change<Refusal> = app.draft_as(scope, call, Doer::Host, "match_keys.built", scope.owner());
            for ((generation, key), member) in some {
                change.writes.put(&(*generation, (*key, *member)), &MatchKey {});
            }
            Ok(((), change))
        })
        .await?;
    }
    Ok(())
}

/// Deletes keys of generations that are neither live nor being prepared, at most a step of them. Returns whether
/// there may be more.
pub async fn sweep(scope: &OrgScope, writes: &mut OrgWrites) -> Result<bool, Refusal> {
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
            writes.delete::<MatchKey>(id);
            room -= 1;
        }
    }
    Ok(room == 0)
}

/// Places of the claims under the live generation and the one being prepared.
async fn keys(app: &App, scope: &OrgScope, live: &Live, claims: &[Claim]) -> Result<BTreeSet<Place>, Refusal> {
    let mut places = BTreeSet::new();
    for generation in BTreeSet::from([live.generation, live.newest]) {
        let keys = app.pdp.match_keys(scope, generation, claims).await?;
        places.extend(keys.iter().map(|key| place(generation, key)));
    }
    Ok(places)
}

fn place(generation: u64, key: &str) -> Place {
    (generation, Sha256::digest(format!("{generation}\0{key}")).into())
}
