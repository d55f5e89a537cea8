//! User groups, static and by rule, and the seats that come with them (R1, R18, R35, R36).

use serde_json::{Value, json};
use usher_domain::policy::seat::Verdict;
use usher_server::testing::Answer;

use crate::front_desk::{FrontDesk, text};

/// An organisation whose admin works with groups.
pub struct Office(pub FrontDesk);

/// An office with a plan of two seats beside another, so that nobody gets a seat by being added.
pub fn office() -> (Office, String, String) {
    let desk = FrontDesk::new();
    desk.host.pdp.assign(Verdict::Assign);
    let (team, more) = (desk.plan("Team", 2), desk.plan("More", 50));
    (Office(desk), team, more)
}

impl std::ops::Deref for Office {
    type Target = FrontDesk;

    fn deref(&self) -> &FrontDesk {
        &self.0
    }
}

impl Office {
    /// Adds a member without a seat; `fields` go over the rest.
    pub fn add(&self, name: &str, fields: &Value) -> String {
        let mut body = json!({
            "name": name, "departments": [self.org.root], "work_email": format!("{name}@example.com"),
            "seat": { "kind": "none" },
        });
        for (field, value) in fields.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        text(&self.admin().post(&self.path("/members"), &body).expect(201)["member"]["id"])
    }

    /// Makes a group and puts those into it whom its rule takes.
    pub fn group(&self, body: &Value) -> String {
        let id = text(&self.admin().post(&self.path("/groups"), body).expect(201)["id"]);
        self.settle();
        id
    }

    /// Puts a member into a group, with what follows.
    pub fn put_into(&self, group: &str, member: &str) {
        let path = self.path(&format!("/groups/{group}/members/{member}"));
        assert_eq!(self.admin().send("PUT", &path, &[], None).status, 204);
        self.settle();
    }

    /// Takes a member out of a group, with what follows.
    pub fn take_out_of(&self, group: &str, member: &str) {
        let path = self.path(&format!("/groups/{group}/members/{member}"));
        assert_eq!(self.admin().delete(&path).status, 204);
        self.settle();
    }

    /// Changes what is at a path, as it stands.
    pub fn change(&self, path: &str, body: &Value) -> Answer {
        let etag = self.admin().get(&self.path(path)).etag.unwrap();
        let answer = self.admin().patch(&self.path(path), &etag, body);
        self.settle();
        answer
    }

    /// Does something to what is at a path, as it stands; the status.
    pub fn act(&self, method: &str, path: &str, rest: &str) -> u16 {
        let etag = self.admin().get(&self.path(path)).etag.unwrap();
        let path = self.path(&format!("{path}{rest}"));
        let status = self.admin().send(method, &path, &[("if-match", &etag)], None).status;
        self.settle();
        status
    }

    /// Gives a seat, or takes it, with what follows.
    pub fn seat(&self, method: &str, member: &str, plan: &str) -> Answer {
        let path = self.path(&format!("/members/{member}/seats/{plan}"));
        let answer = self.admin().send(method, &path, &[], None);
        self.settle();
        answer
    }

    /// Does what is due, and what falls due by that.
    pub fn settle(&self) {
        for _ in 0..3 {
            self.host.work();
        }
    }

    /// A member's seats, those of groups, and wishes as plan, reason and source.
    #[track_caller]
    pub fn check(&self, member: &str, seats: &[&str], by_group: &[&str], wishes: &[(&str, &str, &str)]) {
        let found = self.member(&json!(member));
        let wish = |wish: &Value| (text(&wish["plan"]), text(&wish["reason"]), text(&wish["source"]));
        let found_wishes: Vec<_> = found["wishes"].as_array().unwrap().iter().map(wish).collect();
        let expected: Vec<_> = wishes.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect();
        assert_eq!((&found["seats"], &found["group_seats"]), (&json!(seats), &json!(by_group)), "{found}");
        assert_eq!(found_wishes, expected, "{found}");
    }

    fn members_of(&self, group: &str) -> Vec<String> {
        let found = self.admin().get(&self.path(&format!("/groups/{group}/members"))).expect(200);
        let count = self.admin().get(&self.path(&format!("/groups/{group}"))).expect(200)["members"].clone();
        let members: Vec<_> = found["items"].as_array().unwrap().iter().map(|one| text(&one["member"])).collect();
        assert_eq!(count, members.len());
        members
    }
}

#[test]
fn r35_in_several_groups_one_seat_of_a_plan_until_the_last_is_left() {
    let (desk, team, _) = office();
    let ada = desk.add("ada", &json!({}));
    let groups = ["A", "B"].map(|name| desk.group(&json!({ "name": name, "plan": team })));
    for group in &groups {
        desk.put_into(group, &ada);
        desk.put_into(group, &ada);
    }
    desk.check(&ada, &[&team], &[&team], &[]);
    assert_eq!(desk.seats(&team), (1, 0, 1));
    desk.take_out_of(&groups[0], &ada);
    desk.check(&ada, &[&team], &[&team], &[]);
    desk.take_out_of(&groups[1], &ada);
    desk.check(&ada, &[], &[], &[]);
    assert_eq!(desk.seats(&team), (0, 0, 2));
}

#[test]
fn r35_a_direct_seat_stays_and_a_groups_seat_is_the_groups_to_take() {
    let (desk, team, _) = office();
    let ada = desk.add("ada", &json!({}));
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    desk.put_into(&group, &ada);
    let refused = desk.seat("DELETE", &ada, &team);
    assert_eq!((refused.status, refused.code()), (409, "wrong_state"));
    drop(desk.seat("PUT", &ada, &team).expect(200));
    desk.check(&ada, &[&team], &[], &[]);
    desk.take_out_of(&group, &ada);
    desk.check(&ada, &[&team], &[], &[]);
    desk.put_into(&group, &ada);
    assert_eq!(desk.seat("DELETE", &ada, &team).status, 204);
    desk.check(&ada, &[&team], &[&team], &[]);
    assert_eq!(desk.seats(&team), (1, 0, 1));
}

#[test]
fn r35_a_dynamic_group_follows_its_members_departments_and_rule() {
    let (desk, team, _) = office();
    let department = |name: &str, parent: &str| {
        let body = json!({ "name": name, "parent": parent });
        text(&desk.admin().post(&desk.path("/departments"), &body).expect(201)["id"])
    };
    let sales = department("Sales", &desk.org.root);
    let (north, south) = (department("North", &sales), department("South", &desk.org.root));
    let ada = desk.add("ada", &json!({ "departments": [north], "workforce_type": "regular" }));
    let bob = desk.add("bob", &json!({ "departments": [south], "workforce_type": "regular" }));
    let rule = json!({ "all": [{ "department": sales }, { "workforce_type": ["regular"] }] });
    let group = desk.group(&json!({ "name": "Sellers", "rule": rule, "plan": team }));
    assert_eq!(desk.members_of(&group), std::slice::from_ref(&ada));
    desk.check(&ada, &[&team], &[&team], &[]);

    let path = |member: &str| format!("/members/{member}");
    drop(desk.change(&path(&ada), &json!({ "workforce_type": "intern" })).expect(200));
    assert!(desk.members_of(&group).is_empty());
    desk.check(&ada, &[], &[], &[]);
    drop(desk.change(&format!("/departments/{south}"), &json!({ "parent": sales })).expect(200));
    assert_eq!(desk.members_of(&group), std::slice::from_ref(&bob));
    drop(desk.change(&format!("/groups/{group}"), &json!({ "rule": { "department": sales } })).expect(200));
    assert_eq!(desk.members_of(&group), [ada.clone(), bob.clone()]);
    assert_eq!(desk.seats(&team), (2, 0, 0));

    let by_hand = desk.admin().send("PUT", &desk.path(&format!("/groups/{group}/members/{bob}")), &[], None);
    assert_eq!((by_hand.status, by_hand.code()), (409, "wrong_state"));
    assert_eq!(desk.act("DELETE", &format!("/groups/{group}"), ""), 204);
    for member in [&ada, &bob] {
        desk.check(member, &[], &[], &[]);
        assert_eq!(desk.member(&json!(member))["groups"], json!([]));
    }
    assert_eq!(desk.seats(&team), (0, 0, 2));
}

#[test]
fn r35_a_group_given_a_plan_seats_its_members_and_loses_them_with_it() {
    let (desk, team, more) = office();
    let group = desk.group(&json!({ "name": "A" }));
    let members = ["ada", "bob", "eve"].map(|name| {
        desk.host.clock.advance(1_000_000);
        desk.add(name, &json!({}))
    });
    for member in &members {
        desk.put_into(&group, member);
    }
    let path = format!("/groups/{group}");
    drop(desk.change(&path, &json!({ "plan": team })).expect(200));
    desk.check(&members[1], &[&team], &[&team], &[]);
    desk.check(&members[2], &[], &[], &[(&team, "no_seat_free", "group")]);
    drop(desk.change(&path, &json!({ "plan": more })).expect(200));
    desk.check(&members[2], &[&more], &[&more], &[]);
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((0, 0, 2), (3, 0, 47)));
    drop(desk.change(&path, &json!({ "plan": null })).expect(200));
    desk.check(&members[0], &[], &[], &[]);
}

#[test]
fn r36_a_full_group_fills_up_when_a_member_leaves() {
    let (desk, team, _) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    // In the order of their ids, which is that of the milliseconds they were made in.
    let members = ["ada", "bob", "eve"].map(|name| {
        desk.host.clock.advance(1_000);
        desk.add(name, &json!({}))
    });
    for member in &members {
        desk.host.clock.advance(1);
        desk.put_into(&group, member);
    }
    desk.check(&members[2], &[], &[], &[(&team, "no_seat_free", "group")]);
    assert_eq!(desk.act("DELETE", &format!("/members/{}", members[0]), ""), 204);
    desk.check(&members[2], &[&team], &[&team], &[]);
    assert_eq!(desk.members_of(&group), members[1..]);
    assert_eq!(desk.seats(&team), (2, 0, 0));
}

#[test]
fn r36_what_stands_in_the_way_is_named_and_taken_up_when_it_is_gone() {
    let (desk, team, more) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let operator = desk.host.client(&desk.host.operator);
    let path = desk.path(&format!("/plans/{more}"));
    let etag = operator.get(&path).etag.unwrap();
    drop(operator.patch(&path, &etag, &json!({ "excludes": [team] })).expect(200));

    let ada = desk.add("ada", &json!({}));
    drop(desk.seat("PUT", &ada, &more).expect(200));
    desk.put_into(&group, &ada);
    desk.check(&ada, &[&more], &[], &[(&team, "plan_conflict", "group")]);
    assert_eq!(desk.seat("PUT", &ada, &team).expect(200)["reason"], "plan_conflict");
    assert_eq!(desk.seat("DELETE", &ada, &more).status, 204);
    desk.check(&ada, &[&team], &[], &[]);

    let bob = desk.add("bob", &json!({}));
    assert_eq!(desk.act("POST", &format!("/members/{bob}"), "/suspend"), 200);
    desk.put_into(&group, &bob);
    desk.check(&bob, &[], &[], &[(&team, "suspended", "group")]);
    assert_eq!(desk.act("POST", &format!("/members/{bob}"), "/resume"), 200);
    desk.check(&bob, &[&team], &[&team], &[]);
}

#[test]
fn r36_a_groups_seat_needs_the_policys_word_and_an_admins_choice_does_not() {
    let (desk, team, _) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let [ada, bob] = ["ada", "bob"].map(|name| desk.add(name, &json!({})));
    desk.host.pdp.assign(Verdict::Decline);
    desk.put_into(&group, &ada);
    desk.check(&ada, &[], &[], &[(&team, "policy_declined", "group")]);
    drop(desk.seat("PUT", &bob, &team).expect(200));
    desk.check(&bob, &[&team], &[], &[]);
    desk.host.pdp.assign(Verdict::Assign);
    assert_eq!(desk.seat("DELETE", &bob, &team).status, 204);
    desk.check(&ada, &[&team], &[&team], &[]);
    let decisions = desk.admin().get(&desk.path("/decisions")).expect(200);
    let asked = |decision: &Value| decision["request"]["occasion"].clone();
    let occasions: Vec<_> = decisions["items"].as_array().unwrap().iter().map(asked).collect();
    assert_eq!(occasions, ["group", "group"]);
}

#[test]
fn r18_whoever_comes_in_gets_the_seat_of_their_group() {
    let (desk, team, _) = office();
    let group = desk.group(&json!({ "name": "A", "rule": { "role": ["member"] }, "plan": team }));
    let (_, link) = desk.invite(&json!({}));
    let request = desk.join(&link, "ada@example.com").expect(200)["request"].clone();
    drop(desk.answer(&request, "approve", &json!({ "seat": { "kind": "none" } })).expect(200));
    desk.settle();
    let found = desk.admin().get(&desk.path("/members?work_email=ada@example.com")).expect(200);
    let ada = text(&found["items"][0]["id"]);
    desk.check(&ada, &[&team], &[&team], &[]);
    assert_eq!(desk.members_of(&group), [ada]);
}

#[test]
fn r1_who_is_in_a_group_with_seats_is_for_those_to_say_who_may_move_seats() {
    let (desk, team, _) = office();
    let ada = desk.add("ada", &json!({}));
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let members = desk.host.client(&desk.host.service(&desk.org, &["member_and_department"]));
    let put = members.send("PUT", &desk.path(&format!("/groups/{group}/members/{ada}")), &[], None);
    assert_eq!((put.status, put.code()), (403, "forbidden"));
    let made = members.post(&desk.path("/groups"), &json!({ "name": "B", "plan": team }));
    assert_eq!((made.status, made.code()), (403, "forbidden"));
    assert_eq!(members.post(&desk.path("/groups"), &json!({ "name": "B" })).status, 201);
}

#[test]
fn r1_a_rule_is_the_standing_word_of_who_may_move_seats() {
    let (desk, team, _) = office();
    let rule = |site: &str| json!({ "attribute": { "name": "site", "one_of": [site] } });
    let group = desk.group(&json!({ "name": "A", "plan": team, "rule": rule("Berlin") }));
    let ada = desk.add("ada", &json!({}));
    let members = desk.host.client(&desk.host.service(&desk.org, &["member_and_department"]));
    let patch = |path: &str, body: &Value| {
        let path = desk.path(path);
        let answer = members.patch(&path, &members.get(&path).etag.unwrap(), body);
        desk.settle();
        (answer.status, answer.code().to_owned())
    };
    for change in [json!({ "rule": rule("Bonn") }), json!({ "plan": null }), json!({ "name": "B" })] {
        assert_eq!(patch(&format!("/groups/{group}"), &change), (403, "forbidden".to_owned()), "{change}");
    }
    let ada_path = format!("/members/{ada}");
    assert_eq!(patch(&ada_path, &json!({ "attributes": { "site": "Berlin" } })).0, 200);
    desk.check(&ada, &[&team], &[&team], &[]);
    assert_eq!(patch(&ada_path, &json!({ "attributes": {} })).0, 200);
    desk.check(&ada, &[], &[], &[]);
}

#[test]
fn r35_what_is_wrong_with_a_rule_is_named_by_its_place() {
    let desk = FrontDesk::new();
    let check = |rule: Value, field: &str| {
        let answer = desk.admin().post(&desk.path("/groups"), &json!({ "name": "A", "rule": rule }));
        assert_eq!((answer.status, answer.body["field"].as_str()), (422, Some(field)), "{rule}: {}", answer.body);
    };
    let deep = (0..8).fold(json!({ "language": ["de"] }), |rule, _| json!({ "not": rule }));
    check(deep, "/rule/not/not/not/not/not/not/not/not");
    check(json!({ "any": [{ "workforce_type": [] }] }), "/rule/any/0/workforce_type");
    check(json!({ "all": [{ "site": "Berlin" }] }), "/rule/all/0/site");
    check(json!({ "not": { "department": "Sales" } }), "/rule/not/department");
    check(json!({ "department": "dep_01h455vb4pex5vsknk084sn02q" }), "/rule");
}
