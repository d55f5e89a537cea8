//! The policy decision point by the policy engine: organisations' pipelines, kept loaded, run on threads
//! of their own.
//!
//! Owns which generation is asked, and what is counted. Must not know what comes of a decision.

mod compilers;
mod facts;
mod pipelines;
mod record;
mod runs;
mod shelf;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;

use async_trait::async_trait;
use usher_domain::ids::DecisionId;
use usher_domain::policy::{Reason, approval, seat, sso};
use usher_engine::{
    Activation, Approval, Ended, Engine, Fault, Package, Point, PrepareError, SeatAssignment, SsoMatching,
};
use usher_store::OrgScope;

use crate::app::decisions::{self, Asked, Verdicts};
use crate::app::pdp::{Decided, Facts, NotReady, Pdp};
use crate::app::refusal::Refusal;
use crate::metrics::Metrics;
use crate::ports::{Clock, Entropy};
use compilers::Compilers;
use pipelines::{Keeping, Pipelines};
use runs::{Runs, Verdict};

/// Answers questions by the organisations' policies.
pub struct EnginePdp {
    compilers: Compilers,
    pipelines: Pipelines,
    runs: Runs,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metrics: Metrics,
}

impl EnginePdp {
    /// Over this engine.
    pub fn new(engine: Arc<Engine>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, metrics: Metrics) -> EnginePdp {
        let runs = Runs::new(engine.slots(), Arc::clone(&clock));
        let compilers = Compilers::new(engine);
        EnginePdp { pipelines: Pipelines::new(compilers.clone()), compilers, runs, clock, entropy, metrics }
    }

    fn new_id(&self) -> DecisionId {
        decisions::new_id(self.clock.as_ref(), self.entropy.as_ref())
    }

    /// Asks the live policies of a point; with none, `unasked` stands.
    async fn decide<P: Keeping>(
        &self,
        org: &OrgScope,
        request: &P::Request,
        unasked: impl FnOnce() -> P::Decision,
    ) -> Result<Decided<P::Decision>, Refusal> {
        let id = self.new_id();
        let Some(ready) = self.pipelines.live::<P>(&self.runs, org).await? else {
            return Ok(record::unasked::<P>(id, request.clone(), unasked()));
        };
        let verdict = self.runs.one(org, &ready, request).await?;
        self.count(&verdict);
        Ok(record::decided::<P>(id, request.clone(), &ready, verdict))
    }

    /// Asks the live policies of a point many things at once; with none, `unasked` stands.
    async fn decide_all<P: Keeping>(
        &self,
        org: &OrgScope,
        requests: Vec<P::Request>,
        known: Facts,
        unasked: impl Fn() -> P::Decision,
    ) -> Result<Vec<Decided<P::Decision>>, Refusal> {
        let Some(ready) = self.pipelines.live::<P>(&self.runs, org).await? else {
            let unasked = |request: P::Request| record::unasked::<P>(self.new_id(), request, unasked());
            return Ok(requests.into_iter().map(unasked).collect());
        };
        let verdicts = self.runs.many(org, &ready, requests, known).await?;
        let decided = verdicts.into_iter().map(|(request, verdict)| {
            self.count(&verdict);
            record::decided::<P>(self.new_id(), request, &ready, verdict)
        });
        Ok(decided.collect())
    }

    /// What the live policies would say to each; nothing is kept.
    async fn ask_all<P: Keeping>(&self, org: &OrgScope, requests: Vec<P::Request>) -> Result<Verdicts, Refusal> {
        let Some(ready) = self.pipelines.live::<P>(&self.runs, org).await? else {
            return Ok(Verdicts { generation: 0, answers: Vec::new() });
        };
        let verdicts = self.runs.many(org, &ready, requests, Facts::new()).await?;
        let answers = verdicts.iter().map(|(_, verdict)| record::answer::<P>(verdict)).collect();
        Ok(Verdicts { generation: ready.generation, answers })
    }

    /// What every policy of a generation gives as keys of the claims.
    async fn keys(
        &self,
        org: &OrgScope,
        generation: u64,
        claims: &[sso::Claim],
    ) -> Result<Vec<Ended<Vec<String>>>, Refusal> {
        match self.pipelines.numbered(&self.runs, org, generation).await? {
            Some(ready) => self.runs.keys(&ready, claims).await,
            None => Ok(Vec::new()),
        }
    }

    fn count<P: Point>(&self, verdict: &Verdict<P>) {
        self.metrics.decided(P::POINT.as_str(), record::verdict_name::<P>(&verdict.decision));
        for entry in &verdict.entries {
            if let Ended::Fault(fault) = &entry.run.ended {
                self.metrics.faulted(P::POINT.as_str(), fault.code());
            }
        }
    }
}

#[async_trait]
impl Pdp for EnginePdp {
    async fn approval(
        &self,
        org: &OrgScope,
        request: &approval::Request,
    ) -> Result<Decided<approval::Decision>, Refusal> {
        self.decide::<Approval>(org, request, no_approval).await
    }

    async fn seat(&self, org: &OrgScope, request: &seat::Request) -> Result<Decided<seat::Decision>, Refusal> {
        self.decide::<SeatAssignment>(org, request, no_seat).await
    }

    async fn approvals(
        &self,
        org: &OrgScope,
        requests: Vec<approval::Request>,
        known: Facts,
    ) -> Result<Vec<Decided<approval::Decision>>, Refusal> {
        self.decide_all::<Approval>(org, requests, known, no_approval).await
    }

    async fn seats(
        &self,
        org: &OrgScope,
        requests: Vec<seat::Request>,
        known: Facts,
    ) -> Result<Vec<Decided<seat::Decision>>, Refusal> {
        self.decide_all::<SeatAssignment>(org, requests, known, no_seat).await
    }

    async fn sso(&self, org: &OrgScope, request: &sso::Request) -> Result<Decided<sso::Decision>, Refusal> {
        let unasked = || sso::Decision {
            verdict: sso::Verdict::Mismatch,
            member: None,
            reasons: vec![no_policy()],
            obligations: vec![],
        };
        self.decide::<SsoMatching>(org, request, unasked).await
    }

    async fn match_keys(
        &self,
        org: &OrgScope,
        generation: u64,
        claims: &[sso::Claim],
    ) -> Result<BTreeSet<String>, Refusal> {
        let mut keys = BTreeSet::new();
        for ended in self.keys(org, generation, claims).await? {
            match ended {
                Ended::Decided(found) => keys.extend(found),
                // The member is still written: found by fewer keys, refused at login, never let in.
                ended => self.metrics.faulted("match-keys", fault_of(ended).map_or("none", |fault| fault.code())),
            }
        }
        Ok(keys)
    }

    async fn keys_fault(
        &self,
        org: &OrgScope,
        generation: u64,
        claims: &[sso::Claim],
    ) -> Result<Option<String>, Refusal> {
        let ended = self.keys(org, generation, claims).await?;
        Ok(ended.into_iter().find_map(fault_of).map(|fault| fault.to_string()))
    }

    async fn check(&self, org: &OrgScope, package: &Package) -> Result<(), NotReady> {
        self.compilers.check(*org.owner(), package).await
    }

    async fn prepare(&self, org: &OrgScope, package: &Package, activation: Activation) -> Result<(), NotReady> {
        let policy = self.compilers.load(*org.owner(), package, activation).await?;
        let bulkhead = self.runs.bulkhead(*org.owner(), package.manifest().point);
        let tried = self.runs.on_threads(&bulkhead, NonZero::<usize>::MIN, move || policy.trial()).await;
        Ok(tried.map_err(|error| PrepareError::Host { text: error.to_string() })??)
    }

    async fn ask(&self, org: &OrgScope, asked: Asked) -> Result<Verdicts, Refusal> {
        match asked {
            Asked::Approval(requests) => self.ask_all::<Approval>(org, requests).await,
            Asked::SeatAssignment(requests) => self.ask_all::<SeatAssignment>(org, requests).await,
            Asked::SsoMatching(requests) => self.ask_all::<SsoMatching>(org, requests).await,
        }
    }
}

fn fault_of<D>(ended: Ended<D>) -> Option<Fault> {
    match ended {
        Ended::Fault(fault) => Some(fault),
        Ended::NeedsFact(fact) => Some(Fault::FactNotGranted { fact: fact.family().to_string() }),
        Ended::Decided(_) => None,
    }
}

fn no_approval() -> approval::Decision {
    let verdict = approval::Verdict::Approve;
    approval::Decision { verdict, reasons: vec![no_policy()], obligations: vec![], placement: None }
}

fn no_seat() -> seat::Decision {
    let verdict = seat::Verdict::Decline;
    seat::Decision { verdict, plans: vec![], reasons: vec![no_policy()], obligations: vec![] }
}

fn no_policy() -> Reason {
    Reason {
        code: "no-policy".into(),
        params: vec![],
        text: "The organisation has no policy for this; the host's own rules decide.".into(),
    }
}
