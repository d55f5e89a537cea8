//! What keeps codes from being guessed: wrong ones are counted, and after too many there is no answer for
//! a while.
//!
//! Two kinds of codes are short enough to be guessed: invitations' eight letters (R14) and one-time codes
//! of eight digits (R22). Links, receipts and tokens are not, and are never slowed. Wrong codes count
//! against the network and the site they come from, and against the space of codes that is searched, because a
//! guesser may have many networks. Right ones count against nothing.
//!
//! INVARIANT: a guess is settled after it was compared and before anybody hears how that went. So a
//! thousand guesses at the same moment learn no more than a thousand one after the other.
//!
//! Nobody is locked out by somebody else's guessing: what a network lost, others keep. The first code typed for a proof
//! is held up by nothing that its network did, and draws on an allowance of its own; where that is used up too, it is
//! still taken from a site that guessed nothing lately, since whoever sends codes bounds how many first codes there
//! are. Where invitations' codes are searched, links still work, and sites that guessed nothing lately share an
//! allowance ten times as large.
//!
//! Counts are in memory and bounded. Must not know what the codes are for, nor how an address was learnt. Passwords,
//! and codes that are asked for, are in [`logins`]; what applicants ask for in [`joining`]; requests of whatever kind
//! in [`requests`]; what strangers leave in a trail in [`traces`]; how all of them are counted in `levels`.

pub mod joining;
mod levels;
pub mod logins;
pub mod requests;
pub mod traces;

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use usher_domain::ids::{OrgId, ProofId, TokenId};
use usher_domain::proof::{CODE_HOLDS_FOR, MAX_TRIES, PROOF_HOLDS_FOR};
use usher_domain::time::{HOUR, Instant, MINUTE, SECOND};

use self::joining::{Asked, PerHour, Together};
pub(crate) use self::levels::network;
use self::levels::{Levels, Limit, site};
use self::logins::{Account, InHand};
use self::traces::Trace;

/// A network's wrong codes: an office that joins on one day may mistype, a guesser gets 1,440 a day.
const BY_NETWORK: Limit = Limit { name: "wrong_codes_by_network", at_once: 20, regained_after: MINUTE };
/// The same of a site, which may have many networks.
const BY_SITE: Limit = Limit { name: "wrong_codes_by_site", at_once: 100, regained_after: 12 * SECOND };
/// Wrong codes for one proof, which is too old before another one is regained. They are on disk too, but only here
/// are those counted that are compared at the same moment.
const BY_PROOF: Limit =
    Limit { name: "wrong_codes_by_proof", at_once: MAX_TRIES as i64, regained_after: CODE_HOLDS_FOR + PROOF_HOLDS_FOR };
/// Wrong invitation codes on the whole host: at 86,400 a day among 21⁸ codes, one of a thousand live ones
/// is hit once in a year.
const INVITATION_CODES: Limit = Limit { name: "wrong_invitation_codes", at_once: 1_000, regained_after: SECOND };
/// The same from sites that guessed nothing lately: with these, one of a thousand live ones is hit once in six
/// weeks, by whoever has hundreds of networks.
const INVITATION_CODES_FROM_QUIET: Limit =
    Limit { name: "wrong_invitation_codes_from_quiet_sites", at_once: 10_000, regained_after: SECOND / 10 };
/// Wrong one-time codes in one organisation, but for the first of each proof.
const ONE_TIME_CODES: Limit = Limit { name: "wrong_one_time_codes", at_once: 100, regained_after: 10 * SECOND };
/// Wrong one-time codes in one organisation that were the first of their proof: whoever guesses for a day from
/// few sites is right with a chance of one in four thousand.
const FIRST_CODES: Limit = Limit { name: "wrong_first_codes", at_once: 1_000, regained_after: HOUR / 1_000 };

/// What a code is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Codes of invitations, of all organisations.
    InvitationCodes,
    /// One-time codes of an organisation.
    OneTimeCodes(OrgId),
}

impl Space {
    /// What guesses count against; some have an allowance of their own.
    const fn limit(self, favoured: bool) -> &'static Limit {
        match (self, favoured) {
            (Space::InvitationCodes, false) => &INVITATION_CODES,
            (Space::InvitationCodes, true) => &INVITATION_CODES_FROM_QUIET,
            (Space::OneTimeCodes(_), false) => &ONE_TIME_CODES,
            (Space::OneTimeCodes(_), true) => &FIRST_CODES,
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
    /// What the code is to prove, if it is of one thing: there are [`MAX_TRIES`] for that, and what others guessed does
    /// not hold the first of them up.
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
    Site(Option<IpAddr>),
    Proof(ProofId),
    /// Whether it is the allowance of those who are favoured.
    Space(Space, bool),
    Account(Account),
    AccountFrom(Account, Option<IpAddr>),
    /// Passwords beside right codes of an account.
    BesideCodes(Account),
    /// Whether it is the allowance of sites that asked for none lately.
    CodesTo(Account, bool),
    CodesToFrom(Account, Option<IpAddr>),
    CodesFrom(Option<IpAddr>),
    CodesFromSite(Option<IpAddr>),
    Trace(OrgId, Trace),
    FailuresOf(Account),
    Token(TokenId),
    Asked(Asked, Together),
}

/// Counts wrong codes, and what is asked for without a token.
#[derive(Debug, Default)]
pub struct Throttle {
    levels: Mutex<Levels>,
    in_hand: InHand,
    joining: PerHour,
}

impl Throttle {
    /// Lets a compared code be answered, or says for how long there is no answer.
    pub fn settle(&self, guess: Guess, now: Instant) -> Result<(), TooManyAttempts> {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let network = (Counted::Network(guess.origin.map(network)), &BY_NETWORK);
        let site = (Counted::Site(guess.origin.map(site)), &BY_SITE);
        let quiet = levels.held(site.0, site.1, now) == 0;
        let proof = guess.proof.map(|proof| (Counted::Proof(proof), &BY_PROOF));
        let first = proof.is_some_and(|(counted, limit)| levels.held(counted, limit, now) == 0);
        let favoured = match guess.space {
            Space::InvitationCodes => quiet,
            Space::OneTimeCodes(_) => first,
        };
        let space = (Counted::Space(guess.space, favoured), guess.space.limit(favoured));
        let held_up_by = [proof, (!first).then_some(network), (!first).then_some(site), Some(space)];
        let held_up_by = if first && quiet { &held_up_by[..1] } else { &held_up_by[..] };
        for (counted, limit) in held_up_by.iter().flatten() {
            levels.check(*counted, limit, now)?;
        }
        if !guess.right {
            for (counted, limit) in [Some(network), Some(site), Some(space), proof].into_iter().flatten() {
                levels.raise(counted, limit, now);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn r14_many_networks_use_up_a_space_together_and_who_guessed_nothing_is_held_up_last() {
        let throttle = Throttle::default();
        let rest = u32::try_from(INVITATION_CODES.at_once).unwrap();
        let quiet = u32::try_from(INVITATION_CODES_FROM_QUIET.at_once).unwrap();
        for from in 0..rest {
            check(&throttle, guess(CODES, from, false), at(0), None);
            check(&throttle, guess(CODES, from, false), at(0), None);
        }
        check(&throttle, guess(CODES, 0, true), at(0), Some(INVITATION_CODES.name));
        check(&throttle, guess(CODES, 0, true), at(SECOND), None);
        for from in rest..quiet {
            check(&throttle, guess(CODES, from, false), at(0), None);
        }
        check(&throttle, guess(CODES, quiet, true), at(0), Some(INVITATION_CODES_FROM_QUIET.name));
        check(&throttle, guess(CODES, quiet, true), at(SECOND), None);
    }

    #[test]
    fn r14_a_site_has_many_networks_and_one_allowance() {
        let throttle = Throttle::default();
        let guess = |network: u32, right| {
            let origin = format!("2001:db8:0:{:x}::1", network << 8).parse().ok();
            throttle.settle(Guess { space: CODES, origin, proof: None, right }, at(0)).err().map(|error| error.limit)
        };
        for network in 0..u32::try_from(BY_SITE.at_once).unwrap() {
            assert_eq!(guess(network, false), None);
        }
        assert_eq!(guess(200, true), Some(BY_SITE.name));
    }

    #[test]
    fn r22_first_codes_are_counted_and_hold_up_no_site_that_guessed_nothing() {
        let throttle = Throttle::default();
        let space = Space::OneTimeCodes(OrgId::from_bytes([1; 16]));
        let first = |n: i64, from, right| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&n.to_be_bytes());
            Guess { proof: Some(ProofId::from_bytes(id)), ..guess(space, from, right) }
        };
        for n in 0..FIRST_CODES.at_once {
            check(&throttle, first(n, 1, false), at(0), None);
        }
        check(&throttle, first(-1, 1, true), at(0), Some(FIRST_CODES.name));
        check(&throttle, first(-1, 2, true), at(0), None);
        check(&throttle, first(-1, 1, true), at(FIRST_CODES.regained_after), None);
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
        for from in MAX_TRIES - 1..u32::try_from(ONE_TIME_CODES.at_once).unwrap() {
            check(&throttle, guess(space, 200 + from, false), at(0), None);
        }
        check(&throttle, of(2, 102, false), at(0), None);
        check(&throttle, of(2, 103, true), at(0), full);
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
}
