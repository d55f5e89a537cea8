//! Batch imports: dry run and job, and what becomes of rows (R23 to R25); beside the other ways in (R2).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::department::MAX_DIRECT_MEMBERS;
use usher_domain::policy::{DecisionPoint, approval};
use usher_server::app::counters;
use usher_store::OrgScope;

use crate::front_desk::{FrontDesk, text};
use crate::import_desk::{ADA, BOB, Desk, HEADER, counts, row};

#[test]
fn r2_whoever_comes_in_says_who_they_are_or_an_admin_enters_it_of_one_or_of_many() {
    let desk = Desk::new();
    drop(desk.apply(&desk.check("", &[ADA])));
    let bob = json!({ "name": "Bob", "departments": [desk.org.root], "work_email": "bob@example.com" });
    drop(desk.admin().post(&desk.path("members"), &bob).expect(201));
    let desk = FrontDesk { host: desk.host, org: desk.org };
    let (_, link) = desk.invite(&json!({ "name": "Fair", "approval_required": false }));
    let proof = desk.prove(&link, "cleo@example.com");
    assert_eq!(desk.ask(&link, "Cleo", &proof).expect(200)["outcome"], "joined");

    let listed = desk.admin().get(&desk.path("/members?limit=200")).expect(200);
    let told = |member: &Value| [&member["name"], &member["work_email"], &member["came_in"]["channel"]].map(text);
    let came: BTreeSet<_> = listed["items"].as_array().unwrap().iter().map(told).collect();
    let expected = [
        ["Ada", "ada@example.com", "import"],
        ["Bob", "bob@example.com", "console"],
        ["Cleo", "cleo@example.com", "link"],
        ["Root", "root@acme.example", "console"],
    ];
    assert_eq!(came, BTreeSet::from(expected.map(|told| told.map(String::from))));
}

#[test]
fn r25_a_sheet_is_checked_then_applied_and_rows_become_members() {
    let desk = Desk::new();
    let import = desk.check("?file_name=people.csv", &[ADA, BOB, "Eve,Acme,regular,work,,"]);
    assert_eq!(import["state"], "checked", "{import}");
    assert_eq!(import["summary"]["counts"], counts(2, 0, 1));
    assert_eq!((&import["file_name"], desk.members()), (&json!("people.csv"), 1));
    let import = desk.apply(&import);
    assert_eq!((&import["state"], &import["done"]), (&json!("finished"), &counts(2, 0, 1)), "{import}");
    let expected = [row(2, "add", &["told-to"]), row(3, "add", &["told-to"]), row(4, "fail", &["login"])];
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
    assert_eq!(desk.rows(&import), [row(2, "exists", &[]), row(3, "add", &["told-to", "recommended"])]);
    assert_eq!(desk.member("ada@example.com"), ada, "nothing changed");
}

#[test]
fn r25_whoever_logs_in_by_an_address_of_the_row_exists_whatever_else_it_says_by_now() {
    let (desk, _) = Desk::with_plan(10);
    let import = |rows: &[&str]| {
        let file = format!("{HEADER},Seat plan\n{}\n", rows.join("\n"));
        let checked = desk.settled(&desk.send("", file.as_bytes()).expect(202));
        let dry = desk.rows(&checked);
        let done = desk.rows(&desk.apply(&checked));
        assert_eq!(dry, done, "the job does what the dry run told");
        done
    };
    let (ada, eve) = (&*format!("{ADA},Team"), "Eve,Acme,regular,skip,,+4915112345670,");
    assert_eq!(import(&[ada, eve]), [row(2, "add", &["told-to"]), row(3, "add", &["told-to", "recommended"])]);

    let eve = "Eve,Acme,regular,skip,eve@example.com,+4915112345670,";
    assert_eq!(import(&[eve]), [row(2, "exists", &[])], "filled in as told: the phone is her login");
    assert_eq!(desk.member("eve@example.com"), Value::Null, "nothing changed");

    drop(desk.plan("TEAM", 10));
    let bob = "Bob,Acme,regular,work,bob@example.com,,Team";
    let expected = [row(2, "exists", &[]), row(3, "fail", &["unknown_plan"])];
    assert_eq!(import(&[ada, bob]), expected, "two plans have the name");
    let carl = "Carl,Acme,regular,work,c@example.com,+4915112345678,";
    assert_eq!(import(&[carl]), [row(2, "fail", &["taken"])], "Ada's phone is not her login");
    let again = "Ada,Nowhere,pilot,work,ada@example.com,,";
    assert_eq!(import(&[again, again]), [row(2, "exists", &[]), row(3, "fail", &["twice_in_file"])]);
}

#[test]
fn r25_two_rows_of_one_person_are_one_member() {
    let desk = Desk::new();
    let twice = "Ada Again,Acme,regular,work,Ada@Example.com,";
    let import = desk.check("", &[ADA, twice]);
    let expected = [row(2, "add", &["told-to"]), row(3, "fail", &["twice_in_file"])];
    assert_eq!(desk.rows(&import), expected);
    assert_eq!(desk.rows(&desk.apply(&import)), expected);
    let other = "Carl,Acme,regular,work,carl@example.com,+4915112345678";
    let import = desk.apply(&desk.check("", &[other]));
    assert_eq!(desk.rows(&import), [row(2, "fail", &["taken"])], "the phone is Ada's");
    let (pilot, regular) = ("Eve,Acme,pilot,work,eve@example.com,", "Eve,Acme,regular,work,eve@example.com,");
    let wrong = [row(2, "fail", &["unknown_workforce_type"]), row(3, "fail", &["twice_in_file"])];
    assert_eq!(desk.rows(&desk.check("", &[pilot, regular])), wrong, "whatever else is wrong with the first");
}

/// Whatever a policy says, the row tells its reasons: an admin sees by what rule somebody is let in, too.
#[test]
fn r25_a_policy_that_rejects_refuses_the_row_and_review_counts_as_the_admins_approval() {
    let check = |verdict: approval::Verdict, expected: (u64, String, Vec<String>)| {
        let desk = Desk::new();
        desk.host.pdp.approve(verdict);
        let import = desk.check("", &[ADA]);
        assert_eq!(desk.rows(&import), std::slice::from_ref(&expected), "dry run");
        assert_eq!(desk.rows(&desk.apply(&import)), [expected]);
    };
    check(approval::Verdict::Approve, row(2, "add", &["told-to"]));
    check(approval::Verdict::Review, row(2, "add", &["told-to"]));
    check(approval::Verdict::Reject, row(2, "fail", &["told-to"]));
}

#[test]
fn r25_a_policy_that_faults_lets_no_row_in_neither_in_the_dry_run_nor_afterwards() {
    let desk = Desk::new();
    desk.host.pdp.fault(Some(DecisionPoint::Approval));
    let import = desk.check("", &[ADA]);
    let refused = [row(2, "fail", &["told-to", "policy_fault"])];
    assert_eq!(desk.rows(&import), refused, "dry run");
    assert_eq!(desk.rows(&desk.apply(&import)), refused);

    desk.host.pdp.fault(None);
    let import = desk.check("", &[ADA]);
    desk.host.pdp.fault(Some(DecisionPoint::Approval));
    assert_eq!(desk.rows(&desk.apply(&import)), refused, "a fault after the dry run");
    assert_eq!(desk.members(), 1, "the primary admin alone");
}

#[test]
fn r28_r33_approval_policies_see_the_departments_of_a_row_and_who_imports() {
    let desk = Desk::new();
    let sales = desk.admin().post(&desk.path("departments"), &json!({ "name": "Sales" })).expect(201)["id"].clone();
    let rows = ["Ada,Sales;Acme,regular,work,ada@example.com,"];
    assert_eq!(desk.apply(&desk.check("", &rows))["done"], counts(1, 0, 0));
    let decisions = desk.admin().get(&desk.path("decisions")).expect(200);
    let request = &decisions["items"][0]["request"];
    let row = json!({
        "departments": [sales, desk.org.root], "importer": desk.org.primary_admin, "importer_role": "primary-admin",
    });
    assert_eq!((&request["row"], &request["invitation"]), (&row, &Value::Null), "{decisions}");
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
fn r37_a_row_for_a_department_that_is_full_fails_and_names_it() {
    let desk = Desk::new();
    let sales = text(&desk.admin().post(&desk.path("departments"), &json!({ "name": "Sales" })).expect(201)["id"]);
    let scope = OrgScope::new(desk.host.app.store.clone(), desk.org.id.parse().unwrap());
    let mut writes = scope.writes();
    let direct = counters::department_members(sales.parse().unwrap());
    writes.add(&direct, i64::try_from(MAX_DIRECT_MEMBERS).unwrap() - 1, 0, i64::MAX);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(writes.commit()).unwrap();
    let in_sales = "Ada,Sales,regular,work,ada@example.com,+4915112345678";
    let rows = [in_sales, "Eve,Acme;Sales,regular,work,eve@example.com,+4915112345670", BOB];
    let import = desk.check("", &rows);
    let expected = [row(2, "add", &["told-to"]), row(3, "fail", &["department_full"]), row(4, "add", &["told-to"])];
    assert_eq!(desk.rows(&import), expected, "dry run");
    let import = desk.apply(&import);
    assert_eq!(desk.rows(&import), expected);
    let note = &desk.told(&import)[1]["notes"][0]["text"];
    assert!(text(note).contains(&sales) && text(note).contains("10000"), "{note}");
}

#[test]
fn r12_a_row_that_leaves_the_login_to_its_phone_is_refused_for_the_regions_the_organisation_lists() {
    let desk = Desk::new();
    let organisation = format!("/v1/orgs/{}", desk.org.id);
    let rows = [
        "Ada,Acme,regular,,,+919812345678",
        "Bob,Acme,regular,skip,bob@example.com,+919812345679",
        "Carl,Acme,regular,work,carl@example.com,+919812345670",
        "Eve,Acme,regular,,,+4915112345678",
    ];
    let verdicts = |import: &Value| desk.rows(import).into_iter().map(|(_, verdict, _)| verdict).collect::<Vec<_>>();
    assert_eq!(verdicts(&desk.check("", &rows)), ["add"; 4], "the list is empty at first");
    let etag = desk.admin().get(&organisation).etag.unwrap();
    drop(desk.admin().patch(&organisation, &etag, &json!({ "skip_refused_for": ["+91"] })).expect(200));
    let import = desk.check("", &rows);
    assert_eq!(verdicts(&import), ["fail", "fail", "add", "add"]);
    let import = desk.apply(&import);
    assert_eq!(verdicts(&import), ["fail", "fail", "add", "add"]);
    for row in &desk.told(&import)[..2] {
        let note = &row["notes"][0];
        assert_eq!(note["code"], "login");
        assert!(text(&note["text"]).contains("+91") && text(&note["text"]).contains("choose `business` or `work`"));
    }
}

#[test]
fn r24_a_filled_login_method_makes_its_column_mandatory() {
    let check = |cells: &str, expected: (u64, String, Vec<String>)| {
        let desk = Desk::new();
        assert_eq!(desk.rows(&desk.check("", &[cells])), [expected], "{cells}");
    };
    check("Ada,Acme,regular,work,,+4915112345678", row(2, "fail", &["login"]));
    check("Ada,Acme,regular,business,ada@example.com,", row(2, "fail", &["login"]));
    check("Ada,Acme,regular,,,+4915112345678", row(2, "add", &["told-to", "recommended"]));
    check("Ada,Acme,regular,skip,,", row(2, "fail", &["login"]));
}

#[test]
fn r23_a_workforce_type_in_use_stays() {
    let desk = Desk::new();
    let types = desk.path("workforce-types");
    drop(desk.admin().post(&types, &json!({ "name": "Trainee" })).expect(200));
    let rows = [
        "Ada,Acme,TRAINEE,work,ada@example.com,",
        "Bob,Acme,apprentice,work,bob@example.com,",
        "Eve,Acme,apprentice,work,eve,",
    ];
    let import = desk.apply(&desk.check("", &rows));
    assert_eq!(desk.rows(&import)[1], row(3, "fail", &["unknown_workforce_type"]));
    assert_eq!(desk.rows(&import)[2], row(4, "fail", &["invalid_work_email", "unknown_workforce_type"]));
    assert_eq!(desk.member("ada@example.com")["workforce_type"], "Trainee");
    let refused = desk.admin().delete(&format!("{types}/Trainee"));
    assert_eq!((refused.status, refused.code()), (409, "not_empty"), "{}", refused.body);
    let ada = desk.path(&format!("members/{}", desk.member("ada@example.com")["id"].as_str().unwrap()));
    let etag = desk.admin().get(&ada).etag.unwrap();
    assert_eq!(desk.admin().send("DELETE", &ada, &[("if-match", &etag)], None).status, 204);
    assert_eq!(desk.admin().delete(&format!("{types}/Trainee")).status, 204);
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
fn r25_how_far_it_has_come_is_told_before_the_end() {
    let (desk, _) = Desk::with_plan(50);
    // More than are committed together fail, and who comes after them waits for a policy.
    let mut rows = vec!["Eve"; 400];
    rows.push(ADA);
    let import = desk.check("", &rows);
    desk.host.pdp.seating_takes(Duration::from_secs(60));
    drop(desk.step(&import, "apply").expect(200));
    let mut told = desk.follow(&import);
    let halfway = told.find(|import| import["done"]["failed"] == 400).unwrap();
    assert_eq!((&halfway["state"], &halfway["done"]), (&json!("applying"), &counts(0, 0, 400)));
    desk.host.pdp.seating_takes(Duration::ZERO);
    let end = told.last().unwrap();
    assert_eq!((&end["state"], &end["done"]), (&json!("finished"), &counts(1, 0, 400)));
}

#[test]
fn r25_the_rows_that_come_back_are_those_that_failed() {
    let desk = Desk::new();
    // None at first, then every other one: more than are read from the store at a time.
    let fails = |n: &usize| n.is_multiple_of(2) && (1_500..4_700).contains(n);
    let rows: Vec<_> = (2..5_000).map(|n| if fails(&n) { format!("P{n}") } else { person(n) }).collect();
    let import = desk.check("", &rows.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(import["summary"]["counts"], counts(3_398, 0, 1_600));
    let back: Vec<_> = desk.errors(&import).into_iter().skip(1).map(|row| row[0].clone()).collect();
    let failed: Vec<_> = (2..5_000).filter(fails).map(|n| format!("P{n}")).collect();
    assert_eq!(back, failed);
}

fn person(n: usize) -> String {
    format!("P{n},Acme,regular,work,p{n}@example.com,")
}

#[test]
fn r25_a_workbook_of_failed_rows_has_a_bound_that_csv_has_not() {
    let desk = Desk::new();
    let columns: String = (0..252).map(|n| format!(",Note {n}")).collect();
    let row = format!("Eve,Acme,nothing{}\n", ",x".repeat(252));
    let file = format!("Name,Department,Workforce type{columns}\n{}", row.repeat(1_954));
    let import = desk.settled(&desk.send("", file.as_bytes()).expect(202));
    let path = desk.path(&format!("imports/{}/errors?format", import["id"].as_str().unwrap()));
    let refused = desk.admin().get(&format!("{path}=xlsx"));
    let told = (refused.code(), &refused.body["bound"], &refused.body["limit"], &refused.body["field"]);
    assert_eq!(told, ("limit_reached", &json!("workbook_cells"), &json!(500_000), &json!("format")));
    assert!(refused.body["detail"].as_str().unwrap().contains("`format=csv`"), "{}", refused.body);
    assert_eq!(desk.errors(&import).len(), 1_955);
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
fn r25_an_organisation_with_many_imports_keeps_no_other_waiting() {
    let mut desk = Desk::new();
    let other = desk.host.organisation("Other");
    drop(desk.plan("Team", 50));
    // Where there is a plan, the seat policies are asked.
    desk.host.pdp.seating_takes(Duration::from_secs(60));
    let file = format!("{HEADER}\n{ADA}\n");
    let waiting: Vec<_> = (0..3).map(|_| desk.send("", file.as_bytes()).expect(202)).collect();
    while desk.host.pdp.seatings() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let acme = std::mem::replace(&mut desk.org, other);
    let import = desk.apply(&desk.check("", &[BOB]));
    assert_eq!(import["done"], counts(1, 0, 0));
    desk.org = acme;
    assert_eq!(desk.host.pdp.seatings(), 1, "one of an organisation's at a time");
    desk.host.pdp.seating_takes(Duration::ZERO);
    for import in waiting {
        assert_eq!(desk.settled(&import)["state"], "checked");
    }
}

#[test]
fn r42_what_an_import_does_was_done_from_where_it_was_asked_for() {
    let desk = Desk::new();
    let import =
        desk.apply(&desk.check("?unknown_departments=create", &["Ada,Acme/New,regular,work,ada@example.com,"]));
    let listed = desk.admin().get(&desk.path("audit?limit=100")).expect(200)["items"].clone();
    let by_import = |action: &str| action.starts_with("import.") || action == "member.added";
    let told: Vec<&Value> =
        listed.as_array().unwrap().iter().filter(|entry| by_import(entry["action"].as_str().unwrap())).collect();
    assert!(told.len() >= 5, "{told:?}");
    for entry in told {
        assert_eq!(entry["origin"], "127.0.0.1", "{entry}");
        assert_eq!(entry["actor"]["member"], desk.org.primary_admin, "{entry}");
    }
    assert_eq!(import["state"], "finished");
}
