//! Limits that hold for everybody: rates of requests, room for large bodies, and whose address counts when a proxy
//! stands before the host.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::ids::DepartmentId;
use usher_domain::time::SECOND;
use usher_server::Config;
use usher_server::app::throttle::requests::Rates;
use usher_server::http::client_address::Proxies;
use usher_server::testing::{Answer, TestHost, TestOrg};
use usher_store::MemoryStore;

use crate::process::within;

/// A host behind a proxy on this machine.
fn behind_a_proxy(rates: Rates) -> TestHost {
    let header = "x-client".parse().unwrap();
    let proxies = Proxies::new(vec!["127.0.0.0/8".parse().unwrap()], header);
    TestHost::with(Arc::new(MemoryStore::new()), Config { proxies, rates, ..Config::default() })
}

#[track_caller]
fn check_refused(answer: &Answer, limit: &str) {
    assert_eq!((answer.status, answer.code()), (429, "too_many_requests"), "{}", answer.body);
    assert_eq!((&answer.body["limit"], answer.retry_after.as_deref()), (&json!(limit), Some("1")));
}

#[test]
fn a_network_that_sends_too_much_hears_which_limit_it_is_and_others_go_on() {
    let host = behind_a_proxy(Rates { by_network: 1, by_token: 0 });
    let from = |client: &str| host.client("").send("GET", "/v1/audit/key", &[("x-client", client)], None);
    for _ in 0..10 {
        assert_eq!(from("198.51.100.1").status, 200);
    }
    check_refused(&from("198.51.100.1"), "requests_by_network");
    check_refused(&from("203.0.113.5, 198.51.100.1"), "requests_by_network");
    assert_eq!(from("198.51.100.2").status, 200);
    host.clock.advance(SECOND);
    assert_eq!(from("198.51.100.1").status, 200);
    check_refused(&from("198.51.100.1"), "requests_by_network");
    let refused = host.client("").send("POST", "/v1/join", &[("x-client", "198.51.100.1")], Some(b"{}"));
    check_refused(&refused, "requests_by_network");
    for _ in 0..50 {
        assert_eq!(host.client("").get("/v1/audit/key").status, 200, "the machine itself is not counted");
    }
}

#[test]
fn a_token_that_is_used_too_much_is_refused_from_wherever_and_tokens_made_up_harm_nobody() {
    let host = TestHost::with(
        Arc::new(MemoryStore::new()),
        Config { rates: Rates { by_network: 0, by_token: 5 }, ..Config::default() },
    );
    let acme = host.organisation("Acme");
    let get = |token: &str| host.client(token).get(&format!("/v1/orgs/{}", acme.id));
    let service = host.service(&acme, &["audit"]);
    for _ in 0..50 {
        assert_ne!(get(&service).status, 429);
    }
    check_refused(&get(&service), "requests_by_token");
    assert_eq!(get(&acme.token).status, 200, "another token of the same organisation");
    let made_up = format!("{}0", acme.token);
    for _ in 0..60 {
        assert_eq!(get(&made_up).status, 401);
    }
    assert_eq!(get(&acme.token).status, 200);
    host.clock.advance(SECOND);
    assert_ne!(get(&service).status, 429);
}

#[test]
fn large_bodies_of_an_organisation_take_its_share_of_the_room_and_others_have_theirs() {
    const LONG: Duration = Duration::from_secs(30);
    let config = Config { max_large_bodies: 200_000, ..Config::default() };
    let host = TestHost::with(Arc::new(MemoryStore::new()), config);
    let (acme, other) = (host.organisation("Acme"), host.organisation("Other"));
    let path = |org: &TestOrg| format!("/v1/orgs/{}/departments", org.id);
    let service = host.service(&acme, &["member_and_department"]);
    let send = |token: &str, org: &TestOrg| {
        let answer = host.client(token).post(&path(org), &json!({ "name": "x".repeat(20_000) }));
        (answer.code().to_owned(), answer.body["limit"].as_str().unwrap_or_default().to_owned(), answer.retry_after)
    };
    let taken = || ("invalid_field".to_owned(), String::new(), None);
    let refused = ("too_many_bodies".to_owned(), "large_bodies_by_organisation".to_owned(), Some("1".to_owned()));
    assert_eq!(send(&acme.token, &acme), taken());

    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {service}\r\ncontent-type: application/json\r\n\
         content-length: 100000\r\n\r\n",
        path(&acme)
    );
    // One that comes while another takes room may be the one that is refused: then it is sent anew.
    let slow = within(LONG, || {
        let mut slow = TcpStream::connect(host.address).unwrap();
        slow.write_all(head.as_bytes()).unwrap();
        slow.write_all(&[b' '; 90_000]).unwrap();
        (send(&acme.token, &acme) == refused).then_some(slow)
    });
    assert_eq!(send(&other.token, &other), taken(), "another organisation's");
    assert_eq!(host.client(&acme.token).post(&path(&acme), &json!({ "name": "Sales 2" })).status, 201, "a small one");
    drop(slow);
    within(LONG, || (send(&acme.token, &acme) == taken()).then_some(()));
}

#[test]
fn what_is_beyond_a_bound_hears_its_name_and_how_much_it_allows() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let org = format!("/v1/orgs/{}", acme.id);
    let check = |token: &str, method: &str, path: &str, body: &Value, (code, bound, limit): (&str, &str, u64)| {
        let path = if path.starts_with("/v1") { path.to_owned() } else { format!("{org}{path}") };
        let client = host.client(token);
        let etag = if ["PUT", "PATCH"].contains(&method) { client.get(&path).etag } else { None };
        let version = etag.iter().map(|etag| ("if-match", etag.as_str())).collect::<Vec<_>>();
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let answer = client.send(method, &path, &version, body.as_deref());
        let told = (answer.code(), &answer.body["bound"], &answer.body["limit"]);
        assert_eq!(told, (code, &json!(bound), &json!(limit)), "{method} {path}: {}", answer.body);
    };
    let admin = acme.token.as_str();
    let many = |text: &Value, count: usize| json!(vec![text; count]);
    let (invalid, full) = ("invalid_field", "limit_reached");
    check(admin, "GET", "/members?limit=201", &Value::Null, ("invalid_query", "page_items", 200));
    let long = json!({ "name": "x".repeat(300_000) });
    check(admin, "POST", "/departments", &long, ("body_too_large", "body_bytes", 262_144));
    let long = json!({ "name": "x".repeat(20_000) });
    check("", "POST", "/v1/join", &long, ("body_too_large", "body_bytes_without_token", 16_384));
    let regions = json!({ "skip_refused_for": (0..251).map(|n| format!("+{}", 1_000 + n)).collect::<Vec<_>>() });
    check(admin, "PATCH", "", &regions, (invalid, "phone_regions", 250));
    let questions = json!({ "point": "approval", "requests": many(&json!({}), 1_001) });
    check(admin, "POST", "/decisions/ask", &questions, (invalid, "requests_at_once", 1_000));
    let entry = json!({ "policy": format!("sha256:{}", "0".repeat(64)) });
    let entries = json!({ "entries": many(&entry, 17) });
    check(admin, "PUT", "/policy-sets/approval", &entries, (invalid, "entries", 16));
    let members = json!({ "members": many(&json!(acme.primary_admin), 501), "action": { "kind": "delete" } });
    check(admin, "POST", "/members/bulk", &members, (invalid, "members_at_once", 500));
    let request = json!("req_01h00000000000000000000000");
    let answers = json!({ "requests": many(&request, 101), "verdict": "approve" });
    check(admin, "POST", "/requests/answers", &answers, (invalid, "requests_at_once", 100));
    let approvers = json!({ "after_hours": 1, "to": many(&json!(acme.primary_admin), 51) });
    check(admin, "PUT", "/escalation", &approvers, (invalid, "approvers", 50));
    let chosen = json!({ "kind": "chosen", "members": many(&json!(acme.primary_admin), 1_001) });
    check(admin, "PUT", "/inviting", &chosen, (full, "chosen", 1_000));
    let nowhere = json!({ "url": format!("https://{}.example", "x".repeat(2_100)) });
    check(admin, "POST", "/webhooks", &nowhere, (invalid, "url_bytes", 2_048));
    let departments: Vec<_> = (0..51).map(|n| DepartmentId::from_bytes([n; 16]).to_string()).collect();
    let everywhere = json!({ "name": "Ada", "departments": departments, "work_email": "a@b.example" });
    check(admin, "POST", "/members", &everywhere, (full, "departments_of_member", 50));

    let operator = host.operator.as_str();
    // Without which there is no single sign-on (R19).
    host.give_password(&acme);
    // One more than there may be.
    let full_at = |token: &str, path: &str, there: u64, most: u64, bound: &str, new: fn(u64) -> Value| {
        let all = if path.starts_with("/v1") { path.to_owned() } else { format!("{org}{path}") };
        for n in there..most {
            let made = host.client(token).post(&all, &new(n));
            assert!(made.status < 300, "{n} of {bound}: {}", made.body);
        }
        check(token, "POST", path, &new(most), (full, bound, most));
    };
    full_at(admin, "/webhooks", 0, 8, "webhooks", |_| json!({ "url": "http://127.0.0.1:9/hooks" }));
    full_at(admin, "/bots", 0, 20, "bots", |n| json!({ "name": format!("Bot {n}"), "approvers": {} }));
    full_at(admin, "/domains", 0, 20, "domains", |n| json!({ "domain": format!("d{n}.example") }));
    full_at(
        admin,
        "/sso/connections",
        0,
        20,
        "connections",
        |n| json!({ "name": format!("C{n}"), "protocol": "oidc", "issuer": "https://id.example" }),
    );
    full_at(admin, "/workforce-types", 0, 100, "workforce_types", |n| json!({ "name": format!("Type {n}") }));
    full_at(
        operator,
        "/plans",
        0,
        100,
        "plans",
        |n| json!({ "name": format!("Plan {n}"), "size": 1, "starts_on": "2026-01-01" }),
    );
    full_at(operator, "/v1/host/tokens", 1, 64, "operator_tokens", |n| json!({ "name": format!("Token {n}") }));
}

#[test]
fn wrong_codes_and_the_trail_are_held_against_the_client_not_the_proxy() {
    let host = behind_a_proxy(Rates::default());
    let acme = host.organisation("Acme");
    let guess = |client: &str| {
        let body = json!({ "by": { "kind": "code", "code": "ZZZZZZZZ" } }).to_string();
        host.client("").send("POST", "/v1/join/invitation", &[("x-client", client)], Some(body.as_bytes()))
    };
    for n in 0..20 {
        // Whatever a client puts before what the proxy writes, it stays the same client.
        let client = format!("198.51.100.{n}, unknown, 192.0.2.1");
        assert_eq!(guess(&client).code(), "invitation_unknown");
    }
    let refused = guess("192.0.2.1");
    assert_eq!((refused.code(), &refused.body["limit"]), ("too_many_attempts", &json!("wrong_codes_by_network")));
    assert_eq!(guess("192.0.2.2").code(), "invitation_unknown");
    assert_eq!(guess("nonsense").code(), "invitation_unknown", "that is the proxy's own");

    let department = json!({ "name": "Sales" }).to_string();
    let path = format!("/v1/orgs/{}", acme.id);
    let admin = host.client(&acme.token);
    let made =
        admin.send("POST", &format!("{path}/departments"), &[("x-client", "192.0.2.1")], Some(department.as_bytes()));
    drop(made.expect(201));
    let trail: Value = admin.get(&format!("{path}/audit?what=department")).expect(200);
    assert_eq!(trail["items"][0]["origin"], "192.0.2.1", "{trail}");
}
