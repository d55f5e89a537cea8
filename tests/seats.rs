//! Seats given, taken and waited for (R1, R35, R36).

use serde_json::{Value, json};

use crate::front_desk::{FrontDesk, text};

/// A plan of one seat, and members who have none.
fn office(members: &[&str]) -> (FrontDesk, String, Vec<String>) {
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 1);
    let more = json!({ "name": "More", "size": 50, "starts_on": "2026-01-01" });
    drop(desk.host.client(&desk.host.operator).post(&desk.path("/plans"), &more).expect(201));
    let add = |name: &&str| {
        let email = format!("{name}@example.com");
        let body = json!({
            "name": name, "departments": [desk.org.root], "work_email": email, "seat": { "kind": "none" },
        });
        text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"])
    };
    let ids = members.iter().map(add).collect();
    (desk, plan, ids)
}

fn give(desk: &FrontDesk, member: &str, plan: &str) -> Value {
    desk.admin().send("PUT", &desk.path(&format!("/members/{member}/seats/{plan}")), &[], None).expect(200)
}

fn take(desk: &FrontDesk, member: &str, plan: &str) -> u16 {
    desk.admin().delete(&desk.path(&format!("/members/{member}/seats/{plan}"))).status
}

/// What a member holds once freed seats were given on.
fn check_seats(desk: &FrontDesk, member: &str, seats: &Value) {
    desk.host.work();
    assert_eq!(desk.member(&json!(member))["seats"], *seats);
}

#[test]
fn r36_an_unmet_wish_is_kept_and_taken_up_oldest_first() {
    let (desk, plan, ids) = office(&["ada", "bob", "eve"]);
    assert_eq!(give(&desk, &ids[0], &plan)["outcome"], "given");
    assert_eq!(give(&desk, &ids[0], &plan)["outcome"], "given", "twice is once");
    for waiting in &ids[1..] {
        desk.host.clock.advance(1_000_000);
        let wished = give(&desk, waiting, &plan);
        assert_eq!((&wished["outcome"], &wished["reason"]), (&json!("wished"), &json!("no_seat_free")));
    }
    assert_eq!(desk.seats(&plan), (1, 0, 0));
    let queue = desk.admin().get(&desk.path(&format!("/plans/{plan}/waiting"))).expect(200);
    let queue: Vec<_> = queue["items"].as_array().unwrap().iter().map(|one| text(&one["member"])).collect();
    assert_eq!(queue, ids[1..]);

    assert_eq!(take(&desk, &ids[0], &plan), 204);
    check_seats(&desk, &ids[1], &json!([plan]));
    let bob = desk.member(&json!(ids[1]));
    assert_eq!(bob["wishes"], json!([]));
    assert_eq!(desk.member(&json!(ids[2]))["seats"], json!([]));
    assert_eq!(desk.seats(&plan), (1, 0, 0));
}

#[test]
fn r36_more_seats_are_given_to_who_waits() {
    let (desk, plan, ids) = office(&["ada", "bob", "eve"]);
    for member in &ids {
        give(&desk, member, &plan);
    }
    let path = desk.path(&format!("/plans/{plan}"));
    let operator = desk.host.client(&desk.host.operator);
    let etag = operator.get(&path).etag.unwrap();
    drop(operator.patch(&path, &etag, &json!({ "size": 3 })).expect(200));
    check_seats(&desk, &ids[2], &json!([plan]));
    assert_eq!(desk.seats(&plan), (3, 0, 0));
}

#[test]
fn r36_a_reduction_takes_nothing_and_gives_nothing_until_back_under() {
    let (desk, plan, ids) = office(&["ada", "bob"]);
    let path = desk.path(&format!("/plans/{plan}"));
    let operator = desk.host.client(&desk.host.operator);
    let resize = |size: u32| {
        let etag = operator.get(&path).etag.unwrap();
        drop(operator.patch(&path, &etag, &json!({ "size": size })).expect(200));
    };
    resize(2);
    give(&desk, &ids[0], &plan);
    resize(1);
    give(&desk, &ids[1], &plan);
    assert_eq!(desk.seats(&plan), (1, 0, 0));
    resize(2);
    check_seats(&desk, &ids[1], &json!([plan]));
    resize(1);
    assert_eq!(desk.seats(&plan), (2, 0, 0), "nothing is taken away");
    assert_eq!(take(&desk, &ids[1], &plan), 204);
    assert_eq!(give(&desk, &ids[1], &plan)["outcome"], "wished");
}

#[test]
fn r36_whoever_is_suspended_waits() {
    let (desk, plan, ids) = office(&["ada"]);
    let path = desk.path(&format!("/members/{}", ids[0]));
    let act = |how: &str| {
        let etag = desk.admin().get(&path).etag.unwrap();
        drop(desk.admin().send("POST", &format!("{path}/{how}"), &[("if-match", &etag)], None).expect(200));
    };
    act("suspend");
    let wished = give(&desk, &ids[0], &plan);
    assert_eq!((&wished["outcome"], &wished["reason"]), (&json!("wished"), &json!("suspended")));
    act("resume");
    check_seats(&desk, &ids[0], &json!([plan]));
    assert_eq!(take(&desk, &ids[0], &plan), 204);
    assert_eq!(take(&desk, &ids[0], &plan), 404, "there is nothing left to take");
}
