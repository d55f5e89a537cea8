//! An organisation with an admin of one of its departments, for tests of what lies within their reach and beyond.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client};

use crate::front_desk::{FrontDesk, text};

/// An organisation of Sales with North below it, and Research beside it. Ada is in North, Bo in Sales and Research,
/// Rob in Research. Dora is an admin of Sales and a member of it.
pub struct Branch {
    /// The organisation.
    pub desk: FrontDesk,
    /// Departments and members, by name.
    pub ids: BTreeMap<&'static str, String>,
    /// The admin of Sales.
    pub dora: Client,
}

impl Branch {
    /// A new one.
    pub fn new() -> Branch {
        Branch::on(FrontDesk::new())
    }

    /// A new one in an organisation that has nothing yet.
    pub fn on(desk: FrontDesk) -> Branch {
        let dora = desk.host.client("");
        let mut branch = Branch { ids: BTreeMap::from([("root", desk.org.root.clone())]), desk, dora };
        for (name, parent) in [("Sales", "root"), ("North", "Sales"), ("Research", "root")] {
            branch.found(name, parent);
        }
        branch.enter("Dora", &["Sales"], &branch.admin_of(&["Sales"]));
        branch.enter("Ada", &["North"], &json!({ "kind": "member" }));
        branch.enter("Bo", &["Sales", "Research"], &json!({ "kind": "member" }));
        branch.enter("Rob", &["Research"], &json!({ "kind": "member" }));
        branch.dora = branch.client("Dora");
        branch
    }

    /// Adds a department.
    pub fn found(&mut self, name: &'static str, parent: &str) {
        let body = json!({ "name": name, "parent": self.ids[parent] });
        let made = self.desk.admin().post(&self.desk.path("/departments"), &body).expect(201);
        self.ids.insert(name, text(&made["id"]));
    }

    /// The role of an admin of departments.
    pub fn admin_of(&self, names: &[&str]) -> Value {
        json!({ "kind": "department-admin", "departments": self.named(names) })
    }

    /// Ids by name.
    pub fn named(&self, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| self.ids[*name].clone()).collect()
    }

    /// Adds a member.
    pub fn enter(&mut self, name: &'static str, departments: &[&str], role: &Value) {
        let email = format!("{}@example.com", name.to_lowercase());
        let body = json!({
            "name": name, "departments": self.named(departments), "work_email": email, "role": role,
        });
        let made = self.desk.admin().post(&self.desk.path("/members"), &body).expect(201);
        self.ids.insert(name, text(&made["member"]["id"]));
    }

    /// Somebody's client.
    pub fn client(&self, name: &str) -> Client {
        let body = json!({ "name": "t", "holder": { "kind": "member", "member": self.ids[name] } });
        let made = self.desk.admin().post(&self.desk.path("/tokens"), &body).expect(201);
        self.desk.host.client(&text(&made["secret"]))
    }

    /// Path of a member.
    pub fn member(&self, name: &str) -> String {
        self.desk.path(&format!("/members/{}", self.ids[name]))
    }

    /// Path of a department.
    pub fn department(&self, name: &str) -> String {
        self.desk.path(&format!("/departments/{}", self.ids[name]))
    }

    /// Does something by Dora to what is at a path, at its newest version.
    pub fn by_dora(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let (bare, _) = path.split_once('?').unwrap_or((path, ""));
        let thing =
            ["/suspend", "/resume", "/restore", "/revoke", "/rotate"].iter().find_map(|end| bare.strip_suffix(end));
        let etag = self.desk.admin().get(thing.unwrap_or(bare)).etag.expect("a version");
        let body = body.to_string();
        ended(&self.dora.send(method, path, &[("if-match", &etag)], Some(body.as_bytes())))
    }

    /// Moves a department or a member, by the primary admin.
    pub fn change(&self, path: &str, body: &Value) {
        let etag = self.desk.admin().get(path).etag.expect("a version");
        drop(self.desk.admin().patch(path, &etag, body).expect(200));
    }

    /// All that a list of Dora's has under `field`, read one to a page; sorted.
    pub fn listed(&self, path: &str, field: &str) -> Vec<String> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let more = if path.contains('?') { '&' } else { '?' };
            let page = self.dora.get(&format!("{}{more}limit=1{cursor}", self.desk.path(path))).expect(200);
            items.extend(page["items"].as_array().expect("items").iter().map(|item| text(&item[field])));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => {
                    items.sort_unstable();
                    return items;
                }
            }
        }
    }
}

/// How a request ended: its status, and the code of the problem if there is one.
pub fn ended(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code().to_owned())
}

/// What [`ended`] is compared with.
pub fn end(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
