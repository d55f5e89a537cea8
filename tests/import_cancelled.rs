//! What was cancelled stays so, whatever a job was about to write (R25, R29).

use std::time::Duration;

use serde_json::{Value, json};

use crate::front_desk::text;
use crate::import_desk::{ADA, BOB, Desk, HEADER, row};
use crate::process::within;

/// An organisation one of whose imports is in the middle of being checked, and stays there for as long as its seat
/// policies take.
fn held_up(rows: &[&str]) -> (Desk, Value) {
    let (desk, _) = Desk::with_plan(50);
    desk.host.pdp.seating_takes(Duration::from_secs(600));
    let import = desk.send("", format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes()).expect(202);
    within(Duration::from_secs(120), || (desk.host.pdp.seatings() > 0).then_some(()));
    (desk, import)
}

/// Lets the job go on that was held up. Jobs of an organisation run one after another: once another one is done, so is
/// that.
fn let_it_go_on(desk: &Desk) {
    desk.host.pdp.seating_takes(Duration::ZERO);
    assert_eq!(desk.check("", &[BOB])["state"], "checked");
}

fn actions(desk: &Desk, import: &Value) -> Vec<String> {
    let audit = desk.admin().get(&desk.path("audit?limit=100")).expect(200);
    let of_it = audit["items"].as_array().unwrap().iter().filter(|entry| entry["target"] == import["id"]);
    of_it.map(|entry| text(&entry["action"])).collect()
}

#[test]
fn r25_what_was_cancelled_does_not_say_that_it_finished() {
    let (desk, import) = held_up(&[ADA]);
    drop(desk.step(&import, "cancel").expect(200));
    let_it_go_on(&desk);
    let shown = desk.settled(&import);
    assert_eq!((&shown["state"], &shown["summary"]), (&json!("cancelled"), &Value::Null), "{shown}");
    assert_eq!(actions(&desk, &import), ["import.cancelled", "import.uploaded"]);
}

#[test]
fn r25_what_is_to_be_applied_was_checked_with_the_choices_that_stand() {
    let nowhere = "Ada,Nowhere,regular,work,ada@example.com,+4915112345678";
    let (desk, import) = held_up(&[nowhere]);
    drop(desk.step(&import, "cancel").expect(200));
    let again = desk.path(&format!("imports/{}/check", text(&import["id"])));
    drop(desk.admin().post(&again, &json!({ "unknown_departments": "create" })).expect(200));
    let_it_go_on(&desk);
    let checked = desk.settled(&import);
    assert_eq!(checked["state"], "checked");
    assert_eq!(desk.rows(&import), [row(2, "add", &["told-to"])], "the department is to be made");
}

#[test]
fn r29_what_a_check_finds_after_the_import_was_closed_is_kept_nowhere() {
    let (desk, import) = held_up(&[ADA]);
    drop(desk.step(&import, "cancel").expect(200));
    assert_eq!(desk.step(&import, "close").expect(200)["state"], "closed");
    let_it_go_on(&desk);
    assert_eq!(desk.rows(&import), []);
    assert_eq!(actions(&desk, &import), ["import.closed", "import.cancelled", "import.uploaded"]);
}
