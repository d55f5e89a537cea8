//! The port: what every store can do, and how it says that it can't.
//!
//! Owns the trait and its types. Must not know any implementation.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::{Commit, CommitError, Committed, Key, RecordError};

/// Most rows one scan, or commits one look at the changes, may ask for.
pub const MAX_SCAN: usize = 10_000;

/// Ordered keys with versioned values, changed by commits that are applied whole or not at all.
///
/// A commit that was answered is on disk and seen by every later read. One `read` or `scan` never sees half of
/// a commit.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The values of `keys`, in their order, as they stood at one moment.
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError>;

    /// Keys under a prefix, in order.
    async fn scan(&self, scan: Scan) -> Result<Vec<(Key, Versioned)>, StoreError>;

    /// Checks the guards and applies the operations; answers when they are on disk.
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError>;

    /// The commits after `seq`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Compacted`] when they are no longer kept one by one.
    async fn changes_since(&self, seq: u64, limit: usize) -> Result<Vec<Change>, StoreError>;

    /// Copies the store, as it stands at one commit, into the folder `to`, which must be empty or missing.
    async fn backup(&self, to: &Path) -> Result<BackupReport, StoreError>;

    /// Sees to it that nothing which commits up to `upto` deleted or overwrote is left in the store's files; at once
    /// if it was seen to before. Tells up to which commit that is so. Backups are files of their own.
    async fn compact(&self, upto: u64) -> Result<u64, StoreError>;

    /// Reads everything that is stored and checks it.
    async fn verify(&self) -> Result<VerifyReport, StoreError>;
}

/// A value and the commit that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// Sequence number of the commit that wrote the value.
    pub version: u64,
    /// The value.
    pub value: Vec<u8>,
}

/// Which keys to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Only keys that begin with this.
    pub prefix: Key,
    /// Only keys behind this one (before it, in reverse).
    pub after: Option<Key>,
    /// At most so many, up to [`MAX_SCAN`].
    pub limit: usize,
    /// From the last key to the first.
    pub reverse: bool,
}

impl Scan {
    /// The first `limit` keys under `prefix`.
    #[must_use]
    pub fn prefix(prefix: Key, limit: usize) -> Self {
        Self { prefix, after: None, limit, reverse: false }
    }

    /// Goes on behind `key` (before it, in reverse).
    #[must_use]
    pub fn after(mut self, key: Key) -> Self {
        self.after = Some(key);
        self
    }

    /// From the last key to the first.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reverse = true;
        self
    }
}

/// One commit, as the change feed tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Number of the commit.
    pub seq: u64,
    /// What each key it touched held afterwards, in order of keys; nothing where it was deleted.
    pub writes: Vec<(Key, Option<Vec<u8>>)>,
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// The last commit in it.
    pub seq: u64,
    /// Files written, the manifest among them.
    pub files: usize,
    /// Their size together.
    pub bytes: u64,
}

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// The last commit found.
    pub seq: u64,
    /// Commits read one by one.
    pub commits: u64,
    /// Live keys.
    pub keys: u64,
    /// Everything that is wrong, each with its place; empty when all is well.
    pub damage: Vec<Damage>,
}

/// Something wrong in what is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, byte {offset}, after commit {seq}: {what}")]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Where in the file.
    pub offset: u64,
    /// The last commit before it that is whole.
    pub seq: u64,
    /// What is wrong.
    pub what: String,
}

/// Why a store could not be opened, read or copied.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("{} is in use by process {pid}: stop it, or talk to it over HTTP", path.display())]
    Locked {
        /// The store's folder.
        path: PathBuf,
        /// The process, as it wrote itself down; `unknown` if it had no time to.
        pid: String,
    },
    /// What is stored is damaged. Nothing was changed.
    #[error("the store is damaged: {0}; restore a backup, or keep the folder and ask for help")]
    Damaged(Damage),
    /// The files are of a format this program doesn't know.
    #[error("{file} has format {found}, this program reads {known}: use the version that wrote it")]
    Format {
        /// The file.
        file: String,
        /// The format it names.
        found: u16,
        /// The format this program reads.
        known: u16,
    },
    /// The system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, to what.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The index failed; the journal is not touched by that, and a restart rebuilds the index.
    #[error("the index failed: {why}; restart the host to have it rebuilt")]
    Index {
        /// What it said.
        why: String,
    },
    /// The store takes no commits any more.
    #[error("{why}")]
    Stopped {
        /// Why.
        why: String,
    },
    /// Commits so old are no longer kept one by one.
    #[error("changes after {asked} are no longer kept, the oldest kept come after {oldest}: read the data itself")]
    Compacted {
        /// What was asked for.
        asked: u64,
        /// What can be asked for.
        oldest: u64,
    },
    /// The folder to write to has something in it.
    #[error("{} is not empty: name a new folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// More rows were asked for than one call gives.
    #[error("{asked} rows asked for at once, the limit is {limit}: ask for pages")]
    Limit {
        /// What was asked for.
        asked: usize,
        /// The most there can be.
        limit: usize,
    },
    /// A value is not what its key says.
    #[error("a stored value is not {what}")]
    Value {
        /// What it should have been.
        what: &'static str,
    },
    /// A record could not be read.
    #[error("the record at key {key} can't be read: {source}")]
    Record {
        /// Where it is.
        key: Key,
        /// What is wrong with it.
        source: RecordError,
    },
    /// The store can't do this.
    #[error("{store} can't {what}")]
    Unsupported {
        /// Which store.
        store: &'static str,
        /// What it was asked.
        what: &'static str,
    },
}

/// Refuses more than [`MAX_SCAN`] rows.
pub(crate) fn check_limit(asked: usize) -> Result<(), StoreError> {
    if asked > MAX_SCAN { Err(StoreError::Limit { asked, limit: MAX_SCAN }) } else { Ok(()) }
}
