//! The only way across organisations: look-ups that yield an organisation and an id, and nothing else.
//!
//! Owns the look-up and due spaces. Must not know what the ids lead to.

use usher_domain::ids::OrgId;

use crate::{Key, KeyPart, Scan, Scope, Store, StoreError, Versioned};

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
    Ok(find_many::<L>(store, &[lookup]).await?.pop().flatten())
}

/// Where look-ups lead, at one moment, in their order.
///
/// # Errors
/// When the store fails.
pub async fn find_many<L: Lookup>(
    store: &dyn Store,
    lookups: &[impl AsRef<[u8]> + Sync],
) -> Result<Vec<Option<(OrgId, L::Id)>>, StoreError> {
    let keys: Vec<Key> = lookups.iter().map(|lookup| lookup_key::<L>(lookup.as_ref())).collect();
    let leads = |found: Versioned| {
        let mut value = found.value.as_slice();
        let leads = OrgId::read(&mut value).zip(L::Id::read(&mut value)).filter(|_| value.is_empty());
        leads.ok_or(StoreError::Value { what: "an organisation and an id" })
    };
    store.read(&keys).await?.into_iter().map(|found| found.map(leads).transpose()).collect()
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
