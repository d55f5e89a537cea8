//! Domains, connections and whose login it is (R21, R39 to R41).

use std::collections::BTreeSet;
use std::sync::Barrier;

use serde_json::{Value, json};
use usher_domain::ids::OrgId;
use usher_domain::policy::sso::Verdict;
use usher_domain::time::SECOND;
use usher_server::app::sso::index::{self, SWEEP_AFTER};
use usher_server::app::stored::{MatchKey, Member};
use usher_server::testing::Answer;
use usher_store::{CommitError, OrgScope, Page};

use crate::front_desk::{FrontDesk, text};

/// An organisation with a connection that `acme.example` is proved for and bound to, and a member Ada.
pub struct Sso {
    /// The organisation.
    pub desk: FrontDesk,
    /// The connection's id.
    pub connection: String,
    ada: String,
}

impl Sso {
    fn new() -> Sso {
        Sso::on(FrontDesk::new())
    }

    /// On a desk of your own.
    pub fn on(desk: FrontDesk) -> Sso {
        desk.host.give_password(&desk.org);
        let new = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.acme.example" });
        let connection = text(&desk.admin().post(&desk.path("/sso/connections"), &new).expect(201)["id"]);
        let sso = Sso { connection, ada: add(&desk, "ada@acme.example"), desk };
        sso.prove("acme.example");
        let binding = json!({ "connection": sso.connection }).to_string();
        let path = sso.desk.path("/domains/acme.example/connection");
        drop(sso.desk.admin().send("PUT", &path, &[], Some(binding.as_bytes())).expect(200));
        sso
    }

    fn prove(&self, name: &str) {
        let domain = self.desk.admin().post(&self.desk.path("/domains"), &json!({ "domain": name })).expect(201);
        self.desk.host.world.publish(&text(&domain["txt_name"]), &text(&domain["txt_value"]));
        let path = self.desk.path(&format!("/domains/{name}/check"));
        drop(self.desk.admin().send("POST", &path, &[], None).expect(200));
    }

    /// Makes a matching policy live whose faults come to `on_fault`; the number of its generation.
    fn activate(&self, on_fault: &str) -> u64 {
        let manifest = json!({
            "name": "match", "version": "1.0.0", "kind": "rhai", "point": "sso-matching", "contract": "1.0.0-rc.1",
        });
        let policy = json!({ "manifest": manifest, "payload": "eA==" });
        let digest = self.desk.admin().post(&self.desk.path("/policies"), &policy).expect(201)["digest"].clone();
        let set = json!({ "entries": [{ "policy": digest, "on_fault": on_fault }] });
        self.change_set("PUT", "", &set)
    }

    fn change_set(&self, method: &str, rest: &str, body: &Value) -> u64 {
        let path = self.desk.path("/policy-sets/sso-matching");
        let etag = self.desk.admin().get(&path).etag.unwrap();
        let body = body.to_string();
        let changed = self.desk.admin().send(method, &(path + rest), &[("if-match", &etag)], Some(body.as_bytes()));
        changed.expect(200)["generation"].as_u64().unwrap()
    }

    /// Asks whose login it is.
    pub fn login(&self, subject: &str, email: &str) -> Answer {
        let body = json!({
            "connection": self.connection, "subject": subject,
            "claims": [{ "kind": "work-email", "value": email, "verified": true }],
        });
        self.desk.admin().post(&self.desk.path("/sso/logins/match"), &body)
    }
}

fn add(desk: &FrontDesk, email: &str) -> String {
    let body = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": email });
    text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"])
}

#[test]
fn r40_of_many_first_logins_at_once_none_is_a_mismatch() {
    const AT_ONCE: usize = 24;
    let sso = Sso::new();
    sso.desk.host.pdp.matching(Verdict::Match);
    let start = Barrier::new(AT_ONCE);
    let log_in = || {
        start.wait();
        sso.login("s-1", "ada@acme.example")
    };
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(log_in)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    let matched =
        answers.into_iter().map(|answer| answer.expect(200)).inspect(|body| assert_eq!(body["member"], sso.ada));
    assert_eq!(matched.filter(|body| body["outcome"] == "matched").count(), 1, "one makes the link");
}

#[test]
fn r39_r40_a_first_login_is_matched_and_from_then_on_the_subject_decides() {
    let sso = Sso::new();
    sso.desk.host.pdp.matching(Verdict::Match);
    let first = sso.login("s-1", "ADA@acme.example").expect(200);
    assert_eq!((&first["member"], &first["outcome"]), (&json!(sso.ada), &json!("matched")));
    assert_eq!(sso.desk.member(&json!(sso.ada))["state"], "active");

    sso.desk.host.pdp.matching(Verdict::Mismatch);
    let renamed = sso.login("s-1", "somebody.else@acme.example").expect(200);
    assert_eq!((&renamed["member"], &renamed["outcome"]), (&json!(sso.ada), &json!("linked")));
    sso.desk.host.pdp.matching(Verdict::Match);
    let other = sso.login("S-1", "ada@acme.example");
    assert_eq!(other.code(), "identity_mismatch", "byte for byte, and Ada is linked to another subject");
}

#[test]
fn r39_a_mismatch_tells_the_person_nothing_and_the_admin_both_addresses() {
    let sso = Sso::new();
    let refused = sso.login("s-1", "ada@acme.example");
    assert_eq!((refused.status, refused.code()), (403, "identity_mismatch"));
    assert!(!refused.body.to_string().contains("ada@"), "{}", refused.body);
    let audit = sso.desk.admin().get(&sso.desk.path("/audit?limit=1")).expect(200);
    let entry = &audit["items"][0];
    assert_eq!(entry["action"], "login.refused");
    let after = entry["after"].to_string();
    assert!(after.contains("told-to") && after.matches("ada@acme.example").count() >= 2, "{after}");
}

#[test]
fn r40_no_policy_matches_an_address_that_does_not_count() {
    let sso = Sso::new();
    sso.desk.host.pdp.matching(Verdict::Match);
    let eve = add(&sso.desk, "eve@elsewhere.example");
    assert_eq!(sso.login("s-2", "eve@elsewhere.example").code(), "identity_mismatch", "unproved");
    sso.prove("elsewhere.example");
    assert_eq!(sso.login("s-2", "eve@elsewhere.example").code(), "identity_mismatch", "not bound");
    let binding = json!({ "connection": sso.connection }).to_string();
    let path = sso.desk.path("/domains/elsewhere.example/connection");
    drop(sso.desk.admin().send("PUT", &path, &[], Some(binding.as_bytes())).expect(200));
    assert_eq!(sso.login("s-2", "eve@elsewhere.example").expect(200)["member"], json!(eve));
}

#[test]
fn r41_a_matching_policy_sees_each_address_raw_and_in_one_spelling_with_what_speaks_for_it() {
    let sso = Sso::new();
    assert_eq!(sso.login("s-1", "ADA@Acme.Example").code(), "identity_mismatch");
    let request = &sso.desk.admin().get(&sso.desk.path("/decisions?limit=1")).expect(200)["items"][0]["request"];
    let check = |claims: &Value, raw: &str, evidence: &[&str]| {
        let [claim] = claims.as_array().unwrap().as_slice() else { panic!("{claims}") };
        let address = json!({
            "raw": raw, "canonical": "ada@acme.example", "domain": "acme.example", "evidence": evidence,
        });
        assert_eq!(claim, &json!({ "kind": "work-email", "value": raw, "address": address }));
    };
    check(&request["login"]["claims"], "ADA@Acme.Example", &["idp-verified", "domain-dns", "domain-connection"]);
    // An admin entered it, and nobody has proved it.
    check(&request["candidates"][0]["claims"], "ada@acme.example", &[]);
}

#[test]
fn r39_a_login_under_review_is_refused_until_then() {
    let sso = Sso::new();
    sso.desk.host.pdp.matching(Verdict::Review);
    assert_eq!(sso.login("s-1", "ada@acme.example").code(), "login_under_review");
}

#[test]
fn r39_more_than_16_candidates_are_a_fault_and_never_cut_silently() {
    let sso = Sso::new();
    sso.desk.host.pdp.matching(Verdict::Match);
    let hire = |n: usize| {
        let email = format!("n{n}@acme.example");
        let body =
            json!({ "name": "N", "departments": [sso.desk.org.root], "work_email": email, "employee_number": "7" });
        drop(sso.desk.admin().post(&sso.desk.path("/members"), &body).expect(201));
    };
    let login = |subject: &str| {
        let body = json!({ "connection": sso.connection, "subject": subject, "claims": [
            { "kind": "work-email", "value": "somebody@acme.example", "verified": true },
            { "kind": "employee-number", "value": "7" },
        ] });
        sso.desk.admin().post(&sso.desk.path("/sso/logins/match"), &body)
    };
    let check = |code: &str, outcome: &str, generation: u64| {
        // Decisions are listed by when they were made.
        sso.desk.host.clock.advance(SECOND);
        assert_eq!(login("s-17").code(), code);
        let decision = &sso.desk.admin().get(&sso.desk.path("/decisions?limit=1")).expect(200)["items"][0];
        assert_eq!((&decision["outcome"], &decision["generation"]), (&json!(outcome), &json!(generation)));
        let reason = &decision["answer"]["decision"]["reasons"][0];
        assert_eq!(reason["code"], "policy-fault");
        assert_eq!(reason["params"], json!([{ "name": "fault", "value": "too-many-candidates" }]));
        assert_eq!(decision["request"]["candidates"].as_array().unwrap().len(), 17);
    };
    (0..16).for_each(hire);
    assert_eq!(login("s-16").status, 200, "sixteen are no fault");
    hire(16);
    hire(17);
    check("identity_mismatch", "identity_mismatch", 0);
    let generation = sso.activate("review");
    check("login_under_review", "review", generation);
    let generation = sso.activate("deny");
    check("identity_mismatch", "identity_mismatch", generation);
    let metrics = sso.desk.host.client("").get("/metrics").expect(200);
    let line = r#"usher_policy_faults_total{point="sso-matching",fault="too-many-candidates"} 3"#;
    assert!(metrics.as_str().unwrap().contains(line), "{metrics}");
}

#[test]
fn r39_match_keys_of_policies_that_were_are_swept_and_rolling_back_needs_none() {
    let sso = Sso::new();
    sso.desk.host.pdp.matching(Verdict::Match);
    let org: OrgId = sso.desk.org.id.parse().unwrap();
    let scope = OrgScope::new(sso.desk.host.app.store.clone(), org);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // More than one step sweeps.
    let mut writes = scope.writes();
    for n in 0..2_500_u64 {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&n.to_be_bytes());
        writes.put(&(0, (hash, sso.ada.parse().unwrap())), &MatchKey {});
    }
    runtime.block_on(writes.commit()).unwrap();
    let generations = || -> BTreeSet<u64> {
        let rows = runtime.block_on(scope.page::<MatchKey>(Page::first(10_000))).unwrap();
        rows.into_iter().map(|((generation, _), _)| generation).collect()
    };
    assert_eq!((sso.activate("deny"), sso.activate("review")), (1, 2));
    sso.desk.host.work();
    assert_eq!(generations(), BTreeSet::from([0, 1, 2]), "logins under way still need them");

    sso.desk.host.clock.advance(SWEEP_AFTER);
    for _ in 0..4 {
        sso.desk.host.work();
        sso.desk.host.clock.advance(SECOND);
    }
    assert_eq!(generations(), BTreeSet::from([2]));
    assert_eq!(sso.login("s-1", "ada@acme.example").expect(200)["member"], sso.ada);
    assert_eq!(sso.change_set("POST", "/roll-back", &json!({ "generation": 1 })), 3);
    let bob = add(&sso.desk, "bob@acme.example");
    assert_eq!(sso.login("s-2", "bob@acme.example").expect(200)["member"], bob);
    assert_eq!(generations(), BTreeSet::from([2, 3]));
}

#[test]
fn r39_who_was_indexed_before_a_matching_policy_was_announced_is_not_written_after_it() {
    let sso = Sso::new();
    let app = &sso.desk.host.app;
    let scope = OrgScope::new(app.store.clone(), sso.desk.org.id.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for _ in 0..2 {
        let ada = runtime.block_on(scope.get::<Member>(&sso.ada.parse().unwrap())).unwrap().unwrap();
        let mut writes = scope.writes();
        runtime.block_on(index::add(app, &scope, &mut writes, &ada.record.0)).unwrap();
        sso.activate("deny");
        let late = runtime.block_on(writes.commit());
        assert!(matches!(late, Err(CommitError::Conflict { .. })), "{late:?}");
    }
}

#[test]
fn r39_members_with_many_attributes_do_not_keep_a_matching_policy_from_going_live() {
    let sso = Sso::new();
    let attributes: serde_json::Map<_, _> = (0..50).map(|n| (format!("a{n}"), json!("x"))).collect();
    for n in 0..200 {
        let body = json!({
            "name": "N", "departments": [sso.desk.org.root], "work_email": format!("n{n}@acme.example"),
            "attributes": attributes,
        });
        drop(sso.desk.admin().post(&sso.desk.path("/members"), &body).expect(201));
    }
    assert_eq!(sso.activate("deny"), 1);
    sso.desk.host.pdp.matching(Verdict::Match);
    for email in ["n0@acme.example", "n199@acme.example"] {
        assert_eq!(sso.login(email, email).status, 200);
    }
}

#[test]
fn r19_where_seats_were_bought_no_seat_means_no_login() {
    let sso = Sso::new();
    let plan = sso.desk.plan("Team", 5);
    sso.desk.host.pdp.matching(Verdict::Match);
    let first = sso.login("s-1", "ada@acme.example").expect(200);
    assert_eq!((&first["member"], &first["may_log_in"]), (&json!(sso.ada), &json!(false)));
    let path = sso.desk.path(&format!("/members/{}/seats/{plan}", sso.ada));
    drop(sso.desk.admin().send("PUT", &path, &[], None).expect(200));
    assert_eq!(sso.login("s-1", "ada@acme.example").expect(200)["may_log_in"], true);
}

#[test]
fn r21_which_domains_are_taken() {
    let desk = FrontDesk::new();
    let add = |name: &str| desk.admin().post(&desk.path("/domains"), &json!({ "domain": name }));
    assert_eq!(add("gmail.com").code(), "public_mail_provider");
    assert_eq!(add("no domain").code(), "invalid_field");
    assert_eq!(add("bücher.example").expect(201)["domain"], "xn--bcher-kva.example");
    assert_eq!(add("BÜCHER.example").code(), "already_exists");
    for n in 1..20 {
        drop(add(&format!("d{n}.example")).expect(201));
    }
    assert_eq!(add("d20.example").code(), "limit_reached");
    let removed = desk.admin().delete(&desk.path("/domains/d1.example"));
    assert_eq!((removed.status, add("d20.example").status), (204, 201));
}

#[test]
fn r21_a_domain_is_proved_by_one_organisation_of_the_host() {
    let sso = Sso::new();
    let rival = sso.desk.host.organisation("Rival");
    let client = sso.desk.host.client(&rival.token);
    let path = |rest: &str| format!("/v1/orgs/{}/domains{rest}", rival.id);
    let added = client.post(&path(""), &json!({ "domain": "acme.example" })).expect(201);
    let check = || client.send("POST", &path("/acme.example/check"), &[], None);
    assert_eq!(check().code(), "domain_not_proved");
    sso.desk.host.world.publish(&text(&added["txt_name"]), &text(&added["txt_value"]));
    assert_eq!(check().code(), "domain_taken");
}

#[test]
fn r21_a_mailed_code_proves_affiliation() {
    let desk = FrontDesk::new();
    drop(desk.admin().post(&desk.path("/domains"), &json!({ "domain": "acme.example" })).expect(201));
    let ask = |email: &str| desk.admin().post(&desk.path("/domains/acme.example/mail"), &json!({ "email": email }));
    assert_eq!(ask("it@elsewhere.example").code(), "invalid_field");
    let proof: Value = ask("it@acme.example").expect(200)["proof"].clone();
    let typed = json!({ "proof": proof, "code": desk.code_to("it@acme.example") });
    let proved = desk.admin().post(&desk.path("/domains/acme.example/mail/check"), &typed).expect(200);
    assert_eq!(proved["proof"], "domain-mail");
}

#[test]
fn r19_single_sign_on_is_switched_on_only_where_a_primary_admin_could_break_the_glass() {
    let desk = FrontDesk::new();
    let path = desk.path("/sso/connections");
    let new = |enabled: bool| {
        let new =
            json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.acme.example", "enabled": enabled });
        desk.admin().post(&path, &new)
    };
    assert_eq!(new(true).code(), "wrong_state");
    let id = text(&new(false).expect(201)["id"]);
    let path = format!("{path}/{id}");
    let switch = |enabled: bool| {
        let etag = desk.admin().get(&path).etag.unwrap();
        desk.admin().patch(&path, &etag, &json!({ "enabled": enabled }))
    };
    assert_eq!(switch(true).code(), "wrong_state");
    desk.host.give_password(&desk.org);
    drop(switch(true).expect(200));
    drop(switch(false).expect(200));
    assert_eq!(new(true).status, 201);
}
