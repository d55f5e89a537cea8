//! Pipelines kept loaded: which generation is live is read for every decision, and loading is done once
//! for a generation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use usher_domain::policy::DecisionPoint;
use usher_engine::{
    Activation, AnyPolicy, Approval, Engine, Entry, Pipeline, Point, Policy, SeatAssignment, SsoMatching,
};
use usher_store::OrgScope;

use super::{Place, bulkhead};
use crate::app::policies::{PolicySet, activate, live, set};
use crate::app::refusal::Refusal;

/// Most pipelines kept loaded, of one decision point; beyond that the store of them starts over.
const MAX_KEPT: usize = 4_096;

/// A generation, loaded.
pub(crate) struct Ready<P: Point> {
    pub(crate) generation: u64,
    pub(crate) set: PolicySet,
    pub(crate) pipeline: Pipeline<P>,
    pub(crate) bulkhead: Semaphore,
}

/// Loaded generations of one decision point; none for a set without policies.
type Kept1<P> = Mutex<HashMap<Place, Option<Arc<Ready<P>>>>>;

/// Loaded generations of all decision points.
#[derive(Default)]
pub(crate) struct Pipelines {
    approval: Kept1<Approval>,
    seat: Kept1<SeatAssignment>,
    sso: Kept1<SsoMatching>,
}

/// A decision point whose pipelines are kept.
pub(crate) trait Kept: Point {
    fn kept(all: &Pipelines) -> &Kept1<Self>;
    fn of(policy: AnyPolicy) -> Option<Arc<Policy<Self>>>;
}

macro_rules! kept {
    ($point:ident, $field:ident) => {
        impl Kept for $point {
            fn kept(all: &Pipelines) -> &Kept1<Self> {
                &all.$field
            }

            fn of(policy: AnyPolicy) -> Option<Arc<Policy<Self>>> {
                match policy {
                    AnyPolicy::$point(policy) => Some(policy),
                    _ => None,
                }
            }
        }
    };
}

kept!(Approval, approval);
kept!(SeatAssignment, seat);
kept!(SsoMatching, sso);

impl Pipelines {
    /// The live generation; none if there is none, or if it holds no policy.
    pub(crate) async fn live<P: Kept>(
        &self,
        engine: &Arc<Engine>,
        org: &OrgScope,
    ) -> Result<Option<Arc<Ready<P>>>, Refusal> {
        let generation = live(org, P::POINT).await?.record.generation;
        self.generation(engine, org, generation).await
    }

    /// The live generation of matching policies, and the one being prepared.
    pub(crate) async fn live_and_next(
        &self,
        engine: &Arc<Engine>,
        org: &OrgScope,
    ) -> Result<Vec<Arc<Ready<SsoMatching>>>, Refusal> {
        let live = live(org, DecisionPoint::SsoMatching).await?.record;
        let mut found = Vec::new();
        found.extend(self.generation(engine, org, live.generation).await?);
        if live.newest != live.generation {
            found.extend(self.generation(engine, org, live.newest).await?);
        }
        Ok(found)
    }

    async fn generation<P: Kept>(
        &self,
        engine: &Arc<Engine>,
        org: &OrgScope,
        generation: u64,
    ) -> Result<Option<Arc<Ready<P>>>, Refusal> {
        if generation == 0 {
            return Ok(None);
        }
        let place = (*org.owner(), generation);
        let kept = P::kept(self);
        if let Some(found) = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&place) {
            return Ok(found.clone());
        }
        let loaded = load::<P>(engine, org, generation).await?;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(place, loaded.clone());
        Ok(loaded)
    }
}

async fn load<P: Kept>(
    engine: &Arc<Engine>,
    org: &OrgScope,
    generation: u64,
) -> Result<Option<Arc<Ready<P>>>, Refusal> {
    let set = set(org, P::POINT, generation).await?;
    let mut entries = Vec::with_capacity(set.entries.len());
    for entry in &set.entries {
        let missing = || Refusal::not_found("policy", &entry.policy);
        let package = activate::package(org, entry.policy).await?.ok_or_else(missing)?;
        let activation =
            Activation { settings: entry.settings.clone(), grants: entry.grants.clone(), limits: entry.limits };
        let engine = Arc::clone(engine);
        let load = move || engine.load(&package, activation);
        let policy = tokio::task::spawn_blocking(load).await.map_err(|_| Refusal::Busy)?;
        let policy = policy.map_err(|error| Refusal::Policies(error.to_string()))?;
        let policy = P::of(policy).ok_or_else(missing)?;
        entries.push(Entry { policy, on_fault: entry.on_fault });
    }
    let pipeline = Pipeline::new(entries, set.combine);
    Ok(pipeline.map(|pipeline| Arc::new(Ready { generation, set, pipeline, bulkhead: bulkhead() })))
}
