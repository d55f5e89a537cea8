//! One join under decision: everything read, the question asked, the answer under the host rules.

use usher_domain::authority::Authority;
use usher_domain::clamp::{Approval, Clamp, Clamped, approval};
use usher_domain::ids::{MemberId, RequestId};
use usher_domain::invitation::{Invitation, Refusal as Closed};
use usher_domain::member::Member as Person;
use usher_domain::organisation::Organisation;
use usher_domain::plan::paid_plans;
use usher_domain::policy::approval::{self as question, Applicant, Channel, Placement};
use usher_domain::request::JoinRequest;
use usher_domain::time::DAY;
use usher_store::{OrgScope, Stored};

use super::JoinError;
use super::accept::Halt;
use super::ticket::{Found, organisation};
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::handle::Handle;
use crate::app::invitations::create::authority;
use crate::app::invitations::end::forgotten_after;
use crate::app::pdp::{Decided, Effect, Record};
use crate::app::refusal::Refusal;
use crate::app::stored::{self, Department, Member, Plans};
use crate::app::{App, counters, invitations, plans, workforce_types};

/// A join under decision.
pub(super) struct Case<'a> {
    pub app: &'a App,
    pub call: &'a Call,
    pub scope: OrgScope,
    pub organisation: Organisation,
    pub plans: Stored<Plans>,
    pub invitation: Invitation,
    pub invitation_version: u64,
    /// Who gives a role above member by it, as they were read: what they may do decided.
    giver: Option<(MemberId, u64)>,
    pub channel: Channel,
    by_code: bool,
    pub applicant: Applicant,
    pub request: RequestId,
    pub receipt: Handle,
    /// Where somebody let in is to be placed: as the policy says, else as the invitation says.
    pub placement: Placement,
    /// What the policies said and what the host rules make of it.
    pub outcome: Approval,
    pub clamps: Vec<Clamp>,
    pub decided: Decided<question::Decision>,
}

impl<'a> Case<'a> {
    /// Reads what the decision needs, refuses what no policy may allow, and asks the policies.
    pub async fn read(app: &'a App, call: &'a Call, found: Found, applicant: Applicant) -> Result<Case<'a>, JoinError> {
        found.check_code(call).await?;
        let Found { scope, invitation: Stored { version: invitation_version, record }, channel, by_code } = found;
        let invitation = record.0;
        let uses = invitations::uses(&scope, invitation.id).await?;
        invitation.admit(call.at, uses, &applicant)?;
        let organisation = organisation(&scope).await?.0;
        let plans = plans::current(&scope).await?;
        let inviter = inviter(&scope, &invitation).await?;
        let today = organisation.today(call.at);
        let request = question::Request {
            organisation: organisation.for_policies(paid_plans(&plans.record.plans, today)),
            at: call.at,
            today,
            channel,
            applicant,
            invitation: Some(invitation.for_policies(uses, inviter.as_ref().map(|found| found.record.0.role()))),
            row: None,
        };
        let decided = app.pdp.approval(&scope, &request).await?;
        let said = (!decided.policies.is_empty()).then_some(&decided.decision);
        let clamped = approval(&request, said, invitation.domain_skips_approval);
        let clamped = check_role(clamped, &invitation, inviter.as_ref().map(|found| &found.record.0));
        let giver = inviter.filter(|_| authority(invitation.role) != Authority::Member);
        let placement = placement(&invitation, said);
        let Clamped { outcome, clamps } = check_placement(&scope, clamped, &placement).await?;
        Ok(Case {
            app,
            call,
            scope,
            organisation,
            plans,
            invitation,
            invitation_version,
            giver: giver.map(|found| (found.record.0.id, found.version)),
            channel,
            by_code,
            applicant: request.applicant,
            request: app.new_id(RequestId::from_parts),
            receipt: Handle::new(app),
            placement,
            outcome,
            clamps,
            decided,
        })
    }

    /// A change about this case; its guards are those that every join has.
    pub fn change(&self, action: &str, target: impl std::fmt::Display) -> Change<Halt> {
        let mut change = self.app.draft_as(&self.scope, self.call, Doer::Applicant, action, target);
        change.writes.guard_version::<Plans>(&(), self.plans.version);
        change.writes.guard_version::<stored::Invitation>(&self.invitation.id, self.invitation_version);
        // INVARIANT: nobody comes to a role by who lost the right to give it before the commit (R1). A member's record
        // changes rarely, and joins by most invitations give no role.
        if let Some((giver, version)) = &self.giver {
            change.writes.guard_version::<Member>(giver, *version);
        }
        change.decided_by(self.decided.policies.iter().cloned())
    }

    /// Counts a join or a request by the invitation, and by its code if they hold that (R14). The first one by a
    /// personal one uses it up.
    pub fn count_use(&self, change: &mut Change<Halt>) {
        let full = |refusal| Halt::Error(JoinError::Closed(refusal));
        let (id, max) = (self.invitation.id, self.invitation.max_uses.map_or(i64::MAX, i64::from));
        change.count_up(&counters::invitation_uses(id), 1, max, full(Closed::Full));
        if self.by_code {
            let max = i64::from(self.invitation.most_code_uses());
            change.count_up(&counters::invitation_code_uses(id), 1, max, full(Closed::CodeFull));
        }
        forgotten_after(&mut change.writes, &self.invitation, self.call.at);
    }

    /// The request as it is kept, unanswered (R33).
    pub fn join_request(&self, waits_for: i64) -> JoinRequest {
        JoinRequest {
            id: self.request,
            applicant: self.applicant.clone(),
            channel: self.channel,
            invitation: Some(self.invitation.id),
            inviter: self.invitation.inviter,
            decision: Some(self.decided.id),
            reasons: self.decided.decision.reasons.clone(),
            policies: self.decided.policies.clone(),
            placement: self.placement.clone(),
            plan: self.invitation.plan,
            seat_reserved: false,
            ticket_hash: self.receipt.hash(),
            opened_at: self.call.at,
            expires_at: self.call.at.plus(waits_for.max(DAY)),
            answer: None,
        }
    }

    /// Code of the first reason.
    pub fn reason(&self) -> Option<String> {
        self.decided.decision.reasons.first().map(|reason| reason.code.clone())
    }
}

/// Writes the decision record.
pub(super) fn keep(record: Record, change: &mut Change<Halt>, outcome: &str, clamps: Vec<Clamp>, target: String) {
    record.keep(&mut change.writes, Effect { outcome: outcome.to_owned(), clamps, target: Some(target) });
}

async fn inviter(scope: &OrgScope, invitation: &Invitation) -> Result<Option<Stored<Member>>, Refusal> {
    let Some(id) = invitation.inviter else { return Ok(None) };
    Ok(scope.get::<Member>(&id).await?)
}

/// A role that an invitation gives is given by whoever made it, at this moment: if they may not any more, an admin
/// decides, of whom the same is asked (R1).
fn check_role(mut clamped: Clamped<Approval>, invitation: &Invitation, inviter: Option<&Person>) -> Clamped<Approval> {
    let given = authority(invitation.role);
    let stands = given == Authority::Member || inviter.is_some_and(|inviter| inviter.may_let_in_with(&given));
    if clamped.outcome == Approval::Admit && !stands {
        clamped.clamps.push(Clamp::RoleOfFormerGiver);
        clamped.outcome = Approval::Review;
    }
    clamped
}

/// Where somebody let in is to be placed: as the policies say, else as the invitation says.
fn placement(invitation: &Invitation, said: Option<&question::Decision>) -> Placement {
    let said = said.and_then(|decision| decision.placement.as_ref());
    Placement {
        department: said.and_then(|placement| placement.department).or(invitation.department),
        workforce_type: said.and_then(|placement| placement.workforce_type.clone()),
    }
}

/// Nobody joins elsewhere than where they were to be placed (R20): where the department or the workforce type is not
/// there, or not any more, an admin decides.
async fn check_placement(
    scope: &OrgScope,
    mut clamped: Clamped<Approval>,
    placement: &Placement,
) -> Result<Clamped<Approval>, Refusal> {
    if clamped.outcome != Approval::Admit {
        return Ok(clamped);
    }
    if let Some(id) = placement.department
        && scope.get::<Department>(&id).await?.is_none()
    {
        clamped.clamps.push(Clamp::UnknownDepartment);
    }
    if let Some(name) = &placement.workforce_type
        && workforce_types::current(scope).await?.record.0.find(name).is_none()
    {
        clamped.clamps.push(Clamp::UnknownWorkforceType);
    }
    if !clamped.clamps.is_empty() {
        clamped.outcome = Approval::Review;
    }
    Ok(clamped)
}
