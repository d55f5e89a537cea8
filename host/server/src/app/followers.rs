//! Those who follow organisations' events at this moment (R43): a bounded number of them, woken by commits.
//!
//! Owns the bell, not the events: whoever is woken reads the stream again ([`super::events::list`]), so that a bell
//! rung twice, or for nothing, does no harm. Only this process commits to its store, so no commit is missed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use usher_domain::ids::{OrgId, TokenId};

/// Most streams open at once by one token: a program that forgets to close its own leaves the others theirs.
pub const MAX_OF_TOKEN: usize = 8;
/// Most streams open at once for one organisation.
pub const MAX_OF_ORGANISATION: usize = 32;
/// Most streams open at once on the host: well below the connections it takes.
pub const MAX_OF_HOST: usize = 1_024;

/// No more streams can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooManyStreams {
    /// By the token.
    #[error("the token has {MAX_OF_TOKEN} streams open, the most there may be: close one first")]
    OfToken,
    /// Of the organisation.
    #[error("the organisation has {MAX_OF_ORGANISATION} streams open, the most there may be: close one first")]
    OfOrganisation,
    /// Of all organisations together.
    #[error("the host has {MAX_OF_HOST} streams open, the most there may be: try again later")]
    OfHost,
}

impl TooManyStreams {
    /// Which limit it is.
    pub const fn limit(self) -> &'static str {
        match self {
            TooManyStreams::OfToken => "streams_by_token",
            TooManyStreams::OfOrganisation => "streams_by_organisation",
            TooManyStreams::OfHost => "streams_of_host",
        }
    }
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
    /// INVARIANT: a token is here while somebody follows by it, and `followers` is the sum of them all.
    by_token: HashMap<TokenId, usize>,
}

impl Bell {
    fn new() -> Bell {
        Bell { ring: watch::Sender::new(()), followers: 0, by_token: HashMap::new() }
    }

    fn room_for(&self, token: TokenId) -> Result<(), TooManyStreams> {
        if self.followers >= MAX_OF_ORGANISATION {
            return Err(TooManyStreams::OfOrganisation);
        }
        let of_token = self.by_token.get(&token).copied().unwrap_or(0);
        if of_token < MAX_OF_TOKEN { Ok(()) } else { Err(TooManyStreams::OfToken) }
    }

    fn leave(&mut self, token: TokenId) {
        self.followers -= 1;
        if let Entry::Occupied(mut of_token) = self.by_token.entry(token) {
            *of_token.get_mut() -= 1;
            if *of_token.get() == 0 {
                of_token.remove();
            }
        }
    }
}

impl Followers {
    /// Somebody who follows the organisation by a token, until they are dropped.
    pub fn follow(&self, org: OrgId, token: TokenId) -> Result<Follower, TooManyStreams> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.of_host >= MAX_OF_HOST {
            return Err(TooManyStreams::OfHost);
        }
        if let Some(bell) = open.bells.get(&org) {
            bell.room_for(token)?;
        }
        open.of_host += 1;
        let bell = open.bells.entry(org).or_insert_with(Bell::new);
        bell.followers += 1;
        *bell.by_token.entry(token).or_default() += 1;
        // A follower whose bell is gone already finds out when it listens.
        let heard = bell.ring.subscribe();
        let closed = open.closed;
        drop(open);
        let heard = if closed { watch::channel(()).1 } else { heard };
        Ok(Follower { followers: self.clone(), org, token, heard })
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

    fn leave(&self, org: OrgId, token: TokenId) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.of_host -= 1;
        if let Some(bell) = open.bells.get_mut(&org) {
            bell.leave(token);
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
    token: TokenId,
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

    /// Whether the host stops: for those who look by themselves, now and then.
    pub fn is_over(&self) -> bool {
        self.heard.has_changed().is_err()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.followers.leave(self.org, self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const ORG: OrgId = OrgId::from_bytes([1; 16]);
    const TOKEN: TokenId = TokenId::from_bytes([1; 16]);

    #[test]
    fn r43_streams_are_bounded_and_free_their_place() {
        let followers = Followers::default();
        let open = |org: usize, token: usize| {
            followers.follow(OrgId::from_bytes([org as u8; 16]), TokenId::from_bytes([token as u8; 16]))
        };
        let fill = |org: usize, token: usize| (0..MAX_OF_TOKEN).map(move |_| open(org, token).unwrap());
        let mut held: Vec<_> = fill(1, 0).collect();
        assert_eq!(open(1, 0).unwrap_err(), TooManyStreams::OfToken);
        held.pop();
        held.push(open(1, 0).unwrap());
        let tokens = MAX_OF_ORGANISATION / MAX_OF_TOKEN;
        held.extend((1..tokens).flat_map(|token| fill(1, token)));
        assert_eq!(open(1, tokens).unwrap_err(), TooManyStreams::OfOrganisation);
        let others = MAX_OF_HOST / MAX_OF_ORGANISATION;
        held.extend((2..=others).flat_map(|org| (0..tokens).flat_map(move |token| fill(org, token))));
        assert_eq!(open(0, 0).unwrap_err(), TooManyStreams::OfHost);
        drop(held);
        assert_eq!(followers.0.lock().unwrap().bells.len(), 0);
        drop(open(0, 0).unwrap());
    }

    #[test]
    fn r43_a_bell_rung_before_it_is_waited_for_is_heard() {
        let followers = Followers::default();
        let mut follower = followers.follow(ORG, TOKEN).unwrap();
        follower.listen();
        assert_eq!(follower.rung().now_or_never(), None);
        followers.ring(OrgId::from_bytes([2; 16]));
        assert_eq!(follower.rung().now_or_never(), None, "another organisation's");
        followers.ring(ORG);
        assert_eq!(follower.rung().now_or_never(), Some(true));
        assert!(!follower.is_over());
        followers.close();
        assert!(follower.is_over());
        assert_eq!(follower.rung().now_or_never(), Some(false));
        assert_eq!(followers.follow(ORG, TOKEN).unwrap().rung().now_or_never(), Some(false));
    }
}
