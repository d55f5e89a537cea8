//! What goes wrong inside the host, or takes long, while somebody waits: panics, slow compilers, clients that
//! leave.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use usher_domain::policy::seat;
use usher_domain::time::MINUTE;
use usher_server::Config;
use usher_server::testing::{Answer, Compiling, TestHost, TestOrg};
use usher_store::{Due, MemoryStore, OrgScope, Record, due_until};

use crate::front_desk::FrontDesk;
use crate::operators::{Copying, INSIDE};
use crate::process::within;

/// The answer is a problem with a request id that says nothing of the inside, it is counted, the host goes on.
#[track_caller]
fn check_panicked(host: &TestHost, answer: &Answer, count: u32) {
    assert_eq!((answer.status, answer.code()), (500, "internal"), "{}", answer.body);
    assert_eq!(answer.content_type.as_deref(), Some("application/problem+json"));
    assert!(answer.body["request_id"].as_str().unwrap().starts_with("call_"), "{}", answer.body);
    assert!(!answer.body.to_string().contains(INSIDE), "{}", answer.body);
    let metrics = host.client("").get("/metrics").expect(200);
    assert!(metrics.as_str().unwrap().contains(&format!("usher_panics_total {count}")), "{metrics}");
}

#[test]
fn a_panic_ends_its_request_and_no_other() {
    let host = TestHost::with_store(Arc::new(Copying::default()));
    let acme = host.organisation("Acme");
    let backup = host.client(&host.operator).post("/v1/host/backups", &json!({ "name": "panics" }));
    check_panicked(&host, &backup, 1);
    host.pdp.compiling(Compiling::Panics(INSIDE));
    check_panicked(&host, &upload(&host, &acme), 2);
    host.pdp.compiling(Compiling::AtOnce);
    assert_eq!(upload(&host, &acme).status, 201);
}

#[test]
fn a_panic_over_one_mail_does_not_end_the_worker() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    desk.host.world.panic_once();
    let ask = json!({ "by": { "kind": "link", "link": link }, "email": "ada@example.com" });
    drop(desk.host.client("").post("/v1/join/proofs", &ask).expect(201));
    desk.host.work();
    assert_eq!(desk.host.world.mail(), [], "the panic was met");
    desk.host.clock.advance(MINUTE);
    let mail = desk.host.await_mail(1);
    assert_eq!(mail[0].to, "ada@example.com");
    let metrics = desk.host.client("").get("/metrics").expect(200);
    assert!(metrics.as_str().unwrap().contains("usher_panics_total 1"), "{metrics}");
}

#[test]
fn a_long_queue_behind_a_slow_seat_policy_holds_up_no_mail() {
    let desk = FrontDesk::new();
    desk.host.pdp.assign(seat::Verdict::Assign);
    desk.host.pdp.seating_takes(Duration::from_secs(3));
    let plan = desk.plan("Team", 50);
    for n in 0..10 {
        let member = json!({
            "name": "N", "departments": [desk.org.root], "work_email": format!("n{n}@example.com"),
            "seat": { "kind": "none" },
        });
        drop(desk.admin().post(&desk.path("/members"), &member).expect(201));
    }
    let (_, link) = desk.invite(&json!({}));
    let everybody = json!({ "name": "Everybody", "rule": { "role": ["member"] }, "plan": plan });
    drop(desk.admin().post(&desk.path("/groups"), &everybody).expect(201));
    // The worker must have come to those who wait.
    std::thread::sleep(Duration::from_secs(1));
    let ask = json!({ "by": { "kind": "link", "link": link }, "email": "late@example.com" });
    drop(desk.host.client("").post("/v1/join/proofs", &ask).expect(201));
    let came = || desk.host.world.mail().iter().any(|mail| mail.to == "late@example.com");
    let mut tries = (0..1_000).map(|_| std::thread::sleep(Duration::from_millis(10)));
    assert!(tries.any(|()| came()), "the code never came");
    assert!(desk.seats(&plan).0 < 10, "those who wait are still being asked about");
    desk.host.pdp.seating_takes(Duration::ZERO);
}

/// A record of a host that is newer.
#[derive(Serialize, Deserialize)]
struct Unheard {}

impl Record for Unheard {
    const KIND: u8 = 199;
    const VERSION: u16 = 1;
    type Id = u64;
}

#[test]
fn due_work_that_only_a_newer_host_knows_holds_up_nobody() {
    let desk = FrontDesk::new();
    let store = desk.host.app.store.clone();
    let mut writes = OrgScope::new(store.clone(), desk.org.id.parse().unwrap()).writes();
    writes.schedule::<Unheard>(0, &7);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(writes.commit()).unwrap();
    let (_, link) = desk.invite(&json!({}));
    drop(desk.prove(&link, "ada@example.com"));
    let is_kept = |due: &Due| due.kind == Unheard::KIND && due.id == 7_u64.to_be_bytes();
    let all = runtime.block_on(due_until(store.as_ref(), i64::MAX, 1_000)).unwrap();
    assert!(all.iter().any(|due| is_kept(due) && due.at > 0), "a newer host will do it: {all:?}");
}

/// Longer than anything that is waited for takes.
const LONG: Duration = Duration::from_secs(120);

fn impatient(change: impl FnOnce(&mut Config)) -> TestHost {
    let mut config = Config::default();
    change(&mut config);
    TestHost::with(Arc::new(MemoryStore::new()), config)
}

fn upload(host: &TestHost, org: &TestOrg) -> Answer {
    let manifest = json!({
        "name": "mine", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1",
    });
    let body = json!({ "manifest": manifest, "payload": "eA==" });
    host.client(&org.token).post(&format!("/v1/orgs/{}/policies", org.id), &body)
}

fn set_path(org: &TestOrg) -> String {
    format!("/v1/orgs/{}/policy-sets/approval", org.id)
}

fn set_of(policy: &Value) -> String {
    json!({ "entries": [{ "policy": policy["digest"] }] }).to_string()
}

fn activate(host: &TestHost, org: &TestOrg, policy: &Value) -> Answer {
    let (admin, path) = (host.client(&org.token), set_path(org));
    let etag = admin.get(&path).etag.unwrap();
    admin.send("PUT", &path, &[("if-match", &etag)], Some(set_of(policy).as_bytes()))
}

/// Waits until the generation is live although nobody waits for it.
#[track_caller]
fn goes_live(host: &TestHost, org: &TestOrg, generation: u64) {
    let live = || host.client(&org.token).get(&set_path(org)).expect(200)["generation"] == generation;
    within(LONG, || live().then_some(()));
}

#[test]
fn what_compiles_may_take_longer_than_other_requests() {
    let host = impatient(|config| config.request_timeout = Duration::from_secs(2));
    let acme = host.organisation("Acme");
    host.pdp.compiling(Compiling::Takes(Duration::from_secs(4)));
    let policy = upload(&host, &acme).expect(201);
    assert_eq!(activate(&host, &acme, &policy).expect(200)["generation"], 1);
}

#[test]
fn compiling_goes_on_after_the_answer_that_it_takes_too_long() {
    let host = impatient(|config| config.compile_timeout = Duration::from_secs(2));
    let acme = host.organisation("Acme");
    let policy = upload(&host, &acme).expect(201);
    host.pdp.compiling(Compiling::Takes(Duration::from_secs(4)));
    let answer = activate(&host, &acme, &policy);
    assert_eq!((answer.status, answer.code()), (503, "timed_out"));
    goes_live(&host, &acme, 1);
}

#[test]
fn a_policy_set_goes_live_although_who_activated_it_hung_up() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let policy = upload(&host, &acme).expect(201);
    host.pdp.compiling(Compiling::Takes(Duration::from_millis(400)));
    let (path, body) = (set_path(&acme), set_of(&policy));
    let etag = host.client(&acme.token).get(&path).etag.unwrap();
    let compiled = host.pdp.compilings();
    let mut stream = TcpStream::connect(host.address).unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         if-match: {etag}\r\ncontent-length: {}\r\n\r\n{body}",
        acme.token,
        body.len(),
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The host has seen the request before its client is gone.
    within(LONG, || (host.pdp.compilings() > compiled).then_some(()));
    drop(stream);
    goes_live(&host, &acme, 1);
}
