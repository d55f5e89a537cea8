//! A batch import through HTTP: one organisation, policies deciding each row, the dry run and then the job.
//!
//! Owns the sheet and the clock. The host is the command as it is shipped, in a process of its own, with a journal on
//! this machine's disk.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::demo::client::{Client, text};
use crate::demo::host::Host;
use crate::demo::organisations::Demo;
use crate::{Failure, bench};

/// Rows if nobody says how many.
pub const ROWS: usize = 100_000;
/// A department has at most 10,000 direct members (R37).
const ROWS_OF_A_DEPARTMENT: usize = 9_000;
/// How often it is looked how far it has come.
const LOOK: Duration = Duration::from_millis(50);

/// What came of it.
pub struct Measured {
    /// From the last byte of the file to the last verdict.
    pub dry_run: Duration,
    /// From the first row to the last member on disk.
    pub applied: Duration,
    /// The most resident memory that the host held meanwhile.
    pub peak_bytes: u64,
}

/// Starts a host in `folder`, loads the demo, and imports so many people.
///
/// # Errors
/// If the host does not start, or does not make a member of each row.
pub fn run(root: &Path, folder: &Path, rows: usize) -> Result<Measured, Failure> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut host = Host::start(&root.join(bench::USHER), folder, port)?;
    let demo = Demo::open_or_make(root, &host)?;
    let operator = Client::new(host.url(), host.operator().unwrap_or_default());
    let room = json!({ "name": "Everybody", "size": rows + 1, "starts_on": "2020-01-01" });
    operator.post(&demo.northwind.path("plans"), &room)?;
    let admin = &demo.northwind.admin;
    host.forget_peak()?;

    let file = folder.join("people.csv");
    fs::write(&file, sheet(rows))?;
    let upload = admin.upload(&demo.northwind.path("imports?unknown_departments=create"), &fs::read(&file)?)?;
    let path = demo.northwind.path(&format!("imports/{}", text(&upload["id"])));
    let started = Instant::now();
    let checked = settled(admin, &path)?;
    let dry_run = started.elapsed();
    let started = Instant::now();
    admin.post_nothing(&format!("{path}/apply"))?;
    let finished = settled(admin, &path)?;
    let applied = started.elapsed();
    let peak_bytes = host.peak_bytes()?;
    host.stop()?;
    let expected = json!({ "added": rows, "existing": 0, "failed": 0 });
    if checked["summary"]["counts"] != expected || finished["done"] != expected {
        return Err(format!("not every row became a member: {checked}, {finished}").into());
    }
    Ok(Measured { dry_run, applied, peak_bytes })
}

/// The import once nothing works on it.
fn settled(admin: &Client, path: &str) -> Result<Value, Failure> {
    loop {
        let import = admin.get(path)?.body;
        if !matches!(text(&import["state"]).as_str(), "checking" | "applying") {
            return Ok(import);
        }
        std::thread::sleep(LOOK);
    }
}

fn sheet(rows: usize) -> String {
    let mut sheet = "Name,Department,Workforce type,Work email,Phone\n".to_owned();
    for n in 0..rows {
        let department = match n / ROWS_OF_A_DEPARTMENT {
            0 => "Engineering".to_owned(),
            number => format!("Site {number}"),
        };
        // Writing to a string does not fail.
        let _ = writeln!(sheet, "Person {n},{department},regular,p{n}@northwind.example,+4915{n:09}");
    }
    sheet
}
