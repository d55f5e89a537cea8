//! Bounds of lists, sizes and numbers: whoever passes one hears its name and how much it allows.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use usher_domain::department;
use usher_domain::group;
use usher_domain::ids::{ConnectionId, DepartmentId, GroupId, MemberId, PlanId, RequestId};
use usher_domain::time::Instant;
use usher_server::app::counters;
use usher_server::app::stored::{Department, Group};
use usher_server::testing::Answer;
use usher_store::{Counter, Record};

use crate::front_desk::{FrontDesk, by, text, waited};

/// Code, bound and limit.
type Beyond<'a> = (&'a str, &'a str, u64);

const INVALID: &str = "invalid_field";
const FULL: &str = "limit_reached";
const FILE: [(&str, &str); 1] = [("content-type", "application/octet-stream")];

impl FrontDesk {
    /// An answer to whoever holds the token, based on what is there now.
    fn sent(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let client = self.host.client(token);
        let etag = if ["PUT", "PATCH", "DELETE"].contains(&method) { client.get(path).etag } else { None };
        let version = etag.iter().map(|etag| ("if-match", etag.as_str())).collect::<Vec<_>>();
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        client.send(method, path, &version, body.as_deref())
    }

    #[track_caller]
    fn check_beyond(&self, method: &str, path: &str, body: &Value, beyond: Beyond<'_>) {
        check(&self.sent(&self.org.token, method, &self.path(path), body), beyond);
    }

    /// Fills a list until no more is taken.
    #[track_caller]
    fn check_full(&self, token: &str, path: &str, there: u64, (bound, most): (&str, u64), new: fn(u64) -> Value) {
        for n in there..most {
            let made = self.host.client(token).post(path, &new(n));
            assert!(made.status < 300, "{n} of {bound}: {}", made.body);
        }
        check(&self.host.client(token).post(path, &new(most)), (FULL, bound, most));
    }

    /// Has a counter stand elsewhere, as if so many more had come.
    fn count(&self, counter: &Counter, more: i64) {
        let mut writes = self.scope().writes();
        writes.add(counter, more, 0, i64::MAX);
        drop(waited(writes.commit()).expect("a commit"));
    }

    /// Stores records that would take long to make one by one.
    fn store<R: Record>(&self, records: impl Iterator<Item = (R::Id, R)>) {
        let records: Vec<_> = records.collect();
        for some in records.chunks(1_000) {
            let mut writes = self.scope().writes();
            some.iter().for_each(|(id, record)| writes.put(id, record));
            drop(waited(writes.commit()).expect("a commit"));
        }
    }

    fn departments(&self, numbers: std::ops::Range<u16>, parent: DepartmentId) -> Vec<DepartmentId> {
        let created_at = Instant::from_micros(0);
        let make = |n: u16| {
            let department = department::Department {
                id: DepartmentId::from_bytes(numbered(n)),
                name: format!("D{n}"),
                parent: Some(parent),
                created_at,
            };
            (department.id, Department(department))
        };
        self.store(numbers.clone().map(make));
        numbers.map(|n| DepartmentId::from_bytes(numbered(n))).collect()
    }
}

#[track_caller]
fn check(answer: &Answer, (code, bound, limit): Beyond<'_>) {
    let told = (answer.code(), &answer.body["bound"], &answer.body["limit"]);
    assert_eq!(told, (code, &json!(bound), &json!(limit)), "{}", answer.body);
}

/// Bytes of the id of a number.
fn numbered(n: u16) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[14..].copy_from_slice(&n.to_be_bytes());
    bytes
}

fn ids<T: ToString>(count: u16, id: fn([u8; 16]) -> T) -> Vec<String> {
    (0..count).map(|n| id(numbered(n)).to_string()).collect()
}

/// The same so often.
fn many(one: &Value, count: usize) -> Value {
    json!(vec![one; count])
}

/// So many names with a value for each.
fn named(count: usize, value: &Value) -> BTreeMap<String, Value> {
    (0..count).map(|n| (format!("n{n}"), value.clone())).collect()
}

/// A text of so many bytes.
fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

#[test]
fn pages_and_bodies_that_are_too_large_hear_the_bound() {
    let desk = FrontDesk::new();
    desk.check_beyond("GET", "/members?limit=201", &Value::Null, ("invalid_query", "page_items", 200));
    let body = json!({ "name": long(300_000) });
    desk.check_beyond("POST", "/departments", &body, ("body_too_large", "body_bytes", 262_144));
    let join = desk.host.client("").post("/v1/join", &json!({ "name": long(20_000) }));
    check(&join, ("body_too_large", "body_bytes_without_token", 16_384));
    let seats = desk.admin().send("POST", &desk.path("/seats/import"), &FILE, Some(&vec![b'x'; (16 << 20) + 1]));
    check(&seats, ("body_too_large", "file_bytes", 16 << 20));
    let attributes: String = (0..51).map(|n| format!(",Attribute: {n}")).collect();
    let people = format!("Name,Department,Workforce type{attributes}\nAda,Acme,regular,\n");
    let people = desk.admin().send("POST", &desk.path("/imports"), &FILE, Some(people.as_bytes()));
    check(&people, ("invalid_sheet", "attributes_of_member", 50));
}

#[test]
fn lists_that_are_too_long_hear_the_bound() {
    let desk = FrontDesk::new();
    let admin = json!(desk.org.primary_admin);
    let switch = format!("/plans/{}/switch", PlanId::from_bytes([1; 16]));
    let to = PlanId::from_bytes([2; 16]).to_string();
    let member = |more: Value| {
        let mut body = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": "a@b.example" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let regions: Vec<_> = (0..251).map(|n| format!("+{}", 1_000 + n)).collect();
    let entry = json!({ "policy": format!("sha256:{}", "0".repeat(64)) });
    let request = json!(RequestId::from_bytes([1; 16]).to_string());
    let departments = ids(51, DepartmentId::from_bytes);
    let of_admin = json!({ "role": { "kind": "department-admin", "departments": departments } });
    let connection = ConnectionId::from_bytes([1; 16]).to_string();
    let claims = many(&json!({ "kind": "work-email", "value": "a@b.example" }), 17);
    let login = json!({ "connection": connection, "subject": "s-1", "claims": claims });
    let hooks = json!({ "url": "http://127.0.0.1:9/hooks", "types": many(&json!("member.added"), 51) });
    let rows = [
        ("PATCH", "", json!({ "skip_refused_for": regions }), (INVALID, "phone_regions", 250)),
        (
            "POST",
            "/decisions/ask",
            json!({ "point": "approval", "requests": many(&json!({}), 1_001) }),
            (INVALID, "requests_at_once", 1_000),
        ),
        ("PUT", "/policy-sets/approval", json!({ "entries": many(&entry, 17) }), (INVALID, "entries", 16)),
        (
            "POST",
            "/members/bulk",
            json!({ "members": many(&admin, 501), "action": { "kind": "delete" } }),
            (INVALID, "members_at_once", 500),
        ),
        (
            "POST",
            "/requests/answers",
            json!({ "requests": many(&request, 101), "verdict": "approve" }),
            (INVALID, "requests_at_once", 100),
        ),
        ("PUT", "/escalation", json!({ "after_hours": 1, "to": many(&admin, 51) }), (INVALID, "approvers", 50)),
        ("PUT", "/inviting", json!({ "kind": "chosen", "members": many(&admin, 1_001) }), (FULL, "chosen", 1_000)),
        ("POST", "/webhooks", hooks, (INVALID, "webhook_types", 50)),
        ("POST", "/members", member(json!({ "departments": departments })), (FULL, "departments_of_member", 50)),
        ("POST", "/members", member(of_admin), (INVALID, "departments_of_admin", 50)),
        (
            "POST",
            "/members",
            member(json!({ "attributes": named(51, &json!("x")) })),
            (INVALID, "attributes_of_member", 50),
        ),
        ("POST", "/bots", json!({ "name": "Bot", "approvers": named(501, &admin) }), (INVALID, "users_of_bot", 500)),
        (
            "POST",
            &switch,
            json!({ "to": to, "members": ids(501, MemberId::from_bytes) }),
            (INVALID, "members_of_switch", 500),
        ),
        (
            "POST",
            &switch,
            json!({ "to": to, "groups": ids(501, GroupId::from_bytes) }),
            (INVALID, "groups_of_switch", 500),
        ),
        ("POST", "/sso/logins/match", login, (INVALID, "claims", 16)),
    ];
    for (method, path, body, beyond) in rows {
        desk.check_beyond(method, path, &body, beyond);
    }
    let code = json!({ "kind": "code", "code": "ZZZZZZZZ" });
    let join = json!({ "by": code, "name": "Ada", "attributes": named(33, &json!("x")) });
    check(&desk.host.client("").post("/v1/join", &join), (INVALID, "attributes_of_applicant", 32));
}

#[test]
fn texts_that_are_too_long_hear_the_bound() {
    let desk = FrontDesk::new();
    let admin = &desk.org.primary_admin;
    let (invitation, link) = desk.invite(&json!({ "name": "Fair" }));
    let link = format!("https://acme.example/{}/{}", long(300), link.rsplit('/').next().unwrap());
    let member = |email: String, attributes: Value| json!({ "name": "Ada", "departments": [desk.org.root], "work_email": email, "attributes": attributes });
    let connection = ConnectionId::from_bytes([1; 16]).to_string();
    let login = |subject: usize, value: usize| {
        let claims = json!([{ "kind": "work-email", "value": long(value) }]);
        json!({ "connection": connection, "subject": long(subject), "claims": claims })
    };
    let at_length = format!("{}@{}.example", long(64), vec![long(60); 3].join("."));
    let reject = format!("/requests/{}/reject", RequestId::from_bytes([1; 16]));
    let bot = json!({ "name": "Bot", "approvers": { (long(201)): admin } });
    let issuer = json!({ "name": "C", "protocol": "oidc", "issuer": long(1_025) });
    let hooks = json!({ "url": format!("https://{}.example", long(2_100)) });
    let attribute = member("a@b.example".to_owned(), json!({ "site": long(1_025) }));
    let rows = [
        ("/webhooks", hooks, ("url_bytes", 2_048)),
        (&reject, json!({ "note": long(1_001) }), ("note_characters", 1_000)),
        ("/members", attribute, ("attribute_bytes", 1_024)),
        ("/members", member(at_length, json!({})), ("address_bytes", 254)),
        ("/members", member(format!("{}@b.example", long(65)), json!({})), ("local_part_bytes", 64)),
        ("/bots", bot, ("user_bytes", 200)),
        ("/workforce-types", json!({ "name": long(65) }), ("workforce_type_characters", 64)),
        (&format!("/invitations/{invitation}/qr.svg"), json!({ "link": link }), ("link_bytes", 300)),
        ("/sso/connections", issuer, ("issuer_bytes", 1_024)),
        ("/sso/logins/match", login(1_025, 1), ("subject_bytes", 1_024)),
        ("/sso/logins/match", login(1, 1_025), ("claim_bytes", 1_024)),
    ];
    for (path, body, (bound, limit)) in rows {
        desk.check_beyond("POST", path, &body, (INVALID, bound, limit));
    }
}

#[test]
fn rules_of_groups_that_are_too_large_hear_the_bound_and_where() {
    let desk = FrontDesk::new();
    let leaf = json!({ "role": ["member"] });
    let deep = (0..8).fold(leaf.clone(), |rule, _| json!({ "not": rule }));
    let rows = [
        (deep, "/rule/not/not/not/not/not/not/not/not", ("rule_levels", 8)),
        (json!({ "any": many(&leaf, 64) }), "/rule/any/63", ("rule_conditions", 64)),
        (json!({ "language": many(&json!("de"), 101) }), "/rule/language", ("rule_texts", 100)),
        (json!({ "language": [long(257)] }), "/rule/language/0", ("rule_text_bytes", 256)),
    ];
    for (rule, field, (bound, limit)) in rows {
        let refused = desk.admin().post(&desk.path("/groups"), &json!({ "name": "A", "rule": rule }));
        check(&refused, (INVALID, bound, limit));
        assert_eq!(refused.body["field"], field);
    }
}

#[test]
fn what_an_organisation_has_its_fill_of_hears_the_bound() {
    let desk = FrontDesk::new();
    let (admin, operator) = (desk.org.token.as_str(), desk.host.operator.as_str());
    // Without which there is no single sign-on (R19).
    desk.host.give_password(&desk.org);
    let full = |path: &str, bound, new| desk.check_full(admin, &desk.path(path), 0, bound, new);
    full("/webhooks", ("webhooks", 8), |_| json!({ "url": "http://127.0.0.1:9/hooks" }));
    full("/bots", ("bots", 20), |n| json!({ "name": format!("Bot {n}"), "approvers": {} }));
    full("/domains", ("domains", 20), |n| json!({ "domain": format!("d{n}.example") }));
    full(
        "/sso/connections",
        ("connections", 20),
        |n| json!({ "name": format!("C{n}"), "protocol": "oidc", "issuer": "https://id.example" }),
    );
    full("/workforce-types", ("workforce_types", 100), |n| json!({ "name": format!("Type {n}") }));
    desk.check_full(
        operator,
        &desk.path("/plans"),
        0,
        ("plans", 100),
        |n| json!({ "name": format!("Plan {n}"), "size": 1, "starts_on": "2026-01-01" }),
    );
    desk.check_full(
        operator,
        "/v1/host/tokens",
        1,
        ("operator_tokens", 64),
        |n| json!({ "name": format!("Token {n}") }),
    );

    desk.count(&counters::policy_bytes(), 512 << 20);
    let manifest = json!({
        "name": "script", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1",
    });
    let policy = json!({ "manifest": manifest, "payload": "eA==" });
    desk.check_beyond("POST", "/policies", &policy, (FULL, "policy_bytes", 512 << 20));
    desk.count(&counters::open_imports(), 20);
    let sheet = b"Name,Department,Workforce type\nAda,Acme,regular\n";
    let import = desk.admin().send("POST", &desk.path("/imports"), &FILE, Some(sheet));
    check(&import, (FULL, "open_imports", 20));
    let group = |n: u16| group::Group {
        id: GroupId::from_bytes(numbered(n)),
        name: format!("G{n}"),
        rule: None,
        plan: None,
        department: None,
        created_at: Instant::from_micros(0),
    };
    drop(desk.admin().post(&desk.path("/groups"), &json!({ "name": "First" })).expect(201));
    desk.store((1..1_000).map(group).map(|group| (group.id, Group(group))));
    desk.check_beyond("POST", "/groups", &json!({ "name": "Last" }), (FULL, "groups", 1_000));
}

#[test]
fn r37_r38_members_and_departments_beyond_the_limits_hear_the_bound() {
    let desk = FrontDesk::new();
    let root: DepartmentId = desk.org.root.parse().unwrap();
    let add = |name: &str, parent: DepartmentId| json!({ "name": name, "parent": parent.to_string() });
    let sales = text(&desk.admin().post(&desk.path("/departments"), &add("Sales", root)).expect(201)["id"]);
    let ada = json!({ "name": "Ada", "departments": [sales], "work_email": "ada@example.com" });
    desk.count(&counters::department_members(sales.parse().unwrap()), 1_001);
    let removed = format!("/departments/{sales}?into={root}");
    let etag = desk.admin().get(&desk.path(&format!("/departments/{sales}"))).etag.unwrap();
    let removed = desk.admin().send("DELETE", &desk.path(&removed), &[("if-match", &etag)], None);
    check(&removed, (FULL, "moved_members", 1_000));
    desk.count(&counters::department_members(sales.parse().unwrap()), 10_000 - 1_001);
    desk.check_beyond("POST", "/members", &ada, (FULL, "direct_members", 10_000));

    drop(desk.plan("Team", 50));
    let (_, link) = desk.invite(&json!({ "name": "Fair" }));
    desk.count(&counters::members(), 49);
    desk.check_beyond("POST", "/members", &ada, (FULL, "members", 50));
    let proof = json!({ "by": by(&link), "phone": "+491701234567" });
    check(&desk.host.client("").post("/v1/join/proofs", &proof), (FULL, "members", 50));

    let wide = desk.departments(1..1_001, root);
    desk.check_beyond("POST", "/departments", &add("One", root), (FULL, "children", 1_000));
    let deepest = (2_000..2_022).fold(wide[0], |above, n| desk.departments(n..n + 1, above)[0]);
    let deeper = add("Deeper", deepest);
    let last = text(&desk.admin().post(&desk.path("/departments"), &deeper).expect(201)["id"]);
    desk.check_beyond("POST", "/departments", &add("Deepest", last.parse().unwrap()), (FULL, "levels", 25));
    drop(desk.departments(3_000..12_000, wide[1]));
    desk.check_beyond("POST", "/departments", &add("Last", wide[0]), (FULL, "departments", 10_000));
}
