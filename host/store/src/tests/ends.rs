//! Where the journal ends: torn tails, lost seals, half-made segments, and records that are just being written.

use std::path::Path;

use super::{block_on, small, unit, whole_units};
use crate::{
    JournalStore, Key, Options, Store, StoreError,
    checkpoint::{self, CheckpointWriter},
    disk::Disk,
    entry::Entry,
    index::Index,
    journal::{frame, segment},
    restore,
    sim_disk::{Chance, SimDisk},
};

/// Segments so large that there is only one.
fn large() -> Options {
    Options { segment_bytes: u64::MAX, checkpoint_bytes: u64::MAX, ..small() }
}

fn open(disk: &SimDisk, index: &Path) -> Result<JournalStore, StoreError> {
    JournalStore::open_on(Box::new(disk.clone()), index, large())
}

fn commit(store: &JournalStore, units: std::ops::Range<u64>) {
    block_on(async {
        for id in units {
            store.commit(unit(id)).await.unwrap();
        }
    });
}

fn holds(store: &JournalStore, count: u64) {
    assert_eq!(block_on(whole_units(store)), (0..count).collect::<Vec<_>>());
}

fn size(disk: &SimDisk, name: &str) -> u64 {
    disk.open(name).unwrap().size().unwrap()
}

/// The message of a store that does not open, without an index to help.
fn refusal(disk: &SimDisk) -> String {
    let index = tempfile::tempdir().unwrap();
    open(disk, index.path()).map(drop).unwrap_err().to_string()
}

#[test]
fn a_torn_tail_is_cut() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open(&disk, index.path()).unwrap();
    commit(&store, 0..2);
    drop(store);
    let name = segment::file_name(1);
    let whole = size(&disk, &name);
    // A frame of which the head was lost, where the seal stood.
    disk.edit(&name, |bytes| {
        bytes.truncate(bytes.len() - frame::HEADER);
        bytes.extend_from_slice(&[7; 5000]);
    });
    let store = open(&disk, index.path()).unwrap();
    holds(&store, 2);
    assert_eq!(size(&disk, &name), whole, "frames and one seal, nothing behind it");
}

/// What was answered is named when it is damaged: a store that was closed has its last seal on disk.
#[test]
fn damage_to_the_last_record_is_named_after_closing() {
    for seed in 0..20 {
        let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
        let store = open(&disk, index.path()).unwrap();
        commit(&store, 0..1);
        drop(store);
        disk.crash(&mut Chance(seed));
        disk.edit(&segment::file_name(1), |bytes| bytes[segment::HEADER + frame::HEADER] ^= 1);
        let refused = refusal(&disk);
        assert!(refused.contains("the record's checksum does not match"), "seed {seed}: {refused}");
    }
}

/// What a store showed after opening is named when it is damaged, even if its seal was lost before that.
#[test]
fn damage_to_the_last_record_is_named_after_opening() {
    for seed in 0..20 {
        let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
        let store = open(&disk, index.path()).unwrap();
        // Frame and sync are done, the seal isn't.
        disk.fail_after(3);
        assert!(block_on(store.commit(unit(0))).is_err());
        drop(store);
        disk.crash(&mut Chance(seed));
        let store = open(&disk, index.path()).unwrap();
        holds(&store, 1);
        disk.fail_after(1);
        drop(store);
        disk.crash(&mut Chance(seed));
        disk.edit(&segment::file_name(1), |bytes| bytes[segment::HEADER + frame::HEADER] ^= 1);
        let refused = refusal(&disk);
        assert!(refused.contains("the record's checksum does not match"), "seed {seed}: {refused}");
    }
}

#[test]
fn a_half_made_segment_does_not_take_the_place_of_the_one_before_it() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open(&disk, index.path()).unwrap();
    commit(&store, 0..4);
    // As while the writer makes it, for the next commit.
    disk.create(&segment::file_name(5)).unwrap();
    assert_eq!(block_on(store.checkpoint()).unwrap(), 4);
    drop(store);
    holds(&open(&disk, index.path()).unwrap(), 4);
}

#[test]
fn a_half_made_segment_is_removed_at_opening() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open(&disk, index.path()).unwrap();
    commit(&store, 0..4);
    drop(store);
    for bytes in [0, 40, segment::HEADER] {
        let half_made = segment::file_name(5);
        disk.create(&half_made).unwrap().write_at(&vec![0; bytes], 0).unwrap();
        holds(&open(&disk, index.path()).unwrap(), 4);
        assert!(!disk.list().unwrap().contains(&half_made), "{bytes} bytes");
    }
}

/// Nobody who reads the journal while it grows looks at what is not yet part of it.
#[test]
fn what_is_just_being_written_is_not_read() {
    let (disk, folder) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open(&disk, &folder.path().join("index")).unwrap();
    commit(&store, 0..4);
    let name = segment::file_name(1);
    let end = size(&disk, &name) - frame::HEADER as u64;
    disk.open(&name).unwrap().write_at(&[7; 500], end).unwrap();
    disk.create(&segment::file_name(5)).unwrap();
    let backup = folder.path().join("backup");
    block_on(async {
        let report = store.verify().await.unwrap();
        assert_eq!((report.damage, report.seq), (vec![], 4));
        assert_eq!(store.changes_since(0, 9).await.unwrap().len(), 4);
        assert_eq!(store.backup(&backup).await.unwrap().seq, 4);
    });
    assert_eq!(restore(&backup, &folder.path().join("restored")).unwrap().seq, 4);
}

/// The last seal of a segment that another one follows is never made safe, and need not be.
#[test]
fn a_torn_seal_between_segments_is_no_damage() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let options = Options { checkpoint_bytes: u64::MAX, ..small() };
    let open = || JournalStore::open_on(Box::new(disk.clone()), index.path(), options.clone()).unwrap();
    let store = open();
    commit(&store, 0..20);
    drop(store);
    let first = disk.list().unwrap().remove(0);
    let seal = size(&disk, &first) - frame::HEADER as u64;
    for lost in [[0; 44].as_slice(), b"USEL"] {
        disk.edit(&first, |bytes| {
            bytes.truncate(seal as usize);
            bytes.extend_from_slice(lost);
        });
        let store = open();
        holds(&store, 20);
        block_on(async {
            let changes = store.changes_since(0, 99).await.unwrap();
            assert_eq!(changes.iter().map(|change| change.seq).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
            assert_eq!(store.verify().await.unwrap().damage, []);
        });
    }
}

/// Takes the place of the last checkpoint.
fn forge(disk: &SimDisk, store: [u8; 16], seq: u64, entries: &[(Key, Entry)], until: u64) {
    let mut checkpoint = CheckpointWriter::create(disk, &store, seq).unwrap();
    entries.iter().for_each(|(key, entry)| checkpoint.add(key, entry).unwrap());
    checkpoint.finish(until).unwrap();
    checkpoint.publish().unwrap();
}

/// A store of three commits, and its entries.
fn three(disk: &SimDisk, index: &Path) -> Vec<(Key, Entry)> {
    commit(&open(disk, index).unwrap(), 0..3);
    Index::open(index, 1 << 20).unwrap().page(None, 100).unwrap()
}

/// A checkpoint is given its name when the journal has all that is in it. So it tells of commits that are lost,
/// with an index that is behind too, and without one.
#[test]
fn a_journal_that_does_not_reach_its_checkpoint_is_named() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let entries = three(&disk, index.path());
    forge(&disk, small().store_id, 3, &entries, 3);
    holds(&open(&disk, index.path()).unwrap(), 3);
    holds(&open(&disk, tempfile::tempdir().unwrap().path()).unwrap(), 3);
    forge(&disk, small().store_id, 3, &entries, 4);
    let with_index = open(&disk, index.path()).map(drop).unwrap_err().to_string();
    for refused in [with_index, refusal(&disk)] {
        assert!(refused.contains("the last checkpoint holds commits up to 4"), "{refused}");
    }
    disk.edit(&checkpoint::file_name(3), |bytes| bytes.truncate(60));
    assert!(matches!(open(&disk, index.path()).map(drop), Err(StoreError::Damaged(_))));
}

#[test]
fn a_checkpoint_of_something_else_is_named() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = JournalStore::open_on(Box::new(disk.clone()), index.path(), small()).unwrap();
    commit(&store, 0..40);
    assert_eq!(block_on(store.checkpoint()).unwrap(), 40);
    drop(store);
    let entries = Index::open(index.path(), 1 << 20).unwrap().page(None, 1000).unwrap();
    forge(&disk, small().store_id, 40, &entries, 40);
    holds(&open(&disk, tempfile::tempdir().unwrap().path()).unwrap(), 40);
    forge(&disk, [9; 16], 40, &entries, 40);
    assert!(refusal(&disk).contains("the checkpoint belongs to another store"));
    forge(&disk, small().store_id, 40, &entries[1..], 40);
    assert!(refusal(&disk).contains("together do not give what was stored"));
}

/// A copy of the store went its own way, and left its index here.
#[test]
fn an_index_of_another_past_is_made_again() {
    for (here, there) in [(3..5, 3..5), (3..9, 3..5)] {
        let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
        three(&disk, index.path());
        let copy = disk.copy();
        commit(&open(&copy, index.path()).unwrap(), there.start + 100..there.end + 100);
        let own = tempfile::tempdir().unwrap();
        commit(&open(&disk, own.path()).unwrap(), here.clone());
        holds(&open(&disk, index.path()).unwrap(), here.end);
    }
}

/// Each checkpoint removes the one before it and the journal it replaces.
#[test]
fn a_journal_that_grew_is_compacted_by_itself() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = JournalStore::open_on(Box::new(disk.clone()), index.path(), small()).unwrap();
    commit(&store, 0..100);
    drop(store);
    assert!(!checkpoint::list(&disk).unwrap().is_empty());
    let store = JournalStore::open_on(Box::new(disk.clone()), index.path(), small()).unwrap();
    commit(&store, 100..101);
    block_on(store.checkpoint()).unwrap();
    assert_eq!(checkpoint::list(&disk).unwrap(), [101]);
    assert!(matches!(block_on(store.changes_since(0, 9)), Err(StoreError::Compacted { asked: 0, .. })));
    holds(&store, 101);
}
