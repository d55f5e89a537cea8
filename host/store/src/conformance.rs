//! What every store must do, as one suite: run [`check`] against a store of your own.
//!
//! Owns the meaning of the port in examples. Each case works in an organisation of its own, so that one store
//! can serve them all, and its sequence numbers need not begin at 1.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a failed check panics, and that is its use")]

use std::sync::Arc;

use crate::{
    Commit, CommitError, Key, Linked, MAX_COMMIT_BYTES, MAX_KEY, MAX_OPS, MAX_SCAN, Scan, Store, StoreError,
    StreamHead, decode_counter,
};

/// Runs the whole suite.
pub async fn check(store: Arc<dyn Store>) {
    let store = &*store;
    values_come_back_with_their_version(store).await;
    guards_hold(store).await;
    a_refused_commit_changes_nothing(store).await;
    operations_act_in_order(store).await;
    counters_stay_in_bounds(store).await;
    streams_are_gapless_and_chained(store).await;
    forms_do_not_mix(store).await;
    scans_are_ordered_and_bounded(store).await;
    changes_tell_every_commit(store).await;
    limits_are_named(store).await;
    one_absent_key_lets_one_in(store).await;
    reads_see_whole_commits(store).await;
    assert_eq!(store.verify().await.unwrap().damage, []);
}

fn key(case: u8, id: u64) -> Key {
    Key::organisation(&[case; 16], 1, &id)
}

async fn read(store: &dyn Store, key: &Key) -> Option<(u64, Vec<u8>)> {
    let found = store.read(std::slice::from_ref(key)).await.unwrap().remove(0);
    found.map(|found| (found.version, found.value))
}

async fn values_come_back_with_their_version(store: &dyn Store) {
    let (a, b) = (key(1, 1), key(1, 2));
    let first = store.commit(Commit::new().put(a.clone(), "one").put(b.clone(), "")).await.unwrap();
    assert_eq!(read(store, &a).await, Some((first.seq, b"one".to_vec())));
    assert_eq!(read(store, &b).await, Some((first.seq, Vec::new())));
    let second = store.commit(Commit::new().put(a.clone(), "two").delete(b.clone())).await.unwrap();
    assert!(second.seq > first.seq);
    assert_eq!(read(store, &a).await, Some((second.seq, b"two".to_vec())));
    assert_eq!(read(store, &b).await, None);
    let several = store.read(&[b, a.clone(), a]).await.unwrap();
    assert_eq!(several.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true]);
}

async fn guards_hold(store: &dyn Store) {
    let (a, b) = (key(2, 1), key(2, 2));
    let seq = store.commit(Commit::new().absent(a.clone()).put(a.clone(), "1")).await.unwrap().seq;
    let refused = [
        Commit::new().absent(a.clone()),
        Commit::new().at(a.clone(), seq + 1),
        Commit::new().at(a.clone(), 0),
        Commit::new().at(b.clone(), seq),
    ];
    for commit in refused {
        let guarded = commit.guards.clone();
        match store.commit(commit.put(a.clone(), "never")).await {
            Err(CommitError::Conflict { key }) => assert!(key == a || key == b),
            other => panic!("{guarded:?}: {other:?}"),
        }
    }
    let next = store.commit(Commit::new().at(a.clone(), seq).absent(b).put(a.clone(), "2")).await.unwrap().seq;
    assert_eq!(read(store, &a).await, Some((next, b"2".to_vec())));
}

async fn a_refused_commit_changes_nothing(store: &dyn Store) {
    let (a, seats, stream) = (key(3, 1), key(3, 2), key(3, 3));
    let commit = Commit::new().put(a.clone(), "x").append(stream.clone(), "x", None).add(seats.clone(), 1, 0, 9).add(
        seats.clone(),
        9,
        0,
        9,
    );
    assert!(matches!(store.commit(commit).await, Err(CommitError::Bound { value: 1, delta: 9, .. })));
    assert_eq!(store.scan(Scan::prefix(Key::organisation(&[3; 16], 1, &()), 10)).await.unwrap(), []);
}

async fn operations_act_in_order(store: &dyn Store) {
    let (a, n) = (key(4, 1), key(4, 2));
    let commit = Commit::new().put(a.clone(), "1").delete(a.clone()).put(a.clone(), "2").add(n.clone(), 5, 0, 9);
    let commit = commit.delete(n.clone()).add(n.clone(), 2, 0, 9);
    let done = store.commit(commit).await.unwrap();
    assert_eq!(done.counters, [5, 2]);
    assert_eq!(read(store, &a).await.unwrap().1, b"2");
    assert_eq!(decode_counter(&read(store, &n).await.unwrap().1).unwrap(), 2);
}

async fn counters_stay_in_bounds(store: &dyn Store) {
    let seats = key(5, 1);
    let add = |delta, min, max| store.commit(Commit::new().add(seats.clone(), delta, min, max));
    assert_eq!(add(3, 0, 3).await.unwrap().counters, [3]);
    assert!(matches!(add(1, 0, 3).await, Err(CommitError::Bound { value: 3, delta: 1, min: 0, max: 3, .. })));
    assert!(matches!(add(-4, 0, 3).await, Err(CommitError::Bound { .. })));
    assert!(matches!(add(i64::MAX, i64::MIN, i64::MAX).await, Err(CommitError::Bound { .. })));
    assert_eq!(add(-3, 0, 3).await.unwrap().counters, [0]);
    assert_eq!(add(i64::MIN, i64::MIN, 0).await.unwrap().counters, [i64::MIN]);
}

async fn streams_are_gapless_and_chained(store: &dyn Store) {
    let (plain, audit) = (key(6, 1), key(6, 2));
    let commit = Commit::new().append(plain.clone(), "a", None).append(audit.clone(), "x", Some([1; 32]));
    let done = store.commit(commit.append(plain.clone(), "b", None)).await.unwrap();
    assert_eq!(done.positions, [1, 1, 2]);
    let done = store.commit(Commit::new().append(audit.clone(), "y", Some([2; 32]))).await.unwrap();
    assert_eq!(done.positions, [2]);
    assert_eq!(read(store, &plain.join(&2u64)).await.unwrap().1, b"b");
    let mut prev = [0; 32];
    for (position, value) in [(1u64, b"x"), (2, b"y")] {
        let record = Linked::decode(&read(store, &audit.join(&position)).await.unwrap().1).unwrap();
        assert_eq!((record.prev, record.link[0], &record.value[..]), (prev, position as u8, &value[..]));
        prev = record.hash(position);
    }
    let head = StreamHead::decode(&read(store, &audit).await.unwrap().1).unwrap();
    assert_eq!(head, StreamHead { position: 2, hash: prev });
}

async fn forms_do_not_mix(store: &dyn Store) {
    let (value, counter, stream) = (key(7, 1), key(7, 2), key(7, 3));
    let commit = Commit::new().put(value.clone(), "v").add(counter.clone(), 1, 0, 9).append(stream.clone(), "s", None);
    store.commit(commit).await.unwrap();
    let refused = [
        Commit::new().put(counter.clone(), "v"),
        Commit::new().put(stream.clone(), "v"),
        Commit::new().add(value.clone(), 1, 0, 9),
        Commit::new().add(stream.clone(), 1, 0, 9),
        Commit::new().append(value, "s", None),
        Commit::new().append(counter, "s", None),
    ];
    for commit in refused {
        let asked = format!("{commit:?}");
        assert!(matches!(store.commit(commit).await, Err(CommitError::Mismatch { .. })), "{asked}");
    }
}

async fn scans_are_ordered_and_bounded(store: &dyn Store) {
    let mut commit = Commit::new().put(Key::organisation(&[8; 16], 2, &1u64), "other kind");
    for id in [3, 1, 0x1ff, 2, u64::MAX] {
        commit = commit.put(key(8, id), id.to_be_bytes());
    }
    store.commit(commit).await.unwrap();
    let prefix = Key::organisation(&[8; 16], 1, &());
    let all = || Scan::prefix(prefix.clone(), 10);
    let cases = [
        (all(), vec![1, 2, 3, 0x1ff, u64::MAX]),
        (all().reversed(), vec![u64::MAX, 0x1ff, 3, 2, 1]),
        (Scan::prefix(prefix.clone(), 2), vec![1, 2]),
        (Scan::prefix(prefix.clone(), 2).reversed(), vec![u64::MAX, 0x1ff]),
        (Scan::prefix(prefix.clone(), 0), vec![]),
        (all().after(key(8, 2)), vec![3, 0x1ff, u64::MAX]),
        (all().after(key(8, 4)), vec![0x1ff, u64::MAX]),
        (all().after(key(8, 3)).reversed(), vec![2, 1]),
        (all().after(key(8, u64::MAX)), vec![]),
        (all().after(key(8, 1)).reversed(), vec![]),
        (all().after(key(9, 0)), vec![]),
        (all().after(key(7, 0)), vec![1, 2, 3, 0x1ff, u64::MAX]),
        (all().after(key(9, 0)).reversed(), vec![u64::MAX, 0x1ff, 3, 2, 1]),
        (all().after(key(7, 0)).reversed(), vec![]),
    ];
    for (scan, expected) in cases {
        let rows = store.scan(scan.clone()).await.unwrap();
        let found: Vec<u64> =
            rows.iter().map(|(_, row)| u64::from_be_bytes(row.value[..].try_into().unwrap())).collect();
        assert_eq!(found, expected, "{scan:?}");
        assert!(rows.iter().all(|(key, _)| key.starts_with(&prefix)));
    }
    let too_many = store.scan(Scan::prefix(prefix, MAX_SCAN + 1)).await;
    assert!(matches!(too_many, Err(StoreError::Limit { .. })));
}

async fn changes_tell_every_commit(store: &dyn Store) {
    let (a, n) = (key(10, 1), key(10, 2));
    let first = store.commit(Commit::new().put(a.clone(), "1").add(n.clone(), 7, 0, 9)).await.unwrap().seq;
    let second = store.commit(Commit::new().delete(a.clone())).await.unwrap().seq;
    let changes = store.changes_since(first - 1, 10).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.seq).collect::<Vec<_>>(), [first, second]);
    let seven = 7i64.to_be_bytes().to_vec();
    assert_eq!(changes[0].writes, [(a.clone(), Some(b"1".to_vec())), (n, Some(seven))]);
    assert_eq!(changes[1].writes, [(a, None)]);
    assert_eq!(store.changes_since(first - 1, 1).await.unwrap(), changes[..1]);
    assert_eq!(store.changes_since(first, 10).await.unwrap(), changes[1..]);
    assert_eq!(store.changes_since(second, 10).await.unwrap(), []);
    assert_eq!(store.changes_since(u64::MAX, 10).await.unwrap(), []);
}

async fn limits_are_named(store: &dyn Store) {
    let long = Key::organisation(&[11; 16], 1, &"x".repeat(MAX_KEY));
    let refused = store.commit(Commit::new().put(long, "")).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { what: "bytes of a key", limit: MAX_KEY, .. })));
    let long = Key::organisation(&[11; 16], 1, &"x".repeat(MAX_KEY - 18 - 7));
    let refused = store.commit(Commit::new().append(long, "", None)).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { what: "bytes of a key", .. })));
    let many = (0..=MAX_OPS).fold(Commit::new(), |commit, _| commit.delete(key(11, 1)));
    let refused = store.commit(many).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { what: "operations", limit: MAX_OPS, .. })));
    let refused = store.commit(Commit::new().put(key(11, 1), vec![7; MAX_COMMIT_BYTES])).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { what: "bytes of a commit", .. })));
    let fits = Key::organisation(&[11; 16], 1, &"x".repeat(MAX_KEY - 18));
    store.commit(Commit::new().put(fits.clone(), vec![7; 1 << 20])).await.unwrap();
    assert_eq!(read(store, &fits).await.unwrap().1.len(), 1 << 20);
}

/// Uniqueness: of many commits that need the same key absent, asked for at once, one is applied.
async fn one_absent_key_lets_one_in(store: &dyn Store) {
    let (name, joined) = (key(12, 1), key(12, 2));
    let attempt =
        |n: u8| store.commit(Commit::new().absent(name.clone()).put(name.clone(), [n]).add(joined.clone(), 1, 0, 9));
    let (a, b, c, d) = tokio::join!(attempt(1), attempt(2), attempt(3), attempt(4));
    assert_eq!([a, b, c, d].iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(decode_counter(&read(store, &joined).await.unwrap().1).unwrap(), 1);
}

/// Two keys that are always written together are always read as written together.
async fn reads_see_whole_commits(store: &dyn Store) {
    let keys = [key(13, 1), key(13, 2)];
    let prefix = Key::organisation(&[13; 16], 1, &());
    for n in 0..100u64 {
        // More writes between the two keys, so that a careless reader has time to come between.
        let commit = (3..40).fold(Commit::new(), |commit, id| commit.put(key(13, id), n.to_be_bytes()));
        let commit = keys.iter().fold(commit, |commit, key| commit.put(key.clone(), n.to_be_bytes()));
        let reads = async {
            for _ in 0..20 {
                let pair = store.read(&keys).await.unwrap();
                assert_eq!(pair[0], pair[1]);
                let rows = store.scan(Scan::prefix(prefix.clone(), 50)).await.unwrap();
                assert!(rows.iter().all(|row| row.1 == rows[0].1), "half a commit in a scan");
            }
        };
        let (committed, ()) = tokio::join!(store.commit(commit), reads);
        committed.unwrap();
    }
}
