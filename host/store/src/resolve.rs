//! Turns a commit into the entries it writes, or refuses it.
//!
//! Owns the meaning of guards and operations, for every store alike. Pure: what is stored comes in through
//! [`Held`], what is to be written goes out.

use std::collections::BTreeMap;

use crate::{
    Commit, CommitError, Committed, Guard, Key, Linked, Op, StoreError, StreamHead,
    entry::{Entry, Form, decode_counter},
};

/// What each key holds after the commit; nothing where it was deleted.
pub(crate) type Writes = BTreeMap<Key, Option<Entry>>;

/// What is stored, as a commit finds it.
pub(crate) trait Held {
    /// What the key holds.
    fn get(&mut self, key: &Key) -> Result<Option<&Entry>, StoreError>;
}

/// Decides `commit` as number `seq` over what is `held`.
pub(crate) fn resolve(commit: Commit, seq: u64, held: &mut dyn Held) -> Result<(Writes, Committed), CommitError> {
    for guard in commit.guards {
        let (key, expected) = match guard {
            Guard::At { key, version } => (key, Some(version)),
            Guard::Absent { key } => (key, None),
        };
        if held.get(&key)?.map(|entry| entry.version) != expected {
            return Err(CommitError::Conflict { key });
        }
    }
    let mut plan = Plan { seq, held, writes: Writes::new() };
    let mut committed = Committed { seq, ..Committed::default() };
    for op in commit.ops {
        match op {
            Op::Put { key, value } => plan.put(key, value)?,
            Op::Delete { key } => plan.set(key, None),
            Op::Add { key, delta, min, max } => committed.counters.push(plan.add(key, delta, min, max)?),
            Op::Append { stream, value, link } => committed.positions.push(plan.append(stream, value, link)?),
        }
    }
    Ok((plan.writes, committed))
}

struct Plan<'a> {
    seq: u64,
    held: &'a mut dyn Held,
    writes: Writes,
}

impl Plan<'_> {
    fn set(&mut self, key: Key, entry: Option<Entry>) {
        self.writes.insert(key, entry);
    }

    /// What the key holds by now, if it is of the form the operation needs.
    fn get(&mut self, key: &Key, needs: Form) -> Result<Option<&Entry>, CommitError> {
        let found = match self.writes.get(key) {
            Some(entry) => entry.as_ref(),
            None => self.held.get(key)?,
        };
        match found {
            Some(entry) if entry.form != needs => {
                Err(CommitError::Mismatch { key: key.clone(), holds: entry.form.name(), needs: needs.name() })
            }
            found => Ok(found),
        }
    }

    fn put(&mut self, key: Key, value: Vec<u8>) -> Result<(), CommitError> {
        self.get(&key, Form::Value)?;
        self.set(key, Some(Entry { version: self.seq, form: Form::Value, value }));
        Ok(())
    }

    fn add(&mut self, key: Key, delta: i64, min: i64, max: i64) -> Result<i64, CommitError> {
        let value = match self.get(&key, Form::Counter)? {
            Some(entry) => decode_counter(&entry.value)?,
            None => 0,
        };
        let sum = value
            .checked_add(delta)
            .filter(|sum| (min..=max).contains(sum))
            .ok_or_else(|| CommitError::Bound { key: key.clone(), value, delta, min, max })?;
        self.set(key, Some(Entry::counter(self.seq, sum)));
        Ok(sum)
    }

    fn append(&mut self, stream: Key, value: Vec<u8>, link: Option<[u8; 32]>) -> Result<u64, CommitError> {
        let mut head = match self.get(&stream, Form::Stream)? {
            Some(entry) => StreamHead::decode(&entry.value)?,
            None => StreamHead::default(),
        };
        head.position += 1;
        let value = match link {
            None => value,
            Some(link) => {
                let linked = Linked { prev: head.hash, link, value };
                head.hash = linked.hash(head.position);
                linked.encode()
            }
        };
        let record = Entry { version: self.seq, form: Form::Value, value };
        self.set(stream.join(&head.position), Some(record));
        self.set(stream, Some(Entry { version: self.seq, form: Form::Stream, value: head.encode() }));
        Ok(head.position)
    }
}
