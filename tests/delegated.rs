//! Admins of departments: what they see and touch, and that nothing lies beyond for them (R1, R17, R32, R37).

use serde_json::{Value, json};
use usher_domain::time::HOUR;
use usher_server::testing::Client;

use crate::branch::{Branch, end, ended};
use crate::front_desk::{answer_links, text};

fn sorted(mut texts: [String; 2]) -> [String; 2] {
    texts.sort_unstable();
    texts
}

#[test]
fn r1_an_admin_of_departments_sees_whoever_is_in_one_of_theirs_and_nobody_else() {
    let branch = Branch::new();
    let check = |query: &str, names: &[&str]| {
        assert_eq!(branch.listed(&format!("/members{query}"), "name"), names, "{query}");
    };
    check("", &["Ada", "Bo", "Dora"]);
    check(&format!("?department={}", branch.ids["North"]), &["Ada"]);
    check(&format!("?department={}", branch.ids["Research"]), &[]);
    check("?state=suspended", &[]);
    check("?work_email=ada@example.com", &["Ada"]);
    check("?work_email=rob@example.com", &[]);
    assert_eq!(ended(&branch.dora.get(&branch.member("Rob"))), end(404, "not_found"));
    let bo = branch.dora.get(&branch.member("Bo")).expect(200);
    assert_eq!(bo["departments"], json!([branch.ids["Sales"]]), "the others are not told");
    for refused in ["/members?cursor=AAAA", "/members?cursor=AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(ended(&branch.dora.get(&branch.desk.path(refused))), end(400, "invalid_cursor"), "{refused}");
    }
}

#[test]
fn r1_r32_an_admin_of_departments_sees_who_was_deleted_of_theirs_and_nobody_else() {
    let branch = Branch::new();
    for name in ["Ada", "Bo", "Rob"] {
        let (admin, path) = (branch.desk.admin(), branch.member(name));
        let etag = admin.get(&path).etag.expect("a version");
        assert_eq!(admin.send("DELETE", &path, &[("if-match", &etag)], None).status, 204, "{name}");
    }
    let check = |query: &str, names: &[&str]| {
        assert_eq!(branch.listed(&format!("/members?state=deleted{query}"), "name"), names, "{query}");
    };
    check("", &["Ada", "Bo"]);
    check(&format!("&department={}", branch.ids["North"]), &["Ada"]);
    check(&format!("&department={}", branch.ids["Research"]), &[]);
}

#[test]
fn r7_an_admin_of_departments_sees_what_there_is_to_choose_from() {
    let branch = Branch::new();
    let types = branch.dora.get(&branch.desk.path("/workforce-types")).expect(200);
    assert_eq!(types["items"][0], json!({ "name": "regular", "built_in": true }), "how many there are is not told");
    let of_all = branch.desk.admin().get(&branch.desk.path("/workforce-types")).expect(200);
    assert!(of_all["items"][0]["members"].is_u64());
    let plans = |client: &Client| client.get(&branch.desk.path("/plans")).expect(200)["items"].clone();
    assert_eq!(plans(&branch.dora), plans(&branch.desk.admin()));
}

#[test]
fn r1_a_member_of_two_departments_in_reach_is_listed_once() {
    let mut branch = Branch::new();
    branch.enter("Both", &["North", "Sales"], &json!({ "kind": "member" }));
    assert_eq!(branch.listed("/members", "name"), ["Ada", "Bo", "Both", "Dora"]);
}

#[test]
fn r32_only_who_is_wholly_in_reach_is_changed() {
    let branch = Branch::new();
    let name = json!({ "name": "Renamed" });
    let check = |method: &str, end_of_path: &str, body: &Value| {
        let act = |who: &str| branch.by_dora(method, &format!("{}{end_of_path}", branch.member(who)), body);
        assert_eq!(act("Rob"), end(404, "not_found"), "{method} {end_of_path}");
        assert_eq!(act("Bo"), end(403, "too_much_authority"), "{method} {end_of_path}");
        assert!(matches!(act("Ada").0, 200 | 204), "{method} {end_of_path}");
    };
    check("PATCH", "", &name);
    check("POST", "/suspend", &Value::Null);
    // Bo and Rob are not suspended: that is said after it is seen that they are none of hers.
    check("POST", "/resume", &Value::Null);
    check("DELETE", "", &Value::Null);
    let remind = |who: &str| ended(&branch.dora.post(&format!("{}/remind", branch.member(who)), &Value::Null));
    assert_eq!(remind("Rob"), end(404, "not_found"));
    assert_eq!(remind("Bo"), end(403, "too_much_authority"));
    assert_eq!(remind("Dora"), end(200, ""));
    let restore = branch.by_dora("POST", &format!("{}/restore", branch.member("Bo")), &json!({}));
    assert_eq!(restore, end(403, "forbidden"), "restoring is for primary admins (R1)");
    for untouched in ["Bo", "Rob"] {
        let seen = branch.desk.admin().get(&branch.member(untouched)).expect(200);
        assert_eq!((&seen["name"], &seen["state"]), (&json!(untouched), &json!("invited")));
    }
}

#[test]
fn r32_a_bulk_change_tells_of_each_member_what_a_single_one_would() {
    let branch = Branch::new();
    let act = |preview: bool, action: &Value| {
        let members = branch.named(&["Ada", "Bo", "Rob"]);
        let body = json!({ "members": members, "action": action, "preview": preview });
        let done = branch.dora.post(&branch.desk.path("/members/bulk"), &body).expect(200);
        let code = |item: &Value| item["problem"]["code"].as_str().unwrap_or("done").to_owned();
        done["items"].as_array().expect("items").iter().map(code).collect::<Vec<_>>()
    };
    let into = |name: &str| json!({ "kind": "move", "department": branch.ids[name] });
    for preview in [true, false] {
        assert_eq!(act(preview, &into("Sales")), ["done", "too_much_authority", "not_found"]);
        assert_eq!(act(preview, &into("Research")), ["invalid_field", "too_much_authority", "not_found"]);
    }
    let ada = branch.desk.admin().get(&branch.member("Ada")).expect(200);
    assert_eq!(ada["departments"], json!([branch.ids["Sales"]]));
}

#[test]
fn r1_members_come_into_departments_in_reach_and_as_members_alone() {
    let branch = Branch::new();
    let check = |departments: &[&str], role: &Value, expected: (u16, String)| {
        let departments = branch.named(departments);
        let body = json!({ "name": "New", "departments": departments, "work_email": "new@example.com", "role": role });
        let answer = branch.dora.post(&branch.desk.path("/members"), &body);
        assert_eq!(ended(&answer), expected, "{body}: {}", answer.body);
    };
    let member = json!({ "kind": "member" });
    check(&["Research"], &member, end(422, "invalid_field"));
    check(&["North", "Research"], &member, end(422, "invalid_field"));
    check(&["root"], &member, end(422, "invalid_field"));
    check(&["North"], &branch.admin_of(&["Sales"]), end(403, "too_much_authority"));
    check(&["North"], &member, end(201, ""));
    let promote = branch.by_dora("PATCH", &branch.member("Ada"), &json!({ "role": branch.admin_of(&["North"]) }));
    assert_eq!(promote, end(403, "too_much_authority"));
}

#[test]
fn r1_an_admin_who_reaches_further_is_not_touched_and_the_further_departments_are_not_told() {
    let mut branch = Branch::new();
    branch.enter("Wide", &["Sales"], &branch.admin_of(&["Sales", "Research"]));
    let seen = branch.dora.get(&branch.member("Wide")).expect(200);
    assert_eq!(seen["role"], branch.admin_of(&["Sales"]));
    branch.enter("Idle", &["North"], &json!({ "kind": "admin", "permissions": ["audit"] }));
    for further in ["Wide", "Idle"] {
        let suspended = branch.by_dora("POST", &format!("{}/suspend", branch.member(further)), &Value::Null);
        assert_eq!(suspended, end(403, "too_much_authority"), "{further}");
    }
}

#[test]
fn r1_a_primary_admin_says_of_which_departments_somebody_is_an_admin() {
    let branch = Branch::new();
    let ada = branch.member("Ada");
    let check = |role: &Value, expected: (u16, String)| {
        let etag = branch.desk.admin().get(&ada).etag.expect("a version");
        let answer = branch.desk.admin().patch(&ada, &etag, &json!({ "role": role }));
        assert_eq!(ended(&answer), expected, "{role}: {}", answer.body);
    };
    let of = |departments: &[&str]| json!({ "kind": "department-admin", "departments": departments });
    let (north, gone) = (branch.ids["North"].as_str(), "dep_00000000000000000000000000");
    check(&of(&[]), end(422, "invalid_field"));
    check(&of(&[gone]), end(422, "invalid_field"));
    check(&of(&["North"]), end(422, "invalid_field"));
    check(&of(&[north]), end(200, ""));
    assert_eq!(branch.desk.admin().get(&ada).expect(200)["role"], branch.admin_of(&["North"]));
    let seen = branch.client("Ada").get(&branch.desk.path("/departments")).expect(200);
    assert_eq!(seen["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn r37_departments_below_theirs_are_made_renamed_moved_and_removed() {
    let mut branch = Branch::new();
    let path = branch.desk.path("/departments");
    let add = |branch: &Branch, body: &Value| branch.dora.post(&path, body);
    assert_eq!(branch.listed("/departments", "name"), ["North", "Sales"]);
    let sales = branch.dora.get(&branch.department("Sales")).expect(200);
    assert_eq!(sales.get("parent"), None, "what is above is not told");
    assert_eq!(ended(&branch.dora.get(&branch.department("Research"))), end(404, "not_found"));
    let made = add(&branch, &json!({ "name": "South", "parent": branch.ids["Sales"] })).expect(201);
    branch.ids.insert("South", text(&made["id"]));
    let without = add(&branch, &json!({ "name": "West" }));
    assert_eq!((ended(&without), &without.body["field"]), (end(422, "invalid_field"), &json!("/parent")));
    let beyond = add(&branch, &json!({ "name": "West", "parent": branch.ids["Research"] }));
    assert_eq!(ended(&beyond), end(422, "invalid_field"));

    let check = |method: &str, path: String, body: &Value, expected: (u16, String)| {
        assert_eq!(branch.by_dora(method, &path, body), expected, "{method} {path} {body}");
    };
    let (name, under) = (json!({ "name": "Top" }), |name: &str| json!({ "parent": branch.ids[name] }));
    check("PATCH", branch.department("Sales"), &name, end(403, "too_much_authority"));
    check("PATCH", branch.department("Research"), &name, end(404, "not_found"));
    check("PATCH", branch.department("North"), &name, end(200, ""));
    check("PATCH", branch.department("South"), &under("root"), end(422, "invalid_field"));
    check("PATCH", branch.department("South"), &under("Research"), end(422, "invalid_field"));
    check("PATCH", branch.department("South"), &under("North"), end(200, ""));
    check("DELETE", branch.department("Sales"), &Value::Null, end(403, "too_much_authority"));
    check("DELETE", branch.department("Research"), &Value::Null, end(404, "not_found"));
    let into = |name: &str| format!("{}?into={}", branch.department("North"), branch.ids[name]);
    check("DELETE", into("Research"), &Value::Null, end(422, "invalid_field"));
    check("DELETE", into("Sales"), &Value::Null, end(204, ""));
    assert_eq!(branch.listed("/departments", "name"), ["Sales", "South"]);
}

#[test]
fn r1_reach_follows_the_tree() {
    let branch = Branch::new();
    let sees = |name: &str| branch.dora.get(&branch.member(name)).status;
    assert_eq!((sees("Ada"), sees("Rob")), (200, 404));
    branch.change(&branch.department("Research"), &json!({ "parent": branch.ids["North"] }));
    assert_eq!((sees("Ada"), sees("Rob")), (200, 200));
    branch.change(&branch.department("North"), &json!({ "parent": branch.ids["root"] }));
    assert_eq!((sees("Ada"), sees("Rob")), (404, 404));
    branch.change(&branch.member("Dora"), &json!({ "role": { "kind": "member" } }));
    assert_eq!(ended(&branch.dora.get(&branch.member("Bo"))), end(403, "forbidden"));
}

#[test]
fn r14_invitations_lead_into_a_department_in_reach() {
    let branch = Branch::new();
    let path = branch.desk.path("/invitations");
    let make = |body: &Value| branch.dora.post(&path, body);
    for beyond in [json!({}), json!({ "department": branch.ids["Research"] })] {
        let refused = make(&beyond);
        assert_eq!((ended(&refused), &refused.body["field"]), (end(422, "invalid_field"), &json!("/department")));
    }
    let own = make(&json!({ "department": branch.ids["North"] })).expect(201);
    let theirs = [json!({}), json!({ "department": branch.ids["Research"] })].map(|body| branch.desk.invite(&body).0);
    let in_sales = branch.desk.invite(&json!({ "department": branch.ids["Sales"] })).0;
    assert_eq!(branch.listed("/invitations", "id"), sorted([text(&own["invitation"]["id"]), in_sales.clone()]));
    for (id, expected) in [(&theirs[0], 404), (&theirs[1], 404), (&in_sales, 200)] {
        assert_eq!(branch.dora.get(&format!("{path}/{id}")).status, expected);
        assert_eq!(branch.by_dora("POST", &format!("{path}/{id}/rotate"), &Value::Null).0, expected);
        assert_eq!(branch.by_dora("POST", &format!("{path}/{id}/revoke"), &Value::Null).0, expected);
    }
}

#[test]
fn r17_requests_that_lead_into_their_departments_are_theirs_to_answer() {
    let branch = Branch::new();
    let ask = |invitation: &Value, email: &str| {
        let link = branch.desk.invite(invitation).1;
        branch.desk.join(&link, email).expect(200)["request"].clone()
    };
    let into = |name: &str| json!({ "department": branch.ids[name] });
    let first = ask(&into("North"), "eve@example.com");
    let (root, research) = (ask(&json!({}), "fay@example.com"), ask(&into("Research"), "gil@example.com"));
    let second = ask(&into("Sales"), "hal@example.com");
    assert_eq!(branch.listed("/requests?state=pending", "id"), sorted([text(&second), text(&first)]));
    assert_eq!(answer_links(&branch.desk.host, "dora@example.com").len(), 2, "she is told of hers alone");
    assert_eq!(answer_links(&branch.desk.host, "root@acme.example").len(), 4, "others are told of all");

    let path = |id: &Value, how: &str| branch.desk.path(&format!("/requests/{}{how}", text(id)));
    for beyond in [&root, &research] {
        assert_eq!(ended(&branch.dora.get(&path(beyond, ""))), end(404, "not_found"));
        for how in ["/approve", "/reject"] {
            assert_eq!(ended(&branch.dora.post(&path(beyond, how), &json!({}))), end(404, "not_found"), "{how}");
        }
    }
    let many = json!({ "requests": [first, root], "verdict": "approve" });
    let answered = branch.dora.post(&branch.desk.path("/requests/answers"), &many).expect(200);
    assert_eq!(answered["items"][0]["answer"]["verdict"], "approved", "{answered}");
    assert_eq!(answered["items"][1]["problem"]["code"], "not_found", "{answered}");
    let joined = &answered["items"][0]["answer"]["member"];
    let joined = branch.dora.get(&branch.desk.path(&format!("/members/{}", text(joined)))).expect(200);
    assert_eq!(joined["departments"], json!([branch.ids["North"]]));
    assert_eq!(branch.desk.request(&root)["state"], "pending");
}

#[test]
fn r17_a_link_answers_no_more_once_its_request_is_beyond_reach() {
    let branch = Branch::new();
    let link = branch.desk.invite(&json!({ "department": branch.ids["North"] })).1;
    let request = branch.desk.join(&link, "eve@example.com").expect(200)["request"].clone();
    let links = answer_links(&branch.desk.host, "dora@example.com");
    let nobody = branch.desk.host.client("");
    drop(nobody.get(&links[0]).expect(200));
    branch.change(&branch.member("Ada"), &json!({ "departments": [branch.ids["Sales"]] }));
    let etag = branch.desk.admin().get(&branch.department("North")).etag.expect("a version");
    let removed = branch.desk.admin().send("DELETE", &branch.department("North"), &[("if-match", &etag)], None);
    assert_eq!(removed.status, 204, "so that an approval places the applicant in the root");
    assert_eq!(ended(&nobody.get(&links[0])), end(404, "not_found"));
    let approve = json!({ "verdict": "approve" });
    assert_eq!(ended(&nobody.post(&links[0], &approve)), end(404, "not_found"));
    assert_eq!(branch.desk.request(&request)["state"], "pending");
}

#[test]
fn r17_requests_go_on_to_an_admin_of_departments_only_if_they_lead_into_theirs() {
    let branch = Branch::new();
    branch.desk.escalate(&json!({ "after_hours": 1, "to": [branch.ids["Dora"]] }));
    for (name, email) in [("North", "eve@example.com"), ("Research", "gil@example.com")] {
        let link = branch.desk.invite(&json!({ "department": branch.ids[name] })).1;
        assert_eq!(branch.desk.join(&link, email).expect(200)["outcome"], "pending");
    }
    branch.desk.host.clock.advance(HOUR);
    assert_eq!(branch.desk.escalated_to(), ["dora@example.com", "root@acme.example"], "each to one who may answer it");
}

#[test]
fn r1_r20_an_invitation_into_a_department_that_was_removed_brings_nobody_into_the_root_unasked() {
    let mut branch = Branch::new();
    let side = json!({ "name": "Side", "parent": branch.ids["Sales"] });
    let made = branch.dora.post(&branch.desk.path("/departments"), &side).expect(201);
    branch.ids.insert("Side", text(&made["id"]));
    let invitation = json!({ "department": branch.ids["Side"], "approval_required": false });
    let invited = branch.dora.post(&branch.desk.path("/invitations"), &invitation).expect(201);
    let link = text(&invited["link"]);
    assert_eq!(branch.by_dora("DELETE", &branch.department("Side"), &Value::Null).0, 204);

    let asked = branch.desk.join(&link, "eve@example.com").expect(200);
    assert_eq!(asked["outcome"], "pending");
    let request = branch.desk.request(&asked["request"]);
    let decision = branch.desk.path(&format!("/decisions/{}", text(&request["decision"])));
    assert_eq!(branch.desk.admin().get(&decision).expect(200)["clamps"], json!(["unknown-department"]));
    let path = branch.desk.path(&format!("/requests/{}", text(&asked["request"])));
    assert_eq!(branch.dora.get(&path).code(), "not_found", "who comes into the root is beyond Dora");
    assert_eq!(branch.dora.post(&format!("{path}/approve"), &json!({})).code(), "not_found");
    let member = branch.desk.answer(&asked["request"], "approve", &json!({})).expect(200)["answer"]["member"].clone();
    assert_eq!(branch.desk.member(&member)["departments"], json!([branch.ids["root"]]));
}
