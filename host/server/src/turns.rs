//! Turns at work that takes a processor or much memory: so many pieces of it at a time on the host, one at a time of
//! each organisation, and so many of each that wait. So no organisation takes all of it, or has the host keep a long
//! queue.
//!
//! Owns who goes next: whoever waits longest. Must not know what the work is.
//!
//! INVARIANT: a turn lasts until it is dropped. Work that goes on although nobody waits for it any more keeps its turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use usher_domain::ids::OrgId;

/// So many pieces of the organisation's work wait that one more is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{waiting} such requests of the organisation wait for their turn, the most that may: ask again when one is done"
)]
pub struct TooManyWaiting {
    /// Which limit it is.
    pub limit: &'static str,
    /// How many may wait.
    pub waiting: usize,
}

/// Turns at one kind of work.
#[derive(Debug)]
pub struct Turns {
    limit: &'static str,
    waiting: usize,
    at_once: Arc<Semaphore>,
    /// Those in use.
    lines: Mutex<HashMap<OrgId, Weak<Line>>>,
}

/// Where an organisation's work waits.
#[derive(Debug)]
struct Line {
    /// One permit: whose turn it is.
    first: Arc<Semaphore>,
    /// A permit for each that may wait, and one for the turn.
    room: Arc<Semaphore>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    /// In this order: whoever is next in the line finds room on the host.
    _at_once: OwnedSemaphorePermit,
    _first: OwnedSemaphorePermit,
    _room: Option<OwnedSemaphorePermit>,
    /// So that all find the same line while one of them is at work.
    _line: Arc<Line>,
}

impl Turns {
    /// `at_once` pieces of work on the host while so many of each organisation wait; refusals name the `limit`.
    pub fn new(limit: &'static str, at_once: usize, waiting: usize) -> Turns {
        Turns { limit, waiting, at_once: Arc::new(Semaphore::new(at_once)), lines: Mutex::default() }
    }

    /// A turn for somebody who asked: refused at once if too many of the organisation wait.
    ///
    /// # Errors
    /// If too many do.
    pub async fn take(&self, org: OrgId) -> Result<Turn, TooManyWaiting> {
        let line = self.line(org);
        let refused = TooManyWaiting { limit: self.limit, waiting: self.waiting };
        let room = Arc::clone(&line.room).try_acquire_owned().map_err(|_| refused)?;
        self.turn(line, Some(room)).await.map_err(|_| refused)
    }

    /// A turn for work that waits for as long as it takes, and is bounded elsewhere.
    ///
    /// # Errors
    /// None while the host runs.
    pub async fn wait(&self, org: OrgId) -> Result<Turn, AcquireError> {
        self.turn(self.line(org), None).await
    }

    async fn turn(&self, line: Arc<Line>, room: Option<OwnedSemaphorePermit>) -> Result<Turn, AcquireError> {
        let first = Arc::clone(&line.first).acquire_owned().await?;
        let at_once = Arc::clone(&self.at_once).acquire_owned().await?;
        Ok(Turn { _at_once: at_once, _first: first, _room: room, _line: line })
    }

    /// The line of an organisation: the same for as long as anybody holds it.
    fn line(&self, org: OrgId) -> Arc<Line> {
        let mut known = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&org).and_then(Weak::upgrade) {
            return found;
        }
        if known.len() == known.capacity() {
            known.retain(|_, held| held.strong_count() > 0);
        }
        let room = Semaphore::new(self.waiting + 1);
        let line = Arc::new(Line { first: Arc::new(Semaphore::new(1)), room: Arc::new(room) });
        known.insert(org, Arc::downgrade(&line));
        line
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;
    use futures_util::FutureExt as _;

    const ACME: OrgId = OrgId::from_bytes([1; 16]);
    const OTHER: OrgId = OrgId::from_bytes([2; 16]);
    const THIRD: OrgId = OrgId::from_bytes([3; 16]);

    #[tokio::test]
    async fn an_organisation_has_one_turn_at_a_time_and_the_host_so_many() {
        let turns = Turns::new("work", 2, 1);
        let first = turns.take(ACME).await.unwrap();
        let mut second = pin!(turns.take(ACME));
        assert!(second.as_mut().now_or_never().is_none(), "though the host has room");
        let others = turns.take(OTHER).now_or_never().expect("another organisation waits for none").unwrap();
        let mut third = pin!(turns.take(THIRD));
        assert!(third.as_mut().now_or_never().is_none(), "the host has no room");
        drop(first);
        assert!(second.as_mut().now_or_never().is_none(), "whoever waits longest goes first");
        let of_third = third.await.unwrap();
        drop(others);
        drop(second.await.unwrap());
        drop(of_third);
    }

    #[tokio::test]
    async fn more_than_may_wait_are_refused_by_name_and_one_that_gives_up_leaves_its_room() {
        let turns = Turns::new("work", 2, 1);
        let refused = Some(TooManyWaiting { limit: "work", waiting: 1 });
        let at_work = turns.take(ACME).await.unwrap();
        {
            let mut waits = pin!(turns.take(ACME));
            assert!(waits.as_mut().now_or_never().is_none());
            assert_eq!(turns.take(ACME).await.err(), refused);
            assert!(turns.take(OTHER).await.is_ok(), "another organisation's line is its own");
            let mut patient = pin!(turns.wait(ACME));
            assert!(patient.as_mut().now_or_never().is_none(), "what is bounded elsewhere is not refused");
        }
        let mut waits = pin!(turns.take(ACME));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(at_work);
        drop(waits.await.unwrap());
        assert!(turns.take(ACME).await.is_ok());
    }
}
