//! Nobody comes to more rights than somebody gave them who had these (R1), whichever way they try.

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client};

use crate::approvals::Signed;
use crate::front_desk::{FrontDesk, answer_links, text};
use usher_server::ports::Clock as _;

/// Adds a member; their id.
fn add(desk: &FrontDesk, name: &str, role: &Value) -> String {
    let body = json!({
        "name": name, "departments": [desk.org.root], "work_email": format!("{name}@acme.example"), "role": role,
    });
    text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"])
}

fn admin(permissions: &[&str]) -> Value {
    json!({ "kind": "admin", "permissions": permissions })
}

/// Whoever brings members in and is no primary admin.
fn people(desk: &FrontDesk) -> Client {
    desk.host.client(&desk.host.service(&desk.org, &["member_and_department"]))
}

#[test]
fn r1_what_takes_a_role_is_shown_to_who_may_give_it_alone() {
    let desk = FrontDesk::new();
    let check = |role: &str, shown: bool| {
        let (id, _) = desk.invite(&json!({ "role": role }));
        let path = desk.path(&format!("/invitations/{id}"));
        let seen = people(&desk).get(&path).expect(200);
        assert_eq!(seen.get("code").is_some(), shown, "{role}");
        let listed = people(&desk).get(&desk.path("/invitations")).expect(200)["items"].clone();
        assert!(listed.as_array().unwrap().contains(&seen), "{listed}");
        assert!(desk.admin().get(&path).expect(200)["code"].is_string());

        let etag = people(&desk).get(&path).etag.unwrap();
        let rotated = people(&desk).send("POST", &format!("{path}/rotate"), &[("if-match", &etag)], None);
        let expected = if shown { (200, "") } else { (403, "too_much_authority") };
        assert_eq!((rotated.status, rotated.code()), expected, "{role}");
    };
    check("member", true);
    check("admin", false);
    check("primary-admin", false);
}

#[test]
fn r1_a_role_is_approved_by_who_may_give_it_alone_whichever_way_they_answer() {
    let desk = FrontDesk::new();
    let second = add(&desk, "second", &admin(&["member_and_department"]));
    let bot = json!({ "name": "Chat", "approvers": { "U1": second } });
    let bot = desk.admin().post(&desk.path("/bots"), &bot).expect(201);
    let (_, link) = desk.invite(&json!({ "role": "primary-admin" }));
    let request = desk.join(&link, "eve@example.com").expect(200)["request"].clone();
    let by_link = answer_links(&desk.host, "second@acme.example").pop().unwrap();

    let refused = |answer: &Answer| {
        // Of many at once, what came of each is inside.
        let problem = answer.body.pointer("/items/0/problem").unwrap_or(&answer.body);
        assert_eq!(problem["code"], "too_much_authority", "{}", answer.body);
        assert_eq!(desk.request(&request)["state"], "pending");
    };
    let path = desk.path(&format!("/requests/{}/approve", text(&request)));
    refused(&people(&desk).post(&path, &json!({})));
    let many = json!({ "requests": [request], "verdict": "approve" });
    refused(&people(&desk).post(&desk.path("/requests/answers"), &many));
    refused(&desk.host.client("").post(&by_link, &json!({ "verdict": "approve" })));
    let body = json!({ "user": "U1", "request": request, "verdict": "approve" }).to_string();
    let signed = Signed::new(&text(&bot["secret"]), desk.host.clock.now(), &body);
    let path = desk.path(&format!("/bots/{}/answer", text(&bot["bot"]["id"])));
    let headers: Vec<_> = signed.headers().collect();
    refused(&desk.host.client("").send("POST", &path, &headers, Some(body.as_bytes())));

    let approved = desk.answer(&request, "approve", &json!({})).expect(200);
    assert_eq!(desk.member(&approved["answer"]["member"])["role"]["kind"], "primary-admin");
}

#[test]
fn r1_r19_a_token_allows_no_more_than_when_it_was_made() {
    let desk = FrontDesk::new();
    let ada = add(&desk, "ada", &json!({ "kind": "member" }));
    let security = desk.host.client(&desk.host.service(&desk.org, &["security"]));
    let new = json!({ "name": "kept", "holder": { "kind": "member", "member": ada } });
    let token = |client: &Client| {
        let made = client.post(&desk.path("/tokens"), &new).expect(201);
        desk.host.client(&text(&made["secret"]))
    };
    let kept = token(&security);
    let change = |role: Value| {
        let path = desk.path(&format!("/members/{ada}"));
        let etag = desk.admin().get(&path).etag.unwrap();
        drop(desk.admin().patch(&path, &etag, &json!({ "role": role })).expect(200));
    };
    let may = |client: &Client, path: &str, expected: u16| {
        assert_eq!(client.get(&desk.path(path)).status, expected, "{path}");
    };
    change(json!({ "kind": "primary-admin" }));
    may(&kept, "/members", 403);
    let newer = token(&desk.admin());
    may(&newer, "/members", 200);
    change(admin(&["audit"]));
    may(&newer, "/members", 403);
    may(&newer, "/audit", 200);
    change(admin(&["audit", "member_and_department"]));
    may(&newer, "/members", 200);
    may(&kept, "/audit", 403);
}

#[test]
fn r32_whoever_is_suspended_or_deleted_comes_back_without_their_tokens() {
    let desk = FrontDesk::new();
    let ada = add(&desk, "ada", &json!({ "kind": "member" }));
    let token = || {
        let new = json!({ "name": "t", "holder": { "kind": "member", "member": ada } });
        desk.host.client(&text(&desk.admin().post(&desk.path("/tokens"), &new).expect(201)["secret"]))
    };
    let act = |method: &str, rest: &str| {
        let path = desk.path(&format!("/members/{ada}"));
        let etag = desk.admin().get(&path).etag.unwrap();
        let body = (rest == "/restore").then_some(b"{}".as_slice());
        let done = desk.admin().send(method, &format!("{path}{rest}"), &[("if-match", &etag)], body);
        assert!(done.status < 300, "{}", done.body);
    };
    let works = |client: &Client| client.get(&desk.path("/me/sessions")).status == 200;
    for (gone, back) in [(("POST", "/suspend"), "/resume"), (("DELETE", ""), "/restore")] {
        let before = token();
        assert!(works(&before));
        act(gone.0, gone.1);
        assert!(!works(&before));
        act("POST", back);
        assert!(!works(&before), "it has ended for good");
        assert!(works(&token()));
    }
    let listed = desk.admin().get(&desk.path("/tokens")).expect(200)["items"].clone();
    let ended = listed.as_array().unwrap().iter().filter(|token| token["revoked_at"].is_string()).count();
    assert_eq!(ended, 3, "{listed}");
}

#[test]
fn r19_without_a_seat_the_member_app_is_no_login_either() {
    let desk = FrontDesk::new();
    let ada = add(&desk, "ada", &json!({ "kind": "member" }));
    let app = desk.host.client(&desk.host.member_app(&desk.org, &ada));
    let roots = desk.host.client(&desk.host.member_app(&desk.org, &desk.org.primary_admin));
    assert_eq!(app.get(&desk.path("/me/sessions")).status, 200);
    drop(desk.plan("Team", 5));
    assert_eq!(app.get(&desk.path("/me/sessions")).status, 401);
    assert_eq!(roots.get(&desk.path("/me/sessions")).status, 200, "primary admins are exempt");
}

/// A second primary admin, by whose word a role is given; their id and a client of theirs.
pub fn second_primary_admin(desk: &FrontDesk) -> (String, Client) {
    let id = add(desk, "mallory", &json!({ "kind": "primary-admin" }));
    let new = json!({ "name": "t", "holder": { "kind": "member", "member": id } });
    let made = desk.admin().post(&desk.path("/tokens"), &new).expect(201);
    (id, desk.host.client(&text(&made["secret"])))
}

/// An open invitation of hers that gives a role without asking; its link.
pub fn backdoor(desk: &FrontDesk, mallory: &Client, role: &str) -> String {
    let invitation = json!({ "role": role, "approval_required": false, "expires_at": null });
    text(&mallory.post(&desk.path("/invitations"), &invitation).expect(201)["link"])
}

#[test]
fn r1_r32_nobody_joins_into_a_role_that_its_giver_may_not_give_any_more() {
    let lose = |desk: &FrontDesk, mallory: &str, how: &str| {
        let path = desk.path(&format!("/members/{mallory}"));
        let etag = desk.admin().get(&path).etag.unwrap();
        let headers = [("if-match", etag.as_str())];
        let done = match how {
            "demoted" => desk.admin().patch(&path, &etag, &json!({ "role": admin(&["member_and_department"]) })),
            "suspended" => desk.admin().send("POST", &format!("{path}/suspend"), &headers, None),
            "deleted" => desk.admin().send("DELETE", &path, &headers, None),
            _ => return,
        };
        assert!(done.status < 300, "{how}: {}", done.body);
    };
    let check = |how: &str, role: &str, outcome: &str| {
        let desk = FrontDesk::new();
        let (id, mallory) = second_primary_admin(&desk);
        let link = backdoor(&desk, &mallory, role);
        lose(&desk, &id, how);
        let asked = desk.join(&link, "eve@example.com").expect(200);
        assert_eq!(asked["outcome"], outcome, "{how}, {role}");
        if outcome == "pending" {
            let decision = text(&desk.request(&asked["request"])["decision"]);
            let decision = desk.admin().get(&desk.path(&format!("/decisions/{decision}"))).expect(200);
            assert_eq!(decision["clamps"], json!(["role-of-former-giver"]), "{how}");
            let approved = desk.answer(&asked["request"], "approve", &json!({})).expect(200);
            assert_eq!(desk.member(&approved["answer"]["member"])["role"]["kind"], "primary-admin");
        }
    };
    check("still there", "primary-admin", "joined");
    for how in ["demoted", "suspended", "deleted"] {
        check(how, "primary-admin", "pending");
    }
    check("deleted", "member", "joined");
}
