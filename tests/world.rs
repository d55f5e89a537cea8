//! Two organisations on one host, alike but for their names, with one of everything in each: what a route
//! can be called with, and what must not be reached from the other.
//!
//! A new kind of thing in a path is made in [`Org::fill`], under the name of its path parameter.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use usher_server::testing::{Client, TestHost, TestOrg};

use crate::front_desk::{answer_links, login_code, mailed_secrets, newest_code, text};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever runs the host.
    Operator,
    /// The first primary admin.
    PrimaryAdmin,
    /// A service with the permission `member_and_department`.
    Members,
    /// A service with the permission `billing`.
    Billing,
    /// A service with the permissions `billing` and `member_and_department`.
    Seats,
    /// A service with the permission `policy`.
    Policy,
    /// A service with the permission `security`.
    Security,
    /// A service with the permission `audit`.
    Audit,
    /// A member who is an admin of the department that everything lies in.
    DepartmentAdmin,
    /// A member who is an admin of another department.
    OtherDepartmentAdmin,
    /// The first primary admin in the member app, where nobody is an admin (R4).
    AdminsApp,
    /// A plain member.
    Member,
    /// A plain member in the member app.
    MembersApp,
}

impl Who {
    /// Everybody with a token, but for the admin of a department that nothing lies in.
    pub const ALL: [Who; 12] = [
        Who::Operator,
        Who::PrimaryAdmin,
        Who::Members,
        Who::Billing,
        Who::Seats,
        Who::Policy,
        Who::Security,
        Who::Audit,
        Who::DepartmentAdmin,
        Who::AdminsApp,
        Who::Member,
        Who::MembersApp,
    ];

    fn permissions(self) -> Option<&'static [&'static str]> {
        match self {
            Who::Members => Some(&["member_and_department"]),
            Who::Billing => Some(&["billing"]),
            Who::Seats => Some(&["billing", "member_and_department"]),
            Who::Policy => Some(&["policy"]),
            Who::Security => Some(&["security"]),
            Who::Audit => Some(&["audit"]),
            Who::Operator | Who::PrimaryAdmin | Who::AdminsApp | Who::Member | Who::MembersApp => None,
            Who::DepartmentAdmin | Who::OtherDepartmentAdmin => None,
        }
    }
}

/// A host with one organisation, and another one once it is asked for.
pub struct World {
    /// The host.
    pub host: TestHost,
    /// The organisation that is asked.
    pub acme: Org,
    other: OnceCell<Org>,
}

impl World {
    /// A new one.
    pub fn new() -> World {
        let host = TestHost::start();
        let acme = Org::fill(&host, "Acme");
        World { host, acme, other: OnceCell::new() }
    }

    /// The other organisation.
    pub fn other(&self) -> &Org {
        self.other.get_or_init(|| Org::fill(&self.host, "Other"))
    }

    /// A client of somebody.
    pub fn client(&self, org: &Org, who: Who) -> Client {
        let token = match who {
            Who::Operator => self.host.operator.clone(),
            Who::PrimaryAdmin => org.org.token.clone(),
            Who::DepartmentAdmin => org.ids["department admin's token"].clone(),
            Who::OtherDepartmentAdmin => org.ids["other department admin's token"].clone(),
            Who::AdminsApp => self.host.member_app(&org.org, &org.org.primary_admin),
            Who::Member => org.ids["member's token"].clone(),
            Who::MembersApp => self.host.member_app(&org.org, &org.ids["member"]),
            _ => self.host.service(&org.org, who.permissions().unwrap_or_default()),
        };
        self.host.client(&token)
    }
}

/// An organisation with one of everything.
pub struct Org {
    /// Its frame.
    pub org: TestOrg,
    /// What stands for `{name}` in paths and bodies.
    ids: BTreeMap<&'static str, String>,
}

impl Org {
    fn fill(host: &TestHost, name: &str) -> Org {
        let org = host.organisation(name);
        let mut filled = Org { ids: BTreeMap::new(), org };
        filled.put("org", &filled.org.id.clone());
        filled.put("name", &name.to_lowercase());
        filled.put("root", &filled.org.root.clone());
        filled.put("primary admin", &filled.org.primary_admin.clone());
        filled.put("position", "1");
        filled.put("point", "approval");

        let operator = host.client(&host.operator);
        let admin = host.client(&filled.org.token);
        let plan = json!({ "name": "Team", "size": 10, "starts_on": "2026-01-01" });
        filled.make(&operator, "plan", "/v1/orgs/{org}/plans", &plan, "/id");
        let old = json!({ "name": "Old", "size": 10, "starts_on": "2025-01-01", "ends_on": "2025-12-31" });
        filled.make(&operator, "old plan", "/v1/orgs/{org}/plans", &old, "/id");
        filled.make(&admin, "department", "/v1/orgs/{org}/departments", &json!({ "name": "Sales" }), "/id");
        filled.fill_departments(&admin);
        let member = json!({ "name": "Ada", "departments": ["{department}"], "work_email": "ada@example.com" });
        filled.make(&admin, "member", "/v1/orgs/{org}/members", &member, "/member/id");
        let token = json!({ "name": "t", "holder": { "kind": "member", "member": "{member}" } });
        filled.make(&admin, "member's token", "/v1/orgs/{org}/tokens", &token, "/secret");
        filled.make(&admin, "token", "/v1/orgs/{org}/tokens", &token, "/token/id");
        let operators = json!({ "name": "of the host" });
        filled.make(&operator, "operator's token", "/v1/host/tokens", &operators, "/token/id");
        let member = json!({ "name": "Bob", "departments": ["{department}"], "work_email": "bob@example.com" });
        filled.make(&admin, "suspended", "/v1/orgs/{org}/members", &member, "/member/id");
        let bob = filled.fill_in("/v1/orgs/{org}/members/{suspended}");
        let etag = admin.get(&bob).etag.expect("a version");
        drop(admin.send("POST", &format!("{bob}/suspend"), &[("if-match", &etag)], None).expect(200));
        filled.make(&admin, "group", "/v1/orgs/{org}/groups", &json!({ "name": "Team" }), "/id");
        let into = filled.fill_in("/v1/orgs/{org}/groups/{group}/members/{member}");
        assert_eq!(admin.send("PUT", &into, &[], None).status, 204);
        filled.fill_business(host, &admin, name);
        filled.fill_imports(&admin);
        let member = json!({ "name": "Cleo", "departments": ["{root}"], "work_email": "cleo@example.com" });
        filled.make(&admin, "departed", "/v1/orgs/{org}/members", &member, "/member/id");
        let cleo = filled.fill_in("/v1/orgs/{org}/members/{departed}");
        let etag = admin.get(&cleo).etag.expect("a version");
        assert_eq!(admin.send("DELETE", &cleo, &[("if-match", &etag)], None).status, 204);
        filled.fill_erasable(&admin);
        filled.fill_joining(host, &admin);
        filled.fill_welcome(host, &admin);
        filled.fill_policies(&admin);
        filled.fill_dead_letters(host, &admin);
        filled
    }

    /// A department below the one that everything lies in, one beside it, and an admin of each of the two.
    fn fill_departments(&mut self, admin: &Client) {
        let departments = "/v1/orgs/{org}/departments";
        let below = json!({ "name": "North", "parent": "{department}" });
        self.make(admin, "below", departments, &below, "/id");
        self.make(admin, "elsewhere", departments, &json!({ "name": "Research" }), "/id");
        let admins = [
            ("{department}", "department admin", "department admin's token"),
            ("{elsewhere}", "other department admin", "other department admin's token"),
        ];
        for (department, name, token) in admins {
            let role = json!({ "kind": "department-admin", "departments": [department] });
            let email = format!("{}@example.com", name.replace(' ', "-"));
            let member = json!({ "name": name, "departments": [department], "work_email": email, "role": role });
            self.make(admin, name, "/v1/orgs/{org}/members", &member, "/member/id");
            let held = json!({ "name": "t", "holder": { "kind": "member", "member": format!("{{{name}}}") } });
            self.make(admin, token, "/v1/orgs/{org}/tokens", &held, "/secret");
        }
    }

    /// What lies in the department of the one admin, as an answer to the other one must not have it.
    pub fn beyond_research(&self) -> impl Iterator<Item = &str> {
        let ids = ["department", "below", "member", "suspended", "bea", "invitation", "request", "department admin"];
        ids.into_iter().map(|name| self.ids[name].as_str()).chain(["Sales", "North", "Ada", "Bob", "Bea", "Grace"])
    }

    /// A personal invitation that no mail server takes.
    fn fill_dead_letters(&mut self, host: &TestHost, admin: &Client) {
        host.world.refuse("lost@example.com", Some(550));
        let personal = json!({ "email": "lost@example.com" });
        drop(admin.post(&self.fill_in("/v1/orgs/{org}/invitations"), &personal).expect(201));
        host.work();
        let dead = admin.get(&self.fill_in("/v1/orgs/{org}/dead-letters")).expect(200);
        self.put("dead_letter", &text(&dead["items"][0]["id"]));
    }

    /// Two with business mail and the passwords that were generated for them: Bea, and Cleo, who is a primary admin,
    /// has a one-time code too and so logs in though single sign-on is on.
    fn fill_business(&mut self, host: &TestHost, admin: &Client, name: &str) {
        let path = self.fill_in("/v1/orgs/{org}");
        let etag = admin.get(&path).etag.expect("a version");
        host.prove_domain(&self.org, &format!("{}.example", name.to_lowercase()));
        let activate = format!("{path}/business-mail/activate");
        drop(admin.send("POST", &activate, &[("if-match", &etag)], None).expect(200));
        self.put("cleo's address", &format!("cleo@{}.example", name.to_lowercase()));
        let bea = json!({
            "name": "Bea", "departments": ["{department}"], "login": "business",
            "business_email": format!("bea@{}.example", name.to_lowercase()),
        });
        self.make(admin, "bea", "/v1/orgs/{org}/members", &bea, "/member/id");
        let cleo = json!({
            "name": "Cleo", "departments": ["{root}"], "login": "business", "business_email": "{cleo's address}",
            "role": { "kind": "primary-admin" },
        });
        self.make(admin, "cleo's password", "/v1/orgs/{org}/members", &cleo, "/password");
        let ask = self.fill_in_body(&json!({ "organisation": "{org}", "login": "{cleo's address}" }));
        let (asked, code) = login_code(host, &ask, &self.ids["cleo's address"]);
        self.put("login proof", &text(&asked["proof"]));
        self.put("login code", &code);
    }

    /// A member who was deleted.
    fn fill_erasable(&mut self, admin: &Client) {
        let member = json!({ "name": "Carl", "departments": ["{root}"], "work_email": "carl@example.com" });
        self.make(admin, "deleted", "/v1/orgs/{org}/members", &member, "/member/id");
        let carl = self.fill_in("/v1/orgs/{org}/members/{deleted}");
        let etag = admin.get(&carl).etag.expect("a version");
        drop(admin.send("DELETE", &carl, &[("if-match", &etag)], None).expect(204));
    }

    /// A policy of this organisation alone, in force, one in no set, and the decision about who asked to join.
    fn fill_policies(&mut self, admin: &Client) {
        let manifest = json!({
            "name": self.fill_in("{org}").replace('_', "-"), "version": "1.0.0", "kind": "rhai",
            "point": "approval", "contract": "1.0.0-rc.1",
        });
        let policy = json!({ "manifest": manifest, "payload": "eA==" });
        self.make(admin, "policy", "/v1/orgs/{org}/policies", &policy, "/digest");
        let unused = json!({ "manifest": manifest, "payload": "eQ==" });
        self.make(admin, "unused policy", "/v1/orgs/{org}/policies", &unused, "/digest");
        let path = self.fill_in("/v1/orgs/{org}/policy-sets/{point}");
        let etag = admin.get(&path).etag.expect("a version");
        let set = self.fill_in_body(&json!({ "entries": [{ "policy": "{policy}" }] })).to_string();
        drop(admin.send("PUT", &path, &[("if-match", &etag)], Some(set.as_bytes())).expect(200));
        let decided = admin.get(&self.fill_in("/v1/orgs/{org}/decisions")).expect(200);
        self.put("decision", &text(&decided["items"][0]["id"]));
    }

    /// A sheet that was checked, and a workforce type of the organisation's own.
    fn fill_imports(&mut self, admin: &Client) {
        let own = json!({ "name": "Apprentice" });
        drop(admin.post(&self.fill_in("/v1/orgs/{org}/workforce-types"), &own).expect(200));
        self.put("workforce_type", "Apprentice");
        let (path, sheet) = (self.fill_in("/v1/orgs/{org}/imports"), b"Name,Department,Workforce type\n");
        let headers = [("content-type", "application/octet-stream")];
        let mut import = admin.send("POST", &path, &headers, Some(sheet)).expect(202);
        self.put("import", &text(&import["id"]));
        while import["state"] == "checking" {
            std::thread::sleep(std::time::Duration::from_millis(2));
            import = admin.get(&self.fill_in("/v1/orgs/{org}/imports/{import}")).expect(200);
        }
    }

    /// An invitation, somebody with a code who asks to join by it, a domain and a connection.
    fn fill_joining(&mut self, host: &TestHost, admin: &Client) {
        let inviting = self.fill_in("/v1/orgs/{org}/inviting");
        let etag = admin.get(&inviting).etag.expect("a version");
        let everyone = json!({ "kind": "everyone" }).to_string();
        drop(admin.send("PUT", &inviting, &[("if-match", &etag)], Some(everyone.as_bytes())).expect(200));
        let bound = self.fill_in_body(&json!({ "department": "{department}" }));
        let issued = admin.post(&self.fill_in("/v1/orgs/{org}/invitations"), &bound).expect(201);
        self.put("invitation", &text(&issued["invitation"]["id"]));
        self.put("link", &text(&issued["link"]));
        let personal = json!({ "email": "heidi@example.com" });
        let personal = admin.post(&self.fill_in("/v1/orgs/{org}/invitations"), &personal).expect(201);
        self.put("personal link", &text(&personal["link"]));
        self.put("personal invitation", &text(&personal["invitation"]["id"]));
        let revoked = json!({ "email": "judy@example.com" });
        self.make(admin, "revoked invitation", "/v1/orgs/{org}/invitations", &revoked, "/invitation/id");
        let judys = self.fill_in("/v1/orgs/{org}/invitations/{revoked invitation}");
        let etag = admin.get(&judys).etag.expect("a version");
        drop(admin.send("POST", &format!("{judys}/revoke"), &[("if-match", &etag)], None).expect(200));
        let domain = format!("{}.example", text(&issued["invitation"]["code"]).to_lowercase());
        let nobody = host.client("");
        let codes =
            [("proof", "new", "code"), ("asked", "asked", "asked code"), ("refused", "refused", "refused code")];
        for (name, local, code) in codes {
            let email = format!("{local}@{domain}");
            let ask = json!({ "by": { "kind": "link", "link": "{link}" }, "email": email });
            self.make(&nobody, name, "/v1/join/proofs", &ask, "/proof");
            self.put(code, &newest_code(host, &email));
        }
        let proof = json!({ "proof": "{asked}", "code": "{asked code}" });
        let join = json!({ "by": { "kind": "link", "link": "{link}" }, "name": "Grace", "email": proof });
        let asked = nobody.post("/v1/join", &self.fill_in_body(&join)).expect(200);
        self.put("request", &text(&asked["request"]));
        self.put("receipt", &text(&asked["receipt"]));
        let root = self.fill_in("root@{name}.example");
        let link = answer_links(host, &root).pop().expect("a link to answer the request by");
        self.put("answer_link", link.rsplit('/').next().unwrap_or_default());
        let bot = json!({ "name": "Chat", "approvers": { "U1": "{primary admin}" } });
        let made = admin.post(&self.fill_in("/v1/orgs/{org}/bots"), &self.fill_in_body(&bot)).expect(201);
        self.put("bot", &text(&made["bot"]["id"]));
        self.put("bot's secret", &text(&made["secret"]));
        let proof = json!({ "proof": "{refused}", "code": "{refused code}" });
        let join = json!({ "by": { "kind": "link", "link": "{link}" }, "name": "Ivan", "email": proof });
        let refused = nobody.post("/v1/join", &self.fill_in_body(&join)).expect(200);
        self.put("closed", &text(&refused["request"]));
        drop(admin.post(&self.fill_in("/v1/orgs/{org}/requests/{closed}/reject"), &json!({})).expect(200));
        self.make(admin, "domain", "/v1/orgs/{org}/domains", &json!({ "domain": domain }), "/domain");
        let shown = admin.get(&self.fill_in("/v1/orgs/{org}/domains/{domain}")).expect(200);
        host.world.publish(&text(&shown["txt_name"]), &text(&shown["txt_value"]));
        let mailbox = json!({ "email": format!("it@{domain}") });
        let sent = admin.post(&self.fill_in("/v1/orgs/{org}/domains/{domain}/mail"), &mailbox).expect(200);
        self.put("mail proof", &text(&sent["proof"]));
        self.put("mail code", &newest_code(host, &format!("it@{domain}")));
        host.give_password(&self.org);
        let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
        let webhook = json!({ "url": "http://127.0.0.1:9/" });
        self.make(admin, "webhook", "/v1/orgs/{org}/webhooks", &webhook, "/webhook/id");
        self.make(admin, "connection", "/v1/orgs/{org}/sso/connections", &idp, "/id");
    }

    /// Somebody who was added and has not come yet.
    fn fill_welcome(&mut self, host: &TestHost, admin: &Client) {
        let member = json!({ "name": "Wanda", "departments": ["{root}"], "work_email": "wanda@example.com" });
        self.make(admin, "expected", "/v1/orgs/{org}/members", &member, "/member/id");
        let secret = mailed_secrets(host, "wanda@example.com", "/welcome/").pop();
        self.put("welcome_link", &secret.expect("a link to accept or decline by"));
    }

    fn put(&mut self, name: &'static str, id: &str) {
        self.ids.insert(name, id.to_owned());
    }

    /// Makes something and keeps what is at `pointer` of the answer under `name`.
    fn make(&mut self, client: &Client, name: &'static str, path: &str, body: &Value, pointer: &str) {
        let made = client.post(&self.fill_in(path), &self.fill_in_body(body)).expect(201);
        let id = made.pointer(pointer).and_then(Value::as_str);
        self.put(name, id.unwrap_or_else(|| panic!("{pointer} is not in {made}")));
    }

    /// `text` with every `{name}` replaced by what stands for it here.
    pub fn fill_in(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
    }

    /// [`Org::fill_in`] for a body.
    pub fn fill_in_body(&self, body: &Value) -> Value {
        let text = self.fill_in(&body.to_string());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }
}
