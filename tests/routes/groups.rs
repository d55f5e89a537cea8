//! User groups.

use serde_json::json;

use super::{Bad, Row};
use crate::world::Who;

const MEMBERS: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats];

pub fn rows() -> Vec<Row> {
    let (groups, group) = ("/v1/orgs/{org}/groups", "/v1/orgs/{org}/groups/{group}");
    let member = "/v1/orgs/{org}/groups/{group}/members/{member}";
    let berlin = json!({ "name": "Berlin", "rule": { "all": [
        { "department": "{department}" }, { "attribute": { "name": "site", "one_of": ["Berlin"] } },
    ] } });
    vec![
        Row::create(groups, MEMBERS, berlin)
            .bad(Bad::Body(json!({ "name": "Team" })), 409, "already_exists")
            .bad(Bad::Body(json!({ "name": "Berlin", "plan": "{org}" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "Berlin", "rule": { "all": [] } })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "name": "Berlin", "rule": { "site": "Berlin" } })), 422, "unknown_field"),
        Row::get(groups, MEMBERS).bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        Row::get(group, MEMBERS).bad(Bad::Param("group", "{org}"), 400, "invalid_id"),
        Row::change("PATCH", group, MEMBERS, group)
            .body(json!({ "name": "Crew" }))
            .bad(Bad::Body(json!({ "name": "" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "rule": { "language": ["de"] } })), 409, "wrong_state"),
        Row::change("DELETE", group, MEMBERS, group).status(204),
        Row::get("/v1/orgs/{org}/groups/{group}/members", MEMBERS)
            .bad(Bad::Query("?limit=0"), 400, "invalid_query")
            .bad(Bad::Query("?cursor=AAAA"), 400, "invalid_cursor"),
        Row { method: "PUT", ..Row::get(member, MEMBERS) }.status(204).bad(
            Bad::Param("member", "{org}"),
            400,
            "invalid_id",
        ),
        Row { method: "DELETE", ..Row::get(member, MEMBERS) }
            .status(204)
            .bad(Bad::Param("member", "{org}"), 400, "invalid_id")
            .bad(Bad::Param("member", "{suspended}"), 404, "not_found"),
    ]
}
