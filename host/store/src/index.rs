//! The index: what every key holds, in order, kept by sled. Made from the journal, and made again when in doubt.
//!
//! Owns sled and everything strange about it: it does not sync on flush, tells the log rather than the caller
//! when a background write fails, and may panic on a damaged folder. So nothing here is trusted to last: each
//! batch carries how far it got and the hash of all entries, and [`Index::check`] compares at open.
//! Must not know the journal.

use std::{
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Key, Scan, StoreError, Versioned, entry::Entry, journal::StoreId, memory::bounds, set_hash::SetHash};

/// Where the index keeps its own notes: no key begins with zero.
const NOTE: [u8; 1] = [0];
/// The first byte of all keys of the store.
const FIRST_KEY: [u8; 1] = [1];
/// How often sled writes to its files by itself. Only a hint: the journal is what lasts.
const FLUSH_MS: u64 = 1000;
/// How often, and how long apart, a folder is tried that somebody seems to have open.
const LOCK_TRIES: u32 = 300;
const LOCK_REST: Duration = Duration::from_millis(10);

/// How far the index got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub store: StoreId,
    /// The last commit applied.
    pub seq: u64,
    /// The hash of all entries then.
    pub set_hash: SetHash,
}

impl Note {
    fn encode(&self) -> Vec<u8> {
        [&self.store[..], &self.seq.to_be_bytes(), &self.set_hash.to_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (store, rest) = bytes.split_first_chunk()?;
        let (seq, set_hash) = rest.split_first_chunk()?;
        let set_hash = SetHash::from_bytes(set_hash.try_into().ok()?);
        Some(Self { store: *store, seq: u64::from_be_bytes(*seq), set_hash })
    }
}

/// sled, as an ordered map of entries.
pub(crate) struct Index {
    db: sled::Db,
    folder: PathBuf,
}

impl Index {
    /// Opens the folder, or makes it.
    pub(crate) fn open(path: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let config = sled::Config::new().path(path).cache_capacity(cache_bytes).flush_every_ms(Some(FLUSH_MS));
        caught(|| unlocked(&config)).map(|db| Self { db, folder: path.to_owned() })
    }

    /// The index's note; nothing if it was never written to.
    pub(crate) fn note(&self) -> Result<Option<Note>, StoreError> {
        match caught(|| self.db.get(NOTE))? {
            None => Ok(None),
            Some(bytes) => Note::decode(&bytes).map(Some).ok_or_else(|| broken("its note can't be read")),
        }
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        let found = caught(|| self.db.get(key.as_bytes()))?;
        found.map(|bytes| Entry::decode(&bytes).ok_or_else(|| broken("an entry can't be read"))).transpose()
    }

    pub(crate) fn scan(&self, scan: &Scan) -> Result<Vec<(Key, Versioned)>, StoreError> {
        let (from, to) = bounds(scan);
        // sled takes a reversed range for a mistake in the program.
        if matches!((&from, &to), (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to)) if from >= to) {
            return Ok(Vec::new());
        }
        let range = (from.map(into_bytes), to.map(into_bytes));
        caught(|| {
            let range = self.db.range::<Vec<u8>, _>(range);
            if scan.reverse { range.rev().take(scan.limit).collect() } else { range.take(scan.limit).collect() }
        })
        .and_then(|rows: Vec<(sled::IVec, sled::IVec)>| {
            rows.iter().map(row).map(|row| row.map(|(key, entry)| (key, entry.into()))).collect()
        })
    }

    /// Entries behind `after`, in order of keys, at most `limit`.
    pub(crate) fn page(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Entry)>, StoreError> {
        let from = after.map_or(Bound::Included(FIRST_KEY.to_vec()), |key| Bound::Excluded(key.as_bytes().to_vec()));
        let rows: Vec<(sled::IVec, sled::IVec)> =
            caught(|| self.db.range::<Vec<u8>, _>((from, Bound::Unbounded)).take(limit).collect())?;
        rows.iter().map(row).collect()
    }

    /// Applies entries and the note together.
    pub(crate) fn apply<'a>(
        &self,
        writes: impl Iterator<Item = (&'a Key, Option<&'a Entry>)>,
        note: &Note,
    ) -> Result<(), StoreError> {
        self.apply_batch(Self::batch(writes, note))
    }

    /// Entries and the note as one change.
    pub(crate) fn batch<'a>(writes: impl Iterator<Item = (&'a Key, Option<&'a Entry>)>, note: &Note) -> sled::Batch {
        let mut batch = sled::Batch::default();
        let mut bytes = Vec::new();
        for (key, entry) in writes {
            match entry {
                Some(entry) => {
                    bytes.clear();
                    entry.encode(&mut bytes);
                    batch.insert(key.as_bytes(), bytes.as_slice());
                }
                None => batch.remove(key.as_bytes()),
            }
        }
        batch.insert(&NOTE, note.encode());
        batch
    }

    pub(crate) fn apply_batch(&self, batch: sled::Batch) -> Result<(), StoreError> {
        caught(|| self.db.apply_batch(batch))
    }

    /// The folder it is in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads all entries: how many there are, and their hash.
    pub(crate) fn sum(&self) -> Result<(u64, SetHash), StoreError> {
        let mut hash = SetHash::default();
        let mut keys = 0;
        let rows = caught(|| {
            for found in self.db.range(FIRST_KEY..) {
                let (key, entry) = row(&found?).map_err(|error| sled::Error::Unsupported(error.to_string()))?;
                hash.insert(&key, &entry);
                keys += 1;
            }
            Ok(())
        });
        rows.map(|()| (keys, hash))
    }

    /// The note, if the entries are what it says; and how many there are.
    pub(crate) fn check(&self) -> Result<(Option<Note>, u64), StoreError> {
        let note = self.note()?;
        let (keys, hash) = self.sum()?;
        if hash != note.map_or(SetHash::default(), |note| note.set_hash) {
            return Err(broken("its entries are not those it was given"));
        }
        Ok((note, keys))
    }
}

fn row((key, entry): &(sled::IVec, sled::IVec)) -> Result<(Key, Entry), StoreError> {
    let entry = Entry::decode(entry).ok_or_else(|| broken("an entry can't be read"))?;
    Ok((Key::from_stored(key), entry))
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for Bound::map")]
fn into_bytes(key: Key) -> Vec<u8> {
    key.as_bytes().to_vec()
}

fn broken(why: impl Into<String>) -> StoreError {
    StoreError::Index { why: why.into() }
}

/// Opens it once nobody else has it: sled's threads let go of the lock a moment after it was dropped.
fn unlocked(config: &sled::Config) -> sled::Result<sled::Db> {
    let mut tries = LOCK_TRIES;
    loop {
        match config.open() {
            Err(sled::Error::Io(error)) if tries > 0 && error.to_string().contains("lock") => tries -= 1,
            opened => return opened,
        }
        std::thread::sleep(LOCK_REST);
    }
}

/// Runs sled; a panic of its becomes an error.
fn caught<T>(run: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(broken(error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(broken(text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked")))
        }
    }
}
