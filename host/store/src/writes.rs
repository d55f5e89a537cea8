//! A commit put together in the terms of one owner: what it guards, writes, counts and schedules.
//!
//! Owns typed writing. Every commit of an organisation bumps its version. Must not know what the records mean.

use std::sync::Arc;

use usher_domain::ids::OrgId;

use crate::{
    Claim, Commit, CommitError, Committed, Counter, Due, Guard, Host, Key, KeyPart, Lookup, Op, Owner, Record, Scope,
    Store, StoreError, encode,
    scope::{AUDIT, Bytes, EVENTS},
};

/// What to change in one owner's data, applied whole or not at all by [`Writes::commit`].
pub struct Writes<O> {
    scope: Scope<O>,
    pub(crate) draft: Draft,
}

/// What to change in an organisation's data.
pub type OrgWrites = Writes<OrgId>;

#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) commit: Commit,
    adds: usize,
    appends: usize,
    /// The first record that could not be encoded: told by `commit`, so that writing reads as a list.
    failed: Option<StoreError>,
}

/// Where to find a counter's outcome in [`Written`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterSlot(usize);

/// Where to find an appended record's position in [`Written`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionSlot(usize);

/// What was given to what was written when it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Number of the commit: the version of everything it wrote.
    pub seq: u64,
    /// How many commits of the owner there were, this one among them.
    pub version: i64,
    committed: Committed,
}

impl Written {
    /// What the counter was left at.
    #[must_use]
    pub fn counter(&self, slot: CounterSlot) -> i64 {
        self.committed.counters[slot.0]
    }

    /// Where the event or audit entry was stored.
    #[must_use]
    pub fn position(&self, slot: PositionSlot) -> u64 {
        self.committed.positions[slot.0]
    }
}

impl<O: Owner> Writes<O> {
    pub(crate) fn new(scope: Scope<O>) -> Self {
        let mut writes = Self { scope, draft: Draft::default() };
        // INVARIANT: the first counter of a commit is its owner's version.
        writes.add(&Counter::version(), 1, 0, i64::MAX);
        writes
    }

    /// Refused unless the record was last written by the commit `version`.
    pub fn guard_version<R: Record>(&mut self, id: &R::Id, version: u64) {
        let key = self.scope.key::<R>(id);
        self.draft.commit.guards.push(Guard::At { key, version });
    }

    /// Refused if there is such a record.
    pub fn guard_absent<R: Record>(&mut self, id: &R::Id) {
        let key = self.scope.key::<R>(id);
        self.draft.commit.guards.push(Guard::Absent { key });
    }

    /// Writes a record, whatever is there.
    pub fn put<R: Record>(&mut self, id: &R::Id, record: &R) {
        let key = self.scope.key::<R>(id);
        match encode(record) {
            Ok(value) => self.draft.commit.ops.push(Op::Put { key, value }),
            Err(source) => drop(self.draft.failed.get_or_insert(StoreError::Record { key, source })),
        }
    }

    /// Writes a new record; refused if there is one.
    pub fn insert<R: Record>(&mut self, id: &R::Id, record: &R) {
        self.guard_absent::<R>(id);
        self.put(id, record);
    }

    /// Writes a record over the one that was read at `version`; refused if it changed since.
    pub fn replace<R: Record>(&mut self, id: &R::Id, version: u64, record: &R) {
        self.guard_version::<R>(id, version);
        self.put(id, record);
    }

    /// Removes a record; fine if there is none.
    pub fn delete<R: Record>(&mut self, id: &R::Id) {
        let key = self.scope.key::<R>(id);
        self.draft.commit.ops.push(Op::Delete { key });
    }

    /// Moves a counter by `delta`; refused if it would leave `min..=max`.
    pub fn add(&mut self, counter: &Counter, delta: i64, min: i64, max: i64) -> CounterSlot {
        let key = self.scope.counter_key(counter);
        self.draft.commit.ops.push(Op::Add { key, delta, min, max });
        self.draft.adds += 1;
        CounterSlot(self.draft.adds - 1)
    }

    /// Removes a counter; it stands at 0 again.
    pub fn delete_counter(&mut self, counter: &Counter) {
        let key = self.scope.counter_key(counter);
        self.draft.commit.ops.push(Op::Delete { key });
    }

    /// What it would ask of the store, for whoever looks ahead without committing.
    #[must_use]
    pub fn drawn(&self) -> &Commit {
        &self.draft.commit
    }

    /// Writes it all, or nothing; answers when it is on disk.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit(self) -> Result<Written, CommitError> {
        if let Some(failed) = self.draft.failed {
            return Err(failed.into());
        }
        let committed = self.scope.store.commit(self.draft.commit).await?;
        Ok(Written { seq: committed.seq, version: committed.counters[0], committed })
    }
}

impl Writes<OrgId> {
    /// Appends to the organisation's events.
    pub fn append_event(&mut self, event: impl Into<Vec<u8>>) -> PositionSlot {
        self.append(EVENTS, event.into(), None)
    }

    /// Appends to the organisation's audit trail; `link` is what the chain covers, such as a hash of the entry.
    pub fn append_audit(&mut self, entry: impl Into<Vec<u8>>, link: [u8; 32]) -> PositionSlot {
        self.append(AUDIT, entry.into(), Some(link))
    }

    /// Makes `lookup` lead to `id`; refused if it leads anywhere already, in whatever organisation.
    pub fn claim<L: Lookup>(&mut self, lookup: &[u8], id: &L::Id) {
        let key = Key::directory(L::KIND, lookup);
        self.draft.commit.guards.push(Guard::Absent { key: key.clone() });
        let mut value = self.scope.owner.as_bytes().to_vec();
        id.write(&mut value);
        self.draft.commit.ops.push(Op::Put { key, value });
    }

    /// Gives up a look-up of this organisation, as [`Scope::claimed`] read it; refused if it changed since.
    pub fn release(&mut self, claim: Claim) {
        self.draft.commit.guards.push(Guard::At { key: claim.key.clone(), version: claim.version });
        self.draft.commit.ops.push(Op::Delete { key: claim.key });
    }

    /// Has the record come up in [`crate::due_until`] at `at` (microseconds UTC).
    pub fn schedule<R: Record>(&mut self, at: i64, id: &R::Id) {
        let key = Key::due(at, self.scope.owner.as_bytes(), R::KIND, id);
        self.draft.commit.ops.push(Op::Put { key, value: Vec::new() });
    }

    /// Takes back [`Writes::schedule`], or notes that it was done; fine if there is nothing.
    pub fn unschedule<R: Record>(&mut self, at: i64, id: &R::Id) {
        let key = Key::due(at, self.scope.owner.as_bytes(), R::KIND, id);
        self.draft.commit.ops.push(Op::Delete { key });
    }

    /// Notes that due work was done, whatever its record.
    pub fn done(&mut self, due: &Due) {
        let key = Key::due(due.at, self.scope.owner.as_bytes(), due.kind, &Bytes(&due.id));
        self.draft.commit.ops.push(Op::Delete { key });
    }

    /// Has due work come up at `at` (microseconds UTC) too, whatever its record.
    pub fn come_back(&mut self, due: &Due, at: i64) {
        let key = Key::due(at, self.scope.owner.as_bytes(), due.kind, &Bytes(&due.id));
        self.draft.commit.ops.push(Op::Put { key, value: Vec::new() });
    }

    /// Writes to the host's data in the same commit, such as the list of organisations.
    pub fn host(&mut self, write: impl FnOnce(&mut Writes<Host>)) {
        let scope = Scope::new(Arc::<dyn Store>::clone(&self.scope.store), Host);
        let mut host = Writes { scope, draft: std::mem::take(&mut self.draft) };
        write(&mut host);
        self.draft = host.draft;
    }

    fn append(&mut self, kind: u8, value: Vec<u8>, link: Option<[u8; 32]>) -> PositionSlot {
        let stream = self.scope.owner.key(kind, &());
        self.draft.commit.ops.push(Op::Append { stream, value, link });
        self.draft.appends += 1;
        PositionSlot(self.draft.appends - 1)
    }
}
