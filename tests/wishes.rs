//! Wishes for seats that are asked again by themselves, whatever kept them from being met (R36), and plans that begin
//! and end by themselves (R8).

use serde_json::{Value, json};
use usher_domain::policy::seat::Verdict;
use usher_domain::time::{DAY, HOUR, SECOND};
use usher_server::testing::TestHost;

use crate::approvals::pending;
use crate::front_desk::{FrontDesk, answer_links, text};
use crate::groups::{Office, office};

impl Office {
    /// Changes a plan, as the operator.
    pub fn sell(&self, plan: &str, change: &Value) {
        let operator = self.host.client(&self.host.operator);
        let path = self.path(&format!("/plans/{plan}"));
        let etag = operator.get(&path).etag.unwrap();
        drop(operator.patch(&path, &etag, change).expect(200));
        self.settle();
    }

    /// Somebody who waits for a seat of `team` because theirs of `more` stands in the way.
    fn in_conflict(&self, team: &str, more: &str) -> String {
        self.sell(more, &json!({ "excludes": [team] }));
        let ada = self.add("ada", &json!({}));
        drop(self.seat("PUT", &ada, more).expect(200));
        drop(self.seat("PUT", &ada, team).expect(200));
        self.check(&ada, &[more], &[], &[(team, "plan_conflict", "admin")]);
        ada
    }

    /// Puts seat policies in place of the live ones, or goes back to earlier ones.
    fn decide_anew(&self, method: &str, rest: &str, body: &Value) {
        let path = self.path("/policy-sets/seat-assignment");
        let etag = self.admin().get(&path).etag.unwrap();
        let body = body.to_string();
        let sent = self.admin().send(method, &format!("{path}{rest}"), &[("if-match", &etag)], Some(body.as_bytes()));
        drop(sent.expect(200));
        self.settle();
    }

    /// How often something was told, of all the organisation's events.
    fn events_of(&self, kind: &str) -> usize {
        let events = self.admin().get(&self.path("/events?limit=200")).expect(200);
        events["items"].as_array().unwrap().iter().filter(|event| event["type"] == kind).count()
    }
}

#[test]
fn r36_whom_policies_declined_others_are_asked_about_when_they_go_live() {
    let anew: [(&str, &str, Value); 2] =
        [("PUT", "", json!({ "entries": [] })), ("POST", "/roll-back", json!({ "generation": 1 }))];
    let (desk, team, _) = office();
    desk.decide_anew("PUT", "", &json!({ "entries": [] }));
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    for (index, (method, rest, body)) in anew.iter().enumerate() {
        let ada = desk.add(&format!("ada{index}"), &json!({}));
        desk.host.pdp.assign(Verdict::Decline);
        desk.put_into(&group, &ada);
        let declined = [(team.as_str(), "policy_declined", "group")];
        desk.check(&ada, &[], &[], &declined);
        desk.decide_anew(method, rest, body);
        desk.check(&ada, &[], &[], &declined);
        desk.host.pdp.assign(Verdict::Assign);
        desk.settle();
        desk.check(&ada, &[], &[], &declined);
        desk.decide_anew(method, rest, body);
        desk.check(&ada, &[&team], &[&team], &[]);
    }
}

#[test]
fn r36_a_plan_that_is_over_stands_in_nobodys_way() {
    let (desk, team, more) = office();
    let ada = desk.in_conflict(&team, &more);
    desk.sell(&more, &json!({ "ends_on": "2026-03-04" }));
    // 23:59:59 in Berlin on its last day.
    desk.host.clock.advance(2 * DAY + 14 * HOUR - SECOND);
    desk.settle();
    desk.check(&ada, &[&more], &[], &[(&team, "plan_conflict", "admin")]);
    assert_eq!(desk.events_of("plan.ended"), 0);
    desk.host.clock.advance(SECOND);
    desk.settle();
    assert_eq!(desk.events_of("plan.ended"), 1);
    assert_eq!(desk.member(&json!(ada))["wishes"], json!([]));
    assert_eq!(desk.seats(&team), (1, 0, 1));
}

#[test]
fn r36_a_plan_that_is_ended_at_once_stands_in_nobodys_way() {
    let (desk, team, more) = office();
    let ada = desk.in_conflict(&team, &more);
    desk.sell(&more, &json!({ "ends_on": "2026-03-01" }));
    assert_eq!(desk.member(&json!(ada))["wishes"], json!([]));
    assert_eq!(desk.seats(&team), (1, 0, 1));
}

#[test]
fn r36_plans_that_exclude_each_other_no_more_are_held_together() {
    let (desk, team, more) = office();
    let ada = desk.in_conflict(&team, &more);
    desk.sell(&more, &json!({ "excludes": [] }));
    assert_eq!(desk.member(&json!(ada))["wishes"], json!([]));
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((1, 0, 1), (1, 0, 49)));
}

#[test]
fn r36_what_was_reserved_goes_to_who_waits() {
    let check = |give_up: fn(&Office, &str)| {
        let (desk, team, _) = office();
        desk.sell(&team, &json!({ "size": 1 }));
        let (invitation, _) = desk.invite(&json!({ "email": "eve@example.com", "plan": team }));
        let [ada, bob] = ["ada", "bob"].map(|name| {
            desk.host.clock.advance(1_000_000);
            let id = desk.add(name, &json!({}));
            drop(desk.seat("PUT", &id, &team).expect(200));
            id
        });
        desk.check(&ada, &[], &[], &[(&team, "no_seat_free", "admin")]);
        assert_eq!(desk.seats(&team), (0, 1, 0));
        give_up(&desk, &invitation);
        desk.settle();
        desk.check(&ada, &[&team], &[], &[]);
        desk.check(&bob, &[], &[], &[(&team, "no_seat_free", "admin")]);
    };
    check(|desk, invitation| drop(desk.end(invitation, "revoke").expect(200)));
    check(|desk, _| desk.host.clock.advance(15 * DAY));
}

#[test]
fn r8_a_plan_begins_and_ends_once_on_a_host_that_slept_through_it() {
    let (desk, _, _) = office();
    let operator = desk.host.client(&desk.host.operator);
    let spring = json!({ "name": "Spring", "size": 5, "starts_on": "2026-04-01", "ends_on": "2026-05-31" });
    let spring = text(&operator.post(&desk.path("/plans"), &spring).expect(201)["id"]);
    let state = || desk.admin().get(&desk.path(&format!("/plans/{spring}"))).expect(200)["state"].clone();
    let check = |days: i64, expected: &str, began: usize, ended: usize| {
        desk.host.clock.advance(days * DAY);
        for _ in 0..3 {
            desk.settle();
        }
        assert_eq!(state(), expected);
        assert_eq!((desk.events_of("plan.began"), desk.events_of("plan.ended")), (began, ended), "{expected}");
    };
    check(29, "future", 0, 0);
    check(1, "in_effect", 1, 0);
    check(60, "in_effect", 1, 0);
    check(300, "ended", 1, 1);
    check(300, "ended", 1, 1);

    // All of it while the host slept: what is told is where the plan stands then.
    let summer = json!({ "name": "Summer", "size": 5, "starts_on": "2029-04-01", "ends_on": "2029-05-31" });
    drop(operator.post(&desk.path("/plans"), &summer).expect(201));
    desk.host.clock.advance(2_000 * DAY);
    desk.settle();
    assert_eq!((desk.events_of("plan.began"), desk.events_of("plan.ended")), (1, 2));
}

#[test]
fn r8_a_plan_begins_in_the_organisations_time_zone_whichever_that_is_by_then() {
    // 2026-03-02T09:00Z: midnight of the 3rd is at 23:00Z in Berlin, at 10:00Z on Kiritimati, at 11:00Z a day later on
    // Midway.
    let check = |zone: Option<&str>, hours: i64| {
        let host = TestHost::start();
        let org = host.organisation("Acme");
        let desk = Office(FrontDesk { host, org });
        let operator = desk.host.client(&desk.host.operator);
        let plan = json!({ "name": "Team", "size": 5, "starts_on": "2026-03-03" });
        drop(operator.post(&desk.path("/plans"), &plan).expect(201));
        if let Some(zone) = zone {
            assert_eq!(desk.change("", &json!({ "time_zone": zone })).status, 200);
        }
        desk.host.clock.advance(hours * HOUR - SECOND);
        desk.settle();
        assert_eq!(desk.events_of("plan.began"), 0, "{zone:?}");
        desk.host.clock.advance(SECOND);
        desk.settle();
        assert_eq!(desk.events_of("plan.began"), 1, "{zone:?}");
        desk.host.clock.advance(3 * DAY);
        desk.settle();
        assert_eq!(desk.events_of("plan.began"), 1, "{zone:?}");
    };
    check(None, 14);
    check(Some("Pacific/Kiritimati"), 1);
    check(Some("Pacific/Midway"), 26);
}

#[test]
fn r36_whoever_comes_leaves_a_seat_that_is_awaited_to_who_waits() {
    let (desk, team, _) = office();
    let [ada, bob, eve, dan] = ["ada", "bob", "eve", "dan"].map(|name| desk.add(name, &json!({})));
    for member in [&ada, &bob, &eve] {
        drop(desk.seat("PUT", member, &team).expect(200));
    }
    let no_seat = [(team.as_str(), "no_seat_free", "admin")];
    desk.check(&eve, &[], &[], &no_seat);
    desk.host.clock.advance(SECOND);
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, "fay@example.com").expect(200)["request"].clone();
    let seat = json!({ "kind": "plan", "plan": team });
    let (operator, path) = (desk.host.client(&desk.host.operator), desk.path(&format!("/plans/{team}")));
    let etag = operator.get(&path).etag.unwrap();

    drop(operator.patch(&path, &etag, &json!({ "size": 3 })).expect(200));
    let gus = json!({ "name": "gus", "departments": [desk.org.root], "work_email": "g@example.com", "seat": seat });
    let refused = desk.admin().post(&desk.path("/members"), &gus);
    assert_eq!((refused.status, refused.code()), (409, "no_seat_free"), "{}", refused.body);
    let invited = json!({ "email": "ian@example.com", "plan": team });
    let refused = desk.admin().post(&desk.path("/invitations"), &invited);
    assert_eq!((refused.status, refused.code()), (409, "no_seat_free"), "{}", refused.body);
    let fay = desk.answer(&asked, "approve", &json!({ "seat": seat })).expect(200)["answer"]["member"].clone();
    let headers = [("content-type", "application/octet-stream")];
    let file = format!("Plan,Member\n{team},{dan}\n");
    let import = desk.path("/seats/import?apply=true");
    drop(desk.admin().send("POST", &import, &headers, Some(file.as_bytes())).expect(200));
    desk.settle();
    desk.check(&eve, &[&team], &[], &[]);
    desk.check(&dan, &[], &[], &no_seat);
    desk.check(&text(&fay), &[], &[], &no_seat);
    drop(operator.patch(&path, &operator.get(&path).etag.unwrap(), &json!({ "size": 6 })).expect(200));
    desk.settle();
    assert_eq!(desk.seats(&team), (5, 0, 1));
    let (invitation, _) = desk.invite(&invited);
    assert_eq!(desk.seats(&team), (5, 1, 0), "nobody waits any more");
    drop(desk.end(&invitation, "revoke").expect(200));
    assert_eq!(desk.admin().post(&desk.path("/members"), &gus).status, 201);
}

#[test]
fn r36_whom_policies_declined_they_are_asked_about_when_they_see_something_else_of_them() {
    let (desk, team, _) = office();
    desk.sell(&team, &json!({ "size": 5 }));
    let [group, other] = ["A", "B"].map(|name| desk.group(&json!({ "name": name, "plan": team })));
    let check = |name: &str, change: &dyn Fn(&str)| {
        desk.host.pdp.assign(Verdict::Decline);
        let ada = desk.add(name, &json!({}));
        desk.put_into(&group, &ada);
        desk.host.pdp.assign(Verdict::Assign);
        desk.settle();
        desk.check(&ada, &[], &[], &[(&team, "policy_declined", "group")]);
        change(&ada);
        desk.check(&ada, &[&team], &[&team], &[]);
    };
    let alter = |id: &str, body: Value| drop(desk.change(&format!("/members/{id}"), &body).expect(200));
    check("ada", &|ada| alter(ada, json!({ "attributes": { "site": "Berlin" } })));
    check("bob", &|bob| alter(bob, json!({ "workforce_type": "intern" })));
    check("eve", &|eve| desk.put_into(&other, eve));
}

/// Waits for what another thread brings about.
pub fn until(done: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it never comes about");
}

#[test]
fn r15_r18_r36_what_was_reserved_for_a_request_is_not_lost_by_an_answer_that_chooses_no_seat() {
    let (desk, team, _) = office();
    let (_, link) = desk.invite(&json!({ "plan": team }));
    let request = pending(&desk, &link, "ada@example.com");
    let by_link = answer_links(&desk.host, "root@acme.example").pop().unwrap();
    let (bob, carl) = (desk.add("bob", &json!({})), desk.add("carl", &json!({})));
    drop(desk.seat("PUT", &bob, &team).expect(200));
    assert_eq!(desk.seats(&team), (1, 1, 0));
    desk.host.clock.advance(SECOND);
    drop(desk.seat("PUT", &carl, &team).expect(200));

    drop(desk.host.client("").post(&by_link, &json!({ "verdict": "approve" })).expect(200));
    desk.settle();
    let ada = text(&desk.request(&request)["answer"]["member"]);
    desk.check(&ada, &[&team], &[], &[]);
    desk.check(&carl, &[], &[], &[(&team, "no_seat_free", "admin")]);
}
