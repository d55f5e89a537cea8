//! Power failures on the simulated disk: what was acknowledged stays, and nothing is half there.

use std::{collections::BTreeSet, path::Path};

use super::{block_on, open_sim, unit, whole_units};
use crate::{
    CommitError, Store, StoreError,
    sim_disk::{Chance, SimDisk},
};

const SEEDS: u64 = 120;
const FAILURES: u64 = 3;

/// Commits units until the power fails; tells which were acknowledged.
async fn commit_until_power_fails(store: &dyn Store, next: &mut u64) -> BTreeSet<u64> {
    let mut acknowledged = BTreeSet::new();
    loop {
        let ids: Vec<u64> = (*next..*next + 3).collect();
        *next += 3;
        let (a, b, c) =
            tokio::join!(store.commit(unit(ids[0])), store.commit(unit(ids[1])), store.commit(unit(ids[2])));
        let mut stopped = false;
        for (id, done) in ids.into_iter().zip([a, b, c]) {
            match done {
                Ok(_) => drop(acknowledged.insert(id)),
                Err(CommitError::Stopped { .. }) => stopped = true,
                Err(other) => panic!("{other}"),
            }
        }
        if stopped {
            return acknowledged;
        }
    }
}

/// Runs one seed through several power failures.
fn survive(seed: u64, disk: &SimDisk, index: &Path) -> Result<(), String> {
    let mut chance = Chance(seed);
    let mut acknowledged = BTreeSet::new();
    let mut next = 0;
    for _ in 0..FAILURES {
        disk.fail_after(1 + chance.below(60));
        // Opening may be what the power fails in.
        if let Ok(store) = open_sim(disk, index) {
            acknowledged.append(&mut block_on(commit_until_power_fails(&store, &mut next)));
        }
        disk.crash(&mut chance);
        if chance.percent(30) {
            std::fs::remove_dir_all(index).map_err(|error| error.to_string())?;
        }
        let store = open_sim(disk, index).map_err(|error| error.to_string())?;
        block_on(async {
            let found: BTreeSet<u64> = whole_units(&store).await.into_iter().collect();
            if let Some(lost) = acknowledged.difference(&found).next() {
                return Err(format!("unit {lost} was acknowledged and is lost"));
            }
            match store.verify().await.map_err(|error| error.to_string())?.damage.pop() {
                Some(damage) => Err(damage.to_string()),
                None => Ok(()),
            }
        })?;
    }
    Ok(())
}

#[test]
fn every_acknowledged_commit_survives_power_failures() {
    println!("seeds 0..{SEEDS}, {FAILURES} failures each");
    for seed in 0..SEEDS {
        let index = tempfile::tempdir().unwrap();
        survive(seed, &SimDisk::new(), index.path()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

/// The test above means something: without `fdatasync` it fails.
#[test]
fn without_fdatasync_the_loss_is_seen() {
    let lossy = (0..10).filter(|seed| {
        let index = tempfile::tempdir().unwrap();
        survive(*seed, &SimDisk::ignoring_sync(), index.path()).is_err()
    });
    assert!(lossy.count() >= 8);
}

#[test]
fn after_a_failed_write_the_store_stops_and_still_reads() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open_sim(&disk, index.path()).unwrap();
    block_on(async {
        store.commit(unit(0)).await.unwrap();
        disk.fail_after(2);
        assert!(matches!(store.commit(unit(1)).await, Err(CommitError::Stopped { .. })));
        disk.crash(&mut Chance(1));
        let stopped = store.commit(unit(2)).await.unwrap_err().to_string();
        assert!(stopped.contains("the power failed") && stopped.contains("restart"), "{stopped}");
        assert_eq!(whole_units(&store).await, [0]);
    });
}

/// A sync fails, the host starts again and shows the commit it reads back: then it must really be on disk.
#[test]
fn what_is_seen_after_opening_survives_a_power_failure() {
    for seed in 0..20 {
        let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
        let store = open_sim(&disk, index.path()).unwrap();
        disk.fail_after(2);
        assert!(block_on(store.commit(unit(0))).is_err());
        drop(store);
        disk.recover();
        assert_eq!(block_on(whole_units(&open_sim(&disk, index.path()).unwrap())), [0]);
        disk.crash(&mut Chance(seed));
        assert_eq!(block_on(whole_units(&open_sim(&disk, index.path()).unwrap())), [0], "seed {seed}");
    }
}

#[test]
fn lost_acknowledged_commits_are_named_when_the_index_saw_them() {
    let (disk, index) = (SimDisk::ignoring_sync(), tempfile::tempdir().unwrap());
    let store = open_sim(&disk, index.path()).unwrap();
    block_on(async { store.commit(unit(0)).await.unwrap() });
    drop(store);
    disk.edit("00000000000000000001.segment", |bytes| bytes.truncate(86));
    match open_sim(&disk, index.path()).map(drop) {
        Err(StoreError::Damaged(damage)) => assert!(damage.what.contains("has applied commits up to 1"), "{damage}"),
        other => panic!("{other:?}"),
    }
}
