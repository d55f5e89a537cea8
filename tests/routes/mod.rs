//! Every route of the API: it works, refuses bad input, refuses who has no token, refuses everybody who
//! may not, and does not let one organisation reach into another, nor an admin of departments beyond these.
//!
//! To add a route: give it a [`Row`] in the file of its area (a new area is a new file, named in
//! [`table`]). `who` names *everybody* who may: all others in [`Who::ALL`] must be refused. What stands
//! for `{name}` in paths and bodies is made in `world.rs`. A row that fails prints the answer it got.

mod deliveries;
mod frame;
mod groups;
mod host;
mod imports;
mod joining;
mod login;
mod members;
mod policies;
mod privacy;
mod records;
mod seats_and_logins;
mod trail;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use usher_server::ports::Clock as _;
use usher_server::testing::{Answer, Client, TestClock};

use crate::approvals::Signed;
use crate::world::{Org, Who, World};

/// The connection that switches single sign-on on.
const CONNECTION: &str = "/v1/orgs/{org}/sso/connections/{connection}";

/// How a route is called and what it must answer.
pub struct Row {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// The route's template, as in the OpenAPI document.
    pub path: &'static str,
    /// Query string that works, with its `?`.
    pub query: &'static str,
    /// Body that works, with `{name}` for ids; `Null` for none; a text goes as bytes.
    pub body: Value,
    /// Status when it works.
    pub status: u16,
    /// Everybody who may. Empty: the route needs no token.
    pub who: &'static [Who],
    /// Input that is refused: how, and with which problem.
    pub bad: Vec<(Bad, u16, &'static str)>,
    /// Path to read the `ETag` from that goes as `If-Match`.
    pub etag: Option<&'static str>,
    /// What stands for a parameter of the path, where it is not what has the parameter's name.
    pub params: Vec<(&'static str, &'static str)>,
    /// Whether the chat bot signs it.
    pub signed: bool,
    /// Whether it needs single sign-on to be switched off.
    pub without_sso: bool,
    /// What it answers an admin of another department (R1); said of every route that admins of departments may call.
    pub beyond: Option<Beyond>,
}

/// What a route answers an admin of departments, called with what lies beyond these.
pub enum Beyond {
    /// That there is no such thing.
    Refused(u16, &'static str),
    /// What it answers anyhow, without a word of what lies beyond.
    Silent,
}

/// Bad input.
pub enum Bad {
    /// This body instead.
    Body(Value),
    /// This query instead, with its `?`.
    Query(&'static str),
    /// In the path, this in place of the parameter.
    Param(&'static str, &'static str),
    /// No `If-Match`.
    Unversioned,
}

impl Row {
    /// A route that is read.
    pub fn get(path: &'static str, who: &'static [Who]) -> Row {
        let (bad, params) = (Vec::new(), Vec::new());
        Row {
            method: "GET",
            path,
            query: "",
            body: Value::Null,
            status: 200,
            who,
            bad,
            etag: None,
            params,
            signed: false,
            without_sso: false,
            beyond: None,
        }
    }

    /// A route that makes something.
    pub fn create(path: &'static str, who: &'static [Who], body: Value) -> Row {
        Row { method: "POST", body, status: 201, ..Row::get(path, who) }
    }

    /// A route that changes what `etag` reads.
    pub fn change(method: &'static str, path: &'static str, who: &'static [Who], etag: &'static str) -> Row {
        Row { method, etag: Some(etag), ..Row::get(path, who) }.bad(Bad::Unversioned, 428, "version_required")
    }

    /// With a body that works.
    pub fn body(self, body: Value) -> Row {
        Row { body, ..self }
    }

    /// With another status than 200 or 201.
    pub fn status(self, status: u16) -> Row {
        Row { status, ..self }
    }

    /// With single sign-on switched off.
    pub fn without_sso(self) -> Row {
        Row { without_sso: true, ..self }
    }

    /// With something else for a parameter of the path.
    pub fn at(mut self, param: &'static str, name: &'static str) -> Row {
        self.params.push((param, name));
        self
    }

    /// For admins of departments too: to others it is as if what it names were not there.
    pub fn hidden(self) -> Row {
        self.beyond(Beyond::Refused(404, "not_found"))
    }

    /// For admins of departments too, with what it answers those who reach nothing of what it names.
    pub fn beyond(self, beyond: Beyond) -> Row {
        Row { beyond: Some(beyond), ..self }
    }

    /// The path, with what stands for its parameters.
    fn template(&self) -> String {
        let replace = |path: String, (param, name): &(&str, &str)| path.replace(&braced(param), &braced(name));
        self.params.iter().fold(self.path.to_owned(), replace)
    }

    /// With an input that is refused.
    pub fn bad(mut self, bad: Bad, status: u16, code: &'static str) -> Row {
        self.bad.push((bad, status, code));
        self
    }
}

fn table() -> Vec<Row> {
    [
        host::rows(),
        deliveries::rows(),
        frame::rows(),
        groups::rows(),
        imports::rows(),
        joining::rows(),
        login::rows(),
        members::rows(),
        policies::rows(),
        privacy::rows(),
        records::rows(),
        seats_and_logins::rows(),
        webhooks::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_route_has_a_row() {
    let world = World::new();
    let document = world.host.client("").get("/openapi.json").expect(200);
    let paths = document["paths"].as_object().expect("paths");
    let described: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flat_map(|item| item.keys());
            methods.map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let rows: BTreeSet<_> = table().iter().map(|row| (row.method.to_owned(), row.path.to_owned())).collect();
    let without_row: Vec<_> = described.difference(&rows).collect();
    let without_route: Vec<_> = rows.difference(&described).collect();
    assert!(without_row.is_empty(), "routes without a row in tests/routes: {without_row:?}");
    assert!(without_route.is_empty(), "rows without a route: {without_route:?}");
}

#[test]
fn every_route_works_for_those_who_may() {
    let mut worlds = Worlds::default();
    for row in table() {
        for who in everybody(&row) {
            let anew;
            let world = if row.method == "GET" {
                worlds.of(&row)
            } else {
                anew = world(&row);
                &anew
            };
            let answer = call(&row, world, &world.acme, &client(world, who));
            assert_eq!(answer.status, row.status, "{}: {}", name(&row, who), answer.body);
        }
    }
}

#[test]
fn every_route_refuses_bad_input() {
    let mut worlds = Worlds::default();
    for row in table() {
        let world = worlds.of(&row);
        let client = client(world, row.who.first().copied());
        for (bad, status, code) in &row.bad {
            let answer = call_badly(&row, bad, world, &client);
            let name = format!("{} with {}", name(&row, None), shown(bad));
            assert_eq!((answer.status, answer.code()), (*status, *code), "{name}: {}", answer.body);
        }
        let takes_input = !row.body.is_null() || row.path.contains('{') || row.etag.is_some();
        assert!(!row.bad.is_empty() || !takes_input, "{} has no bad input", name(&row, None));
    }
}

#[test]
fn every_route_refuses_who_has_no_token() {
    let world = World::new();
    for row in table().iter().filter(|row| !row.who.is_empty()) {
        for token in ["", "ush_nonsense"] {
            let answer = call(row, &world, &world.acme, &world.host.client(token));
            assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{}", name(row, None));
        }
    }
}

#[test]
fn every_route_refuses_who_may_not() {
    let world = World::new();
    let clients = Who::ALL.map(|who| (who, world.client(&world.acme, who)));
    for row in table().iter().filter(|row| !row.who.is_empty()) {
        for (who, client) in clients.iter().filter(|(who, _)| !row.who.contains(who)) {
            let answer = call(row, &world, &world.acme, client);
            let refused = (answer.status, answer.code());
            assert_eq!(refused, (403, "forbidden"), "{}: {}", name(row, Some(*who)), answer.body);
        }
    }
}

#[test]
fn r1_no_route_shows_an_admin_of_departments_what_lies_beyond() {
    for row in table() {
        let name = name(&row, Some(Who::OtherDepartmentAdmin));
        let may = row.who.contains(&Who::DepartmentAdmin);
        assert_eq!(may, row.beyond.is_some(), "{name}: `beyond` is said if admins of departments may, and only then");
        // Who may not is refused, whatever lies where: `every_route_refuses_who_may_not`.
        let Some(beyond) = &row.beyond else { continue };
        let world = World::new();
        let answer = call(&row, &world, &world.acme, &world.client(&world.acme, Who::OtherDepartmentAdmin));
        match beyond {
            Beyond::Refused(status, code) => {
                assert_eq!((answer.status, answer.code()), (*status, *code), "{name}: {}", answer.body);
            }
            Beyond::Silent => assert_eq!(answer.status, row.status, "{name}: {}", answer.body),
        }
        let sent = world.acme.fill_in(&format!("{}{}", row.template(), row.body));
        for hidden in world.acme.beyond_research().filter(|hidden| !sent.contains(*hidden)) {
            assert!(!answer.body.to_string().contains(hidden), "{name} tells of {hidden}: {}", answer.body);
        }
    }
}

#[test]
fn no_route_reaches_into_another_organisation() {
    let world = World::new();
    let theirs = world.client(world.other(), Who::PrimaryAdmin);
    for row in table().iter().filter(|row| !row.who.is_empty() && row.path.contains("{org}")) {
        // Somebody of the other organisation asks here: as if there were no such organisation.
        let answer = call(row, &world, &world.acme, &theirs);
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{}: {}", name(row, None), answer.body);

        // Somebody of this organisation names the other one's things: as if there were none.
        if path_params(row.path).all(|param| ["org", "position", "point", "workforce_type"].contains(&param)) {
            continue;
        }
        let path = row.template().replace("{org}", &world.acme.org.id);
        let etag = row.etag.map(|_| "\"1\"");
        let ours = client(&world, row.who.first().copied());
        let answer = send(row, &ours, &world.other().fill_in(&path), row.query, world.other(), &row.body, etag);
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{}: {}", name(row, None), answer.body);
    }
}

/// Worlds for calls that change nothing.
#[derive(Default)]
struct Worlds(BTreeMap<bool, World>);

impl Worlds {
    fn of(&mut self, row: &Row) -> &World {
        self.0.entry(row.without_sso).or_insert_with(|| world(row))
    }
}

/// A world that the row works in.
fn world(row: &Row) -> World {
    let world = World::new();
    if row.without_sso {
        let (path, admin) = (world.acme.fill_in(CONNECTION), client(&world, Some(Who::PrimaryAdmin)));
        let etag = admin.get(&path).etag.expect("a version");
        drop(admin.patch(&path, &etag, &json!({ "enabled": false })).expect(200));
    }
    world
}

fn everybody(row: &Row) -> Vec<Option<Who>> {
    if row.who.is_empty() { vec![None] } else { row.who.iter().copied().map(Some).collect() }
}

fn client(world: &World, who: Option<Who>) -> Client {
    who.map_or_else(|| world.host.client(""), |who| world.client(&world.acme, who))
}

fn call(row: &Row, world: &World, org: &Org, client: &Client) -> Answer {
    let etag = etag(row, world);
    send(row, client, &org.fill_in(&row.template()), row.query, org, &row.body, etag.as_deref())
}

fn call_badly(row: &Row, bad: &Bad, world: &World, client: &Client) -> Answer {
    let (org, etag) = (&world.acme, etag(row, world));
    let etag = etag.as_deref();
    let path = org.fill_in(&row.template());
    match bad {
        Bad::Body(body) => send(row, client, &path, row.query, org, body, etag),
        Bad::Query(query) => send(row, client, &path, query, org, &row.body, etag),
        Bad::Param(param, value) => {
            let path = org.fill_in(&row.path.replace(&braced(param), value));
            send(row, client, &path, row.query, org, &row.body, etag)
        }
        Bad::Unversioned => send(row, client, &path, row.query, org, &row.body, None),
    }
}

/// The version to base a change on: read by whoever may read everything, the operator or a primary admin.
fn etag(row: &Row, world: &World) -> Option<String> {
    let path = world.acme.fill_in(row.etag?);
    let read = world.client(&world.acme, Who::PrimaryAdmin).get(&path);
    Some(read.etag.unwrap_or_else(|| panic!("{path} has no ETag: {}", read.body)))
}

fn send(row: &Row, client: &Client, path: &str, query: &str, org: &Org, body: &Value, etag: Option<&str>) -> Answer {
    let mut headers: Vec<_> = etag.map(|etag| ("if-match", etag)).into_iter().collect();
    let body = match body {
        Value::Null => None,
        Value::String(text) => {
            headers.push(("content-type", "application/octet-stream"));
            Some(text.clone())
        }
        body => Some(org.fill_in_body(body).to_string()),
    };
    let signed = row.signed.then(|| {
        // The clock of these hosts stands still.
        Signed::new(&org.fill_in("{bot's secret}"), TestClock::default().now(), body.as_deref().unwrap_or_default())
    });
    headers.extend(signed.iter().flat_map(Signed::headers));
    client.send(row.method, &format!("{path}{query}"), &headers, body.as_deref().map(str::as_bytes))
}

fn braced(name: &str) -> String {
    format!("{{{name}}}")
}

fn path_params(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn name(row: &Row, who: Option<Who>) -> String {
    let who = who.map_or_else(String::new, |who| format!(" by {who:?}"));
    format!("{} {}{who}", row.method, row.path)
}

fn shown(bad: &Bad) -> String {
    match bad {
        Bad::Body(body) => body.to_string(),
        Bad::Query(query) => (*query).to_owned(),
        Bad::Param(param, value) => format!("{param} = {value}"),
        Bad::Unversioned => "no If-Match".to_owned(),
    }
}
