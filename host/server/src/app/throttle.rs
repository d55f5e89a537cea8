//! What keeps codes from being guessed: wrong ones are counted, and after too many there is no answer for
//! a while.
//!
//! Two kinds of codes are short enough to be guessed: invitations' eight letters (R14) and one-time codes
//! of six digits (R22). Links, receipts and tokens are not, and are never slowed. Wrong codes count
//! against the network they come from, and against the space of codes that is searched, because a guesser
//! may have many networks. Right ones count against nothing.
//!
//! INVARIANT: a guess is settled after it was compared and before anybody hears how that went. So a
//! thousand guesses at the same moment learn no more than a thousand one after the other.
//!
//! Nobody is locked out by somebody else's guessing: what a network lost, others keep; where a whole space
//! is searched, links still work, and so does the first code typed for a proof.
//!
//! Counts are in memory and bounded. Must not know what the codes are for, nor how an address was learnt. Passwords, and
//! codes that are asked for, are in [`logins`]; what applicants ask for in [`joining`]; requests of whatever kind in
//! [`requests`].

pub mod joining;
pub mod logins;
pub mod requests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use usher_domain::ids::{OrgId, ProofId, TokenId};
use usher_domain::proof::{CODE_HOLDS_FOR, MAX_TRIES, PROOF_HOLDS_FOR};
use usher_domain::time::{Instant, MINUTE, SECOND};

use self::joining::{Asked, PerHour, Together};
use self::logins::Account;

/// Networks and spaces that are remembered, twice: more forget those that were quiet longest.
const MAX_REMEMBERED: usize = 50_000;

/// A network's wrong codes: an office that joins on one day may mistype, a guesser gets 1,440 a day.
const BY_NETWORK: Limit = Limit { name: "wrong_codes_by_network", at_once: 20, regained_after: MINUTE };
/// Wrong codes for one proof, which is too old before another one is regained. They are on disk too, but only here
/// are those counted that are compared at the same moment.
const BY_PROOF: Limit =
    Limit { name: "wrong_codes_by_proof", at_once: MAX_TRIES as i64, regained_after: CODE_HOLDS_FOR + PROOF_HOLDS_FOR };
/// Wrong invitation codes on the whole host: at 86,400 a day among 21⁸ codes, one of a thousand live ones
/// is hit once in a year.
const INVITATION_CODES: Limit = Limit { name: "wrong_invitation_codes", at_once: 1_000, regained_after: SECOND };
/// Wrong one-time codes in one organisation.
const ONE_TIME_CODES: Limit = Limit { name: "wrong_one_time_codes", at_once: 100, regained_after: 10 * SECOND };

/// So many wrong ones at once, and another one after each pause, in microseconds.
#[derive(Debug)]
struct Limit {
    name: &'static str,
    at_once: i64,
    regained_after: i64,
}

impl Limit {
    /// How long until nothing is held against somebody who has used it up.
    const fn whole(&self) -> i64 {
        self.at_once * self.regained_after
    }
}

/// What a code is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Codes of invitations, of all organisations.
    InvitationCodes,
    /// One-time codes of an organisation.
    OneTimeCodes(OrgId),
}

impl Space {
    const fn limit(self) -> &'static Limit {
        match self {
            Space::InvitationCodes => &INVITATION_CODES,
            Space::OneTimeCodes(_) => &ONE_TIME_CODES,
        }
    }
}

/// A code that was compared.
#[derive(Clone, Copy, Debug)]
pub struct Guess {
    /// Which codes it was compared with.
    pub space: Space,
    /// Where it came from.
    pub origin: Option<IpAddr>,
    /// What the code is to prove, if it is of one thing: there are [`MAX_TRIES`] for that, and the limit of the space
    /// does not hold the first of them up.
    pub proof: Option<ProofId>,
    /// Whether it was right.
    pub right: bool,
}

/// Too many wrong codes came from there, or were tried in that space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong codes were tried: wait {} seconds; links are taken as ever", self.seconds())]
pub struct TooManyAttempts {
    /// Which limit it is.
    pub limit: &'static str,
    /// How long to wait, in microseconds.
    pub wait: i64,
}

impl TooManyAttempts {
    /// How long to wait, in whole seconds, at least 1.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.wait.max(1).unsigned_abs().div_ceil(SECOND.unsigned_abs())
    }
}

/// Who is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    Network(Option<IpAddr>),
    Proof(ProofId),
    Space(Space),
    Account(Account),
    AccountFrom(Account, Option<IpAddr>),
    CodesTo(Account),
    CodesToFrom(Account, Option<IpAddr>),
    CodesFrom(Option<IpAddr>),
    Token(TokenId),
    Asked(Asked, Together),
}

/// Counts wrong codes, and what is asked for without a token.
#[derive(Debug, Default)]
pub struct Throttle {
    levels: Mutex<Levels>,
    joining: PerHour,
}

impl Throttle {
    /// Lets a compared code be answered, or says for how long there is no answer.
    pub fn settle(&self, guess: Guess, now: Instant) -> Result<(), TooManyAttempts> {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let network = (Counted::Network(guess.origin.map(network)), &BY_NETWORK);
        let space = (Counted::Space(guess.space), guess.space.limit());
        let proof = guess.proof.map(|proof| (Counted::Proof(proof), &BY_PROOF));
        let first = proof.is_some_and(|(counted, limit)| levels.held(counted, limit, now) == 0);
        let of = [Some(network), Some(space), proof];
        for (counted, limit) in of.iter().flatten() {
            if !(first && matches!(counted, Counted::Space(_))) {
                levels.check(*counted, limit, now)?;
            }
        }
        if !guess.right {
            for (counted, limit) in of.into_iter().flatten() {
                levels.raise(counted, limit, now);
            }
        }
        Ok(())
    }
}

/// An address of IPv4; of IPv6 the site: whoever has one address there has all of its subnet, and mostly
/// of 256 subnets (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
    const SITE: u128 = !0 << (128 - 56);
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & SITE).into()),
        v4 => v4,
    }
}

/// Until when something is held against whom: the generic cell rate algorithm, one moment for each.
#[derive(Debug)]
struct Levels {
    /// Most that are in each of the two.
    most: usize,
    recent: HashMap<Counted, Instant>,
    older: HashMap<Counted, Instant>,
}

impl Default for Levels {
    fn default() -> Levels {
        Levels::new(MAX_REMEMBERED)
    }
}

impl Levels {
    fn new(most: usize) -> Levels {
        Levels { most, recent: HashMap::new(), older: HashMap::new() }
    }

    /// What is held against somebody, in microseconds. The clock may have been set back.
    fn held(&self, counted: Counted, limit: &Limit, now: Instant) -> i64 {
        let until = self.recent.get(&counted).or_else(|| self.older.get(&counted));
        until.map_or(0, |until| (until.as_micros() - now.as_micros()).clamp(0, limit.whole()))
    }

    fn check(&self, counted: Counted, limit: &Limit, now: Instant) -> Result<(), TooManyAttempts> {
        let wait = self.held(counted, limit, now) + limit.regained_after - limit.whole();
        if wait > 0 { Err(TooManyAttempts { limit: limit.name, wait }) } else { Ok(()) }
    }

    fn raise(&mut self, counted: Counted, limit: &Limit, now: Instant) {
        let held = (self.held(counted, limit, now) + limit.regained_after).min(limit.whole());
        if self.recent.len() >= self.most && !self.recent.contains_key(&counted) {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(counted, now.plus(held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_domain::time::HOUR;

    const CODES: Space = Space::InvitationCodes;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    fn guess(space: Space, from: u32, right: bool) -> Guess {
        Guess { space, origin: Some(address(from)), proof: None, right }
    }

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    /// Settles guesses, and says which limit stood in the way.
    fn check(throttle: &Throttle, guess: Guess, now: Instant, limit: Option<&str>) {
        let settled = throttle.settle(guess, now);
        assert_eq!(settled.err().map(|error| error.limit), limit, "{guess:?} at {now}");
    }

    #[test]
    fn r14_a_network_guesses_so_often_and_gets_one_more_each_minute() {
        let throttle = Throttle::default();
        for _ in 0..BY_NETWORK.at_once {
            check(&throttle, guess(CODES, 1, false), at(0), None);
        }
        let refused = Some(BY_NETWORK.name);
        check(&throttle, guess(CODES, 1, false), at(0), refused);
        check(&throttle, guess(CODES, 1, true), at(0), refused);
        check(&throttle, guess(CODES, 2, false), at(0), None);
        let wait = throttle.settle(guess(CODES, 1, true), at(SECOND)).unwrap_err();
        assert_eq!(wait.seconds(), 59);
        check(&throttle, guess(CODES, 1, true), at(MINUTE), None);
        check(&throttle, guess(CODES, 1, false), at(MINUTE), None);
        check(&throttle, guess(CODES, 1, false), at(MINUTE), refused);
        check(&throttle, guess(Space::OneTimeCodes(OrgId::from_bytes([1; 16])), 1, false), at(MINUTE), refused);
    }

    #[test]
    fn right_codes_are_never_counted() {
        let throttle = Throttle::default();
        for _ in 0..100_000 {
            check(&throttle, guess(CODES, 1, true), at(0), None);
        }
        assert!(throttle.levels.lock().unwrap().recent.is_empty());
    }

    #[test]
    fn r14_many_networks_use_up_a_space_together() {
        let throttle = Throttle::default();
        let mut networks = 1..;
        for _ in 0..INVITATION_CODES.at_once {
            check(&throttle, guess(CODES, networks.next().unwrap(), false), at(0), None);
        }
        check(&throttle, guess(CODES, networks.next().unwrap(), true), at(0), Some(INVITATION_CODES.name));
        check(&throttle, guess(CODES, networks.next().unwrap(), true), at(SECOND), None);
    }

    #[test]
    fn r22_a_first_code_is_not_held_up_by_others_guesses() {
        let throttle = Throttle::default();
        let org = |n| Space::OneTimeCodes(OrgId::from_bytes([n; 16]));
        for from in 0..u32::try_from(ONE_TIME_CODES.at_once).unwrap() {
            check(&throttle, guess(org(1), from, false), at(0), None);
        }
        check(&throttle, guess(org(1), 1_000, true), at(0), Some(ONE_TIME_CODES.name));
        let first = Guess { proof: Some(ProofId::from_bytes([1; 16])), ..guess(org(1), 1_000, true) };
        check(&throttle, first, at(0), None);
        check(&throttle, guess(org(2), 1_000, true), at(0), None);
    }

    #[test]
    fn r22_of_guesses_at_one_proof_at_the_same_moment_no_more_are_answered_than_one_after_the_other() {
        let throttle = Throttle::default();
        let space = Space::OneTimeCodes(OrgId::from_bytes([1; 16]));
        let of =
            |proof, from, right| Guess { proof: Some(ProofId::from_bytes([proof; 16])), ..guess(space, from, right) };
        for from in 0..MAX_TRIES {
            check(&throttle, of(1, from, false), at(0), None);
        }
        let (used_up, full) = (Some(BY_PROOF.name), Some(ONE_TIME_CODES.name));
        check(&throttle, of(1, 100, false), at(0), used_up);
        check(&throttle, of(1, 101, true), at(30 * MINUTE), used_up);
        check(&throttle, of(2, 101, true), at(0), None);
        for from in MAX_TRIES..u32::try_from(ONE_TIME_CODES.at_once).unwrap() {
            check(&throttle, guess(space, 200 + from, false), at(0), None);
        }
        check(&throttle, of(2, 102, false), at(0), None);
        check(&throttle, of(2, 103, true), at(0), full);
    }

    #[test]
    fn addresses_of_one_site_are_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:2::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:100::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_longer() {
        let throttle = Throttle::default();
        for _ in 0..BY_NETWORK.at_once {
            check(&throttle, guess(CODES, 1, false), at(HOUR), None);
        }
        let wait = throttle.settle(guess(CODES, 1, true), at(0)).unwrap_err();
        assert_eq!(wait.wait, MINUTE);
    }

    #[test]
    fn memory_is_bounded_and_the_quiet_ones_are_forgotten_first() {
        let mut levels = Levels::default();
        let of = |n: usize| Counted::Network(Some(address(u32::try_from(n).unwrap())));
        for n in 0..3 * MAX_REMEMBERED {
            levels.raise(of(n), &BY_NETWORK, at(0));
            levels.raise(of(0), &BY_NETWORK, at(0));
            assert!(levels.recent.len() + levels.older.len() <= 2 * MAX_REMEMBERED);
        }
        assert!(levels.check(of(0), &BY_NETWORK, at(0)).is_err());
        assert!(levels.check(of(1), &BY_NETWORK, at(0)).is_ok());
    }
}
