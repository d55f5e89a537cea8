//! The two organisations of the demo: made once, found again afterwards.
//!
//! Northwind has one plan, Contoso two: so that R16 can be seen. What a later run needs (ids, tokens) is kept in
//! the data folder, readable by its owner alone.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use super::client::{Client, text};
use super::host::Host;
use super::mail;
use crate::Failure;
use crate::tools::Program;

/// The file with ids and tokens.
pub const NOTES: &str = "demo.json";

/// Both organisations, ready to be played with.
pub struct Demo {
    /// One plan.
    pub northwind: Organisation,
    /// Two plans.
    pub contoso: Organisation,
    /// Which run this is, from 1: people of a later one have other addresses.
    pub run: u64,
}

/// One of them.
pub struct Organisation {
    /// A client with its primary admin's token.
    pub admin: Client,
    /// Everything that was noted when it was made.
    pub notes: Value,
}

impl Organisation {
    /// A path below it.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", text(&self.notes["id"]))
    }

    /// Something noted: an id, a link.
    pub fn noted(&self, name: &str) -> String {
        text(&self.notes[name])
    }
}

impl Demo {
    /// Finds them in the host's data, or makes them; then activates their policies.
    ///
    /// # Errors
    /// If the host refuses something, or its data is somebody else's.
    pub fn open_or_make(root: &Path, host: &Host) -> Result<Self, Failure> {
        let path = host.data().join(NOTES);
        let mut notes: Value = match (fs::read_to_string(&path), host.operator()) {
            (Ok(notes), _) => serde_json::from_str(&notes)?,
            (Err(_), Some(operator)) => make(host, operator)?,
            (Err(error), None) => {
                let data = host.data().display();
                return Err(format!(
                    "{}: {error}; {data} is the data of another host: take another folder by --data",
                    path.display()
                )
                .into());
            }
        };
        let run = notes["runs"].as_u64().unwrap_or(0) + 1;
        notes["runs"] = run.into();
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(serde_json::to_string_pretty(&notes)?.as_bytes())?;
        let organisation = |name: &str| Organisation {
            admin: Client::new(host.url(), &text(&notes[name]["token"])),
            notes: notes[name].clone(),
        };
        let demo = Self { northwind: organisation("northwind"), contoso: organisation("contoso"), run };
        demo.activate(root, host)?;
        Ok(demo)
    }

    fn activate(&self, root: &Path, host: &Host) -> Result<(), Failure> {
        let built = |name: &str| root.join("target/policies").join(name).with_extension("wasm");
        let script = |name: &str| root.join("policies").join(name);
        let (northwind, contoso) = (&self.northwind, &self.contoso);
        let domains = |name: &str| json!({ "domains": [{ "name": name }], "accept_domain_mail": true, "other_domains": "reject" });

        let activate = Activator { usher: host.usher(), host };
        activate.policy(northwind, &built("join-by-domain"), &domains("northwind.example"), &[])?;
        let badge = root.join("host/xtask/src/demo/badge-number");
        activate.policy(northwind, &badge, &json!({}), &["--append", "--on-fault", "deny"])?;
        let rules = json!({ "rules": [
            { "departments": [northwind.noted("engineering")], "workforce_types": ["regular"], "plans": [northwind.noted("team")] },
            { "workforce_types": ["contractor"], "plans": [] },
        ] });
        activate.policy(northwind, &built("seats-by-department"), &rules, &[])?;

        activate.policy(contoso, &built("join-by-domain"), &domains("contoso.example"), &[])?;
        let rules = json!({ "rules": [{ "under": "Research", "plans": [contoso.noted("pro")] }] });
        activate.policy(contoso, &script("seats-by-department"), &rules, &[])?;
        let matching = json!({ "plus_tags": ["contoso.example"] });
        activate.policy(contoso, &built("sso-match"), &matching, &[])
    }
}

/// Activates policies as an admin would: by the command line.
struct Activator<'a> {
    usher: &'a Path,
    host: &'a Host,
}

impl Activator<'_> {
    fn policy(&self, org: &Organisation, policy: &Path, settings: &Value, more: &[&str]) -> Result<(), Failure> {
        let file = self.host.data().join("settings.json");
        fs::write(&file, settings.to_string())?;
        let said = Program::new(self.usher)
            .args(["policy", "activate", "--url", self.host.url(), "--org", &text(&org.notes["id"])])
            .args([Path::new("--settings"), &file, policy])
            .args(more)
            .env("USHER_TOKEN", text(&org.notes["token"]))
            .output()?;
        print!("{}: {said}", text(&org.notes["name"]));
        fs::remove_file(&file)?;
        Ok(())
    }
}

fn make(host: &Host, operator: &str) -> Result<Value, Failure> {
    let operator = Client::new(host.url(), operator);
    let mut northwind = organisation(&operator, "Northwind")?;
    northwind["team"] = plan(&operator, &northwind, "Team", 20_000)?;
    let admin = Client::new(host.url(), &text(&northwind["token"]));
    northwind["engineering"] = department(&admin, &northwind, "Engineering")?;
    prove_domain(&admin, &northwind, host, "northwind.example")?;
    northwind["link"] =
        link(&admin, &northwind, &json!({ "department": northwind["engineering"], "approval_required": false }))?;

    let mut contoso = organisation(&operator, "Contoso")?;
    contoso["standard"] = plan(&operator, &contoso, "Standard", 1_000)?;
    contoso["pro"] = plan(&operator, &contoso, "Pro", 1_000)?;
    let admin = Client::new(host.url(), &text(&contoso["token"]));
    contoso["research"] = department(&admin, &contoso, "Research")?;
    prove_domain(&admin, &contoso, host, "contoso.example")?;
    contoso["link"] =
        link(&admin, &contoso, &json!({ "department": contoso["research"], "approval_required": false }))?;
    let path = |rest: &str| format!("/v1/orgs/{}/{rest}", text(&contoso["id"]));
    break_glass(&contoso, host, "root@contoso.example")?;
    let connection = json!({ "name": "Contoso ID", "protocol": "oidc", "issuer": "https://id.contoso.example" });
    let connection = admin.post(&path("sso/connections"), &connection)?["id"].clone();
    admin.put(&path("domains/contoso.example/connection"), &json!({ "connection": connection }))?;
    contoso["connection"] = connection;
    Ok(json!({ "operator_token": host.operator(), "northwind": northwind, "contoso": contoso }))
}

fn organisation(operator: &Client, name: &str) -> Result<Value, Failure> {
    let new = json!({
        "name": name, "region": "DE", "language": "en", "time_zone": "Europe/Berlin",
        "primary_admin": { "name": "Root", "work_email": format!("root@{}.example", name.to_lowercase()) },
    });
    let made = operator.post("/v1/orgs", &new)?;
    Ok(json!({ "name": name, "id": made["organisation"]["id"], "token": made["token"] }))
}

/// Gives a primary admin a password, without which single sign-on is not switched on (R19).
fn break_glass(org: &Value, host: &Host, admin: &str) -> Result<(), Failure> {
    let anybody = Client::new(host.url(), "");
    let login = json!({ "organisation": org["id"], "login": admin });
    let asked = anybody.post("/v1/login/codes", &login)?;
    let code = mail::code_for(&host.data().join("mail"), admin)?;
    let mut login = login;
    login["code"] = json!({ "proof": asked["proof"], "code": code });
    login["new_password"] = "seven tall ships at anchor".into();
    anybody.post("/v1/login", &login).map(drop)
}

fn plan(operator: &Client, org: &Value, name: &str, size: u32) -> Result<Value, Failure> {
    let new = json!({ "name": name, "size": size, "starts_on": "2020-01-01" });
    Ok(operator.post(&format!("/v1/orgs/{}/plans", text(&org["id"])), &new)?["id"].clone())
}

fn department(admin: &Client, org: &Value, name: &str) -> Result<Value, Failure> {
    let path = format!("/v1/orgs/{}/departments", text(&org["id"]));
    Ok(admin.post(&path, &json!({ "name": name }))?["id"].clone())
}

fn link(admin: &Client, org: &Value, new: &Value) -> Result<Value, Failure> {
    Ok(admin.post(&format!("/v1/orgs/{}/invitations", text(&org["id"])), new)?["link"].clone())
}

/// By a code mailed to the domain (R21): there is no DNS to publish in here.
fn prove_domain(admin: &Client, org: &Value, host: &Host, domain: &str) -> Result<(), Failure> {
    let path = |rest: &str| format!("/v1/orgs/{}/domains{rest}", text(&org["id"]));
    admin.post(&path(""), &json!({ "domain": domain }))?;
    let mailbox = format!("postmaster@{domain}");
    let sent = admin.post(&path(&format!("/{domain}/mail")), &json!({ "email": mailbox }))?;
    let code = mail::code_for(&host.data().join("mail"), &mailbox)?;
    admin.post(&path(&format!("/{domain}/mail/check")), &json!({ "proof": sent["proof"], "code": code }))?;
    Ok(())
}
