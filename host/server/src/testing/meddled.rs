//! A store in whose way somebody gets: what happens between a use case's look and its commit.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use usher_store::{BackupReport, Change, Commit, CommitError, Committed, Key, MemoryStore, Scan, Store, StoreError};
use usher_store::{VerifyReport, Versioned};

/// A store in memory that does something else before a commit, once.
#[derive(Default)]
pub struct MeddledStore {
    store: MemoryStore,
    meddle: Mutex<Option<Meddle>>,
}

struct Meddle {
    before: fn(&Commit) -> bool,
    what: Box<dyn FnOnce() + Send>,
}

impl MeddledStore {
    /// Does `what` right before the next commit that `wanted` takes. It may commit itself.
    pub fn before(&self, wanted: fn(&Commit) -> bool, what: impl FnOnce() + Send + 'static) {
        *self.meddle.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Meddle { before: wanted, what: Box::new(what) });
    }

    /// Whether there was such a commit.
    pub fn has_happened(&self) -> bool {
        self.meddle.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

#[async_trait]
impl Store for MeddledStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        self.store.read(keys).await
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<(Key, Versioned)>, StoreError> {
        self.store.scan(scan).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let meddle = {
            let mut waiting = self.meddle.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.take_if(|meddle| (meddle.before)(&commit))
        };
        if let Some(Meddle { what, .. }) = meddle {
            tokio::task::spawn_blocking(what).await.expect("what gets in the way works");
        }
        self.store.commit(commit).await
    }

    async fn changes_since(&self, seq: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.store.changes_since(seq, limit).await
    }

    async fn backup(&self, to: &Path) -> Result<BackupReport, StoreError> {
        self.store.backup(to).await
    }

    async fn compact(&self, upto: u64) -> Result<u64, StoreError> {
        self.store.compact(upto).await
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.store.verify().await
    }
}
