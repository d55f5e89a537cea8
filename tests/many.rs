//! One thing done to many members, and its preview (R1, R31, R32, R35, R37, R38).

use serde_json::{Value, json};
use usher_server::testing::Answer;

use crate::lifecycle::{Office, id_of};

impl Office {
    fn bulk(&self, ids: &[&str], action: &Value, preview: bool) -> Answer {
        let body = json!({ "members": ids, "action": action, "preview": preview });
        self.admin().post(&self.path("members/bulk"), &body)
    }

    /// The bulk change previewed, then done: both must say the same.
    pub fn foreseen(&self, ids: &[&str], action: &Value) -> Value {
        let audit = || self.admin().get(&self.path("audit?limit=200")).expect(200)["items"].as_array().unwrap().len();
        let before = (audit(), self.everybody());
        let mut foreseen = self.bulk(ids, action, true).expect(200);
        assert_eq!((audit(), self.everybody()), before, "a preview changes nothing");
        assert_eq!(foreseen["preview"], true);
        let done = self.bulk(ids, action, false).expect(200);
        foreseen["preview"] = json!(false);
        assert_eq!(done, foreseen, "what was foreseen is what came");
        done
    }

    fn everybody(&self) -> Value {
        let mut all = self.admin().get(&self.path("members?limit=200")).expect(200);
        let deleted = self.admin().get(&self.path("members?limit=200&state=deleted")).expect(200);
        all["deleted"] = deleted["items"].clone();
        all
    }
}

fn problems(result: &Value) -> Vec<&str> {
    let items = result["items"].as_array().unwrap().iter();
    items.map(|item| item["problem"]["code"].as_str().unwrap_or("")).collect()
}

#[test]
fn r32_a_bulk_deletion_says_beforehand_what_goes_with_it() {
    let office = Office::new();
    let plan = office.plan("Team", 9);
    let sales = office.department("Sales");
    let group = id_of(&office.admin().post(&office.path("groups"), &json!({ "name": "Night" })).expect(201)["id"]);
    let ada = office.added_with("ada", &json!({ "departments": [office.org.root, sales] }));
    let bob = office.added_with("bob", &json!({ "seat": { "kind": "none" } }));
    let put = office.path(&format!("groups/{group}/members/{ada}"));
    assert_eq!(office.admin().send("PUT", &put, &[], None).status, 204);
    let ids = [ada.as_str(), bob.as_str(), "mem_00000000000000000000000000", office.org.primary_admin.as_str()];
    let done = office.foreseen(&ids, &json!({ "kind": "delete" }));
    assert_eq!(problems(&done), ["", "", "not_found", "last_primary_admin"]);
    assert_eq!(
        done["items"][0]["effects"],
        json!({
            "state": "deleted", "seats_freed": [plan], "seats_given": [], "seats_wished": [], "wishes_dropped": [],
            "departments_left": [office.org.root, sales], "departments_joined": [],
            "groups_left": [group], "groups_joined": [], "sessions_ended": 0, "data_changed": [],
        })
    );
    assert_eq!(
        done["totals"],
        json!({
            "done": 2, "refused": 2, "seats_freed": 1, "seats_given": 0, "seats_wished": 0, "departments_left": 3,
            "groups_left": 1, "sessions_ended": 0,
        })
    );
    assert_eq!(office.show(&ada)["state"], "deleted");
}

#[test]
fn r1_r32_a_preview_counts_what_those_before_would_have_taken() {
    let office = Office::new();
    let ids: Vec<_> = ["ada", "bob", "cleo"].map(|name| office.added(name)).to_vec();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for id in &ids {
        let promoted = office.act(&office.admin(), "PATCH", id, "", &json!({ "role": { "kind": "primary-admin" } }));
        assert_eq!(promoted.status, 200);
    }
    // Whoever asks stays: else their token would end half-way.
    let done = office.foreseen(&ids, &json!({ "kind": "suspend" }));
    assert_eq!(problems(&done), ["", "", ""]);
    let done = office.foreseen(&ids[..2], &json!({ "kind": "delete" }));
    assert_eq!(problems(&done), ["", ""]);
    let team = office.plan("Team", 3);
    let dora = office.added("dora");
    office.delete(&dora);
    let emil = office.added_with("emil", &json!({ "work_email": "dora@x.example" }));
    office.delete(&emil);
    let both = [dora.as_str(), emil.as_str()];
    let restored = office.foreseen(&both, &json!({ "kind": "restore" }));
    assert_eq!(problems(&restored), ["", "already_exists"], "the same address, twice");
    assert_eq!(restored["items"][0]["effects"]["seats_given"], json!([team]));
    let full = office.foreseen(&ids[..2], &json!({ "kind": "restore", "plan": team }));
    assert_eq!(problems(&full), ["limit_reached", "limit_reached"], "R38: three members, three seats");
}

#[test]
fn r37_members_are_moved_and_added_to_a_department_together() {
    let office = Office::new();
    let (sales, north) = (office.department("Sales"), office.department("North"));
    let (ada, bob) = (office.added("ada"), office.added("bob"));
    let ids = [ada.as_str(), bob.as_str()];
    let moved = office.foreseen(&ids, &json!({ "kind": "move", "department": sales }));
    assert_eq!(moved["totals"]["departments_left"], 2);
    assert_eq!(office.show(&ada)["departments"], json!([sales]));
    let also = office.foreseen(&ids, &json!({ "kind": "add_to_department", "department": north }));
    assert_eq!(also["items"][1]["effects"]["departments_joined"], json!([north]));
    assert_eq!(office.show(&bob)["departments"], json!([sales, north]));
    let gone = office.foreseen(&ids, &json!({ "kind": "move", "department": "dep_00000000000000000000000000" }));
    assert_eq!(problems(&gone), ["invalid_field", "invalid_field"]);
}

#[test]
fn r35_what_is_the_same_for_many_is_changed_together_with_the_seats_that_follow() {
    let office = Office::new();
    let (team, _) = (office.plan("Team", 1), office.plan("More", 9));
    let rule =
        json!({ "any": [{ "workforce_type": ["intern"] }, { "attribute": { "name": "site", "one_of": ["Bonn"] } }] });
    let group = json!({ "name": "Night", "rule": rule, "plan": team });
    let group = id_of(&office.admin().post(&office.path("groups"), &group).expect(201)["id"]);
    let ada = office.added_with("ada", &json!({ "attributes": { "site": "Berlin", "floor": "3" }, "language": "fr" }));
    let bob = office.added("bob");
    let ids = [ada.as_str(), bob.as_str()];
    let edit = json!({
        "kind": "change", "workforce_type": "intern", "language": null, "attributes": { "site": "Bonn", "floor": null },
    });
    let done = office.foreseen(&ids, &edit);
    assert_eq!(problems(&done), ["", ""]);
    let effects = &done["items"][0]["effects"];
    assert_eq!(effects["data_changed"], json!(["workforce_type", "language", "attributes"]));
    assert_eq!((&effects["seats_wished"], &effects["groups_joined"]), (&json!([team]), &json!([group])));
    assert_eq!(done["items"][1]["effects"]["data_changed"], json!(["workforce_type", "attributes"]));
    assert_eq!(done["totals"]["seats_wished"], 2);
    let ada = office.show(&ada);
    assert_eq!((&ada["workforce_type"], &ada["language"]), (&json!("intern"), &Value::Null));
    assert_eq!(ada["attributes"], json!({ "site": "Bonn" }));
    office.settle();
    assert_eq!(office.used(&team), 1, "one has it, the other waits");

    let moved = office.foreseen(&ids, &json!({ "kind": "change", "workforce_type": null }));
    assert_eq!(moved["items"][0]["effects"]["seats_wished"], json!([]), "the site is enough for the group");
    let wrong = office.foreseen(&ids, &json!({ "kind": "change", "workforce_type": "pirate" }));
    assert_eq!(problems(&wrong), ["invalid_field", "invalid_field"]);
    let nothing = office.bulk(&ids, &json!({ "kind": "change" }), true);
    assert_eq!((nothing.status, nothing.code(), &nothing.body["field"]), (422, "invalid_field", &json!("/action")));
}

#[test]
fn r35_a_preview_of_a_move_counts_the_seats_that_groups_give() {
    let office = Office::new();
    let (team, _) = (office.plan("Team", 9), office.plan("More", 9));
    let sales = office.department("Sales");
    let group = json!({ "name": "Sellers", "rule": { "department": sales }, "plan": team });
    drop(office.admin().post(&office.path("groups"), &group).expect(201));
    let (ada, bob) = (office.added("ada"), office.added("bob"));
    let moved = office.foreseen(&[&ada, &bob], &json!({ "kind": "move", "department": sales }));
    assert_eq!((&moved["totals"]["seats_given"], &moved["totals"]["seats_wished"]), (&json!(0), &json!(2)));
    office.settle();
    assert_eq!(office.used(&team), 2);
}

#[test]
fn r31_a_bulk_reminder_reaches_whom_it_may() {
    let office = Office::new();
    let (ada, bob) = (office.added("ada"), office.added_with("bob", &json!({ "invite": false })));
    let ids = [ada.as_str(), bob.as_str()];
    assert_eq!(problems(&office.foreseen(&ids, &json!({ "kind": "remind" }))), ["", "wrong_state"]);
    assert_eq!(problems(&office.foreseen(&ids, &json!({ "kind": "remind" }))), ["reminded_lately", "wrong_state"]);
}

#[test]
fn r32_a_bulk_change_has_its_bounds_and_rights() {
    let office = Office::new();
    let ada = office.added("ada");
    let check = |answer: Answer, status: u16, code: &str| {
        assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
    };
    let many: Vec<String> = (0..501).map(|n| format!("mem_{n:026}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(office.bulk(&many, &json!({ "kind": "suspend" }), true), 422, "invalid_field");
    check(office.bulk(&[], &json!({ "kind": "suspend" }), true), 422, "invalid_field");
    check(office.bulk(&[&ada, &ada], &json!({ "kind": "suspend" }), true), 422, "invalid_field");
    let restore = json!({ "members": [ada], "action": { "kind": "restore" } });
    check(office.hr().post(&office.path("members/bulk"), &restore), 403, "forbidden");
    let suspend = json!({ "members": [ada, office.org.primary_admin], "action": { "kind": "suspend" } });
    let done = office.hr().post(&office.path("members/bulk"), &suspend).expect(200);
    assert_eq!(problems(&done), ["", "too_much_authority"]);
}
