//! Decision point `seat-assignment`: which seat do they get?

use std::collections::BTreeSet;

use bumpalo::Bump;
use usher_domain::ids::PlanId;
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::seat::{Decision, Member, Plan, Request, Verdict};

use super::Point;
use super::vocabulary as common;
use crate::bindings::seat_assignment as wit;
use crate::fault::Fault;
use crate::pipeline::{OnFault, fault_reason};

/// The decision point `seat-assignment`.
#[derive(Clone, Copy, Debug)]
pub struct SeatAssignment;

impl Point for SeatAssignment {
    const POINT: DecisionPoint = DecisionPoint::SeatAssignment;
    const EXAMPLE: &'static str = include_str!("example/seat-assignment.json");
    type Request = Request;
    type Decision = Decision;
    type Lowered<'a> = wit::Request<'a>;
    type Lifted = wit::Decision;

    fn lower<'a>(scratch: &'a Bump, request: &'a Request) -> wit::Request<'a> {
        wit::Request {
            organisation: common::organisation(scratch, &request.organisation),
            at: request.at.as_micros(),
            today: common::text(scratch, request.today),
            occasion: request.occasion.as_str(),
            member: member(scratch, &request.member),
            plans: scratch.alloc_slice_fill_iter(request.plans.iter().map(|of| plan(scratch, of))),
            offered: request.offered.map(|id| common::text(scratch, id)),
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
            obligations: common::obligations(decision.obligations, &[])?,
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

fn member<'a>(scratch: &'a Bump, member: &'a Member) -> wit::Member<'a> {
    wit::Member {
        id: member.id.map(|id| common::text(scratch, id)),
        name: &member.name,
        work_email: member.work_email.as_ref().map(|address| common::address(scratch, address)),
        departments: common::texts(scratch, &member.departments),
        workforce_type: member.workforce_type.as_deref(),
        role: member.role.as_str(),
        groups: common::texts(scratch, &member.groups),
        holds: common::texts(scratch, &member.holds),
        attributes: common::pairs(scratch, &member.attributes),
    }
}

fn plan<'a>(scratch: &'a Bump, plan: &'a Plan) -> wit::Plan<'a> {
    wit::Plan {
        id: common::text(scratch, plan.id),
        name: &plan.name,
        starts_on: common::text(scratch, plan.starts_on),
        ends_on: plan.ends_on.map(|date| common::text(scratch, date)),
        in_effect: plan.in_effect,
        bought: plan.bought,
        used: plan.used,
        reserved: plan.reserved,
    }
}
