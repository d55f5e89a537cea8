//! What a durable commit costs: the writes of one join, alone and with many at once, and reading back.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench is run, not called")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use usher_store::{Commit, JournalStore, Key, Options, Scan, Store};

const COMMITTERS: u64 = 64;
const COMMITS_EACH: u64 = 20;
const ORG: [u8; 16] = [1; 16];

fn key(kind: u8, id: u64) -> Key {
    Key::organisation(&ORG, kind, &id)
}

/// Ten operations and a guard, all on one organisation, link and plan.
fn join(member: u64) -> Commit {
    let name = member.to_be_bytes();
    let address = Key::directory(1, &name);
    Commit::new()
        .absent(address.clone())
        .put(address, name)
        .put(key(1, member), [7; 200])
        .put(key(2, member), [7; 20])
        .put(key(3, member), [7; 400])
        .add(key(4, 0), 1, 0, i64::MAX)
        .add(key(4, 1), 1, 0, i64::MAX)
        .add(key(4, 2), 1, 0, i64::MAX)
        .append(key(5, 0), [7; 100], None)
        .append(key(6, 0), [7; 150], Some([7; 32]))
        .delete(key(7, member))
}

fn bench(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let store = Arc::new(JournalStore::open(folder.path(), Options::new([1; 16])).unwrap());
    let member = Arc::new(AtomicU64::new(0));
    let next = |member: &AtomicU64| member.fetch_add(1, Ordering::Relaxed);

    let mut group = criterion.benchmark_group("commit");
    group.throughput(Throughput::Elements(1));
    group.bench_function("one committer", |bencher| {
        bencher.iter(|| runtime.block_on(store.commit(join(next(&member)))).unwrap());
    });
    group.sample_size(20).throughput(Throughput::Elements(COMMITTERS * COMMITS_EACH));
    group.bench_function("64 committers", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let committers = (0..COMMITTERS).map(|_| {
                    let (store, member) = (Arc::clone(&store), Arc::clone(&member));
                    tokio::spawn(async move {
                        for _ in 0..COMMITS_EACH {
                            store.commit(join(next(&member))).await.unwrap();
                        }
                    })
                });
                for committer in committers.collect::<Vec<_>>() {
                    committer.await.unwrap();
                }
            });
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("read");
    let members = next(&member);
    let mut at = 0;
    group.bench_function("one record", |bencher| {
        bencher.iter(|| {
            at = (at + 7919) % members;
            runtime.block_on(store.read(&[key(1, at)])).unwrap()
        });
    });
    group.bench_function("a page of 100", |bencher| {
        bencher.iter(|| {
            at = (at + 7919) % members;
            let scan = Scan::prefix(Key::organisation(&ORG, 1, &()), 100).after(key(1, at));
            runtime.block_on(store.scan(scan)).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
