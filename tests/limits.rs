//! Limits that hold for everybody: rates of requests, room for large bodies, and whose address counts when a proxy
//! stands before the host.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
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
