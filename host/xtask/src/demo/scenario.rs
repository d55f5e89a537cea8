//! What happens in the demo, and what must come of it.

use serde_json::{Value, json};

use super::client::{Client, text};
use super::host::Host;
use super::mail;
use super::organisations::{Demo, Organisation};
use super::report::Report;
use crate::Failure;
use crate::terminal::bold;

/// Plays everything; says how many outcomes were not as expected.
///
/// # Errors
/// If the host refuses what it should take.
pub fn play(demo: &Demo, host: &Host) -> Result<usize, Failure> {
    Ok(northwind(demo, host)? + contoso(demo, host)?)
}

/// Somebody who joins by a link.
struct Applicant<'a> {
    name: &'a str,
    mailbox: &'a str,
    workforce_type: &'a str,
    badge: Option<&'a str>,
}

fn northwind(demo: &Demo, host: &Host) -> Result<usize, Failure> {
    println!("\n{}", bold("── Northwind has one plan; people come by a link"));
    let org = &demo.northwind;
    let mut report = Report::new(org)?;
    let mut join = |who: &str, applicant: &Applicant<'_>, expected: &str, verdicts: &[&str]| {
        let came = join(demo, host, org, applicant)?;
        report.person(who, &outcome(&came), expected, verdicts)
    };
    let ada = Applicant { name: "Ada", mailbox: "ada@northwind.example", workforce_type: "regular", badge: None };
    join("Ada, engineer", &ada, "joined, with a seat", &["approve", "approve", "assign"])?;
    let carl = Applicant {
        name: "Carl",
        mailbox: "carl@northwind.example",
        workforce_type: "contractor",
        badge: Some("C-2041"),
    };
    join("Carl, contractor", &carl, "joined, without a seat", &["approve", "approve", "decline"])?;
    let mallory =
        Applicant { name: "Mallory", mailbox: "mallory@elsewhere.example", workforce_type: "regular", badge: None };
    join("Mallory, from elsewhere", &mallory, "rejected", &["reject", "approve"])?;
    let ben =
        Applicant { name: "Ben", mailbox: "ben@northwind.example", workforce_type: "regular", badge: Some("n/a") };
    join("Ben, on whom a policy fails", &ben, "rejected", &["approve", "fault: fuel"])?;
    Ok(report.finish())
}

fn contoso(demo: &Demo, host: &Host) -> Result<usize, Failure> {
    println!("\n{}", bold("── Contoso has two plans, so an admin must approve (R16); logins come by single sign-on"));
    let org = &demo.contoso;
    let mut report = Report::new(org)?;
    switch_sso(org, false)?;
    let mailbox = "dora@contoso.example";
    let dora = Applicant { name: "Dora", mailbox, workforce_type: "regular", badge: None };
    let came = join(demo, host, org, &dora)?;
    report.person("Dora, by a link", &outcome(&came), "pending", &["approve"])?;

    let request = text(&came["request"]);
    let choice = json!({ "seat": { "kind": "plan", "plan": org.noted("standard") }, "note": "as agreed" });
    let answered = org.admin.post(&org.path(&format!("requests/{request}/approve")), &choice)?;
    let member = text(&answered["answer"]["member"]);
    let seats = org.admin.get(&org.path(&format!("members/{member}")))?.body["seats"].clone();
    let seated = if seats == json!([org.noted("standard")]) { "approved, with the seat chosen" } else { "approved" };
    report.person("Dora, by an admin", seated, "approved, with the seat chosen", &[])?;

    switch_sso(org, true)?;
    let by = json!({ "kind": "link", "link": org.noted("link") });
    let ask = json!({ "by": by, "email": numbered(demo, "frank@contoso.example") });
    let refused = Client::new(host.url(), "").ask("/v1/join/proofs", &ask)?.body;
    report.person("Frank, by a link", &text(&refused["code"]), "sso_required", &[])?;

    let address = numbered(demo, "grace.hopper@contoso.example");
    let grace = json!({
        "name": "Grace", "departments": [org.noted("research")], "login": "work", "work_email": address,
        "seat": { "kind": "policy" }, "invite": false,
    });
    let grace = org.admin.post(&org.path("members"), &grace)?["member"].clone();
    let seated = if grace["seats"] == json!([org.noted("pro")]) { "added, with a seat" } else { "added" };
    report.person("Grace, by an admin", seated, "added, with a seat", &["assign"])?;

    let asserted = numbered(demo, "Grace.Hopper+sso@Contoso.example");
    let came = login(demo, org, "grace", &asserted)?;
    let matched = if came["member"] == grace["id"] { "matched" } else { "not matched" };
    report.person("Grace, by login", matched, "matched", &["match"])?;

    let asserted = numbered(demo, "eve@contoso.example");
    let came = login(demo, org, "eve", &asserted)?;
    report.person("Eve, by login", &text(&came["code"]), "identity_mismatch", &["mismatch"])?;
    Ok(report.finish())
}

/// From then on logins and joins go to the identity provider (R39), or not any more.
fn switch_sso(org: &Organisation, on: bool) -> Result<(), Failure> {
    let path = org.path(&format!("sso/connections/{}", org.noted("connection")));
    org.admin.patch(&path, &json!({ "enabled": on })).map(drop)
}

/// Asks for a code, types it, joins.
fn join(demo: &Demo, host: &Host, org: &Organisation, applicant: &Applicant<'_>) -> Result<Value, Failure> {
    let anybody = Client::new(host.url(), "");
    let by = json!({ "kind": "link", "link": org.noted("link") });
    let address = numbered(demo, applicant.mailbox);
    let sent = anybody.post("/v1/join/proofs", &json!({ "by": by, "email": address }))?;
    let code = mail::code_for(&host.data().join("mail"), &address)?;
    let mut join = json!({
        "by": by, "name": applicant.name, "workforce_type": applicant.workforce_type,
        "email": { "proof": sent["proof"], "code": code },
    });
    if let Some(badge) = applicant.badge {
        join["employee_number"] = badge.into();
    }
    anybody.post("/v1/join", &join)
}

fn outcome(joined: &Value) -> String {
    match (text(&joined["outcome"]).as_str(), &joined["seat"]) {
        ("joined", Value::Null) => "joined, without a seat".into(),
        ("joined", _) => "joined, with a seat".into(),
        (other, _) => other.into(),
    }
}

fn login(demo: &Demo, org: &Organisation, subject: &str, address: &str) -> Result<Value, Failure> {
    println!("    {subject} logs in as {address}");
    let asserted = json!({
        "connection": org.noted("connection"), "subject": format!("{subject}-{}", demo.run),
        "claims": [{ "kind": "work-email", "value": address, "verified": true }],
    });
    Ok(org.admin.ask(&org.path("sso/logins/match"), &asserted)?.body)
}

/// The address in this run of the demo: people of an earlier one are members already.
fn numbered(demo: &Demo, address: &str) -> String {
    if demo.run == 1 {
        return address.to_owned();
    }
    match address.find(['+', '@']) {
        Some(end) => format!("{}{}{}", &address[..end], demo.run, &address[end..]),
        None => address.to_owned(),
    }
}
