//! The audit trail: looked for, exported, signed, verified without a host, and found broken when it is (R42).

use std::fs;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tempfile::TempDir;
use usher_domain::ids::CallId;
use usher_domain::time::DAY;
use usher_server::app::actor::Doer;
use usher_server::app::audit::read::MAX_VERIFIED;
use usher_server::app::audit::{Entry, Fact, Values};
use usher_server::ports::Clock as _;
use usher_server::testing::TestHost;
use usher_store::{Place, decode, encode};

use crate::command::usher;
use crate::front_desk::{FrontDesk, text, waited};
use crate::process::{Process, copy};

/// Adds members, so that the trail is that much longer.
fn add(desk: &FrontDesk, names: &[&str]) -> Vec<String> {
    let one = |name: &&str| {
        let body = json!({ "name": name, "departments": [desk.org.root], "work_email": format!("{name}@x.example") });
        text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"])
    };
    names.iter().map(one).collect()
}

fn actions(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|entry| text(&entry["action"])).collect()
}

#[test]
fn r42_the_trail_is_looked_through_by_who_what_when_and_target() {
    let desk = FrontDesk::new();
    let members = add(&desk, &["ada", "bob"]);
    let service = desk.host.service(&desk.org, &["member_and_department"]);
    desk.host.clock.advance(DAY);
    let body = json!({ "name": "Cleo", "departments": [desk.org.root], "work_email": "cleo@x.example" });
    drop(desk.host.client(&service).post(&desk.path("/members"), &body).expect(201));
    let found = |query: &str| actions(&desk.admin().get(&desk.path(&format!("/audit?{query}"))).expect(200));

    assert_eq!(found("what=member"), ["member.added", "member.added", "member.added"]);
    assert_eq!(found("what=memb"), [""; 0]);
    assert_eq!(found(&format!("target={}", members[0])), ["member.added"]);
    assert_eq!(found(&format!("who={}&what=member.added", desk.org.primary_admin)).len(), 2);
    assert_eq!(found("who=operator"), ["organisation.created"]);
    assert_eq!(found("what=member&from=2026-03-03T00:00:00Z").len(), 1);
    assert_eq!(found("what=member&until=2026-03-03T00:00:00Z").len(), 2);

    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let page = desk.admin().get(&desk.path(&format!("/audit?limit=2{cursor}"))).expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (1..=5).rev().collect::<Vec<_>>());
}

#[test]
fn r42_a_day_with_entries_ends_with_one_signed_checkpoint() {
    let desk = FrontDesk::new();
    drop(add(&desk, &["ada"]));
    let kept = || desk.admin().get(&desk.path("/audit/checkpoints")).expect(200)["items"].as_array().unwrap().clone();
    desk.host.work();
    assert_eq!(kept(), [json!(null); 0], "the day is not over");
    for _ in 0..3 {
        desk.host.clock.advance(DAY);
        desk.host.work();
    }
    let [only] = kept().try_into().unwrap();
    let signed = desk.admin().get(&desk.path("/audit/checkpoint")).expect(200);
    assert_eq!((&only["size"], &only["head"]), (&signed["size"], &signed["head"]));
    assert_eq!(only["organisation"], desk.org.id);
    let key = desk.host.client("").get("/v1/audit/key").expect(200);
    assert_eq!((&key["algorithm"], &key["key"]), (&json!("ed25519"), &only["key"]));
}

/// Makes the trail as much longer as one check goes, and a bit.
fn lengthen(desk: &FrontDesk) -> u64 {
    let fact = Fact {
        at: desk.host.clock.now(),
        call: CallId::from_bytes([1; 16]),
        doer: Doer::Host,
        action: "request.expired".to_owned(),
        target: "req_x".to_owned(),
        policies: Vec::new(),
    };
    let entry = Entry::new(&fact, &Values { after: Some(json!(7)), ..Values::default() }, [9; 32]).unwrap();
    let (scope, before) = (desk.scope(), desk.admin().get(&desk.path("/audit/checkpoint")).expect(200)["size"].clone());
    for _ in 0..=MAX_VERIFIED / 500 {
        let mut writes = scope.writes();
        for _ in 0..500 {
            writes.append_audit(encode(&entry).unwrap(), entry.link());
        }
        waited(writes.commit()).unwrap();
    }
    before.as_u64().unwrap() + MAX_VERIFIED + 500
}

/// Writes other values into an entry of the trail, behind the host's back.
fn falsify(desk: &FrontDesk, position: u64) {
    let (scope, mut after) = (desk.scope(), None);
    loop {
        let rows = waited(scope.own_rows(after.as_deref(), 1_000)).unwrap();
        if let Some(row) = rows.rows.iter().find(|row| row.place == Place::Audit { position }) {
            let mut entry: Entry = decode(&row.linked().unwrap().value).unwrap();
            entry.parts[0].opened.as_mut().unwrap().values = json!({ "after": 8 }).to_string();
            let mut writes = scope.writes();
            writes.rewrite_row(row, encode(&entry).unwrap()).unwrap();
            return drop(waited(writes.commit()).unwrap());
        }
        after = Some(rows.next.unwrap());
    }
}

#[test]
fn r42_a_long_chain_is_verified_in_parts() {
    let desk = FrontDesk::new();
    let entries = lengthen(&desk);
    let check = |cursor: &Value| {
        let cursor = cursor.as_str().map(|text| format!("?cursor={text}")).unwrap_or_default();
        desk.admin().get(&desk.path(&format!("/audit/verify{cursor}")))
    };
    let first = check(&Value::Null).expect(200);
    assert_eq!((&first["entries"], &first["intact"]), (&json!(MAX_VERIFIED), &json!(true)));
    let last = check(&first["next"]).expect(200);
    let signed = desk.admin().get(&desk.path("/audit/checkpoint")).expect(200);
    assert_eq!((&last["entries"], last.get("next")), (&json!(entries), None));
    assert_eq!((&last["head"], &last["intact"]), (&signed["head"], &json!(true)));

    falsify(&desk, entries - 1);
    assert_eq!(check(&Value::Null).expect(200), first, "the first part is as it was");
    let broken = check(&first["next"]).expect(200);
    let fault = format!("the values of entry {} are not those committed to", entries - 1);
    assert_eq!((&broken["intact"], &broken["fault"]), (&json!(false), &json!(fault)));
    assert_eq!((&broken["entries"], broken.get("next")), (&json!(entries - 2), None));

    let mut place = BASE64URL_NOPAD.decode(first["next"].as_str().unwrap().as_bytes()).unwrap();
    for at in [0, 7, 8, 39] {
        place[at] ^= 1;
        let forged = json!(BASE64URL_NOPAD.encode(&place));
        assert_eq!(check(&forged).code(), "invalid_cursor", "byte {at}");
        place[at] ^= 1;
    }
}

/// An export and a checkpoint of the same trail, in files.
struct Kept(TempDir);

impl Kept {
    fn of(host: &str, org: &str, token: &str) -> Kept {
        let folder = tempfile::tempdir().unwrap();
        let call = |args: &[&str]| usher().args(args).args(["--url", host, "--org", org, "--token", token]).succeeds();
        fs::write(folder.path().join("trail"), call(&["audit", "export"])).unwrap();
        fs::write(folder.path().join("checkpoint"), call(&["--json", "audit", "checkpoint"])).unwrap();
        Kept(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.path("trail")).unwrap().lines().map(str::to_owned).collect()
    }

    /// What is said of a trail, without a host.
    #[track_caller]
    fn says(&self, lines: &[String], args: &[&str], status: i32, expected: &str) {
        let file = self.path("changed");
        fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let (out, err) = usher().args(["audit", "verify", "--file", &file]).args(args).ends(status);
        assert!(format!("{out}{err}").contains(expected), "no `{expected}` in:\n{out}{err}");
    }
}

fn trail(host: &TestHost) -> (String, String) {
    let acme = host.organisation("Acme");
    for _ in 0..4 {
        drop(host.service(&acme, &["audit"]));
    }
    (acme.id, acme.token)
}

#[test]
fn r42_an_export_is_verified_without_a_host_and_every_change_is_found() {
    let host = TestHost::start();
    let (org, token) = trail(&host);
    let kept = Kept::of(&format!("http://{}", host.address), &org, &token);
    let checkpoint = kept.path("checkpoint");
    let (plain, signed): (&[&str], &[&str]) = (&[], &["--checkpoint", &checkpoint]);
    let whole = kept.lines();
    assert_eq!(whole.len(), 5);
    kept.says(&whole, plain, 0, "5 entries read");
    kept.says(&whole, signed, 0, "5 entries read");

    let changed = |from: &str, to: &str| {
        let mut lines = whole.clone();
        assert!(lines[2].contains(from), "{}", lines[2]);
        lines[2] = lines[2].replacen(from, to, 1);
        lines
    };
    kept.says(&changed("token.created", "token.invented"), plain, 1, "entry 3 is not the one that was chained");
    kept.says(&changed("127.0.0.1", "127.0.0.2"), plain, 1, "the values of entry 3 are not those committed to");
    kept.says(&changed("{", ""), plain, 1, "what follows entry 2 can't be read");
    kept.says(&[&whole[..2], &whole[3..]].concat(), plain, 1, "entry 3 is missing");
    kept.says(&whole[..4], plain, 0, "4 entries read");
    kept.says(&whole[..4], signed, 1, "it ends with entry 4, and had 5 when it was signed");
}

#[test]
fn r42_a_chain_that_was_made_anew_does_not_fit_what_was_signed() {
    let (host, other) = (TestHost::start(), TestHost::start());
    let (org, token) = trail(&host);
    let kept = Kept::of(&format!("http://{}", host.address), &org, &token);
    let acme = other.organisation("Acme");
    for _ in 0..5 {
        drop(other.service(&acme, &["policy"]));
    }
    let anew = Kept::of(&format!("http://{}", other.address), &acme.id, &acme.token).lines();
    kept.says(&anew, &[], 0, "6 entries read");
    kept.says(&anew, &["--checkpoint", &kept.path("checkpoint")], 1, "is not the one that was signed");

    let checkpoint: Value = serde_json::from_str(&fs::read_to_string(kept.path("checkpoint")).unwrap()).unwrap();
    let mut forged = checkpoint.clone();
    forged["size"] = json!(3);
    fs::write(kept.path("forged"), forged.to_string()).unwrap();
    kept.says(&kept.lines(), &["--checkpoint", &kept.path("forged")], 1, "was not signed by the holder");
    let stranger = "aa".repeat(32);
    let with_key = ["--checkpoint", &kept.path("checkpoint"), "--key", &stranger];
    let (_, err) = usher().args(["audit", "verify", "--file", &kept.path("trail")]).args(with_key).ends(1);
    assert!(err.contains("key"), "{err}");
}

#[test]
fn r42_a_byte_changed_in_a_copy_of_a_hosts_data_is_found() {
    let mut host = Process::start();
    let (org, token) = host.organisation();
    let service = json!({ "name": "unmistakable", "holder": { "kind": "service", "permissions": ["audit"] } });
    drop(host.client(&token).post(&format!("/v1/orgs/{org}/tokens"), &service).expect(201));
    let kept = Kept::of(&host.url, &org, &token);
    let online = ["--url", &host.url, "--org", &org, "--token", &token, "--checkpoint", &kept.path("checkpoint")];
    usher().args(["audit", "verify"]).args(online).succeeds();
    host.stop();

    let copied = tempfile::tempdir().unwrap();
    copy(&host.data(), copied.path());
    usher().args(["verify", "--data"]).args([copied.path()]).succeeds();
    change_a_byte(&copied.path().join("store/journal"), b"unmistakable");
    let (_, err) = usher().args(["verify", "--data"]).args([copied.path()]).ends(1);
    assert!(err.contains("is damaged in"), "{err}");
}

/// Changes one byte of the first place in the folder that holds `text`.
fn change_a_byte(folder: &Path, text: &[u8]) {
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        let mut bytes = fs::read(&file).unwrap();
        if let Some(at) = bytes.windows(text.len()).position(|part| part == text) {
            bytes[at] ^= 1;
            return fs::write(file, bytes).unwrap();
        }
    }
    panic!("the folder does not hold the text");
}
