//! What an admin chooses for a batch import: seats and unknown departments (R27, R28).

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::policy::seat;
use usher_server::app::stored::Department;
use usher_server::testing::{MeddledStore, TestHost};
use usher_store::{Commit, Op, decode};

use crate::command::usher;
use crate::import_desk::{ADA, BOB, Desk, HEADER, counts, row};

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
fn r25_seats_that_groups_give_by_a_rule_are_needed_too_and_r36_are_left_to_who_came_before() {
    let (desk, team) = Desk::with_plan(1);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let big = desk.plan("Big", 50);
    for (name, plan, kind) in [("One", &team, "intern"), ("Two", &team, "intern"), ("Three", &big, "regular")] {
        let group = json!({ "name": name, "plan": plan, "rule": { "workforce_type": [kind] } });
        drop(desk.admin().post(&desk.path("groups"), &group).expect(201));
    }
    let rows = ["Ada,Acme,intern,work,ada@x.example,,", "Eve,Acme,intern,work,eve@x.example,,Team"];
    let rows = [&rows[..], &["Dan,Acme,regular,work,dan@x.example,,", "Nobody,Acme,none,work,no@x.example,,"]].concat();
    let file = format!("{HEADER},Seat plan\n{}\n", rows.join("\n"));
    let checked = desk.settled(&desk.send("?seats=none", file.as_bytes()).expect(202));
    let seats = |plan: &str| {
        let seats = checked["summary"]["seats"].as_array().unwrap().iter().find(|seats| seats["plan"] == plan).unwrap();
        (seats["needed"].clone(), seats["free"].clone())
    };
    assert_eq!((seats(&team), seats(&big)), ((json!(2), json!(1)), (json!(1), json!(50))), "{checked}");
    let rows = desk.admin().get(&desk.path(&format!("imports/{}/rows", checked["id"].as_str().unwrap()))).expect(200);
    assert_eq!(rows["items"][1]["wish"], json!(team), "the group's seat is Ada's: {rows}");

    assert_eq!(desk.apply(&checked)["done"], counts(3, 0, 1));
    desk.host.work();
    let held: Vec<_> = ["ada", "eve", "dan"].iter().map(|name| desk.member(&format!("{name}@x.example"))).collect();
    let of = |plan: &str| held.iter().filter(|member| member["seats"] == json!([plan])).count();
    assert_eq!((of(&team), of(&big)), (1, 1), "as many as were free: {held:?}");
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

/// A sheet of Ada alone, by a policy's or a group's seats, whose row loses the last seat of the plan to Rob while the
/// seat policies are asked. The desk, Rob's seat, the plan.
fn lost_race(by_group: bool) -> (Desk, String, [String; 2]) {
    let (desk, team) = Desk::with_plan(1);
    // Policies are asked about plans in the order in which they were made.
    desk.host.clock.advance(1_000_000);
    let big = desk.plan("Big", 50);
    desk.host.pdp.assign(seat::Verdict::Assign);
    let query = if by_group {
        let group = json!({ "name": "Sales force", "plan": team });
        let group = desk.admin().post(&desk.path("groups"), &group).expect(201);
        format!("?seats=group&group={}", group["id"].as_str().unwrap())
    } else {
        String::new()
    };
    let rob = json!({
        "name": "Rob", "departments": [desk.org.root], "work_email": "rob@example.com", "seat": { "kind": "none" },
    });
    let rob = desk.admin().post(&desk.path("members"), &rob).expect(201)["member"]["id"].as_str().unwrap().to_owned();
    let import = desk.check(&query, &[ADA]);
    let needed = json!({ "plan": team, "needed": 1, "free": 1 });
    assert!(import["summary"]["seats"].as_array().unwrap().contains(&needed), "{import}");

    let asked = desk.host.pdp.seatings();
    desk.host.pdp.seating_takes(Duration::from_secs(60));
    drop(desk.step(&import, "apply").expect(200));
    while desk.host.pdp.seatings() == asked {
        std::thread::sleep(Duration::from_millis(1));
    }
    let seat = desk.path(&format!("members/{rob}/seats/{team}"));
    assert_eq!(desk.admin().send("PUT", &seat, &[], None).expect(200)["outcome"], "given");
    desk.host.pdp.seating_takes(Duration::ZERO);
    let import = desk.settled(&import);
    assert_eq!(
        (&import["done"], desk.rows(&import)),
        (&counts(1, 0, 0), vec![row(2, "add", &["told-to", "told-to"])]),
        "{import}"
    );
    (desk, seat, [team, big])
}

#[test]
fn r27_a_row_that_loses_the_race_for_a_seat_comes_in_and_the_wish_is_kept() {
    let (desk, seat, [team, _]) = lost_race(true);
    let ada = desk.member("ada@example.com");
    let wish = (&ada["wishes"][0]["plan"], &ada["wishes"][0]["reason"]);
    assert_eq!((&ada["seats"], wish), (&json!([]), (&json!(team), &json!("no_seat_free"))), "{ada}");
    assert_eq!(desk.admin().delete(&seat).status, 204);
    desk.host.work();
    assert_eq!(desk.member("ada@example.com")["seats"], json!([team]), "a freed seat is taken up");
}

#[test]
fn r27_a_row_that_loses_the_race_for_a_seat_gets_one_of_another_plan_that_the_policies_name() {
    let (desk, _, [_, big]) = lost_race(false);
    assert_eq!(desk.member("ada@example.com")["seats"], json!([big]));
}

#[test]
fn r28_unknown_departments_are_ignored_with_a_warning_or_made() {
    let rows = ["Ada,Sales / North,regular,work,ada@example.com,+4915112345678"];
    let desk = Desk::new();
    let ignored = desk.check("", &rows);
    assert_eq!(ignored["summary"]["unknown_departments"], json!(["Sales / North"]));
    assert_eq!(desk.rows(&ignored), [row(2, "add", &["told-to", "unknown_department"])]);
    let path = desk.path(&format!("imports/{}/check", ignored["id"].as_str().unwrap()));
    let again = desk.admin().post(&path, &json!({ "unknown_departments": "create" })).expect(200);
    let made = desk.settled(&again);
    assert_eq!(desk.rows(&made), [row(2, "add", &["told-to"])]);
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
fn r28_a_department_is_found_in_whatever_case_and_encoding_its_name_is_written() {
    let desk = Desk::new();
    let koeln = desk.admin().post(&desk.path("departments"), &json!({ "name": "K\u{f6}ln" })).expect(201)["id"].clone();
    let rows = ["Ada,Ko\u{308}ln,regular,work,ada@example.com,", "Bob,ACME / K\u{d6}LN,regular,work,bob@example.com,"];
    let import = desk.check("?unknown_departments=create", &rows);
    assert_eq!(import["summary"]["unknown_departments"], json!([]));
    assert_eq!(desk.apply(&import)["done"], counts(2, 0, 0));
    for email in ["ada@example.com", "bob@example.com"] {
        assert_eq!(desk.member(email)["departments"], json!([koeln]), "{email}");
    }
    let departments = desk.admin().get(&desk.path("departments")).expect(200);
    assert_eq!(departments["items"].as_array().unwrap().len(), 2, "the root and one: {departments}");
}

#[test]
fn r28_the_root_and_its_group_go_by_the_name_that_the_organisation_has_by_now() {
    let desk = Desk::new();
    let (admin, organisation) = (desk.admin(), format!("/v1/orgs/{}", desk.org.id));
    let sales = admin.post(&desk.path("departments"), &json!({ "name": "Sales" })).expect(201)["id"].clone();
    let group = desk.path(&format!("departments/{}/group", desk.org.root));
    drop(admin.send("PUT", &group, &[], Some(br#"{ "workforce_types": [] }"#)).expect(200));
    let etag = admin.get(&organisation).etag.expect("a version");
    drop(admin.patch(&organisation, &etag, &json!({ "name": "Globex A/S" })).expect(200));
    let rows = [
        "Ada,Globex A/S / Sales,regular,work,ada@example.com,",
        "Bob,globex a / s,regular,work,bob@example.com,",
        "Eve,Acme / Sales,regular,work,eve@example.com,",
    ];
    let import = desk.check("", &rows);
    assert_eq!(import["summary"]["unknown_departments"], json!(["Acme / Sales"]));
    desk.apply(&import);
    assert_eq!(desk.member("ada@example.com")["departments"], json!([sales]));
    assert_eq!(desk.member("bob@example.com")["departments"], json!([desk.org.root]));
    assert_eq!(admin.get(&desk.path("groups")).expect(200)["items"][0]["name"], "Globex A/S");
    let root = admin.get(&desk.path(&format!("departments/{}", desk.org.root))).expect(200);
    assert_eq!(root["name"], "Globex A/S");
}

#[test]
fn r28_departments_are_made_with_their_groups_of_the_chosen_workforce_types() {
    let rows = [
        "Ada,Sales / North,regular,work,ada@example.com,+4915112345678",
        "Bob,Sales / North,intern,work,bob@example.com,+4915112345679",
        "Eve,Sales,consultant,work,eve@example.com,+4915112345670",
    ];
    let check = |query: &str, chosen: Value, sales: &[&str]| {
        let desk = Desk::new();
        let import = desk.check(&format!("?unknown_departments=create{query}"), &rows);
        assert_eq!(import["choices"]["group_workforce_types"], chosen);
        assert_eq!(desk.apply(&import)["done"], counts(3, 0, 0));
        let groups = desk.admin().get(&desk.path("groups")).expect(200)["items"].as_array().unwrap().clone();
        let departments = desk.admin().get(&desk.path("departments")).expect(200)["items"].as_array().unwrap().clone();
        let group = |name: &str| groups.iter().find(|group| group["name"] == name).unwrap();
        for name in ["Sales", "North"] {
            let department = departments.iter().find(|one| one["name"] == name).unwrap();
            assert_eq!(group(name)["department"], department["id"]);
        }
        assert_eq!(groups.len(), 2);
        let is_in =
            |name: &str, email: &str| desk.member(email)["groups"].as_array().unwrap().contains(&group(name)["id"]);
        let people = ["ada@example.com", "bob@example.com", "eve@example.com"];
        let taken = people.iter().copied().filter(|email| is_in("Sales", email)).collect::<Vec<_>>();
        assert_eq!(taken, sales, "{query}");
        let north = taken.iter().filter(|email| **email != people[2]).count();
        assert_eq!((&group("Sales")["members"], &group("North")["members"]), (&json!(taken.len()), &json!(north)));
    };
    let (ada, bob, eve) = ("ada@example.com", "bob@example.com", "eve@example.com");
    check("", Value::Null, &[ada, bob, eve]);
    check("&group_workforce_types=REGULAR,consultant", json!(["regular", "consultant"]), &[ada, eve]);
    check("&group_workforce_types=outsourcing", json!(["outsourcing"]), &[]);
}

#[test]
fn r28_no_department_is_made_once_the_import_is_cancelled() {
    let store = Arc::new(MeddledStore::default());
    let desk = Desk::on(TestHost::with_store(store.clone()));
    let import = desk.check("?unknown_departments=create", &["Ada,Sales,regular,work,ada@example.com,"]);
    let (admin, cancel) = (desk.admin(), desk.path(&format!("imports/{}/cancel", import["id"].as_str().unwrap())));
    let makes_a_department = |commit: &Commit| {
        commit.ops.iter().any(|op| matches!(op, Op::Put { value, .. } if decode::<Department>(value).is_ok()))
    };
    store.before(makes_a_department, move || drop(admin.send("POST", &cancel, &[], None).expect(200)));
    let cancelled = desk.apply(&import);
    assert!(store.has_happened(), "it was about to make one");
    assert_eq!((&cancelled["state"], &cancelled["done"]), (&json!("cancelled"), &counts(0, 0, 0)));
    let departments = || desk.admin().get(&desk.path("departments")).expect(200)["items"].as_array().unwrap().len();
    assert_eq!(departments(), 1, "the root alone");
    assert_eq!(desk.apply(&cancelled)["done"], counts(1, 0, 0), "it goes on where it was");
    assert_eq!(departments(), 2);
}

#[test]
fn r28_departments_are_made_although_they_are_too_many_to_be_told() {
    const ROWS: usize = 90;
    let desk = Desk::new();
    let (sales, long) = ("ä".repeat(200), "ä".repeat(197));
    let row = |n: usize| format!("P{n},{sales}/{long}{n:03},regular,work,p{n}@example.com,");
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let import = desk.check("?unknown_departments=create", &rows);
    let summary = &import["summary"];
    assert_eq!((&summary["counts"], &summary["more_unknown_departments"]), (&counts(90, 0, 0), &json!(true)));
    let told = summary["unknown_departments"].as_array().unwrap().len();
    assert!((70..ROWS).contains(&told), "{told}");
    assert_eq!(desk.apply(&import)["done"], counts(90, 0, 0));
    let made = |n: usize| desk.member(&format!("p{n}@example.com"))["departments"][0].clone();
    let department = |id: Value| desk.admin().get(&desk.path(&format!("departments/{}", id.as_str().unwrap())));
    assert_eq!(department(made(ROWS - 1)).expect(200)["name"], format!("{long}089"));
    let closed = desk.step(&import, "close").expect(200);
    assert_eq!(closed["summary"]["unknown_departments"], json!([]), "names that people wrote are forgotten");
}

#[test]
fn r28_r37_more_departments_are_made_with_their_groups_than_there_may_be_other_groups() {
    const ROWS: usize = 21;
    let desk = Desk::new();
    let row = |n: usize| {
        let departments: Vec<_> = (0..50).map(|at| format!("Region {}/Branch {n}-{at}", n % 2)).collect();
        format!("P{n},{},regular,work,p{n}@example.com,", departments.join(";"))
    };
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let import = desk.apply(&desk.check("?unknown_departments=create", &rows));
    assert_eq!(import["done"], counts(ROWS as u64, 0, 0), "1,052 departments");
    let last = desk.member(&format!("p{}@example.com", ROWS - 1));
    let of = |field: &str| last[field].as_array().unwrap().len();
    assert_eq!((of("departments"), of("groups")), (50, 51), "and the group of the region");
    let one_more = json!({ "name": "Regulars", "rule": { "workforce_type": ["regular"] } });
    drop(desk.admin().post(&desk.path("groups"), &one_more).expect(201));
}

#[test]
fn r36_who_comes_later_in_a_sheet_waits_for_a_seat_from_then_on() {
    let (desk, team) = Desk::with_plan(1);
    drop(desk.plan("Big", 1_000));
    desk.host.pdp.assign(seat::Verdict::Assign);
    let group = desk.admin().post(&desk.path("groups"), &json!({ "name": "Sales force", "plan": team })).expect(201);
    let rows: Vec<String> = (0..402).map(|n| format!("P{n},Acme,regular,work,p{n}@example.com,")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let import = desk.check(&format!("?seats=group&group={}", group["id"].as_str().unwrap()), &rows);
    let asked = desk.host.pdp.seatings();
    desk.host.pdp.seating_takes(Duration::from_secs(60));
    drop(desk.step(&import, "apply").expect(200));
    while desk.host.pdp.seatings() == asked {
        std::thread::sleep(Duration::from_millis(1));
    }
    desk.host.clock.advance(1_000_000);
    desk.host.pdp.seating_takes(Duration::ZERO);
    assert_eq!(desk.settled(&import)["done"], counts(402, 0, 0));
    let since = |n: usize| desk.member(&format!("p{n}@example.com"))["wishes"][0]["since"].as_str().unwrap().to_owned();
    assert!(since(1) < since(401), "the second batch was decided a second after the first");
}

#[test]
fn r28_workforce_types_are_ones_that_there_are_and_go_with_departments_that_are_made() {
    let desk = Desk::new();
    let check = |query: &str, expected: (u16, &str, &str)| {
        let refused = desk.send(query, b"");
        let field = refused.body["field"].as_str().unwrap_or_default();
        assert_eq!((refused.status, refused.code(), field), expected, "{}", refused.body);
    };
    let field = "group_workforce_types";
    check("?group_workforce_types=regular", (400, "invalid_query", field));
    check("?unknown_departments=create&group_workforce_types=pilot", (422, "invalid_field", "/group_workforce_types"));
    let import = desk.check("", &[ADA]);
    let again = desk.path(&format!("imports/{}/check", import["id"].as_str().unwrap()));
    let refused = desk.admin().post(&again, &json!({ field: ["regular"] }));
    assert_eq!((refused.status, &refused.body["field"]), (422, &json!("/group_workforce_types")));
    let chosen = json!({ "unknown_departments": "create", field: ["Intern", "intern"] });
    let import = desk.settled(&desk.admin().post(&again, &chosen).expect(200));
    assert_eq!(import["choices"][field], json!(["intern"]));
}

#[test]
fn r28_the_command_makes_departments_with_their_groups() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("people.csv");
    fs::write(
        &sheet,
        format!("{HEADER}\nAda,Sales,regular,work,ada@example.com,\nBob,Sales,intern,,bob@example.com,\n"),
    )
    .unwrap();
    let url = format!("http://{}", desk.host.address);
    let on = ["--url", &url, "--org", &desk.org.id, "--token", &desk.org.token];
    let choices = ["--create-departments", "--group-workforce-types", "intern,regular", "--apply"];
    let told = usher().args(["import"]).args([&sheet]).args(choices).args(on).succeeds();
    assert!(told.contains("2 added"), "{told}");
    let groups = usher().args(["group", "list"]).args(on).succeeds();
    assert!(groups.contains("Sales") && groups.contains("its department"), "{groups}");
    usher().args(["import"]).args([&sheet]).args(["--group-workforce-types", "intern"]).args(on).ends(2);
}
