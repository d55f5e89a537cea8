//! What a decided join writes: a member, a pending request, a refusal, or nothing but the decision.

use serde_json::json;
use usher_domain::clamp::{Approval, Provable};
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::member::Provenance;
use usher_domain::plan::member_limit;
use usher_domain::policy::seat::Occasion;
use usher_domain::request::{Answer, JoinRequest, State, Verdict, WAITS_FOR};
use usher_domain::seat::Move;

use super::accept::{Halt, places};
use super::case::{Case, keep};
use super::newcomer::{Newcomer, announce, department};
use super::{JoinError, Joined, Outcome};
use crate::app::applicants::{self, News};
use crate::app::approvers;
use crate::app::change::Change;
use crate::app::escalation;
use crate::app::groups::regroup;
use crate::app::invitations::create::authority;
use crate::app::members::enrol::enrol;
use crate::app::refusal::Refusal;
use crate::app::requests::answered;
use crate::app::seating::{Asking, Seating};
use crate::app::sso::index;
use crate::app::stored::{self, OpenRequest};
use crate::app::workforce_types;

type Settled = (Result<Joined, JoinError>, Change<Halt>);

impl Case<'_> {
    /// What the decision comes to, and the change that makes it so.
    pub async fn settle(self) -> Result<Settled, Halt> {
        match self.outcome {
            Approval::Admit => self.admit().await,
            Approval::Review => self.review().await,
            Approval::Reject => self.reject().await,
            Approval::Prove(of) => Ok(self.prove(of)),
        }
    }

    async fn admit(self) -> Result<Settled, Halt> {
        let id = self.app.new_id(MemberId::from_parts);
        let mut change = self.change("member.joined", id).after(&self.applicant);
        let (department, workforce_type) = self.place(&mut change).await?;
        let newcomer = Newcomer {
            applicant: &self.applicant,
            department,
            workforce_type,
            confirmed: false,
            authority: authority(self.invitation.role),
            provenance: Provenance {
                channel: self.channel,
                by: self.invitation.inviter,
                invitation: Some(self.invitation.id),
                decision: Some(self.decided.id),
                at: self.call.at,
            },
        };
        let mut member = newcomer.member(id);
        let asking = self.asking();
        let seating = Seating::by_policy(self.app, &self.scope, &asking, member.for_seat_policies()).await?;
        let seat = seating.seat();
        let mut change = change.decided_by(seating.policies().to_vec());
        self.count_use(&mut change);
        self.settle_reservation(&mut change);
        seating.apply(self.app, &mut change, &asking, &mut member, || Halt::Raced);
        regroup(self.app, &self.scope, self.call, &mut change, &[], &mut member).await?;
        enrol(&mut change, &member, self.limit());
        index::add(self.app, &self.scope, &mut change.writes, &member).await?;
        announce(self.app, &mut change, &member, self.request);
        let answer = Answer { verdict: Verdict::Approve, by: None, at: self.call.at, member: Some(id), note: None };
        let request = JoinRequest { answer: Some(answer), ..self.join_request(WAITS_FOR) };
        change.writes.put(&self.request, &stored::JoinRequest(request));
        Ok(self.done(change, "admitted", Outcome::Joined(id), id.to_string(), seat))
    }

    /// The department and the workforce type that they come into. What went since this was decided has it decided
    /// again.
    async fn place(&self, change: &mut Change<Halt>) -> Result<(DepartmentId, Option<String>), Halt> {
        let (wished, root) = (self.placement.department, self.organisation.root_department);
        let placed = department(&self.scope, change, [wished, None], root).await?;
        // Their own word is enough for the type if the policies saw it and let them in.
        let own = self.applicant.workforce_type.as_ref().filter(|_| !self.decided.policies.is_empty());
        let wished_kind = self.placement.workforce_type.as_ref().or(own);
        let kind = match wished_kind {
            Some(name) => workforce_types::find(&self.scope, &mut change.writes, name).await?,
            None => None,
        };
        let as_decided = wished.is_none_or(|wished| wished == placed);
        if as_decided && kind.is_some() == wished_kind.is_some() { Ok((placed, kind)) } else { Err(Halt::Raced) }
    }

    async fn review(self) -> Result<Settled, Halt> {
        let mut change = self.change("request.opened", self.request).after(&self.applicant);
        let mut request = self.join_request(WAITS_FOR);
        self.count_use(&mut change);
        request.seat_reserved = self.reserve(&mut change).await?;
        self.lead_to_request(&mut change).await?;
        change.writes.schedule::<stored::JoinRequest>(request.expires_at.as_micros(), &self.request);
        change.writes.put(&self.request, &stored::JoinRequest(request));
        change.event(self.app, "request.opened", json!({ "request": self.request, "invitation": self.invitation.id }));
        approvers::notify(&mut change.writes, self.call.at, self.request);
        let at = self.call.at;
        escalation::plan(&self.scope, &mut change.writes, at, self.request).await?;
        applicants::tell(self.app, &mut change.writes, &self.organisation, &self.applicant, at, News::Pending);
        let target = self.request.to_string();
        Ok(self.done(change, "review", Outcome::Pending, target, None))
    }

    /// Whoever asks again is led to the request, and so is whoever asks twice at once.
    ///
    /// INVARIANT: nobody is led away from a request that waits: it came while the policies were asked.
    async fn lead_to_request(&self, change: &mut Change<Halt>) -> Result<(), Halt> {
        for place in places(&self.applicant) {
            let new = OpenRequest { request: self.request };
            let Some(found) = self.scope.get::<OpenRequest>(&place).await.map_err(Refusal::from)? else {
                change.writes.insert(&place, &new);
                continue;
            };
            let before = self.scope.get::<stored::JoinRequest>(&found.record.request).await.map_err(Refusal::from)?;
            if before.is_some_and(|before| before.record.0.state(self.call.at) == State::Pending) {
                return Err(Halt::Raced);
            }
            change.writes.replace(&place, found.version, &new);
        }
        Ok(())
    }

    async fn reject(self) -> Result<Settled, Halt> {
        let mut change = self.change("request.rejected", self.request).after(&self.applicant);
        let answer = Answer { verdict: Verdict::Reject, by: None, at: self.call.at, member: None, note: None };
        let request = JoinRequest { answer: Some(answer), ..self.join_request(WAITS_FOR) };
        change.event(self.app, "request.answered", answered(&request));
        self.lead_to_request(&mut change).await?;
        change.writes.put(&self.request, &stored::JoinRequest(request));
        let target = self.request.to_string();
        Ok(self.done(change, "rejected", Outcome::Rejected, target, None))
    }

    /// Who it was is written nowhere: there is no request yet by which they could be erased.
    fn prove(self, of: Provable) -> Settled {
        let mut change = self.change("request.unproved", self.invitation.id);
        let record = self.decided.record.nameless();
        keep(record, &mut change, "proof-required", self.clamps, self.invitation.id.to_string());
        (Err(JoinError::ProofRequired(of)), change)
    }

    fn done(
        self,
        mut change: Change<Halt>,
        effect: &str,
        outcome: Outcome,
        target: String,
        seat: Option<usher_domain::ids::PlanId>,
    ) -> Settled {
        let reason = self.reason();
        keep(self.decided.record, &mut change, effect, self.clamps, target);
        let joined = Joined {
            outcome,
            org: *self.scope.owner(),
            request: Some(self.request),
            seat,
            reason,
            receipt: Some(self.receipt),
        };
        (Ok(joined), change)
    }

    fn asking(&self) -> Asking<'_> {
        Asking {
            organisation: &self.organisation,
            plans: &self.plans.record.plans,
            at: self.call.at,
            occasion: Occasion::Join,
            offered: self.invitation.plan,
            held: self.invitation.plan.filter(|_| self.invitation.seat_reserved),
        }
    }

    /// The most members there may be (R38).
    fn limit(&self) -> Option<u64> {
        let today = self.organisation.today(self.call.at);
        member_limit(&self.plans.record.plans, today, self.organisation.member_limit)
    }

    /// A personal invitation that is taken holds no seat any more: its seat is the member's or the
    /// request's.
    fn settle_reservation(&self, change: &mut Change<Halt>) {
        if self.invitation.seat_reserved {
            let taken = usher_domain::invitation::Invitation { seat_reserved: false, ..self.invitation.clone() };
            change.writes.put(&self.invitation.id, &stored::Invitation(taken));
        }
    }

    /// An open request with a plan reserves a seat, if one is free (R15).
    async fn reserve(&self, change: &mut Change<Halt>) -> Result<bool, Refusal> {
        let plan = self.plans.record.plans.iter().find(|plan| Some(plan.id) == self.invitation.plan);
        let Some(plan) = plan else { return Ok(false) };
        if self.invitation.seat_reserved {
            self.settle_reservation(change);
            return Ok(true);
        }
        let ledger = crate::app::plans::ledger(&self.scope, plan).await?;
        let today = self.organisation.today(self.call.at);
        let reserve = ledger.unclaimed() > 0 && plan.is_paid(today);
        if reserve {
            change.seat(plan, Move::Reserve, Halt::Raced);
        }
        Ok(reserve)
    }
}
