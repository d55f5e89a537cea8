//! The policy decision point, as use cases see it: a typed request in, what takes effect out.
//!
//! Whoever implements it runs the organisation's policy set and combines its entries; a fault has become
//! a verdict by then, and never an approval. Host rules over the verdict (R16, R21, R40) are the use
//! case's, by the domain.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use usher_domain::clamp::Clamp;
use usher_domain::ids::DecisionId;
use usher_domain::policy::facts::{Fact, FactValue};
use usher_domain::policy::{approval, seat, sso};
use usher_engine::{Activation, Package, PrepareError};
use usher_store::{OrgScope, OrgWrites};

use super::decisions::{Asked, Decision, Verdicts};
use super::refusal::Refusal;
use crate::turns::TooManyWaiting;

/// What takes effect, and the record of how it came about.
pub struct Decided<D> {
    /// Names the decision record.
    pub id: DecisionId,
    /// What the policies say together.
    pub decision: D,
    /// Whether a policy that was asked faulted. The decision is then the one that stands for faults: no policy's
    /// word, and INVARIANT: nobody's approval, whatever a policy's own `review` counts as.
    pub faulted: bool,
    /// Digests of the policies that were asked, for the audit entry.
    pub policies: Vec<String>,
    /// The decision record with what came of it; to be written with what acts on the decision ([`Record::keep`]).
    pub record: Record,
}

/// A decision record, but for what came of the decision.
pub struct Record(Box<dyn FnOnce(Effect) -> Decision + Send + Sync>);

impl Record {
    /// One that is put together when it is kept.
    pub fn new(record: impl FnOnce(Effect) -> Decision + Send + Sync + 'static) -> Record {
        Record(Box::new(record))
    }

    /// Writes it with what came of the decision.
    pub fn keep(self, writes: &mut OrgWrites, effect: Effect) {
        let record = (self.0)(effect);
        writes.insert(&record.id, &record);
    }

    /// Without whom it is about: of somebody of whom nothing else is held by which they could be erased.
    #[must_use]
    pub fn nameless(self) -> Record {
        Record::new(move |effect| {
            let mut record = (self.0)(effect);
            record.forget();
            record
        })
    }
}

/// What came of a decision under the host rules: part of its record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// What happened, as `admitted`, `review`, `rejected`, `matched`.
    pub outcome: String,
    /// The host rules that made it stricter than the policies said.
    pub clamps: Vec<Clamp>,
    /// Id of what it happened to, if there is one.
    pub target: Option<String>,
}

/// Facts that policies are told when they ask.
pub type Facts = BTreeMap<Fact, FactValue>;

/// Why a policy is not made ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It can't be, or not on its terms.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Too many of the organisation's wait already.
    #[error(transparent)]
    TooMany(#[from] TooManyWaiting),
}

/// Asks the organisation's policies.
#[async_trait]
pub trait Pdp: Send + Sync + 'static {
    /// May this person join?
    async fn approval(
        &self,
        org: &OrgScope,
        request: &approval::Request,
    ) -> Result<Decided<approval::Decision>, Refusal>;

    /// Which seat do they get?
    async fn seat(&self, org: &OrgScope, request: &seat::Request) -> Result<Decided<seat::Decision>, Refusal>;

    /// May these people join? In the order asked; the decisions see each other's effects no more than one at a time
    /// would. Facts that are given come before what the store says: a dry run knows of departments that are yet to be
    /// made.
    async fn approvals(
        &self,
        org: &OrgScope,
        requests: Vec<approval::Request>,
        _: Facts,
    ) -> Result<Vec<Decided<approval::Decision>>, Refusal> {
        let mut decided = Vec::with_capacity(requests.len());
        for request in &requests {
            decided.push(self.approval(org, request).await?);
        }
        Ok(decided)
    }

    /// Which seats do these people get? In the order asked; facts as in [`Pdp::approvals`].
    async fn seats(
        &self,
        org: &OrgScope,
        requests: Vec<seat::Request>,
        _: Facts,
    ) -> Result<Vec<Decided<seat::Decision>>, Refusal> {
        let mut decided = Vec::with_capacity(requests.len());
        for request in &requests {
            decided.push(self.seat(org, request).await?);
        }
        Ok(decided)
    }

    /// Whose login is this?
    async fn sso(&self, org: &OrgScope, request: &sso::Request) -> Result<Decided<sso::Decision>, Refusal>;

    /// Keys under which a generation of the matching policies finds one of the claims; none for a generation without
    /// policies.
    async fn match_keys(
        &self,
        org: &OrgScope,
        generation: u64,
        claims: &[sso::Claim],
    ) -> Result<BTreeSet<String>, Refusal>;

    /// The fault in which a generation of the matching policies ends for one of the claims, if it does.
    async fn keys_fault(
        &self,
        org: &OrgScope,
        generation: u64,
        claims: &[sso::Claim],
    ) -> Result<Option<String>, Refusal>;

    /// Whether a policy fits its world, before there are settings for it.
    async fn check(&self, org: &OrgScope, package: &Package) -> Result<(), NotReady>;

    /// Compiles a policy, has it check its settings, and starts it once as every decision will.
    async fn prepare(&self, org: &OrgScope, package: &Package, activation: Activation) -> Result<(), NotReady>;

    /// What the live policies would say; nothing is kept.
    async fn ask(&self, org: &OrgScope, asked: Asked) -> Result<Verdicts, Refusal>;
}
