//! Decision point `approval`: may this person join?

use usher_domain::policy::approval::{Applicant, Decision, Invitation, Placement, Request, Verdict};
use usher_domain::policy::{DecisionPoint, SettingsProblem};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use super::vocabulary as common;
use super::{Answer, Point};
use crate::bindings::approval::exports::usher::policy::approval as wit;
use crate::bindings::approval::{ApprovalPolicy, ApprovalPolicyPre};
use crate::fault::Fault;
use crate::pipeline::{OnFault, fault_reason};
use crate::sandbox::Sandbox;

/// The decision point `approval`.
#[derive(Clone, Copy, Debug)]
pub struct Approval;

impl Point for Approval {
    const POINT: DecisionPoint = DecisionPoint::Approval;
    type Request = Request;
    type Decision = Decision;
    type Pre = ApprovalPolicyPre<Sandbox>;
    type Instance = ApprovalPolicy;

    fn pre(linked: InstancePre<Sandbox>) -> wasmtime::Result<Self::Pre> {
        ApprovalPolicyPre::new(linked)
    }

    fn instantiate(pre: &Self::Pre, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance> {
        pre.instantiate(store)
    }

    fn bind(instance: &Instance, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance> {
        ApprovalPolicy::new(store, instance)
    }

    fn configure(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        settings: &str,
    ) -> wasmtime::Result<Result<(), Vec<SettingsProblem>>> {
        let answer = instance.usher_policy_approval().call_configure(store, settings)?;
        Ok(answer.map_err(common::settings_problems))
    }

    fn decide(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        request: &Request,
    ) -> wasmtime::Result<Answer<Decision>> {
        Ok(match instance.usher_policy_approval().call_decide(store, &lower(request))? {
            Ok(decision) => Answer::of(lift(decision)),
            Err(failure) => common::failure(failure).map_or_else(Answer::Invalid, Answer::Failure),
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

fn lower(request: &Request) -> wit::Request {
    wit::Request {
        organisation: common::organisation(&request.organisation),
        at: request.at.as_micros(),
        today: request.today.to_string(),
        channel: request.channel.as_str().to_owned(),
        applicant: applicant(&request.applicant),
        invitation: request.invitation.as_ref().map(invitation),
    }
}

fn applicant(applicant: &Applicant) -> wit::Applicant {
    wit::Applicant {
        name: applicant.name.clone(),
        work_email: applicant.work_email.as_ref().map(common::address),
        phone: applicant.phone.clone(),
        phone_proved: applicant.phone_proved,
        language: applicant.language.clone(),
        workforce_type: applicant.workforce_type.clone(),
        employee_number: applicant.employee_number.clone(),
        attributes: common::pairs(&applicant.attributes),
    }
}

fn invitation(invitation: &Invitation) -> wit::Invitation {
    wit::Invitation {
        id: invitation.id.to_string(),
        department: invitation.department.map(|id| id.to_string()),
        role: invitation.role.map(|role| role.as_str().to_owned()),
        email_domain: invitation.email_domain.clone(),
        plan: invitation.plan.map(|id| id.to_string()),
        approval_required: invitation.approval_required,
        created_at: invitation.created_at.as_micros(),
        expires_at: invitation.expires_at.map(|at| at.as_micros()),
        uses: invitation.uses,
        max_uses: invitation.max_uses,
        inviter: invitation.inviter.map(|id| id.to_string()),
        inviter_role: invitation.inviter_role.map(|role| role.as_str().to_owned()),
    }
}

fn lift(decision: wit::Decision) -> Result<Decision, String> {
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
    Ok(Decision {
        verdict,
        reasons: common::reasons(decision.reasons)?,
        obligations: common::obligations(decision.obligations)?,
        placement: placement.transpose()?,
    })
}
