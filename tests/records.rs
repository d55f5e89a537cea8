//! Audit trail and events (R42, R43).

use serde_json::{Value, json};
use usher_server::testing::TestHost;

#[test]
fn r42_every_change_has_an_entry_with_who_what_before_and_after() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let admin = host.client(&acme.token);
    let path = format!("/v1/orgs/{}", acme.id);
    let etag = admin.get(&path).etag.unwrap();
    drop(admin.patch(&path, &etag, &json!({ "name": "Acme Ltd" })).expect(200));
    let trail = admin.get(&format!("{path}/audit")).expect(200);
    let check = |entry: &Value, action: &str, target: &str| {
        assert_eq!((&entry["action"], &entry["target"]), (&json!(action), &json!(target)));
        assert_eq!((&entry["before"]["name"], &entry["after"]["name"]), (&json!("Acme"), &json!("Acme Ltd")));
        assert_eq!(entry["actor"]["member"], acme.primary_admin);
        assert_eq!(entry["origin"], "127.0.0.1");
        let again = admin.get(&format!("{path}/audit/{}", entry["seq"])).expect(200);
        assert_eq!(&again, entry);
    };
    check(&trail["items"][1], "organisation.described", &acme.id);
    check(&trail["items"][0], "department.changed", &acme.root);
    assert_eq!(admin.get(&format!("{path}/audit/999")).code(), "not_found");
}

#[test]
fn r42_the_chain_is_whole_and_its_head_moves_with_every_entry() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let admin = host.client(&acme.token);
    let verify = || admin.get(&format!("/v1/orgs/{}/audit/verify", acme.id)).expect(200);
    let before = verify();
    assert_eq!((&before["entries"], &before["intact"]), (&json!(1), &json!(true)));
    drop(host.service(&acme, &["audit"]));
    let after = verify();
    assert_eq!((&after["entries"], &after["intact"]), (&json!(2), &json!(true)));
    assert_ne!(before["head"], after["head"]);
}

#[test]
fn r42_no_secret_is_in_the_trail() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let service = host.service(&acme, &["audit"]);
    let trail = host.client(&service).get(&format!("/v1/orgs/{}/audit", acme.id)).expect(200).to_string();
    for secret in [&acme.token, &service, &host.operator] {
        assert!(!trail.contains(secret.strip_prefix("ush_").unwrap()));
    }
}

#[test]
fn r43_events_are_numbered_without_a_gap_and_followed_from_a_number() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let admin = host.client(&acme.token);
    for name in ["Ada", "Bob", "Cleo"] {
        let email = format!("{name}@x.example");
        let body = json!({ "name": name, "departments": [acme.root], "work_email": email });
        drop(admin.post(&format!("/v1/orgs/{}/members", acme.id), &body).expect(201));
    }
    let page = |query: &str| admin.get(&format!("/v1/orgs/{}/events{query}", acme.id)).expect(200);
    let all = page("");
    let seen: Vec<_> = all["items"].as_array().unwrap().iter().map(|e| (e["seq"].clone(), e["type"].clone())).collect();
    let expected: Vec<_> = (1..=3).map(|seq| (json!(seq), json!("member.added"))).collect();
    assert_eq!(seen, expected);
    let first = page("?limit=1");
    assert_eq!(first["next"], "1");
    assert_eq!(page("?after=1")["items"], json!(all["items"].as_array().unwrap()[1..]));
}
