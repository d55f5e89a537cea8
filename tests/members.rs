//! Members: added by hand, changed, suspended, deleted (R1, R6 to R12, R30, R32, R36, R38).

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client, TestHost, TestOrg};

struct Office {
    host: TestHost,
    org: TestOrg,
}

impl Office {
    fn new() -> Office {
        let host = TestHost::start();
        let org = host.organisation("Acme");
        Office { host, org }
    }

    fn admin(&self) -> Client {
        self.host.client(&self.org.token)
    }

    fn plan(&self, name: &str, size: u32) -> String {
        let body = json!({ "name": name, "size": size, "starts_on": "2026-01-01" });
        let made = self.host.client(&self.host.operator).post(&format!("/v1/orgs/{}/plans", self.org.id), &body);
        made.expect(201)["id"].as_str().unwrap().to_owned()
    }

    fn members(&self) -> String {
        format!("/v1/orgs/{}/members", self.org.id)
    }

    /// Adds somebody in the root department with what else is given.
    fn add(&self, name: &str, more: Value) -> Answer {
        self.add_as(&self.admin(), name, more)
    }

    fn add_as(&self, client: &Client, name: &str, more: Value) -> Answer {
        let mut body = json!({ "name": name, "departments": [self.org.root] });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        body.as_object_mut().unwrap().extend(more);
        client.post(&self.members(), &body)
    }

    fn added(&self, name: &str, more: Value) -> String {
        self.add(name, more).expect(201)["member"]["id"].as_str().unwrap().to_owned()
    }

    fn act(&self, client: &Client, method: &str, id: &str, action: &str, body: Option<Value>) -> Answer {
        let path = format!("{}/{id}", self.members());
        let etag = self.admin().get(&path).etag.unwrap();
        let body = body.map(|body| body.to_string());
        client.send(method, &format!("{path}{action}"), &[("if-match", &etag)], body.as_deref().map(str::as_bytes))
    }

    fn show(&self, id: &str) -> Value {
        self.admin().get(&format!("{}/{id}", self.members())).expect(200)
    }
}

fn email(address: &str) -> Value {
    json!({ "work_email": address })
}

#[test]
fn r9_r11_the_login_is_what_is_chosen_or_what_is_filled_in() {
    let office = Office::new();
    let check = |more: Value, login: &str, recommended: Value| {
        let made = office.add("Ada", more.clone()).expect(201);
        assert_eq!((&made["member"]["login"], &made["recommended"]), (&json!(login), &recommended), "{more}");
    };
    check(email("a@x.example"), "work_email", json!(["phone"]));
    check(json!({ "phone": "+49 151 1234567" }), "phone", json!(["work_email"]));
    check(json!({ "work_email": "b@x.example", "phone": "+49 151 1234568" }), "work_email", json!([]));
    check(json!({ "login": "work", "work_email": "c@x.example" }), "work_email", json!(["phone"]));
}

#[test]
fn r6_r9_r10_without_a_usable_login_nobody_is_added() {
    let office = Office::new();
    let check = |more: Value, code: &str, field: &str| {
        let refused = office.add("Ada", more.clone());
        assert_eq!((refused.code(), &refused.body["field"]), (code, &json!(field)), "{more}: {}", refused.body);
    };
    check(json!({}), "invalid_field", "/login");
    check(json!({ "login": "work", "phone": "+49 151 1234567" }), "invalid_field", "/work_email");
    check(json!({ "login": "business", "work_email": "a@x.example" }), "business_mail_inactive", "/login");
    check(json!({ "business_email": "a@acme.example" }), "business_mail_inactive", "/login");
    let all = office.admin().get(&office.members()).expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "nobody but the first primary admin");
}

#[test]
fn r12_skip_is_refused_for_the_regions_the_organisation_lists() {
    let office = Office::new();
    let path = format!("/v1/orgs/{}", office.org.id);
    let list = |regions: &[&str]| {
        let etag = office.admin().get(&path).etag.unwrap();
        office.admin().patch(&path, &etag, &json!({ "skip_refused_for": regions }))
    };
    let indian = |name: &str, login: &str| {
        let work_email = format!("{name}@x.example");
        office.add(name, json!({ "login": login, "work_email": work_email, "phone": format!("+91 98123456{name}") }))
    };
    assert_eq!(office.admin().get(&path).expect(200)["skip_refused_for"], json!([]), "empty at first");
    assert_eq!(indian("78", "skip").status, 201);

    assert_eq!(list(&["+91", "+1204", "+91"]).expect(200)["skip_refused_for"], json!(["+1204", "+91"]));
    let refused = indian("79", "skip");
    assert_eq!((refused.status, refused.code()), (422, "login_type_required"));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("+91") && detail.contains("choose `business` or `work`"), "{detail}");
    assert_eq!(indian("79", "work").status, 201);
    assert_eq!(office.add("Eve", json!({ "login": "skip", "phone": "+49 151 1234567" })).status, 201);

    let wrong = list(&["+91", "India"]);
    assert_eq!((wrong.code(), &wrong.body["field"]), ("invalid_field", &json!("/skip_refused_for/1")));
    drop(list(&[]).expect(200));
    assert_eq!(indian("80", "skip").status, 201);
}

#[test]
fn r7_one_plan_is_preselected_and_several_are_left_for_later() {
    let office = Office::new();
    let seats = |name: &str, more: Value| office.add(name, more).expect(201)["member"]["seats"].clone();
    assert_eq!(seats("None yet", email("a@x.example")), json!([]));
    let team = office.plan("Team", 10);
    assert_eq!(seats("Preselected", email("b@x.example")), json!([team]));
    assert_eq!(seats("Left out", json!({ "work_email": "c@x.example", "seat": { "kind": "none" } })), json!([]));
    let more = office.plan("More", 10);
    assert_eq!(seats("Several", email("d@x.example")), json!([]));
    let chosen = json!({ "work_email": "e@x.example", "seat": { "kind": "plan", "plan": more } });
    assert_eq!(seats("Chosen", chosen), json!([more]));
    let of_another =
        json!({ "work_email": "f@x.example", "seat": { "kind": "plan", "plan": "plan_00000000000000000000000000" } });
    assert_eq!(office.add("Nowhere", of_another).code(), "invalid_field");
}

#[test]
fn r36_a_full_plan_keeps_the_wish_or_refuses_what_was_chosen() {
    let office = Office::new();
    let team = office.plan("Team", 4);
    for name in ["eve", "dan", "fay", "gus"] {
        let invited = json!({ "email": format!("{name}@x.example"), "plan": team });
        let invited = office.admin().post(&format!("/v1/orgs/{}/invitations", office.org.id), &invited);
        assert_eq!(invited.status, 201, "R15: it reserves a seat");
    }
    let chosen = json!({ "work_email": "b@x.example", "seat": { "kind": "plan", "plan": team } });
    let refused = office.add("Chosen", chosen);
    assert_eq!((refused.status, refused.code()), (409, "no_seat_free"));
    let full = office.add("Preselected", email("c@x.example")).expect(201)["member"].clone();
    let wish = &full["wishes"][0];
    assert_eq!((&full["seats"], &wish["plan"], &wish["reason"]), (&json!([]), &json!(team), &json!("no_seat_free")));
    assert_eq!(wish["source"], "policy", "nobody chose it");
}

#[test]
fn r38_the_sum_of_sizes_limits_members_and_deleting_one_makes_room() {
    let office = Office::new();
    office.plan("Team", 2);
    let ada = office.added("Ada", email("ada@x.example"));
    let full = office.add("Bob", email("bob@x.example"));
    assert_eq!((full.status, full.code()), (409, "limit_reached"), "{}", full.body);
    assert_eq!(office.act(&office.admin(), "DELETE", &ada, "", None).status, 204);
    assert_eq!(office.add("Bob", email("bob@x.example")).status, 201);
}

#[test]
fn r36_r38_nobody_gets_in_beyond_the_limit_however_many_ask_at_once() {
    let office = Office::new();
    let plan = office.plan("Team", 5);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..12)
            .map(|n| {
                let office = &office;
                scope.spawn(move || office.add("Ada", email(&format!("a{n}@x.example"))).status)
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|&&status| status == 201).count(), 4, "{statuses:?}");
    let view = office.admin().get(&format!("/v1/orgs/{}/plans/{plan}", office.org.id)).expect(200);
    assert_eq!(view["used"], 4);
}

#[test]
fn an_address_has_one_member_in_whatever_spelling() {
    let office = Office::new();
    let ada = office.added("Ada", json!({ "work_email": "ada@müller.example", "phone": "+49 151 1234567" }));
    let check = |more: Value, field: &str| {
        let refused = office.add("Eve", more.clone());
        assert_eq!((refused.code(), &refused.body["field"]), ("already_exists", &json!(field)), "{more}");
    };
    check(email("ADA@xn--mller-kva.example"), "/work_email");
    check(json!({ "phone": "+49-151-1234567" }), "/phone");
    let found =
        office.admin().get(&format!("{}?work_email=ADA@MÜLLER.example", office.members()).replace('Ü', "%C3%9C"));
    assert_eq!(found.expect(200)["items"][0]["id"], json!(ada));
    assert_eq!(office.act(&office.admin(), "PATCH", &ada, "", Some(email("new@x.example"))).status, 200);
    assert_eq!(office.add("Eve", email("ada@müller.example")).status, 201, "given up, free again");
}

#[test]
fn r1_r32_the_last_primary_admin_stays() {
    let office = Office::new();
    let (root, admin) = (office.org.primary_admin.clone(), office.admin());
    let check = |method: &str, action: &str, body: Option<Value>| {
        let refused = office.act(&admin, method, &root, action, body);
        assert_eq!((refused.status, refused.code()), (409, "last_primary_admin"), "{method} {action}");
    };
    check("DELETE", "", None);
    check("POST", "/suspend", None);
    check("PATCH", "", Some(json!({ "role": { "kind": "member" } })));

    let ada = office.added("Ada", email("ada@x.example"));
    let promoted = office.act(&admin, "PATCH", &ada, "", Some(json!({ "role": { "kind": "primary-admin" } })));
    assert_eq!(promoted.expect(200)["role"]["kind"], "primary-admin");
    assert_eq!(office.act(&admin, "PATCH", &root, "", Some(json!({ "role": { "kind": "member" } }))).status, 200);
    assert_eq!(admin.get(&office.members()).code(), "forbidden", "their token can what they can, at once");
}

#[test]
fn r1_an_admin_makes_nobody_more_than_a_member_and_touches_nobody_above() {
    let office = Office::new();
    let hr = office.host.client(&office.host.service(&office.org, &["member_and_department"]));
    let check =
        |answer: Answer| assert_eq!((answer.status, answer.code()), (403, "too_much_authority"), "{}", answer.body);
    let role = json!({ "kind": "admin", "permissions": ["member_and_department"] });
    check(office.add_as(&hr, "Eve", json!({ "work_email": "eve@x.example", "role": role })));
    let ada = office.added("Ada", email("ada@x.example"));
    check(office.act(&hr, "PATCH", &ada, "", Some(json!({ "role": role }))));
    check(office.act(&hr, "PATCH", &office.org.primary_admin, "", Some(email("eve@x.example"))));
    check(office.act(&hr, "POST", &office.org.primary_admin, "/suspend", None));
    check(office.act(&hr, "DELETE", &office.org.primary_admin, "", None));
    assert_eq!(office.act(&hr, "PATCH", &ada, "", Some(json!({ "name": "Ada L." }))).status, 200);
}

#[test]
fn r32_suspended_members_cannot_log_in_and_come_back_as_they_were() {
    let office = Office::new();
    let ada = office.added("Ada", email("ada@x.example"));
    let app = office.host.client(&office.host.member_app(&office.org, &ada));
    let organisation = format!("/v1/orgs/{}", office.org.id);
    assert_eq!(app.get(&organisation).code(), "forbidden", "good, but not an admin's");
    let before = office.show(&ada);
    assert_eq!(office.act(&office.admin(), "POST", &ada, "/suspend", None).expect(200)["state"], "suspended");
    assert_eq!(app.get(&organisation).code(), "unauthenticated");
    assert_eq!(office.act(&office.admin(), "POST", &ada, "/suspend", None).code(), "wrong_state");
    assert_eq!(office.act(&office.admin(), "POST", &ada, "/resume", None).expect(200), before);
}

#[test]
fn r13_who_is_invited_gets_one_mail_and_who_is_not_gets_none() {
    let office = Office::new();
    let state = |name: &str, more: Value| office.add(name, more).expect(201)["member"]["state"].clone();
    assert_eq!(state("Ada", email("ada@x.example")), "invited");
    assert_eq!(state("Bob", json!({ "work_email": "bob@x.example", "invite": false })), "added");
    assert_eq!(state("Cleo", json!({ "phone": "+49 151 1234567" })), "invited");
    let mail = office.host.await_mail(1);
    assert_eq!(mail.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["ada@x.example"]);
}

#[test]
fn lists_of_members_are_filtered_and_paged() {
    let office = Office::new();
    let department = json!({ "name": "Sales" });
    let made = office.admin().post(&format!("/v1/orgs/{}/departments", office.org.id), &department).expect(201);
    let sales = made["id"].as_str().unwrap();
    let mut in_sales = Vec::new();
    for n in 0..5 {
        office.host.clock.advance(usher_domain::time::SECOND);
        office.added("Root", email(&format!("r{n}@x.example")));
        let body = json!({ "work_email": format!("s{n}@x.example"), "departments": [sales] });
        in_sales.push(office.added("Sales", body));
    }
    let list = |query: &str| {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = office.admin().get(&format!("{}?limit=2{query}{cursor}", office.members())).expect(200);
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            ids.extend(items.iter().map(|member| member["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { return ids };
            cursor = format!("&cursor={next}");
        }
    };
    assert_eq!(list("").len(), 11);
    assert_eq!(list(&format!("&department={sales}")), in_sales);
    assert_eq!(list("&state=inactive"), std::slice::from_ref(&office.org.primary_admin));
    assert_eq!(office.act(&office.admin(), "DELETE", &in_sales[0], "", None).status, 204);
    assert_eq!(list(&format!("&department={sales}")), in_sales[1..]);
    assert_eq!(list("&state=deleted"), in_sales[..1]);
    assert_eq!(list(&format!("&state=deleted&department={sales}")), in_sales[..1]);
    assert!(list(&format!("&state=deleted&department={}", office.org.root)).is_empty());
}
