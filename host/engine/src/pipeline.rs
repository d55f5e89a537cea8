//! The policies of one decision point in an organisation's policy set, and how their answers become one.
//!
//! A pipeline is an immutable generation. What a fault means is decided here, and never is it an
//! approval. Must not know where facts come from: a missing one ends the run, and the host runs it again.

use std::num::NonZeroUsize;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use usher_domain::policy::facts::Fact;

use crate::fault::Fault;
use crate::point::Point;
use crate::policy::{Ended, Policy, Run, Terms};
use crate::sandbox::FactSource;

/// How the answers of several policies become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// All are asked, and the strictest answer counts: one refusal refuses.
    #[default]
    Strictest,
    /// They are asked in order until one is decisive (does not leave it to an admin, does not pass). A
    /// fault is decisive.
    FirstDecisive,
}

/// What a fault of a policy comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFault {
    /// Refused; no seat; no match.
    Deny,
    /// An admin decides.
    #[default]
    Review,
}

/// One policy of a pipeline.
pub struct Entry<P: Point> {
    /// The policy on its terms.
    pub policy: Arc<Policy<P>>,
    /// What its faults come to.
    pub on_fault: OnFault,
}

impl<P: Point> Clone for Entry<P> {
    fn clone(&self) -> Self {
        Self { policy: Arc::clone(&self.policy), on_fault: self.on_fault }
    }
}

/// Policies that answer one question together; at least one.
pub struct Pipeline<P: Point> {
    first: Entry<P>,
    rest: Vec<Entry<P>>,
    combine: Combine,
}

/// What one policy of a pipeline said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryRun<D> {
    /// On what terms it ran.
    pub terms: Arc<Terms>,
    /// What a fault comes to.
    pub on_fault: OnFault,
    /// Its run.
    pub run: Run<D>,
}

/// What the pipeline said.
#[derive(Clone, Debug, PartialEq)]
pub enum PipelineRun<D> {
    /// An answer, if need be the one that stands for a fault.
    Decided {
        /// The answer; not yet clamped by the host rules.
        decision: D,
        /// Which of `entries` gave it.
        by: usize,
        /// Every policy that ran, in order.
        entries: Vec<EntryRun<D>>,
    },
    /// Facts to read before it is run again.
    NeedsFact(Fact),
}

impl<P: Point> Pipeline<P> {
    /// A pipeline of these policies, in order; none of no policies.
    #[must_use]
    pub fn new(entries: Vec<Entry<P>>, combine: Combine) -> Option<Self> {
        let mut entries = entries.into_iter();
        let first = entries.next()?;
        Some(Self { first, rest: entries.collect(), combine })
    }

    /// The policies, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry<P>> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Asks the policies.
    #[must_use]
    pub fn decide(&self, request: &P::Request, facts: &Arc<dyn FactSource>) -> PipelineRun<P::Decision> {
        let mut runs = Vec::with_capacity(1 + self.rest.len());
        let mut best: Option<(usize, P::Decision)> = None;
        for entry in self.entries() {
            let run = entry.policy.decide(request, Arc::clone(facts));
            let (decision, faulted) = match &run.ended {
                Ended::Decided(decision) => (decision.clone(), false),
                Ended::Fault(fault) => (P::for_fault(fault, entry.on_fault), true),
                Ended::NeedsFact(fact) => return PipelineRun::NeedsFact(fact.clone()),
            };
            let decisive = faulted || P::is_decisive(&decision);
            let index = runs.len();
            runs.push(EntryRun { terms: Arc::clone(entry.policy.terms()), on_fault: entry.on_fault, run });
            best = Some(match (best, self.combine) {
                (None, _) => (index, decision),
                (Some(_), Combine::FirstDecisive) if decisive => (index, decision),
                (Some(best), Combine::FirstDecisive) => best,
                (Some((by, best)), Combine::Strictest) => match P::stricter(&best, &decision) {
                    Some(stricter) => (index, stricter),
                    None => (by, best),
                },
            });
            if self.combine == Combine::FirstDecisive && decisive {
                break;
            }
        }
        let (by, decision) = best.unwrap_or_else(|| unreachable!("a pipeline has at least one policy"));
        PipelineRun::Decided { decision, by, entries: runs }
    }

    /// Asks the policies about each request, every run in a sandbox of its own, on up to `threads` threads;
    /// answers in order.
    #[must_use]
    pub fn decide_all(
        &self,
        requests: &[&P::Request],
        facts: &Arc<dyn FactSource>,
        threads: NonZeroUsize,
    ) -> Vec<PipelineRun<P::Decision>> {
        on_threads(requests, threads, |request| self.decide(request, facts))
    }
}

/// Runs `work` on each item, on up to `threads` threads; answers in order.
fn on_threads<T: Sync, R: Send>(items: &[T], threads: NonZeroUsize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(threads.get()).max(1);
    let (own, others) = items.split_at(share.min(items.len()));
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            others.chunks(share).map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<_>>())).collect();
        let mut results = Vec::with_capacity(items.len());
        results.extend(own.iter().map(work));
        for worker in workers {
            results.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    })
}

/// The reason that stands for a fault, in every decision point.
pub(crate) fn fault_reason(fault: &Fault) -> usher_domain::policy::Reason {
    usher_domain::policy::Reason {
        code: "policy-fault".into(),
        params: vec![usher_domain::policy::Pair { name: "fault".into(), value: fault.code().into() }],
        text: format!("The policy {fault}.").chars().take(1_024).collect(),
    }
}
