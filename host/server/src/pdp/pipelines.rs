//! Pipelines kept loaded: which generation is live is read for every decision, and loading is done once
//! for a generation.

use std::sync::Arc;

use usher_domain::policy::DecisionPoint;
use usher_engine::{Activation, AnyPolicy, Approval, Entry, Pipeline, Point, Policy, SeatAssignment, SsoMatching};
use usher_store::OrgScope;

use super::compilers::Compilers;
use super::runs::{Bulkhead, Runs};
use super::shelf::Shelf;
use crate::app::policies::{Live, PolicySet, activate, live, set};
use crate::app::refusal::Refusal;

/// Most bytes of pipelines kept loaded, of one decision point.
const MAX_KEPT_BYTES: usize = 1 << 30;

/// What a pipeline takes beside its code and its settings.
const PIPELINE_BYTES: usize = 4 << 10;

/// A generation, loaded.
pub(super) struct Ready<P: Point> {
    pub(super) generation: u64,
    pub(super) set: PolicySet,
    pub(super) pipeline: Pipeline<P>,
    /// The organisation's, for this decision point.
    pub(super) bulkhead: Bulkhead,
}

/// Loaded generations of one decision point; none for a set without policies.
type Kept<P> = Shelf<Option<Arc<Ready<P>>>>;

/// Loaded generations of all decision points.
pub(super) struct Pipelines {
    compilers: Compilers,
    approval: Kept<Approval>,
    seat: Kept<SeatAssignment>,
    sso: Kept<SsoMatching>,
}

/// A decision point whose pipelines are kept.
pub(super) trait Keeping: Point {
    fn kept(all: &Pipelines) -> &Kept<Self>;
    fn of(policy: AnyPolicy) -> Option<Arc<Policy<Self>>>;
}

macro_rules! keeping {
    ($point:ident, $field:ident) => {
        impl Keeping for $point {
            fn kept(all: &Pipelines) -> &Kept<Self> {
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

keeping!(Approval, approval);
keeping!(SeatAssignment, seat);
keeping!(SsoMatching, sso);

impl Pipelines {
    /// None loaded yet.
    pub(super) fn new(compilers: Compilers) -> Pipelines {
        Pipelines {
            compilers,
            approval: Shelf::new(MAX_KEPT_BYTES),
            seat: Shelf::new(MAX_KEPT_BYTES),
            sso: Shelf::new(MAX_KEPT_BYTES),
        }
    }

    /// The live generation; none if there is none, or if it holds no policy.
    pub(super) async fn live<P: Keeping>(&self, runs: &Runs, org: &OrgScope) -> Result<Option<Arc<Ready<P>>>, Refusal> {
        let live = live(org, P::POINT).await?.record;
        self.generation(runs, org, &live, live.generation).await
    }

    /// A generation of the matching policies; none if there is none, or if it holds no policy.
    pub(super) async fn numbered(
        &self,
        runs: &Runs,
        org: &OrgScope,
        generation: u64,
    ) -> Result<Option<Arc<Ready<SsoMatching>>>, Refusal> {
        let live = live(org, DecisionPoint::SsoMatching).await?.record;
        self.generation(runs, org, &live, generation).await
    }

    async fn generation<P: Keeping>(
        &self,
        runs: &Runs,
        org: &OrgScope,
        live: &Live,
        generation: u64,
    ) -> Result<Option<Arc<Ready<P>>>, Refusal> {
        if generation == 0 {
            return Ok(None);
        }
        let owner = *org.owner();
        let load = || load::<P>(self.compilers.clone(), org.clone(), generation, runs.bulkhead(owner, P::POINT));
        P::kept(self).get(owner, live, generation, load).await
    }
}

/// A generation, with the bytes that it takes.
async fn load<P: Keeping>(
    compilers: Compilers,
    org: OrgScope,
    generation: u64,
    bulkhead: Bulkhead,
) -> Result<(Option<Arc<Ready<P>>>, usize), Refusal> {
    let set = set(&org, P::POINT, generation).await?;
    let (mut entries, mut bytes) = (Vec::with_capacity(set.entries.len()), PIPELINE_BYTES);
    for entry in &set.entries {
        let missing = || Refusal::not_found("policy", &entry.policy);
        let package = activate::package(&org, entry.policy).await?.ok_or_else(missing)?;
        let activation =
            Activation { settings: entry.settings.clone(), grants: entry.grants.clone(), limits: entry.limits };
        let policy = compilers.load_live(*org.owner(), &package, activation).await;
        let policy = policy.map_err(|error| Refusal::Policies(error.to_string()))?;
        bytes += policy.code_bytes() + entry.settings.len();
        let policy = P::of(policy).ok_or_else(missing)?;
        entries.push(Entry { policy, on_fault: entry.on_fault });
    }
    let pipeline = Pipeline::new(entries, set.combine);
    Ok((pipeline.map(|pipeline| Arc::new(Ready { generation, set, pipeline, bulkhead })), bytes))
}
