//! Rows as they lie in the store, for going through all data of an organisation whatever their kinds: what erasing
//! a person needs.
//!
//! Owns reading and writing values without knowing their records. Must not know what they mean.

use usher_domain::ids::OrgId;

use crate::{
    Guard, Key, KeyPart, Linked, Op, OrgScope, OrgWrites, Owner as _, Scan, Space, StoreError,
    scope::{AUDIT, EVENTS},
};

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A record, a counter or the head of a stream.
    Record {
        /// Its kind.
        kind: u8,
        /// Its id, in key form.
        id: Vec<u8>,
    },
    /// The audit trail.
    Audit {
        /// Place in the chain.
        position: u64,
    },
    /// The events.
    Event {
        /// Sequence number.
        position: u64,
    },
    /// A look-up of this organisation.
    Lookup {
        /// Its kind.
        kind: u8,
        /// What is looked up.
        lookup: Vec<u8>,
    },
}

/// A row of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it is.
    pub place: Place,
    /// What is there.
    pub value: Vec<u8>,
    /// The commit that wrote it.
    pub version: u64,
    key: Key,
}

impl Row {
    /// The entry, if this is one of the audit trail.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn linked(&self) -> Result<Linked, StoreError> {
        Linked::decode(&self.value)
    }
}

/// Some rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// In order of keys; those of other organisations are left out.
    pub rows: Vec<Row>,
    /// To be given to go on; nothing behind the last row.
    pub next: Option<Vec<u8>>,
}

impl OrgScope {
    /// The rows behind `after`, of which at most `limit` are looked at: first the organisation's own, then its
    /// look-ups.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rows(&self, after: Option<&[u8]>, limit: usize) -> Result<Rows, StoreError> {
        let directory = Key::from_stored(&[Space::Directory as u8]);
        if after.is_some_and(|after| Key::from_stored(after).starts_with(&directory)) {
            return self.rows_below(directory, after, limit).await;
        }
        let own = self.own_rows(after, limit).await?;
        Ok(Rows { next: own.next.or_else(|| Some(directory.as_bytes().to_vec())), ..own })
    }

    /// The organisation's own rows behind `after`, at most `limit`: records before events, events before the audit
    /// trail. Look-ups, which lie among those of other organisations, are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn own_rows(&self, after: Option<&[u8]>, limit: usize) -> Result<Rows, StoreError> {
        let own = Key::from_stored(&[&[Space::Organisation as u8], &self.owner.as_bytes()[..]].concat());
        self.rows_below(own, after, limit).await
    }

    /// The entries of the audit trail behind a place in the chain, at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_rows(&self, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let trail = self.owner.key(AUDIT, &());
        let after = trail.join(&after);
        Ok(self.rows_below(trail, Some(after.as_bytes()), limit).await?.rows)
    }

    async fn rows_below(&self, prefix: Key, after: Option<&[u8]>, limit: usize) -> Result<Rows, StoreError> {
        let after = after.map(Key::from_stored);
        let found = self.store.scan(Scan { prefix, after, limit, reverse: false }).await?;
        let last = found.last().filter(|_| found.len() == limit);
        let next = last.map(|(key, _)| key.as_bytes().to_vec());
        let row = |(key, found): (Key, crate::Versioned)| {
            let place = place(&self.owner, &key, &found.value)?;
            Some(Row { place, value: found.value, version: found.version, key })
        };
        Ok(Rows { rows: found.into_iter().filter_map(row).collect(), next })
    }
}

fn place(org: &OrgId, key: &Key, value: &[u8]) -> Option<Place> {
    let (space, rest) = key.as_bytes().split_first()?;
    if *space == Space::Directory as u8 {
        let (kind, lookup) = rest.split_first()?;
        return value.starts_with(org.as_bytes()).then(|| Place::Lookup { kind: *kind, lookup: lookup.to_vec() });
    }
    let (kind, mut id) = rest.get(16..)?.split_first()?;
    Some(match *kind {
        AUDIT if !id.is_empty() => Place::Audit { position: u64::read(&mut id)? },
        EVENTS if !id.is_empty() => Place::Event { position: u64::read(&mut id)? },
        kind => Place::Record { kind, id: id.to_vec() },
    })
}

impl OrgWrites {
    /// Removes a row; refused if it changed since it was read.
    pub fn remove_row(&mut self, row: &Row) {
        self.guard_row(row);
        self.draft.commit.ops.push(Op::Delete { key: row.key.clone() });
    }

    /// Writes another value into a row; refused if it changed since it was read. An entry of the audit trail stays
    /// the link of the chain it was, whatever it holds.
    ///
    /// # Errors
    /// When it is a damaged entry of the audit trail.
    pub fn rewrite_row(&mut self, row: &Row, value: Vec<u8>) -> Result<(), StoreError> {
        let value = match row.place {
            Place::Audit { .. } => Linked { value, ..row.linked()? }.encode(),
            _ => value,
        };
        self.guard_row(row);
        self.draft.commit.ops.push(Op::Put { key: row.key.clone(), value });
        Ok(())
    }

    fn guard_row(&mut self, row: &Row) {
        self.draft.commit.guards.push(Guard::At { key: row.key.clone(), version: row.version });
    }
}
