//! More candidates than the contract allows: a fault before any matching policy is asked, and never a silent cut.
//!
//! Owns what the fault comes to, by what the entries of the live policy set say about faults.

use usher_domain::policy::sso::{Decision, Request, Verdict};
use usher_domain::policy::{DecisionPoint, Pair, Reason};
use usher_engine::{Combine, OnFault};
use usher_store::OrgScope;

use super::index::MAX_CANDIDATES;
use crate::app::pdp::{Decided, Record};
use crate::app::policies::{PolicySet, live, set};
use crate::app::refusal::Refusal;
use crate::app::{App, decisions};

/// The fault's name, in the decision's reason and in the metrics.
const FAULT: &str = "too-many-candidates";

/// The decision that stands for the fault; its record names the members that were found.
pub(super) async fn decide(app: &App, scope: &OrgScope, request: &Request) -> Result<Decided<Decision>, Refusal> {
    let point = DecisionPoint::SsoMatching;
    let live = match live(scope, point).await?.record.generation {
        0 => None,
        generation => Some(set(scope, point, generation).await?),
    };
    let verdict = match live.as_ref().map_or(OnFault::Deny, on_fault) {
        OnFault::Deny => Verdict::Mismatch,
        OnFault::Review => Verdict::Review,
    };
    let decision = Decision { verdict, member: None, reasons: vec![reason()], obligations: Vec::new() };
    app.metrics.faulted(point.as_str(), FAULT);
    app.metrics.decided(point.as_str(), verdict.as_str());
    let json = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
    let mut record = decisions::Decision {
        id: decisions::new_id(app.clock.as_ref(), app.entropy.as_ref()),
        point,
        generation: live.as_ref().map_or(0, |set| set.generation),
        combine: live.as_ref().map_or_else(Combine::default, |set| set.combine),
        request: json(serde_json::to_value(request)),
        answer: decisions::Answer { decision: json(serde_json::to_value(&decision)), by: None, entries: Vec::new() },
        effect: None,
    };
    let policies = live.iter().flat_map(|set| &set.entries).map(|entry| entry.policy.to_string()).collect();
    Ok(Decided {
        id: record.id,
        decision,
        faulted: true,
        policies,
        record: Record::new(move |effect| {
            record.effect = Some(effect);
            record
        }),
    })
}

/// Every entry would meet the same fault: the first decides where a fault settles the question, else the
/// strictest.
fn on_fault(set: &PolicySet) -> OnFault {
    let mut entries = set.entries.iter().map(|entry| entry.on_fault);
    match set.combine {
        Combine::FirstDecisive => entries.next().unwrap_or(OnFault::Deny),
        Combine::Strictest if entries.any(|on_fault| on_fault == OnFault::Deny) => OnFault::Deny,
        Combine::Strictest => OnFault::Review,
    }
}

fn reason() -> Reason {
    Reason {
        code: "policy-fault".into(),
        params: vec![Pair { name: "fault".into(), value: FAULT.into() }],
        text: format!(
            "The login shares match keys with more than {MAX_CANDIDATES} members, so no policy was asked whose it is."
        ),
    }
}
