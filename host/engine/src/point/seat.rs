//! Decision point `seat-assignment`: which seat do they get?

use std::collections::BTreeSet;

use usher_domain::ids::PlanId;
use usher_domain::policy::seat::{Decision, Member, Plan, Request, Verdict};
use usher_domain::policy::{DecisionPoint, SettingsProblem};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use super::vocabulary as common;
use super::{Answer, Point};
use crate::bindings::seat::exports::usher::policy::seat_assignment as wit;
use crate::bindings::seat::{SeatPolicy, SeatPolicyPre};
use crate::fault::Fault;
use crate::pipeline::{OnFault, fault_reason};
use crate::sandbox::Sandbox;

/// The decision point `seat-assignment`.
#[derive(Clone, Copy, Debug)]
pub struct SeatAssignment;

impl Point for SeatAssignment {
    const POINT: DecisionPoint = DecisionPoint::SeatAssignment;
    type Request = Request;
    type Decision = Decision;
    type Pre = SeatPolicyPre<Sandbox>;
    type Instance = SeatPolicy;

    fn pre(linked: InstancePre<Sandbox>) -> wasmtime::Result<Self::Pre> {
        SeatPolicyPre::new(linked)
    }

    fn instantiate(pre: &Self::Pre, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance> {
        pre.instantiate(store)
    }

    fn bind(instance: &Instance, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance> {
        SeatPolicy::new(store, instance)
    }

    fn configure(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        settings: &str,
    ) -> wasmtime::Result<Result<(), Vec<SettingsProblem>>> {
        let answer = instance.usher_policy_seat_assignment().call_configure(store, settings)?;
        Ok(answer.map_err(common::settings_problems))
    }

    fn decide(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        request: &Request,
    ) -> wasmtime::Result<Answer<Decision>> {
        Ok(match instance.usher_policy_seat_assignment().call_decide(store, &lower(request))? {
            Ok(decision) => Answer::of(lift(decision, request)),
            Err(failure) => common::failure(failure).map_or_else(Answer::Invalid, Answer::Failure),
        })
    }

    fn input_bytes(request: &Request) -> usize {
        /// An id of the contract: prefix, underscore and 26 characters.
        const ID_BYTES: usize = 31;
        let member = &request.member;
        let ids = member.departments.len() + member.groups.len() + member.holds.len() + request.plans.len();
        member.name.len()
            + common::address_bytes(&member.work_email)
            + common::pairs_bytes(&member.attributes)
            + member.workforce_type.as_ref().map_or(0, String::len)
            + request.plans.iter().map(|plan| plan.name.len()).sum::<usize>()
            + ids * ID_BYTES
    }

    fn for_fault(fault: &Fault, _: OnFault) -> Decision {
        // Seats know no review: an admin can always give one.
        let reasons = vec![fault_reason(fault)];
        Decision { verdict: Verdict::Decline, plans: vec![], reasons, obligations: vec![] }
    }

    fn verdict(decision: &Decision) -> &'static str {
        decision.verdict.as_str()
    }

    fn is_decisive(decision: &Decision) -> bool {
        decision.verdict == Verdict::Assign
    }

    fn stricter(decision: &Decision, other: &Decision) -> Option<Decision> {
        (decision.verdict == Verdict::Assign && other.verdict == Verdict::Decline).then(|| other.clone())
    }
}

fn lower(request: &Request) -> wit::Request {
    wit::Request {
        organisation: common::organisation(&request.organisation),
        at: request.at.as_micros(),
        today: request.today.to_string(),
        occasion: request.occasion.as_str().to_owned(),
        member: member(&request.member),
        plans: request.plans.iter().map(plan).collect(),
        offered: request.offered.map(|id| id.to_string()),
    }
}

fn member(member: &Member) -> wit::Member {
    wit::Member {
        id: member.id.map(|id| id.to_string()),
        name: member.name.clone(),
        work_email: member.work_email.as_ref().map(common::address),
        departments: member.departments.iter().map(ToString::to_string).collect(),
        workforce_type: member.workforce_type.clone(),
        role: member.role.as_str().to_owned(),
        groups: member.groups.iter().map(ToString::to_string).collect(),
        holds: member.holds.iter().map(ToString::to_string).collect(),
        attributes: common::pairs(&member.attributes),
    }
}

fn plan(plan: &Plan) -> wit::Plan {
    wit::Plan {
        id: plan.id.to_string(),
        name: plan.name.clone(),
        starts_on: plan.starts_on.to_string(),
        ends_on: plan.ends_on.map(|date| date.to_string()),
        in_effect: plan.in_effect,
        bought: plan.bought,
        used: plan.used,
        reserved: plan.reserved,
    }
}

fn lift(decision: wit::Decision, request: &Request) -> Result<Decision, String> {
    let verdict = match decision.verdict {
        wit::Verdict::Assign => Verdict::Assign,
        wit::Verdict::Decline => Verdict::Decline,
    };
    if (verdict == Verdict::Assign) == decision.plans.is_empty() {
        return Err("`plans` must not be empty with `assign`, and must be with `decline`".into());
    }
    let plans = decision.plans.iter().map(|id| common::parsed(id)).collect::<Result<Vec<PlanId>, _>>()?;
    let mut seen = BTreeSet::new();
    for id in &plans {
        if !request.plans.iter().any(|plan| plan.id == *id) {
            return Err(format!("`{id}` is none of the plans of the request"));
        }
        if !seen.insert(id) {
            return Err(format!("`{id}` is named twice"));
        }
    }
    Ok(Decision {
        verdict,
        plans,
        reasons: common::reasons(decision.reasons)?,
        obligations: common::obligations(decision.obligations)?,
    })
}
