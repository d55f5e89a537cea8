//! Scopes: handles that can form the keys of one owner only, an organisation or the host itself.
//!
//! Owns typed reading. Because a scope makes every key itself, code that holds one can't reach another
//! organisation's data. Must not know what the records mean.

use std::sync::Arc;

use usher_domain::ids::OrgId;

use crate::{
    Key, KeyPart, Linked, Record, Scan, Store, StoreError, Versioned, Writes, decode, decode_counter,
    record::FIRST_RESERVED_KIND,
};

const COUNTERS: u8 = FIRST_RESERVED_KIND;
pub(crate) const EVENTS: u8 = FIRST_RESERVED_KIND + 1;
pub(crate) const AUDIT: u8 = FIRST_RESERVED_KIND + 2;
/// Counter kind 0 is the owner's version, bumped by every commit.
const VERSION_COUNTER: u8 = 0;

/// Whose data a scope reaches: an organisation's or the host's.
pub trait Owner: Clone + Send + Sync + 'static {
    /// A key in this owner's data.
    fn key(&self, kind: u8, id: &impl KeyPart) -> Key;
}

impl Owner for OrgId {
    fn key(&self, kind: u8, id: &impl KeyPart) -> Key {
        Key::organisation(self.as_bytes(), kind, id)
    }
}

/// The host as an owner: operators, the list of organisations, settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host;

impl Owner for Host {
    fn key(&self, kind: u8, id: &impl KeyPart) -> Key {
        Key::host(kind, id)
    }
}

/// One owner's data in a store.
#[derive(Clone)]
pub struct Scope<O> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) owner: O,
}

/// The data of one organisation.
pub type OrgScope = Scope<OrgId>;
/// The data of the host itself.
pub type HostScope = Scope<Host>;

/// A record and the commit that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<R> {
    /// Sequence number of the commit that wrote it: what [`Writes::replace`] and `ETag` take.
    pub version: u64,
    /// The record.
    pub record: R,
}

/// A counter of an owner. Counters change only by [`Writes::add`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter(Vec<u8>);

impl Counter {
    /// The counter `kind` (from 1; 0 is the owner's version) of the thing `id`; `()` for the owner's own.
    #[must_use]
    pub fn new(kind: u8, id: &impl KeyPart) -> Self {
        let mut bytes = vec![kind];
        id.write(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn version() -> Self {
        Self::new(VERSION_COUNTER, &())
    }
}

/// Which records of a kind to go through.
#[derive(Clone, Debug)]
pub struct Page<I> {
    /// Only those behind this one (before it, in reverse).
    pub after: Option<I>,
    /// At most so many, up to [`crate::MAX_SCAN`].
    pub limit: usize,
    /// From the last to the first.
    pub reverse: bool,
}

impl<I> Page<I> {
    /// The first `limit`.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit, reverse: false }
    }

    /// The last `limit`, last first.
    #[must_use]
    pub fn last(limit: usize) -> Self {
        Self { after: None, limit, reverse: true }
    }

    /// Goes on behind `id`.
    #[must_use]
    pub fn after(mut self, id: Option<I>) -> Self {
        self.after = id;
        self
    }

    /// As a scan of the keys under `prefix`; `within` makes the key to go on behind.
    fn scan(self, prefix: Key, key: impl FnOnce(I) -> Key) -> Scan {
        Scan { prefix, after: self.after.map(key), limit: self.limit, reverse: self.reverse }
    }
}

impl<O: Owner> Scope<O> {
    /// The data of `owner` in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, owner: O) -> Self {
        Self { store, owner }
    }

    /// Whose data this is.
    pub fn owner(&self) -> &O {
        &self.owner
    }

    /// What to change in this owner's data.
    #[must_use]
    pub fn writes(&self) -> Writes<O> {
        Writes::new(self.clone())
    }

    /// The key of a record, to tell which one a [`crate::CommitError::Conflict`] names.
    pub fn key<R: Record>(&self, id: &R::Id) -> Key {
        const {
            assert!(R::KIND < FIRST_RESERVED_KIND, "kinds from FIRST_RESERVED_KIND on are the store's own");
        };
        self.owner.key(R::KIND, id)
    }

    /// The key of a counter, to tell which one a [`crate::CommitError::Bound`] names.
    pub fn counter_key(&self, counter: &Counter) -> Key {
        self.owner.key(COUNTERS, &Bytes(&counter.0))
    }

    /// One record.
    ///
    /// # Errors
    /// When the store fails, or what is stored is no such record.
    pub async fn get<R: Record>(&self, id: &R::Id) -> Result<Option<Stored<R>>, StoreError> {
        let key = self.key::<R>(id);
        let found = self.store.read(std::slice::from_ref(&key)).await?.pop().flatten();
        found.map(|found| stored(&key, &found)).transpose()
    }

    /// Several records as they stood at one moment, in the order of `ids`.
    ///
    /// # Errors
    /// When the store fails, or what is stored is no such record.
    pub async fn get_many<R: Record>(&self, ids: &[R::Id]) -> Result<Vec<Option<Stored<R>>>, StoreError> {
        let keys: Vec<Key> = ids.iter().map(|id| self.key::<R>(id)).collect();
        let found = self.store.read(&keys).await?;
        keys.iter().zip(found).map(|(key, found)| found.map(|found| stored(key, &found)).transpose()).collect()
    }

    /// Records of one kind, in order of their ids.
    ///
    /// # Errors
    /// When the store fails, or what is stored is no such record.
    pub async fn page<R: Record>(&self, page: Page<R::Id>) -> Result<Vec<(R::Id, Stored<R>)>, StoreError> {
        self.page_within(&(), page).await
    }

    /// Records of one kind whose ids begin with `part`, such as the department in `(DepartmentId, MemberId)`.
    ///
    /// # Errors
    /// When the store fails, or what is stored is no such record.
    pub async fn page_within<R: Record>(
        &self,
        part: &impl KeyPart,
        page: Page<R::Id>,
    ) -> Result<Vec<(R::Id, Stored<R>)>, StoreError> {
        let kind = self.owner.key(R::KIND, &());
        let scan = page.scan(self.owner.key(R::KIND, part), |id| self.key::<R>(&id));
        let rows = self.store.scan(scan).await?;
        rows.into_iter()
            .map(|(key, found)| {
                let id = key
                    .after(&kind)
                    .and_then(|mut rest| R::Id::read(&mut rest).filter(|_| rest.is_empty()))
                    .ok_or(StoreError::Value { what: "under a key of its kind" })?;
                Ok((id, stored(&key, &found)?))
            })
            .collect()
    }

    /// What a counter stands at; 0 if it was never moved.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn counter(&self, counter: &Counter) -> Result<i64, StoreError> {
        let found = self.store.read(&[self.counter_key(counter)]).await?.pop().flatten();
        found.map_or(Ok(0), |found| decode_counter(&found.value))
    }

    /// How many commits of this owner there ever were.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn version(&self) -> Result<i64, StoreError> {
        self.counter(&Counter::version()).await
    }
}

impl Scope<OrgId> {
    /// The organisation's events: position and content.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn events(&self, page: Page<u64>) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.stream(EVENTS, page).await
    }

    /// The organisation's audit trail: position and entry, each chained to the one before it (R42).
    ///
    /// # Errors
    /// When the store fails, or an entry is damaged.
    pub async fn audit(&self, page: Page<u64>) -> Result<Vec<(u64, Linked)>, StoreError> {
        let rows = self.stream(AUDIT, page).await?;
        rows.into_iter().map(|(position, value)| Ok((position, Linked::decode(&value)?))).collect()
    }

    async fn stream(&self, kind: u8, mut page: Page<u64>) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let stream = self.owner.key(kind, &());
        // The stream's own key holds its head; positions start behind it, so that a reverse scan meets it last.
        if !page.reverse {
            page.after = page.after.or(Some(0));
        }
        let rows = self.store.scan(page.scan(stream.clone(), |position| stream.join(&position))).await?;
        let position = |(key, found): (Key, Versioned)| Some((u64::read(&mut key.after(&stream)?)?, found.value));
        Ok(rows.into_iter().filter_map(position).collect())
    }
}

fn stored<R: Record>(key: &Key, found: &Versioned) -> Result<Stored<R>, StoreError> {
    let record = decode(&found.value).map_err(|source| StoreError::Record { key: key.clone(), source })?;
    Ok(Stored { version: found.version, record })
}

/// Bytes that are already in key form.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl KeyPart for Bytes<'_> {
    fn write(&self, key: &mut Vec<u8>) {
        key.extend_from_slice(self.0);
    }

    fn read(_: &mut &[u8]) -> Option<Self> {
        None
    }
}
