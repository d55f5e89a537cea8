//! Where seat policies are asked (R7, R18, R27, R35, R36): wherever a seat is given by anyone but an explicit choice
//! of an admin.

use serde_json::{Value, json};
use usher_domain::policy::seat::Verdict;

use crate::front_desk::{answer_links, text};
use crate::groups::{Office, office};
use crate::wishes::until;

/// How a member comes to a seat of the plan `Team`; the other plan's id comes last.
type Way = fn(&Office, &str, &str);

const APPLICANT: &str = "ada@example.com";

/// Every way in which a seat is given, and the occasions on which policies are asked about it; on none, an admin chose.
const WAYS: [(&str, Way, &[&str]); 21] = [
    ("a join that needs no approval", |desk, _, more| joins(desk, more, &json!({})), &["join"]),
    (
        "a personal invitation with a plan",
        |desk, team, more| joins(desk, more, &json!({ "email": APPLICANT, "plan": team })),
        &["join"],
    ),
    ("an approval that leaves it to the policies", |desk, _, _| approved(desk, &json!({})), &["join"]),
    (
        "an approval with a plan",
        |desk, team, _| approved(desk, &json!({ "seat": { "kind": "plan", "plan": team } })),
        &[],
    ),
    ("an approval by a link in a mail, and a group", by_link, &["group"]),
    ("a member added by the policies' choice", |desk, _, _| added(desk, &json!({ "kind": "policy" })), &["add"]),
    ("a member added with a plan", |desk, team, _| added(desk, &json!({ "kind": "plan", "plan": team })), &[]),
    ("a member added with nothing said, where there is one plan", added_to_the_only_plan, &["add"]),
    ("a member restored, where there is one plan", |desk, _, more| restored(desk, more), &["add"]),
    ("a member restored into a group", restored_into_a_group, &["group", "group"]),
    ("an import by the policies' choice", |desk, _, _| imported(desk, "?seats=policy"), &["import"]),
    ("an import with a plan", |desk, team, _| imported(desk, &format!("?seats=plan&plan={team}")), &[]),
    ("a member put into a group", |desk, team, _| drop(grouped(desk, team)), &["group"]),
    ("a dynamic group that takes a member", taken_by_a_rule, &["group"]),
    ("a group that is given a plan", given_a_plan, &["group"]),
    ("a group's wish that is taken up", taken_up, &["group"]),
    ("a group that is moved to the plan", group_moved, &["group", "group"]),
    ("a seat given by an admin", |desk, team, _| drop(given(desk, "ada", team)), &[]),
    ("an admin's wish that is taken up", wish_of_an_admin, &[]),
    ("a seat moved by an admin", moved, &[]),
    ("a seat by file", by_file, &[]),
];

#[test]
fn r36_policies_are_asked_unless_an_admin_chose() {
    for (name, way, occasions) in WAYS {
        let asked = walk(Verdict::Assign, way);
        let expected: Vec<_> = occasions.iter().map(|occasion| (*occasion).to_owned()).collect();
        assert_eq!(asked, (1, expected), "{name}");
        let (seats, declined) = walk(Verdict::Decline, way);
        assert_eq!(seats, u64::from(occasions.is_empty()), "{name}: a policy that says no is heard");
        assert_eq!(declined.is_empty(), occasions.is_empty(), "{name}");
    }
}

/// Goes one way with policies that say this; the seats of the plan given by it, and the occasions they were asked on.
fn walk(verdict: Verdict, way: Way) -> (u64, Vec<String>) {
    let (desk, team, more) = office();
    desk.sell(&team, &json!({ "size": 5 }));
    desk.host.pdp.assign(verdict);
    way(&desk, &team, &more);
    desk.settle();
    desk.settle();
    let decisions = desk.admin().get(&desk.path("/decisions?limit=200")).expect(200);
    let seats = decisions["items"].as_array().unwrap().iter().filter(|one| one["point"] == "seat-assignment");
    (desk.seats(&team).0, seats.map(|one| text(&one["request"]["occasion"])).collect())
}

/// With one plan, so that no approval is needed (R16).
fn joins(desk: &Office, more: &str, invitation: &Value) {
    ends(desk, more);
    let mut invitation = invitation.clone();
    invitation["approval_required"] = json!(false);
    let (_, link) = desk.invite(&invitation);
    assert_eq!(desk.join(&link, APPLICANT).expect(200)["outcome"], "joined");
}

fn approved(desk: &Office, choice: &Value) {
    let request = asked(desk);
    drop(desk.answer(&request, "approve", choice).expect(200));
}

fn asked(desk: &Office) -> Value {
    let (_, link) = desk.invite(&json!({}));
    desk.join(&link, APPLICANT).expect(200)["request"].clone()
}

fn by_link(desk: &Office, team: &str, _: &str) {
    drop(desk.group(&json!({ "name": "A", "rule": { "role": ["member"] }, "plan": team })));
    drop(asked(desk));
    let link = answer_links(&desk.host, "root@acme.example").pop().unwrap();
    drop(desk.host.client("").post(&link, &json!({ "verdict": "approve" })).expect(200));
}

fn added(desk: &Office, seat: &Value) {
    desk.add("ada", &json!({ "seat": seat }));
}

fn ends(desk: &Office, plan: &str) {
    desk.sell(plan, &json!({ "ends_on": "2026-03-01" }));
}

fn added_to_the_only_plan(desk: &Office, _: &str, more: &str) {
    ends(desk, more);
    added(desk, &Value::Null);
}

fn restored(desk: &Office, more: &str) {
    ends(desk, more);
    let ada = desk.add("ada", &json!({}));
    comes_back(desk, &ada);
}

fn restored_into_a_group(desk: &Office, team: &str, _: &str) {
    let (_, ada) = grouped(desk, team);
    comes_back(desk, &ada);
}

/// Deletes a member and brings them back, with nothing said about a seat.
fn comes_back(desk: &Office, member: &str) {
    let path = format!("/members/{member}");
    assert_eq!(desk.act("DELETE", &path, ""), 204);
    let path = desk.path(&path);
    let etag = desk.admin().get(&path).etag.unwrap();
    drop(desk.admin().send("POST", &format!("{path}/restore"), &[("if-match", &etag)], Some(b"{}")).expect(200));
}

fn imported(desk: &Office, query: &str) {
    let headers = [("content-type", "application/octet-stream")];
    let sheet = b"Name,Department,Workforce type,Work email\nAda,Acme,regular,ada@example.com\n";
    let path = desk.path(&format!("/imports{query}"));
    let import = desk.admin().send("POST", &path, &headers, Some(sheet)).expect(202);
    let path = desk.path(&format!("/imports/{}", text(&import["id"])));
    until(|| desk.admin().get(&path).expect(200)["state"] == "checked");
    drop(desk.admin().send("POST", &format!("{path}/apply"), &[], None).expect(200));
    until(|| desk.admin().get(&path).expect(200)["state"] == "finished");
}

/// A member in a static group that gives seats of a plan; their ids.
fn grouped(desk: &Office, plan: &str) -> (String, String) {
    let group = desk.group(&json!({ "name": "A", "plan": plan }));
    let ada = desk.add("ada", &json!({}));
    desk.put_into(&group, &ada);
    (group, ada)
}

fn taken_by_a_rule(desk: &Office, team: &str, _: &str) {
    let ada = desk.add("ada", &json!({}));
    drop(desk.group(&json!({ "name": "A", "rule": { "workforce_type": ["intern"] }, "plan": team })));
    let path = format!("/members/{ada}");
    assert_eq!(desk.change(&path, &json!({ "workforce_type": "intern" })).status, 200);
}

fn given_a_plan(desk: &Office, team: &str, _: &str) {
    let group = desk.group(&json!({ "name": "A" }));
    let ada = desk.add("ada", &json!({}));
    desk.put_into(&group, &ada);
    assert_eq!(desk.change(&format!("/groups/{group}"), &json!({ "plan": team })).status, 200);
}

fn taken_up(desk: &Office, team: &str, _: &str) {
    let bob = given(desk, "bob", team);
    desk.sell(team, &json!({ "size": 1 }));
    drop(grouped(desk, team));
    assert_eq!(desk.seat("DELETE", &bob, team).status, 204);
}

fn group_moved(desk: &Office, team: &str, more: &str) {
    let (group, _) = grouped(desk, more);
    let path = desk.path(&format!("/plans/{more}/switch"));
    drop(desk.admin().post(&path, &json!({ "to": team, "groups": [group] })).expect(200));
}

fn given(desk: &Office, name: &str, plan: &str) -> String {
    let member = desk.add(name, &json!({}));
    drop(desk.seat("PUT", &member, plan).expect(200));
    member
}

fn wish_of_an_admin(desk: &Office, team: &str, _: &str) {
    let bob = given(desk, "bob", team);
    desk.sell(team, &json!({ "size": 1 }));
    drop(given(desk, "ada", team));
    assert_eq!(desk.seat("DELETE", &bob, team).status, 204);
}

fn moved(desk: &Office, team: &str, more: &str) {
    let ada = given(desk, "ada", more);
    let path = desk.path(&format!("/plans/{more}/switch"));
    drop(desk.admin().post(&path, &json!({ "to": team, "members": [ada] })).expect(200));
}

fn by_file(desk: &Office, _: &str, _: &str) {
    drop(desk.add("ada", &json!({})));
    let headers = [("content-type", "application/octet-stream")];
    let path = desk.path("/seats/import?apply=true");
    drop(desk.admin().send("POST", &path, &headers, Some(b"Member,Plan\nada@example.com,Team\n")).expect(200));
}
