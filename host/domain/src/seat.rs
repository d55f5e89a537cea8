//! The seat ledger: how seats are given, reserved and freed, and never oversold (R15, R36).
//!
//! Owns the arithmetic. Must not know the store, which applies the moves under the same bounds.
//!
//! Two counters stand for one plan: `committed` is seats used and reserved together, `reserved` the
//! reserved among them. So one bound on one counter keeps used + reserved within what was bought, and
//! turning a reservation into a seat moves no bounded counter at all.
//!
//! ```
//! use usher_domain::seat::{Ledger, Move};
//!
//! let mut ledger = Ledger { bought: 1, committed: 0, reserved: 0, awaited: 0 };
//! ledger.apply(Move::Reserve)?;
//! assert!(ledger.apply(Move::Give).is_err());
//! ledger.apply(Move::Settle)?;
//! assert_eq!((ledger.used(), ledger.reserved), (1, 0));
//! # Ok::<(), usher_domain::seat::NoSeatFree>(())
//! ```

use crate::ids::PlanId;
use crate::kebab::names;
use crate::member::WishReason;
use crate::policy::seat::{Decision, Verdict};

/// Seats of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Seats bought.
    pub bought: u32,
    /// Seats used and reserved.
    pub committed: u32,
    /// Of these, reserved.
    pub reserved: u32,
    /// Members who wait for nothing but a free seat.
    pub awaited: u32,
}

names! {
    /// One change of a ledger.
    pub enum Move as "move of a seat" {
        /// A member gets a seat.
        Give = "give",
        /// A member loses one.
        Take = "take",
        /// One is held for an invitation or a request.
        Reserve = "reserve",
        /// A held one is given up.
        Release = "release",
        /// A held one becomes a member's.
        Settle = "settle",
    }
}

/// The plan has no seat free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no seat of the plan is free: free one or buy more")]
pub struct NoSeatFree;

/// What a move does to one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// What is added.
    pub by: i64,
    /// Lowest value afterwards.
    pub min: i64,
    /// Highest value afterwards.
    pub max: i64,
}

impl Move {
    /// What it does to `committed` of a plan with so many seats bought.
    ///
    /// INVARIANT: only what grows is bounded above, so that a plan that was reduced below its use (R36)
    /// can still shrink.
    pub const fn committed(self, bought: u32) -> Delta {
        match self {
            Self::Give | Self::Reserve => Delta { by: 1, min: 0, max: bought as i64 },
            Self::Take | Self::Release => Delta { by: -1, min: 0, max: i64::MAX },
            Self::Settle => Delta { by: 0, min: 0, max: i64::MAX },
        }
    }

    /// What it does to `reserved`.
    pub const fn reserved(self) -> Delta {
        let by = match self {
            Self::Give | Self::Take => 0,
            Self::Reserve => 1,
            Self::Release | Self::Settle => -1,
        };
        Delta { by, min: 0, max: i64::MAX }
    }
}

impl Ledger {
    /// Seats that members hold.
    pub const fn used(&self) -> u32 {
        self.committed.saturating_sub(self.reserved)
    }

    /// Seats that can be given or reserved; none while more are committed than bought (R36).
    pub const fn free(&self) -> u32 {
        self.bought.saturating_sub(self.committed)
    }

    /// Seats for whoever comes now: those that are free beyond what is awaited, so that nobody comes before who waits
    /// longer (R36).
    pub const fn unclaimed(&self) -> u32 {
        self.free().saturating_sub(self.awaited)
    }

    /// Applies a move if its bounds allow it.
    pub fn apply(&mut self, change: Move) -> Result<(), NoSeatFree> {
        let moved = |value: u32, delta: Delta| {
            let value = i64::from(value) + delta.by;
            let fits = delta.by == 0 || (delta.min..=delta.max).contains(&value);
            fits.then_some(value).and_then(|value| u32::try_from(value).ok()).ok_or(NoSeatFree)
        };
        let committed = moved(self.committed, change.committed(self.bought))?;
        let reserved = moved(self.reserved, change.reserved())?;
        if reserved > committed {
            return Err(NoSeatFree);
        }
        *self = Self { committed, reserved, ..*self };
        Ok(())
    }
}

/// What comes of a seat decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A seat of the plan.
    Seat(PlanId),
    /// No seat; the wish is kept with its reason (R36).
    Wish(PlanId, WishReason),
    /// No seat and no wish.
    Nothing,
}

/// The first plan of a decision that has a seat free; if none has, the wish for the first (R36). `free`
/// tells how many are free; plans it does not know are skipped.
pub fn choose(decision: &Decision, free: impl Fn(PlanId) -> Option<u32>) -> Outcome {
    if decision.verdict == Verdict::Decline {
        return Outcome::Nothing;
    }
    let known = || decision.plans.iter().filter_map(|plan| Some((*plan, free(*plan)?)));
    let with_seat = known().find(|(_, free)| *free > 0);
    match (with_seat, known().next()) {
        (Some((plan, _)), _) => Outcome::Seat(plan),
        (None, Some((plan, _))) => Outcome::Wish(plan, WishReason::NoSeatFree),
        (None, None) => Outcome::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Reason;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn r36_no_row_of_moves_and_reductions_oversells(
            bought in 0u32..6,
            steps in prop::collection::vec((prop::sample::select(Move::ALL), prop::option::of(0u32..6)), 0..60),
        ) {
            let mut ledger = Ledger { bought, committed: 0, reserved: 0, awaited: 0 };
            for (step, resize) in steps {
                if let Some(bought) = resize {
                    ledger.bought = bought;
                }
                let before = ledger;
                if ledger.apply(step).is_ok() {
                    let grew = ledger.committed > before.committed;
                    prop_assert!(!grew || ledger.committed <= ledger.bought, "{before:?} {step}");
                    prop_assert!(ledger.reserved <= ledger.committed);
                } else {
                    prop_assert_eq!(ledger, before);
                }
            }
        }
    }

    #[test]
    fn r36_after_a_reduction_nothing_is_taken_and_nothing_given_until_back_under() {
        let mut ledger = Ledger { bought: 1, committed: 3, reserved: 1, awaited: 0 };
        assert_eq!(ledger.used(), 2);
        assert_eq!(ledger.apply(Move::Give), Err(NoSeatFree));
        ledger.apply(Move::Settle).unwrap();
        assert_eq!(ledger.used(), 3, "what was reserved before is kept");
        ledger.apply(Move::Take).unwrap();
        ledger.apply(Move::Take).unwrap();
        assert_eq!(ledger.apply(Move::Give), Err(NoSeatFree));
        ledger.apply(Move::Take).unwrap();
        assert_eq!(ledger.apply(Move::Give), Ok(()));
    }

    #[test]
    fn r36_whoever_comes_leaves_free_seats_to_who_waits() {
        let check = |committed: u32, awaited: u32, expected: u32| {
            let ledger = Ledger { bought: 3, committed, reserved: 0, awaited };
            assert_eq!(ledger.unclaimed(), expected, "{ledger:?}");
        };
        check(1, 0, 2);
        check(1, 1, 1);
        check(1, 5, 0);
        check(5, 0, 0);
    }

    #[test]
    fn r36_the_first_plan_with_a_seat_free_else_the_wish_for_the_first() {
        let plan = |n: u8| PlanId::from_bytes([n; 16]);
        let check = |verdict: Verdict, plans: &[u8], free: &[(u8, u32)], expected: Outcome| {
            let decision = Decision {
                verdict,
                plans: plans.iter().map(|n| plan(*n)).collect(),
                reasons: vec![Reason { code: "test".into(), params: Vec::new(), text: String::new() }],
                obligations: Vec::new(),
            };
            let free = |wanted: PlanId| free.iter().find(|(n, _)| plan(*n) == wanted).map(|(_, free)| *free);
            assert_eq!(choose(&decision, free), expected, "{plans:?}");
        };
        check(Verdict::Assign, &[1, 2], &[(1, 1), (2, 1)], Outcome::Seat(plan(1)));
        check(Verdict::Assign, &[1, 2], &[(1, 0), (2, 1)], Outcome::Seat(plan(2)));
        check(Verdict::Assign, &[1, 2], &[(1, 0), (2, 0)], Outcome::Wish(plan(1), WishReason::NoSeatFree));
        check(Verdict::Assign, &[9, 2], &[(2, 0)], Outcome::Wish(plan(2), WishReason::NoSeatFree));
        check(Verdict::Assign, &[9], &[(1, 1)], Outcome::Nothing);
        check(Verdict::Decline, &[], &[(1, 1)], Outcome::Nothing);
    }
}
