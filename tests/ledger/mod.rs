//! The seat ledger under random use from many sides (R35, R36): whatever is done at the same time, and in whatever
//! order, seats are not oversold, counters say what the records say, and who waits longest is served.
//!
//! A run is named by its seed, which a failure prints. `office` does random things over HTTP, `comers` has people come,
//! `replay` holds every commit against the rules, `rest` what is left once all work is done.

mod comers;
mod office;
mod replay;
mod rest;

use std::sync::Arc;

use usher_store::{JournalStore, MemoryStore, Options, Store};

use self::office::{Dice, Office};
use self::replay::Replay;

/// How often what is left is looked at.
const ROUNDS: u64 = 4;
/// How many do things at the same time.
const HANDS: u64 = 6;

#[expect(clippy::print_stdout, reason = "a failing test says how to repeat it")]
fn check_many_hands(seed: u64, store: Arc<dyn Store>, steps: u64) {
    println!("seed {seed}");
    let office = Office::open(store);
    let mut replay = Replay::of(&office);
    for round in 0..ROUNDS {
        office.set_policy(&mut Dice::new(seed, round, HANDS));
        std::thread::scope(|scope| {
            for hand in 0..HANDS {
                let office = &office;
                scope.spawn(move || {
                    let mut dice = Dice::new(seed, round, hand);
                    (0..steps).for_each(|_| office.step(&mut dice));
                });
            }
        });
        if round % 2 == 1 {
            office.wait_for_ends();
        }
        office.rest();
        replay.follow(&office);
        rest::check(&office);
    }
}

#[test]
fn r36_many_hands_in_memory() {
    for seed in 1..=2 {
        check_many_hands(seed, Arc::new(MemoryStore::new()), 30);
    }
}

#[test]
fn r36_many_hands_on_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let store = JournalStore::open(folder.path(), Options::new([7; 16])).unwrap();
    check_many_hands(5, Arc::new(store), 15);
}

#[test]
#[expect(clippy::print_stdout, reason = "a failing test says how to repeat it")]
fn r36_one_thing_after_the_other_serves_who_waits_longest() {
    for seed in 3..=4 {
        println!("seed {seed}");
        let office = Office::open(Arc::new(MemoryStore::new()));
        let mut replay = Replay::of(&office);
        let mut dice = Dice::new(seed, 0, 0);
        for step in 0..100 {
            if step % 30 == 0 {
                office.set_policy(&mut dice);
            }
            if step % 40 == 39 {
                office.wait_for_ends();
            }
            office.rest();
            let before = rest::Before::of(&office);
            office.step(&mut dice);
            office.rest();
            replay.follow(&office);
            rest::check(&office);
            rest::check_order(&office, &before);
        }
    }
}
