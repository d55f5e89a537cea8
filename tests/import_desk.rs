//! An organisation whose admin imports sheets: uploads, steps, what became of rows.

use std::io::{BufRead as _, BufReader, Cursor};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client, TestHost, TestOrg};
use usher_sheets::{Bounds, Cell, Reader};

/// The columns of [`Desk::check`].
pub const HEADER: &str = "Name,Department,Workforce type,Login method,Work email,Phone";

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
        Desk::on(TestHost::start())
    }

    /// Without a plan, on a host of your own.
    pub fn on(host: TestHost) -> Desk {
        let org = host.organisation("Acme");
        Desk { host, org }
    }

    /// With a paid plan of so many seats.
    pub fn with_plan(size: u32) -> (Desk, String) {
        let desk = Desk::new();
        let plan = desk.plan("Team", size);
        (desk, plan)
    }

    /// Sells a plan from 2026 on; its id.
    pub fn plan(&self, name: &str, size: u32) -> String {
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
    pub fn check(&self, query: &str, rows: &[&str]) -> Value {
        let file = format!("{HEADER}\n{}\n", rows.join("\n"));
        self.settled(&self.send(query, file.as_bytes()).expect(202))
    }

    /// The import once nothing works on it.
    #[track_caller]
    pub fn settled(&self, import: &Value) -> Value {
        let path = self.path(&format!("imports/{}", import["id"].as_str().unwrap()));
        for _ in 0..12_000 {
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

    /// How far an import has come, as it is told by and by until nothing works on it.
    pub fn follow(&self, import: &Value) -> impl Iterator<Item = Value> {
        let path = self.path(&format!("imports/{}/events", import["id"].as_str().unwrap()));
        let request = ureq::get(format!("http://{}{path}", self.host.address));
        let told = request.header("authorization", format!("Bearer {}", self.org.token)).call().unwrap();
        let lines = BufReader::new(told.into_body().into_reader()).lines();
        lines.filter_map(|line| serde_json::from_str(line.unwrap().strip_prefix("data: ")?).ok())
    }

    /// Every row: its number, its verdict, the codes of its notes.
    #[track_caller]
    pub fn rows(&self, import: &Value) -> Vec<(u64, String, Vec<String>)> {
        let row = |row: &Value| {
            let notes = row["notes"].as_array().unwrap().iter();
            let notes = notes.map(|note| note["code"].as_str().unwrap().to_owned()).collect();
            (row["row"].as_u64().unwrap(), row["verdict"].as_str().unwrap().to_owned(), notes)
        };
        self.told(import).iter().map(row).collect()
    }

    /// Every row, as it is told.
    #[track_caller]
    pub fn told(&self, import: &Value) -> Vec<Value> {
        let path = self.path(&format!("imports/{}/rows?limit=200", import["id"].as_str().unwrap()));
        self.admin().get(&path).expect(200)["items"].as_array().unwrap().clone()
    }

    /// The member with a work email.
    pub fn member(&self, email: &str) -> Value {
        let found = self.admin().get(&self.path(&format!("members?work_email={email}"))).expect(200);
        found["items"][0].clone()
    }

    /// How many members there are, up to 200.
    pub fn members(&self) -> usize {
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

/// A row.
pub const ADA: &str = "Ada,Acme,regular,work,ada@example.com,+4915112345678";
/// Another.
pub const BOB: &str = "Bob,Acme,intern,,bob@example.com,+4915112345679";

/// What files there are below a folder.
pub fn files_in(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![std::fs::read(path).unwrap()] }).collect()
}
