//! `usher audit`, `usher events`, `usher webhook` and `usher dead-letter`: who did what, what happened, where it was
//! sent, what did not arrive (R34, R42, R43).

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use serde_json::{Value, json};
use usher_api::Code;
use usher_server::ports::Clock as _;

use crate::command::{ORG, Usher, usher};
use crate::front_desk::text;
use crate::groups::{Office, office};
use crate::receiver::Receiver;
use crate::scripted::{Scripted, refusal};
use crate::wishes::until;

fn events(desk: &Office, more: &[&str]) -> Vec<Value> {
    let told = desk.usher(&[&["events", "--no-follow", "--json"][..], more].concat()).succeeds();
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The command, which asks a host that was written for a test and answers in words.
pub fn in_words(host: &Scripted, args: &[&str]) -> Usher {
    usher().args(args).args(["--url", &host.url, "--org", ORG, "--token", "ush_1"])
}

/// As that, and answers in JSON.
pub fn at(host: &Scripted, args: &[&str]) -> Usher {
    in_words(host, args).args(["--json"])
}

#[test]
fn r43_events_are_told_so_far_and_followed_as_they_happen() {
    let (desk, ..) = office();
    let ada = desk.add("ada", &json!({}));
    desk.settle();
    let so_far = events(&desk, &[]);
    let numbers: Vec<_> = so_far.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=so_far.len() as u64).collect::<Vec<_>>());
    let shown = desk.usher(&["events", "--no-follow"]).succeeds();
    assert!(shown.contains("member.added") && shown.contains(&format!("member {ada}")), "{shown}");

    let after = so_far.len().to_string();
    assert_eq!(events(&desk, &["--after", &after]), [] as [Value; 0]);
    let mut following = desk.usher(&["events", "--after", &after, "--json"]).starts();
    let bob = desk.add("bob", &json!({}));
    let lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut told = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let of_bob = told.find(|event| event["data"]["member"] == bob).unwrap();
    assert!(of_bob["seq"].as_u64().unwrap() > so_far.len() as u64, "{of_bob}");
    following.kill().unwrap();
    following.wait().unwrap();
}

#[test]
fn r42_the_audit_trail_is_listed_by_who_what_whom_and_when() {
    let (desk, ..) = office();
    let (ada, bob) = (desk.add("ada", &json!({})), desk.add("bob", &json!({})));
    let admin = desk.org.primary_admin.clone();
    let check = |filter: &[&str], expected: &[&String]| {
        let told = desk.told(&[&["audit", "list", "--what", "member.added"][..], filter].concat());
        let targets: Vec<_> = told.as_array().unwrap().iter().map(|entry| text(&entry["target"])).collect();
        assert_eq!(targets.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    };
    check(&[], &[&bob, &ada]);
    check(&["--limit", "1"], &[&bob]);
    check(&["--target", &ada], &[&ada]);
    check(&["--who", &admin], &[&bob, &ada]);
    check(&["--who", "host"], &[]);
    let now = desk.host.clock.now();
    check(&["--until", &now.to_string()], &[]);
    desk.host.clock.advance(1);
    check(&["--from", &now.to_string()], &[&bob, &ada]);
    let shown = desk.usher(&["audit", "list", "--what", "member"]).succeeds();
    assert!([&ada, &admin, "member.added"].iter().all(|part| shown.contains(*part)), "{shown}");
    let none = desk.usher(&["audit", "list", "--who", "stranger"]).succeeds();
    assert!(none.contains("There is no such entry."), "{none}");
    let (_, err) = desk.usher(&["audit", "list", "--from", "yesterday"]).ends(3);
    assert!(err.contains("from") && err.contains("yesterday"), "{err}");
}

#[test]
fn r43_who_follows_goes_on_until_the_host_refuses() {
    let (desk, ..) = office();
    desk.add("ada", &json!({}));
    let token = desk.host.service(&desk.org, &["audit"]);
    let args = ["events", "--url", &format!("http://{}", desk.host.address), "--org", &desk.org.id, "--token", &token];
    let mut following = usher().args(args).starts();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let tokens = desk.admin().get(&desk.path("/tokens")).expect(200);
    let of_service = tokens["items"].as_array().unwrap().iter().find(|token| token["name"] == "test").unwrap();
    assert_eq!(desk.admin().delete(&desk.path(&format!("/tokens/{}", text(&of_service["id"])))).status, 204);
    desk.add("bob", &json!({}));
    let ended = following.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(3), "{err}");
    assert!(err.contains("waiting for the host") && err.contains("unauthenticated"), "{err}");
}

#[test]
fn r43_who_follows_comes_back_when_a_stream_breaks_off_and_while_the_host_is_busy() {
    let event = |seq: u64| {
        let at = "2026-03-02T09:00:00Z";
        json!({ "id": "evt_1", "seq": seq, "type": "member.added", "version": 1, "at": at, "data": {} })
    };
    let host = Scripted::start(vec![
        (200, format!("data: {}\n\ndata: {{\"id\": \"ev", event(1))),
        refusal(Code::TooManyStreams),
        refusal(Code::Unavailable),
        (200, format!("data: {}\n\n", event(2))),
        refusal(Code::Unauthenticated),
    ]);
    let (out, err) = at(&host, &["events"]).ends(3);
    assert!(err.contains("unauthenticated"), "{err}");
    let told: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told, [event(1), event(2)]);
    let asked = [0, 1, 1, 1, 2].map(|after| format!("GET /v1/orgs/{ORG}/events?after={after}"));
    assert_eq!(host.asked(), asked);
}

#[test]
fn r43_who_follows_does_not_wait_for_what_is_not_understood() {
    let check = |answers: &[(u16, &str)], expected: &str| {
        let host = Scripted::start(answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect());
        let (_, err) = at(&host, &["events"]).ends(6);
        assert!(err.contains(expected), "{answers:?}: no `{expected}` in {err}");
    };
    check(&[(200, "data: { \"seq\": 1 }\n\n")], "missing field `id`");
    check(&[(404, "<html>")], "404 Not Found");
    // The host was there before.
    check(&[(200, "data:"), (200, "<html>")], "no stream of events");
}

#[test]
fn r43_a_webhook_is_made_tested_redelivered_to_and_removed() {
    let (desk, ..) = office();
    let receiver = Receiver::start("/hook");
    let none = desk.usher(&["webhook", "list"]).succeeds();
    assert!(none.contains("There is no webhook."), "{none}");
    let added = desk.usher(&["webhook", "add", &receiver.url, "--type", "member.added"]).succeeds();
    assert!(added.contains("shown this once: whsec_"), "{added}");
    let id = text(&desk.told(&["webhook", "list"])[0]["id"]);
    let do_it = |what: &str, more: &[&str]| desk.usher(&[&["webhook", what, &id][..], more].concat());

    let tested = do_it("test", &[]).succeeds();
    assert!(tested.contains("204"), "{tested}");
    receiver.answers(500, Duration::ZERO);
    let (out, err) = do_it("test", &[]).ends(1);
    assert!(out.contains("500") && err.contains("no ping arrived"), "{out}{err}");
    receiver.answers(204, Duration::ZERO);
    desk.add("ada", &json!({}));
    receiver.wait(3);
    desk.host.work();
    let attempts = do_it("attempts", &[]).succeeds();
    assert!(attempts.contains("204") && attempts.contains("evt_"), "{attempts}");
    do_it("redeliver", &["--from", "1"]).succeeds();
    receiver.wait(4);
    do_it("redeliver", &["--from", "1000"]).ends(3);

    assert!(do_it("disable", &[]).succeeds().contains("is disabled"));
    let listed = desk.usher(&["webhook", "list"]).succeeds();
    assert!(listed.contains(&receiver.url) && listed.contains("disabled") && !listed.contains("whsec"), "{listed}");
    assert!(do_it("enable", &[]).succeeds().contains("is enabled"));
    do_it("remove", &[]).succeeds();
    assert_eq!(desk.told(&["webhook", "list"]), json!([]));
}

#[test]
fn r34_what_did_not_arrive_is_listed_tried_again_and_dropped() {
    let (desk, ..) = office();
    let nobody = desk.usher(&["dead-letter", "list"]).succeeds();
    assert!(nobody.contains("Everything was delivered"), "{nobody}");
    for name in ["ada", "bob"] {
        desk.host.world.refuse(&format!("{name}@example.com"), Some(550));
        desk.add(name, &json!({}));
    }
    // The host's own worker may have taken a step of the way.
    let letters = || desk.told(&["dead-letter", "list"]);
    until(|| {
        desk.settle();
        letters().as_array().unwrap().len() == 2
    });
    let listed = desk.usher(&["dead-letter", "list"]).succeeds();
    assert!(listed.contains("ada@example.com") && listed.contains("rejected (550)"), "{listed}");
    let letters = letters();
    let of = |to: &str| text(&letters.as_array().unwrap().iter().find(|letter| letter["to"] == to).unwrap()["id"]);
    let bob = of("bob@example.com");
    assert_eq!(desk.told(&["dead-letter", "drop", &bob]), json!({ "dropped": [bob] }));
    desk.usher(&["dead-letter", "drop", &bob]).ends(3);
    desk.usher(&["dead-letter", "retry"]).ends(2);

    desk.host.world.refuse("ada@example.com", None);
    let before = desk.host.world.mail().len();
    let told = desk.usher(&["dead-letter", "retry", "--all"]).succeeds();
    assert!(told.contains("on the way again: 1 message"), "{told}");
    until(|| {
        desk.settle();
        desk.host.world.mail().len() == before + 1
    });
    assert_eq!(desk.told(&["dead-letter", "list"]), json!([]));
}

#[test]
fn r34_retrying_all_passes_over_what_somebody_dealt_with_and_says_what_it_did() {
    let ids = ["a", "b", "c", "d"].map(|last| format!("ded_01h0000000000000000000000{last}"));
    let at_nine = "2026-03-02T09:00:00Z";
    let letter = |id: &String| {
        json!({
            "id": id, "channel": "mail", "letter": "added", "to": "ada@example.com", "attempts": 1,
            "reason": "rejected", "written_at": at_nine, "died_at": at_nine, "kept_until": at_nine,
        })
    };
    let sent = || (204, String::new());
    let page = (200, json!({ "items": ids.each_ref().map(letter) }).to_string());
    let gone = refusal(Code::NotFound);
    let host = Scripted::start(vec![page, gone.clone(), sent(), refusal(Code::Unavailable)]);
    let (out, err) = at(&host, &["dead-letter", "retry", "--all"]).ends(3);
    assert!(err.contains("unavailable"), "{err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), json!({ "retried": [ids[1]] }));
    assert_eq!(host.asked().last().unwrap(), &format!("POST /v1/orgs/{ORG}/dead-letters/{}/retry", ids[2]));

    let host = Scripted::start(vec![sent(), gone]);
    let (out, err) = at(&host, &["dead-letter", "drop", &ids[0], &ids[1]]).ends(3);
    assert!(err.contains("not_found"), "{err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), json!({ "dropped": [ids[0]] }));
}
