//! Lost, stale and foreign files: what can be made again is, and what can't is named. Backup and restore.

use std::{fs, path::Path};

use super::{block_on, open_sim, small, unit, whole_units};
use crate::{JournalStore, Options, Store, StoreError, restore, sim_disk::SimDisk, verify};

fn open(path: &Path) -> Result<JournalStore, StoreError> {
    JournalStore::open(path, small())
}

fn fill(path: &Path, units: std::ops::Range<u64>) {
    let store = open(path).unwrap();
    block_on(async {
        for id in units {
            store.commit(unit(id)).await.unwrap();
        }
    });
}

fn holds(path: &Path, count: u64) {
    let store = open(path).unwrap();
    assert_eq!(block_on(whole_units(&store)), (0..count).collect::<Vec<_>>());
}

fn refuses(path: &Path, message: &str) {
    let error = open(path).map(drop).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
    assert!(verify(path).unwrap().damage.iter().any(|damage| damage.to_string().contains(message)), "{message}");
}

/// Copies a folder of plain files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn an_index_that_is_gone_behind_or_foreign_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("data"), folder.path().join("old"));
    let index = path.join("index");
    fill(&path, 0..30);
    copy(&index, &old);
    fill(&path, 30..60);
    holds(&path, 60);

    fs::remove_dir_all(&index).unwrap();
    holds(&path, 60);

    fs::remove_dir_all(&index).unwrap();
    copy(&old, &index);
    holds(&path, 60);

    fs::remove_dir_all(&index).unwrap();
    fs::create_dir(&index).unwrap();
    fs::write(index.join("db"), [0xaa; 5000]).unwrap();
    holds(&path, 60);

    let foreign = folder.path().join("foreign");
    drop(JournalStore::open(&foreign, Options::new([9; 16])).unwrap());
    fill(&foreign, 500..590);
    fs::remove_dir_all(&index).unwrap();
    copy(&foreign.join("index"), &index);
    holds(&path, 60);
    assert_eq!(verify(&path).unwrap().damage, []);
}

#[test]
fn what_is_missing_from_the_journal_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let segments = |path: &Path| {
        let files = fs::read_dir(path.join("journal")).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "segment")).collect();
        files.sort();
        files
    };
    let new = |name: &str| {
        let path = folder.path().join(name);
        let options = Options { checkpoint_bytes: u64::MAX, ..small() };
        let store = JournalStore::open(&path, options).unwrap();
        block_on(async {
            for id in 0..40 {
                store.commit(unit(id)).await.unwrap();
            }
        });
        drop(store);
        let files = segments(&path);
        assert!(files.len() > 3);
        (path, files)
    };
    let (path, files) = new("first");
    fs::remove_file(&files[0]).unwrap();
    refuses(&path, "are missing before it");

    let (path, files) = new("middle");
    fs::remove_file(&files[1]).unwrap();
    refuses(&path, "commits are missing or doubled");

    let (path, files) = new("last");
    fs::remove_file(files.last().unwrap()).unwrap();
    refuses(&path, "the index has applied commits up to 40");

    let (path, files) = new("all");
    files.iter().for_each(|file| fs::remove_file(file).unwrap());
    refuses(&path, "the journal is missing");

    let (path, files) = new("first, and no index");
    fs::remove_file(&files[0]).unwrap();
    fs::remove_dir_all(path.join("index")).unwrap();
    refuses(&path, "are missing before it");
}

#[test]
fn a_checkpoint_takes_the_place_of_the_journal_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let store = open(path).unwrap();
    block_on(async {
        for id in 0..50 {
            store.commit(unit(id)).await.unwrap();
        }
        assert_eq!(store.checkpoint().await.unwrap(), 50);
        let oldest = match store.changes_since(0, 10).await {
            Err(StoreError::Compacted { asked: 0, oldest }) => oldest,
            other => panic!("{other:?}"),
        };
        let changes = store.changes_since(oldest, 100).await.unwrap();
        assert_eq!(changes.iter().map(|change| change.seq).collect::<Vec<_>>(), (oldest + 1..=50).collect::<Vec<_>>());
        for id in 50..60 {
            store.commit(unit(id)).await.unwrap();
        }
    });
    drop(store);
    holds(path, 60);
    fs::remove_dir_all(path.join("index")).unwrap();
    holds(path, 60);
    assert_eq!(verify(path).unwrap().damage, []);
}

#[test]
fn a_journal_that_ends_before_its_checkpoint_is_named() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open_sim(&disk, index.path()).unwrap();
    block_on(async {
        store.commit(unit(0)).await.unwrap();
        store.checkpoint().await.unwrap();
    });
    drop(store);
    fs::remove_dir_all(index.path()).unwrap();
    disk.edit("00000000000000000001.segment", |bytes| bytes.truncate(86));
    let error = open_sim(&disk, index.path()).map(drop).unwrap_err().to_string();
    assert!(error.contains("the journal ends here, but the last checkpoint holds commits up to 1"), "{error}");
}

/// Checkpoints and backups while commits go on.
#[test]
fn checkpoints_and_backups_under_load_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let store = std::sync::Arc::new(open(&path).unwrap());
    let backups: Vec<u64> = runtime.block_on(async {
        let tasks: Vec<_> = (0..4)
            .map(|task| {
                let store = std::sync::Arc::clone(&store);
                tokio::spawn(async move {
                    for id in 0..100 {
                        store.commit(unit(id * 4 + task)).await.unwrap();
                    }
                })
            })
            .collect();
        let mut backups = Vec::new();
        for n in 0..4 {
            store.checkpoint().await.unwrap();
            backups.push(store.backup(&folder.path().join(format!("backup{n}"))).await.unwrap().seq);
        }
        for task in tasks {
            task.await.unwrap();
        }
        backups
    });
    drop(store);
    holds(&path, 400);
    fs::remove_dir_all(path.join("index")).unwrap();
    holds(&path, 400);
    for (n, seq) in backups.into_iter().enumerate() {
        let restored = folder.path().join(format!("restored{n}"));
        assert_eq!(restore(&folder.path().join(format!("backup{n}")), &restored).unwrap().seq, seq);
        let store = open(&restored).unwrap();
        assert_eq!(block_on(whole_units(&store)).len() as u64, seq);
    }
}

#[test]
fn a_backup_is_restored_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [path, backup, restored] = ["data", "backup", "restored"].map(|name| folder.path().join(name));
    fill(&path, 0..30);
    let store = open(&path).unwrap();
    block_on(async {
        let report = store.backup(&backup).await.unwrap();
        assert_eq!(report.seq, 30);
        let sizes = fs::read_dir(&backup).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
        assert_eq!(report.bytes, sizes.sum::<u64>());
        assert!(matches!(store.backup(&backup).await, Err(StoreError::NotEmpty { .. })));
    });
    drop(store);
    restore(&backup, &restored).unwrap();
    holds(&restored, 30);
    assert_eq!(verify(&restored).unwrap().seq, 30);
    assert!(matches!(restore(&backup, &restored), Err(StoreError::NotEmpty { .. })));
    for file in fs::read_dir(&backup).unwrap().map(|file| file.unwrap().path()) {
        let whole = fs::read(&file).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 1;
        fs::write(&file, damaged).unwrap();
        let to = tempfile::tempdir().unwrap();
        let refused = restore(&backup, to.path());
        assert!(matches!(refused, Err(StoreError::Damaged(_))), "{}: {refused:?}", file.display());
        assert!(!to.path().join("journal").exists());
        fs::write(&file, whole).unwrap();
    }
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for error in [open(folder.path()).map(drop).unwrap_err(), verify(folder.path()).map(drop).unwrap_err()] {
        let pid = std::process::id();
        assert!(error.to_string().contains(&format!("in use by process {pid}: ")), "{error}");
    }
    drop(store);
    open(folder.path()).unwrap();
}
