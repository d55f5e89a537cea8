//! Webhooks (R43): in order, at least once, signed, and no burden for anybody when a target fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use usher_domain::ids::{EventId, WebhookId};
use usher_domain::time::{DAY, HOUR};
use usher_server::app::webhooks::{Attempt, Cursor};
use usher_server::ports::Clock as _;
use usher_server::testing::{MeddledStore, TestHost, TestOrg};
use usher_store::{Commit, Op, OrgScope, Page};

use crate::front_desk::waited;
use crate::privacy::holding;
use crate::process::Process;
use crate::receiver::{Got, Receiver};

impl Got {
    fn seq(&self) -> u64 {
        self.json()["seq"].as_u64().unwrap()
    }

    /// Whether it is signed with the secret, by the words of Standard Webhooks and of RFC 2104 alone.
    fn is_signed(&self, secret: &Value) -> bool {
        let mut signed = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).into_bytes();
        signed.extend_from_slice(&self.body);
        let expected = format!("v1,{}", BASE64.encode(&hmac(&key(secret), &signed)));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

/// The bytes of a secret.
fn key(secret: &Value) -> Vec<u8> {
    BASE64.decode(secret.as_str().unwrap().strip_prefix("whsec_").unwrap().as_bytes()).unwrap()
}

/// RFC 2104 over SHA-256, for keys of at most one block.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(key);
        block.map(|byte| byte ^ with)
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

struct Desk {
    host: TestHost,
    org: TestOrg,
}

impl Desk {
    fn new() -> Desk {
        Desk::on(TestHost::start())
    }

    fn on(host: TestHost) -> Desk {
        let org = host.organisation("Acme");
        Desk { host, org }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}{rest}", self.org.id)
    }

    fn post(&self, rest: &str, body: &Value) -> usher_server::testing::Answer {
        self.host.client(&self.org.token).post(&self.path(rest), body)
    }

    fn get(&self, rest: &str) -> Value {
        self.host.client(&self.org.token).get(&self.path(rest)).expect(200)
    }

    fn add(&self, names: &[&str]) {
        for name in names {
            let email = format!("{name}@example.com");
            let body = json!({ "name": name, "departments": [self.org.root], "work_email": email });
            drop(self.post("/members", &body).expect(201));
        }
    }

    /// Makes a webhook: its path and its secret.
    fn webhook(&self, body: &Value) -> (String, Value) {
        let made = self.post("/webhooks", body).expect(201);
        (format!("/webhooks/{}", made["webhook"]["id"].as_str().unwrap()), made["secret"].clone())
    }

    fn patch(&self, rest: &str, body: &Value) -> Value {
        let client = self.host.client(&self.org.token);
        let etag = client.get(&self.path(rest)).etag.unwrap();
        client.patch(&self.path(rest), &etag, body).expect(200)
    }

    /// Waits until the webhook looks so.
    #[track_caller]
    fn wait(&self, webhook: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..6_000 {
            let shown = self.get(webhook);
            if is_so(&shown) {
                return shown;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it stays {}", self.get(webhook));
    }
}

fn seqs(got: &[Got]) -> Vec<u64> {
    got.iter().map(Got::seq).collect()
}

#[test]
fn r43_webhooks_arrive_in_order_and_signed() {
    let (desk, target) = (Desk::new(), Receiver::start("/hooks"));
    desk.add(&["early"]);
    let (webhook, secret) = desk.webhook(&json!({ "url": target.url, "types": ["member.added", "member.joined"] }));
    let (_, all) = desk.webhook(&json!({ "url": format!("{}?all", target.url) }));
    drop(desk.post("/departments", &json!({ "name": "Sales" })).expect(201));
    desk.add(&["ada", "bob", "cleo"]);
    let got: Vec<Got> = target.wait(6).into_iter().filter(|got| got.is_signed(&secret)).collect();
    assert!(target.got().iter().all(|got| got.is_signed(&secret) != got.is_signed(&all)), "each by its own secret");
    assert_eq!(seqs(&got).len(), 3);
    assert!(seqs(&got).is_sorted() && got.iter().all(|got| got.json()["type"] == "member.added"));
    let first = got[0].json();
    assert_eq!((&first["organisation"], &first["id"]), (&json!(desk.org.id), &json!(got[0].header("webhook-id"))));
    assert_eq!(got[0].header("content-type"), "application/json");
    let shown = desk.wait(&webhook, |shown| shown["delivered"] == got[2].seq());
    assert!(shown["secret"].is_null() && !desk.get("/audit").to_string().contains(secret.as_str().unwrap()));
    let attempts = desk.get(&format!("{webhook}/attempts"));
    assert_eq!(attempts["items"].as_array().unwrap().len(), 3);
    assert_eq!((&attempts["items"][0]["seq"], &attempts["items"][0]["status"]), (&json!(got[2].seq()), &json!(204)));
}

#[test]
fn r43_what_is_not_taken_is_tried_again_and_nothing_overtakes_it() {
    let (desk, target) = (Desk::new(), Receiver::start("/hooks"));
    let (webhook, _) = desk.webhook(&json!({ "url": target.url }));
    target.answers(302, Duration::ZERO);
    desk.add(&["ada", "bob"]);
    let failing = desk.wait(&webhook, |shown| !shown["failing_since"].is_null());
    assert_eq!((&failing["delivered"], seqs(&target.got())), (&json!(0), vec![1]), "a redirect is not followed");
    desk.add(&["cleo"]);
    desk.host.work();
    assert_eq!(target.got().len(), 1, "it is not tried before its time");
    target.answers(204, Duration::ZERO);
    desk.host.clock.advance(HOUR);
    assert_eq!(seqs(&target.wait(4)), [1, 1, 2, 3]);
    let ids: BTreeSet<_> = target.got().iter().map(|got| got.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 3, "the same event has the same id");
    let shown = desk.wait(&webhook, |shown| shown["delivered"] == 3);
    assert!(shown["failing_since"].is_null() && shown["retry_at"].is_null());
}

#[test]
fn r43_a_new_secret_signs_beside_the_old_one_for_a_day() {
    let (desk, target) = (Desk::new(), Receiver::start("/hooks"));
    let (webhook, old) = desk.webhook(&json!({ "url": target.url }));
    let new = desk.post(&format!("{webhook}/secret"), &Value::Null).expect(200)["secret"].clone();
    let ping = || {
        assert_eq!(desk.post(&format!("{webhook}/test"), &Value::Null).expect(200)["status"], 204);
        target.got().pop().unwrap()
    };
    let got = ping();
    assert_eq!(got.json()["type"], "ping");
    assert!(got.is_signed(&old) && got.is_signed(&new));
    desk.host.clock.advance(DAY);
    let got = ping();
    assert!(!got.is_signed(&old) && got.is_signed(&new));
}

#[test]
fn r43_events_are_delivered_again_from_a_number_on() {
    let (desk, target) = (Desk::new(), Receiver::start("/hooks"));
    let (webhook, _) = desk.webhook(&json!({ "url": target.url }));
    desk.add(&["ada", "bob", "cleo"]);
    drop(target.wait(3));
    drop(desk.wait(&webhook, |shown| shown["delivered"] == 3));
    drop(desk.post(&format!("{webhook}/redeliver"), &json!({ "from": 2 })).expect(200));
    assert_eq!(seqs(&target.wait(5)), [1, 2, 3, 2, 3]);
    drop(desk.wait(&webhook, |shown| shown["delivered"] == 3));
    let beyond = desk.post(&format!("{webhook}/redeliver"), &json!({ "from": 5 }));
    assert_eq!((beyond.status, beyond.code()), (422, "invalid_field"));
}

#[test]
fn r43_who_fails_for_days_or_is_gone_is_switched_off_and_loses_nothing() {
    let check = |status: u16, wait: i64, state: &str| {
        let (desk, target) = (Desk::new(), Receiver::start("/hooks"));
        let (webhook, _) = desk.webhook(&json!({ "url": target.url }));
        target.answers(status, Duration::ZERO);
        desk.add(&["ada"]);
        drop(target.wait(1));
        if wait > 0 {
            drop(desk.wait(&webhook, |shown| !shown["failing_since"].is_null()));
            desk.host.clock.advance(wait);
        }
        drop(desk.wait(&webhook, |shown| shown["state"] == state));
        let told = desk.get("/events?after=1");
        assert_eq!(
            (&told["items"][0]["type"], &told["items"][0]["data"]["because"]),
            (&json!("webhook.switched_off"), &json!(state))
        );
        let before = target.got().len();
        desk.add(&["bob"]);
        desk.host.work();
        assert_eq!(target.got().len(), before, "{state}");
        target.answers(200, Duration::ZERO);
        drop(desk.patch(&webhook, &json!({ "enabled": true })));
        assert_eq!(seqs(&target.wait(before + 3)[before..]), [1, 2, 3], "{state}");
    };
    check(500, 5 * DAY, "failing");
    check(410, 0, "gone");
}

#[test]
fn r43_a_slow_target_holds_up_nobody_else() {
    let (desk, slow, quick) = (Desk::new(), Receiver::start("/hooks"), Receiver::start("/hooks"));
    slow.answers(204, Duration::from_secs(600));
    drop(desk.webhook(&json!({ "url": slow.url })));
    drop(desk.webhook(&json!({ "url": quick.url })));
    desk.add(&["ada", "bob", "cleo"]);
    assert_eq!(seqs(&quick.wait(3)), [1, 2, 3]);
    assert!(slow.got().len() <= 1);
}

#[test]
fn r43_there_are_as_many_webhooks_as_there_may_be() {
    let desk = Desk::new();
    let new = json!({ "url": "https://example.com/hooks" });
    for _ in 0..8 {
        drop(desk.webhook(&new));
    }
    let ninth = desk.post("/webhooks", &new);
    assert_eq!((ninth.status, ninth.code()), (409, "limit_reached"));
    let first = desk.get("/webhooks")["items"][0]["id"].as_str().unwrap().to_owned();
    let client = desk.host.client(&desk.org.token);
    assert_eq!(client.delete(&desk.path(&format!("/webhooks/{first}"))).status, 204);
    drop(desk.webhook(&new));
}

#[test]
fn r43_an_attempt_that_is_kept_while_its_webhook_is_removed_goes_with_it() {
    let store = Arc::new(MeddledStore::default());
    let desk = Desk::on(TestHost::with_store(store.clone()));
    let (webhook, _) = desk.webhook(&json!({ "url": "https://example.com/hooks" }));
    let id: WebhookId = webhook.rsplit('/').next().unwrap().parse().unwrap();
    let scope = OrgScope::new(store.clone(), desk.org.id.parse().unwrap());
    let (at, event, data) = (desk.host.clock.now(), EventId::from_bytes([1; 16]), scope.clone());
    let removes_a_cursor = |commit: &Commit| commit.ops.iter().any(|op| matches!(op, Op::Delete { .. }));
    store.before(removes_a_cursor, move || {
        let cursor = waited(data.get::<Cursor>(&id)).unwrap().expect("it has come so far");
        let mut writes = data.writes();
        let attempt = Attempt { at, event, seq: Some(1), status: Some(200), took: 1, error: None };
        writes.put(&(id, 1), &attempt);
        writes.replace(&id, cursor.version, &Cursor { attempted: 1, ..cursor.record });
        waited(writes.commit()).expect("nobody was in the way");
    });
    assert_eq!(desk.host.client(&desk.org.token).delete(&desk.path(&webhook)).status, 204);
    assert!(store.has_happened(), "it was about to be removed");
    assert!(waited(scope.page_within::<Attempt>(&id, Page::first(9))).unwrap().is_empty());
}

#[test]
fn r43_nothing_is_lost_when_the_host_is_killed_in_the_middle() {
    let (mut host, target) = (Process::start(), Receiver::start("/hooks"));
    let (org, token) = host.organisation();
    let webhooks = format!("/v1/orgs/{org}/webhooks");
    for url in [target.url.as_str(), "https://127.0.0.1/", "https://[::ffff:169.254.169.254]/", "https://10.1.2.3/"] {
        let refused = host.client(&token).post(&webhooks, &json!({ "url": url }));
        assert_eq!((refused.status, refused.code()), (422, "target_refused"), "{url}");
    }
    host.stop();
    host.more = vec!["--webhooks-to-private".to_owned()];
    host.go_on();
    let made = host.client(&token).post(&webhooks, &json!({ "url": target.url })).expect(201);
    assert_eq!(holding(&host.data().join("store"), &[key(&made["secret"])]), [""; 0], "the secret is sealed at rest");
    let root = host.client(&token).get(&format!("/v1/orgs/{org}")).expect(200)["root_department"].clone();
    let add = |host: &Process, name: &str| {
        let body = json!({ "name": name, "departments": [root], "work_email": format!("{name}@example.com") });
        drop(host.client(&token).post(&format!("/v1/orgs/{org}/members"), &body).expect(201));
    };
    add(&host, "ada");
    drop(target.wait(1));
    // The second is under way when the host is killed, the third and fourth wait behind it.
    target.answers(204, Duration::from_secs(12));
    for name in ["bob", "cleo", "dora"] {
        add(&host, name);
    }
    drop(target.wait(2));
    host.kill();
    target.answers(204, Duration::ZERO);
    host.go_on();
    add(&host, "eve");
    let mut seen = seqs(&target.wait(6));
    assert!(seen.is_sorted(), "{seen:?}");
    seen.dedup();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[test]
fn r43_tests_of_webhooks_wait_for_their_targets_one_at_a_time() {
    let (desk, target) = (Desk::new(), Receiver::start("/hooks"));
    let (webhook, _) = desk.webhook(&json!({ "url": target.url }));
    target.answers(204, Duration::from_secs(10));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| desk.post(&format!("{webhook}/test"), &Value::Null));
        drop(target.wait(1));
        let refused = desk.post(&format!("{webhook}/test"), &Value::Null);
        assert_eq!((refused.status, &refused.body["limit"]), (429, &json!("webhook_tests")), "{}", refused.body);
        target.answers(204, Duration::ZERO);
        assert_eq!(first.join().unwrap().expect(200)["status"], 204);
    });
    assert_eq!(desk.post(&format!("{webhook}/test"), &Value::Null).expect(200)["status"], 204);
}
