//! Seats, domains, single sign-on.

use serde_json::json;

use super::{Bad, Row};
use crate::world::Who;

const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];
const SECURITY: &[Who] = &[Who::PrimaryAdmin, Who::Security];
const MOVING_SEATS: &[Who] = &[Who::PrimaryAdmin, Who::Seats];
const INSIGHT: &[Who] =
    &[Who::Operator, Who::PrimaryAdmin, Who::Members, Who::Billing, Who::Seats, Who::Policy, Who::Security, Who::Audit];

pub fn rows() -> Vec<Row> {
    [seats(), domains(), logins()].into_iter().flatten().collect()
}

fn seats() -> Vec<Row> {
    let seat = "/v1/orgs/{org}/members/{member}/seats/{plan}";
    vec![
        Row::get("/v1/orgs/{org}/plans/{plan}/seats", INSIGHT).bad(Bad::Param("plan", "{org}"), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/plans/{plan}/waiting", MOVING_SEATS)
            .bad(Bad::Query("?limit=0"), 400, "invalid_query")
            .bad(Bad::Query("?cursor=AAAA"), 400, "invalid_cursor"),
        Row::get("/v1/orgs/{org}/plans/{plan}/holders", MOVING_SEATS)
            .bad(Bad::Query("?limit=0"), 400, "invalid_query")
            .bad(Bad::Query("?cursor=AAAA"), 400, "invalid_cursor"),
        Row::create("/v1/orgs/{org}/plans/{plan}/switch", MOVING_SEATS, json!({ "to": "{plan}" }))
            .at("plan", "old plan")
            .status(200)
            .bad(Bad::Body(json!({ "to": "{old plan}" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "to": "{plan}", "together": true })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "to": "{plan}", "members": ["{group}"] })), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/seats/export", MOVING_SEATS).bad(Bad::Query("?format=pdf"), 400, "invalid_query").bad(
            Bad::Query("?plan=team"),
            400,
            "invalid_query",
        ),
        // A body that is text goes as it is.
        Row::create("/v1/orgs/{org}/seats/import", MOVING_SEATS, json!("Plan,Member\n"))
            .status(200)
            .bad(Bad::Body(json!("Plan,Name\n")), 422, "invalid_sheet")
            .bad(Bad::Query("?apply=maybe"), 400, "invalid_query"),
        Row { method: "PUT", ..Row::get(seat, MOVING_SEATS) }.bad(Bad::Param("plan", "{org}"), 400, "invalid_id").bad(
            Bad::Param("member", "{plan}"),
            400,
            "invalid_id",
        ),
        Row { method: "DELETE", ..Row::get(seat, MOVING_SEATS) }.status(204).bad(
            Bad::Param("plan", "{org}"),
            400,
            "invalid_id",
        ),
    ]
}

fn domains() -> Vec<Row> {
    let domain = "/v1/orgs/{org}/domains/{domain}";
    let post = |path: &'static str| Row { method: "POST", ..Row::get(path, SECURITY) };
    vec![
        Row::create("/v1/orgs/{org}/domains", SECURITY, json!({ "domain": "new.example" }))
            .bad(Bad::Body(json!({ "domain": "gmail.com" })), 422, "public_mail_provider")
            .bad(Bad::Body(json!({ "domain": "{domain}" })), 409, "already_exists")
            .bad(Bad::Body(json!({ "domain": "localhost" })), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/domains", SECURITY).bad(Bad::Param("org", "x"), 400, "invalid_id"),
        Row::get(domain, SECURITY).bad(Bad::Param("domain", "localhost"), 404, "not_found"),
        Row { method: "DELETE", ..Row::get(domain, SECURITY) }.status(204).bad(
            Bad::Param("domain", "unknown.example"),
            404,
            "not_found",
        ),
        post("/v1/orgs/{org}/domains/{domain}/check").bad(Bad::Param("domain", "unknown.example"), 404, "not_found"),
        post("/v1/orgs/{org}/domains/{domain}/mail").body(json!({ "email": "it@{domain}" })).bad(
            Bad::Body(json!({ "email": "it@example.com" })),
            422,
            "invalid_field",
        ),
        post("/v1/orgs/{org}/domains/{domain}/mail/check")
            .body(json!({ "proof": "{mail proof}", "code": "{mail code}" }))
            .bad(Bad::Body(json!({ "proof": "{mail proof}", "code": "abcdef" })), 422, "code_wrong"),
        Row { method: "PUT", ..Row::get("/v1/orgs/{org}/domains/{domain}/connection", PRIMARY_ADMIN) }
            .body(json!({ "connection": "{connection}" }))
            .bad(Bad::Body(json!({ "connection": "{plan}" })), 422, "invalid_field"),
    ]
}

fn logins() -> Vec<Row> {
    let connection = "/v1/orgs/{org}/sso/connections/{connection}";
    let new = json!({ "name": "Second", "protocol": "saml", "issuer": "urn:second" });
    let claim = json!([{ "kind": "work-email", "value": "ada@example.com", "verified": true }]);
    let login = json!({ "connection": "{connection}", "subject": "s-1", "claims": claim });
    vec![
        Row::create("/v1/orgs/{org}/sso/connections", PRIMARY_ADMIN, new)
            .bad(Bad::Body(json!({ "name": "X", "protocol": "kerberos", "issuer": "x" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "X", "protocol": "oidc", "issuer": "" })), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/sso/connections", PRIMARY_ADMIN).bad(Bad::Param("org", "x"), 400, "invalid_id"),
        Row::get(connection, PRIMARY_ADMIN).bad(Bad::Param("connection", "{org}"), 400, "invalid_id"),
        Row::change("PATCH", connection, PRIMARY_ADMIN, connection).body(json!({ "enabled": false })).bad(
            Bad::Body(json!({ "name": "" })),
            422,
            "invalid_field",
        ),
        Row { method: "DELETE", ..Row::get(connection, PRIMARY_ADMIN) }.status(204).bad(
            Bad::Param("connection", "{org}"),
            400,
            "invalid_id",
        ),
        // The route works: it says that the login is nobody's, since the domain is bound to no connection.
        Row::create("/v1/orgs/{org}/sso/logins/match", SECURITY, login)
            .status(403)
            .bad(Bad::Body(json!({ "connection": "{plan}", "subject": "s", "claims": [] })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "connection": "{connection}", "subject": "", "claims": [] })), 422, "invalid_field"),
    ]
}
