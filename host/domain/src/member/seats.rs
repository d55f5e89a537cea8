//! The seats of one member: held, wished for, and from whom (R35, R36).
//!
//! Owns what giving, taking and user groups do to one member's record. Must not know the ledger.

use std::collections::BTreeSet;

use super::{Member, SeatSource, SeatWish, WishReason};
use crate::ids::PlanId;

/// What user groups change about the seats of one member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupSteps {
    /// Seats that are wished for now.
    pub wish: Vec<PlanId>,
    /// Seats that are freed.
    pub free: Vec<PlanId>,
    /// Wishes that are dropped.
    pub unwish: Vec<PlanId>,
}

impl Member {
    /// From whom they have their seat of a plan, or the wish for one; none without either. For a seat that
    /// did not come from a group, an admin.
    pub fn seat_source(&self, plan: PlanId) -> Option<SeatSource> {
        if self.seats.contains(&plan) {
            let by_group = self.group_seats.contains(&plan);
            return Some(if by_group { SeatSource::Group } else { SeatSource::Admin });
        }
        self.wish(plan).map(|wish| wish.source)
    }

    /// Their wish for a seat of a plan.
    pub fn wish(&self, plan: PlanId) -> Option<&SeatWish> {
        self.wishes.iter().find(|wish| wish.plan == plan)
    }

    /// Notes a seat they got, and ends the wish for it.
    pub fn seated(&mut self, plan: PlanId, source: SeatSource) {
        if !self.seats.contains(&plan) {
            self.seats.push(plan);
            self.seats.sort_unstable();
        }
        self.wishes.retain(|wish| wish.plan != plan);
        self.rests_on(plan, source);
    }

    /// Notes from whom a seat they hold, or the wish for one, is from now on.
    pub fn rests_on(&mut self, plan: PlanId, source: SeatSource) {
        self.group_seats.retain(|known| *known != plan);
        if source == SeatSource::Group && self.seats.contains(&plan) {
            self.group_seats.push(plan);
            self.group_seats.sort_unstable();
        }
        for wish in self.wishes.iter_mut().filter(|wish| wish.plan == plan) {
            wish.source = source;
        }
    }

    /// Notes that they lost a seat. What it stood in the way of waits for a free seat again.
    pub fn unseated(&mut self, plan: PlanId) {
        self.seats.retain(|held| *held != plan);
        self.group_seats.retain(|held| *held != plan);
        self.no_more(WishReason::PlanConflict);
    }

    /// Wishes that were unmet for a reason that is over wait for a free seat.
    pub(super) fn no_more(&mut self, reason: WishReason) {
        for wish in self.wishes.iter_mut().filter(|wish| wish.reason == reason) {
            wish.reason = WishReason::NoSeatFree;
        }
    }

    /// What is to change about their seats if their groups give seats of these plans: one of each plan, in
    /// how many groups they are; what rests on groups goes with the last of them; what an admin gave stays.
    pub fn group_steps(&self, given: &BTreeSet<PlanId>) -> GroupSteps {
        let gone = |plan: &PlanId| !given.contains(plan);
        let by_group = |wish: &&SeatWish| wish.source == SeatSource::Group;
        GroupSteps {
            wish: given.iter().copied().filter(|plan| self.seat_source(*plan).is_none()).collect(),
            free: self.group_seats.iter().copied().filter(gone).collect(),
            unwish: self.wishes.iter().filter(by_group).map(|wish| wish.plan).filter(gone).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::member;
    use super::*;
    use crate::authority::Authority;
    use crate::member::Progress;
    use crate::time::Instant;

    fn plan(n: u8) -> PlanId {
        PlanId::from_bytes([n; 16])
    }

    fn ada() -> Member {
        Member { seats: Vec::new(), ..member(Progress::Active, Authority::Member) }
    }

    fn wish(n: u8, reason: WishReason, source: SeatSource) -> SeatWish {
        SeatWish { plan: plan(n), reason, since: Instant::from_micros(0), source }
    }

    #[test]
    fn r35_one_seat_of_a_plan_and_only_what_groups_gave_goes_with_them() {
        let check = |ada: &Member, given: &[u8], wish: &[u8], free: &[u8], unwish: &[u8]| {
            let plans = |of: &[u8]| of.iter().map(|n| plan(*n)).collect::<Vec<_>>();
            let expected = GroupSteps { wish: plans(wish), free: plans(free), unwish: plans(unwish) };
            assert_eq!(ada.group_steps(&plans(given).into_iter().collect()), expected, "{given:?}");
        };
        let mut ada = ada();
        check(&ada, &[1, 2], &[1, 2], &[], &[]);
        ada.seated(plan(1), SeatSource::Group);
        ada.seated(plan(3), SeatSource::Admin);
        ada.wishes.push(wish(2, WishReason::NoSeatFree, SeatSource::Group));
        ada.wishes.push(wish(4, WishReason::NoSeatFree, SeatSource::Admin));
        check(&ada, &[1, 2, 3, 4], &[], &[], &[]);
        check(&ada, &[], &[], &[1], &[2]);
        ada.rests_on(plan(1), SeatSource::Admin);
        ada.rests_on(plan(2), SeatSource::Admin);
        check(&ada, &[], &[], &[], &[]);
        ada.rests_on(plan(3), SeatSource::Group);
        check(&ada, &[], &[], &[3], &[]);
    }

    #[test]
    fn r36_a_reason_that_is_over_is_not_kept() {
        let mut ada = ada();
        ada.seated(plan(1), SeatSource::Group);
        ada.wishes.push(wish(2, WishReason::PlanConflict, SeatSource::Admin));
        ada.wishes.push(wish(3, WishReason::PolicyDeclined, SeatSource::Group));
        ada.unseated(plan(1));
        assert_eq!((&ada.seats, &ada.group_seats), (&Vec::new(), &Vec::new()));
        let reasons: Vec<_> = ada.wishes.iter().map(|wish| wish.reason).collect();
        assert_eq!(reasons, [WishReason::NoSeatFree, WishReason::PolicyDeclined]);
        ada.wishes[0].reason = WishReason::Suspended;
        ada.suspend().unwrap();
        ada.resume().unwrap();
        assert_eq!(ada.wishes[0].reason, WishReason::NoSeatFree);
    }
}
