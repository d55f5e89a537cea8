//! Limits of logins: wrong passwords, and one-time codes that are asked for.
//!
//! A wrong password counts against the network it came from, against the pair of account and network, and, more
//! slowly, against the account. What others do to an account or a network leaves its owner a way: a network that the
//! account logged in from before is not held up by what came from there for other accounts; beyond the account's limit
//! a right password needs a one-time code besides; whoever brings a right code is held up by nobody's passwords, for
//! each wrong one beside it uses up one of its tries; and codes are sent to networks that the account logged in from
//! before, however many strangers asked for. Sites that asked for none lately have an allowance of
//! their own: who travels is refused only by strangers with many sites, or with the very site they are at.
//!
//! INVARIANT: a password is counted before it is hashed, by being in hand: from one network no more are hashed at the
//! same moment than it has guesses left. Whoever does not wait for the answer has used theirs up.
//!
//! An account is here a login name of an organisation, whether somebody has it or not: limits tell nothing either.
//! INVARIANT: what depends on whether an account logged in from a network before is never seen in an answer: a code too
//! many for an account is not sent, and the answer is as ever.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use usher_domain::ids::OrgId;
use usher_domain::time::{Instant, MINUTE, SECOND};

use super::levels::{Levels, Limit, network, site};
use super::{BY_NETWORK, Counted, Throttle, TooManyAttempts};

/// Wrong passwords for one account from one network: 288 a day at most.
const BY_ACCOUNT_AND_NETWORK: Limit =
    Limit { name: "wrong_passwords_by_account_and_network", at_once: 10, regained_after: 5 * MINUTE };
/// Passwords that are compared at the same moment beside right codes of one account: as many as one code has tries.
const BESIDE_CODES: Limit = Limit { name: "passwords_beside_codes", at_once: 5, regained_after: SECOND };
/// Wrong passwords for one account from wherever, until a code is wanted besides: 96 a day at most.
const BY_ACCOUNT: Limit = Limit { name: "wrong_passwords_by_account", at_once: 20, regained_after: 15 * MINUTE };
/// Codes that one network asks for, to whatever accounts.
const CODES_BY_NETWORK: Limit = Limit { name: "codes_by_network", at_once: 60, regained_after: 10 * SECOND };
/// Codes that one site asks for, to whatever accounts.
const CODES_BY_SITE: Limit = Limit { name: "codes_by_site", at_once: 240, regained_after: 5 * SECOND / 2 };
/// Codes to one account that one site asks for.
const CODES_BY_ACCOUNT_AND_SITE: Limit =
    Limit { name: "codes_by_account_and_site", at_once: 5, regained_after: 12 * MINUTE };
/// Codes to one account that networks ask for which it never logged in from; and as many that are the first for a site
/// in a while. Five tries each among 10⁸: whoever guesses for a year is right with a chance of one in a hundred, and
/// the owner gets 480 mails a day meanwhile.
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

/// What somebody has shown already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// A right one-time code.
    Code,
    /// A session of the account.
    Session,
}

/// Somebody tries to log in to an account.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    /// To which.
    pub account: Account,
    /// From where.
    pub origin: Option<IpAddr>,
    /// What came with it: then what strangers did does not matter.
    pub beside: Beside,
    /// Whether the account logged in from that network before.
    pub known: bool,
}

impl Try {
    fn own(&self) -> Counted {
        Counted::AccountFrom(self.account, self.origin.map(network))
    }

    /// What holds it up, but for the account's own limit.
    fn held_up_by(&self) -> impl Iterator<Item = (Counted, &'static Limit)> + use<> {
        let network = (Counted::Network(self.origin.map(network)), &BY_NETWORK);
        let network = (!self.known && self.beside == Beside::Nothing).then_some(network);
        let own = match self.beside {
            Beside::Nothing | Beside::Session => (self.own(), &BY_ACCOUNT_AND_NETWORK),
            Beside::Code => (Counted::BesideCodes(self.account), &BESIDE_CODES),
        };
        network.into_iter().chain([own])
    }

    fn check(&self, levels: &Levels, now: Instant) -> Result<(), Held> {
        for (counted, limit) in self.held_up_by() {
            levels.check(counted, limit, now).map_err(Held::Wait)?;
        }
        if self.beside == Beside::Nothing && levels.check(Counted::Account(self.account), &BY_ACCOUNT, now).is_err() {
            return Err(Held::CodeRequired);
        }
        Ok(())
    }

    fn raise(&self, levels: &mut Levels, now: Instant) {
        levels.raise(Counted::Network(self.origin.map(network)), &BY_NETWORK, now);
        levels.raise(self.own(), &BY_ACCOUNT_AND_NETWORK, now);
        levels.raise(Counted::Account(self.account), &BY_ACCOUNT, now);
    }
}

/// Why a try is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Too many wrong ones came from there.
    Wait(TooManyAttempts),
    /// As many are being compared as may still be wrong.
    Busy,
    /// Too many wrong ones were tried for the account: a one-time code is needed besides.
    CodeRequired,
}

/// How many passwords are being compared, by who is counted together.
pub(super) type InHand = Mutex<HashMap<Counted, i64>>;

/// A password that is being compared. Dropped without an answer, it was a wrong one.
#[derive(Debug)]
pub struct Comparing<'a> {
    throttle: &'a Throttle,
    of: Try,
    since: Instant,
    answered: bool,
}

impl Comparing<'_> {
    /// Lets the password be answered, or says why there is no answer.
    pub fn settle(mut self, right: bool, now: Instant) -> Result<(), Held> {
        self.answered = true;
        let mut levels = self.throttle.levels.lock().unwrap_or_else(PoisonError::into_inner);
        self.of.check(&levels, now)?;
        if !right {
            self.of.raise(&mut levels, now);
        }
        Ok(())
    }

    /// It was not compared after all.
    pub fn give_back(mut self) {
        self.answered = true;
    }
}

impl Drop for Comparing<'_> {
    fn drop(&mut self) {
        if !self.answered {
            let mut levels = self.throttle.levels.lock().unwrap_or_else(PoisonError::into_inner);
            self.of.raise(&mut levels, self.since);
        }
        let mut in_hand = self.throttle.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        for (counted, _) in self.of.held_up_by() {
            let left = in_hand.remove(&counted).unwrap_or_default() - 1;
            if left > 0 {
                in_hand.insert(counted, left);
            }
        }
    }
}

impl Throttle {
    /// Takes a password in hand that is to be compared, or says why it is not worth the work.
    pub fn take_in_hand(&self, attempt: Try, now: Instant) -> Result<Comparing<'_>, Held> {
        let levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        attempt.check(&levels, now)?;
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let all_taken = |(counted, limit): (Counted, &Limit)| {
            in_hand.get(&counted).is_some_and(|taken| *taken >= levels.left(counted, limit, now))
        };
        if attempt.held_up_by().any(all_taken) {
            return Err(Held::Busy);
        }
        for (counted, _) in attempt.held_up_by() {
            *in_hand.entry(counted).or_default() += 1;
        }
        Ok(Comparing { throttle: self, of: attempt, since: now, answered: false })
    }

    /// Lets a code be asked for, and counts it; whether it is to be sent, which must not show. `known`: the account
    /// logged in from that network before.
    pub fn ask_code(
        &self,
        account: Account,
        origin: Option<IpAddr>,
        known: bool,
        now: Instant,
    ) -> Result<bool, TooManyAttempts> {
        let from_site = origin.map(site);
        let of = [
            (Counted::CodesFrom(origin.map(network)), &CODES_BY_NETWORK),
            (Counted::CodesFromSite(from_site), &CODES_BY_SITE),
            (Counted::CodesToFrom(account, from_site), &CODES_BY_ACCOUNT_AND_SITE),
        ];
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        for (counted, limit) in of {
            levels.check(counted, limit, now)?;
        }
        let quiet = levels.held(of[2].0, of[2].1, now) == 0;
        for (counted, limit) in of {
            levels.raise(counted, limit, now);
        }
        let to = Counted::CodesTo(account, quiet);
        let sent = known || levels.check(to, &CODES_BY_ACCOUNT, now).is_ok();
        if sent && !known {
            levels.raise(to, &CODES_BY_ACCOUNT, now);
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use usher_domain::proof::MAX_TRIES;

    use super::*;

    const NOTHING: Beside = Beside::Nothing;

    fn address(n: u32) -> Option<IpAddr> {
        Some(IpAddr::V4(n.into()))
    }

    fn account(name: &str) -> Account {
        Account::new(OrgId::from_bytes([1; 16]), name)
    }

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn attempt(from: u32, beside: Beside, known: bool) -> Try {
        Try { account: account("ada"), origin: address(from), beside, known }
    }

    fn name(held: Held) -> &'static str {
        match held {
            Held::Wait(error) => error.limit,
            Held::Busy => "busy",
            Held::CodeRequired => "code",
        }
    }

    /// Settles a try, and says what stood in the way.
    fn check(throttle: &Throttle, attempt: Try, right: bool, now: Instant, held: Option<&str>) {
        let settled = throttle.take_in_hand(attempt, now).and_then(|comparing| comparing.settle(right, now));
        assert_eq!(settled.err().map(name), held, "{attempt:?}, right: {right}, at {now}");
    }

    #[test]
    fn a_network_tries_an_account_so_often_and_others_are_not_held_up() {
        let throttle = Throttle::default();
        for _ in 0..BY_ACCOUNT_AND_NETWORK.at_once {
            check(&throttle, attempt(1, NOTHING, false), false, at(0), None);
        }
        check(&throttle, attempt(1, NOTHING, false), true, at(0), Some(BY_ACCOUNT_AND_NETWORK.name));
        check(&throttle, attempt(1, Beside::Session, true), true, at(0), Some(BY_ACCOUNT_AND_NETWORK.name));
        check(&throttle, attempt(1, Beside::Code, false), true, at(0), None);
        check(&throttle, attempt(2, NOTHING, false), true, at(0), None);
        check(&throttle, attempt(1, NOTHING, false), true, at(5 * MINUTE), None);
    }

    #[test]
    fn an_account_that_many_networks_try_needs_a_code_and_no_more() {
        let throttle = Throttle::default();
        for from in 0..20 {
            check(&throttle, attempt(from, NOTHING, false), false, at(0), None);
        }
        check(&throttle, attempt(99, NOTHING, false), true, at(0), Some("code"));
        check(&throttle, attempt(99, NOTHING, false), false, at(0), Some("code"));
        check(&throttle, attempt(99, Beside::Code, false), true, at(0), None);
        check(&throttle, attempt(99, NOTHING, false), true, at(15 * MINUTE), None);
    }

    #[test]
    fn whoever_logged_in_from_a_network_before_is_not_held_up_by_its_guesses_at_others() {
        let throttle = Throttle::default();
        for n in 0..BY_NETWORK.at_once {
            let other = Try { account: account(&n.to_string()), ..attempt(1, NOTHING, false) };
            check(&throttle, other, false, at(0), None);
        }
        check(&throttle, attempt(1, NOTHING, false), true, at(0), Some(BY_NETWORK.name));
        check(&throttle, attempt(1, NOTHING, true), true, at(0), None);
        check(&throttle, attempt(1, Beside::Code, false), true, at(0), None);
    }

    #[test]
    fn no_more_passwords_are_in_hand_than_may_be_wrong_and_who_does_not_wait_was_wrong() {
        let throttle = Throttle::default();
        let take = || throttle.take_in_hand(attempt(1, NOTHING, false), at(0));
        let mut in_hand: Vec<_> = (0..BY_ACCOUNT_AND_NETWORK.at_once).map(|_| take().unwrap()).collect();
        assert_eq!(take().err(), Some(Held::Busy));
        check(&throttle, attempt(2, NOTHING, false), true, at(0), None);
        in_hand.pop().unwrap().give_back();
        in_hand.pop().unwrap().settle(true, at(0)).unwrap();
        in_hand.push(take().unwrap());
        in_hand.push(take().unwrap());
        assert_eq!(take().err(), Some(Held::Busy));
        drop(in_hand);
        assert_eq!(take().err().map(name), Some(BY_ACCOUNT_AND_NETWORK.name));
        let beside = |from: u32| throttle.take_in_hand(attempt(from, Beside::Code, true), at(0));
        let in_hand: Vec<_> = (0..MAX_TRIES).map(|from| beside(from).unwrap()).collect();
        assert_eq!(beside(6).err(), Some(Held::Busy), "no more than a code has tries");
        drop(in_hand);
        assert!(beside(6).is_ok(), "what was wrong beside a code is counted against the code");
        assert!(throttle.in_hand.lock().unwrap().is_empty());
    }

    #[test]
    fn codes_are_sent_to_a_known_network_however_many_strangers_asked_for() {
        let throttle = Throttle::default();
        let ask = |from: u32, known: bool| {
            throttle.ask_code(account("ada"), address(from), known, at(0)).map_err(|error| error.limit)
        };
        for from in 0..10 {
            assert_eq!((ask(from, false), ask(from, false)), (Ok(true), Ok(true)));
        }
        assert_eq!((ask(0, false), ask(50, false)), (Ok(false), Ok(false)), "the answer is as ever");
        for _ in 0..5 {
            assert_eq!(ask(99, true), Ok(true));
        }
        assert_eq!(ask(99, true), Err(CODES_BY_ACCOUNT_AND_SITE.name));
        assert_eq!(throttle.ask_code(account("bob"), address(99), false, at(0)), Ok(true));
    }

    #[test]
    fn whoever_asks_again_and_again_takes_no_codes_from_sites_that_asked_for_none() {
        let throttle = Throttle::default();
        let ask = |from: u32| throttle.ask_code(account("ada"), address(from), false, at(0)).unwrap();
        for from in [1, 2, 3] {
            assert!(ask(from), "the first of a site");
            (0..4).for_each(|_| _ = ask(from));
        }
        assert_eq!((ask(4), ask(4)), (true, false), "the first of another site");
    }

    #[test]
    fn a_network_asks_for_so_many_codes_in_all_and_so_does_a_site() {
        let throttle = Throttle::default();
        let ask = |n: i64, from: &str| {
            let asked = throttle.ask_code(account(&n.to_string()), from.parse().ok(), false, at(0));
            asked.map_err(|error| error.limit)
        };
        for n in 0..CODES_BY_NETWORK.at_once {
            assert_eq!(ask(n, "192.0.2.1"), Ok(true));
        }
        assert_eq!(ask(-1, "192.0.2.1"), Err(CODES_BY_NETWORK.name));
        for n in 0..CODES_BY_SITE.at_once {
            assert_eq!(ask(1_000 + n, &format!("2001:db8:0:{:x}::1", (n % 250) << 8)), Ok(true));
        }
        assert_eq!(ask(-1, "2001:db8:0:ff00::1"), Err(CODES_BY_SITE.name));
    }
}
