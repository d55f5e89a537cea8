//! Those who follow organisations' events at this moment (R43): a bounded number of them, woken by commits.
//!
//! Owns the bell, not the events: whoever is woken reads the stream again ([`super::events::list`]), so that a bell
//! rung twice, or for nothing, does no harm. Only this process commits to its store, so no commit is missed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use usher_domain::ids::OrgId;

/// Most streams open at once for one organisation.
pub const MAX_OF_ORGANISATION: usize = 32;
/// Most streams open at once on the host: well below the connections it takes.
pub const MAX_OF_HOST: usize = 1_024;

/// No more streams can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooManyStreams {
    /// Of the organisation.
    #[error("the organisation has {MAX_OF_ORGANISATION} streams open, the most there may be: close one first")]
    OfOrganisation,
    /// Of all organisations together.
    #[error("the host has {MAX_OF_HOST} streams open, the most there may be: try again later")]
    OfHost,
}

/// All who follow on this host.
#[derive(Clone, Debug, Default)]
pub struct Followers(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// INVARIANT: an organisation is here while somebody follows it, and `of_host` is the sum of them all.
    bells: HashMap<OrgId, Bell>,
    of_host: usize,
    /// Set when the host stops: nobody is woken any more.
    closed: bool,
}

#[derive(Debug)]
struct Bell {
    ring: watch::Sender<()>,
    followers: usize,
}

impl Followers {
    /// Somebody who follows the organisation, until they are dropped.
    pub fn follow(&self, org: OrgId) -> Result<Follower, TooManyStreams> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.of_host >= MAX_OF_HOST {
            return Err(TooManyStreams::OfHost);
        }
        if open.bells.get(&org).is_some_and(|bell| bell.followers >= MAX_OF_ORGANISATION) {
            return Err(TooManyStreams::OfOrganisation);
        }
        open.of_host += 1;
        let bell = open.bells.entry(org).or_insert_with(|| Bell { ring: watch::Sender::new(()), followers: 0 });
        bell.followers += 1;
        // A follower whose bell is gone already finds out when it listens.
        let heard = bell.ring.subscribe();
        let closed = open.closed;
        drop(open);
        let heard = if closed { watch::channel(()).1 } else { heard };
        Ok(Follower { followers: self.clone(), org, heard })
    }

    /// Wakes those who follow the organisation.
    pub(super) fn ring(&self, org: OrgId) {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = open.bells.get(&org) {
            bell.ring.send_replace(());
        }
    }

    /// Ends all streams, as the host stops.
    pub fn close(&self) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.closed = true;
        for bell in open.bells.values_mut() {
            // Who listens to the old bell hears that it is gone.
            bell.ring = watch::Sender::new(());
        }
    }

    fn leave(&self, org: OrgId) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.of_host -= 1;
        if let Some(bell) = open.bells.get_mut(&org) {
            bell.followers -= 1;
            if bell.followers == 0 {
                open.bells.remove(&org);
            }
        }
    }
}

/// Somebody who follows an organisation.
#[derive(Debug)]
pub struct Follower {
    followers: Followers,
    org: OrgId,
    heard: watch::Receiver<()>,
}

impl Follower {
    /// From now on [`Follower::rung`] is about commits after this moment: call it before reading.
    pub fn listen(&mut self) {
        self.heard.mark_unchanged();
    }

    /// Waits for a commit with events since [`Follower::listen`]; false when the host stops.
    pub async fn rung(&mut self) -> bool {
        self.heard.changed().await.is_ok()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.followers.leave(self.org);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const ORG: OrgId = OrgId::from_bytes([1; 16]);

    #[test]
    fn r43_streams_are_bounded_and_free_their_place() {
        let followers = Followers::default();
        let open = |n: u8| followers.follow(OrgId::from_bytes([n; 16]));
        let mut held: Vec<_> = (0..MAX_OF_ORGANISATION).map(|_| open(1).unwrap()).collect();
        assert_eq!(open(1).unwrap_err(), TooManyStreams::OfOrganisation);
        held.pop();
        held.push(open(1).unwrap());
        let others = MAX_OF_HOST / MAX_OF_ORGANISATION;
        held.extend(
            (2..=others).flat_map(|n| (0..MAX_OF_ORGANISATION).map(move |_| n)).map(|n| open(n as u8).unwrap()),
        );
        assert_eq!(open(0).unwrap_err(), TooManyStreams::OfHost);
        drop(held);
        assert_eq!(followers.0.lock().unwrap().bells.len(), 0);
        drop(open(0).unwrap());
    }

    #[test]
    fn r43_a_bell_rung_before_it_is_waited_for_is_heard() {
        let followers = Followers::default();
        let mut follower = followers.follow(ORG).unwrap();
        follower.listen();
        assert_eq!(follower.rung().now_or_never(), None);
        followers.ring(OrgId::from_bytes([2; 16]));
        assert_eq!(follower.rung().now_or_never(), None, "another organisation's");
        followers.ring(ORG);
        assert_eq!(follower.rung().now_or_never(), Some(true));
        followers.close();
        assert_eq!(follower.rung().now_or_never(), Some(false));
        assert_eq!(followers.follow(ORG).unwrap().rung().now_or_never(), Some(false));
    }
}
