//! What is held against whom, and who counts as one: the generic cell rate algorithm, in bounded memory.
//!
//! Must not know what is counted, nor why.

use std::collections::HashMap;
use std::net::IpAddr;

use usher_domain::time::Instant;

use super::{Counted, TooManyAttempts};

/// Networks and spaces that are remembered, twice: more forget those that were quiet longest.
const MAX_REMEMBERED: usize = 50_000;

/// So many wrong ones at once, and another one after each pause, in microseconds.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) name: &'static str,
    pub(super) at_once: i64,
    pub(super) regained_after: i64,
}

impl Limit {
    /// How long until nothing is held against somebody who has used it up.
    pub(super) const fn whole(&self) -> i64 {
        self.at_once * self.regained_after
    }
}

/// An address of IPv4; of IPv6 what a home gets: whoever has one address there has all of its subnet, and mostly
/// of 256 subnets (RFC 6177).
pub(crate) fn network(address: IpAddr) -> IpAddr {
    of_first_bits(address, 56)
}

/// An address of IPv4; of IPv6 the most that a customer gets without asking for more (RFC 6177): 256 networks.
pub(super) fn site(address: IpAddr) -> IpAddr {
    of_first_bits(address, 48)
}

fn of_first_bits(address: IpAddr, bits: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << (128 - bits))).into()),
        v4 => v4,
    }
}

/// Until when something is held against whom: the generic cell rate algorithm, one moment for each.
#[derive(Debug)]
pub(super) struct Levels {
    /// Most that are in each of the two.
    most: usize,
    pub(super) recent: HashMap<Counted, Instant>,
    older: HashMap<Counted, Instant>,
}

impl Default for Levels {
    fn default() -> Levels {
        Levels::new(MAX_REMEMBERED)
    }
}

impl Levels {
    pub(super) fn new(most: usize) -> Levels {
        Levels { most, recent: HashMap::new(), older: HashMap::new() }
    }

    /// What is held against somebody, in microseconds. The clock may have been set back.
    pub(super) fn held(&self, counted: Counted, limit: &Limit, now: Instant) -> i64 {
        let until = self.recent.get(&counted).or_else(|| self.older.get(&counted));
        until.map_or(0, |until| (until.as_micros() - now.as_micros()).clamp(0, limit.whole()))
    }

    pub(super) fn check(&self, counted: Counted, limit: &Limit, now: Instant) -> Result<(), TooManyAttempts> {
        let wait = self.held(counted, limit, now) + limit.regained_after - limit.whole();
        if wait > 0 { Err(TooManyAttempts { limit: limit.name, wait }) } else { Ok(()) }
    }

    /// How many more there may be now.
    pub(super) fn left(&self, counted: Counted, limit: &Limit, now: Instant) -> i64 {
        (limit.whole() - self.held(counted, limit, now)) / limit.regained_after
    }

    pub(super) fn raise(&mut self, counted: Counted, limit: &Limit, now: Instant) {
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
    use usher_domain::time::MINUTE;

    const LIMIT: Limit = Limit { name: "test", at_once: 20, regained_after: MINUTE };

    #[test]
    fn addresses_of_one_home_are_one_network_and_of_one_customer_one_site() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:2::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:100::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        let of = |text: &str| site(text.parse().unwrap());
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:100::1"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:1:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn memory_is_bounded_and_the_quiet_ones_are_forgotten_first() {
        let mut levels = Levels::default();
        let of = |n: usize| Counted::Network(Some(IpAddr::V4(u32::try_from(n).unwrap().into())));
        for n in 0..3 * MAX_REMEMBERED {
            levels.raise(of(n), &LIMIT, Instant::from_micros(0));
            levels.raise(of(0), &LIMIT, Instant::from_micros(0));
            assert!(levels.recent.len() + levels.older.len() <= 2 * MAX_REMEMBERED);
        }
        assert!(levels.check(of(0), &LIMIT, Instant::from_micros(0)).is_err());
        assert!(levels.check(of(1), &LIMIT, Instant::from_micros(0)).is_ok());
    }
}
