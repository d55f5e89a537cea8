//! Every store against a model: a map, and the rules of commits written a second time, as plainly as can be.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{block_on, open_sim};
use crate::{Commit, Guard, Key, MemoryStore, Op, Scan, Store, sim_disk::SimDisk};

/// Values and counters, each with the commit that wrote it. Keys 0–3 are values, 4–5 counters.
type Model = BTreeMap<Key, (u64, Vec<u8>)>;

fn key(id: u8) -> Key {
    Key::host(1, &id)
}

fn applied(model: &Model, seq: u64, commit: &Commit) -> Option<Model> {
    let mut next = model.clone();
    for guard in &commit.guards {
        let holds = match guard {
            Guard::At { key, version } => model.get(key).is_some_and(|held| held.0 == *version),
            Guard::Absent { key } => !model.contains_key(key),
        };
        if !holds {
            return None;
        }
    }
    for op in &commit.ops {
        match op {
            Op::Put { key, value } => drop(next.insert(key.clone(), (seq, value.clone()))),
            Op::Delete { key } => drop(next.remove(key)),
            Op::Add { key, delta, min, max } => {
                let held = next.get(key).map_or(0, |held| i64::from_be_bytes(held.1[..].try_into().unwrap()));
                let sum = held + delta;
                if sum < *min || sum > *max {
                    return None;
                }
                next.insert(key.clone(), (seq, sum.to_be_bytes().to_vec()));
            }
            Op::Append { .. } => unreachable!("no plan here appends"),
        }
    }
    Some(next)
}

fn commits() -> impl Strategy<Value = Vec<Commit>> {
    let op = prop_oneof![
        (0..4u8, any::<[u8; 2]>()).prop_map(|(id, value)| Op::Put { key: key(id), value: value.to_vec() }),
        (0..6u8).prop_map(|id| Op::Delete { key: key(id) }),
        (4..6u8, -3..4i64).prop_map(|(id, delta)| Op::Add { key: key(id), delta, min: -4, max: 4 }),
    ];
    let guard = prop_oneof![
        (0..6u8, 0..20u64).prop_map(|(id, version)| Guard::At { key: key(id), version }),
        (0..6u8).prop_map(|id| Guard::Absent { key: key(id) }),
    ];
    let guards = prop::collection::vec(guard, 0..2);
    let ops = prop::collection::vec(op, 0..5);
    prop::collection::vec((guards, ops).prop_map(|(guards, ops)| Commit { guards, ops }), 1..40)
}

async fn check(store: &dyn Store, commits: &[Commit]) -> Model {
    let mut model = Model::new();
    let mut seq = 0;
    for commit in commits {
        let done = store.commit(commit.clone()).await;
        match applied(&model, seq + 1, commit) {
            Some(next) => {
                seq += 1;
                assert_eq!(done.unwrap().seq, seq);
                model = next;
            }
            None => assert!(done.is_err(), "{commit:?}"),
        }
        holds(store, &model).await;
    }
    model
}

async fn holds(store: &dyn Store, model: &Model) {
    let rows = store.scan(Scan::prefix(Key::host(1, &()), 100)).await.unwrap();
    let rows: Model = rows.into_iter().map(|(key, held)| (key, (held.version, held.value))).collect();
    assert_eq!(rows, *model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stores_do_as_the_model_does(commits in commits()) {
        block_on(async {
            check(&MemoryStore::new(), &commits).await;
            let folder = tempfile::tempdir().unwrap();
            let disk = SimDisk::new();
            let store = open_sim(&disk, folder.path()).unwrap();
            let model = check(&store, &commits).await;
            drop(store);
            std::fs::remove_dir_all(folder.path()).unwrap();
            holds(&open_sim(&disk, folder.path()).unwrap(), &model).await;
        });
    }
}
