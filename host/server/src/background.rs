//! Room for due work that takes long, beside the worker: which of it is under way here, and whose turn it is.
//!
//! The worker takes a piece of work on: it falls due again when its lease ends, if this host ends meanwhile. A piece
//! is done in steps, each in a turn of its own. Organisations take turns one step at a time, so that one with much
//! to do holds up no other by more than a step.
//!
//! Owns who may work. Must not know what the work is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use usher_domain::ids::OrgId;
use usher_domain::time::{Instant, MINUTE};
use usher_store::Due;

use crate::hands::{Hand, Hands};

/// Steps done at the same moment.
const TURNS: usize = 4;
/// Most pieces under way.
const MAX_UNDER_WAY: usize = 8_192;
/// Most pieces of one organisation under way.
const MAX_OF_ONE: usize = 1_024;
/// How long a lease lasts, in microseconds. It is renewed while the work is under way.
const LEASE: i64 = 5 * MINUTE;

/// Due work that is under way on this host.
#[derive(Clone)]
pub struct Background(Arc<Inner>);

struct Inner {
    under_way: Mutex<UnderWay>,
    hands: Hands,
    turns: Arc<Semaphore>,
    /// For work on the whole host.
    alone: Arc<Semaphore>,
    batch: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct UnderWay {
    of: HashMap<OrgId, OfOne>,
    /// Pieces ever taken on.
    taken: u64,
}

struct OfOne {
    turn: Arc<Semaphore>,
    pieces: HashMap<(u8, Vec<u8>), Piece>,
}

impl Default for OfOne {
    fn default() -> OfOne {
        OfOne { turn: Arc::new(Semaphore::new(1)), pieces: HashMap::new() }
    }
}

struct Piece {
    number: u64,
    /// When it falls due again, in microseconds.
    lease: i64,
    /// From then on it may have missed what made it due again.
    begun: bool,
    again: bool,
}

/// That a piece of work was taken on.
pub(crate) struct Taken {
    /// When it has to fall due again.
    pub(crate) lease: i64,
    /// To be begun once that is on disk; none if it is under way already, and is done once more after that.
    pub(crate) job: Option<Job>,
}

/// A piece of work under way, for as long as this is held.
pub(crate) struct Job {
    background: Background,
    org: OrgId,
    work: (u8, Vec<u8>),
    number: u64,
    _hand: Hand,
}

/// Leave to do one step.
pub(crate) struct Turn {
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

impl Default for Background {
    fn default() -> Background {
        Background(Arc::new(Inner {
            under_way: Mutex::default(),
            hands: Hands::new(MAX_UNDER_WAY),
            turns: Arc::new(Semaphore::new(TURNS)),
            alone: Arc::new(Semaphore::new(1)),
            batch: tokio::sync::Mutex::default(),
        }))
    }
}

impl Background {
    /// Waits until nobody else looks at what is due.
    ///
    /// INVARIANT: a batch is begun by one at a time: two would both begin what both find due, and the one whose commit
    /// comes second would put it off.
    pub(crate) async fn batch(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.batch.lock().await
    }

    /// Takes on a piece of work that fell due; none if there is too much under way.
    pub(crate) fn take(&self, due: &Due, now: Instant) -> Option<Taken> {
        let mut under_way = self.lock();
        let number = under_way.taken + 1;
        // No two leases end at the same moment: the end of one piece of work must not take another's for its own.
        let lease = now.plus(LEASE + i64::try_from(number % 1_000_000).unwrap_or(0)).as_micros();
        let work = (due.kind, due.id.clone());
        if let Some(piece) = under_way.of.get_mut(&due.org).and_then(|of_one| of_one.pieces.get_mut(&work)) {
            if due.at == piece.lease {
                piece.lease = lease;
                under_way.taken = number;
                return Some(Taken { lease, job: None });
            }
            piece.again |= piece.begun;
            return Some(Taken { lease: piece.lease, job: None });
        }
        let of_one = under_way.of.get(&due.org).map_or(0, |of_one| of_one.pieces.len());
        if of_one >= MAX_OF_ONE {
            return None;
        }
        let hand = self.0.hands.take()?;
        under_way.taken = number;
        let piece = Piece { number, lease, begun: false, again: false };
        under_way.of.entry(due.org).or_default().pieces.insert(work.clone(), piece);
        Some(Taken { lease, job: Some(Job { background: self.clone(), org: due.org, work, number, _hand: hand }) })
    }

    /// Waits until nothing is under way.
    pub async fn idle(&self) {
        self.0.hands.idle().await;
    }

    /// Gives no more turns, and waits for the steps that are being done.
    pub async fn stop(&self) {
        self.0.turns.close();
        self.0.alone.close();
        self.idle().await;
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// From now on, what makes the work due has it done once more.
    pub(crate) fn begin(&self) {
        self.with(|piece| piece.begun = true);
    }

    /// Waits for a turn, the organisation's own or one `alone` on the host; none when the host stops.
    pub(crate) async fn turn(&self, alone: bool) -> Option<Turn> {
        let inner = &self.background.0;
        if alone {
            let permit = Arc::clone(&inner.alone).acquire_owned().await.ok()?;
            return Some(Turn { _permits: (permit, None) });
        }
        let own = self.background.lock().of.get(&self.org).map(|of_one| Arc::clone(&of_one.turn))?;
        let own = own.acquire_owned().await.ok()?;
        let permit = Arc::clone(&inner.turns).acquire_owned().await.ok()?;
        Some(Turn { _permits: (permit, Some(own)) })
    }

    /// Ends it: what makes it due from now on is a new piece of work. Gives its lease, which is to be taken back.
    /// None if it is to be done once more.
    pub(crate) fn end(&self) -> Option<i64> {
        let mut under_way = self.background.lock();
        let of_one = under_way.of.get_mut(&self.org)?;
        let piece = of_one.pieces.get_mut(&self.work).filter(|piece| piece.number == self.number)?;
        if std::mem::take(&mut piece.again) {
            return None;
        }
        let lease = piece.lease;
        of_one.pieces.remove(&self.work);
        Some(lease)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Piece) -> T) -> Option<T> {
        let mut under_way = self.background.lock();
        let piece = under_way.of.get_mut(&self.org)?.pieces.get_mut(&self.work)?;
        (piece.number == self.number).then(|| look(piece))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let mut under_way = self.background.lock();
        if let Some(of_one) = under_way.of.get_mut(&self.org) {
            if of_one.pieces.get(&self.work).is_some_and(|piece| piece.number == self.number) {
                of_one.pieces.remove(&self.work);
            }
            if of_one.pieces.is_empty() {
                under_way.of.remove(&self.org);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(0);

    fn due(org: u8, at: i64) -> Due {
        Due { at, org: OrgId::from_bytes([org; 16]), kind: 1, id: vec![7] }
    }

    #[test]
    fn what_falls_due_again_is_done_once_more_only_after_it_has_begun() {
        let background = Background::default();
        let Taken { lease, job } = background.take(&due(1, 0), NOW).unwrap();
        let job = job.unwrap();
        for at in [0, 1, 2] {
            let taken = background.take(&due(1, at), NOW).unwrap();
            assert!((taken.lease, taken.job.is_none()) == (lease, true), "it will see what caused this");
        }
        job.begin();
        drop(background.take(&due(1, 3), NOW));
        drop(background.take(&due(1, 4), NOW));
        assert_eq!(job.end(), None, "once more, for both");
        let renewed = background.take(&due(1, lease), NOW).unwrap().lease;
        assert!(renewed > lease);
        assert_eq!(job.end(), Some(renewed), "a lease that ends is no cause");
        let next = background.take(&due(1, 5), NOW).unwrap();
        drop(job);
        assert!(next.job.unwrap().end().is_some_and(|lease| lease > renewed));
    }

    #[tokio::test]
    async fn organisations_take_turns_and_nobody_takes_all_of_them() {
        let background = Background::default();
        let job = |org, id| {
            let due = Due { id: vec![id], ..due(org, 0) };
            background.take(&due, NOW).unwrap().job.unwrap()
        };
        let (first, second, other) = (job(1, 1), job(1, 2), job(2, 1));
        let turn = first.turn(false).await;
        let waits = |job: Job| async move {
            tokio::time::timeout(std::time::Duration::from_millis(20), job.turn(false)).await.is_err()
        };
        assert!(waits(second).await);
        assert!(!waits(other).await);
        let alone = first.turn(true).await;
        assert!(alone.is_some());
        drop((turn, alone));
        let all = (0..MAX_OF_ONE).map(|n| Due { id: n.to_be_bytes().to_vec(), ..due(3, 0) });
        let all: Vec<_> = all.map(|due| background.take(&due, NOW).unwrap()).collect();
        assert!(background.take(&due(3, 0), NOW).is_none(), "one organisation");
        assert!(background.take(&due(4, 0), NOW).is_some(), "another");
        drop((first, all));
        background.stop().await;
        assert!(job(1, 1).turn(false).await.is_none());
    }
}
