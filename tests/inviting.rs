//! Who may invite from the member app, and when nobody may (R3 to R5); what policies are told of who comes (R16).

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client, TestHost, TestOrg};

use crate::front_desk::{FrontDesk, text};

struct Office {
    host: TestHost,
    org: TestOrg,
    ada: String,
}

impl Office {
    fn new() -> Office {
        let host = TestHost::start();
        let org = host.organisation("Acme");
        let ada = json!({ "name": "Ada", "departments": [org.root], "work_email": "ada@x.example" });
        let made = host.client(&org.token).post(&format!("/v1/orgs/{}/members", org.id), &ada).expect(201);
        Office { ada: made["member"]["id"].as_str().unwrap().to_owned(), host, org }
    }

    fn admin(&self) -> Client {
        self.host.client(&self.org.token)
    }

    /// Ada, in the member app.
    fn app(&self) -> Client {
        self.host.client(&self.host.member_app(&self.org, &self.ada))
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.org.id)
    }

    fn allow(&self, who: &Value) -> Answer {
        let path = self.path("inviting");
        let etag = self.admin().get(&path).etag.unwrap();
        self.admin().send("PUT", &path, &[("if-match", &etag)], Some(who.to_string().as_bytes()))
    }

    fn invite(&self, client: &Client, body: &Value) -> Answer {
        client.post(&self.path("me/invitations"), body)
    }

    fn plan(&self, name: &str, starts_on: &str) {
        let body = json!({ "name": name, "size": 9, "starts_on": starts_on });
        drop(self.host.client(&self.host.operator).post(&self.path("plans"), &body).expect(201));
    }
}

#[test]
fn r3_members_invite_only_once_an_admin_allowed_it() {
    let office = Office::new();
    let check = |who: Value, allowed: bool| {
        drop(office.allow(&who).expect(200));
        let answer = office.invite(&office.app(), &json!({ "name": "Bob", "email": "bob@x.example" }));
        let expected = if allowed { (201, "") } else { (403, "inviting_not_allowed") };
        assert_eq!((answer.status, answer.code()), expected, "{who}");
    };
    assert_eq!(office.admin().get(&office.path("inviting")).expect(200), json!({ "kind": "nobody" }), "off at first");
    assert_eq!(office.invite(&office.app(), &json!({})).code(), "inviting_not_allowed");
    check(json!({ "kind": "everyone" }), true);
    check(json!({ "kind": "nobody" }), false);
    check(json!({ "kind": "chosen", "departments": [office.org.root] }), true);
    check(json!({ "kind": "chosen", "members": [office.org.primary_admin] }), false);
    check(json!({ "kind": "chosen", "members": [office.ada] }), true);
}

#[test]
fn r3_only_whom_there_is_can_be_chosen() {
    let office = Office::new();
    let check = |who: Value, field: &str| {
        let refused = office.allow(&who);
        assert_eq!((refused.code(), &refused.body["field"]), ("invalid_field", &json!(field)), "{}", refused.body);
    };
    check(json!({ "kind": "chosen", "departments": ["dep_00000000000000000000000000"] }), "/departments");
    check(json!({ "kind": "chosen", "members": ["mem_00000000000000000000000000"] }), "/members");
    check(json!({ "kind": "chosen", "members": ["Ada"] }), "/members/0");
}

#[test]
fn r4_with_several_paid_plans_nobody_invites_from_the_member_app() {
    let office = Office::new();
    drop(office.allow(&json!({ "kind": "everyone" })).expect(200));
    let admins_app = office.host.client(&office.host.member_app(&office.org, &office.org.primary_admin));
    let check = |client: &Client, status: u16, code: &str| {
        let answer = office.invite(client, &json!({}));
        assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
    };
    office.plan("Team", "2026-01-01");
    // Whoever comes by now has a seat of it, and so may log in.
    let bea = json!({ "name": "Bea", "departments": [office.org.root], "work_email": "bea@x.example" });
    let bea = office.admin().post(&office.path("members"), &bea).expect(201)["member"]["id"].clone();
    let app = office.host.client(&office.host.member_app(&office.org, bea.as_str().unwrap()));
    check(&app, 201, "");
    check(&admins_app, 201, "");
    office.plan("Later", "2030-01-01");
    check(&app, 403, "console_only");
    check(&admins_app, 403, "console_only");
    check(&office.admin(), 201, "");
}

#[test]
fn r5_the_app_asks_for_no_department_and_the_join_waits_for_approval() {
    let office = Office::new();
    drop(office.allow(&json!({ "kind": "everyone" })).expect(200));
    let personal = office.invite(&office.app(), &json!({ "name": "Bob", "phone": "+49 151 1234567" })).expect(201);
    assert_eq!(personal["invitation"]["inviter"], json!(office.ada));
    assert_eq!((&personal["invitation"]["max_uses"], &personal["invitation"]["department"]), (&json!(1), &Value::Null));
    let open = office.invite(&office.app(), &json!({})).expect(201);
    assert_eq!(open["invitation"]["approval_required"], true);
    assert!(open["link"].is_string() && open["invitation"]["code"].is_string());
    for address in [json!({ "email": "b@x.example" }), json!({ "phone": "+49 151 1234567" })] {
        let unnamed = office.invite(&office.app(), &address);
        assert_eq!((unnamed.code(), &unnamed.body["field"]), ("invalid_field", &json!("/name")), "{address}");
    }
    let both = office.invite(&office.app(), &json!({ "email": "b@x.example", "phone": "+49 151 1234567" }));
    assert_eq!(both.code(), "invalid_field");
    let placed = office.invite(&office.app(), &json!({ "department": office.org.root }));
    assert_eq!(placed.code(), "unknown_field");
}

#[test]
fn r5_r16_r33_who_is_invited_in_person_by_a_member_came_through_the_member_app() {
    let office = Office::new();
    drop(office.allow(&json!({ "kind": "everyone" })).expect(200));
    let admins_app = office.host.client(&office.host.member_app(&office.org, &office.org.primary_admin));
    let invited = [
        ("bob@x.example", office.app(), true, "member-app"),
        ("cleo@x.example", admins_app.clone(), true, "member-app"),
        ("dora@x.example", office.admin(), true, "personal"),
        ("eve@x.example", office.app(), false, "link"),
    ];
    let links: Vec<_> = invited
        .iter()
        .map(|(email, client, in_person, _)| {
            let body = if *in_person { json!({ "name": "New", "email": email }) } else { json!({}) };
            text(&office.invite(client, &body).expect(201)["link"])
        })
        .collect();
    let desk = FrontDesk { host: office.host, org: office.org };
    for ((email, _, _, channel), link) in invited.iter().zip(links) {
        let asked = desk.join(&link, email).expect(200);
        assert_eq!(asked["outcome"], "pending", "{email}");
        let request = desk.request(&asked["request"]);
        assert_eq!(request["channel"], *channel, "{email}");
        let decision = desk.path(&format!("/decisions/{}", text(&request["decision"])));
        assert_eq!(
            desk.admin().get(&decision).expect(200)["request"]["channel"],
            *channel,
            "what policies see: {email}"
        );
    }
}
