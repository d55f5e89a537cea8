//! Keeps data: ordered keys with versioned values, changed by commits that are on disk when they are answered.
//!
//! Owns the [`Store`] port, typed scopes over it, and the stores behind it. Must not know members, policies
//! or HTTP: what the bytes mean is the application's business.

mod backup;
mod checkpoint;
mod commit;
mod compaction;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod core;
mod directory;
mod disk;
mod entry;
mod index;
mod journal;
mod journal_store;
mod key;
mod lock;
mod memory;
mod record;
mod recovery;
mod resolve;
mod rows;
mod scope;
mod set_hash;
#[cfg(any(test, feature = "sim"))]
pub mod sim_disk;
mod store;
#[cfg(test)]
mod tests;
mod verify;
mod writer;
mod writes;

pub use backup::restore;
pub use journal_store::{JournalStore, Options};
pub use verify::verify;

pub use ciborium::Value as Cbor;
pub use commit::{Commit, CommitError, Committed, Guard, MAX_COMMIT_BYTES, MAX_OPS, Op};
pub use directory::{Claim, Due, Lookup, due_until, find, find_many, lookup_key};
#[cfg(any(test, feature = "sim"))]
pub use disk::{Disk, DiskFile};
pub use entry::{Linked, StreamHead, decode_counter};
pub use key::{Key, KeyPart, MAX_KEY, Space};
pub use memory::MemoryStore;
pub use record::{FIRST_RESERVED_KIND, Record, RecordError, decode, encode, open};
pub use rows::{Place, Row, Rows};
pub use scope::{Counter, Host, HostScope, OrgScope, Owner, Page, Scope, Stored};
pub use store::{BackupReport, Change, Damage, MAX_SCAN, Scan, Store, StoreError, VerifyReport, Versioned};
pub use writes::{CounterSlot, OrgWrites, PositionSlot, Writes, Written};
