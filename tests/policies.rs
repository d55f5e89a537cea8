//! Policies that ask too much of a host, most of them real ones on a real host.

use serde_json::{Value, json};
use usher_server::app::counters;
use usher_server::app::policies::upload::MAX_BYTES;
use usher_server::app::policies::{Live, MAX_GENERATIONS, PolicySet};
use usher_server::testing::{Answer, Client};
use usher_store::{OrgScope, Page};

use crate::command::{root, usher};
use crate::front_desk::{FrontDesk, text, waited};
use crate::process::Process;

/// An organisation on a host with an engine.
struct Engine {
    host: Process,
    org: String,
    token: String,
}

impl Engine {
    fn start() -> Engine {
        let host = Process::start();
        let (org, token) = host.organisation();
        Engine { host, org, token }
    }

    fn admin(&self) -> Client {
        self.host.client(&self.token)
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}{rest}", self.org)
    }

    /// Uploads a script for approvals, which may ask about domains; its digest.
    fn upload(&self, script: &str) -> Value {
        self.try_upload(script).expect(201)["digest"].clone()
    }

    fn try_upload(&self, script: &str) -> Answer {
        let manifest = json!({
            "name": "script", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1",
            "facts": ["verified-domains"],
        });
        let payload = data_encoding::BASE64.encode(script.as_bytes());
        self.admin().post(&self.path("/policies"), &json!({ "manifest": manifest, "payload": payload }))
    }

    fn activate(&self, set: &Value) -> Answer {
        let path = self.path("/policy-sets/approval");
        let etag = self.admin().get(&path).etag.unwrap();
        self.admin().send("PUT", &path, &[("if-match", &etag)], Some(set.to_string().as_bytes()))
    }

    /// What the live policies say to so many requests.
    fn ask(&self, requests: usize) -> Vec<Value> {
        let request = std::fs::read(root().join("tests/guests/requests/approval.json")).unwrap();
        let request: Value = serde_json::from_slice(&request).unwrap();
        let question = json!({ "point": "approval", "requests": vec![request; requests] });
        let verdicts = self.admin().post(&self.path("/decisions/ask"), &question).expect(200);
        verdicts["answers"].as_array().unwrap().clone()
    }
}

#[test]
fn a_policy_that_asks_for_one_fact_too_many_faults_and_the_others_decide() {
    let engine = Engine::start();
    let script = r#"
        fn configure(settings) { settings }
        fn decide(request) {
            for n in 0..this.facts { domain_proof(`d${n}.example`); }
            approve("asked", "It has asked enough.")
        }"#;
    let digest = engine.upload(script);
    let entry = |facts: usize, on_fault: &str| {
        let settings = json!({ "facts": facts });
        json!({ "policy": digest, "settings": settings, "grants": ["verified-domains"], "on_fault": on_fault })
    };
    let set = json!({ "entries": [entry(16, "review"), entry(17, "deny")] });
    drop(engine.activate(&set).expect(200));
    for answer in engine.ask(2) {
        assert_eq!((&answer["by"], &answer["decision"]["verdict"]), (&json!(1), &json!("reject")), "{answer}");
        let entries = &answer["entries"];
        assert_eq!(entries[0]["decision"]["verdict"], "approve", "sixteen can be read");
        assert_eq!(text(&entries[1]["fault"]["code"]), "facts-unavailable");
        assert_eq!(entries[1]["facts"].as_array().unwrap().len(), 16);
    }
}

#[test]
fn an_organisation_has_one_policy_compiled_at_a_time_and_more_than_can_wait_are_refused() {
    let engine = Engine::start();
    drop(engine.upload("fn decide(request) { approve(\"first\", \"It has the runtime compiled.\") }"));
    let upload = |n: u32| engine.try_upload(&format!("fn decide(request) {{ approve(\"script-{n}\", \"\") }}"));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..40).map(|n| scope.spawn(move || upload(n))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert!(taken.len() >= 9, "one, and those that wait: {}", taken.len());
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!((answer.status, answer.code()), (429, "too_many_waiting"), "{}", answer.body);
        assert_eq!(answer.body["limit"], "compilations_by_organisation");
    }
    assert_eq!(upload(40).status, 201, "there is room again");
}

impl FrontDesk {
    fn upload(&self, payload: &str) -> Answer {
        let manifest = json!({
            "name": "script", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1",
        });
        self.admin().post(&self.path("/policies"), &json!({ "manifest": manifest, "payload": payload }))
    }

    /// Makes a set of these policies live.
    fn activate(&self, policies: &[&Value]) -> Answer {
        let entries: Vec<Value> = policies.iter().map(|policy| json!({ "policy": policy })).collect();
        self.change_set("PUT", "", &json!({ "entries": entries }))
    }

    fn change_set(&self, method: &str, rest: &str, body: &Value) -> Answer {
        let path = self.path("/policy-sets/approval");
        let etag = self.admin().get(&path).etag.unwrap();
        let (path, body) = (format!("{path}{rest}"), body.to_string());
        self.admin().send(method, &path, &[("if-match", &etag)], Some(body.as_bytes()))
    }

    /// Generations of approval policies that are kept.
    fn generations(&self) -> Vec<u64> {
        let kept = waited(self.scope().page::<PolicySet>(Page::first(500))).unwrap();
        kept.into_iter().map(|((_, generation), _)| generation).collect()
    }

    fn delete_policy(&self, digest: &Value) -> Answer {
        self.admin().delete(&self.path(&format!("/policies/{}", text(digest))))
    }
}

#[test]
fn what_is_live_or_may_be_gone_back_to_keeps_its_policies() {
    let desk = FrontDesk::new();
    let policy = desk.upload("eA==").expect(201)["digest"].clone();
    drop(desk.activate(&[&policy]).expect(200));
    for generation in 1..=10 {
        let refused = desk.delete_policy(&policy);
        assert_eq!((refused.status, refused.code()), (409, "policy_in_use"), "{generation}: {}", refused.body);
        assert_eq!((&refused.body["point"], &refused.body["generation"]), (&json!("approval"), &json!(1)));
        drop(desk.activate(&[]).expect(200));
    }
    assert_eq!(desk.delete_policy(&policy).status, 204, "ten newer generations are there to go back to");
    assert_eq!(desk.delete_policy(&policy).code(), "not_found");
    let back = || desk.change_set("POST", "/roll-back", &json!({ "generation": 1 }));
    let refused = back();
    assert_eq!((refused.status, refused.code()), (409, "wrong_state"), "{}", refused.body);
    assert_eq!(desk.upload("eA==").expect(201)["digest"], policy, "the same one again");
    assert_eq!(back().expect(200)["entries"][0]["policy"], policy);
    assert_eq!(desk.delete_policy(&policy).body["generation"], 12);
    let trail = desk.admin().get(&desk.path("/audit?what=policy")).expect(200);
    let deleted = |entry: &&Value| entry["action"] == "policy.deleted";
    let entry = trail["items"].as_array().unwrap().iter().find(deleted).expect("an entry");
    assert_eq!((&entry["target"], &entry["before"]["digest"]), (&policy, &policy), "{entry}");
}

#[test]
fn so_many_generations_are_kept_and_every_decision() {
    let desk = FrontDesk::new();
    drop(desk.activate(&[]).expect(200));
    let (_, link) = desk.invite(&json!({}));
    drop(desk.join(&link, "ada@example.com"));
    let decision = desk.admin().get(&desk.path("/decisions")).expect(200)["items"][0].clone();
    for generation in 2..=MAX_GENERATIONS {
        assert_eq!(desk.activate(&[]).expect(200)["generation"], generation);
    }
    assert_eq!(desk.generations(), (1..=MAX_GENERATIONS).collect::<Vec<_>>());
    drop(desk.activate(&[]).expect(200));
    let back = |generation: u64| desk.change_set("POST", "/roll-back", &json!({ "generation": generation }));
    assert_eq!(back(1).code(), "not_found");
    assert_eq!(back(3).expect(200)["rolled_back_to"], 3);
    assert_eq!(desk.generations(), (3..=MAX_GENERATIONS + 2).collect::<Vec<_>>());
    let shown = desk.admin().get(&desk.path(&format!("/decisions/{}", text(&decision["id"])))).expect(200);
    assert_eq!((&shown["generation"], &shown), (&json!(1), &decision));
}

#[test]
fn the_live_generation_is_kept_however_many_were_prepared_since() {
    let desk = FrontDesk::new();
    drop(desk.activate(&[]).expect(200));
    let mut writes = desk.scope().writes();
    // As if others had been prepared and none of them had gone live.
    writes.put(&1, &Live { generation: 1, newest: 500 });
    waited(writes.commit()).unwrap();
    drop(desk.activate(&[]).expect(200));
    assert_eq!(desk.generations(), [1, 501]);
    drop(desk.activate(&[]).expect(200));
    assert_eq!(desk.generations(), [501, 502]);
}

#[test]
fn no_set_goes_live_with_a_policy_that_is_deleted_at_the_same_moment() {
    let desk = FrontDesk::new();
    for round in 0..20 {
        let policy = desk.upload(&data_encoding::BASE64.encode(&[round])).expect(201)["digest"].clone();
        let (activated, deleted) = std::thread::scope(|scope| {
            let deleted = scope.spawn(|| desk.delete_policy(&policy));
            (desk.activate(&[&policy]), deleted.join().unwrap())
        });
        let ended = (activated.status, deleted.status);
        assert!([(200, 409), (422, 204)].contains(&ended), "{ended:?}: {} {}", activated.body, deleted.body);
    }
}

#[test]
fn a_policy_is_deleted_by_the_command_and_by_as_much_of_its_digest_as_it_takes() {
    let desk = FrontDesk::new();
    let digests = ["eA==", "eQ=="].map(|payload| text(&desk.upload(payload).expect(201)["digest"]));
    let url = format!("http://{}", desk.host.address);
    let delete = |digest: &str| {
        let command = usher().args(["policy", "delete", digest, "--url", &url]);
        command.args(["--org", &desk.org.id, "--token", &desk.org.token])
    };
    let (_, err) = delete("").ends(1);
    assert!(err.contains("several policies"), "{err}");
    let short = &digests[0]["sha256:".len()..][..12];
    let told = delete(short).succeeds();
    assert!(told.contains(&format!("script 1.0.0 ({short}) is deleted.")), "{told}");
    let (_, err) = delete(&digests[0]).ends(1);
    assert!(err.contains("no policy's digest begins with"), "{err}");
    assert_eq!(desk.admin().get(&desk.path("/policies")).expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_organisation_keeps_only_so_many_bytes_of_policies_and_gets_them_back() {
    let desk = FrontDesk::new();
    let upload = |payload: &str| desk.upload(payload);
    let unused = upload("eA==").expect(201)["digest"].clone();
    let scope = OrgScope::new(desk.host.app.store.clone(), desk.org.id.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut writes = scope.writes();
    writes.add(&counters::policy_bytes(), MAX_BYTES - 10_000, 0, MAX_BYTES);
    runtime.block_on(writes.commit()).unwrap();
    assert_eq!(upload("eQ==").status, 201, "4,097 bytes each fit");
    assert_eq!(upload("eg==").code(), "limit_reached");
    assert_eq!(upload("eA==").status, 201, "what is there already takes nothing");
    assert_eq!(desk.delete_policy(&unused).status, 204);
    assert_eq!(upload("eg==").status, 201, "there is room again");
    assert_eq!(upload("eA==").code(), "limit_reached");
}
