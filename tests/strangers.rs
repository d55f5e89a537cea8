//! What strangers can cause by asking to join, however often they ask (R22, R34, R39).

use serde_json::{Value, json};
use usher_domain::ids::OrgId;
use usher_domain::policy::approval::Verdict;
use usher_domain::time::{HOUR, MINUTE};
use usher_server::app::stored::CodesSent;
use usher_server::testing::Answer;
use usher_store::OrgScope;

use crate::front_desk::{FrontDesk, by, text};

/// Asks for a code by SMS, by a link.
fn ask_by_sms(desk: &FrontDesk, link: &str, number: usize) -> Answer {
    let phone = format!("+4915112{number:06}");
    desk.host.client("").post("/v1/join/proofs", &json!({ "by": by(link), "phone": phone }))
}

#[test]
fn r22_one_network_asks_for_so_many_codes_to_whatever_addresses() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    for number in 0..100 {
        assert_eq!(ask_by_sms(&desk, &link, number).status, 201);
    }
    let refused = ask_by_sms(&desk, &link, 100);
    assert_eq!((refused.status, refused.code()), (429, "too_many_codes"), "{}", refused.body);
    assert_eq!((&refused.body["limit"], refused.retry_after.as_deref()), (&json!("asked_by_network"), Some("36")));
    assert_eq!(desk.join(&link, "ada@example.com").status, 200, "mail is cheaper");
    desk.host.clock.advance(36 * MINUTE / 60);
    assert_eq!(ask_by_sms(&desk, &link, 100).status, 201);
}

#[test]
fn r34_a_full_organisation_pays_for_no_sms_to_strangers() {
    let desk = FrontDesk::new();
    drop(desk.plan("Team", 1));
    let (_, link) = desk.invite(&json!({}));
    let refused = ask_by_sms(&desk, &link, 1);
    assert_eq!((refused.status, refused.code()), (409, "limit_reached"), "{}", refused.body);
    drop(desk.plan("More", 1));
    assert_eq!(ask_by_sms(&desk, &link, 1).status, 201);
}

#[test]
fn r22_r39_with_single_sign_on_nobody_joins_by_a_code() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({ "approval_required": false }));
    let proof = desk.prove(&link, "ada@example.com");
    desk.host.give_password(&desk.org);
    let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
    let path = desk.path("/sso/connections");
    let id = text(&desk.admin().post(&path, &idp).expect(201)["id"]);
    let ask = json!({ "by": by(&link), "email": "bob@example.com" });
    for refused in [desk.ask(&link, "Ada", &proof), desk.host.client("").post("/v1/join/proofs", &ask)] {
        assert_eq!((refused.status, refused.code()), (403, "sso_required"), "{}", refused.body);
    }
    let path = format!("{path}/{id}");
    let etag = desk.admin().get(&path).etag.unwrap();
    drop(desk.admin().patch(&path, &etag, &json!({ "enabled": false })).expect(200));
    assert_eq!(desk.ask(&link, "Ada", &proof).expect(200)["outcome"], "joined");
}

#[test]
fn r22_when_codes_were_sent_is_forgotten_with_the_last_of_them() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    drop(desk.prove(&link, "ada@example.com"));
    let org: OrgId = desk.org.id.parse().unwrap();
    let scope = OrgScope::new(desk.host.app.store.clone(), org);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let kept = || runtime.block_on(scope.get::<CodesSent>(&"ada@example.com".to_owned())).unwrap().is_some();
    desk.host.clock.advance(HOUR / 2);
    drop(desk.prove(&link, "ada@example.com"));
    desk.host.clock.advance(40 * MINUTE);
    desk.host.work();
    assert!(kept(), "the second one was sent forty minutes ago");
    desk.host.clock.advance(HOUR / 2);
    desk.host.work();
    assert!(!kept());
}

#[test]
fn r22_whoever_was_refused_is_told_so_again_and_nothing_is_decided() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    desk.host.pdp.approve(Verdict::Reject);
    let proof = desk.prove(&link, "ada@example.com");
    let requests = || desk.admin().get(&desk.path("/requests")).expect(200)["items"].as_array().unwrap().len();
    let entries = || desk.admin().get(&desk.path("/audit?what=request.rejected")).expect(200)["items"].clone();
    let refused = desk.ask(&link, "Ada", &proof).expect(200);
    let before = (requests(), entries());
    for _ in 0..5 {
        let again = desk.ask(&link, "Ada", &proof).expect(200);
        for field in ["outcome", "request", "reason"] {
            assert_eq!(again[field], refused[field], "{field}");
        }
    }
    assert_eq!((requests(), entries()), before);

    let (_, other) = desk.invite(&json!({}));
    let asked = |link: &str| -> Value { desk.ask(link, "Ada", &proof).expect(200) };
    desk.host.pdp.approve(Verdict::Review);
    assert_eq!(asked(&link)["outcome"], "rejected");
    desk.host.clock.advance(10 * MINUTE);
    assert_eq!(asked(&link)["outcome"], "pending", "a policy that changed may think otherwise");
    let pending = asked(&link);
    assert_eq!(text(&pending["outcome"]), "pending");
    drop(desk.answer(&pending["request"], "reject", &json!({})).expect(200));
    assert_eq!(asked(&other)["outcome"], "pending", "an admin may invite them anew");
}
