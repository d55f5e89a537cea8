//! Batch imports: dry run, job, what comes back (R23 to R28).

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::policy::{approval, seat};
use usher_domain::time::HOUR;
use usher_server::testing::{Answer, Client, TestHost, TestOrg};
use usher_sheets::{Bounds, Cell, Reader};

const HEADER: &str = "Name,Department,Workforce type,Login method,Work email,Phone";

/// An organisation whose admin imports.
pub struct Desk {
    /// Its host.
    pub host: TestHost,
    /// The organisation.
    pub org: TestOrg,
}

impl Desk {
    /// Without a plan.
    pub fn new() -> Desk {
        let host = TestHost::start();
        let org = host.organisation("Acme");
        Desk { host, org }
    }

    /// With a paid plan of so many seats.
    fn with_plan(size: u32) -> (Desk, String) {
        let desk = Desk::new();
        let plan = desk.plan("Team", size);
        (desk, plan)
    }

    fn plan(&self, name: &str, size: u32) -> String {
        let plan = json!({ "name": name, "size": size, "starts_on": "2026-01-01" });
        let made = self.host.client(&self.host.operator).post(&self.path("plans"), &plan).expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// The primary admin.
    pub fn admin(&self) -> Client {
        self.host.client(&self.org.token)
    }

    /// Path of something of the organisation.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.org.id)
    }

    /// Uploads a file.
    pub fn send(&self, query: &str, file: &[u8]) -> Answer {
        let headers = [("content-type", "application/octet-stream")];
        self.admin().send("POST", &self.path(&format!("imports{query}")), &headers, Some(file))
    }

    /// Uploads a sheet of these rows; the import once it is checked.
    #[track_caller]
    fn check(&self, query: &str, rows: &[&str]) -> Value {
        let file = format!("{HEADER}\n{}\n", rows.join("\n"));
        self.settled(&self.send(query, file.as_bytes()).expect(202))
    }

    /// The import once nothing works on it.
    #[track_caller]
    pub fn settled(&self, import: &Value) -> Value {
        let path = self.path(&format!("imports/{}", import["id"].as_str().unwrap()));
        for _ in 0..3_000 {
            let import = self.admin().get(&path).expect(200);
            if !matches!(import["state"].as_str().unwrap(), "checking" | "applying") {
                return import;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the import does not come to an end");
    }

    /// Asks for the next step of an import.
    pub fn step(&self, import: &Value, step: &str) -> Answer {
        let path = self.path(&format!("imports/{}/{step}", import["id"].as_str().unwrap()));
        self.admin().send("POST", &path, &[], None)
    }

    /// Applies a checked import.
    #[track_caller]
    pub fn apply(&self, import: &Value) -> Value {
        self.settled(&self.step(import, "apply").expect(200))
    }

    /// Every row: its number, its verdict, the codes of its notes.
    #[track_caller]
    pub fn rows(&self, import: &Value) -> Vec<(u64, String, Vec<String>)> {
        let path = self.path(&format!("imports/{}/rows?limit=200", import["id"].as_str().unwrap()));
        let page = self.admin().get(&path).expect(200);
        let row = |row: &Value| {
            let notes = row["notes"].as_array().unwrap().iter();
            let notes = notes.map(|note| note["code"].as_str().unwrap().to_owned()).collect();
            (row["row"].as_u64().unwrap(), row["verdict"].as_str().unwrap().to_owned(), notes)
        };
        page["items"].as_array().unwrap().iter().map(row).collect()
    }

    /// The member with a work email.
    pub fn member(&self, email: &str) -> Value {
        let found = self.admin().get(&self.path(&format!("members?work_email={email}"))).expect(200);
        found["items"][0].clone()
    }

    fn members(&self) -> usize {
        self.admin().get(&self.path("members?limit=200")).expect(200)["items"].as_array().unwrap().len()
    }

    /// The sheet of failed rows: header and rows, as text.
    pub fn errors(&self, import: &Value) -> Vec<Vec<String>> {
        self.sheet(import, "errors")
    }

    /// A sheet of an import: header and rows, as text.
    pub fn sheet(&self, import: &Value, what: &str) -> Vec<Vec<String>> {
        let path = self.path(&format!("imports/{}/{what}?format=csv", import["id"].as_str().unwrap()));
        let sheet = self.admin().get(&path).expect(200);
        let reader = Reader::open(Cursor::new(sheet.as_str().unwrap().as_bytes().to_vec()), Bounds::default()).unwrap();
        let header = reader.header().to_vec();
        let width = header.len();
        let cells = |row: usher_sheets::Row| -> Vec<String> {
            (0..width)
                .map(|column| match row.cell(column) {
                    Cell::Text(text) => text.clone(),
                    _ => String::new(),
                })
                .collect()
        };
        std::iter::once(header).chain(reader.map(|row| cells(row.unwrap()))).collect()
    }
}

/// Rows by what became of them.
pub fn counts(added: u64, existing: u64, failed: u64) -> Value {
    json!({ "added": added, "existing": existing, "failed": failed })
}

/// A row with the codes of its notes.
pub fn row(number: u64, verdict: &str, notes: &[&str]) -> (u64, String, Vec<String>) {
    (number, verdict.to_owned(), notes.iter().map(|note| (*note).to_owned()).collect())
}

const ADA: &str = "Ada,Acme,regular,work,ada@example.com,+4915112345678";
const BOB: &str = "Bob,Acme,intern,,bob@example.com,+4915112345679";

#[test]
fn r25_a_sheet_is_checked_then_applied_and_rows_become_members() {
    let desk = Desk::new();
    let import = desk.check("?file_name=people.csv", &[ADA, BOB, "Eve,Acme,regular,work,,"]);
    assert_eq!(import["state"], "checked", "{import}");
    assert_eq!(import["summary"]["counts"], counts(2, 0, 1));
    assert_eq!((&import["file_name"], desk.members()), (&json!("people.csv"), 1));
    let import = desk.apply(&import);
    assert_eq!((&import["state"], &import["done"]), (&json!("finished"), &counts(2, 0, 1)), "{import}");
    let expected = [row(2, "add", &[]), row(3, "add", &[]), row(4, "fail", &["login"])];
    assert_eq!(desk.rows(&import), expected);
    let ada = desk.member("ada@example.com");
    assert_eq!(
        (&ada["state"], &ada["workforce_type"], &ada["login"]),
        (&json!("added"), &json!("regular"), &json!("work_email"))
    );
    assert_eq!(desk.members(), 3);
}

#[test]
fn r25_whoever_is_a_member_already_exists_and_a_corrected_sheet_is_imported_again() {
    let desk = Desk::new();
    let broken = "Eve,Acme,regula,work,eve@example.com,";
    let import = desk.apply(&desk.check("", &[ADA, broken]));
    let errors = desk.errors(&import);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0].last().unwrap(), "Reason");
    assert_eq!(errors[1][..5], ["Eve", "Acme", "regula", "work", "eve@example.com"]);
    assert!(errors[1][6].contains("regular, intern"), "{errors:?}");

    let ada = desk.member("ada@example.com");
    let again = "Ada Lovelace,Acme,intern,work,ADA@example.com,";
    let import = desk.apply(&desk.check("", &[again, "Eve,Acme,regular,work,eve@example.com,"]));
    assert_eq!(desk.rows(&import), [row(2, "exists", &[]), row(3, "add", &["recommended"])]);
    assert_eq!(desk.member("ada@example.com"), ada, "nothing changed");
}

#[test]
fn r25_two_rows_of_one_person_are_one_member() {
    let desk = Desk::new();
    let twice = "Ada Again,Acme,regular,work,Ada@Example.com,";
    let import = desk.check("", &[ADA, twice]);
    let expected = [row(2, "add", &[]), row(3, "fail", &["twice_in_file"])];
    assert_eq!(desk.rows(&import), expected);
    assert_eq!(desk.rows(&desk.apply(&import)), expected);
    let other = "Carl,Acme,regular,work,carl@example.com,+4915112345678";
    let import = desk.apply(&desk.check("", &[other]));
    assert_eq!(desk.rows(&import), [row(2, "fail", &["taken"])], "the phone is Ada's");
}

#[test]
fn r25_a_policy_that_rejects_refuses_the_row_and_review_counts_as_the_admins_approval() {
    let check = |verdict: approval::Verdict, expected: (u64, String, Vec<String>)| {
        let desk = Desk::new();
        desk.host.pdp.approve(verdict);
        let import = desk.check("", &[ADA]);
        assert_eq!(desk.rows(&import), std::slice::from_ref(&expected), "dry run");
        assert_eq!(desk.rows(&desk.apply(&import)), [expected]);
    };
    check(approval::Verdict::Approve, row(2, "add", &[]));
    check(approval::Verdict::Review, row(2, "add", &["told-to"]));
    check(approval::Verdict::Reject, row(2, "fail", &["told-to"]));
}

#[test]
fn r25_a_policy_that_faults_lets_no_row_in_neither_in_the_dry_run_nor_afterwards() {
    let desk = Desk::new();
    desk.host.pdp.fault(true);
    let import = desk.check("", &[ADA]);
    let refused = [row(2, "fail", &["told-to", "policy_fault"])];
    assert_eq!(desk.rows(&import), refused, "dry run");
    assert_eq!(desk.rows(&desk.apply(&import)), refused);

    desk.host.pdp.fault(false);
    let import = desk.check("", &[ADA]);
    desk.host.pdp.fault(true);
    assert_eq!(desk.rows(&desk.apply(&import)), refused, "a fault after the dry run");
    assert_eq!(desk.members(), 1, "the primary admin alone");
}

#[test]
fn r25_the_dry_run_tells_seats_needed_against_seats_free_and_r36_unmet_wishes_are_kept() {
    let (desk, plan) = Desk::with_plan(3);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let people: Vec<String> =
        (0..2).map(|n| format!("P{n},Acme,regular,work,p{n}@example.com,+491511234567{n}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let import = desk.check("", &people);
    assert_eq!(import["summary"]["seats"], json!([{ "plan": plan, "needed": 2, "free": 3 }]));
    let import = desk.apply(&import);
    assert_eq!(import["done"], counts(2, 0, 0));
    assert_eq!(desk.member("p0@example.com")["seats"], json!([plan]));

    // Two seats are held: of two more, who fill the organisation up to its three members, one comes in.
    let import = desk.check("", &[ADA, BOB]);
    assert_eq!(desk.rows(&import), [row(2, "fail", &["members_full"]), row(3, "fail", &["members_full"])]);
}

#[test]
fn r27_one_plan_for_all_and_a_row_may_name_another() {
    let (desk, team) = Desk::with_plan(1);
    let big = desk.plan("Big", 50);
    let file = format!(
        "{HEADER},Seat plan\n{ADA},\n{BOB},\nEve,Acme,regular,work,eve@example.com,,BIG\nX,Acme,regular,work,x@example.com,,Huge\n"
    );
    let upload = desk.send(&format!("?seats=plan&plan={team}"), file.as_bytes()).expect(202);
    let import = desk.apply(&desk.settled(&upload));
    assert_eq!(import["done"], counts(3, 0, 1), "{import}");
    assert_eq!(desk.member("ada@example.com")["seats"], json!([team]));
    let bob = desk.member("bob@example.com");
    assert_eq!((&bob["seats"], &bob["wishes"][0]["plan"]), (&json!([]), &json!(team)), "the intent is kept (R36)");
    assert_eq!(desk.member("eve@example.com")["seats"], json!([big]));
    assert_eq!(desk.rows(&import)[3], row(5, "fail", &["unknown_plan"]));
}

#[test]
fn r28_unknown_departments_are_ignored_with_a_warning_or_made() {
    let rows = ["Ada,Sales / North,regular,work,ada@example.com,+4915112345678"];
    let desk = Desk::new();
    let ignored = desk.check("", &rows);
    assert_eq!(ignored["summary"]["unknown_departments"], json!(["Sales / North"]));
    assert_eq!(desk.rows(&ignored), [row(2, "add", &["unknown_department"])]);
    let path = desk.path(&format!("imports/{}/check", ignored["id"].as_str().unwrap()));
    let again = desk.admin().post(&path, &json!({ "unknown_departments": "create" })).expect(200);
    let made = desk.settled(&again);
    assert_eq!(desk.rows(&made), [row(2, "add", &[])]);
    assert_eq!(desk.apply(&made)["done"], counts(1, 0, 0));
    let departments = desk.admin().get(&desk.path("departments")).expect(200);
    let named =
        |name: &str| departments["items"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!(named("North")["parent"], named("Sales")["id"]);
    assert_eq!(desk.member("ada@example.com")["departments"], json!([named("North")["id"]]));

    let desk = Desk::new();
    desk.apply(&desk.check("", &rows));
    assert_eq!(desk.member("ada@example.com")["departments"], json!([desk.org.root]));
}

#[test]
fn r37_what_would_exceed_a_limit_is_refused_and_named_on_the_row() {
    let desk = Desk::new();
    let deep = (0..26).map(|level| format!("L{level}")).collect::<Vec<_>>().join("/");
    let many = (0..51).map(|n| format!("D{n}")).collect::<Vec<_>>().join(";");
    let rows =
        [format!("Ada,{deep},regular,work,ada@example.com,"), format!("Bob,{many},regular,work,bob@example.com,")];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let import = desk.check("?unknown_departments=create", &rows);
    let expected = [row(2, "fail", &["department_limit"]), row(3, "fail", &["department_limit"])];
    assert_eq!(desk.rows(&import), expected);
}

#[test]
fn r24_a_filled_login_method_makes_its_column_mandatory() {
    let check = |cells: &str, expected: (u64, String, Vec<String>)| {
        let desk = Desk::new();
        assert_eq!(desk.rows(&desk.check("", &[cells])), [expected], "{cells}");
    };
    check("Ada,Acme,regular,work,,+4915112345678", row(2, "fail", &["login"]));
    check("Ada,Acme,regular,business,ada@example.com,", row(2, "fail", &["login"]));
    check("Ada,Acme,regular,,,+4915112345678", row(2, "add", &["recommended"]));
    check("Ada,Acme,regular,skip,,", row(2, "fail", &["login"]));
}

#[test]
fn r26_invitations_go_out_when_asked_for() {
    let desk = Desk::new();
    desk.apply(&desk.check("?invite=true", &[ADA]));
    assert_eq!(desk.member("ada@example.com")["state"], "invited");
    assert!(desk.host.await_mail(1).iter().any(|mail| mail.to == "ada@example.com"));
}

#[test]
fn r23_the_template_is_of_both_formats_and_is_read_back() {
    let desk = Desk::new();
    drop(desk.admin().post(&desk.path("workforce-types"), &json!({ "name": "Trainee" })).expect(200));
    let csv = desk.admin().get(&desk.path("import-template?format=csv")).expect(200);
    let csv = csv.as_str().unwrap();
    assert!(csv.contains("Trainee") && !csv.contains("Business email") && !csv.contains("Password"), "{csv}");
    let reader = Reader::open(Cursor::new(csv.as_bytes().to_vec()), Bounds::default()).unwrap();
    assert_eq!(reader.header()[..3], ["Name", "Department", "Workforce type"]);
    let xlsx = desk.admin().get(&desk.path("import-template"));
    assert_eq!((xlsx.status, xlsx.content_type.as_deref().unwrap().contains("spreadsheetml")), (200, true));
}

#[test]
fn r23_a_workforce_type_in_use_stays() {
    let desk = Desk::new();
    let types = desk.path("workforce-types");
    drop(desk.admin().post(&types, &json!({ "name": "Trainee" })).expect(200));
    let rows = ["Ada,Acme,TRAINEE,work,ada@example.com,", "Bob,Acme,apprentice,work,bob@example.com,"];
    let import = desk.apply(&desk.check("", &rows));
    assert_eq!(desk.rows(&import)[1], row(3, "fail", &["unknown_workforce_type"]));
    assert_eq!(desk.member("ada@example.com")["workforce_type"], "Trainee");
    let refused = desk.admin().delete(&format!("{types}/Trainee"));
    assert_eq!((refused.status, refused.code()), (409, "not_empty"), "{}", refused.body);
    let ada = desk.path(&format!("members/{}", desk.member("ada@example.com")["id"].as_str().unwrap()));
    let etag = desk.admin().get(&ada).etag.unwrap();
    assert_eq!(desk.admin().send("DELETE", &ada, &[("if-match", &etag)], None).status, 204);
    assert_eq!(desk.admin().delete(&format!("{types}/Trainee")).status, 204);
}

/// What files there are below a folder.
fn files_in(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![std::fs::read(path).unwrap()] }).collect()
}

#[test]
fn r29_a_closed_import_gives_nothing_away_any_more_and_closes_by_itself_after_a_day() {
    let desk = Desk::new();
    let import = desk.check("", &[ADA]);
    let folder = desk.host.app.imports.clone();
    let files = || files_in(&folder);
    let kept = files();
    assert_eq!(kept.len(), 2, "the file and its keys");
    assert!(!kept.iter().any(|file| file.windows(3).any(|part| part == b"ada")), "the file at rest is sealed");
    assert_eq!(desk.step(&import, "close").expect(200)["state"], "closed");
    assert_eq!(files().len(), 0);
    let errors = desk.admin().get(&desk.path(&format!("imports/{}/errors", import["id"].as_str().unwrap())));
    assert_eq!((errors.status, errors.code()), (404, "not_found"), "{}", errors.body);
    let refused = desk.step(&import, "apply");
    assert_eq!((refused.status, refused.code()), (409, "wrong_state"));

    let import = desk.check("", &[BOB]);
    desk.host.clock.advance(24 * HOUR + 1);
    for _ in 0..500 {
        if files().is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(desk.settled(&import)["state"], "closed");
    assert_eq!(files().len(), 0);
}

#[test]
fn r25_a_file_that_is_no_sheet_or_has_no_columns_is_refused_at_once() {
    let desk = Desk::new();
    let check = |file: &[u8]| {
        let refused = desk.send("", file);
        assert_eq!((refused.status, refused.code()), (422, "invalid_sheet"), "{}", refused.body);
    };
    check(b"");
    check(b"Name,Phone\nAda,1\n");
    check(b"%PDF-1.7");
    check(b"PK\x03\x04 no archive");
    assert_eq!(files_in(&desk.host.app.imports).len(), 0, "nothing is left of them");
}

#[test]
fn r25_how_far_it_has_come_is_told_until_the_end() {
    let desk = Desk::new();
    let import = desk.check("", &[ADA]);
    drop(desk.step(&import, "apply").expect(200));
    let path = desk.path(&format!("imports/{}/events", import["id"].as_str().unwrap()));
    let told = desk.admin().get(&path);
    let text = told.body.as_str().unwrap();
    assert_eq!(told.content_type.as_deref(), Some("text/event-stream"));
    assert!(
        text.contains("event: progress") && text.trim_end().ends_with('}') && text.contains("\"finished\""),
        "{text}"
    );
}

#[test]
fn r42_every_new_member_has_an_audit_entry_and_r43_an_event() {
    let desk = Desk::new();
    desk.apply(&desk.check("", &[ADA, BOB]));
    let audit = desk.admin().get(&desk.path("audit?limit=50")).expect(200);
    let actions = |items: &Value, field: &str, name: &str| {
        items.as_array().unwrap().iter().filter(|item| item[field] == name).count()
    };
    assert_eq!(actions(&audit["items"], "action", "member.added"), 2);
    assert_eq!(actions(&audit["items"], "action", "import.finished"), 1);
    assert_eq!(desk.admin().get(&desk.path("audit/verify")).expect(200)["intact"], true);
    let events = desk.admin().get(&desk.path("events?limit=50")).expect(200);
    assert_eq!(actions(&events["items"], "type", "member.added"), 2);
    assert_eq!(actions(&events["items"], "type", "import.finished"), 1);
}

#[test]
fn r27_seats_to_a_user_group_and_too_few_are_wished_for_with_the_reason() {
    let (desk, team) = Desk::with_plan(1);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let big = desk.plan("Big", 50);
    let group = desk.admin().post(&desk.path("groups"), &json!({ "name": "Sales force", "plan": team })).expect(201);
    let group = group["id"].as_str().unwrap().to_owned();
    let file = format!("{HEADER},Seat plan\n{ADA},\n{BOB},\nEve,Acme,regular,work,eve@example.com,,Big\n");
    let checked = desk.settled(&desk.send(&format!("?seats=group&group={group}"), file.as_bytes()).expect(202));
    let needed = checked["summary"]["seats"].as_array().unwrap().iter().find(|seats| seats["plan"] == team.as_str());
    assert_eq!(needed, Some(&json!({ "plan": team, "needed": 2, "free": 1 })));
    let import = desk.apply(&checked);
    assert_eq!(import["done"], counts(3, 0, 0), "{import}");
    let ada = desk.member("ada@example.com");
    assert_eq!((&ada["seats"], &ada["groups"]), (&json!([team]), &json!([group])), "{ada}");
    let bob = desk.member("bob@example.com");
    let wish = (&bob["wishes"][0]["plan"], &bob["wishes"][0]["reason"]);
    assert_eq!((&bob["seats"], wish), (&json!([]), (&json!(team), &json!("no_seat_free"))), "{bob}");
    let eve = desk.member("eve@example.com");
    assert_eq!((&eve["seats"], &eve["groups"]), (&json!([big]), &json!([])), "a row's own plan comes before the group");
    let in_group = desk.admin().get(&desk.path(&format!("groups/{group}"))).expect(200);
    assert_eq!(in_group["members"], 2);
}

#[test]
fn r27_a_group_is_one_that_admins_fill() {
    let desk = Desk::new();
    let rule = json!({ "workforce_type": ["regular"] });
    let ruled = desk.admin().post(&desk.path("groups"), &json!({ "name": "Regulars", "rule": rule })).expect(201);
    let refused = desk.send(&format!("?seats=group&group={}", ruled["id"].as_str().unwrap()), b"");
    assert_eq!((refused.status, refused.code()), (422, "invalid_field"), "{}", refused.body);
    let refused = desk.send("?seats=group", b"");
    assert_eq!((refused.status, refused.code()), (400, "invalid_query"), "{}", refused.body);
}

#[test]
fn r25_the_same_upload_sent_again_is_the_same_import() {
    let desk = Desk::new();
    let send = |file: &str| {
        let headers = [("content-type", "application/octet-stream"), ("idempotency-key", "once")];
        desk.admin().send("POST", &desk.path("imports"), &headers, Some(file.as_bytes()))
    };
    let file = format!("{HEADER}\n{ADA}\n");
    let first = desk.settled(&send(&file).expect(202));
    assert_eq!(send(&file).expect(202)["id"], first["id"]);
    assert_eq!(files_in(&desk.host.app.imports).len(), 2, "nothing is left of the second file");
    let other = send(&format!("{HEADER}\n{BOB}\n"));
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"), "{}", other.body);
}
