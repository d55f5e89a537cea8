//! From a run of a pipeline to what use cases get and what the record keeps.

use usher_domain::ids::DecisionId;
use usher_engine::{Combine, Ended, EntryRun, Point};

use super::pipelines::Ready;
use super::runs::Verdict;
use crate::app::decisions::{Answer, Decision, EntryRecord};
use crate::app::pdp::{Decided, Effect, Record};

/// A decision that the live policies made.
pub(super) fn decided<P: Point>(
    id: DecisionId,
    request: P::Request,
    ready: &Ready<P>,
    verdict: Verdict<P>,
) -> Decided<P::Decision> {
    let policies = ready.set.entries.iter().map(|entry| entry.policy.to_string()).collect();
    kept::<P>(id, request, (ready.generation, ready.set.combine), verdict, policies)
}

/// A decision without policies.
pub(super) fn unasked<P: Point>(id: DecisionId, request: P::Request, decision: P::Decision) -> Decided<P::Decision> {
    let verdict = Verdict { decision, by: 0, entries: Vec::new() };
    kept::<P>(id, request, (0, Combine::default()), verdict, Vec::new())
}

/// The record is put together when it is kept: most answers of a dry run never are.
fn kept<P: Point>(
    id: DecisionId,
    request: P::Request,
    (generation, combine): (u64, Combine),
    verdict: Verdict<P>,
    policies: Vec<String>,
) -> Decided<P::Decision> {
    let decision = verdict.decision.clone();
    let faulted = verdict.entries.iter().any(|entry| matches!(entry.run.ended, Ended::Fault(_)));
    let record = move |effect: Effect| {
        let (request, answer) = (json(&request), answer::<P>(&verdict));
        Decision { id, point: P::POINT, generation, combine, request, answer, effect: Some(effect) }
    };
    Decided { id, decision, faulted, policies, record: Record::new(record) }
}

/// What the policies said, each and together.
pub(super) fn answer<P: Point>(verdict: &Verdict<P>) -> Answer {
    Answer {
        decision: json(&verdict.decision),
        by: (!verdict.entries.is_empty()).then_some(verdict.by),
        entries: verdict.entries.iter().map(entry::<P>).collect(),
    }
}

fn entry<P: Point>(entry: &EntryRun<P::Decision>) -> EntryRecord {
    let (decision, fault) = match &entry.run.ended {
        Ended::Decided(decision) => (Some(json(decision)), None),
        Ended::Fault(fault) => (None, Some(fault.clone())),
        Ended::NeedsFact(_) => (None, None),
    };
    EntryRecord {
        policy: entry.terms.policy,
        name: entry.terms.manifest.name.clone(),
        version: entry.terms.manifest.version.to_string(),
        settings: usher_engine::Digest::of(entry.terms.settings.as_bytes()),
        grants: entry.terms.grants.as_ref().clone(),
        limits: entry.terms.limits,
        contract: entry.terms.manifest.contract.clone(),
        runtime: entry.terms.runtime,
        on_fault: entry.on_fault,
        decision,
        fault,
        fuel: entry.run.fuel,
        duration_ns: u64::try_from(entry.run.duration.as_nanos()).unwrap_or(u64::MAX),
        facts: entry.run.facts.clone(),
        log: entry.run.log.clone(),
    }
}

/// The verdict's name, for the metrics.
pub(super) fn verdict_name<P: Point>(decision: &P::Decision) -> &'static str {
    P::verdict(decision)
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
