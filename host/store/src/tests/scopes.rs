//! Typed scopes over a store: records, counters, streams, look-ups; and that no scope reaches another's data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use usher_domain::ids::OrgId;

use super::block_on;
use crate::{
    CommitError, Counter, Host, HostScope, Lookup, MemoryStore, OrgScope, Page, Record, Store, StoreError, due_until,
    find, lookup_key,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Member {
    name: String,
}

impl Record for Member {
    const KIND: u8 = 1;
    const VERSION: u16 = 1;
    type Id = [u8; 4];
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct InDepartment {}

impl Record for InDepartment {
    const KIND: u8 = 2;
    const VERSION: u16 = 1;
    type Id = (u8, [u8; 4]);
}

struct Address;

impl Lookup for Address {
    const KIND: u8 = 1;
    type Id = [u8; 4];
}

fn scopes() -> (Arc<dyn Store>, OrgScope, OrgScope) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let scope = |n| OrgScope::new(Arc::clone(&store), OrgId::from_bytes([n; 16]));
    let scopes = (scope(1), scope(2));
    (store, scopes.0, scopes.1)
}

fn member(name: &str) -> Member {
    Member { name: name.into() }
}

#[test]
fn a_plan_is_written_whole_and_seen_by_its_organisation_alone() {
    let (store, acme, other) = scopes();
    let seats = Counter::new(1, &());
    block_on(async {
        let mut writes = acme.writes();
        writes.insert(b"ada.", &member("Ada"));
        writes.put(&(7, *b"ada."), &InDepartment {});
        let taken = writes.add(&seats, 1, 0, 2);
        let event = writes.append_event("joined");
        let entry = writes.append_audit("let in", [3; 32]);
        writes.claim::<Address>(b"ada@example.com", b"ada.");
        writes.schedule::<Member>(1_000, b"ada.");
        writes.host(|host| host.put(b"acme", &member("Acme")));
        let done = writes.commit().await.unwrap();
        assert_eq!((done.version, done.counter(taken), done.position(event), done.position(entry)), (1, 1, 1, 1));

        let ada = acme.get::<Member>(b"ada.").await.unwrap().unwrap();
        assert_eq!((ada.version, ada.record), (done.seq, member("Ada")));
        assert_eq!(acme.events(Page::first(9)).await.unwrap(), [(1, b"joined".to_vec())]);
        assert_eq!(acme.events(Page::last(9)).await.unwrap().len(), 1);
        let audit = acme.audit(Page::first(9)).await.unwrap();
        assert_eq!((audit[0].0, audit[0].1.link, &audit[0].1.value[..]), (1, [3; 32], &b"let in"[..]));
        assert_eq!(find::<Address>(&*store, b"ada@example.com").await.unwrap(), Some((*acme.owner(), *b"ada.")));
        let due = due_until(&*store, 1_000, 9).await.unwrap();
        assert_eq!((due[0].at, due[0].org, due[0].kind, &due[0].id[..]), (1_000, *acme.owner(), 1, &b"ada."[..]));
        assert_eq!(due_until(&*store, 999, 9).await.unwrap(), []);
        assert!(HostScope::new(store, Host).get::<Member>(b"acme").await.unwrap().is_some());

        assert_eq!(other.get::<Member>(b"ada.").await.unwrap(), None);
        assert_eq!(other.page::<Member>(Page::first(9)).await.unwrap(), []);
        assert_eq!(other.counter(&seats).await.unwrap(), 0);
        assert_eq!(other.version().await.unwrap(), 0);
        assert_eq!(other.events(Page::first(9)).await.unwrap(), []);
        assert_eq!(other.claimed::<Address>(b"ada@example.com").await.unwrap(), None);
    });
}

#[test]
fn a_refusal_names_what_was_in_the_way() {
    let (_, acme, other) = scopes();
    block_on(async {
        let mut writes = acme.writes();
        writes.insert(b"ada.", &member("Ada"));
        writes.claim::<Address>(b"ada@example.com", b"ada.");
        let seq = writes.commit().await.unwrap().seq;

        let mut writes = acme.writes();
        writes.insert(b"ada.", &member("Eve"));
        let key = acme.key::<Member>(b"ada.");
        assert!(matches!(writes.commit().await, Err(CommitError::Conflict { key: found }) if found == key));

        let mut writes = acme.writes();
        writes.replace(b"ada.", seq + 1, &member("Eve"));
        assert!(matches!(writes.commit().await, Err(CommitError::Conflict { .. })));

        let mut writes = other.writes();
        writes.claim::<Address>(b"ada@example.com", b"eve.");
        let key = lookup_key::<Address>(b"ada@example.com");
        assert!(matches!(writes.commit().await, Err(CommitError::Conflict { key: found }) if found == key));
        assert_eq!(acme.version().await.unwrap(), 1);

        let claim = acme.claimed::<Address>(b"ada@example.com").await.unwrap().unwrap();
        let mut writes = acme.writes();
        writes.release(claim.clone());
        writes.delete::<Member>(b"ada.");
        writes.commit().await.unwrap();
        let mut writes = acme.writes();
        writes.release(claim);
        assert!(matches!(writes.commit().await, Err(CommitError::Conflict { key: found }) if found == key));
        let mut writes = other.writes();
        writes.claim::<Address>(b"ada@example.com", b"eve.");
        writes.commit().await.unwrap();
    });
}

#[test]
fn pages_follow_each_other_and_can_be_narrowed() {
    let (_, acme, _) = scopes();
    block_on(async {
        let mut writes = acme.writes();
        for (department, name) in [(1, b"ada."), (1, b"eve."), (2, b"bob.")] {
            writes.put(name, &member("x"));
            writes.put(&(department, *name), &InDepartment {});
        }
        for n in 0..3u8 {
            writes.append_event([n]);
        }
        writes.commit().await.unwrap();
        let names = |rows: Vec<([u8; 4], crate::Stored<Member>)>| rows.into_iter().map(|row| row.0).collect::<Vec<_>>();
        let first = names(acme.page::<Member>(Page::first(2)).await.unwrap());
        assert_eq!(first, [*b"ada.", *b"bob."]);
        let next = acme.page::<Member>(Page::first(2).after(first.last().copied())).await.unwrap();
        assert_eq!(names(next), [*b"eve."]);
        assert_eq!(names(acme.page::<Member>(Page::last(1)).await.unwrap()), [*b"eve."]);
        let within = acme.page_within::<InDepartment>(&1u8, Page::first(9)).await.unwrap();
        assert_eq!(within.iter().map(|row| row.0.1).collect::<Vec<_>>(), [*b"ada.", *b"eve."]);
        let positions = |rows: Vec<(u64, Vec<u8>)>| rows.into_iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(positions(acme.events(Page::first(2)).await.unwrap()), [1, 2]);
        assert_eq!(positions(acme.events(Page::first(2).after(Some(2))).await.unwrap()), [3]);
        assert_eq!(positions(acme.events(Page::last(3)).await.unwrap()), [3, 2, 1]);
    });
}

#[test]
fn a_value_of_another_kind_is_an_error_that_names_its_key() {
    let (store, acme, _) = scopes();
    block_on(async {
        let key = acme.key::<Member>(b"ada.");
        store.commit(crate::Commit::new().put(key.clone(), "\x05\0\x01\u{0}")).await.unwrap();
        match acme.get::<Member>(b"ada.").await {
            Err(StoreError::Record { key: found, source }) => {
                assert_eq!(found, key);
                assert_eq!(source.to_string(), "the value is a record of kind 5, not 1");
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn each_slot_finds_its_own_outcome() {
    let (store, acme, _) = scopes();
    let counters = [1, 2].map(|kind| Counter::new(kind, &()));
    block_on(async {
        let mut writes = acme.writes();
        let added = [writes.add(&counters[0], 5, 0, 9), writes.add(&counters[1], 7, 0, 9)];
        let events = [writes.append_event("a"), writes.append_event("b")];
        writes.schedule::<Member>(1_000, b"ada.");
        let done = writes.commit().await.unwrap();
        assert_eq!(added.map(|slot| done.counter(slot)), [5, 7]);
        assert_eq!(events.map(|slot| done.position(slot)), [1, 2]);

        let mut writes = acme.writes();
        writes.delete_counter(&counters[0]);
        writes.unschedule::<Member>(1_000, b"ada.");
        assert_eq!(writes.commit().await.unwrap().version, 2);
        assert_eq!(acme.counter(&counters[0]).await.unwrap(), 0);
        assert_eq!(due_until(&*store, 1_000, 9).await.unwrap(), []);
    });
}

/// A struct without names is no map.
#[derive(Serialize, Deserialize)]
struct Nameless(u8);

impl Record for Nameless {
    const KIND: u8 = 3;
    const VERSION: u16 = 1;
    type Id = [u8; 4];
}

#[test]
fn a_plan_with_a_record_that_cannot_be_written_changes_nothing() {
    let (_, acme, _) = scopes();
    block_on(async {
        let mut writes = acme.writes();
        writes.put(b"ada.", &member("Ada"));
        writes.put(b"odd.", &Nameless(1));
        let refused = writes.commit().await.unwrap_err().to_string();
        assert!(refused.contains("not a CBOR map"), "{refused}");
        assert_eq!(acme.version().await.unwrap(), 0);
    });
}

#[test]
fn a_key_that_is_longer_than_its_id_is_no_record() {
    let (store, acme, _) = scopes();
    block_on(async {
        let key = acme.key::<Member>(b"ada.").join(&1u8);
        store.commit(crate::Commit::new().put(key, crate::encode(&member("Ada")).unwrap())).await.unwrap();
        let refused = acme.page::<Member>(Page::first(9)).await;
        assert!(matches!(refused, Err(StoreError::Value { .. })), "{refused:?}");
    });
}
