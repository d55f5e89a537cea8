//! Activating a policy set, and going back to an earlier generation.
//!
//! Every policy is compiled and has checked its settings before anything is kept, so that a set that
//! can't run is never live.

use std::collections::BTreeSet;

use usher_domain::policy::DecisionPoint;
use usher_domain::policy::facts::FactFamily;
use usher_engine::{Activation, Combine, Digest, Limits, OnFault, Package, canonical_settings};
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::reindex::{self, ReindexError};
use super::{Live, MAX_ENTRIES, MAX_GENERATIONS, Payload, Policy, PolicySet, SetEntry, live, point_key, set};
use crate::app::App;
use crate::app::actor::{By, Policies};
use crate::app::change::Change;
use crate::app::pdp::NotReady;
use crate::app::refusal::{Refusal, based_on};
use crate::app::seats;
use crate::app::sso::index;

/// Generations dropped when a new one comes, at most: one does, and those that were spared meanwhile.
const DROPPED_AT_ONCE: usize = 4;

/// What a set is to be.
#[derive(Clone, Debug)]
pub struct NewSet {
    /// How the answers become one.
    pub combine: Combine,
    /// In order; may be empty.
    pub entries: Vec<NewEntry>,
}

/// One policy of it.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Which policy.
    pub policy: Digest,
    /// JSON.
    pub settings: String,
    /// Facts it may ask for.
    pub grants: BTreeSet<FactFamily>,
    /// What one run may use.
    pub limits: Limits,
    /// What a fault comes to.
    pub on_fault: OnFault,
}

/// Why a set is not activated.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There are too many entries.
    #[error("a policy set has at most {MAX_ENTRIES} policies")]
    TooMany,
    /// An entry's policy was not uploaded.
    #[error("there is no policy {policy}: upload it first")]
    UnknownPolicy {
        /// Index of the entry.
        entry: usize,
        /// Its digest.
        policy: Digest,
    },
    /// A policy of an earlier generation was deleted.
    #[error("generation {generation} held the policy {policy}, which was deleted: upload it again first")]
    Deleted {
        /// The generation to go back to.
        generation: u64,
        /// Digest of the policy.
        policy: Digest,
    },
    /// An entry's policy answers another question.
    #[error("the policy {policy} is for `{point}`: a set holds policies of its own decision point")]
    OtherPoint {
        /// Index of the entry.
        entry: usize,
        /// Its digest.
        policy: Digest,
        /// What it is for.
        point: DecisionPoint,
    },
    /// An entry grants a fact that the policy does not declare.
    #[error("the policy's manifest does not declare the fact `{fact}`: grant only what it declares")]
    NotDeclared {
        /// Index of the entry.
        entry: usize,
        /// The fact.
        fact: FactFamily,
    },
    /// An entry's policy can't be made ready.
    #[error("{error}")]
    Prepare {
        /// Index of the entry.
        entry: usize,
        /// Why.
        error: NotReady,
    },
    /// The matching policy can't give keys for a member.
    #[error(transparent)]
    Reindex(#[from] ReindexError),
}

/// The live set of a decision point; its version is that of the pointer to it, 0 before the first.
pub async fn show(by: &By<Policies>, point: DecisionPoint) -> Result<Stored<Option<PolicySet>>, Refusal> {
    let found = live(&by.scope, point).await?;
    let record = match found.record.generation {
        0 => None,
        generation => Some(set(&by.scope, point, generation).await?),
    };
    Ok(Stored { version: found.version, record })
}

/// Puts a new set in place of the live one.
pub async fn activate(
    app: &App,
    by: &By<Policies>,
    point: DecisionPoint,
    version: u64,
    new: &NewSet,
) -> Result<Stored<PolicySet>, ActivateError> {
    if new.entries.len() > MAX_ENTRIES {
        return Err(ActivateError::TooMany);
    }
    let mut entries = Vec::with_capacity(new.entries.len());
    for (index, entry) in new.entries.iter().enumerate() {
        entries.push(ready(app, &by.scope, point, index, entry).await?);
    }
    go_live(app, by, point, version, Next { combine: new.combine, entries, rolled_back_to: None }).await
}

/// Makes what an earlier generation held live again, as a new generation.
pub async fn roll_back(
    app: &App,
    by: &By<Policies>,
    point: DecisionPoint,
    version: u64,
    generation: u64,
) -> Result<Stored<PolicySet>, ActivateError> {
    let old = set(&by.scope, point, generation).await?;
    let next = Next { combine: old.combine, entries: old.entries, rolled_back_to: Some(generation) };
    go_live(app, by, point, version, next).await
}

struct Next {
    combine: Combine,
    entries: Vec<SetEntry>,
    rolled_back_to: Option<u64>,
}

/// Two commits: the first announces the generation, so that every member written from then on is found
/// under its match keys too; the second makes it live, when the members written before are as well.
async fn go_live(
    app: &App,
    by: &By<Policies>,
    point: DecisionPoint,
    version: u64,
    next: Next,
) -> Result<Stored<PolicySet>, ActivateError> {
    let (announced, committed) = app
        .change(|| async {
            let found = based_on(live(&by.scope, point).await?, version)?;
            let generation = found.record.newest + 1;
            let announced = PolicySet {
                point,
                generation,
                combine: next.combine,
                entries: next.entries.clone(),
                activated_at: by.call.at,
                rolled_back_to: next.rolled_back_to,
            };
            let mut change = app.draft(by, "policy-set.prepared", point).after(&announced);
            guard_policies(&by.scope, &mut change, &next).await?;
            change.writes.insert(&(point_key(point), generation), &announced);
            let announcing = Live { newest: generation, ..found.record };
            drop_oldest(&by.scope, &mut change.writes, point, &announcing).await?;
            point_at(&mut change.writes, point, &found, &announcing);
            Ok::<_, ActivateError>((announced, change))
        })
        .await?;
    if point == DecisionPoint::SsoMatching {
        reindex::build(app, &by.scope, &by.call, announced.generation).await?;
    }
    let (announced, committed) = app
        .change(|| async {
            let found = based_on(live(&by.scope, point).await?, committed.seq)?;
            let before = found.record.generation;
            let generation = announced.generation;
            let mut change = app.draft(by, "policy-set.activated", point).before(&before).after(&generation);
            change.event(app, "policy_set.activated", serde_json::json!({ "point": point, "generation": generation }));
            point_at(&mut change.writes, point, &found, &Live { generation, newest: generation });
            if point == DecisionPoint::SeatAssignment {
                // Whom the policies before declined may fit now (R36).
                seats::all_freed(&by.scope, &by.call, &mut change.writes).await?;
            }
            if point == DecisionPoint::SsoMatching {
                // What the generation before was found by.
                change.writes.schedule::<Live>(by.call.at.plus(index::SWEEP_AFTER).as_micros(), &point_key(point));
            }
            Ok::<_, ActivateError>((announced.clone(), change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: announced })
}

/// Refuses a set of which a policy was deleted, be it at this moment.
async fn guard_policies(
    scope: &OrgScope,
    change: &mut Change<ActivateError>,
    next: &Next,
) -> Result<(), ActivateError> {
    for (entry, policy) in next.entries.iter().map(|entry| entry.policy).enumerate() {
        let found = scope.get::<Policy>(policy.as_bytes()).await.map_err(Refusal::from)?;
        match (found, next.rolled_back_to) {
            (Some(found), _) => change.writes.guard_version::<Policy>(policy.as_bytes(), found.version),
            (None, None) => return Err(ActivateError::UnknownPolicy { entry, policy }),
            (None, Some(generation)) => return Err(ActivateError::Deleted { generation, policy }),
        }
    }
    Ok(())
}

/// Drops generations that cannot be gone back to any more, but never the live one. INVARIANT: the change guards which
/// one that is.
async fn drop_oldest(
    scope: &OrgScope,
    writes: &mut OrgWrites,
    point: DecisionPoint,
    live: &Live,
) -> Result<(), Refusal> {
    let key = point_key(point);
    for (id, _) in scope.page::<PolicySet>(Page::first(DROPPED_AT_ONCE).after(Some((key, 0)))).await? {
        let (of, generation) = id;
        if of == key && generation != live.generation && generation + MAX_GENERATIONS <= live.newest {
            writes.delete::<PolicySet>(&id);
        }
    }
    Ok(())
}

fn point_at(writes: &mut OrgWrites, point: DecisionPoint, found: &Stored<Live>, live: &Live) {
    match found.version {
        0 => writes.insert(&point_key(point), live),
        version => writes.replace(&point_key(point), version, live),
    }
}

/// Checks an entry, compiles its policy and has it check its settings.
async fn ready(
    app: &App,
    scope: &OrgScope,
    point: DecisionPoint,
    entry: usize,
    new: &NewEntry,
) -> Result<SetEntry, ActivateError> {
    let policy = new.policy;
    let package = package(scope, policy).await?.ok_or(ActivateError::UnknownPolicy { entry, policy })?;
    let manifest = package.manifest();
    if manifest.point != point {
        return Err(ActivateError::OtherPoint { entry, policy, point: manifest.point });
    }
    if let Some(fact) = new.grants.difference(&manifest.facts).next() {
        return Err(ActivateError::NotDeclared { entry, fact: *fact });
    }
    let failed = |error| ActivateError::Prepare { entry, error };
    let settings = canonical_settings(&new.settings).map_err(|error| failed(error.into()))?;
    let activation = Activation { settings: settings.clone(), grants: new.grants.clone(), limits: new.limits };
    app.pdp.prepare(scope, &package, activation).await.map_err(failed)?;
    Ok(SetEntry {
        policy,
        settings,
        grants: new.grants.clone(),
        limits: new.limits.at_most(&Limits::CEILING),
        on_fault: new.on_fault,
    })
}

/// A policy with its payload, as it was uploaded.
pub(crate) async fn package(scope: &OrgScope, digest: Digest) -> Result<Option<Package>, Refusal> {
    let Some(policy) = scope.get::<Policy>(digest.as_bytes()).await? else { return Ok(None) };
    let Some(payload) = scope.get::<Payload>(digest.as_bytes()).await? else { return Ok(None) };
    let package = Package::from_manifest(policy.record.manifest, payload.record.bytes);
    Ok(package.ok().filter(|package| package.digest() == digest))
}
