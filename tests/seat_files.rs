//! Seats by file: given by a sheet, and shown as one (R1, R35, R36).

use std::io::Cursor;

use serde_json::{Value, json};
use usher_domain::policy::seat::Verdict;
use usher_server::testing::Answer;
use usher_sheets::{Bounds, Cell, Reader};

use crate::groups::{Office, office};
use crate::wishes::until;

impl Office {
    fn send_seats(&self, query: &str, file: &str) -> Answer {
        let headers = [("content-type", "application/octet-stream")];
        let path = self.path(&format!("/seats/import{query}"));
        let answer = self.admin().send("POST", &path, &headers, Some(file.as_bytes()));
        self.settle();
        answer
    }

    /// Rows of a dry run, which must be what is applied after it, as row, verdict and why.
    #[track_caller]
    fn import_seats(&self, rows: &[&str]) -> Vec<(u64, String, String)> {
        let file = format!("Member,Plan\n{}\n", rows.join("\n"));
        let foretold = self.send_seats("", &file).expect(200);
        let applied = self.send_seats("?apply=true", &file).expect(200);
        assert_eq!((&foretold["applied"], &applied["applied"]), (&json!(false), &json!(true)));
        assert_eq!(foretold["rows"], applied["rows"], "what was foretold came true");
        applied["rows"].as_array().unwrap().iter().map(shown).collect()
    }

    fn exported(&self, query: &str) -> Vec<Vec<String>> {
        let sheet = self.admin().get(&self.path(&format!("/seats/export{query}"))).expect(200);
        let sheet = sheet.as_str().unwrap().as_bytes().to_vec();
        let reader = Reader::open(Cursor::new(sheet), Bounds::default()).unwrap();
        let header = reader.header().to_vec();
        let cells = |cells: Vec<Cell>| cells.iter().map(|cell| cell.text().unwrap().to_owned()).collect();
        [header].into_iter().chain(reader.map(|row| cells(row.unwrap().cells))).collect()
    }
}

fn shown(row: &Value) -> (u64, String, String) {
    let why = [&row["reason"], &row["note"]["code"]].into_iter().find_map(Value::as_str);
    (row["row"].as_u64().unwrap(), row["verdict"].as_str().unwrap().to_owned(), why.unwrap_or_default().to_owned())
}

fn row(number: u64, verdict: &str, why: &str) -> (u64, String, String) {
    (number, verdict.to_owned(), why.to_owned())
}

#[test]
fn r35_members_are_named_by_id_work_email_or_number_and_plans_by_name_or_id() {
    let (desk, team, more) = office();
    // An admin chose: no policy is asked.
    desk.host.pdp.assign(Verdict::Decline);
    let ada = desk.add("ada", &json!({}));
    let bob = desk.add("bob", &json!({}));
    let eve = desk.add("eve", &json!({ "employee_number": "0042" }));
    let by_id = format!("{ada},{team}");
    let rows = ["BOB@example.com,more", "0042,Team", &by_id];
    assert_eq!(desk.import_seats(&rows), [row(2, "give", ""), row(3, "give", ""), row(4, "give", "")]);
    desk.check(&ada, &[&team], &[], &[]);
    desk.check(&bob, &[&more], &[], &[]);
    desk.check(&eve, &[&team], &[], &[]);
    let again: Vec<_> = (2..=4).map(|number| row(number, "exists", "")).collect();
    assert_eq!(desk.import_seats(&rows), again, "twice is once");
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((2, 0, 0), (1, 0, 49)));
}

#[test]
fn r36_rows_beyond_the_seats_wait_and_what_stands_in_the_way_is_named() {
    let (desk, team, more) = office();
    desk.sell(&more, &json!({ "excludes": [team] }));
    let ids = ["ada", "bob", "eve"].map(|name| desk.add(name, &json!({})));
    assert_eq!(desk.act("POST", &format!("/members/{}", ids[2]), "/suspend"), 200);
    let rows = ["ada@example.com,More", "ada@example.com,Team", "bob@example.com,Team", "eve@example.com,Team"];
    desk.sell(&team, &json!({ "size": 1 }));
    let expected =
        [row(2, "give", ""), row(3, "wait", "plan_conflict"), row(4, "give", ""), row(5, "wait", "suspended")];
    assert_eq!(desk.import_seats(&rows), expected);
    desk.check(&ids[0], &[&more], &[], &[(&team, "plan_conflict", "admin")]);
    assert_eq!(desk.seats(&team), (1, 0, 0));
    let dan = desk.add("dan", &json!({}));
    assert_eq!(desk.import_seats(&["dan@example.com,Team"]), [row(2, "wait", "no_seat_free")]);
    assert_eq!(desk.seat("DELETE", &ids[1], &team).status, 204);
    desk.check(&dan, &[&team], &[], &[]);
}

#[test]
fn r35_r36_a_row_is_an_admins_choice_for_whoever_waits_by_a_group() {
    let (desk, team, _) = office();
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let [ada, bob] = ["ada", "bob"].map(|name| desk.add(name, &json!({})));
    desk.host.pdp.assign(Verdict::Decline);
    for member in [&ada, &bob] {
        desk.put_into(&group, member);
        desk.check(member, &[], &[], &[(&team, "policy_declined", "group")]);
    }
    let exported = desk.admin().get(&desk.path("/seats/export?format=csv")).expect(200);
    let told = desk.send_seats("?apply=true", exported.as_str().unwrap()).expect(200);
    assert_eq!(told["existing"], 2, "an exported row chooses nothing: {told}");
    desk.check(&ada, &[], &[], &[(&team, "policy_declined", "group")]);

    desk.sell(&team, &json!({ "size": 1 }));
    let rows = ["ada@example.com,Team", "bob@example.com,Team"];
    assert_eq!(desk.import_seats(&rows), [row(2, "give", ""), row(3, "wait", "no_seat_free")]);
    desk.check(&ada, &[&team], &[], &[]);
    desk.check(&bob, &[], &[], &[(&team, "no_seat_free", "admin")]);
    assert_eq!(desk.import_seats(&rows), [row(2, "exists", ""), row(3, "exists", "")], "twice is once");
    desk.sell(&team, &json!({ "size": 2 }));
    desk.check(&bob, &[&team], &[], &[]);
}

#[test]
fn r35_bad_rows_are_named_and_the_others_stay() {
    let (desk, team, _) = office();
    drop(desk.plan("Twin", 5));
    drop(desk.plan("twin", 5));
    for name in ["ada", "bob"] {
        drop(desk.add(name, &json!({ "employee_number": "7" })));
    }
    let gone = desk.add("gone", &json!({}));
    assert_eq!(desk.act("DELETE", &format!("/members/{gone}"), ""), 204);
    let check = |cells: &str, code: &str| {
        let rows = [cells, "ada@example.com,Team"];
        let told = desk.import_seats(&rows);
        assert_eq!((&told[0], told[1].1 == "fail"), (&row(2, "fail", code), false), "{cells}");
    };
    check("ada@example.com,Nothing", "unknown_plan");
    check("ada@example.com,Twin", "ambiguous_plan");
    check("ada@example.com,", "empty");
    check("nobody@example.com,Team", "unknown_member");
    check("a b@@example.com,Team", "invalid_work_email");
    check("7,Team", "ambiguous_member");
    check("8,Team", "unknown_member");
    check("mem_01h455vb4pex5vsknk084sn02q,Team", "unknown_member");
    check(&format!("{gone},Team"), "deleted");
    check(&format!("{},Team", "x".repeat(500)), "too_long");
    let twice = desk.import_seats(&["bob@example.com,Team", "BOB@example.com,team"]);
    assert_eq!(twice[1], row(3, "fail", "twice_in_file"));
    assert_eq!(desk.seats(&team), (2, 0, 0));
}

#[test]
fn r35_what_is_exported_can_be_imported_and_changes_nothing() {
    let (desk, team, _) = office();
    let ada = desk.add("=cmd()", &json!({ "work_email": "ada@example.com", "employee_number": "-1" }));
    drop(desk.seat("PUT", &ada, &team).expect(200));
    let group = desk.group(&json!({ "name": "A", "plan": team }));
    let members = ["bob", "eve"].map(|name| {
        desk.host.clock.advance(1_000);
        desk.add(name, &json!({}))
    });
    for member in &members {
        desk.put_into(&group, member);
    }
    let query = format!("?format=csv&plan={team}");
    let sheet = desk.exported(&query);
    assert_eq!(sheet[1], ["Team", &ada, "=cmd()", "ada@example.com", "-1", "direct"]);
    assert_eq!(sheet[2], ["Team", &members[0], "bob", "bob@example.com", "", "group", "A"]);
    assert_eq!(sheet[3][..6], ["Team", &members[1], "eve", "eve@example.com", "", "waiting"]);
    assert_eq!(sheet[3][7], "no_seat_free");
    let raw = desk.admin().get(&desk.path(&format!("/seats/export{query}"))).expect(200);
    let raw = raw.as_str().unwrap();
    assert!(raw.contains(",'=cmd(),") && raw.contains(",'-1,"), "a spreadsheet runs none of it: {raw}");

    let told = desk.send_seats("?apply=true", raw).expect(200);
    assert_eq!((&told["existing"], &told["failed"]), (&json!(3), &json!(0)), "{told}");
    assert_eq!(desk.exported(&query), sheet);
    desk.check(&members[0], &[&team], &[&team], &[]);
    let odd = desk.plan("#N/A", 1);
    drop(desk.seat("PUT", &ada, &odd).expect(200));
    assert_eq!(desk.exported(&format!("?format=csv&plan={odd}"))[1][0], odd, "its name is no value of a cell");
    let workbook = desk.admin().get(&desk.path("/seats/export"));
    assert!(workbook.content_type.unwrap().ends_with("spreadsheetml.sheet"));
}

#[test]
fn r35_many_rows_go_in_several_commits_and_no_seat_is_oversold() {
    let (desk, team, _) = office();
    desk.sell(&team, &json!({ "size": 250 }));
    let plan = desk.plan("Room", 1_000);
    let rows: Vec<_> = (0..500).map(|n| format!("m{n},regular,Acme,m{n}@example.com")).collect();
    let sheet = format!("Name,Workforce type,Department,Work email\n{}\n", rows.join("\n"));
    let headers = [("content-type", "application/octet-stream")];
    let path = desk.path("/imports?seats=none");
    let import = desk.admin().send("POST", &path, &headers, Some(sheet.as_bytes())).expect(202);
    let path = desk.path(&format!("/imports/{}", import["id"].as_str().unwrap()));
    until(|| desk.admin().get(&path).expect(200)["state"] == "checked");
    drop(desk.admin().send("POST", &format!("{path}/apply"), &[], None).expect(200));
    until(|| desk.admin().get(&path).expect(200)["state"] == "finished");

    let rows: Vec<_> = (0..500).map(|n| format!("m{n}@example.com,Team")).collect();
    let told = desk.import_seats(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let count = |verdict: &str| told.iter().filter(|row| row.1 == verdict).count();
    assert_eq!((count("give"), count("wait")), (250, 250));
    assert_eq!(desk.seats(&team), (250, 0, 0));
    let path = desk.path(&format!("/plans/{team}/switch"));
    let moved = desk.admin().post(&path, &json!({ "to": plan })).expect(200);
    assert_eq!((&moved["moved"], &moved["kept"]), (&json!(250), &json!(0)));
    for _ in 0..10 {
        desk.settle();
    }
    assert_eq!((desk.seats(&team), desk.seats(&plan)), ((250, 0, 0), (250, 0, 750)), "who waited is served");
}

#[test]
fn r35_a_member_of_very_many_groups_costs_no_sheet() {
    let (desk, team, _) = office();
    let ada = desk.add("ada", &json!({}));
    for n in 0..165 {
        let group = desk.group(&json!({ "name": format!("{n:0>200}"), "plan": team }));
        desk.put_into(&group, &ada);
    }
    let workbook = desk.admin().get(&desk.path("/seats/export?format=xlsx"));
    assert_eq!(workbook.status, 200);
    let groups = desk.exported("?format=csv")[1][6].clone();
    assert!(groups.ends_with("; …") && groups.len() > 200 * 150, "{} bytes", groups.len());
    let raw = desk.admin().get(&desk.path("/seats/export?format=csv")).expect(200);
    assert_eq!(desk.send_seats("", raw.as_str().unwrap()).expect(200)["failed"], 0);
}
