//! What rows of a batch import tell of policies, in the dry run and once they are applied (R25, R33, R36, R42).

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::policy::{DecisionPoint, approval, seat};
use usher_server::testing::Client;

use crate::command::root;
use crate::front_desk::text;
use crate::import_desk::{ADA, BOB, Desk, HEADER, counts};
use crate::process::{Process, within};

/// Approved by a policy, which says why.
const APPROVED: &str = "told-to";

fn codes(row: &Value) -> Vec<&str> {
    row["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect()
}

/// What the note of a code says.
fn said<'a>(row: &'a Value, code: &str) -> &'a str {
    let notes = row["notes"].as_array().unwrap();
    notes.iter().find(|note| note["code"] == code).unwrap()["text"].as_str().unwrap()
}

#[test]
fn r25_r36_rows_tell_what_seat_policies_said_and_why_there_is_no_seat() {
    // Of Ada and Bob, for whom one seat is free.
    let check = |by_group: bool, verdict: Option<seat::Verdict>, faults: bool, notes: &[&str], reason: Option<&str>| {
        let (desk, team) = Desk::with_plan(1);
        drop(desk.plan("Big", 50));
        if let Some(verdict) = verdict {
            desk.host.pdp.assign(verdict);
        }
        desk.host.pdp.fault(faults.then_some(DecisionPoint::SeatAssignment));
        let group = json!({ "name": "Sales force", "plan": team });
        let group = text(&desk.admin().post(&desk.path("groups"), &group).expect(201)["id"]);
        let query = if by_group { format!("?seats=group&group={group}") } else { String::new() };
        let expected = [&[APPROVED], notes].concat();
        let told = |import: &Value, stage: &str| {
            let bob = desk.told(import)[1].clone();
            assert_eq!((bob["verdict"].as_str(), codes(&bob)), (Some("add"), expected.clone()), "{stage}: {bob}");
            assert_eq!(bob["wish_reason"].as_str(), reason, "{stage}: {bob}");
            assert_eq!(bob["wish"].as_str(), reason.map(|_| team.as_str()), "{stage}: {bob}");
            bob
        };
        let import = desk.check(&query, &[ADA, BOB]);
        let dry = told(&import, "dry run");
        let done = told(&desk.apply(&import), "applied");
        assert_eq!(dry["seat"].is_string(), notes == ["told-to"] && !by_group, "{dry}");
        assert_eq!(dry["seat"], done["seat"]);
        if faults {
            assert!(!said(&dry, "seat_policy_fault").contains("decision"), "it is not kept: {dry}");
            let (_, id) = said(&done, "seat_policy_fault").split_once("see decision ").unwrap();
            let kept = desk.admin().get(&desk.path(&format!("decisions/{id}"))).expect(200);
            assert_eq!(kept["point"], "seat-assignment");
        }
    };
    let (assign, decline) = (Some(seat::Verdict::Assign), Some(seat::Verdict::Decline));
    check(false, assign, false, &["told-to"], None);
    check(false, decline, false, &["told-to", "seat_declined"], None);
    check(false, decline, true, &["told-to", "seat_policy_fault"], None);
    check(false, None, false, &["seat_not_offered"], None);
    check(true, assign, false, &["told-to"], Some("no_seat_free"));
    check(true, decline, false, &["told-to", "seat_declined"], Some("policy_declined"));
    check(true, decline, true, &["told-to", "seat_policy_fault"], Some("policy_declined"));
    check(true, None, false, &[], Some("no_seat_free"));
}

#[test]
fn r25_what_policies_said_is_kept_of_a_row_with_more_warnings_than_are() {
    let desk = Desk::new();
    let departments: Vec<_> = (0..30).map(|n| format!("Nowhere {n}")).collect();
    let row = format!("Ada,{},regular,work,ada@example.com,", departments.join(";"));
    let told = desk.told(&desk.check("", &[&row]))[0].clone();
    let codes = codes(&told);
    assert_eq!((codes[0], codes.len(), codes[19]), (APPROVED, 20, "more"), "{told}");
}

#[test]
fn r33_r42_the_decision_about_a_row_is_kept_once_it_is_applied_and_the_row_names_it() {
    let check = |verdict: approval::Verdict, faults: bool, outcome: &str| {
        let desk = Desk::new();
        desk.host.pdp.approve(verdict);
        desk.host.pdp.fault(faults.then_some(DecisionPoint::Approval));
        let import = desk.check("", &[ADA]);
        let decisions = || desk.admin().get(&desk.path("decisions")).expect(200)["items"].clone();
        let dry = desk.told(&import)[0].clone();
        assert_eq!((&dry["decision"], decisions()), (&Value::Null, json!([])), "a dry run keeps none");
        let row = desk.told(&desk.apply(&import))[0].clone();
        let kept = decisions();
        let kept = &kept[0];
        assert_eq!((&kept["id"], &kept["outcome"]), (&row["decision"], &json!(outcome)), "{kept}");
        let name = if outcome == "admitted" { json!("Ada") } else { Value::Null };
        assert_eq!(kept["request"]["applicant"]["name"], name, "who is refused could not be erased by anything else");
        let admitted = desk.member("ada@example.com");
        let target = if outcome == "admitted" { &admitted["id"] } else { &import["id"] };
        assert_eq!(&kept["target"], target, "{kept}");
        let trail = desk.admin().get(&desk.path("audit?limit=50")).expect(200)["items"].clone();
        let action = if outcome == "admitted" { "member.added" } else { "import.rows_applied" };
        let entry = trail.as_array().unwrap().iter().find(|entry| entry["action"] == action).unwrap();
        assert_eq!(entry["policies"], json!(["sha256:test"]), "{entry}");
        if faults {
            assert!(!said(&dry, "policy_fault").contains("decision"), "{dry}");
            let told = said(&row, "policy_fault");
            assert!(told.ends_with(&format!("see decision {}", text(&row["decision"]))), "{told}");
        }
    };
    check(approval::Verdict::Approve, false, "admitted");
    check(approval::Verdict::Reject, false, "rejected");
    check(approval::Verdict::Approve, true, "rejected");
}

/// Has a policy go live on a real host.
fn goes_live(admin: &Client, path: &str, policy: (&Value, &str), settings: &Value) {
    let (manifest, script) = policy;
    let payload = data_encoding::BASE64.encode(script.as_bytes());
    let upload = json!({ "manifest": manifest, "payload": payload });
    let digest = admin.post(&format!("{path}/policies"), &upload).expect(201)["digest"].clone();
    let set = format!("{path}/policy-sets/{}", text(&manifest["point"]));
    let etag = admin.get(&set).etag.unwrap();
    let entry = json!({ "policy": digest, "settings": settings, "grants": ["departments"], "on_fault": "deny" });
    let set_to = json!({ "entries": [entry] }).to_string();
    drop(admin.send("PUT", &set, &[("if-match", &etag)], Some(set_to.as_bytes())).expect(200));
}

#[test]
fn r25_r28_policies_are_told_of_a_department_that_is_to_be_made_as_of_one_that_is_there() {
    let host = Process::start();
    let (org, token) = host.organisation();
    let (path, admin) = (format!("/v1/orgs/{org}"), host.client(&token));
    let plan = json!({ "name": "Team", "size": 50, "starts_on": "2026-01-01" });
    let team = host.client(&host.operator).post(&format!("{path}/plans"), &plan).expect(201)["id"].clone();

    let of_ours = |file: &str| fs::read_to_string(root().join("policies/seats-by-department").join(file)).unwrap();
    let manifest: Value = serde_json::from_str(&of_ours("policy.json")).unwrap();
    let rules = json!({ "rules": [{ "under": "Sales", "plans": [team] }] });
    goes_live(&admin, &path, (&manifest, &of_ours("policy.rhai")), &rules);
    let manifest = json!({
        "name": "new", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1",
        "facts": ["departments"],
    });
    let script = r#"
        fn configure(settings) { settings }
        fn decide(request) {
            let department = request.row.departments[0];
            let told = `${department_path(department)} ${department_members(department)}`;
            if told == `["Acme", "Sales", "North"] 0` { approve("new", told) } else { reject("not-new", told) }
        }"#;
    goes_live(&admin, &path, (&manifest, script), &json!({}));

    let file = format!("{HEADER}\nAda,Sales / North,regular,work,ada@example.com,+4915112345678\n");
    let headers = [("content-type", "application/octet-stream")];
    let upload = format!("{path}/imports?unknown_departments=create");
    let import = admin.send("POST", &upload, &headers, Some(file.as_bytes())).expect(202);
    let import = format!("{path}/imports/{}", text(&import["id"]));
    let until = |state: &str| {
        within(Duration::from_secs(120), || {
            let import = admin.get(&import).expect(200);
            (import["state"] == state).then_some(import)
        })
    };
    let row = || admin.get(&format!("{import}/rows")).expect(200)["items"][0].clone();
    assert_eq!(until("checked")["summary"]["counts"], counts(1, 0, 0), "{}", row());
    let dry = row();
    assert_eq!((dry["verdict"].as_str(), &dry["seat"]), (Some("add"), &team), "{dry}");
    drop(admin.send("POST", &format!("{import}/apply"), &[], None).expect(200));
    drop(until("finished"));
    let done = row();
    assert_eq!((&done["seat"], &done["notes"]), (&dry["seat"], &dry["notes"]), "the job does what the dry run told");
}
