//! Joining by an invitation, and the answers to requests (R14 to R22, R33, R38).

use serde_json::{Value, json};
use usher_domain::policy::approval::Verdict;
use usher_domain::policy::seat;
use usher_domain::time::{DAY, MINUTE};
use usher_server::testing::Answer;

use crate::front_desk::{FrontDesk, by, text};

const OPEN: fn() -> Value = || json!({ "approval_required": false });

#[test]
fn r20_r22_with_approval_off_whoever_proves_an_address_joins_once() {
    let desk = FrontDesk::new();
    let sales = desk.admin().post(&desk.path("/departments"), &json!({ "name": "Sales" })).expect(201);
    let invited = json!({ "approval_required": false, "department": sales["id"] });
    let (id, link) = desk.invite(&invited);

    let proof = desk.prove(&link, "Ada@Example.com");
    let joined = desk.ask(&link, "Ada", &proof).expect(200);
    assert_eq!(joined["outcome"], "joined");
    let member = desk.member(&joined["member"]);
    assert_eq!((&member["state"], &member["departments"]), (&json!("inactive"), &json!([sales["id"]])));
    assert_eq!(member["work_email"], "Ada@Example.com");

    let again = desk.ask(&link, "Ada", &proof).expect(200);
    assert_eq!((&again["outcome"], &again["member"]), (&joined["outcome"], &joined["member"]));
    let invitation = desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200);
    assert_eq!(invitation["uses"], 1, "asking again is no second use");
}

#[test]
fn r15_r17_a_pending_request_is_answered_once() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let proof = desk.prove(&link, "ada@example.com");
    let asked = desk.ask(&link, "Ada", &proof).expect(200);
    assert_eq!(asked["outcome"], "pending");
    let again = desk.ask(&link, "Ada", &proof).expect(200);
    assert_eq!(again["request"], asked["request"], "the same answer again");

    let approved = desk.answer(&asked["request"], "approve", &json!({ "note": "known" })).expect(200);
    assert_eq!((&approved["state"], &approved["answer"]["by"]), (&json!("approved"), &json!(desk.org.primary_admin)));
    assert_eq!(desk.member(&approved["answer"]["member"])["state"], "inactive");
    for (how, body) in [("approve", json!({})), ("reject", json!({}))] {
        let second = desk.answer(&asked["request"], how, &body);
        assert_eq!((second.status, second.code()), (409, "already_processed"));
        assert_eq!(second.body["first_answer"], approved["answer"]);
    }
}

#[test]
fn r17_all_who_may_answer_are_told_once_that_a_request_waits() {
    let desk = FrontDesk::new();
    let add = |name: &str, role: Value| {
        let body = json!({
            "name": name, "departments": [desk.org.root], "work_email": format!("{name}@acme.example"), "role": role,
        });
        text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"])
    };
    let admin = |permissions: &[&str]| json!({ "kind": "admin", "permissions": permissions });
    drop(add("second", json!({ "kind": "primary-admin" })));
    drop(add("people", admin(&["member_and_department"])));
    drop(add("billing", admin(&["billing"])));
    drop(add("nobody", json!({ "kind": "member" })));
    let (away, promoted) = (add("away", admin(&["member_and_department"])), add("new", json!({ "kind": "member" })));
    let path = |id: &str| desk.path(&format!("/members/{id}"));
    let etag = |id: &str| desk.admin().get(&path(id)).etag.unwrap();
    let suspend = desk.admin().send("POST", &format!("{}/suspend", path(&away)), &[("if-match", &etag(&away))], None);
    assert_eq!(suspend.status, 200);
    let role = json!({ "role": admin(&["member_and_department"]) });
    drop(desk.admin().patch(&path(&promoted), &etag(&promoted), &role).expect(200));

    let told = || {
        desk.host.work();
        desk.host.work();
        let mail = desk.host.world.mail();
        let mut told: Vec<_> = mail.into_iter().filter(|mail| mail.subject.contains("Acme beitreten")).collect();
        told.sort_by(|a, b| a.to.cmp(&b.to));
        told
    };
    let (_, straight) = desk.invite(&OPEN());
    assert_eq!(desk.join(&straight, "in@example.com").expect(200)["outcome"], "joined");
    assert_eq!(told(), [], "who joins straight in waits for nobody");

    let (_, link) = desk.invite(&json!({}));
    let proof = desk.prove(&link, "ada@example.com");
    let asked = desk.ask(&link, "Ada", &proof).expect(200);
    drop(desk.ask(&link, "Ada", &proof).expect(200));
    let mail = told();
    let to: Vec<_> = mail.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["new@acme.example", "people@acme.example", "root@acme.example", "second@acme.example"]);
    assert!(mail.iter().all(|mail| mail.body.contains(&text(&asked["request"])) && !mail.body.contains("ada@")));
}

#[test]
fn r17_an_applicant_sees_and_withdraws_their_own_request() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, "ada@example.com").expect(200);
    let receipt = json!({ "organisation": desk.org.id, "request": asked["request"], "receipt": asked["receipt"] });
    let nobody = desk.host.client("");
    assert_eq!(nobody.post("/v1/join/standing", &receipt).expect(200)["state"], "pending");
    let forged = json!({ "organisation": desk.org.id, "request": asked["request"], "receipt": "x" });
    assert_eq!(nobody.post("/v1/join/withdraw", &forged).code(), "not_found");
    assert_eq!(nobody.post("/v1/join/withdraw", &receipt).expect(200)["state"], "withdrawn");
    assert_eq!(desk.answer(&asked["request"], "approve", &json!({})).code(), "already_processed");
}

#[test]
fn r30_a_request_that_nobody_answers_expires() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, "ada@example.com").expect(200);
    desk.host.clock.advance(30 * DAY);
    assert_eq!(desk.request(&asked["request"])["state"], "expired");
    assert_eq!(desk.answer(&asked["request"], "approve", &json!({})).code(), "request_expired");
}

#[test]
fn r16_with_several_plans_every_join_by_link_waits_for_an_admin() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&OPEN());
    let (team, office) = (desk.plan("Team", 5), desk.plan("Office", 5));
    let asked = desk.join(&link, "ada@example.com").expect(200);
    assert_eq!(asked["outcome"], "pending", "for invitations made earlier too");
    let seat = json!({ "seat": { "kind": "plan", "plan": office } });
    let approved = desk.answer(&asked["request"], "approve", &seat).expect(200);
    assert_eq!(desk.member(&approved["answer"]["member"])["seats"], json!([office]));
    assert_eq!((desk.seats(&team), desk.seats(&office)), ((0, 0, 5), (1, 0, 4)));
}

#[test]
fn r21_a_proved_domain_skips_approval_only_where_that_is_switched_on() {
    let desk = FrontDesk::new();
    let (_, strict) = desk.invite(&json!({}));
    let (_, lenient) = desk.invite(&json!({ "domain_skips_approval": true }));
    let check = |link: &str, email: &str, outcome: &str| {
        assert_eq!(desk.join(link, email).expect(200)["outcome"], outcome, "{email}");
    };
    check(&lenient, "a@acme.example", "pending");
    let domain = desk.admin().post(&desk.path("/domains"), &json!({ "domain": "Acme.example" })).expect(201);
    desk.host.world.publish(domain["txt_name"].as_str().unwrap(), domain["txt_value"].as_str().unwrap());
    let proved = desk.admin().send("POST", &desk.path("/domains/acme.example/check"), &[], None).expect(200);
    assert_eq!(proved["proof"], "domain-dns");
    check(&lenient, "b@acme.example", "joined");
    check(&lenient, "c@elsewhere.example", "pending");
    check(&strict, "d@acme.example", "pending");
}

#[test]
fn r33_what_a_policy_refused_is_listed_with_who_and_how() {
    let desk = FrontDesk::new();
    let (id, link) = desk.invite(&OPEN());
    desk.host.pdp.approve(Verdict::Reject);
    let refused = desk.join(&link, "ada@example.com").expect(200);
    assert_eq!((&refused["outcome"], &refused["member"]), (&json!("rejected"), &Value::Null));
    desk.host.clock.advance(MINUTE);
    desk.host.pdp.approve(Verdict::Review);
    assert_eq!(desk.join(&link, "bob@example.com").expect(200)["outcome"], "pending");
    desk.host.clock.advance(MINUTE);
    desk.host.pdp.approve(Verdict::Approve);
    assert_eq!(desk.join(&link, "eve@example.com").expect(200)["outcome"], "joined");

    let check = |query: &str, states: &[&str]| {
        let listed = desk.admin().get(&desk.path(&format!("/requests{query}"))).expect(200);
        let items = listed["items"].as_array().unwrap().clone();
        let found: Vec<_> = items.iter().map(|item| text(&item["state"])).collect();
        assert_eq!(found, states, "{query}");
        for item in items {
            assert_eq!((&item["invitation"], &item["channel"]), (&json!(id), &json!("link")));
            assert_eq!(
                (&item["inviter"], &item["policies"]),
                (&json!(desk.org.primary_admin), &json!(["sha256:test"]))
            );
        }
    };
    check("", &["approved", "pending", "rejected"]);
    check("?state=rejected", &["rejected"]);
    check("?channel=code", &[]);
}

#[test]
fn r14_r15_an_invitation_ends_when_it_is_full_over_revoked_or_rotated() {
    let desk = FrontDesk::new();
    let (full, full_link) = desk.invite(&json!({ "approval_required": false, "max_uses": 1 }));
    drop(desk.join(&full_link, "a@example.com").expect(200));
    let look = |link: &str| desk.host.client("").post("/v1/join/invitation", &json!({ "by": by(link) }));
    assert_eq!(look(&full_link).code(), "invitation_full");
    assert_eq!(desk.admin().get(&desk.path(&format!("/invitations/{full}"))).expect(200)["state"], "full");
    assert_eq!(desk.end(&full, "rotate").code(), "wrong_state");

    let (revoked, revoked_link) = desk.invite(&OPEN());
    drop(desk.end(&revoked, "revoke").expect(200));
    assert_eq!(look(&revoked_link).code(), "invitation_revoked");
    assert_eq!(desk.end(&revoked, "rotate").code(), "wrong_state");

    let (rotated, old_link) = desk.invite(&OPEN());
    let issued = desk.end(&rotated, "rotate").expect(200);
    assert_eq!(look(&old_link).code(), "invitation_unknown");
    assert_eq!(look(issued["link"].as_str().unwrap()).status, 200);
    let code = json!({ "by": { "kind": "code", "code": text(&issued["invitation"]["code"]).to_lowercase() } });
    assert_eq!(desk.host.client("").post("/v1/join/invitation", &code).expect(200)["organisation"], "Acme");

    desk.host.clock.advance(14 * DAY);
    assert_eq!(look(issued["link"].as_str().unwrap()).code(), "invitation_expired");
    assert_eq!(desk.end(&rotated, "rotate").code(), "wrong_state");
}

#[test]
fn r14_an_email_domain_is_required_of_who_joins() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({ "approval_required": false, "email_domain": "Acme.Example" }));
    let refused = desk.join(&link, "ada@other.example");
    assert_eq!((refused.status, refused.code()), (403, "email_domain_required"));
    assert_eq!(desk.join(&link, "ada@acme.example").expect(200)["outcome"], "joined");
}

#[test]
fn r15_r22_a_personal_invitation_holds_a_seat_for_whom_it_is_for() {
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 2);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let personal = |email: &str| json!({ "email": email, "plan": plan, "approval_required": false });
    let (_, link) = desk.invite(&personal("ada@example.com"));
    let (second, _) = desk.invite(&personal("bob@example.com"));
    assert_eq!(desk.seats(&plan), (0, 2, 0));
    let third = desk.admin().post(&desk.path("/invitations"), &personal("eve@example.com"));
    assert_eq!((third.status, third.code()), (409, "no_seat_free"));

    assert_eq!(desk.join(&link, "eve@example.com").code(), "other_person_invited");
    let joined = desk.join(&link, "ADA@example.com").expect(200);
    assert_eq!(joined["seat"], json!(plan));
    assert_eq!(desk.seats(&plan), (1, 1, 0));
    drop(desk.end(&second, "revoke").expect(200));
    assert_eq!(desk.seats(&plan), (1, 0, 1));
}

#[test]
fn r35_what_an_applicant_says_of_themselves_is_the_members_once_an_admin_approved() {
    let desk = FrontDesk::new();
    let gold = json!({ "attribute": { "name": "tier", "one_of": ["gold"] } });
    let team = desk.plan("Team", 5);
    let group = desk.admin().post(&desk.path("/groups"), &json!({ "name": "Gold", "rule": gold, "plan": team }));
    let group = group.expect(201)["id"].clone();
    let ask = |invitation: &Value, email: &str| {
        let (_, link) = desk.invite(invitation);
        let body = json!({
            "by": by(&link), "name": "Eve", "email": desk.prove(&link, email), "workforce_type": "REGULAR",
            "employee_number": "1", "attributes": { "tier": "gold" },
        });
        desk.host.client("").post("/v1/join", &body).expect(200)
    };
    let joined = ask(&OPEN(), "eve@example.com");
    let eve = desk.member(&joined["member"]);
    assert_eq!((&eve["groups"], &eve["attributes"]), (&json!([]), &json!({})), "{eve}");
    assert_eq!((&eve["employee_number"], &eve["workforce_type"]), (&Value::Null, &json!("regular")));
    let said = desk.request(&joined["request"])["applicant"].clone();
    assert_eq!((&said["employee_number"], &said["attributes"]["tier"]), (&json!("1"), &json!("gold")), "{said}");

    let asked = ask(&json!({}), "bob@example.com");
    let bob = desk.answer(&asked["request"], "approve", &json!({})).expect(200)["answer"]["member"].clone();
    let bob = desk.member(&bob);
    assert_eq!((&bob["groups"], &bob["attributes"]), (&json!([group]), &json!({ "tier": "gold" })), "{bob}");
    assert_eq!((&bob["employee_number"], &bob["workforce_type"]), (&json!("1"), &json!("regular")));
}

#[test]
fn r38_no_more_members_than_seats_were_bought() {
    let desk = FrontDesk::new();
    desk.plan("Team", 2);
    let (_, link) = desk.invite(&OPEN());
    assert_eq!(desk.join(&link, "a@example.com").expect(200)["outcome"], "joined");
    let full = desk.join(&link, "b@example.com");
    assert_eq!((full.status, full.code()), (409, "limit_reached"), "the primary admin is one of two");
}

#[test]
fn r36_many_at_once_on_one_link_are_all_counted_and_no_seat_is_oversold() {
    const PEOPLE: usize = 24;
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 9);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let (id, link) = desk.invite(&OPEN());
    let proofs: Vec<_> = (0..PEOPLE).map(|n| desk.prove(&link, &format!("p{n}@example.com"))).collect();
    let (desk, link) = (&desk, &link);
    let outcomes: Vec<(u16, String)> = std::thread::scope(|scope| {
        let asked: Vec<_> = proofs.iter().map(|proof| scope.spawn(move || desk.ask(link, "Ada", proof))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).map(|one| (one.status, one.code().to_owned())).collect()
    });
    let joined = outcomes.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(joined, 8, "nine may be members, the primary admin is one: {outcomes:?}");
    assert!(outcomes.iter().all(|(status, code)| *status == 200 || code == "limit_reached"), "{outcomes:?}");
    assert_eq!(desk.seats(&plan), (8, 0, 1));
    assert_eq!(desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200)["uses"], 8);
}

/// Asks to join with a phone that is proved, and an email besides if there is one.
fn ask_with_phone(desk: &FrontDesk, link: &str, email: Option<&str>, phone: &str) -> Answer {
    let phone = desk.prove_phone(link, phone);
    let mut body = json!({ "by": by(link), "name": "Ada", "phone": phone });
    if let Some(email) = email {
        body["email"] = desk.prove(link, email);
    }
    desk.host.client("").post("/v1/join", &body)
}

#[test]
fn r17_r22_nobody_is_taken_for_who_had_their_phone_before() {
    const PHONE: &str = "+4915112345678";
    let check = |approval: bool, bobs: &dyn Fn(&FrontDesk, &str) -> String| {
        let desk = FrontDesk::new();
        let (_, link) = desk.invite(&json!({ "approval_required": approval }));
        let bob = bobs(&desk, &link);
        let both = || ask_with_phone(&desk, &link, Some("ada@example.com"), PHONE);
        let refused = |answer: &Answer| {
            assert_eq!((answer.status, answer.code()), (409, "already_exists"), "{}", answer.body);
            assert_eq!(answer.body["field"], "/phone");
            assert!(!answer.body.to_string().contains(&bob), "{}", answer.body);
        };
        refused(&both());
        let ada = desk.join(&link, "ada@example.com").expect(200);
        assert_eq!(ada["outcome"], if approval { "pending" } else { "joined" });
        refused(&both());
        assert!(
            ask_with_phone(&desk, &link, None, PHONE).expect(200).to_string().contains(&bob),
            "it is Bob's by itself"
        );
    };
    check(false, &|desk, _| {
        let bob = json!({ "name": "Bob", "departments": [desk.org.root], "phone": PHONE });
        text(&desk.admin().post(&desk.path("/members"), &bob).expect(201)["member"]["id"])
    });
    check(true, &|desk, link| text(&ask_with_phone(desk, link, None, PHONE).expect(200)["request"]));
}

#[test]
fn r22_whoever_asks_again_by_the_same_email_and_phone_gets_the_same_answer() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let ask = || ask_with_phone(&desk, &link, Some("ada@example.com"), "+4915112345678").expect(200)["request"].clone();
    assert_eq!(ask(), ask());
}
