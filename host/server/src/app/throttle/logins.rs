//! Limits of logins: wrong passwords, and one-time codes that are asked for.
//!
//! A wrong password counts against the network it came from, against the pair of account and network, and, more
//! slowly, against the account. INVARIANT: what strangers do to an account never refuses its owner: beyond the
//! account's limit a right password needs a one-time code besides, and codes are sent to networks that the account
//! logged in from before, however many strangers asked for.
//!
//! An account is here a login name of an organisation, whether somebody has it or not: limits tell nothing either.

use std::net::IpAddr;
use std::sync::PoisonError;

use sha2::{Digest, Sha256};
use usher_domain::ids::OrgId;
use usher_domain::time::{Instant, MINUTE, SECOND};

use super::{BY_NETWORK, Counted, Limit, Throttle, TooManyAttempts, network};

/// Wrong passwords for one account from one network: 288 a day at most.
const BY_ACCOUNT_AND_NETWORK: Limit =
    Limit { name: "wrong_passwords_by_account_and_network", at_once: 10, regained_after: 5 * MINUTE };
/// Wrong passwords for one account from wherever, until a code is wanted besides: 96 a day at most.
const BY_ACCOUNT: Limit = Limit { name: "wrong_passwords_by_account", at_once: 20, regained_after: 15 * MINUTE };
/// Codes that one network asks for, to whatever accounts.
const CODES_BY_NETWORK: Limit = Limit { name: "codes_by_network", at_once: 60, regained_after: 10 * SECOND };
/// Codes to one account that one network asks for.
const CODES_BY_ACCOUNT_AND_NETWORK: Limit =
    Limit { name: "codes_by_account_and_network", at_once: 5, regained_after: 12 * MINUTE };
/// Codes to one account that networks ask for which it never logged in from. Five tries each among 10⁸: whoever
/// guesses for a year is right with a chance of one in two hundred, and the owner gets 240 mails a day meanwhile.
const CODES_BY_ACCOUNT: Limit = Limit { name: "codes_by_account", at_once: 10, regained_after: 6 * MINUTE };

/// A login name of an organisation, hashed: what is held in memory of it names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Account([u8; 32]);

impl Account {
    /// The account of a canonical login name.
    pub fn new(org: OrgId, name: &str) -> Account {
        Account(Sha256::new().chain_update(org.as_bytes()).chain_update(name).finalize().into())
    }

    /// The account seen from one network: by this it is remembered that it logged in from there.
    pub fn seen_from(&self, origin: Option<IpAddr>) -> [u8; 32] {
        let from = origin.map(network).map(|network| network.to_string()).unwrap_or_default();
        Sha256::new().chain_update(self.0).chain_update(from).finalize().into()
    }
}

/// Somebody tries to log in to an account.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    /// To which.
    pub account: Account,
    /// From where.
    pub origin: Option<IpAddr>,
    /// Whether a right one-time code came with it: then what strangers did to the account does not matter.
    pub with_code: bool,
}

/// Why a try is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Too many wrong ones came from there.
    Wait(TooManyAttempts),
    /// Too many wrong ones were tried for the account: a one-time code is needed besides.
    CodeRequired,
}

impl Throttle {
    /// Whether a try is worth any work.
    pub fn may_try(&self, attempt: &Try, now: Instant) -> Result<(), Held> {
        self.weigh_try(attempt, false, now)
    }

    /// Lets a compared password be answered, or says why there is no answer.
    pub fn settle_try(&self, attempt: &Try, right: bool, now: Instant) -> Result<(), Held> {
        self.weigh_try(attempt, !right, now)
    }

    fn weigh_try(&self, attempt: &Try, wrong: bool, now: Instant) -> Result<(), Held> {
        let Try { account, with_code, .. } = *attempt;
        let from = attempt.origin.map(network);
        let of = [
            (Counted::Network(from), &BY_NETWORK),
            (Counted::AccountFrom(account, from), &BY_ACCOUNT_AND_NETWORK),
            (Counted::Account(account), &BY_ACCOUNT),
        ];
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        for (counted, limit) in &of[..2] {
            levels.check(*counted, limit, now).map_err(Held::Wait)?;
        }
        if !with_code && levels.check(Counted::Account(account), &BY_ACCOUNT, now).is_err() {
            return Err(Held::CodeRequired);
        }
        if wrong {
            for (counted, limit) in of {
                levels.raise(counted, limit, now);
            }
        }
        Ok(())
    }

    /// Lets a code be asked for, and counts it. `known`: the account logged in from that network before.
    pub fn ask_code(
        &self,
        account: Account,
        origin: Option<IpAddr>,
        known: bool,
        now: Instant,
    ) -> Result<(), TooManyAttempts> {
        let from = origin.map(network);
        let of = [
            (Counted::CodesFrom(from), &CODES_BY_NETWORK),
            (Counted::CodesToFrom(account, from), &CODES_BY_ACCOUNT_AND_NETWORK),
            (Counted::CodesTo(account), &CODES_BY_ACCOUNT),
        ];
        let of = if known { &of[..2] } else { &of[..] };
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        for (counted, limit) in of {
            levels.check(*counted, limit, now)?;
        }
        for (counted, limit) in of {
            levels.raise(*counted, limit, now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> Option<IpAddr> {
        Some(IpAddr::V4(n.into()))
    }

    fn account(name: &str) -> Account {
        Account::new(OrgId::from_bytes([1; 16]), name)
    }

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    /// Settles a try, and says what stood in the way.
    fn check(throttle: &Throttle, from: u32, with_code: bool, right: bool, now: Instant, held: Option<&str>) {
        let attempt = Try { account: account("ada"), origin: address(from), with_code };
        let settled = throttle.settle_try(&attempt, right, now).err().map(|held| match held {
            Held::Wait(error) => error.limit,
            Held::CodeRequired => "code",
        });
        assert_eq!(settled, held, "from {from}, with code: {with_code}, right: {right}, at {now}");
    }

    #[test]
    fn a_network_tries_an_account_so_often_and_others_are_not_held_up() {
        let throttle = Throttle::default();
        for _ in 0..BY_ACCOUNT_AND_NETWORK.at_once {
            check(&throttle, 1, false, false, at(0), None);
        }
        check(&throttle, 1, false, true, at(0), Some(BY_ACCOUNT_AND_NETWORK.name));
        check(&throttle, 1, true, true, at(0), Some(BY_ACCOUNT_AND_NETWORK.name));
        check(&throttle, 2, false, true, at(0), None);
        check(&throttle, 1, false, true, at(5 * MINUTE), None);
    }

    #[test]
    fn an_account_that_many_networks_try_needs_a_code_and_no_more() {
        let throttle = Throttle::default();
        for from in 0..20 {
            check(&throttle, from, false, false, at(0), None);
        }
        check(&throttle, 99, false, true, at(0), Some("code"));
        check(&throttle, 99, false, false, at(0), Some("code"));
        check(&throttle, 99, true, true, at(0), None);
        check(&throttle, 99, false, true, at(15 * MINUTE), None);
    }

    #[test]
    fn codes_are_sent_to_a_known_network_however_many_strangers_asked_for() {
        let throttle = Throttle::default();
        let ask = |from: u32, known: bool| {
            throttle.ask_code(account("ada"), address(from), known, at(0)).err().map(|error| error.limit)
        };
        for from in 0..10 {
            assert_eq!(ask(from, false), None);
        }
        assert_eq!(ask(50, false), Some(CODES_BY_ACCOUNT.name));
        for _ in 0..5 {
            assert_eq!(ask(99, true), None);
        }
        assert_eq!(ask(99, true), Some(CODES_BY_ACCOUNT_AND_NETWORK.name));
        assert_eq!(throttle.ask_code(account("bob"), address(99), false, at(0)), Ok(()));
    }

    #[test]
    fn a_network_asks_for_so_many_codes_in_all() {
        let throttle = Throttle::default();
        let ask = |n: i64| throttle.ask_code(account(&n.to_string()), address(1), false, at(0)).map_err(|e| e.limit);
        for n in 0..CODES_BY_NETWORK.at_once {
            assert_eq!(ask(n), Ok(()));
        }
        assert_eq!(ask(-1), Err(CODES_BY_NETWORK.name));
    }
}
