//! Whoever runs the host: their tokens, and the backups they have made.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use usher_domain::time::HOUR;
use usher_server::testing::{Answer, TestHost};
use usher_store::{BackupReport, Change, Commit, CommitError, Committed, Key, MemoryStore, Scan, Store, StoreError};
use usher_store::{VerifyReport, Versioned};

use crate::front_desk::text;

/// What a backup named `panics` says when it panics.
pub const INSIDE: &str = "a secret of the inside";

/// A store in memory whose backups are folders that nobody looks into: there is one named `taken`, and one named
/// `panics` can't be made.
#[derive(Default)]
pub struct Copying(MemoryStore);

#[async_trait]
impl Store for Copying {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        self.0.read(keys).await
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<(Key, Versioned)>, StoreError> {
        self.0.scan(scan).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.0.commit(commit).await
    }

    async fn changes_since(&self, seq: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.0.changes_since(seq, limit).await
    }

    async fn backup(&self, to: &Path) -> Result<BackupReport, StoreError> {
        assert!(!to.ends_with("panics"), "{INSIDE}");
        if to.ends_with("taken") {
            return Err(StoreError::NotEmpty { path: to.into() });
        }
        Ok(BackupReport { seq: 1, files: 2, bytes: 3 })
    }

    async fn compact(&self, upto: u64) -> Result<u64, StoreError> {
        self.0.compact(upto).await
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.0.verify().await
    }
}

#[test]
fn a_backup_goes_below_the_hosts_own_folder_and_over_no_other() {
    let host = TestHost::with_store(Arc::new(Copying::default()));
    let back_up = |body: Value| host.client(&host.operator).post("/v1/host/backups", &body);
    let folder = |name: &str| host.app.backups.join(name).display().to_string();
    let made = back_up(json!({ "name": "first" })).expect(200);
    assert_eq!((text(&made["name"]), text(&made["folder"])), ("first".into(), folder("first")));
    let made = back_up(json!({})).expect(200);
    assert_eq!(text(&made["folder"]), folder("2026-03-02T09-00-00Z"), "the moment, without a name");
    assert_eq!(back_up(json!({ "name": "taken" })).code(), "already_exists");
    for bad in ["", "..", "../elsewhere", "/etc", "a/b", ".hidden", "a\u{0}b"] {
        assert_eq!(back_up(json!({ "name": bad })).code(), "invalid_field", "{bad:?}");
    }
}

/// The operator's tokens of a host, by whichever of them.
struct Tokens<'a>(&'a TestHost);

impl Tokens<'_> {
    fn list(&self, by: &str) -> Vec<Value> {
        self.0.client(by).get("/v1/host/tokens").expect(200)["items"].as_array().unwrap().clone()
    }

    fn make(&self, body: &Value) -> (String, String) {
        shown(&self.0.client(&self.0.operator).post("/v1/host/tokens", body))
    }

    fn rotate(&self, id: &str) -> Answer {
        self.0.client(&self.0.operator).send("POST", &format!("/v1/host/tokens/{id}/rotate"), &[], None)
    }

    fn revoke(&self, by: &str, id: &str) -> Answer {
        self.0.client(by).delete(&format!("/v1/host/tokens/{id}"))
    }

    fn works(&self, token: &str) -> bool {
        match self.0.client(token).get("/v1/orgs") {
            answer if answer.status == 200 => true,
            answer => {
                assert_eq!(answer.code(), "unauthenticated");
                false
            }
        }
    }
}

/// Id and secret of a token that was made.
#[track_caller]
fn shown(made: &Answer) -> (String, String) {
    let made = made.clone().expect(201);
    (text(&made["token"]["id"]), text(&made["secret"]))
}

#[test]
fn operators_tokens_are_made_listed_and_end_when_they_are_revoked_or_expire() {
    let host = TestHost::start();
    let tokens = Tokens(&host);
    let (id, secret) = tokens.make(&json!({ "name": "monitoring" }));
    let (_, short) = tokens.make(&json!({ "name": "one task", "expires_at": "2026-03-02T10:00:00Z" }));
    let listed = tokens.list(&secret);
    let names: Vec<_> = listed.iter().map(|token| token["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["first", "monitoring", "one task"]);
    let all = json!(listed).to_string();
    assert!(!all.contains("hash") && !all.contains(secret.strip_prefix("ush_").unwrap()), "{all}");
    assert!(tokens.works(&secret) && tokens.works(&short));

    host.clock.advance(HOUR);
    assert!(!tokens.works(&short));
    assert_eq!(tokens.revoke(&host.operator, &id).status, 204);
    assert!(!tokens.works(&secret));
    assert_eq!(tokens.revoke(&host.operator, &id).status, 204, "revoked already");
    assert_eq!(tokens.rotate(&id).code(), "wrong_state");
    let token = json!({ "name": "late", "expires_at": "2020-01-01T00:00:00Z" });
    assert_eq!(host.client(&host.operator).post("/v1/host/tokens", &token).code(), "invalid_field");
}

#[test]
fn a_rotated_token_goes_on_for_an_hour_beside_its_successor() {
    let host = TestHost::start();
    let tokens = Tokens(&host);
    let first = text(&tokens.list(&host.operator)[0]["id"]);
    let (id, successor) = shown(&tokens.rotate(&first));
    assert!(tokens.works(&host.operator) && tokens.works(&successor));
    host.clock.advance(HOUR);
    assert!(!tokens.works(&host.operator) && tokens.works(&successor));
    let listed = tokens.list(&successor);
    assert_eq!((text(&listed[1]["id"]), text(&listed[1]["name"])), (id, "first".into()));
    assert_eq!(listed[1].get("expires_at"), None, "the successor has no end, as the first had none");
}

#[test]
fn the_last_operators_token_without_an_end_cannot_be_revoked() {
    let host = TestHost::start();
    let tokens = Tokens(&host);
    let first = text(&tokens.list(&host.operator)[0]["id"]);
    let (_, short) = tokens.make(&json!({ "name": "short", "expires_at": "2026-03-02T10:00:00Z" }));
    let refused = tokens.revoke(&short, &first);
    assert_eq!((refused.status, refused.code()), (409, "last_operator_token"));
    assert!(tokens.works(&host.operator));
    let (_, second) = tokens.make(&json!({ "name": "second" }));
    assert_eq!(tokens.revoke(&second, &first).status, 204);
    assert!(!tokens.works(&host.operator) && tokens.works(&second));
}

#[test]
fn a_host_has_64_operators_tokens_and_ended_ones_make_room() {
    let host = TestHost::start();
    let tokens = Tokens(&host);
    let (id, _) = tokens.make(&json!({ "name": "ends" }));
    for n in 2..64 {
        drop(tokens.make(&json!({ "name": format!("n{n}") })));
    }
    let more = || host.client(&host.operator).post("/v1/host/tokens", &json!({ "name": "more" }));
    assert_eq!(more().code(), "limit_reached");
    assert_eq!(tokens.revoke(&host.operator, &id).status, 204);
    assert_eq!(more().status, 201);
    assert!(tokens.list(&host.operator).iter().all(|token| token["name"] != "ends"));
}
