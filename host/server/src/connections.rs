//! Connections of one network at the same time: so many and no more, so that a stranger with one machine does not take
//! the room of all others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::throttle::network;

/// Counts connections.
#[derive(Clone, Debug)]
pub(crate) struct ByNetwork {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// A connection counts while this is held.
#[derive(Debug)]
pub(crate) struct Counted {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    network: IpAddr,
}

impl ByNetwork {
    /// At most `most` of each network; any number if that is 0.
    pub(crate) fn new(most: usize) -> ByNetwork {
        ByNetwork { open: Arc::default(), most: if most == 0 { usize::MAX } else { most } }
    }

    /// Counts a connection, unless its network has as many as it may.
    pub(crate) fn count(&self, peer: IpAddr) -> Option<Counted> {
        let network = network(peer);
        let mut open = lock(&self.open);
        let of_network = open.entry(network).or_default();
        if *of_network >= self.most {
            return None;
        }
        *of_network += 1;
        Some(Counted { open: self.open.clone(), network })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        let left = open.remove(&self.network).unwrap_or_default().saturating_sub(1);
        if left > 0 {
            open.insert(self.network, left);
        }
    }
}

fn lock(open: &Mutex<HashMap<IpAddr, usize>>) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_so_many_connections_and_others_have_theirs() {
        let by_network = ByNetwork::new(2);
        let connect = |from: &str| by_network.count(from.parse().unwrap());
        let first = connect("2001:db8:0:1::1");
        let second = connect("2001:db8:0:2::1");
        assert!(first.is_some() && second.is_some());
        assert!(connect("2001:db8:0:3::1").is_none(), "the same network");
        assert!(connect("192.0.2.1").is_some());
        drop(first);
        assert!(connect("2001:db8:0:3::1").is_some());
        drop(second);
        assert!(lock(&by_network.open).is_empty(), "nobody is remembered");
    }

    #[test]
    fn zero_is_any_number() {
        let by_network = ByNetwork::new(0);
        let all: Vec<_> = (0..1_000).map(|_| by_network.count([192, 0, 2, 1].into())).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
