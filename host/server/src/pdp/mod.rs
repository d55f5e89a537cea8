//! The policy decision point by the policy engine: organisations' pipelines, kept loaded, run on threads
//! of their own.
//!
//! Owns which generation is asked, the rounds of reading facts, and the bulkheads between organisations.
//! Must not know what comes of a decision.

mod facts;
mod pipelines;
mod record;

use std::num::NonZero;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use usher_domain::ids::OrgId;
use usher_domain::policy::{Reason, approval, seat, sso};
use usher_engine::{
    Activation, Approval, Ended, Engine, Fault, Package, PipelineRun, Point, PrepareError, SeatAssignment, SsoMatching,
};
use usher_store::OrgScope;

use crate::app::decisions::{Asked, Verdicts};
use crate::app::pdp::{Decided, Pdp};
use crate::app::refusal::Refusal;
use crate::metrics::Metrics;
use crate::ports::{Clock, Entropy};
use facts::FactSheet;
use pipelines::{Pipelines, Ready};

/// Times a decision is run again because a policy asked for another fact.
const MAX_FACT_ROUNDS: usize = 16;

/// Policies compiled at the same time: each takes a processor and much memory.
const MAX_COMPILERS: usize = 2;

/// Answers questions by the organisations' policies.
pub struct EnginePdp {
    engine: Arc<Engine>,
    pipelines: Pipelines,
    /// As many as the engine has: who comes when all are taken waits.
    sandboxes: Arc<Semaphore>,
    compilers: Semaphore,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metrics: Metrics,
}

impl EnginePdp {
    /// Over this engine.
    pub fn new(engine: Arc<Engine>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, metrics: Metrics) -> EnginePdp {
        EnginePdp {
            sandboxes: Arc::new(Semaphore::new(engine.slots() as usize)),
            engine,
            pipelines: Pipelines::default(),
            compilers: Semaphore::new(MAX_COMPILERS),
            clock,
            entropy,
            metrics,
        }
    }

    /// Asks the live policies of a point; with none, `unasked` stands.
    async fn decide<P: pipelines::Kept>(
        &self,
        org: &OrgScope,
        request: &P::Request,
        unasked: impl FnOnce() -> P::Decision,
    ) -> Result<Decided<P::Decision>, Refusal> {
        let id = crate::app::decisions::new_id(self.clock.as_ref(), self.entropy.as_ref());
        let Some(ready) = self.pipelines.live::<P>(&self.engine, org).await? else {
            return Ok(record::unasked::<P>(id, request.clone(), unasked()));
        };
        let verdict = self.run(org, &ready, request).await?;
        self.count(&verdict);
        Ok(record::decided::<P>(id, request.clone(), &ready, verdict))
    }

    /// Runs a pipeline until it needs no further fact.
    async fn run<P: Point>(
        &self,
        org: &OrgScope,
        ready: &Arc<Ready<P>>,
        request: &P::Request,
    ) -> Result<Verdict<P>, Refusal> {
        let permit = ready.bulkhead.acquire().await.map_err(|_| Refusal::Busy)?;
        let facts = Arc::new(FactSheet::default());
        for _ in 0..MAX_FACT_ROUNDS {
            let (pipeline, facts_now) = (Arc::clone(ready), Arc::clone(&facts));
            let request = request.clone();
            let run = self.on_threads(1, move || pipeline.pipeline.decide(&request, &(facts_now as _))).await?;
            match run {
                PipelineRun::Decided { decision, by, entries } => {
                    drop(permit);
                    return Ok(Verdict { decision, by, entries });
                }
                PipelineRun::NeedsFact(fact) => facts.read(org, self.clock.now(), fact).await?,
            }
        }
        let fault = Fault::FactsUnavailable { missing: facts.known() };
        let entry = ready.pipeline.entries().next();
        let on_fault = entry.map_or_else(Default::default, |entry| entry.on_fault);
        Ok(Verdict { decision: P::for_fault(&fault, on_fault), by: 0, entries: Vec::new() })
    }
}

/// What a pipeline said.
pub(crate) struct Verdict<P: Point> {
    pub(crate) decision: P::Decision,
    pub(crate) by: usize,
    pub(crate) entries: Vec<usher_engine::EntryRun<P::Decision>>,
}

#[async_trait]
impl Pdp for EnginePdp {
    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

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
    ) -> Result<Vec<Decided<approval::Decision>>, Refusal> {
        self.decide_all::<Approval>(org, requests, no_approval).await
    }

    async fn seats(
        &self,
        org: &OrgScope,
        requests: Vec<seat::Request>,
    ) -> Result<Vec<Decided<seat::Decision>>, Refusal> {
        self.decide_all::<SeatAssignment>(org, requests, no_seat).await
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

    async fn match_keys(&self, org: &OrgScope, claim: &sso::Claim) -> Result<Vec<String>, Refusal> {
        Ok(self.match_keys_of(org, vec![claim.clone()]).await?.pop().unwrap_or_default())
    }

    async fn match_keys_of(&self, org: &OrgScope, claims: Vec<sso::Claim>) -> Result<Vec<Vec<String>>, Refusal> {
        let mut keys = vec![Vec::new(); claims.len()];
        for ready in self.pipelines.live_and_next(&self.engine, org).await? {
            let generation = ready.generation;
            for (keys, ended) in keys.iter_mut().zip(self.keys_of(ready, claims.clone()).await?) {
                for ended in ended {
                    match ended {
                        Ended::Decided(found) => keys.extend(found.iter().map(|key| format!("{generation}\0{key}"))),
                        // The member is still written: found by fewer keys, refused at login, never let in.
                        ended => {
                            self.metrics.faulted("match-keys", fault_of(ended).map_or("none", |fault| fault.code()));
                        }
                    }
                }
            }
        }
        for keys in &mut keys {
            keys.sort_unstable();
            keys.dedup();
        }
        Ok(keys)
    }

    async fn keys_fault(&self, org: &OrgScope, claims: &[sso::Claim]) -> Result<Option<String>, Refusal> {
        let Some(ready) = self.pipelines.live_and_next(&self.engine, org).await?.pop() else { return Ok(None) };
        let ended = self.keys_of(ready, claims.to_vec()).await?;
        Ok(ended.into_iter().flatten().find_map(fault_of).map(|fault| fault.to_string()))
    }

    async fn check(&self, package: &Package) -> Result<(), PrepareError> {
        let _permit = self.compilers.acquire().await.map_err(|error| host(&error))?;
        let (engine, package) = (Arc::clone(&self.engine), package.clone());
        tokio::task::spawn_blocking(move || engine.check(&package)).await.map_err(|error| host(&error))?
    }

    async fn prepare(&self, package: &Package, activation: Activation) -> Result<(), PrepareError> {
        let _permit = self.compilers.acquire().await.map_err(|error| host(&error))?;
        let (engine, package) = (Arc::clone(&self.engine), package.clone());
        let load = move || engine.load(&package, activation).map(drop);
        tokio::task::spawn_blocking(load).await.map_err(|error| host(&error))?
    }

    async fn ask(&self, org: &OrgScope, asked: Asked) -> Result<Verdicts, Refusal> {
        match asked {
            Asked::Approval(requests) => self.ask_all::<Approval>(org, requests).await,
            Asked::SeatAssignment(requests) => self.ask_all::<SeatAssignment>(org, requests).await,
            Asked::SsoMatching(requests) => self.ask_all::<SsoMatching>(org, requests).await,
        }
    }
}

impl EnginePdp {
    /// What the live policies would say to each; nothing is kept.
    async fn ask_all<P: pipelines::Kept>(
        &self,
        org: &OrgScope,
        requests: Vec<P::Request>,
    ) -> Result<Verdicts, Refusal> {
        let Some(ready) = self.pipelines.live::<P>(&self.engine, org).await? else {
            return Ok(Verdicts { generation: 0, answers: Vec::new() });
        };
        let verdicts = self.run_all(org, &ready, requests).await?;
        let answers = verdicts.iter().map(|(_, verdict)| record::answer::<P>(verdict)).collect();
        Ok(Verdicts { generation: ready.generation, answers })
    }

    /// Asks the live policies of a point many things at once; with none, `unasked` stands.
    async fn decide_all<P: pipelines::Kept>(
        &self,
        org: &OrgScope,
        requests: Vec<P::Request>,
        unasked: impl Fn() -> P::Decision,
    ) -> Result<Vec<Decided<P::Decision>>, Refusal> {
        let id = || crate::app::decisions::new_id(self.clock.as_ref(), self.entropy.as_ref());
        let Some(ready) = self.pipelines.live::<P>(&self.engine, org).await? else {
            return Ok(requests.into_iter().map(|request| record::unasked::<P>(id(), request, unasked())).collect());
        };
        let verdicts = self.run_all(org, &ready, requests).await?;
        let decided = verdicts.into_iter().map(|(request, verdict)| {
            self.count(&verdict);
            record::decided::<P>(id(), request, &ready, verdict)
        });
        Ok(decided.collect())
    }

    /// Runs a pipeline for each request, on several threads, until none needs a further fact. In the order asked.
    async fn run_all<P: Point>(
        &self,
        org: &OrgScope,
        ready: &Arc<Ready<P>>,
        requests: Vec<P::Request>,
    ) -> Result<Vec<(P::Request, Verdict<P>)>, Refusal> {
        let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let most = MAX_RUNS_OF_ONE_ORGANISATION.min(self.engine.slots() as usize);
        let threads = NonZero::new(most).map_or(threads, |most| threads.min(most));
        let slots = u32::try_from(threads.get()).unwrap_or(1);
        let _permit = ready.bulkhead.acquire_many(slots).await.map_err(|_| Refusal::Busy)?;
        let facts = Arc::new(FactSheet::default());
        let mut verdicts = Vec::with_capacity(requests.len());
        let mut pending: Vec<(usize, P::Request)> = requests.into_iter().enumerate().collect();
        for _ in 0..MAX_FACT_ROUNDS {
            let (pipeline, facts_now) = (Arc::clone(ready), Arc::clone(&facts));
            let all = move || {
                let requests: Vec<_> = pending.iter().map(|(_, request)| request).collect();
                let runs = pipeline.pipeline.decide_all(&requests, &(facts_now as _), threads);
                (runs, pending)
            };
            let (runs, asked) = self.on_threads(slots, all).await?;
            pending = Vec::new();
            for (run, (index, request)) in runs.into_iter().zip(asked) {
                match run {
                    PipelineRun::Decided { decision, by, entries } => {
                        verdicts.push((index, (request, Verdict { decision, by, entries })));
                    }
                    PipelineRun::NeedsFact(fact) => {
                        facts.read(org, self.clock.now(), fact).await?;
                        pending.push((index, request));
                    }
                }
            }
            if pending.is_empty() {
                break;
            }
        }
        if !pending.is_empty() {
            return Err(Refusal::Busy);
        }
        verdicts.sort_by_key(|(index, _)| *index);
        Ok(verdicts.into_iter().map(|(_, verdict)| verdict).collect())
    }

    fn count<P: Point>(&self, verdict: &Verdict<P>) {
        self.metrics.decided(P::POINT.as_str(), record::verdict_name::<P>(&verdict.decision));
        for entry in &verdict.entries {
            if let Ended::Fault(fault) = &entry.run.ended {
                self.metrics.faulted(P::POINT.as_str(), fault.code());
            }
        }
    }

    /// What every policy of a pipeline gives as keys of each claim, in the order asked.
    async fn keys_of(
        &self,
        ready: Arc<Ready<SsoMatching>>,
        claims: Vec<sso::Claim>,
    ) -> Result<Vec<Vec<Ended<Vec<String>>>>, Refusal> {
        let all = move || {
            let of = |claim: &sso::Claim| {
                ready.pipeline.entries().map(|entry| entry.policy.match_keys(claim).ended).collect()
            };
            claims.iter().map(of).collect()
        };
        self.on_threads(1, all).await
    }

    /// Works with so many sandboxes at once. Policies may run for as long as their limits allow: never on a
    /// thread that serves requests. The sandboxes stay taken if nobody waits any more.
    async fn on_threads<T: Send + 'static>(
        &self,
        sandboxes: u32,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let permit = Arc::clone(&self.sandboxes).acquire_many_owned(sandboxes).await.map_err(|_| Refusal::Busy)?;
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Busy)
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

fn host(error: &dyn std::fmt::Display) -> PrepareError {
    PrepareError::Host { text: error.to_string() }
}

/// Most runs at once of one organisation for one decision point: its slow policies do not hold up another's.
const MAX_RUNS_OF_ONE_ORGANISATION: usize = 8;

pub(crate) fn bulkhead() -> Semaphore {
    Semaphore::new(MAX_RUNS_OF_ONE_ORGANISATION)
}

/// What a pipeline is kept under.
pub(crate) type Place = (OrgId, u64);
