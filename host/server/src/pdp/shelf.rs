//! Things kept loaded, by organisation and generation.
//!
//! Owns that each is loaded once, however many want it at the same moment; and what is dropped: generations that
//! were superseded and, when all of it is too many bytes, what the organisations have that asked longest ago. Must
//! not know what is loaded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use usher_domain::ids::OrgId;

use crate::app::policies::Live;
use crate::app::refusal::Refusal;

/// Of the bytes that may be kept, so many eighths stay when room is made: it is made seldom then.
const EIGHTHS_KEPT: usize = 7;

/// Things kept loaded, of one kind.
pub(super) struct Shelf<T> {
    rows: Arc<Mutex<Rows<T>>>,
    max_bytes: usize,
}

/// Somebody loads it, and everybody else waits for that. An error is told to all of them, in words.
type Loading<T> = Shared<BoxFuture<'static, Result<T, String>>>;

#[derive(Clone)]
enum State<T> {
    Loading(Loading<T>),
    Loaded(T),
}

struct Slot<T> {
    generation: u64,
    state: State<T>,
    bytes: usize,
}

/// What an organisation has.
struct Row<T> {
    slots: Vec<Slot<T>>,
    /// The number of its latest look.
    looked: u64,
}

struct Rows<T> {
    of: HashMap<OrgId, Row<T>>,
    bytes: usize,
    looks: u64,
}

impl<T: Clone + Send + Sync + 'static> Shelf<T> {
    /// For at most so many bytes.
    pub(super) fn new(max_bytes: usize) -> Shelf<T> {
        Shelf { rows: Arc::new(Mutex::new(Rows { of: HashMap::new(), bytes: 0, looks: 0 })), max_bytes }
    }

    /// What is kept, or what `load` gives, with its bytes. `live` says which generations are superseded.
    pub(super) async fn get<F>(
        &self,
        org: OrgId,
        live: &Live,
        generation: u64,
        load: impl FnOnce() -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<(T, usize), Refusal>> + Send + 'static,
    {
        let loading = match self.look(org, live, generation, load) {
            State::Loaded(found) => return Ok(found),
            State::Loading(loading) => loading,
        };
        loading.clone().await.map_err(|error| {
            self.forget(org, generation, &loading);
            Refusal::Policies(error)
        })
    }

    fn look<F>(&self, org: OrgId, live: &Live, generation: u64, load: impl FnOnce() -> F) -> State<T>
    where
        F: Future<Output = Result<(T, usize), Refusal>> + Send + 'static,
    {
        let mut rows = lock(&self.rows);
        let (row, superseded) = rows.look(org, live);
        let state = match row.slots.iter().find(|slot| slot.generation == generation) {
            Some(slot) => slot.state.clone(),
            None => {
                let state = State::Loading(self.start(org, generation, load()));
                row.slots.push(Slot { generation, state: state.clone(), bytes: 0 });
                state
            }
        };
        drop(rows);
        drop(superseded);
        state
    }

    /// Loads on a task of its own: who hangs up stops nothing, so nobody has to start over.
    fn start<F>(&self, org: OrgId, generation: u64, load: F) -> Loading<T>
    where
        F: Future<Output = Result<(T, usize), Refusal>> + Send + 'static,
    {
        let (rows, max_bytes) = (Arc::clone(&self.rows), self.max_bytes);
        let task = tokio::spawn(async move {
            let (loaded, bytes) = load.await.map_err(|error| match error {
                Refusal::Policies(text) => text,
                other => other.to_string(),
            })?;
            let dropped = lock(&rows).put(org, generation, &loaded, bytes, max_bytes);
            if !dropped.is_empty() {
                // Many pages to hand back to the kernel.
                tokio::task::spawn_blocking(move || drop(dropped));
            }
            Ok(loaded)
        });
        task.map(|ended| ended.unwrap_or_else(|error| Err(error.to_string()))).boxed().shared()
    }

    /// What failed to load is loaded anew for whoever comes next.
    fn forget(&self, org: OrgId, generation: u64, failed: &Loading<T>) {
        let mut rows = lock(&self.rows);
        let Some(row) = rows.of.get_mut(&org) else { return };
        let is_it = |state: &State<T>| matches!(state, State::Loading(loading) if loading.ptr_eq(failed));
        row.slots.retain(|slot| slot.generation != generation || !is_it(&slot.state));
        if row.slots.is_empty() {
            rows.of.remove(&org);
        }
    }
}

impl<T: Clone> Rows<T> {
    /// What an organisation has, without what is taken out of it: the generations before the live one, and those
    /// announced after it that cannot be live any more.
    fn look(&mut self, org: OrgId, live: &Live) -> (&mut Row<T>, Vec<Slot<T>>) {
        self.looks += 1;
        let row = self.of.entry(org).or_insert_with(|| Row { slots: Vec::new(), looked: 0 });
        row.looked = self.looks;
        let is_over = |slot: &mut Slot<T>| slot.generation != live.generation && slot.generation < live.newest;
        let superseded: Vec<Slot<T>> = row.slots.extract_if(.., is_over).collect();
        self.bytes -= superseded.iter().map(|slot| slot.bytes).sum::<usize>();
        (row, superseded)
    }

    /// Keeps what was loaded, unless it was superseded meanwhile; gives what has to go for it.
    fn put(&mut self, org: OrgId, generation: u64, loaded: &T, bytes: usize, max_bytes: usize) -> Vec<Row<T>> {
        let row = self.of.get_mut(&org);
        let Some(slot) = row.and_then(|row| row.slots.iter_mut().find(|slot| slot.generation == generation)) else {
            return Vec::new();
        };
        (slot.state, slot.bytes) = (State::Loaded(loaded.clone()), bytes);
        self.bytes += bytes;
        if self.bytes <= max_bytes {
            return Vec::new();
        }
        let mut by_age: Vec<(u64, OrgId)> = self.of.iter().map(|(org, row)| (row.looked, *org)).collect();
        by_age.sort_unstable();
        let mut dropped = Vec::new();
        for (_, oldest) in by_age.into_iter().filter(|(_, oldest)| *oldest != org) {
            if self.bytes <= max_bytes / 8 * EIGHTHS_KEPT {
                break;
            }
            if let Some(row) = self.of.remove(&oldest) {
                self.bytes -= row.slots.iter().map(|slot| slot.bytes).sum::<usize>();
                dropped.push(row);
            }
        }
        dropped
    }
}

fn lock<T>(rows: &Mutex<Rows<T>>) -> MutexGuard<'_, Rows<T>> {
    rows.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn org(n: u8) -> OrgId {
        OrgId::from_bytes([n; 16])
    }

    fn live(generation: u64, newest: u64) -> Live {
        Live { generation, newest }
    }

    async fn load(shelf: &Shelf<u64>, of: u8, live: Live, generation: u64, bytes: usize) {
        let loaded = shelf.get(org(of), &live, generation, || async move { Ok((generation, bytes)) }).await;
        assert_eq!(loaded.unwrap(), generation);
    }

    /// Who has which generations, and all bytes.
    fn kept(shelf: &Shelf<u64>) -> (Vec<(u8, Vec<u64>)>, usize) {
        let rows = lock(&shelf.rows);
        let generations = |row: &Row<u64>| row.slots.iter().map(|slot| slot.generation).collect();
        let mut kept: Vec<_> = rows.of.iter().map(|(org, row)| (org.as_bytes()[0], generations(row))).collect();
        kept.sort();
        (kept, rows.bytes)
    }

    #[tokio::test]
    async fn what_many_want_at_once_is_loaded_once_although_the_first_of_them_hangs_up() {
        let (shelf, loads) = (Shelf::new(1_000), Arc::new(AtomicUsize::new(0)));
        let slow = || {
            let loads = Arc::clone(&loads);
            async move {
                loads.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok((7, 1))
            }
        };
        let only = live(1, 1);
        let first = shelf.get(org(1), &only, 1, slow);
        assert!(tokio::time::timeout(Duration::from_millis(5), first).await.is_err());
        let others = (0..100).map(|_| shelf.get(org(1), &only, 1, slow));
        assert!(futures_util::future::join_all(others).await.into_iter().all(|found| found.unwrap() == 7));
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_fails_is_told_to_all_who_wait_and_loaded_anew_for_the_next() {
        let (shelf, loads) = (Shelf::<u64>::new(1_000), Arc::new(AtomicUsize::new(0)));
        let fails = || {
            let loads = Arc::clone(&loads);
            async move {
                loads.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err(Refusal::Policies("the test says so".into()))
            }
        };
        let only = live(1, 1);
        let all = (0..100).map(|_| shelf.get(org(1), &only, 1, fails));
        let all = futures_util::future::join_all(all).await;
        assert!(all.iter().all(|found| found.as_ref().unwrap_err().to_string().contains("the test says so")));
        assert_eq!(loads.load(Ordering::SeqCst), 1);
        let panics = || async { panic!("the test wants a panic") };
        assert!(shelf.get(org(1), &live(1, 1), 1, panics).await.is_err());
        load(&shelf, 1, live(1, 1), 1, 10).await;
        assert_eq!(kept(&shelf), (vec![(1, vec![1])], 10));
    }

    #[tokio::test]
    async fn superseded_generations_are_dropped() {
        let shelf = Shelf::new(1_000);
        load(&shelf, 1, live(1, 1), 1, 10).await;
        for announced in 2..5 {
            load(&shelf, 1, live(1, announced), announced, 10).await;
            assert_eq!(kept(&shelf), (vec![(1, vec![1, announced])], 20), "the live one, and the newest");
        }
        load(&shelf, 1, live(4, 4), 4, 10).await;
        assert_eq!(kept(&shelf), (vec![(1, vec![4])], 10));
    }

    #[tokio::test]
    async fn when_it_is_too_many_bytes_those_who_asked_longest_ago_go_and_never_who_asks() {
        let shelf = Shelf::new(800);
        for of in 1..=4 {
            load(&shelf, of, live(1, 1), 1, 200).await;
        }
        load(&shelf, 1, live(1, 1), 1, 200).await;
        load(&shelf, 5, live(1, 1), 1, 100).await;
        assert_eq!(kept(&shelf), (vec![(1, vec![1]), (3, vec![1]), (4, vec![1]), (5, vec![1])], 700));
        load(&shelf, 6, live(1, 1), 1, 2_000).await;
        assert_eq!(kept(&shelf), (vec![(6, vec![1])], 2_000));
    }
}
