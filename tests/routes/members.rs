//! Members.

use serde_json::json;
use usher_domain::ids::DepartmentId;

use super::{Bad, Beyond, Row};
use crate::world::Who;

const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];
const MANAGING: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin];

pub fn rows() -> Vec<Row> {
    let member = "/v1/orgs/{org}/members/{member}";
    let new = json!({ "name": "Grace", "departments": ["{department}"], "work_email": "grace@example.com" });
    let with = |field: &str, value: serde_json::Value| {
        let mut body = new.clone();
        body[field] = value;
        Bad::Body(body)
    };
    let too_many = (1..=51).map(|n| DepartmentId::from_bytes([n; 16]).to_string()).collect::<Vec<_>>().into();
    let bulk = json!({ "members": ["{member}"], "action": { "kind": "suspend" }, "preview": true });
    let edit = |action: serde_json::Value| Bad::Body(json!({ "members": ["{member}"], "action": action }));
    vec![
        Row::create("/v1/orgs/{org}/members", MANAGING, new.clone())
            .beyond(Beyond::Refused(422, "invalid_field"))
            .bad(with("name", json!(" ")), 422, "invalid_field")
            .bad(with("work_email", json!("grace@")), 422, "invalid_field")
            .bad(with("work_email", json!("ADA@example.com")), 409, "already_exists")
            .bad(with("phone", json!("0151")), 422, "invalid_field")
            .bad(with("departments", json!([])), 422, "invalid_field")
            .bad(with("departments", json!(["{department}", "{department}"])), 422, "invalid_field")
            .bad(with("departments", too_many), 409, "limit_reached")
            .bad(with("employee_number", json!("")), 422, "invalid_field")
            .bad(with("employee_number", json!("4".repeat(101))), 422, "invalid_field")
            .bad(with("departments", json!(["{plan}"])), 422, "invalid_field")
            .bad(with("login", json!("business")), 422, "invalid_field")
            .bad(with("seat", json!({ "kind": "plan", "plan": "{member}" })), 422, "invalid_field")
            .bad(with("role", json!({ "kind": "admin", "permissions": [] })), 422, "invalid_field")
            .bad(with("role", json!({ "kind": "department-admin", "departments": [] })), 422, "invalid_field")
            .bad(with("role", json!({ "kind": "department-admin", "departments": ["{plan}"] })), 422, "invalid_field")
            .bad(with("nickname", json!("Amazing")), 422, "unknown_field"),
        Row::get("/v1/orgs/{org}/members", MANAGING)
            .beyond(Beyond::Silent)
            .bad(Bad::Query("?state=asleep"), 400, "invalid_query")
            .bad(Bad::Query("?department=x"), 400, "invalid_query"),
        Row::get(member, MANAGING).hidden().bad(Bad::Param("member", "{token}"), 400, "invalid_id"),
        Row::change("PATCH", member, MANAGING, member)
            .hidden()
            .body(json!({ "name": "Ada Lovelace", "phone": "+4915112345678" }))
            .bad(Bad::Body(json!({ "work_email": null })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "employee_number": " " })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "work_email": "root@acme.example" })), 409, "already_exists"),
        Row::change("POST", "/v1/orgs/{org}/members/{member}/suspend", MANAGING, member).hidden(),
        Row::change("POST", "/v1/orgs/{org}/members/{member}/resume", MANAGING, "/v1/orgs/{org}/members/{suspended}")
            .at("member", "suspended")
            .hidden(),
        Row::change("DELETE", member, MANAGING, member).status(204).hidden(),
        Row::change(
            "POST",
            "/v1/orgs/{org}/members/{member}/restore",
            PRIMARY_ADMIN,
            "/v1/orgs/{org}/members/{departed}",
        )
        .at("member", "departed")
        .body(json!({ "plan": "{plan}" }))
        .bad(Bad::Body(json!({ "plan": "{member}" })), 422, "invalid_field"),
        Row { method: "POST", ..Row::get("/v1/orgs/{org}/members/{member}/remind", MANAGING) }.hidden().bad(
            Bad::Param("member", "{suspended}"),
            409,
            "wrong_state",
        ),
        Row::create("/v1/orgs/{org}/members/bulk", MANAGING, bulk)
            .status(200)
            .beyond(Beyond::Silent)
            .bad(Bad::Body(json!({ "members": [], "action": { "kind": "delete" } })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "members": ["{plan}"], "action": { "kind": "delete" } })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "members": ["{member}"], "action": { "kind": "sing" } })), 422, "invalid_field")
            .bad(edit(json!({ "kind": "change" })), 422, "invalid_field")
            .bad(edit(json!({ "kind": "change", "language": "" })), 422, "invalid_field")
            .bad(edit(json!({ "kind": "change", "attributes": { "": "x" } })), 422, "invalid_field"),
    ]
}
