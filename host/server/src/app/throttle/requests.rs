//! Rates of requests, whatever they are about: what one network and one token may ask of the host.
//!
//! They are there for the others on the same host, not against guessing: a program that loops, or a stranger with one
//! machine, takes no more than its part. Each is so many requests a second in the long run, and ten seconds' worth of
//! them at once. Networks are counted before anybody's token is looked at, tokens once they are known to be good, so
//! that nobody uses up another's by making tokens up.
//!
//! Loopback is no network here: behind it are the operator's own programs, or all clients of a proxy that was not
//! named.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use usher_domain::ids::TokenId;
use usher_domain::time::{Instant, SECOND};

use super::levels::{Levels, Limit, network};
use super::{Counted, TooManyAttempts};

/// Requests that may come at once, in seconds' worth of the rate.
const AT_ONCE: i64 = 10;
/// Counts are kept in so many parts, each under a lock of its own: whoever waits, waits for few.
const PARTS: usize = 16;
/// Networks and tokens that are remembered in each part, twice.
const MAX_REMEMBERED: usize = 4_096;

/// Requests a second; 0 for as many as there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of one network: an address of IPv4, a /56 of IPv6.
    pub by_network: u32,
    /// Of one token.
    pub by_token: u32,
}

impl Default for Rates {
    /// An office of thousands behind one address is below this, and so is a program that copies all members.
    fn default() -> Rates {
        Rates { by_network: 1_000, by_token: 500 }
    }
}

/// More requests came than may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests came in a short time: wait {} seconds, then send fewer at once", .0.seconds())]
pub struct TooManyRequests(pub TooManyAttempts);

/// Counts requests.
#[derive(Debug)]
pub struct Requests {
    by_network: Option<Limit>,
    by_token: Option<Limit>,
    parts: [Mutex<Levels>; PARTS],
    hashing: RandomState,
}

impl Requests {
    /// None yet, of at most so many.
    #[must_use]
    pub fn new(rates: Rates) -> Requests {
        Requests {
            by_network: limit("requests_by_network", rates.by_network),
            by_token: limit("requests_by_token", rates.by_token),
            parts: std::array::from_fn(|_| Mutex::new(Levels::new(MAX_REMEMBERED))),
            hashing: RandomState::new(),
        }
    }

    /// Counts a request from an address, or refuses it.
    pub fn of_network(&self, address: IpAddr, now: Instant) -> Result<(), TooManyRequests> {
        let address = address.to_canonical();
        if address.is_loopback() {
            Ok(())
        } else {
            self.count(Counted::Network(Some(network(address))), &self.by_network, now)
        }
    }

    /// Counts a request by a token that is good, or refuses it.
    pub fn of_token(&self, token: TokenId, now: Instant) -> Result<(), TooManyRequests> {
        self.count(Counted::Token(token), &self.by_token, now)
    }

    fn count(&self, counted: Counted, limit: &Option<Limit>, now: Instant) -> Result<(), TooManyRequests> {
        let Some(limit) = limit else { return Ok(()) };
        let part = self.hashing.hash_one(counted) as usize % PARTS;
        let mut levels = self.parts[part].lock().unwrap_or_else(PoisonError::into_inner);
        levels.check(counted, limit, now).map_err(TooManyRequests)?;
        levels.raise(counted, limit, now);
        Ok(())
    }
}

fn limit(name: &'static str, rate: u32) -> Option<Limit> {
    let rate = i64::from(rate);
    (rate > 0).then(|| Limit { name, at_once: AT_ONCE * rate, regained_after: (SECOND / rate).max(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of `count` requests at the same moment are taken, and which limit refuses the others.
    fn taken(count: usize, send: impl Fn() -> Result<(), TooManyRequests>) -> (usize, Option<&'static str>) {
        let answers: Vec<_> = (0..count).map(|_| send()).collect();
        let refused = answers.iter().find_map(|answer| answer.err()).map(|error| error.0.limit);
        (answers.iter().filter(|answer| answer.is_ok()).count(), refused)
    }

    #[test]
    fn a_network_has_its_rate_and_others_have_theirs() {
        let requests = Requests::new(Rates { by_network: 2, by_token: 0 });
        let from = |text: &str, now: i64| taken(30, || requests.of_network(address(text), at(now)));
        let refused = Some("requests_by_network");
        assert_eq!(from("198.51.100.1", 0), (20, refused));
        assert_eq!(from("::ffff:198.51.100.1", 0), (0, refused), "the same in another spelling");
        assert_eq!(from("198.51.100.1", SECOND), (2, refused));
        assert_eq!(from("198.51.100.2", 0), (20, refused));
        assert_eq!(from("2001:db8::1", 0), (20, refused));
        assert_eq!(from("2001:db8:0:1::1", 0), (0, refused), "another subnet of the same network");
        let error = requests.of_network(address("198.51.100.1"), at(SECOND)).unwrap_err();
        assert_eq!(error.0.seconds(), 1);
    }

    #[test]
    fn a_token_has_its_rate_wherever_it_is_used() {
        let requests = Requests::new(Rates { by_network: 0, by_token: 1 });
        let by = |n: u8| taken(11, || requests.of_token(TokenId::from_bytes([n; 16]), at(0)));
        assert_eq!(by(1), (10, Some("requests_by_token")));
        assert_eq!(by(2), (10, Some("requests_by_token")));
    }

    #[test]
    fn loopback_and_a_rate_of_nothing_are_not_counted() {
        let requests = Requests::new(Rates { by_network: 1, by_token: 0 });
        for loopback in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(taken(100, || requests.of_network(address(loopback), at(0))), (100, None), "{loopback}");
        }
        assert_eq!(taken(100, || requests.of_token(TokenId::from_bytes([1; 16]), at(0))), (100, None));
    }
}
