//! Compaction: what was erased is nowhere in the folder, commits go on meanwhile, and a crash in between costs nothing.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{block_on, unit, whole_units};
use crate::{Commit, JournalStore, Key, Options, Store, verify};

const SECRET: &[u8] = b"ada.lovelace@example.com";

/// One segment, and no checkpoint but those that are asked for.
fn open(path: &Path) -> JournalStore {
    JournalStore::open(path, Options { index_cache_bytes: 1 << 20, ..Options::new([7; 16]) }).unwrap()
}

/// Files below the folder that hold the secret.
fn holding(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.is_dir() {
            found.extend(holding(&file));
        } else if fs::read(&file).unwrap().windows(SECRET.len()).any(|part| part == SECRET) {
            found.push(file.display().to_string());
        }
    }
    found
}

#[test]
fn what_was_erased_is_nowhere_in_the_folder_after_a_compaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (deleted, overwritten) = (Key::host(9, &1u64), Key::host(9, &2u64));
    // Twice, so that each of the two folders of the index is left once.
    for round in 0..2 {
        block_on(async {
            let put = Commit::new().put(deleted.clone(), SECRET).put(overwritten.clone(), SECRET.repeat(3));
            store.commit(put).await.unwrap();
            let erased = Commit::new().delete(deleted.clone()).put(overwritten.clone(), b"nobody");
            let seq = store.commit(erased).await.unwrap().seq;
            assert_ne!(holding(folder.path()), [""; 0], "the search finds what is there");
            assert!(store.compact(seq).await.unwrap() >= seq);
            assert_eq!(holding(folder.path()), [""; 0], "round {round}");
            let done = store.compact(seq).await.unwrap();
            assert_eq!(store.compact(seq).await.unwrap(), done, "it is not done again");
            store.commit(unit(round)).await.unwrap();
        });
    }
    drop(store);
    assert_eq!(verify(folder.path()).unwrap().damage, []);
    let store = open(folder.path());
    assert_eq!(block_on(whole_units(&store)), [0, 1]);
    assert_eq!(holding(folder.path()), [""; 0], "after another start");
}

#[test]
fn commits_go_on_while_the_store_is_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
        move || {
            let mut written = 0;
            while !stop.load(Ordering::Relaxed) || written < 200 {
                block_on(store.commit(unit(written))).unwrap();
                written += 1;
            }
            written
        }
    });
    for _ in 0..5 {
        block_on(store.compact(u64::MAX)).unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let written = writer.join().unwrap();
    let all: Vec<u64> = (0..written).collect();
    assert_eq!(block_on(whole_units(&*store)), all);
    assert_eq!(block_on(store.verify()).unwrap().damage, []);
    drop(store);
    assert_eq!(verify(folder.path()).unwrap().damage, []);
    assert_eq!(block_on(whole_units(&open(folder.path()))), all);
}

#[test]
fn an_index_that_was_being_renewed_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    block_on(async {
        for id in 0..20 {
            store.commit(unit(id)).await.unwrap();
        }
        store.compact(u64::MAX).await.unwrap();
        store.commit(unit(20)).await.unwrap();
    });
    drop(store);
    // As a copy cut short, in either folder.
    for half_made in ["index", "index.renewed"] {
        fs::create_dir_all(folder.path().join(half_made)).unwrap();
        assert_eq!(block_on(whole_units(&open(folder.path()))), (0..=20).collect::<Vec<_>>());
        assert!(!(folder.path().join("index").exists() && folder.path().join("index.renewed").exists()));
    }
}
