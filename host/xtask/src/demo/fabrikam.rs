//! A second host, whose mail goes out by SMTP, with one organisation: a group that runs out of seats (R35, R36), and
//! a reminder (R31). It is made anew each time and ends with this part.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, text};
use super::host::Host;
use super::outcomes::{Outcomes, table};
use super::smtp;
use crate::Failure;

/// Seats of the plan that the group gives.
const SEATS: u32 = 3;
/// More people than that, in the order they come.
const PEOPLE: [&str; 5] = ["Ada", "Ben", "Cleo", "Dana", "Emil"];
/// Longest that what a change brings about may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The organisation, as its primary admin and the operator see it.
struct Fabrikam {
    admin: Client,
    id: String,
    department: Value,
}

/// Plays it; says how many outcomes were not as expected.
///
/// # Errors
/// If the host refuses what it should take.
pub fn play(usher: &Path, folder: &Path) -> Result<usize, Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let server = smtp::Server::start()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mail = ["--smtp", &server.url(), "--mail-from", "Fabrikam <no-reply@fabrikam.example>"];
    let mut host = Host::start_with(usher, folder, port, &mail)?;
    let operator = Client::new(host.url(), host.operator().unwrap_or_default());
    let (fabrikam, plan) = Fabrikam::make(&host, &operator)?;
    let unexpected = fabrikam.group(&plan)? + fabrikam.reminder(&server)?;
    host.stop()?;
    Ok(unexpected)
}

impl Fabrikam {
    /// With two plans, so that nobody gets a seat by being added; the scarce one's id beside it.
    fn make(host: &Host, operator: &Client) -> Result<(Self, Value), Failure> {
        let root = json!({ "name": "Root", "work_email": "root@fabrikam.example" });
        let new = json!({
            "name": "Fabrikam", "region": "DE", "language": "en", "time_zone": "Europe/Berlin", "primary_admin": root,
        });
        let made = operator.post("/v1/orgs", &new)?;
        let id = text(&made["organisation"]["id"]);
        let plan = |name: &str, size: u32| {
            let new = json!({ "name": name, "size": size, "starts_on": "2020-01-01" });
            Ok::<_, Failure>(operator.post(&format!("/v1/orgs/{id}/plans"), &new)?["id"].clone())
        };
        let studio = plan("Studio", SEATS)?;
        plan("Basic", 50)?;
        let admin = Client::new(host.url(), &text(&made["token"]));
        let department = made["organisation"]["root_department"].clone();
        Ok((Self { admin, id, department }, studio))
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.id)
    }

    fn add(&self, name: &str, invite: bool) -> Result<String, Failure> {
        let member = json!({
            "name": name, "departments": [self.department], "login": "work", "seat": { "kind": "none" },
            "work_email": format!("{}@fabrikam.example", name.to_lowercase()), "invite": invite,
        });
        Ok(text(&self.admin.post(&self.path("members"), &member)?["member"]["id"]))
    }

    fn group(&self, plan: &Value) -> Result<usize, Failure> {
        let mut outcomes = Outcomes::of("Fabrikam's design group gives its members seats, until there are none left");
        let group = json!({ "name": "Design", "plan": plan });
        let group = text(&self.admin.post(&self.path("groups"), &group)?["id"]);
        let mut members = Vec::new();
        for name in PEOPLE {
            let member = self.add(name, false)?;
            self.admin.put(&self.path(&format!("groups/{group}/members/{member}")), &json!({}))?;
            until(|| self.seat(&member), |seat| seat != "nothing yet")?;
            members.push((name, member));
        }
        // Whoever is in the group wishes for a seat first, and is given it soon after.
        let ledger = self.path(&format!("plans/{}/seats", text(plan)));
        let seats = until(|| Ok(self.admin.get(&ledger)?.body), |seats| seats["free"] == 0)?;
        self.show(&members)?;
        let told = format!("{} of {} held, {} free", seats["used"], seats["bought"], seats["free"]);
        outcomes.step("seats of the plan", &told, "3 of 3 held, 0 free");
        outcomes.step("Dana, the fourth", &self.seat(&members[3].1)?, "waits: no_seat_free");

        let (_, cleo) = members.remove(2);
        self.admin.delete(&self.path(&format!("members/{cleo}")))?;
        let came = until(|| self.seat(&members[2].1), |seat| seat == "has a seat")?;
        println!("  Cleo leaves.");
        outcomes.step("Dana, who has waited longest", &came, "has a seat");
        outcomes.step("Emil, after her", &self.seat(&members[3].1)?, "waits: no_seat_free");
        self.show(&members)?;
        Ok(outcomes.finish())
    }

    /// What a member has of the plan.
    fn seat(&self, member: &str) -> Result<String, Failure> {
        let member = self.admin.get(&self.path(&format!("members/{member}")))?.body;
        let some = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
        Ok(match (some(&member["group_seats"]), some(&member["wishes"])) {
            (true, _) => "has a seat".into(),
            (false, true) => format!("waits: {}", text(&member["wishes"][0]["reason"])),
            (false, false) => "nothing yet".into(),
        })
    }

    fn show(&self, members: &[(&str, String)]) -> Result<(), Failure> {
        let mut shown = table(&["member of the group", "seat"]);
        for (name, member) in members {
            shown.add_row([*name, &self.seat(member)?]);
        }
        println!("{shown}");
        Ok(())
    }

    fn reminder(&self, server: &smtp::Server) -> Result<usize, Failure> {
        let mut outcomes = Outcomes::of("Fabrikam's mail goes to a mail server; somebody is reminded of their account");
        let frida = self.add("Frida", true)?;
        let mut mails = vec![server.mail()?];
        let reminded = self.admin.ask(&self.path(&format!("members/{frida}/remind")), &json!({}))?;
        outcomes.step("the reminder is asked for", &reminded.status.to_string(), "200");
        mails.push(server.mail()?);
        let mut shown = table(&["to", "subject", "message id"]);
        for mail in &mails {
            shown.add_row([&mail.to, mail.header("subject"), mail.header("message-id")]);
        }
        let came = format!("“{}” to {}", mails[1].header("subject"), mails[1].to);
        outcomes.step("at the server", &came, "“Fabrikam waits for you” to frida@fabrikam.example");
        let again = self.admin.ask(&self.path(&format!("members/{frida}/remind")), &json!({}))?;
        outcomes.step("a second reminder on the same day", &text(&again.body["code"]), "reminded_lately");
        println!("{shown}");
        Ok(outcomes.finish())
    }
}

/// What is there once it is as wanted, or after a while.
fn until<T>(look: impl Fn() -> Result<T, Failure>, wanted: impl Fn(&T) -> bool) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        let found = look()?;
        if wanted(&found) || started.elapsed() > LIMIT {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
