//! The only way across organisations: look-ups that yield an organisation and an id, and nothing else.
//!
//! Owns the look-up and due spaces. Must not know what the ids lead to.

use usher_domain::ids::OrgId;

use crate::{Key, KeyPart, Scan, Scope, Store, StoreError};

/// A kind of look-up, such as by token hash, code or domain.
pub trait Lookup {
    /// Which kind: unique, never reused.
    const KIND: u8;
    /// What it leads to.
    type Id: KeyPart + Send + Sync;
}

/// Where a look-up leads.
///
/// # Errors
/// When the store fails.
pub async fn find<L: Lookup>(store: &dyn Store, lookup: &[u8]) -> Result<Option<(OrgId, L::Id)>, StoreError> {
    let Some(found) = store.read(&[lookup_key::<L>(lookup)]).await?.pop().flatten() else {
        return Ok(None);
    };
    let mut value = found.value.as_slice();
    let leads = OrgId::read(&mut value).zip(L::Id::read(&mut value)).filter(|_| value.is_empty());
    leads.map(Some).ok_or(StoreError::Value { what: "an organisation and an id" })
}

/// The key of a look-up, to tell which one a [`crate::CommitError::Conflict`] names.
#[must_use]
pub fn lookup_key<L: Lookup>(lookup: &[u8]) -> Key {
    Key::directory(L::KIND, lookup)
}

/// A look-up that leads to the organisation that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub(crate) key: Key,
    pub(crate) version: u64,
}

impl Scope<OrgId> {
    /// The look-up, if it leads to this organisation; nothing if it is another's.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claimed<L: Lookup>(&self, lookup: &[u8]) -> Result<Option<Claim>, StoreError> {
        let key = lookup_key::<L>(lookup);
        let found = self.store.read(std::slice::from_ref(&key)).await?.pop().flatten();
        Ok(found
            .filter(|found| found.value.starts_with(self.owner.as_bytes()))
            .map(|found| Claim { key, version: found.version }))
    }
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When, in microseconds UTC.
    pub at: i64,
    /// For which organisation.
    pub org: OrgId,
    /// Kind of the record.
    pub kind: u8,
    /// Id of the record, in key form: see [`KeyPart::read`].
    pub id: Vec<u8>,
}

/// What is due at `now` (microseconds UTC) or earlier, earliest first, at most `limit`.
///
/// # Errors
/// When the store fails.
pub async fn due_until(store: &dyn Store, now: i64, limit: usize) -> Result<Vec<Due>, StoreError> {
    let rows = store.scan(Scan::prefix(Key::all_due(), limit)).await?;
    let due = rows.into_iter().map(|(key, _)| {
        let mut rest = &key.as_bytes()[1..];
        let at = i64::read(&mut rest)?;
        Some(Due { at, org: OrgId::read(&mut rest)?, kind: u8::read(&mut rest)?, id: rest.to_vec() })
    });
    let due: Option<Vec<Due>> = due.collect();
    let mut due = due.ok_or(StoreError::Value { what: "under a key of the due space" })?;
    due.retain(|due| due.at <= now);
    Ok(due)
}
