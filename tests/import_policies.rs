//! What policies are asked about rows of a batch import, in the dry run and once they are applied (R25, R28).

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use usher_server::testing::Client;

use crate::command::root;
use crate::front_desk::text;
use crate::import_desk::{HEADER, counts};
use crate::process::{Process, within};

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
    assert_eq!(done["seat"], dry["seat"], "the job does what the dry run told");
}
