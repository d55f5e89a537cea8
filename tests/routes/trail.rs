//! What the audit trail tells of every route that changes something (R42).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Row, call, client, everybody, name, table, world};
use crate::world::{Who, World};

/// How an action ends by which something comes to be: there is nothing before it.
const MADE: &[&str] =
    &["created", "added", "uploaded", "opened", "joined", "prepared", "sent", "code_asked", "refused"];
/// How one ends by which something goes: there may be nothing after it.
const GONE: &[&str] = &["deleted", "removed", "dropped", "retried"];
/// Entries that say nothing of before and after, and why.
const BARE: &[(&str, &str)] = &[
    ("member.password_set", "it is a secret"),
    ("member.password_changed", "it is a secret"),
    ("proof.sent", "it is a secret"),
    ("proof.given", "it is a secret"),
    ("login.code_sent", "it is a secret"),
    ("message.undeliverable", "it changes nothing but where the letter lies"),
    ("member.reminded", "it changes nothing about them"),
    ("member.erased", "it is to be forgotten"),
    ("applicant.erased", "it is to be forgotten"),
    ("invitee.erased", "it is to be forgotten"),
    ("invitation.declined", "it is to be forgotten"),
    ("request.declined", "it is to be forgotten"),
];

/// Entries of the trail, newest first.
fn entries(world: &World) -> Vec<Value> {
    let path = world.acme.fill_in("/v1/orgs/{org}/audit?limit=100");
    world.client(&world.acme, Who::PrimaryAdmin).get(&path).expect(200)["items"].as_array().unwrap().clone()
}

/// What is missing in an entry.
fn missing(entry: &Value) -> Vec<&'static str> {
    let action = entry["action"].as_str().unwrap();
    let verb = action.rsplit('.').next().unwrap();
    let is_bare = BARE.iter().any(|(bare, _)| *bare == action);
    let needs = [
        ("origin", entry["actor"]["kind"] != "host"),
        ("before", !is_bare && !MADE.contains(&verb)),
        ("after", !is_bare && !GONE.contains(&verb)),
    ];
    needs.into_iter().filter(|(part, needed)| *needed && entry[*part].is_null()).map(|(part, _)| part).collect()
}

#[test]
fn r42_every_change_tells_what_was_before_what_is_after_and_from_where() {
    let (mut faults, mut told) = (BTreeSet::new(), BTreeSet::new());
    for row in table().iter().filter(|row: &&Row| row.method != "GET") {
        let (world, who) = (world(row), everybody(row)[0]);
        let last = entries(&world)[0]["seq"].as_u64().unwrap();
        let answer = call(row, &world, &world.acme, &client(&world, who));
        assert_eq!(answer.status, row.status, "{}: {}", name(row, who), answer.body);
        for entry in entries(&world).iter().filter(|entry| entry["seq"].as_u64().unwrap() > last) {
            told.insert(entry["action"].as_str().unwrap().to_owned());
            faults.extend(missing(entry).into_iter().map(|part| format!("{part} of {}", entry["action"])));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(told.len() > 60, "the routes are called: {told:?}");
}
