//! The default store: a journal that is the truth, and sled as the ordered index over it.
//!
//! Owns putting the parts together: lock, recovery, the writer's thread and the keeper's. In the folder:
//! `lock`, `journal/` (segments and checkpoints), `index/` or `index.renewed/` (sled; may be removed, and is then made
//! again).

use std::{
    path::Path,
    sync::{Arc, mpsc::sync_channel},
    thread::{self, JoinHandle},
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::{
    BackupReport, Change, Commit, CommitError, Committed, Key, Scan, Store, StoreError, VerifyReport, Versioned,
    backup, compaction,
    core::Core,
    disk::{Disk, FolderDisk, io_error},
    lock::Lock,
    recovery::{Recovered, recover},
    store::check_limit,
    verify,
    writer::{Job, QUEUE, Writer, unpoisoned},
};

pub(crate) const JOURNAL: &str = "journal";
pub(crate) const INDEX: &str = "index";

/// How a store is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The identity of a store that this call creates: 16 random bytes. One that exists keeps its own.
    pub store_id: [u8; 16],
    /// A journal segment that has grown to this many bytes is followed by another.
    pub segment_bytes: u64,
    /// A checkpoint is taken when the journal has grown by this many bytes, and by as many as the last one has.
    pub checkpoint_bytes: u64,
    /// Memory for the index.
    pub index_cache_bytes: u64,
}

impl Options {
    /// What a host uses: segments of 32 MiB, a checkpoint every 256 MiB, 24 MiB of memory.
    #[must_use]
    pub fn new(store_id: [u8; 16]) -> Self {
        Self { store_id, segment_bytes: 32 << 20, checkpoint_bytes: 256 << 20, index_cache_bytes: 24 << 20 }
    }
}

/// The default store. Dropping it finishes the commits under way and lets the lock go.
pub struct JournalStore {
    core: Arc<Core>,
    queue: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl JournalStore {
    /// Opens the store in the folder `path`, or creates it.
    ///
    /// # Errors
    /// When another process has it open, when it is damaged, or when the system refuses.
    pub fn open(path: &Path, options: Options) -> Result<Self, StoreError> {
        let disk = FolderDisk::new(&path.join(JOURNAL)).map_err(io_error(format!("creating {}", path.display())))?;
        let lock = Lock::take(path)?;
        Self::start(Box::new(disk), &path.join(INDEX), options, Some(lock))
    }

    /// Opens a store whose journal is on `disk`. Nothing keeps a second process out.
    ///
    /// # Errors
    /// As [`JournalStore::open`].
    #[cfg(any(test, feature = "sim"))]
    pub fn open_on(disk: Box<dyn Disk>, index: &Path, options: Options) -> Result<Self, StoreError> {
        Self::start(disk, index, options, None)
    }

    fn start(disk: Box<dyn Disk>, index: &Path, options: Options, lock: Option<Lock>) -> Result<Self, StoreError> {
        let Recovered { index, walked, file } = recover(&*disk, index, &options)?;
        let core = Arc::new(Core::new(disk, index, options, &walked, lock)?);
        let (checkpoint, wanted) = sync_channel(1);
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writer = Writer::new(Arc::clone(&core), checkpoint, &walked, file);
        let keeper = Arc::clone(&core);
        let threads = vec![
            spawn("store-writer", move || writer.run(jobs))?,
            // Ends when the writer, which holds the other end, has ended.
            spawn("store-keeper", move || {
                while wanted.recv().is_ok() {
                    if let Err(error) = keeper.checkpoint() {
                        tracing::error!(%error, "no checkpoint could be taken; the journal keeps growing");
                    }
                }
            })?,
        ];
        Ok(Self { core, queue: Some(queue), threads })
    }

    async fn write(&self, commit: Commit, in_new_segment: bool) -> Result<Committed, CommitError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || CommitError::Stopped { why: "its writer has ended".into() };
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Job { commit, in_new_segment, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Writes a checkpoint now and removes the journal before it, and with it what was erased since; tells the
    /// commit it was taken at.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn checkpoint(&self) -> Result<u64, StoreError> {
        let core = Arc::clone(&self.core);
        on_thread(move || core.checkpoint()).await
    }
}

#[async_trait]
impl Store for JournalStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        self.core.read(|index| keys.iter().map(|key| Ok(index.get(key)?.map(Versioned::from))).collect())
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<(Key, Versioned)>, StoreError> {
        check_limit(scan.limit)?;
        self.core.read(|index| index.scan(&scan))
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        commit.check_limits()?;
        self.write(commit, false).await
    }

    async fn changes_since(&self, seq: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        check_limit(limit)?;
        if seq >= self.core.seq() {
            return Ok(Vec::new());
        }
        let core = Arc::clone(&self.core);
        on_thread(move || core.changes_since(seq, limit)).await
    }

    async fn backup(&self, to: &Path) -> Result<BackupReport, StoreError> {
        let (core, to) = (Arc::clone(&self.core), to.to_path_buf());
        on_thread(move || {
            let _files = unpoisoned(core.files.read());
            let (seq, end) = core.place();
            backup::write(&*core.disk, seq, end, &to)
        })
        .await
    }

    async fn compact(&self, upto: u64) -> Result<u64, StoreError> {
        let compacted = *unpoisoned(self.core.compacted.lock());
        if compacted >= upto {
            return Ok(compacted);
        }
        // The segment that is written to holds what was erased too: it is done with, and can go.
        self.write(Commit::new(), true).await.map_err(|error| match error {
            CommitError::Store(error) => error,
            error => StoreError::Stopped { why: error.to_string() },
        })?;
        let core = Arc::clone(&self.core);
        on_thread(move || compaction::compact(&core)).await
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        let core = Arc::clone(&self.core);
        on_thread(move || verify::running(&core)).await
    }
}

impl Drop for JournalStore {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked");
            }
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new().name(name.into()).spawn(run).map_err(io_error(format!("starting the thread {name}")))
}

/// Runs what takes long beside the callers' threads.
async fn on_thread<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (reply, answer) = oneshot::channel();
    spawn("store-reader", move || drop(reply.send(run())))?;
    let died = |_| StoreError::Index { why: "the thread that read it panicked".into() };
    answer.await.map_err(died)?
}
