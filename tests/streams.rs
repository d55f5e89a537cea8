//! Following an organisation's events as a stream (R43).

use std::io::{BufRead as _, BufReader};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::time::HOUR;
use usher_server::Config;
use usher_server::testing::{TestHost, TestOrg};
use usher_store::MemoryStore;

use crate::front_desk::{FrontDesk, text};
use crate::process::within;

/// A client that follows: what it was sent, line by line.
struct Follower(std::io::Lines<BufReader<ureq::BodyReader<'static>>>);

/// One event, as it was sent.
#[derive(Debug)]
struct Sent {
    id: u64,
    kind: String,
    data: Value,
}

impl Follower {
    /// Follows from where `query` says, or from behind the last event that was seen.
    fn open(host: &TestHost, org: &TestOrg, token: &str, query: &str, seen: Option<u64>) -> Result<Follower, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("http://{}/v1/orgs/{}/events{query}", host.address, org.id);
        let request = agent.get(url).header("authorization", format!("Bearer {token}"));
        let mut request = request.header("accept", "text/event-stream");
        if let Some(seen) = seen {
            request = request.header("last-event-id", seen.to_string());
        }
        let mut response = request.call().unwrap();
        if response.status() != 200 {
            return Err(response.body_mut().read_to_string().unwrap());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Follower(BufReader::new(response.into_body().into_reader()).lines()))
    }

    /// The next `count` events.
    fn take(&mut self, count: usize) -> Vec<Sent> {
        (0..count).map(|_| self.next().expect("the stream goes on")).collect()
    }

    /// The next event; nothing when the stream ends.
    fn next(&mut self) -> Option<Sent> {
        let (mut id, mut kind) = (None, None);
        loop {
            let line = self.0.next()?.ok()?;
            match line.split_once(": ") {
                Some(("id", text)) => id = text.parse().ok(),
                Some(("event", text)) => kind = Some(text.to_owned()),
                Some(("data", text)) => {
                    let data = serde_json::from_str(text).unwrap();
                    return Some(Sent { id: id.unwrap(), kind: kind.unwrap(), data });
                }
                _ => {}
            }
        }
    }
}

fn quick(heartbeat: Duration) -> TestHost {
    TestHost::with(Arc::new(MemoryStore::new()), Config { heartbeat, ..Config::default() })
}

fn add_member(host: &TestHost, org: &TestOrg, name: &str) {
    let body = json!({ "name": name, "departments": [org.root], "work_email": format!("{name}@example.com") });
    drop(host.client(&org.token).post(&format!("/v1/orgs/{}/members", org.id), &body).expect(201));
}

#[track_caller]
fn check_in_order(seen: &[Sent], from: u64) {
    let expected: Vec<u64> = (from..).take(seen.len()).collect();
    assert_eq!(seen.iter().map(|event| event.id).collect::<Vec<_>>(), expected);
    assert!(seen.iter().all(|event| event.data["seq"] == event.id && event.data["type"] == event.kind.as_str()));
}

#[test]
fn r43_sixty_four_join_while_three_follow_and_each_sees_every_event_once_in_order() {
    const JOINS: usize = 64;
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({ "approval_required": false }));
    let proofs: Vec<Value> = (0..JOINS).map(|n| desk.prove(&link, &format!("p{n}@example.com"))).collect();
    let token = desk.host.service(&desk.org, &["audit"]);
    let open = |query: &str, seen| Follower::open(&desk.host, &desk.org, &token, query, seen).unwrap();
    let before = desk.admin().get(&desk.path("/events")).expect(200)["items"].as_array().unwrap().len();
    let all = before + JOINS;
    std::thread::scope(|scope| {
        let first = scope.spawn(|| check_in_order(&open("", None).take(all), 1));
        let tenth = scope.spawn(|| check_in_order(&open("?from=10", None).take(all - 9), 10));
        let comes_back = scope.spawn(|| {
            let mut seen = open("?after=4", None).take(20);
            let last = seen.last().unwrap().id;
            // The header counts, not the address that the client began with.
            seen.extend(open("?after=4", Some(last)).take(all - 24));
            check_in_order(&seen, 5);
        });
        for some in proofs.chunks(JOINS / 8) {
            let (desk, link) = (&desk, &link);
            scope.spawn(move || some.iter().for_each(|proof| drop(desk.ask(link, "Ada", proof).expect(200))));
        }
        for follower in [first, tenth, comes_back] {
            follower.join().unwrap();
        }
    });
}

#[test]
fn r43_a_stream_ends_when_its_token_does() {
    let host = quick(Duration::from_millis(50));
    let acme = host.organisation("Acme");
    add_member(&host, &acme, "ada");
    let admin = host.client(&acme.token);
    let path = format!("/v1/orgs/{}/tokens", acme.id);
    let service = json!({ "kind": "service", "permissions": ["audit"] });

    let made = admin.post(&path, &json!({ "name": "t", "holder": service })).expect(201);
    let mut revoked = Follower::open(&host, &acme, made["secret"].as_str().unwrap(), "", None).unwrap();
    assert_eq!(revoked.next().unwrap().kind, "member.added");
    let token = format!("{path}/{}", made["token"]["id"].as_str().unwrap());
    assert_eq!(admin.delete(&token).status, 204);
    assert!(revoked.next().is_none(), "nothing comes after the end");

    let ends = json!({ "name": "t", "holder": service, "expires_at": "2026-03-02T09:30:00Z" });
    let made = admin.post(&path, &ends).expect(201);
    let mut expires = Follower::open(&host, &acme, made["secret"].as_str().unwrap(), "", None).unwrap();
    assert_eq!(expires.next().unwrap().kind, "member.added");
    host.clock.advance(HOUR);
    add_member(&host, &acme, "bob");
    assert!(expires.next().is_none(), "nothing comes after the end");
}

#[test]
fn r43_streams_are_bounded_by_name_and_end_with_the_host() {
    let drain_timeout = Duration::from_secs(300);
    let host = TestHost::with(Arc::new(MemoryStore::new()), Config { drain_timeout, ..Config::default() });
    let acme = host.organisation("Acme");
    let open = |token: &str| Follower::open(&host, &acme, token, "", None);
    #[track_caller]
    fn check_refused(opened: Result<Follower, String>, limit: &str) {
        let refused: Value = serde_json::from_str(&opened.err().unwrap()).unwrap();
        assert_eq!((&refused["code"], &refused["limit"]), (&json!("too_many_streams"), &json!(limit)), "{refused}");
    }
    let mut streams: Vec<Follower> = (0..8).map(|_| open(&acme.token).unwrap()).collect();
    check_refused(open(&acme.token), "streams_by_token");
    drop(streams.pop());
    streams.push(within(Duration::from_secs(120), || open(&acme.token).ok()));
    for _ in 1..4 {
        let token = host.service(&acme, &["audit"]);
        streams.extend((0..8).map(|_| open(&token).unwrap()));
    }
    check_refused(open(&host.service(&acme, &["audit"])), "streams_by_organisation");
    let sheet = [("content-type", "application/octet-stream")];
    let path = format!("/v1/orgs/{}/imports", acme.id);
    let file = b"Name,Department,Workforce type,Work email\nAda,Acme,regular,ada@example.com\n";
    let import = host.client(&acme.token).send("POST", &path, &sheet, Some(file)).expect(202);
    let progress = host.client(&acme.token).get(&format!("{path}/{}/events", text(&import["id"])));
    assert_eq!(progress.code(), "too_many_streams", "a stream of an import's progress takes a place too");
    let other = host.organisation("Other");
    drop(Follower::open(&host, &other, &other.token, "", None).unwrap());
    assert_eq!(host.client(&acme.token).get(&format!("/v1/orgs/{}/events", acme.id)).status, 200, "pages go on");
    // Five minutes are given to requests under way: streams must not take them.
    let stopping = Duration::from_secs(120);
    let (stopped, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(host);
        stopped.send(()).unwrap();
    });
    waits.recv_timeout(stopping).expect("the host stops");
    assert!(streams.iter_mut().all(|stream| stream.next().is_none()));
}

#[test]
fn r43_where_a_stream_begins_is_checked() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let check = |headers: &[(&str, &str)], query: &str, code: &str| {
        let path = format!("/v1/orgs/{}/events{query}", acme.id);
        assert_eq!(host.client(&acme.token).send("GET", &path, headers, None).code(), code, "{headers:?} {query}");
    };
    let stream = ("accept", "text/event-stream");
    check(&[stream, ("last-event-id", "yesterday")], "", "invalid_header");
    check(&[stream], "?from=-1", "invalid_query");
    check(&[stream], "?from=1&after=1", "invalid_query");
}
