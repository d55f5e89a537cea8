//! An import whose host is killed while it is applied goes on as if nothing had happened (R25), and leaves no password
//! on the disk (R29).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::policy::facts::DomainProof;
use usher_domain::verified_domain::Proved;
use usher_server::app::stored::Domain;
use usher_store::{JournalStore, Options, OrgScope};

use crate::front_desk::text;
use crate::process::{Process, within};

const ROWS: u64 = 2_500;
const GIVEN: &str = "given by the admin";
const DOMAIN: &str = "acme.example";
/// How long a step may take on a busy machine.
const LONG: Duration = Duration::from_secs(180);

struct Importing {
    host: Process,
    org: String,
    token: String,
    import: String,
}

impl Importing {
    /// With a sheet that was checked: every hundredth row is a business login, every other one of these with a
    /// password.
    fn start() -> Importing {
        let host = Process::start();
        let (org, token) = host.organisation();
        let mut importing = Importing { host, org, token, import: String::new() };
        let etag = importing.get("").1.unwrap();
        let activate = importing.path("/business-mail/activate");
        drop(importing.host.client(&importing.token).send("POST", &activate, &[("if-match", &etag)], None).expect(200));
        importing.own_domain();
        let sheet = sheet();
        let headers = [("content-type", "application/octet-stream")];
        let upload = importing.path("/imports");
        let uploaded = importing.host.client(&importing.token).send("POST", &upload, &headers, Some(sheet.as_bytes()));
        importing.import = text(&uploaded.expect(202)["id"]);
        importing.await_state("checked");
        importing
    }

    /// Has the organisation own a domain. There is no DNS here that would say so: it is written while the host rests.
    fn own_domain(&mut self) {
        let added = json!({ "domain": DOMAIN });
        drop(self.host.client(&self.token).post(&self.path("/domains"), &added).expect(201));
        self.host.stop();
        let proved = async {
            let store = JournalStore::open(&self.host.data().join("store"), Options::new([0; 16])).unwrap();
            let scope = OrgScope::new(Arc::new(store), self.org.parse().unwrap());
            let mut found = scope.get::<Domain>(&DOMAIN.to_owned()).await.unwrap().unwrap();
            let domain = &mut found.record.0;
            domain.proof = Some(Proved { by: DomainProof::Dns, at: domain.added_at });
            let mut writes = scope.writes();
            writes.replace(&DOMAIN.to_owned(), found.version, &found.record);
            writes.commit().await.unwrap();
        };
        tokio::runtime::Runtime::new().unwrap().block_on(proved);
        self.host.go_on();
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}{rest}", self.org)
    }

    fn get(&self, rest: &str) -> (Value, Option<String>) {
        let answer = self.host.client(&self.token).get(&self.path(rest));
        let etag = answer.etag.clone();
        (answer.expect(200), etag)
    }

    fn step(&self, step: &str) {
        let path = self.path(&format!("/imports/{}/{step}", self.import));
        drop(self.host.client(&self.token).send("POST", &path, &[], None).expect(200));
    }

    fn show(&self) -> Value {
        self.get(&format!("/imports/{}", self.import)).0
    }

    #[track_caller]
    fn await_state(&self, state: &str) {
        within(LONG, || (self.show()["state"] == state).then_some(()));
    }

    /// Kills the host once more than `added` rows are members, and starts it again.
    #[track_caller]
    fn cut_off_behind(&mut self, added: u64) {
        within(LONG, || (self.show()["done"]["added"].as_u64().unwrap() > added).then_some(()));
        self.host.kill();
        self.host.go_on();
        let import = self.show();
        assert_eq!(import["state"], "applying", "it was killed in the middle: {import}");
    }

    /// All pages of a list.
    fn all(&self, list: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let (page, _) = self.get(&format!("/{list}?limit=200{cursor}"));
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }

    fn accounts(&self) -> String {
        text(&self.get(&format!("/imports/{}/accounts?format=csv", self.import)).0)
    }
}

fn sheet() -> String {
    let mut sheet = "Name,Department,Workforce type,Business email,Password,Work email\n".to_owned();
    for n in 0..ROWS {
        let (business, password) = match n % 200 {
            0 => (format!("p{n}@acme.example"), GIVEN),
            100 => (format!("p{n}@acme.example"), ""),
            _ => (String::new(), ""),
        };
        sheet += &format!("P{n},Acme,regular,{business},{password},p{n}@example.com\n");
    }
    sheet
}

/// Whether a text is in a file below the folder.
fn holds(folder: &Path, needle: &str) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(needle.len()).any(|part| part == needle.as_bytes())
    })
}

#[test]
fn r25_an_import_whose_host_is_killed_goes_on_and_makes_every_member_once() {
    let mut importing = Importing::start();
    importing.step("apply");
    importing.cut_off_behind(0);
    importing.cut_off_behind(500);
    importing.await_state("finished");
    let import = importing.show();
    assert_eq!(import["done"], json!({ "added": ROWS, "existing": 0, "failed": 0 }));
    assert_eq!(import["accounts"], ROWS / 100);

    let members = importing.all("members");
    let emails: BTreeSet<_> = members.iter().filter_map(|member| member["work_email"].as_str()).collect();
    assert_eq!((members.len() as u64, emails.len()), (ROWS + 1, members.len()), "none twice, none lost");
    let rows = importing.all(&format!("imports/{}/rows", importing.import));
    let made: BTreeSet<_> = rows.iter().map(|row| text(&row["member"])).collect();
    let ids: BTreeSet<_> = members.iter().map(|member| text(&member["id"])).collect();
    assert_eq!((rows.len() as u64, made.len() as u64), (ROWS, ROWS));
    assert!(made.is_subset(&ids), "each row made the member it says");
    assert_eq!(importing.get("/audit/verify").0["intact"], true);
    let added = importing.all("audit").into_iter().filter(|entry| entry["action"] == "member.added").count();
    assert_eq!(added as u64, ROWS);
}

#[test]
fn r29_passwords_outlive_a_killed_host_and_are_nowhere_on_the_disk() {
    let mut importing = Importing::start();
    importing.step("apply");
    importing.cut_off_behind(0);
    importing.await_state("finished");
    let accounts = importing.accounts();
    let generated: Vec<_> = accounts.lines().filter(|line| line.contains("p100@")).collect();
    let password = generated[0].rsplit(',').next().unwrap();
    let body = json!({ "organisation": importing.org, "login": "p100@acme.example", "password": password });
    let known = importing.host.client("").post("/v1/login", &body);
    assert_eq!(known.code(), "password_change_required", "it was given before the host was killed: {}", known.body);

    let backup = importing.host.client(&importing.host.operator).post("/v1/host/backups", &json!({ "name": "copy" }));
    assert_eq!(backup.status, 200, "{}", backup.body);
    let data = importing.host.data();
    for secret in [GIVEN, password] {
        assert!(!holds(&data, secret), "a password lies on the disk");
    }
    assert!(holds(&data, "p100@acme.example"), "what lies there can be found");
    importing.step("close?confirmed=true");
    let left = fs::read_dir(data.join("imports").join(&importing.org)).unwrap().count();
    assert_eq!(left, 0, "keys and file are gone");
}
