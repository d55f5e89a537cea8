//! Paid plans: how many seats, from when to when.
//!
//! Owns effective dates, what "several plans" means (R4, R7, R16) and the member limit (R38). Must not
//! know who sits: that is the ledger's ([`crate::seat`]).

use serde::{Deserialize, Serialize};

use crate::ids::PlanId;
use crate::kebab::names;
use crate::time::{Date, Instant};

names! {
    /// Where a plan stands on a day.
    pub enum Phase as "phase of a plan" {
        /// Bought, not begun: seats are held and counted, without login (R8).
        Future = "future",
        /// Seats allow login.
        InEffect = "in_effect",
        /// Over.
        Ended = "ended",
    }
}

/// A paid plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// As the organisation sees it, 1 to 200 characters.
    pub name: String,
    /// Seats bought, at least 1.
    pub size: u32,
    /// First day with login, in the organisation's time zone.
    pub starts_on: Date,
    /// Last day with login; none if open.
    pub ends_on: Option<Date>,
    /// Plans that nobody holds together with it; it holds for both, whichever names the other.
    pub excludes: Vec<PlanId>,
    /// When it was made.
    pub created_at: Instant,
}

/// What a plan cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No seats.
    #[error("a plan has at least one seat")]
    Empty,
    /// Its last day lies before its first.
    #[error("the plan would end on {ends_on}, before its first day {starts_on}: give a later last day")]
    EndsBeforeStart {
        /// First day.
        starts_on: Date,
        /// Last day.
        ends_on: Date,
    },
    /// It excludes a plan that is not there, or itself.
    #[error("the plan would exclude {0}, which is no other plan of the organisation")]
    Excludes(PlanId),
}

impl Plan {
    /// Refuses a plan without seats or with its days the wrong way round.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.size == 0 {
            return Err(PlanError::Empty);
        }
        match self.ends_on {
            Some(ends_on) if ends_on < self.starts_on => {
                Err(PlanError::EndsBeforeStart { starts_on: self.starts_on, ends_on })
            }
            _ => Ok(()),
        }
    }

    /// Where it stands on a day; its first and last day belong to it.
    pub fn phase(&self, today: Date) -> Phase {
        if self.ends_on.is_some_and(|last| last < today) {
            Phase::Ended
        } else if today < self.starts_on {
            Phase::Future
        } else {
            Phase::InEffect
        }
    }

    /// The next day, after this one, on which it begins or is over; none if it stays as it is.
    pub fn next_turn(&self, today: Date) -> Option<Date> {
        let over = self.ends_on.map(Date::next);
        [Some(self.starts_on), over].into_iter().flatten().find(|day| *day > today)
    }

    /// Refuses to exclude itself or what is no plan of the organisation.
    pub fn check_excludes(&self, plans: &[Plan]) -> Result<(), PlanError> {
        let known = |id: &PlanId| *id != self.id && plans.iter().any(|plan| plan.id == *id);
        let unknown = self.excludes.iter().find(|id| !known(id));
        unknown.map_or(Ok(()), |id| Err(PlanError::Excludes(*id)))
    }

    /// Whether nobody may hold both.
    pub fn conflicts_with(&self, other: &Plan) -> bool {
        self.excludes.contains(&other.id) || other.excludes.contains(&self.id)
    }

    /// Whether its seats can be assigned on a day: in effect or to come (R8).
    pub fn is_paid(&self, today: Date) -> bool {
        self.phase(today) != Phase::Ended
    }
}

/// Whether a seat of a plan may not be held beside those that are held (R36). Of plans that are over on a day
/// none stands in the way.
pub fn stands_in_the_way(plans: &[Plan], wanted: PlanId, held: &[PlanId], today: Date) -> bool {
    let Some(wanted) = plans.iter().find(|plan| plan.id == wanted) else { return false };
    let holds = |plan: &&Plan| plan.is_paid(today) && plan.id != wanted.id && held.contains(&plan.id);
    plans.iter().filter(holds).any(|plan| plan.conflicts_with(wanted))
}

/// How many distinct paid plans there are: future ones count, ended ones do not.
pub fn paid_plans(plans: &[Plan], today: Date) -> u32 {
    let paid = plans.iter().filter(|plan| plan.is_paid(today)).count();
    u32::try_from(paid).unwrap_or(u32::MAX)
}

/// Whether an organisation with so many paid plans has several (R4, R7, R16).
pub const fn several(paid_plans: u32) -> bool {
    paid_plans >= 2
}

/// The most members there may be (R38): the sum of the plans' sizes, or the operator's limit if that is
/// lower; none without either. A plan that has ended adds nothing to the sum, and the last one to end leaves nought:
/// whoever is a member stays one, nobody comes in until seats are bought again.
pub fn member_limit(plans: &[Plan], today: Date, operators: Option<u32>) -> Option<u64> {
    let sizes = plans.iter().filter(|plan| plan.is_paid(today)).map(|plan| u64::from(plan.size));
    let bought = (!plans.is_empty()).then(|| sizes.fold(0, u64::saturating_add));
    match (bought, operators.map(u64::from)) {
        (Some(bought), Some(operators)) => Some(bought.min(operators)),
        (bought, operators) => bought.or(operators),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(size: u32, starts_on: &str, ends_on: Option<&str>) -> Plan {
        Plan {
            id: PlanId::from_bytes([1; 16]),
            name: "Team".into(),
            size,
            starts_on: starts_on.parse().unwrap(),
            ends_on: ends_on.map(|date| date.parse().unwrap()),
            excludes: Vec::new(),
            created_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn r8_first_and_last_day_belong_to_a_plan() {
        let plan = plan(5, "2026-03-01", Some("2026-03-31"));
        let check = |today: &str, phase: Phase| {
            assert_eq!(plan.phase(today.parse().unwrap()), phase, "{today}");
        };
        check("2026-02-28", Phase::Future);
        check("2026-03-01", Phase::InEffect);
        check("2026-03-31", Phase::InEffect);
        check("2026-04-01", Phase::Ended);
    }

    #[test]
    fn r8_a_plan_turns_on_its_first_day_and_the_day_after_its_last() {
        let check = |plan: &Plan, today: &str, expected: Option<&str>| {
            let next = plan.next_turn(today.parse().unwrap()).map(|day| day.to_string());
            assert_eq!(next.as_deref(), expected, "{today}");
        };
        let march = plan(5, "2026-03-01", Some("2026-03-31"));
        check(&march, "2026-02-28", Some("2026-03-01"));
        check(&march, "2026-03-01", Some("2026-04-01"));
        check(&march, "2026-03-31", Some("2026-04-01"));
        check(&march, "2026-04-01", None);
        check(&plan(5, "2026-03-01", None), "2026-03-01", None);
    }

    #[test]
    fn r16_several_counts_future_plans_and_no_ended_ones() {
        let check = |plans: &[Plan], expected: bool| {
            let today = "2026-06-01".parse().unwrap();
            assert_eq!(several(paid_plans(plans, today)), expected, "{plans:?}");
        };
        let ended = plan(5, "2026-01-01", Some("2026-05-31"));
        let current = plan(5, "2026-01-01", None);
        let future = plan(5, "2026-07-01", None);
        check(&[], false);
        check(std::slice::from_ref(&current), false);
        check(&[current.clone(), ended.clone()], false);
        check(&[current.clone(), future.clone()], true);
        check(&[future.clone(), future.clone()], true);
    }

    #[test]
    fn r38_the_sum_of_sizes_limits_members_and_the_operator_may_lower_it() {
        let today = "2026-06-01".parse().unwrap();
        let plans = [plan(5, "2026-01-01", None), plan(7, "2026-07-01", None)];
        let check = |plans: &[Plan], operators, expected| {
            assert_eq!(member_limit(plans, today, operators), expected);
        };
        check(&plans, None, Some(12));
        check(&plans, Some(10), Some(10));
        check(&plans, Some(100), Some(12));
        check(&[], Some(3), Some(3));
        check(&[], None, None);
        let ended = plan(5, "2026-01-01", Some("2026-05-31"));
        check(&[ended.clone(), plans[0].clone()], None, Some(5));
        check(&[ended], Some(3), Some(0));
    }

    #[test]
    fn r36_a_conflict_holds_both_ways_while_both_plans_are_paid() {
        let today = "2026-06-01".parse().unwrap();
        let id = |n: u8| PlanId::from_bytes([n; 16]);
        let numbered = |n: u8, excludes: &[u8], ends_on: Option<&str>| Plan {
            id: id(n),
            excludes: excludes.iter().map(|n| id(*n)).collect(),
            ..plan(1, "2026-01-01", ends_on)
        };
        let plans = [
            numbered(1, &[2], None),
            numbered(2, &[], None),
            numbered(3, &[], None),
            numbered(4, &[1], Some("2026-02-01")),
        ];
        let check = |wanted: u8, held: &[u8], expected: bool| {
            let held: Vec<_> = held.iter().map(|n| id(*n)).collect();
            assert_eq!(stands_in_the_way(&plans, id(wanted), &held, today), expected, "{wanted} beside {held:?}");
        };
        check(1, &[2], true);
        check(2, &[1], true);
        check(2, &[3], false);
        check(1, &[1], false);
        check(1, &[4], false);
        check(1, &[], false);
        assert_eq!(plans[0].check_excludes(&plans), Ok(()));
        assert_eq!(numbered(1, &[9], None).check_excludes(&plans), Err(PlanError::Excludes(id(9))));
        assert_eq!(numbered(1, &[1], None).check_excludes(&plans), Err(PlanError::Excludes(id(1))));
    }

    #[test]
    fn days_the_wrong_way_round_and_no_seats_are_refused() {
        assert!(plan(1, "2026-03-02", Some("2026-03-01")).check().is_err());
        assert!(plan(1, "2026-03-01", Some("2026-03-01")).check().is_ok());
        assert_eq!(plan(0, "2026-03-01", None).check(), Err(PlanError::Empty));
    }
}
