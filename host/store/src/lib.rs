//! Keeps data: ordered keys with versioned values, changed by commits that are on disk when they are answered.
//!
//! Owns the [`Store`] port, typed scopes over it, and the stores behind it. Must not know members, policies
//! or HTTP: what the bytes mean is the application's business.

mod commit;
mod directory;
mod entry;
mod key;
mod memory;
mod plan;
mod record;
mod resolve;
mod scope;
mod store;

pub use ciborium::Value as Cbor;
pub use commit::{Commit, CommitError, Committed, Guard, MAX_COMMIT_BYTES, MAX_OPS, Op};
pub use directory::{Claim, Due, Lookup, due_until, find, lookup_key};
pub use entry::{Linked, StreamHead, decode_counter};
pub use key::{Key, KeyPart, MAX_KEY, Space};
pub use memory::MemoryStore;
pub use plan::{CounterSlot, OrgPlan, Plan, PlanCommitted, PositionSlot};
pub use record::{FIRST_RESERVED_KIND, Record, RecordError, decode, encode};
pub use scope::{Counter, Host, HostScope, OrgScope, Owner, Page, Scope, Stored};
pub use store::{
    BackupReport, Change, Damage, MAX_SCAN, Scan, Store, StoreError, VerifyReport, Versioned,
};
