//! What the host holds that is asked: an organisation with some of everything, so that there is something to be found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::Failure;
use crate::demo::client::{Client, text};
use crate::demo::host::Host;
use crate::demo::mail;

/// The organisation.
pub struct Asked {
    /// Its id.
    pub organisation: String,
    /// Its primary admin's token.
    pub token: String,
    /// Id of a token of the organisation that may be revoked.
    pub spare_token: String,
    /// Id of an operator's token that may be revoked.
    pub spare_operator: String,
    /// Texts that lead to something, by what they are.
    known: BTreeMap<&'static str, Vec<String>>,
}

impl Asked {
    /// Makes it.
    ///
    /// # Errors
    /// If the host refuses what it should take.
    pub fn make(host: &Host, operator: &str) -> Result<Self, Failure> {
        let operator = Client::new(host.url(), operator);
        let root = json!({ "name": "Root", "work_email": "root@acme.example" });
        let new = json!({
            "name": "Acme", "region": "DE", "language": "en", "time_zone": "Europe/Berlin", "primary_admin": root,
        });
        let made = operator.post("/v1/orgs", &new)?;
        let (organisation, token) = (text(&made["organisation"]["id"]), text(&made["token"]));
        let admin = Client::new(host.url(), &token);
        let (spare_operator, spare_token) = spares(&operator, &admin, &organisation)?;
        let mut asked = Self { organisation, token, spare_token, spare_operator, known: BTreeMap::new() };
        for plan in ["Standard", "Pro"] {
            let plan = operator.post(&asked.path("plans"), &plan_of(plan))?["id"].clone();
            asked.knows("plan", &plan);
        }
        asked.furnish(&admin)?;
        asked.receive(host, &admin)?;
        asked.note_versions(&admin)?;
        Ok(asked)
    }

    /// The known texts, as Schemathesis reads them beside its configuration.
    pub fn dictionaries(&self) -> String {
        let mut toml = String::new();
        for (name, values) in &self.known {
            // Writing to a string cannot fail.
            let _ = write!(toml, "\n[dictionaries.{name}]\nvalues = {values:?}\n");
        }
        toml
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.organisation)
    }

    fn knows(&mut self, name: &'static str, value: &Value) {
        self.known.entry(name).or_default().push(text(value));
    }

    /// What an admin makes.
    fn furnish(&mut self, admin: &Client) -> Result<(), Failure> {
        for name in ["Sales", "Research"] {
            let department = admin.post(&self.path("departments"), &json!({ "name": name }))?["id"].clone();
            self.knows("department", &department);
        }
        for name in ["Ada", "Ben", "Cleo"] {
            let member = json!({
                "name": name, "departments": [self.known["department"][0]], "login": "work",
                "work_email": format!("{}@acme.example", name.to_lowercase()),
            });
            let member = admin.post(&self.path("members"), &member)?["member"]["id"].clone();
            self.knows("member", &member);
        }
        for name in ["Runners", "Readers"] {
            let group = admin.post(&self.path("groups"), &json!({ "name": name }))?["id"].clone();
            self.knows("group", &group);
        }
        let domain = admin.post(&self.path("domains"), &json!({ "domain": "acme.example" }))?["domain"].clone();
        self.knows("domain", &domain);
        // While it is on, nobody joins by a code (R39).
        let connection =
            json!({ "name": "ID", "protocol": "oidc", "issuer": "https://id.acme.example", "enabled": false });
        let connection = admin.post(&self.path("sso/connections"), &connection)?["id"].clone();
        self.knows("connection", &connection);
        let bot = admin.post(&self.path("bots"), &json!({ "name": "Chat" }))?["bot"]["id"].clone();
        self.knows("bot", &bot);
        let sheet = "Name,Department,Workforce type,Login method,Work email\nEve,Sales,regular,work,eve@acme.example\n";
        let import = admin.upload(&self.path("imports"), sheet.as_bytes())?["id"].clone();
        self.knows("import", &import);
        Ok(())
    }

    /// Somebody who asks to join, and waits.
    fn receive(&mut self, host: &Host, admin: &Client) -> Result<(), Failure> {
        let issued = admin.post(&self.path("invitations"), &json!({ "approval_required": true }))?;
        self.knows("invitation", &issued["invitation"]["id"]);
        let anybody = Client::new(host.url(), "");
        let by = json!({ "kind": "link", "link": issued["link"] });
        let address = "dora@acme.example";
        let proof = anybody.post("/v1/join/proofs", &json!({ "by": by, "email": address }))?["proof"].clone();
        let code = mail::code_for(&host.data().join("mail"), address)?;
        let join = json!({ "by": by, "name": "Dora", "email": { "proof": proof, "code": code } });
        let joined = anybody.post("/v1/join", &join)?;
        self.knows("proof", &proof);
        self.knows("request", &joined["request"]);
        Ok(())
    }

    /// Versions of what can be changed.
    fn note_versions(&mut self, admin: &Client) -> Result<(), Failure> {
        let kinds = [
            ("department", "departments"),
            ("member", "members"),
            ("group", "groups"),
            ("invitation", "invitations"),
            ("connection", "sso/connections"),
            ("bot", "bots"),
            ("plan", "plans"),
        ];
        for (name, path) in kinds {
            for id in self.known[name].clone() {
                let version = admin.get(&self.path(&format!("{path}/{id}")))?.etag;
                self.knows("version", &version.into());
            }
        }
        Ok(())
    }
}

fn plan_of(name: &str) -> Value {
    json!({ "name": name, "size": 50, "starts_on": "2020-01-01" })
}

/// Tokens to be revoked: an operator's and one of the organisation.
fn spares(operator: &Client, admin: &Client, organisation: &str) -> Result<(String, String), Failure> {
    let spare_operator = operator.post("/v1/host/tokens", &json!({ "name": "spare" }))?;
    let spare = json!({ "name": "spare", "holder": { "kind": "service", "permissions": ["audit"] } });
    let spare_token = admin.post(&format!("/v1/orgs/{organisation}/tokens"), &spare)?;
    Ok((text(&spare_operator["token"]["id"]), text(&spare_token["token"]["id"])))
}
