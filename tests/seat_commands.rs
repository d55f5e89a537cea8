//! `usher seats`, `usher plan` and `usher group`: what they print, and how they end (R35, R36).

use std::ffi::OsStr;
use std::fs;

use serde_json::{Value, json};

use crate::command::{Usher, usher};
use crate::groups::{Office, office};

impl Office {
    /// The command, as the primary admin.
    pub fn usher<S: AsRef<OsStr>>(&self, args: &[S]) -> Usher {
        let url = format!("http://{}", self.host.address);
        usher().args(args).args(["--url", &url, "--org", &self.org.id, "--token", &self.org.token])
    }

    /// What it answers in JSON.
    pub fn told<S: AsRef<OsStr>>(&self, args: &[S]) -> Value {
        let told = self.usher(args).args(["--json"]).succeeds();
        serde_json::from_str(&told).unwrap()
    }
}

#[test]
fn r35_seats_are_given_by_a_file_exported_and_listed() {
    let (desk, team, _) = office();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let members = ["ada", "bob", "eve"].map(|name| {
        desk.host.clock.advance(1_000);
        desk.add(name, &json!({}))
    });
    let sheet = path("seats.csv");
    fs::write(&sheet, "Plan,Member\nTeam,ada@example.com\nTeam,bob@example.com\nTeam,eve@example.com\n").unwrap();

    let dry = desk.usher(&["seats", "import", &sheet]).succeeds();
    assert!(dry.contains("a dry run: 2 seats given, 1 wait, 0 as before, 0 rows failed"), "{dry}");
    assert!(dry.contains("no_seat_free"), "{dry}");
    assert_eq!(desk.seats(&team), (0, 0, 2));
    let applied = desk.told(&["seats", "import", &sheet, "--apply"]);
    assert_eq!((&applied["given"], &applied["waiting"]), (&json!(2), &json!(1)));
    fs::write(&sheet, "Plan,Member\nTeam,nobody@example.com\n").unwrap();
    let (out, err) = desk.usher(&["seats", "import", &sheet, "--apply"]).ends(1);
    assert!(out.contains("there is no member") && err.contains("1 row failed"), "{out}{err}");

    let held: Vec<_> = desk.told(&["seats", "list", &team]).as_array().unwrap().clone();
    assert_eq!(
        held.iter().map(|one| one["member"].clone()).collect::<Vec<_>>(),
        [json!(members[0]), json!(members[1])]
    );
    let waiting = desk.usher(&["seats", "waiting", &team]).succeeds();
    assert!(waiting.contains(&members[2]) && !waiting.contains(&members[0]), "{waiting}");

    let exported = path("exported.csv");
    desk.usher(&["seats", "export", &exported, "--plan", &team]).succeeds();
    let again = desk.told(&["seats", "import", &exported, "--apply"]);
    assert_eq!((&again["existing"], &again["failed"]), (&json!(3), &json!(0)), "{again}");
    let workbook = path("exported.xlsx");
    desk.usher(&["seats", "export", &workbook]).succeeds();
    assert!(fs::read(&workbook).unwrap().starts_with(b"PK"));
}

#[test]
fn r36_a_change_of_a_plan_is_told_and_seats_are_moved() {
    let (desk, team, more) = office();
    let members = ["ada", "bob"].map(|name| {
        let id = desk.add(name, &json!({}));
        drop(desk.seat("PUT", &id, &team).expect(200));
        id
    });
    let listed = desk.usher(&["plan", "list"]).succeeds();
    assert!(listed.contains("Team") && listed.contains(&more), "{listed}");
    let told = desk.usher(&["plan", "preview", &team, "--size", "1"]).succeeds();
    assert!(told.contains("seats over: 1; nobody loses one, and none is given until 2 are given up"), "{told}");

    let switch = |rest: &[&str]| {
        let args = ["plan", "switch", &team, &more].into_iter().chain(rest.iter().copied());
        args.map(str::to_owned).collect::<Vec<_>>()
    };
    let preview = desk.usher(&switch(&[])).succeeds();
    assert!(preview.contains("the seats of 2 members would be moved, those of 0 stay"), "{preview}");
    assert_eq!(desk.seats(&team), (2, 0, 0));
    let one = desk.told(&switch(&["--member", &members[0], "--apply"]));
    assert_eq!((&one["moved"], &one["kept"]), (&json!(1), &json!(0)));
    let (out, err) = desk.usher(&switch(&["--member", &members[0], "--member", &members[1], "--apply"])).ends(1);
    assert!(out.contains("no_seat") && err.contains("1 member and 0 groups stay"), "{out}{err}");
    assert_eq!((desk.seats(&team), desk.seats(&more)), ((0, 0, 2), (2, 0, 48)));
}

#[test]
fn r35_groups_and_their_members_are_listed() {
    let (desk, team, _) = office();
    let group = desk.group(&json!({ "name": "Sellers", "plan": team }));
    let ada = desk.add("ada", &json!({}));
    desk.put_into(&group, &ada);
    let listed = desk.usher(&["group", "list"]).succeeds();
    assert!(listed.contains("Sellers") && listed.contains(&team) && listed.contains("admins"), "{listed}");
    assert_eq!(desk.told(&["group", "members", &group]), json!([{ "member": ada }]));
}
