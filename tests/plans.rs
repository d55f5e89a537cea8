//! What a change of a plan comes to, told before; seats moved from plan to plan (R1, R35, R36, R38).

use serde_json::{Value, json};
use usher_domain::policy::seat::Verdict;

use crate::groups::{Office, office};

impl Office {
    /// Members with a direct seat of a plan, in the order in which they came.
    fn seated(&self, names: &[&str], plan: &str) -> Vec<String> {
        let seated = |name: &&str| {
            self.host.clock.advance(1_000);
            let id = self.add(name, &json!({}));
            drop(self.seat("PUT", &id, plan).expect(200));
            id
        };
        names.iter().map(seated).collect()
    }

    fn preview(&self, token: &str, plan: &str, change: &Value) -> Value {
        self.host.client(token).post(&self.path(&format!("/plans/{plan}/preview")), change).expect(200)
    }

    fn switch(&self, from: &str, body: &Value) -> Value {
        let told = self.admin().post(&self.path(&format!("/plans/{from}/switch")), body).expect(200);
        self.settle();
        told
    }
}

/// What was told, as moved, kept, and why for each that was kept.
fn told(answer: &Value) -> (u64, u64, Vec<(String, String)>) {
    let keepers = answer["keepers"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let keepers = keepers.map(|one| (text(&one["member"]), text(&one["reason"]))).collect();
    (answer["moved"].as_u64().unwrap(), answer["kept"].as_u64().unwrap(), keepers)
}

#[test]
fn r36_before_a_plan_shrinks_it_is_told_what_is_over_and_who_holds_it() {
    let (desk, team, _) = office();
    desk.sell(&team, &json!({ "size": 3 }));
    let direct = desk.seated(&["ada"], &team);
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    desk.host.clock.advance(1_000);
    let bob = desk.add("bob", &json!({}));
    desk.put_into(&group, &bob);
    drop(desk.invite(&json!({ "email": "eve@example.com", "plan": team })));
    let waiting = desk.seated(&["dan"], &team);

    let token = desk.org.token.clone();
    let shrunk = desk.preview(&token, &team, &json!({ "size": 1 }));
    assert_eq!((&shrunk["before"]["size"], &shrunk["after"]["size"]), (&json!(3), &json!(1)));
    assert_eq!((&shrunk["over"], &shrunk["free"], &shrunk["taken_up"]), (&json!(2), &json!(0), &json!(0)));
    assert_eq!((&shrunk["direct"], &shrunk["by_group"], &shrunk["waiting"]), (&json!(1), &json!(1), &json!(1)));
    let holders = json!([
        { "member": direct[0], "source": "direct", "groups": [] },
        { "member": bob, "source": "group", "groups": [group] },
    ]);
    assert_eq!((&shrunk["holders"], &shrunk["next_in_line"]), (&holders, &json!([])));
    let page = desk.admin().get(&desk.path(&format!("/plans/{team}/holders"))).expect(200);
    assert_eq!(page["items"], holders);
    assert_eq!((&shrunk["members"], &shrunk["member_limit"]), (&json!(4), &json!(51)), "R38");

    let grown = desk.preview(&token, &team, &json!({ "size": 5 }));
    assert_eq!((&grown["over"], &grown["free"], &grown["taken_up"]), (&json!(0), &json!(2), &json!(1)));
    assert_eq!(grown["next_in_line"], json!(waiting));
    let ended = desk.preview(&token, &team, &json!({ "size": 5, "ends_on": "2026-03-01" }));
    assert_eq!((&ended["after"]["state"], &ended["free"], &ended["taken_up"]), (&json!("ended"), &json!(0), &json!(0)));
    assert_eq!(ended["lose_login"], 2, "R19: another plan was bought, and they have no seat of it");

    assert_eq!(desk.seats(&team), (2, 1, 0), "nothing was changed");
    desk.sell(&team, &json!({ "size": 1 }));
    desk.check(&direct[0], &[&team], &[], &[]);
    desk.check(&bob, &[&team], &[&team], &[]);
    desk.check(&waiting[0], &[], &[], &[(&team, "no_seat_free", "admin")]);
}

#[test]
fn r1_who_may_not_see_members_is_told_numbers_alone() {
    let (desk, team, _) = office();
    desk.seated(&["ada"], &team);
    let billing = desk.host.service(&desk.org, &["billing"]);
    for token in [&desk.host.operator, &billing] {
        let told = desk.preview(token, &team, &json!({ "size": 1 }));
        assert_eq!((&told["direct"], told.get("holders"), told.get("next_in_line")), (&json!(1), None, None));
    }
}

#[test]
fn r36_seats_are_moved_as_far_as_the_other_plan_has_some_and_nobody_is_left_without() {
    let (desk, team, more) = office();
    desk.sell(&more, &json!({ "size": 4 }));
    desk.sell(&team, &json!({ "size": 6 }));
    let ids = desk.seated(&["ada", "bob", "eve", "dan"], &more);
    desk.sell(&team, &json!({ "size": 2 }));
    let full = [(ids[2].clone(), "no_seat_free".to_owned()), (ids[3].clone(), "no_seat_free".to_owned())];

    let everybody = json!({ "to": team });
    let preview = desk.switch(&more, &json!({ "to": team, "preview": true }));
    assert_eq!(told(&preview), (2, 2, full.to_vec()));
    assert_eq!((desk.seats(&more), desk.seats(&team)), ((4, 0, 0), (0, 0, 2)), "nothing was changed");
    assert_eq!(told(&desk.switch(&more, &everybody)), (2, 2, full.to_vec()));
    assert_eq!((desk.seats(&more), desk.seats(&team)), ((2, 0, 2), (2, 0, 0)));
    desk.check(&ids[0], &[&team], &[], &[]);
    desk.check(&ids[3], &[&more], &[], &[]);

    desk.sell(&team, &json!({ "size": 3 }));
    assert_eq!(told(&desk.switch(&more, &everybody)).0, 1, "sending it again moves who is left");
    desk.check(&ids[2], &[&team], &[], &[]);
}

#[test]
fn r36_seats_that_are_given_up_are_taken_up_and_that_is_told_before() {
    let (desk, team, more) = office();
    let seated = desk.seated(&["ada", "bob"], &team);
    let waiting = desk.seated(&["eve", "dan", "fay"], &team);
    let order = |preview: bool| json!({ "to": more, "members": seated, "preview": preview });
    assert_eq!(desk.switch(&team, &order(true))["taken_up"], 2);
    assert_eq!(told(&desk.switch(&team, &order(false))), (2, 0, Vec::new()));
    desk.check(&waiting[0], &[&team], &[], &[]);
    desk.check(&waiting[1], &[&team], &[], &[]);
    desk.check(&waiting[2], &[], &[], &[(&team, "no_seat_free", "admin")]);
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((2, 0, 0), (2, 0, 48)));
}

#[test]
fn r35_whoever_cannot_be_moved_is_named_with_the_reason() {
    let (desk, team, more) = office();
    let third = desk.plan("Third", 5);
    desk.sell(&third, &json!({ "excludes": [more] }));
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let ada = desk.add("ada", &json!({}));
    desk.put_into(&group, &ada);
    let [bob, eve, dan] = ["bob", "eve", "dan"].map(|name| desk.add(name, &json!({})));
    desk.sell(&team, &json!({ "size": 5 }));
    drop(desk.seat("PUT", &bob, &team).expect(200));
    drop(desk.seat("PUT", &bob, &third).expect(200));
    drop(desk.seat("PUT", &dan, &team).expect(200));
    assert_eq!(desk.act("POST", &format!("/members/{dan}"), "/suspend"), 200);

    let members = json!([ada, bob, eve, dan]);
    let because = |id: &String, why: &str| (id.clone(), why.to_owned());
    let kept = vec![because(&ada, "of_group"), because(&bob, "plan_conflict"), because(&eve, "no_seat")];
    assert_eq!(
        told(&desk.switch(&team, &json!({ "to": more, "members": members, "preview": true }))),
        (1, 3, kept.clone())
    );
    let path = desk.path(&format!("/plans/{team}/switch"));
    let refused = desk.admin().post(&path, &json!({ "to": more, "members": members, "together": true }));
    assert_eq!((refused.status, refused.code(), &refused.body["member"]), (409, "wrong_state", &json!(ada)));
    assert_eq!(desk.seats(&more), (0, 0, 50), "together means all or nobody");
    assert_eq!(told(&desk.switch(&team, &json!({ "to": more, "members": members }))), (1, 3, kept));
    assert_eq!(desk.member(&json!(dan))["seats"], json!([more]), "R32: who is suspended keeps a seat");
}

#[test]
fn r36_together_means_one_commit() {
    let (desk, team, more) = office();
    let ids = desk.seated(&["ada", "bob"], &team);
    let order = json!({ "to": more, "members": ids, "together": true });
    desk.sell(&more, &json!({ "size": 1 }));
    let path = desk.path(&format!("/plans/{team}/switch"));
    let refused = desk.admin().post(&path, &order);
    assert_eq!((refused.status, refused.code(), &refused.body["member"]), (409, "no_seat_free", &json!(ids[1])));
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((2, 0, 0), (0, 0, 1)));
    desk.sell(&more, &json!({ "size": 2 }));
    assert_eq!(told(&desk.switch(&team, &order)), (2, 0, Vec::new()));
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((0, 0, 2), (2, 0, 0)));
}

#[test]
fn r35_a_group_is_moved_if_all_its_members_fit() {
    let (desk, team, more) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let members = ["ada", "bob"].map(|name| desk.add(name, &json!({})));
    for member in &members {
        desk.put_into(&group, member);
    }
    let order = json!({ "to": more, "groups": [group] });
    desk.sell(&more, &json!({ "size": 1 }));
    let kept = json!([{ "group": group, "members": 2, "needed": 2, "kept": "no_seat_free" }]);
    assert_eq!(desk.switch(&team, &json!({ "to": more, "groups": [group], "preview": true }))["groups"], kept);
    assert_eq!(desk.switch(&team, &order)["groups"], kept);
    desk.check(&members[1], &[&team], &[&team], &[]);
    desk.sell(&more, &json!({ "size": 2 }));
    let moved = json!([{ "group": group, "members": 2, "needed": 2 }]);
    assert_eq!(desk.switch(&team, &order)["groups"], moved);
    for member in &members {
        desk.check(member, &[&more], &[&more], &[]);
    }
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((0, 0, 2), (2, 0, 0)));
}

#[test]
fn r8_seats_of_a_plan_that_is_over_are_moved_to_one_to_come() {
    let (desk, team, more) = office();
    let ids = desk.seated(&["ada"], &team);
    desk.sell(&team, &json!({ "ends_on": "2026-03-01" }));
    desk.sell(&more, &json!({ "starts_on": "2026-05-01" }));
    assert_eq!(told(&desk.switch(&team, &json!({ "to": more }))), (1, 0, Vec::new()));
    desk.check(&ids[0], &[&more], &[], &[]);
    let back = desk.admin().post(&desk.path(&format!("/plans/{more}/switch")), &json!({ "to": team }));
    assert_eq!((back.status, back.code(), &back.body["field"]), (422, "invalid_field", &json!("/to")));
}

#[test]
fn r19_r35_whoever_is_in_a_group_that_is_moved_is_at_no_moment_without_a_seat() {
    let (desk, team, more) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let ada = desk.add("ada", &json!({}));
    desk.put_into(&group, &ada);
    drop(desk.switch(&team, &json!({ "to": more, "groups": [group] })));
    desk.check(&ada, &[&more], &[&more], &[]);
    let trail = desk.admin().get(&desk.path("/audit?limit=200")).expect(200)["items"].clone();
    let moved = trail.as_array().unwrap().iter().filter(|entry| entry["action"] == "member.regrouped");
    let moved: Vec<_> = moved.map(|entry| (&entry["before"][1], &entry["after"][1])).collect();
    assert_eq!(moved, [(&json!([team]), &json!([more]))]);
}

#[test]
fn r35_whoever_the_policies_decline_when_their_group_is_moved_waits() {
    let (desk, team, more) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let ada = desk.add("ada", &json!({}));
    desk.put_into(&group, &ada);
    desk.host.pdp.assign(Verdict::Decline);
    drop(desk.switch(&team, &json!({ "to": more, "groups": [group] })));
    desk.check(&ada, &[], &[], &[(&more, "policy_declined", "group")]);
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((0, 0, 2), (0, 0, 50)));
}

#[test]
fn r38_once_the_last_plan_has_ended_nobody_comes_in() {
    let (desk, team, more) = office();
    drop(desk.add("ada", &json!({})));
    for plan in [&team, &more] {
        desk.sell(plan, &json!({ "ends_on": "2026-03-01" }));
    }
    let bob = json!({ "name": "bob", "departments": [desk.org.root], "work_email": "bob@example.com" });
    let refused = desk.admin().post(&desk.path("/members"), &bob);
    assert_eq!((refused.status, refused.code()), (409, "limit_reached"), "{}", refused.body);
    drop(desk.plan("New", 3));
    assert_eq!(desk.admin().post(&desk.path("/members"), &bob).status, 201);
}
