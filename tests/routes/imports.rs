//! Batch imports and workforce types.

use serde_json::json;

use super::{Bad, Beyond, Row};
use crate::world::Who;

const MEMBERS: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats];

const CHOOSING: &[Who] = &[
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
    let import = "/v1/orgs/{org}/imports/{import}";
    let no_id = || Bad::Param("import", "{plan}");
    let step = |path: &'static str| Row { method: "POST", ..Row::get(path, MEMBERS) }.bad(no_id(), 400, "invalid_id");
    let types = "/v1/orgs/{org}/workforce-types";
    vec![
        Row::get("/v1/orgs/{org}/import-template", MEMBERS).bad(Bad::Query("?format=pdf"), 400, "invalid_query"),
        // A body that is text goes as it is.
        Row::create("/v1/orgs/{org}/imports", MEMBERS, json!("Name,Department,Workforce type\n"))
            .status(202)
            .bad(Bad::Body(json!("Name,Department\n")), 422, "invalid_sheet")
            .bad(Bad::Query("?seats=plan"), 400, "invalid_query")
            .bad(Bad::Query("?seats=plan&plan=x"), 400, "invalid_query"),
        Row::get("/v1/orgs/{org}/imports", MEMBERS).bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        Row::get(import, MEMBERS).bad(no_id(), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/imports/{import}/rows", MEMBERS).bad(
            Bad::Query("?verdict=maybe"),
            400,
            "invalid_query",
        ),
        // For whoever brought it alone.
        Row::get("/v1/orgs/{org}/imports/{import}/errors", &[Who::PrimaryAdmin]).bad(no_id(), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/imports/{import}/accounts", &[Who::PrimaryAdmin]).bad(no_id(), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/imports/{import}/events", MEMBERS).bad(no_id(), 400, "invalid_id"),
        Row::create("/v1/orgs/{org}/imports/{import}/check", MEMBERS, json!({ "seats": "none" }))
            .status(200)
            .bad(Bad::Body(json!({ "seats": "plan" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "seat": "none" })), 422, "unknown_field"),
        step("/v1/orgs/{org}/imports/{import}/apply"),
        step("/v1/orgs/{org}/imports/{import}/cancel"),
        step("/v1/orgs/{org}/imports/{import}/close").bad(Bad::Query("?confirmed=maybe"), 400, "invalid_query"),
        Row::get(types, CHOOSING).beyond(Beyond::Silent).bad(Bad::Param("org", "x"), 400, "invalid_id"),
        Row::create(types, MEMBERS, json!({ "name": "Trainee" }))
            .status(200)
            .bad(Bad::Body(json!({ "name": "Regular" })), 409, "already_exists")
            .bad(Bad::Body(json!({ "name": "" })), 422, "invalid_field"),
        Row { method: "DELETE", ..Row::get("/v1/orgs/{org}/workforce-types/{workforce_type}", MEMBERS) }
            .status(204)
            .bad(Bad::Param("workforce_type", "regular"), 409, "wrong_state"),
    ]
}
