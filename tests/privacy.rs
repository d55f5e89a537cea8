//! What is held about a person, and how all of it goes (R32, R42).

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::time::{DAY, HOUR, SECOND};
use usher_server::app::mail::OutgoingMail;
use usher_server::testing::Client;
use usher_store::Page;

use crate::command::usher;
use crate::front_desk::{FrontDesk, by, text, waited};
use crate::process::{Process, within};
use crate::receiver::Receiver;

const OPEN: fn() -> Value = || json!({ "approval_required": false });

impl FrontDesk {
    /// Somebody who joined by a link; their id.
    pub fn joined(&self, email: &str) -> String {
        let (_, link) = self.invite(&OPEN());
        text(&self.join(&link, email).expect(200)["member"])
    }

    /// Deletes a member.
    pub fn delete(&self, member: &str) {
        let path = self.path(&format!("/members/{member}"));
        let etag = self.admin().get(&path).etag.unwrap();
        drop(self.admin().send("DELETE", &path, &[("if-match", &etag)], None).expect(204));
    }

    /// Asks for an erasure.
    pub fn erase(&self, path: &str) -> Value {
        self.admin().send("POST", &self.path(path), &[], None).expect(202)
    }

    /// Works until all erasures are done; the last one.
    pub fn erased(&self) -> Value {
        within(Duration::from_secs(120), || {
            self.host.clock.advance(SECOND);
            self.host.work();
            let all = self.admin().get(&self.path("/erasures")).expect(200);
            let all = all["items"].as_array().unwrap().clone();
            all.iter().all(|one| one["erased_at"].is_string()).then(|| all.last().unwrap().clone())
        })
    }

    /// Everything that an admin can read of the organisation.
    pub fn everything(&self) -> String {
        let read = |path: &str| self.admin().get(&self.path(path)).body.to_string();
        let lists =
            ["/members?state=deleted", "/members", "/requests", "/invitations", "/decisions", "/audit", "/events"];
        lists.iter().map(|path| read(path)).collect::<String>() + &read("/audit/export")
    }

    /// Whether the chain of the audit trail verifies.
    pub fn holds(&self) -> bool {
        self.admin().get(&self.path("/audit/verify")).expect(200)["intact"] == true
    }
}

#[test]
fn r42_everything_about_a_member_is_one_document() {
    let desk = FrontDesk::new();
    let (ada, bob) = (desk.joined("Ada@Example.com"), desk.joined("bob@example.com"));
    let data = desk.admin().get(&desk.path(&format!("/members/{ada}/personal-data"))).expect(200);
    assert_eq!(data["subject"], ada);
    let kinds: Vec<_> = data["records"].as_array().unwrap().iter().map(|held| text(&held["kind"])).collect();
    for kind in ["member", "request", "decision", "codes_sent", "proof"] {
        assert!(kinds.iter().any(|found| found == kind), "no {kind} in {kinds:?}");
    }
    let actions: Vec<_> = data["audit"].as_array().unwrap().iter().map(|entry| text(&entry["action"])).collect();
    assert!(actions.iter().any(|action| action == "member.joined"), "{actions:?}");
    let all = data.to_string();
    assert!(all.contains("Ada@Example.com") && !all.contains("bob@example.com") && !all.contains(&bob), "{all}");
    assert!(!all.contains("_hash"), "{all}");
}

#[test]
fn r42_a_document_of_any_length_comes_whole() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, "ada@example.com").expect(200)["request"].clone();
    // More than one step of the search finds.
    desk.repeat(&asked, 2_500);
    let data = desk.admin().get(&desk.path(&format!("/requests/{}/personal-data", text(&asked)))).expect(200);
    let kinds = data["records"].as_array().unwrap().iter().filter(|held| held["kind"] == "request");
    assert_eq!(kinds.count(), 2_501);
    let places: Vec<_> = data["audit"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert!(!places.is_empty() && places.is_sorted(), "{places:?}");
}

#[test]
fn r42_what_is_held_about_a_member_says_nothing_about_others() {
    let desk = FrontDesk::new();
    let admin = json!({ "kind": "admin", "permissions": ["member_and_department"] });
    let add = |client: &Client, name: &str, role: &Value| {
        let email = format!("{name}@acme.example");
        let body =
            json!({ "name": name, "departments": [desk.org.root], "work_email": email, "role": role }).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", name)];
        text(&client.send("POST", &desk.path("/members"), &headers, Some(body.as_bytes())).expect(201)["member"]["id"])
    };
    let ada = add(&desk.admin(), "ada", &admin);
    let token = json!({ "name": "t", "holder": { "kind": "member", "member": ada } });
    let token = text(&desk.admin().post(&desk.path("/tokens"), &token).expect(201)["secret"]);
    let bob = add(&desk.host.client(&token), "bob", &json!({ "kind": "member" }));

    desk.host.give_password(&desk.org);
    let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
    let connection = desk.admin().post(&desk.path("/sso/connections"), &idp).expect(201)["id"].clone();
    let claims = ["ada@acme.example", "bob@acme.example"];
    let claims = claims.map(|value| json!({ "kind": "work-email", "value": value, "verified": true }));
    let login = json!({ "connection": connection, "subject": "s-1", "claims": claims });
    assert_eq!(desk.admin().post(&desk.path("/sso/logins/match"), &login).code(), "identity_mismatch");
    let login = json!({ "connection": connection, "subject": "s-2", "claims": [claims[1]] });
    assert_eq!(desk.admin().post(&desk.path("/sso/logins/match"), &login).code(), "identity_mismatch");

    let data = desk.admin().get(&desk.path(&format!("/members/{ada}/personal-data"))).expect(200);
    let did = data["audit"].as_array().unwrap().iter().find(|entry| entry["target"] == bob.as_str());
    let did = did.expect("what Ada did is told");
    assert_eq!((did.get("after"), &did["action"]), (None, &json!("member.added")));
    assert!(data["audit"].as_array().unwrap().iter().any(|entry| entry["action"] == "login.refused"), "{data}");
    let candidates = |value: &Value| value.pointer("/value/request/candidates").is_some();
    let decision = data["records"].as_array().unwrap().iter().find(|held| candidates(held)).expect("a decision");
    assert_eq!(decision["value"]["request"]["candidates"][0]["member"], ada.as_str());
    assert_eq!(decision["value"]["request"]["candidates"].as_array().unwrap().len(), 1);
    assert!(!data["records"].to_string().contains(&bob), "{data}");
}

#[test]
fn r32_r42_a_deleted_member_is_erased_on_request_and_nobody_else_is() {
    let desk = FrontDesk::new();
    let (ada, bob) = (desk.joined("Ada@Example.com"), desk.joined("wada@example.com"));
    let ask = json!({ "organisation": desk.org.id, "login": "ada@example.com" });
    drop(desk.host.client("").post("/v1/login/codes", &ask).expect(200));
    desk.delete(&ada);
    let begun = desk.erase(&format!("/members/{ada}/erase"));
    assert_eq!((&begun["subject"], begun.get("erased_at")), (&json!(ada), None));
    assert_eq!(desk.admin().get(&desk.path(&format!("/members/{ada}"))).code(), "not_found");
    let done = desk.erased();
    assert_eq!((&done["subject"], &done["left"]), (&json!(ada), &json!([])));

    let all = desk.everything().to_lowercase().replace("wada@example.com", "bob");
    assert!(!all.contains("ada@example.com"), "{all}");
    assert!(desk.holds(), "the chain verifies");
    assert_eq!(desk.member(&json!(bob))["work_email"], "wada@example.com");
    let kept = desk.admin().get(&desk.path(&format!("/members/{bob}/personal-data"))).expect(200);
    assert!(kept["records"].as_array().unwrap().len() > 3 && kept.to_string().contains("wada@example.com"));
    let decisions = desk.admin().get(&desk.path("/decisions")).expect(200);
    let asked: Vec<_> = decisions["items"].as_array().unwrap().iter().map(|one| one["request"].is_null()).collect();
    assert!(asked.contains(&true) && asked.contains(&false), "one is without its question, one is whole: {asked:?}");
}

#[test]
fn r32_addresses_that_a_member_had_before_go_too() {
    let desk = FrontDesk::new();
    let old = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": "old@example.com" });
    let ada = text(&desk.admin().post(&desk.path("/members"), &old).expect(201)["member"]["id"]);
    desk.host.give_password(&desk.org);
    let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
    let connection = desk.admin().post(&desk.path("/sso/connections"), &idp).expect(201)["id"].clone();
    let claims = json!([{ "kind": "work-email", "value": "old@example.com", "verified": true }]);
    let login = json!({ "connection": connection, "subject": "s-1", "claims": claims });
    assert_eq!(desk.admin().post(&desk.path("/sso/logins/match"), &login).code(), "identity_mismatch");
    let path = desk.path(&format!("/members/{ada}"));
    let etag = desk.admin().get(&path).etag.unwrap();
    drop(desk.admin().patch(&path, &etag, &json!({ "work_email": "new@example.com" })).expect(200));

    assert!(desk.everything().contains("old@example.com"));
    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    let all = desk.everything();
    assert!(!all.contains("old@example.com") && !all.contains("new@example.com"), "{all}");
    assert!(desk.holds());
}

#[test]
fn r32_mail_that_is_erased_while_a_server_holds_it_stays_gone() {
    let desk = FrontDesk::new();
    desk.host.world.hang(true);
    let add = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": "ada@example.com" });
    let ada = text(&desk.admin().post(&desk.path("/members"), &add).expect(201)["member"]["id"]);
    within(Duration::from_secs(120), || (desk.host.world.hanging() == 1).then_some(()));
    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    let erasures = || desk.admin().get(&desk.path("/erasures")).expect(200)["items"].clone();
    within(Duration::from_secs(120), || erasures()[0]["erased_at"].is_string().then_some(()));

    desk.host.world.refuse("ada@example.com", Some(450));
    desk.host.world.hang(false);
    // Waits for the courier, who would write down that the mail is to be tried again.
    desk.host.work();
    assert!(waited(desk.scope().page::<OutgoingMail>(Page::first(1))).unwrap().is_empty());
}

#[test]
fn r32_personal_data_goes_by_itself_30_days_after_a_member_was_deleted() {
    let desk = FrontDesk::new();
    let ada = desk.joined("ada@example.com");
    desk.delete(&ada);
    let is_there = || desk.admin().get(&desk.path(&format!("/members/{ada}"))).status == 200;
    desk.host.clock.advance(30 * DAY - HOUR);
    desk.host.work();
    assert!(is_there(), "they can be restored for 30 days");
    desk.host.clock.advance(HOUR);
    desk.host.work();
    within(Duration::from_secs(120), || (!is_there()).then_some(()));
    assert_eq!(desk.erased()["subject"], ada);
    assert!(!desk.everything().contains("ada@example.com") && desk.holds());
    desk.host.clock.advance(2 * HOUR);
    let gone = || {
        desk.host.work();
        desk.erased()["gone_at"].is_string().then_some(())
    };
    within(Duration::from_secs(120), gone);
}

#[test]
fn r32_who_has_the_address_by_then_loses_nothing() {
    let desk = FrontDesk::new();
    let before = desk.joined("ada@example.com");
    desk.delete(&before);
    let again = desk.joined("ada@example.com");
    drop(desk.erase(&format!("/members/{before}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    assert_eq!(desk.member(&json!(again))["work_email"], "ada@example.com");
    let found = desk.admin().get(&desk.path("/members?work_email=ada@example.com")).expect(200);
    assert_eq!(found["items"][0]["id"], again);
    let trail = |member: &str| {
        let entries = desk.admin().get(&desk.path(&format!("/audit?what=member.joined&target={member}"))).expect(200);
        entries["items"][0].to_string().contains("ada@example.com")
    };
    assert!(trail(&again) && !trail(&before));
    assert!(desk.holds());
}

#[test]
fn r42_who_asked_to_join_and_was_refused_is_erased() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, "ada@example.com").expect(200);
    let request = text(&asked["request"]);
    drop(desk.answer(&asked["request"], "reject", &json!({ "note": "ada@example.com is unknown here" })).expect(200));
    drop(desk.erase(&format!("/requests/{request}/erase")));
    assert_eq!(desk.erased()["subject"], request);
    let all = desk.everything();
    assert!(!all.contains("ada@example.com") && desk.holds(), "{all}");
    assert_eq!(desk.request(&asked["request"])["state"], "rejected");
}

#[test]
fn r32_r43_what_a_webhook_has_still_to_take_names_nobody_who_was_erased() {
    let (desk, receiver) = (FrontDesk::new(), Receiver::start("/?for=ada@example.com"));
    receiver.answers(503, Duration::ZERO);
    let made = desk.admin().post(&desk.path("/webhooks"), &json!({ "url": receiver.url })).expect(201);
    let webhook = desk.path(&format!("/webhooks/{}", text(&made["webhook"]["id"])));
    let ada = desk.joined("ada@example.com");
    drop(receiver.wait(1));
    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    assert_eq!(desk.erased()["left"], json!(["the URL of a webhook"]));

    let tried = receiver.got().len();
    receiver.answers(204, Duration::ZERO);
    let etag = desk.admin().get(&webhook).etag.unwrap();
    let url = receiver.url.replace("?for=ada@example.com", "");
    drop(desk.admin().patch(&webhook, &etag, &json!({ "url": url })).expect(200));
    let events = desk.admin().get(&desk.path("/events?limit=200")).expect(200)["items"].as_array().unwrap().len();
    let taken = receiver.wait(tried + events);
    assert!(taken[tried..].iter().any(|got| got.json().to_string().contains(&ada)), "what happened is told");
    assert!(taken.iter().all(|got| !got.json().to_string().contains("ada@example.com")));
}

#[test]
fn r42_from_where_somebody_did_things_goes_with_them_and_what_they_did_stays() {
    let desk = FrontDesk::new();
    let ada = desk.joined("ada@example.com");
    let holder = json!({ "name": "t", "holder": { "kind": "member", "member": ada } });
    let path = desk.path(&format!("/members/{ada}"));
    let etag = desk.admin().get(&path).etag.unwrap();
    let role = json!({ "kind": "admin", "permissions": ["member_and_department"] });
    drop(desk.admin().patch(&path, &etag, &json!({ "role": role })).expect(200));
    let token = text(&desk.admin().post(&desk.path("/tokens"), &holder).expect(201)["secret"]);
    let body = json!({ "name": "Bob", "departments": [desk.org.root], "work_email": "bob@example.com" });
    drop(desk.host.client(&token).post(&desk.path("/members"), &body).expect(201));
    let by_ada = || {
        let entries = desk.admin().get(&desk.path(&format!("/audit?who={ada}"))).expect(200);
        entries["items"][0].clone()
    };
    assert_eq!(by_ada()["origin"], "127.0.0.1");
    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    drop(desk.erased());
    let entry = by_ada();
    assert_eq!((entry.get("origin"), &entry["after"]["name"]), (None, &json!("Bob")), "{entry}");
    assert!(desk.holds());
}

/// The spellings in which an address may lie in a file.
fn spellings(address: &str) -> Vec<Vec<u8>> {
    let wide = |order: fn(u16) -> [u8; 2]| address.encode_utf16().flat_map(order).collect();
    vec![address.as_bytes().to_vec(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)]
}

/// Files below a folder that hold one of the texts, in any case of ASCII letters.
pub fn holding(folder: &Path, texts: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.is_dir() {
            found.extend(holding(&file, texts));
            continue;
        }
        let bytes = fs::read(&file).unwrap().to_ascii_lowercase();
        let holds = |text: &Vec<u8>| bytes.windows(text.len()).any(|part| part == text.to_ascii_lowercase());
        if texts.iter().any(holds) {
            found.push(file.display().to_string());
        }
    }
    found
}

/// Somebody joins by a link, with a code out of the folder of mails.
fn join(host: &Process, admin: &Client, org: &str, raw: &str, canonical: &str) -> String {
    let link = text(&admin.post(&format!("/v1/orgs/{org}/invitations"), &OPEN()).expect(201)["link"]);
    let nobody = host.client("");
    let proof = nobody.post("/v1/join/proofs", &json!({ "by": by(&link), "email": raw })).expect(201)["proof"].clone();
    let email = json!({ "proof": proof, "code": host.code_to(canonical) });
    let joined = nobody.post("/v1/join", &json!({ "by": by(&link), "name": "Ada", "email": email })).expect(200);
    let answer = format!("/v1/orgs/{org}/requests/{}/approve", text(&joined["request"]));
    match joined["member"].as_str() {
        Some(member) => member.to_owned(),
        None => text(&admin.post(&answer, &json!({})).expect(200)["member"]),
    }
}

#[test]
fn r32_r42_after_a_compaction_no_file_of_a_real_host_holds_the_erased_address() {
    let (raw, canonical) = ("Ada.Lovelace@Münster.example", "ada.lovelace@xn--mnster-3ya.example");
    let texts: Vec<_> = [raw, canonical].iter().flat_map(|address| spellings(address)).collect();
    let mut host = Process::start();
    let (org, token) = host.organisation();
    let admin = host.client(&token);
    let ada = join(&host, &admin, &org, raw, canonical);
    let call =
        |args: &[&str]| usher().args(args).args(["--url", &host.url, "--org", &org, "--token", &token]).succeeds();
    let checkpoint = host.data().with_file_name("checkpoint");
    fs::write(&checkpoint, call(&["--json", "audit", "checkpoint"])).unwrap();
    for there in ["store", "mail"] {
        assert!(!holding(&host.data().join(there), &texts).is_empty(), "the search finds what is in {there}");
    }

    let path = format!("/v1/orgs/{org}/members/{ada}");
    let etag = admin.get(&path).etag.unwrap();
    drop(admin.send("DELETE", &path, &[("if-match", &etag)], None).expect(204));
    drop(admin.send("POST", &format!("{path}/erase"), &[], None).expect(202));
    let erased = || {
        let all = admin.get(&format!("/v1/orgs/{org}/erasures")).expect(200);
        all["items"][0]["erased_at"].is_string().then(|| all["items"][0].clone())
    };
    assert_eq!(within(Duration::from_secs(120), erased)["left"], json!([]));
    usher().args(["compact", "--url", &host.url, "--token", &host.operator]).succeeds();

    assert_eq!(holding(&host.data(), &texts), [""; 0]);
    call(&["audit", "verify", "--checkpoint", &checkpoint.display().to_string()]);
    host.stop();
    usher().args(["verify", "--data"]).args([host.data()]).succeeds();
    assert_eq!(holding(&host.data(), &texts), [""; 0], "nor when it has ended");
    host.go_on();
    assert_eq!(holding(&host.data(), &texts), [""; 0], "nor when it has begun again");
}
