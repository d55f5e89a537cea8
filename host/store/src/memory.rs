//! A store in memory: everything the others do, except outliving the process. For tests and trials.
//!
//! Owns nothing on disk. Must behave as the conformance suite says.

use std::{
    collections::BTreeMap,
    ops::Bound,
    path::Path,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use async_trait::async_trait;

use crate::{
    BackupReport, Change, Commit, CommitError, Committed, Key, Scan, Store, StoreError, VerifyReport, Versioned,
    entry::Entry,
    resolve::{Held, resolve},
    store::check_limit,
};

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<Key, Entry>,
    changes: Vec<Change>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        let state = self.state();
        Ok(keys.iter().map(|key| state.entries.get(key).cloned().map(Versioned::from)).collect())
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<(Key, Versioned)>, StoreError> {
        check_limit(scan.limit)?;
        let state = self.state();
        let row = |(key, entry): (&Key, &Entry)| (key.clone(), Versioned::from(entry.clone()));
        let (from, to) = bounds(&scan);
        if matches!((&from, &to), (Bound::Excluded(from) | Bound::Included(from), Bound::Excluded(to)) if from >= to) {
            return Ok(Vec::new());
        }
        let range = state.entries.range((from, to));
        Ok(if scan.reverse {
            range.rev().take(scan.limit).map(row).collect()
        } else {
            range.take(scan.limit).map(row).collect()
        })
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        commit.check_limits()?;
        let state = &mut *self.state.write().unwrap_or_else(PoisonError::into_inner);
        let seq = state.changes.len() as u64 + 1;
        let (writes, committed) = resolve(commit, seq, &mut state.entries)?;
        state.changes.push(Change {
            seq,
            writes: writes.iter().map(|(key, entry)| (key.clone(), entry.as_ref().map(|e| e.value.clone()))).collect(),
        });
        for (key, entry) in writes {
            match entry {
                Some(entry) => state.entries.insert(key, entry),
                None => state.entries.remove(&key),
            };
        }
        Ok(committed)
    }

    async fn changes_since(&self, seq: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        check_limit(limit)?;
        let skip = usize::try_from(seq).unwrap_or(usize::MAX);
        Ok(self.state().changes.iter().skip(skip).take(limit).cloned().collect())
    }

    async fn backup(&self, _: &Path) -> Result<BackupReport, StoreError> {
        Err(StoreError::Unsupported { store: "a store in memory", what: "be backed up" })
    }

    async fn compact(&self, _: u64) -> Result<u64, StoreError> {
        Ok(self.state().changes.len() as u64)
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        let state = self.state();
        let commits = state.changes.len() as u64;
        Ok(VerifyReport { seq: commits, commits, keys: state.entries.len() as u64, damage: Vec::new() })
    }
}

impl Held for BTreeMap<Key, Entry> {
    fn get(&mut self, key: &Key) -> Result<Option<&Entry>, StoreError> {
        Ok(Self::get(self, key))
    }
}

/// The range of keys a scan goes through.
pub(crate) fn bounds(scan: &Scan) -> (Bound<Key>, Bound<Key>) {
    let mut from = Bound::Included(scan.prefix.clone());
    let mut to = match scan.prefix.end_of_prefix() {
        Some(end) => Bound::Excluded(Key::from_stored(&end)),
        None => Bound::Unbounded,
    };
    if let Some(after) = &scan.after {
        if !scan.reverse && *after >= scan.prefix {
            from = Bound::Excluded(after.clone());
        }
        if scan.reverse && !matches!(&to, Bound::Excluded(end) if after > end) {
            to = Bound::Excluded(after.clone());
        }
    }
    (from, to)
}

impl From<Entry> for Versioned {
    fn from(entry: Entry) -> Self {
        Self { version: entry.version, value: entry.value }
    }
}
