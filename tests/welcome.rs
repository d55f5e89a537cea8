//! Accepting or declining what an admin entered, by the link in the letter that tells of it (R22).

use serde_json::{Value, json};
use usher_domain::policy::seat;
use usher_domain::time::DAY;

use crate::front_desk::{FrontDesk, login_code, mailed_secrets, text};

const ADA: &str = "ada@x.example";

impl FrontDesk {
    /// Adds Ada with what else is given; her id, and the path of her link.
    fn expect_ada(&self, more: &Value) -> (Value, String) {
        let mut body = json!({ "name": "Ada", "departments": [self.org.root], "work_email": ADA });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let added = self.admin().post(&self.path("/members"), &body).expect(201)["member"]["id"].clone();
        (added, self.link_of_ada())
    }

    /// Path of the newest link that was mailed to Ada.
    fn link_of_ada(&self) -> String {
        format!("/v1/welcome/{}", mailed_secrets(&self.host, ADA, "/welcome/").pop().expect("a link"))
    }

    /// The trail's actions done to something.
    fn done_to(&self, target: &Value) -> Vec<String> {
        let entries = self.admin().get(&self.path("/audit?limit=200")).expect(200)["items"].clone();
        let entries = entries.as_array().unwrap().iter().filter(|entry| entry["target"] == *target);
        entries.map(|entry| text(&entry["action"])).collect()
    }
}

#[test]
fn r22_who_was_added_looks_accepts_and_logs_in() {
    let desk = FrontDesk::new();
    let (ada, link) = desk.expect_ada(&json!({}));
    let nobody = desk.host.client("");
    for _ in 0..3 {
        let shown = nobody.get(&link).expect(200);
        assert_eq!((&shown["organisation"], &shown["name"]), (&json!("Acme"), &json!("Ada")));
        assert_eq!((&shown["login"], &shown["accepted"]), (&json!(ADA), &json!(false)));
    }
    assert_eq!(desk.member(&ada)["state"], "invited", "looking accepts for nobody");
    for _ in 0..2 {
        let accepted = nobody.post(&format!("{link}/accept"), &Value::Null).expect(200);
        assert_eq!(accepted["accepted"], true);
    }
    assert_eq!(desk.member(&ada)["state"], "inactive");
    assert_eq!(desk.done_to(&ada).iter().filter(|action| *action == "invitation.accepted").count(), 1);

    let ask = json!({ "organisation": desk.org.id, "login": ADA });
    let (asked, code) = login_code(&desk.host, &ask, ADA);
    let login = json!({ "organisation": desk.org.id, "login": ADA, "code": { "proof": asked["proof"], "code": code } });
    assert_eq!(nobody.post("/v1/login", &login).status, 200);
    assert_eq!(desk.member(&ada)["state"], "active");
    let late = nobody.post(&format!("{link}/decline"), &Value::Null);
    assert_eq!((late.status, late.code()), (409, "wrong_state"), "who has come does not decline any more");
}

#[test]
fn r22_who_declines_is_erased_with_all_that_was_entered_and_the_seat_is_free() {
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 5);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let (ada, link) = desk.expect_ada(&json!({ "phone": "+4915112345678", "employee_number": "E-4711" }));
    assert_eq!(desk.seats(&plan), (1, 0, 4));
    let nobody = desk.host.client("");
    assert_eq!(nobody.post(&format!("{link}/decline"), &Value::Null).status, 204);

    assert_eq!(desk.seats(&plan), (0, 0, 5));
    assert_eq!(desk.admin().get(&desk.path(&format!("/members/{}", text(&ada)))).code(), "not_found");
    for state in ["", "?state=deleted"] {
        let members = desk.admin().get(&desk.path(&format!("/members{state}"))).expect(200);
        assert!(!members.to_string().contains("Ada"), "nobody can restore them: {members}");
    }
    assert_eq!(desk.done_to(&ada).first().map(String::as_str), Some("invitation.declined"));
    for how in ["", "/accept", "/decline"] {
        let again = nobody.send(if how.is_empty() { "GET" } else { "POST" }, &format!("{link}{how}"), &[], None);
        assert_eq!((again.status, again.code()), (404, "not_found"), "{how}");
    }
    for _ in 0..5 {
        desk.host.work();
    }
    let erased = desk.admin().get(&desk.path("/erasures")).expect(200)["items"][0].clone();
    assert!(erased["erased_at"].is_string() && erased["left"] == json!([]), "{erased}");
    for trail in ["/audit?limit=200", "/events?limit=200"] {
        let kept = desk.admin().get(&desk.path(trail)).expect(200).to_string();
        for entered in ["Ada", ADA, "+4915112345678", "E-4711"] {
            assert!(!kept.contains(entered), "{trail} holds {entered}: {kept}");
        }
    }
    let (again, _) = desk.expect_ada(&json!({}));
    assert_eq!(desk.member(&again)["state"], "invited", "the address is free for another invitation");
}

#[test]
fn r22_what_an_admin_entered_into_an_invitation_that_is_declined_leaves_the_trail_too() {
    let desk = FrontDesk::new();
    let (id, link) = desk.invite(&json!({ "email": ADA, "name": "For Ada" }));
    let kept = || desk.admin().get(&desk.path("/audit?limit=200")).expect(200).to_string();
    assert!(kept().contains(ADA));
    let by = crate::front_desk::by(&link);
    assert_eq!(desk.host.client("").post("/v1/join/decline", &json!({ "by": by })).status, 204);
    for _ in 0..5 {
        desk.host.work();
    }
    assert!(!kept().contains(ADA) && !kept().contains("For Ada"), "{}", kept());
    assert_eq!(desk.done_to(&json!(id)).first().map(String::as_str), Some("invitation.declined"));
}

#[test]
fn r22_r31_a_link_ends_after_fourteen_days_and_a_reminder_brings_another() {
    let desk = FrontDesk::new();
    let (ada, link) = desk.expect_ada(&json!({}));
    let nobody = desk.host.client("");
    desk.host.clock.advance(14 * DAY - 1);
    assert_eq!(nobody.get(&link).status, 200);
    desk.host.clock.advance(1);
    assert_eq!(nobody.get(&link).code(), "not_found");
    desk.host.work();
    let remind = desk.path(&format!("/members/{}/remind", text(&ada)));
    drop(desk.admin().send("POST", &remind, &[], None).expect(200));
    let newer = desk.link_of_ada();
    assert_ne!(newer, link);
    assert_eq!(nobody.post(&format!("{newer}/accept"), &Value::Null).expect(200)["accepted"], true);
}

#[test]
fn r22_a_link_is_worth_nothing_once_the_address_it_went_to_is_corrected() {
    let desk = FrontDesk::new();
    let (ada, wrong) = desk.expect_ada(&json!({ "phone": "+4915112345678" }));
    let sms = desk.host.world.sms()[0].text.clone();
    let by_sms = sms.split_whitespace().find_map(|word| word.split_once("/welcome/")).expect("a link").1.to_owned();
    let by_sms = format!("/v1/welcome/{by_sms}");
    let nobody = desk.host.client("");
    let change = |body: &Value| {
        let path = desk.path(&format!("/members/{}", text(&ada)));
        let etag = desk.admin().get(&path).etag.unwrap();
        drop(desk.admin().patch(&path, &etag, body).expect(200));
    };
    change(&json!({ "work_email": "ADA@x.example", "name": "Ada Lovelace" }));
    assert_eq!(nobody.get(&wrong).status, 200, "the same address, written otherwise");
    change(&json!({ "work_email": "ada@acme.example" }));
    for (method, how) in [("GET", ""), ("POST", "/accept"), ("POST", "/decline")] {
        let answer = nobody.send(method, &format!("{wrong}{how}"), &[], None);
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{how}");
    }
    assert_eq!(desk.member(&ada)["state"], "invited");
    assert_eq!(nobody.get(&by_sms).status, 200, "the phone is theirs still");
    change(&json!({ "phone": "+4915112345679" }));
    assert_eq!(nobody.get(&by_sms).status, 404);
}
