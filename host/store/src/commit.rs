//! What a writer asks for: guards that must hold, operations that are then done, all or nothing.
//!
//! Owns the shape of a commit and of its refusal. Must not know how a store keeps data.
//!
//! ```
//! use usher_store::{Commit, Key};
//! let seats = Key::host(1, &());
//! let commit = Commit::new().absent(Key::host(2, &())).add(seats, 1, 0, 50);
//! assert_eq!(commit.ops.len(), 1);
//! ```

use crate::{Key, StoreError, key::MAX_KEY};

/// Most operations in one commit.
pub const MAX_OPS: usize = 10_000;
/// Most bytes (keys and values) in one commit.
pub const MAX_COMMIT_BYTES: usize = 64 << 20;

/// What must be true for a commit to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The key's value was written by the commit `version`.
    At {
        /// The key.
        key: Key,
        /// Sequence number of the commit that wrote the value.
        version: u64,
    },
    /// The key has no value.
    Absent {
        /// The key.
        key: Key,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Writes a value.
    Put {
        /// Where. Not a counter and not a stream.
        key: Key,
        /// What.
        value: Vec<u8>,
    },
    /// Removes whatever is there; fine if nothing is.
    Delete {
        /// Where.
        key: Key,
    },
    /// Moves a counter; one that is missing stands at 0.
    Add {
        /// The counter. Read back, its value is a big-endian `i64`.
        key: Key,
        /// By how much.
        delta: i64,
        /// The least it may become.
        min: i64,
        /// The most it may become.
        max: i64,
    },
    /// Adds a record at `stream ‖ position`, with positions 1, 2, 3 … assigned without gaps.
    Append {
        /// The stream. Its own key holds position and chain head: see [`crate::StreamHead`].
        stream: Key,
        /// What is stored; with a link, inside a [`crate::Linked`].
        value: Vec<u8>,
        /// What the record adds to the stream's hash chain, such as a hash of its content.
        link: Option<[u8; 32]>,
    },
}

/// Guards and operations, applied whole or not at all. Operations act in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// What must be true.
    pub guards: Vec<Guard>,
    /// What is then done.
    pub ops: Vec<Op>,
}

impl Commit {
    /// A commit that asks for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Refused unless `key` was last written by the commit `version`.
    #[must_use]
    pub fn at(mut self, key: Key, version: u64) -> Self {
        self.guards.push(Guard::At { key, version });
        self
    }

    /// Refused if `key` has a value.
    #[must_use]
    pub fn absent(mut self, key: Key) -> Self {
        self.guards.push(Guard::Absent { key });
        self
    }

    /// Adds an [`Op::Put`].
    #[must_use]
    pub fn put(mut self, key: Key, value: impl Into<Vec<u8>>) -> Self {
        self.ops.push(Op::Put { key, value: value.into() });
        self
    }

    /// Adds an [`Op::Delete`].
    #[must_use]
    pub fn delete(mut self, key: Key) -> Self {
        self.ops.push(Op::Delete { key });
        self
    }

    /// Adds an [`Op::Add`].
    #[must_use]
    pub fn add(mut self, key: Key, delta: i64, min: i64, max: i64) -> Self {
        self.ops.push(Op::Add { key, delta, min, max });
        self
    }

    /// Adds an [`Op::Append`].
    #[must_use]
    pub fn append(mut self, stream: Key, value: impl Into<Vec<u8>>, link: Option<[u8; 32]>) -> Self {
        self.ops.push(Op::Append { stream, value: value.into(), link });
        self
    }

    /// Bytes of keys and values.
    pub(crate) fn size(&self) -> usize {
        self.ops
            .iter()
            .map(|op| match op {
                Op::Put { key, value } | Op::Append { stream: key, value, .. } => key.as_bytes().len() + value.len(),
                Op::Delete { key } | Op::Add { key, .. } => key.as_bytes().len(),
            })
            .sum()
    }

    /// Refuses what is over a limit, before it is queued.
    pub(crate) fn check_limits(&self) -> Result<(), CommitError> {
        let within = |what, size, limit| {
            if size > limit { Err(CommitError::TooLarge { what, size, limit }) } else { Ok(()) }
        };
        within("operations", self.ops.len(), MAX_OPS)?;
        within("bytes of a commit", self.size(), MAX_COMMIT_BYTES)?;
        self.ops.iter().try_for_each(|op| match op {
            Op::Put { key, .. } | Op::Delete { key } | Op::Add { key, .. } => {
                within("bytes of a key", key.as_bytes().len(), MAX_KEY)
            }
            Op::Append { stream, .. } => within("bytes of a key", stream.as_bytes().len() + 8, MAX_KEY),
        })
    }
}

/// What a commit was given when it was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Number of the commit in the store: 1, 2, 3 …; the version of everything it wrote.
    pub seq: u64,
    /// What each [`Op::Add`] left its counter at, in order.
    pub counters: Vec<i64>,
    /// Where each [`Op::Append`] was stored, in order.
    pub positions: Vec<u64>,
}

/// Why a commit was not applied.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A guard did not hold: read again and decide again.
    #[error("the value of key {key} has changed since it was read")]
    Conflict {
        /// The guarded key.
        key: Key,
    },
    /// A counter would have left its bounds.
    #[error("counter {key} stands at {value}: adding {delta} would leave {min}..={max}")]
    Bound {
        /// The counter.
        key: Key,
        /// Where it stands.
        value: i64,
        /// What was to be added.
        delta: i64,
        /// The least it may become.
        min: i64,
        /// The most it may become.
        max: i64,
    },
    /// The key holds something the operation isn't for, such as `Add` on a plain value.
    #[error("key {key} holds a {holds}: the operation needs a {needs}")]
    Mismatch {
        /// The key.
        key: Key,
        /// What is there.
        holds: &'static str,
        /// What the operation works on.
        needs: &'static str,
    },
    /// Over a limit; nothing was stored.
    #[error("the commit has {size} {what}, the limit is {limit}: split it")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// Writing failed, now or earlier, and the store takes no commit until it is opened again.
    ///
    /// The outcome of a commit that was under way is known after that: it may be there, whole.
    #[error("the store has stopped: {why}; see to the disk, then restart the host")]
    Stopped {
        /// The first failure.
        why: String,
    },
    /// What is stored could not be read to check the commit.
    #[error(transparent)]
    Store(#[from] StoreError),
}
