//! `usher member`, `request`, `invitation`, `department`, `import` and `decision`: an admin's everyday work.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use usher_api::{Code, Problem};
use usher_domain::policy::approval::Verdict;

use crate::command::is_not_read;
use crate::front_desk::text;
use crate::groups::{Office, office};
use crate::record_commands::in_words;
use crate::scripted::Scripted;

/// A folder, and names of files in it.
fn folder() -> (tempfile::TempDir, impl Fn(&str) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, move |name: &str| path.join(name).to_str().unwrap().to_owned())
}

#[test]
fn r2_r6_a_member_is_added_and_found_again() {
    let (desk, team, _) = office();
    let sales = text(&desk.told(&["department", "add", "Sales"])["id"]);
    let north = text(&desk.told(&["department", "add", "North", "--parent", &sales])["id"]);
    let listed = desk.usher(&["department", "list"]).succeeds();
    assert!(listed.contains(&north) && listed.contains("Sales / North"), "{listed}");

    let grace =
        ["member", "add", "Grace", "--department", &north, "--work-email", "grace@example.com", "--plan", &team];
    let shown = desk.usher(&grace).succeeds();
    assert!(shown.contains("Grace (invited, member)") && shown.contains(&team) && shown.contains("phone"), "{shown}");
    let hidden = ["member", "add", "Joan", "--department", &north, "--phone", "+4915112345678", "--no-invitation"];
    assert_eq!(desk.told(&hidden)["member"]["state"], "added");
    desk.usher(&["member", "add", "Nobody"]).ends(2);
    let (_, err) = desk.usher(&["member", "add", "Nobody", "--department", &sales]).ends(3);
    assert!(err.contains("invalid_field"), "{err}");

    let found = desk.told(&["member", "list", "--work-email", "Grace@Example.com"]);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["name"]), (1, &json!("Grace")));
    let id = text(&found[0]["id"]);
    assert_eq!(desk.told(&["member", "show", &id])["seats"], json!([team]));
    let listed = desk.usher(&["member", "list", "--department", &north]).succeeds();
    assert!(listed.contains(&id) && listed.contains("+4915112345678") && !listed.contains("Root"), "{listed}");
    let none = desk.usher(&["member", "list", "--state", "deleted"]).succeeds();
    assert!(none.contains("There is no such member."), "{none}");
}

#[test]
fn r14_an_invitation_is_made_listed_and_revoked() {
    let (desk, ..) = office();
    let made = desk.told(&["invitation", "create", "--name", "Fair", "--no-approval", "--max-uses", "3"]);
    let id = text(&made["invitation"]["id"]);
    assert_eq!((&made["invitation"]["approval_required"], &made["invitation"]["max_uses"]), (&json!(false), &json!(3)));
    let shown = desk.usher(&["invitation", "create", "--never-expires"]).succeeds();
    assert!(shown.contains("link    http") && shown.contains("code    ") && !shown.contains("until"), "{shown}");
    let listed = desk.usher(&["invitation", "list"]).succeeds();
    assert!(listed.contains(&id) && listed.contains("0 of 3"), "{listed}");
    let revoked = desk.usher(&["invitation", "revoke", &id]).succeeds();
    assert!(revoked.contains(&format!("{id} is revoked")), "{revoked}");
}

#[test]
fn r10_r14_r43_what_is_shown_once_to_nobody_is_a_failure_that_says_what_was_made() {
    let (desk, ..) = office();
    is_not_read(desk.usher(&["invitation", "create"]), "nobody read the link of inv_");
    is_not_read(desk.usher(&["webhook", "add", "https://hooks.example/"]), "nobody read the secret of whk_");
    let etag = desk.admin().get(&desk.path("")).etag.expect("a version");
    drop(desk.admin().send("POST", &desk.path("/business-mail/activate"), &[("if-match", &etag)], None).expect(200));
    desk.host.prove_domain(&desk.org, "acme.example");
    let bea = ["member", "add", "Bea", "--department", &desk.org.root, "--login", "business"];
    let bea = [&bea[..], &["--business-email", "bea@acme.example"]].concat();
    is_not_read(desk.usher(&bea), "/password` sets another");
    assert_eq!(desk.told(&["member", "list", "--state", "added"])[0]["name"], "Bea");
}

#[test]
fn r17_requests_are_answered_and_their_decisions_shown() {
    let (desk, ..) = office();
    desk.host.pdp.approve(Verdict::Review);
    let (_, link) = desk.invite(&json!({}));
    let asked = ["ada@example.com", "eve@example.com"].map(|who| text(&desk.join(&link, who).expect(200)["request"]));
    let listed = desk.usher(&["request", "list"]).succeeds();
    assert!(asked.iter().all(|id| listed.contains(id)) && listed.contains("the test says so"), "{listed}");
    let approved = desk.usher(&["request", "approve", &asked[0], "--no-seat", "--note", "as agreed"]).succeeds();
    assert!(approved.contains("is approved: they are mem_"), "{approved}");
    let rejected = desk.told(&["request", "reject", &asked[1], "--note", "unknown"]);
    assert_eq!((&rejected["state"], &rejected["answer"]["note"]), (&json!("rejected"), &json!("unknown")));
    let (_, err) = desk.usher(&["request", "approve", &asked[1], "--json"]).ends(3);
    assert!(err.contains("\"code\":\"already_processed\""), "{err}");
    assert_eq!(desk.told(&["request", "list"]), json!([]));
    assert_eq!(desk.told(&["request", "list", "--state", "all"]).as_array().unwrap().len(), 2);

    let decisions = desk.told(&["decision", "list", "--limit", "1"]);
    let id = text(&decisions[0]["id"]);
    let listed = desk.usher(&["decision", "list"]).succeeds();
    assert!(listed.contains(&id) && listed.contains("review"), "{listed}");
    let joined = desk.told(&["decision", "list"]);
    let of_join = joined.as_array().unwrap().iter().find(|one| one["point"] == "approval").unwrap();
    let shown = desk.usher(&["decision", "show", &text(&of_join["id"])]).succeeds();
    assert!(shown.contains("asked     Ada, ") && shown.contains("(one-time-code), by link inv_"), "{shown}");
}

/// `usher import FILE` with these options, and what it says when it can't begin.
#[track_caller]
fn refused(desk: &Office, args: &[&str], status: i32, expected: &str) {
    let (_, err) = desk.usher(&[&["import"][..], args].concat()).ends(status);
    assert!(err.contains(expected), "no `{expected}` in: {err}");
}

#[test]
fn r25_what_an_import_cannot_read_or_write_is_found_before_it_begins() {
    let (desk, ..) = office();
    let (_folder, path) = folder();
    let sheet = path("people.csv");
    fs::write(&sheet, "Name,Department,Workforce type,Work email\nJoan,Acme,regular,joan@example.com\n").unwrap();
    refused(&desk, &["/tmp"], 1, "/tmp is a folder, not a sheet");
    refused(&desk, &["/proc/self/mem"], 1, "reading /proc/self/mem");
    refused(&desk, &[&sheet, "--errors", "err.txt"], 2, ".csv or .xlsx");
    refused(&desk, &[&sheet, "--apply", "--accounts", "/nowhere/accounts.csv"], 1, "/nowhere/accounts.csv");
    refused(&desk, &[], 2, "FILE");
    assert_eq!(desk.told(&["import", "list"]), json!([]), "nothing was begun");
}

#[test]
fn r25_an_import_is_followed_shown_and_closed() {
    let (desk, ..) = office();
    let (_folder, path) = folder();
    let template = path("template.csv");
    desk.usher(&["import", "template", &template]).succeeds();
    let columns = fs::read_to_string(&template).unwrap();
    assert!(columns.contains("Workforce type"), "{columns}");

    let (sheet, errors) = (path("people.csv"), path("errors.csv"));
    let rows = "Joan,Sales,regular,joan@example.com\nNobody,Sales,regular,not an address\n";
    fs::write(&sheet, format!("Name,Department,Workforce type,Work email\n{rows}")).unwrap();
    fs::write(&errors, "an older text, much longer than what will be written in its place".repeat(40)).unwrap();
    fs::set_permissions(&errors, fs::Permissions::from_mode(0o644)).unwrap();
    let (out, err) = desk.usher(&["import", &sheet, "--apply", "--seats", "none", "--errors", &errors]).ends(1);
    assert!(out.contains("1 added, 0 members already, 1 failed") && err.contains("1 row failed"), "{out}{err}");
    assert!(fs::read_to_string(&errors).unwrap().contains("Nobody"));
    assert!(!fs::read_to_string(&errors).unwrap().contains("older"));
    assert_eq!(fs::metadata(&errors).unwrap().permissions().mode() & 0o777, 0o600);

    let import = text(&desk.told(&["import", "list"])[0]["id"]);
    assert!(out.contains(&format!("{import} is uploaded")), "{out}");
    let shown = desk.usher(&["import", "show", &import]).succeeds();
    assert!(shown.contains("1 failed") && shown.contains("fail"), "{shown}");
    let accounts = path("accounts.xlsx");
    let (_, err) = desk.usher(&["import", "accounts", &import, &path("accounts.txt")]).ends(2);
    assert!(err.contains(".csv or .xlsx"), "{err}");
    let nowhere = path("nowhere/accounts.csv");
    let (_, err) = desk.usher(&["import", "accounts", &import, &nowhere]).ends(1);
    assert!(err.contains("there is no folder"), "{err}");
    let read = || desk.told(&["audit", "list", "--what", "import.accounts_read"]).as_array().unwrap().len();
    assert_eq!(read(), 0, "what cannot be written was not asked for");
    desk.usher(&["import", "accounts", &import, &accounts]).succeeds();
    assert_eq!(read(), 1);
    assert!(Path::new(&accounts).exists());
    let late = desk.usher(&["import", "cancel", &import]).succeeds();
    assert!(late.contains(&format!("{import} is finished")), "{late}");
    let closed = desk.usher(&["import", "close", &import, "--saved"]).succeeds();
    assert!(closed.contains("is closed"), "{closed}");
}

#[test]
fn what_strangers_wrote_breaks_no_line_and_drives_no_terminal() {
    const WRITTEN: &str = "Eve\u{1b}[2J\nAda\u{202e}";
    const SHOWN: &str = r"Eve\u{1b}[2J\u{a}Ada\u{202e}";
    let (desk, ..) = office();
    desk.host.pdp.approve(Verdict::Review);
    let (_, link) = desk.invite(&json!({}));
    let request = text(&desk.join(&link, "eve@example.com").expect(200)["request"]);
    let check = |args: &[&str], told: &Value, times: usize| {
        let host = Scripted::start(vec![(200, told.to_string())]);
        let out = in_words(&host, args).succeeds();
        assert_eq!(out.matches(SHOWN).count(), times, "{args:?}\n{out}");
    };

    let mut rejected = desk.told(&["request", "reject", &request]);
    rejected["applicant"]["name"] = json!(WRITTEN);
    check(&["request", "reject", &request], &rejected, 1);

    let ada = desk.add("ada", &json!({}));
    let mut member = desk.told(&["member", "show", &ada]);
    member["name"] = json!(WRITTEN);
    member["employee_number"] = json!(WRITTEN);
    check(&["member", "show", &ada], &member, 2);

    let decisions = desk.told(&["decision", "list"]);
    let mut decision = decisions.as_array().unwrap().iter().find(|one| one["point"] == "approval").unwrap().clone();
    decision["request"]["applicant"]["name"] = json!(WRITTEN);
    decision["answer"]["decision"]["reasons"] = json!([{ "code": "a", "text": WRITTEN }]);
    let run = json!({
        "policy": "sha256:1", "name": "mine", "version": "1.0.0", "settings": "", "contract": "", "runtime": "",
        "on_fault": "review", "fuel": 0, "duration_ns": 0, "facts": [], "log": [WRITTEN],
    });
    decision["answer"]["entries"] = json!([run]);
    check(&["decision", "show", &text(&decision["id"])], &decision, 3);

    let at = "2026-03-02T09:00:00Z";
    let data = json!({ "name": WRITTEN });
    let event = json!({ "id": "evt_1", "seq": 1, "type": "member.added", "version": 1, "at": at, "data": data });
    check(&["events", "--no-follow"], &json!({ "items": [event] }), 1);

    let problem = Problem::new(Code::NotFound, "there is no Eve\u{1b}[2J\n  request  call_1");
    let host = Scripted::start(vec![(problem.status, serde_json::to_string(&problem).unwrap())]);
    let (_, err) = in_words(&host, &["member", "list"]).ends(3);
    assert!(err.contains("  detail   there is no Eve\\u{1b}[2J\n             request  call_1"), "{err}");
}
