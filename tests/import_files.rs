//! Files of batch imports: what is taken, how long it is kept, the template (R23, R25, R29).

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::symlink;
use std::time::Duration;

use serde_json::json;
use usher_domain::policy::seat;
use usher_domain::time::{HOUR, SECOND};
use usher_sheets::{Bounds, Format, Reader, Table};

use crate::command::usher;
use crate::import_desk::{ADA, BOB, Desk, HEADER, counts, files_in};
use crate::process::within;

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
    within(Duration::from_secs(120), || files().is_empty().then_some(()));
    assert_eq!(desk.settled(&import)["state"], "closed");
    assert_eq!(files().len(), 0);
}

#[test]
fn r29_what_still_runs_after_a_day_is_ended_and_makes_nobody_any_more() {
    let (desk, _) = Desk::with_plan(3);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let import = desk.check("", &[ADA]);
    let asked = desk.host.pdp.seatings();
    desk.host.pdp.seating_takes(Duration::from_secs(600));
    drop(desk.step(&import, "apply").expect(200));
    within(Duration::from_secs(120), || (desk.host.pdp.seatings() > asked).then_some(()));
    desk.host.clock.advance(24 * HOUR);
    let errors = desk.admin().get(&desk.path(&format!("imports/{}/errors", import["id"].as_str().unwrap())));
    assert_eq!((errors.status, errors.code()), (404, "not_found"), "its time is over: {}", errors.body);
    // Closed at once where the worker's commit was in another's way and it looked again.
    assert!(["cancelled", "closed"].contains(&desk.settled(&import)["state"].as_str().unwrap()));
    desk.host.clock.advance(6 * SECOND);
    within(Duration::from_secs(120), || (desk.settled(&import)["state"] == "closed").then_some(()));
    let left = || fs::read_dir(desk.host.app.imports.join(&desk.org.id)).unwrap().count();
    within(Duration::from_secs(120), || (left() == 0).then_some(()));
    desk.host.pdp.seating_takes(Duration::ZERO);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(desk.members(), 1, "the primary admin alone");
}

#[test]
fn r25_of_a_file_that_cannot_be_read_to_its_end_the_rows_before_that_come_back() {
    let desk = Desk::new();
    let far = "x".repeat(32_768);
    let rows: String = (0..1_500).map(|n| format!("P{n},Acme,nothing,work,p{n}@example.com,\n")).collect();
    let import = desk.settled(&desk.send("", format!("{HEADER}\n{rows}{far},Acme\n").as_bytes()).expect(202));
    assert_eq!(import["state"], "unreadable", "{import}");
    assert_eq!(desk.errors(&import).len(), 1_001, "the header, and what was checked before the file broke off");
}

#[test]
fn r25_an_import_outlives_an_error_that_passes() {
    let desk = Desk::new();
    let import = desk.check("", &[ADA]);
    let folder = desk.host.app.imports.join(&desk.org.id);
    let file = folder.join(format!("{}.sealed", import["id"].as_str().unwrap()));
    let aside = folder.join("aside");
    fs::rename(&file, &aside).unwrap();
    symlink(&file, &file).unwrap();
    drop(desk.step(&import, "apply").expect(200));
    std::thread::sleep(Duration::from_millis(300));
    let path = desk.path(&format!("imports/{}", import["id"].as_str().unwrap()));
    assert_eq!(desk.admin().get(&path).expect(200)["state"], "applying", "it is tried again");
    fs::rename(&aside, &file).unwrap();
    desk.host.clock.advance(6 * SECOND);
    let import = desk.settled(&import);
    assert_eq!((&import["state"], &import["done"]), (&json!("finished"), &counts(1, 0, 0)), "{import}");
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
fn r25_a_workbook_is_imported_and_its_failed_rows_come_back_as_one() {
    let desk = Desk::new();
    let cells = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
    let wrong = "Eve,Acme,regula,work,eve@example.com,0301234567";
    let mut workbook = Table::new(Vec::new(), Format::Xlsx, "Members", &cells(HEADER)).unwrap();
    [ADA, wrong].iter().for_each(|row| workbook.add(cells(row)).unwrap());
    let workbook = workbook.finish().unwrap();
    assert!(workbook.starts_with(b"PK"));
    let import = desk.settled(&desk.send("?file_name=people.xlsx", &workbook).expect(202));
    assert_eq!(import["summary"]["counts"], counts(1, 0, 1), "{import}");
    assert_eq!(desk.apply(&import)["done"], counts(1, 0, 1));
    assert_eq!(desk.member("ada@example.com")["phone"], "+4915112345678");

    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("errors.xlsx");
    let url = format!("http://{}", desk.host.address);
    let on = ["--url", &url, "--org", &desk.org.id, "--token", &desk.org.token];
    usher().args(["import", "errors", import["id"].as_str().unwrap()]).args([&saved]).args(on).succeeds();
    let errors = fs::read(&saved).unwrap();
    assert!(errors.starts_with(b"PK"), "a workbook, not text");
    let mut reader = Reader::open(Cursor::new(errors.clone()), Bounds::default()).unwrap();
    assert_eq!(reader.header(), [cells(HEADER), cells("Reason")].concat());
    let row = reader.next().unwrap().unwrap();
    let back: Vec<_> = (0..6).map(|column| row.cell(column).text().unwrap()).collect();
    assert_eq!(back, cells(wrong), "column by column");
    assert!(row.cell(6).text().unwrap().contains("regular, intern"), "{row:?}");
    assert!(reader.next().is_none(), "the rows that failed alone");
    assert_eq!(desk.settled(&desk.send("", &errors).expect(202))["summary"]["counts"], counts(0, 0, 1), "read again");
}
