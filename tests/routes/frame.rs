//! Organisations, plans, tokens, departments.

use serde_json::json;

use super::{Bad, Beyond, Row};
use crate::world::Who;

const OPERATOR: &[Who] = &[Who::Operator];
const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];
const SECURITY: &[Who] = &[Who::PrimaryAdmin, Who::Security];
const MANAGING: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin];
const INSIGHT: &[Who] =
    &[Who::Operator, Who::PrimaryAdmin, Who::Members, Who::Billing, Who::Seats, Who::Policy, Who::Security, Who::Audit];

const SEEING: &[Who] = &[
    Who::Operator,
    Who::PrimaryAdmin,
    Who::Members,
    Who::Billing,
    Who::Seats,
    Who::Policy,
    Who::Security,
    Who::Audit,
    Who::DepartmentAdmin,
];

pub fn rows() -> Vec<Row> {
    [organisations(), plans(), tokens(), operator_tokens(), departments()].into_iter().flatten().collect()
}

fn organisations() -> Vec<Row> {
    let new = json!({
        "name": "Third", "region": "DE", "language": "de", "time_zone": "Europe/Berlin",
        "primary_admin": { "name": "Root", "work_email": "root@third.example" },
    });
    let with = |field: &str, value: serde_json::Value| {
        let mut body = new.clone();
        body[field] = value;
        Bad::Body(body)
    };
    vec![
        Row::create("/v1/orgs", OPERATOR, new.clone())
            .bad(with("name", json!("")), 422, "invalid_field")
            .bad(with("region", json!("Germany")), 422, "invalid_field")
            .bad(with("language", json!("de_DE")), 422, "invalid_field")
            .bad(with("time_zone", json!("Mars/Olympus")), 422, "invalid_field")
            .bad(with("primary_admin", json!({ "name": "R", "work_email": "none" })), 422, "invalid_field")
            .bad(with("colour", json!("red")), 422, "unknown_field"),
        // The tests' store is in memory, which can't be backed up: that is said, and nothing is written.
        Row::create("/v1/host/backups", OPERATOR, json!({ "name": "first" }))
            .status(409)
            .bad(Bad::Body(json!({ "name": "../first" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "to": "/nowhere" })), 422, "unknown_field"),
        Row::get("/v1/orgs", OPERATOR).bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        Row::get("/v1/orgs/{org}", INSIGHT).bad(Bad::Param("org", "{plan}"), 400, "invalid_id"),
        Row::change("PATCH", "/v1/orgs/{org}", PRIMARY_ADMIN, "/v1/orgs/{org}")
            .body(json!({ "name": "Acme Ltd", "time_zone": "UTC" }))
            .bad(Bad::Body(json!({ "time_zone": "nowhere" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "skip_refused_for": ["+91", "India"] })), 422, "invalid_field"),
        Row::change("PUT", "/v1/orgs/{org}/limits", OPERATOR, "/v1/orgs/{org}").body(json!({ "members": 5 })).bad(
            Bad::Body(json!({ "members": -1 })),
            422,
            "invalid_field",
        ),
    ]
}

fn plans() -> Vec<Row> {
    let new = json!({ "name": "More", "size": 5, "starts_on": "2026-01-01", "ends_on": "2026-12-31" });
    let plan = "/v1/orgs/{org}/plans/{plan}";
    vec![
        Row::create("/v1/orgs/{org}/plans", OPERATOR, new)
            .bad(Bad::Body(json!({ "name": "More", "size": 0, "starts_on": "2026-01-01" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "More", "size": 1, "starts_on": "soon" })), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/plans", SEEING).beyond(Beyond::Silent).bad(Bad::Param("org", "x"), 400, "invalid_id"),
        Row::get(plan, INSIGHT).bad(Bad::Param("plan", "{member}"), 400, "invalid_id"),
        Row::create("/v1/orgs/{org}/plans/{plan}/preview", INSIGHT, json!({ "size": 3 }))
            .status(200)
            .bad(Bad::Body(json!({ "size": 0 })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "seats": 3 })), 422, "unknown_field"),
        Row::change("PATCH", plan, OPERATOR, plan)
            .body(json!({ "size": 3, "ends_on": null }))
            .bad(Bad::Body(json!({ "ends_on": "2025-01-01" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "size": 0 })), 422, "invalid_field"),
    ]
}

fn tokens() -> Vec<Row> {
    let new = json!({ "name": "ci", "holder": { "kind": "service", "permissions": ["security"] } });
    let past = json!({
        "name": "ci", "holder": { "kind": "service", "permissions": ["security"] }, "expires_at": "2020-01-01T00:00:00Z",
    });
    vec![
        Row::create("/v1/orgs/{org}/tokens", SECURITY, new).bad(Bad::Body(past), 422, "invalid_field").bad(
            Bad::Body(json!({ "name": "ci", "holder": { "kind": "cat" } })),
            422,
            "invalid_field",
        ),
        Row::get("/v1/orgs/{org}/tokens", SECURITY).bad(Bad::Query("?cursor=AA"), 400, "invalid_cursor"),
        Row { method: "DELETE", ..Row::get("/v1/orgs/{org}/tokens/{token}", SECURITY) }.status(204).bad(
            Bad::Param("token", "{plan}"),
            400,
            "invalid_id",
        ),
    ]
}

fn operator_tokens() -> Vec<Row> {
    let token = "/v1/host/tokens/{token}";
    vec![
        Row::create("/v1/host/tokens", OPERATOR, json!({ "name": "ci", "expires_at": "2030-01-01T00:00:00Z" }))
            .bad(Bad::Body(json!({ "name": " " })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "ci", "expires_at": "2020-01-01T00:00:00Z" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "ci", "holder": {} })), 422, "unknown_field"),
        Row::get("/v1/host/tokens", OPERATOR),
        Row { method: "DELETE", ..Row::get(token, OPERATOR) }.at("token", "operator's token").status(204).bad(
            Bad::Param("token", "{plan}"),
            400,
            "invalid_id",
        ),
        Row { method: "POST", ..Row::get("/v1/host/tokens/{token}/rotate", OPERATOR) }
            .at("token", "operator's token")
            .status(201)
            .bad(Bad::Param("token", "{token}"), 404, "not_found"),
    ]
}

fn departments() -> Vec<Row> {
    let (department, below) = ("/v1/orgs/{org}/departments/{department}", "/v1/orgs/{org}/departments/{below}");
    let research = json!({ "name": "Research", "parent": "{department}" });
    vec![
        Row::create("/v1/orgs/{org}/departments", MANAGING, research)
            .beyond(Beyond::Refused(422, "invalid_field"))
            .bad(Bad::Body(json!({ "name": "" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "Sales" })), 409, "already_exists")
            .bad(Bad::Body(json!({ "name": "R", "parent": "{member}" })), 422, "invalid_field"),
        Row { method: "PUT", ..Row::get("/v1/orgs/{org}/departments/{department}/group", MANAGING) }
            .body(json!({ "workforce_types": ["intern"] }))
            .hidden()
            .bad(Bad::Body(json!({ "workforce_types": ["pilot"] })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "members": [] })), 422, "unknown_field"),
        Row::get("/v1/orgs/{org}/departments", SEEING).beyond(Beyond::Silent).bad(
            Bad::Query("?limit=x"),
            400,
            "invalid_query",
        ),
        Row::get(department, SEEING).hidden().bad(Bad::Param("department", "{plan}"), 400, "invalid_id"),
        Row::change("PATCH", department, MANAGING, below)
            .at("department", "below")
            .hidden()
            .body(json!({ "name": "Selling" }))
            .bad(Bad::Body(json!({ "parent": "{below}" })), 422, "invalid_field"),
        Row::change("DELETE", department, MANAGING, below).at("department", "below").hidden().status(204),
    ]
}
