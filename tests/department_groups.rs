//! The groups of departments (R28): dynamic groups with a department's name that go with it.

use serde_json::{Value, json};
use usher_server::testing::Answer;

use crate::front_desk::{FrontDesk, text};

struct House(FrontDesk);

impl House {
    fn new() -> House {
        House(FrontDesk::new())
    }

    /// Makes a department; its id.
    fn department(&self, body: &Value) -> String {
        text(&self.0.admin().post(&self.0.path("/departments"), body).expect(201)["id"])
    }

    /// Adds a member of a workforce type to a department; their groups.
    fn add(&self, name: &str, department: &str, workforce_type: &str) -> String {
        let body = json!({
            "name": name, "departments": [department], "work_email": format!("{name}@example.com"),
            "workforce_type": workforce_type,
        });
        text(&self.0.admin().post(&self.0.path("/members"), &body).expect(201)["member"]["id"])
    }

    fn groups_of(&self, member: &str) -> Value {
        self.0.member(&json!(member))["groups"].clone()
    }

    /// The groups of departments: name, department, number of members.
    fn groups(&self) -> Vec<(String, String, u64)> {
        let listed = self.0.admin().get(&self.0.path("/groups")).expect(200);
        let group =
            |group: &Value| (text(&group["name"]), text(&group["department"]), group["members"].as_u64().unwrap());
        let mut groups: Vec<_> = listed["items"].as_array().unwrap().iter().map(group).collect();
        groups.sort_unstable();
        groups
    }

    fn set(&self, department: &str, types: &[&str]) -> Answer {
        let body = json!({ "workforce_types": types }).to_string();
        let path = self.0.path(&format!("/departments/{department}/group"));
        let answer = self.0.admin().send("PUT", &path, &[], Some(body.as_bytes()));
        self.settle();
        answer
    }

    fn act(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let etag = self.0.admin().get(&self.0.path(path)).etag.expect("a version");
        let body = body.to_string();
        let answer = self.0.admin().send(method, &self.0.path(path), &[("if-match", &etag)], Some(body.as_bytes()));
        self.settle();
        (answer.status, answer.code().to_owned())
    }

    fn settle(&self) {
        for _ in 0..3 {
            self.0.host.work();
        }
    }
}

#[test]
fn r28_a_department_is_made_with_its_group_which_takes_whoever_comes() {
    let house = House::new();
    let sales = house.department(&json!({ "name": "Sales", "group": { "workforce_types": ["regular", "intern"] } }));
    let north = house.department(&json!({ "name": "North", "parent": sales }));
    house.department(&json!({ "name": "Research" }));
    let ada = house.add("ada", &sales, "regular");
    let bob = house.add("bob", &north, "intern");
    let eve = house.add("eve", &sales, "consultant");
    assert_eq!(house.groups(), [("Sales".to_owned(), sales, 2)], "and no other department has one");
    let of_ada = house.groups_of(&ada);
    assert_eq!(of_ada.as_array().map(Vec::len), Some(1));
    assert_eq!((house.groups_of(&bob), house.groups_of(&eve)), (of_ada, json!([])));
}

#[test]
fn r28_a_department_that_is_there_gets_a_group_and_it_is_said_anew_whom_it_takes() {
    let house = House::new();
    let sales = house.department(&json!({ "name": "Sales" }));
    for (name, workforce_type) in [("ada", "regular"), ("bob", "intern"), ("eve", "intern")] {
        house.add(name, &sales, workforce_type);
    }
    let check = |types: &[&str], members: u64| {
        let set = house.set(&sales, types).expect(200);
        assert_eq!(set["department"], json!(sales));
        assert_eq!(house.groups(), [("Sales".to_owned(), sales.clone(), members)], "{types:?}");
    };
    check(&["regular"], 1);
    check(&["intern"], 2);
    check(&[], 3);
    check(&["REGULAR", "regular"], 1);
    let refused = house.set(&sales, &["pilot"]);
    assert_eq!((refused.status, &refused.body["field"]), (422, &json!("/workforce_types")));
    let body = json!({ "name": "Research", "group": { "workforce_types": ["pilot"] } });
    let refused = house.0.admin().post(&house.0.path("/departments"), &body);
    assert_eq!((refused.status, &refused.body["field"]), (422, &json!("/group/workforce_types")));
}

#[test]
fn r28_a_group_follows_its_departments_name_and_goes_with_it() {
    let house = House::new();
    let group = json!({ "workforce_types": [] });
    let sales = house.department(&json!({ "name": "Sales", "group": group }));
    let research = house.department(&json!({ "name": "Research" }));
    // Names are unlike among siblings alone, and so are those of departments' groups.
    let north = house.department(&json!({ "name": "Sales", "parent": research, "group": group }));
    let change = json!({ "name": "Selling", "parent": research });
    assert_eq!(house.act("PATCH", &format!("/departments/{sales}"), &change), (200, String::new()));
    let expected = [("Sales".to_owned(), north.clone(), 0), ("Selling".to_owned(), sales.clone(), 0)];
    assert_eq!(house.groups(), expected);
    assert_eq!(house.act("DELETE", &format!("/departments/{sales}"), &Value::Null), (204, String::new()));
    assert_eq!(house.groups(), expected[..1]);
}

#[test]
fn r28_a_departments_group_has_no_other_name_and_rule_but_may_give_seats_and_be_deleted() {
    let house = House::new();
    let plan = house.0.plan("Team", 5);
    let sales = house.department(&json!({ "name": "Sales", "group": { "workforce_types": [] } }));
    let ada = house.add("ada", &sales, "regular");
    let group = format!("/groups/{}", text(&house.groups_of(&ada)[0]));
    let check = |body: Value, expected: (u16, &str)| {
        let (status, code) = house.act("PATCH", &group, &body);
        assert_eq!((status, code.as_str()), expected, "{body}");
    };
    check(json!({ "name": "Crew" }), (409, "wrong_state"));
    check(json!({ "rule": { "language": ["de"] } }), (409, "wrong_state"));
    check(json!({ "plan": plan }), (200, ""));
    assert_eq!(house.0.member(&json!(ada))["seats"], json!([plan]));
    assert_eq!(house.act("DELETE", &group, &Value::Null), (204, String::new()));
    assert_eq!(house.groups(), []);
}

#[test]
fn r1_an_admin_of_departments_gives_groups_in_reach_alone_and_changes_none_that_gives_seats() {
    let house = House::new();
    let plan = house.0.plan("Team", 5);
    let sales = house.department(&json!({ "name": "Sales" }));
    let research = house.department(&json!({ "name": "Research" }));
    let role = json!({ "kind": "department-admin", "departments": [sales] });
    let dora = json!({
        "name": "Dora", "departments": [sales], "work_email": "dora@example.com", "workforce_type": "intern", "role": role,
    });
    let dora = text(&house.0.admin().post(&house.0.path("/members"), &dora).expect(201)["member"]["id"]);
    let token = json!({ "name": "t", "holder": { "kind": "member", "member": dora } });
    let token = text(&house.0.admin().post(&house.0.path("/tokens"), &token).expect(201)["secret"]);
    let dora = house.0.host.client(&token);
    let check = |department: &str, expected: (u16, &str)| {
        let path = house.0.path(&format!("/departments/{department}/group"));
        let answer = dora.send("PUT", &path, &[], Some(br#"{ "workforce_types": ["intern"] }"#));
        house.settle();
        assert_eq!((answer.status, answer.code()), expected, "{}", answer.body);
    };
    check(&research, (404, "not_found"));
    check(&sales, (200, ""));
    assert_eq!(house.groups(), [("Sales".to_owned(), sales.clone(), 1)]);
    let below = json!({ "name": "North", "parent": sales, "group": {} });
    let below = text(&dora.post(&house.0.path("/departments"), &below).expect(201)["id"]);
    check(&below, (200, ""));
    let beside = json!({ "name": "South", "parent": research, "group": {} });
    assert_eq!(dora.post(&house.0.path("/departments"), &beside).status, 422);

    let listed = house.0.admin().get(&house.0.path("/groups")).expect(200);
    let group = listed["items"].as_array().unwrap().iter().find(|group| group["department"] == sales.as_str()).unwrap();
    let group = format!("/groups/{}", text(&group["id"]));
    assert_eq!(house.act("PATCH", &group, &json!({ "plan": plan })), (200, String::new()));
    check(&sales, (403, "forbidden"));
    check(&below, (200, ""));
}
