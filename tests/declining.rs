//! Declining an invitation: what is deleted, what is freed, and who may do it (R22, R30).

use serde_json::{Value, json};
use usher_domain::time::MINUTE;

use crate::front_desk::{FrontDesk, by};

#[test]
fn r22_declining_deletes_what_was_entered_and_frees_the_seat() {
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 2);
    let (id, link) = desk.invite(&json!({ "email": "ada@example.com", "name": "For Ada", "plan": plan }));
    assert_eq!(desk.seats(&plan), (0, 1, 1));
    let decline = || desk.host.client("").post("/v1/join/decline", &json!({ "by": by(&link) }));
    assert_eq!(decline().status, 204);
    assert_eq!(desk.seats(&plan), (0, 0, 2));
    let shown = desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200);
    assert_eq!((&shown["state"], &shown["email"], &shown["name"]), (&json!("revoked"), &Value::Null, &Value::Null));
    assert_eq!(decline().code(), "invitation_revoked");
}

#[test]
fn r22_r30_who_declines_leaves_a_declined_request_without_their_data() {
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 2);
    let nobody = desk.host.client("");
    let listed = || desk.admin().get(&desk.path("/requests?state=declined")).expect(200)["items"].clone();
    let check = |request: &Value, channel: &str, decided: bool| {
        let found = desk.request(&request["id"]);
        assert_eq!((&found["state"], &found["channel"]), (&json!("declined"), &json!(channel)));
        assert_eq!((&found["inviter"], found["decision"].is_string()), (&json!(desk.org.primary_admin), decided));
        assert_eq!((&found["applicant"], &found["answer"]["verdict"]), (&json!({ "name": "" }), &json!("declined")));
        assert!(!found.to_string().contains("example.com"), "{found}");
        assert_eq!(desk.answer(&request["id"], "approve", &json!({})).code(), "already_processed");
        assert_eq!(desk.seats(&plan), (0, 0, 2));
    };
    let personal = |email: &str| desk.invite(&json!({ "email": email, "name": "For them", "plan": plan }));

    let (_, unused) = personal("ada@example.com");
    assert_eq!(nobody.post("/v1/join/decline", &json!({ "by": by(&unused) })).status, 204);
    assert_eq!(listed().as_array().unwrap().len(), 1);
    check(&listed()[0], "personal", false);

    desk.host.clock.advance(MINUTE);
    let (id, asked_by) = personal("bob@example.com");
    let asked = desk.join(&asked_by, "bob@example.com").expect(200);
    assert_eq!((&asked["outcome"], desk.seats(&plan)), (&json!("pending"), (0, 1, 1)));
    assert_eq!(nobody.post("/v1/join/decline", &json!({ "by": by(&asked_by) })).status, 204);
    check(&json!({ "id": asked["request"] }), "personal", true);
    assert_eq!(desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200)["email"], Value::Null);
    assert_eq!(nobody.post("/v1/join/invitation", &json!({ "by": by(&asked_by) })).code(), "invitation_revoked");

    let (_, open) = desk.invite(&json!({}));
    let asked = desk.join(&open, "eve@example.com").expect(200);
    let receipt = json!({ "organisation": desk.org.id, "request": asked["request"], "receipt": asked["receipt"] });
    let decline = || nobody.post("/v1/join/decline", &json!({ "request": receipt }));
    assert_eq!(decline().status, 204);
    check(&json!({ "id": asked["request"] }), "link", true);
    assert_eq!(decline().code(), "already_processed");
    assert_eq!(nobody.post("/v1/join/standing", &receipt).expect(200)["state"], "declined");
    desk.host.clock.advance(MINUTE);
    assert_eq!(desk.join(&open, "eve@example.com").expect(200)["outcome"], "pending", "they may change their mind");
}

#[test]
fn r22_a_code_declines_for_nobody_without_a_proof_of_the_address_invited() {
    let desk = FrontDesk::new();
    let nobody = desk.host.client("");
    let (id, link) = desk.invite(&json!({ "email": "ada@example.com" }));
    let [ada, eve] = ["ada@example.com", "eve@example.com"].map(|email| desk.prove(&link, email));
    let asked = desk.ask(&link, "Ada", &ada).expect(200);
    let invitation = || desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200);
    let by_code = json!({ "kind": "code", "code": invitation()["code"] });
    let check = |proof: Value, status: u16, code: &str| {
        let mut body = json!({ "by": by_code });
        if !proof.is_null() {
            body["proof"] = proof;
        }
        let answer = nobody.post("/v1/join/decline", &body);
        assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
        let state = if status == 204 { "declined" } else { "pending" };
        assert_eq!(desk.request(&asked["request"])["state"], state);
    };
    let wrong =
        json!({ "proof": ada["proof"], "code": if ada["code"] == "00000000" { "00000001" } else { "00000000" } });
    check(Value::Null, 403, "proof_required");
    check(eve, 403, "other_person_invited");
    check(wrong, 422, "code_wrong");
    assert_eq!(invitation()["email"], "ada@example.com");
    check(ada, 204, "");
    assert_eq!(invitation()["email"], Value::Null);
}
