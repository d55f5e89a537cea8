//! Limits of what strangers leave for ever: entries in an organisation's trail, and events.
//!
//! What whoever has no token causes is written down like everything else, until it is too much: a chain is never
//! pruned, and what floods it hides what matters. Beyond that it is done and leaves no trace.

use std::sync::PoisonError;

use usher_domain::ids::OrgId;
use usher_domain::time::{HOUR, Instant, SECOND};

use super::levels::Limit;
use super::logins::Account;
use super::{Counted, Throttle};

/// Entries of one kind in one organisation: 2,880 a day in the long run.
const BY_ORGANISATION: Limit =
    Limit { name: "strangers_traces_by_organisation", at_once: 1_000, regained_after: 30 * SECOND };
/// Failed logins of one account that are written down, so that one account does not use all of them up.
const BY_ACCOUNT: Limit = Limit { name: "failed_logins_by_account", at_once: 10, regained_after: HOUR };

/// What strangers cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trace {
    /// Codes of applicants, sent and typed.
    Proofs,
    /// Logins that failed (R43).
    Logins,
}

impl Throttle {
    /// Whether a stranger's doing is to be written down, which counts it.
    pub fn may_trace(&self, org: OrgId, trace: Trace, now: Instant) -> bool {
        self.count_traces(&[(Counted::Trace(org, trace), &BY_ORGANISATION)], now)
    }

    /// [`Throttle::may_trace`] of a failed login, whoever's it was to be.
    pub fn may_trace_failure(&self, org: OrgId, account: Account, now: Instant) -> bool {
        let of_org = (Counted::Trace(org, Trace::Logins), &BY_ORGANISATION);
        self.count_traces(&[(Counted::FailuresOf(account), &BY_ACCOUNT), of_org], now)
    }

    fn count_traces(&self, of: &[(Counted, &Limit)], now: Instant) -> bool {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let may = of.iter().all(|(counted, limit)| levels.check(*counted, limit, now).is_ok());
        if may {
            of.iter().for_each(|(counted, limit)| levels.raise(*counted, limit, now));
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: OrgId = OrgId::from_bytes([1; 16]);
    const OTHER: OrgId = OrgId::from_bytes([2; 16]);
    const NOW: Instant = Instant::from_micros(0);

    #[test]
    fn r42_strangers_leave_so_many_entries_in_a_trail_and_others_trails_are_not_concerned() {
        let throttle = Throttle::default();
        let traced = |org, trace, now| (0..5_000).filter(|_| throttle.may_trace(org, trace, now)).count();
        assert_eq!(traced(ACME, Trace::Proofs, NOW), 1_000);
        assert_eq!(traced(ACME, Trace::Proofs, NOW.plus(HOUR)), 120);
        assert_eq!(traced(ACME, Trace::Logins, NOW), 1_000);
        assert_eq!(traced(OTHER, Trace::Proofs, NOW), 1_000);
    }

    #[test]
    fn r43_failed_logins_of_one_account_do_not_hide_those_of_others() {
        let throttle = Throttle::default();
        let failed = |name: &str| throttle.may_trace_failure(ACME, Account::new(ACME, name), NOW);
        assert_eq!((0..5_000).filter(|_| failed("ada")).count(), 10);
        assert_eq!((0..5_000).filter(|n| failed(&n.to_string())).count(), 990);
    }
}
