//! Seats for those who come in: as they were chosen, else as the seat policies say (R27, R35, R36).

use usher_domain::import::{Note, Seats};
use usher_domain::member::{Member, SeatSource};
use usher_domain::policy::approval;
use usher_domain::policy::seat::{Decision, Occasion, Request, Verdict};
use usher_domain::seat::Outcome;
use usher_domain::time::Instant;

use super::candidate::Candidate;
use super::{Judge, Judged, added};
use crate::app::imports::frame::Frame;
use crate::app::imports::tally::Tally;
use crate::app::pdp::Decided;
use crate::app::refusal::Refusal;
use crate::app::seating::{Asking, Seating};

impl Judge<'_> {
    /// Seats for those who come in, in the order of their rows (R27).
    pub(super) async fn seated(
        &self,
        frame: &Frame,
        tally: &mut Tally,
        admitted: Vec<(Candidate, Decided<approval::Decision>)>,
    ) -> Result<Vec<Judged>, Refusal> {
        let mut decisions = self.seat_decisions(frame, &admitted).await?.into_iter();
        let mut judged = Vec::with_capacity(admitted.len());
        for (mut candidate, approval) in admitted {
            let free = |plan| tally.free(plan);
            let seating = match (candidate.plan, self.choices.seats) {
                (Some(plan), _) => Seating::of(plan, free(plan).unwrap_or(0), SeatSource::Admin, None),
                (None, Seats::Policy | Seats::Group { .. }) => match decisions.next() {
                    Some((request, decided)) => match request.offered {
                        Some(plan) => Seating::of(plan, free(plan).unwrap_or(0), SeatSource::Group, Some(decided)),
                        None => Seating::of_decision(&request, decided, free),
                    },
                    None => Seating::none(),
                },
                (None, Seats::Plan { .. } | Seats::None) => Seating::none(),
            };
            candidate.said.extend(self.told(&seating));
            tally.seat(seating.outcome);
            await_by_groups(frame, tally, &candidate.member, seating.outcome);
            judged.push(added(candidate, approval, seating));
        }
        Ok(judged)
    }

    /// What the seat policies say about those for whom nobody chose.
    async fn seat_decisions(
        &self,
        frame: &Frame,
        admitted: &[(Candidate, Decided<approval::Decision>)],
    ) -> Result<Vec<(Request, Decided<Decision>)>, Refusal> {
        let open: Vec<_> = admitted.iter().filter(|(candidate, _)| candidate.plan.is_none()).collect();
        let offered = match self.choices.seats {
            Seats::Policy => None,
            Seats::Group { group } => match frame.group(group).and_then(|group| group.plan) {
                Some(plan) => Some(plan),
                None => return Ok(Vec::new()),
            },
            Seats::Plan { .. } | Seats::None => return Ok(Vec::new()),
        };
        let Some((first, _)) = open.first() else { return Ok(Vec::new()) };
        let asking = Asking { offered, ..asking(frame, self.at) };
        let template = asking.request(self.scope, first.member.for_seat_policies()).await?;
        if template.plans.is_empty() {
            return Ok(Vec::new());
        }
        let about = |(candidate, _): &&(Candidate, _)| Request {
            member: candidate.member.for_seat_policies(),
            ..template.clone()
        };
        let requests: Vec<_> = open.iter().map(about).collect();
        let known = frame.directory.facts(requests.iter().flat_map(|request| &request.member.departments));
        let decided = self.app.pdp.seats(self.scope, requests.clone(), known).await?;
        Ok(requests.into_iter().zip(decided).collect())
    }

    /// What the seat policies said, or that there are none to choose: a row without a seat tells why there is none.
    fn told(&self, seating: &Seating) -> Vec<Note> {
        let Some(decided) = seating.decided() else { return Vec::new() };
        if decided.policies.is_empty() {
            let text = "there are several plans and no seat policy chooses among them: choose one, or give seats later";
            let none = seating.outcome == Outcome::Nothing;
            return none.then(|| Note::new("seat_not_offered", text)).into_iter().collect();
        }
        let verdict = match (decided.faulted, decided.decision.verdict, seating.outcome) {
            (true, ..) => {
                let text = format!("a seat policy ended in a fault, so it gives no seat{}", self.kept_as(decided.id));
                Some(Note::new("seat_policy_fault", text))
            }
            (false, Verdict::Decline, _) => Some(Note::new("seat_declined", "the seat policies give no seat")),
            (false, Verdict::Assign, Outcome::Nothing) => {
                Some(Note::new("seat_not_offered", "the seat policies name no plan whose seats can be given"))
            }
            (false, Verdict::Assign, Outcome::Seat(_) | Outcome::Wish(..)) => None,
        };
        decided.decision.reasons.iter().map(Note::from).chain(verdict).collect()
    }
}

/// Seats that user groups give somebody who comes in beside what was decided for them: wished for as the row is
/// applied, given right after.
fn await_by_groups(frame: &Frame, tally: &mut Tally, member: &Member, decided: Outcome) {
    let own = match decided {
        Outcome::Seat(plan) | Outcome::Wish(plan, _) => Some(plan),
        Outcome::Nothing => None,
    };
    let given = frame.plans_by_groups(member);
    given.into_iter().filter(|plan| Some(*plan) != own).for_each(|plan| tally.await_seat(plan));
}

/// Who asks for seats, and why.
pub fn asking(frame: &Frame, at: Instant) -> Asking<'_> {
    Asking {
        organisation: &frame.organisation,
        plans: &frame.plans.record.plans,
        at,
        occasion: Occasion::Import,
        offered: None,
        held: None,
    }
}
