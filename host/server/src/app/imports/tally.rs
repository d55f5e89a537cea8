//! Room that is left while rows are decided: members, direct members of departments, seats (R36, R37, R38).
//!
//! Read once and counted down row by row. It foresees what the counters will refuse; the counters still have the
//! last word in the commit.

use std::collections::{BTreeMap, HashMap};

use usher_domain::department::MAX_DIRECT_MEMBERS;
use usher_domain::ids::{DepartmentId, PlanId};
use usher_domain::import::{Note, SeatsNeeded};
use usher_domain::plan::member_limit;
use usher_domain::seat::{Ledger, Move, Outcome};
use usher_domain::time::Instant;
use usher_store::OrgScope;

use super::frame::Frame;
use crate::app::refusal::Refusal;
use crate::app::{counters, plans};

/// What is left.
pub struct Tally {
    members: u64,
    limit: Option<u64>,
    departments: HashMap<DepartmentId, u64>,
    ledgers: BTreeMap<PlanId, Ledger>,
    needed: BTreeMap<PlanId, SeatsNeeded>,
}

impl Tally {
    /// As it stands now.
    pub async fn read(scope: &OrgScope, frame: &Frame, at: Instant) -> Result<Tally, Refusal> {
        let (plans, today) = (&frame.plans.record.plans, frame.today(at));
        let (mut ledgers, mut needed) = (BTreeMap::new(), BTreeMap::new());
        for plan in plans.iter().filter(|plan| plan.is_paid(today)) {
            let ledger = plans::ledger(scope, plan).await?;
            ledgers.insert(plan.id, ledger);
            needed.insert(plan.id, SeatsNeeded { plan: plan.id, needed: 0, free: u64::from(ledger.free()) });
        }
        Ok(Tally {
            members: count(scope.counter(&counters::members()).await?),
            limit: member_limit(plans, today, frame.organisation.member_limit),
            departments: HashMap::new(),
            ledgers,
            needed,
        })
    }

    /// Reads how full departments are that were not asked for yet.
    pub async fn learn(&mut self, scope: &OrgScope, departments: &[DepartmentId]) -> Result<(), Refusal> {
        for id in departments {
            if !self.departments.contains_key(id) {
                let members = count(scope.counter(&counters::department_members(*id)).await?);
                self.departments.insert(*id, members);
            }
        }
        Ok(())
    }

    /// Takes the room for one member of these departments, which were learnt; says what is full otherwise.
    pub fn admit(&mut self, departments: &[DepartmentId]) -> Result<(), Note> {
        if let Some(limit) = self.limit.filter(|limit| self.members >= *limit) {
            let text = format!("the organisation has as many members as its plans allow, {limit}");
            return Err(Note::new("members_full", text));
        }
        let full = |id: &&DepartmentId| self.departments.get(id).is_some_and(|members| *members >= MAX_DIRECT_MEMBERS);
        if let Some(id) = departments.iter().find(full) {
            let text = format!("the department {id} has as many direct members as one may have, {MAX_DIRECT_MEMBERS}");
            return Err(Note::new("department_full", text));
        }
        self.members += 1;
        for id in departments {
            *self.departments.entry(*id).or_default() += 1;
        }
        Ok(())
    }

    /// Seats that a plan has for newcomers; nothing if it has none to give.
    pub fn free(&self, plan: PlanId) -> Option<u32> {
        self.ledgers.get(&plan).map(Ledger::unclaimed)
    }

    /// Takes all seats of a plan that are free.
    pub fn take_all(&mut self, plan: PlanId) {
        if let Some(ledger) = self.ledgers.get_mut(&plan) {
            ledger.committed = ledger.committed.max(ledger.bought);
        }
    }

    /// Counts what became of a row's seat.
    pub fn seat(&mut self, outcome: Outcome) {
        let (plan, given) = match outcome {
            Outcome::Seat(plan) => (plan, true),
            Outcome::Wish(plan, _) => (plan, false),
            Outcome::Nothing => return,
        };
        if let Some(ledger) = self.ledgers.get_mut(&plan).filter(|_| given) {
            // Whoever asks has seen that one is free.
            let _ = ledger.apply(Move::Give);
        }
        if let Some(needed) = self.needed.get_mut(&plan) {
            needed.needed += 1;
        }
    }

    /// Counts a seat that a user group gives to somebody who comes in: they wait for it from then on, before whoever
    /// comes after them (R35, R36).
    pub fn await_seat(&mut self, plan: PlanId) {
        if let Some(ledger) = self.ledgers.get_mut(&plan) {
            ledger.awaited = ledger.awaited.saturating_add(1);
        }
        if let Some(needed) = self.needed.get_mut(&plan) {
            needed.needed += 1;
        }
    }

    /// Seats needed against seats free (R25), in order of plan.
    pub fn needed(&self) -> Vec<SeatsNeeded> {
        self.needed.values().copied().collect()
    }
}

fn count(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}
