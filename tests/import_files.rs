//! Files of batch imports: what is taken, how long it is kept, the template (R23, R25, R29).

use std::io::Cursor;
use std::time::Duration;

use serde_json::json;
use usher_domain::time::HOUR;
use usher_sheets::{Bounds, Reader};

use crate::import_desk::{ADA, BOB, Desk, HEADER, files_in};

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
