//! SIGKILL under load: a child commits from several threads and says what was acknowledged; it is killed at any
//! moment, again and again, and everything it said must be there.
//!
//! This shows that the program's own order of work is right. It can't show that `fdatasync` is called, because
//! what a killed process wrote stays in the system's cache: see the crashes of the simulated disk for that.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use super::{block_on, small, unit, whole_units};
use crate::{JournalStore, Options, Store, sim_disk::Chance, verify};

const KILLS: u64 = 12;
const THREADS: u64 = 4;
const SEED: u64 = 20;

fn options() -> Options {
    Options { segment_bytes: 64 << 10, checkpoint_bytes: 256 << 10, ..small() }
}

/// The child's part; does nothing unless a parent names a folder and a round.
#[test]
#[ignore = "started by the test below"]
fn child() {
    let mut told = String::new();
    std::io::stdin().read_to_string(&mut told).unwrap();
    let Some((round, path)) = told.split_once(' ') else {
        return;
    };
    let round: u64 = round.parse().unwrap();
    let store = Arc::new(JournalStore::open(Path::new(path), options()).unwrap());
    writeln!(std::io::stdout().lock(), "begins").unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                for n in 0.. {
                    let id = (round << 32) + n * THREADS + thread;
                    block_on(store.commit(unit(id))).unwrap();
                    // Not println!, which the test harness keeps to itself.
                    writeln!(std::io::stdout().lock(), "acknowledged {id}").unwrap();
                }
            });
        }
    });
}

fn run_and_kill(round: u64, path: &Path, after: Duration) -> BTreeSet<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::kill::child", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    write!(child.stdin.take().unwrap(), "{round} {}", path.display()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (begins, begun) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut acknowledged = BTreeSet::new();
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            if line == "begins\n" {
                begins.send(()).unwrap();
            }
            // The last line may be cut short by the kill.
            if let Some(id) = line.strip_prefix("acknowledged ").and_then(|line| line.strip_suffix('\n')) {
                acknowledged.insert(id.parse().unwrap());
            }
            line.clear();
        }
        acknowledged
    });
    begun.recv().unwrap();
    thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn every_acknowledged_commit_survives_sigkill() {
    println!("seed {SEED}");
    let mut chance = Chance(SEED);
    let mut total = 0;
    for round in 0..KILLS {
        // A fresh store now and then, so that the young ones are killed too.
        let folder = tempfile::tempdir().unwrap();
        let mut acknowledged = BTreeSet::new();
        for life in 0..2 {
            let after = Duration::from_millis(30 + chance.below(220));
            acknowledged.append(&mut run_and_kill(round * 2 + life, folder.path(), after));
            if chance.percent(25) {
                std::fs::remove_dir_all(folder.path().join("index")).unwrap_or_default();
            }
        }
        let store = JournalStore::open(folder.path(), options()).unwrap();
        let found: BTreeSet<u64> = block_on(whole_units(&store)).into_iter().collect();
        assert_eq!(acknowledged.difference(&found).next(), None, "round {round}: acknowledged and lost");
        drop(store);
        assert_eq!(verify(folder.path()).unwrap().damage, []);
        total += acknowledged.len();
    }
    println!("{total} acknowledged commits");
    assert!(total > 100, "the kills came before any work");
}
