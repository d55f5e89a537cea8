//! Tests of the stores: the suite, a model, crashes, kills, damage. All chance is from fixed seeds.

#![expect(clippy::print_stdout, reason = "seeds and counts belong in a test's output")]

mod bit_flips;
mod compaction;
mod crash;
mod damage;
mod ends;
mod kill;
mod model;
mod scopes;
mod suite;

use std::path::Path;

use crate::{Commit, JournalStore, Key, Options, Scan, Store, decode_counter, sim_disk::SimDisk};

/// Segments and checkpoints so small that every test meets their ends.
fn small() -> Options {
    Options { segment_bytes: 2 << 10, checkpoint_bytes: 8 << 10, index_cache_bytes: 1 << 20, ..Options::new([7; 16]) }
}

fn open_sim(disk: &SimDisk, index: &Path) -> Result<JournalStore, crate::StoreError> {
    JournalStore::open_on(Box::new(disk.clone()), index, small())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Rows that each work unit writes besides its counter and record.
const ROWS: u64 = 3;

fn row(unit: u64, row: u64) -> Key {
    Key::host(1, &(unit, row))
}

fn units() -> Key {
    Key::host(2, &())
}

fn log() -> Key {
    Key::host(3, &())
}

/// A commit whose parts can be told to be all there or all missing.
fn unit(unit: u64) -> Commit {
    let commit = Commit::new().add(units(), 1, 0, i64::MAX).append(log(), unit.to_be_bytes(), Some([unit as u8; 32]));
    (0..ROWS).fold(commit, |commit, n| commit.put(row(unit, n), unit.to_be_bytes().repeat(4)))
}

/// The units in the store, none of them half there.
async fn whole_units(store: &dyn Store) -> Vec<u64> {
    let rows = store.scan(Scan::prefix(Key::host(1, &()), crate::MAX_SCAN)).await.unwrap();
    let mut found = Vec::new();
    for rows in rows.chunks(ROWS as usize) {
        let id = u64::from_be_bytes(rows[0].1.value[..8].try_into().unwrap());
        for (n, (key, held)) in rows.iter().enumerate() {
            assert_eq!((key, held.version), (&row(id, n as u64), rows[0].1.version), "unit {id} is half there");
        }
        found.push(id);
    }
    let counter = store.read(&[units()]).await.unwrap().remove(0);
    let counter = counter.map_or(0, |found| decode_counter(&found.value).unwrap());
    assert_eq!(counter, found.len() as i64, "the counter does not match the units");
    let records = store.scan(Scan::prefix(log(), crate::MAX_SCAN).after(log())).await.unwrap();
    let mut logged: Vec<u64> = (1u64..)
        .zip(&records)
        .map(|(position, (key, record))| {
            assert_eq!(*key, log().join(&position), "the log has a gap");
            let record = crate::Linked::decode(&record.value).unwrap();
            u64::from_be_bytes(record.value[..].try_into().unwrap())
        })
        .collect();
    logged.sort_unstable();
    assert_eq!(logged, found, "the log does not match the units");
    found
}
