//! What a switch is decided against, and what it does to one member.

use serde_json::json;
use usher_domain::group::Group;
use usher_domain::ids::{GroupId, PlanId};
use usher_domain::member::{Member, SeatSource};
use usher_domain::plan::{Plan, stands_in_the_way};
use usher_domain::seat::Move;
use usher_domain::time::Date;
use usher_store::{OrgWrites, Stored};

use super::{Fate, Halted, Keeps, Switch, SwitchError, Who};
use crate::app::actor::{By, MovingSeats};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::groups::Grouping;
use crate::app::refusal::Refusal;
use crate::app::seating::unwish;
use crate::app::stored::{self, Plans};
use crate::app::{App, organisations, plans, seats};

/// What is read for a batch.
pub(super) struct Terms {
    /// All plans.
    pub plans: Stored<Plans>,
    /// The plan whose seats are given up.
    pub from: Plan,
    /// The plan whose seats are given.
    pub to: Plan,
    /// Seats of it that are free.
    pub free: u32,
    /// All user groups.
    pub grouping: Grouping,
    /// The date there.
    pub today: Date,
}

impl Terms {
    /// Reads them. The old plan may have ended: moving away from it is what remains to be done then.
    pub async fn read(by: &By<MovingSeats>, order: &Switch) -> Result<Terms, SwitchError> {
        if order.from == order.to {
            return Err(SwitchError::SamePlan);
        }
        let today = organisations::current(by).await?.record.0.today(by.call.at);
        let plans = plans::current(&by.scope).await?;
        let known = |id: PlanId| plans.record.plans.iter().find(|plan| plan.id == id).cloned();
        let from = known(order.from).ok_or_else(|| Refusal::not_found("plan", &order.from))?;
        let to = known(order.to).filter(|plan| plan.is_paid(today)).ok_or(SwitchError::NoSuchPlan(order.to))?;
        let free = plans::ledger(&by.scope, &to).await?.free();
        Ok(Terms { grouping: Grouping::read(&by.scope).await?, plans, from, to, free, today })
    }

    /// Has the commit refused if something changed that it was decided by; seats have bounds of their own.
    pub fn guard(&self, writes: &mut OrgWrites) {
        writes.guard_version::<Plans>(&(), self.plans.version);
        self.grouping.guard(writes);
    }

    /// The groups that are meant.
    pub fn groups(&self, order: &Switch) -> Result<Vec<Group>, SwitchError> {
        let known = &self.grouping.groups;
        match &order.who {
            Who::Everybody { .. } => {
                Ok(known.iter().filter(|group| group.plan == Some(self.from.id)).cloned().collect())
            }
            Who::Together { .. } => Ok(Vec::new()),
            Who::Chosen { groups, .. } => {
                let find = |id: &GroupId| known.get(*id).cloned();
                let found = groups.iter().map(|id| find(id).ok_or_else(|| Refusal::not_found("group", id).into()));
                found.collect()
            }
        }
    }

    /// Whether somebody holds a seat of the old plan that does not rest on groups alone.
    pub fn is_direct(&self, member: &Member) -> bool {
        member.seat_source(self.from.id) == Some(SeatSource::Admin) && member.seats.contains(&self.from.id)
    }

    /// What becomes of somebody's seat, with so many free; there is one less if they take it.
    ///
    /// Who is suspended is moved as well: they keep a seat (R32), they are not given one.
    pub fn fate(&self, member: &Member, free: &mut u32) -> Fate {
        let (from, to) = (self.from.id, self.to.id);
        if !member.counts() {
            return Fate::Keeps(Keeps::Deleted);
        }
        if !member.seats.contains(&from) {
            return Fate::Keeps(Keeps::NoSeat);
        }
        if !self.is_direct(member) || self.grouping.groups.plans(&member.groups).contains(&from) {
            return Fate::Keeps(Keeps::OfGroup);
        }
        if member.seats.contains(&to) {
            return Fate::Moves { gives: false };
        }
        if self.is_in_the_way(member) {
            return Fate::Keeps(Keeps::PlanConflict);
        }
        if *free == 0 {
            return Fate::Keeps(Keeps::NoSeatFree);
        }
        *free -= 1;
        Fate::Moves { gives: true }
    }

    /// Whether somebody could hold no seat of the new plan even without that of the old one.
    pub fn is_in_the_way(&self, member: &Member) -> bool {
        let others: Vec<_> = member.seats.iter().copied().filter(|plan| *plan != self.from.id).collect();
        stands_in_the_way(&self.plans.record.plans, self.to.id, &others, self.today)
    }

    /// Draws up what moves somebody's seat.
    pub async fn draw(
        &self,
        app: &App,
        by: &By<MovingSeats>,
        change: &mut Change<Halted>,
        found: Stored<Member>,
        gives: bool,
    ) -> Result<(), Refusal> {
        let Stored { version, record: mut member } = found;
        let before = (member.seats.clone(), member.wishes.clone());
        seats::free(app, &by.scope, &by.call, change, &mut member, self.from.id).await?;
        if gives {
            change.seat(&self.to, Move::Give, Halt::Raced);
            unwish(change, &mut member, self.to.id);
            change.event(app, "seat.given", json!({ "member": member.id, "plan": self.to.id }));
        }
        member.seated(self.to.id, SeatSource::Admin);
        change.also_changed("seat.switched", member.id, &before, &(&member.seats, &member.wishes));
        change.writes.replace(&member.id, version, &stored::Member(member.clone()));
        Ok(())
    }
}
