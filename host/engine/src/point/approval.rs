//! Decision point `approval`: may this person join?

use bumpalo::Bump;
use usher_domain::policy::approval::{Applicant, Decision, Invitation, Placement, Request, Row, Verdict};
use usher_domain::policy::{DecisionPoint, ObligationKind, Role};
use usher_domain::time::Instant;

use super::Point;
use super::vocabulary as common;
use crate::bindings::approval as wit;
use crate::fault::Fault;
use crate::pipeline::{OnFault, fault_reason};

/// The decision point `approval`.
#[derive(Clone, Copy, Debug)]
pub struct Approval;

impl Point for Approval {
    const POINT: DecisionPoint = DecisionPoint::Approval;
    const EXAMPLE: &'static str = include_str!("example/approval.json");
    type Request = Request;
    type Decision = Decision;
    type Lowered<'a> = wit::Request<'a>;
    type Lifted = wit::Decision;

    fn lower<'a>(scratch: &'a Bump, request: &'a Request) -> wit::Request<'a> {
        wit::Request {
            organisation: common::organisation(scratch, &request.organisation),
            at: request.at.as_micros(),
            today: common::text(scratch, request.today),
            channel: request.channel.as_str(),
            applicant: applicant(scratch, &request.applicant),
            invitation: request.invitation.as_ref().map(|of| invitation(scratch, of)),
            row: request.row.as_ref().map(|of| row(scratch, of)),
        }
    }

    fn lift(decision: wit::Decision, _: &Request) -> Result<Decision, String> {
        let verdict = match decision.verdict {
            wit::Verdict::Approve => Verdict::Approve,
            wit::Verdict::Review => Verdict::Review,
            wit::Verdict::Reject => Verdict::Reject,
        };
        if verdict == Verdict::Reject && decision.placement.is_some() {
            return Err("a placement comes with `approve` and `review` only".into());
        }
        let placement = decision.placement.map(|placement| {
            Ok::<_, String>(Placement {
                department: placement.department.as_deref().map(common::parsed).transpose()?,
                workforce_type: placement.workforce_type.map(common::workforce_type).transpose()?,
            })
        });
        // Nobody is asked where nothing is reviewed: the approvers would be told of nothing.
        let known = match verdict {
            Verdict::Review => &[ObligationKind::NotifyApprovers, ObligationKind::RequireProof][..],
            Verdict::Approve | Verdict::Reject => &[ObligationKind::RequireProof],
        };
        Ok(Decision {
            verdict,
            reasons: common::reasons(decision.reasons)?,
            obligations: common::obligations(decision.obligations, known)?,
            placement: placement.transpose()?,
        })
    }

    fn input_bytes(request: &Request) -> usize {
        let applicant = &request.applicant;
        applicant.name.len()
            + common::address_bytes(&applicant.work_email)
            + common::pairs_bytes(&applicant.attributes)
            + [&applicant.phone, &applicant.language, &applicant.workforce_type, &applicant.employee_number]
                .into_iter()
                .flatten()
                .map(String::len)
                .sum::<usize>()
    }

    fn for_fault(fault: &Fault, on_fault: OnFault) -> Decision {
        let verdict = match on_fault {
            OnFault::Deny => Verdict::Reject,
            OnFault::Review => Verdict::Review,
        };
        Decision { verdict, reasons: vec![fault_reason(fault)], obligations: vec![], placement: None }
    }

    fn verdict(decision: &Decision) -> &'static str {
        decision.verdict.as_str()
    }

    fn is_decisive(decision: &Decision) -> bool {
        decision.verdict != Verdict::Review
    }

    fn stricter(decision: &Decision, other: &Decision) -> Option<Decision> {
        (strictness(other.verdict) > strictness(decision.verdict)).then(|| other.clone())
    }
}

fn strictness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Approve => 0,
        Verdict::Review => 1,
        Verdict::Reject => 2,
    }
}

fn applicant<'a>(scratch: &'a Bump, applicant: &'a Applicant) -> wit::Applicant<'a> {
    wit::Applicant {
        name: &applicant.name,
        work_email: applicant.work_email.as_ref().map(|address| common::address(scratch, address)),
        phone: applicant.phone.as_deref(),
        phone_proved: applicant.phone_proved,
        language: applicant.language.as_deref(),
        workforce_type: applicant.workforce_type.as_deref(),
        employee_number: applicant.employee_number.as_deref(),
        attributes: common::pairs(scratch, &applicant.attributes),
    }
}

fn invitation<'a>(scratch: &'a Bump, invitation: &'a Invitation) -> wit::Invitation<'a> {
    wit::Invitation {
        id: common::text(scratch, invitation.id),
        department: invitation.department.map(|id| common::text(scratch, id)),
        role: invitation.role.map(Role::as_str),
        email_domain: invitation.email_domain.as_deref(),
        plan: invitation.plan.map(|id| common::text(scratch, id)),
        approval_required: invitation.approval_required,
        created_at: invitation.created_at.as_micros(),
        expires_at: invitation.expires_at.map(Instant::as_micros),
        uses: invitation.uses,
        max_uses: invitation.max_uses,
        inviter: invitation.inviter.map(|id| common::text(scratch, id)),
        inviter_role: invitation.inviter_role.map(Role::as_str),
    }
}

fn row<'a>(scratch: &'a Bump, row: &'a Row) -> wit::Row<'a> {
    wit::Row {
        departments: common::texts(scratch, &row.departments),
        importer: row.importer.map(|id| common::text(scratch, id)),
        importer_role: row.importer_role.map(Role::as_str),
    }
}
