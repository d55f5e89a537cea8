//! The conformance suite against every store of this crate.

use std::sync::Arc;

use super::{block_on, open_sim, small};
use crate::{JournalStore, MemoryStore, Options, Store, conformance, sim_disk::SimDisk};

#[test]
fn every_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 4] = [
        Arc::new(MemoryStore::new()),
        Arc::new(JournalStore::open(&folder.path().join("default"), Options::new([1; 16])).unwrap()),
        // Without checkpoints: the suite asks for old changes.
        Arc::new(
            JournalStore::open(&folder.path().join("small"), Options { checkpoint_bytes: u64::MAX, ..small() })
                .unwrap(),
        ),
        Arc::new(
            JournalStore::open_on(
                Box::new(SimDisk::new()),
                &folder.path().join("simulated"),
                Options { checkpoint_bytes: u64::MAX, ..small() },
            )
            .unwrap(),
        ),
    ];
    for store in stores {
        block_on(conformance::check(store));
    }
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SimDisk::new();
    for round in 0..5 {
        let store = open_sim(&disk, folder.path()).unwrap();
        block_on(async {
            assert_eq!(super::whole_units(&store).await, (0..round * 20).collect::<Vec<_>>());
            for unit in round * 20..(round + 1) * 20 {
                store.commit(super::unit(unit)).await.unwrap();
            }
            assert_eq!(store.verify().await.unwrap().damage, []);
        });
    }
}
